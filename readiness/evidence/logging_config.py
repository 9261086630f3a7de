"""How programs write their logs: format, where to, and from which level on.

Reads Logback (`logback*.xml`) and Log4j 2 (`log4j2*.xml`) in the resources of Spring Boot applications,
Spring Boot's own `logging.*` properties (structured logging of 3.4 and later), environment variables for
levels, and the annotations by which Fluent Bit is told a parser.
An application that nothing configures writes Spring Boot's pattern to the console.
Ignored on purpose: other languages' configuration in code, of which only the level's variable is known, and
configuration that an expression of profiles other than names, `!`, `|` and `,` selects.

Source:
    Logback manual, "Encoders", "Appenders"; Spring Boot, "Logging", "Structured Logging" and "Logback
    Extensions"; Log4j 2, "Layouts"; Fluent Bit, "Kubernetes" filter, annotations.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, NamedTuple, Self

from readiness.errors import ReadinessError, Unknown
from readiness.evidence.configuration import ConfigMaps
from readiness.evidence.documents import Documents, File
from readiness.evidence.effective import Value
from readiness.evidence.images import image_of
from readiness.evidence.manifests import Container, Workload
from readiness.evidence.probes import Spring
from readiness.evidence.scalers import Scaling
from readiness.evidence.spring import SpringApplication, SpringApplications
from readiness.outcome import Location

Format = Literal["json", "pattern", ""]  # "" where nobody can tell

PARSERS = r"^fluentbit\.io/parser(?:_stdout)?(?:-(?P<container>.+))?$"
LEVELS = r"^(?:LOG_?LEVEL|LOGGING_LEVEL(?:_ROOT)?|ROOT_LOG_LEVEL|LOGLEVEL|RUST_LOG|LOG_SEVERITY)$"
LOUD = frozenset({"debug", "trace", "all", "verbose", "silly"})
_JSON = r"(?i)json|logstash|ecs|structured|gelf|stackdriver|GoogleCloud"
_RESOURCES = r"(?:(.*)/)?src/main/resources/(?:config/)?(?:logback|log4j2)(?:-spring)?\.xml"
_INCLUDED: Mapping[str, tuple[str, ...]] = {  # files of Spring Boot's own, and the appenders in them
    "base.xml": ("CONSOLE", "FILE"),
    "console-appender.xml": ("CONSOLE",),
    "file-appender.xml": ("FILE",),
    "structured-console-appender.xml": ("STRUCTURED_CONSOLE",),
}
LIMIT = 500_000  # characters; a long one has 20,000


class Sink(NamedTuple):
    """One place that the root logger writes to."""

    kind: Literal["console", "file", "other"]
    format: Format
    name: str
    at: Location


class Written(NamedTuple):
    """What one file or property says of an application's logs."""

    sinks: tuple[Sink, ...]
    level: Value[str] | None
    how: str  # "logback-spring.xml", "logging.structured.format.console", "Spring Boot's default"
    at: Location


class LogSettings:
    """How the containers of one workload log."""

    __slots__ = ("levels", "parsers", "workload", "written")

    def __init__(
        self,
        workload: Workload,
        written: tuple[tuple[Container, Written], ...],
        levels: tuple[tuple[str, Value[str]], ...],
        parsers: tuple[tuple[str, Value[str]], ...],
    ) -> None:
        self.workload = workload
        self.written = written
        self.levels = levels  # of variables, by their names
        self.parsers = parsers  # container ("" for all of them) and the parser that it is read with


class Logging:
    """How the workloads of an environment log."""

    kinds: ClassVar[frozenset[str]] = frozenset({"ConfigMap"}) | Workload.KINDS

    def __init__(self, found: tuple[LogSettings, ...]) -> None:
        self._found = {one.workload.at: one for one in found}

    @classmethod
    def collect(
        cls, documents: Documents, workloads: tuple[Workload, ...], scaling: Scaling,
        configuration: ConfigMaps, spring: Spring, applications: SpringApplications,
    ) -> Self:  # fmt: skip
        files: dict[tuple[str, str], File] = {}
        for file in documents.named("logback*.xml", "log4j2*.xml"):
            found = re.fullmatch(_RESOURCES, file.path)
            if found is not None:
                key = (file.source, found[1] or "")
                files[key] = max(file, files.get(key, file), key=lambda one: "-spring" in one.name)
        made = []
        for workload in workloads:
            try:
                pods = scaling.pods_of(workload)
            except Unknown:
                continue  # it is described elsewhere, or malformed: other checks say so
            written = [
                (container, one)
                for container in pods.containers
                if (one := _written(container, applications, files, documents, spring, configuration))
                is not None
            ]
            levels = [
                (name, value)
                for container in pods.containers
                for name, value in configuration.environment_of(container).items()
                if re.match(LEVELS, name)
            ]
            parsers = [
                (found["container"] or "", Value(text, pods.pod_at.at("metadata", "annotations", key)))
                for key, text in pods.pod_annotations.items()
                if (found := re.match(PARSERS, key))
            ]
            made.append(LogSettings(workload, tuple(written), tuple(levels), tuple(parsers)))
        return cls(tuple(made))

    def of(self, workload: Workload) -> LogSettings | None:
        return self._found.get(workload.at)


