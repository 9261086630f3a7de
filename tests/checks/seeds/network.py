"""Edits of what leads traffic to pods, and of what keeps it from them."""

from tests.faults import Fault

WEB, CATALOG, BATCH, NODES = "web.yaml", "catalog.yaml", "batch.yaml", "nodes.yaml"
SERVICE = "  selector: {app.kubernetes.io/name: web}\n"
CLOSED = "    matchLabels: {app.kubernetes.io/name: web}\n  policyTypes: [Ingress, Egress]\n"
BATCH_CLOSED = "values: [reindex, migrate, node-logs]"
CATALOG_PEER = "            matchLabels: {app.kubernetes.io/name: reindex}\n"
BACKEND = "                name: web\n                port: {name: https}"
TLS = "  tls:\n    - hosts: [shop.example]\n      secretName: shop-example-tls\n"
ISSUER = "cert-manager.io/cluster-issuer: public"


def _route(rules: str, parents: str = "{name: public-edge}") -> Fault:
    return Fault(
        "routes.yaml",
        "",
        f"""\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: public-edge
  namespace: shop
  labels: {{app.kubernetes.io/name: public-edge, app.kubernetes.io/instance: public-edge, owner: team-shop}}
  annotations: {{email: team-shop@shop.example}}
spec:
  gatewayClassName: public
  listeners:
    - {{name: https, port: 443, protocol: HTTPS, tls: {{certificateRefs: [{{name: shop-example-tls}}]}}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  labels: {{app.kubernetes.io/name: web, app.kubernetes.io/instance: web, owner: team-shop}}
  annotations: {{email: team-shop@shop.example}}
spec:
  parentRefs: [{parents}]
  rules:
    - {rules}
""",
    )


def _policy(kind: str) -> Fault:
    """Another kind of policy in the place of the web's own."""
    return Fault(
        WEB,
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n",
        f"apiVersion: {kind.split()[0]}\nkind: {kind.split()[1]}\n",
    )


FAULTS = {
    "pod-open": ("network.pod-has-network-policy", Fault(BATCH, BATCH_CLOSED, "values: [reindex, migrate]")),
    "pod-open-for-egress": (
        "network.pod-has-network-policy",
        Fault(WEB, CLOSED, CLOSED.replace("Ingress, Egress", "Ingress")),
    ),
    "policy-of-nobody": ("network.policy-targets-pod", Fault(WEB, CLOSED, CLOSED.replace("web", "webb"))),
    "policy-of-no-label": (
        "network.policy-targets-pod",
        Fault(WEB, CLOSED, CLOSED.replace("{app.kubernetes.io/name: web}", "{run: web}")),
    ),
    "peer-of-nobody": (
        "network.policy-peer-targets-pod",
        Fault(CATALOG, CATALOG_PEER, CATALOG_PEER.replace("reindex", "reindexer")),
    ),
    "egress-to-nobody": (
        "network.policy-peer-targets-pod",
        Fault(
            BATCH,
            "            matchLabels: {app.kubernetes.io/name: catalog}",
            "            matchLabels: {app.kubernetes.io/name: catalogue}",
        ),
    ),
    "service-of-nobody": ("network.service-targets-pod", Fault(WEB, SERVICE, SERVICE.replace("web", "shop"))),
    "service-of-no-label": (
        "network.service-targets-pod",
        Fault(WEB, SERVICE, "  selector: {app.kubernetes.io/name: web, role: leader}\n"),
    ),
    "service-without-selector": ("network.service-targets-pod", Fault(WEB, SERVICE, "")),
    "node-port": ("network.service-type", Fault(WEB, SERVICE, SERVICE + "  type: NodePort\n")),
    "headless-node-port": (
        "network.service-type",
        Fault(CATALOG, "  clusterIP: None\n", "  type: NodePort\n"),
    ),
    "backend-misspelt": (
        "network.ingress-targets-service",
        Fault(WEB, BACKEND, BACKEND.replace("name: web", "name: catalogue")),
    ),
    "backend-port-number": (
        "network.ingress-targets-service",
        Fault(WEB, BACKEND, BACKEND.replace("name: https", "number: 8443")),
    ),
    "backend-port-name": (
        "network.ingress-targets-service",
        Fault(WEB, BACKEND, BACKEND.replace("name: https", "name: http")),
    ),
    "ingress-without-tls": ("network.ingress-tls", Fault(WEB, TLS, "")),
    "ingress-tls-empty": ("network.ingress-tls", Fault(WEB, TLS, "  tls: []\n")),
    "nginx-snippet": (
        "network.ingress-nginx-snippets",
        Fault(WEB, ISSUER, ISSUER + ', nginx.ingress.kubernetes.io/server-snippet: "return 200;"'),
    ),
    "nginx-lua": (
        "network.ingress-nginx-snippets",
        Fault(
            WEB, ISSUER, ISSUER + ", nginx.ingress.kubernetes.io/configuration-snippet: content_by_lua_block"
        ),
    ),
    "route-to-nobody": (
        "network.route-targets-service",
        _route("{backendRefs: [{name: shop, port: 443}]}"),
    ),
    "route-to-no-port": ("network.route-targets-service", _route("{backendRefs: [{name: web, port: 80}]}")),
    "route-mirrored-to-nobody": (
        "network.route-targets-service",
        _route(
            "{backendRefs: [{name: web, port: 443}], filters: [{type: RequestMirror, "
            "requestMirror: {backendRef: {name: shadow, port: 443}}}]}"
        ),
    ),
    "route-of-no-listener": (
        "network.route-attaches-to-gateway",
        _route("{backendRefs: [{name: web, port: 443}]}", "{name: public-edge, sectionName: http}"),
    ),
    "route-of-no-gateway": (
        "network.route-attaches-to-gateway",
        _route("{backendRefs: [{name: web, port: 443}]}", "{name: public-egde}"),
    ),
}

