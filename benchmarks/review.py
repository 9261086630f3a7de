"""How large a launch review of 5,000 findings is, how long it takes to write and to open.

    python benchmarks/review.py

The verdict is that of `examples/orders-not-ready`, its findings repeated under further names until there
are as many as asked for. Writing is timed in a process that has done nothing yet (imports and the first
chart count) and again in the same one; the processor time beside it says how busy the machine was. Opening
is the time until a headless Chromium has loaded the page and laid it out; it needs playwright and a
Chromium, and is left out without them.
"""

import argparse
import copy
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "orders-not-ready"
LIMITS = {"page, first": 1000.0, "page, again": 1000.0, "open": 2000.0, "size": 5e6}
WRITE = """
import json, sys, time
from readiness.commands import much_memory
from readiness.report import canonical, review_html, review_markdown
from readiness.report.outline import Outline
from readiness.report.review import Review
document = json.load(open(sys.argv[1], encoding="utf-8"))
for _ in range(2):
    wall, cpu = time.perf_counter(), time.process_time()
    with much_memory():
        review = Review.of(Outline.of(document), b"")
        page = review_html.render(review)
    print((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000)
wall, cpu = time.perf_counter(), time.process_time()
review_markdown.render(review)
canonical.dumps(document)
print((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000)
open(sys.argv[2] + "/report.css", "w").write(review_html.stylesheet())
open(sys.argv[2] + "/index.html", "wb").write(page)
"""
PARTS = ("page, first", "page, again", "Markdown, JSON")


def verdict(wanted: int) -> dict[str, Any]:
    """A verdict with that many findings."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "verdict.json")
        line = [sys.executable, "-P", "-m", "readiness", "gate", str(EXAMPLE), "--as-of", "2026-11-24"]
        subprocess.run([*line, "--output", f"json={file}"], check=False, capture_output=True)
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    failing = [one for one in document["outcomes"] if one["findings"]]
    first = [(outcome, copy.deepcopy(outcome["findings"])) for outcome in failing]
    number, round_ = sum(len(findings) for _, findings in first), 0
    while number < wanted:
        round_ += 1
        for outcome, findings in first:
            for finding in findings[: wanted - number]:
                again = copy.deepcopy(finding)
                again["message"] = f"{finding['message']} (service {round_})"
                again["fingerprint"] = f"r1:{number:020x}"
                again["object"]["name"] += f"-{round_}"
                outcome["findings"].append(again)
                number += 1
    return document


def opened(page: Path, rounds: int) -> list[float]:
    """Milliseconds until the page is there; empty where there is no browser to ask."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    if chromium is None:
        return []
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        browser.new_page().goto("about:blank")
        for _ in range(rounds):
            tab = browser.new_page(viewport={"width": 1400, "height": 900})
            start = time.perf_counter()
            tab.goto(page.as_uri())
            tab.evaluate("document.body.getBoundingClientRect().height")
            taken.append((time.perf_counter() - start) * 1000)
            tab.close()
        browser.close()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--findings", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a figure is over its limit")
    arguments = parser.parse_args()
    figures: dict[str, list[float]] = {name: [] for part in PARTS for name in (part, f"{part}, CPU")}
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "verdict.json")
        saved.write_text(json.dumps(verdict(arguments.findings)), encoding="utf-8")
        for _ in range(arguments.rounds):
            line = [sys.executable, "-P", "-c", WRITE, str(saved), folder]
            done = subprocess.run(line, check=True, capture_output=True, text=True)
            for part, taken in zip(PARTS, done.stdout.splitlines(), strict=True):
                wall, cpu = map(float, taken.split())
                figures[part].append(wall)
                figures[f"{part}, CPU"].append(cpu)
        page = Path(folder, "index.html")
        figures["open"] = opened(page, arguments.rounds)
        figures["size"] = [float(page.stat().st_size)]
    over = False
    print(
        f"{arguments.findings} findings, Python {sys.version.split()[0]}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}, medians of {arguments.rounds}"
    )
    for name, values in figures.items():
        if not values:
            print(f"{name:<20} not measured: needs playwright and chromium")
            continue
        median = statistics.median(values)
        limit = LIMITS.get(name)
        over = over or (limit is not None and median > limit)
        unit, scale = ("MB", 1e6) if name == "size" else ("ms", 1)
        print(
            f"{name:<20} {median / scale:8.2f} {unit}"
            + (f"   (limit {limit / scale:.0f} {unit})" if limit else "")
        )
    if over and arguments.strict:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
