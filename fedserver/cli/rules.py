"""``policy backtest|rule|adopt|hits`` and ``emergency on|off|show``."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from fedserver.cli import node
from fedserver.cli.command import Command, Option, value
from fedserver.cli.console import CommandFailed, result, say
from fedserver.cli.policy import read_document
from fedserver.db.statement import Query
from fedserver.domain.policy.document import STATES, Document, Rule, in_language
from fedserver.kit.clock import now_ms
from fedserver.services import backtest as past
from fedserver.services import emergency as emergencies
from fedserver.services import policy, proposals, rule_life, starters
from fedserver.services.backtest import Backtest, Outcome


def backtest(arguments: Namespace) -> None:
    """What rules would have done to the posts of the last days; of the document in force, or of a file."""
    given = read_document(arguments.file) if arguments.file else None
    with node.reading(node.settings(arguments.config)) as session:
        document = given or session.run(policy.in_force)
        rules = _chosen(document, arguments.rule)

        def read(queries: list[Query[Any]]) -> list[list[Any]]:
            return session.run(lambda unit: past.read_in(unit, queries))

        found = past.run(read, rules, now_ms(), arguments.days)
    if arguments.json:
        result(orjson.dumps(plain(found), option=orjson.OPT_INDENT_2).decode())
        return
    say(f"{found.posts:,} posts of {arguments.days} days; people decided about {found.by_people} of them.")
    if found.cut:
        say("There are more: these are the oldest ones of the time.")
    if found.approximate:
        say(f"As they are today, since nobody kept what they were: {', '.join(found.approximate)}.")
    for one in found.outcomes:
        _show(one)


def _chosen(document: Document | None, names: Sequence[str] | None) -> list[Rule]:
    rules = list(document.rules) if document is not None else []
    if names:
        if missing := set(names) - {rule.id for rule in rules}:
            raise CommandFailed(f"There is no rule {', '.join(sorted(missing))} in this document.")
        rules = [rule for rule in rules if rule.id in names]
    if not rules:
        raise CommandFailed("There are no rules to try.")
    return rules


def _show(one: Outcome) -> None:
    columns = (one.rule.id, one.rule.do, one.hits, one.authors, one.local, one.decided, one.taken_back, one.punished)
    result("\t".join(map(str, columns)))
    for example in one.examples[-5:]:
        saw = " ".join(f"{name}={_short(each)}" for name, each in example.saw.items())
        say(f"  {example.uri} by {example.acct}: {saw}")


def _short(saw: Any) -> str:
    return f"{saw:g}" if isinstance(saw, float) else str(saw)


def plain(found: Backtest) -> dict[str, Any]:
    """A backtest as JSON."""
    return {
        "since": _time(found.since),
        "until": _time(found.until),
        "posts": found.posts,
        "decided_by_people": found.by_people,
        "approximate": list(found.approximate),
        "cut": found.cut,
        "rules": [
            {
                "id": one.rule.id,
                "do": one.rule.do,
                "hits": one.hits,
                "local": one.local,
                "authors": one.authors,
                "decided": one.decided,
                "taken_back": one.taken_back,
                "punished": one.punished,
                "busiest": [{"account": acct, "hits": hits} for acct, hits in one.busiest],
                "examples": [
                    {"id": str(each.status_id), "uri": each.uri, "account": each.acct, "saw": dict(each.saw)}
                    for each in one.examples
                ],
            }
            for one in found.outcomes
        ],
    }


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


def state(arguments: Namespace) -> None:
    """Put a rule of the document in force into another state: the next version."""
    expires = None if arguments.expires == "never" else arguments.expires or rule_life.KEEP
    with node.writing(node.settings(arguments.config)) as (session, keyring):
        document = session.run(policy.in_force)
        if document is None:
            raise CommandFailed("There is no policy in force.")
        changed = rule_life.with_state(
            document, arguments.rule, arguments.state, expires, today=datetime.now(UTC).date()
        )
        made, past_it = session.run(lambda unit: proposals.override(unit, keyring, changed, arguments.note))
    if past_it:
        say("This went past the procedure in force: the public log says so.")
    say(f"The rule {arguments.rule} is {arguments.state} from version {made.version} on.")
    result(made.hash)


def adopt(arguments: Namespace) -> None:
    """Take ready rules over into the document in force, as drafts unless told otherwise: the next version. Without
    names the ready rules are listed: id, what it does, why."""
    if not arguments.rules:
        ready = starters.ready_rules()
        for rule in ready.rules:
            result("\t".join((rule.id, rule.do, in_language(rule.because, ready.language))))
        return
    with node.writing(node.settings(arguments.config)) as (session, keyring):
        document = session.run(policy.in_force)
        if document is None:
            raise CommandFailed("There is no policy in force.")
        changed = rule_life.adopted(document, arguments.rules, arguments.state)
        made, past_it = session.run(lambda unit: proposals.override(unit, keyring, changed, arguments.note))
    if past_it:
        say("This went past the procedure in force: the public log says so.")
    say(f"Version {made.version} has them. They are {arguments.state}.")
    result(made.hash)


def hits(arguments: Namespace) -> None:
    """One line a rule: how often it acted, and how often it would have, in the last days."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: rule_life.held(unit, arguments.days))
    for one in found:
        result(f"{one.rule_id}\t{one.acted}\t{one.shadow}")


