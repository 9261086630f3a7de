"""Edits of probes, ports, places and identity of pods, and of work that ends."""

from tests.faults import Fault

WEB, CATALOG, BATCH, NODES = "web.yaml", "catalog.yaml", "batch.yaml", "nodes.yaml"
LIVE = "          livenessProbe:\n            tcpSocket: {port: health}\n            periodSeconds: 20\n"
READY = (
    "          readinessProbe:\n            httpGet: {path: /, port: health}\n            periodSeconds: 10\n"
)
CATALOG_LIVE = "livenessProbe:\n            tcpSocket: {port: https}\n            periodSeconds: 20"
CATALOG_READY = "httpGet: {path: /ready, port: https, scheme: HTTPS}"
PORT = "- name: health\n              containerPort: 13133"
SPREAD = (
    "      topologySpreadConstraints:\n        - maxSkew: 1\n          topologyKey: kubernetes.io/hostname\n"
    "          whenUnsatisfiable: DoNotSchedule\n          labelSelector:\n"
    "            matchLabels: {app.kubernetes.io/name: catalog}\n"
)
NODE_LOGS_LABELS = (
    "{app.kubernetes.io/name: node-logs, app.kubernetes.io/instance: node-logs, owner: team-shop}\n    spec:"
)
CONTAINER = (
    "image: registry.shop.example/tool:1.0@sha256:" + "7" * 64 + ", imagePullPolicy: Always, "
    "resources: {limits: {cpu: 100m, memory: 64Mi, ephemeral-storage: 32Mi}}, "
    "securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}"
)
PROBES = "livenessProbe: {exec: {command: [alive]}, failureThreshold: 6}, readinessProbe: {exec: {command: [ready]}}"
NODES_MEANT = (
    "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
    "[{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [amd64]}]}]}}}"
)
DNS = 'dnsConfig: {options: [{name: ndots, value: "2"}]}'
IDENTITY = (
    "serviceAccountName: node-logs, automountServiceAccountToken: false, priorityClassName: shop-back, "
    "securityContext: {runAsNonRoot: true, runAsUser: 20006, runAsGroup: 20006, "
    "seccompProfile: {type: RuntimeDefault}}"
)
METADATA = (
    "{name: %s, namespace: %s, annotations: {email: team-shop@shop.example%s}, labels: "
    "{app.kubernetes.io/name: %s, app.kubernetes.io/instance: %s, owner: team-shop}}"
)
ONE_REPLICA = "replicas: 1"
SELECTOR = "selector: {matchLabels: {app.kubernetes.io/instance: worker}}"
READY_INLINE = "readinessProbe: {tcpSocket: {port: 80}}"


def pod_spec(spec: str, container: str, nodes: str = NODES_MEANT, dns: str = DNS) -> str:
    said = ", ".join(part for part in (IDENTITY, nodes, dns, spec) if part)
    return f"{{{said}, containers: [{{name: tool, {CONTAINER}, {container}}}]}}"


def pod(
    spec: str = "restartPolicy: Always",
    container: str = PROBES,
    annotation: str = "",
    nodes: str = NODES_MEANT,
    dns: str = DNS,
) -> Fault:
    metadata = METADATA % ("tool", "shop", annotation, "node-logs", "tool")
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {pod_spec(spec, container, nodes, dns)}\n"
    return Fault("pod.yaml", "", text)


def worker(
    spec: str = SELECTOR,
    container: str = PROBES,
    pod: str = "",
    kind: str = "Deployment",
    namespace: str = "shop",
    replicas: str = ONE_REPLICA,
    label: str = "reindex",
    api: str = "apps/v1",
    nodes: str = NODES_MEANT,
) -> Fault:
    """A workload that is well in all but what is given; its NetworkPolicy is that of reindex."""
    template = METADATA % ("worker", namespace, "", label, "worker")
    fields = ", ".join(part for part in (spec, replicas) if part)
    text = (
        f"apiVersion: {api}\nkind: {kind}\nmetadata: {METADATA % ('worker', namespace, '', label, 'worker')}\n"
        f"spec: {{{fields}, template: {{metadata: {template}, spec: {pod_spec(pod, container, nodes)}}}}}\n"
    )
    return Fault("worker.yaml", "", text)


