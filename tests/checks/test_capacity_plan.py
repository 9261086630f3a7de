"""The checks of the capacity plan: on the good example, on faults of it, and on each side of each bound."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.capacity import (
    plan_covers_peak,
    plan_matches_manifests,
    plan_present_and_fresh,
    plan_survives_zone_loss,
)

from tests.faults import ORDERS, Fault, copy_of_orders, findings, judged, proofs, statuses, write

ALL: list[Any] = [plan_present_and_fresh, plan_covers_peak, plan_survives_zone_loss, plan_matches_manifests]
PLAN = "capacity.yaml"
RENDERED = "deploy/rendered/production.yaml"


def deployment(spec: str = "replicas: 6", name: str = "api", pod: str = "", limits: str = "") -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{app.kubernetes.io/name: {name}}}}}
spec:
  {spec}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      {pod or "hostNetwork: false"}
      containers:
        - name: {name}
          resources: {{requests: {{cpu: 500m, memory: 1Gi}}, limits: {{memory: 1Gi{limits}}}}}
"""


def service(name: str = "api", port: str = "http") -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {name}}}
  ports: [{{name: {port}, port: 80}}]
"""


def hpa(least: int | None = 2, most: int = 10, percent: int = 60) -> str:
    minimum = f"minReplicas: {least}" if least is not None else "minReplicas: null"
    return f"""\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: api}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: api}}
  {minimum}
  maxReplicas: {most}
  metrics: [{{type: Resource, resource: {{name: cpu, target: {{averageUtilization: {percent}}}}}}}]
"""


SPREAD = """topologySpreadConstraints:
        - topologyKey: topology.kubernetes.io/zone
          maxSkew: 1
          minDomains: 3
          whenUnsatisfiable: DoNotSchedule
          labelSelector: {matchLabels: {app: api}}
          matchLabelKeys: [pod-template-hash]"""


def plan(
    demand: str = "peak-per-second: 420, unit: requests",
    unit: str = "capacity-per-second: 120, unit: requests",
    rest: str = "headroom: 30%",
    top: str = "reviewed: 2026-10-20\nsource: perf/report.md\nzones: 3",
) -> str:
    return f"""\
{top}
workloads:
  - name: api
    demand: {{{demand}}}
    unit: {{{unit}}}
    {rest}
