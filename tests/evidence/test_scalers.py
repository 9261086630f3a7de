"""Scalers and the ranges that they give, as the API server and KEDA read them."""

from fractions import Fraction
from typing import Any

import pytest

from readiness.errors import NotApplicable, Unknown
from readiness.evidence.manifests import KubernetesObject, Manifests, Workload
from readiness.evidence.scalers import Scaler, Scaling, VerticalScaler
from readiness.known import Unreadable
from readiness.outcome import Location
from readiness.yaml_reader import read

AT = Location("repository", "deploy.yaml")


def manifests(text: str, unreadable: tuple[Unreadable, ...] = ()) -> Manifests:
    found = [document for document in read(text.encode()).documents if document is not None]
    objects = tuple(
        KubernetesObject(body, AT._replace(document=index), "") for index, body in enumerate(found)
    )
    return Manifests(objects, unreadable)


def scaling(text: str, unreadable: tuple[Unreadable, ...] = ()) -> tuple[Scaling, dict[str, Workload]]:
    read_ = manifests(text, unreadable)
    workloads = tuple(one for one in Workload.collect(read_) if isinstance(one, Workload))
    scalers = tuple(one for one in Scaler.collect(read_) if isinstance(one, Scaler))
    return Scaling.collect(scalers, workloads, read_), {f"{one.kind}/{one.name}": one for one in workloads}


def scaler(text: str) -> Scaler:
    (found,) = Scaler.collect(manifests(text))
    assert isinstance(found, Scaler)
    return found


def hpa(spec: str, version: str = "autoscaling/v2", name: str = "api") -> str:
    return f"""
apiVersion: {version}
kind: HorizontalPodAutoscaler
metadata: {{name: {name}}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: api}}
  {spec}
"""


def keda(spec: str, annotations: str = "{}") -> str:
    return f"""
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{name: api, annotations: {annotations}}}
spec:
  scaleTargetRef: {{name: api}}
  {spec}
"""


def deployment(name: str = "api", spec: str = "", kind: str = "Deployment", version: str = "apps/v1") -> str:
    return f"""
apiVersion: {version}
kind: {kind}
metadata: {{name: {name}}}
spec:
  {spec}
  template: {{spec: {{containers: []}}}}
"""


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (hpa("maxReplicas: 5"), 1, 5),
        (hpa("{minReplicas: 2, maxReplicas: 5}".strip("{}").replace(", ", "\n  ")), 2, 5),
        (hpa("minReplicas: null\n  maxReplicas: 5"), 1, 5),
        (hpa("maxReplicas: 5", "autoscaling/v1"), 1, 5),
        (keda("triggers: []"), 0, 100),
        (keda("minReplicaCount: 1\n  maxReplicaCount: 7"), 1, 7),
        (keda("minReplicaCount: 3\n  idleReplicaCount: 0"), 0, 100),
        (keda("maxReplicaCount: 7", "{autoscaling.keda.sh/paused-replicas: '4'}"), 4, 4),
        (keda("maxReplicaCount: 7", "{autoscaling.keda.sh/paused-replicas: many}"), 0, 7),
    ],
)
def test_bounds_have_the_defaults_of_their_api(text: str, least: int, most: int) -> None:
    found = scaler(text)
    assert (found.least.value, found.most.value) == (least, most)


def test_a_default_says_whose_it_is() -> None:
    assert scaler(hpa("maxReplicas: 5")).least.origin == "default of the Kubernetes API server"
    assert scaler(keda("triggers: []")).most.origin == "default of KEDA"
    assert scaler(hpa("maxReplicas: 5")).most.written


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("minReplicas: 2", "no spec.maxReplicas"),
        ("maxReplicas: '5'", "spec.maxReplicas is '5' where a whole number is expected"),
        ("maxReplicas: 2.5", "spec.maxReplicas is 2.5 where a whole number is expected"),
        ("maxReplicas: true", "spec.maxReplicas is True where a whole number is expected"),
    ],
)
def test_a_bound_of_the_wrong_type_is_unknown(spec: str, says: str) -> None:
    with pytest.raises(Unknown, match=says):
        _ = scaler(hpa(spec)).most


