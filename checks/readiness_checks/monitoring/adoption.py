"""What is written for the Prometheus Operator is taken by an object of it."""

from collections.abc import Mapping
from typing import Any

from readiness.api import Finding, Findings, Known, Location, Operand, Proof, Text, Unknown
from readiness.evidence.adoption import Adoptable, Adopter

OF_METRICS = ("ServiceMonitor", "PodMonitor", "Probe", "ScrapeConfig", "PrometheusRule")


def monitor_adopted(
    adoptables: tuple[Adoptable, ...], adopters: Known[Adopter], *, adoption_labels: tuple[Text, ...] = ()
) -> Findings:
    """A monitor, a rule object or the routes of a team are taken by a Prometheus or an Alertmanager.

    The operator takes objects by their labels. One without the label that the Prometheus of the cluster asks
    for is accepted by the API server, and nothing reads it: no metrics, no alerts, no error.

    Settings:
        adoption_labels: labels, as key=value, that the platform asks of monitors and rules; for where its
            Prometheus is not among the sources.

    Silent on:
        an empty selector, which takes everything, in the namespaces that are looked into;
        an object that one of several takes;
        namespaces that are selected by labels that are not in evidence: unknown, not a finding.

    Severity: error error warning warning

    Source:
        Prometheus Operator API, PrometheusSpec, ThanosRulerSpec and AlertmanagerSpec, fields *Selector and
        *NamespaceSelector; "Troubleshooting ServiceMonitor changes".
    """
    unknown = []
    for one in adoptables:
        try:
            yield _judged(one, adopters, adoption_labels)
        except Unknown as told:
            unknown.append((one, told))
    if unknown:
        one, why = unknown[0]
        more = f" (and {len(unknown) - 1} more objects)" if len(unknown) > 1 else ""
        raise Unknown(f"whether {one} is taken is not known: {why.why}{more}", why.at or one.at, why.fix)


def _judged(
    adoptable: Adoptable, adopters: Known[Adopter], adoption_labels: tuple[str, ...]
) -> Finding | Proof:
    kind = adoptable.kind
    takers = [one for one in adopters if one.field(kind)]
    doubtful = None
    for one in takers:
        takes = one.has_as_whole(adoptable.object) or one.takes(adoptable.object)
        if takes:
            at = one.selector_at(kind)
            operands = (Operand("selector", one.field(kind), at=at),)
            return Proof(f"{adoptable} is taken by {one}", operands, about=adoptable.subject)
        doubtful = one if takes is None else doubtful
    if doubtful is not None:
        raise Unknown(
            f"{doubtful} looks into namespaces by their labels, and those of {adoptable.namespace} are not "
            "in evidence",
            doubtful.selector_at(kind),
            f"add the source that has Namespace {adoptable.namespace}",
        )
    if takers:
        if not adopters.complete:
            raise Unknown(adopters.why)
        return _not_taken(adoptable, takers)
    if adoption_labels and kind in OF_METRICS:
        return _by_contract(adoptable, adoption_labels)
    raise Unknown(
        f"no {'Alertmanager' if kind == 'AlertmanagerConfig' else 'Prometheus'} object in evidence",
        None,
        "name its file under evidence.monitors, or the labels that it asks for in adoption-labels",
    )


def _not_taken(adoptable: Adoptable, takers: list[Adopter]) -> Finding:
    told = [_why(adoptable, one) for one in takers]
    why, fix, at = told[0]
    more = f" (and {len(told) - 1} more take it neither)" if len(told) > 1 else ""
    return Finding(
        f"{adoptable} is taken by no {takers[0].object.kind}: {why}{more}",
        at=adoptable.at.at("metadata", "labels") if adoptable.object.labels else adoptable.at.at("metadata"),
        fix=fix,
        operands=(Operand("asked for", takers[0].object.name, at=at),),
        about=adoptable.subject,
        key="not taken",
    )


def _why(adoptable: Adoptable, taker: Adopter) -> tuple[str, str, Location]:
    """What keeps an object from being taken, how to mend it, and where that is asked for."""
    kind, at = adoptable.kind, taker.selector_at(adoptable.kind)
    field = taker.field(kind)
    selector = taker.selector(kind)
    if selector is None:
        return (
            f"{taker} leaves out {field}, which takes nothing",
            f"set {field} of {taker}; {{}} takes all",
            taker.at.at("spec"),
        )
    for key, value in (selector.get("matchLabels") or {}).items():
        has = adoptable.object.labels.get(key)
        if has != str(value):
            return (
                f"{taker} asks for label {key}={value}, and it has {f'{key}={has}' if has else 'none such'}",
                f"label it {key}: {value}",
                at.at("matchLabels", key),
            )
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        if not taker.fulfils(adoptable.object, {"matchExpressions": [expression]}):
            return (
                f"{taker} asks for {_spelled(expression)}, and it has "
                f"{adoptable.object.labels.get(str(expression.get('key')), 'none such')}",
                f"set its label {expression.get('key')}",
                at.at("matchExpressions", index),
            )
    spaces = f"{field.removesuffix('Selector')}NamespaceSelector"
    return (
        f"{taker} does not look into namespace {adoptable.namespace}",
        f"have {spaces} take namespace {adoptable.namespace}",
        taker.at.at("spec", spaces),
    )


def _by_contract(adoptable: Adoptable, asked: tuple[str, ...]) -> Finding | Proof:
    labels = adoptable.object.labels
    missing = [one for one in asked if labels.get(one.partition("=")[0]) != one.partition("=")[2]]
    if not missing:
        return Proof(
            f"{adoptable} has the labels that the platform asks for: {', '.join(asked)}",
            (Operand("labels", len(asked), at=adoptable.at.at("metadata", "labels")),),
            about=adoptable.subject,
        )
    return Finding(
        f"{adoptable} lacks {', '.join(missing)}, which the platform asks for: nothing takes it",
        at=adoptable.at.at("metadata", "labels") if labels else adoptable.at.at("metadata"),
        fix=f"label it {', '.join(missing)}",
        operands=(Operand("labels missing", len(missing), at=adoptable.at.at("metadata"), worse="more"),),
        about=adoptable.subject,
        key="labels",
    )


def _spelled(expression: Mapping[str, Any]) -> str:
    values = ", ".join(map(str, expression.get("values") or ()))
    return f"{expression.get('key')} {expression.get('operator')}" + (f" ({values})" if values else "")
