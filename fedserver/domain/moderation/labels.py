"""Labels on posts: their names as ids, and how a reader is shown a post that bears some. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

CHOICES: Final = ("show", "blur", "warn", "hide")
COMMUNITY: Final = 0
_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 60


class Borne(NamedTuple):
    """A label on a post. ``labeler``: a row of ``labelers``, 0 for the reader's own community; ``for_all``: everybody
    here reads it who does not say otherwise. ``ends`` in ms, None for no end."""

    id: int
    labeler: int
    for_all: bool
    value: str
    shown: str
    title: str
    by: str
    ends: int | None


class Reading(NamedTuple):
    """What one reader chose: labelers beyond the community's, and a choice by (labeler, value)."""

    labelers: frozenset[int] = frozenset()
    choices: Mapping[tuple[int, str], str] = {}


NOBODY: Final = Reading()


def slug(text: str) -> str:
    """A label's name as the last part of an address: "No AI disclosure" is ``no-ai-disclosure``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-")[:_LONGEST] or "label"


def acts(labels: Iterable[Borne], reading: Reading, *, media: bool, now: int) -> list[tuple[Borne, str]]:
    """The labels that do something to a post for this reader, each with blur, warn or hide.

    A label that is only a note has no other way into apps than ``filtered``: it blurs media, and stands before a post
    without media, until the reader chooses ``show`` for it.
    """
    found = []
    for label in labels:
        if label.ends is not None and label.ends <= now:
            continue
        if label.labeler != COMMUNITY and not label.for_all and label.labeler not in reading.labelers:
            continue
        choice = reading.choices.get((label.labeler, label.value), label.shown)
        if choice == "show":
            continue
        if choice in ("label", "blur"):
            choice = "blur" if media else "warn"
        found.append((label, choice))
    return found
