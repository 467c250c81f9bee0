"""Steps that tests with a Fedify peer share. ``alice`` and others are people of our node."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import aiohttp
import pytest
from node_support import Person
from peers.fedify import Done, FedifyPeer, Received, Scheme, eventually
from peers.fedify_install import unavailable_reason
from peers.meeting import Meeting
from PIL import Image

ACTIVITY = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SCHEMES: tuple[Scheme, ...] = ("cavage", "rfc9421")


def skip_without_peer() -> None:
    """Skip a test where there can be no peer, and say why."""
    reason = unavailable_reason()
    if reason is not None:
        pytest.skip(reason)


def png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (120, 80), (200, 30, 60)).save(out, "PNG")
    return out.getvalue()


async def upload(person: Person, description: str) -> str:
    form = aiohttp.FormData()
    form.add_field("file", png(), filename="robot.png", content_type="image/png")
    form.add_field("description", description)
    return str((await person.post("/api/v2/media", data=form))["id"])


async def find(person: Person, peer: FedifyPeer) -> str:
    """Our id of the peer's actor."""
    return str((await person.find(f"@{peer.handle}"))["id"])


async def we_follow(person: Person, peer: FedifyPeer) -> str:
    account_id = await find(person, peer)
    await person.post(f"/api/v1/accounts/{account_id}/follow")
    await person.until(f"/api/v1/accounts/relationships?id[]={account_id}", lambda rows: rows[0]["following"])
    return account_id


async def peer_follows(meet: Meeting) -> None:
    await meet.peer.follow(meet.actor())

    async def accepted() -> bool:
        return bool((await meet.peer.state())["following"].get(meet.actor()) == "accepted")

    await eventually(accepted, what="our Accept at the peer")


async def arrived(person: Person, uri: str) -> Any:
    return await person.until("/api/v1/timelines/home", lambda rows: next((r for r in rows if r["uri"] == uri), None))


async def notified(person: Person, kind: str) -> Any:
    return await person.until("/api/v1/notifications", lambda rows: next((r for r in rows if r["type"] == kind), None))


def authentic(got: Received, scheme: Scheme) -> None:
    """What Fedify says of a request of ours: signed in this scheme by the actor's own key, and understood."""
    assert got.status == 202 and got.handled and got.notes == [], got
    assert got.signature["scheme"] == scheme, got.signature
    assert got.signature["verified"] and got.signature["owner"], got.signature
    assert got.proofs is not None and "error" not in got.proofs, got.proofs
    assert got.proofs["found"] == got.proofs["verified"], got.proofs
    assert all(one["found"] == one["verified"] for one in got.proofs["embedded"]), got.proofs
    assert got.jsonld is None, got.jsonld


def taken(done: Done, scheme: Scheme) -> None:
    """What our node said to a request of the peer: 202 at the first knock, in this scheme."""
    assert [(one["scheme"], one["status"]) for one in done.posts] == [(scheme, 202)] * len(done.posts), done.posts
    assert done.posts


async def all_from_us_authentic(meet: Meeting, scheme: Scheme) -> None:
    """Nothing we sent was refused, but for knocks in a scheme that this peer does not take."""
    for got in await meet.peer.received():
        if got.refused == "scheme":
            assert got.signature["scheme"] != scheme
        else:
            authentic(got, scheme)


async def document(meet: Meeting, url: str) -> tuple[int, Any]:
    async with meet.home.http.get(url, headers={"Accept": ACTIVITY}) as response:
        return response.status, await response.json(content_type=None)
