"""What is said of an expression's labels holds for what Prometheus gives: seeded expressions, run by promtool."""

import json
import random
import re
import subprocess
from pathlib import Path

from readiness.evidence.promql import parsed
from tests import programs

LABELS = ("job", "pod", "team", "new")
SERIES = [
    {"series": f'{metric}{{job="{job}", pod="{pod}"{team}}}', "values": f"{value}+{value}x20"}
    for value, (metric, job, pod, team) in enumerate(
        [
            ("a", "x", "p1", ""), ("a", "x", "p2", ""), ("a", "y", "p3", ', team="red"'),
            ("b", "x", "p1", ', team="blue"'), ("b", "y", "p3", ""), ("c", "x", "p1", ', team="blue"'),
        ],
        start=1,
    )
]  # fmt: skip
NOTHING = ("nothing", 'nothing{job="x"}', 'nothing{job="x", team="x", job="x"}', 'nothing{job=~"x"}')
EXPRESSIONS = 600


def selector(draw: random.Random) -> str:
    matchers = draw.sample(
        ['job="x"', 'job=~"x|y"', 'pod!="p2"', 'team=""', 'team!=""', 'team="red"'], draw.randint(0, 2)
    )
    return f"{draw.choice('abc')}{{{', '.join(matchers)}}}"


def grouping(draw: random.Random) -> str:
    names = ", ".join(draw.sample(("job", "pod", "team"), draw.randint(0, 2)))
    return draw.choice(("", f"by ({names})", f"without ({names})"))


def matching(draw: random.Random) -> str:
    names = ", ".join(draw.sample(("job", "pod", "team"), draw.randint(1, 2)))
    on = draw.choice(("", f"on ({names})", f"ignoring ({names})"))
    return (
        f"{on} {draw.choice(('', 'group_left ()', 'group_left (team)', 'group_right (pod)'))}" if on else ""
    )


def expression(draw: random.Random, depth: int) -> str:
    if depth == 0:
        return draw.choice((selector(draw), f"rate({selector(draw)}[5m])", selector(draw), "vector(1)"))
    inner = expression(draw, depth - 1)
    other = expression(draw, depth - 1)
    return draw.choice(
        (
            f"{draw.choice(('sum', 'max', 'count', 'avg'))} {grouping(draw)} ({inner})",
            f"sum {grouping(draw)} ({inner})",
            f"topk {grouping(draw)} (2, {inner})",
            f'count_values {grouping(draw)} ("new", {inner})',
            f"({inner}) {draw.choice('+*/-')} {matching(draw)} ({other})",
            f"({inner}) {draw.choice(('>', '<', '==', '> bool'))} {matching(draw)} ({other})",
            f"({inner}) {draw.choice(('and', 'unless'))} {draw.choice(('', 'on (job)', 'ignoring (pod, team)'))} ({other})",
            f"({inner}) or ({other})",
            f"{draw.choice(('2 *', '100 >', '-', 'abs', 'sort'))} ({inner})",
            f'label_replace({inner}, "new", "{draw.choice(("v", "$1", ""))}", "job", "{draw.choice((".*", "(x)", "(.*)"))}")',
            f'label_replace({inner}, "team", "{draw.choice(("v", ""))}", "job", ".*")',
            f'label_join({inner}, "new", "-", "job", "team")',
            f"absent({selector(draw)} > 1e9)",
            f"absent({draw.choice(NOTHING)})",
        )
    )  # fmt: skip


def given_by_promtool(expressions: list[str], folder: Path) -> dict[str, list[dict[str, str]]]:
    """The labels of each sample that an expression gives; those that Prometheus refuses are left out."""
    tests = [
        {"expr": one, "eval_time": "15m", "exp_samples": [{"labels": "none{}", "value": 0}]}
        for one in expressions
    ]
    file = {
        "rule_files": [],
        "tests": [{"interval": "1m", "input_series": SERIES, "promql_expr_test": tests}],
    }
    (folder / "test.json").write_text(json.dumps(file))
    command = [str(programs.promtool()), "test", "rules", "test.json"]
    said = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
    found = {}
    parts = re.split(r'(?m)^ *expr: "', said.stdout + said.stderr)[1:]
    for part in parts:
        head, _, got = part.partition("got:")
        expr = json.loads('"' + head.split('", time:')[0] + '"')
        if "err:" not in part:
            found[expr] = [
                dict(re.findall(r'(\w+)="([^"]*)"', sample)) for sample in re.findall(r"\{([^{}]*)\}", got)
            ]
    return found


def test_labels_are_what_prometheus_gives(tmp_path: Path) -> None:
    draw = random.Random(20261124)
    expressions = [expression(draw, draw.randint(1, 3)) for _ in range(EXPRESSIONS)]
    given = given_by_promtool(expressions, tmp_path)
    samples = sum(map(len, given.values()))
    assert samples > 200, samples
    wrong = [
        (expr, label, sample)
        for expr, listed in given.items()
        for sample in listed
        for label in LABELS
        if not agrees(expr, label, sample)
    ]
    assert wrong == []


def agrees(expr: str, label: str, sample: dict[str, str]) -> bool:
    labels = parsed(expr).labels
    may = labels.may_have(label)
    return (may is None or may == (label in sample)) and labels.values.get(
        label, sample.get(label)
    ) == sample.get(label)
