"""Writes docs/reference/ and the published checklist schema from the code.

    python docs/generate.py            writes what is out of date, and removes pages of what is gone
    python docs/generate.py --check    writes nothing; names stale pages and ends with exit code 1

The pages depend on the code alone: not on the terminal, the machine, the date or installed plug-ins.
The areas are those that pyproject.toml names, so that no installation is needed to describe a new one. The
edits shown with checks are those that the tests seed into the ready example.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]

from readiness import checklist_spelling as spelled  # noqa: E402
from readiness.aliases import aliases_of  # noqa: E402
from readiness.checklist import PLACEHOLDER, Item  # noqa: E402
from readiness.layers import load  # noqa: E402
from readiness.plugins import GROUP, EntryPoint, KnownChecks  # noqa: E402
from readiness.schema import NOT_IN_SCHEMA, checklist_schema, published  # noqa: E402
from readiness.signature import Check, SettingOf  # noqa: E402
from tests.checks import seeds  # noqa: E402
from tests.checks.matrix import FAULTS  # noqa: E402
from tests.conformance.cases import differences  # noqa: E402
from tests.faults import Fault  # noqa: E402

REFERENCE = "docs/reference"
CONFORMANCE = "docs/conformance.md"
SCHEMA = "readiness/schemas/checklist.schema.json"
SHOWN = "readiness/schemas/examples.json"  # by `readiness explain`
HEADER = "<!-- Written by docs/generate.py from the code. Edit the code, then run: make docs -->\n\n"

Schema = Mapping[str, Any]
Row = tuple[str, ...]


def built_in_checks() -> KnownChecks:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    areas = project["entry-points"][GROUP]
    return KnownChecks({area: EntryPoint(area, module, "readiness") for area, module in areas.items()})


def pages() -> dict[str, str]:
    """Every generated file by its path in the repository."""
    known = built_in_checks()
    found = {f"{REFERENCE}/checks/{area}.md": area_page(area, known) for area in known.areas}
    found |= {
        f"{REFERENCE}/README.md": contents_page(known),
        f"{REFERENCE}/checklist.md": checklist_page(known),
        f"{REFERENCE}/verdict.md": verdict_page(),
        f"{REFERENCE}/cli.md": cli_page(),
        f"{REFERENCE}/profiles.md": profiles_page(known),
    }
    found[CONFORMANCE] = conformance_page(known)
    made = {path: HEADER + text.rstrip("\n") + "\n" for path, text in found.items()}
    return {**made, SCHEMA: published(known), SHOWN: examples(known)}


# Checks


def contents_page(known: KnownChecks) -> str:
    lines = [
        "# Reference",
        "",
        "- [Checklist](checklist.md): every field of `readiness.yaml`",
        "- [Profiles](profiles.md): the checklists that the tool ships",
        "- [Command line](cli.md)",
        "- [Verdict](verdict.md): every field of the JSON output",
        "",
        "## Checks",
        "",
    ]
    rows = [
        (f"[`{check.id}`](checks/{check.area}.md#{_anchor(check.id)})", cell(check.title), *check.severities)
        for check in known.values()
    ]
    lines += table(("check", "what is true when all is well", "tier 1", "tier 2", "tier 3", "tier 4"), rows)
    return "\n".join(lines)


def area_page(area: str, known: KnownChecks) -> str:
    from importlib import import_module

    about = (import_module(known.areas[area].module).__doc__ or "").strip().split("\n\n")
    lines = [f"# Checks: {area}", "", *[line for part in about for line in (*part.splitlines(), "")]]
    for check in known.of_area(area).values():
        lines += check_section(check)
    return "\n".join(lines)


def check_section(check: Check) -> Iterator[str]:
    yield from (f"## {check.id}", "", f"**{check.title}.**", "")
    if check.body:
        yield from (check.body, "")
    severities = " · ".join(f"tier {tier} {word}" for tier, word in enumerate(check.severities, 1))
    yield from (f"Severity: {severities}", "")
    yield from (f"Judged: {_scope(check)}", "")
    if check.settings:
        rows = [
            (f"`{name}`", setting_words(one), f"`{flow(one.spell(one.default))}`",
             cell(check.setting_docs.get(name, "")))
            for name, one in check.settings.items()
        ]  # fmt: skip
        yield from table(("setting", "spelled as", "default", "meaning"), rows)
        yield ""
    yield from ("```yaml", *example(check), "```", "")
    if check.silent_on:
        yield from ("Silent on:", "", *bullets(check.silent_on), "")
    if check.source:
        yield from (f"Source: {' '.join(check.source.split())}", "")
    if check.peers:
        rows = [(f"`{name}`", cell(differs)) for name, differs in check.peers.items()]
        yield from (*table(("called elsewhere", "what differs there"), rows), "")
    yield from fault_of(check.id)


def fault_of(check_id: str) -> Iterator[str]:
    """The first edit of a good example that the tests seed for a check, as Markdown."""
    tree, fault = _first_fault(check_id)
    if fault is None:
        return
    yield from (f"Found in `examples/{tree}` after this edit of `{fault.file}`:", "", "```diff")
    yield from _diff(fault)
    yield from ("```", "")


def examples(known: KnownChecks) -> str:
    """Of each check how it is asked for, and the first fault that the tests seed: what `explain` shows."""
    found: dict[str, dict[str, Any]] = {}
    for check_id in known:
        tree, fault = _first_fault(check_id)
        found[check_id] = {"item": list(example(known[check_id]))}
        if fault is not None:
            found[check_id] |= {"tree": tree, "file": fault.file, "diff": list(_diff(fault))}
    return json.dumps(found, indent=0, ensure_ascii=False) + "\n"


def _diff(fault: Fault) -> Iterator[str]:
    yield from (f"-{line}" for line in fault.old.splitlines())
    yield from (f"+{line}" for line in fault.new.splitlines())


def _first_fault(check_id: str) -> tuple[str, Fault | None]:
    return next(
        (
            (tree, fault)
            for tree, faults in (("orders", FAULTS), ("kubernetes", seeds.FAULTS))
            for check, fault in faults.values()
            if check == check_id
        ),
        ("", None),
    )


# Conformance

PEERS = {"kube-linter": "kube-linter", "kube-score": "kube-score", "polaris": "Polaris", "checkov": "Checkov"}


CONFORMANCE_ABOUT = """\
Which check answers for each check of kube-linter, kube-score, Polaris and Checkov. On the command line
`readiness explain kube-linter/privileged-container` says the same. The test cases that kube-linter and
Polaris ship are replayed by `tests/conformance`: each has the result that the peer expects, or stands below
with the reason why ours is another.""".splitlines()


def conformance_page(known: KnownChecks) -> str:
    """Which check answers for each of other linters', and where it departs from their test cases."""
    lines = ["# Conformance", "", *CONFORMANCE_ABOUT, ""]
    aliases = aliases_of(known)
    for peer, name in PEERS.items():
        rows = [
            (f"`{alias.name.partition('/')[2]}`", _linked(alias.check), cell(alias.differs))
            for other in sorted(aliases)
            if other.startswith(f"{peer}/")
            for alias in aliases[other]
        ]
        if rows:
            lines += [f"## {name}", "", *table((f"{name}'s check", "here", "what differs there"), rows), ""]
    rows = [(f"`{one.check}`", f"`{one.file}`", one.ours, cell(one.why)) for one in differences()]
    if rows:
        words = "the case of the peer", "file (`*`: all of them)", "ours says", "why"
        lines += ["## Cases in which ours says something else", "", *table(words, rows), ""]
    return "\n".join(lines)


