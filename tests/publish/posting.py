"""One delivery as a pipeline does it: a saved verdict, the command, and an environment with a token."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Said, cli
from tests.publish.fakes import TOKEN, BitbucketCloud, BitbucketServer, Fake, GitHub, GitLab

COMMIT = "0123456789abcdef" * 2 + "01234567"  # of the samples
REPOSITORY = {"bitbucket-server": "TEAM/orders"}
TOKENS = {
    "bitbucket-cloud": "BITBUCKET_TOKEN", "bitbucket-server": "BITBUCKET_TOKEN", "github": "GITHUB_TOKEN",
    "github-sarif": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN",
}  # fmt: skip
KINDS: dict[str, type[Fake]] = {
    "bitbucket-cloud": BitbucketCloud, "bitbucket-server": BitbucketServer, "github": GitHub,
    "github-sarif": GitHub, "gitlab": GitLab,
}  # fmt: skip
MORE = {
    "github-sarif": ("--ref", "refs/heads/main"),
    "gitlab": ("--merge-request", "17"),
}


def saved(folder: Path, document: Any) -> Path:
    file = folder / "verdict.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def post(folder: Path, document: Any, to: str, url: str, *more: str) -> Said:
    """The command, with a repository, a token that the fakes know, and what else the service needs."""
    saved(folder, document)
    return cli(
        "publish", "verdict.json", "--to", to, "--url", url, "--repository",
        REPOSITORY.get(to, "team/orders"), *MORE.get(to, ()), *more, cwd=folder,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine's own pipeline or proxy; the tokens of the fakes."""
    import os

    for name in os.environ:
        if name.upper().startswith(("BITBUCKET_", "GITHUB_", "GH_", "GITLAB_", "CI_", "BUILD_")):
            monkeypatch.delenv(name)
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in set(TOKENS.values()):
        monkeypatch.setenv(name, TOKEN)
