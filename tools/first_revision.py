"""Write the first schema version anew from the tables: ``python tools/first_revision.py``.

Only until the first release; from then on every change of the tables gets a version of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa  # noqa: E402
from alembic.autogenerate import produce_migrations, render_python_code  # noqa: E402
from alembic.migration import MigrationContext  # noqa: E402
from alembic.operations.ops import UpgradeOps  # noqa: E402

import fedserver.db.tables  # noqa: E402, F401 - the tables register themselves with the metadata
from fedserver.db.metadata import metadata, partial_on_postgresql  # noqa: E402
from fedserver.db.tables.search import make  # noqa: E402

HEAD = '''"""The first schema: every table, as the files of ``db/tables`` had it at the first release."""

# ruff: noqa: E501 - statements of the full text stand as they are run
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
'''


def main() -> None:
    """Compare an empty database with the tables and write what is missing."""
    partial_on_postgresql()
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        steps = produce_migrations(context, metadata).upgrade_ops
    if steps is None:
        raise SystemExit("nothing to write")
    tables: dict[str, list[str]] = {}
    for step in steps.ops:
        code = render_python_code(UpgradeOps([step]), migration_context=context)
        lines = [f"    {line.strip()}" for line in code.splitlines() if line.strip() and "# ###" not in line]
        tables.setdefault(step.table_name, []).extend(lines)  # type: ignore[attr-defined]
    parts = [f"def _{name}() -> None:\n" + "\n".join(lines) for name, lines in tables.items()]
    parts.append(_search())
    calls = "\n".join(f"    _{name}()" for name in [*tables, "search"])
    parts.append(f'def upgrade() -> None:\n    """To this version, from nothing."""\n{calls}')
    code = "\n\n\n".join(parts).replace('sa.BigInteger().with_variant(sa.Integer(), "sqlite")', "KEY")
    code = code.replace("sa.BigInteger().with_variant(sa.Integer(), 'sqlite')", "KEY")
    target = ROOT / "fedserver" / "db" / "migrations" / "versions" / "v0001_first.py"
    target.write_text(f"{HEAD}\n\n{code}\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(target)], check=True)
    print(target.relative_to(ROOT))


def _search() -> str:
    """What finds words is no table that Alembic knows."""
    sqlite = "".join(f"        op.execute({statement!r})\n" for statement in make("sqlite"))
    postgresql = "".join(f"        op.execute({statement!r})\n" for statement in make("postgresql"))
    return f'def _search() -> None:\n    if op.get_context().dialect.name == "sqlite":\n{sqlite}    else:\n{postgresql}'


if __name__ == "__main__":
    main()
