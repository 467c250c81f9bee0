"""``init``: the only command that creates. Each step makes what is missing and no more, so repeating is harmless."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from fedserver.cli import console, node
from fedserver.cli.console import CommandFailed, UsageError, say
from fedserver.cli.proxy import proxy_lines
from fedserver.config import Config, ConfigError, example
from fedserver.config.example import toml_value
from fedserver.config.load import build
from fedserver.db import migrate
from fedserver.db.database import CommandSession, dialect_of, open_for_command, sqlite_path
from fedserver.db.queries import accounts
from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.settings import site_of
from fedserver.domain.text import names
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.kit.errors import Invalid
from fedserver.kit.passwords import hash_password
from fedserver.services import communities, policy, starters, users
from fedserver.services.accounts import create_local
from fedserver.services.communities import CommunityChange
from fedserver.services.keyring import KeyRing, open_master_key
from fedserver.services.reports import COMMUNITY
from keys import master
from keys.sealing import MasterKey

_COPY_HINT = "Copy this file to config.toml, or let `fedserver init` write one."


def run(arguments: Namespace) -> None:
    """Make the settings, the data directory, the master key, the database, the instance actor, the owner."""
    os.umask(0o077)
    path: Path = arguments.config or node.DEFAULT_CONFIG
    given = _owner_given(arguments)
    config = _settings(arguments, path)
    _check_database(config)
    _directories(config)
    keyring = KeyRing(_master_key(config))
    _database(config)
    dispatch = dispatcher(Tools(keyring))
    with open_for_command(config.database.url, site_of(config), dispatch=dispatch) as session:
        _rows(session, keyring, config)
        _policy(session, keyring, arguments.policy)
        owner = _owner(session, keyring, given)
    _farewell(config, path, owner)


class Owner(NamedTuple):
    """The first account; ``password_hash`` None: still to be asked for."""

    name: str
    email: str | None
    password_hash: str | None


def _owner_given(arguments: Namespace) -> Owner | None:
    """What the flags say of the owner, checked before anything is made."""
    if arguments.owner is None:
        for flag in ("owner_email", "password_stdin"):
            if getattr(arguments, flag):
                raise UsageError(f"--{flag.replace('_', '-')} is about the owner: --owner is missing")
        return None
    if not console.interactive():
        if not arguments.owner_email:
            raise UsageError("--owner-email is missing, and there is no terminal to ask")
        if not arguments.password_stdin:
            raise UsageError("--password-stdin is missing, and there is no terminal to ask")
    problem = _wrong_name(arguments.owner)
    if problem is not None:
        raise UsageError(f"--owner: {problem}")
    email = users.clean_email(arguments.owner_email or "")
    stored = hash_password(console.password(True)) if arguments.password_stdin else None
    return Owner(arguments.owner, email, stored)


def _wrong_name(name: str) -> str | None:
    problem = names.username_problem(name)
    if problem is None:
        return None
    return f"{name!r} cannot be a name here ({problem.value}): a-z, 0-9, _, up to 30, no name of a page or an office"


def _wrong_email(text: str) -> str | None:
    try:
        users.clean_email(text)
    except Invalid:
        return "This is not an e-mail address."
    return None


def _settings(arguments: Namespace, path: Path) -> Config:
    if not path.exists() and arguments.domain is None and "FEDSERVER_SERVER__DOMAIN" in os.environ:
        return node.settings(None)
    if path.exists():
        config = node.settings(path)
        _compare(arguments, config, path)
        say(f"{path} is there already and is kept.")
        return config
    given = _answers(arguments)
    config = build({"server": given}, os.environ, path.absolute().parent, file=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(filled_in(given))
    say(f"Wrote {path}.")
    return config


def _answers(arguments: Namespace) -> dict[str, str]:
    """The keys of ``[server]`` that were given or answered."""
    domain = arguments.domain
    if domain is None:
        if not console.interactive():
            raise UsageError("--domain is missing, and there is no terminal to ask")
        domain = console.ask("Domain (the part of handles after @)", check=lambda text: _wrong({"domain": text}))
    given = {"domain": domain, "base_url": arguments.base_url, "listen": arguments.listen}
    if arguments.base_url is None and arguments.domain is None:
        given["base_url"] = console.ask(
            "Address of the pages",
            f"https://{domain}",
            check=lambda text: _wrong({"domain": domain, "base_url": text}),
        )
    given["data_dir"] = arguments.data_dir
    return {key: value for key, value in given.items() if value is not None}


def _wrong(server: dict[str, str]) -> str | None:
    """What is wrong with these keys of ``[server]``, or None."""
    try:
        build({"server": server}, {}, Path.cwd())
    except ConfigError as error:
        return str(error)
    return None


def filled_in(given: dict[str, str]) -> str:
    """The example settings with the given keys of ``[server]`` in place."""
    head, rest = example().split("\n[database]\n", 1)
    lines = head.replace(_COPY_HINT, "Made by `fedserver init`.").split("\n")
    for i, line in enumerate(lines):
        key = line.removeprefix("# ").partition(" = ")[0]
        if key in given:
            lines[i] = f"{key} = {toml_value(given[key])}"
    return "\n".join([*lines, "[database]", rest])


def _compare(arguments: Namespace, config: Config, path: Path) -> None:
    """Flags never change settings that are there. Another domain is a mistake, the rest is told."""
    wanted = {"domain": arguments.domain, "base_url": arguments.base_url, "listen": arguments.listen}
    given = {key: value for key, value in wanted.items() if value is not None}
    if not given:
        return
    try:
        asked = build({"server": {"domain": config.server.domain, **given}}, {}, path.absolute().parent).server
    except ConfigError as error:
        raise UsageError(str(error)) from error
    for key in given:
        here, there = str(getattr(config.server, key)), str(getattr(asked, key))
        if here == there:
            continue
        if key == "domain":
            raise UsageError(f"--domain {there} contradicts {path}, where it is {here}")
        say(f"Note: {path} says {key} = {here}; --{key.replace('_', '-')} {there} was not used.")


def _check_database(config: Config) -> None:
    """A master key belongs to its database: never make one of the two anew while the other is there."""
    if config.keys.master_key is not None or config.keys.master_key_file.exists():
        return
    if dialect_of(config.database.url) == "sqlite":
        used = sqlite_path(config.database.url).exists()
    else:
        used = migrate.current(config.database.url) is not None
    if used:
        raise CommandFailed(
            f"There is a database, but no master key at {config.keys.master_key_file}. A new key could not open the "
            "account keys in it: put the old one back."
        )


def _directories(config: Config) -> None:
    for folder in (config.server.data_dir, config.media.dir):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _master_key(config: Config) -> MasterKey:
    path = config.keys.master_key_file
    if config.keys.master_key is not None or path.exists():
        return open_master_key(config)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = master.create_file(path)
    say(f"Wrote the master key {path}. Keep a copy apart from your backups: without it they cannot sign.")
    return key


def _database(config: Config) -> None:
    try:
        migrate.create(config.database.url)
    except migrate.Exists:
        return
    say("Made the database.")


def _rows(session: CommandSession, keyring: KeyRing, config: Config) -> None:
    """The node's names, its community, the actor that signs for the node as a whole."""

    def ground(unit: Unit) -> bool:
        node.check_identity(unit, keep=True)
        if unit.one(community_rows.by_id(COMMUNITY)) is None:
            title = config.server.domain
            communities.create(unit, title=title, registration=config.registration.mode)
        return unit.one(accounts.by_handle(uris.INSTANCE_USERNAME)) is not None

    if session.run(ground):
        return
    keys = keyring.generate()

    def actor(unit: Unit) -> int:
        return create_local(
            unit,
            keyring,
            username=uris.INSTANCE_USERNAME,
            keys=keys,
            actor_type="Application",
            display_name=config.server.domain,
        )

    session.run(actor)
    say("Made the instance actor.")


