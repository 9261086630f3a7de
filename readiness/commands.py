"""What each command does once its arguments are read: call the pipeline, write outputs, say the exit code."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from readiness.errors import FailureKind, ReadinessError, SourceError, UsageError
from readiness.outcome import SEVERITIES, Severity
from readiness.paths import no_folder
from readiness.report import canonical, formats
from readiness.wording import plural

STDIN = "-"
INTERRUPTED = "no verdict: interrupted"
REPORTS_OF_FAILURE = ("json", "junit", "markdown")  # written even when no verdict could be reached


class Arguments(NamedTuple):
    """The command line of `gate`, as text."""

    path: str = "."
    policy: str = ""
    base: str = ""
    profile: str = ""
    environment: str = ""
    manifests: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    as_of: str = ""
    fail_on: str = ""
    require_trusted: bool = False


class Output(NamedTuple):
    """One `--output FORMAT[=FILE]`."""

    format: str
    file: str  # "" is standard output


class Mending(NamedTuple):
    """Whether findings are mended between two verdicts, and whether somebody is asked."""

    fix: bool = False
    yes: bool = False


_NO_MENDING = Mending()


def gate(
    arguments: Arguments, outputs: tuple[str, ...], verbose: bool, mending: Mending = _NO_MENDING
) -> int:
    """Judges, and writes every output also when no verdict could be reached."""
    document: Any
    try:
        wanted = _outputs(outputs)  # a misspelt format is told before the work is done
        judgement, failed_writes = _mended(arguments, mending) if mending.fix else (judged(arguments), 0)
        document, code = judgement.document, 3 if failed_writes else int(judgement.exit_code)
    except ReadinessError as wrong:
        kind: FailureKind = "usage" if wrong.exit_code == 2 else "source"
        return failed(kind, _without_folders(str(wrong), arguments.path), outputs)
    except KeyboardInterrupt:
        return failed("interrupted", INTERRUPTED, outputs)
    except Exception as crash:  # the last resort: no traceback, and the reports are written
        return failed("internal", _without_folders(crash_text(crash), arguments.path), outputs)
    return max(code, _written(document, wanted, verbose))


def _mended(arguments: Arguments, mending: Mending) -> tuple[Any, int]:
    """The judgement after what can be mended mechanically is mended, and how many files were not written."""
    from readiness import fix

    fix.refuse(arguments.path, arguments.manifests, mending.yes)
    before = judged(arguments)
    done = fix.apply(before, mending.yes)
    return judged(arguments) if done.written else before, done.failed


def _without_folders(message: str, path: str) -> str:
    """A message without the folders of this machine, which are different on any other."""
    import os

    for folder, word in ((os.path.realpath(path), path), (os.getcwd(), ".")):
        if folder != os.sep:
            message = message.replace(folder + os.sep, "").replace(folder, word)
    return message


def failed(kind: FailureKind, message: str, outputs: Iterable[str]) -> int:
    """Says why there is no verdict, on standard error and in every report that was asked for."""
    print(f"readiness: {message}", file=sys.stderr)
    named = [_output(text) for text in outputs if not text.endswith("=")]
    known = [output for output in named if output.format in REPORTS_OF_FAILURE]
    return max(2 if kind == "usage" else 3, _written(canonical.failure(kind, message), known, False))


def judged(arguments: Arguments) -> Any:
    """The judgement that the pipeline gives.

    Raises:
        ReadinessError: no verdict could be reached.
    """
    import gc

    from readiness.pipeline import judge

    was = gc.isenabled()
    gc.freeze()
    gc.disable()  # parsing makes many objects and no garbage: an eighth of a large run
    try:
        if _needs_room(arguments):
            import tempfile

            with tempfile.TemporaryDirectory(prefix="readiness-") as room:
                return judge(_request(arguments, room))
        return judge(_request(arguments, ""))
    finally:
        if was:
            gc.enable()


def _needs_room(arguments: Arguments) -> bool:
    places = (arguments.policy, *(text.partition("=")[2] for text in arguments.sources))
    return any("@" in place for place in places)


def _request(arguments: Arguments, room: str) -> Any:
    from readiness.pipeline import Request

    manifests: dict[str, bytes] = {}
    names: dict[str, str] = {}
    for name, file in _pairs("--manifests", "ENV=FILE", arguments.manifests):
        manifests[name] = _read(file)
        names[name] = "stdin" if file == STDIN else _shown(file)
    from_stdin = arguments.path == STDIN
    return Request(
        path=arguments.path,
        as_of=day("--as-of", arguments.as_of) if arguments.as_of else datetime.now(UTC).date(),
        policy=arguments.policy,
        base=arguments.base,
        profile=arguments.profile,
        environment=arguments.environment,
        manifests=manifests,
        manifest_names=names,
        stdin=_read(STDIN) if from_stdin else None,
        checks=arguments.checks,
        sources=dict(_pairs("--source", "NAME=FOLDER", arguments.sources)),
        fail_on=_severity(arguments.fail_on),
        require_trusted=arguments.require_trusted,
        room=room,
    )


def _pairs(option: str, form: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise UsageError(f"{option} {text}: expected {form}")
        if name in seen:
            raise UsageError(f"{option} {name}: given twice; expected each name once")
        seen.add(name)
        yield name, value


def _shown(path: str) -> str:
    """A path as reports print it: an absolute one would name the machine."""
    import os

    return os.path.basename(path) if os.path.isabs(path) else path.removeprefix("./")


def _read(file: str) -> bytes:
    try:
        if file == STDIN:
            return sys.stdin.buffer.read()
        with open(file, "rb") as opened:
            return opened.read()
    except OSError as wrong:
        raise UsageError(f"{file}: {wrong.strerror}; expected a readable file") from wrong


def day(option: str, text: str) -> date:
    """The day that an option names.

    Raises:
        UsageError: it is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: expected a day such as 2026-11-24") from None


