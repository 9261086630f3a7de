"""Objects that OpenShift and old clusters have."""

from tests.checks.seeds.workload_security import CATALOG
from tests.faults import Fault

SCC, LEGACY = "object.scc-privileged", "object.legacy-components"


def scc(text: str, group: str = "security.openshift.io/v1") -> Fault:
    return Fault(
        "scc.yaml",
        "",
        f"apiVersion: {group}\nkind: SecurityContextConstraints\nmetadata:\n  name: agents\n"
        "  labels: {app.kubernetes.io/name: agents, app.kubernetes.io/instance: agents, owner: team-shop}\n"
        f"  annotations: {{email: team-shop@shop.example}}\n{text}\n",
    )


def service(text: str) -> Fault:
    return Fault(
        "service.yaml",
        "",
        "apiVersion: v1\nkind: Service\nmetadata: {name: old, namespace: kube-system}\n"
        f"spec: {{selector: {{{text}}}, ports: [{{port: 44134}}]}}\n",
    )


def image(name: str) -> Fault:
    return Fault(CATALOG, "shop.example/catalog:", f"shop.example/{name}:")


FAULTS = {
    "scc-privileged": (SCC, scc("allowPrivilegedContainer: true")),
    "scc-of-version-3": (SCC, scc("allowPrivilegedContainer: true", "v1")),
    "tiller": (LEGACY, image("kubernetes-helm/tiller")),
    "dashboard": (LEGACY, image("kubernetesui/dashboard")),
}

LOOK_ALIKES = {
    "scc-unprivileged": (SCC, scc("allowPrivilegedContainer: false")),
    "scc-says-nothing": (SCC, scc("priority: 1")),
    "app-helm": (LEGACY, service("app: helm, name: charts")),
    "image-like-tiller": (
        LEGACY,
        image("tiller-report/catalog"),
    ),
}
