"""Jobs and CronJobs (batch/v1 and its betas)."""

from collections.abc import Iterator
from typing import ClassVar, Self

from readiness.evidence.manifests import Manifests, OfObject
from readiness.known import Unreadable


class Job(OfObject):
    """One Job, or the CronJob that makes Jobs."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset({"Job", "CronJob"})
    looked_for: ClassVar[str] = "Job, CronJob"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("Job", "CronJob"):
            if found.group == "batch":
                yield cls(found)

    @property
    def of_cron_job(self) -> bool:
        return self.object.kind == "CronJob"


class CronJob(OfObject):
    """One CronJob."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset({"CronJob"})
    looked_for: ClassVar[str] = "CronJob"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("CronJob"):
            if found.group == "batch":
                yield cls(found)
