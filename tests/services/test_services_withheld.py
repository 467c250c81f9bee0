"""Files that are taken off their posts: shown and served to nobody, back when that is undone; and what happens when
more becomes known of a file later."""

from __future__ import annotations

from typing import Any

import pytest
from flood_support import Stage
from rules_support import arrive, decided, enact, rule, status

from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import media as media_rows
from fedserver.domain.provenance.claims import GENERATED, Basis, Claim
from fedserver.media.findings import Findings, Reading
from fedserver.services import ledger, provenance, remote, statuses
from fedserver.services.ledger import Act
from fedserver.services.statuses import Revision
from protocol.activitystreams.values import Media, Object


@pytest.fixture
def stage(world: Any, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(world, monkeypatch)


def _shown(world: Any, status_id: int) -> int:
    return len(world.run(lambda unit: unit.all(media_rows.of_statuses([status_id]))))


def _held_back(world: Any, status_id: int) -> list[bool]:
    rows = world.run(lambda unit: unit.all(media_rows.all_of_statuses([status_id])))
    return [each.withheld_at is not None for each in rows]


def _id(world: Any, uri: str) -> int:
    return int(world.value("SELECT id FROM statuses WHERE uri = ?", uri))


def test_stripped_and_given_back(stage: Stage) -> None:
    world = stage.world
    one = _id(world, stage.picture(stage.ann, "A sketch"))
    version = status(world, one).version
    made = world.run(lambda unit: ledger.decide(unit, Act("strip-media", "status", one, "x", stage.ann.id), None))
    assert (_shown(world, one), _held_back(world, one)) == (0, [True])
    assert status(world, one).version > version
    world.run(lambda unit: ledger.undo(unit, made.id, None))
    assert (_shown(world, one), _held_back(world, one)) == (1, [False])


def test_one_file_and_its_post_are_two_decisions(stage: Stage) -> None:
    world = stage.world
    one = _id(world, stage.says(stage.ann, "Two", media_ids=[stage.upload(stage.ann), stage.upload(stage.ann)]))
    first = world.run(lambda unit: unit.all(media_rows.of_statuses([one])))[0]
    single = world.run(lambda unit: ledger.decide(unit, Act("strip-media", "media", first.id, "x", stage.ann.id), None))
    assert _held_back(world, one) == [True, False]
    both = world.run(lambda unit: ledger.decide(unit, Act("strip-media", "status", one, "x", stage.ann.id), None))
    assert _held_back(world, one) == [True, True]
    world.run(lambda unit: ledger.undo(unit, both.id, None))
    assert _held_back(world, one) == [True, False]
    world.run(lambda unit: ledger.undo(unit, single.id, None))
    assert _held_back(world, one) == [False, False]


def test_an_edit_brings_no_file_past_it(stage: Stage) -> None:
    world = stage.world
    one = _id(world, stage.picture(stage.ann, "A sketch"))
    world.run(lambda unit: ledger.decide(unit, Act("strip-media", "status", one, "x", stage.ann.id), None))
    other = stage.upload(stage.ann)
    world.run(lambda unit: statuses.edit(unit, stage.ann.id, one, Revision("Another", media_ids=[other])))
    assert (_shown(world, one), _held_back(world, one)) == (0, [True, True])


def test_a_remote_edit_neither_doubles_nor_frees_it(stage: Stage) -> None:
    world, file = stage.world, Media("Image", "https://friends.test/1.png", "image/png", "A lake")
    found = arrive(world, stage.friend, "1", "A lake", attachments=(file,))
    assert found is not None
    world.run(lambda unit: ledger.decide(unit, Act("strip-media", "status", found.id, "x", stage.friend.id), None))
    new = Object(
        id=found.uri,
        url=found.uri,
        type="Note",
        attributed_to=stage.friend.uri,
        content_html="<p>A lake, again</p>",
        to=("https://www.w3.org/ns/activitystreams#Public",),
        attachments=(file, Media("Image", "https://friends.test/2.png", "image/png")),
        updated=found.created_at + 5000,
    )
    world.run(lambda unit: remote.edit_status(unit, stage.friend, found, new, ()))
    assert (_shown(world, found.id), _held_back(world, found.id)) == (0, [True, True])


def test_the_pictures_of_a_profile(stage: Stage) -> None:
    world, friend = stage.world, stage.friend
    assert friend.avatar_id is not None
    act = Act("strip-media", "account", friend.id, friend.uri, friend.id)
    made = world.run(lambda unit: ledger.decide(unit, act, None))
    assert world.again(friend).avatar_id is None
    world.run(lambda unit: ledger.undo(unit, made.id, None))
    assert world.again(friend).avatar_id == friend.avatar_id


def test_what_a_file_turns_out_to_be(stage: Stage) -> None:
    """A fetched file says later that a model made it: the rule is asked again; its author says so: the label goes."""
    world = stage.world
    enact(world, rule("say-so", "post.ai_evidence and not post.ai_disclosed", "label", label="no AI disclosure"))
    one = _id(world, stage.picture(stage.ann, "A lake"))
    assert decided(world) == []
    (medium,) = world.run(lambda unit: unit.all(media_rows.of_statuses([one])))
    found = Findings(claims=(Claim(Basis.TOOL, GENERATED, "", "ComfyUI"),), reading=Reading.READ)
    world.run(lambda unit: provenance.store_findings(unit, medium.id, found))
    (decision,) = decided(world)
    assert decision.label == "no AI disclosure" and '"post.ai_evidence":true' in (decision.inputs or "")
    from fedserver.domain.provenance.declarations import Declaration

    world.run(lambda unit: provenance.declare(unit, stage.ann.id, medium.id, Declaration("generated")))
    assert world.run(lambda unit: unit.all(ledger_rows.labels_of([one]))) == []
    (decision,) = decided(world)
    assert decision.undone_because == "it no longer applies"


def test_a_file_that_is_found_out_later_is_held_not_refused(stage: Stage) -> None:
    world = stage.world
    enact(world, rule("none", "post.ai_evidence", "reject"))
    one = _id(world, stage.picture(stage.ann, "A lake"))
    (medium,) = world.run(lambda unit: unit.all(media_rows.of_statuses([one])))
    found = Findings(claims=(Claim(Basis.TOOL, GENERATED, "", "ComfyUI"),), reading=Reading.READ)
    world.run(lambda unit: provenance.store_findings(unit, medium.id, found))
    assert status(world, one).visibility == 4 and [each.verb for each in decided(world)] == ["hold"]
