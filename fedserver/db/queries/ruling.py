"""What the rules of a community ask for: how much somebody did lately, who knows whom, the same words again."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select, text

from fedserver.db.statement import Query, Statement, insert_new, nothing, number, scalar
from fedserver.db.tables import post_prints, rule_counts


class MediaRow(NamedTuple):
    """A medium of a post, with what is known of its making; ``models`` is JSON."""

    status_id: int
    kind: str
    described: int
    label: str | None
    license: str | None
    models: str | None
    disclosed: int
    group_id: int | None


class RuleCount(NamedTuple):
    """How often a rule held on a day (days since the start of 1970)."""

    rule_id: str
    policy_hash: str
    mode: str
    verb: str
    day: int
    hits: int


_MEDIA = Statement(
    text(
        "SELECT m.status_id, m.kind, CASE WHEN coalesce(m.description, '') <> '' THEN 1 ELSE 0 END,"
        " p.label, p.license, p.models, CASE WHEN p.media_id IS NOT NULL AND EXISTS (SELECT 1 FROM provenance_claims c"
        " WHERE c.media_id = m.id AND c.basis = 'declared' AND c.revoked_at IS NULL AND c.source_type <> 'notAI')"
        " THEN 1 ELSE 0 END, h.group_id FROM media_attachments m LEFT JOIN media_provenance p ON p.media_id = m.id"
        " LEFT JOIN media_hashes h ON h.media_id = m.id WHERE m.status_id >= :low AND m.status_id <= :high"
        " ORDER BY m.status_id, m.position"
    ),
    MediaRow._make,
)


def _count(sql: str) -> Statement[int]:
    return Statement(text(sql), number)


_ROLE: Statement[str] = Statement(text("SELECT role FROM users WHERE account_id = :id"), scalar)
_ACCOUNT_COUNTS: Final = {
    "author.posts_24h": _count(
        "SELECT COUNT(*) FROM statuses WHERE account_id = :id AND id >= :low AND reblog_of_id IS NULL"
    ),
    "author.images_24h": _count(
        "SELECT COUNT(*) FROM statuses s JOIN media_attachments m ON m.status_id = s.id AND m.kind = 'image'"
        " WHERE s.account_id = :id AND s.id >= :low"
    ),
    "author.mentions_24h": _count(
        "SELECT COUNT(DISTINCT m.account_id) FROM statuses s JOIN mentions m ON m.status_id = s.id"
        " WHERE s.account_id = :id AND s.id >= :low"
    ),
    # follows have ids of the time at which they were asked for
    "author.follows_24h": _count("SELECT COUNT(*) FROM follows WHERE account_id = :id AND id >= :low"),
    # what rules report is no second opinion
    "author.reports_30d": _count(
        "SELECT COUNT(DISTINCT r.account_id) FROM reports r JOIN accounts a ON a.id = r.account_id"
        " WHERE r.target_id = :id AND r.id >= :low AND a.actor_type <> 'Application'"
    ),
    "author.strikes": _count(
        "SELECT COUNT(*) FROM decisions WHERE account_id = :id AND id >= :low AND undone_at IS NULL"
        " AND verb NOT IN ('label', 'notify-moderators')"
    ),
    "author.local_followers": _count(
        "SELECT COUNT(*) FROM follows f JOIN accounts a ON a.id = f.account_id AND a.domain = ''"
        " WHERE f.target_id = :id AND f.id >= :low AND f.state = 'accepted' AND f.local = 1"
    ),
}
_SERVER_COUNTS: Final = {
    "server.accounts": _count("SELECT COUNT(*) FROM accounts WHERE domain = :domain AND id >= :low"),
    "server.posts_1h": _count(
        "SELECT COUNT(*) FROM statuses s JOIN accounts a ON a.id = s.account_id"
        " WHERE s.id >= :low AND s.reblog_of_id IS NULL AND a.domain = :domain"
    ),
    "server.reports_30d": _count(
        "SELECT COUNT(*) FROM reports r JOIN accounts a ON a.id = r.target_id WHERE r.id >= :low AND a.domain = :domain"
    ),
}
# the host that the sender's inbox is on is known since somebody there was first known
_SERVER_SINCE: Statement[Any] = Statement(
    text("SELECT i.host_id FROM accounts a JOIN inboxes i ON i.id = a.inbox_id WHERE a.id = :id"), scalar
)
_FOLLOWERS_MENTIONED = _count(
    "SELECT COUNT(*) FROM mentions m JOIN follows f ON f.account_id = m.account_id AND f.target_id = :author_id"
    " AND f.state = 'accepted' WHERE m.status_id = :status_id"
)
_MENTIONED_FOLLOWS = _count(
    "SELECT COUNT(*) FROM mentions m JOIN accounts a ON a.id = m.account_id AND a.domain = '' JOIN follows f"
    " ON f.account_id = m.account_id AND f.target_id = :author_id AND f.state = 'accepted'"
    " WHERE m.status_id = :status_id"
)
_VARIATIONS = _count(
    "SELECT COUNT(DISTINCT m.status_id) FROM media_hashes h JOIN media_attachments m ON m.id = h.media_id"
    " WHERE h.group_id = :group_id AND m.status_id >= :low"
)
_KNOWN_BAD = _count(
    "SELECT COUNT(*) FROM media_attachments m JOIN bad_matches b ON b.media_id = m.id"
    " WHERE m.status_id = :status_id AND b.verdict <> 'mistaken'"
)
_OPEN_REPORTS = _count("SELECT COUNT(*) FROM reports WHERE resolved_at IS NULL AND community_id = :community_id")
_JOINED = _count("SELECT COUNT(*) FROM users WHERE id >= :low AND community_id = :community_id")
_HERE = _count("SELECT COUNT(*) FROM accounts WHERE id = :id AND domain = ''")
# posts that name people here who do not follow the author, by accounts that were not known here before
_STRANGERS = Statement(
    text(
        "SELECT COUNT(DISTINCT s.id), COUNT(DISTINCT s.account_id) FROM statuses s JOIN accounts a"
        " ON a.id = s.account_id AND a.domain <> '' AND a.id >= :young JOIN mentions m ON m.status_id = s.id"
        " JOIN accounts h ON h.id = m.account_id AND h.domain = '' WHERE s.id >= :low AND NOT EXISTS"
        " (SELECT 1 FROM follows f WHERE f.account_id = m.account_id AND f.target_id = s.account_id)"
    ),
    lambda row: (int(row[0]), int(row[1])),
)
_COPIES = _count("SELECT COUNT(*) FROM post_prints WHERE words = :words AND status_id >= :low")
_HIT = Statement(
    text(
        "INSERT INTO rule_counts (community_id, rule_id, policy_hash, mode, verb, day, hits)"
        " VALUES (:community_id, :rule_id, :policy_hash, :mode, :verb, :day, 1)"
        " ON CONFLICT (community_id, rule_id, policy_hash, mode, verb, day) DO UPDATE SET hits = rule_counts.hits + 1"
    ),
    nothing,
)
_c = rule_counts.c
_HITS = Statement(
    select(_c.rule_id, _c.policy_hash, _c.mode, _c.verb, _c.day, _c.hits)
    .where(_c.community_id == bindparam("community_id"), _c.day >= bindparam("since"))
    .order_by(_c.rule_id, _c.day, _c.policy_hash, _c.mode, _c.verb),
    RuleCount._make,
)
_OPEN_REPORT: Statement[int] = Statement(
    text(
        "SELECT id FROM reports WHERE account_id = :reporter_id AND target_id = :target_id AND resolved_at IS NULL"
        " AND created_at > :since ORDER BY id DESC LIMIT 1"
    ),
    scalar,
)
_REFUSALS = _count(
    "SELECT COUNT(*) FROM decisions WHERE account_id = :account_id AND id >= :low AND rule_id = :rule_id"
    " AND verb = 'reject'"
)
_RULE_DECISIONS = Statement(
    text(
        "SELECT rule_id, id, verb, CASE WHEN undone_at IS NULL THEN 1 ELSE 0 END FROM decisions"
        " WHERE target = :target AND target_id = :target_id AND source = 'rule'"
    ),
    tuple,
)


def media(low: int, high: int) -> Query[MediaRow]:
    """The media of the posts of a range of ids, withheld ones too."""
    return _MEDIA(low=low, high=high)


def role(account_id: int) -> Query[str]:
    """The role of somebody here."""
    return _ROLE(id=account_id)


def of_account(signal: str, account_id: int, low: int) -> Query[int]:
    """A count about an account since an id."""
    return _ACCOUNT_COUNTS[signal](id=account_id, low=low)


def of_server(signal: str, domain: str, low: int) -> Query[int]:
    """A count about a server since an id."""
    return _SERVER_COUNTS[signal](domain=domain, low=low)


def server_since(account_id: int) -> Query[Any]:
    """The id that was made when the server of an account was first known."""
    return _SERVER_SINCE(id=account_id)


def followers_mentioned(status_id: int, author_id: int) -> Query[int]:
    """How many of those who are mentioned follow the author."""
    return _FOLLOWERS_MENTIONED(status_id=status_id, author_id=author_id)


def mentioned_follow(status_id: int, author_id: int) -> Query[int]:
    """How many people of this node who are mentioned follow the author."""
    return _MENTIONED_FOLLOWS(status_id=status_id, author_id=author_id)


def variations(group_id: int, low: int) -> Query[int]:
    """How many posts since an id show a picture of a group of near-duplicates."""
    return _VARIATIONS(group_id=group_id, low=low)


def known_bad(status_id: int) -> Query[int]:
    """How many media of a post are on a list of known-bad media."""
    return _KNOWN_BAD(status_id=status_id)


def open_reports(community_id: int = 1) -> Query[int]:
    """Reports that wait."""
    return _OPEN_REPORTS(community_id=community_id)


def joined(low: int, community_id: int = 1) -> Query[int]:
    """Who joined since an id."""
    return _JOINED(low=low, community_id=community_id)


def strangers(low: int, young: int) -> Query[tuple[int, int]]:
    """(posts, authors) since an id that name people here, by accounts known since ``young`` (an id) only."""
    return _STRANGERS(low=low, young=young)


def is_here(account_id: int) -> Query[int]:
    """1 for an account of this node."""
    return _HERE(id=account_id)


def keep_print(status_id: int, words: int) -> Query[Any]:
    """Remember the words of a post."""
    return insert_new(post_prints, {"status_id": status_id, "words": words}, "status_id")


def copies(words: int, low: int) -> Query[int]:
    """How many posts since an id had these words."""
    return _COPIES(words=words, low=low)


def hit(rule_id: str, policy_hash: str, mode: str, verb: str, day: int, community_id: int = 1) -> Query[None]:
    """Count once more that a rule held."""
    return _HIT(rule_id=rule_id, policy_hash=policy_hash, mode=mode, verb=verb, day=day, community_id=community_id)


def hits(since: int, community_id: int = 1) -> Query[RuleCount]:
    """How often each rule held on the days since one."""
    return _HITS(since=since, community_id=community_id)


def open_report(reporter_id: int, target_id: int, since: int) -> Query[int]:
    """A report by somebody about somebody that still waits."""
    return _OPEN_REPORT(reporter_id=reporter_id, target_id=target_id, since=since)


def refusals(account_id: int, rule_id: str, low: int) -> Query[int]:
    """How often a rule refused something of somebody since an id, as the ledger has it."""
    return _REFUSALS(account_id=account_id, rule_id=rule_id, low=low)


def by_rules(target: str, target_id: int) -> Query[tuple[str, int, str, int]]:
    """(rule, decision, verb, whether it stands) of all that rules decided about something."""
    return _RULE_DECISIONS(target=target, target_id=target_id)
