"""Annotations of other linters: what they hide in a run of the gate, and how the register tells it."""
# a row a case

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.running import DAY, Verdict, cli, committed, files, gate, git

CHECKLIST = """
version: 1
service: {name: shop, tier: 1, owner: team-shop}
environments:
  production: {class: production, namespace: shop, manifests: [k8s/]}
items:
  - {check: workload.read-only-root-fs, severity: warning}
  - {check: workload.privileged, severity: error}
  - {check: evidence.suppression-known}
"""
WRITABLE, PRIVILEGED = "workload.read-only-root-fs", "workload.privileged"
REASON = "the vendor's image writes its cache there"


def workload(annotations: str = "", template: str = "", privileged: bool = False, comment: str = "") -> str:
    """A Deployment of two containers, both with a writable root file system."""
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  annotations: {{{annotations}}}
spec:
  selector: {{matchLabels: {{app: api}}}}
  template: {comment}
    metadata: {{labels: {{app: api}}, annotations: {{{template}}}}}
    spec:
      containers:
        - name: api
          image: registry.example/api:1.0
          securityContext: {{privileged: {str(privileged).lower()}}}
        - name: sidecar
          image: registry.example/sidecar:1.0
"""


KUBE_LINTER = f"ignore-check.kube-linter.io/no-read-only-root-fs: {REASON}"
LINTER_PRIVILEGED = "ignore-check.kube-linter.io/privileged-container: it is the node's agent"


def service(tmp_path: Path, checklist: str = CHECKLIST, **fields: Any) -> Path:
    return files(tmp_path / "shop", {"readiness.yaml": checklist, "k8s/api.yaml": workload(**fields)})


def open_findings(verdict: Verdict, check: str) -> list[str]:
    """The containers of which a check tells something that nothing hides."""
    return [
        finding["object"]["part"]
        for outcome in verdict["outcomes"]
        if outcome["check"] == check
        for finding in outcome["findings"]
        if finding["suppressed_by"] is None and finding["state"] != "fixed"
    ]


class Hides(NamedTuple):
    """Where a request stands, and the containers of which the writable root file system is told still."""

    fields: dict[str, Any]
    left: tuple[str, ...]


EVERY = ("api", "sidecar")
HIDES = {
    "nothing": Hides({}, EVERY),
    "kube-linter": Hides({"annotations": KUBE_LINTER}, ()),
    "kube-linter on the template": Hides({"template": KUBE_LINTER}, ()),
    "kube-linter, another check": Hides({"annotations": LINTER_PRIVILEGED}, EVERY),
    "kube-linter all": Hides({"annotations": f"kube-linter.io/ignore-all: {REASON}"}, ()),
    "kube-score": Hides({"template": "kube-score/ignore: 'x,container-security-context-readonlyrootfilesystem'"}, ()),
    "kube-score all": Hides({"annotations": "kube-score/ignore: '*'"}, ()),
    "kube-score skip": Hides({"annotations": "kube-score/skip: 'true'"}, ()),
    "polaris": Hides({"annotations": "polaris.fairwinds.com/notReadOnlyRootFilesystem-exempt: 'true'"}, ()),
    "polaris all": Hides({"template": "polaris.fairwinds.com/exempt: 'true'"}, ()),
    "polaris with another value": Hides({"annotations": "polaris.fairwinds.com/exempt: 'yes'"}, EVERY),
    "checkov": Hides({"annotations": f"checkov.io/skip1: CKV_K8S_22={REASON}"}, ()),
    "checkov in a comment": Hides({"comment": f"# checkov:skip=CKV_K8S_22:{REASON}"}, ()),
    "checkov, another check": Hides({"comment": "# checkov:skip=CKV_K8S_16:x"}, EVERY),
    "ours": Hides({"annotations": f'readiness/ignore: "{WRITABLE}: {REASON}"'}, ()),
    "ours as a glob": Hides({"template": f'readiness/ignore: "workload.*: {REASON}"'}, ()),
    "ours for a container": Hides({"annotations": f'readiness/ignore: "{WRITABLE}@sidecar: {REASON}"'}, ("api",)),
    "ours for containers": Hides({"template": f'readiness/ignore: "{WRITABLE}@a*: {REASON}"'}, ("sidecar",)),
    "ours for no container": Hides({"template": f'readiness/ignore: "{WRITABLE}@x: {REASON}"'}, EVERY),
    "ours without reason": Hides({"annotations": f'readiness/ignore: "{WRITABLE}"'}, EVERY),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDES)
def test_warning_is_hidden(name: str, tmp_path: Path) -> None:
    code, verdict = gate(".", cwd=service(tmp_path, **HIDES[name].fields))
    assert code == 0
    assert sorted(open_findings(verdict, WRITABLE)) == list(HIDES[name].left)
    assert verdict["summary"]["suppressed"] == 2 - len(HIDES[name].left)


def test_request_of_one_object_hides_nothing_of_another(tmp_path: Path) -> None:
    tree = service(tmp_path, annotations=KUBE_LINTER)
    files(tree, {"k8s/other.yaml": workload().replace("name: api\n  ann", "name: other\n  ann")})
    _, verdict = gate(".", cwd=tree)
    left = [
        finding["object"]["name"]
        for outcome in verdict["outcomes"]
        for finding in outcome["findings"]
        if finding["suppressed_by"] is None
    ]
    assert left == ["other", "other"]


@pytest.mark.parametrize(
    ("policy", "code", "decision"),
    [
        ("", 1, "NO-GO"),
        ("accept-suppressions: [workload.read-only-root-fs]\n", 1, "NO-GO"),
        ("accept-suppressions: [workload.privileged]\n", 0, "GO WITH CONDITIONS"),
        ("accept-suppressions: [workload.privileged]\nwaivers: {non-waivable: [workload.privileged]}\n", 1, "NO-GO"),
    ],
)  # fmt: skip
def test_error_is_hidden_only_where_the_policy_accepts_it(
    policy: str, code: int, decision: str, tmp_path: Path
) -> None:
    tree = service(tmp_path, CHECKLIST + policy, annotations=LINTER_PRIVILEGED, privileged=True)
    found, verdict = gate(".", cwd=tree)
    assert (found, verdict["decision"]) == (code, decision)
    (one,) = verdict["suppressions"]
    assert (one["counts"], one["hidden"], bool(one["why"])) == (not code, 1 - code, bool(code))
    if not code:
        assert verdict["reason"] == "1 hidden by annotations"


@pytest.mark.parametrize("check", [WRITABLE, PRIVILEGED])
def test_item_that_nobody_may_waive_is_not_hidden(check: str, tmp_path: Path) -> None:
    """Not even where the policy accepts requests for the check."""
    text = CHECKLIST.replace(f"check: {check}, ", f"check: {check}, waivable: false, ")
    text += f"accept-suppressions: [{check}]\n"
    own = f'readiness/ignore: "*: {REASON}"'
    _, verdict = gate(".", cwd=service(tmp_path, text, annotations=own, privileged=True))
    assert open_findings(verdict, check)
    (one,) = verdict["suppressions"]
    assert f"the policy lets nobody waive {check}" in one["why"]


def test_what_a_request_got_wrong_is_not_hidden_by_a_request(tmp_path: Path) -> None:
    own = rf'readiness/ignore: "*: {REASON}\nworkload.none: {REASON}"'
    _, verdict = gate(".", cwd=service(tmp_path, annotations=own))
    assert len(open_findings(verdict, "evidence.suppression-known")) == 1


def test_unknown_is_not_hidden(tmp_path: Path) -> None:
    tree = service(tmp_path, annotations=LINTER_PRIVILEGED)
    path = tree / "k8s/api.yaml"
    path.write_text(path.read_text().replace("privileged: false", "privileged: maybe"))
    code, verdict = gate(".", cwd=tree)
    assert (code, verdict["decision"]) == (1, "UNKNOWN")


# Under a base


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A service on `main`, checked out on a branch of its own."""
    tree = service(tmp_path, annotations=KUBE_LINTER)
    committed(tree, "service")
    git("checkout", "-q", "-b", "change", cwd=tree)
    return tree


