"""Commands in runbooks: what each does, and the objects, containers and releases that it names.

Reads code of a page that is shell by its language or has none, indented code, and code within sentences.
Knows the grammar of kubectl, oc, helm, argocd and flux: which options take a value, what stands for a kind,
which words are names. What the reader fills in is a wildcard. A command with an option that is not known
here is kept with its verb, and its names are left out: the word behind the option may be its value.

Source:
    Kubernetes documentation, "kubectl" and "kubectl reference"; Helm documentation, "Helm Commands"; Argo CD
    documentation, "argocd command reference".
"""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final, NamedTuple, Self

from readiness.evidence.pages import Code
from readiness.evidence.runbooks import Kind, Runbook
from readiness.evidence.shell import ANY, commands, is_wild
from readiness.outcome import Location

SHELLS: Final = frozenset(
    {"", "sh", "bash", "shell", "zsh", "console", "shell-session", "shellsession", "terminal", "text", "txt"}
)
PROGRAMS: Final = frozenset({"kubectl", "oc", "helm", "argocd", "flux"})
KINDS: Final[Mapping[str, str]] = {
    name: kind
    for kind, names in {
        "Pod": "po pod pods", "Deployment": "deploy deployment deployments",
        "StatefulSet": "sts statefulset statefulsets", "DaemonSet": "ds daemonset daemonsets",
        "ReplicaSet": "rs replicaset replicasets",
        "ReplicationController": "rc replicationcontroller replicationcontrollers",
        "Job": "job jobs", "CronJob": "cj cronjob cronjobs", "Service": "svc service services",
        "ConfigMap": "cm configmap configmaps", "Secret": "secret secrets",
        "Ingress": "ing ingress ingresses", "Namespace": "ns namespace namespaces",
        "Node": "no node nodes", "Event": "ev event events", "Endpoints": "ep endpoints",
        "HorizontalPodAutoscaler": "hpa horizontalpodautoscaler horizontalpodautoscalers",
        "PodDisruptionBudget": "pdb poddisruptionbudget poddisruptionbudgets",
        "PersistentVolumeClaim": "pvc persistentvolumeclaim persistentvolumeclaims",
        "PersistentVolume": "pv persistentvolume persistentvolumes",
        "ServiceAccount": "sa serviceaccount serviceaccounts",
        "NetworkPolicy": "netpol networkpolicy networkpolicies",
        "StorageClass": "sc storageclass storageclasses", "LimitRange": "limits limitrange limitranges",
        "ResourceQuota": "quota resourcequota resourcequotas",
        "ServiceMonitor": "smon servicemonitor servicemonitors", "PodMonitor": "pmon podmonitor podmonitors",
        "PrometheusRule": "promrule prometheusrule prometheusrules", "Rollout": "ro rollout rollouts",
        "DeploymentConfig": "dc deploymentconfig deploymentconfigs",
        "Application": "app application applications",
    }.items()
    for name in names.split()
}  # fmt: skip
# verbs of kubectl and oc, by what their words are
OF_A_TYPE: Final = frozenset(
    {
        "get",
        "describe",
        "delete",
        "edit",
        "patch",
        "label",
        "annotate",
        "scale",
        "wait",
        "autoscale",
        "expose",
    }
)
OF_PODS: Final = frozenset({"logs", "exec", "attach", "port-forward", "rsh", "debug"})
OF_NODES: Final = frozenset({"drain", "cordon", "uncordon", "taint"})
NESTED: Final[Mapping[str, frozenset[str]]] = {
    "rollout": frozenset({"history", "pause", "restart", "resume", "status", "undo"}),
    "set": frozenset({"env", "image", "resources", "selector", "serviceaccount", "subject"}),
    "top": frozenset(),
}
OC_ONLY: Final = frozenset({"rsh", "new-app", "start-build", "import-image"})
OTHER_VERBS: Final = frozenset(
    {"apply", "create", "run", "replace", "cp", "config", "auth", "api-resources", "api-versions",
     "cluster-info", "version", "explain", "proxy", "kustomize", "diff", "events", "certificate",
     "completion", "options", "plugin", "alpha", "argo", "adm", "login", "logout", "project", "projects",
     "whoami", "rollback", "status", "process", "policy", "image", "extract", "rsync", "must-gather",
     "observe", "idle", "help"}
) | OC_ONLY  # fmt: skip
VERBS: Final = OF_A_TYPE | OF_PODS | OF_NODES | frozenset(NESTED) | OTHER_VERBS
_VALUES: Final = frozenset(
    {"-n", "--namespace", "--context", "--cluster", "--kubeconfig", "-s", "--server", "--token", "--user",
     "--as", "--as-group", "-l", "--selector", "-o", "--output", "-c", "--container", "--field-selector",
     "--sort-by", "--tail", "--since", "--since-time", "--replicas", "--current-replicas", "--timeout",
     "--type", "--to-revision", "--revision", "--grace-period", "--image", "--request-timeout", "-L",
     "--label-columns", "--template", "--address", "--port", "--target-port", "--overrides",
     "--limit-bytes", "-v", "--v", "--for", "--duration", "--patch", "--patch-file", "--filename", "-k",
     "--kustomize", "--pod-running-timeout", "--min", "--max", "--cpu-percent", "--target",
     "--subresource", "--max-log-requests", "--sync-policy", "--kube-context", "--set", "--set-string",
     "--values", "--version", "--chart-version", "--project", "--max-unavailable", "--chunk-size", "--raw",
     "--name", "--cascade-policy"}
)  # fmt: skip
_SWITCHES: Final = frozenset(
    {"-A", "--all-namespaces", "--all", "--previous", "--follow", "-i", "-t", "-it", "-ti", "--stdin",
     "--tty", "-w", "--watch", "--watch-only", "--show-labels", "--no-headers", "--force",
     "--ignore-daemonsets", "--delete-emptydir-data", "--delete-local-data", "--overwrite", "--wait",
     "--prefix", "--timestamps", "--ignore-not-found", "--now", "-R", "--recursive", "--all-containers",
     "--rm", "--containers", "--show-managed-fields", "--show-kind", "--dry-run", "--cascade",
     "--ignore-errors", "--quiet", "-q", "--debug", "--atomic", "--install", "--reuse-values",
     "--cleanup-on-fail", "--no-hooks", "--recreate-pods", "--show-events", "--insecure-skip-tls-verify",
     "--help", "--prune", "--hard-refresh", "--refresh", "--record", "--disable-eviction",
     "--keep-history", "--sum", "--list", "--grpc-web"}
)  # fmt: skip
_FOLLOWS: Final = frozenset({"logs"})  # here -f and -p are switches, elsewhere they take a value
_HELM_RELEASE: Final = frozenset(
    {"rollback", "history", "status", "upgrade", "uninstall", "delete", "test", "hist"}
)
_ARGOCD_APP: Final = frozenset(
    {"get", "sync", "rollback", "history", "diff", "wait", "set", "delete", "resources"}
)


