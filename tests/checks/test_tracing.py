"""Where traces go, in which protocol, and what a collector does with them."""

from pathlib import Path

import pytest
from readiness_checks.monitoring import tracing_wired

from readiness.evidence.telemetry import Said
from readiness.evidence.trace_targets import target_of
from readiness.outcome import Location
from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

CONFIG = "src/main/resources/application.yml"
SAMPLER = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}


def workload(name: str = "api", beside: str = "", annotations: str = "{}", **variables: str) -> str:
    env = ", ".join(f'{{name: {key}, value: "{value}"}}' for key, value in {**SAMPLER, **variables}.items())
    return f"""
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}, annotations: {annotations}}}
    spec: {{containers: [{beside}{{name: main, image: "registry.example/{name}:1", env: [{env}]}}]}}
"""


def endpoint(url: str, **more: str) -> str:
    return workload(OTEL_EXPORTER_OTLP_ENDPOINT=url, **more)


SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {name: otel-collector, namespace: shop}
spec: {selector: {app: otel}, ports: [{name: grpc, port: 4317}]}
"""


def collector(config: str, version: str = "v1beta1") -> str:
    return f"""
---
apiVersion: opentelemetry.io/{version}
kind: OpenTelemetryCollector
metadata: {{name: otel, namespace: shop}}
spec: {{config: {config}}}
"""


def pipelines(listed: str, exporters: str = "{otlp: {}}") -> str:
    return f"{{receivers: {{otlp: {{}}}}, exporters: {exporters}, service: {{pipelines: {listed}}}}}"


TRACES = "{traces: {receivers: [otlp], exporters: [otlp]}}"
INSTRUMENTATION = """
---
apiVersion: opentelemetry.io/v1alpha1
kind: Instrumentation
metadata: {name: java, namespace: shop}
spec: {}
"""


def said(path: Path, *texts: str) -> list[str]:
    return [found.message for found in findings(tracing_wired, write(path, {"all.yaml": "".join(texts)}))]


def test_orders_has_no_finding() -> None:
    assert findings(tracing_wired, ORDERS) == []
    assert (
        "orders-api sends its traces: management.otlp.tracing.endpoint=http://otel-collector.monitoring.svc:4318/v1/traces"
        ", management.tracing.sampling.probability=0.1, management.tracing.propagation.type=w3c"
    ) in [proof.message for proof in proofs(tracing_wired, ORDERS)]


def test_fault_is_found_in_orders(tmp_path: Path) -> None:
    tree = Fault(CONFIG, "svc:4318", "svc:4317").seed(copy_of_orders(tmp_path))
    assert findings(tracing_wired, tree)[0].message == (
        "orders-api speaks http (the default of Spring Boot) to port 4317, which is for grpc"
    )


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (
            [endpoint("http://otel-colector:4317"), SERVICE],
            "api sends its traces to Service otel-colector, 0 are in namespace shop; the nearest is otel-collector",
        ),
        (
            [endpoint("http://tempo.shop.svc.cluster.local:4317"), SERVICE],
            "api sends its traces to Service tempo, 0 are in namespace shop",
        ),
        (
            [endpoint("http://otel-collector:4318"), SERVICE],
            "api sends its traces to port 4318 of Service otel-collector, which has 4317",
        ),
        (
            [endpoint("http://otel.example.com:4317", OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf")],
            "api speaks http/protobuf (OTEL_EXPORTER_OTLP_PROTOCOL) to port 4317, which is for grpc",
        ),
        (
            [endpoint("http://otel.example.com:4318", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")],
            "api speaks grpc (OTEL_EXPORTER_OTLP_PROTOCOL) to port 4318, which is for http",
        ),
        (
            [endpoint("http://localhost:4317")],
            "api sends its traces to localhost, where 0 containers of the pod are a collector",
        ),
        (
            [workload(JAVA_TOOL_OPTIONS="-javaagent:/otel/opentelemetry-javaagent.jar")],
            "api loads the agent of OpenTelemetry, and 0 endpoints are set: it sends to itself, where no container "
            "of the pod is a collector",
        ),
        (
            [endpoint("http://otel.example.com", OTEL_TRACES_SAMPLER="")],
            "api sends traces with a sampler that nobody chose: parentbased_always_on keeps every one",
        ),
        (
            [workload(annotations="{instrumentation.opentelemetry.io/inject-java: jawa}"), INSTRUMENTATION],
            "api asks for Instrumentation jawa, 0 in namespace shop are called so",
        ),
        (
            [
                endpoint("http://otel.example.com", OTEL_PROPAGATORS="tracecontext,baggage"),
                workload("web", OTEL_EXPORTER_OTLP_ENDPOINT="http://otel.example.com", OTEL_PROPAGATORS="b3"),
            ],
            "web hands on b3 (OTEL_PROPAGATORS), api tracecontext,baggage: a request through both makes two traces",
        ),
        (
            [collector(pipelines("{traces: {receivers: [otlp], exporters: [otlp/second]}}"))],
            "OpenTelemetryCollector otel: pipeline traces names exporter otlp/second, which is not defined: the "
            "collector does not start",
        ),
        (
            [collector(pipelines("{traces: {receivers: [otlp], exporters: [debug]}}", "{debug: {}}"))],
            "OpenTelemetryCollector otel: pipeline traces sends to debug: 0 exporters keep the traces",
        ),
        (
            [
                endpoint("http://otel-collector:4317"),
                collector(pipelines("{metrics: {receivers: [otlp], exporters: [otlp]}}")),
                SERVICE,
            ],
            "api sends its traces to OpenTelemetryCollector otel, which has 0 pipelines for traces",
        ),
    ],
)
def test_fault_is_found(tmp_path: Path, texts: list[str], says: str) -> None:
    assert said(tmp_path, *texts) == [says]


COLLECTOR_BESIDE = '{name: otel, image: "otel/opentelemetry-collector:0.1"}, '


@pytest.mark.parametrize(
    "texts",
    [
        [endpoint("http://otel-collector:4317"), SERVICE],
        [endpoint("http://otel-collector.shop:4317"), SERVICE],
        [endpoint("http://otel-collector.monitoring:4317"), SERVICE],  # a namespace that is not here
        [endpoint("otel-collector.monitoring.svc:4317"), SERVICE],
        [endpoint("https://otlp.example.com/v1/traces")],
        [endpoint("http://10.0.0.7:4317"), SERVICE],
        [endpoint("http://$(HOST_IP):4317"), workload("b", OTEL_EXPORTER_OTLP_ENDPOINT="http://otel.example.com")],
        [endpoint("http://otel.example.com:4317", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")],
        [endpoint("http://otel.example.com:9999", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")],
        [endpoint("http://localhost:4317", beside=COLLECTOR_BESIDE)],
        [endpoint("http://localhost:4317", OTEL_SDK_DISABLED="true"), endpoint("http://otel.example.com")],
        [workload(annotations='{instrumentation.opentelemetry.io/inject-java: "true"}'), INSTRUMENTATION],
        [workload(annotations="{instrumentation.opentelemetry.io/inject-java: java}"), INSTRUMENTATION],
        [workload(annotations="{instrumentation.opentelemetry.io/inject-java: other/x}"), INSTRUMENTATION],
        [
            endpoint("http://otel.example.com", OTEL_PROPAGATORS="tracecontext,b3"),
            workload("web", OTEL_EXPORTER_OTLP_ENDPOINT="http://otel.example.com", OTEL_PROPAGATORS="b3"),
        ],
        [collector(pipelines(TRACES))],
        [collector("|\n    receivers: {otlp: {}}\n    exporters: {otlp: {}}\n    service: {pipelines: " + TRACES + "}\n  ")
         .replace("spec: {config: |", "spec:\n  config: |").replace("\n  }", "\n")],
        [endpoint("http://otel-collector:4317"), collector(pipelines(TRACES))],  # its Service is the operator's
        [collector("{receivers: {otlp: {}}, connectors: {spanmetrics: {}}, exporters: {otlp: {}}, service: {pipelines: "
                   "{traces: {receivers: [otlp], exporters: [otlp, spanmetrics]}, "
                   "metrics: {receivers: [spanmetrics], exporters: [otlp]}}}}")],
    ],
)  # fmt: skip
def test_look_alike_is_left_alone(tmp_path: Path, texts: list[str]) -> None:
    assert said(tmp_path, *texts) == []
    assert proofs(tracing_wired, tmp_path)


def test_collector_behind_a_service_is_found_by_its_config_map(tmp_path: Path) -> None:
    gateway = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: otel, namespace: shop}
data:
  config.yaml: |
    receivers: {otlp: {}}
    exporters: {otlp: {}}
    service: {pipelines: {logs: {receivers: [otlp], exporters: [otlp]}}}
""" + workload("otel").replace(
        "spec: {containers", "spec: {volumes: [{name: c, configMap: {name: otel}}], containers"
    )
    assert said(tmp_path, endpoint("http://otel-collector:4317"), SERVICE, gateway) == [
        "api sends its traces to ConfigMap otel, which has 0 pipelines for traces"
    ]


