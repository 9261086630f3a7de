"""examples/orders is what it claims to be: real programs accept it, and its parts speak of each other."""

import hashlib
import re
import shutil
import xml.etree.ElementTree as ElementTree
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.examples.reading import (
    EXAMPLES,
    NOT_READY,
    ORDERS,
    RUNBOOKS,
    Alert,
    alerts,
    documents,
    rendered,
    runbook,
)
from tests.examples.running import database, run
from tests.programs import amtool, kubectl, promtool

RULES = "monitoring/rules/orders.rules.yaml"
ROUTING = "monitoring/alertmanager.yml"
OVERLAYS = [
    (ORDERS, "overlays/staging", "staging"),
    (ORDERS, "overlays/production", "production"),
    (NOT_READY, "production", "production"),
]
BOTH = pytest.mark.parametrize("example", [ORDERS, NOT_READY], ids=lambda path: path.name)
AS_OF = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("example", "overlay", "name"), OVERLAYS, ids=lambda part: getattr(part, "name", part)
)
def test_rendered_manifests_are_what_kubectl_renders(example: Path, overlay: str, name: str) -> None:
    out = run(kubectl(), "kustomize", str(example / "deploy" / overlay))
    assert out == (example / "deploy/rendered" / f"{name}.yaml").read_text()


@BOTH
def test_rendered_objects_are_valid_for_kubernetes(example: Path) -> None:
    schemas = pytest.importorskip("kubernetes_validate")
    custom = {"ServiceMonitor", "PodMonitor", "SecretProviderClass"}
    validated = 0
    for _, one in rendered(example):
        if one["kind"] not in custom:
            schemas.validate(one, "1.34", strict=True)
            validated += 1
    assert validated >= 8


def test_a_wrong_field_is_seen_by_the_schemas() -> None:
    schemas = pytest.importorskip("kubernetes_validate")
    deployment = next(one for _, one in rendered(ORDERS) if one["kind"] == "Deployment")
    deployment["spec"]["revisionHistoryLimits"] = 5
    with pytest.raises(schemas.ValidationError):
        schemas.validate(deployment, "1.34", strict=True)


@BOTH
def test_promtool_accepts_the_rules(example: Path) -> None:
    run(promtool(), "check", "rules", "--lint=all", "--lint-fatal", str(example / RULES))


def test_promtool_sees_each_alert_fire() -> None:
    run(promtool(), "test", "rules", str(ORDERS / "monitoring/rules/orders.rules.test.yaml"))


def test_each_alert_has_a_unit_test_that_expects_it() -> None:
    (tests,) = documents(ORDERS / "monitoring/rules/orders.rules.test.yaml")
    expected = {
        one["alertname"] for test in tests["tests"] for one in test["alert_rule_test"] if one["exp_alerts"]
    }
    assert expected == {alert.name for alert in alerts(ORDERS)}


@BOTH
def test_amtool_accepts_the_routing(example: Path) -> None:
    run(amtool(), "check-config", str(example / ROUTING))


def receiver_meant_for(alert: Alert) -> str:
    by_severity = {"critical": "team-orders-pager", "warning": "team-orders-tickets", "none": "deadman"}
    return by_severity[alert.labels["severity"]]


@pytest.mark.parametrize("alert", alerts(ORDERS), ids=str)
def test_each_alert_ends_at_the_receiver_that_is_meant(alert: Alert) -> None:
    labels = [f"{key}={value}" for key, value in {**alert.labels, "alertname": alert.name}.items()]
    run(
        amtool(),
        "config",
        "routes",
        "test",
        f"--config.file={ORDERS / ROUTING}",
        f"--verify.receivers={receiver_meant_for(alert)}",
        *labels,
    )


def test_other_teams_alerts_do_not_page_team_orders() -> None:
    command = (amtool(), "config", "routes", "test", f"--config.file={ORDERS / ROUTING}")
    assert run(*command, "team=team-search", "severity=critical").strip() == "operations-tickets"


def test_six_alerts_page() -> None:
    assert sum(alert.labels["severity"] == "critical" for alert in alerts(ORDERS)) == 6


@pytest.mark.parametrize("alert", alerts(ORDERS), ids=str)
def test_each_alert_has_its_page(alert: Alert) -> None:
    assert alert.annotations["runbook_url"].startswith(RUNBOOKS)
    page = runbook(alert, ORDERS).read_text()
    assert page.startswith("---\nowner: team-orders\nreviewed: 2026-1")
    assert f"\n# {alert.name}\n" in page
    wanted = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Rollback", "Escalation"]
    assert re.findall(r"^## (.*)$", page, re.M) == wanted
    prose = re.sub(r"```.*?```", "", page, flags=re.S)
    assert len(prose.split()) >= 120


def test_no_page_is_without_alert() -> None:
    pages = {path.stem for path in (ORDERS / "docs/runbooks").iterdir()}
    assert pages == {alert.name for alert in alerts(ORDERS)}


