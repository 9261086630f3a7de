"""`gate --record`: what is recorded, what is refused, and what becomes of a record that no database takes."""

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from readiness.history.place import Place
from tests.cli.running import DAY, Said, cli, files
from tests.history.places import address, needed, sqlite_in, trusted

NOW = ("--as-of", DAY)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state folder of this test."""
    needed()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("READINESS_RECORD", raising=False)
    return tmp_path / "state" / "readiness"


@pytest.fixture
def closed_port() -> Iterator[str]:
    """The address of a PostgreSQL that nobody runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"postgresql://gate:hunter22@127.0.0.1:{free.getsockname()[1]}/readiness"


def gate(tmp_path: Path, *arguments: str, revisions: int = 5) -> Said:
    if not (tmp_path / "shop").exists():
        trusted(tmp_path, revisions)
    said = cli(
        "gate", str(tmp_path / "shop"), "--policy", str(tmp_path / "policy"), *NOW, *arguments, cwd=tmp_path
    )
    assert "Traceback" not in said.err
    return said


def recorded(where: Place, tmp_path: Path) -> list[str]:
    """The numbers of the records that `history` lists, with their services."""
    said = cli("history", "--records", address(where), *NOW, cwd=tmp_path)
    assert said.code == 0, said
    _, _, latest = said.out.partition("Latest records\n")
    return [" ".join(line.split()[0:5:4]) for line in latest.splitlines()[1:-1]]


def test_a_record_is_the_verdict_byte_by_byte(where: Place, tmp_path: Path) -> None:
    said = gate(tmp_path, "--records", address(where), "-o", "json")
    assert (said.code, said.err) == (0, f"readiness: recorded as 1 in {where.shown}\n")
    again = cli("report", "record:1", "--records", address(where), "-o", "json", cwd=tmp_path)
    shown = cli("history", "--show", "1", "--records", address(where), cwd=tmp_path)
    assert again.out == shown.out == said.out
    review = cli("report", "record:1", "--records", address(where), "-o", "markdown", cwd=tmp_path)
    assert review.out.startswith("# GO: shop")


@pytest.mark.parametrize(("revisions", "code"), [(5, 0), (1, 1)])
def test_recording_leaves_verdict_and_exit_code_alone(tmp_path: Path, revisions: int, code: int) -> None:
    plain = gate(tmp_path, "-o", "json", revisions=revisions)
    said = gate(tmp_path, "--record", "-o", "json")
    assert (plain.code, said.code) == (code, code)
    assert plain.out == said.out


def test_without_a_name_it_is_a_file_of_the_user(tmp_path: Path, own_folder: Path) -> None:
    said = gate(tmp_path, "--record")
    file = own_folder / "history.db"
    assert said.err == f"readiness: recorded as 1 in {file}\n"
    assert file.stat().st_mode & 0o777 == 0o644
    assert own_folder.stat().st_mode & 0o777 == 0o700


def test_the_variable_names_the_place_and_does_not_record_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READINESS_RECORD", f"sqlite:///{tmp_path}/named.db")
    assert gate(tmp_path).err == ""
    assert not (tmp_path / "named.db").exists()
    assert gate(tmp_path, "--record").err == f"readiness: recorded as 1 in {tmp_path}/named.db\n"


