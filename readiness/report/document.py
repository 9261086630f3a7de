"""Verdict → the canonical document. Places become file and line here, once, for all formats."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from readiness import __version__
from readiness.compare import Changes, Entry
from readiness.gate import EnvironmentVerdict, Judged, JudgedOutcome, Verdict
from readiness.outcome import (
    MOST_PROOFS,
    SEVERITIES,
    STATUSES,
    Cause,
    Finding,
    Location,
    Operand,
    Proof,
    Subject,
    milder,
)
from readiness.place import Places
from readiness.report import canonical
from readiness.suppressions import Registered
from readiness.waivers import Waiver

# Lines are looked up by composing a file anew. Every finding has its line; proofs have theirs in as many
# files as a service has, so that a run over thousands does not read everything twice.
PROVEN_FILES = 200


class About(NamedTuple):
    """What a document says beside the verdict: where everything came from."""

    service: str
    owner: str
    environment: str
    classes: Mapping[str, str]  # environment → class
    sources: Sequence[canonical.Source]
    policy: canonical.Policy | None
    base: canonical.Base | None
    renderers: Sequence[canonical.Renderer]
    causes: Mapping[str, Cause]
    notices: Sequence[str]
    waivers: Mapping[str, Waiver]
    controls: Mapping[str, str]  # item → control id


PatchOf = Callable[[Finding], str | None]  # a unified diff that mends a finding, where there is one


def no_patch(_: Finding) -> None:
    """For documents in which nothing is mended."""


def document(
    verdict: Verdict, about: About, places: Places, patch_of: PatchOf = no_patch
) -> canonical.Verdict:
    """The canonical document of a verdict."""
    writer = _Writer(about, places, verdict.changes, verdict.register, patch_of)
    places.prefetch(writer.wanted(verdict.outcomes))
    places.prefetch(one.suppression.at for one in verdict.register)
    outcomes = [writer.outcome(one) for one in verdict.outcomes]
    return {
        "schema": canonical.SCHEMA,
        "tool": {"name": "readiness", "version": __version__},
        "verdict": "pass" if verdict.passed else "fail",
        "decision": verdict.decision,
        "mode": verdict.mode,
        "reason": _sentence(verdict.reason, verdict.detail),
        "trusted": verdict.trusted,
        "service": {"name": about.service, "owner": about.owner or None},
        "environment": about.environment or None,
        "environments": [
            writer.environment(one, verdict.outcomes) for one in verdict.environments if one.environment
        ],
        "tier": verdict.tier,
        "as_of": verdict.as_of.isoformat(),
        "sources": list(about.sources),
        "policy": about.policy,
        "base": about.base,
        "renderers": list(about.renderers),
        "summary": _summary(verdict),
        "causes": writer.causes(verdict.outcomes),
        "ignored": [writer.ignored(one.message, one.at) for one in verdict.ignored],
        "suppressions": [writer.suppression(one, verdict.as_of) for one in verdict.register],
        "notices": [*(notice.message for notice in verdict.notices), *about.notices],
        "outcomes": outcomes,
    }


def _sentence(reason: str, detail: str) -> str:
    if reason == "nothing-judged":  # the one reason that nobody sees by what blocks
        return f"{reason}: {detail}"
    return detail or reason


def _statuses(outcomes: Iterable[JudgedOutcome]) -> canonical.Statuses:
    counted = Counter(one.status for one in outcomes)
    made: Any = {status: counted[status] for status in STATUSES}
    statuses: canonical.Statuses = made
    return statuses


def _summary(verdict: Verdict) -> canonical.Summary:
    found = [one for outcome in verdict.outcomes for one in outcome.findings if one.status == "fail"]
    severities: Any = {severity: sum(one.severity == severity for one in found) for severity in SEVERITIES}
    fixed = len({entry.fingerprint for entry in verdict.changes.fixed}) if verdict.changes else 0
    return {
        "statuses": _statuses(verdict.outcomes),
        "blocking": verdict.counts.blocking,
        "findings": severities,
        "waived": verdict.counts.waived,
        "existing": verdict.counts.existing,
        "suppressed": verdict.counts.suppressed,
        "fixed": fixed,
    }


class _Writer:
    def __init__(
        self,
        about: About,
        places: Places,
        changes: Changes | None,
        register: Sequence[Registered],
        patch_of: PatchOf = no_patch,
    ) -> None:
        self.about = about
        self.register = register
        self.patch_of = patch_of
        self.places = places
        self.fixed: dict[tuple[str, str], list[Entry]] = {}
        for entry in changes.fixed if changes is not None else ():
            self.fixed.setdefault((entry.item, entry.environment), []).append(entry)
        self.proven: dict[tuple[str, str], None] = {}

    def wanted(self, outcomes: Sequence[JudgedOutcome]) -> Iterator[Location]:
        """Every place that will be printed, so that each file is composed once for all of them."""
        for judged in outcomes:
            for one in judged.findings:
                if one.entry.at is not None:
                    yield one.entry.at
                yield from (operand.at for operand in one.finding.operands if operand.at is not None)
            for proof, _ in _proofs(judged):
                for at in (operand.at for operand in proof.operands):
                    if at is not None and len(self.proven) < PROVEN_FILES:
                        self.proven[at.source, at.file] = None
                    if at is not None and (at.source, at.file) in self.proven:
                        yield at

    def environment(
        self, verdict: EnvironmentVerdict, outcomes: Sequence[JudgedOutcome]
    ) -> canonical.Environment:
        here = [one for one in outcomes if one.outcome.environment in ("", verdict.environment)]
        return {
            "name": verdict.environment,
            "class": self.about.classes.get(verdict.environment, "production"),
            "verdict": "pass" if verdict.passed else "fail",
            "decision": verdict.decision,
            # where was looked is the same for all: the verdict says it once
            "reason": verdict.reason if verdict.reason == "nothing-judged" else verdict.detail,
            "counts": _statuses(here),
        }

    def outcome(self, judged: JudgedOutcome) -> canonical.Outcome:
        outcome = judged.outcome
        proofs = [self.proof(proof, subject) for proof, subject in _proofs(judged)]
        return {
            "id": outcome.item,
            "check": outcome.check,
            "title": outcome.title,
            "environment": outcome.environment or None,
            "status": judged.status,
            "state": judged.state,
            "blocking": judged.blocking,
            "severity": judged.severity,
            "strength": outcome.strength,
            "reason": judged.reason,
            "required": outcome.required,
            "control": self.about.controls.get(outcome.item),
            "causes": list(outcome.causes),
            "fingerprint": judged.fingerprint or None,
            "proofs": proofs,
            "proofs_left_out": sum(len(result.proofs) for result in outcome.results)
            - len(proofs)
            + outcome.proofs_left_out,
            "findings": [
                *(self.finding(one) for one in judged.findings),
                *(
                    self.mended(entry, judged)
                    for entry in self.fixed.get((outcome.item, outcome.environment), ())
                ),
            ],
        }

    def proof(self, proof: Proof, subject: Subject) -> canonical.Proof:
        return {
            "message": proof.message,
            "object": _object(proof.about or subject),
            "operands": [self.proven_operand(one) for one in proof.operands],
        }

    def finding(self, judged: Judged) -> canonical.Finding:
        finding = judged.finding
        at = judged.entry.at
        place = self.places.of(at) if at is not None else None
        message = finding.message
        if judged.notes:
            message += f" ({'; '.join(judged.notes)})"
        return {
            "message": message,
            "status": judged.status,
            "severity": judged.severity,
            "state": judged.state,
            "blocking": judged.blocking,
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "precision": place.precision if place else "exact",
            "source": place.source if place else None,
            "object": _object(judged.subject),
            "operands": [self.operand(one) for one in finding.operands],
            "fix": finding.fix,
            "patch": self.patch_of(finding) if judged.state != "fixed" else None,
            "fingerprint": judged.fingerprint,
            "waiver": self.waiver(judged.waiver),
            "suppressed_by": None if judged.request is None else _request(self.register[judged.request]),
        }

    def mended(self, entry: Entry, judged: JudgedOutcome) -> canonical.Finding:
        """A finding of the base that is gone: its file without a line, which is of another state."""
        severity = milder(judged.outcome.severity, entry.finding.at_most)
        plain = entry._replace(
            at=None,
            finding=entry.finding._replace(
                operands=tuple(one._replace(at=None) for one in entry.finding.operands)
            ),
        )
        made = self.finding(Judged(plain, severity, "fixed", False))
        if entry.at is not None:
            made["file"], made["source"] = entry.at.file, entry.at.source
        return made

    def proven_operand(self, operand: Operand) -> canonical.Operand:
        """An operand of a proof: without its line where that would be one file too many to compose."""
        at = operand.at
        if at is None or at.line is not None or (at.source, at.file) in self.proven:
            return self.operand(operand)
        return {**self.operand(operand._replace(at=None)), "file": at.file}

    def operand(self, operand: Operand) -> canonical.Operand:
        place = self.places.of(operand.at) if operand.at is not None else None
        return {
            "name": operand.name,
            "value": operand.value,
            "unit": operand.unit,
            "worse": operand.worse,
            "file": place.file if place else None,
            "line": place.line if place else None,
        }

    def waiver(self, waiver_id: str) -> canonical.Waiver | None:
        waiver = self.about.waivers.get(waiver_id)
        if waiver is None:
            return None
        return {
            "id": waiver.id,
            "kind": waiver.kind,
            "reason": waiver.reason,
            "owner": waiver.owner,
            "approved_by": waiver.approved_by,
            "expires": waiver.expires.isoformat(),
            "ticket": waiver.ticket or None,
        }

    def causes(self, outcomes: Sequence[JudgedOutcome]) -> list[canonical.Cause]:
        counted = Counter(cause for one in outcomes for cause in set(one.outcome.causes))
        made: list[canonical.Cause] = []
        for cause_id in sorted(counted):
            cause = self.about.causes.get(cause_id)
            if cause is None:
                continue
            place = self.places.of(cause.at) if cause.at is not None else None
            made.append(
                {
                    "id": cause.id,
                    "why": cause.why,
                    "file": place.file if place else None,
                    "line": place.line if place else None,
                    "source": place.source if place else None,
                    "fix": cause.fix,
                    "outcomes": counted[cause_id],
                }
            )
        return made

    def suppression(self, one: Registered, as_of: date) -> canonical.Suppression:
        request = one.suppression
        place = self.places.of(request.at)
        return {
            "file": place.file,
            "line": place.line,
            "source": place.source,
            "environments": sorted(request.environments - {""}),
            "object": _object(request.subject._replace(part="")),
            "container": request.part or None,
            "tool": request.tool,
            "annotation": request.key,
            "name": request.name,
            "checks": list(request.checks),
            "reason": request.reason,
            "counts": one.counts,
            "why": one.why,
            "hidden": one.hidden,
            "age_days": None if request.since is None else max(0, (as_of - request.since).days),
            "age_at_least": request.at_least,
        }

    def ignored(self, message: str, at: Location | None) -> canonical.Ignored:
        place = self.places.of(at) if at is not None else None
        return {"file": place.file if place else "", "line": place.line if place else None, "text": message}


def _proofs(judged: JudgedOutcome) -> Iterator[tuple[Proof, Subject]]:
    """The first proofs of an outcome, as many as are printed, with the subject of their result."""
    every = ((proof, result.subject) for result in judged.outcome.results for proof in result.proofs)
    return islice(every, MOST_PROOFS)


def _request(one: Registered) -> str:
    """A request in words, as a finding names what hides it."""
    request = one.suppression
    name = "" if request.name in request.key else f" {request.name}"
    return f"{request.key}{name}" + (f": {request.reason}" if request.reason else "")


def _object(subject: Subject) -> canonical.Object:
    return {
        "kind": subject.kind,
        "namespace": subject.namespace,
        "name": subject.name,
        "part": subject.part,
    }
