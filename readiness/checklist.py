"""What ready means for a service: a checklist as plain data, and `parse` that reads one file of it.

One file is one layer; `layers.py` puts layers together. Both are a `Checklist`: every field holds its
default where nobody says otherwise, and `origins` has a place for each field that somebody does say.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from readiness.outcome import Location, Severity, Strength

Kind = Literal["check", "cel", "attest"]
Mode = Literal["enforce", "advisory"]
EnvironmentClass = Literal["production", "staging", "test", "development"]
EntryKind = Literal["path", "chart", "kustomization"]

REPOSITORY = "repository"  # the source that evidence comes from where no other is named
PLACEHOLDER = "TODO"
DEFAULT_TIER = 2
KINDS: tuple[Kind, ...] = ("check", "cel", "attest")
MODES: tuple[Mode, ...] = ("enforce", "advisory")
CLASSES: tuple[EnvironmentClass, ...] = ("production", "staging", "test", "development")
EVIDENCE_KINDS = (
    "rules", "routing", "monitors", "runbooks", "capacity", "owners", "catalog", "dashboards",
    "splunk", "terraform", "dynatrace",
    "postmortems", "incident-process", "incidents", "tickets", "changes", "toil",
)  # fmt: skip
PLATFORM_PARTS = ("metrics", "alerts", "paging", "routing", "logs", "traces", "dashboards", "delivery")
CEL_VARIABLES = (
    "object", "workload", "pod", "container", "service", "ingress", "hpa", "pdb", "alert", "runbook",
)  # fmt: skip

_NOTHING: Mapping[str, Any] = MappingProxyType({})
NOWHERE = Location(REPOSITORY, "")


class SettingOf(Protocol):
    """What the loader asks of one setting of a check."""

    @property
    def name(self) -> str: ...
    @property
    def default(self) -> Any: ...
    def schema(self) -> dict[str, Any]: ...
    def read(self, raw: object) -> Any: ...
    def spell(self, value: Any) -> object: ...


class CheckOf(Protocol):
    """What the loader asks of a check."""

    @property
    def title(self) -> str: ...
    @property
    def severities(self) -> tuple[Severity, Severity, Severity, Severity]: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...  # by the spelling in YAML; values are SettingOf


class Service(NamedTuple):
    """The service that is judged; `TODO` as a name or owner is kept, and stands in `placeholders`."""

    name: str = ""
    tier: int | None = None
    owner: str = ""


class SourceSpec(NamedTuple):
    """A further tree that evidence comes from, given on the command line as `--source NAME=…`."""

    name: str
    required: bool = False
    shared: bool = False  # one tree for many services: judge only what selects this one
    origin: Location = NOWHERE


class Ref(NamedTuple):
    """A file or folder of a source that holds evidence."""

    source: str
    path: str
    origin: Location = NOWHERE

    def __str__(self) -> str:
        return self.path if self.source == REPOSITORY else f"{self.source}:{self.path}"


class Declared(NamedTuple):
    """Evidence that stands in the checklist itself, because its home can't be read."""

    kind: str  # runbook, routing, or the kind of a Kubernetes object
    alert: str = ""
    url: str = ""
    reviewed: date | None = None
    by: str = ""
    name: str = ""  # of an object, with * and ?
    namespace: str = ""  # of an object; any where it is left out
    origin: Location = NOWHERE


class ManifestEntry(NamedTuple):
    """Where deployment manifests come from, and how they are rendered."""

    kind: EntryKind
    source: str
    path: str
    values: tuple[Ref, ...] = ()
    release: str = ""
    namespace: str = ""
    origin: Location = NOWHERE

    def __str__(self) -> str:
        return self.path if self.source == REPOSITORY else f"{self.source}:{self.path}"


class EnvironmentSpec(NamedTuple):
    """An environment; its evidence replaces the checklist's evidence of the same kind."""

    name: str
    cls: EnvironmentClass = "production"  # what an unfamiliar name is taken for
    namespace: str = ""
    kubernetes_versions: tuple[str, ...] = ()
    manifests: tuple[ManifestEntry, ...] = ()
    evidence: Mapping[str, tuple[Ref, ...]] = _NOTHING
    origins: Mapping[str, Location] = _NOTHING
    origin: Location = NOWHERE

    @property
    def kubernetes_version(self) -> str:
        """The first of its versions: charts are rendered for it; empty where none is given."""
        return self.kubernetes_versions[0] if self.kubernetes_versions else ""


class AttestRule(NamedTuple):
    """Who may state that a manual item holds, for how long, and whether they must point at something."""

    roles: tuple[str, ...]  # each of them has to attest
    max_age: int | None = None  # days
    evidence_required: bool = False


