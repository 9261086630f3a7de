"""Secrets and unprintable characters are kept out of reports: evidence is text that strangers wrote.

`safe` cleans a whole canonical document and is applied before any format sees it, JSON included.
`visible` is for formats that people read: control and direction characters become their escapes, so
that no text can move a cursor, hide a word or change what stands around it.

Redaction errs on the side of hiding. A placeholder (`${DB_PASSWORD}`, `{{ … }}`, `<…>`) stays readable,
since it is what a reader needs to mend the finding.
"""

import re
from typing import Any

LIMIT = 8_000  # characters of one text; names and messages that are longer are hostile or a mistake
HIDDEN = "***"

# A pattern is tried only where one of its words occurs (all in lower case): scanning for a word costs
# a hundredth of trying an alternation at every character. Repetitions are bounded, so that no text
# makes a pattern quadratic.
_NO_PLACEHOLDER = (
    r"""(?!\*\*\*|<[^<>\n]{1,200}>|\{\{|\$\([\w.-]{1,200}\)"""
    r"""|\$(?:\{[\w.-]{1,200}\}|(?-i:[A-Z_][A-Z0-9_]{0,200}))(?:[\s"'&,;)]|\Z))"""
)
_VALUE = rf"""{_NO_PLACEHOLDER}(?:"[^"\n]{{1,2000}}"?|'[^'\n]{{1,2000}}'?|[^\s"'&,;]{{1,2000}})"""
_SECRET_WORD = (
    r"pass(?:word|wd|phrase)|\bpass|pwd|secret[-_]?key|client[-_]?secret|access[-_]?key|private[-_]?key"
    r"|api[-_]?key|auth[-_]?token|access[-_]?token|routing[-_]?key|service[-_]?key|integration[-_]?key"
)
_RULES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("private key",),
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
        f"{HIDDEN} (private key)",
    ),
    (("://",), r"://[^\s/@:]{0,256}:[^\s/]{1,512}@", f"://{HIDDEN}@"),
    (("://",), r"://[\w.~%-]{20,512}@", f"://{HIDDEN}@"),
    (("jdbc:oracle",), r"(jdbc:oracle:\w{1,20}:)[^\s/@]{1,128}/[^\s@]{1,256}@", rf"\1{HIDDEN}@"),
    (
        ("authorization",),
        r"""(authorization["']?\s{0,3}[:=]\s{0,3}["']?)(?!\*\*\*)(?:(?:bearer|basic|token|api-token|digest"""
        r"""|negotiate|splunk|genie-?key|apikey)\s{1,3})?[^\s"',;]{1,4000}""",
        rf"\1{HIDDEN}",
    ),
    (("bearer ",), r"\b(bearer\s{1,3})[\w.~+/=-]{16,4000}", rf"\1{HIDDEN}"),
    (
        ("basic ",),
        r"\b(basic\s{1,3})(?=[A-Z+/]{0,400}[0-9=])[A-Z0-9+/]{16,4000}={0,2}",
        rf"\1{HIDDEN}",
    ),
    (
        ("pass", "pwd", "key", "token"),
        rf"""((?:{_SECRET_WORD})["']?\s{{0,3}}[=:]\s{{0,3}}){_VALUE}""",
        rf"\1{HIDDEN}",
    ),
    # These words are names of Kubernetes objects and fields too: only an assignment is a secret.
    (("secret", "token", "credential"), rf"""((?:secret|token|credentials?)=){_VALUE}""", rf"\1{HIDDEN}"),
    (
        ("secret", "token", "credential"),
        r"""((?:secret|token|credentials?)["']\s{0,3}:\s{0,3})(?!["']\*\*\*)"""
        r"""(?:"[^"\n]{1,2000}"?|'[^'\n]{1,2000}'?)""",
        rf"\1{HIDDEN}",
    ),
    (
        ("hooks.slack.com",),
        r"(hooks\.slack\.com/(?:services|workflows|triggers)/)(?!\*)[\w/-]{1,300}",
        rf"\1{HIDDEN}",
    ),
    (("webhook.office.com",), r"(webhook\.office\.com/)(?!\*)[\w/@-]{1,600}", rf"\1{HIDDEN}"),
    (("pagerduty.com/",), r"(pagerduty\.com/(?:integration|x-ere)/)(?!\*)\w{1,100}", rf"\1{HIDDEN}"),
    # What providers put in front of their tokens, so that scanners find them; case matters.
    (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_",
         "github_pat_", "glpat-", "glsa_", "xox", "xapp-", "_live_", "_test_", "aiza", "npm_", "pypi-",
         "hvs.", "hvb.", "hvr.", "dt0", "atatt", "akcp", "bbdc-", "eyj", "akia", "asia", "sg.", "sha256~"),
        r"(?-i:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,255}|glsa_\w{20,255}"
        r"|xox[abeoprs]-[\w-]{10,255}|xapp-[\w-]{10,255}|[rs]k_(?:live|test)_\w{10,255}|AIza[\w-]{30,60}"
        r"|npm_[A-Za-z0-9]{30,60}|pypi-[\w-]{30,500}|hv[sbr]\.[\w-]{20,500}"
        r"|dt0[a-z]\d\d\.[A-Z0-9]{20,80}(?:\.[A-Z0-9]{20,200})?|ATATT[\w=-]{20,500}|AKCp\w{20,200}"
        r"|BBDC-[\w-]{20,200}|eyJ[\w-]{10,4000}(?:\.[\w-]{0,4000}){1,4}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
        r"|SG\.[\w-]{16,64}\.[\w-]{16,128}|sha256~[\w-]{20,80})",
        HIDDEN,
    ),
)  # fmt: skip
_SECRET_NAME = rf"(?:{_SECRET_WORD}|[-_ ]token|[-_]secret)\Z"

