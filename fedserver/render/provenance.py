"""Rows about the making of media -> what our documents say of it (docs/fep-provenance.md).

Machine-read claims are attributed to this node, whose words they are; declarations to whoever made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from fedserver.db.queries.media import Medium
from fedserver.db.queries.provenance import Based, Claimed, Made, Said
from fedserver.domain import uris
from fedserver.domain.provenance.claims import GENERATED, NOT_AI, PARTLY, Basis, Integrity
from fedserver.domain.provenance.declarations import summary
from fedserver.domain.site import Site
from protocol.activitystreams import limits, values
from protocol.activitystreams import provenance as words

TEXT_LABELS: Final[Mapping[str, str]] = {
    "generated": "ai-generated",
    "assisted": "partly-ai",
    "not_ai": "human-declared",
}
"""What a declaration about a text means as a label."""
TEXT_SOURCES: Final[Mapping[str, str]] = {"generated": GENERATED, "assisted": PARTLY, "not_ai": NOT_AI}
# the strongest first: what a post says of itself as a whole
_SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "ai-generated": (GENERATED,),
    "partly-ai": (PARTLY, "compositeSynthetic"),
    "may-contain-ai": ("composite",),
    "captured": ("digitalCapture", "computationalCapture"),
    "human-declared": (NOT_AI, "digitalCreation", "algorithmicMedia"),
}
NAMES: Final[Mapping[str, str]] = {
    "ai-generated": "AI-generated",
    "partly-ai": "Partly AI",
    "may-contain-ai": "May contain AI",
    "captured": "Captured",
    "human-declared": "Human-made, as declared",
    "disputed": "Disputed",
}
_HASHTAGS: Final[Mapping[str, str]] = {"ai-generated": "AIgenerated", "partly-ai": "AIassisted"}
_IN_FILES: Final = frozenset({Basis.C2PA, Basis.XMP, Basis.TOOL})


class Provenance(NamedTuple):
    """What is known of the making of a post and its media, by the medium's id."""

    made: Mapping[int, Made] = {}
    claims: Mapping[int, Sequence[Claimed]] = {}
    said: Said | None = None
    based: Sequence[Based] = ()


NOTHING: Final = Provenance()


def gathered(made: Iterable[Made], claims: Iterable[Claimed], said: Said | None, based: Sequence[Based]) -> Provenance:
    """Rows of one post as they come from the statements."""
    by_medium: dict[int, list[Claimed]] = {}
    for claim in claims:
        by_medium.setdefault(claim.media_id, []).append(claim)
    return Provenance({row.media_id: row for row in made}, by_medium, said, based)


def medium(site: Site, row: Medium, found: Provenance) -> words.Made:
    """What an attachment says of its making."""
    made = found.made.get(row.id)
    if made is None:
        return words.UNSAID
    claims = found.claims.get(row.id, ())
    current = [claim for claim in claims if claim.revoked_at is None]
    told = summary([claim.claim for claim in current], made.label)
    return words.Made(
        gen_ai=_gen_ai(made.label, current),
        source_type=_source_type(made.label, current),
        generator=words.Generator(told.tool, told.version) if told.tool else None,
        claims=tuple(_claim(site, row, made, claim) for claim in claims),
        recipe=_recipe(made),
        license=made.license,
    )


def post(author_uri: str, media: Sequence[words.Made], found: Provenance) -> words.Made:
    """What a post says of itself as a whole; its claims are about the text."""
    said = found.said
    text = said.text_made if said is not None else ""
    claims = (words.Said(str(Basis.DECLARED), TEXT_SOURCES[text], author_uri),) if text in TEXT_SOURCES else ()
    kinds = [made.source_type for made in media] + [claim.source_type for claim in claims]
    return words.Made(
        gen_ai=any(made.gen_ai for made in media) or text in ("generated", "assisted"),
        source_type=next((kind for order in _SOURCES.values() for kind in order if kind in kinds), ""),
        claims=claims,
        based_on=tuple(each.based_on_uri for each in found.based),
        no_remix=said is not None and bool(said.no_remix),
    )


def labels(site: Site, found: Provenance) -> tuple[values.Label, ...]:
    """The `Label` tags of a post: each label once, that of the text among them. *Unknown* is none."""
    kinds = dict.fromkeys(row.label for row in found.made.values())
    if found.said is not None and found.said.text_made in TEXT_LABELS:
        kinds[TEXT_LABELS[found.said.text_made]] = None
    return tuple(values.Label(uris.label(site, kind), NAMES[kind]) for kind in kinds if kind in NAMES)


def hashtags(site: Site, found: Provenance, present: Sequence[values.Hashtag]) -> tuple[values.Hashtag, ...]:
    """Those that say it to software which knows nothing else, unless the post has them."""
    known = {tag.name.lower() for tag in present}
    kinds = dict.fromkeys(row.label for row in found.made.values() if row.label in _HASHTAGS)
    names = [_HASHTAGS[kind] for kind in kinds if _HASHTAGS[kind].lower() not in known]
    return tuple(values.Hashtag(name, uris.tag_page(site, name.lower())) for name in names)


def _gen_ai(label: str, current: Sequence[Claimed]) -> bool:
    """Of what is disputed only what its author declares: nobody is made to sign the contrary."""
    if label == "disputed":
        return any(each.basis == Basis.DECLARED and each.source_type in (GENERATED, PARTLY) for each in current)
    return label in ("ai-generated", "partly-ai")


def _source_type(label: str, current: Sequence[Claimed]) -> str:
    kinds = _SOURCES.get(label, ())
    return next((each.source_type for each in current if each.source_type in kinds), kinds[0] if kinds else "")


def _claim(site: Site, row: Medium, made: Made, claim: Claimed) -> words.Said:
    node = uris.actor(site, uris.INSTANCE_USERNAME)
    declared = claim.basis == Basis.DECLARED
    checked = claim.integrity != Integrity.UNCHECKED
    scope = ("anyone" if made.serving == "original" else "origin") if claim.basis in _IN_FILES else ""
    return words.Said(
        basis=claim.basis,
        source_type=claim.source_type,
        attributed_to=(claim.account_uri or node) if declared else node,
        generator=words.Generator(claim.tool, claim.tool_version) if claim.tool else None,
        models=tuple(_json(claim.models, [])),
        validation=words.Validation(
            claim.integrity, claim.signature, claim.trust, scope, "" if declared else claim.by_name
        ),
        manifest=str(_json(claim.evidence, {}).get("manifest", ""))[:256],
        digest_multibase=(made.checked_digest or row.digest or "") if checked else "",
        published=claim.created_at,
        revoked=claim.revoked_at,
    )


def _recipe(made: Made) -> words.SaidRecipe | None:
    """As far as it was published: the prompt with its settings, the workflow, or both."""
    if made.recipe is None or not (made.publish_prompt or made.publish_workflow):
        return None
    stored: dict[str, Any] = _json(made.recipe, {})
    known = {name: stored[name] for name in words.SaidRecipe._fields if stored.get(name) is not None}
    workflow = str(known.pop("workflow", "")) if made.publish_workflow else ""
    known.pop("workflow", None)
    for name in ("models", "loras"):
        known[name] = tuple(known.get(name, ()))
    shown = words.SaidRecipe(**known) if made.publish_prompt else words.SaidRecipe()
    # what no reader takes is not sent: it is there to be downloaded
    return shown._replace(workflow=workflow if len(workflow) <= limits.WORKFLOW else "")


def _json(stored: str, otherwise: Any) -> Any:
    found = orjson.loads(stored)
    return found if isinstance(found, type(otherwise)) else otherwise
