"""``relay list|join|leave``: servers that pass public posts on."""

from __future__ import annotations

from argparse import Namespace

from fedserver.cli import node
from fedserver.cli.console import result, say
from fedserver.db.queries import relays as rows
from fedserver.kit.clock import to_iso
from fedserver.services import relays


def show(arguments: Namespace) -> None:
    """One line a relay: its inbox, its state, since when."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: unit.all(rows.listed()))
    for relay in found:
        result("\t".join((relay.inbox_url, relay.state, to_iso(relay.created_at))))


def join(arguments: Namespace) -> None:
    """Ask a relay to take part."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        made = session.run(lambda unit: relays.join(unit, arguments.url))
    result(f"{made.inbox_url}\t{made.state}")


def leave(arguments: Namespace) -> None:
    """Take part no longer."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(lambda unit: relays.leave(unit, arguments.url))
    say(f"Public posts no longer go to {arguments.url}.")
