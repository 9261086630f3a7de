"""One-line edits of the ready example, for the checks of alert systems and of who is called."""

from tests.faults import Fault

DUTY = "oncall/pagerduty.tf"
LAST_LEVEL = """\

  rule {
    escalation_delay_in_minutes = 15
    target {
      type = "schedule_reference"
      id   = data.pagerduty_schedule.operations.id
    }
  }
"""

FAULTS: dict[str, tuple[str, Fault]] = {
    "one-person-on-call": (
        "oncall.chain",
        Fault(DUTY, "= local.people", "= [data.pagerduty_user.mara.id]"),
    ),
    "one-level-of-escalation": ("oncall.escalation-depth", Fault(DUTY, LAST_LEVEL, "")),
}
