"""Objects against the schemas and API versions of the Kubernetes versions that they are meant for."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from readiness_checks import object as checks

from readiness.evidence.custom_resources import CustomResources
from readiness.evidence.manifests import KubernetesObject
from readiness.evidence.schemas import Schemas
from readiness.outcome import Location
from tests.faults import EXAMPLES, findings, judged, proofs, statuses, write

AT = Location("repository", "x.yaml")
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - {name: a, image: b:1"
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Shop, plural: shops}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [owner]
              properties:
                owner: {type: string, minLength: 2, pattern: "^[a-z]+$"}
                size: {type: string, enum: [small, large]}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                shelves: {type: integer, minimum: 1, maximum: 9}
                tags: {type: array, maxItems: 2, items: {type: string}}
                labels: {type: object, additionalProperties: {type: string}}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                template: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
                door:
                  type: object
                  properties: {key: {type: string}, code: {type: string}}
                  oneOf: [{required: [key]}, {required: [code]}]
    - {name: v1beta1, served: true, storage: false, deprecated: true, deprecationWarning: "use v1", schema: {openAPIV3Schema: {type: object}}}
    - {name: v1alpha1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
"""  # fmt: skip


def tree(tmp_path: Path, text: str, *versions: str) -> Path:
    environment: dict[str, Any] = {"class": "production", "manifests": ["deploy"]}
    if versions:
        environment["kubernetes-version"] = list(versions)
    checklist = yaml.safe_dump({"version": 1, "environments": {"production": environment}})
    return write(tmp_path, {"deploy/objects.yaml": text, "readiness.yaml": checklist})


def said(check: Any, tmp_path: Path, text: str, *versions: str) -> list[str]:
    return [one.message for one in findings(check, tree(tmp_path, text, *versions))]


def deployment(spec: str, api_version: str = "apps/v1") -> str:
    return f"apiVersion: {api_version}\nkind: Deployment\nmetadata: {{name: web}}\nspec: {spec}\n"


TEMPLATE = "selector: {}, template: {spec: {containers: [{name: a, image: b}]}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (deployment("{selector: {}, template: {spec: {contaners: [], containers: []}}}"),
         "Deployment web: spec.template.spec.contaners is no field of PodSpec in Kubernetes 1.34"),
        (deployment("{selector: {}, template: {spec: {contaners: []}}}"),
         "Deployment web: spec.template.spec.contaners is no field of PodSpec in Kubernetes 1.34; the nearest is "
         "containers"),
        (deployment("{selector: {}, template: {spec: {contaners: []}}}"),
         "Deployment web: spec.template.spec.containers is missing; PodSpec needs it in Kubernetes 1.34"),
        (deployment(f"{{{TEMPLATE}, replicas: '3'}}"),
         "Deployment web: spec.replicas is a text where a whole number is expected in Kubernetes 1.34"),
        (deployment(f"{{{TEMPLATE}, replicas: 1.5}}"),
         "Deployment web: spec.replicas is no whole number of 32 bits in Kubernetes 1.34"),
        (deployment(f"{{{TEMPLATE}, replicas: 4294967296}}"),
         "Deployment web: spec.replicas is no whole number of 32 bits in Kubernetes 1.34"),
        (deployment("{template: {spec: {containers: []}}, selector: null}"),
         "Deployment web: spec.selector is missing; DeploymentSpec needs it in Kubernetes 1.34"),
        (POD + ", env: [{name: A, value: true}]}\n",
         "Pod web: spec.containers[0].env[0].value is true where a text is expected in Kubernetes 1.34"),
        (POD + ", args: [a, null]}\n", "Pod web: spec.containers[0].args[1] is empty in Kubernetes 1.34"),
        (POD + ", args: run}\n", "Pod web: spec.containers[0].args is a text where a list is expected in Kubernetes 1.34"),
        (POD + ", resources: {limits: {memory: 1GB}}}\n",
         "Pod web: spec.containers[0].resources.limits.memory is no quantity; one is written as 500m or 1Gi in Kubernetes 1.34"),
        (POD + ", livenessProbe: {httpGet: {port: [80]}}}\n",
         "Pod web: spec.containers[0].livenessProbe.httpGet.port is a list where a whole number or a text is expected in "
         "Kubernetes 1.34"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: web}\ndata: {a: 'not base64!'}\n",
         "Secret web: data.a is not base64 in Kubernetes 1.34"),
        ("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: web}, spec: []}\n",
         "Service web: spec is a list where a mapping is expected in Kubernetes 1.34"),
    ],
)  # fmt: skip
def test_departure_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(checks.schema, tmp_path, text, "1.34")


