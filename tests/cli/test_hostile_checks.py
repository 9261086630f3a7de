"""Checks of a plug-in that misbehave: each is an `error` of itself, and every other outcome is there."""
# a row a case

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from readiness import guard
from tests.cli.plugins import check, installed, on_path
from tests.cli.running import CHECKLIST as OWN
from tests.cli.running import DAY, cli, committed, deployment, files, gate, outcome

CHECKLIST = """
version: 1
service: {{name: shop, tier: 1, owner: team-shop}}
items:
  - {{check: hostile.{name}, timeout: 1s}}
  - {{check: hostile.sound, timeout: 1s}}
  - {{check: rollback.history-limit}}
"""

SOUND = check("sound", 'yield Proof(f"{workload.name} is sound")')

ONCE = "workload: Workload"
LATE = "took longer than 1 s"

BAD: dict[str, tuple[str, str]] = {
    "loops": ("while True:\n    pass\nyield", LATE),
    "regex": ("yield Proof(str(re.match(r'(a+)+$', 'a' * 60 + '!')))", LATE),
    "swallows-exceptions": (
        "while True:\n    try:\n        while True: pass\n    except Exception:\n        pass\nyield", LATE,
    ),
    "swallows-all": (
        "def again():\n    while True:\n        try:\n            again()\n        except BaseException:\n            pass\n"
        "yield again()", LATE,
    ),
    "in-c-code": ("yield Proof(str(len(str(bool(7 ** (10 ** 9))))))", LATE),
    "none": ("yield None", "yielded NoneType"),
    "text": ("yield 'all is well'", "yielded str"),
    "returns-none": ("return None", "returned NoneType"),
    "returns-text": ("return 'fine'", "returned str"),
    "million": (
        "for number in range(10 ** 6):\n    yield Finding(f'number {number}', key=str(number))",
        "yielded more than 1000",
    ),
    "halfway": ("yield Proof('so far')\nraise ValueError('no further')", "ValueError: no further"),
    "recursion": ("def deeper(): return deeper()\nyield deeper()", "RecursionError"),
    "exits": ("sys.exit(0)\nyield", "SystemExit"),
    "exits-at-once": ("import os\nos._exit(0)\nyield", "ended its process (exit code 0)"),
    "killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nyield", "ended its process (signal 9)"),
    "interrupted": ("raise KeyboardInterrupt\nyield", "KeyboardInterrupt"),
    "generator-exit": ("raise GeneratorExit\nyield", "GeneratorExit"),
    "keeps-on": (
        "while True:\n    try:\n        yield None\n    except GeneratorExit:\n        pass", "yielded NoneType",
    ),
    "mute-exception": (
        "class Mute(Exception):\n    def __str__(self): raise ValueError\nraise Mute\nyield", "without a message",
    ),
    "number-as-message": ("yield Finding(42)", "whose message is int"),
    "operand-object": ("yield Finding('x', operands=(Operand('n', object()),))", "operand n is object"),
    "operand-nan": ("yield Finding('x', operands=(Operand('n', float('nan')),))", "operand n is nan"),
    "operand-huge": ("yield Finding('x', operands=(Operand('n', 7 ** 9999),))", "operand n is a number of"),
    "about-text": ("yield Finding('x', about='api')", "about is no Subject"),
    "place-text": ("yield Finding('x', at='a.yaml:3')", "at is str"),
    "severity-word": ("yield Finding('x', at_most='fatal')", "of the wrong kind"),
    "twice": ("yield Finding('x')\nyield Finding('y')", "findings need a key each"),
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = SOUND + "".join(check(name.replace("-", "_"), body) for name, (body, _) in BAD.items())
    return installed(tmp_path_factory.mktemp("site"), "hostile", source)


def shop(tree: Path, name: str) -> Path:
    return files(
        tree,
        {
            "readiness.yaml": CHECKLIST.format(name=name),
            "k8s/api.yaml": deployment("api"),
            "k8s/web.yaml": deployment("web", revisionHistoryLimit=0),
        },
    )


