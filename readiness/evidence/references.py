"""References from one object to another by name, and what is there to be named.

Reads what pods name (ConfigMaps and Secrets of `env`, `envFrom`, volumes and projected volumes, image pull
secrets, claims), the pull secrets of ServiceAccounts, and the TLS secrets of Ingresses. Beside the objects
themselves it knows those that are made of others in the tree: by ExternalSecret and ClusterExternalSecret,
SealedSecret, SopsSecret, SecretProviderClass (`secretObjects`), cert-manager's Certificate and its
annotations on an Ingress, trust-manager's Bundle, the operators of Vault, 1Password, Infisical, Doppler and
Azure Key Vault, kustomize's generators, and the claims of a StatefulSet. A custom resource that gives its
name to others (`orders-db` makes `orders-db-app`), a Helm release and a Job that has the name in its
arguments are taken as makers, too.
Ignored on purpose: references with `optional: true`, which may lead nowhere, and objects that a program
reads through the API.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.context import Declaration, Named
from readiness.evidence.documents import Documents
from readiness.evidence.effective import boolean, items, mapping, raw, text
from readiness.evidence.manifests import Container, KubernetesObject, Manifests, PodTemplate
from readiness.evidence.scalers import same_namespace
from readiness.evidence.selected import makes_pods
from readiness.evidence.targets import FEW_EDITS, FEW_NAMES, edits
from readiness.known import Unreadable
from readiness.outcome import Location, Subject

GROUPS: Mapping[str, str] = {
    "ConfigMap": "",
    "Secret": "",
    "ServiceAccount": "",
    "PersistentVolumeClaim": "",
    "Service": "",
    "Gateway": "gateway.networking.k8s.io",
}
ALWAYS = {  # in every namespace of a cluster
    "ServiceAccount": frozenset({"default", "builder", "deployer"}),  # the last two by OpenShift
    "ConfigMap": frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"}),
}
ISSUERS = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_INSTALLERS = {"HelmRelease": "releaseName", "HelmChart": "chart", "Application": "source"}
_OWN_NAME = {  # group → kinds whose Secret has the name of the object itself
    "onepassword.com": ("OnePasswordItem",),
    "ricoberger.de": ("VaultSecret",),
    "kafka.strimzi.io": ("KafkaUser",),
}
_NAMED_AT: Mapping[tuple[str, str], tuple[str, ...]] = {  # where a custom resource names the Secret it makes
    ("secrets.hashicorp.com", "VaultStaticSecret"): ("spec", "destination", "name"),
    ("secrets.hashicorp.com", "VaultDynamicSecret"): ("spec", "destination", "name"),
    ("secrets.hashicorp.com", "VaultPKISecret"): ("spec", "destination", "name"),
    ("secrets.infisical.com", "InfisicalSecret"): ("spec", "managedSecretReference", "secretName"),
    ("secrets.doppler.com", "DopplerSecret"): ("spec", "managedSecret", "name"),
    ("spv.no", "AzureKeyVaultSecret"): ("spec", "output", "secret", "name"),
    ("cert-manager.io", "Certificate"): ("spec", "secretName"),
}
_WORD = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")


class Made(NamedTuple):
    """An object that is made of another one in the tree when it is applied."""

    kind: str
    namespace: str  # "" for any
    name: str
    at: Location
    keys: frozenset[str] | None = None  # what it will hold, where that can be told
    sure: bool = True  # False where it may as well be another thing of that name


class Near(NamedTuple):
    """The object that was probably meant."""

    name: str
    namespace: str
    at: Location
    slip: bool  # its name differs by a slip of the hand; else it has the name, in another namespace


class Objects:
    """What references can lead to in an environment."""

    kinds: ClassVar[frozenset[str]] = frozenset(GROUPS)

    def __init__(
        self,
        objects: tuple[KubernetesObject, ...],
        made: Iterable[Made] = (),
        declared: tuple[Declaration, ...] = (),
        lost: tuple[Unreadable, ...] = (),
    ) -> None:
        self._lost = lost
        self._found: dict[tuple[str, str], list[KubernetesObject]] = {}
        self._made: dict[tuple[str, str], list[Made]] = {}
        self._by_length: dict[tuple[str, str, int], list[Near]] = {}
        self._near: dict[tuple[str, str, str], Near | None] = {}
        self._namespaces: dict[str, set[str]] = {}
        self._owners: dict[str, list[KubernetesObject]] = {}
        self._declared: dict[str, list[Declaration]] = {}
        for found in objects:
            if GROUPS.get(found.kind) == found.group:
                self._found.setdefault((found.kind, found.name), []).append(found)
                self._add(found.kind, found.name, found.namespace, found.at)
            elif makes_pods(found) or found.kind in _INSTALLERS:
                for name in _given_names(found):
                    self._owners.setdefault(name, []).append(found)
        for one in made:
            self._made.setdefault((one.kind, one.name), []).append(one)
            if one.sure:
                self._add(one.kind, one.name, one.namespace, one.at)
        for entry in declared:
            self._declared.setdefault(entry.kind, []).append(entry)

    @classmethod
    def collect(cls, manifests: Manifests, named: Named, documents: Documents) -> Self:
        made = [*_made(manifests.objects), *_generated(documents)]
        declared = tuple(one for one in named.declared if one.kind in GROUPS)
        return cls(manifests.objects, made, declared, manifests.unreadable)

    def get(self, kind: str, namespace: str, name: str) -> tuple[KubernetesObject, ...]:
        """The objects in the tree of that name, where one that names no namespace is where it is applied."""
        listed = self._found.get((kind, name), ())
        return tuple(one for one in listed if same_namespace(one.namespace, namespace))

    def made(self, kind: str, namespace: str, name: str) -> tuple[Made, ...]:
        listed = self._made.get((kind, name), ())
        return tuple(one for one in listed if same_namespace(one.namespace, namespace))

    def missing(self, kind: str, namespace: str, name: str) -> bool:
        """Whether nothing in the tree has or makes the object, and nobody declares it.

        Raises:
            Unknown: something that could have held it was not read.
        """
        if (
            name in ALWAYS.get(kind, ())
            or self.get(kind, namespace, name)
            or self.made(kind, namespace, name)
        ):
            return False
        if self.declared(kind, namespace, name) or self._owned(namespace, name):
            return False
        for lost in self._lost:
            if lost.could_hold(frozenset({kind})):
                raise Unknown(lost.why, lost.at, lost.fix)
        return True

    def declared(self, kind: str, namespace: str, name: str) -> bool:
        """Whether the checklist says that it is made elsewhere."""
        return any(
            fnmatchcase(name, one.values.get("name", ""))
            and same_namespace(one.values.get("namespace", ""), namespace)
            for one in self._declared.get(kind, ())
        )

    def among(self, kind: str, namespace: str) -> bool:
        """Whether the tree has or makes any object of a kind in a namespace."""
        return any(same_namespace(one, namespace) for one in self._namespaces.get(kind, ()))

    def near(self, kind: str, namespace: str, name: str) -> Near | None:
        """The object whose name differs by a slip, else the one of that name in another namespace."""
        key = (kind, namespace, name)
        if key not in self._near:
            self._near[key] = self._slip_of(*key) or self._elsewhere(kind, name)
        return self._near[key]

    def _slip_of(self, kind: str, namespace: str, name: str) -> Near | None:
        slips = min(FEW_EDITS, len(name) // 4)
        letters = set(name)
        near: list[tuple[int, Near]] = []
        for space in (namespace, "") if namespace else tuple(self._namespaces.get(kind, ())):
            for length in range(len(name) - slips, len(name) + slips + 1) if slips else ():
                listed = self._by_length.get((kind, space, length), ())
                for one in listed if len(listed) <= FEW_NAMES else ():
                    # each edit changes two letters of the set at most
                    if one.name == name or len(letters.symmetric_difference(one.name)) > 2 * slips:
                        continue
                    distance = edits(one.name, name)
                    if distance <= slips and not _siblings(one.name, name):
                        near.append((distance, one))
        return min(near, key=lambda one: (one[0], one[1].name), default=(0, None))[1]

    def _elsewhere(self, kind: str, name: str) -> Near | None:
        listed = self._found.get((kind, name))
        return Near(name, listed[0].namespace, listed[0].at, False) if listed else None

    def _owned(self, namespace: str, name: str) -> bool:
        """Whether a custom resource gives this name to what its operator makes."""
        if not self._owners:
            return False
        ends = [found.start() for found in re.finditer(r"[-.]", name)] + [len(name)]
        return any(
            one.kind in _INSTALLERS or same_namespace(one.namespace, namespace)
            for end in ends
            for one in self._owners.get(name[:end], ())
        )

    def _add(self, kind: str, name: str, namespace: str, at: Location) -> None:
        self._by_length.setdefault((kind, namespace, len(name)), []).append(Near(name, namespace, at, True))
        self._namespaces.setdefault(kind, set()).add(namespace)


def _siblings(one: str, other: str) -> bool:
    """Whether two names differ in a number or a last letter only: db-1 and db-2, cache-a and cache-b."""
    if re.sub(r"[-.]?\d+", "", one) == re.sub(r"[-.]?\d+", "", other):
        return True
    return one[:-1] == other[:-1] and one[-2:-1] in ("-", ".")


def _given_names(found: KubernetesObject) -> Iterator[str]:
    yield found.name
    field = _INSTALLERS.get(found.kind)
    spec = found.body.get("spec")
    given = spec.get(field) if field and isinstance(spec, dict) else None
    if isinstance(given, dict):
        helm = given.get("helm")
        given = helm.get("releaseName") if isinstance(helm, dict) else None
    if isinstance(given, str) and given:
        yield given


# What is made of other objects


def _made(objects: Iterable[KubernetesObject]) -> Iterator[Made]:
    for found in objects:
        try:
            yield from _made_of(found)
        except Unknown:
            continue  # malformed: it makes nothing that could be told


def _made_of(found: KubernetesObject) -> Iterator[Made]:
    kind, group, body, at = found.kind, found.group, found.body, found.at
    if group in ("", "apps"):
        if kind == "StatefulSet":
            yield from _claims(found)
    elif kind == "Job" and group == "batch":
        yield from _named_by_job(found)
    elif kind == "Ingress":
        if any(key in found.annotations for key in ISSUERS):
            for index, entry in enumerate(items(body, at, "spec", "tls")):
                name = text(entry, at.at("spec", "tls", index), "secretName")
                if name is not None:
                    yield Made("Secret", found.namespace, name.value, name.at)
    elif kind in ("ExternalSecret", "ClusterExternalSecret"):
        yield _external(found)
    elif kind == "SealedSecret" and group == "bitnami.com":
        name = text(body, at, "spec", "template", "metadata", "name")
        keys = {*mapping(body, at, "spec", "encryptedData"), *mapping(body, at, "spec", "template", "data")}
        held = frozenset(str(key) for key in keys)
        yield Made("Secret", found.namespace, name.value if name else found.name, at, held)
    elif kind == "SecretProviderClass":
        for index, entry in enumerate(items(body, at, "spec", "secretObjects")):
            name = text(entry, at.at("spec", "secretObjects", index), "secretName")
            if name is not None:
                yield Made("Secret", found.namespace, name.value, name.at)
    elif kind == "SopsSecret":
        for index, entry in enumerate(items(body, at, "spec", "secretTemplates")):
            name = text(entry, at.at("spec", "secretTemplates", index), "name")
            if name is not None:
                yield Made("Secret", found.namespace, name.value, name.at)
    elif kind == "Bundle" and group == "trust.cert-manager.io":
        yield Made("ConfigMap", "", found.name, at)
        yield Made("Secret", "", found.name, at)
    elif kind in _OWN_NAME.get(group, ()):
        yield Made("Secret", found.namespace, found.name, at)
    elif (group, kind) in _NAMED_AT:
        name = text(body, at, *_NAMED_AT[group, kind])
        if name is not None:
            yield Made("Secret", found.namespace, name.value, name.at)


def _external(found: KubernetesObject) -> Made:
    """The Secret of an ExternalSecret: of its own name where its target has none."""
    cluster = found.kind == "ClusterExternalSecret"
    keys: tuple[str, ...] = ("spec", "externalSecretSpec") if cluster else ("spec",)
    body, at = found.body, found.at
    name = text(body, at, *keys, "target", "name")
    own = text(body, at, "spec", "externalSecretName") if cluster else None
    held: frozenset[str] | None = None
    # a template or a whole secret may give it any keys
    if not raw(body, at, *keys, "dataFrom") and not raw(body, at, *keys, "target", "template"):
        entries = items(body, at, *keys, "data")
        held = frozenset(str(one.get("secretKey")) for one in entries if isinstance(one, dict)) or None
    chosen = name or own
    namespace = "" if cluster else found.namespace
    return Made(
        "Secret", namespace, chosen.value if chosen else found.name, chosen.at if chosen else at, held
    )


def _claims(found: KubernetesObject) -> Iterator[Made]:
    """The first claims of a StatefulSet, which other pods may use, such as those that back them up."""
    replicas = raw(found.body, found.at, "spec", "replicas")
    count = replicas if isinstance(replicas, int) else 1
    for index, template in enumerate(items(found.body, found.at, "spec", "volumeClaimTemplates")):
        at = found.at.at("spec", "volumeClaimTemplates", index)
        name = text(template, at, "metadata", "name")
        if name is not None:
            for ordinal in range(min(max(count, 1), 100)):
                whole = f"{name.value}-{found.name}-{ordinal}"
                yield Made("PersistentVolumeClaim", found.namespace, whole, name.at)


def _named_by_job(found: KubernetesObject) -> Iterator[Made]:
    """Names in the arguments of a Job: it may make a Secret or ConfigMap of such a name."""
    spec_at = found.at.at("spec", "template", "spec")
    spec = raw(found.body, found.at, "spec", "template", "spec")
    words: set[str] = set()
    for group in ("initContainers", "containers"):
        for container in items(spec, spec_at, group):
            for field in ("command", "args") if isinstance(container, dict) else ():
                listed = container.get(field)
                for argument in listed if isinstance(listed, list) else ():
                    words.update(_WORD.findall(str(argument)[:10_000]))
    for word in sorted(words):
        if len(word) > 2:
            yield Made("Secret", found.namespace, word, found.at, sure=False)
            yield Made("ConfigMap", found.namespace, word, found.at, sure=False)


def _generated(documents: Documents) -> Iterator[Made]:
    """What kustomize's generators make, by the names that are written in the bases."""
    for document in documents.documents(documents.named(*_KUSTOMIZATIONS)):
        if isinstance(document, Unreadable) or not isinstance(document.value, dict):
            continue
        for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            listed = document.value.get(field)
            for index, entry in enumerate(listed if isinstance(listed, list) else ()):
                if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                    yield Made(kind, "", entry["name"], document.at.at(field, index, "name"))


