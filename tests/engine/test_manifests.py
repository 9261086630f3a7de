"""Objects of an environment, and what holds for them at run time."""
# a row a case

import json
from fractions import Fraction
from typing import Any

import pytest

from readiness.errors import Unknown
from readiness.evidence.context import Environment, ManifestEntry
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import (
    Container,
    KubernetesObject,
    Manifests,
    Service,
    Workload,
    selector_matches,
)
from readiness.outcome import Location
from readiness.tree import TextTree

AT = Location("repository", "a.yaml")


def manifests(
    texts: dict[str, str], *entries: str, namespace: str = "", discovered: bool = False
) -> Manifests:
    documents = Documents(
        {"repository": TextTree("repository", {name: text.encode() for name, text in texts.items()})}
    )
    named = tuple(ManifestEntry("path", "repository", path) for path in entries)
    return Manifests.collect(
        Environment("p", namespace=namespace, manifests=named, discovered=discovered), documents
    )


def one(kind: str, name: str, **more: Any) -> str:
    return json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **more}) + "\n"


def names(found: Manifests) -> list[tuple[str, str, str]]:
    return [(each.kind, each.namespace, each.name) for each in found.objects]


def test_objects_are_read_with_the_namespace_of_their_environment() -> None:
    own = json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b", "namespace": "own"}})
    found = manifests({"k/a.yaml": one("Service", "a"), "k/b.yaml": own}, "k", namespace="shop")
    assert names(found) == [("Service", "shop", "a"), ("Service", "own", "b")]


def test_a_list_is_its_items_with_their_places() -> None:
    inner = {"apiVersion": "v1", "kind": "ServiceList", "items": [json.loads(one("Service", "c"))]}
    text = json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": [json.loads(one("Service", "a")), inner, None, 3]}
    )
    found = manifests({"l.yaml": text}, "l.yaml")
    assert [each.name for each in found.objects] == ["a", "c"]
    assert [each.at.keys for each in found.objects] == [("items", 0), ("items", 1, "items", 0)]


def test_control_files_and_patches_are_no_objects() -> None:
    texts = {
        "k/k.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
        "k/p.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n$patch: delete\n",
    }
    assert manifests(texts, "k").objects == ()


def test_a_path_without_a_file_is_unreadable_and_may_hold_anything() -> None:
    found = manifests({"k/a.yaml": one("Service", "a")}, "k", "gone")
    (unreadable,) = found.unreadable
    assert (unreadable.kinds, len(found.objects)) == (frozenset(), 1)
    assert "gone" in unreadable.why
    assert unreadable.fix


def test_a_broken_file_leaves_the_others() -> None:
    found = manifests(
        {"k/a.yaml": one("Service", "a"), "k/b.yaml": "apiVersion: v1\nkind: Secret\nx: [\n"}, "k"
    )
    assert [each.name for each in found.objects] == ["a"]
    assert [each.kinds for each in found.unreadable] == [{"Secret"}]


def test_a_file_named_by_hand_needs_no_mark() -> None:
    assert manifests({"k/a.txt": one("Service", "a")}, "k/a.txt").objects[0].name == "a"


def workload(kind: str = "Deployment", **spec: Any) -> Workload:
    body = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "api"}, "spec": spec}
    return Workload(KubernetesObject(body, AT, "shop"))


def test_defaults_have_their_origin() -> None:
    plain = workload()
    assert (plain.replicas.value, plain.replicas.written) == (1, False)
    assert (plain.revisions_kept.value, plain.grace_seconds.value) == (10, 30)
    assert "default of the Kubernetes API server" in plain.replicas.operand("replicas").name
    assert workload("Rollout").revisions_kept.origin == "default of Argo Rollouts"


def test_null_is_left_out_and_a_whole_float_is_a_number() -> None:
    assert workload(replicas=None).replicas.value == 1
    assert workload(replicas=3.0).replicas.value == 3
    assert workload(replicas=3).replicas.at.keys == ("spec", "replicas")


@pytest.mark.parametrize("wrong", ["3", True, 2.5, [], {}, float("nan"), float("inf")], ids=repr)
def test_a_wrong_type_is_unknown_with_its_place(wrong: object) -> None:
    with pytest.raises(Unknown, match=r"spec\.replicas is .* where a whole number is expected") as caught:
        _ = workload(replicas=wrong).replicas
    assert caught.value.at == AT.at("spec", "replicas")