@pytest.mark.parametrize(
    "text",
    [
        deployment(f"{{{TEMPLATE}, replicas: null, strategy: null}}\nstatus: {{}}"),
        deployment(f"{{{TEMPLATE}, replicas: 3.0}}"),
        POD + ", resources: {limits: {memory: 1e9, cpu: .5, ephemeral-storage: 100}}}\n",
        POD + ", env: [{name: A, value: null}]}\n",
        POD + "}\n---\n" + POD.replace("Pod", "ReplicaSett").replace("v1", "example.com/v1") + "}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: web, creationTimestamp: null}\ndata: {a: \"YWJj\\n\", b: ''}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80, targetPort: http}]}\n"
        "status: {loadBalancer: {}}\n",
    ],
)  # fmt: skip
def test_what_the_api_server_takes_is_left_alone(tmp_path: Path, text: str) -> None:
    assert said(checks.schema, tmp_path, text, "1.34") == []


def test_place_and_edit(tmp_path: Path) -> None:
    (found,) = findings(
        checks.schema, tree(tmp_path, deployment(f"\n  {{{TEMPLATE},\n  replicas: '3'}}"), "1.34")
    )
    assert (found.at.file, found.at.line) == ("deploy/objects.yaml", 6)
    assert found.finding.edits[0][1:] == ("set", 3)
    assert found.finding.key == "type spec.replicas"


RESIZE = POD + ", resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]}\n"  # since 1.27


def test_each_version_is_judged_and_named(tmp_path: Path) -> None:
    assert said(checks.schema, tmp_path, RESIZE, "1.25", "1.26", "1.34") == [
        "Pod web: spec.containers[0].resizePolicy is no field of Container in Kubernetes 1.25 and 1.26"
    ]


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ((), "1 object is valid in Kubernetes 1.37, the newest known, as no kubernetes-version is given"),
        (("1.31", "1.34.2"), "1 object is valid in Kubernetes 1.31 and 1.34.2"),
        (("1.34", "1.99"), "1 object is valid in Kubernetes 1.34 and 1.99 (1.99 as 1.37, the newest known)"),
    ],
)
def test_proof_says_by_which_version(tmp_path: Path, versions: tuple[str, ...], words: str) -> None:
    assert [one.message for one in proofs(checks.schema, tree(tmp_path, POD + "}\n", *versions))] == [words]


def test_version_without_schemas_is_unknown(tmp_path: Path) -> None:
    assert statuses(checks.schema, tree(tmp_path, POD + "}\n", "1.24"))["production"] == "unknown"


def test_placeholder_is_unknown_not_wrong(tmp_path: Path) -> None:
    text = deployment(f"{{{TEMPLATE}, replicas: '${{REPLICAS}}'}}")
    assert statuses(checks.schema, tree(tmp_path, text, "1.34"))["production"] == "unknown"


def test_two_objects_of_one_name_are_two_findings(tmp_path: Path) -> None:
    text = deployment(f"{{{TEMPLATE}, replica: 3}}")
    assert len(said(checks.schema, tmp_path, f"{text}---\n{text}", "1.34")) == 2


# what has no schema


SHOP = "apiVersion: example.com/{}\nkind: Shop\nmetadata: {{name: corner}}\n"


def test_kind_without_a_schema_is_not_validated(tmp_path: Path) -> None:
    note = "1 Shop of example.com/v1: not validated, since no schema is known and no CustomResourceDefinition is here"
    shop = SHOP.format("v1")
    (outcome,) = judged(checks.schema, tree(tmp_path, shop)).outcomes
    assert (outcome.status, outcome.results[0].reason) == ("not-applicable", note)
    assert [one.message for one in proofs(checks.schema, tree(tmp_path, f"{POD}}}\n---\n{shop}"))][1:] == [
        note
    ]


