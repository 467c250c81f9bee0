"""Statuses: rows, who may see them, threads, edits, mentions, tags, tombstones."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, case, delete, select, text, update

from fedserver.db.queries import readable
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import (
    accounts,
    idempotency_keys,
    mentions,
    status_edits,
    status_tags,
    statuses,
    tags,
    tombstones,
)

PUBLIC, UNLISTED, FOLLOWERS, DIRECT, HELD = (
    readable.PUBLIC,
    readable.UNLISTED,
    readable.FOLLOWERS,
    readable.DIRECT,
    readable.HELD,
)


class Status(NamedTuple):
    """A row of ``statuses`` (a post, or a boost when ``reblog_of_id`` is set). Times in ms."""

    id: int
    uri: str
    url: str | None
    account_id: int
    local: int
    visibility: int
    object_type: str
    content: str
    source: str
    spoiler: str
    sensitive: int
    language: str | None
    in_reply_to_id: int | None
    in_reply_to_account_id: int | None
    in_reply_to_uri: str | None
    thread_id: int | None
    reblog_of_id: int | None
    emojis: str
    replies_uri: str | None
    replies_fetched_at: int | None
    app_id: int | None
    created_at: int
    edited_at: int | None
    pinned_at: int | None
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    quote_policy: int
    quoting: int
    limits: str
    # bits, see ``provenance.py``
    provenance: int
    version: int

    @property
    def open(self) -> bool:
        """Public or unlisted: anybody may see and boost it."""
        return self.visibility <= UNLISTED


class Mention(NamedTuple):
    """A mention, with what a rendered link to the account needs."""

    status_id: int
    account_id: int
    username: str
    domain: str
    uri: str
    url: str | None


class Tagged(NamedTuple):
    """A tag of a status."""

    status_id: int
    name: str


class Edit(NamedTuple):
    """A row of ``status_edits``."""

    id: int
    status_id: int
    content: str
    source: str
    spoiler: str
    sensitive: int
    media: str
    poll: str
    # JSON {text, no_remix, based_on}, '' where it said nothing of its making
    made: str
    created_at: int


class Trace(NamedTuple):
    """What is left of a post under an address: who wrote the one that stands here, and whether one was deleted."""

    author: str | None
    buried: bool


_STATUS = columns(statuses, Status)
_select = select(*_STATUS)


_viewer: Any = bindparam("viewer_id")
_BY_ID = Statement(_select.where(statuses.c.id == bindparam("id")), Status._make)
_BY_IDS = Statement(_select.where(one_of(statuses.c.id, "ids")), Status._make)
_BY_URI = Statement(_select.where(statuses.c.uri == bindparam("uri")), Status._make)
_TRACE = Statement(
    text(
        "SELECT (SELECT a.uri FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE s.uri = :uri),"
        " (SELECT t.deleted_at FROM tombstones t WHERE t.uri = :uri)"
    ),
    lambda row: Trace(row[0], row[1] is not None),
)
_VISIBLE = Statement(
    _select.where(statuses.c.id == bindparam("id"), readable.visible_to(statuses, _viewer)), Status._make
)
_VISIBLE_IDS = Statement(
    select(statuses.c.id).where(one_of(statuses.c.id, "ids"), readable.visible_to(statuses, _viewer)), scalar
)
_BOOST = Statement(
    _select.where(statuses.c.account_id == bindparam("account_id"), statuses.c.reblog_of_id == bindparam("of")),
    Status._make,
)
_DELETE = Statement(delete(statuses).where(statuses.c.id == bindparam("id")), nothing)
_COUNT = Statement(
    update(statuses)
    .where(statuses.c.id == bindparam("key__"))
    .values(
        replies_count=case(
            (statuses.c.replies_count + bindparam("replies") < 0, 0),
            else_=statuses.c.replies_count + bindparam("replies"),
        ),
        reblogs_count=statuses.c.reblogs_count + bindparam("reblogs"),
        favourites_count=statuses.c.favourites_count + bindparam("favourites"),
    ),
    nothing,
)
_CHANGED = Statement(
    update(statuses).where(statuses.c.id == bindparam("key__")).values(version=statuses.c.version + 1),
    nothing,
)
_ORPHAN = Statement(
    update(statuses).where(statuses.c.in_reply_to_id == bindparam("id")).values(version=statuses.c.version + 1), nothing
)
_ADOPT = Statement(
    text(
        "UPDATE statuses SET in_reply_to_id = :id, in_reply_to_account_id = :account_id, thread_id = :thread_id,"
        " version = version + 1 WHERE in_reply_to_uri = :uri AND in_reply_to_id IS NULL AND id <> :thread_id"
    ),
    nothing,
)
_RETHREAD = Statement(
    text(
        "UPDATE statuses SET thread_id = :thread_id WHERE thread_id IN"
        " (SELECT o.id FROM statuses o WHERE o.in_reply_to_id = :id)"
    ),
    nothing,
)
_ANCESTORS = Statement(
    text(
        "WITH RECURSIVE up(id, parent, depth) AS ("
        " SELECT id, in_reply_to_id, 0 FROM statuses WHERE id = :id"
        " UNION ALL SELECT s.id, s.in_reply_to_id, up.depth + 1 FROM statuses s JOIN up ON s.id = up.parent"
        " WHERE up.depth < :depth) SELECT id FROM up WHERE id <> :id GROUP BY id ORDER BY max(depth) DESC"
    ),
    scalar,
)
_DESCENDANTS = Statement(
    text(
        "WITH RECURSIVE down(id, parent, depth) AS ("
        " SELECT id, in_reply_to_id, 0 FROM statuses WHERE id = :id"
        " UNION ALL SELECT s.id, s.in_reply_to_id, down.depth + 1 FROM statuses s"
        " JOIN down ON s.in_reply_to_id = down.id"
        " WHERE down.depth < :depth LIMIT :count) SELECT id, parent FROM down WHERE id <> :id"
    ),
    tuple,
    packed=2,
)
_BOOSTS_OF = Statement(_select.where(statuses.c.reblog_of_id == bindparam("id")), Status._make)
_OF_ACCOUNT = Statement(
    _select.where(statuses.c.account_id == bindparam("account_id"), statuses.c.id > bindparam("above"))
    .order_by(statuses.c.id)
    .limit(bindparam("limit")),
    Status._make,
)
_MENTIONS = Statement(
    select(mentions.c.status_id, accounts.c.id, accounts.c.username, accounts.c.domain, accounts.c.uri, accounts.c.url)
    .select_from(mentions.join(accounts, accounts.c.id == mentions.c.account_id))
    .where(one_of(mentions.c.status_id, "ids"))
    .order_by(mentions.c.status_id, accounts.c.id),
    Mention._make,
)
_TAGS = Statement(
    select(status_tags.c.status_id, tags.c.name)
    .select_from(status_tags.join(tags, tags.c.id == status_tags.c.tag_id))
    .where(one_of(status_tags.c.status_id, "ids"))
    .order_by(status_tags.c.status_id, tags.c.id),
    Tagged._make,
)
_TAG = Statement(select(tags.c.id).where(tags.c.name == bindparam("name")), scalar)
_DROP_MENTIONS = Statement(delete(mentions).where(mentions.c.status_id == bindparam("id")), nothing)
_DROP_TAGS = Statement(delete(status_tags).where(status_tags.c.status_id == bindparam("id")), nothing)
_EDITS = Statement(
    select(*columns(status_edits, Edit)).where(status_edits.c.status_id == bindparam("id")).order_by(status_edits.c.id),
    Edit._make,
)
_TOMBSTONE = Statement(select(tombstones.c.deleted_at).where(tombstones.c.uri == bindparam("uri")), scalar)
_IDEMPOTENT = Statement(
    select(idempotency_keys.c.body_hash, idempotency_keys.c.status_id).where(
        idempotency_keys.c.account_id == bindparam("account_id"), idempotency_keys.c.key == bindparam("key")
    ),
    tuple,
)
_PINNED = Statement(
    _select.where(statuses.c.account_id == bindparam("account_id"), statuses.c.pinned_at.is_not(None)).order_by(
        statuses.c.pinned_at.desc()
    ),
    Status._make,
)


def by_id(status_id: int) -> Query[Status]:
    """Whoever asks: callers decide about visibility."""
    return _BY_ID(id=status_id)


def by_ids(ids: list[int]) -> Query[Status]:
    return _BY_IDS(ids=ids)


def by_uri(uri: str) -> Query[Status]:
    return _BY_URI(uri=uri)


def trace(uri: str) -> Query[Trace]:
    """What is known of an address, in one look: always a row."""
    return _TRACE(uri=uri)


def visible(status_id: int, viewer_id: int | None) -> Query[Status]:
    """The status if the viewer may see it."""
    return _VISIBLE(id=status_id, viewer_id=viewer_id)


def visible_ids(ids: list[int], viewer_id: int | None) -> Query[int]:
    """Those of the ids that the viewer may see."""
    return _VISIBLE_IDS(ids=ids, viewer_id=viewer_id)


def boost_by(account_id: int, status_id: int) -> Query[Status]:
    return _BOOST(account_id=account_id, of=status_id)


def boosts_of(status_id: int) -> Query[Status]:
    return _BOOSTS_OF(id=status_id)


def of_account(account_id: int, above: int = -1, limit: int = 1000) -> Query[Status]:
    """Everything of an account, oldest first, boosts too."""
    return _OF_ACCOUNT(account_id=account_id, above=above, limit=limit)


def pinned(account_id: int) -> Query[Status]:
    return _PINNED(account_id=account_id)


def _given(column: Any) -> Any:
    """What a column holds where nobody says anything."""
    default = column.server_default
    if default is None:
        return None
    return default.arg if isinstance(column.type, Text) else int(default.arg)


_DEFAULTS = {name: _given(statuses.c[name]) for name in Status._fields}


def add(values: dict[str, Any]) -> Query[Any]:
    """A new status, made only if its uri (and, for a boost, the pair) is free; ``added`` is what it is then."""
    return insert_new(statuses, values)


def added(values: dict[str, Any]) -> Status:
    """The row that ``add`` has made, without reading it: bringing it back costs a third of inserting it."""
    return Status(**{**_DEFAULTS, **values})


def change(status_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(statuses, "id", status_id, values)


def changed(status_id: int) -> Query[None]:
    """Rendered copies are stale from now on."""
    return _CHANGED(key__=status_id)


def remove(status_id: int) -> Query[None]:
    return _DELETE(id=status_id)


def count(status_id: int, *, replies: int = 0, reblogs: int = 0, favourites: int = 0) -> Query[None]:
    return _COUNT(key__=status_id, replies=replies, reblogs=reblogs, favourites=favourites)


def adopt(uri: str, status_id: int, account_id: int, thread_id: int) -> Query[None]:
    """Replies that arrived before their parent find it; the root of the parent's thread does not: that were a ring."""
    return _ADOPT(uri=uri, id=status_id, account_id=account_id, thread_id=thread_id)


