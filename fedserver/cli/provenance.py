"""``provenance inspect FILE``: what a file says about how it was made, and what is true of that."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from fedserver.app import media_settings
from fedserver.cli import node
from fedserver.cli.console import CommandFailed, result
from fedserver.config import ConfigError
from fedserver.domain.provenance.claims import Basis, Claim, Integrity, State, Trust
from fedserver.domain.provenance.labels import Label, label
from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.findings import Findings, Reading
from fedserver.media.pipeline import Pipeline
from fedserver.media.settings import MediaSettings

_LABELS: Final = {
    Label.GENERATED: "made by AI",
    Label.PARTLY: "made with AI in part",
    Label.MAYBE: "may contain AI",
    Label.CAPTURED: "captured with a camera",
    Label.DECLARED: "somebody says that no AI was used",
    Label.UNKNOWN: "unknown: nothing in the file tells how it was made, and that proves nothing",
    Label.DISPUTED: "disputed: statements contradict each other",
}
_BASES: Final = {
    Basis.C2PA: "a signed manifest (C2PA)",
    Basis.XMP: "a field for the source of pictures (XMP), which anybody can write",
    Basis.TOOL: "a block that the generator left, which anybody can write",
}
_TRUST: Final = {
    Trust.TRUSTED: "the signer stands on the list of signers",
    Trust.UNTRUSTED: "the signer stands on no list that this node trusts",
    Trust.EXPIRED: "the signer's certificate has run out, which is no sign of tampering",
    Trust.REVOKED: "the signer's certificate was revoked",
}


def inspect(arguments: Namespace) -> None:
    """What one file says; `--json` for scripts."""
    path: Path = arguments.file
    if not path.is_file():
        raise CommandFailed(f"There is no file {path}.")
    found = asyncio.run(Pipeline(_settings(arguments.config)).inspect(path))
    result(json.dumps(_document(found), ensure_ascii=False, indent=2) if arguments.json else _text(path, found))


def _settings(config: Path | None) -> MediaSettings:
    """Those of the node; without one, files can be read all the same, and no signer is trusted."""
    try:
        return media_settings(node.settings(config))
    except ConfigError:
        if config is not None or node.DEFAULT_CONFIG.exists():
            raise
        return MediaSettings()


def _document(found: Findings) -> dict[str, Any]:
    return {
        "label": str(label(found.claims)),
        "reading": str(found.reading),
        "claims": [_claim(each) for each in found.claims],
        "recipe": found.recipe and {name: value or None for name, value in found.recipe._asdict().items()},
        "chain": _chain(found),
        "has_c2pa": found.has_c2pa,
        "private": list(found.private),
        "wishes": found.wishes,
        "pdq": found.pdq and {"hash": found.pdq.hashes[0], "quality": found.pdq.quality},
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "basis": str(claim.basis),
        "by": claim.by or None,
        "source_type": claim.source_type or None,
        "tool": claim.tool or None,
        "version": claim.version or None,
        "models": list(claim.models),
        "state": claim.state._asdict(),
        "evidence": {name: value for name, value in claim.evidence.items() if name != "chain"},
    }


def _chain(found: Findings) -> list[dict[str, Any]]:
    chains = (claim.evidence.get("chain") for claim in found.claims)
    return next((list(chain) for chain in chains if isinstance(chain, list)), [])


def _text(path: Path, found: Findings) -> str:
    lines = [f"{path.name}: {_headline(found)}", ""]
    if found.reading is Reading.UNREADABLE:
        lines += ["A part of the file could not be read. What is told here may not be all.", ""]
    for claim in found.claims:
        lines += [*_told(claim), ""]
    if found.recipe is not None:
        lines += [*_cooked(found.recipe), ""]
    if found.private:
        lines += [f"Private fields in the file: {', '.join(found.private)}. They are removed before others get it.", ""]
    if found.wishes:
        lines += [f"The file asks about data mining: {found.wishes}.", ""]
    return "\n".join(lines).rstrip()


def _headline(found: Findings) -> str:
    word = label(found.claims)
    if word is Label.UNKNOWN and any(claim.state.integrity is Integrity.BROKEN for claim in found.claims):
        return "unknown: a signed manifest is broken, so what it says does not count"
    if word is Label.UNKNOWN and (found.claims or found.reading is Reading.UNREADABLE):
        return "unknown: what could be read in the file does not tell how it was made"
    return _LABELS[word]


def _told(claim: Claim) -> list[str]:
    if claim.evidence.get("manifest") == "remote":
        host = claim.evidence.get("host") or "another server"
        return [f"Its manifest (C2PA) is said to be on {host}. It was not fetched."]
    lines = [f"By {_BASES.get(claim.basis, str(claim.basis))}:"]
    lines.append(f"  source type: {claim.source_type or 'not said'}")
    if claim.tool:
        lines.append(f"  tool: {' '.join(filter(None, (claim.tool, claim.version)))}")
    if claim.models:
        lines.append(f"  models: {', '.join(claim.models)}")
    relation = claim.evidence.get("relation", "active")
    if relation != "active":
        lines.append(f"  of an ingredient ({relation}), {claim.evidence.get('depth')} below the file itself")
    if claim.by:
        lines.append(f"  signed by: {claim.by}" if claim.basis is Basis.C2PA else f"  said by: {claim.by}")
    return lines + _checked(claim.state)


def _checked(state: State) -> list[str]:
    if state == State():
        return ["  nobody signed this, so nothing could be checked"]
    whole = {
        Integrity.INTACT: "the file is as it was signed",
        Integrity.BROKEN: "the file was changed after it was signed, or the signature is not its own",
        Integrity.UNCHECKED: "whether the file was changed could not be checked",
    }
    lines = [f"  {whole[state.integrity]}"]
    if state.trust in _TRUST:
        lines.append(f"  {_TRUST[state.trust]}")
    return lines


def _cooked(recipe: Recipe) -> list[str]:
    numbers = {"steps": recipe.steps, "cfg": recipe.cfg, "seed": recipe.seed, "sampler": recipe.sampler}
    lines = ["What the generator was told:"]
    lines += [f"  {name}: {value}" for name, value in numbers.items() if value not in (None, "")]
    named = {"models": recipe.models, "LoRAs": recipe.loras}
    lines += [f"  {name}: {', '.join(values)}" for name, values in named.items() if values]
    if recipe.prompt:
        lines.append(f"  prompt: {recipe.prompt}")
    if recipe.negative_prompt:
        lines.append(f"  not wanted: {recipe.negative_prompt}")
    if recipe.workflow:
        lines.append(f"  a workflow of {len(recipe.workflow)} characters (--json has it)")
    return lines
