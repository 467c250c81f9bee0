"""What other servers send: activities of the size and shape that Mastodon gives them, signed by their actors."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

from benchmarks import wire
from keys.algorithms import Algorithm
from keys.pair import PrivateKey
from protocol.http.request import Request
from protocol.http.sign import sign_cavage

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
KIND = "application/activity+json"
_TEXT = (
    "<p>Another study with the same seed: the lantern is lit before the rain begins, and the street keeps its "
    "colours. Sampler and steps are in the picture's description; comments on the hands are welcome. "
    '<a href="https://{host}/tags/generative" class="mention hashtag" rel="tag">#<span>generative</span></a></p>'
)
_CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {
        "ostatus": "http://ostatus.org#",
        "atomUri": "ostatus:atomUri",
        "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
        "conversation": "ostatus:conversation",
        "sensitive": "as:sensitive",
        "toot": "http://joinmastodon.org/ns#",
        "votersCount": "toot:votersCount",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "Hashtag": "as:Hashtag",
    },
]


class Peer(NamedTuple):
    """A remote actor with its key."""

    id: int
    name: str
    host: str
    key: PrivateKey

    @property
    def uri(self) -> str:
        """The actor's id."""
        return f"https://{self.host}/users/{self.name}"

    @property
    def key_id(self) -> str:
        """The id of its key."""
        return f"{self.uri}#main-key"


def key_pool(count: int = 16) -> list[PrivateKey]:
    """Keys for many actors: making one takes longer than using it a hundred times."""
    return [PrivateKey.generate(Algorithm.RSA_2048) for _ in range(count)]


def create(peer: Peer, name: str) -> dict[str, Any]:
    """A Create with text, a tag and one image: about 3 KB."""
    uri = f"{peer.uri}/statuses/{name}"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    to, cc = [PUBLIC], [f"{peer.uri}/followers"]
    note = {
        "id": uri, "type": "Note", "summary": None, "inReplyTo": None, "published": now,
        "url": f"https://{peer.host}/@{peer.name}/{name}", "attributedTo": peer.uri, "to": to, "cc": cc,
        "sensitive": False, "atomUri": uri, "inReplyToAtomUri": None,
        "conversation": f"tag:{peer.host},2026-11-01:objectId={name}:objectType=Conversation",
        "content": _TEXT.format(host=peer.host), "contentMap": {"en": _TEXT.format(host=peer.host)},
        "attachment": [
            {"type": "Document", "mediaType": "image/png", "url": f"https://files.{peer.host}/media/{name}.png",
             "name": "A lantern in a wet street at dusk, painted by a model", "width": 1024, "height": 1024,
             "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH", "focalPoint": [0.0, 0.0]}
        ],
        "tag": [{"type": "Hashtag", "href": f"https://{peer.host}/tags/generative", "name": "#generative"}],
        "replies": {"id": f"{uri}/replies", "type": "Collection",
                    "first": {"type": "CollectionPage", "next": f"{uri}/replies?page=1",
                              "partOf": f"{uri}/replies", "items": []}},
    }  # fmt: skip
    return {
        "@context": _CONTEXT, "id": f"{uri}/activity", "type": "Create", "actor": peer.uri, "published": now,
        "to": to, "cc": cc, "object": note,
    }  # fmt: skip


def like(peer: Peer, name: str, target: str) -> dict[str, Any]:
    """A Like."""
    return {"@context": _CONTEXT[0], "id": f"{peer.uri}#likes/{name}", "type": "Like", "actor": peer.uri,
            "object": target}  # fmt: skip


def announce(peer: Peer, name: str, target: str) -> dict[str, Any]:
    """An Announce."""
    return {"@context": _CONTEXT[0], "id": f"{peer.uri}/statuses/{name}/activity", "type": "Announce",
            "actor": peer.uri, "published": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "to": [PUBLIC],
            "cc": [f"{peer.uri}/followers"], "object": target}  # fmt: skip


def delete(peer: Peer, name: str) -> dict[str, Any]:
    """A Delete of what ``create`` made with the same name."""
    uri = f"{peer.uri}/statuses/{name}"
    return {"@context": _CONTEXT[0], "id": f"{uri}#delete", "type": "Delete", "actor": peer.uri, "to": [PUBLIC],
            "object": {"id": uri, "type": "Tombstone", "atomUri": uri}}  # fmt: skip


def signed(peer: Peer, activity: dict[str, Any], inbox: str, *, spoiled: bool = False) -> bytes:
    """The request that delivers an activity; ``spoiled``: with a signature over another body's digest."""
    body = json.dumps(activity, separators=(",", ":")).encode()
    return post(peer, body, inbox, spoiled=spoiled)


def post(peer: Peer, body: bytes, inbox: str, *, spoiled: bool = False) -> bytes:
    """The request that delivers a body."""
    fixed = (("Content-Type", KIND), ("Accept", KIND), ("User-Agent", "Mastodon/4.5.0 (http.rb/5.3.1; +https://x/)"))
    now = time.time_ns() // 1_000_000
    made = dict(sign_cavage(Request("POST", inbox, fixed, body), peer.key, peer.key_id, now))
    if spoiled:
        other = sign_cavage(Request("POST", inbox, fixed, body + b" "), peer.key, peer.key_id, now)
        made["Signature"] = dict(other)["Signature"]
    path = "/" + inbox.split("://", 1)[1].partition("/")[2]
    return wire.request("POST", path, [*fixed, *made.items()], body)
