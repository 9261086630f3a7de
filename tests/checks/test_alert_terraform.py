"""Alarms of CloudWatch and monitors of Datadog that end at nobody."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import terraform_chain

from readiness.outcome import Result
from tests.faults import Fault, findings, judged, proofs, write

CLOUD = "infra/alarms.tf"
DOG = "infra/datadog.tf"
GOOD = {
    "readiness.yaml": "version: 1\nservice: {name: orders, tier: 1, owner: team-orders}\n"
    "platform: {alerts: [cloudwatch, datadog]}\n",
    CLOUD: """\
resource "aws_sns_topic" "pages" {
  name = "orders-pages"
}

resource "aws_sns_topic_subscription" "pager" {
  topic_arn = aws_sns_topic.pages.arn
  protocol  = "https"
  endpoint  = "https://events.pagerduty.com/integration/abc/enqueue"
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "orders-db-cpu"
  comparison_operator = "GreaterThanThreshold"
  metric_name         = "CPUUtilization"
  namespace           = "AWS/RDS"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 5
  threshold           = 90
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.pages.arn]
}

resource "aws_cloudwatch_metric_alarm" "queue" {
  alarm_name          = "orders-outbox-stalled"
  comparison_operator = "LessThanThreshold"
  metric_name         = "NumberOfMessagesSent"
  namespace           = "AWS/SQS"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = local.actions
}

locals {
  actions = concat([aws_sns_topic.pages.arn], [])
}
""",
    DOG: """\
