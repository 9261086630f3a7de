"""Which keys a capacity plan may have, and what each is read as.

Numbers are exact; a percentage is a share of one. What is no such value becomes a `Problem` in its place.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from readiness.arithmetic.quantity import parse_quantity
from readiness.errors import Unknown
from readiness.evidence.effective import Value
from readiness.outcome import Location

PEAK = "demand.peak-per-second"
TROUGH = "demand.trough-per-second"
GROWTH = "demand.growth-per-month"
CAPACITY = "unit.capacity-per-second"
HEADROOM = "headroom"
REPLICAS = "expects.replicas"


class Problem(NamedTuple):
    """What keeps a part of the plan from being computed with.

    `unclear`: it can be meant in two ways, so that nobody can say that it is wrong.
    """

    message: str
    at: Location
    fix: str = ""
    workload: str = ""
    field: str = ""
    unclear: bool = False
    minor: bool = False


class Fields:
    """Values of one part of a plan by their dotted name, and the problems in the place of others."""

    __slots__ = ("at", "problems", "values")

    def __init__(self, at: Location, values: Mapping[str, Value[Any]], problems: tuple[Problem, ...]) -> None:
        self.at = at
        self.values = values
        self.problems = problems

    def get(self, field: str) -> Value[Any] | None:
        """The value of a field, None where it is left out.

        Raises:
            Unknown: something stands there that is no such value.
        """
        found = self.values.get(field)
        if found is None:
            for problem in self.problems:
                if problem.field == field:
                    raise Unknown(problem.message, problem.at, problem.fix)
        return found


class Unclear(ValueError):
    """A value that can be meant in two ways."""


def fields_of(
    body: Mapping[Any, Any],
    at: Location,
    known: Mapping[str, Callable[[Any], Any]],
    owner: str,
    prefix: str = "",
) -> tuple[dict[str, Value[Any]], list[Problem]]:
    """The fields of a mapping and of those below it, by their dotted names."""
    values: dict[str, Value[Any]] = {}
    problems: list[Problem] = []
    for raw_key, raw in body.items():
        here = at.at(raw_key if isinstance(raw_key, (str, int)) else str(raw_key))
        field = prefix + str(raw_key).replace("_", "-")
        if raw is None:
            continue
        below = any(name.startswith(field + ".") for name in known)
        if below and isinstance(raw, dict):
            more, wrong = fields_of(raw, here, known, owner, field + ".")
            values.update(more)
            problems.extend(wrong)
        elif field in known:
            try:
                values[field] = Value(known[field](raw), here)
            except ValueError as wrong_value:
                message = f"{field} of {owner} is {spelled_raw(raw)}; expected {wrong_value}"
                fix = f"write {field} as {wrong_value}"
                unclear = isinstance(wrong_value, Unclear)
                problems.append(Problem(message, here, fix, field=field, unclear=unclear))
        elif below:
            message = f"{field} of {owner} is {spelled_raw(raw)} where a mapping is expected"
            problems.append(Problem(message, here, field=field))
        else:
            problems.append(_unknown_key(field, raw, here, owner, known))
    return values, problems


def _unknown_key(field: str, raw: Any, at: Location, owner: str, known: Mapping[str, Any]) -> Problem:
    rate = re.fullmatch(r"(.+)-per-(minute|hour|day)", field)
    if rate and f"{rate[1]}-per-second" in known:
        seconds = {"minute": 60, "hour": 3600, "day": 86400}[rate[2]]
        wanted = f"{rate[1]}-per-second"
        message = f"{field} of {owner} is per {rate[2]}; the plan counts per second"
        fix = f"write {wanted}"
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            fix += f": {spelled(Fraction(str(raw)) / seconds)} ({raw} ÷ {seconds})"
        return Problem(message, at, fix, field=wanted)
    from difflib import get_close_matches

    near = get_close_matches(field, list(known), 1)
    sections = [name for name in known if name.rpartition(".")[0] == field.rpartition(".")[0]]
    hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sections[:8])}"
    fix = f"write {near[0]}, or remove {field}" if near else f"remove {field}"
    return Problem(f"{field} of {owner} is no key of a capacity plan{hint}", at, fix, field=field)


def spelled(value: Any) -> str:
    """A number as people write it: `420`, `0.5`, `14.4`."""
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return str(value.numerator)
        return f"{float(value):.6g}"
    return str(value)


def spelled_raw(raw: Any) -> str:
    if raw is None:
        return "left out"
    return f"{raw!r:.60}" if isinstance(raw, (str, int, float)) else type(raw).__name__


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip() or _placeholder(raw):
        raise ValueError("a text")
    return raw.strip()


def _any(raw: Any) -> Any:
    return raw


def _placeholder(raw: str) -> bool:
    return raw.strip().strip(".").lower() in (
        "todo",
        "tbd",
        "tba",
        "fixme",
        "n/a",
        "na",
        "?",
        "??",
        "???",
        "~",
        "-",
        "xxx",
    )


def _number(raw: Any) -> Fraction:
    if isinstance(raw, str):
        if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", raw.strip()):
            raise ValueError("a number such as 420")
        return Fraction(raw.strip())
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or raw != raw or abs(raw) > 1e15:
        raise ValueError("a number such as 420")
    return Fraction(str(raw))


def _above_zero(raw: Any) -> Fraction:
    found = _number(raw)
    if found <= 0:
        raise ValueError("a number above 0")
    return found


def _not_negative(raw: Any) -> Fraction:
    found = _number(raw)
    if found < 0:
        raise ValueError("a number from 0 up")
    return found


def _whole(raw: Any) -> int:
    found = _not_negative(raw)
    if found.denominator != 1:
        raise ValueError("a whole number such as 3")
    return found.numerator


def _at_least_one(raw: Any) -> int:
    found = _whole(raw)
    if found < 1:
        raise ValueError("a whole number from 1 up")
    return found


def _months(raw: Any) -> int:
    found = _whole(raw)
    if found > 600:
        raise ValueError("at most 600 months")
    return found


def _signed_share(raw: Any) -> Fraction:
    percent = (
        re.fullmatch(r"\s*(-?[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*%\s*", raw) if isinstance(raw, str) else None
    )
    if percent:
        return Fraction(percent[1]) / 100
    try:
        found = _number(raw)
    except ValueError:
        raise ValueError("a percentage such as 30%") from None
    if abs(found) >= 1:
        raise Unclear(f"a percentage such as 30%: it can mean {spelled(found)} % or {spelled(found * 100)} %")
    return found


def _share(raw: Any) -> Fraction:
    found = _signed_share(raw)
    if found < 0:
        raise ValueError("a percentage from 0% up")
    return found


def _growth(raw: Any) -> Fraction:
    found = _signed_share(raw)
    if found < -1:
        raise ValueError("a growth of at least -100%")
    return found


def _target(raw: Any) -> Fraction:
    found = Fraction(1) if raw in (1, "1") else _share(raw)
    if not 0 < found <= 1:
        raise ValueError("a utilisation such as 70%")
    return found


def _date(raw: Any) -> date:
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw.strip()):
        try:
            return date.fromisoformat(raw.strip())
        except ValueError:
            pass
    raise ValueError("a date such as 2026-10-20")


def _scope(raw: Any) -> str:
    if raw not in ("cluster", "global"):
        raise ValueError("cluster or global")
    return str(raw)


def _quantity(raw: Any) -> Fraction:
    return parse_quantity(raw)


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise ValueError("a list")
    return raw


PLAN_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "version": _any,
    "reviewed": _date,
    "reviewed-by": _text,
    "source": _text,
    "zones": _at_least_one,
    "horizon-months": _months,
    "scope": _scope,
    "clusters": _at_least_one,
    "workloads": _any,
    "databases": _list,
    "node-pools": _list,
}
_RESOURCES = ("cpu", "memory", "ephemeral-storage")
WORKLOAD_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "name": _text,
    "workload": _text,
    "kind": _text,
    "namespace": _text,
    "environment": _text,
    "source": _text,
    "owner": _text,
    PEAK: _above_zero,
    TROUGH: _not_negative,
    "demand.deploy-window-per-second": _not_negative,
    "demand.ramp-seconds": _not_negative,
    GROWTH: _growth,
    "demand.unit": _text,
    "demand.calls": _list,
    CAPACITY: _above_zero,
    "unit.service-time-ms": _above_zero,
    "unit.service-time-p99-ms": _above_zero,
    "unit.concurrency": _at_least_one,
    "unit.startup-seconds": _not_negative,
    "unit.unit": _text,
    "unit.load-test": _text,
    **{f"unit.resources.{resource}": _quantity for resource in _RESOURCES},
    HEADROOM: _share,
    "headroom.target-utilisation": _target,
    "headroom-ratio": _not_negative,
    "target-utilisation": _target,
    REPLICAS: _whole,
    "expects.hpa.min": _whole,
    "expects.hpa.max": _whole,
    **{
        f"expects.{group}.{resource}": _quantity
        for group in ("requests", "limits")
        for resource in _RESOURCES
    },
    "expects.pool-size": _whole,
    "expects.partitions": _whole,
    "expects.heap-mib": _whole,
}


def same_unit(one: str, other: str) -> bool:
    """Whether two units are the same: `rps` and `requests/s` are, `rps` and `rpm` or `MB` and `MiB` not."""
    return _unit(one) == _unit(other)


_SHORT = {"rps": "request/s", "rpm": "request/min", "qps": "query/s", "tps": "transaction/s"}
_PER = {
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "minute": "min",
    "minutes": "min",
    "m": "min",
    "hour": "h",
    "hr": "h",
}


def _unit(text: str) -> str:
    plain = re.sub(r"\s+", " ", text.strip())
    if re.fullmatch(r"[KMGT]i?[Bb](?:/s)?", plain):
        return plain  # case tells bytes from bits and thousands from 1024s
    plain = re.sub(r"\s*(?:/|\bper\b)\s*", "/", plain.lower())
    plain = _SHORT.get(plain, plain)
    thing, _, per = plain.partition("/")
    thing = {
        "req": "request",
        "reqs": "request",
        "msg": "message",
        "msgs": "message",
        "queries": "query",
    }.get(thing, thing)
    per = _PER.get(per, per) or "s"  # the keys of a YAML plan say per second
    return f"{thing.removesuffix('s')}/{per}"
