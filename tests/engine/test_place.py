"""Locations of what is printed: line and column, or none, and never a crash."""

import pytest

from readiness.errors import SourceError
from readiness.outcome import Location, Precision
from readiness.place import Place, Places

MANIFEST = b"""\
# two documents
apiVersion: v1
kind: Service
---
kind: Deployment
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: api
          image: api:1
        - {name: proxy, image: proxy}
"""


class Files:
    """A tree of texts that counts what is read of it."""

    def __init__(self, files: dict[str, bytes | Exception]) -> None:
        self.files = files
        self.reads: list[str] = []

    def read(self, path: str) -> bytes:
        self.reads.append(path)
        found = self.files.get(path, SourceError(f"{path}: no such file"))
        if isinstance(found, Exception):
            raise found
        return found


def at(*keys: str | int, document: int = 1, file: str = "deploy/api.yaml") -> Location:
    return Location("repository", file, document, keys)


@pytest.mark.parametrize(
    ("location", "line", "column"),
    [
        (at(document=0), 2, 1),
        (at("kind", document=0), 3, 1),
        (at("kind"), 5, 1),
        (at("spec", "replicas"), 7, 3),
        (at("spec", "template", "spec", "containers", 0), 11, 11),
        (at("spec", "template", "spec", "containers", 0, "image"), 12, 11),
        (at("spec", "template", "spec", "containers", 1, "image"), 13, 25),
        (at("spec", "strategy", "type"), 6, 1),  # left out: the deepest that is there
        (at("spec", "replicas", "no-such"), 7, 3),
        (at("nothing", "of", 3, "this"), 5, 1),
        (at("kind", document=2), None, None),
    ],
    ids=str,
)
def test_line_and_column_of_a_yaml_value(location: Location, line: int | None, column: int | None) -> None:
    places = Places({"repository": Files({"deploy/api.yaml": MANIFEST})})
    assert places.of(location) == Place("repository", "deploy/api.yaml", line, column, "exact")


def test_a_file_is_read_once_for_all_its_locations() -> None:
    files = Files({"deploy/api.yaml": MANIFEST, "broken.yaml": b"a: [", "other.yml": b"a: 1"})
    places = Places({"repository": files})
    for location in [at("kind"), at("spec"), at("kind"), at(file="broken.yaml"), at("a", file="broken.yaml"),
                     at("a", document=0, file="other.yml"), at("a", file="gone.yaml"),
                     at("b", file="gone.yaml")]:  # fmt: skip
        places.of(location)
    assert files.reads == ["deploy/api.yaml", "broken.yaml", "other.yml", "gone.yaml"]


def test_nothing_is_read_before_somebody_asks() -> None:
    files = Files({"deploy/api.yaml": MANIFEST})
    Places({"repository": files})
    assert files.reads == []


@pytest.mark.parametrize("file", ["deploy/api.yaml", "docs/orders.md", "CODEOWNERS"])
@pytest.mark.parametrize("precision", ["exact", "template", "chart"])
def test_a_given_line_is_kept_and_nothing_read(file: str, precision: Precision) -> None:
    files = Files({file: MANIFEST})
    location = at("kind", file=file)._replace(line=42, precision=precision)
    assert Places({"repository": files}).of(location) == Place("repository", file, 42, None, precision)
    assert files.reads == []


@pytest.mark.parametrize("precision", ["template", "chart"])
def test_a_rendered_value_has_no_line(precision: Precision) -> None:
    files = Files({"deploy/api.yaml": MANIFEST})
    place = Places({"repository": files}).of(at("kind")._replace(precision=precision))
    assert (place.line, place.column, place.precision) == (None, None, precision)


@pytest.mark.parametrize("file", ["docs/orders.md", "Chart.tpl", "db/V1__init.sql", "a.yaml.j2"])
def test_other_files_have_the_given_line_only(file: str) -> None:
    files = Files({file: b"kind: 1"})
    assert Places({"repository": files}).of(at("kind", document=0, file=file)).line is None
    assert files.reads == []


@pytest.mark.parametrize("file", ["deploy/api.YAML", "api.yml", "openapi.json", "-", "manifests/stdin"])
def test_yaml_is_told_by_its_suffix_or_by_having_none(file: str) -> None:
    files = Files({file: b'{"kind": 1}'})
    assert Places({"repository": files}).of(at("kind", document=0, file=file)).column == 2


@pytest.mark.parametrize(
    "content",
    [
        b"a: [",
        b"\x00\x01\x02",
        b"\xff\xff",
        b"{{- if .Values.a }}\na: 1",
        b"[" * 100_000,
        b"",
        SourceError("past the limit"),
        PermissionError("denied"),
    ],
    ids=lambda content: repr(content)[:20],
)
def test_what_can_not_be_read_has_no_line(content: bytes | Exception) -> None:
    places = Places({"repository": Files({"deploy/api.yaml": content})})
    expected = Place("repository", "deploy/api.yaml", None, None, "exact")
    assert places.of(at("kind", document=0)) == expected
    assert places.of(at("spec", document=0)) == expected


def test_a_source_that_is_not_there_has_no_line() -> None:
    location = Location("deploy", "api.yaml", 0, ("kind",))
    assert Places({}).of(location) == Place("deploy", "api.yaml", None, None, "exact")


@pytest.mark.parametrize("keys", [("on",), ("true",)])
def test_a_key_is_found_however_it_was_read(keys: tuple[str, ...]) -> None:
    files = Files({"workflow.yaml": b"name: x\non: push\n"})
    assert Places({"repository": files}).of(at(*keys, document=0, file="workflow.yaml")).line == 2


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb:\n  - x: 1\n    y: [1, 2]\n---\nc: {d: e}\n",
        "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  z: 3\n",
        "on: push\nyes: 1\na: 1\na: 2\n",
        '{"kind": "A", "items": [{"name": "x"}]}',
    ],
)
def test_many_places_at_once_are_those_of_one_by_one(text: str) -> None:
    keys: list[tuple[str | int, ...]] = [
        (), ("a",), ("b",), ("b", 0), ("b", 0, "y"), ("b", 0, "y", 1), ("b", 7, "q"), ("c", "d"),
        ("use", "x"), ("use", "z"), ("on",), ("true",), ("yes",), ("items", 0, "name"), ("gone", "z"),
    ]  # fmt: skip
    wanted = [Location("s", "a.yaml", document, path) for document in (0, 1) for path in keys]
    trees = {"s": Files({"a.yaml": text.encode()})}
    one_by_one, at_once = Places(trees), Places(trees)
    at_once.prefetch(wanted)
    assert [at_once.of(one) for one in wanted] == [one_by_one.of(one) for one in wanted]
