"""What the kernel refuses to a container: seccomp, AppArmor and SELinux, the container's own or its pod's."""

from typing import Any

from readiness.api import Edit, FieldRule, Unknown
from readiness.evidence.effective import Value
from readiness.evidence.manifests import Container
from readiness.rule import left_out
from readiness_checks.workload.capabilities import named, on_linux

APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
CONFINING = frozenset({"RuntimeDefault", "Localhost"})


def _profile(container: Container, key: str) -> tuple[str | None, Value[Any] | None]:
    """The type of an effective profile, and where the profile stands.

    Raises:
        Unknown: it is no mapping, or its type no text.
    """
    found = container.effective(key)
    if found is None:
        return None, None
    kind = found.value.get("type") if isinstance(found.value, dict) else found.value
    if not isinstance(found.value, dict) or not isinstance(kind, str | None):
        raise Unknown(f"{key} is {found.value!r:.60} where a mapping with a type is expected", found.at)
    return kind, found


def _unconfined(container: Container) -> Value[str] | None:
    kind, found = _profile(container, "seccompProfile")
    if kind in CONFINING:
        return None
    if kind:
        assert found is not None
        return Value(f"with seccomp profile {kind}", found.at)
    return Value("without a seccomp profile", container.at.at("securityContext", "seccompProfile"))


def _default_profile(container: Container) -> tuple[Edit, ...]:
    if _profile(container, "seccompProfile")[1] is not None:
        return ()  # somebody chose it
    at = container.at.at("securityContext", "seccompProfile")
    return (Edit(at, "set", {"type": "RuntimeDefault"}),)


def _hardened(container: Container) -> Value[str] | None:
    """The first thing found that confines a container."""
    for key in ("seccompProfile", "appArmorProfile"):
        kind, found = _profile(container, key)
        if found is not None and kind in CONFINING:
            return Value(key, found.at)
    workload = container.workload
    annotation = workload.pod_annotations.get(APPARMOR + container.name)
    if annotation and annotation != "unconfined":
        return Value("AppArmor", workload.pod_at.at("metadata", "annotations", APPARMOR + container.name))
    selinux = container.effective("seLinuxOptions")
    if selinux is not None and selinux.value:
        return Value("seLinuxOptions", selinux.at)
    if named(container, "drop") and "ALL" not in named(container, "add"):
        at = container.at.at("securityContext", "capabilities", "drop")
        return Value("capabilities", at)
    return None


def _given(value: object) -> bool:
    return value is not None


def _context_at(container: Container) -> Any:
    return container.at.at("securityContext")


SECCOMP_PROFILE = FieldRule(
    "seccomp-profile",
    Container,
    _unconfined,
    holds=left_out,
    says="runs {value}",
    fix="set seccompProfile.type to RuntimeDefault in the securityContext of container {part} or of its pod",
    only=on_linux,
    edit=_default_profile,
    doc="""Every container runs with a seccomp profile.

    Without one a container may make every call to the kernel that there is. Most ways out of containers
    went through calls which no service makes and which the runtime's own profile refuses. The container's
    profile wins over the pod's.

    Silent on:
        profile Localhost, as well as RuntimeDefault;
        Windows pods, which have no such profiles.

    Severity: warning warning warning note

    Source:
        Kubernetes, Pod Security Standards, restricted: Seccomp. The old annotations
        (seccomp.security.alpha.kubernetes.io) have no effect since Kubernetes 1.27; the field has since 1.19.

    Peers:
        kube-score/container-seccomp-profile: any profile passes, Unconfined too
        checkov/CKV_K8S_31: refuses Localhost, lets the pod's profile win and takes the old annotations
    """,
)

LINUX_HARDENING = FieldRule(
    "linux-hardening",
    Container,
    _hardened,
    holds=_given,
    at=_context_at,
    says="has no seccomp profile, AppArmor profile, SELinux options or dropped capability",
    fix="set seccompProfile.type to RuntimeDefault and capabilities.drop to [ALL] in the securityContext of "
    "container {part}",
    only=on_linux,
    doc="""Every container is confined by at least one means of the kernel.

    Without seccomp, AppArmor, SELinux and with all capabilities, nothing but the container's own walls is
    between a program that is broken into and its node. AppArmor counts as field and as the older
    annotation; a profile Unconfined confines nothing; dropping is undone by adding ALL.

    Silent on:
        Windows pods, which have none of these.

    Severity: note note note note

    Source:
        Kubernetes documentation, Linux kernel security constraints for Pods and containers.

    Peers:
        polaris/linuxHardening: does not read appArmorProfile
    """,
)

RULES = (SECCOMP_PROFILE, LINUX_HARDENING)
