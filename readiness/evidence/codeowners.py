"""CODEOWNERS: who has to approve a change of which path.

Reads the first of `.github/`, the root, `docs/` and `.gitlab/` that has the file, as GitHub and GitLab look
for it: patterns as in .gitignore without `!` and `[ ]`, the last match wins, a pattern without owners takes
them away. GitLab's sections are read too: in each the last match wins, and owners named beside its heading
are its default.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from readiness.errors import ReadinessError
from readiness.evidence.context import Named
from readiness.evidence.documents import Documents, File
from readiness.evidence.named import files_of
from readiness.evidence.re2 import Pattern
from readiness.known import Unreadable
from readiness.outcome import Location

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_SECTION = re.compile(r"^\^?\[([^\]]+)\](?:\[\d+\])?\s*(.*)$")
_LONGEST = 500  # characters of a pattern; paths in real files have less than a hundred


class Rule(NamedTuple):
    """One line: a pattern and its owners, as they are written."""

    pattern: str
    owners: tuple[str, ...]
    section: str
    at: Location
    strays: tuple[str, ...] = ()  # words behind the pattern that name no owner


class CodeOwners:
    """The rules of one source."""

    __slots__ = ("_compiled", "file", "rules", "unreadable")

    def __init__(
        self, file: File | None, rules: tuple[Rule, ...], unreadable: tuple[Unreadable, ...] = ()
    ) -> None:
        self.file = file
        self.rules = rules
        self.unreadable = unreadable
        self._compiled = [(rule, found) for rule in rules if (found := compiled(rule.pattern)) is not None]

    @classmethod
    def collect(cls, documents: Documents, named: Named) -> Self:
        refs = named.of("owners")
        lost = next((one for one in files_of(refs, documents, "owners") if isinstance(one, Unreadable)), None)
        file = next(iter(_files(documents, named)), None)
        if lost is not None:
            return cls(file, (), (lost,))
        if file is None:
            return cls(None, ())
        try:
            text = documents.text(file).decode("utf-8", "replace")
        except ReadinessError as wrong:
            return cls(file, (), (Unreadable(file.at, str(wrong), frozenset({"owners"})),))
        return cls(file, tuple(_rules(text, file.at)))

    def of(self, path: str) -> tuple[Rule, ...]:
        """The rules that decide who owns a path: the last that matches, in each section."""
        last: dict[str, Rule] = {}
        for rule, pattern in self._compiled:
            if pattern.matches(path):
                last[rule.section] = rule
        return tuple(last.values())


def _files(documents: Documents, named: Named) -> Iterator[File]:
    for ref in named.of("owners"):
        if ref.source in documents.trees:
            yield from (one for one in documents.under(ref.source, ref.path) if one.name == "CODEOWNERS")
    known = {(file.source, file.path): file for file in documents.named("CODEOWNERS")}
    for source in documents.trees:
        yield from (known[source, place] for place in PLACES if (source, place) in known)


def _rules(text: str, at: Location) -> Iterator[Rule]:
    section, default = "", ()
    for number, line in enumerate(text.splitlines(), start=1):
        line = re.split(r"(?:^|\s)#", line.strip(), maxsplit=1)[0].strip()
        if not line:
            continue
        heading = _SECTION.match(line)
        if heading is not None:
            section, default = heading[1].strip().lower(), tuple(heading[2].split())
            continue
        words = re.split(r"(?<!\\)\s+", line)
        owners = tuple(word for word in words[1:] if "@" in word)
        strays = tuple(word for word in words[1:] if "@" not in word)
        place = at._replace(line=number)
        yield Rule(words[0].replace("\\ ", " "), owners or default, section, place, strays)


def compiled(pattern: str) -> Pattern | None:
    """The paths that a pattern takes; None where it is none that GitHub and GitLab know."""
    if len(pattern) > _LONGEST or pattern.startswith("!"):
        return None
    body = pattern.strip("/")
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", body)
    words = {"**/": "(?:[^/]+/)*", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    text = "".join(words.get(part, re.sub(r"([^\w/])", r"\\\1", part)) for part in parts)
    below = "" if pattern.endswith("/*") and pattern != "/*" else "(?:/.*)?"
    below = "/.*" if pattern.endswith("/") and body else below
    try:
        return Pattern(("" if anchored else "(?:.*/)?") + (text or ".*") + below)
    except ValueError:
        return None
