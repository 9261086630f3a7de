"""Findings that can be mended mechanically: a patch for each, or one change of each file for all of them.

Only files that somebody wrote and keeps here are edited: YAML of the repository's own work tree. Left alone
are what a chart or kustomization renders, other sources, refs, texts that were handed over, links, files
that git ignores, and files that are generated themselves: a folder on their path is called `rendered` or
`generated`, or the comment that they begin with says so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from readiness.errors import ReadinessError
from readiness.outcome import MOST_PATCHES, Edit, Finding, Location
from readiness.report.redaction import LIMIT, redact
from readiness.splices import Splice
from readiness.tree import Tree, WorkTree
from readiness.yaml_edit import EditableText
from readiness.yaml_planner import Refused

REPOSITORY = "repository"
GENERATED_FOLDERS = frozenset({"rendered", "generated"})
# Every patch is made and read again by itself: in files of thousands of objects that would take minutes.
BYTES_READ_AGAIN = 4 * 2**20
_GENERATED = re.compile(r"\b(?:auto-?)?generated\b|\bdo not edit\b", re.IGNORECASE)
_UNUSUAL_NAME = re.compile(r"""["\\\x00-\x1f\x7f-\x9f\ud800-\udfff]""")


class FileFix(NamedTuple):
    """One file with all that is mended in it."""

    path: str
    old: bytes
    new: bytes
    diff: str
    findings: int


class Left(NamedTuple):
    """A finding that is not mended, and why; the place is the first that it would change."""

    finding: Finding
    at: Location
    why: str


class Fixes(NamedTuple):
    files: tuple[FileFix, ...]
    left: tuple[Left, ...]


class _Files:
    """The files that may be edited; each is read and composed when it is asked for."""

    def __init__(self, trees: Mapping[str, Tree]) -> None:
        self.trees = trees
        self._known: dict[str, frozenset[str]] = {}

    def why_not(self, at: Location) -> str:
        """Why nothing at this place is edited; "" where it may be."""
        tree = self.trees.get(at.source)
        if at.precision != "exact":
            return "it is rendered from a chart or kustomization"
        if at.source != REPOSITORY or not isinstance(tree, WorkTree):
            return "it is not in a file of the repository"
        if not at.file.lower().endswith((".yaml", ".yml")):
            return "the file is no YAML"
        if _UNUSUAL_NAME.search(at.file):
            return "the file's name can't stand in a patch"
        if not GENERATED_FOLDERS.isdisjoint(at.file.lower().split("/")[:-1]):
            return "the file is generated"
        if at.file not in self._own(tree):
            return "git ignores the file, or it is a link"
        return ""

    def _own(self, tree: WorkTree) -> frozenset[str]:
        if tree.name not in self._known:
            self._known[tree.name] = frozenset(tree.files()) - tree.links().keys()
        return self._known[tree.name]

    def opened(self, path: str) -> tuple[bytes, EditableText]:
        try:
            raw = self.trees[REPOSITORY].read(path)
        except (ReadinessError, OSError):
            raise Refused("the file can't be read") from None
        if _says_generated(raw):
            raise Refused("the file is generated")
        return raw, EditableText(raw)


def _says_generated(raw: bytes) -> bool:
    """Whether the comment that a file begins with says that a program wrote it."""
    for line in raw[:8_000].decode("utf-8", "replace").removeprefix("\ufeff").split("\n"):
        text = line.strip()
        if text and not text.startswith(("#", "---", "%")):
            return False
        if _GENERATED.search(text):
            return True
    return False


class Patches:
    """The patch of each of these findings by itself.

    Each file is read and composed once and let go again. A finding has none where it can't be mended
    mechanically, where the patch would be too long for a report or show a secret, and where `MOST_PATCHES`
    were made before it, or files as large as `BYTES_READ_AGAIN` in all were read for them.
    """

    def __init__(self, trees: Mapping[str, Tree], findings: Iterable[Finding]) -> None:
        files = _Files(trees)
        mechanical = islice((finding for finding in findings if finding.edits), MOST_PATCHES)
        wanted = {repr(finding.edits): finding for finding in mechanical}
        by_file: dict[str, dict[str, list[Edit]]] = {}
        refused: set[str] = set()
        for key, finding in wanted.items():
            if any(files.why_not(edit.at) for edit in finding.edits):
                continue
            for edit in finding.edits:
                by_file.setdefault(edit.at.file, {}).setdefault(key, []).append(edit)
        parts: dict[str, list[str]] = {}
        left = BYTES_READ_AGAIN
        for path in sorted(by_file):
            found, left = _patches_of(files, path, by_file[path], left)
            for key in by_file[path]:
                if key in found:
                    parts.setdefault(key, []).append(found[key])
                else:
                    refused.add(key)
        whole = {key: "".join(texts) for key, texts in parts.items() if key not in refused}
        self._known = {
            key: text for key, text in whole.items() if len(text) <= LIMIT and redact(text) == text
        }

    def of(self, finding: Finding) -> str | None:
        """A unified diff, against the files as they are."""
        return self._known.get(repr(finding.edits)) if finding.edits and self._known else None


