"""A service with hundreds of findings adopts the gate: baseline, waivers, and their last days."""
# a row a case

from pathlib import Path

import pytest

from tests.cli.running import (
    CHECKLIST,
    Said,
    Verdict,
    cli,
    committed,
    deployment,
    files,
    gate,
    git,
    outcome,
    process,
)

ITEM = "rollback.history-limit"
BASELINE = ".readiness/baseline.yaml"
WAIVERS = ".readiness/waivers.yaml"
UNTIL = "2027-03-31"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """200 workloads that keep one old revision, where two are needed."""
    services = {f"k8s/w{n:03}.yaml": deployment(f"w{n:03}", revisionHistoryLimit=1) for n in range(200)}
    return files(tmp_path / "old", {"readiness.yaml": CHECKLIST, **services})


def accept(tree: Path, *more: str) -> Said:
    return cli("baseline", "--until", UNTIL, "--ticket", "OPS-1", "--as-of", "2026-11-24", *more, cwd=tree)


def on(tree: Path, day: str) -> tuple[int, Verdict]:
    said = cli("gate", "--as-of", day, "--output", "json", cwd=tree)
    import json

    return said.code, json.loads(said.out)


def test_two_hundred_findings_pass_and_one_that_gets_worse_fails(old: Path) -> None:
    assert gate(cwd=old)[0] == 1
    said = accept(old)
    assert (said.code, "200 findings" in said.out) == (0, True), said
    code, verdict = gate(cwd=old)
    assert (code, verdict["summary"]["existing"]) == (0, 200)
    assert verdict["decision"] == "GO WITH CONDITIONS"
    (old / "k8s/w007.yaml").write_text(deployment("w007", revisionHistoryLimit=0))
    code, verdict = gate(cwd=old)
    blocking = [one for one in outcome(verdict, ITEM)["findings"] if one["blocking"]]
    assert (code, [(one["object"]["name"], one["state"]) for one in blocking]) == (1, [("w007", "worse")])


def test_a_new_finding_is_not_excused(old: Path) -> None:
    accept(old)
    files(old, {"k8s/new.yaml": deployment("new", revisionHistoryLimit=1)})
    code, verdict = gate(cwd=old)
    blocking = [one for one in outcome(verdict, ITEM)["findings"] if one["blocking"]]
    assert (code, [one["object"]["name"] for one in blocking]) == (1, ["new"])


def test_a_finding_stays_accepted_when_its_file_moves(old: Path) -> None:
    accept(old)
    (old / "deploy").mkdir()
    (old / "k8s/w000.yaml").rename(old / "deploy/renamed.yaml")
    assert gate(cwd=old)[0] == 0


def test_the_baseline_only_shrinks(old: Path) -> None:
    accept(old)
    for number in range(50):
        (old / f"k8s/w{number:03}.yaml").write_text(deployment(f"w{number:03}"))
    files(old, {"k8s/new.yaml": deployment("new", revisionHistoryLimit=1)})
    assert accept(old).code == 2  # a second one would accept what is new
    said = cli("baseline", "--update", "--as-of", "2026-11-24", cwd=old)
    assert (said.code, "200 → 150" in said.out) == (0, True), said
    assert "new" not in (old / BASELINE).read_text().replace("new findings", "")
    (old / "k8s/w000.yaml").write_text(deployment("w000", revisionHistoryLimit=1))
    code, verdict = gate(cwd=old)
    blocking = {one["object"]["name"] for one in outcome(verdict, ITEM)["findings"] if one["blocking"]}
    assert (code, blocking) == (1, {"w000", "new"})  # what was mended once is not accepted again
    before = (old / BASELINE).read_bytes()
    cli("baseline", "--update", "--as-of", "2026-11-24", cwd=old)
    assert (old / BASELINE).read_bytes() == before


def test_an_update_while_files_cannot_be_read_keeps_their_findings(old: Path) -> None:
    accept(old)
    (old / "k8s/w000.yaml").write_text("apiVersion: apps/v1\nkind: Deployment\nspec: [\n")
    said = cli("baseline", "--update", "--as-of", "2026-11-24", cwd=old)
    assert "200 → 200" in said.out


def test_it_blocks_from_its_end_on(old: Path) -> None:
    accept(old)
    assert on(old, "2027-03-30")[0] == 0
    assert on(old, UNTIL)[0] == 1
    assert on(old, "2027-04-01")[0] == 1


def test_a_baseline_has_an_end_and_a_ticket(old: Path) -> None:
    for arguments in ((), ("--until", UNTIL), ("--ticket", "OPS-1"), ("--until", "soon", "--ticket", "X-1"),
                      ("--until", "2026-11-24", "--ticket", "X-1")):  # fmt: skip
        said = cli("baseline", *arguments, "--as-of", "2026-11-24", cwd=old)
        assert (said.code, (old / BASELINE).exists()) == (2, False), arguments
        assert said.err
    assert cli("baseline", "--update", cwd=old).code == 2


