"""F36: the next version's migration, killed in the middle, over a database with data."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from durability_world import PROJECT
from faults_world import Box, Boxes, until
from test_faults_peers import change

from fedserver.db.database import SCHEMA

NEXT = "0099"
# a column, then every post rewritten, slowly: the process is killed between two posts
MIGRATION = f"""
import pathlib, time
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{NEXT}", "{SCHEMA}"
branch_labels = depends_on = None


def upgrade():
    with op.batch_alter_table("statuses") as table:
        table.add_column(sa.Column("mood", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    ids = [row[0] for row in connection.execute(sa.text("SELECT id FROM statuses ORDER BY id"))]
    slow = pathlib.Path(__file__).with_name("slow")
    for number, status_id in enumerate(ids):
        connection.execute(sa.text("UPDATE statuses SET mood = 'calm' WHERE id = :id"), {{"id": status_id}})
        if number == len(ids) // 2 and slow.exists():
            slow.with_name("half").touch()
            time.sleep(60)
"""


class Newer:
    """The program of a later version: this one, with one more migration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for package in ("fedserver", "protocol", "keys"):
            shutil.copytree(PROJECT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        database = folder / "fedserver/db/database.py"
        database.write_text(database.read_text().replace(f'SCHEMA = "{SCHEMA}"', f'SCHEMA = "{NEXT}"'))
        self.versions = folder / "fedserver/db/migrations/versions"
        (self.versions / "v0099_next.py").write_text(MIGRATION)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.folder)}

    def migrate(self, box: Box) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "fedserver", "--config", str(box.file), "migrate"]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, cwd=box.folder, env=self.environment, stdout=pipe, stderr=pipe)


@pytest.mark.slow
async def test_F36_a_migration_killed_in_the_middle(boxes: Boxes, tmp_path: Path) -> None:
    """Nothing of it is there afterwards: the old program goes on, and the new one begins anew and completes."""
    box, newer = boxes(), Newer(tmp_path / "newer")
    await box.start()
    for number in range(60):
        await box.posted(f"post {number}")
    assert await box.stop() == 0
    # a payload of the old version waits; it must be readable by the new one
    change(box, "INSERT INTO jobs (id, name, payload, run_at, created_at) VALUES (1, 'home.trim', '{}', 0, 0)")
    texts = sorted(box.sources())
    slow = newer.versions / "slow"
    slow.touch()
    process = newer.migrate(box)
    try:
        await until(lambda: (newer.versions / "half").exists() or process.poll() is not None, 60)
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)
    box.whole()
    assert box.rows("SELECT version_num FROM alembic_version") == [(SCHEMA,)]
    assert "mood" not in {row[1] for row in box.rows("PRAGMA table_info(statuses)")}
    await box.start()
    assert sorted(box.sources()) == texts
    assert (await box.home()).status == 200
    assert await box.stop() == 0
    slow.unlink()
    done = newer.migrate(box)
    _, said = await asyncio.to_thread(done.communicate)
    assert done.returncode == 0, said
    assert box.rows("SELECT version_num FROM alembic_version") == [(NEXT,)]
    assert box.rows("SELECT mood, count(*) FROM statuses GROUP BY mood") == [("calm", len(texts))]
    box.whole()
    # the old program knows that this is not its own
    code, said_old = box.refused()
    assert code == 4 and NEXT in said_old and SCHEMA in said_old
    await box.start(env={"PYTHONPATH": str(newer.folder)})
    assert sorted(box.sources()) == texts
    await until(lambda: box.rows("SELECT count(*) FROM jobs WHERE id = 1") == [(0,)])
    await box.posted("after the upgrade")
    assert await box.stop() == 0
