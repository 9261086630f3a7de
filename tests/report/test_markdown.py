import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.report import markdown
from readiness.report.formats import render
from tests.report.samples import finding, hostile, outcome, verdict


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a | b", "a \\| b"),
        ("`x`", "\\`x\\`"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("*x* _y_ z_z __q__", "\\*x\\* \\_y\\_ z_z \\_\\_q\\_\\_"),
        ("[a](b)", "\\[a\\](b)"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("1.5 is", "1.5 is"),
        ("two\n\nlines", "two lines"),
        ("@jane #12", "@\u200bjane #\u200b12"),
        ("a\\|b", "a\\\\\\|b"),
        ("a ~~b~~", "a \\~\\~b\\~\\~"),
    ],
    ids=ascii,
)
def test_text_is_escaped(text: str, escaped: str) -> None:
    assert markdown.escape(text) == escaped


@pytest.mark.parametrize(
    ("text", "cell", "span"),
    [
        ("a.yaml:3", False, "`a.yaml:3`"),
        ("a`b", False, "``a`b``"),
        ("`a``", False, "``` `a`` ```"),
        ("a|b", True, "`a\\|b`"),
        ("a|b", False, "`a|b`"),
        ("a\nb", False, "`a b`"),
        ("", False, ""),
    ],
)
def test_code_span_cannot_be_left(text: str, cell: bool, span: str) -> None:
    assert markdown.code(text, cell) == span


@given(st.text())
def test_escaped_text_has_no_live_markup(text: str) -> None:
    escaped = markdown.escape(text)
    assert "\n" not in escaped
    assert not re.search(r"[<>]", escaped)
    assert not re.search(r"(?<!\\)(?:\\\\)*[|`*\[\]~]", escaped)
    assert not re.search(r"[@#]\w", escaped)


def test_hostile_text_draws_no_rows_and_no_headings() -> None:
    text = render(hostile(), "markdown").decode()
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert all(re.match(r"# NO-GO: |## [A-Z]|### `hostile\.", line) for line in headings)
    start = text.index("| Check | Where |")
    rows = text[start : text.index("\n\n", start)].splitlines()
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_a_patch_can_not_end_its_own_fence_and_is_bounded() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1,1 +1,51 @@\n ```\n" + "+# x\n" * 50
    found = finding("x", blocking=True, patch=patch)
    text = render(verdict([outcome("a.b", "fail", blocking=True, findings=[found])]), "markdown").decode()
    block = text[text.index("````diff") :].splitlines()
    assert block[1 : block.index("````")] == patch.splitlines()[:40]
    assert block[block.index("````") + 1] == "… 14 lines more: `readiness gate --fix`"


def test_patches_of_a_section_are_bounded() -> None:
    found = [
        finding(f"x {number}", blocking=True, patch="--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+b\n")
        for number in range(30)
    ]
    text = render(verdict([outcome("a.b", "fail", blocking=True, findings=found)]), "markdown").decode()
    assert text.count("```diff") == 20
