"""Spring Boot applications of the source tree, and what their configuration says of shutting down.

Reads `pom.xml` (parents inside the tree, `spring-boot-dependencies`, properties), `build.gradle` and
`build.gradle.kts` for the version of Spring Boot, and `src/main/resources/application*.yml|yaml|properties`,
multi-document files with `spring.config.activate.on-profile` included.
An application is an image's when its artifact, folder, `spring.application.name` or Jib image is called as
the image, or when it is the only one and their names differ by a suffix. Anything less certain is no join.
Ignored on purpose: configuration servers, whose values no tree holds (`elsewhere` says that there is one).
"""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, Self

from readiness.errors import ReadinessError
from readiness.evidence.documents import Documents, File
from readiness.evidence.effective import Value
from readiness.outcome import Location

BUILDS = ("pom.xml", "build.gradle", "build.gradle.kts")
GRACEFUL_BY_DEFAULT = (3, 4)  # Spring Boot 3.4 release notes, "Graceful Shutdown"
GRACEFUL_SINCE = (2, 3)  # Spring Boot 2.3 release notes
DRAIN_SECONDS = 30  # spring.lifecycle.timeout-per-shutdown-phase, LifecycleProperties

SHUTDOWN = "server.shutdown"
TIMEOUT = "spring.lifecycle.timeout-per-shutdown-phase"

BUILD_CHARACTERS = 500_000  # of a build file; a long one has 50,000
_RESOURCES = r"(?:(.*)/)?src/main/resources/(?:config/)?(application(?:-([\w.-]+))?\.(?:ya?ml|properties))"
_ELSEWHERE = r"configserver:|consul:|zookeeper:|vault:"
_CLIENTS = r"spring-cloud-(?:starter-)?(?:config(?!uration)|consul-config|zookeeper-config)"
_KUBERNETES_CONFIG = r"spring-cloud-(?:starter-)?kubernetes"
_UNITS = {
    "ns": Fraction(1, 10**9), "us": Fraction(1, 10**6), "ms": Fraction(1, 1000), "": Fraction(1, 1000),
    "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600), "d": Fraction(86400),
}  # fmt: skip
_LOGS = r"logback|log4j|logstash|-logging\b|ecs-encoder|logbook"
_WEB = r"spring-boot-starter-(?:web|webflux|jersey|graphql|data-rest)\b|spring-cloud-starter-gateway"


class Layer(NamedTuple):
    """Properties of one document: canonical name → value; `profile` is "" where it always holds."""

    profile: str
    properties: Mapping[str, Value[str]]


class SpringApplication(NamedTuple):
    """One module that Spring Boot runs."""

    folder: str
    names: frozenset[str]
    boot: Value[str] | None  # version of Spring Boot
    web: bool  # it has a web server
    elsewhere: bool  # a configuration server may say otherwise
    from_cluster: bool  # Spring Cloud Kubernetes: ConfigMaps are read through the API
    layers: tuple[Layer, ...]
    at: Location
    logs_apart: bool = False  # its build names a library for logs, which may be configured in any way

    @property
    def version(self) -> tuple[int, ...]:
        found = re.match(r"(\d+)\.(\d+)", self.boot.value) if self.boot is not None else None
        return (int(found[1]), int(found[2])) if found else ()

    def get(self, name: str, profiles: tuple[str, ...] = ()) -> Value[str] | None:
        return lookup(self.layers, name, profiles)


class SpringApplications:
    """The Spring Boot applications of all sources."""

    def __init__(self, found: tuple[SpringApplication, ...]) -> None:
        self.found = found
        self._by_name: dict[str, list[SpringApplication]] = {}
        for one in found:
            for name in one.names:
                self._by_name.setdefault(name, []).append(one)

    @classmethod
    def collect(cls, documents: Documents) -> Self:
        return cls(tuple(_applications(documents)))

    def of(self, image: str) -> SpringApplication | None:
        """The application that an image of this name (its last part) certainly holds; None where none is."""
        named = self._by_name.get(image, [])
        if named:
            return named[0] if len(named) == 1 else None
        if len(self.found) == 1 and any(_suffixed(image, name) for name in self.found[0].names):
            return self.found[0]
        return None


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """A property's name without what relaxed binding doesn't care for.

    Source: Spring Boot, "Relaxed Binding": case, dashes and underscores don't count, nor do dots in the names
    of environment variables.
    """
    return re.sub(r"[-_.]", "", name).lower()


def lookup(layers: tuple[Layer, ...], name: str, profiles: tuple[str, ...] = ()) -> Value[str] | None:
    """The value that holds under the active profiles: the last one of those that apply."""
    wanted = canonical(name)
    always = [layer for layer in layers if not layer.profile]
    active = [layer for one in profiles for layer in layers if layer.profile == one]
    for layer in reversed(always + active):
        if wanted in layer.properties:
            return layer.properties[wanted]
    return None


