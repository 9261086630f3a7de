"""Monitors, whoever scrapes a workload, and probes: faults on both sides, and what looks like one."""

import os
from datetime import date
from pathlib import Path

import pytest
from readiness_checks.monitoring import health_endpoints, monitor_selects_service, workload_scraped

from readiness.checklist import Item, parse
from readiness.evaluate import evaluate
from readiness.outcome import Result
from readiness.plugins import known_checks
from readiness.signature import Check
from readiness.tree import open_work_tree
from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, write

RENDERED = "deploy/rendered/production.yaml"
CHECKS = (health_endpoints, monitor_selects_service, workload_scraped)


def deployment(
    name: str = "api",
    ports: str = "[{name: http, containerPort: 8080}]",
    more: str = "",
    pod: str = "",
    kind: str = "Deployment",
    annotations: str = "{}",
    namespace: str = "shop",
    meta: str = "",
    spec: str = "",
    image: str = "registry.example/api:1.2",
) -> str:
    return f"""
---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}{meta}}}
spec:
  {spec}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}, annotations: {annotations}}}
    spec:
      {pod}
      containers:
        - name: main
          image: {image}
          ports: {ports}
          {more}
"""


def service(
    name: str = "api",
    ports: str = "[{name: http, port: 80, targetPort: http}]",
    selector: str = "{app: api}",
    namespace: str = "shop",
    more: str = "",
    annotations: str = "{}",
    labels: str = "{app: api}",
) -> str:
    return f"""
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}, labels: {labels}, annotations: {annotations}}}
spec: {{selector: {selector}, ports: {ports}{more}}}
"""


def monitor(
    selector: str = "{matchLabels: {app: api}}",
    endpoints: str = "[{port: http}]",
    more: str = "",
    kind: str = "ServiceMonitor",
    namespace: str = "shop",
    group: str = "monitoring.coreos.com/v1",
    field: str = "",
) -> str:
    field = field or ("podMetricsEndpoints" if kind == "PodMonitor" else "endpoints")
    return f"""
---
apiVersion: {group}
kind: {kind}
metadata: {{name: api, namespace: {namespace}}}
spec:
  selector: {selector}
  {field}: {endpoints}
  {more}
"""


def custom(version: str, kind: str, name: str, rest: str = "") -> str:
    return f"\n---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n{rest}"


PROBE = "readinessProbe: {httpGet: {path: /ready, port: http}}"


def results(check, tree: Path) -> list[Result]:  # type: ignore[no-untyped-def]
    done = judged(check, tree)
    return [result for outcome in done.outcomes for result in outcome.results]


def messages(check, tree: Path, **settings: object) -> list[str]:  # type: ignore[no-untyped-def]
    return [found.message for found in findings(check, tree, **settings)]


def unknowns(check, tree: Path) -> list[str]:  # type: ignore[no-untyped-def]
    return [result.reason for result in results(check, tree) if result.status == "unknown"]


def absent(check, tree: Path) -> list[str]:  # type: ignore[no-untyped-def]
    return [result.reason for result in results(check, tree) if result.status == "not-applicable"]


@pytest.mark.parametrize("check", CHECKS)
def test_orders_has_no_finding_and_proofs(check) -> None:  # type: ignore[no-untyped-def]
    assert findings(check, ORDERS) == []
    assert len(proofs(check, ORDERS)) == 6


# monitor-selects-service


