"""Makes readiness/schemas/kubernetes/definitions.json.gz from the schemas of the package kubernetes-validate.

    pip install kubernetes-validate && python docs/kubernetes_schemas.py

Run by a maintainer when the package has a new Kubernetes version. What a definition says is kept once for
all versions that agree on it, without descriptions, in the words that `readiness.evidence.openapi` reads:

    {"versions": ["1.25", …],
     "kinds": {"apps/v1/Deployment": [["1.25", "io.k8s.api.apps.v1.Deployment"]]},
     "definitions": {"io.k8s.api.apps.v1.Deployment": [["1.25", {"fields": {…}, "required": […]}]]}}

Each list has what holds from a version on, null where it is gone. A field is a word: `string`, `int32`,
`int64`, `number`, `boolean`, `quantity`, `int-or-string`, `bytes`, `mapping` and `any` (whatever it holds),
`#NAME` (a definition), with `[]` in front a list and with `{}` a mapping of it.
"""

import gzip
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "readiness" / "schemas" / "kubernetes" / "definitions.json.gz"
WORDS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "string",
}
FORMATS = {"int32": "int32", "int64": "int64", "byte": "bytes"}


def word(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """A field's type in one word."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in WORDS:
            return WORDS[name]
        target = definitions[name]
        return f"#{name}" if "properties" in target else word(target, definitions)
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        (kind,) = (one for one in kind if one != "null")
    if kind == "array":
        return "[]" + word(schema["items"], definitions)
    if kind == "object":
        inner = schema.get("additionalProperties")
        return "{}" + word(inner, definitions) if isinstance(inner, dict) else "mapping"
    if kind in ("any", "boolean", "number"):
        return str(kind)
    return FORMATS.get(schema.get("format", ""), "int64" if kind == "integer" else "string")


def condensed(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: word(one, definitions) for name, one in sorted(schema["properties"].items())}
    return {"fields": fields, **({"required": sorted(schema["required"])} if schema.get("required") else {})}


def kinds_of(definitions: Mapping[str, Any]) -> dict[str, str]:
    """`group/version/kind` → the definition of it; what stands for any group (DeleteOptions) is left out."""
    found = {}
    for name, schema in definitions.items():
        served = schema.get("x-kubernetes-group-version-kind", ())
        if len(served) == 1 and "properties" in schema:
            group, version, kind = (served[0][key] for key in ("group", "version", "kind"))
            found[f"{group}/{version}/{kind}" if group else f"{version}/{kind}"] = name
    return found


def changes(by_version: Mapping[str, Mapping[str, Any]]) -> dict[str, list[list[Any]]]:
    """What each name stands for, from which version on."""
    made: dict[str, list[list[Any]]] = {}
    for name in sorted({name for found in by_version.values() for name in found}):
        said: list[list[Any]] = []
        for version, found in by_version.items():
            now = found.get(name)
            if now != (said[-1][1] if said else None):
                said.append([version, now])
        made[name] = said
    return made


def made() -> dict[str, Any]:
    """The definitions of all versions that the installed package has."""
    folder = files("kubernetes_validate").joinpath("kubernetes-json-schema")
    names = (re.fullmatch(r"v1\.(\d+)\.\d+-local-strict", one.name) for one in folder.iterdir())
    minors = sorted({int(found[1]) for found in names if found})
    kinds: dict[str, dict[str, str]] = {}
    contents: dict[str, dict[str, Any]] = {}
    for minor in minors:
        text = folder.joinpath(f"v1.{minor}.0-local-strict", "_definitions.json").read_text()
        definitions = json.loads(text)["$defs"]
        kinds[f"1.{minor}"] = kinds_of(definitions)
        contents[f"1.{minor}"] = {
            name: condensed(schema, definitions)
            for name, schema in definitions.items()
            if "properties" in schema
        }
    return {
        "versions": [f"1.{minor}" for minor in minors],
        "kinds": changes(kinds),
        "definitions": changes(contents),
    }


def main() -> None:
    definitions = made()
    text = json.dumps(definitions, separators=(",", ":"))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(text)} characters, {TARGET.stat().st_size} bytes: {', '.join(definitions['versions'])}")


if __name__ == "__main__":
    main()