def layers_of(name: str, text: bytes, at: Location) -> tuple[Layer, ...]:
    """The layers of one `application*` file; a file that is broken has none."""
    found = re.fullmatch(r"application(?:-([\w.-]+))?\.(?:ya?ml|properties)", name)
    if found is None:
        return ()
    profile = found[1] or ""
    if name.endswith(".properties"):
        return (Layer(profile, _properties(text, at)),)
    from readiness.yaml_reader import YamlError, read

    try:
        documents = read(text).documents
    except YamlError:
        return ()
    made = []
    for index, document in enumerate(documents):
        flat: dict[str, Value[str]] = {}
        _flatten(document, "", at._replace(document=index), flat)
        on = flat.get(canonical("spring.config.activate.on-profile")) or flat.get(
            canonical("spring.profiles")
        )
        made.append(Layer(on.value if on is not None else profile, flat))
    return tuple(made)


def seconds_of(text: str) -> Fraction:
    """A Duration as Spring reads it: `30s`, `500ms`, `PT1M30S`; a bare number is milliseconds.

    Raises:
        ValueError: it is none.

    Source: Spring Boot, "Converting Durations".
    """
    simple = re.fullmatch(r"\+?([0-9]{1,12})(ns|us|ms|s|m|h|d|)", text.strip(), re.IGNORECASE)
    if simple is not None:
        return int(simple[1]) * _UNITS[simple[2].lower()]
    iso = re.fullmatch(
        r"PT(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?",
        text.strip(),
        re.IGNORECASE,
    )
    if iso is not None and any(iso.groups()):
        hours, minutes, seconds = (Fraction(part or 0) for part in iso.groups())
        return hours * 3600 + minutes * 60 + seconds
    raise ValueError(f"expected a duration such as 30s, got {text!r}")


def resolved(text: str, environment: Mapping[str, Value[str]]) -> str:
    """A value with its `${NAME:default}` filled from environment variables, else from the default."""

    def filled(found: re.Match[str]) -> str:
        given = environment.get(found[1])
        return given.value if given is not None else found[2] if found[2] is not None else found[0]

    return re.sub(r"\$\{([\w.-]+)(?::([^${}]*))?\}", filled, text)


def _suffixed(image: str, name: str) -> bool:
    return image.startswith(f"{name}-") or name.startswith(f"{image}-")


def _applications(documents: Documents) -> Iterator[SpringApplication]:
    builds = documents.named(*BUILDS)
    if not builds:
        return
    poms = {(file.source, file.path): file for file in builds}
    texts: dict[tuple[str, str], str] = {}
    resources: dict[tuple[str, str], list[File]] = {}
    for file in documents.named("application*.yml", "application*.yaml", "application*.properties"):
        found = re.fullmatch(_RESOURCES, file.path)
        if found is not None:
            resources.setdefault((file.source, found[1] or ""), []).append(file)
    for file in builds:
        module = _module(file, poms, texts, documents)
        if module is None:
            continue
        layers: list[Layer] = []
        # Spring reads .properties after .yml of one place, so that they win
        own = sorted(
            resources.get((file.source, file.folder), []), key=lambda one: one.name.endswith("properties")
        )
        for one in own:
            layers.extend(layers_of(one.name, _text(documents, one).encode(), one.at))
        if not own and not module.plugin:
            continue  # a parent, or a library
        yield _made(file, module, tuple(layers))


class _Module(NamedTuple):
    text: str  # of its own build file and its parents'
    artifact: str
    boot: Value[str] | None
    images: frozenset[str]
    plugin: bool


def _made(file: File, module: _Module, layers: tuple[Layer, ...]) -> SpringApplication:
    name = lookup(layers, "spring.application.name")
    names = {module.artifact, file.folder.rpartition("/")[2], *module.images}
    if name is not None and "$" not in name.value:
        names.add(name.value)
    imported = [
        value.value
        for layer in layers
        for key, value in layer.properties.items()
        if key.startswith(canonical("spring.config.import"))
    ]
    return SpringApplication(
        file.folder,
        frozenset(names - {""}),
        module.boot,
        bool(re.search(_WEB, module.text)),
        bool(re.search(_CLIENTS, module.text)) or any(re.search(_ELSEWHERE, one) for one in imported),
        bool(re.search(_KUBERNETES_CONFIG, module.text)),
        layers,
        file.at,
        bool(re.search(_LOGS, module.text)),
    )


