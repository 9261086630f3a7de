"""What a report says and in which order, made once for all formats.

`Outline.of` takes the canonical document, cleans it (`redaction.py`) and gathers it as a reader needs it:
what blocks first, one line per cause however many checks it leaves unknown, one finding where several
environments have the same one. Formats lay it out and escape at their own edge.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from readiness.outcome import AT_BASE, SEVERITIES, STATUSES
from readiness.report.redaction import printable, safe, visible
from readiness.wording import listed, plural

_WORST: dict[str, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}
_STATUS: dict[str, int] = {status: rank for rank, status in enumerate(STATUSES)}  # "error" is in both
_COMMAND = re.compile(r"(?:amtool|docker|git|helm|kubectl|kustomize|promtool|readiness) [a-z-]")
TEXT_LIMIT = 1_000  # characters of one text in formats that people read; the JSON keeps more


class Spot(NamedTuple):
    """A place for formats that have fields for it; `file` is empty where there is none."""

    source: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None


class Entry(NamedTuple):
    """One finding, or one outcome that blocks without a finding; the same in several environments once."""

    id: str
    check: str
    title: str
    environments: tuple[str, ...]  # empty for evidence that has none
    severity: str
    state: str | None
    blocking: bool
    message: str
    subject: str  # as text, empty without one
    place: str  # "file:line", with the source's name where it is not the repository; may be empty
    other_places: tuple[str, ...]  # of the same finding in other environments
    operands: tuple[str, ...]  # "replicas 6 (deploy/api.yaml:12)"
    fix: str
    control: str
    fingerprint: str
    waiver: str  # why and until when it is accepted; empty without one
    suppressed_by: str = ""  # the request of the evaluated tree that hides it
    patch: str = ""  # the only text of several lines: a unified diff that mends it
    spot: Spot = Spot()  # as `place` says it

    @property
    def area(self) -> str:
        return area_of(self.id, self.check)


class Gap(NamedTuple):
    """Outcomes that are unknown or in error for one reason."""

    why: str
    place: str
    fix: str
    blocking: bool
    severity: str
    status: str  # unknown, error
    ids: tuple[str, ...]  # of the items, in order
    environments: tuple[str, ...]
    fingerprints: tuple[str, ...]
    items: tuple[str, ...]  # that of each fingerprint
    spot: Spot = Spot()  # as `place` says it


class Held(NamedTuple):
    """An outcome that passes, with what proves it."""

    id: str
    check: str
    title: str
    environments: tuple[str, ...]
    proofs: tuple[tuple[str, tuple[str, ...]], ...]  # message, operands
    left_out: int  # proofs that the document only counts
    strength: str


class Silent(NamedTuple):
    """An outcome that is not applicable."""

    id: str
    environments: tuple[str, ...]
    reason: str


class Ignored(NamedTuple):
    """Changes of one file that do not count before they are merged."""

    file: str
    why: str  # where it is the same for all of them
    lines: tuple[tuple[int | None, str], ...]  # line and text


class Outline(NamedTuple):
    document: dict[str, Any]  # the canonical document, redacted; what the JSON format writes
    shown: dict[str, Any]  # the same with texts that are safe to print
    blockers: tuple[Entry, ...]
    gaps: tuple[Gap, ...]
    warnings: tuple[Entry, ...]  # of severity warning, and errors that do not block
    notes: tuple[Entry, ...]
    waived: tuple[Entry, ...]
    existing: tuple[Entry, ...]
    fixed: tuple[Entry, ...]
    holds: tuple[Held, ...]
    silent: tuple[Silent, ...]
    suppressed: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, verdict: Any) -> "Outline":
        """The outline of a canonical document, that of a run without a verdict included."""
        document = safe(verdict)
        shown = _with_patches(printable(_without_patches(document), TEXT_LIMIT), document)
        if shown["verdict"] == "error":
            # The only text that may have several lines: one problem each.
            message = visible(document["error"]["message"], lines=True)
            shown = {**shown, "error": {**shown["error"], "message": message}}
            return cls(document, shown, (), (), (), (), (), (), (), (), ())
        outcomes = sorted(shown["outcomes"], key=lambda one: (one["id"], one["environment"] or ""))
        entries = _entries(outcomes)
        return cls(
            document=document,
            shown=shown,
            blockers=_of(entries, "blocker"),
            gaps=_gaps(outcomes, shown["causes"]),
            warnings=_of(entries, "warning"),
            notes=_of(entries, "note"),
            waived=_of(entries, "waived"),
            existing=_of(entries, "existing"),
            fixed=_of(entries, "fixed"),
            holds=_holds(outcomes),
            silent=_silent(outcomes),
            suppressed=_of(entries, "suppressed"),
        )

    @property
    def failed(self) -> bool:
        """No verdict was reached."""
        return bool(self.shown["verdict"] == "error")

    @property
    def advisory(self) -> bool:
        return bool(self.shown.get("mode") == "advisory")

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """What the tree says in policy files and nobody follows yet, file by file."""
        files: dict[str, list[tuple[int | None, str]]] = {}
        for one in self.shown["ignored"]:
            files.setdefault(one["file"], []).append((one["line"], one["text"]))
        return tuple(_ignored(file, files[file]) for file in sorted(files))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them, in the order of a report."""
        return (
            self.blockers + self.warnings + self.notes + self.waived + self.suppressed + self.existing
            + self.fixed
        )  # fmt: skip

    @property
    def subject(self) -> str:
        """What was judged, in one line."""
        names = [one["name"] for one in self.shown["environments"]]
        where = self.shown["environment"] or listed(names)
        return " · ".join(
            part
            for part in (
                self.shown["service"]["name"] or "unnamed service",
                where,
                f"tier {self.shown['tier']}",
                self.shown["as_of"],
            )
            if part
        )


