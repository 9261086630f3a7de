"""A checklist file is read as it is meant, or refused with each error at its place."""
# a row of a table is one line

from datetime import date

import pytest

from readiness.checklist import Checklist, parse
from readiness.errors import ChecklistError
from readiness.outcome import Location
from tests.engine.example_checks import KNOWN

FULL = """\
version: 1
extends: [profile:standard@1, policy:org.yaml]
service: {name: orders, tier: 1, owner: team-orders}
platform: {metrics: prometheus, alerts: [prometheus], paging: pagerduty, routing: external}
sources:
  deploy:   {required: true}
  alerting: {shared: true}
evidence:
  rules: [alerting:rules/orders/]
  runbooks: [docs/runbooks/]
  capacity: ./capacity.yaml
  declared: [{kind: runbook, alert: OrdersDown, url: https://wiki.example/orders, reviewed: 2026-10-01, by: j}]
environments:
  staging:    {class: staging, manifests: [deploy:overlays/staging]}
  production: {class: production, namespace: orders, kubernetes-version: "1.34",
               manifests: [{chart: deploy:charts/orders, values: [deploy:prod.yaml], release: orders}]}
items:
  - check: rollback.history-limit
    with: {minimum: 3}
    severity: error
    required: true
    enforce-from: 2027-03-01
    when: {environment: production, tier: [1, 2]}
    control: OPS-17
  - id: pinned
    title: Images are pinned
    for: container
    expr: container.image.contains("@sha256:")
    message: '{workload.name} runs {container.image}'
  - id: dr-exercise
    title: A disaster-recovery exercise took place
    attest: {roles: [sre], max-age: 26w, evidence: required}
"""


def read(text: str) -> Checklist:
    return parse(text.encode(), "readiness.yaml", KNOWN)


def errors(text: str) -> list[str]:
    with pytest.raises(ChecklistError) as told:
        read(text)
    return str(told.value).splitlines()


def test_whole_checklist_is_read() -> None:
    found = read(FULL)
    assert found.service == ("orders", 1, "team-orders")
    assert found.tier == 1
    assert found.platform["alerts"] == ("prometheus",) == found.platform["metrics"]
    assert (found.sources["deploy"].required, found.sources["alerting"].shared) == (True, True)
    assert {kind: [str(ref) for ref in refs] for kind, refs in found.evidence.items()} == {
        "rules": ["alerting:rules/orders"], "runbooks": ["docs/runbooks"], "capacity": ["capacity.yaml"],
    }  # fmt: skip
    assert found.declared[0].reviewed == date(2026, 10, 1)
    staging, production = found.environments
    assert [str(entry) for entry in staging.manifests] == ["deploy:overlays/staging"]
    (chart,) = production.manifests
    assert (chart.kind, str(chart), str(chart.values[0]), chart.release) == (
        "chart", "deploy:charts/orders", "deploy:prod.yaml", "orders",
    )  # fmt: skip
    assert (production.cls, production.namespace, production.kubernetes_version) == (
        "production",
        "orders",
        "1.34",
    )
    check, rule, statement = found.items
    assert (check.id, check.kind, check.settings, check.severity, check.required) == (
        "rollback.history-limit", "check", {"minimum": 3}, "error", True,
    )  # fmt: skip
    assert (check.enforce_from, check.environments, check.tiers) == (
        date(2027, 3, 1),
        ("production",),
        (1, 2),
    )
    assert (rule.kind, rule.check, rule.for_) == ("cel", "cel", "container")
    assert (statement.check, statement.attest) == ("attestation", (("sre",), 182, True))
    assert [extension.ref for extension in found.extends] == ["profile:standard@1", "policy:org.yaml"]
    assert found.placeholders == ()


def test_each_field_that_is_said_has_its_place() -> None:
    item = read(FULL).items[0]
    assert item.origins["with.minimum"] == Location(
        "repository", "readiness.yaml", keys=("items", 0, "with", "minimum")
    )
    assert "waivable" not in item.origins


def test_defaults_hold_where_nobody_speaks() -> None:
    found = read("version: 1\nitems: [{check: runbook.sections}]\n")
    (item,) = found.items
    assert (item.waivable, item.attestable, item.required, item.environments) == (True, False, False, None)
    assert [item.severity_at(tier, KNOWN[item.check]) for tier in (1, 4)] == ["warning", "note"]
    assert (found.decision.mode, found.decision.fail_on, found.tier) == ("enforce", "error", 2)
    assert found.decision.max_days == {"error": 90, "warning": 180, "note": 365}


