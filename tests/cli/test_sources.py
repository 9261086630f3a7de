"""Code, deployment and alerting in clones of their own."""

from pathlib import Path

import pytest

from readiness.report import terminal
from readiness.report.formats import render
from readiness.report.outline import Outline
from tests.cli.running import cli, committed, deployment, files, gate, git, outcome

ITEM = "rollback.history-limit"

SERVICE = """
version: 1
service: {name: shop, tier: 1, owner: team-shop}
sources:
  deploy: {required: true}
  alerting: {shared: true}
environments:
  production: {class: production, manifests: [deploy:overlays/production]}
items:
  - {check: rollback.history-limit, severity: error, required: true}
"""


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    parts: dict[str, dict[str, str | bytes]] = {
        "code": {"readiness.yaml": SERVICE, "src/main.py": "print()\n"},
        "deploy": {"overlays/production/api.yaml": deployment("api", revisionHistoryLimit=0)},
        "alerting": {"rules/shop.yaml": "groups: []\n", "other/x.yaml": deployment("of-somebody-else")},
    }
    for name, texts in parts.items():
        committed(files(tmp_path / name, texts), name)
    return tmp_path


def judge(clones: Path, *more: str, deploy: str = "../deploy") -> tuple[int, dict[str, object]]:
    arguments = ("--source", f"deploy={deploy}", "--source", "alerting=../alerting", *more)
    return gate(*arguments, cwd=clones / "code")


def test_three_clones_are_one_service(clones: Path) -> None:
    code, verdict = judge(clones)
    (found,) = outcome(verdict, ITEM)["findings"]
    assert code == 1
    assert (found["source"], found["file"], found["line"]) == ("deploy", "overlays/production/api.yaml", 5)
    sources = verdict["sources"]
    assert isinstance(sources, list)
    assert [one["name"] for one in sources] == ["repository", "deploy", "alerting"]
    assert all(len(one["commit"]) == 40 for one in sources)
    assert str(clones) not in str(verdict)


def test_a_source_is_read_from_a_ref(clones: Path) -> None:
    (clones / "deploy/overlays/production/api.yaml").write_text(deployment("api"))
    assert judge(clones)[0] == 0
    assert judge(clones, deploy=f"{clones / 'deploy'}@main")[0] == 1
    assert judge(clones, deploy=f"file://{clones / 'deploy'}@main")[0] == 1


def test_a_required_source_that_is_missing_is_named(clones: Path) -> None:
    code, document = gate("--source", "alerting=../alerting", cwd=clones / "code")
    assert code == 2
    assert "--source deploy=" in document["error"]["message"]


@pytest.mark.parametrize("place", ["../nowhere", "../deploy@no-such-ref", "../nowhere@main"])
def test_a_source_that_cannot_be_read_is_exit_3(clones: Path, place: str) -> None:
    code, document = judge(clones, deploy=place)
    assert (code, document["verdict"]) == (3, "error")
    assert f"--source deploy={place}: " in str(document["error"]) or "no-such-ref" in place


def test_a_source_that_is_no_folder_names_the_nearest(clones: Path) -> None:
    _, document = judge(clones, deploy="../deplyo")
    assert "no such folder; did you mean ../deploy?" in str(document["error"])


@pytest.mark.parametrize(
    "option", ["deploy", "deploy=", "=x", "repository=../deploy", "rendered-x=../deploy"]
)
def test_a_source_that_is_spelled_wrongly_is_exit_2(clones: Path, option: str) -> None:
    assert gate("--source", "deploy=../deploy", "--source", option, cwd=clones / "code")[0] == 2


def test_a_source_named_twice_is_exit_2(clones: Path) -> None:
    assert judge(clones, "--source", "deploy=../alerting")[0] == 2


def test_a_source_that_no_checklist_names_is_told(clones: Path) -> None:
    code, document = judge(clones, "--source", "deplpy=../deploy")
    assert code == 2
    assert "deploy" in str(document)


def test_without_a_checklist_any_source_is_looked_at(clones: Path) -> None:
    (clones / "code" / "readiness.yaml").unlink()
    code, verdict = gate("--check", ITEM, "--source", "deploy=../deploy", cwd=clones / "code")
    assert (code, outcome(verdict, ITEM)["findings"][0]["source"]) == (1, "deploy")


def test_the_base_compares_the_repository_and_keeps_the_other_sources(clones: Path) -> None:
    code = clones / "code"
    git("checkout", "-q", "-b", "change", cwd=code)
    files(code, {"src/other.py": "print()\n"})
    committed(code)
    found, verdict = judge(clones, "--base", "main")
    assert (found, outcome(verdict, ITEM)["state"]) == (0, "existing")


def chart(clones: Path) -> None:
    files(
        clones / "deploy",
        {
            "charts/shop/Chart.yaml": """
                apiVersion: v2
                name: shop
                version: 1.0.0
                dependencies: [{name: postgresql, version: 1.0.0, repository: 'https://charts.example'}]
            """,
            "charts/shop/templates/api.yaml": deployment("api"),
        },
    )
    text = SERVICE.replace("[deploy:overlays/production]", "[{chart: deploy:charts/shop, release: shop}]")
    files(
        clones / "code",
        {
            "readiness.yaml": text
            + "  - {check: rollback.image-immutable}\n  - {check: rollback.config-immutable}\n"
        },
    )


def test_a_chart_that_cannot_be_rendered_is_one_cause_with_the_command_that_mends_it(clones: Path) -> None:
    chart(clones)
    code, verdict = judge(clones)
    causes = verdict["causes"]
    assert isinstance(causes, list)
    (cause,) = causes
    assert (code, verdict["decision"]) == (1, "UNKNOWN")
    assert cause["outcomes"] >= 2
    assert "helm" in cause["fix"]
    assert outcome(verdict, ITEM)["status"] == "unknown"
    said = cli(
        "gate", "--source", "deploy=../deploy", "--source", "alerting=../alerting", cwd=clones / "code"
    )
    assert said.out.count(cause["why"]) == 1


def test_what_the_pipeline_rendered_stands_in_for_the_chart(clones: Path) -> None:
    chart(clones)
    (clones / "rendered.yaml").write_text(deployment("api"))
    code, verdict = judge(clones, "--manifests", "production=../rendered.yaml")
    assert outcome(verdict, ITEM)["status"] == "pass", verdict
    assert verdict["causes"] == []
    assert code == 0, verdict


def test_what_the_pipeline_rendered_is_shown_by_the_name_of_its_file(clones: Path) -> None:
    (clones / "rendered.yaml").write_text(deployment("api", revisionHistoryLimit=0))
    _, verdict = judge(clones, "--manifests", "production=../rendered.yaml")
    (found,) = outcome(verdict, ITEM)["findings"]
    shown = terminal.render(Outline.of(verdict)).decode() + render(verdict, "markdown").decode()
    assert f"{ITEM}  ../rendered.yaml:{found['line']}  [production]" in shown
    assert "rendered-" not in shown
