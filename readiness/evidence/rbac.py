"""Roles, their bindings and service accounts: who may do what.

Reads Role, ClusterRole, RoleBinding and ClusterRoleBinding of rbac.authorization.k8s.io, and ServiceAccounts.
An aggregated ClusterRole has the rules of those that its selectors take, and of these in turn; so have the
built-in roles admin, edit and view by their labels. What clusters keep themselves is read and marked.
Ignored on purpose: what other authorisers (Node, webhooks, a cloud's IAM) allow.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import NotApplicable, Unknown
from readiness.evidence.effective import items, mapping, text
from readiness.evidence.manifests import Manifests, OfObject
from readiness.evidence.scalers import same_namespace
from readiness.evidence.selected import ByLabels
from readiness.known import Unreadable
from readiness.outcome import Location

GROUP = "rbac.authorization.k8s.io"
ANY = "*"
EVERY_VERB = frozenset({"get", "list", "watch", "create", "update", "patch", "delete"})
CLUSTER_ADMIN = "cluster-admin"
# Source: Kubernetes, "Using RBAC Authorization", user-facing roles.
BUILT_IN = frozenset({CLUSTER_ADMIN, "admin", "edit", "view"})
# plugin/pkg/auth/authorizer/rbac/bootstrappolicy/namespace_policy.go: the one role without the prefix
AUTHENTICATION_READER = ("Role", "extension-apiserver-authentication-reader")
KEPT_BY_CLUSTER = (
    "system:",
    "gce:",
)  # what the control plane, or Google's, writes back


class Rule(NamedTuple):
    """One rule of a role: its verbs on its resources, or only on those of some names."""

    groups: frozenset[str]
    resources: frozenset[str]
    verbs: frozenset[str]
    names: frozenset[str]
    at: Location

    @property
    def everything(self) -> bool:
        """All verbs on all resources of all groups."""
        return (
            ANY in self.groups
            and ANY in self.resources
            and not self.names
            and (ANY in self.verbs or self.verbs >= EVERY_VERB)
        )

    def on(self, group: str, resource: str) -> bool:
        """Whether it is about a resource, or a subresource such as `pods/exec`.

        Source: Kubernetes, pkg/apis/rbac/v1/evaluation_helpers.go: `*` takes subresources too,
        `*/exec` those of every resource, `pods/*` nothing.
        """
        if group not in self.groups and ANY not in self.groups:
            return False
        below = resource.partition("/")[2]
        return (
            resource in self.resources
            or ANY in self.resources
            or (bool(below) and f"{ANY}/{below}" in self.resources)
        )

    def verbs_of(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Those of some verbs that it gives, in their order."""
        return tuple(verb for verb in wanted if verb in self.verbs or ANY in self.verbs)


