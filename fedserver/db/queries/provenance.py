"""Provenance: claims about media, what is derived of them, what posts say of their making, and what they build on.

``statuses.provenance`` says which of these rows a post has, so that nobody looks for what most posts do not have.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import (
    accounts,
    media_attachments,
    media_provenance,
    provenance_claims,
    status_lineage,
    status_provenance,
    statuses,
)
from fedserver.domain.provenance.claims import Basis, Claim, Integrity, Signature, State, Trust
from fedserver.kit.paging import Page

# bits of ``statuses.provenance``: it says something of its text or of remixes, builds on something, is built on;
# and the community or a labeler says something of it (``status_labels``)
SAID, BASED, REMIXED, LABELLED = 1, 2, 4, 8


class Claimed(NamedTuple):
    """A row of ``provenance_claims`` with the actor's id of who says so ('' for no account); JSON as text."""

    id: int
    media_id: int
    basis: str
    account_id: int | None
    by_name: str
    source_type: str
    tool: str
    tool_version: str
    models: str
    integrity: str
    signature: str
    trust: str
    evidence: str
    created_at: int
    revoked_at: int | None
    account_uri: str | None

    @property
    def claim(self) -> Claim:
        """The claim itself."""
        return Claim(
            Basis(self.basis),
            self.source_type,
            self.by_name or self.account_uri or "",
            self.tool,
            self.tool_version,
            tuple(orjson.loads(self.models)),
            State(Integrity(self.integrity), Signature(self.signature), Trust(self.trust)),
            orjson.loads(self.evidence),
            revoked=self.revoked_at is not None,
        )


class Made(NamedTuple):
    """A row of ``media_provenance``; ``models``, ``recipe`` and ``remote`` are JSON."""

    media_id: int
    label: str
    models: str
    tool: str
    license: str
    serving: str
    reading: str
    checked_digest: str | None
    recipe: str | None
    spoken: int
    publish_prompt: int
    publish_workflow: int
    remote: str | None
    read_at: int | None


class Said(NamedTuple):
    """A row of ``status_provenance``."""

    status_id: int
    text_made: str
    no_remix: int
    training: str


class Serving(NamedTuple):
    """What serving a file of a post hangs on: who may see the post, and what it says of training."""

    visibility: int
    training: str | None


class Based(NamedTuple):
    """A row of ``status_lineage``: what a post is based on, with its id where it is known here."""

    status_id: int
    based_on_id: int | None
    based_on_uri: str


class Count(NamedTuple):
    """How many open posts are based on a post."""

    status_id: int
    remixes: int


_c, _p, _l, _m = provenance_claims.c, media_provenance.c, status_lineage.c, media_attachments.c
_claims = select(*[_c[name] for name in Claimed._fields[:-1]], accounts.c.uri).select_from(
    provenance_claims.outerjoin(accounts, accounts.c.id == _c.account_id)
)
_made = select(*columns(media_provenance, Made))
_CLAIMS = Statement(_claims.where(one_of(_c.media_id, "ids")).order_by(_c.media_id, _c.id), Claimed._make)
_MADE = Statement(_made.where(one_of(_p.media_id, "ids")), Made._make)
_OF_STATUSES = Statement(
    _made.join(media_attachments, _m.id == _p.media_id).where(one_of(_m.status_id, "ids")), Made._make
)
_CLAIMS_OF_STATUSES = Statement(
    _claims.join(media_attachments, _m.id == _c.media_id)
    .where(one_of(_m.status_id, "ids"))
    .order_by(_c.media_id, _c.id),
    Claimed._make,
)
_REVOKE = Statement(
    text("UPDATE provenance_claims SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL"), nothing
)
_DROP_CLAIM = Statement(delete(provenance_claims).where(_c.id == bindparam("id")), nothing)
_SAID = Statement(
    select(*columns(status_provenance, Said)).where(one_of(status_provenance.c.status_id, "ids")), Said._make
)
_SERVING = Statement(
    select(statuses.c.visibility, status_provenance.c.training)
    .select_from(statuses.outerjoin(status_provenance, status_provenance.c.status_id == statuses.c.id))
    .where(statuses.c.id == bindparam("id")),
    Serving._make,
)
_BASED = Statement(
    select(_l.status_id, _l.based_on_id, _l.based_on_uri)
    .where(one_of(_l.status_id, "ids"))
    .order_by(_l.status_id, _l.position),
    Based._make,
)
_BUILDS = Statement(select(_l.status_id).where(_l.based_on_id == bindparam("id")).limit(1000), scalar)
_DROP_BASED = Statement(delete(status_lineage).where(_l.status_id == bindparam("id")), nothing)
# only what anybody may see is counted: a number must not tell of a private post
_remixes = status_lineage.join(statuses, statuses.c.id == _l.status_id)
_COUNTS = Statement(
    select(_l.based_on_id, func.count())
    .select_from(_remixes)
    .where(one_of(_l.based_on_id, "ids"), statuses.c.visibility < 2)
    .group_by(_l.based_on_id),
    Count._make,
)
_REMIXES = {
    ascending: Statement(
        select(_l.status_id)
        .where(_l.based_on_id == bindparam("id"), _l.status_id < bindparam("below"), _l.status_id > bindparam("above"))
        .order_by(_l.status_id if ascending else _l.status_id.desc())
        .limit(bindparam("limit")),
        scalar,
    )
    for ascending in (False, True)
}
_MARK = {
    on: Statement(
        text(
            "UPDATE statuses SET provenance = provenance "  # noqa: S608 - constants of this file
            f"{'| :bits' if on else '& ~:bits'}, version = version + 1 WHERE id = :id"
        ),
        nothing,
    )
    for on in (False, True)
}
_CLAIM_COUNT = Statement(select(func.count()).where(_c.media_id == bindparam("id")), number)


