"""One service level objective, whichever format it is written in, and what is wrong with the writing.

Pure: a module for each format (`slo_sloth.py`, `slo_openslo.py`, `slo_pyrra.py`) reads it, `slos.py` loads.
Shares are exact fractions from 0 to 1, spans exact seconds.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from readiness.arithmetic.burn_rate import DAY
from readiness.outcome import Location, Severity, Subject

THIRTY_DAYS = 30 * DAY
LEAST_LIKELY = Fraction(1, 2)  # an objective below is a share written where a percentage is meant

Kind = Literal["availability", "latency", "other"]


class Alerting(NamedTuple):
    """What a generator makes of an objective: whether it pages and writes tickets, and with which labels."""

    page: bool = True
    ticket: bool = True
    name: str = ""
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    generated: bool = True  # by the format's own tool; OpenSLO only names policies


class Objective(NamedTuple):
    """One promise: this share of events is good, over this period."""

    format: str  # sloth, OpenSLO, pyrra
    service: str
    name: str
    target: Fraction
    period: Fraction  # seconds
    at: Location
    target_at: Location
    kind: Kind = "other"
    good: str = ""  # PromQL, with the format's own templates; empty where it is not given so
    bad: str = ""
    total: str = ""
    queries_at: Location | None = None
    alerting: Alerting = Alerting()
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    id: str = ""  # as generated rules name it
    rolling: bool = True

    @property
    def subject(self) -> Subject:
        return Subject("SLO", "", self.name, self.service)

    @property
    def label(self) -> str:
        return f"{self.service}/{self.name}" if self.service else self.name


class SpecProblem(NamedTuple):
    """Something for which a generator refuses a specification, or makes another promise than was meant."""

    why: str  # begins with what it is about
    at: Location
    fix: str
    about: Subject
    key: str
    at_most: Severity | None = None


class Undecided(NamedTuple):
    """A specification that can't be judged from here."""

    why: str
    at: Location
    about: Subject


Read = Objective | SpecProblem | Undecided


def number(raw: Any) -> Fraction | None:
    """A number as it is written, exact; None for anything else. A text may end in a per cent sign."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        return Fraction(Decimal(str(raw).strip().removesuffix("%").strip()))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def percent(share: Fraction) -> str:
    """A share as people write it: 99.95 %."""
    value = Decimal(share.numerator) * 100 / Decimal(share.denominator)
    return f"{value.quantize(Decimal('0.00001')).normalize():f} %"


def texts(raw: Any) -> dict[str, str]:
    """A mapping's texts; anything else counts as left out."""
    if not isinstance(raw, dict):
        return {}
    return {str(key): str(value) for key, value in raw.items() if isinstance(value, str | int | float)}


def target_problem(raw: Any, field: str, label: str, at: Location, about: Subject) -> SpecProblem | None:
    """What is wrong with a target that is written as a percentage."""
    value = number(raw)
    if value is None or not 0 < value <= 100:
        return SpecProblem(
            f"{label} has {field} {raw!r}: a percentage above 0 and up to 100 is expected", at,
            f"set {field} to the percentage, such as 99.9", about, "target",
        )  # fmt: skip
    if value / 100 < LEAST_LIKELY:
        meant = f"; {percent(value)} is meant if it is a share" if value < 1 else ""
        return SpecProblem(
            f"{label} promises {percent(value / 100)}: {field} is a percentage{meant}", at,
            f"set {field} to {float(value * 100):g}" if value < 1 else f"set {field} to what is promised",
            about,
            "share",
        )  # fmt: skip
    return None


def kind_of(*expressions: str) -> Kind:
    """What an objective is about, by what its expressions read."""
    text = " ".join(expressions)
    if "_bucket" in text or "le=" in text or "latency" in text or "duration_seconds_sum" in text:
        return "latency" if "_bucket" in text or "le=" in text else "other"
    return "availability" if text.strip() else "other"
