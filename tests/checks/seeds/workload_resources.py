"""Edits of what containers ask for and are held to."""

from tests.faults import Fault

WEB, CATALOG, BATCH, NODES = "web.yaml", "catalog.yaml", "batch.yaml", "nodes.yaml"
ASKED = 'requests: {cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi}'
HELD = 'limits: {cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi}'
BOTH = f"{ASKED}\n            {HELD}"
INIT = (
    "requests: {cpu: 100m, memory: 64Mi, ephemeral-storage: 32Mi}\n"
    "            limits: {cpu: 100m, memory: 64Mi, ephemeral-storage: 32Mi}"
)


def both(requests: str, limits: str) -> Fault:
    return Fault(CATALOG, BOTH, f"requests: {{{requests}}}\n            limits: {{{limits}}}")


def init(requests: str, limits: str) -> Fault:
    return Fault(WEB, INIT, f"requests: {{{requests}}}\n            limits: {{{limits}}}")


def limit_range(**fields: str) -> Fault:
    said = "".join(f"\n      {name}: {value}" for name, value in fields.items())
    return Fault(
        "limits.yaml",
        "",
        f"""\
apiVersion: v1
kind: LimitRange
metadata:
  name: defaults
  namespace: shop
  labels: {{app.kubernetes.io/name: defaults, app.kubernetes.io/instance: defaults, owner: team-shop}}
  annotations: {{email: team-shop@shop.example}}
spec:
  limits:
    - type: Container{said}
---
apiVersion: v1
kind: Pod
metadata:
  name: tool
  namespace: shop
  labels: {{app.kubernetes.io/name: node-logs, app.kubernetes.io/instance: tool, owner: team-shop}}
  annotations: {{email: team-shop@shop.example}}
  ownerReferences: [{{apiVersion: v1, kind: Node, name: one, uid: a}}]
spec:
  containers: [{{name: tool, image: registry.shop.example/tool:1.0}}]
""",
    )


FAULTS = {
    "cpu-neither": (
        "workload.cpu-request",
        both("memory: 1Gi, ephemeral-storage: 64Mi", "memory: 1Gi, ephemeral-storage: 64Mi"),
    ),
    "cpu-zero": (
        "workload.cpu-request",
        both(
            "cpu: 0, memory: 1Gi, ephemeral-storage: 64Mi", 'cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi'
        ),
    ),
    "memory-neither": (
        "workload.memory-request",
        both('cpu: "1", ephemeral-storage: 64Mi', 'cpu: "1", ephemeral-storage: 64Mi'),
    ),
    "init-memory-zero": (
        "workload.memory-request",
        init(
            "cpu: 100m, memory: 0Mi, ephemeral-storage: 32Mi",
            "cpu: 100m, memory: 64Mi, ephemeral-storage: 32Mi",
        ),
    ),
    "cpu-unlimited": (
        "workload.cpu-limit",
        both('cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi', "memory: 1Gi, ephemeral-storage: 64Mi"),
    ),
    "cpu-limit-of-none": (
        "workload.cpu-limit",
        both("cpu: 0, memory: 1Gi, ephemeral-storage: 64Mi", "cpu: 0, memory: 1Gi, ephemeral-storage: 64Mi"),
    ),
    "memory-unlimited": (
        "workload.memory-limit",
        both('cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi', 'cpu: "1", ephemeral-storage: 64Mi'),
    ),
    "init-memory-unlimited": (
        "workload.memory-limit",
        init("cpu: 100m, memory: 64Mi, ephemeral-storage: 32Mi", "cpu: 100m, ephemeral-storage: 32Mi"),
    ),
    "storage-neither": (
        "workload.ephemeral-storage",
        both('cpu: "1", memory: 1Gi', 'cpu: "1", memory: 1Gi'),
    ),
    "storage-request-alone": (
        "workload.ephemeral-storage",
        both('cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi', 'cpu: "1", memory: 1Gi'),
    ),
    "storage-below-limit": (
        "workload.ephemeral-storage-equal",
        both(
            'cpu: "1", memory: 1Gi, ephemeral-storage: 63Mi', 'cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi'
        ),
    ),
    "init-storage-below-limit": (
        "workload.ephemeral-storage-equal",
        init(
            "cpu: 100m, memory: 64Mi, ephemeral-storage: 32M",
            "cpu: 100m, memory: 64Mi, ephemeral-storage: 32Mi",
        ),
    ),
    "cpu-below-limit": (
        "workload.requests-equal-limits",
        both(
            "cpu: 999m, memory: 1Gi, ephemeral-storage: 64Mi",
            'cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi',
        ),
    ),
    "memory-below-limit": (
        "workload.requests-equal-limits",
        both(
            'cpu: "1", memory: 1023Mi, ephemeral-storage: 64Mi',
            'cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi',
        ),
    ),
}

LIMITS_ALONE = both("", 'cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi')
DEFAULTS = limit_range(
    default="{cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi}",
    defaultRequest="{cpu: 500m, memory: 1Gi, ephemeral-storage: 1Gi}",
)
LOOK_ALIKES = {
    "cpu-limit-alone": ("workload.cpu-request", LIMITS_ALONE),
    "memory-limit-alone": ("workload.memory-request", LIMITS_ALONE),
    "storage-limit-alone": ("workload.ephemeral-storage", LIMITS_ALONE),
    "storage-limit-is-request": ("workload.ephemeral-storage-equal", LIMITS_ALONE),
    "limit-is-request": ("workload.requests-equal-limits", LIMITS_ALONE),
    "default-cpu-request": ("workload.cpu-request", DEFAULTS),
    "default-cpu-limit": ("workload.cpu-limit", DEFAULTS),
    "default-memory-request": ("workload.memory-request", DEFAULTS),
    "default-memory-limit": ("workload.memory-limit", DEFAULTS),
    "default-storage": ("workload.ephemeral-storage", DEFAULTS),
    "default-storage-equal": ("workload.ephemeral-storage-equal", DEFAULTS),
    "cpu-of-a-thousandth": (
        "workload.cpu-request",
        both(
            "cpu: 1m, memory: 1Gi, ephemeral-storage: 64Mi", 'cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi'
        ),
    ),
    "same-cpu-in-other-words": (
        "workload.requests-equal-limits",
        both(
            "cpu: 1000m, memory: 1024Mi, ephemeral-storage: 64Mi",
            'cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi',
        ),
    ),
    "storage-unlimited-not-compared": (
        "workload.ephemeral-storage-equal",
        both('cpu: "1", memory: 1Gi, ephemeral-storage: 64Mi', 'cpu: "1", memory: 1Gi'),
    ),
}
