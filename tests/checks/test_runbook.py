"""Runbooks: linked, found, whole, and no stubs."""

from pathlib import Path

import pytest
from readiness_checks.runbook import linked, not_stub, resolves, sections

from tests.faults import ORDERS, findings, outcomes, proofs, statuses, write

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n"
HOST = "https://git.shop.internal/shop/api/blob/main"
CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: api, annotations: {backstage.io/source-location: 'url:https://git.shop.internal/shop/api/'}}
"""
RULE = """\
groups:
  - name: api
    rules:
      - alert: ApiDown
        expr: up{job="api"} == 0
        labels: {severity: critical}
        annotations:
          runbook_url: LINK
"""
PAGE = """\
# ApiDown
## Meaning
The API answers nobody at all, as seen by Prometheus.
## Impact
Nobody can order; every minute costs the shop its orders.
## Diagnosis
```bash
kubectl -n shop get pods -l app=api
```
## Mitigation
Restart the pods, and look at the database if that does not help.
## Rollback
Go back to the last release with `kubectl rollout undo`.
## Escalation
Call the team of the API, then the duty manager.
"""


def tree(path: Path, link: str = f"{HOST}/docs/runbooks/ApiDown.md", page: str = PAGE, **more: str) -> Path:
    files = {
        "d.yaml": DEPLOYMENT,
        "rules.yaml": RULE.replace("LINK", f"'{link}'"),
        "catalog-info.yaml": CATALOG,
    }
    if page:
        files["docs/runbooks/ApiDown.md"] = page
    return write(path, {**files, **more})


@pytest.mark.parametrize("check", [linked, resolves, sections, not_stub])
def test_orders_has_no_finding_and_proofs(check: object) -> None:
    assert findings(check, ORDERS) == []  # type: ignore[arg-type]  # the four are checks
    assert proofs(check, ORDERS)  # type: ignore[arg-type]


def test_a_page_without_a_link_is_found(tmp_path: Path) -> None:
    path = write(
        tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": RULE.replace("runbook_url: LINK", "summary: x")}
    )
    (found,) = findings(linked, path)
    assert (found.message, found.at.line) == ("ApiDown pages and links to no runbook", 7)


def test_a_note_in_place_of_a_link_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": RULE.replace("LINK", "TODO")})
    (found,) = findings(linked, path)
    assert (found.message, found.at.line) == (
        "ApiDown pages and has TODO in place of the link to its runbook",
        8,
    )
    assert set(statuses(resolves, path).values()) == {"not-applicable"}


@pytest.mark.parametrize("old", ["severity: critical", "{severity: critical}"])
def test_an_alert_that_pages_nobody_needs_no_link(tmp_path: Path, old: str) -> None:
    text = RULE.replace(old, "severity: warning" if old[0] != "{" else "{severity: info}").replace(
        "LINK", "''"
    )
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": text})
    assert findings(linked, path) == []


def test_who_is_paged_is_what_routing_says(tmp_path: Path) -> None:
    routing = (
        "route: {receiver: chat, routes: [{matchers: ['severity=\"loud\"'], receiver: pager}]}\n"
        "receivers: [{name: chat, webhook_configs: [{url: https://x.shop.internal}]},"
        " {name: pager, pagerduty_configs: [{routing_key_file: /k}]}]\n"
    )
    text = RULE.replace("runbook_url: LINK", "summary: x")
    quiet = write(tmp_path / "a", {"d.yaml": DEPLOYMENT, "rules.yaml": text, "alertmanager.yml": routing})
    loud = write(tmp_path / "b", {"d.yaml": DEPLOYMENT, "alertmanager.yml": routing,
                                  "rules.yaml": text.replace("critical", "loud")})  # fmt: skip
    assert findings(linked, quiet) == []
    assert len(findings(linked, loud)) == 1


def test_a_link_that_eleven_alerts_share_is_a_warning(tmp_path: Path) -> None:
    one = "".join(RULE.splitlines(True)[3:]).replace("LINK", f"{HOST}/docs/runbooks/ApiDown.md")
    for number, expected in ((10, 0), (11, 11)):
        text = "groups:\n  - name: api\n    rules:\n" + "".join(
            one.replace("ApiDown\n", f"A{n}\n") for n in range(number)
        )
        path = write(tmp_path / str(number), {"d.yaml": DEPLOYMENT, "rules.yaml": text,
                                              "docs/runbooks/ApiDown.md": PAGE})  # fmt: skip
        assert len(findings(linked, path)) == expected


@pytest.mark.parametrize(
    "link",
    [
        f"{HOST}/docs/runbooks/ApiDown.md",
        f"{HOST}/docs/runbooks/ApiDown.md#rollback",
        "https://gitlab.shop.internal/shop/api/-/blob/main/docs/runbooks/ApiDown.md",
        "https://bitbucket.shop.internal/projects/SHOP/repos/api/browse/docs/runbooks/ApiDown.md?at=main",
        "https://bitbucket.shop.internal/shop/api/src/main/docs/runbooks/ApiDown.md",
        "https://docs.shop.internal/runbooks/apidown/",
        f"{HOST}/docs/runbooks/{{{{ $labels.alertname }}}}.md",
        "docs/runbooks/ApiDown.md",
        f"<{HOST}/docs/runbooks/ApiDown.md>",
        f"[Runbook](<{HOST}/docs/runbooks/ApiDown.md>)",
        f"[Runbook]({HOST}/docs/runbooks/ApiDown.md#rollback)",
        f"link:{HOST}/docs/runbooks/ApiDown.md[Runbook]",
        f"<{HOST}/docs/runbooks/ApiDown.md|Runbook>",
    ],
)
def test_a_link_that_leads_to_the_page_is_left_alone(tmp_path: Path, link: str) -> None:
    assert findings(resolves, tree(tmp_path, link)) == []
    assert set(statuses(resolves, tmp_path).values()) == {"pass"}


@pytest.mark.parametrize(
    ("link", "says"),
    [
        (
            f"{HOST}/docs/runbooks/ApiDwn.md",
            "and there is no such page; the nearest page is docs/runbooks/ApiDown.md",
        ),
        (f"{HOST}/docs/runbooks/Nothing.md", "and there is no such page"),
        (
            f"{HOST}/docs/runbooks/apidown.md",
            "there is no such page; docs/runbooks/ApiDown.md is there, and this host tells upper case from lower",
        ),
        (f"{HOST}/docs/runbooks/ApiDown.md#roll-back", "section #roll-back of docs/runbooks/ApiDown.md"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, link: str, says: str) -> None:
    (found,) = findings(resolves, tree(tmp_path, link))
    assert says in found.message
    assert found.at.line == 8


@pytest.mark.parametrize(
    "link",
    [
        "https://wiki.shop.internal/pages/17",
        "https://github.com/other/repo/blob/main/x/Page.md",
        "{{ .Values.base }}/x",
    ],
)
def test_a_link_to_elsewhere_is_unknown(tmp_path: Path, link: str) -> None:
    assert set(statuses(resolves, tree(tmp_path, link)).values()) == {"unknown"}


def test_one_line_says_why_all_links_to_a_host_are_unknown(tmp_path: Path) -> None:
    one = "".join(RULE.splitlines(True)[3:]).replace(
        "LINK", "https://wiki.shop.internal/{{ $labels.alertname }}"
    )
    text = "groups:\n  - name: api\n    rules:\n" + "".join(
        one.replace("ApiDown\n", f"A{number}\n") for number in range(5)
    )
    (outcome,) = outcomes(resolves, write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": text}))
    assert [result.status for result in outcome.results] == ["unknown"] * 5
    assert len(outcome.causes) == 1


def test_a_setting_says_where_pages_are_kept(tmp_path: Path) -> None:
    path = tree(tmp_path, "https://wiki.shop.internal/ops/ApiDown")
    roots = ["https://wiki.shop.internal/ops=docs/runbooks"]
    assert set(statuses(resolves, path).values()) == {"unknown"}
    assert set(statuses(resolves, path, roots=roots).values()) == {"pass"}
    (found,) = findings(resolves, tree(tmp_path / "b", "https://wiki.shop.internal/ops/ApiDwn"), roots=roots)
    assert found.message.endswith("the nearest page is docs/runbooks/ApiDown.md")


@pytest.mark.parametrize("front", ["draft: true", "published: false"])
def test_a_draft_is_not_published(tmp_path: Path, front: str) -> None:
    (found,) = findings(resolves, tree(tmp_path, page=f"---\n{front}\n---\n" + PAGE))
    assert "which is a draft" in found.message
    assert (
        findings(resolves, tree(tmp_path / "b", page="---\ndraft: false\npublished: true\n---\n" + PAGE))
        == []
    )


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("# ApiDown\nThis page has moved to [the new one](api/down.md).\n", 1),
        ("---\nredirect_to: /docs/runbooks/down.md\n---\n", 1),
        ("---\nredirect_to: /docs/runbooks/other.md\n---\n", 0),
        ("# ApiDown\nThis page has moved to [the new one](other.md#meaning).\n", 0),
        ("# ApiDown\nThis page has moved to [the wiki](https://wiki.shop.internal/1).\n", 0),
        ("# ApiDown\nThis page has moved to [the wiki](../../../../etc/passwd).\n", 0),
        ("# ApiDown\nSee [the log](api/log.md).\n", 0),
        (PAGE + "The board has moved to [Grafana](board.md).\n", 0),
    ],
)
def test_a_page_that_sends_its_readers_on(tmp_path: Path, page: str, found: int) -> None:
    path = tree(tmp_path, page=page, **{"docs/runbooks/other.md": PAGE})
    assert len(findings(resolves, path)) == found


@pytest.mark.parametrize(
    "link",
    [
        "file:///etc/passwd", "javascript:alert(1)", "http://169.254.169.254/latest/meta-data/", "http://[::1",
        "https://localhost:8080/x", "data:text/html,x", "//wiki.shop.internal/x", "http://\\x00/x",
    ],
)  # fmt: skip
def test_nothing_is_ever_fetched(tmp_path: Path, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert set(statuses(resolves, tree(tmp_path, link)).values()) == {"unknown"}


def test_a_page_of_fifty_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tree(tmp_path)
    for size in (2**19 + 1, 50_000_000):
        (path / "docs/runbooks/ApiDown.md").write_bytes(b"[" * size)
        assert set(statuses(sections, path).values()) == {"unknown"}


def test_a_declared_runbook_holds(tmp_path: Path) -> None:
    checklist = (
        "version: 1\nitems: []\nevidence:\n  declared:\n"
        "    - {kind: runbook, alert: ApiDown, url: 'https://wiki.shop.internal/1', reviewed: 2026-10-01, by: jane}\n"
    )
    path = write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": RULE.replace("runbook_url: LINK", "summary: x"),
                            "readiness.yaml": checklist})  # fmt: skip
    assert findings(linked, path) == []
    assert set(statuses(resolves, path).values()) == {"pass"}


@pytest.mark.parametrize(
    ("old", "new", "tier", "says"),
    [
        ("## Rollback", "## Afterwards", 1, "has no section about rollback"),
        ("## Escalation", "## Afterwards", 1, "has no section about escalation"),
        ("## Rollback", "## Afterwards", 2, ""),
        ("## Impact", "## Afterwards", 2, "has no section about impact"),
        ("## Impact", "## Afterwards", 3, ""),
        ("## Diagnosis", "## Afterwards", 3, "has no section about diagnosis"),
        ("## Diagnosis", "## Triage", 1, ""),
        ("## Mitigation", "## Resolution", 1, ""),
        ("## Diagnosis", "Diagnosis\n---------", 1, ""),
        ("Restart the pods, and look at the database if that does not help.", "<!-- Restart -->", 1, "has an empty section about mitigation"),
        ("Restart the pods, and look at the database if that does not help.", "Restart the pod.", 1, "has an empty section about mitigation"),
        ("Restart the pods, and look at the database if that does not help.", "Restart the pods now.", 1, ""),
        ("Restart the pods,", "### First\nRestart the pods,", 1, ""),
    ],
)  # fmt: skip
def test_sections_that_an_outage_needs(tmp_path: Path, old: str, new: str, tier: int, says: str) -> None:
    assert old in PAGE
    found = findings(sections, tree(tmp_path, page=PAGE.replace(old, new)), tier=tier)
    assert [one.message.removeprefix("docs/runbooks/ApiDown.md ") for one in found] == (
        [says] if says else []
    )


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (PAGE.replace("Restart the pods,", "TODO: restart,"), "is unfinished: Mitigation still says TODO"),
        (PAGE.replace("kubectl -n", "# TODO: which\nkubectl -n"), "is unfinished: Diagnosis still says TODO"),
        (
            PAGE.replace("```bash\nkubectl -n shop get pods -l app=api\n```", "Look."),
            "words and no command or link",
        ),
        (PAGE, ""),
        (PAGE + "## History\nTODO: add the last outage\n", ""),
        (PAGE.replace("## Rollback", f"### Way one\n{'go on ' * 20}\n### Way two\nTODO\n## Rollback"), ""),
        (
            PAGE.replace("## Rollback", "### Way one\nGo on.\n### Way two\nTODO\n## Rollback"),
            "is unfinished: Way two still says TODO",
        ),
        (PAGE.replace("```bash\nkubectl -n shop get pods -l app=api\n```", "Run `kubectl get pods`."), ""),
        (PAGE.replace("Restart the pods,", "<!-- TODO --> Restart the pods,"), ""),
    ],
)
def test_stubs(tmp_path: Path, page: str, says: str) -> None:
    found = findings(not_stub, tree(tmp_path, page=page))
    assert len(found) == bool(says)
    assert all(says in one.message for one in found)


def test_pages_that_are_no_runbooks_are_left_alone(tmp_path: Path) -> None:
    more = {"docs/runbooks/_index.md": "# All\n", "docs/runbooks/README.md": "# All\nTODO\n",
            "docs/runbooks/history.md": "# How the team came to be\nTODO: tell it\n",
            "docs/runbooks/templates/page.md": "## Diagnosis\nTODO\n## Mitigation\nTODO\n"}  # fmt: skip
    path = tree(tmp_path, **more)
    assert findings(sections, path) == findings(not_stub, path) == []


def test_without_pages_there_is_nothing_to_judge(tmp_path: Path) -> None:
    (outcome,) = outcomes(sections, tree(tmp_path, page=""))
    assert outcome.status == "not-applicable"


@pytest.mark.parametrize(
    ("annotations", "expr"),
    [
        ("description: 'All are down. Runbook: https://wiki.shop.internal/x'", 'up{job="api"} == 0'),
        ("summary: x", "vector(1)"),
    ],
)
def test_an_alert_that_needs_no_annotation_of_its_own(tmp_path: Path, annotations: str, expr: str) -> None:
    text = RULE.replace("runbook_url: LINK", annotations).replace('up{job="api"} == 0', expr)
    assert findings(linked, write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": text})) == []


def test_an_address_without_a_word_of_runbooks_is_no_link(tmp_path: Path) -> None:
    text = RULE.replace("runbook_url: LINK", "description: 'Board: https://grafana.shop.internal/x'")
    assert len(findings(linked, write(tmp_path, {"d.yaml": DEPLOYMENT, "rules.yaml": text}))) == 1


def test_rollback_is_asked_where_something_is_released(tmp_path: Path) -> None:
    files = {
        "rules.yaml": RULE.replace("LINK", "docs/runbooks/ApiDown.md"),
        "docs/runbooks/ApiDown.md": PAGE.replace("## Rollback", "## Afterwards"),
    }
    assert findings(sections, write(tmp_path / "a", files)) == []
    assert len(findings(sections, write(tmp_path / "b", {**files, "Jenkinsfile": "pipeline {}\n"}))) == 1


def test_a_page_of_several_alerts_is_left_alone(tmp_path: Path) -> None:
    page = "# Runbooks\n## ApiDown\nRestart it.\n## ApiSlow\nRestart it.\n"
    link = f"{HOST}/docs/runbooks/api.md"
    for anchor, expected in (("#apidown", 0), ("", 1)):
        path = write(
            tmp_path / f"x{anchor[1:]}",
            {"d.yaml": DEPLOYMENT, "rules.yaml": RULE.replace("LINK", f"'{link}{anchor}'"),
             "docs/runbooks/api.md": page},
        )  # fmt: skip
        assert len(findings(sections, path)) == len(findings(not_stub, path)) == expected


def test_pages_that_are_copies_are_stubs(tmp_path: Path) -> None:
    for copies, expected in ((2, 0), (3, 4)):
        more = {
            f"docs/runbooks/A{number}.md": PAGE.replace("ApiDown", f"A{number}") for number in range(copies)
        }
        found = findings(not_stub, tree(tmp_path / str(copies), **more))
        assert len(found) == expected
        assert all("the same of diagnosis and mitigation as 3 other pages" in one.message for one in found)
    assert len(findings(not_stub, tmp_path / "3", max_alike=3)) == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[Describe how to restart it]", True), ("<insert the command>", True), ("Lorem ipsum dolor", True),
        ("[Describe](docs/x.md) it", False), ("`<insert name>` is the pod", False), ("<pod> is the pod", False),
    ],
)  # fmt: skip
def test_what_is_left_of_a_template(tmp_path: Path, text: str, found: bool) -> None:
    page = PAGE.replace("Restart the pods,", f"{text}, restart the pods,")
    assert len(findings(not_stub, tree(tmp_path, page=page))) == found


def test_a_page_has_one_finding_of_a_stub(tmp_path: Path) -> None:
    page = "# ApiDown\n## Diagnosis\nTODO\n## Mitigation\nTODO\n"
    (one,) = findings(not_stub, tree(tmp_path, page=page))
    assert one.message == (
        "docs/runbooks/ApiDown.md is unfinished: Diagnosis, Mitigation still says TODO and has 2 words and no "
        "command or link in diagnosis or mitigation, 80 words are needed"
    )
    assert one.at.line == 3
