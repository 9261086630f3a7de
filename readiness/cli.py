"""The command line: arguments in, pipeline called, exit code out. Decides nothing.

Exit codes: 0 pass · 1 the verdict is fail · 2 usage, checklist, waiver or attestation invalid · 3 no
verdict could be reached. JSON and JUnit are written in all four cases.
"""

import os
import sys
from itertools import pairwise
from typing import Annotated

import typer

from readiness.errors import FailureKind, ReadinessError, UsageError

app = typer.Typer(
    name="readiness",
    help="The production-readiness gate: evidence held against evidence, one verdict.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_EXPECTED = {  # by the name of the parameter, for the message about an empty one
    "path": "a folder",
    "policy": "a folder, a git ref or REPOSITORY@REF",
    "base": "a git ref",
    "profile": "a profile such as standard@1",
    "environment": "the name of an environment",
    "as_of": "a day such as 2026-11-24",
    "fail_on": "error, warning or note",
    "records": "a file or postgresql://…",
    "output": "a folder",
}


def _not_empty(context: typer.Context, parameter: typer.CallbackParam, value: str) -> str:
    """The value of a parameter; an empty one that was given is a variable that nobody set, and no wish."""
    name = parameter.name or ""
    source = context.get_parameter_source(name)
    if value.strip() or source is None or source.name != "COMMANDLINE":
        return value
    shown = name.upper() if name == "path" else "--" + name.replace("_", "-")
    raise UsageError(
        f"{shown}: is empty; expected {_EXPECTED[name]}; in a pipeline the variable is probably unset"
    )


PathArgument = Annotated[
    str,
    typer.Argument(
        callback=_not_empty, help="The repository to judge; `-` reads manifests from standard input."
    ),
]
RecordPath = Annotated[
    str,
    typer.Argument(
        callback=_not_empty, help="The repository; the record is written into its folder .readiness."
    ),
]
Policy = Annotated[
    str,
    typer.Option(
        callback=_not_empty,
        metavar="SOURCE",
        help="Where checklist, waivers and baseline come from: a folder, a git ref or REPOSITORY@REF. "
        "A name of what is checked out, such as HEAD, is not trusted.",
    ),
]
Base = Annotated[
    str,
    typer.Option(
        callback=_not_empty, metavar="REF", help="What is old: findings that stand there don't block."
    ),
]
Profile = Annotated[
    str,
    typer.Option(
        callback=_not_empty, metavar="NAME@VERSION", help="A shipped profile instead of a checklist."
    ),
]
EnvironmentOption = Annotated[
    str,
    typer.Option("--environment", "-e", callback=_not_empty, metavar="NAME", help="Judge only this one."),
]
ManifestsOption = Annotated[
    list[str],
    typer.Option(
        "--manifests", metavar="ENV=FILE", help="What the pipeline rendered for an environment; - is stdin."
    ),
]
SourceOption = Annotated[
    list[str],
    typer.Option("--source", metavar="NAME=FOLDER", help="A further tree that evidence comes from."),
]
CheckOption = Annotated[
    list[str], typer.Option("--check", metavar="GLOB", help="Run just these checks; needs no checklist.")
]
AsOf = Annotated[
    str,
    typer.Option(callback=_not_empty, metavar="DATE", help="Judge as of this day (UTC), such as 2026-11-24."),
]
OutputOption = Annotated[
    list[str],
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="brief, github, gitlab, json, junit, markdown, sarif, terminal or warnings-ng; repeatable. The "
        "folder "
        "of FILE has to exist.",
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        callback=_not_empty,
        metavar="SEVERITY",
        help="error, warning or note; only stricter than the checklist.",
    ),
]
RecordsOption = Annotated[
    str,
    typer.Option(
        callback=_not_empty,
        metavar="PLACE",
        help="Where records lie: a file, sqlite:///FILE or postgresql://…; without it what READINESS_RECORD "
        "says, else a file of your own.",
    ),
]


# UsageError of the Click that this version of Typer brings or depends on
_Misused: type[typer.BadParameter] = typer.BadParameter.__bases__[0]


def run() -> None:
    """Runs the command line and ends the process."""
    code: int | None
    try:
        code = app(standalone_mode=False)
    except _Misused as wrong:
        wrong.show()
        code = _without_verdict("usage", wrong.format_message(), told=True)
    except ReadinessError as wrong:
        code = _without_verdict("usage" if wrong.exit_code == 2 else "source", str(wrong))
    except (KeyboardInterrupt, typer.Abort):
        from readiness.commands import INTERRUPTED

        code = _without_verdict("interrupted", INTERRUPTED)
    except BrokenPipeError:
        code = 3
    except Exception as crash:  # the last resort: no traceback
        from readiness.commands import crash_text

        code = _without_verdict("internal", crash_text(crash))
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads any more: the interpreter need not try again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(code or 0)