class Target(NamedTuple):
    """One object that a command names."""

    kind: str  # as in manifests; a word of its own where the kind is not known here
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Command(NamedTuple):
    """One command of a page; a part that the reader fills in is `*`, one that is left out is empty."""

    program: str
    verb: str  # with its second word: "rollout undo", "app rollback"
    targets: tuple[Target, ...]  # without those that the reader fills in
    text: str
    at: Location
    section: frozenset[Kind]
    namespace: str = ""
    container: str = ""
    selector: str = ""
    kind: str = ""  # the kind that a selector is about
    release: str = ""
    options: Mapping[str, str] = {}

    @property
    def destroys(self) -> bool:
        """Whether it ends something that runs: nothing to do while one only looks."""
        if self.program == "helm":
            return self.verb in ("uninstall", "delete")
        none_left = self.verb == "scale" and self.options.get("--replicas") == "0"
        return self.verb in ("delete", "drain") or none_left


class RunbookCommands:
    """The commands of each page."""

    kinds: ClassVar[frozenset[str]] = Runbook.kinds

    def __init__(self, pages: tuple[Runbook, ...]) -> None:
        self.pages = pages
        self._of: dict[tuple[str, str], tuple[Command, ...]] = {}

    @classmethod
    def collect(cls, pages: tuple[Runbook, ...]) -> Self:
        return cls(pages)

    def of(self, page: Runbook) -> tuple[Command, ...]:
        key = (page.file.source, page.file.path)
        if key not in self._of:
            self._of[key] = tuple(commands_of(page))
        return self._of[key]


def commands_of(page: Runbook) -> Iterator[Command]:
    """The commands of one page, in the order in which they stand."""
    purposes: dict[int, set[Kind]] = {}
    for kind in page.has_kinds:
        for section in page.of_kind(kind):
            purposes.setdefault(section.line, set()).add(kind)
    for section in page.page.sections:
        purpose = frozenset(purposes.get(section.line, ()))
        for code in sorted((*section.code, *section.spans), key=lambda one: one.line):
            if _is_shell(code):
                for words, number in commands(code.text):
                    program = words[0].rpartition("/")[2]
                    if program in PROGRAMS:
                        found = _READERS[program](program, words[1:])
                        yield found._replace(
                            text=" ".join(words), at=page.line(code.line + number), section=purpose
                        )


def _is_shell(code: Code) -> bool:
    language = re.match(r"\W{0,3}([\w-]*)", code.language.lower())
    return language is not None and language[1] in SHELLS


class _Words(NamedTuple):
    """A command's words, options told apart."""

    plain: tuple[str, ...]
    options: Mapping[str, str]
    certain: bool  # every option is known, so that no plain word is the value of one


