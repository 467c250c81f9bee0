"""A prepared node in a temporary folder: its people, its peers, its posts; and the process that serves it.

The rows of peers and old posts are written straight into the tables, since only what comes afterwards is measured.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks import rows
from benchmarks.activities import Peer, key_pool
from fedserver.config import Config
from fedserver.config.load import load
from fedserver.db import migrate
from fedserver.db.database import open_for_command
from fedserver.domain import uris
from fedserver.domain.settings import site_of
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.services import communities, oauth, users
from fedserver.services.accounts import create_local
from fedserver.services.keyring import KeyRing, NewKeys
from keys import master
from keys.algorithms import Algorithm
from keys.pair import PrivateKey

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "bench.test"
INBOX = f"http://{DOMAIN}/inbox"
VIEWERS = ("vera", "victor", "viola", "vivian")
TLS_GROUPS = 3
# senders whose followers are on hosts of their own, where a tenth is dead and a tenth is slow; and as many without
MIXED_GROUPS = 3
FILES = "files.r.test"
HOSTS = 200
PEERS = 1000
WIDE = 5000
START_S = 60.0
_OPEN = '"100000000/1d"'


class Person(NamedTuple):
    """A local user with a token."""

    account_id: int
    token: str


class Ports(NamedTuple):
    """Where the node listens, where peers listen (plain, TLS, slow to answer), and a port where nobody does."""

    node: int
    plain: int
    tls: int
    slow: int
    closed: int


def free_port() -> int:
    """A port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports() -> Ports:
    """One for each."""
    return Ports(free_port(), free_port(), free_port(), free_port(), free_port())


def names(kind: str, count: int = HOSTS) -> list[str]:
    """Host names of one kind of peer."""
    return [f"{kind}{i}.peer.test" for i in range(count)]


def groups(kind: str, count: int) -> list[str]:
    """Senders of one kind: the host names of their followers begin with the same letters and ``x``."""
    return [f"{kind}{i}" for i in range(count)]


SENDERS = (
    *groups("tls", TLS_GROUPS),
    *groups("clean", MIXED_GROUPS),
    *groups("mixed", MIXED_GROUPS),
)


