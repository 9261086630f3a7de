"""References to images, in their parts; what moves; and references in earlier contents of files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.images import Image, image_of, images_in

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("redis", ("redis", "", "")),
        ("redis:7.2", ("redis", "7.2", "")),
        ("registry:5000/api", ("registry:5000/api", "", "")),
        ("registry:5000/team/api:1.2", ("registry:5000/team/api", "1.2", "")),
        (f"registry:5000/api:1.2@{DIGEST}", ("registry:5000/api", "1.2", DIGEST)),
        (f"api@{DIGEST}", ("api", "", DIGEST)),
    ],
)
def test_parts(text: str, parts: tuple[str, str, str]) -> None:
    assert image_of(text) == parts
    assert str(image_of(text)) == text


@given(st.text(max_size=60))
def test_any_text_has_parts(text: str) -> None:
    found = image_of(text)
    assert isinstance(found.moves, bool)
    assert ":" not in found.name


@pytest.mark.parametrize(
    ("tag", "moves"),
    [("", True), ("latest", True), ("Latest", True), ("alpine", True), ("main", True), ("1.2-SNAPSHOT", True),
     ("8-latest", True), ("1", False), ("v1.2.3", False), ("7-alpine", False), ("2026-11-24", False)],
)  # fmt: skip
def test_tags_that_move(tag: str, moves: bool) -> None:
    assert Image("registry.example/api", tag).moves is moves
    assert not Image("registry.example/api", tag, DIGEST).moves


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.yaml", b"spec:\n  image: r/a:1\n", {"r/a:1"}),
        ("a.yaml", b"- image: 'r/a:1' # why\n  \"image\": r/b:2\n", {"r/a:1", "r/b:2"}),
        ("a.json", b'{"image": "r/a:1"}', {"r/a:1"}),
        ("a.yaml", b"image:\n  repository: r/a\n  tag: 1.0\n", {"r/a:1.0"}),
        ("a.yaml", b"image: {registry: r, repository: a, tag: v1}\n", {"r/a:v1"}),
        ("a.yaml", b"image: '${REGISTRY}/a:1'\n", set()),
        ("a.yaml", b"image: {{ .Values.image }}\n", set()),
        ("x/kustomization.yaml", b"images: [{name: a, newTag: v1}]", {"a:v1"}),
        ("kustomization.yaml", b"images: [{name: a, newName: r/a, digest: 'sha256:1'}]", {"r/a@sha256:1"}),
        ("kustomization.yaml", b"images: [1, {name: 3, newTag: 1}, {name: a}]", set()),
        ("kustomization.yaml", b"images: [", set()),
        ("a.yaml", b"imagePullPolicy: Always\nimages: x\n", set()),
        ("a.yaml", b"\xff\xfe\x00", set()),
    ],
)
def test_references_in_a_text(path: str, text: bytes, found: set[str]) -> None:
    assert {str(one) for one in images_in(path, text)} >= found
    assert {str(one) for one in images_in(path, text) if "/" in str(one) or "@" in str(one)} <= {
        *found, "r/a"
    }  # fmt: skip
