"""Whoever scrapes can get through."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof, Text, Unknown
from readiness.evidence.manifests import Workload
from readiness.evidence.monitors import Monitor
from readiness.evidence.scrape_access import Asked, Rule, ScrapeAccess, Scraper


def scrape_reachable(
    monitor: Monitor, access: ScrapeAccess, *, scraper_namespaces: tuple[Text, ...] = ()
) -> Findings:
    """NetworkPolicies let Prometheus reach the ports that a monitor scrapes.

    A policy that leaves the port for metrics out makes every scrape time out. The service works, alerts on
    its metrics are silent, and only an alert on absent targets tells. Policies are for ports of pods: a port
    of a Service is followed to its target, and a name to the pod that gives it a number.

    Settings:
        scraper-namespaces: namespaces in which Prometheus runs, where no Prometheus object is in these
            manifests.

    Silent on:
        pods that no policy closes for what comes in, and pods in the network of their node;
        rules with peers of other namespaces, where nobody says in which one Prometheus runs;
        monitors that select nothing here, which monitoring.monitor-selects-service tells.

    Severity: error warning warning warning

    Source:
        Kubernetes, "Network Policies"; networking/v1 NetworkPolicyPort: ports of the selected pods.
    """
    asked = list(access.asked(monitor))
    if not asked:
        raise NotApplicable(f"{monitor} leads to no port of a pod of these manifests")
    scrapers = access.scrapers or tuple(
        Scraper(one, None, f"Prometheus in {one}") for one in scraper_namespaces
    )
    doubts: list[Unknown] = []
    free: dict[str, Workload] = {}
    for one in asked:
        try:
            if one.workload.host_network or not access.policies(one.workload):
                free.setdefault(one.workload.name, one.workload)
                continue
            yield from _reached(monitor, one, access, scrapers)
        except Unknown as doubt:
            doubts.append(doubt)
    if free:
        yield Proof(
            f"{monitor} reaches {', '.join(free)}: no NetworkPolicy closes it",
            tuple(Operand("workload", name, at=workload.at) for name, workload in free.items()),
            at=monitor.at,
        )
    if doubts:
        raise doubts[0]


def _reached(
    monitor: Monitor, asked: Asked, access: ScrapeAccess, scrapers: tuple[Scraper, ...]
) -> Iterator[Finding | Proof]:
    """What the rules for a port say of those who scrape."""
    rules = list(access.rules(asked))
    if not rules:
        yield _closed(monitor, asked, access, rules, "")
        return
    if not scrapers:
        let_in = [rule for rule in rules if access.open_to_others(rule)]
        if let_in:
            yield _let_in(monitor, asked, let_in[0], "whoever scrapes")
        else:
            yield _closed(monitor, asked, access, rules, "")
        return
    ways = [(access.admits(rule, scraper), rule, scraper) for rule in rules for scraper in scrapers]
    for admitted, rule, scraper in ways:
        if admitted == "yes":
            yield _let_in(monitor, asked, rule, scraper.what)
            return
    for admitted, rule, scraper in ways:
        if admitted == "perhaps":
            raise Unknown(
                f"whether {rule.policy.label} lets {scraper.what} reach port {asked.port} of "
                f"{asked.workload.name} hangs on labels or addresses that are not in the evidence",
                rule.at,
                f"let the rule select the namespace by kubernetes.io/metadata.name: {scraper.namespace}",
            )
    yield _closed(monitor, asked, access, rules, scrapers[0].what)


def _let_in(monitor: Monitor, asked: Asked, rule: Rule, who: str) -> Proof:
    return Proof(
        f"{rule.policy.label} lets {who} reach port {asked.port} of {asked.workload.name}, as {monitor} asks",
        (
            Operand("port scraped", asked.number, at=asked.endpoint.at),
            Operand("rule", rule.policy.name, at=rule.at),
        ),
        at=rule.at,
    )


def _closed(monitor: Monitor, asked: Asked, access: ScrapeAccess, rules: list[Rule], who: str) -> Finding:
    policies = access.policies(asked.workload)
    names = ", ".join(policy.name for policy in policies[:3])
    says = f"{len(rules)} of its rules are for that port, and none lets {who or 'anybody else'} in"
    if not rules:
        says = "0 of its rules are for that port"
    port = asked.name or asked.number
    return Finding(
        f"{monitor} scrapes port {asked.port} of {asked.workload.name}, "
        f"closed by NetworkPolicy {names}: {says}",
        at=asked.endpoint.at,
        fix=f"add a rule to spec.ingress of NetworkPolicy {policies[0].name}: port {port}, from the "
        "namespace of Prometheus",
        operands=(
            Operand("port scraped", asked.number, at=asked.endpoint.at),
            *(Operand("NetworkPolicy", policy.name, at=policy.at) for policy in policies[:3]),
            Operand("rules that let it in", 0, worse="less"),
        ),
        key=f"port {asked.number} of {asked.workload.name}",
    )