V2 = "autoscaling/v2"
BETA = "autoscaling/v2beta1"
CPU = "type: Resource, resource: {name: cpu, target: {"
ONE = "type: ContainerResource, containerResource: {name: cpu, container: app, target: {"


@pytest.mark.parametrize(
    ("version", "spec", "expected"),
    [
        (V2, "maxReplicas: 5", ("Resource", "cpu", "", 80)),
        ("autoscaling/v1", "targetCPUUtilizationPercentage: 60", ("Resource", "cpu", "", 60)),
        ("autoscaling/v1", "maxReplicas: 5", ("Resource", "cpu", "", 80)),
        (V2, f"metrics: [{{{CPU}averageUtilization: 70}}}}}}]", ("Resource", "cpu", "", 70)),
        (V2, f"metrics: [{{{CPU}averageValue: 500m}}}}}}]", ("Resource", "cpu", "", None)),
        (V2, f"metrics: [{{{ONE}averageUtilization: 50}}}}}}]", ("ContainerResource", "cpu", "app", 50)),
        (BETA, "metrics: [{type: Resource, resource: {name: memory, targetAverageUtilization: 75}}]",
         ("Resource", "memory", "", 75)),
        (V2, "metrics: [{type: Pods, pods: {metric: {name: queue}}}]", ("Pods", "queue", "", None)),
        ("keda", "triggers: [{type: cpu, metricType: Utilization, metadata: {value: '60'}}]",
         ("Resource", "cpu", "", 60)),
        ("keda", "triggers: [{type: memory, metadata: {value: '60', containerName: app}}]",
         ("ContainerResource", "memory", "app", 60)),
        ("keda", "triggers: [{type: cpu, metricType: AverageValue, metadata: {value: 500m}}]",
         ("Resource", "cpu", "", None)),
        ("keda", "triggers: [{type: kafka, metadata: {topic: orders}}]", ("External", "kafka", "", None)),
    ],
)  # fmt: skip
def test_metrics_of_every_version(version: str, spec: str, expected: tuple[Any, ...]) -> None:
    (one,) = scaler(keda(spec) if version == "keda" else hpa(spec, version)).metrics
    assert (one.kind, one.name, one.container, one.percent.value if one.percent else None) == expected


def test_metrics_that_v1_keeps_in_an_annotation_are_not_guessed() -> None:
    text = hpa("maxReplicas: 5", "autoscaling/v1").replace(
        "{name: api}", "{name: api, annotations: {autoscaling.alpha.kubernetes.io/metrics: '[]'}}", 1
    )
    assert scaler(text).metrics == ()


def test_a_trigger_value_that_is_no_number_is_unknown() -> None:
    with pytest.raises(Unknown, match="trigger cpu of api has no whole number as value"):
        _ = scaler(keda("triggers: [{type: cpu, metadata: {value: lots}}]")).metrics


@pytest.mark.parametrize(
    ("spec", "tolerance"),
    [
        ("maxReplicas: 5", Fraction(1, 10)),
        ("behavior: {scaleUp: {tolerance: 0.05}}", Fraction(1, 20)),
        ("behavior: {scaleUp: {tolerance: 50m}}", Fraction(1, 20)),
    ],
)
def test_tolerance(spec: str, tolerance: Fraction) -> None:
    assert scaler(hpa(spec)).tolerance == tolerance


def test_keda_scales_a_deployment_unless_it_says_otherwise() -> None:
    target = scaler(keda("triggers: []")).target
    assert (target.group, target.kind, target.name) == ("apps", "Deployment", "api")


@pytest.mark.parametrize("ref", ["{kind: Deployment}", "{name: api}", "null", "[]", "api"])
def test_a_reference_that_is_none_is_unknown(ref: str) -> None:
    text = hpa("maxReplicas: 5").replace("{apiVersion: apps/v1, kind: Deployment, name: api}", ref)
    with pytest.raises(Unknown):
        _ = scaler(text).target


