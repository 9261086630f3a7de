"""The histogram boundaries that the programs of the tree emit, as far as their configuration says it.

Reads Spring Boot's `management.metrics.distribution.slo` (and `sla`, its old name) and
`percentiles-histogram`. Ignored on purpose: boundaries in code, which only running it would tell, and native
histograms, which have none.

Source:
    Spring Boot, "Customizing Individual Meters"; Micrometer, Prometheus naming: http.server.requests becomes
    http_server_requests_seconds.
"""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import NamedTuple, Self

from readiness.evidence.spring import SpringApplications, canonical, seconds_of
from readiness.outcome import Location

_SLO = tuple(canonical(f"management.metrics.distribution.{word}") for word in ("slo", "sla"))
_HISTOGRAM = canonical("management.metrics.distribution.percentiles-histogram")


class Boundaries(NamedTuple):
    """What is configured for one meter."""

    seconds: tuple[Fraction, ...]
    more: bool  # a whole histogram as well, whose other boundaries the library chooses
    at: Location


class LatencyBuckets:
    """Boundaries by meter, names without signs as Spring compares them."""

    def __init__(self, found: dict[str, Boundaries], applications: int) -> None:
        self._found = found
        self.applications = applications

    @classmethod
    def collect(cls, applications: SpringApplications) -> Self:
        found: dict[str, Boundaries] = {}
        for application in applications.found:
            for layer in application.layers:
                for name, value in layer.properties.items():
                    for meter, seconds, more in _read(name, value.value):
                        old = found.get(meter)
                        known = old.seconds if old is not None else ()
                        found[meter] = Boundaries(
                            (*known, *seconds), more or (old is not None and old.more),
                            value.at if seconds or old is None else old.at,
                        )  # fmt: skip
        return cls(found, len(applications.found))

    def of(self, metric: str) -> Boundaries | None:
        """What is configured for the meter behind a series such as http_server_requests_seconds_bucket."""
        meter = canonical(metric.removesuffix("_bucket").removesuffix("_seconds"))
        return self._found.get(meter)


def _read(name: str, text: str) -> Iterator[tuple[str, tuple[Fraction, ...], bool]]:
    for prefix in _SLO:
        if name.startswith(prefix) and len(name) > len(prefix):
            seconds = []
            for part in text.strip("[]").split(","):
                with suppress(ValueError):
                    seconds.append(seconds_of(part))
            yield _meter(name, prefix), tuple(seconds), False
    if name.startswith(_HISTOGRAM) and text.strip().lower() == "true":
        yield _meter(name, _HISTOGRAM), (), True


def _meter(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).strip("[]")
