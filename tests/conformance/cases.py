"""The peers' own test cases, as far as READINESS_CONFORMANCE names their folder, and how ours are held against them.

`settings.yaml` has the peer's parameters where they are not our defaults, `differences.yaml` each case in which our
rule departs from the peer's on purpose, with the reason: docs/conformance.md is made from it.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

HERE = Path(__file__).parent
FOLDER = os.environ.get("READINESS_CONFORMANCE", "")
PEERS = ("kube-linter", "polaris")


class Case(NamedTuple):
    """One file of a peer, checked with one of its checks."""

    peer: str
    file: str
    check: str  # the peer's id
    expected: str  # pass or fail
    findings: int | None  # where the peer says how many
    reports: frozenset[tuple[str, str]]  # kind and name of the objects that are reported, where told
    silent: frozenset[tuple[str, str]]

    @property
    def name(self) -> str:
        return f"{self.peer}/{self.check}: {self.file.removeprefix('manifests/')}"

    @property
    def path(self) -> Path:
        return Path(FOLDER) / self.peer / self.file


def cases() -> Iterator[Case]:
    for peer in PEERS if FOLDER else ():
        for case in yaml.safe_load((Path(FOLDER) / peer / "cases.yaml").read_text())["cases"]:
            if case["canonical"] is None:
                continue  # a check that a user defines there
            reports = case.get("reports") or ()
            named = all(one.get("name") for one in reports)
            findings = case["count"] if isinstance(case["count"], int) and peer == "kube-linter" else None
            yield Case(
                peer, case["file"], case["peer_check"], case["expected"], findings,
                _objects(reports) if named else frozenset(), _objects(case.get("silent_objects") or ()),
            )  # fmt: skip


def _objects(listed: Any) -> frozenset[tuple[str, str]]:
    return frozenset((one["kind"], one["name"]) for one in listed if one.get("name"))


def settings() -> Mapping[str, Mapping[str, Any]]:
    """Settings of our check by `peer/check`."""
    return yaml.safe_load((HERE / "settings.yaml").read_text()) or {}


class Difference(NamedTuple):
    """A case, or with `*` as file all of a check, in which ours says something else, and why that is right."""

    check: str  # peer/check
    file: str
    ours: str  # pass, fail, count (another number of findings), objects
    why: str


def differences() -> tuple[Difference, ...]:
    return tuple(Difference(**one) for one in yaml.safe_load((HERE / "differences.yaml").read_text()) or ())
