"""Pods as they run: what defaults, sidecars, selectors and scalers make of what is written."""

from pathlib import Path

import pytest
from readiness_checks import capacity, rollout, workload

from readiness.pipeline import Request, judge
from tests.faults import AS_OF, findings, statuses, write


def deployment(pod: str, spec: str = "", kind: str = "Deployment", name: str = "api") -> str:
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"spec: {{{spec}selector: {{matchLabels: {{app: {name}}}}}, "
        f"template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{{pod}}}}}}}\n"
    )


def containers(fields: str) -> str:
    return f"containers: [{{name: main, image: 'registry.example/api:1.2.3', {fields}}}]"


def limit_range(fields: str, namespace: str = "shop") -> str:
    return (
        f"---\napiVersion: v1\nkind: LimitRange\nmetadata: {{name: bounds, namespace: {namespace}}}\n"
        f"spec: {{limits: [{{type: Container, {fields}}}]}}\n"
    )


def said(check: str, tree: Path, text: str) -> list[str]:
    """What a rule or a check says of one file."""
    write(tree, {"deploy/objects.yaml": text})
    document = judge(Request(str(tree), AS_OF, checks=(check,))).document
    found = [one for outcome in document["outcomes"] for one in outcome["findings"]]
    assert not any(one["status"] == "error" for one in found), found
    return [f"{one['severity']}: {one['message']}" for one in found]


VERTICAL = (
    "---\napiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: api, namespace: shop}\n"
    "spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: api}, updatePolicy: {updateMode: %s}}\n"
)


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        (deployment(containers("")), False),
        (deployment(containers("resources: {limits: {cpu: 1}}")), True),
        (deployment(containers("resources: {requests: {cpu: 0}, limits: {cpu: 1}}")), False),
        (deployment(containers("") + ", resources: {requests: {cpu: 1}}"), True),
        (deployment(containers("")) + limit_range("defaultRequest: {cpu: 100m}"), True),
        (deployment(containers("")) + limit_range("default: {cpu: 100m}"), True),
        (deployment(containers("")) + limit_range("max: {cpu: 1}"), True),
        (deployment(containers("")) + limit_range("min: {cpu: 1}"), True),
        (deployment(containers("")) + limit_range("defaultRequest: {cpu: 100m}", "market"), False),
        (deployment(containers("")) + VERTICAL % "Auto", True),
        (deployment(containers("")) + VERTICAL % "'Off'", False),
    ],
    ids=["nothing", "limit", "zero", "of-the-pod", "default-request", "default-limit", "maximum", "minimum", "elsewhere", "sized", "advised"],
)  # fmt: skip
def test_request_that_holds(text: str, silent: bool, tmp_path: Path) -> None:
    found = said("workload.cpu-request", tmp_path, text)
    assert found == ([] if silent else ["warning: api: container main asks for no cpu"])


def test_limit_of_a_rounded_quantity_is_compared_by_value(tmp_path: Path) -> None:
    text = deployment(
        containers("resources: {requests: {cpu: 0.5, memory: 1Gi}, limits: {cpu: 500m, memory: 1024Mi}}")
    )
    assert findings(workload.requests_equal_limits, write(tmp_path, {"a.yaml": text})) == []


SERVICE = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop}\n"
    "spec: {%sselector: {app: %s}, ports: [{port: 80}]}\n"
)


def test_readiness_is_asked_once_where_a_service_leads(tmp_path: Path) -> None:
    text = deployment(containers("")) + SERVICE % ("", "api")
    assert said("workload.readiness-probe", tmp_path, text) == []
    (found,) = said("monitoring.health-endpoints", tmp_path, text)
    assert "api has no readiness probe" in found


