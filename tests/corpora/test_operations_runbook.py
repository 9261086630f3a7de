"""What was counted by hand in real runbooks and the alerts that link to them."""

import re
import shutil
from os import environ
from pathlib import Path

import pytest

from readiness.evidence.documents import File
from readiness.evidence.pages import Section, page_of
from readiness.evidence.runbook_commands import commands_of
from readiness.evidence.runbook_queries import RunbookQueries
from readiness.evidence.runbooks import INDEXES, Kind, Runbook
from readiness.pipeline import Request, judge
from tests.corpora.judged import AS_OF
from tests.corpora.test_corpora import CORPORA

pytestmark = pytest.mark.skipif(not CORPORA, reason="READINESS_CORPORA names no folder of real services")

PAGES = "content/runbooks"


@pytest.fixture(scope="module")
def pages() -> list[Runbook]:
    root = Path(environ["READINESS_CORPORA"]) / "prometheus-runbooks"
    return [
        Runbook(File("runbooks", path.relative_to(root).as_posix()), page_of(path.read_bytes()))
        for path in sorted((root / PAGES).rglob("*.md"))
        if path.name.lower() not in INDEXES
    ]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Places of findings by check, of kube-prometheus with the pages of its alerts."""
    corpora = Path(environ["READINESS_CORPORA"])
    tree = tmp_path_factory.mktemp("kube") / "kube-prometheus"
    shutil.copytree(corpora / "kube-prometheus" / "manifests", tree / "manifests")
    (tree / "readiness.yaml").write_text(
        "version: 1\nextends: [profile:operations@1]\nservice: {name: kube-prometheus, owner: monitoring}\n"
        "sources: {runbooks: {required: true}}\nevidence: {runbooks: ['runbooks:content/runbooks']}\n"
        "environments:\n  production: {class: production, namespace: monitoring, manifests: [manifests/]}\n"
    )
    sources = {"runbooks": str(corpora / "prometheus-runbooks")}
    document = judge(Request(str(tree), AS_OF, sources=sources)).document
    return {
        outcome["id"]: {
            f"{(one['file'] or '').removeprefix(PAGES + '/')}:{one['line']}"
            for one in outcome["findings"]
            if one["status"] == "fail"
        }
        for outcome in document["outcomes"]
    }


def test_what_stands_in_the_pages(pages: list[Runbook]) -> None:
    fenced = [page for page in pages if any(section.code for section in page.page.sections)]
    todo = [page for page in pages if any(section.unfinished for section in page.page.sections)]
    short = [page for page in pages if page.page.words < 80]  # code and front matter not counted
    assert (len(pages), len(fenced), len(todo), len(short)) == (108, 27, 19, 51)


def test_sections_that_are_empty(pages: list[Runbook]) -> None:
    """Headings prove nothing: nearly all pages have them."""
    kinds: tuple[Kind, ...] = ("meaning", "impact", "diagnosis", "mitigation")
    whole = [page for page in pages if page.has_kinds.issuperset(kinds)]
    empty = [
        page
        for page in pages
        if any(
            page.of_kind(kind) and sum(map(_visible, page.of_kind(kind))) < 15  # as runbook.sections has it
            for kind in kinds
        )
    ]
    assert (len(whole), len(empty)) == (103, 25)


def _visible(section: Section) -> int:
    return len("".join(section.prose.split())) + sum(len(code.text.strip()) for code in section.code)


def test_commands_of_the_pages_are_read(pages: list[Runbook]) -> None:
    commands = [one for page in pages for one in commands_of(page)]
    assert len(commands) == 72
    literal = {str(target) for one in commands for target in one.targets}
    assert literal == {
        "StatefulSet alertmanager-main", "Service alertmanager-main", "Pod etcd", "Pod kube-proxy-b9g23",
        "ConfigMap kube-proxy-config", "Pod prometheus-k8s-0",
    }  # fmt: skip


def test_every_query_of_the_pages_parses(pages: list[Runbook]) -> None:
    queries = [one for page in pages for one in RunbookQueries().of(page)]
    assert len(queries) == 14
    assert [one.why for one in queries if one.query is None] == []


def test_commands_that_kubectl_does_not_have(found: dict[str, set[str]]) -> None:
    assert found["runbook.commands-real"] == {
        "etcd/etcdBackendQuotaLowSpace.md:27", "kubernetes/KubeJobFailed.md:20",
    }  # fmt: skip


def test_the_one_series_that_nobody_records(found: dict[str, set[str]]) -> None:
    assert found["runbook.queries-real"] == {"etcd/etcdGRPCRequestsSlow.md:68"}


def test_the_one_page_without_an_alert(found: dict[str, set[str]]) -> None:
    """Pages of etcd are of a part that is not installed, and KubeJobCompletion has a finding at its alert."""
    assert found["runbook.orphan"] == {"kubernetes/KubeProxyDown.md:6"}


def test_nine_pages_have_no_alert(pages: list[Runbook]) -> None:
    manifests = Path(environ["READINESS_CORPORA"]) / "kube-prometheus" / "manifests"
    text = "".join(path.read_text() for path in sorted(manifests.glob("*-prometheusRule.yaml")))
    alerts = set(re.findall(r"(?m)^\s*- alert: (\w+)$", text))
    left = sorted(page.name for page in pages if page.name not in alerts)
    assert len(alerts) == 125
    assert [name for name in left if not name.startswith("etcd")] == ["KubeJobCompletion", "KubeProxyDown"]
    assert len(left) == 9


def test_nothing_false_about_ways_back(found: dict[str, set[str]]) -> None:
    assert found["runbook.rollback-matches-deploy"] == set()