def commands() -> list[tuple[str, str, str]]:
    """File, kind and name of each object of the namespace orders that a page's commands name."""
    named = []
    for path in [*sorted((ORDERS / "docs").rglob("*.md")), ORDERS / "Jenkinsfile"]:
        for line in re.findall(r"kubectl -n orders .*", path.read_text()):
            for kind, name in re.findall(r"\b(deployment|statefulset|hpa|servicemonitor)[/ ]([a-z-]+)", line):
                named.append((path.name, kind, name))
    return named


def test_commands_in_pages_name_real_objects() -> None:
    short = {"HorizontalPodAutoscaler": "hpa"}
    real = {
        (short.get(one["kind"], one["kind"].lower()), one["metadata"]["name"])
        for environment, one in rendered(ORDERS)
        if environment == "production"
    }
    named = commands()
    assert len(named) > 30
    assert [one for one in named if one[1:] not in real] == []


@BOTH
def test_selectors_reach_pods(example: Path) -> None:
    objects = [one for environment, one in rendered(example) if environment == "production"]
    pods = [
        one["spec"]["template"]["metadata"]["labels"] for one in objects if "template" in one.get("spec", {})
    ]
    selecting = {"Service", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor"}
    selectors = [selector_of(one) for one in objects if one["kind"] in selecting]
    assert len(selectors) >= 4
    for selector in selectors:
        assert any(selector.items() <= labels.items() for labels in pods), selector


def selector_of(one: Any) -> dict[str, str]:
    spec = one["spec"]
    chosen = spec.get("selector") or spec.get("podSelector")
    labels: dict[str, str] = chosen.get("matchLabels", chosen)
    return labels


def test_migrations_run_one_after_another() -> None:
    with database() as psql:
        for path in migrations(ORDERS):
            alone = "concurrently" in path.read_text().lower()
            run(*psql, *(() if alone else ("-1",)), "-f", str(path))
        insert = (
            "insert into orders (public_id, customer_id, status, total_cents) "
            "values (gen_random_uuid(), 1, 'placed', 0) returning channel, currency"
        )
        # The statement of the release before, which knows neither of the two columns.
        assert run(*psql, "-A", "-t", "-c", insert).strip() == "web|EUR"
        invalid = "select count(*) from pg_index where not indisvalid"
        assert run(*psql, "-A", "-t", "-c", invalid).strip() == "0"


def migrations(example: Path) -> list[Path]:
    found = sorted(
        (example / "db/migration").glob("V*__*.sql"), key=lambda path: int(path.name[1:].split("_")[0])
    )
    assert [path.name.split("__")[0] for path in found] == ["V1", "V2", "V3", "V4"]
    return found


def test_version_is_the_same_everywhere() -> None:
    pom = ElementTree.parse(ORDERS / "pom.xml").findtext("{http://maven.apache.org/POM/4.0.0}version")
    images = [
        image
        for _, one in rendered(ORDERS)
        for image in re.findall(r"registry\.harbour\.internal/retail/[^']*", str(one))
    ]
    assert len(images) == 4
    for image in images:
        assert re.fullmatch(rf".*/orders-(api|worker):{pom}@sha256:[0-9a-f]{{64}}", image), image


def test_attestation_names_evidence_that_is_unchanged() -> None:
    (attestation,) = documents(ORDERS / ".readiness/attestations/dr-exercise.yaml")
    (checklist,) = documents(ORDERS / "readiness.yaml")
    assert attestation["item"] in {item.get("id") for item in checklist["items"]}
    assert attestation["at"] <= AS_OF <= attestation["expires"]
    for evidence in attestation["evidence"]:
        assert hashlib.sha256((ORDERS / evidence["path"]).read_bytes()).hexdigest() == evidence["sha256"]


def test_scripts_of_the_pipeline_exist_and_are_executable() -> None:
    called = set(re.findall(r"\bci/[a-z-]+", (ORDERS / "Jenkinsfile").read_text()))
    assert called == {"ci/publish", "ci/smoke", "ci/error-rate"}
    for name in called:
        assert (ORDERS / name).stat().st_mode & 0o111
        run("sh", "-n", str(ORDERS / name))


@BOTH
def test_no_address_is_a_placeholder(example: Path) -> None:
    for path in (path for path in example.rglob("*") if path.is_file()):
        assert not re.search(r"example\.(com|org)|changeme|<[a-z-]+-here>", path.read_text()), path


def test_examples_are_plain_files() -> None:
    assert not [path for path in EXAMPLES.rglob("*") if path.is_symlink()]


def test_an_edit_of_the_base_shows_in_the_rendered_manifests(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(ORDERS, tmp_path / "orders"))
    base = copy / "deploy/base/api.yaml"
    base.write_text(base.read_text().replace("revisionHistoryLimit: 5", "revisionHistoryLimit: 1"))
    out = run(kubectl(), "kustomize", str(copy / "deploy/overlays/production"))
    old = (copy / "deploy/rendered/production.yaml").read_text()
    assert out == old.replace("revisionHistoryLimit: 5", "revisionHistoryLimit: 1")
