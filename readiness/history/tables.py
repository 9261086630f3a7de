"""The tables as the newest migration leaves them; a test holds the two equal.

Names begin with `readiness_`: a PostgreSQL may be shared with others.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

VERSION = "0002"  # of the newest migration
VERSION_TABLE = "readiness_version"

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


documents = Table(
    "readiness_documents",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),  # canonical JSON, by zlib
)

runs = Table(
    "readiness_runs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("document", String(64), ForeignKey("readiness_documents.digest"), nullable=False),
    _text("service"),
    _text("environment"),
    _text("commit_id"),
    Column("dirty", Boolean, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    _text("decision"),
    _text("verdict"),
    Column("trusted", Boolean, nullable=False),
    _count("tier"),
    _text("tool_version"),
    _text("policy_digest"),
    _count("passing"),
    _count("failing"),
    _count("unknown"),
    _count("erring"),
    _count("blocking"),
    _count("waived"),
    _count("existing"),
    # The trend reads these columns of all runs in a window, then the row of the last run in each period.
    Index("readiness_runs_trend", "service", "environment", "as_of", "recorded_at", "verdict"),
    Index("readiness_runs_last", "service", "environment", "recorded_at"),
    Index("readiness_runs_latest", "recorded_at"),
)

results = Table(
    "readiness_results",
    metadata,
    Column("run", Integer, ForeignKey("readiness_runs.number"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("item"),
    _text("check_id"),
    _text("environment"),
    _text("status"),
    _text("severity"),
    Column("blocking", Boolean, nullable=False),
    _count("findings"),
    sqlite_with_rowid=False,  # the rows of a run lie together
)

findings = Table(
    "readiness_findings",
    metadata,
    Column("run", Integer, ForeignKey("readiness_runs.number"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("fingerprint"),
    _text("item"),
    _text("environment"),
    _text("severity"),
    _text("state"),
    Column("blocking", Boolean, nullable=False),
    _text("message"),
    _text("file"),
    Column("line", Integer),
    sqlite_with_rowid=False,
)
