"""F30 to F35: poison, repetition and disorder, two processes, and copies of the database."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from durability_world import BASE, PROJECT, Stranger
from faults_world import Box, Boxes, peers, sinkhole, until
from test_faults_peers import change


async def test_F30_poison_job(boxes: Boxes) -> None:
    """Jobs that can never succeed are buried and counted; those behind them run."""
    far = sinkhole()
    stranger = Stranger(far)
    box = boxes([far])
    row = "INSERT INTO jobs (id, name, payload, run_at, attempts, created_at) VALUES"
    change(
        box,
        f"{row} (1, 'inbox.process', '{{}}', 0, 9, 0)",
        f"{row} (2, 'inbox.process', 'no JSON', 0, 9, 0)",
        f"{row} (3, 'no.such.job', '{{}}', 0, 0, 0)",
        f"{row} (4, 'media.process', '{{\"media_id\": \"x\"}}', 0, 11, 0)",
    )
    async with peers(far):
        await box.start()
        await until(lambda: box.rows("SELECT id FROM jobs WHERE dead = 1 ORDER BY id") == [(1,), (2,), (3,), (4,)])
        assert all(error for (error,) in box.rows("SELECT last_error FROM jobs WHERE dead = 1"))
        shown = await box.ask("GET", "/metrics", token="")
        assert b"fedserver_jobs_dead 4" in shown.body, [line for line in shown.body.split(b"\n") if b"jobs" in line]
        assert (await box.deliver(stranger, 1)).status == 202
        await until(lambda: box.rows("SELECT count(*) FROM statuses WHERE local = 0") == [(1,)])
        assert await box.stop() == 0


ODD = {
    "NUL": "content = 'a' || char(0) || 'b', source = char(0)",
    "ten megabytes": "content = replace(hex(zeroblob(5000000)), '00', 'aa')",
    "an unknown type": "object_type = 'Nonsense'",
    "an odd language": "language = 'zz-' || char(1) || '<b>'",
    "an odd address": "uri = 'not a uri at all', url = 'javascript:alert(1)'",
    "open tags": "content = '<p><b><i>'",
    "no UTF-8": "content = CAST(x'fffe' AS TEXT)",
    "no UTF-8 in a title": "spoiler = CAST(x'c328' AS TEXT)",
    "the year 50,000": "created_at = 1515000000000000, edited_at = 1515000000000001",
    "before all time": "created_at = -99999999999999",
    "no JSON": "emojis = '[{'",
    "its own parent": "in_reply_to_id = id, in_reply_to_account_id = account_id",
    "a parent that is not there": "in_reply_to_account_id = 12345",
    "a visibility that is none": "visibility = 9",
    "text for a counter": "replies_count = 'many'",
    "bytes for a counter": "favourites_count = x'ff'",
    "text for a version": "version = 'newest'",
    "text for a date": "created_at = 'yesterday'",
    "text for a visibility": "visibility = 'public'",
    "text for a flag": "sensitive = 'very', edited_at = 'twice'",
    "text for a count of quotes": "quotes_count = 'some'",
}


async def test_F31_poison_rows(boxes: Boxes) -> None:
    """Rows that no version of ours wrote: nothing answers 5xx, and the posts around them are shown."""
    box = boxes()
    await box.start()
    ids = [await box.posted(f"post {number}") for number in range(len(ODD) + 2)]
    assert await box.stop() == 0
    for status_id, (name, values) in zip(ids[1:], ODD.items(), strict=False):
        try:
            change(box, f"UPDATE statuses SET {values} WHERE id = {status_id}")
        except Exception as error:  # a row that the schema refuses is no poison
            print(name, error)
    await box.start()
    for path in (
        "/api/v1/timelines/home?limit=40",
        "/api/v1/timelines/public?limit=40",
        f"/api/v1/accounts/{box.made.alice.account_id}/statuses?limit=40",
        "/@alice",
        "/users/alice/outbox?page=true",
        "/users/alice",
        "/",
    ):
        answer = await box.ask("GET", path)
        await asyncio.sleep(0 if answer.status < 500 else 0.5)  # the log is written a little later
        assert answer.status < 500, (path, answer.status, box.log[-1500:])
        if path.startswith("/api/v1/timelines"):
            assert {ids[0], ids[-1]} <= {one["id"] for one in answer.body}, path
    for status_id in ids:
        for path in (
            f"/api/v1/statuses/{status_id}",
            f"/api/v1/statuses/{status_id}/context",
            f"/@alice/{status_id}",
            f"/users/alice/statuses/{status_id}",
            f"/users/alice/statuses/{status_id}/activity",
        ):
            answer = await box.ask("GET", path)
            assert answer.status < 500, (path, answer.status)
    assert await box.stop() == 0


ODD_PEOPLE = {
    "no JSON": "fields = '[{'",
    "text for a counter": "followers_count = 'many', statuses_count = x'ff'",
    "text for a date": "created_at = 'yesterday', last_status_at = 'today'",
    "text for a version": "version = 'newest'",
    "no UTF-8": "display_name = CAST(x'c328' AS TEXT), note = CAST(x'fffe' AS TEXT)",
    "an odd address": "url = 'javascript:alert(1)'",
}


@pytest.mark.parametrize("odd", ODD_PEOPLE)
async def test_F31_poison_people(boxes: Boxes, odd: str) -> None:
    """An account that no version of ours wrote: nothing answers 5xx, and what is by others is shown."""
    box = boxes()
    bob = box.made.bob
    await box.start()
    post, alice = await box.posted("hello"), f"accounts/{box.made.alice.account_id}"
    for path in (f"statuses/{post}/favourite", f"statuses/{post}/reblog", f"{alice}/follow"):
        assert (await box.ask("POST", f"/api/v1/{path}", token=bob.token)).status == 200
    assert (await box.ask("POST", f"/api/v1/accounts/{bob.account_id}/follow")).status == 200
    said = await box.ask("POST", "/api/v1/statuses", token=bob.token, json={"status": "@alice hello"})
    assert await box.stop() == 0
    change(box, f"UPDATE accounts SET {ODD_PEOPLE[odd]} WHERE id = {bob.account_id}")
    await box.start()
    for path in (
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/notifications",
        "/api/v2/notifications",
        f"/api/v1/statuses/{post}/favourited_by",
        f"/api/v1/{alice}/followers",
        f"/api/v1/accounts/{bob.account_id}",
        f"/api/v1/accounts/{bob.account_id}/statuses",
        f"/api/v1/statuses/{said.body['id']}",
        "/api/v2/search?q=bob",
        "/api/v1/directory",
        "/@bob",
        "/@bob.rss",
        "/users/bob",
        "/users/bob/outbox?page=true",
        "/users/alice/followers?page=1",
        "/",
    ):
        answer = await box.ask("GET", path)
        await asyncio.sleep(0 if answer.status < 500 else 0.5)  # the log is written a little later
        assert answer.status < 500, (path, answer.status, box.log[-1500:])
        if path.startswith("/api/v1/timelines"):
            assert post in {one["id"] for one in answer.body}, path
    assert await box.stop() == 0


def _said(stranger: Stranger, kind: str, about: Any, number: str) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{stranger.id}/activities/{number}",
        "type": kind,
        "actor": stranger.id,
        "object": about,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
    }


def _story(stranger: Stranger, post: str) -> list[dict[str, Any]]:
    """What somebody does, in its order. Its Deletes come last; a Like and its Undo are about different posts."""
    creates = [stranger.create(number) for number in range(4)]
    edited = dict(creates[1]["object"], content="<p>@alice edited</p>", updated="2031-01-01T00:00:00Z")
    follow = _said(stranger, "Follow", f"{BASE}/users/alice", "follow")
    return [
        follow,
        *creates,
        _said(stranger, "Like", post, "like"),
        _said(stranger, "Announce", post, "boost"),
        _said(stranger, "Update", edited, "update"),
        _said(stranger, "Delete", {"type": "Tombstone", "id": creates[3]["object"]["id"]}, "delete"),
    ]


async def _state(box: Box, far: Any, order: Sequence[dict[str, Any]], stranger: Stranger) -> dict[str, Any]:
    """Deliver in that order; what is there in the end."""
    for activity in order:
        body, headers = stranger.signed(activity)
        answer = await box.ask("POST", "/inbox", token="", data=body, headers=headers)
        assert answer.status == 202, answer
    await until(lambda: not box.rows("SELECT 1 FROM inbound"))
    return {
        "posts": box.rows("SELECT uri, content FROM statuses WHERE local = 0 AND reblog_of_id IS NULL ORDER BY uri"),
        "likes": box.rows("SELECT count(*) FROM favourites"),
        "follows": box.rows("SELECT count(*), min(state) FROM follows"),
        "counts": box.rows("SELECT favourites_count, reblogs_count FROM statuses WHERE local = 1"),
        "followers": box.rows("SELECT followers_count FROM accounts WHERE username = 'alice'"),
        "author": box.rows("SELECT statuses_count FROM accounts WHERE username = 'stranger'"),
        "told": box.rows("SELECT type, count(*) FROM notifications GROUP BY type ORDER BY type"),
    }


async def test_F32_repeated_and_out_of_order(boxes: Boxes) -> None:
    """Everything three times, shuffled, ends as everything once, in order."""
    found = []
    for seed in (None, 1, 2):
        far = sinkhole()
        stranger = Stranger(far)
        box = boxes([far])
        async with peers(far):
            await box.start()
            post = await box.posted("a post")
            story = _story(stranger, f"{BASE}/users/alice/statuses/{post}")
            if seed is not None:
                story = story * 3
                random.Random(seed).shuffle(story)
            state = await _state(box, far, story, stranger)
            assert await box.stop() == 0
        # what was told about a post that is deleted by now depends on which came first
        state["told"] = [row for row in state["told"] if row[0] != "mention"]
        found.append(state)
    assert found[1] == found[0]
    assert found[2] == found[0]
    assert [uri.rpartition("/")[2] for uri, _ in found[0]["posts"]] == ["0", "1", "2"]
    assert found[0]["counts"] == [(1, 1)]


async def test_F33_a_second_process_is_refused(boxes: Boxes) -> None:
    box = boxes()
    await box.start()
    code, said = box.refused()
    assert code == 5 and "Another process" in said and "Traceback" not in said
    await box.posted("the first one goes on")
    # two that start at the same moment: one serves
    assert await box.stop() == 0
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    both = [
        subprocess.Popen(box.command(), cwd=box.folder, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        await until(lambda: any(one.poll() is not None for one in both), 30)
        loser = next(one for one in both if one.poll() is not None)
        box.process = winner = next(one for one in both if one is not loser)  # type: ignore[assignment]
        assert loser.returncode == 5 and winner.poll() is None
        await box.ready()
        await box.posted("the winner serves")
    finally:
        for one in both:
            one.kill()
            one.communicate()


def _command(box: Box, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fedserver", "--config", str(box.file), *words],
        cwd=box.folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def _restore(box: Box, backup: Path) -> None:
    """Put a backup in the place of a node that is stopped; the master key lay elsewhere."""
    data = box.folder / "data"
    key = (data / "master.key").read_bytes()
    shutil.rmtree(data)
    data.mkdir(mode=0o700)
    (data / "master.key").write_bytes(key)
    (data / "master.key").chmod(0o600)
    _command(box, "restore", str(backup))


async def test_F34_backup_under_load(boxes: Boxes) -> None:
    box = boxes()
    await box.start()
    acked = [await box.posted(f"before {number}") for number in range(20)]
    over = asyncio.Event()

    async def client(number: int) -> int:
        count = 0
        while not over.is_set():
            await box.posted(f"during {number}-{count}")
            count += 1
        return count

    clients = [asyncio.create_task(client(number)) for number in range(4)]
    await asyncio.sleep(0.3)
    await asyncio.to_thread(_command, box, "backup", "copy")
    over.set()
    assert sum(await asyncio.gather(*clients)) > 20
    assert await box.stop() == 0
    _restore(box, box.folder / "copy")
    box.whole()
    stored = {str(number) for (number,) in box.rows("SELECT id FROM statuses")}
    assert set(acked) <= stored
    alice = box.made.alice.account_id
    assert box.rows("SELECT statuses_count FROM accounts WHERE id = ?", alice) == [(len(stored),)]
    await box.start()
    # keys sign, and ids go on
    assert (
        await box.ask("GET", "/users/alice", token="", headers={"Accept": "application/activity+json"})
    ).status == 200
    assert await box.posted("after") not in stored
    assert await box.stop() == 0


async def test_F35_an_older_backup(boxes: Boxes) -> None:
    """What others have seen since keeps its ids: none of them is given to something else."""
    sink = sinkhole("sink.test", readers=1)
    box = boxes([sink])
    box.add_followers([sink])
    async with peers(sink):
        await box.start()
        old = await box.posted("old")
        await until(lambda: len(sink.arrived) == 3)
        await asyncio.to_thread(_command, box, "backup", "copy")
        lost = [await box.posted(f"lost {number}") for number in range(5)]
        await until(lambda: len(sink.arrived) == 8)
        assert await box.stop() == 0
        _restore(box, box.folder / "copy")
        await box.start()
        assert (await box.ask("GET", f"/api/v1/statuses/{old}")).status == 200
        for one in lost:
            assert (await box.ask("GET", f"/api/v1/statuses/{one}")).status == 404
        new = [await box.posted(f"new {number}") for number in range(5)]
        assert not set(new) & {old, *lost} and min(map(int, new)) > max(map(int, lost))
        await until(lambda: {about.rpartition("/")[2] for _, _, about in sink.arrived} >= set(new))
        ids = [activity for activity, _, _ in sink.arrived]
        assert len(ids) == len(set(ids)), "an activity was sent twice, or an id means two things"
        assert await box.stop() == 0
    assert "older backup" in (PROJECT / "docs" / "admin.md").read_text()
