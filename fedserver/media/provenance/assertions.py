"""What one C2PA manifest says: who signed it, with which tool, which source types, which wishes. Pure.

Source: C2PA 2.2, sections 18.15 (actions) and 10.3 (claim generator); CAWG training and data mining 1.1. The input is
the JSON that c2pa-rs makes of a manifest; whatever has another shape than expected is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from fedserver.domain.provenance.claims import GENERATED, PARTLY

_LONGEST: Final = 200
_MINING: Final = frozenset({"c2pa.training-mining", "cawg.training-mining"})


class Said(NamedTuple):
    """``sources``: (source type, models that were named with it), each type once. ``signed_at``: RFC 3339 or ''."""

    signer: str
    signed_at: str
    tool: str
    version: str
    sources: tuple[tuple[str, tuple[str, ...]], ...]


def read(manifest: Mapping[str, Any]) -> Said:
    """Reads one manifest."""
    signature = _mapping(manifest.get("signature_info"))
    tool, version = _generator(manifest)
    sources: dict[str, tuple[str, ...]] = {}
    for source_type, agent in _sources(manifest):
        named = sources.get(source_type, ())
        if agent and agent != tool and agent not in named and source_type in (GENERATED, PARTLY):
            named = (*named, agent)
        sources[source_type] = named
    signer = _text(signature.get("issuer")) or _text(signature.get("common_name"))
    return Said(signer, _text(signature.get("time")), tool, version, tuple(list(sources.items())[:20]))


def wishes(manifest: Mapping[str, Any]) -> str | None:
    """The word of plus:DataMining that is nearest to a training and mining assertion; None where there is none."""
    for label, data in _assertions(manifest):
        if label not in _MINING:
            continue
        entries = _mapping(data.get("entries"))
        refused = {
            name.rpartition(".")[2]
            for name, entry in entries.items()
            if _mapping(entry).get("use") in ("notAllowed", "constrained")
        }
        if "data_mining" in refused:
            return "DMI-PROHIBITED"
        # the widest of those that are refused
        if "ai_training" in refused:
            return "DMI-PROHIBITED-AIMLTRAINING"
        if "ai_generative_training" in refused:
            return "DMI-PROHIBITED-GENAIMLTRAINING"
        return "DMI-ALLOWED"
    return None


def _generator(manifest: Mapping[str, Any]) -> tuple[str, str]:
    for info in manifest.get("claim_generator_info") or ():
        name = _text(_mapping(info).get("name"))
        if name:
            return name, _text(info.get("version"))
    # "Adobe_Photoshop/26.9.0 adobe_c2pa/0.14.2": the first word, as in User-Agent
    name, _, version = _text(manifest.get("claim_generator")).split(" ")[0].partition("/")
    return name.replace("_", " "), version


def _sources(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(source type, software agent) of each action that names a type, then of each ingredient without manifest."""
    for label, data in _assertions(manifest):
        if label.startswith("c2pa.actions"):
            for action in data.get("actions") or ():
                found = _source_type(_mapping(action).get("digitalSourceType"))
                if found:
                    yield found, _agent(action.get("softwareAgent"))
        else:
            # CreativeWork of C2PA 1.x could carry it too
            found = _source_type(data.get("digitalSourceType"))
            if found:
                yield found, ""


def _assertions(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for each in manifest.get("assertions") or ():
        assertion = _mapping(each)
        yield _text(assertion.get("label")), _mapping(assertion.get("data"))


def _source_type(value: object) -> str:
    """The last part of the address: both http and https are in use, and C2PA has terms of its own."""
    return _text(value).rstrip("/").rpartition("/")[2][:80]


def _agent(value: object) -> str:
    return _text(value) or _text(_mapping(value).get("name"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
