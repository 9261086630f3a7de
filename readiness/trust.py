"""Where `--policy` and `--base` point, and whether a change could alter the rules that it is judged by there.

Rules are trusted when they are read from something that a change becomes part of only by being merged: a
remote-tracking ref, a tag, another branch, another repository, a folder elsewhere. A name that only means
what is checked out brings the change's own rules, whatever commit it is.
"""

import os

from readiness.errors import SourceError
from readiness.paths import is_below
from readiness.repository import is_checkout, top_of
from readiness.tree import Tree, open_ref, open_tree, open_work_tree

_FOLDER = "the folder of --policy lies in the evaluated repository: what a change brings there counts"


def policy_tree(source: str, repository: str, room: str = "", stdin: bool = False) -> tuple[Tree, str]:
    """What `--policy` names, and why that is not trusted: "" where a change can't alter it.

    A ref wins over a folder of the evaluated repository that has its name.

    Raises:
        SourceError: there is no such folder, ref or repository.
    """
    evaluated = os.path.realpath(top_of(repository) or repository)
    if os.path.isdir(source) and not stdin and is_below(os.path.realpath(source), evaluated):
        try:
            tree: Tree = open_ref(repository, source, "policy")
        except SourceError:
            return open_work_tree(source, "policy"), _FOLDER
        return tree, checkout_reason("--policy", repository, source)
    tree = open_tree(source, repository, "policy", f"{room}/policy" if room else "")
    if os.path.isdir(source):
        return tree, ""
    place, ref = another_repository(source)
    if not place:
        return tree, checkout_reason("--policy", repository, source)
    folder = place.removeprefix("file://")
    if os.path.isdir(folder) and is_below(os.path.realpath(folder), evaluated):
        return tree, checkout_reason("--policy", folder, ref, f"{ref} of the evaluated repository")
    return tree, ""


def checkout_reason(option: str, repository: str, ref: str, shown: str = "") -> str:
    """Why the rules at a ref of the evaluated repository are not trusted; "" when they are."""
    if not is_checkout(repository, ref):
        return ""
    return (
        f"{option} {shown or ref} names what is checked out, so that a change would bring its own rules; "
        f"name what it is to be merged into, such as {option} origin/main"
    )


def another_repository(source: str) -> tuple[str, str]:
    """The two parts of `repository@ref`; ("", source) for a plain ref such as `main@{1}`."""
    place, _, ref = source.rpartition("@")
    return (place, ref) if place and ref and not ref.startswith("{") else ("", source)
