"""A latency objective is held against a boundary that the program counts."""

from fractions import Fraction

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Text, Unknown
from readiness.evidence.latency_buckets import LatencyBuckets
from readiness.evidence.objective import Objective
from readiness.evidence.promql import NotPromQL, parsed
from readiness.evidence.slos import Objectives


def latency_bucket(
    specs: Objectives, buckets: LatencyBuckets, *, boundaries: tuple[Text, ...] = ()
) -> Findings:
    """The bound in a latency objective (`le="0.8"`) is a histogram boundary that the program emits.

    A boundary that does not exist selects no series: the numerator is empty, and the objective reads nothing,
    or that every request is slow.

    Settings:
        boundaries: what programs emit that do not say it in their configuration, as "METRIC=0.1,0.3,0.8".

    Silent on:
        objectives that read no histogram;
        programs whose boundaries are in their code alone: unknown, and `boundaries` says them.

    Severity: error warning note note

    Source:
        Prometheus documentation, "Histograms and summaries"; Spring Boot, "Customizing Individual Meters".
    """
    asked = [
        (objective, metric, bound) for objective in specs.objectives for metric, bound in _bounds(objective)
    ]
    if not asked:
        raise NotApplicable("no objective reads a histogram")
    told = dict(_told(one) for one in boundaries)
    unknown = None
    for objective, metric, bound in asked:
        at = objective.queries_at or objective.at
        found = buckets.of(metric)
        known = told.get(metric.removesuffix("_bucket"), found.seconds if found is not None else ())
        if Fraction(bound) in known:
            place = found.at if found is not None and metric.removesuffix("_bucket") not in told else None
            yield Proof(
                f"{objective.label} is held against {bound} s, which {metric} has",
                (Operand("boundary", float(Fraction(bound)), "s", at=place),),
                at=at,
            )
        elif known and (found is None or not found.more):
            listed = ", ".join(f"{float(one):g}" for one in sorted(known))
            nearest = min(known, key=lambda one: abs(one - Fraction(bound)))
            yield Finding(
                f"{objective.label} is held against {bound} s, and {metric} has the boundaries {listed}",
                at=at,
                fix=f"add {bound} s to the boundaries, or promise {float(nearest):g} s",
                operands=(
                    Operand("bound promised", float(Fraction(bound)), "s", at=at),
                    Operand(
                        "nearest boundary", float(nearest), "s", at=found.at if found is not None else None
                    ),
                ),
                about=objective.subject,
                key=f"bucket {metric} {bound}",
            )
        else:
            unknown = unknown or (objective, metric, bound)
    if unknown is not None:
        objective, metric, bound = unknown
        raise Unknown(
            f"{objective.label} is held against {bound} s, and nothing in evidence says which boundaries "
            f"{metric} has",
            objective.queries_at or objective.at,
            f'say it in the setting boundaries, as "{metric.removesuffix("_bucket")}={bound}"',
        )


def _bounds(objective: Objective) -> list[tuple[str, str]]:
    """Metric and bound of each histogram that an objective reads, `+Inf` left out."""
    found: dict[tuple[str, str], None] = {}
    for text in (objective.bad, objective.good):
        if not text:
            continue
        try:
            query = parsed(text.replace("{{.window}}", "5m").replace("{{ .window }}", "5m"))
        except NotPromQL:
            continue
        for selector in query.selectors:
            for matcher in selector.asks("le"):
                if matcher.operator == "=" and _number(matcher.value) is not None:
                    found[selector.metric, matcher.value] = None
    return list(found)


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except ValueError:
        return None


def _told(text: str) -> tuple[str, tuple[Fraction, ...]]:
    metric, _, listed = text.partition("=")
    numbers = (_number(one.strip()) for one in listed.split(","))
    return metric.removesuffix("_bucket"), tuple(one for one in numbers if one is not None)
