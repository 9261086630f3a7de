import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.report.canonical import dumps
from readiness.report.formats import BUILT_IN, render
from readiness.report.redaction import LIMIT, bounded, redact, safe, visible
from tests.report.samples import finding, operand, outcome, proof, verdict

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # surrogates and controls too


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("amqp://orders:hunter2@mq:5672/x", "amqp://***@mq:5672/x"),
        ("https://:p@ss@host/x", "https://***@host/x"),
        ("https://abcdefghijklmnopqrst1234@git.example/x", "https://***@git.example/x"),
        ("jdbc:oracle:thin:scott/tiger@//db/x", "jdbc:oracle:thin:***@//db/x"),
        ("jdbc:postgresql://db/x?user=a&password=hunter2&ssl=1", "jdbc:postgresql://db/x?user=a&password=***&ssl=1"),
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: ***"),
        ('{"password": "two words", "a": 1}', '{"password": ***, "a": 1}'),
        ("client_secret='x y' next", "client_secret=*** next"),
        ("spring.datasource.password=hunter2", "spring.datasource.password=***"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = ***"),
        ("token=abc", "token=***"),
        ("password=${X}hunter2", "password=***"),
        ("password=$ecret", "password=***"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("curl -H 'Authorization: Api-Token xyz'", "curl -H 'Authorization: ***'"),
        ("sent Bearer abcdefghijklmnop", "sent Bearer ***"),
        ("Basic dXNlcjpwYXNzd29yZA== it was", "Basic *** it was"),
        ("key AKIAABCDEFGHIJKLMNOP here", "key *** here"),
        ("ghp_" + "a" * 36, "***"),
        ("glpat-" + "a" * 20, "***"),
        ("xoxb-12345-67890-abc", "***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "***"),
        ("dt0c01." + "A" * 24 + "." + "B" * 64, "***"),
        ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/***"),
        ("a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b", "a *** (private key) b"),
        ("-----BEGIN PRIVATE KEY-----\nMII cut off", "*** (private key)"),
    ],
    ids=str,
)  # fmt: skip
def test_secret_is_redacted(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "https://host:8080/path?mail=jane@example.com",
        "ssh://git@host/x.git",
        "git@host:team/x.git",
        "Secret orders-db has no key url",
        "secret: orders-db",
        "password=${DB_PASSWORD}",
        "password: $(DB_PASSWORD)",
        "password={{ .Values.password }}",
        "password: <your password>",
        "basic authentication is off",
        "r1:0123456789abcdef0123",
        "sha256:" + "ab" * 32,
        "0123456789abcdef0123456789abcdef01234567",
        "automountServiceAccountToken: true",
        "orders-api keeps 1 old revision, 2 are needed",
    ],
)
def test_look_alike_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_operand_named_after_a_secret_hides_its_value() -> None:
    values = [
        safe(operand(name, value))["value"]
        for name, value in (
            ("DB_PASSWORD", "hunter2"),
            ("api-key", "x"),
            ("DB_PASSWORD", "${A}"),
            ("max token", 3),
        )
    ]
    assert values == ["***", "***", "${A}", 3]


def test_no_password_is_left_half_by_the_cut() -> None:
    text = "x" * (LIMIT - 20) + " db://u:" + "hunter2" * 30 + "@host/" + "y" * LIMIT
    assert "hunter2" not in safe(text)


def test_long_text_is_cut_and_says_how_long_it_was() -> None:
    assert bounded("n" * 1_000_000, 10) == "nnnnnnnnnn… (1000000 characters)"
    assert bounded("n" * 74, 10) == "n" * 74


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb\u200b", "a\\u202eb\\u200b"),
        ("\U000e0041", "\\U000e0041"),
        (" a \r\n  b\tc ", "a b c"),
        ("ärger 日本 😀", "ärger 日本 😀"),
        ("nul\x00", "nul\\x00"),
    ],
    ids=ascii,
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_line_breaks_are_kept_where_asked() -> None:
    assert visible("a\r\nb\x07\rc", lines=True) == "a\nb\\x07\nc"


@given(ANY_TEXT)
def test_visible_text_is_one_line_without_control_characters(text: str) -> None:
    shown = visible(safe(text))
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Zl", "Zp", "Cs"}
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b")


@given(ANY_TEXT)
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.lists(st.sampled_from(
    ["password", "=", ":", " ", "'", '"', "://", "u", "@", "/", "token", "secret", "***", "Bearer ",
     "authorization", "${", "}", "eyJabcdefghijk", ".", "AKIAABCDEFGHIJKLMNOP", "-----BEGIN PRIVATE KEY-----"]
), max_size=12))  # fmt: skip
def test_redacting_twice_changes_nothing_near_secrets(parts: list[str]) -> None:
    once = redact("".join(parts))
    assert redact(once) == once


PASSWORD = st.text("abcdefghijkmnopqrstuvwxyz0123456789", min_size=8, max_size=40)


@given(ANY_TEXT, PASSWORD)
def test_password_never_survives(text: str, password: str) -> None:
    before, after = text[: len(text) // 2], text[len(text) // 2 :]
    for secret in (f"password={password}", f"db://user:{password}@host", f"Authorization: Bearer {password}"):
        if password not in text:
            assert password not in safe(f"{before} {secret} {after}")


@given(ANY_TEXT)
def test_every_format_takes_any_text(text: str) -> None:
    found = finding(text, file=text, fix=text, blocking=True, operands=[operand(text, text, text)])
    document: dict[str, Any] = verdict(
        [
            outcome("a.b", "fail", title=text, blocking=True, findings=[found]),
            outcome("a.c", "pass", proofs=[proof(text)]),
            outcome(text, "unknown", reason=text, environment=text),
        ],
        reason=text,
        notices=[text],
    )
    json.loads(dumps(document))
    for name in BUILT_IN:
        render(document, name).decode()
