"""What two profiles say of real services, and the rows of judgement in `docs/`.

The services' files are data of others: they are read where `READINESS_CORPORA` points to, and never
copied. Each finding has a row there, and each row has a finding.
"""

import os
import re
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from readiness.pipeline import Judgement, Request, judge

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = {
    "baseline@1": DOCS / "accuracy.md",
    "kubernetes@1": DOCS / "accuracy-kubernetes.md",
    "operations@1": DOCS / "accuracy-operations.md",
}
AS_OF = date(2026, 11, 24)
VERDICTS = ("true", "minor", "false", "unknown")
_ROW = re.compile(r"^\| `(?P<check>[a-z.-]+)` \| (?P<corpus>[a-z-]+) \| (?P<rest>.*) \|$")


class Said(NamedTuple):
    """One thing that the gate says of a corpus, in all environments together."""

    check: str
    corpus: str
    place: str  # file, or file:line
    subject: str
    status: str  # fail, unknown, error
    severity: str
    message: str


class Row(NamedTuple):
    """One judgement: place and subject may hold `*`."""

    check: str
    corpus: str
    place: str
    subject: str
    verdict: str
    reason: str

    def covers(self, said: Said) -> bool:
        return (
            self.check == said.check
            and self.corpus == said.corpus
            and fnmatchcase(said.place, self.place)
            and fnmatchcase(said.subject, self.subject)
            and (self.verdict == "unknown") == (said.status == "unknown")
        )


def corpora() -> list[str]:
    folder = os.environ.get("READINESS_CORPORA", "")
    if not folder or not Path(folder).is_dir():
        return []
    return sorted(path.name for path in Path(folder).iterdir() if path.is_dir())


def judged(corpus: str, profile: str = "baseline@1") -> Judgement:
    path = Path(os.environ["READINESS_CORPORA"]) / corpus
    sources = {}
    if corpus == "kube-prometheus":  # its alerts link to pages of this other repository
        sources["runbooks"] = str(path.parent / "prometheus-runbooks")
    return judge(Request(str(path), AS_OF, profile=profile, sources=sources))


def said_of(corpus: str, judgement: Judgement) -> list[Said]:
    """Every finding, and what is unknown or in error where it closes the gate."""
    found: dict[tuple[str, ...], Said] = {}
    for outcome in judgement.document["outcomes"]:
        for finding in outcome["findings"]:
            if finding["status"] != "fail" and not finding["blocking"]:
                continue
            if finding["object"]["kind"] == "File" and outcome["id"] != "evidence.readable":
                continue  # unknown for a file that evidence.readable has a finding about
            if finding["source"] not in (None, "repository"):
                continue  # judged with the folder that it is in
            place = finding["file"] or "-"
            if finding["line"]:
                place += f":{finding['line']}"
            about = finding["object"]
            subject = f"{about['kind']} {about['name']}" + (f" ({about['part']})" if about["part"] else "")
            said = Said(
                outcome["id"], corpus, place, subject, finding["status"], finding["severity"],
                finding["message"],
            )  # fmt: skip
            found.setdefault((said.check, said.place, said.subject, said.message), said)
    return sorted(found.values())


def rows(profile: str) -> list[Row]:
    """The judgements on the page of a profile."""
    found = []
    for line in PAGES[profile].read_text().splitlines():
        match = _ROW.match(line)
        if match:
            place, subject, verdict, reason = (part.strip() for part in match["rest"].split(" | ", 3))
            found.append(
                Row(match["check"], match["corpus"], place.strip("`"), subject.strip("`"), verdict, reason)
            )
    return found
