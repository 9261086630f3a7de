"""Spring Boot applications in a source tree, and how Spring reads what they say."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.context import Sources
from readiness.evidence.documents import Documents
from readiness.evidence.effective import Value
from readiness.evidence.spring import (
    TIMEOUT,
    SpringApplications,
    canonical,
    layers_of,
    lookup,
    resolved,
    seconds_of,
)
from readiness.outcome import Location
from readiness.tree import TextTree

AT = Location("repository", "application.yml")
PARENT = """<project><parent><groupId>org.springframework.boot</groupId>
<artifactId>spring-boot-starter-parent</artifactId><version>{}</version></parent>{}</project>"""
PLUGIN = (
    "<build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>"
)


def applications(files: dict[str, str]) -> SpringApplications:
    tree = TextTree("repository", {path: text.encode() for path, text in files.items()})
    return SpringApplications.collect(Documents.collect(Sources({"repository": tree})))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("30S", 30), ("500ms", Fraction(1, 2)), ("15", Fraction(15, 1000)), ("2m", 120),
     ("1h", 3600), ("PT30S", 30), ("PT1M30S", 90), ("pt1.5s", Fraction(3, 2)), (" 20s ", 20), ("1d", 86400)],
)  # fmt: skip
def test_durations(text: str, seconds: Fraction) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "30 seconds", "PT", "-5s", "${GRACE}", "1.5s", "9" * 40])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        seconds_of(text)


@given(st.text(max_size=40))
def test_any_text_is_a_duration_or_none(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert seconds_of(text) >= 0


def test_relaxed_binding() -> None:
    names = (TIMEOUT, "spring.lifecycle.timeoutPerShutdownPhase", "SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE",
             "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE")  # fmt: skip
    assert len({canonical(name) for name in names}) == 1


def test_the_last_document_and_the_active_profile_win() -> None:
    text = b"""\
spring.lifecycle.timeout-per-shutdown-phase: 10s
---
spring:
  lifecycle: {timeout-per-shutdown-phase: 20s}
---
spring:
  config: {activate: {on-profile: worker}}
  lifecycle: {timeout-per-shutdown-phase: 60s}
"""
    layers = layers_of("application.yml", text, AT)
    plain, worker = lookup(layers, TIMEOUT), lookup(layers, TIMEOUT, ("worker",))
    assert plain is not None
    assert (plain.value, plain.at.document, plain.at.keys) == (
        "20s",
        1,
        ("spring", "lifecycle", TIMEOUT[17:]),
    )
    assert worker is not None
    assert worker.value == "60s"


def test_properties_files_have_lines() -> None:
    text = b"# a comment\n! another\nserver.shutdown = x\nspring.lifecycle.timeoutPerShutdownPhase:45s\nx\n"
    layers = layers_of("application-prod.properties", text, AT)
    assert lookup(layers, TIMEOUT) is None
    found = lookup(layers, TIMEOUT, ("prod",))
    assert found is not None
    assert (found.value, found.at.line) == ("45s", 4)


@pytest.mark.parametrize("text", [b"[", b"\xff", b"- 1", b"x", b"{1: {2: null}}", b""])
def test_broken_files_say_nothing(text: bytes) -> None:
    assert lookup(layers_of("application.yml", text, AT), TIMEOUT) is None


def test_placeholders_take_the_environment_then_their_default() -> None:
    given_ = {"GRACE": Value("5s", AT)}
    assert resolved("${GRACE:30s}", given_) == "5s"
    assert resolved("${OTHER:30s}", given_) == "30s"
    assert resolved("${OTHER}", given_) == "${OTHER}"


def test_version_web_and_names() -> None:
    web = "<artifactId>spring-boot-starter-web</artifactId>"
    own = (
        f"<artifactId>orders</artifactId><dependencies><dependency>{web}</dependency></dependencies>{PLUGIN}"
    )
    found = applications({
        "svc/pom.xml": PARENT.format("3.5.7", own),
        "svc/src/main/resources/application.yml": "spring: {application: {name: order-service}}",
    }).found  # fmt: skip
    (one,) = found
    assert (one.version, one.web, one.names) == ((3, 5), True, frozenset({"orders", "svc", "order-service"}))
    assert one.boot is not None
    assert one.boot.at.line == 2


def test_the_version_comes_from_a_parent_inside_the_tree_or_from_a_bom() -> None:
    child = (
        "<project><parent><artifactId>all</artifactId></parent><artifactId>api</artifactId>"
        + PLUGIN
        + "</project>"
    )
    bom = """<project><properties><boot.version>3.4.1</boot.version></properties><dependencyManagement>
