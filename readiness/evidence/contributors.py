"""Who wrote and reviewed the commits of each source, as git tells it.

One `git log` for each source, started when a check first asks. Names and addresses are those of `.mailmap`;
besides authors, the trailers Co-authored-by, Reviewed-by and Acked-by count. Sources that many services share
are left out. Ignored on purpose: committers, who are often a button on a website; merges; commits after the
date of the run.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple, Self

from readiness.evidence.context import Sources, Today
from readiness.evidence.git import COMMITS_READ, log_of, text_of
from readiness.evidence.team_names import Person, team_name
from readiness.outcome import Location
from readiness.program import Started

_FORMAT = "%at%x1f%aE%x1f%aN%x1f%(trailers:key=Co-authored-by,key=Reviewed-by,key=Acked-by,valueonly,unfold)"
_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.")


class Identity(NamedTuple):
    """An address and a name that commits carry."""

    email: str  # in lower case
    name: str

    def is_of(self, person: Person) -> bool:
        """Whether it is a person's, by their address or name, or by an address that says their handle."""
        spelled = {one.strip().lower() for one in person.spellings}
        if self.email in spelled or (" " in self.name and self.name.lower() in spelled):
            return True
        handles = {team_name(one) for one in person.spellings}
        noreply = _NOREPLY.match(self.email)
        if noreply:
            return team_name(noreply[1]) in handles
        local, _, domain = self.email.partition("@")
        return bool(person.domain) and domain == person.domain and team_name(local) in handles


class Contributors:
    """When each identity last wrote or reviewed a commit of the service's sources."""

    def __init__(
        self, logs: list[tuple[Location, Started | None]], shallow: tuple[str, ...], today: date
    ) -> None:
        self._logs = logs
        self._today = today
        self._last: dict[Identity, date] | None = None
        self.shallow = shallow
        self.has_history = bool(logs)

    @classmethod
    def collect(cls, sources: Sources, today: Today) -> Self:
        """Starts the logs and does not wait for them."""
        trees = [
            tree for name, tree in sources.trees.items()
            if name not in sources.shared and getattr(tree, "has_git", False)
        ]  # fmt: skip
        arguments = ("--no-merges", f"--max-count={COMMITS_READ}", "-z", f"--format={_FORMAT}")
        logs = [(Location(tree.name, ""), log_of(tree, *arguments)) for tree in trees]
        return cls(logs, tuple(tree.name for tree in trees if tree.shallow), today.date)

    def last_of(self, person: Person) -> date | None:
        """The day of a person's last commit; None where none can be told to be theirs.

        Raises:
            Unknown: git can't tell.
        """
        if self._last is None:
            self._last = {}
            for at, log in self._logs:
                for day, identity in _in(text_of(log, at)) if log is not None else ():
                    if day <= self._today:
                        self._last[identity] = max(day, self._last.get(identity, day))
        return max((day for identity, day in self._last.items() if identity.is_of(person)), default=None)


def _in(log: str) -> Iterator[tuple[date, Identity]]:
    for commit in log.split("\0"):
        if commit.count("\x1f") != 3:
            continue
        time, email, name, trailers = commit.strip("\n").split("\x1f")
        day = datetime.fromtimestamp(int(time), UTC).date()
        yield day, Identity(email.lower(), name)
        for trailer in trailers.splitlines():
            found = re.match(r"\s*(.*?)\s*<([^<>\s]+)>", trailer)
            if found:
                yield day, Identity(found[2].lower(), found[1])