def _severity(text: str) -> Severity | None:
    if not text:
        return None
    for severity in SEVERITIES:
        if text == severity:
            return severity
    raise UsageError(f"--fail-on {text}: expected error, warning or note")


def _outputs(texts: Sequence[str]) -> list[Output]:
    """What `--output` asks for; the terminal where it asks for nothing.

    Raises:
        UsageError: no such format, or a file without a name.
    """
    for text in texts:
        if text.endswith("="):
            raise UsageError(
                f"--output {text}: names no file; expected FORMAT or FORMAT=FILE; "
                "in a pipeline the variable is probably unset"
            )
        formats.format_of(_output(text).format)
    return [_output(text) for text in texts] or [Output("terminal", "")]


def _output(text: str) -> Output:
    name, _, file = text.partition("=")
    return Output(name, file)


def _written(document: Any, outputs: Sequence[Output], verbose: bool) -> int:
    """Writes every output; one that can't be written hides no other, and makes exit code 3."""
    code = 0
    for output in outputs:
        try:
            _write(document, output, verbose)
        except OSError as wrong:
            place = output.file or "standard output"
            print(f"readiness: {place}: {wrong.strerror}; expected a place to write to", file=sys.stderr)
            code = 3
        except ReadinessError as wrong:
            print(f"readiness: {wrong}", file=sys.stderr)
            code = max(code, wrong.exit_code)
        except Exception as crash:  # a format that crashes hides no other
            print(f"readiness: {crash_text(crash)}", file=sys.stderr)
            code = 3
    return code


def _write(document: Any, output: Output, verbose: bool) -> None:
    if output.format == "terminal":
        from readiness.report import terminal
        from readiness.report.outline import Outline

        outline = Outline.of(document)
        if not output.file:
            terminal.show(outline, sys.stdout, verbose)
            sys.stdout.flush()
            return
        content = terminal.render(outline, verbose)
    else:
        content = formats.render(document, output.format)
    if output.file:
        import os

        from readiness.records import replace_file

        folder = os.path.dirname(output.file)
        if folder and not os.path.isdir(folder):  # a misspelt one is not to appear on the machine
            raise SourceError(f"--output {output.format}={output.file}: {folder}: {no_folder(folder)}")
        replace_file(output.file, content.decode("utf-8"))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def crash_text(crash: BaseException) -> str:
    frames = []
    trace = crash.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        frames.append(f"{frame.f_globals.get('__name__', '?')}:{frame.f_code.co_name}")
        trace = trace.tb_next
    return (
        f"no verdict: {type(crash).__name__}: {crash!s:.500} in {' → '.join(frames[-5:])}; "
        "this is a fault of readiness: please report it"
    )


def report(file: str, outputs: tuple[str, ...], verbose: bool) -> int:
    """Renders a saved verdict; the exit code is that of rendering, not of the verdict."""
    import json

    from readiness.report.outline import Outline

    try:
        document = json.loads(_read(file))
    except (ValueError, RecursionError) as wrong:
        raise UsageError(
            f"{file}: is no JSON: {wrong}; expected what `gate --output json=FILE` writes"
        ) from wrong
    if not isinstance(document, dict) or document.get("schema") != canonical.SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else type(document).__name__
        raise UsageError(f"{file}: its schema is {found!r}; expected {canonical.SCHEMA}")
    wanted = _outputs(outputs)
    try:
        Outline.of(document)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as wrong:
        raise UsageError(
            f"{file}: is no whole verdict ({type(wrong).__name__}: {wrong}); "
            "expected what `gate --output json=FILE` writes"
        ) from wrong
    return _written(document, wanted, verbose)


