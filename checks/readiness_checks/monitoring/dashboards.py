"""There is a dashboard to look at when an alert fires."""

from collections.abc import Iterator
from itertools import islice

from readiness.api import Finding, Findings, Location, NotApplicable, Operand, Proof, Unknown
from readiness.evidence.context import ServiceCard
from readiness.evidence.dashboard_links import DashboardLink, DashboardLinks
from readiness.evidence.dashboards import Dashboard
from readiness.evidence.grafana_provisioning import DataSources
from readiness.evidence.manifests import Workload
from readiness.evidence.service_dashboards import ServiceDashboards

MOST = 100  # findings of one sort: a report of more helps nobody


def dashboard_present(
    dashboards: ServiceDashboards,
    links: DashboardLinks,
    sources: DataSources,
    service: ServiceCard,
    workloads: tuple[Workload, ...],
) -> Findings:
    """The service has a dashboard that Grafana can draw, and links to it lead there.

    Whoever is woken up looks at the dashboard first. One that has lost its data source, or a link of an
    alert that ends at "Dashboard not found", costs the minutes that matter most.

    Silent on:
        dashboards of others, but for a uid that two of them share;
        repositories where nothing runs;
        the same dashboard in two places (a file, and the ConfigMap that is made of it);
        data sources that a variable names, that Grafana has by itself, or of which no provisioning is in the
        evidence;
        links to dashboards that are not in the evidence, unless the address has the title of one that is, or
        the checklist says where dashboards are;
        what a dashboard says of `__inputs` in a file, which is filled in when somebody imports it.

    Severity: error warning note note

    Source:
        Grafana, "Dashboard JSON model", "Provision Grafana"; Beyer et al., Site Reliability Engineering,
        ch. 6.
    """
    if not dashboards.all or (service.name and not dashboards.own):
        yield _none(dashboards, service, workloads)
    own = dashboards.own or tuple((one, "") for one in dashboards.all if not service.name)
    wrong = [found for one, _ in own for found in _not_drawn(one, dashboards, sources)]
    wrong += [_one_uid(first, other) for first, other in dashboards.shared_uids()]
    wrong += [found for link in links.links if (found := _dead(link, dashboards)) is not None]
    yield from islice(wrong, MOST)
    for one, how in own[:MOST]:
        leading = sum(1 for link in links.links if one in dashboards.of(link.uid))
        names = f"; its {how} names {service.name}" if how else ""
        yield Proof(
            f"{one} has {len(one.panels)} panels, {leading} links lead to it{names}",
            (Operand("panels", len(one.panels)), Operand("links", leading)),
            at=one.at,
            about=one.subject,
        )


def _none(dashboards: ServiceDashboards, service: ServiceCard, workloads: tuple[Workload, ...]) -> Finding:
    """That the service has no dashboard.

    Raises:
        NotApplicable: nothing is here that runs.
        Unknown: nobody says that dashboards are in the evidence at all.
    """
    number = len(dashboards.all)
    where = dashboards.named[0] if dashboards.named else None
    if not number and where is None:
        looked = f"looked for {Dashboard.looked_for}"
        if not workloads:
            raise NotApplicable(f"nothing that runs and no dashboard is in the evidence; {looked}")
        raise Unknown(
            f"no dashboard of {service.name or 'the service'} is in the evidence; {looked}",
            service.at,
            "add it to the repository, or name where dashboards are under evidence.dashboards",
        )
    at = dashboards.all[0].at if where is None else where.origin or Location(where.source, where.path)
    return Finding(
        f"{service.name or 'the service'}: 0 of {number} dashboards name it, 1 is needed",
        at=at,
        fix=f"add a dashboard with {service.name} in its title or tags, or as a value of its expressions",
        operands=(Operand("dashboards of the service", 0, worse="less"), Operand("dashboards", number)),
        about=service.subject,
        key="none",
        at_most=None if where is not None else "warning",
    )


