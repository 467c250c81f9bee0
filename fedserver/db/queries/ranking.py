"""What feeds are ranked by: candidates and what is known of them, read a table at a time.

What people did with them was counted as it happened: ``queries/signals.py``.

Candidates are public posts, no boosts, of authors who want to be discovered, are not locked, not limited and not
suspended, did not write #nobot into their profile (a field of it counts as the note does), do not block the feed's
group, set no limits to who may like, answer or boost the post, and whose server no policy keeps out of trends.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from fedserver.db.queries.trends import TRENDABLE
from fedserver.db.statement import Query, Statement
from fedserver.domain.ranking.rows import Candidate, Medium

# public, of somebody who agrees to be found, neither moved out of sight nor kept out of it; asked again before a boost
OPEN = (
    " s.visibility = 0 AND s.reblog_of_id IS NULL AND s.limits = '' AND a.discoverable = 1 AND a.locked = 0"  # noqa: S608
    " AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND a.limited_at IS NULL"
    " AND lower(a.note) NOT LIKE '%nobot%' AND lower(a.fields) NOT LIKE '%nobot%'"
    " AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = a.id AND k.target_id = :actor_id)" + TRENDABLE
)
_CANDIDATE = (
    "SELECT s.id, s.account_id, s.created_at, s.local,"
    " CASE WHEN s.sensitive = 1 OR s.spoiler <> '' THEN 1 ELSE 0 END, s.language,"
    " CASE WHEN s.in_reply_to_uri IS NULL AND s.in_reply_to_id IS NULL THEN 0 ELSE 1 END, s.quoting,"
    " CASE WHEN s.object_type = 'Question' THEN 1 ELSE 0 END,"
    " CASE WHEN :with_text = 1 THEN s.content ELSE '' END,"
    " a.followers_count, a.following_count, a.statuses_count, a.bot,"
    " CASE WHEN a.domain = '' THEN 1 ELSE 0 END, u.role, a.handle_key, a.trust"
    " FROM statuses s JOIN accounts a ON a.id = s.account_id LEFT JOIN users u ON u.account_id = a.id"
    " WHERE s.id >= :low AND"
)
_NEWEST = " ORDER BY s.id DESC LIMIT :most"
_CANDIDATES = {
    local: Statement(
        text(f"{_CANDIDATE}{OPEN}{' AND s.local = 1' if local else ''}{_NEWEST}"),
        Candidate._make,
    )
    for local in (False, True)
}
# what a reader finds at home and in some lists, boosted posts among them: seen by nobody else, so nobody is asked
_OWN = Statement(
    text(
        f"{_CANDIDATE} s.id IN"  # noqa: S608 - constants of this file
        " (SELECT COALESCE(b.reblog_of_id, b.id) FROM home_entries h JOIN statuses b ON b.id = h.status_id"
        " WHERE h.account_id = :reader_id AND h.status_id >= :low AND :home = 1"
        " UNION SELECT COALESCE(b.reblog_of_id, b.id) FROM lists l JOIN list_entries e ON e.list_id = l.id"
        " JOIN statuses b ON b.id = e.status_id WHERE l.account_id = :reader_id AND e.status_id >= :low"
        " AND l.id IN (:list1, :list2, :list3, :list4, :list5))"
        " AND s.reblog_of_id IS NULL AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND (s.visibility < 2"
        " OR s.account_id = :reader_id OR (s.visibility = 2 AND EXISTS (SELECT 1 FROM follows o WHERE"
        " o.account_id = :reader_id AND o.target_id = s.account_id AND o.state = 'accepted')))"
        f"{_NEWEST}"
    ),
    Candidate._make,
)
_MEDIA = Statement(
    text(
        "SELECT m.status_id, m.kind, CASE WHEN coalesce(m.description, '') <> '' THEN 1 ELSE 0 END,"
        " p.label, p.license, p.models, h.group_id, CASE WHEN EXISTS (SELECT 1 FROM provenance_claims c"
        " WHERE c.media_id = m.id AND c.basis = 'declared' AND c.revoked_at IS NULL AND c.source_type <> 'notAI')"
        " THEN 1 ELSE 0 END FROM media_attachments m LEFT JOIN media_provenance p ON p.media_id = m.id"
        " LEFT JOIN media_hashes h ON h.media_id = m.id WHERE m.status_id IS NOT NULL AND m.status_id >= :low"
        " ORDER BY m.status_id, m.position"
    ),
    Medium._make,
)
_TAGS = Statement(
    text("SELECT x.status_id, t.name FROM status_tags x JOIN tags t ON t.id = x.tag_id WHERE x.status_id >= :low"),
    tuple,
)
_MENTIONS = Statement(
    text("SELECT status_id, COUNT(*) FROM mentions WHERE status_id >= :low GROUP BY status_id"), tuple
)
_AUTHORS_DAY = Statement(
    text(
        "SELECT s.account_id, COUNT(DISTINCT s.id), COUNT(m.id) FROM statuses s LEFT JOIN media_attachments m"
        " ON m.status_id = s.id AND m.kind = 'image' WHERE s.id >= :low AND s.reblog_of_id IS NULL"
        " AND s.visibility <= 1 GROUP BY s.account_id"
    ),
    tuple,
)


def candidates(low: int, most: int, actor_id: int | None, *, local: bool, with_text: bool) -> Query[Candidate]:
    """Posts since an id, the newest first. ``actor_id``: the feed's group, None where it has none yet."""
    return _CANDIDATES[local](low=low, most=most, actor_id=actor_id or 0, with_text=int(with_text))


def own_candidates(
    reader_id: int, low: int, most: int, *, home: bool, lists: Sequence[int], with_text: bool
) -> Query[Candidate]:
    """Posts since an id that stand in the reader's home or in up to five of the reader's lists, the newest first."""
    given = {f"list{i + 1}": lists[i] if i < len(lists) else 0 for i in range(5)}
    return _OWN(reader_id=reader_id, low=low, most=most, home=int(home), with_text=int(with_text), **given)


def media(low: int) -> Query[Medium]:
    """What is attached to posts since an id."""
    return _MEDIA(low=low)


def tags(low: int) -> Query[tuple[int, str]]:
    """(post, hashtag) of posts since an id."""
    return _TAGS(low=low)


def mentions(low: int) -> Query[tuple[int, int]]:
    """(post, how many) of posts since an id."""
    return _MENTIONS(low=low)


def authors_day(low: int) -> Query[tuple[int, int, int]]:
    """(author, posts, pictures) since an id."""
    return _AUTHORS_DAY(low=low)
