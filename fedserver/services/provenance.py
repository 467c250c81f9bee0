"""Claims about how media were made: found in files, declared, added by moderators, said by other servers.

A claim is a row that is never changed but to be revoked: whoever says something else makes a new one. Of an upload that
is in no post yet there is no history: what its author thought better of before anybody saw it is gone. What is derived
(the label, the models and the tool for search) is written anew by ``relabel`` whenever a claim comes or goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson

from fedserver.db.queries import accounts, media, statuses
from fedserver.db.queries import provenance as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.media import Medium
from fedserver.db.unit import Unit
from fedserver.domain.provenance.claims import Basis, Claim, State
from fedserver.domain.provenance.declarations import SOURCE_TYPES, Declaration, summary
from fedserver.domain.provenance.labels import label
from fedserver.domain.text.characters import plain
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.media.findings import NOTHING, Findings
from fedserver.services import rules, search, variations
from fedserver.services.events import ProvenanceChanged, StatusEdited
from fedserver.services.media import own
from fedserver.services.reports import log_action
from protocol.activitystreams.provenance import Made, Said, SaidRecipe

# history is kept, so its length has to be bounded; an author must not fill it up against files and moderators
MAX_DECLARED = 100
MAX_CLAIMS = 300
MAX_MODELS = 20
MAX_NAME = 200
MAX_NOTE = 500
# the key of the evidence of a check
CHECK = "check"
_OF_FILES = (Basis.C2PA, Basis.XMP, Basis.TOOL)
_OF_AUTHORS = (Basis.DECLARED, Basis.REMOTE)


def store_findings(unit: Unit, media_id: int, findings: Findings) -> None:
    """What was read in the bytes of a medium, local or fetched. What an earlier reading found otherwise is revoked."""
    medium = unit.one(media.by_id(media_id))
    if medium is None:
        return
    if findings.pdq is not None and findings.pdq.hashes:
        variations.keep(unit, medium, findings.pdq)
    if findings._replace(pdq=None) == NOTHING and not unit.all(rows.made([media_id])):
        return
    _replace(unit, medium, _OF_FILES, findings.claims)
    values: dict[str, Any] = {"reading": str(findings.reading), "read_at": unit.now}
    if findings.recipe is not None and medium.local:
        values["recipe"] = orjson.dumps(findings.recipe._asdict()).decode()
    relabel(unit, medium, values)
    _ask(unit, medium)


def store_serving(unit: Unit, media_id: int, serving: str, uploaded: str | None) -> None:
    """How the bytes that others get came to be; ``uploaded``: the digest of the bytes that claims were checked on,
    where these are others. Media of which nothing is known are served stripped, and need no row to say so."""
    unit.run(rows.change(media_id, {"serving": serving, "checked_digest": uploaded}))


def store_remote(unit: Unit, media_id: int, said: Made, *, host: str) -> None:
    """What another server says of a medium of its own: its author's declarations, and what it checked by itself.

    ``host`` is the one whose signature covers the words. They are kept apart from what is read in the bytes here.
    """
    medium = unit.one(media.by_id(media_id))
    if medium is None or medium.local:
        return
    author = unit.get(accounts.by_id(medium.account_id))
    claims = claims_said(said, host, author.uri)
    _replace(unit, medium, _OF_AUTHORS, claims)
    values: dict[str, Any] = {"serving": "remote", "license": said.license}
    values |= _published(said.recipe)
    values["remote"] = orjson.dumps([each._asdict() for each in claims], default=str).decode() if claims else None
    relabel(unit, medium, values)


def store_check(unit: Unit, media_id: int, host: str, state: State, found: Mapping[str, Any]) -> None:
    """What came of checking another server's words against its bytes and its signature: one standing claim, by that
    server, with our answer. ``found``: small JSON, as ``services/remote_checks.py`` makes it."""
    medium = unit.one(media.by_id(media_id))
    if medium is None or medium.local:
        return
    claim = Claim(Basis.REMOTE, by=host, state=state, evidence={CHECK: dict(found)})
    standing = [row for row in unit.all(rows.claims_of([media_id])) if is_check(row) and row.revoked_at is None]
    if any(_key(row.claim) == _key(claim) for row in standing):
        return
    for row in standing:
        unit.run(rows.revoke(row.id, unit.now))
    _add(unit, medium, claim)
    relabel(unit, medium)
    _ask(unit, medium)


def is_check(row: rows.Claimed) -> bool:
    """Whether a claim is our answer to another server's words, which its next words do not take back."""
    return row.basis == Basis.REMOTE and CHECK in orjson.loads(row.evidence)


