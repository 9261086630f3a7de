"""Plan × evidence → outcomes.

Each planned check gets its evidence from the collector and is called: once for each subject, or once
over a whole set. A check that crashes, hangs, talks nonsense or floods gives an `error` of that one
result and hides no other. What it had yielded until then is kept.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from readiness import ahead
from readiness.ahead import Call, Scan, Spoken
from readiness.collect import Collector, cause_of, cause_of_failure
from readiness.errors import NotApplicable, ReadinessError, Unknown
from readiness.halves import cores
from readiness.known import Known, Unreadable
from readiness.outcome import (
    Cause,
    Finding,
    Location,
    Outcome,
    Proof,
    Result,
    Severity,
    Status,
    Strength,
    Subject,
    fingerprint,
)
from readiness.rule import Doubt, FieldRule, Sorted, scan, sorted_out
from readiness.signature import Check, Need
from readiness.speech import close, nonsense_in, one_by_one
from readiness.watchdog import Hung, Watchdog

DEFAULT_SECONDS = 10
LOADER_SECONDS = 300  # rendering has limits of its own; this ends a loader that loops
# Areas whose functions a second core calls: about half of the work, by evidence that others don't ask for.
BY_CHILD = frozenset({"config", "network", "image", "object", "rbac"})
MOST_HUNG = 2  # calls of one check that are waited for in a run
MOST_FINDINGS = 1000  # of one call: a check that says more has no judgement
MOST_OF_EACH = 10  # besides, for each thing of a set that a call is over


class Planned(NamedTuple):
    """One item in one environment ("" for evidence that has none), ready to run."""

    item: str
    check: Check
    environment: str
    title: str
    severity: Severity
    required: bool
    settings: Mapping[str, Any]  # by parameter, as the check sees them
    seconds: float = DEFAULT_SECONDS
    ruled_out: str = ""  # why `when` or `platform` excludes it
    nowhere: str = ""  # why there is no environment that it could run in


class Ran(NamedTuple):
    """What a run gave: outcomes in the order of the plan, and the causes that they name."""

    outcomes: tuple[Outcome, ...]
    causes: Mapping[str, Cause]
    calls: int


def run(
    plan: tuple[Planned, ...],
    collector: Collector,
    compared: bool = True,
    told: Callable[[int, int], None] | None = None,
) -> Ran:
    """Runs a plan: the tool's own checks here, those of other distributions in a child that can be ended.

    Args:
        compared: whether results are held against others, so that every proof has to be there.
        told: is called after each check with the number of those that are done, and of all.
    """
    runner = _Runner(collector)
    outcomes: dict[int, Outcome] = {}
    with Watchdog() as watchdog:
        runner.watchdog = watchdog
        runner.look_ahead(plan, compared)
        foreign = []
        for index in sorted(range(len(plan)), key=lambda index: runner.turn(plan[index])):
            planned = plan[index]
            if planned.check.foreign and not planned.ruled_out and not planned.nowhere:
                foreign.append(index)
            else:
                outcomes[index] = runner.outcome(planned)
            if told is not None:
                told(len(outcomes), len(plan))
        if foreign:
            found = runner.guarded([plan[index] for index in foreign])
            outcomes.update(zip(foreign, found, strict=True))
    return Ran(tuple(outcomes[index] for index in range(len(plan))), runner.causes, runner.calls)


class _Runner:
    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.causes: dict[str, Cause] = {}
        self.calls = 0
        self.watchdog = Watchdog()
        self.hung: dict[str, int] = {}  # check → how many of its calls were ended
        self.ahead: ahead.Ahead | None = None

    def look_ahead(self, plan: Sequence[Planned], compared: bool) -> None:
        """Has a second core begin with rules, and with some of the functions, of a large run."""
        if cores() < 2:
            return
        scans: list[Scan] = []
        calls: list[Call] = []
        for planned in plan:
            check = planned.check
            if planned.ruled_out or planned.nowhere or check.foreign:
                continue
            things = self._things(planned)
            if things is None:
                continue  # whoever asks gets it again, and says so
            if check.rule is not None:
                scans.append(Scan(_key(planned), check.rule, things))
            elif check.area in BY_CHILD:
                calls.append(Call(_key(planned), things, partial(self._spoken, planned)))
        number = sum(len(one.things) for one in scans) + sum(len(one.things) for one in calls)
        if number >= ahead.ENOUGH:
            self.ahead = ahead.Ahead(scans, calls if not compared and self._may_fork() else ())

    def _things(self, planned: Planned) -> tuple[Any, ...] | None:
        """What a check is taken one by one of; None where it can't be collected."""
        if planned.check.each is None:
            return ()
        try:
            self.watchdog.begin(LOADER_SECONDS)
            return self.collector.collected(planned.check.each.type, planned.environment).items
        except (Exception, Hung):
            return None
        finally:
            self.watchdog.end()

    def _may_fork(self) -> bool:
        """Whether nothing is read through a program's pipe, whose answers two processes can't share."""
        from readiness.evidence.context import Sources

        known = self.collector.collected(Sources, "").items
        return not any(hasattr(tree, "blob") for sources in known for tree in sources.trees.values())

    def _spoken(self, planned: Planned) -> Spoken:
        """What the child finds out about a function."""
        with Watchdog() as self.watchdog:
            self.causes, self.calls = {}, 0
            results = tuple(self._results(planned))
            return Spoken(results, tuple(self.causes.values()), self._strength(planned), self.calls)

    def turn(self, planned: Planned) -> int:
        """What is called here comes first, so that the child has time for the rest."""
        by_child = self.ahead is not None and self.ahead.has(_key(planned))
        return 2 if by_child else planned.check.rule is not None

    def outcome(self, planned: Planned) -> Outcome:
        if planned.ruled_out:
            return _outcome(planned, (), "source")._replace(reason=planned.ruled_out, not_evaluated=True)
        if planned.nowhere:  # a required item fails by it
            return _outcome(planned, (), "source")._replace(reason=planned.nowhere)
        spoken = self.ahead.spoken(_key(planned)) if self.ahead and self.ahead.has(_key(planned)) else None
        if spoken is not None:
            self.causes.update((cause.id, cause) for cause in spoken.causes if cause.id not in self.causes)
            self.calls += spoken.calls
            found = _outcome(planned, spoken.results, spoken.strength)
            return found._replace(proofs_left_out=spoken.proofs_left_out)
        results = tuple(self._results(planned))
        return _outcome(planned, results, self._strength(planned))

    def _strength(self, planned: Planned) -> Strength:
        return self.collector.strength(planned.check.closure(), planned.environment)

    def guarded(self, plan: Sequence[Planned]) -> Iterator[Outcome]:
        """The outcomes of checks that are not ours: also of one that no signal ends, or that exits."""
        from readiness.guard import supervised

        self._collect_own(plan)
        self._await_git()
        jobs = [partial(self._told, planned) for planned in plan]
        for planned, (told, cut) in zip(plan, supervised(jobs), strict=True):
            results: list[Result] = []
            strength: Strength | None = None
            for one in told:
                if isinstance(one, Result):
                    results.append(one)
                elif isinstance(one, Cause):
                    self.causes.setdefault(one.id, one)
                elif isinstance(one, tuple):
                    strength, calls = one
                    self.calls += calls
            if cut:
                reason = f"{cut}; what it had not looked at until then was not judged"
                results.append(Result(_whole(planned), "error", reason=reason))
            yield _outcome(planned, tuple(results), strength or self._strength(planned))

    def _told(self, planned: Planned, watchdog: Watchdog) -> Iterator[object]:
        """What the child tells of one planned check: results, the causes that they name, strength, calls."""
        self.watchdog = watchdog
        self.calls = 0
        told: set[str] = set()
        for result in self._results(planned):
            yield from (self.causes[cause] for cause in result.causes if cause not in told)
            told.update(result.causes)
            yield result
        yield self._strength(planned), self.calls

    def _collect_own(self, plan: Sequence[Planned]) -> None:
        """The engine's evidence that a plan needs: collected here, so that later stages have it as well."""
        for planned in plan:
            for evidence in planned.check.closure():
                if not evidence.__module__.startswith("readiness."):
                    continue
                scopes = (
                    (planned.environment,) if planned.environment else self.collector.environments or ("",)
                )
                for environment in scopes:
                    try:
                        self.watchdog.begin(LOADER_SECONDS)
                        self.collector.collected(evidence, environment)
                    except (Exception, Hung):
                        continue  # whoever asks gets it again, and says so
                    finally:
                        self.watchdog.end()

    def _await_git(self) -> None:
        """Reads what git programs are still telling: two processes can't read one answer."""
        from readiness.evidence.context import Sources
        from readiness.evidence.git import GitFacts

        for sources in self.collector.collected(Sources, "").items:
            for name, tree in sources.trees.items():
                with suppress(ReadinessError):  # whoever asks gets it again
                    tree.files()
                    _ = tree.commit, tree.dirty
                for facts in self.collector.known(GitFacts):
                    with suppress(ReadinessError):
                        facts.has_history(name)

    def _results(self, planned: Planned) -> Iterator[Result]:
        check = planned.check
        whole = _whole(planned)
        arguments: dict[str, Any] = {}
        doubts: dict[Unreadable, None] = {}
        subjects: tuple[Any, ...] = ()
        try:
            self.watchdog.begin(LOADER_SECONDS)
            for need in check.needs:
                if need.shape == "each":
                    subjects = self._each(need, planned.environment)
                else:
                    arguments[need.parameter] = self.collector.argument(need, planned.environment)
                doubts.update((one, None) for one in self.collector.doubts(need, planned.environment))
        except Unknown as unknown:
            yield self._unknown(whole, unknown)
            return
        except NotApplicable as wrong:
            yield Result(whole, "not-applicable", reason=str(wrong))
            return
        except BaseException as crash:  # a loader that crashes is an error of the check that asked
            yield self._error(whole, crash)
            return
        finally:
            self.watchdog.end()
        if check.rule is not None:
            yield from self._scanned(planned, check.rule, subjects, whole)
        elif check.each is None:
            yield self._call(planned, arguments, whole, owes=True)
        else:
            for subject in subjects:
                try:
                    about = getattr(subject, "subject", whole)
                    at = getattr(subject, "at", None)
                    if type(about) is not Subject:
                        raise TypeError(f"subject of {type(subject).__name__} is {type(about).__name__}")
                except Exception as crash:
                    yield self._error(whole, crash)
                    continue
                given = {check.each.parameter: subject, **arguments}
                yield self._call(planned, given, about, at=at if isinstance(at, Location) else None)
        for doubt in doubts:
            cause = self._cause(cause_of(doubt))
            reason = f"{doubt.at.file} could not be read: {doubt.why}"
            yield Result(doubt.subject, "unknown", reason=reason, causes=(cause,), at=doubt.at)

    def _scanned(
        self, planned: Planned, rule: FieldRule, things: Sequence[Any], whole: Subject
    ) -> Iterator[Result]:
        """A rule over all its things; where it crashes, what it had said until then is kept."""
        self.calls += 1
        try:
            self.watchdog.begin(planned.seconds)
            for one in scan(rule, planned.check.title, things, self._sorted(planned, rule, things)):
                yield self._unknown(one.subject, one.why) if isinstance(one, Doubt) else one
        except GeneratorExit:
            raise
        except BaseException as crash:
            yield self._error(whole, crash)
        finally:
            self.watchdog.end()

    def _sorted(self, planned: Planned, rule: FieldRule, things: Sequence[Any]) -> Sorted:
        told = self.ahead.sorted(_key(planned)) if self.ahead is not None else None
        return told if told is not None else sorted_out(rule, things)

    def _each(self, need: Need, environment: str) -> tuple[Any, ...]:
        found = self.collector.collected(need.type, environment)
        if found.failed is not None:
            raise found.failed
        return found.items

    def _call(
        self, planned: Planned, arguments: Mapping[str, Any], subject: Subject,
        owes: bool = False, at: Location | None = None,
    ) -> Result:  # fmt: skip
        check = planned.check.id
        if self.hung.get(check, 0) >= MOST_HUNG:
            reason = f"not called: {MOST_HUNG} calls of {check} took longer than {planned.seconds:g} s"
            return Result(subject, "error", reason=reason, at=at)
        self.calls += 1
        try:
            return self._called(planned, arguments, subject, owes, at)
        except Hung as late:  # the time was up in the moment in which the call ended
            self.watchdog.end()
            self.hung[check] = self.hung.get(check, 0) + 1
            return self._error(subject, late, at)

    def _called(
        self,
        planned: Planned,
        arguments: Mapping[str, Any],
        subject: Subject,
        owes: bool,
        at: Location | None,
    ) -> Result:
        findings: list[Finding] = []
        proofs: list[Proof] = []
        status: Status | None = None
        reason = ""
        causes: tuple[str, ...] = ()
        said: Any = None
        self.watchdog.begin(planned.seconds)
        try:
            said = planned.check.function(**arguments, **planned.settings)
            for one in one_by_one(said):
                reason = nonsense_in(one)
                if reason:
                    status = "error"
                    break
                if type(one) is Finding:
                    findings.append(one)
                elif type(one) is Proof:
                    proofs.append(one)
                if len(findings) + len(proofs) > MOST_FINDINGS:
                    most = _most(arguments)
                    if len(findings) + len(proofs) > most:
                        status, reason = "error", f"yielded more than {most} results in one call"
                        break
        except Unknown as unknown:
            cause = self._cause(cause_of_failure(unknown))
            status, reason, causes = "unknown", unknown.why, (cause,)
            at = unknown.at if isinstance(unknown.at, Location) else at
        except NotApplicable as wrong:
            status, reason = "not-applicable", str(wrong)
        except BaseException as crash:  # one check's crash is one result's error, and no more
            if type(crash) is Hung:
                self.hung[planned.check.id] = self.hung.get(planned.check.id, 0) + 1
            status, reason = "error", self._error(subject, crash).reason
        finally:
            close(said)
            self.watchdog.end()
        if findings and status in (None, "not-applicable", "unknown"):
            status = "fail"
        if status is None:
            silent = owes and not proofs
            status, reason = ("not-applicable", "yielded nothing") if silent else ("pass", reason)
        return Result(subject, status, tuple(findings), tuple(proofs), reason, causes, at)

    def _error(self, subject: Subject, crash: BaseException, at: Location | None = None) -> Result:
        """The result of a call that ended badly; a person's Ctrl-C ends the run instead."""
        if isinstance(crash, KeyboardInterrupt) and self.watchdog.interrupted:
            raise crash
        return Result(subject, "error", reason=crash_text(crash), at=at)

    def _unknown(self, subject: Subject, unknown: Unknown) -> Result:
        cause = self._cause(cause_of_failure(unknown))
        at = unknown.at if isinstance(unknown.at, Location) else None
        return Result(subject, "unknown", reason=unknown.why, causes=(cause,), at=at)

    def _cause(self, cause: Cause) -> str:
        self.causes.setdefault(cause.id, cause)
        return cause.id


