"""Runbook pages, and where the links of alerts lead.

Looks in what the checklist names as `runbooks`, else in folders called runbooks, runbook or playbooks and
in files called runbook*.md. Section indexes (`_index.md`, README) and templates are no pages of an alert.
A link is followed into the sources: addresses of a file in a repository (GitHub, GitLab, Bitbucket, Gitea),
sites that are made of the pages (Hugo, MkDocs, Docusaurus, TechDocs) and relative paths. A host none of
whose links leads into the sources is not judged: its pages are kept elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from readiness.errors import ReadinessError
from readiness.evidence.alert_rules import AlertRule
from readiness.evidence.context import Declaration, Named
from readiness.evidence.documents import Documents, File
from readiness.evidence.pages import Page, Section, page_of
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

USUAL = (
    "**/runbooks/**/*.md", "**/runbook/**/*.md", "**/playbooks/**/*.md", "**/playbook/**/*.md",
    "runbook*.md", "RUNBOOK*.md", "playbook*.md",
)  # fmt: skip
INDEXES = frozenset({"_index.md", "index.md", "readme.md", "template.md", "_template.md", "summary.md"})
TEMPLATES = frozenset({"archetypes", "templates", "template", "_templates"})
Kind = Literal["meaning", "impact", "diagnosis", "mitigation", "rollback", "escalation"]
# Words of headings by what the section is for, most telling first.
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("rollback", re.compile(r"roll(?:ing)?[ -]?back|revert|back(?:ing)?[ -]?out|\bundo")),
    ("escalation", re.compile(r"escalat|contact|who to (?:call|ask)|on-?call|support\b|\bowners?\b")),
    ("impact", re.compile(r"impact|consequence|effects?\b|severity|affected")),
    (
        "diagnosis",
        re.compile(r"diagnos|triage|investigat|debug|troubleshoot|\bverif|analysis|\bcheck|root cause"),
    ),
    (
        "mitigation",
        re.compile(
            r"mitigat|resol(?:ution|ve)|remed|\bfix|recover|action|solution|workaround|what to do|steps"
        ),
    ),
    (
        "meaning",
        re.compile(r"meaning|symptom|description|overview|summary|what (?:is|does|this)|about|background"),
    ),
)
_ALERT_NAME = re.compile(
    r"\{\{-?\s*(?:\$labels|\.?(?:Common)?Labels|\$?alert)\.?(?:alertname|name)?\s*-?\}\}"
)
_TEMPLATE = re.compile(r"\{\{|\$\{|\{%")
_BLOB = re.compile(r"/(?:-/)?(?:blob|tree|raw|src|edit)/(?:branch/|tag/|commit/)?([^/]+)/(.+)$")
_BROWSE = re.compile(r"/projects/[^/]+/repos/[^/]+/browse/(.+)$")
_ROOTS = ("content/", "docs/", "doc/", "src/", "site/", "website/docs/", "docs/content/", "docs/docs/")


class Runbook:
    """One page that tells what to do when an alert fires."""

    __slots__ = ("_kinds", "at", "file", "page")

    kinds: ClassVar[frozenset[str]] = frozenset({"runbooks"})
    looked_for: ClassVar[str] = "runbooks (docs/runbooks/**.md, runbooks/**.md, runbook*.md)"

    def __init__(self, file: File, page: Page) -> None:
        self.file = file
        self.page = page
        self._kinds: dict[Kind, tuple[Section, ...]] = {}
        first = next((one.line for one in page.sections if one.title), 1)
        self.at = Location(file.source, file.path, line=first)

    @property
    def subject(self) -> Subject:
        return Subject("Runbook", "", self.file.path)

    @property
    def name(self) -> str:
        return self.file.name.rpartition(".")[0]

    @property
    def draft(self) -> bool:
        return self.page.front.get("draft") is True

    def line(self, number: int) -> Location:
        return self.at._replace(line=number)

    def of_kind(self, kind: Kind) -> tuple[Section, ...]:
        """Sections of one kind, each with the deeper ones below it."""
        if kind not in self._kinds:
            found: dict[int, Section] = {}
            for section in self.page.sections:
                if section.title and kind in kinds_of(section.title):
                    for one in self.page.below(section):
                        found[one.line] = one
            self._kinds[kind] = tuple(found[line] for line in sorted(found))
        return self._kinds[kind]

    @property
    def has_kinds(self) -> frozenset[Kind]:
        return frozenset(kind for one in self.page.sections for kind in kinds_of(one.title))

    def plain(self) -> dict[str, Any]:
        """The page as a steward's own expression sees it."""
        front = {str(key): value for key, value in self.page.front.items()}
        return {
            "path": self.file.path, "title": self.page.title, "words": self.page.words, "front": front,
            "sections": [one.title for one in self.page.sections if one.title],
        }  # fmt: skip

    @classmethod
    def collect(cls, named: Named, documents: Documents) -> Iterator[Self | Unreadable]:
        refs = named.of("runbooks")
        files = (
            tuple(file for ref in refs for file in documents.under(ref.source, ref.path))
            if refs
            else documents.named(*USUAL)
        )
        for file in dict.fromkeys(files):
            if not _is_page(file):
                continue
            try:
                yield cls(file, page_of(documents.text(file)))
            except ReadinessError as wrong:
                yield Unreadable(file.at, str(wrong), frozenset({"runbooks"}), f"make {file.path} readable")


