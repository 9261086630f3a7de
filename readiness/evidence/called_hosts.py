"""What the workloads of an environment call, by the addresses in their environment variables.

Reads addresses with a scheme (`https://`, `amqps://`, `jdbc:postgresql://`, several hosts with commas), lists
of `host:port`, and names that end in `.svc`, in `env` and in ConfigMaps by `envFrom` or `configMapKeyRef`.
Ignored on purpose: Services of the same manifests, since they are parts of the service; the node itself;
telemetry, and the addresses under which the service itself is called, by their words. Values of Secrets and
of files are not looked at, so that what is not found here may still be called.
"""

import re
from collections.abc import Iterator
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.configuration import ConfigMaps
from readiness.evidence.context import ServiceCard
from readiness.evidence.manifests import Manifests, Workload
from readiness.evidence.team_names import team_name
from readiness.outcome import Location

_URL = r"(?:jdbc:)?([a-z][a-z0-9+.-]{0,30})://(?:[^/@\s]{0,200}@)?([A-Za-z0-9._,:-]{1,500})"
_PAIRS = r"[A-Za-z0-9][A-Za-z0-9.-]{0,200}:\d{2,5}(?:,[A-Za-z0-9][A-Za-z0-9.-]{0,200}:\d{2,5}){0,50}"
_IN_CLUSTER = r"[a-z0-9-]+(?:\.[a-z0-9-]+)?\.svc(?:\.[a-z.]+)?"
_ADDRESS_NAME = r"(?i)addr|host|url|uri|endpoint|server|broker|node|dsn|service|upstream|connection"
_TELEMETRY = (
    r"(?i)otel|telemetry|jaeger|zipkin|tempo|datadog|^dd_|dynatrace|statsd|prometheus|pushgateway|\bloki|fluent"
    r"|sentry|newrelic|new_relic|splunk|elastic_apm|signoz|honeycomb|grafana|pyroscope|collector|unleash"
)
_OWN_NAME = (
    r"(?i)public|external|base_?ur|self|callback|redirect|issuer|cors|origin|allowed|proxy|swagger|audience"
)
_FILLERS = frozenset({"service", "svc", "server", "api"})  # words of a name that tell nothing
# What kind of thing a host is, by the words of its address, and by those of an entity of that kind.
TECHNOLOGIES = (
    (
        "database",
        r"postgres|mysql|mariadb|oracle|sqlserver|mongodb|cockroach|cassandra",
        r"database|db\b|sql|postgres",
    ),
    (
        "broker",
        r"amqp|kafka|rabbit|nats|pulsar|activemq|mqtt",
        r"broker|queue|messag|topic|kafka|rabbit|stream",
    ),
    ("cache", r"redis|memcache|valkey", r"cache|redis|memcache|valkey"),
)


class CalledHost(NamedTuple):
    """One host that the service calls."""

    host: str
    scheme: str  # "" where the address has none
    variable: str
    at: Location
    workload: str

    @property
    def names(self) -> tuple[str, ...]:
        """The parts of the host that can be its name: the first two labels, without numbers of replicas."""
        labels = [label for label in self.host.split(".")[:2] if label not in ("svc", "com", "internal")]
        return tuple(re.sub(r"-\d+$", "", label) for label in labels)

    @property
    def name(self) -> str:
        """What it is called among people: the first part that says something."""
        return next((one for one in self.names if one not in _FILLERS and len(one) > 2), self.host)

    @property
    def technology(self) -> str:
        """What kind of thing it is by scheme, variable and host; empty where nothing tells."""
        said = f"{self.scheme} {self.variable} {self.host}".lower()
        return next((word for word, calls, _ in TECHNOLOGIES if re.search(calls, said)), "")

    def is_called(self, name: str) -> bool:
        """Whether a name of the catalog is this host's: its words are among those of the other."""
        wanted = set(team_name(name).split("-")) - _FILLERS
        for one in self.names if wanted else ():
            words = set(one.split("-")) - _FILLERS
            if wanted <= words or (len(words) > 1 and words <= wanted):
                return True
        return False


class CalledHosts:
    """The hosts that an environment's workloads call, each once."""

    kinds: ClassVar[frozenset[str]] = frozenset({"ConfigMap"}) | Workload.KINDS
    looked_for: ClassVar[str] = "addresses in env and ConfigMaps"

    def __init__(self, called: tuple[CalledHost, ...]) -> None:
        self.called = called

    @classmethod
    def collect(
        cls,
        workloads: tuple[Workload, ...],
        config_maps: ConfigMaps,
        manifests: Manifests,
        service: ServiceCard,
    ) -> Self:
        own = {found.name for found in manifests.of("Service")} | {one.name for one in workloads}
        found: dict[str, CalledHost] = {}
        for workload in workloads:
            for container in workload.containers:
                for name, value in config_maps.environment_of(container).items():
                    if re.search(_TELEMETRY, name) or re.search(_OWN_NAME, name):
                        continue
                    for scheme, host in hosts_in(name, str(value.value)):
                        if not _is_own(host.lower(), own, service.name):
                            one = CalledHost(host.lower(), scheme, name, value.at, workload.name)
                            found.setdefault(one.host, one)
        return cls(tuple(found[key] for key in sorted(found)))


def hosts_in(variable: str, value: str) -> Iterator[tuple[str, str]]:
    """Schemes and hosts of the addresses that a variable holds."""
    text = value.strip()[:4000]
    addresses = re.findall(_URL, text)
    for scheme, hosts in addresses:
        for host in hosts.split(","):
            yield scheme, host.partition(":")[0].strip(".")
    if addresses:
        return
    if re.fullmatch(_PAIRS, text) and (re.search(_ADDRESS_NAME, variable) or "." in text):
        for pair in text.split(","):
            yield "", pair.partition(":")[0]
    elif re.fullmatch(_IN_CLUSTER, text):
        yield "", text


def _is_own(host: str, own: set[str], service: str) -> bool:
    """Whether a host is the node, a part of the service, or nothing that an outage of would be felt."""
    labels = host.split(".")
    if (
        not re.search(r"[a-z]", host)
        or "_" in host  # a placeholder, no host has it
        or labels[0] in ("localhost", "")
        or labels[-1] in ("example", "invalid")
    ):
        return True
    if re.search(_TELEMETRY, host) or host.startswith(("kubernetes.default", "metadata.google")):
        return True
    in_cluster = len(labels) < 3 or "svc" in labels
    if in_cluster and not own.isdisjoint(labels[:2]):
        return True
    return bool(service) and team_name(labels[0]) == team_name(service)
