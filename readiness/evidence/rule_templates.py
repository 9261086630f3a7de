"""Templates in the labels and annotations of rules: whether Go takes them, and which labels they print.

Knows Go's actions, blocks and variables; a function counts as wrong only where it is a slip of one that is
known, since each server adds some.
Ignored on purpose: what a function does with a label, and labels of series that a template queries itself.

Source:
    prometheus/prometheus, template/template.go; Go, text/template; VictoriaMetrics, vmalert, "Templating".
"""

import re
from collections.abc import Iterator

_KEYWORDS = frozenset(
    {
        "if", "else", "end", "range", "with", "define", "block", "template", "break", "continue",
    }
)  # fmt: skip
_OPENS = frozenset({"if", "range", "with", "define", "block"})
_FUNCTIONS = frozenset(
    {
        "args", "externalURL", "first", "graphLink", "humanize", "humanize1024", "humanizeDuration",
        "humanizePercentage", "humanizeTimestamp", "label", "match", "now", "parseDuration", "pathPrefix",
        "query", "reReplaceAll", "safeHtml", "sortByLabel", "stripDomain", "stripPort", "strvalue",
        "tableLink", "title", "tmpl", "toDuration", "toLower", "toTime", "toUpper", "urlQueryEscape",
        "value", "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not",
        "or", "print", "printf", "println", "slice", "urlquery", "true", "false", "nil", "crlfEscape",
        "formatTime", "htmlEscape", "jsonEscape", "parseDurationTime", "pathEscape", "queryEscape",
        "quotesEscape", "toFloat64", "strings",
    }
)  # fmt: skip
_VARIABLES = frozenset(
    {
        "$", "$labels", "$value", "$externalLabels", "$externalURL",
        "$activeAt", "$alertID", "$groupID", "$expr", "$for", "$isPartial", "$type",
    }
)  # fmt: skip
# Texts, not compiled patterns: a process that reads no rule does not pay for them at its start.
_ACTION = r"\{\{(?:- )?(?P<comment>\s*/\*)?"
_TOKEN = (
    r"(?P<end>(?:\s-)?\}\})|(?P<string>\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|'(?:[^'\\\n]|\\.)+')"
    r"|(?P<variable>\$\w*)|(?P<field>\.\w+)|(?P<word>[A-Za-z_]\w*)|(?P<assign>:=|=)|(?P<other>[\s\S])"
)
_LONGEST = 20_000  # characters of a template
Token = tuple[str, str]  # its kind, as the pattern's groups are called, and its text


class _Refused(ValueError):
    """Go does not take the template."""


def template_problem(text: str) -> str:
    """Why Go's template engine refuses a text; empty when it takes it."""
    if "{{" not in text or len(text) > _LONGEST:
        return ""
    variables, used, opened = set(_VARIABLES), set[str](), 0
    try:
        for words in _actions(text):
            verb = words[0][1] if words and words[0][0] == "word" else ""
            opened += (verb in _OPENS) - (verb == "end")
            if opened < 0:
                return "an end has nothing to end"
            names = [word for kind, word in words if kind == "variable"]
            assigned = next((index for index, (kind, _) in enumerate(words) if kind == "assign"), 0)
            variables.update(word for kind, word in words[:assigned] if kind == "variable")
            used.update(names)
            for kind, word in words:
                near = _slip_of(word) if kind == "word" and word not in _FUNCTIONS | _KEYWORDS else ""
                if near:
                    return f"there is no function {word}; {near} is one"
    except _Refused as wrong:
        return str(wrong)
    if opened:
        return "a block is not closed: an end is missing"
    unknown = sorted(used - variables)
    return f"nothing sets {unknown[0]}" if unknown else ""


def labels_printed(text: str) -> tuple[str, ...]:
    """The labels of the alert that a text prints without asking first whether they are there.

    `$labels.x`, `index $labels "x"`, and `.Labels.x` outside of blocks, which give the dot another meaning.
    """
    if "{{" not in text or len(text) > _LONGEST:
        return ()
    printed: dict[str, None] = {}
    asked = set[str]()
    opened = 0
    try:
        for words in _actions(text):
            verb = words[0][1] if words and words[0][0] == "word" else ""
            names = tuple(_labels_in(words, opened))
            if verb in ("if", "with", "else") or ("word", "or") in words or ("word", "and") in words:
                asked.update(names)
            printed.update(dict.fromkeys(names))
            opened += (verb in _OPENS) - (verb == "end")
    except _Refused:
        return ()
    return tuple(name for name in printed if name not in asked)


def _labels_in(words: list[Token], opened: int) -> Iterator[str]:
    padded = [("", ""), *words, ("", "")]
    for before, (_, word), after in zip(padded, padded[1:], padded[2:], strict=False):
        of_top = before == ("variable", "$") or (before[0] not in ("variable", "field") and not opened)
        if word != "$labels" and not (word == ".Labels" and of_top):
            continue
        if after[0] == "field":
            yield after[1][1:]
        elif after[0] == "string" and before == ("word", "index"):
            yield after[1][1:-1]


def _actions(text: str) -> Iterator[list[Token]]:
    """The words of each action of a template, in order; comments are left out.

    Raises:
        _Refused: Go would not read on.
    """
    position = 0
    while start := re.compile(_ACTION).search(text, position):
        if start["comment"]:
            end = re.compile(r"\*/\s*-?\}\}").search(text, start.end())
            if end is None:
                raise _Refused("a comment is not closed")
            position = end.end()
            continue
        words: list[Token] = []
        position = start.end()
        for token in re.compile(_TOKEN).finditer(text, position):
            kind = token.lastgroup or ""
            position = token.end()
            if kind == "other" and _runs_into(text, token.start()):
                raise _Refused(f"{token[0]!r} stands right behind a name")
            if kind == "end":
                break
            if kind == "other" and token[0] in '"`':
                raise _Refused("a text in an action is not closed")
            if kind != "other" or token[0] in ",|()":
                words.append((kind, token[0]))
        else:
            raise _Refused("an action is not closed: }} is missing")
        yield words


def _runs_into(text: str, at: int) -> bool:
    """Whether a character of an action stands where a name has to end: `$labels.a-b` is no name."""
    if text[at].isspace() or text[at] in ".,|:()":
        return False
    name = re.compile(r"(?<![\w.])(?:\$\w*|[A-Za-z_]\w*|\.[A-Za-z_]\w*)(?:\.[A-Za-z_]\w*)*$")
    return name.search(text, max(0, at - 100), at) is not None


def _slip_of(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, [one for one in _FUNCTIONS if len(one) > 4], n=1, cutoff=0.8)
    return near[0] if near and word.lower() != "strings" else ""
