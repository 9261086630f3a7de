"""Ports as containers declare them and Services lead to them, and what is wrong with names and numbers.

Reads `ports` of containers and the `targetPort` of Services. Ignored on purpose: names of Service ports.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.effective import items
from readiness.evidence.manifests import Container, Service, Workload
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

LONGEST, LAST = 15, 65535


class DeclaredPort:
    """One port of a container, or the port that one of a Service leads to."""

    __slots__ = ("at", "body", "label", "repeated", "subject", "target")

    kinds: ClassVar[frozenset[str]] = Workload.KINDS | Service.kinds
    looked_for: ClassVar[str] = "ports of containers and Services"
    noun: ClassVar[str] = "port"

    def __init__(
        self,
        body: Mapping[str, Any],
        at: Location,
        subject: Subject,
        label: str,
        repeated: bool = False,
        target: bool = False,
    ) -> None:
        self.body = body
        self.at = at
        self.subject = subject
        self.label = label
        self.repeated = repeated  # its name stands at an earlier port of the container
        self.target = target  # a Service leads to it

    @classmethod
    def collect(
        cls, containers: tuple[Container, ...], services: tuple[Service, ...]
    ) -> Iterator[Self | Unreadable]:
        owners: tuple[Container | Service, ...] = (*containers, *services)
        for owner in owners:
            try:
                yield from cls._of(owner)
            except Unknown as wrong:
                at = wrong.at if isinstance(wrong.at, Location) else owner.at
                yield Unreadable(at, wrong.why, frozenset({owner.subject.kind}), wrong.fix)

    @classmethod
    def _of(cls, owner: Container | Service) -> Iterator[Self]:
        keys = ("ports",) if isinstance(owner, Container) else ("spec", "ports")
        names: set[object] = set()
        for index, port in enumerate(items(owner.body, owner.at, *keys)):
            if not isinstance(port, dict):
                continue
            number = port.get("containerPort" if isinstance(owner, Container) else "port")
            called = port.get("name") or number
            repeated = isinstance(owner, Container) and isinstance(called, str) and called in names
            if isinstance(called, str):
                names.add(called)
            kind, namespace, name, part = owner.subject
            words = f"port {called if called is not None else index + 1}"
            if repeated:
                words += f" ({number})"
            subject = Subject(kind, namespace, name, f"{part} {words}".strip())
            target = isinstance(owner, Service)
            yield cls(port, owner.at.at(*keys, index), subject, f"{owner.label}: {words}", repeated, target)


def fault_of_name(name: str) -> str:
    """Why a text is no name of a port; empty where it is one.

    Source: Kubernetes, apimachinery validation.IsValidPortName: an IANA service name.
    """
    if len(name) > LONGEST:
        return f"{name!r} has {len(name)} characters, {LONGEST} are allowed"
    if not re.fullmatch(r"[a-z0-9-]+", name):
        return f"{name!r} has other characters than a-z, 0-9 and -"
    if not re.search("[a-z]", name):
        return f"{name!r} has no letter"
    if "--" in name or name[0] == "-" or name[-1] == "-":
        return f"{name!r} has a dash at an end, or two in a row"
    return ""


def fault_of_number(number: int) -> str:
    """Why a number is none of a port; empty where it is one."""
    return "" if 1 <= number <= LAST else f"{number} is not within 1 and {LAST}"
