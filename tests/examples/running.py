"""Runs real programs on the examples."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.programs import postgres


def run(*command: str | Path) -> str:
    """What a program prints; a failure of it, with all that it said, fails the test."""
    with tempfile.TemporaryDirectory() as home:  # no kubeconfig of the user is ever read
        done = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "HOME": home},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def database() -> Iterator[tuple[str | Path, ...]]:
    """The start of a psql command line that talks to an empty PostgreSQL of its own."""
    programs = postgres()
    # PostgreSQL refuses to run as root.
    prefix = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # short: a socket's path has 107 bytes
        if prefix:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        encoding = ("-E", "UTF8", "--locale=C")
        run(*prefix, programs / "initdb", "-D", data, "-A", "trust", "-U", "test", "--no-sync", *encoding)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        run(*prefix, programs / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            server = ("-h", "127.0.0.1", "-p", port, "-U", "test", "postgres")
            yield (programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *server)
        finally:
            run(*prefix, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