def _without_verdict(kind: FailureKind, message: str, told: bool = False) -> int:
    """Reports of a gate that did not even start: its `--output` is read by hand."""
    words = sys.argv[1:]
    if "gate" not in words[:1]:
        if not told:
            print(f"readiness: {message}", file=sys.stderr)
        return 2 if kind == "usage" else 3
    from readiness.commands import failed

    outputs = [word.partition("=")[2] for word in words if word.startswith("--output=")]
    outputs += [value for word, value in pairwise(words) if word in ("--output", "-o")]
    return failed(kind, message, outputs)


def _version(wanted: bool) -> None:
    if wanted:
        from readiness import __version__

        print(f"readiness {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The production-readiness gate: evidence held against evidence, one verdict."""


@app.command(epilog="Example: readiness gate . --base origin/main --output junit=readiness.xml")
def gate(
    path: PathArgument = ".",
    policy: Policy = "",
    base: Base = "",
    profile: Profile = "",
    environment: EnvironmentOption = "",
    manifests: ManifestsOption = [],  # noqa: B006 - Typer copies it
    source: SourceOption = [],  # noqa: B006
    check: CheckOption = [],  # noqa: B006
    as_of: AsOf = "",
    output: OutputOption = [],  # noqa: B006
    fail_on: FailOn = "",
    require_trusted: Annotated[
        bool, typer.Option("--require-trusted", help="Exit 2 unless the rules come from a trusted place.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended mechanically, after asking; judge again.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --fix: don't ask.")] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Keep the verdict for `history` and `diff`; so does --records.")
    ] = False,
    records: RecordsOption = "",
    record_untrusted: Annotated[
        bool, typer.Option("--record-untrusted", help="With --record: also by rules of the judged tree.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Every proof and note.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="The decision, and a line for each thing that blocks.")
    ] = False,
) -> None:
    """Judge a service: may it go to production?"""
    from readiness import commands

    arguments = commands.Arguments(
        path, policy, base, profile, environment, tuple(manifests), tuple(source), tuple(check), as_of,
        fail_on, require_trusted,
    )  # fmt: skip
    if yes and not fix:
        raise UsageError("--yes: answers the question of --fix; expected both")
    if quiet and verbose:
        raise UsageError("--quiet: says less, and --verbose more; expected one of them")
    if quiet and not any(one.partition("=")[0] in ("terminal", "brief") for one in output):
        output = [*output, "brief"]
    mending = commands.Mending(fix, yes)
    recording = commands.Recording(record or bool(records), records, record_untrusted)
    raise typer.Exit(commands.gate(arguments, tuple(output), verbose, mending, recording))


@app.command(epilog="Example: readiness explain capacity.plan-survives-zone-loss")
def explain(
    name: Annotated[str, typer.Argument(help="Id of a check or of an item of the checklist.")],
    path: Annotated[
        str, typer.Argument(callback=_not_empty, help="The repository whose checklist is meant.")
    ] = ".",
    origin: Annotated[bool, typer.Option("--origin", help="Which layer says what, by line.")] = False,
    chain: Annotated[
        bool, typer.Option("--chain", help="NAME is an alert: its way from series to person, link by link.")
    ] = False,
    source: SourceOption = [],  # noqa: B006
    policy: Policy = "",
) -> None:
    """What a check looks at, why, and how it is set here; or, with --chain, one alert's way."""
    from readiness import commands

    if chain and origin:
        raise UsageError("--origin: belongs to a check; expected --chain or --origin")
    if chain:
        raise typer.Exit(commands.chain(name, path, policy, tuple(source)))
    raise typer.Exit(commands.explain(name, path, origin, policy))


@app.command(epilog="Example: readiness checks --area capacity")
def checks(
    area: Annotated[str, typer.Option(help="Only this area.")] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="For authors of plug-ins: what a docstring or test is missing.")
    ] = False,
) -> None:
    """List the installed checks."""
    from readiness import commands

    raise typer.Exit(commands.checks(area, strict))


@app.command(epilog="Example: readiness validate readiness.yaml")
def validate(
    path: Annotated[
        str, typer.Argument(callback=_not_empty, help="A checklist, or the repository that has one.")
    ] = ".",
    policy: Policy = "",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a checklist.")] = False,
    as_of: AsOf = "",
) -> None:
    """Check checklist, waivers, baseline and attestations without running anything.

    Names the waivers that do not count: expired, or not approved.

    Given a repository, the evidence that its checklist names has to be there; a file is checked by itself.
    """
    from readiness import commands

    raise typer.Exit(commands.validate(path, policy, schema, as_of))


