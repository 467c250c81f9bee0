"""Rates: AUTH-20, ENUM-09 and HTTP-15, on a node with limits and a proxy that it trusts (127.0.0.9)."""

from __future__ import annotations

from typing import Any

import aiohttp
from attack_people import newcomer
from attack_world import DOMAIN, World

WORLD = {
    "settings": {
        "server": {"trusted_proxies": ["127.0.0.9"]},
        "limits": {"throttle_unauthenticated_api": "300/5m", "throttle_login": "25/5m"},
    }
}


async def asked(world: World, source: str, forwarded: list[str], **headers: str) -> list[Any]:
    """A GET from the loopback address ``source`` for each of the ``X-Forwarded-For``: (status, headers)."""
    found = []
    connector = aiohttp.TCPConnector(local_addr=(source, 0))
    async with aiohttp.ClientSession(connector=connector) as http:
        for each in forwarded:
            given = {"Host": DOMAIN, "X-Forwarded-For": each, **headers}
            async with http.get(f"{world.url}/api/v1/instance", headers=given) as answer:
                found.append((answer.status, answer.headers.copy()))
    return found


async def test_ENUM_09_an_address_and_a_whole_64_have_one_budget(world: World) -> None:
    for sources in (["198.51.100.7"] * 320, [f"2001:db8:1:2::{n:x}" for n in range(1, 321)]):
        answers = await asked(world, "127.0.0.9", sources)
        refused = [headers for status, headers in answers if status == 429]
        assert 20 <= len(refused) < 320 and answers[0][0] == 200
        assert int(refused[-1]["Retry-After"]) > 0 and refused[-1]["X-RateLimit-Remaining"] == "0"
    others = await asked(world, "127.0.0.9", ["2001:db8:1:3::1", "198.51.100.8"])
    assert [status for status, _ in others] == [200, 200]


async def test_HTTP_15_what_a_stranger_says_of_its_address_counts_for_nothing(world: World) -> None:
    spoofed = [f"203.0.{n // 250}.{n % 250 + 1}" for n in range(320)]
    more = {"Forwarded": "for=192.0.2.1", "X-Real-IP": "192.0.2.1", "CF-Connecting-IP": "192.0.2.1"}
    answers = await asked(world, "127.0.0.8", spoofed, **more)
    assert [status for status, _ in answers[:300]] == [200] * 300 and answers[-1][0] == 429
    # and nobody whom it named has lost anything
    assert (await asked(world, "127.0.0.9", spoofed[:1]))[0][0] == 200


async def test_AUTH_20_guessing_ends_soon(world: World) -> None:
    user = await newcomer(world)

    async def sign_in(address: str, login: str, password: str) -> int:
        connector = aiohttp.TCPConnector(local_addr=("127.0.0.9", 0))
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as http:
            headers = {"Host": DOMAIN, "X-Forwarded-For": address, "Accept": "text/html"}
            async with http.get(f"{world.url}/login", headers=headers) as page:
                hidden = (await page.text()).partition('name="csrf" value="')[2].partition('"')[0]
                cookie = page.headers["Set-Cookie"].partition(";")[0]
            form = {"login": login, "password": password, "csrf": hidden}
            async with http.post(f"{world.url}/login", data=form, headers={**headers, "Cookie": cookie}) as answer:
                return answer.status

    # one account from many addresses, then many accounts from one
    by_account = [await sign_in(f"198.51.{n}.1", user.name, f"guess {n}") for n in range(30)]
    assert by_account[:25] == [422] * 25 and by_account[25:] == [429] * 5
    by_address = [await sign_in("203.0.113.77", f"somebody{n}", "password1") for n in range(30)]
    assert by_address[:25] == [422] * 25 and by_address[25:] == [429] * 5
    for long in ("x" * 129, "x" * 500_000, "\u0301" * 100_000):
        assert await sign_in("198.51.100.99", "somebody else", long) == 422