def test_policy_fields_are_read() -> None:
    found = read(
        "version: 1\nmode: advisory\nfail-on: warning\n"
        "waivers: {max-days: {error: 30}, approvers: [sre-lead], non-waivable: [evidence.readable]}\n"
        "accept-suppressions: rollback.history-limit\ntrusted-hosts: [alerts.example:9093]\n"
        "remote-bases: true\n"
        'tiers: {orders: 1, "*": 3}\n'
    )
    assert found.decision == (
        "advisory", "warning", {"error": 30, "warning": 180, "note": 365}, ("sre-lead",),
        ("evidence.readable",), ("rollback.history-limit",), ("alerts.example:9093",), True,
    )  # fmt: skip
    assert found.tiers == {"orders": 1, "*": 3}


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("prod-eu", "production"),
        ("staging", "staging"),
        ("QA", "test"),
        ("dev", "development"),
        ("x", "production"),
    ],
)
def test_unfamiliar_environment_is_taken_for_production(name: str, cls: str) -> None:
    assert read(f"version: 1\nenvironments: {{{name}: {{}}}}\n").environments[0].cls == cls


def test_placeholders_load_and_are_told() -> None:
    found = read(
        "version: 1\nservice: {name: TODO, tier: TODO, owner: TODO}\nevidence: {capacity: TODO}\n"
        "items: [{check: rollback.history-limit, with: {minimum: TODO}, enforce-from: TODO}]\n"
    )
    assert found.service == ("TODO", None, "TODO")
    assert found.items[0].settings == {}
    assert found.items[0].enforce_from is None
    assert {".".join(map(str, at.keys)) for at in found.placeholders} == {
        "service.name", "service.tier", "service.owner", "evidence.capacity",
        "items.0.with.minimum", "items.0.enforce-from",
    }  # fmt: skip


