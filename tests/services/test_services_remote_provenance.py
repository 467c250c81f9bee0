"""What other servers say of the making of their media, in the ways in which they say it; and how it is kept."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson
import pytest
from conftest import World

from fedserver.db.queries import media, statuses
from fedserver.db.queries import provenance as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.domain.provenance.claims import Basis, Claim, Integrity, Signature, State, Trust
from fedserver.media.findings import Findings, Reading
from fedserver.services import provenance, remote, remote_checks
from protocol.activitystreams.provenance import Made, Said, Validation
from protocol.activitystreams.read import read_object
from protocol.activitystreams.values import Media, Object

AI = "trainedAlgorithmicMedia"
IMAGE = "https://there.test/media/1.webp"
DIGEST = "zQmYSw1upC9MFciDkMoBnBjxWUzpfXeiyBkZzdXaYMmnDuU"
OTHER = "zQmXSw1upC9MFciDkMoBnBjxWUzpfXeiyBkZzdXaYMmnDuU"

# as PieFed 1.x writes a post with a picture into a community
PAGE: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"genAI": "https://purl.archive.org/piefed#genAI"}],
    "id": "https://there.test/post/7",
    "type": "Page",
    "attributedTo": "https://there.test/users/bob",
    "to": ["https://there.test/c/art", "https://www.w3.org/ns/activitystreams#Public"],
    "cc": [],
    "name": "A lighthouse",
    "content": "<p>look</p>",
    "mediaType": "text/html",
    "source": {"content": "look", "mediaType": "text/markdown"},
    "attachment": [{"type": "Image", "url": IMAGE}],
    "commentsEnabled": True,
    "sensitive": False,
    "genAI": True,
    "published": "2026-11-20T10:00:00+00:00",
    "language": {"identifier": "en", "name": "English"},
    "audience": "https://there.test/c/art",
    "tag": [],
}
# as Mastodon 4.5 writes one
NOTE: dict[str, Any] = {
    "id": "https://there.test/users/bob/statuses/8",
    "type": "Note",
    "attributedTo": "https://there.test/users/bob",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "cc": ["https://there.test/users/bob/followers"],
    "content": "<p>look</p>",
    "published": "2026-11-20T10:00:00Z",
    "attachment": [
        {
            "type": "Document",
            "mediaType": "image/webp",
            "url": IMAGE,
            "name": "a lighthouse",
            "blurhash": "UAO3P0",
            "focalPoint": [0.0, 0.0],
            "width": 640,
            "height": 480,
        }
    ],
    "tag": [],
}


@pytest.fixture
def bob(world: World) -> Account:
    world.site = dataclasses.replace(world.site, ai_hashtags=frozenset({"aigenerated", "aiart"}))
    return world.remote("bob")


def receive(world: World, bob: Account, document: dict[str, Any], proof: str = "") -> Status:
    obj = read_object(document)
    found = world.run(lambda unit: remote.receive_status(unit, bob, obj, proof=proof))
    assert found is not None
    return found


def label_of(world: World, status: Status) -> str | None:
    found = world.run(lambda unit: unit.all(rows.made_of_statuses([status.id])))
    return found[0].label if found else None


def claims_of(world: World, status: Status) -> list[rows.Claimed]:
    return world.run(lambda unit: unit.all(rows.claims_of_statuses([status.id])))


def checks(world: World) -> list[Any]:
    found = world.connection.execute("SELECT payload FROM jobs WHERE name = 'provenance.check'").fetchall()
    return [orjson.loads(payload) for (payload,) in found]


def test_piefeds_word_is_a_claim_by_that_server(world: World, bob: Account) -> None:
    status = receive(world, bob, PAGE)
    (claim,) = claims_of(world, status)
    assert (claim.basis, claim.by_name, claim.source_type) == ("remote-server", "there.test", AI)
    assert label_of(world, status) == "ai-generated"
    assert [each["proof"] for each in checks(world)] == [""]


@pytest.mark.parametrize("said", [False, None, "true", 1])
def test_what_is_not_said_is_unknown(world: World, bob: Account, said: object) -> None:
    status = receive(world, bob, {**PAGE, "genAI": said})
    assert (claims_of(world, status), label_of(world, status), checks(world)) == ([], None, [])


def test_a_mastodon_post_says_nothing_unless_by_its_hashtags(world: World, bob: Account) -> None:
    plain = receive(world, bob, NOTE)
    assert (claims_of(world, plain), label_of(world, plain)) == ([], None)
    tag = {"type": "Hashtag", "href": "https://there.test/tags/aiart", "name": "#AIart"}
    other = {**NOTE, "id": f"{NOTE['id']}1", "tag": [tag, {"type": "Hashtag", "name": "#cats"}]}
    tagged = receive(world, bob, other)
    assert label_of(world, tagged) == "ai-generated"
    assert [(c.basis, c.by_name) for c in claims_of(world, tagged)] == [("remote-server", "there.test")]


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ({"href": "https://labels.test/ai-generated", "name": "whatever"}, "ai-generated"),
        ({"href": "https://labels.test/17", "name": "Generated by AI"}, "ai-generated"),
        ({"href": "https://labels.test/partly_ai", "name": ""}, "partly-ai"),
        ({"href": "https://labels.test/nsfw", "name": "NSFW"}, None),
    ],
)
def test_labels_of_others(world: World, bob: Account, label: dict[str, str], wanted: str | None) -> None:
    status = receive(world, bob, {**NOTE, "tag": [{"type": "Label", **label}]})
    assert label_of(world, status) == wanted


def test_a_mark_on_a_post_without_media_is_about_its_text(world: World, bob: Account) -> None:
    status = receive(world, bob, {**PAGE, "attachment": []})
    said = world.run(lambda unit: unit.one(rows.said([status.id])))
    assert said is not None and said.text_made == "generated"


def test_the_mediums_own_words_go_before_those_of_the_post(world: World, bob: Account) -> None:
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    medium = {"type": "Image", "url": IMAGE, "digitalSourceType": source}
    status = receive(world, bob, {**PAGE, "attachment": [medium]})
    assert label_of(world, status) == "partly-ai"


def _own(bob: Account, *claims: Said, digest: str = DIGEST) -> Object:
    return Object(
        id=f"{bob.uri}/9",
        type="Note",
        attributed_to=bob.uri,
        url=f"{bob.uri}/9",
        to=("https://www.w3.org/ns/activitystreams#Public",),
        attachments=(Media("Image", IMAGE, "image/webp", digest_multibase=digest, made=Made(claims=claims)),),
    )


def _medium(world: World, status: Status) -> media.Medium:
    return world.run(lambda unit: unit.get(media.of_statuses([status.id])))


def _check(world: World, status: Status) -> tuple[str, str, dict[str, Any]] | None:
    found = [c for c in claims_of(world, status) if provenance.is_check(c) and c.revoked_at is None]
    assert len(found) <= 1
    return (found[0].integrity, found[0].signature, orjson.loads(found[0].evidence)["check"]) if found else None


def test_bytes_that_fit_and_bytes_that_do_not(world: World, bob: Account) -> None:
    said = Said("declared", AI, bob.uri)
    found = world.run(lambda unit: remote.receive_status(unit, bob, _own(bob, said)))
    assert found is not None
    medium = _medium(world, found)
    world.run(lambda unit: remote_checks.record(unit, medium.id, said=DIGEST, found=DIGEST, proof="valid"))
    check = _check(world, found)
    assert check is not None and check[:2] == ("intact", "valid") and check[2]["digest"] == "match"
    assert label_of(world, found) == "ai-generated"
    # later, other bytes at the same address: the receiver says so, and the former answer stays in the history
    world.run(lambda unit: remote_checks.record(unit, medium.id, said=DIGEST, found=OTHER))
    check = _check(world, found)
    assert check is not None and check[:2] == ("broken", "valid") and check[2]["digest"] == "mismatch"
    assert label_of(world, found) == "disputed"
    history = [c for c in claims_of(world, found) if provenance.is_check(c)]
    assert [c.revoked_at is not None for c in history] == [True, False]


def test_a_promise_of_an_intact_manifest_is_checked(world: World, bob: Account) -> None:
    promise = Said("c2pa", "digitalCapture", "", validation=Validation("intact", "valid", "trusted", "anyone"))
    found = world.run(lambda unit: remote.receive_status(unit, bob, _own(bob, promise)))
    assert found is not None
    medium = _medium(world, found)

    def checked(findings: Findings) -> str:
        def work(unit: Any) -> None:
            provenance.store_findings(unit, medium.id, findings)
            remote_checks.record(unit, medium.id, said=DIGEST, found=DIGEST)

        world.run(work)
        check = _check(world, found)
        assert check is not None
        return f"{check[0]} {check[2]['manifest']}"

    assert checked(Findings(reading=Reading.NONE)) == "broken missing"
    state = State(Integrity.BROKEN, Signature.VALID, Trust.TRUSTED)
    assert (
        checked(Findings((Claim(Basis.C2PA, "digitalCapture", state=state),), reading=Reading.READ)) == "broken broken"
    )
    state = State(Integrity.INTACT, Signature.VALID, Trust.TRUSTED)
    assert (
        checked(Findings((Claim(Basis.C2PA, "digitalCapture", state=state),), reading=Reading.READ)) == "intact found"
    )
    assert label_of(world, found) == "captured"


def test_what_only_the_origin_could_check_is_no_promise(world: World, bob: Account) -> None:
    promise = Said("c2pa", AI, "", validation=Validation("intact", "valid", "trusted", "origin"))
    found = world.run(lambda unit: remote.receive_status(unit, bob, _own(bob, promise)))
    assert found is not None
    medium = _medium(world, found)
    world.run(lambda unit: remote_checks.record(unit, medium.id, said=DIGEST, found=DIGEST))
    check = _check(world, found)
    assert check is not None and check[0] == "intact" and "manifest" not in check[2]


def test_nothing_is_written_where_nobody_speaks(world: World, bob: Account) -> None:
    status = receive(world, bob, NOTE)
    medium = _medium(world, status)
    world.run(lambda unit: remote_checks.record(unit, medium.id, said=DIGEST, found=OTHER, proof="broken"))
    assert claims_of(world, status) == []


def test_other_words_at_an_edit_revoke_the_former_and_make_a_version(world: World, bob: Account) -> None:
    first = _own(bob, Said("declared", AI, bob.uri))
    status = world.run(lambda unit: remote.receive_status(unit, bob, first))
    assert status is not None
    before = _medium(world, status)
    second = dataclasses.replace(_own(bob, Said("declared", "notAI", bob.uri)), updated=2_000_000_000_000)
    assert world.run(lambda unit: remote.edit_status(unit, bob, status, second, ()))
    assert _medium(world, status).id == before.id
    declared = {c.source_type: c.revoked_at is not None for c in claims_of(world, status) if c.basis == "declared"}
    assert declared == {AI: True, "notAI": False}
    assert label_of(world, status) == "human-declared"
    assert world.value("SELECT count(*) FROM status_edits WHERE status_id = ?", status.id) == 1
    # the same again is no edit
    current = world.run(lambda unit: unit.get(statuses.by_id(status.id)))
    third = dataclasses.replace(second, updated=2_000_000_001_000)
    assert not world.run(lambda unit: remote.edit_status(unit, bob, current, third, ()))
    assert world.value("SELECT count(*) FROM status_edits WHERE status_id = ?", status.id) == 1


def test_another_digest_at_an_edit_lets_the_stored_bytes_go(world: World, bob: Account) -> None:
    status = world.run(lambda unit: remote.receive_status(unit, bob, _own(bob, Said("declared", AI, bob.uri))))
    assert status is not None
    medium = _medium(world, status)
    values = {"file_key": "a", "preview_key": "b", "cached_at": 5}
    world.run(lambda unit: unit.run(media.change(medium.id, values)))
    other = dataclasses.replace(_own(bob, Said("declared", AI, bob.uri), digest=OTHER), updated=2_000_000_000_000)
    assert world.run(lambda unit: remote.edit_status(unit, bob, status, other, ()))
    after = _medium(world, status)
    assert (after.id, after.digest, after.file_key, after.cached_at) == (medium.id, OTHER, None, None)