@pytest.mark.parametrize(
    ("old", "new", "says", "at"),
    [
        (
            "port: metrics\n  jobLabel",
            "port: metric\n  jobLabel",
            "ServiceMonitor orders-cache asks for port metric, Service orders-cache has valkey, metrics",
            "port: metric\n",
        ),
        (
            "port: management\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: orders-worker",
            "port: management\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: orders-wroker",
            "PodMonitor orders-worker wants app.kubernetes.io/name=orders-wroker, the nearest workload"
            " orders-worker has app.kubernetes.io/name=orders-worker",
            "selector:\n    matchLabels:\n      app.kubernetes.io/name: orders-wroker",
        ),
    ],
)
def test_fault_in_orders_is_found(tmp_path: Path, old: str, new: str, says: str, at: str) -> None:
    tree = Fault(RENDERED, old, new).seed(copy_of_orders(tmp_path))
    text = (tree / RENDERED).read_text()
    (found,) = findings(monitor_selects_service, tree)
    assert (found.message, found.at.line) == (says, text[: text.index(at)].count("\n") + 1)


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        pytest.param(
            monitor("{matchLabels: {app: web}}") + service() + deployment(),
            "ServiceMonitor api wants app=web, the nearest Service api has app=api",
            id="label",
        ),
        pytest.param(
            monitor("{matchLabels: {app: api, tier: back}}") + service() + deployment(),
            "ServiceMonitor api wants app=api, tier=back, the nearest Service api has no label tier",
            id="label-missing",
        ),
        pytest.param(
            monitor("{matchExpressions: [{key: app, operator: NotIn, values: [api]}]}")
            + service()
            + deployment(),
            "ServiceMonitor api wants app NotIn (api), there is no Service in its namespaces",
            id="expression",
        ),
        pytest.param(
            monitor() + deployment(),
            "ServiceMonitor api wants app=api, there is no Service in its namespaces",
            id="no-service",
        ),
        pytest.param(
            monitor(endpoints="[{port: 8080}]") + service() + deployment(),
            "ServiceMonitor api asks for port 8080 (a number; a name is needed), Service api has http",
            id="number",
        ),
        pytest.param(
            monitor(endpoints="[{targetPort: 9090}]") + service() + deployment(),
            "ServiceMonitor api asks for port 9090, the pods behind Service api declare http",
            id="target-number-not-declared",
        ),
        pytest.param(
            monitor(endpoints="[{targetPort: metrics}]") + service() + deployment(),
            "ServiceMonitor api asks for port metrics, the pods behind Service api declare http",
            id="target-name",
        ),
        pytest.param(
            monitor() + service(ports="[{name: http, port: 80, targetPort: web}]") + deployment(),
            "ServiceMonitor api asks for port http, which leads to container port web; api declares http",
            id="port-of-no-container",
        ),
        pytest.param(
            monitor() + service(selector="{app: apis}") + deployment(),
            "ServiceMonitor api selects Service api, and no pod has the labels that it wants (app=apis)",
            id="no-pods",
        ),
        pytest.param(
            monitor(namespace="monitoring") + service() + deployment(),
            "ServiceMonitor api looks in monitoring, Service api is in shop",
            id="namespace",
        ),
        pytest.param(
            monitor(more="namespaceSelector: {matchNames: [other]}") + service() + deployment(),
            "ServiceMonitor api looks in other, Service api is in shop",
            id="named-namespace",
        ),
        pytest.param(
            monitor(endpoints="[]") + service() + deployment(),
            "ServiceMonitor api lists no endpoint, so it scrapes nothing",
            id="no-endpoint",
        ),
        pytest.param(
            monitor(kind="PodMonitor", endpoints="[{port: metrics}]") + deployment(),
            "PodMonitor api asks for container port metrics, api has http",
            id="pod-port",
        ),
        pytest.param(
            monitor(kind="PodMonitor", endpoints="[{portNumber: 9090}]") + deployment(),
            "PodMonitor api asks for container port 9090, api has http",
            id="pod-number-not-declared",
        ),
        pytest.param(
            monitor(kind="PodMonitoring", group="monitoring.googleapis.com/v1", endpoints="[{port: metrics}]")
            + deployment(),
            "PodMonitoring api asks for container port metrics, api has http",
            id="google",
        ),
    ],
)
def test_monitor_that_selects_nothing(tmp_path: Path, objects: str, says: str) -> None:
    assert messages(monitor_selects_service, write(tmp_path, {"deploy/all.yaml": objects})) == [says]


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param(monitor() + service() + deployment(), id="plain"),
        pytest.param(monitor("{}") + service() + deployment(), id="empty-selector-takes-all"),
        pytest.param(
            monitor("{matchExpressions: [{key: app, operator: In, values: [api, web]}]}")
            + service()
            + deployment(),
            id="expression",
        ),
        pytest.param(monitor(endpoints="[{path: /metrics}]") + service() + deployment(), id="every-port"),
        pytest.param(monitor(endpoints="[{port: http|web}]") + service() + deployment(), id="pattern"),
        pytest.param(
            monitor(endpoints="[{targetPort: 8080}]") + service() + deployment(), id="target-number"
        ),
        pytest.param(
            monitor(namespace="monitoring", more="namespaceSelector: {any: true}") + service() + deployment(),
            id="any",
        ),
        pytest.param(
            monitor(namespace="monitoring", more="namespaceSelector: {matchNames: [a, shop]}")
            + service()
            + deployment(),
            id="named",
        ),
        pytest.param(monitor() + service(selector="null"), id="endpoints-by-hand"),
        pytest.param(
            monitor() + service(ports="[{name: http, port: 80, targetPort: 8080}]") + deployment(ports="[]"),
            id="number-needs-no-declaration",
        ),
        pytest.param(
            monitor()
            + service()
            + deployment()
            + service("api-headless", ports="[{name: peers, port: 7000}]", more=", clusterIP: None"),
            id="second-service-of-same-pods",
        ),
        pytest.param(
            monitor()
            + service(selector="{alertmanager: main}")
            + custom("monitoring.coreos.com/v1", "Alertmanager", "main"),
            id="operator",
        ),
        pytest.param(
            monitor(kind="PodMonitoring", group="monitoring.googleapis.com/v1", endpoints="[{port: 9090}]")
            + deployment(),
            id="google-number",
        ),
        pytest.param(
            monitor(kind="ClusterPodMonitoring", group="monitoring.googleapis.com/v1", namespace="x")
            + deployment(),
            id="google-cluster",
        ),
        pytest.param(monitor(kind="PodMonitor") + deployment(kind="StatefulSet"), id="statefulset"),
        pytest.param(
            monitor(group="example.com/v1", endpoints="[{port: other}]") + service() + deployment(),
            id="other-group",
        ),
    ],
)
def test_monitor_that_looks_alike(tmp_path: Path, objects: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": objects})
    assert messages(monitor_selects_service, tree) == []
    assert unknowns(monitor_selects_service, tree) == []


def test_endpoints_that_share_a_wrong_port_are_one_finding(tmp_path: Path) -> None:
    objects = monitor(endpoints="[{port: metrics}, {port: metrics, path: /more}]") + service() + deployment()
    assert len(messages(monitor_selects_service, write(tmp_path, {"deploy/all.yaml": objects}))) == 1


def test_a_second_service_without_the_port_is_a_warning(tmp_path: Path) -> None:
    objects = monitor("{}") + service() + deployment() + deployment("web")
    objects += service("web", selector="{app: web}", ports="[{name: peers, port: 7000}]")
    (found,) = findings(monitor_selects_service, write(tmp_path, {"deploy/all.yaml": objects}))
    assert found.message == "ServiceMonitor api selects Service web too, which has none of its ports (http)"
    assert found.finding.at_most == "warning"


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        pytest.param(
            monitor(more="namespaceSelector: {matchNames: [payments]}", selector="{matchLabels: {app: pay}}")
            + service()
            + deployment(),
            "ServiceMonitor api looks in payments, of which no Service is in these manifests",
            id="not-rendered",
        ),
        pytest.param(
            monitor("{matchLabels: {app: kafka}}")
            + deployment()
            + custom("kafka.strimzi.io/v1", "Kafka", "events"),
            "ServiceMonitor api selects no Service of these manifests; Kafka events may make one",
            id="operator",
        ),
        pytest.param(
            monitor() + service(),
            "ServiceMonitor api selects Service api, whose pods are not in these manifests;"
            " no workload of its namespace is here",
            id="pods-elsewhere",
        ),
        pytest.param(
            monitor("{matchExpressions: [{key: app, operator: Is}]}") + service() + deployment(),
            "selector operator 'Is' is unknown; the API has In, NotIn, Exists, DoesNotExist",
            id="operator-of-no-api",
        ),
        pytest.param(
            monitor("[app]") + service(), "spec.selector is ['app'] where a mapping is expected", id="type"
        ),
    ],
)
def test_monitor_that_cannot_be_judged(tmp_path: Path, objects: str, says: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": objects})
    assert messages(monitor_selects_service, tree) == []
    assert unknowns(monitor_selects_service, tree) == [says]


def test_monitors_of_the_cluster_are_not_judged(tmp_path: Path) -> None:
    kubelet = monitor("{matchLabels: {app: kubelet}}", more="namespaceSelector: {matchNames: [kube-system]}")
    tree = write(tmp_path, {"deploy/all.yaml": kubelet + service() + deployment()})
    assert absent(monitor_selects_service, tree) == [
        "ServiceMonitor api looks in kube-system, whose Services are the cluster's own"
    ]
    assert [one.status for one in judged(monitor_selects_service, tree, external_namespaces=[]).outcomes] == [
        "unknown"
    ]


def test_a_broken_file_makes_absence_unknown(tmp_path: Path) -> None:
    files = {"deploy/all.yaml": monitor("{matchLabels: {app: web}}") + service() + deployment()}
    files["deploy/web.yaml"] = "apiVersion: v1\nkind: Service\nmetadata: {name: web\n"
    tree = write(tmp_path, files)
    assert messages(monitor_selects_service, tree) == []
    assert len(unknowns(monitor_selects_service, tree)) == 2


def test_monitors_of_another_source_are_read_where_the_checklist_names_them(tmp_path: Path) -> None:
    checklist = """\
version: 1
service: {name: api, tier: 1}
evidence: {monitors: [alerting/monitors.yaml]}
environments: {production: {class: production, namespace: shop, manifests: [deploy/all.yaml]}}
"""
    files = {
        "readiness.yaml": checklist,
        "deploy/all.yaml": service() + deployment(),
        "alerting/monitors.yaml": monitor(endpoints="[{port: metrics}]"),
    }
    (found,) = findings(monitor_selects_service, write(tmp_path, files))
    assert (found.at.file, found.at.line) == ("alerting/monitors.yaml", 8)


@pytest.mark.skipif(not os.environ.get("READINESS_CORPORA"), reason="READINESS_CORPORA names no folder")
def test_kube_prometheus_as_measured() -> None:
    """Eight of thirteen ServiceMonitors select a Service and its port; five look at the cluster's own."""
    tree = open_work_tree(os.environ["READINESS_CORPORA"] + "/kube-prometheus", "repository")
    check = Check("monitoring", monitor_selects_service)
    text = b"version: 1\nservice: {name: kp}\n"
    text += b"environments: {production: {class: production, manifests: [manifests]}}\n"
    checklist = parse(text, "readiness.yaml", known_checks())
    checklist = checklist._replace(items=(Item(check.id, "check", check.id),))
    done = evaluate(checklist, {check.id: check}, {"repository": tree}, date(2026, 11, 24))
    (outcome,) = done.outcomes
    by_status: dict[str, list[str]] = {}
    for result in outcome.results:
        by_status.setdefault(result.status, []).append(result.subject.name)
    assert {status: len(names) for status, names in by_status.items()} == {"pass": 8, "not-applicable": 5}
    assert sorted(by_status["not-applicable"]) == [
        "coredns",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
    ]


# workload-scraped

READER = """
scrape_configs:
  - job_name: pods
    kubernetes_sd_configs: [{role: pod}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: keep, regex: "true"}
"""
ASKS = "{prometheus.io/scrape: 'true'}"


def test_nobody_scrapes(tmp_path: Path) -> None:
    """Reduced from microservices-demo: twelve Deployments, no way to read their metrics."""
    names = [f"service{number}" for number in range(12)]
    tree = write(tmp_path, {"deploy/all.yaml": "".join(deployment(name) for name in names)})
    (found,) = findings(workload_scraped, tree)
    assert found.message == (
        "nothing reads the metrics of service0, service1, service10, service11, service2 and 7 more: "
        "the manifests hold no monitor and no scrape job"
    )
    assert found.finding.operands[0].value == 12


def test_a_monitor_whose_port_does_not_fit_is_named(tmp_path: Path) -> None:
    objects = monitor(endpoints="[{port: metrics}]") + service() + deployment()
    (found,) = findings(workload_scraped, write(tmp_path, {"deploy/all.yaml": objects}))
    assert found.message == (
        "api is not scraped: ServiceMonitor api by Service api selects it, and no port of it fits"
    )
    assert found.finding.fix == "in an endpoint of ServiceMonitor api, name a port that Service api has"


def test_a_workload_that_no_monitor_selects(tmp_path: Path) -> None:
    objects = monitor() + service() + deployment() + deployment("worker")
    assert messages(workload_scraped, write(tmp_path, {"deploy/all.yaml": objects})) == [
        "worker is not scraped: none of 1 monitors and 0 scrape jobs selects it"
    ]


def configmap(text: str, key: str = "prometheus.yml") -> str:
    body = "\n".join("    " + line for line in text.strip().splitlines())
    return custom("v1", "ConfigMap", "prometheus", f"data:\n  {key}: |\n{body}\n")


STATIC = "scrape_configs: [{job_name: api, static_configs: [{targets: ['api.shop.svc:80']}]}]"
OPERATED = """
---
apiVersion: monitoring.coreos.com/v1alpha1
kind: ScrapeConfig
metadata: {name: pods, namespace: shop}
spec:
  kubernetesSDConfigs: [{role: Pod}]
  relabelings: [{sourceLabels: [__meta_kubernetes_pod_label_app], action: Keep, regex: api}]
"""
COLLECTOR = """
---
apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: {name: c, namespace: shop}
spec: {config: {receivers: {prometheus: {config: {scrape_configs: [
  {job_name: api, kubernetes_sd_configs: [{role: pod}]}]}}}}}
"""


@pytest.mark.parametrize(
    ("objects", "how"),
    [
        pytest.param(
            deployment(annotations=ASKS) + configmap(READER), "scrape job pods", id="annotation-and-reader"
        ),
        pytest.param(
            service(annotations=ASKS)
            + deployment()
            + configmap(
                READER.replace("pod_annotation", "service_annotation").replace("role: pod", "role: endpoints")
            ),
            "scrape job pods",
            id="annotation-of-service",
        ),
        pytest.param(service() + deployment() + configmap(STATIC), "scrape job api, target api", id="static"),
        pytest.param(deployment() + OPERATED, "scrape job pods", id="scrape-config"),
        pytest.param(deployment() + COLLECTOR, "scrape job api", id="collector"),
        pytest.param(
            deployment(annotations="{instrumentation.opentelemetry.io/inject-java: 'true'}"),
            "OpenTelemetry (instrumentation.opentelemetry.io/inject-java)",
            id="injected",
        ),
        pytest.param(
            deployment(more="env: [{name: OTEL_METRICS_EXPORTER, value: otlp}]"),
            "OTEL_METRICS_EXPORTER=otlp",
            id="otlp",
        ),
        pytest.param(
            deployment(annotations="{ad.datadoghq.com/main.checks: '{}'}"),
            "Datadog (ad.datadoghq.com/main.checks)",
            id="datadog",
        ),
        pytest.param(
            deployment(annotations="{oneagent.dynatrace.com/inject: 'true'}"),
            "Dynatrace (oneagent.dynatrace.com/inject)",
            id="dynatrace",
        ),
        pytest.param(
            deployment(image="amazon/cloudwatch-agent:1.3"), "collector in container main", id="cloudwatch"
        ),
        pytest.param(
            monitor(kind="PodMonitor") + deployment(kind="DaemonSet"), "PodMonitor api", id="pod-monitor"
        ),
    ],
)
def test_ways_to_be_measured(tmp_path: Path, objects: str, how: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": objects})
    assert messages(workload_scraped, tree) == []
    assert how in proofs(workload_scraped, tree)[0].message


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        pytest.param(
            deployment(annotations=ASKS),
            "api has annotation prometheus.io/scrape, and no scrape job of the evidence reads it",
            id="annotation-without-reader",
        ),
        pytest.param(
            deployment()
            + configmap(
                READER.replace("__meta_kubernetes_pod_annotation_prometheus_io_scrape", "__tmp_wanted")
            ),
            "api may be read by scrape job pods, whose relabelling is not followed",
            id="relabelling",
        ),
        pytest.param(
            deployment() + configmap("scrape_configs: [{job_name: all, consul_sd_configs: [{server: x}]}]"),
            "api may be read by scrape job all by consul_sd_configs",
            id="consul",
        ),
        pytest.param(  # reduced from bank-of-anthos, whose Java services push to Cloud Monitoring then
            deployment(more="env: [{name: ENABLE_METRICS, value: 'true'}]"),
            "api may be read by what ENABLE_METRICS=true turns on",
            id="switch-of-its-own",
        ),
    ],
)
def test_ways_that_cannot_be_told(tmp_path: Path, objects: str, says: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": objects})
    assert messages(workload_scraped, tree) == []
    assert unknowns(workload_scraped, tree) == [says]


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        (
            custom("batch/v1", "Job", "migrate", "spec: {template: {spec: {containers: []}}}\n"),
            "a Job ends by itself: nothing scrapes or pushes its metrics, and no alert of the evidence "
            "watches its failure",
        ),
        (deployment(spec="replicas: 0"), "api is scaled down to none"),
        (
            deployment(
                meta=", labels: {readiness/ignore: monitoring.workload-scraped},"
                " annotations: {readiness/reason: a load generator}"
            ),
            "api is left out: a load generator",
        ),
    ],
)
def test_workloads_that_nobody_has_to_scrape(tmp_path: Path, objects: str, says: str) -> None:
    assert absent(workload_scraped, write(tmp_path, {"deploy/all.yaml": objects})) == [says]


