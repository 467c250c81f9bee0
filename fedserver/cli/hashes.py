"""``hashes list|import|drop``: hashes of media that may not be shown."""

from __future__ import annotations

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, result, say
from fedserver.db.queries import known_bad as rows
from fedserver.domain.moderation.hashes import MAX_BYTES, HashListError, read
from fedserver.services import known_bad

CHUNK = 1000


def show(arguments: Namespace) -> None:
    """One line a list, kind and category: their names, how many hashes."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: unit.all(rows.lists()))
    for each in found:
        result("\t".join((each.list, each.kind, each.category, str(each.number))))


def take_file(arguments: Namespace) -> None:
    """Add the hashes of a file to a list; a job compares what stands here with them."""
    try:
        found = read(
            _bytes(arguments.file), kind=arguments.kind, category=arguments.category, distance=arguments.distance
        )
    except (OSError, HashListError) as error:
        raise CommandFailed(str(error)) from error
    for problem in found.problems:
        say(f"left out, line {problem}")
    name = arguments.name or ("list" if arguments.file == "-" else Path(arguments.file).name)
    added = 0
    with node.writing(node.settings(arguments.config)) as (session, _):
        for start in range(0, len(found.entries), CHUNK):
            chunk = found.entries[start : start + CHUNK]
            added += session.run(partial(known_bad.add_list, name=name, hashes=chunk, actor=None))
    result(f"{name}\t{added}")


def drop(arguments: Namespace) -> None:
    """Forget a list."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        dropped = session.run(lambda unit: known_bad.drop_list(unit, arguments.name, None))
    if not dropped:
        raise CommandFailed(f"There is no list {arguments.name}.")
    say(f"{dropped} hashes were forgotten.")


def _bytes(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with Path(path).open("rb") as file:
        return file.read(MAX_BYTES + 1)
