"""Posts of other servers that nobody here has touched are forgotten after a while; a fetch brings them back.

Touched is a post that somebody here favourited, bookmarked, boosted, answered, was mentioned in, voted in, reported,
filters or was notified of; one that answers or boosts somebody here; one that any post quotes, or that quotes somebody
here; a pinned one; and every post of an author, or boosted by one, whom somebody here follows. Mastodon's ``tootctl
statuses remove`` keeps posts by the same rules. What is not public stays: it could not be fetched again.

A forgotten post leaves no tombstone, and tells nobody: it was not deleted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fedserver.db.queries import accounts, expiry, media, statuses
from fedserver.db.queries.statuses import UNLISTED
from fedserver.db.unit import Unit
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import quotes, signals


def forget(unit: Unit, ids: Sequence[int]) -> int:
    """Forget those of the posts that are still untouched; how many. For a few dozen at a time."""
    found = unit.all(expiry.still_untouched(list(ids)))
    if not found:
        return 0
    gone = {status.id for status in found}
    keys = [
        key
        for m in unit.all(media.all_of_statuses(sorted(gone)))
        for key in (m.original_key, m.file_key, m.preview_key)
        if key
    ]
    if keys:
        enqueue(unit, "media.remove_files", {"keys": keys})
    fewer: Counter[int] = Counter()
    for status in found:
        # boosts of it go with it, but for those that go by themselves
        fewer.update(b.account_id for b in unit.all(statuses.boosts_of(status.id)) if b.id not in gone)
        fewer[status.account_id] += 1
        quotes.forget(unit, status)
        unit.run(statuses.orphan(status.id))
        if status.reblog_of_id is not None and status.reblog_of_id not in gone:
            unit.run(statuses.count(status.reblog_of_id, reblogs=-1))
        if status.in_reply_to_id is not None and status.visibility <= UNLISTED:
            unit.run(statuses.count(status.in_reply_to_id, replies=-1))
    for status in found:
        unit.run(statuses.remove(status.id))
    # what they answered or boosted, and stays
    signals.recount(unit, {of for s in found for of in (s.reblog_of_id, s.in_reply_to_id) if of is not None} - gone)
    for account_id, count in sorted(fewer.items()):
        unit.run(accounts.count(account_id, statuses=-count))
    return len(found)
