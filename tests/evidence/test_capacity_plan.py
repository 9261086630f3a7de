"""The capacity plan as people write it: right, half right, and not at all."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Unknown
from readiness.evidence.capacity_fields import CAPACITY, HEADROOM, PEAK, same_unit
from readiness.evidence.capacity_plan import CapacityPlan, PlanEntry
from readiness.evidence.context import Environment, Named, Ref, Sources
from readiness.evidence.documents import Documents
from readiness.outcome import Location
from readiness.place import Places
from readiness.tree import TextTree

PRODUCTION = Environment("production")


def plan(
    files: dict[str, str | bytes], named: str = "", environment: Environment = PRODUCTION
) -> CapacityPlan:
    return CapacityPlan.collect(environment, documents(files), Named(refs(named)))


def documents(files: dict[str, str | bytes]) -> Documents:
    texts = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
    return Documents.collect(Sources({"repository": TextTree("repository", texts)}))


def refs(path: str) -> dict[str, tuple[Ref, ...]]:
    at = Location("repository", "readiness.yaml", keys=("evidence", "capacity"))
    return {"capacity": (Ref("repository", path, at),)} if path else {}


def entry(text: str) -> PlanEntry:
    (found,) = plan({"capacity.yaml": text}).entries
    return found


def one(body: str) -> str:
    return f"workloads:\n  - name: api\n    {body}\n"


WHOLE = """\
reviewed: 2026-10-20
reviewed-by: jane.doe
source: perf/2026-10-load-test.md
zones: 3
horizon-months: 2
workloads:
  - name: api
    environment: production
    demand: {peak-per-second: 420, trough-per-second: 60, growth-per-month: 3%, unit: requests}
    unit:
      capacity-per-second: 120
      startup-seconds: 35
      unit: requests
      load-test: perf/2026-10-load-test.md
      resources: {cpu: "1", memory: 1Gi}
    headroom: 30%
    expects: {replicas: 6, hpa: {min: 6, max: 12}, requests: {cpu: 500m}, limits: {memory: 1Gi}}
