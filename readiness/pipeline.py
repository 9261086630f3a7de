"""The whole way of one gate run: sources and policy → outcomes → changes → verdict → document.

Every stage is a module of its own; this one only calls them in order and knows what the command line
asked for. Nothing here prints.
"""

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from readiness import cel, gate, policy
from readiness.attestations import Standing, attested_outcome, standings, strangers
from readiness.checklist import Checklist, Item
from readiness.collect import Collector
from readiness.compare import compare
from readiness.coverage import covered
from readiness.errors import ReadinessError, SourceError, Unknown, UsageError
from readiness.evaluate import Evaluation, evaluate
from readiness.evidence.capacity_plan import CapacityPlan
from readiness.evidence.context import Environment, ManifestEntry
from readiness.evidence.documents import Documents
from readiness.evidence.manifests import KubernetesObject, Manifests, Workload
from readiness.missing import evidence_exists
from readiness.outcome import AT_BASE, SEVERITIES, Cause, Location, Outcome, Severity, Subject
from readiness.place import Places
from readiness.plan import ruled_out
from readiness.plugins import KnownChecks, known_checks
from readiness.policy import Policy
from readiness.register import gathered
from readiness.report import canonical
from readiness.report.document import About, PatchOf, document, no_patch
from readiness.repository import fetch_line, is_checkout, is_shallow
from readiness.tree import RefTree, TextTree, Tree, merge_base, open_ref, open_tree, open_work_tree
from readiness.trust import another_repository, checkout_reason, policy_tree
from readiness.waivers import LabelsOf

REPOSITORY = "repository"
_OWN_NAMES = (REPOSITORY, "policy", "stdin")  # of sources
STDIN = "-"


class Request(NamedTuple):
    """What the command line asks for."""

    path: str
    as_of: date
    policy: str = ""
    base: str = ""
    profile: str = ""
    environment: str = ""
    manifests: Mapping[str, bytes] = {}  # environment → what a pipeline rendered
    manifest_names: Mapping[str, str] = {}  # environment → the name of that file
    stdin: bytes | None = None  # manifests instead of a repository
    checks: tuple[str, ...] = ()
    sources: Mapping[str, str] = {}  # name → folder, ref or repository@ref
    fail_on: Severity | None = None
    require_trusted: bool = False
    room: str = ""  # an empty folder for what has to be fetched


class Judgement(NamedTuple):
    """A verdict, its document, and what it was made from."""

    verdict: gate.Verdict
    document: canonical.Verdict
    policy: Policy
    evaluation: Evaluation
    outcomes: tuple[Outcome, ...]
    trees: Mapping[str, Tree]

    @property
    def exit_code(self) -> int:
        return 0 if self.verdict.passed else 1


