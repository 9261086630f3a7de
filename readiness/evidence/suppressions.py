"""Requests in manifests that a linter says nothing of something: annotations and comments.

Looks in the annotations of each object and of its pod template (a CronJob's too) for
`ignore-check.kube-linter.io/CHECK` and `kube-linter.io/ignore-all`, `kube-score/ignore` and
`kube-score/skip`, `polaris.fairwinds.com/CHECK-exempt` and `…/exempt`, `checkov.io/skipN` and its older name
`bridgecrew.io/skipN`, and for our own `readiness/ignore`: a line `CHECK[@CONTAINER]: REASON` for each
request, where both names may hold `*` and `?`. In plain files also for `# checkov:skip=CHECK:REASON`, which
is about every object of its document.
Ignored on purpose: comments in charts, of which the rendered object keeps none; what a linter's own file of
settings switches off; an exemption that says "false", which asks for nothing.

Source: kube-linter, "Ignoring violations"; kube-score, README "Ignoring a test" and scorecard/enabled.go;
Polaris, "Exemptions" and pkg/validator/schema.go; Checkov, "Suppressing and skipping policies".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from readiness.errors import ReadinessError
from readiness.evidence.documents import Documents, File
from readiness.evidence.manifests import KubernetesObject, Manifests, Workload, objects_in
from readiness.outcome import Linter, Location, Subject
from readiness.yaml_reader import YamlError, read

OWN: Linter = "readiness"
EVERY = "*"  # the name that stands for every check of its tool
COMMENT = ":skip"  # how the key of a comment ends
BYTES_PARSED = 8 * 2**20  # of earlier contents, about half a second
HAVE_REASONS = frozenset({OWN, "kube-linter", "checkov"})  # tools with a place for one

_COMMENT = re.compile(
    r"#.*?\b(?P<key>(?:checkov|bridgecrew|cortex):skip)= *(?P<names>\w+(?:,\w+)*)(?::(?P<reason>.*))?"
)
_SKIP = re.compile(r"(?:checkov|bridgecrew)\.io/skip")
_OWN_LINE = re.compile(r"(?P<name>[^\s:@]+)(?:@(?P<part>[^\s:]+))?\s*(?::\s*(?P<reason>.*))?")
_START = re.compile(r"---(?:\s|$)")
_IMPLIED = {"container-resources": ("container-ephemeral-storage-request-and-limit",)}  # kube-score's


class Request(NamedTuple):
    """One thing that somebody asks a linter not to tell."""

    tool: Linter
    key: str  # the annotation, or what the comment starts with
    name: str  # the check as that tool calls it; `EVERY` for all of them
    part: str  # which containers, as a glob; "" for the object and all of its containers
    reason: str
    wrong: str  # why it can't be followed as it is written
    subject: Subject  # the object
    at: Location
    also: tuple[str, ...] = ()  # further checks that the tool takes to be meant

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it the same request after its file, place or reason changed."""
        return (self.tool, self.key, self.name, self.part, *self.subject)

    @property
    def no_check_of_objects(self) -> bool:
        """It names a check of Checkov that is about another kind of file, such as CKV_DOCKER_2."""
        return self.tool == "checkov" and "K8S" not in self.name.upper()


class Suppressions:
    """All such requests of one environment, and the containers that their objects have."""

    def __init__(self, requests: tuple[Request, ...], containers: Mapping[Subject, tuple[str, ...]]) -> None:
        self.requests = requests
        self.containers = containers

    @classmethod
    def collect(cls, manifests: Manifests, documents: Documents) -> Self:
        found: list[Request] = []
        containers: dict[Subject, tuple[str, ...]] = {}
        plain: dict[tuple[str, str], list[KubernetesObject]] = {}
        for one in manifests.objects:
            asked = tuple(requests_of(one))
            if asked:
                found.extend(asked)
                containers[one.subject] = _containers(one)
            source, file, _, _, line, precision = one.at
            if precision == "exact" and line is None:
                plain.setdefault((source, file), []).append(one)
        for place, objects in plain.items():
            found.extend(_comments(File(*place), objects, documents))
        return cls(tuple(dict.fromkeys(found)), containers)


def requests_of(found: KubernetesObject) -> Iterator[Request]:
    """Those in the annotations of an object and of its pod template."""
    for keys in _METADATA.get(found.kind, _OF_TEMPLATE):
        annotations: Any = found.body
        for key in keys:
            if type(annotations) is not dict:
                break
            annotations = annotations.get(key)
        if type(annotations) is dict:
            for key, value in annotations.items():
                if type(key) is str and key.startswith(_KEYS):
                    yield from _asked(key, value, found, (*keys, key))


# What nearly no annotation starts with, so that a large run asks one question of each.
_KEYS = (
    "ignore-check.kube-linter.io/", "kube-linter.io/", "kube-score/", "polaris.fairwinds.com/", "checkov.io/",
    "bridgecrew.io/", "readiness/ignore",
)  # fmt: skip
_OWN_METADATA = ("metadata", "annotations")
_OF_TEMPLATE = (_OWN_METADATA, ("spec", "template", *_OWN_METADATA))
_METADATA: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "CronJob": (
        _OWN_METADATA,
        ("spec", "jobTemplate", *_OWN_METADATA),
        ("spec", "jobTemplate", "spec", "template", *_OWN_METADATA),
    ),
    "Pod": (_OWN_METADATA,),
}


