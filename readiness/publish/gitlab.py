"""GitLab: a commit status, and one note at the merge request, which each run brings up to date.

The note is found again by a mark in its first line, among the notes that this token's user wrote: a mark that
somebody else puts into a note is not followed. Code Quality and JUnit are artifacts of a job, which the
formats `gitlab` and `junit` write.

Source:
    GitLab REST API, "Commits" (statuses; descriptions of 255 characters) and "Notes" (pages of 100; a body of
    1,000,000 characters); "Quick actions": a line that begins with a slash is a command, carried out with the
    rights of who wrote it.
"""

import re
from typing import Any

from readiness.publish.remarks import cut, cut_markdown, identifier, passes, title_of
from readiness.publish.rest import Api
from readiness.publish.target import Service, Target, segment
from readiness.report.outline import Outline

DESCRIPTION = 255
NAME = 255
BODY = 200_000  # bytes; more takes seconds to show
A_PAGE = 100
PAGES = 50
_COMMAND = re.compile(r"^(\s*)/", re.MULTILINE)
_MERGE_REQUEST = re.compile(r"!(?=\d)")


def publish(outline: Outline, api: Api, target: Target) -> str:
    """What was delivered, in words."""
    project = f"/projects/{segment(target.repository)}"
    _status(outline, api, target, project)
    said = f"commit status {target.name}"
    if not target.merge_request:
        return f"{said}; no note, since no merge request is named"
    return f"{said} and {_note(outline, api, target, project)} at merge request {target.merge_request}"


def _status(outline: Outline, api: Api, target: Target, project: str) -> None:
    doing = "setting the commit status"
    path = f"{project}/statuses/{target.commit}"
    body = {
        "state": "success" if passes(outline) else "failed",
        "name": cut(target.name, NAME),
        "description": cut(title_of(outline), DESCRIPTION),
    }
    if target.link:
        body["target_url"] = target.link
    if target.ref:
        body["ref"] = target.ref
    answer = api.send("POST", path, doing, body, accept=(400,))
    if answer.status == 400 and "Cannot transition status" not in str(answer.field("message")):
        raise api.refusal(answer, doing)  # earlier releases say that of a status that is so already


def _note(outline: Outline, api: Api, target: Target, project: str) -> str:
    mark = f"<!-- {identifier(target.name)} -->"
    body = {"body": f"{mark}\n{_inert(_report(outline))}"}
    path = f"{project}/merge_requests/{segment(target.merge_request)}/notes"
    own = api.send("GET", "/user", "asking whose token this is").field("id")
    number = _found(api, path, mark, own)
    if number is not None:
        api.send("PUT", f"{path}/{number}", "bringing the note up to date", body)
        return f"note {number}"
    api.send("POST", path, "writing the note", body, once=True)
    return "a new note"


def _found(api: Api, path: str, mark: str, own: Any) -> int | None:
    """The number of the note that an earlier run wrote."""
    for page in range(1, PAGES + 1):
        notes = api.send(
            "GET", f"{path}?per_page={A_PAGE}&page={page}&sort=asc", "looking for the note of an earlier run"
        ).body
        if not isinstance(notes, list):
            raise api.failure("looking for the note of an earlier run", "answers no list", "check --url")
        for note in notes:
            if _is_ours(note, mark, own):
                return int(note["id"])
        if len(notes) < A_PAGE:
            return None
    raise api.failure(
        "looking for the note of an earlier run",
        f"not among the first {PAGES * A_PAGE} notes",
        "a new one would be one more with each run: close this merge request, or leave --merge-request out",
    )


def _is_ours(note: Any, mark: str, own: Any) -> bool:
    if not isinstance(note, dict) or not isinstance(note.get("id"), int):
        return False
    author = note.get("author")
    text = note.get("body")
    return (
        isinstance(author, dict)
        and isinstance(own, int)
        and author.get("id") == own
        and isinstance(text, str)
        and text.startswith(mark)
    )


def _report(outline: Outline) -> str:
    from readiness.report.markdown import render

    return cut_markdown(render(outline).decode("utf-8"), BODY)


def _inert(text: str) -> str:
    """Markdown in which no line is a command and nothing refers to a merge request."""
    return _MERGE_REQUEST.sub("!\u200b", _COMMAND.sub(r"\1\\/", text))


SERVICE = Service(
    "GitLab",
    publish,
    needs="the scope api, as a Developer of the project",
    url="https://gitlab.com/api/v4",
    url_variables=("CI_API_V4_URL",),
    repository_variables=("CI_PROJECT_ID",),
    commit_variables=("CI_COMMIT_SHA",),
    merge_request_variables=("CI_MERGE_REQUEST_IID",),
    token_variables=("GITLAB_TOKEN",),
    token_header="PRIVATE-TOKEN",
)
