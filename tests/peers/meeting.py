"""One node of ours and one Fedify peer, both on loopback addresses that the other can reach by their real URIs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from node_support import Person, RunningNode, config_for, free_port, make
from peers.fedify import FedifyPeer, Scheme


class Meeting(NamedTuple):
    """``home`` is our node with its people, ``alice`` one of them, ``peer`` the other server."""

    home: RunningNode
    alice: Person
    peer: FedifyPeer

    @property
    def base(self) -> str:
        """The origin of our node."""
        return self.home.url

    def actor(self, person: Person | None = None) -> str:
        """The URI of one of our people."""
        return f"{self.base}/users/{(person or self.alice).name}"


@asynccontextmanager
async def meeting(
    folder: Path,
    *,
    scheme: Scheme = "rfc9421",
    people: tuple[str, ...] = ("alice",),
    others: tuple[FedifyPeer, ...] = (),
    sections: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[Meeting]:
    """``scheme``: the only one the peer takes, and the first that it tries. The first of ``people`` owns the node.
    ``others``: more peers, running, that the node may speak to."""
    async with FedifyPeer() as peer:
        await peer.settings(scheme=scheme, takes=scheme)
        port = free_port()
        ports = [int(one.origin.rpartition(":")[2]) for one in (peer, *others)]
        authority = f"127.0.0.1:{port}"
        more: dict[str, dict[str, Any]] = {
            "server": {"domain": authority, "base_url": f"http://{authority}"},
            "network": {"allow_ports": ports},
        }
        for section, keys in (sections or {}).items():
            more.setdefault(section, {}).update(keys)
        home = make(config_for(folder, "home", {"home": port}, **more), people)
        await home.start()
        try:
            yield Meeting(home, home.people["alice"], peer)
        finally:
            await home.stop()
