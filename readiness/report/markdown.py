"""Markdown for a ticket or a pull request: GitHub, Bitbucket and Jira's importer read it.

Evidence is text of strangers: what Markdown, HTML, mentions or issue references would make of it is
escaped here, so that a name can't draw a table, call a person or link to a ticket.
"""

import re
from collections.abc import Iterator

from readiness.outcome import STATUSES
from readiness.report.outline import (
    Entry,
    Gap,
    Held,
    Outline,
    age_of,
    asked_of,
    gap_count,
    place,
    remedy,
    requests_of,
)
from readiness.wording import plural

_PUNCTUATION = re.compile(r"([\\`*\[\]|~])")
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_REFERENCE = re.compile(r"([@#])(?=[\w-])")
_BLOCK = re.compile(r"\A(\d{1,9})([.)])(?=\s|\Z)|\A([-+=#])")
PATCHES = 20  # of one section: a comment of a pull request holds 65,000 characters
PATCH_LINES = 40
_BREAK = "\u200b"  # zero width: parts the sign from the name, so that nobody is called


def render(outline: Outline) -> bytes:
    """The format `markdown`."""
    return ("\n".join(_report(outline)) + "\n").encode()


def escape(text: str) -> str:
    """`text` as plain words on one line, in a paragraph, list item or table cell."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _PUNCTUATION.sub(r"\\\1", text)
    text = _UNDERSCORE.sub(r"\\_", text)
    text = _BLOCK.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", text)
    return _REFERENCE.sub(rf"\1{_BREAK}", text)


def code(text: str, cell: bool = False) -> str:
    """`text` as a code span; a table cell needs its pipes escaped even there."""
    text = " ".join(text.split())
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    if cell:
        text = text.replace("|", "\\|")
    return f"{fence}{pad}{text}{pad}{fence}"


def _report(outline: Outline) -> Iterator[str]:
    if outline.failed:
        yield f"# ERROR: {escape(outline.shown['reason'])}"
        yield ""
        for line in outline.shown["error"]["message"].split("\n"):
            if line.strip():
                yield f"- {escape(line)}"
        return
    yield from _head(outline)
    yield from _blockers(outline)
    yield from _gaps(outline.gaps)
    yield from _list("Warnings", outline.warnings)
    yield from _list("Notes", outline.notes)
    yield from _list("Waived", outline.waived)
    yield from _suppressed(outline)
    yield from _list("Existing: at the base or in the baseline", outline.existing)
    yield from _list("Fixed", outline.fixed)
    yield from _ignored(outline)
    yield from _holds(outline.holds)
    yield from _silent(outline)
    if outline.shown["notices"]:
        yield from ("", "## Hints", "")
        for notice in outline.shown["notices"]:
            yield f"- {escape(notice)}"


def _head(outline: Outline) -> Iterator[str]:
    shown = outline.shown
    yield f"# {shown['decision']}: {escape(outline.subject)}"
    yield ""
    yield escape(shown["reason"])
    yield ""
    if outline.advisory:
        yield from ("Advisory: this verdict does not stop the pipeline.", "")
    if not shown["trusted"]:
        yield from ("**Not trusted:** the rules came from the tree that they judge.", "")
    statuses = shown["summary"]["statuses"]
    rows = [
        ("Owner", escape(shown["service"]["owner"] or "unknown")),
        ("Checks", ", ".join(f"{statuses[status]} {status}" for status in STATUSES if statuses[status])),
    ]
    for source in shown["sources"]:
        if source["name"].startswith("rendered-"):
            continue  # stands below, as the manifests of its environment with their digest
        commit = code(source["commit"][:12], cell=True) if source["commit"] else "no commit"
        dirty = ", with uncommitted changes" if source["dirty"] else ""
        rows.append((f"Source {escape(source['name'])}", f"{commit}{dirty}"))
    policy = shown["policy"]
    if policy:
        digest = code(policy["digest"], cell=True)
        rows.append(("Policy", f"{code(policy['source'], cell=True)} {digest}"))
        layers = ", ".join(code(layer["name"], cell=True) for layer in policy["layers"])
        rows.append(("Layers", layers or "none"))
    if shown["base"]:
        base = shown["base"]
        rows.append(("Base", f"{code(base['ref'], cell=True)} {code(base['merge_base'][:12], cell=True)}"))
    for renderer in shown["renderers"]:
        rows.append(("Rendered by", f"{escape(renderer['name'])} {escape(renderer['version'])}"))
    tool = shown["tool"]
    rows.append(("Tool", f"{escape(tool['name'])} {escape(tool['version'])}"))
    yield from ("| | |", "| --- | --- |")
    for name, value in rows:
        yield f"| {name} | {value} |"
    if len(shown["environments"]) > 1:
        yield from ("", "| Environment | Decision | Reason |", "| --- | --- | --- |")
        for one in shown["environments"]:
            yield f"| {escape(one['name'])} | {one['decision']} | {escape(one['reason'])} |"


def _blockers(outline: Outline) -> Iterator[str]:
    if not outline.blockers:
        return
    yield from ("", f"## Blocks ({len(outline.blockers)})", "")
    yield from ("| Check | Where | What | How to mend it |", "| --- | --- | --- | --- |")
    for entry in outline.blockers:
        where = " ".join((code(entry.place, cell=True), _environments(entry.environments))).strip()
        yield f"| {code(entry.id, cell=True)} | {where} | {escape(entry.message)} | {escape(entry.fix)} |"
    for number, entry in enumerate(outline.blockers):
        yield from ("", f"### {code(entry.id)} {escape(entry.subject)}".rstrip(), "")
        yield f"{escape(entry.title)}."
        yield ""
        yield from _facts(entry)
        if entry.patch and number < PATCHES:
            yield from ("", *fenced(entry.patch))


def _facts(entry: Entry) -> Iterator[str]:
    yield f"- {escape(entry.message)}"
    if entry.operands:
        yield f"- Numbers: {escape(' · '.join(entry.operands))}"
    if entry.place:
        yield f"- Where: {', '.join(code(where) for where in (entry.place, *entry.other_places))}"
    if entry.fix:
        yield f"- Fix: {escape(entry.fix)}"
    state = f", {entry.state}" if entry.state else ""
    control = f", control {escape(entry.control)}" if entry.control else ""
    yield f"- Severity: {entry.severity}{state}{control}"
    if entry.fingerprint:
        yield f"- Fingerprint: {code(entry.fingerprint)}"


def fenced(patch: str) -> Iterator[str]:
    """A diff in a fence longer than any of its own: even an indented one of its lines would end it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", patch)), default=0))
    lines = patch.rstrip("\n").split("\n")
    yield f"{fence}diff"
    yield from lines[:PATCH_LINES]
    yield fence
    if len(lines) > PATCH_LINES:
        yield f"… {plural(len(lines) - PATCH_LINES, 'line')} more: `readiness gate --fix`"


