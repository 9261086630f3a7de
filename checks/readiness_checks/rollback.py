"""A bad release can be taken back."""

from readiness.api import Count, Finding, Findings, NotApplicable, Operand, Proof, Text, Unknown
from readiness.evidence.configuration import ConfigMap, Reader, reloads, renewed_with_pods
from readiness.evidence.context import Environment
from readiness.evidence.images import MOVING_TAGS, Image, ImageHistory, Past, Placeholders, image_of
from readiness.evidence.manifests import Container, Workload


def history_limit(workload: Workload, *, minimum: Count = 2) -> Findings:
    """A workload keeps old revisions to return to.

    Without an earlier revision in the cluster an undo has nothing to go back
    to: the old release has to be built again, during the outage.

    Settings:
        minimum: revisions to keep, the running one not counted.

    Silent on:
        a Deployment that leaves the field out, since the default keeps ten;
        Jobs, CronJobs and bare Pods, which have no revisions.

    Severity: error error warning note

    Source:
        Kubernetes API, apps/v1 DeploymentSpec, revisionHistoryLimit.
    """
    if workload.kind not in ("Deployment", "StatefulSet", "DaemonSet", "Rollout"):
        raise NotApplicable(f"a {workload.kind} has no revisions")
    kept = workload.revisions_kept
    sum_ = (kept.operand("old revisions kept", worse="less"),)
    if kept.value < minimum:
        yield Finding(
            f"{workload.name} keeps {kept.value} old revisions, {minimum} are needed",
            at=kept.at,
            fix=f"set spec.revisionHistoryLimit to {minimum} or more, or leave it out",
            operands=sum_,
        )
    else:
        yield Proof(f"{workload.name} can go back {kept.value} revisions", operands=sum_)


def image_immutable(
    workload: Workload,
    placeholders: Placeholders,
    history: ImageHistory,
    environment: Environment,
    *,
    moving: tuple[Text, ...] = (),
) -> Findings:
    """A reference to an image always means the same image.

    An undo brings back the reference, not the image. When the tag has moved
    meanwhile, the old revision starts the new code, on whichever node pulls it
    next: a rollback that changes nothing, and pods of one revision that differ.

    Settings:
        moving: further tags that move, beside latest, main, stable, alpine and the like.

    Silent on:
        digests, with any tag beside them; tags that name a version or a build;
        placeholders that ko, skaffold, kustomize or a variable fills in;
        registries with a port, which is no tag;
        environments that are not production.

    Severity: error warning note note

    Source:
        Kubernetes, "Images": image names, digests, and imagePullPolicy, which
        is Always for :latest.

    Peers:
        image.tag-fixed: the same fact
        kube-linter/latest-tag: by patterns; images that a tool fills in, too
        kube-score/container-image-tag: takes the port of a registry for a tag
        polaris/tagNotSpecified: takes the port of a registry for a tag
        checkov/CKV_K8S_14: the same
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    reasons = []
    for container in workload.all_containers:
        written = container.image
        if written is None:
            continue
        reason = placeholders.why(written.value)
        if reason:
            reasons.append(f"{container.name}: {written.value} is a placeholder, {reason}")
            continue
        image = image_of(written.value)
        about = container.subject
        moved = history.digests(image)
        if (image.moves or image.tag in moving) and not image.digest:
            yield Finding(
                f"{workload.name}: container {container.name} runs {written.value}, "
                f"{_moves(image)}{_pulled(container)}",
                at=written.at,
                fix=f"name a version and its digest: {image.repository}:VERSION@sha256:…",
                operands=(written.operand("image"),),
                about=about,
                key="moving-tag",
            )
        elif len(moved) > 1:
            yield Finding(
                f"{workload.name}: tag {image.tag} of {image.repository} stood for {len(moved)} digests, "
                f"1 is needed: {_short(moved[0])} and before {_short(moved[1])}",
                at=written.at,
                fix=f"release under a new tag, and forbid that {image.name} overwrites tags",
                operands=(Operand("digests of the tag", len(moved), "", written.at, "more"),),
                about=about,
                key="tag-reused",
                at_most="warning" if image.digest else None,
            )
        else:
            held = "its digest" if image.digest else f"tag {image.tag}"
            yield Proof(
                f"{workload.name}: container {container.name} is held by {held}",
                operands=(written.operand("image"),),
                about=about,
            )
    if reasons and len(reasons) == len(workload.all_containers):
        raise NotApplicable("; ".join(reasons))


def previous_version_resolvable(
    workload: Workload, placeholders: Placeholders, history: ImageHistory, environment: Environment
) -> Findings:
    """One can say, and fetch, the release to go back to.

    In an outage nobody has the time to find out what ran last week. The history
    of the manifests says it, when the reference before this one is a digest or
    a tag that still means what it meant.

    Silent on:
        first releases: the history holds one reference only, and the plan is
        to roll forward;
        placeholders, and tags that move, which rollback.image-immutable speaks of;
        manifests without git: a copy, or what a pipeline rendered;
        environments that are not production.

    Severity: error warning note note

    Source:
        Google SRE book, "Release Engineering"; AWS Operational Readiness
        Reviews, "Deployment safety".
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    if not workload.serves:
        raise NotApplicable(f"a {workload.kind} is not rolled back")
    reasons = []
    cut_off: Unknown | None = None
    for container in workload.all_containers:
        written = container.image
        image = image_of(written.value) if written is not None else Image("")
        if written is None or placeholders.why(written.value) or image.moves:
            reasons.append(f"{container.name} names no version of its image")
            continue
        try:
            found = history.previous(image)
        except Unknown as unknown:
            cut_off, found = unknown, None
        if found is None:
            reasons.append(f"{image.name} never had another version here")
            continue
        previous, past = found
        given = (
            written.operand("image"),
            Operand("image before", str(previous), "", written.at),
            Operand("commit", past.commit[:12], "", written.at),
        )
        wrong = _unresolvable(image, previous, history)
        if wrong:
            yield Finding(
                f"{workload.name}: container {container.name} ran {previous.version} before "
                f"{image.version} ({_origin(past)}), {wrong}",
                at=written.at,
                fix=f"tag the release that {previous} was built from, or name its digest",
                operands=given,
                about=container.subject,
            )
        else:
            yield Proof(
                f"{workload.name}: container {container.name} can go back from {image.version} to "
                f"{previous.version} ({_origin(past)})",
                operands=given,
                about=container.subject,
            )
    if len(reasons) == len(workload.all_containers):
        if cut_off is not None:
            raise cut_off
        raise NotApplicable(f"nothing to go back to: {'; '.join(reasons)}")