def node_port(port: str) -> Fault:
    return Fault(NODES, PORT, f"{PORT}\n            - {port}")


def probes(alive: str, ready: str) -> Fault:
    return worker(container=f"livenessProbe: {{{alive}}}, readinessProbe: {{{ready}}}")


FAULTS = {
    "not-asked-for-life": ("workload.liveness-probe", Fault(NODES, LIVE, "")),
    "sidecar-not-asked-for-life": (
        "workload.liveness-probe",
        Fault(WEB, "        - name: warm\n", "        - name: warm\n          restartPolicy: Always\n"),
    ),
    "not-asked-for-readiness": ("workload.readiness-probe", Fault(NODES, READY, "")),
    "worker-not-asked-for-readiness": (
        "workload.readiness-probe",
        worker(container="livenessProbe: {exec: {command: [alive]}}"),
    ),
    "one-question": (
        "workload.probes-identical",
        Fault(
            CATALOG,
            CATALOG_LIVE,
            "livenessProbe:\n            httpGet: {path: /ready, port: 8443, scheme: HTTPS}\n            periodSeconds: 5",
        ),
    ),
    "one-command": (
        "workload.probes-identical",
        probes("exec: {command: [check]}, failureThreshold: 2", "exec: {command: [check]}"),
    ),
    "probe-of-another-number": (
        "workload.probe-port-exposed",
        Fault(CATALOG, CATALOG_READY, CATALOG_READY.replace("https,", "8444,")),
    ),
    "probe-of-a-udp-port": (
        "workload.probe-port-exposed",
        Fault(NODES, PORT, f"{PORT}\n              protocol: UDP"),
    ),
    "name-of-sixteen": ("workload.port-names", node_port("{name: abcdefghijklmnop, containerPort: 81}")),
    "name-without-letter": ("workload.port-names", node_port('{name: "8080", containerPort: 8080}')),
    "name-twice": ("workload.port-names", node_port("{name: health, containerPort: 8080}")),
    "port-none": ("workload.port-names", node_port("{containerPort: 0}")),
    "port-beyond-all": ("workload.port-names", node_port("{containerPort: 65536}")),
    "target-quoted": ("workload.port-names", Fault(CATALOG, "targetPort: https", 'targetPort: "8443"')),
    "spread-of-nothing": ("workload.pod-anti-affinity", Fault(CATALOG, SPREAD, "")),
    "spread-of-others": (
        "workload.pod-anti-affinity",
        Fault(CATALOG, SPREAD, SPREAD.replace("name: catalog", "name: catalogue")),
    ),
    "two-workers-together": (
        "workload.pod-anti-affinity",
        worker(
            replicas="replicas: 2",
            pod="topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {a: b}}}]",
        ),
    ),
    "no-constraint": ("workload.topology-spread", Fault(CATALOG, SPREAD, "")),
    "empty-constraints": (
        "workload.topology-spread",
        worker(replicas="", pod="topologySpreadConstraints: []"),
    ),
    "skew-of-none": ("workload.topology-spread-valid", Fault(CATALOG, "maxSkew: 1", "maxSkew: 0")),
    "whenever": ("workload.topology-spread-valid", Fault(CATALOG, "DoNotSchedule", "Never")),
    "constraint-without-selector": (
        "workload.topology-spread-valid",
        Fault(
            CATALOG,
            "          labelSelector:\n            matchLabels: {app.kubernetes.io/name: catalog}\n",
            "",
        ),
    ),
    "any-node": ("workload.node-affinity", worker(nodes="")),
    "any-node-for-a-pod": ("workload.node-affinity", pod("restartPolicy: Never", nodes="")),
    "no-class": (
        "workload.priority-class-set",
        Fault(CATALOG, "      priorityClassName: shop-back\n", ""),
    ),
    "empty-class": ("workload.priority-class-set", Fault(CATALOG, "shop-back", '""')),
    "class-of-nobody": ("workload.priority-class-accepted", Fault(CATALOG, "shop-back", "shop-middle")),
    "class-not-defined": (
        "workload.priority-class-accepted",
        Fault(NODES, "  name: shop-front\n", "  name: shop-window\n"),
    ),
    "labels-of-another": (
        "workload.selector-matches-template",
        Fault(NODES, NODE_LOGS_LABELS, NODE_LOGS_LABELS.replace("name: node-logs", "name: logs", 1)),
    ),
    "no-selector": ("workload.selector-matches-template", worker("")),
    "operator-that-excludes": (
        "workload.selector-matches-template",
        worker("selector: {matchExpressions: [{key: app.kubernetes.io/name, operator: DoesNotExist}]}"),
    ),
    "headless-service-of-nobody": (
        "workload.statefulset-service-name",
        Fault(CATALOG, "serviceName: catalog", "serviceName: catalogue"),
    ),
    "service-of-others": (
        "workload.statefulset-service-name",
        Fault(CATALOG, "serviceName: catalog", "serviceName: web"),
    ),
    "service-with-address": (
        "workload.statefulset-service-name",
        Fault(CATALOG, "  clusterIP: None\n", ""),
    ),
    "service-never-started-again": (
        "workload.restart-policy",
        Fault(CATALOG, "restartPolicy: Always", "restartPolicy: OnFailure"),
    ),
    "job-started-always": (
        "workload.restart-policy",
        Fault(BATCH, "restartPolicy: Never", "restartPolicy: Always", times=2),
    ),
    "five-dots": ("workload.dns-ndots", Fault(CATALOG, 'value: "2"', 'value: "5"')),
    "dots-by-default": (
        "workload.dns-ndots",
        Fault(
            CATALOG,
            '      dnsConfig:\n        options:\n          - name: ndots\n            value: "2"\n',
            "",
        ),
    ),
    "disk-without-backup": (
        "workload.volume-claim-annotations",
        Fault(CATALOG, "        annotations: {backup: daily}\n", ""),
    ),
    "disk-of-another-key": (
        "workload.volume-claim-annotations",
        Fault(CATALOG, "{backup: daily}", "{backups: daily}"),
    ),
    "bare-pod": ("workload.no-bare-pod", pod()),
    "bare-pod-by-default": ("workload.no-bare-pod", pod("")),
    "two-of-one-selector": (
        "workload.single-controller",
        worker("selector: {matchLabels: {app.kubernetes.io/name: node-logs}}", label="node-logs"),
    ),
    "selector-of-all": (
        "workload.single-controller",
        worker(
            "selector: {matchExpressions: [{key: app.kubernetes.io/name, operator: In, values: [node-logs]}]}",
            label="node-logs",
        ),
    ),
    "job-that-stays": (
        "job.ttl-after-finished",
        Fault(BATCH, "  ttlSecondsAfterFinished: 86400\n", ""),
    ),
    "cron-job-with-two-clocks": (
        "job.ttl-after-finished",
        Fault(BATCH, "      backoffLimit: 2\n", "      backoffLimit: 2\n      ttlSecondsAfterFinished: 60\n"),
    ),
    "no-deadline": ("job.cronjob-deadline", Fault(BATCH, "  startingDeadlineSeconds: 3600\n", "")),
    "deadline-of-nine": (
        "job.cronjob-deadline",
        Fault(BATCH, "startingDeadlineSeconds: 3600", "startingDeadlineSeconds: 9"),
    ),
}

