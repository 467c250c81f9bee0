"""What our labels mean (FEP-4c96), and the words of docs/fep-provenance.md as a JSON-LD context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import orjson
from aiohttp.web import StreamResponse

from fedserver.domain import uris
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.kit.errors import NotFound
from fedserver.kit.i18n import SOURCE_LOCALE, Lazy, lazy, use_locale
from protocol.activitystreams import write
from protocol.activitystreams.vocabulary import OBJECT_CONTEXT, PROVENANCE_CONTEXT

_KEPT = {"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"}


class Meaning(NamedTuple):
    """A label in words: its name, and who may rely on what."""

    name: Lazy
    summary: Lazy


MEANINGS: Final[Mapping[str, Meaning]] = {
    "ai-generated": Meaning(
        lazy("AI-generated"),
        lazy("A trained model made this. The author says so, or the file does."),
    ),
    "partly-ai": Meaning(
        lazy("Partly AI"),
        lazy("Made by people and a trained model together, for example edited with generative tools."),
    ),
    "may-contain-ai": Meaning(
        lazy("May contain AI"),
        lazy(
            "Put together from several parts, of which some may come from a trained model; or a signed statement that"
            " spoke of one no longer fits the file."
        ),
    ),
    "captured": Meaning(
        lazy("Captured"),
        lazy(
            "A signed statement in the file says that a camera or microphone recorded this. Who signed is shown apart."
        ),
    ),
    "human-declared": Meaning(
        lazy("Human-made, as declared"),
        lazy("Somebody says that no trained model took part. Nothing in the file proves it or speaks against it."),
    ),
    "disputed": Meaning(
        lazy("Disputed"),
        lazy("What is said about the making of this does not fit together. Each statement is shown."),
    ),
}
"""By the words of domain/provenance/labels.py. *Unknown* is no label: nothing was said."""


async def show(call: Call) -> StreamResponse:
    """GET /labels/{name}: the LabelDefinition that our `Label` tags refer to."""
    name = call.path["name"]
    found = MEANINGS.get(name)
    if found is None:
        raise NotFound
    site = call.parts.site
    # one document for everybody, so one language
    with use_locale(SOURCE_LOCALE):
        value = write.write_label_definition(
            uris.label(site, name), str(found.name), str(found.summary), uris.actor(site, uris.INSTANCE_USERNAME)
        )
    return answers.document(call, write.document(value, OBJECT_CONTEXT), shared=True)


async def context(call: Call) -> StreamResponse:
    """GET /ns/provenance/v1: never changed, only succeeded by a v2."""
    body = orjson.dumps({"@context": PROVENANCE_CONTEXT})
    return responses.raw_json(body, headers=_KEPT, kind="application/ld+json")
