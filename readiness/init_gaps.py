"""The files that `readiness init --gaps` writes: what the chain from symptom to action lacks, begun.

A runbook for each alert that pages and links to none, burn-rate rules for each objective that nothing
defends, unit tests for each alert that pages and is in none. All of it is made from what the repository says;
what only people know is `TODO`, which the gate does not take for done.
"""

import posixpath
import re
from collections.abc import Iterator

from readiness.burn_rate_rules import rules_of
from readiness.evidence.alert_rules import AlertRule, RecordingRule
from readiness.evidence.burn_alerts import BurnAlerts
from readiness.evidence.delivery import Delivery
from readiness.evidence.documents import RULES
from readiness.evidence.manifests import Workload
from readiness.evidence.objective import Objective
from readiness.evidence.recordings import Recordings
from readiness.evidence.routing import Paging, RoutedAlerts
from readiness.evidence.rule_tests import TestedAlerts
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.slos import Objectives
from readiness.init import NewFile
from readiness.looking import Look, look
from readiness.rule_test_skeleton import skeleton as tests_of
from readiness.runbook_skeleton import Surroundings
from readiness.runbook_skeleton import skeleton as runbook_of
from readiness.tree import Tree

MOST = 50  # files of one sort
RUNBOOKS, RULES_FOLDER = "docs/runbooks", "monitoring/rules"


def gap_files(path: str, policy_tree: Tree | None = None) -> Iterator[NewFile | str]:
    """What to write, and in words what can't be written.

    Raises:
        SourceError, UsageError, ChecklistError: as the gate does.
    """
    seen = look(path, policy_tree)
    told: dict[str, NewFile | str] = {}
    for environment in seen.environments:
        for one in _of_environment(seen, environment):
            told.setdefault(one.path if isinstance(one, NewFile) else one, one)
    yield from told.values()


def _of_environment(seen: Look, environment: str) -> Iterator[NewFile | str]:
    alerts: tuple[AlertRule, ...] = seen.of(AlertRule, environment)
    records: tuple[RecordingRule, ...] = seen.of(RecordingRule, environment)
    paging = next(iter(seen.of(Paging, environment)), None)
    pages = next(iter(seen.of(Runbooks, environment)), None)
    if paging is not None and pages is not None:
        without = [one for one in alerts if paging.pages(one) and pages.of(one) is None and not _always(one)]
        named = {one.name: one.file.path for one in pages.pages}
        for alert in without[:MOST]:
            if alert.name in named:
                yield f"{alert.name}: {named[alert.name]} is there; link it by annotations.runbook_url"
                continue
            text = runbook_of(alert, _around(seen, environment, alert, records, paging.routed))
            yield NewFile(
                f"{_folder(pages)}/{_file_name(alert.name)}.md", text,
                f"the page of {alert.name}; fill in every TODO, and link it by annotations.runbook_url",
            )  # fmt: skip
        if len(without) > MOST:
            yield f"{len(without) - MOST} more alerts that page have no runbook"
    yield from _burn_rates(seen, environment, alerts)
    tested = next(iter(seen.of(TestedAlerts, environment)), None)
    if paging is not None:
        yield from _tests(tested, alerts, records, paging)


def _always(alert: AlertRule) -> bool:
    return alert.expr.replace(" ", "").startswith("vector(")


def _around(
    seen: Look,
    environment: str,
    alert: AlertRule,
    records: tuple[RecordingRule, ...],
    routed: RoutedAlerts | None,
) -> Surroundings:
    receivers = (
        tuple(dict.fromkeys(one.receiver for one in routed.of(alert).reached)) if routed is not None else ()
    )
    owner = alert.labels.get("team") or alert.labels.get("owner") or seen.checklist.service.owner or ""
    return Surroundings(
        workloads=seen.of(Workload, environment), recordings=Recordings(records),
        delivery=next(iter(seen.of(Delivery, environment)), None), owner=owner, receivers=receivers,
    )  # fmt: skip


def _folder(pages: Runbooks) -> str:
    """Where most pages lie; the usual place where there is none."""
    folders: dict[str, int] = {}
    for page in pages.pages:
        if page.file.source == "repository":
            folders[page.file.folder] = folders.get(page.file.folder, 0) + 1
    return max(folders, key=lambda one: (folders[one], one)) if folders else RUNBOOKS


def _burn_rates(seen: Look, environment: str, alerts: tuple[AlertRule, ...]) -> Iterator[NewFile | str]:
    specs = next(iter(seen.of(Objectives, environment)), None)
    burning = next(iter(seen.of(BurnAlerts, environment)), None)
    if specs is None or burning is None:
        return
    folder = _rules_folder(seen)
    for objective in specs.objectives[:MOST]:
        if burning.of(objective) or objective.alerting.page or objective.alerting.ticket:
            continue
        text = rules_of(objective, _labels(objective, alerts))
        if not text:
            yield f"{objective.label}: its expressions are not in evidence, so that no rule can be written"
            continue
        name = re.sub(r"[^a-z0-9]+", "-", objective.label.lower()).strip("-")
        yield NewFile(
            f"{folder}/{name}-burn-rate.rules.yaml", text,
            f"burn-rate alerts for {objective.label}; set severities and labels as your routes ask",
        )  # fmt: skip


def _labels(objective: Objective, alerts: tuple[AlertRule, ...]) -> dict[str, str]:
    """The labels that the service's alerts share, without those that differ."""
    found = {key: value for key, value in objective.labels.items() if key in ("team", "owner", "service")}
    for key in ("team", "owner", "service"):
        values = {one.labels[key] for one in alerts if one.labels.get(key)}
        if len(values) == 1:
            found.setdefault(key, values.pop())
    return found


def _rules_folder(seen: Look) -> str:
    files = [file for file in seen.evaluation.documents.marked(RULES) if file.source == "repository"]
    return files[0].folder if files else RULES_FOLDER


def _tests(
    tested: TestedAlerts | None,
    alerts: tuple[AlertRule, ...],
    records: tuple[RecordingRule, ...],
    paging: Paging,
) -> Iterator[NewFile | str]:
    files: dict[str, list[AlertRule]] = {}
    for alert in alerts:
        if alert.at.source == "repository" and not alert.of_object:
            files.setdefault(alert.at.file, []).append(alert)
    for file, own in list(files.items())[:MOST]:
        recorded = [one for one in records if one.at.file == file and not one.of_object]

        def lacks(alert: AlertRule) -> bool:
            return paging.pages(alert) and (tested is None or not tested.of(alert).at_all)

        made = tests_of(posixpath.basename(file), own, recorded, lacks)
        for name, why in made.left:
            yield f"{name}: no unit test is written: {why}"
        if made.text:
            stem = re.sub(r"(?:\.rules)?\.(?:ya?ml|rules)$", "", file)
            yield NewFile(
                f"{stem}.generated.test.yaml", made.text,
                f"unit tests of {', '.join(made.written[:3])}"
                + (f" and {len(made.written) - 3} more" if len(made.written) > 3 else "")
                + "; run: promtool test rules FILE",
            )  # fmt: skip


def _file_name(alert: str) -> str:
    return re.sub(r"[^\w.-]+", "-", alert).strip("-.") or "alert"
