"""C2PA manifests, the whole chain of ingredients, through c2pa-python (c2pa-rs). Runs in the sealed child.

The library's answer "Valid / Invalid / Trusted" is not used: genuine files read Invalid because a certificate ran
out, and a tampered original that was signed anew as an ingredient reads Trusted. What is used are the status codes of
each manifest (C2PA 2.2, section 15.2), sorted here into integrity, signature and trust.

An ingredient's claim is as good as the way to it: it counts as broken where a manifest on the way is broken, and as
trusted only where all of them are, because whoever signed last chose what to put in.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final, NamedTuple

from fedserver.domain.provenance.claims import Basis, Claim, Integrity, Signature, State, Trust
from fedserver.media.provenance import assertions
from fedserver.media.provenance.parts import Broken, Data

MAX_MANIFESTS: Final = 100
_SIGNERS, _CLOCKS = "urn:fedserver:claim-signers", "urn:fedserver:time-stamps"
_SAFE: Final[dict[str, Any]] = {
    # a file must never make this process ask a server: no manifests from elsewhere, no OCSP, no host permitted
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
    "core": {"allowed_network_hosts": []},
}
_EXPIRED: Final = frozenset({"signingCredential.expired", "claimSignature.outsideValidity"})
_REVOKED: Final = frozenset({"signingCredential.revoked", "signingCredential.ocsp.revoked"})
_SIGNATURE: Final = frozenset({"claimSignature.mismatch", "claimSignature.missing"})
_HARMLESS: Final = ("signingCredential.", "timeStamp.", "cawg.", "ingredient.unknownProvenance")


class TrustLists(NamedTuple):
    """PEM texts: who may sign claims, who may sign times. '' where there is no list."""

    signers: str = ""
    clocks: str = ""


class Chain(NamedTuple):
    """Claims, that of the active manifest first. ``wishes``: what its training-mining assertion says, if anything."""

    claims: tuple[Claim, ...]
    wishes: str | None


NO_CHAIN: Final = Chain((), None)


def marked(data: Data) -> bool:
    """Whether a file may hold a manifest: looked for before the native library is loaded, which costs 50 ms."""
    if data[:3] == b"GIF":
        return data.find(b"C2PA_GIF") >= 0
    return data.find(b"jumb") >= 0 and data.find(b"c2pa") >= 0


def preload() -> None:
    """Loads the library and what it loads on first use, while files can still be opened."""
    import c2pa

    try:
        with c2pa.Context(c2pa.Settings.from_dict(_SAFE)) as context:
            c2pa.Reader("image/png", io.BytesIO(b"\x89PNG\r\n\x1a\n"), context=context)
    except c2pa.C2paError:
        pass


def read(stream: BinaryIO, mime: str, lists: TrustLists) -> Chain:
    """The claims of a file's manifests. Raises `Broken` where there is none that can be read."""
    import c2pa

    settings = dict(_SAFE)
    anchors = [
        {"trust_anchors": pem, "trust_uri": uri, "trust_kind": kind}
        for pem, uri, kind in ((lists.signers, _SIGNERS, "manifest"), (lists.clocks, _CLOCKS, "tsa"))
        if pem
    ]
    if anchors:
        settings["trust"] = {"anchors": anchors}
    try:
        with c2pa.Context(c2pa.Settings.from_dict(settings)) as context:
            stream.seek(0)
            with c2pa.Reader(mime, stream, context=context) as reader:
                store = json.loads(reader.json())
    except (c2pa.C2paError, ValueError, RecursionError) as error:
        raise Broken(f"manifest: {str(error)[:200]}") from error
    try:
        return _chain(store)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise Broken("manifest: unknown shape") from error


class _Link(NamedTuple):
    label: str
    relation: str
    depth: int
    state: State


def _chain(store: Mapping[str, Any]) -> Chain:
    manifests = store["manifests"]
    links = list(_links(store))
    if not links:
        raise Broken("no active manifest")
    failures = _failures(store)
    claims: list[Claim] = []
    steps = [_step(link, assertions.read(manifests[link.label])) for link in links]
    for link in links:
        said = assertions.read(manifests[link.label])
        codes = sorted(failures.get(link.label, ()))[:20]
        evidence = {"relation": link.relation, "depth": link.depth, "codes": codes, "signed_at": said.signed_at}
        if link.depth == 0:
            evidence["manifest"] = link.label[:256]
            evidence["chain"] = steps
        for source_type, models in said.sources or ((("", ()),) if link.depth == 0 or codes else ()):
            claims.append(
                Claim(Basis.C2PA, source_type, said.signer, said.tool, said.version, models, link.state, evidence)
            )
    return Chain(tuple(claims[:MAX_MANIFESTS]), assertions.wishes(manifests[links[0].label]))


