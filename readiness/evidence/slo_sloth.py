"""Specifications of sloth: `prometheus/v1` files, and PrometheusServiceLevel objects (sloth.slok.dev/v1).

Pure. An objective of sloth has a period of 30 days unless the generator is told another; a SLI by a plug-in
has no expression here.

Source:
    slok/sloth, pkg/prometheus/api/v1 (raw) and pkg/kubernetes/api/sloth/v1; internal/prometheus/spec.go
    (defaults and validation).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from readiness.evidence.objective import (
    THIRTY_DAYS,
    Alerting,
    Objective,
    Read,
    SpecProblem,
    kind_of,
    number,
    target_problem,
    texts,
)
from readiness.outcome import Location, Subject

VERSION = "prometheus/v1"
KIND = "PrometheusServiceLevel"
WINDOW = "{{.window}}"
_NAMES = ("events", "raw", "plugin")


def read_sloth(spec: Any, at: Location) -> Iterator[Read]:
    """The objectives of one specification; `at` is the place of the mapping that has `service` and `slos`."""
    service = spec.get("service") if isinstance(spec, dict) else None
    about = Subject("SLO", "", str(service or "specification"))
    if not isinstance(spec, dict) or not isinstance(service, str) or not service:
        yield SpecProblem(
            "the specification names no service", at.at("service"), "set service", about, "service"
        )
        return
    listed = spec.get("slos")
    if not isinstance(listed, list) or not listed:
        yield SpecProblem(
            f"{service} has no objective under slos",
            at.at("slos"),
            "add one, or delete the file",
            about,
            "slos",
        )
        return
    taken: set[str] = set()
    alerts: dict[str, str] = {}
    for index, raw in enumerate(listed):
        place = at.at("slos", index)
        if not isinstance(raw, dict) or not isinstance(raw.get("name"), str) or not raw["name"]:
            yield SpecProblem(
                f"{service} has an objective without a name (number {index + 1})", place, "name it", about,
                f"name {index}",
            )  # fmt: skip
            continue
        if raw["name"] in taken:
            yield SpecProblem(
                f"{service} has two objectives {raw['name']}", place.at("name"), "name each apart", about,
                f"twice {raw['name']}",
            )  # fmt: skip
            continue
        taken.add(raw["name"])
        for found in _objective(service, raw, texts(spec.get("labels")), place):
            yield found
            if isinstance(found, Objective) and (name := found.alerting.name):
                if name in alerts and (found.alerting.page or found.alerting.ticket):
                    yield SpecProblem(
                        f"{found.label} and {service}/{alerts[name]} both alert as {name}: one runbook link "
                        "has to "
                        "do for both",
                        place.at("alerting", "name"), "give each objective an alert name of its own",
                        found.subject, "alert name", "warning",
                    )  # fmt: skip
                alerts.setdefault(name, found.name)


def _objective(
    service: str, raw: Mapping[str, Any], labels: Mapping[str, str], at: Location
) -> Iterator[Read]:
    about = Subject("SLO", "", raw["name"], service)
    label = f"{service}/{raw['name']}"
    wrong = target_problem(raw.get("objective"), "objective", label, at.at("objective"), about)
    if wrong is not None:
        yield wrong
    sli = raw.get("sli")
    given = [name for name in _NAMES if isinstance(sli, dict) and isinstance(sli.get(name), dict)]
    if len(given) != 1:
        has = " and ".join(given) or "none"
        yield SpecProblem(
            f"{label} needs one of events, raw and plugin under sli, and has {has}", at.at("sli"),
            "keep the one that measures it", about, "sli",
        )  # fmt: skip
    bad, total, queries = "", "", at.at("sli")
    if isinstance(sli, dict) and given == ["events"]:
        queries = queries.at("events")
        bad, total = (_text(sli["events"], *names) for names in
                      (("error_query", "errorQuery"), ("total_query", "totalQuery")))  # fmt: skip
        for name, query in (("error_query", bad), ("total_query", total)):
            if not query:
                yield SpecProblem(f"{label} has no {name}", queries, f"add {name}", about, f"no {name}")
            elif WINDOW not in query.replace(" ", ""):
                yield SpecProblem(
                    f"{label} has {name} without {WINDOW}: all its windows would read the same", queries,
                    f"use [{WINDOW}] as the range", about, f"window {name}",
                )  # fmt: skip
    elif isinstance(sli, dict) and given == ["raw"]:
        bad = _text(sli["raw"], "error_ratio_query", "errorRatioQuery")
        queries = queries.at("raw")
    target = number(raw.get("objective"))
    if target is None or not 0 < target <= 100:
        return
    alerting = raw.get("alerting") if isinstance(raw.get("alerting"), dict) else {}
    assert isinstance(alerting, dict)
    page, ticket = (_enabled(alerting, *names) for names in
                    (("page_alert", "pageAlert"), ("ticket_alert", "ticketAlert")))  # fmt: skip
    name = _text(alerting, "name")
    if (page or ticket) and not name:
        yield SpecProblem(
            f"{label} has alerts without a name", at.at("alerting"),
            "set alerting.name, or disable both alerts",
            about, "no alert name",
        )  # fmt: skip
    yield Objective(
        "sloth", service, raw["name"], target / 100, THIRTY_DAYS, at, at.at("objective"), kind_of(bad, total),
        bad=bad, total=total, queries_at=queries,
        alerting=Alerting(page, ticket, name, texts(alerting.get("labels")),
        texts(alerting.get("annotations"))),
        labels={**labels, **texts(raw.get("labels"))}, id=f"{service}-{raw['name']}",
    )  # fmt: skip


def _text(raw: Mapping[str, Any], *names: str) -> str:
    return next((raw[name] for name in names if isinstance(raw.get(name), str)), "")


def _enabled(alerting: Mapping[str, Any], *names: str) -> bool:
    return not any(
        isinstance(alerting.get(name), dict) and alerting[name].get("disable") is True for name in names
    )
