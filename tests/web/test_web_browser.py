"""Pages in a real browser: passkeys are made and used by Chromium itself, with an authenticator that it simulates;
and an application of another site is let in."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import node_support
import pytest
from aiohttp import web
from chromium_support import PROGRAM, Chromium, chromium
from node_support import PASSWORD, RunningNode

from fedserver.db.queries import factors as rows

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")
HERE = "/settings/two-factor"


def at_localhost() -> dict[str, Any]:
    """Passkeys need https, or a name that browsers trust without it."""
    place = f"localhost:{node_support.free_port()}"
    port = place.partition(":")[2]
    return {"server": {"domain": place, "base_url": f"http://{place}", "listen": f"127.0.0.1:{port}"}}


async def authenticator(tab: Chromium, **options: Any) -> str:
    """A device with resident keys whose owner says yes."""
    await tab.call("WebAuthn.enable")
    given = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        **options,
    }
    made = await tab.call("WebAuthn.addVirtualAuthenticator", options=given)
    return str(made["authenticatorId"])


async def sign_in(tab: Chromium, base: str) -> None:
    await tab.go(f"{base}/login?force=1")
    await tab.fill("login", "ann", "form[action='/login']")
    await tab.fill("password", PASSWORD, "form[action='/login']")
    await tab.submit("form[action='/login']")


async def register(tab: Chromium, base: str) -> None:
    await tab.go(base + HERE)
    begin = f"form[action='{HERE}/passkey/begin']"
    await tab.fill("name", "test key", begin)
    await tab.fill("current", PASSWORD, begin)
    await tab.submit(begin)
    assert await tab.path() == f"{HERE}/passkey"
    await tab.submit("form[data-passkey=create]")


async def sign_out(tab: Chromium) -> None:
    await tab.call("Network.clearBrowserCookies")


async def test_a_passkey_is_made_and_signs_in(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, settings=at_localhost(), alpha=("ann",)) as (alpha,), chromium() as tab:
        base = alpha.config.server.base_url
        device = await authenticator(tab)
        await sign_in(tab, base)
        await register(tab, base)
        codes = await tab.evaluate("document.querySelectorAll('code').length")
        assert codes == 10, await tab.evaluate("document.body.innerText")
        (known,) = await alpha.node.db.all(rows.passkeys_of(alpha.ann.user_id))
        held = (await tab.call("WebAuthn.getCredentials", authenticatorId=device))["credentials"]
        assert len(held) == 1 and held[0]["rpId"] == "localhost" and known.name == "test key"
        await sign_out(tab)
        # as a second factor, after the password
        await sign_in(tab, base)
        assert await tab.path() == "/login/second"
        await tab.submit("form[data-passkey=get]")
        assert await tab.path() == "/"
        await is_ann(tab, base)
        await sign_out(tab)
        # alone, without a name and a password: the page asks the device by itself
        await tab.go(f"{base}/login")
        await tab.press("form[action='/login/passkey'] button")
        await tab.until("location.pathname === '/' && document.readyState === 'complete'")
        await is_ann(tab, base)
        assert not tab.complaints, tab.complaints


async def is_ann(tab: Chromium, base: str) -> None:
    await tab.go(f"{base}/settings/profile")
    assert await tab.path() == "/settings/profile"


async def test_what_the_device_refuses_signs_nobody_in(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, settings=at_localhost(), alpha=("ann",)) as (alpha,), chromium() as tab:
        base = alpha.config.server.base_url
        device = await authenticator(tab)
        await sign_in(tab, base)
        await register(tab, base)
        await sign_out(tab)
        # its owner is not recognised: the page says so, and nothing is sent
        await tab.call("WebAuthn.setUserVerified", authenticatorId=device, isUserVerified=False)
        await tab.go(f"{base}/login")
        await tab.press("form[action='/login/passkey'] button")
        await tab.until("document.querySelector('[data-failed]:not([hidden])')")
        assert await tab.path() == "/login/second"
        # a key that was removed here opens nothing, though the device still has it
        await tab.call("WebAuthn.setUserVerified", authenticatorId=device, isUserVerified=True)
        (known,) = await alpha.node.db.all(rows.passkeys_of(alpha.ann.user_id))
        await drop(alpha, known.id)
        await tab.go(f"{base}/login")
        await tab.press("form[action='/login/passkey'] button")
        await tab.until("document.querySelector('.problem:not([hidden])') && location.pathname === '/login/second'")
        await tab.go(f"{base}/settings/profile")
        assert await tab.path() == "/login"


async def test_an_application_elsewhere_gets_its_code(tmp_path: Path) -> None:
    """The redirect to another origin that answers a form: browsers hold the page's policy against it."""
    asked: list[str] = []

    async def client(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path_qs)
        return web.Response(text="signed in", content_type="text/html")

    port = node_support.free_port()
    runner = web.ServerRunner(web.Server(client), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with node_support.cluster(tmp_path, settings=at_localhost(), alpha=("ann",)) as (alpha,), chromium() as tab:
        base, back = alpha.config.server.base_url, f"http://127.0.0.1:{port}/back"
        given = {"client_name": "Elsewhere", "redirect_uris": back, "scopes": "read"}
        async with alpha.http.post(f"{alpha.url}/api/v1/apps", json=given) as answer:
            app = await answer.json()
        query = {"client_id": app["client_id"], "redirect_uri": back, "response_type": "code", "scope": "read"}
        await tab.go(f"{base}/oauth/authorize?{urlencode(query)}")
        assert await tab.path() == "/login"
        await tab.fill("login", "ann", "form[action='/login']")
        await tab.fill("password", PASSWORD, "form[action='/login']")
        await tab.submit("form[action='/login']")
        assert "Elsewhere" in await tab.evaluate("document.querySelector('main').innerText")
        await tab.press("main form button")
        await tab.until(f"location.href.startsWith({back!r} + '?code=')")
        assert [path for path in asked if path.startswith("/back?code=")]
        assert not tab.complaints, tab.complaints
    await runner.cleanup()


async def drop(alpha: RunningNode, key_id: int) -> None:
    from fedserver.services import factors

    await alpha.node.db.run(lambda unit: factors.drop_passkey(unit, alpha.ann.user_id, key_id))
