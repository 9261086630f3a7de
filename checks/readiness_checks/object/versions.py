"""Objects use API versions that their cluster serves, and goes on serving."""

from collections import Counter

from readiness.api import Edit, Finding, Findings, NotApplicable, Proof
from readiness.evidence.api_versions import Standing
from readiness.evidence.manifests import AnyObject
from readiness.evidence.schemas import CUSTOM, Schemas

# Groups whose later versions the migration guide says to have no notable changes, save renamed fields:
# elsewhere some fields get another default, or an empty selector another meaning.
SAME_MEANING = frozenset(
    {
        "apiregistration.k8s.io", "autoscaling", "batch", "coordination.k8s.io", "node.k8s.io",
        "rbac.authorization.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
    }
)  # fmt: skip


def api_version(objects: tuple[AnyObject, ...], schemas: Schemas) -> Findings:
    """Every object has an API version that its Kubernetes version serves and has not deprecated.

    What a cluster no longer serves can't be applied: the deployment after the upgrade fails, and so does
    the one that was to take it back. What is deprecated is gone with one of the next upgrades.
    Held against each `kubernetes-version` of the environment, the newest known without one. What is
    deprecated is a warning.

    Silent on:
        kinds of other API groups that no CustomResourceDefinition of the trees defines.

    Severity: error error error warning

    Source:
        Kubernetes, Deprecated API Migration Guide; Kubernetes Deprecation Policy, rules 3 and 4;
        OpenAPI definitions of 1.25 and later.

    Peers:
        kube-linter/no-extensions-v1beta: the same for all groups, not only extensions
        kube-score/stable-version: the same, with removals as errors
        checkov/CKV_K8S_1: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_2: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_3: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_4: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_5: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_6: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_7: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_24: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_32: PodSecurityPolicy itself is gone since 1.25, whatever it says
        checkov/CKV_K8S_36: PodSecurityPolicy itself is gone since 1.25, whatever it says
    """
    served, seen = 0, Counter[object]()
    for one in objects:
        standings = schemas.standings(one.object)
        served += not standings and schemas.knows(one.object)
        for standing, where in standings:
            found = _finding(one, standing, where)._replace(edits=_edits(one, standing, schemas))
            seen[one.subject, found.key] += 1
            times = seen[one.subject, found.key]
            yield found if times == 1 else found._replace(key=f"{found.key}#{times}")
    if not served and not seen:
        raise NotApplicable("no object of a kind that Kubernetes or a CustomResourceDefinition here defines")
    if served:
        have = "object has" if served == 1 else "objects have"
        yield Proof(f"{served} {have} an API version that is served in {schemas.words}")


def _finding(one: AnyObject, standing: Standing, where: str) -> Finding:
    version = one.object.api_version
    use = f"; {standing.use} takes its place" if standing.use else ""
    asked = f" (judged for {where})" if where != CUSTOM else " by its CustomResourceDefinition"
    return Finding(
        f"{one.label}: {version} {standing.says}{use}{asked}",
        one.at.at("apiVersion"),
        _fix(one, standing),
        about=one.subject,
        key=f"{version} {where}" if where == CUSTOM else f"{version} {standing.says}",
        at_most="warning" if standing.works else None,
    )


def _edits(one: AnyObject, standing: Standing, schemas: Schemas) -> tuple[Edit, ...]:
    """The new API version, where that is all that changes: the same fields, with the same meaning."""
    group = one.object.group
    if standing.works or group not in SAME_MEANING or standing.use.rpartition("/")[0] != group:
        return ()
    if not schemas.fits(one.object, standing.use):
        return ()
    return (Edit(one.at.at("apiVersion"), "set", standing.use),)


def _fix(one: AnyObject, standing: Standing) -> str:
    if standing.advice:
        return f"remove it; {standing.advice}"
    if standing.use:
        return f"write {standing.use}, with the fields as they are named there"
    return f"write an apiVersion and kind that the cluster has, or add the definition of {one.object.kind}"
