"""A policy behind a password: git asks the program that GIT_ASKPASS names, as Jenkins and others provide it."""

import base64
import os
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READINESS = Path(sys.executable).parent / "readiness"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of a server that lets nobody in, and the credentials that it was shown."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not on PATH")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
               "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True)
    shown: list[str] = []

    class Closed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.append(self.headers.get("Authorization", ""))
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="policy"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    listening = HTTPServer(("127.0.0.1", 0), Closed)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{listening.server_port}/policy", shown
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_git_asks_the_program_of_the_environment_and_the_answer_is_not_printed(
    tmp_path: Path, server: tuple[str, list[str]]
) -> None:
    address, shown = server
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[http]\n\tsslVerify = false\n")
    ask = tmp_path / "ask"
    ask.write_text('#!/bin/sh\ncase "$1" in Username*) echo steward ;; *) echo hunter2 ;; esac\n')
    ask.chmod(0o755)
    done = subprocess.run(
        [str(READINESS), "gate", str(ROOT / "examples/orders"), "--policy", f"{address}@v1", "--require-trusted"],
        env={**os.environ, "HOME": str(home), "GIT_ASKPASS": str(ask), "NO_PROXY": "127.0.0.1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert f"Basic {base64.b64encode(b'steward:hunter2').decode()}" in shown
    assert "hunter2" not in done.stdout + done.stderr