def _step(link: _Link, said: assertions.Said) -> dict[str, Any]:
    """One manifest of the chain, for people."""
    return {
        "relation": link.relation,
        "depth": link.depth,
        "by": said.signer,
        "tool": said.tool,
        "source_types": [source_type for source_type, _ in said.sources],
        "integrity": str(link.state.integrity),
        "trust": str(link.state.trust),
    }


def _links(store: Mapping[str, Any]) -> Iterator[_Link]:
    """Every manifest once, from the active one down, breadth first."""
    manifests, failures, trusted = store["manifests"], _failures(store), _trusted(store)
    ahead = [_Link(store["active_manifest"], "active", 0, State(Integrity.INTACT, Signature.VALID, Trust.TRUSTED))]
    seen: set[str] = set()
    while ahead:
        link = ahead.pop(0)
        if link.label in seen or link.label not in manifests:
            continue
        seen.add(link.label)
        if len(seen) > MAX_MANIFESTS:
            raise Broken("too many manifests")
        codes = failures.get(link.label, set())
        own = _state(codes, link.label in trusted)
        link = link._replace(state=_weakest(link.state, own))
        yield link
        for each in manifests[link.label].get("ingredients") or ():
            if each.get("active_manifest"):
                relation = each.get("relationship", "componentOf")
                if link.relation not in ("active", "parentOf"):
                    relation = link.relation  # the parent of a component is a part of a component
                ahead.append(_Link(each["active_manifest"], relation, link.depth + 1, link.state))


def _failures(store: Mapping[str, Any]) -> dict[str, set[str]]:
    """Codes of failures for each manifest: what was checked now, and what signers wrote of their ingredients."""
    found: dict[str, set[str]] = {}
    results = store.get("validation_results") or {}
    active = store["active_manifest"]
    for status in (results.get("activeManifest") or {}).get("failure") or ():
        found.setdefault(active, set()).add(status["code"])
    for delta in results.get("ingredientDeltas") or ():
        for status in (delta.get("validationDeltas") or {}).get("failure") or ():
            found.setdefault(_label(status.get("url", "")), set()).add(status["code"])
    for manifest in store["manifests"].values():
        for each in manifest.get("ingredients") or ():
            label = each.get("active_manifest")
            written = list(each.get("validation_status") or ())
            written += ((each.get("validation_results") or {}).get("activeManifest") or {}).get("failure") or ()
            if label:
                found.setdefault(label, set()).update(status["code"] for status in written)
    return found


def _trusted(store: Mapping[str, Any]) -> set[str]:
    """Manifests whose signer stands on the list of signers. A root of the list of time stamps does not count."""
    results = store.get("validation_results") or {}
    blocks = [results.get("activeManifest") or {}]
    blocks += [delta.get("validationDeltas") or {} for delta in results.get("ingredientDeltas") or ()]
    found = {
        _label(status.get("url", ""))
        for block in blocks
        for status in block.get("success") or ()
        if status["code"] == "signingCredential.trusted" and f"[{_SIGNERS}]" in status.get("explanation", "")
    }
    return found


def _label(url: str) -> str:
    _, _, path = url.partition("jumbf=")
    return path.removeprefix("/c2pa/").split("/")[0]


def _state(codes: set[str], trusted: bool) -> State:
    broken = any(not code.startswith(_HARMLESS) and code not in _EXPIRED for code in codes)
    invalid = bool(codes & _SIGNATURE) or "signingCredential.invalid" in codes
    if codes & _REVOKED:
        trust = Trust.REVOKED
    elif codes & _EXPIRED:
        trust = Trust.EXPIRED
    else:
        trust = Trust.TRUSTED if trusted and not invalid else Trust.UNTRUSTED
    integrity = Integrity.BROKEN if broken else Integrity.INTACT
    return State(integrity, Signature.INVALID if invalid else Signature.VALID, trust)


_TRUST_ORDER: Final = (Trust.TRUSTED, Trust.EXPIRED, Trust.UNTRUSTED, Trust.REVOKED)


def _weakest(above: State, own: State) -> State:
    broken = Integrity.BROKEN in (above.integrity, own.integrity)
    return State(
        Integrity.BROKEN if broken else own.integrity,
        own.signature,
        max(above.trust, own.trust, key=_TRUST_ORDER.index),
    )
