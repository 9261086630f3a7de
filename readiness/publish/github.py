"""GitHub: a check run with annotations, a commit status where the token may make none, and code scanning.

A check run is made complete, with its conclusion and the fifty worst findings: should a later request fail,
nothing stays in progress for ever and holds up a merge. Posted again, the new run takes the old one's place,
because GitHub shows the latest of a name.

Source:
    GitHub REST API, "Check runs": 50 annotations a request, which add up; title and summary; start lines from
    1; 65,535 bytes of a summary (it says characters, and counts bytes); "Commit statuses": descriptions of
    140 characters; "Code scanning": SARIF packed by gzip, at most 10 MB, read after it was accepted.
"""

import time
from typing import Any

from readiness.publish.remarks import (
    MOST,
    Remark,
    batches,
    caveats,
    cut,
    cut_bytes,
    cut_markdown,
    passes,
    remarks_of,
    title_of,
)
from readiness.publish.rest import Api
from readiness.publish.target import Service, Target, owner_and_name, segment
from readiness.report.outline import Outline
from readiness.wording import plural

A_REQUEST = 50
TITLE = 255
SUMMARY = 65_000  # bytes
MESSAGE = 16_000  # bytes; 64 KB are allowed, nobody reads them
DESCRIPTION = 140
NAME = 100
PACKED = 10_000_000  # bytes
_LEVEL = {"blocker": "failure", "error": "warning", "warning": "warning", "note": "notice"}


def publish(outline: Outline, api: Api, target: Target) -> str:
    """What was delivered, in words."""
    owner, name = owner_and_name(target.repository)
    repository = f"/repos/{owner}/{name}"
    remarks = remarks_of(outline)
    run = _run(outline, remarks, target)
    made = api.send("POST", f"{repository}/check-runs", "making the check run", run, accept=(403, 404))
    if made.status in (403, 404):
        return _status(outline, api, target, repository, made.status)
    number = made.field("id")
    if not isinstance(number, int):
        raise api.failure("making the check run", "answers without the id of a check run", "check --url")
    shown = remarks[:MOST]
    arrived = min(len(shown), A_REQUEST)
    for batch in batches(shown[A_REQUEST:], A_REQUEST):
        doing = f"adding annotations {arrived + 1} to {arrived + len(batch)} of {len(shown)}"
        body = {"output": {**_words(run), "annotations": [_annotation(one) for one in batch]}}
        api.send("PATCH", f"{repository}/check-runs/{number}", doing, body)
        arrived += len(batch)
    return f"check run {number} with {plural(arrived, 'annotation')} of {plural(len(remarks), 'finding')}"


def _run(outline: Outline, remarks: list[Remark], target: Target) -> dict[str, Any]:
    run: dict[str, Any] = {
        "name": cut(target.name, NAME),
        "head_sha": target.commit,
        "status": "completed",
        "conclusion": "neutral" if _only_advice(outline) else "success" if passes(outline) else "failure",
        "output": {
            "title": cut(title_of(outline), TITLE),
            "summary": _summary(outline, remarks),
            "annotations": [_annotation(one) for one in remarks[:A_REQUEST]],
        },
    }
    return {**run, "details_url": target.link} if target.link else run


def _words(run: dict[str, Any]) -> dict[str, Any]:
    """Title and summary, which an update has to repeat."""
    return {name: run["output"][name] for name in ("title", "summary")}


def _only_advice(outline: Outline) -> bool:
    return outline.advisory and bool(outline.shown["verdict"] != "pass")


def _summary(outline: Outline, remarks: list[Remark]) -> str:
    from readiness.report.markdown import render

    told = ""
    if len(remarks) > MOST:
        told = f"The {MOST} worst of {len(remarks)} findings are annotated.\n\n"
    return cut_markdown(told + render(outline).decode("utf-8"), SUMMARY)


def _annotation(remark: Remark) -> dict[str, Any]:
    line = remark.line or 1
    return {
        "path": remark.file_or_checklist,
        "start_line": line,
        "end_line": line,
        "annotation_level": _LEVEL[remark.rank],
        "title": cut(remark.id, TITLE),
        "message": cut_bytes("\n".join(filter(None, (remark.summary, remark.text))), MESSAGE),
    }


def _status(outline: Outline, api: Api, target: Target, repository: str, refused: int) -> str:
    body = {
        "state": "success" if passes(outline) else "error" if outline.failed else "failure",
        "context": cut(target.name, NAME),
        "description": cut(" ".join((title_of(outline), *caveats(outline))), DESCRIPTION),
    }
    if target.link:
        body["target_url"] = target.link
    api.send("POST", f"{repository}/statuses/{target.commit}", "setting the commit status", body)
    return (
        f"commit status {body['context']}, without annotations: the token may not make check runs "
        f"({refused}), only a GitHub App or the token of an Actions job with checks: write may"
    )


def publish_sarif(outline: Outline, api: Api, target: Target) -> str:
    """What became of the findings in code scanning, in words."""
    import base64
    import gzip

    from readiness.report.sarif import render

    owner, name = owner_and_name(target.repository)
    packed = gzip.compress(render(outline), mtime=0)
    doing = "uploading SARIF"
    if len(packed) > PACKED:
        raise api.failure(
            doing,
            f"{len(packed) / 1e6:.1f} MB packed, GitHub takes {PACKED // 1_000_000}",
            "judge one environment at a time: gate --environment NAME",
        )
    body = {
        "commit_sha": target.commit,
        "ref": target.ref,
        "sarif": base64.b64encode(packed).decode("ascii"),
        "tool_name": "readiness",
    }
    path = f"/repos/{owner}/{name}/code-scanning/sarifs"
    number = api.send("POST", path, doing, body).field("id")
    if not isinstance(number, str) or not number:
        raise api.failure(doing, "answers without the id of an upload", "check --url")
    return _read(api, f"{path}/{segment(number)}")


def _read(api: Api, path: str) -> str:
    """GitHub reads an upload after it accepted it, and says there what is wrong with it."""
    pause = 0.5
    while True:
        answer = api.send("GET", path, "asking what became of the upload", accept=(404,))
        state = answer.field("processing_status")
        if state == "failed":
            errors = answer.field("errors")
            texts = [one for one in errors if isinstance(one, str)] if isinstance(errors, list) else []
            raise api.failure(
                "reading the SARIF", api.clean("; ".join(texts)) or "failed", "check --commit and --ref"
            )
        if state == "complete":
            return "the findings are in code scanning"
        if pause > 8 or pause >= api.left:
            return "uploaded; GitHub has not read it yet, its code scanning page will tell"
        time.sleep(pause)
        pause *= 2


SERVICE = Service(
    "GitHub",
    publish,
    needs="checks: write (a GitHub App or an Actions job), else commit statuses: write",
    url="https://api.github.com",
    url_variables=("GITHUB_API_URL",),
    repository_variables=("GITHUB_REPOSITORY",),
    commit_variables=("GITHUB_SHA",),
    token_variables=("GITHUB_TOKEN", "GH_TOKEN"),
    headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
)
SARIF = SERVICE._replace(
    title="GitHub code scanning",
    publish=publish_sarif,
    needs="security events: write",
    ref_variables=("GITHUB_REF",),
)
