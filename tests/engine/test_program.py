import os
import subprocess
import sys
from pathlib import Path


def test_git_that_nobody_waits_for_ends_with_the_process(tmp_path: Path) -> None:
    program = (
        "import readiness.__main__ as main\n"
        "from readiness.program import Batch, Started\n"
        "kept = Started('.', 'cat-file', '--batch'), Batch('.')\n"
        "print(*(one._process.pid for one in kept), flush=True)\n"
        "main._end(7)\n"
    )
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (7, "")
    assert [pid for pid in done.stdout.split() if _runs(int(pid))] == []


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
