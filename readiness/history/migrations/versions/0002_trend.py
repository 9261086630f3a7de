"""Indexes for the trend: without them it reads every run there is."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "readiness_runs_trend",
        "readiness_runs",
        ["service", "environment", "as_of", "recorded_at", "verdict"],
    )
    op.create_index("readiness_runs_last", "readiness_runs", ["service", "environment", "recorded_at"])
    op.create_index("readiness_runs_latest", "readiness_runs", ["recorded_at"])
