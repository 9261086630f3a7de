"""Profiles, notifications and events of Dynatrace that end at nobody."""

from pathlib import Path
from typing import Any

import pytest
from readiness_checks.alert import dynatrace_chain

from readiness.outcome import Result
from tests.faults import Fault, findings, judged, proofs, write

CHECKLIST = (
    "version: 1\nservice: {name: orders, tier: 1, owner: team-orders}\nplatform: {alerts: [dynatrace]}\n"
)
PROFILE = "monaco/orders/profile/config.yaml"
RULES = "monaco/orders/profile/profile.json"
SENDER = "monaco/orders/notification/config.yaml"
MAIL = "monaco/orders/notification/mail.json"
EVENT = "monaco/orders/event/event.json"
MONACO = {
    "readiness.yaml": CHECKLIST,
    "monaco/manifest.yaml": "manifestVersion: 1.0\nprojects:\n  - name: orders\n",
    PROFILE: """\
configs:
  - id: orders-profile
    type: {settings: {schema: builtin:alerting.profile, scope: environment}}
    config:
      name: orders
      template: profile.json
      parameters: {delay: 5}
""",
    RULES: """\
{"name": "{{ .name }}", "managementZone": null, "severityRules": [
  {"severityLevel": "AVAILABILITY", "delayInMinutes": 0, "tagFilter": []},
  {"severityLevel": "ERRORS", "delayInMinutes": {{ .delay }}, "tagFilter": []}
]}
""",
    SENDER: """\
configs:
  - id: orders-mail
    type: {settings: {schema: builtin:problem.notifications, scope: environment}}
    config:
      name: mail to team-orders
      template: mail.json
      skip: false
      parameters:
        profile: {type: reference, configType: builtin:alerting.profile, configId: orders-profile, property: id}
        to: team-orders@harbour.internal
        subject: {type: environment, name: SUBJECT}
""",
    MAIL: """\
{"enabled": true, "type": "EMAIL", "displayName": "{{.name}}", "alertingProfile": "{{.profile}}",
 "emailNotification": {"recipients": ["{{.to}}"], "subject": "{{ .subject }}"}}
""",
    "monaco/orders/event/config.yaml": """\
configs:
  - id: orders-refused
    type: {settings: {schema: "builtin:anomaly-detection.metric-events", scope: environment}}
    config: {name: payments refused, template: event.json}
""",
    EVENT: '{"enabled": true, "summary": "{{ .name }}", "eventTemplate": {"eventType": "ERROR", "title": "x"}}\n',
}
MAIN = "dynatrace/main.tf"
TERRAFORM = {
    "readiness.yaml": CHECKLIST,
    MAIN: """\
resource "dynatrace_alerting" "orders" {
  name = "orders"
  rules {
    rule {
      include_mode     = "NONE"
      severity_level   = "AVAILABILITY"
      delay_in_minutes = 15
    }
  }
}

resource "dynatrace_webhook_notification" "pager" {
  active  = true
  name    = "pager"
  profile = dynatrace_alerting.orders.id
  url     = "https://hooks.harbour.internal/dynatrace"
}

resource "dynatrace_metric_events" "down" {
  enabled = true
  summary = "orders answers nothing"
  event_template {
    event_type = "AVAILABILITY"
  }
}
""",
}
WEBHOOK = TERRAFORM[MAIN][
    TERRAFORM[MAIN].index('resource "dynatrace_webhook') : TERRAFORM[MAIN].index('resource "dynatrace_metric')
]


def results(at: Path) -> list[Result]:
    return [result for outcome in judged(dynatrace_chain, at).outcomes for result in outcome.results]


def unknowns(at: Path) -> list[str]:
    return [one.reason for one in results(at) if one.status == "unknown"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (MONACO, "profile orders is sent by mail to team-orders"),
        (TERRAFORM, "profile orders is sent by pager"),
    ],
    ids=["monaco", "terraform"],
)
def test_a_whole_chain_is_silent_and_proved(tmp_path: Path, files: dict[str, str], says: str) -> None:
    assert findings(dynatrace_chain, write(tmp_path, files)) == []
    assert unknowns(tmp_path) == []
    assert [one.message for one in proofs(dynatrace_chain, tmp_path)] == [says]


DEAD = "profile orders is sent by no notification: its problems end at nobody"
FAULTS: list[tuple[dict[str, str], Fault, str, int]] = [
    (MONACO, Fault(SENDER, "skip: false", "skip: true"), DEAD, 2),
    (MONACO, Fault(MAIL, '"enabled": true', '"enabled": false'),
     "profile orders is sent only by mail to team-orders, which is off: its problems end at nobody", 2),
    (MONACO, Fault(SENDER, "to: team-orders@harbour.internal", "to: team-orders@example.com"),
     "notification mail to team-orders has a domain reserved for documentation as its recipients: example.com", 2),
    (MONACO, Fault(SENDER, "configId: orders-profile", "configId: orders-profiles"),
     "orders-mail refers to orders-profiles, which project orders has not", 9),
    (MONACO, Fault(PROFILE, "delay: 5", "delay: 16"), "profile orders waits 16 minutes with ERRORS, 15m are allowed", 2),
    (MONACO, Fault(EVENT, '"ERROR"', '"CUSTOM_ALERT"'),
     "event payments refused opens a problem of severity CUSTOM_ALERT, which no profile here admits", 2),
    (TERRAFORM, Fault(MAIN, WEBHOOK, ""), DEAD, 1),
    (TERRAFORM, Fault(MAIN, WEBHOOK, "/*\n" + WEBHOOK + "*/\n"), DEAD, 1),
    (TERRAFORM, Fault(MAIN, "active  = true", "active  = false"),
     "profile orders is sent only by pager, which is off: its problems end at nobody", 12),
    (TERRAFORM, Fault(MAIN, "https://hooks.harbour.internal/dynatrace", "https://example.org/hook"),
     "notification pager has a domain reserved for documentation as its url: example.org", 12),
    (TERRAFORM, Fault(MAIN, "delay_in_minutes = 15", "delay_in_minutes = 16"),
     "profile orders waits 16 minutes with AVAILABILITY, 15m are allowed", 1),
    (TERRAFORM, Fault(MAIN, 'event_type = "AVAILABILITY"', 'event_type = "RESOURCE"'),
     "event orders answers nothing opens a problem of severity RESOURCE_CONTENTION, which no profile here admits", 19),
]  # fmt: skip