LOOK_ALIKES = {
    "pod-in-the-network-of-its-node": (
        "network.pod-has-network-policy",
        Fault(
            NODES,
            "      serviceAccountName: node-logs",
            "      hostNetwork: true\n      serviceAccountName: node-logs",
        ),
    ),
    "pod-closed-by-cilium": ("network.pod-has-network-policy", _policy("cilium.io/v2 CiliumNetworkPolicy")),
    "pod-closed-by-calico": (
        "network.pod-has-network-policy",
        _policy("crd.projectcalico.org/v1 GlobalNetworkPolicy"),
    ),
    "egress-by-rule-alone": (
        "network.pod-has-network-policy",
        Fault(WEB, CLOSED, CLOSED.replace("  policyTypes: [Ingress, Egress]\n", "")),
    ),
    "policy-of-every-pod": (
        "network.policy-targets-pod",
        Fault(WEB, CLOSED, "    {}\n  policyTypes: [Ingress, Egress]\n"),
    ),
    "peer-of-another-namespace": (
        "network.policy-peer-targets-pod",
        Fault(
            CATALOG,
            CATALOG_PEER,
            "            matchLabels: {app: any}\n          namespaceSelector: {matchLabels: {team: shop}}\n",
        ),
    ),
    "peer-of-every-pod": (
        "network.policy-peer-targets-pod",
        Fault(CATALOG, CATALOG_PEER, "            {}\n"),
    ),
    "service-of-another-name": (
        "network.service-targets-pod",
        Fault(WEB, SERVICE, SERVICE + "  type: ExternalName\n  externalName: web.example\n"),
    ),
    "service-of-one-pod": (
        "network.service-targets-pod",
        Fault(
            CATALOG,
            "  selector: {app.kubernetes.io/name: catalog}\n",
            "  selector: {statefulset.kubernetes.io/pod-name: catalog-0}\n",
        ),
    ),
    "load-balancer": ("network.service-type", Fault(WEB, SERVICE, SERVICE + "  type: LoadBalancer\n")),
    "backend-of-the-aws-controller": (
        "network.ingress-targets-service",
        Fault(WEB, BACKEND, "                name: redirect\n                port: {name: use-annotation}"),
    ),
    "backend-port-right-number": (
        "network.ingress-targets-service",
        Fault(WEB, BACKEND, BACKEND.replace("name: https", "number: 443")),
    ),
    "backend-of-external-name": (
        "network.ingress-targets-service",
        Fault(WEB, SERVICE, "  type: ExternalName\n  externalName: web.example\n"),
    ),
    "tls-of-the-load-balancer": (
        "network.ingress-tls",
        Fault(
            WEB,
            f", {ISSUER}}}\nspec:\n  ingressClassName: nginx\n{TLS}",
            ", alb.ingress.kubernetes.io/certificate-arn: arn}\nspec:\n  ingressClassName: alb\n",
        ),
    ),
    "nginx-without-snippet": (
        "network.ingress-nginx-snippets",
        Fault(WEB, ISSUER, ISSUER + ", nginx.ingress.kubernetes.io/enable-cors: 'true'"),
    ),
    "route-to-a-bucket": (
        "network.route-targets-service",
        _route("{backendRefs: [{group: storage.example, kind: Bucket, name: pictures}]}"),
    ),
    "route-to-the-web": ("network.route-targets-service", _route("{backendRefs: [{name: web, port: 443}]}")),
    "route-of-a-gateway-elsewhere": (
        "network.route-attaches-to-gateway",
        _route("{backendRefs: [{name: web, port: 443}]}", "{name: public, namespace: gateways}"),
    ),
    "route-of-a-service": (
        "network.route-attaches-to-gateway",
        _route("{backendRefs: [{name: web, port: 443}]}", '{name: edgy, kind: Service, group: ""}'),
    ),
}
