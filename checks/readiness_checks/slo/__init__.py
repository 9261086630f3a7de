"""Promises are measurable, defended by alerts that can fire, and can be kept by people."""

from readiness_checks.slo.bucket import latency_bucket
from readiness_checks.slo.burn_rate import burn_rate_maths
from readiness_checks.slo.coverage import coverage
from readiness_checks.slo.defensible import budget_humanly_defensible
from readiness_checks.slo.dependencies import dependency_maths
from readiness_checks.slo.indicator import sli_well_formed
from readiness_checks.slo.policy import budget_policy
from readiness_checks.slo.spec import spec_valid
from readiness_checks.slo.sync import rules_in_sync

__all__ = [
    "budget_humanly_defensible",
    "budget_policy",
    "burn_rate_maths",
    "coverage",
    "dependency_maths",
    "latency_bucket",
    "rules_in_sync",
    "sli_well_formed",
    "spec_valid",
]
