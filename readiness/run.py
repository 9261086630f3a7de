"""Plan × evidence → outcomes.

Each planned check gets its evidence from the collector and is called: once for each subject, or once
over a whole set. A check that crashes, hangs, talks nonsense or floods gives an `error` of that one
result and hides no other. What it had yielded until then is kept.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from readiness.collect import Collector, cause_of, cause_of_failure
from readiness.errors import NotApplicable, Unknown
from readiness.known import Unreadable
from readiness.outcome import (
    Cause,
    Finding,
    Location,
    Outcome,
    Proof,
    Result,
    Severity,
    Status,
    Subject,
    fingerprint,
)
from readiness.signature import Check, Need
from readiness.watchdog import Hung, Watchdog

DEFAULT_SECONDS = 10
LOADER_SECONDS = 300  # rendering has limits of its own; this ends a loader that loops
MOST_FINDINGS = 1000  # of one call: a check that says more has no judgement


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


class Ran(NamedTuple):
    """What a run gave: outcomes in the order of the plan, and the causes that they name."""

    outcomes: tuple[Outcome, ...]
    causes: Mapping[str, Cause]
    calls: int


def run(plan: tuple[Planned, ...], collector: Collector) -> Ran:
    runner = _Runner(collector)
    with Watchdog() as watchdog:
        runner.watchdog = watchdog
        outcomes = tuple(runner.outcome(planned) for planned in plan)
    return Ran(outcomes, runner.causes, runner.calls)


class _Runner:
    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.causes: dict[str, Cause] = {}
        self.calls = 0
        self.watchdog = Watchdog()

    def outcome(self, planned: Planned) -> Outcome:
        made = Outcome(
            planned.item, planned.check.id, planned.title, planned.environment,
            planned.severity, planned.required, (),
        )  # fmt: skip
        if planned.ruled_out:
            return made._replace(reason=planned.ruled_out, not_evaluated=True)
        results = tuple(self._results(planned))
        strength = self.collector.strength(planned.check.closure(), planned.environment)
        made = made._replace(results=_distinct(planned.item, results), strength=strength)
        if results:
            return made
        return made._replace(reason=_nothing(planned.check))

    def _results(self, planned: Planned) -> Iterator[Result]:
        check = planned.check
        whole = Subject(
            "Environment" if planned.environment else "Repository", "", planned.environment or "repository"
        )
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
        except (Exception, Hung) as crash:  # a loader that crashes is an error of the check that asked
            yield Result(whole, "error", reason=_crash(crash))
            return
        finally:
            self.watchdog.end()
        if check.each is None:
            yield self._call(planned, arguments, whole, owes=True)
        else:
            for subject in subjects:
                about = getattr(subject, "subject", whole)
                at = getattr(subject, "at", None)
                given = {check.each.parameter: subject, **arguments}
                yield self._call(planned, given, about, at=at if isinstance(at, Location) else None)
        for doubt in doubts:
            cause = self._cause(cause_of(doubt))
            reason = f"{doubt.at.file} could not be read: {doubt.why}"
            yield Result(doubt.subject, "unknown", reason=reason, causes=(cause,), at=doubt.at)

    def _each(self, need: Need, environment: str) -> tuple[Any, ...]:
        found = self.collector.collected(need.type, environment)
        if found.failed is not None:
            raise found.failed
        return found.items

    def _call(
        self, planned: Planned, arguments: Mapping[str, Any], subject: Subject,
        owes: bool = False, at: Location | None = None,
    ) -> Result:  # fmt: skip
        findings: list[Finding] = []
        proofs: list[Proof] = []
        self.calls += 1
        status: Status | None = None
        reason = ""
        causes: tuple[str, ...] = ()
        self.watchdog.begin(planned.seconds)
        try:
            said = planned.check.function(**arguments, **planned.settings)
            for one in _speech(said):
                if type(one) is Finding:
                    findings.append(one)
                elif type(one) is Proof:
                    proofs.append(one)
                else:
                    status, reason = "error", f"yielded {type(one).__name__}; expected Finding or Proof"
                    break
                if len(findings) + len(proofs) > MOST_FINDINGS:
                    status, reason = "error", f"yielded more than {MOST_FINDINGS} results for one subject"
                    break
        except Unknown as unknown:
            cause = self._cause(cause_of_failure(unknown))
            status, reason, causes = "unknown", unknown.why, (cause,)
            at = unknown.at if isinstance(unknown.at, Location) else at
        except NotApplicable as wrong:
            status, reason = "not-applicable", str(wrong)
        except (Exception, Hung) as crash:  # one check's crash is one result's error, and no more
            status, reason = "error", _crash(crash)
        finally:
            self.watchdog.end()
        if findings and status in (None, "not-applicable", "unknown"):
            status = "fail"
        if status is None:
            silent = owes and not proofs
            status, reason = ("not-applicable", "yielded nothing") if silent else ("pass", reason)
        return Result(subject, status, tuple(findings), tuple(proofs), reason, causes, at)

    def _unknown(self, subject: Subject, unknown: Unknown) -> Result:
        cause = self._cause(cause_of_failure(unknown))
        at = unknown.at if isinstance(unknown.at, Location) else None
        return Result(subject, "unknown", reason=unknown.why, causes=(cause,), at=at)

    def _cause(self, cause: Cause) -> str:
        self.causes.setdefault(cause.id, cause)
        return cause.id


def _speech(said: object) -> Iterator[object]:
    if isinstance(said, (str, bytes, Mapping)) or not hasattr(said, "__iter__"):
        raise TypeError(f"returned {type(said).__name__}; a check yields Finding and Proof")
    yield from said


def _crash(crash: BaseException) -> str:
    """Exception type, message and frames as `module:function`, with no path of a machine."""
    frames = []
    trace = crash.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        module = frame.f_globals.get("__name__", "?")
        if not module.startswith("readiness.run"):
            frames.append(f"{module}:{frame.f_code.co_name}")
        trace = trace.tb_next
    where = f" in {' → '.join(frames[-4:])}" if frames else ""
    return f"{type(crash).__name__}: {crash!s:.500}{where}"


def _distinct(item: str, results: tuple[Result, ...]) -> tuple[Result, ...]:
    """The results, those in error whose findings have the fingerprint of an earlier finding."""
    seen: set[str] = set()
    made = []
    for result in results:
        twice = ""
        for finding in result.findings:
            print_ = fingerprint(item, finding.about or result.subject, finding.key)
            if print_ in seen:
                twice = f"says the same of {finding.about or result.subject} twice; findings need a key each"
            seen.add(print_)
        made.append(result._replace(status="error", reason=twice) if twice else result)
    return tuple(made)


def _nothing(check: Check) -> str:
    """Why a check had nothing to look at: what was looked for."""
    wanted = check.each.type if check.each else None
    looked = getattr(wanted, "looked_for", "") if wanted else ""
    name = wanted.__name__ if wanted else "evidence"
    return f"no {name} found" + (f"; looked for {looked}" if looked else "")
