"""What is judged could be read."""

import re
from collections.abc import Iterable, Iterator

from readiness.api import Finding, Findings, Location, NotApplicable, Operand, Proof, Subject
from readiness.evidence.documents import NOT_DEPLOYED
from readiness.evidence.inventory import AS_IT_IS, UNREAD, Inventory
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
