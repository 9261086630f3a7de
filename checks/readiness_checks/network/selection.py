"""What Services and NetworkPolicies select."""

from collections.abc import Mapping
from typing import Any

from readiness.api import Finding, Findings, Location, NotApplicable, Operand, Proof, Text
from readiness.evidence.manifests import PodTemplate, Service
from readiness.evidence.selectors import (
    Endpoints,
    Isolation,
    NetworkPolicy,
    Pods,
    service_type,
    spelled,
)
from readiness.outcome import Severity

TEST = "helm.sh/hook"


def pod_has_network_policy(
    template: PodTemplate,
    isolation: Isolation,
    *,
    directions: tuple[Text, ...] = ("ingress", "egress"),
) -> Findings:
    """NetworkPolicies close every pod, for what comes in and for what goes out.

    A pod that no policy selects takes requests from every pod of the cluster, and can reach every address:
    one flaw in any of them is a way into all.

    A pod that is closed for what comes in and open for what goes out is a note.

    Settings:
        directions: what has to be closed, ingress or egress.

    Silent on:
        pods in the network of their node, to which policies don't apply;
        namespaces with policies of Cilium or Calico, and clusters with those of an administrator;
        tests of Helm.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Network Policies": the two sorts of pod isolation, and default policies.

    Peers:
        kube-linter/non-isolated-pod: any policy that selects the pod, whatever its direction
        kube-score/pod-networkpolicy: the same
        polaris/missingNetworkPolicy: wants rules in both directions, so that it reports a policy that denies
          all
        checkov/CKV2_K8S_6: any policy, for Pods and Deployments
    """
    workload = template.workload
    if workload.host_network:
        raise NotApplicable(f"{template.label} is in its node's network")
    if "test" in workload.object.annotations.get(TEST, ""):
        raise NotApplicable(f"{template.label} is a test")
    closed = isolation.of(template)
    missing = [one for one in directions if one not in closed]
    if not missing:
        by = ", ".join(f"{one} by {closed[one].name}" for one in directions)
        yield Proof(f"{template.label} is closed: {by}", at=template.at)
        return
    other = isolation.other(workload.namespace)
    if other is not None:
        raise NotApplicable(f"{other.kind} {other.name} may close {template.label}")
    isolation.complete(workload.namespace)
    where = f"namespace {workload.namespace}" if workload.namespace else "its namespace"
    words = " and ".join(missing)
    cap: Severity | None = "note" if "ingress" not in missing else None
    yield Finding(
        f"{template.label} is open for {words}: 0 NetworkPolicies of {where} close it, 1 is needed",
        at=workload.pod_at.at("metadata", "labels"),
        fix=f"add a NetworkPolicy with policyTypes {', '.join(one.capitalize() for one in missing)} that "
        f"selects the labels of {template.label}",
        operands=(Operand("directions that are open", len(missing), "", template.at, "more"),),
        at_most=cap,
    )


def policy_targets_pod(policy: NetworkPolicy, pods: Pods) -> Findings:
    """A NetworkPolicy selects pods.

    A policy that selects none closes nothing, and says so nowhere: the pods that it was written for are open.

    A note where no pod of the namespace is in these manifests.

    Silent on:
        an empty selector, which takes every pod of the namespace;
        namespaces in which an operator makes pods of a custom resource.

    Severity: warning warning warning note

    Source:
        Kubernetes API, networking/v1 NetworkPolicySpec.podSelector.

    Peers:
        kube-linter/dangling-networkpolicy: the same
        kube-score/networkpolicy-targets-pod: the same
    """
    selector = policy.selector
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield Proof(f"{policy.label} takes every pod of its namespace", at=policy.at)
        return
    found = pods.selected(selector, policy.namespace)
    if found:
        yield _selects(policy.label, found)
        return
    at = policy.at.at("spec", "podSelector")
    yield _selects_none(policy.label, selector, at, policy.namespace, pods)


def policy_peer_targets_pod(policy: NetworkPolicy, pods: Pods) -> Findings:
    """Every peer that a NetworkPolicy lets in or out is there.

    A peer that selects no pod is a rule that lets nobody through: the caller it was written for waits for a
    connection until its timeout.

    Silent on:
        peers of other namespaces, and address blocks;
        an empty selector, and namespaces in which an operator makes pods of a custom resource.

    Severity: note note note note

    Source:
        Kubernetes API, networking/v1 NetworkPolicyPeer.

    Peers:
        kube-linter/dangling-networkpolicypeer-podselector: the same
    """
    good = 0
    for peer in policy.peers:
        selector = peer.selector
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            continue
        if pods.selected(selector, policy.namespace):
            good += 1
            continue
        try:
            found = _selects_none(policy.label, selector, peer.at, policy.namespace, pods)
        except NotApplicable:
            continue
        yield found._replace(key=".".join(map(str, peer.at.keys)))
    if good:
        yield Proof(f"{policy.label}: {good} peers are there", at=policy.at)


