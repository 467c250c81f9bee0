"""Posts of other servers: fetched from their own origin, stored with their author and their parents."""

from __future__ import annotations

from fedserver.db.queries import accounts, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.federation.fetching.actors import Actors, follow_id
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.fetching.fetcher import Fetcher
from fedserver.federation.people import mentioned
from fedserver.federation.vouched import proof_of
from fedserver.kit.errors import Failure
from fedserver.services import remote
from protocol.activitystreams.read import read_activity, read_object
from protocol.activitystreams.urls import same_origin
from protocol.activitystreams.values import Activity, Object
from protocol.authority import check_object
from protocol.errors import Malformed

MAX_PARENTS = 12


class Objects:
    """Fetches and stores posts."""

    def __init__(self, parts: Parts, fetcher: Fetcher, actors: Actors) -> None:
        self._parts = parts
        self._fetcher = fetcher
        self._actors = actors

    async def document(self, uri: str, budget: Budget) -> Object:
        """The post with this id, from its own origin. Raises ``NotFetched``."""
        found = await self._fetcher.document(uri, budget)
        found = await follow_id(self._fetcher, found, budget)
        try:
            obj = read_object(found.value, now=self._parts.clock.now_ms())
        except Malformed as error:
            raise NotFetched("not_an_object") from error
        if not check_object(obj).allowed:
            raise NotFetched("wrong_author")
        return obj

    async def activity(self, uri: str, budget: Budget) -> Activity:
        """The activity with this id, from its own origin, which is also its actor's. Raises ``NotFetched``."""
        found = await self._fetcher.document(uri, budget)
        found = await follow_id(self._fetcher, found, budget)
        try:
            activity = read_activity(found.value)
        except Malformed as error:
            raise NotFetched("not_an_activity") from error
        if activity.id is None or not same_origin(activity.id, activity.actor):
            raise NotFetched("wrong_author")
        return activity

    async def store(
        self, uri: str, budget: Budget, *, parents: int = MAX_PARENTS, fresh: bool = False, seek: bool = True
    ) -> Status | None:
        """The row of the post with this id; None if it was deleted or its author is not shown here.

        Raises ``NotFetched``. Unknown parents are fetched first, at most ``parents`` of them; where they cannot be had
        the thread begins below them. ``fresh``: fetch and apply as an edit even if the row is there. ``seek``: what
        the post quotes may be asked for too.
        """
        known = await self._parts.db.one(statuses.by_uri(uri))
        if known is not None and (known.local or not fresh):
            return known
        if self._parts.site.owns(uri):
            return None
        obj = await self.document(uri, budget)
        for parent in await self._unknown_parents(obj, budget, parents):
            await self._keep(parent, budget)
        return await self._keep(obj, budget, seek=seek)

    async def keep(self, obj: Object, budget: Budget) -> Status | None:
        """Store a post that was fetched already."""
        return await self._keep(obj, budget)

    async def _unknown_parents(self, obj: Object, budget: Budget, limit: int) -> list[Object]:
        """From the root down. A cycle, the limit and the first failure end it."""
        chain: list[Object] = []
        seen, uri = {obj.id}, obj.in_reply_to
        while uri is not None and uri not in seen and len(chain) < limit and not self._parts.site.owns(uri):
            seen.add(uri)
            if await self._parts.db.one(statuses.by_uri(uri)) is not None:
                break
            try:
                parent = await self.document(uri, budget)
            except NotFetched:
                break
            seen.add(parent.id)
            chain.append(parent)
            uri = parent.in_reply_to
        return chain[::-1]

    async def _keep(self, obj: Object, budget: Budget, *, seek: bool = True) -> Status | None:
        if obj.is_poll_vote:
            return None
        try:
            author = await self._actors.store(obj.attributed_to, budget)
        except NotFetched as error:
            raise NotFetched(f"author_{error.reason}", transient=error.transient) from error
        if author.local or not author.active:
            return None

        def work(unit: Unit) -> Status | None:
            return keep(unit, author, obj, seek=seek)

        try:
            return await self._parts.db.run(work)
        except Failure as failure:
            raise NotFetched(failure.code) from failure


def keep(unit: Unit, author: Account, obj: Object, *, seek: bool = True) -> Status | None:
    """Store a post that is its author's, or bring the stored one up to date."""
    current = unit.get(accounts.by_id(author.id))
    if current.uri != obj.attributed_to or not current.active:
        return None
    named, proof = mentioned(unit, obj), proof_of(unit, current, obj, obj.raw)
    status = unit.one(statuses.by_uri(obj.id))
    if status is None:
        return remote.receive_status(unit, current, obj, mentioned=named, seek=seek, proof=proof)
    if status.account_id == current.id:
        remote.edit_status(unit, current, status, obj, named, proof=proof)
    return unit.one(statuses.by_uri(obj.id))