# What objects name


class Reference(NamedTuple):
    """One place where an object names another one of its namespace."""

    kind: str
    name: str
    at: Location
    by: str  # what names it: "container web", "volume settings", "spec.tls"
    keys: tuple[tuple[str, Location], ...] = ()  # keys that it asks for


class References:
    """Everything that objects name, but for what is optional."""

    kinds: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self, named: "tuple[tuple[Subject, str, str, Location, tuple[Reference, ...]], ...]"
    ) -> None:
        self.named = named

    @classmethod
    def collect(cls, manifests: Manifests, templates: tuple[PodTemplate, ...]) -> Self:
        found = []
        for template in templates:
            held = _held(_of_pod(template))
            if held:
                namespace = template.workload.namespace
                found.append((template.subject, template.label, namespace, template.at, held))
        for one, references in _of_others(manifests):
            held = _held(references)
            if held:
                found.append((one.subject, one.label, one.namespace, one.at, held))
        return cls(tuple(found))


def _held(references: Iterator[Reference]) -> tuple[Reference, ...]:
    """As far as an object can be read: what is malformed in it is another check's."""
    found = []
    try:
        for one in references:
            found.append(one)
    except Unknown:
        pass
    return tuple(found)


def _of_others(manifests: Manifests) -> Iterator[tuple[KubernetesObject, Iterator[Reference]]]:
    for found in manifests.of("Ingress"):
        yield found, _of_ingress(found)
    for found in manifests.of("ServiceAccount"):
        if found.group == "":
            yield found, _pull_secrets(found.body, found.at, "imagePullSecrets")


