"""A steward's own rules: CEL expressions over subjects, evaluated in one child process.

CEL has no cost budget and can't be interrupted from Python, so the expressions of a run are evaluated
in a child that is ended when an item takes too long; the items after it get a new one. The child is
started before evidence is read, so that its import overlaps with parsing.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from readiness.checklist import Checklist, Item
from readiness.collect import Collector, cause_of, cause_of_failure
from readiness.errors import Unknown
from readiness.evidence.context import Environment
from readiness.evidence.manifests import KubernetesObject, Manifests, Service, Workload
from readiness.outcome import Cause, Finding, Location, Outcome, Proof, Result, Subject
from readiness.plan import NO_ENVIRONMENT, ruled_out
from readiness.run import crash_text

DEFAULT_SECONDS = 10
START_SECONDS = 30  # the import of the engine on a loaded machine
DEEPEST_COMPREHENSION = 2  # nested macros over 1,000 items each take minutes
INSTALL = "pip install 'readiness[cel]'"

_MACRO = re.compile(r"\.(?:all|exists|exists_one|map|filter)\s*\(")
_HOLE = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_OBJECT_KINDS = {
    "ingress": ("Ingress",),
    "hpa": ("HorizontalPodAutoscaler",),
    "pdb": ("PodDisruptionBudget",),
}


class Candidate(NamedTuple):
    """One subject with the variables that an expression sees."""

    subject: Subject
    at: Location
    variables: Mapping[str, Any]


def outcomes(
    checklist: Checklist, environments: tuple[Environment, ...], collector: Collector, child: "Child"
) -> tuple[tuple[Outcome, ...], dict[str, Cause]]:
    """The outcomes of a checklist's CEL items."""
    made: list[Outcome] = []
    causes: dict[str, Cause] = {}
    for item in checklist.items:
        if item.kind != "cel" or item.disabled:
            continue
        outcome = Outcome(
            item.id, "cel", item.title, "", item.severity_at(checklist.tier), item.required, ()
        )  # fmt: skip
        if not environments:  # a required item fails by it
            made.append(outcome._replace(reason=NO_ENVIRONMENT))
        for environment in environments:
            outcome = outcome._replace(environment=environment.name)
            reason = ruled_out(item, environment, checklist)
            if reason:
                made.append(outcome._replace(reason=reason, not_evaluated=True))
                continue
            results = tuple(_results(item, environment.name, collector, child, causes))
            made.append(outcome._replace(results=results, reason="" if results else f"no {item.for_} found"))
    return tuple(made), causes


def deepest(expression: str) -> int:
    """How deep comprehensions are nested in an expression; strings don't count."""
    text = re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "''", expression)
    depth, most = 0, 0
    stack: list[bool] = []
    position = 0
    while position < len(text):
        macro = _MACRO.match(text, position)
        if macro:
            stack.append(True)
            depth += 1
            most = max(most, depth)
            position = macro.end()
            continue
        if text[position] == "(":
            stack.append(False)
        elif text[position] == ")" and stack and stack.pop():
            depth -= 1
        position += 1
    return most


def worded(template: str, variables: Mapping[str, Any]) -> str:
    """A message with its `{workload.name}` holes filled; `?` where a field is missing."""

    def fill(hole: re.Match[str]) -> str:
        found: Any = variables
        for key in hole[1].split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        return "?" if found is None else str(found)

    return _HOLE.sub(fill, template)


def _results(
    item: Item, environment: str, collector: Collector, child: "Child", causes: dict[str, Cause]
) -> Iterator[Result]:
    whole = Subject("Environment", "", environment)
    if deepest(item.expr) > DEEPEST_COMPREHENSION:
        why = f"not evaluated: comprehensions are nested more than {DEEPEST_COMPREHENSION} deep in {item.id}"
        yield Result(whole, "unknown", reason=why, at=item.origin)
        return
    try:
        candidates, doubts = _candidates(item.for_, environment, collector)
    except Unknown as unknown:
        cause = cause_of_failure(unknown)
        causes[cause.id] = cause
        yield Result(whole, "unknown", reason=unknown.why, causes=(cause.id,))
        return
    except Exception as crash:  # a loader's, as when a check asks for the same
        yield Result(whole, "error", reason=crash_text(crash))
        return
    answers = child.ask(
        item.expr, [dict(one.variables) for one in candidates], item.timeout or DEFAULT_SECONDS
    )
    for candidate, answer in zip(candidates, answers, strict=True):
        yield _result(item, candidate, answer)
    for doubt in doubts:
        cause = cause_of(doubt)
        causes[cause.id] = cause
        reason = f"{doubt.at.file} could not be read: {doubt.why}"
        yield Result(doubt.subject, "unknown", reason=reason, causes=(cause.id,), at=doubt.at)


def _result(item: Item, candidate: Candidate, answer: Mapping[str, str]) -> Result:
    subject, at = candidate.subject, candidate.at
    if "unknown" in answer:
        return Result(subject, "unknown", reason=answer["unknown"], at=at)
    if "error" in answer:
        return Result(subject, "error", reason=answer["error"], at=at)
    if answer.get("holds") == "yes":
        return Result(subject, "pass", proofs=(Proof(f"{item.title}: {subject}", at=at),), at=at)
    message = (
        worded(item.message, candidate.variables)
        if item.message
        else f"{subject}: {item.title} does not hold"
    )
    fix = item.guide or f"make {item.expr.strip()} hold"
    return Result(subject, "fail", (Finding(message, at=at, fix=fix),), at=at)


