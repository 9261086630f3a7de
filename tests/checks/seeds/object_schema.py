"""Edits after which an object is no longer what its Kubernetes version knows."""

from tests.faults import Fault

WEB, CATALOG, BATCH = "web.yaml", "catalog.yaml", "batch.yaml"

FAULTS = {
    "field-misspelt": ("object.schema", Fault(CATALOG, "clusterIP: None", "clusterIp: None")),
    "number-as-text": ("object.schema", Fault(CATALOG, "  replicas: 3\n", '  replicas: "3"\n')),
    "api-version-removed": (
        "object.api-version",
        Fault(
            "extra.yaml", "", "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: old}\n"
        ),
    ),
    "api-version-of-no-kind": (
        "object.api-version",
        Fault(
            "extra.yaml", "", "apiVersion: apps/v1beta9\nkind: ControllerRevision\nmetadata: {name: old}\n"
        ),
    ),
}

LOOK_ALIKES = {
    "field-null": ("object.schema", Fault(CATALOG, "clusterIP: None", "clusterIP: None\n  externalName: null")),
    "int-or-string-as-text": ("object.schema", Fault(CATALOG, "tcpSocket: {port: https}", 'tcpSocket: {port: "https"}')),
    "quantity-as-number": ("object.schema", Fault(CATALOG, 'limits: {cpu: "1",', "limits: {cpu: 1,")),
    "status-of-the-cluster": (
        "object.schema",
        Fault(
            "extra.yaml", "",
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: other, namespace: elsewhere}\n"
            "spec: {maxUnavailable: 1}\nstatus: {}\n",
        ),
    ),
    "kind-of-others": (
        "object.api-version",
        Fault("extra.yaml", "", "apiVersion: example.com/v1beta1\nkind: Deployment\nmetadata: {name: other}\n"),
    ),
    "kubeconfig": ("object.api-version", Fault("extra.yaml", "", "apiVersion: v1\nkind: Config\nclusters: []\n")),
}  # fmt: skip
