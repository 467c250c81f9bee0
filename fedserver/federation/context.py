"""What the door keeps in memory for as long as the process lives: policies, keys, what is being fetched."""

from __future__ import annotations

from fedserver.edge.parts import Parts
from fedserver.federation.contact import Contacts
from fedserver.federation.fetching.actors import Actors
from fedserver.federation.fetching.fetcher import Fetcher
from fedserver.federation.fetching.objects import Objects
from fedserver.federation.keys import Keys
from fedserver.federation.policy import Policy

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


def of(parts: Parts) -> Federation:
    """The door's memory, made on first use."""
    found = parts.extra.get(_NAME)
    if found is None:
        found = parts.extra[_NAME] = Federation(parts)
    federation: Federation = found
    return federation