def _patches_of(
    files: _Files, path: str, wanted: Mapping[str, list[Edit]], left: int
) -> tuple[dict[str, str], int]:
    """The patches of one file, and how many bytes may still be read for further ones."""
    found: dict[str, str] = {}
    if left <= 0:
        return found, left
    try:
        raw, text = files.opened(path)
    except Refused:
        return found, left
    left -= len(raw)
    for key, edits in wanted.items():
        if left <= 0:
            break
        left -= sum(map(text.size, {edit.at.document for edit in edits}))
        try:
            found[key] = text.diff(text.spliced(edits), path)
        except Refused:
            continue
    return found, left


def fixes(trees: Mapping[str, Tree], findings: Iterable[Finding]) -> Fixes:
    """All of these findings mended together, as far as they can be; of two that collide the first is."""
    combined = _Combined(_Files(trees))
    unique = {repr(finding.edits): finding for finding in findings if finding.edits}
    groups: dict[frozenset[_Part], list[Finding]] = {}
    for finding in unique.values():
        why = next(filter(None, (combined.files.why_not(edit.at) for edit in finding.edits)), "")
        if why:
            combined.leave(finding, why)
        else:
            parts = frozenset((edit.at.file, edit.at.document) for edit in finding.edits)
            groups.setdefault(parts, []).append(finding)
    for group in groups.values():
        combined.take(group)
    return Fixes(tuple(combined.done()), tuple(combined.left))


_Part = tuple[str, int]  # a file, and a document in it


class _Combined:
    """The edits taken so far, document by document."""

    def __init__(self, files: _Files) -> None:
        self.files = files
        self.left: list[Left] = []
        self._opened: dict[str, tuple[bytes, EditableText] | Refused] = {}
        self._taken: dict[_Part, list[Edit]] = {}
        self._splices: dict[_Part, tuple[Splice, ...]] = {}
        self._findings: dict[str, int] = {}

    def leave(self, finding: Finding, why: str) -> None:
        self.left.append(Left(finding, finding.edits[0].at, why))

    def take(self, group: Sequence[Finding]) -> None:
        """All of a group at once; where that fails, each half by itself, down to the findings at fault."""
        together: dict[_Part, list[Edit]] = {}
        for finding in group:
            for edit in finding.edits:
                part = (edit.at.file, edit.at.document)
                together.setdefault(part, list(self._taken.get(part, ()))).append(edit)
        try:
            splices = {part: self._text(part[0])[1].spliced(edits) for part, edits in together.items()}
        except Refused as refused:
            if len(group) == 1:
                self.leave(group[0], str(refused))
                return
            half = len(group) // 2
            self.take(group[:half])
            self.take(group[half:])
            return
        self._taken.update(together)
        self._splices.update(splices)
        for path in {part[0] for part in together}:
            self._findings[path] = self._findings.get(path, 0) + len(group)

    def _text(self, path: str) -> tuple[bytes, EditableText]:
        if path not in self._opened:
            try:
                self._opened[path] = self.files.opened(path)
            except Refused as refused:
                self._opened[path] = refused
        found = self._opened[path]
        if isinstance(found, Refused):
            raise found
        return found

    def done(self) -> Iterator[FileFix]:
        by_file: dict[str, list[Splice]] = {}
        for (path, _), splices in sorted(self._splices.items()):
            by_file.setdefault(path, []).extend(splices)
        for path, every in by_file.items():
            raw, text = self._text(path)
            yield FileFix(path, raw, text.edited(every), text.diff(every, path), self._findings[path])