# custom resources


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{owner: ann, siez: small}", "spec.siez is no field of Shop.spec in its CustomResourceDefinition; the nearest is size"),
        ("{owner: ann, size: huge}", "spec.size is none of small, large in its CustomResourceDefinition"),
        ("{size: small}", "spec.owner is missing; Shop.spec needs it in its CustomResourceDefinition"),
        ("{owner: [ann]}", "spec.owner is a list where a text is expected in its CustomResourceDefinition"),
        ("{owner: Ann}", "spec.owner does not match ^[a-z]+$ in its CustomResourceDefinition"),
        ("{owner: a}", "spec.owner has 1 characters, 2 are needed in its CustomResourceDefinition"),
        ("{owner: ann, port: {}}", "spec.port is a mapping where a whole number or a text is expected in its CustomResourceDefinition"),
        ("{owner: ann, shelves: 10}", "spec.shelves is 10, at most 9 is allowed in its CustomResourceDefinition"),
        ("{owner: ann, tags: [a, b, c]}", "spec.tags has 3 entries, 2 are allowed in its CustomResourceDefinition"),
        ("{owner: ann, labels: {a: 1}}", "spec.labels.a is the number 1 where a text is expected in its CustomResourceDefinition"),
        ("{owner: ann, template: {kind: Pod}}",
         "spec.template.apiVersion is missing; Shop.spec.template needs it in its CustomResourceDefinition"),
        ("{owner: ann, template: {apiVersion: v1, kind: Pod, metadata: {nam: x}}}",
         "spec.template.metadata.nam is no field of ObjectMeta in its CustomResourceDefinition; the nearest is name"),
        ("{owner: ann, door: {}}", "spec.door fulfils not exactly one of the forms that Shop.spec.door allows in oneOf in its CustomResourceDefinition"),
    ],
)  # fmt: skip
def test_custom_resource_departs_from_its_definition(tmp_path: Path, spec: str, message: str) -> None:
    assert said(checks.schema, tmp_path, f"{SHOP.format('v1')}spec: {spec}\n---{CRD}", "1.34") == [
        f"Shop corner: {message}"
    ]


@pytest.mark.parametrize(
    "spec",
    [
        "{owner: ann, port: 80, size: null, shelves: 1.0}",
        "{owner: ann, port: http, free: {any: [thing]}, labels: {a: b}, door: {key: x}}",
        "{owner: ann, template: {apiVersion: v1, kind: Pod, metadata: {name: x}, more: 1}}",
    ],
)
def test_custom_resource_that_its_definition_takes(tmp_path: Path, spec: str) -> None:
    text = f"{SHOP.format('v1')}spec: {spec}\n---{CRD}"
    assert said(checks.schema, tmp_path, text, "1.34") == []
    assert "2 objects are valid" in proofs(checks.schema, tree(tmp_path, text))[0].message


OLD = """
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  version: v1
  names: {kind: Shop, plural: shops}
  validation:
    openAPIV3Schema:
      properties: {spec: {type: object, required: [owner], properties: {owner: {type: string}}}}
"""


@pytest.mark.parametrize(
    ("more", "messages"),
    [
        ("", ["spec.owner is a list where a text is expected"]),
        ("  preserveUnknownFields: false\n", ["spec.owner is a list where a text is expected",
                                              "spec.more is no field of Shop.spec"]),
    ],
)  # fmt: skip
def test_old_definition_keeps_unknown_fields(tmp_path: Path, more: str, messages: list[str]) -> None:
    text = f"{SHOP.format('v1')}spec: {{owner: [ann], more: 1}}\n---{OLD}{more}"
    assert said(checks.schema, tmp_path, text, "1.34") == [
        f"Shop corner: {one} in its CustomResourceDefinition" for one in messages
    ]


