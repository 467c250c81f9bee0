"""Many viewers read while others write: no answer is older than what was answered before, and every flag is one's own.

Each writer notes what it has been told is done; each reader looks at the notes *before* it asks, and the answer may be
newer than they are, never older. A reader's own flags must be exactly what its own last answers said.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

from client_support import Person, client_node

VIEWERS, POSTS, ROUNDS = 8, 6, 25
READS = ("/api/v1/timelines/home?limit=40", "/api/v1/timelines/public?limit=40&local=true")


class Notes:
    """What has been answered so far, and the stale or foreign things that were seen."""

    def __init__(self) -> None:
        self.edited: dict[str, int] = {}
        self.renamed = 0
        self.deleted: set[str] = set()
        self.blocked: set[str] = set()
        self.checked = 0
        self.wrong: list[str] = []


class Viewer:
    """Somebody who changes and reads, one thing after the other."""

    def __init__(self, who: Person, notes: Notes, seed: int) -> None:
        self.who, self.notes = who, notes
        self.flags: dict[tuple[str, str], bool] = {}
        self._random = random.Random(seed)

    async def run(self, ids: list[str]) -> None:
        for _ in range(ROUNDS):
            status_id, name = self._random.choice(ids), self._random.choice(("favourite", "bookmark", "mute"))
            wanted = not self.flags.get((status_id, name), False)
            edited, renamed = dict(self.notes.edited), self.notes.renamed
            answer = await self.who.post(f"/api/v1/statuses/{status_id}/{name if wanted else 'un' + name}")
            if answer.status == 200:
                self.flags[status_id, name] = wanted
                self._look(answer.json, edited, renamed)
            await self._read(self._random.choice(READS))

    async def _read(self, path: str) -> None:
        notes, name = self.notes, self.who.name
        edited, renamed = dict(notes.edited), notes.renamed
        deleted, blocked = set(notes.deleted), name in notes.blocked
        answer = await self.who.get(path)
        if answer.status != 200:
            notes.wrong.append(f"{name}: {path} is answered {answer.status}")
            return
        notes.checked += 1
        if blocked and answer.json:
            notes.wrong.append(f"{name} still sees posts of an author who blocks {name}")
        for post in answer.json:
            if post["id"] in deleted:
                notes.wrong.append(f"{name} sees a deleted post")
            self._look(post, edited, renamed)

    def _look(self, post: dict[str, Any], edited: dict[str, int], renamed: int) -> None:
        for name, flag in (("favourite", "favourited"), ("bookmark", "bookmarked"), ("mute", "muted")):
            mine = self.flags.get((post["id"], name), False)
            if post[flag] is not mine:
                self.notes.wrong.append(f"{self.who.name}: {flag} is {post[flag]}, not {mine}")
        number = int(post["content"].removeprefix("<p>text ").removesuffix("</p>"))
        if number < edited[post["id"]]:
            self.notes.wrong.append(f"{self.who.name}: text {number} after {edited[post['id']]}")
        if int(post["account"]["display_name"].removeprefix("name ")) < renamed:
            self.notes.wrong.append(f"{self.who.name}: an old name after name {renamed}")


async def test_never_stale_and_never_another_viewers(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        author = await api.person("author")
        people = [await api.person(f"viewer{i}") for i in range(VIEWERS)]
        for each in people:
            await each.follow(author)
        notes = Notes()
        await author.send("PATCH", "/api/v1/accounts/update_credentials", data={"display_name": "name 0"})
        ids = [(await author.publish("text 0"))["id"] for _ in range(POSTS)]
        notes.edited = dict.fromkeys(ids, 0)
        viewers = [Viewer(each, notes, seed) for seed, each in enumerate(people)]
        await asyncio.gather(*(each.run(ids) for each in viewers), _write(author, people, ids, notes))
        assert not notes.wrong, notes.wrong[:5]
        assert notes.checked == VIEWERS * ROUNDS

        # when all is quiet, every counter is the number of those who did it
        left = [each for each in ids if each not in notes.deleted]
        shown = {post["id"]: post for post in (await author.get(READS[1])).json}
        assert sorted(shown) == sorted(left)
        for status_id in left:
            count = sum(each.flags.get((status_id, "favourite"), False) for each in viewers)
            assert shown[status_id]["favourites_count"] == count


async def _write(author: Person, people: list[Person], ids: list[str], notes: Notes) -> None:
    """The author edits, changes its name, deletes, blocks; each is noted once it was answered."""
    for number in range(1, ROUNDS + 1):
        status_id = ids[number % (POSTS - 2)]
        answer = await author.send("PUT", f"/api/v1/statuses/{status_id}", json={"status": f"text {number}"})
        assert answer.status == 200, answer.text
        notes.edited[status_id] = number
        body = {"display_name": f"name {number}"}
        answer = await author.send("PATCH", "/api/v1/accounts/update_credentials", data=body)
        assert answer.status == 200, answer.text
        notes.renamed = number
        if number == ROUNDS // 3:
            assert (await author.send("DELETE", f"/api/v1/statuses/{ids[-1]}")).status == 200
            notes.deleted.add(ids[-1])
        if number == ROUNDS // 2:
            assert (await author.post(f"/api/v1/accounts/{people[0].account_id}/block")).status == 200
            notes.blocked.add(people[0].name)