class World:
    """``posts``: how many old posts the node holds. ``start()`` and ``stop()`` its process, as often as wanted."""

    def __init__(self, folder: Path, ports: Ports, posts: int, ca_file: Path | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.ports, self.posts = folder, ports, posts
        self.config_path = folder / "config.toml"
        self.config_path.write_text(_settings(folder, ports, ca_file))
        self.config: Config = load(self.config_path, {})
        self.people: dict[str, Person] = {}
        pool = key_pool()
        self.peers = [Peer(rows.PEER + i, f"p{i}", f"in{i % 100}.peer.test", pool[i % 16]) for i in range(PEERS)]
        self._process: subprocess.Popen[bytes] | None = None
        self._make()
        self.local_posts = self._fill()

    @property
    def pid(self) -> int:
        """The node's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.config.server.data_dir / "fedserver.db"

    def headers(self, name: str) -> list[tuple[str, str]]:
        """What an app of this person sends."""
        return [("Host", DOMAIN), ("Authorization", f"Bearer {self.people[name].token}"), ("User-Agent", "bench")]

    def start(self, *command: str) -> float:
        """Start the node; wall seconds until it answered. ``command`` in place of ``python -m fedserver``."""
        began = time.monotonic()
        words = [*(command or (sys.executable, "-m", "fedserver")), "--config", str(self.config_path), "serve"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log, env=_environment(self.folder))
        url = f"http://127.0.0.1:{self.ports.node}/api/v1/instance"
        while time.monotonic() < began + START_S:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    answer.read()
                return time.monotonic() - began
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.005)
        raise RuntimeError(f"the node does not start: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """End the node in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    def count(self, sql: str, *parameters: Any) -> int:
        """One number out of the database, while the node runs."""
        connection = sqlite3.connect(self.database, timeout=30)
        try:
            return int(connection.execute(sql, parameters).fetchone()[0])
        finally:
            connection.close()

    def bytes(self) -> int:
        """Bytes of the database that hold something."""
        free = self.count("PRAGMA freelist_count")
        return (self.count("PRAGMA page_count") - free) * self.count("PRAGMA page_size")

    def settle(self) -> None:
        """Wait until the node has nothing to do: half a second without CPU worth the name."""
        process = psutil.Process(self.pid)
        for _ in range(60):
            before = sum(process.cpu_times()[:2])
            time.sleep(0.5)
            if sum(process.cpu_times()[:2]) - before < 0.02:
                return

    def _make(self) -> None:
        config = self.config
        config.server.data_dir.mkdir(parents=True)
        config.media.dir.mkdir(parents=True)
        keyring = KeyRing(master.create_file(config.keys.master_key_file))
        migrate.create(config.database.url)
        senders = ("plain", *SENDERS)
        with open_for_command(config.database.url, site_of(config), dispatch=dispatcher(Tools(keyring))) as session:
            session.run(_instance(keyring))
            for number, name in enumerate(("alice", "wide", "quiet", *VIEWERS, *senders)):
                self.people[name] = session.run(_person(keyring, name, "user" if number else "owner"))

    def _fill(self) -> list[str]:
        db = sqlite3.connect(self.database, isolation_level=None)
        db.execute("PRAGMA synchronous=OFF")
        db.execute("BEGIN")
        fill = rows.Filler(db, time.time_ns() // 1_000_000)
        fill.peers(self.peers)
        fill.follow_all(self.people["vera"].account_id, [peer.id for peer in self.peers])
        authors = fill.authors()
        local = fill.posts(self.posts, authors, self.people["alice"].account_id, f"http://{DOMAIN}/users/alice")
        for number, name in enumerate(VIEWERS):
            fill.home(self.people[name].account_id, authors[number * 200 : number * 200 + 200])
        fill.quiet_home(self.people["quiet"].account_id, authors)
        fill.followers(self.people["wide"].account_id, names("gone", 100), "http", WIDE)
        fill.followers(self.people["plain"].account_id, names("plain"), "http", HOSTS)
        for name in SENDERS:
            scheme = "https" if name.startswith("tls") else "http"
            fill.followers(self.people[name].account_id, names(f"{name}x"), scheme, HOSTS)
        root = int(local[0].rpartition("/")[2])
        self.thread_id = root
        fill.thread(root, local[0], authors)
        fill.notifications(self.people["alice"].account_id, root, authors[:200])
        fill.words(self.people["alice"].account_id)
        db.execute("COMMIT")
        db.execute("ANALYZE")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        return local


def _environment(folder: Path) -> Mapping[str, str]:
    """Ours, and what an installed node has: bytecode that an earlier start has written."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FEDSERVER_", "PYTHON"))}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def _settings(folder: Path, ports: Ports, ca_file: Path | None) -> str:
    there = dict.fromkeys(names("plain"), ports.plain)
    there |= {name: ports.tls for group in groups("tls", TLS_GROUPS) for name in names(f"{group}x")}
    there |= {name: ports.plain for group in groups("clean", MIXED_GROUPS) for name in names(f"{group}x")}
    for group in groups("mixed", MIXED_GROUPS):
        for number, name in enumerate(names(f"{group}x")):
            there[name] = {0: ports.closed, 1: ports.slow}.get(number % 10, ports.plain)
    there[FILES] = ports.tls
    there |= dict.fromkeys((*names("gone", 100), *names("in", 100)), ports.closed)
    hosts = ", ".join(f'"{name}" = "127.0.0.1:{port}"' for name, port in there.items())
    limits = ("authenticated_api", "unauthenticated_api", "statuses", "deletes", "inbox")
    return "\n".join(
        [
            f'[server]\ndomain = "{DOMAIN}"\nbase_url = "http://{DOMAIN}"\nlisten = "127.0.0.1:{ports.node}"',
            f'data_dir = "{folder / "data"}"\n[network]\nallow_http = true\nallow_addresses = ["127.0.0.0/8"]',
            f'ca_file = "{ca_file}"' if ca_file else "",
            f"hosts = {{ {hosts} }}",
            # the old posts are to stay: nobody has touched them
            "[federation]\nremote_post_days = 0\n[limits]",
            *(f"throttle_{name} = {_OPEN}" for name in limits),
            "streams_per_account = 1000\nstreams_per_address = 10000",
        ]
    )


def _instance(keyring: KeyRing) -> Callable[[Any], None]:
    made = _new_keys()

    def work(unit: Any) -> None:
        communities.create(unit, title="Bench", registration="closed")
        create_local(
            unit, keyring, username=uris.INSTANCE_USERNAME, keys=made, actor_type="Application", display_name=""
        )

    return work


def _person(keyring: KeyRing, name: str, role: str) -> Callable[[Any], Person]:
    made = _new_keys()

    def work(unit: Any) -> Person:
        user = users.create(
            unit, keyring, username=name, keys=made, email=f"{name}@bench.test", password_hash=None, role=role
        )
        scopes = ("read", "write", "follow")
        return Person(user.account_id, oauth.grant_personal(unit, user.user_id, name="bench", scopes=scopes).token)

    return work


def _new_keys() -> NewKeys:
    return NewKeys(PrivateKey.generate(Algorithm.RSA_2048), PrivateKey.generate(Algorithm.ED25519))
