"""What happened can be read from the logs."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.context import Environment
from readiness.evidence.logging_config import LOUD, Logging, LogSettings, Written
from readiness.evidence.manifests import Container, Workload


def log_standard(workload: Workload, logging: Logging, environment: Environment) -> Findings:
    """A workload writes its logs to the console, as JSON, and not all that a debugger would want.

    What goes to a file is gone with the pod, and fills its node's disk first. Lines without fields can't be
    searched for a trace or a customer, and a stack trace falls into fifty of them. What is logged at DEBUG
    costs more than the service itself, and holds what nobody may keep.

    Spring Boot's default format is a note. Levels are judged in production only.

    Silent on:
        programs whose logging is configured in code, or whose image is no application of the evidence;
        levels of single packages, and levels that are loud outside of production;
        files beside the console, and appenders of other kinds.

    Severity: warning warning note note

    Source:
        Wiggins, The Twelve-Factor App, XI. Logs; Spring Boot, "Structured Logging"; Fluent Bit, "Kubernetes"
        filter, fluentbit.io/parser.
    """
    told = logging.of(workload)
    if told is None or not (told.written or told.levels):
        raise NotApplicable(f"nothing in the evidence tells how {workload.name} logs")
    wrong = [*_levels(told)] if environment.production else []
    for container, written in told.written:
        wrong += _to(container, written)
        wrong += _format(container, written, told)
    yield from wrong
    if not wrong:
        sinks = [(one.how, sink) for _, one in told.written for sink in one.sinks]
        kinds = [f"{sink.format or 'text'} to the {sink.kind}" for _, sink in sinks]
        kinds += [f"{name}={value.value}" for name, value in told.levels]
        yield Proof(
            f"{workload.name} logs {', '.join(dict.fromkeys(kinds))}",
            tuple(Operand(how, sink.format or "text", at=sink.at) for how, sink in sinks)
            + tuple(value.operand(name) for name, value in told.levels),
            at=workload.at,
        )


def _levels(told: LogSettings) -> Iterator[Finding]:
    roots = [("the root logger", one.level) for _, one in told.written if one.level is not None]
    for name, level in (*told.levels, *roots):
        if level is not None and level.value.strip().lower() in LOUD:
            yield Finding(
                f"{told.workload.name} logs from {level.value} on in production ({name})",
                at=level.at,
                fix=f"set {name} to INFO",
                operands=(level.operand(name),),
                key=f"level {name}",
            )


def _to(container: Container, written: Written) -> Iterator[Finding]:
    """Logs that nothing but a file gets."""
    kinds = {sink.kind for sink in written.sinks}
    if kinds == {"file"}:
        sink = written.sinks[0]
        yield Finding(
            f"{container.workload.name} logs to a file only ({written.how}, {sink.name}), not to the console",
            at=sink.at,
            fix="let the root logger write to the console, or have a container beside it ship the file",
            operands=(Operand("appenders to the console", 0, at=sink.at, worse="less"),),
            about=container.subject,
            key="file",
            at_most=None if len(container.workload.containers) == 1 else "note",
        )


def _format(container: Container, written: Written, told: LogSettings) -> Iterator[Finding]:
    console = [sink for sink in written.sinks if sink.kind == "console" and sink.format]
    if not console:
        return
    sink = console[0]
    parser = next((value for name, value in told.parsers if name in ("", container.name)), None)
    reads_json = parser is not None and "json" in parser.value.lower()
    if parser is not None and reads_json != (sink.format == "json"):
        yield Finding(
            f"{container.workload.name} logs {_spelled(sink.format)} ({written.how}), "
            f"and Fluent Bit reads it with parser {parser.value}",
            at=parser.at,
            fix="let it log JSON" if reads_json else "name a parser for JSON in the annotation",
            operands=(parser.operand("parser"), Operand("format", sink.format, at=sink.at)),
            about=container.subject,
            key="parser",
        )
    elif sink.format == "pattern":
        default = written.how.startswith("the default")
        how = written.how if default else f"{written.how}, {sink.name}"
        yield Finding(
            f"{container.workload.name} logs lines without fields ({how})",
            at=sink.at,
            fix="set logging.structured.format.console to ecs (Spring Boot 3.4), or use an encoder for JSON",
            operands=(Operand("format", sink.format, at=sink.at),),
            about=container.subject,
            key="format",
            at_most="note" if default else None,
        )


def _spelled(form: str) -> str:
    return "JSON" if form == "json" else "lines of a pattern"
