"""Alertmanager's own tool, as the judge of what our reading and our walk say."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from readiness.evidence.alertmanager import AlertmanagerConfig
from readiness.outcome import Location

AMTOOL = shutil.which("amtool")

needs_amtool = pytest.mark.skipif(
    AMTOOL is None, reason="amtool is missing: apt-get install prometheus-alertmanager"
)


def read(data: object) -> AlertmanagerConfig:
    return AlertmanagerConfig.of(data, Location("repository", "alertmanager.yml"))


def config(*routes: Mapping[str, Any], receivers: tuple[str, ...] = ("default",)) -> dict[str, Any]:
    """A configuration with `routes` below a root that sends to `default`."""
    names = dict.fromkeys([*receivers, *(name for route in routes for name in _names(route))])
    return {
        "route": {"receiver": "default", "routes": list(routes)},
        "receivers": [{"name": name} for name in names],
    }


def _names(route: Mapping[str, Any]) -> list[str]:
    below = [name for child in route.get("routes", ()) for name in _names(child)]
    return [route["receiver"], *below] if "receiver" in route else below


def write(folder: Path, data: Mapping[str, Any]) -> Path:
    """`data` as a file that Alertmanager reads: every JSON text is YAML."""
    path = folder / "alertmanager.yml"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    assert AMTOOL is not None
    return subprocess.run([AMTOOL, *arguments], capture_output=True, text=True, timeout=30, check=False)


def accepts(path: Path) -> bool:
    return run("check-config", str(path)).returncode == 0


def receivers(path: Path, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Where amtool sends `labels`, by the very command that our fix texts print."""
    line = shlex.split(read(config()).amtool_line(labels))
    arguments = [f"--config.file={path}" if word.startswith("--config.file=") else word for word in line[1:]]
    done = run(*arguments)
    assert done.returncode == 0, (done.stderr, line)
    return tuple(done.stdout.strip().split(","))
