"""Pods have no more rights than they need, and the resources, probes and places to go on running."""

from readiness_checks.workload import (
    accounts,
    capabilities,
    git_sync,
    host,
    mounts,
    pods,
    port_names,
    ports,
    probes,
    profiles,
    resources,
    scheduling,
    security,
    users,
)
from readiness_checks.workload.accounts import service_account_exists
from readiness_checks.workload.pods import (
    dns_ndots,
    priority_class_accepted,
    single_controller,
    statefulset_service_name,
    volume_claim_annotations,
)
from readiness_checks.workload.probes import readiness_probe
from readiness_checks.workload.resources import requests_equal_limits
from readiness_checks.workload.scheduling import pod_anti_affinity

RULES = (
    *security.RULES,
    *users.RULES,
    *capabilities.RULES,
    *profiles.RULES,
    *host.RULES,
    *mounts.RULES,
    *ports.RULES,
    *git_sync.RULES,
    *accounts.RULES,
    *resources.RULES,
    *probes.RULES,
    *port_names.RULES,
    *scheduling.RULES,
    *pods.RULES,
)

__all__ = [
    "RULES",
    "dns_ndots",
    "pod_anti_affinity",
    "priority_class_accepted",
    "readiness_probe",
    "requests_equal_limits",
    "service_account_exists",
    "single_controller",
    "statefulset_service_name",
    "volume_claim_annotations",
]
