"""QuoteAuthorization, the stamp with which an author agrees to a quote (FEP-044f)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from protocol.activitystreams.read.fields import reference, required_id, type_name
from protocol.activitystreams.values import Stamp
from protocol.errors import Malformed

_TYPES = ("QuoteAuthorization", "https://w3id.org/fep/044f#QuoteAuthorization")


def read_stamp(doc: Mapping[str, Any]) -> Stamp:
    """Read a stamp. Every part is required. Raises `Malformed`."""
    if type_name(doc) not in _TYPES:
        raise Malformed("not a QuoteAuthorization", "type")
    author = reference(doc.get("attributedTo"))
    quoting = reference(doc.get("interactingObject"))
    quoted = reference(doc.get("interactionTarget"))
    if author is None or quoting is None or quoted is None:
        raise Malformed("a stamp names its author, the quoting and the quoted object", "attributedTo")
    return Stamp(required_id(doc), author, quoting, quoted)