def test_sidecar_is_asked_whether_it_lives_and_an_init_container_is_not(tmp_path: Path) -> None:
    init = "initContainers: [{name: proxy, image: p, restartPolicy: Always}, {name: setup, image: s}], "
    text = deployment(init + containers("livenessProbe: {tcpSocket: {port: 80}}"))
    assert said("workload.liveness-probe", tmp_path, text) == [
        "warning: api: container proxy has no liveness probe"
    ]


BINDING = (
    "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a, namespace: shop}\n"
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}\n"
    "subjects: [{kind: ServiceAccount, name: %s, namespace: shop}]\n"
)


@pytest.mark.parametrize(
    ("account", "bound", "namespace", "silent"),
    [
        ("api", "api", "", True),
        ("api", "other", "", False),
        ("api", "api", "market", False),
        ("default", "default", "", False),
    ],
)
def test_rights_of_an_account_whose_namespace_is_said_later(
    account: str, bound: str, namespace: str, silent: bool, tmp_path: Path
) -> None:
    pods = deployment(f"serviceAccountName: {account}, {containers('')}")
    pods = pods.replace("namespace: shop", f"namespace: {namespace}" if namespace else "labels: {a: b}")
    found = said("workload.automount-service-account-token", tmp_path, pods + BINDING % bound)
    assert (found == []) is silent


@pytest.mark.parametrize(
    "check", ["workload.automount-service-account-token", "network.pod-has-network-policy"]
)
def test_pods_that_a_rollout_takes_over_are_judged_once(check: str, tmp_path: Path) -> None:
    rollout = (
        "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: api, namespace: shop}\n"
        "spec: {replicas: 2, workloadRef: {apiVersion: apps/v1, kind: Deployment, name: api}}\n"
    )
    assert len(said(check, tmp_path, deployment(containers(""), "replicas: 0, ") + rollout)) == 1


@pytest.mark.parametrize(
    ("alive", "ready", "same"),
    [
        ("httpGet: {port: 80}", "httpGet: {port: 80, path: /}", True),
        ("httpGet: {port: http}", "httpGet: {port: 80}", True),
        ("httpGet: {port: 80}", "tcpSocket: {port: 80}", False),
        ("httpGet: {port: 80, scheme: HTTPS}", "httpGet: {port: 80}", False),
        ("tcpSocket: {port: 80}", "tcpSocket: {port: 80}", False),
        ("grpc: {port: 80}, failureThreshold: 3", "grpc: {port: 80}, failureThreshold: 2", False),
        ("grpc: {port: 80}, failureThreshold: 2", "grpc: {port: 80}, failureThreshold: 2", True),
    ],
)
def test_one_question_for_two(alive: str, ready: str, same: bool, tmp_path: Path) -> None:
    probes = (
        f"ports: [{{name: http, containerPort: 80}}], livenessProbe: {{{alive}}}, readinessProbe: {{{ready}}}"
    )
    assert bool(said("workload.probes-identical", tmp_path, deployment(containers(probes)))) == same


TERM = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [%s]}}, "


@pytest.mark.parametrize(
    ("term", "apart"),
    [
        ("{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}", True),
        ("{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}", False),
        ("{topologyKey: kubernetes.io/hostname}", False),
        ("{topologyKey: zone, namespaces: [market], labelSelector: {}}", False),
        ("{topologyKey: zone, namespaces: [market, shop], labelSelector: {}}", True),
        ("{topologyKey: zone, namespaceSelector: {}, labelSelector: {}}", True),
    ],
)
def test_term_that_is_about_the_pods_themselves(term: str, apart: bool, tmp_path: Path) -> None:
    text = deployment(TERM % term + containers(""), "replicas: 2, ")
    found = findings(workload.pod_anti_affinity, write(tmp_path, {"a.yaml": text}))
    assert [one.message for one in found] == (
        [] if apart else ["api has 2 replicas, and nothing keeps two of them off one node"]
    )


