"""`gate --fix`: what counts is mended where somebody wrote it, and nothing else is touched."""
# a row a case

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from readiness import fix, records
from readiness.errors import SourceError
from readiness.outcome import Edit, Finding, Location
from readiness.patch import Patches, fixes
from readiness.tree import TextTree, WorkTree
from tests.cli.running import DAY, cli, committed, files, gate, git, outcome
from tests.programs import kubectl

PRIVILEGED, SECCOMP = "workload.privileged", "workload.seccomp-profile"
CHECKLIST = f"""
version: 1
service: {{name: shop, tier: 1, owner: team-shop}}
items:
  - {{check: {PRIVILEGED}, severity: error}}
  - {{check: {SECCOMP}, severity: warning}}
"""
WEB = """\
# Serves the shop.
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: shop}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
        - name: NAME   # one
          image: 'registry.example/NAME:1.0'
          securityContext:
            # for the agent
            privileged: true  # until March
            runAsNonRoot: true
"""
MENDED = WEB.replace("            privileged: true  # until March\n", "") + (
    "            seccompProfile:\n              type: RuntimeDefault\n"
)


def web(name: str = "web") -> str:
    return WEB.replace("NAME", name)


def mended(name: str = "web") -> str:
    return MENDED.replace("NAME", name)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return files(tmp_path / "shop", {"readiness.yaml": CHECKLIST, "k8s/web.yaml": web()})


def text(tree: Path, path: str = "k8s/web.yaml") -> str:
    return (tree / path).read_bytes().decode()


def test_files_are_mended_and_judged_again(shop: Path) -> None:
    assert cli("gate", cwd=shop).code == 1
    code, verdict = gate("--fix", "--yes", cwd=shop)
    assert text(shop) == mended()
    assert (code, verdict["verdict"], verdict["summary"]["findings"]) == (
        0, "pass", {"error": 0, "warning": 0, "note": 0},
    )  # fmt: skip
    said = cli("gate", "--fix", "--yes", cwd=shop)
    assert (said.code, text(shop)) == (0, mended())
    assert "nothing to fix" in said.err


def test_the_changes_are_told_apart_from_the_report(shop: Path) -> None:
    said = cli("gate", "--fix", "--yes", cwd=shop)
    assert "-            privileged: true  # until March\n" in said.err
    assert "readiness: k8s/web.yaml: 2 findings\nreadiness: wrote 1 file; judging again\n" in said.err
    assert said.out.startswith("GO")
    assert "privileged: true" not in said.out


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_byte_order_mark_stay(shop: Path, end: str, mark: bytes) -> None:
    (shop / "k8s/web.yaml").write_bytes(mark + web().replace("\n", end).encode())
    assert cli("gate", "--fix", "--yes", cwd=shop).code == 0
    assert (shop / "k8s/web.yaml").read_bytes() == mark + mended().replace("\n", end).encode()


def test_the_mode_of_a_file_stays(shop: Path) -> None:
    (shop / "k8s/web.yaml").chmod(0o640)
    cli("gate", "--fix", "--yes", cwd=shop)
    assert (shop / "k8s/web.yaml").stat().st_mode & 0o777 == 0o640


# ---- the question


