"""Recorded series that are used are recorded."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from readiness.api import Finding, Findings, Glob, Known, NotApplicable, Proof, Unknown
from readiness.evidence.alert_rules import RecordingRule
from readiness.evidence.expressions import Expression, ExpressionsInUse, Generators
from readiness.outcome import Operand, Subject

NAMED = 5  # names and users that are listed before the rest is counted
COMPARED = 100  # recorded series that a name is compared with, to say which was probably meant


def recorded_series_exist(
    used: ExpressionsInUse,
    records: Known[RecordingRule],
    generators: Generators,
    *,
    recorded_elsewhere: tuple[Glob, ...] = (),
) -> Findings:
    """Every recorded series that an expression reads is recorded by a rule.

    A series that nobody records is empty, and an expression over an empty series
    says nothing, whatever happens: a recording rule that is renamed silences
    every alert on it, and no server reports an error.

    Settings:
        recorded-elsewhere: names of series that rules of another repository record.

    Silent on:
        names without a colon, which are no recorded series;
        series of sloth (`slo:…`) and pyrra (`…:burnrate…`) whose specification is in evidence;
        one name recorded by several rules.

    Severity: error error warning note

    Source:
        Prometheus documentation, "Recording rules", naming; "Querying basics".
    """
    recorded = {rule.name: rule for rule in records}
    families = {name.partition(":")[0] for name in recorded if ":" in name}
    by_part: dict[str, list[str]] = {}
    for name in sorted(recorded):
        for part in name.split(":"):
            by_part.setdefault(part, []).append(name)
    missing: dict[str, str] = {}  # each with the recorded series that was probably meant, or ""
    elsewhere: list[str] = []
    found = 0
    for metric in sorted(used.metrics):
        if ":" not in metric:
            continue
        elsewhere_too = any(fnmatchcase(metric, glob) for glob in recorded_elsewhere)
        if metric in recorded or elsewhere_too or generators.records(metric):
            found += 1
            continue
        near = _nearest(metric, by_part)
        if near or metric.partition(":")[0] in families:
            missing[metric] = near
        else:
            elsewhere.append(metric)
    if (missing or elsewhere) and not records.complete:
        raise Unknown(records.why)
    yield from _singly(missing, used, recorded)
    yield from _by_whole(missing, used)
    if elsewhere:
        first = used.of(elsewhere[0])[0]
        listed = ", ".join(elsewhere[:NAMED])
        more = f" and {len(elsewhere) - NAMED} more" if len(elsewhere) > NAMED else ""
        raise Unknown(
            f"no rule in evidence records {listed}{more}, nor anything of that family; {first.user} reads it",
            first.at,
            "add the repository that records it with --source, or name it in the setting recorded-elsewhere",
        )
    if found:
        yield Proof(
            f"{found} recorded series that expressions read are recorded",
            (Operand("series read", found), Operand("series recorded", len(recorded))),
            at=records.items[0].at if records.items else None,
        )
    elif not missing:
        raise NotApplicable("no expression reads a recorded series")


def _nearest(metric: str, by_part: dict[str, list[str]]) -> str:
    """The recorded series that was probably meant, of those that share a part of the name; else empty."""
    from difflib import get_close_matches

    shared = [name for part in metric.split(":") if part for name in by_part.get(part, ())[:COMPARED]]
    return next(iter(get_close_matches(metric, shared[:COMPARED], n=1, cutoff=0.85)), "")


def _singly(missing: dict[str, str], used: ExpressionsInUse, recorded: dict[str, RecordingRule]) -> Findings:
    """A series that rules and objectives read, once, with all of them."""
    for metric, near in missing.items():
        users = [one for one in used.of(metric) if not one.whole]
        if not users:
            continue
        operands = [Operand("read by", one.user, at=one.at) for one in users[:NAMED]]
        if near:
            operands.append(Operand("recorded", near, at=recorded[near].at.at("record")))
        yield Finding(
            f"{metric} is recorded by no rule, and {_listed(one.user for one in users)} "
            f"{'reads' if len({one.user for one in users}) == 1 else 'read'} it"
            + (f"; did you mean {near}?" if near else ""),
            at=users[0].at,
            fix=f"read {near}, or record {metric}"
            if near
            else f"record {metric}, or read what it was made of",
            operands=tuple(operands),
            about=Subject("Series", "", metric),
            key="not recorded",
            at_most=None if near else "warning",  # another repository may record the rest of a family
        )


def _by_whole(missing: dict[str, str], used: ExpressionsInUse) -> Findings:
    """Something with many expressions, once, with all the series that it misses."""
    wholes: dict[Subject, dict[str, Expression]] = {}
    for metric in missing:
        for one in used.of(metric):
            if one.whole:
                wholes.setdefault(one.about, {}).setdefault(metric, one)
    for about, metrics in wholes.items():
        first = next(iter(metrics.values()))
        yield Finding(
            f"{first.user} reads {len(metrics)} series that no rule records: {_listed(metrics)}",
            at=first.at,
            fix="ship the rules that record them, or take it out",
            operands=tuple(Operand("series", name, at=one.at) for name, one in list(metrics.items())[:NAMED]),
            about=about,
            key="not recorded",
        )


def _listed(names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - NAMED} more" if len(unique) > NAMED else ""
    return f"{', '.join(unique[:NAMED])}{more}"
