"""Configuration is there, is told apart from secrets, and is said once."""

from readiness.api import Finding, Findings, Location, Operand, Proof
from readiness.evidence.configuration import ConfigMap
from readiness.evidence.effective import items, mapping, text
from readiness.evidence.references import (
    NamesClaims,
    NamesConfigMaps,
    NamesKeys,
    NamesSecrets,
    Naming,
    Objects,
    Reference,
    keys_of,
)
from readiness.evidence.secret_words import is_literal, is_private_key, names_secret
from readiness.evidence.targets import FEW_EDITS, edits
from readiness.evidence.variables import Variables
from readiness.outcome import Severity


def env_secret_literal(variables: Variables) -> Findings:
    """No environment variable has a secret as its literal value.

    Whoever may read the manifest has the password: in the repository, in its history for ever, in the
    release's pipeline, and in every `kubectl describe pod`.

    Silent on:
        values from a Secret, by `valueFrom`;
        names that tell of a secret and hold none, such as TOKEN_TTL, PASSWORD_FILE, SECRET_NAME;
        values that are empty, a path, a number, true or false, or that refer to a variable or a vault.

    Severity: error error error warning

    Source:
        Kubernetes, "Good practices for Kubernetes Secrets"; CWE-798, "Use of Hard-coded Credentials".

    Peers:
        kube-linter/env-var-secret: by name only, whatever the value is
        polaris/sensitiveContainerEnvVar: by name, and private keys; paths and names such as TOKEN_TTL too
    """
    found, said = 0, set[str]()
    for one in variables.listed:
        if one.value is None:
            continue
        found += 1
        if one.name in said:
            continue
        key = is_private_key(one.value)
        if key or (names_secret(one.name) and is_literal(one.value)):
            said.add(one.name)
            what = "a private key" if key else "a secret"
            yield Finding(
                f"{variables.label} has {what} of {len(one.value)} characters as literal value of {one.name}",
                at=one.at.at("value"),
                fix=f"put the value of {one.name} into a Secret, refer to it by valueFrom.secretKeyRef, and "
                "replace it where it is in use: it is in the history",
                operands=(Operand("variable", one.name, at=one.at.at("name")),),
                key=one.name,
            )
    if found:
        yield Proof(f"{variables.label}: {found} literal values were looked at")


def secret_in_env(variables: Variables) -> Findings:
    """Secrets reach a container as files.

    What is in the environment is inherited by every child process, is printed by crash dumps and debug pages,
    and stays as it was when the Secret changes. A mounted file has a mode, and is renewed.

    Severity: note note note note

    Source:
        Kubernetes, "Good practices for Kubernetes Secrets"; CIS Kubernetes Benchmark, "Prefer using Secrets
        as         files over Secrets as environment variables".

    Peers:
        kube-linter/read-secret-from-env-var: secretKeyRef only
        checkov/CKV_K8S_35: the same
    """
    container = variables.container
    said: set[str] = set()
    for one in variables.listed:
        name = text(one.body, one.at, "valueFrom", "secretKeyRef", "name")
        if name is not None and one.name not in said:
            said.add(one.name)
            yield Finding(
                f"{variables.label} has Secret {name.value} in its environment, as {one.name}",
                at=name.at,
                fix=f"mount Secret {name.value} as a volume, and let the program read the file",
                key=one.name,
            )
    for index, source in enumerate(items(container.body, container.at, "envFrom")):
        name = text(source, container.at.at("envFrom", index), "secretRef", "name")
        if name is not None and f"envFrom {name.value}" not in said:
            said.add(f"envFrom {name.value}")
            yield Finding(
                f"{variables.label} has all of Secret {name.value} in its environment",
                at=name.at,
                fix=f"mount Secret {name.value} as a volume, and let the program read the files",
                key=f"envFrom {name.value}",
            )


