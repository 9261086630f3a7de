"""ServiceLevelObjective objects of pyrra (pyrra.dev/v1alpha1), in clusters or as files.

Pure. Knows the indicators ratio, latency, latencyNative and bool_gauge.

Source:
    pyrra-dev/pyrra, kubernetes/api/v1alpha1/servicelevelobjective_types.go; slo/rules.go (burn rates of
    14, 7, 2 and 1 on windows that are scaled from four weeks).
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from readiness.arithmetic.durations import prometheus_seconds
from readiness.evidence.objective import (
    Alerting,
    Kind,
    Objective,
    Read,
    SpecProblem,
    number,
    target_problem,
    texts,
)
from readiness.outcome import Location, Subject

KIND = "ServiceLevelObjective"
GROUP = "pyrra.dev"
_INDICATORS: Mapping[str, Kind] = {
    "ratio": "availability", "latency": "latency", "latencyNative": "latency", "bool_gauge": "availability",
}  # fmt: skip
BURN_RATES = (Fraction(14), Fraction(7), Fraction(2), Fraction(1))


def read_pyrra(body: Mapping[str, Any], at: Location) -> Iterator[Read]:
    """The objective of one object."""
    metadata = body.get("metadata") if isinstance(body.get("metadata"), dict) else {}
    assert isinstance(metadata, dict)
    name = str(metadata.get("name") or "unnamed")
    labels = texts(metadata.get("labels"))
    service = next(
        (
            labels[key]
            for key in ("pyrra.dev/service", "service", "app.kubernetes.io/name")
            if labels.get(key)
        ),
        "",
    )
    about = Subject("SLO", "", name, service)
    spec = body.get("spec")
    place = at.at("spec")
    if not isinstance(spec, dict):
        yield SpecProblem(f"{name} has no spec", place, "write one", about, "spec")
        return
    raw = spec.get("target")
    if raw is not None and not isinstance(raw, str):
        yield SpecProblem(
            f"{name} has target {raw!r}, which is no text: the API server refuses it", place.at("target"),
            f"write it in quotes: '{raw}'", about, "target text",
        )  # fmt: skip
    wrong = target_problem(raw, "target", name, place.at("target"), about)
    if wrong is not None:
        yield wrong
    period = _seconds(spec.get("window"))
    if period is None or not period:
        yield SpecProblem(
            f"{name} has window {spec.get('window')!r}: a duration such as 4w is expected",
            place.at("window"),
            "set window to the period of the promise", about, "window",
        )  # fmt: skip
    indicator = spec.get("indicator")
    given = [one for one in _INDICATORS if isinstance(indicator, dict) and indicator.get(one) is not None]
    if len(given) != 1:
        yield SpecProblem(
            f"{name} needs one of {', '.join(_INDICATORS)} under indicator, and has "
            f"{' and '.join(given) or 'none'}",
            place.at("indicator"), "keep the one that measures it", about, "indicator",
        )  # fmt: skip
    target = number(raw)
    if target is None or not 0 < target <= 100 or not period or len(given) != 1:
        return
    assert isinstance(indicator, dict)
    queries = place.at("indicator", given[0])
    alerting = spec.get("alerting") if isinstance(spec.get("alerting"), dict) else {}
    assert isinstance(alerting, dict)
    enabled = alerting.get("disabled") is not True and alerting.get("burnrates") is not False
    yield Objective(
        "pyrra", service, name, target / 100, period, at, place.at("target"), _INDICATORS[given[0]],
        good=_metric(indicator[given[0]], "success"), bad=_metric(indicator[given[0]], "errors"),
        total=_metric(indicator[given[0]], "total"), queries_at=queries,
        alerting=Alerting(enabled, enabled, str(alerting.get("name") or "ErrorBudgetBurn"), labels),
        labels=labels, annotations=texts(metadata.get("annotations")), id=name,
    )  # fmt: skip


def _seconds(raw: Any) -> Fraction | None:
    if not isinstance(raw, str):
        return None
    try:
        return prometheus_seconds(raw)
    except ValueError:
        return None


def _metric(indicator: Any, name: str) -> str:
    found = indicator.get(name) if isinstance(indicator, dict) else None
    metric = found.get("metric") if isinstance(found, dict) else None
    return metric if isinstance(metric, str) else ""