def _of_ingress(found: KubernetesObject) -> Iterator[Reference]:
    for index, entry in enumerate(items(found.body, found.at, "spec", "tls")):
        name = text(entry, found.at.at("spec", "tls", index), "secretName")
        if name is not None and name.value:
            yield Reference("Secret", name.value, name.at, "spec.tls")


def _pull_secrets(body: Any, at: Location, *keys: str) -> Iterator[Reference]:
    for index, entry in enumerate(items(body, at, *keys)):
        name = text(entry, at.at(*keys, index), "name")
        if name is not None and name.value:
            yield Reference("Secret", name.value, name.at, "imagePullSecrets")


def _of_pod(template: PodTemplate) -> Iterator[Reference]:
    spec, at = template.body, template.at
    yield from _pull_secrets(spec, at, "imagePullSecrets")
    for index, volume in enumerate(items(spec, at, "volumes")):
        if isinstance(volume, dict):
            yield from _of_volume(volume, at.at("volumes", index))
    for container in template.workload.all_containers:
        if "env" in container.body or "envFrom" in container.body:
            yield from _of_container(container)


def _of_volume(volume: Mapping[str, Any], at: Location) -> Iterator[Reference]:
    by = f"volume {volume.get('name')}"
    if "secret" in volume:
        yield from _source(volume, at, "Secret", by, "secretName", "secret")
    if "configMap" in volume:
        yield from _source(volume, at, "ConfigMap", by, "name", "configMap")
    claim = text(volume, at, "persistentVolumeClaim", "claimName")
    if claim is not None and claim.value:
        yield Reference("PersistentVolumeClaim", claim.value, claim.at, by)
    if "projected" in volume:
        for index, source in enumerate(items(volume, at, "projected", "sources")):
            place = at.at("projected", "sources", index)
            yield from _source(source, place, "Secret", by, "name", "secret")
            yield from _source(source, place, "ConfigMap", by, "name", "configMap")


