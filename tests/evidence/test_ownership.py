"""CODEOWNERS, names of teams and the catalog."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.codeowners import CodeOwners
from readiness.evidence.context import Named, Ref, Sources
from readiness.evidence.documents import Documents
from readiness.evidence.team_names import Teams, is_person, team_name
from readiness.tree import TextTree


def codeowners(files: dict[str, str], named: Named | None = None) -> CodeOwners:
    tree = TextTree("repository", {path: text.encode() for path, text in files.items()})
    return CodeOwners.collect(Documents.collect(Sources({"repository": tree})), named or Named({}))


def owners(text: str, path: str) -> list[str]:
    return [owner for rule in codeowners({"CODEOWNERS": text}).of(path) for owner in rule.owners]


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*", ["a", "a/b/c.md"], []),
        ("**", ["a", "a/b"], []),
        ("*.js", ["a.js", "x/y/a.js"], ["a.jsx", "a.ts"]),
        ("/docs/", ["docs/a", "docs/a/b"], ["docs", "x/docs/a"]),
        ("docs/", ["docs/a", "x/docs/a"], ["docs"]),
        ("docs/*", ["docs/a.md"], ["docs/a/b.md"]),
        ("/docs/**", ["docs/a", "docs/a/b"], ["x/docs/a"]),
        ("apps/api", ["apps/api", "apps/api/main.go"], ["x/apps/api", "apps/apis"]),
        ("/deploy", ["deploy", "deploy/a.yaml"], ["x/deploy"]),
        ("**/logs", ["logs", "logs/a", "deep/logs", "x/y/logs/a"], ["mylogs"]),
        ("a?c", ["abc", "x/abc"], ["ac", "abbc"]),
        ("/a+b(c)/", ["a+b(c)/d"], ["aab(c)/d"]),
        ("/*", ["a", "a/b"], []),
    ],
)
def test_patterns(pattern: str, yes: list[str], no: list[str]) -> None:
    text = f"{pattern} @org/team\n"
    assert [path for path in yes if not owners(text, path)] == []
    assert [path for path in no if owners(text, path)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("* @a\n/x @b\n", ["@b"]),
        ("/x @b\n* @a\n", ["@a"]),
        ("* @a\n/x\n", []),
        ("* @a @b # because\n", ["@a", "@b"]),
        ("  * @a\r\n", ["@a"]),
        ("* a@example.com\n", ["a@example.com"]),
        ("!x @a\n", []),
        ("[Docs]\n* @a\n[Code]\n/x @b\n", ["@a", "@b"]),
        ("^[Docs][2] @d\n/x\n", ["@d"]),
        ("", []),
    ],
)
def test_lines(text: str, found: list[str]) -> None:
    assert owners(text, "x") == found


def test_the_line_of_a_rule() -> None:
    (rule,) = codeowners({"CODEOWNERS": "# a\n\n* @a\n"}).of("x")
    assert rule.at.line == 3


def test_the_first_of_the_places_counts_and_the_checklist_before_all() -> None:
    files = {"CODEOWNERS": "* @root\n", ".github/CODEOWNERS": "* @github\n", "docs/CODEOWNERS": "* @docs\n"}
    assert [rule.owners for rule in codeowners(files).of("x")] == [("@github",)]
    named = Named({"owners": (Ref("repository", "docs/CODEOWNERS"),)})
    assert [rule.owners for rule in codeowners(files, named).of("x")] == [("@docs",)]
    assert codeowners({"x/CODEOWNERS": "* @a\n"}).file is None


def test_a_hostile_pattern_takes_no_time() -> None:
    text = "*a" * 100 + " @a\n" + "**/" * 100 + "x @b\n" + "x" * 1000 + " @c\n"
    assert owners(text, "a/" * 50 + "b" * 200) == []


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("team-orders", "orders"),
        ("@retail/team-orders", "orders"),
        ("group:default/team-orders", "orders"),
        ("Orders Team", "orders"),
        ("orders_team", "orders"),
        ("orders@example.com", "orders"),
        ("team", "team"),
        ("team-", "team-"),
        ("steam", "steam"),
        ("user:mara", "mara"),
        ("", ""),
    ],
)
def test_names(written: str, name: str) -> None:
    assert team_name(written) == name


@given(st.text())
def test_a_name_is_compared_the_same_however_often(text: str) -> None:
    assert team_name(team_name(text)) == team_name(text) or "team" in text.lower()


@pytest.mark.parametrize(
    ("written", "person"),
    [("@mara", True), ("@retail/orders", False), ("mara@example.com", True), ("user:default/mara", True),
     ("orders", False), ("group:orders", False)],
)  # fmt: skip
def test_persons(written: str, person: bool) -> None:
    assert is_person(written) is person


def test_teams_and_their_names() -> None:
    teams = Teams()
    teams.same(["team-orders", "checkout"])
    teams.same(["@retail/checkout", "till"])
    teams.member("till", "mara")
    assert teams.of("till") == teams.of("orders") == teams.of("@mara")
    assert teams.of("payments") != teams.of("orders")
    assert teams.of("@somebody") == frozenset()
    assert teams.of("@till") == teams.of("orders")  # a group's handle without an organisation
