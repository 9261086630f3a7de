"""What is deployed can carry what is planned, and scales when it has to."""

from readiness_checks.capacity.agreement import plan_matches_manifests
from readiness_checks.capacity.peak import plan_covers_peak
from readiness_checks.capacity.present import plan_present_and_fresh
from readiness_checks.capacity.quantities import quantity_sane
from readiness_checks.capacity.range import hpa_range_covers_plan
from readiness_checks.capacity.target import scaler_target_valid
from readiness_checks.capacity.utilisation import hpa_target_has_requests
from readiness_checks.capacity.zone_loss import plan_survives_zone_loss

__all__ = [
    "hpa_range_covers_plan",
    "hpa_target_has_requests",
    "plan_covers_peak",
    "plan_matches_manifests",
    "plan_present_and_fresh",
    "plan_survives_zone_loss",
    "quantity_sane",
    "scaler_target_valid",
]
