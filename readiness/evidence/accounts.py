"""The ServiceAccount of each pod, whether its token is mounted, and whether a binding gives it rights.

Reads the pod's `serviceAccountName` (and the old `serviceAccount`), ServiceAccount, RoleBinding and
ClusterRoleBinding. Ignored on purpose: groups of accounts other than those of a namespace or of the cluster,
and tokens that a projected volume asks for by itself.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

from readiness.errors import Unknown
from readiness.evidence.effective import Value, boolean, items, text
from readiness.evidence.manifests import Manifests, PodTemplate
from readiness.evidence.references import Objects
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

GROUP = "system:serviceaccounts"


class Rights:
    """ServiceAccounts to which bindings of these manifests give something."""

    kinds: ClassVar[frozenset[str]] = frozenset({"RoleBinding", "ClusterRoleBinding"})

    def __init__(self, accounts: frozenset[tuple[str, str]], namespaces: frozenset[str]) -> None:
        self._accounts = accounts
        self._namespaces = namespaces

    @classmethod
    def collect(cls, manifests: Manifests) -> Self:
        accounts: set[tuple[str, str]] = set()
        namespaces: set[str] = set()
        for found in manifests.of("RoleBinding", "ClusterRoleBinding"):
            try:
                subjects = items(found.body, found.at, "subjects")
            except Unknown:
                continue  # malformed: it gives nothing that could be told
            for one in subjects:
                if not isinstance(one, dict):
                    continue
                name = str(one.get("name") or "")
                if one.get("kind") == "ServiceAccount":
                    accounts.add((str(one.get("namespace") or found.namespace), name))
                elif one.get("kind") == "Group" and name.startswith(GROUP):
                    namespaces.add(name.removeprefix(GROUP).removeprefix(":"))
        return cls(frozenset(accounts), frozenset(namespaces))

    def held_by(self, namespace: str, name: str) -> bool:
        if namespace in self._namespaces or "" in self._namespaces:
            return True
        if not namespace and name != "default":  # which namespace it will be is said when it is applied
            return any(one == name for _, one in self._accounts)
        return (namespace, name) in self._accounts or ("", name) in self._accounts


class PodAccount:
    """The account that the pods of one object run as."""

    __slots__ = (
        "__dict__",
        "_objects",
        "_rights",
        "_template",
        "at",
        "body",
        "label",
        "namespace",
        "subject",
    )

    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "pod templates"
    noun: ClassVar[str] = "pod template"

    def __init__(self, template: PodTemplate, objects: Objects, rights: Rights) -> None:
        self._template = template
        self._objects = objects
        self._rights = rights
        self.body: Mapping[str, Any] = template.body
        self.at: Location = template.at
        self.label = template.label
        self.subject: Subject = template.subject
        self.namespace = template.workload.namespace

    @classmethod
    def collect(
        cls, templates: tuple[PodTemplate, ...], objects: Objects, rights: Rights
    ) -> Iterator[Self | Unreadable]:
        for template in templates:
            yield cls(template, objects, rights)

    @cached_property
    def name(self) -> Value[str]:
        """`default` where the pod names none; the old field counts where the new one is left out.

        Source: Kubernetes API, core/v1 PodSpec.serviceAccountName and serviceAccount.
        """
        for field in ("serviceAccountName", "serviceAccount"):
            found = text(self.body, self.at, field)
            if found is not None and found.value:
                return found
        at = self.at.at("serviceAccountName")
        return Value("default", at, "default of the Kubernetes API server")

    @cached_property
    def mounts(self) -> Value[bool]:
        """Whether the token is mounted: the pod's word counts, else the account's, else it is.

        Source: Kubernetes API, core/v1 PodSpec.automountServiceAccountToken.
        """
        own = boolean(self.body, self.at, "automountServiceAccountToken")
        if own is not None:
            return own
        for account in self._objects.get("ServiceAccount", self.namespace, self.name.value):
            said = boolean(account.body, account.at, "automountServiceAccountToken")
            if said is not None:
                return said
        at = self.at.at("automountServiceAccountToken")
        return Value(True, at, "default of the Kubernetes API server")

    @property
    def bound(self) -> bool:
        """A binding gives the account rights."""
        return self._rights.held_by(self.namespace, self.name.value)


class NamedAccount(PodAccount):
    """The account of pods that name one."""

    __slots__ = ()

    looked_for: ClassVar[str] = "pods that name a ServiceAccount"

    @classmethod
    def collect(
        cls, templates: tuple[PodTemplate, ...], objects: Objects, rights: Rights
    ) -> Iterator[Self | Unreadable]:
        for template in templates:
            if template.body.get("serviceAccountName") or template.body.get("serviceAccount"):
                yield cls(template, objects, rights)
