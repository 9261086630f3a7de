"""Services that are slow, in trouble or not the service at all: each is told plainly, nothing is leaked."""

import contextlib
import json
import socket
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import cli, process
from tests.publish.fakes import TOKEN, Fake, GitHub, GitLab, Reply, served
from tests.publish.posting import KINDS, TOKENS, post, saved
from tests.report.samples import not_ready, ready

SERVICES = list(KINDS)
BUSY = "the service is in trouble or busy; run this again later, the verdict need not be made again"


@pytest.fixture(params=SERVICES)
def to(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def fake(to: str) -> Iterator[Fake]:
    service = KINDS[to]()
    if isinstance(service, GitHub):
        service.processing = ["complete"]
    with served(service):
        yield service


def test_a_wrong_token(tmp_path: Path, to: str, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKENS[to], "another-token")
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert said.err.startswith("readiness: not delivered: ")
    assert ": 401 Unauthorized (" in said.err
    assert f"the token in {TOKENS[to]} is wrong or expired; it has to allow: " in said.err
    assert "another-token" not in said.err + said.out
    assert len(fake.requests) == 1  # tried once


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (404, "404 Not Found (no way); there is no such repository or commit, or the token may not see it"),
        (409, "409 Conflict (no way); another run changes the same thing, or another user made it"),
        (413, "413 Content Too Large (no way); the service takes less than it documents"),
        (422, "422 Unprocessable (no way); check --url, --repository and --commit"),
    ],
)
def test_an_answer_that_says_no(tmp_path: Path, to: str, fake: Fake, status: int, told: str) -> None:
    fake.trouble = [
        Reply(status, fake.error("no way"))
    ] * 2  # GitHub may fall back to a commit status, Bitbucket deletes first
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert told in said.err


def test_403_names_what_the_token_has_to_allow(tmp_path: Path, to: str, fake: Fake) -> None:
    fake.trouble = [Reply(403, fake.error("no way"))] * 2
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert f"the token in {TOKENS[to]} may not do this; it has to allow: " in said.err


