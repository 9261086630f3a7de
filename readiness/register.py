"""Gathers what manifests ask not to be told, with the checks that are meant and since when it stands there.

Only where there is such a request are names looked up (which imports every area) and git's history read:
one log of each source and one batch of contents, for as many files as a report can hold against anybody.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import partial

from readiness.collect import Collector
from readiness.errors import ReadinessError
from readiness.evidence.context import CheckNames
from readiness.evidence.documents import Documents, File
from readiness.evidence.git import GitFacts
from readiness.evidence.suppressions import Earlier, Request, Suppressions
from readiness.suppressions import Suppression

FILES_DATED = 50  # of more files with requests, the age stays unknown
NEW = "it is new: under a base a request counts once it is merged"


def gathered(head: Collector, base: Collector | None, as_of: date) -> tuple[Suppression, ...]:
    """The requests of all environments.

    Args:
        base: what the base holds; None without a base, where no request is new.
        as_of: since when one stands there that is not committed.
    """
    found = _requests(head)
    if not found:
        return ()
    (names,) = head.collected(CheckNames, "").items
    old = {one.identity for one in _requests(base)} if base is not None else None
    ages = dict(_ages(found, head, as_of))
    made = []
    for one, environments in found.items():
        new = old is not None and one.identity not in old
        since, at_least = ages.get(one, (None, False))
        meant = (one.name, *one.also)
        checks = tuple(dict.fromkeys(check for name in meant for check in names.answering(one.tool, name)))
        made.append(
            Suppression(
                one.tool, one.key, one.name, checks, one.subject, one.part, one.reason, one.at, environments,
                one.wrong or (NEW if new else ""), since, at_least,
            )
        )  # fmt: skip
    return tuple(made)


def _requests(collector: Collector) -> dict[Request, frozenset[str]]:
    """Requests with the environments that have them; those of an environment that can't be read are none."""
    found: dict[Request, frozenset[str]] = {}
    for environment in collector.environments:
        with suppress(Exception):
            for suppressions in collector.collected(Suppressions, environment).items:
                for one in suppressions.requests:
                    found[one] = found.get(one, frozenset()) | {environment}
    return found


def _ages(
    found: Mapping[Request, frozenset[str]], head: Collector, as_of: date
) -> Iterator[tuple[Request, tuple[date, bool]]]:
    by_file: dict[tuple[str, str], list[Request]] = {}
    for one in found:
        by_file.setdefault((one.at.source, one.at.file), []).append(one)
    files = sorted(by_file)[:FILES_DATED]
    earlier = Earlier()
    (documents,) = head.collected(Documents, "").items
    for facts in head.collected(GitFacts, "").items:
        for source in dict.fromkeys(source for source, _ in files):
            with suppress(ReadinessError):
                facts.prefetch(source, [file for of, file in files if of == source])
        for source, file in files:
            with suppress(ReadinessError):
                for one in by_file[source, file]:
                    stands = facts.stands_since(source, file, partial(earlier.holds, one))
                    if stands is None or not (stands.day or _is_in(documents, one, earlier)):
                        continue  # what a kustomization adds does not stand in the object's file
                    yield one, (stands.day or as_of, stands.at_least)


def _is_in(documents: Documents, request: Request, earlier: Earlier) -> bool:
    return earlier.holds(request, documents.text(File(request.at.source, request.at.file)))
