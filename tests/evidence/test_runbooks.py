"""Runbook pages and where the links of alerts lead: each form of address, each way to know a home."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.checklist import parse
from readiness.evaluate import Evaluation, evaluate
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.runbook_links import Link, Runbooks, address_of, expanded, home_of
from readiness.evidence.runbooks import Runbook, kinds_of
from readiness.outcome import Location
from readiness.tree import TextTree

PAGE = "# X\n## Diagnosis\nLook at it.\n## Mitigation\nRestart it.\n"
AT = Location("repository", "rules.yaml")


def rule(link: str = "", name: str = "ApiDown", **labels: str) -> AlertRule:
    return AlertRule(
        {"alert": name, "expr": "up == 0", "labels": labels, "annotations": {"runbook_url": link}},
        "g",
        AT,
        "",
    )


def rules(*links: str) -> str:
    text = "groups:\n- name: g\n  rules:\n"
    for number, link in enumerate(links):
        text += f"  - {{alert: A{number}, expr: up == 0, annotations: {{runbook_url: '{link}'}}}}\n"
    return text


def evaluation(files: dict[str, str], checklist: str = "", **sources: dict[str, str]) -> Evaluation:
    trees = {
        name: TextTree(name, {path: text.encode() for path, text in texts.items()})
        for name, texts in {"repository": files, **sources}.items()
    }
    said = parse(f"version: 1\nitems: []\n{checklist}".encode(), "readiness.yaml", {})
    return evaluate(said, {}, trees, date(2026, 11, 24))


def links(files: dict[str, str], checklist: str = "", **sources: dict[str, str]) -> list[Link | None]:
    done = evaluation(files, checklist, **sources)
    (index,) = done.collector.collected(Runbooks, "default").items
    return [index.of(alert) for alert in done.collector.collected(AlertRule, "default").items]


def statuses(files: dict[str, str], checklist: str = "", **sources: dict[str, str]) -> list[str]:
    return [link.status if link is not None else "none" for link in links(files, checklist, **sources)]


def pages(files: dict[str, str], checklist: str = "", **sources: dict[str, str]) -> list[str]:
    found = evaluation(files, checklist, **sources).collector.collected(Runbook, "default")
    assert found.failed is None
    return [page.file.path for page in found.items]


@pytest.mark.parametrize(
    ("url", "home", "path", "anchor"),
    [
        ("https://github.com/Shop/api/blob/main/docs/A.md#x", "github.com/shop/api", "docs/A.md", "x"),
        ("https://github.com/shop/api/tree/v1.2/docs/", "github.com/shop/api", "docs", ""),
        ("https://raw.githubusercontent.com/shop/api/main/A.md", "github.com/shop/api", "A.md", ""),
        ("https://gitlab.com/shop/sub/api/-/blob/main/docs/A.md?ref_type=heads", "gitlab.com/shop/sub/api", "docs/A.md", ""),
        ("https://git.shop.internal/shop/sub/api/blob/main/A.md", "git.shop.internal/shop/sub/api", "A.md", ""),
        ("https://bitbucket.org/shop/api/src/main/docs/A.md", "bitbucket.org/shop/api", "docs/A.md", ""),
        ("https://bb.shop.internal/projects/SHOP/repos/api/browse/docs/A.md?at=refs%2Fheads%2Fmain",
         "bb.shop.internal/projects/shop/repos/api", "docs/A.md", ""),
        ("https://gitea.shop.internal/shop/api/src/branch/main/docs/A.md", "gitea.shop.internal/shop/api", "docs/A.md", ""),
        ("https://dev.azure.com/shop/p/_git/api?path=/docs/A.md&version=GBmain", "dev.azure.com/shop/p/_git/api", "docs/A.md", ""),
        ("https://user:secret@git.shop.internal/shop/api/blob/main/A%20b.md", "git.shop.internal/shop/api", "A b.md", ""),
        ("./docs/A.md", "", "docs/A.md", ""),
    ],
)  # fmt: skip
def test_the_file_of_a_repository(url: str, home: str, path: str, anchor: str) -> None:
    found = address_of(url)
    assert found is not None
    assert found[:4] == (home, path, anchor, True)


@pytest.mark.parametrize(
    "text", ["restart the pods", "mailto:a@b.c", "ftp://host/x", "https://", "http://[::1", "wiki", "slack://channel"]
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    assert address_of(text) is None


@given(st.text(max_size=200) | st.text("/:.?#[]@%{}ahtps", max_size=60).map("https://".__add__))
def test_any_text_is_an_address_or_none(text: str) -> None:
    address = address_of(text)
    assert address is None or isinstance(address.path, str)
    assert isinstance(expanded(text, rule()), str)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://r/{{ $labels.alertname }}", "https://r/ApiDown"),
        ("https://r/{{$labels.alertname|toLower}}", "https://r/apidown"),
        ("https://r/{{ .Labels.team }}/{{ .Labels.alertname }}", "https://r/shop/ApiDown"),
        ("https://r/{{ $labels.pod }}", "https://r/{{ $labels.pod }}"),
        (
            "https://r/{{ $labels.alertname | reReplaceAll }}",
            "https://r/{{ $labels.alertname | reReplaceAll }}",
        ),
        ("https://r/{{ $labels.dynamic }}", "https://r/{{ $labels.dynamic }}"),
    ],
)
def test_templates_are_filled_in_from_the_rule(written: str, expected: str) -> None:
    assert expanded(written, rule(written, team="shop", dynamic="{{ $value }}")) == expected


def test_one_link_with_the_name_in_it_is_shared_by_nobody() -> None:
    files = {
        "rules.yaml": rules(
            *["https://r.shop.internal/{{ $labels.alertname }}"] * 12, "https://r.shop.internal/all"
        )
    }
    done = evaluation(files)
    (index,) = done.collector.collected(Runbooks, "default").items
    alerts = done.collector.collected(AlertRule, "default").items
    assert {index.shared_by(alert) for alert in alerts} == {1}


OTHER = "https://github.com/other/handbook/blob/main/docs/runbooks"


def test_a_folder_of_the_same_name_proves_nothing_of_another_repository() -> None:
    files = {"docs/runbooks/A.md": PAGE, "rules.yaml": rules(f"{OTHER}/Ingress.md")}
    assert statuses(files) == ["unknown"]


def test_a_repository_is_known_once_another_of_its_links_leads_to_a_page() -> None:
    files = {"docs/runbooks/A.md": PAGE, "rules.yaml": rules(f"{OTHER}/A.md", f"{OTHER}/Ingress.md")}
    assert statuses(files) == ["page", "missing"]


def test_a_repository_of_the_services_name_is_its_own() -> None:
    files = {
        "docs/runbooks/A.md": PAGE,
        "rules.yaml": rules("https://github.com/shop/api/blob/main/docs/runbooks/B.md"),
    }
    assert statuses(files, "service: {name: api}\n") == ["missing"]
    assert statuses(files, "service: {name: web}\n") == ["unknown"]


@pytest.mark.parametrize(
    "annotation",
    [
        "backstage.io/source-location: 'url:https://github.com/shop/api/'",
        "backstage.io/source-location: 'url:https://github.com/shop/api/tree/main/'",
        "github.com/project-slug: shop/api",
    ],
)
def test_the_catalog_names_the_repository(annotation: str) -> None:
    catalog = f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: x\n  annotations:\n    {annotation}\n"
    files = {
        "catalog-info.yaml": catalog,
        "rules.yaml": rules("https://github.com/shop/api/blob/main/docs/Gone.md"),
    }
    assert statuses(files) == ["missing"]


def test_a_service_in_a_folder_of_its_repository() -> None:
    catalog = (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: x\n  annotations:\n"
        "    backstage.io/source-location: 'url:https://github.com/shop/all/tree/main/services/api/'\n"
    )
    base = "https://github.com/shop/all/blob/main"
    files = {"catalog-info.yaml": catalog, "docs/A.md": PAGE,
             "rules.yaml": rules(f"{base}/services/api/docs/A.md", f"{base}/services/api/docs/B.md",
                                 f"{base}/docs/B.md")}  # fmt: skip
    assert statuses(files) == ["page", "missing", "unknown"]


@pytest.mark.parametrize(
    ("config", "text", "page", "base"),
    [
        ("config.yaml", 'baseURL: "https://run.shop.internal"\n', "content/runbooks/ApiDown.md", "https://run.shop.internal/runbooks"),
        ("hugo.toml", "baseURL = 'https://shop.internal/run/'\n", "content/ops/ApiDown.md", "https://shop.internal/run/ops"),
        ("mkdocs.yml", "site_url: https://docs.shop.internal/api/\n", "docs/run/ApiDown.md", "https://docs.shop.internal/api/run"),
        ("docusaurus.config.js", "  url: 'https://d.shop.internal',\n  baseUrl: '/api/',\n", "docs/run/01-ApiDown.md",
         "https://d.shop.internal/api/docs/run"),
    ],
)  # fmt: skip
def test_the_configuration_of_a_site_names_its_address(config: str, text: str, page: str, base: str) -> None:
    found = rules(
        f"{base}/apidown/", f"{base}/ApiDown.html", f"{base}/gone/", "https://wiki.shop.internal/run/x"
    )
    assert statuses({config: text, page: PAGE, "rules.yaml": found}) == ["page", "page", "missing", "unknown"]


def test_front_matter_of_a_site_gives_other_addresses() -> None:
    front = "---\naliases: [/old/name/, former]\nslug: other\n---\n"
    base = "https://run.shop.internal"
    files = {"config.yaml": f"baseURL: {base}\n", "content/runbooks/A.md": front + PAGE,
             "rules.yaml": rules(f"{base}/old/name", f"{base}/runbooks/former", f"{base}/runbooks/other", f"{base}/x")}  # fmt: skip
    assert statuses(files) == ["page", "page", "page", "missing"]


def test_a_setting_names_the_home_of_an_address() -> None:
    files = {
        "rules.yaml": rules(
            "https://wiki.shop.internal/ops/api/apidown", "https://wiki.shop.internal/ops/gone"
        )
    }
    done = evaluation(files, pages={"handbook/api/ApiDown.md": PAGE})
    (index,) = done.collector.collected(Runbooks, "default").items
    alerts = done.collector.collected(AlertRule, "default").items
    roots = ("https://wiki.shop.internal/ops=pages:handbook/",)
    assert [index.of(alert).status for alert in alerts] == ["unknown", "unknown"]
    assert [index.of(alert, roots).status for alert in alerts] == ["page", "missing"]
    assert home_of("https://a/b/=docs") == ("a/b", "repository", "docs/", True)


@pytest.mark.parametrize(
    "link", ["TODO", "tbd", "n/a", "-", "<link>", "https://example.com/runbook", "https://wiki.example/x"]
)
def test_what_stands_in_place_of_a_link(link: str) -> None:
    assert statuses({"rules.yaml": rules(link)}) == ["placeholder"]


def test_a_declaration_holds_only_where_no_source_speaks() -> None:
    declared = (
        "evidence:\n  declared:\n"
        "    - {kind: runbook, alert: A0, url: 'https://wiki.shop.internal/1', reviewed: 2026-10-01, by: jane}\n"
        "    - {kind: runbook, alert: A1, url: 'https://wiki.shop.internal/2', reviewed: 2026-10-01, by: jane}\n"
    )
    files = {
        "docs/runbooks/B.md": PAGE,
        "rules.yaml": rules("https://wiki.shop.internal/1", f"{OTHER}/A.md", f"{OTHER}/B.md"),
    }
    found = links(files, declared)
    assert [link.status for link in found if link] == ["declared", "missing", "page"]
    assert found[0] is not None
    assert found[0].why == "https://wiki.shop.internal/1 reviewed 2026-10-01 by jane"


@pytest.mark.parametrize(
    ("anchor", "status"),
    [
        ("mitigation", "page"), ("Mitigation", "page"), ("user-content-mitigation", "page"), ("L12", "page"),
        ("L3-L9", "page"), (":~:text=Restart", "page"), ("rollback", "anchor"), ("", "page"),
    ],
)  # fmt: skip
def test_anchors(anchor: str, status: str) -> None:
    assert statuses({"docs/runbooks/A.md": PAGE, "rules.yaml": rules(f"docs/runbooks/A.md#{anchor}")}) == [
        status
    ]


@pytest.mark.parametrize(
    ("path", "link", "status"),
    [
        ("docs/kube/x.md", "kube/x.md", "page"),
        ("docs/runbooks/x/README.md", "docs/runbooks/x", "page"),
        ("docs/runbooks/x.md", "docs/runbooks/y.md", "missing"),
        ("docs/runbooks/x.md", "elsewhere/y.md", "unknown"),
        ("docs/runbooks/x.md", "see the wiki/handbook", "unknown"),
        ("docs/runbooks/x.adoc", "docs/runbooks/x.adoc", "page"),
    ],
)
def test_paths_without_a_host(path: str, link: str, status: str) -> None:
    assert statuses({path: PAGE, "rules.yaml": rules(link)}) == [status]


@pytest.mark.parametrize(
    ("path", "is_page"),
    [
        ("docs/runbooks/A.md", True), ("runbooks/a/b/C.md", True), ("content/runbooks/k/D.md", True), ("runbook.md", True),
        ("playbooks/E.md", True), ("docs/other/F.md", False), ("docs/runbooks/_index.md", False),
        ("docs/runbooks/README.md", False), ("docs/runbooks/template.md", False), ("archetypes/runbooks/x.md", False),
        ("docs/runbooks/A.txt", False),
    ],
)  # fmt: skip
def test_which_files_are_pages(path: str, is_page: bool) -> None:
    assert pages({path: PAGE}) == ([path] if is_page else [])


def test_pages_that_the_checklist_names() -> None:
    files = {"docs/runbooks/A.md": PAGE, "ops/B.md": PAGE, "ops/README.md": PAGE}
    assert pages(files, "evidence: {runbooks: [ops/]}\n") == ["ops/B.md"]


def test_of_a_shared_source_only_pages_of_the_service_count() -> None:
    checklist = "service: {name: orders, owner: team-a}\nsources: {all: {shared: true}}\n"
    front = "---\nowner: team-a\n---\n"
    shared = {"runbooks/orders/A.md": PAGE, "runbooks/users/B.md": PAGE, "runbooks/C.md": front + PAGE}
    assert pages({}, checklist, all=shared) == ["runbooks/C.md", "runbooks/orders/A.md"]


def test_a_page_in_any_encoding_is_read() -> None:
    tree = TextTree("repository", {"docs/runbooks/A.md": b"\xff\xfe# A\n\x00", "docs/runbooks/B.md": b""})
    said = parse(b"version: 1\nitems: []\n", "readiness.yaml", {})
    found = evaluate(said, {}, {"repository": tree}, date(2026, 11, 24)).collector.collected(
        Runbook, "default"
    )
    assert len(found.items) == 2


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Meaning", {"meaning"}), ("Symptoms", {"meaning"}), ("What does this mean?", {"meaning"}),
        ("User impact", {"impact"}), ("Triage", {"diagnosis"}), ("How to debug", {"diagnosis"}),
        ("Resolution", {"mitigation"}), ("Rolling back", {"rollback"}), ("Revert the release", {"rollback"}),
        ("Who to call", {"escalation"}), ("Escalation", {"escalation"}),
        ("Diagnosis and mitigation", {"diagnosis", "mitigation"}), ("History", set()),
    ],
)  # fmt: skip
def test_what_a_section_is_for(title: str, kinds: set[str]) -> None:
    assert kinds_of(title) == kinds


def test_a_page_as_an_expression_sees_it() -> None:
    (page,) = evaluation({"docs/runbooks/A.md": "---\nowner: team-a\n---\n" + PAGE}).collector.collected(
        Runbook, "default"
    ).items  # fmt: skip
    assert page.plain() == {
        "name": "A", "path": "docs/runbooks/A.md", "title": "X", "words": 5, "front": {"owner": "team-a"},
        "sections": ["X", "Diagnosis", "Mitigation"],
    }  # fmt: skip


CATALOG = (
    "apiVersion: backstage.io/v1alpha1\nkind: Component\nspec: {type: service, owner: o}\n"
    "metadata: {name: api, annotations: {backstage.io/source-location: 'url:https://git.shop.internal/shop/api'}}\n"
)
OURS = "https://git.shop.internal/shop/api"


@pytest.mark.parametrize(
    ("link", "status"),
    [
        (f"{OURS}/blob/main/docs/runbooks/ApiDown.md", "page"),
        (f"{OURS}/blob/main/docs/runbooks/ApiDwn.md", "missing"),
        # a folder is shown as a list of what is in it
        (f"{OURS}/tree/main/docs/runbooks/", "page"),
        (f"{OURS}/tree/main/docs/playbooks/", "missing"),
        # another state of the repository may have the page, a branch may have a slash in its name
        (f"{OURS}/blob/v1.2.3/docs/runbooks/Old.md", "unknown"),
        (f"{OURS}/blob/8a7b9c0d1e2f30415263748596a7b8c9d0e1f203/docs/runbooks/Old.md", "unknown"),
        (f"{OURS}/blob/v1.2.3/docs/runbooks/ApiDown.md", "page"),
        (f"{OURS}/blob/release/1.2/docs/runbooks/ApiDown.md", "page"),
        # AsciiDoc is not read: its anchors are not judged
        (f"{OURS}/blob/main/docs/runbooks/api.adoc#_diagnosis", "page"),
        # the catalog says which repository this is: one of others with the same folder is another
        ("https://git.shop.internal/platform/pages/blob/main/docs/runbooks/ApiDwn.md", "unknown"),
    ],
)
def test_what_a_link_into_a_repository_leads_to(link: str, status: str) -> None:
    files = {
        "rules.yaml": rules(link), "catalog-info.yaml": CATALOG,
        "docs/runbooks/ApiDown.md": PAGE, "docs/runbooks/api.adoc": "= Api\n",
    }  # fmt: skip
    assert statuses(files) == [status]


def test_a_title_is_no_section() -> None:
    files = {"docs/runbooks/ApiRecoveryFailed.md": "# ApiRecoveryFailed\n## Diagnosis\nLook at it.\n"}
    (page,) = evaluation(files).collector.collected(Runbook, "").items
    assert page.has_kinds == {"diagnosis"}


def test_the_nearest_of_very_many_pages() -> None:
    files = {f"docs/runbooks/Page{number:04}.md": PAGE for number in range(400)}
    files["docs/runbooks/ApiDown.md"] = PAGE
    files["rules.yaml"] = rules("docs/runbooks/ApiDwon.md", "docs/runbooks/Nothing.md")
    found = links(files)
    assert [link.nearest for link in found if link is not None] == ["docs/runbooks/ApiDown.md", ""]


@pytest.mark.parametrize(
    ("checklist", "others"), [("", True), ("evidence: {runbooks: ['platform:runbooks']}\n", False)]
)
def test_pages_of_another_repository_are_its_own(checklist: str, others: bool) -> None:
    link = "https://git.shop.internal/platform/x/blob/main/runbooks/Linked.md"
    done = evaluation(
        {"rules.yaml": rules(link)}, checklist + "sources: {platform: {}}\n",
        platform={"runbooks/Linked.md": PAGE, "runbooks/Other.md": PAGE},
    )  # fmt: skip
    (index,) = done.collector.collected(Runbooks, "default").items
    assert {page.name: index.of_others(page) for page in index.pages} == {"Linked": False, "Other": others}