def test_definition_is_found_outside_of_the_environment(tmp_path: Path) -> None:
    text = f"{SHOP.format('v1')}spec: {{}}\n"
    for place in ("other/crd.yaml", "charts/shop/crds/crd.yaml"):
        root = write(
            tree(tmp_path / place.replace("/", "-"), text),
            {place: CRD, "charts/shop/Chart.yaml": "name: shop\n"},
        )
        assert [one.message for one in findings(checks.schema, root)] == [
            "Shop corner: spec.owner is missing; Shop.spec needs it in its CustomResourceDefinition"
        ]  # fmt: skip


# API versions


def an(api_version: str, kind: str) -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: old}}\n"


@pytest.mark.parametrize(
    ("api_version", "kind", "version", "severity", "says"),
    [
        ("extensions/v1beta1", "Ingress", "1.34", None, "was removed in Kubernetes 1.22; networking.k8s.io/v1 takes its place"),
        ("policy/v1beta1", "PodSecurityPolicy", "1.25", None, "was removed in Kubernetes 1.25"),
        ("policy/v1beta1", "PodSecurityPolicy", "1.24", "warning",
         "is deprecated since Kubernetes 1.21 and removed in 1.25, the next version"),
        ("policy/v1beta1", "PodDisruptionBudget", "1.22", "warning",
         "is deprecated since Kubernetes 1.21 and removed in 1.25; policy/v1 takes its place"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", None, "was removed in Kubernetes 1.26; autoscaling/v2 takes its place"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.25", "warning",
         "is deprecated since Kubernetes 1.23 and removed in 1.26, the next version; autoscaling/v2 takes its place"),
        ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", "1.34", None,
         "was removed in Kubernetes 1.26; flowcontrol.apiserver.k8s.io/v1 takes its place"),
        ("v1", "Endpoints", "1.33", "warning", "is deprecated since Kubernetes 1.33; discovery.k8s.io/v1 EndpointSlice takes its place"),
        ("resource.k8s.io/v1", "DeviceClass", "1.33", None,
         "exists from Kubernetes 1.34 on; resource.k8s.io/v1beta2 takes its place"),
        ("resource.k8s.io/v1alpha2", "ResourceClaim", "1.34", None,
         "was served by Kubernetes 1.30 for the last time; resource.k8s.io/v1 takes its place"),
        ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", "1.31", "warning",
         "is a preview of what Kubernetes 1.31 serves as admissionregistration.k8s.io/v1"
         "; admissionregistration.k8s.io/v1 takes its place"),
        ("storage.k8s.io/v1beta1", "VolumeAttributesClass", "1.36", "warning",
         "is served by Kubernetes 1.36 for the last time; storage.k8s.io/v1 takes its place"),
        ("v1", "Deployment", "1.34", None, "has no Deployment in any known version of Kubernetes; apps/v1 takes its place"),
        ("apps/v2", "Deployment", "1.34", None, "has no Deployment in any known version of Kubernetes; apps/v1 takes its place"),
        ("apps/v1", "Deploymant", "1.34", None, "has no kind Deploymant in any known version of Kubernetes; the nearest is Deployment"),
    ],
)  # fmt: skip
def test_standing_of_an_api_version(
    tmp_path: Path, api_version: str, kind: str, version: str, severity: str | None, says: str
) -> None:
    (found,) = findings(checks.api_version, tree(tmp_path, an(api_version, kind), version))
    assert found.message == f"{kind} old: {api_version} {says} (judged for Kubernetes {version})"
    assert (found.finding.at_most, found.at.line) == (severity, 1)


@pytest.mark.parametrize(
    ("api_version", "kind", "version"),
    [
        ("apps/v1", "Deployment", "1.34"),
        ("policy/v1beta1", "PodDisruptionBudget", "1.20"),
        ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", "1.25"),
        ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", "1.29"),
        ("v1", "Endpoints", "1.32"),
        ("route.openshift.io/v1", "Route", "1.34"),
        ("v1", "DeploymentConfig", "1.34"),
        ("v1", "Config", "1.34"),
        ("gateway.networking.k8s.io/v1", "Gateway", "1.34"),
        ("apps/v9", "Deployment", "1.20"),
    ],
)
def test_api_version_that_is_served_or_of_others(
    tmp_path: Path, api_version: str, kind: str, version: str
) -> None:
    assert said(checks.api_version, tmp_path, an(api_version, kind), version) == []


