"""What an undo brings back: revisions, images, the release before, configuration."""

from pathlib import Path

import pytest
from readiness_checks.rollback import (
    config_immutable,
    history_limit,
    image_immutable,
    previous_version_resolvable,
)

from tests.faults import ORDERS, Fault, copy_of_orders, findings, outcomes, proofs, statuses, write
from tests.repositories import commit, git, repository

RENDERED = "deploy/rendered/production.yaml"
ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def deployment(image: str, container: str = "ports: []", spec: str = "replicas: 2", pod: str = "") -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: api}}
spec:
  {spec}
  template:
    metadata: {{labels: {{app: api}}}}
    spec:
      containers:
        - name: api
          image: {image}
          {container}
      {pod}
"""


@pytest.mark.parametrize(
    "check", [history_limit, image_immutable, previous_version_resolvable, config_immutable]
)
def test_orders_has_no_finding(check) -> None:  # type: ignore[no-untyped-def]
    assert findings(check, ORDERS) == []


# history-limit


def test_history_limit_on_both_sides(tmp_path: Path) -> None:
    tree = copy_of_orders(tmp_path)
    Fault(RENDERED, "revisionHistoryLimit: 5", "revisionHistoryLimit: 2").seed(tree)
    assert findings(history_limit, tree) == []
    Fault(RENDERED, "revisionHistoryLimit: 2", "revisionHistoryLimit: 1").seed(tree)
    (found,) = findings(history_limit, tree)
    assert (found.message, found.at.line) == ("orders-api keeps 1 old revisions, 2 are needed", 100)


# image-immutable


@pytest.mark.parametrize(
    "image",
    ["registry.example/api:latest", "registry.example:5000/api", "dsyer/petclinic", "redis:alpine", "redis",
     "registry.example/api:stable", "registry.example/api:MAIN", "registry.example/api:1.2-SNAPSHOT",
     "quay.io/argoproj/argo-rollouts:latest", "${PREFIX}/api-gateway:latest"],
)  # fmt: skip
def test_a_tag_that_moves_is_found(tmp_path: Path, image: str) -> None:
    # spring-petclinic (F27), microservices-demo's redis, argo-rollouts
    (found,) = findings(image_immutable, write(tmp_path, {"deploy/all.yaml": deployment(image)}))
    assert found.message.startswith(f"api: container api runs {image}, ")
    assert found.at.line == 11


@pytest.mark.parametrize(
    "image",
    ["registry.example/api:1.2.3", "registry.example:5000/api:1.2.3", "registry.example/api:4711",
     f"registry.example/api@{ONE}", f"redis:alpine@{ONE}", "registry.example/api:latest@" + ONE,
     "registry.example/api:6f1ed002ab5595859014ebf0951522d9", "redis:7-alpine"],
)  # fmt: skip
def test_versions_and_digests_are_left_alone(tmp_path: Path, image: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": deployment(image)})
    assert findings(image_immutable, tree) == []
    assert len(proofs(image_immutable, tree)) == 1


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("ko://knative.dev/serving/cmd/activator", "ko builds it"),  # knative
        ("adservice", "a bare name that no public registry serves"),  # microservices-demo
        ("team/api", "skaffold fills it"),
        ("team/web", "kustomize fills it"),
        ("registry.example/api:${TAG}", "a variable fills its tag"),
        ("{{ .Values.image }}", "a variable fills it"),
    ],
)
def test_placeholders_are_not_judged(tmp_path: Path, image: str, reason: str) -> None:
    tree = write(tmp_path, {
        "deploy/all.yaml": deployment(f"'{image}'"),
        "skaffold.yaml": "apiVersion: skaffold/v4beta6\nkind: Config\n"
                         "build: {artifacts: [{image: team/api, context: .}]}\n",
        "overlay/kustomization.yaml": "images: [{name: team/web, newTag: 1.0.0}]\n",
    })  # fmt: skip
    (outcome,) = [
        one for one in outcomes(image_immutable, tree) if one.results and "overlay" not in one.environment
    ]
    judged = [one for one in outcome.results if one.subject.name == "api"]
    assert [one.status for one in judged] == ["not-applicable"]
    assert reason in judged[0].reason


def test_a_word_of_ones_own_that_moves(tmp_path: Path) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": deployment("registry.example/api:blue-1")})
    assert findings(image_immutable, tree) == []
    assert len(findings(image_immutable, tree, moving=["blue-1"])) == 1


def test_a_tag_that_stood_for_two_digests(tmp_path: Path) -> None:
    # bank-of-anthos: v0.6.7 carried one digest and then another (F43)
    made = repository(tmp_path)
    name = "deploy/all.yaml"
    commit(made, {name: deployment(f"registry.example/api:v0.6.7@{ONE}")}, "2026-01-01T00:00:00Z")
    commit(made, {name: deployment(f"registry.example/api:v0.6.7@{TWO}")}, "2026-02-01T00:00:00Z")
    (found,) = findings(image_immutable, made)
    assert "tag v0.6.7 of registry.example/api stood for 2 digests, 1 is needed" in found.message
    assert found.finding.at_most == "warning"  # the digest holds what runs
    commit(made, {name: deployment("registry.example/api:v0.6.7")}, "2026-03-01T00:00:00Z")
    (found,) = findings(image_immutable, made)
    assert found.finding.at_most is None
    commit(made, {name: deployment(f"registry.example/api:v0.6.8@{ONE}")}, "2026-04-01T00:00:00Z")
    assert findings(image_immutable, made) == []


# previous-version-resolvable


def released(tmp_path: Path, *images: str, tags: bool = False) -> Path:
    made = repository(tmp_path)
    for image in images:
        commit(made, {"deploy/all.yaml": deployment(image)}, "2026-01-01T00:00:00Z")
        if tags:
            git(made, "tag", "v" + image.rpartition(":")[2])
    return made


def test_the_release_before_is_named(tmp_path: Path) -> None:
    # bank-of-anthos: v0.6.8 → v0.6.9 → v0.6.10 (F44)
    images = [f"registry.example/api:0.6.{number}" for number in (8, 9, 10)]
    (proof,) = proofs(previous_version_resolvable, released(tmp_path, *images, tags=True))
    assert proof.message.startswith(
        "api: container api can go back from 0.6.10 to 0.6.9 (deploy/all.yaml at "
    )


def test_a_release_whose_tag_is_gone_can_not_be_rebuilt(tmp_path: Path) -> None:
    made = released(tmp_path, "registry.example/api:1.0.0", "registry.example/api:1.0.1", tags=True)
    assert findings(previous_version_resolvable, made) == []
    git(made, "tag", "-d", "v1.0.0")
    (found,) = findings(previous_version_resolvable, made)
    assert "no git tag or commit corresponds to 1.0.0, as one does to 1.0.1" in found.message
    git(made, "tag", "-d", "v1.0.1")  # releases are not tagged here
    assert findings(previous_version_resolvable, made) == []


def test_a_moving_tag_before_can_not_be_told(tmp_path: Path) -> None:
    made = released(tmp_path, "registry.example/api:latest", "registry.example/api:1.0.1")
    (found,) = findings(previous_version_resolvable, made)
    assert found.message.startswith("api: container api ran latest before 1.0.1")
    assert found.at.line == 11


def test_first_releases_copies_and_moving_tags_are_not_applicable(tmp_path: Path) -> None:
    for name, images in (
        ("first", ["registry.example/api:1.0.0"]),
        ("moving", ["registry.example/api:1.0.0", "registry.example/api:latest"]),
    ):
        made = released(tmp_path / name, *images)
        assert statuses(previous_version_resolvable, made) == {"default": "not-applicable"}
    copy = write(tmp_path / "copy", {"deploy/all.yaml": deployment("registry.example/api:1.0.0")})
    assert statuses(previous_version_resolvable, copy) == {"default": "not-applicable"}


def test_a_cut_off_history_is_unknown_and_says_what_to_fetch(tmp_path: Path) -> None:
    made = released(tmp_path / "origin", "registry.example/api:1.0.0", "registry.example/api:1.0.1")
    commit(made, {"README": "x"}, "2026-02-01T00:00:00Z")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{made}", "clone")
    (outcome,) = outcomes(previous_version_resolvable, tmp_path / "clone")
    assert outcome.status == "unknown"
    assert "history is cut off" in outcome.results[0].reason


def test_a_kustomization_keeps_the_release_before(tmp_path: Path) -> None:
    """The reference comes from the overlay, of which no rendered form is kept."""
    from readiness.evidence.context import Environment, ManifestEntry, Sources
    from readiness.evidence.documents import Documents
    from readiness.evidence.git import GitFacts
    from readiness.evidence.images import ImageHistory, image_of
    from readiness.tree import open_work_tree

    made = repository(tmp_path)
    for tag in ("1.0.0", "1.1.0"):
        overlay = (
            f"resources: [../base]\nimages: [{{name: api, newName: registry.example/api, newTag: {tag}}}]\n"
        )
        commit(made, {"base/kustomization.yaml": "resources: []\n", "over/kustomization.yaml": overlay},
               "2026-01-01T00:00:00Z")  # fmt: skip
    sources = Sources({"repository": open_work_tree(str(made))})
    environment = Environment("p", manifests=(ManifestEntry("kustomization", "repository", "over"),))
    history = ImageHistory.collect(environment, Documents.collect(sources), GitFacts.collect(sources))
    found = history.previous(image_of("registry.example/api:1.1.0"))
    assert found is not None
    assert (str(found[0]), found[1].file) == ("registry.example/api:1.0.0", "over/kustomization.yaml")


def test_one_container_that_can_go_back_is_enough_of_a_cut_off_history(tmp_path: Path) -> None:
    neighbour = "ports: []\n        - {name: proxy, image: 'registry.example/proxy:1.0.0'}"
    made = repository(tmp_path / "origin")
    commit(made, {"README": "x"}, "2026-01-01T00:00:00Z")
    for tag in ("1.0.0", "1.0.1"):
        text = deployment(f"registry.example/api:{tag}", neighbour)
        commit(made, {"deploy/all.yaml": text}, "2026-02-01T00:00:00Z")
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{made}", "clone")
    assert statuses(previous_version_resolvable, tmp_path / "clone") == {"default": "pass"}


# config-immutable

CONFIG = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}{meta}}}
{body}
"""
FROM = "envFrom: [{{configMapRef: {{name: {name}}}}}]"


