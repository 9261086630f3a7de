"""What is judged could be read, and what asks not to be judged can be followed."""

import fnmatch
import re
from collections.abc import Iterable, Iterator

from readiness.api import Finding, Findings, Location, NotApplicable, Operand, Proof, Subject
from readiness.evidence.context import CheckNames
from readiness.evidence.documents import NOT_DEPLOYED
from readiness.evidence.inventory import AS_IT_IS, UNREAD, Inventory
from readiness.evidence.suppressions import HAVE_REASONS, Request, Suppressions
from readiness.known import Unreadable


def readable(inventory: Inventory) -> Findings:
    """Every file that holds evidence can be read, and every environment can be rendered.

    What can't be read holds back an unknown number of defects: every check that it could have told
    something is unknown. The cluster, Prometheus or Alertmanager refuses such a file as well, often
    only when it is applied. A key that stands twice is no error to them: the last one counts, and
    what the first one says is silently lost.

    Silent on:
        files inside charts, which are templates until they are rendered;
        files that nothing marks as evidence: other programs have YAML dialects of their own.

    Severity: error error error error

    Source:
        YAML 1.2.2, 3.2.1.3, Node Comparison: the keys of a mapping are unique.
    """
    if not inventory.files:
        raise NotApplicable(
            "no file is evidence; looked for Kubernetes objects, rules, routing and scrape jobs"
        )
    needed, others = _held_back(inventory)
    for broken in inventory.broken:
        yield _broken(broken, inventory, needed.get(broken.at, ()))
    yield from _not_rendered(others)
    yield from _twice(inventory)
    documents, files_read = inventory.documents, len(inventory.files) - len(inventory.broken)
    yield Proof(
        f"{documents} documents of {files_read} files were read",
        operands=(
            Operand("documents", documents),
            Operand("files read", files_read, worse="less"),
            Operand("files that are evidence", len(inventory.files)),
        ),
    )


def _broken(broken: Unreadable, inventory: Inventory, needed: tuple[str, ...]) -> Finding:
    """One file that can't be read, and the environments that it holds back where it holds objects alone.

    Milder where nobody says that it is used as it stands: it belongs to no environment, it lies among
    tests or among files of other services, or it is a template and its environment was only found.
    """
    file = broken.at.file
    named = inventory.names(broken.at)
    used = bool(needed) or named or bool(broken.kinds & AS_IT_IS)
    aside = not needed and not named and not NOT_DEPLOYED.isdisjoint(file.split("/")[:-1])
    template = "{{ }}" in broken.why and not named
    mild = not used or aside or template or (inventory.of_others(broken.at) and not needed)
    objects = bool(broken.kinds) and not broken.kinds & (AS_IT_IS | UNREAD)
    place = f"{file}:{broken.at.line}" if broken.at.line else file
    return Finding(
        f"{file} can't be read: {broken.why}",
        at=broken.at,
        fix=broken.fix or f"mend {place}",
        operands=tuple(Operand("needed by", name) for name in needed[:1]),
        about=Subject("File", "", file),
        key="unreadable",
        at_most="warning" if mild else None,
        environments=needed if objects else (),
    )


def _held_back(
    inventory: Inventory,
) -> tuple[dict[Location, tuple[str, ...]], list[tuple[str, Unreadable]]]:
    """Broken files with the environments that need each, and what no broken file explains."""
    by_file = {(one.at.source, one.at.file): one.at for one in inventory.broken}
    by_name: dict[str, list[Location]] = {}
    for one in inventory.broken:
        by_name.setdefault(one.at.file.rpartition("/")[2], []).append(one.at)
    needed: dict[Location, dict[str, None]] = {}
    others: list[tuple[str, Unreadable]] = []
    for environment, entry in inventory.lost:
        exact = by_file.get((entry.at.source, entry.at.file))
        words = set(re.findall(r"[\w.-]+", entry.why))  # kustomize names the file that it stumbles over
        causes = [exact] if exact is not None else [at for word in words for at in by_name.get(word, ())]
        for at in causes:
            needed.setdefault(at, {})[environment] = None
        if not causes:
            others.append((environment, entry))
    return {at: tuple(names) for at, names in needed.items()}, others


