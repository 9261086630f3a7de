"""Makes docs/images/review-*.png: the launch reviews of the two examples in a headless Chromium.

    python docs/review_screenshots.py

Needs playwright and a Chromium. What the pictures show is what `readiness review` writes.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
SIZE = {"width": 1100, "height": 1080}


def written(example: str, folder: Path) -> str:
    target = folder / example
    line = [sys.executable, "-P", "-m", "readiness", "review", f"examples/{example}", "--as-of", "2026-11-24"]
    done = subprocess.run([*line, "--output", str(target)], cwd=ROOT, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{example} gave exit code {done.returncode}, expected 0 or 1")
    return (target / "index.html").as_uri()


def picture(page: Page, address: str, name: str, anchor: str = "") -> None:
    page.goto(f"{address}#{anchor}" if anchor else address)
    page.screenshot(path=IMAGES / name)
    print(f"wrote docs/images/{name}, {(IMAGES / name).stat().st_size // 1000} kB")


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("no Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        picture(page, written("orders-not-ready", Path(folder)), "review-decision.png")
        picture(page, written("orders", Path(folder)), "review-proofs.png", "proofs")
        browser.close()


if __name__ == "__main__":
    main()
