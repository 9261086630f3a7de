"""Promises are measurable, defended by alerts that can fire, and can be kept by people."""

from typing import TYPE_CHECKING

from readiness.api import lazily

if TYPE_CHECKING:  # names for type checkers; a run imports only the modules of the checks that it asks for
    from readiness_checks.slo.bucket import latency_bucket
    from readiness_checks.slo.burn_rate import burn_rate_maths
    from readiness_checks.slo.defensible import budget_humanly_defensible
    from readiness_checks.slo.dependencies import dependency_maths
    from readiness_checks.slo.indicator import sli_well_formed
    from readiness_checks.slo.policy import budget_policy
    from readiness_checks.slo.promised import coverage
    from readiness_checks.slo.spec import spec_valid
    from readiness_checks.slo.sync import rules_in_sync

# function → module
CHECKS = {
    "budget_humanly_defensible": "defensible",
    "budget_policy": "policy",
    "burn_rate_maths": "burn_rate",
    "coverage": "promised",
    "dependency_maths": "dependencies",
    "latency_bucket": "bucket",
    "rules_in_sync": "sync",
    "sli_well_formed": "indicator",
    "spec_valid": "spec",
}

__getattr__ = lazily(__name__, CHECKS)

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
