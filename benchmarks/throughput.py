"""A whole gate over thousands of generated documents, against PyYAML's C loader alone on the same files.

    python benchmarks/throughput.py --documents 10000

Both run in processes of their own, in turn; the table shows the medians of the wall time and the most
memory of a round. The services are complete: Deployment, Service, HorizontalPodAutoscaler,
PodDisruptionBudget and ConfigMap refer to each other, five documents a file, so that checks over several
objects have work to do. One service in ten has a defect, and one monitor scrapes all. Three tenths of the
documents run as well, for how time grows with size. What the gate finds is not looked at, only that it
reached a verdict.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

DOCUMENTS_PER_FILE = 5
FILES_PER_FOLDER = 100
TEAMS = 97

SERVICE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/version: "{version}"
    app.kubernetes.io/part-of: team-{team}
spec:
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  strategy:
    type: RollingUpdate
    rollingUpdate: {{maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/version: "{version}"
      annotations:
        {annotation}
    spec:
      serviceAccountName: services
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {grace}
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: {profile}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {name}
      containers:
        - name: {name}
          image: registry.example/team-{team}/{name}:{version}
          envFrom:
            - configMapRef:
                name: {name}-settings
          env:
            - name: JAVA_TOOL_OPTIONS
              value: "-XX:MaxRAMPercentage=75"
            - name: FEATURE_{number}
              value: "on"
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
          ports:
            - containerPort: 8080
              name: http
            - containerPort: 9090
              name: management
          resources:
            requests:
              cpu: 250m
              memory: 512Mi
            limits:
              memory: 512Mi
          startupProbe:
            httpGet:
              path: /health/started
              port: management
            failureThreshold: 30
            periodSeconds: 5
          readinessProbe:
            httpGet:
              path: /health/ready
              port: management
            periodSeconds: 5
            timeoutSeconds: 2
          livenessProbe:
            httpGet:
              path: /health/live
              port: management
            periodSeconds: 10
          lifecycle:
            preStop:
              sleep:
                seconds: 10
          securityContext:
            readOnlyRootFilesystem: {read_only}
            allowPrivilegeEscalation: false
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: 64Mi
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/version: "{version}"
spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
      protocol: TCP
    - name: management
      port: 9090
      targetPort: management
      protocol: TCP
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {name}
  namespace: team-{team}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
  minReplicas: {replicas}
  maxReplicas: {most}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 300
      policies:
        - type: Percent
          value: 50
          periodSeconds: 60
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {name}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: {name}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}-settings
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: {name}
data:
  SERVER_PORT: "8080"
  SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE: 20s
  DATABASE_URL: jdbc:postgresql://db.team-{team}.svc:5432/{database}
  DATABASE_POOL_SIZE: "{pool}"
  QUEUE_NAME: team-{team}.{name}.events
  LOG_LEVEL: INFO
  FEATURE_{number}: "true"
  TIMEOUT_MS: "{timeout}"
  application.yaml: |
    server:
      shutdown: graceful
    management:
      server:
        port: 9090
      endpoint:
        health:
          probes:
            enabled: true
    spring:
      datasource:
        hikari:
          maximum-pool-size: {pool}
          connection-timeout: {timeout}
      rabbitmq:
        listener:
          simple:
            prefetch: 20
            concurrency: 4
    logging:
      level:
        root: INFO
"""

# What the services of one team share.
TEAM = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: services
  namespace: team-{team}
automountServiceAccountToken: false
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: services
  namespace: team-{team}
