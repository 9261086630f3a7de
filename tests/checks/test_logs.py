"""Where logs go, in which form, and from which level on."""

from pathlib import Path

import pytest
from readiness_checks.monitoring import log_standard

from tests.faults import ORDERS, Fault, copy_of_orders, findings, proofs, statuses, write

CONFIG = "src/main/resources/application.yml"
LOGBACK = "src/main/resources/logback-spring.xml"
LOG4J = "src/main/resources/log4j2.xml"
RENDERED = "deploy/rendered/production.yaml"
STRUCTURED = "logging:\n  structured:\n    format:\n      console: ecs\n"
OPTIONS = "        - name: JAVA_TOOL_OPTIONS\n          value: -XX:MaxRAMPercentage=65 -XX:+ExitOnOutOfMemoryError\n"


def logback(body: str, root: str = '<root level="INFO"><appender-ref ref="A"/></root>') -> Fault:
    return Fault(LOGBACK, "", f"<configuration>{body}{root}</configuration>")


CONSOLE = '<appender name="A" class="ch.qos.logback.core.ConsoleAppender">{}</appender>'
PATTERN = CONSOLE.format("<encoder><pattern>%d %m%n</pattern></encoder>")
JSON = CONSOLE.format('<encoder class="net.logstash.logback.encoder.LogstashEncoder"/>')
FILE = '<appender name="A" class="ch.qos.logback.core.rolling.RollingFileAppender"><encoder><pattern>%m</pattern></encoder></appender>'


def said(tmp_path: Path, *faults: Fault) -> list[str]:
    tree = copy_of_orders(tmp_path)
    for fault in faults:
        fault.seed(tree)
    return [one.message for one in findings(log_standard, tree) if one.message.startswith("orders-api")]


def test_orders_has_no_finding() -> None:
    assert findings(log_standard, ORDERS) == []
    assert "orders-api logs json to the console" in [proof.message for proof in proofs(log_standard, ORDERS)]


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        ([Fault(CONFIG, STRUCTURED, "")], "orders-api logs lines without fields (the default of Spring Boot)"),
        ([logback(PATTERN)], "orders-api logs lines without fields (logback-spring.xml, A)"),
        (
            [logback('<include resource="org/springframework/boot/logging/logback/base.xml"/>', "")],
            "orders-api logs lines without fields (logback-spring.xml, CONSOLE)",
        ),
        (
            [logback(PATTERN + '<appender name="B" class="x.AsyncAppender"><appender-ref ref="A"/></appender>',
                     '<root><appender-ref ref="B"/></root>')],
            "orders-api logs lines without fields (logback-spring.xml, A)",
        ),
        (
            [logback(f'<springProfile name="!dev">{PATTERN}</springProfile>')],
            "orders-api logs lines without fields (logback-spring.xml, A)",
        ),
        ([logback(FILE)], "orders-api logs to a file only (logback-spring.xml, A), not to the console"),
        (
            [logback(JSON, '<root level="DEBUG"><appender-ref ref="A"/></root>')],
            "orders-api logs from DEBUG on in production (the root logger)",
        ),
        (
            [Fault(CONFIG, "logging:\n", "logging:\n  level: {root: trace}\n")],
            "orders-api logs from trace on in production (the root logger)",
        ),
        (
            [Fault(LOG4J, "", '<Configuration><Appenders><Console name="C"><PatternLayout pattern="%m"/></Console>'
             '</Appenders><Loggers><Root level="info"><AppenderRef ref="C"/></Root></Loggers></Configuration>')],
            "orders-api logs lines without fields (log4j2.xml, C)",
        ),
    ],
)  # fmt: skip
def test_fault_is_found(tmp_path: Path, faults: list[Fault], says: str) -> None:
    assert said(tmp_path, *faults) == [says]


