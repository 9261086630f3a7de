"""Patterns against Go itself (by way of amtool), against Python's `re` where the two agree, and in time."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.re2 import Pattern
from tests.evidence import amtool

PATTERNS = (
    "", "a", "a|b", "a|", "|", "ab|c", "(a|b)c", "a*", "a+?", "a?b", "a{2}", "a{1,2}b", "a{2,}", "a{,2}",
    "a{", "a{x}",
    ".", ".*", ".+", "(?s).*", "(?s).", "^a$", "^a|b$", "$a", "a^", "^^a$$", "(^a)", "a(^b)",
    "(?m)^a$\n^b$", r"\Aa\z",
    "(?i)AB", "(?i:A)b", "(?i)a(?-i)b", "(a(?i)b)c", "(?i)[a-c]+", "(?i)k", "(?i)ß", "(?is-m:A.)",
    "[ab]+", "[^ab]", "[]a]", "[^]a]", "[a-]", "[-a]", "[a-c-e]+", r"[\d_]+", r"[\]]", "[[:alpha:]]+",
    "[[:^digit:]]",
    "[[:word:]-]+", r"[\x41-\x43]", r"\d+", r"\D", r"\w+", r"\W", r"\s", r"\S+", r"\ba\b.*", r"a\Bb",
    r"\x41", r"\x{e9}",
    r"\101", r"\.", r"\Qa.b\E", r"\Q\E", r"\Qab\E+", r"a\tb", r"\pL+", r"\p{Lu}", r"\P{L}", r"\p{^L}",
    "(?P<n>a)b", "(?:a|b)*", "(a*)*", "(a|b|)+c", "()", "(?:)", "((a))", "a(?i)", r"prod-.*",
    "kube-.*|default", "é", "..",
    "K", "[^a]*", r"[\s\S]*", "x{0}", "(ab){2,3}", r"\$\{a\}",
)  # fmt: skip
VALUES = (
    "", "a", "b", "c", "ab", "aa", "aab", "aaa", "abc", "ac", "bc", "A", "B", "AB", "aB", "Ab", "abC",
    "a.b", "axb", "a b",
    "a-b", "a_b", "1", "12", "1a", "_", "-", "]", "^", "$", "\n", "a\n", "a\nb", "\t", "a\tb", " ", "é",
    "É", "ß", "ſ",
    "\u212a", "K", "k", "١", "e", "abab", "ababab", "prod-eu", "production", "kube-system", "default",
    "defaults", "a{,2}",
    "a{", "a{x}", "${a}", "aE", "abE",
)  # fmt: skip
REFUSED = (
    "(", ")", "a)", "(a", "[", "[a", "[]", "*", "+a", "?", "a**", "a+*", "a{2}{3}", "(|*)", "a{1001}",
    "a{2,1}",
    "(?=a)", "(?!a)", "(?<=a)", r"\1", r"(a)\1", r"\8", r"\Z", r"\y", r"\e", "[b-a]", r"[\b]", "[[:foo:]]",
    "\\",
    r"\xg", r"\x{110000}", r"\p", r"\p{", r"\p{Foo}", "(?x)a", "(?P<a-b>c)", "(?P<>a)", "(?P=a)", "(?#a)",
    "(?>a)",
    r"\Qa.b", "a*+", "(?i)*", "(?", "(?i", r"\C{2}{", "|*",
)  # fmt: skip


@amtool.needs_amtool
def test_go_agrees_on_every_pattern_and_value(tmp_path: Path) -> None:
    routes = [
        {"receiver": f"r{number}", "match_re": {"x": pattern}, "continue": True}
        for number, pattern in enumerate(PATTERNS)
    ]
    path = amtool.write(tmp_path, amtool.config(*routes))
    patterns = [Pattern(text) for text in PATTERNS]
    disagreements = []
    for value in VALUES:
        reached = set(amtool.receivers(path, {"x": value}))
        disagreements += [
            (pattern.text, value, f"r{number}" in reached)
            for number, pattern in enumerate(patterns)
            if pattern.matches(value) != (f"r{number}" in reached)
        ]
    assert disagreements == []


@amtool.needs_amtool
@pytest.mark.parametrize("text", REFUSED)
def test_go_refuses_it_too(tmp_path: Path, text: str) -> None:
    assert not amtool.accepts(amtool.write(tmp_path, amtool.config({"match_re": {"x": text}})))


@pytest.mark.parametrize(
    "text", [*REFUSED, r"\p{Greek}", "(" * 200 + ")" * 200, "a" * 20_001, "(a{1000}){1000}"]
)
def test_refused_with_its_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"at character|expected a pattern"):
        Pattern(text)


@pytest.mark.parametrize(
    ("text", "literals"),
    [("a|b", {"a", "b"}), ("api-(v1|v2)", {"api-v1", "api-v2"}), ("^a$", {"a"}), ("", {""}), ("ab?", {"a",
    "ab"}),
     ("^a|b$", {"a", "b"})],
)  # fmt: skip
def test_a_list_of_texts_is_known_as_one(text: str, literals: set[str]) -> None:
    assert set(Pattern(text).literals or ()) == literals


@pytest.mark.parametrize("text", ["a.*", "(?i)a", "[ab]", "a(^b)", "a+", "(a|b|c|d|e|f|g|h){8}"])
def test_no_list_of_texts(text: str) -> None:
    assert Pattern(text).literals is None


@pytest.mark.parametrize("text", [".*", "^.*$", "(.*)", "a|.*", "(?s).*", ".*.*"])
def test_matches_everything(text: str) -> None:
    assert Pattern(text).matches_all


@pytest.mark.parametrize("text", [".+", "a.*", "", "[^a]*", "(^a).*"])
def test_does_not_match_everything(text: str) -> None:
    assert not Pattern(text).matches_all


@pytest.mark.parametrize(
    "text", ["(a+)+$", "(a|aa)+", "(a*)*b", "(.*a){20}", "(a?){100}a{100}", "(.?){50}(.?){50}c"]
)
def test_hostile_patterns_take_linear_time(text: str) -> None:
    """Python's `re` would still be at it when the sun burns out; here each ends, with the right answer."""
    assert not Pattern(text).matches("a" * 500 + "!")


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(?:)"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(EXPRESSIONS, st.lists(st.text("abc", max_size=7), min_size=5, max_size=5))
def test_python_agrees_where_the_languages_are_the_same(text: str, values: list[str]) -> None:
    pattern = Pattern(text)
    for value in values:
        assert pattern.matches(value) == bool(re.fullmatch(text, value)), value


@given(st.text("ab()|*+?{}[]^$\\.,12d-", max_size=12), st.text("ab1", max_size=4))
def test_any_text_is_a_pattern_or_a_value_error(text: str, value: str) -> None:
    try:
        pattern = Pattern(text)
    except ValueError:
        return
    assert pattern.matches(value) in (True, False)
