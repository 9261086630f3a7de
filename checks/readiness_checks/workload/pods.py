"""Workloads own the pods that they mean, and pods are what the cluster can run for them."""

from readiness.api import Count, FieldRule, Finding, Findings, NotApplicable, Operand, Proof, Text
from readiness.evidence.controllers import BY_LABELS, BY_SELECTOR, Controllers, selector_of, selects
from readiness.evidence.effective import Value, items, mapping, raw, text
from readiness.evidence.manifests import PodTemplate, Service, Workload
from readiness.evidence.priorities import SYSTEM, PriorityClasses
from readiness.evidence.serving import runs_on
from readiness.evidence.stateful_sets import ServicesByName, StatefulSet
from readiness.rule import given, left_out

ENDING = ("Never", "OnFailure")


def _class(template: PodTemplate) -> Value[str] | None:
    return text(template.body, template.at, "priorityClassName")


PRIORITY_CLASS_SET = FieldRule(
    "priority-class-set",
    PodTemplate,
    _class,
    holds=given,
    says="has no priority class",
    fix="set priorityClassName to the class of workloads that matter as much",
    doc="""Pods name their priority class.

    When a cluster is full, the pods of the lowest priority wait or make room. Without a class what customers
    wait for ranks with what nobody would miss.

    Severity: note note note note

    Source:
        Kubernetes, "Pod Priority and Preemption".

    Peers:
        polaris/priorityClassNotSet: the same
    """,
)


def _mismatch(workload: Workload) -> Value[str] | None:
    """Why a workload's selector does not take its own pods; None where it does, or has none and "
    "needs none."""
    body, at = workload.object.body, workload.at
    place = at.at("spec", "selector")
    if workload.kind == "Rollout" and raw(body, at, "spec", "workloadRef") is not None:
        return None
    selector = selector_of(workload)
    if selector is None:
        if workload.kind in BY_LABELS or workload.object.group == "extensions":
            return None  # defaults to the labels of the template
        return Value("has no selector, and the API server takes none as default", at.at("spec"))
    if selects(selector, workload.pod_labels, place):
        return None
    labels = ", ".join(f"{key}={value}" for key, value in sorted(workload.pod_labels.items()))
    return Value(f"does not select its own pods, whose labels are {labels or 'none'}", place)


def _by_selector(workload: Workload) -> bool:
    return workload.kind in BY_SELECTOR or workload.kind in BY_LABELS


SELECTOR_MATCHES_TEMPLATE = FieldRule(
    "selector-matches-template",
    Workload,
    _mismatch,
    holds=left_out,
    only=_by_selector,
    says="{value}",
    fix="give the pod template the labels that the selector of {name} asks for, or correct the selector",
    doc="""A workload's selector takes the pods of its own template.

    The API server refuses a selector that does not, or that is left out, and the release fails in the
    middle, with whatever was applied before it in place.

    Silent on:
        ReplicationControllers, DeploymentConfigs and extensions/v1beta1 without a selector, which get the
        template's labels; Rollouts that take their pods from another workload; Jobs, whose
        selector is generated.

    Severity: error error error warning

    Source:
        Kubernetes API, apps/v1 DeploymentSpec.selector and its validation.

    Peers:
        kube-linter/mismatching-selector: asks for a selector of every kind but Jobs
        kube-score/deployment-pod-selector-labels-match-template-metadata-labels: the same
        kube-score/statefulset-pod-selector-labels-match-template-metadata-labels: the same
    """,
)


def _illegal_restart(template: PodTemplate) -> Value[str] | None:
    policy = text(template.body, template.at, "restartPolicy")
    kind = template.workload.kind
    found = policy.value if policy is not None else "left out"
    place = policy.at if policy is not None else template.at
    if kind in ("Job", "CronJob"):
        wrong, needed = found not in ENDING, "Never or OnFailure"
    elif kind in BY_SELECTOR or kind in BY_LABELS:
        wrong, needed = found not in ("left out", "Always"), "Always"
    elif kind == "Pod":
        wrong, needed = found not in ("left out", "Always", *ENDING), "Always, Never or OnFailure"
    else:
        return None
    return Value(f"has restartPolicy {found}, a {kind} takes {needed}", place) if wrong else None


