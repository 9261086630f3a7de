"""How fast YAML is loaded: PyYAML's C loader against `readiness.yaml_reader`, on the same generated files.

    python benchmarks/yaml_load.py --documents 10000

The garbage collector is off while either loads, as the gate has it; the two take turns, and the table
shows medians. Use the ratio: the times are those of one machine on one day.
"""

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from readiness.yaml_reader import read

DOCUMENTS_PER_FILE = 5

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/version: "{version}"
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      serviceAccountName: {name}
      terminationGracePeriodSeconds: {grace}
      containers:
        - name: {name}
          image: registry.example/team-{team}/{name}:{version}
          env:
            - name: JAVA_TOOL_OPTIONS
              value: "-XX:MaxRAMPercentage=75"
            - name: FEATURE_{number}
              value: 'on'
          ports:
            - containerPort: 8080
              name: http
          resources:
            requests: {{cpu: 250m, memory: 512Mi}}
            limits:
              memory: 512Mi
          readinessProbe:
            httpGet:
              path: /health/ready
              port: http
"""


def generate(folder: Path, documents: int) -> list[Path]:
    """Files of five documents of 38 lines, whose names and numbers differ."""
    files = []
    for first in range(0, documents, DOCUMENTS_PER_FILE):
        texts = [
            DEPLOYMENT.format(
                name=f"service-{number}",
                team=number % 97,
                version=f"1.{number % 30}.{number % 11}",
                replicas=2 + number % 9,
                grace=30 + number % 60,
                number=number,
            )
            for number in range(first, min(first + DOCUMENTS_PER_FILE, documents))
        ]
        file = folder / f"{first:06}.yaml"
        file.write_text("---\n".join(texts), encoding="utf-8")
        files.append(file)
    return files


def pyyaml(text: bytes) -> int:
    return len(list(yaml.load_all(text, Loader=yaml.CSafeLoader)))


def own(text: bytes) -> int:
    return len(read(text).documents)


def seconds(load: Callable[[bytes], int], files: list[Path]) -> tuple[float, int]:
    """Processor time of loading all files, and how many documents were found."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        found = sum(load(file.read_bytes()) for file in files)
        return time.process_time() - start, found
    finally:
        gc.enable()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    loaders = {"PyYAML C load_all": pyyaml, "readiness read": own}
    times: dict[str, list[float]] = {name: [] for name in loaders}
    with tempfile.TemporaryDirectory() as folder:
        files = generate(Path(folder), arguments.documents)
        megabytes = sum(file.stat().st_size for file in files) / 1e6
        for _ in range(arguments.rounds):
            for name, load in loaders.items():
                taken, found = seconds(load, files)
                if found != arguments.documents:
                    raise SystemExit(f"{name} found {found} documents of {arguments.documents}")
                times[name].append(taken)
    print(
        f"{arguments.documents} documents, {len(files)} files, {megabytes:.1f} MB, {arguments.rounds} rounds"
    )
    print(f"{'loader':<20} {'ms':>8} {'documents/s':>12} {'MB/s':>6} {'ratio':>6}")
    reference = statistics.median(times["PyYAML C load_all"])
    for name, taken_each in times.items():
        taken = statistics.median(taken_each)
        print(
            f"{name:<20} {taken * 1000:8.0f} {arguments.documents / taken:12.0f} "
            f"{megabytes / taken:6.1f} {taken / reference:6.2f}"
        )


if __name__ == "__main__":
    main()
