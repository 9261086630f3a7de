"""What arrives at each service: reports, annotations, statuses and notes, within the services' limits."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import cli
from tests.publish.fakes import BitbucketCloud, BitbucketServer, GitHub, GitLab, Reply, served
from tests.publish.posting import KINDS, post, saved
from tests.report.samples import (
    CASES,
    advisory,
    finding,
    hostile,
    internal_error,
    not_ready,
    outcome,
    ready,
    verdict,
)


@pytest.fixture
def cloud() -> Iterator[BitbucketCloud]:
    fake = BitbucketCloud()
    with served(fake):
        yield fake


@pytest.fixture
def server() -> Iterator[BitbucketServer]:
    fake = BitbucketServer()
    with served(fake):
        yield fake


@pytest.fixture
def github() -> Iterator[GitHub]:
    fake = GitHub()
    with served(fake):
        yield fake


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    fake = GitLab()
    with served(fake):
        yield fake


def many(number: int) -> dict[str, Any]:
    """`number` warnings, and one blocker that sorts last by its name."""
    warnings = [
        finding(f"warning {i}", f"deploy/{i}.yaml:{i + 1}", severity="warning", fingerprint=f"r1:{i}")
        for i in range(number)
    ]
    blocker = finding("the worst", "deploy/z.yaml:3", blocking=True, fingerprint="r1:worst")
    return verdict(
        [
            outcome("a.warning", "fail", severity="warning", findings=warnings),
            outcome("z.worst", "fail", blocking=True, findings=[blocker]),
        ]
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("to", KINDS)
def test_every_kind_of_verdict_arrives_within_the_limits(tmp_path: Path, to: str, case: str) -> None:
    document = CASES[case]()
    fake = KINDS[to]()
    if isinstance(fake, GitHub):
        fake.processing = ["complete"]
    commit = ("--commit", "ab" * 20) if document["verdict"] == "error" else ()
    with served(fake):
        said = post(tmp_path, document, to, fake.url, *commit)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("delivered to ")


def test_bitbucket_cloud_shows_the_report_and_its_findings(tmp_path: Path, cloud: BitbucketCloud) -> None:
    said = post(tmp_path, not_ready(), "bitbucket-cloud", cloud.url, "--link", "https://ci.example/7")
    report = cloud.report()
    assert report["result"] == "FAILED"
    assert report["link"] == "https://ci.example/7"
    assert report["details"].startswith("NO-GO: 3 findings block, 1 check is unknown and blocks\n- ")
    data = {one["title"]: one["value"] for one in report["data"]}
    assert (data["Decision"], data["Blocking"], data["Waived"]) == ("NO-GO", 4, 1)
    told = cloud.annotations()
    assert [one["severity"] for one in told] == sorted(
        (one["severity"] for one in told), key=["CRITICAL", "HIGH", "MEDIUM", "LOW"].index
    )
    (nowhere,) = [one for one in told if one["summary"].startswith("required, but there is no capacity plan")]
    assert (nowhere["severity"], nowhere["result"], "path" in nowhere) == ("CRITICAL", "FAILED", False)
    (limit,) = [one for one in told if one["title"] == "rollback.history-limit"]
    assert (limit["path"], limit["line"], limit["severity"]) == ("deploy/base/api.yaml", 7, "MEDIUM")
    assert "set spec.revisionHistoryLimit to 2 or more" in limit["details"]
    ((name, _),) = cloud.reports.items()
    number = f"{len(told)} annotations of {len(told)} findings"
    assert said.out == f"delivered to Bitbucket Cloud: report {name} with {number}\n"


@pytest.mark.parametrize("to", ["bitbucket-cloud", "bitbucket-server"])
def test_bitbucket_is_told_the_worst_and_how_many_are_left(tmp_path: Path, to: str) -> None:
    fake = KINDS[to]()
    assert isinstance(fake, BitbucketCloud)
    with served(fake):
        said = post(tmp_path, many(1200), to, fake.url)
    assert said.code == 0
    assert "1000 annotations of 1201 findings" in said.out
    told = fake.annotations()
    assert len(told) == 1000
    assert "the worst" in (told[0].get("summary") or told[0]["message"])
    assert "The 1000 worst of 1201 findings are annotated, 201 are not." in fake.report()["details"]
    assert len([one for one in fake.requests if one.method == "POST"]) == 10


@pytest.mark.parametrize("to", ["bitbucket-cloud", "bitbucket-server"])
def test_a_second_run_replaces_the_first(tmp_path: Path, to: str) -> None:
    fake = KINDS[to]()
    assert isinstance(fake, BitbucketCloud)
    with served(fake):
        post(tmp_path, many(900), to, fake.url)
        said = post(tmp_path, many(150), to, fake.url)
        assert said.code == 0
        assert len(fake.annotations()) == 151
        post(tmp_path, ready(), to, fake.url)
        assert fake.annotations() == []
        assert fake.report()["result"] in ("PASS", "PASSED")


def test_bitbucket_server_has_no_critical_and_needs_a_file(tmp_path: Path, server: BitbucketServer) -> None:
    post(tmp_path, not_ready(), "bitbucket-server", server.url)
    assert server.report()["result"] == "FAIL"
    nowhere = [one for one in server.annotations() if "no capacity plan" in one["message"]]
    assert [(one["path"], one["line"], one["severity"]) for one in nowhere] == [("readiness.yaml", 0, "HIGH")]


def test_a_finding_in_another_source_stands_at_no_line_of_this_repository(
    tmp_path: Path, cloud: BitbucketCloud
) -> None:
    post(tmp_path, not_ready(), "bitbucket-cloud", cloud.url)
    (one,) = [one for one in cloud.annotations() if one["summary"].startswith("orders-db allows 0")]
    assert "path" not in one
    assert "at deploy:charts/db/templates/pdb.yaml:3" in one["details"]


def test_github_gets_a_check_run_with_annotations_in_batches(tmp_path: Path, github: GitHub) -> None:
    said = post(tmp_path, many(120), "github", github.url)
    (run,) = github.runs.values()
    assert (run["name"], run["conclusion"], run["status"]) == (
        "readiness/orders/production",
        "failure",
        "completed",
    )
    assert run["output"]["summary"].startswith("# NO-GO: orders")
    assert (
        github.asked()
        == ["POST /repos/team/orders/check-runs"] + ["PATCH /repos/team/orders/check-runs/1"] * 2
    )
    first = github.annotations()[0]
    assert (first["path"], first["start_line"], first["annotation_level"]) == ("deploy/z.yaml", 3, "failure")
    assert said.out == "delivered to GitHub: check run 1 with 121 annotations of 121 findings\n"


def test_github_is_told_how_many_findings_have_no_annotation(tmp_path: Path, github: GitHub) -> None:
    said = post(tmp_path, many(1050), "github", github.url)
    assert "1000 annotations of 1051 findings" in said.out
    summary = github.runs[1]["output"]["summary"]
    assert summary.startswith("The 1000 worst of 1051 findings are annotated.\n")
    assert re.search(r"\n… \d+ lines more: the report of the pipeline has them all\Z", summary)


@pytest.mark.parametrize(
    ("document", "conclusion", "state"),
    [
        (ready(), "success", "success"),
        (not_ready(), "failure", "failure"),
        (advisory(), "neutral", "success"),
        (internal_error(), "failure", "error"),
    ],
    ids=["pass", "fail", "advisory", "no verdict"],
)
def test_github_conclusion_and_status_follow_the_verdict(
    tmp_path: Path, github: GitHub, document: Any, conclusion: str, state: str
) -> None:
    commit = ("--commit", "ab" * 20)
    post(tmp_path, document, "github", github.url, *commit)
    assert github.runs[1]["conclusion"] == conclusion
    github.app = False
    said = post(tmp_path, document, "github", github.url, *commit)
    assert [one["state"] for one in github.statuses] == [state]
    assert said.code == 0
    assert "without annotations: the token may not make check runs (403)" in said.out


def test_github_code_scanning_gets_the_sarif(tmp_path: Path, github: GitHub) -> None:
    said = post(tmp_path, not_ready(), "github-sarif", github.url)
    assert said.out == "delivered to GitHub code scanning: the findings are in code scanning\n"
    (sarif,) = github.uploads
    assert sarif["runs"][0]["tool"]["driver"]["name"] == "readiness"


def test_github_tells_what_is_wrong_with_a_sarif(tmp_path: Path, github: GitHub) -> None:
    github.processing, github.problems = ["failed"], ["rejecting SARIF: too many results"]
    said = post(tmp_path, not_ready(), "github-sarif", github.url)
    assert said.code == 3
    assert "reading the SARIF: rejecting SARIF: too many results; check --commit and --ref" in said.err


def test_gitlab_keeps_one_note_up_to_date(tmp_path: Path, gitlab: GitLab) -> None:
    gitlab.notes = [{"id": i + 1, "author": {"id": 3}, "body": "a remark"} for i in range(250)]
    first = post(tmp_path, not_ready(), "gitlab", gitlab.url)
    again = post(tmp_path, ready(), "gitlab", gitlab.url)
    assert [one["state"] for one in gitlab.statuses] == ["failed", "success"]
    ours = [one for one in gitlab.notes if one["author"]["id"] == gitlab.me]
    assert len(ours) == 1
    assert "# GO: orders" in ours[0]["body"]
    assert first.out.endswith("and a new note at merge request 17\n")
    assert again.out.endswith("and note 251 at merge request 17\n")


def test_gitlab_follows_no_mark_that_somebody_else_wrote(tmp_path: Path, gitlab: GitLab) -> None:
    post(tmp_path, ready(), "gitlab", gitlab.url)
    gitlab.notes[0]["author"] = {"id": 3}
    copied = gitlab.notes[0]["body"]
    assert post(tmp_path, not_ready(), "gitlab", gitlab.url).code == 0
    assert gitlab.notes[0]["body"] == copied
    assert "# NO-GO" in gitlab.notes[1]["body"]


def test_gitlab_without_a_merge_request_gets_the_status_alone(
    tmp_path: Path, gitlab: GitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path, ready())
    arguments = (
        "publish",
        "verdict.json",
        "--to",
        "gitlab",
        "--repository",
        "team/orders",
        "--url",
        gitlab.url,
    )
    said = cli(*arguments, cwd=tmp_path)
    assert said.out.endswith("no note, since no merge request is named\n")
    assert (len(gitlab.statuses), gitlab.notes) == (1, [])
    monkeypatch.setenv("CI_MERGE_REQUEST_IID", "17")  # as in a pipeline for merge requests
    assert cli(*arguments, cwd=tmp_path).code == 0
    assert (len(gitlab.statuses), len(gitlab.notes)) == (2, 1)


def test_gitlab_that_has_this_status_already_is_no_failure(tmp_path: Path, gitlab: GitLab) -> None:
    gitlab.trouble = [
        Reply(400, {"message": "Cannot transition status via :enqueue from :pending (Reason(s): ...)"})
    ]
    assert post(tmp_path, ready(), "gitlab", gitlab.url).code == 0


def test_a_text_of_the_evidence_is_no_command_in_gitlab(tmp_path: Path, gitlab: GitLab) -> None:
    commands = ("/approve", "  /merge", "/close\n/approve", "!12", "@all")
    found = [
        finding(f"{text} message", blocking=True, fix=text, fingerprint=f"r1:{i}")
        for i, text in enumerate(commands)
    ]
    outcomes = [
        outcome(f"x.c{i}", "fail", title=text, blocking=True, findings=[one])
        for i, (text, one) in enumerate(zip(commands, found, strict=True))
    ]
    post(tmp_path, verdict(outcomes, reason="/close"), "gitlab", gitlab.url)
    body = gitlab.notes[0]["body"]
    assert not re.search(r"^\s*/", body, re.MULTILINE)
    assert "\\/close" in body
    assert not re.search(r"!\d|@all", body)


@pytest.mark.parametrize("to", KINDS)
def test_hostile_texts_and_secrets_do_not_arrive(tmp_path: Path, to: str) -> None:
    fake = KINDS[to]()
    with served(fake):
        post(tmp_path, hostile(), to, fake.url)
    sent = str([one.body for one in fake.requests])
    assert "hunter2" not in sent
    assert "\x1b" not in sent
    assert "\u202e" not in sent
