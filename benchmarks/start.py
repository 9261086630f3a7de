"""How long whole processes of `readiness` take, beside a Python that does nothing.

    python benchmarks/start.py

Each command is run a number of times, in turn with the others, so that a busy moment of the machine
hits all alike. Its output goes to a pipe and the cache of verdicts is an empty folder. What counts is
the median, and how much it stands above `python -c pass`. Compiled modules are there, as pip leaves them.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
AS_OF = ("--as-of", "2026-11-24")
CEL_ITEM = """\
  - id: pinned
    title: Images are pinned by digest
    for: container
    expr: container.image.contains("@sha256:")
    severity: note
"""


class Command(NamedTuple):
    """One command line, the exit codes that it may end with, and the most milliseconds that we allow."""

    name: str
    line: tuple[str, ...]
    exits: tuple[int, ...] = (0,)
    limit: int | None = None


def commands(folder: Path) -> tuple[Command, ...]:
    script = shutil.which("readiness", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if script is None:
        raise SystemExit("readiness is not installed beside this Python; run: make demo")
    critical = _copy(folder / "critical")
    with_cel = _copy(folder / "cel", CEL_ITEM)
    return (
        Command("python -c pass", (sys.executable, "-c", "pass")),
        Command("--version", (script, "--version"), limit=30),
        Command("gate, critical@1 (26 checks)", (script, "gate", str(critical), *AS_OF), limit=200),
        Command("gate examples/orders (76 checks)", (script, "gate", str(EXAMPLES / "orders"), *AS_OF)),
        Command("gate, with one CEL item", (script, "gate", str(with_cel), *AS_OF), limit=450),
    )


def _copy(folder: Path, more: str = "") -> Path:
    """The example with the checks of critical@1 alone, and further items."""
    shutil.copytree(EXAMPLES / "orders", folder)
    checklist = folder / "readiness.yaml"
    text = checklist.read_text(encoding="utf-8").replace(", profile:operations@1]", "]")
    kept = [line for line in text.splitlines() if "slo." not in line and "mitigate" not in line]
    checklist.write_text("\n".join(kept) + "\n" + more, encoding="utf-8")
    return folder


def milliseconds(command: Command, environment: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command.line, capture_output=True, env=environment, check=False)
    taken = (time.perf_counter() - start) * 1000
    if done.returncode not in command.exits:
        shown = (done.stderr or done.stdout).decode(errors="replace")[:2000]
        raise SystemExit(f"{command.name} ended with exit code {done.returncode}:\n{shown}")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a median is over its limit")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = commands(Path(folder))
        environment = {**os.environ, "XDG_CACHE_HOME": f"{folder}/cache"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for command in measured:  # compiles what is not compiled, and fills the disk cache
            milliseconds(command, environment)
        times: dict[str, list[float]] = {command.name: [] for command in measured}
        for _ in range(arguments.rounds):
            for command in measured:
                times[command.name].append(milliseconds(command, environment))
    bare = statistics.median(times[measured[0].name])
    over = False
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {arguments.rounds} in ms")
    print(f"{'command':<26} {'median':>7} {'least':>7} {'most':>7} {'above pass':>11} {'limit':>6}")
    for command in measured:
        taken = times[command.name]
        median = statistics.median(taken)
        over = over or (command.limit is not None and median > command.limit)
        print(
            f"{command.name:<26} {median:7.0f} {min(taken):7.0f} {max(taken):7.0f} {median - bare:11.0f} "
            f"{command.limit or '':>6}"
        )
    if over and arguments.strict:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
