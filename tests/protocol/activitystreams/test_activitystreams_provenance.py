"""How something was made, in documents: there and back, as others write it, and what hostile documents get."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedserver.domain.provenance import claims as domain
from protocol.activitystreams import limits, provenance, write
from protocol.activitystreams.provenance import (
    UNSAID,
    Generator,
    Made,
    Said,
    SaidRecipe,
    Validation,
    source_type_address,
    source_type_name,
)
from protocol.activitystreams.read import provenance as provenance_reader
from protocol.activitystreams.read import read_actor, read_object
from protocol.activitystreams.read.provenance import read_made, read_made_medium
from protocol.activitystreams.values import Actor, Label, Media, Object
from protocol.activitystreams.vocabulary import MADE_CONTEXT, OBJECT_CONTEXT, PROVENANCE_CONTEXT
from protocol.activitystreams.write.provenance import write_label_definition, write_made

ALICE = "https://home.test/users/alice"
NOTE = f"{ALICE}/statuses/1"
AI = "trainedAlgorithmicMedia"

SAID = Said(
    basis="c2pa",
    source_type=AI,
    attributed_to=ALICE,
    generator=Generator("ComfyUI", "0.3.60"),
    models=("sdxl base", "a lora"),
    validation=Validation("intact", "valid", "untrusted", "anyone", "A Company"),
    manifest="urn:c2pa:1",
    digest_multibase="zQmabc",
    published=1_795_341_456_000,
    revoked=1_795_341_457_000,
)
MADE = Made(
    gen_ai=True,
    source_type=AI,
    generator=Generator("ComfyUI", "0.3.60"),
    claims=(SAID, Said("declared", "notAI", ALICE)),
    recipe=SaidRecipe("a cat", "no dog", "18446744073709551616", 20, "euler", 7.5, ("sdxl",), ("cats",), '{"1":{}}'),
    license="CC0-1.0",
    based_on=("https://far.test/1", "https://far.test/2"),
    no_remix=True,
)


def test_everything_that_is_said_survives() -> None:
    assert read_made_medium(json.loads(json.dumps(write_made(MADE)))) == MADE
    assert write_made(UNSAID) == {}
    assert read_made_medium({}) == UNSAID


def test_a_post_with_a_label_and_a_medium_survives() -> None:
    post = Object(
        id=NOTE,
        type="Note",
        attributed_to=ALICE,
        url=NOTE,
        labels=(Label("https://home.test/labels/ai-generated", "AI-generated"),),
        attachments=(Media("Image", "https://home.test/1.png", digest_multibase="zQmabc", made=MADE),),
        made=Made(gen_ai=True, source_type=AI, claims=(SAID,), based_on=("https://far.test/1",), no_remix=True),
    )
    doc = write.write_object(post)
    assert (doc["genAI"], doc["digitalSourceType"]) == (True, f"http://cv.iptc.org/newscodes/digitalsourcetype/{AI}")
    assert doc["tag"] == [{"type": "Label", "href": "https://home.test/labels/ai-generated", "name": "AI-generated"}]
    assert doc["attachment"][0]["generator"] == {"type": "Application", "name": "ComfyUI", "version": "0.3.60"}
    assert read_object(doc) == post


def test_a_plain_post_says_nothing_of_its_making() -> None:
    doc = write.write_object(Object(id=NOTE, type="Note", attributed_to=ALICE, url=NOTE))
    assert not set(doc) & {"genAI", "digitalSourceType", "provenance", "prompt", "recipe", "isBasedOn", "noRemix"}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", AI),
        ("https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia/", AI),
        ("http://c2pa.org/digitalsourcetype/empty", "empty"),
        ("https://schema.org/TrainedAlgorithmicMediaDigitalSource", AI),
        ("http://schema.org/CompositeWithTrainedAlgorithmicMediaDigitalSource", "compositeWithTrainedAlgorithmicMedia"),
        (AI, AI),
        ("urn:fedserver:ns:notAI", "notAI"),
        ("https://evil.test/trainedAlgorithmicMedia", ""),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/<b>", ""),
        ("javascript:alert(1)", ""),
        ("x" * 10_000, ""),
        ("", ""),
        (7, ""),
        (None, ""),
        ({}, ""),
    ],
)
def test_names_of_source_types(written: object, name: str) -> None:
    assert source_type_name(written) == name
    assert source_type_name(source_type_address(name)) == name


def test_genai_of_piefed_counts_when_it_is_true_only() -> None:
    assert read_made({"genAI": True}).gen_ai
    others: tuple[object, ...] = (False, None, "true", 1, {}, [])
    for said in others:
        assert not read_made({"genAI": said}).gen_ai


def test_the_words_of_checks_are_those_of_the_house() -> None:
    assert frozenset(domain.Basis) == provenance.BASES
    assert frozenset(domain.Integrity) == provenance.INTEGRITY
    assert frozenset(domain.Signature) == provenance.SIGNATURE
    assert frozenset(domain.Trust) == provenance.TRUST
    assert (domain.IPTC, domain.NOT_AI) == (provenance.IPTC, provenance.NOT_AI)


def test_unknown_words_are_not_believed() -> None:
    claim = {"basis": "c2pa", "validation": {"integrity": "perfect", "signature": "VALID", "trust": ["trusted"]}}
    found = read_made({"provenance": claim}).claims
    assert found == (Said("c2pa", validation=Validation(trust="trusted")),)
    others: tuple[object, ...] = ({"basis": "oracle"}, {}, "c2pa", 7, None, [[]])
    for wrong in others:
        assert read_made({"provenance": [wrong]}).claims == ()
    assert read_made({"provenance": [{"basis": "declared", "attributedTo": "javascript:1"}]}).claims[0] == Said(
        "declared"
    )


def test_everything_has_a_cap() -> None:
    claim = {"basis": "declared", "models": [f"m{i}" for i in range(999)], "manifest": "x" * 9999}
    doc = {
        "provenance": [claim] * 999,
        "prompt": "p" * 999_999,
        "isBasedOn": [f"https://far.test/{i}" for i in range(999)],
        "generator": {"name": "n" * 9999, "version": "v" * 9999},
        "recipe": {"workflow": "w" * 999_999, "steps": 10**12, "cfg": 1e300, "seed": "9" * 9999, "loras": ["l"] * 999},
        "license": "l" * 9999,
    }
    made = read_made_medium(doc)
    assert len(made.claims) == limits.CLAIMS
    assert (len(made.claims[0].models), len(made.claims[0].manifest)) == (limits.MODELS, 256)
    assert len(made.based_on) == limits.BASED_ON
    assert made.generator == Generator("n" * limits.TOOL, "v" * 64)
    assert made.recipe == SaidRecipe("p" * limits.PROMPT, seed="9" * 40, loras=("l",))
    assert len(made.license) == 200


INNER = ("basis", "validation", "integrity", "generator", "name", "version", "type", "models", "recipe", "seed", "cfg")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(INNER),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KEYS = ("genAI", "digitalSourceType", "provenance", "generator", "prompt", "recipe", "license", "isBasedOn", "noRemix")


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6))
def test_no_document_breaks_the_reader_and_what_it_gives_can_be_written(doc: dict[str, Any]) -> None:
    made = read_made_medium(doc)
    assert read_made_medium(json.loads(json.dumps(write_made(made)))) == made


def test_every_word_that_is_written_is_in_the_context() -> None:
    words = {**MADE_CONTEXT[-2], **MADE_CONTEXT[-1]}
    activitystreams = {"type", "name", "attributedTo", "published", "generator", "id"}

    def names(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*(names(each) for each in value))
        if isinstance(value, dict):
            return set(value).union(*(names(each) for each in value.values()))
        return set()

    written = names(write_made(MADE)) - activitystreams
    assert written and all(word in words and word in PROVENANCE_CONTEXT for word in written)


def test_posts_that_say_nothing_of_their_making_do_not_carry_the_words() -> None:
    plain = Object(id=NOTE, type="Note", attributed_to=ALICE, url=NOTE)
    assert write.object_context(write.write_object(plain)) == OBJECT_CONTEXT
    speaking = Object(
        id=NOTE,
        type="Note",
        attributed_to=ALICE,
        url=NOTE,
        attachments=(Media("Image", "https://home.test/1.png", made=Made(claims=(SAID,))),),
    )
    doc = write.write_object(speaking)
    assert write.object_context(doc) == MADE_CONTEXT
    assert write.create(id=f"{NOTE}/activity", actor=ALICE, object=doc)["@context"] == MADE_CONTEXT
    assert write.update(id=f"{NOTE}/update", actor=ALICE, object=doc)["@context"] == MADE_CONTEXT


def test_an_automated_account_names_who_answers_for_it() -> None:
    bot = Actor(f"{ALICE}-bot", "Service", "alice-bot", f"{ALICE}-bot/inbox", operator=ALICE)
    doc = write.write_actor(bot)
    assert doc["attributedTo"] == ALICE
    assert read_actor(doc).operator == ALICE
    assert read_actor({**doc, "type": "Person"}).operator is None
    assert read_actor({**doc, "attributedTo": "javascript:1"}).operator is None


def test_a_label_definition() -> None:
    doc = write_label_definition("https://home.test/labels/x", "AI-generated", "words", "https://home.test/actor")
    assert doc == {
        "id": "https://home.test/labels/x",
        "type": "LabelDefinition",
        "name": "AI-generated",
        "summary": "words",
        "attributedTo": "https://home.test/actor",
    }


def test_every_key_that_is_read_counts_as_something_said() -> None:
    """Documents without any of them are not looked at."""
    source = inspect.getsource(provenance_reader)
    keys = set(re.findall(r'doc\.get\("(\w+)"\)', source))
    assert keys == provenance_reader._SAYS | provenance_reader._MEDIUM_SAYS
    assert read_made({}) == read_made_medium({"name": "x"}) == UNSAID
    assert read_made_medium({"generator": "Krita"}).generator is not None
    assert read_made_medium({"prompt": "x"}).recipe is not None
