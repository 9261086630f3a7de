"""What `waive` and `baseline` do: run the gate, and write down which of its findings somebody accepts."""

import os
from typing import Any, NamedTuple

from readiness.commands import STDIN, Arguments, day, judged
from readiness.errors import UsageError
from readiness.outcome import Location
from readiness.wording import plural

_NO_WORK = ("false-positive", "not-applicable")  # kinds of waivers that leave nothing to be done


class Waive(NamedTuple):
    """The command line of `waive`."""

    fingerprint: str
    reason: str
    owner: str
    until: str
    ticket: str
    kind: str
    approved_by: str


def waive(arguments: Arguments, wanted: Waive) -> int:
    """Runs the gate, finds the fingerprint and writes a waiver of it into the repository.

    Raises:
        UsageError: the next run would refuse the waiver, or the finding has one already.
    """
    from readiness.policy import WAIVERS
    from readiness.waivers import WAIVER_KINDS, Candidate, new_waiver, waivers_at, write_waiver

    kinds = [kind for kind in WAIVER_KINDS if kind == wanted.kind]
    if not kinds:
        raise UsageError(f"--kind {wanted.kind}: expected one of {', '.join(WAIVER_KINDS)}")
    _check_given(wanted)
    target = _target(arguments, WAIVERS)
    judgement = judged(arguments)
    found = [
        Candidate(one.entry, of_item.outcome.check, one.severity)
        for of_item in judgement.verdict.outcomes
        for one in of_item.findings
        if one.fingerprint == wanted.fingerprint
    ]
    if not found:
        raise UsageError(
            f"{wanted.fingerprint}: no finding has this fingerprint now; see `gate --output json`"
        )
    today = judgement.verdict.as_of
    end = day("--until", wanted.until)
    if end < today:
        raise UsageError(f"--until {end}: is before {today}")
    known = {one.id: one for one in (*judgement.policy.waivers, *waivers_at(target, WAIVERS))}
    for one in known.values():
        if one.fingerprint == wanted.fingerprint and one.expires >= today:
            raise UsageError(
                f"{wanted.fingerprint}: is waived by {one.id} already, until {one.expires}; "
                f"edit that one in {WAIVERS}"
            )
    waiver = new_waiver(
        known.values(), found[0], kind=kinds[0], reason=wanted.reason, owner=wanted.owner,
        expires=end, created=today, approved_by=wanted.approved_by,
        ticket=wanted.ticket, origin=Location("repository", WAIVERS),
    )  # fmt: skip
    write_waiver(target, waiver, WAIVERS, found[0].entry.finding.message)
    approved = "" if wanted.approved_by else "; it counts once somebody else is named under approved-by"
    print(f"wrote {waiver.id} to {WAIVERS}, until {waiver.expires}{approved}")
    _say_where_it_counts(arguments, judgement, WAIVERS)
    return 0


def _check_given(wanted: Waive) -> None:
    """Refuses what the next run would refuse: such a waiver would lock the gate."""
    from readiness.waivers import LEAST_REASON

    for option, value in (("--reason", wanted.reason), ("--owner", wanted.owner), ("--until", wanted.until)):
        if not value:
            raise UsageError(f"{option} is missing; a waiver has a reason, an owner and a last day")
    if not wanted.ticket and wanted.kind not in _NO_WORK:
        raise UsageError(
            f"--ticket is missing; a waiver of the kind {wanted.kind} leaves work to be done; "
            f"only {' and '.join(_NO_WORK)} need none"
        )
    length = len(wanted.reason.strip())
    if length < LEAST_REASON:
        raise UsageError(f"--reason has {length} characters; {LEAST_REASON} at least are needed")
    if wanted.approved_by and wanted.approved_by == wanted.owner:
        raise UsageError(f"--approved-by {wanted.approved_by}: is the owner; somebody else has to approve")


def baseline(arguments: Arguments, until: str, ticket: str, update: bool) -> int:
    """Writes the baseline of an old service, or drops what is fixed from it.

    Raises:
        UsageError: it would accept more than a baseline that is there, or has no end.
    """
    from readiness.policy import BASELINE

    target = _target(arguments, BASELINE)
    judgement = judged(arguments)
    if update:
        _shrink(judgement, target)
    else:
        _write_first(judgement, target, until, ticket)
    _say_where_it_counts(arguments, judgement, BASELINE)
    return 0


def _shrink(judgement: Any, target: str) -> None:
    from readiness.baseline import updated, write_baseline
    from readiness.policy import BASELINE

    before = judgement.policy.baseline
    if before is None:
        raise UsageError(f"--update: there is no {BASELINE}; write one with --until and --ticket")
    there = [one.entry for of_item in judgement.verdict.outcomes for one in of_item.findings]
    after = updated(before, there, judgement.outcomes)
    write_baseline(target, after)
    print(f"{BASELINE}: {len(before.findings)} → {plural(len(after.findings), 'finding')}")


def _write_first(judgement: Any, target: str, until: str, ticket: str) -> None:
    from readiness.baseline import baseline_of, write_baseline
    from readiness.gate import acceptable
    from readiness.policy import BASELINE

    if not until or not ticket:
        raise UsageError(
            "--until and --ticket are missing; a baseline has an end and a ticket that pays it off"
        )
    if judgement.policy.baseline is not None or os.path.lexists(target):
        raise UsageError(f"{BASELINE} is there already and only shrinks; use --update, or delete it first")
    end, today = day("--until", until), judgement.verdict.as_of
    if end <= today:
        raise UsageError(f"--until {until}: is not after {today}")
    made = baseline_of(
        acceptable(judgement.verdict), until=end, ticket=ticket, created=today,
        origin=Location("repository", BASELINE),
    )  # fmt: skip
    write_baseline(target, made)
    excused = plural(len(made.findings), "finding is", "findings are")
    print(f"wrote {BASELINE}: {excused} excused until {end}")


def _target(arguments: Arguments, record: str) -> str:
    """The file of the repository that a record is written to, wherever the rules are read from."""
    if arguments.path == STDIN:
        raise UsageError(
            f"-: standard input has no {record} to write to; name the repository, "
            "and what the pipeline rendered with --manifests ENV=-"
        )
    return os.path.join(arguments.path, record)


def _say_where_it_counts(arguments: Arguments, judgement: Any, record: str) -> None:
    from readiness.repository import without_secret

    root = getattr(judgement.policy.tree, "root", "")
    ref = getattr(judgement.policy.tree, "ref", "")
    if arguments.policy and (ref or os.path.realpath(root) != os.path.realpath(arguments.path)):
        place = without_secret(arguments.policy)
        print(f"the rules are read from {place}: it counts once {record} is merged there")
