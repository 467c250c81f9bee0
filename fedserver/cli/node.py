"""What a command works on: the settings, the database, the keys. Nothing here creates anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedserver.cli.console import CommandFailed
from fedserver.config import Config, load
from fedserver.db.database import CommandSession, nothing_follows, open_for_command
from fedserver.db.queries import accounts, meta
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.settings import site_of
from fedserver.domain.text import names
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.services.keyring import KeyRing, open_master_key

DEFAULT_CONFIG = Path("config.toml")
DOMAIN_KEY = "domain"
BASE_URL_KEY = "base_url"
_REQUIRED_VARIABLE = "FEDSERVER_SERVER__DOMAIN"


def settings(path: Path | None) -> Config:
    """The settings of ``--config``, by default of ./config.toml; of the environment alone where it says enough."""
    if path is None and not DEFAULT_CONFIG.exists() and _REQUIRED_VARIABLE in os.environ:
        return load(None, os.environ)
    return load(path or DEFAULT_CONFIG, os.environ)


@contextmanager
def reading(config: Config) -> Iterator[CommandSession]:
    """A session for commands that change nothing which others are told of."""
    with open_for_command(config.database.url, site_of(config), dispatch=nothing_follows) as session:
        session.run(lambda unit: check_identity(unit))
        yield session


@contextmanager
def writing(config: Config) -> Iterator[tuple[CommandSession, KeyRing]]:
    """A session whose events have their effects (deliveries, notifications), and the keys that sign them."""
    keyring = KeyRing(open_master_key(config))
    dispatch = dispatcher(Tools(keyring))
    with open_for_command(config.database.url, site_of(config), dispatch=dispatch) as session:
        session.run(lambda unit: check_identity(unit))
        yield session, keyring


def check_identity(unit: Unit, *, keep: bool = False) -> None:
    """Refuse settings that name another node than the database: every id that others know would break.

    ``keep``: write the names down where there are none yet.
    """
    for key, value in ((DOMAIN_KEY, unit.site.domain), (BASE_URL_KEY, unit.site.base_url)):
        known = unit.one(meta.get(key))
        if known is None and keep:
            unit.run(meta.put(key, value))
        elif known is not None and known != value:
            raise CommandFailed(
                f"[server] {key} is {value!r}, but this database belongs to {known!r}. It cannot change after the "
                f"first start, because other servers know every account and post by it. Set it back to {known!r}."
            )


def local_account(unit: Unit, name: str) -> Account:
    """The account of ``name`` or ``@name``, not deleted."""
    handle = names.parse_handle(name)
    username = name if handle is None else handle.username
    if handle is not None and handle.domain not in (None, unit.site.domain):
        raise CommandFailed(f"{name} is not an account of this node.")
    found = unit.one(accounts.by_handle(username))
    if found is None or found.deleted_at is not None:
        raise CommandFailed(f"There is no account named {username}.")
    return found
