"""Groups of Lemmy, PieFed and Mbin (FEP-1b12): what they pass on is asked for where it comes from."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from federation_support import PUBLIC, Actor, Node, node

from fedserver.services import statuses as status_service


def _wrap(group: Actor, inner: dict[str, Any]) -> dict[str, Any]:
    return group.activity("Announce", inner, to=[PUBLIC], cc=[f"{group.uri}/followers"])


def _page(author: Actor, group: Actor, number: int = 1, **more: Any) -> dict[str, Any]:
    page = author.note(number, type="Page", name="A title", audience=group.uri, **more)
    return {**page, "cc": [group.uri]}


async def _world(n: Node) -> tuple[Actor, Actor, Any]:
    """A group that bob follows, and somebody of another server who writes in it."""
    group = n.peer.actor("peer.test", "pictures", type="Group")
    author = n.peer.actor("victim.test", "ann")
    bob = await n.local()
    await n.follow(bob, group)
    return group, author, bob


async def test_a_post_that_a_group_passes_on_is_boosted_by_the_group(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        group, author, bob = await _world(n)
        page = _page(author, group)
        n.peer.pages[page["id"]] = page
        # the group lies about the text: what counts is what the author's server says
        wrapped = _wrap(group, author.create({**page, "content": "<p>forged</p>"}))
        assert await n.deliver(group, wrapped) == 202
        await n.jobs()
        stored = await n.status(page["id"])
        assert stored is not None and "note 1" in stored.content and "forged" not in stored.content
        boosts = n.query(f"SELECT account_id FROM statuses WHERE reblog_of_id = {stored.id}")
        assert boosts == [((await n.account(group.uri)).id,)]  # type: ignore[union-attr]
        assert n.count("home_entries", f"account_id = {bob.id}") == 1
        # the same post once more, as Lemmy does for servers that know no groups
        assert await n.deliver(group, group.activity("Announce", page["id"], to=[PUBLIC])) == 202
        await n.jobs()
        assert n.count("statuses", f"reblog_of_id = {stored.id}") == 1


async def test_a_comment_joins_its_thread_and_no_home_timeline(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        group, author, _ = await _world(n)
        page = _page(author, group)
        comment = {**author.note(2), "inReplyTo": page["id"], "audience": group.uri}
        n.peer.pages |= {page["id"]: page, comment["id"]: comment}
        assert await n.deliver(group, _wrap(group, author.create(comment))) == 202
        await n.jobs()
        head, reply = await n.status(page["id"]), await n.status(comment["id"])
        assert head is not None and reply is not None and reply.in_reply_to_id == head.id
        assert n.count("statuses", "reblog_of_id IS NOT NULL") == 0


async def test_an_edit_is_read_again_and_a_deletion_believed_only_with_410(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        group, author, _ = await _world(n)
        page = _page(author, group)
        n.peer.pages[page["id"]] = page
        await n.deliver(group, _wrap(group, author.create(page)))
        await n.jobs()
        edited = {
            **page,
            "content": "<p>second</p>",
            "updated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1)),
        }
        n.peer.pages[page["id"]] = edited
        await n.deliver(group, _wrap(group, author.activity("Update", {**edited, "content": "<p>forged</p>"})))
        await n.jobs()
        stored = await n.status(page["id"])
        assert stored is not None and "second" in stored.content
        gone = _wrap(group, author.activity("Delete", page["id"]))
        await n.deliver(group, gone)
        await n.jobs()
        assert await n.status(page["id"]) is not None, "the group alone can delete nothing"
        n.peer.pages[page["id"]] = 404
        await n.deliver(group, {**gone, "id": f"{group.uri}/again"})
        await n.jobs()
        assert await n.status(page["id"]) is not None
        n.peer.pages[page["id"]] = 410
        await n.deliver(group, {**gone, "id": f"{group.uri}/once-more"})
        await n.jobs()
        assert await n.status(page["id"]) is None


async def test_a_favourite_counts_when_its_own_server_shows_it(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        group, author, bob = await _world(n)
        mine = await n.post(bob, "in the group")
        fan = n.peer.actor("evil.test", "fan")
        like = fan.activity("Like", mine.uri)
        forged = {**like, "id": f"{fan.uri}/never"}
        for wrapped in (like, forged):
            n.peer.pages.setdefault(like["id"], like)
            assert await n.deliver(group, _wrap(group, wrapped)) == 202
            await n.jobs()
        found = n.query("SELECT uri FROM favourites")
        assert found == [(like["id"],)]
        elsewhere = author.activity("Like", f"{author.uri}/notes/77")
        n.peer.pages[elsewhere["id"]] = elsewhere
        await n.deliver(group, _wrap(group, elsewhere))
        await n.jobs()
        assert not n.peer.asked(elsewhere["id"]), "nobody is asked about posts that are not here"


async def test_nobody_else_passes_on(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        group, author, _ = await _world(n)
        page = _page(author, group)
        n.peer.pages[page["id"]] = page
        stranger = n.peer.actor("evil.test", "group", type="Group")
        person = n.peer.actor("evil.test", "person")
        bob = await n.account(f"{n.base}/users/bob")
        assert bob is not None
        await n.follow(bob, person)
        for sender in (stranger, person):
            assert await n.deliver(sender, _wrap(sender, author.create(page))) == 202
            await n.jobs()
        assert await n.status(page["id"]) is None
        for inner in ({"type": "Create"}, {"type": "Create", "object": 7}, {"type": "Flag", "object": page["id"]}):
            assert await n.deliver(group, _wrap(group, inner)) in (202, 400)
        await n.jobs()
        assert await n.status(page["id"]) is None


async def test_an_answer_from_here_reaches_the_group(tmp_path: Path) -> None:
    """The group's server makes the answer known to the others (the author's server need not be the group's)."""
    async with node(tmp_path) as n:
        group, author, bob = await _world(n)
        page = _page(author, group)
        n.peer.pages[page["id"]] = page
        await n.deliver(group, _wrap(group, author.create(page)))
        await n.jobs()
        head = await n.status(page["id"])
        assert head is not None
        n.query("DELETE FROM deliveries")
        await n.post(bob, "an answer", in_reply_to_id=head.id)
        inboxes = n.query("SELECT i.url FROM deliveries d JOIN inboxes i ON i.id = d.inbox_id")
        assert {url for (url,) in inboxes} == {"http://peer.test/inbox", "http://victim.test/inbox"}
        n.query("DELETE FROM deliveries")
        answer = n.query(f"SELECT id FROM statuses WHERE account_id = {bob.id} AND in_reply_to_id IS NOT NULL")[0][0]
        await n.run(lambda unit: status_service.delete(unit, bob.id, answer))
        inboxes = n.query("SELECT i.url FROM deliveries d JOIN inboxes i ON i.id = d.inbox_id")
        assert ("http://peer.test/inbox",) in inboxes
