"""The edge over a real socket: routes, tokens, parameters, errors, limits, headers."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import aiohttp
import pytest
from aiohttp.web import StreamResponse
from door_support import Node, node

from fedserver.edge import responses
from fedserver.edge.address import client_address, limit_key
from fedserver.edge.call import Call
from fedserver.edge.routing import Route, Router, prefers_activity
from fedserver.kit.errors import Conflict, NotFound, Unavailable


async def show(call: Call) -> StreamResponse:
    params = await call.params()
    file = params.file("file")
    viewer = call.viewer
    return responses.json(
        {
            "path": dict(call.path),
            "tree": {k: v for k, v in params.tree.items() if isinstance(v, (str, list, dict, int, bool, type(None)))},
            "ids": params.ids("id"),
            "file": None if file is None else [file.filename, file.size, file.path.read_bytes()[:10].decode()],
            "viewer": None if viewer is None else viewer.username,
            "ip": call.client_ip,
            "app": call.app_id,
        }
    )


async def crash(call: Call) -> StreamResponse:
    raise RuntimeError("the secret reason")


async def refuse(call: Call) -> StreamResponse:
    raise Unavailable(retry_after=7, cause="private")


async def conflict(call: Call) -> StreamResponse:
    raise Conflict("two at once", description="details")


async def listing(call: Call) -> StreamResponse:
    return responses.paged(call, [1, 2, 3], [30, 20, 10])


async def activity(call: Call) -> StreamResponse:
    return responses.raw_json(b'{"type":"Note"}', kind="application/activity+json")


async def page(call: Call) -> StreamResponse:
    return responses.html("<!doctype html><p>note")


ROUTES = (
    Route("GET", "/api/v1/open", show, auth="none"),
    Route("POST", "/api/v1/open", show, auth="none"),
    Route("PUT", "/api/v1/open", show, auth="none"),
    Route("POST", "/api/v1/upload", show, auth="none", body=3_000_000),
    Route("GET", "/api/v1/maybe", show, auth="optional"),
    Route("GET", "/api/v1/lists", show, scope="read:lists"),
    Route("GET", "/api/v1/me", show, scope=("profile", "read:accounts")),
    Route("GET", "/api/v1/app", show, auth="app"),
    Route("GET", "/api/v1/admin", show, scope="admin:read", role="moderator"),
    Route("GET", "/api/v1/pending", show, pending=True),
    Route("GET", "/api/v1/crash", crash, auth="none"),
    Route("GET", "/api/v1/refuse", refuse, auth="none"),
    Route("GET", "/api/v1/conflict", conflict, auth="none"),
    Route("GET", "/api/v1/list", listing, auth="none"),
    Route("POST", "/api/v1/limited", show, auth="none", rate="app_registration"),
    Route("GET", "/api/v1/stream", show, query_token=True),
    Route("GET", "/things/{name}", activity, auth="none", kind="federation", wants="activity"),
    Route("GET", "/things/{name}", page, auth="none", kind="page", wants="page"),
    Route("GET", "/page/crash", crash, auth="none", kind="page"),
    Route("GET", "/page/mine", page, kind="page"),
)


def router_of(*paths: str) -> Router:
    return Router(Route("GET", path, show, auth="none") for path in paths)


def found(router: Router, path: str) -> tuple[str, dict[str, str]]:
    match = router.find(path)
    return match.routes["GET"][0].path, match.fields


def test_the_most_specific_pattern_wins_and_the_search_goes_back() -> None:
    router = router_of("/a/{id}", "/a/lookup", "/a/{id}/x", "/@{name}", "/@{name}.rss", "/@{name}/{id}", "/")
    assert found(router, "/a/lookup") == ("/a/lookup", {})
    assert found(router, "/a/lookup/x") == ("/a/{id}/x", {"id": "lookup"})
    assert found(router, "/a/5/") == ("/a/{id}", {"id": "5"})
    assert found(router, "/@ann.rss") == ("/@{name}.rss", {"name": "ann"})
    assert found(router, "/%40ann") == ("/@{name}", {"name": "ann"})
    assert found(router, "/") == ("/", {})


@pytest.mark.parametrize(
    "path",
    [
        *("//a/1", "/a//1", "/a/..", "/a/%2e%2e", "/a/..%5cx", "/a/%2fetc", "/a/x%00", "/a/%ff", "a/1", "/a/1/2/3"),
        *("/a/./1", "/a/1//", "/" + "a/" * 40, "//evil.test/..", "/%5cevil.test"),
    ],
)
def test_odd_paths_match_nothing(path: str) -> None:
    router = router_of("/a/{id}", "/{name}")
    with pytest.raises(NotFound):
        router.find(path)


def test_a_route_that_stands_twice_or_contradicts_itself_is_refused() -> None:
    row = Route("GET", "/a", show, auth="none")
    with pytest.raises(ValueError, match="twice"):
        Router([row, Route("GET", "/a", crash, auth="none", wants="page")])
    with pytest.raises(ValueError, match="scope"):
        Router([Route("GET", "/a", show, auth="none", scope="read")])
    with pytest.raises(ValueError, match="named"):
        Router([Route("GET", "/a/{id}", show), Route("GET", "/a/{name}/b", show)])


@pytest.mark.parametrize(
    ("accept", "activity_wanted"),
    [
        ("application/activity+json", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("*/*", False),
        ("", False),
        ("application/activity+json;q=0.5, text/html", False),
        ("application/activity+json, text/html;q=0.1", True),
    ],
)
def test_who_asks_for_activitypub(accept: str, activity_wanted: bool) -> None:
    assert prefers_activity(accept) is activity_wanted


def test_the_client_address_is_the_sockets_unless_a_trusted_proxy_speaks() -> None:
    import ipaddress

    trusted = (ipaddress.ip_network("10.0.0.0/8"),)
    assert client_address("198.51.100.7", ["1.1.1.1"], trusted) == "198.51.100.7"
    assert client_address("10.0.0.1", ["1.1.1.1, 203.0.113.9"], trusted) == "203.0.113.9"
    assert client_address("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.2.3.4"], trusted) == "203.0.113.9"
    assert client_address("10.0.0.1", ["nonsense"], trusted) == "10.0.0.1"
    assert client_address("10.0.0.1", [",".join(["9.9.9.9"] * 1000 + ["203.0.113.9"])], trusted) == "203.0.113.9"
    assert client_address("::ffff:10.0.0.1", ["[2001:db8::1]:99"], trusted) == "2001:db8::1"
    assert limit_key("2001:db8:1:2:3::1") == limit_key("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"


async def test_tokens_scopes_and_states(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        user, _ = await n.user("ann")
        pending, _ = await n.user("pat", state="pending")
        disabled, _ = await n.user("dis", state="disabled")
        suspended, _ = await n.user("sus", suspended_at=5)
        voided, _ = await n.user("old", valid_after=9_999_999_999_999)
        mod, _ = await n.user("mod", role="moderator")
        full = await n.token(user)
        assert (await n.get("/api/v1/lists", token=full)).json["viewer"] == "ann"
        cases = [
            (None, "/api/v1/lists", 401, "The access token is invalid"),
            ("nonsense", "/api/v1/lists", 401, "The access token is invalid"),
            ("nonsense", "/api/v1/maybe", 401, "The access token is invalid"),
            (await n.token(user, "write"), "/api/v1/lists", 403, "This action is outside the authorized scopes"),
            (
                await n.token(user, "read:accounts"),
                "/api/v1/lists",
                403,
                "This action is outside the authorized scopes",
            ),
            (await n.token(None, "read"), "/api/v1/lists", 422, "This method requires an authenticated user"),
            (await n.token(user, revoked_at=1), "/api/v1/lists", 401, "The access token was revoked"),
            (await n.token(user, expires_at=1), "/api/v1/lists", 401, "The access token expired"),
            (await n.token(voided), "/api/v1/lists", 401, "The access token was revoked"),
            (await n.token(pending), "/api/v1/lists", 403, "Your login is currently pending approval"),
            (await n.token(disabled), "/api/v1/pending", 403, "Your login is currently disabled"),
            (await n.token(suspended), "/api/v1/pending", 403, "Your login is currently disabled"),
            (await n.token(user, "admin:read"), "/api/v1/admin", 403, "This action is not allowed"),
            (await n.token(mod, "read"), "/api/v1/admin", 403, "This action is outside the authorized scopes"),
        ]
        for token, path, status, text in cases:
            answer = await n.get(path, token=token)
            assert (answer.status, answer.json) == (status, {"error": text}), (path, text)
        for token, path in [
            (await n.token(user, "read:lists"), "/api/v1/lists"),
            (await n.token(user, "profile"), "/api/v1/me"),
            (await n.token(None, "read"), "/api/v1/app"),
            (await n.token(pending), "/api/v1/pending"),
            (await n.token(mod, "admin:read"), "/api/v1/admin"),
            (None, "/api/v1/maybe"),
        ]:
            assert (await n.get(path, token=token)).status == 200, path
        # a token in the address counts on streams only
        assert (await n.get(f"/api/v1/lists?access_token={full}")).status == 401
        assert (await n.get(f"/api/v1/stream?access_token={full}")).status == 200


async def test_parameters_however_they_are_sent(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        form = "id[]=1&id[]=2&id[]=2&poll[options][]=a&poll[options][]=b&fields_attributes[0][name]=x&a[][x]=1&a[][x]=2"
        sent = (await n.post("/api/v1/open?q=%C3%A9", data=form, headers={"Content-Type": FORM})).json
        assert sent["ids"] == [1, 2]
        assert sent["tree"] == {
            "q": "é",
            "id": ["1", "2", "2"],
            "poll": {"options": ["a", "b"]},
            "fields_attributes": {"0": {"name": "x"}},
            "a": [{"x": "1"}, {"x": "2"}],
        }
        assert (await n.post("/api/v1/open", json={"id": ["1", 2]})).json["ids"] == [1, 2]
        multipart = aiohttp.FormData()
        multipart.add_field("id[]", "7")
        multipart.add_field("file", b"0123456789abc" * 50_000, filename="a.png", content_type="image/png")
        sent = (await n.post("/api/v1/upload", data=multipart)).json
        assert sent["ids"] == [7] and sent["file"] == ["a.png", 650_000, "0123456789"]
        assert list(n.parts.upload_dir.iterdir()) == []


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b'{"a":1,"a":2}', 400),
        ("application/json", b"[1]", 400),
        ("application/json", b'{"a":' * 60 + b"1" + b"}" * 60, 400),
        ("application/json", b'{"a":"\\ud800"}', 400),
        ("application/json", b'{"a":"\\u0000"}', 400),
        ("application/json", b'{"id":["x"]}', 422),
        ("application/json", b'{"id":[{}]}', 422),
        (FORM, b"a=%ff", 400),
        (FORM, b"a=%00", 400),
        (FORM, b"a=1&a[b]=2", 400),
        (FORM, b"a[b][c][d][e][f][g]=2", 400),
        (FORM, b"&".join(b"a%d=1" % i for i in range(12_000)), 400),
        ("text/xml", b"<a/>", 415),
        ("multipart/form-data", b"--x\r\n", 400),
        ("multipart/form-data; boundary=x", b"nothing of the kind", 400),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nno end', 400),
        ("multipart/form-data; boundary=" + "b" * 4000, b"--b", 400),
        (
            "multipart/form-data; boundary=x",
            b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % i for i in range(12_000))
            + b"--x--\r\n",
            400,
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="'
            + b"f" * 100_000
            + b'"\r\n\r\n1\r\n--x--\r\n',
            400,
        ),
        ("application/json", b" " * 1_100_000, 413),
    ],
)
async def test_bodies_that_are_refused(tmp_path: Path, kind: str, body: bytes, status: int) -> None:
    async with node(tmp_path, ROUTES) as n:
        answer = await n.post("/api/v1/open", data=io.BytesIO(body), headers={"Content-Type": kind})
        assert answer.status == status
        assert set(answer.json) <= {"error", "error_description"}


async def test_too_large_is_refused_while_reading_and_compressed_at_once(tmp_path: Path) -> None:
    async def endless() -> object:
        for _ in range(60):
            yield b"x" * 100_000

    async with node(tmp_path, ROUTES) as n:
        answer = await n.post("/api/v1/open", data=endless(), headers={"Content-Type": "application/json"})
        assert answer.status == 413
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        assert (await n.post("/api/v1/open", data=b"{}", headers=headers)).status == 415
        big = aiohttp.FormData()
        for i in range(7):
            big.add_field(f"file{i}", b"y" * 500_000, filename="a")
        assert (await n.post("/api/v1/upload", data=big)).status == 413
        assert list(n.parts.upload_dir.iterdir()) == []


async def test_failures_become_mastodons_errors_and_tell_nothing_private(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        missing = await n.get("/api/v1/none")
        assert (missing.status, missing.json) == (404, {"error": "Record not found"})
        assert missing.headers["Access-Control-Allow-Origin"] == "*"
        crashed = await n.get("/api/v1/crash")
        assert crashed.status == 500 and "secret" not in crashed.text and "Traceback" not in crashed.text
        page_crash = await n.get("/page/crash", headers={"Accept": "text/html"})
        assert page_crash.status == 500 and page_crash.headers["Content-Type"].startswith("text/html")
        assert "secret" not in page_crash.text
        refused = await n.get("/api/v1/refuse")
        assert refused.status == 503 and refused.headers["Retry-After"] == "7" and "private" not in refused.text
        assert (await n.get("/api/v1/conflict")).json == {"error": "two at once", "error_description": "details"}
        wrong = await n.send("DELETE", "/api/v1/open")
        assert wrong.status == 405 and wrong.headers["Allow"] == "GET, HEAD, POST, PUT, OPTIONS"
        assert wrong.headers["Content-Type"].startswith("application/json")
        head = await n.send("HEAD", "/api/v1/open")
        assert head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) > 10


async def test_cors_is_for_the_api_and_never_with_credentials(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        flight = await n.send("OPTIONS", "/api/v1/open", headers=origin)
        assert flight.status == 204
        assert flight.headers["Access-Control-Allow-Origin"] == "*"
        assert "Idempotency-Key" in flight.headers["Access-Control-Allow-Headers"]
        assert "POST" in flight.headers["Access-Control-Allow-Methods"]
        assert "Access-Control-Allow-Credentials" not in flight.headers
        answer = await n.get("/api/v1/open", headers=origin)
        assert "Link" in answer.headers["Access-Control-Expose-Headers"]
        for path in ("/things/x", "/page/mine"):
            assert "Access-Control-Allow-Origin" not in (await n.get(path, headers=origin)).headers
            assert "Access-Control-Allow-Origin" not in (await n.send("OPTIONS", path, headers=origin)).headers


async def test_one_path_for_peers_and_people_varies_by_accept(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        peer = await n.get("/things/x", headers={"Accept": "application/activity+json"})
        person = await n.get("/things/x", headers={"Accept": "text/html"})
        assert peer.headers["Content-Type"] == "application/activity+json"
        assert person.headers["Content-Type"].startswith("text/html")
        assert "Accept" in peer.headers["Vary"] and "Accept" in person.headers["Vary"]
        csp = person.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
            assert part in csp
        assert "unsafe-inline" not in csp
        assert person.headers["X-Content-Type-Options"] == "nosniff"
        assert person.headers["Referrer-Policy"] == "same-origin"
        assert peer.headers["Cache-Control"] == "private, no-store"
        assert "Cross-Origin-Opener-Policy" not in person.headers


async def test_pages_send_visitors_to_the_sign_in_page(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        answer = await n.get("/page/mine?x=1&y=//evil.test", headers={"Accept": "text/html"})
        assert answer.status == 303
        assert answer.headers["Location"] == "/login?next=%2Fpage%2Fmine%3Fx%3D1%26y%3D%2F%2Fevil.test"
        # a bearer token is no session
        user, _ = await n.user("ann")
        assert (await n.get("/page/mine", token=await n.token(user))).status == 303


async def test_links_are_absolute_next_first_and_keep_the_rest(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        link = (await n.get("/api/v1/list?limit=3&max_id=99&q=a%2Cb&access_token=s")).headers["Link"]
        first, second = link.split(", ")
        assert first == f'<{n.base}/api/v1/list?limit=3&q=a%2Cb&max_id=10>; rel="next"'
        assert second == f'<{n.base}/api/v1/list?limit=3&q=a%2Cb&min_id=30>; rel="prev"'


async def test_rate_limits_by_address_and_by_account_however_the_path_is_spelt(tmp_path: Path) -> None:
    limits = {"throttle_app_registration": "3/10m", "throttle_unauthenticated_api": "20/5m"}
    async with node(tmp_path, ROUTES, config={"limits": limits}) as n:
        for path in ("/api/v1/limited", "/api/v1/limited/", "/api/v1/%6cimited"):
            answer = await n.post(path, headers={"X-Forwarded-For": path})
            assert answer.status == 200
        assert answer.headers["X-RateLimit-Limit"] == "3" and answer.headers["X-RateLimit-Remaining"] == "0"
        assert answer.headers["X-RateLimit-Reset"].endswith("Z")
        over = await n.post("/api/v1/limited", headers={"X-Forwarded-For": "9.9.9.9", "X-Real-IP": "8.8.8.8"})
        assert (over.status, over.json) == (429, {"error": "Too many requests"})
        assert 1 <= int(over.headers["Retry-After"]) <= 600
        assert over.headers["X-RateLimit-Remaining"] == "0"
        # guessing tokens uses up the address, not an account
        statuses = [(await n.get("/api/v1/lists", token=f"guess{i}")).status for i in range(20)]
        assert statuses[0] == 401 and statuses[-1] == 429
        user, _ = await n.user("ann")
        assert (await n.get("/api/v1/lists", token=await n.token(user))).status == 200


async def test_a_trusted_proxy_names_the_client(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES, config={"server": {"trusted_proxies": ["127.0.0.1"]}}) as n:
        answer = await n.get("/api/v1/open", headers={"X-Forwarded-For": "1.2.3.4, 203.0.113.9"})
        assert answer.json["ip"] == "203.0.113.9"
        assert (await n.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status == 404
        assert (await n.get("/metrics")).status == 200


async def test_health_and_metrics(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        assert (await n.get("/health")).text == "OK"
        assert (await n.get("/health", headers={"Accept": "application/json"})).json == {"status": "ok"}
        metrics = await n.get("/metrics")
        assert metrics.status == 200 and "fedserver_http_requests_total" in metrics.text
        # passed on by a proxy that nobody declared
        assert (await n.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})).status == 404


async def raw(n: Node, data: bytes, *, wait: float = 2.0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", n.port)
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), wait)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /api/v1/open HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/open HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"GET /api/v1/open HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /api/v1/open HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        b"GET /api/v1/open HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
        b"GET /api/v1/open HTTP/1.1\r\nHost: x\r\nCookie: " + b"a;" * 10_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_http_gets_a_short_answer(tmp_path: Path, request_bytes: bytes) -> None:
    async with node(tmp_path, ROUTES) as n:
        answer = await raw(n, request_bytes)
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
        assert b"Traceback" not in answer and b"aiohttp" not in answer.split(b"\r\n\r\n")[-1]
        assert (await n.get("/api/v1/open")).status == 200


async def test_slow_headers_and_bodies_are_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fedserver.edge import bodies, connection

    monkeypatch.setattr(connection, "HEADERS_S", 0.4)
    monkeypatch.setattr(bodies, "PAUSE_S", 0.4)

    async def drip(n: Node, start: bytes) -> float:
        loop = asyncio.get_running_loop()
        reader, writer = await asyncio.open_connection("127.0.0.1", n.port)
        began = loop.time()
        writer.write(start)

        async def feed() -> None:
            for _ in range(60):
                await asyncio.sleep(0.1)
                writer.write(b"a")

        task = asyncio.create_task(feed())
        try:
            await asyncio.wait_for(reader.read(), 8)
        finally:
            task.cancel()
            writer.close()
        return loop.time() - began

    async with node(tmp_path, ROUTES) as n:
        times = await asyncio.gather(*[drip(n, b"GET /api/v1/open HTTP/1.1\r\nHost: x\r\nA: ") for _ in range(20)])
        assert max(times) < 3
        head = (
            b"POST /api/v1/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        )
        answer = await raw(n, head + b"abc", wait=8)
        assert b" 408 " in answer.split(b"\r\n")[0]
        # an idle connection that has had its answer may stay
        reader, writer = await asyncio.open_connection("127.0.0.1", n.port)
        request = b"GET /api/v1/open HTTP/1.1\r\nHost: x\r\n\r\n"
        writer.write(request)
        assert b" 200 " in await reader.readline()
        await asyncio.sleep(0.8)
        await reader.read(65536)
        writer.write(request)
        assert b" 200 " in await asyncio.wait_for(reader.readline(), 2)
        writer.close()


async def test_one_byte_chunks_do_not_hold_the_loop(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        loop = asyncio.get_running_loop()
        head = b"POST /api/v1/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        began = loop.time()
        task = asyncio.create_task(raw(n, head + b"1\r\n \r\n" * 400_000 + b"0\r\n\r\n", wait=20))
        other = await n.get("/api/v1/open")
        assert other.status == 200
        answer = await task
        assert answer == b"" or b" 400 " in answer.split(b"\r\n")[0] or b" 413 " in answer.split(b"\r\n")[0]
        assert loop.time() - began < 10


async def test_stop_lets_a_request_finish(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def slow(call: Call) -> StreamResponse:
        begun.set()
        await asyncio.sleep(0.3)
        return responses.empty()

    async with node(tmp_path, [Route("GET", "/api/slow", slow, auth="none")]) as n:
        task = asyncio.create_task(n.get("/api/slow"))
        await begun.wait()
        await n.web.stop()
        assert (await task).json == {}