def claims_said(said: Made, host: str, author_uri: str) -> list[Claim]:
    """The words of another server as claims: each statement, and what it says of the medium as a whole."""
    told = (_said(each, host, author_uri) for each in said.claims[:MAX_CLAIMS])
    claims = [each for each in told if each.source_type or each.tool or each.models or "validation" in each.evidence]
    typed = said.source_type or ("trainedAlgorithmicMedia" if said.gen_ai else "")
    tool, version = said.generator if said.generator is not None else ("", "")
    known = [each for each in claims if not each.revoked and each.source_type == typed]
    if (typed or tool) and not any(each.tool == tool or not tool for each in known):
        claims.append(Claim(Basis.REMOTE, typed, host, tool, version))
    return claims


def _said(said: Said, host: str, author_uri: str) -> Claim:
    """A claim as another server tells it. That the author declared something is the author's claim; all else it says
    (what it read in a file, what its moderators think, what third people said) is its own, with what it says it
    checked as evidence."""
    tool, version = said.generator if said.generator is not None else ("", "")
    told: dict[str, Any] = {"validation": said.validation._asdict()} if said.validation.integrity != "unchecked" else {}
    if said.manifest:
        told["manifest"] = said.manifest
    if said.digest_multibase:
        told["digest"] = said.digest_multibase
    revoked, source_type = said.revoked is not None, said.source_type
    if said.validation.integrity == "broken" and source_type:
        # it spoke of other bytes, as its own server says: that is to be seen, and has no weight
        told["source_type"], source_type = source_type, ""
    if said.basis == "declared" and said.attributed_to in ("", author_uri):
        basis, by = Basis.DECLARED, author_uri
    else:
        basis, by = Basis.REMOTE, host
        told["basis"] = said.basis
        if said.attributed_to:
            told["attributed_to"] = said.attributed_to
    return Claim(basis, source_type, by, tool, version, said.models, State(), told, revoked)


def _published(recipe: SaidRecipe | None) -> dict[str, Any]:
    if recipe is None:
        return {"recipe": None, "publish_prompt": 0, "publish_workflow": 0}
    kept = orjson.dumps(recipe._asdict()).decode()
    return {"recipe": kept, "publish_prompt": 1, "publish_workflow": int(bool(recipe.workflow))}


def declare(unit: Unit, account_id: int, media_id: int, wanted: Declaration) -> Medium:
    """What the owner says of an upload. A changed declaration revokes the old claim and makes a new one."""
    medium = own(unit, account_id, media_id)
    _check(wanted)
    _declare(unit, medium, wanted, {})
    values: dict[str, Any] = {"spoken": 1}
    if wanted.license is not None:
        values["license"] = plain(wanted.license).strip()
    for name in ("publish_prompt", "publish_workflow"):
        given = getattr(wanted, name)
        if given is not None:
            values[name] = int(given)
    relabel(unit, medium, values)
    _tell(unit, medium)
    return unit.get(media.by_id(media_id))


def presume(
    unit: Unit, media_ids: Sequence[int], tags: Iterable[str], default: str = "", *, edited: bool = False
) -> None:
    """Hashtags, and the account's default, as the declaration of authors whose program says nothing of media.

    Costs nothing for posts without such a tag or default. A tag that is edited out takes its declaration with it.
    """
    hits = [each for each in tags if each in unit.site.ai_hashtags]
    if edited and not hits and media_ids:
        _forget_presumed(unit, media_ids)
    if not media_ids or not (hits or default in SOURCE_TYPES):
        return
    spoken = {row.media_id for row in unit.all(rows.made(list(media_ids))) if row.spoken}
    for media_id in media_ids:
        medium = unit.one(media.by_id(media_id)) if media_id not in spoken else None
        if medium is not None:
            why = {"hashtag": hits[0]} if hits else {"default": True}
            # nothing was written where the history is full, and no post fails for that
            with suppress(Invalid):
                if _declare(unit, medium, Declaration("generated" if hits else default), why):
                    relabel(unit, medium)


