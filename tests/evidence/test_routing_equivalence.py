"""Our walk and amtool's, side by side: real trees and made ones, the same receivers for every set of labels.

amtool takes one set in a call. The suite asks for a thousand; `make routing` for all of them.
"""

import json
import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from readiness.errors import Unknown
from readiness.evidence.alertmanager import DEEPEST, AlertmanagerConfig
from readiness.evidence.conditions import Conditions
from readiness.yaml_reader import YamlError
from readiness.yaml_reader import read as read_yaml
from tests.evidence import amtool
from tests.evidence.made_routes import random_config, random_labels
from tests.evidence.test_alertmanager import CLUSTER
from tests.faults import EXAMPLES

SETS = int(os.environ.get("READINESS_LABEL_SETS", "1000"))
MADE = 40  # trees made from a number
REAL = {
    "kube-prometheus": "kube-prometheus/manifests/alertmanager-secret.yaml",
    "bank-of-anthos": "bank-of-anthos/extras/prometheus/gmp/alertmanager.yaml",
}


def trees() -> Iterator[Any]:
    yield pytest.param(CLUSTER, id="cluster")
    for example in ("orders", "orders-not-ready"):
        path = EXAMPLES / example / "monitoring/alertmanager.yml"
        if path.exists():
            yield pytest.param(loaded(path), id=example)
    folder = os.environ.get("READINESS_CORPORA")
    for name, file in REAL.items() if folder else ():
        yield pytest.param(loaded(Path(str(folder), file)), id=name)
    for seed in range(MADE):
        yield pytest.param(random_config(seed, depth=2 + seed % 3), id=f"made-{seed}")


def loaded(path: Path) -> dict[str, Any]:
    """What a file says of routes; amtool refuses receivers whose address is a stand-in."""
    (value,) = read_yaml(path.read_bytes()).documents
    if "route" not in value:
        text = (value.get("stringData") or value["data"])["alertmanager.yaml"]
        (value,) = read_yaml(text.encode()).documents
    kept = {key: value[key] for key in ("route", "time_intervals", "mute_time_intervals") if key in value}
    return {**kept, "receivers": [{"name": one["name"]} for one in value["receivers"]]}


def asked(config: AlertmanagerConfig, source: random.Random) -> dict[str, str]:
    """Labels that a route of the tree asks for, some of them changed or left out."""
    labels = random_labels(source)
    node = config.root
    while node.children and source.random() < 0.85:
        node = source.choice(node.children)
    wanted = Conditions(matcher for route in config.way_to(node) for matcher in route.matchers)
    for label, value in sorted(wanted.pairs()):
        if source.random() < 0.85:
            labels[label] = value
    return {name: value for name, value in labels.items() if value or source.random() < 0.3}


@amtool.needs_amtool
@pytest.mark.parametrize("data", list(trees()))
def test_every_alert_goes_where_amtool_sends_it(tmp_path: Path, data: dict[str, Any]) -> None:
    config = amtool.read(data)
    path = amtool.write(tmp_path, data)
    assert amtool.accepts(path) == (config.problems == ())
    source = random.Random(json.dumps(data, sort_keys=True))
    sets = [asked(config, source) for _ in range(max(1, SETS // (MADE + 5)))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        theirs = list(pool.map(lambda labels: amtool.receivers(path, labels), sets))
    ours = [config.receivers_reached(labels) for labels in sets]
    different = [one for one in zip(sets, ours, theirs, strict=True) if one[1] != one[2]]
    assert different == []


def deep(levels: int) -> dict[str, Any]:
    route: dict[str, Any] = {"receiver": "r"}
    for _ in range(levels):
        route = {"receiver": "r", "routes": [route]}
    return {"route": route, "receivers": [{"name": "r"}]}


def test_a_tree_of_ten_thousand_levels_is_unknown_and_ends_nothing() -> None:
    with pytest.raises(Unknown, match="routes lie in each other more than 100 deep"):
        amtool.read(deep(10_000))


def test_a_file_of_ten_thousand_levels_is_refused() -> None:
    levels = 10_000
    text = '{"receivers": [], "route": ' + '{"routes": [' * levels + "]}" * levels + "}"
    with pytest.raises(YamlError, match="deep"):
        read_yaml(text.encode())


def test_the_deepest_tree_that_is_read_is_walked() -> None:
    config = amtool.read(deep(DEEPEST - 1))
    assert len(config.walk({})[0].path) == DEEPEST
    with pytest.raises(Unknown):
        amtool.read(deep(DEEPEST))
