"""Traffic reaches what it is meant for, and nothing else."""

from readiness_checks.network import exposure
from readiness_checks.network.backends import (
    ingress_targets_service,
    route_attaches_to_gateway,
    route_targets_service,
)
from readiness_checks.network.exposure import service_type
from readiness_checks.network.selection import (
    pod_has_network_policy,
    policy_peer_targets_pod,
    policy_targets_pod,
    service_targets_pod,
)

RULES = exposure.RULES

__all__ = [
    "RULES",
    "ingress_targets_service",
    "pod_has_network_policy",
    "policy_peer_targets_pod",
    "policy_targets_pod",
    "route_attaches_to_gateway",
    "route_targets_service",
    "service_targets_pod",
    "service_type",
]