def _sorted(words: tuple[str, ...]) -> _Words:
    plain: list[str] = []
    options: dict[str, str] = {}
    certain = True
    waiting = ""
    for number, word in enumerate(words):
        if waiting:
            options[waiting], waiting = word, ""
            continue
        if word == "--":
            break
        if not word.startswith("-") or word == "-":
            plain.append(word)
            continue
        name, equals, value = word.partition("=")
        if not name.startswith("--") and len(name) > 2 and name[:2] in _VALUES:
            options[name[:2]] = word[2:]  # -napps, -ojson, -lapp=web
        elif equals:
            options[name] = value
        elif name in _SWITCHES:
            options[name] = ""
        elif name in _VALUES:
            waiting = name
        elif name in ("-f", "-p"):
            if _FOLLOWS.isdisjoint(plain) and _FOLLOWS.isdisjoint(words[number:]):
                waiting = name
        else:
            certain = False
    return _Words(tuple(plain), options, certain)


def _of_kubectl(program: str, words: tuple[str, ...]) -> Command:
    plain, options, certain = _sorted(words)
    verb, rest = (plain[0], plain[1:]) if plain else ("", ())
    if verb in NESTED and rest:
        verb, rest = f"{verb} {rest[0]}", rest[1:]
    targets: tuple[Target, ...] = ()
    kind = ""
    if not certain:
        rest = ()
    if verb in OF_PODS:
        targets = _targets(rest[:1], "Pod")
        kind = "Pod"
    elif verb.startswith(("rollout ", "set ")) or verb in OF_A_TYPE:
        if verb in ("label", "annotate") or verb.startswith("set "):
            rest = _before_values(rest)
        targets = _targets(rest)
        kind = kind_named(rest[0]) if rest and "/" not in rest[0] and "," not in rest[0] else ""
    elif verb in ("top pod", "top pods", "top po"):
        targets, kind = _targets(("pod", *rest)), "Pod"
    elif verb == "create job" or (verb == "create" and rest[:1] == ("job",)):
        targets = _targets(tuple(filter(None, [options.get("--from", "")])))
    everywhere = "-A" in options or "--all-namespaces" in options
    return _command(
        program, verb, targets, options, kind=kind,
        namespace=ANY if everywhere else _given(options, "-n", "--namespace"),
        container=_given(options, "-c", "--container"), selector=_given(options, "-l", "--selector"),
    )  # fmt: skip


def _before_values(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words before `key=value` ones and `key-`."""
    for number, word in enumerate(words):
        if "=" in word or word.endswith("-"):
            return words[:number]
    return words


def _targets(words: tuple[str, ...], kind: str = "") -> tuple[Target, ...]:
    """`TYPE NAME…`, `TYPE/NAME…`, or names alone where `kind` says what they are."""
    found = []
    for word in words:
        first, slash, name = word.partition("/")
        if slash:
            found.append(Target(kind_named(first), name))
        elif not kind:
            kind = kind_named(first)
        else:
            found.append(Target(kind, word))
    return tuple(one for one in found if one.name and not is_wild(one.name) and one.kind != ANY)


def kind_named(word: str) -> str:
    """The kind that a word means: `deploy`, `deployments.apps`; the word itself where it is another's."""
    if ANY in word or "," in word:
        return ANY
    plain = word.partition(".")[0].lower()
    return KINDS.get(plain, plain)


def _of_helm(program: str, words: tuple[str, ...]) -> Command:
    plain, options, certain = _sorted(tuple("--values" if word == "-f" else word for word in words))
    verb, rest = (plain[0], plain[1:]) if plain else ("", ())
    if verb == "get":
        verb, rest = " ".join(plain[:2]), plain[2:]
    named = certain and (verb in _HELM_RELEASE or verb.startswith("get ")) and rest
    release = rest[0] if named else ""
    return _command(
        program, verb, (), options, namespace=_given(options, "-n", "--namespace"),
        release=ANY if release and is_wild(release) else release,
    )  # fmt: skip


def _of_argocd(program: str, words: tuple[str, ...]) -> Command:
    plain, options, certain = _sorted(words)
    verb = " ".join(plain[:2])
    named = certain and plain[:1] == ("app",) and verb[4:] in _ARGOCD_APP
    return _command(program, verb, _targets(plain[2:3], "Application") if named else (), options)


def _of_flux(program: str, words: tuple[str, ...]) -> Command:
    plain, options, _ = _sorted(words)
    return _command(program, " ".join(plain[:2]), (), options)


def _command(
    program: str, verb: str, targets: tuple[Target, ...], options: Mapping[str, str], *, namespace: str = "",
    container: str = "", selector: str = "", kind: str = "", release: str = "",
) -> Command:  # fmt: skip
    return Command(
        program, verb, targets, "", Location("", ""), frozenset(), namespace, container, selector, kind,
        release, options,
    )  # fmt: skip


def _given(options: Mapping[str, str], *names: str) -> str:
    """An option by its names: empty where it is left out, `*` where the reader fills it in."""
    value = next((options[name] for name in names if name in options), "")
    return ANY if value and is_wild(value) else value


_READERS = {
    "kubectl": _of_kubectl,
    "oc": _of_kubectl,
    "helm": _of_helm,
    "argocd": _of_argocd,
    "flux": _of_flux,
}
