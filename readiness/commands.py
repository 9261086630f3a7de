"""What each command does once its arguments are read: call the pipeline, write outputs, say the exit code."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from readiness.errors import FailureKind, ReadinessError, SourceError, UsageError
from readiness.outcome import SEVERITIES, Severity
from readiness.paths import no_folder
from readiness.progress import Progress
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


class Recording(NamedTuple):
    """Whether the verdict is recorded, where, and also when its rules are of the judged tree."""

    wanted: bool = False
    records: str = ""
    untrusted: bool = False


_NO_RECORDING = Recording()


def gate(
    arguments: Arguments,
    outputs: tuple[str, ...],
    verbose: bool,
    mending: Mending = _NO_MENDING,
    recording: Recording = _NO_RECORDING,
) -> int:
    """Judges, and writes every output also when no verdict could be reached."""
    with much_memory():
        return _gated(arguments, outputs, verbose, mending, recording)


def _gated(
    arguments: Arguments, outputs: tuple[str, ...], verbose: bool, mending: Mending, recording: Recording
) -> int:
    try:
        wanted = _outputs(outputs)  # a misspelt format is told before the work is done
        place = _place(arguments, recording)
        if mending.fix:
            report, code = _mended(arguments, mending)
        else:
            report, code = _report(arguments, wanted, verbose)
        report.folder = _absolute(arguments.path)
    except ReadinessError as wrong:
        kind: FailureKind = "usage" if wrong.exit_code == 2 else "source"
        return failed(kind, without_folders(str(wrong), arguments.path), outputs)
    except KeyboardInterrupt:
        return failed("interrupted", INTERRUPTED, outputs)
    except Exception as crash:  # the last resort: no traceback, and the reports are written
        return failed("internal", without_folders(crash_text(crash), arguments.path), outputs)
    code = max(code, _written(report, wanted, verbose))
    if place is not None:
        file = next((output.file for output in wanted if output.file), "")
        for line in _recorded(report, place, file, recording.untrusted):
            print(f"readiness: {line}", file=sys.stderr)
    return code


def _place(arguments: Arguments, recording: Recording) -> Any:
    """Where the verdict is to be recorded, if it is.

    Raises:
        UsageError: nothing can be recorded there, or not of this run.
    """
    if not recording.wanted:
        if recording.untrusted:
            raise UsageError("--record-untrusted: says what --record may do; expected both")
        return None
    if arguments.checks:
        raise UsageError("--record: --check runs a part of the checklist; expected a whole verdict to record")
    from readiness.history.place import place_of

    return place_of(recording.records)


def _recorded(report: "Report", place: Any, file: str, untrusted: bool) -> Iterator[str]:
    """What became of recording a verdict. Its reports are written: nothing here may take it back."""
    from readiness.history import recorder

    moment = datetime.now(UTC)
    try:
        yield from recorder.recorded(report.document, place, moment, file, untrusted)
    except (Exception, KeyboardInterrupt) as crash:
        why = f"{type(crash).__name__}: {crash!s:.500}".removesuffix(": ")
        yield recorder.keep(report.document, place, moment, file, why)


def _absolute(path: str) -> str:
    import os

    return os.path.abspath(path) if path != STDIN else ""


class Report:
    """A verdict in the formats that are asked for: rendered once, or remembered from a run like this one."""

    folder = ""  # of the repository that was judged: links of a terminal lead there

    def __init__(
        self, document: Any, texts: Mapping[str, str] | None = None, made_from: object = None
    ) -> None:
        self._document = document
        self.texts = dict(texts or {})
        self.made_from = made_from  # kept: to take a large evaluation apart would take a while

    @property
    def document(self) -> Any:
        if self._document is None:
            import json

            self._document = json.loads(self.texts["json"])
        return self._document

    def text(self, format_: str, verbose: bool) -> str:
        """The report as a file has it."""
        if format_ not in self.texts:
            if format_ == "terminal":
                from readiness.report import terminal
                from readiness.report.outline import Outline

                self.texts[format_] = terminal.render(Outline.of(self.document), verbose).decode("utf-8")
            else:
                self.texts[format_] = formats.render(self.document, format_).decode("utf-8")
        return self.texts[format_]


def _report(arguments: Arguments, wanted: Sequence[Output], verbose: bool) -> tuple[Report, int]:
    """The report and its exit code: a remembered one where nothing has changed since."""
    from readiness import cache, pipeline

    with _room(arguments) as room:
        request = _request(arguments, room)
        trees = pipeline.sources_of(request)
        formats_ = sorted({output.format for output in wanted})
        asked = (*request._replace(room=""), formats_, verbose) if not room else ()
        key = cache.key_of(trees, asked) if asked and request.stdin is None else ""
        if key and (found := cache.read(key, trees)) is not None:
            return Report(None, found.texts), found.code
        progress = Progress(sys.stderr)
        try:
            judgement = pipeline.judge(request, trees, progress.told)
        finally:
            progress.clear()
        report = Report(judgement.document, made_from=judgement)
        code = int(judgement.exit_code)
        if key:
            texts = {name: report.text(name, verbose) for name in {"json", *formats_}}
            cache.keep(key, cache.Remembered(code, texts), trees)
        return report, code


def _mended(arguments: Arguments, mending: Mending) -> tuple[Report, int]:
    """The report after what can be mended mechanically is mended, and its exit code; none is remembered."""
    from readiness import fix

    fix.refuse(arguments.path, arguments.manifests, mending.yes)
    judgement = judged(arguments)
    done = fix.apply(judgement, mending.yes)
    if done.written:
        judgement = judged(arguments)
    return Report(judgement.document), 3 if done.failed else int(judgement.exit_code)


def without_folders(message: str, path: str) -> str:
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
    return max(2 if kind == "usage" else 3, _written(Report(canonical.failure(kind, message)), known, False))


def judged(arguments: Arguments) -> Any:
    """The judgement that the pipeline gives.

    Raises:
        ReadinessError: no verdict could be reached.
    """
    from readiness.pipeline import judge

    with much_memory(), _room(arguments) as room:
        return judge(_request(arguments, room))


@contextmanager
def asked(arguments: Arguments) -> Iterator[Any]:
    """The request that a command line makes, with a folder for what has to be fetched."""
    with _room(arguments) as room:
        yield _request(arguments, room)


@contextmanager
def much_memory() -> Iterator[None]:
    """Without a search for garbage: parsing makes many objects and no garbage. An eighth of a large run."""
    import gc

    was = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _room(arguments: Arguments) -> Iterator[str]:
    """A folder for what has to be fetched, where something has."""
    if not _needs_room(arguments):
        yield ""
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="readiness-") as room:
        yield room


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


def _written(report: Report, outputs: Sequence[Output], verbose: bool) -> int:
    """Writes every output; one that can't be written hides no other, and makes exit code 3."""
    code = 0
    for output in outputs:
        try:
            _write(report, output, verbose)
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


