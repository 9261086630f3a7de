"""Where the links of alerts lead: each followed into the sources.

Knows addresses of a file in a repository (GitHub, GitLab, Bitbucket, Gitea, Azure), sites that are made of
the pages (Hugo, MkDocs, Docusaurus) and paths without a host. Which source is meant is told by the
setting `roots`, by the configuration of a site (`baseURL`, `site_url`, `url`), by the repository's address
in `catalog-info.yaml` or in a site's configuration, or by other links of the same home that do lead to pages.
A home that none of these tells is not judged: its pages are kept elsewhere.
Ignored on purpose: whether a host answers, and redirects that a server makes.

Source:
    GitHub, GitLab and Bitbucket documentation, links to files; Hugo documentation, "URL management"; MkDocs,
    "Configuration", site_url; Docusaurus, "Configuration", url; Backstage, "Well-known annotations".
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlsplit

from readiness.errors import ReadinessError
from readiness.evidence.alert_rules import OBJECT_KINDS, AlertRule
from readiness.evidence.context import Declaration, Named, ServiceCard
from readiness.evidence.documents import Documents, File
from readiness.evidence.manifests import Manifests
from readiness.evidence.pages import page_of
from readiness.evidence.runbooks import LARGEST, Kind, Runbook
from readiness.known import Unreadable

# Texts, not compiled patterns: a process that follows no link does not pay for them at its start.
_LABEL = r"\{\{-?\s*(?:\$labels|\$?[\w.]*Labels)\.(\w+)\s*(?:\|\s*(\w+)\s*)?-?\}\}"
_TEMPLATE = r"\{\{|\$\{|\{%"
_FILE_OF_REPOSITORY = (
    r"(/projects/[^/]+/repos/[^/]+)/(?:browse|raw)/()(.+)",  # Bitbucket Data Center
    r"(/.+?)/-/(?:blob|tree|raw|blame|edit)/([^/]+)/(.+)",  # GitLab
    r"(/.+?)/(?:blob|tree|raw|blame|edit)/([^/]+)/(.+)",  # GitHub, older GitLab
    r"(/.+?)/(?:src|raw)/(?:branch|tag|commit)/([^/]+)/(.+)",  # Gitea
    r"(/.+?)/src/([^/]+)/(.+)",  # Bitbucket
)
_BRANCHES = frozenset({"main", "master", "trunk", "HEAD", "develop", "development", "dev", "default"})
_FORMS = ("{}", "{}.md", "{}.markdown", "{}/README.md", "{}/index.md", "{}/_index.md")
_PLACEHOLDER = r"(?i)\W*(?:todo|tbd|tba|fixme|none|n/?a|null|x+|<[^>]*>|change[-_ ]?me)?\W*"
_RESERVED_HOST = r"(?i)(?:^|\.)(?:example\.(?:com|org|net)|example)$"
_ROOTS = ("content/", "docs/", "doc/", "src/", "site/", "website/docs/", "docs/content/", "docs/docs/")
_SITE_FILES = (
    "hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config.yml",
    "mkdocs.yml", "mkdocs.yaml", "docusaurus.config.js", "docusaurus.config.ts",
)  # fmt: skip

_CHANGES: Mapping[str, Callable[[str], str]] = {
    "": str, "toLower": str.lower, "toUpper": str.upper, "title": str.title,
}  # fmt: skip
_CATALOG_FILES = ("catalog-info.yaml", "catalog-info.yml")
_TELLING = (*_CATALOG_FILES, *_SITE_FILES)
COMPARED = 100  # names of pages that one link is compared with, for the nearest
START = 4  # letters that begin alike
TOLD = 40  # characters of diagnosis and mitigation from which on pages are compared
RELEASED = ("Dockerfile", "Jenkinsfile", "Chart.yaml", "docker-compose*.y*ml", ".gitlab-ci.yml", "Procfile")
KINDS_TO_TELL: tuple[Kind, ...] = ("diagnosis", "mitigation")
RULE_KINDS = frozenset(OBJECT_KINDS)
FORMED = 3  # pages with sections of a runbook that make a folder one of runbooks


class Link(NamedTuple):
    """Where a link leads: a page, nowhere, or a place that is not in the sources."""

    status: Literal["page", "missing", "anchor", "declared", "unknown", "placeholder"]
    page: Runbook | None = None
    why: str = ""
    nearest: str = ""


class Home(NamedTuple):
    """A repository or a site, and the folder of a source that its pages are in."""

    address: str  # host and path, in lower case, with no slash at its end
    source: str
    folder: str = ""  # with a slash at its end, or empty
    site: bool = False  # a site writes addresses in its own way


class Address(NamedTuple):
    """The parts of a link."""

    home: str  # as in `Home`
    path: str  # inside its home
    anchor: str
    repository: bool  # whether it names a file of a repository
    ref: str = ""  # branch, tag or commit; only its first part where a branch has a slash in its name


class Runbooks:
    """All pages, and the links of alerts followed into them."""

    def __init__(
        self,
        pages: tuple[Runbook, ...],
        documents: Documents,
        declared: tuple[Declaration, ...],
        service: str,
    ) -> None:
        self.pages = pages
        self._documents = documents
        self._service = service
        self._declared = {one.values.get("alert", ""): one for one in declared}
        self._paths = {
            name: frozenset(file.path for file in documents.files(name)) for name in documents.trees
        }
        self._read: dict[tuple[str, str], Runbook | None] = {
            (one.file.source, one.file.path): one for one in pages
        }
        self._folders = {(one.file.source, one.file.folder) for one in pages if one.file.folder}
        self._formed: dict[tuple[str, str], list[bool]] = {}  # of each folder: which pages have sections
        for page in pages:
            formed = len(page.has_kinds) > 1
            self._formed.setdefault((page.file.source, page.file.folder), []).append(formed)
        self._names: dict[str, Runbook] = {}
        for page in pages:
            self._names.setdefault(page.name.lower(), page)
        self._near: dict[str, str] = {}
        self._starts: dict[str, list[str]] = {}
        self._by_key: dict[str, Runbook] = {}
        for page in pages:
            for key in _keys(page):
                self._by_key.setdefault(key, page)
        self._listed: dict[str, frozenset[str]] = {}
        self._homes: dict[str, Home] = {}
        self._site_keys: dict[Home, dict[str, str]] = {}
        self._seen: dict[str, list[bool]] = {}  # of a site that nothing tells: which links lead to a page
        self._sharing: dict[str, set[str]] = {}
        self._linked: set[tuple[str, str]] = set()
        self._linked_whole: set[tuple[str, str]] = set()
        self._alike: dict[str, int] = {}
        self._own = {"repository"}
        self.deploys = True

    @classmethod
    def collect(
        cls,
        pages: tuple[Runbook, ...],
        alerts: tuple[AlertRule, ...],
        named: Named,
        documents: Documents,
        service: ServiceCard,
        manifests: Manifests,
    ) -> Self:
        declared = tuple(one for one in named.declared if one.kind == "runbook")
        made = cls(pages, documents, declared, service.name.lower())
        made.deploys = _deploys(manifests, documents)
        made._own |= {ref.source for ref in named.of("runbooks")}
        made._learn(alerts)
        for alert in alerts:
            found = made.of(alert)
            if found is not None and found.page is not None:
                key = (found.page.file.source, found.page.file.path)
                made._linked.add(key)
                if "#" not in alert.runbook[1]:
                    made._linked_whole.add(key)
        return made

    def of(self, alert: AlertRule, roots: tuple[str, ...] = ()) -> Link | None:
        """Where an alert's link leads; None when it has none.

        Args:
            alert: the rule.
            roots: homes that a checklist tells, as `https://host/path=source:folder`.
        """
        _, written = alert.runbook
        link = self.resolve(written, alert, roots) if written else None
        if link is None or link.status in ("unknown", "placeholder"):
            declared = self._declared.get(alert.name)
            if declared is not None:
                return Link("declared", why=_said(declared.values))
        return link

    def linked(self, page: Runbook) -> bool:
        """Whether an alert links to a page."""
        return (page.file.source, page.file.path) in self._linked

    def of_others(self, page: Runbook) -> bool:
        """Whether a page is in another repository, and nothing says that it is about this service."""
        return page.file.source not in self._own and not self.linked(page)

    def moved_to_nowhere(self, page: Runbook) -> str:
        """Where a page sends its readers that is not there; empty where it is, or can't be told."""
        target = page.moved_to.partition("#")[0]
        if not target or re.match(r"[a-z]+:|//|\[|\{", target):
            return ""
        folder = "" if target.startswith("/") else page.file.folder
        path = posixpath.normpath(posixpath.join(folder, unquote(target).strip("/")))
        if path.startswith("..") or self._at(page.file.source, path) is not None:
            return ""
        below = path.removesuffix(".html")
        return "" if self._by_key.get(_key(below)) is not None else target

    def of_several(self, page: Runbook) -> bool:
        """Whether a page tells of one alert under each heading: no alert links to it without an anchor."""
        key = (page.file.source, page.file.path)
        return key in self._linked and key not in self._linked_whole and len(page.has_kinds) < 2

    def alike(self, page: Runbook) -> int:
        """How many other pages say the same of diagnosis and mitigation, but for the alert's name."""
        if not self._alike:
            for one in self.pages:
                told = _told(one)
                self._alike[told] = self._alike.get(told, 0) + 1
        told = _told(page)
        return self._alike.get(told, 1) - 1 if len(told) > TOLD else 0

    def among_runbooks(self, page: Runbook) -> bool:
        """Whether a page stands in a folder of pages most of which have the form of a runbook."""
        formed = self._formed[page.file.source, page.file.folder]
        return sum(formed) >= FORMED and 2 * sum(formed) > len(formed)

    def shared_by(self, alert: AlertRule) -> int:
        """How many alerts, by name, have the same link, anchors included."""
        return len(self._sharing.get(expanded(alert.runbook[1], alert), ()))

    def resolve(self, written: str, alert: AlertRule, roots: tuple[str, ...] = ()) -> Link:
        written = unwrapped(written)
        if re.fullmatch(_PLACEHOLDER, written):
            return Link("placeholder", why=written)
        url = expanded(written, alert)
        if re.search(_TEMPLATE, url):
            return Link("unknown", why="its address holds a template that is filled in elsewhere")
        address = address_of(url)
        if address is None:
            return Link("unknown", why=f"{url:.80} is no address of a page")
        if re.search(_RESERVED_HOST, address.home.partition("/")[0].partition(":")[0]):
            return Link("placeholder", why=written)
        homes = tuple(map(home_of, roots))
        found = self._follow(address, homes)
        if found.status == "missing" and address.ref and address.ref not in _BRANCHES:
            return self._at_ref(address, homes)
        page = found.page
        if page is None or not page.is_markdown or not _in_page(address.anchor):
            return found
        if page.page.anchors.isdisjoint(_anchors(address.anchor)):
            return Link("anchor", page, address.anchor)
        return found

    def _at_ref(self, address: Address, roots: tuple[Home, ...]) -> Link:
        """A file that is not there, at a ref that may be another state, or a branch with slashes."""
        parts = address.path.split("/")
        for length in range(1, min(len(parts), 4)):
            found = self._follow(address._replace(path="/".join(parts[length:])), roots)
            if found.page is not None:
                return found
        return Link("unknown", why=f"{address.home} at {address.ref} may be another state than is judged")

    def _follow(self, address: Address, roots: tuple[Home, ...]) -> Link:
        if not address.home:
            return self._path_alone(address.path)
        home = _home_in({root.address: root for root in roots}, address) or _home_in(self._homes, address)
        if home is not None:
            return self._below(home, address)
        if address.repository:
            return self._in_repository(address)
        return self._on_site(address)

    def _path_alone(self, path: str) -> Link:
        for source in self._paths:
            page = self._at(source, path) or self._at(source, f"docs/{path}")
            if page is not None:
                return Link("page", page)
        folder = path.rpartition("/")[0]
        if any(
            (source, one) in self._folders for source in self._paths for one in (folder, f"docs/{folder}")
        ):
            return Link("missing", why=path, nearest=self._nearest(path))
        return Link("unknown", why=f"{path:.80} is no path in the sources")

    def _below(self, home: Home, address: Address) -> Link:
        """What stands at an address of a home that is known."""
        page: Runbook | None
        rest = address.path
        if home.site:
            rest = f"{address.home}/{address.path}"[len(home.address) + 1 :]
            path = self._keys_of(home).get(_key(rest))
            page = self._open(home.source, path) if path is not None else None
        else:
            inside = home.folder.strip("/")
            own = rest.removeprefix(inside).strip("/") if inside and rest.startswith(f"{inside}/") else rest
            page = self._at(home.source, rest) or self._at(home.source, own)
            if page is None and inside and own == rest:
                return Link(
                    "unknown", why=f"{rest} stands outside of {inside}, which is the service's own folder"
                )
        return (
            Link("page", page) if page is not None else Link("missing", why=rest, nearest=self._nearest(rest))
        )

    def _in_repository(self, address: Address) -> Link:
        """A file of a repository of which nothing says that it is a source."""
        for source in self._paths:
            page = self._at(source, address.path) or self._at(source, f"docs/{address.path}")
            if page is not None:
                return Link("page", page)
        folder = address.path.rpartition("/")[0]
        nearest = self._nearest(address.path)
        # where the repository's own address is known, this one is another
        known = any(not home.site and home.source == "repository" for home in self._homes.values())
        ours = not known and self._service and address.home.rpartition("/")[2] == self._service
        beside = not known and nearest.rpartition("/")[0] == folder if nearest else False
        if beside or (ours and any((source, folder) in self._folders for source in self._paths)):
            return Link("missing", why=address.path, nearest=nearest)
        return Link("unknown", why=f"{address.home} is a repository that is not among the sources")

    def _on_site(self, address: Address) -> Link:
        page = self._by_key.get(_key(address.path))
        if page is not None and "/" in address.path:
            return Link("page", page)
        seen = self._seen.get(_site(address), [])
        if len(seen) > 1 and 2 * sum(seen) >= len(seen):
            return Link("missing", why=address.path, nearest=self._nearest(address.path))
        return Link("unknown", why=f"{address.home.partition('/')[0]} is not among the sources")

    def _at(self, source: str, path: str) -> Runbook | None:
        """The page at a path of a source, as a repository's own pages show it."""
        for form in _FORMS:
            candidate = form.replace("{}", path)
            if candidate in self._paths.get(source, ()):
                found = self._open(source, candidate)
                if found is not None:
                    return found
        if path in self._all_folders(source):  # a forge lists what is in it
            return Runbook(File(source, path), page_of(b""))
        return None

    def _all_folders(self, source: str) -> frozenset[str]:
        if source not in self._listed:
            found: set[str] = set()
            for path in self._paths.get(source, ()):
                folder = path.rpartition("/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition("/")[0]
            self._listed[source] = frozenset(found)
        return self._listed[source]

    def _open(self, source: str, path: str) -> Runbook | None:
        """A page, read once; a file of another form (AsciiDoc, HTML) is one without sections."""
        if (source, path) not in self._read:
            file = File(source, path)
            try:
                text = self._documents.text(file) if path.lower().endswith((".md", ".markdown")) else b""
                self._read[source, path] = Runbook(file, page_of(text if len(text) <= LARGEST else b""))
            except ReadinessError:
                self._read[source, path] = None
        return self._read[source, path]

    def _keys_of(self, home: Home) -> Mapping[str, str]:
        """The paths of a site's pages by the address that the site gives to each."""
        if home not in self._site_keys:
            keys: dict[str, str] = {}
            for path in sorted(self._paths.get(home.source, ())):
                if path.startswith(home.folder) and path.lower().endswith((".md", ".markdown", ".mdx")):
                    keys.setdefault(_key(path[len(home.folder) :].rpartition(".")[0]), path)
            for page in self.pages:
                if page.file.source == home.source and page.file.path.startswith(home.folder):
                    for other in _other_addresses(page, home.folder):
                        keys.setdefault(other, page.file.path)
            self._site_keys[home] = keys
        return self._site_keys[home]

    def _nearest(self, path: str) -> str:
        name = _key(path).rpartition("/")[2].removesuffix(".md")
        if name in self._names:
            return self._names[name].file.path
        if name not in self._near:
            self._near[name] = self._like(name)
        return self._near[name]

    def _like(self, name: str) -> str:
        from difflib import get_close_matches

        # of very many pages only those whose name begins alike: each comparison has its price
        names = list(self._names)
        if len(names) > COMPARED:
            names = self._by_start().get(name[:START], [])[:COMPARED]
        near = get_close_matches(name, names, n=1, cutoff=0.7)
        return self._names[near[0]].file.path if near else ""

    def _by_start(self) -> Mapping[str, list[str]]:
        if not self._starts:
            for name in self._names:
                self._starts.setdefault(name[:START], []).append(name)
        return self._starts

    def _learn(self, alerts: tuple[AlertRule, ...]) -> None:
        """What the links tell together: who shares one, and which homes are made of a source's pages."""
        if not any(alert.runbook[1] for alert in alerts):
            return
        self._homes = {home.address: home for home in _homes(self._documents)}
        hits: dict[str, dict[str, int]] = {}
        for alert in alerts:
            url = expanded(alert.runbook[1], alert)
            if not url:
                continue
            self._sharing.setdefault(url, set()).add(alert.name)
            address = address_of(url)
            if address is None or not address.home or re.search(_TEMPLATE, url):
                continue
            if address.repository:
                for source in self._paths:
                    if "/" in address.path and self._at(source, address.path) is not None:
                        of_home = hits.setdefault(address.home, {})
                        of_home[source] = of_home.get(source, 0) + 1
            else:
                hit = _key(address.path) in self._by_key and "/" in address.path
                self._seen.setdefault(_site(address), []).append(hit)
        for home, by_source in hits.items():
            if home not in self._homes:
                self._homes[home] = Home(home, max(by_source, key=lambda source: by_source[source]))


def in_text(alert: AlertRule) -> str:
    """The address of a runbook that another annotation or a label has in its text; empty without one."""
    for text in (*alert.annotations.values(), *alert.labels.values()):
        lowered = text.lower()
        if "runbook" in lowered or "playbook" in lowered:
            found = re.search(r"https?://[^\s<>\"')]+", text)
            if found:
                return found[0]
    return ""


def _deploys(manifests: Manifests, documents: Documents) -> bool:
    """Whether something of the service is released, so that a release can be taken back."""
    if manifests.unreadable or any(one.kind not in RULE_KINDS for one in manifests.objects):
        return True
    own = "repository" if "repository" in documents.trees else None  # manifests alone have no repository
    return bool(documents.named(*RELEASED, source=own))


def _told(page: Runbook) -> str:
    """What a page says of diagnosis and mitigation, without the name of its alert."""
    parts = [
        part
        for kind in KINDS_TO_TELL
        for one in page.of_kind(kind)
        for part in (one.prose, *(code.text for code in one.code))
    ]
    return " ".join(" ".join(parts).replace(page.name, "").lower().split())


def unwrapped(text: str) -> str:
    """A link without the markup that annotations have around it: of Markdown, AsciiDoc and Slack."""
    text = text.strip()
    found = re.fullmatch(
        r"\[[^\]]{0,200}\]\(<?([^()<>\s]+)>?\)|<(https?://[^<>|\s]+)(?:\|[^<>]{0,200})?>|"
        r"link:{1,2}(https?://[^\[\s]+)(?:\[[^\]]{0,200}\])?",
        text,
    )
    return next(part for part in found.groups() if part) if found else text


def expanded(text: str, alert: AlertRule) -> str:
    """A link with the alert's own name and labels in place of their templates."""
    labels = {**alert.labels, "alertname": alert.name}

    def value(found: re.Match[str]) -> str:
        known = labels.get(found[1])
        change = _CHANGES.get(found[2] or "")
        if known is None or change is None or re.search(_TEMPLATE, known):
            return found[0]
        return change(known)

    return re.sub(_LABEL, value, unwrapped(text))


def address_of(url: str) -> Address | None:
    """The parts of a link; None when it is none: a sentence, a mail address."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return None
    anchor = unquote(parts.fragment)
    if parts.scheme not in ("http", "https"):
        path = unquote(parts.path).strip().removeprefix("./").strip("/")
        if parts.scheme or re.search(r"\s", path) or not ("/" in path or path.endswith(".md")):
            return None
        return Address("", path, anchor, True)
    if not host:
        return None
    path = unquote(parts.path)
    if host == "raw.githubusercontent.com":
        found = re.fullmatch(r"(/[^/]+/[^/]+)/([^/]+)/(.+)", path)
        return Address(f"github.com{found[1]}".lower(), found[3], anchor, True, found[2]) if found else None
    if "/_git/" in path:  # Azure
        file = parse_qs(parts.query).get("path", [""])[0].strip("/")
        return Address(f"{host}{path}".lower().rstrip("/"), file, anchor, True) if file else None
    for pattern in _FILE_OF_REPOSITORY:
        found = re.fullmatch(pattern, path)
        if found:
            return Address(f"{host}{found[1]}".lower(), found[3].strip("/"), anchor, True, found[2])
    return Address(host, path.strip("/"), anchor, False)


def home_of(root: str) -> Home:
    """A home as the setting `roots` writes it: `https://host/path=source:folder`."""
    url, _, place = root.rpartition("=")
    source, colon, folder = place.partition(":")
    if not colon:
        source, folder = "repository", place
    folder = folder.strip("/")
    address = _address(url)
    return Home(address, source or "repository", f"{folder}/" if folder not in ("", ".") else "", True)


def _address(url: str) -> str:
    return (
        re.sub(r"^(?:url:)?[a-z+]+://(?:[^/@]*@)?", "", url.strip()).rstrip("/").removesuffix(".git").lower()
    )


def _home_in(homes: Mapping[str, Home], address: Address) -> Home | None:
    """The home that an address is in: the longest that it starts with."""
    if address.repository and address.home in homes:
        return homes[address.home]
    parts = f"{address.home}/{address.path.lower()}".split("/")
    for length in range(len(parts), 0, -1):
        home = homes.get("/".join(parts[:length]))
        if home is not None and (home.site or not address.repository):
            return home if home.site else None
    return None


def _homes(documents: Documents) -> Iterator[Home]:
    """Repositories and sites that a source says it is."""
    for file in documents.files():
        if not file.path.endswith(_TELLING):
            continue
        if file.name in _CATALOG_FILES:
            parsed = documents.parsed(file)
            for document in () if isinstance(parsed, Unreadable) else parsed:
                yield from _of_catalog(document.value, file)
        elif file.name in _SITE_FILES:
            try:
                text = documents.text(file).decode("utf-8", "replace")
            except ReadinessError:
                continue  # it tells nothing, and a home that nothing tells is not judged
            yield from _of_site(file, text, documents)


def _of_catalog(value: Any, file: File) -> Iterator[Home]:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or not isinstance(metadata, dict):
        return
    location = annotations.get("backstage.io/source-location")
    if isinstance(location, str) and location.startswith("url:"):
        found = re.fullmatch(r"(.+?)/(?:-/)?(?:blob|tree|src)/[^/]+(?:/(.*))?", location.rstrip("/"))
        folder = (found[2] or "").strip("/") if found else ""
        yield Home(_address(found[1] if found else location), file.source, f"{folder}/" if folder else "")
    for host in ("github.com", "gitlab.com", "bitbucket.org"):
        slug = annotations.get(f"{host}/project-slug")
        if isinstance(slug, str):
            yield Home(f"{host}/{slug}".lower(), file.source)


def _of_site(file: File, text: str, documents: Documents) -> Iterator[Home]:
    """The address that a site's configuration gives to its pages, and that of its repository."""
    folder = f"{file.folder}/" if file.folder else ""
    if file.name.startswith("mkdocs"):
        pages = _value(text, "docs_dir") or "docs"
        if _value(text, "site_url"):
            yield Home(_address(_value(text, "site_url")), file.source, f"{folder}{pages.strip('/')}/", True)
        if _value(text, "repo_url"):
            yield Home(_address(_value(text, "repo_url")), file.source)
    elif file.name.startswith("docusaurus"):
        base = _value(text, "baseUrl").strip("/")
        if _value(text, "url"):
            address = _address(f"{_value(text, 'url').rstrip('/')}/{base}")
            yield Home(f"{address}/docs", file.source, f"{folder}docs/", True)
    elif _value(text, "baseURL"):
        pages = _value(text, "contentDir") or "content"
        below = f"{folder}{pages.strip('/')}/"
        if any(one.path.startswith(below) for one in documents.files(file.source)):
            yield Home(_address(_value(text, "baseURL")), file.source, below, True)


def _value(text: str, key: str) -> str:
    """A text at the top of a configuration in YAML, TOML, JSON or JavaScript; empty when there is none."""
    found = re.search(
        rf"^[ \t]{{0,4}}[\"']?{key}[\"']?\s*[:=]\s*[\"']?([^\"'\s,#]+)", text, re.MULTILINE | re.IGNORECASE
    )
    return found[1] if found else ""


def _key(path: str) -> str:
    """How a site's address and a page's path are compared: in lower case, without what sites leave out."""
    key = path.strip("/").lower().removesuffix(".html").removesuffix(".md")
    key = re.sub(r"(?:^|/)(?:_?index|readme)$", "", key)
    return re.sub(r"(?:^|(?<=/))\d+[-_.](?=[^/])", "", key).replace(" ", "-")


def _keys(page: Runbook) -> Iterator[str]:
    """The addresses that sites may give to a page."""
    plain = page.file.path.rpartition(".")[0]
    yield _key(plain)
    for root in _ROOTS:
        if plain.startswith(root):
            yield _key(plain.removeprefix(root))


def _other_addresses(page: Runbook, folder: str) -> Iterator[str]:
    """Addresses that a page's front matter gives to it."""
    front = page.page.front
    aliases = front.get("aliases")
    parent = page.file.path[len(folder) :].rpartition("/")[0]
    for alias in aliases if isinstance(aliases, list) else ():
        yield _key(str(alias) if str(alias).startswith("/") else f"{parent}/{alias}")
    if isinstance(front.get("url"), str):
        yield _key(front["url"])
    for field in ("slug", "id"):
        if isinstance(front.get(field), str):
            named = front[field]
            yield _key(named if named.startswith("/") else f"{parent}/{named}")


def _site(address: Address) -> str:
    return f"{address.home}/{address.path.partition('/')[0]}"


def _in_page(anchor: str) -> bool:
    """Whether a fragment names a place of a page: not a line (`#L12`), a route or a text to mark."""
    return bool(anchor) and not re.match(r"L\d|/|!|:~:|top$|lines-\d", anchor)


def _anchors(anchor: str) -> frozenset[str]:
    """An anchor as the page itself may write it: forges put words of their own before it."""
    plain = anchor.lower().partition(":~:")[0]
    return frozenset({plain, plain.removeprefix("user-content-"), plain.removeprefix("markdown-header-")})


def _said(declared: Mapping[str, str]) -> str:
    """What a declaration says of a page that can't be read."""
    url, reviewed, by = (declared.get(key, "") for key in ("url", "reviewed", "by"))
    return " ".join(
        part
        for part in (
            url or "a page elsewhere",
            f"reviewed {reviewed}" if reviewed else "",
            f"by {by}" if by else "",
        )
        if part
    )
