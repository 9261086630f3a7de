"""Bitbucket, GitHub and GitLab on loopback: as strict as the real ones, and in trouble when a test says so.

Each keeps what it was sent. `trouble` is a list of answers that are given first, whatever is asked: a test
says 429 with Retry-After, then the service goes on. Limits are those of the services' documentation.
"""

import base64
import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, TypeVar

TOKEN = "t0ken-of-a-test-that-nobody-may-see"


class Reply(NamedTuple):
    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None  # instead of `body`
    slow: float = 0.0  # seconds before it begins
    drip: float = 0.0  # seconds between two bytes


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Refused(Exception):
    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


def need(holds: bool, what: str, status: int = 400) -> None:
    if not holds:
        raise Refused(status, what)


class Fake:
    """One service; a subclass answers."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.trouble: list[Reply] = []
        self.only = ""  # trouble is for paths that match this
        self.url = ""

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def error(self, what: str) -> Any:
        return {"message": what}

    def asked(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.requests]

    def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        if self.trouble and re.search(self.only, f"{request.method} {request.path}"):
            return self.trouble.pop(0)
        try:
            return self.answer(request)
        except Refused as no:
            return Reply(no.status, self.error(str(no)))


Service = TypeVar("Service", bound=Fake)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what some tests are about; standard error is what they read."""


