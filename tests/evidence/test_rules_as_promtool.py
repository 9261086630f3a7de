"""Rule files, whole and broken in many small ways: `alert.rules-valid` and promtool say the same of each.

The whole ones are those of the examples and, where READINESS_CORPORA names them, those of real services.
Each is broken by seeded edits of the kind that hands make: a character lost, doubled or swapped, a field
misspelt, a value of another type. What differs between versions of Prometheus is `VERSIONS`, each with why.
"""

import copy
import os
import random
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from readiness_checks.alert import rules_valid

from readiness.api import Finding, Unknown
from readiness.evidence.alert_rules import (
    OBJECT_KINDS,
    AlertRule,
    RecordingRule,
    RuleFiles,
    RuleSet,
)
from readiness.evidence.rule_format import RuleForm, problems_of
from readiness.evidence.rule_mounts import RuleMounts
from readiness.outcome import Location
from readiness.yaml_reader import YamlError, read
from tests import programs
from tests.faults import EXAMPLES

CORPORA = os.environ.get("READINESS_CORPORA", "")
BROKEN = 400  # of them, the same in each run
# What promtool says of an expression or name that is none to its own version.
VERSIONS = {
    "invalid label name": "Prometheus 3 takes any UTF-8 name",
    "invalid annotation name": "Prometheus 3 takes any UTF-8 name",
    "invalid recording rule name": "Prometheus 3 takes any UTF-8 name",
    "missing unit character in duration": "Prometheus 3 takes a number of seconds",
    'unknown function with name "histogram_share"': "a function of MetricsQL",
}

Rule = dict[str, Any]


def whole() -> dict[str, dict[str, Any]]:
    """Every rule file and object, as Prometheus would get it, by its path."""
    folders = [EXAMPLES, *([Path(CORPORA)] if CORPORA else [])]
    found = {}
    for folder in folders:
        for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
            text = path.read_text()
            if "groups:" not in text or not re.search(r"\b(alert|record):", text):
                continue
            try:
                documents = [one for one in yaml.safe_load_all(text) if isinstance(one, dict)]
            except yaml.YAMLError:
                continue  # a template
            for number, one in enumerate(documents):
                value = one.get("spec") if one.get("kind") in OBJECT_KINDS else one
                if isinstance(value, dict) and "groups" in value and "rule_files" not in value:
                    found[f"{path.relative_to(folder)} {number}"] = {"groups": value["groups"]}
    return found


def rule_of(value: dict[str, Any], draw: random.Random) -> Rule:
    group = draw.choice([one for one in value["groups"] if one.get("rules")])
    rule: Rule = draw.choice(group["rules"])
    return rule


def in_expression(pattern: str, new: str) -> Callable[[Rule, random.Random], None]:
    """One place of an expression that a pattern finds, written otherwise."""

    def edit(rule: Rule, draw: random.Random) -> None:
        places = list(re.finditer(pattern, str(rule["expr"])))
        if places:
            place = draw.choice(places)
            rule["expr"] = (
                str(rule["expr"])[: place.start()] + place.expand(new) + str(rule["expr"])[place.end() :]
            )

    return edit


def character(rule: Rule, draw: random.Random) -> None:
    """A character lost, doubled, swapped with the next, or another in its place."""
    text = str(rule["expr"])
    at = draw.randrange(len(text))
    changed = draw.choice(
        ["", text[at] * 2, text[at + 1 : at + 2] + text[at], draw.choice('(){}[],"=~!<>+-*/%:. a5')]
    )
    rule["expr"] = (
        text[:at] + changed + text[at + (2 if len(changed) == 2 and changed[0] != changed[1] else 1) :]
    )


def field(name: str, value: Any) -> Callable[[Rule, random.Random], None]:
    def edit(rule: Rule, _: random.Random) -> None:
        if value is None:
            rule.pop(name, None)
        else:
            rule[name] = value

    return edit


def inside(name: str, key: str, value: Any) -> Callable[[Rule, random.Random], None]:
    def edit(rule: Rule, _: random.Random) -> None:
        rule[name] = {**(rule.get(name) or {}), key: value}

    return edit


