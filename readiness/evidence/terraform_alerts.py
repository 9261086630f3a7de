"""Alarms of CloudWatch and monitors of Datadog that Terraform makes, each with what it is joined to."""

from typing import ClassVar, Self

from readiness.errors import NotApplicable
from readiness.evidence import cloudwatch, datadog
from readiness.evidence.context import Platform
from readiness.evidence.terraform import TERRAFORM, Resource, Terraform
from readiness.known import Unreadable


class TerraformAlerts:
    """Both systems, as far as the organisation uses them."""

    kinds: ClassVar[frozenset[str]] = frozenset({TERRAFORM, *cloudwatch.TYPES, *datadog.TYPES})
    looked_for: ClassVar[str] = "aws_cloudwatch_metric_alarm, datadog_monitor in Terraform"
    platform: ClassVar[tuple[str, tuple[str, ...]]] = ("alerts", ("cloudwatch", "datadog"))

    def __init__(
        self,
        clouds: "cloudwatch.CloudWatch",
        datadogs: tuple[Resource, ...],
        unreadable: tuple[Unreadable, ...],
    ) -> None:
        self.cloudwatch = clouds
        self.unreadable = unreadable
        self.monitors = tuple(datadog.Monitor(one) for one in datadogs if one.type == datadog.MONITOR)
        others = [one for one in datadogs if one.type != datadog.MONITOR]
        self.has_notification_rule = any(one.type == "datadog_monitor_notification_rule" for one in others)
        used = [one for one in others if one.type == "datadog_service_level_objective"]
        used += [one.resource for one in self.monitors if one.resource.value("type") == "composite"]
        self._used = {found.key for one in used for found in one.module.resources_in(one.block)}

    def is_part(self, monitor: "datadog.Monitor") -> bool:
        """Whether a composite monitor or an objective looks at a monitor, which then need tell nobody."""
        return monitor.resource.key in self._used

    @classmethod
    def collect(cls, terraform: Terraform, platform: Platform) -> Self:
        """Both of them.

        Raises:
            NotApplicable: there is neither an alarm nor a monitor.
        """
        used = platform.uses.get("alerts", ())
        clouds, broken = cloudwatch.CloudWatch.of(terraform)
        if used and "cloudwatch" not in used:
            clouds, broken = cloudwatch.CloudWatch((), terraform, False), ()
        found = tuple(terraform.of(*datadog.TYPES)) if not used or "datadog" in used else ()
        unreadable = (*broken, *(one for one in found if isinstance(one, Unreadable)))
        made = cls(clouds, tuple(one for one in found if isinstance(one, Resource)), unreadable)
        if not (made.cloudwatch.alarms or made.monitors or unreadable):
            raise NotApplicable(f"nothing found of: {cls.looked_for}")
        return made
