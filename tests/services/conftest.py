"""A real SQLite database of the current schema, with the instance actor and a keyring; units run synchronously."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import empty_database
import pytest

from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account
from fedserver.db.sqlite_writer import connect
from fedserver.db.unit import Unit
from fedserver.domain.site import Site
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.kit.clock import now_ms
from fedserver.kit.ids import IdMaker
from fedserver.services import accounts as account_service
from fedserver.services import remote
from fedserver.services.keyring import KeyRing, NewKeys
from keys.algorithms import Algorithm
from keys.pair import PrivateKey
from keys.sealing import MasterKey
from protocol.activitystreams.values import Actor

T = TypeVar("T")
_KEYS = NewKeys(PrivateKey.generate(Algorithm.RSA_2048), PrivateKey.generate(Algorithm.ED25519))


class World:
    """Units of work on one database, with the effects of the real table."""

    def __init__(self, path: Path) -> None:
        shutil.copy(empty_database.plain(), path)
        self.connection = connect(path)
        self.site = Site("here.test", "https://here.test")
        self.ids = IdMaker(0)
        self.keyring = KeyRing(MasterKey(b"k" * 32))
        self._dispatch = dispatcher(Tools(self.keyring))
        self.afters: list[Any] = []
        self.run(self._start)

    def _start(self, unit: Unit) -> None:
        self._community(unit)
        self.make_local(unit, "instance.actor")

    def _community(self, unit: Unit) -> None:
        from fedserver.db.statement import insert
        from fedserver.db.tables import communities

        row = {"id": 1, "slug": "main", "title": "Here", "created_at": unit.now, "updated_at": unit.now}
        unit.run(insert(communities, row))

    def run(self, function: Callable[[Unit], T]) -> T:
        """One unit with its effects; raises what the service raised, with nothing written."""
        self.connection.execute("BEGIN IMMEDIATE")
        unit = Unit(self.connection, "sqlite", now=now_ms(), ids=self.ids, site=self.site, dispatch=self._dispatch)
        try:
            result = function(unit)
            unit.settle()
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()
        self.afters += unit.afters
        return result

    def make_local(self, unit: Unit, username: str) -> int:
        return account_service.create_local(unit, self.keyring, username=username, keys=_KEYS)

    def local(self, username: str, **values: Any) -> Account:
        """A local account."""

        def work(unit: Unit) -> Account:
            account_id = self.make_local(unit, username)
            if values:
                unit.run(accounts.change(account_id, values))
            return unit.get(accounts.by_id(account_id))

        return self.run(work)

    def remote(self, username: str, host: str = "there.test", **values: Any) -> Account:
        """A remote account, as its actor document says."""
        base = f"https://{host}/users/{username}"
        given: dict[str, Any] = {
            "id": base,
            "type": "Person",
            "preferred_username": username,
            "inbox": f"{base}/inbox",
            "shared_inbox": f"https://{host}/inbox",
            "followers": f"{base}/followers",
            "outbox": f"{base}/outbox",
            **values,
        }
        return self.run(lambda unit: remote.upsert_account(unit, Actor(**given), host))

    def again(self, account: Account) -> Account:
        """The row as it stands now."""
        return self.run(lambda unit: unit.get(accounts.by_id(account.id)))

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        """(inbox, activity) of everything on its way out, in order."""
        import orjson

        rows = self.connection.execute(
            "SELECT i.url, a.body FROM deliveries d JOIN inboxes i ON i.id = d.inbox_id"
            " JOIN activities a ON a.id = d.activity_id ORDER BY a.id, i.url"
        ).fetchall()
        return [(url, orjson.loads(body)) for url, body in rows]

    def kinds(self) -> list[str]:
        """The types of what is on its way out."""
        return [activity["type"] for _, activity in self.sent()]

    def value(self, sql: str, *params: Any) -> Any:
        row = self.connection.execute(sql, params).fetchone()
        return row[0] if row else None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "test.db")
    yield made
    made.connection.close()
