"""Properties are held against time limits nowhere: machines are noisy. Nothing is remembered between tests.

A change is judged by the same examples wherever it is tested; `make properties` looks for new ones.

The browser of the tests of pages is a headless Chromium that reaches nothing but loopback.
"""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fixed", settings.get_profile("explore"), derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

os.environ["READINESS_CACHE"] = "off"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A running browser; the tests are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium")
    quiet = ("background-networking", "component-update", "sync", "extensions")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
        )
        yield launched
        launched.close()
