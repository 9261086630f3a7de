"""Receivers of Alertmanager: the ways in which each sends, and fields that hold no real address yet.

An integration of a kind that came later than Alertmanager 0.28 is taken as one too, and the usual fields
of an address are looked at.

Source:
    Prometheus documentation, "Alerting", "Configuration", `<receiver>`;
    prometheus/alertmanager, config/notifiers.go.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from readiness.outcome import Location

# Where a message goes and what opens the door, by kind of integration. Links inside a message
# (`client_url`, `title_link`, `actions`) are no addresses of it.
_ADDRESSES = {
    "discord": ("webhook_url",),
    "email": ("to", "from", "smarthost", "auth_username", "auth_password", "auth_secret"),
    "incidentio": ("url", "alert_source_token"),
    "jira": ("api_url",),
    "mattermost": ("webhook_url",),
    "msteams": ("webhook_url",),
    "msteamsv2": ("webhook_url",),
    "opsgenie": ("api_key", "api_url"),
    "pagerduty": ("routing_key", "service_key", "url"),
    "pushover": ("user_key", "token"),
    "rocketchat": ("api_url", "token", "token_id"),
    "slack": ("api_url", "app_token", "app_url"),
    "sns": ("api_url", "topic_arn", "target_arn", "phone_number"),
    "telegram": ("bot_token", "chat_id", "api_url"),
    "victorops": ("api_key", "api_url", "routing_key"),
    "webex": ("api_url", "room_id"),
    "webhook": ("url",),
    "wechat": ("api_secret", "corp_id", "api_url"),
}
_ADDRESSES_ELSEWHERE = ("api_key", "api_url", "token", "url", "webhook_url")
_HTTP_CREDENTIALS = (
    ("authorization", "credentials"), ("basic_auth", "username"), ("basic_auth", "password"),
    ("oauth2", "client_id"), ("oauth2", "client_secret"), ("oauth2", "token_url"),
)  # fmt: skip
# What an integration takes from `global` where it does not say it itself.
_FROM_GLOBAL = {
    "email": {
        "from": "smtp_from", "smarthost": "smtp_smarthost", "auth_username": "smtp_auth_username",
        "auth_password": "smtp_auth_password", "auth_secret": "smtp_auth_secret",
    },
    "jira": {"api_url": "jira_api_url"},
    "opsgenie": {"api_key": "opsgenie_api_key", "api_url": "opsgenie_api_url"},
    "pagerduty": {"url": "pagerduty_url"},
    "rocketchat": {
        "api_url": "rocketchat_api_url", "token": "rocketchat_token", "token_id": "rocketchat_token_id",
    },
    "slack": {"api_url": "slack_api_url"},
    "telegram": {"api_url": "telegram_api_url"},
    "victorops": {"api_key": "victorops_api_key", "api_url": "victorops_api_url"},
    "webex": {"api_url": "webex_api_url"},
    "wechat": {
        "api_secret": "wechat_api_secret", "corp_id": "wechat_api_corp_id", "api_url": "wechat_api_url",
    },
}  # fmt: skip
# Each is written by people who mean "put the real one here". `<secret>` is not: so Alertmanager's own API
# hides a real one. Nor is `${NAME}`: so a deployment step puts one in.
_PLACEHOLDERS = (
    (r"<(?!secret>)[^<>@]{1,60}>", "a placeholder in angle brackets"),
    (r"(?i)(?:^|[@/.])example\.(?:com|org|net)(?=$|[:/>\s,])", "a domain reserved for documentation"),
    (r"(?i)(?<![a-z])(?:change|replace)[-_ ]?(?:me|this)(?![a-z])", "a note to replace it"),
    (r"(?i)(?<![a-z])(?:todo|fixme|tbd|placeholder)(?![a-z])", "a note to fill it in"),
    (r"(?i)(?<![a-z])your[-_ ][a-z]", "a note to fill it in"),
    (r"(?i)(?<![a-z0-9])x{4,}(?![a-z0-9])", "crosses in place of a value"),
    (r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$", "the name of a variable in place of its value"),
    (r"/T0{4,}/B0{4,}/", "the documentation's sample of a Slack address"),
)  # fmt: skip


class Placeholder(NamedTuple):
    """A field that has to hold an address or credential and holds a stand-in for one."""

    field: str
    why: str
    shown: str  # the stand-in itself, not the text around it, which may be a secret
    at: Location


class Integration(NamedTuple):
    """One way in which a receiver sends."""

    kind: str  # pagerduty, slack, webhook …
    at: Location
    placeholders: tuple[Placeholder, ...]
    host: str = ""  # of the address that it sends to, where that is written; the rest may be a secret
    secret: str = ""  # name of the file that holds its key, which is that of a secret


class Receiver(NamedTuple):
    """A named list of integrations; an empty one swallows what reaches it."""

    name: str
    at: Location
    integrations: tuple[Integration, ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(integration.kind for integration in self.integrations)

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        return tuple(found for integration in self.integrations for found in integration.placeholders)


def integration_of(
    kind: str, raw: Mapping[str, Any], at: Location, defaults: Mapping[str, Any], defaults_at: Location
) -> Integration:
    found: list[Placeholder] = []
    from_global = _FROM_GLOBAL.get(kind, {})
    for field in _ADDRESSES.get(kind, _ADDRESSES_ELSEWHERE):
        value, place = raw.get(field), at.at(field)
        if value is None and f"{field}_file" not in raw and field in from_global:
            value, place = defaults.get(from_global[field]), defaults_at.at(from_global[field])
        if isinstance(value, str):
            found.extend(placeholders_in(field, value, place))
    found.extend(_placeholders_of_http(raw, at))
    files = (raw.get(f"{field}_file") for field in ("routing_key", "service_key", "api_key"))
    secret = next((file.rpartition("/")[2] for file in files if isinstance(file, str)), "")
    return Integration(kind, at, tuple(found), _host(raw), secret)


def _host(raw: Mapping[str, Any]) -> str:
    from urllib.parse import urlsplit

    for field in ("url", "webhook_url", "api_url"):
        value = raw.get(field)
        if isinstance(value, str):
            with suppress(ValueError):
                return urlsplit(value).hostname or ""
    return ""


def placeholders_in(field: str, value: str, at: Location) -> Iterator[Placeholder]:
    """At most one: several marks in one value are one stand-in."""
    for pattern, why in _PLACEHOLDERS:
        found = re.search(pattern, value)
        if found is not None:
            yield Placeholder(field, why, found[0].strip("@/."), at)
            return


def _placeholders_of_http(raw: Mapping[str, Any], at: Location) -> Iterator[Placeholder]:
    http = raw.get("http_config")
    if not isinstance(http, dict):
        return
    for section, field in _HTTP_CREDENTIALS:
        inner = http.get(section)
        value = inner.get(field) if isinstance(inner, dict) else None
        if isinstance(value, str):
            yield from placeholders_in(field, value, at.at("http_config", section, field))


def stand_in(field: str, value: str, at: Location) -> Placeholder | None:
    """What in an address or credential says that the real one was never filled in; None without it."""
    return next(placeholders_in(field, value, at), None)