def configured(name: str = "settings", body: str = "data: {A: b}", meta: str = "", pod: str = "") -> str:
    text = deployment("registry.example/api:1.2.3", FROM.format(name=name), pod=pod)
    return text + CONFIG.format(name=name, body=body, meta=meta)


def test_a_name_that_stays_is_found(tmp_path: Path) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": configured()})
    (found,) = findings(config_immutable, tree)
    assert found.message == (
        "settings keeps its name when its content changes, and api reads it as environment: "
        "an undo brings back 0 of its 1 settings"
    )
    assert found.at.line == 17


@pytest.mark.parametrize(
    "text",
    [
        configured("settings-776hfdm5t4"),
        configured("settings-3f2a9c1b"),
        configured("settings-2.14.3"),
        configured(body="immutable: true\ndata: {A: b}"),
        configured().replace(
            "labels: {app: api}", 'labels: {app: api}, annotations: {checksum/config: "1f"}'
        ),
        configured().replace("{name: api}", '{name: api, annotations: {reloader.stakater.com/auto: "true"}}'),
    ],
)
def test_what_ties_a_revision_to_its_configuration(tmp_path: Path, text: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": text})
    assert findings(config_immutable, tree) == []
    assert len(proofs(config_immutable, tree)) == 1


@pytest.mark.parametrize(
    "text",
    [
        configured(body="binaryData: {}"),  # filled at run time
        configured(meta=", labels: {grafana_dashboard: '1'}"),
        configured(body='data: {ca.crt: "-----BEGIN CERTIFICATE-----"}'),
        deployment("registry.example/api:1.2.3") + CONFIG.format(name="unread", body="data: {A: b}", meta=""),
        configured().replace("Deployment", "Job").replace("apps/v1", "batch/v1"),
    ],
)
def test_configuration_with_releases_of_its_own_is_not_applicable(tmp_path: Path, text: str) -> None:
    tree = write(tmp_path, {"deploy/all.yaml": text})
    assert set(statuses(config_immutable, tree).values()) == {"not-applicable"}


def test_files_that_a_reloader_takes_up(tmp_path: Path) -> None:
    # kube-prometheus: blackbox-exporter beside configmap-reload
    reloader = "- {name: reloader, image: 'ghcr.io/jimmidyson/configmap-reload:v0.15.0'}"
    text = deployment("registry.example/api:1.2.3", "volumeMounts: []\n        " + reloader,
                      pod="volumes: [{name: c, configMap: {name: settings}}]")  # fmt: skip
    files = text + CONFIG.format(name="settings", body="data: {a.yml: b}", meta="")
    assert findings(config_immutable, write(tmp_path, {"deploy/all.yaml": files})) == []
    (found,) = findings(
        config_immutable, write(tmp_path, {"deploy/all.yaml": files.replace("-reload", "-x")})
    )
    assert "reads it as files" in found.message


def test_one_configmap_is_one_finding_however_many_read_it(tmp_path: Path) -> None:
    two = (
        configured()
        + "---\n"
        + deployment("registry.example/b:1.2.3", FROM.format(name="settings")).replace(
            "{name: api}", "{name: web}"
        )
    )
    (found,) = findings(config_immutable, write(tmp_path, {"deploy/all.yaml": two}))
    assert "api and web read it as environment" in found.message
