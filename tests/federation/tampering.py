"""A network that changes what it carries: it stands before a node, and others are told that it is that node."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web
from node_support import RunningNode, config_for, free_port, make

Change = Callable[[str, bytes], bytes]
"""(path, body of the answer) -> the body that arrives."""


class Meddler:
    """Passes everything on; ``change`` sees each answer to a GET."""

    def __init__(self, port: int) -> None:
        self.target = f"http://127.0.0.1:{port}"
        self.change: Change = lambda path, body: body
        self.asked: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method,
                self.target + request.path_qs,
                headers={name: value for name, value in request.headers.items() if name != "Accept-Encoding"},
                data=await request.read(),
                skip_auto_headers=("User-Agent", "Accept-Encoding"),
                allow_redirects=False,
            ) as answer,
        ):
            body = await answer.read()
            if request.method == "GET" and answer.status == 200:
                body = self.change(request.path, body)
            headers = {name: answer.headers[name] for name in ("Content-Type", "Location") if name in answer.headers}
            return web.Response(status=answer.status, body=body, headers=headers)


@asynccontextmanager
async def three(folder: Path) -> AsyncIterator[tuple[RunningNode, RunningNode, RunningNode, Meddler]]:
    """alpha (alice), beta (ben), gamma (carol); between gamma and alpha stands a meddler."""
    ports = {name: free_port() for name in ("alpha", "beta", "gamma")}
    between = free_port()
    people = {"alpha": ("alice",), "beta": ("ben",), "gamma": ("carol",)}
    meddler = Meddler(ports["alpha"])
    server = web.Application(client_max_size=1 << 26)
    server.router.add_route("*", "/{tail:.*}", meddler.handle)
    runner = web.AppRunner(server)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", between).start()
        nodes = []
        for name in ports:
            known = {**ports, "alpha": between} if name == "gamma" else ports
            node = make(config_for(folder, name, known), people[name])
            nodes.append(node)
            await node.start()
            stack.push_async_callback(node.stop)
        yield nodes[0], nodes[1], nodes[2], meddler
