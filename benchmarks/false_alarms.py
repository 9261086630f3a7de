"""What we and other linters say of the same real manifests, and how much of it is a false alarm.

    READINESS_CORPORA=... python benchmarks/false_alarms.py [--checks]

Peers are taken from the PATH; one that is not there is named and left out. Each folder of `FOLDERS` is given
to each program as one deployment. Charts, parts of kustomizations that are no objects of their own
(components, overlays, patches) and kustomizations that can't be built from what is there are left out for all
of them.

Our findings have their verdicts in docs/accuracy-kubernetes.md, those of the peers in `false_alarms.tsv`: the
first line that matches counts. A finding without a verdict ends the run with exit code 1.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from readiness.pipeline import Request, judge
from tests.corpora.judged import AS_OF, Said, corpora, judged, rows, said_of

JUDGEMENTS = Path(__file__).with_suffix(".tsv")
PROFILE = "kubernetes@1"
VERDICTS = ("true", "preference", "false")
FOLDERS = {
    "argo-rollouts": (
        "examples", "examples/ambassador", "examples/apisix", "examples/appmesh", "examples/istio",
        "examples/notifications", "examples/traffic-routing-experiment-step", "examples/workload-ref",
        "manifests/base", "manifests/dashboard-install",
    ),
    "bank-of-anthos": (
        "kubernetes-manifests", "extras/backup/**", "extras/cloudsql/**", "extras/postgres-hpa",
        "extras/prometheus/gmp",
    ),
    "knative-serving-config": ("config/**",),
    "kube-prometheus": ("manifests", "examples/example-app"),
    "microservices-demo": ("kubernetes-manifests", "kustomize/base", "release"),
    "sloth-examples": ("deploy/kubernetes/raw",),
}  # fmt: skip
BESIDE = {"extras/postgres-hpa": ("hpa", "kubernetes-manifests")}  # and not its values of a chart
CHARTS = ("*/templates/*",)


class Told(NamedTuple):
    """One finding of one program."""

    tool: str
    check: str
    file: str  # repository/path
    text: str  # what it is about, and what is said

    def matches(self, line: dict[str, str]) -> bool:
        return all(fnmatchcase(value, line[field]) for field, value in zip(self._fields, self, strict=True))


def folders(root: Path) -> Iterator[tuple[str, list[Path]]]:
    for corpus, names in FOLDERS.items():
        for name in names:
            inside = (name, *(f"{name}/{one}" for one in BESIDE.get(name, ())))
            found = {path for one in inside for path in (root / corpus).glob(f"{one}/*.y*ml")}
            yield corpus, sorted(path for path in found if path.name != "kustomization.yaml")


def of_kube_score(root: Path) -> Iterator[Told]:
    for corpus, files in folders(root):
        run = subprocess.run(
            ["kube-score", "score", "-o", "json", *map(str, files)], capture_output=True, text=True
        )
        for about in json.loads(run.stdout) or ():
            kind, _, rest = about["object_name"].partition("/")
            file = next((one for one in files if str(one) == about["file_name"]), files[0])
            for check in about["checks"]:
                if check["skipped"] or check["grade"] >= 10:  # 10 is "all OK"
                    continue
                for said in check["comments"] or [{}]:
                    name, part = rest.rpartition("/")[2], said.get("path", "")
                    text = f"{kind} {name} ({part}): {said.get('summary', '')}"
                    yield Told(
                        "kube-score",
                        check["check"]["id"],
                        f"{corpus}/{file.relative_to(root / corpus)}",
                        text,
                    )


def of_checkov(root: Path) -> Iterator[Told]:
    for corpus, files in folders(root):
        line = [
            "checkov",
            "--framework",
            "kubernetes",
            "--compact",
            "--quiet",
            "--skip-download",
            "-o",
            "json",
        ]
        run = subprocess.run([*line, "-f", *map(str, files)], capture_output=True, text=True)
        found = json.loads(run.stdout)
        for part in found if isinstance(found, list) else [found]:
            for said in part.get("results", {}).get("failed_checks", ()):
                kind, _, name = said["resource"].partition(".")
                file = next(one for one in files if str(one).endswith(said["file_path"].lstrip("/.")))
                yield Told(
                    "checkov",
                    said["check_id"],
                    f"{corpus}/{file.relative_to(root / corpus)}",
                    f"{kind} {name}: {said['check_name']}",
                )


def of_ours(root: Path) -> Iterator[tuple[Told, str]]:
    """Findings with the verdicts of the page; those that the page does not have are left to the table."""
    page = rows(PROFILE)
    for corpus in corpora():
        for said in said_of(corpus, judged(corpus, PROFILE)):
            if said.status == "fail" and not any(fnmatchcase(said.place, one) for one in CHARTS):
                yield _told(said), next(row.verdict for row in page if row.covers(said))
    yield from ((_told(said), "") for said in _of_kube_prometheus(root) if said.status == "fail")


def _of_kube_prometheus(root: Path) -> list[Said]:
    """Its manifests as an environment, which no file of the repository says that they are."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(root / "kube-prometheus" / "manifests", Path(folder, "manifests"))
        Path(folder, "readiness.yaml").write_text(
            f"version: 1\nextends: [profile:{PROFILE}]\nservice: {{name: a, owner: b}}\nenvironments:\n"
            "  production: {class: production, namespace: monitoring, manifests: [manifests/]}\n"
        )
        return said_of("kube-prometheus", judge(Request(folder, AS_OF)))


def _told(said: Said) -> Told:
    return Told("readiness", said.check, f"{said.corpus}/{said.place}", f"{said.subject}: {said.message}")


def verdict_of(told: Told, lines: list[dict[str, str]]) -> str:
    return next((line["verdict"] for line in lines if told.matches(line)), "")


def table(counts: dict[str, Counter[str]]) -> Iterator[str]:
    yield "| | findings | true | preference | false | share false |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, found in counts.items():
        all_ = found.total()
        numbers = " | ".join(str(found[one]) for one in VERDICTS)
        yield f"| {name} | {all_} | {numbers} | {found['false'] / all_:.1%} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--checks", action="store_true", help="a line for each check, too")
    by_check = parser.parse_args().checks
    root = Path(os.environ["READINESS_CORPORA"])
    lines = list(csv.DictReader(JUDGEMENTS.read_text().splitlines(), delimiter="\t"))
    judged_: list[tuple[Told, str]] = [
        (told, {"minor": "true"}.get(verdict, verdict) or verdict_of(told, lines))
        for told, verdict in of_ours(root)
    ]
    for program, found in (("kube-score", of_kube_score), ("checkov", of_checkov)):
        if shutil.which(program) is None:
            print(f"{program} is not in the PATH: left out", file=sys.stderr)
            continue
        judged_ += [(told, verdict_of(told, lines)) for told in found(root)]
    judged_ = [(told, verdict) for told, verdict in judged_ if verdict != "left out"]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    checks: dict[str, Counter[str]] = defaultdict(Counter)
    for told, verdict in judged_:
        counts[told.tool][verdict] += 1
        checks[f"{told.tool} `{told.check}`"][verdict] += 1
    print("\n".join(table(checks if by_check else counts)))
    without = [told for told, verdict in judged_ if verdict not in VERDICTS]
    for told in without:
        print(f"no verdict: {told}", file=sys.stderr)
    return 1 if without else 0


if __name__ == "__main__":
    sys.exit(main())
