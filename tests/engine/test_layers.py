"""Layers only tighten; what is beside each other all holds."""
# a row of a table is one line

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.checklist import NOWHERE, Checklist, Ref, parse
from readiness.errors import ChecklistError, SourceError
from readiness.layers import load
from readiness.merge import Merge
from tests.engine.example_checks import KNOWN, AnyCheck
from tests.engine.made_checklists import as_yaml, checklists

ORDERS = "service: {name: orders, tier: 1}"


def put(files: Mapping[str, str], above: tuple[str, ...] = ()) -> Checklist:
    def read(ref: str) -> bytes:
        if ref not in files:
            raise SourceError(f"{ref} is not there; expected a file; add it")
        return files[ref].encode()

    return load("readiness.yaml", read, KNOWN, above)


def over(upper: str, lower: str) -> Checklist:
    """`lower` over the organisation's `upper`, each the lines below `version: 1`."""
    return put({
        "policy:org.yaml": f"version: 1\n{upper}\n",
        "readiness.yaml": f"version: 1\nextends: [policy:org.yaml]\n{ORDERS}\n{lower}\n",
    })  # fmt: skip


def refused(upper: str, lower: str) -> str:
    with pytest.raises(ChecklistError) as told:
        over(upper, lower)
    return str(told.value)


def item(check: str = "rollback.history-limit", fields: str = "") -> str:
    return f"items:\n- check: {check}" + (f"\n  {fields}" if fields else "")


def rule(fields: str = "expr: 'true'", of: str = "pod") -> str:
    return f"items:\n- id: r\n  title: t\n  for: {of}\n  {fields}"


def statement(fields: str) -> str:
    return f"items:\n- id: dr\n  title: t\n  attest: {{{fields}}}"