"""


def test_the_whole_plan_is_read() -> None:
    found = plan({"capacity.yaml": WHOLE})
    (api,) = found.entries
    assert (found.present, found.problems, api.problems) == (True, (), ())
    assert api.need(PEAK).value == 420
    assert api.need(CAPACITY).value == 120
    assert api.headroom is not None
    assert api.headroom.value == Fraction(3, 10)
    assert {name: value.value for name, value in api.expected()} == {
        "replicas": 6,
        "hpa.min": 6,
        "hpa.max": 12,
        "requests.cpu": Fraction(1, 2),
        "limits.memory": 2**30,
    }
    assert api.file.reviewed is not None
    assert str(api.file.reviewed.value) == "2026-10-20"


def test_each_number_knows_its_line() -> None:
    (api,) = plan({"capacity.yaml": WHOLE}).entries
    places = Places({"repository": TextTree("repository", {"capacity.yaml": WHOLE.encode()})})
    assert places.of(api.need(PEAK).at).line == 9
    assert places.of(api.need(CAPACITY).at).line == 11
    assert places.of(api.values["expects.hpa.max"].at).line == 17


def test_underscores_are_dashes() -> None:
    found = entry(one("demand: {peak_per_second: 420}\n    headroom_ratio: 1.5"))
    assert found.need(PEAK).value == 420
    assert found.headroom is not None
    assert found.headroom.value == Fraction(3, 2)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("headroom: 30%", Fraction(3, 10)),
        ("headroom: 0.3", Fraction(3, 10)),
        ("headroom: 150%", Fraction(3, 2)),
        ("headroom: 0%", Fraction(0)),
        ("target-utilisation: 70%", Fraction(3, 7)),
        ("headroom: {target-utilisation: 50%}", Fraction(1)),
        ("target-utilisation: 100%", Fraction(0)),
    ],
)
def test_headroom_in_each_spelling(written: str, share: Fraction) -> None:
    found = entry(one(written)).headroom
    assert found is not None
    assert found.value == share


@pytest.mark.parametrize("written", ["30", "1", "'30'", "1.5"])
def test_headroom_without_percent_is_unclear(written: str) -> None:
    found = entry(one(f"headroom: {written}"))
    (problem,) = found.problems
    assert problem.unclear
    with pytest.raises(Unknown, match="a percentage such as 30%"):
        _ = found.headroom


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("demand: {peak-per-second: TBD}", "demand.peak-per-second of api is 'TBD'; expected a number such"),
        ("demand: {peak-per-second: '?'}", "demand.peak-per-second of api is '?'; expected a number such"),
        ("demand: {peak-per-second: true}", "demand.peak-per-second of api is True; expected a number"),
        ("demand: {peak-per-second: [420]}", "demand.peak-per-second of api is list; expected a number"),
        ("demand: {peak-per-second: .nan}", "demand.peak-per-second of api is nan; expected a number"),
        ("demand: {peak-per-second: 0}", "demand.peak-per-second of api is 0; expected a number above 0"),
        ("unit: {capacity-per-second: -1}", "unit.capacity-per-second of api is -1; expected a number above"),
        ("unit: {resources: {cpu: lots}}", "unit.resources.cpu of api is 'lots'; expected"),
        ("demand: many", "demand of api is 'many' where a mapping is expected"),
        ("headroom: -10%", "headroom of api is '-10%'; expected a percentage from 0% up"),
        ("target-utilisation: 0%", "target-utilisation of api is '0%'; expected a utilisation such as 70%"),
        ("expects: {replicas: 2.5}", "expects.replicas of api is 2.5; expected a whole number such as 3"),
        ("unit: {load-test: TODO}", "unit.load-test of api is 'TODO'; expected a text"),
    ],
)  # fmt: skip
def test_what_is_no_such_value_is_a_problem(body: str, says: str) -> None:
    (problem,) = entry(one(body)).problems
    assert problem.message.startswith(says)
    assert not problem.unclear


@pytest.mark.parametrize(
    ("body", "says", "fix"),
    [
        (
            "haedroom: 30%",
            "haedroom of api is no key of a capacity plan; did you mean headroom?",
            "write headroom",
        ),
        ("demand: {peak: 420}", "demand.peak of api is no key of a capacity plan", ""),
        (
            "demand: {peak-per-minute: 25200}",
            "demand.peak-per-minute of api is per minute; the plan counts per second",
            "write demand.peak-per-second: 420 (25200 ÷ 60)",
        ),
    ],
)
def test_an_unknown_key_is_a_problem(body: str, says: str, fix: str) -> None:
    (problem,) = entry(one(body)).problems
    assert problem.message.startswith(says)
    assert fix in problem.fix


def test_null_is_left_out() -> None:
    found = entry(one("demand: {peak-per-second: ~}\n    headroom:"))
    assert (found.problems, found.headroom) == ((), None)
    with pytest.raises(Unknown, match=r"the plan says no demand.peak-per-second of api"):
        found.need(PEAK)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("workloads: api\n", "workloads of capacity.yaml is 'api' where a list is expected"),
        ("workloads: [api]\n", "a workload of the plan is 'api' where a mapping is expected"),
        ("workloads: [{demand: {}}]\n", "a workload of the plan has no name: left out"),
        ("reviewed: soon\nworkloads: []\n", "reviewed of the plan is 'soon'; expected a date such as"),
        ("reviewed: 2026-02-30\nworkloads: []\n", "reviewed of the plan is '2026-02-30'; expected a date"),
        ("zones: 0\nworkloads: []\n", "zones of the plan is 0; expected a whole number from 1 up"),
        ("zoness: 3\nworkloads: []\n", "zoness of the plan is no key of a capacity plan; did you mean"),
        ("horizon-months: 601\nworkloads: []\n", "horizon-months of the plan is 601; expected at most 600"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_whole_plan(text: str, says: str) -> None:
    (problem,) = plan({"capacity.yaml": text}).problems
    assert problem.message.startswith(says)


def test_a_broken_plan_is_unreadable_and_not_absent() -> None:
    found = plan({"capacity.yaml": "workloads:\n  - name: [\n"})
    (lost,) = found.unreadable
    assert (found.present, lost.kinds) == (False, CapacityPlan.kinds)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"capacity.yaml": "apiVersion: v1\nkind: ConfigMap\nworkloads: []\n"},
        {"capacity-reservation.yaml": "pools: []\n"},
        {"src/capacity.go": "workloads:\n"},
        {"chart/Chart.yaml": "name: x\n", "chart/templates/capacity.yaml": "workloads: {{ .Values.x }}\n"},
        {"capacity.md": "# Capacity\n\nWe have plenty.\n"},
        {"node_modules/x/capacity.yaml": "workloads: []\n"},
    ],
)
def test_what_is_no_plan_is_none(files: dict[str, str | bytes]) -> None:
    found = plan(files)
    assert (found.present, found.problems, found.unreadable) == (False, (), ())


def test_a_named_plan_that_is_missing_is_unreadable() -> None:
    found = plan({}, "plans/capacity.yaml")
    (lost,) = found.unreadable
    assert (found.present, found.problems, lost.at.file) == (False, (), "plans/capacity.yaml")
    assert "no such path" in lost.why


def test_a_named_plan_in_a_source_that_is_not_given_is_unreadable() -> None:
    named = Named({"capacity": (Ref("deploy", "capacity.yaml"),)})
    found = CapacityPlan.collect(PRODUCTION, documents({}), named)
    assert "source deploy is not given" in found.unreadable[0].why
    assert found.unreadable[0].fix == "name it with --source deploy=FOLDER"


def test_an_environment_that_names_its_own_plan_has_that_one() -> None:
    files: dict[str, str | bytes] = {"capacity.yaml": WHOLE, "eu.yaml": one("headroom: 10%")}
    own = PRODUCTION._replace(evidence=refs("eu.yaml"))
    (found,) = plan(files, "capacity.yaml", own).entries
    assert found.need(HEADROOM).value == Fraction(1, 10)


@pytest.mark.parametrize(
    ("said", "environment", "read"),
    [
        ("production", Environment("production"), True),
        ("production", Environment("eu-west", "production"), True),
        ("eu-west", Environment("eu-west", "production"), True),
        ("eu-west", Environment("us-east", "production"), False),
        ("production", Environment("staging", "staging"), False),
    ],
)
def test_a_line_speaks_of_its_environment(said: str, environment: Environment, read: bool) -> None:
    text = one(f"environment: {said}")
    assert bool(plan({"capacity.yaml": text}, environment=environment).entries) == read


def test_calls_are_indexed_by_whom_they_reach() -> None:
    found = plan(
        {"capacity.yaml": one("demand: {calls: [{to: db, per-request: 2.5}, {to: [], per-request: x}, 3]}")}
    )
    ((caller, calls),) = found.callers_of("db")
    assert (caller.name, calls.value) == ("api", Fraction(5, 2))


PAGE = """\
# Capacity

