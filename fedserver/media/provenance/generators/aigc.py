"""The implicit label of GB 45438-2025 (China): JSON `AIGC` with `Label`, `ContentProducer`, `ContentPropagator` ...

It stands under the name `AIGC` (PNG text, tag of a film, XMP) or as a member of the JSON in a comment. `Label` is "1"
for generated, "2" for possibly, "3" for suspected by whoever distributes it. `ProduceID` and `PropagateID`, by which a
service finds the order and who gave it, are left where they are. Pure.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fedserver.domain.provenance.claims import GENERATED
from fedserver.media.provenance.generators.block import mapping, parsed, word
from fedserver.media.provenance.parts import Parts

_COMMENTS = ("usercomment", "comment", "Comment", "description", "Description", "xpcomment")


class Aigc(NamedTuple):
    """``producer`` is a code of the service, not always a name."""

    source_type: str
    producer: str
    evidence: dict[str, str]


def read(parts: Parts) -> Aigc | None:
    """The label; None where there is none or none that says anything."""
    said = _said(parts)
    mark = word(said.get("Label"))
    if mark not in ("1", "2", "3"):
        return None
    fields = ("Label", "ContentProducer", "ContentPropagator")
    evidence = {"standard": "GB 45438-2025", **{name: word(said.get(name)) for name in fields if said.get(name)}}
    # two of the three words mean "perhaps", for which the source type that says no more is the nearest
    return Aigc(GENERATED if mark == "1" else "composite", word(said.get("ContentProducer")), evidence)


def _said(parts: Parts) -> dict[str, Any]:
    for name, text in parts.texts:
        if name.lower() == "aigc":
            found = mapping(parsed(text))
            # some wrap it once more
            return mapping(found.get("AIGC")) or found
    for name in _COMMENTS:
        text = parts.text(name)
        if "AIGC" in text:
            inner = mapping(parsed(text)).get("AIGC")
            return mapping(inner) or mapping(parsed(inner) if isinstance(inner, str) else None)
    return {}
