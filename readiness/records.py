"""Strict reading of the small YAML files beside a checklist: waivers, baseline, attestations.

All that is wrong in a file is gathered and raised together, each line as
`file:line:column: what is wrong; what was expected; how to mend it`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NoReturn

from readiness.checklist import REPOSITORY
from readiness.errors import ChecklistError
from readiness.outcome import Location

Keys = tuple[str | int, ...]
_LINE = re.compile(r":(\d+):(\d+): ")


class RecordFile:
    """One file: its documents, and what was found wrong so far."""

    def __init__(self, text: bytes, file: str, source: str = REPOSITORY) -> None:
        from readiness import yaml_reader

        self.file = file
        self.source = source
        self._text = text
        self._positions: yaml_reader.Positions | None = None
        self._errors: list[str] = []
        try:
            parsed = yaml_reader.read(text, yaml_reader.CORE)
        except yaml_reader.YamlError as error:
            raise ChecklistError(
                f"{file}:{error.line}:{error.column}: {error.message}; expected valid YAML"
            ) from error
        self.documents: tuple[Any, ...] = parsed.documents
        for duplicate in parsed.duplicates:
            self._errors.append(
                f"{file}:{duplicate.line}:1: {spelled(duplicate.keys)} stands twice, first in line "
                f"{duplicate.first_line}; expected it once; delete one of them"
            )

    def at(self, document: int, keys: Keys) -> Location:
        return Location(self.source, self.file, document, keys)

    def wrong(self, document: int, keys: Keys, text: str) -> None:
        """Notes that `text` is wrong at the place that `keys` lead to."""
        from readiness import yaml_reader

        if self._positions is None:
            self._positions = yaml_reader.Positions(self._text, yaml_reader.CORE)
        line, column = self._positions.of(document, keys) or (1, 1)
        self._errors.append(f"{self.file}:{line}:{column}: {text}")

    def record(self, document: int, what: str) -> "Record":
        """The mapping that a whole document is; anything else is wrong."""
        raw = self.documents[document] if document < len(self.documents) else None
        if not isinstance(raw, dict):
            self.wrong(document, (), f"{what} holds {named(raw)}; expected a mapping with `version: 1`")
            raw = {}
        return Record(self, document, (), raw)

    def finish(self) -> None:
        """Raises ChecklistError with all that is wrong, in the order of the lines."""
        if self._errors:
            self._raise()

    def _raise(self) -> NoReturn:
        def place(text: str) -> tuple[int, int]:
            found = _LINE.search(text)
            return (int(found[1]), int(found[2])) if found else (0, 0)

        raise ChecklistError("\n".join(sorted(dict.fromkeys(self._errors), key=place)))


class Record:
    """One mapping in a file, with typed fields; a field of a wrong type is noted and read as left out."""

    def __init__(self, file: RecordFile, document: int, keys: Keys, raw: Mapping[Any, Any]) -> None:
        self.file = file
        self.document = document
        self.keys = keys
        self.raw = raw

    def __contains__(self, key: str) -> bool:
        return self.raw.get(key) is not None

    def at(self, *keys: str | int) -> Location:
        return self.file.at(self.document, self.keys + keys)

    def wrong(self, text: str, *keys: str | int) -> None:
        self.file.wrong(self.document, self.keys + keys, text)

    def only(self, *known: str) -> None:
        """Notes each key that isn't `known`, with the nearest that is."""
        for key in self.raw:
            if key not in known:
                from difflib import get_close_matches

                near = get_close_matches(str(key), known, 1, 0.5)
                hint = f"did you mean `{near[0]}`?" if near else "delete it"
                self.wrong(f"unknown key `{key}`; expected one of {', '.join(known)}; {hint}", key)

    def version(self) -> None:
        """Notes a version of the file other than 1."""
        raw = self.raw.get("version")
        if raw != 1 or isinstance(raw, bool):
            self.wrong(f"`version` is {named(raw)}; expected 1; write `version: 1`", "version")

    def text(self, key: str, required: bool = False, what: str = "a text") -> str:
        """The text of `key`; "" where it is left out. A bare number is read as its digits."""
        raw = self.raw.get(key)
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        if raw is None or raw == "":
            if required:
                self.wrong(f"`{key}` is missing; expected {what}; add `{key}: …`", *_present(self.raw, key))
            return ""
        if not isinstance(raw, str):
            self.wrong(f"`{key}` is {named(raw)}; expected {what}", key)
            return ""
        return raw.strip()

    def choice(self, key: str, options: Sequence[str]) -> str:
        """One of `options`; the first where it is missing or another (which is noted)."""
        raw = self.raw.get(key)
        # `yes` and `no` are texts in YAML 1.2, but a steward may have quoted or spelled them as booleans.
        text = {True: "yes", False: "no"}.get(raw, "") if isinstance(raw, bool) else raw
        if text in options:
            return str(text)
        self.wrong(f"`{key}` is {named(raw)}; expected one of {', '.join(options)}", *_present(self.raw, key))
        return options[0]

    def date(self, key: str, required: bool = False) -> date | None:
        raw = self.raw.get(key)
        if raw is None and not required:
            return None
        found = date_of(raw)
        if found is None:
            self.wrong(
                f"`{key}` is {named(raw)}; expected a date such as 2027-03-31", *_present(self.raw, key)
            )
        return found

    def count(self, key: str) -> int | None:
        raw = self.raw.get(key)
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < 1:
            self.wrong(f"`{key}` is {named(raw)}; expected a whole number of at least 1", key)
            return None
        return raw

    def values(self, key: str) -> dict[str, int | float | str]:
        """A mapping of names to numbers or words."""
        raw = self.raw.get(key)
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self.wrong(f"`{key}` is {named(raw)}; expected a mapping of names to values", key)
            return {}
        found: dict[str, int | float | str] = {}
        for name, value in raw.items():
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                self.wrong(f"`{name}` is {named(value)}; expected a number or a word", key, name)
            else:
                found[str(name)] = value
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        raw = self.raw.get(key)
        if raw is None:
            return ()
        if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
            self.wrong(f"`{key}` is {named(raw)}; expected a list of texts", key)
            return ()
        return tuple(raw)

    def inner(self, key: str) -> "Record | None":
        """The mapping below `key`, if there is one."""
        raw = self.raw.get(key)
        if raw is None:
            return None
        if not isinstance(raw, dict):
            self.wrong(f"`{key}` is {named(raw)}; expected a mapping", key)
            return None
        return Record(self.file, self.document, (*self.keys, key), raw)

    def records(self, key: str) -> "tuple[Record, ...]":
        """The mappings listed below `key`."""
        raw = self.raw.get(key)
        if raw is None:
            return ()
        if not isinstance(raw, list):
            self.wrong(f"`{key}` is {named(raw)}; expected a list, each entry after a dash", key)
            return ()
        found = []
        for index, one in enumerate(raw):
            if isinstance(one, dict):
                found.append(Record(self.file, self.document, (*self.keys, key, index), one))
            else:
                self.wrong(f"entry {index + 1} is {named(one)}; expected a mapping", key, index)
        return tuple(found)


