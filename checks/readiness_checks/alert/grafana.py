"""Alerts that Grafana itself evaluates reach somebody."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.grafana_alerts import DEFAULT, EXPRESSIONS, ContactPoint, GrafanaAlerting, GrafanaRule
from readiness.evidence.grafana_provisioning import DataSources

MOST = 100  # findings and proofs of one sort: a report of more helps nobody


def grafana_chain(
    rules: tuple[GrafanaRule, ...], alerting: GrafanaAlerting, sources: DataSources
) -> Findings:
    """Every rule of Grafana can be evaluated, and its alerts end at an address that is real.

    Grafana starts with a contact point that writes to an address in angle brackets, and a tree that sends
    everything there. A rule whose data source or condition is not there is in error, which fires another
    alert to the same place.

    A rule that says nothing of missing data is a note: NoData then fires an alert of its own, which wakes
    somebody for a series that ended.

    Silent on:
        contact points and policies that are not in the evidence, since they may be made by hand;
        rules that may reach a real contact point by labels of their series;
        data sources where none is provisioned, and those that are named by a variable;
        addresses that a variable or a file fills in.

    Severity: error warning note note

    Source:
        Grafana, "Use configuration files to provision alerting resources", "Notification policies", "No data
        and error states".
    """
    if not rules and not alerting.contact_points and not alerting.trees:
        raise NotApplicable(f"no alerting of Grafana is in the evidence; looked for {GrafanaRule.looked_for}")
    used = {policy.receiver for policy in alerting.policies()} | {rule.receiver for rule in rules}
    for point in list(alerting.contact_points.values())[:MOST]:
        yield from _contact_point(point, used)
    yield from _not_defined(alerting)
    for rule in rules[:MOST]:
        wrong = [*_evaluated(rule, sources), *_silent(rule)]
        ends, nowhere = _ends(rule, alerting)
        wrong += nowhere
        yield from wrong
        if not any(one.at_most is None for one in wrong):
            where = f" and reaches {', '.join(ends)}" if ends else ""
            yield Proof(
                f"{rule.name} asks {len(rule.queries)} queries{where}",
                tuple(Operand("contact point", name, at=alerting.contact_points[name].at) for name in ends),
                at=rule.at,
                about=rule.subject,
            )


def _contact_point(point: ContactPoint, used: set[str]) -> Iterator[Finding | Proof]:
    for one in point.placeholders:
        yield Finding(
            f"contact point {point.name} has {one.shown} as its {one.field}: {one.why}",
            at=one.at,
            fix=f"write the real {one.field}, or take it from a variable",
            operands=(Operand(one.field, one.shown, at=one.at),),
            key=f"{point.name} {one.field}",
            at_most=None if point.name in used else "warning",
        )
    if not point.kinds:
        yield Finding(
            f"contact point {point.name} has 0 receivers: what reaches it reaches nobody",
            at=point.at,
            fix=f"add a receiver to contact point {point.name}",
            key=f"{point.name} empty",
        )
    elif not point.placeholders:
        yield Proof(
            f"contact point {point.name} sends by {', '.join(dict.fromkeys(point.kinds))}", at=point.at
        )


def _not_defined(alerting: GrafanaAlerting) -> Iterator[Finding]:
    """Policies that name a contact point which nobody provisions, where some are provisioned."""
    known = alerting.contact_points
    said: set[str] = set()
    for policy in alerting.policies() if known else ():
        name = policy.receiver
        if name in known or name in said or "$" in name:
            continue
        said.add(name)
        listed = ", ".join(list(known)[:5])
        yield Finding(
            f"a notification policy sends to {name}, "
            + ("which is Grafana's default" if name == DEFAULT else "0 contact points are called so")
            + f"; there are {listed}",
            at=policy.at,
            fix=f"write one of {listed}, or add contact point {name}",
            operands=(
                Operand("contact point named", name, at=policy.at),
                Operand("contact points", listed, at=next(iter(known.values())).at),
            ),
            key=f"policy {name}",
            at_most="warning",
        )


def _ends(rule: GrafanaRule, alerting: GrafanaAlerting) -> tuple[list[str], list[Finding]]:
    """The good contact points that a rule can reach; a finding where there is none of them."""
    if rule.receiver:
        reached = frozenset({rule.receiver})
    elif alerting.tree is not None:
        reached, _ = alerting.tree.reached(rule.labels)
    else:
        return [], []
    known = [alerting.contact_points[name] for name in sorted(reached) if name in alerting.contact_points]
    good = [one.name for one in known if one.kinds and not one.placeholders]
    bad = [one.name for one in known if one.name not in good]
    if good or len(known) < len(reached - {DEFAULT}):
        return good, []
    names = ", ".join(bad) or DEFAULT
    return [], [
        Finding(
            f"{rule.name} reaches {names} only, and 0 of its addresses are real",
            at=rule.place("labels"),
            fix="give it labels that a policy with a real contact point matches, or mend the contact point",
            operands=tuple(Operand("contact point", one.name, at=one.at) for one in known),
            about=rule.subject,
            key="nobody",
            at_most=None if known else "warning",
        )
    ]


def _evaluated(rule: GrafanaRule, sources: DataSources) -> Iterator[Finding]:
    """Why Grafana can't evaluate a rule."""
    condition = rule.body.get("condition")
    ids = [str(one.get("refId")) for one in rule.data]
    if condition is None or str(condition) not in ids:
        yield Finding(
            f"{rule.name} has condition {condition or 'none'}, its data has {', '.join(ids) or 'nothing'}",
            at=rule.place("condition") if condition is not None else rule.at,
            fix=f"write one of {', '.join(ids)}" if ids else "add data with a query and an expression",
            about=rule.subject,
            key="condition",
        )
    for index, one in enumerate(rule.data):
        uid = one.get("datasourceUid")
        if not isinstance(uid, str) or uid in EXPRESSIONS or "$" in uid:
            continue
        if sources.by_name and uid not in sources.by_name:
            known = ", ".join(list(sources.by_name)[:5])
            yield Finding(
                f"{rule.name} asks data source {uid}, Grafana is provisioned with {known}",
                at=rule.place("data", index, "datasourceUid"),
                fix=f"write the uid of one of {known}",
                operands=(Operand("data source asked", uid, at=rule.place("data", index)),),
                about=rule.subject,
                key=f"source {uid}",
                at_most="warning",
            )


def _silent(rule: GrafanaRule) -> Iterator[Finding]:
    """When a rule says nothing though it can't know."""
    if rule.body.get("isPaused") is True:
        yield Finding(
            f"{rule.name} is paused: it is never evaluated",
            at=rule.place("isPaused"),
            fix="remove isPaused, or the rule",
            about=rule.subject,
            key="paused",
            at_most="warning",
        )
    failing = str(rule.body.get("execErrState") or "")
    if failing.lower() == "ok":
        yield Finding(
            f"{rule.name} is {failing} while its query fails (execErrState): an outage is silent",
            at=rule.place("execErrState"),
            fix="set execErrState to Error",
            about=rule.subject,
            key="error",
            at_most="warning",
        )
    if rule.body.get("noDataState") is None:
        yield Finding(
            f"{rule.name} has no noDataState: the default NoData fires an alert of its own",
            at=rule.at,
            fix="set noDataState to Alerting for a series that is always there, else to OK",
            about=rule.subject,
            key="no data",
            at_most="note",
        )