def test_request_of_the_base_counts(shop: Path) -> None:
    files(shop, {"k8s/api.yaml": workload(template=KUBE_LINTER.replace(REASON, "moved")) + "# changed\n"})
    _, verdict = gate(".", "--base", "main", cwd=shop)
    (one,) = verdict["suppressions"]
    assert (one["counts"], one["hidden"], one["reason"]) == (True, 2, "moved")
    assert open_findings(verdict, WRITABLE) == []


def test_new_request_does_not_count(shop: Path) -> None:
    new = f'readiness/ignore: "{PRIVILEGED}: {REASON}"'
    text = CHECKLIST + f"accept-suppressions: [{PRIVILEGED}]\n"
    git("checkout", "-q", "main", cwd=shop)
    files(shop, {"readiness.yaml": text})
    committed(shop)
    git("checkout", "-q", "-B", "change", cwd=shop)
    files(shop, {"k8s/api.yaml": workload(annotations=f"{KUBE_LINTER}, {new}", privileged=True)})
    committed(shop)
    code, verdict = gate(".", "--base", "main", cwd=shop)
    assert code == 1
    assert open_findings(verdict, PRIVILEGED) == ["api"]
    assert open_findings(verdict, WRITABLE) == []
    assert {one["name"]: one["counts"] for one in verdict["suppressions"]} == {
        "no-read-only-root-fs": True,
        PRIVILEGED: False,
    }
    assert any("a new suppression has no force" in one["text"] for one in verdict["ignored"])