@pytest.mark.parametrize(
    ("upper", "lower", "told"),
    [
        (item(), item(fields="disabled: true"), "drops item rollback.history-limit; policy:org.yaml:3 says"),
        (item(fields="severity: error"), item(fields="severity: warning"),
         "lowers severity of rollback.history-limit to warning; policy:org.yaml:4 says error"),
        (item(), item(fields="severity: warning"),
         "lowers severity of rollback.history-limit to warning; policy:org.yaml:3 says error"),
        (item(fields="required: true"), item(fields="required: false"),
         "sets required of rollback.history-limit to false; policy:org.yaml:4 says true"),
        (item(fields="enforce-from: 2027-01-01"), item(fields="enforce-from: 2027-01-02"),
         "moves enforce-from of rollback.history-limit to 2027-01-02; policy:org.yaml:4 says 2027-01-01"),
        (item(), item(fields="enforce-from: 2027-01-02"), "policy:org.yaml:3 says from now on"),
        (item(), item(fields="when: {tier: 2}"), "narrows when of rollback.history-limit to 2; policy:org.yaml:3 s"),
        (item(fields="when: {tier: [1, 2]}"), item(fields="when: {tier: [2, 3]}"), "policy:org.yaml:4 says 1, 2"),
        (item(fields="when: {environment: [production, staging]}"), item(fields="when: {environment: staging}"),
         "narrows when of rollback.history-limit to staging; policy:org.yaml:4 says production, staging"),
        (item(fields="waivable: false"), item(fields="waivable: true"), "sets waivable of rollback.history-limit to"),
        (item(), item(fields="attestable: true"), "sets attestable of rollback.history-limit to true; policy:org"),
        (item(fields="min-strength: rendered"), item(fields="min-strength: declared"),
         "weakens min-strength of rollback.history-limit to declared; policy:org.yaml:4 says rendered"),
        (item(fields="control: A-1"), item(fields="control: A-2"), "changes control of rollback.history-limit;"),
        (item(fields="with: {minimum: 5}"), item(fields="with: {minimum: 4}"),
         "loosens minimum of rollback.history-limit to 4; policy:org.yaml:4 says 5"),
        (item(), item(fields="with: {minimum: 1}"),
         "loosens minimum of rollback.history-limit to 1; policy:org.yaml:3 says 2"),
        (item("capacity.plan-fresh", "with: {max-age: 90d}"), item("capacity.plan-fresh", "with: {max-age: 13w}"),
         "loosens max-age of capacity.plan-fresh to 13w; policy:org.yaml:4 says 90d"),
        (item("capacity.plan-fresh"), item("capacity.plan-fresh", "with: {max-age: 181d}"), "policy:org.yaml:3 says 180d"),
        (item("capacity.plan-fresh", "with: {headroom: 30%}"), item("capacity.plan-fresh", "with: {headroom: 40%}"),
         "changes headroom of capacity.plan-fresh to 40%; policy:org.yaml:4 says 30%"),
        (item("runbook.sections", "with: {style: hugo}"), item("runbook.sections", "with: {style: mkdocs}"),
         "changes style of runbook.sections to mkdocs; policy:org.yaml:4 says hugo"),
        (rule(), rule("expr: 'false'"), "changes expr of r; policy:org.yaml:6 says true"),
        (rule(), rule(of="alert"), "changes for of r; policy:org.yaml:5 says pod"),
        (rule(), "items:\n- id: r\n  check: rollback.history-limit", "makes item r another one; policy:org.yaml:3 s"),
        (statement("roles: [sre, dba]"), statement("roles: [sre]"), "drops role dba of dr; policy:org.yaml:5 says sre,"),
        (statement("roles: sre, max-age: 90d"), statement("roles: sre, max-age: 91d"),
         "lengthens max-age of dr to 91d; policy:org.yaml:5 says 90d"),
        (statement("roles: sre, evidence: required"), statement("roles: sre, evidence: optional"),
         "makes evidence of dr optional; policy:org.yaml:5 says required"),
        ("evidence: {rules: [a, b]}", "evidence: {rules: [a, c]}", "narrows evidence rules: b is left out; policy:org."),
        ("evidence: {runbooks: docs}", "evidence: {runbooks: docs/runbooks}", "narrows evidence runbooks: docs is left"),
        ("evidence: {manifests: [a]}", "evidence: {manifests: [b]}", "narrows manifests: a is left out; policy:org.y"),
        ("environments: {production: {rules: [a]}}", "environments: {production: {rules: [b]}}",
         "narrows environment production: rules: a is left out; policy:org.yaml:2 says a"),
        ("evidence: {rules: [a]}", "environments: {production: {rules: [b]}}",
         "narrows rules of environment production: a is left out; policy:org.yaml:2 says a"),
        ("environments: {production: {manifests: [{chart: c, values: [p.yaml]}]}}",
         "environments: {production: {manifests: [{chart: c, values: [q.yaml]}]}}",
         "narrows manifests of environment production: c is left out; policy:org.yaml:2 says c"),
        ("environments: {live: {class: production}}", "environments: {live: {class: development}}",
         "changes the class of live to development; policy:org.yaml:2 says production"),
        ("environments: {live: {}}", "environments: {live: {class: staging}}", "policy:org.yaml:2 says production"),
        ("environments: {live: {namespace: a}}", "environments: {live: {namespace: b}}", "changes namespace of live to"),
        ("mode: enforce", "mode: advisory", "loosens mode; policy:org.yaml:2 says enforce"),
        (item(), "mode: advisory", "loosens mode; without it enforce holds"),
        ("fail-on: warning", "fail-on: error", "loosens fail-on; policy:org.yaml:2 says warning"),
        ("waivers: {max-days: {error: 30}}", "waivers: {max-days: {error: 31}}",
         "loosens waivers.max-days.error; policy:org.yaml:2 says 30 days"),
        ("waivers: {approvers: [a]}", "waivers: {approvers: [a, b]}", "loosens waivers.approvers; policy:org.yaml:2"),
        ("waivers: {non-waivable: [a, b]}", "waivers: {non-waivable: [a]}", "loosens waivers.non-waivable; policy:org"),
        ("accept-suppressions: [a]", "accept-suppressions: [a, b]", "loosens accept-suppressions; policy:org.yaml:2"),
        (item(), "accept-suppressions: [a]", "loosens accept-suppressions; without it none holds"),
        ("trusted-hosts: [a]", "trusted-hosts: [b]", "loosens trusted-hosts; policy:org.yaml:2 says a"),
        ("remote-bases: false", "remote-bases: true", "loosens remote-bases; policy:org.yaml:2 says false"),
        ("platform: {metrics: prometheus}", "platform: {metrics: dynatrace}",
         "changes the platform's metrics to dynatrace; policy:org.yaml:2 says prometheus"),
        ("sources: {deploy: {required: true}}", "sources: {deploy: {required: false}}",
         "loosens required of source deploy; policy:org.yaml:2 says true"),
        ("sources: {deploy: {}}", "sources: {deploy: {shared: true}}", "loosens shared of source deploy; policy:org"),
        ("tiers: {billing: 1}", "tiers: {billing: 2}", "raises the tier of billing to 2; policy:org.yaml:2 says 1"),
    ],
)  # fmt: skip
def test_loosening_names_both_lines(upper: str, lower: str, told: str) -> None:
    said = refused(upper, lower)
    assert said.startswith("readiness.yaml:")
    assert told in said


