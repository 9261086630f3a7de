"""Where a `Location` is in its file: the line and column that a report prints.

Looked up for what is printed only. A file is read and composed at the first question about it; what is
kept of it is small. A place that can't be told (a rendered value, a file that is gone or isn't YAML) has
no line: a report is never stopped by it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from readiness.errors import ReadinessError
from readiness.outcome import Location, Precision
from readiness.yaml_reader import Marks, Positions, YamlError, positions_of

_YAML = ("yaml", "yml", "json")


class Place(NamedTuple):
    """A location as a report prints it; line and column are 1-based, None where there is none to tell."""

    source: str
    file: str
    line: int | None
    column: int | None
    precision: Precision


class Readable(Protocol):
    """What is needed of a tree."""

    def read(self, path: str) -> bytes: ...


class Places:
    """The places of locations in some trees.

    Args:
        trees: the tree of each source, by the source's name.
        marks: gives the places that were noted when a file (of a source) was parsed, where there are any.
    """

    def __init__(
        self, trees: Mapping[str, Readable], marks: Callable[[str, str], Marks | None] = lambda *_: None
    ) -> None:
        self._trees = trees
        self._marks = marks
        self._positions: dict[tuple[str, str], Positions | None] = {}
        self._known: dict[Location, Place] = {}

    def of(self, location: Location) -> Place:
        """The place of a location; a line that it brings itself is kept."""
        place = self._known.get(location)
        if place is None:
            place = self._known[location] = self._looked_up(location)
        return place

    def prefetch(self, locations: Iterable[Location]) -> None:
        """Looks up many locations with each file composed once and let go again."""
        by_file: dict[tuple[str, str], list[Location]] = {}
        for one in locations:
            if (
                one not in self._known
                and one.line is None
                and one.precision == "exact"
                and _is_yaml(one.file)
            ):
                by_file.setdefault((one.source, one.file), []).append(one)
        for (source, file), wanted in by_file.items():
            marks = self._marks(source, file)
            if marks is not None:
                for one in wanted:
                    line, column = marks.of(one.document, one.keys) or (None, None)
                    self._known[one] = Place(source, file, line, column, one.precision)
                continue
            tree = self._trees.get(source)
            if tree is None:
                continue
            try:
                found = positions_of(tree.read(file), {(one.document, one.keys) for one in wanted})
            except (ReadinessError, OSError, YamlError):
                continue  # `of` says what is known of it: the file
            for one in wanted:
                line, column = found[one.document, one.keys] or (None, None)
                self._known[one] = Place(source, file, line, column, one.precision)

    def _looked_up(self, location: Location) -> Place:
        line, column = location.line, None
        if line is None and location.precision == "exact" and _is_yaml(location.file):
            line, column = self._position(location) or (None, None)
        return Place(location.source, location.file, line, column, location.precision)

    def _position(self, location: Location) -> tuple[int, int] | None:
        file = (location.source, location.file)
        if file not in self._positions:
            self._positions[file] = self._read(*file)
        positions = self._positions[file]
        if positions is None:
            return None
        try:
            return positions.of(location.document, location.keys)
        except YamlError:
            self._positions[file] = None  # asked once, not for each finding of the file
            return None

    def _read(self, source: str, file: str) -> Positions | None:
        tree = self._trees.get(source)
        if tree is None:
            return None
        try:
            return Positions(tree.read(file))
        except (ReadinessError, OSError):
            return None


def _is_yaml(file: str) -> bool:
    """Whether the text is read as YAML: by its suffix, or without one (standard input)."""
    name = file.rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    return not dot or suffix.lower() in _YAML
