"""A service has one name wherever it is spoken of."""

from collections.abc import Iterator
from itertools import combinations

from readiness.api import Finding, Findings, Location, NotApplicable, Operand, Proof, Text
from readiness.evidence.identities import Identities, Named, related
from readiness.evidence.telemetry import Said, Told

MOST = 100  # proofs and findings: a report of more helps nobody


def identity_consistent(identities: Identities, *, aliases: tuple[Text, ...] = ()) -> Findings:
    """What a service reports itself as is what it is called.

    Traces, metrics, alerts and the catalog meet by the service's name. Under a name that nobody else uses, or
    under that of its neighbour, its errors are looked for in the wrong place.

    Settings:
        aliases: other names that are right.

    Silent on:
        names that differ by case, by dashes, by words before or behind (`orders` and `orders-api`), or by an
        environment;
        names of alerts' labels that are no slip of a known one: alerts of others may lie here;
        names in code, in Secrets, and those that the operator of OpenTelemetry makes.

    A name that nothing here is called is a note where no catalog is in the evidence.

    Severity: warning warning note note

    Source:
        OpenTelemetry, "Service" of the semantic conventions; "Environment Variable Specification"; Backstage,
        "Descriptor Format of Catalog Entities".
    """
    told = [one for one in identities.telemetry.told if one.names]
    if not told and not identities.of_alerts:
        raise NotApplicable("no workload is told a name for its telemetry, and no alert names a service")
    for one in told[:MOST]:
        wrong = list(_of_workload(one, identities, aliases))
        yield from wrong
        if not wrong:
            names = ", ".join(dict.fromkeys(f"{said.value} ({said.how})" for said in one.names))
            yield Proof(
                f"{one.workload.name} reports itself as {names}",
                tuple(Operand(said.how, said.value, at=said.at) for said in one.names),
                at=one.names[0].at,
                about=one.workload.subject,
            )
    good: list[Named] = []
    for label in identities.of_alerts[:MOST]:
        slip = None if identities.means(label.name, aliases) else identities.slip(label.name)
        if slip is None:
            good.append(label)
            continue
        yield Finding(
            f"{label.who} is {label.name}, {slip.who} says {slip.name}",
            at=label.at,
            fix=f"write {slip.name}, or name {label.name} in the setting aliases",
            operands=(
                Operand("name of the alert", label.name, at=label.at),
                Operand(f"name of {slip.who}", slip.name, at=slip.at),
            ),
            key=f"alert {label.name}",
        )
    if good:
        names = ", ".join(one.name for one in good[:5])
        yield Proof(
            f"alerts speak of {names}",
            tuple(Operand(one.who, one.name, at=one.at) for one in good[:5]),
            at=good[0].at,
        )


def _of_workload(told: Told, identities: Identities, aliases: tuple[str, ...]) -> Iterator[Finding]:
    name = told.workload.name
    for first, other in combinations(told.names, 2):
        apart = first.container and other.container and first.container != other.container
        if (
            not apart
            and not related(first.value, other.value)
            and not {first.value, other.value} & {*aliases}
        ):
            yield Finding(
                f"{name} reports itself as {first.value} ({first.how}) and as {other.value} ({other.how})",
                at=other.at,
                fix=f"write {first.value} in both",
                operands=(
                    Operand(first.how, first.value, at=first.at),
                    Operand(other.how, other.value, at=other.at),
                ),
                about=told.workload.subject,
                key=f"two {other.how}",
            )
            return
    for said in told.names:
        if said.value in aliases:
            continue
        other_one = identities.others(said.value, told.workload)
        if other_one is not None:
            yield _named(
                told, said, f"that is the name of {other_one.kind} {other_one.name}", name, None, other_one.at
            )
            return
        if not identities.means(said.value, aliases):
            slip = identities.slip(said.value)
            says = f"{slip.who} is called {slip.name}" if slip else "nothing here is called so"
            yield _named(told, said, says, slip.name if slip else name, identities, slip.at if slip else None)
            return


def _named(
    told: Told, said: Said, says: str, right: str, identities: Identities | None, at: Location | None
) -> Finding:
    doubtful = identities is not None and at is None and not identities.has_catalog
    more = (Operand("who is called so", right, at=at),) if at is not None else ()
    return Finding(
        f"{told.workload.name} reports itself as {said.value} ({said.how}): {says}",
        at=said.at,
        fix=f"write {right}, or name {said.value} in the setting aliases",
        operands=(Operand(said.how, said.value, at=said.at), *more),
        about=told.workload.subject,
        key=f"name {said.how}",
        at_most="note" if doubtful else None,
    )
