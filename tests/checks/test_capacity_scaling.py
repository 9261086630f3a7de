"""The checks of scalers: targets, metrics that can be computed and reached, and room for the plan."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.capacity import hpa_range_covers_plan, hpa_target_has_requests, scaler_target_valid

from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, statuses, write

ALL: list[Any] = [scaler_target_valid, hpa_target_has_requests, hpa_range_covers_plan]
RENDERED = "deploy/rendered/production.yaml"
TARGET = "    kind: Deployment\n    name: orders-api"


def deployment(name: str = "api", resources: str = "requests: {cpu: 500m}", kind: str = "Deployment") -> str:
    return f"""\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: app
          resources: {{{resources}}}
"""


def hpa(
    spec: str = "minReplicas: 2\n  maxReplicas: 10",
    target: str = "apiVersion: apps/v1, kind: Deployment, name: api",
    name: str = "api",
) -> str:
    return f"""\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: {name}}}
spec:
  scaleTargetRef: {{{target}}}
  {spec}
"""


def keda(spec: str = "maxReplicaCount: 10", name: str = "queue", annotations: str = "{}") -> str:
    return f"""\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{name: {name}, annotations: {annotations}}}
spec:
  scaleTargetRef: {{name: api}}
  {spec}
"""


def vpa(spec: str = "{}") -> str:
    return f"""\
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {{name: sizes}}
spec:
  targetRef: {{apiVersion: apps/v1, kind: Deployment, name: api}}
  {spec}
