"""Rows of a node that has been running for a while: peers, posts, follows, home timelines. The same ones every time."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from typing import Any

from benchmarks.activities import Peer
from fedserver.domain.text.clean import clean
from fedserver.domain.text.words import EVERYTHING, author_mark

AUTHORS = 2000
LOCAL_EVERY = 100
HOME = 800
# how many of the authors stopped posting long ago
QUIET = 5
AUTHOR, PEER, FOLLOWER = 10_000, 20_000, 30_000
# as a node keeps it: cleaned when it came
_TEXT = clean(
    "<p>Study %d: a lantern in a wet street at dusk, with the seed and the sampler in the description of the picture. "
    "What do you think of the light on the second window? I tried four variants of it and kept the quietest one, "
    'because the others drew the eye away from the figure. <a href="https://r.test/tags/generative" rel="tag">'
    "#generative</a></p>"
)


class Filler:
    """Writes rows through an open transaction. ``now`` (ms) is the time of the newest."""

    def __init__(self, db: sqlite3.Connection, now: int) -> None:
        self._db = db
        self._now = now
        self._random = random.Random(11)
        self._next = 1000
        self._hosts: dict[str, int] = {}

    def peers(self, peers: Sequence[Peer]) -> None:
        """Accounts and keys of those who will send."""
        self._accounts([(p.id, p.name, p.host, p.uri, f"https://{p.host}/inbox") for p in peers])
        pems: dict[int, str] = {}
        keys = [
            (peer.id, peer.id, peer.key_id, "rsa-v1_5-sha256",
             pems.setdefault(id(peer.key), peer.key.public.to_pem()), self._now)
            for peer in peers
        ]  # fmt: skip
        self._insert("account_keys", "id, account_id, uri, algorithm, public, created_at", keys)

    def authors(self) -> list[int]:
        """Those who wrote the old posts."""
        ids = [AUTHOR + i for i in range(AUTHORS)]
        self._accounts([(i, f"a{i}", "r.test", f"https://r.test/users/a{i}", "https://r.test/inbox") for i in ids])
        return ids

    def posts(self, count: int, authors: Sequence[int], local_id: int, local_uri: str) -> list[str]:
        """Old posts, a minute apart, a few of them by a local account; the ids of those."""
        posts: list[tuple[Any, ...]] = []
        media: list[tuple[Any, ...]] = []
        local: list[str] = []
        for i in range(count):
            at = self._now - (count - i) * 60_000
            status_id = at << 16
            is_local = i % LOCAL_EVERY == 0
            uri = f"{local_uri}/statuses/{status_id}" if is_local else f"https://r.test/s/{i}"
            quiet = i < count // 10 and i % 20 == 1
            author = local_id if is_local else self._random.choice(authors[:QUIET] if quiet else authors[QUIET:])
            visibility = 0 if is_local or quiet or self._random.random() < 0.8 else 2
            posts.append((status_id, uri, uri, author, int(is_local), visibility, _TEXT % i, at, status_id))
            if is_local:
                local.append(uri)
            elif i % 2:
                where = f"https://files.r.test/{i}.png"
                media.append(
                    (status_id + 1, author, status_id, "image", "ready", "image/png", where, f"t{i}", 1024, 1024, 0, at)
                )
        columns = "id, uri, url, account_id, local, visibility, content, created_at, thread_id"
        self._insert("statuses", columns, posts)
        columns = "id, account_id, status_id, kind, state, mime, remote_url, token, width, height, local, created_at"
        self._insert("media_attachments", columns, media)
        return local

    def thread(self, root_id: int, root_uri: str, authors: Sequence[int], count: int = 200) -> None:
        """Replies to a post, each to the post or to one of the replies before it."""
        known = [(root_id, root_uri)]
        posts = []
        for i in range(count):
            # in the minutes after the post, between other posts
            status_id, uri = root_id + (i + 1 << 16) + 1, f"https://r.test/t/{i}"
            parent_id, parent_uri = self._random.choice(known)
            author, at = self._random.choice(authors), status_id >> 16
            posts.append((status_id, uri, uri, author, 0, 1, _TEXT % i, at, root_id, parent_id, parent_uri))
            known.append((status_id, uri))
        columns = "id, uri, url, account_id, local, visibility, content, created_at, thread_id"
        self._insert("statuses", f"{columns}, in_reply_to_id, in_reply_to_uri", posts)

    def notifications(self, account_id: int, status_id: int, authors: Sequence[int]) -> None:
        """Each of the authors favourited a post of this account."""
        rows = [
            (self._id(), account_id, "favourite", author, status_id, f"favourite:{author}:{status_id}", self._now)
            for author in authors
        ]
        self._insert("notifications", "id, account_id, type, from_account_id, status_id, once, created_at", rows)

    def words(self, account_id: int) -> None:
        """What is found by words: the posts of an account that agreed to it."""
        self._db.execute("UPDATE accounts SET indexable = 1 WHERE id = ?", (account_id,))
        self._db.execute(
            "INSERT OR REPLACE INTO status_search (status_id, words)"
            " SELECT id, ? || ' ' || ? || ' study lantern in a wet street at dusk generative' FROM statuses"
            " WHERE account_id = ?",
            (EVERYTHING, author_mark(account_id), account_id),
        )

    def follow_all(self, account_id: int, targets: Sequence[int]) -> None:
        """Accepted follows of one account."""
        rows = [(self._id(), account_id, target, "accepted", self._now) for target in targets]
        self._insert("follows", "id, account_id, target_id, state, created_at", rows)

    def home(self, account_id: int, authors: Sequence[int]) -> None:
        """Follows, and the home timeline that they would have filled."""
        self.follow_all(account_id, authors)
        marks = ",".join("?" * len(authors))
        self._db.execute(
            "INSERT INTO home_entries (account_id, status_id) SELECT ?, id FROM statuses"
            f" WHERE account_id IN ({marks}) AND visibility < 3 ORDER BY id DESC LIMIT {HOME}",
            (account_id, *authors),
        )

    def quiet_home(self, account_id: int, authors: Sequence[int]) -> None:
        """Five who stopped posting long ago, and two hundred who never posted."""
        self.home(account_id, authors[:QUIET])
        self.follow_all(account_id, [PEER + i for i in range(200)])

    def followers(self, account_id: int, hosts: Sequence[str], scheme: str, count: int) -> None:
        """Remote followers, each with an inbox of its own, spread over the hosts."""
        first = FOLLOWER + self._next
        people = [(first + i, f"f{first + i}", hosts[i % len(hosts)]) for i in range(count)]
        self._next += count
        self._accounts(
            [(i, name, host, f"{scheme}://{host}/users/{name}", f"{scheme}://{host}/users/{name}/inbox")
             for i, name, host in people]
        )  # fmt: skip
        rows = [(self._id(), i, account_id, "accepted", 0, self._now) for i, _, _ in people]
        self._insert("follows", "id, account_id, target_id, state, local, created_at", rows)

    def _accounts(self, people: Sequence[tuple[int, str, str, str, str]]) -> None:
        """(id, name, domain, uri, inbox) each."""
        inboxes = {inbox: self._id() for inbox in dict.fromkeys(inbox for *_, inbox in people)}
        hosts = {inbox: self._host(inbox.split("/")[2]) for inbox in inboxes}
        self._insert("inboxes", "id, url, host_id", [(i, inbox, hosts[inbox]) for inbox, i in inboxes.items()])
        rows = [
            (i, name, domain, f"{name}@{domain}", uri, uri, f"Name of {name}", "<p>Makes pictures.</p>", inbox,
             f"{uri}/followers", inboxes[inbox], self._now, self._now, self._now)
            for i, name, domain, uri, inbox in people
        ]  # fmt: skip
        columns = (
            "id, username, domain, handle_key, uri, url, display_name, note, inbox, followers_uri, inbox_id, "
            "created_at, updated_at, fetched_at"
        )
        self._insert("accounts", columns, rows)

    def _host(self, name: str) -> int:
        if name not in self._hosts:
            self._hosts[name] = self._id()
            self._insert("hosts", "id, name", [(self._hosts[name], name)])
        return self._hosts[name]

    def _id(self) -> int:
        self._next += 1
        return 10_000_000 + self._next

    def _insert(self, table: str, columns: str, found: Sequence[tuple[Any, ...]]) -> None:
        if found:
            marks = ",".join("?" * len(found[0]))
            self._db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", found)
