"""One recorded run: its canonical document, the moment, and the rows that queries read.

Rows hold texts as they may be printed (`redaction.py`), bounded, so that no name breaks an index; the
document stays whole.
"""

import hashlib
import json
import zlib
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from readiness.report import canonical
from readiness.report.redaction import bounded, visible

NAME_LIMIT = 200  # characters: an index entry of PostgreSQL holds 2,700 bytes
TEXT_LIMIT = 1_000
LARGEST = 256 * 2**20  # bytes of a document that is read back: what is stored may be of another's making
_LARGEST_NUMBER = 2**31 - 1


class Record(NamedTuple):
    """A run as it is kept: the same moment and document always have the same id."""

    id: str
    moment: datetime  # UTC
    content: bytes  # of the canonical JSON

    @classmethod
    def of(cls, document: Any, moment: datetime) -> "Record":
        """The record of a document that was decided at `moment`."""
        return cls.of_bytes(canonical.dumps(document), moment)

    @classmethod
    def of_bytes(cls, content: bytes, moment: datetime) -> "Record":
        moment = moment.astimezone(UTC)
        digest = hashlib.sha256(moment.isoformat().encode() + b"\0" + content)
        return cls(digest.hexdigest(), moment, content)

    @property
    def digest(self) -> str:
        """That of the document: two runs that found the same share it."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def compressed(self) -> bytes:
        return zlib.compress(self.content, 6)

    def rows(self) -> "Rows":
        """What the tables have of it."""
        document = json.loads(self.content)
        outcomes = document["outcomes"]
        return Rows(
            {"id": self.id, "document": self.digest, "recorded_at": self.moment, **_run(document)},
            [_result(position, outcome) for position, outcome in enumerate(outcomes)],
            [
                {"position": position, **_finding(outcome, finding)}
                for position, (outcome, finding) in enumerate(
                    (outcome, finding) for outcome in outcomes for finding in outcome["findings"]
                )
            ],
        )


class Rows(NamedTuple):
    """Rows by the names of their columns; those of results and findings without the number of the run."""

    run: dict[str, Any]
    results: list[dict[str, Any]]
    findings: list[dict[str, Any]]


def _run(document: Any) -> dict[str, Any]:
    summary = document["summary"]
    statuses = summary["statuses"]
    source = next((one for one in document["sources"] if one["name"] == "repository"), None)
    policy = document["policy"]
    return {
        "service": _name(document["service"]["name"]),
        "environment": _name(_environment(document)),
        "commit_id": _name(source["commit"]) if source else "",
        "dirty": bool(source and source["dirty"]),
        "as_of": date.fromisoformat(document["as_of"]),
        "decision": _name(document["decision"]),
        "verdict": _name(document["verdict"]),
        "trusted": bool(document["trusted"]),
        "tier": document["tier"],
        "tool_version": _name(document["tool"]["version"]),
        "policy_digest": _name(policy["digest"]) if policy else "",
        "passing": statuses["pass"],
        "failing": statuses["fail"],
        "unknown": statuses["unknown"],
        "erring": statuses["error"],
        "blocking": summary["blocking"],
        "waived": summary["waived"],
        "existing": summary["existing"],
    }


def _result(position: int, outcome: Any) -> dict[str, Any]:
    return {
        "position": position,
        "item": _name(outcome["id"]),
        "check_id": _name(outcome["check"]),
        "environment": _name(outcome["environment"]),
        "status": _name(outcome["status"]),
        "severity": _name(outcome["severity"]),
        "blocking": bool(outcome["blocking"]),
        "findings": len(outcome["findings"]),
    }


def _finding(outcome: Any, finding: Any) -> dict[str, Any]:
    line = finding["line"]
    return {
        "fingerprint": _name(finding["fingerprint"]),
        "item": _name(outcome["id"]),
        "environment": _name(outcome["environment"]),
        "severity": _name(finding["severity"]),
        "state": _name(finding["state"]),
        "blocking": bool(finding["blocking"]),
        "message": visible(bounded(finding["message"], TEXT_LIMIT)),
        "file": visible(bounded(finding["file"] or "", TEXT_LIMIT)),
        "line": line if line is not None and 0 < line <= _LARGEST_NUMBER else None,
    }


def _environment(document: Any) -> str:
    """The environment that was judged; those of a run over all of them, in their order."""
    named: str | None = document["environment"]
    return named or ", ".join(one["name"] for one in document["environments"])


def _name(text: str | None) -> str:
    return visible(bounded(text or "", NAME_LIMIT))


def document_of(compressed: bytes) -> Any:
    """The document that `Record.compressed` holds.

    Raises:
        ValueError: it is no document, or larger than any that a gate writes.
    """
    opened = zlib.decompressobj()
    try:
        content = opened.decompress(compressed, LARGEST)
    except zlib.error as wrong:
        raise ValueError(f"its document is damaged: {wrong}") from wrong
    if opened.unconsumed_tail:
        raise ValueError(f"its document is larger than {LARGEST} bytes")
    return json.loads(content)
