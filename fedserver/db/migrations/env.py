"""What Alembic runs for every command: one transaction for all steps, on the connection that ``migrate`` gives."""

from __future__ import annotations

from alembic import context

import fedserver.db.tables  # noqa: F401 - the tables register themselves with the metadata
from fedserver.db.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