def _environments(names: tuple[str, ...]) -> str:
    return f"({', '.join(escape(name) for name in names)})" if names else ""


def _gaps(gaps: tuple[Gap, ...]) -> Iterator[str]:
    if not gaps:
        return
    yield from ("", f"## Unknown ({len(gaps)})", "")
    for gap in gaps:
        where = f"{code(gap.place)}: " if gap.place else ""
        count = f" → {escape(gap_count(gap))}" if gap.ids else ""
        word, fix = remedy(gap.fix)
        run = f"; {word}: {code(fix) if word == 'run' else escape(fix)}" if fix else ""
        yield f"- {'**blocks:** ' if gap.blocking else ''}{where}{escape(gap.why)}{count}{run}"
        if gap.ids:
            yield f"  - {', '.join(code(item) for item in gap.ids)}"


def _list(title: str, entries: tuple[Entry, ...]) -> Iterator[str]:
    if not entries:
        return
    yield from ("", f"## {title} ({len(entries)})", "")
    for number, entry in enumerate(entries):
        where = f" {code(entry.place)}" if entry.place else ""
        environments = f" {_environments(entry.environments)}" if entry.environments else ""
        yield f"- {code(entry.id)}{where}{environments}: {escape(entry.message)}"
        if entry.operands:
            yield f"  - Numbers: {escape(' · '.join(entry.operands))}"
        if entry.fix:
            yield f"  - Fix: {escape(entry.fix)}"
        if entry.waiver:
            yield f"  - Waiver: {escape(entry.waiver)}"
        elif entry.patch and number < PATCHES:
            yield from ("", *(f"  {line}" for line in fenced(entry.patch)), "")


def _suppressed(outline: Outline) -> Iterator[str]:
    requests = requests_of(outline.shown)
    if not requests:
        return
    number = outline.shown["summary"]["suppressed"]
    yield from ("", f"## Suppressed by annotations ({plural(number, 'finding')})", "")
    yield from (
        "| Where | Asked | Checks | Reason | Age | Hides |",
        "| --- | --- | --- | --- | --- | --- |",
    )
    for one in requests:
        checks = ", ".join(code(check, cell=True) for check in one["checks"])
        hides = str(one["hidden"]) if one["counts"] else "does not count"
        why = f": {escape(one['why'])}" if one["why"] else ""
        yield (
            f"| {code(place(one), cell=True)} | {escape(asked_of(one))} | {checks} | {escape(one['reason'])} "
            f"| {age_of(one)} | {hides}{why} |"
        )
    for entry in outline.suppressed:
        yield from ("",) if entry is outline.suppressed[0] else ()
        yield f"- {code(entry.id)} {code(entry.place)}: {escape(entry.message)}"


def _ignored(outline: Outline) -> Iterator[str]:
    number = len(outline.shown["ignored"])
    if not number:
        return
    yield from ("", f"## Not counted: policy changes before they are merged ({number})", "")
    for one in outline.ignored:
        yield f"- {code(one.file)}: {escape(one.why or plural(len(one.lines), 'change'))}"
        for line, text in one.lines:
            yield f"  - {f'line {line}: ' if line else ''}{escape(text)}"


def _holds(holds: tuple[Held, ...]) -> Iterator[str]:
    if not holds:
        return
    yield from ("", f"## Holds ({plural(len(holds), 'check')})", "")
    yield from proofs(holds)


def proofs(holds: tuple[Held, ...]) -> Iterator[str]:
    """What holds, with what proves it, as a list."""
    for held in holds:
        environments = f" {_environments(held.environments)}" if held.environments else ""
        yield f"- {code(held.id)}{environments}: {escape(held.title)}"
        for message, operands in held.proofs:
            numbers = f" ({escape(' · '.join(operands))})" if operands else ""
            yield f"  - {escape(message)}{numbers}"
        if held.left_out:
            yield f"  - … {held.left_out} more"


def _silent(outline: Outline) -> Iterator[str]:
    if not outline.silent:
        return
    yield from ("", f"## Not applicable ({plural(len(outline.silent), 'check')})", "")
    for one in outline.silent:
        environments = f" {_environments(one.environments)}" if one.environments else ""
        yield f"- {code(one.id)}{environments}: {escape(one.reason or 'no subject')}"
