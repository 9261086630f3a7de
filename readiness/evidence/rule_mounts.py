"""Rule files that lie in ConfigMaps beside a Prometheus and that its configuration does not take.

Follows, inside one container, the ConfigMap of its configuration and those of rules to the paths where they
are mounted, and holds these against `rule_files`, relative ones from the folder of the configuration. Says
nothing of a container whose configuration or patterns can't be told from here, nor of a ConfigMap that
no such container mounts: another server may.
Ignored on purpose: objects of the operator, which loads by selectors, and files that sidecars write.

Source:
    Prometheus documentation, "Configuration", rule_files; Go, path/filepath.Match; Kubernetes, volumes.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.configuration import ConfigMaps
from readiness.evidence.effective import items
from readiness.evidence.manifests import Container, KubernetesObject, Workload
from readiness.outcome import Location
from readiness.yaml_reader import YamlError, read


class Mounted(NamedTuple):
    """One key of a ConfigMap as a file of a container."""

    config: KubernetesObject
    key: str

    @property
    def at(self) -> Location:
        return self.config.at.at("data", self.key)

    @property
    def value(self) -> Any:
        """Its first YAML document; None where it is none."""
        data = self.config.body.get("data")
        text = data.get(self.key) if isinstance(data, dict) else None
        if not isinstance(text, str):
            return None
        try:
            return next(iter(read(text.encode()).documents), None)
        except YamlError:
            return None


class NotTaken(NamedTuple):
    """A rule file that no pattern takes."""

    file: Mounted
    path: str  # in the container
    workload: Workload
    patterns: tuple[str, ...]
    patterns_at: Location


class RuleMounts:
    """The rule files of an environment that are mounted and not loaded."""

    kinds: ClassVar[frozenset[str]] = frozenset({"ConfigMap"}) | Workload.KINDS

    def __init__(self, not_taken: tuple[NotTaken, ...]) -> None:
        self.not_taken = not_taken

    @classmethod
    def collect(cls, workloads: tuple[Workload, ...], config_maps: ConfigMaps) -> Self:
        taken: set[Location] = set()
        found: dict[Location, NotTaken] = {}
        for workload in workloads:
            try:
                for container in workload.containers:
                    for one in _judged(container, config_maps):
                        if one.patterns:
                            found.setdefault(one.file.at, one)
                        else:
                            taken.add(one.file.at)
            except Unknown:
                continue  # a malformed pod; the checks that read it say so
        return cls(tuple(one for at, one in found.items() if at not in taken))


def _judged(container: Container, config_maps: ConfigMaps) -> Iterator[NotTaken]:
    """Each rule file that a container mounts; without patterns where one of them takes it."""
    files = dict(_files(container, config_maps))
    if len(files) < 2:
        return
    values = {path: file.value for path, file in files.items()}
    named = _named_configuration(container)
    configurations = [
        path
        for path, value in values.items()
        if isinstance(value, dict)
        and isinstance(value.get("rule_files"), list)
        and "tests" not in value
        and path == (named or path)
    ]
    if len(configurations) != 1:
        return
    (configuration,) = configurations
    globs = tuple(map(str, values[configuration]["rule_files"]))
    patterns = [_pattern(posixpath.join(posixpath.dirname(configuration), glob)) for glob in globs]
    if not globs or None in patterns:
        return
    for path, file in files.items():
        if _holds_rules(values[path]):
            is_taken = any(pattern is not None and pattern.fullmatch(path) for pattern in patterns)
            place = files[configuration].at
            yield NotTaken(file, path, container.workload, () if is_taken else globs, place)


def _files(container: Container, config_maps: ConfigMaps) -> Iterator[tuple[str, Mounted]]:
    volumes = {
        str(volume.get("name")): volume
        for volume in items(container.workload.pod, container.workload.pod_at, "spec", "volumes")
        if isinstance(volume, dict)
    }
    for mount in items(container.body, container.at, "volumeMounts"):
        volume = volumes.get(str(mount.get("name"))) if isinstance(mount, dict) else None
        if volume is None or mount.get("subPathExpr"):
            continue
        base, below = str(mount.get("mountPath")), str(mount.get("subPath") or "")
        for name, file in _of_volume(volume, container.workload.namespace, config_maps):
            if not below:
                yield posixpath.normpath(posixpath.join(base, name)), file
            elif name == below:
                yield posixpath.normpath(base), file
            elif name.startswith(below + "/"):
                yield posixpath.normpath(posixpath.join(base, name.removeprefix(below + "/"))), file


def _of_volume(
    volume: Mapping[str, Any], namespace: str, config_maps: ConfigMaps
) -> Iterator[tuple[str, Mounted]]:
    """Each file of a volume that comes from a ConfigMap: its path in the volume, and what it is."""
    projected = volume.get("projected")
    sources = projected.get("sources") if isinstance(projected, dict) else None
    for one in (volume, *(sources if isinstance(sources, list) else ())):
        source = one.get("configMap") if isinstance(one, dict) else None
        config = config_maps.get(namespace, str(source.get("name"))) if isinstance(source, dict) else None
        if config is None or not isinstance(source, dict):
            continue
        data = config.body.get("data")
        listed = source.get("items")
        chosen = {
            str(item.get("key")): str(item.get("path"))
            for item in (listed if isinstance(listed, list) else ())
            if isinstance(item, dict)
        }
        for key in data if isinstance(data, dict) else ():
            if not chosen or key in chosen:
                yield chosen.get(key, str(key)), Mounted(config, str(key))


def _named_configuration(container: Container) -> str:
    """The path that `--config.file` gives; empty where it is left out."""
    words: list[str] = []
    for field in ("command", "args"):
        listed = container.body.get(field)
        words += map(str, listed if isinstance(listed, list) else ())
    for word, after in zip(words, [*words[1:], ""], strict=False):
        flag, equal, path = word.lstrip("-").partition("=")
        if flag == "config.file":
            return posixpath.normpath(path if equal else after)
    return ""


def _pattern(glob: str) -> re.Pattern[str] | None:
    """A pattern of Go's filepath.Match; None where it holds more than `*` and `?`."""
    path = posixpath.normpath(glob)
    if not path.startswith("/") or re.search(r"[\[\]\\${}]", path):
        return None
    return re.compile("".join({"*": "[^/]*", "?": "[^/]"}.get(one, re.escape(one)) for one in path))


def _holds_rules(value: Any) -> bool:
    groups = value.get("groups") if isinstance(value, dict) else None
    return isinstance(groups, list) and any(
        isinstance(rule, dict) and "expr" in rule and ("alert" in rule or "record" in rule)
        for group in groups
        if isinstance(group, dict) and isinstance(group.get("rules"), list)
        for rule in group["rules"]
    )
