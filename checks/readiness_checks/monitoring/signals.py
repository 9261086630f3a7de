"""What users notice is drawn and watched."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from readiness.api import Finding, Findings, Location, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.context import ServiceCard
from readiness.evidence.manifests import Workload
from readiness.evidence.signals import SIGNALS, Mention, ServiceSignals, Signal
from readiness.outcome import Severity

WATCHED: tuple[Signal, ...] = ("latency", "errors", "saturation")
METRICS: Mapping[Signal, str] = {
    "latency": "histogram_quantile over the _bucket series of a duration",
    "traffic": "rate of a counter of requests or messages",
    "errors": "rate of the requests that ended with an error, as a share of all",
    "saturation": "what is used of a limit: connections of a pool, memory, length or age of a queue",
}


def golden_signals(
    signals: ServiceSignals, service: ServiceCard, workloads: tuple[Workload, ...]
) -> Findings:
    """Latency, traffic, errors and saturation are drawn, and alerts or objectives watch all but traffic.

    What nobody draws is guessed during an outage, and what no alert watches is noticed by users first. Each
    expression is sorted by its metrics, labels and functions; recorded series are followed.

    A signal that is missing on dashboards is a warning at most, and all is a note where nobody says what the
    service is called.

    Silent on:
        traffic in alerts: little of it is no failure by itself;
        dashboards where there are none, which monitoring.dashboard-present tells;
        services that are batch jobs only, and repositories in which nothing runs.

    Severity: error warning note note

    Source:
        Beyer et al., Site Reliability Engineering, ch. 6, "The Four Golden Signals".
    """
    if not any(one.serves for one in workloads):
        raise NotApplicable(
            "nothing here serves requests or messages: no Deployment, StatefulSet or DaemonSet"
        )
    if not signals.boards and not signals.alerts:
        raise NotApplicable("neither an alert nor a dashboard of the service is in the evidence")
    name = service.name or "the service"
    if not signals.alerts:
        raise Unknown(
            f"no alert of {name} is in the evidence, so that nobody can tell what alerts watch",
            signals.boards[0].at,
            "name the rules under evidence.rules",
        )
    doubts: list[Unknown] = []
    for side in _sides(signals):
        missing = [one for one in side.wanted if not side.found[one]]
        if missing and side.unread:
            doubts.append(_doubt(name, missing, side))
        elif missing:
            yield _missing(name, missing, side, service)
        else:
            yield Proof(
                f"{name}: {side.what} {side.do} {', '.join(side.wanted)}", tuple(_operands(side)), at=side.at
            )
    if doubts:
        raise doubts[0]


class _Side(NamedTuple):
    """Alerts or dashboards: which signals they have to hold, and who holds which."""

    what: str
    do: str
    wanted: tuple[Signal, ...]
    found: Mapping[Signal, list[Mention]]
    unread: list[Mention]
    at: Location


def _sides(signals: ServiceSignals) -> Iterator[_Side]:
    alerts, boards = signals.alerts, signals.boards
    count = f"{len(alerts)} alerts"
    yield _Side(count, "watch", WATCHED, signals.watched, signals.unread_watched, alerts[0].at)
    if boards:
        count = f"{len(boards)} dashboards"
        yield _Side(count, "draw", SIGNALS, signals.drawn, signals.unread_drawn, boards[0].at)


def _operands(side: _Side) -> Iterator[Operand]:
    for signal in side.wanted:
        mentions = side.found[signal]
        name = f"{signal}, first in {mentions[0].who}" if mentions else signal
        yield Operand(name, len(mentions), at=mentions[0].at if mentions else side.at, worse="less")


def _missing(name: str, missing: list[Signal], side: _Side, service: ServiceCard) -> Finding:
    words = ", ".join(missing)
    cap: Severity | None = "warning" if side.do == "draw" else None
    has = ", ".join(f"{one} in {len(side.found[one])}" for one in side.wanted if side.found[one])
    return Finding(
        f"{name}: 0 of {side.what} {side.do} {words}, 1 of each is needed; they {side.do} {has or 'none'}",
        at=side.at,
        fix="; ".join(f"add {one}: {METRICS[one]}" for one in missing),
        operands=tuple(_operands(side)),
        about=service.subject,
        key=f"{side.do} {words}",
        at_most=cap if service.name else "note",
    )


def _doubt(name: str, missing: list[Signal], side: _Side) -> Unknown:
    first = side.unread[0]
    return Unknown(
        f"{name}: no PromQL of {side.what} tells {', '.join(missing)}; {len(side.unread)} are in another "
        f"language, {first.who} first",
        first.at,
        "write them in PromQL, or have somebody attest it",
    )
