"""SLO objects of OpenSLO: `openslo/v1` and `openslo/v1alpha`; any other version is named and not judged.

Pure, but for references, which are asked of the other OpenSLO objects of the tree. Expressions count where
the metric source is Prometheus; any other source is taken as it is.

Source:
    OpenSLO specification, version 1: SLO, SLI, AlertPolicy, duration shorthand (m is a minute, M a month).
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from readiness.arithmetic.burn_rate import DAY, HOUR
from readiness.evidence.objective import (
    Alerting,
    Kind,
    Objective,
    Read,
    SpecProblem,
    Undecided,
    kind_of,
    number,
    percent,
)
from readiness.outcome import Location, Subject

GROUPS = ("openslo", "openslo.com")
VERSION = "openslo/v1"
FIRST_VERSION = "openslo/v1alpha"
KINDS = ("SLO", "SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "DataSource", "Service")
_METHODS = ("Occurrences", "Timeslices", "RatioTimeslices")
_UNITS = {
    "m": Fraction(60), "h": HOUR, "d": DAY, "w": 7 * DAY, "M": 30 * DAY, "Q": 90 * DAY, "Y": 365 * DAY,
}  # fmt: skip
_LEAST_PERIOD = DAY
_QUERIES = ("query", "promql", "promQL", "expr")


def read_openslo(
    body: Mapping[str, Any], at: Location, others: Mapping[tuple[str, str], Any]
) -> Iterator[Read]:
    """The objectives of one SLO object.

    Args:
        others: the specs of all OpenSLO objects of the tree, by kind and name.
    """
    metadata = body.get("metadata")
    name = str(metadata.get("name") or "unnamed") if isinstance(metadata, dict) else "unnamed"
    spec = body.get("spec") if isinstance(body.get("spec"), dict) else {}
    assert isinstance(spec, dict)
    service = spec["service"] if isinstance(spec.get("service"), str) else ""
    about = Subject("SLO", "", name, service)
    if body.get("apiVersion") == FIRST_VERSION:
        yield from _of_first_version(spec, name, at, about)
        return
    if body.get("apiVersion") != VERSION:
        yield Undecided(
            f"{name} is written for {body.get('apiVersion')}; {VERSION} and {FIRST_VERSION} are known here",
            at.at("apiVersion"),
            about,
        )
        return
    place = at.at("spec")
    period, rolling, problems = _window(spec, name, place, about)
    yield from problems
    method = spec.get("budgetingMethod")
    if method not in _METHODS:
        yield SpecProblem(
            f"{name} has budgetingMethod {method!r}; one of {', '.join(_METHODS)} is expected",
            place.at("budgetingMethod"), "set the one that the budget is counted by", about, "method",
        )  # fmt: skip
    indicator, undecided = _indicator(spec, name, place, about, others)
    if isinstance(undecided, SpecProblem | Undecided):
        yield undecided
    kind, good, bad, total, wrong = _measured(indicator, name, place, about)
    yield from wrong
    policies = spec.get("alertPolicies")
    listed = spec.get("objectives")
    if not isinstance(listed, list) or not listed:
        yield SpecProblem(f"{name} has no objective", place.at("objectives"), "add one", about, "objectives")
        return
    for index, raw in enumerate(listed):
        where = place.at("objectives", index)
        raw = raw if isinstance(raw, dict) else {}
        own = str(raw.get("displayName") or "") if len(listed) > 1 else ""
        part = about._replace(name=f"{name} ({own or index + 1})") if len(listed) > 1 else about
        target: Fraction | None = None
        for found in _target(raw, part.name, where, part):
            if isinstance(found, SpecProblem):
                yield found
            else:
                target = found
        if method in ("Timeslices", "RatioTimeslices"):
            yield from _slices(raw, str(method), part.name, where, part)
        if kind == "threshold":
            yield from _threshold(raw, part.name, where, part)
        if target is None or period is None:
            continue
        yield Objective(
            "OpenSLO", service, part.name, target, period, at, where.at("target"),
            "latency" if kind == "threshold" else kind_of(good, bad, total) if total else _kind(kind),
            good=good, bad=bad, total=total, queries_at=place.at("indicator"),
            alerting=Alerting(bool(policies), bool(policies), generated=False),
            id=f"{service}-{name}-{index}", rolling=rolling,
        )  # fmt: skip


_FIRST_UNITS = {
    "Second": Fraction(1), "Minute": Fraction(60), "Hour": HOUR, "Day": DAY, "Week": 7 * DAY,
    "Month": 30 * DAY,
    "Quarter": 90 * DAY, "Year": 365 * DAY,
}  # fmt: skip


def _of_first_version(spec: Mapping[str, Any], name: str, at: Location, about: Subject) -> Iterator[Read]:
    """Of `v1alpha`: windows are a count and a unit, and each objective has its own ratio."""
    place, service = at.at("spec"), about.part
    windows = spec.get("timeWindows")
    window = windows[0] if isinstance(windows, list) and len(windows) == 1 else None
    unit = _FIRST_UNITS.get(str(window.get("unit"))) if isinstance(window, dict) else None
    count = number(window.get("count")) if isinstance(window, dict) else None
    if unit is None or count is None or count <= 0:
        yield SpecProblem(
            f"{name} needs one window with count and unit under timeWindows", place.at("timeWindows"),
            "write {count: 30, unit: Day}", about, "window",
        )  # fmt: skip
        return
    listed = spec.get("objectives")
    for index, raw in enumerate(listed if isinstance(listed, list) else ()):
        where = place.at("objectives", index)
        raw = raw if isinstance(raw, dict) else {}
        ratio = raw.get("ratioMetrics") if isinstance(raw.get("ratioMetrics"), dict) else {}
        assert isinstance(ratio, dict)
        good, total = (_first_query(ratio.get(key)) for key in ("good", "total"))
        part = about._replace(name=f"{name}-{index}")
        for found in _target(raw, part.name, where, part):
            if isinstance(found, SpecProblem):
                yield found
                continue
            yield Objective(
                "OpenSLO", service, part.name, found, count * unit, at, where.at("target"), kind_of(good,
                total),
                good=good, total=total, queries_at=where.at("ratioMetrics"),
                alerting=Alerting(False, False, generated=False), id=f"{service}-{name}-{index}",
                rolling=isinstance(window, dict) and window.get("isRolling") is not False,
            )  # fmt: skip


def _first_query(raw: Any) -> str:
    if not isinstance(raw, dict) or str(raw.get("source", "")).lower() != "prometheus":
        return ""
    return raw["query"] if isinstance(raw.get("query"), str) else ""


def _kind(said: str) -> Kind:
    return "availability" if said == "ratio" else "other"


def seconds_of(text: Any) -> Fraction | None:
    """A duration of OpenSLO, in seconds; None for anything else."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhdwMQY])", text) if isinstance(text, str) else None
    return int(found[1]) * _UNITS[found[2]] if found else None


