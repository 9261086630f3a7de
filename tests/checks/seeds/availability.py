"""Edits that leave a workload without its budget or its second pod."""

from tests.faults import Fault

WEB, CATALOG = "web.yaml", "catalog.yaml"
SELECTED = (
    "  unhealthyPodEvictionPolicy: AlwaysAllow\n  selector:\n    matchLabels: {app.kubernetes.io/name: web}\n"
)
META = "labels: {app.kubernetes.io/name: extra, app.kubernetes.io/instance: extra, owner: team-shop}"
LEAST = "  minReplicas: 3\n"


def selects(labels: str) -> Fault:
    return Fault(WEB, SELECTED, SELECTED.replace("{app.kubernetes.io/name: web}", labels))


def budget(spec: str, version: str = "v1", namespace: str = "shop") -> Fault:
    return Fault(
        "extra.yaml",
        "",
        f"apiVersion: policy/{version}\nkind: PodDisruptionBudget\nmetadata:\n  name: extra\n"
        f"  namespace: {namespace}\n  {META}\n  annotations: {{email: team-shop@shop.example}}\nspec:\n{spec}",
    )


NOBODY = "  selector:\n    matchLabels: {app.kubernetes.io/name: nobody}\n"

FAULTS = {
    "budget-selector-slip": (
        "availability.pdb-exists-and-selects", selects("{app.kubernetes.io/name: wbe}"),
    ),
    "budget-of-everything": ("availability.pdb-exists-and-selects", Fault(
        WEB, SELECTED, "  unhealthyPodEvictionPolicy: AlwaysAllow\n  selector: {}\n",
    )),
    "budget-in-another-namespace": (
        "availability.pdb-exists-and-selects",
        budget(
            "  maxUnavailable: 1\n  unhealthyPodEvictionPolicy: AlwaysAllow\n"
            "  selector:\n    matchLabels: {app.kubernetes.io/name: web}\n",
            namespace="front",
        ),
    ),
    "budget-of-a-daemonset": (
        "availability.pdb-exists-and-selects",
        budget("  maxUnavailable: 1\n  unhealthyPodEvictionPolicy: AlwaysAllow\n"
               "  selector:\n    matchLabels: {app.kubernetes.io/name: node-logs}\n"),
    ),
    "budget-without-number": ("availability.pdb-has-policy", Fault(WEB, "  maxUnavailable: 1\n", "", 1)),
    "budget-number-null": (
        "availability.pdb-has-policy", Fault(CATALOG, "  minAvailable: 2\n", "  minAvailable: null\n"),
    ),
    "unhealthy-pods-unsaid": (
        "availability.pdb-unhealthy-eviction-policy",
        Fault(WEB, "  unhealthyPodEvictionPolicy: AlwaysAllow\n", ""),
    ),
    "unhealthy-pods-null": (
        "availability.pdb-unhealthy-eviction-policy",
        Fault(CATALOG, "unhealthyPodEvictionPolicy: AlwaysAllow", "unhealthyPodEvictionPolicy: null"),
    ),
    "scaler-minimum-one": ("availability.min-replicas-by-tier", Fault(WEB, LEAST, "  minReplicas: 1\n")),
    "scaler-minimum-left-out": ("availability.min-replicas-by-tier", Fault(WEB, LEAST, "")),
    "one-pod": ("availability.min-replicas-by-tier", Fault(CATALOG, "  replicas: 3\n", "  replicas: 1\n")),
    "replicas-of-a-scaled-workload": (
        "availability.hpa-no-static-replicas",
        Fault(WEB, "spec:\n  selector:\n", "spec:\n  replicas: 4\n  selector:\n"),
    ),
    "replicas-above-the-scaler": (
        "availability.hpa-no-static-replicas",
        Fault(WEB, "spec:\n  selector:\n", "spec:\n  replicas: 10\n  selector:\n"),
    ),
}  # fmt: skip

LOOK_ALIKES = {
    "one-pod-without-budget": (
        "availability.pdb-exists-and-selects",
        Fault(
            "extra.yaml", "",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: one, namespace: shop}\nspec:\n  replicas: 1\n"
            "  template: {metadata: {labels: {app: one}}, spec: {containers: []}}\n",
        ),
    ),
    "budget-by-expression": (
        "availability.pdb-exists-and-selects",
        Fault(
            WEB, SELECTED,
            "  selector:\n    matchExpressions:\n"
            "      - {key: app.kubernetes.io/name, operator: In, values: [web, shop]}\n",
        ),
    ),
    "budget-of-custom-pods": (
        "availability.pdb-exists-and-selects",
        budget("  maxUnavailable: 1\n" + NOBODY + "---\napiVersion: kafka.example/v1\nkind: Kafka\n"
               "metadata: {name: events, namespace: shop}\n"),
    ),
    "budget-number-zero": (
        "availability.pdb-has-policy", Fault(WEB, "  maxUnavailable: 1\n", "  maxUnavailable: 0\n", 1),
    ),
    "unhealthy-pods-as-by-default": (
        "availability.pdb-unhealthy-eviction-policy",
        Fault(WEB, "unhealthyPodEvictionPolicy: AlwaysAllow", "unhealthyPodEvictionPolicy: IfHealthyBudget"),
    ),
    "unhealthy-pods-of-v1beta1": (
        "availability.pdb-unhealthy-eviction-policy", budget("  maxUnavailable: 1\n" + NOBODY, "v1beta1"),
    ),
    "two-pods": ("availability.min-replicas-by-tier", Fault(CATALOG, "  replicas: 3\n", "  replicas: 2\n")),
    "scaled-to-none": ("availability.min-replicas-by-tier", Fault(CATALOG, "  replicas: 3\n", "  replicas: 0\n")),
    "scaling-switched-off": (
        "availability.hpa-no-static-replicas",
        Fault(WEB, "spec:\n  selector:\n", "spec:\n  replicas: 0\n  selector:\n"),
    ),
}  # fmt: skip
