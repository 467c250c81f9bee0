"""``policy check|show|diff|sign|publish|subscribe|unsubscribe|subscriptions``."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

import orjson

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, UsageError, result, say
from fedserver.db.queries import policy as rows
from fedserver.db.queries.policy import Version
from fedserver.db.unit import Unit
from fedserver.domain.policy.canonical import hash_of
from fedserver.domain.policy.changes import changes
from fedserver.domain.policy.document import Document
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.read import MAX_BYTES, read_toml
from fedserver.services import policy, proposals, starters

FORMATS = ("toml", "json", "signed")


def check(arguments: Namespace) -> None:
    """Read a document and say what is wrong with it, or its hash. Needs no node."""
    document = read_document(arguments.file)
    say(
        f"{len(document.feeds)} feeds, {len(document.norms)} norms, {len(document.rules)} rules, "
        f"{len(document.sets)} sets: good."
    )
    result(hash_of(document))


def show(arguments: Namespace) -> None:
    """The version in force, or another one."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: _version(unit, arguments.version))
    if arguments.format == "json":
        result(found.document)
    elif arguments.format == "signed":
        result(found.signed)
    else:
        result(found.source.rstrip("\n"))


def diff(arguments: Namespace) -> None:
    """What differs between two documents; the second is the version in force where only one is named."""
    with node.reading(node.settings(arguments.config)) as session:
        first, second = session.run(lambda unit: _two(unit, arguments.old, arguments.new))
    for change in changes(first, second):
        for line in change.lines:
            result(line)


def sign(arguments: Namespace) -> None:
    """Make the next version out of a file, signed and not in force; print the signed object."""
    document = read_document(arguments.file)
    with node.writing(node.settings(arguments.config)) as (session, keyring):
        made = session.run(lambda unit: policy.sign(unit, keyring, document, None, arguments.note))
    say(f"Version {made.version} is signed and not in force: fedserver policy publish puts it in force.")
    result(made.signed)


def publish(arguments: Namespace) -> None:
    """Put a file in force as the next version."""
    document = read_document(arguments.file)
    with node.writing(node.settings(arguments.config)) as (session, keyring):
        former, told = session.run(lambda unit: (policy.in_force(unit), policy.next_version(unit, document)[1]))
        for change in told:
            for line in change.lines:
                say(line)
        made, past = session.run(lambda unit: proposals.override(unit, keyring, document, arguments.note))
    if past:
        say("This went past the procedure in force: the public log says so.")
    say(f"Version {made.version} is in force" + ("." if former is None else f", after version {former.version}."))
    result(made.hash)


def subscribe(arguments: Namespace) -> None:
    """Take another community's document into account; the worker fetches it."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        made = session.run(
            lambda unit: policy.subscribe(
                unit, arguments.url, arguments.mode, arguments.priority, arguments.exclude or [], None
            )
        )
    say(f"{made.uri} is fetched by the worker. `fedserver policy subscriptions` shows what came of it.")
    result(f"{made.uri}\t{made.mode}\t{made.priority}")


def unsubscribe(arguments: Namespace) -> None:
    """Take it into account no longer."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(lambda unit: policy.unsubscribe(unit, arguments.url, None))
    say(f"{arguments.url} is no longer taken into account.")


def subscriptions(arguments: Namespace) -> None:
    """One line each: address, mode, priority, what is left out, name, version, state and why."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: unit.all(rows.subscriptions()))
    for one in found:
        excludes = ",".join(orjson.loads(one.excludes))
        state = f"{one.state}: {one.problem}" if one.problem else one.state
        result("\t".join((one.uri, one.mode, str(one.priority), excludes, one.name, str(one.version), state)))


def read_document(name: str) -> Document:
    """A file, ``-`` for standard input, or the name of a document that ships."""
    try:
        return read_toml(_text(name))
    except DocumentError as error:
        raise CommandFailed(f"{name}: {error}") from error


def _text(name: str) -> str:
    if name == "-":
        return sys.stdin.read(MAX_BYTES + 1)
    if name in starters.SHIPPED and not Path(name).exists():
        return starters.text_of(name)
    path = Path(name)
    if path.stat().st_size > MAX_BYTES:
        raise CommandFailed(f"{name} is larger than {MAX_BYTES // 1024} KiB.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{name} is not UTF-8 text.") from error


def _version(unit: Unit, number: int | None) -> Version:
    found = unit.one(rows.current() if number is None else rows.by_version(number))
    if found is None:
        which = "no policy in force" if number is None else f"no version {number} of the policy"
        raise CommandFailed(f"There is {which}. `fedserver policy publish open-gallery` puts a first one in force.")
    return found


def _two(unit: Unit, old: str, new: str | None) -> tuple[Document, Document]:
    if new is None:
        return policy.document_of(_version(unit, None)), _either(unit, old)
    return _either(unit, old), _either(unit, new)


def _either(unit: Unit, name: str) -> Document:
    """A number of a version, or a file."""
    if name.isdecimal():
        if len(name) > 9:
            raise UsageError(f"{name} is not the number of a version")
        return policy.document_of(_version(unit, int(name)))
    return read_document(name)