def _of_container(container: Container) -> Iterator[Reference]:
    by = f"container {container.name}"
    for index, source in enumerate(items(container.body, container.at, "envFrom")):
        at = container.at.at("envFrom", index)
        yield from _source(source, at, "ConfigMap", by, "name", "configMapRef")
        yield from _source(source, at, "Secret", by, "name", "secretRef")
    for index, entry in enumerate(items(container.body, container.at, "env")):
        if isinstance(entry, dict) and "valueFrom" in entry:
            at = container.at.at("env", index)
            yield from _source(entry, at, "ConfigMap", by, "name", "valueFrom", "configMapKeyRef")
            yield from _source(entry, at, "Secret", by, "name", "valueFrom", "secretKeyRef")


def _source(body: Any, at: Location, kind: str, by: str, name_key: str, *keys: str) -> Iterator[Reference]:
    name = text(body, at, *keys, name_key)
    if name is None or not name.value:
        return
    optional = boolean(body, at, *keys, "optional")
    if optional is not None and optional.value:
        return
    asked = []
    key = text(body, at, *keys, "key")
    if key is not None:
        asked.append((key.value, key.at))
    for index, item in enumerate(items(body, at, *keys, "items")):
        key = text(item, at.at(*keys, "items", index), "key")
        if key is not None:
            asked.append((key.value, key.at))
    yield Reference(kind, name.value, name.at, by, tuple(asked))