def checks(area: str, strict: bool) -> int:
    """Lists the known checks; `--strict` reads every signature and docstring and fails on a broken one."""
    from readiness.plugins import known_checks

    known = known_checks()
    if area and area not in known.areas:
        raise UsageError(f"no area is called {area}; there is {', '.join(known.areas)}")
    ids = known.of_area(area) if area else known
    width = max((len(check_id) for check_id in ids), default=0)
    problems: list[str] = []
    for check_id in ids:
        check = known[check_id]
        print(f"{check_id:<{width}}  {check.title}")
        if strict:
            problems += _missing(check)
    for problem in problems:
        print(f"readiness: {problem}", file=sys.stderr)
    return 2 if problems else 0


def _missing(check: Any) -> Iterator[str]:
    """What a check's docstring lacks."""
    if not check.body:
        yield f"{check.id}: its docstring does not say what breaks in production"
    if not check.source:
        yield f"{check.id}: its docstring has no Source section"
    for name in check.settings:
        if name not in check.setting_docs:
            yield f"{check.id}: setting {name} is not described under Settings"
    for name in check.setting_docs:
        if name not in check.settings:
            yield f"{check.id}: Settings describes {name}, which it does not have"


def explain(name: str, path: str, origin: bool, policy: str) -> int:
    """Prints what a check or an item of the checklist is about."""
    from readiness.explain import explained

    for line in explained(name, path, origin, policy):
        print(line)
    return 0


def validate(path: str, policy: str, schema: bool, as_of: str) -> int:
    """Reads every policy file; exit code 2 with all that is wrong."""
    import os

    from readiness.plugins import known_checks

    known = known_checks()
    if schema:
        import json

        from readiness.schema import checklist_schema

        print(json.dumps(checklist_schema(known), indent=2))
        return 0
    from readiness.policy import CHECKLIST, read_policy
    from readiness.tree import open_tree, open_work_tree

    folder = os.path.dirname(path) or "." if path.endswith((".yaml", ".yml")) else path
    if path != folder and os.path.basename(path) != CHECKLIST:
        return _validate_file(path, known)
    tree = open_tree(policy, folder, "policy") if policy else open_work_tree(folder)
    if not tree.exists(CHECKLIST):
        raise UsageError(f"{folder}: no {CHECKLIST} found; `readiness init` writes one")
    today = day("--as-of", as_of) if as_of else datetime.now(UTC).date()
    found = read_policy(tree, known, label=folder, trusted=bool(policy))
    if path == folder and _named_in_vain(found.checklist, tree, open_work_tree(folder)):
        return 2
    layers = ", ".join(layer.ref for layer in found.checklist.layers)
    print(
        f"{CHECKLIST} is valid: {plural(len(found.checklist.items), 'item')} from {layers}; "
        f"{plural(len(found.waivers), 'waiver')}, {plural(len(found.attestations), 'attestation')}, "
        f"{plural(len(found.baseline.findings) if found.baseline else 0, 'finding')} in the baseline"
    )
    for line in _not_yet(found, today):
        print(f"  {line}")
    return 0


def _not_yet(found: Any, today: date) -> Iterator[str]:
    """What is valid and does not count: placeholders, and waivers that are expired or not approved."""
    from readiness.waivers import invalid

    for place in found.checklist.placeholders:
        field = ".".join(map(str, place.keys))
        yield f"{place.file}: {field} is still TODO; the gate fails until it is filled in"
    for waiver in found.waivers:
        problem = invalid(waiver, found.checklist.decision, today)
        if problem is not None:
            yield f"{waiver.origin.file}: {problem.message}; it covers nothing"


def _named_in_vain(checklist: Any, policy: Any, repository: Any) -> bool:
    """Whether evidence that a checklist names is not in its repository; each is told with its line."""
    from readiness.evidence.context import Sources
    from readiness.evidence.documents import Documents
    from readiness.missing import missing
    from readiness.place import Places

    documents = Documents.collect(Sources({"repository": repository}))
    places = Places({policy.name: policy})
    told = []
    for one in missing(checklist, documents, [one.name for one in checklist.environments]):
        place = places.of(one.at) if one.at is not None else None
        where = f"{place.file}:{place.line}: " if place is not None and place.line else ""
        told.append(f"{where}{one.text}; {one.fix}")
    for line in told:
        print(f"readiness: {line}", file=sys.stderr)
    return bool(told)


def _validate_file(path: str, known: Any) -> int:
    """One checklist file by itself, such as a layer of an organisation."""
    from readiness.checklist import parse

    found = parse(_read(path), _shown(path), known)
    print(f"{path} is valid: {plural(len(found.items), 'item')}; its layers were not read")
    return 0


def init(path: str, profile: str, dry_run: bool) -> int:
    """Writes what is missing of checklist, capacity plan and folders."""
    import os

    from readiness.init import new_files

    for file in new_files(path, profile):
        target = os.path.join(path, file.path)
        if os.path.lexists(target):
            print(f"{file.path} is there already: left as it is")
            continue
        if dry_run:
            print(f"--- {file.path}\n{file.text}")
            continue
        from readiness.records import replace_file

        replace_file(target, file.text)
        print(f"wrote {file.path}: {file.about}")
    return 0
