"""What a git repository says about commits, through the `git` program: refs, merge bases, what to fetch."""

import os
import re

from readiness.errors import SourceError
from readiness.program import Completed, Started, git, is_bare


def head_commit(repository: str, ref: str = "HEAD") -> str:
    """The full name of the commit that `ref` means.

    Raises:
        SourceError: no repository, no git program, or no such ref; it says what to fetch.
    """
    if ref.startswith("-") or not ref or "\0" in ref:
        raise SourceError(f"{ref!r}: no name of a ref")
    done = git(repository, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    found = done.out.decode("ascii", "replace").strip()
    if not done.code and found:
        return found
    if done.err.strip() and (b"not a git repository" in done.err or b"unsafe" in done.err):
        raise SourceError(f"{repository}: no git repository, so it has no ref {ref!r}")
    if ref == "HEAD":
        raise SourceError(f"{repository}: no commit yet; commit once, or leave the ref out")
    raise SourceError(f"ref {ref!r} is not in this clone; run: {fetch_line(repository, ref)}")


def is_checkout(repository: str, ref: str) -> bool:
    """Whether a ref that exists only names what is checked out.

    That is HEAD, the branch that HEAD is on, HEAD's own commit by its number, and what is counted from
    one of these. Other refs that stand at the same commit, a tag or `origin/main`, name something else.

    Source:
        gitrevisions(7): `@` alone and an empty name before `@{` or `^` mean HEAD.
    """
    base = re.split(r"[~^:]|@\{", ref, maxsplit=1)[0]
    if base in ("", "@", "HEAD"):
        return True
    full = _one_line(git(repository, "rev-parse", "--symbolic-full-name", base))
    if full.startswith("refs/"):
        return full == _one_line(git(repository, "symbolic-ref", "--quiet", "HEAD"))
    return head_commit(repository, base) == head_commit(repository)


def _one_line(done: Completed) -> str:
    return "" if done.code else done.out.decode("utf-8", "surrogateescape").strip()


def merge_base(repository: str, head_ref: str, ref: str) -> str | None:
    """The commit that both branched off from; None when this clone holds none.

    Raises:
        SourceError: one of the refs isn't known.
    """
    head, base = head_commit(repository, head_ref), head_commit(repository, ref)
    done = git(repository, "merge-base", head, base)
    if done.code == 1:
        return None
    if done.code:
        raise SourceError(f"{repository}: git finds no merge base of {head_ref} and {ref}: {git_says(done)}")
    return done.out.decode("ascii", "replace").split()[0]


def fetch_line(repository: str, ref: str) -> str:
    """The command that brings `ref`, and the history a merge base needs, into this clone."""
    deeper = "--unshallow " if is_shallow(repository) else ""
    if re.fullmatch(r"[0-9a-f]{7,64}", ref):
        return f"git fetch {deeper}origin {ref}"
    remote, _, branch = ref.removeprefix("refs/remotes/").partition("/")
    if not branch or remote not in git(repository, "remote").out.decode("utf-8", "replace").split():
        remote, branch = "origin", ref.removeprefix("refs/heads/")
    return f"git fetch {deeper}{remote} +refs/heads/{branch}:refs/remotes/{remote}/{branch}"


def top_of(folder: str) -> str:
    """The nearest folder upwards that has a `.git` folder or file; "" when there is none."""
    folder = os.path.realpath(folder)
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def filters_off(top: str) -> tuple[str, ...]:
    """Arguments that switch off every content filter the repository's configuration names.

    `git status` would run them on changed files. Almost no repository has any: git is only asked when
    the configuration could hold one.
    """
    try:
        with open(os.path.join(top, ".git", "config"), "rb") as file:
            text = file.read(1 << 20).lower()
        if b"filter" not in text and b"include" not in text and b"worktreeconfig" not in text:
            return ()
    except OSError:
        pass  # a linked work tree: its configuration is elsewhere
    done = Started(top, "config", "-z", "--name-only", "--get-regexp", r"^filter\.").result()
    off: list[str] = []
    for key in dict.fromkeys(done.out.decode("utf-8", "surrogateescape").split("\0")):
        if key.endswith((".clean", ".smudge", ".process")) and "=" not in key:
            off += ["-c", f"{key}="]
        elif key.endswith(".required") and "=" not in key:
            off += ["-c", f"{key}=false"]
    return tuple(off)


def prefix_of(root: str) -> str:
    top = top_of(root)
    if not top:
        if is_bare(root):
            return ""
        raise SourceError(f"{root}: no git repository; name a folder of one, or leave out the ref")
    below = os.path.relpath(os.path.realpath(root), top)
    return "" if below == "." else below


def is_shallow(repository: str) -> bool:
    return git(repository, "rev-parse", "--is-shallow-repository").out.strip() == b"true"


def is_address(text: str) -> bool:
    return bool(re.match(r"(?:https|ssh|file)://|[\w.-]+@[\w.-]+:", text))


def without_secret(text: str) -> str:
    return re.sub(r"(://)[^/@\s]+@", r"\1", text)


def git_says(done: Completed) -> str:
    text = done.err.decode("utf-8", "replace").strip()
    return text.splitlines()[-1] if text else f"exit code {done.code}"
