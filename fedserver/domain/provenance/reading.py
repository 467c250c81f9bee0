"""What a reader wants of AI media and of media of which nothing is known, and which posts that is about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from fedserver.domain.provenance.labels import Label

AI_LABELS: Final = frozenset(map(str, (Label.GENERATED, Label.PARTLY, Label.MAYBE, Label.DISPUTED)))
"""Labels that tell of a trained model. What is disputed is among them: else a false declaration would be a way out."""
CHOICES: Final = ("show", "label", "blur", "hide")
# the keywords of filters: ``provenance:ai`` and so on
PREFIX: Final = "provenance:"
AI, UNLABELLED = f"{PREFIX}ai", f"{PREFIX}unlabelled"


class Wishes(NamedTuple):
    """Each one of ``CHOICES``. Show and label differ in what a program draws; blur and hide are the server's work."""

    ai: str = "label"
    unlabelled: str = "show"

    @property
    def filter(self) -> bool:
        """Whether a post may look different for this reader."""
        return self.ai in ("blur", "hide") or self.unlabelled in ("blur", "hide")


def wishes_of(kept: Mapping[str, Any]) -> Wishes:
    """Out of kept preferences; what is missing or means nothing is the default."""
    found = Wishes()
    ai, unlabelled = kept.get("media_ai"), kept.get("media_unlabelled")
    return Wishes(ai if ai in CHOICES else found.ai, unlabelled if unlabelled in CHOICES else found.unlabelled)


def marks(labels: Iterable[str], text_made: str | None) -> tuple[str, ...]:
    """The keywords that a post with media of these labels answers to; a text that is generated is AI as well."""
    named = list(dict.fromkeys(labels))
    found = [f"{PREFIX}{each}" for each in named]
    if AI_LABELS.intersection(named) or text_made == "generated":
        found.append(AI)
    if str(Label.UNKNOWN) in named:
        found.append(UNLABELLED)
    return tuple(found)
