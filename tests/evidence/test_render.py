"""Charts and kustomizations are rendered by the real programs, and hostile ones are refused."""

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from readiness.errors import Unknown
from readiness.evidence import render
from readiness.evidence.render import (
    Rendered,
    kustomization_inputs,
    places_of,
    render_chart,
    render_kustomization,
)
from readiness.outcome import Location
from readiness.tree import TextTree, Tree, open_ref, open_work_tree
from readiness.yaml_reader import read
from tests import programs

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"
CHART = {
    "charts/orders/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "charts/orders/values.yaml": "replicas: 1\nimage: {tag: none}\n",
    "charts/orders/templates/api.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n"
        "  namespace: {{ .Release.Namespace }}\n  labels: {tag: {{ .Values.image.tag }}}\n"
        "  annotations: {kube: {{ .Capabilities.KubeVersion.Version }},"
        ' monitor: "{{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}"}\n'
        "spec: {replicas: {{ .Values.replicas }}}\n"
    ),
    "charts/orders/templates/tests/check.yaml": (
        'apiVersion: v1\nkind: Pod\nmetadata: {name: check, annotations: {"helm.sh/hook": test}}\n'
    ),
    "charts/orders/crds/crd.yaml": (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: b}\n"
    ),
}
KUSTOMIZE = {
    "deploy/base/kustomization.yaml": "resources: [settings.yaml]\n",
    "deploy/base/settings.yaml": CONFIG_MAP,
    "deploy/overlays/production/kustomization.yaml": (
        "resources: [../../base]\nnamespace: orders\npatches:\n- path: patch.yaml\n"
        "configMapGenerator:\n- name: flags\n  files: [flags.txt, also=other.txt]\n  envs: [flags.env]\n"
    ),
    "deploy/overlays/production/patch.yaml": CONFIG_MAP.replace("a: b", "a: c"),
    "deploy/overlays/production/flags.txt": "x",
    "deploy/overlays/production/other.txt": "y",
    "deploy/overlays/production/flags.env": "k=v\n",
    "deploy/overlays/production/README.md": "not read by kustomize",
}
PRODUCTION = "deploy/overlays/production"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git/" not in str(path)
    }


def as_ref(folder: Path) -> Tree:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "x"],
    ):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)
    return open_ref(str(folder), "HEAD")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture(params=["helm 4", "helm 3"])
def helm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    on_path(tmp_path, monkeypatch, helm=programs.helm() if request.param == "helm 4" else programs.helm3())
    return str(request.param)


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(tmp_path, monkeypatch, kubectl=programs.kubectl())


