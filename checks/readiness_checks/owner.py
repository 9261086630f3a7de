"""One team owns a service, and everything names the same."""

from collections.abc import Iterator
from datetime import date

from readiness.api import (
    Count,
    Days,
    Finding,
    Findings,
    Glob,
    NotApplicable,
    Operand,
    Proof,
    Subject,
    Text,
    Unknown,
)
from readiness.evidence.codeowners import Rule
from readiness.evidence.context import ServiceCard, Today
from readiness.evidence.contributors import Contributors
from readiness.evidence.git import HISTORY_FIX
from readiness.evidence.owned_paths import OwnedPaths
from readiness.evidence.ownership import Claim, Owners
from readiness.evidence.team_names import Person, is_person, team_name

ALONE = ("checklist", "catalog")  # they speak of the service itself, and of nothing else


def consistent(service: ServiceCard, owners: Owners, *, aliases: tuple[Text, ...] = ()) -> Findings:
    """Whoever names the owner of a service names the same team.

    Two names send the page to one team and the review to another; in an incident each waits for
    the other.

    Settings:
        aliases: names of one team, as in `team-orders = retail/checkout`; more of them stand in
            teams.yaml and in the Groups of the catalog.

    Silent on:
        names of one team that differ in organisation, kind, case, `_` for `-`, or a `team` before or
        behind: `group:default/team-orders`, `@retail/team-orders`, `orders`;
        persons, of whom nothing says the team they are in;
        several owners of a path, one of which is the team;
        alerts, workloads and runbooks of other services in the same sources;
        a service that only one source names an owner of.

    Severity: error warning note note

    Source:
        Backstage, "Descriptor Format of Catalog Entities", spec.owner; GitHub, "About code owners";
        Ambassador Labs, "Kubernetes annotations for services" (a8r.io/owner).
    """
    teams = owners.teams
    for alias in aliases:
        teams.same(alias.split("="))
    said = [
        (claim, frozenset(team for name in claim.names for team in teams.of(name))) for claim in owners.claims
    ]
    said = [(claim, meant) for claim, meant in said if meant]
    if not said:
        raise NotApplicable(f"nothing names an owning team; looked for {owners.looked_for}")
    if len({claim.source for claim, _ in said}) == 1:
        raise NotApplicable(
            f"only {_listed([claim for claim, _ in said])} names an owner: one source, no other"
        )
    first, meant = _reference(said)
    table = tuple(
        Operand(f"owner by {_spoken(claim)}", ", ".join(claim.names), at=claim.at) for claim, _ in said
    )
    agreeing = [claim for claim, teams_ in said if teams_ & meant]
    others = [claim for claim, teams_ in said if not teams_ & meant]
    if not others:
        yield Proof(f"{_listed(agreeing)} {_verb(agreeing)} {first.names[0]}", operands=table, at=first.at)
        return
    by_name: dict[tuple[str, tuple[str, ...]], list[Claim]] = {}
    for claim in others:
        names = tuple(sorted({team_name(name) for name in claim.names}))
        by_name.setdefault((claim.source, names), []).append(claim)
    for (source, names), claims in by_name.items():
        yield Finding(
            f"{_listed(claims)} {_verb(claims)} {', '.join(claims[0].names)},"
            f" {_listed(agreeing)} {_verb(agreeing)} {first.names[0]}",
            at=claims[0].at,
            fix=f"name {first.names[0]} there, or write both names of the team into teams.yaml",
            operands=table,
            about=service.subject,
            key=f"{source} {' '.join(names)}",
        )


def _reference(said: list[tuple[Claim, frozenset[str]]]) -> tuple[Claim, frozenset[str]]:
    """The claim that the others are held against.

    Raises:
        NotApplicable: nothing says which of several services here is meant.
    """
    for source in ALONE:
        for claim, meant in said:
            if claim.source == source:
                return claim, meant
    if len({meant for claim, meant in said if claim.source in ("alerts", "workloads")}) > 1:
        raise NotApplicable(
            "labels name several teams, and nothing says whose service this is: name service.owner"
        )
    weight = {meant: sum(claim.number for claim, other in said if other & meant) for _, meant in said}
    return max(said, key=lambda one: weight[one[1]])


def _spoken(claim: Claim) -> str:
    if claim.source == "checklist":
        return "the checklist"
    if claim.source == "catalog":
        return f"the catalog ({claim.what})"
    if claim.source == "CODEOWNERS":
        return f"CODEOWNERS for {claim.what}"
    return claim.what


