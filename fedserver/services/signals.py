"""Counts of what people did with posts, for feeds: kept up where it happens, made anew where nothing less will do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from fedserver.db.queries import signals as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import HELD, UNLISTED, Status
from fedserver.db.unit import Unit
from fedserver.domain.ranking.rows import Counts
from fedserver.jobqueue.enqueue import enqueue

RECOUNT: Final = "signals.recount"


class Recounted(NamedTuple):
    """A step of a rebuild: the last id (None at the end), how many posts, how many of them had other counts before."""

    last: int | None
    posts: int
    wrong: int


def is_person(account: Account) -> bool:
    """Whether what this account does counts, as ``queries.signals.people`` says it. Groups boost because people did."""
    return account.actor_type not in rows.NOT_PEOPLE and account.suspended_at is None and account.deleted_at is None


def liked(unit: Unit, account: Account, status: Status, by: int) -> None:
    """``by`` 1: somebody likes a post; -1: no longer."""
    if account.id != status.account_id and is_person(account):
        unit.run(rows.liked(status.id, account.id, local=int(account.local), by=by))


def boosted(unit: Unit, account: Account, boost: Status, status: Status, by: int) -> None:
    """``by`` 1: somebody boosts a post; -1: no longer. Nothing for a boost that is held."""
    if account.id != status.account_id and boost.visibility != HELD and is_person(account):
        unit.run(rows.boosted(status.id, account.id, local=int(account.local), by=by))


def answered(unit: Unit, account: Account, answer: Status, by: int) -> None:
    """``by`` 1: this answer came; -1: it is gone. Nothing for what is no answer, or is not for the public."""
    above = answer.in_reply_to_id
    if above is None or answer.visibility > UNLISTED:
        return
    if account.id != answer.in_reply_to_account_id and is_person(account):
        unit.run(rows.answered(above, account.id, answer.id, local=int(account.local), by=by))


def recount(unit: Unit, ids: Iterable[int]) -> None:
    """Count some posts anew, from what people did."""
    wanted = list(ids)
    if wanted:
        unit.run(rows.clear(wanted))
        unit.run(rows.rebuild(wanted))


def rebuild_some(unit: Unit, after: int, most: int) -> Recounted:
    """Count the next ``most`` posts above an id anew, and say how many counts were not what they should have been."""
    ids = unit.all(rows.posts(after, most))
    before = _counted(unit.all(rows.of(ids)))
    recount(unit, ids)
    now = _counted(unit.all(rows.of(ids)))
    wrong = sum(before.get(status_id) != now.get(status_id) for status_id in before.keys() | now.keys())
    return Recounted(ids[-1] if ids else None, len(ids), wrong)


def recount_some(unit: Unit, people: Sequence[int], after: int, most: int) -> int | None:
    """Count anew the next ``most`` posts that any of these accounts touched; the last id, None at the end."""
    ids = unit.all(rows.touched(list(people), after, most))
    recount(unit, ids)
    return ids[-1] if ids else None


def people_changed(unit: Unit, *account_ids: int) -> None:
    """What they did counts from now on, or no longer: a job counts the posts anew. Suspended, restored, now a group."""
    if account_ids:
        once = f"{RECOUNT}:{','.join(map(str, account_ids))}"
        enqueue(unit, RECOUNT, {"people": list(account_ids)}, once=once)


def _counted(found: Sequence[Counts]) -> dict[int, Counts]:
    """Without those of which everything was taken back: no row says the same."""
    return {one.status_id: one for one in found if any(one[1:])}
