"""What happens when a budget is spent is agreed before it is."""

from collections.abc import Iterator

from readiness.api import Days, Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.budget_policy import BudgetPolicies, BudgetPolicy
from readiness.evidence.context import Today
from readiness.evidence.objective import percent
from readiness.evidence.slos import Objectives

THRESHOLDS = 2


def budget_policy(
    specs: Objectives, policies: BudgetPolicies, today: Today, *, max_age: Days = 365
) -> Findings:
    """A page says who does what when the error budget is spent, and its numbers are those of the objectives.

    An objective without a consequence is a graph. In the week in which the budget is gone, nobody has the
    authority to stop releases unless it was agreed before.

    Settings:
        max-age: since the page was reviewed.

    Silent on:
        services without an objective;
        percentages below 90 and of the budget itself, which are no objectives.

    Severity: warning warning note note

    Source:
        The Site Reliability Workbook, appendix B, "Error Budget Policy".
    """
    if not specs.objectives:
        raise NotApplicable("nothing promised")
    if not policies.found:
        first = specs.objectives[0]
        yield Finding(
            f"{len(specs.objectives)} objectives, and no page says what happens when a budget is spent",
            at=first.at,
            fix=f"write one: owner, approver, two shares of the budget with what is done at each; looked for "
            f"{policies.looked_for}",
            operands=(Operand("pages", 0, worse="less"),),
            about=first.subject,
            key="no policy",
        )
        return
    for policy in policies.found:
        wrong = list(_wrong(policy, specs, today, max_age))
        yield from wrong
        if not wrong:
            yield Proof(
                f"{policy.at.file} says what happens at {len(policy.thresholds)} shares of the budget",
                tuple(
                    Operand("share of the budget", percent(one), at=policy.at) for one in policy.thresholds
                ),
                at=policy.at,
            )


def _wrong(policy: BudgetPolicy, specs: Objectives, today: Today, max_age: int) -> Iterator[Finding]:
    file, about, at = policy.at.file, policy.subject, policy.at
    if not policy.owner:
        yield Finding(f"{file} names no owner", at=at, fix="add a line Owner: TEAM", about=about, key="owner")
    if not policy.approver:
        yield Finding(
            f"{file} does not say who approved it",
            at=at,
            fix="add a line Approved by: NAME",
            about=about,
            key="approver",
        )
    if len(policy.thresholds) < THRESHOLDS:
        yield Finding(
            f"{file} has {len(policy.thresholds)} shares of the budget at which something is done, "
            f"{THRESHOLDS} are needed",
            at=at,
            fix="say at which share releases slow down, and at which they stop",
            operands=(Operand("shares with an action", len(policy.thresholds), at=at, worse="less"),),
            about=about,
            key="thresholds",
        )
    if policy.reviewed is None:
        yield Finding(
            f"{file} has no date of its last review",
            at=at,
            fix="add a line Reviewed: YYYY-MM-DD",
            about=about,
            key="date",
        )
    elif (age := (today.date - policy.reviewed).days) > max_age:
        yield Finding(
            f"{file} was reviewed {age} days ago, {max_age} at most",
            at=at,
            fix="review it, and set the date",
            operands=(Operand("age", age, "d", at=at, worse="more"),),
            about=about,
            key="age",
        )
    promised = {one.target for one in specs.objectives}
    for share in policy.objectives:
        if share not in promised:
            listed = ", ".join(percent(one) for one in sorted(promised))
            yield Finding(
                f"{file} speaks of {percent(share)}, and what is promised is {listed}",
                at=at,
                fix="bring page and specification together",
                operands=(
                    Operand("objective of the page", percent(share), at=at),
                    Operand("objective promised", listed, at=specs.objectives[0].target_at),
                ),
                about=about,
                key=f"objective {percent(share)}",
            )
