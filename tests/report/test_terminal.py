import io
import re
import subprocess
import sys

import pytest

from readiness.report import terminal
from readiness.report.outline import Outline
from tests.report.samples import (
    finding,
    hostile,
    not_ready,
    object_,
    operand,
    outcome,
    proof,
    ready,
    two_environments,
    verdict,
)


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def colour(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.usefixtures("colour")
def test_terminal_gets_colour_and_no_escape_of_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen = Screen()
    terminal.show(Outline.of(hostile()), screen, verbose=True)
    assert "\x1b[1;31mNO-GO" in screen.getvalue()
    assert "\x1b[2J" not in screen.getvalue()
    assert "\\x1b[2J" in screen.getvalue()
    assert "\u202e" not in screen.getvalue()


@pytest.mark.usefixtures("colour")
@pytest.mark.parametrize("width", [1, 2, 9, 40, 200])
def test_narrow_terminal_is_not_overrun(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    screen = Screen()
    terminal.show(Outline.of(not_ready()), screen)
    text = re.sub(r"\x1b\[[\d;]*m", "", screen.getvalue())
    assert "\x1b" not in text
    assert 0 < max(map(len, text.splitlines())) <= width
    assert "".join(text.split()).startswith("NO-GOorders·production")


@pytest.mark.usefixtures("colour")
def test_findings_link_to_their_files_where_the_repository_is_known() -> None:
    linked, plain = Screen(), Screen()
    terminal.show(Outline.of(not_ready()), linked, folder="/src/a b")
    terminal.show(Outline.of(not_ready()), plain)
    assert "\x1b]8;" in linked.getvalue()
    assert "file:///src/a%20b/deploy/base/api.yaml" in linked.getvalue()
    assert "\x1b]8;" not in plain.getvalue()


def test_pipe_gets_plain_text() -> None:
    pipe = io.StringIO()
    terminal.show(Outline.of(not_ready()), pipe)
    assert pipe.getvalue() == terminal.render(Outline.of(not_ready())).decode()


def test_encoding_that_lacks_the_signs_gets_others() -> None:
    raw = io.BytesIO()
    pipe = io.TextIOWrapper(raw, encoding="ascii")
    terminal.show(Outline.of(verdict([outcome("a.b", "fail", findings=[finding("größer · x")])])), pipe)
    pipe.flush()
    assert b"gr\\xf6\\xdfer - x" in raw.getvalue()


def test_rich_and_xml_are_not_imported_for_a_pipe() -> None:
    code = (
        "import sys; from readiness.report.formats import render; from tests.report.samples import ready;"
        "[render(ready(), name) for name in ('terminal', 'junit', 'markdown')];"
        "heavy = {'rich', 'xml', 'json', 'importlib.metadata', 'jsonschema', 'dataclasses', 'inspect'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_blockers_stand_before_anything_else() -> None:
    text = terminal.render(Outline.of(not_ready())).decode()
    titles = ["NO-GO", "BLOCKS", "UNKNOWN", "WARNINGS", "NOTES", "WAIVED", "EXISTING", "NOT COUNTED", "hold"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)


def test_notes_are_counted_and_verbose_shows_them() -> None:
    outline = Outline.of(not_ready())
    assert "OrdersDown has no section" not in terminal.render(outline).decode()
    assert "OrdersDown has no section" in terminal.render(outline, verbose=True).decode()


def test_many_warnings_are_cut_to_a_screen() -> None:
    many = [
        outcome(f"a.{area}", "fail", findings=[finding(f"{area}{n}", severity="warning") for n in range(50)])
        for area in "bcde"
    ]
    text = terminal.render(Outline.of(verdict(many))).decode()
    assert "… and 45 more of a.b (--verbose)" in text
    assert "… and 100 more (--verbose)" in text
    assert "190 warnings hidden; --verbose shows them" in text.splitlines()[:4]
    assert len(text.splitlines()) < 40
    whole = terminal.render(Outline.of(verdict(many)), verbose=True).decode()
    assert whole.count("waive: r1:") == 200
    assert "hidden" not in whole


def test_proofs_are_shown_when_the_gate_opens() -> None:
    holds = [outcome("a.b", "pass", proofs=[proof("nine hold")])]
    blocked = [*holds, outcome("a.c", "fail", blocking=True, findings=[finding("x", blocking=True)])]
    assert "nine hold" in terminal.render(Outline.of(verdict(holds))).decode()
    assert "nine hold" not in terminal.render(Outline.of(verdict(blocked))).decode()
    assert "nine hold" in terminal.render(Outline.of(verdict(blocked)), verbose=True).decode()


def test_proofs_of_an_item_are_one_line_and_verbose_shows_all() -> None:
    many = [proof(f"sum {number}", *([operand("n", 1)] if number == 3 else [])) for number in range(50)]
    staging = outcome("a.b", "pass", environment="staging", proofs=[proof("other")])
    outline = Outline.of(verdict([outcome("a.b", "pass", proofs=many, proofs_left_out=7), staging]))
    lines = terminal.render(outline).decode().splitlines()
    assert [line for line in lines if line.startswith("✓")] == ["✓ a.b: sum 3, and 57 more"]
    assert "1 check holds; 58 proofs, --verbose shows all" in lines
    verbose = terminal.render(outline, verbose=True).decode()
    assert "… 7 more" in verbose
    assert verbose.count("  sum ") == 50


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::stop-commands::x", "  : :stop-commands::x"),
        ("  ::error::x", "  : :error::x"),
        ("a ##vso[task.complete]", "  a # #vso[task.complete]"),
        ("##[error]x", "  # #[error]x"),
        ("a::b ## c", "  a::b ## c"),
    ],
)
def test_evidence_gives_no_command_to_a_build_server(text: str, shown: str) -> None:
    one = outcome("a.b", "fail", blocking=True, findings=[finding(text, blocking=True)])
    written = terminal.render(Outline.of(verdict([one]))).decode().splitlines()
    assert [line.replace("    ", "  ") for line in written].count(shown) == 1


def test_what_blocks_has_the_fingerprint_that_a_waiver_needs() -> None:
    lines = terminal.render(Outline.of(not_ready())).decode().splitlines()
    start = lines.index("BLOCKS (3)")
    assert "  waive: r1:00000000000000000f66" in lines[start:]
    assert max(len(line) for line in lines if "waive:" in line) <= 80


def test_what_is_unknown_and_blocks_has_the_fingerprint_of_each_item() -> None:
    cause = {
        "id": "c",
        "why": "no chart",
        "file": None,
        "line": None,
        "source": None,
        "fix": "",
        "outcomes": 2,
    }
    unknown = [outcome(f"a.{name}", "unknown", causes=["c"], blocking=True) for name in "bc"]
    outline = Outline.of(verdict(unknown, causes=[cause]))
    first, second = (one["fingerprint"] for one in unknown)
    assert f"  waive: {first} and 1 more (--verbose)" in terminal.render(outline).decode().splitlines()
    lines = terminal.render(outline, verbose=True).decode().splitlines()
    assert lines[lines.index(f"  waive: {first}  a.b") + 1] == f"  waive: {second}  a.c"


def test_many_findings_of_one_item_stand_below_one_header() -> None:
    found = [finding(f"w{n}", f"a.yaml:{n + 1}", blocking=True, fix="mend it") for n in range(9)]
    other = outcome("a.c", "fail", blocking=True, findings=[finding("x", blocking=True)])
    outline = Outline.of(verdict([outcome("a.b", "fail", blocking=True, findings=found), other]))
    lines = terminal.render(outline).decode().splitlines()
    start = lines.index("✗ a.b (9)")
    assert lines[start + 1 : start + 5] == [
        "  ✗ a.yaml:1  [production]", "    w0", "    fix: mend it", f"    waive: {found[0]['fingerprint']}",
    ]  # fmt: skip
    assert lines[start + 21 : start + 23] == [
        "  … and 4 more (--verbose)",
        "✗ a.c  deploy/base/api.yaml:12  [production]",
    ]
    whole = terminal.render(outline, verbose=True).decode()
    assert whole.count("✗ a.b  ") == 9
    assert "w8" in whole


def test_six_findings_are_not_cut_to_five() -> None:
    found = [finding(f"w{n}", blocking=True) for n in range(6)]
    outline = Outline.of(verdict([outcome("a.b", "fail", blocking=True, findings=found)]))
    assert "more (--verbose)" not in terminal.render(outline).decode()


def test_gaps_that_leave_the_same_unknown_are_cut() -> None:
    causes = [
        {"id": f"c{n}", "why": f"k{n}.yaml: is missing", "file": f"k{n}.yaml", "line": 3, "source": "repository",
         "fix": f"add k{n}.yaml", "outcomes": 1}
        for n in range(9)
    ]  # fmt: skip
    unknown = [
        outcome("a.b", "unknown", environment=f"e{n}", causes=[f"c{n}"], blocking=True) for n in range(9)
    ]
    lines = terminal.render(Outline.of(verdict(unknown, causes=causes))).decode().splitlines()
    start = lines.index("✗ k0.yaml:3: is missing → 1 check unknown (e0)")
    assert lines[start + 1 : start + 3] == ["    a.b", "  fix: add k0.yaml"]
    assert "… and 4 more that leave the same unknown (--verbose)" in lines
    assert lines.count("    a.b") == 1


def test_many_environments_are_told_by_what_they_say() -> None:
    document = verdict(
        [outcome("a.b", "pass", environment=f"e{n:02}", proofs=[proof("x")]) for n in range(22)]
    )
    each = document["environments"][0]
    document["environments"] = [{**each, "name": f"e{n:02}"} for n in range(22)]
    document["environments"][21].update(decision="NO-GO", reason="1 blocks: 1 failed")
    head = terminal.render(Outline.of({**document, "environment": None})).decode().splitlines()[:3]
    assert head == [
        "GO  orders · e00, e01, e02 and 19 more · tier 1 · 2026-11-24",
        "  e21: NO-GO: 1 blocks: 1 failed",
        "  e00, e01, e02 and 18 more: GO: every check holds",
    ]


def test_where_was_looked_is_said_with_several_environments_too() -> None:
    document = two_environments()
    reason = "nothing-judged: nothing was judged; looked in k8s/"
    assert reason in terminal.render(Outline.of({**document, "reason": reason})).decode().splitlines()


def test_policy_changes_are_told_file_by_file() -> None:
    why = "(does not count before it is merged)"
    changes = [{"file": "readiness.yaml", "line": n, "text": f"a{n} (x) {why}"} for n in range(14, 0, -1)]
    changes.append({"file": "b.yaml", "line": None, "text": "removes: b"})
    outline = Outline.of({**ready(), "ignored": changes})
    lines = terminal.render(outline).decode().splitlines()
    start = lines.index("· b.yaml  1 change")
    assert lines[start + 1 : start + 4] == [
        "  removes: b",
        "· readiness.yaml  14 changes: does not count before it is merged",
        "  line 1: a1 (x)",
    ]
    assert lines[start + 12 : start + 14] == ["  line 10: a10 (x)", "  … and 4 more (--verbose)"]
    assert len(outline.document["ignored"]) == 15
    assert "line 14: a14 (x)" in terminal.render(outline, verbose=True).decode()


def test_gone_evidence_of_many_subjects_is_told_once_with_where_it_was() -> None:
    gone = [
        finding(
            f"evidence-disappeared: AlertRule A{n} was pass at the base and is gone now", f"rules.yaml:{n + 1}",
            source="repository@base", blocking=True, object=object_("AlertRule", f"A{n}", ""),
            fix=f"bring AlertRule A{n} back in rules.yaml; if it moved, name its new place",
        )
        for n in range(4)
    ]  # fmt: skip
    outline = Outline.of(verdict([outcome("a.b", "fail", blocking=True, findings=gone)]))
    lines = terminal.render(outline).decode().splitlines()
    start = lines.index("✗ a.b  was at rules.yaml")
    assert lines[start + 1 : start + 3] == [
        "  evidence-disappeared: AlertRule A0, AlertRule A1, AlertRule A2 and 1 more, judged at the base, are gone",
        "  fix: bring them back; if it moved, name its new place",
    ]
    assert "was at rules.yaml:4" in terminal.render(outline, verbose=True).decode()


def test_that_there_is_no_checklist_is_said_without_asking() -> None:
    hint = "no readiness.yaml found: judged by the profile baseline@1; `readiness init` writes a checklist"
    assert (
        f"hint: {hint}" in terminal.render(Outline.of({**ready(), "notices": [hint]})).decode().splitlines()
    )


def test_untrusted_and_advisory_are_said() -> None:
    text = terminal.render(Outline.of({**ready(), "trusted": False, "mode": "advisory"})).decode()
    assert "not trusted" in text
    assert "advisory" in text.splitlines()[0]


def test_what_has_a_patch_is_counted_once_and_shown_when_asked_for() -> None:
    outline = Outline.of(not_ready())
    short, long = (terminal.render(outline, verbose).decode() for verbose in (False, True))
    assert "patch: readiness gate --fix mends 1 finding; --verbose shows how\n" in short
    assert "+  replicas: 8" not in short
    assert "    -  replicas: 6\n    +  replicas: 8\n" in long
    assert "--fix" not in terminal.render(Outline.of(ready())).decode()


def held(area: str, number: int, operands: int = 0) -> dict[str, object]:
    message = f"{area} {number} holds"
    return outcome(f"{area}.c{number}", "pass", proofs=[proof(message, *[operand("n", 1.0)] * operands)])


@pytest.mark.parametrize(("checks", "lines"), [(20, 20), (21, 2)])
def test_many_items_that_hold_take_a_line_for_each_area(checks: int, lines: int) -> None:
    outcomes = [held("slo", 0), *(held("alert", number, number) for number in range(1, checks))]
    text = terminal.render(Outline.of(verdict(outcomes))).decode()
    shown = [line for line in text.splitlines() if line.startswith("✓")]
    assert len(shown) == lines
    assert shown[-1] == "✓ slo.c0: slo 0 holds"
    if checks > terminal.HELD_SHOWN:
        assert shown[0] == f"✓ alert ({checks - 1})  c{checks - 1}: alert {checks - 1} holds"
    assert f"{checks} checks hold" in text
