"""An image is what it was when it was tested."""

from readiness.api import FieldRule
from readiness.evidence.effective import Value
from readiness.evidence.images import image_of
from readiness.evidence.manifests import Container


def _filled_in(image: str) -> bool:
    """A tool or a variable fills in the reference before it is applied."""
    return image.startswith("ko://") or "${" in image or "$(" in image or "{{" in image


def _pinned(image: object) -> bool:
    return not isinstance(image, str) or not image or "@" in image or _filled_in(image)


def _policy(container: Container) -> Value[str] | None:
    """The pull policy where it matters: it holds at run time, and no digest says which image is meant.

    Source: Kubernetes API, core/v1 Container.imagePullPolicy: Always where the tag is latest or left out,
    else IfNotPresent.
    """
    image = container.image
    if image is None or _pinned(image.value):
        return None
    written = container.pull_policy
    if written is not None and written.value:
        return written
    default = "Always" if image_of(image.value).tag in ("", "latest") else "IfNotPresent"
    return Value(default, container.at.at("imagePullPolicy"), "default of the Kubernetes API server")


def _always(policy: object) -> bool:
    return policy is None or policy == "Always"


RULES = (
    FieldRule(
        "digest",
        Container,
        "image",
        expects=str,
        holds=_pinned,
        says="runs {value}, which has no digest",
        fix="name the digest of the image that was tested in container {part}: {value}@sha256:…",
        doc="""A reference to an image has a digest.

    A tag can be moved by whoever may push to the registry: the pods of one release then run different code,
    and nobody can say which. A digest is the image itself.

    Silent on:
        references that ko or a variable fills in;
        which tags move, which rollback.image-immutable speaks of.

    Severity: note note note note

    Source:
        Kubernetes, "Images": image names and digests.

    Peers:
        checkov/CKV_K8S_43: the same
    """,
    ),
    FieldRule(
        "pull-policy-always",
        Container,
        _policy,
        holds=_always,
        says="has pull policy {value} and no digest",
        fix="set imagePullPolicy to Always in container {part}, or name the digest of its image",
        doc="""A node asks the registry for an image each time, or the image is held by a digest.

    With IfNotPresent a node goes on with the image that it has under a tag, whatever the tag means by now,
    and starts a private image also for pods that have no right to pull it.

    Silent on:
        a digest, which means the same image with any policy;
        a policy that is left out where the tag is latest or left out: the API server makes it Always;
        references that ko or a variable fills in.

    Severity: note note note note

    Source:
        Kubernetes, "Images": image pull policy; admission plug-in AlwaysPullImages.

    Peers:
        kube-linter/image-pull-policy: a template only, with a list of policies
        kube-score/container-image-pull-policy: reports images with a digest too
        polaris/pullPolicyNotAlways: wants Always to be written, also where the API server sets it
        checkov/CKV_K8S_15: the same
    """,
    ),
)