def answered(shop: Path, answer: bytes) -> tuple[int, str]:
    """The exit code and what was said where somebody answers on a terminal."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "readiness", "gate", "--fix", "--as-of", DAY],
            cwd=shop, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            os.write(ours, answer)
            _, said = process.communicate(timeout=60)
            return process.returncode, said.decode()
    finally:
        os.close(ours)
        os.close(theirs)


def test_yes_on_a_terminal_writes(shop: Path) -> None:
    code, said = answered(shop, b"y\n")
    assert (code, text(shop)) == (0, mended())
    assert "Apply to 1 file? [y/N] " in said


@pytest.mark.parametrize("answer", [b"\n", b"n\n", b"yep\n", b"\x04"])
def test_anything_else_on_a_terminal_writes_nothing(shop: Path, answer: bytes) -> None:
    code, said = answered(shop, answer)
    assert (code, text(shop)) == (1, web())
    assert "+            seccompProfile:" in said
    assert "nothing was written" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--fix",), "add --yes in scripts"),
        (("--yes",), "--yes: answers the question of --fix"),
        (("-", "--fix", "--yes"), "standard input can't be mended"),
        (("--fix", "--yes", "--manifests", "prod=-"), "standard input can be read once"),
    ],
)
def test_where_nobody_can_be_asked_nothing_is_written(
    shop: Path, arguments: tuple[str, ...], says: str
) -> None:
    said = cli("gate", *arguments, "--output", "json=out.json", cwd=shop, stdin=b"y\n")
    assert (said.code, text(shop)) == (2, web())
    assert says in said.err
    assert '"kind": "usage"' in text(shop, "out.json")


# ---- what is never touched

UNTOUCHED: dict[str, tuple[dict[str, str], str, str]] = {
    "a rendered folder": ({"deploy/rendered/a.yaml": web("a")}, "deploy/rendered/a.yaml", "is generated"),
    "a generated folder": ({"generated/a.yaml": web("a")}, "generated/a.yaml", "is generated"),
    "a generated file": ({"k8s/a.yaml": f"---\n# Code generated by gen. DO NOT EDIT.\n{web('a')}"}, "k8s/a.yaml", "is generated"),
    "JSON": ({"k8s/a.json": '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "a", "securityContext": {"privileged": true}}]}}\n'}, "k8s/a.json", "no YAML"),
    "an anchor": ({"k8s/a.yaml": web("a").replace("securityContext:", "securityContext: &x")}, "k8s/a.yaml", "anchor"),
    "a tab": ({"k8s/a.yaml": web("a").replace("privileged: true", "privileged:\ttrue").replace("NonRoot: ", "NonRoot:\t")}, "k8s/a.yaml", "a tab"),
    "a chart": (
        {
            "charts/a/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n",
            "charts/a/values.yaml": "{}\n",
            "charts/a/templates/a.yaml": web("a"),
        },
        "charts/a/templates/a.yaml", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNTOUCHED.values(), ids=list(UNTOUCHED))
def test_what_nobody_wrote_here_is_not_touched(shop: Path, case: tuple[dict[str, str], str, str]) -> None:
    texts, path, why = case
    files(shop, {name: body.encode() for name, body in texts.items()})
    said = cli("gate", "--fix", "--yes", cwd=shop)
    assert text(shop, path) == texts[path]
    if "charts" not in path:
        assert f"not fixed: {path}: " in said.err
    assert why in said.err


def test_links_and_ignored_files_are_not_touched(shop: Path) -> None:
    files(shop, {".gitignore": "out/\n", "shared/b.yaml": web("b").encode(), "out/c.yaml": web("c").encode()})
    (shop / "k8s/link.yaml").symlink_to("../shared/b.yaml")
    (shop / "readiness.yaml").write_text(
        CHECKLIST + "environments:\n  production: {manifests: [k8s/web.yaml, k8s/link.yaml, out/c.yaml]}\n"
    )
    committed(shop)
    said = cli("gate", "--fix", "--yes", cwd=shop)
    assert (text(shop), text(shop, "out/c.yaml")) == (mended(), web("c"))
    assert text(shop, "shared/b.yaml") == web("b")
    for path in ("k8s/link.yaml", "out/c.yaml"):
        assert f"not fixed: {path}: git ignores the file, or it is a link (2 findings)" in said.err


def test_other_sources_and_given_manifests_are_not_touched(shop: Path, tmp_path: Path) -> None:
    other = files(tmp_path / "other", {"a.yaml": web("a"), "given.yaml": web("given")})
    said = cli("gate", "--fix", "--yes", "--manifests", f"prod={other}/given.yaml", cwd=shop)
    assert text(other, "given.yaml") == web("given")
    assert "not fixed: given.yaml: it is not in a file of the repository (2 findings)" in said.err
    (shop / "readiness.yaml").write_text(
        CHECKLIST + "sources:\n  deploy: {required: true}\n"
        "environments:\n  production: {manifests: [deploy:a.yaml]}\n"
    )
    said = cli("gate", "--fix", "--yes", "--source", f"deploy={other}", cwd=shop)
    assert said.code == 1, said
    assert (text(other, "a.yaml"), text(other, "given.yaml")) == (web("a"), web("given"))
    assert "not fixed: a.yaml: it is not in a file of the repository (2 findings)" in said.err


OVERLAY = """
kind: Deployment
apiVersion: apps/v1
metadata: {name: web, namespace: shop}
spec: {template: {spec: {containers: [{name: web, securityContext: {privileged: true}}]}}}
"""


def test_what_a_kustomization_renders_is_not_touched(shop: Path) -> None:
    kubectl()
    base = web().replace("            privileged: true  # until March\n", "")
    texts = {
        "readiness.yaml": CHECKLIST.lstrip() + "environments:\n  production: {manifests: [over]}\n",
        "k8s/web.yaml": base,
        "k8s/kustomization.yaml": "resources: [web.yaml]\n",
        "over/kustomization.yaml": "resources: [../k8s]\npatches: [{path: patch.yaml}]\n",
        "over/patch.yaml": OVERLAY.lstrip(),
    }
    files(shop, texts)
    said = cli("gate", "--fix", "--yes", cwd=shop)
    assert said.code == 1, said
    assert {name: text(shop, name) for name in texts} == texts
    assert "it is rendered from a chart or kustomization" in said.err


# ---- what counts


def test_waived_findings_are_not_mended(shop: Path) -> None:
    _, verdict = gate(cwd=shop)
    print_ = outcome(verdict, PRIVILEGED)["findings"][0]["fingerprint"]
    said = cli(
        "waive", print_, "--reason", "Traffic is low until March, says Jane", "--owner", "jane.doe",
        "--until", "2026-12-31", "--ticket", "OPS-1", "--approved-by", "sam.lee", "--as-of", DAY, cwd=shop,
    )  # fmt: skip
    assert said.code == 0, said
    gate("--fix", "--yes", cwd=shop)
    assert "privileged: true  # until March" in text(shop)
    assert "type: RuntimeDefault" in text(shop)


def test_existing_findings_are_not_mended(shop: Path) -> None:
    committed(shop)
    git("checkout", "-q", "-b", "change", cwd=shop)
    files(shop, {"k8s/new.yaml": web("new")})
    committed(shop)
    code, _ = gate("--base", "main", "--fix", "--yes", cwd=shop)
    assert (code, text(shop), text(shop, "k8s/new.yaml")) == (0, web(), mended("new"))


def test_notes_are_not_mended(shop: Path) -> None:
    (shop / "readiness.yaml").write_text(CHECKLIST.replace("warning", "note"))
    gate("--fix", "--yes", cwd=shop)
    assert text(shop) == web().replace("            privileged: true  # until March\n", "")


# ---- writing


def test_a_file_that_can_not_be_written_stays_whole_and_others_are_written(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(shop, {"k8s/a.yaml": web("a"), "k8s/z.yaml": web("z")})
    write = records.replace_file

    def refused(path: str, new: str) -> None:
        if path.endswith("web.yaml"):
            raise SourceError(f"{path}: can't be written: No space left on device")
        write(path, new)

    monkeypatch.setattr(records, "replace_file", refused)
    code, verdict = gate("--fix", "--yes", cwd=shop)
    assert code == 3
    assert (text(shop, "k8s/a.yaml"), text(shop), text(shop, "k8s/z.yaml")) == (
        mended("a"),
        web(),
        mended("z"),
    )
    assert [one["object"]["name"] for one in outcome(verdict, PRIVILEGED)["findings"]] == ["web"]


def test_a_file_that_changed_meanwhile_is_left(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show = fix._show

    def changing(*arguments: object) -> None:
        show(*arguments)  # type: ignore[arg-type]  # what it is given is passed on
        (shop / "k8s/web.yaml").write_text("{}\n")

    monkeypatch.setattr(fix, "_show", changing)
    said = cli("gate", "--fix", "--yes", cwd=shop)
    assert (said.code, text(shop)) == (3, "{}\n")
    assert "not written: k8s/web.yaml: was changed meanwhile" in said.err
    assert str(shop) not in said.err


def test_uncommitted_changes_are_told(shop: Path) -> None:
    files(shop, {"k8s/a.yaml": web("a")})
    committed(shop.parent)  # the service is a folder of its repository
    (shop / "k8s/a.yaml").write_text("# mine\n" + web("a"))
    files(shop, {"k8s/new.yaml": web("new")})
    said = cli("gate", "--fix", "--yes", cwd=shop)
    assert "k8s/a.yaml: 2 findings; it has uncommitted changes\n" in said.err
    assert "k8s/new.yaml: 2 findings; it has uncommitted changes\n" in said.err
    assert "k8s/web.yaml: 2 findings\n" in said.err
    assert text(shop, "k8s/a.yaml") == "# mine\n" + mended("a")


# ---- patches in reports


def test_a_patch_of_the_report_applies(shop: Path) -> None:
    committed(shop)
    _, verdict = gate(cwd=shop)
    for item, after in (
        (PRIVILEGED, web().replace("            privileged: true  # until March\n", "")),
        (SECCOMP, web() + "            seccompProfile:\n              type: RuntimeDefault\n"),
    ):
        (shop / "a.patch").write_text(outcome(verdict, item)["findings"][0]["patch"])
        git("apply", "a.patch", cwd=shop)
        assert text(shop) == after
        git("checkout", "-q", ".", cwd=shop)


def test_every_report_shows_the_patch(shop: Path) -> None:
    line = "-            privileged: true  # until March"
    for output in ("markdown", "junit", "json"):
        assert line in cli("gate", "--output", output, cwd=shop).out.replace("\\n", "\n"), output
    assert line in cli("gate", "--verbose", cwd=shop).out
    short = cli("gate", cwd=shop).out
    assert line not in short
    assert "patch: readiness gate --fix mends 2 findings; --verbose shows how" in short


def test_a_patch_shows_no_secret_and_the_fix_is_made_all_the_same(shop: Path) -> None:
    secret = web().replace("# for the agent", "# password: hunter2hunter2")
    (shop / "k8s/web.yaml").write_text(secret)
    _, verdict = gate(cwd=shop)
    assert outcome(verdict, PRIVILEGED)["findings"][0]["patch"] is None
    said = cli("gate", "--fix", "--yes", cwd=shop)
    assert "hunter2" not in said.err
    assert text(shop) == mended().replace("# for the agent", "# password: hunter2hunter2")


def test_what_has_no_patch_has_null(shop: Path) -> None:
    (shop / "k8s").rename(shop / "rendered")
    _, verdict = gate(cwd=shop)
    assert outcome(verdict, PRIVILEGED)["findings"][0]["patch"] is None


# ---- findings and edits


def finding(*edits: tuple[str, object], file: str = "a.yaml", source: str = "repository") -> Finding:
    made = tuple(
        Edit(Location(source, file, 0, tuple(keys.split("."))), "set", value) for keys, value in edits
    )
    return Finding("x", edits=made)


def test_of_two_findings_at_one_place_the_first_is_mended(tmp_path: Path) -> None:
    files(tmp_path, {"a.yaml": "a: 1\nb: 1\nc: 1\n"})
    trees = {"repository": WorkTree(str(tmp_path))}
    first, other, third = finding(("a", 2)), finding(("a", 3)), finding(("b", 2))
    found = fixes(trees, [first, other, third])
    assert [(one.new, one.findings) for one in found.files] == [(b"a: 2\nb: 2\nc: 1\n", 2)]
    assert [(one.finding, one.why) for one in found.left] == [(other, "another edit has the same place")]


def test_a_finding_is_mended_in_all_its_files_or_in_none(tmp_path: Path) -> None:
    files(tmp_path, {"a.yaml": "a: 1\n", "b.yaml": "b: &x 1\n"})
    trees = {"repository": WorkTree(str(tmp_path))}
    both = Finding("x", edits=(*finding(("a", 2)).edits, *finding(("b", 2), file="b.yaml").edits))
    assert fixes(trees, [both]).files == ()
    assert Patches(trees, [both]).of(both) is None
    (tmp_path / "b.yaml").write_text("b: 1\n")
    assert [one.new for one in fixes(trees, [both]).files] == [b"a: 2\n", b"b: 2\n"]
    assert (Patches(trees, [both]).of(both) or "").count("+++ b/") == 2


def test_the_same_edit_of_two_findings_is_made_once(tmp_path: Path) -> None:
    files(tmp_path, {"a.yaml": "a: 1\n"})
    trees = {"repository": WorkTree(str(tmp_path))}
    found = fixes(trees, [finding(("a", 2)), finding(("a", 2), ("b", 3))])
    assert [one.new for one in found.files] == [b"a: 2\nb: 3\n"]
    assert found.left == ()


def test_only_a_work_tree_is_mended() -> None:
    trees = {"repository": TextTree("repository", {"a.yaml": b"a: 1\n"})}
    found = fixes(trees, [finding(("a", 2)), finding(("a", 2), source="stdin")])
    assert (found.files, len(found.left)) == ((), 2)


def test_patches_end_where_they_would_take_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, {"a.yaml": "a: 1\nb: 1\n"})
    trees = {"repository": WorkTree(str(tmp_path))}
    asked = [finding(("a", 2)), finding(("b", 2))]
    monkeypatch.setattr("readiness.patch.BYTES_READ_AGAIN", 15)
    patches = Patches(trees, asked)
    assert [patches.of(one) is not None for one in asked] == [True, False]
    assert [one.findings for one in fixes(trees, asked).files] == [2]


def test_a_patch_too_long_for_a_report_is_none(tmp_path: Path) -> None:
    files(tmp_path, {"a.yaml": f"a: 1\nb: {'x' * 9000}\n"})
    trees = {"repository": WorkTree(str(tmp_path))}
    assert Patches(trees, [finding(("a", 2))]).of(finding(("a", 2))) is None
