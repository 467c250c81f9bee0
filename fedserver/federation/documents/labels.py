"""What our labels mean (FEP-4c96), and the words of docs/fep-provenance.md as a JSON-LD context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import labelers
from fedserver.db.queries import policy as policies
from fedserver.domain import uris
from fedserver.domain.moderation.labels import slug
from fedserver.domain.policy.document import in_language
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.kit.errors import NotFound
from fedserver.kit.i18n import SOURCE_LOCALE, Lazy, lazy, use_locale
from fedserver.services.policy import document_of
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
    name, site = call.path["name"], call.parts.site
    # one document for everybody, so one language
    with use_locale(SOURCE_LOCALE):
        found = MEANINGS.get(name)
        title, summary = (str(found.name), str(found.summary)) if found is not None else await _of_policy(call, name)
        value = write.write_label_definition(
            uris.label(site, name), title, summary, uris.actor(site, uris.INSTANCE_USERNAME)
        )
    return answers.document(call, write.document(value, OBJECT_CONTEXT), shared=True)


async def _of_policy(call: Call, name: str) -> tuple[str, str]:
    """A label of the community's own: the name that it bears, and the norm behind the rule that puts it on posts."""
    version = await call.parts.db.one(policies.current())
    document = document_of(version) if version is not None else None
    for rule in document.rules if document is not None else ():
        if rule.label and slug(rule.label) == name and document is not None:
            norm = next((in_language(one.text, document.language) for one in document.norms if one.id == rule.norm), "")
            return rule.label, norm or in_language(rule.because, document.language)
    # what moderators put on posts by hand
    for label in await call.parts.db.all(labelers.used()):
        if label.labeler_id is None and label.value == name:
            return label.title, ""
    raise NotFound


async def context(call: Call) -> StreamResponse:
    """GET /ns/provenance/v1: never changed, only succeeded by a v2."""
    body = orjson.dumps({"@context": PROVENANCE_CONTEXT})
    return responses.raw_json(body, headers=_KEPT, kind="application/ld+json")
