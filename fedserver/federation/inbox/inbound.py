"""An activity on its way through a handler.

A handler is a function of a unit and an ``Inbound``. It judges with ``authority.may_act``, calls the services and says
what became of it. It does no I/O: what it misses it asks for with ``need``, which ends this run; the job fetches it
and the handler runs again from its start. What could not be fetched is not asked for twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.jobqueue.enqueue import enqueue
from protocol.activitystreams.values import Activity, Actor
from protocol.http.claim import Verified


class Effect(Enum):
    """What became of an activity."""

    DONE = "done"
    """It had its effect (or there was nothing to change)."""
    IGNORED = "ignored"
    """It concerns nobody here, or is of no use here."""
    REFUSED = "refused"
    """The sender has no say in it."""


class NeedsFetch(Exception):
    """The handler misses something. All are ids; ``fresh``: known actors count as missing."""

    def __init__(
        self,
        actors: tuple[str, ...] = (),
        objects: tuple[str, ...] = (),
        activities: tuple[str, ...] = (),
        *,
        fresh: bool = False,
    ) -> None:
        super().__init__("something has to be fetched first")
        self.activities = activities
        self.actors = actors
        self.objects = objects
        self.fresh = fresh


# a profile that is in use is looked at again after this long
STALE_MS = 3 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Inbound:
    """A verified activity: its actor owns the key that signed it, or the proof on it (``forwarded``).

    From the job come what was ``tried``, the actors and ``activities`` that were ``fetched``, by id, and what its own
    server says is ``gone``. ``row`` is the sender's, as this unit has read it.
    """

    verified: Verified
    activity: Activity
    tried: frozenset[str] = frozenset()
    fetched: Mapping[str, Actor] = field(default_factory=dict)
    row: Account | None = None
    activities: Mapping[str, Activity] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def sender(self, unit: Unit) -> Account | None:
        """The row of the actor; None if nobody here ever heard of it."""
        return self.row or unit.one(accounts.by_uri(self.activity.actor))

    def known_sender(self, unit: Unit) -> Account:
        """The row of the actor, fetched if need be. Raises ``NeedsFetch``."""
        found = self.sender(unit)
        if found is None:
            self.need_actor(self.activity.actor)
            raise Hopeless("the actor cannot be had")
        if not found.local and (found.fetched_at or 0) < unit.now - STALE_MS:
            enqueue(unit, "remote.refresh_actor", {"account_id": found.id}, once=f"remote.refresh_actor:{found.id}")
        return found

    def need_actor(self, uri: str) -> None:
        """Have an actor fetched, unless that was tried."""
        if uri not in self.tried:
            raise NeedsFetch(actors=(uri,))

    def need_object(self, uri: str) -> None:
        """Have a post fetched, unless that was tried."""
        if uri not in self.tried:
            raise NeedsFetch(objects=(uri,))

    def need_activity(self, uri: str) -> None:
        """Have somebody else's activity fetched from its own server, unless that was tried."""
        if uri not in self.tried:
            raise NeedsFetch(activities=(uri,))


class Hopeless(Exception):
    """What is missing cannot be had: the activity is dropped."""