def _linked(check: Check) -> str:
    return f"[`{check.id}`](reference/checks/{check.area}.md#{_anchor(check.id)})"


def _scope(check: Check) -> str:
    times = "once for each environment" if check.per_environment() else "once"
    if check.each is None:
        return f"{times}, over all that it reads together"
    return f"each {check.each.type.__name__} by itself, {times}"


def example(check: Check) -> Iterator[str]:
    """The item as it stands in a checklist, with every setting at its default."""
    yield "items:"
    yield f"  - check: {check.id}"
    if check.settings:
        yield "    with:"
        for name, one in check.settings.items():
            yield f"      {name}: {flow(one.spell(one.default))}"


def setting_words(one: SettingOf) -> str:
    if one.choices:
        words = "one of " + ", ".join(f"`{choice}`" for choice in one.choices)
    elif one.setting is None:
        words = "`true` or `false`"
    else:
        words = one.setting.expected
    words = f"a list; each {words}" if one.many else words
    return cell(f"{words}, or `null`" if one.optional else words)


def flow(value: object) -> str:
    """A value as a checklist spells it, on one line."""
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, str) and value and all(char.isalnum() or char in "-_./%" for char in value):
        return value
    return json.dumps(value, ensure_ascii=False)


def bullets(text: str) -> Iterator[str]:
    """One bullet for each part of a text that semicolons at line ends separate."""
    for part in " ".join(text.split()).split("; "):
        yield f"- {part.rstrip('.;')}"


