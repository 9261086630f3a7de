"""An alert says how severe it is."""

from readiness.api import Finding, Findings, Proof, Text
from readiness.evidence.alert_rules import TEMPLATE, AlertRule
from readiness.evidence.routing import Severities
from readiness.outcome import Operand

CONVENTION = 3  # alerts that share a word make it one


def severity_label(alert: AlertRule, known: Severities, *, severities: tuple[Text, ...] = ()) -> Findings:
    """An alert says how severe it is, in a word that routing knows.

    Routes and inhibitions go by the severity. An alert without one, or with a
    word that nobody else uses, falls through to the default receiver.

    Settings:
        severities: words beside those that routes and inhibitions mention, critical, warning, info, none,
            page and ticket.

    Silent on:
        an alert name with several severities;
        a word of one's own that three or more alerts share, since that is a convention;
        a word of one's own that is no slip of a known one, where no routing is in evidence.

    Severity: error error warning note

    Source:
        Alertmanager documentation, "Configuration", matchers; Prometheus documentation, "Alerting".
    """
    at = alert.at.at("labels", "severity")
    word = alert.severity
    if not word:
        yield Finding(
            f"{alert.name} has no severity label",
            at=at,
            fix="add labels.severity, such as critical or warning",
        )
        return
    if TEMPLATE.search(word):
        yield Finding(
            f"{alert.name} has a template as its severity: the alert changes its identity with it",
            at=at,
            fix="write two rules, each with one severity",
            at_most="warning",
        )
        return
    shared = known.used_by(word)
    if known.mention(word) or word in severities or shared >= CONVENTION:
        yield Proof(f"{alert.name} has severity {word}", (Operand("severity", word, at=at),))
        return
    near = known.nearest(word, severities)
    if near:
        yield Finding(
            f"{alert.name} has severity {word}, which nothing else mentions; did you mean {near}?",
            at=at,
            fix=f"set labels.severity to {near}, or name {word} in the setting severities",
            at_most=None if known.known else "warning",
        )
    elif not known.known:
        yield Proof(f"{alert.name} has severity {word}", (Operand("severity", word, at=at),))
    else:
        yield Finding(
            f"{alert.name} has severity {word}, which no route and no inhibition mentions",
            at=at,
            fix=f"route it, or name {word} in the setting severities",
            at_most="warning",
        )
