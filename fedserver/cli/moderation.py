"""``moderation log|audit`` and ``policy undo``: the ledger on the command line."""

from __future__ import annotations

from argparse import Namespace

import orjson

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, UsageError, result, say
from fedserver.db.queries import accounts, audit
from fedserver.db.queries import decisions as read
from fedserver.db.queries.decisions import Filter
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.kit.clock import to_iso
from fedserver.kit.ids import MAX_ID
from fedserver.kit.paging import Page
from fedserver.services import ledger

CHUNK = 100


def log(arguments: Namespace) -> None:
    """One line a decision, newest first, separated by tabs."""
    wanted = Filter(rule=arguments.rule or "", source=arguments.source or "", state=arguments.state or "")

    def lines(unit: Unit) -> list[str]:
        found = unit.all(read.filtered(wanted, Page(limit=arguments.limit)))
        people = {each.actor_id for each in found if each.actor_id is not None}
        names = {each.id: f"@{each.acct}" for each in unit.all(accounts.by_ids(sorted(people)))} if people else {}
        return [_line(each, names.get(each.actor_id or 0, "")) for each in found]

    with node.reading(node.settings(arguments.config)) as session:
        for line in session.run(lines):
            result(line)


def audit_log(arguments: Namespace) -> None:
    """One line an act of the audit log, newest first."""
    with node.reading(node.settings(arguments.config)) as session:
        for entry in session.run(lambda unit: unit.all(audit.latest(MAX_ID, arguments.limit))):
            about = orjson.loads(entry.details or "{}").get("about", "")
            who = f"@{entry.username}" if entry.username else "-"
            result("\t".join((to_iso(entry.created_at), who, entry.action, entry.target, _flat(str(about)))))


def undo(arguments: Namespace) -> None:
    """Take back one decision, or all that stands by a version of the policy."""
    if (arguments.version is None) == (arguments.decision is None):
        raise UsageError("name a version of the policy, or --decision ID")
    because = arguments.because
    with node.writing(node.settings(arguments.config)) as (session, _):
        if arguments.decision is not None:
            done = session.run(lambda unit: ledger.undo(unit, arguments.decision, None, because))
            say(f"{done.target}.{done.verb} of {done.target_uri} is taken back.")
            result(str(done.id))
            return
        standing = session.run(lambda unit: unit.get(read.counted(arguments.version))).standing
        if not standing:
            raise CommandFailed(f"Nothing stands by version {arguments.version}.")
        undone = 0
        while count := session.run(
            lambda unit: ledger.undo_version(unit, arguments.version, None, because, chunk=CHUNK)
        ):
            undone += count
            say(f"{undone} of {standing} taken back")
        result(str(undone))


def _line(one: Decision, actor: str) -> str:
    version = "" if one.policy_version is None else str(one.policy_version)
    state = "standing" if one.standing else "undone"
    parts = (str(one.id), to_iso(one.created_at), one.source, actor, f"{one.target}.{one.verb}", one.target_uri)
    return "\t".join((*parts, one.rule_id or one.norm, version, state, _flat(one.reason)))


def _flat(text: str) -> str:
    return " ".join(text.split())