class Item(NamedTuple):
    """One line of a checklist; `origins` has the fields that were said, by their spelling in YAML."""

    id: str
    kind: Kind
    check: str  # id of the check; "cel" or "attestation" for the other kinds
    title: str = ""
    settings: Mapping[str, Any] = _NOTHING  # `with`, as it stands in YAML
    severity: Severity | None = None  # None: the check's own at the service's tier
    required: bool = False
    enforce_from: date | None = None
    environments: tuple[str, ...] | None = None  # names or classes; None: all
    tiers: tuple[int, ...] | None = None
    control: str = ""
    why: str = ""
    guide: str = ""
    owner: str = ""
    waivable: bool = True
    attestable: bool = False
    min_strength: Strength | None = None
    timeout: int | None = None  # seconds
    for_: str = ""
    expr: str = ""
    message: str = ""
    attest: AttestRule | None = None
    disabled: bool = False
    origins: Mapping[str, Location] = _NOTHING
    origin: Location = NOWHERE

    def severity_at(self, tier: int, check: CheckOf | None = None) -> Severity:
        """How bad a finding is for a service of `tier`; a steward's own rule is an error unless it says."""
        if self.severity is not None:
            return self.severity
        return check.severities[tier - 1] if check is not None else "error"


class DecisionPolicy(NamedTuple):
    """How outcomes become a verdict, and what may soften it; the defaults hold where no layer speaks."""

    mode: Mode = "enforce"
    fail_on: Severity = "error"
    max_days: Mapping[Severity, int] = MappingProxyType({"error": 90, "warning": 180, "note": 365})
    approvers: tuple[str, ...] | None = None  # None: anybody; (): nobody
    non_waivable: tuple[str, ...] = ()  # ids of items or checks
    accept_suppressions: tuple[str, ...] = ()  # checks whose errors another linter's annotation may hide
    trusted_hosts: tuple[str, ...] = ()
    remote_bases: bool = False  # may a kustomization fetch its base from elsewhere


class Extension(NamedTuple):
    """One entry of `extends`: which layer, and the SHA-256 that it is pinned to ("" when it is not)."""

    ref: str
    digest: str = ""
    origin: Location = NOWHERE


class Layer(NamedTuple):
    """A file that the checklist was put together from."""

    ref: str  # profile:standard@1, policy:org.yaml, readiness.yaml
    digest: str  # sha256:…
    source: str
    file: str
    text: bytes = b""  # so that a place in it can be printed with its line


class Checklist(NamedTuple):
    """What ready means, from one file or from all layers together."""

    service: Service = Service()
    tiers: Mapping[str, int] = _NOTHING  # the least critical tier that a service may name; "*" for the rest
    platform: Mapping[str, tuple[str, ...]] = _NOTHING
    sources: Mapping[str, SourceSpec] = _NOTHING
    evidence: Mapping[str, tuple[Ref, ...]] = _NOTHING
    manifests: tuple[ManifestEntry, ...] = ()  # for environments that name none
    declared: tuple[Declared, ...] = ()
    environments: tuple[EnvironmentSpec, ...] = ()
    items: tuple[Item, ...] = ()
    decision: DecisionPolicy = DecisionPolicy()
    extends: tuple[Extension, ...] = ()
    placeholders: tuple[Location, ...] = ()
    layers: tuple[Layer, ...] = ()
    origins: Mapping[str, Location] = _NOTHING  # "service.tier", "waivers.max-days.error", "fail-on" …

    @property
    def tier(self) -> int:
        """The tier that the service is judged at: the most critical one that a layer names."""
        named = (self.service.tier, self.tiers.get(self.service.name, self.tiers.get("*")))
        return min((tier for tier in named if tier is not None), default=DEFAULT_TIER)


def parse(
    text: bytes, file: str, known: Mapping[str, CheckOf], source: str = REPOSITORY, ref: str = ""
) -> Checklist:
    """What one checklist file says by itself; `extends` is kept, not followed.

    Args:
        text: the file.
        file: its path inside `source`, for errors and origins.
        known: the checks that items may name.
        source: the tree that it comes from.
        ref: how another layer names it.

    Raises:
        ChecklistError: with all that is wrong in it, a line each.
    """
    from readiness.checklist_reader import ChecklistReader

    return ChecklistReader(text, file, known, source, ref).checklist()


def builtin_profile(name: str) -> bytes:
    """The text of a profile that is shipped, such as `standard@1`.

    Raises:
        ChecklistError: there is none of that name and version; the text lists those that there are.
    """
    from readiness.layers import read_profile

    return read_profile(name)
