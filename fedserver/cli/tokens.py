"""``token create``: an access token for scripts."""

from __future__ import annotations

from argparse import Namespace

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, UsageError, result
from fedserver.db.queries import users as rows
from fedserver.db.unit import Unit
from fedserver.edge import scopes
from fedserver.services import oauth
from fedserver.services.reports import log_action

_TITLE = "command line"


def create(arguments: Namespace) -> None:
    """Print a new token of a user, and nothing else."""
    wanted = scopes.parse(arguments.scopes)
    if wanted is None:
        raise UsageError(f"--scopes {arguments.scopes!r}: not a list of known scopes, such as 'read write follow push'")

    def work(unit: Unit) -> str:
        account = node.local_account(unit, arguments.name)
        user = unit.one(rows.by_account(account.id))
        if user is None or user.state != "active" or not account.active:
            raise CommandFailed(f"{arguments.name} cannot sign in, so a token would be worth nothing.")
        log_action(unit, None, "token.create", account.uri, arguments.scopes)
        return oauth.grant_personal(unit, user.id, name=_TITLE, scopes=wanted).token

    with node.writing(node.settings(arguments.config)) as (session, _):
        token = session.run(work)
    result(token)
