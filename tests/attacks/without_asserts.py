"""Run by test_attacks_ops under ``python -O``: says "refused" when everything that must be refused is."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from node_support import RunningNode, cluster


async def status(node: RunningNode, method: str, path: str, **more: object) -> int:
    headers = {"Host": "alpha.test"}
    if "kind" in more:
        headers["Content-Type"] = str(more.pop("kind"))
    async with node.http.request(method, node.url + path, headers=headers, allow_redirects=False, **more) as answer:  # type: ignore[arg-type]
        return answer.status


async def main() -> None:
    if __debug__:
        raise SystemExit("run this with -O")
    with tempfile.TemporaryDirectory() as folder:
        async with cluster(Path(folder), alpha=("alice",)) as (alpha,):
            follow = {"type": "Follow", "id": "http://evil.test/1", "actor": "http://evil.test/u"}
            follow |= {"object": "http://alpha.test/users/alice", "@context": "https://www.w3.org/ns/activitystreams"}
            found = [
                await status(alpha, "POST", "/inbox", data=json.dumps(follow), kind="application/activity+json"),
                await status(alpha, "POST", "/login", data={"login": "alice", "password": "x", "csrf": "x"}),
                await status(alpha, "GET", "/admin"),
                await status(alpha, "GET", "/api/v1/timelines/home"),
                await status(alpha, "GET", "/media/1/x/../../../etc/passwd"),
                await status(alpha, "GET", "/api/v1/streaming/user"),
            ]
    wanted = [401, 403, 303, 401, 404, 401]
    print("refused" if found == wanted else f"{found} instead of {wanted}")


asyncio.run(main())
