"""Which of root's rights a container has: what it adds to and drops from those that runtimes give."""

from readiness.api import FieldRule, Location, Unknown
from readiness.evidence.effective import Value, items
from readiness.evidence.manifests import Container
from readiness.rule import left_out

DANGEROUS = frozenset({"ALL", "SYS_ADMIN", "NET_ADMIN"})
# What containerd and Docker give to a container that asks for nothing; CRI-O gives a part of it.
BY_DEFAULT = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
        "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip


def listed(container: Container, group: str) -> list[Value[str]]:
    """Capabilities under `add` or `drop`, with their places."""
    names = named(container, group)
    return [Value(name, _at(container, group, index)) for index, name in enumerate(names)]


def named(container: Container, group: str) -> list[str]:
    """Capabilities under `add` or `drop`, in capitals and without CAP_, as runtimes read them.

    Raises:
        Unknown: one of them is no text.
    """
    found = []
    for index, entry in enumerate(
        items(container.body, container.at, "securityContext", "capabilities", group)
    ):
        if not isinstance(entry, str):
            raise Unknown(f"capability {entry!r:.60} is no text", _at(container, group, index))
        found.append(entry.upper().removeprefix("CAP_"))
    return found


def _at(container: Container, *keys: str | int) -> Location:
    return container.at.at("securityContext", "capabilities", *keys)


def _added(container: Container) -> list[Value[str]]:
    return listed(container, "add")


def _dangerous(container: Container) -> list[Value[str]]:
    return [one for one in listed(container, "add") if one.value in DANGEROUS]


def _net_raw(container: Container) -> Value[str] | None:
    """How a container comes by NET_RAW."""
    for one in listed(container, "add"):
        if one.value == "NET_RAW":
            return Value("adds NET_RAW", one.at)
    dropped = named(container, "drop")
    if "ALL" in dropped or "NET_RAW" in dropped:
        return None
    return Value("does not drop NET_RAW", _at(container, "drop"))


def _kept(container: Container) -> Value[str] | None:
    """Which capabilities a container keeps of those that it is given."""
    dropped = named(container, "drop")
    if "ALL" in dropped:
        return None
    kept = BY_DEFAULT.difference(dropped)
    if not kept:
        return None
    which = f"all {len(kept)}" if kept == BY_DEFAULT else f"{len(kept)} of {len(BY_DEFAULT)}"
    return Value(which, _at(container, "drop"))


def on_linux(container: Container) -> bool:
    return not container.workload.windows


DANGEROUS_CAPABILITIES = FieldRule(
    "dangerous-capabilities",
    Container,
    _dangerous,
    holds=left_out,
    several=True,
    says="adds capability {value}",
    fix="take {value} from securityContext.capabilities.add of container {part}, and add the one capability "
    "that it needs",
    doc="""No container adds a capability that is as good as root on its node.

    With SYS_ADMIN a container mounts and traces what it likes, with NET_ADMIN it changes routes and
    firewalls, with ALL it does both. Letters may be small, and CAP_ may stand before the name.

    Severity: error error error warning

    Source:
        Kubernetes, Pod Security Standards, baseline: Capabilities; capabilities(7).

    Peers:
        polaris/dangerousCapabilities: the same
        kube-linter/verify-container-capabilities: a list that is configured
        checkov/CKV_K8S_39: SYS_ADMIN only
    """,
)

ADDED_CAPABILITIES = FieldRule(
    "added-capabilities",
    Container,
    _added,
    holds=left_out,
    several=True,
    says="adds capability {value}",
    fix="take {value} from securityContext.capabilities.add of container {part}",
    doc="""No container adds any capability.

    Each capability is a part of root's rights that a program which is broken into has as well. Most
    programs that ask for one need another port, another user or another file mode instead.

    Severity: note note note note

    Source:
        Kubernetes, Pod Security Standards, restricted: Capabilities; capabilities(7).

    Peers:
        checkov/CKV_K8S_25: the same
    """,
)

DROP_NET_RAW = FieldRule(
    "drop-net-raw",
    Container,
    _net_raw,
    holds=left_out,
    says="can forge packets: it {value}",
    fix="list NET_RAW or ALL under securityContext.capabilities.drop of container {part}, and do not add "
    "NET_RAW",
    only=on_linux,
    doc="""No container can forge packets: each drops NET_RAW or ALL, and none adds NET_RAW.

    With NET_RAW a program that is broken into answers ARP and DNS questions in the name of others, and
    reads or changes the traffic of other pods of its node. containerd and Docker give it to every container
    that does not drop it, also to one that says nothing of capabilities.

    Silent on:
        Windows pods, which have no capabilities.

    Severity: warning warning warning note

    Source:
        CIS Kubernetes Benchmark, 5.2: admission of containers with the NET_RAW capability.

    Peers:
        kube-linter/drop-net-raw-capability: passes a container without capabilities, and reports another
            twice that adds NET_RAW
        checkov/CKV_K8S_28: the same
    """,
)

DROP_ALL_CAPABILITIES = FieldRule(
    "drop-all-capabilities",
    Container,
    _kept,
    holds=left_out,
    says="keeps {value} capabilities that container runtimes give by default",
    fix="set securityContext.capabilities.drop to [ALL] in container {part}, and add those that it needs",
    only=on_linux,
    doc="""Every container drops the capabilities that it is given unasked.

    Runtimes give fourteen parts of root's rights to each container: to change the owner of files, to
    make device nodes, to write to any file. A program that needs none of them loses nothing, and who breaks
    into it gains nothing. All are dropped by ALL, or one by one.

    Silent on:
        Windows pods, which have no capabilities.

    Severity: warning warning warning note

    Source:
        Kubernetes, Pod Security Standards, restricted: Capabilities.

    Peers:
        polaris/insecureCapabilities: asks for NET_ADMIN too in a list, which no runtime gives by default
        checkov/CKV_K8S_37: ALL only
    """,
)

RULES = (DANGEROUS_CAPABILITIES, ADDED_CAPABILITIES, DROP_NET_RAW, DROP_ALL_CAPABILITIES)
