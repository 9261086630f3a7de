"""Whoever is woken at night knows what to do."""

from readiness_checks.runbook.commands import commands_real
from readiness_checks.runbook.content import not_stub, sections
from readiness_checks.runbook.fresh import fresh
from readiness_checks.runbook.links import linked, resolves
from readiness_checks.runbook.orphan import orphan
from readiness_checks.runbook.queries import queries_real
from readiness_checks.runbook.rollback import rollback_matches_deploy

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