ITEM = "version: 1\nitems:\n  - check: rollback.history-limit\n"
SECRET = "version: 1\nevidence: {declared: [{kind: Secret, reviewed: 2026-10-01, by: j, %s}]}\n"
CEL = "version: 1\nitems:\n  - id: a\n    title: t\n    for: pod\n    expr: "


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: the file is empty; expected a checklist; run: readiness init"),
        ("- a\n", "1:1: the checklist is a list; expected a mapping with version, "),
        ("version: 1\n---\nversion: 1\n", "1:1: the file holds 2 YAML documents; expected one"),
        ("version: [1\n", "2:1: "),
        ("items: []\n", "1:1: the checklist has no version; expected version; add version"),
        ("version: 2\n", "1:1: version is 2; expected 1, the only one; write version: 1"),
        ("version: true\n", "1:1: version is true; expected 1"),
        ("version: 1\nversion: 1\n", "2:1: 'version' stands here and in line 1; expected each key once"),
        ("version: 1\nitms: []\n", "2:1: unknown key 'itms'; expected a key; the nearest is items; remove i"),
        ("version: 1\nservice: {teir: 1}\n", "2:11: unknown key 'teir'; expected a key; the nearest is tier"),
        ("version: 1\nservice: orders\n", "2:1: service is 'orders'; expected a mapping with name, tier, ow"),
        ("version: 1\nservice:\n", "2:1: service is left empty; expected a mapping"),
        ("version: 1\nservice: {tier: 5}\n", "2:11: tier is 5; expected a tier from 1 (critical) to 4"),
        ("version: 1\nservice: {tier: 0}\n", "2:11: tier is 0; expected a tier from 1"),
        ("version: 1\nservice: {tier: true}\n", "2:11: tier is true; expected a tier"),
        ("version: 1\nservice: {name: 12}\n", "2:11: name is 12; expected a name of letters"),
        ("version: 1\nitems: {}\n", "2:1: items is an empty mapping; expected a list; write each entry afte"),
        ("version: 1\nitems: [rollback.history-limit]\n", "2:9: the item is 'rollback.history-limit'; expec"),
        ("version: 1\nitems: [{id: x}]\n", "2:9: the item is a mapping with id; expected a mapping with one"),
        (ITEM + "    expr: 'true'\n", "3:5: the item is a mapping with check, expr; expected a mapping with"),
        (ITEM + "    sevrity: error\n", "4:5: unknown key 'sevrity'; expected a key; the nearest is severit"),
        (ITEM + "    severity: none\n", "4:5: severity is 'none'; expected error, warning or note, the mild"),
        (ITEM + "    severity: eror\n", "4:5: severity is 'eror'; expected one of error, warning, note; the"),
        (ITEM + "    enabled: false\n", "4:5: unknown key 'enabled'; expected an item that holds; an item c"),
        (ITEM + "    expr_: x\n", "4:5: unknown key 'expr_'"),
        (ITEM + "    message: x\n", "4:5: unknown key 'message'; expected a key; remove it, it belongs to a"),
        (ITEM + "    required: yes\n", "4:5: required is 'yes'; expected true or false; write one of them"),
        (ITEM + "    with: {minmum: 3}\n", "4:12: unknown setting of rollback.history-limit 'minmum'; expec"),
        (ITEM + "    with: {minimum: many}\n", "4:12: minimum is 'many'; expected a whole number such as 2;"),
        (ITEM + "    with: {minimum: -1}\n", "4:12: minimum is -1: the least is 0; expected a whole number"),
        (ITEM + "    with: 3\n", "4:5: with is 3; expected a mapping"),
        (ITEM + "    enforce-from: 2027-02-30\n", "4:5: enforce-from is '2027-02-30'; expected a day of the"),
        (ITEM + "    enforce-from: soon\n", "4:5: enforce-from is 'soon'; expected a date such as 2027-03-0"),
        (ITEM + "    when: {tier: [1, 9]}\n", "4:22: tier is 9; expected a tier from 1"),
        (ITEM + "    when: {environment: []}\n", "4:12: environment is an empty list; expected at least one"),
        (ITEM + "    when: {env: production}\n", "4:12: unknown key 'env'"),
        (ITEM + "    min-strength: strong\n", "4:5: min-strength is 'strong'; expected one of live, rendere"),
        (ITEM + "    timeout: 10m\n", "4:5: timeout is '10m'; expected seconds from 1s to 600s; write it so"),
        (ITEM + "    timeout: 601s\n", "4:5: timeout is '601s'; expected seconds"),
        (ITEM + "  - check: rollback.history-limit\n", "4:5: item rollback.history-limit stands here and in"),
        ("version: 1\nitems: [{check: rollback.histry-limit}]\n",
         "2:10: there is no check 'rollback.histry-limit'; expected the id of a check; the nearest is "
         "rollback.history-limit; run: readiness checks"),
        (CEL + "'" + "x" * 4097 + "'\n", "6:5: expr has 4097 characters; expected at most 4096; shorten it"),
        (CEL + "''\n", "6:5: expr is ''; expected a text"),
        ("version: 1\nitems: [{expr: 'true'}]\n", "2:9: the entry has no id; expected id; add id"),
        ("version: 1\nitems: [{id: a, title: t, for: hosts, expr: x}]\n", "2:27: for is 'hosts'; expected o"),
        ("version: 1\nitems: [{id: a, title: t, attest: {}}]\n", "2:27: attest has no roles; expected roles"),
        ("version: 1\nitems: [{id: a, title: t, attest: {roles: [x], max-age: 3m}}]\n", "2:48: max-age is '"),
        ("version: 1\nevidence: {rules: ../x}\n", "2:12: rules is '../x'; expected a path inside the source"),
        ("version: 1\nevidence: {rules: [a, deploy:/etc]}\n", "2:23: rules is 'deploy:/etc'; expected a pat"),
        ("version: 1\nevidence: {rules: 'a\\b'}\n", "2:12: rules is 'a"),
        ("version: 1\nevidence: {rule: a}\n", "2:12: unknown key 'rule'; expected a key; the nearest is rul"),
        ("version: 1\nevidence: {declared: [{kind: slo}]}\n", "2:23: the entry has no alert"),
        ("version: 1\nevidence: {declared: [{kind: Secret, reviewed: 2026-10-01, by: j}]}\n", "2:23: the entry has no name"),
        (SECRET % "name: '*'", "2:67: name is '*'; expected the name of an object"),
        (SECRET % "name: Orders", "2:67: name is 'Orders'; expected the name of an object"),
        (SECRET % "name: a, alert: b", "2:76: unknown key 'alert'; expected a key"),
        (SECRET % "name: a, namespace: a/b", "2:76: namespace is 'a/b'; expected a name in lower case"),
        ("version: 1\nenvironments: {p: {class: prod}}\n", "2:20: class is 'prod'; expected one of producti"),
        ("version: 1\nenvironments: {p: {kubernetes-version: 1.34}}\n",
         '2:20: kubernetes-version is 1.34; expected a version in quotes such as "1.34"; put it in quotes'),
        ("version: 1\nenvironments: {p: {kubernetes-version: ['1.31', 1.34]}}\n",
         "2:49: kubernetes-version is 1.34; expected a version in quotes"),
        ("version: 1\nenvironments: {p: {kubernetes-version: []}}\n", "2:20: kubernetes-version is an empty list"),
        ("version: 1\nenvironments: {p: {manifests: [{chart: a, path: b}]}}\n", "2:32: a manifest entry is"),
        ("version: 1\nenvironments: {p: {manifests: [{path: a, values: b}]}}\n", "2:42: unknown key 'values"),
        ("version: 1\nenvironments: {p: {namespace: Orders}}\n", "2:20: namespace is 'Orders'; expected a n"),
        ("version: 1\nsources: {repository: {}}\n", "2:11: sources names 'repository'; expected a name in l"),
        ("version: 1\nextends: [profile:standard]\n",
         "2:11: the layer is 'profile:standard'; expected profile:NAME@VERSION, policy:FILE, package:"),
        ("version: 1\nextends: [policy:../org.yaml]\n", "2:11: the layer is 'policy:../org.yaml'; expected"),
        ("version: 1\nextends: ['org.yaml#sha256:12']\n", "2:11: the layer is 'org.yaml#sha256:12'; expecte"),
        ("version: 1\nmode: off\n", "2:1: mode is 'off'; expected one of enforce, advisory"),
        ("version: 1\nwaivers: {max-days: {error: 0}}\n", "2:22: error is 0; expected days from 1 to 3650"),
        ("version: 1\ntiers: {'a b': 1}\n", "2:9: tiers names 'a b'; expected the name of a service"),
        ("version: 1\ntrusted-hosts: ['https://x.example']\n", "2:17: trusted-hosts is 'https://x.example';"),
        ("version: 1\nplatform: {metrics: Prometheus}\n", "2:12: metrics is 'Prometheus'; expected a word i"),
    ],
)  # fmt: skip
def test_error_is_at_its_place(text: str, told: str) -> None:
    (first, *_) = errors(text)
    assert first.startswith(f"readiness.yaml:{told}")


