"""``user create|list|suspend|unsuspend|delete|reset-password``."""

from __future__ import annotations

from argparse import Namespace

from fedserver.cli import console, node
from fedserver.cli.console import CommandFailed, result, say
from fedserver.db.queries import users as rows
from fedserver.db.queries.users import User
from fedserver.db.unit import Unit
from fedserver.domain.settings import site_of
from fedserver.kit.clock import to_iso
from fedserver.kit.passwords import hash_password
from fedserver.services import accounts, factors, moderation, sessions, users
from fedserver.services.owners import keep_an_owner
from fedserver.services.reports import log_action

_PAGE = 500


def create(arguments: Namespace) -> None:
    """Make a user with an account; prints the handle."""
    config = node.settings(arguments.config)
    site = site_of(config)
    with node.writing(config) as (session, keyring):
        email = users.clean_email(arguments.email)
        stored = hash_password(console.password(arguments.password_stdin))
        keys = keyring.generate()

        def make(unit: Unit) -> None:
            name = arguments.name.removeprefix("@")
            made = users.create(
                unit, keyring, username=name, keys=keys, email=email, password_hash=stored, role=arguments.role
            )
            log_action(unit, None, "user.create", f"user:{made.user_id}", f"{name} {arguments.role}")

        session.run(make)
    result(f"@{arguments.name.removeprefix('@')}@{site.domain}")


def show(arguments: Namespace) -> None:
    """One line a user, oldest first: name, role, state, e-mail, when they joined, when they were last here."""
    with node.reading(node.settings(arguments.config)) as session:
        found: list[rows.Listed] = []
        below = rows.NEWEST
        while page := session.run(lambda unit, below=below: unit.all(rows.listing(below, _PAGE))):  # type: ignore[misc]
            found += page
            below = page[-1].id
    for user in reversed(found):
        state = "suspended" if user.suspended_at is not None else user.state
        last = "-" if user.last_active_at is None else to_iso(user.last_active_at)
        result("\t".join((user.username, user.role, state, user.email or "-", to_iso(user.created_at), last)))


def suspend(arguments: Namespace) -> None:
    """Hide an account and end its sessions."""

    def work(unit: Unit) -> None:
        user = _user(unit, arguments.name)
        moderation.suspend(unit, user.account_id, None, reason=arguments.reason or "")
        sessions.end_all(unit, user.id)

    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(work)
    say(f"Suspended {arguments.name}.")


def unsuspend(arguments: Namespace) -> None:
    """Show an account again."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(lambda unit: moderation.unsuspend(unit, _user(unit, arguments.name).account_id, None))
    say(f"{arguments.name} is not suspended any more.")


def delete(arguments: Namespace) -> None:
    """Delete an account for good: others are told, its name stays taken."""

    def work(unit: Unit) -> None:
        account, user = node.local_account(unit, arguments.name), _user(unit, arguments.name)
        keep_an_owner(unit, user)
        sessions.end_all(unit, user.id)
        unit.run(rows.remove(user.id))
        accounts.delete(unit, account.id)
        log_action(unit, None, "account.delete", account.uri, account.acct)

    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(work)
    say(f"Deleted {arguments.name}. Other servers are told as soon as the node runs.")


def reset_password(arguments: Namespace) -> None:
    """Set a password from standard input, or print a link with which its owner sets one, once."""
    config = node.settings(arguments.config)
    with node.writing(config) as (session, _):
        if arguments.password_stdin:
            stored = hash_password(console.password(True))
            session.run(lambda unit: users.set_password(unit, _user(unit, arguments.name).id, stored))
            say(f"{arguments.name} has a new password; everything that was signed in is signed out.")
            return
        token = session.run(lambda unit: users.issue_reset(unit, _user(unit, arguments.name).id, None))
    say(f"Give this link to {arguments.name}. It works once, for {users.RESET_MS // 3_600_000} hours:")
    result(f"{config.server.base_url}/reset/{token}")


def remove_2fa(arguments: Namespace) -> None:
    """Remove the one-time codes, passkeys and recovery codes of somebody who has lost them."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(lambda unit: factors.clear(unit, _user(unit, arguments.name).id, None))
    say(f"{arguments.name} signs in with the password alone from now on.")


def _user(unit: Unit, name: str) -> User:
    found = unit.one(rows.by_account(node.local_account(unit, name).id))
    if found is None:
        raise CommandFailed(f"{name} belongs to the node itself and cannot sign in.")
    return found
