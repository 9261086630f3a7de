"""The Jenkins library passes its own tests: in the pipeline unit-test framework, once, with this `readiness`."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests import programs

ROOT = Path(__file__).parents[2]
READINESS = Path(sys.executable).parent / "readiness"
NOT_SERVED = ("Could not resolve dependencies", "could not be resolved", "PluginResolutionException")


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each test of the library, and what became of it: passed, or failure, error or skipped and why."""
    build = tmp_path_factory.mktemp("jenkins")
    done = _maven(build, "--offline")
    if any(text in done.stdout for text in NOT_SERVED):  # not everything is in the local repository yet
        done = _maven(build)
    reports = sorted(build.glob("surefire-reports/TEST-*.xml"))
    if not reports and any(text in done.stdout for text in NOT_SERVED):
        programs.missing("the framework's packages can't be had from Maven Central")
    assert reports, done.stdout[-3000:]
    found: dict[str, str] = {}
    for report in reports:
        for case in ET.parse(report).getroot().iter("testcase"):
            marks = [mark for name in ("failure", "error", "skipped") for mark in case.findall(name)]
            what = f"{marks[0].tag}: {marks[0].text or marks[0].get('message')}" if marks else "passed"
            found[f"{case.get('classname')}.{case.get('name')}"] = what
    return found


def _maven(build: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        str(programs.mvn()), "--batch-mode", "--quiet", *options, "--file", str(ROOT / "jenkins/pom.xml"),
        f"-Dreadiness.build={build}", f"-Dreadiness.program={READINESS}", "test",
    ]  # fmt: skip
    quick = {**os.environ, "MAVEN_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}  # it runs for seconds
    return subprocess.run(
        command,
        env=quick,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def test_no_test_of_the_library_fails_or_is_left_out(cases: dict[str, str]) -> None:
    assert {name: what for name, what in cases.items() if what != "passed"} == {}


@pytest.mark.parametrize("suite", ["ReadinessGateTest", "PipelinesTest", "RealGateTest"])
def test_every_suite_ran_whole(cases: dict[str, str], suite: str) -> None:
    source = (ROOT / f"jenkins/src/test/groovy/{suite}.groovy").read_text("utf-8")
    assert sum(name.startswith(f"{suite}.") for name in cases) == source.count("  @Test") > 0
