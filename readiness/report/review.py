"""What a launch review says: the outline of a verdict as a document that a board reads and signs.

One content for all its forms: sections of a few kinds of blocks, which `review_html.py` and
`review_markdown.py` only lay out. What the canonical document does not hold is left out, or is an empty box
to fill in by hand; nothing is made up.
"""

import hashlib
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from readiness.outcome import AT_BASE
from readiness.report.outline import (
    Entry,
    Held,
    Outline,
    age_of,
    area_of,
    asked_of,
    gap_count,
    place,
    requests_of,
)
from readiness.report.pictures import Picture, pictures
from readiness.wording import listed, plural

MOST_RISKS = 100  # rows of the table of risks; each of them is a finding above it
ITSM_SHORT = 160  # characters of a change request's short description
OWN_TREE = "the evaluated tree"  # as the document names a policy that nobody gave


class Cell(NamedTuple):
    text: str
    kind: str = ""  # code, decision, status, box


class Table(NamedTuple):
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Text(NamedTuple):
    text: str


class Alert(NamedTuple):
    """What a reader has to know before anything else."""

    text: str


class Points(NamedTuple):
    lines: tuple[tuple[str, str], ...]  # a word, and what is said of it


class Entries(NamedTuple):
    title: str
    entries: tuple[Entry, ...]


class Proven(NamedTuple):
    title: str
    held: tuple[Held, ...]


class Drawn(NamedTuple):
    picture: Picture


class Command(NamedTuple):
    lines: tuple[str, ...]


Block = Table | Text | Alert | Points | Entries | Proven | Drawn | Command


class Section(NamedTuple):
    anchor: str
    title: str
    blocks: tuple[Block, ...]


class Review(NamedTuple):
    decision: str  # GO, GO WITH CONDITIONS, UNKNOWN, NO-GO; ERROR when there is no verdict
    title: str
    reason: str
    facts: tuple[tuple[str, Cell], ...]
    sections: tuple[Section, ...]
    tool: str

    @classmethod
    def of(cls, outline: Outline, record: bytes) -> "Review":
        """The review of an outline; `record` is its canonical document, as it is handed over with it."""
        shown = outline.shown
        tool = f"{shown['tool']['name']} {shown['tool']['version']}"
        if outline.failed:
            lines = tuple(line for line in shown["error"]["message"].split("\n") if line.strip())
            problems = Table("Problems", ("What is wrong",), tuple((Cell(line),) for line in lines))
            section = Section("problems", "No verdict was reached", (problems,))
            return cls("ERROR", "Launch review", shown["reason"], (), (section,), tool)
        sections = (
            Section("decision", "Decision", tuple(_decision(outline))),
            Section("sign-off", "Sign-off", tuple(_sign_off(shown))),
            Section("service", "Service", tuple(_service(shown))),
            Section("categories", "Categories", tuple(_categories(shown))),
            Section("findings", "Findings", tuple(_findings(outline))),
            Section("proofs", "Proofs", tuple(_proofs(outline))),
            Section("launch", "Launch plan", tuple(_launch(outline))),
            Section("waivers", "Waivers and suppressions", tuple(_waivers(outline))),
            Section("risks", "Residual risk", tuple(_risks(outline))),
            Section("evidence", "Evidence", tuple(_evidence(outline))),
            Section("record", "Controls and record", tuple(_record(outline, record))),
            Section("annex", "Annex", tuple(_annex(outline))),
        )
        name = shown["service"]["name"] or "unnamed service"
        return cls(
            shown["decision"], f"Launch review: {name}", shown["reason"], _facts(shown), sections, tool
        )


def _facts(shown: Any) -> tuple[tuple[str, Cell], ...]:
    environments = shown["environment"] or listed([one["name"] for one in shown["environments"]])
    facts = [
        ("Service", Cell(shown["service"]["name"] or "unnamed")),
        ("Owner", Cell(shown["service"]["owner"] or "unknown")),
        ("Environment", Cell(environments or "none")),
        ("Tier", Cell(str(shown["tier"]))),
        ("As of", Cell(shown["as_of"])),
    ]
    for source in shown["sources"]:
        if source["name"] == "repository":
            dirty = ", with uncommitted changes" if source["dirty"] else ""
            facts.append(("Commit", Cell((source["commit"] or "none")[:12] + dirty, "code")))
    if shown["policy"]:
        facts.append(("Checklist", Cell(shown["policy"]["digest"][:19], "code")))
    return (*facts, ("Version, artifact", Cell("", "box")), ("Next review", Cell("", "box")))