def test_what_is_judged_by_its_own_rules_is_recorded_only_on_demand(tmp_path: Path, own_folder: Path) -> None:
    trusted(tmp_path)
    shutil.copy(tmp_path / "policy" / "readiness.yaml", tmp_path / "shop")
    said = cli("gate", "shop", "--record", *NOW, cwd=tmp_path)
    assert said.code == 0
    assert said.err == (
        "readiness: not recorded: the rules came from the tree that they judge; give --policy or --base, "
        "or --record-untrusted to record it all the same\n"
    )
    assert not own_folder.exists()
    said = cli("gate", "shop", "--record", "--record-untrusted", *NOW, cwd=tmp_path)
    assert (said.code, said.err) == (0, f"readiness: recorded as 1 in {own_folder}/history.db\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--record", "--check", "rollback.*"), "--check runs a part of the checklist"),
        (("--record-untrusted",), "says what --record may do; expected both"),
        (("--records", "mysql://x/y"), "mysql:// is not known; expected a file, sqlite:/// or postgresql://"),
        (("--records", "missing/history.db"), "missing/history.db: missing: "),
        (("--records", "policy"), "policy: is a folder; expected a file"),
        (("--records", "postgresql://h:port/x"), "is no address of a PostgreSQL"),
        (("--records", "postgresql://u:hunter22@[h/x"), "is no address of a PostgreSQL"),
        (("--records", ""), "--records: is empty; expected a file or postgresql://…"),
    ],
)
def test_what_can_not_be_recorded_is_told_before_the_work(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    said = gate(tmp_path, *arguments)
    assert said.code == 2
    assert says in said.err
    assert "hunter22" not in said.err


def test_a_library_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from readiness.history import place as places

    monkeypatch.setattr(places, "find_spec", lambda name: None if name == "sqlalchemy" else object())
    said = gate(tmp_path, "--record")
    assert (said.code, said.err) == (
        2,
        "readiness: records need sqlalchemy, which is not installed; run: pip install 'readiness[history]'\n",
    )


@pytest.mark.parametrize(("revisions", "code"), [(5, 0), (1, 1)])
def test_an_unreachable_database_loses_nothing(
    tmp_path: Path, closed_port: str, revisions: int, code: int
) -> None:
    said = gate(tmp_path, "--records", closed_port, "-o", "json=reports.json", revisions=revisions)
    assert said.code == code
    verdict = json.loads((tmp_path / "reports.json").read_text())
    (kept,) = (tmp_path / "readiness-spool").glob("*.json")
    assert json.loads(kept.read_text())["verdict"] == verdict
    assert "Connection refused" in said.err
    assert f"kept as readiness-spool/{kept.name}, the next run with --record takes it in" in said.err
    assert "hunter22" not in said.err + kept.read_text()
    assert (tmp_path / "readiness-spool" / ".gitignore").read_text() == "*\n"


def test_a_server_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from readiness.history import store

    monkeypatch.setattr(store, "CONNECT_SECONDS", 2)  # the least that libpq knows
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = gate(tmp_path, "--records", f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x")
    assert said.code == 0
    assert "not recorded: " in said.err
    assert "timeout" in said.err
    assert "kept as" in said.err


def unreachable(tmp_path: Path) -> Path:
    """A place that takes no record now, and does after it is deleted."""
    file = tmp_path / "history.db"
    file.write_text("this is no database\n" * 100)
    return file


@pytest.mark.parametrize("output", [("-o", "json=out/r.json"), ()])
def test_what_waits_is_taken_in_by_the_next_run(
    tmp_path: Path, own_folder: Path, output: tuple[str, ...]
) -> None:
    (tmp_path / "out").mkdir()
    file = unreachable(tmp_path)
    for _ in range(2):
        said = gate(tmp_path, "--records", str(file), *output)
        assert said.code == 0
        assert "file is not a database" in said.err
    spool = tmp_path / "out" / "readiness-spool" if output else own_folder / "spool"
    assert len(list(spool.glob("*.json"))) == 2
    file.unlink()
    said = gate(tmp_path, "--records", str(file), *output)
    shown = spool.relative_to(tmp_path) if output else spool
    assert said.err.splitlines() == [
        f"readiness: recorded as 1 in {file}",
        f"readiness: 2 records taken in from {shown}",
    ]
    assert list(spool.glob("*.json")) == []
    where = sqlite_in(tmp_path)
    assert sorted(recorded(where, tmp_path)) == ["1 shop", "2 shop", "3 shop"]


def test_what_was_taken_in_before_its_file_was_deleted_is_there_once(tmp_path: Path) -> None:
    file = unreachable(tmp_path)
    gate(tmp_path, "--records", str(file), "-o", "json=r.json")
    spool = tmp_path / "readiness-spool"
    shutil.copytree(spool, tmp_path / "copy")
    file.unlink()
    gate(tmp_path, "--records", str(file), "-o", "json=r.json")
    shutil.rmtree(spool)
    shutil.copytree(tmp_path / "copy", spool)
    said = gate(tmp_path, "--records", str(file), "-o", "json=r.json")
    assert "recorded as 3 in" in said.err
    assert "1 record taken in from readiness-spool" in said.err
    where = sqlite_in(tmp_path)
    assert sorted(recorded(where, tmp_path)) == ["1 shop", "2 shop", "3 shop"]


def test_what_others_put_into_a_spool_is_not_taken_in_by_itself(tmp_path: Path, closed_port: str) -> None:
    """The spool lies where a change of the judged tree can put files too."""
    gate(tmp_path, "--records", closed_port, "-o", "json=r.json")  # sealed with another address
    spool = tmp_path / "readiness-spool"
    (forged,) = spool.glob("*.json")
    (spool / "broken.json").write_text('{"schema": "readiness/record/1", "verdict": []}')
    (spool / "loop.json").symlink_to(forged)
    (spool / "z.json").mkdir()
    said = gate(tmp_path, "--records", "history.db", "-o", "json=r.json")
    assert said.code == 0
    lines = said.err.splitlines()
    assert lines[0] == "readiness: recorded as 1 in history.db"
    assert [line.split(": ")[1] for line in lines[1:-1]] == [
        f"readiness-spool/{name}.json" for name in ("broken", "loop", "z")
    ]
    assert lines[-1] == (
        "readiness: readiness-spool: 1 record of another database or address left there; "
        "if you trust them: readiness history --replay readiness-spool"
    )
    assert forged.exists()
    said = cli("history", "--replay", "readiness-spool", "--records", "history.db", cwd=tmp_path)
    assert "1 record taken in from readiness-spool" in said.out
    assert not forged.exists()


def test_a_seal_holds_for_one_record_alone(tmp_path: Path) -> None:
    file = unreachable(tmp_path)
    gate(tmp_path, "--records", str(file), "-o", "json=r.json", revisions=1)
    (kept,) = (tmp_path / "readiness-spool").glob("*.json")
    kept.write_text(kept.read_text().replace("NO-GO", "GO"))
    file.unlink()
    said = gate(tmp_path, "--records", str(file), "-o", "json=r.json")
    assert "1 record of another database or address left there" in said.err


def test_a_spool_that_is_a_link_is_not_followed(tmp_path: Path, closed_port: str, own_folder: Path) -> None:
    elsewhere = files(tmp_path / "elsewhere", {"keep.txt": "as it was"})
    (tmp_path / "readiness-spool").symlink_to(elsewhere)
    said = gate(tmp_path, "--records", closed_port, "-o", "json=r.json")
    assert f"kept as {own_folder}/spool/" in said.err
    assert [path.name for path in elsewhere.iterdir()] == ["keep.txt"]


@pytest.mark.parametrize("crash", [KeyboardInterrupt(), RuntimeError("boom"), MemoryError()], ids=repr)
def test_whatever_breaks_while_recording_the_verdict_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash: BaseException
) -> None:
    from readiness.history.store import Store

    def add(*_: object) -> int:
        raise crash

    monkeypatch.setattr(Store, "add", add)
    said = gate(tmp_path, "--records", "history.db", "-o", "json=r.json")
    assert said.code == 0
    assert json.loads((tmp_path / "r.json").read_text())["decision"] == "GO"
    assert said.err.startswith(f"readiness: not recorded: {type(crash).__name__}")
    assert len(list((tmp_path / "readiness-spool").glob("*.json"))) == 1


def test_where_nothing_can_be_kept_the_verdict_stands(
    tmp_path: Path, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "policy" / "readiness.yaml"))
    said = gate(tmp_path, "--records", closed_port)
    assert said.code == 0
    assert "Connection refused; and not kept either: " in said.err
    assert "Not a directory" in said.err


def test_a_run_without_a_verdict_is_not_recorded(tmp_path: Path, own_folder: Path) -> None:
    said = cli("gate", "nowhere", "--record", *NOW, cwd=tmp_path)
    assert said.code == 3
    assert not own_folder.exists()