RESTART_POLICY = FieldRule(
    "restart-policy",
    PodTemplate,
    _illegal_restart,
    holds=left_out,
    says="{value}",
    fix="set restartPolicy to Never or OnFailure in what ends, and leave it out in what runs on",
    doc="""Pods are started again as their kind allows.

    The API server refuses a Job that leaves the policy to its default, Always, and a Deployment with any
    other: the release fails in the middle.

    Silent on:
        a policy that is left out where Always is right; any policy of a bare Pod; kinds of other API groups.

    Severity: note note note note

    Source:
        Kubernetes API, core/v1 PodSpec.restartPolicy; validation of batch/v1 JobSpec and of apps/v1.

    Peers:
        kube-linter/restart-policy: asks for Always or OnFailure of every kind, Jobs too, and never
            takes the default
        kube-score/cronjob-restartpolicy: asks CronJobs alone
    """,
)


def _owned(workload: Workload) -> Value[object] | None:
    found = raw(workload.object.body, workload.at, "metadata", "ownerReferences")
    return None if not found else Value(found, workload.at.at("metadata", "ownerReferences"))


def _lasting_pod(workload: Workload) -> bool:
    return workload.kind == "Pod" and runs_on(workload)


NO_BARE_POD = FieldRule(
    "no-bare-pod",
    Workload,
    _owned,
    holds=given,
    only=_lasting_pod,
    says="is a Pod that nothing replaces when its node goes",
    fix="make {name} the template of a Deployment with one replica or more",
    doc="""Pods that run on have a controller.

    A bare Pod is bound to one node: a drain or a dead node ends it, and nothing makes another one.

    Silent on:
        pods that are not started again (restartPolicy Never or OnFailure) and Helm's hooks.

    Severity: note note note note

    Source:
        Kubernetes, "Configuration Best Practices", naked Pods.

    Peers:
        polaris/nakedPod: an example of a custom check there, which asks for a label
    """,
)

RULES = (PRIORITY_CLASS_SET, SELECTOR_MATCHES_TEMPLATE, RESTART_POLICY, NO_BARE_POD)


def priority_class_accepted(
    template: PodTemplate, classes: PriorityClasses, *, accepted: tuple[Text, ...] = SYSTEM
) -> Findings:
    """A priority class that a pod names is one that is accepted.

    A pod of a class that does not exist is refused: the Deployment is there, and has no pods.

    Settings:
        accepted: names of classes besides the PriorityClasses of the manifests.

    Silent on:
        pods without a class; classes that the manifests define.

    Severity: note note note note

    Source:
        Kubernetes, "Pod Priority and Preemption".

    Peers:
        kube-linter/priority-class-name: knows its list alone, not the classes of the manifests
    """
    named = text(template.body, template.at, "priorityClassName")
    if named is None or not named.value:
        raise NotApplicable(f"{template.label} names no priority class")
    if named.value in accepted or named.value in classes:
        return
    known = ", ".join(dict.fromkeys((*accepted, *sorted(classes.names))))
    yield Finding(
        f"{template.label} has priority class {named.value}, accepted are {known}",
        at=named.at,
        fix=f"use one of {known}, or add a PriorityClass {named.value}",
        operands=(named.operand("priority class"),),
    )


def dns_ndots(template: PodTemplate, *, value: Count = 2) -> Findings:
    """Names are looked up as they are before the cluster's search domains are tried.

    By default a name with fewer than five dots is tried with each search domain first: each call to a name
    outside the cluster costs several failed look-ups, which is what overloads the cluster's DNS.

    Settings:
        value: dots from which on a name is tried as it is.

    Silent on:
        pods that do not use the cluster's DNS (dnsPolicy Default or None, or the node's network with the
        default policy), where ndots is not five.

    Severity: note note note note

    Source:
        Kubernetes, "DNS for Services and Pods", Pod's DNS config; resolv.conf(5).

    Peers:
        kube-linter/dnsconfig-options: asks pods without the cluster's DNS as well
    """
    policy = text(template.body, template.at, "dnsPolicy")
    if policy is not None and policy.value in ("Default", "None"):
        raise NotApplicable(f"{template.label} does not use the cluster's DNS")
    if (policy is None or policy.value == "ClusterFirst") and template.body.get("hostNetwork") is True:
        raise NotApplicable(f"{template.label} uses the DNS of its node")
    at = template.at.at("dnsConfig", "options")
    found, place = "5 by default", template.at
    for index, option in enumerate(items(template.body, template.at, "dnsConfig", "options")):
        if raw(option, at.at(index), "name") == "ndots":
            found, place = str(raw(option, at.at(index), "value")), at.at(index)
    if found != str(value):
        yield Finding(
            f"{template.label} has ndots {found}, {value} is needed",
            at=place,
            fix=f'set the option ndots of dnsConfig to "{value}"',
            operands=(Operand("ndots", found, at=place),),
        )


