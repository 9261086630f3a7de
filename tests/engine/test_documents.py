"""The one inventory: what claims a file, what is left alone, and that nothing is read twice."""
# a row a case

from pathlib import Path

import pytest

from readiness.evidence.context import Sources
from readiness.evidence.documents import (
    OBJECTS,
    PROMETHEUS,
    ROUTING,
    RULES,
    Documents,
    File,
    kinds_in,
    marks_in,
)
from readiness.known import Unreadable
from readiness.tree import TextTree, open_work_tree

MARKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "an object": ("apiVersion: v1\nkind: Service\n", (OBJECTS,)),
    "keys in the other order": ("kind: Service\nmetadata: {}\napiVersion: v1\n", (OBJECTS,)),
    "quoted keys": ("'apiVersion': v1\n\"kind\": Service\n", (OBJECTS,)),
    "JSON": ('{"apiVersion": "v1", "kind": "Service"}', (OBJECTS,)),
    "JSON on lines": ('{\n  "kind": "Service",\n  "apiVersion": "v1"\n}', (OBJECTS,)),
    "a list item": ("items:\n- apiVersion: v1\n  kind: Service\n", (OBJECTS,)),
    "CRLF": ("apiVersion: v1\r\nkind: Service\r\n", (OBJECTS,)),
    "a byte order mark": ("\ufeffapiVersion: v1\nkind: Service\n", (OBJECTS,)),
    "the second document": ("x: 1\n---\napiVersion: v1\nkind: Service\n", (OBJECTS,)),
    "in a comment only": ("# apiVersion: v1\n# kind: Service\n", ()),
    "only a kind": ("kind: Service\n", ()),
    "rules": ("groups:\n- name: a\n  rules:\n  - alert: A\n", (RULES,)),
    "rules as JSON": ('{"groups": [{"rules": []}]}', (RULES,)),
    "groups without rules": ("groups:\n- admins\n- users\n", ()),
    "groups below": ("spec:\n  groups:\n  - rules: []\n", ()),
    "routing": ("route: {receiver: a}\nreceivers: []\n", (ROUTING,)),
    "a route of another tool": ("route: /api\nhost: x\n", ()),
    "prometheus": ("scrape_configs:\n- job_name: a\n", (PROMETHEUS,)),
    "rule files": ("rule_files: ['*.yaml']\n", (PROMETHEUS,)),
    "nothing": ("a: 1\n", ()),
    "empty": ("", ()),
}


@pytest.mark.parametrize(("text", "marks"), MARKS.values(), ids=list(MARKS))
def test_a_mark_claims_a_file(text: str, marks: tuple[str, ...]) -> None:
    assert marks_in(text.encode()) == marks


KINDS: dict[str, tuple[str, set[str]]] = {
    "two kinds": ("apiVersion: v1\nkind: Service\n---\napiVersion: apps/v1\nkind: Deployment\n", {"Service", "Deployment"}),
    "a list may hold any": ("apiVersion: v1\nkind: List\n", set()),
    "a nested kind counts": ("apiVersion: v1\nkind: HorizontalPodAutoscaler\nspec:\n  ref:\n    kind: Deployment\n", {"HorizontalPodAutoscaler", "Deployment"}),
    "rules": ("groups:\n- rules: [\n", {RULES}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), KINDS.values(), ids=list(KINDS))
def test_a_broken_file_could_hold_the_kinds_that_it_names(text: str, kinds: set[str]) -> None:
    assert kinds_in(text.encode()) == kinds


SERVICE = b"apiVersion: v1\nkind: Service\n"


def of(paths: dict[str, bytes]) -> Documents:
    return Documents({"repository": TextTree("repository", paths)})


def paths(found: tuple[File, ...]) -> list[str]:
    return [file.path for file in found]


LEFT_ALONE = [
    "vendor/x.yaml", "node_modules/a/b.yaml", "a/.terraform/x.yaml", ".readiness/x.yaml", "notes.txt", "x.yaml.j2",
    "chart/templates/x.yaml", "chart/crds/x.yaml", "chart/charts/sub/templates/y.yaml",
]  # fmt: skip