def _key(planned: Planned) -> tuple[str, str]:
    return planned.item, planned.environment


def _whole(planned: Planned) -> Subject:
    kind = "Environment" if planned.environment else "Repository"
    return Subject(kind, "", planned.environment or "repository")


def _most(arguments: Mapping[str, Any]) -> int:
    """How much one call may say: more where it is over a large set."""
    sets = (given for given in arguments.values() if type(given) is tuple or isinstance(given, Known))
    return MOST_FINDINGS + MOST_OF_EACH * sum(len(given) for given in sets)  # a NamedTuple is one thing


def _outcome(planned: Planned, results: tuple[Result, ...], strength: Strength) -> Outcome:
    return Outcome(
        planned.item, planned.check.id, planned.title, planned.environment, planned.severity,
        planned.required, _distinct(planned.item, results), "" if results else _nothing(planned.check),
        strength,
    )  # fmt: skip


def crash_text(crash: BaseException) -> str:
    """Exception type, message and frames as `module:function`, with no path of a machine."""
    if isinstance(crash, Hung):
        return str(crash)  # where it was in that moment differs from run to run
    frames = []
    trace = crash.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        module = frame.f_globals.get("__name__", "?")
        if not module.startswith("readiness.run"):
            frames.append(f"{module}:{frame.f_code.co_name}")
        trace = trace.tb_next
    where = f" in {' → '.join(frames[-4:])}" if frames else ""
    try:
        text = re.sub(r"\b0x[0-9a-f]+", "0x…", f"{crash!s:.500}")  # an address differs from run to run
    except Exception:  # a plug-in's own exception may fail to say what it is
        text = "without a message"
    return f"{type(crash).__name__}: {text}{where}"


