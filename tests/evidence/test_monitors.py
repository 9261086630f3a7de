"""Monitors, scrape jobs and the index of labels: what loaders read, and what they refuse."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.collect import Collector
from readiness.errors import Unknown
from readiness.evidence.context import Environment, ManifestEntry, Named, Sources, Today
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import KubernetesObject, selector_matches
from readiness.evidence.monitors import Monitor, matches
from readiness.evidence.scrape_configs import ScrapeJob, pod_labels
from readiness.evidence.selected import ByLabels
from readiness.outcome import Location
from readiness.tree import TextTree

AT = Location("repository", "monitor.yaml")


def monitor(kind: str, spec: Any, namespace: str = "shop") -> Monitor:
    group = Monitor.GROUPS[kind]
    metadata = {"name": "m", "namespace": namespace}
    body = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": spec}
    return Monitor(KubernetesObject(body, AT, ""))


def jobs_of(files: dict[str, str], named: Named | None = None) -> tuple[ScrapeJob, ...]:
    sources = Sources({"repository": TextTree("repository", {k: v.encode() for k, v in files.items()})})
    environment = Environment("production", manifests=(ManifestEntry("path", "repository", "."),))
    given_ = {
        Sources: sources,
        Documents: Documents.collect(sources),
        Named: named or Named({}),
        Today: Today(date(2026, 1, 1)),
    }
    collector = Collector(given_, {"production": {Environment: environment}})
    return collector.collected(ScrapeJob, "production").items


@pytest.mark.parametrize(
    ("kind", "spec", "namespaces"),
    [
        ("ServiceMonitor", {}, {"shop"}),
        ("ServiceMonitor", {"namespaceSelector": None}, {"shop"}),
        ("ServiceMonitor", {"namespaceSelector": {}}, {"shop"}),
        ("ServiceMonitor", {"namespaceSelector": {"matchNames": ["a", "b"]}}, {"a", "b"}),
        ("ServiceMonitor", {"namespaceSelector": {"any": True, "matchNames": ["a"]}}, None),
        ("PodMonitor", {"namespaceSelector": {"any": False}}, {"shop"}),
        ("PodMonitoring", {"namespaceSelector": {"any": True}}, {"shop"}),
        ("ClusterPodMonitoring", {}, None),
    ],
)
def test_namespaces(kind: str, spec: dict[str, Any], namespaces: set[str] | None) -> None:
    assert monitor(kind, spec).namespaces == namespaces


@pytest.mark.parametrize(
    ("kind", "endpoint", "expected"),
    [
        ("ServiceMonitor", {"port": "http"}, ("http", "", None)),
        ("ServiceMonitor", {"port": "http", "targetPort": 80}, ("http", "", None)),
        ("ServiceMonitor", {"port": "", "targetPort": 80}, ("", "", 80)),
        ("ServiceMonitor", {"targetPort": "web"}, ("", "web", None)),
        ("ServiceMonitor", {"port": 80}, ("80", "", None)),
        ("ServiceMonitor", {"path": "/metrics"}, ("", "", None)),
        ("ServiceMonitor", {"portNumber": 80}, ("", "", None)),
        ("PodMonitor", {"portNumber": 80}, ("", "", 80)),
        ("PodMonitoring", {"port": 80}, ("", "", 80)),
        ("VMPodScrape", {"port": "http"}, ("http", "", None)),
    ],
)
def test_ports(kind: str, endpoint: dict[str, Any], expected: tuple[str, str, int | None]) -> None:
    field = "podMetricsEndpoints" if kind in ("PodMonitor", "VMPodScrape") else "endpoints"
    (found,) = monitor(kind, {field: [endpoint]}).endpoints
    assert (found.port, found.target, found.number) == expected
    assert found.any_port == (expected == ("", "", None))


@pytest.mark.parametrize(
    ("spec", "at"),
    [
        ({"selector": []}, ("spec", "selector")),
        ({"selector": {"matchLabels": "app"}}, ("spec", "selector", "matchLabels")),
        ({"selector": {"matchExpressions": {}}}, ("spec", "selector", "matchExpressions")),
        ({"selector": {"matchExpressions": ["app"]}}, ("spec", "selector", "matchExpressions", 0)),
        (
            {"selector": {"matchExpressions": [{"key": "a", "operator": "In", "values": "x"}]}},
            ("spec", "selector", "matchExpressions", 0, "values"),
        ),
    ],
)
def test_a_selector_of_the_wrong_shape_is_unknown_with_its_place(
    spec: dict[str, Any], at: tuple[Any, ...]
) -> None:
    with pytest.raises(Unknown) as wrong:
        _ = monitor("ServiceMonitor", spec).selector
    assert wrong.value.at == AT.at(*at)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("http", "http", True),
        ("http", "https", False),
        ("http|web", "web", True),
        ("http.*", "http-metrics", True),
        ("(a+)+$", "a" * 60 + "b", False),  # hangs a backtracking engine
        ("(?=x)", "x", False),
        ("[", "[", True),
        ("", "", True),
    ],
)
def test_names_of_ports(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits


LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=3)
EXPRESSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from("abcd"),
            "operator": st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
            "values": st.lists(st.sampled_from("xyz"), max_size=2),
        }
    ),
    max_size=2,
)


@given(
    st.lists(st.tuples(st.sampled_from(["", "n", "m"]), LABELS), max_size=6),
    st.fixed_dictionaries({"matchLabels": LABELS, "matchExpressions": EXPRESSIONS}),
    st.one_of(st.none(), st.frozensets(st.sampled_from(["n", "m"]), min_size=1)),
)
def test_the_index_finds_what_comparing_each_with_each_does(
    things: list[tuple[str, dict[str, str]]], selector: dict[str, Any], namespaces: frozenset[str] | None
) -> None:
    index = ByLabels((namespace, labels, number) for number, (namespace, labels) in enumerate(things))
    assert sorted(index.selected(selector, namespaces)) == [
        number
        for number, (namespace, labels) in enumerate(things)
        if selector_matches(selector, labels)
        and (namespaces is None or namespace == "" or namespace in namespaces)
    ]


# scrape jobs


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("api:80", ("api", "80")),
        ("api", ("api", "")),
        ("http://api.shop.svc:80/metrics", ("api.shop.svc", "80")),
    ],
)
def test_static_targets(target: str, host: tuple[str, str]) -> None:
    text = f"scrape_configs: [{{job_name: a, static_configs: [{{targets: ['{target}']}}]}}]"
    (job,) = jobs_of({"prometheus.yml": text})
    assert job.hosts == (host,)


def test_places_of_jobs() -> None:
    text = "rule_files: []\nscrape_configs:\n  - job_name: a\n  - job_name: b\n"
    first, second = jobs_of({"prometheus.yml": text})
    assert (first.name, first.at.keys) == ("a", ("scrape_configs", 0))
    assert (second.name, second.at.keys) == ("b", ("scrape_configs", 1))


def job(*listed: dict[str, Any]) -> ScrapeJob:
    body = {"job_name": "a", "kubernetes_sd_configs": [{"role": "pod"}], "relabel_configs": list(listed)}
    return ScrapeJob(body, AT)


TARGET = pod_labels(
    "shop", {"app": "api"}, {"prometheus.io/scrape": "true"}, "main", {"name": "http", "containerPort": 80}
)
APP = "__meta_kubernetes_pod_label_app"
ASKS = "__meta_kubernetes_pod_annotation_prometheus_io_scrape"


@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        pytest.param([], True, id="all"),
        pytest.param([{"action": "keep", "source_labels": [APP], "regex": "api"}], True, id="keep"),
        pytest.param([{"action": "keep", "source_labels": [APP], "regex": "ap"}], False, id="anchored"),
        pytest.param(
            [{"action": "keep", "source_labels": [ASKS], "regex": True}], True, id="true-as-boolean"
        ),
        pytest.param([{"action": "drop", "source_labels": [ASKS], "regex": "true"}], False, id="drop"),
        pytest.param([{"action": "drop", "source_labels": [APP], "regex": "web"}], True, id="drop-other"),
        pytest.param(
            [{"action": "keep", "source_labels": [APP, ASKS], "regex": "api;true"}], True, id="joined"
        ),
        pytest.param(
            [{"action": "keep", "source_labels": [APP, ASKS], "separator": "/", "regex": "api/true"}],
            True,
            id="separator",
        ),
        pytest.param(
            [
                {"source_labels": [APP], "target_label": APP, "replacement": "web"},
                {"action": "keep", "source_labels": [APP], "regex": "api"},
            ],
            None,
            id="written-before",
        ),
        pytest.param([{"action": "keep", "source_labels": ["__tmp"], "regex": "x"}], None, id="other-label"),
        pytest.param([{"action": "keepequal", "source_labels": [APP]}], None, id="keepequal"),
        pytest.param([{"action": "keep", "source_labels": [APP], "regex": "("}], None, id="no-pattern"),
        pytest.param(
            [
                {"action": "keep", "source_labels": ["__tmp"], "regex": "x"},
                {"action": "keep", "source_labels": [APP], "regex": "web"},
            ],
            False,
            id="a-later-no-is-certain",
        ),
        pytest.param([{"action": "labelmap", "regex": "x"}, {"target_label": "y"}], True, id="others"),
        pytest.param(
            [{"action": "keep", "source_labels": "app", "regex": "x"}], False, id="labels-of-no-list"
        ),
    ],
)
def test_relabelling(listed: list[dict[str, Any]], kept: bool | None) -> None:
    assert job(*listed).keeps(TARGET) is kept


@pytest.mark.parametrize("wrong", ["null", "7", "x", "{}", "[7]", "[null]", "[[x]]"])
def test_fields_of_any_type_are_left_out(wrong: str) -> None:
    fields = ("static_configs", "kubernetes_sd_configs", "relabel_configs", "consul_sd_configs")
    body = ", ".join(f"{field}: {wrong}" for field in fields)
    (found,) = jobs_of({"prometheus.yml": f"scrape_configs: [{{job_name: a, {body}}}]"})
    assert (found.hosts, found.roles, found.namespaces) == ((), frozenset(), frozenset()) or wrong == "x"


def test_a_broken_configuration_is_no_job_and_no_crash() -> None:
    assert jobs_of({"prometheus.yml": "scrape_configs: [\n"}) == ()
    held = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a.yml: 'scrape_configs: ['}\n"
    assert jobs_of({"c.yaml": held}) == ()
