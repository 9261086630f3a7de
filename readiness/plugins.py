"""Entry points → the known checks: ours and a third party's in the same way.

An entry point of group `readiness.checks` names an area and its module. The metadata of installed
distributions is read directly, for the import of `importlib.metadata` would cost a sixth of a run.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from readiness.errors import BrokenCheck, UsageError
from readiness.signature import Check

GROUP = "readiness.checks"
OWN = "readiness"  # our own distribution


class EntryPoint(NamedTuple):
    """One line of a distribution's `entry_points.txt`."""

    name: str
    module: str
    distribution: str


class KnownChecks(Mapping[str, Check]):
    """Every installed check by its id; an area's module is imported when one of its checks is asked for."""

    def __init__(self, areas: Mapping[str, EntryPoint]) -> None:
        self.areas = dict(sorted(areas.items()))
        self._loaded: dict[str, dict[str, Check]] = {}

    def __getitem__(self, check_id: str) -> Check:
        area = check_id.partition(".")[0]
        return self.of_area(area)[check_id]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(check_id for area in self.areas for check_id in self.of_area(area)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def of_area(self, area: str) -> Mapping[str, Check]:
        if area not in self._loaded:
            entry = self.areas.get(area)
            if entry is None:
                raise KeyError(area)
            self._loaded[area] = checks_in(area, entry)
        return self._loaded[area]


def checks_in(area: str, entry: EntryPoint) -> dict[str, Check]:
    """The checks of one area's module: its public functions that return `Findings`, and its `RULES`.

    Raises:
        BrokenCheck: the module can't be imported, or a check in it is written wrongly.
    """
    from contextlib import redirect_stdout
    from importlib import import_module

    from readiness.outcome import Findings

    try:
        with redirect_stdout(sys.stderr):  # a module that prints must not write into a report
            module = import_module(entry.module)
    except (Exception, SystemExit) as wrong:
        raise BrokenCheck(
            f"area {area} ({entry.module} of {entry.distribution}) can't be imported: "
            f"{type(wrong).__name__}: {wrong}"
        ) from wrong
    found: dict[str, Check] = {}
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__annotations__", {}).get("return") != Findings:
            continue
        if not hasattr(value, "__code__") or not value.__module__.startswith(entry.module):
            continue
        check = Check(area, value, foreign=entry.distribution != OWN)
        found[check.id] = check
    for rule in getattr(module, "RULES", ()):
        check = Check(area, rule, foreign=entry.distribution != OWN)
        found[check.id] = check
    return found


def installed(group: str = GROUP) -> dict[str, EntryPoint]:
    """Entry points of a group by name.

    Raises:
        UsageError: two distributions claim one name.
    """
    found: dict[str, EntryPoint] = {}
    for entry in _entry_points(group):
        other = found.get(entry.name)
        if other is not None and other.distribution != entry.distribution:
            raise UsageError(
                f"{group}: {entry.name} is claimed by {other.distribution} and by {entry.distribution}; "
                "uninstall one of them"
            )
        found.setdefault(entry.name, entry)
    return found


def _entry_points(group: str) -> Iterator[EntryPoint]:
    import os

    seen: set[str] = set()
    for folder in sys.path:
        try:
            names = sorted(os.listdir(folder or "."))
        except OSError:
            continue  # sys.path may name zip files and folders that do not exist
        for name in names:
            if not name.endswith((".dist-info", ".egg-info")):
                continue
            distribution = name.rpartition(".")[0].partition("-")[0].lower().replace("_", "-")
            if distribution in seen:
                continue
            path = os.path.join(folder or ".", name, "entry_points.txt")
            if not os.path.exists(path):
                continue
            seen.add(distribution)
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            if f"[{group}]" in text:
                yield from _of_group(text, group, distribution)


def _of_group(text: str, group: str, distribution: str) -> Iterator[EntryPoint]:
    inside = False
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            yield EntryPoint(name.strip(), target.strip().partition("[")[0].strip(), distribution)


def known_checks() -> KnownChecks:
    return KnownChecks(installed())
