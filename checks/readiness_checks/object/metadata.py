"""Names, labels and annotations by which objects are found, and whose they are."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from readiness.api import Count, FieldRule, Finding, Findings, Location, NotApplicable, Proof, Text
from readiness.evidence.effective import Value, dotted, mapping, raw
from readiness.evidence.manifests import AnyObject, Workload
from readiness.rule import left_out

# Kinds of Kubernetes itself that lie in a namespace; of custom kinds nobody here knows.
NAMESPACED = Workload.KINDS | {
    "Service", "ConfigMap", "Secret", "ServiceAccount", "Role", "RoleBinding", "PersistentVolumeClaim",
    "Ingress", "NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler", "Endpoints",
    "EndpointSlice", "LimitRange", "ResourceQuota", "PodTemplate",
}  # fmt: skip
BY_LABELS = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "PodDisruptionBudget"}
)
BY_PAIRS = frozenset({"Service", "ReplicationController", "DeploymentConfig"})
WORD = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
PREFIX = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")
INSTANCE = "app.kubernetes.io/instance"
OWNED = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod", "ReplicaSet", "Rollout",
         "ReplicationController", "DeploymentConfig")  # fmt: skip


def required_label(
    thing: AnyObject, *, labels: tuple[Text, ...] = ("owner",), kinds: tuple[Text, ...] = OWNED
) -> Findings:
    """Objects have the labels that the organisation asks for.

    A label such as the owner is what an on-call engineer, a bill and a clean-up go by: what has none is
    nobody's when it breaks.

    Settings:
        labels: keys, or `key=pattern` with * and ? in the pattern of the value.
        kinds: kinds of objects that need them; * for all.

    Silent on:
        objects of other kinds; labels of pod templates.

    Severity: note note note note

    Source:
        Kubernetes, "Recommended Labels"; the organisation's own rule.

    Peers:
        kube-linter/required-label-owner: the same; patterns are regular expressions there
    """
    yield from _required(thing, "labels", labels, kinds)


def required_annotation(
    thing: AnyObject, *, annotations: tuple[Text, ...] = ("email",), kinds: tuple[Text, ...] = OWNED
) -> Findings:
    """Objects have the annotations that the organisation asks for.

    An address on the object reaches whoever can mend it, at three in the morning, without a search.

    Settings:
        annotations: keys, or `key=pattern` with * and ? in the pattern of the value.
        kinds: kinds of objects that need them; * for all.

    Silent on:
        objects of other kinds; annotations of pod templates.

    Severity: note note note note

    Source:
        Kubernetes, "Annotations"; the organisation's own rule.

    Peers:
        kube-linter/required-annotation-email: the same; the value is held against an address there
    """
    yield from _required(thing, "annotations", annotations, kinds)


def sorted_keys(thing: AnyObject, *, levels: Count = 0) -> Findings:
    """Keys stand in alphabetical order.

    Two people who sort their keys write the same file, so that a review shows what changed and no more.

    Settings:
        levels: how deep mappings are looked into: 1 for the object itself, 0 for none of them.

    Silent on:
        everything, until `levels` asks for it; the order of lists.

    Severity: note note note note

    Source:
        The organisation's own rule: Kubernetes reads keys in any order.

    Peers:
        kube-linter/sorted-keys: in all levels
    """
    if not levels:
        raise NotApplicable("levels is 0: no order is asked for")
    held = True
    for keys, found in _mappings(thing.body, (), levels):
        names = [str(name) for name in found]
        first = next((one for one, wanted in zip(names, sorted(names), strict=True) if one != wanted), None)
        if first is None:
            continue
        held = False
        where = dotted(keys) if keys else "the object"
        yield Finding(
            f"{thing.label}: keys of {where} are not sorted, from {first} on",
            at=thing.at.at(*keys),
            fix=f"write them as {', '.join(sorted(names))[:200]}",
            key=dotted(keys),
        )
    if held:
        yield Proof(f"{thing.label} has sorted keys")


def _required(
    thing: AnyObject, field: str, wanted: tuple[str, ...], kinds: tuple[str, ...]
) -> Iterator[Finding | Proof]:
    if thing.object.kind not in kinds and "*" not in kinds:
        raise NotApplicable(f"a {thing.object.kind} is none of {', '.join(kinds)}")
    found = mapping(thing.body, thing.at, "metadata", field)
    noun = field.removesuffix("s")
    held = True
    for one in wanted:
        key, has_pattern, pattern = one.partition("=")
        value = found.get(key)
        if left_out(value):
            says, fix = f"has no {noun} {key}", f"add {noun} {key} to metadata.{field}"
        elif has_pattern and not fnmatchcase(str(value), pattern):
            says = f"has {noun} {key} {value!s:.60}, which is not like {pattern}"
            fix = f"correct {noun} {key}, so that it is like {pattern}"
        else:
            continue
        held = False
        at = thing.at.at("metadata", field, key) if key in found else thing.at.at("metadata")
        yield Finding(f"{thing.label} {says}", at=at, fix=fix, key=key)
    if held:
        yield Proof(f"{thing.label} has {field} {', '.join(wanted) or 'as asked for'}")


def _mappings(
    value: Any, keys: tuple[str | int, ...], levels: int
) -> Iterator[tuple[tuple[str | int, ...], dict[Any, Any]]]:
    """All mappings as deep as `levels` says; lists are no level."""
    if isinstance(value, dict) and levels:
        yield keys, value
        for name, inner in value.items():
            yield from _mappings(inner, (*keys, str(name)), levels - 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _mappings(inner, (*keys, index), levels)


def _namespace(thing: AnyObject) -> Value[str] | None:
    return Value(thing.namespace, thing.at.at("metadata", "namespace")) if thing.namespace else None


def _own_namespace(namespace: object) -> bool:
    return namespace not in (None, "default")


def _lies_in_namespace(thing: AnyObject) -> bool:
    found = thing.object
    if found.kind not in NAMESPACED:
        return False
    own = {"ServiceAccount": "default", "Service": "kubernetes"}
    return own.get(found.kind) != found.name


def _metadata(thing: AnyObject) -> Location:
    return thing.at.at("metadata")


def _illegal_label(thing: AnyObject) -> Value[str] | None:
    """The first label, of the object, its pods or its selector, that the API refuses: why it does."""
    body, kind = thing.body, thing.object.kind
    found = _first_illegal(body, thing.at, ("metadata", "labels"))
    if found is not None or "spec" not in body:
        return found
    if kind in Workload.KINDS and kind != "Pod":
        way = ("spec", "jobTemplate", "spec") if kind == "CronJob" else ("spec",)
        found = _first_illegal(body, thing.at, (*way, "template", "metadata", "labels"))
    if found is None and kind in BY_LABELS:
        found = _first_illegal(body, thing.at, ("spec", "selector", "matchLabels"))
    if found is None and kind in BY_PAIRS:
        found = _first_illegal(body, thing.at, ("spec", "selector"))
    return found


def _first_illegal(body: Any, at: Location, keys: tuple[str, ...]) -> Value[str] | None:
    if raw(body, at, *keys) is None:
        return None
    for key, value in mapping(body, at, *keys).items():
        if type(key) is str and type(value) is str:
            why = _refused(key, value)
        else:
            why = "" if value is None else f"{key}: {value!r:.40}, which is no text: put it in quotes"
        if why:
            return Value(why, at.at(*keys, str(key)))
    return None


@lru_cache(maxsize=4096)
def _refused(key: str, value: str) -> str:
    """Why the API refuses a label; empty where it does not.

    Source: Kubernetes, "Labels and Selectors", syntax and character set.
    """
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > 253 or not PREFIX.fullmatch(prefix)):
        return f"{key[:100]}: the part before / is no domain name in lower case"
    if not WORD.fullmatch(name):
        return f"{key[:100]}: the key has {_limits(name)}"
    if value and not WORD.fullmatch(value):
        return f"{key}: {value[:100]}, which has {_limits(value)}"
    return ""


def _limits(word: str) -> str:
    if len(word) > 63:
        return f"{len(word)} characters, 63 are allowed"
    return "other characters than letters, digits, - _ and . inside"


def _other_instance(workload: Workload) -> Value[str] | None:
    """What is to be said of the label of the instance; None where it is the name."""
    keys = ("metadata", "labels", INSTANCE)
    found = raw(workload.object.body, workload.at, *keys)
    if found == workload.name:
        return None
    says = f"has no label {INSTANCE}" if found is None else f"has label {INSTANCE} {str(found)[:80]}"
    return Value(f"{says}: it is to be its name", workload.at.at(*keys))


NAMESPACE_SET = FieldRule(
    "namespace-set",
    AnyObject,
    _namespace,
    holds=_own_namespace,
    only=_lies_in_namespace,
    at=_metadata,
    says="lies in no namespace of its own",
    fix="set metadata.namespace of {name} to the service's namespace",
    doc="""Objects say which namespace they are for, and it is not `default`.

    What names no namespace lands in that of whoever applies it, one day in the wrong one. In `default` it is
    beside everything else that forgot: without quota, policies or anybody's name on it.

    Silent on:
        environments that have a namespace in the checklist; kinds without a namespace, and custom kinds;
        the ServiceAccount default and the Service kubernetes, which are in every cluster.

    Severity: note note note note

    Source:
        Kubernetes, "Namespaces": avoid the default namespace for production; CIS Benchmark 5.7.4.

    Peers:
        kube-linter/use-namespace: workloads and Services only
        checkov/CKV_K8S_21: the same; passes where Helm says a namespace
    """,
)

LABEL_VALUES = FieldRule(
    "label-values",
    AnyObject,
    _illegal_label,
    holds=left_out,
    says="has a label that the API refuses, {value}",
    fix="correct the label: 63 characters at most, letters, digits, - _ and . inside",
    doc="""Labels are what the API accepts.

    The API server refuses an object with an illegal label, in the middle of a roll-out, when half of it has
    been applied. Commits and branches as values are the usual cause: too long, with a slash, or a number.

    Silent on:
        annotations, which may hold any text; empty values; selectors of custom kinds.

    Severity: error error error warning

    Source:
        Kubernetes, "Labels and Selectors", syntax and character set.

    Peers:
        kube-score/label-values: characters only, of the object's own labels
    """,
)

INSTANCE_LABEL = FieldRule(
    "instance-label",
    Workload,
    _other_instance,
    holds=left_out,
    says="{value}",
    fix="set label app.kubernetes.io/instance of {name} to {name}",
    doc="""The label app.kubernetes.io/instance is the workload's name.

    Dashboards and queries that go by the label find all pods of a workload, and no others.

    Silent on:
        objects that run no pods; labels of pod templates.

    Severity: note note note note

    Source:
        Kubernetes, "Recommended Labels".

    Peers:
        polaris/metadataAndInstanceMismatched: the same
    """,
)

RULES = (NAMESPACE_SET, LABEL_VALUES, INSTANCE_LABEL)
