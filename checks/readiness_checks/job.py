"""Jobs end, are tidied away, and start when they are meant to."""

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.effective import raw, whole
from readiness.evidence.jobs import CronJob, Job

TIDIED = ("helm.sh/hook", "argocd.argoproj.io/hook")
SHORTEST = 10  # seconds between two looks of the controller for work; kubernetes, "CronJob"
DAY = 86400


def ttl_after_finished(job: Job) -> Findings:
    """Finished Jobs are tidied away once, by what owns them.

    A Job that nothing removes stays with its pods: thousands of them slow down the API server, and the
    next release can't apply a Job of the same name. Below a CronJob its history limits remove Jobs; a
    second clock takes a failed one away before anybody reads its logs.

    Silent on:
        Jobs with an owner, and hooks of Helm and Argo CD, which these remove.

    Severity: note note note note

    Source:
        Kubernetes, "Automatic Cleanup for Finished Jobs".

    Peers:
        kube-linter/job-ttl-seconds-after-finished: the same
    """
    if job.of_cron_job:
        ttl = whole(job.body, job.at, "spec", "jobTemplate", "spec", "ttlSecondsAfterFinished")
        if ttl is not None:
            yield Finding(
                f"{job.label} removes its Jobs {ttl.value} seconds after they end, whatever its "
                f"history limits keep",
                at=ttl.at,
                fix="remove ttlSecondsAfterFinished, and set successfulJobsHistoryLimit and "
                "failedJobsHistoryLimit",
                operands=(ttl.operand("ttlSecondsAfterFinished", unit="seconds"),),
            )
        return
    if raw(job.body, job.at, "metadata", "ownerReferences"):
        raise NotApplicable(f"{job.name} has an owner that removes it")
    if any(hook in job.object.annotations for hook in TIDIED):
        raise NotApplicable(f"{job.name} is a hook, which its deployer removes")
    ttl = whole(job.body, job.at, "spec", "ttlSecondsAfterFinished")
    if ttl is None:
        yield Finding(
            f"{job.label} stays when it has ended: it has no ttlSecondsAfterFinished",
            at=job.at.at("spec"),
            fix=f"set spec.ttlSecondsAfterFinished to the time in which its logs are read, such as {DAY}",
        )
    else:
        yield Proof(
            f"{job.label} is removed {ttl.value} seconds after it has ended",
            (ttl.operand("ttlSecondsAfterFinished", unit="seconds"),),
        )


def cronjob_deadline(job: CronJob) -> Findings:
    """A CronJob says how late it may start.

    Without a deadline the controller counts every start that it missed since the last one: after more than
    a hundred, an outage of less than two hours for a job of each minute, it starts the job no more. With
    one, only starts within it count.

    Silent on:
        a CronJob that is suspended.

    Severity: note note note note

    Source:
        Kubernetes, "CronJob", deadline for delayed Job start; API, batch/v1 CronJobSpec.

    Peers:
        kube-score/cronjob-has-deadline: a deadline of a few seconds passes
    """
    if raw(job.body, job.at, "spec", "suspend") is True:
        raise NotApplicable(f"{job.name} is suspended")
    deadline = whole(job.body, job.at, "spec", "startingDeadlineSeconds")
    if deadline is None:
        yield Finding(
            f"{job.label} has no startingDeadlineSeconds: after 100 missed starts it is started no more",
            at=job.at.at("spec"),
            fix="set spec.startingDeadlineSeconds to how late it is still worth starting, such as 3600",
        )
        return
    operands = (
        deadline.operand("startingDeadlineSeconds", unit="seconds", worse="less"),
        Operand("needed", SHORTEST, "seconds"),
    )
    if deadline.value < SHORTEST:
        yield Finding(
            f"{job.label} has a deadline of {deadline.value} seconds, the controller looks every {SHORTEST}",
            at=deadline.at,
            fix=f"set spec.startingDeadlineSeconds to more than {SHORTEST}",
            operands=operands,
        )
    else:
        yield Proof(f"{job.label} may start {deadline.value} seconds late", operands)
