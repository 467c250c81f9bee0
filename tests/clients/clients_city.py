"""Nodes that real client programs can talk to, and a browser that signs people in.

A client program follows the addresses that it is told (pages of a list, media, streams), so the base URL of these
nodes is the loopback address they listen on; handles keep the names of ``node_support``: ``@alice@alpha.test``.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp
from node_support import PASSWORD, RunningNode, config_for, free_port, make

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)


@asynccontextmanager
async def city(folder: Path, **nodes: tuple[str, ...]) -> AsyncIterator[tuple[RunningNode, ...]]:
    """Nodes by name with their people, running; each is reached under its own ``url``, by clients and by the others."""
    ports = {name: free_port() for name in nodes}
    made = [
        make(
            config_for(
                folder,
                name,
                ports,
                server={"base_url": f"http://127.0.0.1:{ports[name]}"},
                network={"allow_ports": list(ports.values())},
            ),
            people,
        )
        for name, people in nodes.items()
    ]
    async with AsyncExitStack() as stack:
        for node in made:
            await node.start()
            stack.push_async_callback(node.stop)
        yield tuple(made)


class Page:
    """What a browser got: status, address, headers and text."""

    def __init__(self, status: int, url: str, headers: dict[str, str], text: str) -> None:
        self.status, self.url, self.headers, self.text = status, url, headers, text

    def form(self, action: str) -> dict[str, str]:
        """The fields of the form that goes to ``action``, as the page filled them in."""
        for attributes, inside in _FORM.findall(self.text):
            goes_to = dict(_ATTRIBUTE.findall(attributes)).get("action", self.url)
            if urlsplit(unescape(goes_to)).path == action:
                inputs = [dict(_ATTRIBUTE.findall(each)) for each in _INPUT.findall(inside)]
                return {each["name"]: unescape(each.get("value", "")) for each in inputs if "name" in each}
        raise AssertionError(f"no form for {action} at {self.url}: {self.text[:2000]}")


class Browser:
    """A browser with cookies. Redirects are followed on the node only: what leaves it is where the client waits."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.jar = aiohttp.CookieJar(unsafe=True)

    async def go(self, method: str, url: str, data: dict[str, str] | None = None) -> Page:
        headers = {"Accept": "text/html", "Origin": self.base_url} if data is not None else {"Accept": "text/html"}
        async with aiohttp.ClientSession(cookie_jar=self.jar) as session:
            for _ in range(10):
                async with session.request(
                    method, urljoin(self.base_url, url), data=data, headers=headers, allow_redirects=False
                ) as response:
                    page = Page(response.status, str(response.url), dict(response.headers), await response.text())
                if page.status not in (301, 302, 303, 307, 308):
                    return page
                url = urljoin(page.url, page.headers["Location"])
                if not url.startswith(self.base_url + "/"):
                    page.url = url
                    return page
                method, data = "GET", None
        raise AssertionError(f"too many redirects: {url}")

    async def consent(self, url: str, name: str, *, answer: str = "allow") -> Page:
        """Open an authorization address, sign in where that is asked for, and answer; the page after that."""
        page = await self.go("GET", url)
        if urlsplit(page.url).path == "/login":
            filled = page.form("/login")
            page = await self.go("POST", "/login", {**filled, "login": f"{name}@example.org", "password": PASSWORD})
        assert page.status == 200, (page.status, page.text[:500])
        # with it a client that opened this page in a popup never hears of it again
        assert "Cross-Origin-Opener-Policy" not in page.headers
        return await self.go("POST", "/oauth/authorize", {**page.form("/oauth/authorize"), "answer": answer})


async def code_for(base_url: str, url: str, name: str) -> str:
    """The authorization code that a new browser brings back from ``url``."""
    page = await Browser(base_url).consent(url, name)
    found = parse_qs(urlsplit(page.url).query)
    assert "code" in found, (page.status, page.url, page.text[:500])
    return found["code"][0]
