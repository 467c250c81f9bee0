"""What others read here about labels, and what the proof on a post's words is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from federation_support import node
from pyld import jsonld

from fedserver.db.queries.accounts import AccountKey
from fedserver.federation.documents.labels import MEANINGS
from fedserver.federation.vouched import judged
from fedserver.render import provenance as render
from keys.algorithms import Algorithm
from keys.pair import PrivateKey
from protocol.activitystreams.vocabulary import DATA_INTEGRITY, MADE_CONTEXT, OBJECT_CONTEXT
from protocol.proofs import add_proof

NOW = 1_795_341_456_000
CREATED = "2026-11-22T10:00:00Z"
KEY, OTHER = PrivateKey.generate(Algorithm.ED25519), PrivateKey.generate(Algorithm.ED25519)
METHOD = "https://peer.test/users/alice#ed25519-key"


async def test_every_label_that_is_written_has_its_definition(tmp_path: Path) -> None:
    assert set(render.NAMES) == set(MEANINGS)
    async with node(tmp_path) as n:
        for name, written in render.NAMES.items():
            found = await n.get(f"/labels/{name}")
            assert found.status == 200
            assert found.headers["Content-Type"].startswith("application/activity+json")
            document = found.json
            assert (document["id"], document["type"]) == (f"{n.base}/labels/{name}", "LabelDefinition")
            assert (document["name"], document["attributedTo"]) == (written, f"{n.base}/actor")
            assert document["summary"]
        for path in ("/labels/unknown", "/labels/nothing", "/labels/%2e%2e"):
            assert (await n.get(path)).status == 404, path


async def test_the_context_is_served_and_defines_what_posts_say(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        found = await n.get("/ns/provenance/v1", accept="application/ld+json")
        assert (found.status, found.headers["Content-Type"]) == (200, "application/ld+json")
        assert found.headers["Access-Control-Allow-Origin"] == "*"
        words = found.json["@context"]
        carried = {**MADE_CONTEXT[-2], **MADE_CONTEXT[-1]}
        assert words and all(carried[word] == meaning for word, meaning in words.items())
        doc = {"@context": words, "genAI": True, "provenance": [{"basis": "c2pa"}, {"basis": "xmp"}]}
        (expanded,) = jsonld.expand(doc)
        assert expanded["urn:fedserver:ns:genAI"] == [{"@value": True}]
        claims = expanded["urn:fedserver:ns:provenance"][0]["@list"]
        assert [claim["urn:fedserver:ns:basis"][0]["@value"] for claim in claims] == ["c2pa", "xmp"]


def signed(**changes: Any) -> dict[str, Any]:
    """A post with its proof, then changed."""
    document = {"@context": [OBJECT_CONTEXT[0], DATA_INTEGRITY], "id": "https://peer.test/1", "genAI": True}
    return {**add_proof(document, KEY, METHOD, CREATED, with_context=True), **changes}


def row(key: PrivateKey = KEY, uri: str = METHOD, public: str | None = None) -> AccountKey:
    return AccountKey(1, 1, uri, "ed25519", public or key.public.to_multikey(), None, NOW, None, None)


@pytest.mark.parametrize(
    ("document", "keys", "outcome"),
    [
        (signed(), [row()], "valid"),
        (signed(), [row(OTHER, METHOD + "2"), row()], "valid"),
        (signed(genAI=False), [row()], "broken"),
        (signed(digitalSourceType="x"), [row()], "broken"),
        (signed(), [row(OTHER)], "broken"),
        (signed(), [], ""),
        (signed(), [row(uri="https://evil.test/key")], ""),
        (signed(), [row(public="zNoKey")], ""),
        (signed(proof=None), [row()], ""),
        (signed(proof={"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}), [row()], ""),
        (signed(proof=[signed()["proof"], signed()["proof"]]), [row()], "broken"),
        (signed(proof={**signed()["proof"], "proofValue": "z1"}), [row()], "broken"),
        (signed(proof={**signed()["proof"], "created": "2099-01-01T00:00:00Z"}), [row()], "broken"),
        (signed(**{"@context": OBJECT_CONTEXT[0]}), [row()], "broken"),
    ],
)
def test_what_a_proof_is_worth(document: dict[str, Any], keys: list[AccountKey], outcome: str) -> None:
    assert judged(document, keys, NOW) == outcome


async def test_hostile_words_through_the_inbox_cost_nobody_anything(tmp_path: Path) -> None:
    """Claims in the names of others, by the thousand, of wrong types: bounded, and nobody else's."""
    async with node(tmp_path) as n:
        bob = await n.local()
        alice = n.peer.actor()
        await n.follow(bob, alice)
        forged = {"type": "ProvenanceClaim", "basis": "declared", "attributedTo": bob.uri, "digitalSourceType": "notAI"}
        checked = {"basis": "c2pa", "digitalSourceType": "digitalCapture", "validation": {"trust": "trusted"}}
        claims = [
            forged,
            checked,
            {"basis": "moderator", "digitalSourceType": "notAI"},
            *[{"basis": ["declared"] * 9}] * 999,
        ]
        medium = {
            "type": "Image",
            "mediaType": "image/png",
            "url": "http://peer.test/a.png",
            "digestMultibase": "z" * 255,
            "generator": {"name": "\u202eev\u0007il", "version": {"a": []}},
            "provenance": claims,
            "recipe": {"workflow": "x" * 200_000, "seed": 1e30},
            "isBasedOn": "http://peer.test/1",
        }
        named = [f"http://peer.test/{i}" for i in range(99)]
        note = alice.note(attachment=[medium], provenance="none", genAI={"a": 1}, isBasedOn=named)
        assert await n.deliver(alice, alice.create(note)) == 202
        status = await n.status(note["id"])
        assert status is not None
        assert n.count("provenance_claims") <= 34
        # nobody here declared anything, and no moderator of ours looked
        assert n.count("provenance_claims", f"account_id = {bob.id}") == 0
        assert n.count("provenance_claims", "basis IN ('moderator', 'c2pa')") == 0
        assert n.count("provenance_claims", "trust <> 'none' OR integrity <> 'unchecked'") == 0
        assert n.count("status_lineage") <= 16
        assert n.query("SELECT tool FROM provenance_claims WHERE tool <> ''") == [("evil",)]
        assert n.count("jobs", "name = 'provenance.check'") == 1
