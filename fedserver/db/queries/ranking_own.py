"""What a reader's own feeds are ranked by: as ``ranking``, but of some posts, and what only the reader has."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select

from fedserver.db.statement import Query, Statement, one_of, present, scalar
from fedserver.db.tables import (
    accounts,
    followed_tags,
    follows,
    media_attachments,
    media_hashes,
    media_provenance,
    mentions,
    provenance_claims,
    seen_posts,
    status_tags,
    tags,
)
from fedserver.domain.ranking.rows import Medium

_reader: Any = bindparam("reader_id")
_m = media_attachments.c
_MEDIA = Statement(
    select(
        _m.status_id,
        _m.kind,
        case((func.coalesce(_m.description, "") != "", 1), else_=0),
        media_provenance.c.label,
        media_provenance.c.license,
        media_provenance.c.models,
        media_hashes.c.group_id,
        case(
            (
                present(
                    provenance_claims.c.media_id == _m.id,
                    provenance_claims.c.basis == "declared",
                    provenance_claims.c.revoked_at.is_(None),
                    provenance_claims.c.source_type != "notAI",
                ),
                1,
            ),
            else_=0,
        ),
    )
    .select_from(
        media_attachments.outerjoin(media_provenance, media_provenance.c.media_id == _m.id).outerjoin(
            media_hashes, media_hashes.c.media_id == _m.id
        )
    )
    .where(one_of(_m.status_id, "ids"))
    .order_by(_m.status_id, _m.position),
    Medium._make,
)
_TAGS: Statement[Any] = Statement(
    select(status_tags.c.status_id, tags.c.name)
    .select_from(status_tags.join(tags, tags.c.id == status_tags.c.tag_id))
    .where(one_of(status_tags.c.status_id, "ids")),
    tuple,
)
_MENTIONS: Statement[Any] = Statement(
    select(mentions.c.status_id, func.count())
    .where(one_of(mentions.c.status_id, "ids"))
    .group_by(mentions.c.status_id),
    tuple,
)
_FOLLOWED_TAGS: Statement[str] = Statement(
    select(tags.c.name)
    .select_from(followed_tags.join(tags, tags.c.id == followed_tags.c.tag_id))
    .where(followed_tags.c.account_id == _reader),
    scalar,
)
_FOLLOWED: Statement[int] = Statement(
    select(follows.c.target_id).where(
        follows.c.account_id == _reader, follows.c.state == "accepted", one_of(follows.c.target_id, "authors")
    ),
    scalar,
)
_theirs = follows.alias("theirs")
_IN_COMMON: Statement[Any] = Statement(
    select(_theirs.c.account_id, func.count())
    .select_from(
        _theirs.join(
            follows,
            and_(
                follows.c.target_id == _theirs.c.target_id,
                follows.c.account_id == _reader,
                follows.c.state == "accepted",
            ),
        ).join(accounts, accounts.c.id == _theirs.c.account_id)
    )
    .where(
        one_of(_theirs.c.account_id, "authors"),
        _theirs.c.state == "accepted",
        # who hides whom they follow is not found out through a formula; for oneself nothing is hidden
        or_(accounts.c.hide_collections == 0, accounts.c.id == _reader),
    )
    .group_by(_theirs.c.account_id),
    tuple,
)
_SEEN: Statement[int] = Statement(
    select(seen_posts.c.status_id).where(seen_posts.c.account_id == _reader, one_of(seen_posts.c.status_id, "ids")),
    scalar,
)


def media(ids: list[int]) -> Query[Medium]:
    """What is attached to posts."""
    return _MEDIA(ids=ids)


def tags_of(ids: list[int]) -> Query[tuple[int, str]]:
    """(post, hashtag)."""
    return _TAGS(ids=ids)


def mentions_of(ids: list[int]) -> Query[tuple[int, int]]:
    """(post, how many people it mentions)."""
    return _MENTIONS(ids=ids)


def followed_tags_of(reader_id: int) -> Query[str]:
    """The hashtags that the reader follows."""
    return _FOLLOWED_TAGS(reader_id=reader_id)


def followed(reader_id: int, authors: list[int]) -> Query[int]:
    """Those of some authors whom the reader follows."""
    return _FOLLOWED(reader_id=reader_id, authors=authors)


def in_common(reader_id: int, authors: list[int]) -> Query[tuple[int, int]]:
    """(author, how many people both the author and the reader follow), of authors who show whom they follow."""
    return _IN_COMMON(reader_id=reader_id, authors=authors)


def seen(reader_id: int, ids: list[int]) -> Query[int]:
    """Those of some posts that were shown to the reader, as far as that is kept."""
    return _SEEN(reader_id=reader_id, ids=ids)
