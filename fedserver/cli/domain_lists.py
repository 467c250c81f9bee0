"""``domain import|export|subscribe|unsubscribe|subscriptions|confirm``: lists of domains, ours and those of others."""

from __future__ import annotations

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, UsageError, result, say
from fedserver.db.database import CommandSession
from fedserver.db.queries import domain_lists as rows
from fedserver.db.queries.domain_lists import DomainList
from fedserver.db.unit import Unit
from fedserver.domain.moderation.lists import MAX_BYTES, ListError, read, write
from fedserver.kit.clock import to_iso
from fedserver.services import domain_lists as service


def take_file(arguments: Namespace) -> None:
    """Take a file as a list: what the same name held before is replaced, and what is gone from it undone."""
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if arguments.file == "-" else _bytes(arguments.file)
        found = read(data)
    except (OSError, ListError) as error:
        raise CommandFailed(str(error)) from error
    for problem in found.problems:
        say(f"left out, line {problem}")
    name = arguments.name or ("list" if arguments.file == "-" else arguments.file.rpartition("/")[2])
    if name.startswith(("https://", "http://")):
        raise UsageError("the name of a file is no address: fedserver domain subscribe takes those")
    with node.writing(node.settings(arguments.config)) as (session, _):
        list_id = session.run(lambda unit: _subscribe(unit, name, arguments))
        if arguments.shrink:
            session.run(lambda unit: unit.run(rows.change(list_id, {"shrink": 1})))
        taking = session.run(lambda unit: service.begin(unit, list_id, found.entries))
        while not taking.done:
            taking = session.patiently(partial(service.step, taking=taking))
        taken = taking.taken
        _align(session, list_id)
        _tell(session.run(lambda unit: service.project(unit, list_id)))
    say(f"{taken.added} new, {taken.changed} changed, {taken.gone} gone; {taken.waiting} wait to be confirmed.")
    result(name)


def export(arguments: Namespace) -> None:
    """Print the policies that hold here as a list."""
    with node.reading(node.settings(arguments.config)) as session:
        ours = session.run(service.ours)
    result(write(ours, arguments.format).rstrip("\n"))


def subscribe(arguments: Namespace) -> None:
    """Follow a list at an address, or change how; a job fetches it."""
    if not arguments.url.startswith(("https://", "http://")):
        raise UsageError("the address of a list begins with https://")
    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(lambda unit: _subscribe(unit, arguments.url, arguments))
    say("A job of the running node fetches it within the minute; fedserver domain subscriptions shows what came of it.")
    result(arguments.url)


def unsubscribe(arguments: Namespace) -> None:
    """Follow a list no longer: what it decided is undone."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        found = session.run(lambda unit: _list(unit, arguments.url))
        session.run(lambda unit: service.unsubscribe(unit, found.id, None))
        _align(session, found.id)
    say(f"{arguments.url} is not followed any more.")


def subscriptions(arguments: Namespace) -> None:
    """One line a list: address, mode, priority, state, entries, how many wait, when it was fetched, the problem."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: (unit.all(rows.lists()), unit.all(rows.counts())))
    for each in found[0]:
        counts = {row.state: row.number for row in found[1] if row.list_id == each.id}
        fetched = to_iso(each.fetched_at) if each.fetched_at is not None else "never"
        numbers = (str(sum(counts.values())), str(counts.get("draft", 0)))
        state = each.state if each.remote else "file"
        result("\t".join((each.uri, each.mode, str(each.priority), state, *numbers, fetched, each.problem)).rstrip())


def confirm(arguments: Namespace) -> None:
    """Take every entry of a list that waits, once what they meet was shown."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        found = session.run(lambda unit: _list(unit, arguments.url))
        _tell(session.run(lambda unit: service.project(unit, found.id)))
        if arguments.dry_run:
            return
        session.run(lambda unit: service.confirm_all(unit, found.id, None))
        _align(session, found.id)


def _align(session: CommandSession, list_id: int) -> None:
    while session.patiently(partial(service.align, list_id=list_id, limit=service.CHUNK)):
        pass


def _bytes(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _subscribe(unit: Unit, uri: str, arguments: Namespace) -> int:
    return service.subscribe(
        unit,
        uri,
        None,
        mode=arguments.mode,
        priority=arguments.priority,
        excludes=arguments.exclude or (),
        drafts=not arguments.at_once,
        most_follows=arguments.most_follows,
    )


def _list(unit: Unit, uri: str) -> DomainList:
    found = unit.one(rows.by_uri(uri))
    if found is None:
        raise CommandFailed(f"There is no list {uri}.")
    return found


def _tell(found: service.Projected) -> None:
    say(
        f"{found.entries} entries have no effect today; enforced, they would meet {found.accounts} accounts of "
        f"{len(found.servers)} servers that are known here, and end {found.follows} follows."
    )
    for entry, accounts, following, followers in found.servers[:20]:
        say(f"  {entry.domain}: {entry.severity}, {accounts} accounts, {following} followed, {followers} followers")
