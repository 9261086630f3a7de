"""Canonical documents for the tests of reports, as small builders over one complete verdict."""

import copy
from typing import Any

from readiness.report.canonical import failure

API = "deploy/base/api.yaml"


def operand(
    name: str, value: int | float | str, unit: str = "", worse: str = "", at: str = ""
) -> dict[str, Any]:
    file, _, line = at.partition(":")
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "worse": worse,
        "file": file or None,
        "line": int(line) if line else None,
    }


def object_(kind: str, name: str, namespace: str = "orders", part: str = "") -> dict[str, str]:
    return {"kind": kind, "namespace": namespace, "name": name, "part": part}


def finding(message: str, at: str = f"{API}:12", **fields: Any) -> dict[str, Any]:
    file, _, line = at.partition(":")
    return {
        "message": message,
        "status": "fail",
        "severity": "error",
        "state": None,
        "blocking": False,
        "file": file or None,
        "line": int(line) if line else None,
        "column": 3 if line else None,
        "precision": "exact",
        "source": "repository" if file else None,
        "object": object_("Deployment", "orders-api"),
        "operands": [],
        "fix": "",
        "patch": None,
        "fingerprint": f"r1:{abs(sum(map(ord, message))):020x}",
        "waiver": None,
        "suppressed_by": None,
        **fields,
    }


def proof(message: str, *operands: dict[str, Any]) -> dict[str, Any]:
    return {"message": message, "object": object_("Deployment", "orders-api"), "operands": list(operands)}


def outcome(id_: str, status: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "check": id_,
        "title": f"Title of {id_}",
        "environment": "production",
        "status": status,
        "state": None,
        "blocking": False,
        "severity": "error",
        "strength": "source",
        "reason": "",
        "required": False,
        "control": None,
        "causes": [],
        "fingerprint": f"r1:{abs(sum(map(ord, id_))):020x}" if status in ("unknown", "error") else None,
        "proofs": [],
        "proofs_left_out": 0,
        "findings": [],
        **fields,
    }


