"""Kubernetes objects of one environment: plain YAML, `List`, rendered charts and kustomizations.

Looks in what the environment's `manifests` name, else in what discovery found. Reads any object with
`apiVersion` and `kind`; workloads are Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController,
Job, CronJob, Pod, Argo's Rollout and OpenShift's DeploymentConfig. Objects without a namespace are in the
environment's.
Ignored on purpose: kustomize and Helm control files, and patches, which are no objects of their own.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

from readiness.arithmetic.quantity import parse_quantity
from readiness.errors import Unknown
from readiness.evidence import render
from readiness.evidence.context import Environment, ManifestEntry
from readiness.evidence.documents import OBJECTS, Document, Documents, File
from readiness.evidence.effective import (
    Value,
    boolean,
    items,
    mapping,
    or_default,
    raw,
    text,
    whole,
)
from readiness.known import Unreadable
from readiness.outcome import Location, Strength, Subject
from readiness.yaml_reader import YamlError, read

CONTROL_FILES = frozenset({"kustomize.config.k8s.io", "helm.sh"})


class KubernetesObject:
    """One object as the API server would get it."""

    __slots__ = ("__dict__", "api_version", "at", "body", "group", "kind", "name", "namespace", "subject")

    def __init__(self, body: dict[str, Any], at: Location, namespace: str) -> None:
        self.body = body
        self.at = at
        self.api_version = str(body.get("apiVersion") or "")
        self.kind = str(body.get("kind") or "")
        metadata = body.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        self.name = str(metadata.get("name") or metadata.get("generateName") or "")
        self.namespace = str(metadata.get("namespace") or namespace)
        self.subject = Subject(self.kind, self.namespace, self.name)
        self.group = self.api_version.rpartition("/")[0]

    @cached_property
    def labels(self) -> Mapping[str, str]:
        return _strings(raw(self.body, self.at, "metadata", "labels"))

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        return _strings(raw(self.body, self.at, "metadata", "annotations"))

    @property
    def label(self) -> str:
        """How a message starts that is about this object."""
        return f"{self.kind} {self.name}"

    def __repr__(self) -> str:
        return f"<{self.subject}>"


class Manifests:
    """Every object of one environment, by kind."""

    strength: Strength

    def __init__(
        self,
        objects: tuple[KubernetesObject, ...],
        unreadable: tuple[Unreadable, ...] = (),
        renderers: tuple[str, ...] = (),
        strength: Strength = "source",
    ) -> None:
        self.objects = objects
        self.unreadable = unreadable
        self.renderers = renderers
        self.strength = strength
        self.by_kind: dict[str, list[KubernetesObject]] = {}
        for found in objects:
            self.by_kind.setdefault(found.kind, []).append(found)

    @classmethod
    def collect(cls, environment: Environment, documents: Documents) -> Self:
        objects: list[KubernetesObject] = []
        unreadable: list[Unreadable] = []
        renderers: list[str] = []
        rendered = False
        for entry in environment.manifests:
            kind = _kind_of(entry, documents)
            try:
                if kind == "path":
                    found: Iterator[Document | Unreadable] = _plain(entry, environment, documents)
                else:
                    rendered = True
                    found = _rendered(kind, entry, environment, documents, renderers)
                for document in found:
                    if isinstance(document, Unreadable):
                        unreadable.append(document)
                    else:
                        objects.extend(objects_in(document.value, document.at, environment.namespace))
            except Unknown as wrong:
                at = wrong.at if isinstance(wrong.at, Location) else Location(entry.source, entry.path)
                unreadable.append(Unreadable(at, wrong.why, frozenset(), wrong.fix))
            rendered = rendered or entry.source.startswith("rendered")
        return cls(
            tuple(objects),
            tuple(dict.fromkeys(unreadable)),
            tuple(sorted(set(renderers))),
            "rendered" if rendered else "source",
        )

    def of(self, *kinds: str) -> Iterator[KubernetesObject]:
        for kind in kinds:
            yield from self.by_kind.get(kind, ())


def _kind_of(entry: ManifestEntry, documents: Documents) -> Literal["path", "chart", "kustomization"]:
    if entry.kind != "path":
        return entry.kind
    if entry.path.strip("/") in documents.charts(entry.source):
        return "chart"
    if entry.path.strip("/") in documents.kustomizations(entry.source):
        return "kustomization"
    return "path"


def _plain(
    entry: ManifestEntry, environment: Environment, documents: Documents
) -> Iterator[Document | Unreadable]:
    files = documents.under(entry.source, entry.path)
    if not files:
        raise Unknown(
            f"{entry.path} of source {entry.source} has no file",
            Location(entry.source, entry.path),
            f"correct the environment's manifests, or add {entry.path}",
        )
    single = len(files) == 1 and files[0].path == entry.path.strip("/")
    if not single:
        inside = frozenset(files)
        yield from _unread(inside, documents, entry.source)
        files = tuple(file for file in documents.marked(OBJECTS, entry.source) if file in inside)
    elif environment.discovered and documents.unread(entry.source):
        folder = files[0].folder
        beside = frozenset(file for file in documents.files(entry.source) if file.folder == folder)
        yield from _unread(beside, documents, entry.source)
    yield from documents.documents(files)


def _unread(files: frozenset[File], documents: Documents, source: str) -> Iterator[Unreadable]:
    """What could not even be looked at for a mark: it may hold any object."""
    for one in documents.unread(source):
        if File(source, one.at.file) in files:
            yield one._replace(kinds=frozenset())


def _rendered(
    kind: str, entry: ManifestEntry, environment: Environment, documents: Documents, renderers: list[str]
) -> Iterator[Document | Unreadable]:
    tree = documents.trees[entry.source]
    if kind == "chart":
        done = render.render_chart(
            tree,
            entry.path,
            tuple((documents.trees[ref.source], ref.path) for ref in entry.values),
            entry.release or entry.path.rstrip("/").rpartition("/")[2] or "release",
            entry.namespace or environment.namespace,
            environment.kubernetes_version,
        )
    else:
        done = render.render_kustomization(tree, entry.path)
    renderers.append(done.renderer)
    at = Location(entry.source, entry.path, precision="chart")
    try:
        parsed = read(done.text)
    except YamlError as wrong:
        raise Unknown(f"{entry.path} renders to no valid YAML: {wrong.message}", at) from wrong
    places = render.places_of(tree, entry.path, done.text) if kind == "chart" else ()
    bases = _bases(documents, entry) if kind == "kustomization" else {}
    for index, value in enumerate(parsed.documents):
        if value is not None:
            place = places[index] if index < len(places) else at._replace(document=index)
            place = _base_of(value, bases) or place
            yield Document(entry.source, place.file, index, value, place)


def _bases(documents: Documents, entry: ManifestEntry) -> dict[str, list[Document]]:
    """The objects that a kustomization starts from, by kind."""
    paths = render.kustomization_inputs(documents.trees[entry.source], entry.path)
    files = tuple(file for path in paths for file in documents.under(entry.source, path) if file.path == path)
    found: dict[str, list[Document]] = {}
    for document in documents.documents(
        tuple(file for file in files if file.path.endswith((".yaml", ".yml")))
    ):
        if isinstance(document, Document) and isinstance(document.value, dict):
            found.setdefault(str(document.value.get("kind")), []).append(document)
    return found


def _base_of(value: Any, bases: Mapping[str, list[Document]]) -> Location | None:
    """Where a rendered object stands before kustomize: exact where nothing but its metadata was changed."""
    if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
        return None
    name = str(value["metadata"].get("name"))
    plain = {key: part for key, part in value.items() if key != "metadata"}
    like: list[Document] = []
    for document in bases.get(str(value.get("kind")), ()):
        metadata = document.value.get("metadata")
        own = str(metadata.get("name")) if isinstance(metadata, dict) else ""
        if own and own in name:  # a prefix, suffix or hash may have been added
            if {key: part for key, part in document.value.items() if key != "metadata"} == plain:
                return document.at
            like.append(document)
    if len(like) != 1:
        return None  # a base and its patches: which of them says a value can't be told
    return like[0].at._replace(precision="template")


def objects_in(value: Any, at: Location, namespace: str) -> Iterator[KubernetesObject]:
    """The objects of one document, those of a list one by one."""
    if not isinstance(value, dict) or not value.get("kind") or not value.get("apiVersion"):
        return
    kind = str(value["kind"])
    listed = value.get("items")
    if kind.endswith("List") and isinstance(listed, list):
        for index, item in enumerate(listed):
            yield from objects_in(item, at.at("items", index), namespace)
        return
    found = KubernetesObject(value, at, namespace)
    if found.group not in CONTROL_FILES and "$patch" not in value:
        yield found


# Pods and the workloads that make them


class Workload:
    """One object that runs pods, whatever its kind."""

    # What nearly every check asks for is looked up once; what is written wrongly, at each question.
    __slots__ = ("__dict__", "at", "kind", "name", "namespace", "object", "pod_at", "pod_keys", "subject")

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Rollout",
            "ReplicationController", "DeploymentConfig",
        }
    )  # fmt: skip
    kinds: ClassVar[frozenset[str]] = KINDS
    looked_for: ClassVar[str] = "Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod, Rollout"
    noun: ClassVar[str] = "workload"
    _POD: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "CronJob": ("spec", "jobTemplate", "spec", "template"),
        "Pod": (),
    }

    def __init__(self, found: KubernetesObject) -> None:
        self.object = found
        self.at = found.at
        self.kind = found.kind
        self.subject = found.subject
        self.name = found.name
        self.namespace = found.namespace
        self.pod_keys = self._POD.get(found.kind, ("spec", "template"))
        self.pod_at = found.at.at(*self.pod_keys)

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.objects:
            if found.kind in cls.KINDS and _is_workload(found):
                yield cls(found)

    @property
    def label(self) -> str:
        """How a message starts that is about this workload."""
        return self.name

    @property
    def body(self) -> Mapping[str, Any]:
        return self.object.body

    def __repr__(self) -> str:
        return repr(self.object)

    @cached_property
    def pod(self) -> Mapping[str, Any]:
        """The pod template: metadata and spec."""
        return mapping(self.object.body, self.at, *self.pod_keys)

    @cached_property
    def pod_labels(self) -> Mapping[str, str]:
        return _strings(raw(self.pod, self.pod_at, "metadata", "labels"))

    @cached_property
    def pod_annotations(self) -> Mapping[str, str]:
        return _strings(raw(self.pod, self.pod_at, "metadata", "annotations"))

    @cached_property
    def pod_spec(self) -> Mapping[str, Any]:
        return mapping(self.pod, self.pod_at, "spec")

    @cached_property
    def containers(self) -> "tuple[Container, ...]":
        """Containers that run while the pod does: native sidecars among them."""
        return tuple(found for found in self.all_containers if not found.init or found.sidecar)

    @cached_property
    def all_containers(self) -> "tuple[Container, ...]":
        found = []
        for group in ("initContainers", "containers"):
            for index, body in enumerate(items(self.pod, self.pod_at, "spec", group)):
                if isinstance(body, dict):
                    at = self.pod_at.at("spec", group, index)
                    found.append(Container(body, at, self, group == "initContainers"))
        return tuple(found)

    @property
    def spec_at(self) -> Location:
        return self.at.at("spec")

    def written(self, *keys: str | int) -> Value[Any] | None:
        """Whatever is written below `spec`."""
        found = raw(self.object.body, self.at, "spec", *keys)
        return None if found is None else Value(found, self.at.at("spec", *keys))

    @property
    def serves(self) -> bool:
        """It runs on and on, in contrast to a Job."""
        return self.kind in (
            "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "ReplicationController",
            "DeploymentConfig",
        )  # fmt: skip

    @cached_property
    def replicas(self) -> Value[int]:
        """Pods asked for by the object itself, one where it is left out; a scaler may say otherwise.

        Source: Kubernetes API, apps/v1 DeploymentSpec.replicas.
        """
        found = whole(self.object.body, self.at, "spec", "replicas")
        return or_default(found, 1, self.at.at("spec", "replicas"))

    @property
    def revisions_kept(self) -> Value[int]:
        """Old revisions that stay in the cluster; ten where the field is left out.

        Source: Kubernetes API, apps/v1 DeploymentSpec, StatefulSetSpec and DaemonSetSpec;
        Argo Rollouts keeps ten as well.
        """
        keys = ("spec", "revisionHistoryLimit")
        default = (
            "default of Argo Rollouts" if self.kind == "Rollout" else "default of the Kubernetes API server"
        )
        return or_default(whole(self.object.body, self.at, *keys), 10, self.at.at(*keys), default)

    @cached_property
    def grace_seconds(self) -> Value[int]:
        """Seconds between the order to stop and the kill; 30 where left out (core/v1 PodSpec)."""
        keys = ("spec", "terminationGracePeriodSeconds")
        return or_default(whole(self.pod, self.pod_at, *keys), 30, self.pod_at.at(*keys))

    @property
    def host_network(self) -> bool:
        found = boolean(self.pod, self.pod_at, "spec", "hostNetwork")
        return found is not None and found.value

    @cached_property
    def windows(self) -> bool:
        """Its pods run on Windows, where the fields about users, capabilities and profiles do not exist.

        Source: Kubernetes API, core/v1 PodSpec.os and the well-known label kubernetes.io/os.
        """
        os = raw(self.pod, self.pod_at, "spec", "os", "name")
        return "windows" in (os, raw(self.pod, self.pod_at, "spec", "nodeSelector", "kubernetes.io/os"))

    @cached_property
    def own_users(self) -> bool:
        """Its pods have a user namespace: root in them is nobody on the node (core/v1 PodSpec.hostUsers)."""
        found = boolean(self.pod, self.pod_at, "spec", "hostUsers")
        return found is not None and not found.value

    @cached_property
    def host_paths(self) -> "Mapping[str, Value[str]]":
        """Paths of the node, without extra slashes, by the name of the volume that brings them in."""
        found: dict[str, Value[str]] = {}
        for index, volume in enumerate(items(self.pod, self.pod_at, "spec", "volumes")):
            if isinstance(volume, dict) and volume.get("hostPath") is not None:
                at = self.pod_at.at("spec", "volumes", index)
                path = text(volume, at, "hostPath", "path")
                if path is not None:
                    found[str(volume.get("name"))] = Value(_plain_path(path.value), path.at)
        return found


class PodTemplate:
    """What one object says of the pods that it makes, or of the one pod that it is.

    Of every kind with a pod template, those of other API groups (Argo's Rollout, Knative's Service) too.
    `body` and `at` are those of the pod's spec.
    """

    __slots__ = ("at", "body", "label", "subject", "workload")

    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "pod templates"
    noun: ClassVar[str] = "pod template"

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self.subject = workload.subject
        self.label = workload.name
        self.body = workload.pod_spec
        self.at = workload.pod_at.at("spec")

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.objects:
            try:
                if _has_containers(found) or _is_workload_with_pods(found):
                    yield cls(Workload(found))
            except Unknown as wrong:
                at = wrong.at if isinstance(wrong.at, Location) else found.at
                yield Unreadable(at, wrong.why, frozenset({found.kind}), wrong.fix)


def _is_workload_with_pods(found: KubernetesObject) -> bool:
    """Whether it is a workload, and no Rollout that takes another object's pod template."""
    if found.kind not in Workload.KINDS or not _is_workload(found):
        return False
    spec = found.body.get("spec")
    return found.kind != "Rollout" or not isinstance(spec, dict) or not spec.get("workloadRef")


