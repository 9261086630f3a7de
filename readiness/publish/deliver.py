"""The services by name, and one delivery: a saved verdict to one of them."""

import os
from importlib import import_module
from typing import Any

from readiness.errors import UsageError
from readiness.publish.target import Service, Wish, api_of, target_of
from readiness.report.outline import Outline

SERVICES = {
    "bitbucket-cloud": "readiness.publish.bitbucket_cloud:SERVICE",
    "bitbucket-server": "readiness.publish.bitbucket_server:SERVICE",
    "github": "readiness.publish.github:SERVICE",
    "github-sarif": "readiness.publish.github:SARIF",
    "gitlab": "readiness.publish.gitlab:SERVICE",
}


def deliver(document: Any, to: str, wish: Wish) -> str:
    """What was delivered where, in words.

    Raises:
        UsageError: no such service, or it is not said where to and as whom.
        NotDelivered: the service did not take it.
    """
    if to not in SERVICES:
        raise UsageError(f"--to {to}: no such service; expected one of {', '.join(SERVICES)}")
    if not 0 < wish.seconds <= 3_600:
        raise UsageError(f"--timeout {wish.seconds:g}: expected seconds above 0 and up to 3600")
    module, _, name = SERVICES[to].partition(":")
    service: Service = getattr(import_module(module), name)
    outline = Outline.of(document)
    target = target_of(outline, service, wish, os.environ)
    api = api_of(service, wish, os.environ)
    with api.in_time():
        return f"delivered to {service.title}: {service.publish(outline, api, target)}"
