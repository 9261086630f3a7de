"""Code Insights of Bitbucket Data Center: a report at a commit, with annotations at lines.

The report is replaced under its key, its old annotations are removed before new ones are added: one above
the limit, and Bitbucket refuses the whole request.

Source:
    Bitbucket Data Center REST API, "Insights": 1,000 annotations a report (an administrator may lower it),
    six data fields, title of 450, details and message of 2,000 characters, line 0 for a whole file.
"""

from typing import Any

from readiness.publish.remarks import (
    MOST,
    Remark,
    batches,
    counts_of,
    cut,
    decision_of,
    details_of,
    identifier,
    passes,
    remarks_of,
)
from readiness.publish.rest import Api
from readiness.publish.target import Service, Target, owner_and_name
from readiness.report.outline import Outline
from readiness.wording import plural

A_REQUEST = 100
DATA_FIELDS = 6
TITLE = 450
TEXT = 2_000
_SEVERITY = {"blocker": "HIGH", "error": "HIGH", "warning": "MEDIUM", "note": "LOW"}  # there is no CRITICAL


def publish(outline: Outline, api: Api, target: Target) -> str:
    """What was delivered, in words."""
    project, slug = owner_and_name(target.repository)
    name = identifier(target.name)
    path = (
        f"/rest/insights/1.0/projects/{project}/repos/{slug}/commits/{target.commit}"
        f"/reports/io.readiness.{name}"
    )
    remarks = remarks_of(outline)
    shown = remarks[:MOST]
    api.send("PUT", path, "making the report", _report(outline, remarks, target))
    api.send("DELETE", f"{path}/annotations", "removing annotations of an earlier run")
    arrived = 0
    for batch in batches(shown, A_REQUEST):
        doing = f"adding annotations {arrived + 1} to {arrived + len(batch)} of {len(shown)}"
        body = {"annotations": [_annotation(one) for one in batch]}
        api.send("POST", f"{path}/annotations", doing, body)
        arrived += len(batch)
    return (
        f"report io.readiness.{name} with {plural(arrived, 'annotation')} of "
        f"{plural(len(remarks), 'finding')}"
    )


def _report(outline: Outline, remarks: list[Remark], target: Target) -> dict[str, Any]:
    data: list[dict[str, Any]] = [{"title": "Decision", "type": "TEXT", "value": decision_of(outline)}]
    if not outline.failed:
        data.append({"title": "Trusted", "type": "BOOLEAN", "value": outline.shown["trusted"]})
    data += [
        {"title": name, "type": "NUMBER", "value": number} for name, number in counts_of(outline).items()
    ]
    report: dict[str, Any] = {
        "title": cut(f"Production readiness: {target.name}", TITLE),
        "details": details_of(outline, remarks, MOST, TEXT),
        "reporter": "readiness",
        "result": "PASS" if passes(outline) else "FAIL",
        "data": data[:DATA_FIELDS],
    }
    return {**report, "link": target.link} if target.link else report


def _annotation(remark: Remark) -> dict[str, Any]:
    return {
        "externalId": f"readiness-{remark.key}",
        "path": remark.file_or_checklist,
        "line": remark.line if remark.file else 0,
        "message": cut("\n".join(filter(None, (f"{remark.id}: {remark.summary}", remark.text))), TEXT),
        "severity": _SEVERITY[remark.rank],
        "type": "BUG" if remark.rank == "blocker" else "CODE_SMELL",
    }


SERVICE = Service(
    "Bitbucket Data Center",
    publish,
    needs="read on the repository",
    token_variables=("BITBUCKET_TOKEN",),
    user_variable="BITBUCKET_USER",
    headers={"X-Atlassian-Token": "no-check"},
)
