"""All Kubernetes checks on, beside other linters on the same files, in one run.

    python benchmarks/peers.py --documents 1000 --documents 10000 [--folder NAME=PATH ...]

Peers are taken from the PATH; one that is not there is named and left out. Each runs in a process of its own,
in turn, over the generated services of `throughput.py` and over each folder that is given, with all that it
checks by default and its output in a file; one that gives up at a file that it can't read is named with that.
The table shows medians of the wall time, the most memory that the
process held, and both as ratios to ours. What is found is not compared here: docs/accuracy.md does that.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.throughput import LOAD, Taken, generate, run

AREAS = ("availability", "config", "image", "job", "network", "object", "rbac", "workload")


class Tool(NamedTuple):
    """One program, and how it looks at a folder."""

    name: str
    program: str
    line: Callable[[str, Path], list[str]]
    exits: tuple[int, ...]
    gives_up: str = "\0"  # what it says when it ends without a result


def manifests(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.rglob("*.y*ml"))]


def every(program: str, folder: Path) -> list[str]:
    """Every check of Kubernetes objects, those that profiles leave off too."""
    checks = [word for area in AREAS for word in ("--check", f"{area}.*")]
    return [program, "gate", str(folder), *checks, "--as-of", "2026-11-24"]


def usual(program: str, folder: Path) -> list[str]:
    """What we check of Kubernetes objects by default, as peers are run with their defaults."""
    return [program, "gate", str(folder), "--profile", "kubernetes@1", "--as-of", "2026-11-24"]


def polaris(program: str, folder: Path) -> list[str]:
    return [program, "audit", "--audit-path", str(folder), "--format", "json"]


def checkov(program: str, folder: Path) -> list[str]:
    quietly = ["--compact", "--quiet", "--skip-download"]
    return [program, "-d", str(folder), "--framework", "kubernetes", *quietly]


def scored(program: str, folder: Path) -> list[str]:
    return [program, "score", *manifests(folder)]


TOOLS = (
    Tool("kube-linter", "kube-linter", lambda program, folder: [program, "lint", str(folder)], (0, 1)),
    Tool("kube-score", "kube-score", scored, (0, 1), "Failed to score"),
    Tool("Polaris", "polaris", polaris, (0, 1, 3)),
    Tool("Checkov", "checkov", checkov, (0, 1)),
)


def found(tools: tuple[Tool, ...]) -> Iterator[tuple[Tool, str]]:
    for tool in tools:
        program = shutil.which(tool.program)
        if program is None:
            print(f"{tool.name} is not in the PATH: left out")
        else:
            yield tool, program


def medians(line: list[str], exits: tuple[int, ...], rounds: int) -> Taken:
    return _median([run(line, exits)[0] for _ in range(rounds)])


def _median(taken: list[Taken]) -> Taken:
    return Taken(statistics.median(one.seconds for one in taken), max(one.megabytes for one in taken))


def of_peer(tool: Tool, program: str, folder: Path, rounds: int) -> tuple[str, Taken]:
    done = [run(tool.line(program, folder), tool.exits) for _ in range(rounds)]
    given_up = any(tool.gives_up in output for _, output in done)
    return f"{tool.name}: no result" if given_up else tool.name, _median([taken for taken, _ in done])


def compare(name: str, folder: Path, rounds: int) -> None:
    script = shutil.which("readiness", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if script is None:
        raise SystemExit("readiness is not installed beside this Python; run: make demo")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["READINESS_CACHE"] = "off"
        rows = [
            ("readiness", medians(usual(script, folder), (0, 1), rounds)),
            ("readiness, every check", medians(every(script, folder), (0, 1), rounds)),
        ]
        os.environ["READINESS_CACHE"] = cache
        run(usual(script, folder), (0, 1))
        rows.append(("readiness, nothing changed", medians(usual(script, folder), (0, 1), rounds)))
    for tool, program in found(TOOLS):
        rows.append(of_peer(tool, program, folder, rounds))
    rows.append(("PyYAML C load_all", medians([sys.executable, "-c", LOAD, str(folder)], (0, 1), rounds)))
    first = rows[0][1]
    print(f"\n{name}\n{'process':<28} {'seconds':>8} {'ratio':>7} {'MB':>6} {'ratio':>7}")
    for words, taken in rows:
        print(
            f"{words:<28} {taken.seconds:8.2f} {taken.seconds / first.seconds:7.2f} "
            f"{taken.megabytes:6.0f} {taken.megabytes / first.megabytes:7.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, action="append", default=[])
    parser.add_argument("--folder", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        for documents in arguments.documents:
            generate(Path(room, str(documents)), documents)
            compare(f"{documents} generated documents", Path(room, str(documents)), arguments.rounds)
        for text in arguments.folder:
            name, _, path = text.partition("=")
            compare(name, Path(path), arguments.rounds)


if __name__ == "__main__":
    main()