def _decision(outline: Outline) -> Iterator[Block]:
    shown = outline.shown
    if outline.advisory:
        yield Alert("Advisory: this verdict does not stop the pipeline.")
    if not shown["trusted"]:
        yield Alert("Not trusted: the rules came from the tree that they judge.")
    waivers = _in_force(shown)
    blocking_gaps = [gap for gap in outline.gaps if gap.blocking]
    unknown = shown["summary"]["statuses"]["unknown"] + shown["summary"]["statuses"]["error"]
    conditions = [
        f"{one['id']} by {one['expires']} ({one['owner']}{', ' + one['ticket'] if one['ticket'] else ''})"
        for one, _ in waivers
    ]
    if outline.existing:
        conditions.append(f"{plural(len(outline.existing), 'old finding')} to pay off")
    yield Points(
        (
            ("Blockers", _some(shown["summary"]["blocking"], [entry.id for entry in outline.blockers])),
            ("Conditions", "; ".join(conditions[:5]) + _more(len(conditions) - 5) if conditions else "none"),
            ("Waivers in force", _some(len(waivers), [one["id"] for one, _ in waivers])),
            (
                "Unknown",
                f"{plural(unknown, 'check')}, {len(blocking_gaps)} of {plural(len(outline.gaps), 'cause')} "
                "block" if unknown else "none",
            ),
            ("Change", _change(shown)),
        )
    )  # fmt: skip
    if len(shown["environments"]) > 1:
        yield Table(
            "Decision by environment",
            ("Environment", "Class", "Decision", "Reason"),
            tuple(
                (
                    Cell(one["name"]),
                    Cell(one["class"]),
                    Cell(one["decision"], "decision"),
                    Cell(one["reason"]),
                )
                for one in shown["environments"]
            ),
        )


def _some(number: int, names: Sequence[str]) -> str:
    if not number:
        return "none"
    named = listed(list(dict.fromkeys(names)), 5)
    return f"{number}: {named}" if named else str(number)


def _more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""


def _change(shown: Any) -> str:
    base = shown["base"]
    if base is None:
        return "no base was given to compare with"
    states = Counter(finding["state"] for one in shown["outcomes"] for finding in one["findings"])
    said = ", ".join(f"{states[state]} {state}" for state in ("new", "worse", "existing") if states[state])
    fixed = shown["summary"]["fixed"]
    parts = [part for part in (said, f"{fixed} fixed" if fixed else "") if part]
    return f"against {base['ref']} ({base['merge_base'][:12]}): {', '.join(parts) or 'nothing'}"


def _boxes(number: int) -> tuple[Cell, ...]:
    return (Cell("", "box"),) * number


def _sign_off(shown: Any) -> Iterator[Block]:
    owner = shown["service"]["owner"]
    roles = (f"Owner of the service ({owner})" if owner else "Owner of the service", "Operations", "", "")
    yield Table(
        "Signatures",
        ("Role", "Name", "Decision", "Date", "Commit or ticket"),
        tuple((Cell(role) if role else Cell("", "box"), *_boxes(4)) for role in roles),
    )
    said = [outcome for outcome in shown["outcomes"] if outcome["strength"] == "attested"]
    if said:
        yield Table(
            "Stated by people",
            ("Item", "Status", "Statement"),
            tuple(
                (
                    Cell(one["title"]),
                    Cell(one["status"], "status"),
                    Cell("; ".join(proof["message"] for proof in one["proofs"]) or _why(one)),
                )
                for one in said
            ),
        )


def _why(outcome: dict[str, Any]) -> str:
    return outcome["reason"] or "; ".join(finding["message"] for finding in outcome["findings"][:3])