def _distinct(item: str, results: tuple[Result, ...]) -> tuple[Result, ...]:
    """The results with every finding told apart; one that says the same of a thing twice is in error.

    Two objects of one identity in an environment are two things: the second has a key of its own.
    """
    seen: dict[str, tuple[object, ...]] = {}  # fingerprint → the thing that it was said of
    made = []
    for index, result in enumerate(results):
        findings, twice = [], ""
        for finding in result.findings:
            subject = finding.about or result.subject
            thing = _thing(finding, index)
            print_ = fingerprint(item, subject, finding.key)
            if print_ in seen:
                if seen[print_] == thing:
                    twice = f"says the same of {subject} twice; findings need a key each"
                copy = 2
                while print_ in seen:
                    key = f"{finding.key}#{copy}"
                    print_, copy = fingerprint(item, subject, key), copy + 1
                finding = finding._replace(key=key)
            seen[print_] = thing
            findings.append(finding)
        if twice:
            result = result._replace(status="error", reason=twice)
        elif findings:
            result = result._replace(findings=tuple(findings))
        made.append(result)
    return tuple(made)


def _thing(finding: Finding, index: int) -> tuple[object, ...]:
    """What tells two things of one name apart: the call for each, or where they stand in a call over all."""
    return (index,) if finding.about is None or finding.at is None else tuple(finding.at)


def _nothing(check: Check) -> str:
    """Why a check had nothing to look at: what was looked for."""
    wanted = check.each.type if check.each else None
    looked = getattr(wanted, "looked_for", "") if wanted else ""
    name = wanted.__name__ if wanted else "evidence"
    return f"no {name} found" + (f"; looked for {looked}" if looked else "")
