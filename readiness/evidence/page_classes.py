"""Whether a page is about what users feel or about one of its causes.

Goes by the words of metric names, by labels that say how a request ended, and by functions; recorded series
are followed to what they are made of. A page about nothing of the kind is neither: nobody can say from here.
Symptoms: errors, latency, requests, absence, age and lag, expiry, success of a probe or job, and harm that is
foretold (`predict_linear`). Causes: processor, memory, restarts, threads, pools, the node itself.

Source:
    Beyer et al., Site Reliability Engineering, chapter 6, "Symptoms Versus Causes"; Ewaschuk, "My Philosophy
    on Alerting".
"""

from typing import Final, Literal

from readiness.evidence.promql import ABSENT, Query, Selector
from readiness.evidence.recordings import Recordings

PageClass = Literal["symptom", "cause", "unclear"]

SYMPTOMS: Final = frozenset(
    {
        "5xx", "age", "availability", "backlog", "budget", "burn", "burnrate", "delay", "delayed", "duration",
        "error", "errors", "exception", "exceptions", "expiration", "expires", "expiry", "fail", "failed",
        "failure", "failures", "freshness", "lag", "latency", "notafter", "probe", "rejected", "request",
        "requests", "response", "sli", "slo", "success", "successful", "timeout", "timeouts", "timestamp",
        "unavailable", "up",
    }
)  # fmt: skip
CAUSES: Final = frozenset(
    {
        "connections", "cpu", "cpus", "disk", "eviction", "evictions", "fd", "fds", "filesystem", "gc",
        "goroutines", "heap", "inodes", "iowait", "load1", "load15", "load5", "mem", "memory", "oom", "pool",
        "restart", "restarts", "rss", "swap", "thread", "threads", "throttled", "throttling", "utilisation",
        "utilization",
    }
)  # fmt: skip
MACHINES: Final = frozenset({"container", "go", "jvm", "machine", "node", "process", "python", "windows"})
CLUSTER: Final = frozenset({"kube", "kubelet", "namespace", "instance", "cluster"})
OUTCOMES: Final = frozenset(
    {"code", "status", "status_code", "outcome", "result", "grpc_code", "grpc_status", "error"}
)


def class_of(query: Query, recordings: Recordings) -> PageClass:
    """What a page is about; a symptom among its conditions makes it one."""
    if query.functions & (ABSENT | {"predict_linear"}):
        return "symptom"
    selectors = (*query.selectors, *recordings.followed(query))
    found = {_class_of(selector) for selector in selectors}
    if "symptom" in found:
        return "symptom"
    return "cause" if "cause" in found else "unclear"


def _class_of(selector: Selector) -> PageClass:
    words = selector.metric.lower().replace(":", "_").split("_")
    first = next(iter(filter(None, words)), "")
    if first in MACHINES:
        return "cause"
    if first in CLUSTER:
        return "cause" if CAUSES.intersection(words) else "unclear"
    if SYMPTOMS.intersection(words) or any(one.name in OUTCOMES for one in selector.matchers):
        return "symptom"
    return "cause" if CAUSES.intersection(words) else "unclear"