# Control characters, soft hyphen, zero-width and direction marks, line and paragraph separators, tags,
# lone surrogates, non-characters.
_INVISIBLE = (
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b-\\u200f"
    "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\ufffe\\uffff"
    "\\ud800-\\udfff\\U000e0000-\\U000e0fff]"
)

_compiled: dict[str, re.Pattern[str]] = {}


def _pattern(text: str) -> re.Pattern[str]:
    """Case does not matter. Compiled at its first use: all of them cost milliseconds, most runs need none."""
    found = _compiled.get(text)
    if found is None:
        found = _compiled[text] = re.compile(text, re.IGNORECASE)
    return found


def redact(text: str) -> str:
    """`text` with each secret replaced by `***`."""
    return _redacted(text, _rules_for(text.lower()))


_Active = list[tuple[list[str], str, str]]


def _rules_for(lowered: str) -> _Active:
    """The rules that a word of `lowered` asks for, with those words alone."""
    active: _Active = []
    for words, pattern, replacement in _RULES:
        found = [word for word in words if word in lowered]
        if found:
            active.append((found, pattern, replacement))
    return active


def _redacted(text: str, rules: _Active) -> str:
    lowered = text.lower()
    for words, pattern, replacement in rules:
        for word in words:
            if word in lowered:
                text = _pattern(pattern).sub(replacement, text)
                break
    return text


def bounded(text: str, limit: int = LIMIT) -> str:
    """`text` cut to `limit` characters, with its real length; never in the middle of a URL's password."""
    if len(text) <= limit + 64:  # room for the note below, so that cutting twice changes nothing
        return text
    head = text[:limit]
    url = head.rfind("://", limit - 1024)
    if url >= 0 and not _pattern(r"[\s/]").search(head, url + 3):
        head = head[:url]
    return f"{head}… ({len(text)} characters)"


def visible(text: str, lines: bool = False) -> str:
    """`text` on one line, with what can't be seen written as its escape; `lines` keeps line breaks."""
    if text.isprintable():
        return text
    if lines:
        return "\n".join(visible(line) for line in _pattern(r"\r\n|\r|\n").split(text))
    text = _pattern(r"[ \t]*[\r\n]+[ \t]*").sub(" ", text).replace("\t", " ").strip(" ")
    return _pattern(_INVISIBLE).sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def safe(document: Any) -> Any:
    """The canonical document as it may be shown; the same object where nothing has to change.

    Secrets are redacted, texts bounded, lone surrogates replaced by U+FFFD, numbers that JSON does not
    have (NaN, infinity) written as words.
    """
    texts: set[str] = set()
    special: dict[int, object] = {}
    _gather(document, texts, special)
    # Words are looked for in all texts at once: most documents need only a few of the rules.
    rules = _rules_for("\n".join(texts).lower())
    changed = {}
    for text in texts:
        clean = _safe_text(text, rules)
        if clean != text:
            changed[text] = clean
    return _replaced(document, changed, special) if changed or special else document


def printable(document: Any, limit: int) -> Any:
    """The document with each text `visible` and at most `limit` long; the same object where it was so."""
    texts: set[str] = set()
    _gather(document, texts, {})
    changed = {
        text: visible(bounded(text, limit)) for text in texts if len(text) > limit or not text.isprintable()
    }
    return _replaced(document, changed, {}) if changed else document


def _gather(value: Any, texts: set[str], special: dict[int, object]) -> None:
    """Texts below `value`; and what to write for operands and numbers that can't stay as they are."""
    if isinstance(value, str):
        texts.add(value)
    elif isinstance(value, dict):
        for item in value.values():
            kind = type(item)
            if kind is str:
                texts.add(item)
            elif kind is dict or kind is list or kind is tuple or kind is float:
                _gather(item, texts, special)
        secret = value.get("value")
        if (
            isinstance(secret, str)
            and secret != HIDDEN
            and _pattern(_SECRET_NAME).search(str(value.get("name")))
            and _pattern(_NO_PLACEHOLDER).match(secret)
        ):
            special[id(value)] = HIDDEN
    elif isinstance(value, (list, tuple)):
        for item in value:
            _gather(item, texts, special)
    elif isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        special[id(value)] = str(value)


def _replaced(value: Any, changed: dict[str, str], special: dict[int, object]) -> Any:
    if isinstance(value, str):
        return changed.get(value, value)
    if isinstance(value, dict):
        copy = {key: _replaced(item, changed, special) for key, item in value.items()}
        if id(value) in special:
            copy["value"] = special[id(value)]
        return copy
    if isinstance(value, (list, tuple)):
        return [_replaced(item, changed, special) for item in value]
    return special.get(id(value), value) if isinstance(value, float) else value


def _safe_text(text: str, rules: _Active) -> str:
    text = bounded(_redacted(bounded(text), rules))
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
