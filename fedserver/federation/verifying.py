"""A post of any server, checked step by step: who says so, whether it was changed, whether its media are those that it
speaks of, and what they say themselves. Reads only; nothing is stored and nobody is believed on the way.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from fedserver.db.queries import accounts, media, statuses
from fedserver.db.queries.media import Medium
from fedserver.domain.provenance.claims import Basis, Claim, Integrity, State
from fedserver.domain.provenance.labels import label
from fedserver.edge.parts import Parts
from fedserver.federation.context import Federation
from fedserver.federation.documents import load
from fedserver.federation.fetching.actors import follow_id
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.keys import key_of
from fedserver.media.findings import Findings
from fedserver.media.pipeline import Pipeline, digest_of
from fedserver.net.errors import FetchError
from fedserver.net.fetch import download
from fedserver.services.keyring import published_keys
from fedserver.services.provenance import claims_said
from fedserver.services.remote_media import said_of
from keys.pair import PublicKey
from protocol.activitystreams.provenance import Made
from protocol.activitystreams.read import read_object
from protocol.activitystreams.read.fields import reference, type_name
from protocol.activitystreams.urls import http_url, origin_of
from protocol.activitystreams.values import Media, Object
from protocol.authority import check_object
from protocol.errors import Malformed, Reason, Refusal
from protocol.media import matches_text
from protocol.proofs import check_proof, read_proof

REQUESTS = 12
PASSED, FAILED, OPEN = "passed", "failed", "open"
VERIFIED: Final = "verified"
"""The author's signature holds over everything, and every medium is the one that was signed."""
UNPROVEN: Final = "unproven"
"""Nothing speaks against it, but something cannot be checked: no proof, no digest."""
BROKEN: Final = "broken"
"""A signature or a digest does not hold, or a manifest that the post calls intact is not."""

UNREACHABLE: Final = "unreachable"
"""There is no post at the address, or it cannot be had."""


class Step(NamedTuple):
    """``outcome``: passed | failed | open (it could not be checked, or there is nothing to check)."""

    name: str
    outcome: str
    text: str
    detail: Mapping[str, Any] = {}


@dataclass(slots=True)
class Report:
    """What was done in its order. ``labels``: of each medium, as this node derives it."""

    url: str
    steps: list[Step] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def step(self, name: str, outcome: str, text: str, **detail: Any) -> None:
        self.steps.append(Step(name, outcome, text, detail))

    @property
    def verdict(self) -> str:
        """``verified``, ``unproven``, ``broken`` or ``unreachable``."""
        if any(step.name == "post" and step.outcome == FAILED for step in self.steps):
            return UNREACHABLE
        outcomes = {step.outcome for step in self.steps}
        if FAILED in outcomes:
            return BROKEN
        return UNPROVEN if OPEN in outcomes else VERIFIED


class _Post(NamedTuple):
    document: Mapping[str, Any]
    value: Object
    key: PublicKey | None


async def verify(federation: Federation, url: str, folder: Path) -> Report:
    """Check the post at an address; ``folder`` takes its media while they are read."""
    report = Report(url)
    try:
        post = await _post(federation, report, Budget(REQUESTS))
    except NotFetched as error:
        report.step("post", FAILED, f"the post cannot be had: {error.reason}")
        return report
    if post is None:
        return report
    _proof(report, post, federation.parts.clock.now_ms())
    _said(report, post.value)
    for number, medium in enumerate(post.value.attachments, 1):
        await _medium(federation, report, post.value, medium, number, folder)
    return report