def _write(report: Report, output: Output, verbose: bool) -> None:
    if output.format == "terminal" and not output.file:
        from readiness.report import terminal
        from readiness.report.outline import Outline

        if sys.stdout.isatty():
            terminal.show(Outline.of(report.document), sys.stdout, verbose, report.folder)
        else:
            terminal.put(report.text(output.format, verbose), sys.stdout)
        sys.stdout.flush()
        return
    content = report.text(output.format, verbose)
    if output.file:
        import os

        from readiness.records import replace_file

        folder = os.path.dirname(output.file)
        if folder and not os.path.isdir(folder):  # a misspelt one is not to appear on the machine
            raise SourceError(f"--output {output.format}={output.file}: {folder}: {no_folder(folder)}")
        replace_file(output.file, content)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content.encode("utf-8"))
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


def report(file: str, outputs: tuple[str, ...], verbose: bool, records: str = "") -> int:
    """Renders a saved verdict; the exit code is that of rendering, not of the verdict."""
    document = saved(file, records)
    return _written(Report(document), _outputs(outputs), verbose)


def publish(file: str, to: str, wish: Any) -> int:
    """Posts a saved verdict to a service; the exit code is that of posting, not of the verdict."""
    from readiness.publish.deliver import deliver

    print(deliver(saved(file), to, wish))
    return 0


def saved(file: str, records: str = "") -> Any:
    """The canonical document in a file, or of a record that is named `record:NUMBER`.

    Raises:
        UsageError: it holds no whole verdict.
        SourceError: there is no such record.
    """
    import json

    from readiness.report.outline import Outline

    try:
        if file.startswith("record:"):
            from readiness.history.commands import document_of

            document = document_of(file.removeprefix("record:"), records)
        else:
            document = json.loads(_read(file))
    except (ValueError, RecursionError) as wrong:
        raise UsageError(
            f"{file}: is no JSON: {wrong}; expected what `gate --output json=FILE` writes"
        ) from wrong
    if not isinstance(document, dict) or document.get("schema") != canonical.SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else type(document).__name__
        raise UsageError(f"{file}: its schema is {found!r}; expected {canonical.SCHEMA}")
    try:
        Outline.of(document)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as wrong:
        raise UsageError(
            f"{file}: is no whole verdict ({type(wrong).__name__}: {wrong}); "
            "expected what `gate --output json=FILE` writes"
        ) from wrong
    return document


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


def chain(alert: str, path: str, policy: str, sources: tuple[str, ...]) -> int:
    """Prints one alert's way from the series that it reads to the person who is told."""
    from readiness.chain import chained
    from readiness.tree import open_tree

    given = dict(_pairs("--source", "NAME=FOLDER", sources))
    tree = open_tree(policy, path, "policy") if policy else None
    for line in chained(alert, path, tree, given):
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


def init(path: str, profile: str, dry_run: bool, gaps: bool = False) -> int:
    """Writes what is missing of checklist and capacity plan, or what the chain of alerts lacks."""
    import os

    from readiness.init import new_files

    found: Iterable[Any] = new_files(path, profile)
    if gaps:
        from readiness.init_gaps import gap_files

        found = tuple(gap_files(path)) or (
            "no gap: alerts that page have runbooks and tests, objectives have alerts",
        )
    for file in found:
        if isinstance(file, str):
            print(file)
            continue
        target = os.path.join(path, file.path)
        if os.path.lexists(target):
            print(f"{file.path} is there already: left as it is")
            continue
        if dry_run:
            print(f"--- {file.path}\n{file.text}")
            continue
        from readiness.records import replace_file

        os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
        replace_file(target, file.text)
        print(f"wrote {file.path}: {file.about}")
    return 0
