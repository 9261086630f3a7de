"""A repository's evidence with no check run over it: for commands that show or complete what is there."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from readiness.checklist import Checklist
from readiness.errors import NotApplicable, Unknown
from readiness.evaluate import Evaluation, evaluate
from readiness.plugins import known_checks
from readiness.policy import CHECKLIST, read_policy
from readiness.tree import Tree, open_work_tree


class Look(NamedTuple):
    """The trees of a repository and its evidence. Environments are those of production, or all there are."""

    trees: Mapping[str, Tree]
    evaluation: Evaluation
    checklist: Checklist

    @property
    def environments(self) -> list[str]:
        found = self.evaluation.environments
        return [one.name for one in found if one.production] or [one.name for one in found]

    def of(self, evidence: type, environment: str) -> tuple[Any, ...]:
        """All evidence of a type; none where a whole source of it can't be read."""
        try:
            found = self.evaluation.collector.collected(evidence, environment)
        except (Unknown, NotApplicable):
            return ()
        return found.items if found.failed is None else ()


def look(path: str, policy_tree: Tree | None = None, sources: Mapping[str, str] | None = None) -> Look:
    """The evidence of a repository, by its own checklist or that of a policy.

    Raises:
        SourceError, UsageError, ChecklistError: as the gate does.
    """
    trees: dict[str, Tree] = {"repository": open_work_tree(path, "repository")}
    trees |= {name: open_work_tree(place, name) for name, place in (sources or {}).items()}
    rules = policy_tree or trees["repository"]
    checklist = Checklist()
    if rules.exists(CHECKLIST):
        checklist = read_policy(rules, known_checks(), label="", trusted=False).checklist
    today = datetime.now(tz=UTC).date()
    return Look(trees, evaluate(checklist._replace(items=()), {}, trees, today), checklist)