def test_objects_of_other_groups_are_no_scalers() -> None:
    assert list(Scaler.collect(manifests(hpa("maxReplicas: 5", "example.com/v1")))) == []


def test_a_workload_without_a_scaler_has_what_it_says() -> None:
    joined, workloads = scaling(deployment(spec="replicas: 3"))
    found = joined.of(workloads["Deployment/api"])
    assert (found.set.value, found.least.value, found.most.value, found.scaler) == (3, 3, 3, None)


def test_a_workload_that_says_nothing_has_one_pod() -> None:
    joined, workloads = scaling(deployment())
    assert joined.of(workloads["Deployment/api"]).least.value == 1


def test_a_scaler_sets_the_range_of_its_target_alone() -> None:
    joined, workloads = scaling(f"{deployment()}---{deployment('other')}---{hpa('maxReplicas: 9')}")
    assert joined.of(workloads["Deployment/api"]).most.value == 9
    assert joined.of(workloads["Deployment/other"]).most.value == 1


@pytest.mark.parametrize("group", ["apps/v1beta1", "extensions/v1beta1", "apps/v1beta2"])
def test_versions_of_one_group_are_the_same_workload(group: str) -> None:
    text = hpa("maxReplicas: 9").replace("apps/v1,", f"{group},")
    joined, workloads = scaling(f"{deployment()}---{text}")
    assert joined.of(workloads["Deployment/api"]).most.value == 9


def test_a_namespace_that_nobody_names_can_be_any() -> None:
    placed = hpa("maxReplicas: 9").replace("{name: api}", "{name: api, namespace: shop}", 1)
    joined, workloads = scaling(f"{deployment()}---{placed}")
    assert joined.of(workloads["Deployment/api"]).most.value == 9


def test_another_namespace_is_another_workload() -> None:
    placed = hpa("maxReplicas: 9").replace("{name: api}", "{name: api, namespace: shop}", 1)
    elsewhere = deployment().replace("{name: api}", "{name: api, namespace: other}")
    joined, workloads = scaling(f"{elsewhere}---{placed}")
    assert joined.of(workloads["Deployment/api"]).scaler is None


def test_zero_replicas_switch_an_autoscaler_off() -> None:
    joined, workloads = scaling(f"{deployment(spec='replicas: 0')}---{hpa('maxReplicas: 9')}")
    found = joined.of(workloads["Deployment/api"])
    assert (found.least.value, found.most.value) == (0, 0)


def test_zero_replicas_are_where_keda_starts() -> None:
    joined, workloads = scaling(f"{deployment(spec='replicas: 0')}---{keda('maxReplicaCount: 9')}")
    assert joined.of(workloads["Deployment/api"]).most.value == 9


def test_two_scalers_of_one_workload_are_unknown() -> None:
    joined, workloads = scaling(f"{deployment()}---{hpa('maxReplicas: 9')}---{keda('triggers: []')}")
    with pytest.raises(Unknown, match="both set the replicas of api"):
        joined.of(workloads["Deployment/api"])


def test_an_autoscaler_that_keda_takes_over_is_none() -> None:
    taken = keda(
        "advanced: {horizontalPodAutoscalerConfig: {name: api}}",
        "{scaledobject.keda.sh/transfer-hpa-ownership: 'true'}",
    )
    joined, workloads = scaling(f"{deployment()}---{hpa('maxReplicas: 9')}---{taken}")
    assert joined.of(workloads["Deployment/api"]).most.value == 100


def test_the_same_scaler_twice_is_one() -> None:
    joined, workloads = scaling(f"{deployment()}---{hpa('maxReplicas: 9')}---{hpa('maxReplicas: 9')}")
    assert joined.of(workloads["Deployment/api"]).most.value == 9


