"""Monitors of Datadog in Terraform: whom their messages name, in which state, and their thresholds.

Source:
    Terraform Datadog provider, datadog_monitor; Datadog, "Notifications", "Conditional variables".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from readiness.evidence.hcl import Expression
from readiness.evidence.terraform import Referred, Resource

MONITOR = "datadog_monitor"
TYPES = (
    MONITOR,
    "datadog_service_level_objective",
    "datadog_monitor_notification_rule",
)
PAGERS = ("pagerduty", "opsgenie", "victorops", "splunk-oncall", "oncall", "incident", "xmatters")
_HANDLE = r"(?<![\w.@+-])@([A-Za-z][\w.@+/:-]*\w)"
_BLOCK = r"\{\{\s*([#^/])\s*(is_\w+)[^}]*\}\}"
# Whether a block shows its text when the monitor is in the state of alert; others depend on values.
_IN_ALERT = {
    "is_alert": True, "is_warning": False, "is_recovery": False, "is_no_data": False, "is_unknown": False,
    "is_alert_recovery": False, "is_warning_recovery": False, "is_no_data_recovery": False,
    "is_alert_to_warning": False, "is_warning_to_alert": True, "is_no_data_to_alert": True,
    "is_renotify": False,
}  # fmt: skip
# What a type of monitor has no data for.
_WITHOUT_DATA = frozenset({"event alert", "event-v2 alert", "composite", "slo alert", "audit alert"})


class Monitor(NamedTuple):
    """One datadog_monitor."""

    resource: Resource

    @property
    def name(self) -> str:
        found = self.resource.value("name")
        return found if isinstance(found, str) else self.resource.address

    @property
    def message(self) -> tuple[str, tuple[str, ...]]:
        """The message as far as it is known, and the references that leave parts of it open."""
        value = self.resource.value("message")
        if isinstance(value, Expression):
            known = "".join(part if isinstance(part, str) else "\x00" for part in value.parts)
            return known, value.references or (value.text[:60],)
        if isinstance(value, Referred):
            return "", (value.text,)
        return ("" if value is None else str(value)), ()

    @property
    def handles(self) -> tuple[tuple[str, bool | None], ...]:
        """Whom the message names, and whether in the state of alert; None where a value decides."""
        return tuple(_handles(self.message[0]))

    @property
    def reports_no_data(self) -> Any:
        """What is said of no data; None where nothing is said."""
        for name in ("on_missing_data", "notify_no_data"):
            found = self.resource.value(name)
            if found is not None:
                return found
        return None

    @property
    def can_lack_data(self) -> bool:
        return self.resource.value("type") not in _WITHOUT_DATA

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The numbers of `monitor_thresholds`, those that are plain."""
        found: dict[str, float] = {}
        for block in self.resource.block.nested("monitor_thresholds"):
            for name in block.attributes:
                values = self.resource.module.values(block.value(name))
                try:
                    found[name] = float(values[0]) if len(values) == 1 else float("nan")
                except (TypeError, ValueError):
                    continue
        return {name: number for name, number in found.items() if number == number}

    @property
    def compares(self) -> tuple[str, float | None]:
        """How its query compares, and with which number; an empty sign where that is open."""
        query = self.resource.value("query")
        text = query.text if isinstance(query, Expression) else str(query or "")
        found = re.search(r"(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)?\s*(?:\$\{.*)?$", text.strip())
        if found is None:
            return "", None
        return found[1], float(found[2]) if found[2] and not text.rstrip().endswith("}") else None

    @property
    def tags(self) -> tuple[Any, ...]:
        return self.resource.items("tags")


def _handles(message: str) -> Iterator[tuple[str, bool | None]]:
    shown: list[bool | None] = []
    position = 0
    for block in [*re.finditer(_BLOCK, message), None]:
        text = message[position : block.start() if block is not None else len(message)]
        state = False if False in shown else None if None in shown else True
        for handle in re.findall(_HANDLE, text):
            yield handle, state
        if block is None:
            return
        position = block.end()
        if block[1] == "/":
            if shown:
                shown.pop()
        else:
            known = _IN_ALERT.get(block[2])
            shown.append(known if known is None or block[1] == "#" else not known)
