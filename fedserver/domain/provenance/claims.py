"""A claim: one party's statement about how one medium was made, and what was checked of it.

Integrity, signature and trust are three answers, and none of them is the statement itself: a genuine file can carry
an expired certificate, and a well-signed one can say nothing about its making. Source: C2PA 2.2, section 15
(validation); IPTC NewsCodes, digital source type.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple


class Basis(StrEnum):
    """Where a statement stands."""

    C2PA = "c2pa"
    XMP = "xmp"
    TOOL = "tool-metadata"
    DECLARED = "declared"
    MODERATOR = "moderator"
    REMOTE = "remote-server"


class Integrity(StrEnum):
    """Whether the bytes are those that the statement was bound to."""

    INTACT = "intact"
    BROKEN = "broken"
    # the statement is not bound to bytes, or nothing here could check it
    UNCHECKED = "unchecked"


class Signature(StrEnum):
    """Whether the signature over the statement holds, whoever made it."""

    VALID = "valid"
    INVALID = "invalid"
    NONE = "none"


class Trust(StrEnum):
    """Whether whoever signed stands on a list that this node trusts."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    # on no list or on one, but the certificate had run out and no time stamp says when it was used: not tampering
    EXPIRED = "expired"
    REVOKED = "revoked"
    # nobody signed
    NONE = "none"


class State(NamedTuple):
    """What was checked of a statement."""

    integrity: Integrity = Integrity.UNCHECKED
    signature: Signature = Signature.NONE
    trust: Trust = Trust.NONE


IPTC: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""The names of digital source types stand behind this address."""

GENERATED: Final = "trainedAlgorithmicMedia"
PARTLY: Final = "compositeWithTrainedAlgorithmicMedia"
NOT_AI: Final = "notAI"
"""A declaration that no trained model took part; IPTC has no word for it, so it travels only as our own claim."""


class Claim(NamedTuple):
    """One statement.

    ``source_type`` is the last part of an IPTC digital source type (or ``notAI``), '' where only a tool is named.
    ``by`` is who says so: an actor's URI, a host, the name in a certificate, or '' for a file that is unsigned.
    ``models``: names of models; those of LoRAs belong to the recipe. ``evidence``: small JSON for people and for other
    servers to look at (status codes, the key that was found, the chain of ingredients), never a prompt, and nothing
    that names a job or a customer of a service. Claims are public, whatever becomes of the recipe.
    """

    basis: Basis
    source_type: str = ""
    by: str = ""
    tool: str = ""
    version: str = ""
    models: tuple[str, ...] = ()
    state: State = State()
    evidence: Mapping[str, Any] = {}
    # withdrawn by whoever made it: shown in the history, without weight
    revoked: bool = False