def _listed(claims: list[Claim]) -> str:
    """`the checklist, the catalog and 9 alerts`; CODEOWNERS once, for all that it says it of."""
    words: dict[str, list[str]] = {}
    for claim in claims:
        word = "CODEOWNERS" if claim.source == "CODEOWNERS" else _spoken(claim)
        words.setdefault(word, []).append(claim.what)
    spoken = [
        f"CODEOWNERS for {_joined(list(dict.fromkeys(whats)))}" if word == "CODEOWNERS" else word
        for word, whats in words.items()
    ]
    return _joined(spoken)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _verb(claims: list[Claim]) -> str:
    """`names`, or `name` where several things do."""
    several = len({claim.source for claim in claims}) > 1 or any(claim.number > 1 for claim in claims)
    return "name" if several else "names"


def active(
    service: ServiceCard,
    owners: Owners,
    contributors: Contributors,
    today: Today,
    *,
    min_active: Count = 2,
    max_age: Days = 180,
) -> Findings:
    """Members of the owning team still work on the service.

    A team that owns a service by its name and has not touched it for half a year learns it anew in an outage.

    Settings:
        min-active: members who wrote or reviewed a commit.
        max-age: how far back their commits count.

    Silent on:
        members of whom git knows no commit: they may work under another name, so it is unknown;
        commits of people outside the team;
        sources that many services share.

    Severity: warning warning note note

    Source:
        Google SRE book, chapter 32, "The Evolving SRE Engagement Model"; Avelino et al., "A novel approach
        for estimating truck factors" (2016).
    """
    named = next((claim for source in ALONE for claim in owners.claims if claim.source == source), None)
    if named is None:
        raise NotApplicable("neither checklist nor catalog names the owning team")
    team = named.names[0]
    members = owners.teams.members(team)
    if not members:
        raise NotApplicable(f"nothing lists the members of {team}: a Group of the catalog or teams.yaml does")
    if not contributors.has_history:
        raise Unknown("no source has a git history", named.at, "judge a clone of the repository")
    last: dict[Person, date] = {
        person: day for person in members if (day := contributors.last_of(person)) is not None
    }
    working = [person for person, day in last.items() if (today.date - day).days <= max_age]
    operands = (
        Operand("members", len(members), at=named.at),
        Operand(f"with a commit in {max_age} days", len(working), worse="less"),
        *(Operand(f"last commit of {person.spellings[0]}", str(day)) for person, day in last.items()),
    )
    told = f"{len(working)} of {len(members)} members of {team} wrote or reviewed a commit in {max_age} days"
    if len(working) >= min_active:
        yield Proof(
            told,
            operands,
            at=named.at,
            about=service.subject,
        )
        return
    if contributors.shallow:
        raise Unknown(f"history of {contributors.shallow[0]} is cut off", named.at, HISTORY_FIX)
    if len(last) < len(members):
        unseen = [person.spellings[0] for person in members if person not in last]
        raise Unknown(
            f"{len(unseen)} of {len(members)} members of {team} can't be told among the authors: {unseen[0]}"
            + (" and others" if len(unseen) > 1 else ""),
            named.at,
            "write their addresses into teams.yaml, or map them in .mailmap",
        )
    yield Finding(
        f"{told}, {min_active} are needed",
        at=named.at,
        fix="hand the service to the team that works on it, or plan time on it for this one",
        operands=operands,
        about=service.subject,
    )


def codeowners_live(owned: OwnedPaths, *, unowned: tuple[Glob, ...] = ()) -> Findings:
    """Each line of CODEOWNERS decides about files that are there, and a team owns those of operations.

    A folder that was renamed loses its reviewers without a word: its line is still there and takes nothing.
    A line that a later one hides names reviewers who are never asked.

    Settings:
        unowned: patterns that have no owner on purpose.

    Silent on:
        a line whose later ones take only some of its files, such as `*` at the top;
        a line that a later one hides and that names the same owners;
        patterns without owners, beyond a note;
        lines that take nothing in a folder that is not known to be the whole repository: unknown;
        `[ ]` where a file of that name is there, and in the files of GitLab, which knows ranges.

    Severity: error warning note note

    Source:
        GitHub, "About code owners", syntax; GitLab, "Code Owners syntax and error handling".
    """
    if not owned.lines:
        raise NotApplicable("there is no CODEOWNERS, or no line in it")
    found = [*_invalid(owned), *_without(owned, unowned), *_alone(owned)]
    absent = [*_dead(owned), *_hidden(owned)]
    yield from (*found, *absent) if owned.whole else found
    if absent and not owned.whole:
        raise Unknown(
            f"lines of {owned.lines[0].rule.at.file} take no file here, and whether this is the whole"
            f" repository is not known: {absent[0].message}",
            absent[0].at,
            "judge a clone of the repository, from its root",
        )
    if not found and not absent:
        yield Proof(
            f"each of {len(owned.lines)} lines of {owned.lines[0].rule.at.file} decides about some of"
            f" {owned.files} files",
            (Operand("lines", len(owned.lines), at=owned.lines[0].rule.at), Operand("files", owned.files)),
            at=owned.lines[0].rule.at._replace(line=None),
            about=_subject_of(owned),
        )


