"""What several groups of attacks begin with: asking for an address, following somebody of a peer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from attack_peers import Actor, Host, newcomer
from attack_world import BASE, World
from node_support import Person


async def search(world: World, text: str, *, who: Person | None = None) -> Any:
    """What a person who searches for ``text`` gets, other servers asked."""
    token = (who or world.alice).token
    answer = await world.get(f"/api/v2/search?resolve=true&q={quote(text, safe='')}", token=token)
    assert answer.status == 200, answer.text
    return answer.json


async def request_follow(world: World, who: Person, actor: Actor) -> tuple[int, str]:
    """``who`` asks to follow ``actor``: (account id here, id of the Follow)."""
    account = (await search(world, actor.uri))["accounts"][0]
    await who.post(f"/api/v1/accounts/{account['id']}/follow")
    row = world.query(
        "SELECT uri FROM follows WHERE account_id = ? AND target_id = ?", who.account_id, int(account["id"])
    )
    return int(account["id"]), str(row[0][0])


def accept(who: Person, actor: Actor, follow: str) -> dict[str, Any]:
    """The answer of ``actor`` to a Follow."""
    inner = {"id": follow, "type": "Follow", "actor": f"{BASE}/users/{who.name}", "object": actor.uri}
    return actor.activity("Accept", inner)


async def followed(world: World, host: Host, *, by: Person | None = None, **more: Any) -> Actor:
    """A newcomer at ``host`` whom somebody here (alice) follows."""
    who, actor = by or world.alice, newcomer(host, **more)
    _, follow = await request_follow(world, who, actor)
    assert (await world.deliver(actor, accept(who, actor, follow))).status == 202
    await world.settled()
    assert world.count("follows", "uri = ? AND state = 'accepted'", follow) == 1
    return actor


async def follower(world: World, host: Host, of: str = "alice") -> Actor:
    """A newcomer at ``host`` who follows somebody here."""
    actor = newcomer(host)
    assert (await world.deliver(actor, actor.activity("Follow", f"{BASE}/users/{of}"))).status == 202
    await world.settled()
    return actor


async def arrived(world: World, author: Actor, number: int | str = 1, **more: Any) -> dict[str, Any]:
    """A note of ``author`` that is here and can be fetched at its host."""
    note = author.note(number, **more)
    host = world.hosts[author.host]
    host.pages[note["id"]] = {"@context": "https://www.w3.org/ns/activitystreams", **note}
    assert (await world.deliver(author, author.create(note))).status == 202
    await world.settled()
    assert world.count("statuses", "uri = ?", note["id"]) == 1, "the note did not arrive"
    return note


def status_of(world: World, uri: str, column: str = "content") -> Any:
    """A column of a post; None where there is none."""
    found = world.query(f"SELECT {column} FROM statuses WHERE uri = ?", uri)
    return found[0][0] if found else None


def account_of(world: World, uri: str, column: str = "id") -> Any:
    """A column of an account; None where there is none."""
    found = world.query(f"SELECT {column} FROM accounts WHERE uri = ?", uri)
    return found[0][0] if found else None