def test_the_most_pods_of_a_scaler_are_kept_apart(tmp_path: Path) -> None:
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api, namespace: shop}\n"
        "spec: {maxReplicas: 4, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}}\n"
    )
    tree = write(tmp_path, {"a.yaml": deployment(containers("")) + scaler})
    (found,) = findings(workload.pod_anti_affinity, tree)
    assert found.message.startswith("api has 4 replicas")


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, minDomains: 2, labelSelector: {}", ""),
        ("maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, minDomains: 0, labelSelector: {}",
         "minDomains is 0"),
        ("maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, minDomains: 2, labelSelector: {}",
         "minDomains is set with"),
        ("topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {}", "maxSkew is left out"),
        ("maxSkew: 1, whenUnsatisfiable: ScheduleAnyway, labelSelector: {}", "topologyKey is left out"),
        ("maxSkew: 1, topologyKey: zone, labelSelector: {}", "whenUnsatisfiable is left out"),
    ],
)  # fmt: skip
def test_constraint_that_the_api_server_takes(constraint: str, wrong: str, tmp_path: Path) -> None:
    text = deployment(f"topologySpreadConstraints: [{{{constraint}}}], " + containers(""))
    found = said("workload.topology-spread-valid", tmp_path, text)
    assert [wrong in one for one in found] == ([True] if wrong else [])


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (SERVICE % ("clusterIP: None, ", "api"), ""),
        (SERVICE % ("", "api"), "is not headless"),
        (SERVICE % ("clusterIP: None, ", "web"), "selects app=web"),
        ("", "no Service of that name"),
        (
            SERVICE.replace("namespace: shop", "namespace: market") % ("clusterIP: None, ", "api"),
            "no Service of",
        ),
    ],
)
def test_service_that_names_pods(service: str, expected: str, tmp_path: Path) -> None:
    text = deployment(containers(""), "serviceName: api, ", kind="StatefulSet") + service
    found = findings(workload.statefulset_service_name, write(tmp_path, {"a.yaml": text}))
    assert [expected in one.message for one in found] == ([True] if expected else [])


def test_service_that_may_be_in_what_was_not_read(tmp_path: Path) -> None:
    text = deployment(containers(""), "serviceName: api, ", kind="StatefulSet")
    write(tmp_path, {"deploy/broken.yaml": "apiVersion: v1\nkind: Service\nmetadata: [\n"})
    found = said("workload.statefulset-service-name", tmp_path, text)
    assert found
    assert not any("no Service of that name" in one for one in found)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ("requests: {memory: 1Mi}", []),
        ("requests: {memory: 1023Ki}", ["has memory 1023Ki in its requests"]),
        ("limits: {memory: 512m}", ["which is 0.512 bytes"]),
        ("limits: {memory: 4Ti}", []),
        ("limits: {memory: 5Ti}", ["has memory 5Ti in its limits"]),
        ("limits: {cpu: 256}", []),
        ("limits: {cpu: 257}", ["has cpu 257 in its limits"]),
        ("limits: {ephemeral-storage: 1000k}", ["has ephemeral-storage 1000k"]),
        ("requests: {cpu: 1}, limits: {cpu: 1000m}", []),
        ("requests: {cpu: 1001m}, limits: {cpu: 1}", ["asks for 1001m of cpu, its limit is 1"]),
        (
            "requests: {memory: 512M}, limits: {memory: 512Mi}",
            ["counts memory in M (512M) and in Mi (512Mi)"],
        ),
        ("requests: {memory: 1Gi}, limits: {memory: 2Gi}", []),
    ],
)
def test_quantities_that_somebody_meant(resources: str, expected: list[str], tmp_path: Path) -> None:
    text = deployment(containers(f"resources: {{{resources}}}"))
    found = [one.message for one in findings(capacity.quantity_sane, write(tmp_path, {"a.yaml": text}))]
    assert len(found) == len(expected)
    assert all(part in message for part, message in zip(expected, found, strict=True)), found