def _asked(key: str, value: Any, found: KubernetesObject, keys: tuple[str, ...]) -> Iterator[Request]:
    """What one annotation asks for; nothing where it is no linter's."""
    domain, _, name = key.partition("/")
    text = value if isinstance(value, str) else "" if value is None else str(value)

    def request(tool: Linter, name: str, reason: str = "", wrong: str = "", part: str = "") -> Request:
        also = _IMPLIED.get(name, ()) if tool == "kube-score" else ()
        if isinstance(value, (dict, list)):  # the API server refuses it
            wrong = "its value is no text"
        return Request(tool, key, name, part, reason, wrong, found.subject, found.at.at(*keys), also)

    if domain == "ignore-check.kube-linter.io":
        yield request("kube-linter", name, text.strip())
    elif key == "kube-linter.io/ignore-all":
        yield request("kube-linter", EVERY, text.strip())
    elif key == "kube-score/ignore":
        for one in dict.fromkeys(word.strip() for word in text.split(",")):
            if one:
                yield request("kube-score", one)
    elif key == "kube-score/skip":
        yield from (request("kube-score", EVERY, wrong=wrong) for wrong in _switch(value, "kube-score"))
    elif domain == "polaris.fairwinds.com" and (name == "exempt" or name.endswith("-exempt")):
        check = EVERY if name == "exempt" else name.removesuffix("-exempt")
        yield from (request("polaris", check, wrong=wrong) for wrong in _switch(value, "Polaris"))
    elif _SKIP.match(key):
        check, _, reason = text.partition("=")
        wrong = "" if check.strip() else "it names no check: CHECK=REASON is expected"
        yield request("checkov", check.strip(), reason.strip(), wrong)
    elif key == "readiness/ignore":
        for line in text.splitlines():
            if line.strip():
                yield request(OWN, **_own(line.strip()))


def _switch(value: Any, tool: str) -> Iterator[str]:
    """Whether a switch is on: nothing where it is off, else what is wrong with its value."""
    word = str(value).strip().lower()
    if word == "true":
        yield ""
    elif word not in ("false", ""):
        yield f'its value is {str(value)!r:.60}; {tool} follows only "true"'


def _own(line: str) -> dict[str, str]:
    parts = _OWN_LINE.fullmatch(line)
    if parts is None:
        return {"name": line, "wrong": "CHECK: REASON or CHECK@CONTAINER: REASON is expected"}
    reason = (parts["reason"] or "").strip()
    wrong = "" if reason else "it gives no reason: CHECK: REASON is expected"
    return {"name": parts["name"], "part": parts["part"] or "", "reason": reason, "wrong": wrong}


def _comments(file: File, objects: list[KubernetesObject], documents: Documents) -> Iterator[Request]:
    try:
        text = documents.text(file)
    except ReadinessError:
        return
    if b":skip=" not in text:
        return
    for document, line, said in comments_in(text.decode("utf-8", "replace")):
        for one in objects:
            if one.at.document == document:
                for name in said["names"].split(","):
                    at = Location(file.source, file.path, document, line=line)
                    reason = (said["reason"] or "").strip()
                    yield Request("checkov", said["key"], name, "", reason, "", one.subject, at)


def comments_in(text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Checkov's comments with the index of their document and their line."""
    document, filled = 0, False  # what stands before the first `---` is a document where it has content
    started = False
    for number, line in enumerate(text.splitlines(), 1):
        if _START.match(line):
            document += started or filled
            started, filled = True, bool(line[3:].strip()) and not line[3:].lstrip().startswith("#")
        elif line.strip() and not line.lstrip().startswith(("#", "%")):
            filled = True
        said = _COMMENT.search(line)
        if said is not None:
            yield document, number, said


class Earlier:
    """Tells of earlier contents of files which requests they held; each is read once."""

    def __init__(self) -> None:
        self._identities: dict[bytes, frozenset[tuple[str, ...]] | None] = {}
        self._room = BYTES_PARSED

    def holds(self, request: Request, content: bytes) -> bool:
        name = b"" if request.name == EVERY else request.name.encode("utf-8", "surrogatepass")
        if request.key.encode("utf-8", "surrogatepass") not in content or name not in content:
            return False
        if request.key.endswith(COMMENT):
            return True
        if content not in self._identities:
            self._identities[content] = self._read(content, request.at)
        known = self._identities[content]
        return known is None or any(
            one[:5] == request.identity[:5] and one[-1] in request.subject.name for one in known
        )

    def _read(self, content: bytes, at: Location) -> frozenset[tuple[str, ...]] | None:
        """What a content asks for; None where its words are all that can be told: a template, or too much."""
        self._room -= len(content)
        if self._room < 0:
            return None
        try:
            documents = read(content).documents
        except YamlError:
            return None
        objects = [one for value in documents for one in objects_in(value, at, "")]
        return frozenset(_plain(one) for found in objects for one in requests_of(found)) or None


def _plain(request: Request) -> tuple[str, ...]:
    """An identity that ends with the object's name, for a namespace and parts of the name may be added."""
    return (*request.identity[:5], request.subject.name)


def _containers(found: KubernetesObject) -> tuple[str, ...]:
    spec = _below(found.body, *Workload(found).pod_keys, "spec")
    groups = (spec.get(group) for group in ("initContainers", "containers")) if isinstance(spec, dict) else ()
    return tuple(
        str(one.get("name") or "")
        for group in groups
        if isinstance(group, list)
        for one in group
        if isinstance(one, dict)
    )


def _below(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
