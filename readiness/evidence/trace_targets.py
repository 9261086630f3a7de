"""Where traces go: the endpoint that a container is told, as host, port and Service of the cluster.

Knows URLs, `host:port`, and the forms of a Service's name (`otel`, `otel.ns`, `otel.ns.svc…`). A name with
two parts or more that does not end in `.svc` may be one of the internet: it is a Service's where the second
part is a namespace of these manifests.
"""

import re
from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.manifests import Manifests, Workload
from readiness.evidence.scraped import COLLECTORS
from readiness.evidence.telemetry import Said, Telemetry, Told

GRPC, HTTP = 4317, 4318  # OpenTelemetry Protocol, "OTLP/gRPC Default Port", "OTLP/HTTP Default Port"
_URL = r"(?:(?P<scheme>[a-z]+)://)?(?P<host>[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])(?::(?P<port>\d+))?(?:/.*)?"
_SERVICE = r"(?P<name>[a-z0-9-]+)(?:\.(?P<namespace>[a-z0-9-]+))?(?P<svc>\.svc(?:\.[a-z0-9.-]+)?)?"
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]", "0.0.0.0"})


class Target(NamedTuple):
    """One endpoint."""

    said: Said
    host: str
    port: int | None
    service: str  # empty where it is no Service of the cluster
    namespace: str

    @property
    def local(self) -> bool:
        return self.host in LOCAL


class Traced(NamedTuple):
    """One workload that sends traces, and what it is told of them."""

    told: Told
    targets: tuple[Target, ...]
    agent: Said | None  # the Java agent on its command line

    @property
    def workload(self) -> Workload:
        return self.told.workload

    @property
    def ships_by_itself(self) -> bool:
        """Whether its pod has somebody to answer on its own address."""
        images = (container.body.get("image") for container in self.told.pods.all_containers)
        beside = any(isinstance(one, str) and COLLECTORS.search(one) for one in images)
        annotations = {**self.told.pods.pod_annotations, **self.told.workload.object.annotations}
        return beside or self.told.pods.host_network or "sidecar.opentelemetry.io/inject" in annotations


class Tracing:
    """The workloads of an environment that send traces."""

    kinds: ClassVar[frozenset[str]] = Telemetry.kinds

    def __init__(self, traced: tuple[Traced, ...], instrumentations: Mapping[str, frozenset[str]]) -> None:
        self.traced = traced
        self._instrumentations = instrumentations

    @classmethod
    def collect(cls, telemetry: Telemetry, manifests: Manifests) -> Self:
        spaces = {one.namespace for one in manifests.objects if one.namespace}
        found = []
        for told in telemetry.told:
            if any(one.value.lower() == "true" for one in told.get("disabled")):
                continue
            exporters = told.get("exporter")
            if exporters and not any("otlp" in one.value for one in exporters):
                continue
            targets = tuple(
                target for said in told.get("endpoint") if (target := target_of(said, told.workload, spaces))
            )
            agent = told.java_agent
            if targets or told.injected is not None or agent is not None:
                found.append(Traced(told, targets, agent))
        known: dict[str, set[str]] = {}
        for one in manifests.of("Instrumentation"):
            if one.group == "opentelemetry.io":
                known.setdefault(one.namespace, set()).add(one.name)
        return cls(tuple(found), {space: frozenset(names) for space, names in known.items()})

    def instrumentations(self, namespace: str) -> frozenset[str]:
        """Names of the objects that say how the operator injects an agent there."""
        return self._instrumentations.get(namespace, frozenset())


def target_of(said: Said, workload: Workload, spaces: set[str]) -> Target | None:
    """An endpoint as it is told; None where it is none that can be read."""
    found = re.fullmatch(_URL, said.value.strip())
    if found is None:
        return None
    host = found["host"].rstrip(".").lower()
    port = int(found["port"]) if found["port"] else None
    name = re.fullmatch(_SERVICE, host)
    if host in LOCAL or name is None or re.fullmatch(r"[\d.]+", host):
        return Target(said, host, port, "", "")
    namespace = name["namespace"] or workload.namespace
    if name["svc"] is None and name["namespace"] is not None and namespace not in spaces:
        return Target(said, host, port, "", "")
    return Target(said, host, port, name["name"], namespace)
