"""Requests to a service, which may be slow, in trouble, misconfigured or not the service at all.

Certificates are verified, proxies and further authorities are those of the environment (`HTTPS_PROXY`,
`NO_PROXY`, `REQUESTS_CA_BUNDLE`). Tried again: lost connections, 429, 500, 502, 503 and 504, as long as the
whole takes less than its time. No redirect is followed to another origin, since the token would go along.
What a service says is text of strangers: cut, made visible, free of secrets before it is printed.
"""

import signal
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from readiness import __version__
from readiness.errors import NotDelivered, UsageError
from readiness.report.redaction import HIDDEN, redact, visible

ANSWER_SECONDS = 20.0  # for each connection, and for each piece of an answer
MOST_BYTES = 4_000_000  # of an answer; what we ask for takes kilobytes
MOST_WAIT = 60.0  # seconds that a service may ask us to wait
TRIES = 4
HOPS = 3
_AGAIN = frozenset({429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_SAID = 300  # characters of a service's own words
_TELLING = ("message", "detail", "error", "errors", "error_description", "field", "code")


class Access(NamedTuple):
    """What a request carries so that it is let in."""

    headers: Mapping[str, str]
    secrets: tuple[str, ...]  # never printed, even when the service says them
    variables: str  # of the environment, where they came from
    needs: str  # what they have to allow, in words


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]  # any case
    body: Any  # of JSON; None where it is empty

    def field(self, name: str) -> Any:
        """A member of the body; None where it is no object or has none."""
        return self.body.get(name) if isinstance(self.body, dict) else None


class _Lost(Exception):
    """No answer: nobody knows whether the request arrived."""


class Api:
    """One service at one address, with the time that is left for all requests to it."""

    def __init__(self, title: str, url: str, access: Access, seconds: float) -> None:
        self.title = title
        self._url = checked_url(url, bool(access.secrets))
        self._access = access
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._session: Any = None

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Ends with `NotDelivered` when the time is over, also while an answer comes byte by byte."""
        if threading.current_thread() is not threading.main_thread():
            yield  # a signal reaches the main thread alone; elsewhere each piece has its own bound
            return

        def over(*_: object) -> None:
            raise self.failure("talking to it", f"not done in {self._seconds:g} s", _LATER)

        before = signal.signal(signal.SIGALRM, over)
        signal.setitimer(signal.ITIMER_REAL, max(0.05, self.left + 1))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._end - time.monotonic()

    def send(
        self,
        method: str,
        path: str,
        doing: str,
        body: Any = None,
        accept: Collection[int] = (),
        once: bool = False,
    ) -> Answer:
        """The answer to one request; those of `accept` are no failure.

        With `once` it is not tried again where it may have been carried out already.

        Raises:
            NotDelivered: there was none, or it says that the request failed.
        """
        pause = 0.5
        for tried in range(1, TRIES + 1):
            asked: float | None = None
            try:
                answer = self._once(method, path, doing, body)
            except _Lost as lost:
                trouble = str(lost)
                last = once
            else:
                if answer.status not in _AGAIN and not _is_rate_limit(answer):
                    return answer if answer.status in accept else self._checked(answer, doing)
                trouble = self._said(answer)
                asked = _asked_wait(answer)
                last = once and answer.status >= 500
            wait = pause if asked is None else asked
            times = f" ({tried} tries)" if tried > 1 else ""
            if wait > MOST_WAIT or wait >= self.left:
                told = f", and asks to wait {wait:.0f} s" if asked is not None else ""
                raise self.failure(doing, f"{trouble}{told}{times}", _LATER)
            if last or tried == TRIES:
                raise self.failure(doing, f"{trouble}{times}", _LATER)
            time.sleep(wait)
            pause *= 2
        raise AssertionError("the last try returns or raises")

    def failure(self, doing: str, what: str, remedy: str) -> NotDelivered:
        return NotDelivered(f"not delivered: {self.title}: {doing}: {what}; {remedy}")

    def _once(self, method: str, path: str, doing: str, body: Any) -> Answer:
        url = f"{self._url}{path}"
        for _ in range(HOPS):
            status, headers, content = self._exchange(method, url, doing, body)
            if status not in _MOVED:
                return self._answer(status, headers, content, doing)
            url = self._moved(method, url, status, headers, doing)
        raise self.failure(doing, f"redirects more than {HOPS} times", "check --url")

    def _moved(self, method: str, url: str, status: int, headers: Mapping[str, str], doing: str) -> str:
        """The address to try instead.

        Raises:
            NotDelivered: it is at another origin, or the request would not be the same there.
        """
        try:
            there = urljoin(url, headers.get("Location", ""))
            origin = origin_of(there)
        except ValueError:
            raise self.failure(doing, f"answers {status} with no address", "check --url") from None
        if origin != origin_of(url):
            raise self.failure(
                doing,
                f"redirects to {self.clean(origin)}, which was not followed since the token would go there",
                "if that is the service, give its address with --url",
            )
        if method == "GET" or status in (307, 308):
            return there
        where = self.clean(urlsplit(there).path)
        raise self.failure(
            doing,
            f"redirects ({status}) to {where}, where nothing can be posted",
            f"check --url and --repository, and that the token in {self._access.variables} is valid: "
            "a page to log in is the usual place",
        )

    def _exchange(self, method: str, url: str, doing: str, body: Any) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and content of one answer, all of it read."""
        import requests

        if self._session is None:
            self._session = _session(self._access)
        bound = max(0.05, min(ANSWER_SECONDS, self.left))
        try:
            with self._session.request(
                method, url, json=body, timeout=bound, stream=True, allow_redirects=False
            ) as response:
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise self.failure(doing, "answers compressed, which was not asked for", "check --url")
                content = b""
                for piece in response.iter_content(65_536):
                    content += piece
                    if len(content) > MOST_BYTES:
                        raise self.failure(
                            doing, f"answers with more than {MOST_BYTES // 1_000_000} MB", "check --url"
                        )
                    if self.left <= 0:
                        raise _Lost(f"no whole answer in {self._seconds:g} s")
                return response.status_code, response.headers, content
        # What these exceptions say is not printed: it may name a proxy with its password.
        except requests.exceptions.SSLError as wrong:
            raise self.failure(
                doing,
                f"its certificate is not trusted{_reason(wrong)}",
                "name your authorities in REQUESTS_CA_BUNDLE, or mend the certificate",
            ) from None
        except requests.exceptions.ProxyError:
            raise _Lost("the proxy that the environment names gives no connection") from None
        except requests.exceptions.Timeout:
            raise _Lost(f"no answer in {bound:.1f} s") from None
        except requests.exceptions.ConnectionError as wrong:
            raise _Lost(f"no connection to {self.clean(origin_of(url))}{_reason(wrong)}") from None
        except requests.exceptions.RequestException as wrong:
            raise _Lost(f"the exchange broke off ({type(wrong).__name__})") from None

    def _answer(self, status: int, headers: Mapping[str, str], content: bytes, doing: str) -> Answer:
        if not content.strip():
            return Answer(status, headers, None)
        import json

        try:
            return Answer(status, headers, json.loads(content))
        except (ValueError, RecursionError):
            if status >= 300:
                return Answer(status, headers, None)
            kind = self.clean(headers.get("Content-Type", "text of no kind"))
            raise self.failure(
                doing,
                f"answers {status} with {kind} that is no JSON, so that nobody knows what became of it",
                "check --url: a page to log in, or a proxy, answers instead of the service",
            ) from None

    def _checked(self, answer: Answer, doing: str) -> Answer:
        if 200 <= answer.status < 300:
            return answer
        raise self.refusal(answer, doing)

    def refusal(self, answer: Answer, doing: str) -> NotDelivered:
        """What to raise for an answer that says no."""
        return self.failure(doing, self._said(answer), self._remedy(answer.status))

    def _said(self, answer: Answer) -> str:
        words = "; ".join(dict.fromkeys(_words(answer.body)))
        reason = _REASONS.get(answer.status, "")
        text = f"{answer.status} {reason}".strip()
        return f"{text} ({self.clean(words)})" if words else text

    def _remedy(self, status: int) -> str:
        access = self._access
        given = access.variables
        if status == 401:
            return f"the token in {given} is wrong or expired; it has to allow: {access.needs}"
        if status == 403:
            return f"the token in {given} may not do this; it has to allow: {access.needs}"
        return _REMEDIES.get(status, "check --url, --repository and --commit")

    def clean(self, text: str) -> str:
        """Words of a service, fit to be printed."""
        for secret in self._access.secrets:  # before anything is cut: a part of one would stay
            text = text.replace(secret, HIDDEN)
        text = visible(redact(text[: 4 * _SAID]))
        return text if len(text) <= _SAID else f"{text[:_SAID]}…"


_LATER = "the service is in trouble or busy; run this again later, the verdict need not be made again"
_REASONS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
    413: "Content Too Large", 422: "Unprocessable", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip
_REMEDIES = {
    404: "there is no such repository or commit, or the token may not see it; check --url and --repository, "
    "and that the commit is pushed",
    409: "another run changes the same thing, or another user made it; run this again, as the same user",
    413: "the service takes less than it documents, or a proxy in front of it does; raise the limit there",
}


def checked_url(url: str, with_secret: bool) -> str:
    """The address of a service without the slash that ends it.

    Raises:
        UsageError: it is none, has a password in it, or would carry a token in the clear.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError("--url: is no address; expected one such as https://git.example") from None
    if parts.username is not None or parts.password is not None:
        raise UsageError("--url: holds a user or password; expected them in the environment")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise UsageError(f"--url {_shown(url)}: expected an address such as https://git.example")
    if parts.scheme == "http" and with_secret and not _is_loopback(host):
        raise UsageError(f"--url {_shown(url)}: the token would travel in the clear; expected https://")
    return url.rstrip("/")


def _shown(url: str) -> str:
    """An address without what may be a token in it."""
    return visible(redact(url.partition("?")[0]))[:200]


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, the port always written.

    Raises:
        ValueError: it has none.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _session(access: Access) -> Any:
    import requests

    def let_in(request: Any) -> Any:
        request.headers.update(access.headers)
        return request

    session = requests.Session()
    # As an authentication of its own: else a .netrc of the machine would take the place of the token.
    session.auth = let_in
    session.headers.update({"User-Agent": f"readiness/{__version__}", "Accept-Encoding": "identity"})
    return session


def _reason(wrong: BaseException) -> str:
    """What the system says is the cause, below the layers that only pass it on."""
    seen: set[int] = set()
    inner: Any = wrong
    while inner is not None and id(inner) not in seen:
        seen.add(id(inner))
        if isinstance(inner, OSError) and inner.strerror:
            return f" ({getattr(inner, 'verify_message', '') or inner.strerror})"
        nested = [one for one in (getattr(inner, "reason", None), *inner.args) if isinstance(one, Exception)]
        inner = nested[0] if nested else inner.__cause__ or inner.__context__
    return ""


def _is_rate_limit(answer: Answer) -> bool:
    """GitHub says 403 where others say 429."""
    spent = answer.headers.get("X-RateLimit-Remaining") == "0"
    return answer.status == 403 and (spent or "Retry-After" in answer.headers)


def _asked_wait(answer: Answer) -> float | None:
    """Seconds that the service asks to wait; None where it does not say, or nothing that makes sense."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    if text:
        from datetime import UTC, datetime
        from email.utils import parsedate_to_datetime

        try:
            then = parsedate_to_datetime(text)
        except ValueError:
            return None
        then = then.replace(tzinfo=then.tzinfo or UTC)
        return max(0.0, (then - datetime.now(UTC)).total_seconds())
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if _is_rate_limit(answer) and reset.isascii() and reset.isdigit():
        return max(0.0, float(reset[:12]) - time.time())
    return None


def _words(body: Any, depth: int = 0) -> Iterator[str]:
    """What an error says in the fields that services use for it."""
    if isinstance(body, str):
        yield body
    elif depth > 4:
        return
    elif isinstance(body, list):
        for one in body[:5]:
            yield from _words(one, depth + 1)
    elif isinstance(body, dict):
        telling = [name for name in _TELLING if name in body]
        for name in telling:
            yield from _words(body[name], depth + 1)
        if depth and not telling:  # GitLab names the field: {"message": {"name": ["is too long"]}}
            for name, value in list(body.items())[:5]:
                yield from (f"{name} {words}" for words in _words(value, depth + 1))
