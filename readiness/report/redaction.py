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
        ("gh", "github_pat_", "glpat-", "glsa_", "xox", "xapp-", "_live_", "_test_", "aiza", "npm_", "pypi-",
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
    if len(text) < 6:
        return text
    lowered = text.lower()
    for words, pattern, replacement in _RULES:
        if any(word in lowered for word in words):
            text = _pattern(pattern).sub(replacement, text)
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
    """A copy of a canonical document that may be shown.

    Secrets are redacted, texts bounded, lone surrogates replaced by U+FFFD, numbers that JSON does not
    have (NaN, infinity) written as words.
    """
    return _safe(document, {})


def _safe(value: Any, seen: dict[str, str]) -> Any:
    if isinstance(value, str):
        found = seen.get(value)
        if found is None:
            found = seen[value] = _safe_text(value)
        return found
    if isinstance(value, dict):
        copy = {_safe_text(str(key)): _safe(item, seen) for key, item in value.items()}
        name = copy.get("name")
        if (
            isinstance(name, str)
            and isinstance(copy.get("value"), str)
            and _pattern(_SECRET_NAME).search(name)
            and _pattern(_NO_PLACEHOLDER).match(copy["value"])
        ):
            copy["value"] = HIDDEN
        return copy
    if isinstance(value, (list, tuple)):
        return [_safe(item, seen) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


def _safe_text(text: str) -> str:
    text = bounded(redact(bounded(text)))
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