def _without_patches(document: Any) -> Any:
    """The document with no patch in it: a copy of what had one, and the same objects elsewhere."""
    if not any(finding.get("patch") for one in document.get("outcomes", ()) for finding in one["findings"]):
        return document
    return {
        **document,
        "outcomes": [
            {
                **one,
                "findings": [{**raw, "patch": None} if raw.get("patch") else raw for raw in one["findings"]],
            }
            for one in document["outcomes"]
        ],
    }


def _with_patches(shown: Any, document: Any) -> Any:
    """What is shown, with the lines of patches kept apart; what has one is a copy already."""
    for outcome, own in zip(shown.get("outcomes", ()), document.get("outcomes", ()), strict=True):
        for finding, raw in zip(outcome["findings"], own["findings"], strict=True):
            if raw.get("patch"):
                lines = visible(raw["patch"], lines=True).split("\n")
                # Whatever wrote the document: no line begins with anything but a sign.
                signed = (line if line[:1] in "+- @\\" else f" {line}" for line in lines)
                finding["patch"] = "\n".join(signed)
    return shown


def requests_of(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The requests of the evaluated tree that something is not told, those that hide most first."""
    return sorted(shown.get("suppressions", ()), key=lambda one: (not one["counts"], -one["hidden"]))


def age_of(request: dict[str, Any]) -> str:
    """How old a request is, in words."""
    if request["age_days"] is None:
        return "age unknown"
    least = "at least " if request["age_at_least"] else ""
    return f"{least}{plural(request['age_days'], 'day')} old"


def asked_of(request: dict[str, Any]) -> str:
    """What a request asks and of which object, in words."""
    name = "" if request["name"] in request["annotation"] else f" {request['name']}"
    part = f" ({request['container']})" if request["container"] else ""
    return f"{request['annotation']}{name} on {subject_of(request['object'])}{part}"


def area_of(item: str, check: str) -> str:
    """The category that an item is sorted under: the check's area, for other items `item`."""
    return check.split(".", 1)[0] if "." in check else item.split(".", 1)[0] if "." in item else "item"


def gap_count(gap: Gap) -> str:
    """`31 checks unknown`, with the environments."""
    status = "unknown" if gap.status == "unknown" else "in error"
    where = f" ({listed(gap.environments)})" if gap.environments else ""
    return f"{plural(len(gap.ids), 'check')} {status}{where}"


def remedy(fix: str) -> tuple[str, str]:
    """`("run", "git fetch origin")` for a command, `("fix", "add zones: to the plan")` for other words."""
    return ("run" if _COMMAND.match(fix) and "," not in fix else "fix"), fix


def _ignored(file: str, lines: list[tuple[int | None, str]]) -> Ignored:
    """The reason that ends each text stands once; lines in their order, what is said of the file last."""
    ends = [re.search(r" \([^()]*\)\Z", text) for _, text in lines]
    whys = {end.group() if end else "" for end in ends}
    why = whys.pop() if len(whys) == 1 else ""
    plain = ((line, text.removesuffix(why)) for line, text in lines)
    return Ignored(
        file, why.strip(" ()"), tuple(sorted(plain, key=lambda one: (one[0] is None, one[0] or 0)))
    )


def place(where: dict[str, Any], bare: bool = False) -> str:
    """`file:line`, with the source in front where somebody named it; `bare` leaves precision out."""
    if not where.get("file"):
        return ""
    source = where.get("source") or "repository"
    if source == "stdin":
        text = "stdin"
    elif source in ("repository", AT_BASE) or source.startswith("rendered-"):
        text = where["file"]  # of what a pipeline rendered: the name of its file
    else:
        text = f"{source}:{where['file']}"
    if where.get("line"):
        text += f":{where['line']}"
    if source == AT_BASE:
        text = f"was at {text}"
    precision = where.get("precision", "exact")
    return text if bare or precision == "exact" else f"{text} (in the {precision})"


def subject_of(about: dict[str, str]) -> str:
    name = f"{about['namespace']}/{about['name']}" if about["namespace"] else about["name"]
    text = f"{about['kind']} {name}".strip()
    return f"{text} ({about['part']})" if about["part"] else text


def operands_of(operands: Iterable[dict[str, Any]], at: str = "") -> tuple[str, ...]:
    """Each operand in words; its place only where it is not `at`, the place of the finding."""
    texts = []
    for one in operands:
        value = one["value"]
        number = _number(value) if isinstance(value, float) else str(value)
        text = f"{one['name']} {number}{' ' if one['unit'] and one['unit'] != '%' else ''}{one['unit']}"
        where = place(one)
        texts.append(f"{text} ({where})" if where and where != at else text)
    return tuple(texts)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.1f}" if 1e3 <= abs(value) < 1e15 else f"{value:.6g}"