def _not_drawn(one: Dashboard, dashboards: ServiceDashboards, sources: DataSources) -> Iterator[Finding]:
    """Why Grafana would not show a dashboard, or not as it is meant."""
    if dashboards.left_out(one) and one.holder is not None:
        label = dashboards.labels[0]
        yield Finding(
            f"{one} is in ConfigMap {one.holder.name}, which lacks label {label}: no sidecar picks it up",
            at=one.holder.at.at("metadata"),
            fix=f'add label {label}: "1" to ConfigMap {one.holder.name}',
            about=one.subject,
            key="label",
        )
    if one.made:
        return
    if not one.panels:
        yield Finding(
            f"{one} has 0 panels",
            at=one.says("panels"),
            fix="add panels for requests, errors, latency and saturation",
            operands=(Operand("panels", 0, at=one.says("panels"), worse="less"),),
            about=one.subject,
            key="panels",
        )
    if not one.uid:
        yield Finding(
            f"{one} has no uid: Grafana gives it another one wherever it is made anew, and links to it end",
            at=one.at,
            fix='write "uid": with a short name that stays',
            about=one.subject,
            key="uid",
            at_most="warning",
        )
    for source in one.data_sources:
        name = source.variable
        if name in one.inputs and name not in one.variables and one.filled_by_nobody:
            yield Finding(
                f"{one} takes its data source from {name} of __inputs, which only an import by hand fills in",
                at=source.at,
                fix=f"make {name} a variable of type datasource in templating, and remove __inputs",
                about=one.subject,
                key=f"input {name}",
            )
        elif sources.lack(source):
            known = ", ".join(list(sources.by_name)[:5])
            yield Finding(
                f"{one} asks data source {source.name}, Grafana is provisioned with {known}",
                at=source.at,
                fix=f"write one of {known}, or make it a variable of type datasource",
                operands=(
                    Operand("data source asked", source.name, at=source.at),
                    Operand("data sources", known, at=next(iter(sources.by_name.values()))),
                ),
                about=one.subject,
                key=f"source {source.name}",
                at_most="warning",
            )


def _one_uid(first: Dashboard, other: Dashboard) -> Finding:
    return Finding(
        f"{other} has uid {other.uid}, which {first} has too: one of them replaces the other",
        at=other.says("uid"),
        fix="give one of them another uid",
        operands=(
            Operand("uid", other.uid, at=other.says("uid")),
            Operand(f"uid of {first}", first.uid, at=first.says("uid")),
        ),
        about=other.subject,
        key=f"uid {other.title}",
    )


def _dead(link: DashboardLink, dashboards: ServiceDashboards) -> Finding | None:
    """A link that ends nowhere; None where it leads somewhere, or nobody can tell."""
    found = dashboards.of(link.uid)
    if not found:
        like = dashboards.like(link.uid, link.slug)
        if like is None and not (dashboards.named and dashboards.all):
            return None
        uids = ", ".join(sorted({one.uid for one in dashboards.all if one.uid})[:5]) or "none"
        says = f"; {like} has uid {like.uid}" if like else f"; those that are there: {uids}"
        return Finding(
            f"{link.who} links to dashboard {link.uid}, 0 dashboards have this uid{says}",
            at=link.at,
            fix=f"write /d/{like.uid}" if like else "write the uid of a dashboard that is there",
            operands=(Operand("uid in the link", link.uid, at=link.at),)
            + ((Operand(f"uid of {like}", like.uid, at=like.says("uid")),) if like else ()),
            about=link.about,
            key=f"link {link.uid}",
        )
    known = [one for one in found if not one.made]
    if link.panel is None or not known or any(link.panel in one.panels for one in known):
        return None
    ids = ", ".join(str(number) for number in sorted(known[0].panels)[:10])
    return Finding(
        f"{link.who} links to panel {link.panel} of {known[0]}, which has panels {ids or 'without ids'}",
        at=link.at,
        fix=f"write viewPanel= with one of {ids}" if ids else "leave viewPanel out",
        operands=(
            Operand("panel in the link", link.panel, at=link.at),
            Operand("panels", ids, at=known[0].says("panels")),
        ),
        about=link.about,
        key=f"panel {link.uid} {link.panel}",
    )
