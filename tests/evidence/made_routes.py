"""Routing trees and labels made from a number: all operators and forms of matchers, nesting, `continue`."""

import itertools
import random
import re
from collections.abc import Iterator
from typing import Any

from tests.evidence import amtool

NAMES = ("severity", "team", "namespace", "alertname")
VALUES = (
    "",
    "critical",
    "page",
    "info",
    "orders",
    "orders-test",
    "kube-system",
    "default",
    "Watchdog",
    "InfoInhibitor",
    "a b",
    "zürich",
    "日本",
    "a.b",
    "a,b",
    "CRITICAL",
)
PATTERNS = (
    ".*",
    ".+",
    "",
    "critical|page",
    "kube-.*",
    "(?i)CRITICAL",
    "orders",
    "order",
    "[a-z]+",
    "^info$",
    "orders.*|",
    "x|y",
    "(zürich|日本)",
    "z.rich",
    "..",
    "\\w+",
    "a\\.b",
    "crit.*|pa.e",
    "[^a-z].*",
)


def random_labels(source: random.Random) -> dict[str, str]:
    return {name: source.choice(VALUES) for name in NAMES if source.random() < 0.7}


def random_route(source: random.Random, depth: int, names: Iterator[int]) -> dict[str, Any]:
    route: dict[str, Any] = {}
    if source.random() < 0.8:
        route["receiver"] = f"r{next(names)}"
    if source.random() < 0.4:
        route["continue"] = True
    for _ in range(source.choice((0, 1, 1, 1, 2))):
        name = source.choice(NAMES)
        operator = source.choice(("=", "=", "!=", "=~", "!~"))
        value = source.choice(VALUES if operator in {"=", "!="} else PATTERNS)
        quoted = value.replace("\\", "\\\\")
        form = source.random()
        if form < 0.2 and operator in {"=", "=~"}:
            route.setdefault("match" if operator == "=" else "match_re", {})[name] = value
        elif form < 0.3 and re.fullmatch(r"[\w.*+|-]*", value):
            route.setdefault("matchers", []).append(f"{name} {operator} {value}")
        else:
            route.setdefault("matchers", []).append(f'{name}{operator}"{quoted}"')
    if len(route.get("matchers", ())) > 1 and source.random() < 0.5:
        route["matchers"] = ["{" + ", ".join(route["matchers"]) + "}"]
    if depth:
        route["routes"] = [random_route(source, depth - 1, names) for _ in range(source.choice((0, 1, 2, 4)))]
    return route


def random_config(seed: int, depth: int = 2) -> dict[str, Any]:
    source = random.Random(seed)
    names = itertools.count()
    return amtool.config(*(random_route(source, depth, names) for _ in range(source.randint(1, 6))))
