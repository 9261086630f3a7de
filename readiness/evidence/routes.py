"""Ingresses and routes of the Gateway API, with the Services that they lead to.

Reads Ingress (networking.k8s.io/v1 and v1beta1, extensions/v1beta1) and HTTPRoute, GRPCRoute, TLSRoute,
TCPRoute and UDPRoute of gateway.networking.k8s.io. Ignored on purpose: backends that are no Service (buckets,
functions, imports of other clusters), and the routes of service meshes.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, Self

from readiness.errors import Unknown
from readiness.evidence.effective import items, mapping, raw, text
from readiness.evidence.manifests import Manifests, OfObject
from readiness.known import Unreadable
from readiness.outcome import Location

GATEWAY = "gateway.networking.k8s.io"
NGINX = "nginx.ingress.kubernetes.io/"
# Annotations by which a load balancer has its certificate, or ends TLS in front of the Ingress.
TLS_BY_ANNOTATION = (
    "alb.ingress.kubernetes.io/certificate-arn", "networking.gke.io/managed-certificates",
    "ingress.gcp.kubernetes.io/pre-shared-cert", "traefik.ingress.kubernetes.io/router.tls",
    "route.openshift.io/termination", "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "haproxy.org/ssl-certificate", NGINX + "ssl-passthrough",
)  # fmt: skip
BY_ANNOTATION = "use-annotation"  # the AWS controller's port name of an action that an annotation describes


class Backend(NamedTuple):
    """A Service that traffic is led to; `port` is None where none is named."""

    namespace: str
    service: str
    port: int | str | None
    at: Location
    port_at: Location

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.service}:{self.port}"


class Ingress(OfObject):
    """One Ingress."""

    __slots__ = ()

    kinds: ClassVar[frozenset[str]] = frozenset({"Ingress"})
    looked_for: ClassVar[str] = "Ingress"
    noun: ClassVar[str] = "Ingress"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of("Ingress"):
            if found.group in ("networking.k8s.io", "extensions"):
                yield cls(found)

    @property
    def tls_by_annotation(self) -> bool:
        """A load balancer or controller has its certificate from an annotation."""
        annotations = self.object.annotations
        return any(annotations.get(key, "false") != "false" for key in TLS_BY_ANNOTATION)

    @property
    def backends(self) -> Iterator[Backend]:
        """The Services that it leads to, the default one first.

        Raises:
            Unknown: a part of it has a wrong type.
        """
        body, at = self.object.body, self.at
        for field in ("defaultBackend", "backend"):  # the second until v1beta1
            yield from self._backend(mapping(body, at, "spec", field), at.at("spec", field))
        for index, rule in enumerate(items(body, at, "spec", "rules")):
            place = at.at("spec", "rules", index)
            for part, path in enumerate(items(rule, place, "http", "paths")):
                where = place.at("http", "paths", part, "backend")
                yield from self._backend(mapping(path, place.at("http", "paths", part), "backend"), where)

    def _backend(self, body: Any, at: Location) -> Iterator[Backend]:
        name = text(body, at, "service", "name")
        if name is not None:
            port_at = at.at("service", "port")
            port = mapping(body, at, "service", "port")
            number, named = raw(port, port_at, "number"), text(port, port_at, "name")
            if number is None and named is not None:
                yield Backend(self.namespace, name.value, named.value, name.at, named.at)
            else:
                yield Backend(
                    self.namespace, name.value, _port(number, port_at), name.at, port_at.at("number")
                )
            return
        name = text(body, at, "serviceName")
        if name is not None:
            port_at = at.at("servicePort")
            yield Backend(
                self.namespace, name.value, _port(raw(body, at, "servicePort"), port_at), name.at, port_at
            )


class Parent(NamedTuple):
    """A Gateway that a route wants to attach to."""

    namespace: str
    name: str
    section: str
    at: Location


class Route(OfObject):
    """One route of the Gateway API."""

    __slots__ = ()

    KINDS: ClassVar[tuple[str, ...]] = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
    kinds: ClassVar[frozenset[str]] = frozenset(KINDS)
    looked_for: ClassVar[str] = "HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute"
    noun: ClassVar[str] = "route"

    @classmethod
    def collect(cls, manifests: Manifests) -> Iterator[Self | Unreadable]:
        for found in manifests.of(*cls.KINDS):
            if found.group == GATEWAY:
                yield cls(found)

    @property
    def backends(self) -> Iterator[Backend]:
        """The Services that it leads or mirrors traffic to.

        Raises:
            Unknown: a part of it has a wrong type.
        """
        for index, rule in enumerate(items(self.object.body, self.at, "spec", "rules")):
            at = self.at.at("spec", "rules", index)
            for part, one in enumerate(items(rule, at, "backendRefs")):
                yield from self._backend(one, at.at("backendRefs", part))
            for part, one in enumerate(items(rule, at, "filters")):
                where = at.at("filters", part, "requestMirror", "backendRef")
                found = raw(one, at.at("filters", part), "requestMirror", "backendRef")
                if found is not None:
                    yield from self._backend(found, where)

    @property
    def parents(self) -> Iterator[Parent]:
        for index, one in enumerate(items(self.object.body, self.at, "spec", "parentRefs")):
            at = self.at.at("spec", "parentRefs", index)
            kind, group = text(one, at, "kind"), text(one, at, "group")
            if (kind is None or kind.value == "Gateway") and (group is None or group.value == GATEWAY):
                name, namespace = text(one, at, "name"), text(one, at, "namespace")
                section = text(one, at, "sectionName")
                if name is not None:
                    yield Parent(
                        namespace.value if namespace else self.namespace,
                        name.value,
                        section.value if section else "",
                        section.at if section else name.at,
                    )

    def _backend(self, body: Any, at: Location) -> Iterator[Backend]:
        kind, group = text(body, at, "kind"), text(body, at, "group")
        if (kind is not None and kind.value != "Service") or (group is not None and group.value != ""):
            return
        name, namespace = text(body, at, "name"), text(body, at, "namespace")
        if name is not None:
            space = namespace.value if namespace else self.namespace
            port_at = at.at("port")
            yield Backend(space, name.value, _port(raw(body, at, "port"), port_at), name.at, port_at)


def _port(found: Any, at: Location) -> int | str | None:
    if found is None or (isinstance(found, (int, str)) and not isinstance(found, bool)):
        return found
    raise Unknown(f"a port is {found!r:.60} where a number or a name is expected", at)


def listeners(gateway: Any) -> frozenset[str]:
    """Names of a Gateway's listeners.

    Raises:
        Unknown: they are no list.
    """
    listed = items(gateway.body, gateway.at, "spec", "listeners")
    return frozenset(str(one.get("name")) for one in listed if isinstance(one, dict))


def nginx_snippet(ingress: Ingress) -> str:
    """The first annotation that puts text into the configuration of ingress-nginx; empty without any."""
    for key in sorted(ingress.object.annotations):
        if key.startswith(NGINX) and key.endswith("-snippet"):
            return key
    return ""