def test_a_scaler_that_was_not_read_makes_the_range_unknown() -> None:
    broken = Unreadable(AT, "a tab", frozenset({"HorizontalPodAutoscaler"}), "mend deploy.yaml")
    joined, workloads = scaling(deployment(), (broken,))
    with pytest.raises(Unknown, match="a tab"):
        joined.of(workloads["Deployment/api"])


def test_a_file_that_holds_no_scaler_hides_none() -> None:
    broken = Unreadable(AT, "a tab", frozenset({"ConfigMap"}))
    joined, workloads = scaling(deployment(), (broken,))
    assert joined.of(workloads["Deployment/api"]).most.value == 1


def test_a_scaler_without_a_target_may_be_anyones() -> None:
    lost = hpa("maxReplicas: 9").replace("{apiVersion: apps/v1, kind: Deployment, name: api}", "{}")
    joined, workloads = scaling(f"{deployment()}---{lost}")
    with pytest.raises(Unknown, match=r"no spec\.scaleTargetRef\.name"):
        joined.of(workloads["Deployment/api"])


@pytest.mark.parametrize("kind", ["DaemonSet", "ReplicaSet"])
def test_a_daemon_set_has_no_number(kind: str) -> None:
    joined, workloads = scaling(deployment(kind=kind))
    if kind == "ReplicaSet":
        assert joined.of(workloads["ReplicaSet/api"]).most.value == 1
        return
    with pytest.raises(NotApplicable, match="a DaemonSet has no number of replicas to set"):
        joined.of(workloads["DaemonSet/api"])


# Reduced from argo-rollouts, examples/rollout-template-ref.yaml: a Deployment of none beside its Rollout
ROLLOUT = deployment(
    "canary", "replicas: 5\n  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: api}", "Rollout",
    "argoproj.io/v1alpha1",
)  # fmt: skip


def test_a_deployment_that_a_rollout_runs_is_down_on_purpose() -> None:
    joined, workloads = scaling(f"{deployment(spec='replicas: 0')}---{ROLLOUT}")
    with pytest.raises(NotApplicable, match="Rollout canary runs its pods; it is scaled down on purpose"):
        joined.of(workloads["Deployment/api"])
    assert joined.of(workloads["Rollout/canary"]).most.value == 5
    assert joined.pods_of(workloads["Rollout/canary"]) is workloads["Deployment/api"]


def test_pods_that_a_rollout_takes_from_elsewhere_are_unknown() -> None:
    joined, workloads = scaling(ROLLOUT)
    with pytest.raises(Unknown, match="takes its pods from Deployment api, which is not in these manifests"):
        joined.pods_of(workloads["Rollout/canary"])


def vertical(spec: str) -> VerticalScaler:
    text = f"""
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {{name: api}}
spec: {spec}
"""
    (found,) = VerticalScaler.collect(manifests(text))
    assert isinstance(found, VerticalScaler)
    return found


@pytest.mark.parametrize(
    ("mode", "acts"),
    [("null", True), ("Auto", True), ("Recreate", True), ("'Off'", False), ("Initial", False)],
)
def test_modes_of_a_vertical_scaler(mode: str, acts: bool) -> None:
    assert vertical(f"{{updatePolicy: {{updateMode: {mode}}}}}").acts == acts


def test_off_without_quotes_is_no_mode() -> None:
    with pytest.raises(Unknown, match="updateMode is False where a text is expected"):
        _ = vertical("{updatePolicy: {updateMode: Off}}").acts


@pytest.mark.parametrize(
    ("policy", "resources"),
    [
        ("{containerName: '*'}", {"cpu", "memory"}),
        ("{containerName: '*', controlledResources: [memory]}", {"memory"}),
        ("{containerName: '*', mode: 'Off'}", set()),
        ("{containerName: app, controlledResources: [memory]}", {"cpu", "memory"}),
    ],
)
def test_resources_of_a_vertical_scaler(policy: str, resources: set[str]) -> None:
    assert vertical(f"{{resourcePolicy: {{containerPolicies: [{policy}]}}}}").resources == resources
