"""A web client: what a script in a page of another site may do, with the questions that its browser asks first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import ClientResponse
from node_support import RunningNode

# requests with these are sent at once (Fetch standard); for all others the browser asks by OPTIONS
_SIMPLE_METHODS = ("GET", "HEAD", "POST")
_SIMPLE_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")


class WebClient:
    """``await client.json(...)``: preflight where a browser would, then the request, then the check that the script
    may read the answer."""

    def __init__(self, node: RunningNode, origin: str, token: str | None = None) -> None:
        self.node, self.origin, self.token = node, origin, token
        self.asked: set[str] = set()

    async def json(self, method: str, path: str, *, status: int = 200, headers: dict[str, str] | None = None,
                   **more: Any) -> Any:  # fmt: skip
        """The JSON of an answer that the script can read."""
        sent = dict(headers or {})
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if "json" in more:
            sent["Content-Type"] = "application/json"
        await self._preflight(method, path, sent)
        url = path if path.startswith("http") else self.node.url + path
        async with self.node.http.request(method, url, headers={"Origin": self.origin, **sent}, **more) as response:
            found = await response.json()
            assert response.status == status, (method, path, response.status, found)
            assert response.headers["Access-Control-Allow-Origin"] in ("*", self.origin), (path, response.headers)
            return found

    async def links(self, path: str) -> Mapping[str, str]:
        """The relations of the Link header, which a script may read only if it is exposed."""
        headers = {"Origin": self.origin, "Authorization": f"Bearer {self.token}"}
        async with self.node.http.get(self.node.url + path, headers=headers) as response:
            exposed = response.headers["Access-Control-Expose-Headers"].lower().split(", ")
            assert {"link", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(exposed)
            return {str(name): str(link["url"]) for name, link in response.links.items()}

    async def _preflight(self, method: str, path: str, headers: dict[str, str]) -> None:
        kind = headers.get("Content-Type", _SIMPLE_TYPES[0])
        special = [name for name in headers if name != "Content-Type" or kind not in _SIMPLE_TYPES]
        if method in _SIMPLE_METHODS and not special:
            return
        self.asked.add(method)
        question = {
            "Origin": self.origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": ",".join(sorted(name.lower() for name in special)),
        }
        url = path if path.startswith("http") else self.node.url + path
        async with self.node.http.options(url, headers=question) as response:
            check_preflight(response, method, special)

    async def socket(self, **options: Any) -> aiohttp.ClientWebSocketResponse:
        """A WebSocket to the address that the instance names."""
        instance = await self.json("GET", "/api/v2/instance")
        base = instance["configuration"]["urls"]["streaming"]
        assert base == self.node.url.replace("http", "ws", 1)
        return await self.node.http.ws_connect(f"{base}/api/v1/streaming", headers={"Origin": self.origin}, **options)


def check_preflight(response: ClientResponse, method: str, special: list[str]) -> None:
    """Whether the browser would go on."""
    assert response.status in (200, 204), response.status
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    methods = response.headers["Access-Control-Allow-Methods"].upper().replace(" ", "").split(",")
    allowed = response.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
    assert method in methods, (method, methods)
    assert {name.lower() for name in special} <= set(allowed), (special, allowed)