@pytest.mark.parametrize(
    "fault",
    [
        logback(JSON),
        logback(CONSOLE.format("<layout class='ch.qos.logback.contrib.json.classic.JsonLayout'/>")),
        logback(CONSOLE.format('<encoder><pattern>{"message": "%m"}</pattern></encoder>')),
        logback(f'<springProfile name="dev">{FILE}</springProfile><springProfile name="!dev">{JSON}</springProfile>'),
        logback(f'<springProfile name="a &amp; b">{PATTERN}</springProfile>'),  # nobody can tell
        logback(f'<if condition="x"><then>{PATTERN}</then></if>'),
        logback('<include file="/etc/logback.xml"/>'),
        logback(PATTERN, '<root><appender-ref ref="OTHER"/></root>'),
        logback(JSON + FILE.replace('"A"', '"F"'), '<root><appender-ref ref="A"/><appender-ref ref="F"/></root>'),
        logback('<include resource="org/springframework/boot/logging/logback/structured-console-appender.xml"/>',
                '<root><appender-ref ref="STRUCTURED_CONSOLE"/></root>'),
        logback(JSON + '<logger name="internal.harbour" level="DEBUG"/>'),
        Fault(LOGBACK, "", "<configuration><"),
        Fault(LOGBACK, "", '<!DOCTYPE a [<!ENTITY b "c">]><configuration/>'),
        Fault(LOGBACK, "", "<other/>"),
        Fault("src/test/resources/logback-test.xml", "", f"<configuration>{PATTERN}</configuration>"),
    ],
    ids=str,
)  # fmt: skip
def test_look_alike_is_left_alone(tmp_path: Path, fault: Fault) -> None:
    assert said(tmp_path, fault) == []


def test_a_library_for_logs_may_be_configured_anywhere(tmp_path: Path) -> None:
    starter = "<artifactId>spring-boot-starter-jdbc</artifactId>"
    log4j = Fault("pom.xml", starter, "<artifactId>spring-boot-starter-log4j2</artifactId>")
    assert said(tmp_path, Fault(CONFIG, STRUCTURED, ""), log4j) == []


@pytest.mark.parametrize(
    ("level", "count"), [("DEBUG", 1), ("trace", 1), ("INFO", 0), ("warn", 0), ("debugger", 0)]
)
def test_level_of_a_variable(tmp_path: Path, level: str, count: int) -> None:
    tree = write(tmp_path, {"all.yaml": DEPLOYMENT.replace("HOW_LOUD", level)})
    found = findings(log_standard, tree)
    assert [one.message for one in found] == [f"api logs from {level} on in production (LOG_LEVEL)"] * count


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: "registry.example/api:1", env: [{name: LOG_LEVEL, value: HOW_LOUD}]}]}
"""


def test_levels_are_judged_in_production_only(tmp_path: Path) -> None:
    files = {
        "all.yaml": DEPLOYMENT.replace("HOW_LOUD", "DEBUG"),
        "readiness.yaml": "version: 1\nenvironments: {staging: {class: staging, manifests: [all.yaml]}}\n",
    }
    assert set(statuses(log_standard, write(tmp_path, files)).values()) == {"pass"}


@pytest.mark.parametrize(
    ("annotation", "count"),
    [
        ("fluentbit.io/parser: json", 0),
        ("fluentbit.io/parser: java_multiline", 1),
        ("fluentbit.io/parser_stdout-api: java", 1),
        ("fluentbit.io/parser_stdout-other: java", 0),
    ],
)
def test_parser_and_format_agree(tmp_path: Path, annotation: str, count: int) -> None:
    label = "  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: orders-api\n"
    edit = Fault(
        RENDERED,
        label,
        label.replace("      labels:", f"      annotations:\n        {annotation}\n      labels:"),
    )
    found = said(tmp_path, edit)
    parser = annotation.partition(": ")[2]
    assert (
        found
        == [
            f"orders-api logs JSON (logging.structured.format.console), and Fluent Bit reads it with parser {parser}"
        ]
        * count
    )


def test_json_parser_of_plain_lines(tmp_path: Path) -> None:
    label = "  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: orders-api\n"
    edit = Fault(
        RENDERED,
        label,
        label.replace(
            "      labels:", "      annotations:\n        fluentbit.io/parser: json\n      labels:"
        ),
    )
    assert said(tmp_path, edit, logback(PATTERN)) == [
        "orders-api logs lines of a pattern (logback-spring.xml), and Fluent Bit reads it with parser json"
    ]


def test_where_nothing_tells_it_is_not_asked(tmp_path: Path) -> None:
    tree = write(tmp_path, {"all.yaml": DEPLOYMENT.replace("LOG_LEVEL", "PORT")})
    assert set(statuses(log_standard, tree).values()) == {"not-applicable"}
