"""A real browser: Chromium without a window, driven over its DevTools protocol.

async with chromium() as browser:
    await browser.go("http://localhost:1234/login")
    await browser.fill("login", "ann")
    await browser.submit("form[action='/login']")
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--disable-extensions",
    "--remote-debugging-port=0",
)  # fmt: skip
START_S = 30.0


class Chromium:
    """One tab. A failure in a script of the page raises ``AssertionError``."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())
        # what the page or the browser complained of
        self.complaints: list[str] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command of the protocol and its result."""
        number = next(self._numbers)
        asked = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(json.dumps({"id": number, "method": method, "params": params}))
        answer = await asyncio.wait_for(asked, 20)
        assert "error" not in answer, (method, params, answer)
        result: dict[str, Any] = answer["result"]
        return result

    async def evaluate(self, script: str) -> Any:
        """The value of an expression; a promise is waited for."""
        found = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, (script, found["exceptionDetails"])
        return found["result"].get("value")

    async def until(self, script: str, seconds: float = 10.0) -> None:
        """Ask until the expression is true; between two pages there may be nothing to ask."""
        end = time.monotonic() + seconds
        while True:
            with suppress(AssertionError):
                if await self.evaluate(f"Boolean({script})"):
                    return
            assert time.monotonic() < end, (script, await self.evaluate("location.href + document.body.innerText"))
            await asyncio.sleep(0.05)

    async def go(self, url: str) -> None:
        """Open a page and wait until it is there."""
        await self.evaluate("document.documentElement.dataset.left = 1")
        found = await self.call("Page.navigate", url=url)
        assert "errorText" not in found, found
        await self._arrived()

    async def fill(self, name: str, text: str, form: str = "form") -> None:
        """Type into a field."""
        await self.evaluate(f"document.querySelector({form!r}).elements[{name!r}].value = {json.dumps(text)}")

    async def submit(self, form: str) -> None:
        """Press the button of a form, and wait for the next page."""
        await self.press(f"{form} button:not([hidden])")
        await self._arrived()

    async def press(self, selector: str) -> None:
        """Press something, as a person does: through an event that the browser trusts."""
        where = await self.evaluate(
            f"(() => {{ const it = document.querySelector({json.dumps(selector)});"
            " it.scrollIntoView({block: 'center'}); it.closest('html').dataset.left = 1;"
            " const box = it.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=where[0], y=where[1], button="left", clickCount=1)

    async def path(self) -> str:
        """Where the tab is."""
        return str(await self.evaluate("location.pathname"))

    async def picture(self, *, whole: bool = True) -> str:
        """The page as PNG, base64."""
        found = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return str(found["data"])

    async def _arrived(self) -> None:
        await self.until("document.readyState === 'complete' && !document.documentElement.dataset.left")

    async def _read(self) -> None:
        async for message in self._socket:
            found = json.loads(message.data)
            if (asked := self._waiting.pop(found.get("id", 0), None)) is not None:
                asked.set_result(found)
            elif found.get("method") == "Log.entryAdded":
                self.complaints.append(found["params"]["entry"]["text"])
            elif found.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(str(found["params"]["exceptionDetails"]))

    async def close(self) -> None:
        self._reading.cancel()
        await self._socket.close()


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Chromium]:
    """A fresh browser with one tab."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, *_QUIET, *flags, f"--user-data-dir={home}", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            async with aiohttp.ClientSession() as http:
                tab = Chromium(await http.ws_connect(await _tab(http, Path(home)), max_msg_size=1 << 27))
                for domain in ("Page", "Runtime", "Log"):
                    await tab.call(f"{domain}.enable")
                yield tab
                await tab.close()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _tab(http: aiohttp.ClientSession, home: Path) -> str:
    """The address of the first tab, once the browser has written down its port."""
    end = time.monotonic() + START_S
    while True:
        with suppress(OSError, ValueError, IndexError, aiohttp.ClientError):
            port = int((home / "DevToolsActivePort").read_text().splitlines()[0])
            async with http.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [each for each in await answer.json() if each["type"] == "page"]
                return str(pages[0]["webSocketDebuggerUrl"])
        assert time.monotonic() < end, "Chromium did not start"
        await asyncio.sleep(0.05)
