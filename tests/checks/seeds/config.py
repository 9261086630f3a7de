"""Edits of configuration: variables, ConfigMaps and Secrets, and what names them."""

from tests.faults import Fault

WEB, CATALOG = "web.yaml", "catalog.yaml"
ENV = "          env:\n            - name: LOG_LEVEL\n"
LEVEL = "configMapKeyRef: {name: web-settings, key: LOG_LEVEL}"
FROM = "            - configMapRef: {name: web-settings}\n"
SECRET = "            secretName: catalog-database"
DATA = "  LOG_LEVEL: info\n"
KEY = "-----BEGIN RSA PRIVATE KEY-----\\nabc\\n-----END RSA PRIVATE KEY-----"


def _env(entry: str) -> Fault:
    return Fault(WEB, ENV, f"          env:\n            - {entry}\n            - name: LOG_LEVEL\n")


def _from(entry: str) -> Fault:
    return Fault(WEB, FROM, f"{FROM}            - {entry}\n")


def _data(entry: str) -> Fault:
    return Fault(WEB, DATA, f"{DATA}  {entry}\n")


def _volume(source: str) -> Fault:
    return Fault(WEB, "      volumes:\n", f"      volumes:\n        - name: more\n          {source}\n")


FAULTS = {
    "password-in-env": ("config.env-secret-literal", _env("{name: DB_PASSWORD, value: swordfish}")),
    "token-in-env": ("config.env-secret-literal", _env("{name: apiToken, value: a1b2c3d4e5}")),
    "private-key-in-env": ("config.env-secret-literal", _env(f'{{name: SIGNER, value: "{KEY}"}}')),
    "secret-key-ref": (
        "config.secret-in-env",
        _env("{name: DB, valueFrom: {secretKeyRef: {name: catalog-database, key: password}}}"),
    ),
    "secret-env-from": ("config.secret-in-env", _from("secretRef: {name: catalog-database}")),
    "password-in-config-map": ("config.configmap-secret-content", _data("db-password: swordfish")),
    "private-key-in-config-map": ("config.configmap-secret-content", _data(f'signer.pem: "{KEY}"')),
    "env-twice": ("config.env-duplicate", _env("{name: LOG_LEVEL, value: debug}")),
    "env-twice-alike": (
        "config.env-duplicate",
        _env("{name: TZ, value: UTC}\n            - {name: TZ, value: UTC}"),
    ),
    "key-misspelt": (
        "config.env-value-from-exists",
        Fault(WEB, LEVEL, "configMapKeyRef: {name: web-settings, key: LOG_LEVELS}"),
    ),
    "key-of-external-secret-misspelt": (
        "config.env-value-from-exists",
        Fault(CATALOG, SECRET, f"{SECRET}\n            items: [{{key: passwort, path: p}}]"),
    ),
    "config-map-misspelt": (
        "config.config-map-exists",
        Fault(WEB, LEVEL, "configMapKeyRef: {name: web-setting, key: LOG_LEVEL}"),
    ),
    "config-map-of-nobody": ("config.config-map-exists", _volume("configMap: {name: colours}")),
    "projected-config-map-of-nobody": (
        "config.config-map-exists",
        _volume("projected: {sources: [{configMap: {name: colours}}]}"),
    ),
    "secret-misspelt": (
        "config.secret-exists",
        Fault(CATALOG, SECRET, SECRET.replace("database", "databse")),
    ),
    "secret-of-nobody": ("config.secret-exists", _volume("secret: {secretName: mail-account}")),
    "pull-secret-of-nobody": (
        "config.secret-exists",
        Fault(
            CATALOG,
            "      serviceAccountName:",
            "      imagePullSecrets: [{name: hub}]\n      serviceAccountName:",
        ),
    ),
    "tls-secret-of-nobody": (
        "config.secret-exists",
        Fault(WEB, ", cert-manager.io/cluster-issuer: public", ""),
    ),
    "claim-misspelt": (
        "config.claim-exists",
        _volume("persistentVolumeClaim: {claimName: data-catalo-0}"),
    ),
    "claim-of-nobody": ("config.claim-exists", _volume("persistentVolumeClaim: {claimName: archive}")),
    "claim-beyond-the-last": (
        "config.claim-exists",
        _volume("persistentVolumeClaim: {claimName: data-catalog-3}"),
    ),
}

LOOK_ALIKES = {
    "password-file-in-env": (
        "config.env-secret-literal",
        _env("{name: DB_PASSWORD_FILE, value: swordfish}"),
    ),
    "password-path-in-env": ("config.env-secret-literal", _env("{name: DB_PASSWORD, value: /run/password}")),
    "password-empty-in-env": ("config.env-secret-literal", _env('{name: DB_PASSWORD, value: ""}')),
    "password-of-variable-in-env": (
        "config.env-secret-literal",
        _env("{name: DB_PASSWORD, value: $(OTHER)}"),
    ),
    "password-of-vault-in-env": (
        "config.env-secret-literal",
        _env('{name: DB_PASSWORD, value: "vault:secret/data/shop#password"}'),
    ),
    "token-lifetime-in-env": ("config.env-secret-literal", _env("{name: TOKEN_TTL, value: 1h30}")),
    "token-switch-in-env": ("config.env-secret-literal", _env('{name: USE_TOKEN, value: "true"}')),
    "secretary-in-env": ("config.env-secret-literal", _env("{name: SECRETARY, value: ada}")),
    "password-from-secret": (
        "config.env-secret-literal",
        _env("{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: catalog-database, key: password}}}"),
    ),
    "token-lifetime-in-config-map": ("config.configmap-secret-content", _data("token-ttl: 1h30")),
    "password-path-in-config-map": ("config.configmap-secret-content", _data("db-password: /run/password")),
    "file-about-secrets-in-config-map": (
        "config.configmap-secret-content",
        _data('secret.yaml: "kind: None\\nname: x\\n"'),
    ),
    "certificate-in-config-map": (
        "config.configmap-secret-content",
        _data('ca.pem: "-----BEGIN CERTIFICATE-----\\nabc\\n-----END CERTIFICATE-----"'),
    ),
    "env-over-env-from": ("config.env-duplicate", _env("{name: CATALOG_URL, value: https://other.example}")),
    "key-optional": (
        "config.env-value-from-exists",
        Fault(WEB, LEVEL, "configMapKeyRef: {name: web-settings, key: NONE, optional: true}"),
    ),
    "key-of-a-secret-elsewhere": (
        "config.env-value-from-exists",
        _env("{name: DB, valueFrom: {secretKeyRef: {name: mail-account, key: password}}}"),
    ),
    "config-map-optional": (
        "config.config-map-exists",
        _volume("configMap: {name: colours, optional: true}"),
    ),
    "config-map-of-every-namespace": (
        "config.config-map-exists",
        _volume("configMap: {name: kube-root-ca.crt}"),
    ),
    "secret-optional": (
        "config.secret-exists",
        _volume("secret: {secretName: mail-account, optional: true}"),
    ),
    "claim-of-a-stateful-set": (
        "config.claim-exists",
        _volume("persistentVolumeClaim: {claimName: data-catalog-2}"),
    ),
}
