"""What a container does between the order to stop and its end: its preStop hook, and how long it drains.

Hooks: `sleep`, and `exec` of `sleep N` or of a shell whose script sleeps. Drains: Spring Boot's graceful
shutdown (from arguments, environment variables, mounted ConfigMaps and the application's own source), and
`--graceful-timeout` of gunicorn and `--timeout-graceful-shutdown` of uvicorn where the arguments show them.
Ignored on purpose: hooks whose length can't be read from the manifest, and servers that drain without saying
for how long.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar, NamedTuple, Self

from readiness.evidence.configuration import ConfigMaps
from readiness.evidence.effective import Value, items, mapping, or_default, whole
from readiness.evidence.images import image_of
from readiness.evidence.manifests import Container, KubernetesObject
from readiness.evidence.spring import (
    DRAIN_SECONDS,
    GRACEFUL_BY_DEFAULT,
    SHUTDOWN,
    TIMEOUT,
    Layer,
    SpringApplication,
    SpringApplications,
    canonical,
    layers_of,
    lookup,
    resolved,
    seconds_of,
)
from readiness.outcome import Location

_SLEEP = r"(?:^|[;&|(\s])(?:/usr)?(?:/bin/)?sleep((?:\s+[0-9]+(?:\.[0-9]+)?[smhd]?)+)(?=\s*(?:$|[;|)}\n]|&&))"
_LOOPS = r"\b(?:while|until|for)\b"
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SERVERS = r"--(?:graceful-timeout|timeout-graceful-shutdown)[= ]+([0-9]{1,6})(?:\s|$)"


class Hook(NamedTuple):
    """A preStop hook: how long it takes at least, None where that can't be read."""

    seconds: Value[Fraction] | None
    at: Location


class Drain(NamedTuple):
    """How long a process may take after SIGTERM to finish what it has begun."""

    seconds: Fraction
    value: Value[str]  # as it is written
    what: str


class Shutdown:
    """Hooks and drains of the containers of an environment."""

    kinds: ClassVar[frozenset[str]] = frozenset({"ConfigMap"})

    def __init__(self, configmaps: ConfigMaps, applications: SpringApplications) -> None:
        self._configmaps = configmaps
        self._applications = applications
        self._inside: dict[str, tuple[Layer, ...]] = {}

    @classmethod
    def collect(cls, configmaps: ConfigMaps, applications: SpringApplications) -> Self:
        return cls(configmaps, applications)

    def drain(self, container: Container) -> Drain | None:
        """How long a container drains; None where nothing says so, or what says so can't be read."""
        return _of_server(container) or self._of_spring(container)

    def _of_spring(self, container: Container) -> Drain | None:
        environment = self._configmaps.environment_of(container)
        given = {canonical(name): value for name, value in environment.items()}
        given.update(_arguments(container))
        image = container.image
        application = self._applications.of(image_of(image.value).name) if image is not None else None
        profiles = _profiles(given)
        mounted = [layer for found in self._configmaps.mounted(container) for layer in _layers(found)]
        read = self._from_cluster(container) if application is not None and application.from_cluster else ()
        files = (*read, *mounted)
        elsewhere = application is not None and (
            application.elsewhere or (application.from_cluster and not read)
        )

        def said(name: str) -> Value[str] | None:
            found = given.get(canonical(name)) or lookup(files, name, profiles)
            if found is None and application is not None and not elsewhere:
                found = application.get(name, profiles)
            return found._replace(value=resolved(found.value, environment)) if found is not None else None

        mode, timeout = said(SHUTDOWN), said(TIMEOUT)
        if mode is not None and mode.value != "graceful":
            return None
        if mode is None and timeout is None and not _graceful_by_default(application):
            return None
        if timeout is None:
            if elsewhere:
                return None  # the configuration server may say how long
            at = mode.at if mode is not None else application.at if application is not None else container.at
            default: Value[str] = or_default(None, f"{DRAIN_SECONDS}s", at, "default of Spring Boot")
            return Drain(Fraction(DRAIN_SECONDS), default, "Spring's drain")
        try:
            return Drain(seconds_of(timeout.value), timeout, "Spring's drain")
        except ValueError:
            return None  # a placeholder that nothing here fills

    def _from_cluster(self, container: Container) -> tuple[Layer, ...]:
        """What Spring Cloud Kubernetes reads through the API: certain where it can be one ConfigMap only."""
        namespace = container.workload.namespace
        if namespace not in self._inside:
            found = [_layers(one) for one in self._configmaps.within(namespace)]
            inside = [layers for layers in found if layers]
            self._inside[namespace] = inside[0] if len(inside) == 1 else ()
        return self._inside[namespace]