def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **found: Path) -> None:
    """PATH holds the programs given, and the system's own for git."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, path in found.items():
        (folder / name).symlink_to(path)
    system = [str(programs.git().parent), "/usr/bin", "/bin"]
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), *system]))


def script(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def orders(tree: Tree, **settings: Any) -> Rendered:
    named = {"release": "orders", "namespace": "shop", "kubernetes_version": "1.34", **settings}
    return render_chart(tree, "charts/orders", **named)


def failed(tree: Tree, chart: str = "charts/orders", **settings: Any) -> Unknown:
    with pytest.raises(Unknown) as error:
        render_chart(tree, chart, **settings)
    return error.value


def broken(tree: Tree, path: str = PRODUCTION) -> Unknown:
    with pytest.raises(Unknown) as error:
        render_kustomization(tree, path)
    return error.value


def at(unknown: Unknown) -> Location:
    assert isinstance(unknown.at, Location)
    return unknown.at


# --- charts


def test_chart_from_work_tree_and_ref(helm: str, source: Path) -> None:
    write(source, {**CHART, "production.yaml": "replicas: 3\n"})
    ref = as_ref(source)
    work = open_work_tree(str(source))
    before = snapshot(source)
    values = TextTree("deploy", {"tag.yaml": b"image: {tag: v7}\n"})
    made = [
        orders(tree, values=((tree, "production.yaml"), (values, "tag.yaml")),
               api_versions=("monitoring.coreos.com/v1",))
        for tree in (work, ref)
    ]  # fmt: skip
    assert made[0] == made[1]
    assert made[0].renderer.startswith(helm.replace("helm ", "helm v"))
    *crds, deployment = read(made[0].text).documents
    assert [crd["metadata"]["name"] for crd in crds] == ["a", "b"]
    assert deployment["spec"]["replicas"] == 3
    assert deployment["metadata"] == {
        "name": "orders", "namespace": "shop", "labels": {"tag": "v7"},
        "annotations": {"kube": deployment["metadata"]["annotations"]["kube"], "monitor": "true"},
    }  # fmt: skip
    assert deployment["metadata"]["annotations"]["kube"].startswith("v1.34")
    assert snapshot(source) == before


@pytest.mark.usefixtures("helm")
def test_chart_at_the_root_of_its_source(source: Path) -> None:
    write(source, {name.removeprefix("charts/orders/"): text for name, text in CHART.items()})
    assert b"kind: Deployment" in render_chart(open_work_tree(str(source)), ".").text


@pytest.mark.usefixtures("helm")
def test_places_of_documents(source: Path) -> None:
    write(
        source,
        {**CHART, "charts/orders/templates/two.yaml": f"{CONFIG_MAP}---\n---\n# nothing\n---\n{CONFIG_MAP}"},
    )
    tree = open_work_tree(str(source))
    text = orders(tree).text
    places = places_of(tree, "charts/orders", text)
    documents = read(text).documents
    assert len(places) == len(documents)
    assert {
        (place.file, place.precision)
        for place, document in zip(places, documents, strict=True)
        if document and document["kind"] != "ConfigMap"
    } == {("charts/orders/crds/crd.yaml", "template"), ("charts/orders/templates/api.yaml", "template")}
    assert [
        place.file
        for place, document in zip(places, documents, strict=True)
        if document and document["kind"] == "ConfigMap"
    ] == ["charts/orders/templates/two.yaml"] * 2


def test_place_in_a_packed_chart_is_the_chart() -> None:
    tree = TextTree("deploy", {"orders.tgz": b""})
    assert places_of(tree, "orders.tgz", b"---\n# Source: shop/templates/x.yaml\na: b\n") == (
        Location("deploy", "orders.tgz", precision="chart"),
    )


@pytest.mark.usefixtures("helm")
def test_error_in_a_template_names_file_and_line(source: Path) -> None:
    write(source, {**CHART, "charts/orders/templates/x.yaml": "a: 1\nb: {{ .Values.no.such.thing }}\n"})
    for tree in (open_work_tree(str(source)), as_ref(source)):
        unknown = failed(tree)
        assert (at(unknown).file, at(unknown).line) == ("charts/orders/templates/x.yaml", 2)
        assert "nil pointer" in unknown.why
        assert str(source.parent) not in unknown.why
        assert "/tmp" not in unknown.why
        assert "\n" not in unknown.why
        assert unknown.fix == "helm template charts/orders"


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("templates/x.yaml", "{{ if }}", "missing value for if"),
        ("templates/x.yaml", "a: {b: c\n", "did not find expected"),
        ("templates/x.yaml", '{{ required "a tag is needed" .Values.tag }}', "a tag is needed"),
        ("values.yaml", "a: [", "values.yaml"),
        ("Chart.yaml", "name: [", "Chart.yaml"),
        ("values.schema.json", '{"required": ["owner"]}', "owner"),
    ],
)
@pytest.mark.usefixtures("helm")
def test_broken_chart(source: Path, file: str, text: str, says: str) -> None:
    write(source, {**CHART, f"charts/orders/{file}": text})
    unknown = failed(open_work_tree(str(source)))
    assert says in unknown.why
    assert str(source) not in unknown.why
    assert at(unknown).file.startswith("charts/orders")


@pytest.mark.usefixtures("helm")
def test_broken_values_name_the_values_file(source: Path) -> None:
    write(source, {**CHART, "deploy/production.yaml": "a: ["})
    tree = open_work_tree(str(source))
    unknown = failed(tree, values=((tree, "deploy/production.yaml"),))
    assert "deploy/production.yaml" in unknown.why
    unknown = failed(tree, values=((tree, "deploy/missing.yaml"),))
    assert at(unknown) == Location("repository", "deploy/missing.yaml")


@pytest.mark.usefixtures("helm")
def test_missing_dependency(source: Path) -> None:
    needs = "dependencies: [{name: redis, version: 1.x, repository: https://charts.example}]\n"
    write(source, {**CHART, "charts/orders/Chart.yaml": CHART["charts/orders/Chart.yaml"] + needs})
    unknown = failed(open_work_tree(str(source)))
    assert unknown.why == "charts/orders: its dependencies are not there: redis"
    assert unknown.fix == "helm dependency build charts/orders"
    assert at(unknown) == Location("repository", "charts/orders", precision="chart")


def test_no_chart(source: Path) -> None:
    assert "has no Chart.yaml" in failed(open_work_tree(str(source)), "charts/nothing").why


def test_no_helm(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(source, CHART)
    monkeypatch.setenv("PATH", str(tmp_path))
    unknown = failed(open_work_tree(str(source)))
    assert "no helm program" in unknown.why
    assert unknown.fix == "install helm, or pass what the pipeline renders: --manifests ENV=FILE"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("release", "--post-renderer=x"), ("release", "Orders"), ("release", "a" * 54), ("release", ""),
     ("namespace", "-n"), ("namespace", "a b"), ("kubernetes_version", "--x"), ("api_versions", ("-x",))],
)  # fmt: skip
def test_arguments_that_are_none(source: Path, setting: str, value: Any) -> None:
    write(source, CHART)
    assert "that Helm takes" in failed(open_work_tree(str(source)), **{setting: value}).why


@pytest.mark.usefixtures("helm")
def test_symlinks_of_a_chart(source: Path) -> None:
    write(source, {**CHART, "common/templates/shared.yaml": CONFIG_MAP, "common/Chart.yaml":
                   "apiVersion: v2\nname: common\nversion: 0.1.0\n"})  # fmt: skip
    (source / "charts/orders/charts").mkdir()
    (source / "charts/orders/charts/common").symlink_to("../../../common")
    for tree in (open_work_tree(str(source)), as_ref(source)):
        text = orders(tree).text
        assert b"# Source: shop/charts/common/templates/shared.yaml" in text
        assert "common/templates/shared.yaml" in str(places_of(tree, "charts/orders", text))


@pytest.mark.usefixtures("helm")
def test_symlink_out_of_the_source_is_not_read(source: Path) -> None:
    write(source, CHART)
    (source.parent / "secret.yaml").write_text("a: secret\n")
    (source / "charts/orders/templates/x.yaml").symlink_to("../../../../secret.yaml")
    unknown = failed(open_work_tree(str(source)))
    assert "charts/orders/templates/x.yaml: is a symlink that leads out of the source" in unknown.why
    assert "secret: " not in unknown.why


def test_environment_of_the_renderer(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the caller's environment but PATH, no kubeconfig, an empty home outside the source."""
    write(source, CHART)
    on_path(tmp_path, monkeypatch)
    script(
        tmp_path / "bin",
        "helm",
        f"env > {tmp_path}/seen; pwd > {tmp_path}/cwd; ls -A $HOME > {tmp_path}/home",
    )
    for name in ("TOKEN", "KUBECONFIG", "HELM_KUBETOKEN", "HTTPS_PROXY", "HELM_PLUGINS", "BASH_ENV"):
        monkeypatch.setenv(name, "from-the-caller")
    orders(open_work_tree(str(source)))
    seen = dict(line.split("=", 1) for line in (tmp_path / "seen").read_text().splitlines())
    assert "from-the-caller" not in seen.values()
    assert {"TOKEN", "HELM_KUBETOKEN", "BASH_ENV"}.isdisjoint(seen)
    assert seen["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert not seen["HOME"].startswith((str(source), os.environ.get("HOME", "/nowhere")))
    assert not Path(seen["HOME"]).exists()
    assert (tmp_path / "cwd").read_text().strip() == seen["HOME"]
    assert (tmp_path / "home").read_text() == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sleep 60", "ran longer than"),
        ("yes", "wrote more than"),
        ("kill -9 $$", "can't render it: it was ended by signal 9"),
    ],
)
def test_renderer_that_hangs_or_floods(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    write(source, CHART)
    on_path(tmp_path, monkeypatch)
    script(tmp_path / "bin", "helm", text)
    monkeypatch.setattr(render, "SECONDS", 0.5)
    monkeypatch.setattr(render, "OUTPUT_BYTES", 10_000)
    assert says in failed(open_work_tree(str(source))).why


DUMP = "\n\ngoroutine 1 gp=0xc0000061c0 m=0 [running]:\nmain.main()\n\t/src/main.go:17 +0x1d pc=0x47c4a5\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            f"panic: runtime error: index out of range [3]{DUMP}",
            "panic: runtime error: index out of range [3]",
        ),
        (f"runtime: sp=0xc020160390 stack\nfatal error: stack overflow{DUMP}", "fatal error: stack overflow"),
        (
            f"runtime: out of memory: cannot allocate 4194304-byte block (41 in use)\nfatal error: out of memory{DUMP}",
            "it ran out of memory; 4 GiB are allowed",
        ),
        (f"fatal error: runtime: cannot allocate memory{DUMP}", "it ran out of memory; 4 GiB are allowed"),
        ("Error: wrong type *chart.File 0xc00012a000 for 0x1f", "wrong type *chart.File 0x… for 0x1f"),
        ("W1124 01:12:13.123456   12345 loader.go:222] no values", "no values"),
        ("2026/11/24 01:12:13 no values", "no values"),
        ("", "it ended with code 1"),
    ],
)
def test_a_crash_of_a_renderer_is_told_the_same_each_time(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    write(source, {**CHART, **KUSTOMIZE})
    on_path(tmp_path, monkeypatch)
    (tmp_path / "said").write_text(text)
    for name in ("helm", "kubectl"):
        script(tmp_path / "bin", name, f"cat {tmp_path}/said >&2; exit 1")
    tree = open_work_tree(str(source))
    assert failed(tree).why == f"charts/orders: helm can't render it: {says}"
    with pytest.raises(Unknown) as raised:
        render_kustomization(tree, PRODUCTION)
    assert raised.value.why == f"{PRODUCTION}: kustomize can't build it: {says}"


@pytest.mark.usefixtures("helm")
def test_template_bomb_ends(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = "a: |\n{{ range until 100000000 }}{{ range until 100000000 }}  x\n{{ end }}{{ end }}"
    write(source, {**CHART, "charts/orders/templates/bomb.yaml": bomb})
    monkeypatch.setattr(render, "SECONDS", 3.0)
    unknown = failed(open_work_tree(str(source)))
    assert "charts/orders" in unknown.why
    assert len(unknown.why) < 3000


def test_rendered_once(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(source, CHART)
    on_path(tmp_path, monkeypatch)
    script(tmp_path / "bin", "helm", f'[ "$1" = version ] && exit; echo "$@" >> {tmp_path}/calls; exit 1')
    tree = open_work_tree(str(source))
    first, second = failed(tree), failed(tree)
    assert (first.why, first.fix) == (second.why, second.fix)
    assert len((tmp_path / "calls").read_text().splitlines()) == 1
    failed(tree, namespace="other")
    assert len((tmp_path / "calls").read_text().splitlines()) == 2


# --- kustomizations


@pytest.mark.usefixtures("kubectl")
def test_kustomization_from_work_tree_and_ref(source: Path) -> None:
    write(source, KUSTOMIZE)
    ref = as_ref(source)
    before = snapshot(source)
    made = [
        render_kustomization(tree, path)
        for tree in (open_work_tree(str(source)), ref)
        for path in (PRODUCTION, f"{PRODUCTION}/", f"./{PRODUCTION}/kustomization.yaml")
    ]
    assert len(set(made)) == 1
    assert made[0].renderer.startswith("kubectl v1.")
    assert "(kustomize v5." in made[0].renderer
    flags, settings = sorted(
        read(made[0].text).documents, key=lambda object_: str(object_["metadata"]["name"])
    )
    assert settings["data"] == {"a": "c"}
    assert flags["data"] == {"flags.txt": "x", "also": "y", "k": "v"}
    assert settings["metadata"]["namespace"] == "orders"
    assert snapshot(source) == before


@pytest.mark.usefixtures("kubectl")
def test_kustomization_at_the_root_of_its_source(source: Path) -> None:
    write(source, {"kustomization.yaml": "resources: [x.yaml]\n", "x.yaml": CONFIG_MAP})
    assert b"kind: ConfigMap" in render_kustomization(open_work_tree(str(source)), "").text


def test_kustomize_without_kubectl(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(source, KUSTOMIZE)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    assert "neither kubectl nor kustomize" in broken(open_work_tree(str(source))).why
    script(folder, "kustomize", '[ "$1" = version ] && echo v5.4.1 || echo "args: $1"')
    made = render_kustomization(open_work_tree(str(source)), PRODUCTION)
    assert made == Rendered(b"args: build\n", "kustomize v5.4.1")


def test_inputs_of_a_kustomization() -> None:
    tree = TextTree("deploy", {name: text.encode() for name, text in KUSTOMIZE.items()})
    read_by_it = {name for name in KUSTOMIZE if not name.endswith("README.md")}
    assert set(kustomization_inputs(tree, PRODUCTION)) == read_by_it | {PRODUCTION, "deploy/base"}


def test_inputs_of_every_field() -> None:
    fields = """
resources: [r.yaml, ../r]
bases: [../b]
components: [../c]
crds: [crd.json]
configurations: [names.yaml]
openapi: {path: schema.json}
patches: [{path: p.yaml}, {patch: "- op: add"}]
patchesStrategicMerge: [psm.yaml, "apiVersion: v1\\nkind: X"]
patchesJson6902: [{target: {kind: X, name: x}, path: j.yaml}]
replacements: [{path: rep.yaml}, {source: {kind: X, fieldPath: spec.path}, targets: []}]
secretGenerator: [{name: s, files: [s.txt, k=t.txt], env: old.env}]
generators: [g.yaml, ../g]
transformers: ["kind: PrefixTransformer\\nprefix: x"]
validators: [v.yaml]
images: [{name: api, newTag: v1}]
"""
    named = ["r.yaml", "crd.json", "names.yaml", "schema.json", "p.yaml", "psm.yaml", "j.yaml", "rep.yaml",
             "s.txt", "t.txt", "old.env", "g.yaml", "v.yaml", "from-g.txt"]  # fmt: skip
    inner = ["r", "b", "c", "g"]
    files = {
        "k/kustomization.yml": fields.encode(),
        **{f"k/{name}": b"" for name in named},
        "k/g.yaml": b"kind: ConfigMapGenerator\nfiles: [from-g.txt]\n",
        **{f"{name}/Kustomization": b"" for name in inner},
        "k/unread.yaml": b"",
    }
    found = set(kustomization_inputs(TextTree("deploy", files), "k"))
    assert found == (set(files) - {"k/unread.yaml"}) | {"k", *inner}


def test_kustomizations_that_name_each_other_end() -> None:
    tree = TextTree(
        "x", {f"{a}/kustomization.yaml": f"resources: [../{b}]".encode() for a, b in ("ab", "ba")}
    )
    assert len(kustomization_inputs(tree, "a")) == 4


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("resources: [https://example.com/a.yaml]", "remote"),
        ("resources: ['github.com/org/repo//base?ref=v1']", "remote"),
        ("resources: ['github.com/org/repo']", "remote"),
        ("resources: ['git@git.example:org/repo']", "remote"),
        ("resources: ['ssh://git@git.example/org/repo']", "remote"),
        ("resources: ['git.example/org/repo.git']", "remote"),
        ("resources: ['git.example/org/repo//base']", "remote"),
        ("resources: ['git::https://git.example/x']", "remote"),
        ("resources: ['file:///etc']", "remote"),
        ("components: ['https://git.example/x?ref=1']", "remote"),
        ("patches: [{path: 'https://example.com/p.yaml'}]", "remote"),
        ("configMapGenerator: [{name: x, files: ['k=https://example.com/p']}]", "remote"),
        ("openapi: {path: 'http://example.com/s.json'}", "remote"),
        ("resources: [../../../../outside]", "leads out of the source"),
        ("resources: [/etc]", "leads out of the source"),
        ("resources: [nothing.yaml]", "nothing.yaml does not exist"),
        ("resources: [../nothing]", "../nothing does not exist"),
        ("patches: [{path: ../../base}]", "is a folder, a file was expected"),
        ("resources: [..]", "has no kustomization.yaml"),
        ("helmCharts: [{name: redis, repo: 'https://charts.example'}]", "Helm chart inside a kustomization"),
        ("generators: [chart.yaml]", "Helm chart inside a kustomization"),
        ("a: [", "kustomization.yaml:"),
        ("- a", "one YAML mapping was expected"),
        ("a: 1\n---\nb: 1", "one YAML mapping was expected"),
    ],
)
def test_kustomization_is_refused_before_it_runs(
    source: Path, monkeypatch: pytest.MonkeyPatch, line: str, says: str
) -> None:
    monkeypatch.setattr(render, "run", None)  # a run would fail the test
    write(source, {**KUSTOMIZE, f"{PRODUCTION}/kustomization.yaml": line, f"{PRODUCTION}/chart.yaml":
                   "kind: HelmChartInflationGenerator\n"})  # fmt: skip
    unknown = broken(open_work_tree(str(source)))
    assert says in unknown.why
    assert at(unknown).file.startswith(PRODUCTION) or at(unknown).file == "deploy/overlays"
    assert unknown.fix


def test_remote_inside_an_included_base_is_refused(source: Path) -> None:
    write(
        source,
        {
            **KUSTOMIZE,
            "deploy/base/kustomization.yaml": "resources:\n- settings.yaml\n- https://example.com/a.yaml\n",
        },
    )
    unknown = broken(open_work_tree(str(source)))
    assert at(unknown) == Location("repository", "deploy/base/kustomization.yaml", keys=("resources", 1))


@pytest.mark.usefixtures("kubectl")
@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("kustomization.yaml", "resources: [../../base]\nbogus: 1\n", "bogus"),
        ("patch.yaml", CONFIG_MAP.replace("settings", "other"), "no matches for Id"),
        ("kustomization.yaml", "resources: [../../base/settings.yaml]\n", "security"),
        ("Kustomization", "", "multiple kustomization files"),
        ("patch.yaml", "a: [", "patch.yaml"),
        ("kustomization.yaml", "resources: [fn.yaml]\ntransformers: [fn.yaml]\n", "plugin"),
    ],
)
def test_broken_kustomization(source: Path, file: str, text: str, says: str) -> None:
    function = (
        "apiVersion: example.com/v1\nkind: Evil\nmetadata:\n  name: x\n  annotations:\n"
        "    config.kubernetes.io/function: 'exec: {path: ./evil.sh}'\n"
    )
    write(source, {**KUSTOMIZE, f"{PRODUCTION}/fn.yaml": function, f"{PRODUCTION}/{file}": text})
    script(source / PRODUCTION, "evil.sh", f"touch {source}/sprung")
    for tree in (open_work_tree(str(source)), as_ref(source)):
        unknown = broken(tree)
        assert says in unknown.why
        assert str(source) not in unknown.why
        assert "/files" not in unknown.why
        assert "/tmp" not in unknown.why
        assert at(unknown).file == f"{PRODUCTION}/kustomization.yaml"
    assert not (source / "sprung").exists()


@pytest.mark.usefixtures("kubectl")
def test_file_outside_is_not_there_for_kustomize(source: Path) -> None:
    """Even what the scan of names could miss finds nothing: only the named files are copied."""
    write(source, KUSTOMIZE)
    (source.parent / "secret.txt").write_text("secret")
    (source / PRODUCTION / "flags.txt").unlink()
    (source / PRODUCTION / "flags.txt").symlink_to("../../../../secret.txt")
    unknown = broken(open_work_tree(str(source)))
    assert "flags.txt" in unknown.why