async def _post(federation: Federation, report: Report, budget: Budget) -> _Post | None:
    """The document from its own origin, and the key that its proof names."""
    site, checked = federation.parts.site, http_url(report.url)
    if checked is None:
        report.step("post", FAILED, "this is no address of a post")
        return None
    own = site.owns(checked)
    document = await (_own(federation.parts, checked) if own else _fetched(federation, checked, budget))
    try:
        value = read_object(document, now=federation.parts.clock.now_ms())
    except Malformed as error:
        report.step("post", FAILED, f"what stands there is no post: {error}")
        return None
    report.step("post", PASSED, f"{value.id}, fetched from {origin_of(value.id).host}", type=value.type)
    if not check_object(value).allowed:
        report.step("author", FAILED, f"{value.attributed_to} cannot speak for it: another server")
        return None
    report.step("author", PASSED, f"{value.attributed_to}, on the same server as the post")
    proof = read_proof(document)
    key = None
    if not isinstance(proof, Refusal):
        method = proof.verification_method
        try:
            key = await (_own_key(federation.parts, value, method) if own else _key(federation, value, method, budget))
        except NotFetched as error:
            report.step("key", OPEN, f"the author's key cannot be had: {error.reason}")
    return _Post(document, value, key)


async def _fetched(federation: Federation, url: str, budget: Budget) -> Mapping[str, Any]:
    found = await follow_id(federation.fetcher, await federation.fetcher.document(url, budget), budget)
    if type_name(found.value) in ("Announce", "Create", "Update"):
        inner = reference(found.value.get("object"))
        if inner is None:
            raise NotFetched("no_object")
        found = await follow_id(federation.fetcher, await federation.fetcher.document(inner, budget), budget)
    return found.value


async def _own(parts: Parts, url: str) -> Mapping[str, Any]:
    """A post of this node, as others get it."""
    status = await parts.db.one(statuses.by_uri(url))
    if status is None and (number := url.rstrip("/").rpartition("/")[2]).isdigit() and len(number) < 19:
        status = await parts.db.one(statuses.by_id(int(number)))
    if status is None or not status.local or not status.open:
        raise NotFetched("status_404")
    author = await parts.db.one(accounts.by_id(status.account_id))
    if author is None:
        raise NotFetched("status_404")
    return await load.note_document(parts, author, status)


async def _key(federation: Federation, value: Object, method: str, budget: Budget) -> PublicKey:
    actor = await federation.actors.document(value.attributed_to, budget)
    return key_of(actor, method)


async def _own_key(parts: Parts, value: Object, method: str) -> PublicKey:
    author = await parts.db.one(accounts.by_uri(value.attributed_to))
    rows = await parts.db.all(accounts.keys_of(author.id)) if author is not None else []
    _, listed = published_keys(rows, parts.clock.now_ms())
    for row in listed:
        if row.uri == method:
            return PublicKey.from_multikey(row.public)
    raise NotFetched("wrong_owner")


def _proof(report: Report, post: _Post, now: int) -> None:
    proof = read_proof(post.document)
    if isinstance(proof, Refusal):
        missing = proof.reason in (Reason.MISSING, Reason.PROOF_KIND)
        words = "there is none that is understood (FEP-8b32): the words are those of the server alone"
        report.step("proof", OPEN if missing else FAILED, words if missing else f"it is malformed: {proof.detail}")
        return
    if post.key is None:
        report.step("proof", OPEN, "without the author's key it cannot be checked")
        return
    result = check_proof(post.document, post.key, now)
    if isinstance(result, Refusal):
        report.step("proof", FAILED, f"the post was changed after it was signed ({result.reason.value})")
    else:
        report.step("proof", PASSED, "the author's key signed these very words", key=proof.verification_method)


def _said(report: Report, value: Object) -> None:
    words = [each.name or each.href for each in value.labels]
    words += ["genAI"] if value.made.gen_ai else []
    words += [f"#{each.name}" for each in value.hashtags]
    told = ", ".join(words) or "nothing about its making"
    report.step("says", PASSED, f"the post as a whole says: {told}", source_type=value.made.source_type)


