"""How a matcher is written, against amtool, and what it says of missing and dynamic labels."""

from pathlib import Path

import pytest

from readiness.evidence.matchers import DYNAMIC, LabelValue, Matcher, Operator, parse_matchers
from tests.evidence import amtool

CLASSIC = (
    'a="b"', "a=b", "a = b", " severity = critical ", "severity =~ warning|info", 'a!="b"', 'a=~"b.*"',
    'a!~"b"', "a!~b",
    'a="b",c="d"', '{a="b",c!="d"}', '{ a = "b" , c = d , }', "a=b,c=d,", '{a="b"', 'a="b"}', "{}", "", " ",
    "{a=b,}",
    'a="b, c"', 'a="x\\"y"', 'a="x\\\\"', 'a="x\\ny"', 'a="x\\qy"', "a=x\\", 'a=x\\"y', 'a=""', "a=", "a!=",
    "a==b", "a= =b",
    'a="{}"', "a={b}", "a:b=c", "_a=b", "a=b c", 'a="b" ', "a='b'", 'a=~"a|b"', "a=é", 'a="\\\\d+"',
    'a=~"\\d+"',
    'a=~"[0-9]{1,2}"', "a=~[0-9]+",
)  # fmt: skip
REFUSED = ('a="b', 'a=b"', 'a="b"c', 'a="b"c"', "a", "=b", "a b", "a<b", "1a=b", "a-b=c", ",", "a=b,,c=d",
',a=b', "a=~(",
           'a=b,"', "{{a=b}}")  # fmt: skip


@amtool.needs_amtool
@pytest.mark.parametrize("text", CLASSIC)
def test_amtool_reads_the_same(tmp_path: Path, text: str) -> None:
    path = amtool.write(tmp_path, amtool.config({"receiver": "r", "matchers": [text]}))
    shown = amtool.run("config", "routes", "show", f"--config.file={path}").stdout
    ours = ",".join(sorted(map(str, parse_matchers(text))))
    assert (f"└── {{{ours}}}  receiver: r" if ours else "└── default-route  receiver: r") in shown


@amtool.needs_amtool
@pytest.mark.parametrize("text", REFUSED)
def test_amtool_refuses_it_too(tmp_path: Path, text: str) -> None:
    assert not amtool.accepts(amtool.write(tmp_path, amtool.config({"receiver": "r", "matchers": [text]})))


@pytest.mark.parametrize("text", [text for text in REFUSED if text not in {"1a=b", "a-b=c"}])
def test_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a matcher such as|pattern"):
        parse_matchers(text)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("a-b=c", [("a-b", "=", "c")]),  # only since 0.27, with any name
        ('"my label"="x"', [("my label", "=", "x")]),
        ('{"été"=~"a|b", c!=d}', [("été", "=~", "a|b"), ("c", "!=", "d")]),
        ('"a"="\\u00e9\\x41\\101\\t"', [("a", "=", "éAA\t")]),
        ("1a=b,", [("1a", "=", "b")]),
        ("été=1", [("été", "=", "1")]),
    ],
)
def test_utf8_names_are_read_where_the_classic_syntax_fails(
    text: str, conditions: list[tuple[str, str, str]]
) -> None:
    assert [(found.name, found.operator, found.value) for found in parse_matchers(text)] == conditions


@pytest.mark.parametrize(
    "text", ['"a b"=', '"a b"="\\q"', '{"a b"=c', '"a b"=c}', '"a b"=c "d"=e', '"a b"=c,,', "{,}", "{"]
)
def test_what_neither_syntax_reads(text: str) -> None:
    if text == "{":  # the classic syntax takes a lone brace away
        assert parse_matchers(text) == ()
        return
    with pytest.raises(ValueError, match="expected a matcher"):
        parse_matchers(text)


@pytest.mark.parametrize(
    ("operator", "value", "missing", "other"),
    [("=", "", True, False), ("!=", "", False, True), ("=", "x", False, False), ("!=", "x", True, True),
     ("=~", ".*", True, True), ("=~", ".+", False, True), ("=~", "", True, False), ("!~", ".+", True, False),
     ("!~", ".*", False, False), ("=~", "x|", True, False), ("!~", "x|y", True, True)],
)  # fmt: skip
def test_a_missing_label_is_an_empty_one(operator: Operator, value: str, missing: bool, other: bool) -> None:
    matcher = Matcher("team", operator, value)
    assert (matcher.matches(""), matcher.matches("other")) == (missing, other)


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        ("=", "x", None),
        ("!=", "x", None),
        ("=~", "x.*", None),
        ("=~", ".+", None),
        ("=~", ".*", True),
        ("!~", ".*", False),
    ],
)
def test_a_dynamic_label_is_judged_only_where_every_value_agrees(
    operator: Operator, value: str, found: bool | None
) -> None:
    unknown: LabelValue = DYNAMIC
    assert Matcher("namespace", operator, value).may_match(unknown) is found


def test_patterns_are_anchored_at_both_ends() -> None:
    matcher = Matcher("severity", "=~", "page")
    assert [matcher.matches(value) for value in ("page", "pages", "homepage", "page\n")] == [
        True,
        False,
        False,
        False,
    ]
    assert Matcher("severity", "=~", "a|b").matches("ab") is False