EDITS: tuple[Callable[[Rule, random.Random], None], ...] = (
    character, character, character, character, character, character,
    in_expression(r"[(){}\[\]]", ""), in_expression(r"[(){}\[\]]", r"\g<0>\g<0>"),
    in_expression(r"\[(\d+)(\w)\]", r"[\1]"), in_expression(r"\[(\d+)(\w)\]", r"[\1 \2]"),
    in_expression(r"\[(\d+)(\w)\]", r"[\1\2in]"), in_expression(r"\[(\d+)(\w)\]", ""),
    in_expression(r"\[(\d+)(\w)\]", r"[0m]"), in_expression(r"\[(\d+)(\w)\]", r"[\1\2:]"),
    in_expression(r"\b(rate|sum|absent|max|count)\b", r"\1s"), in_expression(r"\b(rate|increase)\(", r"sum("),
    in_expression(r"\b(sum|max|count)\b", "rate"), in_expression(r"=~", "="), in_expression(r"=", "=="),
    in_expression(r"=~\"", '=~"('), in_expression(r"=~\"", '=~"*'), in_expression(r"\"", ""), in_expression(r"\"", "'"),
    in_expression(r"\bby\b", "bye"), in_expression(r"\b(by|without) *\(", r"\1 (,"), in_expression(r", *", " "),
    in_expression(r"\b(\d+)\b", r"\1%"), in_expression(r"\b(\d+)\b", r"\1,000"), in_expression(r"[<>]=?", "=>"),
    in_expression(r"\band\b", "&&"), in_expression(r"\bor\b", "and or"), in_expression(r"$", " and"),
    in_expression(r"^", "not "), in_expression(r"$", " > bool"), in_expression(r"$", " offset 5m"),
    in_expression(r"$", " == 1 and on () vector(1)"), in_expression(r"$", " # why"), in_expression(r"[<>]=?", r"\g<0> bool"),
    in_expression(r"^", "-"), in_expression(r"$", "[5m]"), in_expression(r"\bhistogram_quantile\([^,]*,", "histogram_quantile("),
    in_expression(r"\{", "{,"), in_expression(r"\}", ",}"), in_expression(r"\{[^}]*\}", "{}"),
    field("expr", ""), field("expr", None), field("expr", 5), field("expr", "1"), field("expr", "'a'"), field("expr", "up[5m]"),
    field("for", "5 minutes"), field("for", "5"), field("for", 0), field("for", "-5m"), field("for", "1h30m"), field("for", "30m1h"),
    field("for", ["5m"]), field("keep_firing_for", "x"), field("keep_firing_for", "5m"), field("alrt", "A"), field("severity", "page"),
    field("alert", ""), field("alert", None), field("record", None), field("record", "a-b"), field("record", "a:b"), field("alert", "A b"),
    field("labels", ["a"]), field("labels", "a"), field("annotations", ["a"]), field("annotations", {}),
    inside("labels", "severity", ["page"]), inside("labels", "severity", 1), inside("labels", "severity", None),
    inside("labels", "a", True), inside("labels", "__name__", "x"), inside("labels", "x", "{{ $labels.job"),
    inside("annotations", "a", {"b": 1}), inside("annotations", "a", "{{ $lables.job }}"), inside("annotations", "a", "{{ .Value }}"),
    inside("annotations", "a", "{{ $value | humanise }}"), inside("annotations", "a", "{{ if $value }}"), inside("annotations", "a", "}}"),
    inside("annotations", "a", "{{ end }}"), inside("annotations", "a", "{{ printf \"%.2f\" $value }}"), inside("annotations", "a", "{{ $labels.a-b }}"),
)  # fmt: skip


