"""Which API versions Kubernetes deprecated and removed, in which of its versions, and what replaced them.

Source:
    Kubernetes, Deprecated API Migration Guide (kubernetes.io/docs/reference/using-api/deprecation-guide), for
    removals in 1.16, 1.22, 1.25, 1.26, 1.27, 1.29 and 1.32; the CHANGELOGs of 1.17, 1.19, 1.20 and 1.21 for
    scheduling, auditregistration, settings and batch/v2alpha1; since when each is deprecated: the lifecycle
    tags of k8s.io/api and the warnings of the API server. Which version serves what: the OpenAPI definitions.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from readiness.evidence.openapi import Definitions, definitions, known_version, minor
from readiness.evidence.structure import nearest


class Removal(NamedTuple):
    """One kind in one API version: since when it is deprecated, since when gone, and what to use."""

    api_version: str
    kind: str
    deprecated: str
    removed: str  # "" while nobody has said when
    instead: str  # API version or kind that replaces it; "" when nothing does
    since: str  # Kubernetes version that has the replacement first
    advice: str = ""


# A replacement without a slash is of the same group.
# API version | kinds | deprecated in | removed in | replacement | which is there since
_TABLE = """
extensions/v1beta1 | DaemonSet Deployment ReplicaSet | 1.8 | 1.16 | apps/v1 | 1.9
extensions/v1beta1 | NetworkPolicy | 1.9 | 1.16 | networking.k8s.io/v1 | 1.8
extensions/v1beta1 | PodSecurityPolicy | 1.11 | 1.16
extensions/v1beta1 | Ingress | 1.14 | 1.22 | networking.k8s.io/v1 | 1.19
apps/v1beta1 | Deployment StatefulSet ReplicaSet ControllerRevision | 1.8 | 1.16 | v1 | 1.9
apps/v1beta2 | DaemonSet Deployment ReplicaSet StatefulSet ControllerRevision | 1.9 | 1.16 | v1 | 1.9
scheduling.k8s.io/v1alpha1 | PriorityClass | 1.14 | 1.17 | v1 | 1.14
auditregistration.k8s.io/v1alpha1 | AuditSink | 1.18 | 1.19
settings.k8s.io/v1alpha1 | PodPreset | 1.19 | 1.20
batch/v2alpha1 | CronJob | 1.20 | 1.21 | v1 | 1.21
admissionregistration.k8s.io/v1beta1 | MutatingWebhookConfiguration | 1.16 | 1.22 | v1 | 1.16
admissionregistration.k8s.io/v1beta1 | ValidatingWebhookConfiguration | 1.16 | 1.22 | v1 | 1.16
apiextensions.k8s.io/v1beta1 | CustomResourceDefinition | 1.16 | 1.22 | v1 | 1.16
apiregistration.k8s.io/v1beta1 | APIService | 1.19 | 1.22 | v1 | 1.10
authentication.k8s.io/v1beta1 | TokenReview | 1.19 | 1.22 | v1 | 1.6
authorization.k8s.io/v1beta1 | LocalSubjectAccessReview | 1.19 | 1.22 | v1 | 1.6
authorization.k8s.io/v1beta1 | SelfSubjectAccessReview | 1.19 | 1.22 | v1 | 1.6
authorization.k8s.io/v1beta1 | SubjectAccessReview | 1.19 | 1.22 | v1 | 1.6
authorization.k8s.io/v1beta1 | SelfSubjectRulesReview | 1.19 | 1.22 | v1 | 1.6
certificates.k8s.io/v1beta1 | CertificateSigningRequest | 1.19 | 1.22 | v1 | 1.19
coordination.k8s.io/v1beta1 | Lease | 1.19 | 1.22 | v1 | 1.14
networking.k8s.io/v1beta1 | Ingress IngressClass | 1.19 | 1.22 | v1 | 1.19
rbac.authorization.k8s.io/v1alpha1 | ClusterRole | 1.17 | 1.22 | v1 | 1.8
rbac.authorization.k8s.io/v1alpha1 | ClusterRoleBinding | 1.17 | 1.22 | v1 | 1.8
rbac.authorization.k8s.io/v1alpha1 | Role RoleBinding | 1.17 | 1.22 | v1 | 1.8
rbac.authorization.k8s.io/v1beta1 | ClusterRole | 1.17 | 1.22 | v1 | 1.8
rbac.authorization.k8s.io/v1beta1 | ClusterRoleBinding | 1.17 | 1.22 | v1 | 1.8
rbac.authorization.k8s.io/v1beta1 | Role RoleBinding | 1.17 | 1.22 | v1 | 1.8
scheduling.k8s.io/v1beta1 | PriorityClass | 1.14 | 1.22 | v1 | 1.14
storage.k8s.io/v1beta1 | CSIDriver | 1.19 | 1.22 | v1 | 1.19
storage.k8s.io/v1beta1 | CSINode | 1.17 | 1.22 | v1 | 1.17
storage.k8s.io/v1beta1 | StorageClass | 1.19 | 1.22 | v1 | 1.6
storage.k8s.io/v1beta1 | VolumeAttachment | 1.19 | 1.22 | v1 | 1.13
batch/v1beta1 | CronJob | 1.21 | 1.25 | v1 | 1.21
discovery.k8s.io/v1beta1 | EndpointSlice | 1.21 | 1.25 | v1 | 1.21
events.k8s.io/v1beta1 | Event | 1.22 | 1.25 | v1 | 1.19
autoscaling/v2beta1 | HorizontalPodAutoscaler | 1.22 | 1.25 | v2 | 1.23
policy/v1beta1 | PodDisruptionBudget | 1.21 | 1.25 | v1 | 1.21
policy/v1beta1 | PodSecurityPolicy | 1.21 | 1.25
node.k8s.io/v1beta1 | RuntimeClass | 1.22 | 1.25 | v1 | 1.20
autoscaling/v2beta2 | HorizontalPodAutoscaler | 1.23 | 1.26 | v2 | 1.23
flowcontrol.apiserver.k8s.io/v1beta1 | FlowSchema | 1.23 | 1.26 | v1beta3 | 1.26
flowcontrol.apiserver.k8s.io/v1beta1 | PriorityLevelConfiguration | 1.23 | 1.26 | v1beta3 | 1.26
storage.k8s.io/v1beta1 | CSIStorageCapacity | 1.24 | 1.27 | v1 | 1.24
flowcontrol.apiserver.k8s.io/v1beta2 | FlowSchema | 1.26 | 1.29 | v1 | 1.29
flowcontrol.apiserver.k8s.io/v1beta2 | PriorityLevelConfiguration | 1.26 | 1.29 | v1 | 1.29
flowcontrol.apiserver.k8s.io/v1beta3 | FlowSchema | 1.29 | 1.32 | v1 | 1.29
flowcontrol.apiserver.k8s.io/v1beta3 | PriorityLevelConfiguration | 1.29 | 1.32 | v1 | 1.29
v1 | ComponentStatus | 1.19
v1 | Endpoints | 1.33 |  | discovery.k8s.io/v1 EndpointSlice | 1.21
"""
_ADVICE = {
    "PodSecurityPolicy": "label namespaces with pod-security.kubernetes.io/enforce instead",
    "PodPreset": "write into the pod template what it injected",
    "AuditSink": "configure the API server's audit webhook",
    "ComponentStatus": "ask the health endpoints of the components",
}
# Kinds in `v1` that are not of Kubernetes: kubeconfig files, and OpenShift's older manifests.
OF_OTHERS = frozenset(
    {
        "Build", "BuildConfig", "Config", "DeploymentConfig", "Image", "ImageStream", "ImageStreamTag",
        "Project", "ProjectRequest", "Route", "SecurityContextConstraints", "Template", "User", "Group",
        "OAuthClient", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
    }
)  # fmt: skip


@cache
def removals() -> dict[tuple[str, str], Removal]:
    """Every row of the table, by API version and kind."""
    return {(one.api_version, one.kind): one for one in _rows()}


@cache
def groups() -> frozenset[str]:
    """The groups that the table names."""
    return frozenset(api_version.rpartition("/")[0] for api_version, _ in removals())


def _rows() -> Iterator[Removal]:
    for line in _TABLE.strip().splitlines():
        api_version, kinds, deprecated, removed, instead, since = (
            part.strip() for part in (line + " | | |").split("|")[:6]
        )
        if re.match(r"v[0-9]", instead):
            instead = f"{api_version.rpartition('/')[0]}/{instead}"
        for kind in kinds.split():
            yield Removal(api_version, kind, deprecated, removed, instead, since, _ADVICE.get(kind, ""))


class Standing(NamedTuple):
    """What is to be said of an API version and kind in one Kubernetes version."""

    says: str  # after the API version: "was removed in Kubernetes 1.22"
    use: str = ""  # API version, or API version and kind, that takes its place
    advice: str = ""
    works: bool = False  # the cluster still takes it


def standing(api_version: str, kind: str, version: str) -> Standing | None:
    """What is wrong with an API version of Kubernetes' own groups; None when nothing is."""
    known = definitions()
    judged_by = known_version(version, known.versions)
    row = removals().get((api_version, kind))
    if row is not None:
        return _of_row(row, version, judged_by, known)
    if judged_by is None:
        return None  # what so old a version serves isn't known
    identity = f"{api_version}/{kind}"
    if known.shape(identity, judged_by) is not None:
        return _of_beta(api_version, kind, judged_by, known)
    served = known.served(identity)
    group = api_version.rpartition("/")[0]
    if served:
        return _of_other_version(served, judged_by, _best(group, kind, judged_by, known))
    if group in groups() or known.kinds_of(group):
        return _of_nowhere(api_version, kind, judged_by, known)
    return None