def test_a_change_cannot_bring_its_own_baseline(old: Path) -> None:
    committed(old)
    git("checkout", "-q", "-b", "change", cwd=old)
    files(old, {"k8s/new.yaml": deployment("new", revisionHistoryLimit=0)})
    accept(old)
    committed(old)
    code, verdict = gate("--base", "main", cwd=old)
    blocking = {one["object"]["name"] for one in outcome(verdict, ITEM)["findings"] if one["blocking"]}
    assert (code, blocking) == (1, {"new"})
    assert any(one["file"] == BASELINE for one in verdict["ignored"])


def test_a_baseline_stands_in_for_history_in_a_shallow_clone(old: Path) -> None:
    accept(old)
    committed(old)
    code, verdict = gate("--base", "main", cwd=old)  # the head is the base itself
    assert (code, verdict["trusted"]) == (0, False)  # main is what is checked out
    git("update-ref", "refs/remotes/origin/main", "HEAD", cwd=old)
    code, verdict = gate("--base", "origin/main", "--require-trusted", cwd=old)
    assert (code, verdict["trusted"]) == (0, True)


# waivers


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return files(
        tmp_path / "one", {"readiness.yaml": CHECKLIST, "k8s/a.yaml": deployment("a", revisionHistoryLimit=1)}
    )


def fingerprint(tree: Path) -> str:
    (found,) = outcome(gate(cwd=tree)[1], ITEM)["findings"]
    return str(found["fingerprint"])


def waive(
    tree: Path, print_: str = "", *more: str, until: str = "2026-12-31", approved_by: str = "john.roe"
) -> Said:
    return cli(
        "waive", print_ or fingerprint(tree), "--reason", "Traffic is low until the launch in March",
        "--owner", "jane.doe", "--until", until, "--ticket", "OPS-17", "--approved-by", approved_by,
        "--as-of", "2026-11-24", *more, cwd=tree,
    )  # fmt: skip


def test_waive_writes_what_then_passes(one: Path) -> None:
    said = waive(one)
    assert said.code == 0, said
    code, verdict = gate(cwd=one)
    (found,) = outcome(verdict, ITEM)["findings"]
    assert (code, verdict["decision"]) == (0, "GO WITH CONDITIONS")
    assert (found["waiver"]["owner"], found["waiver"]["expires"]) == ("jane.doe", "2026-12-31")
    assert cli("validate", cwd=one).code == 0
    assert str(one) not in (one / WAIVERS).read_text()


def test_a_waiver_covers_nothing_worse(one: Path) -> None:
    waive(one)
    (one / "k8s/a.yaml").write_text(deployment("a", revisionHistoryLimit=0))
    assert gate(cwd=one)[0] == 1


def test_a_waiver_that_nobody_else_approved_does_not_count(one: Path) -> None:
    assert waive(one, approved_by="").code == 0
    assert gate(cwd=one)[0] == 1


def test_a_second_waiver_is_added_to_the_first(one: Path) -> None:
    waive(one)
    files(one, {"k8s/b.yaml": deployment("b", revisionHistoryLimit=0)})
    found = outcome(gate(cwd=one)[1], ITEM)["findings"]
    (open_one,) = [finding["fingerprint"] for finding in found if finding["blocking"]]
    assert waive(one, open_one).code == 0
    assert gate(cwd=one)[0] == 0


ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago")


def test_a_waiver_passes_on_its_last_day_and_fails_the_day_after(one: Path) -> None:
    waive(one)
    assert on(one, "2026-12-31")[0] == 0
    assert on(one, "2027-01-01")[0] == 1


@pytest.mark.parametrize("zone", ZONES)
def test_its_last_day_is_the_same_in_any_time_zone(one: Path, zone: str) -> None:
    waive(one)
    for day, code in (("2026-12-31", 0), ("2027-01-01", 1)):
        said = process("gate", "--as-of", day, "--output", "json", cwd=one, env={"TZ": zone})
        assert said.code == code, said


def test_an_expired_waiver_is_not_excused_by_the_base(one: Path) -> None:
    waive(one)
    committed(one)
    git("checkout", "-q", "-b", "change", cwd=one)
    files(one, {"README.md": "x"})
    committed(one)
    for day, code in (("2026-12-31", 0), ("2027-01-01", 1)):
        said = cli("gate", "--base", "main", "--as-of", day, cwd=one)
        assert said.code == code, said


