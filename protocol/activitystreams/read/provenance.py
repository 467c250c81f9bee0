"""How a medium or a post was made, as its document says it. Everything is capped; what is malformed is passed over."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from protocol.activitystreams import limits
from protocol.activitystreams.provenance import (
    BASES,
    INTEGRITY,
    SCOPES,
    SIGNATURE,
    TRUST,
    UNSAID,
    Generator,
    Made,
    Said,
    SaidRecipe,
    Validation,
    source_type_name,
)
from protocol.activitystreams.read.fields import (
    boolean,
    count,
    first,
    reference,
    references,
    several,
    text,
    timestamp,
    type_name,
)
from protocol.activitystreams.urls import http_url

_MAX_STEPS = 1_000_000
# a name that turns the direction of a line, or hides in it, would speak in somebody else's
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

# the keys that anything here reads: most documents have none of them
_SAYS = frozenset({"genAI", "digitalSourceType", "provenance", "license", "isBasedOn", "noRemix"})
_MEDIUM_SAYS = frozenset({"generator", "recipe", "prompt"})


def read_made(doc: Mapping[str, Any]) -> Made:
    """What a post says of its making."""
    if _SAYS.isdisjoint(doc):
        return UNSAID
    return Made(
        gen_ai=boolean(doc.get("genAI")) is True,
        source_type=source_type_name(_plain(doc.get("digitalSourceType"))),
        claims=_claims(doc.get("provenance")),
        license=_license(doc.get("license")),
        based_on=references(doc.get("isBasedOn"), limits.BASED_ON),
        no_remix=boolean(doc.get("noRemix")) is True,
    )


def read_made_medium(doc: Mapping[str, Any]) -> Made:
    """What an attachment says of its making: that, its tool, and the recipe where one was published."""
    if _SAYS.isdisjoint(doc) and _MEDIUM_SAYS.isdisjoint(doc):
        return UNSAID
    return read_made(doc)._replace(generator=_generator(doc.get("generator")), recipe=_recipe(doc))


def _name(value: object, cap: int) -> str:
    """A short text that people read beside others: one line, without signs that are not seen."""
    return _HIDDEN.sub("", text(value, cap)).strip()


def _plain(value: object) -> object:
    """A text, or the id of an object that stands for it."""
    value = first(value)
    return value.get("id") or value.get("@id") if isinstance(value, dict) else value


def _claims(value: object) -> tuple[Said, ...]:
    found = (_claim(entry) for entry in several(value, limits.CLAIMS))
    return tuple(each for each in found if each is not None)


def _claim(value: object) -> Said | None:
    if not isinstance(value, dict):
        return None
    basis = text(value.get("basis"), 32)
    if basis not in BASES:
        return None
    return Said(
        basis=basis,
        source_type=source_type_name(_plain(value.get("digitalSourceType"))),
        attributed_to=reference(value.get("attributedTo")) or "",
        generator=_generator(value.get("generator")),
        models=_names(value.get("models")),
        validation=_validation(value.get("validation")),
        manifest=_name(value.get("manifest"), 256),
        digest_multibase=text(value.get("digestMultibase"), limits.DIGEST),
        published=timestamp(value.get("published")),
        revoked=timestamp(value.get("revoked")),
    )


def _validation(value: object) -> Validation:
    """An answer that is none of the known words counts as not given."""
    if not isinstance(value, dict):
        return Validation()
    return Validation(
        integrity=_among(value.get("integrity"), INTEGRITY, "unchecked"),
        signature=_among(value.get("signature"), SIGNATURE, "none"),
        trust=_among(value.get("trust"), TRUST, "none"),
        scope=_among(value.get("scope"), SCOPES, ""),
        signer=_name(value.get("signer"), limits.TOOL),
    )


def _among(value: object, known: frozenset[str], otherwise: str) -> str:
    found = text(value, 32)
    return found if found in known else otherwise


def _generator(value: object) -> Generator | None:
    """A tool with its version, or the bare name of one."""
    value = first(value)
    if isinstance(value, dict) and type_name(value) in ("", "Application", "SoftwareApplication"):
        name, version = _name(value.get("name"), limits.TOOL), _name(value.get("version"), 64)
    else:
        name, version = _name(value, limits.TOOL), ""
    return Generator(name, version) if name and http_url(name) is None else None


def _names(value: object) -> tuple[str, ...]:
    found = (_name(entry, limits.MODEL) for entry in several(value, limits.MODELS))
    return tuple(dict.fromkeys(name for name in found if name))


def _license(value: object) -> str:
    return _name(_plain(value), 200)


def _recipe(doc: Mapping[str, Any]) -> SaidRecipe | None:
    value = first(doc.get("recipe"))
    more: Mapping[str, Any] = value if isinstance(value, dict) else {}
    steps = count(more.get("steps"))
    workflow = first(more.get("workflow"))
    found = SaidRecipe(
        prompt=text(doc.get("prompt"), limits.PROMPT),
        negative_prompt=text(more.get("negativePrompt"), limits.PROMPT),
        seed=_seed(more.get("seed")),
        steps=steps if steps is not None and steps <= _MAX_STEPS else None,
        sampler=_name(more.get("sampler"), limits.MODEL),
        cfg=_number(more.get("cfg")),
        models=_names(more.get("models")),
        loras=_names(more.get("loras")),
        # half of a workflow is none
        workflow=workflow if isinstance(workflow, str) and len(workflow) <= limits.WORKFLOW else "",
    )
    return found if found != SaidRecipe() else None


def _seed(value: object) -> str:
    """Seeds pass 64 bits, so they travel as text; a number is read too."""
    found = count(value)
    return str(found) if found is not None else _name(value, 40)


def _number(value: object) -> float | None:
    value = first(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e6 or not math.isfinite(value):
        return None
    return float(value)
