"""Feature toggles: `toggles.yaml`, Acme's own format, version 1.

    toggles:
      new-checkout: {owner: team-orders, expires: 2027-01-31}

Looks for a file of this name in any folder. Ignores toggles without `expires` on purpose: they are
switches for operation, which stay.
"""

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, NamedTuple, Self

from readiness.api import Location, Subject, Unreadable
from readiness.evidence.documents import Documents

PATTERN = "toggles.yaml"


class Toggle(NamedTuple):
    """One feature toggle that is meant to go away."""

    name: str
    owner: str
    expires: date
    at: Location

    @property
    def subject(self) -> Subject:
        return Subject("Toggle", "", self.name)

    @classmethod
    def collect(cls, documents: Documents) -> Iterator[Self | Unreadable]:
        """The toggles of every file; what is no toggle is `Unreadable` in its place."""
        for file in documents.named(PATTERN):
            for document in documents.documents((file,)):
                if isinstance(document, Unreadable):
                    yield document
                    continue
                toggles = document.value.get("toggles") if isinstance(document.value, dict) else None
                if not isinstance(toggles, dict):
                    yield Unreadable(document.at, "has no mapping `toggles`", KINDS, f"mend {file.path}")
                    continue
                for name, body in toggles.items():
                    yield from cls._read(str(name), body, document.at.at("toggles", name))

    @classmethod
    def _read(cls, name: str, body: object, at: Location) -> Iterator[Self | Unreadable]:
        if not isinstance(body, dict):
            yield Unreadable(at, f"{name} is no mapping; expected owner and expires", KINDS, f"mend {name}")
            return
        if "expires" not in body:
            return
        try:
            expires = date.fromisoformat(str(body["expires"]))
        except ValueError:
            why = f"{name} expires {body['expires']!r}, which is no day"
            yield Unreadable(at.at("expires"), why, KINDS, "write a day such as 2027-01-31")
            return
        yield cls(name, str(body.get("owner") or ""), expires, at)


# Attributes of the class; inside a NamedTuple they would be fields.
KINDS = frozenset({"toggle"})
Toggle.kinds = KINDS  # type: ignore[attr-defined]
Toggle.looked_for = PATTERN  # type: ignore[attr-defined]
