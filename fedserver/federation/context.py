"""What the door keeps in memory for as long as the process lives: policies, keys, what is being fetched."""

from __future__ import annotations

from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.federation.contact import Contacts
from fedserver.federation.fetching.actors import Actors
from fedserver.federation.fetching.fetcher import Fetcher
from fedserver.federation.fetching.objects import Objects
from fedserver.federation.keys import Keys
from fedserver.federation.policy import Policy
from fedserver.federation.resolve import Resolver
from fedserver.jobqueue.enqueue import enqueue

_NAME = "federation"


class Federation:
    """The parts of the door, made once. ``of(parts)`` gives the one of a process."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.policy = Policy(parts)
        self.fetcher = Fetcher(parts, self.policy)
        self.actors = Actors(parts, self.fetcher)
        self.objects = Objects(parts, self.fetcher, self.actors)
        self.keys = Keys(parts, self.actors)
        self.contacts = Contacts(parts)
        self.resolver = Resolver(parts, self.fetcher, self.actors, self.objects)

    async def fill_thread(self, status_id: int) -> None:
        """Somebody opened the thread of a remote post: fill it in the background."""

        def work(unit: Unit) -> None:
            enqueue(unit, "remote.fill_thread", {"status_id": status_id}, once=f"remote.fill_thread:{status_id}")

        await self.parts.db.run(work)

    def forget(self) -> None:
        """Another process changed something: policies and keys are read again."""
        self.policy.forget()
        self.keys.forget()
        self.fetcher.forget()


def of(parts: Parts) -> Federation:
    """The door's memory, made on first use."""
    found = parts.extra.get(_NAME)
    if found is None:
        found = parts.extra[_NAME] = Federation(parts)
    federation: Federation = found
    return federation