def cron_job(more: str = "", kind: str = "CronJob") -> str:
    pod = f"{{restartPolicy: Never, containers: [{{name: main, image: 'r.example/settle:1'{more}}}]}}"
    template = f"{{template: {{metadata: {{labels: {{app: settle}}}}, spec: {pod}}}}}"
    spec = f"{{jobTemplate: {{spec: {template}}}}}" if kind == "CronJob" else template
    return f"""
---
apiVersion: batch/v1
kind: {kind}
metadata: {{name: settle, namespace: shop}}
spec: {spec}
"""


def watching(expr: str) -> str:
    rule = f"{{alert: SettleFailed, expr: '{expr}', labels: {{severity: page}}}}"
    return f"groups: [{{name: batch, rules: [{rule}]}}]\n"


@pytest.mark.parametrize(
    "expr",
    [
        "kube_job_status_failed > 0",
        'kube_job_failed{job_name=~"settle-.*", namespace="shop", job="kube-state-metrics"} > 0',
        'time() - kube_cronjob_status_last_successful_time{cronjob="settle"} > 90000',
        'max by (job_name) (kube_job_status_failed{owner_name=~"settle|other"}) == 1',
    ],
)
def test_a_cron_job_is_watched_by_an_alert_on_its_failure(tmp_path: Path, expr: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": cron_job(), "rules/batch.yaml": watching(expr)})
    assert [one.message for one in proofs(workload_scraped, tree)] == [
        "settle is watched: alert SettleFailed"
    ]
    assert messages(workload_scraped, tree) == []


@pytest.mark.parametrize(
    "expr",
    [
        "kube_deployment_status_replicas == 0", 'kube_job_status_failed{namespace="other"} > 0',
        'kube_job_failed{job_name=~"cleanup-.*"} > 0', "my_kube_job_failed > 0", "kube_job_info == 1",
        'kube_cronjob_status_last_successful_time{cronjob!="settle"} < 5', "kube_job_failed{broken > 0",
    ],
)  # fmt: skip
def test_an_alert_on_something_else_watches_no_cron_job(tmp_path: Path, expr: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": cron_job(), "rules/batch.yaml": watching(expr)})
    assert proofs(workload_scraped, tree) == []
    assert messages(workload_scraped, tree) == []
    assert absent(workload_scraped, tree)[0].startswith("a CronJob ends by itself")


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
def test_a_job_that_pushes_its_metrics_is_watched(tmp_path: Path, kind: str) -> None:
    more = ", env: [{name: PUSHGATEWAY_URL, value: 'http://pushgateway.monitoring:9091'}]"
    tree = write(tmp_path, {"deploy/all.yaml": cron_job(more, kind)})
    assert [one.message for one in proofs(workload_scraped, tree)] == ["settle is watched: PUSHGATEWAY_URL"]
    off = write(
        tmp_path / "off",
        {"deploy/all.yaml": cron_job(more.replace("http://pushgateway.monitoring:9091", ""), kind)},
    )
    assert proofs(workload_scraped, off) == []


def test_a_watched_job_excuses_no_deployment(tmp_path: Path) -> None:
    rules = watching("kube_job_failed > 0")
    tree = write(tmp_path, {"deploy/all.yaml": cron_job() + deployment(), "rules/batch.yaml": rules})
    assert len(messages(workload_scraped, tree)) == 1


def test_a_label_without_a_reason_leaves_nothing_out(tmp_path: Path) -> None:
    objects = deployment(meta=", labels: {readiness/ignore: monitoring.workload-scraped}")
    assert len(messages(workload_scraped, write(tmp_path, {"deploy/all.yaml": objects}))) == 1


def test_an_exporter_for_prometheus_is_no_way_by_itself(tmp_path: Path) -> None:
    objects = deployment(more="env: [{name: OTEL_METRICS_EXPORTER, value: prometheus}]")
    assert len(messages(workload_scraped, write(tmp_path, {"deploy/all.yaml": objects}))) == 1


def test_a_switch_that_is_off_hands_on_nothing(tmp_path: Path) -> None:
    objects = deployment(more="env: [{name: ENABLE_METRICS, value: 'false'}]")
    assert len(messages(workload_scraped, write(tmp_path, {"deploy/all.yaml": objects}))) == 1


def test_a_rollout_is_scraped_where_its_deployment_describes_the_pods(tmp_path: Path) -> None:
    rollout = """
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: api, namespace: shop}
spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: api}}
"""
    objects = monitor(kind="PodMonitor") + deployment(spec="replicas: 0") + rollout
    tree = write(tmp_path, {"deploy/all.yaml": objects})
    assert [one.message for one in proofs(workload_scraped, tree)] == ["api is measured: PodMonitor api"]


def test_another_platform_is_not_judged(tmp_path: Path) -> None:
    checklist = "version: 1\nservice: {name: api}\nplatform: {metrics: dynatrace}\n"
    files = {"readiness.yaml": checklist, "deploy/all.yaml": deployment()}
    (outcome,) = judged(workload_scraped, write(tmp_path, files)).outcomes
    assert outcome.status == "not-applicable"
    assert outcome.reason.startswith("metrics is dynatrace here")


# health-endpoints


@pytest.mark.parametrize(
    ("objects", "says", "at_most"),
    [
        (service() + deployment(), "api has no readiness probe, and Service api sends it requests", None),
        (
            service(ports="[{name: http-metrics, port: 80, targetPort: http}]") + deployment(),
            "api has no readiness probe, and Service api sends it scrapes",
            "note",
        ),
        (
            service() + deployment(more="livenessProbe: {tcpSocket: {port: http}}"),
            "api has no readiness probe, and Service api sends it requests",
            None,
        ),
        (
            deployment(kind="Rollout").replace("apps/v1", "argoproj.io/v1alpha1"),
            "api has no readiness probe: a new version counts as ready as soon as it runs",
            None,
        ),
        (
            deployment(more="readinessProbe: {httpGet: {path: /, port: web}}"),
            "api: the readiness probe of main asks port web, the container declares http",
            None,
        ),
        (
            deployment(more="livenessProbe: {tcpSocket: {port: 0}}"),
            "api: the liveness probe of main asks port 0, the container declares http",
            None,
        ),
        (
            deployment(more="startupProbe: {grpc: {port: 70000}}"),
            "api: the startup probe of main asks port 70000, the container declares http",
            None,
        ),
        (
            service()
            + deployment(
                more="\n        - {name: proxy, image: p:1, readinessProbe: {tcpSocket: {port: 1}}}"
            ),
            "api has a readiness probe, but not in container main, which answers Service api",
            "warning",
        ),
    ],
)
def test_pods_that_are_never_ready_or_always(
    tmp_path: Path, objects: str, says: str, at_most: str | None
) -> None:
    (found,) = findings(health_endpoints, write(tmp_path, {"deploy/all.yaml": objects}))
    assert (found.message, found.finding.at_most) == (says, at_most)


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param(service() + deployment(more=PROBE), id="plain"),
        pytest.param(deployment(), id="no-service"),
        pytest.param(
            service() + deployment(more="readinessProbe: {httpGet: {port: 9999}}"), id="port-not-declared"
        ),
        pytest.param(
            service() + deployment(more="readinessProbe: {tcpSocket: {port: '8080'}}"), id="number-as-text"
        ),
        pytest.param(service() + deployment(more="readinessProbe: {exec: {command: [ok]}}"), id="exec"),
        pytest.param(service(more=", publishNotReadyAddresses: true") + deployment(), id="peers"),
        pytest.param(
            service(
                ports="[{name: http, port: 80, targetPort: http}, {name: metrics, port: 9, targetPort: prom}]"
            )
            + deployment(
                more=PROBE
                + "\n        - {name: exporter, image: e:1, ports: [{name: prom, containerPort: 9}]}"
            ),
            id="exporter-beside",
        ),
        pytest.param(
            service(ports="[{port: 80, targetPort: 8080}]")
            + deployment(
                ports="[]", more=PROBE.replace("http}", "80}") + "\n        - {name: proxy, image: p:1}"
            ),
            id="container-that-cannot-be-told",
        ),
        pytest.param(service() + deployment(spec="replicas: 0"), id="none"),
        pytest.param(service(namespace="other") + deployment(), id="other-namespace"),
    ],
)
def test_pods_that_look_alike(tmp_path: Path, objects: str) -> None:
    assert messages(health_endpoints, write(tmp_path, {"deploy/all.yaml": objects})) == []


