"""``announcement list|create|delete``: what the community announces to its people."""

from __future__ import annotations

from argparse import Namespace

from fedserver.cli import node
from fedserver.cli.console import UsageError, result, say
from fedserver.db.queries import announcements as rows
from fedserver.kit.clock import from_iso, to_iso
from fedserver.services import announcements


def show(arguments: Namespace) -> None:
    """One line an announcement: id, since when it is shown, until when, its text."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: unit.all(rows.listing()))
    for row in found:
        shown = to_iso(row.published_at) if row.published_at is not None else "waiting"
        until = to_iso(row.ends_at) if row.ends_at is not None else "-"
        result("\t".join((str(row.id), shown, until, " ".join(row.text.split()))))


def create(arguments: Namespace) -> None:
    """Announce something. A running node shows it within a second; its id is printed."""
    starts_at, ends_at, publish_at = (_time(arguments, name) for name in ("starts_at", "ends_at", "publish_at"))
    with node.writing(node.settings(arguments.config)) as (session, _):
        made = session.run(
            lambda unit: announcements.announce(
                unit,
                arguments.text,
                None,
                starts_at=starts_at,
                ends_at=ends_at,
                all_day=arguments.all_day,
                publish_at=publish_at,
            )
        )
    result(str(made))


def delete(arguments: Namespace) -> None:
    """Remove an announcement."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(lambda unit: announcements.withdraw(unit, arguments.id, None))
    say(f"The announcement {arguments.id} is gone.")


def _time(arguments: Namespace, name: str) -> int | None:
    given: str | None = getattr(arguments, name)
    try:
        return from_iso(given) if given else None
    except ValueError as error:
        raise UsageError(f"--{name.replace('_', '-')} is not a time such as 2026-12-24T18:00Z: {given}") from error
