"""Brings a database to the tables of this version; many processes may try at once."""

import os
from typing import Any

from readiness.errors import SourceError
from readiness.history.tables import VERSION, VERSION_TABLE

_LOCK = 7_265_616  # of PostgreSQL's advisory locks; any number that others don't use


def migrated(connection: Any) -> None:
    """Migrates within the transaction of `connection`, which holds the lock of a writer in SQLite.

    Raises:
        SourceError: a newer version of this tool has written there.
    """
    found = version_of(connection)
    if found == VERSION:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        found = version_of(connection)  # who waited finds the work done
        if found == VERSION:
            return
    if found > VERSION:
        raise SourceError(
            f"its tables have version {found}, this readiness knows {VERSION}; expected one that is as new"
        )
    upgrade(connection, VERSION)


def version_of(connection: Any) -> str:
    """The newest migration that a database has; "" for an empty one."""
    from sqlalchemy import inspect

    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    found = connection.exec_driver_sql(f"SELECT max(version_num) FROM {VERSION_TABLE}").scalar()
    return str(found or "")


def upgrade(connection: Any, version: str) -> None:
    """Runs the migrations up to `version` in the transaction of `connection`."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option(
        "script_location", os.path.join(os.path.dirname(__file__), "migrations").replace("%", "%%")
    )
    config.set_main_option("path_separator", "os")
    command.upgrade(config, version)
