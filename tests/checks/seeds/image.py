"""Edits of images: which one is meant, and when it is pulled."""

from tests.faults import Fault

WEB, CATALOG = "web.yaml", "catalog.yaml"
DIGEST = "@sha256:3333333333333333333333333333333333333333333333333333333333333333"
WARM = "@sha256:1111111111111111111111111111111111111111111111111111111111111111"
POLICY = "\n          imagePullPolicy: Always"

FAULTS = {
    "image-without-digest": ("image.digest", Fault(CATALOG, DIGEST, "")),
    "init-image-without-digest": ("image.digest", Fault(WEB, WARM, "")),
    "tag-never-pulled-again": (
        "image.pull-policy-always",
        Fault(CATALOG, DIGEST + POLICY, POLICY.replace("Always", "IfNotPresent")),
    ),
    "tag-by-default-policy": ("image.pull-policy-always", Fault(CATALOG, DIGEST + POLICY, "")),
}

LOOK_ALIKES = {
    "digest-never-pulled-again": (
        "image.pull-policy-always",
        Fault(CATALOG, DIGEST + POLICY, DIGEST + POLICY.replace("Always", "Never")),
    ),
    "latest-by-default-policy": (
        "image.pull-policy-always",
        Fault(CATALOG, f":5.1.3{DIGEST}{POLICY}", ":latest"),
    ),
    "no-tag-by-default-policy": ("image.pull-policy-always", Fault(CATALOG, f":5.1.3{DIGEST}{POLICY}", "")),
    "image-that-ko-builds": (
        "image.digest",
        Fault(CATALOG, f"registry.shop.example/catalog:5.1.3{DIGEST}", "ko://example/catalog"),
    ),
    "image-of-a-variable": (
        "image.digest",
        Fault(
            CATALOG, f"registry.shop.example/catalog:5.1.3{DIGEST}", "registry.shop.example/catalog:${TAG}"
        ),
    ),
}