REASON = ("--reason", "Long enough to be one")
UNTIL_DECEMBER = ("--until", "2026-12-01")
WRONG: dict[str, tuple[str, ...]] = {
    "no finding has this": ("r1:00000000000000000000", *REASON, "--owner", "j", *UNTIL_DECEMBER, "--ticket", "X-1"),
    "--reason is missing": ("", "--owner", "j", *UNTIL_DECEMBER, "--ticket", "X-1"),
    "--reason has 5": ("", "--reason", "short", "--owner", "j", *UNTIL_DECEMBER, "--ticket", "X-1"),
    "--owner is missing": ("", *REASON, *UNTIL_DECEMBER, "--ticket", "X-1"),
    "--until is missing": ("", *REASON, "--owner", "j", "--ticket", "X-1"),
    "--until tomorrow": ("", *REASON, "--owner", "j", "--until", "tomorrow", "--ticket", "X-1"),
    "--until 2026-11-23": ("", *REASON, "--owner", "j", "--until", "2026-11-23", "--ticket", "X-1"),
    "--kind x": ("", *REASON, "--owner", "j", *UNTIL_DECEMBER, "--ticket", "X-1", "--kind", "x"),
    "--ticket is missing": ("", *REASON, "--owner", "j", *UNTIL_DECEMBER),
    "of the kind planned": ("", *REASON, "--owner", "j", *UNTIL_DECEMBER, "--kind", "planned"),
    "is the owner": ("", *REASON, "--owner", "j", *UNTIL_DECEMBER, "--ticket", "X-1", "--approved-by", "j"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_waiver_that_says_too_little_is_not_written(one: Path, wrong: str) -> None:
    print_, *rest = WRONG[wrong]
    said = cli("waive", print_ or fingerprint(one), *rest, "--as-of", "2026-11-24", cwd=one)
    assert (said.code, (one / WAIVERS).exists()) == (2, False), said
    assert wrong in said.err
    assert said.err.startswith("readiness: ")
    assert "Traceback" not in said.err


@pytest.mark.parametrize("kind", ["false-positive", "not-applicable"])
def test_a_waiver_that_leaves_no_work_needs_no_ticket(one: Path, kind: str) -> None:
    said = cli(
        "waive", fingerprint(one), *REASON, "--owner", "jane.doe", *UNTIL_DECEMBER, "--kind", kind,
        "--approved-by", "john.roe", "--as-of", "2026-11-24", cwd=one,
    )  # fmt: skip
    assert said.code == 0, said
    assert gate(cwd=one)[0] == 0


def test_a_finding_has_one_waiver_until_that_is_over(one: Path) -> None:
    print_ = fingerprint(one)
    assert waive(one, print_, until="2026-11-30").code == 0
    before = (one / WAIVERS).read_bytes()
    for day in ("2026-11-24", "2026-11-30"):
        said = waive(one, print_, "--as-of", day)
        assert (said.code, "waived by W-1 already, until 2026-11-30" in said.err) == (2, True), said
    assert (one / WAIVERS).read_bytes() == before
    said = waive(one, print_, "--as-of", "2026-12-01")
    assert (said.code, "wrote W-2" in said.out) == (0, True), said
    assert on(one, "2026-12-01")[0] == 0


def test_validate_names_the_waivers_that_do_not_count(one: Path) -> None:
    files(one, {"k8s/b.yaml": deployment("b", revisionHistoryLimit=1),
                "k8s/c.yaml": deployment("c", revisionHistoryLimit=1)})  # fmt: skip
    prints = [found["fingerprint"] for found in outcome(gate(cwd=one)[1], ITEM)["findings"]]
    waive(one, prints[0], until="2026-11-30")
    waive(one, prints[1], approved_by="")
    waive(one, prints[2])
    for day, ids in (("2026-11-30", ["W-2"]), ("2026-12-01", ["W-1", "W-2"])):
        said = cli("validate", "--as-of", day, cwd=one)
        lines = [line for line in said.out.splitlines() if "covers nothing" in line]
        assert said.code == 0
        assert [line.split("waiver ")[1].partition(" ")[0] for line in lines] == ids
    assert "W-1 expired 1 day ago" in lines[0]
    assert "W-2 is not approved" in lines[1]


# records of what other rules and manifests say


STRICT = CHECKLIST.replace("severity: error", "severity: error, with: {minimum: 5}")


@pytest.fixture
def fine(tmp_path: Path) -> Path:
    """A service on `main` without a finding, but for the rules of `../policy`."""
    files(tmp_path / "policy", {"readiness.yaml": STRICT})
    texts = {"readiness.yaml": CHECKLIST, "k8s/a.yaml": deployment("a", revisionHistoryLimit=3)}
    tree = files(tmp_path / "fine", texts)
    committed(tree)
    return tree


def print_under(tree: Path, *options: str) -> str:
    (found,) = outcome(gate(*options, cwd=tree)[1], ITEM)["findings"]
    return str(found["fingerprint"])


def merge(tree: Path, record: str) -> None:
    files(tree.parent / "policy", {record: (tree / record).read_bytes()})


def test_waive_judges_by_the_policy_and_says_where_it_counts(fine: Path) -> None:
    options = ("--policy", "../policy")
    said = waive(fine, print_under(fine, *options), *options)
    assert said.code == 0, said
    assert f"the rules are read from ../policy: it counts once {WAIVERS} is merged there" in said.out
    assert not (fine.parent / "policy" / WAIVERS).exists()
    assert gate(*options, cwd=fine)[0] == 1
    again = waive(fine, print_under(fine, *options), *options)  # it stands here, not in the policy
    assert (again.code, "W-1" in again.err) == (2, True)
    merge(fine, WAIVERS)
    assert gate(*options, cwd=fine)[0] == 0
    (fine / WAIVERS).unlink()
    again = waive(fine, print_under(fine, *options), *options)  # it stands in the policy, not here
    assert (again.code, "W-1" in again.err) == (2, True)


def test_baseline_judges_by_the_policy_and_says_where_it_counts(fine: Path) -> None:
    options = ("--policy", "../policy")
    said = accept(fine, *options)
    assert (said.code, "1 finding is excused" in said.out) == (0, True), said
    assert f"the rules are read from ../policy: it counts once {BASELINE} is merged there" in said.out
    assert accept(fine, *options).code == 2  # one that is not merged yet is not written over
    merge(fine, BASELINE)
    assert gate(*options, cwd=fine)[0] == 0
    files(fine, {"k8s/a.yaml": deployment("a", revisionHistoryLimit=9)})
    said = cli("baseline", "--update", *options, "--as-of", "2026-11-24", cwd=fine)
    assert (said.code, "1 → 0" in said.out, "merged there" in said.out) == (0, True, True), said


def test_the_own_rules_need_no_word_about_merging(one: Path) -> None:
    assert "merged there" not in waive(one, "", "--policy", ".").out
    assert "merged there" not in accept(one).out


def test_records_are_written_from_the_rules_of_a_ref(fine: Path) -> None:
    files(fine, {"k8s/a.yaml": deployment("a", revisionHistoryLimit=1), "readiness.yaml": "version: 1\n"})
    said = waive(fine, print_under(fine, "--policy", "main"), "--policy", "main")
    assert (said.code, "the rules are read from main: " in said.out) == (0, True), said


@pytest.mark.parametrize("command", ["waive", "baseline"])
def test_records_are_written_from_what_a_pipeline_rendered(fine: Path, command: str) -> None:
    files(fine, {"readiness.yaml": CHECKLIST + "environments: {production: {manifests: [k8s/]}}\n"})
    rendered = (
        files(fine.parent, {"rendered.yaml": deployment("a", revisionHistoryLimit=0)}) / "rendered.yaml"
    )
    options = ("--manifests", f"production={rendered}")
    print_ = print_under(fine, *options)
    said = waive(fine, print_, *options) if command == "waive" else accept(fine, *options)
    assert said.code == 0, said
    assert gate(*options, cwd=fine)[0] == 0


@pytest.mark.parametrize("command", ["waive", "baseline"])
def test_records_are_written_from_a_profile(fine: Path, command: str) -> None:
    files(fine, {"k8s/a.yaml": deployment("a", revisionHistoryLimit=0)})
    options = ("--profile", "critical@1")
    found = [
        one for one in gate(*options, cwd=fine)[1]["outcomes"] if one["check"] != ITEM and one["findings"]
    ]
    print_ = found[0]["findings"][0]["fingerprint"]  # of a check that the checklist here does not ask for
    assert waive(fine, print_).code == 2
    said = waive(fine, print_, *options) if command == "waive" else accept(fine, *options)
    assert said.code == 0, said
    assert print_ in (fine / (WAIVERS if command == "waive" else BASELINE)).read_text()


def test_a_baseline_of_one_environment(fine: Path) -> None:
    environments = "environments: {production: {manifests: [k8s/]}, staging: {manifests: [staging/]}}\n"
    old = {name: deployment("a", revisionHistoryLimit=1) for name in ("k8s/a.yaml", "staging/a.yaml")}
    files(fine, {"readiness.yaml": CHECKLIST + environments, **old})
    assert accept(fine, "--environment", "production").code == 0
    assert gate("--environment", "production", cwd=fine)[0] == 0
    assert gate("--environment", "staging", cwd=fine)[0] == 1


@pytest.mark.parametrize("command", ["waive", "baseline"])
def test_standard_input_has_no_records(fine: Path, command: str) -> None:
    more = ("--until", UNTIL, "--ticket", "OPS-1")
    waiver = ("r1:00000000000000000000", "-", *REASON, "--owner", "j", *more)
    said = cli(command, *(waiver if command == "waive" else ("-", *more)), cwd=fine, stdin=b"")
    assert (said.code, "--manifests ENV=-" in said.err, (fine / "-").exists()) == (2, True, False)
