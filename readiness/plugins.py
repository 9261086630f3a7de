"""Entry points → the known checks: ours and a third party's in the same way.

An entry point of group `readiness.checks` names an area and its module. The metadata of installed
distributions is read directly, for the import of `importlib.metadata` would cost a sixth of a run.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

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
        self._alone: dict[str, Check] = {}  # those of areas that import their checks one by one

    def __getitem__(self, check_id: str) -> Check:
        area = check_id.partition(".")[0]
        if area not in self._loaded and area in self.areas:
            if check_id not in self._alone:
                found = check_alone(area, self.areas[area], check_id)
                if found is None:
                    return self.of_area(area)[check_id]
                self._alone[check_id] = found
            return self._alone[check_id]
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


def check_alone(area: str, entry: EntryPoint, check_id: str) -> Check | None:
    """One check of an area that has a table of them (`CHECKS`), without the others; None where there is none.

    Raises:
        BrokenCheck: its module can't be imported, or it is written wrongly.
    """
    module = _imported(area, entry)
    name = check_id.partition(".")[2].replace("-", "_")
    if name not in getattr(module, "CHECKS", ()):
        return None
    return Check(area, _value_of(area, entry, module, name), foreign=entry.distribution != OWN)


def _imported(area: str, entry: EntryPoint) -> Any:
    from contextlib import redirect_stdout
    from importlib import import_module

    try:
        with redirect_stdout(sys.stderr):  # a module that prints must not write into a report
            return import_module(entry.module)
    except (Exception, SystemExit) as wrong:
        raise _broken(area, entry, wrong) from wrong


def _value_of(area: str, entry: EntryPoint, module: Any, name: str) -> Any:
    try:
        return getattr(module, name)
    except (Exception, SystemExit) as wrong:
        raise _broken(area, entry, wrong) from wrong


def _broken(area: str, entry: EntryPoint, wrong: BaseException) -> BrokenCheck:
    return BrokenCheck(
        f"area {area} ({entry.module} of {entry.distribution}) can't be imported: "
        f"{type(wrong).__name__}: {wrong}"
    )


def checks_in(area: str, entry: EntryPoint) -> dict[str, Check]:
    """The checks of one area's module: its public functions that return `Findings`, and its `RULES`.

    Raises:
        BrokenCheck: the module can't be imported, or a check in it is written wrongly.
    """
    from readiness.outcome import Findings

    module = _imported(area, entry)
    values = dict(vars(module))
    values |= {name: _value_of(area, entry, module, name) for name in getattr(module, "CHECKS", ())}
    found: dict[str, Check] = {}
    for name, value in values.items():
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