resource "datadog_monitor" "latency" {
  name    = "orders latency"
  type    = "query alert"
  query   = "avg(last_5m):avg:trace.http.request{service:orders} > 2"
  message = <<-EOT
    Answers take {{value}} s. Runbook: https://git.harbour.internal/retail/orders/latency
    {{#is_alert}} @pagerduty-orders {{/is_alert}}
    {{#is_warning}} @slack-orders {{/is_warning}}
  EOT
  notify_no_data    = false
  renotify_interval = 60
  monitor_thresholds {
    critical = 2
    warning  = 1
  }
}
""",
}


def tree(at: Path) -> Path:
    return write(at, GOOD)


def results(at: Path, **settings: Any) -> list[Result]:
    done = judged(terraform_chain, at, **settings)
    return [result for outcome in done.outcomes for result in outcome.results]


def unknowns(at: Path, **settings: Any) -> list[str]:
    return [one.reason for one in results(at, **settings) if one.status == "unknown"]


def test_good_alarms_are_silent_and_proved(tmp_path: Path) -> None:
    assert findings(terraform_chain, tree(tmp_path)) == []
    assert unknowns(tmp_path) == []
    assert [proof.message for proof in proofs(terraform_chain, tmp_path)] == [
        "orders-db-cpu tells aws_sns_topic.pages",
        "orders-outbox-stalled tells aws_sns_topic.pages",
        "orders latency tells @pagerduty-orders",
    ]


SUBSCRIPTION = GOOD[CLOUD][
    GOOD[CLOUD].index('resource "aws_sns_topic_subscription"') : GOOD[CLOUD].index(
        'resource "aws_cloudwatch_metric_alarm" "cpu"'
    )
]
CPU_ACTIONS = "  alarm_actions       = [aws_sns_topic.pages.arn]\n"
CPU_MISSING = '  treat_missing_data  = "breaching"\n' + CPU_ACTIONS
NOBODY = "nobody subscribes to aws_sns_topic.pages; what ends there: orders-db-cpu, orders-outbox-stalled"

FAULTS = [
    (Fault(CLOUD, CPU_ACTIONS, ""), "orders-db-cpu has no alarm_actions: it turns red and tells nobody", 11),
    (Fault(CLOUD, CPU_ACTIONS, "  alarm_actions = []\n"), "orders-db-cpu has no alarm_actions: it turns red and tells nobody", 21),
    (Fault(CLOUD, CPU_ACTIONS, '  alarm_actions = compact(["", null])\n'), "orders-db-cpu has no alarm_actions: it turns red and tells nobody", 21),
    (Fault(CLOUD, CPU_ACTIONS, CPU_ACTIONS + "  actions_enabled = false\n"),
     "orders-db-cpu has actions_enabled = false: it turns red and tells nobody", 22),
    (Fault(CLOUD, CPU_ACTIONS, CPU_ACTIONS + '  actions_enabled = "false"\n'),
     "orders-db-cpu has actions_enabled = false: it turns red and tells nobody", 22),
    (Fault(CLOUD, SUBSCRIPTION, ""), NOBODY, 1),
    (Fault(CLOUD, SUBSCRIPTION, "/*\n" + SUBSCRIPTION + "*/\n"), NOBODY, 1),
    (Fault(CLOUD, '"pager" {\n', '"pager" {\n  count = 0\n'), NOBODY, 1),
    (Fault(CLOUD, "topic_arn = aws_sns_topic.pages.arn", 'topic_arn = "arn:aws:sns:eu-west-1:1:orders-tickets"'), NOBODY, 1),
    (Fault(CLOUD, "https://events.pagerduty.com/integration/abc/enqueue", "https://example.com/hook"),
     "aws_sns_topic_subscription.pager has a domain reserved for documentation as its endpoint: example.com", 8),
    (Fault(CLOUD, CPU_MISSING, CPU_ACTIONS),
     "orders-db-cpu does not say what no data means: it goes to INSUFFICIENT_DATA, and tells nobody", 11),
    (Fault(CLOUD, '  treat_missing_data  = "breaching"\n  alarm_actions       = local', '  treat_missing_data  = "notBreaching"\n  alarm_actions       = local'),
     "orders-outbox-stalled watches for too few events, and no data at all counts as notBreaching", 33),
    (Fault(CLOUD, "  period              = 300", "  period              = 1201"),
     "orders-outbox-stalled turns red after 1h3s, 1h are allowed", 30),
    (Fault(DOG, "{{#is_alert}} @pagerduty-orders {{/is_alert}}", "{{#is_recovery}} @pagerduty-orders {{/is_recovery}}"),
     "the message of orders latency names @pagerduty-orders, @slack-orders only in states other than alert: nobody is told", 5),
    (Fault(DOG, GOOD[DOG][GOOD[DOG].index("    {{#is_alert"):GOOD[DOG].index("  EOT")], ""),
     "the message of orders latency names nobody: nobody is told", 5),
    (Fault(DOG, "  notify_no_data    = false\n", ""),
     "orders latency does not say what no data means: when its metric ends, nobody is told", 1),
    (Fault(DOG, "  renotify_interval = 60\n", ""), "orders latency pages @pagerduty-orders once: renotify_interval is left out", 1),
    (Fault(DOG, "  renotify_interval = 60\n", "  renotify_interval = 0\n"), "orders latency pages @pagerduty-orders once: renotify_interval is 0", 11),
    (Fault(DOG, "warning  = 1", "warning  = 2"), "orders latency alerts at > 2 and warns at 2, which is no earlier", 1),
    (Fault(DOG, "critical = 2", "critical = 3"), "the query of orders latency compares with 2, its critical threshold is 3", 4),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "says", "line"), FAULTS, ids=str)
def test_fault_is_found(tmp_path: Path, fault: Fault, says: str, line: int) -> None:
    found = {one.message: one.at.line for one in findings(terraform_chain, fault.seed(tree(tmp_path)))}
    assert found.get(says) == line, (found, unknowns(tmp_path))
    assert unknowns(tmp_path) == []


LOOK_ALIKES = [
    Fault(CLOUD, "  period              = 300", '  period              = "300"'),
    Fault(CLOUD, CPU_ACTIONS, CPU_ACTIONS + '  actions_enabled = "true"\n'),
    Fault(CLOUD, "topic_arn = aws_sns_topic.pages.arn", 'topic_arn = "arn:aws:sns:eu-west-1:1:orders-pages"'),
    Fault(CLOUD, CPU_ACTIONS, '  alarm_actions = ["arn:aws:sns:eu-west-1:1:orders-pages"]\n'),
    Fault(CLOUD, CPU_ACTIONS, "  alarm_actions = [aws_appautoscaling_policy.out.arn]\n}\nresource \"aws_appautoscaling_policy\" \"out\" {\n"),
    Fault(CLOUD, CPU_ACTIONS, '  alarm_actions = ["arn:aws:automate:eu-west-1:ec2:recover"]\n'),
    Fault(CLOUD, CPU_ACTIONS, "  alarm_actions = var.on ? [aws_sns_topic.pages.arn] : []\n"),
    Fault(CLOUD, CPU_ACTIONS, '}\nresource "aws_cloudwatch_composite_alarm" "both" {\n  alarm_name = "both"\n'
          '  alarm_rule = "ALARM(${aws_cloudwatch_metric_alarm.cpu.alarm_name})"\n' + CPU_ACTIONS),
    Fault(CLOUD, CPU_ACTIONS, '}\nresource "aws_cloudwatch_composite_alarm" "both" {\n  alarm_name = "both"\n'
          '  alarm_rule = "ALARM(\\"orders-db-cpu\\")"\n' + CPU_ACTIONS),
    Fault(CLOUD, CPU_ACTIONS, '}\nresource "aws_codedeploy_deployment_group" "api" {\n  alarm_configuration {\n'
          "    alarms = [aws_cloudwatch_metric_alarm.cpu.alarm_name]\n  }\n"),
    Fault(CLOUD, CPU_ACTIONS, '}\nresource "aws_cloudwatch_event_rule" "red" {\n  event_pattern = jsonencode({})\n'
          '  description = "CloudWatch Alarm State Change"\n'),
    Fault(CLOUD, CPU_ACTIONS, "  count = 0\n"),
    Fault(CLOUD, "  period              = 300", "  period              = 1200"),
    Fault(DOG, "{{#is_alert}} @pagerduty-orders {{/is_alert}}", "@pagerduty-orders"),
    Fault(DOG, "{{#is_alert}} @pagerduty-orders {{/is_alert}}", "{{^is_recovery}} @pagerduty-orders {{/is_recovery}}"),
    Fault(DOG, "{{#is_alert}} @pagerduty-orders {{/is_alert}}", "{{#is_match \"env\" \"prod\"}}@pagerduty-orders{{/is_match}}"),
    Fault(DOG, "  notify_no_data    = false\n", '  on_missing_data = "resolve"\n'),
    Fault(DOG, "warning  = 1", "warning  = 1.99"),
    Fault(DOG, "  monitor_thresholds {\n    critical = 2", "  monitor_thresholds {\n    critical = 2.0"),
]  # fmt: skip


@pytest.mark.parametrize("edit", LOOK_ALIKES, ids=str)
def test_look_alike_is_left_alone(tmp_path: Path, edit: Fault) -> None:
    assert [one.message for one in findings(terraform_chain, edit.seed(tree(tmp_path)))] == []
    assert unknowns(tmp_path) == []


OPEN = [
    (Fault(CLOUD, CPU_ACTIONS, "  alarm_actions = var.actions\n"), "alarm_actions leads to var.actions"),
    (Fault(CLOUD, CPU_ACTIONS, CPU_ACTIONS + "  actions_enabled = var.on\n"), "actions_enabled is var.on"),
    (Fault(CLOUD, CPU_ACTIONS, '  alarm_actions = ["arn:aws:sns:eu-west-1:1:platform-pages"]\n'),
     "arn:aws:sns:eu-west-1:1:platform-pages, a topic that is made elsewhere"),
    (Fault(CLOUD, CPU_ACTIONS, "  alarm_actions = [module.topics.pages]\n"), "alarm_actions leads to module.topics.pages"),
    (Fault(CLOUD, SUBSCRIPTION, 'module "pager" {\n  source = "github.com/x/pager?ref=v1"\n  topics = [aws_sns_topic.pages.name]\n}\n'),
     "aws_sns_topic.pages, which module pager is given, whose files are not here"),
    (Fault(CLOUD, SUBSCRIPTION, 'output "topic" {\n  value = aws_sns_topic.pages.arn\n}\n'),
     "aws_sns_topic.pages, which output topic gives to others"),
    (Fault(CLOUD, SUBSCRIPTION, 'resource "terraform_data" "subscribe" {\n  input = aws_sns_topic.pages.arn\n}\n'),
     "aws_sns_topic.pages, which terraform_data.subscribe hands on"),
    (Fault(CLOUD, "topic_arn = aws_sns_topic.pages.arn", "topic_arn = var.topic"),
     "aws_sns_topic.pages, to which aws_sns_topic_subscription.pager may subscribe"),
    (Fault(DOG, "{{#is_alert}} @pagerduty-orders {{/is_alert}}", "{{#is_alert}} ${var.pager} {{/is_alert}}"),
     "its message comes from var.pager"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "why"), OPEN, ids=str)
def test_what_files_do_not_tell_is_unknown(tmp_path: Path, edit: Fault, why: str) -> None:
    assert findings(terraform_chain, edit.seed(tree(tmp_path))) == []
    (reason,) = unknowns(tmp_path)
    assert why in reason


def test_a_topic_elsewhere_may_be_named(tmp_path: Path) -> None:
    Fault(CLOUD, CPU_ACTIONS, '  alarm_actions = ["arn:aws:sns:eu-west-1:1:platform-pages"]\n').seed(
        tree(tmp_path)
    )
    assert unknowns(tmp_path, subscribed_topics=["*:platform-pages"]) == []
    assert unknowns(tmp_path, subscribed_topics=["*:platform-tickets"])


def test_subscriptions_of_modules_at_hand_are_followed(tmp_path: Path) -> None:
    """The module is given the topic; one copy subscribes to it, one does not."""
    edit = Fault(
        CLOUD, SUBSCRIPTION, 'module "pager" {\n  source = "./pager"\n  topic  = aws_sns_topic.pages.arn\n}\n'
    )
    edit.seed(tree(tmp_path))
    write(
        tmp_path,
        {
            "infra/pager/main.tf": 'variable "topic" {}\n'
            + SUBSCRIPTION.replace("aws_sns_topic.pages.arn", "var.topic")
        },
    )
    assert findings(terraform_chain, tmp_path) == []
    assert unknowns(tmp_path) == []
    write(tmp_path, {"infra/pager/main.tf": 'variable "topic" {}\n'})
    assert [one.message for one in findings(terraform_chain, tmp_path)] == [NOBODY]


def test_a_broken_file_may_subscribe(tmp_path: Path) -> None:
    edit = Fault(CLOUD, SUBSCRIPTION, "")
    edit.seed(tree(tmp_path))
    write(tmp_path, {"infra/subscriptions.tf": SUBSCRIPTION[:-20]})
    assert findings(terraform_chain, tmp_path) == []
    assert any("can't be read" in reason for reason in unknowns(tmp_path))


def test_only_systems_in_use_are_judged(tmp_path: Path) -> None:
    Fault(CLOUD, CPU_ACTIONS, "").seed(tree(tmp_path))
    Fault("readiness.yaml", "[cloudwatch, datadog]", "[datadog]").seed(tmp_path)
    assert findings(terraform_chain, tmp_path) == []
    assert [one.message for one in proofs(terraform_chain, tmp_path)] == [
        "orders latency tells @pagerduty-orders"
    ]
    Fault("readiness.yaml", "[datadog]", "[prometheus]").seed(tmp_path)
    (outcome,) = judged(terraform_chain, tmp_path).outcomes
    assert outcome.status == "not-applicable"


def test_a_child_of_a_composite_monitor_need_tell_nobody(tmp_path: Path) -> None:
    quiet = GOOD[DOG].replace("{{#is_alert}} @pagerduty-orders {{/is_alert}}", "")
    composite = (
        'resource "datadog_monitor" "both" {\n  name = "both"\n  type = "composite"\n'
        '  query = "${datadog_monitor.latency.id} && !${datadog_monitor.other.id}"\n  message = "@slack-orders"\n}\n'
    )
    write(tree(tmp_path), {DOG: quiet})
    assert [one.message for one in findings(terraform_chain, tmp_path)]
    write(tmp_path, {DOG: quiet + composite})
    assert findings(terraform_chain, tmp_path) == []


def test_no_data_said_to_be_of_no_interest_is_said(tmp_path: Path) -> None:
    """Most monitors of shared modules say `notify_no_data = false`, and take their message from a variable."""
    monitor = (
        'resource "datadog_monitor" "m{0}" {{\n  count = var.enabled ? 1 : 0\n  name = "m{0}"\n  type = "metric alert"\n'
        '  message = coalesce(var.m{0}_message, var.message)\n  query = "avg:x{{*}} > ${{var.critical}}"\n'
        "  notify_no_data = false\n  renotify_interval = 0\n}}\n"
    )
    write(tmp_path, {"monitors/main.tf": "".join(monitor.format(n) for n in range(5))})
    assert findings(terraform_chain, tmp_path) == []
    (reason,) = unknowns(tmp_path)
    assert "and of 4 more is not known" in reason


def test_nothing_to_judge_is_not_applicable(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": 'resource "aws_instance" "a" {}\n', "tests/a.tf": GOOD[CLOUD]})
    assert {one.status for one in results(tmp_path)} <= {"not-applicable"}
