"""The chain from symptom to action over a large platform: alerts, routes, runbooks, dashboards and objects.

    python benchmarks/operations.py --services 100

Each generated service has ten alerts, two routes, five runbooks, three dashboards and twenty objects, all of
which refer to each other, so that every join has work to do; one in ten has a defect. The gate runs
`operations@1` and the checks of alerts, runbooks and monitoring of `standard@1` in a process of its own; half
of the services run as well, for how time grows with size. Medians of the wall time.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.throughput import Taken, median, run

ALERTS, RUNBOOKS, DASHBOARDS, CONFIGS = 10, 5, 3, 16

CHECKLIST = """\
version: 1
extends: [profile:standard@1, profile:operations@1]
service: {name: platform, tier: 2, owner: team-platform}
platform: {metrics: prometheus, alerts: [prometheus], paging: pagerduty}
environments:
  production: {class: production, manifests: [deploy]}
"""

OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {name}, labels: {{app.kubernetes.io/name: {name}}}}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app.kubernetes.io/name: {name}}}}}
  template:
    metadata: {{labels: {{app.kubernetes.io/name: {name}}}}}
    spec:
      containers:
        - name: {name}
          image: registry.example/{name}:1.2.3
          ports: [{{containerPort: 8080, name: http}}]
          env: [{{name: OTEL_SERVICE_NAME, value: {name}}}]
          readinessProbe: {{httpGet: {{path: /ready, port: http}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {name}, labels: {{app.kubernetes.io/name: {name}}}}}
spec:
  selector: {{app.kubernetes.io/name: {name}}}
  ports: [{{name: http, port: 80, targetPort: http}}]
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {{name: {name}, namespace: {name}}}
spec:
  selector: {{matchLabels: {{app.kubernetes.io/name: {name}}}}}
  endpoints: [{{port: http, interval: 30s}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: {name}}}
spec:
  podSelector: {{matchLabels: {{app.kubernetes.io/name: {name}}}}}
  ingress: [{{from: [{{namespaceSelector: {{}}}}]}}]
"""
CONFIG = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}-{number}, namespace: {name}}}
data: {{setting: "{number}"}}
"""
RULE = """\
      - alert: {alert}
        expr: |
          sum by (job) (rate(http_requests_total{{job="{name}", code=~"5.."}}[5m]))
            / sum by (job) (rate(http_requests_total{{job="{name}"}}[5m])) > 0.0{number}
        for: 5m
        labels: {{severity: {severity}, team: team-{name}, service: {name}}}
        annotations:
          summary: '{{{{ $labels.job }}}} fails'
          runbook_url: https://git.example/platform/blob/main/docs/runbooks/{page}.md
"""
RUNBOOK = """\
# {alert}

## Meaning

Requests of {name} fail for more than five minutes, and users see an error page in the shop.

## Impact

Nobody can pay. Every minute costs orders that do not come back, and the queue behind it grows.

## Diagnosis

Look at the dashboard first, then at the pods and at what was released in the last hour:

```sh
kubectl -n {name} get pods -l app.kubernetes.io/name={name}
kubectl -n {name} logs deployment/{name} --since=10m
```

## Mitigation

Go back to the release before. It takes two minutes, and nobody needs to be asked for it.

```sh
kubectl -n {name} rollout undo deployment/{name}
```

## Rollback

As above; the schema stays.

## Escalation