@contextmanager
def served(fake: Service) -> Iterator[Service]:
    """The service at `fake.url`, as long as the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(size)
            request = Request(
                self.command, self.path, dict(self.headers), json.loads(content) if content else None
            )
            reply = fake.handle(request)
            time.sleep(reply.slow)
            data = reply.raw
            if data is None:
                data = b"" if reply.body is None else json.dumps(reply.body).encode()
            try:
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                for start in range(0, len(data), 1 if reply.drip else len(data) or 1):
                    self.wfile.write(data[start : start + (1 if reply.drip else len(data))])
                    time.sleep(reply.drip)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            return

    server = _Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def text_of(value: Any, least: int, most: int, what: str) -> None:
    """A text within its bounds, counted as Java does."""
    need(isinstance(value, str), f"{what} is no text")
    size = len(value.encode("utf-16-le", "surrogatepass")) // 2
    need(least <= size <= most, f"{what} has {size} characters")


class BitbucketCloud(Fake):
    """Keeps `reports[id] = {"report": …, "annotations": {external id: …}}`."""

    prefix = "/repositories/team/orders/commit/"

    def __init__(self) -> None:
        super().__init__()
        self.reports: dict[str, dict[str, Any]] = {}

    def error(self, what: str) -> Any:
        return {"type": "error", "error": {"message": what}}

    def answer(self, request: Request) -> Reply:
        need(request.headers.get("Authorization") == f"Bearer {TOKEN}", "Token is invalid", 401)
        found = re.fullmatch(
            re.escape(self.prefix) + r"([0-9a-f]{40})/reports/([a-z0-9-]+)(/annotations)?", request.path
        )
        need(found is not None, "No such repository", 404)
        assert found is not None
        key = found[2]
        if request.method == "DELETE":
            need(key in self.reports, "No such report", 404)
            del self.reports[key]
            return Reply(204)
        if request.method == "PUT":
            self._report(request.body)
            kept = self.reports.setdefault(key, {"annotations": {}})
            kept["report"] = request.body
            return Reply(200, request.body)
        need(request.method == "POST" and bool(found[3]), "No such thing", 405)
        need(key in self.reports, "No such report", 404)
        need(isinstance(request.body, list) and 1 <= len(request.body) <= 100, "1 to 100 annotations")
        annotations = self.reports[key]["annotations"]
        for one in request.body:
            self._annotation(one)
            need(one["external_id"] not in annotations, "external_id twice")
            annotations[one["external_id"]] = one
        need(len(annotations) <= 1000, "more than 1000 annotations")
        return Reply(200, request.body)

    def _report(self, body: Any) -> None:
        text_of(body["title"], 1, 450, "title")
        text_of(body["details"], 1, 2000, "details")
        need(body["report_type"] in ("SECURITY", "COVERAGE", "TEST", "BUG"), "report_type")
        need(body["result"] in ("PASSED", "FAILED", "PENDING", "SKIPPED"), "result")
        need(len(body["data"]) <= 10, "more than 10 data fields")
        types = {"NUMBER": int, "TEXT": str, "BOOLEAN": bool}
        for one in body["data"]:
            need(type(one["value"]) is types[one["type"]], f"{one['title']} is no {one['type']}")

    def _annotation(self, one: Any) -> None:
        text_of(one["external_id"], 1, 450, "external_id")
        text_of(one["title"], 1, 450, "title")
        text_of(one["summary"], 1, 450, "summary")
        text_of(one.get("details", ""), 0, 2000, "details")
        need(one["annotation_type"] in ("VULNERABILITY", "CODE_SMELL", "BUG"), "annotation_type")
        need(one["severity"] in ("CRITICAL", "HIGH", "MEDIUM", "LOW"), "severity")
        need(one.get("result", "FAILED") in ("PASSED", "FAILED", "IGNORED", "SKIPPED"), "result")
        need("line" not in one or (one["line"] >= 1 and bool(one["path"])), "line")

    def annotations(self) -> list[dict[str, Any]]:
        (kept,) = self.reports.values()
        return list(kept["annotations"].values())

    def report(self) -> dict[str, Any]:
        (kept,) = self.reports.values()
        found: dict[str, Any] = kept["report"]
        return found


class BitbucketServer(BitbucketCloud):
    """Data Center: a DELETE of annotations leaves the report, which a PUT replaces."""

    prefix = "/rest/insights/1.0/projects/TEAM/repos/orders/commits/"

    def error(self, what: str) -> Any:
        return {"errors": [{"context": None, "message": what, "exceptionName": "com.atlassian.X"}]}

    def answer(self, request: Request) -> Reply:
        need(request.headers.get("Authorization") == f"Bearer {TOKEN}", "Authentication failed", 401)
        found = re.fullmatch(
            re.escape(self.prefix) + r"([0-9a-f]{40})/reports/([A-Za-z0-9.-]{1,450})(/annotations)?",
            request.path,
        )
        need(found is not None, "No such repository", 404)
        assert found is not None
        key = found[2]
        if request.method == "PUT":
            body = request.body
            text_of(body["title"], 1, 450, "title")
            text_of(body["details"], 1, 2000, "details")
            need(body["result"] in ("PASS", "FAIL"), "result")
            need(len(body["data"]) <= 6, "more than 6 data fields")
            self.reports.setdefault(key, {"annotations": {}})["report"] = body
            return Reply(200, body)
        need(key in self.reports and bool(found[3]), "No such report", 404)
        annotations = self.reports[key]["annotations"]
        if request.method == "DELETE":
            annotations.clear()
            return Reply(204)
        new = request.body["annotations"]
        need(len(annotations) + len(new) <= 1000, "more than 1000 annotations")
        for one in new:
            text_of(one["externalId"], 1, 450, "externalId")
            text_of(one["message"], 1, 2000, "message")
            text_of(one["path"], 1, 4000, "path")
            need(type(one["line"]) is int and one["line"] >= 0, "line")
            need(one["severity"] in ("LOW", "MEDIUM", "HIGH"), "severity")
            need(one["type"] in ("VULNERABILITY", "CODE_SMELL", "BUG"), "type")
            need(one["externalId"] not in annotations, "externalId twice", 409)
            annotations[one["externalId"]] = one
        return Reply(204)


class GitHub(Fake):
    """Keeps check runs by number, statuses, and what was uploaded to code scanning."""

    def __init__(self) -> None:
        super().__init__()
        self.app = True  # the token may make check runs
        self.runs: dict[int, dict[str, Any]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.uploads: list[dict[str, Any]] = []
        self.processing = ["pending", "complete"]
        self.problems: list[str] = []

    def error(self, what: str) -> Any:
        return {"message": what, "documentation_url": "https://docs.github.com/rest"}

    def answer(self, request: Request) -> Reply:
        need(request.headers.get("Authorization") == f"Bearer {TOKEN}", "Bad credentials", 401)
        under = "/repos/team/orders"
        need(request.path.startswith(f"{under}/"), "Not Found", 404)
        path, body = request.path.removeprefix(under), request.body
        if path.startswith("/check-runs"):
            need(self.app, "Resource not accessible by personal access token", 403)
            return self._check_run(request.method, path, body)
        if re.fullmatch(r"/statuses/[0-9a-f]{40}", path):
            need(body["state"] in ("error", "failure", "pending", "success"), "state", 422)
            text_of(body["description"], 0, 140, "description")
            text_of(body["context"], 1, 255, "context")
            self.statuses.append(body)
            return Reply(201, {"id": len(self.statuses)})
        if path == "/code-scanning/sarifs":
            need(re.fullmatch(r"refs/(heads|pull)/.+", body["ref"]) is not None, "ref", 400)
            sarif = json.loads(gzip.decompress(base64.b64decode(body["sarif"], validate=True)))
            self.uploads.append(sarif)
            return Reply(202, {"id": "47177e22-5596-11eb", "url": f"{self.url}{request.path}/47177e22"})
        if path == "/code-scanning/sarifs/47177e22-5596-11eb":
            state = self.processing.pop(0) if len(self.processing) > 1 else self.processing[0]
            return Reply(200, {"processing_status": state, "errors": self.problems or None})
        raise Refused(404, "Not Found")

    def _check_run(self, method: str, path: str, body: Any) -> Reply:
        output = body["output"]
        need(len(output["annotations"]) <= 50, "more than 50 annotations", 422)
        need(len(output["summary"].encode()) <= 65_535, "Only 65535 characters are allowed", 422)
        text_of(output["title"], 1, 255, "title")
        for one in output["annotations"]:
            text_of(one["path"], 1, 4000, "path")
            text_of(one["title"], 1, 255, "title")
            need(1 <= len(one["message"].encode()) <= 64_000, "message", 422)
            need(one["annotation_level"] in ("notice", "warning", "failure"), "annotation_level", 422)
            need(1 <= one["start_line"] <= one["end_line"], "start_line", 422)
        if method == "POST":
            need(body["conclusion"] in ("success", "failure", "neutral"), "conclusion", 422)
            number = len(self.runs) + 1
            self.runs[number] = {**body, "annotations": list(output["annotations"])}
            return Reply(201, {"id": number})
        number = int(path.removeprefix("/check-runs/"))
        need(number in self.runs, "Not Found", 404)
        self.runs[number]["annotations"] += output["annotations"]
        return Reply(200, {"id": number})

    def annotations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.runs[max(self.runs)]["annotations"]
        return found


class GitLab(Fake):
    """Keeps statuses and the notes of merge request 17."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.me = 7

    def answer(self, request: Request) -> Reply:
        need(request.headers.get("PRIVATE-TOKEN") == TOKEN, "401 Unauthorized", 401)
        path, body = request.path, request.body
        if path == "/user":
            return Reply(200, {"id": self.me, "username": "bot"})
        if re.fullmatch(r"/projects/team%2Forders/statuses/[0-9a-f]{40}", path):
            need(body["state"] in ("pending", "running", "success", "failed", "canceled"), "state")
            text_of(body["name"], 1, 255, "name")
            text_of(body["description"], 0, 255, "description")
            self.statuses.append(body)
            return Reply(201, {"id": len(self.statuses)})
        found = re.fullmatch(
            r"/projects/team%2Forders/merge_requests/17/notes(?:/(\d+)|\?per_page=100&page=(\d+)&sort=asc)?",
            path,
        )
        need(found is not None, "404 Project Not Found", 404)
        assert found is not None
        if request.method == "GET":
            page = int(found[2])
            return Reply(200, self.notes[(page - 1) * 100 : page * 100])
        text_of(body["body"], 1, 1_000_000, "body")
        if request.method == "POST":
            self.notes.append({"id": len(self.notes) + 1, "author": {"id": self.me}, "body": body["body"]})
            return Reply(201, self.notes[-1])
        (note,) = [one for one in self.notes if one["id"] == int(found[1])]
        need(note["author"]["id"] == self.me, "403 Forbidden", 403)
        note["body"] = body["body"]
        return Reply(200, note)