def _written(
    container: Container, applications: SpringApplications, files: Mapping[tuple[str, str], File],
    documents: Documents, spring: Spring, configuration: ConfigMaps,
) -> Written | None:  # fmt: skip
    """What is known of the logs of a container; None where it runs no application of the evidence."""
    image = container.image
    application = applications.of(image_of(image.value).name) if image is not None else None
    if application is None or spring.get(container, "logging.config") is not None:
        return None
    level = spring.get(container, "logging.level.root")
    structured = spring.get(container, "logging.structured.format.console")
    file = files.get((application.at.source, application.folder))
    if file is not None:
        active = configuration.environment_of(container).get("SPRING_PROFILES_ACTIVE")
        profiles = frozenset(re.split(r"[,\s]+", active.value)) if active is not None else frozenset[str]()
        found = read_xml(file, documents, profiles)
        if found is None:
            return None
        return found._replace(level=level or found.level)
    if application.logs_apart and structured is None:
        return None
    return _of_spring(application, level, structured, spring.get(container, "logging.file.name"))


def _of_spring(
    application: SpringApplication, level: Value[str] | None, structured: Value[str] | None,
    to_file: Value[str] | None,
) -> Written:  # fmt: skip
    at = structured.at if structured is not None else application.at
    how = "logging.structured.format.console" if structured is not None else "the default of Spring Boot"
    sinks = [Sink("console", "json" if structured is not None else "pattern", how, at)]
    if to_file is not None:
        sinks.append(Sink("file", "pattern", f"logging.file.name {to_file.value}", to_file.at))
    return Written(tuple(sinks), level, how, at)


def read_xml(file: File, documents: Documents, profiles: frozenset[str]) -> Written | None:
    """What a file of Logback or Log4j 2 says; None where it can't be read or asks something unknown."""
    from xml.etree import ElementTree

    try:
        text = documents.text(file).decode("utf-8", "replace")
    except ReadinessError:
        return None
    if len(text) > LIMIT or "<!ENTITY" in text:
        return None
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    if root.tag.lower() != "configuration":
        return None
    if file.name.startswith("log4j2"):
        return _log4j(root, file)
    return _logback(root, file, profiles)


def _logback(root: Any, file: File, profiles: frozenset[str]) -> Written | None:
    appenders: dict[str, Any] = {}
    included: dict[str, None] = {}
    of_root: list[str] = []
    level: Value[str] | None = None
    for element in _that_hold(root, profiles):
        if element is None:
            return None
        if element.tag == "include":
            name = str(element.get("resource") or "").rpartition("/")[2]
            if name not in _INCLUDED and name != "defaults.xml":
                return None  # another file, which may say anything
            included.update(dict.fromkeys(_INCLUDED.get(name, ())))
            if name == "base.xml":
                of_root += ["CONSOLE"]
        elif element.tag == "appender":
            appenders[str(element.get("name"))] = element
        elif element.tag == "root":
            of_root = [str(one.get("ref")) for one in element.iter("appender-ref")] or of_root
            if element.get("level"):
                level = Value(str(element.get("level")), file.at)
    sinks = [sink for name in of_root for sink in _sinks(name, appenders, included, file)]
    return Written(tuple(sinks), level, file.name, file.at) if sinks else None


def _that_hold(root: Any, profiles: frozenset[str]) -> Iterator[Any]:
    """The elements that count under the active profiles; None where nobody can tell."""
    for element in root:
        if element.tag == "springProfile":
            held = _holds(str(element.get("name") or ""), profiles)
            if held is None:
                yield None
            elif held:
                yield from _that_hold(element, profiles)
        elif element.tag in ("if", "insertFromJNDI", "property", "springProperty"):
            if element.tag == "if":
                yield None
        else:
            yield element


def _holds(expression: str, profiles: frozenset[str]) -> bool | None:
    """Source: Spring Framework, Profiles.of: `!`, `|`; Logback Extensions: a comma is "or"."""
    if re.search(r"[&()]", expression):
        return None
    words = [word.strip() for word in re.split(r"[,|]", expression) if word.strip()]
    return any((word.lstrip("! ") in profiles) != word.startswith("!") for word in words)


def _sinks(
    name: str, appenders: Mapping[str, Any], included: Mapping[str, None], file: File
) -> Iterator[Sink]:
    element = appenders.get(name)
    if element is None:
        if name in included:
            of_spring: Format = "json" if name.startswith("STRUCTURED") else "pattern"
            yield Sink("file" if name == "FILE" else "console", of_spring, name, file.at)
        return
    kind = str(element.get("class") or "")
    if "Async" in kind:
        for inner in element.iter("appender-ref"):
            if str(inner.get("ref")) != name:
                yield from _sinks(str(inner.get("ref")), appenders, included, file)
        return
    where: Literal["console", "file", "other"] = (
        "console" if "Console" in kind else "file" if "File" in kind else "other"
    )
    classes = [str(one.get("class") or "") for one in element.iter() if one is not element]
    found: Format = ""
    if any(re.search(_JSON, one) for one in classes):
        found = "json"
    elif element.find(".//pattern") is not None:
        found = "json" if str(element.findtext(".//pattern")).lstrip().startswith("{") else "pattern"
    yield Sink(where, found, name, file.at)


def _log4j(root: Any, file: File) -> Written | None:
    appenders = {str(one.get("name")): one for group in root.iter("Appenders") for one in group}
    for logger in root.iter("Root"):
        sinks = []
        for reference in logger.iter("AppenderRef"):
            element = appenders.get(str(reference.get("ref")))
            if element is None:
                continue
            tags = [one.tag for one in element.iter()]
            found: Format = (
                "json" if any(re.search(_JSON, tag) for tag in tags[1:])
                else "pattern" if "PatternLayout" in tags else ""
            )  # fmt: skip
            where: Literal["console", "file", "other"] = (
                "console" if element.tag == "Console" else "file" if "File" in element.tag else "other"
            )
            sinks.append(Sink(where, found, str(element.get("name")), file.at))
        level = Value(str(logger.get("level")), file.at) if logger.get("level") else None
        return Written(tuple(sinks), level, file.name, file.at) if sinks else None
    return None