def _has_containers(found: KubernetesObject) -> bool:
    spec = found.body.get("spec")
    template = spec.get("template") if isinstance(spec, dict) else None
    pod = template.get("spec") if isinstance(template, dict) else None
    return isinstance(pod, dict) and isinstance(pod.get("containers"), list)


class Container:
    """One container of a pod, also an init container or native sidecar, with what holds for it at run time.

    Those of any object that has a pod template, also of a kind that is no `Workload`; ephemeral containers
    exist in running pods only.
    """

    __slots__ = ("at", "body", "init", "name", "subject", "workload")

    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "pod templates"
    noun: ClassVar[str] = "container"

    def __init__(self, body: Mapping[str, Any], at: Location, workload: Workload, init: bool) -> None:
        self.body = body
        self.at = at
        self.workload = workload
        self.init = init
        self.name = str(body.get("name") or "")
        kind, namespace, name, _ = workload.subject
        self.subject = Subject(kind, namespace, name, self.name)

    @classmethod
    def collect(cls, templates: tuple[PodTemplate, ...]) -> Iterator["Container | Unreadable"]:
        for template in templates:
            try:
                yield from template.workload.all_containers
            except Unknown as wrong:
                at = wrong.at if isinstance(wrong.at, Location) else template.at
                yield Unreadable(at, wrong.why, frozenset(), wrong.fix)

    @property
    def label(self) -> str:
        """How a message starts that is about this container."""
        return f"{self.workload.name}: container {self.name}"

    def effective(self, key: str) -> Value[Any] | None:
        """A field of the security context that a container inherits from its pod; None where neither has it.

        Source: Kubernetes, core/v1: what SecurityContext and PodSecurityContext both have, the container's
        wins. Fields that only a container has (`privileged`, `readOnlyRootFilesystem`, `capabilities`,
        `allowPrivilegeEscalation`, `procMount`) inherit nothing.
        """
        found = raw(self.body, self.at, "securityContext", key)
        if found is not None:
            return Value(found, self.at.at("securityContext", key))
        workload = self.workload
        found = raw(workload.pod, workload.pod_at, "spec", "securityContext", key)
        if found is None:
            return None
        return Value(found, workload.pod_at.at("spec", "securityContext", key), "inherited from the pod")

    def windows_option(self, key: str) -> Value[Any] | None:
        """A field of `windowsOptions`, of which a container overrides each by itself."""
        for body, at in ((self.body, self.at), (self.workload.pod_spec, self.workload.pod_at.at("spec"))):
            found = raw(body, at, "securityContext", "windowsOptions", key)
            if found is not None:
                return Value(found, at.at("securityContext", "windowsOptions", key))
        return None

    @property
    def sidecar(self) -> bool:
        """A native sidecar: an init container that is restarted and so runs beside the others."""
        return self.init and self.body.get("restartPolicy") == "Always"

    @property
    def host_mounts(self) -> list[tuple[Value[str], bool]]:
        """Each path of the node that it sees, at its mount, and whether it can write there.

        A `subPath` is below the volume's path.
        """
        paths = self.workload.host_paths
        if not paths:
            return []
        found = []
        for index, mount in enumerate(items(self.body, self.at, "volumeMounts")):
            path = paths.get(str(mount.get("name"))) if isinstance(mount, dict) else None
            if path is None:
                continue
            at = self.at.at("volumeMounts", index)
            below = text(mount, at, "subPath") or text(mount, at, "subPathExpr")
            seen = path.value if below is None else _plain_path(f"{path.value}/{below.value}")
            only_read = boolean(mount, at, "readOnly")
            found.append((Value(seen, at), only_read is None or not only_read.value))
        return found

    @property
    def image(self) -> Value[str] | None:
        return text(self.body, self.at, "image")

    @property
    def pull_policy(self) -> Value[str] | None:
        return text(self.body, self.at, "imagePullPolicy")

    def quantity(self, of: Literal["requests", "limits"], resource: str) -> Value[Any] | None:
        """Requested or limited amount as a Fraction (cores, bytes); a request defaults to the limit.

        Raises:
            Unknown: it is no Kubernetes quantity.
        """
        for group in ("requests", "limits") if of == "requests" else ("limits",):
            found = raw(self.body, self.at, "resources", group, resource)
            if found is not None:
                at = self.at.at("resources", group, resource)
                try:
                    amount = parse_quantity(found)
                except ValueError as wrong:
                    raise Unknown(f"{resource} of container {self.name}: {wrong}", at) from wrong
                if group == of:
                    return Value(amount, at)
                return Value(amount, at, "defaults to the limit")
        return None

    def probe(self, name: Literal["readinessProbe", "livenessProbe", "startupProbe"]) -> Mapping[str, Any]:
        return mapping(self.body, self.at, name)

    @property
    def ports(self) -> list[Mapping[str, Any]]:
        return [port for port in items(self.body, self.at, "ports") if isinstance(port, dict)]

    @property
    def env(self) -> Mapping[str, Value[str]]:
        """Literal environment variables; those from references are left out."""
        found: dict[str, Value[str]] = {}
        for index, entry in enumerate(items(self.body, self.at, "env")):
            if isinstance(entry, dict) and isinstance(entry.get("value"), (str, int, float)):
                found[str(entry.get("name"))] = Value(str(entry["value"]), self.at.at("env", index, "value"))
        return found