def pre_stop(container: Container) -> Hook | None:
    """A container's preStop hook.

    Source: Kubernetes API, core/v1 LifecycleHandler; the `sleep` action is KEP-3960.
    """
    hook = mapping(container.body, container.at, "lifecycle", "preStop")
    if not hook:
        return None
    at = container.at.at("lifecycle", "preStop")
    seconds = whole(hook, at, "sleep", "seconds")
    if seconds is not None:
        return Hook(Value(Fraction(seconds.value), seconds.at), seconds.at)
    command = [str(word) for word in items(hook, at, "exec", "command")]
    place = at.at("exec", "command") if command else at
    slept = slept_by(command)
    return Hook(Value(slept, place) if slept is not None else None, place)


def slept_by(command: list[str]) -> Fraction | None:
    """Seconds that a command sleeps at least; None where it doesn't, or where that can't be told."""
    if not command:
        return None
    program = command[0].rpartition("/")[2]
    if program == "sleep":
        script = "sleep " + " ".join(command[1:])
    elif program in ("sh", "bash", "ash", "dash") and len(command) > 2 and re.fullmatch(r"-\w*c", command[1]):
        script = command[2]
    else:
        return None
    if re.search(_LOOPS, script):
        return None
    found = re.findall(_SLEEP, script)
    if not found:
        return None
    parts = [part for one in found for part in re.findall(r"([0-9.]+)([smhd]?)", one)]
    return sum((Fraction(number) * _UNITS[unit] for number, unit in parts), Fraction(0))


def _graceful_by_default(application: SpringApplication | None) -> bool:
    return application is not None and application.web and application.version >= GRACEFUL_BY_DEFAULT


def _profiles(given: Mapping[str, Value[str]]) -> tuple[str, ...]:
    active = given.get(canonical("spring.profiles.active"))
    return tuple(re.split(r"[,\s]+", active.value.strip())) if active is not None else ()


def _arguments(container: Container) -> dict[str, Value[str]]:
    """Properties from `--name=value` arguments and `-Dname=value` options, canonical names."""
    found: dict[str, Value[str]] = {}
    for name, value in container.env.items():
        if name in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"):
            for key, setting in re.findall(r"-D([\w.-]+)=(\S+)", value.value):
                found[canonical(key)] = Value(setting, value.at)
    for field in ("command", "args"):
        for index, word in enumerate(items(container.body, container.at, field)):
            for key, setting in re.findall(r"(?:^|\s)(?:-D|--)([\w.-]+)=(\S+)", str(word)):
                found[canonical(key)] = Value(setting, container.at.at(field, index))
    return found


def _of_server(container: Container) -> Drain | None:
    words: list[tuple[str, Location]] = []
    for field in ("command", "args"):
        for index, word in enumerate(items(container.body, container.at, field)):
            words.append((str(word), container.at.at(field, index)))
    for number, (word, at) in enumerate(words):
        following = words[number + 1][0] if number + 1 < len(words) else ""
        found = re.search(_SERVERS, f"{word} {following} ")
        if found is not None and re.search(_SERVERS.partition("[")[0], word):
            return Drain(Fraction(found[1]), Value(f"{found[1]}s", at), "the server's drain")
    return None


def _layers(found: KubernetesObject) -> tuple[Layer, ...]:
    made: list[Layer] = []
    data = mapping(found.body, found.at, "data")
    for key, text in data.items():
        if isinstance(key, str) and isinstance(text, str) and key.startswith("application"):
            at = found.at.at("data", key)
            made.extend(
                Layer(one.profile, {name: Value(value.value, at) for name, value in one.properties.items()})
                for one in layers_of(key, text.encode(), at)
            )
    return tuple(made)
