"""Workloads are measured."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.batch import BatchAlerts
from readiness.evidence.context import Environment
from readiness.evidence.manifests import Workload
from readiness.evidence.scraped import Path, ScrapedWorkloads

IGNORE, REASON = "readiness/ignore", "readiness/reason"
THIS = "monitoring.workload-scraped"


NAMED = 5  # workloads that a message names before it counts the rest


def workload_scraped(
    workloads: tuple[Workload, ...],
    scraped: ScrapedWorkloads,
    environment: Environment,
    batch: BatchAlerts,
) -> Findings:
    """A workload's metrics are read by somebody.

    What is not measured can't alert: its failure is noticed by its users. Where the manifests hold no
    monitor at all, that is one finding and not one for each workload. A Job or CronJob holds where it
    pushes its metrics, or an alert on kube-state-metrics speaks of its failure.

    Silent on:
        workloads with a way of their own to hand metrics on (OpenTelemetry, Datadog, Dynatrace,
        CloudWatch): agent annotations, a collector beside the container, an exporter in its environment;
        workloads scaled down to none, and Deployments whose pods a Rollout runs;
        other Jobs and CronJobs, and bare Pods, which end before anybody would scrape them; the alert on
        their failure is often the cluster's own, and lies elsewhere;
        load generators and tools that are labelled `readiness/ignore: monitoring.workload-scraped`
        and say why in an annotation `readiness/reason`.

    Severity: error warning note note

    Source:
        Beyer et al., Site Reliability Engineering, ch. 6, Monitoring Distributed Systems.
    """
    unread: list[Workload] = []
    doubts: list[Unknown] = []
    silent: list[NotApplicable] = []
    for workload in workloads:
        try:
            if workload.serves:
                yield from _of_workload(workload, scraped, unread)
            else:
                yield _of_batch(workload, scraped, batch)
        except NotApplicable as absent:
            silent.append(absent)
        except Unknown as doubt:
            doubts.append(doubt)
    if unread:
        yield _none_scraped(unread, environment)
    if doubts:
        more = f" (and {len(doubts) - 1} more workloads)" if len(doubts) > 1 else ""
        raise Unknown(doubts[0].why + more, doubts[0].at, doubts[0].fix)
    if silent and len(silent) == len(workloads):
        raise silent[0]


def _of_workload(
    workload: Workload, scraped: ScrapedWorkloads, unread: list[Workload]
) -> Iterator[Finding | Proof]:
    """What is to say of one workload; those that nothing could read at all are gathered in `unread`."""
    if _ignored(workload):
        raise NotApplicable(f"{workload.name} is left out: {_ignored(workload)}")
    replicas = workload.written("replicas")
    if replicas is not None and replicas.value == 0 and workload.kind != "Rollout":
        raise NotApplicable(f"{workload.name} is scaled down to none")
    found = scraped.of(workload)
    if found.paths:
        ways = ", ".join(dict.fromkeys(path.how for path in found.paths))
        operands = tuple(Operand("read by", path.how, at=path.at) for path in found.paths[:5])
        yield Proof(
            f"{workload.name} is measured: {ways}", operands=operands, at=workload.at, about=workload.subject
        )
        return
    annotated = scraped.annotated(workload)
    if annotated is not None:
        raise Unknown(
            f"{workload.name} has {annotated.how}, and no scrape job of the evidence reads it",
            annotated.at,
            "name the scrape configuration of Prometheus in evidence.monitors",
        )
    if found.unclear:
        path = found.unclear[0]
        raise Unknown(f"{workload.name} may be read by {path.how}", path.at)
    scraped.complete()
    if not scraped.monitors and not scraped.jobs:
        unread.append(workload)
        return
    yield _not_scraped(workload, scraped, found.near)


def _of_batch(workload: Workload, scraped: ScrapedWorkloads, batch: BatchAlerts) -> Proof:
    """How somebody hears of a workload that ends by itself.

    Raises:
        NotApplicable: nothing that can be read says how.
    """
    watched = batch.of(workload) if workload.kind in ("Job", "CronJob") else None
    paths = (*scraped.of(workload).paths, *([watched] if watched is not None else []))
    if not paths:
        raise NotApplicable(
            f"a {workload.kind} ends by itself: nothing scrapes or pushes its metrics, and no alert of the "
            "evidence watches its failure"
        )
    ways = ", ".join(dict.fromkeys(path.how for path in paths))
    operands = tuple(Operand("watched by", path.how, at=path.at) for path in paths[:5])
    return Proof(
        f"{workload.name} is watched: {ways}", operands=operands, at=workload.at, about=workload.subject
    )


def _ignored(workload: Workload) -> str:
    """Why a workload asks to be left out; empty when it does not, or gives no reason."""
    marks = (
        workload.object.labels,
        workload.object.annotations,
        workload.pod_labels,
        workload.pod_annotations,
    )
    if not any(THIS in one.get(IGNORE, "").replace(",", " ").split() for one in marks):
        return ""
    return next((one[REASON] for one in marks if one.get(REASON, "").strip()), "")


def _fitting_port(workload: Workload, how: str) -> str:
    """What to write in the monitor that is named by `how`: "ServiceMonitor api by Service api"."""
    monitor, _, service = how.partition(" by Service ")
    has = f"that Service {service} has" if service else f"that a container of {workload.name} declares"
    return f"in an endpoint of {monitor}, name a port {has}"


def _not_scraped(workload: Workload, scraped: ScrapedWorkloads, near: tuple[Path, ...]) -> Finding:
    if near:
        return Finding(
            f"{workload.name} is not scraped: {near[0].how} selects it, and no port of it fits",
            at=workload.at.at("metadata", "name"),
            fix=_fitting_port(workload, near[0].how),
            operands=(Operand("selected by", near[0].how, at=near[0].at),),
            about=workload.subject,
        )
    looked = f"none of {scraped.monitors} monitors and {scraped.jobs} scrape jobs selects it"
    kind = "PodMonitor" if scraped.monitors else "scrape job"
    return Finding(
        f"{workload.name} is not scraped: {looked}",
        at=workload.at.at("metadata", "name"),
        fix=f"add a {kind} that selects the pods of {workload.name}, or label it {IGNORE}: {THIS}",
        operands=(
            Operand("monitors", scraped.monitors),
            Operand("scrape jobs", scraped.jobs),
            Operand("ways to read its metrics", 0, at=workload.at, worse="less"),
        ),
        about=workload.subject,
    )


def _none_scraped(unread: list[Workload], environment: Environment) -> Finding:
    names = sorted({workload.name for workload in unread})
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return Finding(
        f"nothing reads the metrics of {named}: the manifests hold no monitor and no scrape job",
        at=unread[0].at.at("metadata", "name"),
        fix="add a ServiceMonitor or PodMonitor for each, or name the scrape configuration as evidence",
        operands=(Operand("workloads that nothing reads", len(unread), at=unread[0].at, worse="more"),),
        about=environment.subject,
    )