def _of_row(row: Removal, version: str, judged_by: str | None, known: Definitions) -> Standing | None:
    use = row.instead
    if judged_by is not None and use.count("/") and " " not in use:
        use = _best(use.rpartition("/")[0], row.kind, judged_by, known) or use
    if row.removed and minor(row.removed) <= minor(version):
        return Standing(f"was removed in Kubernetes {row.removed}", use, row.advice)
    if minor(row.deprecated) > minor(version) or (row.since and minor(row.since) > minor(version)):
        return None
    says = f"is deprecated since Kubernetes {row.deprecated}"
    if row.removed:
        next_ = minor(row.removed)[1] == minor(version)[1] + 1
        says += f" and removed in {row.removed}" + (", the next version" if next_ else "")
    return Standing(says, use, row.advice, works=True)


def _of_beta(api_version: str, kind: str, version: str, known: Definitions) -> Standing | None:
    """A beta is deprecated once the stable version is there, or gone in the version after this one."""
    best = _best(api_version.rpartition("/")[0], kind, version, known)
    stable = "" if best is None or "alpha" in best or "beta" in best or best == api_version else best
    last = known.served(f"{api_version}/{kind}")[-1]
    ends = last == version != known.newest
    if not stable and not ends:
        return None
    if ends:
        return Standing(f"is served by Kubernetes {last} for the last time", stable, works=True)
    if "alpha" not in api_version and "beta" not in api_version:
        return None
    return Standing(f"is a preview of what Kubernetes {version} serves as {stable}", stable, works=True)


def _of_other_version(served: tuple[str, ...], version: str, use: str | None) -> Standing:
    if minor(served[0]) > minor(version):
        return Standing(f"exists from Kubernetes {served[0]} on", use or "")
    return Standing(f"was served by Kubernetes {served[-1]} for the last time", use or "")


def _of_nowhere(api_version: str, kind: str, version: str, known: Definitions) -> Standing | None:
    group = api_version.rpartition("/")[0]
    use = _best(group, kind, version, known) or known.anywhere(kind, version)
    if use:
        return Standing(f"has no {kind} in any known version of Kubernetes", use)
    near = nearest(kind, known.kinds_of(group), ())
    if group == "" and (kind in OF_OTHERS or not near):
        return None  # files of other programs call their format v1 as well
    says = f"has no kind {kind} in any known version of Kubernetes"
    return Standing(says + (f"; the nearest is {near}" if near else ""))


def _best(group: str, kind: str, version: str, known: Definitions) -> str | None:
    """The stablest API version of a kind that a Kubernetes version serves."""
    found = known.versions_of(group, kind, version)
    return found[0] if found else None
