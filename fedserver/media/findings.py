"""What the media child read in one file about how it was made: its answer beside the previews.

A reader that fails never fails the upload: ``reading`` says `unreadable`, and the rest is what other readers found.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from fedserver.domain.provenance.claims import Claim
from fedserver.domain.provenance.recipes import Recipe


class Reading(StrEnum):
    """How the reading went; the words of `media_provenance.reading`, which knows `pending` besides."""

    READ = "read"
    # a part of the file broke a reader, took too long, or asked for more than a reader gives
    UNREADABLE = "unreadable"
    # every reader came to its end and none found a statement
    NONE = "none"


class Look(NamedTuple):
    """What a picture looks like: PDQ hashes, 64 hexadecimal digits each, quality 0 to 100.

    ``hashes``: as it stands, then turned by 90, 180 and 270 degrees, then these four mirrored. The smallest of the
    eight is the same text for all eight pictures where they hash alike.
    """

    hashes: tuple[str, ...]
    quality: int


class Findings(NamedTuple):
    """What was read in one file.

    ``private``: names of the fields in it that tell about a person (gps, serial-number, owner-name, prompt ...), never
    their values. ``wishes``: the last part of plus:DataMining (DMI-PROHIBITED ...); None where nothing is said.
    ``has_c2pa``: a manifest stands in the file, whether or not it could be read.
    """

    claims: tuple[Claim, ...] = ()
    recipe: Recipe | None = None
    reading: Reading = Reading.NONE
    has_c2pa: bool = False
    private: tuple[str, ...] = ()
    wishes: str | None = None
    pdq: Look | None = None


NOTHING = Findings()
UNREADABLE = Findings(reading=Reading.UNREADABLE)
