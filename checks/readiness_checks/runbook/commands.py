"""The commands of a page work as they stand there."""

from collections.abc import Iterator, Mapping

from readiness.api import Finding, Findings, Glob, NotApplicable, Operand, Proof
from readiness.evidence.deployed import INJECTED, Deployed, Place, hashed
from readiness.evidence.manifests import Workload
from readiness.evidence.runbook_commands import NESTED, OC_ONLY, VERBS, Command, RunbookCommands, Target
from readiness.evidence.runbook_links import Runbooks
from readiness.evidence.runbooks import Runbook
from readiness.evidence.shell import ANY, is_wild
from readiness_checks.runbook.names import is_external, nearest
from readiness_checks.runbook.pages import of_this_service

LONGEST = 100  # characters of a command in a message
MOST_NAMED = 5  # containers that a message lists


def commands_real(
    page: Runbook,
    pages: Runbooks,
    commands: RunbookCommands,
    deployed: Deployed,
    *,
    external: tuple[Glob, ...] = (),
) -> Findings:
    """The commands of a runbook name objects, containers and releases that are deployed.

    After a rename the page still has the old name. Whoever pastes the command gets "not found" in the
    middle of an outage, and looks for a fault that is none.

    Settings:
        external: names of objects, releases and namespaces that come from elsewhere.

    Silent on:
        words that the reader fills in: <pod>, $POD, {{ pod }}, POD_NAME, my-pod;
        namespaces of other people, of which no manifest has an object;
        kinds that often come from elsewhere, such as Secret and Node;
        names that controllers and operators make of an object that is there;
        names without a namespace that are like none here, and containers that a mesh adds.

    Severity: error warning note note

    Source:
        Kubernetes documentation, "kubectl reference"; Google SRE book, chapter 11, playbooks.
    """
    of_this_service(page, pages)
    found = commands.of(page)
    if not found:
        raise NotApplicable(f"{page.file.path} has no command of kubectl, oc, helm or argocd")
    seen: set[str] = set()
    there: dict[str, Place] = {}
    for command in found:
        for finding in (
            *_of_verb(command),
            *_of_namespace(command, deployed, external),
            *_of_targets(command, deployed, external, there),
            *_of_selector(command, deployed, external, there),
            *_of_container(command, deployed),
            *_of_release(command, deployed, external),
            *_of_section(command),
        ):
            if finding.key not in seen:
                seen.add(finding.key)
                yield finding
    if not seen:
        if not there:
            raise NotApplicable(
                f"{page.file.path} names nothing in its {len(found)} commands that could be held"
            )
        yield Proof(
            f"{page.file.path}: what its {len(found)} commands name is there: {', '.join(sorted(there))}",
            tuple(
                Operand(name, place.namespace or "no namespace", at=place.at) for name, place in there.items()
            ),
        )


def _of_verb(command: Command) -> Iterator[Finding]:
    """A word that the program does not have."""
    if command.program not in ("kubectl", "oc") or not command.verb or is_wild(command.verb):
        return
    verb, _, second = command.verb.partition(" ")
    known = NESTED.get(verb, frozenset())
    if second and known and second not in known and not is_wild(second):
        yield _wrong(command, f"{verb} {second}", f"{command.program} {verb} has no {second}", known)
    elif command.program == "kubectl" and verb in OC_ONLY:
        yield _wrong(command, verb, f"kubectl has no {verb}; oc has it", ())
    elif verb not in VERBS and nearest(verb, VERBS):
        yield _wrong(command, verb, f"{command.program} has no {verb}", VERBS)


def _wrong(command: Command, word: str, said: str, known: frozenset[str] | tuple[str, ...]) -> Finding:
    near = nearest(word.rpartition(" ")[2], known)
    return Finding(
        f"{command.at.file} runs `{_short(command)}`, and {said}"
        + (f"; the nearest is {near}" if near else ""),
        at=command.at,
        fix=f"write {near} in place of {word}" if near else f"replace {word}",
        key=f"verb {word}",
        at_most="warning",
    )


def _of_namespace(command: Command, deployed: Deployed, external: tuple[str, ...]) -> Iterator[Finding]:
    """A slip of a namespace that is there."""
    namespace = command.namespace
    if namespace == ANY or is_external(namespace, external):
        return
    near = deployed.nearest_namespace(namespace)
    if near:
        yield Finding(
            f"{command.at.file} runs `{_short(command)}`, and no manifest has an object in {namespace}; "
            f"there is {near}",
            at=command.at,
            fix=f"write -n {near}",
            operands=(Operand("namespace", near, at=deployed.namespaces[near]),),
            key=f"namespace {namespace}",
            at_most="warning",
        )


def _of_targets(
    command: Command, deployed: Deployed, external: tuple[str, ...], there: dict[str, Place]
) -> Iterator[Finding]:
    """Objects by their name."""
    namespace = "" if command.namespace == ANY else command.namespace
    if is_external(namespace, external) or deployed.nearest_namespace(namespace):
        return
    for target in command.targets:
        if is_external(target.name, external):
            continue
        answer = deployed.look_up(target.kind, target.name, namespace)
        if hashed(*target):
            yield _stale(command, target)
        elif answer.status == "there" and answer.place is not None:
            there[str(target)] = answer.place
        elif answer.status == "elsewhere" and answer.place is not None:
            yield Finding(
                f"{command.at.file} looks for {target} in {namespace}; it is in {answer.place.namespace}",
                at=command.at,
                fix=f"write -n {answer.place.namespace}",
                operands=(Operand(str(target), answer.place.namespace, at=answer.place.at),),
                key=f"{target} in {namespace}",
            )
        elif answer.status == "absent":
            yield _absent(command, target, answer.place, bool(namespace))


