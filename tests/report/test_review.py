"""The launch review: whole, valid, inert, and the same in all its forms."""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("jinja2", reason="pip install 'readiness[review]'")

from readiness.report.canonical import dumps
from readiness.report.outline import Outline
from readiness.report.pictures import PICTURES, pictures
from readiness.report.redaction import printable, safe
from readiness.review import files
from tests.faults import EXAMPLES
from tests.pages import CSP, served, violations
from tests.report.samples import (
    CASES,
    HOSTILE,
    finding,
    hostile,
    not_ready,
    object_,
    operand,
    outcome,
    proof,
    ready,
    suppressed,
    two_environments,
    verdict,
)

EACH = pytest.mark.parametrize("case", CASES)
SECTIONS = [
    "Decision", "Sign-off", "Service", "Categories", "Findings", "Proofs", "Launch plan",
    "Waivers and suppressions", "Residual risk", "Evidence", "Controls and record", "Annex",
]  # fmt: skip


def page(document: Any, single_file: bool = False) -> str:
    made = files(document, single_file)
    return made["review.html" if single_file else "index.html"].decode()


def words(text: str) -> str:
    """What a reader sees of a page, without markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def proven(check: str, *proofs_: dict[str, Any]) -> dict[str, Any]:
    return verdict([outcome(check, "pass", proofs=list(proofs_))])


def about(name: str, message: str, *operands: dict[str, Any]) -> dict[str, Any]:
    return {**proof(message, *operands), "object": object_("Deployment", name)}


# What it says


def test_a_folder_holds_page_style_markdown_and_the_record() -> None:
    made = files(not_ready(), False)
    assert list(made) == ["index.html", "report.css", "review.md", "verdict.json"]
    assert made["verdict.json"] == dumps(not_ready())
    digest = hashlib.sha256(made["verdict.json"]).hexdigest()
    assert f"sha256:{digest}" in made["index.html"].decode()
    assert f"sha256:{digest}" in made["review.md"].decode()


def test_the_single_file_needs_no_other() -> None:
    made = files(ready(), True)
    assert list(made) == ["review.html", "review.md", "verdict.json"]
    assert "<link" not in made["review.html"].decode()
    assert files(ready(), False)["report.css"].decode().strip() in made["review.html"].decode()


def test_all_parts_stand_in_their_order_in_both_forms() -> None:
    made = files(ready(), False)
    numbered = [f"{number} {title}" for number, title in enumerate(SECTIONS, 1)]
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", made["index.html"].decode(), re.S)
    assert [words(one) for one in headings] == numbered
    assert re.findall(r"^## (.*)$", made["review.md"].decode(), re.M) == [
        f"{number}. {title}" for number, title in enumerate(SECTIONS, 1)
    ]


@pytest.mark.parametrize("case", [case for case in CASES if case != "hostile"])
def test_every_finding_and_proof_is_in_both_forms(case: str) -> None:
    document = CASES[case]()
    made = files(document, False)
    seen, markdown = words(made["index.html"].decode()), made["review.md"].decode()
    for one in document.get("outcomes", ()):
        assert one["id"] in seen
        assert one["id"] in markdown
        for said in (*one["proofs"], *one["findings"]):
            assert said["message"] in seen
            assert said["message"] in markdown
            assert said.get("fix", "") in seen
            assert said.get("fingerprint", "") in seen
            assert said.get("fingerprint", "") in markdown


def test_the_decision_is_told_in_five_lines() -> None:
    text = words(page(not_ready()))
    assert "Blockers 4: availability.pdb-allows-drain" in text
    assert "Conditions W-7 by 2027-01-31 (jane.doe, OPS-311); 1 old finding to pay off" in text
    assert "Waivers in force 1: W-7" in text
    assert "Unknown 4 checks, 1 of 2 causes block" in text
    assert "Change against origin/main (cdcdcdcdcdcd): 1 new, 1 existing, 1 fixed" in text


def test_many_environments_are_counted_in_the_head_and_listed_below() -> None:
    document = two_environments()
    first = document["environments"][0]
    document["environments"] = [{**first, "name": f"cluster-{number}"} for number in range(1, 10)]
    text = words(page(document))
    assert "Environment cluster-1, cluster-2, cluster-3 and 6 more" in text
    assert all(f"cluster-{number}" in text for number in range(1, 10))


def test_what_stays_open_is_listed_as_risk() -> None:
    text = page(suppressed())
    risks = text[text.index('id="risks"') : text.index('id="evidence"')]
    assert risks.count("can write to its root file system") == 2
    assert "suppressed: ignore-check.kube-linter.io" in risks


def test_nothing_is_made_up() -> None:
    """What the record lacks is a box: 4 rows of signatures, a service card and a plan without evidence."""
    text = page(verdict([outcome("a.b", "pass")]))
    part = re.split(r'<section id="', text)
    boxes = {piece.partition('"')[0]: piece.count('class="box"') for piece in part[1:]}
    assert (boxes["sign-off"], boxes["service"], boxes["launch"]) == (18, 2, 8)
    assert boxes["decision"] == boxes["evidence"] == boxes["findings"] == 0


def test_how_to_reproduce_it_can_be_pasted() -> None:
    document = {**not_ready(), "environment": "prod; rm -rf $HOME"}
    text = words(page(document))
    assert "git checkout 0123456789abcdef0123456789abcdef01234567 readiness gate . --as-of 2026-11-24" in text
    assert "--environment 'prod; rm -rf $HOME' --base origin/main --policy policy@main" in text


def test_a_run_without_a_verdict_has_a_page_that_says_so() -> None:
    text = words(page(CASES["usage-error"]()))
    assert text.count("ERROR") == 2
    assert "readiness.yaml:9:1: tier is 7; expected 1 to 4; write tier: 2" in text


# Pictures


def test_capacity_is_drawn_from_its_operands() -> None:
    sum_ = (operand("most replicas", 12), operand("peak", 420, "requests/s"),
            operand("capacity of one replica", 120, "requests/s"), operand("headroom", 30, "%"),
            operand("growth a month", 3, "%"))  # fmt: skip
    bars, growth = pictures(proven("capacity.plan-covers-peak", about("api", "api: enough", *sum_)))
    assert bars.rows == (
        ("api", "12", "120", "1440 requests/s", "420 requests/s", "546 requests/s", "37.9 %"),
    )
    assert bars.spec is not None
    drawn = {row["part"]: row["value"] for row in bars.spec["layer"][0]["data"]["values"]}
    assert drawn == {"peak": 420 / 1440, "headroom": 126 / 1440}
    # 546 × 1.03^32 = 1406 ≤ 1440 < 546 × 1.03^33 = 1448
    assert growth.rows == (("api", "3 % a month", "37.9 %", "enough for 32 months"),)


def test_the_loss_of_a_zone_is_drawn_and_says_what_is_short() -> None:
    broken = finding(
        "api keeps 5 of 8",
        object=object_("Deployment", "api"),
        operands=[operand("replicas at the peak", 8), operand("zones", 3), operand("most in one zone", 3),
                  operand("peak", 900, "requests/s"), operand("capacity of one replica", 120, "requests/s")],
    )  # fmt: skip
    document = verdict([outcome("capacity.plan-survives-zone-loss", "fail", findings=[broken])])
    (picture,) = pictures(document)
    assert picture.rows == (
        ("api", "8", "3", "3", "600 requests/s", "900 requests/s", "300 requests/s short"),
    )
    assert "Too little stays for api." in picture.says


@pytest.mark.parametrize(
    ("grace", "result"), [(40, "0 s spare"), (39, "killed 1 s early"), (60, "20 s spare")]
)
def test_the_end_of_a_pod_is_a_time_line(grace: int, result: str) -> None:
    sum_ = (operand("preStop", 10, "s"), operand("Spring's drain", 30, "s"),
            operand("terminationGracePeriodSeconds", grace, "s"))  # fmt: skip
    (picture,) = pictures(proven("availability.termination-budget", about("api", "x", *sum_)))
    assert picture.rows == (("api", "preStop 10 s + Spring's drain 30 s", "40 s", f"{grace} s", result),)


def test_alerts_stand_in_a_table_with_their_links() -> None:
    rule = object_("AlertRule", "Down", "", "orders")
    document = verdict(
        [
            outcome("alert.severity-label", "pass", proofs=[{**proof("x"), "object": rule}]),
            outcome("alert.routed", "fail", findings=[finding("x", object=rule)]),
            outcome("runbook.resolves", "pass"),
        ]
    )
    (picture,) = pictures(document)
    assert picture.columns == ("Alert", "Severity", "Reaches people", "Leads to a runbook")
    assert picture.rows == (("Down", "✓ holds", "✗ broken", "not proven"),)
    assert picture.says.startswith("0 of 1 alert with every link proven")


@pytest.mark.parametrize("check", PICTURES)
@pytest.mark.parametrize("value", ["many", 0, -1, float("nan"), 1e308])
def test_operands_that_make_no_sense_break_no_picture(check: str, value: Any) -> None:
    names = ("replicas", "peak", "capacity of one replica", "headroom", "growth a month", "zones",
             "most in one zone", "replicas at the peak", "terminationGracePeriodSeconds", "preStop",
             "pods ready during a rollout", "evictions allowed", "fewest pods of x", "detection", "reset",
             "budget", "notification", "acknowledgement", "mitigation")  # fmt: skip
    sum_ = [operand(name, value, "s") for name in names]
    document = Outline.of(proven(check, about("api", "x", *sum_), about("two", "y"))).document
    for picture in pictures(document):
        assert all(len(row) == len(picture.columns) for row in picture.rows)


def test_sums_of_one_name_are_told_apart() -> None:
    def stop(seconds: int) -> dict[str, Any]:
        steps = (operand("preStop", seconds, "s"), operand("terminationGracePeriodSeconds", 60, "s"))
        return about("api", f"{seconds}", *steps)

    (picture,) = pictures(proven("availability.termination-budget", stop(5), stop(7)))
    assert [row[0] for row in picture.rows] == ["api (production)", "api #2 (production)"]


def stopping() -> dict[str, Any]:
    """A verdict with one picture."""
    steps = (operand("preStop", 10, "s"), operand("terminationGracePeriodSeconds", 60, "s"))
    return proven("availability.termination-budget", about("api", "x", *steps))


def test_a_picture_has_a_text_alternative_and_a_table() -> None:
    pytest.importorskip("vl_convert", reason="pip install 'readiness[review]'")
    text = page(stopping())
    (svg,) = re.findall(r"<svg.*?</svg>", text, re.S)
    name = re.search(r'aria-labelledby="(\S+) (\S+)"', svg)
    assert name
    assert f'<title id="{name[1]}">How a pod stops</title>' in svg
    assert f'<desc id="{name[2]}">Seconds from the signal to stop' in svg
    assert "How a pod stops: the numbers" in text


@pytest.mark.parametrize("text", [*HOSTILE, "datum.value", "x" * 300], ids=ascii)
def test_names_in_charts_are_text(text: str) -> None:
    pytest.importorskip("vl_convert", reason="pip install 'readiness[review]'")
    steps = (operand(text, 10, "s"), operand("terminationGracePeriodSeconds", 60, "s"))
    document = proven("availability.termination-budget", about(text, text, *steps))
    (svg,) = re.findall(r"<svg.*?</svg>", page(document), re.S)
    tree = ElementTree.fromstring(svg)
    allowed = {"svg", "g", "path", "rect", "line", "text", "tspan", "title", "desc"}
    assert {one.tag for one in tree.iter()} <= allowed
    begin = printable(safe({"name": text}), 1_000)["name"][:9]
    assert any((one.text or "").startswith(f"✓ {begin}") for one in tree.iter("text"))


def test_without_the_renderer_there_are_tables_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    text = page(stopping())
    assert "<svg" not in text
    assert "Tables only: vl-convert-python is not installed: pip install &#39;readiness[review]&#39;" in text
    assert "How a pod stops: the numbers" in text


# Markup


def elements(text: str) -> Iterator[Any]:
    html5lib = pytest.importorskip("html5lib", reason="pip install html5lib")
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    yield from (one for one in parser.parse(text).iter() if isinstance(one.tag, str))


@EACH
@pytest.mark.parametrize("single_file", [False, True])
def test_the_page_is_valid_html(case: str, single_file: bool) -> None:
    found = list(elements(page(CASES[case](), single_file)))  # strict: raises at the first error
    ids = [one.get("id") for one in found if one.get("id")]
    assert len(ids) == len(set(ids))
    targets = {one.get("href")[1:] for one in found if one.get("href", "").startswith("#")}
    named = {name for one in found for name in (one.get("aria-labelledby") or "").split()}
    assert targets | named <= set(ids)
    levels = [int(one.tag[1]) for one in found if re.fullmatch(r"h[1-6]", one.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@EACH
def test_nothing_in_the_folder_is_inline_or_from_elsewhere(case: str) -> None:
    for one in elements(page(CASES[case]())):
        tag = one.tag.rpartition("}")[2]
        assert tag not in (
            "script",
            "style",
            "img",
            "iframe",
            "object",
            "embed",
            "form",
            "base",
            "foreignObject",
        )
        assert not [name for name in one.attrib if name == "style" or name.startswith("on")]
        assert one.get("src") is None
        link = one.get("href")
        assert link is None or link == "report.css" or link.startswith("#")


def test_hostile_text_draws_no_rows_and_no_headings_in_markdown() -> None:
    lines = files(hostile(), False)["review.md"].decode().splitlines()
    allowed = {f"## {number}. {title}" for number, title in enumerate(SECTIONS, 1)}
    headings = [line for line in lines if line.startswith("#") and line not in allowed]
    assert all(
        re.match(r"# NO-GO: Launch review|### (Blocking|Notes|Waived|What holds) \(", one) for one in headings
    )
    markers = {len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("| ---")}
    rows = {len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("|")}
    assert rows <= markers


# In a browser


def written(document: Any, folder: Path, single_file: bool = False) -> Path:
    for name, content in files(document, single_file).items():
        (folder / name).write_bytes(content)
    return folder / ("review.html" if single_file else "index.html")


def real() -> dict[str, Any]:
    """The verdict of a whole example, with every picture."""
    from readiness.commands import Arguments, judged

    judgement = judged(Arguments(str(EXAMPLES / "orders"), as_of="2026-11-24"))
    document: dict[str, Any] = judgement.document
    return document


@pytest.mark.parametrize("document", [not_ready, hostile, real], ids=lambda one: one.__name__)
def test_jenkins_policy_blocks_nothing(browser: Any, document: Any, tmp_path: Path) -> None:
    written(document(), tmp_path)
    (tmp_path / "favicon.ico").touch()  # every server has its own
    with served(tmp_path) as (address, asked):
        tab = browser.new_page()
        told: list[str] = []
        tab.on("console", lambda message: told.append(message.text))
        tab.on("pageerror", lambda error: told.append(str(error)))
        tab.on("requestfailed", lambda request: told.append(request.url))
        answer = tab.goto(f"{address}/index.html")
        assert answer.headers["content-security-policy"] == CSP
        styled = tab.locator("header").evaluate("one => getComputedStyle(one).backgroundColor")
        assert told == []
        assert styled not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
        assert sorted(set(asked) - {"/favicon.ico"}) == ["/index.html", "/report.css"]


def test_jenkins_policy_blocks_what_is_inline(browser: Any, tmp_path: Path) -> None:
    """The single file is for mail; that it is blocked shows that the test above would notice."""
    written(ready(), tmp_path, single_file=True)
    with served(tmp_path) as (address, _):
        tab = browser.new_page()
        told: list[str] = []
        tab.on("console", lambda message: told.append(message.text))
        tab.goto(f"{address}/review.html")
        assert any("Applying inline style" in text for text in told), told


@pytest.mark.parametrize("single_file", [False, True])
def test_hostile_evidence_is_inert(browser: Any, single_file: bool, tmp_path: Path) -> None:
    target = written(hostile(), tmp_path, single_file)
    tab = browser.new_page()
    asked: list[str] = []
    dialogs: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: dialogs.append(dialog.message))
    tab.goto(target.as_uri())
    own = {target.as_uri()} if single_file else {target.as_uri(), (tmp_path / "report.css").as_uri()}
    assert set(asked) == own
    assert dialogs == []
    assert tab.locator("script, img, iframe, main a").count() == 0
    seen = tab.locator("main").inner_text()
    assert HOSTILE[0] in seen  # as words
    assert "hunter2" not in seen
    assert not re.search("[\x00-\x08\x1b\u202e\u200b]", seen)
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    ("document", "scheme"),
    [(not_ready, "light"), (not_ready, "dark"), (suppressed, "dark"), (real, "light"), (hostile, "light")],
)
def test_the_page_is_accessible(browser: Any, document: Any, scheme: str, tmp_path: Path) -> None:
    target = written(document(), tmp_path)
    for width in (1400, 400):
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tab.goto(target.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_verdict_is_read_without_scripts_and_printed(browser: Any, tmp_path: Path) -> None:
    target = written(not_ready(), tmp_path)
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(target.as_uri())
    assert tab.get_by_role("heading", level=1).inner_text().startswith("NO-GO")
    assert tab.get_by_role("navigation", name="Contents").get_by_role("link").count() == 12
    assert tab.get_by_role("columnheader", name="Commit or ticket").is_visible()
    for size in ("A4", "Letter"):
        assert tab.pdf(format=size).startswith(b"%PDF")


def test_the_same_verdict_gives_the_same_bytes() -> None:
    assert files(ready(), False) == files(json.loads(dumps(ready())), False)
