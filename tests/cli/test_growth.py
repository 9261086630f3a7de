"""Work grows with the input and nothing is done twice: counters instead of clocks."""
# a row a case

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from readiness.evidence.documents import Documents
from readiness.pipeline import Judgement, Request, judge
from readiness.tree import WorkTree
from tests.cli.running import CHECKLIST, deployment, files

TWO = """
version: 1
service: {name: shop, tier: 1, owner: team-shop}
environments:
  staging: {class: staging, manifests: [k8s/]}
  production: {class: production, manifests: [k8s/]}
items:
  - {check: rollback.history-limit}
  - {check: rollback.image-immutable}
  - {check: availability.pdb-allows-drain}
"""


def judged(tree: Path) -> Judgement:
    return judge(Request(str(tree), date(2026, 11, 24)))


def shop(tree: Path, count: int, checklist: str = CHECKLIST) -> Path:
    manifests = {
        f"k8s/w{number:04}.yaml": deployment(f"w{number:04}", revisionHistoryLimit=1)
        for number in range(count)
    }
    return files(tree, {"readiness.yaml": checklist, **manifests})


def documents(done: Judgement) -> Documents:
    found = done.evaluation.collector.collected(Documents, "").items[0]
    assert isinstance(found, Documents)
    return found


def counted(tree: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    reads: Counter[str] = Counter()
    read = WorkTree.read

    def counting(self: WorkTree, path: str, *more: Any) -> bytes:
        reads[path] += 1
        return read(self, path, *more)

    with monkeypatch.context() as patch:
        patch.setattr(WorkTree, "read", counting)
        done = judged(tree)
    manifests = {path: number for path, number in reads.items() if path.startswith("k8s/")}
    return {
        "parses": documents(done).parses,
        "calls": done.evaluation.calls,
        "loads": sum(done.evaluation.collector.loads.values()),
        "reads": sum(manifests.values()),
        "most reads of one file": max(manifests.values()),
    }


def test_ten_times_the_files_are_ten_times_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = counted(shop(tmp_path / "few", 20), monkeypatch)
    many = counted(shop(tmp_path / "many", 200), monkeypatch)
    assert (few["parses"], many["parses"]) == (20, 200)
    assert (few["calls"], many["calls"]) == (20, 200)
    assert few["loads"] == many["loads"]
    assert many["reads"] == 10 * few["reads"]
    assert many["most reads of one file"] <= 2  # once for what it says, once for the lines of its findings


def test_two_environments_of_the_same_files_parse_them_once(tmp_path: Path) -> None:
    done = judged(shop(tmp_path, 30, TWO))
    assert documents(done).parses == 30
    loads = done.evaluation.collector.loads
    assert loads["Manifests"] == 2
    assert loads["Workload"] == 2
    assert all(number <= 2 for number in loads.values()), loads


def test_a_file_that_no_mark_claims_is_not_parsed(tmp_path: Path) -> None:
    tree = shop(tmp_path, 3)
    files(tree, {f"values/v{number}.yaml": "a: 1\n" for number in range(50)})
    assert documents(judged(tree)).parses == 3
