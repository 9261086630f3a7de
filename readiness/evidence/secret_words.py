"""What a name or a value says of being a secret. Values are looked at, and never given back.

Knows words in names (`DB_PASSWORD`, `apiToken`) and the headers of private keys. Ignored on purpose: names
that tell of a secret without holding it (`TOKEN_TTL`, `PASSWORD_FILE`), values that only refer to one (a
path, a variable, a reference of a vault), and entropy, which takes every hash for a password.
"""

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = re.compile(r"(?:secret|password|passwd|passphrase|token|bearer|apikey)$")
_KEYS = re.compile(
    r"(?:^|[_.-])(?:api|private|encryption|signing|account|storage|secret(?:[_.-]?access)?)[_.-]?key"
    r"(?:[_.-]?(?:content|base64))?$"
    r"|^(?:azure|oci)_\w*key(?:_content)?$",
    re.IGNORECASE,
)
# A last word by which a name tells of a secret and holds none.
_ABOUT = frozenset(
    """
    file path dir directory folder mount location uri url endpoint host port name namespace ref reference id
    ids key ttl expiry expiration expires lifetime timeout duration seconds minutes hours days interval period
    age length size count limit max min budget window type kind format algorithm alg issuer audience header
    prefix
    suffix field enabled disabled enable disable required policy provider engine backend store manager version
    rotation username user realm scope class mode encoding cookie regex pattern request service role review
    """.split()  # noqa: SIM905  one line for each would be a page
)
_NO_SECRET = re.compile(
    r"\s*(?:"
    r"\$[({].*|.*\{\{.*\}\}.*|<[^>]*>|/[\w./@-]+|\.{1,2}/.*|file:.*"  # variables, templates and paths
    r"|(?:vault|op|ref\+\w+|secretref|awssm|gcp|keyvault|doppler|sm|bao|env):.*|arn:aws.*|projects/.*/secrets/.*"
    r"|ENC[(\[].*|AgA[A-Za-z0-9+/=]{100,}"  # encrypted
    r"|true|false|yes|no|on|off|none|null|enabled|disabled|[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d)?"
    r")\s*$",
    re.IGNORECASE | re.DOTALL,
)
_PRIVATE_KEY = re.compile(r"-BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-")


def names_secret(name: str) -> bool:
    """Whether a variable or key of this name holds a secret."""
    if _KEYS.search(name):
        return True
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or (words[-1] in _ABOUT and not _SECRET.search(words[-1])):
        return False
    return any(_SECRET.search(word) for word in words)


def is_literal(value: str) -> bool:
    """Whether a value can be a secret itself: it is not empty, and refers to none."""
    return bool(value.strip()) and _NO_SECRET.match(value) is None


def is_private_key(value: str) -> bool:
    """Whether a value has the header of a private key."""
    return "PRIVATE KEY" in value and _PRIVATE_KEY.search(value) is not None
