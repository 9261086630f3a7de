"""Shell as people paste it into pages: its single commands, as words, with placeholders told apart.

Knows prompts, continued lines, pipes and lists, quotes, substitutions, here-documents and the keywords around
a command. It runs nothing and expands nothing: what a reader has to fill in (`<pod>`, `$POD`, `{{ pod }}`,
`POD_NAME`, `…`) is a wildcard. Ignored on purpose: comments, functions, arrays, and what `xargs` is given.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

ANY: Final = "*"  # a word, or the part of one, that the reader fills in
LONGEST: Final = 4_000  # characters of one command; the rest of a longer line is data
_HERE = r"<<-?\s*[\"']?(\w+)"
_PROMPT = r"\s*(?:[\w.@:~/\[\]-]{0,60}\s?)?[$%❯]\s+"
_FILLED_IN = (
    r"\{\{[^{}]{0,200}\}\}|<[A-Za-z][^<>|;&]{0,60}>|\$\{[^{}]{0,200}\}|\$[A-Za-z_]\w*|\.\.\.|…|"
    r"\[[A-Za-z][\w -]{0,40}\]"
)
_SUBSTITUTION = r"\$\(([^()]{0,500}(?:\([^()]{0,200}\)[^()]{0,200})?)\)|`([^`]{0,500})`"
_PARTS = r"'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.|[|&;]+|\d?>{1,2}&?\d?|<(?!\*)|\s+|[^\s'\"\\|&;<>]+|."
_BEFORE = frozenset(
    {"sudo", "do", "then", "else", "if", "while", "until", "time", "watch", "env", "exec", "nohup", "!", "{",
     "("}
)  # fmt: skip
_CAPITALS = r"[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*"
_SPOKEN = r"(?:your|my|some|the)-.+|.*-?x{3,}.*|.*-name|foo|bar|example(?:-.*)?|name|pod|node|namespace"


class Line(NamedTuple):
    """One command: its words, and the line of the text that it starts in, from 0."""

    words: tuple[str, ...]
    number: int


def commands(text: str) -> Iterator[Line]:
    """The commands of a text, those of substitutions and of each part of a pipe too.

    Where a line has a prompt, lines without one are output.
    """
    lines = text.split("\n")
    prompted = any(re.match(_PROMPT, line) for line in lines)
    number = 0
    while number < len(lines):
        start, line = number, lines[number]
        number += 1
        prompt = re.match(_PROMPT, line)
        if prompted and not prompt:
            continue
        line = line[prompt.end() :] if prompt else line
        while line.endswith("\\") and number < len(lines) and len(line) < LONGEST:
            line = line[:-1] + " " + lines[number].strip()
            number += 1
        here = re.search(_HERE, line)
        if here:
            while number < len(lines) and lines[number].strip() != here[1]:
                number += 1
            number += 1
        for words in _commands_in(line[:LONGEST]):
            yield Line(words, start)


def is_wild(word: str) -> bool:
    """Whether a reader fills in the word, or a part of it."""
    return ANY in word or bool(re.fullmatch(_CAPITALS, word)) or bool(re.fullmatch(_SPOKEN, word))


def _commands_in(line: str) -> Iterator[tuple[str, ...]]:
    for found in re.finditer(_SUBSTITUTION, line):
        yield from _commands_in(found[1] or found[2] or "")
    line = re.sub(_SUBSTITUTION, ANY, line)
    line = re.sub(_FILLED_IN, ANY, line)
    words: list[str] = []
    word: str | None = None
    ends = False
    for part in re.findall(_PARTS, line):
        if part[0] == "#" and word is None:
            break
        if part.isspace() or part[0] in "|&;<>" or re.fullmatch(r"\d?>{1,2}&?\d?", part):
            if word is not None and not ends:
                words.append(word)
            word = None
            if part[0] in "|&;":
                yield from _told(words)
                words, ends = [], False
            elif not part.isspace():
                ends = True  # a file follows that input or output is moved to
            continue
        if part[0] in "'\"" and len(part) > 1:
            part = part[1:-1]
        elif part[0] == "\\":
            part = part[1:]
        word = (word or "") + part
    if word is not None and not ends:
        words.append(word)
    yield from _told(words)


def _told(words: list[str]) -> Iterator[tuple[str, ...]]:
    """A command without what stands before it: keywords, `sudo`, values for its environment."""
    start = 0
    while start < len(words) and (
        words[start] in _BEFORE or re.fullmatch(r"[A-Za-z_]\w*=.*", words[start]) or _of_watch(words, start)
    ):
        start += 1
    if start < len(words):
        yield tuple(words[start:])


def _of_watch(words: list[str], at: int) -> bool:
    """Whether a word is an option of the `watch` or `sudo` before the command."""
    before = words[:at]
    return (
        bool(before)
        and before[0] in ("watch", "sudo")
        and (words[at].startswith("-") or (words[at - 1].startswith("-n") and words[at].isdigit()))
    )