def test_loosening_is_told_at_its_column() -> None:
    assert refused(item(fields="severity: error"), item(fields="severity: note")) == (
        "readiness.yaml:6:3: lowers severity of rollback.history-limit to note; policy:org.yaml:4 says error; "
        "expected the same or stricter; remove it or have the layer above changed"
    )


@pytest.mark.parametrize(
    ("policy", "service", "told"),
    [
        ("service: {tier: 1}", "service: {name: orders, tier: 2}", "raises the tier to 2; policy:org.yaml:2 says 1"),
        ("tiers: {orders: 1}", "service: {name: orders, tier: 2}",
         "raises the tier of orders to 2; policy:org.yaml:2 says 1"),
        ('tiers: {orders: 1, "*": 3}', "service: {name: orders2, tier: 4}",
         "raises the tier of orders2 to 4; policy:org.yaml:2 says 3"),
    ],
)  # fmt: skip
def test_tier_number_is_not_raised(policy: str, service: str, told: str) -> None:
    with pytest.raises(ChecklistError) as said:
        put({
            "policy:org.yaml": f"version: 1\n{policy}\n",
            "readiness.yaml": f"version: 1\nextends: [policy:org.yaml]\n{service}\n",
        })  # fmt: skip
    assert str(said.value).startswith("readiness.yaml:3:")
    assert told in str(said.value)


def test_tier_of_the_policy_holds_where_the_service_is_silent() -> None:
    found = put({
        "policy:org.yaml": "version: 1\ntiers: {orders: 1}\n",
        "readiness.yaml": "version: 1\nextends: [policy:org.yaml]\nservice: {name: orders}\n",
    })  # fmt: skip
    assert found.tier == 1


def test_tightening_is_allowed_and_keeps_its_place() -> None:
    found = over(
        item(fields="severity: error\n  enforce-from: 2027-05-01\n  when: {tier: 1}\n  title: theirs"),
        item(fields="required: true\n  enforce-from: 2027-01-01\n  when: {tier: [1, 2]}\n  waivable: false\n"
                    "  with: {minimum: 4}\n  title: ours\n  min-strength: source"),
    )  # fmt: skip
    (only,) = found.items
    assert (only.severity, only.required, str(only.enforce_from), only.tiers) == (
        "error",
        True,
        "2027-01-01",
        (1, 2),
    )
    assert (only.waivable, only.settings, only.title, only.min_strength) == (
        False,
        {"minimum": 4},
        "ours",
        "source",
    )
    assert {field: (at.source, at.file) for field, at in only.origins.items()} == {
        "check": ("policy", "org.yaml"), "severity": ("policy", "org.yaml"),
        **dict.fromkeys(
            ("required", "enforce-from", "when.tier", "waivable", "with.minimum", "title", "min-strength"),
            ("repository", "readiness.yaml"),
        ),
    }  # fmt: skip


def test_severity_is_compared_at_the_tier_of_the_service() -> None:
    files = {
        "policy:org.yaml": "version: 1\n" + item() + "\n",
        "readiness.yaml": "version: 1\nextends: [policy:org.yaml]\nservice: {name: a, tier: 3}\n"
        + item(fields="severity: warning") + "\n",
    }  # fmt: skip
    assert put(files).items[0].severity == "warning"  # the check's own is error at tier 1, warning at tier 3


def test_what_a_layer_leaves_out_is_inherited() -> None:
    found = over("mode: advisory\nfail-on: warning\n" + item(fields="with: {minimum: 7}"), item())
    assert found.items[0].settings == {"minimum": 7}
    assert (found.decision.mode, found.decision.fail_on) == ("advisory", "warning")


def test_one_check_stands_twice_under_two_ids() -> None:
    found = over(item(), "items: [{check: rollback.history-limit, id: strict, with: {minimum: 9}}]")
    assert [entry.id for entry in found.items] == ["rollback.history-limit", "strict"]


