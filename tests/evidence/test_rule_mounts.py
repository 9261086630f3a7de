"""Rule files in ConfigMaps are followed to where a Prometheus looks for them."""

from pathlib import Path

import pytest
from readiness_checks.alert import rules_valid

from tests.faults import findings, outcomes, write

RULES = "groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]"
CONFIG = "scrape_configs: []\n    rule_files: [/etc/prometheus/rules/*.yaml, alerts.yaml]"
TREE = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: prometheus}
spec:
  selector: {matchLabels: {app: prometheus}}
  template:
    metadata: {labels: {app: prometheus}}
    spec:
      containers:
        - name: prometheus
          image: prom/prometheus:v3.1.0
          args: [--config.file=/etc/prometheus/prometheus.yml]
          volumeMounts:
            - {name: config, mountPath: /etc/prometheus}
            - {name: rules, mountPath: /etc/prometheus/rules}
      volumes:
        - name: config
          configMap: {name: config}
        - name: rules
          configMap: {name: rules}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data:
  prometheus.yml: |
    CONFIG
---
apiVersion: v1
kind: ConfigMap
metadata: {name: rules}
data:
  api.yaml: |
    RULES
""".replace("CONFIG", CONFIG).replace("RULES", RULES)


def said(path: Path, text: str) -> list[str]:
    return [
        one.message
        for one in findings(rules_valid, write(path, {"all.yaml": text}))
        if one.finding.key == "not-loaded"
    ]


NOT_LOADED = "rules is mounted as {} in prometheus, and Prometheus does not load it: rule_files has {}"
GLOBS = "/etc/prometheus/rules/*.yaml, alerts.yaml"


@pytest.mark.parametrize(
    ("old", "new", "path", "globs"),
    [
        ("  api.yaml: |", "  api.yml: |", "/etc/prometheus/rules/api.yml", GLOBS),
        ("mountPath: /etc/prometheus/rules", "mountPath: /rules", "/rules/api.yaml", GLOBS),
        ("rules/*.yaml", "rules/a.yaml", "/etc/prometheus/rules/api.yaml", "/etc/prometheus/rules/a.yaml, alerts.yaml"),
        ("/etc/prometheus/rules/*.yaml", "/etc/prometheus/*.yaml", "/etc/prometheus/rules/api.yaml", "/etc/prometheus/*.yaml, alerts.yaml"),
        ("configMap: {name: rules}", "configMap: {name: rules, items: [{key: api.yaml, path: api}]}", "/etc/prometheus/rules/api", GLOBS),
        ("configMap: {name: rules}", "projected: {sources: [{configMap: {name: rules, items: [{key: api.yaml, path: b/api.yaml}]}}]}", "/etc/prometheus/rules/b/api.yaml", GLOBS),
        ("mountPath: /etc/prometheus/rules}", "mountPath: /etc/prometheus/api.yaml, subPath: api.yaml}", "/etc/prometheus/api.yaml", GLOBS),
    ],
)  # fmt: skip
def test_a_file_that_no_pattern_takes(tmp_path: Path, old: str, new: str, path: str, globs: str) -> None:
    assert TREE.count(old) == 1
    text = TREE.replace(old, new)
    assert said(tmp_path, text) == [NOT_LOADED.format(path, globs)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("mountPath: /etc/prometheus/rules}", "mountPath: /etc/prometheus/alerts.yaml, subPath: api.yaml}"),
        ("rules/*.yaml", "rules/api.y?ml"),
        ("rules/*.yaml", "rules/[a-z]*.yml"),  # more than we read
        ("rules/*.yaml", "$DIR/*.yml"),
        ("/etc/prometheus/rules/*.yaml, ", ""),  # the next line makes it so
        ("configMap: {name: rules}", "configMap: {name: other}"),
        ("configMap: {name: rules}", "secret: {secretName: rules}"),
        ("--config.file=/etc/prometheus/prometheus.yml", "--config.file=/etc/other.yml"),
        ("kind: StatefulSet", "kind: Prometheus"),
        (RULES, "tests: []"),
        (RULES, "groups: [{name: developers}]"),
        (RULES, "{{ template }}"),
        ("mountPath: /etc/prometheus/rules}", "mountPath: /rules, subPathExpr: $(X)}"),
    ],
)
def test_what_is_loaded_or_can_not_be_told(tmp_path: Path, old: str, new: str) -> None:
    text = TREE.replace(old, new) if old else TREE
    if old == "/etc/prometheus/rules/*.yaml, ":
        text = text.replace(
            "mountPath: /etc/prometheus/rules}", "mountPath: /etc/prometheus/alerts.yaml, subPath: api.yaml}"
        )
    assert said(tmp_path, text) == []


def test_one_that_is_loaded_elsewhere_is(tmp_path: Path) -> None:
    mount = "            - {name: rules, mountPath: /etc/prometheus/rules}\n"
    assert said(tmp_path, TREE.replace(mount, mount + mount.replace("/etc/prometheus/rules", "/rules"))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("configMap: {name: rules}", "configMap: 3"), ("configMap: {name: rules}", "projected: {sources: 4}"),
        ("configMap: {name: rules}", "configMap: {name: rules, items: [1, {key: [a]}]}"),
        ("args: [--config.file=/etc/prometheus/prometheus.yml]", "args: 3"), ("rule_files: [", "rule_files: [[a], "),
        ("mountPath: /etc/prometheus/rules}", "mountPath: [1]}"), ("  api.yaml: |\n    ", "  api.yaml: 5 #"),
        ("            - {name: rules, mountPath: /etc/prometheus/rules}", "            - 3"),
    ],
)  # fmt: skip
def test_mounts_of_any_shape_crash_nothing(tmp_path: Path, old: str, new: str) -> None:
    assert old in TREE
    path = write(tmp_path, {"all.yaml": TREE.replace(old, new)})
    assert outcomes(rules_valid, path)
    findings(rules_valid, path)