def emergency_on(arguments: Namespace) -> None:
    """Switch the emergency set on for some hours."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        made = session.run(lambda unit: emergencies.switch_on(unit, None, arguments.hours, arguments.because))
    say("Posts of strangers that look like an attack are held. `fedserver moderation log` shows which.")
    result(_time(made.until))


def emergency_off(arguments: Namespace) -> None:
    """Switch it off before its time."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        was = session.run(lambda unit: emergencies.switch_off(unit, None))
    say("The emergency is over. What was held waits for moderators." if was else "There was no emergency.")


def emergency_show(arguments: Namespace) -> None:
    """Whether it is on, until when, and why; its rules."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(emergencies.standing)
    say("off" if found is None else f"on until {_time(found.until)}: {found.cause}")
    for one in emergencies.ready():
        result(f"{one.rule.id}\t{one.rule.do}\t{' '.join(one.rule.when.text.split())}")


_DAYS = value("--days", "N", "how many days back", type=int, default=30)
_WHY = value("--note", "TEXT", "why, for everybody to read", default="")
COMMANDS = (
    Command(
        ("policy", "backtest"),
        "show what rules would have done to the posts of the last days",
        (
            Option("FILE", "a policy document; without it the one in force", {"nargs": "?"}),
            value("--rule", "ID", "one rule of it; may be repeated", action="append"),
            _DAYS,
            Option("--json", "everything, for a program to read", {"action": "store_true"}),
        ),
        backtest,
    ),
    Command(
        ("policy", "rule"),
        "make a rule of the policy in force a draft, try it in shadow, or let it act",
        (
            Option("RULE", "the id of the rule"),
            Option("STATE", "what it is from now on", {"choices": STATES}),
            value("--expires", "DAY", "its last day, such as 2027-03-01, or never"),
            _WHY,
        ),
        state,
    ),
    Command(
        ("policy", "adopt"),
        "take ready rules over into the policy in force",
        (
            Option("RULES", "their ids; without any they are listed", {"nargs": "*"}),
            Option("--state", "what they are at first", {"choices": STATES, "default": "draft"}),
            _WHY,
        ),
        adopt,
    ),
    Command(("policy", "hits"), "show how often each rule acted, and would have acted", (_DAYS,), hits),
    Command(
        ("emergency", "on"),
        "switch the emergency set of rules on for some hours",
        (
            value("--hours", "N", "for how long, at most two weeks", type=float, default=6.0),
            value("--because", "TEXT", "what happens, for the log", default=""),
        ),
        emergency_on,
    ),
    Command(("emergency", "off"), "switch it off before its time", (), emergency_off),
    Command(("emergency", "show"), "say whether it is on, and what its rules are", (), emergency_show),
)