def _section(entry: Entry) -> str:
    if entry.blocking:
        return "blocker"
    if entry.state == "fixed":
        return "fixed"
    if entry.waiver:
        return "waived"
    if entry.suppressed_by:
        return "suppressed"
    if entry.state == "existing":
        return "existing"
    return "note" if entry.severity == "note" else "warning"


def _of(entries: list[Entry], section: str) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if _section(entry) == section)


def _entries(outcomes: list[dict[str, Any]]) -> list[Entry]:
    merged: dict[tuple[object, ...], Entry] = {}
    for outcome in outcomes:
        for entry in entries_of(outcome):
            same = (entry.id, entry.fingerprint, entry.message, entry.severity, entry.state, entry.blocking,
                    entry.waiver, entry.suppressed_by, entry.operands)  # fmt: skip
            first = merged.setdefault(same, entry)
            if first is entry:
                continue
            places = tuple(dict.fromkeys((*first.other_places, entry.place)))
            merged[same] = first._replace(
                environments=tuple(dict.fromkeys(first.environments + entry.environments)),
                other_places=tuple(where for where in places if where and where != first.place),
            )
    return sorted(merged.values(), key=_rank)


def _rank(entry: Entry) -> tuple[object, ...]:
    return (not entry.blocking, _WORST[entry.severity], entry.area, entry.id, entry.place,
            entry.message, entry.fingerprint, entry.environments)  # fmt: skip


def entries_of(outcome: dict[str, Any]) -> list[Entry]:
    """What one outcome of `Outline.shown` says, by its findings or by itself; without its gaps."""
    environments = (outcome["environment"],) if outcome["environment"] else ()
    common = (outcome["id"], outcome["check"], outcome["title"], environments)
    control = outcome["control"] or ""
    found = []
    for finding in outcome["findings"]:
        if _is_gap(finding):
            continue
        at = place(finding)
        found.append(
            Entry(
                *common,
                severity=finding["severity"],
                state=finding["state"],
                blocking=finding["blocking"],
                message=finding["message"],
                subject=subject_of(finding["object"]),
                place=at,
                other_places=(),
                operands=operands_of(finding["operands"], place(finding, bare=True)),
                fix=finding["fix"],
                control=control,
                fingerprint=finding["fingerprint"],
                waiver=_waiver(finding["waiver"]),
                suppressed_by=finding.get("suppressed_by") or "",
                patch=finding.get("patch") or "",
                spot=_spot(finding),
            )
        )
    if _speaks(outcome):
        found.append(
            Entry(
                *common,
                severity=outcome["severity"],
                state=outcome["state"],
                blocking=outcome["blocking"],
                message=outcome["reason"] or outcome["title"],
                subject="",
                place="",
                other_places=(),
                operands=(),
                fix="",
                control=control,
                fingerprint=outcome["fingerprint"] or "",
                waiver="",
            )
        )
    return found


def _spot(where: dict[str, Any]) -> Spot:
    if not where.get("file") or where.get("source") == AT_BASE:
        return Spot()
    return Spot(where.get("source") or "repository", where["file"], where.get("line"), where.get("column"))


def _is_gap(finding: dict[str, Any]) -> bool:
    """It could not be said whether all is well, and nobody has accepted that."""
    accepted = finding["waiver"] is not None and not finding["blocking"]
    return finding["status"] != "fail" and not accepted and finding["state"] in (None, "new", "worse")


def gaps_of(outcome: dict[str, Any]) -> list[dict[str, Any]]:
    """What is unknown or in error of an outcome; the outcome itself where no finding says it."""
    open_ = [finding for finding in outcome["findings"] if finding["status"] != "fail"]
    if not open_ and outcome["status"] in ("unknown", "error") and outcome["state"] != "vanished":
        return [{**outcome, "message": outcome["reason"]}]
    return [finding for finding in open_ if _is_gap(finding)]


