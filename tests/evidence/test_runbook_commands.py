"""Shell in pages is read as people write it."""

import pytest

from readiness.evidence.documents import File
from readiness.evidence.pages import page_of
from readiness.evidence.runbook_commands import Command, commands_of
from readiness.evidence.runbook_queries import MOST, RunbookQueries
from readiness.evidence.runbooks import Runbook
from readiness.evidence.shell import commands, is_wild


def page(text: str) -> Runbook:
    return Runbook(File("repository", "docs/runbooks/X.md"), page_of(text.encode()))


def one(command: str) -> Command:
    (found,) = commands_of(page(f"# X\n## Diagnosis\n```sh\n{command}\n```\n"))
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b 'c d' \"e f\"", [("a", "b", "c d", "e f")]),
        ("a | b && c; d || e", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ("a \\\n  b", [("a", "b")]),
        ("$ a\noutput\n$ b", [("a",), ("b",)]),
        ("user@host:~$ a", [("a",)]),
        ("# a\na # b", [("a",)]),
        ("a > file 2>&1", [("a",)]),
        ("a < file", [("a",)]),
        ("a <pod name> ${X} $Y {{ z }} …", [("a", "*", "*", "*", "*", "*")]),
        ("a $(b c)", [("b", "c"), ("a", "*")]),
        ("a `b c`", [("b", "c"), ("a", "*")]),
        ("X=1 sudo a", [("a",)]),
        ("watch -n 5 a", [("a",)]),
        ("for p in x; do a; done", [("for", "p", "in", "x"), ("a",), ("done",)]),
        ("a - <<EOF\nb\nEOF\nc", [("a", "-"), ("c",)]),
        ("a 'b", [("a", "'b")]),
        ("", []),
    ],
)
def test_words_of_commands(text: str, words: list[tuple[str, ...]]) -> None:
    assert [line.words for line in commands(text)] == words


@pytest.mark.parametrize(
    "word", ["*", "web-*", "POD", "POD_NAME", "my-pod", "your-app", "web-xxxxx", "pod-name", "pod"]
)
def test_what_a_reader_fills_in(word: str) -> None:
    assert is_wild(word)


@pytest.mark.parametrize("word", ["web", "orders-api", "orders-cache-0", "Pod1x", "default", "monitoring"])
def test_what_stands_for_itself(word: str) -> None:
    assert not is_wild(word)


@pytest.mark.parametrize(
    ("command", "verb", "targets"),
    [
        ("kubectl get po web-0 web-1", "get", ["Pod web-0", "Pod web-1"]),
        ("kubectl get deploy/web svc/web", "get", ["Deployment web", "Service web"]),
        ("kubectl get deployments.v1.apps web", "get", ["Deployment web"]),
        ("kubectl get pods,svc", "get", []),
        ("kubectl -n x get deployment web -o yaml", "get", ["Deployment web"]),
        ("kubectl logs -f -p web-0 -c app", "logs", ["Pod web-0"]),
        ("kubectl logs deploy/web", "logs", ["Deployment web"]),
        ("kubectl exec -it web-0 -- ls /x", "exec", ["Pod web-0"]),
        ("kubectl rollout undo deployment web --to-revision=3", "rollout undo", ["Deployment web"]),
        ("kubectl set image deployment/web web=x:1", "set image", ["Deployment web"]),
        ("kubectl label deployment web a=b", "label", ["Deployment web"]),
        ("kubectl top pod web-0", "top pod", ["Pod web-0"]),
        ("kubectl create job x --from=cronjob/nightly", "create", ["CronJob nightly"]),
        ("kubectl apply -f web.yaml", "apply", []),
        ("kubectl get certificate web", "get", ["certificate web"]),
        ("oc rsh dc/web", "rsh", ["DeploymentConfig web"]),
        ("/usr/local/bin/kubectl get deploy web", "get", ["Deployment web"]),
        ("argocd app rollback shop 3", "app rollback", ["Application shop"]),
        ("kubectl", "", []),
        ("kubectl get deploy --unknown web", "get", []),
    ],
)
def test_what_a_command_names(command: str, verb: str, targets: list[str]) -> None:
    found = one(command)
    assert (found.verb, [str(target) for target in found.targets]) == (verb, targets)


def test_options() -> None:
    found = one("kubectl -nshop logs -lapp=web -c app --tail 5")
    assert (found.namespace, found.selector, found.container) == ("shop", "app=web", "app")
    assert one("kubectl get po -A").namespace == "*"
    assert one("kubectl get po -n $NS").namespace == "*"
    assert one("helm -n shop rollback web 3").release == "web"
    assert one("helm upgrade web ./chart -f values.yaml").release == "web"
    assert one("helm get values web").release == "web"
    assert one("helm rollback $RELEASE").release == "*"


def test_places_and_sections() -> None:
    text = "# X\n## Diagnosis\nRun `kubectl get po`.\n\n    kubectl a\n\n    kubectl b\n## Mitigation\n```\nx\nkubectl delete po y\n```\n"
    found = list(commands_of(page(text)))
    assert [(command.verb, command.at.line) for command in found] == [
        ("get", 3),
        ("a", 5),
        ("b", 7),
        ("delete", 11),
    ]
    assert [sorted(command.section) for command in found] == [["diagnosis"]] * 3 + [["mitigation"]]
    assert [command.destroys for command in found] == [False, False, False, True]


@pytest.mark.parametrize("language", ["python", "yaml", "promql", "json"])
def test_other_languages_are_left_alone(language: str) -> None:
    assert list(commands_of(page(f"# X\n```{language}\nkubectl get po\n```\n"))) == []


def test_queries_of_a_page_are_bounded() -> None:
    text = "```promql\nrate(a[5m])\nrate(b[5m])\n\nsum(\n  c\n)\n```\n"
    assert [(query.text.strip(), query.at.line) for query in RunbookQueries().of(page(text))] == [
        ("rate(a[5m])", 2), ("rate(b[5m])", 3), ("sum(\n  c\n)", 5),
    ]  # fmt: skip
    many = "```promql\n" + "a\n\n" * (MOST + 1) + "```\n"
    assert len(RunbookQueries().of(page(many))) == MOST
    (long,) = RunbookQueries().of(page("```promql\n" + "(" * 30_000 + "\n```\n"))
    assert (long.query, long.why) == (None, "")
