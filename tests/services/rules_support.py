"""Documents with rules, put in force in a test's world; posts from elsewhere."""

from __future__ import annotations

from typing import Any

from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.statuses import Status
from fedserver.domain.policy.read import read_toml
from fedserver.kit.paging import Page
from fedserver.services import policy, remote, statuses
from fedserver.services.statuses import Draft
from protocol.activitystreams.values import Object

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
HEAD = """
[community]
name = "here.test"
default_feed = "newest"
[feed.newest]
title = "Newest"
score = "posted_s"
[sets]
bad = ["casino", "free crypto", "Café"]
spammy = ["spam.example"]
[[norm]]
id = "norm"
text = "Be kind"
"""


def rule(name: str, when: str, do: str, *, state: str = "live", **more: str) -> str:
    """A rule as a document has it."""
    label = f'label = "{more.pop("label", name)}"\n' if do in ("label", "blur", "warn") else ""
    rest = "".join(f'{key} = "{value}"\n' for key, value in more.items() if key != "expires")
    rest += f"expires = {more['expires']}\n" if "expires" in more else ""
    return (
        f'[[rule]]\nid = "{name}"\nnorm = "norm"\nwhen = """{when}"""\ndo = "{do}"\n{label}'
        f'because = "Because of {name}"\nstate = "{state}"\n{rest}'
    )


def enact(world: Any, *rules: str, head: str = HEAD) -> None:
    """Put a document with these rules in force."""
    given = read_toml(head + "".join(rules))

    def work(unit: Any) -> None:
        former = policy.in_force(unit)
        from dataclasses import replace

        document = given if former is None else replace(given, version=former.version, parent=former.parent)
        policy.publish(unit, world.keyring, document, None)

    world.run(work)


def post(world: Any, author: Account, text: str = "A picture", **more: Any) -> int:
    """A local post."""
    made: int = world.run(lambda unit: statuses.publish(unit, author.id, Draft(text, **more)))
    return made


def arrive(world: Any, author: Account, name: str, text: str = "Hello", **more: Any) -> Status | None:
    """A post of another server."""
    mentioned = more.pop("mentioned", ())
    values: dict[str, Any] = {
        "id": f"{author.uri}/{name}",
        "url": f"{author.uri}/{name}",
        "type": "Note",
        "attributed_to": author.uri,
        "content_html": f"<p>{text}</p>",
        "to": (PUBLIC,),
        "cc": (author.followers_uri or "", *(each.uri for each in mentioned)),
        **more,
    }
    found: Status | None = world.run(
        lambda unit: remote.receive_status(unit, author, Object(**values), mentioned=mentioned)
    )
    return found


def status(world: Any, status_id: int) -> Status:
    """A post as it stands."""
    found: Status = world.run(lambda unit: unit.get(status_rows.by_id(status_id)))
    return found


def decided(world: Any) -> list[Decision]:
    """The ledger, oldest first."""
    found = world.run(lambda unit: unit.all(ledger_rows.listed(Page(limit=1000))))
    return list(reversed(found))


def shadows(world: Any) -> list[tuple[str, str]]:
    """(rule, address) of what rules in shadow would have done."""
    rows = world.connection.execute("SELECT rule_id, target_uri FROM shadow_hits ORDER BY id").fetchall()
    return [tuple(row) for row in rows]