def test_a_port_is_looked_up_in_the_container_of_the_probe(tmp_path: Path) -> None:
    sidecar = "\n        - {name: proxy, image: p:1, readinessProbe: {httpGet: {path: /, port: http}}}"
    assert messages(health_endpoints, write(tmp_path, {"deploy/all.yaml": deployment(more=sidecar)})) == [
        "api: the readiness probe of proxy asks port http, the container declares no port"
    ]


def spring(probe: str, env: str = "[]", more: str = "") -> str:
    return service() + deployment(more=f"env: {env}\n          {probe}{more}")


HEALTH = "readinessProbe: {httpGet: {path: /actuator/health/readiness, port: 8080}}"


@pytest.mark.parametrize(
    ("env", "probe", "says"),
    [
        (
            "[{name: MANAGEMENT_SERVER_PORT, value: '8081'}]",
            HEALTH,
            "api: the readiness probe of main asks port 8080, the application serves its health on port 8081",
        ),
        (
            "[{name: MANAGEMENT_ENDPOINTS_WEB_BASEPATH, value: /manage}]",
            HEALTH,
            "api: the readiness probe of main asks /actuator/health/readiness,"
            " the application serves its health below /manage",
        ),
        (
            "[{name: SERVER_PORT, value: '8080'}, {name: SERVER_SERVLET_CONTEXT_PATH, value: /orders}]",
            HEALTH,
            "api: the readiness probe of main asks /actuator/health/readiness,"
            " the application serves its health below /orders",
        ),
        (
            "[{name: JAVA_TOOL_OPTIONS, value: -Xmx1g -Dmanagement.server.port=9000}]",
            HEALTH,
            "api: the readiness probe of main asks port 8080, the application serves its health on port 9000",
        ),
    ],
)
def test_probe_that_contradicts_spring(tmp_path: Path, env: str, probe: str, says: str) -> None:
    assert messages(health_endpoints, write(tmp_path, {"deploy/all.yaml": spring(probe, env)})) == [says]


