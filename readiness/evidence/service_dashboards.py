"""Which dashboards are about the service, and which of them a uid or a link can mean."""

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Self

from readiness.evidence.configuration import ConfigMap
from readiness.evidence.context import Environment, Named, Ref, ServiceCard
from readiness.evidence.dashboards import Dashboard
from readiness.evidence.manifests import KubernetesObject
from readiness.outcome import Subject


class ServiceDashboards:
    """The dashboards that are about this service: those that name it, and how each does.

    A dashboard names the service by a word of its title, a tag, its uid, its file, a value of a variable or
    of an expression (a label's value, a metric's prefix). Case does not count; `_` and blanks are `-`.
    """

    kinds: ClassVar[frozenset[str]] = Dashboard.kinds

    def __init__(
        self,
        service: str,
        dashboards: tuple[Dashboard, ...],
        named: tuple[Ref, ...],
        mounted: frozenset[Subject],
    ) -> None:
        self.service = service
        self.all = dashboards
        self.named = named  # where the checklist says that dashboards are
        self._mounted = mounted
        self.own: tuple[tuple[Dashboard, str], ...] = tuple(
            (one, how) for one in dashboards if (how := names_service(one, service))
        )
        self._by_uid: dict[str, list[Dashboard]] = {}
        for one in dashboards:
            if one.uid:
                self._by_uid.setdefault(one.uid, []).append(one)
        self.labels = tuple(
            dict.fromkeys(
                label for one in dashboards if one.holder is not None for label in picked_up(one.holder)
            )
        )

    @classmethod
    def collect(
        cls, environment: Environment, named: Named, service: ServiceCard, dashboards: tuple[Dashboard, ...],
        maps: tuple[ConfigMap, ...],
    ) -> Self:  # fmt: skip
        refs = environment.evidence.get("dashboards") or named.of("dashboards")
        return cls(service.name, dashboards, refs, frozenset(one.subject for one in maps if one.readers))

    def of(self, uid: str) -> tuple[Dashboard, ...]:
        return tuple(self._by_uid.get(uid, ()))

    def shared_uids(self) -> Iterator[tuple[Dashboard, Dashboard]]:
        """Dashboards that differ in their title and have one uid, with the first that has it.

        Those of two folders may be for two Grafanas.
        """
        for listed in self._by_uid.values():
            first: dict[str, Dashboard] = {}
            for other in listed:
                folder = "" if other.holder is not None else f"/{other.at.file.rpartition('/')[0]}"
                one = first.setdefault(folder, other)
                if one.title != other.title:
                    yield one, other

    def like(self, uid: str, slug: str) -> Dashboard | None:
        """The dashboard that a link to an unknown uid certainly means: by its title in the address."""
        found = [one for one in self.all if slug and slug_of(one.title) == slug]
        uids = {one.uid for one in found}
        return found[0] if len(uids) == 1 and uid not in uids else None

    def left_out(self, dashboard: Dashboard) -> bool:
        """Whether Grafana's sidecar passes a ConfigMap by: others have its label, and no pod mounts this."""
        holder = dashboard.holder
        if holder is None or holder.kind != "ConfigMap" or not self.labels:
            return False
        return not picked_up(holder) and holder.subject not in self._mounted


def picked_up(holder: KubernetesObject) -> tuple[str, ...]:
    """The labels by which a sidecar finds dashboards."""
    return tuple(label for label in holder.labels if re.search(r"grafana\w*dashboard", label))


def slug_of(title: str) -> str:
    """A title as Grafana spells it in addresses (pkg/infra/slugify, for letters of ASCII)."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def names_service(dashboard: Dashboard, service: str) -> str:
    """Where a dashboard names a service, as words of a report; empty when it does not."""
    wanted = _plain(service)
    if not wanted:
        return ""
    folder = dashboard.at.file if dashboard.holder is None else dashboard.holder.name
    places: tuple[tuple[str, Iterable[str]], ...] = (
        ("title", (dashboard.title,)),
        ("tag", dashboard.tags),
        ("uid", (dashboard.uid,)),
        ("name", (folder.rpartition("/")[2],)),
        ("variable", (value for values in dashboard.variables.values() for value in values)),
        ("expression", (query.written for query in dashboard.queries)),
    )
    for what, texts in places:
        if any(_has_word(_plain(text), wanted) for text in texts):
            return what
    return ""


def _plain(text: str) -> str:
    return re.sub(r"[\s_]+", "-", text.lower())


def _has_word(text: str, word: str) -> bool:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            return True
        at = text.find(word, at + 1)
    return False
