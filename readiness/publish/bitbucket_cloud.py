"""Code Insights of Bitbucket Cloud: a report at a commit, with annotations at lines.

The report is deleted and made again, since annotations of an earlier run would count towards the limit.

Source:
    Bitbucket Cloud REST API, "Reports": 1,000 annotations a report, 100 a request, ten data fields, a summary
    of 450 and details of 2,000 characters; an annotation without a summary is refused.
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
DATA_FIELDS = 10
SUMMARY = 450
DETAILS = 2_000
_SEVERITY = {"blocker": "CRITICAL", "error": "HIGH", "warning": "MEDIUM", "note": "LOW"}


def publish(outline: Outline, api: Api, target: Target) -> str:
    """What was delivered, in words."""
    workspace, slug = owner_and_name(target.repository)
    name = identifier(target.name)
    path = f"/repositories/{workspace}/{slug}/commit/{target.commit}/reports/{name}"
    remarks = remarks_of(outline)
    shown = remarks[:MOST]
    api.send("DELETE", path, "removing the report of an earlier run", accept=(404,))
    api.send("PUT", path, "making the report", _report(outline, remarks, target))
    arrived = 0
    for batch in batches(shown, A_REQUEST):
        doing = f"adding annotations {arrived + 1} to {arrived + len(batch)} of {len(shown)}"
        api.send("POST", f"{path}/annotations", doing, [_annotation(one) for one in batch])
        arrived += len(batch)
    return f"report {name} with {plural(arrived, 'annotation')} of {plural(len(remarks), 'finding')}"


def _report(outline: Outline, remarks: list[Remark], target: Target) -> dict[str, Any]:
    data: list[dict[str, Any]] = [{"title": "Decision", "type": "TEXT", "value": decision_of(outline)}]
    if not outline.failed:
        data.append({"title": "Tier", "type": "NUMBER", "value": outline.shown["tier"]})
        data.append({"title": "Trusted", "type": "BOOLEAN", "value": outline.shown["trusted"]})
    data += [
        {"title": name, "type": "NUMBER", "value": number} for name, number in counts_of(outline).items()
    ]
    report: dict[str, Any] = {
        "title": cut(f"Production readiness: {target.name}", SUMMARY),
        "details": details_of(outline, remarks, MOST, DETAILS),
        "reporter": "readiness",
        "report_type": "TEST",
        "result": "PASSED" if passes(outline) else "FAILED",
        "data": data[:DATA_FIELDS],
    }
    return {**report, "link": target.link} if target.link else report


def _annotation(remark: Remark) -> dict[str, Any]:
    annotation: dict[str, Any] = {
        "external_id": f"readiness-{remark.key}",
        "title": cut(remark.id, SUMMARY),
        "annotation_type": "BUG" if remark.rank == "blocker" else "CODE_SMELL",
        "severity": _SEVERITY[remark.rank],
        "summary": cut(remark.summary, SUMMARY),
    }
    details = f"{remark.summary}\n{remark.text}" if len(remark.summary) > SUMMARY else remark.text
    if details:
        annotation["details"] = cut(details, DETAILS)
    if remark.rank == "blocker" or remark.open:
        annotation["result"] = "FAILED" if remark.rank == "blocker" else "SKIPPED"
    if remark.file:
        annotation["path"] = remark.file
        if remark.line:
            annotation["line"] = remark.line
    return annotation


SERVICE = Service(
    "Bitbucket Cloud",
    publish,
    needs="read and write on the repository",
    url="https://api.bitbucket.org/2.0",
    repository_variables=("BITBUCKET_REPO_FULL_NAME",),
    commit_variables=("BITBUCKET_COMMIT",),
    token_variables=("BITBUCKET_TOKEN",),
    user_variable="BITBUCKET_USER",
    without_token=True,  # in Bitbucket Pipelines a proxy adds one
)
