"""git-sync beside a service runs the git that it is meant to run."""

from readiness.api import FieldRule
from readiness.evidence.effective import Value, items
from readiness.evidence.manifests import Container
from readiness.rule import left_out

VARIABLES = frozenset({"GITSYNC_GIT", "GIT_SYNC_GIT"})  # of git-sync 4 and 3
FLAGS = frozenset({"--git", "-git"})


def _git_program(container: Container) -> list[Value[str]]:
    """What names another program as git."""
    found = []
    for index, entry in enumerate(items(container.body, container.at, "env")):
        name = str(entry.get("name")) if isinstance(entry, dict) else ""
        if name in VARIABLES:
            found.append(Value(name, container.at.at("env", index)))
    image = container.body.get("image")
    if isinstance(image, str) and "git-sync" in image:
        for group in ("command", "args"):
            for index, word in enumerate(items(container.body, container.at, group)):
                flag = str(word).partition("=")[0]
                if flag in FLAGS:
                    found.append(Value(flag, container.at.at(group, index)))
    return found


GIT_SYNC_ARGS = FieldRule(
    "git-sync-args",
    Container,
    _git_program,
    holds=left_out,
    several=True,
    says="has git-sync run another program as git ({value})",
    fix="remove {value} from container {part}: git-sync's image has git on its path",
    doc="""git-sync runs git, and no program that a manifest names.

    git-sync starts whatever it is told is git, with its own rights and its own credentials. Who may
    change a manifest, or the variable that it takes, so runs any file that the pod can see.

    Severity: warning warning warning note

    Source:
        git-sync, flags and environment variables: --git, GITSYNC_GIT; Akamai Security Research, August 2024.

    Peers:
        checkov/CKV_K8S_159: the variable GITSYNC_GIT only
    """,
)

RULES = (GIT_SYNC_ARGS,)
