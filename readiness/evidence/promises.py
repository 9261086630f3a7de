"""Alerts and runbooks that a sentence says are new: `add alert OrdersDown`, `write runbooks/OrdersDown.md`.

Only names that can be nothing else are taken: words in CamelCase right beside the word alert or runbook, and
paths of Markdown files. Ignored on purpose: sentences that remove, rename or tune; names in other spellings.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from readiness.evidence.page_rows import plain

_NAME = r"([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)"
_NEW = re.compile(r"(?i)\b(?:add(?:ed)?|creat(?:e|ed)|writ(?:e|ten)|wrote|introduced?|new|defined?|set up)\b")
_OTHER = re.compile(
    r"(?i)\b(?:remov|delet|renam|silenc|drop|retir|disabl|instead of|replac)"
    r"|\bto (?:the |our )?(?:existing )?(?:alert|runbook)\b"
)
_ALERT = re.compile(
    rf"\b[Aa]lerts?(?:ing)?(?: [Rr]ules?)?(?: called| named)?[:,]? {_NAME}\b|\b{_NAME} alert\b"
    rf"|\b[Aa]lert\b[^.;()]{{0,80}}\({_NAME}\)"
)
_PAGE = re.compile(
    rf"\b[Rr]unbooks?(?: page)?(?: for| called| named)?:? (?:the )?{_NAME}\b|\b{_NAME} runbook\b"
)
_PATH = re.compile(r"(?<![\w./:-])((?:[\w.-]+/){0,8}[\w.-]+\.md)\b")
_LINKED = re.compile(r"\[([^\]]{0,300})\]\(([^)\s]{0,500})[^)]{0,200}\)")


class Promise(NamedTuple):
    """One alert or runbook that a text says is new."""

    kind: Literal["alert", "runbook"]
    name: str  # of an alert, or of a page without folder and suffix


def promises_of(text: str) -> tuple[Promise, ...]:
    return tuple(dict.fromkeys(_promises(plain(text))))


def _promises(text: str) -> Iterator[Promise]:
    if not _NEW.search(text) or _OTHER.search(text):
        return
    spoken = _LINKED.sub(r"\1", text)
    for found in _ALERT.finditer(spoken):
        yield Promise("alert", found[1] or found[2] or found[3])
    if re.search(r"(?i)\brunbook|\bplaybook", text):
        for found in _PAGE.finditer(spoken):
            yield Promise("runbook", found[1] or found[2])
        relative = _LINKED.sub(lambda link: link[1] if "//" in link[2] else f"{link[1]} {link[2]}", text)
        for found in _PATH.finditer(relative):
            yield Promise("runbook", found[1].rpartition("/")[2].removesuffix(".md"))
