"""``domain list|block|allow|unblock``: the policy towards other servers."""

from __future__ import annotations

from argparse import Namespace

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, result, say
from fedserver.db.queries import moderation as rows
from fedserver.kit.clock import to_iso
from fedserver.services import moderation


def show(arguments: Namespace) -> None:
    """One line a policy: domain, severity, since when, the public comment."""
    with node.reading(node.settings(arguments.config)) as session:
        policies = session.run(lambda unit: unit.all(rows.policies()))
    for policy in policies:
        comment = " ".join(policy.public_comment.split())
        result("\t".join((policy.domain, policy.severity, to_iso(policy.created_at), comment)).rstrip())


def block(arguments: Namespace) -> None:
    """Limit or suspend a server and its subdomains."""
    _set(arguments, arguments.severity)


def allow(arguments: Namespace) -> None:
    """Let a server in where the node takes only servers that it names."""
    _set(arguments, "allow")


def _set(arguments: Namespace, severity: str) -> None:
    with node.writing(node.settings(arguments.config)) as (session, _):
        domain = session.run(lambda unit: moderation.block_domain(unit, arguments.name, None, severity=severity))
    result(f"{domain}\t{severity}")


def unblock(arguments: Namespace) -> None:
    """Take a policy back."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        known = session.run(lambda unit: moderation.unblock_domain(unit, arguments.name, None))
    if not known:
        raise CommandFailed(f"There is no policy for {arguments.name}.")
    say(f"There is no policy for {arguments.name} any more.")
