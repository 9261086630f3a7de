"""Runs the command line as a user does, in this process for speed, and reads what it wrote."""

import contextlib
import io
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from readiness import __main__

DAY = "2026-11-24"

Verdict = dict[str, Any]


class Said(NamedTuple):
    """What a command said: exit code, standard output and standard error."""

    code: int
    out: str
    err: str


def cli(*args: str, cwd: Path, stdin: bytes = b"") -> Said:
    """The command line in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    before = sys.argv, sys.stdin, Path.cwd()
    sys.argv = ["readiness", *args]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    os.chdir(cwd)
    code: object = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            __main__.command()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv, sys.stdin = before[:2]
        os.chdir(before[2])
    assert isinstance(code, int), code
    return Said(code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    found = stream.buffer
    assert isinstance(found, io.BytesIO)
    return found.getvalue().decode("utf-8")


def process(*args: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Said:
    """The command line as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "readiness", *args],
        cwd=cwd, env={**os.environ, **(env or {})}, input=stdin, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def gate(*args: str, cwd: Path, stdin: bytes = b"") -> tuple[int, Verdict]:
    """Exit code and canonical document of a gate on a fixed day."""
    said = cli("gate", *args, "--as-of", DAY, "--output", "json", cwd=cwd, stdin=stdin)
    assert "Traceback" not in said.err, said.err
    assert said.out, said
    return said.code, json.loads(said.out)


def outcome(verdict: Verdict, item: str, environment: str | None = None) -> dict[str, Any]:
    """The only outcome of an item (in an environment)."""
    found: list[dict[str, Any]] = [
        one for one in verdict["outcomes"] if one["id"] == item and environment in (None, one["environment"])
    ]
    assert len(found) == 1, [one["id"] for one in verdict["outcomes"]]
    return found[0]


def files(tree: Path, texts: Mapping[str, str | bytes]) -> Path:
    """A folder with these files; texts are dedented."""
    for name, text in texts.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(textwrap.dedent(text).lstrip("\n"))
    return tree


def git(*args: str, cwd: Path) -> str:
    """A git command with an identity and a date of its own."""
    settings = ("-c", "user.name=Jane", "-c", "user.email=jane@example.org", "-c", "init.defaultBranch=main",
                "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always")  # fmt: skip
    day = {"GIT_AUTHOR_DATE": f"{DAY}T12:00:00Z", "GIT_COMMITTER_DATE": f"{DAY}T12:00:00Z"}
    done = subprocess.run(
        ["git", *settings, *args], cwd=cwd, env={**os.environ, **day}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def committed(tree: Path, message: str = "change") -> str:
    """The commit of all that a folder holds; the folder becomes a repository where it is none."""
    if not (tree / ".git").exists():
        git("init", "-q", cwd=tree)
    git("add", "-A", cwd=tree)
    git("commit", "-q", "--allow-empty", "-m", message, cwd=tree)
    return git("rev-parse", "HEAD", cwd=tree)


def deployment(name: str, **spec: object) -> str:
    """A Deployment, with further fields of its spec."""
    lines = [
        "apiVersion: apps/v1",
        "kind: Deployment",
        f"metadata: {{name: {name}, namespace: shop}}",
        "spec:",
        *(f"  {key}: {value}" for key, value in spec.items()),
        f"  selector: {{matchLabels: {{app: {name}}}}}",
        "  template:",
        f"    metadata: {{labels: {{app: {name}}}}}",
        f"    spec: {{containers: [{{name: {name}, image: 'registry.example/{name}:1.0'}}]}}",
    ]
    return "\n".join(lines) + "\n"


CHECKLIST = """
version: 1
service: {name: shop, tier: 1, owner: team-shop}
items:
  - {check: rollback.history-limit, severity: error}
"""
