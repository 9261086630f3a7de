"""Where a report goes: what was asked for, filled in from what the pipeline's environment says.

Secrets come from the environment alone: a command line stands in logs and in lists of processes.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from readiness.errors import UsageError
from readiness.publish.remarks import name_of
from readiness.publish.rest import Access, Api
from readiness.report.outline import Outline
from readiness.report.redaction import visible

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.IGNORECASE)
_LINKS = ("BUILD_URL", "CI_JOB_URL")  # Jenkins, GitLab


class Wish(NamedTuple):
    """The command line; empty is what the environment or the verdict says."""

    url: str = ""
    repository: str = ""
    commit: str = ""
    ref: str = ""
    merge_request: str = ""
    link: str = ""
    name: str = ""
    seconds: float = 120.0


class Target(NamedTuple):
    repository: str
    commit: str
    ref: str
    merge_request: str
    link: str
    name: str


class Service(NamedTuple):
    """What is particular to one service; names of variables in the order in which they are asked."""

    title: str
    publish: Callable[[Outline, Api, Target], str]
    needs: str
    token_variables: tuple[str, ...]
    url: str = ""  # empty where there is no usual one
    url_variables: tuple[str, ...] = ()
    repository_variables: tuple[str, ...] = ()
    commit_variables: tuple[str, ...] = ()
    ref_variables: tuple[str, ...] = ()  # one is needed where any is named
    merge_request_variables: tuple[str, ...] = ()
    user_variable: str = ""  # set, the token is this user's password
    token_header: str = "Authorization"
    headers: Mapping[str, str] = {}
    without_token: bool = False  # over plain HTTP, where a proxy of the pipeline adds it


def target_of(outline: Outline, service: Service, wish: Wish, environment: Mapping[str, str]) -> Target:
    """Where to post the report.

    Raises:
        UsageError: something is missing or malformed.
    """

    def first(*names: str) -> str:
        return next((found for name in names if (found := environment.get(name, "").strip())), "")

    repository = wish.repository or first(*service.repository_variables)
    if not repository:
        raise UsageError(
            f"--repository: {service.title} needs to know which{_or(service.repository_variables)}"
        )
    commit = wish.commit or _judged(outline) or first(*service.commit_variables)
    if not _COMMIT.fullmatch(commit):
        found = f"{visible(commit)[:80]} is no whole commit id" if commit else "the verdict names none"
        raise UsageError(f"--commit: {found}; expected 40 hexadecimal digits, as git rev-parse HEAD gives")
    ref = wish.ref or first(*service.ref_variables)
    if service.ref_variables and not ref.startswith("refs/"):
        raise UsageError(f"--ref: {service.title} needs the whole ref; expected one such as refs/heads/main")
    merge_request = wish.merge_request or first(*service.merge_request_variables)
    if merge_request and not (merge_request.isascii() and merge_request.isdigit()):
        raise UsageError("--merge-request: expected its number, such as 17")
    return Target(
        repository, commit.lower(), ref, merge_request, _link(wish.link or first(*_LINKS)),
        wish.name or name_of(outline),
    )  # fmt: skip


def api_of(service: Service, wish: Wish, environment: Mapping[str, str]) -> Api:
    """The way to the service.

    Raises:
        UsageError: its address or token is missing or malformed.
    """
    url = wish.url or next(
        (found for name in service.url_variables if (found := environment.get(name, "").strip())), service.url
    )
    if not url:
        raise UsageError(
            f"--url: {service.title} has no usual address; expected one such as https://git.example"
        )
    return Api(service.title, url, _access(service, url, environment), wish.seconds)


def _access(service: Service, url: str, environment: Mapping[str, str]) -> Access:
    variable = next((name for name in service.token_variables if environment.get(name, "").strip()), "")
    if not variable:
        if service.without_token and url.startswith("http://"):
            return Access(dict(service.headers), (), "the pipeline's proxy", service.needs)
        names = " or ".join(service.token_variables)
        raise UsageError(f"{names}: is not set; expected a token that allows {service.needs}")
    token = environment[variable].strip()
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise UsageError(f"{variable}: holds what no token has, such as a line break; expected one token")
    user = environment.get(service.user_variable, "").strip() if service.user_variable else ""
    headers = dict(service.headers)
    secrets = [token]
    if user:
        import base64

        basic = base64.b64encode(f"{user}:{token}".encode()).decode("ascii")
        headers[service.token_header] = f"Basic {basic}"
        secrets.append(basic)
    else:
        scheme = "Bearer " if service.token_header == "Authorization" else ""
        headers[service.token_header] = f"{scheme}{token}"
    names = f"{service.user_variable} and {variable}" if user else variable
    return Access(headers, tuple(secrets), names, service.needs)


def _judged(outline: Outline) -> str:
    """The commit of the repository that was judged."""
    sources: list[dict[str, Any]] = [] if outline.failed else outline.shown["sources"]
    return next((one["commit"] or "" for one in sources if one["name"] == "repository"), "")


def _link(text: str) -> str:
    if text and not (re.fullmatch(r"https?://[^\s\\<>\"]+", text) and text.isascii() and len(text) <= 255):
        raise UsageError("--link: expected the address of the build, of at most 255 characters")
    return text


def _or(variables: tuple[str, ...]) -> str:
    return f"; expected it, or {' or '.join(variables)} in the environment" if variables else ""


def owner_and_name(repository: str) -> tuple[str, str]:
    """Both parts of a repository's name, each fit for an address.

    Raises:
        UsageError: there are not two.
    """
    parts = repository.split("/")
    if len(parts) != 2 or not all(parts):
        raise UsageError(f"--repository {visible(repository)[:120]}: expected OWNER/NAME")
    return segment(parts[0]), segment(parts[1])


def segment(text: str) -> str:
    """`text` as one part of an address.

    Raises:
        UsageError: it would lead elsewhere.
    """
    if text in (".", ".."):
        raise UsageError(f"--repository: {text} is no name; expected OWNER/NAME")
    return quote(text, safe="~")
