"""Which lines of CODEOWNERS decide about which files of their source.

Every file of the source counts, in `vendor` and its like too; one that git ignores does not. Literal patterns
are looked up by folder, the others are tried only on paths that hold their longest word, so that thousands of
files and hundreds of lines take a moment.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.codeowners import CodeOwners, Rule, compiled
from readiness.evidence.documents import OBJECTS, RULES, Documents
from readiness.evidence.git import is_whole_repository
from readiness.evidence.runbooks import USUAL as RUNBOOKS
from readiness.known import Unreadable


class Decided(NamedTuple):
    """One line, and how many files it takes and is the last to take."""

    rule: Rule
    matched: int
    deciding: int
    later: Rule | None  # a later line that decides instead, where it decides about none of its files
    valid: bool  # the pattern is one that GitHub and GitLab know


class OwnedPaths:
    """The lines of a source's CODEOWNERS, each with what it does, and who owns the files of operations."""

    kinds: ClassVar[frozenset[str]] = frozenset({"owners"})
    looked_for: ClassVar[str] = "CODEOWNERS"

    def __init__(
        self,
        lines: tuple[Decided, ...],
        operations: Mapping[str, Mapping[Rule, int]],
        files: int,
        whole: bool = False,
        unreadable: tuple[Unreadable, ...] = (),
    ) -> None:
        self.lines = lines
        self.operations = operations  # files of operations by what they are, and by the line that decides
        self.files = files
        self.whole = whole  # the source is its whole repository: what takes no file here takes none at all
        self.unreadable = unreadable

    @classmethod
    def collect(cls, codeowners: CodeOwners, documents: Documents) -> Self:
        file = codeowners.file
        if file is None or not codeowners.rules:
            return cls((), {}, 0, unreadable=codeowners.unreadable)
        paths = sorted(documents.trees[file.source].files())
        places = {path: index for index, path in enumerate(paths)}
        index = _Index(paths)
        last: dict[str, dict[int, Rule]] = {}  # by section: the line that decides about a file
        lines = []
        for rule in reversed(codeowners.rules):
            decided = last.setdefault(rule.section, {})
            found = index.matching(rule.pattern)
            own = [one for one in found or () if one not in decided]
            later = None if own or not found else decided[found[0]]
            decided.update(dict.fromkeys(own, rule))
            lines.append(Decided(rule, len(found or ()), len(own), later, found is not None))
        operations: dict[str, dict[Rule, int]] = {}
        for what, listed in (
            ("alert rules", documents.marked(RULES, file.source)),
            ("runbooks", documents.named(*RUNBOOKS, source=file.source)),
            ("manifests", documents.marked(OBJECTS, file.source)),
        ):
            for one in listed:
                for decided in last.values():
                    decider = decided.get(places.get(one.path, -1))
                    if decider is not None:
                        counted = operations.setdefault(what, {})
                        counted[decider] = counted.get(decider, 0) + 1
        whole = is_whole_repository(documents.trees[file.source])
        return cls(tuple(reversed(lines)), operations, len(paths), whole, codeowners.unreadable)


class _Index:
    """The sorted paths of a source, to find those that a pattern takes."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        # part of a path → files that have it, and whether it is only the name of the file
        self._by_part: dict[str, list[tuple[int, bool]]] = {}
        for number, path in enumerate(paths):
            parts = path.split("/")
            for part in set(parts):
                self._by_part.setdefault(part, []).append((number, part not in parts[:-1]))

    def matching(self, pattern: str) -> list[int] | None:
        """Numbers of the files that a pattern takes; None where it is no pattern."""
        if pattern in ("*", "**", "/**", "/", "/*"):
            return list(range(len(self._paths)))
        if not set(pattern) & set("*?"):
            if pattern.startswith("!") or not pattern.strip("/"):
                return None
            return self._literal(pattern)
        automaton = compiled(pattern)
        if automaton is None:
            return None
        words = sorted((word for word in re.split(r"[*?/]+", pattern) if word), key=len)
        return [number for number in self._holding(pattern, words) if automaton.matches(self._paths[number])]

    def _literal(self, pattern: str) -> list[int]:
        body, folder = pattern.strip("/"), pattern.endswith("/")
        if "/" not in pattern.rstrip("/"):
            return [number for number, is_file in self._by_part.get(body, ()) if not (folder and is_file)]
        at = bisect_left(self._paths, body)
        found = [at] if not folder and self._paths[at : at + 1] == [body] else []
        start = bisect_left(self._paths, f"{body}/")
        return found + list(range(start, bisect_left(self._paths, f"{body}0")))  # "0" comes after "/"

    def _holding(self, pattern: str, words: list[str]) -> Iterable[int]:
        """Files whose path can match: below the pattern's first folders, and with its longest word."""
        fixed = re.match(r"/?((?:[^*?/]+/)+)", pattern)
        start, end = 0, len(self._paths)
        if fixed and not (pattern.count("/") == 1 and pattern.endswith("/")):
            start = bisect_left(self._paths, fixed[1])
            end = bisect_left(self._paths, f"{fixed[1][:-1]}0")
        longest = words[-1] if words else ""
        return (number for number in range(start, end) if longest in self._paths[number])