def _subject_of(owned: OwnedPaths) -> Subject:
    return Subject("CodeOwners", "", owned.lines[0].rule.at.file)


def _invalid(owned: OwnedPaths) -> Iterator[Finding]:
    for line in owned.lines:
        rule = line.rule
        if not line.valid:
            yield Finding(
                f"{rule.pattern} is no pattern that GitHub or GitLab knows: the line counts for nothing",
                at=rule.at,
                fix="list what is meant without !, a later line takes from an earlier one",
                about=_subject_of(owned),
                key=f"invalid {rule.pattern}",
            )
        if rule.strays:
            yield Finding(
                f"{rule.pattern} names {', '.join(rule.strays)} without @, which is no owner",
                at=rule.at,
                fix=f"write @{rule.strays[0]}, or take it away",
                about=_subject_of(owned),
                key=f"stray {rule.pattern}",
            )


def _dead(owned: OwnedPaths) -> Iterator[Finding]:
    """Lines that take no file: each by itself where it names a path; the others in one."""
    dead = [line.rule for line in owned.lines if line.valid and not line.matched]
    named = [rule for rule in dead if not set(rule.pattern) & set("*?[")]
    for rule in named:
        yield Finding(
            f"{rule.pattern} takes none of {owned.files} files: nobody is asked where it was meant",
            at=rule.at,
            fix="write the path that it has now, or take the line away",
            operands=(Operand("files", owned.files),),
            about=_subject_of(owned),
            key=f"dead {rule.pattern}",
        )
    others = [rule for rule in dead if rule not in named]
    if others:
        shown = ", ".join(f"{rule.pattern} (line {rule.at.line})" for rule in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        yield Finding(
            f"{len(others)} of {len(owned.lines)} patterns take none of {owned.files} files: {shown}{more}",
            at=others[0].at,
            fix="take away those that speak of files that are gone",
            operands=tuple(Operand("pattern", rule.pattern, at=rule.at) for rule in others),
            about=_subject_of(owned),
            key="dead patterns",
            at_most="note",
        )


def _hidden(owned: OwnedPaths) -> Iterator[Finding]:
    for line in owned.lines:
        later = line.later
        if later is not None and set(later.owners) != set(line.rule.owners):
            yield Finding(
                f"{line.rule.pattern} takes {line.matched} files and decides about none: {later.pattern} in"
                f" line {later.at.line} comes after it and takes them",
                at=line.rule.at,
                fix=f"move the line below line {later.at.line}, or take it away",
                operands=(Operand("later line", later.pattern, at=later.at),),
                about=_subject_of(owned),
                key=f"hidden {line.rule.pattern}",
            )


def _without(owned: OwnedPaths, unowned: tuple[str, ...]) -> Iterator[Finding]:
    for line in owned.lines:
        rule = line.rule
        if line.deciding and not rule.owners and not rule.strays and rule.pattern not in unowned:
            yield Finding(
                f"{rule.pattern} has no owner, and takes it from {line.deciding} files",
                at=rule.at,
                fix="name an owner, or name the pattern in the setting unowned",
                about=_subject_of(owned),
                key=f"unowned {rule.pattern}",
                at_most="note",
            )


def _alone(owned: OwnedPaths) -> Iterator[Finding]:
    """Files of operations that one person alone can approve a change of."""
    found: dict[Rule, list[str]] = {}
    for what, lines in owned.operations.items():
        for rule, number in lines.items():
            if len(rule.owners) == 1 and is_person(rule.owners[0]):
                found.setdefault(rule, []).append(f"{number} {what}")
    for rule, files in found.items():
        yield Finding(
            f"{rule.pattern} gives {_joined(files)} to {rule.owners[0]} alone, a team is needed",
            at=rule.at,
            fix="name the team that is on call for them",
            about=_subject_of(owned),
            key=f"alone {rule.pattern}",
            at_most="warning",
        )