# Profiles


def profiles_page(known: KnownChecks) -> str:
    names = sorted(path.stem for path in (ROOT / "readiness/profiles").glob("*.yaml"))
    lines = [
        "# Profiles",
        "",
        "A profile is a checklist that the tool ships. It has a version: an upgrade of the tool changes none "
        "that is out,",
        "so that it never turns a pipeline red. Name one as `extends: [profile:standard@1]`, or on the "
        "command line with",
        "`--profile standard@1`. *required* means that the item fails where it has no subject.",
        "",
    ]
    for name in names:
        lines += profile_section(name, known)
    return "\n".join(lines)


def profile_section(name: str, known: KnownChecks) -> Iterator[str]:
    def no_layer(ref: str) -> bytes:
        raise SystemExit(f"profile {name} extends {ref}, which is no profile")

    checklist = load(f"profile:{name}", no_layer, known)
    text = (ROOT / f"readiness/profiles/{name}.yaml").read_text(encoding="utf-8")
    comments = []
    for line in text.splitlines():
        if line.startswith("# ") and "yaml-language-server" not in line:
            comments.append(line[2:])
        elif not line.startswith("#"):
            break
    yield from (f"## {name}", "", *comments, "")
    if checklist.extends:
        yield from ("It extends " + ", ".join(f"`{one.ref}`" for one in checklist.extends) + ".", "")
    blocking = sum(1 for item in checklist.items if _severity(item, 2, known) == "error")
    yield from (f"{len(checklist.items)} items; {blocking} of them block at tier 2.", "")
    rows = []
    for item in checklist.items:
        check = known[item.check]
        tiers = tuple(_severity(item, tier, known) for tier in (1, 2, 3, 4))
        needs = ["required"] if item.required else []
        needs += [f"`{key}: {flow(value)}`" for key, value in item.settings.items()]
        link = f"[`{item.check}`](checks/{check.area}.md#{_anchor(item.check)})"
        rows.append((link, *tiers, cell(", ".join(needs)), cell(item.why)))
    yield from table(("item", "tier 1", "tier 2", "tier 3", "tier 4", "also", "why"), rows)
    yield ""


def _severity(item: Item, tier: int, known: KnownChecks) -> str:
    return item.severity_at(tier, known[item.check] if item.kind == "check" else None)


# The checklist


