"""References to container images, what fills placeholders among them, and what an environment ran before.

Placeholders are names that a tool replaces when it builds or renders: `ko://…`, shell or template variables,
names listed in `skaffold.yaml` (`build.artifacts[].image`) or in a kustomization's `images:`, and bare names
that no public registry serves. Earlier references come from the git history of the files that an environment
is made from: plain manifests, a kustomization's inputs, a chart's values and `Chart.yaml`.
Ignored on purpose: registries, which need a network; histories of files that were renamed.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple, Self

from readiness.errors import NotApplicable, Unknown
from readiness.evidence import render
from readiness.evidence.context import Environment, ManifestEntry
from readiness.evidence.documents import OBJECTS, Documents
from readiness.evidence.git import HISTORY_FIX, GitFacts
from readiness.known import Unreadable
from readiness.outcome import Location

MOVING_TAGS = frozenset(
    {"latest", "main", "master", "snapshot", "dev", "stable", "develop", "development", "edge", "nightly",
     "head", "trunk", "canary", "staging", "prod", "production", "release", "current", "lts"}
)  # fmt: skip

# Docker Hub serves these under their bare names ("Docker Official Images"); any other bare name is filled in.
OFFICIAL = frozenset(
    """
    alpine amazoncorretto amazonlinux bash busybox caddy cassandra centos chronograf clojure composer consul
    couchbase couchdb debian docker drupal eclipse-mosquitto eclipse-temurin elasticsearch elixir erlang
    fedora flink gcc ghost golang gradle groovy haproxy haskell hello-world httpd influxdb jetty joomla julia
    kapacitor kibana kong logstash mariadb matomo maven mediawiki memcached mongo mongo-express mysql nats
    neo4j nextcloud nginx node openjdk oraclelinux percona perl photon php postgres pypy python r-base
    rabbitmq redis registry rethinkdb rocket.chat rockylinux ruby rust sapmachine solr sonarqube storm swift
    telegraf tomcat tomee traefik ubuntu varnish vault wordpress zookeeper
    """.split()  # noqa: SIM905  one line for each would be a page
)

# Texts, not compiled patterns: a process that looks at no image does not pay for them at its start.
_VARIABLE = r"\$\{|\$\(|\{\{|<[^>]*>|@@|\b(?:REPLACE|CHANGE)_?(?:ME|THIS)\b|PLACEHOLDER|\$[A-Z_]+\b"
_IMAGE = (
    rb"""(?m)^[ \t]*(?:- +)?["']?image["']?[ \t]*:[ \t]*["']?([^\s"'#,}]+)"""  # YAML
    rb"""|"image"\s*:\s*"([^"]+)\""""  # JSON
)
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_FILES_READ = 2000  # files with a history, of one environment


class Image(NamedTuple):
    """A reference to an image: `registry.example:5000/team/app:1.2.3@sha256:…`, in its parts."""

    repository: str  # with the registry, without tag and digest
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        return self.repository.rpartition("/")[2]

    @property
    def bare(self) -> bool:
        """It names no registry or owner."""
        return "/" not in self.repository

    @property
    def official(self) -> bool:
        """One of Docker Hub's own, which are called by their bare names."""
        short = self.repository.removeprefix("docker.io/").removeprefix("library/")
        return short in OFFICIAL

    @property
    def moves(self) -> bool:
        """Its tag is known to mean something else later on: no tag at all, a word, or a name of a branch.

        A tag without any digit names no version. A digest holds whatever the tag does.
        """
        if self.digest:
            return False
        tag = self.tag.lower()
        return (
            not tag
            or tag in MOVING_TAGS
            or tag.endswith(("-latest", "-snapshot"))
            or tag.startswith("latest-")
            or not any(letter.isdigit() for letter in tag)
        )

    @property
    def version(self) -> str:
        """Tag and digest, shortened for people."""
        digest = (
            f"@{self.digest[:19]}…" if len(self.digest) > 20 else f"@{self.digest}" if self.digest else ""
        )
        return f"{self.tag}{digest}" or "no tag"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


def image_of(text: str) -> Image:
    """The parts of a reference; a port of the registry is no tag."""
    name, _, digest = text.strip().partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return Image(f"{head}{slash}{last}", tag, digest)


class Placeholders:
    """Names of images that a tool of this repository fills in."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names  # name → what fills it

    @classmethod
    def collect(cls, documents: Documents) -> Self:
        found: dict[str, str] = {}
        for document in documents.documents(documents.named("skaffold.yaml", "skaffold.yml")):
            if isinstance(document, Unreadable):
                continue
            for name in _skaffold_images(document.value):
                found.setdefault(name, "skaffold")
        for document in documents.documents(documents.named(*_KUSTOMIZATIONS)):
            if isinstance(document, Unreadable):
                continue
            for entry in _listed(document.value, "images"):
                if isinstance(entry.get("name"), str):
                    found.setdefault(entry["name"], "kustomize")
        return cls(found)

    def why(self, text: str) -> str:
        """What fills this reference in; empty when it is one already."""
        if text.startswith("ko://"):
            return "ko builds it"
        image = image_of(text)
        if re.search(_VARIABLE, image.repository if image.tag or image.digest else text):
            # a variable as registry leaves the tag to be judged; as tag or whole it leaves nothing
            return "" if image.tag and not re.search(_VARIABLE, image.tag) else "a variable fills it"
        if re.search(_VARIABLE, image.tag):
            return "a variable fills its tag"
        if image.tag or image.digest:
            return ""
        if image.repository in self._names:
            return f"{self._names[image.repository]} fills it"
        if image.bare and not image.official:
            return "a bare name that no public registry serves"
        return ""


class Past(NamedTuple):
    """Image references of one earlier content of one file."""

    images: frozenset[Image]
    commit: str
    day: date
    file: str


class ImageHistory:
    """What the files of an environment referred to before, file by file and newest first."""

    def __init__(self, environment: Environment, documents: Documents, git: GitFacts) -> None:
        self._environment = environment
        self._documents = documents
        self._git = git
        self._pasts: dict[str, list[tuple[Past, ...]]] | None = None
        self._before: dict[Image, tuple[Image, Past] | None] = {}
        self._digests: dict[Image, tuple[str, ...]] = {}
        self._released: frozenset[str] | None = None
        self._sources = tuple(dict.fromkeys(entry.source for entry in environment.manifests))

    @classmethod
    def collect(cls, environment: Environment, documents: Documents, git: GitFacts) -> Self:
        return cls(environment, documents, git)

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources of the environment that have a history."""
        return tuple(source for source in self._sources if self._git.has_history(source))

    @property
    def shallow(self) -> bool:
        return any(self._git.shallow(source) for source in self.sources)

    def previous(self, image: Image) -> tuple[Image, Past] | None:
        """The reference that an environment had before this one; None when its history holds no other.

        Raises:
            NotApplicable: there is no git history of the environment's manifests.
            Unknown: the history is cut off before any other reference.
        """
        if not self.sources:
            raise NotApplicable(f"the manifests of {self._environment.name} have no git history")
        if image not in self._before:
            self._before[image] = self._found_before(image)
        found = self._before[image]
        if found is None and self.shallow:
            raise Unknown(
                "the clone's history is cut off, and what ran before lies beyond its end",
                Location(self.sources[0], ""),
                HISTORY_FIX,
            )
        return found

    def _found_before(self, image: Image) -> tuple[Image, Past] | None:
        for pasts in self._of(image.repository):
            for past in pasts:
                others = {one for one in past.images if one.repository == image.repository}
                if others and image not in others:
                    return max(others), past
        return None

    def digests(self, image: Image) -> tuple[str, ...]:
        """Digests that stood beside this image's tag, newest first; its own is the first."""
        if image not in self._digests:
            found = dict.fromkeys([image.digest] if image.digest else [])
            for pasts in self._of(image.repository) if image.tag and self.sources else ():
                for past in pasts:
                    for one in sorted(past.images):
                        if one.repository == image.repository and one.tag == image.tag and one.digest:
                            found.setdefault(one.digest)
            self._digests[image] = tuple(found)
        return self._digests[image]

    def released(self, image: Image) -> bool:
        """Whether a git tag (`v1.2.3`, `api-1.2.3`, `api/v1.2.3`) or a commit corresponds to its tag."""
        if self._released is None:
            tags = [tag for source in self.sources for tag in self._git.tags(source)]
            self._released = frozenset(version for tag in tags for version in _versions(tag))
        if image.tag.removeprefix("v") in self._released:
            return True
        commit = re.fullmatch(r"(?:.*[-.])?g?([0-9a-f]{7,40})", image.tag)
        return commit is not None and any(
            self._git.holds_commit(source, commit[1]) for source in self.sources
        )

    def _of(self, repository: str) -> list[tuple[Past, ...]]:
        if self._pasts is None:
            self._pasts = {}
            for pasts in self._read():
                for name in {one.repository for past in pasts for one in past.images}:
                    self._pasts.setdefault(name, []).append(pasts)
        return self._pasts.get(repository, [])

    def _read(self) -> Iterator[tuple[Past, ...]]:
        wanted = [
            (source, path)
            for source, path in dict.fromkeys(self._inputs())
            if len(self._git.changes(source, path)) > 1
        ][:_FILES_READ]
        for source in self.sources:
            self._git.prefetch(source, (path for of, path in wanted if of == source))
        for source, path in wanted:
            versions = self._git.history_of(source, path)
            yield tuple(
                Past(frozenset(images_in(path, version.content)), version.commit, version.day, path)
                for version in versions
            )

    def _inputs(self) -> Iterator[tuple[str, str]]:
        for entry in self._environment.manifests:
            if self._git.has_history(entry.source):
                for path in _files_of(entry, self._documents):
                    yield entry.source, path
            for ref in entry.values:
                yield ref.source, ref.path


def _versions(tag: str) -> Iterator[str]:
    """What a git tag can mean as a version: the whole of it, and each rest after a separator."""
    for start in (0, *(found.end() for found in re.finditer(r"[-/@_]", tag))):
        yield tag[start:].removeprefix("v")


def images_in(path: str, text: bytes) -> Iterator[Image]:
    """Image references of a manifest, of a kustomization's `images:`, or of a chart's values."""
    for found in re.finditer(_IMAGE, text):
        written = (found[1] or found[2]).decode("utf-8", "replace")
        if not re.search(_VARIABLE, written):
            yield image_of(written)
    name = path.rpartition("/")[2]
    if name in _KUSTOMIZATIONS or b"repository" in text:
        from readiness.yaml_reader import YamlError, read

        try:
            documents = read(text).documents
        except YamlError:
            return  # an earlier content that was broken held nothing that could run
        for document in documents:
            yield from _kustomized(document) if name in _KUSTOMIZATIONS else _valued(document)


def _kustomized(document: Any) -> Iterator[Image]:
    for entry in _listed(document, "images"):
        name = entry.get("newName") or entry.get("name")
        tag, digest = entry.get("newTag"), entry.get("digest")
        if isinstance(name, str) and (tag is not None or isinstance(digest, str)):
            yield Image(name, "" if tag is None else str(tag), str(digest or ""))


def _valued(value: Any, depth: int = 0) -> Iterator[Image]:
    """`{registry, repository, tag, digest}` mappings anywhere in a chart's values."""
    if isinstance(value, list):
        for item in value:
            yield from _valued(item, depth + 1)
    if not isinstance(value, dict) or depth > 20:
        return
    repository, tag, digest = value.get("repository"), value.get("tag"), value.get("digest")
    if isinstance(repository, str) and (tag not in (None, "") or digest):
        registry = value.get("registry")
        whole = f"{registry}/{repository}" if isinstance(registry, str) and registry else repository
        yield Image(whole, "" if tag is None else str(tag), str(digest or ""))
    for inner in value.values():
        if isinstance(inner, (dict, list)):
            yield from _valued(inner, depth + 1)


def _files_of(entry: ManifestEntry, documents: Documents) -> Iterable[str]:
    folder = entry.path.strip("/")
    if entry.kind == "chart" or (entry.kind == "path" and folder in documents.charts(entry.source)):
        return [f"{folder}/values.yaml" if folder else "values.yaml"]
    if entry.kind == "kustomization" or folder in documents.kustomizations(entry.source):
        tree = documents.trees[entry.source]
        return [path for path in render.kustomization_inputs(tree, folder) if not tree.is_folder(path)]
    files = documents.under(entry.source, entry.path)
    if len(files) == 1:
        return [files[0].path]
    marked = {file.path for file in documents.marked(OBJECTS, entry.source)}
    return [file.path for file in files if file.path in marked]


def _skaffold_images(document: Any) -> Iterator[str]:
    if not isinstance(document, dict) or not str(document.get("apiVersion", "")).startswith("skaffold/"):
        return
    builds = [document.get("build")]
    builds += [profile.get("build") for profile in _listed(document, "profiles")]
    for build in builds:
        for artifact in _listed(build, "artifacts"):
            if isinstance(artifact.get("image"), str):
                yield artifact["image"]


def _listed(value: Any, key: str) -> Iterator[dict[str, Any]]:
    listed = value.get(key) if isinstance(value, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            yield entry
