"""Names that a page has, held against those that are there."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def nearest(name: str, known: Iterable[str], alike: float = 0.75) -> str:
    """The known name that is most like another one; empty where none is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=alike)), "")


def is_external(name: str, external: Iterable[str]) -> bool:
    """Whether a setting says that a name comes from elsewhere."""
    return bool(name) and any(fnmatchcase(name, glob) for glob in external)