def checklist_page(known: KnownChecks) -> str:
    schema = checklist_schema(known)
    fields: Schema = schema["properties"]
    kinds = dict(zip(spelled.ITEM_KEYS, schema["$defs"]["item"]["oneOf"], strict=True))
    common = spelled.COMMON_KEYS
    lines = [
        "# Checklist",
        "",
        "Every field of `readiness.yaml`. `readiness validate` reads one, and `readiness init` writes the "
        "JSON Schema for",
        f"editors beside it. Wherever a value is expected, `{PLACEHOLDER}` may stand; the gate fails as long "
        "as it does.",
        "",
        "```yaml",
        "# yaml-language-server: $schema=.readiness/checklist.schema.json",
        "```",
        "",
        "## Top level",
        "",
        *field_table(fields, schema.get("required", ())),
        "",
    ]
    for name in ("service", "evidence", "waivers"):
        lines += (f"## {name}", "", *field_table(fields[name]["properties"]), "")
    declared = fields["evidence"]["properties"]["declared"]["items"]
    lines += ("### evidence.declared", "", "A page or a route, or an object of Kubernetes:", "")
    for entry in declared["oneOf"]:
        lines += (*field_table(entry["properties"], entry["required"]), "")
    lines += ("## sources", "", "By the name that `--source NAME=FOLDER` gives.", "")
    lines += (*field_table(fields["sources"]["additionalProperties"]["properties"]), "")
    lines += ("## environments", "", "By name.", "")
    lines += (*field_table(fields["environments"]["additionalProperties"]["properties"]), "")
    lines += ("## manifests", "", "A path, or one of these:", "")
    for entry in schema["$defs"]["manifests"]["oneOf"][1:]:
        lines += (*field_table(entry["properties"], entry["required"]), "")
    lines += (
        "## paths",
        "",
        f"Wherever a path is expected: {spelled.PATH.expected}. A name and a colon in front",
    )
    lines += ("say which source it is in; without them it is in the repository itself.", "")
    lines += ("## platform", "", *field_table(fields["platform"]["properties"]), "")
    lines += (
        "## items",
        "",
        "Three kinds: a check with settings, a rule in CEL, and what a person attests.",
        "",
    )
    titles = {"check": "A check", "cel": "A rule in CEL", "attest": "What a person attests"}
    for kind, item in kinds.items():
        needed = set(item["required"])
        own = {name: value for name, value in item["properties"].items() if name not in common}
        own |= {name: item["properties"][name] for name in common if name in needed}
        lines += (f"### {titles[kind]}", "", *field_table(own, needed), "")
    attest = kinds["attest"]["properties"]["attest"]
    lines += ("#### attest", "", *field_table(attest["properties"], attest["required"]), "")
    rest = {name: kinds["check"]["properties"][name] for name in common}
    lines += ("### Fields of every item", "", *field_table(rest), "")
    when = rest["when"]
    lines += ("#### when", "", *field_table(when["properties"]), "")
    lines += ("## What the schema can't say", "", "The tool refuses these, an editor does not:", "")
    lines += [f"- {text}" for text in NOT_IN_SCHEMA]
    return "\n".join(lines)


def field_table(fields: Schema, required: Iterable[str] = ()) -> Iterator[str]:
    rows: list[Row] = []
    for name, schema in fields.items():
        default = f"`{flow(schema['default'])}`" if "default" in schema else ""
        need = "yes" if name in required else ""
        rows.append(
            (f"`{name}`", cell(value_words(schema)), need, default, cell(schema.get("description", "")))
        )
    if not required:
        rows = [(row[0], row[1], row[3], row[4]) for row in rows]
        return table(("field", "value", "default", "meaning"), rows)
    return table(("field", "value", "needed", "default", "meaning"), rows)


_SPELLINGS = {
    one.pattern: one.expected for one in vars(spelled).values() if isinstance(one, spelled.Spelling)
}

_REFERENCES = {
    "path": "[path](#paths)",
    "manifests": "[manifests](#manifests)",
    "item": "[item](#items)",
}


