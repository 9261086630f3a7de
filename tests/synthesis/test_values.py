"""Values and words are those of Prometheus, held against promtool where it is."""

import subprocess
from pathlib import Path

import pytest
import yaml

from readiness.evidence.promql import parsed
from readiness.synthesis.values import Data, NotComputed, Sample, Series, computed
from readiness.synthesis.wording import NotFilled, filled, number
from tests.programs import promtool

SERIES = {
    'a{job="x", pod="p1"}': "0+60x20",
    'a{job="x", pod="p2"}': "5+30x20",
    'b{job="x", pod="p1"}': "4 2 8 6 1 1 3 9 9 2 0 4 4 4 5 6 7 8 9 1 2",
    'c_bucket{le="0.5"}': "0+1x20",
    'c_bucket{le="1"}': "0+3x20",
    'c_bucket{le="+Inf"}': "0+4x20",
    'd{job="x"}': "7x20",
}
EXPRESSIONS = [
    "a", "rate(a[5m])", "increase(a[7m])", "irate(b[5m])", "delta(b[5m])", "idelta(b[5m])", "deriv(b[10m])",
    "predict_linear(b[10m], 600)", "changes(b[10m])", "resets(b[10m])", "avg_over_time(b[10m])",
    "max_over_time(b[10m])", "sum_over_time(b[10m])", "count_over_time(b[10m])", "quantile_over_time(0.3, b[10m])",
    "stddev_over_time(b[10m])", "sum by (job) (a)", "sum without (pod) (a)", "avg(a)", "count(a)", "min(a)", "max(a)",
    "quantile(0.4, a)", "stddev(a)", "topk(1, a)", "a / on (job) group_left d", "a > on (job) group_left () d",
    "a and on (pod) b", "a unless on (pod) b", "d or a", "a > 700", "a > bool 700", "700 < a", "-a", "2 ^ d", "d % 4",
    "histogram_quantile(0.9, rate(c_bucket[5m]))", "histogram_quantile(0.2, c_bucket)", "absent(nothing{x=\"y\"})",
    "absent(a)", "label_replace(d, \"to\", \"$1-z\", \"job\", \"(.*)\")", "label_join(a, \"to\", \"+\", \"job\", \"pod\")",
    "time() - d", "scalar(d) * a", "vector(3)", "clamp_max(a, 100)", "round(b / 3)", "max_over_time(rate(a[2m])[10m:1m])",
    "a offset 3m", "count_values(\"v\", d)", "ceil(b / 4) + floor(b / 4)", "abs(b - 9)", "sgn(b - 9)", "sqrt(d)",
]  # fmt: skip


def data() -> Data:
    found = []
    for selector, values in SERIES.items():
        (read,) = parsed(selector).selectors
        labels = {"__name__": read.metric, **{one.name: one.value for one in read.matchers}}
        found.append(Series(labels, tuple(_samples(values))))
    return Data(found, 60)


def _samples(values: str) -> list[float]:
    if "x" not in values:
        return [float(one) for one in values.split()]
    line, _, count = values.partition("x")
    first, _, step = line.partition("+")
    return [float(first) + float(step or 0) * index for index in range(int(count) + 1)]


def test_values_are_those_of_promtool(tmp_path: Path) -> None:
    series = [{"series": name, "values": values} for name, values in SERIES.items()]
    tests = []
    for expr in EXPRESSIONS:
        found = computed(parsed(expr).node, data(), 1200)
        assert not isinstance(found, float)
        samples = [{"labels": _spelled(one), "value": one.value} for one in found]
        tests.append({"expr": expr, "eval_time": "20m", "exp_samples": samples})
    test = {"interval": "1m", "input_series": series, "promql_expr_test": tests}
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}))
    done = subprocess.run(
        [str(promtool()), "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _spelled(one: Sample) -> str:
    labels = dict(one.labels)
    name = labels.pop("__name__", "")
    return name + "{" + ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items())) + "}"


@pytest.mark.parametrize("expr", ["holt_winters(a[5m], 0.1, 0.1)", "a @ 5", "a * b", "atan2(a, b)"])
def test_what_is_not_known_is_said(expr: str) -> None:
    try:
        node = parsed(expr).node
    except ValueError:
        return
    with pytest.raises(NotComputed):
        computed(
            node,
            Data([*data().series, Series({"__name__": "a", "pod": "p1", "job": "x"}, (1.0,) * 21)], 60),
            1200,
        )


@pytest.mark.parametrize(
    ("template", "value", "text"),
    [
        ("{{ $value }}", 1e6, "1000000"),
        ("{{ $value }}", 0.1, "0.1"),
        ("{{ .Value }}", 1e21, "1e+21"),
        ("{{ $value }}", 0.00001, "1e-05"),
        ("{{ $value | humanize }}", 1234567.0, "1.235M"),
        ("{{ $value | humanize }}", 0.0012, "1.2m"),
        ("{{ humanize1024 $value }}", 1048576.0, "1Mi"),
        ("{{ $value | humanizePercentage }}", 0.1234, "12.34%"),
        ("{{ $value | humanizeDuration }}", 93784.0, "1d 2h 3m 4s"),
        ("{{ $value | humanizeDuration }}", 125.0, "2m 5s"),
        ("{{ $value | humanizeDuration }}", 1.52, "1.52s"),
        ("{{ $value | humanizeDuration }}", 0.25, "250ms"),
        ('{{ printf "%.2f%%" $value }}', 12.345, "12.35%"),
        ('{{ $value | printf "%.0f" }}', 12.0, "12"),
        ("{{ $labels.pod }} and {{ $labels.none }}.", 0.0, "p1 and ."),
        ("{{ if $labels.pod }}a{{ else }}b{{ end }}", 0.0, "a"),
        ("{{ with $labels.none }}a {{ . }}{{ else -}} b{{- end }} c", 0.0, "b c"),
        ("a  {{- /* no word */ -}}  b", 0.0, "ab"),
        ("{{ toUpper $labels.pod }}", 0.0, "P1"),
        ('{{ reReplaceAll "p(.)" "q$1" $labels.pod }}', 0.0, "q1"),
        ("{{ (humanize $value) }}", 2.0, "2"),
    ],
)  # fmt: skip
def test_words_are_those_of_prometheus(template: str, value: float, text: str) -> None:
    assert filled(template, {"pod": "p1"}, value) == text


@pytest.mark.parametrize(
    "template",
    ["{{ query `up` }}", "{{ range . }}{{ end }}", "{{ $x := 1 }}", "{{ if $value }}", '{{ printf "%d" $value }}',
     '{{ printf "%s" }}', "{{ $labels }}", "{{ humanize }}", "{{ else }}", "{{ ( $value }}", "{{ 'a' }}"],
)  # fmt: skip
def test_words_that_are_not_known_are_said(template: str) -> None:
    with pytest.raises(NotFilled):
        filled(template, {}, 1.0)


def test_numbers_without_end() -> None:
    assert [number(float(text)) for text in ("nan", "inf", "-inf")] == ["NaN", "+Inf", "-Inf"]
