"""``provenance certificate show|create|import|remove``: what signs media that this node had to change."""

from __future__ import annotations

from argparse import Namespace

from cryptography import x509

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, UsageError, result, say
from fedserver.db.queries import meta
from fedserver.db.unit import Unit
from fedserver.kit.clock import now_ms
from fedserver.services import certificate
from fedserver.services.certificate import Certificate
from fedserver.services.keyring import KeyRing
from fedserver.services.reports import log_action

ACTIONS = ("show", "create", "import", "remove")


def run(arguments: Namespace) -> None:
    """One of ``ACTIONS``. A running node signs with the new one from its next upload on."""
    config = node.settings(arguments.config)
    given = (arguments.chain, arguments.key)
    if arguments.action == "import" and None in given:
        raise UsageError("import needs --chain and --key")
    if arguments.action != "import" and given != (None, None):
        raise UsageError("--chain and --key belong to import")
    if arguments.action == "show":
        with node.reading(config) as session:
            _show(session.run(lambda unit: unit.one(meta.get(certificate.META_KEY))))
        return
    with node.writing(config) as (session, keyring):
        if arguments.action == "remove":
            session.run(lambda unit: _change(unit, keyring, None))
            say("Media that have to be changed are no longer signed.")
            return
        if arguments.action == "create":
            made = certificate.make(config.server.domain, now_ms())
        else:
            made = certificate.read(arguments.chain.read_text(), arguments.key.read_bytes(), now_ms())
        session.run(lambda unit: _change(unit, keyring, made))
    if arguments.action == "create":
        say("Its root is known to nobody: others find what it signs intact, by an unknown signer.")
    result(_described(made.chain))


def _change(unit: Unit, keyring: KeyRing, made: Certificate | None) -> None:
    if made is None:
        certificate.remove(unit)
    else:
        certificate.store(unit, keyring, made)
    log_action(unit, None, "certificate.change", unit.site.base_url, "" if made is None else _described(made.chain))


def _show(stored: str | None) -> None:
    chain = certificate.chain_of(stored) if stored is not None else ""
    if not chain:
        raise CommandFailed("There is no certificate; media that have to be changed are served without a signature.")
    say(_described(chain))
    result(chain.strip())


def _described(chain: str) -> str:
    leaf = x509.load_pem_x509_certificates(chain.encode())[0]
    return f"{leaf.subject.rfc4514_string()}\tuntil {leaf.not_valid_after_utc:%Y-%m-%d}"
