"""The structure of Markdown pages: what counts as a heading, an anchor, code and text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.pages import page_of, slug


def titles(text: str) -> list[tuple[str, int, int]]:
    return [(one.title, one.level, one.line) for one in page_of(text.encode()).sections]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One\ntext\n## Two ##\n", [("One", 1, 1), ("Two", 2, 3)]),
        ("One\n===\ntext\n\nTwo\n---\n", [("One", 1, 1), ("Two", 2, 5)]),
        ("```\n# no\n```\n# yes\n", [("", 0, 1), ("yes", 1, 4)]),
        ("~~~~\n```\n# no\n~~~\n~~~~\n# yes\n", [("", 0, 1), ("yes", 1, 6)]),
        ("<!-- # no\n## no\n-->\n# yes\n", [("yes", 1, 4)]),
        ("#no\n####### no\n", [("", 0, 1)]),
        ("---\ntitle: T\n---\n# yes\n", [("yes", 1, 4)]),
        ("text\n\n---\n\nmore\n", [("", 0, 1)]),
        ("- item\n---\n", [("", 0, 1)]),
        ("# **Bold** `code`\n", [("Bold code", 1, 1)]),
        ("# A\n\n**Diagnosis**\n\ntext\n", [("A", 1, 1), ("Diagnosis", 7, 3)]),
        ("# A\n\n**Note**: this is text\n", [("A", 1, 1)]),
        ("# A\ntext\n**bold in a paragraph**\n", [("A", 1, 1)]),
        ("", []),
    ],
)
def test_headings(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert titles(text) == expected


def test_an_open_fence_ends_with_the_page() -> None:
    (section,) = page_of(b"# A\n```sh\nkubectl get pods\n").sections
    assert section.code[0].text == "kubectl get pods"
    assert section.code[0].language == "sh"


def test_anchors_of_each_style() -> None:
    page = page_of(b"# Roll back!\n# Roll back\n# Other {#way-back}\n<a id=\"here\"></a>\n<a name='there'>\n")
    assert {"roll-back", "roll-back-1", "way-back", "here", "there"} <= page.anchors


@pytest.mark.parametrize(
    ("text", "anchors"),
    [
        ("# Node & disk\n", {"node--disk", "node-disk"}),  # GitHub; GitLab and MkDocs
        ("# Größe\n", {"größe", "groe"}),
        ("# A\n# A\n", {"a", "a-1", "a_1"}),
        ("<h2 id='there'>T</h2>\n", {"there"}),
        ("# A {.wide #Other}\n", {"a", "other"}),
        ("```\n<a id='no'>\n```\n", set()),
    ],
)
def test_anchors_of_forges_and_sites(text: str, anchors: set[str]) -> None:
    assert page_of(text.encode()).anchors == anchors


@pytest.mark.parametrize(
    ("text", "leads_on"),
    [
        ("Look.", False),
        ("Look at `up`.", False),
        ("Run `kubectl get pods`.", True),
        ("```sh\nls\n```", True),
        ("See [the page](x.md).", True),
        ("See [the page][1].", True),
        ("See https://a.b/c", True),
        ("See [1].", False),
    ],
)
def test_what_leads_a_reader_on(text: str, leads_on: bool) -> None:
    (section,) = page_of(f"# A\n{text}\n".encode()).sections
    assert section.leads_on == leads_on


def test_text_links_and_what_is_unfinished() -> None:
    page = page_of(b"# A\nSee [the page](docs/x.md#y) and <https://a.b/c>.\nTODO later\n```\n# FIXME\n```\n")
    (section,) = page.sections
    assert section.links == ("docs/x.md#y", "https://a.b/c")
    assert section.unfinished == (3, 5)
    assert "FIXME" not in section.prose


def test_front_matter_in_toml() -> None:
    assert page_of(b"+++\ndraft = true\ntitle = 'T'\n+++\n# A\n").front == {"draft": True, "title": "T"}
    assert page_of(b"+++\ndraft = = \n+++\n# A\n").front == {}
    assert [one.title for one in page_of(b"+++\n# no\n# A\n").sections] == ["", "no", "A"]


def test_front_matter_that_is_no_mapping_is_none() -> None:
    assert page_of(b"---\n- a\n---\n# A\n").front == {}
    assert page_of(b"---\n{{ x }\n---\n# A\n").front == {}
    assert page_of(b"---\ndraft: true\n---\n").front == {"draft": True}


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    page = page_of(text.encode("utf-8", "surrogatepass"))
    assert page.words >= 0
    assert [one.line for one in page.sections] == sorted(one.line for one in page.sections)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(raw: bytes) -> None:
    page_of(raw)


@pytest.mark.parametrize(
    ("title", "anchor"),
    [("Roll back!", "roll-back"), ("A & B", "a--b"), ("[Link](x)", "link"), ("Größe", "größe")],
)
def test_slugs_are_those_of_github(title: str, anchor: str) -> None:
    assert slug(title) == anchor


def test_code_by_its_indent() -> None:
    page = page_of(b"# A\nLook:\n\n    kubectl get pods\n\n    # TODO: more\n\nDone.\n")
    (section,) = page.sections
    assert [(one.text, one.line) for one in section.code] == [("kubectl get pods\n\n# TODO: more", 4)]
    assert "kubectl" not in section.prose
    assert section.unfinished == (6,)


@pytest.mark.parametrize(
    "text", ["- item\n\n    more of it\n", "1. item\n\n    more of it\n", "text\n    goes on\n"]
)
def test_text_that_is_indented_is_no_code(text: str) -> None:
    (section,) = page_of(f"# A\n{text}".encode()).sections
    assert section.code == ()


def test_a_mark_in_a_code_span_is_spoken_of() -> None:
    (section,) = page_of(b"# A\nSearch for `TODO` in the log.\n").sections
    assert section.unfinished == ()


def test_a_heading_in_bold_type_has_no_anchor() -> None:
    assert page_of(b"# A\n\n**Diagnosis**\n").anchors == {"a"}


@pytest.mark.parametrize(
    "text", ["[", "{", "<a ", "{{<", "[a](b", "`a ", "# [a](", "<http://", "**a", "# a #"]
)
def test_a_text_of_nothing_but_signs_is_read(text: str) -> None:
    page = page_of((text * 2000).encode())
    assert len(page.sections) == 1