After half an hour call team-{name}, then the head of engineering.
"""


def generate(folder: Path, services: int) -> None:
    """Writes the platform."""
    for name in ("deploy", "monitoring/rules", "docs/runbooks", "dashboards"):
        (folder / name).mkdir(parents=True)
    (folder / "readiness.yaml").write_text(CHECKLIST, encoding="utf-8")
    (folder / "catalog-info.yaml").write_text(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: platform\n  annotations:\n"
        "    backstage.io/source-location: url:https://git.example/platform/\n"
        "spec: {type: service, lifecycle: production, owner: team-platform}\n",
        encoding="utf-8",
    )
    routes, receivers = [], ["  - {name: default, webhook_configs: [{url: 'https://hooks.example/default'}]}"]
    for number in range(services):
        name = f"service-{number}"
        _objects(folder, name)
        _rules(folder, name, number)
        routes.append(f'    - matchers: [team="team-{name}"]\n      receiver: {name}-tickets\n      routes:')
        routes.append(f'        - matchers: [severity="critical"]\n          receiver: {name}-pager')
        receivers.append(
            f"  - {{name: {name}-pager, pagerduty_configs: [{{routing_key_file: /keys/{name}}}]}}"
        )
        receivers.append(
            f"  - {{name: {name}-tickets, webhook_configs: [{{url: 'https://hooks.example/{name}'}}]}}"
        )
        _dashboards(folder, name)
    text = "route:\n  receiver: default\n  group_by: [alertname, service]\n  routes:\n" + "\n".join(routes)
    (folder / "monitoring/alertmanager.yml").write_text(
        f"{text}\nreceivers:\n" + "\n".join(receivers) + "\n", encoding="utf-8"
    )


def _objects(folder: Path, name: str) -> None:
    text = OBJECTS.format(name=name) + "".join(CONFIG.format(name=name, number=one) for one in range(CONFIGS))
    (folder / f"deploy/{name}.yaml").write_text(text, encoding="utf-8")


def _rules(folder: Path, name: str, number: int) -> None:
    camel = name.replace("-", " ").title().replace(" ", "")
    lines = [f"groups:\n  - name: {name}\n    interval: 30s\n    rules:\n"]
    for one in range(ALERTS):
        page = f"{camel}{one % RUNBOOKS}" if number % 10 or one else "Gone"
        severity = "critical" if one % 2 else "warning"
        alert = f"{camel}{one}"
        lines.append(RULE.format(alert=alert, name=name, number=one + 1, severity=severity, page=page))
        if one < RUNBOOKS:
            text = RUNBOOK.format(alert=alert, name=name)
            (folder / f"docs/runbooks/{alert}.md").write_text(text, encoding="utf-8")
    (folder / f"monitoring/rules/{name}.yaml").write_text("".join(lines), encoding="utf-8")


def _dashboards(folder: Path, name: str) -> None:
    for one in range(DASHBOARDS):
        panels = [
            {
                "id": panel, "type": "timeseries", "title": f"Panel {panel}", "datasource": {"uid": "${ds}"},
                "targets": [{"refId": "A",
                "expr": f'rate(http_requests_total{{job="{name}"}}[$__rate_interval])'}],
            }
            for panel in range(12)
        ]  # fmt: skip
        body = {"uid": f"{name}-{one}", "title": f"{name} {one}", "tags": [name], "schemaVersion": 39,
                "templating": {"list": [{"name": "ds", "type": "datasource"}]}, "panels": panels}  # fmt: skip
        (folder / f"dashboards/{name}-{one}.json").write_text(json.dumps(body, indent=1), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    script = shutil.which("readiness", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if script is None:
        raise SystemExit("readiness is not installed beside this Python; run: make demo")
    os.environ["READINESS_CACHE"] = "off"
    taken: dict[int, list[Taken]] = {arguments.services: [], arguments.services // 2: []}
    with tempfile.TemporaryDirectory() as room:
        for services in taken:
            generate(Path(room, str(services)), services)
        for _ in range(arguments.rounds):
            for services, each in taken.items():
                each.append(run([script, "gate", f"{room}/{services}", "--as-of", "2026-11-24"], (0, 1))[0])
    whole, half = (median(each) for each in taken.values())
    for services, each in taken.items():
        counts = f"{services * ALERTS} alerts, {services * 2} routes, {services * RUNBOOKS} runbooks"
        counts += f", {services * DASHBOARDS} dashboards, {services * (CONFIGS + 4)} objects"
        print(f"{counts:<75} {median(each):6.2f} s {max(one.megabytes for one in each):5.0f} MB")
    print(f"t(all) / t(half) {whole / half:6.2f}")


if __name__ == "__main__":
    main()
