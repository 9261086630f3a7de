"""Makes docs/images/gate.svg: the gate on examples/orders-not-ready, as a terminal of 110 columns shows it.

    python docs/screenshot.py

The report is the one that `readiness gate` prints; nothing in the picture is written by hand.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from readiness.report.outline import Outline
from readiness.report.terminal import lines

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/images/gate.svg"
EXAMPLE = "examples/orders-not-ready"
COLUMNS = 110
ROWS = 40  # a tall screen; how many lines are cut off is said


def verdict() -> Outline:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "verdict.json")
        command = [sys.executable, "-P", "-m", "readiness", "gate", EXAMPLE, "--as-of", "2026-11-24"]
        done = subprocess.run([*command, "--output", f"json={file}"], cwd=ROOT, check=False)
        if done.returncode != 1:
            raise SystemExit(f"{EXAMPLE} gave exit code {done.returncode}, expected 1")
        return Outline.of(json.loads(file.read_text(encoding="utf-8")))


def painted(outline: Outline) -> Console:
    """The report's first lines, as they are painted on a terminal."""
    whole = Console(file=io.StringIO(), width=COLUMNS, highlight=False, markup=False, emoji=False)
    shown = Console(
        record=True, file=io.StringIO(), width=COLUMNS, highlight=False, markup=False, emoji=False
    )
    shown.print(Text(f"$ readiness gate {EXAMPLE}", style="bold"))
    used, hidden = 1, 0
    for line in lines(outline):
        text = Text(line.text, style=line.style, overflow="fold")
        padded = Padding(text, (0, 0, 0, line.indent))
        rows = len(whole.render_lines(padded, pad=False))
        if hidden or used + rows > ROWS:
            hidden += rows
            continue
        shown.print(padded)
        used += rows
    if hidden:
        shown.print(Text(f"… {hidden} more lines", style="dim"))
    return shown


def main() -> None:
    svg = painted(verdict()).export_svg(title="readiness gate", unique_id="gate")
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.S)  # no font from elsewhere
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
