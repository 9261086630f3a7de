"""A folder served on loopback as Jenkins serves archived files: with its default policy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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
