"""What happens to the service when something that it needs is away."""

import re
from fnmatch import fnmatchcase

from readiness.api import Finding, Findings, Glob, Known, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.called_hosts import CalledHost, CalledHosts
from readiness.evidence.context import Environment, ServiceCard
from readiness.evidence.dependencies import Dependencies
from readiness.evidence.runbooks import Runbook

# Words by which an alert or a page speaks of something of a kind; "" for what has no kind that is known.
WORDS = {
    "database": r"postgres|mysql|mariadb|database|\bdb\b|_db_|jdbc|hikari|\bsql|pool",
    "broker": r"queue|rabbit|amqp|kafka|broker|topic|consumer|\blag\b|_lag|messag|outbox",
    "cache": r"cache|redis|valkey|memcache",
    "": r"client_requests|client_request_duration|upstream|outbound|circuit|resilience4j|rpc_client",
}


def failure_mode(
    called: CalledHosts,
    declared: Dependencies,
    alerts: Known[AlertRule],
    runbooks: Known[Runbook],
    service: ServiceCard,
    environment: Environment,
    *,
    soft: tuple[Glob, ...] = (),
) -> Findings:
    """An alert shows when something that the service calls is away, and a runbook says what to do then.

    Most outages come from what a service depends on. Without an alert that names it the search begins at the
    service, where nothing is wrong; without a page nobody knows whom to call and what to switch off.

    Settings:
        soft: hosts that the service does without, such as `mail.*`.

    Silent on:
        alerts and pages that speak of a kind of thing, as `database` or `queue`, and not of the host;
        timeouts and retries: they stand in code that is not read here;
        dependencies that the register of them calls soft, and says what happens without them;
        hosts of telemetry, of the node, and of the service's own manifests;
        environments that are not production.

    Severity: warning warning note note

    Source:
        Google SRE book, chapter 22, "Addressing Cascading Failures"; AWS Well-Architected, "Operational
        Readiness Reviews", dependencies.
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is not production")
    without = [one.name for one in declared.found if not one.hard and one.fallback]
    hosts = [
        one
        for one in called.called
        if not any(fnmatchcase(one.host, glob) for glob in soft) and not any(map(one.is_called, without))
    ]
    if not hosts:
        raise NotApplicable("no address of a service that is needed stands in env or ConfigMaps")
    if not len(alerts) and not len(runbooks):
        raise NotApplicable("there is no alert and no runbook that could speak of what is called")
    told_by_alerts = [_of_alert(alert) for alert in alerts]
    told_by_pages = [_of_page(page) for page in runbooks]
    unknown = ""
    for one in hosts:
        speaks = _words(one)
        number = [sum(map(bool, map(speaks.search, texts))) for texts in (told_by_alerts, told_by_pages)]
        missing = [what for what, count in zip(("alert", "runbook"), number, strict=True) if not count]
        hidden = [
            what
            for what, known in (("alert", alerts), ("runbook", runbooks))
            if what in missing and not (known.complete and len(known))
        ]
        operands = (
            Operand(f"host in {one.variable}", one.host, at=one.at),
            Operand("alerts that speak of it", number[0], f"of {len(alerts)}", worse="less"),
            Operand("runbooks that speak of it", number[1], f"of {len(runbooks)}", worse="less"),
        )
        if hidden:
            unknown = unknown or f"{hidden[0]}s aren't all in evidence, and none here speaks of {one.host}"
        elif missing:
            yield Finding(
                f"{one.workload} calls {one.host}, and no {' and no '.join(missing)} speaks of it:"
                f" {len(alerts)} alerts and {len(runbooks)} runbooks are here",
                at=one.at,
                fix="add what is missing for when it is slow or away, or name it in the setting soft",
                operands=operands,
                about=service.subject,
                key=one.host,
            )
        else:
            yield Proof(
                f"{number[0]} alerts and {number[1]} runbooks speak of {one.host}",
                operands,
                at=one.at,
                about=service.subject,
            )
    if unknown:
        raise Unknown(unknown, hosts[0].at, "add the alert rules and runbooks as a source")


def _words(one: CalledHost) -> re.Pattern[str]:
    words = (re.escape(one.name), re.escape(one.host), WORDS[one.technology])
    return re.compile("|".join(words), re.IGNORECASE)


def _of_alert(alert: AlertRule) -> str:
    """All that an alert says; its name in words, so that `OrdersDatabaseDown` speaks of a database."""
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", alert.name)
    return " ".join((spelled, alert.expr, *alert.annotations.values()))


def _of_page(page: Runbook) -> str:
    parts = ((one.title, one.prose, *(code.text for code in one.code)) for one in page.page.sections)
    return "\n".join(text for part in parts for text in part)
