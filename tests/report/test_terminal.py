import io
import re
import subprocess
import sys

import pytest

from readiness.report import terminal
from readiness.report.outline import Outline
from tests.report.samples import finding, hostile, not_ready, outcome, proof, ready, verdict


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
    many = [finding(f"w{number}", severity="warning") for number in range(200)]
    text = terminal.render(Outline.of(verdict([outcome("a.b", "fail", findings=many)]))).decode()
    assert "… 190 more (--verbose)" in text
    assert len(text.splitlines()) < 40


def test_proofs_are_shown_when_the_gate_opens() -> None:
    holds = [outcome("a.b", "pass", proofs=[proof("nine hold")])]
    blocked = [*holds, outcome("a.c", "fail", blocking=True, findings=[finding("x", blocking=True)])]
    assert "nine hold" in terminal.render(Outline.of(verdict(holds))).decode()
    assert "nine hold" not in terminal.render(Outline.of(verdict(blocked))).decode()
    assert "nine hold" in terminal.render(Outline.of(verdict(blocked)), verbose=True).decode()


def test_many_proofs_are_cut_and_counted() -> None:
    many = [proof(f"sum {number}") for number in range(50)]
    outline = Outline.of(verdict([outcome("a.b", "pass", proofs=many, proofs_left_out=7)]))
    text = terminal.render(outline).decode()
    assert "… 47 more (--verbose)" in text
    assert text.count("  sum ") == 10
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


def test_untrusted_and_advisory_are_said() -> None:
    text = terminal.render(Outline.of({**ready(), "trusted": False, "mode": "advisory"})).decode()
    assert "not trusted" in text
    assert "advisory" in text.splitlines()[0]