def service_targets_pod(service: Service, pods: Pods, endpoints: Endpoints) -> Findings:
    """A Service has pods behind it.

    A Service that selects no pod refuses every connection. Nothing says so when it is applied: the pods run,
    are ready, and get no request.

    A warning where pods lack one label only, which a program may set while it runs, such as the role in a
    cluster; a note where no pod of the namespace is in these manifests, and for a Service with neither
    selector nor endpoints.

    Silent on:
        type ExternalName, and Services without a selector whose Endpoints or EndpointSlice is here;
        labels that a controller adds: the ordinal of a StatefulSet's pod, the name of a Job, hashes;
        namespaces in which an operator makes pods of a custom resource, unless a label differs by a slip.

    Severity: error error error warning

    Source:
        Kubernetes, "Service": selectors, and Services without selectors.

    Peers:
        kube-linter/dangling-service: reports each Service without a selector, and knows Deployment-like
          kinds only
        kube-score/service-targets-pod: takes an empty selector for one that selects every pod
    """
    selector = service.selector
    if selector is None:
        if service_type(service).value == "ExternalName" or endpoints.of(service):
            raise NotApplicable(f"{service.label} has its endpoints by name or by hand")
        yield Finding(
            f"{service.label} has no selector, and 0 Endpoints of its name are in these manifests",
            at=service.at.at("spec"),
            fix=f"add a selector, or an EndpointSlice with label kubernetes.io/service-name: {service.name}",
            at_most="note",
        )
        return
    wanted = {"matchLabels": selector}
    found = pods.selected(wanted, service.namespace)
    if found:
        yield _selects(service.label, found)
        return
    yield _selects_none(
        service.label, wanted, service.at.at("spec", "selector"), service.namespace, pods, at_run_time=True
    )


def _selects(label: str, found: list[PodTemplate]) -> Proof:
    names = ", ".join(dict.fromkeys(one.label for one in found[:3]))
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Proof(f"{label} selects the pods of {names}{more}", at=found[0].at)


def _selects_none(
    label: str,
    selector: Mapping[str, Any],
    at: Location,
    namespace: str,
    pods: Pods,
    at_run_time: bool = False,
) -> Finding:
    """That a selector takes no pod, with the one that was probably meant.

    Raises:
        NotApplicable: an operator may make the pods.
        Unknown: something that could have held them was not read.
    """
    near = pods.near(selector.get("matchLabels") or {}, namespace)
    maker = pods.maker(namespace)
    if maker is not None and not (near is not None and near.slip):
        raise NotApplicable(f"{maker.kind} {maker.name} may make the pods that {label} selects")
    pods.complete()
    wanted = spelled(selector)
    where = f" of namespace {namespace}" if namespace else ""
    operands = [Operand("selector", wanted, at=at)]
    fix = f"give the pods that {label} is meant for the labels {wanted}"
    if near is None:
        others = pods.any_in(namespace)
        says = f"0 of the pods{where} have" if others else f"no pod{where} is in these manifests to have"
        return Finding(
            f"{label} selects {wanted}, which {says}",
            at=at,
            fix=fix,
            operands=tuple(operands),
            at_most=None if others else "note",
        )
    says = f"has {near.key}={near.has}" if near.has else f"has no label {near.key}"
    name = near.pods.label
    labels_at = near.pods.workload.pod_at.at("metadata", "labels")
    place = labels_at.at(near.key) if near.has else labels_at
    operands.append(Operand(f"{near.key} of the pods of {name}", near.has or "none", at=place))
    if near.has and near.others_match:
        fix = f"write {near.key}: {near.has}, or {fix}"
    by_program = at_run_time and near.others_match and not near.has and len(selector["matchLabels"]) > 1
    return Finding(
        f"{label} selects {wanted}, which 0 pods{where} have; the nearest, of {name}, {says}",
        at=at,
        fix=fix,
        operands=tuple(operands),
        at_most="warning" if by_program else None,
    )