def statefulset_service_name(found: StatefulSet, services: ServicesByName) -> Findings:
    """The Service that names the pods of a StatefulSet is headless and theirs.

    Each pod's own name is made by that Service. Where it is another one, or has an address of its own, the
    members of a cluster don't find each other, and the second of them never starts.

    Silent on:
        a serviceName that is left out, as newer versions of the API allow;
        a Service that selects by no labels, whose endpoints are made by hand.

    Severity: error error error warning

    Source:
        Kubernetes, "StatefulSets", stable network ID; API, apps/v1 StatefulSetSpec.serviceName.

    Peers:
        kube-score/statefulset-has-servicename: a name that is left out, and a Service that is
            elsewhere, is critical
    """
    name = found.service_name
    if name is None or not name.value:
        raise NotApplicable(f"{found.name} has no serviceName")
    service = services.get(found.namespace, name.value)
    if service is None:
        yield Finding(
            f"{found.label} has serviceName {name.value}, and no Service of that name is in these manifests",
            at=name.at,
            fix=f"add a headless Service {name.value} that selects its pods, or correct serviceName",
            operands=(name.operand("serviceName"),),
            key="missing",
            at_most="note",
        )
        return
    yield from _of_service(found, service, name)


def _of_service(found: StatefulSet, service: Service, name: Value[str]) -> Findings:
    selector, labels = service.selector, found.workload.pod_labels
    wrong = False
    if selector is not None and any(labels.get(key) != value for key, value in selector.items()):
        wrong = True
        asked = ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))
        yield Finding(
            f"{found.label} has serviceName {name.value}, and that Service selects {asked}: none of its pods",
            at=name.at,
            fix=f"give the pods of {found.name} these labels, or name the Service that selects them",
            operands=(name.operand("serviceName"), Operand("selector", asked, at=service.at)),
            key="selector",
        )
    address = raw(service.body, service.at, "spec", "clusterIP")
    if address != "None":
        wrong = True
        yield Finding(
            f"{found.label} has serviceName {name.value}, and that Service is not headless: its "
            f"pods get no names",
            at=name.at,
            fix=f"add a Service with clusterIP: None that selects the pods of {found.name}, and name it",
            operands=(Operand("clusterIP", str(address or "left out"), at=service.at),),
            key="headless",
            at_most="warning",
        )
    if not wrong:
        yield Proof(f"Service {name.value} names the pods of {found.name}", (name.operand("serviceName"),))


def volume_claim_annotations(found: StatefulSet, *, required: tuple[Text, ...] = ("backup",)) -> Findings:
    """The disks of a StatefulSet carry the annotations that tools look for.

    What backs up, grows or bills disks finds them by annotation: a claim without it is left out, which is
    seen when the backup is needed. A template can't be changed later, so that the claims made by then have to
    be annotated by hand.

    Settings:
        required: keys that each claim template has.

    Severity: note note note note

    Source:
        Kubernetes API, apps/v1 StatefulSetSpec.volumeClaimTemplates.

    Peers:
        kube-linter/statefulset-volumeclaimtemplate-annotation: a template there, for one annotation
    """
    templates = items(found.body, found.at, "spec", "volumeClaimTemplates")
    if not templates:
        raise NotApplicable(f"{found.name} has no claim templates")
    for index, template in enumerate(templates):
        at = found.at.at("spec", "volumeClaimTemplates", index)
        name = raw(template, at, "metadata", "name")
        annotations = mapping(template, at, "metadata", "annotations")
        missing = [key for key in required if key not in annotations]
        if missing:
            yield Finding(
                f"{found.label}: claim template {name} lacks {len(missing)} of {len(required)} annotations: "
                + ", ".join(missing),
                at=at.at("metadata"),
                fix=f"annotate claim template {name} with {', '.join(missing)}",
                key=str(name),
            )


def single_controller(workload: Workload, controllers: Controllers) -> Findings:
    """No two workloads select the same pods.

    What goes by a workload's selector counts the pods of both: an autoscaler scales by the load of a
    stranger's pods, and each controller may take over the other's when they lose their owner.

    Silent on:
        a workload that a Rollout takes its pods from, which has the same selector on purpose.

    Severity: note note note note

    Source:
        Kubernetes, "Deployments", selector: do not create overlapping selectors.

    Peers:
        polaris/oneController: an example of a custom check there, which asks for a label
    """
    for other in {(one.kind, one.name): one for one in controllers.others(workload)}.values():
        yield Finding(
            f"{workload.name}: {other.kind} {other.name} selects its pods as well",
            at=workload.pod_at.at("metadata", "labels"),
            fix=f"add a label to the pods and the selector of {other.name} that those of "
            f"{workload.name} don't have",
            operands=(Operand("other", f"{other.kind} {other.name}", at=other.at.at("spec", "selector")),),
            key=f"{other.kind} {other.name}",
        )
