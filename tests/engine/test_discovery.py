"""Which environments a repository has where no checklist names them."""
# a row a case

import pytest

from readiness.discovery import class_of, environments
from readiness.evidence.documents import Documents
from readiness.tree import TextTree


def obj(name: str, kind: str = "Deployment") -> str:
    return f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"


def kustomization(*resources: str, kind: str = "Kustomization", field: str = "resources") -> str:
    return f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: {kind}\n{field}: [{', '.join(resources)}]\n"


def found(texts: dict[str, str]) -> dict[str, tuple[str, list[str]]]:
    """Name → class, and what it deploys as `kind:path`."""
    tree = TextTree("repository", {name: text.encode() for name, text in texts.items()})
    return {
        one.name: (one.cls, [f"{entry.kind}:{entry.path}" for entry in one.manifests])
        for one in environments(Documents({"repository": tree}))
    }


OVERLAYS = {
    "base/kustomization.yaml": kustomization("api.yaml"),
    "base/api.yaml": obj("api"),
    "overlays/production/kustomization.yaml": kustomization("../../base"),
    "overlays/staging/kustomization.yaml": kustomization("../../base"),
}

CASES: dict[str, tuple[dict[str, str], dict[str, tuple[str, list[str]]]]] = {
    "nothing": ({"README.md": "x"}, {}),
    "one folder": (
        {"k8s/a.yaml": obj("a"), "k8s/b.yaml": obj("b")},
        {"default": ("production", ["path:k8s/a.yaml", "path:k8s/b.yaml"])},
    ),
    "folders that go together": (
        {"k8s/api/a.yaml": obj("a"), "k8s/web/b.yaml": obj("b")},
        {"default": ("production", ["path:k8s/api/a.yaml", "path:k8s/web/b.yaml"])},
    ),
    "folders that define the same": (
        {"prod/a.yaml": obj("a"), "staging/a.yaml": obj("a")},
        {"prod": ("production", ["path:prod/a.yaml"]), "staging": ("staging", ["path:staging/a.yaml"])},
    ),
    "the same object in one file twice is one environment": (
        {"k8s/a.yaml": obj("a") + "---\n" + obj("a")},
        {"default": ("production", ["path:k8s/a.yaml"])},
    ),
    "overlays of a base": (
        OVERLAYS,
        {
            "production": ("production", ["kustomization:overlays/production"]),
            "staging": ("staging", ["kustomization:overlays/staging"]),
        },
    ),
    "a kustomization alone": (
        {"deploy/kustomization.yaml": kustomization("api.yaml"), "deploy/api.yaml": obj("a")},
        {"deploy": ("production", ["kustomization:deploy"])},
    ),
    "a component is no environment": (
        {**OVERLAYS, "components/x/kustomization.yaml": kustomization("x.yaml", kind="Component"), "components/x/x.yaml": obj("x")},
        {
            "production": ("production", ["kustomization:overlays/production"]),
            "staging": ("staging", ["kustomization:overlays/staging"]),
        },
    ),
    "overlays of the same last name": (
        {
            "base/kustomization.yaml": kustomization("a.yaml"), "base/a.yaml": obj("a"),
            "eu/prod/kustomization.yaml": kustomization("../../base"), "us/prod/kustomization.yaml": kustomization("../../base"),
        },
        {"eu/prod": ("production", ["kustomization:eu/prod"]), "us/prod": ("production", ["kustomization:us/prod"])},
    ),
    "a chart": (
        {"charts/api/Chart.yaml": "name: api\n", "charts/api/templates/a.yaml": obj("a"), "charts/api/charts/db/Chart.yaml": "name: db\n"},
        {"api": ("production", ["chart:charts/api"])},
    ),
    "what is not deployed": (
        {"k8s/a.yaml": obj("a"), "tests/k8s/a.yaml": obj("a"), "e2e/x.yaml": obj("x"), ".github/x.yaml": obj("y")},
        {"default": ("production", ["path:k8s/a.yaml"])},
    ),
    "a broken kustomization stays one": (
        {"over/kustomization.yaml": "resources: [", "k8s/a.yaml": obj("a")},
        {"over": ("production", ["kustomization:over"]), "k8s": ("production", ["path:k8s/a.yaml"])},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "expected"), CASES.values(), ids=list(CASES))
def test_environments_are_found(texts: dict[str, str], expected: dict[str, tuple[str, list[str]]]) -> None:
    assert found(texts) == expected
    assert found(dict(reversed(texts.items()))) == expected


CLASSES = {
    "production": "production", "prod": "production", "overlays/prod-eu": "production", "live": "production", "PRD": "production",
    "staging": "staging", "stage": "staging", "k8s/uat": "staging", "preprod": "staging", "qa": "test", "test": "test",
    "dev": "development", "local": "development", "kind": "development", "default": "production", "deploy": "production",
    "delivery": "production", "testing-prod": "production", "products": "production", "developer-portal": "production",
}  # fmt: skip


@pytest.mark.parametrize(("name", "cls"), CLASSES.items())
def test_a_name_tells_the_class(name: str, cls: str) -> None:
    assert class_of(name) == cls