@pytest.mark.parametrize(("files", "fault", "says", "line"), FAULTS, ids=str)
def test_fault_is_found(tmp_path: Path, files: dict[str, str], fault: Fault, says: str, line: int) -> None:
    found = {
        one.message: one.at.line for one in findings(dynatrace_chain, fault.seed(write(tmp_path, files)))
    }
    assert found.get(says) == line, (found, unknowns(tmp_path))


LOOK_ALIKES = [
    (MONACO, Fault(EVENT, '"ERROR"', '"INFO"')),
    (MONACO, Fault(EVENT, '"enabled": true, "summary"', '"enabled": false, "summary"')),
    (MONACO, Fault(SENDER, "{type: reference, configType: builtin:alerting.profile, configId: orders-profile, property: id}",
                   '["builtin:alerting.profile", "orders-profile", "id"]')),
    (MONACO, Fault(RULES, "{{ .delay }}", "15")),
    (TERRAFORM, Fault(MAIN, 'delay_in_minutes = 15\n    }\n  }\n', 'delay_in_minutes = 15\n    }\n    dynamic "rule" {\n'
                      "      for_each = var.rules\n      content {}\n    }\n  }\n")),
    (TERRAFORM, Fault(MAIN, "profile = dynatrace_alerting.orders.id", "profile = local.profile\n}\nlocals {\n  profile = dynatrace_alerting.orders.id")),
]  # fmt: skip


@pytest.mark.parametrize(("files", "edit"), LOOK_ALIKES, ids=str)
def test_look_alike_is_left_alone(tmp_path: Path, files: dict[str, str], edit: Fault) -> None:
    assert findings(dynatrace_chain, edit.seed(write(tmp_path, files))) == []
    assert unknowns(tmp_path) == []


SCRIPT = 'resource "terraform_data" "servicenow" {\n  input = dynatrace_alerting.orders.id\n}\n'
OPEN = [
    (MONACO, Fault(SENDER, "skip: false", "skip: {type: environment, name: SKIP}"), "mail to team-orders is on differs"),
    (MONACO, Fault(MAIL, '"enabled": true', '"enabled": {{ .on }}'), "mail to team-orders is on differs"),
    (MONACO, Fault(MAIL, '"{{.profile}}"', '"{{.other}}"'), "has its profile from parameter other"),
    (MONACO, Fault(MAIL, '"{{.name}}"', '"{{ if .name }}x{{ end }}"'), "can't be read"),
    (TERRAFORM, Fault(MAIN, "active  = true", "active  = var.on"), "pager is on differs by environment or variable"),
    (TERRAFORM, Fault(MAIN, "profile = dynatrace_alerting.orders.id", "profile = local.ids[var.name]"), "from local.ids"),
    (TERRAFORM, Fault(MAIN, WEBHOOK, SCRIPT + "/*\n" + WEBHOOK + "*/\n"), "terraform_data.servicenow has it"),
    (TERRAFORM, Fault(MAIN, WEBHOOK, 'output "profile" {\n  value = dynatrace_alerting.orders.id\n}\n'), "output profile has it"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "edit", "why"), OPEN, ids=str)
def test_what_files_do_not_tell_is_unknown(
    tmp_path: Path, files: dict[str, str], edit: Fault, why: str
) -> None:
    assert findings(dynatrace_chain, edit.seed(write(tmp_path, files))) == []
    assert any(why in reason for reason in unknowns(tmp_path)), unknowns(tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (SENDER, "configs: template: [\n"),
        (SENDER, "configs: 5\ntemplate: x\n"),
        (SENDER, "configs: [5]\n# template:\n"),
        (SENDER, "configs: [{id: a, type: 5, config: {template: no.json}}]\n"),
        (MAIL, "[" * 5000),
        (MAIL, "{{ range .x }}"),
        (RULES, '{"severityRules": 5}'),
        (RULES, '{"severityRules": [5, {"severityLevel": {"a": 1}}]}'),
    ],
)
def test_malformed_input_ends_nothing(tmp_path: Path, file: str, text: str) -> None:
    write(write(tmp_path, MONACO), {file: text})
    assert all(one.status != "error" for one in results(tmp_path))


def test_nothing_is_not_applicable(tmp_path: Path) -> None:
    made: Any = judged(dynatrace_chain, write(tmp_path, {"a.yaml": "configs: []\n"})).outcomes
    assert {one.status for one in made} == {"not-applicable"}
