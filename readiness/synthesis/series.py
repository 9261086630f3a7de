"""How one series of a test goes on, and how promtool is told."""

import math
from decimal import Decimal
from typing import Literal

from readiness.errors import ReadinessError

Setting = Literal["value", "slope", "steps"]


class NotSolved(ReadinessError):
    """No series could be chosen; the text says for what."""


class Line:
    """How one series goes on: its value at the end, its slope per second, or up and down at each sample."""

    __slots__ = ("slope", "steps", "value")

    def __init__(self) -> None:
        self.value: float | None = None
        self.slope: float | None = None
        self.steps: float | None = None

    def set(self, what: Setting, value: float) -> None:
        known = getattr(self, what)
        if known is not None and not math.isclose(known, value, rel_tol=1e-9, abs_tol=1e-12):
            raise NotSolved("one series would need two values")
        if not math.isfinite(value):
            raise NotSolved("a series would need a value without end")
        setattr(self, what, value)

    def samples(self, count: int, interval: int) -> tuple[float, ...]:
        """The samples, summed up as promtool does it."""
        if self.steps:
            return tuple(float(index % 2) for index in range(count))
        first, step = self._written(count, interval)
        found = [first]
        for _ in range(count - 1):
            found.append(found[-1] + step)
        return tuple(found)

    def _written(self, count: int, interval: int) -> tuple[float, float]:
        """The first sample and what each further one adds: in parts of 1024 where it goes up or down."""
        step = (self.slope or 0.0) * interval
        if not step:
            return _tidy(1.0 if self.value is None and self.slope is None else self.value or 0.0), 0.0
        step = _exact(step)
        change = step * (count - 1)
        start = self.value - change if self.value is not None else max(0.0, -change)
        return _exact(start), step

    def spelled(self, count: int, interval: int) -> str:
        """The samples as promtool reads them."""
        if self.steps:
            return " ".join(str(index % 2) for index in range(count))
        first, step = self._written(count, interval)
        if not step or count == 1:
            return f"{spelled(first)}x{count - 1}"
        sign = "-" if step < 0 else "+"
        return f"{spelled(first)}{sign}{spelled(abs(step))}x{count - 1}"


def _exact(value: float) -> float:
    """A float near it that can be added up without loss."""
    return round(value * 1024) / 1024 if abs(value) >= 1 / 64 else _tidy(value)


def _tidy(value: float) -> float:
    """Without what is left behind the twelfth digit, where nobody reads it."""
    return float(f"{value:.12g}")


def spelled(value: float) -> str:
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