def _forget_presumed(unit: Unit, media_ids: Sequence[int]) -> None:
    for row in unit.all(rows.claims_of(list(media_ids))):
        if row.basis == Basis.DECLARED and row.revoked_at is None and "hashtag" in row.claim.evidence:
            unit.run(rows.revoke(row.id, unit.now))
            relabel(unit, unit.get(media.by_id(row.media_id)))


def moderate(unit: Unit, moderator: Account, media_id: int, declared: str, *, note: str = "") -> int:
    """A moderator's claim beside the others, signed with the node's name; the audit log says whose it is. Its id."""
    medium = unit.one(media.by_id(media_id))
    if medium is None or medium.role != "attachment":
        raise NotFound
    if declared not in SOURCE_TYPES:
        raise Invalid(lazy("Validation failed: Declared is not included in the list"))
    for row in unit.all(rows.claims_of([media_id])):
        if row.basis == Basis.MODERATOR and row.account_id == moderator.id and row.revoked_at is None:
            unit.run(rows.revoke(row.id, unit.now))
    note = plain(note).strip()[:MAX_NOTE]
    evidence = {"note": note} if note else {}
    claim = Claim(Basis.MODERATOR, SOURCE_TYPES[declared], unit.site.domain, evidence=evidence)
    claim_id = _add(unit, medium, claim, account_id=moderator.id)
    relabel(unit, medium)
    _tell(unit, medium)
    log_action(unit, moderator, "media.claim", f"media:{media_id}", f"{declared} {note}".strip())
    return claim_id


def revoke(unit: Unit, moderator: Account, media_id: int, claim_id: int) -> None:
    """Take back a claim that moderators made; nobody takes back what somebody else said."""
    for row in unit.all(rows.claims_of([media_id])):
        if row.id == claim_id and row.basis == Basis.MODERATOR and row.revoked_at is None:
            unit.run(rows.revoke(claim_id, unit.now))
            medium = unit.get(media.by_id(media_id))
            relabel(unit, medium)
            _tell(unit, medium)
            log_action(unit, moderator, "media.unclaim", f"media:{media_id}")
            return
    raise NotFound


def relabel(unit: Unit, medium: Medium, values: Mapping[str, Any] | None = None) -> None:
    """Derive the label of a medium from its claims, and what search knows of it; ``values``: more for its row."""
    claims = tuple(row.claim for row in unit.all(rows.claims_of([medium.id])))
    found = str(label([each for each in claims if not each.revoked]))
    told = summary(claims, found)
    derived: dict[str, Any] = {
        "label": found,
        "models": orjson.dumps([each.casefold() for each in told.models]).decode(),
        "tool": told.tool,
    }
    unit.made(rows.begin(medium.id, found))
    unit.run(rows.change(medium.id, {**derived, **(values or {})}))
    if medium.status_id is not None:
        unit.run(statuses.changed(medium.status_id))
        search.changed(unit, unit.get(statuses.by_id(medium.status_id)))


def _ask(unit: Unit, medium: Medium) -> None:
    """The rules of the community, now that more is known."""
    if medium.status_id is not None:
        rules.better_known(unit, medium.status_id)


def _tell(unit: Unit, medium: Medium) -> None:
    """Those who have the post hear of it, unless an edit tells them anyway."""
    if medium.status_id is None:
        return
    _ask(unit, medium)
    told = (StatusEdited, ProvenanceChanged)
    if not any(isinstance(each, told) and each.status.id == medium.status_id for each in unit.events):
        status = unit.get(statuses.by_id(medium.status_id))
        unit.record(ProvenanceChanged(status, unit.get(accounts.by_id(medium.account_id))))


def _check(wanted: Declaration) -> None:
    if wanted.declared and wanted.declared not in SOURCE_TYPES:
        raise Invalid(lazy("Validation failed: Declared is not included in the list"))
    named = [wanted.tool or "", wanted.tool_version or "", wanted.license or "", *(wanted.models or ())]
    if any(len(each) > MAX_NAME for each in named) or len(wanted.models or ()) > MAX_MODELS:
        raise Invalid(
            lazy("Validation failed: Provenance is too long (maximum is %(limit)d characters)", limit=MAX_NAME)
        )


