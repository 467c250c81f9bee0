"""What can happen around decisions of moderation, besides ``Decided`` and ``Undone``: see ``events``."""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Appeal, Decision
from fedserver.db.queries.statements import Said


class AppealFiled(NamedTuple):
    """Somebody asks for a decision about them to be looked at again."""

    appeal: Appeal
    decision: Decision
    account: Account


class AppealDecided(NamedTuple):
    """An appeal was granted (then ``Undone`` comes too) or refused."""

    appeal: Appeal
    decision: Decision


class StatementMade(NamedTuple):
    """An author on another server is to be sent a message about decisions."""

    said: Said
    account: Account


class TakedownFiled(NamedTuple):
    """Somebody demands that something be taken down, and has to show that their e-mail address is theirs."""

    takedown_id: int


class TakedownDecided(NamedTuple):
    """A demand to take something down was granted or refused."""

    takedown_id: int


class TakedownLate(NamedTuple):
    """Nobody has decided about a demand in time."""

    takedown_id: int


class DomainChanged(NamedTuple):
    """What holds for a domain and all below it is another policy than before, or none."""

    domain: str