def _stale(command: Command, target: Target) -> Finding:
    return Finding(
        f"{command.at.file} names {target}, a pod of the day on which it was written",
        at=command.at,
        fix="write <pod> in its place, or the workload: deployment/NAME",
        key=f"{target}",
        at_most="warning",
    )


def _absent(command: Command, target: Target, near: Place | None, certain: bool) -> Finding:
    where = f" in {command.namespace}" if command.namespace not in ("", ANY) else ""
    hint = f"; the nearest is {near.kind} {near.name}" if near is not None else ""
    return Finding(
        f"{command.at.file} runs `{_short(command)}`, and no manifest has a {target}{where}{hint}",
        at=command.at,
        fix=f"write {near.name} in place of {target.name}"
        if near is not None
        else f"write the name of today, or list {target.name} under external",
        operands=(Operand("nearest", near.name, at=near.at),) if near is not None else (),
        key=f"{target}",
        at_most=None if near is not None and certain else "warning",
    )


def _of_selector(
    command: Command, deployed: Deployed, external: tuple[str, ...], there: dict[str, Place]
) -> Iterator[Finding]:
    """Labels that pods are looked for by."""
    labels = _labels_of(command)
    namespace = "" if command.namespace == ANY else command.namespace
    if not labels or command.kind != "Pod" or is_external(namespace, external) or not deployed:
        return
    selected = deployed.selected(labels, namespace)
    for one in selected:
        there[f"{one.kind} {one.name}"] = Place(one.kind, one.name, one.namespace, one.at)
    if selected or any(is_external(value, external) for value in labels.values()):
        return
    near = deployed.nearest_labels(labels, namespace)
    if near is not None:
        workload, key, value = near
        yield Finding(
            f"{command.at.file} looks for pods with {command.selector}, and no manifest makes one; "
            f"those of {workload.name} have {key}={value}",
            at=command.at,
            fix=f"write -l {key}={value}",
            operands=(Operand(key, value, at=workload.pod_at.at("metadata", "labels", key)),),
            key=f"selector {command.selector}",
            at_most=None if namespace else "warning",
        )


def _labels_of(command: Command) -> Mapping[str, str]:
    """The labels of a selector of plain equalities, all written out; none of another one."""
    found: dict[str, str] = {}
    for part in command.selector.split(","):
        key, equals, value = part.partition("=")
        value = value.removeprefix("=")
        if not equals or key.endswith("!") or not value or is_wild(value) or ANY in key:
            return {}
        found[key.strip()] = value.strip()
    return found


def _of_container(command: Command, deployed: Deployed) -> Iterator[Finding]:
    """A container of the pods that are meant."""
    wanted = command.container
    if not wanted or wanted == ANY or wanted in INJECTED or command.kind != "Pod":
        return
    meant = {one: [container.name for container in one.all_containers] for one in _meant(command, deployed)}
    if not meant or any(wanted in names or not names for names in meant.values()):
        return
    workload, names = next(iter(meant.items()))
    listed = ", ".join(names[:MOST_NAMED])
    near = nearest(wanted, names) or (names[0] if len(names) == 1 else "")
    yield Finding(
        f"{command.at.file} asks for container {wanted} of {workload.name}, which has {listed}",
        at=command.at,
        fix=f"write -c {near}" if near else f"write -c with one of {listed}",
        operands=(Operand("containers", listed, at=workload.pod_at.at("spec")),),
        key=f"container {wanted} of {workload.name}",
    )


def _meant(command: Command, deployed: Deployed) -> list[Workload]:
    namespace = "" if command.namespace == ANY else command.namespace
    if command.targets:
        return deployed.workloads(command.targets[0].kind, command.targets[0].name, namespace)
    labels = _labels_of(command)
    return deployed.selected(labels, namespace) if labels else []


def _of_release(command: Command, deployed: Deployed, external: tuple[str, ...]) -> Iterator[Finding]:
    """A release of Helm, where every chart's is given by name."""
    release = command.release
    if not release or release == ANY or not deployed.releases_complete or release in deployed.releases:
        return
    near = nearest(release, tuple(deployed.releases))
    if near and not is_external(release, external):
        yield Finding(
            f"{command.at.file} runs `{_short(command)}`, and no environment has a release {release}; "
            f"the nearest is {near}",
            at=command.at,
            fix=f"write {near} in place of {release}",
            operands=(Operand("release", near, at=deployed.releases[near]),),
            key=f"release {release}",
        )


def _of_section(command: Command) -> Iterator[Finding]:
    """Something that ends what runs, where the reader only looks."""
    if command.destroys and command.section == {"diagnosis"}:
        yield Finding(
            f"{command.at.file} runs `{_short(command)}` in a section that is about looking",
            at=command.at,
            fix="move it to the section about mitigation, and say there what it ends",
            key=f"destroys {command.text}",
            at_most="warning",
        )


def _short(command: Command) -> str:
    text = command.text.replace(ANY, "…")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