CARD = (
    ("Objectives", ("slo.spec-valid",)),
    ("Error budget", ("slo.budget-policy", "slo.budget-humanly-defensible")),
    ("On call", ("oncall.chain", "oncall.escalation-depth")),
    ("Dependencies", ("slo.dependency-maths", "catalog.dependencies-true")),
    ("When they fail", ("deps.failure-mode",)),
    ("Dashboards", ("monitoring.dashboard-present",)),
)


def _service(shown: Any) -> Iterator[Block]:
    rows = [
        (Cell("Purpose"), Cell("", "box")),
        (Cell("Owner"), Cell(shown["service"]["owner"]) if shown["service"]["owner"] else Cell("", "box")),
        (Cell("Data classification"), Cell("", "box")),
    ]
    for word, checks in CARD:
        rows += [(Cell(word), Cell(message)) for message in _messages(shown, checks)]
    yield Table("Service card", ("", "As the evidence says"), tuple(rows))


def _messages(shown: Any, checks: Iterable[str], most: int = 4) -> list[str]:
    """What checks have proven, in words; what they found wrong stands among the findings."""
    found: dict[str, None] = {}
    for check in checks:
        for outcome in shown["outcomes"]:
            if outcome["check"] == check:
                found.update(dict.fromkeys(one["message"] for one in outcome["proofs"][:most]))
    return list(found)


def _categories(shown: Any) -> Iterator[Block]:
    areas: dict[str, Counter[str]] = {}
    for outcome in shown["outcomes"]:
        counts = areas.setdefault(area_of(outcome["id"], outcome["check"]), Counter())
        counts[outcome["status"]] += 1
        counts["blocking"] += outcome["blocking"]
        counts["waived"] += sum(one["waiver"] is not None for one in outcome["findings"])
    columns = ("pass", "fail", "waived", "unknown", "error", "not-applicable")
    rows = []
    for area, counts in sorted(areas.items()):
        word = "blocks" if counts["blocking"] else "open" if _open(counts) else "holds"
        word = "not-applicable" if counts["not-applicable"] == _judged(counts) else word
        rows.append((Cell(area), Cell(word, "status"), *(Cell(str(counts[one])) for one in columns)))
    yield Table(
        "Checks by category",
        ("Category", "State", "Pass", "Fail", "Findings waived", "Unknown", "Error", "Not applicable"),
        tuple(rows),
    )


def _open(counts: "Counter[str]") -> int:
    return counts["fail"] + counts["unknown"] + counts["error"]


def _judged(counts: "Counter[str]") -> int:
    return sum(counts[status] for status in ("pass", "fail", "unknown", "error", "not-applicable"))


def _findings(outline: Outline) -> Iterator[Block]:
    lists = (
        ("Blocking", outline.blockers),
        ("Warnings", outline.warnings),
        ("Notes", outline.notes),
        ("Waived", outline.waived),
        ("Suppressed by annotations", outline.suppressed),
        ("Existing: at the base or in the baseline", outline.existing),
        ("Fixed", outline.fixed),
    )
    blockers, *others = [Entries(title, entries) for title, entries in lists]
    if blockers.entries:
        yield blockers
    if outline.gaps:
        yield Table(
            "Unknown",
            ("Why", "Where", "What it leaves open", "Checks", "Way out", "Blocks"),
            tuple(
                (
                    Cell(gap.why),
                    Cell(gap.place, "code"),
                    Cell(gap_count(gap) if gap.ids else ""),
                    Cell(", ".join(gap.ids), "code"),
                    Cell(gap.fix, "code" if gap.fix else ""),
                    Cell("blocks" if gap.blocking else "no", "status" if gap.blocking else ""),
                )
                for gap in outline.gaps
            ),
        )
    yield from (block for block in others if block.entries)
    if not (outline.entries or outline.gaps):
        yield Text("Nothing was found that is not as it has to be.")


def _proofs(outline: Outline) -> Iterator[Block]:
    for picture in pictures(outline.shown):
        yield Drawn(picture)
    if outline.holds:
        yield Proven(f"What holds ({plural(len(outline.holds), 'check')})", outline.holds)
    else:
        yield Text("No check holds.")


