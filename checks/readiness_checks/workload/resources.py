"""What containers ask their nodes for, and what holds them to it."""

from fractions import Fraction

from readiness.api import FieldRule, Finding, Findings, Operand, Text
from readiness.arithmetic.quantity import spell_bytes, spell_cpu
from readiness.evidence.effective import Value
from readiness.evidence.sized import SizedContainer
from readiness.rule import is_true

STORAGE = "ephemeral-storage"


def _some(amount: object) -> bool:
    return isinstance(amount, Fraction) and amount > 0


def _cpu_request(container: SizedContainer) -> Value[Fraction] | None:
    return container.request("cpu")


def _memory_request(container: SizedContainer) -> Value[Fraction] | None:
    return container.request("memory")


def _cpu_limit(container: SizedContainer) -> Value[Fraction] | None:
    return container.limit("cpu")


def _memory_limit(container: SizedContainer) -> Value[Fraction] | None:
    return container.limit("memory")


def _cpu_by_hand(container: SizedContainer) -> bool:
    return not container.sized_by_autoscaler("cpu")


def _memory_by_hand(container: SizedContainer) -> bool:
    return not container.sized_by_autoscaler("memory")


def _storage(container: SizedContainer) -> Value[Fraction] | None:
    """The limit, or a request of less: a request that is left out is the limit."""
    limit, request = container.limit(STORAGE), container.request(STORAGE)
    return limit if limit is None or request is None or limit.value <= request.value else request


def _has_both(container: SizedContainer) -> bool:
    return container.limit(STORAGE) is not None


def _storage_is_equal(container: SizedContainer) -> Value[bool] | None:
    limit, request = container.limit(STORAGE), container.request(STORAGE)
    if limit is None or request is None:
        return None
    return Value(limit.value == request.value, request.at)


CPU_REQUEST = FieldRule(
    "cpu-request",
    SizedContainer,
    _cpu_request,
    holds=_some,
    only=_cpu_by_hand,
    says="asks for no cpu",
    fix="set resources.requests.cpu of container {part} to what it uses under load",
    doc="""Every container asks for cpu.

    Without a request the scheduler takes the container to need nothing: a node is filled until its
    containers starve each other, and those that asked for nothing get the least.

    Silent on:
        a limit without a request, since the API server makes it the request;
        defaults of a LimitRange of the namespace, and requests of the whole pod;
        pods whose VerticalPodAutoscaler sets their requests.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Resource Management for Pods and Containers"; API, core/v1 ResourceRequirements.

    Peers:
        kube-linter/unset-cpu-requirements: does not take a limit, or the namespace's default, as request
        kube-score/container-resources: one check for all requests and limits; does not take a
            limit as request
        polaris/cpuRequestsMissing: leaves out init containers; does not take a limit as request
        checkov/CKV_K8S_10: any value passes; does not take a limit as request
    """,
)

MEMORY_REQUEST = FieldRule(
    "memory-request",
    SizedContainer,
    _memory_request,
    holds=_some,
    only=_memory_by_hand,
    says="asks for no memory",
    fix="set resources.requests.memory of container {part} to what it uses under load",
    doc="""Every container asks for memory.

    Without a request the scheduler takes the container to need nothing: a node is filled beyond its
    memory, and the containers that use more than they asked for are killed first.

    Silent on:
        a limit without a request, since the API server makes it the request;
        defaults of a LimitRange of the namespace, and requests of the whole pod;
        pods whose VerticalPodAutoscaler sets their requests.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Node-pressure Eviction"; API, core/v1 ResourceRequirements.

    Peers:
        kube-score/container-resources: one check for all requests and limits; does not take a
            limit as request
        polaris/memoryRequestsMissing: leaves out init containers; does not take a limit as request
        checkov/CKV_K8S_12: any value passes; does not take a limit as request
    """,
)

CPU_LIMIT = FieldRule(
    "cpu-limit",
    SizedContainer,
    _cpu_limit,
    holds=_some,
    says="has no cpu limit",
    fix="set resources.limits.cpu of container {part} to the most that it may use",
    doc="""Every container has a cpu limit.

    Without a limit a container takes whatever cpu its node has to spare, and is as fast as its neighbours
    let it be: a load test on a quiet node promises what a busy one won't keep. Many prefer that to a
    container that is slowed down while its node idles, so that this is asked for only where it is named.

    Silent on:
        defaults of a LimitRange of the namespace, and limits of the whole pod.

    Severity: note note note note

    Source:
        Kubernetes, "Resource Management for Pods and Containers".

    Peers:
        kube-score/container-resources: one check for all requests and limits, which a flag makes
            silent on this
        polaris/cpuLimitsMissing: leaves out init containers
        checkov/CKV_K8S_11: any value passes
    """,
)