"""


def metric(percent: int = 60, resource: str = "cpu") -> str:
    target = f"{{type: Utilization, averageUtilization: {percent}}}"
    return (
        f"maxReplicas: 10\n  metrics: [{{type: Resource, resource: {{name: {resource}, target: {target}}}}}]"
    )


def tree(tmp_path: Path, *objects: str, **files: str) -> Path:
    return write(tmp_path, {"deploy.yaml": "---\n".join(objects), **files})


def said(check: Any, where: Path, **settings: Any) -> list[str]:
    return [found.message for found in findings(check, where, **settings)]


@pytest.mark.parametrize("check", ALL)
def test_orders_has_no_finding_and_proves_it(check: Any) -> None:
    assert findings(check, ORDERS) == []
    assert proofs(check, ORDERS)
    assert statuses(check, ORDERS) == {"staging": "not-applicable", "production": "pass"}


DEMAND = "maxReplicas: 5\n  metrics: [{type: Pods, pods: {metric: {name: queue}}}]"
POD_LEVEL = "    spec:\n      resources: {requests: {cpu: 1}}\n"


# Targets


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(RENDERED, TARGET, "    kind: Deployment\n    name: order-api"),
         "orders-api scales Deployment order-api, which is not in these manifests; "
         "did you mean Deployment orders-api?"),
        (Fault(RENDERED, TARGET, "    kind: StatefulSet\n    name: orders-api"),
         "orders-api scales StatefulSet orders-api, which is not in these manifests; "
         "did you mean Deployment orders-api?"),
        (Fault(RENDERED, TARGET, "    kind: Deployment\n    name: billing"),
         "orders-api scales Deployment billing, which is not in these manifests"),
    ],
    ids=str,
)  # fmt: skip
def test_a_target_that_is_not_there(tmp_path: Path, fault: Fault, says: str) -> None:
    (found,) = findings(scaler_target_valid, fault.seed(copy_of_orders(tmp_path)))
    assert found.message == says
    assert found.at.file == RENDERED


# Reduced from microservices-demo (Sock Shop), deploy/kubernetes/autoscaling/cart-hsc.yaml and
# manifests/01-carts-dep.yaml: the target lacks a letter, and its version is of the same group.
SOCK_SHOP = hpa(target="apiVersion: apps/v1beta1, kind: Deployment, name: cart", name="cart")


def test_a_letter_that_is_missing_is_found(tmp_path: Path) -> None:
    (found,) = findings(scaler_target_valid, tree(tmp_path, deployment("carts"), SOCK_SHOP))
    assert found.message == (
        "cart scales Deployment cart, which is not in these manifests; did you mean Deployment carts?"
    )
    assert found.finding.fix == "set spec.scaleTargetRef of cart to Deployment carts"
    assert found.at.line == 16


def test_an_older_version_of_the_group_finds_its_target(tmp_path: Path) -> None:
    assert said(scaler_target_valid, tree(tmp_path, deployment("cart"), SOCK_SHOP)) == []


# Reduced from bank-of-anthos, extras/postgres-hpa/hpa/postgresql-hpa.yaml: another release has its target
POSTGRES = hpa(
    target="apiVersion: apps/v1, kind: StatefulSet, name: accounts-db-postgresql", name="accounts-db"
)


def test_a_target_that_another_release_may_hold_is_unknown(tmp_path: Path) -> None:
    (outcome,) = judged(scaler_target_valid, tree(tmp_path, deployment("frontend"), POSTGRES)).outcomes
    assert outcome.status == "unknown"
    assert outcome.results[0].reason.endswith("is not in these manifests; another release may hold it")


def test_a_target_is_missing_where_the_checklist_names_all_manifests(tmp_path: Path) -> None:
    checklist = (
        "version: 1\nservice: {name: bank, tier: 1, owner: team-bank}\n"
        "environments:\n  production: {class: production, manifests: [deploy.yaml]}\n"
    )
    where = tree(tmp_path, deployment("frontend"), POSTGRES, **{"readiness.yaml": checklist})
    assert said(scaler_target_valid, where) == [
        "accounts-db scales StatefulSet accounts-db-postgresql, which is not in these manifests"
    ]


def test_a_target_that_could_not_be_read_is_unknown(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment("carts"), SOCK_SHOP)
    write(where, {"broken.yaml": "apiVersion: apps/v1\nkind: Deployment\nspec: [\n"})
    assert said(scaler_target_valid, where) == []
    assert statuses(scaler_target_valid, where) == {"default": "unknown"}


def test_short_names_are_no_slips_of_each_other(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment("web"), hpa(target="apiVersion: apps/v1, kind: Deployment, name: api"))
    assert statuses(scaler_target_valid, where) == {"default": "unknown"}


@pytest.mark.parametrize("kind", ["DaemonSet", "Job", "CronJob", "Pod"])
def test_what_has_no_replicas_can_not_be_scaled(tmp_path: Path, kind: str) -> None:
    where = tree(tmp_path, hpa(target=f"apiVersion: apps/v1, kind: {kind}, name: api"))
    assert said(scaler_target_valid, where) == [f"api scales {kind} api, and a {kind} has no replicas to set"]


def test_a_custom_resource_may_have_a_scale(tmp_path: Path) -> None:
    custom = "apiVersion: example.com/v1\nkind: Cache\nmetadata: {name: api}\n"
    where = tree(tmp_path, custom, hpa(target="apiVersion: example.com/v1, kind: Cache, name: api"))
    assert said(scaler_target_valid, where) == []
    assert proofs(scaler_target_valid, where)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("kind: Deployment, name: api",
         'api names Deployment api with no apiVersion: there is no Deployment in group "", '
         "and nothing is scaled"),
        ("apiVersion: extensions/v1beta1, kind: Deployment, name: api",
         'api names Deployment api with apiVersion extensions: there is no Deployment in group "extensions", '
         "and nothing is scaled"),
    ],
)  # fmt: skip
def test_a_target_of_a_group_that_has_no_such_kind(tmp_path: Path, target: str, says: str) -> None:
    (found,) = findings(scaler_target_valid, tree(tmp_path, deployment(), hpa(target=target)))
    assert found.message == says
    assert found.finding.fix == "set spec.scaleTargetRef.apiVersion of api to apps/v1"


def test_keda_needs_no_version(tmp_path: Path) -> None:
    assert said(scaler_target_valid, tree(tmp_path, deployment(), keda())) == []


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ("minReplicas: 9\n  maxReplicas: 10", []),
        ("minReplicas: 10\n  maxReplicas: 10", ["api scales from 10 to 10: it never adds a pod"]),
        ("minReplicas: 11\n  maxReplicas: 10",
         ["api scales from 11 to 10: the API refuses a minimum above the maximum"]),
        ("maxReplicas: 2", []),
        ("maxReplicas: 1", ["api scales from 1 to 1: it never adds a pod"]),
    ],
)  # fmt: skip
def test_a_minimum_on_each_side_of_the_maximum(tmp_path: Path, bounds: str, says: list[str]) -> None:
    found = findings(scaler_target_valid, tree(tmp_path, deployment(), hpa(bounds)))
    assert [one.message for one in found] == says
    assert {one.finding.at_most for one in found} <= {"warning" if "never" in "".join(says) else None}


def test_a_paused_scaler_of_keda_never_adds_a_pod_on_purpose(tmp_path: Path) -> None:
    paused = keda(annotations="{autoscaling.keda.sh/paused-replicas: '3'}")
    assert said(scaler_target_valid, tree(tmp_path, deployment(), paused)) == []


def test_two_scalers_of_one_workload_are_one_finding(tmp_path: Path) -> None:
    (found,) = findings(scaler_target_valid, tree(tmp_path, deployment(), hpa(), keda()))
    assert found.message == (
        "ScaledObject queue and HorizontalPodAutoscaler api both set the replicas of api"
    )


def test_an_autoscaler_that_keda_takes_over_is_no_second_one(tmp_path: Path) -> None:
    taken = keda(
        "advanced: {horizontalPodAutoscalerConfig: {name: api}}",
        annotations="{scaledobject.keda.sh/transfer-hpa-ownership: 'true'}",
    )
    assert said(scaler_target_valid, tree(tmp_path, deployment(), hpa(), taken)) == []


@pytest.mark.parametrize(
    ("vertical", "scaler", "conflict"),
    [
        ("{}", metric(), True),
        ("updatePolicy: {updateMode: Recreate}", metric(), True),
        ("updatePolicy: {updateMode: 'Off'}", metric(), False),
        ("updatePolicy: {updateMode: Initial}", metric(), False),
        ("resourcePolicy: {containerPolicies: [{containerName: '*', controlledResources: [memory]}]}",
         metric(), False),
        ("{}", DEMAND, False),
        ("{}", metric(resource="memory"), True),
    ],
)  # fmt: skip
def test_a_vertical_scaler_of_the_same_resource(
    tmp_path: Path, vertical: str, scaler: str, conflict: bool
) -> None:
    spec = "" if vertical == "{}" else vertical
    where = tree(tmp_path, deployment(), hpa(scaler), vpa(spec))
    messages = said(scaler_target_valid, where)
    assert bool(messages) == conflict
    assert all("VerticalPodAutoscaler sizes changes these requests" in message for message in messages)


@pytest.mark.parametrize("check", ALL)
def test_other_environments_are_not_judged(tmp_path: Path, check: Any) -> None:
    where = write(tmp_path, {"staging/deploy.yaml": hpa(target="kind: Deployment, name: none")})
    assert set(statuses(check, where).values()) == {"not-applicable"}


# Metrics that are shares of requests


def test_a_container_without_a_request(tmp_path: Path) -> None:
    sidecar = deployment() + "        - name: proxy\n"
    (found,) = findings(hpa_target_has_requests, tree(tmp_path, sidecar, hpa(metric())))
    assert found.message == "api watches cpu as a share of requests, and container proxy of api requests none"
    assert found.finding.fix == "set resources.requests.cpu of proxy"
    assert found.at.line == 11


@pytest.mark.parametrize(
    "objects",
    [
        (deployment(resources="limits: {cpu: 500m}"), hpa(metric())),  # a request defaults to the limit
        (deployment(resources=""), hpa(DEMAND)),
        (
            deployment(resources=""),
            hpa(metric().replace("type: Utilization, averageUtilization: 60", "averageValue: 500m")),
        ),
        (
            deployment(resources=""),
            hpa(metric()),
            "apiVersion: v1\nkind: LimitRange\nmetadata: {name: d}\n"
            "spec: {limits: [{type: Container, defaultRequest: {cpu: 100m}}]}\n",
        ),
        (
            deployment(resources=""),
            hpa(metric()),
            "apiVersion: v1\nkind: LimitRange\nmetadata: {name: d}\n"
            "spec: {limits: [{type: Container, default: {cpu: 100m}}]}\n",
        ),
        (deployment(resources=""), hpa(metric()), vpa("updatePolicy: {updateMode: Initial}")),
        (deployment(resources="").replace("    spec:\n", POD_LEVEL), hpa(metric())),
    ],
)  # fmt: skip
def test_requests_that_come_from_elsewhere(tmp_path: Path, objects: tuple[str, ...]) -> None:
    assert said(hpa_target_has_requests, tree(tmp_path, *objects)) == []


@pytest.mark.parametrize(
    "limits",
    [
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: d, namespace: other}\n"
        "spec: {limits: [{type: Container, defaultRequest: {cpu: 100m}}]}\n",
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: d}\n"
        "spec: {limits: [{type: Container, defaultRequest: {memory: 1Gi}}]}\n",
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: d}\n"
        "spec: {limits: [{type: Pod, max: {cpu: 100m}}]}\n",
    ],
)
def test_limit_ranges_of_something_else(tmp_path: Path, limits: str) -> None:
    placed = deployment(resources="").replace("{name: api}", "{name: api, namespace: shop}")
    scaler = hpa(metric()).replace("{name: api}", "{name: api, namespace: shop}", 1)
    assert len(said(hpa_target_has_requests, tree(tmp_path, placed, scaler, limits))) == 1


def test_metrics_that_are_left_out_watch_cpu(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(resources=""), hpa("maxReplicas: 5"))
    assert len(said(hpa_target_has_requests, where)) == 1


def test_a_container_metric_needs_its_container_only(tmp_path: Path) -> None:
    spec = (
        "maxReplicas: 5\n  metrics: [{type: ContainerResource, containerResource: "
        "{name: cpu, container: CONTAINER, target: {averageUtilization: 60}}}]"
    )
    sidecar = deployment() + "        - name: proxy\n"
    assert said(hpa_target_has_requests, tree(tmp_path, sidecar, hpa(spec.replace("CONTAINER", "app")))) == []
    assert said(hpa_target_has_requests, tree(tmp_path, sidecar, hpa(spec.replace("CONTAINER", "main")))) == [
        "api watches container main of api, which has app, proxy"
    ]
    assert said(
        hpa_target_has_requests, tree(tmp_path, sidecar, hpa(spec.replace("CONTAINER", "proxy")))
    ) == ["api watches cpu as a share of requests, and container proxy of api requests none"]


@pytest.mark.parametrize(
    ("percent", "limit", "reached"),
    [
        (90, "500m", True),  # 99 % of 100 %
        (91, "500m", False),  # 100.1 %
        (100, "1", True),
        (181, "1", True),  # 199.1 % of 200 %
        (182, "1", False),
    ],
)
def test_targets_on_each_side_of_the_limit(tmp_path: Path, percent: int, limit: str, reached: bool) -> None:
    pods = deployment(resources=f"requests: {{cpu: 500m}}, limits: {{cpu: {limit}}}")
    where = tree(tmp_path, pods, hpa(metric(percent)))
    assert bool(said(hpa_target_has_requests, where)) != reached


def test_a_target_that_is_never_reached_shows_its_sum(tmp_path: Path) -> None:
    pods = deployment(resources="requests: {cpu: 500m}, limits: {cpu: 500m}")
    (found,) = findings(hpa_target_has_requests, tree(tmp_path, pods, hpa(metric(95))))
    assert found.message == (
        "api acts above 95 % × 1.1 = 104.5 % of the cpu request, and the limit lets pods use 100 %: "
        "it never scales out"
    )
    assert found.finding.fix == "lower the target to 90 % or less, or raise the cpu limit"
    assert [(one.name, one.value) for one in found.finding.operands] == [
        ("target", 95),
        ("cpu request", "500m"),
        ("cpu limit", "500m"),
    ]


def test_a_smaller_tolerance_reaches_more(tmp_path: Path) -> None:
    pods = deployment(resources="requests: {cpu: 500m}, limits: {cpu: 500m}")
    tight = metric(95) + "\n  behavior: {scaleUp: {tolerance: 0.05}}"
    assert said(hpa_target_has_requests, tree(tmp_path, pods, hpa(tight))) == []


# Reduced from knative-serving, config/core/deployments/activator.yaml and activator-hpa.yaml: 100 % of 300m
# is reached, since the limit is 1000m.
def test_a_full_target_below_a_higher_limit_is_reached(tmp_path: Path) -> None:
    pods = deployment(resources="requests: {cpu: 300m}, limits: {cpu: 1000m}")
    where = tree(tmp_path, pods, hpa(metric(100)))
    assert said(hpa_target_has_requests, where) == []
    assert [proof.message for proof in proofs(hpa_target_has_requests, where)] == [
        "api acts above 110 % of the cpu request; pods can use 333.3 %"
    ]


@pytest.mark.parametrize(
    ("options", "fixed"),
    [
        ("-Xms512m -Xmx512m", True),
        ("-Xmx1g -XX:+UseG1GC -Xms1g", True),
        ("-Xms256m -Xmx512m", False),
        ("-Xmx512m", False),
        ("-XX:MaxRAMPercentage=70", False),
    ],
)
def test_memory_alone_never_scales_a_fixed_heap_in(tmp_path: Path, options: str, fixed: bool) -> None:
    pods = deployment(resources="requests: {memory: 1Gi}") + (
        f"          env: [{{name: JAVA_TOOL_OPTIONS, value: '{options}'}}]\n"
    )
    found = findings(hpa_target_has_requests, tree(tmp_path, pods, hpa(metric(80, "memory"))))
    assert [one.finding.at_most for one in found] == (["warning"] if fixed else [])


def test_a_request_that_is_no_quantity_is_unknown(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(resources="requests: {cpu: lots}"), hpa(metric()))
    assert statuses(hpa_target_has_requests, where) == {"default": "unknown"}


def test_a_target_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment("carts"), SOCK_SHOP)
    assert statuses(hpa_target_has_requests, where) == {"default": "not-applicable"}


def test_a_rollout_is_asked_for_the_pods_that_it_refers_to(tmp_path: Path) -> None:
    rollout = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: api}\n"
        "spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: api}}\n"
    )
    scaler = hpa(metric(), "apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: api")
    stopped = deployment(resources="").replace("spec:\n  template", "spec:\n  replicas: 0\n  template")
    (found,) = findings(hpa_target_has_requests, tree(tmp_path, stopped, rollout, scaler))
    assert found.message == "api watches cpu as a share of requests, and container app of api requests none"


# Room for the plan


def planned(
    tmp_path: Path, scaler: str, peak: int = 420, rest: str = "headroom: 30%", unit: str = ""
) -> Path:
    capacity = (
        "reviewed: 2026-10-20\nsource: x\nzones: 3\nworkloads:\n  - name: api\n"
        f"    demand: {{peak-per-second: {peak}, unit: requests}}\n"
        f"    unit: {{capacity-per-second: 120{unit}}}\n    {rest}\n"
    )
    return tree(tmp_path, deployment(), hpa(scaler), **{"capacity.yaml": capacity})


def bounds(least: int, most: int, percent: int = 60) -> str:
    return f"minReplicas: {least}\n  " + metric(percent).replace("maxReplicas: 10", f"maxReplicas: {most}")


@pytest.mark.parametrize(
    ("least", "most", "says", "at_most"),
    [
        (2, 7, None, None),
        (2, 5, "api stops at 5 replicas, exactly what the peak needs: there is no room above "
               "5 × 120 = 600 ≥ 420 × 1.3 = 546 requests/s", "warning"),
        (7, 7, "api scales api from 7 to 7: it never changes anything", "note"),
        (1, 7, "api is scaled down to 1, and a service of tier 1 keeps 2", None),
    ],
)  # fmt: skip
def test_the_range(tmp_path: Path, least: int, most: int, says: str | None, at_most: str | None) -> None:
    found = findings(hpa_range_covers_plan, planned(tmp_path, bounds(least, most, 70)))
    assert [(one.message, one.finding.at_most) for one in found] == ([(says, at_most)] if says else [])


def test_a_maximum_below_the_peak_is_for_another_check(tmp_path: Path) -> None:
    where = planned(tmp_path, bounds(2, 4))
    assert said(hpa_range_covers_plan, where) == []
    assert statuses(hpa_range_covers_plan, where) == {"default": "not-applicable"}


def test_the_floor_is_for_tier_one(tmp_path: Path) -> None:
    where = planned(tmp_path, bounds(1, 9))
    assert len(said(hpa_range_covers_plan, where, tier=1)) == 1
    assert said(hpa_range_covers_plan, where, tier=2) == []
    assert said(hpa_range_covers_plan, where, tier=1, min_replicas=1) == []


def test_scaling_to_none_is_below_the_floor(tmp_path: Path) -> None:
    where = planned(tmp_path, bounds(2, 9))
    text = (where / "deploy.yaml").read_text().partition("---")[0]
    write(where, {"deploy.yaml": text + "---\n" + keda("maxReplicaCount: 9")})
    assert said(hpa_range_covers_plan, where) == ["api is scaled down to 0, and a service of tier 1 keeps 2"]


@pytest.mark.parametrize(
    ("percent", "unit", "expected"),
    [
        (76, "", []),  # 1 ÷ 1.3 = 76.9 %
        (77, "", ["warning"]),  # how cpu relates to capacity is not measured
        (77, ", resources: {cpu: 500m}", [None]),
        (77, ", resources: {cpu: '1'}", []),  # 77 % of 500m is 38.5 % of what was measured
    ],
)
def test_targets_on_each_side_of_the_headroom(
    tmp_path: Path, percent: int, unit: str, expected: list[str | None]
) -> None:
    found = findings(hpa_range_covers_plan, planned(tmp_path, bounds(2, 20, percent), unit=unit))
    assert [one.finding.at_most for one in found] == expected
    for one in found:
        assert one.message == (
            "api keeps api at 77 % of what a replica carries; a headroom of 30 % leaves 76.92 %"
        )
        assert one.finding.fix == "lower the target to 76 % or less"


def test_a_scaler_that_rests_above_its_maximum(tmp_path: Path) -> None:
    # ⌈420 ÷ (120 × 0.4)⌉ = 9 replicas are wanted
    assert said(hpa_range_covers_plan, planned(tmp_path, bounds(2, 9, 40))) == []
    assert said(hpa_range_covers_plan, planned(tmp_path, bounds(2, 8, 40))) == [
        "api wants 9 replicas at the peak and may have 8: 420 ÷ (120 × 40 %), "
        "so that it runs above its target"
    ]


def test_a_metric_of_demand_tracks_it_by_itself(tmp_path: Path) -> None:
    both = bounds(2, 20, 95).replace("metrics: [", "metrics: [{type: Pods, pods: {metric: {name: rate}}}, ")
    assert said(hpa_range_covers_plan, planned(tmp_path, both)) == []
