"""What a backtest reads: the posts of a range of ids with what rules ask for, and what happened beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import text

from fedserver.db.statement import Query, Statement


class Replayed(NamedTuple):
    """A post as it came, with its author as the account is now. ``content`` is '' where no rule reads it."""

    id: int
    uri: str
    account_id: int
    created_at: int
    visibility: int
    content: str
    spoiler: str
    sensitive: int
    language: str | None
    object_type: str
    is_reply: int
    quoting: int
    # the account that it answers, and whether that is one of this node
    answered_id: int | None
    answers_local: int
    with_media: int


class Writer(NamedTuple):
    """An author of posts of the range."""

    id: int
    username: str
    domain: str
    followers: int
    following: int
    posts: int
    bot: int
    locked: int
    has_picture: int
    has_note: int
    trust: int | None
    role: str | None
    actor_type: str


_POSTS = Statement(
    text(
        "SELECT s.id, s.uri, s.account_id, s.created_at, s.visibility,"
        " CASE WHEN :with_text = 1 THEN s.content ELSE '' END, s.spoiler, s.sensitive, s.language, s.object_type,"
        " CASE WHEN s.in_reply_to_id IS NULL AND s.in_reply_to_uri IS NULL THEN 0 ELSE 1 END, s.quoting,"
        " s.in_reply_to_account_id, CASE WHEN p.domain = '' THEN 1 ELSE 0 END,"
        " CASE WHEN EXISTS (SELECT 1 FROM media_attachments m WHERE m.status_id = s.id) THEN 1 ELSE 0 END"
        " FROM statuses s LEFT JOIN accounts p ON p.id = s.in_reply_to_account_id"
        " WHERE s.id > :above AND s.id < :below AND s.reblog_of_id IS NULL ORDER BY s.id LIMIT :most"
    ),
    Replayed._make,
)
_WRITERS = Statement(
    text(
        "SELECT a.id, a.username, a.domain, a.followers_count, a.following_count, a.statuses_count, a.bot, a.locked,"
        " CASE WHEN a.avatar_id IS NULL THEN 0 ELSE 1 END, CASE WHEN a.note = '' THEN 0 ELSE 1 END, a.trust, u.role,"
        " a.actor_type FROM accounts a LEFT JOIN users u ON u.account_id = a.id WHERE a.id IN"
        " (SELECT s.account_id FROM statuses s WHERE s.id > :above AND s.id < :below AND s.reblog_of_id IS NULL)"
    ),
    Writer._make,
)


def _pairs(sql: str) -> Statement[tuple[Any, ...]]:
    return Statement(text(sql), cast(Callable[[Any], tuple[Any, ...]], tuple))


# of the posts of a piece: (post, ...)
OF_POSTS: Final = {
    "tags": _pairs(
        "SELECT x.status_id, t.name FROM status_tags x JOIN tags t ON t.id = x.tag_id"
        " WHERE x.status_id >= :low AND x.status_id <= :high"
    ),
    "mentions": _pairs(
        "SELECT m.status_id, m.account_id, CASE WHEN a.domain = '' THEN 1 ELSE 0 END FROM mentions m"
        " JOIN accounts a ON a.id = m.account_id WHERE m.status_id >= :low AND m.status_id <= :high"
    ),
    # whoever is mentioned and follows the author
    "known": _pairs(
        "SELECT m.status_id, CASE WHEN a.domain = '' THEN 1 ELSE 0 END FROM mentions m"
        " JOIN statuses s ON s.id = m.status_id JOIN accounts a ON a.id = m.account_id JOIN follows f"
        " ON f.account_id = m.account_id AND f.target_id = s.account_id AND f.state = 'accepted'"
        " WHERE m.status_id >= :low AND m.status_id <= :high"
    ),
    "bad": _pairs(
        "SELECT m.status_id, 1 FROM media_attachments m JOIN bad_matches b ON b.media_id = m.id"
        " WHERE m.status_id >= :low AND m.status_id <= :high AND b.verdict <> 'mistaken'"
    ),
}
# beside them, since an id: (whose, id, ...), by id
BESIDE: Final = {
    "author.follows_24h": _pairs("SELECT account_id, id FROM follows WHERE id >= :low ORDER BY id"),
    "author.reports_30d": _pairs(
        "SELECT r.target_id, r.id, r.account_id FROM reports r JOIN accounts a ON a.id = r.account_id"
        " WHERE r.id >= :low AND a.actor_type <> 'Application' ORDER BY r.id"
    ),
    "author.strikes": _pairs(
        "SELECT account_id, id FROM decisions WHERE account_id IS NOT NULL AND undone_at IS NULL"
        " AND verb NOT IN ('label', 'notify-moderators') ORDER BY id"
    ),
    "author.local_followers": _pairs(
        "SELECT f.target_id, f.id FROM follows f JOIN accounts a ON a.id = f.account_id AND a.domain = ''"
        " WHERE f.state = 'accepted' AND f.local = 1 ORDER BY f.id"
    ),
    "server.age_days": _pairs(
        "SELECT a.domain, MIN(i.host_id) FROM accounts a JOIN inboxes i ON i.id = a.inbox_id WHERE a.domain <> ''"
        " GROUP BY a.domain"
    ),
    "server.accounts": _pairs("SELECT domain, id FROM accounts WHERE domain <> '' ORDER BY id"),
    "server.reports_30d": _pairs(
        "SELECT a.domain, r.id FROM reports r JOIN accounts a ON a.id = r.target_id"
        " WHERE r.id >= :low AND a.domain <> '' ORDER BY r.id"
    ),
    "community.reports_open": _pairs(
        "SELECT 1, id, resolved_at FROM reports WHERE resolved_at IS NULL OR id >= :low ORDER BY id"
    ),
    "community.joined_1h": _pairs("SELECT 1, id FROM users WHERE id >= :low ORDER BY id"),
}
_DECIDED = _pairs(
    "SELECT target_id, source, CASE WHEN undone_at IS NULL THEN 1 ELSE 0 END, rule_id FROM decisions"
    " WHERE target = 'status' AND target_id >= :low AND verb <> 'notify-moderators'"
)
_PUNISHED = _pairs(
    "SELECT DISTINCT target_id, 1 FROM decisions WHERE target = 'account' AND undone_at IS NULL AND source <> 'rule'"
)


def posts(above: int, below: int, most: int, *, with_text: bool) -> Query[Replayed]:
    """The next posts between two ids, the oldest first."""
    return _POSTS(above=above, below=below, most=most, with_text=int(with_text))


def writers(above: int, below: int) -> Query[Writer]:
    """Who wrote them."""
    return _WRITERS(above=above, below=below)


def of_posts(what: str, low: int, high: int) -> Query[tuple[Any, ...]]:
    """Something that hangs on the posts of a piece."""
    return OF_POSTS[what](low=low, high=high)


def beside(signal: str, low: int) -> Query[tuple[Any, ...]]:
    """What a signal counts that is no post."""
    statement = BESIDE[signal]
    return statement(low=low) if ":low" in str(statement.element) else statement()


def decided(low: int) -> Query[tuple[Any, ...]]:
    """(post, source, whether it stands, rule) of decisions about posts since an id."""
    return _DECIDED(low=low)


def punished() -> Query[tuple[Any, ...]]:
    """(account, 1) of those about whom people decided something that stands."""
    return _PUNISHED()