def config_immutable(configmap: ConfigMap, environment: Environment) -> Findings:
    """A revision of a workload keeps its configuration.

    A ConfigMap that keeps its name when its content changes is shared by all
    revisions: an undo brings back the old code and leaves it the new settings,
    a pair that nobody ever tested.

    Silent on:
        names that end in a hash of the content (as kustomize's generators give
        them) or in a whole version, and `immutable: true`;
        workloads with a checksum annotation or an annotation of Reloader, whose
        pods change with their configuration;
        files that a reloader in the pod takes up, and dashboards, rules and
        trust bundles that are picked up by label: they have releases of their own;
        ConfigMaps that are filled at run time, or that no pod reads at its start;
        Secrets, which change with the credential and not with the release;
        Jobs, and environments that are not production.

    Severity: error warning note note

    Source:
        Kubernetes, "ConfigMaps", immutable ConfigMaps; Kustomize,
        configMapGenerator; Helm, "Automatically Roll Deployments".
    """
    if not environment.production:
        raise NotApplicable(f"{environment.name} is no production environment")
    readers = [one for one in configmap.readers if one.workload.serves]
    if not readers:
        raise NotApplicable(f"no pod of a long-running workload reads {configmap.name}")
    if configmap.empty:
        raise NotApplicable(f"{configmap.name} is filled at run time")
    if configmap.picked_up:
        raise NotApplicable(f"{configmap.name} is picked up when it changes, apart from any release")
    if configmap.immutable or configmap.named_by_content:
        why = "is immutable" if configmap.immutable else "has another name when its content changes"
        yield Proof(f"{configmap.name} {why}", at=configmap.at.at("metadata", "name"))
        return
    untied = [one for one in readers if not renewed_with_pods(one.workload) and not _reloaded(one)]
    if not untied:
        tie = renewed_with_pods(readers[0].workload) or f"container {reloads(readers[0].workload)}"
        yield Proof(f"{configmap.name} changes together with its pods: {tie}", at=readers[0].at)
        return
    names = list(dict.fromkeys(one.workload.name for one in untied))
    shown = " and ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    how = "environment" if any(one.how == "environment" for one in untied) else "files"
    yield Finding(
        f"{configmap.name} keeps its name when its content changes, and {shown} "
        f"read{'s' if len(names) == 1 else ''} it as {how}: an undo brings back 0 of its "
        f"{len(configmap.object.body.get('data') or configmap.object.body.get('binaryData') or ())} settings",
        at=configmap.at.at("metadata", "name"),
        fix=f"generate {configmap.name} with kustomize's configMapGenerator, or hash it into an annotation "
        "checksum/config of the pod template",
        operands=(Operand("workloads that read it", len(names), "", untied[0].at, "more"),),
    )


def _moves(image: Image) -> str:
    if not image.tag:
        return "without a tag, which means latest"
    if any(letter.isdigit() for letter in image.tag) or image.tag.lower() in MOVING_TAGS:
        return f"and tag {image.tag} moves"
    return f"and tag {image.tag} names no version"


def _pulled(container: Container) -> str:
    policy = container.pull_policy
    always = policy is not None and policy.value == "Always"
    return "; imagePullPolicy Always pulls what it means at each start" if always else ""


def _short(digest: str) -> str:
    return f"{digest[:19]}…"


def _unresolvable(image: Image, previous: Image, history: ImageHistory) -> str:
    """Why the reference before can't be relied on; empty when it can."""
    if previous.digest:
        return ""
    if previous.moves:
        return "a tag that has moved since"
    # only where releases of this image are tagged at all can a missing tag be told
    if history.released(image) and not history.released(previous):
        return f"and no git tag or commit corresponds to {previous.tag}, as one does to {image.tag}"
    return ""


def _origin(past: Past) -> str:
    return f"{past.file} at {past.commit[:10]}"


def _reloaded(reader: Reader) -> bool:
    return reader.how == "files" and bool(reloads(reader.workload))
