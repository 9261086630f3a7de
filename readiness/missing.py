"""Paths that a checklist names as evidence and that are not there: a mistake that would else pass in silence.

Each is a finding at its line of the checklist. The evidence that it was to hold is unknown besides, which
the loader of that kind says.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from readiness.checklist import Checklist
from readiness.evidence.capacity_plan import YAML_PLANS
from readiness.evidence.context import Ref
from readiness.evidence.documents import DASHBOARDS, ROUTING, RULES, Documents
from readiness.evidence.incident_process import USUAL as PROCESSES
from readiness.evidence.named import absent, mended
from readiness.evidence.postmortems import USUAL as POSTMORTEMS
from readiness.evidence.runbooks import USUAL as RUNBOOKS
from readiness.outcome import Finding, Location, Operand, Outcome, Result, Subject
from readiness.tree import Tree

ITEM = "checklist.evidence-exists"
TITLE = "Everything that the checklist names as evidence is there"
_NEAR = 0.6  # how alike two paths are, of 1, for one to be a suggestion for the other
_MARKS = {"rules": RULES, "routing": ROUTING, "dashboards": DASHBOARDS}
_PATTERNS = {
    "capacity": YAML_PLANS,
    "runbooks": RUNBOOKS,
    "postmortems": POSTMORTEMS,
    "incident-process": PROCESSES,
    "toil": ("toil.yaml", "toil.yml"),
    "owners": ("CODEOWNERS",),
    "catalog": ("catalog-info*.yaml", "catalog-info*.yml"),
}


class Missing(NamedTuple):
    """One path that leads nowhere; `environment` is "" where it is named for all of them."""

    kind: str
    ref: Ref
    environment: str
    why: str
    fix: str
    near: str  # the most similar path of the source, or where such evidence usually lies; "" for none

    @property
    def at(self) -> Location | None:
        return self.ref.origin

    @property
    def text(self) -> str:
        where = f" of environment {self.environment}" if self.environment else ""
        return f"evidence {self.kind}{where} names {self.ref.path}, and {self.why}"


def missing(checklist: Checklist, documents: Documents, environments: Iterable[str]) -> Iterator[Missing]:
    """What the checklist names for all, or for one of the environments, and what its source has not.

    A source that is not given in this run is no mistake of the checklist: its evidence is unknown, no more.
    """
    chosen = set(environments)
    scopes = [("", checklist.evidence)]
    scopes += [(one.name, one.evidence) for one in checklist.environments if one.name in chosen]
    for environment, evidence in scopes:
        for kind in sorted(evidence):
            for named in evidence[kind]:
                ref = Ref(named.source, named.path, named.origin)
                why = absent(ref, documents) if ref.source in documents.trees else ""
                if why:
                    near = _nearest(ref, documents.trees[ref.source]) or _usual(kind, ref, documents)
                    fix = f"name {near}, or add {ref.path}" if near else mended(ref, why)
                    yield Missing(kind, ref, environment, why, fix, near)


def evidence_exists(
    checklist: Checklist, documents: Documents, environments: Iterable[str]
) -> Iterator[Outcome]:
    """One outcome where something is missing: an error at every tier, since it is no matter of judgement."""
    results = []
    for one in missing(checklist, documents, environments):
        finding = Finding(
            one.text,
            one.at,
            one.fix,
            (Operand("nearest path", one.near),) if one.near else (),
            environments=(one.environment,) if one.environment else (),
        )
        subject = Subject("Evidence", "", f"{one.ref.source}:{one.ref.path}", _part(one))
        results.append(Result(subject, "fail", (finding,), at=one.at))
    if results:
        yield Outcome(ITEM, "checklist", TITLE, "", "error", False, tuple(dict.fromkeys(results)))


def _part(one: Missing) -> str:
    return f"{one.kind} of {one.environment}" if one.environment else one.kind


def _usual(kind: str, ref: Ref, documents: Documents) -> str:
    """Where the source has evidence of that kind, as it would be found without a checklist."""
    if kind in _MARKS:
        found = documents.marked(_MARKS[kind], ref.source)
    else:
        found = documents.named(*_PATTERNS.get(kind, ()), source=ref.source)
    return found[0].path if found else ""


def _nearest(ref: Ref, tree: Tree) -> str:
    """The file or folder of the source whose path is most like that of a reference."""
    from difflib import get_close_matches

    wanted = ref.path.strip("/")
    name = wanted.rpartition("/")[2]
    paths = tree.files()
    folders = dict.fromkeys(folder for path in paths for folder in _above(path))
    same = [path for path in (*folders, *paths) if path.rpartition("/")[2] == name]
    found = get_close_matches(wanted, same or [*folders, *paths], n=1, cutoff=0 if same else _NEAR)
    return found[0] if found else ""


def _above(path: str) -> Iterator[str]:
    """The folders that a path lies in, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