@pytest.mark.parametrize(("name", "why"), [(name, why) for name, (_, why) in BAD.items()], ids=list(BAD))
def test_a_bad_check_is_its_own_error_and_hides_no_other(
    hostile: Path, tmp_path: Path, name: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "GRACE_SECONDS", 0.5)
    with on_path(hostile):
        code, verdict = gate("-o", f"junit={tmp_path / 'out.xml'}", cwd=shop(tmp_path / "tree", name))
    assert code == 1, verdict
    bad = outcome(verdict, f"hostile.{name}")
    assert bad["status"] in ("error", "fail")  # fail is worse than error, where it had found something
    texts = bad["reason"] + "".join(finding["message"] for finding in bad["findings"])
    assert why in texts
    assert str(tmp_path) not in str(verdict)
    assert outcome(verdict, "hostile.sound")["status"] == "pass"
    assert [one["message"] for one in outcome(verdict, "rollback.history-limit")["findings"]] == [
        "web keeps 0 old revisions, 2 are needed"
    ]
    assert "hostile.sound" in (tmp_path / "out.xml").read_text()


def test_what_a_check_had_found_before_it_was_ended_stays(tmp_path: Path) -> None:
    source = check(
        "stops", "yield Proof(workload.name)\nif workload.name == 'web':\n    import os\n    os._exit(1)"
    )
    with on_path(installed(tmp_path / "site", "hostile", SOUND + source)):
        _, verdict = gate(cwd=shop(tmp_path / "tree", "stops"))
    stopped = outcome(verdict, "hostile.stops")
    assert (stopped["status"], [one["message"] for one in stopped["proofs"]]) == ("error", ["api"])


def test_a_check_that_hangs_everywhere_is_waited_for_twice(tmp_path: Path) -> None:
    names = [f"w{number}" for number in range(8)]
    tree = files(shop(tmp_path / "tree", "loops"), {f"k8s/{name}.yaml": deployment(name) for name in names})
    with on_path(installed(tmp_path / "site", "hostile", SOUND + check("loops", "while True: pass\nyield"))):
        code, verdict = gate(cwd=tree)
    messages = [one["message"] for one in outcome(verdict, "hostile.loops")["findings"]]
    assert code == 1, verdict
    assert sum("took longer than 1 s in" in message or message.endswith("1 s") for message in messages) >= 2
    assert sum("not called: 2 calls" in message for message in messages) == 8


def test_a_check_that_prints_does_not_write_into_the_report(tmp_path: Path) -> None:
    source = "print('imported')\n" + SOUND + check("prints", "print('hello')\nyield Proof('said')")
    with on_path(installed(tmp_path / "site", "hostile", source)):
        _, verdict = gate(cwd=shop(tmp_path / "tree", "prints"))
    assert outcome(verdict, "hostile.prints")["status"] == "pass"


LOADERS = {
    "crashes": ("raise ValueError('no')", "ValueError: no"),
    "exits": ("sys.exit(3)", "SystemExit"),
    "kills": ("import os; os._exit(4)", "ended its process (exit code 4)"),
}


@pytest.mark.parametrize(("body", "why"), LOADERS.values(), ids=list(LOADERS))
def test_a_bad_loader_is_the_error_of_the_checks_that_ask(tmp_path: Path, body: str, why: str) -> None:
    loader = f"class Thing:\n    @classmethod\n    def collect(cls, workloads: tuple[Workload, ...]) -> 'Thing':\n        {body}\n"
    loader = loader.replace("'Thing'", "Self").replace("class Thing", "from typing import Self\nclass Thing")
    source = loader + SOUND + check("asks", "yield Proof('there')", "thing: Thing")
    with on_path(installed(tmp_path / "site", "hostile", source)):
        code, verdict = gate(cwd=shop(tmp_path / "tree", "asks"))
    asked = outcome(verdict, "hostile.asks")
    assert (code, asked["status"]) == (1, "error")
    assert why in asked["reason"]
    assert outcome(verdict, "hostile.sound")["status"] == "pass"


BROKEN = {
    "no annotation": ("def bad(thing) -> Findings:\n    '''X.'''\n    yield\n", "parameter thing has no annotation"),
    "no evidence": ("def bad(thing: int) -> Findings:\n    '''X.'''\n    yield\n", "no evidence type"),
    "no docstring": ("def bad(workload: Workload) -> Findings:\n    yield\n", "has no docstring"),
    "no severity": ("def bad(workload: Workload) -> Findings:\n    '''X.'''\n    yield\n", "Severity"),
    "two by one": (check("bad", "yield", "a: Workload, b: Workload"), "both taken one by one"),
    "setting": (check("bad", "yield", "workload: Workload, *, n: Count"), "has no default"),
    "setting type": (check("bad", "yield", "workload: Workload, *, n: int = 1"), "no setting type"),
    "default": (check("bad", "yield", "workload: Workload, *, n: Count = -1"), "setting n"),
    "import": ("import no_such_module\n", "can't be imported: ModuleNotFoundError"),
    "syntax": ("def broken(:\n", "can't be imported: SyntaxError"),
    "exit": ("raise SystemExit(0)\n", "can't be imported: SystemExit"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "why"), BROKEN.values(), ids=list(BROKEN))