async def _medium(
    federation: Federation, report: Report, post: Object, medium: Media, number: int, folder: Path
) -> None:
    parts, name = federation.parts, f"medium {number}"
    path = folder / secrets.token_hex(8)
    try:
        if parts.site.owns(medium.url):
            path = await _own_file(parts, medium.url)
        elif await federation.policy.refused(origin_of(medium.url).host):
            raise NotFetched("refused")
        else:
            settings = parts.media.settings
            most = max(settings.max_image_bytes, settings.max_video_bytes)
            await download(parts.net, medium.url, path, max_bytes=most)
    except (FetchError, NotFetched) as error:
        report.step(name, OPEN, f"the bytes cannot be had: {error.reason}", url=medium.url)
        report.labels.append("unknown")
        return
    found = digest_of(path)
    if not medium.digest_multibase:
        report.step(f"{name}: digest", OPEN, "the post names none: the bytes may be exchanged", found=found)
    elif matches_text(medium.digest_multibase, found):
        report.step(f"{name}: digest", PASSED, "these are the bytes that the post speaks of", found=found)
    else:
        said = medium.digest_multibase
        report.step(f"{name}: digest", FAILED, "these are other bytes than the post speaks of", said=said, found=found)
    pipeline: Pipeline = parts.media
    findings = await pipeline.inspect(path)
    said_made = said_of(post, medium, parts.site.ai_hashtags)
    _manifest(report, name, said_made, findings)
    host = origin_of(post.id).host
    claims = [*findings.claims, *claims_said(said_made, host, post.attributed_to)]
    words = f"from {len(claims)} claim{'' if len(claims) == 1 else 's'}"
    if any(step.outcome == FAILED and step.name in ("proof", f"{name}: digest") for step in report.steps):
        # as a node that receives such a post: words that fit nothing are disputed
        claims.append(Claim(Basis.REMOTE, by=host, state=State(Integrity.BROKEN)))
        words += ", and what was checked does not hold"
    report.labels.append(str(label(claims)))
    report.step(f"{name}: label", PASSED, f"{report.labels[-1]}, {words}", claims=_shown(claims))


async def _own_file(parts: Parts, url: str) -> Path:
    number = url.removeprefix(f"{parts.site.base_url}/media/").partition("/")[0]
    row: Medium | None = None
    if number.isdigit() and len(number) < 19:
        row = await parts.db.one(media.by_id(int(number)))
    path = parts.blobs.local_path(row.file_key) if row is not None and row.file_key else None
    if path is None or not path.exists():
        raise NotFetched("status_404")
    return Path(path)


def _manifest(report: Report, name: str, said: Made, findings: Findings) -> None:
    """What the bytes say, against what the post says that anyone finds in them."""
    own = [claim for claim in findings.claims if claim.basis is Basis.C2PA]
    promised = any(
        each.basis == "c2pa"
        and (each.validation.scope, each.validation.integrity) == ("anyone", "intact")
        and each.revoked is None
        for each in said.claims
    )
    if not own:
        if promised:
            report.step(f"{name}: manifest", FAILED, "the post promises an intact C2PA manifest; there is none")
        elif any(each.basis == "c2pa" for each in said.claims):
            report.step(f"{name}: manifest", OPEN, "checked by its own server only: the file is a derivative")
        return
    kept = any(claim.state.integrity is Integrity.INTACT for claim in own)
    owned = any(each.basis == "c2pa" and each.validation.integrity == "broken" for each in said.claims)
    for claim in own:
        state = claim.state
        words = f"{claim.by or 'somebody'} signed {claim.source_type or 'a statement'}: {state.integrity}, "
        words += f"signature {state.signature}, {state.trust}"
        outcome = PASSED
        if state.integrity is Integrity.BROKEN:
            # a file may be published with what others broke: only a promise can fail
            outcome = FAILED if promised and not kept else PASSED if owned else OPEN
            words += {FAILED: ", but the post promises an intact one", PASSED: ", as the post says"}.get(outcome, "")
        report.step(f"{name}: manifest", outcome, words, evidence=dict(claim.evidence))


def _shown(claims: list[Claim]) -> list[dict[str, Any]]:
    return [
        {
            "basis": str(claim.basis),
            "by": claim.by,
            "source_type": claim.source_type,
            "tool": claim.tool,
            "version": claim.version,
            "models": list(claim.models),
            "state": {name: str(value) for name, value in claim.state._asdict().items()},
            "revoked": claim.revoked,
        }
        for claim in claims
    ]