WAY_BACK = (
    "runbook.rollback-matches-deploy",
    "rollback.previous-version-resolvable",
    "rollback.history-limit",
)
PLAN = (
    ("Steps and stages", ()),
    ("Go or no-go at each stage", ()),
    ("Watch list", ("monitoring.dashboard-present", "monitoring.golden-signals")),
    ("When to abort", ()),
    ("Way back", WAY_BACK),
    ("Freeze and calendar", ()),
    ("Communication", ()),
    ("Close watch after the launch", ()),
)  # fmt: skip


def _launch(outline: Outline) -> Iterator[Block]:
    rows = []
    for word, checks in PLAN:
        said = _messages(outline.shown, checks, most=2)
        rows += [(Cell(word), Cell(message)) for message in said] or [(Cell(word), Cell("", "box"))]
    yield Table("To be filled in by the team; what evidence says stands there", ("", ""), tuple(rows))


def _in_force(shown: Any) -> list[tuple[dict[str, Any], list[str]]]:
    """Each waiver that covers something, with the items that it is for, by its last day."""
    found: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for outcome in shown["outcomes"]:
        for finding in outcome["findings"]:
            waiver = finding["waiver"]
            if waiver is not None:
                found.setdefault(waiver["id"], (waiver, []))[1].append(outcome["id"])
    return sorted(found.values(), key=lambda one: (one[0]["expires"], one[0]["id"]))


def _waivers(outline: Outline) -> Iterator[Block]:
    waivers = _in_force(outline.shown)
    if waivers:
        yield Table(
            "Waivers in force",
            ("Waiver", "Kind", "Until", "Reason", "Owner", "Approved by", "Ticket", "Covers"),
            tuple(
                (
                    Cell(one["id"], "code"),
                    Cell(one["kind"]),
                    Cell(one["expires"]),
                    Cell(one["reason"]),
                    Cell(one["owner"]),
                    Cell(one["approved_by"]),
                    Cell(one["ticket"] or ""),
                    Cell(f"{plural(len(ids), 'finding')} of {listed(list(dict.fromkeys(ids)))}"),
                )
                for one, ids in waivers
            ),
        )
    requests = requests_of(outline.shown)
    if requests:
        yield Table(
            "Asked for by annotations of the tree",
            ("Where", "Asked", "Checks", "Reason", "Age", "Hides"),
            tuple(
                (
                    Cell(place(one), "code"),
                    Cell(asked_of(one)),
                    Cell(", ".join(one["checks"]), "code"),
                    Cell(one["reason"]),
                    Cell(age_of(one)),
                    Cell(
                        (str(one["hidden"]) if one["counts"] else "does not count")
                        + (f": {one['why']}" if one["why"] else "")
                    ),
                )
                for one in requests
            ),
        )
    if not (waivers or requests):
        yield Text("No waiver is in force, and no annotation asks for one.")


def _risks(outline: Outline) -> Iterator[Block]:
    open_ = [
        *((entry, entry.waiver) for entry in outline.waived),
        *((entry, "was there at the base, or in the baseline") for entry in outline.existing),
        *((entry, f"suppressed: {entry.suppressed_by}") for entry in outline.suppressed),
        *((entry, "does not block") for entry in outline.warnings),
    ]
    if not open_:
        yield Text("The verdict leaves no finding open that somebody would have to accept.")
        return
    yield Table(
        "What stays open if the service is launched" + _rest(len(open_)),
        ("Risk", "Check", "Accepted how", "Likelihood", "Impact", "Mitigation", "Accepted by"),
        tuple(
            (Cell(entry.message), Cell(entry.id, "code"), Cell(how), *_boxes(4))
            for entry, how in open_[:MOST_RISKS]
        ),
    )


def _rest(number: int) -> str:
    left = number - MOST_RISKS
    return f" (the first {MOST_RISKS} of {number}; all of them are findings above)" if left > 0 else ""