def value_words(schema: Schema) -> str:
    """What may stand there, in words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return _REFERENCES.get(name, name)
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        if len(schema["enum"]) > 12:
            return "the id of a [check](README.md#checks)"
        return "one of " + ", ".join(f"`{one}`" for one in schema["enum"])
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        real = [one for one in alternatives if one.get("const") != PLACEHOLDER]
        first = value_words(real[0])
        if len(real) == 2 and real[1].get("type") == "array" and real[1]["items"] == real[0]:
            return f"{first}; or a list of such"
        return " or ".join(dict.fromkeys(value_words(one) for one in real))
    kind = schema.get("type")
    if kind == "array":
        return f"list; each {value_words(schema['items'])}"
    if kind == "boolean":
        return "`true` or `false`"
    if kind == "integer":
        return f"whole number from {schema.get('minimum')} to {schema.get('maximum')}"
    if kind == "string":
        return _SPELLINGS.get(schema.get("pattern", ""), "a text")
    if isinstance(schema.get("additionalProperties"), Mapping):
        inner = schema["additionalProperties"]
        return "mapping by name" + ("" if inner.get("type") == "object" else f"; each {value_words(inner)}")
    return "mapping"


# The verdict


def verdict_page() -> str:
    schema = json.loads((ROOT / "readiness/schemas/verdict.schema.json").read_text(encoding="utf-8"))
    lines = [
        "# Verdict",
        "",
        schema["description"],
        "",
        "The schema is `readiness/schemas/verdict.schema.json`. Every field is always there; what has no "
        "value is null or empty.",
        "",
    ]
    first = ["verdict", "failure"]
    for name in [*first, *(name for name in schema["$defs"] if name not in first)]:
        about = schema["$defs"][name]
        lines += (f"## {name}", "", about.get("description", ""), "")
        rows = []
        for field, value in about["properties"].items():
            if "$ref" in value:
                about_field = schema["$defs"][value["$ref"].rpartition("/")[2]].get("description", "")
                rows.append((f"`{field}`", json_words(value), cell(value.get("description", about_field))))
            else:
                rows.append((f"`{field}`", cell(json_words(value)), cell(value.get("description", ""))))
        lines += (*table(("field", "value", "meaning"), rows), "")
    return "\n".join(lines)


def json_words(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{_anchor(name)})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
    if "oneOf" in schema:
        return " or ".join(json_words(one) for one in schema["oneOf"])
    kind = schema["type"]
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if words == "array":
        return f"list of {json_words(schema['items'])}"
    if words == "object" and "properties" in schema:
        return "object: " + ", ".join(f"`{name}`" for name in schema["properties"])
    return words


# The command line


def cli_page() -> str:
    from typer.main import get_command

    from readiness.cli import app

    root: Any = get_command(app)
    lines = [
        "# Command line",
        "",
        (root.help or "").strip(),
        "",
        "| exit code | meaning |",
        "| --- | --- |",
        "| 0 | the verdict is pass |",
        "| 1 | the verdict is fail; `unknown` and `error` outcomes count as such |",
        "| 2 | the command line, a checklist, a waiver or an attestation is invalid |",
        "| 3 | no verdict could be reached: a tree or ref can't be read, an output can't be written |",
        "",
    ]
    for name in sorted(root.commands):
        lines += command_section(name, root.commands[name])
    return "\n".join(lines)


def command_section(name: str, command: Any) -> Iterator[str]:
    shown = [param for param in command.params if not getattr(param, "hidden", False)]
    arguments = [param for param in shown if param.param_type_name == "argument"]
    options = [param for param in shown if param.param_type_name == "option"]
    yield from (f"## readiness {name}", "", (command.help or "").strip(), "")
    usage = " ".join(f"{one.name.upper()}" if one.required else f"[{one.name.upper()}]" for one in arguments)
    yield from ("```", f"readiness {name} [OPTIONS] {usage}".rstrip())
    text = (command.epilog or "").removeprefix("Example: ")
    if text:
        yield text
    yield from ("```", "")
    rows = [(f"`{one.name.upper()}`", default_of(one), cell(one.help or "")) for one in arguments]
    for one in options:
        words = ", ".join(f"`{text}`" for text in sorted(one.opts, key=len, reverse=True))
        value = "" if one.is_flag else f" {cell(one.metavar or 'TEXT')}"
        help_ = cell(one.help or "") + (
            " Repeatable." if one.multiple and "repeatable" not in one.help else ""
        )
        rows.append((words + value, default_of(one), help_))
    yield from table(("argument or option", "default", "meaning"), rows)
    yield ""


def default_of(parameter: Any) -> str:
    default = parameter.default
    if parameter.required or default in (None, "", False, []) or callable(default):
        return ""
    return f"`{default}`"


# Markdown


def table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _anchor(heading: str) -> str:
    """As Markdown renderers make them: dots dropped, spaces to dashes."""
    return heading.lower().replace(".", "").replace(" ", "-")


def stale(root: Path) -> Iterator[tuple[str, str | None]]:
    """Files under `root` that differ from what they are made of; None for one that has no more reason."""
    made = pages()
    for path, text in sorted(made.items()):
        file = root / path
        if not file.is_file() or file.read_bytes() != text.encode():
            yield path, text
    for file in sorted((root / REFERENCE).rglob("*.md")):
        path = file.relative_to(root).as_posix()
        if path not in made:
            yield path, None


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="name stale files; write nothing")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to write to; this one by default")
    arguments = parser.parse_args()
    found = list(stale(arguments.root))
    for path, text in found:
        if arguments.check:
            print(f"{path} is stale; run: make docs")
            continue
        file = arguments.root / path
        if text is None:
            file.unlink()
            print(f"removed {path}")
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {path}")
    return 1 if found and arguments.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