@pytest.mark.parametrize(
    "config", ["3", "{service: 3}", "{service: {pipelines: {traces: 3}}, receivers: {}}", "'['"]
)
def test_malformed_collectors_crash_nothing(tmp_path: Path, config: str) -> None:
    tree = write(tmp_path, {"all.yaml": collector(config) + workload()})
    assert "error" not in statuses(tracing_wired, tree).values()


def test_where_nothing_is_traced_it_is_not_asked(tmp_path: Path) -> None:
    assert set(statuses(tracing_wired, write(tmp_path, {"all.yaml": workload()})).values()) == {
        "not-applicable"
    }


@pytest.mark.parametrize(
    ("url", "service", "port"),
    [
        ("http://a:4317", "a", 4317),
        ("a.b.svc.cluster.local:1", "a", 1),
        ("https://otlp.eu01.example.com", "", None),
        ("http://[::1]:4317", "", 4317),
    ],
)
def test_endpoints_are_read(url: str, service: str, port: int | None) -> None:
    from readiness.evidence.manifests import KubernetesObject, Workload

    one = Workload(
        KubernetesObject({"kind": "Deployment", "metadata": {"name": "x"}}, Location("", ""), "shop")
    )
    found = target_of(Said("x", url, Location("", "")), one, set())
    assert found is not None
    assert (found.service, found.port) == (service, port)
