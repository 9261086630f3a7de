"""Budgets that block drains, and stops that are cut off: both sides of each bound, and the look-alikes."""

from pathlib import Path

import pytest
from readiness_checks.availability import (
    min_replicas_by_tier,
    pdb_allows_drain,
    pdb_exists_and_selects,
    termination_budget,
)

from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

RENDERED = "deploy/rendered/production.yaml"


def pod(extra: str = "", container: str = "", image: str = "registry.example/api:1.2.3") -> str:
    return f"""\
      metadata: {{labels: {{app: api}}}}
      spec:
        {extra or "restartPolicy: Always"}
        containers:
          - name: api
            image: {image}
            {container or "ports: []"}
"""


def deployment(spec: str = "replicas: 3", name: str = "api", pods: str = "") -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  {spec}
  template:
{pods or pod()}"""


def budget(
    bound: str, name: str = "api", selector: str = "{matchLabels: {app: api}}", api: str = "v1"
) -> str:
    return f"""\
---
apiVersion: policy/{api}
kind: PodDisruptionBudget
metadata: {{name: {name}}}
spec:
  {bound}
  selector: {selector}
"""


def autoscaler(least: int, most: int) -> str:
    return f"""\
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: api}}
spec:
  minReplicas: {least}
  maxReplicas: {most}
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: api}}
"""


def said(tmp_path: Path, text: str) -> list[str]:
    return [one.message for one in findings(pdb_allows_drain, write(tmp_path, {"deploy/all.yaml": text}))]


def test_orders_has_no_finding() -> None:
    assert findings(pdb_allows_drain, ORDERS) == []
    assert findings(termination_budget, ORDERS) == []
    assert [one.message for one in proofs(termination_budget, ORDERS)] == [
        "orders-api: container api needs preStop 10 s + Spring's drain 30 s of 60 s grace, 20 s are spare",
        "orders-worker: container worker needs Spring's drain 30 s of 75 s grace, 45 s are spare",
    ]
    assert len(proofs(pdb_allows_drain, ORDERS)) == 3


@pytest.mark.parametrize(
    ("replicas", "bound", "blocked"),
    [
        (1, "minAvailable: 80%", True), (4, "minAvailable: 80%", True), (5, "minAvailable: 80%", False),
        (3, "minAvailable: 67%", True), (4, "minAvailable: 67%", False), (3, "minAvailable: 66%", False),
        (1, "minAvailable: 50%", True), (2, "minAvailable: 50%", False),
        (2, "minAvailable: 1", False), (2, "minAvailable: 2", True), (1, "minAvailable: 1", True),
        (1, "maxUnavailable: 1%", False), (3, "maxUnavailable: 30%", False), (3, "maxUnavailable: 0", True),
        (1, "maxUnavailable: 1", False), (3, "maxUnavailable: 0%", True),
    ],
)  # fmt: skip
def test_both_sides_of_each_bound(tmp_path: Path, replicas: int, bound: str, blocked: bool) -> None:
    assert bool(said(tmp_path, deployment(f"replicas: {replicas}") + budget(bound))) is blocked


def test_the_finding_names_both_numbers_the_place_and_the_way_out(tmp_path: Path) -> None:
    # cockroachdb-statefulset.yaml of kubernetes/examples keeps 67 % of three: surely two were meant (F5)
    tree = write(tmp_path, {"deploy/all.yaml": deployment() + budget("minAvailable: 67%")})
    (found,) = findings(pdb_allows_drain, tree)
    assert found.message == (
        "api allows 0 evictions at the 3 pods of api: 67% of 3, rounded up, keeps 3, 1 is needed"
    )
    assert (found.at.file, found.at.line) == ("deploy/all.yaml", 19)
    assert found.finding.fix == "use maxUnavailable: 1, or raise replicas to 4 or more"


def test_the_autoscalers_minimum_counts_not_the_replicas(tmp_path: Path) -> None:
    # knative/serving: min 1, max 20, 80 % → nothing may be evicted below five pods (F1)
    text = deployment("replicas: 10") + budget("minAvailable: 80%") + autoscaler(1, 4)
    (found,) = findings(pdb_allows_drain, write(tmp_path, {"deploy/all.yaml": text}))
    assert found.message.startswith("api allows 0 evictions at the 1 pod of api")
    assert found.finding.fix.endswith("raise minReplicas to 5 or more, more than the 4 of today")


def test_no_replicas_beside_an_autoscaler_is_no_single_pod(tmp_path: Path) -> None:
    assert (
        said(tmp_path, deployment("minReadySeconds: 1") + budget("minAvailable: 2") + autoscaler(3, 6)) == []
    )


@pytest.mark.parametrize(
    ("bound", "replicas", "warned"),
    [
        ("maxUnavailable: 100%", 3, True), ("minAvailable: 0", 3, True), ("minAvailable: 0%", 2, True),
        ("maxUnavailable: 99%", 200, False), ("maxUnavailable: 1", 1, False), ("minAvailable: 1", 2, False),
    ],
)  # fmt: skip
def test_a_budget_that_protects_nothing_is_a_warning_below_tier_1(
    tmp_path: Path, bound: str, replicas: int, warned: bool
) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": deployment(f"replicas: {replicas}") + budget(bound)})
    found = findings(pdb_allows_drain, tree, tier=2)
    assert [one.finding.at_most for one in found] == (["warning"] if warned else [])
    assert all("protects nothing" in one.message for one in found)
    critical = findings(pdb_allows_drain, tree, tier=1)
    assert [one.finding.at_most for one in critical] == ([None] if warned else [])


def test_two_budgets_on_one_pod_stop_every_eviction(tmp_path: Path) -> None:
    text = deployment() + budget("maxUnavailable: 1") + budget("maxUnavailable: 1", name="other")
    assert said(tmp_path, text) == [
        "other selects the pods of api, and so does api: a pod with 2 budgets can't be evicted, 1 is the most"
    ]


def test_neither_bound_allows_no_eviction(tmp_path: Path) -> None:
    assert said(tmp_path, deployment() + budget("unhealthyPodEvictionPolicy: AlwaysAllow")) == [
        "api sets neither minAvailable nor maxUnavailable, so that it allows no eviction"
    ]


@pytest.mark.parametrize(
    "text",
    [
        # kube-prometheus: the selected pods belong to custom resources (Prometheus, Alertmanager)
        deployment() + budget("minAvailable: 9", selector="{matchLabels: {app: prometheus}}"),
        deployment() + budget("minAvailable: 9", selector="{}", api="v1beta1"),
        deployment("replicas: 0") + budget("minAvailable: 1"),
        deployment().replace("Deployment", "DaemonSet") + budget("minAvailable: 1"),
    ],
)
def test_pods_that_are_not_these_are_left_alone(tmp_path: Path, text: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": text})
    assert set(statuses(pdb_allows_drain, tree).values()) == {"not-applicable"}


def test_an_empty_selector_takes_the_whole_namespace(tmp_path: Path) -> None:
    text = deployment() + "\n---\n" + deployment(name="other") + budget("minAvailable: 6", selector="{}")
    assert said(tmp_path, text) == [
        "api allows 0 evictions at the 6 pods of api and other: minAvailable keeps 6, 1 is needed"
    ]


@pytest.mark.parametrize("bound", ['minAvailable: "2"', "minAvailable: half", "minAvailable: -1"])
def test_a_bound_that_is_no_number_is_unknown(tmp_path: Path, bound: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": deployment() + budget(bound)})
    assert statuses(pdb_allows_drain, tree) == {"default": "unknown"}


def test_both_bounds_are_unknown_since_the_api_server_refuses_them(tmp_path: Path) -> None:
    text = deployment() + budget("minAvailable: 1\n  maxUnavailable: 1")
    assert statuses(pdb_allows_drain, write(tmp_path, {"deploy/all.yaml": text})) == {"default": "unknown"}


def test_staging_is_not_judged(tmp_path: Path) -> None:
    tree = write(tmp_path, {"deploy/staging/all.yaml": deployment() + budget("maxUnavailable: 0")})
    (tree / "readiness.yaml").write_text(
        "version: 1\nenvironments:\n  staging: {class: staging, manifests: [deploy/staging/]}\n"
    )
    assert statuses(pdb_allows_drain, tree) == {"staging": "not-applicable"}


# What a stop takes


def stop(grace: str = "", hook: str = "", env: str = "", more: str = "") -> str:
    lines = [f"lifecycle: {{preStop: {hook}}}"] if hook else []
    lines += [f"env: [{env}]"] if env else []
    return (
        deployment(
            pods=pod(f"terminationGracePeriodSeconds: {grace}" if grace else "", "\n            ".join(lines))
        )
        + more
    )


def stops(tmp_path: Path, text: str, **settings: object) -> list[tuple[str, str | None]]:
    found = findings(termination_budget, write(tmp_path, {"deploy/all.yaml": text}), **settings)
    return [(one.message, one.finding.at_most) for one in found]


SPRING = "{name: SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE, value: 30s}"


@pytest.mark.parametrize(
    ("grace", "hook", "env", "verdict"),
    [
        ("60", "{sleep: {seconds: 60}}", "", "it is killed before it can stop"),  # F11
        ("60", '{exec: {command: ["/bin/sh", "-c", "sleep 60"]}}', "", "it is killed before it can stop"),
        ("60", "{sleep: {seconds: 59}}", "", "1 s are left to stop in, 5 s are needed"),
        ("60", "{sleep: {seconds: 55}}", "", ""),
        ("", "{sleep: {seconds: 25}}", "", ""),  # the default of 30 s; GOV.UK's chart (F39)
        ("", "{sleep: {seconds: 30}}", "", "it is killed before it can stop"),
        ("40", "{sleep: {seconds: 11}}", SPRING, "takes preStop 11 s + Spring's drain 30 s = 41 s and"),
        ("45", "{sleep: {seconds: 10}}", SPRING, ""),
        ("44", "{sleep: {seconds: 10}}", SPRING, "= 40 s of 44 s grace, 5 s are needed to spare"),
        ("", "", SPRING, "= 30 s of 30 s grace, 5 s are needed to spare"),  # F25
        ("5", "", SPRING, "takes Spring's drain 30 s = 30 s and has 5 s grace"),  # F18
    ],
)  # fmt: skip
def test_both_sides_of_the_budget(tmp_path: Path, grace: str, hook: str, env: str, verdict: str) -> None:
    found = stops(tmp_path, stop(grace, hook, env))
    assert bool(found) is bool(verdict)
    assert all(verdict in message for message, _ in found)


def test_what_is_left_without_a_known_drain_is_a_warning(tmp_path: Path) -> None:
    assert [milder for _, milder in stops(tmp_path, stop("30", "{sleep: {seconds: 27}}"))] == ["warning"]


def test_the_finding_stands_at_the_hook(tmp_path: Path) -> None:
    edit = Fault(
        RENDERED,
        "            sleep:\n              seconds: 10",
        "            sleep:\n              seconds: 40",
    )
    (found,) = findings(termination_budget, edit.seed(copy_of_orders(tmp_path)))
    assert found.message == (
        "orders-api: container api takes preStop 40 s + Spring's drain 30 s = 70 s and has 60 s grace"
    )
    assert found.at.line == 129
    assert found.finding.fix == "set terminationGracePeriodSeconds to 75 or more, or shorten the preStop hook"


@pytest.mark.parametrize(
    "text",
    [
        stop(),  # nothing says that it needs more
        stop("5"),  # microservices-demo: 5 s and no hook
        stop("30", "{httpGet: {path: /stop, port: 80}}"),
        stop("300", '{exec: {command: ["/wait-shutdown"]}}'),  # ingress-nginx
        stop("30", '{exec: {command: ["sh", "-c", "while pgrep x; do sleep 60; done"]}}'),
        stop("30", "{sleep: {seconds: 60}}")
        .replace("kind: Deployment", "kind: Job")
        .replace("apps/v1", "batch/v1"),
    ],
)
def test_what_can_not_be_summed_up_is_not_applicable(tmp_path: Path, text: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": text})
    assert set(statuses(termination_budget, tree).values()) == {"not-applicable"}


def test_a_hook_of_unknown_length_before_a_known_drain_is_unknown(tmp_path: Path) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": stop("60", "{httpGet: {path: /stop, port: 80}}", SPRING)})
    assert statuses(termination_budget, tree) == {"default": "unknown"}


def test_staggered_hooks_of_neighbours_leave_a_second(tmp_path: Path) -> None:
    # wikimedia/operations-deployment-charts: application t + 1, proxy t + 2, grace period t + 3 (F40)
    neighbour = (
        "          - {name: proxy, image: 'proxy:1.0.0', lifecycle: {preStop: {sleep: {seconds: 12}}}}\n"
    )
    pods = (
        pod("terminationGracePeriodSeconds: 13", "lifecycle: {preStop: {sleep: {seconds: 11}}}") + neighbour
    )
    assert stops(tmp_path, deployment(pods=pods)) == []
    assert len(stops(tmp_path, deployment(pods=pods.replace("13", "12")))) == 1


def test_settings_say_what_no_file_says(tmp_path: Path) -> None:
    text = stop("30", "{sleep: {seconds: 10}}")
    assert stops(tmp_path, text) == []
    assert len(stops(tmp_path, text, drain="25s")) == 1
    assert stops(tmp_path, text, drain="25s", longest_request="9s") == []
    assert len(stops(tmp_path, text, margin="21s")) == 1


CONFIG = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
"""
FROM = "envFrom: [{configMapRef: {name: settings}}]"
MOUNTED = "volumeMounts: [{name: config, mountPath: /config}]"
VOLUME = "volumes: [{name: config, configMap: {name: settings}}]"