def claims_of(media_ids: list[int]) -> Query[Claimed]:
    """All claims of media, revoked ones too, oldest first."""
    return _CLAIMS(ids=media_ids)


def claims_of_statuses(status_ids: list[int]) -> Query[Claimed]:
    """All claims of what is attached to posts."""
    return _CLAIMS_OF_STATUSES(ids=status_ids)


def claim_count(media_id: int) -> Query[int]:
    return _CLAIM_COUNT(id=media_id)


def made(media_ids: list[int]) -> Query[Made]:
    """What is derived and kept of media; no row where nothing was read or said."""
    return _MADE(ids=media_ids)


def made_of_statuses(status_ids: list[int]) -> Query[Made]:
    return _OF_STATUSES(ids=status_ids)


def add_claim(values: dict[str, Any]) -> Query[None]:
    return insert(provenance_claims, values)


def revoke(claim_id: int, now: int) -> Query[None]:
    """Withdraw a claim, once; touches one row, or none."""
    return _REVOKE(id=claim_id, now=now)


def drop_claim(claim_id: int) -> Query[None]:
    """Forget a claim about what nobody but its owner has seen."""
    return _DROP_CLAIM(id=claim_id)


def begin(media_id: int, label: str) -> Query[Any]:
    """The row of a medium; comes back only if there was none."""
    return insert_new(media_provenance, {"media_id": media_id, "label": label}, "media_id")


def change(media_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(media_provenance, "media_id", media_id, values)


def said(status_ids: list[int]) -> Query[Said]:
    return _SAID(ids=status_ids)


def serving(status_id: int) -> Query[Serving]:
    """The post of a file, in one statement."""
    return _SERVING(id=status_id)


def say(status_id: int) -> Query[Any]:
    """The row of a post; comes back only if there was none."""
    return insert_new(status_provenance, {"status_id": status_id}, "status_id")


def change_said(status_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(status_provenance, "status_id", status_id, values)


def builds_on(status_id: int) -> Query[int]:
    """Ids of the posts that are based on a post, whoever may see them."""
    return _BUILDS(id=status_id)


def based_on(status_ids: list[int]) -> Query[Based]:
    """What posts are based on, in the order in which they say it."""
    return _BASED(ids=status_ids)


def add_based(values: dict[str, Any]) -> Query[Any]:
    """A row comes back only if the post did not name this address yet."""
    return insert_new(status_lineage, values)


def drop_based(status_id: int) -> Query[None]:
    return _DROP_BASED(id=status_id)


def counts(status_ids: list[int]) -> Query[Count]:
    return _COUNTS(ids=status_ids)


def remixes(status_id: int, page: Page) -> Query[int]:
    """Ids of the posts that are based on a post, a page of them, whoever may see them."""
    return _REMIXES[page.ascending](id=status_id, **bounds(page))


def mark(status_id: int, bits: int, *, on: bool = True) -> Query[None]:
    """Say which rows a post has from now on; rendered copies are stale."""
    return _MARK[on](id=status_id, bits=bits)
