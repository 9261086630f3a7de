"""What `readiness gate --fix` does between two verdicts: shows the changes, asks, and writes them.

All of it is said on standard error, so that standard output has nothing but the report.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from readiness import records
from readiness.errors import ReadinessError, SourceError, UsageError
from readiness.gate import Judged, Verdict
from readiness.outcome import SEVERITIES, Finding
from readiness.patch import REPOSITORY, FileFix, Fixes, Left, fixes
from readiness.pipeline import Judgement
from readiness.program import git
from readiness.repository import filters_off, top_of
from readiness.tree import WorkTree
from readiness.wording import plural

STDIN = "-"
REASONS_SHOWN = 10


class Applied(NamedTuple):
    """What became of the files."""

    written: int
    failed: int


def refuse(path: str, manifests: Sequence[str], yes: bool) -> None:
    """Raises UsageError where nothing can be mended, or nobody can be asked."""
    if path == STDIN:
        raise UsageError("--fix: standard input can't be mended; name the folder that holds the files")
    if any(text.endswith(f"={STDIN}") for text in manifests):
        raise UsageError("--fix: judges twice, and standard input can be read once; give --manifests a file")
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "--fix: asks before it writes, and there is no terminal to ask on; add --yes in scripts"
        )


def apply(judgement: Judgement, yes: bool) -> Applied:
    """Mends what counts against the service, as far as it can be done mechanically."""
    tree = judgement.trees[REPOSITORY]
    assert isinstance(tree, WorkTree)
    found = fixes(judgement.trees, counting(judgement.verdict))
    for line in _not_fixed(found):
        _say(line)
    if not found.files:
        _say("nothing to fix: no finding that counts can be mended mechanically")
        return Applied(0, 0)
    _show(found.files, _uncommitted(tree, [one.path for one in found.files]))
    if not yes and not _agreed(len(found.files)):
        _say("nothing was written")
        return Applied(0, 0)
    failed = sum(not _written(tree, one) for one in found.files)
    mended = len(found.files) - failed
    _say(f"wrote {plural(mended, 'file')}; judging again")
    return Applied(mended, failed)


def counting(verdict: Verdict) -> Iterator[Finding]:
    """The findings that block or warn and that nobody excused, those that block first."""
    held = [one for outcome in verdict.outcomes for one in outcome.findings if _counts(one)]
    held.sort(key=lambda one: (not one.blocking, SEVERITIES.index(one.severity)))
    return (one.finding for one in held)


def _counts(one: Judged) -> bool:
    wrong = one.status == "fail" and one.state not in ("fixed", "vanished") and not one.excuse
    return wrong and (one.blocking or one.severity != "note")


def _say(text: str) -> None:
    from readiness.report.redaction import visible

    print(f"readiness: {visible(text)}", file=sys.stderr)


def _not_fixed(found: Fixes) -> Iterator[str]:
    """Why findings that have a fix are left, those of one file and reason together."""
    alike: dict[tuple[str, str], list[Left]] = {}
    for one in found.left:
        alike.setdefault((one.at.file, one.why), []).append(one)
    for (file, why), group in list(alike.items())[:REASONS_SHOWN]:
        yield f"not fixed: {file}: {why} ({plural(len(group), 'finding')})"
    if len(alike) > REASONS_SHOWN:
        yield f"not fixed: {len(alike) - REASONS_SHOWN} more places"


def _show(files: Sequence[FileFix], uncommitted: frozenset[str]) -> None:
    from readiness.report.redaction import redact, visible

    for one in files:
        print(visible(redact(one.diff), lines=True), file=sys.stderr, end="")
    for one in files:
        changed = "; it has uncommitted changes" if one.path in uncommitted else ""
        _say(f"{one.path}: {plural(one.findings, 'finding')}{changed}")


def _agreed(number: int) -> bool:
    print(f"Apply to {plural(number, 'file')}? [y/N] ", file=sys.stderr, end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _written(tree: WorkTree, one: FileFix) -> bool:
    """Whether the file has its new text now; one that changed meanwhile or can't be written is told."""
    try:
        target = os.path.join(os.path.realpath(tree.root), *one.path.split("/"))
        if tree.read(one.path) != one.old or os.path.realpath(target) != target:
            raise SourceError(f"{one.path}: was changed meanwhile, and is left as it is")
        records.replace_file(target, one.new.decode("utf-8"))
    except ReadinessError as wrong:
        _say(f"not written: {str(wrong).replace(os.path.realpath(tree.root) + os.sep, '')}")
        return False
    return True


def _uncommitted(tree: WorkTree, paths: Sequence[str]) -> frozenset[str]:
    """Those of the files that differ from the commit; none without git."""
    if not tree.has_git:
        return frozenset()
    top = top_of(tree.root)
    done = git(
        tree.root, *filters_off(top), "status", "--porcelain", "-z", "--untracked-files=all", "--", "."
    )
    prefix = os.path.relpath(os.path.realpath(tree.root), os.path.realpath(top)).replace(os.sep, "/")
    start = "" if prefix == "." else f"{prefix}/"
    changed = {line[3:] for line in done.out.decode("utf-8", "surrogateescape").split("\0")}
    return frozenset(path for path in paths if start + path in changed)