def test_files_that_are_no_evidence_are_left_alone() -> None:
    found = of(
        {"k8s/a.yaml": SERVICE, "chart/Chart.yaml": b"name: x\n", **dict.fromkeys(LEFT_ALONE, SERVICE)}
    )
    assert paths(found.marked(OBJECTS)) == ["k8s/a.yaml"]


def test_a_chart_at_the_top_holds_everything() -> None:
    found = of({"Chart.yaml": b"name: x\n", "k8s/a.yaml": SERVICE})
    assert found.marked(OBJECTS) == ()
    assert found.charts("repository") == {""}


def test_patterns_match_whole_paths() -> None:
    found = of(
        dict.fromkeys(
            ["capacity.yaml", "a/capacity.yaml", "docs/x/y/p.md", "docs/p.md", "p.md", "xcapacity.yaml"], b""
        )
    )
    assert paths(found.named("capacity.yaml")) == ["a/capacity.yaml", "capacity.yaml"]
    assert paths(found.named("docs/**/*.md")) == ["docs/p.md", "docs/x/y/p.md"]
    assert paths(found.named("docs/*.md")) == ["docs/p.md"]
    assert paths(found.named("?.md")) == ["docs/p.md", "docs/x/y/p.md", "p.md"]


def test_a_folder_is_no_prefix_of_its_neighbour() -> None:
    found = of(dict.fromkeys(["k8s/a.yaml", "k8s-old/b.yaml", "k8s.yaml"], SERVICE))
    assert paths(found.under("repository", "k8s")) == ["k8s/a.yaml"]
    assert paths(found.under("repository", "k8s/")) == ["k8s/a.yaml"]
    assert paths(found.under("repository", "k8s.yaml")) == ["k8s.yaml"]
    assert len(found.under("repository", ".")) == 3
    assert found.under("repository", "nowhere") == ()


def test_a_file_is_parsed_once_and_its_documents_are_numbered() -> None:
    found = of({"a.yaml": b"---\n---\n" + SERVICE + b"---\n" + SERVICE})
    (file,) = found.marked(OBJECTS)
    for _ in range(3):
        parsed = found.parsed(file)
        assert not isinstance(parsed, Unreadable)
        assert [(one.number, one.at.document) for one in parsed] == [(1, 1), (2, 2)]
    assert found.parses == 1


def test_a_broken_file_stands_in_its_place() -> None:
    found = of({"a.yaml": SERVICE, "b.yaml": SERVICE + b"spec: [\n", "c.yaml": SERVICE})
    made = list(found.documents(found.marked(OBJECTS)))
    assert [isinstance(one, Unreadable) for one in made] == [False, True, False]
    (broken,) = found.broken()
    assert broken.at.file == "b.yaml"
    assert broken.kinds == {"Service"}
    assert broken.at.line in (2, 3, 4)
    assert broken.fix.startswith("mend b.yaml:")


def test_duplicate_keys_are_kept_for_who_asks() -> None:
    found = of({"a.yaml": SERVICE + b"spec: {a: 1, a: 2}\n"})
    found.parsed(found.marked(OBJECTS)[0])
    assert [(file.path, one.keys) for file, one in found.duplicates()] == [("a.yaml", ("spec", "a"))]


def test_a_file_too_large_is_unread_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(SERVICE)
    with open(tmp_path / "b.yaml", "wb") as file:
        file.truncate(21 * 2**20)
    found = Documents.collect(Sources({"repository": open_work_tree(str(tmp_path))}))
    assert paths(found.marked(OBJECTS)) == ["a.yaml"]
    (unread,) = found.unread("repository")
    assert (unread.at.file, unread in found.broken()) == ("b.yaml", True)
    assert "b.yaml" not in unread.why


def test_kustomizations_are_found_outside_of_charts() -> None:
    names = [
        "a/kustomization.yaml",
        "b/kustomization.yml",
        "c/Kustomization",
        "chart/Chart.yaml",
        "chart/k/kustomization.yaml",
    ]
    assert of(dict.fromkeys(names, b"")).kustomizations("repository") == ("a", "b", "c")


@pytest.mark.parametrize("count", [10, 100])
def test_work_grows_with_the_files(count: int) -> None:
    found = of({f"k8s/{number:04}.yaml": SERVICE for number in range(count)})
    for _ in range(3):
        for file in found.marked(OBJECTS):
            found.parsed(file)
    assert found.parses == count
