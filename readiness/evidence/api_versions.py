"""Which API versions Kubernetes deprecated and removed, in which of its versions, and what replaced them.

Source:
    Kubernetes, Deprecated API Migration Guide (kubernetes.io/docs/reference/using-api/deprecation-guide), for
    removals in 1.16, 1.22, 1.25, 1.26, 1.27, 1.29 and 1.32; the CHANGELOGs of 1.17, 1.19, 1.20 and 1.21 for
    scheduling, auditregistration, settings and batch/v2alpha1; what is deprecated and stays: the lifecycle tags
    of k8s.io/api, core/v1. Which known version serves what is read from the OpenAPI definitions.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple


class Removal(NamedTuple):
    """One kind in one API version: since when it is deprecated, since when gone, and what to use."""

    api_version: str
    kind: str
    deprecated: str
    removed: str  # "" while nobody has said when
    instead: str  # API version or kind that replaces it; "" when nothing does
    since: str  # Kubernetes version that has the replacement first
    advice: str = ""


# API version: kinds: deprecated in: removed in: replacement: which is there since
_TABLE = """
extensions/v1beta1: DaemonSet Deployment ReplicaSet: 1.8: 1.16: apps/v1: 1.9
extensions/v1beta1: NetworkPolicy: 1.9: 1.16: networking.k8s.io/v1: 1.8
extensions/v1beta1: PodSecurityPolicy: 1.11: 1.16: :
extensions/v1beta1: Ingress: 1.14: 1.22: networking.k8s.io/v1: 1.19
apps/v1beta1: Deployment StatefulSet ReplicaSet ControllerRevision: 1.8: 1.16: apps/v1: 1.9
apps/v1beta2: DaemonSet Deployment ReplicaSet StatefulSet ControllerRevision: 1.9: 1.16: apps/v1: 1.9
scheduling.k8s.io/v1alpha1: PriorityClass: 1.14: 1.17: scheduling.k8s.io/v1: 1.14
auditregistration.k8s.io/v1alpha1: AuditSink: 1.18: 1.19: :
settings.k8s.io/v1alpha1: PodPreset: 1.19: 1.20: :
batch/v2alpha1: CronJob: 1.20: 1.21: batch/v1: 1.21
admissionregistration.k8s.io/v1beta1: MutatingWebhookConfiguration ValidatingWebhookConfiguration: 1.16: 1.22: admissionregistration.k8s.io/v1: 1.16
apiextensions.k8s.io/v1beta1: CustomResourceDefinition: 1.16: 1.22: apiextensions.k8s.io/v1: 1.16
apiregistration.k8s.io/v1beta1: APIService: 1.19: 1.22: apiregistration.k8s.io/v1: 1.10
authentication.k8s.io/v1beta1: TokenReview: 1.19: 1.22: authentication.k8s.io/v1: 1.6
authorization.k8s.io/v1beta1: LocalSubjectAccessReview SelfSubjectAccessReview SubjectAccessReview SelfSubjectRulesReview: 1.19: 1.22: authorization.k8s.io/v1: 1.6
certificates.k8s.io/v1beta1: CertificateSigningRequest: 1.19: 1.22: certificates.k8s.io/v1: 1.19
coordination.k8s.io/v1beta1: Lease: 1.19: 1.22: coordination.k8s.io/v1: 1.14
networking.k8s.io/v1beta1: Ingress IngressClass: 1.19: 1.22: networking.k8s.io/v1: 1.19
rbac.authorization.k8s.io/v1alpha1: ClusterRole ClusterRoleBinding Role RoleBinding: 1.17: 1.22: rbac.authorization.k8s.io/v1: 1.8
rbac.authorization.k8s.io/v1beta1: ClusterRole ClusterRoleBinding Role RoleBinding: 1.17: 1.22: rbac.authorization.k8s.io/v1: 1.8
scheduling.k8s.io/v1beta1: PriorityClass: 1.14: 1.22: scheduling.k8s.io/v1: 1.14
storage.k8s.io/v1beta1: CSIDriver: 1.19: 1.22: storage.k8s.io/v1: 1.18
storage.k8s.io/v1beta1: CSINode: 1.17: 1.22: storage.k8s.io/v1: 1.17
storage.k8s.io/v1beta1: StorageClass: 1.19: 1.22: storage.k8s.io/v1: 1.6
storage.k8s.io/v1beta1: VolumeAttachment: 1.19: 1.22: storage.k8s.io/v1: 1.13
batch/v1beta1: CronJob: 1.21: 1.25: batch/v1: 1.21
discovery.k8s.io/v1beta1: EndpointSlice: 1.21: 1.25: discovery.k8s.io/v1: 1.21
events.k8s.io/v1beta1: Event: 1.22: 1.25: events.k8s.io/v1: 1.19
autoscaling/v2beta1: HorizontalPodAutoscaler: 1.22: 1.25: autoscaling/v2: 1.23
policy/v1beta1: PodDisruptionBudget: 1.21: 1.25: policy/v1: 1.21
policy/v1beta1: PodSecurityPolicy: 1.21: 1.25: :
node.k8s.io/v1beta1: RuntimeClass: 1.22: 1.25: node.k8s.io/v1: 1.20
autoscaling/v2beta2: HorizontalPodAutoscaler: 1.23: 1.26: autoscaling/v2: 1.23
flowcontrol.apiserver.k8s.io/v1beta1: FlowSchema PriorityLevelConfiguration: 1.23: 1.26: flowcontrol.apiserver.k8s.io/v1beta3: 1.26
storage.k8s.io/v1beta1: CSIStorageCapacity: 1.24: 1.27: storage.k8s.io/v1: 1.24
flowcontrol.apiserver.k8s.io/v1beta2: FlowSchema PriorityLevelConfiguration: 1.26: 1.29: flowcontrol.apiserver.k8s.io/v1: 1.29
flowcontrol.apiserver.k8s.io/v1beta3: FlowSchema PriorityLevelConfiguration: 1.29: 1.32: flowcontrol.apiserver.k8s.io/v1: 1.29
v1: ComponentStatus: 1.19: : :
v1: Endpoints: 1.33: : discovery.k8s.io/v1 EndpointSlice: 1.21
"""
_ADVICE = {
    "PodSecurityPolicy": "use Pod Security Admission: the labels pod-security.kubernetes.io/enforce of namespaces",
    "PodPreset": "write into the pod template what it injected",
    "AuditSink": "configure the API server's audit webhook",
    "ComponentStatus": "ask the health endpoints of the components",
}
# Kinds of OpenShift that stand in the core group in its older manifests.
OPENSHIFT = frozenset(
    {
        "Build", "BuildConfig", "DeploymentConfig", "Image", "ImageStream", "ImageStreamTag", "Project",
        "ProjectRequest", "Route", "SecurityContextConstraints", "Template", "User", "Group", "OAuthClient",
        "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
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
        api_version, kinds, *rest = (part.strip() for part in f"{line} ".split(": "))
        deprecated, removed, instead, since = (part.strip(": ") for part in (*rest, "", "", "")[:4])
        for kind in kinds.split():
            yield Removal(
                api_version, kind, deprecated, removed, instead, since, _ADVICE.get(kind, "")
            )
