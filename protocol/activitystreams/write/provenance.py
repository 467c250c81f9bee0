"""How a medium or a post was made, as our documents say it."""

from __future__ import annotations

from protocol.activitystreams.provenance import Generator, Made, Said, SaidRecipe, Validation, source_type_address
from protocol.activitystreams.values import Document
from protocol.activitystreams.write.fields import format_time, present


def write_made(made: Made) -> Document:
    """The keys of a post or an attachment. What is not said is absent; so is `genAI`, of which false says nothing."""
    recipe = made.recipe or SaidRecipe()
    return present(
        {
            "genAI": True if made.gen_ai else None,
            "digitalSourceType": source_type_address(made.source_type),
            "generator": _generator(made.generator),
            "provenance": [_claim(claim) for claim in made.claims] or None,
            "prompt": recipe.prompt,
            "recipe": _recipe(recipe) or None,
            "license": made.license,
            "isBasedOn": list(made.based_on) or None,
            "noRemix": True if made.no_remix else None,
        }
    )


def write_label_definition(address: str, name: str, summary: str, attributed_to: str) -> Document:
    """What a `Label` of ours means (FEP-4c96), without `@context`."""
    return present(
        {"id": address, "type": "LabelDefinition", "name": name, "summary": summary, "attributedTo": attributed_to}
    )


def _claim(claim: Said) -> Document:
    return present(
        {
            "type": "ProvenanceClaim",
            "basis": claim.basis,
            "digitalSourceType": source_type_address(claim.source_type),
            "attributedTo": claim.attributed_to,
            "generator": _generator(claim.generator),
            "models": list(claim.models) or None,
            "validation": _validation(claim.validation),
            "manifest": claim.manifest,
            "digestMultibase": claim.digest_multibase,
            "published": format_time(claim.published),
            "revoked": format_time(claim.revoked),
        }
    )


def _validation(found: Validation) -> Document | None:
    return present(found._asdict()) if found != Validation() else None


def _generator(found: Generator | None) -> Document | None:
    if found is None:
        return None
    return present({"type": "Application", "name": found.name, "version": found.version})


def _recipe(recipe: SaidRecipe) -> Document:
    return present(
        {
            "negativePrompt": recipe.negative_prompt,
            "seed": recipe.seed,
            "steps": recipe.steps,
            "sampler": recipe.sampler,
            "cfg": recipe.cfg,
            "models": list(recipe.models) or None,
            "loras": list(recipe.loras) or None,
            "workflow": recipe.workflow,
        }
    )
