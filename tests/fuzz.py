"""Mutated real manifests through every check: no crash, no hang, no traceback, bounded memory.

    python -m tests.fuzz --count 20000 --seed 1 [FOLDER ...]

Takes the objects of the examples, and of folders that are named, and changes each in one to four places: values of
another type, missing and renamed keys, odd texts, huge numbers, deep nesting; or bytes of its text. Fifty at a time are
judged as one stream. A crash is an outcome in `error`, or an exception that ends the run; each is printed with the object.
"""

import argparse
import copy
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from readiness.errors import ReadinessError
from readiness.pipeline import Request, judge
from readiness.plugins import known_checks
from readiness.yaml_reader import YamlError, read
from tests.faults import AS_OF, EXAMPLES

BATCH = 50
SEPARATOR = b"\n---\n"
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 2**31, 2**70, 1e300, "", "x", "0", "1", "-1", "100%", "0%", "150%", "1e3", "1Gi",
    "500m", "-5m", "latest", "a" * 300, "ü\u2028", "\u202e", "a:b:c@sha256:", "registry:5000/app", "/", "..", "{{ x }}",
    "${X}", "*", "[]", [], [None], [[]], [{}], {}, {"x": None}, {"": ""}, {"a": {"b": {"c": []}}}, ["a", "a"],
)  # fmt: skip
AREAS = ("availability", "capacity", "config", "evidence", "image", "job", "monitoring", "network", "object", "rbac",
         "rollback", "rollout", "workload")  # fmt: skip


def objects(folders: list[Path]) -> list[Any]:
    """Every object with a kind below some folders."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*.y*ml")):
            try:
                documents = read(path.read_bytes()).documents
            except YamlError:
                continue
            found += [
                one
                for one in documents
                if isinstance(one, dict) and one.get("kind") and one.get("apiVersion")
            ]
    return found


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*way, key)
            yield from places(item, (*way, key))


def mutated(original: Any, chance: random.Random) -> Any:
    made = copy.deepcopy(original)
    for _ in range(chance.randint(1, 4)):
        ways = list(places(made))
        if not ways:
            break
        *way, key = chance.choice(ways)
        holder = made
        for step in way:
            holder = holder[step]
        kind = chance.randrange(6)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[f"{key}s"] = holder.pop(key)
        elif kind == 2 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif kind == 3:
            holder[key] = [holder[key]]
        elif kind == 4:
            holder[key] = {"x": holder[key]}
        else:
            holder[key] = copy.deepcopy(chance.choice(ODD))
    return made


def broken(text: bytes, chance: random.Random) -> bytes:
    """A text with some bytes changed; what can't be read any more takes its whole stream with it."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + bytes(chance.randrange(256) for _ in range(chance.randint(0, 3))) + text[at + 1 :]


def text_of(made: Any, chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return json.dumps(made).encode()
    return yaml.safe_dump(made, allow_unicode=True).encode()


def wrong_with(stream: bytes) -> list[str]:
    """What must not happen on a stream of manifests, and did."""
    checks = tuple(f"{area}.*" for area in AREAS if known_checks().of_area(area))
    try:
        document = judge(Request("-", AS_OF, stdin=stream, checks=checks)).document
        json.dumps(document, allow_nan=False)
    except ReadinessError:
        return []
    except Exception as crash:
        return [f"{type(crash).__name__}: {crash}"]
    return [
        f"{outcome['check']}: {finding['message']}"
        for outcome in document["outcomes"]
        for finding in outcome["findings"]
        if finding["status"] == "error"
    ]


def run(count: int, seed: int, folders: list[Path]) -> list[tuple[bytes, list[str]]]:
    """Streams on which something went wrong, one object each where that is enough."""
    chance = random.Random(seed)
    known = objects(folders)
    failed = []
    for start in range(0, count, BATCH):
        texts = [
            text_of(mutated(chance.choice(known), chance), chance) for _ in range(min(BATCH, count - start))
        ]
        whole, odd = texts[: -BATCH // 10], [broken(text, chance) for text in texts[-BATCH // 10 :]]
        for stream in (SEPARATOR.join(whole), *odd):
            wrong = wrong_with(stream)
            if wrong:
                alone = [(text, told) for text in stream.split(SEPARATOR) if (told := wrong_with(text))]
                failed += alone or [(stream, wrong)]
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began = time.perf_counter()
    failed = run(arguments.count, arguments.seed, [EXAMPLES, *arguments.folders])
    for text, wrong in failed:
        print(f"{text[:2000].decode('utf-8', 'replace')}\n=> {'; '.join(wrong)}\n")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{arguments.count} objects, {len(failed)} went wrong, {time.perf_counter() - began:.0f} s, {most} MB at most"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