def broken(files: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Copies of the files, each with one edit of one rule or group."""
    draw = random.Random(20261124)
    names = sorted(files)
    for number in range(BROKEN):
        value = copy.deepcopy(files[names[number % len(names)]])
        EDITS[number % len(EDITS)](rule_of(value, draw), draw)
        yield f"broken-{number}", value


def ours(value: dict[str, Any]) -> str:
    """Why the file is refused; empty when it is taken. A rule that stands twice is loaded, and fires twice."""
    rules = RuleSet(value, Location("repository", "rules.yaml"))
    alerts, records = tuple(AlertRule.of_set(rules)), tuple(RecordingRule.of_set(rules))
    said = []
    try:
        for one in rules_valid(
            alerts, records, RuleFiles({}, False), RuleForm(tuple(problems_of(rules))), RuleMounts(())
        ):
            if isinstance(one, Finding) and one.at_most is None and one.key != "twice":
                said.append(one.message)
    except Unknown as unknown:
        said.append(unknown.args[0])
    return "; ".join(said)


def edited_line(text: str, draw: random.Random) -> str:
    """A text with one line changed as an editor or a merge does it; the first line marks it as a rule file."""
    lines = text.splitlines(True)
    at = draw.randrange(1, len(lines))
    line = lines[at]
    place = draw.randrange(len(line))
    lines[at] = draw.choice(
        (
            "", line * 2, " " + line, line.removeprefix(" "), line.replace(":", "", 1), line.replace("  ", "\t", 1),
            line[:place] + draw.choice("{}[]\"'#:-,|>&*!%@ ") + line[place + 1 :], line.replace('"', "", 1),
            line.replace("'", "", 1), line.replace("- ", "  ", 1), "#" + line, line.rstrip("\n"),
        )
    )  # fmt: skip
    return "".join(lines)


def ours_of_text(text: str) -> str:
    try:
        parsed = read(text.encode())
    except YamlError as wrong:
        return str(wrong)
    if parsed.duplicates:
        return f"{parsed.duplicates[0].keys} twice"
    return ours(parsed.documents[0])


def promtools(files: Mapping[str, dict[str, Any] | str], folder: Path) -> dict[str, str]:
    """What promtool says of each file; empty when it takes it."""
    for name, value in files.items():
        (folder / name).write_text(
            value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False)
        )
    command = [str(programs.promtool()), "check", "rules", "--lint=none", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
    said = dict.fromkeys(files, "")
    for part in re.split(r"(?m)^Checking ", done.stdout + "\n")[1:]:
        name, _, rest = part.partition("\n")
        if "SUCCESS" not in rest:
            said[name] = "FAILED"
    refused = re.split(r"(?m)^  FAILED:\n", done.stderr)[1:]
    failed = [name for name, what in said.items() if what]
    assert len(refused) == len(failed)
    return said | dict(zip(failed, refused, strict=True))


def is_of_a_version(said: str) -> bool:
    """Whether all that promtool refuses is what other versions, or other servers, take."""
    problems = [line for line in said.splitlines() if ": group " in line]
    return bool(problems) and all(any(one in line for one in VERSIONS) for line in problems)


def test_each_file_is_taken_and_refused_as_by_promtool(tmp_path: Path) -> None:
    files = {f"whole-{number}": value for number, value in enumerate(whole().values())}
    assert files
    files |= dict(broken(files))
    theirs = promtools(files, tmp_path)
    assert sum(1 for what in theirs.values() if what) >= 200
    assert differing({name: ours(value) for name, value in files.items()}, theirs) == {}


def test_each_text_is_taken_and_refused_as_by_promtool(tmp_path: Path) -> None:
    draw = random.Random(20261124)
    many = [value for value in whole().values() if len(value["groups"]) > 1]  # of which some is left
    texts = [yaml.safe_dump(value, sort_keys=False, width=1000) for value in many]
    files = {f"edited-{number}": edited_line(draw.choice(texts), draw) for number in range(BROKEN)}
    theirs = promtools(files, tmp_path)
    assert sum(1 for what in theirs.values() if what) >= 200
    assert differing({name: ours_of_text(text) for name, text in files.items()}, theirs) == {}


def differing(ours: dict[str, str], theirs: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {
        name: (ours[name], theirs[name])
        for name in ours
        if bool(ours[name]) != bool(theirs[name]) and not is_of_a_version(theirs[name])
    }
