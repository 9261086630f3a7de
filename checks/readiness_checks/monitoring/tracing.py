"""Traces arrive where somebody can look at them."""

from collections.abc import Iterator

from readiness.api import Finding, Findings, NotApplicable, Operand, Proof
from readiness.evidence.manifests import Service
from readiness.evidence.otel_collector import TO_NOWHERE, Collector, Collectors
from readiness.evidence.references import Objects
from readiness.evidence.telemetry import Said
from readiness.evidence.trace_targets import GRPC, HTTP, Target, Traced, Tracing

MOST = 100  # findings and proofs: a report of more helps nobody


def tracing_wired(tracing: Tracing, objects: Objects, collectors: Collectors) -> Findings:
    """Traces are sent to somebody who takes them and sends them on.

    An exporter that reaches nobody drops its spans without a word that anybody reads: during an outage there
    is no trace of the requests that failed. Two services that hand on the context in two forms make two
    traces of one request.

    A sampler that nobody chose is a note: the default keeps every trace. So is a Service that is not in these
    manifests, unless its name is a slip of one that is.

    Silent on:
        workloads that are told nothing about traces, and those for which they are switched off;
        endpoints outside of the cluster, of another namespace that is not in these manifests, and those that
        are put together from other variables;
        a port that is no standard one; a protocol that nobody names;
        an annotation for an agent, where no Instrumentation is in these manifests.

    Severity: warning note note note

    Source:
        OpenTelemetry, "OTLP Exporter Configuration", "General SDK Configuration", "Collector Configuration";
        opentelemetry-operator, "Auto-instrumentation injection".
    """
    if not tracing.traced and not collectors.all:
        raise NotApplicable("no workload is told anything about traces, and no collector is in the evidence")
    for one in tracing.traced[:MOST]:
        wrong = [*_targets(one, objects, collectors), *_injected(one, tracing)]
        yield from wrong
        if not any(found.at_most != "note" for found in wrong):
            yield _wired(one)
    yield from _forms(tracing)
    for collector in collectors.all[:MOST]:
        yield from _pipelines(collector)


def _wired(one: Traced) -> Proof:
    told = one.told
    said = [target.said for target in one.targets] + [found for found in (told.injected, one.agent) if found]
    said += [*told.get("sampler"), *told.get("propagators")]
    return Proof(
        f"{one.workload.name} sends its traces: {', '.join(f'{found.how}={found.value}' for found in said)}",
        tuple(Operand(found.how, found.value, at=found.at) for found in said),
        at=said[0].at,
        about=one.workload.subject,
    )


def _targets(one: Traced, objects: Objects, collectors: Collectors) -> Iterator[Finding]:
    name = one.workload.name
    if not one.targets and one.agent is not None and one.told.injected is None and not one.ships_by_itself:
        yield Finding(
            f"{name} loads the agent of OpenTelemetry, and 0 endpoints are set: it sends to itself, where no "
            "container of the pod is a collector",
            at=one.agent.at,
            fix="set OTEL_EXPORTER_OTLP_ENDPOINT to the Service of the collector",
            about=one.workload.subject,
            key="endpoint",
        )
    for target in one.targets:
        yield from _target(one, target, objects, collectors)
    if one.targets and not one.told.get("sampler") and one.targets[0].said.how.startswith(("OTEL", "-D")):
        said = one.targets[0].said
        yield Finding(
            f"{name} sends traces with a sampler that nobody chose: parentbased_always_on keeps every one",
            at=said.at,
            fix="set OTEL_TRACES_SAMPLER, such as parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG 0.1",
            about=one.workload.subject,
            key="sampler",
            at_most="note",
        )


def _target(one: Traced, target: Target, objects: Objects, collectors: Collectors) -> Iterator[Finding]:
    said, name = target.said, one.workload.name
    here = Operand(said.how, said.value, at=said.at)
    if target.local and not one.ships_by_itself:
        yield Finding(
            f"{name} sends its traces to {target.host}, where 0 containers of the pod are a collector",
            at=said.at,
            fix=f"set {said.how} to the Service of the collector, or run a collector beside it",
            operands=(here,),
            about=one.workload.subject,
            key="local",
        )
    protocol = next(iter(one.told.get("protocol")), None)
    speaks = protocol.value.lower() if protocol is not None else "http" if said.how.startswith("man") else ""
    wants = {GRPC: "grpc", HTTP: "http"}.get(target.port or 0, "")
    if wants and speaks and not speaks.startswith(wants):
        by = protocol if protocol is not None else Said("the default of Spring Boot", speaks, said.at)
        yield Finding(
            f"{name} speaks {speaks} ({by.how}) to port {target.port}, which is for {wants}",
            at=said.at,
            fix=f"write port {HTTP if speaks.startswith('http') else GRPC}, or set the protocol to {wants}",
            operands=(here, Operand(by.how, by.value, at=by.at)),
            about=one.workload.subject,
            key="protocol",
        )
    if not target.service:
        return
    found = objects.get("Service", target.namespace, target.service)
    if not found:
        yield from _no_service(one, target, objects)
        return
    ports = [port.get("port") for port in Service(found[0]).ports]
    if target.port is not None and ports and target.port not in ports:
        listed = ", ".join(map(str, ports))
        yield Finding(
            f"{name} sends its traces to port {target.port} of Service {target.service}, which has {listed}",
            at=said.at,
            fix=f"write one of the ports of Service {target.service}: {listed}",
            operands=(here, Operand("ports of the Service", listed, at=found[0].at.at("spec", "ports"))),
            about=one.workload.subject,
            key="port",
        )
    collector = collectors.of(target.namespace, target.service)
    if collector is not None and not any(pipe.signal == "traces" for pipe in collector.pipelines):
        yield Finding(
            f"{name} sends its traces to {collector}, which has 0 pipelines for traces",
            at=said.at,
            fix=f"add service.pipelines.traces to {collector}",
            operands=(here, Operand("pipelines for traces", 0, at=collector.at, worse="less")),
            about=one.workload.subject,
            key="pipeline",
        )