def _module(
    file: File,
    poms: dict[tuple[str, str], File],
    texts: dict[tuple[str, str], str],
    documents: Documents,
) -> _Module | None:
    """What a build file says; None when it has nothing to do with Spring Boot."""
    own = _build_text(file, texts, documents)
    if file.name != "pom.xml":
        plugin = re.search(r"org\.springframework\.boot['\"]\)?\s*version\s*\(?['\"]([\w.-]+)['\"]", own)
        if "org.springframework.boot" not in own:
            return None
        boot = Value(plugin[1], _line(file, own, plugin.start(1))) if plugin else None
        return _Module(own, "", boot, _jib_images(own), True)
    chain = [(file, own)]
    while len(chain) < 10:
        above = _parent(chain[-1][0], chain[-1][1], poms)
        if above is None or any(above == seen for seen, _ in chain):
            break
        chain.append((above, _build_text(above, texts, documents)))
    whole = "\n".join(text for _, text in chain)
    if "org.springframework.boot" not in whole:
        return None
    return _Module(whole, _artifact(own), _boot(chain), _jib_images(own), "spring-boot-maven-plugin" in own)


def _parent(file: File, text: str, poms: dict[tuple[str, str], File]) -> File | None:
    _, opened, rest = text.partition("<parent>")
    parent = rest.partition("</parent>")[0][:2000]
    if not opened or re.search(r"<relativePath\s*/>|<relativePath>\s*</relativePath>", parent):
        return None
    relative = re.search(r"<relativePath>\s*([^<\s]+)\s*</relativePath>", parent)
    import posixpath

    path = posixpath.normpath(posixpath.join(file.folder, relative[1] if relative else "../pom.xml"))
    path = path if path.endswith(".xml") else posixpath.join(path, "pom.xml")
    found = poms.get((file.source, path))
    return None if found == file else found


def _artifact(text: str) -> str:
    """The project's own artifactId: the first one outside of parent, dependencies and plugins."""
    for tag in ("parent", "dependencyManagement", "dependencies", "build", "profiles", "properties"):
        text = _without(text, f"<{tag}>", f"</{tag}>")
    found = re.search(r"<artifactId>\s*([^<\s]+)", text)
    return found[1] if found else ""


def _without(text: str, opening: str, closing: str, blank: bool = False) -> str:
    """A text without what stands between two words; with `blank` its lines stay. Linear, unlike a pattern."""
    kept: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start)
        if end < 0:
            break
        end += len(closing)
        kept.append(text[at:start])
        if blank:
            kept.append("\n" * text.count("\n", start, end))
        at = end
    return "".join(kept) + text[at:]


def _boot(chain: list[tuple[File, str]]) -> Value[str] | None:
    properties: dict[str, str] = {}
    for _, text in reversed(chain):
        block = text.partition("<properties>")[2].partition("</properties>")[0]
        properties.update(re.findall(r"<([\w.-]+)>\s*([^<\s]+)\s*</", block))
    for artifact in ("spring-boot-starter-parent", "spring-boot-dependencies", "spring-boot-maven-plugin"):
        for file, text in chain:
            found = re.search(
                rf"<artifactId>\s*{artifact}\s*</artifactId>\s*<version>\s*([^<\s]+)\s*</version>", text
            )
            if found is None:
                continue
            version = re.sub(r"\$\{([\w.-]+)\}", lambda one: properties.get(one[1], one[0]), found[1])
            return Value(version, _line(file, text, found.start(1)))
    return None


def _jib_images(text: str) -> frozenset[str]:
    """Last parts of the images that a build file says it makes."""
    found = re.findall(r"<(?:image|imageName)>\s*([^<\s]+)\s*</|\bimage\s*=\s*['\"]([^'\"]+)['\"]", text)
    names = set()
    for xml, gradle in found:
        name = (xml or gradle).partition("@")[0].rpartition("/")[2].partition(":")[0]
        if name and "$" not in name:
            names.add(name)
    return frozenset(names)


def _build_text(file: File, texts: dict[tuple[str, str], str], documents: Documents) -> str:
    key = (file.source, file.path)
    if key not in texts:
        text = _text(documents, file)
        texts[key] = _without(text[:BUILD_CHARACTERS], "<!--", "-->", blank=True)
    return texts[key]


def _text(documents: Documents, file: File) -> str:
    try:
        return documents.text(file).decode("utf-8", "replace")
    except ReadinessError:
        return ""  # unreadable: nothing is certain about it, so nothing is joined with it


def _line(file: File, text: str, at: int) -> Location:
    return file.at._replace(line=text.count("\n", 0, at) + 1)


def _properties(text: bytes, at: Location) -> dict[str, Value[str]]:
    found: dict[str, Value[str]] = {}
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        entry = re.match(r"([^#!\s=:][^\s=:]*)\s*[=:](.*)", line.strip())
        if entry is not None:
            found[canonical(entry[1])] = Value(entry[2].strip(), at._replace(line=number))
    return found


def _flatten(value: Any, prefix: str, at: Location, into: dict[str, Value[str]]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, (str, int)):
                _flatten(inner, prefix + canonical(str(key)), at.at(key), into)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _flatten(inner, f"{prefix}[{index}]", at.at(index), into)
    elif value is not None:
        spelled = str(value).lower() if isinstance(value, bool) else str(value)
        into[prefix] = Value(spelled, at)
