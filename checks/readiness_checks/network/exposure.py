"""How far something can be reached, and by what way."""

from readiness.api import FieldRule, Finding, Findings, Proof, Text
from readiness.evidence.effective import Value
from readiness.evidence.manifests import Service
from readiness.evidence.routes import Ingress, nginx_snippet
from readiness.evidence.selectors import service_type as type_of
from readiness.rule import given, left_out


def _own_tls(ingress: Ingress) -> bool:
    return not ingress.tls_by_annotation


def _snippet(ingress: Ingress) -> Value[str] | None:
    key = nginx_snippet(ingress)
    return Value(key, ingress.at.at("metadata", "annotations", key)) if key else None


RULES = (
    FieldRule(
        "ingress-tls",
        Ingress,
        "spec.tls",
        expects=list,
        holds=given,
        only=_own_tls,
        says="has no spec.tls: its hosts are served in clear text",
        fix="add spec.tls with the hosts of Ingress {name} and the Secret of their certificate",
        doc="""An Ingress is served by TLS.

    Without it passwords and session cookies cross every network between user and cluster in the clear, and
    anybody on the way can change the answer.

    Silent on:
        certificates that a load balancer or controller has by annotation (AWS, GKE, Azure, Traefik, HAProxy,
        OpenShift), and TLS that is passed through to the pod.

    Severity: warning warning warning note

    Source:
        Kubernetes, "Ingress": TLS.

    Peers:
        polaris/tlsSettingsMissing: passes an empty list, and knows no annotations
    """,
    ),
    FieldRule(
        "ingress-nginx-snippets",
        Ingress,
        _snippet,
        holds=left_out,
        says="puts text into the configuration of ingress-nginx by {value}",
        fix="remove {value} from Ingress {name}, and use the annotation that is made for what it does",
        doc="""No Ingress writes its own piece of the controller's configuration.

    A snippet runs in the controller, with its rights: whoever may write an Ingress can read every Secret of
    the cluster by a few lines of Lua, or stop all other Ingresses by a missing semicolon.

    Severity: error error error warning

    Source:
        CVE-2021-25742; ingress-nginx, "Annotations": allow-snippet-annotations, off since 1.9.

    Peers:
        checkov/CKV_K8S_152: reports lua in a snippet
        checkov/CKV_K8S_153: the same
        checkov/CKV_K8S_154: reports alias in a snippet
    """,
    ),
)


def service_type(service: Service, *, forbidden: tuple[Text, ...] = ("NodePort",)) -> Findings:
    """A Service has a type that is allowed here.

    A NodePort opens a port of every node, past Ingress, TLS and whatever filters in front of them; from then
    on the address of a node is part of the interface.

    Settings:
        forbidden: types that are not allowed, as the field spells them.

    Severity: note note note note

    Source:
        Kubernetes, "Service": publishing Services.

    Peers:
        kube-linter/exposed-services: forbids LoadBalancer, too
        kube-score/service-type: the same
    """
    written = type_of(service)
    if written.value in forbidden:
        yield Finding(
            f"Service {service.name} is of type {written.value}; {', '.join(forbidden)} is not allowed",
            at=written.at,
            fix=f"set spec.type of Service {service.name} to ClusterIP, and lead to it by an Ingress",
            operands=(written.operand("spec.type"),),
        )
    else:
        yield Proof(f"Service {service.name} is of type {written.value}", (written.operand("spec.type"),))
