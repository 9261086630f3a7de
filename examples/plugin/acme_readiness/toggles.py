"""Feature toggles are taken out in time."""

from acme_readiness.evidence import Toggle
from readiness.api import Days, Finding, Findings, Operand, Proof
from readiness.evidence.context import Today


def not_expired(toggle: Toggle, today: Today, *, grace: Days = 14) -> Findings:
    """A feature toggle is taken out when its time is up.

    Code behind a forgotten toggle is never run before the day on which somebody
    turns it by mistake, in production, with data that it has never seen.

    Settings:
        grace: how long after its last day a toggle may stay.

    Silent on:
        a toggle without `expires`: a switch for operation, which stays.

    Severity: error warning note note

    Source:
        Acme's rules of engineering, chapter 4.
    """
    late = (today.date - toggle.expires).days
    sum_ = (
        Operand("days after expiry", late, "d", toggle.at.at("expires"), worse="more"),
        Operand("grace", grace, "d"),
    )
    if late > grace:
        yield Finding(
            f"{toggle.name} expired on {toggle.expires}, {late} days ago; {grace} are allowed",
            at=toggle.at,
            fix=f"take {toggle.name} out of the code, or agree on a new day with {toggle.owner or 'its owner'}",
            operands=sum_,
        )
    else:
        yield Proof(f"{toggle.name} is in its time until {toggle.expires}", operands=sum_)