def test_widened_request_is_a_new_one(tmp_path: Path) -> None:
    tree = service(tmp_path, annotations=f'readiness/ignore: "{WRITABLE}@sidecar: {REASON}"')
    committed(tree, "service")
    git("checkout", "-q", "-b", "change", cwd=tree)
    files(tree, {"k8s/api.yaml": workload(annotations=f'readiness/ignore: "{WRITABLE}: {REASON}"')})
    committed(tree)
    _, verdict = gate(".", "--base", "main", cwd=tree)
    assert open_findings(verdict, WRITABLE) == ["api", "sidecar"]


# What is wrong with a request


@pytest.mark.parametrize(
    ("annotation", "severity", "says"),
    [
        ("ignore-check.kube-linter.io/privleged-container: x", "warning", "the nearest is privileged-container"),
        ("kube-score/ignore: container-security-context-privilege", "warning",
         "the nearest is container-security-context-privileged"),
        ("polaris.fairwinds.com/privileged-exempt: 'true'", "warning", "no check that is known of polaris"),
        ("polaris.fairwinds.com/exempt: 'yes'", "warning", "follows only \"true\""),
        ("checkov.io/skip1: CKV_K8S_222=x", "warning", "the nearest is CKV_K8S_22"),
        ("checkov.io/skip1: CKV_K8S_22", "note", "gives no reason for CKV_K8S_22"),
        ("checkov.io/skip1: CKV_SECRET_6=x", "", ""),
        ("kube-score/ignore: container-security-context-privileged", "", ""),
        (KUBE_LINTER, "", ""),
        ("ignore-check.kube-linter.io/no-read-only-root-fs: ''", "note", "gives no reason"),
        ('readiness/ignore: "workload.privileged"', "warning", "it gives no reason: CHECK: REASON is expected"),
        ('readiness/ignore: "workload.privilege: x"', "warning", "the nearest is workload.privileged"),
        ('readiness/ignore: "workload.privileged@web: x"', "warning", "its containers are api, sidecar"),
        ('readiness/ignore: "workload.privileged@side*: x"', "", ""),
        ('readiness/ignore: "nothing.*: x"', "warning", "no check that is known of readiness"),
    ],
)  # fmt: skip
def test_request_that_is_wrong_is_a_finding(
    annotation: str, severity: str, says: str, tmp_path: Path
) -> None:
    _, verdict = gate(".", cwd=service(tmp_path, annotations=annotation))
    (outcome,) = [one for one in verdict["outcomes"] if one["check"] == "evidence.suppression-known"]
    assert [one["severity"] for one in outcome["findings"]] == ([severity] if severity else [])
    assert all(says in one["message"] for one in outcome["findings"]), outcome["findings"]
    assert all(one["message"].startswith("Deployment api: ") and one["line"] for one in outcome["findings"])


def test_without_a_request_there_is_nothing_to_say(tmp_path: Path) -> None:
    _, verdict = gate(".", cwd=service(tmp_path))
    (outcome,) = [one for one in verdict["outcomes"] if one["check"] == "evidence.suppression-known"]
    assert outcome["status"] == "not-applicable"
    assert verdict["suppressions"] == []


# The register


def aged(tmp_path: Path) -> Path:
    """A service whose request came in 100 days ago, and whose file was changed since."""
    tree = service(tmp_path)
    committed(tree, "service")
    for day, text in (
        ("2026-08-16", workload(annotations=KUBE_LINTER)),
        ("2026-10-01", workload(annotations=KUBE_LINTER) + "# changed\n"),
    ):
        files(tree, {"k8s/api.yaml": text})
        git("add", "-A", cwd=tree)
        git("commit", "-q", "-m", day, f"--date={day}T12:00:00Z", cwd=tree)
    return tree


def test_register_in_json(tmp_path: Path) -> None:
    _, verdict = gate(".", cwd=aged(tmp_path))
    assert verdict["suppressions"] == [
        {
            "file": "k8s/api.yaml", "line": 5, "source": "repository", "environments": ["production"],
            "object": {"kind": "Deployment", "namespace": "shop", "name": "api", "part": ""},
            "container": None, "tool": "kube-linter", "name": "no-read-only-root-fs",
            "annotation": "ignore-check.kube-linter.io/no-read-only-root-fs", "checks": [WRITABLE],
            "reason": REASON, "counts": True, "why": "", "hidden": 2, "age_days": 100, "age_at_least": False,
        }
    ]  # fmt: skip


