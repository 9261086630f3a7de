"""The proofs drawn: what a check has summed up, as a picture with its words and the table of its numbers.

A picture is a pure function of the canonical document, registered under the id of the check whose operands
it reads. A later check brings its own: one function, one line in `PICTURES`. Where operands are missing or
are no numbers there is no picture; nothing is guessed.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from readiness.wording import listed, plural

MOST = 8  # things in one picture, those that fail first; the rest is counted. Each costs 5 ms to set
MOST_ROWS = 60  # of a table that has no picture
MONTHS = 24  # that growth is drawn for
LARGEST = 1e12  # number that is drawn: sums of larger ones would leave what a float can hold
BLUE, PALE, GREY, AMBER, PURPLE = "#3478c9", "#7fb0e6", "#8a94a3", "#c27700", "#8a63c9"
MARK = "#d0433f"  # a limit
# In a long name the end is what tells it from others.
SHORTENED = (
    "length(datum.label) > 27 ? slice(datum.label, 0, 13) + '…' + slice(datum.label, -12) : datum.label"
)
SERIES = (BLUE, AMBER, PURPLE, GREY, "#2e9468", MARK)


class Picture(NamedTuple):
    title: str
    says: str  # in words what the picture shows: its text alternative
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # the same numbers
    spec: dict[str, Any] | None  # in Vega-Lite; None: the table is all


class Sum(NamedTuple):
    """The operands of one proof or finding."""

    name: str  # of what it is about
    environments: tuple[str, ...]
    holds: bool
    message: str
    values: dict[str, float]  # operands that are numbers
    units: dict[str, str]

    @property
    def label(self) -> str:
        return f"{'✓' if self.holds else '✗'} {self.title}"

    @property
    def title(self) -> str:
        return f"{self.name} ({', '.join(self.environments)})" if self.environments else self.name

    def first(self, *names: str) -> float | None:
        """The operand of the first of these names that is there."""
        return next((self.values[name] for name in names if name in self.values), None)


Draw = Callable[[Any], Iterator[Picture]]


def pictures(shown: Any) -> Iterator[Picture]:
    """All pictures that the document has the operands for, in the order of the registry."""
    there = {outcome["check"] for outcome in shown["outcomes"]}
    for check, draw in PICTURES.items():
        if check in there:
            yield from draw(shown)


def sums(shown: Any, check: str) -> list[Sum]:
    """What a check has summed up, failures first; the same sum in several environments once."""
    merged: dict[tuple[object, ...], Sum] = {}
    for outcome in shown["outcomes"]:
        if outcome["check"] != check:
            continue
        where = (outcome["environment"],) if outcome["environment"] else ()
        broken = [one for one in outcome["findings"] if one["status"] == "fail" and one["state"] != "fixed"]
        for one, holds in [*((raw, False) for raw in broken), *((raw, True) for raw in outcome["proofs"])]:
            numbers = {
                raw["name"]: float(raw["value"])
                for raw in one["operands"]
                if isinstance(raw["value"], (int, float)) and 0 <= raw["value"] <= LARGEST
            }
            units = {raw["name"]: raw["unit"] for raw in one["operands"]}
            name = _short(one)
            key = (name, holds, one["message"], tuple(numbers.items()))
            seen = merged.get(key)
            environments = tuple(dict.fromkeys((*seen.environments, *where))) if seen else where
            merged[key] = Sum(name, environments, holds, one["message"], numbers, units)
    return _named_apart(sorted(merged.values(), key=lambda one: (one.holds, one.name, one.environments)))


def _named_apart(found: list[Sum]) -> list[Sum]:
    """Each with a title of its own: its environments and then a number, where the name is not enough."""
    names = Counter(one.name for one in found)
    found = [one if names[one.name] > 1 else one._replace(environments=()) for one in found]
    titles: Counter[str] = Counter()
    apart = []
    for one in found:
        titles[one.title] += 1
        number = titles[one.title]
        apart.append(one if number == 1 else one._replace(name=f"{one.name} #{number}"))
    return apart


def _short(one: dict[str, Any]) -> str:
    """The name of what a sum is about; of a rule that stands for an environment the first words say it."""
    about = one["object"]
    name = about["name"]
    if about["kind"] in ("Environment", "Repository"):
        name = one["message"].partition(" ")[0].rstrip(":")
    text = f"{name} ({about['part']})" if about["part"] else name
    return text if len(text) <= 40 else f"{text[:39]}…"


def capacity(shown: Any) -> Iterator[Picture]:
    """What is asked at the peak, and with headroom, as a share of what the replicas can do."""
    bars, rows = [], []
    found = sums(shown, "capacity.plan-covers-peak")
    drawn = []
    for one in found:
        replicas, peak = one.first("most replicas", "replicas"), one.first("peak")
        each = one.first("capacity of one replica")
        if replicas is None or peak is None or each is None or replicas * each <= 0:
            continue
        able, spare = replicas * each, peak * (one.first("headroom") or 0) / 100
        unit = one.units["peak"]
        drawn.append((one, able, peak, spare))
        bars += [_bar(one, "peak", peak / able), _bar(one, "headroom", spare / able)]
        rows.append(
            (one.title, _n(replicas), _n(each), f"{_n(able)} {unit}", f"{_n(peak)} {unit}",
             f"{_n(peak + spare)} {unit}", _percent((peak + spare) / able))
        )  # fmt: skip
    if not rows:
        return
    worst = max(drawn, key=lambda each_: (each_[2] + each_[3]) / each_[1])
    yield Picture(
        "Capacity against demand",
        f"Demand as a share of what the replicas can do (the line at 100 %). {worst[0].title} is fullest: "
        f"its peak with headroom is {_percent((worst[2] + worst[3]) / worst[1])} of its capacity."
        + _left(len(rows)),
        ("Workload", "Replicas", "Each", "Can do", "Peak", "Peak with headroom", "Used"),
        tuple(rows),
        _stacked(bars, (("peak", BLUE), ("headroom", PALE)), "share of capacity", "%",
                 [{"subject": row.label, "value": 1.0} for row, *_ in drawn]),
    )  # fmt: skip
    yield from _growth(drawn)


def _growth(drawn: Sequence[tuple[Sum, float, float, float]]) -> Iterator[Picture]:
    """The month in which growth has used up the capacity."""
    points, rows = [], []
    for one, able, peak, spare in [each for each in drawn if each[0].first("growth a month")][:MOST]:
        growth = (one.first("growth a month") or 0) / 100
        if growth <= 0 or peak <= 0:
            continue
        share = (peak + spare) / able
        points += [
            {"subject": one.title, "month": month, "value": share * (1 + growth) ** month}
            for month in range(MONTHS + 1)
        ]
        lasts = math.floor(math.log(1 / share) / math.log(1 + growth)) if share <= 1 else -1
        until = "is not enough today" if lasts < 0 else f"enough for {plural(lasts, 'month')}"
        rows.append((one.title, f"{_n(growth * 100)} % a month", _percent(share), until))
    if not rows:
        return
    names = list(dict.fromkeys(point["subject"] for point in points))
    colours = [SERIES[number % len(SERIES)] for number in range(len(names))]
    series = {"field": "subject", "type": "nominal", "legend": {"symbolType": "stroke"}}
    line = {
        "data": {"values": points},
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {
            "x": _axis("month", "months from the plan"),
            "y": _axis("value", "share of capacity", "%"),
            "color": {**series, "scale": {"domain": names, "range": colours}},
            "strokeDash": {**series, "scale": {"domain": names}},
        },
    }  # fmt: skip
    limit = {
        "data": {"values": [{"value": 1.0}]},
        "mark": {"type": "rule", "color": MARK, "strokeWidth": 2},
        "encoding": {"y": {"field": "value", "type": "quantitative"}},
    }
    yield Picture(
        "Growth",
        f"Demand with headroom over {MONTHS} months of the planned growth; the line at 100 % is the "
        "capacity: " + "; ".join(f"{row[0]} {row[3]}" for row in rows[:3]) + ".",
        ("Workload", "Growth", "Used today", "Capacity"),
        tuple(rows),
        {"height": 180, "layer": [line, limit]},
    )


def zone_loss(shown: Any) -> Iterator[Picture]:
    """What stays when the fullest zone is lost, and what the peak asks of it."""
    bars, marks, rows, short = [], [], [], []
    for one in sums(shown, "capacity.plan-survives-zone-loss"):
        replicas, lost = one.first("replicas at the peak"), one.first("most in one zone")
        peak, each = one.first("peak"), one.first("capacity of one replica")
        if replicas is None or lost is None or peak is None or each is None or replicas * each <= 0:
            continue
        able, left = replicas * each, (replicas - lost) * each
        bars += [_bar(one, "stays", left / able), _bar(one, "lost with the zone", lost / replicas)]
        marks.append({"subject": one.label, "value": peak / able})
        short += [one.title] if left < peak else []
        unit = one.units["peak"]
        zones = one.first("zones")
        rows.append(
            (one.title, _n(replicas), "" if zones is None else _n(zones), _n(lost), f"{_n(left)} {unit}",
             f"{_n(peak)} {unit}", "enough" if left >= peak else f"{_n(peak - left)} {unit} short")
        )  # fmt: skip
    if not rows:
        return
    yield Picture(
        "Loss of a zone",
        "What stays of the capacity at the peak when the fullest zone is lost; the line is the peak. "
        + (f"Too little stays for {listed(short)}." if short else "All of them still carry their peak.")
        + _left(len(rows)),
        ("Workload", "Replicas", "Zones", "In the fullest", "Stays", "Peak", "Result"),
        tuple(rows),
        _stacked(bars, (("stays", BLUE), ("lost with the zone", GREY)), "share of capacity", "%", marks),
    )


def termination(shown: Any) -> Iterator[Picture]:
    """The time line of a pod that stops, against its grace period."""
    bars, marks, rows, late = [], [], [], []
    parts: dict[str, None] = {}
    for one in sums(shown, "availability.termination-budget"):
        grace = one.first("terminationGracePeriodSeconds")
        steps = {name: value for name, value in one.values.items()
                 if name != "terminationGracePeriodSeconds" and one.units[name] == "s"}  # fmt: skip
        if grace is None or not steps:
            continue
        parts.update(dict.fromkeys(steps))
        bars += [_bar(one, name, value) for name, value in steps.items()]
        marks.append({"subject": one.label, "value": grace})
        needed = sum(steps.values())
        late += [one.title] if needed > grace else []
        rows.append(
            (one.title, " + ".join(f"{name} {_n(value)} s" for name, value in steps.items()),
             f"{_n(needed)} s", f"{_n(grace)} s",
             f"{_n(grace - needed)} s spare" if needed <= grace else f"killed {_n(needed - grace)} s early")
        )  # fmt: skip
    if not rows:
        return
    colours = tuple((name, SERIES[number % len(SERIES)]) for number, name in enumerate(parts))
    yield Picture(
        "How a pod stops",
        "Seconds from the signal to stop; the line is the grace period, after which the container is killed. "
        + (f"Too late: {listed(late)}." if late else "All of them end in time.")
        + _left(len(rows)),
        ("Container", "Steps", "Needed", "Grace", "Result"),
        tuple(rows),
        _stacked(bars, colours, "seconds", "", marks),
    )


def rollout(shown: Any) -> Iterator[Picture]:
    """Fewest pods that are ready while a release rolls out."""
    yield from _pods(
        shown, "rollout.zero-downtime-arithmetic", "Ready pods during a rollout",
        lambda one: (one.first("fewest pods", "replicas"), one.first("pods ready during a rollout")),
        ("stay ready", "being replaced"),
    )  # fmt: skip


def drain(shown: Any) -> Iterator[Picture]:
    """Pods that stay while nodes are drained."""

    def left(one: Sum) -> tuple[float | None, float | None]:
        allowed = one.first("evictions allowed")
        pods = [value for name, value in one.values.items() if name.startswith("fewest pods of ")]
        whole = sum(pods) if pods else None
        return whole, None if whole is None or allowed is None else whole - max(allowed, 0)

    yield from _pods(
        shown, "availability.pdb-allows-drain", "Pods during the drain of a node", left,
        ("stay", "may be evicted at once"),
    )  # fmt: skip


def _pods(
    shown: Any,
    check: str,
    title: str,
    counted: Callable[[Sum], tuple[float | None, float | None]],
    words: tuple[str, str],
) -> Iterator[Picture]:
    bars, rows, broken = [], [], []
    for one in sums(shown, check):
        whole, left = counted(one)
        if whole is None or left is None or whole <= 0:
            continue
        bars += [_bar(one, words[0], left), _bar(one, words[1], max(0.0, whole - left))]
        broken += [] if one.holds else [one.title]
        rows.append((one.title, _n(whole), _n(left), _n(max(0.0, whole - left)), _result(one)))
    if not rows:
        return
    yield Picture(
        title,
        f"Of the fewest pods that run: how many {words[0]}. "
        + (f"Not as it has to be: {listed(broken)}." if broken else "All of them are as they have to be.")
        + _left(len(rows)),
        ("Subject", "Pods", words[0].capitalize(), words[1].capitalize(), "Result"),
        tuple(rows),
        _stacked(bars, ((words[0], BLUE), (words[1], GREY)), "pods", "", []),
    )


def burn_rate(shown: Any) -> Iterator[Picture]:
    """How soon a total failure pages, and how long the page lasts after its end."""
    points, rows = [], []
    for one in sums(shown, "slo.burn-rate-maths"):
        found, over = one.first("detection"), one.first("reset")
        if found is None or over is None or found <= 0 or over <= 0:
            continue
        points += [
            {"subject": one.label, "kind": "found after", "value": found},
            {"subject": one.label, "kind": "silent after the end", "value": over},
        ]
        rows.append((one.title, _seconds(found), _seconds(over), _result(one)))
    if not rows:
        return
    shape = {"domain": ["found after", "silent after the end"], "range": ["circle", "square"]}
    colour = {"domain": shape["domain"], "range": [BLUE, AMBER]}
    yield Picture(
        "How soon a total failure pages",
        "Time from the start of a total failure to the alert, and from its end to silence, on a logarithmic "
        f"axis. {rows[0][0]} is found after {rows[0][1]}." + _left(len(rows)),
        ("Alert", "Found after", "Silent after the end", "Result"),
        tuple(rows),
        {
            "height": {"step": 30},
            "data": {"values": points[: 2 * MOST]},
            "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
            "encoding": {
                "y": _subjects(points[: 2 * MOST]),
                "x": {
                    "field": "value", "type": "quantitative", "title": "seconds", "scale": {"type": "log"},
                    "axis": {"tickCount": 5, "grid": True},
                },
                "color": {"field": "kind", "type": "nominal", "scale": colour},
                "shape": {"field": "kind", "type": "nominal", "scale": shape},
            },
        },
    )  # fmt: skip


def budget(shown: Any) -> Iterator[Picture]:
    """One failure, from its start to its end, as a share of the error budget."""
    steps = (("detection", BLUE), ("notification", PURPLE), ("acknowledgement", AMBER), ("mitigation", GREY))
    bars, marks, rows = [], [], []
    for one in sums(shown, "slo.budget-humanly-defensible"):
        whole = one.first("budget")
        taken = [(name, one.first(name)) for name, _ in steps]
        if not whole or whole <= 0 or any(value is None for _, value in taken):
            continue
        minutes = [(name, value) for name, value in taken if value is not None]
        bars += [_bar(one, name, value / whole) for name, value in minutes]
        marks.append({"subject": one.label, "value": 1.0})
        used = sum(value for _, value in minutes)
        rows.append(
            (one.title, *(_n(value) for _, value in minutes), _n(used), _n(whole), _percent(used / whole))
        )
    if not rows:
        return
    yield Picture(
        "One failure against the error budget",
        "Minutes that pass until a failure is over, as a share of the budget (the line at 100 %). "
        + "; ".join(f"{row[0]} uses {row[-1]}" for row in rows[:3])
        + "."
        + _left(len(rows)),
        ("Objective", "Detection, min", "Notification", "Acknowledgement", "Mitigation", "One failure",
         "Budget", "Used"),
        tuple(rows),
        _stacked(bars, steps, "share of the error budget", "%", marks),
    )  # fmt: skip


LINKS = (
    ("Severity", "alert.severity-label"),
    ("Reaches people", "alert.routed"),
    ("Leads to a runbook", "runbook.resolves"),
)


def chain(shown: Any) -> Iterator[Picture]:
    """Each alert's way to a person and a page, link by link."""
    links: dict[str, dict[str, str]] = {}
    judged = {outcome["check"] for outcome in shown["outcomes"]}
    asked = [(word, check) for word, check in LINKS if check in judged]
    for outcome in shown["outcomes"]:
        for word, check in asked:
            if outcome["check"] != check:
                continue
            for proof in outcome["proofs"]:
                if proof["object"]["kind"] == "AlertRule":
                    links.setdefault(proof["object"]["name"], {}).setdefault(word, "✓ holds")
            for finding in outcome["findings"]:
                if finding["object"]["kind"] == "AlertRule" and finding["state"] != "fixed":
                    says = "✗ broken" if finding["status"] == "fail" else "? unknown"
                    says = "waived" if finding["waiver"] and not finding["blocking"] else says
                    links.setdefault(finding["object"]["name"], {})[word] = says
    if not links:
        return
    rows = [(name, *(known.get(word, "not proven") for word, _ in asked)) for name, known in links.items()]
    rows.sort(key=lambda row: (not any(cell.startswith(("✗", "?")) for cell in row), row[0]))
    whole = sum(all(cell == "✓ holds" for cell in row[1:]) for row in rows)
    yield Picture(
        "The way of each alert",
        f"{whole} of {plural(len(rows), 'alert')} with every link proven, from its severity to the page that "
        "says what to do" + (f"; the first {MOST_ROWS} are shown." if len(rows) > MOST_ROWS else "."),
        ("Alert", *(word for word, _ in asked)),
        tuple(rows[:MOST_ROWS]),
        None,
    )


