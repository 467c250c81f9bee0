"""The wish about training: of an account, told to everybody at once, and the node's list of crawlers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import orjson

from fedserver.db.queries import accounts, communities, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.usage import CRAWLERS, WORDS
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import access
from fedserver.services.events import ProfileChanged, ProvenanceChanged
from fedserver.services.reports import COMMUNITY, log_action

TELL: Final = "training.tell"
CHUNK: Final = 100
MAX_CRAWLERS: Final = 200
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{1,60}")


def choose(unit: Unit, account_id: int, word: str) -> None:
    """Say whether models may be trained with what an account posts (refuse, allow, '' as the node has it).

    Headers and objects change at once; its followers' servers hear of the profile now, and of each open post by a job.
    """
    if word not in ("", *WORDS):
        raise Invalid(lazy("Validation failed: Training is not one of refuse, allow"))
    account = access.account(unit, account_id)
    if account.training == word:
        return
    unit.run(accounts.change(account_id, {"training": word, "updated_at": unit.now}))
    unit.run(accounts.changed(account_id))
    unit.record(ProfileChanged(unit.get(accounts.by_id(account_id))))
    enqueue(unit, TELL, {"account_id": account_id, "above": -1}, once=f"{TELL}:{account_id}")


def tell(unit: Unit, account_id: int, above: int) -> int | None:
    """Send an Update of some open posts of an account, by id; the last one, None at the end."""
    account = unit.one(accounts.by_id(account_id))
    if account is None or not account.active:
        return None
    found = unit.all(statuses.of_account(account_id, above, CHUNK))
    for status in found:
        if status.open and status.reblog_of_id is None:
            unit.run(statuses.changed(status.id))
            unit.record(ProvenanceChanged(unit.get(statuses.by_id(status.id)), account))
    return found[-1].id if len(found) == CHUNK else None


def set_crawlers(unit: Unit, names: Sequence[str], refuse: bool, moderator: Account | None) -> None:
    """Which crawlers robots.txt turns away, and whether they get nothing at all. No names: those that we know."""
    listed = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(listed) > MAX_CRAWLERS or not all(_NAME.fullmatch(name) for name in listed):
        raise Invalid(lazy("Crawlers have names of letters and digits, one on a line; at most %(n)d", n=MAX_CRAWLERS))
    kept = "" if listed in ([], list(CRAWLERS)) else orjson.dumps(listed).decode()
    unit.run(communities.change(COMMUNITY, {"crawlers": kept, "refuse_crawlers": int(refuse), "updated_at": unit.now}))
    log_action(unit, moderator, "community.crawlers", "community", "refused" if refuse else "asked")