def configmap_secret_content(configmap: ConfigMap) -> Findings:
    """No ConfigMap holds a secret.

    ConfigMaps are open to everybody who may look around in a namespace, and are neither encrypted at rest nor
    left out of dumps and diffs, as Secrets are.

    Silent on:
        keys that tell of a secret and hold none, such as token-ttl or password-file;
        files under a key with an ending, but for private keys in them;
        values that are empty, a path, a number, true or false, or that refer to a variable or a vault.

    Severity: error error error warning

    Source:
        Kubernetes, "ConfigMaps": "ConfigMap does not provide secrecy or encryption"; CWE-312.

    Peers:
        polaris/sensitiveConfigmapContent: by key, and private keys; whatever the value is
    """
    held = mapping(configmap.object.body, configmap.at, "data")
    for key, value in held.items():
        if not isinstance(value, str):
            continue
        private = is_private_key(value)
        file = "." in str(key) and "\n" in value.strip()
        if private or (not file and names_secret(str(key)) and is_literal(value)):
            what = "a private key" if private else "a secret"
            yield Finding(
                f"ConfigMap {configmap.name} has {what} of {len(value)} characters under {key}",
                at=configmap.at.at("data", key),
                fix=f"move {key} to a Secret, and replace the value where it is in use: it is in the history",
                operands=(Operand("key", str(key), at=configmap.at.at("data", key)),),
                key=str(key),
            )
    if held:
        yield Proof(f"ConfigMap {configmap.name}: {len(held)} entries were looked at")


def env_duplicate(variables: Variables) -> Findings:
    """A container sets each environment variable once.

    The last one wins, and the other is what a reader sees first; and a client that applies a patch keeps
    either, since the name is the key by which the list is merged.

    Silent on:
        a variable that overrides one of `envFrom`.

    Severity: warning warning warning note

    Source:
        Kubernetes API, core/v1 Container.env: patch merge key name; server-side apply, list-type map.

    Peers:
        kube-linter/duplicate-env-var: the same
        kube-score/environment-variable-key-duplication: the same
    """
    places = variables.places
    for name, found in places.items():
        if len(found) > 1:
            yield Finding(
                f"{variables.label} sets {name} {len(found)} times, 1 is needed; the last one counts",
                at=found[-1].at("name"),
                fix=f"remove {name} from env[{found[0].keys[-1]}]",
                operands=tuple(
                    Operand(f"{name} in env[{at.keys[-1]}]", str(at.keys[-1]), at=at.at("name"))
                    for at in found[:5]
                ),
                key=name,
            )
    if places:
        yield Proof(f"{variables.label} sets {len(places)} variables, each of another name")


def env_value_from_exists(pod: NamesKeys, objects: Objects) -> Findings:
    """A ConfigMap or Secret has the keys that pods ask for.

    A container that asks for a key that is not there is never started: CreateContainerConfigError for a
    variable, a mount that never ends for a file.

    Silent on:
        references with `optional: true`;
        objects that are not in these manifests, which config.config-map-exists and config.secret-exists speak
        of, or that have no content here, since somebody fills them at run time.

    Severity: warning warning warning note

    Source:
        Kubernetes API, core/v1 ConfigMapKeySelector, SecretKeySelector and KeyToPath.

    Peers:
        kube-linter/env-value-from: variables only; the namespace is not compared
    """
    good = 0
    said: set[str] = set()
    for one in pod.references:
        held = _held(objects, one, pod.namespace)
        if held is None:
            continue
        keys, at = held
        for key, place in one.keys:
            if key in keys:
                good += 1
                continue
            if f"{one.kind}/{one.name}/{key}" in said:
                continue
            said.add(f"{one.kind}/{one.name}/{key}")
            near = _nearest_key(key, keys)
            has = f"the nearest is {near}" if near else f"it has {len(keys)} others"
            yield Finding(
                f"{pod.label}: {one.by} asks for key {key} of {one.kind} {one.name}, which has none; {has}",
                at=place,
                fix=f"write key: {near}" if near else f"add {key} to {one.kind} {one.name}",
                operands=(
                    Operand("key asked for", key, at=place),
                    Operand(f"keys of {one.kind} {one.name}", ", ".join(sorted(keys)[:10]), at=at),
                ),
                key=f"{one.kind}/{one.name}/{key}",
            )
    if good:
        yield Proof(f"{pod.label}: {good} keys of ConfigMaps and Secrets are there")


def config_map_exists(pod: NamesConfigMaps, objects: Objects) -> Findings:
    """Every ConfigMap that a pod names is there.

    A pod that names a ConfigMap that is not there is never started, and says so nowhere but in its events:
    the roll-out hangs until its deadline.

    An error where the name differs by a slip from one that is there; else a warning at most, since another
    chart may bring it, and a note where no ConfigMap of the namespace is in these manifests.

    Silent on:
        references with `optional: true`;
        ConfigMaps that kustomize, an operator or a Helm release of these manifests makes, and those that the
        checklist declares (`evidence.declared`);
        kube-root-ca.crt, which every namespace has.

    Severity: error error error warning

    Source:
        Kubernetes, "ConfigMaps": a Pod that references a ConfigMap that doesn't exist doesn't start.

    Peers:
        kube-linter/env-value-from: variables only; the namespace is not compared
    """
    yield from _resolved(pod, objects)


