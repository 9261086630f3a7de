"""What Alembic runs: the migrations, in the transaction that `migrate.py` has opened and locked."""

from alembic import context

from readiness.history.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
