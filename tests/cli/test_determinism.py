"""Same trees, policy and date: the same bytes, on any machine, in any zone, from any kind of tree."""
# a row a case

import json
import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import CHECKLIST, DAY, Verdict, cli, committed, deployment, files, gate, git, process

ORDERS = Path(__file__).parents[2] / "examples" / "orders"
CHECKS = ("--check", "rollback.*", "--check", "availability.*", "--check", "capacity.*")
FLAT = """
version: 1
service: {name: shop, tier: 1, owner: team-shop}
items:
  - {check: rollback.history-limit, severity: error}
  - {check: rollback.image-immutable, severity: warning}
  - {check: availability.pdb-allows-drain, severity: error}
"""
BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: api, namespace: shop}
spec:
  minAvailable: 100%
  selector: {matchLabels: {app: api}}
"""


def bytes_of(tree: Path, *more: str) -> bytes:
    said = cli("gate", *more, "--as-of", DAY, "--output", "json", cwd=tree)
    assert said.code in (0, 1), said
    return said.out.encode()


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = Path(shutil.copytree(ORDERS, tmp_path_factory.mktemp("one") / "orders"))
    committed(tree)
    return tree


def test_two_runs_are_the_same_bytes(orders: Path) -> None:
    assert bytes_of(orders, *CHECKS) == bytes_of(orders, *CHECKS)


def test_another_folder_is_the_same_bytes(orders: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(orders, tmp_path / "elsewhere" / "some-name"))
    assert bytes_of(other, *CHECKS) == bytes_of(orders, *CHECKS)


def test_another_working_folder_is_the_same_bytes(orders: Path) -> None:
    assert bytes_of(orders.parent, "orders", *CHECKS) == bytes_of(orders, *CHECKS)
    assert bytes_of(orders.parent, str(orders), *CHECKS) == bytes_of(orders, *CHECKS)


ENVIRONMENTS: tuple[dict[str, str], ...] = (
    {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
    {"TZ": "America/New_York", "PYTHONHASHSEED": "2", "LANG": "tr_TR.UTF-8", "COLUMNS": "40"},
)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment["TZ"])
def test_another_zone_language_and_hash_seed_are_the_same_bytes(
    orders: Path, environment: dict[str, str]
) -> None:
    arguments = ("gate", *CHECKS, "--as-of", DAY, "--output", "json")
    assert process(*arguments, cwd=orders, env=environment).out.encode() == bytes_of(orders, *CHECKS)


@pytest.fixture
def shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are listed in another order each time."""
    dice = random.Random(7)
    scandir, listdir = os.scandir, os.listdir

    class Shuffled:
        def __init__(self, *arguments: Any) -> None:
            self.entries = list(scandir(*arguments))
            dice.shuffle(self.entries)

        def __enter__(self) -> "Shuffled":
            return self

        def __exit__(self, *_: object) -> None:
            return

        def __iter__(self) -> "Iterator[os.DirEntry[str]]":
            return iter(self.entries)

        def close(self) -> None:
            return

    def other(*arguments: Any) -> list[str]:
        names = listdir(*arguments)
        dice.shuffle(names)
        return names

    monkeypatch.setattr(os, "scandir", Shuffled)
    monkeypatch.setattr(os, "listdir", other)


@pytest.mark.usefixtures("shuffled")
def test_shuffled_folders_are_the_same_bytes(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(ORDERS, tmp_path / "orders"))
    assert len({bytes_of(tree, *CHECKS) for _ in range(3)}) == 1


def spoken(verdict: Verdict) -> list[tuple[str, ...]]:
    """Statuses and fingerprints, without places."""
    return sorted(
        (
            one["id"],
            one["environment"] or "",
            one["status"],
            *sorted(f["fingerprint"] for f in one["findings"]),
        )
        for one in verdict["outcomes"]
    )


def shop(tree: Path) -> Path:
    return files(
        tree,
        {
            "readiness.yaml": FLAT,
            "k8s/api.yaml": deployment("api", replicas=3, revisionHistoryLimit=1),
            "k8s/budget.yaml": BUDGET,
            "k8s/web.yaml": deployment("web", replicas=3),
        },
    )


