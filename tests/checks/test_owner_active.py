"""Members of the owning team, looked for among those who commit."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.owner import active

from readiness.outcome import Result
from tests.faults import ORDERS, copy_of_orders, judged, write
from tests.repositories import git, repository

GROUP = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team-orders}
spec: {type: team, children: [], profile: {email: orders@harbour.example}, members: [mara.l, tomas]}
"""
CHECKLIST = "version: 1\nservice: {name: orders, owner: team-orders}\n"


def commit(tree: Path, author: str, day: str = "2026-10-01", trailer: str = "") -> None:
    (tree / "log.txt").open("a").write(f"{author} {day}\n")
    git(tree, "add", "-A")
    message = ["-m", "change", "-m", trailer] if trailer else ["-m", "change"]
    git(tree, "commit", "-q", *message, f"--author={author}", day=f"{day}T00:00:00Z")


def results(tree: Path, **settings: Any) -> list[Result]:
    done = judged(active, tree, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def of(tree: Path, *commits: tuple[str, str], group: str = GROUP, **settings: Any) -> Result:
    repository(write(tree, {"catalog-info.yaml": group, "readiness.yaml": CHECKLIST}))
    for author, day in commits:
        commit(tree, author, day)
    (result,) = results(tree, **settings)
    return result


def test_orders_is_worked_on_by_its_team(tmp_path: Path) -> None:
    tree = repository(copy_of_orders(tmp_path))
    commit(tree, "Mara Lindqvist <mara.lindqvist@harbour.internal>")
    commit(tree, "Joon <4711+joon-park@users.noreply.github.com>")
    (result,) = results(tree)
    assert result.status == "pass"
    assert result.proofs[0].message == (
        "2 of 6 members of team-orders wrote or reviewed a commit in 180 days"
    )


@pytest.mark.parametrize(
    ("commits", "status"),
    [
        ((("M <mara.l@harbour.example>", "2026-10-01"), ("T <tomas@harbour.example>", "2026-05-28")), "pass"),
        ((("M <mara.l@harbour.example>", "2026-10-01"), ("T <tomas@harbour.example>", "2026-05-27")), "fail"),
        ((("M <mara.l@harbour.example>", "2026-10-01"), ("T <1+tomas@users.noreply.github.com>", "2026-10-01")), "pass"),
        ((("M <mara.l@harbour.example>", "2026-10-01"), ("T <tomas@elsewhere.example>", "2026-10-01")), "unknown"),
        ((("M <mara.l@harbour.example>", "2026-10-01"), ("T <tomas@harbour.example>", "2027-01-01")), "unknown"),
        ((("Tomas <x@y.example>", "2026-10-01"),), "unknown"),
    ],
)  # fmt: skip
def test_who_commits(tmp_path: Path, commits: tuple[tuple[str, str], ...], status: str) -> None:
    assert of(tmp_path, *commits).status == status


def test_what_is_said(tmp_path: Path) -> None:
    old = (("M <mara.l@harbour.example>", "2026-10-01"), ("T <tomas@harbour.example>", "2025-10-01"))
    result = of(tmp_path, *old)
    assert [one.message for one in result.findings] == [
        "1 of 2 members of team-orders wrote or reviewed a commit in 180 days, 2 are needed"
    ]
    assert results(tmp_path, min_active=1)[0].status == "pass"
    assert results(tmp_path, max_age="500d")[0].status == "pass"


def test_reviews_count(tmp_path: Path) -> None:
    repository(write(tmp_path, {"catalog-info.yaml": GROUP, "readiness.yaml": CHECKLIST}))
    commit(tmp_path, "M <mara.l@harbour.example>", trailer="Reviewed-by: T <tomas@harbour.example>")
    assert results(tmp_path)[0].status == "pass"


def test_names_of_the_mailmap_and_of_teams_yaml(tmp_path: Path) -> None:
    commits = (("M <mara@home.example>", "2026-10-01"), ("Tomas Rey <t@home.example>", "2026-10-01"))
    assert of(tmp_path, *commits).status == "unknown"
    write(tmp_path, {".mailmap": "Mara <mara.l@harbour.example> <mara@home.example>\n"})
    assert results(tmp_path)[0].status == "unknown"
    teams = (
        "teams: [{name: team-orders, members: [{github: tomas, name: Tomas Rey, email: t@home.example}]}]\n"
    )
    write(tmp_path, {"teams.yaml": teams})
    assert results(tmp_path)[0].status == "pass"


def test_most_handles_say_nothing_in_git(tmp_path: Path) -> None:
    """As a public collection of charts: 53 handles, of which git can tell 11."""
    members = ", ".join(f"p{number}" for number in range(53))
    commits = [(f"P <{number}+p{number}@users.noreply.github.com>", "2025-01-01") for number in range(11)]
    result = of(tmp_path, *commits, group=GROUP.replace("mara.l, tomas", members))
    assert (result.status, result.reason) == (
        "unknown",
        "42 of 53 members of team-orders can't be told among the authors: p11 and others",
    )


def test_without_members_or_history(tmp_path: Path) -> None:
    write(tmp_path, {"readiness.yaml": CHECKLIST})
    (result,) = results(tmp_path)
    assert (result.status, result.reason[:33]) == ("not-applicable", "nothing lists the members of team")
    write(tmp_path, {"catalog-info.yaml": GROUP})
    assert [one.status for one in results(tmp_path)] == ["unknown"]
    assert {one.status for one in results(ORDERS)} <= {"unknown"}


def test_a_history_that_is_cut_off_is_unknown(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    of(whole, ("M <mara.l@harbour.example>", "2025-10-01"), ("T <tomas@harbour.example>", "2025-10-02"))
    assert results(whole)[0].status == "fail"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{whole}", "cut")
    (result,) = results(tmp_path / "cut")
    assert (result.status, result.reason) == ("unknown", "history of repository is cut off")