def _speaks(outcome: dict[str, Any]) -> bool:
    """The outcome says what no finding of it does: a required subject is absent, evidence disappeared."""
    if outcome["status"] in ("unknown", "error"):
        # What disappeared is said by name; else it stands among the gaps.
        return outcome["state"] == "vanished" and not outcome["findings"]
    if outcome["blocking"]:
        return not any(finding["blocking"] for finding in outcome["findings"])
    return outcome["status"] == "fail" and not outcome["findings"]


def _waiver(waiver: dict[str, Any] | None) -> str:
    if waiver is None:
        return ""
    ticket = f", {waiver['ticket']}" if waiver["ticket"] else ""
    return (
        f"{waiver['id']}: {waiver['kind']} until {waiver['expires']}: {waiver['reason']} "
        f"({waiver['owner']}, approved by {waiver['approved_by']}{ticket})"
    )


def _gaps(outcomes: list[dict[str, Any]], causes: list[dict[str, Any]]) -> tuple[Gap, ...]:
    by_id = {cause["id"]: cause for cause in causes}
    groups: dict[tuple[str, str], list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for cause in causes:  # one that no outcome names still says that something was not read
        groups[cause["id"], ""] = []
    for outcome in outcomes:
        named = [cause for cause in outcome["causes"] if cause in by_id]
        for gap in gaps_of(outcome):
            for key in [(cause, "") for cause in named] or [(gap["status"], gap["message"])]:
                groups.setdefault(key, []).append((outcome, gap))
    gaps = [_gap(members, by_id.get(key[0]), key[1]) for key, members in groups.items()]
    return tuple(sorted(gaps, key=_gap_rank))


def _gap(
    members: list[tuple[dict[str, Any], dict[str, Any]]], cause: dict[str, Any] | None, reason: str
) -> Gap:
    at = place(cause) if cause else ""
    # a fingerprint is of one item, so that both keep their order
    prints = {gap["fingerprint"]: outcome["id"] for outcome, gap in members if gap["fingerprint"]}
    return Gap(
        why=(cause["why"] if cause else reason or "no reason given").removeprefix(f"{_file_of(at)}: "),
        place=at,
        fix=cause["fix"] if cause else "",
        blocking=any(gap["blocking"] for _, gap in members),
        severity=min((gap["severity"] for _, gap in members), key=_WORST.__getitem__, default="note"),
        status=min((gap["status"] for _, gap in members), key=_STATUS.__getitem__, default="unknown"),
        ids=tuple(dict.fromkeys(outcome["id"] for outcome, _ in members)),
        environments=tuple(
            dict.fromkeys(outcome["environment"] for outcome, _ in members if outcome["environment"])
        ),
        fingerprints=tuple(prints),
        items=tuple(prints.values()),
        spot=_spot(cause) if cause else next((_spot(gap) for _, gap in members if gap.get("file")), Spot()),
    )


def _file_of(at: str) -> str:
    """The file of a printed place, which the reason need not name again."""
    return re.sub(r"(:\d+)?( \(in the \w+\))?\Z", "", at)


def _gap_rank(gap: Gap) -> tuple[object, ...]:
    return (not gap.blocking, _WORST[gap.severity], _STATUS[gap.status], -len(gap.ids), gap.place, gap.why)


def _holds(outcomes: list[dict[str, Any]]) -> tuple[Held, ...]:
    merged: dict[Held, Held] = {}  # without its environments → with those of all
    for outcome in outcomes:
        if outcome["status"] != "pass" or outcome["blocking"]:
            continue
        proofs = tuple((proof["message"], operands_of(proof["operands"])) for proof in outcome["proofs"])
        environments = (outcome["environment"],) if outcome["environment"] else ()
        held = Held(
            outcome["id"], outcome["check"], outcome["title"], environments, proofs,
            outcome["proofs_left_out"], outcome["strength"],
        )  # fmt: skip
        same = held._replace(environments=())
        first = merged.setdefault(same, held)
        if first is not held:
            together = tuple(dict.fromkeys(first.environments + environments))
            merged[same] = first._replace(environments=together)
    return tuple(
        sorted(merged.values(), key=lambda one: (area_of(one.id, one.check), one.id, one.environments))
    )


def _silent(outcomes: list[dict[str, Any]]) -> tuple[Silent, ...]:
    merged: dict[tuple[str, str], tuple[str, ...]] = {}
    for outcome in outcomes:
        if outcome["status"] == "not-applicable" and not outcome["blocking"]:
            environments = (outcome["environment"],) if outcome["environment"] else ()
            key = (outcome["id"], outcome["reason"])
            merged[key] = tuple(dict.fromkeys(merged.get(key, ()) + environments))
    return tuple(
        Silent(item, environments, reason) for (item, reason), environments in sorted(merged.items())
    )