@pytest.mark.parametrize(
    ("container", "volumes", "data", "drain"),
    [
        (FROM, "", "  SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE: 40s\n", 40),
        (FROM, "", "  SERVER_SHUTDOWN: graceful\n", 30),
        (FROM, "", "  SERVER_SHUTDOWN: immediate\n"
                   "  SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE: 40s\n", None),
        (MOUNTED, VOLUME, "  application.yml: |\n    server: {shutdown: graceful}\n"
                          "    spring.lifecycle.timeout-per-shutdown-phase: PT1M\n", 60),
        (MOUNTED, VOLUME, "  application.properties: |\n    server.shutdown=graceful\n"
                          "    spring.lifecycle.timeout-per-shutdown-phase=${GRACE:45s}\n", 45),
        # spring-petclinic-cloud: the key stands under server.lifecycle, which Spring doesn't read; and 15
        # would be milliseconds (F29)
        (MOUNTED, VOLUME, "  application.yaml: |\n    server:\n      shutdown: graceful\n"
                          "      lifecycle: {timeout-per-shutdown-phase: 15}\n", 30),
        (MOUNTED, VOLUME, "  application.yaml: |\n"
                          "    spring.lifecycle.timeout-per-shutdown-phase: 15\n", 0.015),
        ("ports: []", "", "  SERVER_SHUTDOWN: graceful\n", None),  # nobody reads it
    ],
)  # fmt: skip
def test_a_drain_in_a_configmap(
    tmp_path: Path, container: str, volumes: str, data: str, drain: float | None
) -> None:
    pods = pod("terminationGracePeriodSeconds: 600", container)
    if volumes:
        pods += f"        {volumes}\n"
    text = deployment(pods=pods) + CONFIG + data
    tree = write(tmp_path, {"deploy/all.yaml": text})
    said = [one.message for one in proofs(termination_budget, tree)]
    assert said == (
        [] if drain is None else [
            f"api: container api needs Spring's drain {drain:g} s of 600 s grace, {600 - drain:g} s are spare"
        ]
    )  # fmt: skip