def verdict(outcomes: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """A document around `outcomes`, its counts made from them."""
    statuses = dict.fromkeys(("pass", "fail", "not-applicable", "unknown", "error"), 0)
    severities = dict.fromkeys(("error", "warning", "note"), 0)
    waived = existing = suppressed = fixed = 0
    for one in outcomes:
        statuses[one["status"]] += 1
        for found in one["findings"]:
            waived += found["waiver"] is not None
            existing += found["state"] == "existing"
            suppressed += found["suppressed_by"] is not None
            fixed += found["state"] == "fixed"
            if found["waiver"] is None and found["state"] not in ("existing", "fixed"):
                severities[found["severity"]] += 1
    blocking = sum(one["blocking"] for one in outcomes)
    document = {
        "schema": "readiness/verdict/1",
        "tool": {"name": "readiness", "version": "0.1.0"},
        "verdict": "fail" if blocking else "pass",
        "decision": "NO-GO" if blocking else "GO",
        "mode": "enforce",
        "reason": f"{blocking} checks block" if blocking else "every check holds",
        "trusted": True,
        "service": {"name": "orders", "owner": "team-orders"},
        "environment": "production",
        "environments": [],
        "tier": 1,
        "as_of": "2026-11-24",
        "sources": [{"name": "repository", "commit": "0123456789abcdef" * 2 + "01234567", "dirty": False}],
        "policy": {
            "source": "policy@main",
            "digest": "sha256:" + "ab" * 32,
            "layers": [{"name": "profile:standard@1", "digest": "sha256:" + "cd" * 32}],
        },
        "base": None,
        "renderers": [{"name": "kustomize", "version": "5.4.3"}],
        "summary": {
            "statuses": statuses,
            "blocking": blocking,
            "findings": severities,
            "waived": waived,
            "existing": existing,
            "suppressed": suppressed,
            "fixed": fixed,
        },
        "causes": [],
        "ignored": [],
        "suppressions": [],
        "notices": [],
        "outcomes": outcomes,
        **fields,
    }
    if not document["environments"]:
        document["environments"] = [environment("production", document, statuses)]
    return document


def environment(name: str, document: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    return {
        "name": name,
        "class": name,
        "verdict": document["verdict"],
        "decision": document["decision"],
        "reason": document["reason"],
        "counts": counts,
    }


WAIVER = {
    "id": "W-7",
    "kind": "accepted-risk",
    "reason": "the vendor's image runs as one replica",
    "owner": "jane.doe",
    "approved_by": "ops-lead",
    "expires": "2027-01-31",
    "ticket": "OPS-311",
}


PATCH = f"""\
--- a/{API}
+++ b/{API}
@@ -11,3 +11,3 @@
 spec:
-  replicas: 6
+  replicas: 8
   selector: {{matchLabels: {{app: orders-api}}}}
"""


def not_ready() -> dict[str, Any]:
    """Blocking findings, a cause shared by checks, an absent subject, warnings, notes, waived, existing."""
    chart = "c-chart"
    return verdict(
        [
            outcome(
                "capacity.plan-survives-zone-loss",
                "fail",
                title="The plan holds when one zone is lost",
                blocking=True,
                control="OPS-17",
                findings=[
                    finding(
                        "orders-api keeps 4 of 6 replicas after losing a zone, 5 are needed",
                        blocking=True,
                        state="new",
                        operands=[
                            operand("replicas", 6, worse="less", at=f"{API}:12"),
                            operand("zones", 3, worse="less", at="capacity.yaml:4"),
                            operand("peak", 420.5, "req/s", worse="more", at="capacity.yaml:9"),
                            operand("headroom", 30, "%"),
                        ],
                        fix="set spec.replicas to 8 or more",
                        patch=PATCH,
                    )
                ],
            ),
            outcome(
                "availability.pdb-allows-drain",
                "fail",
                title="A node can be drained",
                blocking=True,
                findings=[
                    finding(
                        "orders-db allows 0 disruptions, 1 is needed",
                        "charts/db/templates/pdb.yaml:3",
                        source="deploy",
                        column=None,
                        precision="template",
                        blocking=True,
                        object=object_("StatefulSet", "orders-db"),
                        fix="set maxUnavailable to 1",
                    ),
                    finding(
                        "vendor-agent allows 0 disruptions, 1 is needed",
                        f"{API}:40",
                        object=object_("Deployment", "vendor-agent", part="agent"),
                        waiver=WAIVER,
                    ),
                    finding(
                        "legacy-batch allows 0 disruptions, 1 is needed",
                        f"{API}:60",
                        object=object_("Deployment", "legacy-batch"),
                        state="existing",
                    ),
                ],
            ),
            outcome(
                "capacity.plan-present-and-fresh",
                "fail",
                environment=None,
                blocking=True,
                required=True,
                reason="required, but there is no capacity plan: looked for capacity.yaml, docs/capacity.md",
            ),
            outcome(
                "alert.routed", "unknown", blocking=True, reason="chart orders not rendered", causes=[chart]
            ),
            outcome("alert.severity-label", "unknown", reason="chart not rendered", causes=[chart]),
            outcome("monitoring.workload-scraped", "unknown", severity="warning", causes=[chart]),
            outcome(
                "runbook.resolves",
                "error",
                environment=None,
                severity="warning",
                reason="RuntimeError: no progress after 10 s (runbook:resolves)",
                strength="declared",
            ),
            outcome(
                "rollback.history-limit",
                "fail",
                severity="warning",
                findings=[
                    finding(
                        "orders-api keeps 1 old revision, 2 are needed",
                        f"{API}:7",
                        severity="warning",
                        fix="set spec.revisionHistoryLimit to 2 or more, or leave it out",
                        operands=[operand("old revisions kept", 1, worse="less", at=f"{API}:7")],
                    )
                ],
            ),
            outcome(
                "runbook.sections",
                "fail",
                environment=None,
                severity="note",
                findings=[
                    finding(
                        "OrdersDown has no section on rollback",
                        "docs/runbooks/orders-down.md",
                        severity="note",
                        object=object_("Runbook", "orders-down", "", "OrdersDown"),
                    )
                ],
            ),
            outcome(
                "owner.consistent",
                "pass",
                environment=None,
                findings=[finding("CODEOWNERS names team-gone", "CODEOWNERS:1", state="fixed")],
            ),
            outcome("data.migrations", "not-applicable", reason="looked for db/migration/*.sql"),
        ],
        decision="NO-GO",
        reason="3 findings block, 1 check is unknown and blocks",
        base={"ref": "origin/main", "commit": "ab" * 20, "merge_base": "cd" * 20},
        causes=[
            {
                "id": chart,
                "why": "chart orders not rendered: dependency common is missing",
                "file": "charts/orders/Chart.yaml",
                "line": 9,
                "source": "deploy",
                "fix": "helm dependency build charts/orders",
                "outcomes": 3,
            }
        ],
        ignored=[{"file": ".readiness/waivers.yaml", "line": 3, "text": "adds waiver W-9 for capacity.*"}],
        notices=["waiver W-2 matches nothing any more: remove it"],
    )


def ready() -> dict[str, Any]:
    return verdict(
        [
            outcome(
                "capacity.plan-survives-zone-loss",
                "pass",
                title="The plan holds when one zone is lost",
                proofs=[
                    proof(
                        "orders-api keeps 6 of 9 replicas after losing a zone, 5 are needed",
                        operand("replicas", 9, worse="less", at=f"{API}:12"),
                        operand("zones", 3, worse="less", at="capacity.yaml:4"),
                    )
                ],
            ),
            outcome("owner.consistent", "pass", environment=None, title="Owners agree"),
            outcome("data.migrations", "not-applicable", reason="looked for db/migration/*.sql"),
        ]
    )


def advisory() -> dict[str, Any]:
    return {**not_ready(), "mode": "advisory", "trusted": False, "policy": None}


def two_environments() -> dict[str, Any]:
    """One finding in both, one with other numbers in each, one in production alone."""
    same = finding("orders-api has no readiness probe", blocking=True)
    outcomes = []
    for name, replicas in (("staging", 1), ("production", 2)):
        numbers = finding(
            f"orders-api runs {replicas} replicas, 3 are needed",
            f"deploy/overlays/{name}/patch.yaml:4",
            fingerprint="r1:feed",
            blocking=name == "production",
            severity="error" if name == "production" else "warning",
        )
        outcomes += [
            outcome(
                "availability.probes", "fail", environment=name, blocking=True, findings=[copy.deepcopy(same)]
            ),
            outcome(
                "availability.replicas",
                "fail",
                environment=name,
                blocking=name == "production",
                findings=[numbers],
            ),
            outcome("rollback.history-limit", "pass", environment=name),
        ]
    document = verdict(outcomes, environment=None)
    counts = {"pass": 1, "fail": 2, "not-applicable": 0, "unknown": 0, "error": 0}
    document["environments"] = [environment(name, document, counts) for name in ("production", "staging")]
    return document


HOSTILE = (
    "<script>alert(1)</script>",
    "\x1b[2J\x1b[31mall green\x1b]0;owned\x07",
    "safe\u202egnp.exe\u2066\u200b",
    "a | b || c `code` ``two`` **bold** [link](javascript:x) ![i](http://x)",
    "nul\x00 and \x0b\x0c",
    "lone \ud800 and \udfff",
    "line one\r\nline two\n\n# heading\n- item\n| t | t |",
    "]]> <!-- &amp; &#0; \"quoted\" 'single'",
    "@everyone please see #12 and team/repo#3",
    "postgres://orders:hunter2@db:5432/orders password=hunter2 AKIAABCDEFGHIJKLMNOP",
)
LONG_NAME = "n" * 1_000_000


def hostile() -> dict[str, Any]:
    """The same kinds of text at every place that evidence can reach."""
    outcomes = [
        outcome(
            "hostile.long",
            "fail",
            blocking=True,
            findings=[
                finding(f"{LONG_NAME} is long", blocking=True, object=object_("Deployment", LONG_NAME))
            ],
        )
    ]
    for number, text in enumerate(HOSTILE):
        outcomes += [
            outcome(
                f"hostile.finding-{number}",
                "fail",
                title=text,
                blocking=number % 2 == 0,
                control=text,
                findings=[
                    finding(
                        text,
                        file=text,
                        source=text,
                        blocking=number % 2 == 0,
                        severity="error" if number % 2 == 0 else "note",
                        object=object_("Deployment", text, text, text),
                        operands=[operand(text, text, text)],
                        fix=text,
                        patch=f"--- a/{text}\n+++ b/{text}\n@@ -1,1 +1,1 @@\n-{text}\n+```\n",
                        fingerprint=f"r1:{number:020x}",
                        waiver={**WAIVER, "reason": text} if number % 4 == 1 else None,
                    )
                ],
            ),
            outcome(f"hostile.gap-{number}", "unknown", reason=text, environment=text),
            outcome(f"hostile.proof-{number}", "pass", proofs=[proof(text, operand(text, 1.5))]),
            outcome(f"hostile.none-{number}", "not-applicable", reason=text),
        ]
    return verdict(
        outcomes,
        service={"name": HOSTILE[0], "owner": HOSTILE[1]},
        reason=HOSTILE[3],
        notices=list(HOSTILE),
        ignored=[{"file": text, "line": None, "text": text} for text in HOSTILE],
    )


def suppressed() -> dict[str, Any]:
    """Two environments share a finding that an annotation hides; others count for nothing."""
    check = "workload.read-only-root-fs"
    request = {
        "file": API, "line": 7, "source": "repository", "environments": ["production"],
        "object": object_("Deployment", "orders-api"), "container": None, "tool": "kube-linter",
        "annotation": "ignore-check.kube-linter.io/no-read-only-root-fs", "name": "no-read-only-root-fs",
        "checks": [check], "reason": "writes | a cache", "counts": True, "why": "", "hidden": 2,
        "age_days": 412, "age_at_least": True,
    }  # fmt: skip
    hidden = f"{request['annotation']}: {request['reason']}"
    found = [
        finding(f"orders-api: container {part} can write to its root file system", f"{API}:{line}",
                severity="warning", suppressed_by=hidden,
                object=object_("Deployment", "orders-api", part=part))
        for part, line in (("api", 20), ("proxy", 31))
    ]  # fmt: skip
    return verdict(
        [outcome(check, "fail", severity="warning", findings=found)],
        suppressions=[
            request,
            {**request, "tool": "polaris", "annotation": "polaris.fairwinds.com/exempt", "name": "*", "line": 8,
             "reason": "", "hidden": 1, "age_days": 3, "age_at_least": False,
             "why": "workload.privileged is an error, and accept-suppressions of the policy does not name it"},
            {**request, "tool": "readiness", "annotation": "readiness/ignore", "name": "workload.nothing",
             "line": 9, "container": "side*", "checks": [], "counts": False, "hidden": 0, "age_days": None,
             "why": "readiness has no check of this name that one here answers for"},
        ],
    )  # fmt: skip


def usage_error() -> dict[str, Any]:
    return dict(
        failure(
            "usage",
            "readiness.yaml:3:5: unknown key 'chek'; expected check, id or attest; did you mean check?\n"
            "readiness.yaml:9:1: tier is 7; expected 1 to 4; write tier: 2",
        )
    )


def internal_error() -> dict[str, Any]:
    return dict(failure("internal", "ref origin/main can't be read: run git fetch origin main"))


CASES = {
    "not-ready": not_ready,
    "ready": ready,
    "advisory": advisory,
    "two-environments": two_environments,
    "hostile": hostile,
    "suppressed": suppressed,
    "usage-error": usage_error,
    "internal-error": internal_error,
}