"""


def tree(tmp_path: Path, *objects: str, capacity: str | None = None, **files: str) -> Path:
    texts = {"deploy.yaml": "---\n".join(objects), **files}
    if capacity is not None:
        texts["capacity.yaml"] = capacity
    return write(tmp_path, texts)


def said(check: Any, where: Path, **settings: Any) -> list[str]:
    return [found.message for found in findings(check, where, **settings)]


@pytest.mark.parametrize("check", ALL)
def test_orders_has_no_finding_and_proves_it(check: Any) -> None:
    assert findings(check, ORDERS) == []
    assert proofs(check, ORDERS)
    assert statuses(check, ORDERS) == {"staging": "not-applicable", "production": "pass"}


# Whether there is a plan, and a recent one


def test_no_plan_is_one_finding_with_the_plan_to_write(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(), service(), deployment(name="web"), service("web"))
    (found,) = findings(plan_present_and_fresh, where)
    assert found.message == "orders has no capacity plan; 2 workloads need one: api, web"
    assert found.finding.about is not None
    assert found.finding.about.kind == "Service"
    assert found.finding.fix == (
        "run readiness init, or write capacity.yaml:\n"
        "reviewed: TODO\nsource: TODO\nzones: TODO\nworkloads:\n"
        "  - name: api\n    demand: {peak-per-second: TODO, unit: TODO}\n"
        "    unit: {capacity-per-second: TODO, unit: TODO}\n    headroom: TODO\n"
        "  - name: web\n    demand: {peak-per-second: TODO, unit: TODO}\n"
        "    unit: {capacity-per-second: TODO, unit: TODO}\n    headroom: TODO"
    )


@pytest.mark.parametrize("check", [plan_covers_peak, plan_survives_zone_loss, plan_matches_manifests])
def test_no_plan_is_no_second_finding(tmp_path: Path, check: Any) -> None:
    (outcome,) = judged(check, tree(tmp_path, deployment(), service())).outcomes
    assert outcome.status == "not-applicable"
    assert outcome.results[0].reason.startswith("no capacity plan found; looked for capacity*.yaml")


def test_the_plan_that_the_fix_prints_is_a_plan_with_everything_to_fill_in(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(), service())
    (found,) = findings(plan_present_and_fresh, where)
    write(tmp_path, {"capacity.yaml": found.finding.fix.partition("\n")[2]})
    messages = said(plan_present_and_fresh, where)
    assert "demand.peak-per-second of api is 'TODO'; expected a number such as 420" in messages
    assert "unit.capacity-per-second of api is 'TODO'; expected a number such as 420" in messages
    assert "reviewed of the plan is 'TODO'; expected a date such as 2026-10-20" in messages


@pytest.mark.parametrize(
    "objects",
    [
        (deployment(),),  # no Service, no scaler
        (deployment("replicas: 0"), service()),
        (deployment(), service(port="http-metrics")),
        (deployment(), service(port="https-webhook")),
        (deployment().replace("kind: Deployment", "kind: DaemonSet"), service()),
        (deployment().replace("apps/v1", "batch/v1").replace("kind: Deployment", "kind: Job"), service()),
    ],
)
def test_what_no_demand_reaches_needs_no_plan(tmp_path: Path, objects: tuple[str, ...]) -> None:
    assert statuses(plan_present_and_fresh, tree(tmp_path, *objects)) == {"default": "not-applicable"}


def test_a_scaled_consumer_needs_a_plan(tmp_path: Path) -> None:
    messages = said(plan_present_and_fresh, tree(tmp_path, deployment(), hpa()))
    assert messages == ["orders has no capacity plan; api needs one"]


def test_a_workload_that_the_plan_forgot(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(), service(), deployment(name="web"), service("web"), capacity=plan())
    (found,) = findings(plan_present_and_fresh, where)
    assert found.message == (
        "web has no line in the capacity plan capacity.yaml, and demand reaches it through Service web"
    )
    assert "- name: web" in found.finding.fix


@pytest.mark.parametrize(
    ("fault", "says", "line"),
    [
        (Fault(PLAN, "peak-per-second: 420", "peak-per-second: TBD"),
         "demand.peak-per-second of orders-api is 'TBD'; expected a number such as 420", 10),
        (Fault(PLAN, "peak-per-second: 420, ", ""), "the plan of orders-api has no demand at the peak", 8),
        (Fault(PLAN, "peak-per-second: 420", "peak-per-minute: 25200"),
         "demand.peak-per-minute of orders-api is per minute; the plan counts per second", 10),
        (Fault(PLAN, "unit: requests\n", "unit: rpm\n"),
         "the plan of orders-api counts demand in requests and capacity in rpm", 14),
        (Fault(PLAN, "    headroom: 30%\n", ""), "the plan of orders-api has no headroom", 8),
        (Fault(PLAN, "    headroom: 30%\n", "    headrom: 30%\n    headroom: 30%\n"),
         "headrom of orders-api is no key of a capacity plan; did you mean headroom?", 17),
        (Fault(PLAN, "reviewed: 2026-10-20", "reviewed: 2026-12-01"),
         "capacity.yaml says that it was reviewed on 2026-12-01, 7 days after today", 2),
        (Fault(PLAN, "reviewed: 2026-10-20", "reviewed: 2026-08-25"),
         "capacity.yaml was reviewed on 2026-08-25, 91 days ago; 90 are allowed", 2),
    ],
    ids=str,
)  # fmt: skip
def test_fault_of_the_plan_is_found(tmp_path: Path, fault: Fault, says: str, line: int) -> None:
    (found,) = findings(plan_present_and_fresh, fault.seed(copy_of_orders(tmp_path)))
    assert (found.message, found.at.line) == (says, line)


@pytest.mark.parametrize(
    "edit",
    [
        Fault(PLAN, "reviewed: 2026-10-20", "reviewed: 2026-08-26"),  # 90 days
        Fault(PLAN, "reviewed: 2026-10-20", "reviewed: 2026-11-24"),
        Fault(PLAN, "unit: requests\n", "unit: request\n"),
        Fault(PLAN, "headroom: 30%", "target-utilisation: 75%"),
    ],
    ids=str,
)
def test_look_alike_of_the_plan_is_left_alone(tmp_path: Path, edit: Fault) -> None:
    assert findings(plan_present_and_fresh, edit.seed(copy_of_orders(tmp_path))) == []


def test_the_age_is_that_of_the_tier(tmp_path: Path) -> None:
    where = Fault(PLAN, "reviewed: 2026-10-20", "reviewed: 2026-05-28").seed(copy_of_orders(tmp_path))
    assert len(findings(plan_present_and_fresh, where, tier=1)) == 1
    assert findings(plan_present_and_fresh, where, tier=2) == []  # 180 days
    assert len(findings(plan_present_and_fresh, where, tier=2, max_age="179d")) == 1


def test_a_plan_that_nobody_dates_is_unknown(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(), service(), capacity=plan(top="source: x\nzones: 3"))
    ((result,),) = [one.results for one in judged(plan_present_and_fresh, where).outcomes]
    assert (result.status, result.reason) == ("unknown", "capacity.yaml does not say when it was reviewed")


def test_a_plan_without_a_source_says_nothing_of_where_it_was_measured(tmp_path: Path) -> None:
    capacity = plan(top="reviewed: 2026-10-20\nzones: 3")
    messages = said(plan_present_and_fresh, tree(tmp_path, deployment(), service(), capacity=capacity))
    assert messages == ["the plan of api does not say where its numbers were measured"]


def test_a_load_test_of_the_workload_is_a_source(tmp_path: Path) -> None:
    capacity = plan(unit="capacity-per-second: 120, load-test: perf/x.md", top="reviewed: 2026-10-20")
    assert said(plan_present_and_fresh, tree(tmp_path, deployment(), service(), capacity=capacity)) == []


def test_numbers_that_are_the_same_everywhere_look_like_placeholders(tmp_path: Path) -> None:
    names = ("api", "web", "mail")
    objects = [text for name in names for text in (deployment(name=name), service(name))]
    lines = plan().partition("workloads:\n")
    same = lines[0] + lines[1] + "".join(lines[2].replace("api", name) for name in names)
    (found,) = findings(plan_present_and_fresh, tree(tmp_path, *objects, capacity=same))
    assert found.message == (
        "all 3 workloads of the plan have a peak of 420 and a capacity of 120: these look like placeholders"
    )
    assert found.finding.at_most == "warning"
    write(tmp_path, {"capacity.yaml": same.replace("420", "421", 1)})
    assert findings(plan_present_and_fresh, tmp_path) == []


def test_a_broken_plan_is_unknown_and_no_missing_plan(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(), service(), capacity="workloads:\n  - name: [\n")
    for check in ALL:
        assert statuses(check, where) == {"default": "unknown"}


def test_headroom_that_can_be_meant_in_two_ways_is_unknown(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(), service(), capacity=plan(rest="headroom: 30"))
    assert statuses(plan_present_and_fresh, where) == {"default": "unknown"}
    assert statuses(plan_covers_peak, where) == {"default": "unknown"}


def test_a_page_without_a_plan_in_it_is_unknown(tmp_path: Path) -> None:
    where = write(
        tree(tmp_path, deployment(), service()), {"docs/capacity.md": "# Capacity\n\nAsk the team.\n"}
    )
    assert statuses(plan_present_and_fresh, where) == {"default": "unknown"}


def test_a_plan_of_other_workloads_is_not_for_what_was_merely_found(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(name="web"), service("web"), capacity=plan())
    assert statuses(plan_present_and_fresh, where) == {"default": "not-applicable"}


def test_a_markdown_plan_is_held_as_well(tmp_path: Path) -> None:
    page = (
        "Reviewed: 2026-10-20\nSource: perf/report.md\nZones: 3\n\n"
        "| workload | peak (rps) | unit capacity (rps) | headroom | replicas |\n|---|---|---|---|---|\n"
        "| api | 420 | 120 | 30% | 4 |\n"
    )
    where = write(tree(tmp_path, deployment("replicas: 4"), service()), {"docs/capacity.md": page})
    assert findings(plan_present_and_fresh, where) == []
    (found,) = findings(plan_covers_peak, where)
    peak = next(one for one in found.finding.operands if one.name == "peak")
    assert (peak.value, peak.at.line if peak.at else None) == (420, 7)


# Whether it covers the peak


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(RENDERED, "maxReplicas: 12", "maxReplicas: 4"),
         "orders-api scales to 4 replicas, 5 are needed at the peak: 4 × 120 = 480 < "
         "420 × 1.03^3 × 1.3 = 596.629 requests/s"),
        (Fault(PLAN, "peak-per-second: 90,", "peak-per-second: 200,"),
         "orders-worker runs 5 replicas, 9 are needed at the peak: 5 × 40 = 200 < "
         "200 × 1.03^3 × 1.5 = 327.818 messages/s"),
        (Fault(PLAN, "trough-per-second: 60", "trough-per-second: 600"),
         "orders-api is scaled down to 6, 7 are needed at the trough: 6 × 120 = 720 < "
         "600 × 1.3 = 780 requests/s"),
    ],
    ids=str,
)  # fmt: skip
def test_fault_of_the_peak_is_found(tmp_path: Path, fault: Fault, says: str) -> None:
    (found,) = findings(plan_covers_peak, fault.seed(copy_of_orders(tmp_path)))
    assert found.message == says
    assert found.at.file == RENDERED
    assert found.at.line is not None


@pytest.mark.parametrize(("replicas", "enough"), [(4, False), (5, True)])
def test_replicas_on_each_side_of_the_need(tmp_path: Path, replicas: int, enough: bool) -> None:
    where = tree(tmp_path, deployment(f"replicas: {replicas}"), capacity=plan())
    messages = said(plan_covers_peak, where)
    assert messages == (
        []
        if enough
        else ["api runs 4 replicas, 5 are needed at the peak: 4 × 120 = 480 < 420 × 1.3 = 546 requests/s"]
    )


def test_the_fix_holds_the_smallest_number_that_is_enough(tmp_path: Path) -> None:
    (found,) = findings(plan_covers_peak, tree(tmp_path, deployment("replicas: 4"), capacity=plan()))
    assert found.finding.fix == "raise spec.replicas to 5: 5 × 120 = 600 ≥ 420 × 1.3 = 546 requests/s"
    assert (found.at.file, found.at.line) == ("deploy.yaml", 5)
    assert [(one.name, one.value) for one in found.finding.operands] == [
        ("replicas", 4),
        ("peak", 420),
        ("capacity of one replica", 120),
        ("headroom", 30),
    ]
    scaled = findings(plan_covers_peak, tree(tmp_path, deployment(""), hpa(most=4), capacity=plan()))
    assert scaled[0].finding.fix.startswith("raise maxReplicas of api to 5: 5 × 120 = 600 ≥")


def test_replicas_left_out_are_one(tmp_path: Path) -> None:
    (found,) = findings(plan_covers_peak, tree(tmp_path, deployment(""), capacity=plan()))
    assert found.finding.operands[0].name == "replicas (default of the Kubernetes API server)"
    assert found.finding.operands[0].value == 1


def test_an_exact_multiple_needs_no_more(tmp_path: Path) -> None:
    exact = plan("peak-per-second: 900", "capacity-per-second: 300", "headroom: 0%")
    where = tree(tmp_path, deployment("replicas: 3"), capacity=exact)
    assert said(plan_covers_peak, where, min_headroom="0%") == []
    assert len(said(plan_covers_peak, where)) == 1  # 30 % by default


@pytest.mark.parametrize(
    ("rest", "settings", "enough"),
    [
        ("headroom: 50%", {}, False),
        ("target-utilisation: 70%", {}, True),  # 420 ÷ 0.7 = 600 = 5 × 120
        ("target-utilisation: 69%", {}, False),
        ("headroom: 10%", {"min_headroom": "50%"}, False),
        ("headroom: 30%", {"min_horizon_months": 12}, True),  # no growth in the plan
    ],
)
def test_headroom_of_plan_and_checklist(
    tmp_path: Path, rest: str, settings: dict[str, Any], enough: bool
) -> None:
    where = tree(tmp_path, deployment("replicas: 5"), capacity=plan(rest=rest))
    assert (said(plan_covers_peak, where, **settings) == []) == enough


def test_growth_counts_over_the_horizon(tmp_path: Path) -> None:
    growing = plan("peak-per-second: 420, growth-per-month: 4%")
    where = tree(tmp_path, deployment("replicas: 5"), capacity=growing)
    assert said(plan_covers_peak, where) == []
    assert said(plan_covers_peak, where, min_horizon_months=2) == []  # 420 × 1.04² × 1.3 = 590.6
    assert len(said(plan_covers_peak, where, min_horizon_months=3)) == 1


def test_a_global_plan_is_shared_among_its_clusters(tmp_path: Path) -> None:
    shared = plan(top="reviewed: 2026-10-20\nsource: x\nzones: 3\nscope: global\nclusters: 2")
    where = tree(tmp_path, deployment("replicas: 3"), capacity=shared)
    assert said(plan_covers_peak, where) == []  # 210 × 1.3 = 273 ≤ 360


def test_callers_bring_their_peak_along(tmp_path: Path) -> None:
    text = plan() + (
        "  - name: web\n    demand: {peak-per-second: 300, calls: [{to: api, per-request: 2}]}\n"
        "    unit: {capacity-per-second: 300}\n    headroom: 30%\n"
    )
    where = tree(tmp_path, deployment("replicas: 9"), deployment(name="web"), capacity=text)
    assert said(plan_covers_peak, where) == [
        "api is planned for a peak of 420, and its callers send 300 × 2 (web) = 600"
    ]
    write(tmp_path, {"capacity.yaml": text.replace("420", "600")})
    assert said(plan_covers_peak, tmp_path) == []


@pytest.mark.parametrize(
    ("measured", "limits", "expected"),
    [
        ("cpu: 500m", "", []),
        ("cpu: '1'", "", ["warning"]),  # the request is smaller, nothing limits it
        ("cpu: '1'", ", cpu: 500m", [None]),
        ("cpu: '1'", ", cpu: '1'", ["warning"]),
        ("memory: 1024Mi", "", []),
        ("memory: 2Gi", "", [None]),
    ],
)
def test_capacity_measured_on_larger_pods_does_not_transfer(
    tmp_path: Path, measured: str, limits: str, expected: list[str | None]
) -> None:
    capacity = plan(unit=f"capacity-per-second: 120, resources: {{{measured}}}")
    found = findings(plan_covers_peak, tree(tmp_path, deployment(limits=limits), capacity=capacity))
    assert [one.finding.at_most for one in found] == expected
    assert all("does not transfer" in one.message for one in found)


def test_demand_and_capacity_in_different_units_are_unknown(tmp_path: Path) -> None:
    capacity = plan(unit="capacity-per-second: 120, unit: rpm")
    assert statuses(plan_covers_peak, tree(tmp_path, deployment(), capacity=capacity)) == {
        "default": "unknown"
    }


def test_a_deployment_that_a_rollout_runs_is_not_judged(tmp_path: Path) -> None:
    # Reduced from argo-rollouts, examples/rollout-template-ref.yaml
    rollout = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: api}\nspec:\n  replicas: 5\n"
        "  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: api}\n"
    )
    where = tree(tmp_path, deployment("replicas: 0"), rollout, service(), capacity=plan())
    assert said(plan_covers_peak, where) == []
    assert said(plan_present_and_fresh, where) == []
    assert [proof.message for proof in proofs(plan_covers_peak, where)] == [
        "api: 5 × 120 = 600 ≥ 420 × 1.3 = 546 requests/s, 42.86 % above the peak"
    ]


def test_a_name_label_joins_and_two_of_it_are_unknown(tmp_path: Path) -> None:
    labelled = deployment("replicas: 4", name="api-v2").replace("name: api-v2}}", "name: api}}", 1)
    assert len(said(plan_covers_peak, tree(tmp_path, labelled, capacity=plan()))) == 1
    twice = labelled.replace("name: api-v2,", "name: api-v3,")
    where = tree(tmp_path, labelled, twice, capacity=plan())
    (outcome,) = judged(plan_covers_peak, where).outcomes
    assert outcome.status == "unknown"
    assert outcome.results[0].reason == "the plan's api can be Deployment api-v2 and Deployment api-v3"
    named = plan(rest="headroom: 30%\n    workload: api-v3")
    assert len(said(plan_covers_peak, tree(tmp_path, labelled, twice, capacity=named))) == 1


def test_two_lines_of_one_workload_are_unknown(tmp_path: Path) -> None:
    twice = plan() + plan().partition("workloads:\n")[2]
    assert statuses(plan_covers_peak, tree(tmp_path, deployment(), capacity=twice)) == {"default": "unknown"}


def test_a_scaler_that_was_not_read_is_unknown(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment("replicas: 4"), capacity=plan())
    write(where, {"hpa.yaml": "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: [\n"})
    assert said(plan_covers_peak, where) == []
    assert statuses(plan_covers_peak, where) == {"default": "unknown"}


# Whether it survives the loss of a zone


def zoned(tmp_path: Path, replicas: int, pod: str = SPREAD, **settings: str) -> Path:
    return tree(tmp_path, deployment(f"replicas: {replicas}", pod=pod), capacity=plan(**settings))


@pytest.mark.parametrize(
    ("replicas", "says"),
    [
        (5, ["api keeps 3 of 5 replicas when its fullest zone is lost: 3 × 120 = 360 < 420 requests/s"]),
        (6, []),  # 6 − 2 = 4, 480 ≥ 420
    ],
)
def test_replicas_on_each_side_of_survival(tmp_path: Path, replicas: int, says: list[str]) -> None:
    assert said(plan_survives_zone_loss, zoned(tmp_path, replicas)) == says


def test_the_fix_holds_the_smallest_number_that_survives(tmp_path: Path) -> None:
    (found,) = findings(plan_survives_zone_loss, zoned(tmp_path, 5))
    assert found.finding.fix == "run at least 6 (spec.replicas): 6 − 2 = 4, 4 × 120 = 480 ≥ 420"
    assert found.at.line == 5
    assert [(one.name, one.value) for one in found.finding.operands] == [
        ("replicas at the peak", 5),
        ("zones", 3),
        ("most in one zone", 2),
        ("peak", 420),
        ("capacity of one replica", 120),
    ]


@pytest.mark.parametrize(
    ("pod", "because", "at_most"),
    [
        ("", "since nothing keeps them from being all in one", None),
        (SPREAD.replace("DoNotSchedule", "ScheduleAnyway"), "since its spread is ScheduleAnyway", "warning"),
        (SPREAD.replace("app: api", "app: web"), "since the selector of its topology spread misses", None),
        (SPREAD.replace("{matchLabels: {app: api}}", "null"), "since the selector of its topology", None),
        (SPREAD.replace("kubernetes.io/zone", "kubernetes.io/rack"), "since nothing keeps them", None),
    ],
)  # fmt: skip
def test_a_spread_that_guarantees_nothing(
    tmp_path: Path, pod: str, because: str, at_most: str | None
) -> None:
    (found,) = findings(plan_survives_zone_loss, zoned(tmp_path, 9, pod))
    assert found.message.startswith("api keeps 0 of 9 replicas when its fullest zone is lost, " + because)
    assert found.finding.at_most == at_most
    assert "whenUnsatisfiable DoNotSchedule; and run at least 6 (spec.replicas)" in found.finding.fix


@pytest.mark.parametrize(
    ("pod", "zones"),
    [(SPREAD, 1), (SPREAD + "\n      nodeSelector: {topology.kubernetes.io/zone: eu-1a}", 3)],
)
def test_one_zone_is_lost_with_everything(tmp_path: Path, pod: str, zones: int) -> None:
    where = zoned(tmp_path, 9, pod, top=f"reviewed: 2026-10-20\nsource: x\nzones: {zones}")
    (found,) = findings(plan_survives_zone_loss, where)
    assert found.message == (
        "api keeps 0 of 9 replicas when its fullest zone is lost, and there is only one zone: "
        "0 × 120 = 0 < 420 requests/s"
    )


def test_pods_that_anti_affinity_keeps_apart_survive(tmp_path: Path) -> None:
    apart = (
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: ["
        "{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: api}}}]}}"
    )
    capacity = plan("peak-per-second: 200", top="reviewed: 2026-10-20\nsource: x\nzones: 3")
    where = tree(tmp_path, deployment("replicas: 3", pod=apart), capacity=capacity)
    assert said(plan_survives_zone_loss, where) == []  # 2 × 120 = 240
    preferred = where / "deploy.yaml"
    preferred.write_text(preferred.read_text().replace("required", "preferred"))
    assert len(said(plan_survives_zone_loss, where)) == 1


@pytest.mark.parametrize(
    ("removed", "adds"),
    [
        ("          minDomains: 3\n", "minDomains: 3"),
        ("\n          matchLabelKeys: [pod-template-hash]", "matchLabelKeys: [pod-template-hash]"),
    ],
)
def test_what_the_sum_takes_for_granted_is_a_note(tmp_path: Path, removed: str, adds: str) -> None:
    (found,) = findings(plan_survives_zone_loss, zoned(tmp_path, 6, SPREAD.replace(removed, "")))
    assert found.finding.at_most == "note"
    assert found.finding.fix == f"add {adds} to the topologySpreadConstraint"
    assert proofs(plan_survives_zone_loss, tmp_path)


def test_node_pools_in_every_zone_are_a_guarantee(tmp_path: Path) -> None:
    top = "reviewed: 2026-10-20\nsource: x\nzones: 3\nnode-pools: [{name: main, zones: 3}]"
    pod = SPREAD.replace("          minDomains: 3\n", "")
    assert said(plan_survives_zone_loss, zoned(tmp_path, 6, pod, top=top)) == []


def test_zones_that_nobody_counts_are_unknown_until_the_checklist_does(tmp_path: Path) -> None:
    where = zoned(tmp_path, 6, top="reviewed: 2026-10-20\nsource: x")
    assert statuses(plan_survives_zone_loss, where) == {"default": "unknown"}
    assert said(plan_survives_zone_loss, where, zones=3) == []


def test_a_scaled_workload_runs_what_its_plan_needs(tmp_path: Path) -> None:
    objects = (deployment("", pod=SPREAD), hpa(2, 12, 60))
    where = tree(tmp_path, *objects, capacity=plan())
    # needed: ⌈546 ÷ 120⌉ = 5, of which 3 are left; at rest: ⌈420 ÷ (120 × 0.6)⌉ = 6, of which 4 are left
    (found,) = findings(plan_survives_zone_loss, where)
    assert found.message.startswith("api keeps 3 of 5 replicas")
    assert found.finding.fix.startswith("run at least 6 (minReplicas of api)")
    assert said(plan_survives_zone_loss, where, pods_at_peak="at-target") == []
    kept = tree(tmp_path, deployment("", pod=SPREAD), hpa(6, 12), capacity=plan())
    assert said(plan_survives_zone_loss, kept) == []


def test_room_after_the_loss(tmp_path: Path) -> None:
    where = zoned(tmp_path, 6)
    assert said(plan_survives_zone_loss, where, headroom_after_loss="14%") == []  # 478.8
    assert len(said(plan_survives_zone_loss, where, headroom_after_loss="15%")) == 1


# Whether plan and manifests agree


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(PLAN, "hpa: {min: 6, max: 12}", "hpa: {min: 6, max: 14}"),
         "orders-api has hpa.max 12, the plan expects 14"),
        (Fault(PLAN, 'requests: {cpu: "1", memory: 1Gi}', 'requests: {cpu: "2", memory: 1Gi}'),
         "orders-api has requests.cpu 1, the plan expects 2"),
        (Fault(PLAN, "limits: {memory: 1Gi}", "limits: {memory: 1G}"),
         "orders-api has limits.memory 1Gi, the plan expects 1G"),
        (Fault(PLAN, "limits: {memory: 1Gi}", "limits: {memory: 1Gi, cpu: 1}"),
         "orders-api sets no cpu in its limits, and the plan expects 1"),
        (Fault(PLAN, "replicas: 5", "replicas: 4"), "orders-worker has replicas 5, the plan expects 4"),
        (Fault(PLAN, "replicas: 5", "hpa: {min: 5, max: 9}"),
         "orders-worker has no scaler, and the plan expects hpa.min 5"),
        (Fault(PLAN, "  - name: orders-worker", "  - name: order-worker"),
         "order-worker stands in the capacity plan, and production runs no workload of that name"),
    ],
    ids=str,
)  # fmt: skip
def test_difference_is_found(tmp_path: Path, fault: Fault, says: str) -> None:
    assert says in said(plan_matches_manifests, fault.seed(copy_of_orders(tmp_path)))


@pytest.mark.parametrize(
    "edit",
    [
        Fault(PLAN, 'requests: {cpu: "1", memory: 1Gi}', "requests: {cpu: 1000m, memory: 1024Mi}"),
        Fault(PLAN, "hpa: {min: 6, max: 12}", "replicas: 8"),  # between 6 and 12: the scaler's matter
        Fault(PLAN, "    environment: production\n    demand: {peak-per-second: 90,",
              "    environment: staging\n    demand: {peak-per-second: 90,"),
    ],
    ids=str,
)  # fmt: skip
def test_look_alike_of_a_difference_is_left_alone(tmp_path: Path, edit: Fault) -> None:
    assert said(plan_matches_manifests, edit.seed(copy_of_orders(tmp_path))) == []


@pytest.mark.parametrize(("tolerance", "differs"), [("0%", True), ("19%", True), ("20%", False)])
def test_tolerance_on_each_side(tmp_path: Path, tolerance: str, differs: bool) -> None:
    where = tree(tmp_path, deployment("replicas: 6"), capacity=plan(rest="expects: {replicas: 5}"))
    assert bool(said(plan_matches_manifests, where, tolerance=tolerance)) == differs


def test_both_places_of_a_difference_are_named(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment("replicas: 6"), capacity=plan(rest="expects: {replicas: 5}"))
    (found,) = findings(plan_matches_manifests, where)
    assert found.finding.fix == "set replicas to 5, or correct the plan to 6"
    assert (found.at.file, found.at.line) == ("deploy.yaml", 5)
    planned = found.finding.operands[1]
    assert planned.at is not None
    assert planned.at.file == "capacity.yaml"


def test_a_figure_of_all_clusters_is_that_of_all(tmp_path: Path) -> None:
    top = "reviewed: 2026-10-20\nsource: x\nscope: global\nclusters: 2"
    where = tree(tmp_path, deployment("replicas: 3"), capacity=plan(rest="expects: {replicas: 6}", top=top))
    assert said(plan_matches_manifests, where) == []


def test_a_pod_with_a_sidecar_fits_by_container_or_by_pod(tmp_path: Path) -> None:
    pod = deployment().replace("      containers:\n", "      containers:\n        - name: proxy\n"
                               "          resources: {requests: {cpu: 100m}}\n")  # fmt: skip
    for cpu, differs in (("500m", False), ("600m", False), ("700m", True)):
        rest = f"expects: {{requests: {{cpu: {cpu}}}}}"
        assert bool(said(plan_matches_manifests, tree(tmp_path, pod, capacity=plan(rest=rest)))) == differs


def test_figures_that_no_manifest_has_are_not_compared(tmp_path: Path) -> None:
    where = tree(tmp_path, deployment(), capacity=plan(rest="expects: {pool-size: 8, heap-mib: 512}"))
    assert statuses(plan_matches_manifests, where) == {"default": "not-applicable"}