POM = """\
<project>
  <parent>
    <groupId>org.springframework.boot</groupId>
    <artifactId>spring-boot-starter-parent</artifactId><version>{}</version>
  </parent>
  <artifactId>{}</artifactId>
  <dependencies><dependency><artifactId>spring-boot-starter-web</artifactId></dependency></dependencies>
  <build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>
</project>
"""


@pytest.mark.parametrize(
    ("boot", "artifact", "settings", "message"),
    [
        # bank-of-anthos: grace 5 s, Spring Boot 3.5, graceful by default (F18)
        ("3.5.15", "api", "a: 1", "takes Spring's drain 30 s = 30 s and has 5 s grace"),
        ("3.4.0", "api", "a: 1", "takes Spring's drain 30 s"),
        ("3.3.9", "api", "a: 1", ""),  # graceful only where it is asked for
        ("3.3.9", "api", "server.shutdown: graceful", "takes Spring's drain 30 s"),
        ("3.5.0", "api", "server.shutdown: immediate", ""),
        ("3.5.0", "api", "spring.lifecycle.timeout-per-shutdown-phase: 6s", "takes Spring's drain 6 s = 6 s"),
        ("3.5.0", "api", "spring: {config: {import: 'optional:configserver:'}}", ""),  # said elsewhere
        ("3.5.0", "somebody-else", "a: 1", ""),  # no certain join
        ("3.5.0", "api-service", "a: 1", "takes Spring's drain 30 s"),  # the only application, a suffix apart
    ],
)
def test_a_drain_in_the_source(tmp_path: Path, boot: str, artifact: str, settings: str, message: str) -> None:
    write(tmp_path, {
        "app/pom.xml": POM.format(boot, artifact),
        "app/src/main/resources/application.yml": settings,
    })  # fmt: skip
    found = stops(tmp_path, stop("5"))
    assert [message in one for one, _ in found] == ([True] if message else [])