def judge(
    request: Request,
    trees: Mapping[str, Tree] | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Judgement:
    """Runs the gate.

    Args:
        trees: what `sources_of` gave for this request.
        told: is called after each check with the number of those that are done, and of all.

    Raises:
        UsageError, ChecklistError: exit code 2.
        SourceError: exit code 3.
    """
    known = known_checks()
    trees = trees if trees is not None else sources_of(request)
    base = _base(request, trees)
    rules = _rules(request, trees, base, known)
    checklist = _narrowed(rules.checklist, request, known)
    _check_sources(checklist, request, trees)
    rendered = _rendered(request, trees)
    child = cel.Child()
    try:
        if any(item.kind == "cel" for item in checklist.items):
            child.start()
        run = _Run(request, checklist, known, rules, rendered, child, base is not None, told)
        head = run.outcomes(trees)
        before = run.outcomes({**trees, REPOSITORY: base.tree}, base=True) if base is not None else None
    finally:
        child.stop()
    verdict = gate.decide(
        head.outcomes,
        as_of=request.as_of,
        items=checklist.items,
        changes=compare(head.outcomes, before.outcomes, checklist.items) if before is not None else None,
        waivers=rules.waivers,
        suppressions=gathered(
            head.evaluation.collector,
            before.evaluation.collector if before is not None else None,
            request.as_of,
        ),
        baseline=rules.baseline,
        attestations=head.standings,
        policy=_decision(checklist, request.fail_on),
        trusted=rules.trusted,
        tier=checklist.tier,
        environments=_judged_environments(head),
        labels_of=_labels(head.evaluation.collector),
        looked=_looked(checklist, known, trees),
        placeholders=(*checklist.placeholders, *_unfilled(head.evaluation.collector)),
        ignored=_ignored(trees[REPOSITORY], rules, base) if REPOSITORY in trees else (),
        partial=bool(request.checks or request.environment),
    )
    places = Places(_readable(trees, rules, base), head.evaluation.documents.marks)
    about = _about(request, rules, checklist, head, trees, base)
    made = document(verdict, about, places, _patch_of(verdict, trees))
    return Judgement(verdict, made, rules, head.evaluation, head.outcomes, trees)


def _patch_of(verdict: gate.Verdict, trees: Mapping[str, Tree]) -> PatchOf:
    """The patches of all findings that have edits."""
    found = (one.finding for outcome in verdict.outcomes for one in outcome.findings)
    mendable = [finding for finding in found if finding.edits]
    if not mendable:
        return no_patch
    from readiness.patch import Patches

    return Patches(trees, mendable).of


def _readable(trees: Mapping[str, Tree], rules: Policy, base: "_Base | None") -> dict[str, Tree]:
    """The trees that a place in a report may be in, by the names of its sources."""
    found = dict(trees)
    if rules.tree is not None:
        found[rules.tree.name] = rules.tree
    if base is not None:
        found[AT_BASE] = base.tree
    return found


class _Base(NamedTuple):
    """What is old: the merge base with a ref, and the tip of that ref."""

    ref: str
    tip: RefTree
    tree: RefTree


class _Head(NamedTuple):
    outcomes: tuple[Outcome, ...]
    causes: Mapping[str, Cause]
    standings: Mapping[str, Standing]
    evaluation: Evaluation


class _Run:
    """One evaluation of everything that a checklist asks: checks, CEL, attestations, coverage."""

    def __init__(
        self, request: Request, checklist: Checklist, known: KnownChecks, rules: Policy,
        rendered: Mapping[str, ManifestEntry], child: cel.Child, compared: bool,
        told: Callable[[int, int], None] | None,
    ) -> None:  # fmt: skip
        self.request = request
        self.checklist = checklist
        self.known = known
        self.rules = rules
        self.rendered = rendered
        self.child = child
        self.compared = compared
        self.told = told

    def outcomes(self, trees: Mapping[str, Tree], base: bool = False) -> _Head:
        """Everything about one state of the sources; at the base nothing is taken from the pipeline."""
        done = evaluate(
            self.checklist, self.known, trees, self.request.as_of, self.request.environment,
            {} if base else self.rendered, must_exist=not base, compared=self.compared,
            told=self.told,
        )  # fmt: skip
        outcomes = list(done.outcomes)
        causes = dict(done.causes)
        if any(item.kind == "cel" for item in self.checklist.items):
            more, why = cel.outcomes(self.checklist, done.environments, done.collector, self.child)
            outcomes.extend(more)
            causes.update(why)
        stated = self._standings(trees)
        outcomes.extend(self._attested(stated, done.environments))
        if not self.request.checks and self.request.stdin is None:
            names = [one.name for one in done.environments]
            for documents in done.collector.collected(Documents, "").items:
                outcomes.extend(evidence_exists(self.checklist, documents, names))
            if self.checklist.environments:
                outcomes.extend(covered(self.checklist, done.environments, done.collector))
        return _Head(tuple(outcomes), causes, stated, done)

    def _standings(self, trees: Mapping[str, Tree]) -> dict[str, Standing]:
        def read(path: str) -> bytes | None:
            for tree in (self.rules.tree, trees.get(REPOSITORY)):
                try:
                    if tree is not None and tree.exists(path):
                        return tree.read(path)
                except ReadinessError:
                    return None
            return None

        return standings(self.checklist.items, self.rules.attestations, self.request.as_of, read)

    def _attested(
        self, stated: Mapping[str, Standing], environments: tuple[Environment, ...]
    ) -> Iterator[Outcome]:
        for item in self.checklist.items:
            if item.kind != "attest" or item.disabled:
                continue
            severity = item.severity_at(self.checklist.tier)
            if item.environments is None or not environments:
                reason = ruled_out(item, None, self.checklist)
                yield attested_outcome(item, stated[item.id], severity, "", reason)
                continue
            for environment in environments:
                reason = ruled_out(item, environment, self.checklist)
                yield attested_outcome(item, stated[item.id], severity, environment.name, reason)


def sources_of(request: Request) -> dict[str, Tree]:
    """The trees that a request names, by the names of their sources.

    Raises:
        SourceError, UsageError: one is not there, or is misspelt.
    """
    if request.stdin is not None:
        return {"stdin": TextTree("stdin", {"manifests.yaml": request.stdin})}
    trees: dict[str, Tree] = {REPOSITORY: open_work_tree(request.path, REPOSITORY)}
    for name, place in request.sources.items():
        if name in _OWN_NAMES or name.startswith("rendered-") or not re.fullmatch(r"[\w][\w.-]*", name):
            raise UsageError(f"--source {name}: expected a name of your own, such as deploy")
        trees[name] = open_tree(place, request.path, name, f"{request.room}/{name}" if request.room else "")
    for environment, text in request.manifests.items():
        name = request.manifest_names.get(environment, "manifests.yaml")
        trees[f"rendered-{environment}"] = TextTree(f"rendered-{environment}", {name: text})
    return trees


def _rendered(request: Request, trees: Mapping[str, Tree]) -> dict[str, ManifestEntry]:
    if request.stdin is not None:
        return {request.environment or "stdin": ManifestEntry("path", "stdin", "manifests.yaml")}
    return {
        environment: ManifestEntry(
            "path", f"rendered-{environment}", trees[f"rendered-{environment}"].files()[0]
        )
        for environment in request.manifests
    }


def _base(request: Request, trees: Mapping[str, Tree]) -> _Base | None:
    if not request.base:
        return None
    if request.stdin is not None:
        raise UsageError("--base: standard input has no history to compare with; name a repository")
    tip = open_ref(request.path, request.base, "policy")
    head = trees[REPOSITORY]
    common = merge_base(request.path, head.commit, request.base) if head.commit else None
    if common is None or (common == head.commit and not head.dirty):
        if tip.exists(policy.BASELINE):
            return None
        raise SourceError(f"--base {request.base}: {_nothing_new(request, common)}")
    return _Base(request.base, tip, open_ref(request.path, common, REPOSITORY))


def _nothing_new(request: Request, common: str | None) -> str:
    """Why old can't be told from new, and what to do: only a shallow clone has more to fetch."""
    if common is not None:
        instead = "origin/main" if is_checkout(request.path, request.base) else request.base
        return (
            "HEAD is the merge base itself: on the branch itself nothing is new; "
            f"use --policy {instead} in place of --base, or name the branch that the change is meant for"
        )
    text = "has no commit in common with HEAD, so nothing can be told old from new; "
    if is_shallow(request.path):
        return f"{text}the clone is shallow; run: {fetch_line(request.path, request.base)}"
    return f"{text}name the branch that this one came from"


def _rules(request: Request, trees: Mapping[str, Tree], base: _Base | None, known: KnownChecks) -> Policy:
    if request.policy:
        stdin = request.stdin is not None
        tree, doubt = policy_tree(request.policy, "." if stdin else request.path, request.room, stdin)
        _refuse_untrusted(request, doubt)
        found = policy.read_policy(
            tree, known, label=_label(request.policy, tree), trusted=not doubt,
            profile=request.profile, must_exist=True,
        )  # fmt: skip
        return _doubted(found, doubt)
    if request.base:
        tip = base.tip if base is not None else open_ref(request.path, request.base, "policy")
        doubt = checkout_reason("--base", request.path, request.base)
        _refuse_untrusted(request, doubt)
        found = policy.read_policy(
            tip, known, label=_label(request.base, tip), trusted=not doubt, profile=request.profile,
            bare=bool(request.checks),
        )  # fmt: skip
        return _doubted(_preview(found, trees[REPOSITORY], tip, known), doubt)
    _refuse_untrusted(
        request,
        "checklist and waivers come from the evaluated tree itself; "
        "name a trusted place with --policy or --base",
    )
    own, stdin = next(iter(trees.values())), request.stdin is not None
    return policy.read_policy(
        own, known, label="the evaluated tree", trusted=False,
        profile=request.profile or (policy.DEFAULT_PROFILE if stdin and not request.checks else ""),
        bare=bool(request.checks),
    )  # fmt: skip


def _refuse_untrusted(request: Request, doubt: str) -> None:
    if doubt and request.require_trusted:
        raise UsageError(f"--require-trusted: {doubt}")


def _doubted(rules: Policy, doubt: str) -> Policy:
    """The rules, with a note of why they are not trusted."""
    return rules._replace(notices=(*rules.notices, doubt)) if doubt else rules


def _label(source: str, tree: Tree) -> str:
    place, ref = another_repository(source)
    if tree.commit and place:
        return f"{ref} of another repository"
    return source if tree.commit else "a folder"


def _preview(rules: Policy, head: Tree, tip: Tree, known: KnownChecks) -> Policy:
    """The rules, with a note of the checklist that a change brings where there was none."""
    if tip.exists(policy.CHECKLIST) or not head.exists(policy.CHECKLIST):
        return rules
    new = policy.read_policy(head, known, label="preview", trusted=False)
    text = (
        f"{policy.CHECKLIST} is new in this change: its {len(new.checklist.items)} items count "
        "once it is merged; until then a profile judges"
    )
    return rules._replace(notices=(*rules.notices, text))


def _narrowed(checklist: Checklist, request: Request, known: KnownChecks) -> Checklist:
    """The checklist with only the checks that `--check` names, which need not stand in it."""
    if not request.checks:
        return checklist
    items: list[Item] = []
    for pattern in request.checks:
        area = pattern.partition(".")[0]
        ids = known.of_area(area) if area in known.areas else known
        wanted = [check_id for check_id in ids if fnmatch.fnmatchcase(check_id, pattern)]
        if not wanted:
            raise UsageError(_no_check(pattern, known))
        for check_id in wanted:
            own = [item for item in checklist.items if item.check == check_id]
            items.extend(own or [Item(check_id, "check", check_id)])
    unique = {item.id: item for item in items}
    return checklist._replace(items=tuple(unique.values()))


def _no_check(pattern: str, known: KnownChecks) -> str:
    from difflib import get_close_matches

    near = get_close_matches(pattern, list(known), n=1)
    hint = f"; did you mean {near[0]}?" if near else "; `readiness checks` lists them"
    return f"--check {pattern}: no such check{hint}"


def _check_sources(checklist: Checklist, request: Request, trees: Mapping[str, Tree]) -> None:
    for name, source in checklist.sources.items():
        if source.required and name not in trees:
            raise UsageError(
                f"source {name} is required by the checklist ({source.origin.file}); "
                f"name it with --source {name}=FOLDER"
            )
    strange = next((name for name in request.sources if name not in checklist.sources), "")
    if strange and checklist.sources:
        names = ", ".join(checklist.sources)
        raise UsageError(f"--source {strange}: the checklist has no such source; it names {names}")


def _decision(checklist: Checklist, fail_on: Severity | None) -> Any:
    decision = checklist.decision
    if fail_on is None:
        return decision
    if SEVERITIES.index(fail_on) < SEVERITIES.index(decision.fail_on):
        raise UsageError(
            f"--fail-on {fail_on} is laxer than the checklist's {decision.fail_on}; it may only be stricter"
        )
    return decision._replace(fail_on=fail_on)


def _manifests(collector: Collector) -> Iterator[Manifests]:
    """Those of every environment, as far as they could be read: whoever asked for them has said the rest."""
    for environment in collector.environments:
        with suppress(Exception):
            yield from collector.collected(Manifests, environment).items


def _unfilled(collector: Collector) -> Iterator[Location]:
    """Where the capacity plan still says TODO: `readiness init` writes it beside the checklist."""
    for environment in collector.environments:
        with suppress(Exception):  # whoever asked for the plan has said that it can't be read
            for plan in collector.collected(CapacityPlan, environment).items:
                yield from plan.placeholders


def _labels(collector: Collector) -> LabelsOf:
    known: dict[Subject, tuple[Mapping[str, str], ...]] = {}
    filled: list[bool] = []

    def labels_of(subject: Subject) -> Sequence[Mapping[str, str]]:
        if not filled:
            filled.append(True)
            for manifests in _manifests(collector):
                for one in manifests.objects:
                    known.setdefault(one.subject, tuple(_labels_in(one)))
        return known.get(subject._replace(part=""), ())

    return labels_of


def _labels_in(found: KubernetesObject) -> Iterator[Mapping[str, str]]:
    """An object's labels and its pods'; those of the wrong shape are none that a waiver can match."""
    with suppress(Unknown):
        yield found.labels
    with suppress(Unknown):
        yield Workload(found).pod_labels


def _judged_environments(head: _Head) -> tuple[str, ...]:
    """The environments that get a verdict: of those only discovered, the ones with something to judge.

    A folder of objects that no check is about is no environment that failed; where there is nothing else,
    it stays, so that a run that judged nothing fails.
    """
    judged = {
        outcome.environment
        for outcome in head.outcomes
        if outcome.item not in gate.NO_JUDGEMENT and outcome.status not in ("not-applicable",)
    }
    found = head.evaluation.environments
    kept = tuple(one.name for one in found if not one.discovered or one.name in judged)
    return kept or tuple(one.name for one in found)


def _looked(checklist: Checklist, known: KnownChecks, trees: Mapping[str, Tree]) -> Sequence[str]:
    """Where evidence was looked for, in the words of the evidence types."""
    words: dict[str, None] = {}
    for item in checklist.items:
        if item.kind == "check" and not item.disabled:
            for evidence in known[item.check].closure():
                looked = getattr(evidence, "looked_for", "")
                # types that say which files: the others are objects in these
                if looked and (evidence is Workload or "*" in looked or ":" in looked):
                    words[looked] = None
    files = sum(len(tree.files()) for tree in trees.values())
    named = (tree.files()[0] if name.startswith("rendered-") else name for name, tree in trees.items())
    return (*words, f"{files} file{'s' * (files != 1)} in {', '.join(named)}")


def _ignored(head: Tree, rules: Policy, base: _Base | None) -> tuple[gate.Ignored, ...]:
    if not rules.trusted or rules.tree is None:
        return ()
    found = list(policy.ignored_changes(head, rules.tree))
    if base is not None:
        files = (path for path in head.files() if path.endswith((".yaml", ".yml")))
        found.extend(policy.ignored_suppressions(head, base.tree, files))
    return tuple(found)


def _about(
    request: Request, rules: Policy, checklist: Checklist, head: _Head, trees: Mapping[str, Tree],
    base: _Base | None,
) -> About:  # fmt: skip
    collector = head.evaluation.collector
    renderers: dict[str, None] = {}
    for manifests in _manifests(collector):
        renderers.update((one, None) for one in manifests.renderers)
    sources: list[canonical.Source] = [
        {"name": name, "commit": tree.commit or None, "dirty": tree.dirty} for name, tree in trees.items()
    ]
    return About(
        service=checklist.service.name,
        owner=checklist.service.owner,
        environment=_one_environment(request, head.evaluation.environments),
        classes={one.name: one.cls for one in head.evaluation.environments},
        sources=sources,
        policy={
            "source": rules.label,
            "digest": rules.digest,
            "layers": [{"name": layer.ref, "digest": layer.digest} for layer in checklist.layers],
        },
        base=None
        if base is None
        else {"ref": base.ref, "commit": base.tip.commit, "merge_base": base.tree.commit},
        renderers=[_renderer(one) for one in sorted(renderers)] + list(_given(request)),
        causes=head.causes,
        notices=(
            *rules.notices,
            *(
                f"{one.origin.file} attests {one.item}, which no item asks for"
                for one in strangers(rules.checklist.items, rules.attestations)
            ),
        ),
        waivers={waiver.id: waiver for waiver in rules.waivers},
        controls={item.id: item.control for item in checklist.items if item.control},
    )


def _one_environment(request: Request, environments: tuple[Environment, ...]) -> str:
    if request.environment:
        return request.environment
    return environments[0].name if len(environments) == 1 else ""


def _renderer(text: str) -> canonical.Renderer:
    name, _, version = text.rpartition(" ")
    return {"name": name, "version": version}


def _given(request: Request) -> Iterator[canonical.Renderer]:
    """What a pipeline rendered, by its digest."""
    import hashlib

    for environment, text in sorted(request.manifests.items()):
        yield {"name": f"manifests of {environment}", "version": "sha256:" + hashlib.sha256(text).hexdigest()}
