"""Who is here: home timelines are written for people who were here lately, and made anew for those who come back."""

from __future__ import annotations

from fedserver.db.queries import homes, oauth, relations
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import lists

# longer than this without a request, and nothing more is written to a home timeline
AWAY_MS = 30 * 24 * 3600 * 1000
# posts of each followed account that a home timeline is made anew of
PER_FOLLOW = 20


def seen(unit: Unit, user_id: int) -> None:
    """The user asked for something just now. Whoever was away gets a home timeline made anew, by a job."""
    user = unit.one(user_rows.by_id(user_id))
    if user is None:
        return
    if user.last_active_at is not None and user.last_active_at < unit.now - AWAY_MS:
        enqueue(unit, "home.rebuild", {"account_id": user.account_id}, once=f"home.rebuild:{user.account_id}")
    unit.run(oauth.touch_user(user_id, unit.now))


def followed_ids(unit: Unit, account_id: int) -> list[int]:
    """Whom an account follows, in the order of the follows."""
    return [row.target_id for row in unit.all(relations.follows_of(account_id)) if row.state == "accepted"]


def refill(unit: Unit, account_id: int, followed: list[int]) -> None:
    """Put the newest posts of some followed accounts into a home timeline and its lists (a chunk of the job)."""
    for target_id in followed:
        unit.run(homes.backfill(account_id, target_id, PER_FOLLOW))
        lists.followed(unit, account_id, target_id)
