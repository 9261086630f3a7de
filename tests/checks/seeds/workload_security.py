"""Edits that give a container more rights than it needs."""

from tests.faults import Fault

WEB, CATALOG, BATCH = "web.yaml", "catalog.yaml", "batch.yaml"
WARM = "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}"

FAULTS = {
    "root-fs-writable": (
        "workload.read-only-root-fs",
        Fault(CATALOG, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    ),
    "init-root-fs-left-out": (
        "workload.read-only-root-fs",
        Fault(WEB, ", readOnlyRootFilesystem: true, ", ", "),
    ),
    "privileged": (
        "workload.privileged",
        Fault(
            CATALOG,
            "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: true\n            privileged: true",
        ),
    ),
    "init-privileged": ("workload.privileged", Fault(WEB, WARM, WARM + ", privileged: true")),
}

LOOK_ALIKES = {
    "privileged-false": (
        "workload.privileged",
        Fault(
            CATALOG,
            "readOnlyRootFilesystem: true",
            "readOnlyRootFilesystem: true\n            privileged: false",
        ),
    ),
}
