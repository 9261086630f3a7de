"""The form of rule files: held against promtool, which is Prometheus' own reader."""

import copy
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.alert_rules import RuleSet
from readiness.evidence.rule_format import Problem, problems_of
from readiness.evidence.rule_templates import labels_printed, template_problem
from readiness.outcome import Location
from tests import programs

AT = Location("repository", "rules.yaml")
GOOD: dict[str, Any] = {
    "groups": [
        {
            "name": "g",
            "interval": "30s",
            "rules": [
                {
                    "alert": "A", "expr": "up == 0", "for": "5m", "labels": {"severity": "page", "n": 5, "z": None},
                    "annotations": {"summary": "{{ $labels.job }} is down"},
                },
                {"record": "a:b", "expr": "sum(up)"},
            ],
        }
    ]
}  # fmt: skip


def problems(value: Any, of_object: str = "", number: int = 0) -> list[Problem]:
    return list(problems_of(RuleSet(value, AT, of_object, number)))


def changed(*keys: str | int, to: Any = None, drop: bool = False) -> dict[str, Any]:
    """The good file with one value set or dropped."""
    value = copy.deepcopy(GOOD)
    place: Any = value
    for key in keys[:-1]:
        place = place[key]
    if drop:
        del place[keys[-1]]
    elif keys[-1] == "+":
        place.append(to)
    else:
        place[keys[-1]] = to
    return value


GROUP = ("groups", 0)
ALERT = (*GROUP, "rules", 0)
RECORD = (*GROUP, "rules", 1)


def promtool_refuses(value: Any, path: Path) -> bool:
    file = path / "rules.yaml"
    file.write_text(yaml.safe_dump(value, sort_keys=False))
    command = [str(programs.promtool()), "check", "rules", "--lint=none", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize(
    ("value", "says", "keys"),
    [
        (changed(*ALERT, "alert", drop=True), "rule 1 of group g is neither an alert nor a recording rule", ALERT),
        (changed(*ALERT, "alert", to=""), "rule 1 of group g is neither an alert nor a recording rule", ALERT),
        (changed(*ALERT, "record", to="x"), "alert A has a record as well; a rule is one of the two", (*ALERT, "record")),
        (changed(*GROUP, "name", drop=True), "rules.yaml has a group without a name", GROUP),
        (changed(*GROUP, "name", to=None), "rules.yaml has a group without a name", GROUP),
        (changed(*GROUP, "interval", to="5 minutes"),
         "group g has interval: 5 minutes: expected a duration such as 30s, 5m or 1h30m, got '5 minutes'",
         (*GROUP, "interval")),
        (changed(*GROUP, "intervall", to="5m"),
         "group g has a field 'intervall', which no group has: Prometheus refuses the file", (*GROUP, "intervall")),
        (changed("groop", to=[]), "rules.yaml has a field 'groop' beside `groups`: Prometheus refuses the file", ("groop",)),
        (changed(*RECORD, "for", to="5m"), "recording rule a:b has for, which only alerts have", (*RECORD, "for")),
        (changed(*RECORD, "annotations", to={"a": "b"}), "recording rule a:b has annotations, which only alerts have",
         (*RECORD, "annotations")),
        (changed(*ALERT, "labels", to=["a"]), "alert A has labels that are no mapping", (*ALERT, "labels")),
        (changed(*ALERT, "labels", "x", to={"a": 1}), "alert A has a label x that is no text", (*ALERT, "labels", "x")),
        (changed(*ALERT, "labels", "__name__", to="x"), "alert A sets the label __name__", (*ALERT, "labels", "__name__")),
        (changed(*GROUP, "rules", "+", to="x"), "group g has a rule that is no mapping", (*GROUP, "rules", 2)),
        (changed("groups", "+", to="x"), "rules.yaml has a group that is no mapping", ("groups", 1)),
        (changed("groups", "+", to={"name": "h", "rules": {"a": 1}}), "group h has rules that are no list", ("groups", 1, "rules")),
        (changed(*ALERT, "annotations", "x", to="{{ $labels.job"),
         "alert A has a template in annotations.x that Prometheus refuses: an action is not closed: }} is missing",
         (*ALERT, "annotations", "x")),
        (changed(*ALERT, "labels", "x", to="{{ $lables.job }}"),
         "alert A has a template in labels.x that Prometheus refuses: nothing sets $lables", (*ALERT, "labels", "x")),
    ],
)  # fmt: skip
def test_what_prometheus_refuses(value: Any, says: str, keys: tuple[str | int, ...], tmp_path: Path) -> None:
    (found,) = problems(value)
    assert (found.why, found.at.keys) == (says, keys)
    assert found.refused
    assert promtool_refuses(value, tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        GOOD,
        changed(*GROUP, "limit", to=5),
        changed(*ALERT, "keep_firing_for", to="5m"),
        changed(*ALERT, "alert", to=5),
        changed(*ALERT, "labels", to=None),
        changed("groups", "+", to={"name": "empty"}),
        changed("groups", "+", to={"name": "empty", "rules": None}),
        changed(*RECORD, "for", to=0),  # as if it were left out
    ],
)
def test_what_prometheus_takes(value: Any, tmp_path: Path) -> None:
    assert problems(value) == []
    assert not promtool_refuses(value, tmp_path)


