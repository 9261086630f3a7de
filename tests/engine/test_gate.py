"""The decision, as one table: what was found, what people accepted, and what the gate makes of it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.attestations import Attestation, standings
from readiness.baseline import Baseline, baseline_of
from readiness.checklist import AttestRule, DecisionPolicy, Item
from readiness.compare import compare, entries
from readiness.gate import PLACEHOLDERS, Decision, Ignored, Verdict, acceptable, decide
from readiness.outcome import (
    Finding,
    Location,
    Operand,
    Outcome,
    Proof,
    Result,
    Severity,
    Status,
    Strength,
    Subject,
    fingerprint,
)
from readiness.suppressions import Suppression
from readiness.waivers import Match, Waiver

TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)
LIMIT, PDB, PLAN = "rollback.history-limit", "availability.pdb-allows-drain", "capacity.plan-covers-peak"
API = Subject("Deployment", "orders", "api")
WORKER = Subject("Deployment", "orders", "worker")
DRILL = "dr-exercise"
ALL = Subject("Environment", "", "production")


def of(
    *results: Result,
    item: str = LIMIT,
    severity: Severity = "error",
    env: str = "production",
    required: bool = False,
    strength: Strength = "rendered",
    ruled_out: str = "",
    reason: str = "",
) -> Outcome:
    return Outcome(
        item, item, item, env, severity, required, results, ruled_out or reason, strength, bool(ruled_out)
    )


def ok(subject: Subject = API) -> Result:
    return Result(subject, "pass", proofs=(Proof(f"{subject} holds"),))


def bad(
    subject: Subject = API, kept: int = 1, key: str = "", at_most: Severity | None = None, **more: int
) -> Result:
    operands = [Operand("kept", kept, worse="less")]
    operands += [Operand(name.replace("_", " "), value, worse="more") for name, value in more.items()]
    place = Location("repository", "deploy/api.yaml")
    text = f"{subject.name} keeps {kept}"
    finding = Finding(text, place, operands=tuple(operands), key=key, at_most=at_most)
    return Result(subject, "fail", (finding,))


def says(status: Status, subject: Subject = API, reason: str = "values are templated") -> Result:
    return Result(subject, status, reason=reason)


def many(count: int) -> tuple[Result, ...]:
    return tuple(bad(Subject("Deployment", "orders", f"api-{index}")) for index in range(count))


def waiver(**fields: Any) -> Waiver:
    fields.setdefault("match", None if fields.get("fingerprint") else Match(name="api"))
    standard: dict[str, Any] = {
        "id": "W-1", "check": LIMIT, "fingerprint": "", "kind": "accepted-risk",
        "reason": "the release of the winter is small", "owner": "team-orders", "approved_by": "jane.doe",
        "created": date(2026, 11, 1), "expires": date(2027, 1, 15), "ticket": "OPS-1", "accepts": {},
        "max_findings": None, "origin": Location("policy", ".readiness/waivers.yaml"),
    }  # fmt: skip
    return Waiver(**{**standard, **fields})


def accepted(*outcomes: Outcome, until: date = date(2027, 3, 1)) -> Baseline:
    held = [entry for outcome in outcomes for entry in entries(outcome)]
    place = Location("policy", ".readiness/baseline.yaml")
    return baseline_of(held, until=until, ticket="OPS-7", created=date(2026, 6, 1), origin=place)


def item(id_: str = LIMIT, **fields: Any) -> Item:
    return Item(id_, fields.pop("kind", "check"), id_, **fields)


def stated(answer: str = "yes", item_: str = LIMIT, **fields: Any) -> Attestation:
    standard: dict[str, Any] = {
        "item": item_, "statement": "It was exercised", "answer": answer, "by": "jane.doe", "role": "sre",
        "at": date(2026, 11, 2), "expires": date(2027, 5, 1), "reason": "", "evidence": (),
        "origin": Location("policy", ".readiness/attestations/dr.yaml"),
    }  # fmt: skip
    return Attestation(**{**standard, **fields})


def signed(*results: Result, severity: Severity = "error") -> Outcome:
    return of(*results, item=DRILL, severity=severity, env="", strength="attested")._replace(
        check="attestation"
    )


def asks(**fields: Any) -> dict[str, Any]:
    """A request of the evaluated tree that nothing is told of the API."""
    standard: dict[str, Any] = {
        "tool": "kube-linter", "key": "ignore-check.kube-linter.io/limit", "name": "limit", "checks": (LIMIT,),
        "subject": API, "part": "", "reason": "it is small", "at": Location("repository", "deploy/api.yaml"),
        "environments": frozenset({"production"}),
    }  # fmt: skip
    return {"suppressions": (Suppression(**{**standard, **fields}),)}


class Case(NamedTuple):
    """One row; `says` has to stand in what the verdict tells, `state` is that of the first entry."""

    name: str
    outcomes: tuple[Outcome, ...]
    decision: Decision
    blocking: int
    says: str = ""
    state: str = "-"  # "-": not asked
    base: tuple[Outcome, ...] | None = None
    baseline: Baseline | None = None
    waivers: tuple[Waiver, ...] = ()
    items: tuple[Item, ...] = ()
    attested: tuple[Attestation, ...] = ()
    policy: DecisionPolicy = DecisionPolicy()
    more: Mapping[str, Any] = {}
    day: date = TODAY


def judged(case: Case) -> Verdict:
    return decide(
        case.outcomes,
        as_of=case.day,
        items=case.items,
        changes=None if case.base is None else compare(case.outcomes, case.base, case.items),
        waivers=case.waivers,
        baseline=case.baseline,
        attestations=standings(case.items, case.attested, case.day, lambda _: None),
        policy=case.policy,
        **case.more,
    )


def told(verdict: Verdict) -> str:
    """All texts of a verdict, a line each."""
    lines = [verdict.detail, *(notice.message for notice in verdict.notices)]
    for outcome in verdict.outcomes:
        lines.append(outcome.reason)
        for one in outcome.findings:
            lines += [one.finding.message, *one.notes]
    return "\n".join(lines)


FAIL, UNKNOWN, NOTE = of(bad()), of(says("unknown")), of(bad(), severity="note")
WARN = of(bad(), severity="warning")
PASS = of(ok())
ADVISORY = DecisionPolicy(mode="advisory")
_NO_POLICY = DecisionPolicy()
STRICT = DecisionPolicy(fail_on="warning")
PRINT = fingerprint(LIMIT, API)
STRICTEST = DecisionPolicy(fail_on="note")
ATTESTABLE = (item(attestable=True),)
EXERCISE = item(DRILL, kind="attest", attest=AttestRule(("sre",)))
ACCEPTS = DecisionPolicy(accept_suppressions=(LIMIT,))
APP = API._replace(part="app")
SOON = item(enforce_from=TODAY + timedelta(days=97))
SINCE = item(enforce_from=TODAY)
NOT_STARTED = Location("repository", "readiness.yaml", 0, ("service", "owner"))
STAGING = of(bad(), env="staging")

CASES = [
    # Statuses against the threshold
    Case("a pass is a go", (PASS,), "GO", 0, "1 holds, nothing blocks"),
    Case("an error blocks", (FAIL,), "NO-GO", 1, "1 blocks: 1 failed", "None"),
    Case("a warning passes", (WARN,), "GO", 0),
    Case("a note passes", (NOTE,), "GO", 0),
    Case("a warning blocks where the policy says so", (WARN,), "NO-GO", 1, policy=STRICT),
    Case("a note passes where warnings block", (NOTE,), "GO", 0, policy=STRICT),
    Case("a note blocks where notes do", (NOTE,), "NO-GO", 1, policy=STRICTEST),
    Case("unknown is held like fail", (PASS, of(says("unknown"), item=PDB)), "UNKNOWN", 1, "1 unknown"),
    Case("unknown of a warning passes", (PASS, of(says("unknown"), item=PDB, severity="warning")), "GO", 0),
    Case("error is held like fail", (of(says("error")),), "UNKNOWN", 1, "1 in error"),
    Case("error of a note passes", (PASS, of(says("error"), item=PDB, severity="note")), "GO", 0),
    Case("a fail outweighs an unknown", (FAIL, of(says("unknown"), item=PDB)), "NO-GO", 2),
    Case("two subjects of one item", (of(ok(), bad(WORKER)),), "NO-GO", 1, "worker keeps 1"),
    Case("what stands beside a crash still counts", (of(bad()._replace(status="error")),), "NO-GO", 2),
    Case("a fail without finding blocks", (of(says("fail", reason="no finding")),), "NO-GO", 1, "no finding"),
    Case("a finding in a pass blocks", (of(bad()._replace(status="pass")),), "NO-GO", 1),
    Case("a finding's cap makes it milder", (of(bad(at_most="warning")),), "GO", 0),
    Case("a cap makes nothing worse", (of(bad(at_most="error"), severity="note"),), "GO", 0),
    Case("a milder finding hides no unknown",
         (of(bad(at_most="note")._replace(causes=("c1",), reason="chart not rendered")),),
         "UNKNOWN", 1, "chart not rendered"),
    Case("two findings that can't be told apart", (of(bad(), bad(kept=2)),), "NO-GO", 3, "key of its own"),
    Case("what the run found twice is said once", (of(bad(), bad(kept=2), says("error", WORKER)),),
         "NO-GO", 3),
    Case("two findings with keys", (of(bad(key="a"), bad(key="b")),), "NO-GO", 2),
    Case("two unreadable documents of one file", (of(ok(), says("unknown"), says("unknown")),), "UNKNOWN", 2),

    # Nothing passes by having looked at nothing
    Case("no outcome at all", (), "UNKNOWN", 0, "nothing was judged"),
    Case("no subject anywhere", (of(), of(item=PDB)), "UNKNOWN", 0, "looked in deploy/, k8s/",
         more={"looked": ("deploy/", "k8s/")}),
    Case("all not applicable", (of(says("not-applicable")),), "UNKNOWN", 0, "nothing was judged"),
    Case("unknowns alone judge nothing", (of(says("unknown"), severity="note"),), "UNKNOWN", 0,
         "nothing was judged"),
    Case("a person's word is no evidence beside checks", (of(), signed(ok())), "UNKNOWN", 0, "nothing was"),
    Case("a checklist of statements alone", (signed(ok()),), "GO", 0),
    Case("required without a subject", (PASS, of(item=PDB, required=True, reason="no Service found")),
         "NO-GO", 1, f"no subject: nothing to judge for required item {PDB}: no Service found"),
    Case("required, and all subjects are exempt",
         (PASS, of(says("not-applicable", reason="one replica"), item=PDB, required=True)), "NO-GO", 1,
         "one replica"),
    Case("required, and ruled out by the platform",
         (PASS, of(item=PDB, required=True, ruled_out="platform is dynatrace")), "GO", 0),
    Case("required as a note", (PASS, of(item=PDB, required=True, severity="note")), "GO", 0, "no subject"),
    Case("required and unknown is said once", (PASS, of(says("unknown"), item=PDB, required=True)),
         "UNKNOWN", 1),
    Case("evidence weaker than asked for", (of(ok(), strength="source"),), "UNKNOWN", 1,
         "holds by source evidence, rendered is asked for", items=(item(min_strength="rendered"),)),
    Case("evidence as strong as asked for", (PASS,), "GO", 0, items=(item(min_strength="rendered"),)),
    Case("a placeholder fails", (PASS,), "NO-GO", 1, "service.owner is still TODO",
         more={"placeholders": [NOT_STARTED]}),
    Case("a placeholder can't be waived", (PASS,), "NO-GO", 1, "lets nobody waive it",
         waivers=(waiver(check=PLACEHOLDERS, match=Match(kind="*")),), more={"placeholders": [NOT_STARTED]}),

    Case("the baseline accepts no placeholder", (PASS,), "NO-GO", 1,
         baseline=accepted(of(Result(Subject("Placeholder", "", "readiness.yaml", "service.owner"), "fail",
                                     (Finding("TODO"),)), item=PLACEHOLDERS)),
         more={"placeholders": [NOT_STARTED]}),

    # Dates of enforcement
    Case("before it is enforced it warns", (FAIL, of(ok(), item=PDB)), "GO", 0,
         "enforced from 2027-03-01, in 97 days", items=(SOON,)),
    Case("the day before", (FAIL,), "GO", 0, "in 1 day", items=(item(enforce_from=TOMORROW),)),
    Case("on the day it is enforced", (FAIL,), "NO-GO", 1, items=(SINCE,)),
    Case("before it, a warning where warnings block", (FAIL,), "NO-GO", 1, items=(SOON,), policy=STRICT),
    Case("unknown before it is enforced", (of(ok(WORKER), says("unknown")),), "GO", 0, items=(SOON,)),

    # The base
    Case("existing doesn't block", (FAIL,), "GO", 0, state="existing", base=(FAIL,)),
    Case("new blocks", (FAIL,), "NO-GO", 1, state="new", base=(PASS,)),
    Case("worse blocks", (FAIL,), "NO-GO", 1, "worse than at the base: kept 2 → 1", "worse",
         base=(of(bad(kept=2)),)),
    Case("better doesn't block", (of(bad(kept=2)),), "GO", 0, state="existing", base=(FAIL,)),
    Case("a crash never counts as existing", (of(says("error")),), "UNKNOWN", 1, state="new",
         base=(of(says("error")),)),
    Case("unknown as at the base", (of(ok(WORKER), says("unknown")),), "GO", 0, state="existing",
         base=(of(ok(WORKER), says("unknown")),)),
    Case("unknown that was a pass", (of(ok(WORKER), says("unknown")),), "UNKNOWN", 1, state="new",
         base=(of(ok(WORKER), ok()),)),
    Case("old in staging, new in production", (FAIL, STAGING), "NO-GO", 1,
         base=(of(ok()), STAGING), more={"environments": ("production", "staging")}),
    Case("what the date caused never counts as existing", (of(bad(age=200)),), "NO-GO", 1, "the date caused",
         base=(of(bad(age=200)),)),
    Case("an age of something is the date's too", (of(bad(age_of_review=200)),), "NO-GO", 1,
         base=(of(bad(age_of_review=200)),)),
    Case("enforced since today, and old", (FAIL,), "NO-GO", 1, "enforced since", "new", base=(FAIL,),
         items=(SINCE,)),
    Case("required without a subject, as at the base", (PASS, of(item=PDB, required=True)), "GO", 0,
         base=(PASS, of(item=PDB, required=True))),
    Case("a subject that passed is gone", (of(ok(WORKER)),), "NO-GO", 1,
         "evidence-disappeared: Deployment orders/api was pass at the base and is gone now", "new",
         base=(of(ok(), ok(WORKER)),)),
    Case("a subject that failed is gone", (of(ok(WORKER)),), "NO-GO", 1, "was fail",
         base=(of(bad(), ok(WORKER)),)),
    Case("a note's evidence is gone", (of(ok(WORKER), severity="note"),), "GO", 0, "evidence-disappeared",
         base=(of(ok(), ok(WORKER), severity="note"),)),
    Case("a whole item's evidence is gone", (PASS, of(item=PLAN)), "NO-GO", 1, "evidence-disappeared",
         base=(PASS, of(ok(ALL), item=PLAN))),
    Case("an item's outcome is gone", (PASS,), "NO-GO", 1, "evidence-disappeared",
         base=(PASS, of(ok(), item=PDB))),
    Case("a whole environment is gone", (of(ok(), env="staging"),), "NO-GO", 1, "evidence-disappeared",
         base=(PASS, of(ok(), env="staging")), more={"environments": ("staging",)}),
    Case("a subject became exempt", (of(ok(WORKER), says("not-applicable")),), "NO-GO", 1,
         "is not-applicable now", base=(of(ok(WORKER), ok()),)),
    Case("one new unknown explains all that is gone", (of(says("unknown", ALL, "chart not rendered")),),
         "UNKNOWN", 1, "chart not rendered", base=(of(ok(), ok(WORKER)),)),
    Case("an old unknown explains nothing", (of(says("unknown", ALL), ok(WORKER)),), "NO-GO", 1,
         "evidence-disappeared", base=(of(says("unknown", ALL), ok(), ok(WORKER)),)),
    Case("gone evidence may be waived", (of(ok(WORKER)),), "GO WITH CONDITIONS", 0, "waived by W-1",
         base=(of(ok(), ok(WORKER)),), waivers=(waiver(),)),

    # The baseline
    Case("accepted by the baseline", (FAIL,), "GO WITH CONDITIONS", 0, "1 accepted by the baseline",
         "existing", baseline=accepted(FAIL)),
    Case("accepted as a note is no condition", (NOTE,), "GO", 0, baseline=accepted(NOTE)),
    Case("not in the baseline", (FAIL, of(bad(), item=PDB)), "NO-GO", 1, baseline=accepted(FAIL)),
    Case("worse than the baseline", (FAIL,), "NO-GO", 1, "worse than the baseline accepted: kept 2 → 1",
         "worse", baseline=accepted(of(bad(kept=2)))),
    Case("better than the baseline", (of(bad(kept=2)),), "GO WITH CONDITIONS", 0, baseline=accepted(FAIL)),
    Case("an operand that the baseline doesn't know", (of(bad(surge=3)),), "GO WITH CONDITIONS", 0,
         baseline=accepted(FAIL)),
    Case("an age goes on in the baseline", (of(bad(age=300)),), "GO WITH CONDITIONS", 0,
         baseline=accepted(of(bad(age=200)))),
    Case("the last day of the baseline", (FAIL,), "GO WITH CONDITIONS", 0,
         baseline=accepted(FAIL, until=TOMORROW)),
    Case("from its end on it blocks", (FAIL,), "NO-GO", 1, "accepted it until 2026-11-24 (OPS-7)", "new",
         baseline=accepted(FAIL, until=TODAY)),
    Case("after its end the base excuses nothing of it", (FAIL,), "NO-GO", 1, base=(FAIL,),
         baseline=accepted(FAIL, until=TODAY)),
    Case("after its end the base excuses others", (FAIL,), "GO", 0, base=(FAIL,),
         baseline=accepted(of(bad(), item=PDB), until=TODAY)),
    Case("worse than the baseline, as at the base", (FAIL,), "GO", 0, state="existing", base=(FAIL,),
         baseline=accepted(of(bad(kept=2)))),
    Case("the baseline accepts no crash", (of(says("error")),), "UNKNOWN", 1,
         baseline=accepted(of(says("error")))),
    Case("the baseline accepts an unknown", (of(ok(WORKER), says("unknown")),), "GO WITH CONDITIONS", 0,
         baseline=accepted(of(says("unknown")))),
    Case("accepted in staging only", (FAIL,), "NO-GO", 1, "accepted it in staging only",
         baseline=accepted(STAGING)),

    Case("accepted as unknown, and lost again", (of(ok(WORKER), says("unknown")),), "UNKNOWN", 1, state="new",
         base=(of(ok(WORKER), ok()),), baseline=accepted(of(says("unknown")))),

    # Waivers
    Case("waived", (FAIL,), "GO WITH CONDITIONS", 0, "waived by W-1", waivers=(waiver(),)),
    Case("waived by fingerprint", (FAIL,), "GO WITH CONDITIONS", 0, waivers=(waiver(fingerprint=PRINT),)),
    Case("a waived warning is no condition", (WARN,), "GO", 0, waivers=(waiver(),)),
    Case("a waiver covers an unknown", (of(ok(WORKER), says("unknown")),), "GO WITH CONDITIONS", 0,
         waivers=(waiver(),)),
    Case("a waiver covers a crash", (of(ok(WORKER), says("error")),), "GO WITH CONDITIONS", 0,
         waivers=(waiver(),)),
    Case("a waiver doesn't judge", (of(says("unknown")),), "UNKNOWN", 0, "nothing was judged",
         waivers=(waiver(),)),
    Case("on its last day", (FAIL,), "GO WITH CONDITIONS", 0, "waiver W-1 expires today: its last day",
         waivers=(waiver(expires=TODAY),)),
    Case("the day after", (FAIL,), "NO-GO", 1, "waiver W-1 expired 1 day ago", day=TOMORROW,
         waivers=(waiver(expires=TODAY),)),
    Case("three days after", (FAIL,), "NO-GO", 1, "waiver W-1 expired 3 days ago",
         waivers=(waiver(expires=date(2026, 11, 21)),)),
    Case("the base prolongs no waiver", (FAIL,), "NO-GO", 1, "expired", "new", base=(FAIL,),
         waivers=(waiver(expires=date(2026, 11, 21)),)),
    Case("not approved", (FAIL,), "NO-GO", 1, "nobody stands in approved-by",
         waivers=(waiver(approved_by=""),)),
    Case("approved by its owner", (FAIL,), "NO-GO", 1, "both owns and approves",
         waivers=(waiver(owner="Jane.Doe"),)),
    Case("approved by somebody", (FAIL,), "NO-GO", 1, "no approver jane.doe", waivers=(waiver(),),
         policy=DecisionPolicy(approvers=("joe",))),
    Case("too long for an error", (FAIL,), "NO-GO", 1, "an error may be waived for 90 days",
         waivers=(waiver(expires=date(2027, 2, 1)),)),
    Case("not too long for a warning", (WARN,), "GO", 0, policy=STRICT._replace(fail_on="error"),
         waivers=(waiver(expires=date(2027, 2, 1)),)),
    Case("not waivable by the item", (FAIL,), "NO-GO", 1, "lets nobody waive it", waivers=(waiver(),),
         items=(item(waivable=False),)),
    Case("not waivable by the policy", (FAIL,), "NO-GO", 1, "lets nobody waive it", waivers=(waiver(),),
         policy=DecisionPolicy(non_waivable=(LIMIT,))),
    Case("too broad covers none", (of(*many(26)),), "NO-GO", 26, "matches 26 findings, at most 25",
         waivers=(waiver(match=Match(name="api-*")),)),
    Case("as broad as it may be", (of(*many(25)),), "GO WITH CONDITIONS", 0,
         waivers=(waiver(match=Match(name="api-*")),)),
    Case("accepts what there is", (FAIL,), "GO WITH CONDITIONS", 0, waivers=(waiver(accepts={"kept": 1}),)),
    Case("accepts less", (FAIL,), "NO-GO", 1, "accepts kept 2, Deployment orders/api has 1 now",
         waivers=(waiver(accepts={"kept": 2}),)),
    Case("matches nothing", (PASS,), "GO", 0, "W-1 matches no finding any more", waivers=(waiver(),)),
    Case("matches nothing of a part", (PASS,), "GO", 0, waivers=(waiver(),), more={"partial": True}),
    Case("of another check", (FAIL,), "NO-GO", 1, waivers=(waiver(check=PDB),)),
    Case("of another environment", (FAIL,), "NO-GO", 1,
         waivers=(waiver(match=Match(environment="staging")),)),
    Case("a second waiver covers what an expired one means", (FAIL,), "GO WITH CONDITIONS", 0, "by W-2",
         waivers=(waiver(expires=date(2026, 11, 21)), waiver(id="W-2"))),

    # Requests of the evaluated tree
    Case("a request hides a note", (NOTE,), "GO WITH CONDITIONS", 0, "1 hidden by annotations", more=asks(),
         policy=STRICTEST),
    Case("a request hides a warning", (WARN,), "GO WITH CONDITIONS", 0, "1 hidden by annotations", more=asks(),
         policy=STRICT),
    Case("a hidden warning that would not block is no condition", (WARN,), "GO", 0, more=asks()),
    Case("a request hides no error", (FAIL,), "NO-GO", 1, "accept-suppressions of the policy does not name it",
         more=asks()),
    Case("the policy accepts it for the check", (FAIL,), "GO WITH CONDITIONS", 0, "1 hidden by annotations",
         more=asks(), policy=ACCEPTS),
    Case("the policy accepts it for the item", (of(bad(), item="limit")._replace(check=LIMIT),),
         "GO WITH CONDITIONS", 0, more=asks(), policy=DecisionPolicy(accept_suppressions=("limit",))),
    Case("the policy accepts it for another check", (FAIL,), "NO-GO", 1, more=asks(),
         policy=DecisionPolicy(accept_suppressions=(PDB,))),
    Case("a finding's cap makes it hideable", (of(bad(at_most="warning")),), "GO WITH CONDITIONS", 0,
         more=asks(), policy=STRICT),
    Case("a countdown hides no error of tomorrow", (FAIL,), "NO-GO", 1, "hides nothing here", items=(SOON,),
         more=asks(), policy=STRICT),
    Case("nobody may waive the item", (WARN,), "NO-GO", 1, f"the policy lets nobody waive {LIMIT}",
         items=(item(waivable=False),), more=asks(), policy=STRICT),
    Case("nobody may waive the check", (FAIL,), "NO-GO", 1, f"the policy lets nobody waive {LIMIT}",
         more=asks(), policy=ACCEPTS._replace(non_waivable=(LIMIT,))),
    Case("a request hides no unknown", (of(ok(WORKER), says("unknown")),), "UNKNOWN", 1, more=asks(),
         policy=ACCEPTS),
    Case("a request hides no crash", (of(says("error")),), "UNKNOWN", 1, more=asks(), policy=ACCEPTS),
    Case("a request hides no lost evidence", (of(ok(WORKER)),), "NO-GO", 1, "evidence-disappeared",
         base=(of(ok(), ok(WORKER)),), more=asks(), policy=ACCEPTS),
    Case("a request hides no missing subject", (PASS, of(item=PDB, required=True)), "NO-GO", 1, "no subject",
         more=asks(checks=("*",), subject=Subject("Item", "", PDB)),
         policy=DecisionPolicy(accept_suppressions=(PDB,))),
    Case("a request hides nothing of reading", (of(bad(), item="evidence.readable"),), "NO-GO", 1,
         "no request hides what evidence.readable finds", more=asks(checks=("*",)),
         policy=DecisionPolicy(accept_suppressions=("evidence.readable",))),
    Case("a request that can't be followed", (WARN,), "NO-GO", 1, "it gives no reason",
         more=asks(wrong="it gives no reason"), policy=STRICT),
    Case("a request of another check", (WARN,), "NO-GO", 1, more=asks(checks=(PDB,)), policy=STRICT),
    Case("a request of no check", (WARN,), "NO-GO", 1, more=asks(checks=()), policy=STRICT),
    Case("a request as a glob", (WARN,), "GO WITH CONDITIONS", 0, more=asks(checks=("roll*",)), policy=STRICT),
    Case("a glob means no kind of item", (of(bad(), item="limit", severity="warning")._replace(check="cel"),),
         "NO-GO", 1, more=asks(checks=("cel",)), policy=STRICT),
    Case("a request of another object", (WARN,), "NO-GO", 1, more=asks(subject=WORKER), policy=STRICT),
    Case("a request of another environment", (WARN,), "NO-GO", 1, policy=STRICT,
         more=asks(environments=frozenset({"staging"}))),
    Case("evidence without an environment", (of(bad(), severity="warning", env=""),), "GO WITH CONDITIONS", 0,
         more=asks(), policy=STRICT),
    Case("a request hides what is in a container", (of(bad(APP), severity="warning"),), "GO WITH CONDITIONS",
         0, more=asks(), policy=STRICT),
    Case("a request for this container", (of(bad(APP), severity="warning"),), "GO WITH CONDITIONS", 0,
         more=asks(part="a*"), policy=STRICT),
    Case("a request for another container", (of(bad(APP), severity="warning"),), "NO-GO", 1,
         more=asks(part="sidecar"), policy=STRICT),
    Case("a request for any container is none for the object", (WARN,), "NO-GO", 1, more=asks(part="*"),
         policy=STRICT),
    Case("a waiver comes before a request", (FAIL,), "GO WITH CONDITIONS", 0, "waived by W-1",
         waivers=(waiver(),), more=asks(), policy=ACCEPTS),
    Case("what stands at the base is hidden all the same", (FAIL,), "GO WITH CONDITIONS", 0,
         "1 hidden by annotations", "existing", base=(FAIL,), more=asks(), policy=ACCEPTS),
    Case("what is refused at the base stays existing", (FAIL,), "GO", 0, state="existing", base=(FAIL,),
         more=asks()),

    # Attestations
    Case("an attested unknown", (of(ok(WORKER), says("unknown")),), "GO", 0, "jane.doe (sre)",
         items=ATTESTABLE, attested=(stated(),)),
    Case("nobody attested it", (of(says("unknown")),), "UNKNOWN", 1, items=ATTESTABLE),
    Case("not attestable", (of(says("unknown")),), "UNKNOWN", 1, items=(item(),), attested=(stated(),)),
    Case("an attestation covers no fail", (FAIL,), "NO-GO", 1, items=ATTESTABLE, attested=(stated(),)),
    Case("an attestation covers no crash", (of(says("error")),), "UNKNOWN", 1, items=ATTESTABLE,
         attested=(stated(),)),
    Case("an attestation of no", (of(says("unknown")),), "UNKNOWN", 1, items=ATTESTABLE,
         attested=(stated("no"),)),
    Case("an expired attestation", (of(says("unknown")),), "UNKNOWN", 1, items=ATTESTABLE,
         attested=(stated(expires=date(2026, 11, 23)),)),
    Case("a word is too weak", (of(ok(WORKER), says("unknown")),), "UNKNOWN", 1, attested=(stated(),),
         items=(item(attestable=True, min_strength="rendered"),)),
    Case("a pending sign-off is a condition",
         (PASS, signed(says("unknown", reason="nobody attested"), severity="warning")),
         "GO WITH CONDITIONS", 0, "sign-off pending: dr-exercise", items=(EXERCISE,)),
    Case("a sign-off that is missing", (PASS, signed(says("unknown"))), "UNKNOWN", 1, items=(EXERCISE,)),

    # Modes and environments
    Case("advisory says what would fail", (FAIL,), "NO-GO", 1, "advisory: would fail: 1 blocks",
         policy=ADVISORY),
    Case("advisory with nothing judged", (), "UNKNOWN", 0, "advisory: would fail: nothing", policy=ADVISORY),
    Case("evidence without environment counts in each", (of(bad(), env=""), of(ok(), item=PDB)), "NO-GO", 1),
    Case("the worst environment decides", (PASS, STAGING), "NO-GO", 1),
    Case("an environment that isn't asked for", (PASS, STAGING), "GO", 1,
         more={"environments": ("production",)}),
    Case("an environment without any outcome", (PASS,), "UNKNOWN", 0, "nothing was judged",
         more={"environments": ("production", "dr")}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decision(case: Case) -> None:
    verdict = judged(case)
    blocking = [one for outcome in verdict.outcomes for one in outcome.findings if one.blocking]
    assert (verdict.decision, len(blocking)) == (case.decision, case.blocking), told(verdict)
    assert case.says in told(verdict)
    assert verdict.passed == (verdict.decision.startswith("GO") or case.policy.mode == "advisory")
    if case.state != "-":
        assert str(verdict.outcomes[0].findings[0].state) == case.state
    assert all(
        outcome.blocking == any(one.blocking for one in outcome.findings) for outcome in verdict.outcomes
    )


def test_names_of_the_table_are_distinct() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_stale_waivers_are_not_announced_of_a_part() -> None:
    (case,) = (case for case in CASES if case.name == "matches nothing of a part")
    assert judged(case).notices == ()


def test_each_environment_has_its_verdict() -> None:
    shared = of(ok(), item=PDB, env="")
    verdict = decide([PASS, STAGING, shared], as_of=TODAY, trusted=True, tier=1)
    found = {one.environment: (one.passed, one.decision, one.counts.passed) for one in verdict.environments}
    assert found == {"production": (True, "GO", 2), "staging": (False, "NO-GO", 1)}
    assert (verdict.passed, verdict.reason, verdict.trusted, verdict.tier) == (False, "findings", True, 1)


@pytest.mark.parametrize(
    ("broken", "passing", "policy", "said"),
    [
        (("b", "a"), ("c",), _NO_POLICY, "a, b: 1 blocks; c: 1 holds, nothing blocks"),
        (("a", "b", "c", "d", "e"), (), _NO_POLICY, "a, b, c and 2 more: 1 blocks"),
        (("a",), ("b",), ADVISORY, "advisory: would fail: a: 1 blocks; b: 1 holds, nothing blocks"),
        ((), ("a", "b"), ADVISORY, "a, b: 1 holds, nothing blocks"),
    ],
)
def test_why_is_said_of_all_environments(
    broken: tuple[str, ...], passing: tuple[str, ...], policy: DecisionPolicy, said: str
) -> None:
    outcomes = [of(bad(), env=name) for name in broken] + [of(ok(), env=name) for name in passing]
    assert decide(outcomes, as_of=TODAY, policy=policy).detail == said


@pytest.mark.parametrize(
    ("subject", "at", "fix"),
    [
        (API, Location("repository", "a.yaml"), "bring Deployment orders/api back in a.yaml; if it moved"),
        (API, None, "bring Deployment orders/api back; if it moved"),
        (ALL, Location("repository", "a.yaml"), "bring a.yaml back; if it moved"),
        (ALL, None, f"bring the evidence of {LIMIT} back; if it moved"),
    ],
)
def test_what_disappeared_is_brought_back_or_waived_first(
    subject: Subject, at: Location | None, fix: str
) -> None:
    was = of(ok(subject)._replace(at=at))
    verdict = decide([PASS], as_of=TODAY, changes=compare([of(ok(WORKER))], [was]))
    (lost,) = [one.finding for outcome in verdict.outcomes for one in outcome.findings]
    assert lost.fix.startswith(fix)
    assert "on purpose, first merge a waiver of kind planned into the trusted policy" in lost.fix


def test_where_was_looked_is_said_once_for_all_environments() -> None:
    verdict = decide([PASS], as_of=TODAY, environments=("production", "dr", "test"), looked=("k8s/",))
    assert (
        verdict.detail == "dr, test: nothing was judged; production: 1 holds, nothing blocks; looked in k8s/"
    )


def test_outcomes_stand_in_the_order_of_the_checklist() -> None:
    items = (item(PDB), item(LIMIT))
    verdict = decide([FAIL, of(ok(), item=PDB), of(ok(), item="a.new")], as_of=TODAY, items=items)
    assert [one.outcome.item for one in verdict.outcomes] == [PDB, LIMIT, "a.new"]


def test_policy_changes_of_the_tree_are_shown_and_not_followed() -> None:
    shown = (Ignored("waiver W-9 added", NOT_STARTED), Ignored("tier 1 → 3", NOT_STARTED))
    verdict = decide([FAIL], as_of=TODAY, ignored=shown)
    assert verdict.decision == "NO-GO"
    assert {one.message for one in verdict.ignored} == {"waiver W-9 added", "tier 1 → 3"}


def test_policy_changes_stand_by_file_and_line() -> None:
    def change(file: str, line: int | None) -> Ignored:
        return Ignored("x", Location("repository", file, line=line))

    shown = [change("b.yaml", 2), change("a.yaml", 10), change("a.yaml", None), change("a.yaml", 9)]
    verdict = decide([FAIL], as_of=TODAY, ignored=shown)
    places = [(one.at.file, one.at.line) for one in verdict.ignored if one.at]
    assert places == [("a.yaml", 9), ("a.yaml", 10), ("a.yaml", None), ("b.yaml", 2)]


def test_an_outcome_that_could_not_be_judged_has_a_fingerprint() -> None:
    (unknown, failed) = decide([UNKNOWN, of(bad(), item=PDB)], as_of=TODAY).outcomes[::-1]
    assert unknown.fingerprint == fingerprint(LIMIT, API, "\x1funknown")
    assert failed.fingerprint == ""


def test_what_a_new_baseline_accepts_is_what_then_passes() -> None:
    outcomes = [FAIL, of(says("unknown"), item=PDB), of(says("error"), item=PLAN), STAGING]
    first = decide(outcomes, as_of=TODAY, placeholders=[NOT_STARTED])
    baseline = baseline_of(
        acceptable(first), until=date(2027, 3, 1), ticket="OPS-7", created=TODAY, origin=NOT_STARTED
    )
    second = decide(outcomes, as_of=TODAY, placeholders=[NOT_STARTED], baseline=baseline)
    left = {one.entry.item for outcome in second.outcomes for one in outcome.findings if one.blocking}
    assert left == {PLAN, PLACEHOLDERS}


RULED_OUT = of(env="staging", ruled_out="not asked of environment staging")
NOT_ABOUT = of(says("not-applicable"), env="staging")


@pytest.mark.parametrize(
    ("found", "partial", "decisions"),
    [
        ((PASS, RULED_OUT), True, ["GO", "GO"]),
        ((PASS, NOT_ABOUT), True, ["GO", "GO"]),
        ((FAIL, NOT_ABOUT), True, ["NO-GO", "GO"]),
        ((PASS, RULED_OUT), False, ["GO", "UNKNOWN"]),
        ((PASS, RULED_OUT, of(env="staging", item=PDB, reason="no Budget found")), True, ["GO", "GO"]),
        ((PASS, of(env="staging", reason="no Workload found")), True, ["GO", "UNKNOWN"]),
        ((PASS, of(says("unknown"), env="staging", severity="warning")), True, ["GO", "UNKNOWN"]),
        ((of(says("not-applicable")), RULED_OUT), True, ["UNKNOWN", "UNKNOWN"]),
    ],
)
def test_a_part_may_ask_nothing_of_one_environment(
    found: tuple[Outcome, ...], partial: bool, decisions: list[str]
) -> None:
    verdict = decide(found, as_of=TODAY, environments=["production", "staging"], partial=partial)
    assert [one.decision for one in verdict.environments] == decisions
    details = verdict.environments[1].detail
    assert ("nothing asked of staging" in details) == (decisions[1] == "GO")


def only(*environments: str, at_most: Severity | None = None) -> Outcome:
    """An outcome about all environments, with a finding that concerns some alone."""
    (finding,) = bad(at_most=at_most).findings
    finding = finding._replace(environments=environments)
    return of(Result(API, "fail", (finding,), (Proof("the rest holds"),)), item="evidence.readable", env="")


@pytest.mark.parametrize(
    ("found", "decisions"),
    [
        (only("staging"), {"production": "GO", "staging": "NO-GO"}),
        (only("production", "staging"), {"production": "NO-GO", "staging": "NO-GO"}),
        (only(), {"production": "NO-GO", "staging": "NO-GO"}),
        (only("elsewhere"), {"production": "GO", "staging": "GO", "elsewhere": "NO-GO"}),
        (only("elsewhere", at_most="warning"), {"production": "GO", "staging": "GO"}),
    ],
)
def test_a_finding_holds_back_the_environments_that_it_concerns(
    found: Outcome, decisions: dict[str, Decision]
) -> None:
    verdict = decide(
        [PASS, of(ok(), env="staging"), found], as_of=TODAY, environments=["production", "staging"]
    )
    assert {one.environment: one.decision for one in verdict.environments} == decisions
    assert verdict.passed == ("NO-GO" not in decisions.values())
    for one in verdict.environments:
        assert one.counts.blocking == (one.decision == "NO-GO")


SUBJECTS = [Subject("Deployment", "orders", f"api-{index}") for index in range(4)]
RESULTS = st.builds(
    lambda subject, status, kept: (
        bad(subject, kept) if status == "fail" else ok(subject) if status == "pass" else says(status, subject)
    ),
    st.sampled_from(SUBJECTS),
    st.sampled_from(["fail", "pass", "unknown", "error", "not-applicable"]),
    st.integers(0, 3),
)
OUTCOMES = st.lists(
    st.builds(
        lambda item, env, severity, required, results: of(
            *{result.subject: result for result in results}.values(),
            item=item, env=env, severity=severity, required=required,
        ),
        st.sampled_from([LIMIT, PDB, PLAN]),
        st.sampled_from(["", "staging", "production"]),
        st.sampled_from(["error", "warning", "note"]),
        st.booleans(),
        st.lists(RESULTS, max_size=4),
    ),
    max_size=5,
    unique_by=lambda outcome: (outcome.item, outcome.environment),
)  # fmt: skip
WAIVERS = st.lists(
    st.builds(
        lambda number, name, days, limit: waiver(
            id=f"W-{number}", match=Match(name=name), max_findings=limit,
            expires=TODAY + timedelta(days=days),
        ),
        st.integers(0, 99),
        st.sampled_from(["*", "api-1", "api-?"]),
        st.integers(-3, 60),
        st.sampled_from([None, 1, 3]),
    ),
    max_size=3,
    unique_by=lambda one: one.id,
)  # fmt: skip


@given(OUTCOMES, OUTCOMES, WAIVERS, st.randoms())
def test_the_order_of_what_comes_in_changes_nothing(
    head: list[Outcome], base: list[Outcome], waivers: list[Waiver], random: Any
) -> None:
    def verdict() -> Verdict:
        return decide(
            head, as_of=TODAY, changes=compare(head, base), waivers=waivers, baseline=accepted(*base)
        )

    first = verdict()
    for some in (head, base, waivers):
        random.shuffle(some)
    shuffled = [one._replace(results=tuple(random.sample(one.results, len(one.results)))) for one in head]
    head = shuffled
    second = verdict()
    assert (first.passed, first.decision, first.detail) == (second.passed, second.decision, second.detail)
    assert [one.findings for one in first.outcomes] == [one.findings for one in second.outcomes]
    assert (first.environments, first.notices) == (second.environments, second.notices)
    assert first.changes == second.changes


@given(OUTCOMES, OUTCOMES, WAIVERS, st.data())
def test_a_further_finding_never_opens_the_gate(
    head: list[Outcome], base: list[Outcome], waivers: list[Waiver], data: Any
) -> None:
    places = [
        (at, index)
        for at, outcome in enumerate(head)
        for index, result in enumerate(outcome.results)
        if result.status in ("pass", "fail")
    ]
    if not places:
        return
    at, index = data.draw(st.sampled_from(places))
    results = list(head[at].results)
    more = Finding(
        "one more", operands=(Operand("kept", 1, worse="less"),), key=data.draw(st.text(max_size=2))
    )
    results[index] = results[index]._replace(status="fail", findings=(*results[index].findings, more))
    worse = [*head]
    worse[at] = head[at]._replace(results=tuple(results))
    baseline = accepted(*base)

    def passed(outcomes: list[Outcome]) -> bool:
        changes = compare(outcomes, base)
        return decide(outcomes, as_of=TODAY, changes=changes, waivers=waivers, baseline=baseline).passed

    assert passed(head) or not passed(worse)


def test_register_counts_what_each_request_hides() -> None:
    requests = (
        *asks()["suppressions"],
        *asks(name="all", key="kube-linter.io/ignore-all", checks=(LIMIT, PDB))["suppressions"],
        *asks(name="other", checks=())["suppressions"],
        *asks(name="unused", checks=(PLAN,))["suppressions"],
    )
    found = (WARN, of(bad(), item=PDB), of(bad(), severity="warning", env="staging"))
    verdict = decide(found, as_of=TODAY, suppressions=requests)
    told = {one.suppression.name: (one.counts, one.hidden, one.why) for one in verdict.register}
    refused = f"{PDB} is an error, and accept-suppressions of the policy does not name it"
    assert told == {
        "limit": (True, 1, ""),
        "all": (True, 1, refused),
        "other": (False, 0, "kube-linter has no check of this name that one here answers for"),
        "unused": (True, 0, ""),
    }
    assert verdict.counts.suppressed == 1
    assert [(one.item, one.environment) for one in acceptable(verdict)] == [
        (PDB, "production"),
        (LIMIT, "staging"),
    ]


@given(OUTCOMES, WAIVERS)
def test_taking_the_excuses_away_never_opens_the_gate(head: list[Outcome], waivers: list[Waiver]) -> None:
    with_them = decide(
        head, as_of=TODAY, waivers=waivers, baseline=accepted(*head), policy=ACCEPTS, **asks(checks=("*",))
    )
    without = decide(head, as_of=TODAY)
    assert with_them.passed or not without.passed


@given(OUTCOMES, WAIVERS, st.integers(0, 200))
def test_what_time_has_closed_stays_closed(head: list[Outcome], waivers: list[Waiver], days: int) -> None:
    baseline = accepted(*head, until=TODAY + timedelta(days=30))

    def passed(day: date) -> bool:
        return decide(head, as_of=day, waivers=waivers, baseline=baseline).passed

    assert passed(TODAY) or not passed(TODAY + timedelta(days=days))