def date_of(raw: object) -> date | None:
    """The date that is written as YYYY-MM-DD; None for anything else."""
    if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def named(raw: object) -> str:
    """What stands there, for an error: short, on one line."""
    if raw is None:
        return "empty"
    if isinstance(raw, dict):
        return "a mapping"
    if isinstance(raw, list):
        return "a list"
    text = repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}…'"


def quoted(value: object) -> str:
    """`value` as a YAML scalar on one line; every text stands in double quotes, so that none is misread."""
    import json

    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else json.dumps(value)


def spelled(keys: Keys) -> str:
    """A path of keys as people write it: `waivers[2].owner`."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return f"`{text}`"


def replace_file(path: str, text: str) -> None:
    """Writes `text` to `path` so that a reader sees the old file or the new one, never a half.

    A link is followed, and a device or pipe is written to, not replaced.

    Raises:
        SourceError: it can't be written.
    """
    import os
    import tempfile

    from readiness.errors import SourceError

    shown, path = path, os.path.realpath(path)
    folder = os.path.dirname(path) or "."
    temporary = ""
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            return
        os.makedirs(folder, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise SourceError(f"{shown}: can't be written: {error.strerror or error}") from error


def _present(raw: Mapping[Any, Any], key: str) -> Keys:
    """The key, where it stands in the mapping; else the mapping itself."""
    return (key,) if key in raw else ()