spec:
  podSelector: {{}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - namespaceSelector: {{}}
  egress:
    - to:
        - namespaceSelector: {{}}
"""

# Scrapes all of them, so that not each service is found unmeasured.
MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: services
  namespace: monitoring
spec:
  namespaceSelector:
    any: true
  selector:
    matchExpressions:
      - key: app.kubernetes.io/name
        operator: Exists
  podMetricsEndpoints:
    - port: management
"""

LOAD = """\
import pathlib, sys, yaml
found = 0
for file in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    for document in yaml.load_all(file.read_bytes(), Loader=yaml.CSafeLoader):
        found += 1
print(found)
"""


class Taken(NamedTuple):
    """What one process took."""

    seconds: float
    megabytes: float  # the most that it held at once


def generate(folder: Path, documents: int) -> float:
    """Writes the services, and gives the number of lines a document."""
    lines = MONITOR.count("\n")
    (folder / "deploy").mkdir(parents=True)
    (folder / "deploy/monitor.yaml").write_text(MONITOR, encoding="utf-8")
    for team in range(TEAMS):
        (folder / f"deploy/team-{team}.yaml").write_text(TEAM.format(team=team), encoding="utf-8")
    for number in range(documents // DOCUMENTS_PER_FILE):
        text = SERVICE.format(
            name=f"service-{number}",
            number=number,
            team=number % TEAMS,
            version=f"1.{number % 30}.{number % 11}",
            replicas=3 + number % 9,
            most=20 + number % 9,
            grace=45 + number % 60,
            database=f"service_{number}",
            pool=5 + number % 20,
            timeout=200 + number % 1000,
            profile="Unconfined" if number % 10 == 0 else "RuntimeDefault",
            read_only="false" if number % 10 == 0 else "true",
            annotation="example/owner: nobody"
            if number % 10 == 0
            else f'checksum/config: "{number * 7919:064x}"',
        )
        lines += text.count("\n")
        file = folder / f"deploy/{number // FILES_PER_FOLDER:03}/service-{number}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return lines / documents


def run(line: list[str], exits: tuple[int, ...]) -> tuple[Taken, str]:
    """One process: its wall time and peak memory, by the kernel's account of that process alone."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(line, stdout=output, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode not in exits:
        raise SystemExit(f"{' '.join(line)} ended with exit code {process.returncode}:\n{text[:2000]}")
    return Taken(taken, _megabytes(usage)), text


def _megabytes(usage: resource.struct_rusage) -> float:
    scale = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return usage.ru_maxrss * scale / 1e6


def median(taken: list[Taken]) -> float:
    return statistics.median(one.seconds for one in taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", default="standard@1")
    arguments = parser.parse_args()
    script = shutil.which("readiness", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if script is None:
        raise SystemExit("readiness is not installed beside this Python; run: make demo")
    sizes = {"all": arguments.documents, "part": arguments.documents * 3 // 10}
    loads: list[Taken] = []
    gates: dict[str, list[Taken]] = {name: [] for name in sizes}
    with tempfile.TemporaryDirectory() as folder:
        lines = {name: generate(Path(folder, name), documents) for name, documents in sizes.items()}
        for _ in range(arguments.rounds):
            taken, found = run([sys.executable, "-c", LOAD, f"{folder}/all"], (0,))
            if int(found) != arguments.documents + 2 * TEAMS + 1:
                raise SystemExit(f"PyYAML found {found.strip()} documents of {arguments.documents}")
            loads.append(taken)
            for name, each in gates.items():
                line = [script, "gate", f"{folder}/{name}", "--profile", arguments.profile]
                line += ["--as-of", "2026-11-24", "--output", f"json={folder}/{name}.json"]
                each.append(run(line, (0, 1))[0])
    load, gate, part = median(loads), median(gates["all"]), median(gates["part"])
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {arguments.documents} documents of "
        f"{lines['all']:.1f} lines, {DOCUMENTS_PER_FILE} a file, medians of {arguments.rounds}"
    )
    print(f"{'process':<34} {'seconds':>8} {'MB':>6}")
    print(f"{'PyYAML C load_all':<34} {load:8.2f} {max(one.megabytes for one in loads):6.0f}")
    for name, words in (("part", f"gate, {sizes['part']} documents"), ("all", "gate, all documents")):
        print(f"{words:<34} {median(gates[name]):8.2f} {max(one.megabytes for one in gates[name]):6.0f}")
    print(f"gate / PyYAML C load_all           {gate / load:8.2f}")
    print(f"t({sizes['all']}) / t({sizes['part']})".ljust(34) + f" {gate / part:8.2f}")


if __name__ == "__main__":
    main()