def test_layers_beside_each_other_all_hold() -> None:
    found = put({
        "policy:a.yaml": "version: 1\nwaivers: {approvers: [x, y], non-waivable: [m]}\n"
        + item(fields="severity: warning\n  with: {minimum: 5}\n  waivable: false"),
        "policy:b.yaml": "version: 1\nmode: advisory\nwaivers: {approvers: [y], non-waivable: [n]}\n"
        + item(fields="severity: error\n  enforce-from: 2027-01-01"),
        "readiness.yaml": "version: 1\nextends: [policy:a.yaml, policy:b.yaml]\nservice: {name: orders, tier: 1}\n",
    })  # fmt: skip
    (only,) = found.items
    assert (only.severity, only.settings, only.waivable, only.enforce_from) == (
        "error",
        {"minimum": 5},
        False,
        None,
    )
    assert (found.decision.approvers, found.decision.non_waivable) == (("y",), ("m", "n"))
    assert found.decision.mode == "advisory"  # silence of the other says nothing
    assert [layer.ref for layer in found.layers] == ["policy:a.yaml", "policy:b.yaml", "readiness.yaml"]


def test_layer_above_holds_though_the_checklist_does_not_extend_it() -> None:
    files = {
        "policy:org.yaml": "version: 1\n" + item(fields="severity: error"),
        "readiness.yaml": f"version: 1\n{ORDERS}\n" + item(fields="severity: note"),
    }
    assert put(files).items[0].severity == "note"
    with pytest.raises(ChecklistError, match=r"lowers severity .* policy:org\.yaml:4 says error"):
        put(files, above=("policy:org.yaml",))


def test_single_checklist_sets_its_own_mode() -> None:
    assert put({"readiness.yaml": "version: 1\nmode: advisory\n"}).decision.mode == "advisory"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


ORG = "version: 1\n" + item()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"readiness.yaml": "version: 1\nextends: [readiness.yaml]"},
         "readiness.yaml:2:11: layers extend each other: readiness.yaml → readiness.yaml; expected no circle"),
        ({"readiness.yaml": "version: 1\nextends: [a.yaml]", "a.yaml": "version: 1\nextends: [b.yaml]",
          "b.yaml": "version: 1\nextends: [a.yaml]"}, "b.yaml:2:11: layers extend each other: readiness.yaml → a.y"),
        ({"readiness.yaml": "version: 1\nextends: [0.yaml]"}
         | {f"{n}.yaml": f"version: 1\nextends: [{n + 1}.yaml]" for n in range(20)},
         "7.yaml:2:11: layers are more than 8 deep"),
        ({"readiness.yaml": f"version: 1\nextends: [{', '.join(f'{n}.yaml' for n in range(50))}]"}
         | {f"{n}.yaml": "version: 1" for n in range(50)}, "more than 40 layers"),
        ({"readiness.yaml": "version: 1\nextends: [policy:org.yaml]"},
         "readiness.yaml:2:11: layer policy:org.yaml: policy:org.yaml is not there"),
        ({"readiness.yaml": "version: 1\nextends: ['profile:standrad@1']"},
         "readiness.yaml:2:11: layer profile:standrad@1: there is no profile standrad@1; expected one of baseline@1, "
         "critical@1, kubernetes@1, operations@1, standard@1; the nearest is standard@1"),
        ({"readiness.yaml": f"version: 1\nextends: ['policy:org.yaml#sha256:{'0' * 64}']", "policy:org.yaml": ORG},
         f"readiness.yaml:2:11: layer policy:org.yaml has the digest sha256:{digest(ORG)}; expected sha256:0000"),
        ({"readiness.yaml": "version: 1\nextends: [policy:org.yaml]", "policy:org.yaml": "version: 1\nfoo: 1"},
         "policy:org.yaml:2:1: unknown key 'foo'"),
        ({"readiness.yaml": "version: 1\nevidence: {rules: alertng:rules}\nsources: {alerting: {}}"},
         "readiness.yaml:2:12: alertng:rules is in source alertng, which is not declared; expected a source that "
         "`sources` names; the nearest is alerting"),
        ({"readiness.yaml": "version: 1\nenvironments: {prod: {}}\n" + item(fields="when: {environment: prd}")},
         "readiness.yaml:5:10: item rollback.history-limit is for environment prd, which is not declared; expected "
         "the name or class of one; the nearest is prod"),
        ({"readiness.yaml": "version: 1\n" + item(fields="disabled: true")},
         "readiness.yaml:3:3: disables item rollback.history-limit, which no layer above has"),
    ],
)  # fmt: skip
def test_layers_that_do_not_fit_are_refused(files: dict[str, str], told: str) -> None:
    with pytest.raises(ChecklistError) as said:
        put(files)
    assert told in str(said.value)