@app.command(epilog="Example: readiness init . --profile standard@1")
def init(
    path: Annotated[str, typer.Argument(callback=_not_empty, help="The repository.")] = ".",
    profile: Annotated[
        str,
        typer.Option(callback=_not_empty, metavar="NAME@VERSION", help="The profile to start from."),
    ] = "baseline@1",
    gaps: Annotated[
        bool,
        typer.Option(
            "--gaps",
            help="Write what the chain lacks instead: runbooks for alerts that page and have none, burn-rate "
            "rules for objectives that nothing defends, unit tests for alerts that are in none.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written.")] = False,
) -> None:
    """Write a checklist (and a capacity plan to fill in) from what is found; existing files stay."""
    from readiness import commands

    raise typer.Exit(commands.init(path, profile, dry_run, gaps))


@app.command(epilog="Example: readiness report verdict.json --output markdown")
def report(
    file: Annotated[
        str,
        typer.Argument(
            help="A verdict that `gate --output json=FILE` wrote; - is stdin, record:NUMBER is a record."
        ),
    ],
    output: OutputOption = [],  # noqa: B006
    records: RecordsOption = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Every proof and note.")] = False,
) -> None:
    """Render a saved verdict in another format."""
    from readiness import commands

    raise typer.Exit(commands.report(file, tuple(output), verbose, records))


@app.command(epilog="Example: readiness publish verdict.json --to github")
def publish(
    file: Annotated[str, typer.Argument(help="A verdict that `gate --output json=FILE` wrote; - is stdin.")],
    to: Annotated[
        str,
        typer.Option(
            metavar="SERVICE", help="bitbucket-cloud, bitbucket-server, github, github-sarif or gitlab."
        ),
    ],
    url: Annotated[str, typer.Option(help="Address of the service, where it is not the public one.")] = "",
    repository: Annotated[
        str, typer.Option(metavar="OWNER/NAME", help="PROJECT/NAME in Bitbucket, an id or path in GitLab.")
    ] = "",
    commit: Annotated[
        str, typer.Option(metavar="SHA", help="The commit to post at; else the one that was judged.")
    ] = "",
    ref: Annotated[str, typer.Option(help="Of the commit, such as refs/heads/main.")] = "",
    merge_request: Annotated[
        str, typer.Option(metavar="NUMBER", help="GitLab: where one note is kept up to date.")
    ] = "",
    link: Annotated[str, typer.Option(metavar="URL", help="Of the build, for people to follow.")] = "",
    name: Annotated[
        str, typer.Option(help="Of the report; else readiness, the service and the environment.")
    ] = "",
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="For all requests together.")] = 120.0,
) -> None:
    """Post a saved verdict at its commit: report, annotations, status. The verdict itself stays as it is.

    Tokens come from the environment: BITBUCKET_TOKEN (with BITBUCKET_USER for a password), GITHUB_TOKEN,
    GITLAB_TOKEN. In the pipelines of these services the rest is known as well.

    Exit codes: 0 delivered, 2 usage, 3 not delivered, with the reason.
    """
    from readiness import commands
    from readiness.publish.target import Wish

    wish = Wish(url, repository, commit, ref, merge_request, link, name, timeout)
    raise typer.Exit(commands.publish(file, to, wish))


@app.command(epilog="Example: readiness review verdict.json --output review")
def review(
    path: Annotated[
        str,
        typer.Argument(
            callback=_not_empty,
            help="The repository to judge, or a verdict that `gate --output json=FILE` wrote.",
        ),
    ] = ".",
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", callback=_not_empty, metavar="FOLDER", help="Where the review is written."
        ),
    ] = "readiness-review",
    single_file: Annotated[
        bool, typer.Option("--single-file", help="review.html with its style in it, for mail.")
    ] = False,
    policy: Policy = "",
    base: Base = "",
    profile: Profile = "",
    environment: EnvironmentOption = "",
    manifests: ManifestsOption = [],  # noqa: B006
    source: SourceOption = [],  # noqa: B006
    check: CheckOption = [],  # noqa: B006
    as_of: AsOf = "",
    fail_on: FailOn = "",
    require_trusted: Annotated[
        bool, typer.Option("--require-trusted", help="Exit 2 unless the rules come from a trusted place.")
    ] = False,
) -> None:
    """Write the launch review: a page to read and sign, the same as Markdown, and the record."""
    from readiness.commands import Arguments
    from readiness.review import review as write

    arguments = Arguments(
        path, policy, base, profile, environment, tuple(manifests), tuple(source), tuple(check), as_of,
        fail_on, require_trusted,
    )  # fmt: skip
    raise typer.Exit(write(arguments, output, single_file))


