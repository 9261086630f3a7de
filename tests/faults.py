"""Seeds one fault into a copy of an example, and gives what one check says of a tree.

A fault's old text stands exactly once in its file, so that an example that moved on fails the test
instead of leaving it to test nothing.
"""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from readiness.checklist import Checklist, Item, parse
from readiness.evaluate import Evaluation, evaluate
from readiness.outcome import Finding, Outcome, Proof
from readiness.place import Place, Places
from readiness.plugins import known_checks
from readiness.signature import Check
from readiness.tree import open_work_tree

EXAMPLES = Path(__file__).parent.parent / "examples"
ORDERS = EXAMPLES / "orders"
AS_OF = date(2026, 11, 24)


class Found(NamedTuple):
    """A finding with the line that a report prints."""

    message: str
    at: Place
    finding: Finding
    environment: str


class Fault(NamedTuple):
    """One small edit of one file; an empty `old` writes the file anew, `times` 0 edits every place."""

    file: str
    old: str
    new: str
    times: int = 1

    def seed(self, tree: Path) -> Path:
        path = tree / self.file
        if not self.old:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.new)
            return tree
        text = path.read_text()
        found = text.count(self.old)
        assert found == self.times or (found and not self.times), (
            f"{self.old!r} stands {found} times in {self.file}"
        )
        path.write_text(text.replace(self.old, self.new))
        return tree

    def __str__(self) -> str:
        return f"{self.file}: {self.old[:30]} → {self.new[:30]}".replace("\n", " ")


def copy_of(example: Path, into: Path) -> Path:
    return Path(shutil.copytree(example, into / example.name))


def copy_of_orders(into: Path) -> Path:
    return copy_of(ORDERS, into)


def write(tree: Path, files: dict[str, str]) -> Path:
    """A tree made of texts."""
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tree


def judged(check: Callable[..., Any], tree: Path, *, tier: int = 1, **settings: object) -> Evaluation:
    """One check over a tree, with the tree's own environments and evidence; `settings` as in YAML."""
    area = check.__module__.removeprefix("readiness_checks.").partition(".")[0]
    known = Check(area, check)
    own = tree / "readiness.yaml"
    checklist = Checklist()
    if own.exists():
        checklist = parse(own.read_bytes(), "readiness.yaml", known_checks())
    item = Item(known.id, "check", known.id, settings={k.replace("_", "-"): v for k, v in settings.items()})
    service = checklist.service._replace(tier=tier, name=checklist.service.name or "orders")
    checklist = checklist._replace(items=(item,), service=service)
    trees = {"repository": open_work_tree(str(tree), "repository")}
    return evaluate(checklist, {known.id: known}, trees, AS_OF)


def outcomes(check: Callable[..., Any], tree: Path, **settings: Any) -> tuple[Outcome, ...]:
    return judged(check, tree, **settings).outcomes


def findings(check: Callable[..., Any], tree: Path, **settings: Any) -> list[Found]:
    """What a check finds in production and where there is no environment; a crash fails the test."""
    done = judged(check, tree, **settings)
    places = Places({"repository": open_work_tree(str(tree), "repository")})
    found = []
    production = {one.name for one in done.environments if one.cls == "production"} | {""}
    for outcome in done.outcomes:
        for result in outcome.results:
            assert result.status != "error", result.reason
            if outcome.environment not in production:
                continue
            for finding in result.findings:
                assert finding.at is not None, finding
                found.append(Found(finding.message, places.of(finding.at), finding, outcome.environment))
    return found


def proofs(check: Callable[..., Any], tree: Path, **settings: Any) -> list[Proof]:
    """What a check proves in a tree, in all environments."""
    done = judged(check, tree, **settings)
    return [proof for outcome in done.outcomes for result in outcome.results for proof in result.proofs]


def statuses(check: Callable[..., Any], tree: Path, **settings: Any) -> dict[str, str]:
    """Status of the check by environment."""
    return {one.environment: one.status for one in judged(check, tree, **settings).outcomes}