def _no_service(one: Traced, target: Target, objects: Objects) -> Iterator[Finding]:
    near = objects.near("Service", target.namespace, target.service)
    known = near is not None and near.slip
    if not known and not objects.among("Service", target.namespace):
        return  # nothing of that namespace is here
    if not objects.missing("Service", target.namespace, target.service):
        return
    said = target.said
    operands = [Operand(said.how, said.value, at=said.at)]
    says, fix = "", f"add Service {target.service}, or declare it in the checklist"
    if near is not None and known:
        says, fix = f"; the nearest is {near.name}", f"write {near.name}"
        operands.append(Operand("nearest Service", near.name, at=near.at))
    yield Finding(
        f"{one.workload.name} sends its traces to Service {target.service}, 0 are in namespace "
        f"{target.namespace or 'of the release'}{says}",
        at=said.at,
        fix=fix,
        operands=tuple(operands),
        about=one.workload.subject,
        key="service",
        at_most=None if known else "note",
    )


def _injected(one: Traced, tracing: Tracing) -> Iterator[Finding]:
    """The Instrumentation that an annotation names.

    Source: opentelemetry-operator, "Auto-instrumentation injection": `true` is the one of the namespace.
    """
    said = one.told.injected
    if said is None:
        return
    namespace, _, name = said.value.rpartition("/")
    namespace = namespace or one.workload.namespace
    known = tracing.instrumentations(namespace)
    if known and name.lower() != "true" and name not in known:
        yield Finding(
            f"{one.workload.name} asks for Instrumentation {name}, 0 in namespace {namespace} are called so",
            at=said.at,
            fix=f"write one of {', '.join(sorted(known)[:5])}",
            operands=(Operand(said.how, said.value, at=said.at),),
            about=one.workload.subject,
            key="instrumentation",
        )


def _forms(tracing: Tracing) -> Iterator[Finding]:
    """Two workloads that hand on the context in forms of which they share none."""
    first: tuple[Traced, Said, frozenset[str]] | None = None
    for one in tracing.traced:
        for said in one.told.get("propagators"):
            forms = frozenset(_form(word) for word in said.value.split(",")) - {"baggage", ""}
            if not forms or "none" in forms:
                continue
            if first is None:
                first = one, said, forms
            elif not forms & first[2]:
                yield Finding(
                    f"{one.workload.name} hands on {said.value} ({said.how}), {first[0].workload.name} "
                    f"{first[1].value}: a request through both makes two traces",
                    at=said.at,
                    fix=f"write {first[1].value} in both",
                    operands=(
                        Operand(said.how, said.value, at=said.at),
                        Operand(first[1].how, first[1].value, at=first[1].at),
                    ),
                    about=one.workload.subject,
                    key="propagators",
                )


def _form(word: str) -> str:
    """One name for a form, as OpenTelemetry and Spring Boot have it."""
    name = word.strip().lower()
    return {"w3c": "tracecontext", "b3_multi": "b3multi"}.get(name, name)


def _pipelines(collector: Collector) -> Findings:
    """What is wrong with the pipelines of a collector."""
    good = 0
    undefined = list(collector.undefined)
    for pipeline, role, name in undefined:
        yield Finding(
            f"{collector}: pipeline {pipeline.name} names {role[:-1]} {name}, which is not defined: "
            "the collector does not start",
            at=pipeline.at,
            fix=f"define {name} under {role}, or take it out of the pipeline",
            operands=(Operand(role, ", ".join(sorted(collector.defined[role])) or "none", at=collector.at),),
            about=collector.subject,
            key=f"{pipeline.name} {role} {name}",
        )
    for pipeline in collector.pipelines:
        exporters = pipeline.parts["exporters"]
        if pipeline.signal == "traces" and all(one.partition("/")[0] in TO_NOWHERE for one in exporters):
            yield Finding(
                f"{collector}: pipeline {pipeline.name} sends to {', '.join(exporters) or 'nobody'}: "
                "0 exporters keep the traces",
                at=pipeline.at,
                fix="add an exporter that sends them to a backend, such as otlp",
                operands=(Operand("exporters", ", ".join(exporters) or "none", at=pipeline.at),),
                about=collector.subject,
                key=f"{pipeline.name} nowhere",
            )
        else:
            good += 1
    if good and not undefined:
        yield Proof(f"{collector}: {good} pipelines are whole", at=collector.at, about=collector.subject)
