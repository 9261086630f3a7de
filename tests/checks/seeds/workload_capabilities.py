"""Edits that leave a container more of root's rights."""

from tests.checks.seeds.workload_security import CATALOG, NODES, WARM, WEB, windows
from tests.faults import Fault

ALL = "drop: [ALL]"
FOURTEEN = (
    "AUDIT_WRITE, chown, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, NET_RAW, SETFCAP, SETGID, "
    "SETPCAP, CAP_SETUID, SYS_CHROOT"
)


def adding(*names: str) -> Fault:
    return Fault(CATALOG, ALL, f"{ALL}\n              add: [{', '.join(names)}]")


def dropping(names: str) -> Fault:
    return Fault(CATALOG, ALL, f"drop: [{names}]")


FAULTS = {
    "adds-net-admin": ("workload.dangerous-capabilities", adding("NET_ADMIN")),
    "adds-cap-sys-admin": ("workload.dangerous-capabilities", adding("cap_sys_admin")),
    "adds-all": ("workload.dangerous-capabilities", adding("all")),
    "init-adds-sys-admin": (
        "workload.dangerous-capabilities",
        Fault(WEB, WARM, WARM.replace("{drop: [ALL]}", "{drop: [ALL], add: [SYS_ADMIN]}")),
    ),
    "adds-bind": ("workload.added-capabilities", adding("NET_BIND_SERVICE")),
    "adds-two": ("workload.added-capabilities", adding("CHOWN", "SYS_TIME")),
    "adds-net-raw": ("workload.drop-net-raw", adding("NET_RAW")),
    "drops-others": ("workload.drop-net-raw", dropping(FOURTEEN.replace("NET_RAW, ", ""))),
    "drops-nothing": ("workload.drop-net-raw", Fault(NODES, ALL, "drop: []")),
    "drops-thirteen": ("workload.drop-all-capabilities", dropping(FOURTEEN.replace("AUDIT_WRITE, ", ""))),
    "no-capabilities-of-init": (
        "workload.drop-all-capabilities",
        Fault(WEB, WARM, WARM.replace(", capabilities: {drop: [ALL]}", "")),
    ),
}

LOOK_ALIKES = {
    "adds-harmless": ("workload.dangerous-capabilities", adding("SYS_TIME")),
    "adds-none": ("workload.added-capabilities", adding()),
    "drops-net-raw-alone": ("workload.drop-net-raw", dropping("cap_net_raw")),
    "windows-net-raw": ("workload.drop-net-raw", windows("net-raw")),
    "drops-all-small": ("workload.drop-all-capabilities", dropping("all")),
    "drops-fourteen": ("workload.drop-all-capabilities", dropping(FOURTEEN)),
    "windows-capabilities": ("workload.drop-all-capabilities", windows("capabilities")),
}