def _candidates(name: str, environment: str, collector: Collector) -> tuple[list[Candidate], tuple[Any, ...]]:
    """The subjects of a `for:` in an environment, and what might have held more of them."""
    if name in ("workload", "pod", "container"):
        found = collector.collected(Workload, environment)
        _raise(found.failed)
        made = [one for workload in found.items for one in _of_workload(name, workload)]
    elif name == "service":
        found = collector.collected(Service, environment)
        _raise(found.failed)
        made = [Candidate(one.subject, one.at, {"service": _plain(one.object)}) for one in found.items]
    elif name == "alert":
        from readiness.evidence.alert_rules import AlertRule

        found = collector.collected(AlertRule, environment)
        _raise(found.failed)
        made = [Candidate(rule.subject, rule.at, {"alert": rule.plain()}) for rule in found.items]
    elif name == "runbook":
        from readiness.evidence.runbooks import Runbook

        found = collector.collected(Runbook, environment)
        _raise(found.failed)
        made = [Candidate(page.subject, page.at, {"runbook": page.plain()}) for page in found.items]
    else:
        found = collector.collected(Manifests, environment)
        _raise(found.failed)
        manifests: Manifests = found.items[0]
        kinds = _OBJECT_KINDS.get(name)
        objects = manifests.of(*kinds) if kinds else iter(manifests.objects)
        made = [Candidate(one.subject, one.at, {name: _plain(one), "object": one.body}) for one in objects]
    return made, found.unreadable


def _raise(failed: Exception | None) -> None:
    if isinstance(failed, Unknown):
        raise failed


def _plain(found: KubernetesObject) -> dict[str, Any]:
    """An object as an expression sees it: its own fields, and name, namespace and labels in reach."""
    return {
        **found.body,
        "name": found.name,
        "namespace": found.namespace,
        "labels": dict(found.labels),
        "annotations": dict(found.annotations),
    }


def _of_workload(name: str, workload: Workload) -> Iterator[Candidate]:
    pod = {**workload.pod, "labels": dict(workload.pod_labels), "annotations": dict(workload.pod_annotations)}
    variables = {"workload": _plain(workload.object), "pod": pod, "object": workload.object.body}
    if name != "container":
        yield Candidate(workload.subject, workload.at, variables)
        return
    for container in workload.all_containers:
        body = {**container.body, "init": container.init}
        yield Candidate(container.subject, container.at, {**variables, "container": body})


class Child:
    """The process that evaluates expressions; one for a run, replaced when it had to be ended."""

    def __init__(self) -> None:
        self._process: Any = None

    def start(self) -> None:
        """Starts the process without waiting for it."""
        import subprocess

        self._process = subprocess.Popen(
            # isolated: neither the working folder nor the environment decides what is imported
            [sys.executable, "-I", "-c", "from readiness.cel import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, expression: str, subjects: list[dict[str, Any]], seconds: float) -> list[Mapping[str, str]]:
        """One answer for each subject: `holds` yes or no, `unknown` with why, or `error`."""
        import json

        if not subjects:
            return []
        fresh = self._process is None
        if fresh:
            self.start()
        request = json.dumps({"expr": expression, "subjects": subjects}, default=str).encode() + b"\n"
        line = self._exchange(request, seconds + START_SECONDS * fresh)
        if not line:
            self.stop()
            why = (
                "ended without an answer"
                if line is not None
                else f"took longer than {seconds:g} s and was ended"
            )
            return [{"error": why}] * len(subjects)
        answers: list[Mapping[str, str]] = json.loads(line)
        return answers

    def _exchange(self, request: bytes, seconds: float) -> bytes | None:
        """The child's line; empty when it ended, None when it took too long."""
        from threading import Thread

        answer: list[bytes] = []

        def talk() -> None:
            try:
                self._process.stdin.write(request)
                self._process.stdin.flush()
                answer.append(self._process.stdout.readline())
            except (OSError, ValueError):
                answer.append(b"")  # the child ended

        thread = Thread(target=talk, daemon=True)
        thread.start()
        thread.join(seconds)
        return answer[0] if answer else None

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                with suppress(OSError):  # what was still to be written, to a child that is gone
                    stream.close()
            self._process = None


def serve() -> None:
    """The child's side: one JSON line in, one out."""
    import json

    engine: Any = None
    with suppress(ImportError):
        import cel as engine
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if engine is None:
            answers = [{"unknown": f"not evaluated: the CEL engine is missing; {INSTALL}"}] * len(
                request["subjects"]
            )
        else:
            answers = _answers(engine, request["expr"], request["subjects"])
        sys.stdout.buffer.write(json.dumps(answers).encode() + b"\n")
        sys.stdout.buffer.flush()


def _answers(cel: Any, expression: str, subjects: list[dict[str, Any]]) -> list[dict[str, str]]:
    try:
        program = cel.compile(expression)
    except Exception as wrong:  # the engine raises many types; each is an answer, not a crash
        return [{"unknown": f"not evaluated: {type(wrong).__name__}: {wrong!s:.300}"}] * len(subjects)
    return [_answer(program, subject) for subject in subjects]


def _answer(program: Any, variables: dict[str, Any]) -> dict[str, str]:
    try:
        given = program.execute(variables)
    except KeyError as missing:
        return {"unknown": f"not evaluated: no field {missing.args[0]}; ask has(…) for it first"}
    except Exception as wrong:  # as above
        return {"unknown": f"not evaluated: {type(wrong).__name__}: {wrong!s:.300}"}
    if given is True or given is False:
        return {"holds": "yes" if given else "no"}
    return {"error": f"gave {given!r:.100}; expected true or false"}