@pytest.mark.parametrize(
    ("bounds", "resources", "expected"),
    [
        ("max: {memory: 1Gi}", "limits: {memory: 1Gi}", []),
        ("max: {memory: 1Gi}", "limits: {memory: 1025Mi}", ["has a memory limit of 1025Mi, LimitRange bounds has max 1Gi"]),
        ("max: {memory: 1Gi}", "", []),
        ("max: {memory: 1Gi}, default: {memory: 1Gi}", "", []),
        ("min: {cpu: 100m}", "requests: {cpu: 100m}", []),
        ("min: {cpu: 100m}", "requests: {cpu: 99m}", ["has a cpu request of 99m, LimitRange bounds has min 100m"]),
    ],
)  # fmt: skip
def test_bounds_of_the_namespace(bounds: str, resources: str, expected: list[str], tmp_path: Path) -> None:
    text = deployment(containers(f"resources: {{{resources}}}")) + limit_range(bounds)
    found = [one.message for one in findings(capacity.quantity_sane, write(tmp_path, {"a.yaml": text}))]
    assert len(found) == len(expected)
    assert all(part in message for part, message in zip(expected, found, strict=True)), found


CLAIM = (
    "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk, namespace: shop}\n"
    "spec: {accessModes: [%s]}\n"
)
DISK = "volumes: [{name: v, persistentVolumeClaim: {claimName: disk}}], "
RECREATE = "strategy: {type: Recreate}, "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (deployment(containers(""), RECREATE) + SERVICE % ("", "api"), "Service api has no pod meanwhile"),
        (deployment(containers(""), RECREATE), "its work stands still meanwhile"),
        (deployment(containers(""), RECREATE + "replicas: 3, ") + SERVICE % ("", "api"), "its 3 pods end"),
        (deployment(containers(""), RECREATE + "replicas: 0, ") + SERVICE % ("", "api"), ""),
        (deployment(containers("")) + SERVICE % ("", "api"), ""),
        (deployment(containers(""), "strategy: {type: RollingUpdate}, "), ""),
        (deployment(containers(""), "strategy: {type: Rolling}, "), "strategy Rolling, which is none of"),
        (deployment(containers(""), "strategy: {type: Canary}, "), "strategy Canary, which is none of"),
        (deployment(DISK + containers(""), RECREATE) + SERVICE % ("", "api"), ""),
        (deployment(DISK + containers(""), RECREATE) + SERVICE % ("", "api") + CLAIM % "ReadWriteOnce", ""),
        (
            deployment(DISK + containers(""), RECREATE) + SERVICE % ("", "api") + CLAIM % "ReadWriteMany",
            "Service api has no pod meanwhile",
        ),
    ],
)
def test_pods_that_all_go_at_once(text: str, expected: str, tmp_path: Path) -> None:
    found = findings(rollout.recreate_strategy, write(tmp_path, {"a.yaml": text}))
    assert [expected in one.message for one in found] == ([True] if expected else []), found
    assert all(one.finding.at_most == "note" for one in found if "stands still" in one.message)


def test_recreate_is_asked_in_production_only(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {
            "a.yaml": deployment(containers(""), RECREATE) + SERVICE % ("", "api"),
            "readiness.yaml": "version: 1\nenvironments: {test: {class: test, manifests: [a.yaml]}}\nitems: []\n",
        },
    )
    assert statuses(rollout.recreate_strategy, tree) == {"test": "not-applicable"}


def test_a_rollout_that_refers_to_a_deployment_describes_no_pods(tmp_path: Path) -> None:
    # argo-rollouts, examples/workload-ref
    rollout = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\n"
        "spec: {replicas: 2, workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
    )
    tree = write(tmp_path, {"deploy/rollout.yaml": rollout})
    document = judge(Request(str(tree), AS_OF, checks=("workload.*",))).document
    assert [
        one["id"] for one in document["outcomes"] for found in one["findings"] if found["status"] == "fail"
    ] == []