def _policy(session: CommandSession, keyring: KeyRing, name: str | None) -> None:
    """The document that a new community begins with: its norms, its feeds, its first rules, about and terms."""
    if not session.run(_begins):
        if name is not None:
            say("There is a community already; its policy is kept. `fedserver policy publish` changes it.")
        return
    if name is None and console.interactive():
        choices = " or ".join(starters.STARTERS)
        name = console.ask(f"Policy to begin with ({choices})", starters.STARTERS[0], check=_wrong_starter)
    chosen = name or starters.STARTERS[0]
    document = starters.starter(chosen)
    session.run(lambda unit: policy.publish(unit, keyring, document, None))
    say(f"Put the policy {chosen} in force. Everybody reads it at /policy; `fedserver policy publish` changes it.")


def _begins(unit: Unit) -> bool:
    """Whether nothing was decided yet: what people wrote down themselves is never replaced here."""
    return policy.in_force(unit) is None and not unit.all(community_rows.rules_of(COMMUNITY))


def _wrong_starter(name: str) -> str | None:
    return None if name in starters.STARTERS else "Choose " + " or ".join(starters.STARTERS) + "."


def _owner(session: CommandSession, keyring: KeyRing, given: Owner | None) -> str | None:
    """The owner's name when one was made; whoever is there is left alone."""
    if session.run(lambda unit: unit.one(user_rows.count_role("owner")) or 0):
        if given is not None:
            say("There is an owner already; nothing about users was changed.")
        return None
    if given is None and not console.interactive():
        say("There is no owner yet: fedserver user create NAME --email E --role owner --password-stdin")
        return None
    name = given.name if given else console.ask("Name of the owner (small letters, digits, _)", check=_wrong_name)
    email = given.email if given else None
    email = email or users.clean_email(console.ask("E-mail address of the owner", check=_wrong_email))
    stored = (given.password_hash if given else None) or hash_password(console.password(False))
    keys = keyring.generate()

    def make(unit: Unit) -> None:
        made = users.create(unit, keyring, username=name, keys=keys, email=email, password_hash=stored, role="owner")
        community = unit.one(community_rows.by_id(COMMUNITY))
        if community is not None and community.contact_account_id is None and not community.contact_email:
            # whoever has a question finds somebody; the pages of the community change it
            communities.update(unit, CommunityChange(contact_account_id=made.account_id), None)

    session.run(make)
    say(f"Made the owner {name}.")
    return name


def _farewell(config: Config, path: Path, owner: str | None) -> None:
    option = "" if path == node.DEFAULT_CONFIG else f"--config {path} "
    say()
    if urlsplit(config.server.base_url).scheme == "https":
        say(proxy_lines(config))
    say(f"Start the node:  fedserver {option}serve")
    say(f"Then sign in at  {config.server.base_url}/login" + (f"  as {owner}" if owner else ""))
    say(f"If something does not work:  fedserver {option}doctor")
