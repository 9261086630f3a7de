"""Edits of the account that pods run as."""

from tests.faults import Fault

CATALOG, NODES = "catalog.yaml", "nodes.yaml"
POD = "      serviceAccountName: catalog\n      automountServiceAccountToken: false\n"
NODE_POD = POD.replace("catalog", "node-logs")

FAULTS = {
    "token-mounted": (
        "workload.automount-service-account-token",
        Fault(CATALOG, POD, POD.replace("false", "true")),
    ),
    "token-mounted-by-default": (
        "workload.automount-service-account-token",
        Fault(CATALOG, POD, "      serviceAccountName: other\n"),
    ),
    "no-account-named": (
        "workload.default-service-account",
        Fault(CATALOG, POD, ""),
    ),
    "default-account-named": (
        "workload.default-service-account",
        Fault(CATALOG, POD, "      serviceAccountName: default\n"),
    ),
    "old-account-field": (
        "workload.deprecated-service-account-field",
        Fault(CATALOG, POD, POD.replace("serviceAccountName", "serviceAccount")),
    ),
    "two-accounts": (
        "workload.deprecated-service-account-field",
        Fault(CATALOG, POD, POD + "      serviceAccount: web\n"),
    ),
    "account-misspelt": (
        "workload.service-account-exists",
        Fault(CATALOG, POD, POD.replace("catalog", "catalogs")),
    ),
    "old-account-field-misspelt": (
        "workload.service-account-exists",
        Fault(CATALOG, POD, POD.replace("serviceAccountName: catalog", "serviceAccount: reports")),
    ),
}

LOOK_ALIKES = {
    "token-for-an-account-with-rights": (
        "workload.automount-service-account-token",
        Fault(NODES, NODE_POD, NODE_POD.replace("false", "true")),
    ),
    "token-refused-by-the-account": (
        "workload.automount-service-account-token",
        Fault(CATALOG, POD, "      serviceAccountName: catalog\n"),
    ),
    "default-account-without-token": (
        "workload.default-service-account",
        Fault(CATALOG, POD, "      automountServiceAccountToken: false\n"),
    ),
    "both-account-fields": (
        "workload.deprecated-service-account-field",
        Fault(CATALOG, POD, POD + "      serviceAccount: catalog\n"),
    ),
    "account-of-every-namespace": (
        "workload.service-account-exists",
        Fault(CATALOG, POD, POD.replace("catalog", "default")),
    ),
}