ROLE = "apiVersion: rbac.authorization.k8s.io/v1beta1\nkind: Role\nmetadata: {name: old}\nrules: []\n"
BUDGET = (
    "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: old}\nspec: {selector: {}}\n"
)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (ROLE, "rbac.authorization.k8s.io/v1"),
        (ROLE + "rulez: []\n", None),  # not all that is wrong with it
        (BUDGET, None),  # an empty selector means something else in policy/v1
        (deployment(f"{{{TEMPLATE}}}", "apps/v1beta1"), None),  # other defaults
        (an("extensions/v1beta1", "NetworkPolicy") + "spec: {podSelector: {}}\n", None),
        (an("storage.k8s.io/v1beta1", "StorageClass") + "provisioner: x.example\n", "storage.k8s.io/v1"),
    ],
)
def test_new_api_version_is_offered_where_nothing_else_changes(
    tmp_path: Path, text: str, right: str | None
) -> None:
    (found,) = findings(checks.api_version, tree(tmp_path, text, "1.33"))
    assert [edit.value for edit in found.finding.edits] == ([] if right is None else [right])


def test_api_version_is_judged_in_each_version(tmp_path: Path) -> None:
    text = an("autoscaling/v2beta2", "HorizontalPodAutoscaler")
    assert said(checks.api_version, tmp_path, text, "1.22", "1.25", "1.26", "1.34") == [
        "HorizontalPodAutoscaler old: autoscaling/v2beta2 is deprecated since Kubernetes 1.23 and removed in 1.26, the next "
        "version; autoscaling/v2 takes its place (judged for Kubernetes 1.25)",
        "HorizontalPodAutoscaler old: autoscaling/v2beta2 was removed in Kubernetes 1.26; autoscaling/v2 takes its place "
        "(judged for Kubernetes 1.26 and 1.34)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("version", "says", "severity"),
    [
        ("v1", None, None),
        ("v1beta1", "is deprecated: use v1 by its CustomResourceDefinition", "warning"),
        ("v1alpha1", "is not served; example.com/v1 takes its place by its CustomResourceDefinition", None),
        ("v2", "is not served; example.com/v1 takes its place by its CustomResourceDefinition", None),
    ],
)
def test_api_version_of_a_custom_resource(
    tmp_path: Path, version: str, says: str | None, severity: str | None
) -> None:
    found = findings(checks.api_version, tree(tmp_path, f"{SHOP.format(version)}---{CRD}", "1.34"))
    expected = [] if says is None else [(f"Shop corner: example.com/{version} {says}", severity)]
    assert [(one.message, one.finding.at_most) for one in found] == expected


# whatever stands in an object


def examples() -> list[dict[str, Any]]:
    files = [
        *sorted((EXAMPLES / "kubernetes").glob("*.yaml")),
        EXAMPLES / "orders/deploy/rendered/production.yaml",
    ]
    found = [one for path in files for one in yaml.safe_load_all(path.read_text()) if isinstance(one, dict)]
    return [one for one in found if "kind" in one]


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield (*at, key)
        yield from places(inner, (*at, key))


def changed(value: Any, at: tuple[str | int, ...], new: Any) -> Any:
    made = copy.deepcopy(value)
    inside = made
    for key in at[:-1]:
        inside = inside[key]
    if new == "renamed":
        inside[f"{at[-1]}x" if isinstance(at[-1], str) else at[-1]] = (
            inside.pop(at[-1]) if isinstance(inside, dict) else {}
        )
    elif new == "removed":
        del inside[at[-1]]
    else:
        inside[at[-1]] = new
    return made


WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    "x",
    [],
    [None],
    [[]],
    {},
    {"x": None},
)
ANYTHING = st.recursive(
    st.sampled_from([None, True, 0, 1.5, "", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["spec", "items", "type", "a"]), inner, max_size=2),
    max_leaves=5,
)  # fmt: skip


def wrongs(body: Any, custom: Any = (), versions: tuple[str, ...] = ("1.25", "1.37")) -> list[str] | None:
    schemas = Schemas(versions, None, CustomResources(iter(custom)))
    found = KubernetesObject(body, AT, "")
    schemas.standings(found)
    departures = schemas.wrongs(found)
    return None if departures is None else [one.wrong.what for one in departures]


