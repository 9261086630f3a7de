"""Components that clusters once had and that are no longer fit to be run."""

import re
from collections.abc import Mapping

from readiness.api import FieldRule
from readiness.evidence.effective import Value, items
from readiness.evidence.manifests import AnyObject, Service, Workload
from readiness.rule import left_out

DASHBOARD = "the Kubernetes dashboard"
TILLER = "Tiller of Helm 2"
KINDS = Workload.KINDS | {"Service"}
IMAGES = (
    (re.compile(r"(?:^|/)(?:kubernetes-dashboard[^/]*$|kubernetesui/)"), DASHBOARD),
    (re.compile(r"(?:^|/)tiller(?:[:@]|$)"), TILLER),
)
NAME_LABELS = ("k8s-app", "app", "app.kubernetes.io/name")


def _may_be(found: AnyObject) -> bool:
    return found.object.kind in KINDS


def _component(found: AnyObject) -> Value[str] | None:
    """Which of them an object is."""
    labels: tuple[Mapping[str, str], ...] = (found.object.labels,)
    if found.object.kind == "Service":
        labels += (Service(found.object).selector or {},)
    else:
        workload = Workload(found.object)
        labels += (workload.pod_labels,)
        component = _by_image(workload)
        if component is not None:
            return component
    for some in labels:
        name = _by_labels(some)
        if name:
            return Value(name, found.at.at("metadata"))
    return None


def _by_image(workload: Workload) -> Value[str] | None:
    at = workload.pod_at.at("spec")
    for group in ("initContainers", "containers"):
        for index, body in enumerate(items(workload.pod_spec, at, group)):
            image = body.get("image") if isinstance(body, dict) else None
            if not isinstance(image, str):
                continue
            for pattern, component in IMAGES:
                if pattern.search(image):
                    return Value(component, at.at(group, index, "image"))
    return None


def _by_labels(labels: Mapping[str, str]) -> str:
    if any(labels.get(key) == "kubernetes-dashboard" for key in NAME_LABELS):
        return DASHBOARD
    return TILLER if labels.get("app") == "helm" and labels.get("name") == "tiller" else ""


LEGACY_COMPONENTS = FieldRule(
    "legacy-components",
    AnyObject,
    _component,
    holds=left_out,
    says="belongs to {value}",
    fix="remove {name}: use kubectl or a console with its own sign-in for the dashboard, Helm 3 for Tiller",
    only=_may_be,
    doc="""Neither Helm 2's Tiller nor the Kubernetes dashboard runs in the cluster.

    Tiller does what anybody who reaches its port asks, with the rights of an administrator, and has had no
    fix since 2020. The dashboard is an administrator's console behind one web page, and was the way into
    clusters whose pods mined coins.

    Severity: note note note note

    Source:
        Helm, end of support of version 2, November 2020; CIS Kubernetes Benchmark on the dashboard.

    Peers:
        checkov/CKV_K8S_33: the dashboard
        checkov/CKV_K8S_34: Tiller
        checkov/CKV_K8S_44: the Service of Tiller
        checkov/CKV_K8S_45: how Tiller listens; Tiller itself is reported here
    """,
)

RULES = (LEGACY_COMPONENTS,)
