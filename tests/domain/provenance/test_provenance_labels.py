"""The label, against the table of docs/provenance.md, and what must hold whatever the table says."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from fedserver.domain.provenance.claims import (
    GENERATED,
    NOT_AI,
    PARTLY,
    Basis,
    Claim,
    Integrity,
    Signature,
    State,
    Trust,
)
from fedserver.domain.provenance.labels import Label, label, strongest

PAGE = Path(__file__).parents[3] / "docs" / "provenance.md"
WORDS = {
    "AI": Label.GENERATED,
    "partly": Label.PARTLY,
    "maybe": Label.MAYBE,
    "camera": Label.CAPTURED,
    "human": Label.DECLARED,
    "unknown": Label.UNKNOWN,
    "disputed": Label.DISPUTED,
}
STATES = {
    "trusted": State(Integrity.INTACT, Signature.VALID, Trust.TRUSTED),
    "untrusted": State(Integrity.INTACT, Signature.VALID, Trust.UNTRUSTED),
    "expired": State(Integrity.INTACT, Signature.VALID, Trust.EXPIRED),
}
FAILED = {
    "changed bytes": State(Integrity.BROKEN, Signature.VALID, Trust.TRUSTED),
    "changed claim": State(Integrity.BROKEN, Signature.INVALID, Trust.UNTRUSTED),
    "expired and broken": State(Integrity.BROKEN, Signature.VALID, Trust.EXPIRED),
    "revoked": State(Integrity.INTACT, Signature.VALID, Trust.REVOKED),
    "never checked": State(),
}


def manifests(*types: str) -> list[Claim]:
    return [Claim(Basis.C2PA, each, state=state) for each in types for state in STATES.values()]


def broken(*types: str) -> list[Claim]:
    return [Claim(Basis.C2PA, each, state=state) for each in types for state in FAILED.values()]


CAMERA = ("digitalCapture", "computationalCapture", "negativeFilm")
HUMAN = ("digitalCreation", "algorithmicMedia", "humanEdits", NOT_AI)
STATEMENTS: dict[str, list[Claim]] = {
    "C2PA: AI": manifests(GENERATED),
    "C2PA: partly AI": manifests(PARTLY),
    "C2PA: composite": manifests("composite"),
    "C2PA: camera": manifests(*CAMERA),
    "C2PA: not AI": manifests(*HUMAN),
    "C2PA broken: AI": broken(GENERATED, PARTLY),
    "C2PA broken: other": broken(*CAMERA, *HUMAN, "composite", ""),
    "XMP: AI": [Claim(Basis.XMP, GENERATED)],
    "XMP: partly AI": [Claim(Basis.XMP, PARTLY)],
    "XMP: composite": [Claim(Basis.XMP, "composite"), Claim(Basis.XMP, "compositeSynthetic")],
    "XMP: camera, not AI": [Claim(Basis.XMP, each) for each in (*CAMERA, *HUMAN)],
    "tool block": [Claim(Basis.TOOL, GENERATED, tool="ComfyUI")],
    "declared: generated": [Claim(Basis.DECLARED, GENERATED)],
    "declared: assisted": [Claim(Basis.DECLARED, PARTLY)],
    "declared: not AI": [Claim(Basis.DECLARED, NOT_AI)],
    "moderator: AI": [Claim(Basis.MODERATOR, GENERATED)],
    "moderator: partly AI": [Claim(Basis.MODERATOR, PARTLY)],
    "moderator: not AI": [Claim(Basis.MODERATOR, NOT_AI)],
}
EVERY = [claim for claims in STATEMENTS.values() for claim in claims]


def table() -> tuple[dict[str, Label], dict[tuple[str, str], Label]]:
    """What the page says of each statement alone, and of each pair."""
    rows = [
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| \d+ ", line)
    ]
    names = [row[0].partition(" ")[2] for row in rows]
    alone = {name: WORDS[row[1]] for name, row in zip(names, rows, strict=True)}
    pairs = {
        (name, other): WORDS[cell]
        for name, row in zip(names, rows, strict=True)
        for other, cell in zip(names, row[2:] + [""] * (len(names) - len(row) + 2), strict=True)
        if cell
    }
    return alone, pairs


ALONE, PAIRS = table()


def test_the_page_has_every_statement_and_every_pair_of_two_bases() -> None:
    assert list(ALONE) == list(STATEMENTS)
    bases = {name: claims[0].basis for name, claims in STATEMENTS.items()}
    assert set(PAIRS) == {(one, other) for one, other in product(bases, bases) if bases[one] != bases[other]}
    assert all(PAIRS[other, one] is word for (one, other), word in PAIRS.items())


@pytest.mark.parametrize("name", STATEMENTS)
def test_alone(name: str) -> None:
    assert {label([claim]) for claim in STATEMENTS[name]} == {ALONE[name]}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_pairs(one: str, other: str) -> None:
    found = {label([a, b]) for a, b in product(STATEMENTS[one], STATEMENTS[other])}
    assert found == {PAIRS[one, other]}


def test_no_signal_is_unknown() -> None:
    assert label([]) is Label.UNKNOWN
    camera = Claim(Basis.TOOL, "", tool="Canon EOS 5D")
    assert label([camera]) is label([Claim(Basis.XMP, "screenCapture")]) is Label.UNKNOWN


def test_only_an_intact_manifest_of_a_camera_is_captured() -> None:
    for one, other, third in product(EVERY, EVERY, EVERY[::5]):
        claims = [one, other, third]
        if label(claims) is Label.CAPTURED:
            assert any(c.basis is Basis.C2PA and c.source_type in CAMERA and c.state in STATES.values() for c in claims)
            assert not any(c.basis is Basis.C2PA and c.state in FAILED.values() for c in claims)


def test_the_order_of_claims_says_nothing() -> None:
    for one, other, third in product(EVERY[::2], EVERY[::3], EVERY[::4]):
        assert label([one, other, third]) is label([third, other, one]) is label([other, third, one, one])


def test_a_moderator_decides_and_two_may_disagree() -> None:
    for claim in EVERY:
        if claim.basis is not Basis.MODERATOR:
            assert label([claim, Claim(Basis.MODERATOR, NOT_AI)]) is Label.DECLARED
            assert label([claim, Claim(Basis.MODERATOR, GENERATED)]) is Label.GENERATED
    assert label([Claim(Basis.MODERATOR, NOT_AI), Claim(Basis.MODERATOR, GENERATED)]) is Label.DISPUTED
    assert label([Claim(Basis.MODERATOR, NOT_AI), Claim(Basis.MODERATOR, GENERATED, revoked=True)]) is Label.DECLARED


def test_what_was_withdrawn_does_not_count() -> None:
    for claim in EVERY:
        assert label([claim._replace(revoked=True)]) is Label.UNKNOWN


def link(source_type: str, relation: str, depth: int, *, state: State = STATES["untrusted"]) -> Claim:
    return Claim(Basis.C2PA, source_type, state=state, evidence={"relation": relation, "depth": depth})


CAPTURE, BROKEN = "digitalCapture", FAILED["changed bytes"]


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        # what a generator made, and somebody signed again
        ([link("", "active", 0), link(GENERATED, "parentOf", 1)], Label.GENERATED),
        ([link("digitalCreation", "active", 0), link(GENERATED, "parentOf", 1)], Label.GENERATED),
        # a photograph that claims to be one, with a generated parent: hides nothing
        ([link(CAPTURE, "active", 0), link(GENERATED, "parentOf", 1)], Label.GENERATED),
        # a photograph in which a generator worked
        ([link(GENERATED, "active", 0), link(CAPTURE, "active", 0)], Label.PARTLY),
        ([link(PARTLY, "active", 0), link(CAPTURE, "parentOf", 1)], Label.PARTLY),
        ([link(GENERATED, "active", 0), link(CAPTURE, "parentOf", 1)], Label.PARTLY),
        # something generated was placed in it
        ([link("", "active", 0), link(GENERATED, "componentOf", 1)], Label.PARTLY),
        ([link(CAPTURE, "active", 0), link(GENERATED, "componentOf", 1)], Label.PARTLY),
        # a capture that was placed, or shown to a model, says nothing about the rest
        ([link("", "active", 0), link(CAPTURE, "componentOf", 1)], Label.UNKNOWN),
        ([link(GENERATED, "active", 0), link(CAPTURE, "inputTo", 1)], Label.GENERATED),
        ([link("", "active", 0), link(GENERATED, "inputTo", 1)], Label.UNKNOWN),
        ([link("", "active", 0), link(CAPTURE, "parentOf", 1)], Label.CAPTURED),
        ([link("composite", "active", 0), link(CAPTURE, "parentOf", 1)], Label.MAYBE),
        # laundering: whatever is signed on top of something broken, it is no capture
        ([link("", "active", 0), link(CAPTURE, "parentOf", 1, state=BROKEN)], Label.UNKNOWN),
        ([link(CAPTURE, "active", 0), link(CAPTURE, "parentOf", 1, state=BROKEN)], Label.UNKNOWN),
        ([link(CAPTURE, "active", 0), link("", "componentOf", 1, state=BROKEN)], Label.UNKNOWN),
        ([link("", "active", 0), link(GENERATED, "parentOf", 1, state=BROKEN)], Label.MAYBE),
        ([link(CAPTURE, "active", 0), link(GENERATED, "parentOf", 1, state=BROKEN)], Label.MAYBE),
    ],
)
def test_chains(chain: list[Claim], expected: Label) -> None:
    assert label(chain) is label(chain[::-1]) is expected


def test_the_label_of_a_post_is_the_one_that_most_needs_to_be_seen() -> None:
    assert strongest([]) is None
    assert strongest(["unknown", "captured"]) is Label.CAPTURED
    assert strongest([Label.GENERATED, Label.DISPUTED, Label.DECLARED]) is Label.DISPUTED
    order = ("disputed", "ai-generated", "partly-ai", "may-contain-ai", "human-declared", "captured", "unknown")
    assert set(order) == set(map(str, Label))
    for place, each in enumerate(order):
        assert strongest(order[place:][::-1]) == each