def test_a_default_drain_that_just_fits_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, {"app/pom.xml": POM.format("3.5.0", "api")})
    assert [milder for _, milder in stops(tmp_path, stop("34"))] == ["warning"]
    assert stops(tmp_path, stop("35")) == []


def test_a_configmap_that_spring_cloud_kubernetes_reads_through_the_api(tmp_path: Path) -> None:
    # spring-petclinic-cloud: nobody mounts it; preStop 10 s and the default drain in a grace of 30 s (F29)
    write(tmp_path, {
        "app/pom.xml": POM.format("2.6.3", "api").replace(
            "<dependencies>",
            "<dependencies><dependency><artifactId>spring-cloud-starter-kubernetes-client-config</artifactId>"
            "</dependency>",
        ),
    })  # fmt: skip
    server = "{shutdown: graceful, lifecycle: {timeout-per-shutdown-phase: 15}}"
    data = f"  application.yaml: |\n    server: {server}\n"
    text = stop("", '{exec: {command: ["sleep", "10"]}}') + CONFIG + data
    assert [message for message, _ in stops(tmp_path, text)] == [
        "api: container api takes preStop 10 s + Spring's drain 30 s = 40 s and has 30 s grace"
    ]
    second = CONFIG.replace("settings", "other") + data
    assert stops(tmp_path, text + second) == []  # which of the two is read, nothing says