def test_all_errors_are_told_in_the_order_of_the_file() -> None:
    told = errors("version: 1\nmode: no\nfoo: 1\nservice: {tier: 9}\nitems: [{check: a.b}]\nmode: no\n")
    assert [line.split(":")[1] for line in told] == ["3", "4", "5", "6", "6"]


def test_errors_are_bounded() -> None:
    told = errors("version: 1\n" + "".join(f"k{number}: 1\n" for number in range(50)))
    assert len(told) == 21
    assert told[-1] == "readiness.yaml: and 30 more errors; mend these first"


def test_error_of_a_layer_names_its_source() -> None:
    with pytest.raises(ChecklistError, match=r"^policy:org\.yaml:1:1: version is 3"):
        parse(b"version: 3\n", "org.yaml", KNOWN, "policy")


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\x00", b"\x00", b"version: \xff", b"version: 1\n\tx: 1\n", b"[" * 5000, b"{a: " * 300,
        b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n" + b"".join(
            b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (100 + n, 100 + n, 99 + n, 99 + n, 99 + n, 99 + n) for n in range(20)
        ),
        b"!!python/object/apply:os.system [x]", b"? [a]\n: b\n", b"version: 1\n<<: {mode: x}\n", b"...\n", b"null",
        b"version: .nan\n", b"version: 1\nitems: [{check: [x]}]", b"version: 1\nitems: [{check: {}, id: 1}]",
        b"version: 1\nextends: [[]]", b"version: 1\nitems: [{check: rollback.history-limit, with: {minimum: {}}}]",
        b"version: 1\nitems: [{check: runbook.sections, with: {style: []}}]", b"version: 1\nservice: {tier: 1e400}",
        b"version: 1\nservice: {tier: " + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_hostile_file_is_refused_in_words(text: bytes) -> None:
    with pytest.raises(ChecklistError) as told:
        parse(text, "readiness.yaml", KNOWN)
    assert all(line.startswith("readiness.yaml:") for line in str(told.value).splitlines())
    assert max(len(line) for line in str(told.value).splitlines()) < 600


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("version", "\ufeffversion")])
def test_line_ends_and_byte_order_mark_change_nothing(change: tuple[str, str]) -> None:
    assert (
        read(FULL.replace(change[0], change[1], -1 if change[0] == "\n" else 1)).items[0].severity == "error"
    )