@app.command(
    epilog="Example: readiness waive r1:0123456789abcdef0123 --reason 'Traffic is low until March' "
    "--owner jane.doe --until 2027-02-01 --ticket OPS-17"
)
def waive(
    fingerprint: Annotated[str, typer.Argument(help="The finding's fingerprint, as reports print it.")],
    path: RecordPath = ".",
    reason: Annotated[str, typer.Option(help="Why it is accepted; at least twenty characters.")] = "",
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Its last day.")] = "",
    ticket: Annotated[
        str, typer.Option(help="Where the work is planned; not needed for false-positive and not-applicable.")
    ] = "",
    kind: Annotated[
        str, typer.Option(help="accepted-risk, planned, false-positive or not-applicable.")
    ] = "accepted-risk",
    approved_by: Annotated[str, typer.Option(help="Who approves, other than the owner.")] = "",
    policy: Policy = "",
    profile: Profile = "",
    environment: EnvironmentOption = "",
    manifests: ManifestsOption = [],  # noqa: B006
    source: SourceOption = [],  # noqa: B006
    as_of: AsOf = "",
) -> None:
    """Write a waiver of one finding: for a reason, by somebody, until a day.

    A finding has one waiver: a second is refused until the first is over.
    """
    from readiness import acceptance
    from readiness.commands import Arguments

    arguments = Arguments(
        path, policy, profile=profile, environment=environment, manifests=tuple(manifests),
        sources=tuple(source), as_of=as_of,
    )  # fmt: skip
    wanted = acceptance.Waive(fingerprint, reason, owner, until, ticket, kind, approved_by)
    raise typer.Exit(acceptance.waive(arguments, wanted))


@app.command(epilog="Example: readiness baseline . --until 2027-03-31 --ticket OPS-42")
def baseline(
    path: RecordPath = ".",
    until: Annotated[str, typer.Option(metavar="DATE", help="From this day on it blocks again.")] = "",
    ticket: Annotated[str, typer.Option(help="Under which the findings are paid off.")] = "",
    update: Annotated[bool, typer.Option("--update", help="Drop what is fixed; adds nothing.")] = False,
    policy: Policy = "",
    profile: Profile = "",
    environment: EnvironmentOption = "",
    manifests: ManifestsOption = [],  # noqa: B006
    source: SourceOption = [],  # noqa: B006
    as_of: AsOf = "",
) -> None:
    """Accept what an old service has wrong today, until a day; the file only shrinks after that."""
    from readiness import acceptance
    from readiness.commands import Arguments

    arguments = Arguments(
        path, policy, profile=profile, environment=environment, manifests=tuple(manifests),
        sources=tuple(source), as_of=as_of,
    )  # fmt: skip
    raise typer.Exit(acceptance.baseline(arguments, until, ticket, update))


@app.command(epilog="Example: readiness history --service orders --html history/index.html")
def history(
    service: Annotated[str, typer.Option(metavar="NAME", help="Only this service.")] = "",
    environment: Annotated[
        str, typer.Option("--environment", "-e", metavar="NAME", help="Only this one.")
    ] = "",
    check: CheckOption = [],  # noqa: B006
    every: Annotated[int, typer.Option(min=1, max=366, metavar="DAYS", help="Days of a period.")] = 7,
    periods: Annotated[int, typer.Option(min=1, max=53, help="Periods that are shown.")] = 12,
    as_of: AsOf = "",
    html: Annotated[
        str, typer.Option(metavar="FILE", help="Write a page, with its style sheet beside it.")
    ] = "",
    show: Annotated[
        str, typer.Option(metavar="RECORD", help="Print the verdict of a record instead, as JSON.")
    ] = "",
    replay: Annotated[
        str, typer.Option(metavar="FOLDER", help="Take in the records that wait in a spool instead.")
    ] = "",
    records: RecordsOption = "",
) -> None:
    """The trend of recorded verdicts, by service and by check, and the latest records."""
    from readiness.history import commands

    wanted = commands.History(service, environment, tuple(check), every, periods, as_of, html, show, replay)
    raise typer.Exit(commands.history(wanted, records))


@app.command(epilog="Example: readiness diff origin/main HEAD")
def diff(
    before: Annotated[
        str,
        typer.Argument(
            help="A saved verdict, the number of a record (or record:ID), or a git ref (or ref:NAME)."
        ),
    ],
    after: Annotated[str, typer.Argument(help="What it is held against, of the same kinds.")],
    path: PathArgument = ".",
    policy: Policy = "",
    profile: Profile = "",
    environment: EnvironmentOption = "",
    source: SourceOption = [],  # noqa: B006
    as_of: AsOf = "",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    records: RecordsOption = "",
) -> None:
    """What changed between two verdicts: new, worse, fixed and existing findings, proofs, outcomes.

    Refs are judged by the same rules: those of --policy, else those of AFTER, or of the one that is a ref.
    """
    from readiness.commands import Arguments
    from readiness.history import commands

    arguments = Arguments(
        path, policy, profile=profile, environment=environment, sources=tuple(source), as_of=as_of
    )
    raise typer.Exit(commands.diff(before, after, arguments, json, records))
