"""``domain list|block|allow|unblock``: the policy towards other servers."""

from __future__ import annotations

from argparse import Namespace

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, result, say
from fedserver.db.queries import moderation as rows
from fedserver.kit.clock import to_iso
from fedserver.services import domains


def show(arguments: Namespace) -> None:
    """One line a policy: domain, severity, since when, the public comment."""
    with node.reading(node.settings(arguments.config)) as session:
        policies = session.run(lambda unit: unit.all(rows.policies()))
    for policy in policies:
        comment = " ".join(policy.public_comment.split())
        result("\t".join((policy.domain, policy.severity, to_iso(policy.created_at), comment)).rstrip())


def block(arguments: Namespace) -> None:
    """Set the policy towards a server and its subdomains; what it meets is said first."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        domain = session.run(lambda unit: domains.clean_domain(unit, arguments.name))
        met = session.run(lambda unit: domains.impact(unit, domain))
        ends = arguments.severity == "suspend"
        say(
            f"{met.accounts} accounts and {met.posts} posts with {met.media} media are known of {domain}; "
            f"{met.following} follows from here and {met.followers} to here{' end' if ends else ''}."
        )
        if arguments.dry_run:
            return
        session.run(
            lambda unit: domains.block_domain(
                unit,
                domain,
                None,
                severity=arguments.severity,
                public_comment=arguments.comment,
                private_comment=arguments.note,
                reject_media=arguments.no_media,
                reject_reports=arguments.no_reports,
                no_trends=arguments.no_trends,
                obfuscate=arguments.obfuscate,
            )
        )
    result(f"{domain}\t{arguments.severity}")


def allow(arguments: Namespace) -> None:
    """Let a server in where the node takes only servers that it names."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        domain = session.run(lambda unit: domains.block_domain(unit, arguments.name, None, severity="allow"))
    result(f"{domain}\tallow")


def unblock(arguments: Namespace) -> None:
    """Take a policy back, with the follows that it ended."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        known = session.run(lambda unit: domains.unblock_domain(unit, arguments.name, None))
    if not known:
        raise CommandFailed(f"There is no policy for {arguments.name}.")
    say(f"There is no policy for {arguments.name} any more.")