@pytest.mark.parametrize(
    "reply",
    [
        Reply(429, {"message": "slow down"}, (("Retry-After", "0"),)),
        Reply(429, {"message": "slow down"}, (("Retry-After", formatdate(0, usegmt=True)),)),
        Reply(429, {"message": "slow down"}, (("Retry-After", "soon"),)),
        Reply(403, {"message": "rate limit"}, (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1"))),
        Reply(500, {"message": "oops"}),
        Reply(503, raw=b"<html>maintenance</html>"),
    ],
    ids=["429", "429-date", "429-nonsense", "403-rate", "500", "503-html"],
)
def test_trouble_that_passes(tmp_path: Path, to: str, fake: Fake, reply: Reply) -> None:
    fake.trouble = [reply]
    said = post(tmp_path, not_ready(), to, fake.url)
    assert (said.code, said.err) == (0, "")
    assert fake.asked()[0] == fake.asked()[1]


@pytest.mark.parametrize("seconds", ["61", "999999999999999999999999"])
def test_a_wait_that_is_too_long_is_not_waited(tmp_path: Path, to: str, fake: Fake, seconds: str) -> None:
    fake.trouble = [Reply(429, fake.error("slow down"), (("Retry-After", seconds),))]
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert f"429 Too Many Requests (slow down), and asks to wait {seconds[:9]} s; {BUSY}" in said.err
    assert len(fake.requests) == 1


def test_trouble_that_stays(tmp_path: Path, to: str, fake: Fake) -> None:
    fake.trouble = [Reply(503, fake.error("down"), (("Retry-After", "0"),))] * 9
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert f"503 Service Unavailable (down) (4 tries); {BUSY}" in said.err
    assert len(fake.requests) == 4


def test_a_slow_answer(tmp_path: Path, to: str, fake: Fake) -> None:
    fake.trouble = [Reply(slow=3)] * 4
    said = post(tmp_path, not_ready(), to, fake.url, "--timeout", "0.4")
    assert said.code == 3
    assert f"no answer in 0.4 s; {BUSY}" in said.err


def test_an_answer_that_comes_byte_by_byte(tmp_path: Path, to: str, fake: Fake) -> None:
    fake.trouble = [Reply(raw=b" " * 1000, drip=0.05)] * 4
    said = post(tmp_path, not_ready(), to, fake.url, "--timeout", "0.4")
    assert said.code == 3
    assert "in 0.4 s" in said.err


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(tmp_path: Path, to: str, fake: Fake, status: int) -> None:
    with served(Fake()) as other:
        fake.trouble = [Reply(status, None, (("Location", f"{other.url}/steal?x=1"),))]
        said = post(tmp_path, not_ready(), to, fake.url)
        assert said.code == 3
        assert f"redirects to {other.url}, which was not followed since the token would go there" in said.err
        assert other.requests == []


@pytest.mark.parametrize("where", ["http://[", "ftp://127.0.0.1/", "//evil.example", "javascript:x", ""])
def test_a_redirect_to_nowhere(tmp_path: Path, where: str) -> None:
    with served(GitHub()) as fake:
        fake.trouble = [Reply(302, None, (("Location", where),))]
        assert post(tmp_path, not_ready(), "github", fake.url).code == 3


def test_a_redirect_to_a_page_to_log_in(tmp_path: Path, to: str, fake: Fake) -> None:
    fake.trouble = [Reply(302, None, (("Location", "/login?next=x"),))]
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert "redirects (302) to /login, where nothing can be posted" in said.err


def test_a_repository_that_moved_on_the_same_host(tmp_path: Path) -> None:
    with served(GitHub()) as fake:
        fake.trouble = [Reply(307, None, (("Location", "/repos/team/orders/check-runs"),))]
        assert post(tmp_path, not_ready(), "github", fake.url).code == 0
        fake.trouble = [Reply(307, None, (("Location", "/repos/team/orders/check-runs"),))] * 9
        said = post(tmp_path, not_ready(), "github", fake.url)
        assert "redirects more than 3 times; check --url" in said.err


def test_a_page_instead_of_json(tmp_path: Path, to: str, fake: Fake) -> None:
    fake.trouble = [Reply(200, raw=b"<html>Log in</html>", headers=(("Content-Type", "text/html"),))]
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert "answers 200 with text/html that is no JSON, so that nobody knows what became of it" in said.err


@pytest.mark.parametrize("body", [[], "text", 7, {"id": []}, {"id": {"a": 1}}])
def test_json_of_another_shape(tmp_path: Path, to: str, fake: Fake, body: Any) -> None:
    fake.trouble = [Reply(200, body)] * 30
    said = post(tmp_path, not_ready(), to, fake.url)
    assert "Traceback" not in said.err
    assert "fault of readiness" not in said.err
    if to.startswith("github"):
        assert said.code == 3
        assert "answers without the id of " in said.err


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, raw=b"x" * 5_000_000),
        Reply(200, raw=b"x", headers=(("Content-Encoding", "gzip"),)),
        Reply(400, raw=b"[" * 100_000),
        Reply(400, {"message": [[[[[[["deep"]]]]]]]}),
        Reply(400, {"message": {"name": ["is too long \x1b[2J\u202e"]}}),
        Reply(400, {"message": "m" * 100_000}),
    ],
    ids=["large", "compressed", "nested", "deep", "hostile", "long"],
)
def test_hostile_answers_are_bounded(tmp_path: Path, to: str, fake: Fake, reply: Reply) -> None:
    fake.trouble = [reply]
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert len(said.err) < 900
    assert said.err.rstrip("\n").isprintable()