@pytest.mark.parametrize("body", examples(), ids=lambda one: f"{one['kind']}-{one['metadata'].get('name')}")
def test_wrong_types_never_crash(body: dict[str, Any]) -> None:
    judged_ = [wrongs(changed(body, at, wrong)) for at in places(body) for wrong in WRONG]
    assert len(judged_) >= len(WRONG)
    if wrongs(body) is not None:
        assert any(judged_)


def test_every_malformed_object_is_judged_by_both_checks(tmp_path: Path) -> None:
    bodies = [body for body in examples() if body["kind"] in ("StatefulSet", "Ingress", "ExternalSecret")]
    made = [
        changed(body, at, wrong)
        for body in bodies
        for at in places(body)
        for wrong in (None, 1, "x", [None], {"x": 1})
    ]
    root = write(
        tmp_path, {"deploy/all.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": made})}
    )
    for check in (checks.schema, checks.api_version):
        (outcome,) = judged(check, root).outcomes
        assert outcome.status == "fail", outcome.results[0].reason


def test_a_malformed_definition_never_crashes() -> None:
    definition = yaml.safe_load(CRD)
    shop = {
        "apiVersion": "example.com/v1",
        "kind": "Shop",
        "metadata": {},
        "spec": {"owner": "a", "tags": [1], "door": {}},
    }
    assert wrongs(shop, [definition])
    for at in places(definition):
        for wrong in WRONG:
            wrongs(shop, [changed(definition, at, wrong)])


@given(ANYTHING)
def test_anything_in_a_custom_resource_is_judged(spec: Any) -> None:
    shop = {"apiVersion": "example.com/v1", "kind": "Shop", "metadata": {}, "spec": spec}
    assert isinstance(wrongs(shop, [yaml.safe_load(CRD)]), list)


MUTATIONS: tuple[Any, ...] = (True, 5, "x", [], {}, {"x": 1}, ["x"], [{}], "renamed", "removed")


class Peer:
    """The schemas of the package kubernetes-validate, as it reads them itself, kept for many objects."""

    def __init__(self, version: str) -> None:
        from importlib.resources import files

        import jsonschema
        from referencing import Registry, Resource

        self._folder = files("kubernetes_validate").joinpath(
            f"kubernetes-json-schema/v{version}.0-local-strict"
        )
        self._validator = jsonschema.Draft202012Validator
        definitions = json.loads(self._folder.joinpath("_definitions.json").read_text())
        self._registry = Resource.from_contents(definitions) @ Registry()
        self._made: dict[str, Any] = {}

    def takes(self, body: dict[str, Any]) -> bool:
        group, _, version = body["apiVersion"].rpartition("/")
        name = "-".join(part for part in (body["kind"].lower(), group.partition(".")[0], version) if part)
        if name not in self._made:
            schema = json.loads(self._folder.joinpath(f"{name}.json").read_text())
            self._made[name] = self._validator(schema, registry=self._registry)
        return bool(self._made[name].is_valid(body))


@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_verdict_is_that_of_kubernetes_validate(version: str) -> None:
    """Save that ours reads values too: quantities, base64, the range of numbers."""
    pytest.importorskip("kubernetes_validate")
    peer = Peer(version)
    own = [one for one in examples() if wrongs(one, versions=(version,)) is not None]
    assert len(own) > 20
    assert [
        one["metadata"]["name"] for one in own if not peer.takes(one) or wrongs(one, versions=(version,))
    ] == []
    chosen = random.Random(34)
    mutations = [
        (one, at, new)
        for one in own
        for at in places(one)
        if at[-1] not in ("apiVersion", "kind")
        for new in MUTATIONS
    ]
    apart, invalid = [], 0
    for one, at, new in chosen.sample(mutations, 1500):
        body = changed(one, at, new)
        valid, ours = peer.takes(body), wrongs(body, versions=(version,))
        invalid += not valid
        if ours is None or (valid and any(what != "value" for what in ours)) or (not valid and not ours):
            apart.append((one["kind"], at, new, valid, ours))
    assert apart == []
    assert 300 < invalid < 1400