MEMORY_LIMIT = FieldRule(
    "memory-limit",
    SizedContainer,
    _memory_limit,
    holds=_some,
    says="has no memory limit",
    fix="set resources.limits.memory of container {part} to the most that it needs",
    doc="""Every container has a memory limit.

    A leak in a container without a limit takes all memory of its node: the kernel kills whatever is
    largest there, and pods that did nothing wrong are evicted with it.

    Silent on:
        defaults of a LimitRange of the namespace, and limits of the whole pod.

    Severity: error error error warning

    Source:
        Kubernetes, "Resource Management for Pods and Containers"; "Assign Memory Resources to Containers".

    Peers:
        kube-linter/unset-memory-requirements: does not know the namespace's default
        kube-score/container-resources: one check for all requests and limits, which a flag makes
            silent on this
        polaris/memoryLimitsMissing: leaves out init containers
        checkov/CKV_K8S_13: any value passes
    """,
)

EPHEMERAL_STORAGE = FieldRule(
    "ephemeral-storage",
    SizedContainer,
    _storage,
    holds=_some,
    says="does not ask for ephemeral storage within a limit",
    fix="set resources.requests and resources.limits of container {part}, ephemeral-storage, to what its "
    "logs and files take",
    doc="""Every container has a request and a limit of ephemeral storage.

    Logs, emptyDirs and the writable layer share the node's disk. Without a limit one container that logs
    too much fills it, and pods that did nothing wrong are evicted.

    Silent on:
        a limit without a request, since the API server makes it the request;
        defaults of a LimitRange of the namespace.

    Severity: note note note note

    Source:
        Kubernetes, "Local ephemeral storage".

    Peers:
        kube-score/container-ephemeral-storage-request-and-limit: does not take a limit as request
    """,
)

EPHEMERAL_STORAGE_EQUAL = FieldRule(
    "ephemeral-storage-equal",
    SizedContainer,
    _storage_is_equal,
    holds=is_true,
    only=_has_both,
    says="asks for less ephemeral storage than its limit allows",
    fix="set the ephemeral-storage request of container {part} to its limit",
    doc="""A container asks for as much ephemeral storage as its limit allows.

    What lies between request and limit is reserved for nobody: when the node's disk fills, the pods that
    use more than they asked for are evicted first.

    Silent on:
        containers without a limit, which workload.ephemeral-storage speaks of.

    Severity: note note note note

    Source:
        Kubernetes, "Node-pressure Eviction", pod selection for kubelet eviction.

    Peers:
        kube-score/container-ephemeral-storage-request-equals-limit: the same
    """,
)

RULES = (CPU_REQUEST, MEMORY_REQUEST, CPU_LIMIT, MEMORY_LIMIT, EPHEMERAL_STORAGE, EPHEMERAL_STORAGE_EQUAL)


def requests_equal_limits(
    container: SizedContainer, *, resources: tuple[Text, ...] = ("cpu", "memory")
) -> Findings:
    """Requests equal limits, so that a pod is of the Guaranteed class.

    A Guaranteed pod is evicted last, and gets what it was tested with on a full node as well. One
    container whose request differs from its limit takes the class from the whole pod.

    Settings:
        resources: what is compared; leave one out to let it differ.

    Silent on:
        a resource that has neither;
        the same amount in another spelling (1 and 1000m).

    Severity: note note note note

    Source:
        Kubernetes, "Pod Quality of Service Classes".

    Peers:
        kube-score/container-resource-requests-equal-limits: the same
        kube-score/container-cpu-requests-equal-limits: the same, with resources: [cpu]
        kube-score/container-memory-requests-equal-limits: the same, with resources: [memory]
    """
    for resource in resources:
        request, limit = container.request(resource), container.limit(resource)
        asked, held = _spelled(request, resource), _spelled(limit, resource)
        given = request or limit
        if given is not None and (request is None or limit is None or request.value != limit.value):
            yield Finding(
                f"{container.label} has a {resource} request of {asked} and a limit of {held}",
                at=given.at,
                fix=f"set request and limit of {resource} in container {container.container.name} to "
                f"{held if limit is not None else asked}",
                operands=(Operand("request", asked, at=given.at), Operand("limit", held)),
                key=resource,
            )


def _spelled(amount: Value[Fraction] | None, resource: str) -> str:
    if amount is None:
        return "none"
    return spell_cpu(amount.value) if resource == "cpu" else spell_bytes(amount.value)