def secret_exists(named: NamesSecrets, objects: Objects) -> Findings:
    """Every Secret that a pod, ServiceAccount or Ingress names is made by something.

    A pod that names a Secret that is not there is never started; an Ingress goes on with the controller's
    own certificate, which no browser accepts.

    A warning where the name differs by a slip from one that is there, or where these manifests make other
    Secrets of its namespace; else a note, since Secrets are often made by hand.

    Silent on:
        references with `optional: true`;
        Secrets that these manifests make: ExternalSecret, SealedSecret, SecretProviderClass, cert-manager's
        Certificate or annotation, kustomize, an operator or a Helm release, a Job that has the name in its
        arguments; and those that the checklist declares (`evidence.declared`).

    Severity: warning warning warning note

    Source:
        Kubernetes, "Secrets": optional Secrets, and pods that can't start without them.

    Peers:
        kube-linter/env-value-from: variables only; the namespace is not compared
    """
    yield from _resolved(named, objects)


def claim_exists(pod: NamesClaims, objects: Objects) -> Findings:
    """Every PersistentVolumeClaim that a pod names is there.

    A pod that names a claim that is not there is never scheduled: it stays Pending without a word in its log.

    An error where the name differs by a slip from one that is there; else a warning at most, since volumes
    are often made before and apart.

    Silent on:
        claims that a StatefulSet makes of its templates, and ephemeral volumes;
        claims that an operator or a Helm release of these manifests makes, and those that the checklist
        declares (`evidence.declared`).

    Severity: error error error warning

    Source:
        Kubernetes, "Persistent Volumes": claims as volumes, in the pod's namespace.
    """
    yield from _resolved(pod, objects)


def _resolved(named: Naming, objects: Objects) -> Findings:
    """One finding for each object that is named and is not there."""
    seen: set[str] = set()
    failed = 0
    for one in named.references:
        if one.name in seen:
            continue
        seen.add(one.name)
        if objects.missing(one.kind, named.namespace, one.name):
            failed += 1
            yield _dangling(named, one, objects)
    if not failed:
        yield Proof(f"{named.label}: each of the {len(seen)} {named.of}s that it names is made or declared")


def _dangling(named: Naming, one: Reference, objects: Objects) -> Finding:
    where = f" in namespace {named.namespace}" if named.namespace else ""
    near = objects.near(one.kind, named.namespace, one.name)
    operands = [Operand(f"{one.kind} named", one.name, at=one.at)]
    says, fix = "", f"add {one.kind} {one.name}, or declare in the checklist who makes it (evidence.declared)"
    cap: Severity | None = None if near is not None and near.slip else "warning"
    if near is not None and near.slip:
        says, fix = f"; the nearest is {near.name}", f"write {near.name}"
        operands.append(Operand(f"nearest {one.kind}", near.name, at=near.at))
    elif near is not None:
        says = f"; the one of that name is in namespace {near.namespace}"
        fix = f"add {one.kind} {one.name} to namespace {named.namespace}, or name one of that namespace"
        operands.append(Operand(f"namespace of {one.kind} {one.name}", near.namespace, at=near.at))
    elif one.kind in ("ConfigMap", "Secret") and not objects.among(one.kind, named.namespace):
        cap = "note"  # they come from elsewhere, all of them
    return Finding(
        f"{named.label}: {one.by} names {one.kind} {one.name}, 0 are{where} in these manifests{says}",
        at=one.at,
        fix=fix,
        operands=tuple(operands),
        key=f"{one.kind}/{one.name}",
        at_most=cap,
    )


def _held(objects: Objects, one: Reference, namespace: str) -> tuple[frozenset[str], Location] | None:
    """The keys of what a reference leads to, and its place; None where they can't be told."""
    held: set[str] = set()
    at: Location | None = None
    for found in objects.get(one.kind, namespace, one.name):
        keys = keys_of(found)
        if keys is None:
            return None
        held |= keys
        at = at or found.at
    for made in objects.made(one.kind, namespace, one.name):
        if made.keys is None:
            return None
        held |= made.keys
        at = at or made.at
    return (frozenset(held), at) if at is not None else None


def _nearest_key(key: str, keys: frozenset[str]) -> str:
    slips = min(FEW_EDITS, len(key) // 4)
    near = sorted((edits(key, other), other) for other in keys if abs(len(other) - len(key)) <= slips)
    return near[0][1] if near and near[0][0] <= slips else ""
