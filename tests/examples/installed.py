"""The real programs that the examples are held against; where one is missing the test is skipped."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str, cwd: Path | None = None) -> str:
    """What a program prints; its error output is the test's failure."""
    with tempfile.TemporaryDirectory() as home:  # no kubeconfig of the user is ever read
        done = subprocess.run(
            command,
            cwd=cwd,
            env={"PATH": os.environ["PATH"], "HOME": home},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def database() -> Iterator[tuple[str, ...]]:
    """The start of a psql command line that talks to an empty PostgreSQL of its own."""
    psql = program("psql")
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    initdb = shutil.which("initdb", path=folders[-1] if folders else None)
    if initdb is None:
        pytest.skip("initdb is not installed")
    control = str(Path(initdb).with_name("pg_ctl"))
    # PostgreSQL refuses to run as root.
    prefix = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        if prefix:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        run(*prefix, initdb, "-D", data, "-A", "trust", "-U", "test", "--no-sync", "-E", "UTF8", "--locale=C")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        run(*prefix, control, "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield (
                psql,
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-p",
                port,
                "-U",
                "test",
                "postgres",
            )
        finally:
            run(*prefix, control, "-D", data, "-m", "immediate", "stop")
