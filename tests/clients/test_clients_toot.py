"""toot, the command line client, as it is: signed in by its own command, then used for everything it can do."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from clients_city import city, code_for
from clients_files import picture_file
from clients_routes import Routes
from node_support import Person, RunningNode
from program_support import Ended, run_program

pytestmark = pytest.mark.clients
TOOT_S = 60.0


class Toot:
    """``toot`` with a home of its own."""

    def __init__(self, folder: Path, node: RunningNode) -> None:
        self.node = node
        self.commands: list[str] = []
        self.folder = folder
        folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        self.env = {
            **kept,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONIOENCODING": "utf-8",
            "NO_PROXY": "*",
        }

    async def _run(self, *words: str) -> Ended:
        self._note(words)
        return await asyncio.to_thread(run_program, "toot.cli:cli", words, self.folder, self.env, seconds=TOOT_S)

    def _note(self, words: Sequence[str]) -> None:
        self.commands.append(" ".join(word for word in words[:2] if not word.startswith("-")))

    async def fails(self, *words: str) -> str:
        """What a command says that must not succeed."""
        done = await self._run(*words)
        assert done.code != 0, done.out
        assert "Traceback" not in done.err, done.err
        return done.err

    async def __call__(self, *words: str) -> str:
        """What a command says."""
        done = await self._run(*words)
        assert done.code == 0, f"toot {words}: {done.out}\n{done.err}"
        return done.out

    async def json(self, *words: str) -> Any:
        """The JSON of a command that can tell it."""
        return json.loads(await self(*words, "--json"))

    async def login(self, name: str) -> str:
        """``toot login``: it prints an address, a person goes there and brings a code back."""
        words, pipe = ("login", "--instance", self.node.url), asyncio.subprocess.PIPE
        self._note(words)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "toot", *words, stdin=pipe, stdout=pipe, stderr=pipe, env=self.env, cwd=self.folder
        )
        assert process.stdin is not None and process.stdout is not None
        said = ""
        async with asyncio.timeout(TOOT_S):
            while (found := re.search(r"^(http\S+/oauth/authorize/\S+)$", said, re.M)) is None:
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
            code = await code_for(self.node.url, found[1], name)
            out, err = await process.communicate(f"n\n{code}\n".encode())
        assert process.returncode == 0, said + out.decode() + err.decode()
        return out.decode()


async def test_toot_lives_a_day(tmp_path: Path) -> None:
    """toot has some 75 commands, which call fewer methods than a library offers: each that it can do here counts."""
    async with city(tmp_path, alpha=("alice", "zoe"), beta=("ben",)) as (alpha, beta):
        toot = Toot(tmp_path / "toot", alpha)
        with Routes() as routes:
            assert "Successfully logged in" in await toot.login("alice")
            await _account(toot, tmp_path)
            note = await _posts(toot, tmp_path)
            await _reactions(toot, note["id"])
            # a picture of hers: other nodes must store an account that has one
            await toot("update-account", "--avatar", str(picture_file(tmp_path)))
            await _people(toot, alpha, beta.ben)
            await _others(toot, alpha.alice, beta.ben)
            await _endings(toot, note)
        assert routes.crashed == set()
        asked = {name for name in routes.answered if " /api/" in name or " /oauth/" in name}
        assert len(set(toot.commands)) >= 50, sorted(set(toot.commands))
        assert len(asked) >= 45, sorted(asked)


async def _account(toot: Toot, folder: Path) -> None:
    assert "alice@alpha.test" in await toot("auth")
    assert "@alice" in await toot("whoami")
    assert (await toot.json("whoami"))["acct"] == "alice"
    shown = await toot("instance")
    assert "alpha.test" in shown and "4.5.0 (compatible; fedserver" in shown
    assert "✓" in await toot(
        "update-account", "--display-name", "Alice", "--note", "I paint", "--avatar", str(picture_file(folder)),
        "--bot", "--privacy", "unlisted", "--sensitive", "--language", "en",
    )  # fmt: skip
    found = await toot.json("whoami")
    assert (found["display_name"], found["bot"], found["source"]["privacy"]) == ("Alice", True, "unlisted")
    assert found["source"]["sensitive"] is True and "/media/" in found["avatar"]
    await toot("update-account", "--no-bot", "--privacy", "public", "--no-sensitive")


async def _posts(toot: Toot, folder: Path) -> Any:
    said = await toot("post", "Hello #robots", "--visibility", "public")
    first = re.search(r"Toot posted: (http\S+)", said)
    assert first
    note = await toot.json(
        "post", "A picture", "--media", str(picture_file(folder)), "--description", "a teal rectangle",
        "--spoiler-text", "colours", "--sensitive", "--language", "en",
    )  # fmt: skip
    assert note["media_attachments"][0]["description"] == "a teal rectangle"
    assert (note["spoiler_text"], note["sensitive"], note["language"]) == ("colours", True, "en")
    reply = await toot.json("post", "An answer to myself", "--reply-to", note["id"])
    assert reply["in_reply_to_id"] == note["id"]
    again = await toot.json("post", "And one more", "--reply-last")
    assert again["in_reply_to_id"] == reply["id"]
    assert "uploaded media ID" in await toot("upload", str(picture_file(folder, "two.png")), "--description", "two")
    assert "A picture" in await toot("status", note["id"])
    thread = await toot("thread", note["id"])
    assert thread.index("A picture") < thread.index("An answer") < thread.index("And one more")
    assert len((await toot.json("thread", note["id"]))["descendants"]) == 2
    for words in (("timelines", "home"), ("timelines", "public"), ("timelines", "tag", "robots")):
        assert "Hello" in await toot(*words, "--no-pager", "--no-clear"), words
    assert "A picture" in await toot("timelines", "account", "alice", "--no-pager", "--no-clear")
    assert "Hello" in await toot("timeline", "--once", "--count", "20")
    assert "And one more" in await toot("timeline", "--public", "--local", "--once")
    assert "And one more" in await toot("timeline", "--public", "--instance", toot.node.url, "--once")
    return note


async def _reactions(toot: Toot, number: str) -> None:
    await toot("favourite", number)
    await toot("bookmark", number)
    await toot("reblog", number)
    await toot("pin", number)
    shown = await toot.json("status", number)
    assert all(shown[flag] for flag in ("favourited", "bookmarked", "reblogged", "pinned")), shown
    assert "alice" in await toot("reblogged-by", number)
    assert "A picture" in await toot("bookmarks", "--once")
    assert "A picture" in await toot("timelines", "favourites", "--no-pager", "--no-clear")
    for command in ("unfavourite", "unbookmark", "unreblog", "unpin"):
        assert "✓" in await toot(command, number)
    shown = await toot.json("status", number)
    assert not any(shown[flag] for flag in ("favourited", "bookmarked", "reblogged", "pinned")), shown


async def _people(toot: Toot, alpha: RunningNode, ben: Person) -> None:
    """Following across nodes; what the other one does is seen."""
    await toot("follow", ben.handle)
    account = (await toot.json("search", ben.handle, "--resolve"))["accounts"][0]
    await alpha.alice.until(f"/api/v1/accounts/relationships?id[]={account['id']}", lambda rows: rows[0]["following"])
    assert "ben@beta.test" in await toot("following")
    assert "@ben@beta.test" in await toot("whois", ben.handle)
    await ben.follow(alpha.alice)
    assert "ben@beta.test" in await toot("followers")
    note = await ben.post("/api/v1/statuses", json={"status": "@alice@alpha.test hello from afar #faraway"})
    seen = await alpha.alice.until(
        "/api/v1/timelines/home", lambda rows: next((row for row in rows if row["uri"] == note["uri"]), None)
    )
    assert "hello from afar" in await toot("timelines", "home", "--no-pager", "--no-clear")
    # an address instead of an id: toot resolves it through the search
    await toot("favourite", note["uri"])
    reply = await toot.json("post", "@ben@beta.test hello back", "--reply-to", seen["id"])
    await ben.until("/api/v1/notifications", lambda rows: any(row["type"] == "favourite" for row in rows))
    await ben.until(
        "/api/v1/notifications",
        lambda rows: any(row["type"] == "mention" and row["status"]["uri"] == reply["uri"] for row in rows),
    )
    shown = await toot("notifications")
    assert "ben@beta.test" in shown and "now follows you" in shown and "hello from afar" in shown
    assert [row["type"] for row in await toot.json("notifications", "--type", "follow")] == ["follow"]
    kinds = {row["type"] for row in await toot.json("notifications", "--exclude-type", "follow")}
    assert "mention" in kinds and "follow" not in kinds
    await toot("notifications", "--clear")
    assert await toot.json("notifications") == []


async def _others(toot: Toot, alice: Person, ben: Person) -> None:
    """Tags, requests, mutes and blocks."""
    assert "faraway" in await toot("search", "#faraway")
    await toot("tags", "follow", "faraway")
    assert "faraway" in await toot("tags", "followed")
    assert "Followed" in await toot("tags", "info", "faraway")
    await toot("tags", "unfollow", "faraway")
    assert "not following" in await toot("tags", "followed")
    assert "no lists" in await toot("lists", "list")
    zoe = alice.node.zoe
    await toot("update-account", "--locked")
    found = await zoe.find("alice")
    assert (await zoe.post(f"/api/v1/accounts/{found['id']}/follow"))["requested"]
    assert "zoe" in await toot("follow-requests", "list")
    await toot("follow-requests", "accept", "zoe")
    assert "zoe" in await toot("followers")
    await toot("update-account", "--no-locked")
    for verb, undo, listed in (("mute", "unmute", "muted"), ("block", "unblock", "blocked")):
        await toot(verb, "zoe")
        assert "zoe" in await toot(listed)
        await toot(undo, "zoe")
        assert "zoe" not in await toot(listed)
    await toot("unfollow", ben.handle)
    assert "ben" not in await toot("following")


async def _endings(toot: Toot, note: Any) -> None:
    await toot("delete", note["id"])
    assert "Record not found" in await toot.fails("status", note["id"])
    assert "Account not found" in await toot.fails("whois", "nobody")
    await toot("logout", "alice@alpha.test")
    assert "logged in" in await toot.fails("whoami")


async def test_toot_hears_no_where_no_is_the_answer(tmp_path: Path) -> None:
    """Another's post is not deleted or pinned, and there is no way in by password."""
    async with city(tmp_path, alpha=("alice", "zoe")) as (alpha,):
        toot = Toot(tmp_path / "toot", alpha)
        await toot.login("alice")
        note = await alpha.zoe.post("/api/v1/statuses", json={"status": "mine"})
        assert "Record not found" in await toot.fails("delete", note["id"])
        assert "Someone else's post cannot be pinned" in await toot.fails("pin", note["id"])
        assert "Login failed" in await toot.fails(
            "login_cli", "--instance", alpha.url, "--email", "alice@example.org", "--password", "wrong"
        )
        assert (await alpha.zoe.get(f"/api/v1/statuses/{note['id']}"))["id"] == note["id"]
