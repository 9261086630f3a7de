"""Where the rules come from: checklist, waivers, baseline and attestations of a trusted place.

`--policy` names it; `--base` alone takes the tip of that ref; with neither the evaluated tree itself
is believed, and the verdict says so. What the evaluated tree brings of these files besides is listed
as ignored, line by line.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from readiness.attestations import Attestation, read_attestations
from readiness.baseline import Baseline, read_baseline
from readiness.checklist import Checklist
from readiness.errors import ChecklistError, ReadinessError, UsageError
from readiness.gate import Ignored
from readiness.layers import load
from readiness.outcome import Location
from readiness.signature import Check
from readiness.tree import Tree
from readiness.waivers import Waiver, read_waivers

CHECKLIST = "readiness.yaml"
WAIVERS = ".readiness/waivers.yaml"
BASELINE = ".readiness/baseline.yaml"
ATTESTATIONS = ".readiness/attestations/"
DEFAULT_PROFILE = "baseline@1"
MOST_IGNORED = 50  # lines that are listed of one file

# Requests to other linters not to look; the issue tracker of each documents its own spelling.
_SUPPRESSION = (  # a text, as patterns are that most runs need not compile
    r"ignore-check\.kube-linter\.io/|kube-linter\.io/ignore-all|kube-score/(?:ignore|skip)|readiness/ignore|"
    r"polaris\.fairwinds\.com/[\w-]*exempt|(?:checkov|bridgecrew)\.io/skip|(?:checkov|bridgecrew):skip|"
    r"# pint (?:disable|snooze|ignore)"
)


class Policy(NamedTuple):
    """All that a verdict is judged by, and where it is from."""

    checklist: Checklist
    waivers: tuple[Waiver, ...]
    baseline: Baseline | None
    attestations: tuple[Attestation, ...]
    label: str
    digest: str
    trusted: bool
    tree: Tree | None
    notices: tuple[str, ...] = ()


def read_policy(
    tree: Tree,
    known: Mapping[str, Check],
    *,
    label: str,
    trusted: bool,
    profile: str = "",
    must_exist: bool = False,
    bare: bool = False,
) -> Policy:
    """The rules that a tree holds.

    Args:
        tree: where to read.
        profile: the profile to use where there is no checklist.
        bare: take no profile where there is no checklist: the command line names the checks.
        must_exist: whether a missing checklist is an error (an explicit `--policy`).

    Raises:
        ChecklistError: one of the files is invalid.
        UsageError: there is no checklist and there has to be one.
    """
    notices: list[str] = []
    parts: list[bytes] = []
    if not profile and _is_there(tree, CHECKLIST):
        checklist = load(CHECKLIST, _Reader(tree), known)
    elif bare and not profile:
        checklist = Checklist()
    else:
        if must_exist and not profile:
            raise UsageError(
                f"{label} has no {CHECKLIST}; expected the checklist there; add it, or name a --profile"
            )
        name = profile or DEFAULT_PROFILE
        checklist = load(f"profile:{name}", _Reader(tree), known)
        if not profile:
            notices.append(
                f"no {CHECKLIST} found: judged by the profile {name}; `readiness init` writes a checklist"
            )
    parts.extend(layer.digest.encode() for layer in checklist.layers)
    waivers: tuple[Waiver, ...] = ()
    baseline = None
    for path in (WAIVERS, BASELINE):
        if _is_there(tree, path):
            text = tree.read(path)
            parts.append(text)
            if path == WAIVERS:
                waivers = read_waivers(text, path, tree.name)
            else:
                baseline = read_baseline(text, path, tree.name)
    stated = {path: tree.read(path) for path in tree.files() if _is_attestation(path)}
    parts.extend(stated[path] for path in sorted(stated))
    digest = "sha256:" + hashlib.sha256(b"\0".join(parts)).hexdigest()
    return Policy(
        checklist, waivers, baseline, read_attestations(stated, tree.name),
        label, digest, trusted, tree, tuple(notices),
    )  # fmt: skip


def _is_there(tree: Tree, path: str) -> bool:
    """Whether a tree has a file, also one that can't be read: a link to nowhere is no missing checklist."""
    return tree.exists(path) or path in tree.files()


def ignored_changes(head: Tree, trusted: Tree) -> Iterator[Ignored]:
    """What the evaluated tree says in policy files that the trusted place does not: shown, not followed."""
    paths = {path for tree in (head, trusted) for path in tree.files() if is_policy_file(path)}
    for path in sorted(paths):
        yield from _changed_lines(head, trusted, path, "does not count before it is merged")


def ignored_suppressions(head: Tree, base: Tree, paths: Iterator[str]) -> Iterator[Ignored]:
    """Requests to other linters that a change adds: under a base a new one has no force."""
    for path in paths:
        yield from _changed_lines(head, base, path, "a new suppression has no force", _SUPPRESSION)


def is_policy_file(path: str) -> bool:
    return path in (CHECKLIST, WAIVERS, BASELINE) or _is_attestation(path)


def _is_attestation(path: str) -> bool:
    return path.startswith(ATTESTATIONS) and path.endswith((".yaml", ".yml"))


def _changed_lines(head: Tree, other: Tree, path: str, why: str, wanted: str = "") -> Iterator[Ignored]:
    now, before = _lines(head, path), _lines(other, path)
    if now == before:
        return
    from difflib import SequenceMatcher

    at = Location(head.name, path)
    listed = 0
    for tag, start, end, from_, to in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if tag in ("insert", "replace"):
            for number in range(from_, to):
                if now[number].strip() and (not wanted or re.search(wanted, now[number])):
                    listed += 1
                    if listed <= MOST_IGNORED:
                        yield Ignored(f"{now[number].strip()} ({why})", at._replace(line=number + 1))
        elif tag == "delete" and not wanted:
            gone = [line.strip() for line in before[start:end] if line.strip()]
            for line in gone[:MOST_IGNORED]:
                yield Ignored(f"removes: {line} ({why})", at._replace(line=from_ + 1 if now else None))
    if listed > MOST_IGNORED:
        yield Ignored(f"{listed - MOST_IGNORED} more changed lines ({why})", at)


def _lines(tree: Tree, path: str) -> list[str]:
    try:
        return tree.read(path).decode("utf-8", "replace").splitlines() if tree.exists(path) else []
    except ReadinessError:
        return []


class _Reader:
    """Reads layers: paths and `policy:` names from a tree, `package:` names from a distribution."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def __call__(self, ref: str) -> bytes:
        kind, _, name = ref.rpartition(":")
        if kind == "package":
            return _of_package(name)
        return self.tree.read(name)


def _of_package(name: str) -> bytes:
    """A checklist that an installed distribution ships, such as `acme-readiness/org.yaml`.

    Raises:
        ChecklistError: the distribution is not installed, or has no such file.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    dist, _, path = name.partition("/")
    try:
        files = distribution(dist).files or []
    except PackageNotFoundError:
        raise ChecklistError(
            f"package:{name}: {dist} is not installed; install it beside readiness"
        ) from None
    for file in files:
        if str(file) == path or str(file).endswith("/" + path):
            with open(str(file.locate()), "rb") as opened:
                return opened.read()
    raise ChecklistError(f"package:{name}: {dist} ships no {path}")