@pytest.mark.parametrize(
    ("bound", "says"),
    [
        ("maxUnavailable: 0", ["api allows 0 evictions of whatever it selects, 1 is needed: maxUnavailable is 0"]),
        ("maxUnavailable: 0%", ["api allows 0 evictions of whatever it selects, 1 is needed: maxUnavailable is 0%"]),
        ("minAvailable: 100%",
         ["api allows 0 evictions of whatever it selects, 1 is needed: minAvailable is 100%"]),
        ("minAvailable: 99%", []),
        ("maxUnavailable: 1", []),
        ("minAvailable: 5", []),
    ],
)  # fmt: skip
def test_a_budget_that_never_lets_a_pod_go_needs_no_workload(
    tmp_path: Path, bound: str, says: list[str]
) -> None:
    tree = write(tmp_path, {"deploy/api.yaml": budget(bound)})
    assert [one.message for one in findings(pdb_allows_drain, tree)] == says


@pytest.mark.parametrize(
    ("tier", "least", "says"),
    [
        (1, 2, ["Deployment api may run 2 pods, tier 1 needs 3"]),
        (1, 3, []),
        (2, 1, ["Deployment api may run 1 pod, tier 2 needs 2"]),
        (2, 2, []),
        (3, 1, []),
    ],
)
def test_pods_that_a_tier_needs(tmp_path: Path, tier: int, least: int, says: list[str]) -> None:
    tree = write(tmp_path, {"deploy/api.yaml": deployment("replicas: 5") + autoscaler(least, 9)})
    assert [one.message for one in findings(min_replicas_by_tier, tree, tier=tier)] == says