def test_pinned_layer_is_taken_when_its_text_is_the_same() -> None:
    found = put({
        "policy:org.yaml": ORG,
        "readiness.yaml": f"version: 1\nextends: ['policy:org.yaml#sha256:{digest(ORG)}']",
    })  # fmt: skip
    assert found.layers[0].digest == f"sha256:{digest(ORG)}"


@pytest.mark.parametrize("scheme", ["policy:", "package:acme-readiness/"])
def test_plain_path_lies_beside_the_file_that_names_it(scheme: str) -> None:
    found = put({
        f"{scheme}org.yaml": "version: 1\nextends: [teams/a.yaml]",
        f"{scheme}teams/a.yaml": ORG,
        "teams/a.yaml": "version: 1\n" + item(fields="severity: note"),
        "readiness.yaml": f"version: 1\nextends: ['{scheme}org.yaml']",
    })  # fmt: skip
    assert [layer.ref for layer in found.layers] == [
        f"{scheme}teams/a.yaml",
        f"{scheme}org.yaml",
        "readiness.yaml",
    ]


def test_profile_is_not_loosened_by_the_service_that_extends_it() -> None:
    text = "version: 1\nextends: ['profile:critical@1']\n" + item(fields="severity: warning")
    with pytest.raises(ChecklistError, match=r"profile:standard@1\.yaml:\d+ says error"):
        load("readiness.yaml", lambda _: text.encode(), AnyCheck())


# What `join` and `over` keep to, on made-up layers.


def layers() -> st.SearchStrategy[Checklist]:
    return checklists().map(lambda made: parse(as_yaml(made), "made.yaml", KNOWN))


def meaning(found: Checklist) -> Any:
    """A layer without places and words, which are no demands."""
    nowhere: dict[str, Any] = {"origins": {}, "origin": NOWHERE}
    words: dict[str, Any] = {"title": "", "why": "", "guide": "", "owner": "", "message": ""}
    return found._replace(
        items=tuple(entry._replace(**nowhere, **words) for entry in found.items),
        environments=tuple(
            entry._replace(
                **nowhere,
                evidence=unplaced(entry.evidence),  # type: ignore[arg-type]  # compared, never read
                manifests=tuple(manifest._replace(origin=NOWHERE) for manifest in entry.manifests),
            )
            for entry in found.environments
        ),
        sources={name: source._replace(origin=NOWHERE) for name, source in found.sources.items()},
        evidence=unplaced(found.evidence),  # type: ignore[arg-type]  # as above
        manifests=tuple(manifest._replace(origin=NOWHERE) for manifest in found.manifests),
        service=found.service._replace(owner="", name=""),
        declared=(), extends=(), layers=(), placeholders=(), origins={},
    )  # fmt: skip


def unplaced(evidence: Mapping[str, tuple[Ref, ...]]) -> dict[str, set[str]]:
    return {kind: {str(ref) for ref in refs} for kind, refs in evidence.items()}


@given(layers())
def test_join_and_over_are_idempotent(one: Checklist) -> None:
    merge = Merge(KNOWN)
    assert merge.join(one, one) == one
    assert merge.over(one, one) == one
    assert merge.errors == []


@given(layers(), layers(), layers())
def test_join_is_associative(one: Checklist, two: Checklist, three: Checklist) -> None:
    merge = Merge(KNOWN)
    left = merge.join(merge.join(one, two), three)
    right = merge.join(one, merge.join(two, three))
    assert meaning(left) == meaning(right)


@given(layers(), layers())
def test_what_is_put_together_is_as_strict_as_each_layer_above(upper: Checklist, lower: Checklist) -> None:
    merge = Merge(KNOWN)
    found = merge.over(upper, lower)
    if not merge.errors:
        assert meaning(merge.join(found, upper)) == meaning(found)
    joined = merge.join(upper, lower)
    assert meaning(merge.join(joined, lower)) == meaning(joined)
