"""The way back that a page tells is one that the way of delivery allows."""

import re
from collections.abc import Iterator

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.delivery import Controller, Delivery
from readiness.evidence.runbook_commands import Command, RunbookCommands
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.runbooks import Runbook
from readiness_checks.runbook.pages import of_this_service

UNDONE = ("Deployment", "DaemonSet", "StatefulSet", "DeploymentConfig")  # what kubectl rollout undo knows
BACK = {"kubectl": ("rollout undo",), "oc": ("rollout undo", "rollback"), "helm": ("rollback",),
        "argocd": ("app rollback",)}  # fmt: skip
CONTROLLERS = ("Application", "applicationset", "kustomization", "helmrelease")
# a sentence that tells to stop the controller first
_STOPPED = (
    r"(?i)\b(?:disabl\w+|suspend\w*|paus\w+|turn\w* off|switch\w* off|stop\w*)\b.{0,60}"
    r"\b(?:sync\w*|reconcil\w+|self-?heal\w*|argo\w*|flux)\b"
)


def rollback_matches_deploy(
    page: Runbook, pages: Runbooks, commands: RunbookCommands, delivery: Delivery
) -> Findings:
    """The way back that a runbook tells works with the way in which the service is delivered.

    A controller that heals drift undoes an undo within seconds, and the bad release is back while its
    reader watches the graph for an effect.

    Silent on:
        a page that stops the controller first, by a command or in words;
        Argo CD that syncs by itself without selfHeal: an undo by kubectl lasts until the next commit;
        suspended Flux objects;
        controllers of other namespaces and other services.

    Severity: error warning note note

    Source:
        Argo CD documentation, "Automated Sync Policy", semantics; Flux documentation, "Kustomizations";
        kubectl reference, "rollout undo".
    """
    of_this_service(page, pages)
    found = commands.of(page)
    back = [one for one in found if one.verb in BACK.get(one.program, ())]
    if not back:
        raise NotApplicable(f"{page.file.path} goes back by no command")
    stopped = any(map(_stops, found)) or any(re.search(_STOPPED, one.prose) for one in page.page.sections)
    wrong: set[str] = set()
    for command in back:
        for finding in (
            *_of_kind(command),
            *_of_controllers(command, delivery, stopped),
            *_of_helm(command, delivery),
        ):
            if finding.key not in wrong:
                wrong.add(finding.key)
                yield finding
    if wrong:
        return
    how = _how(delivery)
    if not how:
        raise NotApplicable("no source tells how the service is delivered")
    ways = dict.fromkeys(f"{one.program} {one.verb}" for one in back)
    yield Proof(
        f"{page.file.path} goes back with {', '.join(ways)}, and {how[0].name} delivers",
        (*how, Operand("way back", back[0].text, at=back[0].at)),
    )


def _of_kind(command: Command) -> Iterator[Finding]:
    """An undo of something that keeps no revisions."""
    for target in command.targets if command.verb == "rollout undo" else ():
        if target.kind[:1].isupper() and target.kind not in UNDONE:
            other = (
                f"kubectl argo rollouts undo {target.name}"
                if target.kind == "Rollout"
                else "the former manifest"
            )
            yield Finding(
                f"{command.at.file} goes back with `{command.text}`, and kubectl can't undo a {target.kind}",
                at=command.at,
                fix=f"use {other}",
                key=f"{target}",
            )


def _of_controllers(command: Command, delivery: Delivery, stopped: bool) -> Iterator[Finding]:
    if stopped:
        return
    for one in delivery.controllers:
        said = _against(command, one)
        if said:
            why, mend, certain = said
            yield Finding(
                f"{command.at.file} goes back with `{command.text}`, and {one} {why}",
                at=command.at,
                fix=mend,
                operands=(Operand("delivered by", str(one), at=one.at),),
                key=f"{command.program} {command.verb} {one}",
                at_most=None if certain else "warning",
            )


def _against(command: Command, one: Controller) -> tuple[str, str, bool] | None:
    """What a controller does against a way back, how to mend it, and whether it is sure to."""
    name = one.name or "NAME"
    if one.argo:
        stop = f"argocd app set {name} --sync-policy none"
        if command.program == "helm":
            return (
                "keeps no release of Helm to go back to",
                "revert the commit, or use argocd app rollback",
                True,
            )
        if command.program == "argocd" and one.automated:
            return (
                "refuses a rollback while it syncs by itself",
                f"run {stop} first, or revert the commit",
                True,
            )
        if command.program in ("kubectl", "oc") and one.heals:
            return ("heals itself: the bad release is back within seconds",
                    f"revert the commit, or run {stop} first", True)  # fmt: skip
        return None
    stop = f"flux suspend {one.by.lower()} {name}"
    if command.program in ("kubectl", "oc") and one.heals:
        return (
            "applies the repository again within its interval",
            f"revert the commit, or run {stop} first",
            True,
        )
    if command.program == "helm" and one.automated:
        return ("upgrades again at its next reconciliation", f"revert the commit, or run {stop} first", False)
    return None


def _of_helm(command: Command, delivery: Delivery) -> Iterator[Finding]:
    """Helm, where a pipeline applies manifests and nothing says that Helm does."""
    if command.program != "helm" or delivery.helm is not None or delivery.controllers or not delivery.kubectl:
        return
    yield Finding(
        f"{command.at.file} goes back with `{command.text}`, and {delivery.kubectl.file} applies manifests "
        "with kubectl: no source has a chart",
        at=command.at,
        fix="go back with kubectl rollout undo, or release the former manifests",
        operands=(Operand("delivered by", "kubectl", at=delivery.kubectl),),
        key=f"helm {command.release}",
        at_most="warning",
    )


def _stops(command: Command) -> bool:
    """Whether a command stops the controller."""
    if command.program == "flux":
        return command.verb.startswith("suspend")
    if command.program == "argocd":
        return command.verb == "app set" and (
            command.options.get("--sync-policy") in ("none", "manual")
            or command.options.get("--self-heal") == "false"
        )
    return command.verb in ("patch", "edit") and command.kind in CONTROLLERS


def _how(delivery: Delivery) -> tuple[Operand, ...]:
    found = [Operand(str(one), "controller", at=one.at) for one in delivery.controllers]
    if delivery.kubectl is not None:
        found.append(Operand("a pipeline with kubectl", "pipeline", at=delivery.kubectl))
    if delivery.helm is not None:
        found.append(Operand("Helm", "chart", at=delivery.helm))
    return tuple(found)