def test_a_minimum_of_a_tier_is_a_setting(tmp_path: Path) -> None:
    tree = write(tmp_path, {"deploy/api.yaml": deployment("replicas: 4")})
    (found,) = findings(min_replicas_by_tier, tree, tier=1, minimum_tier_1=5)
    assert found.message == "Deployment api may run 4 pods, tier 1 needs 5"
    assert found.finding.fix == "set replicas to 5 or more"


def test_a_scaler_of_a_workload_elsewhere_is_judged_by_itself(tmp_path: Path) -> None:
    tree = write(tmp_path, {"deploy/api.yaml": autoscaler(1, 9)})
    (found,) = findings(min_replicas_by_tier, tree, tier=2)
    assert found.message == "HorizontalPodAutoscaler api may run 1 pod, tier 2 needs 2"


def test_a_scaled_object_may_go_down_to_none(tmp_path: Path) -> None:
    keda = (
        "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: api}\n"
        "spec: {scaleTargetRef: {name: api}}\n"
    )
    tree = write(tmp_path, {"deploy/api.yaml": deployment("replicas: 1") + keda})
    assert findings(min_replicas_by_tier, tree, tier=1) == []


@pytest.mark.parametrize("spec", ["replicas: 1\n  strategy: {type: Recreate}"])
def test_one_pod_by_design_is_a_warning_at_most(tmp_path: Path, spec: str) -> None:
    tree = write(tmp_path, {"deploy/api.yaml": deployment(spec)})
    (found,) = findings(min_replicas_by_tier, tree, tier=1)
    assert found.finding.at_most == "warning"


@pytest.mark.parametrize(
    ("selector", "says"),
    [
        ("{matchLabels: {app: api}}", []),
        ("{matchLabels: {app: apo}}", [
            "api runs up to 3 pods, and no PodDisruptionBudget selects them",
            "api selects the pods of no workload in these manifests; did you mean Deployment api?",
        ]),
    ],
)  # fmt: skip
def test_a_workload_and_its_budget_find_each_other(tmp_path: Path, selector: str, says: list[str]) -> None:
    tree = write(tmp_path, {"deploy/api.yaml": deployment() + budget("maxUnavailable: 1", selector=selector)})
    assert [one.message for one in findings(pdb_exists_and_selects, tree)] == says


def test_no_budget_is_unknown_where_one_may_be_unread(tmp_path: Path) -> None:
    tree = write(
        tmp_path, {"deploy/api.yaml": deployment(), "deploy/budget.yaml": "apiVersion: policy/v1\nkind: [\n"}
    )
    assert statuses(pdb_exists_and_selects, tree) == {"default": "unknown"}


@pytest.mark.parametrize(
    ("api", "kind"), [("v1", "ReplicationController"), ("apps.openshift.io/v1", "DeploymentConfig")]
)
def test_a_budget_of_older_kinds_is_found(tmp_path: Path, api: str, kind: str) -> None:
    older = deployment().replace("apps/v1", api).replace("kind: Deployment", f"kind: {kind}")
    tree = write(tmp_path, {"deploy/api.yaml": older + budget("minAvailable: 3")})
    assert findings(pdb_exists_and_selects, tree) == []
    (found,) = findings(pdb_allows_drain, tree)
    assert found.message.startswith("api allows 0 evictions at the 3 pods of api")