class Role(OfObject):
    """One Role or ClusterRole."""

    __slots__ = ("__dict__",)

    kinds: ClassVar[frozenset[str]] = frozenset({"Role", "ClusterRole"})
    looked_for: ClassVar[str] = "Role, ClusterRole"
    noun: ClassVar[str] = "role"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("Role", "ClusterRole"):
            if found.group == GROUP:
                yield cls(found)

    @property
    def kind(self) -> str:
        return self.object.kind

    @property
    def kept_by_cluster(self) -> bool:
        """The cluster has it itself: by its name it is none that a team wrote."""
        return self.name.startswith(KEPT_BY_CLUSTER) or (self.kind == "ClusterRole" and self.name in BUILT_IN)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are written in it; raises Unknown where one is malformed."""
        return tuple(_rule(self, index) for index in range(len(items(self.body, self.at, "rules"))))

    @cached_property
    def aggregates(self) -> tuple[Mapping[str, Any], ...]:
        """Selectors of the ClusterRoles whose rules it is given; raises Unknown where they are malformed."""
        if self.kind != "ClusterRole":
            return ()
        keys = ("aggregationRule", "clusterRoleSelectors")
        listed = items(self.body, self.at, *keys)
        return tuple(mapping(self.body, self.at, *keys, index) for index in range(len(listed)))


class BoundTo(NamedTuple):
    """One subject of a binding: User, Group or ServiceAccount."""

    kind: str
    namespace: str
    name: str
    at: Location

    def __str__(self) -> str:
        where = f" of namespace {self.namespace}" if self.kind == "ServiceAccount" and self.namespace else ""
        return f"{self.kind} {self.name}{where}"


class Binding(OfObject):
    """One RoleBinding or ClusterRoleBinding."""

    __slots__ = ("__dict__",)

    kinds: ClassVar[frozenset[str]] = frozenset({"RoleBinding", "ClusterRoleBinding"})
    looked_for: ClassVar[str] = "RoleBinding, ClusterRoleBinding"
    noun: ClassVar[str] = "binding"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("RoleBinding", "ClusterRoleBinding"):
            if found.group == GROUP:
                yield cls(found)

    @property
    def everywhere(self) -> bool:
        """It counts in every namespace."""
        return self.object.kind == "ClusterRoleBinding"

    @property
    def kept_by_cluster(self) -> bool:
        return self.name.startswith(KEPT_BY_CLUSTER) or (self.everywhere and self.name == CLUSTER_ADMIN)

    @property
    def role_at(self) -> Location:
        return self.at.at("roleRef")

    @cached_property
    def role(self) -> tuple[str, str]:
        """Kind and name of the role; raises Unknown where the reference has none."""
        kind = text(self.body, self.at, "roleRef", "kind")
        name = text(self.body, self.at, "roleRef", "name")
        if kind is None or name is None or kind.value not in Role.kinds:
            why = f"roleRef of {self.label} names no kind Role or ClusterRole with a name"
            raise Unknown(why, self.role_at, "name kind and name of the role")
        return kind.value, name.value

    @cached_property
    def subjects(self) -> tuple[BoundTo, ...]:
        """Whom it gives the role; a ServiceAccount without a namespace is of the binding's own.

        Source: Kubernetes, pkg/registry/rbac/validation/rule.go, appliesToUser.
        """
        found = []
        for index in range(len(items(self.body, self.at, "subjects"))):
            at = self.at.at("subjects", index)
            body = mapping(self.body, self.at, "subjects", index)
            kind, name, own = text(body, at, "kind"), text(body, at, "name"), text(body, at, "namespace")
            if kind is None or name is None:
                raise Unknown(f"a subject of {self.label} has no kind or no name", at)
            namespace = own.value if own is not None else "" if self.everywhere else self.namespace
            found.append(BoundTo(kind.value, namespace, name.value, at))
        return tuple(found)


class ServiceAccount(OfObject):
    """One ServiceAccount."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset({"ServiceAccount"})
    looked_for: ClassVar[str] = "ServiceAccount"
    noun: ClassVar[str] = "service account"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("ServiceAccount"):
            if found.group == "":
                yield cls(found)


