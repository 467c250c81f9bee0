"""masto.js and megalodon as they are: each a scripted day of alice, run by Node 22, against two whole nodes.

The scripts (``js/src``) look at what comes; here is who starts them, what only a browser or the node itself can do for
them, and the count of what they called.
"""

from __future__ import annotations

import asyncio
import json
import os
from base64 import b64encode
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import npm_packages
import pytest
from clients_city import city, code_for
from clients_files import picture
from clients_routes import Routes
from node_support import RunningNode

from fedserver.db.queries import emojis
from fedserver.db.unit import Unit
from fedserver.jobs import trends
from fedserver.services import announcements

pytestmark = pytest.mark.clients
HERE = Path(__file__).resolve().parent / "js"
CACHE = "clients"
DAY_S = 120.0
CALLS = 60


class Told(NamedTuple):
    """One call, as the script tells it."""

    name: str
    ok: bool
    problem: str | None


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> None:
    reason = npm_packages.unavailable_reason(HERE, CACHE)
    if reason is not None:
        pytest.skip(f"no JavaScript clients: {reason}")


async def furnish(node: RunningNode) -> None:
    """What only who runs a node can make: an announcement and an emoji."""
    medium = await node.alice.post("/api/v1/media", data={"file": BytesIO(picture("plum", (32, 32)))})

    def work(unit: Unit) -> None:
        announcements.announce(unit, "Good morning, the kettle is on", None)
        times = {"created_at": unit.now, "updated_at": unit.now}
        named = {"id": unit.new_id(), "shortcode": "blobcat", "media_id": int(medium["id"])}
        assert unit.made(emojis.add({**named, **times}))

    await node.node.parts.db.run(work)


async def day_of(script: str, alpha: RunningNode, beta: RunningNode) -> list[Told]:
    """Run a script to its end, answer what it asks, and give every call it told of."""
    node, source = await asyncio.to_thread(npm_packages.installed, HERE, CACHE)
    given = {
        "url": alpha.url,
        "picture": b64encode(picture("teal")).decode(),
        # a card wants a name: addresses of private networks get none
        "page": f"http://{beta.config.server.domain}/about",
        "zoe": {"token": alpha.zoe.token},
        "ben": {"url": beta.url, "token": beta.ben.token, "handle": beta.ben.handle},
    }

    async def code(asked: dict[str, Any]) -> dict[str, Any]:
        return {"code": await code_for(alpha.url, asked["url"], "alice")}

    async def popular(asked: dict[str, Any]) -> dict[str, Any]:
        await trends.compute(alpha.node.parts, {})
        return {}

    answers: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {"code": code, "trends": popular}
    process = await asyncio.create_subprocess_exec(
        node,
        source / script,
        json.dumps(given),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "NO_COLOR": "1"},
        limit=2**20,
    )
    assert process.stdin is not None and process.stdout is not None
    told = []
    try:
        async with asyncio.timeout(DAY_S):
            while line := await process.stdout.readline():
                said = json.loads(line)
                if "ask" in said:
                    process.stdin.write(json.dumps(await answers[said["ask"]](said)).encode() + b"\n")
                else:
                    told.append(Told(**said))
            if await process.wait() != 0:
                told.append(Told("the script", False, f"ended with {process.returncode}"))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
    return told


@pytest.mark.parametrize("library", ["masto", "megalodon"])
async def test_a_day_with_the_library(tmp_path: Path, library: str) -> None:
    async with city(tmp_path, alpha=("alice", "zoe"), beta=("ben",)) as (alpha, beta):
        await furnish(alpha)
        with Routes() as routes:
            told = await day_of(f"{library}.mjs", alpha, beta)
    problems = [f"{each.name}: {each.problem}" for each in told if not each.ok]
    assert not problems, "\n\n".join(problems)
    assert len({each.name for each in told}) >= CALLS
    assert routes.crashed == set()
    asked = {name for name in routes.answered if " /api/" in name or " /oauth/" in name}
    assert len(asked) >= CALLS, sorted(asked)
