"""What a waiver's `match` means for findings about containers: part, labels of object and pods, path."""
# a row a case

from pathlib import Path

import pytest

from tests.cli.running import files, gate

CHECKLIST = """
version: 1
service: {name: shop, tier: 1, owner: team-shop}
environments:
  production: {class: production, namespace: shop, manifests: [k8s/]}
items:
  - {check: workload.read-only-root-fs, severity: error}
"""
OBJECT = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, labels: {app: report, part-of: shop, team: retail}}
spec:
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app: report-pod, tier: batch}}
        spec:
          initContainers: [{name: init, image: a}]
          containers: [{name: api, image: a}, {name: side-car, image: a}]
"""
WAIVERS = """
version: 1
waivers:
  - id: W-1
    check: workload.read-only-root-fs
    match: %s
    kind: accepted-risk
    reason: the caches move to an emptyDir in spring
    owner: team-shop
    approved-by: jane.doe
    ticket: OPS-1
    created: 2026-11-01
    expires: 2026-12-24
"""
ALL = ("api", "init", "side-car")


@pytest.mark.parametrize(
    ("match", "covers"),
    [
        ("{part: api}", ("api",)),
        ("{part: side-*}", ("side-car",)),
        ("{part: '????'}", ("init",)),
        ("{part: '*'}", ALL),
        ("{part: web}", ()),
        ("{kind: CronJob, namespace: shop, name: rep*}", ALL),
        ("{kind: Deployment}", ()),
        ("{label: app=report}", ALL),
        ("{label: app=report-pod}", ALL),
        ("{label: tier=batch}", ALL),
        ("{label: part-of=sh*}", ALL),
        ("{label: part-of=web}", ()),
        ("{label: app=report, part: init}", ("init",)),
        ("{path: k8s/jobs/report.yaml}", ALL),
        ("{path: k8s/**, part: api}", ("api",)),
        ("{path: k8s/*}", ()),
        ("{path: k8s/jobs/, environment: production}", ALL),
    ],
)
def test_match_of_containers(match: str, covers: tuple[str, ...], tmp_path: Path) -> None:
    tree = files(
        tmp_path,
        {
            "readiness.yaml": CHECKLIST,
            "k8s/jobs/report.yaml": OBJECT,
            ".readiness/waivers.yaml": WAIVERS % match,
        },
    )
    _, verdict = gate(".", cwd=tree)
    (outcome,) = verdict["outcomes"]
    waived = sorted(one["object"]["part"] for one in outcome["findings"] if one["waiver"])
    assert waived == list(covers)
    assert len(outcome["findings"]) == len(ALL)


def test_labels_of_the_wrong_shape_take_no_others_away(tmp_path: Path) -> None:
    tree = files(
        tmp_path,
        {
            "readiness.yaml": CHECKLIST,
            "k8s/report.yaml": OBJECT.replace("labels: {app: report-pod, tier: batch}", "labels: 3"),
            ".readiness/waivers.yaml": WAIVERS % "{label: app=report}",
        },
    )  # fmt: skip
    _, verdict = gate(".", cwd=tree)
    (outcome,) = verdict["outcomes"]
    assert [one["waiver"]["id"] for one in outcome["findings"]] == ["W-1"] * 3
