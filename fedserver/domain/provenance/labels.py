"""From all claims about a medium to the one label that a reader sees. Pure; `docs/provenance.md` has it as a table.

The theory, in the order in which it is asked:

1. A moderator has looked: that word stands, until two moderators disagree.
2. Somebody says that AI made it or took part, and somebody says that none did: *disputed*. Nobody's word is dropped,
   and no basis outweighs another into silence.
3. Somebody says AI, nobody says no: the word of the basis that stands first in `ORDER`, since a signed statement knows
   better than a left-over block whether the whole picture or a part of it was made.
4. A manifest that was broken after it was signed spoke of other bytes. It cannot show that a camera took this picture;
   that it spoke of AI is still worth a warning: *may contain AI*.
5. Nobody says AI: *captured* where an intact manifest tells of a camera, whoever signed it (who did is shown beside
   the label), else *human-declared*: somebody says that no AI was used, and no more than that is known.
6. Another server's words that were checked here and do not fit its own bytes or signature: *disputed*, whatever they
   say, unless a moderator has looked.
7. No signal is *unknown*, never human. What a camera writes into EXIF is no signal: anybody can write it.

Source of the words: IPTC NewsCodes, digital source type; C2PA signal rubrics 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from fedserver.domain.provenance.claims import GENERATED, NOT_AI, PARTLY, Basis, Claim, Integrity, Signature, Trust


class Label(StrEnum):
    """What a reader is told."""

    GENERATED = "ai-generated"
    PARTLY = "partly-ai"
    MAYBE = "may-contain-ai"
    CAPTURED = "captured"
    DECLARED = "human-declared"
    UNKNOWN = "unknown"
    DISPUTED = "disputed"


WORDS: Final[dict[str, Label]] = {
    GENERATED: Label.GENERATED,
    PARTLY: Label.PARTLY,
    "composite": Label.MAYBE,
    "compositeSynthetic": Label.MAYBE,
    "digitalCapture": Label.CAPTURED,
    "computationalCapture": Label.CAPTURED,
    "multiFrameComputationalCapture": Label.CAPTURED,
    "compositeCapture": Label.CAPTURED,
    "negativeFilm": Label.CAPTURED,
    "positiveFilm": Label.CAPTURED,
    "print": Label.CAPTURED,
    "digitalCreation": Label.DECLARED,
    "digitalArt": Label.DECLARED,
    "softwareImage": Label.DECLARED,
    "humanEdits": Label.DECLARED,
    "minorHumanEdits": Label.DECLARED,
    "algorithmicMedia": Label.DECLARED,
    "dataDrivenMedia": Label.DECLARED,
    NOT_AI: Label.DECLARED,
}
"""What a source type means. One that is not here (screenCapture, virtualRecording ...) says nothing about AI."""

ORDER: Final = (Basis.C2PA, Basis.XMP, Basis.DECLARED, Basis.REMOTE, Basis.TOOL)
"""Whose word counts where several say AI."""

_AI: Final = frozenset({Label.GENERATED, Label.PARTLY})
_NOT_AI: Final = frozenset({Label.CAPTURED, Label.DECLARED})
_STRONGEST: Final = (
    Label.GENERATED,
    Label.PARTLY,
    Label.CAPTURED,
    Label.DECLARED,
    Label.MAYBE,
    Label.UNKNOWN,
)
_FIRST: Final = (
    Label.DISPUTED,
    Label.GENERATED,
    Label.PARTLY,
    Label.MAYBE,
    Label.DECLARED,
    Label.CAPTURED,
    Label.UNKNOWN,
)
_PLACED: Final = frozenset({"componentOf", "inputTo"})


def label(claims: Iterable[Claim]) -> Label:
    """The label of a medium; claims that were revoked do not count."""
    standing = [claim for claim in claims if not claim.revoked]
    decided = {_word(claim) for claim in standing if claim.basis is Basis.MODERATOR} - {Label.UNKNOWN}
    if decided:
        return decided.pop() if len(decided) == 1 else Label.DISPUTED
    if any(claim.basis is Basis.REMOTE and claim.state.integrity is Integrity.BROKEN for claim in standing):
        return Label.DISPUTED
    words = {basis: _words(basis, [claim for claim in standing if claim.basis is basis]) for basis in ORDER}
    said = frozenset[Label]().union(*words.values())
    suspect = any(map(_suspect, standing))
    if said & _NOT_AI and (said & _AI or suspect):
        return Label.DISPUTED
    if said & _AI:
        return next(_strongest(words[basis] & _AI) for basis in ORDER if words[basis] & _AI)
    if suspect:
        return Label.MAYBE
    return _strongest(said)


def strongest(labels: Iterable[str]) -> Label | None:
    """The label that a post shows for several media: what a reader has to know first. None without media."""
    found = set(labels)
    return next((each for each in _FIRST if each in found), None)


def _words(basis: Basis, claims: Sequence[Claim]) -> frozenset[Label]:
    """What the claims of one basis say. Those of a manifest's chain are one statement."""
    if basis is Basis.C2PA:
        return frozenset({_chain(claims)})
    return frozenset(map(_word, claims))


def _word(claim: Claim) -> Label:
    """What an unsigned statement says. That a camera was used is then no more than somebody's word."""
    word = WORDS.get(claim.source_type, Label.UNKNOWN)
    return Label.DECLARED if word is Label.CAPTURED else word


def _chain(claims: Sequence[Claim]) -> Label:
    """What a manifest says with its ingredients.

    What was generated and placed into a picture makes it partly AI, and what was captured and placed says nothing
    about the rest. A generator that worked on a capture (an edit beside or above it) made a part of it; a capture
    above something generated is a photograph of a screen at best, and hides nothing.
    """
    found: list[tuple[Label, int]] = []
    for claim in claims:
        word = WORDS.get(claim.source_type, Label.UNKNOWN)
        relation = claim.evidence.get("relation", "active")
        if not _holds(claim) or relation == "inputTo":
            continue
        if relation in _PLACED:
            word = Label.PARTLY if word in _AI else Label.UNKNOWN
        depth = claim.evidence.get("depth", 0)
        found.append((word, depth if isinstance(depth, int) else 0))
    word = _strongest({each for each, _ in found})
    if word is Label.GENERATED:
        generated = min(depth for each, depth in found if each is Label.GENERATED)
        deepest = max((depth for each, depth in found if each is Label.CAPTURED), default=-1)
        return Label.PARTLY if generated <= deepest else word
    if word is Label.CAPTURED and not all(map(_holds, claims)):
        return Label.UNKNOWN
    return word


def _holds(claim: Claim) -> bool:
    """Whether a manifest speaks of these bytes. An expired certificate is not tampering; a revoked one is no signer."""
    state = claim.state
    return (
        state.integrity is Integrity.INTACT and state.signature is Signature.VALID and state.trust is not Trust.REVOKED
    )


def _suspect(claim: Claim) -> bool:
    """A manifest that spoke of AI before it was broken."""
    if claim.basis is not Basis.C2PA or _holds(claim) or claim.evidence.get("relation") == "inputTo":
        return False
    return WORDS.get(claim.source_type) in _AI


def _strongest(words: Iterable[Label]) -> Label:
    found = set(words)
    if Label.MAYBE in found:
        # of what was put together from several things, a camera took one at most
        found.discard(Label.CAPTURED)
    return next((each for each in _STRONGEST if each in found), Label.UNKNOWN)