def test_a_ref_says_what_its_work_tree_says(tmp_path: Path) -> None:
    """As a further source, where the same files are read from a commit."""
    tree = shop(tmp_path / "shop")
    committed(tree)
    service = files(
        tmp_path / "service",
        {
            "readiness.yaml": FLAT.replace(
                "items:", "sources: {deploy: {}}\nenvironments: {p: {manifests: [deploy:k8s/]}}\nitems:"
            )
        },
    )
    verdicts = []
    for place in (str(tree), f"{tree}@main", f"file://{tree}@main"):
        code, verdict = gate("--source", f"deploy={place}", cwd=service)
        assert code == 1
        verdicts.append({**verdict, "sources": [{**one, "dirty": False} for one in verdict["sources"]]})
    assert verdicts[0] == verdicts[1] == verdicts[2]


def test_a_policy_says_the_same_from_folder_and_ref(tmp_path: Path) -> None:
    tree = shop(tmp_path / "shop")
    policy = files(tmp_path / "policy", {"readiness.yaml": FLAT})
    committed(policy)
    verdicts = [gate("--policy", place, cwd=tree)[1] for place in (str(policy), f"{policy}@main")]
    for verdict in verdicts:
        verdict["policy"].pop("source")
    assert verdicts[0] == verdicts[1]


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def _json(text: str) -> str:
    import yaml

    return json.dumps(yaml.safe_load(text), indent=1)


def _reversed_keys(text: str) -> str:
    import yaml

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(one) for one in value] if isinstance(value, list) else value

    return str(yaml.safe_dump(turned(yaml.safe_load(text)), sort_keys=False))


def _commented(text: str) -> str:
    return "# a comment\n---\n" + re.sub(r"\n", "  # another\n", text)


def _marked(text: str) -> str:
    return "\ufeff" + text


STYLES: tuple[Callable[[str], str], ...] = (_crlf, _json, _reversed_keys, _commented, _marked)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__.strip("_"))
def test_another_style_says_the_same(tmp_path: Path, style: Callable[[str], str]) -> None:
    tree = shop(tmp_path / "shop")
    before = gate(cwd=tree)
    for path in (tree / "k8s").iterdir():
        path.write_text(style(path.read_text()), newline="")
    after = gate(cwd=tree)
    assert (before[0], spoken(before[1])) == (after[0], spoken(after[1]))
    assert before[1]["summary"] == after[1]["summary"]


def test_one_file_of_many_documents_a_list_and_stdin_say_the_same(tmp_path: Path) -> None:
    tree = shop(tmp_path / "shop")
    expected = spoken(gate(cwd=tree)[1])
    texts = [path.read_text() for path in sorted((tree / "k8s").iterdir())]
    shutil.rmtree(tree / "k8s")
    random.Random(3).shuffle(texts)
    files(tree, {"all.yaml": "---\n".join(["", *texts])})
    assert spoken(gate(cwd=tree)[1]) == expected
    listed = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
        "- " + text.replace("\n", "\n  ").rstrip(" ") for text in (one.lstrip() for one in texts)
    )
    files(tree, {"all.yaml": listed})
    assert spoken(gate(cwd=tree)[1]) == expected


def test_a_file_that_moves_says_the_same(tmp_path: Path) -> None:
    tree = shop(tmp_path / "shop")
    expected = spoken(gate(cwd=tree)[1])
    (tree / "k8s").rename(tree / "deploy")
    (tree / "deploy" / "api.yaml").rename(tree / "deploy" / "zzz.yml")
    assert spoken(gate(cwd=tree)[1]) == expected


def test_an_untracked_file_counts_and_an_ignored_one_does_not(tmp_path: Path) -> None:
    tree = files(tmp_path / "shop", {"readiness.yaml": CHECKLIST, "k8s/api.yaml": deployment("api")})
    committed(tree)
    files(tree, {".gitignore": "ignored/\n", "ignored/x.yaml": deployment("x", revisionHistoryLimit=0)})
    assert gate(cwd=tree)[0] == 0
    files(tree, {"k8s/new.yaml": deployment("new", revisionHistoryLimit=0)})
    code, verdict = gate(cwd=tree)
    assert (code, verdict["sources"][0]["dirty"]) == (1, True)
    git("add", "-A", cwd=tree)
    assert gate(cwd=tree)[0] == 1