def rethread(status_id: int, thread_id: int) -> Query[None]:
    """The threads that began with replies to the status are parts of its thread."""
    return _RETHREAD(id=status_id, thread_id=thread_id)


def ancestors(status_id: int, depth: int = 40) -> Query[int]:
    """Ids from the root of the thread to the parent."""
    return _ANCESTORS(id=status_id, depth=depth)


def descendants(status_id: int, depth: int = 20, count: int = 500) -> Query[Any]:
    """(id, parent id) below the status, breadth first, bounded."""
    return _DESCENDANTS(id=status_id, depth=depth, count=count)


def orphan(status_id: int) -> Query[None]:
    """The parent is about to go: rendered copies of its replies, which name it, are stale."""
    return _ORPHAN(id=status_id)


def mentions_of(ids: list[int]) -> Query[Mention]:
    return _MENTIONS(ids=ids)


def tags_of(ids: list[int]) -> Query[Tagged]:
    return _TAGS(ids=ids)


def tag_id(name: str) -> Query[int]:
    return _TAG(name=name)


def add_tag(values: dict[str, Any]) -> Query[Any]:
    return insert_new(tags, values)


def tag_status(tag: int, status_id: int) -> Query[Any]:
    return insert_new(status_tags, {"tag_id": tag, "status_id": status_id}, "status_id")


def add_mention(status_id: int, account_id: int) -> Query[Any]:
    return insert_new(mentions, {"status_id": status_id, "account_id": account_id}, "account_id")


def drop_mentions(status_id: int) -> Query[None]:
    return _DROP_MENTIONS(id=status_id)


def drop_tags(status_id: int) -> Query[None]:
    return _DROP_TAGS(id=status_id)


def add_edit(values: dict[str, Any]) -> Query[None]:
    return insert(status_edits, values)


def edits(status_id: int) -> Query[Edit]:
    """Former versions, oldest first."""
    return _EDITS(id=status_id)


def bury(uri: str, now: int, *, local: bool) -> Query[Any]:
    """The id never means anything again."""
    return insert_new(tombstones, {"uri": uri, "deleted_at": now, "local": int(local)}, "uri")


def tombstone(uri: str) -> Query[int]:
    """When the thing with this id was deleted."""
    return _TOMBSTONE(uri=uri)


def idempotent(account_id: int, key: str) -> Query[Any]:
    """(body hash, status id or NULL) under an Idempotency-Key."""
    return _IDEMPOTENT(account_id=account_id, key=key)


def keep_idempotent(values: dict[str, Any]) -> Query[Any]:
    return insert_new(idempotency_keys, values, "key")