@pytest.mark.parametrize(
    "field", ["partial_response_strategy", "source_tenants", "concurrency", "eval_offset", "labels"]
)
def test_fields_of_other_servers_are_left_alone(field: str) -> None:
    assert problems(changed(*GROUP, field, to={})) == []


@pytest.mark.parametrize(
    "value",
    [
        None, 5, [], {"groups": None}, {"groups": 5}, {"groups": [None]},
        {"groups": [{"name": "developers", "rules": ["a"]}]},  # another program's groups
        {"groups": {"x": {"patterns": ["*"]}}},  # Dependabot's
        {"apiVersion": 1, "groups": [{"name": "g", "rules": [{"uid": "x", "record": {}, "expr": 1}]}]},  # Grafana's
    ],
)  # fmt: skip
def test_what_holds_no_rules_is_left_alone(value: Any) -> None:
    assert problems(value) == []


def test_a_second_document_is_skipped_by_prometheus(tmp_path: Path) -> None:
    (found,) = problems(GOOD, number=1)
    assert found.why == "rules.yaml has rules in YAML document 2, and Prometheus reads the first alone"
    assert not found.refused
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump_all([GOOD, changed(*GROUP, "name", to="h")]))
    command = [str(programs.promtool()), "check", "rules", "--lint=none", str(file)]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "2 rules found" in said


def test_what_an_object_holds_is_not_read_by_document() -> None:
    assert problems(changed("more", to=1), "PrometheusRule shop/api", 3) == []


@pytest.mark.parametrize(
    "text",
    [
        "no action", "a }} b", "{{ $value }}", "{{- $value -}}", "{{ $value | humanizePercentage }}", "{{/* c }} */}}a",
        '{{ "}}" }}', "{{ printf `}}` }}", "{{ with $x := 5 }}{{ $x }}{{ end }}",
        '{{ range query "up" }}{{ .Labels.job }}{{ else }}none{{ end }}', "{{ range $i, $e := query `up` }}{{ $e.Value }}{{ end }}",
        "{{ if and (eq $value 1.0) $labels.a }}x{{ else if $labels.b }}y{{ end }}",
        '{{ define "a" }}x{{ end }}{{ template "a" . }}', '{{ $x := "a" }}{{ $x = "b" }}{{$x}}',
        '{{ reReplaceAll "(.*):\\\\d+" "$1" $labels.instance }}', "{{ $externalLabels.cluster }} {{ $externalURL }}",
        "{{ if $value }}{{ with $labels.a }}x{{ end }}{{ end }}",
        "{{ printf `%f` -1.5e-3 }} {{ 0x1p-2 }} {{ (len $labels.a) }} {{ $x:=1 }}{{ $x|printf `%d` }}",
    ],
)  # fmt: skip
def test_templates_that_are_right(text: str, tmp_path: Path) -> None:
    assert template_problem(text) == ""
    assert not promtool_refuses(changed(*ALERT, "annotations", "x", to=text), tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ $labels.job", "an action is not closed: }} is missing"),
        ("{{ if $value }}x", "a block is not closed: an end is missing"),
        ("{{ end }}", "an end has nothing to end"),
        ("{{ $label.job }}", "nothing sets $label"),
        (
            "{{ humanisePercentage $value }}",
            "there is no function humanisePercentage; humanizePercentage is one",
        ),
        ('{{ "abc }}', "a text in an action is not closed"),
        ("{{/* abc }}", "a comment is not closed"),
        ("{{ $labels.a-b }}", "'-' stands right behind a name"),
        ("{{ $value| printf `%d`}} {{ $value-}}", "'-' stands right behind a name"),
    ],
)
def test_templates_that_are_wrong(text: str, says: str, tmp_path: Path) -> None:
    assert template_problem(text) == says
    assert promtool_refuses(changed(*ALERT, "annotations", "x", to=text), tmp_path)


def test_functions_of_other_servers_are_left_alone() -> None:
    assert template_problem("{{ grafanaLink $labels.job }}") == ""


@given(st.text(max_size=200) | st.text("{}/*$\"`'|()= abifend.-", max_size=60))
def test_any_template_is_read(text: str) -> None:
    assert isinstance(template_problem(text), str)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "rules", "alert", "expr", "labels", "interval", "x"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_group_is_read(group: Any) -> None:
    value = changed("groups", "+", to=group)
    assert all(isinstance(one, Problem) for one in problems(value))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("none {{ $value }}", ()),
        ("{{ $labels.job }} and {{ .Labels.pod | toUpper }} and {{ $.Labels.node }}", ("job", "pod", "node")),
        ('{{ index $labels "a-b" }}', ("a-b",)),
        ("{{ if $labels.job }}{{ $labels.job }}{{ end }}", ()),
        ("{{ with $labels.job }}{{ . }}{{ else }}{{ $labels.pod }}{{ end }}", ("pod",)),
        ("{{ or $labels.job `unknown` }}", ()),
        ("{{ range query `up` }}{{ .Labels.job }}{{ $labels.pod }}{{ end }}", ("pod",)),
        ("{{ $x := first (query `up`) }}{{ $x.Labels.job }}", ()),
        ("{{/* $labels.job */}}{{ $externalLabels.cluster }} $labels.pod", ()),
        ("{{ $labels.job", ()),
    ],
)  # fmt: skip
def test_labels_that_a_text_prints(text: str, labels: tuple[str, ...]) -> None:
    assert labels_printed(text) == labels