@pytest.mark.parametrize(
    ("env", "probe"),
    [
        pytest.param("[{name: MANAGEMENT_SERVER_PORT, value: '8080'}]", HEALTH, id="same-port"),
        pytest.param("[{name: MANAGEMENT_SERVER_PORT, value: '${PORT}'}]", HEALTH, id="placeholder"),
        pytest.param("[{name: MANAGEMENT_SERVER_PORT, value: '8081'}]", PROBE, id="path-of-its-own"),
        pytest.param(
            "[{name: MANAGEMENT_ENDPOINTS_WEB_BASE_PATH, value: /ops/actuator}]",
            HEALTH.replace("/actuator", "/ops/actuator"),
            id="base-path-in-path",
        ),
        pytest.param(
            "[{name: MANAGEMENT_SERVER_PORT, value: '8081'}, {name: SPRING_APPLICATION_JSON, value: '{}'}]",
            HEALTH,
            id="configuration-from-elsewhere",
        ),
        pytest.param(
            "[{name: SERVER_SERVLET_CONTEXT_PATH, value: /orders}, "
            "{name: MANAGEMENT_SERVER_PORT, value: '8080'},"
            " {name: SERVER_PORT, value: '9000'}]",
            HEALTH,
            id="context-path-of-the-other-port",
        ),
        pytest.param("[{name: SERVER_SERVLET_CONTEXT_PATH, value: /orders}]", HEALTH, id="port-not-known"),
    ],
)
def test_probe_that_fits_spring_or_is_not_known(tmp_path: Path, env: str, probe: str) -> None:
    assert messages(health_endpoints, write(tmp_path, {"deploy/all.yaml": spring(probe, env)})) == []


def test_spring_of_orders_is_read_from_its_own_files(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    Fault("src/main/resources/application.yml", "    port: 8081", "    port: 8082").seed(tree)
    found = findings(health_endpoints, tree)
    assert {one.message.partition(" asks ")[2] for one in found} == {
        "port 8081, the application serves its health on port 8082"
    }
    assert {one.finding.about.part for one in found if one.finding.about} == {"api", "worker"}


def test_values_of_any_type_crash_nothing(tmp_path: Path) -> None:
    wrong = ("null", "[]", "{}", "x", "7", "[[1]]", "true")
    for number, value in enumerate(wrong):
        objects = (
            monitor(value, f"[{value}]", f"namespaceSelector: {value}")
            + service(ports=f"[{value}]", selector=value)
            + deployment(ports=f"[{value}]", more=f"readinessProbe: {value}", annotations=value)
            + configmap(
                f"scrape_configs: [{{job_name: a, static_configs: {value}, relabel_configs: [{value}]}}]"
            )
        )
        tree = write(tmp_path / str(number), {"deploy/all.yaml": objects})
        for check in CHECKS:
            assert "error" not in [result.status for result in results(check, tree)], (check, value)
