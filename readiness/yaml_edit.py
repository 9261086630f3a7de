"""A YAML text with some values set or taken away, and everything else as it was: pure, text in, text out.

The text is edited where the nodes' marks say, never written anew: comments, quotes, order, indentation,
line ends and byte-order mark stay. What is written takes the style of what stands around it. A comment
above an entry stays when the entry goes; one on the entry's own lines goes with it.

What can't be done for certain is refused with a reason: anchors, aliases, tags and merge keys on the way,
tabs, templates, encodings other than UTF-8. At the end each changed document is read again: unless it is
the old one with exactly the edits made, nothing is changed at all.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from readiness import yaml_reader
from readiness.outcome import Edit
from readiness.splices import Diffs, Splice, applied, line_end, line_start
from readiness.yaml_planner import Held, Planner, Refused, Want, same, value_after

_MARK = "\ufeff"
_ODD_BREAKS = re.compile("\r(?!\n)|[\x85\u2028\u2029]")  # YAML 1.1 counts lines by these, diffs don't
_DOCUMENT = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_DIRECTIVE = re.compile(r"^(?:%|\.\.\.)", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{|\{%")


class EditableText:
    """One text, composed once, of which any number of edited versions can be asked.

    Raises:
        Refused: it can't be edited at all.
    """

    def __init__(self, raw: bytes) -> None:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("the file isn't UTF-8") from None
        self.mark = _MARK if text.startswith(_MARK) else ""
        self.text = text = text.removeprefix(_MARK)
        if "\0" in text or _ODD_BREAKS.search(text):
            raise Refused("the file has line ends or characters that editors count differently")
        try:
            self.documents = yaml_reader.composed(raw)
        except yaml_reader.YamlError as wrong:
            raise Refused(f"the file can't be read: {wrong.message}") from None
        self._parts = _parts(text, len(self.documents))
        self._diffs: Diffs | None = None

    def spliced(self, edits: Iterable[Edit]) -> tuple[Splice, ...]:
        """What changes in the text for all of these edits, in order.

        Raises:
            Refused: they can't be made together, change nothing, or something else would change.
        """
        wants: dict[int, Want] = {}
        for edit in edits:
            wants.setdefault(edit.at.document, Want()).add(edit)
        found: list[Splice] = []
        for number, want in sorted(wants.items()):
            if not 0 <= number < len(self.documents):
                raise Refused("the file has no such document")
            found.extend(self._spliced(number, want))
        return tuple(found)

    def size(self, document: int) -> int:
        """How many characters are read again to make sure of an edit of a document."""
        if self._parts is None or not 0 <= document < len(self._parts):
            return len(self.text)
        start, end = self._parts[document]
        return end - start

    def edited(self, splices: Sequence[Splice]) -> bytes:
        """The whole file with these splices."""
        return (self.mark + applied(self.text, splices)).encode("utf-8")

    def diff(self, splices: Sequence[Splice], path: str) -> str:
        """The same as a unified diff, with the path in its header; `git apply` and `patch -p1` take it."""
        if self._diffs is None:
            self._diffs = Diffs(self.mark + self.text)
        shift = len(self.mark)
        return self._diffs.of([Splice(one.start + shift, one.end + shift, one.text) for one in splices], path)

    def _spliced(self, number: int, want: Want) -> list[Splice]:
        document = self.documents[number]
        whole = self._parts is None
        start, end = (0, len(self.text)) if self._parts is None else self._parts[number]
        if _TEMPLATE.search(self.text, start, end):
            raise Refused("a template's {{ }} stands in the document")
        after = value_after(document.value, want)
        if same(after, document.value):
            raise Refused("the file says so already")
        planner = Planner(self.text, document.root)
        planner.change(document.root, want, document.value, Held(0, is_root=True))
        # What is written at one place stays in the order of planning: the innermost comes first.
        found = sorted(planner.splices, key=lambda one: (one.start, one.end))
        for one, other in pairwise(found):
            if one.end > other.start:
                raise Refused("the edits overlap")
        for one in found:
            self._refuse_tabs(one)
        inner = [Splice(one.start - start, one.end - start, one.text) for one in found]
        if not all(0 <= one.start <= one.end <= end - start for one in inner):
            raise Refused("the document's end can't be told")
        try:
            again = yaml_reader.read(applied(self.text[start:end], inner).encode("utf-8"))
        except yaml_reader.YamlError:
            raise Refused("the text would not be YAML any more") from None
        old = [one.value for one in self.documents] if whole else [document.value]
        old[number if whole else 0] = after
        if not same(list(again.documents), old) or bool(again.duplicates) > bool(document.duplicates):
            raise Refused("more than the one value would change")
        return found

    def _refuse_tabs(self, splice: Splice) -> None:
        start = line_start(self.text, max(splice.start - 1, 0))
        if "\t" in self.text[start : line_end(self.text, splice.end)]:
            raise Refused("a tab stands in the lines to edit")


def _parts(text: str, documents: int) -> list[tuple[int, int]] | None:
    """Where each document's own text begins and ends; None where that can't be told by its markers."""
    if _DIRECTIVE.search(text):
        return None
    starts = [found.start() for found in _DOCUMENT.finditer(text)]
    head = text[: starts[0]].split("\n") if starts else [text]
    if not starts or any(line.strip() and not line.lstrip().startswith("#") for line in head):
        starts = [0, *starts]
    parts = list(zip(starts, [*starts[1:], len(text)], strict=True))
    return parts if len(parts) == documents else None