def test_a_plug_in_written_wrongly_is_told_when_it_is_loaded(tmp_path: Path, source: str, why: str) -> None:
    tree = shop(tmp_path / "tree", "bad")
    with on_path(installed(tmp_path / "site", "hostile", source)):
        code, document = gate(cwd=tree)
        listed = cli("checks", "--strict", cwd=tree)
    assert (code, listed.code) == (2, 2)
    assert why in document["error"]["message"]
    assert why in listed.err
    assert "hostile" in listed.err
    assert "Traceback" not in listed.err


def test_an_area_that_two_distributions_claim_names_both(tmp_path: Path) -> None:
    site = installed(tmp_path / "site", "hostile", SOUND)
    installed(site, "hostile", SOUND, "other_vendor")
    tree = shop(tmp_path / "tree", "sound")
    with on_path(site):
        said = cli("gate", "--as-of", DAY, cwd=tree)
    assert said.code == 2
    assert "acme-hostile" in said.err
    assert "other-vendor" in said.err


def started(site: Path, tree: Path, *arguments: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH", ""))))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "readiness", "gate", "--as-of", DAY, *arguments],
        cwd=tree, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_a_process_with_a_check_that_nothing_ends_still_ends(hostile: Path, tmp_path: Path) -> None:
    tree = shop(tmp_path / "tree", "swallows-all")
    with started(hostile, tree, "-o", "json=v.json", "-o", "junit=v.xml", "-o", "terminal") as running:
        out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (1, b"")
    assert b"could only be ended with its process" in out
    document = json.loads((tree / "v.json").read_text())
    assert outcome(document, "rollback.history-limit")["status"] == "fail"
    assert "<error" in (tree / "v.xml").read_text()


def test_an_interrupt_ends_a_run_with_its_reports(tmp_path: Path) -> None:
    """Ctrl-C while a check is busy: the check says by a pipe that it is."""
    os.mkfifo(tmp_path / "busy")
    body = f"open({str(tmp_path / 'busy')!r}, 'w').close()\nwhile True: pass\nyield"
    site = installed(tmp_path / "site", "hostile", SOUND + check("busy", body))
    tree = shop(tmp_path / "tree", "busy")
    files(tree, {"readiness.yaml": CHECKLIST.format(name="busy").replace("timeout: 1s", "timeout: 60s")})
    with started(site, tree, "-o", "json=v.json") as running:
        with open(tmp_path / "busy") as pipe:
            pipe.read()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert (running.returncode, b"Traceback" in err) == (3, False), err
    assert "interrupted" in json.loads((tree / "v.json").read_text())["error"]["message"]


def test_without_a_plug_in_no_process_is_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise AssertionError("forked")

    monkeypatch.setattr(os, "fork", refused)
    tree = files(tmp_path, {"readiness.yaml": OWN, "k8s/web.yaml": deployment("web")})
    assert gate(cwd=tree)[0] == 0


def test_git_is_asked_once_for_parent_and_children(tmp_path: Path) -> None:
    """A child that reads a program's answer would leave nothing to the others."""
    body = "yield Proof(str(facts.last_change('repository', 'k8s/api.yaml')))"
    ends = body + "\nimport os\nos._exit(1)"
    source = "from readiness.evidence.git import GitFacts\n\n\n" + check("ends", ends, "facts: GitFacts")
    source += check("sound", body, "facts: GitFacts")
    tree = shop(tmp_path / "tree", "ends")
    commit = committed(tree)
    with on_path(installed(tmp_path / "site", "hostile", source)):
        _, verdict = gate(cwd=tree)
    assert [one["message"] for one in outcome(verdict, "hostile.sound")["proofs"]] == [DAY]
    assert [(one["commit"], one["dirty"]) for one in verdict["sources"]] == [(commit, False)]
