"""Quotes through the federation door (FEP-044f): requests, stamps, and what is not believed of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from federation_support import PUBLIC, Actor, Node, node

from fedserver.db.queries import quotes, relations
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.quotes import Quote
from fedserver.db.queries.statuses import FOLLOWERS, Status
from fedserver.domain.interactions import POLICIES

FEP = "https://w3id.org/fep/044f#"
OPEN = POLICIES["public"]
CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {
        "quote": {"@id": f"{FEP}quote", "@type": "@id"},
        "quoteAuthorization": {"@id": f"{FEP}quoteAuthorization", "@type": "@id"},
        "QuoteRequest": f"{FEP}QuoteRequest",
    },
]


def quoting(author: Actor, quoted: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """A post as Mastodon 4.5 sends it."""
    return author.note(number, quote=quoted, quoteUri=quoted, _misskey_quote=quoted, **more)


def request(author: Actor, quoted: str, instrument: Any, number: int = 1) -> dict[str, Any]:
    """A QuoteRequest as Mastodon 4.5 sends it."""
    return {
        "@context": CONTEXT,
        "id": f"{author.uri}/quote_requests/{number}",
        "type": "QuoteRequest",
        "actor": author.uri,
        "object": quoted,
        "instrument": instrument,
    }


def stamp(author: Actor, quoting_uri: str, quoted: str, **more: Any) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": f"{author.uri}/quote_authorizations/1",
        "type": "QuoteAuthorization",
        "attributedTo": author.uri,
        "interactingObject": quoting_uri,
        "interactionTarget": quoted,
        **more,
    }


async def quote_of(n: Node, uri: str) -> Quote | None:
    status = await n.status(uri)
    rows = await n.parts.db.all(quotes.of_statuses([status.id])) if status is not None else []
    return rows[0] if rows else None


async def state(n: Node, uri: str) -> int | None:
    row = await quote_of(n, uri)
    return row.state if row is not None else None


def sent(n: Node, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(body) for (body,) in n.query("SELECT body FROM activities ORDER BY id")]
    return [each for each in found if each["type"] == kind]


async def quotable(n: Node, **more: Any) -> tuple[Account, Status]:
    bob = await n.local()
    return bob, await n.post(bob, "quote me", **{"quote_policy": OPEN, **more})


@pytest.mark.parametrize("embedded", [True, False], ids=["embedded", "by id"])
async def test_a_request_is_answered_with_a_stamp(tmp_path: Path, embedded: bool) -> None:
    async with node(tmp_path) as n:
        bob, post = await quotable(n)
        alice = n.peer.actor()
        note = quoting(alice, post.uri)
        n.peer.pages[note["id"]] = note
        asked = request(alice, post.uri, note if embedded else note["id"])
        assert await n.deliver(alice, asked) == 202
        await n.jobs()
        row = await quote_of(n, note["id"])
        assert row is not None and row.state == quotes.ACCEPTED
        accept = sent(n, "Accept")[0]
        assert accept["result"] == row.stamp_uri and accept["to"] == [alice.uri] and accept["actor"] == bob.uri
        assert {key: accept["object"][key] for key in ("id", "type", "actor", "object", "instrument")} == {
            **{key: asked[key] for key in ("id", "type", "actor", "object")},
            "instrument": note["id"],
        }
        found = await n.get(str(row.stamp_uri))
        assert found.status == 200 and found.json["interactingObject"] == note["id"]
        assert n.count("notifications", f"account_id = {bob.id} AND type = 'quote'") == 1
        # the answer may have been lost
        again = {**asked, "id": f"{asked['id']}-again"}
        assert await n.deliver(alice, again) == 202
        await n.jobs()
        assert [each["result"] for each in sent(n, "Accept")] == [row.stamp_uri] * 2
        assert n.query(f"SELECT quotes_count FROM statuses WHERE id = {post.id}") == [(1,)]
        other = await n.local("carol")
        wrong = str(row.stamp_uri).replace("/bob/", f"/{other.username}/")
        for path in (wrong, f"{bob.uri}/quote_authorizations/1", f"{bob.uri}/quote_authorizations/x"):
            assert (await n.get(path)).status == 404


async def test_requests_that_are_rejected_or_not_answered(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, closed = await quotable(n, quote_policy=0)
        private = await n.post(bob, "private", visibility=FOLLOWERS, quote_policy=OPEN)
        alice, eve = n.peer.actor(), n.peer.actor(name="eve")
        refused = quoting(alice, closed.uri, 1)
        assert await n.deliver(alice, request(alice, closed.uri, refused, 1)) == 202
        await n.jobs()
        assert [each["object"]["object"] for each in sent(n, "Reject")] == [closed.uri]
        assert await state(n, refused["id"]) == quotes.REJECTED
        # a post that alice may not see: nothing is said at all
        hidden = quoting(alice, private.uri, 2)
        assert await n.deliver(alice, request(alice, private.uri, hidden, 2)) == 202
        # a follower may see it, and may not quote it
        assert await n.deliver(eve, eve.activity("Follow", bob.uri)) == 202
        await n.jobs()
        theirs = quoting(eve, private.uri, 3)
        assert await n.deliver(eve, request(eve, private.uri, theirs, 3)) == 202
        await n.jobs()
        rejected = sent(n, "Reject")
        assert [(each["object"]["actor"], each["object"]["object"]) for each in rejected[1:]] == [
            (eve.uri, private.uri)
        ]
        assert [each for each in sent(n, "Accept") if each["object"]["type"] == "QuoteRequest"] == []


async def test_requests_that_are_forged(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        _, post = await quotable(n)
        alice, mallory = n.peer.actor(), n.peer.actor("evil.test", "mallory")
        note = quoting(alice, post.uri)
        n.peer.pages[note["id"]] = note
        # somebody else's post, with and without its text
        for number, instrument in enumerate((note, note["id"], {**note, "attributedTo": mallory.uri}), 1):
            assert await n.deliver(mallory, request(mallory, post.uri, instrument, number)) == 202
            await n.jobs()
        # in alice's name, unsigned by her
        assert await n.deliver(mallory, request(alice, post.uri, note, 4)) in (401, 403)
        # a post of mallory's that quotes nothing, or something else
        for number, quoted in ((5, None), (6, f"{post.uri}0")):
            plain = mallory.note(number, **({"quote": quoted} if quoted else {}))
            assert await n.deliver(mallory, request(mallory, post.uri, plain, number)) == 202
            await n.jobs()
        assert sent(n, "Accept") == []
        assert n.query(f"SELECT quotes_count FROM statuses WHERE id = {post.id}") == [(0,)]
        nonsense: tuple[Any, ...] = (None, 7, [], {})
        for broken in nonsense:
            assert await n.deliver(alice, request(alice, post.uri, broken, 9)) == 202
        assert sent(n, "Accept") == []


async def test_our_request_is_answered(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice = await n.local(), n.peer.actor()
        mallory, neighbour = n.peer.actor("evil.test", "mallory"), n.peer.actor(name="neighbour")
        await n.follow(bob, alice)
        policy = {"canQuote": {"automaticApproval": [PUBLIC], "manualApproval": []}}
        note = alice.note(1, interactionPolicy=policy)
        await n.deliver(alice, alice.create(note))
        quoted = await n.status(note["id"])
        assert quoted is not None
        post = await n.post(bob, "look", quoted_status_id=quoted.id, quote_policy=OPEN)
        asked = sent(n, "QuoteRequest")[0]
        assert (asked["object"], asked["instrument"]["id"], asked["to"]) == (note["id"], post.uri, [alice.uri])
        assert asked["instrument"]["quote"] == note["id"] and "quoteAuthorization" not in asked["instrument"]

        def accept(actor: Actor, result: str | None, number: int) -> dict[str, Any]:
            more = {"result": result} if result else {}
            return {**actor.activity("Accept", asked["id"], **more), "id": f"{actor.uri}/accepts/{number}"}

        good = f"{alice.uri}/quote_authorizations/1"
        for actor, result in (
            (mallory, f"{mallory.uri}/quote_authorizations/1"),
            (neighbour, f"{neighbour.uri}/quote_authorizations/1"),
            (alice, f"{mallory.uri}/quote_authorizations/1"),
            (alice, None),
        ):
            assert await n.deliver(actor, accept(actor, result, len(sent(n, "Update")) + n.count("received"))) == 202
            await n.jobs()
            assert await state(n, post.uri) == quotes.PENDING, (actor.uri, result)
        assert await n.deliver(alice, accept(alice, good, 99)) == 202
        row = await quote_of(n, post.uri)
        assert row is not None and (row.state, row.stamp_uri) == (quotes.ACCEPTED, good)
        assert sent(n, "Update")[-1]["object"]["quoteAuthorization"] == good
        document = (await n.get(post.uri)).json
        assert document["quoteAuthorization"] == good and document["interactionPolicy"]["canQuote"]
        # only its author takes a stamp back
        for actor in (neighbour, mallory):
            lie = {**actor.activity("Delete", good), "id": f"{actor.uri}/deletes/1"}
            assert await n.deliver(actor, lie) == 202
            assert await state(n, post.uri) == quotes.ACCEPTED
        gone = alice.activity("Delete", stamp(alice, post.uri, note["id"]))
        assert await n.deliver(alice, gone) == 202
        assert await state(n, post.uri) == quotes.REVOKED
        assert "quoteAuthorization" not in sent(n, "Update")[-1]["object"]


async def test_a_rejected_request(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice = await n.local(), n.peer.actor()
        await n.follow(bob, alice)
        note = alice.note(1, interactionPolicy={"canQuote": {"always": [PUBLIC]}})
        await n.deliver(alice, alice.create(note))
        quoted = await n.status(note["id"])
        assert quoted is not None
        post = await n.post(bob, "look", quoted_status_id=quoted.id)
        asked = sent(n, "QuoteRequest")[0]
        inner = {**{key: asked[key] for key in ("id", "type", "actor", "object")}, "instrument": post.uri}
        mallory = n.peer.actor("evil.test", "mallory")
        assert await n.deliver(mallory, mallory.activity("Reject", inner)) == 202
        assert await state(n, post.uri) == quotes.PENDING
        assert await n.deliver(alice, alice.activity("Reject", inner)) == 202
        assert await state(n, post.uri) == quotes.REJECTED


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"interactingObject": "http://peer.test/users/alice/notes/2"}, False),
        ({"interactionTarget": "http://peer.test/users/alice/notes/2"}, False),
        ({"attributedTo": "http://peer.test/users/alice"}, False),
        ({"type": "Note"}, False),
        ({"id": "http://victim.test/users/dora/quote_authorizations/2"}, False),
    ],
)
async def test_a_stamp_is_looked_at_where_it_was_given(tmp_path: Path, change: dict[str, Any], holds: bool) -> None:
    async with node(tmp_path) as n:
        bob, alice, dora = await n.local(), n.peer.actor(), n.peer.actor("victim.test", "dora")
        await n.follow(bob, alice)
        quoted = dora.note(1)
        n.peer.pages[quoted["id"]] = quoted
        given = stamp(dora, f"{alice.uri}/notes/1", quoted["id"])
        n.peer.pages[given["id"]] = {**given, **change}
        note = quoting(alice, quoted["id"], quoteAuthorization=given["id"])
        assert await n.deliver(alice, alice.create(note)) == 202
        assert await state(n, note["id"]) == quotes.PENDING
        await n.jobs()
        assert await state(n, note["id"]) == (quotes.ACCEPTED if holds else quotes.PENDING)


async def test_a_stamp_of_somebody_else_s_server_is_worth_nothing(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice, dora = await n.local(), n.peer.actor(), n.peer.actor("victim.test", "dora")
        own = await n.post(bob, "no", quote_policy=OPEN)
        await n.follow(bob, alice)
        quoted = dora.note(1)
        n.peer.pages[quoted["id"]] = quoted
        forged = {**stamp(alice, f"{alice.uri}/notes/1", quoted["id"]), "attributedTo": dora.uri}
        n.peer.pages[forged["id"]] = forged
        note = quoting(alice, quoted["id"], 1, quoteAuthorization=forged["id"])
        assert await n.deliver(alice, alice.create(note)) == 202
        # a stamp of ours that we never gave
        ours = quoting(alice, own.uri, 2, quoteAuthorization=f"{bob.uri}/quote_authorizations/5")
        assert await n.deliver(alice, alice.create(ours)) == 202
        await n.jobs()
        assert (await state(n, note["id"]), await state(n, ours["id"])) == (quotes.PENDING, quotes.PENDING)


@pytest.mark.parametrize("key", ["quoteUrl", "quoteUri", "_misskey_quote", "tag"])
async def test_older_keys_are_read_and_wait(tmp_path: Path, key: str) -> None:
    """As Misskey, Fedibird, Pleroma and FEP-e232 write them."""
    async with node(tmp_path) as n:
        bob, alice = await n.local(), n.peer.actor()
        post = await n.post(bob, "quote me", quote_policy=OPEN)
        await n.follow(bob, alice)
        link = {
            "type": "Link",
            "mediaType": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
            "rel": "https://misskey-hub.net/ns#_misskey_quote",
            "href": post.uri,
        }
        text = f'<p>see<span class="quote-inline"><br>RE: <a href="{post.uri}">{post.uri}</a></span></p>'
        note = alice.note(1, content=text, **({"tag": [link]} if key == "tag" else {key: post.uri}))
        assert await n.deliver(alice, alice.create(note)) == 202
        row = await quote_of(n, note["id"])
        assert row is not None and (row.state, bool(row.legacy), row.quoted_uri) == (quotes.PENDING, True, post.uri)
        assert n.count("notifications", "type = 'quote'") == 0
        # an own post needs nobody's word
        own = alice.note(2, quoteUrl=note["id"])
        assert await n.deliver(alice, alice.create(own)) == 202
        assert await state(n, own["id"]) == quotes.ACCEPTED


async def test_a_chain_of_quotes_is_not_followed(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice = await n.local(), n.peer.actor()
        await n.follow(bob, alice)
        for number in range(1, 10):
            n.peer.pages[f"{alice.uri}/notes/{number}"] = quoting(alice, f"{alice.uri}/notes/{number + 1}", number)
        first = quoting(alice, f"{alice.uri}/notes/1", 0)
        assert await n.deliver(alice, alice.create(first)) == 202
        await n.jobs(20)
        assert n.peer.asked("/notes/") == 1
        assert await state(n, first["id"]) == quotes.ACCEPTED


async def test_who_blocks_is_not_quoted(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, post = await quotable(n)
        alice = n.peer.actor()
        note = quoting(alice, post.uri)
        await n.deliver(alice, alice.create(alice.note(7, to=[bob.uri], cc=[])))
        await n.jobs()
        row = await n.account(alice.uri)
        assert row is not None
        columns = "id, account_id, target_id, created_at"
        n.query(f"INSERT INTO blocks ({columns}) VALUES (1, {bob.id}, {row.id}, 0)")
        assert await n.parts.db.one(relations.block(bob.id, row.id)) is not None
        assert await n.deliver(alice, request(alice, post.uri, note)) == 202
        await n.jobs()
        assert sent(n, "Accept") == [] and await state(n, note["id"]) in (None, quotes.REJECTED)
