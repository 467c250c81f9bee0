"""Write the first schema version anew from the tables: ``python tools/first_revision.py``.

Only until the first release; from then on every change of the tables gets a version of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from alembic.autogenerate import produce_migrations, render_python_code  # noqa: E402
from alembic.migration import MigrationContext  # noqa: E402

import fedserver.db.tables  # noqa: E402, F401 - the tables register themselves with the metadata
from fedserver.db.metadata import metadata  # noqa: E402

HEAD = '''"""The first schema: every table, as the files of ``db/tables`` had it at the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    '''


def main() -> None:
    """Compare an empty database with the tables and write what is missing."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        steps = produce_migrations(context, metadata).upgrade_ops
    if steps is None:
        raise SystemExit("nothing to write")
    code = render_python_code(steps, migration_context=context)
    lines = [line for line in code.splitlines() if "# ###" not in line]
    target = ROOT / "fedserver" / "db" / "migrations" / "versions" / "v0001_first.py"
    target.write_text(HEAD + "\n".join(lines).strip() + "\n", encoding="utf-8")
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