class Link(NamedTuple):
    """Where a link leads: a page, nowhere, or a place that is not in the sources."""

    status: Literal["page", "missing", "anchor", "declared", "unknown"]
    page: Runbook | None = None
    why: str = ""
    nearest: str = ""


class Runbooks:
    """All pages, and the links of alerts followed into them."""

    def __init__(
        self,
        pages: tuple[Runbook, ...],
        paths: Mapping[str, frozenset[str]],
        declared: tuple[Declaration, ...],
        own_repository: str,
    ) -> None:
        self.pages = pages
        self._paths = paths  # of each source: every file, for what a link's folder proves
        self._declared = declared
        self._own = own_repository
        self._by_path = {(one.file.source, one.file.path): one for one in pages}
        self._by_key: dict[str, Runbook] = {}
        for page in pages:
            for key in _keys(page.file.path):
                self._by_key.setdefault(key, page)
        self._names = {one.name.lower(): one for one in pages}
        self._sites: dict[str, list[bool]] = {}
        self._shared: dict[str, int] = {}
        self._linked: set[tuple[str, str]] = set()
        self._extra: dict[tuple[str, str], Runbook] = {}

    @classmethod
    def collect(
        cls, pages: tuple[Runbook, ...], alerts: tuple[AlertRule, ...], named: Named, documents: Documents
    ) -> Self:
        paths = {name: frozenset(file.path for file in documents.files(name)) for name in documents.trees}
        declared = tuple(one for one in named.declared if one.kind == "runbook")
        made = cls(pages, paths, declared, _own_repository(documents))
        made._read_linked(alerts, documents)
        for alert in alerts:
            made._learn(alert)
        for alert in alerts:
            found = made.of(alert)
            if found is not None and found.page is not None:
                made._linked.add((found.page.file.source, found.page.file.path))
        return made

    def of(self, alert: AlertRule) -> Link | None:
        """Where an alert's link leads; None when it has none."""
        for one in self._declared:
            if one.values.get("alert") == alert.name:
                return Link("declared", why=one.values.get("url", ""))
        _, written = alert.runbook
        return self.resolve(written, alert) if written else None

    def linked(self, page: Runbook) -> bool:
        """Whether an alert links to a page."""
        return (page.file.source, page.file.path) in self._linked

    def shared_by(self, url: str) -> int:
        """How many alerts have the same link."""
        return self._shared.get(url, 0)

    def resolve(self, written: str, alert: AlertRule) -> Link:
        url = _ALERT_NAME.sub(alert.name, written)
        if _TEMPLATE.search(url):
            return Link("unknown", why="its address holds a template that is filled in elsewhere")
        parts = urlsplit(url)
        path = unquote(parts.path).strip("/")
        anchor = unquote(parts.fragment).lower()
        if parts.scheme in ("http", "https"):
            found = self._in_repository(url, parts.path, parts.netloc) or self._on_site(parts.netloc, path)
        elif parts.scheme or not path:
            return Link("unknown", why=f"{url} is no address of a page")
        else:
            found = self._at(path) or Link("missing", nearest=self._nearest(path))
        if found.page is not None and anchor and anchor not in found.page.page.anchors:
            return Link("anchor", found.page, anchor)
        return found

    def _in_repository(self, url: str, path: str, host: str) -> Link | None:
        blob = _BLOB.search(path) or _BROWSE.search(path)
        if blob is None:
            return None
        file = unquote(blob[blob.lastindex or 1]).strip("/")
        found = self._at(file)
        if found is not None:
            return found
        folder = file.rpartition("/")[0]
        ours = bool(self._own) and url.startswith(self._own)
        inside = any(
            any(one.startswith(folder + "/") for one in paths) for paths in self._paths.values() if folder
        )
        if ours or inside:
            return Link("missing", why=file, nearest=self._nearest(file))
        return Link("unknown", why=f"{host} is a repository that is not among the sources")

    def _on_site(self, host: str, path: str) -> Link:
        found = self._by_key.get(path.lower().removesuffix(".html").removesuffix("/index"))
        if found is not None and path.count("/") >= 1:
            return Link("page", found)
        seen = self._sites.get(_site(host, path), [])
        if len(seen) > 1 and 2 * sum(seen) >= len(seen):
            return Link("missing", why=path, nearest=self._nearest(path))
        return Link("unknown", why=f"{host} is not among the sources")

    def _at(self, path: str) -> Link | None:
        for source in self._paths:
            for form in (
                "{}",
                "{}.md",
                "{}/README.md",
                "{}/index.md",
                "{}/_index.md",
                "docs/{}",
                "docs/{}.md",
            ):
                candidate = form.replace("{}", path)
                known = self._by_path.get((source, candidate)) or self._extra.get((source, candidate))
                if known is not None:
                    return Link("page", known)
        return None

    def _nearest(self, path: str) -> str:
        from difflib import get_close_matches

        name = path.rstrip("/").rpartition("/")[2].removesuffix(".md").lower()
        if name in self._names:
            return self._names[name].file.path
        near = get_close_matches(name, self._names, n=1, cutoff=0.7)
        return self._names[near[0]].file.path if near else ""

    def _learn(self, alert: AlertRule) -> None:
        """Counts how many links of a site lead into the sources: a site made of them is known then."""
        _, written = alert.runbook
        if not written:
            return
        self._shared[written] = self._shared.get(written, 0) + 1
        url = _ALERT_NAME.sub(alert.name, written)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or _TEMPLATE.search(url):
            return
        path = unquote(parts.path).strip("/")
        hit = path.lower().removesuffix(".html") in self._by_key and path.count("/") >= 1
        self._sites.setdefault(_site(parts.netloc, path), []).append(hit)

    def _read_linked(self, alerts: tuple[AlertRule, ...], documents: Documents) -> None:
        """Pages outside of the usual places that a link names by their path in a repository."""
        for alert in alerts:
            url = _ALERT_NAME.sub(alert.name, alert.runbook[1])
            blob = _BLOB.search(urlsplit(url).path) if url else None
            path = unquote(blob[2]).strip("/") if blob else unquote(url.partition("#")[0]).strip("/")
            for source, paths in self._paths.items():
                for candidate in (path, f"{path}.md", f"docs/{path}", f"docs/{path}.md"):
                    key = (source, candidate)
                    known = key in self._by_path or key in self._extra
                    if candidate.endswith(".md") and candidate in paths and not known:
                        self._extra[key] = Runbook(File(*key), page_of(documents.text(File(*key))))


