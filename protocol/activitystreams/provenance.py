"""How something was made, as documents say it: values that readers give and writers take. See docs/fep-provenance.md.

Everything here is what somebody *says*; nothing of it was checked by whoever reads it. Names of digital source types
are the last part of the IPTC address (`trainedAlgorithmicMedia`); `notAI`, for which IPTC has no word, has one of ours.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

IPTC: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
NAMESPACE: Final = "urn:fedserver:ns:"
NOT_AI: Final = "notAI"

BASES: Final = frozenset({"c2pa", "xmp", "tool-metadata", "declared", "moderator", "remote-server"})
INTEGRITY: Final = frozenset({"intact", "broken", "unchecked"})
SIGNATURE: Final = frozenset({"valid", "invalid", "none"})
TRUST: Final = frozenset({"trusted", "untrusted", "expired", "revoked", "none"})
SCOPES: Final = frozenset({"anyone", "origin"})

_PREFIXES: Final = ("cv.iptc.org/newscodes/digitalsourcetype/", "c2pa.org/digitalsourcetype/")
_SCHEMA: Final = ("schema.org/", "schema.org#")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{1,63}", re.ASCII)


class Generator(NamedTuple):
    """The tool that made a medium."""

    name: str
    version: str = ""


class Validation(NamedTuple):
    """What the speaker checked of a statement; the words of C2PA's three answers, which are not the statement itself.

    ``scope`` is `anyone` where the bytes at the medium's `url` are those that were checked, `origin` where only the
    speaker holds them; "" where nothing bound the statement to bytes. ``signer``: the name in the certificate.
    """

    integrity: str = "unchecked"
    signature: str = "none"
    trust: str = "none"
    scope: str = ""
    signer: str = ""


class Said(NamedTuple):
    """One claim. ``attributed_to`` is an actor's id or ""; ``manifest`` the name of a C2PA manifest; ``digest`` that
    of the bytes it was checked on; times in ms. ``revoked``: withdrawn then."""

    basis: str
    source_type: str = ""
    attributed_to: str = ""
    generator: Generator | None = None
    models: tuple[str, ...] = ()
    validation: Validation = Validation()
    manifest: str = ""
    digest_multibase: str = ""
    published: int | None = None
    revoked: int | None = None


class SaidRecipe(NamedTuple):
    """What a generator was told, as far as its author published it. ``workflow`` is JSON as text."""

    prompt: str = ""
    negative_prompt: str = ""
    seed: str = ""
    steps: int | None = None
    sampler: str = ""
    cfg: float | None = None
    models: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()
    workflow: str = ""


class Made(NamedTuple):
    """What a document says of the making of a medium, or of a post.

    On a post ``claims`` are about its own text, ``source_type`` and ``gen_ai`` about all of it together. ``gen_ai``
    is true or not said: PieFed writes false on every post whose author was not asked.
    """

    gen_ai: bool = False
    source_type: str = ""
    generator: Generator | None = None
    claims: tuple[Said, ...] = ()
    recipe: SaidRecipe | None = None
    license: str = ""
    based_on: tuple[str, ...] = ()
    no_remix: bool = False


UNSAID: Final = Made()


def source_type_name(value: object) -> str:
    """The name of a digital source type: from an IPTC, C2PA or schema.org address, ours, or the bare name. Else ""."""
    if not isinstance(value, str) or len(value) > 200:
        return ""
    name = value.strip().removeprefix(NAMESPACE)
    bare = name.removeprefix("https://").removeprefix("http://").removeprefix("www.")
    for prefix in _PREFIXES:
        if bare.lower().startswith(prefix):
            return _name(bare[len(prefix) :].strip("/"))
    for prefix in _SCHEMA:
        if bare.startswith(prefix):
            name = bare.removeprefix(prefix).removesuffix("DigitalSource")
            return _name(name[:1].lower() + name[1:])
    return _name(name)


def source_type_address(name: str) -> str:
    """The address of a digital source type; "" for ""."""
    if not name:
        return ""
    return f"{NAMESPACE}{name}" if name == NOT_AI else f"{IPTC}{name}"


def _name(text: str) -> str:
    return text if _NAME.fullmatch(text) else ""