def test_age_without_history_is_unknown_and_of_what_is_not_committed_none(tmp_path: Path) -> None:
    tree = service(tmp_path, annotations=KUBE_LINTER)
    _, verdict = gate(".", cwd=tree)
    assert [one["age_days"] for one in verdict["suppressions"]] == [None]
    files(tree, {"k8s/api.yaml": workload()})
    committed(tree)
    files(tree, {"k8s/api.yaml": workload(annotations=KUBE_LINTER)})
    _, verdict = gate(".", cwd=tree)
    assert [one["age_days"] for one in verdict["suppressions"]] == [0]


def test_age_of_a_shallow_clone_is_a_least(tmp_path: Path) -> None:
    tree = aged(tmp_path)
    git("clone", "-q", "--depth=1", f"file://{tree}", str(tmp_path / "clone"), cwd=tmp_path)
    _, verdict = gate(".", cwd=tmp_path / "clone")
    assert [(one["age_days"], one["age_at_least"]) for one in verdict["suppressions"]] == [(54, True)]


def test_age_of_a_comment_and_of_another_object_with_the_same_annotation(tmp_path: Path) -> None:
    tree = service(tmp_path, annotations=KUBE_LINTER)
    committed(tree)
    git("commit", "-q", "--amend", "-m", "a", "--date=2026-11-14T12:00:00Z", cwd=tree)
    other = workload(annotations=KUBE_LINTER, comment="# checkov:skip=CKV_K8S_22:x")
    files(
        tree,
        {
            "k8s/api.yaml": workload(annotations=KUBE_LINTER)
            + "---"
            + other.replace("name: api\n  ann", "name: b\n  ann")
        },
    )
    git("add", "-A", cwd=tree)
    git("commit", "-q", "-m", "b", "--date=2026-11-23T12:00:00Z", cwd=tree)
    _, verdict = gate(".", cwd=tree)
    ages = {(one["object"]["name"], one["tool"]): one["age_days"] for one in verdict["suppressions"]}
    assert ages == {("api", "kube-linter"): 10, ("b", "kube-linter"): 1, ("b", "checkov"): 1}


def test_register_on_a_terminal(tmp_path: Path) -> None:
    tree = aged(tmp_path)
    said = cli("gate", ".", "--as-of", DAY, cwd=tree).out
    assert "SUPPRESSED 2 findings by 1 annotation (oldest 100 days); --verbose lists them" in said
    assert REASON not in said
    said = cli("gate", ".", "--as-of", DAY, "--verbose", cwd=tree).out
    assert f"no-read-only-root-fs on Deployment shop/api  k8s/api.yaml:5: {REASON}" in said
    assert "hides 2 findings, 100 days old" in said


def test_request_that_counts_for_nothing_is_told_on_a_terminal(tmp_path: Path) -> None:
    tree = service(tmp_path, annotations=LINTER_PRIVILEGED, privileged=True)
    said = cli("gate", ".", "--as-of", DAY, cwd=tree).out
    assert "SUPPRESSED 0 findings by 0 annotations; 1 request does not count; --verbose" in said
    assert "(ignore-check.kube-linter.io/privileged-container hides nothing here: " in said


def test_terminal_has_no_register_without_requests(tmp_path: Path) -> None:
    assert "SUPPRESSED" not in cli("gate", ".", "--as-of", DAY, cwd=service(tmp_path)).out


def test_register_in_markdown(tmp_path: Path) -> None:
    tree = service(tmp_path, annotations="kube-score/ignore: 'a|b'", template=KUBE_LINTER)
    said = cli("gate", ".", "--as-of", DAY, "--output", "markdown", cwd=tree).out
    assert "## Suppressed by annotations (2 findings)" in said
    row = "| `k8s/api.yaml:9` | ignore-check.kube-linter.io/no-read-only-root-fs on Deployment shop/api | "
    assert f"{row}`{WRITABLE}` | {REASON} | age unknown | 2 |" in said
    assert "| kube-score/ignore a\\|b on Deployment shop/api |  |  | age unknown | does not count: " in said


def test_hidden_findings_are_skipped_in_junit(tmp_path: Path) -> None:
    tree = service(tmp_path, annotations=KUBE_LINTER)
    said = cli("gate", ".", "--as-of", DAY, "--output", "junit", cwd=tree).out
    skipped = [one.get("message", "") for one in ET.fromstring(said).iter("skipped")]
    assert f"suppressed by ignore-check.kube-linter.io/no-read-only-root-fs: {REASON}" in skipped


def test_reason_is_redacted_and_made_visible(tmp_path: Path) -> None:
    bad = 'ignore-check.kube-linter.io/no-read-only-root-fs: "a\\e[2Jb password=hunter2hunter2"'
    tree = service(tmp_path, annotations=bad)
    for output in ("terminal", "markdown", "junit", "json"):
        said = cli("gate", ".", "--as-of", DAY, "--output", output, "--verbose", cwd=tree).out
        assert "\x1b" not in said
        assert "hunter2" not in said
