"""``user role|act|lift``, ``warning list|add|remove``, ``registration``: people and how they join."""

from __future__ import annotations

import sys
from argparse import Namespace

from fedserver.cli import node
from fedserver.cli.command import Command, Option, value
from fedserver.cli.console import CommandFailed, result, say
from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import people as rows
from fedserver.db.queries import roles as role_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.services import communities, moderation, notes, roles
from fedserver.services.communities import CommunityChange
from fedserver.services.users import ROLES

# what `user act` takes, and `user lift` takes back
VERBS = ("warn", "force-sensitive", "limit", "disable", "suspend")


def give_role(arguments: Namespace) -> None:
    """Give a preset, or a composed role by its name."""

    def work(unit: Unit) -> None:
        account = node.local_account(unit, arguments.name)
        user = unit.one(user_rows.by_account(account.id))
        if user is None:
            raise CommandFailed(f"{arguments.name} belongs to the node itself and has no role.")
        roles.give(unit, user.id, _role(unit, arguments.role), None)

    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(work)
    say(f"{arguments.name} has the role {arguments.role}.")


def _role(unit: Unit, text: str) -> str:
    if text in ROLES:
        return text
    found = next((row for row in unit.all(role_rows.listed()) if row.name.casefold() == text.casefold()), None)
    if found is None:
        raise CommandFailed(f"There is no role {text}.")
    return str(found.id)


def act(arguments: Namespace) -> None:
    """Decide about somebody of this node, as moderators do on the pages."""

    def work(unit: Unit) -> None:
        account = node.local_account(unit, arguments.name)
        moderation.act(unit, account.id, arguments.verb, None, reason=arguments.reason or "")

    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(work)
    say(f"{arguments.name}: {arguments.verb}.")


def lift(arguments: Namespace) -> None:
    """Take decisions about somebody of this node back."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        undone = session.run(
            lambda unit: moderation.lift(
                unit,
                node.local_account(unit, arguments.name).id,
                arguments.verb,
                None,
                because=arguments.reason or "",
            )
        )
    say(f"{arguments.name}: {undone} taken back.")


def show_warnings(arguments: Namespace) -> None:
    """One line each: id, title, the beginning of the text."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: unit.all(rows.presets()))
    for row in found:
        result("\t".join((str(row.id), row.title or "-", " ".join(row.text.split())[:80])))


def add_warning(arguments: Namespace) -> None:
    """Keep words of a warning; prints their id."""
    text = sys.stdin.read() if arguments.text == "-" else arguments.text
    with node.writing(node.settings(arguments.config)) as (session, _):
        made = session.run(
            lambda unit: notes.save_preset(unit, None, title=arguments.title or "", text=text, moderator=None)
        )
    result(str(made))


def remove_warning(arguments: Namespace) -> None:
    """Forget words of a warning."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(lambda unit: notes.remove_preset(unit, arguments.id, None))
    say("Removed.")


def registration(arguments: Namespace) -> None:
    """Print how newcomers join, or change it; a running node follows with the next request."""
    if arguments.mode is None:
        with node.reading(node.settings(arguments.config)) as session:
            result(session.run(lambda unit: unit.get(community_rows.by_id()).registration))
        return
    change = CommunityChange(registration=arguments.mode)
    with node.writing(node.settings(arguments.config)) as (session, _):
        session.run(lambda unit: communities.update(unit, change, None))
    say(f"Registration is {arguments.mode}.")


_NAME = Option("NAME", "the name of the account")
_VERB = Option("VERB", "what: " + ", ".join(VERBS), {"choices": VERBS})
_REASON = value("--reason", "TEXT", "why; whoever it hits reads it")

COMMANDS = (
    Command(
        ("user", "role"),
        "give somebody a role",
        (_NAME, Option("ROLE", "owner, admin, moderator, user, or the name of a composed role")),
        give_role,
    ),
    Command(("user", "act"), "decide about somebody of this node", (_NAME, _VERB, _REASON), act),
    Command(("user", "lift"), "take decisions about somebody of this node back", (_NAME, _VERB, _REASON), lift),
    Command(("warning", "list"), "list the words of warnings that are used again", (), show_warnings),
    Command(
        ("warning", "add"),
        "keep words of a warning",
        (Option("TEXT", "the words, - for standard input"), value("--title", "TEXT", "how moderators find it")),
        add_warning,
    ),
    Command(
        ("warning", "remove"),
        "forget words of a warning",
        (Option("ID", "its id, as the list shows it", {"type": int}),),
        remove_warning,
    ),
    Command(
        ("registration",),
        "show or change how newcomers join",
        (Option("MODE", "what it is from now on", {"nargs": "?", "choices": communities.REGISTRATION}),),
        registration,
    ),
)