def _declare(unit: Unit, medium: Medium, wanted: Declaration, evidence: Mapping[str, Any]) -> bool:
    """Bring the owner's own claim to what is wanted; whether that changed anything."""
    if wanted.declared is None and wanted.tool is None and wanted.tool_version is None and wanted.models is None:
        return False
    present = unit.all(rows.claims_of([medium.id]))
    before = next((row for row in present if row.basis == Basis.DECLARED and row.revoked_at is None), None)
    old = before.claim if before is not None else Claim(Basis.DECLARED)
    models = old.models
    if wanted.models is not None:
        models = tuple(dict.fromkeys(name for each in wanted.models if (name := plain(each).strip())))
    new = old._replace(
        source_type=old.source_type if wanted.declared is None else SOURCE_TYPES.get(wanted.declared, ""),
        tool=old.tool if wanted.tool is None else plain(wanted.tool).strip(),
        version=old.version if wanted.tool_version is None else plain(wanted.tool_version).strip(),
        models=models,
        evidence=evidence,
    )
    if new == old:
        return False
    says = bool(new.source_type or new.tool or new.models)
    if says and len(present) >= MAX_DECLARED:
        raise _too_many()
    if before is not None:
        _withdraw(unit, medium, before)
    if says:
        _add(unit, medium, new, account_id=medium.account_id, count=len(present))
    return True


def _too_many() -> Invalid:
    return Invalid(lazy("Validation failed: Too many claims were made about this file"))


def _replace(unit: Unit, medium: Medium, bases: Sequence[Basis], claims: Iterable[Claim]) -> None:
    """The claims of some bases are these from now on: what is new is added, what nobody says any more is revoked."""
    wanted = list(claims)
    standing = {_key(each): each for each in wanted if not each.revoked}
    withdrawn = {_key(each): each for each in wanted if each.revoked}
    present = unit.all(rows.claims_of([medium.id]))
    for row in present:
        if row.basis not in bases or is_check(row):
            continue
        key = _key(row.claim)
        withdrawn.pop(key, None)
        if row.revoked_at is None and standing.pop(key, None) is None:
            _withdraw(unit, medium, row)
    new = [*standing.values(), *withdrawn.values()]
    for each in new[: max(0, MAX_CLAIMS - len(present))]:
        _add(unit, medium, each, account_id=medium.account_id if each.basis == Basis.DECLARED else None, count=0)


def _withdraw(unit: Unit, medium: Medium, row: rows.Claimed) -> None:
    """Somebody says this no more: history, if others could read it."""
    private = medium.local and medium.status_id is None
    unit.run(rows.drop_claim(row.id) if private else rows.revoke(row.id, unit.now))


def _key(claim: Claim) -> bytes:
    """Equal for equal statements, whether or not they were withdrawn."""
    return orjson.dumps([*claim[:7], claim.evidence], option=orjson.OPT_SORT_KEYS, default=list)


def _add(unit: Unit, medium: Medium, claim: Claim, *, account_id: int | None = None, count: int | None = None) -> int:
    if (unit.get(rows.claim_count(medium.id)) if count is None else count) >= MAX_CLAIMS:
        raise _too_many()
    claim_id = unit.new_id()
    # an account's own claim bears its present name; moderators speak for the node
    named = claim.by if account_id is None or claim.basis == Basis.MODERATOR else ""
    unit.run(
        rows.add_claim(
            {
                "id": claim_id,
                "media_id": medium.id,
                "basis": str(claim.basis),
                "account_id": account_id,
                "by_name": named,
                "source_type": claim.source_type,
                "tool": claim.tool,
                "tool_version": claim.version,
                "models": orjson.dumps(claim.models).decode(),
                "integrity": str(claim.state.integrity),
                "signature": str(claim.state.signature),
                "trust": str(claim.state.trust),
                "evidence": orjson.dumps(dict(claim.evidence)).decode(),
                "created_at": unit.now,
                "revoked_at": unit.now if claim.revoked else None,
            }
        )
    )
    return claim_id