class Naming:
    """An object that names others of one kind."""

    __slots__ = ("at", "label", "namespace", "references", "subject")

    of: ClassVar[str] = ""

    def __init__(
        self, subject: Subject, label: str, namespace: str, at: Location, references: tuple[Reference, ...]
    ) -> None:
        self.subject = subject
        self.label = label
        self.namespace = namespace
        self.at = at
        self.references = references

    @classmethod
    def collect(cls, references: References) -> Iterator[Self | Unreadable]:
        for subject, label, namespace, at, held in references.named:
            own = tuple(filter(cls._is_meant, held))
            if own:
                yield cls(subject, label, namespace, at, own)

    @classmethod
    def _is_meant(cls, reference: Reference) -> bool:
        return reference.kind == cls.of


class NamesConfigMaps(Naming):
    """An object that names ConfigMaps."""

    __slots__ = ()

    of: ClassVar[str] = "ConfigMap"
    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "pods that name a ConfigMap"


class NamesSecrets(Naming):
    """An object that names Secrets."""

    __slots__ = ()

    of: ClassVar[str] = "Secret"
    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "pods, ServiceAccounts and Ingresses that name a Secret"


class NamesClaims(Naming):
    """An object that names PersistentVolumeClaims."""

    __slots__ = ()

    of: ClassVar[str] = "PersistentVolumeClaim"
    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "pods that name a PersistentVolumeClaim"


class NamesKeys(Naming):
    """A pod that names keys of ConfigMaps and Secrets."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "pods that name a key of a ConfigMap or Secret"

    @classmethod
    def _is_meant(cls, reference: Reference) -> bool:
        return bool(reference.keys)


def keys_of(found: KubernetesObject) -> frozenset[str] | None:
    """The keys of a ConfigMap or Secret; None where something else fills it: it has none here.

    Raises:
        Unknown: what holds them is no mapping.
    """
    fields = ("data", "stringData") if found.kind == "Secret" else ("data", "binaryData")
    held = frozenset(str(key) for field in fields for key in mapping(found.body, found.at, field))
    return held or None
