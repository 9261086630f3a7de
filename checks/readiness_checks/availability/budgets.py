"""Every replicated workload has a budget, and every budget says how many pods may be missing."""

from typing import Any

from readiness.api import Edit, FieldRule, Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.budgets import Budget
from readiness.evidence.context import Environment
from readiness.evidence.effective import Value, raw
from readiness.evidence.manifests import Workload
from readiness.evidence.protection import Guarded, Protection
from readiness.evidence.scalers import Scaling
from readiness.rule import given


def pdb_exists_and_selects(
    guarded: Guarded, protection: Protection, scaling: Scaling, environment: Environment
) -> Findings:
    """Every replicated workload has a budget, and every budget selects pods.

    Without a PodDisruptionBudget a drain takes all pods of a workload at once when they share a node, and a
    cluster upgrade takes node after node without waiting. A budget whose selector has a slip protects
    nothing, and nobody sees it.

    Silent on:
        workloads that never have more than one pod, and those that are scaled to none;
        DaemonSets and Jobs, which a drain does not wait for;
        budgets in a namespace with custom resources of which an operator may make the pods;
        a second budget, which availability.pdb-allows-drain speaks of;
        environments that are not production.

    Severity: error warning note note

    Source:
        Kubernetes, "Specifying a Disruption Budget for your Application"; API, policy/v1
        PodDisruptionBudgetSpec.selector.

    Peers:
        availability.pdb-exists: and each budget selects pods
        kube-score/deployment-has-poddisruptionbudget: speaks of one pod too, where replicas is left out
        kube-score/statefulset-has-poddisruptionbudget: speaks of one pod too, where replicas is left out
        polaris/missingPodDisruptionBudget: speaks of one pod too; one shared label is a match there
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    if guarded.budget is not None:
        yield from _selects(guarded.budget, protection)
    elif guarded.workload is not None:
        yield from _has_budget(guarded.workload, protection, scaling)


def _has_budget(workload: Workload, protection: Protection, scaling: Scaling) -> Findings:
    most = scaling.of(workload).most
    if most.value < 2:
        raise NotApplicable(f"{workload.name} has no more than {most.value} pods")
    sum_ = (most.operand("most pods", worse="more"),)
    found = protection.of(workload)
    if found:
        yield Proof(f"{workload.name} with up to {most.value} pods has budget {found[0].name}", operands=sum_)
        return
    labels = ", ".join(
        f"{key}: {value}" for key, value in sorted(scaling.pods_of(workload).pod_labels.items())
    )
    yield Finding(
        f"{workload.name} runs up to {most.value} pods, and no PodDisruptionBudget selects them",
        at=most.at,
        fix=f"add a PodDisruptionBudget with maxUnavailable: 1 and labels of the pod template ({labels})",
        operands=sum_,
    )


def _selects(budget: Budget, protection: Protection) -> Findings:
    at = budget.at.at("spec", "selector")
    found = protection.selected(budget)
    if budget.selector == {}:
        yield Finding(
            f"{budget.name} has an empty selector, which takes all {len(found)} workloads of its namespace",
            at=at,
            fix="name the labels of the pods that it is for",
            key="all",
            at_most="warning",
        )
        return
    if found:
        if all(one.kind == "DaemonSet" for one in found):
            yield Finding(
                f"{budget.name} selects DaemonSet {found[0].name} only, which a drain leaves alone",
                at=at,
                fix=f"remove {budget.name}",
                key="daemonset",
                at_most="note",
            )
        else:
            yield Proof(f"{budget.name} selects the pods of {found[0].name}", at=at)
        return
    maker = protection.made_elsewhere(budget)
    if maker is not None:
        raise NotApplicable(f"an operator may make the pods of {budget.name}, as of {maker.label}")
    meant = protection.meant(budget)
    where = f" of namespace {meant.namespace}" if meant and meant.namespace != budget.namespace else ""
    near = f"; did you mean {meant.kind} {meant.name}{where}?" if meant else ""
    yield Finding(
        f"{budget.name} selects the pods of no workload in these manifests{near}",
        at=at if budget.selector is not None else budget.at.at("spec"),
        fix="give the selector the labels of the pod template, and the budget its namespace",
        operands=() if meant is None else (Operand("nearest", meant.name, at=meant.at),),
        key="orphan",
        at_most="note" if meant is None else "warning",  # another release may hold the pods
    )


def _bound(budget: Budget) -> Value[Any] | None:
    for name in ("minAvailable", "maxUnavailable"):
        found = raw(budget.body, budget.at, "spec", name)
        if found is not None:
            return Value(found, budget.at.at("spec", name))
    return None


def _spec(budget: Budget) -> Any:
    return budget.at.at("spec")


def _is_v1(budget: Budget) -> bool:
    return budget.object.api_version == "policy/v1"


def _always(budget: Budget) -> tuple[Edit, ...]:
    return (Edit(budget.at.at("spec", "unhealthyPodEvictionPolicy"), "set", "AlwaysAllow"),)


PDB_HAS_POLICY = FieldRule(
    "pdb-has-policy",
    Budget,
    _bound,
    holds=given,
    says="sets neither minAvailable nor maxUnavailable",
    fix="set spec.maxUnavailable of {name} to 1",
    at=_spec,
    doc="""A budget says how many pods may be missing.

    The API accepts a budget without a number, and the controller then allows no eviction at all: the first
    node that holds one of the pods can't be drained.

    Severity: error error error warning

    Source:
        Kubernetes, pkg/controller/disruption/disruption.go, getExpectedPodCount; API, policy/v1
        PodDisruptionBudgetSpec.

    Peers:
        kube-score/poddisruptionbudget-has-policy: the same
    """,
)

PDB_UNHEALTHY_EVICTION_POLICY = FieldRule(
    "pdb-unhealthy-eviction-policy",
    Budget,
    "spec.unhealthyPodEvictionPolicy",
    expects=str,
    holds=given,
    only=_is_v1,
    says="does not say whether unhealthy pods may be evicted",
    fix="set spec.unhealthyPodEvictionPolicy of {name} to AlwaysAllow",
    edit=_always,
    doc="""A budget says whether pods that are not ready may be evicted.

    By default they may not while too few are healthy: pods that crash in a loop then block every drain, on
    the very day on which moving them would help.

    Silent on:
        policy/v1beta1, which does not have the field.

    Severity: note note note note

    Source:
        Kubernetes 1.27, policy/v1 PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy.

    Peers:
        kube-linter/pdb-unhealthy-pod-eviction-policy: the same
    """,
)

RULES = (PDB_HAS_POLICY, PDB_UNHEALTHY_EVICTION_POLICY)
