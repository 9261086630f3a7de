"""What is deployed can carry what is planned, and scales when it has to."""

from typing import TYPE_CHECKING

from readiness.api import lazily

if TYPE_CHECKING:  # names for type checkers; a run imports only the modules of the checks that it asks for
    from readiness_checks.capacity.agreement import plan_matches_manifests
    from readiness_checks.capacity.peak import plan_covers_peak
    from readiness_checks.capacity.present import plan_present_and_fresh
    from readiness_checks.capacity.quantities import quantity_sane
    from readiness_checks.capacity.range import hpa_range_covers_plan
    from readiness_checks.capacity.target import scaler_target_valid
    from readiness_checks.capacity.utilisation import hpa_target_has_requests
    from readiness_checks.capacity.zone_loss import plan_survives_zone_loss

# function → module
CHECKS = {
    "hpa_range_covers_plan": "range",
    "hpa_target_has_requests": "utilisation",
    "plan_covers_peak": "peak",
    "plan_matches_manifests": "agreement",
    "plan_present_and_fresh": "present",
    "plan_survives_zone_loss": "zone_loss",
    "quantity_sane": "quantities",
    "scaler_target_valid": "target",
}

__getattr__ = lazily(__name__, CHECKS)

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
