"""Made-up checklists for property tests: valid ones, and ones with something changed."""
# a row of a table is one line

import json
from typing import Any

from hypothesis import strategies as st

from readiness.checklist import CEL_VARIABLES, CLASSES, EVIDENCE_KINDS, PLATFORM_PARTS
from readiness.outcome import SEVERITIES, STRENGTHS

Made = dict[str, Any]

NAMES = st.sampled_from(["orders", "billing", "a.b-c"])
PATHS = st.sampled_from(["docs", "docs/runbooks/", "deploy:overlays/production", "a.yaml", "TODO", "."])
TIERS = st.integers(1, 4)
DATES = st.sampled_from(["2027-03-01", "2026-12-31"])
LABELS = st.sampled_from(["orders", "o-1"])
TEXTS = st.sampled_from(["a text", "TODO"])


def one_or_several(one: st.SearchStrategy[Any], least: int = 1) -> st.SearchStrategy[Any]:
    return one | st.lists(one, min_size=least, max_size=2, unique_by=str)


def mapping(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Made]:
    return fields({}, {name.rstrip("_").replace("_", "-"): value for name, value in optional.items()})


def fields(needed: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Made]:
    return st.fixed_dictionaries(needed, optional=optional)


REFS = one_or_several(PATHS)
EVIDENCE: dict[str, Any] = dict.fromkeys(EVIDENCE_KINDS[:3], REFS)
ENTRIES = (
    PATHS
    | fields({"path": PATHS}, {"namespace": LABELS})
    | fields({"chart": PATHS}, {"values": one_or_several(PATHS, 0), "release": LABELS, "namespace": LABELS})
    | fields({"kustomization": PATHS}, {})
)
MANIFESTS = one_or_several(ENTRIES, 0)
COMMON: dict[str, Any] = {
    "severity": st.sampled_from(SEVERITIES),
    "required": st.booleans(),
    "enforce-from": DATES | st.just("TODO"),
    "when": mapping(
        environment=one_or_several(st.sampled_from(["production", "staging"])), tier=one_or_several(TIERS)
    ),
    "control": TEXTS, "why": TEXTS, "guide": TEXTS, "owner": TEXTS,
    "waivable": st.booleans(),
    "attestable": st.booleans(),
    "min-strength": st.sampled_from(STRENGTHS),
    "timeout": st.sampled_from(["1s", "600s"]),
}  # fmt: skip
ITEMS = st.one_of(
    fields({"check": st.just("rollback.history-limit")}, {"with": mapping(minimum=st.integers(0, 5)), **COMMON}),
    fields(
        {"check": st.just("capacity.plan-fresh")},
        {
            "with": mapping(
                max_age=st.sampled_from(["90d", "26w"]), headroom=st.sampled_from(["30%", "40%"]) | st.none()
            ),
            **COMMON,
        },
    ),
    fields(
        {"check": st.just("runbook.sections")},
        {"with": mapping(style=st.sampled_from(["mkdocs", "hugo"]), strict=st.booleans()), **COMMON},
    ),
    fields(
        {"id": st.just("rule"), "title": TEXTS, "for": st.sampled_from(CEL_VARIABLES), "expr": TEXTS},
        {"message": TEXTS, **COMMON},
    ),
    fields(
        {
            "id": st.just("statement"),
            "title": TEXTS,
            "attest": fields(
                {"roles": one_or_several(st.sampled_from(["sre", "dba"]))},
                {"max-age": st.sampled_from(["90d", "26w"]), "evidence": st.sampled_from(["required", "optional"])},
            ),
        },
        COMMON,
    ),
)  # fmt: skip


def checklists() -> st.SearchStrategy[Made]:
    """Valid ones of schema 1, as the data that YAML holds."""
    return fields(
        {"version": st.just(1)},
        {
            "extends": st.lists(
                st.sampled_from(["profile:standard@1", "policy:org.yaml", "a/b.yaml"]), max_size=2
            ),
            "service": mapping(name=NAMES, tier=TIERS | st.just("TODO"), owner=TEXTS),
            "tiers": st.dictionaries(st.sampled_from(["orders", "*"]), TIERS, max_size=2),
            "platform": mapping(**dict.fromkeys(PLATFORM_PARTS[:2], one_or_several(st.just("prometheus")))),
            "sources": st.dictionaries(
                st.sampled_from(["deploy", "alerting"]), mapping(required=st.booleans(), shared=st.booleans())
            ),
            "evidence": fields(
                {},
                {
                    **EVIDENCE,
                    "manifests": MANIFESTS,
                    "declared": st.lists(
                        fields(
                            {"kind": st.just("runbook"), "alert": TEXTS, "reviewed": DATES, "by": TEXTS},
                            {"url": st.just("https://wiki.example/a")},
                        )
                        | fields(
                            {
                                "kind": st.sampled_from(["Secret", "ConfigMap"]),
                                "name": st.sampled_from(["orders-db", "orders-*", "a.b"]),
                                "reviewed": DATES,
                                "by": TEXTS,
                            },
                            {"namespace": LABELS},
                        ),
                        max_size=1,
                    ),
                },
            ),
            "environments": st.dictionaries(
                st.sampled_from(["production", "staging", "live"]),
                fields(
                    {},
                    {
                        "class": st.sampled_from(CLASSES),
                        "namespace": LABELS,
                        "kubernetes-version": one_or_several(st.sampled_from(["1.34", "1.33.2"])),
                        "manifests": MANIFESTS,
                        **EVIDENCE,
                    },
                ),
                max_size=2,
            ),
            "items": st.lists(ITEMS, max_size=3, unique_by=lambda item: item.get("id", item.get("check"))),
            "mode": st.sampled_from(["enforce", "advisory"]),
            "fail-on": st.sampled_from(SEVERITIES),
            "waivers": mapping(
                max_days=mapping(error=st.integers(1, 3650), note=st.integers(1, 3650)),
                approvers=one_or_several(st.sampled_from(["lead", "sre"])),
                non_waivable=one_or_several(NAMES, 0),
            ),
            "accept-suppressions": one_or_several(NAMES, 0),
            "trusted-hosts": one_or_several(st.sampled_from(["a.example", "b.example:443"]), 0),
            "remote-bases": st.booleans(),
        },
    )


WRONG: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 1.5, "", " ", "x", "TODO", "../x", "/x", "a\n", "A b", "none", [], {}, ["x"], [[]],
    {"x": 1}, "2027-02-30", "20270301", "9d\n", "x" * 4097, "deploy:../x", "https://", "repository:x", "1.34\n",
)  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, made: st.SearchStrategy[Made]) -> Made:
    """A checklist with one value put wrong, taken away, or set beside the others."""
    found: Made = json.loads(json.dumps(draw(made)))
    places = list(_places(found))
    parent, key = draw(st.sampled_from(places))
    what = draw(st.sampled_from(("wrong", "gone", "added")))
    if what == "gone":
        del parent[key]
    elif what == "wrong":
        parent[key] = draw(st.sampled_from(WRONG))
    elif isinstance(parent, dict):
        parent[draw(st.sampled_from(ADDED))] = draw(st.sampled_from(WRONG))
    else:
        parent.append(draw(st.sampled_from(WRONG)))
    return found


ADDED = (
    "x",
    "check",
    "id",
    "expr",
    "attest",
    "with",
    "severity",
    "repository",
    "path",
    "chart",
    "a b",
    "tier",
)


def _places(value: Any) -> Any:
    """Each entry of each mapping and list, as (parent, key)."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


def as_yaml(made: Made) -> bytes:
    """The text of a checklist: JSON, which YAML holds."""
    return json.dumps(made).encode()