def _not_rendered(others: list[tuple[str, Unreadable]]) -> Iterator[Finding]:
    """Charts and kustomizations that give no objects: one finding for a cause, however many share it."""
    by_cause: dict[str, list[tuple[str, Unreadable]]] = {}
    for environment, entry in others:
        by_cause.setdefault(entry.why, []).append((environment, entry))
    for why, lost in by_cause.items():
        first = lost[0][1]
        places = list(dict.fromkeys(entry.at.file for _, entry in lost))
        names = tuple(dict.fromkeys(name for name, _ in lost))
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield Finding(
            f"{places[0]}{more} can't be rendered: {why.removeprefix(f'{places[0]}: ')}",
            at=first.at,
            fix=first.fix or f"make {places[0]} renderable",
            operands=tuple(Operand("needed by", name) for name in names),
            about=Subject("File", "", places[0]),
            key="not rendered",
            environments=names,
        )


def _twice(inventory: Inventory) -> Iterator[Finding]:
    """Keys that stand twice in one mapping."""
    seen: dict[tuple[str, str], int] = {}
    for file, duplicate in inventory.duplicates:
        keys = _dotted(duplicate.keys)
        again = seen[file.path, keys] = seen.get((file.path, keys), 0) + 1
        first = file.at._replace(document=duplicate.document, line=duplicate.first_line)
        last = file.at._replace(document=duplicate.document, line=duplicate.line)
        yield Finding(
            f"{file.path} has {keys} twice, in lines {duplicate.first_line} and {duplicate.line}:"
            " the last one counts",
            at=last,
            fix=f"remove line {duplicate.first_line} or {duplicate.line} of {file.path}",
            operands=(_line("first", duplicate.first_line, first), _line("counts", duplicate.line, last)),
            about=Subject("File", "", file.path),
            key=f"twice {duplicate.document} {keys} {again}",
            at_most="warning",
        )


def _line(name: str, number: int, at: Location) -> Operand:
    return Operand(name, number, "line", at)


def _dotted(keys: Iterable[str | int]) -> str:
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return words.removeprefix(".")


def suppression_known(suppressions: Suppressions, names: CheckNames) -> Findings:
    """Every annotation that asks a linter not to tell something names a check that it has, and says why.

    One with a misspelt or a dropped name hides nothing: whoever wrote it believes that a defect was looked
    at and accepted, and the linter goes on telling it, or somebody switched the whole linter off since. One
    without a reason is never taken away again, because nobody knows what it was for.

    Silent on:
        checks that Checkov has for other kinds of files, such as CKV_DOCKER_2;
        reasons of kube-score and Polaris, whose annotations have no place for one.

    Severity: warning warning note note

    Source:
        kube-linter, "Ignoring violations"; kube-score, README "Ignoring a test"; Polaris, "Exemptions";
        Checkov, "Suppressing and skipping policies".
    """
    if not suppressions.requests:
        raise NotApplicable("no annotation asks a linter not to tell something")
    seen: dict[tuple[str, ...], int] = {}
    for request in suppressions.requests:
        again = seen[request.identity] = seen.get(request.identity, 0) + 1
        finding = _wrong(request, suppressions, names)
        if finding is not None:
            key = " ".join((request.key, request.name, request.part, str(again)))
            yield finding._replace(at=request.at, about=request.subject, key=key)
    count = len(suppressions.requests)
    yield Proof(f"{count} requests not to tell something were read", (Operand("requests", count),))


def _wrong(request: Request, suppressions: Suppressions, names: CheckNames) -> Finding | None:
    """What is wrong with one request; nothing where it can be followed and says why."""
    who = f"{request.subject.kind} {request.subject.name}"
    if request.wrong:
        return Finding(f"{who}: {request.key} {request.name} can't be followed: {request.wrong}",
                       fix=f"write it so, or remove {request.key}")  # fmt: skip
    if request.no_check_of_objects:
        return None
    known = tuple(names.of(request.tool))
    if not names.answering(request.tool, request.name):
        from difflib import get_close_matches

        near = get_close_matches(request.name, known, 1, 0.6)
        hint = f"; the nearest is {near[0]}" if near else ""
        fix = f"write {near[0]}, or remove it" if near else f"remove {request.key}"
        return Finding(f"{who}: {request.key} names {request.name}, no check that is known of {request.tool}"
                       f"{hint}", fix=fix)  # fmt: skip
    containers = suppressions.containers.get(request.subject, ())
    if request.part and not fnmatch.filter(containers, request.part):
        has = ", ".join(containers) or "none"
        return Finding(f"{who}: {request.key} is about container {request.part}; its containers are {has}",
                       fix="name one of them, or remove the line")  # fmt: skip
    if not request.reason and request.tool in HAVE_REASONS:
        return Finding(f"{who}: {request.key} gives no reason for {request.name}",
                       fix="say why, and until when", at_most="note")  # fmt: skip
    return None
