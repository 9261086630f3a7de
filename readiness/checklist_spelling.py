"""How each word and number of a checklist is spelled, and which keys stand together.

The typed loader reads by these, and the published JSON Schema is made from them, so that both accept the
same. Patterns mean the same to Python and to ECMAScript.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from readiness.checklist import EVIDENCE_KINDS, PLACEHOLDER, EntryKind, EnvironmentClass, Kind

LONGEST_TEXT = 4096


class Spelling(NamedTuple):
    """How a word is written, and what to call that in an error."""

    expected: str
    pattern: str
    longest: int = LONGEST_TEXT

    def matches(self, text: str) -> bool:
        return len(text) <= self.longest and re.search(self.pattern, text) is not None


class Bounds(NamedTuple):
    """A whole number between two others, both included."""

    expected: str
    least: int
    most: int


# `$(?!\n)`: Python's `$` alone also matches before a last line break, other languages' does not.
_PATH = r"(?![/~])(?!(?:[^\n]*/)?\.\.(?:[/#]|$))[^\\:\x00-\x1f\x7f]+"
TEXT = Spelling("a text", r"\S")
NAME = Spelling("a name of letters, digits, dots and dashes, such as orders-api",
                r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$(?!\n)")  # fmt: skip
TIER_NAME = Spelling('the name of a service, or "*" for all others',
                     r"^(?:\*|[A-Za-z0-9][A-Za-z0-9._-]{0,99})$(?!\n)")  # fmt: skip
SOURCE_NAME = Spelling("a name in lower case such as deploy, other than repository",
                       r"^(?!repository$)[a-z][a-z0-9-]{0,49}$(?!\n)")  # fmt: skip
WORD = Spelling("a word in lower case such as prometheus", r"^[a-z][a-z0-9-]{0,49}$(?!\n)")
LABEL = Spelling("a name in lower case such as orders",
                 rf"^(?:{PLACEHOLDER}|[a-z0-9](?:[-a-z0-9]{{0,61}}[a-z0-9])?)$(?!\n)")  # fmt: skip
OBJECT_NAME = Spelling(
    "the name of an object such as orders-db, in which * and ? may stand for letters",
    r"^(?=.*[a-z0-9])[a-z0-9*?](?:[-a-z0-9.*?]*[a-z0-9*?])?$(?!\n)", 253)  # fmt: skip
PATH = Spelling("a path inside the source such as deploy/base or deploy:overlays/production, without ..",
                rf"^(?:[a-z][a-z0-9-]{{0,49}}:)?{_PATH}$(?!\n)")  # fmt: skip
LAYER = Spelling(
    "profile:NAME@VERSION, policy:FILE, package:DISTRIBUTION/FILE or a path, with #sha256:… to pin it",
    r"^(?:profile:[a-z][a-z0-9-]*@[0-9]{1,4}|(?:policy:|package:[A-Za-z0-9][A-Za-z0-9._-]*/)?"
    + _PATH.replace(r"[^\\:", r"[^#\\:")
    + r")(?:#sha256:[0-9a-f]{64})?$(?!\n)",
)
KUBERNETES_VERSION = Spelling('a version in quotes such as "1.34"', r"^1\.[0-9]{1,2}(?:\.[0-9]{1,3})?$(?!\n)")
DATE = Spelling("a date such as 2027-03-01", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)")
DAYS = Spelling("days such as 180d, or weeks such as 26w", r"^[0-9]{1,5}[dw]$(?!\n)")
TIMEOUT = Spelling("seconds from 1s to 600s", r"^(?:[1-9][0-9]?|[1-5][0-9]{2}|600)s$(?!\n)")
URL = Spelling("an address that starts with https:// or http://", r"^https?://[^\s/]\S*$(?!\n)", 2000)
HOST = Spelling("a host such as alerts.example or alerts.example:9093",
                r"^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$(?!\n)", 255)  # fmt: skip
TIER = Bounds("a tier from 1 (critical) to 4 (best effort)", 1, 4)
WAIVER_DAYS = Bounds("days from 1 to 3650", 1, 3650)

ROOT_KEYS = (
    "version", "extends", "service", "tiers", "platform", "sources", "evidence", "environments", "items",
    "mode", "fail-on", "waivers", "accept-suppressions", "trusted-hosts", "remote-bases",
)  # fmt: skip
COMMON_KEYS = (
    "id", "title", "severity", "required", "enforce-from", "when", "control", "why", "guide", "owner",
    "waivable", "attestable", "min-strength", "timeout", "disabled",
)  # fmt: skip
ITEM_KEYS: Mapping[Kind, tuple[str, ...]] = {
    "check": ("check", "with", *COMMON_KEYS),
    "cel": ("for", "expr", "message", *COMMON_KEYS),
    "attest": ("attest", *COMMON_KEYS),
}
ITEM_NEEDS: Mapping[Kind, tuple[str, ...]] = {
    "check": ("check",),
    "cel": ("id", "title", "for", "expr"),
    "attest": ("id", "title", "attest"),
}
ENTRY_KEYS: Mapping[EntryKind, tuple[str, ...]] = {
    "path": ("path", "namespace"),
    "chart": ("chart", "values", "release", "namespace"),
    "kustomization": ("kustomization", "namespace"),
}
ENVIRONMENT_KEYS = ("class", "namespace", "kubernetes-version", "manifests", *EVIDENCE_KINDS)
DECLARED_PAGES = ("runbook", "routing")
DECLARED_OBJECTS = ("ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "Service", "Gateway")
DECLARED_KINDS = (*DECLARED_PAGES, *DECLARED_OBJECTS)
PAGE_KEYS = ("kind", "alert", "url", "reviewed", "by")
PAGE_NEEDS = ("kind", "alert", "reviewed", "by")
OBJECT_KEYS = ("kind", "name", "namespace", "reviewed", "by")
OBJECT_NEEDS = ("kind", "name", "reviewed", "by")
SWITCHES = ("enabled", "skip", "ignore", "exclude", "off")  # keys that people try in order to drop an item

CLASS_OF: Mapping[str, EnvironmentClass] = {
    "staging": "staging", "stage": "staging", "preprod": "staging", "uat": "staging", "test": "test",
    "qa": "test", "ci": "test", "dev": "development", "development": "development", "local": "development",
}  # fmt: skip
