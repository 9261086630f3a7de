"""Edits of what objects are called and labelled."""

from tests.faults import Fault

WEB, CATALOG, BATCH, NODES = "web.yaml", "catalog.yaml", "batch.yaml", "nodes.yaml"
DEPLOYMENT = "kind: Deployment\nmetadata:\n  name: web\n"
NAMED = DEPLOYMENT + "  namespace: shop\n"
LABELS = "  labels: {app.kubernetes.io/name: web, app.kubernetes.io/instance: web, owner: team-shop}\n"
ADDRESS = "  annotations: {email: team-shop@shop.example}\n"
POD = "      labels: {app.kubernetes.io/name: web, app.kubernetes.io/instance: web, owner: team-shop}\n"


def labelled(label: str) -> Fault:
    return Fault(WEB, NAMED + LABELS, NAMED + LABELS.replace("}\n", f", {label}}}\n"))


def pods_labelled(label: str) -> Fault:
    return Fault(WEB, POD, POD.replace("}\n", f", {label}}}\n"))


FAULTS = {
    "namespace-left-out": ("object.namespace-set", Fault(WEB, NAMED, DEPLOYMENT)),
    "namespace-default": (
        "object.namespace-set",
        Fault(WEB, "kind: ConfigMap\nmetadata:\n  name: web-settings\n  namespace: shop\n",
              "kind: ConfigMap\nmetadata:\n  name: web-settings\n  namespace: default\n"),
    ),
    "label-of-64": ("object.label-values", labelled(f"commit: {'a' * 64}")),
    "label-with-slash": ("object.label-values", labelled("branch: feature/basket")),
    "label-is-number": ("object.label-values", pods_labelled("version: 1.10")),
    "label-key-of-64": ("object.label-values", pods_labelled(f"shop.example/{'k' * 64}: x")),
    "label-prefix-in-capitals": ("object.label-values", labelled("Shop.Example/branch: x")),
    "service-selects-by-number": (
        "object.label-values",
        Fault(WEB, "  selector: {app.kubernetes.io/name: web}\n",
              "  selector: {app.kubernetes.io/name: web, generation: 2}\n"),
    ),
    "owner-left-out": ("object.required-label", Fault(WEB, NAMED + LABELS, NAMED + LABELS.replace(", owner: team-shop", ""))),
    "owner-empty": (
        "object.required-label",
        Fault(WEB, NAMED + LABELS, NAMED + LABELS.replace("owner: team-shop", 'owner: ""')),
    ),
    "email-left-out": ("object.required-annotation", Fault(WEB, NAMED + LABELS + ADDRESS, NAMED + LABELS)),
    "email-of-another-name": (
        "object.required-annotation",
        Fault(WEB, NAMED + LABELS + ADDRESS, NAMED + LABELS + ADDRESS.replace("email", "mail")),
    ),
    "instance-of-another-name": (
        "object.instance-label",
        Fault(WEB, NAMED + LABELS, NAMED + LABELS.replace("instance: web", "instance: shop")),
    ),
    "instance-left-out": (
        "object.instance-label",
        Fault(WEB, NAMED + LABELS, NAMED + LABELS.replace(" app.kubernetes.io/instance: web,", "")),
    ),
}  # fmt: skip

LOOK_ALIKES = {
    "namespace-of-a-cluster-role": (
        "object.namespace-set",
        Fault("extra.yaml", "", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: extra}\n"),
    ),
    "namespace-of-a-custom-kind": (
        "object.namespace-set",
        Fault("extra.yaml", "", "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: extra}\n"),
    ),
    "namespace-of-default-account": (
        "object.namespace-set",
        Fault("extra.yaml", "", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n"),
    ),
    "label-of-63": ("object.label-values", labelled(f"commit: {'a' * 63}")),
    "label-empty": ("object.label-values", labelled('shop.example/branch: ""')),
    "label-in-quotes": ("object.label-values", pods_labelled('version: "1.10"')),
    "annotation-of-any-text": (
        "object.label-values",
        Fault(WEB, NAMED + LABELS + ADDRESS, NAMED + LABELS + ADDRESS.replace("}", f", note: 'a/b {'c' * 90}'}}")),
    ),
    "owner-of-a-settings-map": (
        "object.required-label",
        Fault("extra.yaml", "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: shop}\n"),
    ),
    "email-of-a-settings-map": (
        "object.required-annotation",
        Fault("extra.yaml", "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: shop}\n"),
    ),
    "instance-of-a-settings-map": (
        "object.instance-label",
        Fault("extra.yaml", "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: shop}\n"),
    ),
}  # fmt: skip
