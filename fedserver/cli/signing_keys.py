"""``keys list|rotate|reseal``."""

from __future__ import annotations

from argparse import Namespace

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, UsageError, result, say
from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.kit.clock import now_ms, to_iso
from fedserver.services import certificate, push, vapid
from fedserver.services.events import ProfileChanged
from fedserver.services.keyring import KeyRing
from fedserver.services.reports import log_action
from keys import master
from keys.sealing import EnvelopeMalformed, MasterKey, sealed_with


def show(arguments: Namespace) -> None:
    """One line a key: account, algorithm, state, since when, which master key seals it, its address."""
    with node.reading(node.settings(arguments.config)) as session:
        keys = session.run(lambda unit: unit.all(accounts.all_sealed_keys()))
        ids = sorted({key.account_id for key in keys})
        owners = {account.id: account.acct for account in session.run(lambda unit: unit.all(accounts.by_ids(ids)))}
    now = now_ms()
    for key in keys:
        if key.expires_at is not None and key.expires_at <= now:
            state = "expired"
        else:
            state = "retired" if key.retired_at is not None else "active"
        fields = (owners[key.account_id], key.algorithm, state, to_iso(key.created_at), _seal(key.sealed or b""))
        result("\t".join((*fields, key.uri)))


def _seal(envelope: bytes) -> str:
    try:
        return sealed_with(envelope).hex()
    except EnvelopeMalformed:
        return "damaged"


def rotate(arguments: Namespace) -> None:
    """New keys for one account, or for all of this node; followers' servers are told."""
    with node.writing(node.settings(arguments.config)) as (session, keyring):
        targets = session.run(lambda unit: _targets(unit, arguments.name))
        for account in targets:
            keys = keyring.generate()

            def work(unit: Unit, account: Account = account) -> None:
                keyring.rotate(unit, account.id, account.uri, keys)  # noqa: B023 - run at once
                unit.run(accounts.changed(account.id))
                if account.username != uris.INSTANCE_USERNAME:
                    unit.record(ProfileChanged(unit.get(accounts.by_id(account.id))))
                log_action(unit, None, "keys.rotate", account.uri, account.acct)

            session.run(work)
            result(account.acct)


def _targets(unit: Unit, name: str | None) -> list[Account]:
    if name == uris.INSTANCE_USERNAME:
        return [unit.get(accounts.by_handle(name))]
    if name is not None:
        return [node.local_account(unit, name)]
    instance = unit.one(accounts.by_handle(uris.INSTANCE_USERNAME))
    people = [account for account in unit.all(accounts.local()) if account.deleted_at is None]
    return [*([instance] if instance else []), *people]


def reseal(arguments: Namespace) -> None:
    """Seal every private key with another master key. The settings must name the new file from then on."""
    config = node.settings(arguments.config)
    path = arguments.new_master_key_file
    if path.absolute() == config.keys.master_key_file.absolute():
        raise UsageError("--new-master-key-file is the file in use; name another one")
    made = not path.exists()
    new = master.create_file(path) if made else master.load_file(path)
    with node.writing(config) as (session, keyring):
        count = session.run(lambda unit: _reseal_all(unit, keyring, new))
    if count == 0:
        raise CommandFailed("There are no keys to seal.")
    say(f"{'Made' if made else 'Used'} {path}. Set [keys] master_key_file to it and restart the node;")
    say("until then a running node can use the keys that it has opened, and no others. Keep a copy of the new file.")
    result(str(count))


def _reseal_all(unit: Unit, keyring: KeyRing, new: MasterKey) -> int:
    vapid.reseal(unit, keyring, new)
    certificate.reseal(unit, keyring, new)
    push.reseal(unit, keyring, new)
    return keyring.reseal_all(unit, new)