PICTURES: dict[str, Draw] = {
    "capacity.plan-covers-peak": capacity,
    "capacity.plan-survives-zone-loss": zone_loss,
    "rollout.zero-downtime-arithmetic": rollout,
    "availability.pdb-allows-drain": drain,
    "availability.termination-budget": termination,
    "alert.routed": chain,
    "slo.burn-rate-maths": burn_rate,
    "slo.budget-humanly-defensible": budget,
}


def _bar(one: Sum, part: str, value: float) -> dict[str, Any]:
    return {"subject": one.label, "part": part, "value": value}


def _stacked(
    bars: Sequence[dict[str, Any]],
    parts: Iterable[tuple[str, str]],
    title: str,
    unit: str,
    marks: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Bars of parts one after the other, with a line across each where its limit is."""
    parts = tuple(parts)
    subjects = list(dict.fromkeys(bar["subject"] for bar in bars))[:MOST]
    order = {name: number for number, (name, _) in enumerate(parts)}
    shown = [{**bar, "order": order[bar["part"]]} for bar in bars if bar["subject"] in subjects]
    y = _subjects(shown)
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": shown},
            "mark": {"type": "bar", "height": 16},
            "encoding": {
                "y": y,
                "x": _axis("value", title, unit),
                "color": {
                    "field": "part", "type": "nominal",
                    "scale": {"domain": [name for name, _ in parts], "range": [each for _, each in parts]},
                },
                "order": {"field": "order", "type": "quantitative"},
            },
        }
    ]  # fmt: skip
    if marks:
        layers.append(
            {
                "data": {"values": [mark for mark in marks if mark["subject"] in subjects]},
                "mark": {"type": "tick", "color": MARK, "thickness": 3, "size": 26, "opacity": 1},
                "encoding": {"y": y, "x": {"field": "value", "type": "quantitative"}},
            }
        )
    return {"height": {"step": 30}, "layer": layers}


def _subjects(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = list(dict.fromkeys(one["subject"] for one in values))
    axis = {"grid": False, "labelExpr": SHORTENED}
    return {"field": "subject", "type": "nominal", "sort": names, "title": None, "axis": axis}


def _axis(field: str, title: str, unit: str = "") -> dict[str, Any]:
    axis: dict[str, Any] = {"grid": True, "tickCount": 6}
    if unit == "%":
        axis["format"] = ".0%"
    elif title == "pods":
        axis["tickMinStep"], axis["format"] = 1, "d"
    return {"field": field, "type": "quantitative", "title": title, "axis": axis}


def _result(one: Sum) -> str:
    return "holds" if one.holds else "fails"


def _left(number: int) -> str:
    return f" The picture has {MOST} of {number}; the table has all." if number > MOST else ""


def _n(value: float) -> str:
    """A number as people write it: `1440`, `546`, `2.86`."""
    return f"{value:.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.4g}"


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %" if share < 10 else f"{share * 100:.0f} %"


def _seconds(value: float) -> str:
    return (
        f"{value:.0f} s"
        if value < 120
        else f"{value / 60:.0f} min"
        if value < 7200
        else f"{value / 3600:.1f} h"
    )
