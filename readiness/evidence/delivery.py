"""How releases reach the cluster: a controller that follows a repository, Helm, or a pipeline's kubectl.

Knows Argo CD's Application and ApplicationSet (argoproj.io), Flux's Kustomization and HelmRelease, in any
source and in manifests, and the commands in files of pipelines. A controller counts when it delivers into a
namespace of the service or has the service's name. Ignored on purpose: what a shared pipeline library does.

Source:
    Argo CD documentation, "Automated Sync Policy"; Flux documentation, "Kustomizations", "Helm Releases".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, Literal, NamedTuple, Self

from readiness.errors import ReadinessError
from readiness.evidence.context import ServiceCard
from readiness.evidence.deployed import Deployed
from readiness.evidence.documents import OBJECTS, Document, Documents
from readiness.evidence.manifests import Manifests
from readiness.known import ByEnvironment
from readiness.outcome import Location

PIPELINES: Final = (
    "Jenkinsfile*", "*.jenkinsfile", ".gitlab-ci.yml", ".github/workflows/*.y*ml", "azure-pipelines*.y*ml",
    "bitbucket-pipelines.yml", ".circleci/config.yml", ".tekton/**/*.y*ml", "cloudbuild.y*ml",
    "helmfile.y*ml",
)  # fmt: skip
_MARKS: Final = (b"argoproj.io", b"toolkit.fluxcd.io")
By = Literal["Application", "ApplicationSet", "Kustomization", "HelmRelease"]
KINDS: Final[Mapping[tuple[str, str], By]] = {
    ("argoproj.io", "Application"): "Application",
    ("argoproj.io", "ApplicationSet"): "ApplicationSet",
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): "Kustomization",
    ("helm.toolkit.fluxcd.io", "HelmRelease"): "HelmRelease",
}
_KUBECTL = r"\b(?:kubectl|oc)\b[^\n'\"|;]{0,200}?\s(?:apply|replace|set\s+image|rollout)\b"
_HELM = r"\bhelm(?:file)?\b[^\n'\"|;]{0,200}?\s(?:upgrade|install|apply|sync)\b"


class Controller(NamedTuple):
    """One object that makes the cluster what a repository says."""

    by: By
    name: str
    at: Location
    automated: bool  # it applies a new commit by itself
    heals: bool  # it takes back what somebody changes in the cluster

    def __str__(self) -> str:
        return f"{self.by} {self.name}"

    @property
    def argo(self) -> bool:
        return self.by in ("Application", "ApplicationSet")


class Delivery:
    """What delivers the service, as far as the sources tell."""

    kinds: ClassVar[frozenset[str]] = frozenset(KINDS.values())

    def __init__(
        self, controllers: tuple[Controller, ...], kubectl: Location | None, helm: Location | None
    ) -> None:
        self.controllers = controllers
        self.kubectl = kubectl  # where a pipeline applies manifests
        self.helm = helm  # what says that Helm releases it

    @classmethod
    def collect(
        cls,
        documents: Documents,
        manifests: ByEnvironment[Manifests],
        deployed: Deployed,
        service: ServiceCard,
    ) -> Self:
        found: dict[tuple[str, str], Controller] = {}
        for value, at in _objects(documents, manifests):
            one = _controller(value, at)
            if one is not None and _delivers(value, one, deployed, service):
                found.setdefault((one.by, one.name), one)
        kubectl, helm = _in_pipelines(documents)
        return cls(tuple(found.values()), kubectl, helm or _helm_of(documents, manifests))


def _objects(
    documents: Documents, manifests: ByEnvironment[Manifests]
) -> Iterator[tuple[Mapping[str, Any], Location]]:
    for _, one in manifests.items():
        for found in one.of(*KINDS.values()):
            yield found.body, found.at
    files = []
    for file in documents.marked(OBJECTS):
        try:
            text = documents.text(file)
        except ReadinessError:
            continue  # evidence.readable says it
        if any(mark in text for mark in _MARKS):
            files.append(file)
    for document in documents.documents(tuple(files)):
        if isinstance(document, Document) and isinstance(document.value, dict):
            yield document.value, document.at


def _controller(value: Mapping[str, Any], at: Location) -> Controller | None:
    group = str(value.get("apiVersion")).rpartition("/")[0]
    by = KINDS.get((group, str(value.get("kind"))))
    if by is None:
        return None
    spec = _mapping(value, "spec")
    name = str(_mapping(value, "metadata").get("name") or "")
    if by in ("Kustomization", "HelmRelease"):
        runs = spec.get("suspend") is not True
        drift = _mapping(spec, "driftDetection").get("mode") == "enabled"
        return Controller(by, name, at.at("spec"), runs, runs and (by == "Kustomization" or drift))
    keys: tuple[str, ...] = ("spec",) if by == "Application" else ("spec", "template", "spec")
    own = spec if by == "Application" else _mapping(_mapping(spec, "template"), "spec")
    automated = _mapping(own, "syncPolicy").get("automated")
    on = automated is not None and (not isinstance(automated, dict) or automated.get("enabled") is not False)
    heals = on and isinstance(automated, dict) and automated.get("selfHeal") is True
    place = at.at(*keys, "syncPolicy", "automated", *(("selfHeal",) if heals else ())) if on else at.at(*keys)
    return Controller(by, name, place, on, heals)


def _delivers(value: Mapping[str, Any], one: Controller, deployed: Deployed, service: ServiceCard) -> bool:
    """Whether a controller is about the service: by its name, or the namespace that it fills."""
    if service.name and one.name in (service.name, f"{service.name}-production", f"{service.name}-prod"):
        return True
    spec = _mapping(value, "spec")
    own = spec if one.by != "ApplicationSet" else _mapping(_mapping(spec, "template"), "spec")
    namespace = _mapping(own, "destination").get("namespace") or own.get("targetNamespace")
    return bool(namespace) and str(namespace) in deployed.namespaces


def _in_pipelines(documents: Documents) -> tuple[Location | None, Location | None]:
    found: dict[str, Location] = {}
    for file in documents.named(*PIPELINES):
        try:
            text = documents.text(file).decode("utf-8", "replace")
        except ReadinessError:
            continue
        for name, pattern in (("kubectl", _KUBECTL), ("helm", _HELM)):
            match = re.search(pattern, text)
            if match:
                found.setdefault(name, file.at._replace(line=text.count("\n", 0, match.start()) + 1))
    return found.get("kubectl"), found.get("helm")


def _helm_of(documents: Documents, manifests: ByEnvironment[Manifests]) -> Location | None:
    """What says that Helm makes the manifests: a chart, or the label that it gives to its objects."""
    for source in documents.trees:
        for folder in sorted(documents.charts(source)):
            return Location(source, f"{folder}/Chart.yaml" if folder else "Chart.yaml")
    for _, one in manifests.items():
        for found in one.objects:
            if found.labels.get("app.kubernetes.io/managed-by") == "Helm" or "helm.sh/chart" in found.labels:
                return found.at
    return None


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}
