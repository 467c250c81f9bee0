"""The composition root: the one file that knows every part. ``build`` puts a node together, ``serve`` runs it.

Order of starting: database, outgoing client, workers, doors. Order of stopping: workers begin nothing new and get
``FIRST_S`` for what is in hand, with the doors open, because a peer may fetch our key to check what it is being told;
then doors (requests finish), streams, what the workers still have in hand, client, database. A stop is done within
``edge.server.GRACE_S`` and a little.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, get_args

from fedserver.bus.local import LocalBus
from fedserver.bus.messages import Message
from fedserver.bus.wire import Wire
from fedserver.config import Config
from fedserver.db.database import Database, open_database, sqlite_path
from fedserver.db.wal import WalWatch
from fedserver.domain.settings import site_of
from fedserver.domain.site import Site
from fedserver.edge import ranker
from fedserver.edge.parts import Parts
from fedserver.edge.routing import Route
from fedserver.edge.server import Web
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.federation import context
from fedserver.federation.outgoing import OutgoingSigner
from fedserver.federation.polls import refresh as refresh_poll
from fedserver.jobqueue.delivery import DeliveryWorker
from fedserver.jobqueue.takeover import take_over
from fedserver.jobqueue.wake import Wake
from fedserver.jobqueue.worker import Worker
from fedserver.jobs.table import HANDLERS, PERIODIC
from fedserver.kit import metrics
from fedserver.media.pipeline import Pipeline
from fedserver.media.settings import MediaSettings
from fedserver.media.store import FolderStore
from fedserver.net.client import Client
from fedserver.net.settings import NetSettings
from fedserver.net.smtp import Mailer, server_of
from fedserver.services.keyring import KeyRing, open_master_key
from fedserver.streaming.hub import hub_of

log = logging.getLogger(__name__)

# a command's change (a block, a suspension, a rotated key) bites within this many seconds
POLL_S = 1.0
# what workers have in hand at a stop may end before the doors close
FIRST_S = 2.0


def net_settings(config: Config, site: Site) -> NetSettings:
    """What the outgoing client may do."""
    network = config.network
    return NetSettings(
        user_agent=f"fedserver/{site.version} (+{site.base_url})",
        own_hosts=frozenset({site.domain, site.host}),
        allow_http=network.allow_http,
        allow_addresses=tuple(network.allow_addresses),
        allow_ports=frozenset(network.allow_ports),
        hosts={name: str(target) for name, target in network.hosts.items()},
        ca_file=network.ca_file,
    )


def media_settings(config: Config) -> MediaSettings:
    """Limits of the media pipeline."""
    media = config.media
    return MediaSettings(
        max_image_bytes=media.max_image_bytes,
        max_image_pixels=media.max_image_pixels,
        max_video_bytes=media.max_video_bytes,
        claim_signers=config.provenance.signers,
        time_stampers=config.provenance.time_stampers,
    )


def mailer_of(config: Config) -> Mailer | None:
    """What hands mail over, None where the settings name no mail server."""
    if config.mail.url is None:
        return None
    server = server_of(config.mail.url)
    return Mailer(server, hello=config.server.domain, ca_file=config.network.ca_file)


def all_routes() -> tuple[Route, ...]:
    """Every route of every door, in the order in which the doors are described."""
    from fedserver.api.routes import ROUTES as API
    from fedserver.federation.routes import ROUTES as FEDERATION
    from fedserver.oauth.routes import ROUTES as OAUTH
    from fedserver.streaming.routes import ROUTES as STREAMING
    from fedserver.web.routes import ROUTES as WEB

    return (*FEDERATION, *OAUTH, *API, *STREAMING, *WEB)


class Node:
    """A node, put together. ``await start()``, ``await stop()``; ``parts`` is what its doors work with."""

    def __init__(self, config: Config, *, web: bool = True, worker: bool = True) -> None:
        self.config = config
        self.site = site_of(config)
        self._with_web, self._with_worker = web, worker
        self.keyring = KeyRing(open_master_key(config))
        self.bus = LocalBus()
        self.db: Database = open_database(
            config.database.url,
            self.site,
            dispatch=dispatcher(Tools(self.keyring)),
            published=self._published,
            wire=Wire((Wake, *get_args(Message))),
        )
        self.net = Client(net_settings(config, self.site))
        self.blobs = FolderStore(config.media.dir, None)
        self.parts = Parts(
            config=config,
            site=self.site,
            db=self.db,
            net=self.net,
            media=Pipeline(media_settings(config)),
            blobs=self.blobs,
            keyring=self.keyring,
            bus=self.bus,
            mailer=mailer_of(config),
        )
        self.signer = OutgoingSigner(self.db, self.keyring, synchronise=config.federation.synchronise_followers)
        self.deliveries = DeliveryWorker(self.db, sign=self.signer, post=self.net.post)
        self.jobs: Worker[Parts] = Worker(self.db, HANDLERS, self.parts, periodic=PERIODIC)
        self.web = Web(self.parts, all_routes()) if web else None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, host: str | None = None, port: int | None = None, reuse_port: bool = False) -> None:
        """Start everything; returns when requests are answered."""
        self.config.server.data_dir.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self.blobs.prepare)
        await self.db.open()
        if self._with_worker and self.config.database.sqlite:
            await self.db.run(take_over)
        await self.net.open()
        federation = context.of(self.parts)
        self.parts.resolver = federation.resolver
        self.parts.fill_thread = federation.fill_thread
        self.parts.refresh_poll = partial(refresh_poll, self.parts)
        if self._with_worker:
            self._begin("deliveries", self.deliveries.run())
            self._begin("jobs", self.jobs.run())
        self._begin("watch", self._watch())
        if self.web is not None:
            await self.web.start(host, port, reuse_port=reuse_port)

    async def stop(self) -> None:
        """Let requests and what is in hand finish, then close."""
        workers = [asyncio.create_task(each.stop()) for each in (self.deliveries, self.jobs) if self._with_worker]
        if workers:
            await asyncio.wait(workers, timeout=FIRST_S)
        if self.web is not None:
            hub_of(self.parts).close()
            await self.web.stop()
        await asyncio.gather(*workers)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await ranker.of(self.parts).close()
        await self.net.close()
        await self.db.close()

    def forget(self) -> None:
        """Another process wrote: nothing that is kept in memory may be older than that."""
        self.keyring.forget()
        self.signer.forget()
        context.of(self.parts).forget()
        if self.web is not None:
            self.web.dispatcher.auth.forget(None)

    def _begin(self, name: str, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    def _published(self, notes: Sequence[Any]) -> None:
        messages: list[Message] = []
        for note in notes:
            if isinstance(note, Wake):
                (self.jobs if note.kind == "jobs" else self.deliveries).wake()
            else:
                messages.append(note)
        if messages:
            self.bus.publish(messages)
            if self.web is not None:
                for message in messages:
                    self.web.dispatcher.auth.forget(message)

    async def _watch(self) -> None:
        seen = await self.db.changes()
        database = self.config.database
        wal = WalWatch(sqlite_path(database.url)) if database.sqlite else None
        while True:
            await asyncio.sleep(POLL_S)
            with suppress(Exception):
                if wal is not None:
                    wal.look()
                metrics.gauge("fedserver_writes_waiting", float(self.db.waiting))
                found = await self.db.changes()
                if found != seen:
                    seen = found
                    self.forget()
                    self.jobs.wake()
                    self.deliveries.wake()


async def serve(
    config: Config,
    *,
    web: bool = True,
    worker: bool = True,
    ready: Callable[[Node], None] | None = None,
    reuse_port: bool = False,
) -> None:
    """Run a node until SIGTERM or SIGINT, then stop it in order. ``ready`` is called when requests are answered."""
    node = Node(config, web=web, worker=worker)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        await node.start(reuse_port=reuse_port)
        if ready is not None:
            ready(node)
        await stopping.wait()
    finally:
        began = time.monotonic()
        log.info("stopping")
        await node.stop()
        log.info("stopped", extra={"seconds": round(time.monotonic() - began, 2)})