@cache
def kinds_of(title: str) -> frozenset[Kind]:
    """What a section is for, by the words of its heading."""
    lowered = title.lower()
    return frozenset(kind for kind, words in KINDS if words.search(lowered))


def _is_page(file: File) -> bool:
    if not file.path.lower().endswith((".md", ".markdown")):
        return False
    folders = {part.lower() for part in file.path.split("/")[:-1]}
    return file.name.lower() not in INDEXES and TEMPLATES.isdisjoint(folders)


def _keys(path: str) -> Iterator[str]:
    """The addresses that sites give to a page, in lower case and without an ending."""
    plain = path.lower().rpartition(".")[0]
    yield plain
    for root in _ROOTS:
        if plain.startswith(root):
            yield plain.removeprefix(root)


def _site(host: str, path: str) -> str:
    return f"{host}/{path.partition('/')[0]}"


def _own_repository(documents: Documents) -> str:
    """The address of the service's own repository, as its catalog entry says."""
    for file in documents.named("catalog-info.yaml", "catalog-info.yml"):
        parsed = documents.parsed(file)
        for document in () if isinstance(parsed, Unreadable) else parsed:
            value = document.value
            metadata = value.get("metadata") if isinstance(value, dict) else None
            annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
            location = (
                annotations.get("backstage.io/source-location") if isinstance(annotations, dict) else None
            )
            if isinstance(location, str) and location.startswith("url:"):
                return _BLOB.sub("", location.removeprefix("url:")).rstrip("/") + "/"
    return ""