@pytest.mark.parametrize("times", [1, 100])
def test_a_service_that_says_the_token_is_not_quoted(tmp_path: Path, to: str, fake: Fake, times: int) -> None:
    fake.trouble = [Reply(400, fake.error(f"bad token {TOKEN * times} for you"))]
    said = post(tmp_path, not_ready(), to, fake.url)
    assert said.code == 3
    assert f"bad token {'***' * times}"[:200] in said.err
    assert TOKEN[:6] not in said.err  # nor a part of it, where the text is cut


def test_nothing_listens(tmp_path: Path, to: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = post(tmp_path, not_ready(), to, f"http://127.0.0.1:{port}", "--timeout", "1")
    assert said.code == 3
    assert f"no connection to http://127.0.0.1:{port} (Connection refused)" in said.err


def test_a_connection_that_breaks_off(tmp_path: Path, to: str) -> None:
    import threading

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        said = post(
            tmp_path, not_ready(), to, f"http://127.0.0.1:{server.getsockname()[1]}", "--timeout", "1"
        )
    assert said.code == 3
    assert "no connection to " in said.err


def test_a_note_that_may_have_been_written_is_not_written_twice(tmp_path: Path) -> None:
    with served(GitLab()) as fake:
        fake.only, fake.trouble = "POST .*/notes", [Reply(500, {"message": "oops"})]
        said = post(tmp_path, not_ready(), "gitlab", fake.url)
        assert said.code == 3
        assert "writing the note: 500 Internal Server Error (oops)" in said.err
        assert fake.asked().count("POST /projects/team%2Forders/merge_requests/17/notes") == 1


def test_a_report_that_arrived_in_part_says_how_far(tmp_path: Path) -> None:
    from tests.publish.test_services import many

    with served(GitHub()) as fake:
        fake.only, fake.trouble = "PATCH", [Reply(422, {"message": "Invalid request"})]
        said = post(tmp_path, many(120), "github", fake.url)
        assert said.code == 3
        assert "adding annotations 51 to 100 of 121: 422 Unprocessable (Invalid request)" in said.err
        assert fake.runs[1]["conclusion"] == "failure"  # said with the first request


def test_a_netrc_takes_not_the_place_of_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login jane password not-the-token\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with served(GitHub()) as fake:
        assert post(tmp_path, ready(), "github", fake.url).code == 0


def test_the_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bitbucket Pipelines: a proxy at loopback adds the token to plain requests."""
    monkeypatch.delenv("BITBUCKET_TOKEN")
    with served(Fake()) as proxy:
        proxy.trouble = [Reply(200, {})] * 99
        monkeypatch.setenv("http_proxy", proxy.url)
        said = post(tmp_path, ready(), "bitbucket-cloud", "http://bitbucket.invalid/2.0")
        assert said.code == 0
        assert {one.path.partition("/2.0")[0] for one in proxy.requests} == {"http://bitbucket.invalid"}
        assert all("Authorization" not in one.headers for one in proxy.requests)


def test_a_proxy_with_a_password_is_not_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://jane:hunter2@127.0.0.1:{port}")
    said = post(tmp_path, ready(), "github", "https://github.invalid", "--timeout", "1")
    assert said.code == 3
    assert "the proxy that the environment names gives no connection" in said.err
    assert "hunter2" not in said.err


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, own_certificate: Path) -> None:
    import ssl
    import threading

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def shake_hands() -> None:
            with contextlib.suppress(OSError):
                while True:
                    plain = server.accept()[0]
                    with contextlib.suppress(OSError):
                        context.wrap_socket(plain, server_side=True)

        threading.Thread(target=shake_hands, daemon=True).start()
        said = post(
            tmp_path, ready(), "github", f"https://127.0.0.1:{server.getsockname()[1]}", "--timeout", "5"
        )
    assert said.code == 3
    assert "its certificate is not trusted (self" in said.err
    assert "REQUESTS_CA_BUNDLE" in said.err


@pytest.fixture
def own_certificate(tmp_path: Path) -> Path:
    import shutil
    import subprocess

    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate, and is not installed")
    file = tmp_path / "both.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", str(tmp_path / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    file.write_text(file.read_text() + (tmp_path / "cert.pem").read_text())
    return file


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--to", "gitea"), "--to gitea: no such service; expected one of bitbucket-cloud,"),
        (("--to", "github", "--repository", "orders"), "--repository orders: expected OWNER/NAME"),
        (("--to", "github", "--repository", "team/.."), "--repository: .. is no name"),
        (("--to", "github", "--repository", "t/o", "--commit", "abc"), "--commit: abc is no whole commit id"),
        (("--to", "github"), "--repository: GitHub needs to know which; expected it, or GITHUB_REPOSITORY"),
        (("--to", "github-sarif", "--repository", "t/o"), "--ref: GitHub code scanning needs the whole ref"),
        (
            ("--to", "bitbucket-server", "--repository", "T/o"),
            "--url: Bitbucket Data Center has no usual address",
        ),
        (
            ("--to", "github", "--repository", "t/o", "--url", "http://git.example"),
            "the token would travel in the clear",
        ),
        (
            ("--to", "github", "--repository", "t/o", "--url", "https://me:hunter2@git.example"),
            "holds a user or password",
        ),
        (
            ("--to", "github", "--repository", "t/o", "--url", "git.example"),
            "--url git.example: expected an address",
        ),
        (
            ("--to", "github", "--repository", "t/o", "--timeout", "0"),
            "--timeout 0: expected seconds above 0",
        ),
        (
            ("--to", "github", "--repository", "t/o", "--timeout", "nan"),
            "--timeout nan: expected seconds above 0",
        ),
        (("--to", "github", "--repository", "t/o", "--link", "javascript:x"), "--link: expected the address"),
        (
            ("--to", "gitlab", "--repository", "1", "--merge-request", "../x"),
            "--merge-request: expected its number",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_usage_is_told_before_anything_is_sent(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    saved(tmp_path, ready())
    said = cli("publish", "verdict.json", *arguments, cwd=tmp_path)
    assert said.code == 2
    assert told in said.err
    assert "hunter2" not in said.err


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("", "GITHUB_TOKEN or GH_TOKEN: is not set"),
        ("one\ntwo-secret", "GITHUB_TOKEN: holds what no token has"),
    ],
    ids=["none", "two lines"],
)
def test_a_token_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str, told: str) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    saved(tmp_path, ready())
    said = cli("publish", "verdict.json", "--to", "github", "--repository", "t/o", cwd=tmp_path)
    assert said.code == 2
    assert told in said.err
    assert "secret" not in said.err


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "other"}'])
def test_what_is_no_verdict(tmp_path: Path, text: str) -> None:
    (tmp_path / "verdict.json").write_text(text)
    said = cli("publish", "verdict.json", "--to", "github", "--repository", "t/o", cwd=tmp_path)
    assert said.code == 2
    assert "gate --output json=FILE" in said.err or "its schema is" in said.err


def test_the_gate_keeps_its_exit_code_and_its_verdict(tmp_path: Path) -> None:
    """As a pipeline does it: judged, published to nobody, and the gate's code is what counts."""
    (tmp_path / "deploy.yaml").write_text("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n")
    before = process("gate", ".", "--output", "json=verdict.json", cwd=tmp_path)
    text = (tmp_path / "verdict.json").read_bytes()
    said = process(
        "publish", "verdict.json", "--to", "github", "--repository", "t/o", "--commit", "ab" * 20, "--url",
        "http://127.0.0.1:9", "--timeout", "1", cwd=tmp_path, env={"GITHUB_TOKEN": TOKEN},
    )  # fmt: skip
    assert said.code == 3
    assert before.code == (0 if json.loads(text)["verdict"] == "pass" else 1)
    assert (tmp_path / "verdict.json").read_bytes() == text