ONCE = pod("restartPolicy: Never")
HOOK = pod(annotation=", helm.sh/hook: test")
LOOK_ALIKES = {
    "run-once-not-asked-for-life": ("workload.liveness-probe", ONCE),
    "hook-not-asked-for-life": ("workload.liveness-probe", HOOK),
    "hook-not-asked-for-readiness": ("workload.readiness-probe", HOOK),
    "scaled-to-none-not-asked": (
        "workload.readiness-probe",
        worker(replicas="replicas: 0", container="livenessProbe: {exec: {command: [alive]}}"),
    ),
    "behind-a-service": (
        "workload.readiness-probe",
        Fault(
            CATALOG,
            "          readinessProbe:\n            httpGet: {path: /ready, port: https, scheme: HTTPS}\n"
            "            periodSeconds: 5\n",
            "",
        ),
    ),
    "shipper-beside": (
        "workload.readiness-probe",
        worker(container=f"{READY_INLINE}}}, {{name: shipper, image: registry.shop.example/shipper:1.0"),
    ),
    "one-question-more-patience": (
        "workload.probes-identical",
        probes(
            "exec: {command: [check]}, periodSeconds: 11", "exec: {command: [check]}, failureThreshold: 3"
        ),
    ),
    "another-service-of-grpc": (
        "workload.probes-identical",
        probes("grpc: {port: 81, service: live}", "grpc: {port: 81, service: ready}"),
    ),
    "one-port": (
        "workload.probes-identical",
        probes("tcpSocket: {port: 81}", "tcpSocket: {port: 81}"),
    ),
    "another-path": (
        "workload.probes-identical",
        probes("httpGet: {port: 81, path: /live}", "httpGet: {port: 81}"),
    ),
    "two-names-of-ports": (
        "workload.probes-identical",
        worker(
            container="ports: [{name: a, containerPort: 81}, {name: b, containerPort: 82}], "
            "livenessProbe: {httpGet: {port: a}}, readinessProbe: {httpGet: {port: b}}"
        ),
    ),
    "name-of-no-port": (
        "workload.probe-port-exposed",
        Fault(CATALOG, CATALOG_READY, CATALOG_READY.replace("https,", "http,")),
    ),
    "command-asks-no-port": (
        "workload.probe-port-exposed",
        worker(container="livenessProbe: {exec: {command: [a]}}"),
    ),
    "name-of-fifteen": ("workload.port-names", node_port("{name: abcdefghijklmno, containerPort: 81}")),
    "last-port": ("workload.port-names", node_port("{name: last, containerPort: 65535}")),
    "first-port": ("workload.port-names", node_port('{name: "", containerPort: 1}')),
    "no-target": ("workload.port-names", Fault(CATALOG, "      targetPort: https\n", "")),
    "one-worker": ("workload.pod-anti-affinity", worker()),
    "one-worker-by-default": ("workload.pod-anti-affinity", worker(replicas="")),
    "kept-off-zones": (
        "workload.pod-anti-affinity",
        worker(
            replicas="replicas: 2",
            nodes="",
            pod="affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: "
            "topology.kubernetes.io/zone, namespaces: [shop], labelSelector: {}}]}}",
        ),
    ),
    "one-pod-needs-no-spread": ("workload.topology-spread", worker()),
    "node-selector": ("workload.node-affinity", worker(nodes="nodeSelector: {disk: ssd}")),
    "class-of-every-cluster": (
        "workload.priority-class-accepted",
        Fault(CATALOG, "shop-back", "system-node-critical"),
    ),
    "old-api-without-selector": (
        "workload.selector-matches-template",
        worker("", api="extensions/v1beta1"),
    ),
    "no-service-name": ("workload.statefulset-service-name", worker(kind="StatefulSet")),
    "once-or-never": ("workload.restart-policy", ONCE),
    "always-by-default": ("workload.restart-policy", worker(pod="")),
    "dns-of-the-node": ("workload.dns-ndots", pod("dnsPolicy: Default", dns="")),
    "node-network-has-node-dns": ("workload.dns-ndots", pod("hostNetwork: true", dns="")),
    "pod-that-runs-once": ("workload.no-bare-pod", ONCE),
    "pod-of-a-test": ("workload.no-bare-pod", HOOK),
    "same-selector-elsewhere": (
        "workload.single-controller",
        worker(
            "selector: {matchLabels: {app.kubernetes.io/name: node-logs}}",
            label="node-logs",
            namespace="market",
        ),
    ),
    "hook-is-removed-by-its-deployer": (
        "job.ttl-after-finished",
        Fault(
            BATCH,
            "  annotations: {email: team-shop@shop.example}\nspec:\n  ttlSecondsAfterFinished: 86400\n",
            "  annotations: {email: team-shop@shop.example, helm.sh/hook: pre-upgrade}\nspec:\n",
        ),
    ),
    "suspended": (
        "job.cronjob-deadline",
        Fault(BATCH, "  startingDeadlineSeconds: 3600\n", "  suspend: true\n"),
    ),
    "deadline-of-ten": (
        "job.cronjob-deadline",
        Fault(BATCH, "startingDeadlineSeconds: 3600", "startingDeadlineSeconds: 10"),
    ),
}