<dependencies><dependency><groupId>org.springframework.boot</groupId>
<artifactId>spring-boot-dependencies</artifactId><version>${boot.version}</version></dependency></dependencies>
</dependencyManagement></project>"""
    for parent, version in ((PARENT.format("3.3.0", "<artifactId>all</artifactId>"), (3, 3)), (bom, (3, 4))):
        found = applications({"pom.xml": parent, "api/pom.xml": child})
        assert [one.version for one in found.found] == [version]
        assert found.of("api") is not None


def test_gradle() -> None:
    found = applications({"api/build.gradle": "plugins { id 'org.springframework.boot' version '3.4.2' }"})
    assert [(one.version, one.names) for one in found.found] == [((3, 4), frozenset({"api"}))]


def test_a_commented_out_parent_is_none() -> None:
    assert applications({"pom.xml": f"<!--{PARENT.format('3.5.0', PLUGIN)}-->"}).found == ()


def test_only_certain_joins() -> None:
    one = {"a/pom.xml": PARENT.format("3.5.0", "<artifactId>orders</artifactId>" + PLUGIN)}
    two = {**one, "b/pom.xml": PARENT.format("3.5.0", "<artifactId>web</artifactId>" + PLUGIN)}
    twins = {**one, "b/pom.xml": one["a/pom.xml"]}
    assert applications(one).of("orders") is not None
    assert applications(one).of("orders-api") is not None  # the only one there is
    assert applications(one).of("ordersapi") is None
    assert applications(two).of("orders") is not None
    assert applications(two).of("orders-api") is None
    assert applications(twins).of("orders") is None


@pytest.mark.parametrize(
    ("resources", "dependency", "elsewhere"),
    [
        ("spring.config.import: 'optional:configserver:http://c'", "", True),
        ("spring: {config: {import: ['configtree:/etc/x/', 'consul:']}}", "", True),
        ("spring.config.import: 'optional:configtree:/etc/x/'", "", False),
        ("a: 1", "<artifactId>spring-cloud-starter-config</artifactId>", True),
        ("a: 1", "<artifactId>spring-boot-configuration-processor</artifactId>", False),
    ],
)
def test_a_configuration_server_may_say_otherwise(resources: str, dependency: str, elsewhere: bool) -> None:
    pom = PARENT.format("3.5.0", f"<dependencies><dependency>{dependency}</dependency></dependencies>")
    (one,) = applications({"pom.xml": pom, "src/main/resources/application.yml": resources}).found
    assert one.elsewhere is elsewhere


@pytest.mark.parametrize("text", ["<!--", "<parent>", "<artifactId>", "${", "<dependencies>", "<version>${"])
def test_a_hostile_build_file_is_read_in_one_go(text: str) -> None:
    """Half a megabyte of what opens and never closes: hours for a pattern that looks for the end."""
    found = applications({"pom.xml": "org.springframework.boot" + text * (500_000 // len(text)) + PLUGIN})
    assert found.of("orders") is None


def test_a_parent_that_is_its_own_parent_ends() -> None:
    parent = "<parent><artifactId>x</artifactId><relativePath>../{}/pom.xml</relativePath></parent>"
    child = f"<project>{parent}</project>"
    assert applications({"a/pom.xml": child.format("b"), "b/pom.xml": child.format("a")}).found == ()
