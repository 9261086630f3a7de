"""There are enough pods for one to be missing, and one thing alone says how many."""

from readiness.api import Count, Finding, Findings, NotApplicable, Proof
from readiness.evidence.context import Environment, ServiceCard
from readiness.evidence.manifests import Workload
from readiness.evidence.replicas import Replicated
from readiness.evidence.scalers import Scaling


def min_replicas_by_tier(
    replicated: Replicated,
    service: ServiceCard,
    environment: Environment,
    *,
    minimum_tier_1: Count = 3,
    minimum_tier_2: Count = 2,
    minimum_tier_3: Count = 1,
    minimum_tier_4: Count = 1,
) -> Findings:
    """A workload has as many pods as its tier needs, when its scaler is at its least.

    With one pod every crash, eviction and node failure is an outage; at night, with few requests, an
    autoscaler runs no more than its minimum, whatever the number of the day was.

    Settings:
        minimum-tier-1: pods of a workload of a tier 1 service.
        minimum-tier-2: pods of a workload of a tier 2 service.
        minimum-tier-3: pods of a workload of a tier 3 service.
        minimum-tier-4: pods of a workload of a tier 4 service.

    Silent on:
        DaemonSets, Jobs and bare Pods, which have no number; workloads that are scaled to none;
        a ScaledObject that goes down to none when there is no work;
        environments that are not production.
        StatefulSets, and Deployments that never run two pods at once (Recreate), are a warning at most.

    Severity: error warning note note

    Source:
        Kubernetes API, autoscaling/v2 HorizontalPodAutoscalerSpec.minReplicas (one when left out) and apps/v1
        DeploymentSpec.replicas (one when left out); AWS Well-Architected, reliability: static stability.

    Peers:
        workload.min-replicas: by tier, and at the least that a scaler allows
        availability.hpa-min-replicas: the number is that of the workload's tier
        kube-linter/minimum-three-replicas: 3, of the workload's own field, also where a scaler says otherwise
        kube-linter/hpa-minimum-three-replicas: 3
        kube-score/deployment-replicas: 2; silent where a scaler has the Deployment
        kube-score/horizontalpodautoscaler-replicas: 2
        polaris/deploymentMissingReplicas: 2, of the Deployment's own field
        polaris/hpaMinAvailability: 2, and a minimum that is left out passes, which is 1
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    least = replicated.least
    if least.value == 0:
        raise NotApplicable(f"{replicated.name} goes down to none when there is no work")
    numbers = {1: minimum_tier_1, 2: minimum_tier_2, 3: minimum_tier_3, 4: minimum_tier_4}
    needed = numbers[service.tier]
    sum_ = (least.operand("fewest pods", worse="less"),)
    if least.value >= needed:
        yield Proof(
            f"{replicated.label} has {least.value} pods or more, tier {service.tier} needs {needed}", sum_
        )
        return
    yield Finding(
        f"{replicated.label} may run {least.value} pod{'s' * (least.value != 1)}, "
        f"tier {service.tier} needs {needed}",
        at=least.at,
        fix=f"set {least.at.keys[-1]} to {needed} or more",
        operands=sum_,
        at_most="warning" if replicated.one_by_design else None,
    )


def hpa_no_static_replicas(workload: Workload, scaling: Scaling, environment: Environment) -> Findings:
    """A workload that is scaled does not set its number of replicas.

    Every apply puts back the number of the manifest: a release at noon takes the pods that the load had
    called for, and the autoscaler needs minutes to bring them back.

    Silent on:
        workloads without a scaler; replicas: 0, by which scaling is switched off on purpose;
        environments that are not production.
        A number inside of the scaler's range is a warning at most.

    Severity: error error warning warning

    Source:
        Kubernetes, "Horizontal Pod Autoscaling", migrating Deployments and StatefulSets to horizontal
        autoscaling.

    Peers:
        kube-score/deployment-targeted-by-hpa-does-not-have-replicas-configured: Deployments only
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    count = scaling.of(workload)
    if count.scaler is None:
        raise NotApplicable(f"nothing scales {workload.name}")
    if not count.set.written or count.set.value == 0:
        yield Proof(f"{workload.name} leaves its replicas to {count.scaler.name}", at=count.scaler.at)
        return
    least, most = count.least, count.most
    inside = least.value <= count.set.value <= most.value
    yield Finding(
        f"{workload.name} sets {count.set.value} replicas, and {count.scaler.label} scales it from "
        f"{least.value} to {most.value}: every apply puts back {count.set.value}",
        at=count.set.at,
        fix=f"remove spec.replicas of {workload.name}, at a quiet hour: it is 1 until it is scaled again",
        operands=(
            count.set.operand("replicas"),
            least.operand("least replicas"),
            most.operand("most replicas"),
        ),
        at_most="warning" if inside else None,
    )
