"""Objects have the fields and types that their Kubernetes version knows."""

from collections import Counter

from readiness.api import Edit, Finding, Findings, NotApplicable, Proof, Unknown
from readiness.evidence.effective import dotted
from readiness.evidence.manifests import AnyObject
from readiness.evidence.schemas import Departure, Schemas
from readiness.outcome import Subject


def schema(objects: tuple[AnyObject, ...], schemas: Schemas) -> Findings:
    """Every object is valid against the schema of the Kubernetes version that it is meant for.

    A field that the API does not know is dropped, or refused by kubectl: the probe, limit or strategy that
    it was to set is not there, and nobody is told. A value of a wrong type stops the whole deployment, often
    half-way, with some of the objects new and some old.
    Held against the OpenAPI of each `kubernetes-version` of the environment, of the newest known without
    one; custom resources against the CustomResourceDefinitions of the trees. What has no schema is named
    as not validated.

    Silent on:
        null, which the API server reads as left out; keys that stand twice, which
        `evidence.readable` finds; API versions that are gone, which `object.api-version` finds;
        what is missing from a `status`, which is the cluster's to write.

    Severity: error error error warning

    Source:
        Kubernetes OpenAPI definitions (api/openapi-spec/swagger.json) of 1.25 and later; Extend the
        Kubernetes API with CustomResourceDefinitions, Specifying a structural schema; quantities:
        k8s.io/apimachinery, resource.Quantity.

    Peers:
        kube-linter/schema-validation: the same, with schemas that it downloads
    """
    if not objects:
        raise NotApplicable("no object with apiVersion and kind")
    valid, unknown_kinds, seen = 0, Counter[str](), Counter[tuple[Subject, str]]()
    unread: Unknown | None = None
    for one in objects:
        departures = schemas.wrongs(one.object)
        if departures is None:
            unknown_kinds[f"{one.object.kind} of {one.object.api_version}"] += 1
            continue
        valid += not departures
        for departure in departures:
            if departure.wrong.filled_in:
                unread = _filled_in(one, departure)
                continue
            found = _finding(one, departure)
            seen[one.subject, found.key] += 1
            times = seen[one.subject, found.key]
            yield found if times == 1 else found._replace(key=f"{found.key}#{times}")
    if schemas.too_old:
        raise Unknown(
            f"no schemas of Kubernetes {', '.join(schemas.too_old)} are known, only of newer versions",
            schemas.at,
        )
    if unread is not None:
        raise unread
    yield from _proofs(valid, unknown_kinds, schemas)


def _proofs(valid: int, unknown_kinds: Counter[str], schemas: Schemas) -> Findings:
    not_validated = [
        f"{count} {kind}: not validated, since no schema is known and no CustomResourceDefinition is here"
        for kind, count in sorted(unknown_kinds.items())
    ]
    if not_validated and not valid:
        raise NotApplicable("; ".join(not_validated[:20]))
    if valid:
        yield Proof(f"{valid} {'object is' if valid == 1 else 'objects are'} valid in {schemas.words}")
    for said in not_validated:
        yield Proof(said)


def _finding(one: AnyObject, departure: Departure) -> Finding:
    wrong = departure.wrong
    path, at = dotted(wrong.keys), one.at.at(*wrong.keys)
    place = one.at.at(*wrong.keys[:-1]) if wrong.what == "missing" else at
    near = f"; the nearest is {wrong.near}" if wrong.near else ""
    edits = () if wrong.right is None else (Edit(at, "set", wrong.right),)
    return Finding(
        f"{one.label}: {path} {wrong.says} in {departure.says}{near}",
        place,
        _fix(departure, path),
        about=one.subject,
        key=f"{wrong.what} {path}",
        edits=edits,
    )


def _fix(departure: Departure, path: str) -> str:
    wrong = departure.wrong
    if wrong.what == "unknown":
        if wrong.near:
            return f"rename {path} to {wrong.near}, or remove it"
        return f"remove {path}, or write the field of {wrong.owner} that is meant"
    if wrong.what == "missing":
        return f"add {path}"
    if wrong.right is not None:
        return f"write {str(wrong.right).lower()} without quotes"
    return f"correct {path}"


def _filled_in(one: AnyObject, departure: Departure) -> Unknown:
    keys = departure.wrong.keys
    return Unknown(
        f"{one.label}: {dotted(keys)} is a placeholder, what it will be is not known", one.at.at(*keys),
        "judge the objects after the placeholders are filled in",
    )  # fmt: skip