def _window(
    spec: Mapping[str, Any], name: str, at: Location, about: Subject
) -> tuple[Fraction | None, bool, list[SpecProblem]]:
    listed, place = spec.get("timeWindow"), at.at("timeWindow")
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        count = len(listed) if isinstance(listed, list) else 0
        return None, True, [
            SpecProblem(f"{name} has {count} time windows, 1 is needed", place, "keep one", about, "window")
        ]  # fmt: skip
    raw = str(listed[0].get("duration"))
    period = seconds_of(raw)
    rolling = listed[0].get("isRolling") is True
    if period is None:
        return None, rolling, [
            SpecProblem(
                f"{name} has a window of {raw!r}; a number and one of m, h, d, w, M, Q, Y is expected",
                place.at(0, "duration"), "write it as 28d, 4w or 1M", about, "duration",
            )
        ]  # fmt: skip
    problems = []
    if period < _LEAST_PERIOD:
        meant = f"; a month is {raw[:-1]}M" if str(raw).endswith("m") else ""
        problems.append(
            SpecProblem(
                f"{name} has a window of {raw}, which is {_spelled(period)}{meant}", place.at(0, "duration"),
                f"set it to {raw[:-1]}M" if meant else "set it to the period of the promise", about, "short",
            )
        )  # fmt: skip
    return period, rolling, problems


def _spelled(span: Fraction) -> str:
    minutes = int(span // 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _indicator(
    spec: Mapping[str, Any], name: str, at: Location, about: Subject, others: Mapping[tuple[str, str], Any]
) -> tuple[Mapping[str, Any], SpecProblem | Undecided | None]:
    given, ref = spec.get("indicator"), spec.get("indicatorRef")
    if (given is None) == (ref is None):
        has = "both" if given is not None else "neither"
        composite = isinstance(spec.get("objectives"), list) and any(
            isinstance(one, dict) and ("indicator" in one or "indicatorRef" in one)
            for one in spec["objectives"]
        )
        if composite and given is None:
            return {}, None
        return {}, SpecProblem(
            f"{name} needs one of indicator and indicatorRef, and has {has}", at.at("indicator"),
            "keep the one that measures it", about, "indicator",
        )  # fmt: skip
    if isinstance(given, dict):
        inner = given.get("spec")
        return (inner if isinstance(inner, dict) else {}), None
    found = others.get(("SLI", str(ref)))
    if isinstance(found, dict):
        return found, None
    if any(kind == "SLI" for kind, _ in others):
        return {}, SpecProblem(
            f"{name} refers to the SLI {ref}, and no object defines it", at.at("indicatorRef"),
            f"define {ref}, or correct the name", about, "indicatorRef",
        )  # fmt: skip
    return {}, Undecided(
        f"{name} refers to the SLI {ref}, and no SLI is in evidence", at.at("indicatorRef"), about
    )


