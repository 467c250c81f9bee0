"""The keys of local accounts: made, sealed, opened once, kept as objects (opening costs a hundred signatures)."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedserver.config import Config
from fedserver.config.load import CREDENTIAL
from fedserver.db.queries import accounts, factors
from fedserver.db.queries.accounts import AccountKey
from fedserver.db.unit import Unit
from fedserver.kit.errors import Failure
from keys import master
from keys.algorithms import Algorithm
from keys.pair import PrivateKey, PublicKey
from keys.rotation import KeyRecord, Published, published, rotate, signer
from keys.sealing import Context, MasterKey, reseal, seal, unseal

_PURPOSE = "account-key"
TOTP_PURPOSE = "totp"


@dataclass(frozen=True, slots=True)
class NewKeys:
    """A fresh pair of each algorithm, made before the unit of work starts (RSA takes its time)."""

    rsa: PrivateKey
    ed25519: PrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the id that signatures name."""

    uri: str
    key: PrivateKey


def records(rows: Sequence[AccountKey]) -> list[KeyRecord]:
    """Key rows as ``keys.rotation`` reads them."""
    return [KeyRecord(r.uri, Algorithm(r.algorithm), r.created_at, r.retired_at, r.expires_at) for r in rows]


def public_key(row: AccountKey) -> PublicKey:
    """The public part of a row."""
    if Algorithm(row.algorithm) is Algorithm.ED25519:
        return PublicKey.from_multikey(row.public)
    return PublicKey.from_pem(row.public)


def published_keys(rows: Sequence[AccountKey], now: int) -> tuple[AccountKey | None, list[AccountKey]]:
    """(the RSA key, the Ed25519 keys) that the actor document shows."""
    shown: Published = published(records(rows), now)
    by_uri = {r.uri: r for r in rows}
    rsa = by_uri[shown.public_key.key_id] if shown.public_key else None
    return rsa, [by_uri[r.key_id] for r in shown.assertion_method]


def open_master_key(config: Config) -> MasterKey:
    """The key that opens the others. Raises ``MasterKeyError``, which says where it was looked for."""
    if config.keys.master_key is not None:
        return master.parse_text(config.keys.master_key, "the variable FEDSERVER_KEYS__MASTER_KEY")
    if is_credential(config.keys.master_key_file):
        return master.load_credential(CREDENTIAL, os.environ)
    return master.load_file(config.keys.master_key_file)


def is_credential(path: Path) -> bool:
    """Whether systemd hands the master key over: then its owner and mode are systemd's business."""
    directory = os.environ.get(master.CREDENTIALS_DIRECTORY)
    return bool(directory) and path == Path(directory or "") / CREDENTIAL


class KeyRing:
    """Opens sealed keys with the node's master key. Thread-safe; holds private keys in memory, never shows them."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master
        self._opened: dict[tuple[int, Algorithm], tuple[int, SigningKey]] = {}
        self._lock = threading.Lock()

    def generate(self) -> NewKeys:
        """A pair of each algorithm; about 100 ms of CPU, so call it outside units."""
        return NewKeys(PrivateKey.generate(Algorithm.RSA_2048), PrivateKey.generate(Algorithm.ED25519))

    def store(self, unit: Unit, account_id: int, actor_uri: str, new: NewKeys) -> None:
        """Write both keys of a new account."""
        self._store_one(unit, account_id, f"{actor_uri}#main-key", new.rsa)
        self._store_one(unit, account_id, f"{actor_uri}#ed25519-key", new.ed25519)

    def rotate(self, unit: Unit, account_id: int, actor_uri: str, new: NewKeys) -> None:
        """New keys sign from now on; the old ones go on verifying as ``keys.rotation`` says."""
        rows = unit.all(accounts.keys_of(account_id))
        self._store_one(unit, account_id, f"{actor_uri}#main-key-{unit.now}", new.rsa)
        self._store_one(unit, account_id, f"{actor_uri}#ed25519-key-{unit.now}", new.ed25519)
        ids = {r.uri: r.id for r in rows}
        for algorithm in (Algorithm.RSA_2048, Algorithm.ED25519):
            old = [r for r in records(rows) if r.algorithm is algorithm]
            fresh = KeyRecord(f"{actor_uri}#new", algorithm, unit.now)
            for record in rotate(old, fresh):
                if record.key_id in ids:
                    values = {"retired_at": record.retired, "expires_at": record.expires}
                    unit.run(accounts.change_key(ids[record.key_id], values))
        self.forget()

    def signing_key(self, rows: Sequence[AccountKey], algorithm: Algorithm, now: int) -> SigningKey:
        """The key that signs for the account that the rows belong to. ``Failure`` where there is none."""
        if not rows:
            raise Failure(cause="the account has no keys")
        kept = self._opened.get((rows[0].account_id, algorithm))
        newest = max(r.id for r in rows)
        if kept is not None and kept[0] == newest:
            return kept[1]
        record = signer(records([r for r in rows if r.sealed is not None]), algorithm, now)
        if record is None:
            raise Failure(cause="the account has no key that may sign")
        row = next(r for r in rows if r.uri == record.key_id)
        opened = SigningKey(row.uri, self._open(row))
        with self._lock:
            self._opened[rows[0].account_id, algorithm] = (newest, opened)
        return opened

    def forget(self) -> None:
        """Drop the opened keys (another process rotated one)."""
        with self._lock:
            self._opened.clear()

    def seal_secret(self, owner: str, purpose: str, plain: bytes) -> bytes:
        """A secret of ``owner`` (``user:17``) as it is stored."""
        return seal(self._master, plain, Context(owner, purpose))

    def open_secret(self, owner: str, purpose: str, sealed: bytes) -> bytes:
        """What ``seal_secret`` sealed. Raises ``keys.sealing.SealError``."""
        return unseal(self._master, sealed, Context(owner, purpose))

    def reseal_secret(self, new_master: MasterKey, owner: str, purpose: str, sealed: bytes) -> bytes:
        """A secret of ``seal_secret`` under another master key."""
        return reseal(self._master, new_master, sealed, Context(owner, purpose))

    def reseal_all(self, unit: Unit, new_master: MasterKey) -> int:
        """Seal every private key, and every secret of one-time codes, with another master key; how many keys."""
        for code in unit.all(factors.all_totp()):
            sealed = reseal(
                self._master, new_master, code.sealed, Context(factors.owner_of(code.user_id), TOTP_PURPOSE)
            )
            unit.run(factors.change_totp(code.user_id, {"sealed": sealed}))
        rows = unit.all(accounts.all_sealed_keys())
        for row in rows:
            sealed = reseal(self._master, new_master, row.sealed or b"", Context(row.uri, _PURPOSE))
            unit.run(accounts.change_key(row.id, {"sealed": sealed}))
        return len(rows)

    def _open(self, row: AccountKey) -> PrivateKey:
        plain = unseal(self._master, row.sealed or b"", Context(row.uri, _PURPOSE))
        return PrivateKey.from_bytes(Algorithm(row.algorithm), plain)

    def _store_one(self, unit: Unit, account_id: int, uri: str, key: PrivateKey) -> None:
        rsa = key.algorithm is Algorithm.RSA_2048
        unit.made(
            accounts.add_key(
                {
                    "id": unit.new_id(),
                    "account_id": account_id,
                    "uri": uri,
                    "algorithm": key.algorithm.value,
                    "public": key.public.to_pem() if rsa else key.public.to_multikey(),
                    "sealed": seal(self._master, key.to_bytes(), Context(uri, _PURPOSE)),
                    "created_at": unit.now,
                }
            )
        )