def _evidence(outline: Outline) -> Iterator[Block]:
    shown = outline.shown
    rows = []
    for source in shown["sources"]:
        if source["name"] == AT_BASE:
            continue
        dirty = "with uncommitted changes" if source["dirty"] else ""
        rows.append(
            (Cell("source"), Cell(source["name"]), Cell(source["commit"] or "no commit", "code"), Cell(dirty))
        )
    policy = shown["policy"]
    if policy:
        rows.append((Cell("policy"), Cell(policy["source"]), Cell(policy["digest"], "code"), Cell("")))
        for layer in policy["layers"]:
            rows.append((Cell("layer"), Cell(layer["name"]), Cell(layer["digest"], "code"), Cell("")))
    for one in shown["renderers"]:
        rows.append((Cell("renderer"), Cell(one["name"]), Cell(one["version"], "code"), Cell("")))
    yield Table("Where it comes from", ("What", "Name", "Commit, digest or version", "Remark"), tuple(rows))
    strengths = Counter(one["strength"] for one in shown["outcomes"] if one["status"] != "not-applicable")
    yield Table(
        "How strong the evidence is",
        ("Strength", "Checks"),
        tuple(
            (Cell(strength), Cell(str(strengths[strength])))
            for strength in ("live", "rendered", "source", "declared", "attested")
            if strengths[strength]
        ),
    )
    if shown["ignored"]:
        yield Table(
            "Not counted: policy changes before they are merged",
            ("File", "Line", "Change", "Why"),
            tuple(
                (Cell(one.file, "code"), Cell(str(line or "")), Cell(text), Cell(one.why))
                for one in outline.ignored
                for line, text in one.lines
            ),
        )


def _record(outline: Outline, record: bytes) -> Iterator[Block]:
    shown = outline.shown
    controls = [one for one in shown["outcomes"] if one["control"]]
    if controls:
        yield Table(
            "Controls",
            ("Control", "Item", "Environment", "Status"),
            tuple(
                (Cell(one["control"]), Cell(one["id"], "code"), Cell(one["environment"] or ""),
                 Cell(one["status"], "status"))
                for one in sorted(controls, key=lambda one: (one["control"], one["id"]))
            ),
        )  # fmt: skip
    else:
        yield Text("No item of the checklist names a control.")
    code = 0 if shown["verdict"] == "pass" or outline.advisory else 1
    yield Text(f"To reproduce it, with {shown['tool']['name']} {shown['tool']['version']}; exit code {code}:")
    yield Command(tuple(_commands(shown)))
    yield Text(f"Hash of the record (verdict.json): sha256:{hashlib.sha256(record).hexdigest()}")


def _commands(shown: Any) -> Iterator[str]:
    commit = next((one["commit"] for one in shown["sources"] if one["name"] == "repository"), None)
    if commit:
        yield f"git checkout {shlex.quote(commit)}"
    words = ["readiness", "gate", ".", "--as-of", shown["as_of"]]
    if shown["environment"]:
        words += ["--environment", shown["environment"]]
    if shown["base"]:
        words += ["--base", shown["base"]["ref"]]
    policy = shown["policy"]
    if policy and policy["source"] not in (OWN_TREE, shown["base"] and shown["base"]["ref"]):
        words += ["--policy", policy["source"]]
    yield shlex.join([*words, "--output", "json=verdict.json"])
    yield "sha256sum verdict.json"


def _annex(outline: Outline) -> Iterator[Block]:
    shown = outline.shown
    if outline.silent:
        yield Table(
            f"Not applicable ({plural(len(outline.silent), 'check')})",
            ("Check", "Environment", "Reason"),
            tuple(
                (Cell(one.id, "code"), Cell(", ".join(one.environments)), Cell(one.reason or "no subject"))
                for one in outline.silent
            ),
        )
    if shown["notices"]:
        yield Table("Hints", ("Hint",), tuple((Cell(notice),) for notice in shown["notices"]))
    name = shown["service"]["name"] or "unnamed service"
    where = shown["environment"] or "production"
    back = _messages(shown, WAY_BACK, most=2)
    yield Table(
        "Texts for a change request",
        ("Field", "Text"),
        (
            (Cell("Short description"), Cell(f"{name} to {where}: {shown['decision']}"[:ITSM_SHORT])),
            (Cell("Justification"), Cell(f"Readiness of {name} on {shown['as_of']}: {shown['reason']}")),
            (Cell("Backout plan"), Cell("; ".join(back)) if back else Cell("", "box")),
            (Cell("Test plan"), Cell("", "box")),
        ),
    )