def _measured(
    indicator: Mapping[str, Any], name: str, at: Location, about: Subject
) -> tuple[str, str, str, str, list[SpecProblem]]:
    ratio, threshold = indicator.get("ratioMetric"), indicator.get("thresholdMetric")
    place = at.at("indicator", "spec")
    if isinstance(threshold, dict):
        return "threshold", "", "", "", []
    if not isinstance(ratio, dict):
        return "other", "", "", "", []
    if ratio.get("raw") is not None:
        wrong = [] if ratio.get("rawType") in ("success", "failure") else [
            SpecProblem(
                f"{name} has a raw ratio without rawType", place.at("ratioMetric"),
                "set rawType to success or failure", about, "rawType",
            )
        ]  # fmt: skip
        return "ratio", "", "", "", wrong
    has = [key for key in ("good", "bad") if ratio.get(key) is not None]
    problems = []
    if len(has) != 1 or ratio.get("total") is None:
        said = " and ".join([*has, *(["total"] if ratio.get("total") is not None else [])]) or "nothing"
        problems.append(
            SpecProblem(
                f"{name} needs total and one of good and bad under ratioMetric, and has {said}",
                place.at("ratioMetric"), "keep one of good and bad, beside total", about, "ratio",
            )
        )  # fmt: skip
    good, bad, total = (_query(ratio.get(key)) for key in ("good", "bad", "total"))
    return "ratio", good, bad, total, problems


def _query(raw: Any) -> str:
    """The expression of a metric source of Prometheus; empty for any other."""
    source = raw.get("metricSource") if isinstance(raw, dict) else None
    if not isinstance(source, dict) or str(source.get("type", "")).lower() != "prometheus":
        return ""
    spec = source.get("spec")
    found = (spec.get(key) for key in _QUERIES) if isinstance(spec, dict) else ()
    return next((one for one in found if isinstance(one, str)), "")


def _target(
    raw: Mapping[str, Any], name: str, at: Location, about: Subject
) -> Iterator[SpecProblem | Fraction]:
    given = [key for key in ("target", "targetPercent") if raw.get(key) is not None]
    if len(given) != 1:
        yield SpecProblem(
            f"{name} needs one of target and targetPercent, and has {' and '.join(given) or 'neither'}",
            at.at("target"), "keep one", about, "target",
        )  # fmt: skip
        return
    value, share = number(raw[given[0]]), given == ["target"]
    if value is None or not 0 < value < (1 if share else 100):
        meant = (
            f": write {float(value / 100):g}, or targetPercent" if value and share and value <= 100 else ""
        )
        yield SpecProblem(
            f"{name} has {given[0]} {raw[given[0]]!r}; a number between 0 and {1 if share else 100} is "
            f"expected{meant}",
            at.at(given[0]), f"set {given[0]} to {float(value / 100):g}" if meant and value else "correct it",
            about,
            "target",
        )  # fmt: skip
        return
    found = value if share else value / 100
    if found < Fraction(1, 2):
        yield SpecProblem(
            f"{name} promises {percent(found)}", at.at(given[0]), "set it to what is promised", about, "share"
        )
    yield found


def _slices(
    raw: Mapping[str, Any], method: str, name: str, at: Location, about: Subject
) -> Iterator[SpecProblem]:
    needed = ("timeSliceTarget", "timeSliceWindow") if method == "Timeslices" else ("timeSliceWindow",)
    for key in needed:
        if raw.get(key) is None:
            yield SpecProblem(
                f"{name} is budgeted by {method} and has no {key}", at, f"set {key}", about, f"no {key}"
            )


def _threshold(raw: Mapping[str, Any], name: str, at: Location, about: Subject) -> Iterator[SpecProblem]:
    for key in ("op", "value"):
        if raw.get(key) is None:
            yield SpecProblem(
                f"{name} is measured by a threshold and has no {key}", at, f"set {key}", about, f"no {key}"
            )
