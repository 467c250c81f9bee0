"""Findings on their way from the child through JSON. The parent believes shapes and bounds, not the child.

A child that a file broke into can lie about that file; it cannot make the server's process hold more than these
bounds, or anything but these types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fedserver.domain.provenance.claims import Basis, Claim, Integrity, Signature, State, Trust
from fedserver.domain.provenance.recipes import Recipe
from fedserver.media.findings import UNREADABLE, Findings, Look, Reading

MAX_BYTES: Final = 4 * 1024 * 1024
"""Of the child's whole answer about findings."""
_CLAIMS, _NAMES, _SHORT, _PROMPT, _EVIDENCE = 128, 100, 400, 20_000, 64 * 1024


def dump(findings: Findings) -> bytes:
    """One JSON object."""
    fields = findings._asdict()
    fields["claims"] = [each._asdict() for each in findings.claims]
    fields["recipe"] = findings.recipe and findings.recipe._asdict()
    fields["pdq"] = findings.pdq and findings.pdq._asdict()
    return json.dumps(fields).encode()


def load(data: bytes) -> Findings:
    """The findings; `UNREADABLE` for whatever is not exactly an answer of `dump`."""
    if len(data) > MAX_BYTES:
        return UNREADABLE
    try:
        found = json.loads(data, parse_constant=_refuse)
        claims = found["claims"]
        if len(claims) > _CLAIMS:
            return UNREADABLE
        return Findings(
            claims=tuple(_claim(each) for each in claims),
            recipe=_recipe(found["recipe"]),
            reading=Reading(found["reading"]),
            has_c2pa=found["has_c2pa"] is True,
            private=_names(found["private"]),
            wishes=None if found["wishes"] is None else _text(found["wishes"]),
            pdq=_look(found["pdq"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return UNREADABLE


def _claim(value: Mapping[str, Any]) -> Claim:
    integrity, signature, trust = value["state"]
    evidence = value["evidence"]
    text = json.dumps(evidence, ensure_ascii=False)
    if not isinstance(evidence, dict) or len(text) > _EVIDENCE:
        raise ValueError("evidence")
    return Claim(
        basis=Basis(value["basis"]),
        source_type=_text(value["source_type"]),
        by=_text(value["by"]),
        tool=_text(value["tool"]),
        version=_text(value["version"]),
        models=_names(value["models"]),
        state=State(Integrity(integrity), Signature(signature), Trust(trust)),
        evidence=json.loads(text.replace("\\u0000", "").encode("utf-8", "replace")),
    )


def _recipe(value: Mapping[str, Any] | None) -> Recipe | None:
    if value is None:
        return None
    return Recipe(
        prompt=_text(value["prompt"], _PROMPT),
        negative_prompt=_text(value["negative_prompt"], _PROMPT),
        seed=_text(value["seed"]),
        steps=_number(value["steps"], int),
        sampler=_text(value["sampler"]),
        cfg=_number(value["cfg"], float, int),
        models=_names(value["models"]),
        loras=_names(value["loras"]),
        workflow=_text(value["workflow"], MAX_BYTES),
    )


def _look(value: Mapping[str, Any] | None) -> Look | None:
    if value is None:
        return None
    hashes, quality = value["hashes"], value["quality"]
    if len(hashes) != 8 or type(quality) is not int or not 0 <= quality <= 100:
        raise ValueError("pdq")
    for each in hashes:
        if not isinstance(each, str) or len(bytes.fromhex(each)) != 32:
            raise ValueError("pdq")
    return Look(tuple(hashes), quality)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _text(value: object, longest: int = _SHORT) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise TypeError("text")
    # no NUL and no lone surrogates: PostgreSQL takes neither
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _NAMES:
        raise TypeError("names")
    return tuple(_text(each) for each in value)


def _number(value: object, *kinds: type) -> Any:
    if value is not None and type(value) not in kinds:
        raise TypeError("number")
    return value