class OfObject:
    """What is read of one Kubernetes object: the object itself, its place and its identity."""

    __slots__ = ("at", "object")

    def __init__(self, found: KubernetesObject) -> None:
        self.object = found
        self.at = found.at

    @property
    def subject(self) -> Subject:
        return self.object.subject

    @property
    def body(self) -> Mapping[str, Any]:
        return self.object.body

    @property
    def label(self) -> str:
        """How a message starts that is about this object."""
        return self.object.label

    @property
    def name(self) -> str:
        return self.object.name

    @property
    def namespace(self) -> str:
        return self.object.namespace


class AnyObject(OfObject):
    """One object of whatever kind."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset()
    looked_for: ClassVar[str] = "objects with apiVersion and kind"
    noun: ClassVar[str] = "object"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.objects:
            yield cls(found)


class Service(OfObject):
    """One Kubernetes Service."""

    __slots__ = ("__dict__",)

    kinds: ClassVar[frozenset[str]] = frozenset({"Service"})
    looked_for: ClassVar[str] = "Service"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("Service"):
            if found.group == "":
                yield cls(found)

    @property
    def labels(self) -> Mapping[str, str]:
        return self.object.labels

    @cached_property
    def selector(self) -> Mapping[str, str] | None:
        """Labels that its pods have; None when its endpoints are made by hand or by DNS."""
        found = _strings(raw(self.object.body, self.at, "spec", "selector"))
        external = raw(self.object.body, self.at, "spec", "type") == "ExternalName"
        return None if external or not found else found

    @property
    def ports(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(p for p in items(self.object.body, self.at, "spec", "ports") if isinstance(p, dict))

    def selects(self, workload: Workload) -> bool:
        """Whether pods of the workload are behind this Service."""
        selector = self.selector
        if selector is None or workload.namespace != self.namespace:
            return False
        labels = workload.pod_labels
        return all(labels.get(key) == value for key, value in selector.items())


def selector_matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector (`matchLabels` and `matchExpressions`) matches; an empty one matches all.

    Raises:
        Unknown: an operator that the API does not have, or no selector at all.

    Source: Kubernetes API, meta/v1 LabelSelector.
    """
    wanted, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or ()
    if not isinstance(wanted, dict) or not isinstance(expressions, (list, tuple)):
        raise Unknown(
            "a selector has a mapping as matchLabels and a list as matchExpressions; this one does not"
        )
    for key, value in wanted.items():
        if labels.get(key) != _string(value):
            return False
    for expression in expressions:
        if not isinstance(expression, dict) or not isinstance(expression.get("values") or [], list):
            raise Unknown(f"{expression!r:.60} is no selector expression; it has key, operator and values")
        key, operator = str(expression.get("key")), expression.get("operator")
        values = {_string(value) for value in expression.get("values") or ()}
        if operator == "In":
            holds = key in labels and labels[key] in values
        elif operator == "NotIn":
            holds = key not in labels or labels[key] not in values
        elif operator == "Exists":
            holds = key in labels
        elif operator == "DoesNotExist":
            holds = key not in labels
        else:
            raise Unknown(
                f"selector operator {operator!r} is unknown; the API has In, NotIn, Exists, DoesNotExist"
            )
        if not holds:
            return False
    return True


def _plain_path(path: str) -> str:
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))


def _is_workload(found: KubernetesObject) -> bool:
    if found.kind == "Rollout":
        return found.group == "argoproj.io"
    if found.kind in ("Job", "CronJob"):
        return found.group == "batch"
    if found.kind == "DeploymentConfig":
        return found.group == "apps.openshift.io"
    return found.group in ("apps", "extensions", "")


def _strings(found: Any) -> Mapping[str, str]:
    if not isinstance(found, dict):
        return {}
    return {str(key): _string(value) for key, value in found.items() if value is not None}


def _string(value: Any) -> str:
    if value is True:
        return "true"
    return "false" if value is False else str(value)