class Roles:
    """What each binding gives, aggregation included."""

    kinds: ClassVar[frozenset[str]] = Role.kinds

    def __init__(self, roles: tuple[Role, ...], lost: tuple[Unreadable, ...] = ()) -> None:
        self._lost = lost
        self._by_name: dict[tuple[str, str], list[Role]] = {}
        for role in roles:
            self._by_name.setdefault((role.kind, role.name), []).append(role)
        self._labelled = ByLabels(("", _labels(role), role) for role in roles if role.kind == "ClusterRole")
        self._resolved: dict[Location, tuple[Role, ...]] = {}

    @classmethod
    def collect(cls, manifests: Manifests, roles: tuple[Role, ...]) -> Self:
        lost = tuple(one for one in manifests.unreadable if one.could_hold(cls.kinds))
        return cls(roles, lost)

    def find(self, binding: Binding) -> tuple[Role, ...]:
        """The roles that a binding names: none, or one, or several that stand twice."""
        kind, name = binding.role
        listed = self._by_name.get((kind, name), [])
        if kind == "Role":
            listed = [one for one in listed if same_namespace(one.namespace, binding.namespace)]
        return tuple(listed)

    def others(self, binding: Binding) -> tuple[Role, ...]:
        """Roles of the same name that a binding does not name: of the other kind, or of another namespace."""
        _, name = binding.role
        return tuple(one for kind in sorted(Role.kinds) for one in self._by_name.get((kind, name), ()))

    def granted(self, binding: Binding) -> tuple[Rule, ...]:
        """The rules that a binding gives its subjects.

        Raises:
            NotApplicable: its role is not in these manifests.
            Unknown: the role, or one that it aggregates, is malformed; or could be in what was not read.
        """
        found = self.find(binding)
        if not found:
            self.complete()
            kind, name = binding.role
            raise NotApplicable(f"{kind} {name} is not in these manifests")
        return tuple(rule for role in found for one in self._parts(role) for rule in one.rules)

    def complete(self) -> None:
        """Raises Unknown where some object that could be a role was not read."""
        for lost in self._lost:
            raise Unknown(lost.why, lost.at, lost.fix)

    def _parts(self, role: Role) -> tuple[Role, ...]:
        """The roles whose rules a role has: itself, or what it aggregates.

        Source: Kubernetes, "Using RBAC Authorization", aggregated ClusterRoles: the control plane overwrites
        the rules of a role that has an aggregationRule.
        """
        if role.at not in self._resolved:
            parts: list[Role] = []
            waiting, seen = [role], {role.at}
            while waiting:
                one = waiting.pop()
                selectors = _selectors(one)
                if not selectors or one.name in BUILT_IN:
                    parts.append(one)
                for selector in selectors:
                    for found in self._labelled.selected(selector, None):
                        if found.at not in seen:
                            seen.add(found.at)
                            waiting.append(found)
            self._resolved[role.at] = tuple(parts)
        return self._resolved[role.at]


class Accounts:
    """Service accounts by name."""

    kinds: ClassVar[frozenset[str]] = ServiceAccount.kinds

    def __init__(self, accounts: tuple[ServiceAccount, ...], lost: tuple[Unreadable, ...] = ()) -> None:
        self._lost = lost
        self._by_name: dict[str, list[ServiceAccount]] = {}
        self._in: dict[str, list[ServiceAccount]] = {}
        for one in accounts:
            self._by_name.setdefault(one.name, []).append(one)
            self._in.setdefault(one.namespace, []).append(one)

    @classmethod
    def collect(cls, manifests: Manifests, accounts: tuple[ServiceAccount, ...]) -> Self:
        lost = tuple(one for one in manifests.unreadable if one.could_hold(cls.kinds))
        return cls(accounts, lost)

    def holds(self, subject: BoundTo) -> bool:
        listed = self._by_name.get(subject.name, ())
        return any(same_namespace(one.namespace, subject.namespace) for one in listed)

    def named(self, name: str) -> tuple[ServiceAccount, ...]:
        """Accounts of a name, of every namespace."""
        return tuple(self._by_name.get(name, ()))

    def of_namespace(self, namespace: str) -> tuple[ServiceAccount, ...]:
        return tuple(self._in.get(namespace, ()))

    def complete(self) -> None:
        """Raises Unknown where some object that could be an account was not read."""
        for lost in self._lost:
            raise Unknown(lost.why, lost.at, lost.fix)


def _selectors(role: Role) -> tuple[Mapping[str, Any], ...]:
    """By which labels a role is given the rules of others; the built-in ones have labels of their own."""
    if role.kind == "ClusterRole" and role.name in BUILT_IN and not role.aggregates:
        return ({"matchLabels": {f"rbac.authorization.k8s.io/aggregate-to-{role.name}": "true"}},)
    return role.aggregates


def _rule(role: Role, index: int) -> Rule:
    at = role.at.at("rules", index)
    body = mapping(role.body, role.at, "rules", index)
    fields = ("apiGroups", "resources", "verbs", "resourceNames")
    groups, resources, verbs, names = (_words(body, at, field) for field in fields)
    return Rule(groups, resources, verbs, names, at)


def _words(body: Mapping[str, Any], at: Location, field: str) -> frozenset[str]:
    found = items(body, at, field)
    for index, one in enumerate(found):
        if not isinstance(one, str):
            raise Unknown(f"{field} has {one!r:.60} where a text is expected", at.at(field, index))
    return frozenset(found)


def _labels(role: Role) -> Mapping[str, str]:
    try:
        return role.object.labels
    except Unknown:
        return {}  # malformed metadata: the checks that read it say so
