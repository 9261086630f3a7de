"""Whoever is woken at night knows what to do."""

from typing import TYPE_CHECKING

from readiness.api import lazily

if TYPE_CHECKING:  # names for type checkers; a run imports only the modules of the checks that it asks for
    from readiness_checks.runbook.commands import commands_real
    from readiness_checks.runbook.content import not_stub, sections
    from readiness_checks.runbook.freshness import fresh
    from readiness_checks.runbook.links import linked, resolves
    from readiness_checks.runbook.orphans import orphan
    from readiness_checks.runbook.queries import queries_real
    from readiness_checks.runbook.rollback import rollback_matches_deploy

# function → module
CHECKS = {
    "commands_real": "commands",
    "fresh": "freshness",
    "linked": "links",
    "not_stub": "content",
    "orphan": "orphans",
    "queries_real": "queries",
    "resolves": "links",
    "rollback_matches_deploy": "rollback",
    "sections": "content",
}

__getattr__ = lazily(__name__, CHECKS)

__all__ = [
    "commands_real",
    "fresh",
    "linked",
    "not_stub",
    "orphan",
    "queries_real",
    "resolves",
    "rollback_matches_deploy",
    "sections",
]
