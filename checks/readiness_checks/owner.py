"""One team owns a service, and everything names the same."""

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Text
from readiness.evidence.context import ServiceCard
from readiness.evidence.ownership import Claim, Owners
from readiness.evidence.team_names import team_name

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
        alerts and workloads of other services in the same sources;
        a service that only one source names an owner of.

    Severity: error warning note note

    Source:
        Backstage, "Descriptor Format of Catalog Entities", spec.owner; GitHub, "About code owners".
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