@pytest.mark.parametrize(
    "spec",
    [{"template": "x"}, {"template": {"spec": []}}, {"template": {"spec": {"containers": {}}}}],
    ids=repr,
)
def test_a_pod_of_the_wrong_shape_is_unknown(spec: dict[str, Any]) -> None:
    with pytest.raises(Unknown):
        _ = workload(**spec).containers


def test_the_pod_of_each_kind_is_found() -> None:
    pod = {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [{"name": "c"}]}}
    cron = workload("CronJob", jobTemplate={"spec": {"template": pod}})
    bare = Workload(
        KubernetesObject(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "p", "labels": {"app": "api"}},
                "spec": pod["spec"],
            },
            AT,
            "",
        )
    )
    for found in (workload(template=pod), cron, bare):
        assert [each.name for each in found.containers] == ["c"]
        assert found.pod_labels == {"app": "api"}
    assert cron.containers[0].at.keys == ("spec", "jobTemplate", "spec", "template", "spec", "containers", 0)
    assert bare.containers[0].at.keys == ("spec", "containers", 0)


def test_sidecars_run_beside_and_other_init_containers_do_not() -> None:
    spec = {
        "initContainers": [{"name": "init"}, {"name": "side", "restartPolicy": "Always"}],
        "containers": [{"name": "main"}],
    }
    found = workload(template={"spec": spec})
    assert [each.name for each in found.containers] == ["side", "main"]
    assert [each.name for each in found.all_containers] == ["init", "side", "main"]


def container(**resources: Any) -> Container:
    return workload(template={"spec": {"containers": [{"name": "c", "resources": resources}]}}).containers[0]


def test_a_request_is_the_limit_where_it_is_left_out() -> None:
    found = container(limits={"cpu": "500m"}).quantity("requests", "cpu")
    assert found is not None
    assert (found.value, found.origin) == (Fraction(1, 2), "defaults to the limit")
    assert container(limits={"cpu": "500m"}).quantity("requests", "memory") is None
    assert container(requests={"cpu": 1}).quantity("limits", "cpu") is None
    with pytest.raises(Unknown):
        container(requests={"cpu": "a lot"}).quantity("requests", "cpu")


SELECTORS: list[tuple[dict[str, Any], bool]] = [
    ({}, True), ({"matchLabels": {"app": "a"}}, True), ({"matchLabels": {"app": "b"}}, False), ({"matchLabels": None}, True),
    ({"matchLabels": {"flag": True}}, True), ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "b"]}]}, True),
    ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}, False),
    ({"matchExpressions": [{"key": "gone", "operator": "NotIn", "values": ["a"]}]}, True),
    ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True), ({"matchExpressions": [{"key": "gone", "operator": "DoesNotExist"}]}, True),
    ({"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
]  # fmt: skip


@pytest.mark.parametrize(("selector", "matches"), SELECTORS, ids=str)
def test_selectors_match_as_the_api_server_does(selector: dict[str, Any], matches: bool) -> None:
    assert selector_matches(selector, {"app": "a", "flag": "true"}) is matches


def test_an_operator_that_is_none_is_unknown() -> None:
    with pytest.raises(Unknown, match="Near"):
        selector_matches({"matchExpressions": [{"key": "app", "operator": "Near"}]}, {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"matchLabels": ["a"]},
        {"matchExpressions": {"a": 1}},
        {"matchExpressions": ["a"]},
        {"matchExpressions": [{"key": "a", "operator": "In", "values": 3}]},
    ],
    ids=str,
)
def test_a_selector_of_the_wrong_shape_is_unknown(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unknown):
        selector_matches(wrong, {"a": "b"})


def test_a_service_selects_pods_of_its_namespace() -> None:
    pod = {"metadata": {"labels": {"app": "api", "tier": "web"}}, "spec": {}}
    target = workload(template=pod)

    def service(namespace: str, spec: dict[str, Any]) -> Service:
        return Service(
            KubernetesObject(
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec},
                AT,
                namespace,
            )
        )

    assert service("shop", {"selector": {"app": "api"}}).selects(target)
    assert not service("other", {"selector": {"app": "api"}}).selects(target)
    assert not service("shop", {"selector": {"app": "api", "x": "y"}}).selects(target)
    assert not service("shop", {}).selects(target)
    assert not service("shop", {"selector": {"app": "api"}, "type": "ExternalName"}).selects(target)
