"""Pages as people open them: served on loopback as Jenkins serves archived files, and judged by axe."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CSP = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"


class _Handler(SimpleHTTPRequestHandler):
    asked: list[str]

    def __init__(self, asked: list[str], *arguments: object, **fields: object) -> None:
        self.asked = asked
        super().__init__(*arguments, **fields)  # type: ignore[arg-type]  # as the server hands them over

    def end_headers(self) -> None:
        self.asked.append(self.path)
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was asked is kept."""


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of the folder, and the paths that were asked for, as they come."""
    asked: list[str] = []
    handler = partial(_Handler, asked, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


AXE = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(tab: Any) -> list[tuple[str, list[str]]]:
    """The rules of axe that an open page breaks, each with the first places. Skips without axe-core."""
    axe = pytest.importorskip("axe_core_python.sync_playwright", reason="pip install axe-core-python")
    found = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": list(AXE)}})
    assert len(found["passes"]) > 20, "axe saw nothing"
    return [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]]