Reviewed: 2026-10-20
- **Source:** perf/2026-10.md
- Zones: 3

| Workload | Peak (requests/s) | Unit capacity [rps] | Headroom | Replicas | Notes |
| -------- | ----------------: | :-----------------: | -------- | -------- | ----- |
| `api`    | 3,420             | 120                 | 30 %     | 6        | a \\| b |
| [worker](../worker.md) | 90 msg/s | 40 msg/s       | 50%      |          |       |
| cache    | TBD               | 4000                | 30       | 3        |       |
"""


def test_a_table_is_a_plan_and_its_rows_have_lines() -> None:
    found = plan({"docs/capacity.md": PAGE})
    api, worker, cache = found.entries
    assert [one.at.line for one in found.entries] == [9, 10, 11]
    assert (api.name, api.need(PEAK).value, api.need(CAPACITY).value) == ("api", 3420, 120)
    assert api.need(PEAK).at.line == 9
    assert api.values["expects.replicas"].value == 6
    assert same_unit(api.values["demand.unit"].value, api.values["unit.unit"].value)
    assert (worker.name, worker.values["demand.unit"].value) == ("worker", "msg/s")
    assert "expects.replicas" not in worker.values
    assert [problem.unclear for problem in cache.problems] == [False, True]
    file = api.file
    assert (str(file.values["reviewed"].value), file.values["zones"].value) == ("2026-10-20", 3)
    assert file.values["reviewed"].at.line == 3
    assert file.values["source"].value == "perf/2026-10.md"


def test_headroom_in_percent_by_its_header() -> None:
    page = (
        "| service | demand [rps] | per pod [rps] | headroom (%) |\n|---|---|---|---|\n| api | 9 | 3 | 30 |\n"
    )
    (found,) = plan({"docs/ops/capacity-plan.md": page}).entries
    assert found.need(HEADROOM).value == Fraction(3, 10)


@pytest.mark.parametrize(
    "page",
    [
        "# Capacity\n\n| workload | needed at peak | what runs |\n|---|---|---|\n| api | 5 | 6 |\n",
        "```\n| workload | peak | unit capacity | headroom |\n|---|---|---|---|\n| api | 1 | 1 | 1% |\n```\n",
        "",
    ],
)
def test_a_page_without_such_a_table_is_unclear(page: str) -> None:
    (problem,) = plan({"docs/capacity.md": page}).problems
    assert problem.unclear
    assert problem.message.startswith("docs/capacity.md has no table with workload, peak, unit capacity")


def test_a_page_beside_a_plan_explains_it() -> None:
    found = plan({"capacity.yaml": WHOLE, "docs/capacity.md": PAGE})
    assert [one.name for one in found.entries] == ["api"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("rps", "requests/s", True),
        ("requests", "request", True),
        ("requests per second", "req/s", True),
        ("rps", "rpm", False),
        ("requests/s", "requests/min", False),
        ("requests", "messages", False),
        ("MB", "MiB", False),
        ("MiB/s", "MiB/s", True),
    ],
)
def test_units(one: str, other: str, same: bool) -> None:
    assert same_unit(one, other) == same


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)
KEYS = ["name", "demand", "unit", "headroom", "expects", "environment", "peak-per-second", "hpa", "reviewed"]


@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=5))
def test_no_value_makes_the_loader_crash(body: dict[str, Any]) -> None:
    import json

    text = json.dumps({"workloads": [{"name": "api", **body}], "reviewed": body.get("reviewed")})
    found = plan({"capacity.yaml": text}, "capacity.yaml")
    for line in found.entries:
        for field in line.values:
            assert line.get(field) is not None
    assert found.present or found.unreadable or found.problems


@given(st.text(alphabet="|-: \nabc123%[]()`~\\", max_size=200))
def test_no_page_makes_the_loader_crash(text: str) -> None:
    assert plan({"docs/capacity.md": text}, "docs/capacity.md").present
