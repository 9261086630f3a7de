"""What pods name is there, and secrets stay secret."""

from pathlib import Path

import pytest
from readiness_checks.config import (
    claim_exists,
    config_map_exists,
    configmap_secret_content,
    env_duplicate,
    env_secret_literal,
    env_value_from_exists,
    secret_exists,
    secret_in_env,
)

from readiness.evidence.secret_words import is_literal, names_secret
from tests.faults import Found, findings, proofs, statuses, write

POD = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers:
            - name: first
              envFrom:
                - configMapRef: {name: %s}
                - secretRef: {name: %s}
          volumes:
            - {name: data, persistentVolumeClaim: {claimName: %s}}
"""


def pod(config_map: str = "settings", secret: str = "orders-db", claim: str = "archive") -> str:
    return POD % (config_map, secret, claim)


def thing(kind: str, name: str, more: str = "", api: str = "v1", namespace: str = "shop") -> str:
    return f"---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n{more}"


def tree(path: Path, *documents: str, checklist: str = "") -> Path:
    files = {"objects.yaml": "".join(documents)}
    if checklist:
        files["readiness.yaml"] = f"version: 1\nitems: []\nevidence:\n  declared:\n{checklist}"
    return write(path, files)


MAKERS = {
    "secret": thing("Secret", "orders-db"),
    "secret-in-a-list": "---\napiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n"
    "    metadata: {name: orders-db, namespace: shop}\n",
    "secret-without-namespace": "---\napiVersion: v1\nkind: Secret\nmetadata: {name: orders-db}\n",
    "external-secret-of-its-name": thing("ExternalSecret", "orders-db", "spec: {}\n", "external-secrets.io/v1"),
    "external-secret-with-target": thing(
        "ExternalSecret", "x", "spec: {target: {name: orders-db}}\n", "external-secrets.io/v1beta1"
    ),
    "cluster-external-secret": thing(
        "ClusterExternalSecret", "x", "spec: {externalSecretName: orders-db}\n", "external-secrets.io/v1", "other"
    ),
    "sealed-secret": thing("SealedSecret", "orders-db", "spec: {encryptedData: {a: b}}\n", "bitnami.com/v1alpha1"),
    "secret-provider-class": thing(
        "SecretProviderClass", "x", "spec: {secretObjects: [{secretName: orders-db}]}\n",
        "secrets-store.csi.x-k8s.io/v1",
    ),
    "certificate": thing("Certificate", "x", "spec: {secretName: orders-db}\n", "cert-manager.io/v1"),
    "vault-static-secret": thing(
        "VaultStaticSecret", "x", "spec: {destination: {name: orders-db}}\n", "secrets.hashicorp.com/v1beta1"
    ),
    "sops-secret": thing(
        "SopsSecret", "x", "spec: {secretTemplates: [{name: orders-db}]}\n", "isindir.github.com/v1alpha3"
    ),
    "one-password": thing("OnePasswordItem", "orders-db", "", "onepassword.com/v1"),
    "custom-resource-of-a-prefix": thing("Cluster", "orders", "", "postgresql.cnpg.io/v1"),
    "helm-release": thing(
        "HelmRelease", "x", "spec: {releaseName: orders}\n", "helm.toolkit.fluxcd.io/v2", "flux"
    ),
    "job-with-the-name": thing(
        "Job", "make", "spec: {template: {spec: {containers: [{name: a, args: ['--secret-name=orders-db']}]}}}\n",
        "batch/v1",
    ),
}  # fmt: skip
NO_MAKERS = {
    "secret-of-another-namespace": thing("Secret", "orders-db", namespace="other"),
    "config-map-of-the-name": thing("ConfigMap", "orders-db"),
    "external-secret-with-another-target": thing(
        "ExternalSecret", "orders-db", "spec: {target: {name: x}}\n", "external-secrets.io/v1"
    ),
    "custom-resource-of-half-a-word": thing("Cluster", "order", "", "postgresql.cnpg.io/v1"),
    "job-with-a-longer-name": thing(
        "Job",
        "make",
        "spec: {template: {spec: {containers: [{name: a, args: [orders-db-old]}]}}}\n",
        "batch/v1",
    ),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_secret_is_made_of(maker: str, tmp_path: Path) -> None:
    assert findings(secret_exists, tree(tmp_path, pod(), MAKERS[maker])) == []


@pytest.mark.parametrize("maker", NO_MAKERS)
def test_secret_is_not_made_of(maker: str, tmp_path: Path) -> None:
    (found,) = findings(secret_exists, tree(tmp_path, pod(), NO_MAKERS[maker]))
    assert found.message.startswith("report: container first names Secret orders-db")
    assert found.at.line == 13


def test_kustomize_generates_what_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"base/kustomization.yaml": "configMapGenerator: [{name: settings, literals: [A=b]}]\n"})
    assert findings(config_map_exists, tree(tmp_path, pod())) == []


@pytest.mark.parametrize(
    ("declared", "silent"),
    [
        ("kind: Secret, name: orders-db", True),
        ("kind: Secret, name: orders-db, namespace: shop", True),
        ("kind: Secret, name: orders-db, namespace: other", False),
        ("kind: Secret, name: 'orders-*'", True),
        ("kind: Secret, name: 'orders-d?'", True),
        ("kind: Secret, name: orders", False),
        ("kind: ConfigMap, name: orders-db", False),
    ],
)
def test_declared_secret_is_made_elsewhere(declared: str, silent: bool, tmp_path: Path) -> None:
    entry = f"    - {{{declared}, reviewed: 2026-10-01, by: jane.doe}}\n"
    assert (findings(secret_exists, tree(tmp_path, pod(), checklist=entry)) == []) is silent


def said(found: Found) -> tuple[str, str | None]:
    return found.message, found.finding.at_most


@pytest.mark.parametrize(
    ("check", "other", "says", "cap"),
    [
        (config_map_exists, thing("ConfigMap", "setings"), "; the nearest is setings", None),
        (config_map_exists, thing("ConfigMap", "colours"), "in these manifests", "warning"),
        (config_map_exists, thing("ConfigMap", "settings", namespace="other"), "is in namespace other", "warning"),
        (config_map_exists, thing("ConfigMap", "colours", namespace="other"), "in these manifests", "note"),
        (secret_exists, thing("Secret", "order-db"), "; the nearest is order-db", None),
        (secret_exists, thing("Secret", "mail"), "in these manifests", "warning"),
        (secret_exists, thing("Secret", "mail", namespace="other"), "in these manifests", "note"),
        (claim_exists, thing("PersistentVolumeClaim", "archives"), "; the nearest is archives", None),
        (claim_exists, thing("PersistentVolumeClaim", "data"), "in these manifests", "warning"),
    ],
)  # fmt: skip
def test_nearest_object_is_named(check: object, other: str, says: str, cap: str, tmp_path: Path) -> None:
    (found,) = findings(check, tree(tmp_path, pod(), other))  # type: ignore[arg-type]  # one of several checks
    assert found.message.endswith(says)
    assert found.finding.at_most == cap
    if "nearest" in says:
        last = found.finding.operands[-1]
        assert last.at is not None
        assert last.at.document == 1


@pytest.mark.parametrize(
    ("named", "there", "slip"),
    [
        ("settings-1", "settings-2", False),
        ("settings", "settings2", False),
        ("settings-a", "settings-b", False),
        ("settings-a", "setings-a", True),
        ("settings", "setting", True),
        ("settings", "setinsg", False),  # three letters
        ("settings", "sett", False),
        ("set", "sets", False),  # too short to tell
    ],
)
def test_siblings_are_no_slip(named: str, there: str, slip: bool, tmp_path: Path) -> None:
    (found,) = findings(config_map_exists, tree(tmp_path, pod(named), thing("ConfigMap", there)))
    assert ("; the nearest is" in found.message) is slip


def test_object_that_could_not_be_read_may_be_the_one(tmp_path: Path) -> None:
    write(tmp_path, {"broken.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings\n"})
    checklist = "version: 1\nitems: []\nenvironments: {production: {manifests: [.]}}\n"
    write(tmp_path, {"readiness.yaml": checklist, "objects.yaml": pod()})
    assert findings(config_map_exists, tmp_path) == []
    assert set(statuses(config_map_exists, tmp_path).values()) == {"unknown"}


def test_proof_counts_what_is_there(tmp_path: Path) -> None:
    found = proofs(config_map_exists, tree(tmp_path, pod(), thing("ConfigMap", "settings")))
    assert [one.message for one in found] == [
        "report: each of the 1 ConfigMaps that it names is made or declared"
    ]


KEYS = pod("settings", "orders-db").replace(
    "              envFrom:\n",
    "              env:\n"
    "                - {name: A, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}\n"
    "                - {name: B, valueFrom: {secretKeyRef: {name: orders-db, key: password}}}\n"
    "              envFrom:\n",
)


@pytest.mark.parametrize(
    ("objects", "missing"),
    [
        (thing("ConfigMap", "settings", "data: {colour: red}\n"), []),
        (thing("ConfigMap", "settings", "binaryData: {colour: cmVk}\n"), []),
        (thing("ConfigMap", "settings", "data: {colours: red}\n"), ["colour of ConfigMap settings"]),
        (thing("ConfigMap", "settings"), []),  # filled at run time
        (thing("Secret", "orders-db", "stringData: {password: a}\n"), []),
        (thing("Secret", "orders-db", "data: {passwort: YQ==}\n"), ["password of Secret orders-db"]),
        (
            thing("SealedSecret", "orders-db", "spec: {encryptedData: {user: b}}\n", "bitnami.com/v1alpha1"),
            ["password of Secret orders-db"],
        ),
        (
            thing(
                "ExternalSecret", "orders-db", "spec: {dataFrom: [{extract: {key: a}}]}\n",
                "external-secrets.io/v1",
            ),
            [],
        ),
        ("", []),
    ],
)  # fmt: skip
def test_keys_that_are_asked_for(objects: str, missing: list[str], tmp_path: Path) -> None:
    found = findings(env_value_from_exists, tree(tmp_path, KEYS, objects))
    assert [one.message.partition("asks for key ")[2].partition(",")[0] for one in found] == missing


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("DB_PASSWORD", True), ("dbPassword", True), ("PGPASSWORD", True), ("SECRET_KEY", True), ("token", True),
        ("AWS_SECRET_ACCESS_KEY", True), ("API_KEY", True), ("AZURE_BATCH_KEY", True), ("PASSWORD_2", True),
        ("GITHUB-TOKEN", True), ("BEARER", True), ("OCI_CLI_KEY_CONTENT", True),
        ("AWS_ACCESS_KEY_ID", False), ("PASSWORD_FILE", False), ("TOKEN_URL", False), ("MAX_TOKENS", False),
        ("TOKENIZER", False), ("SECRETARY", False), ("SECRET_NAME", False), ("PARTITION_KEY", False),
        ("PASSWORD_MIN_LENGTH", False), ("USE_TOKEN_AUTH", True), ("", False), ("7", False),
    ],
)  # fmt: skip
def test_names_of_secrets(name: str, holds: bool) -> None:
    assert names_secret(name) is holds


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("swordfish", True), ("a/b", True), ("12345678a", True), ("p$ssword", True),
        ("", False), ("  ", False), ("true", False), ("3600", False), ("30s", False), ("/run/secrets/a", False),
        ("$(OTHER)", False), ("${OTHER}", False), ("{{ .Values.a }}", False), ("<path:a#b>", False),
        ("vault:secret/a#b", False), ("op://vault/item/field", False), ("ENC[AES256_GCM,data:x]", False),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:a", False),
    ],
)  # fmt: skip
def test_values_that_can_be_secrets(value: str, literal: bool) -> None:
    assert is_literal(value) is literal


SWORDFISH = thing(
    "Pod", "api",
    "spec: {containers: [{name: api, env: [{name: DB_PASSWORD, value: swordfish}, {name: DB_PASSWORD, value: x}]}]}\n",
) + thing("ConfigMap", "a", "data: {db-password: swordfish}\n")  # fmt: skip


@pytest.mark.parametrize(
    "check", [env_secret_literal, configmap_secret_content, env_duplicate, secret_in_env]
)
def test_value_of_a_secret_is_never_printed(check: object, tmp_path: Path) -> None:
    found = findings(check, tree(tmp_path, SWORDFISH))  # type: ignore[arg-type]  # one of several checks
    assert "swordfish" not in str(found)
    assert "swordfish" not in str(proofs(check, tmp_path))  # type: ignore[arg-type]  # as above
    if check in (env_secret_literal, configmap_secret_content):
        assert "9 characters" in found[0].message
