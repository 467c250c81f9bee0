"""HDR: headers of every kind of answer: caches, other sites, scripts, sniffing."""

from __future__ import annotations

import re

import pytest
from attack_people import newcomer, path_of, png, signed_in
from attack_world import World

from fedserver.app import all_routes
from fedserver.edge.routing import Route

HTML, ACTIVITY = "text/html", "application/activity+json"
_LEAKS = re.compile(r"Traceback|File \"|aiohttp|Python/|sqlite|\.py\b", re.IGNORECASE)


def path_with(route: Route, **values: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], "1"), route.path)


async def test_HDR_01_one_address_two_documents(world: World) -> None:
    alice = await newcomer(world)
    post = await alice.publish("two faces")
    for path in (f"/users/{alice.name}", f"/users/{alice.name}/statuses/{post['id']}"):
        for method in ("GET", "HEAD"):
            as_peer = await world.send(method, path, headers={"Accept": ACTIVITY})
            as_browser = await world.send(method, path, headers={"Accept": "text/html,*/*;q=0.8"})
            assert as_peer.status == 200 and as_peer.headers["Content-Type"].startswith(ACTIVITY), path
            assert as_browser.status == 302 and "activity" not in as_browser.headers.get("Content-Type", ""), path
            for answer in (as_peer, as_browser):
                assert "Accept" in re.split(r",\s*", answer.headers["Vary"]), (path, method)
    for path in (f"/@{alice.name}", f"/@{alice.name}/{post['id']}"):
        page = await world.get(path, headers={"Accept": HTML})
        assert page.headers["Content-Type"].startswith(HTML) and "Accept" in page.headers["Vary"], path
        assert "public" not in page.headers["Cache-Control"]
    options = await world.send("OPTIONS", f"/users/{alice.name}")
    assert options.status == 204 and options.body == b""


async def test_HDR_02_what_a_signature_opened_is_kept_by_nobody(world: World) -> None:
    alice, carol = await newcomer(world), world.good.actor("carol")
    assert (await world.deliver(carol, carol.activity("Follow", alice.uri))).status == 202
    await world.settled()
    post = await alice.publish("for followers", visibility="private")
    path = f"/users/{alice.name}/statuses/{post['id']}"
    headers = world.signed(carol, b"", path, method="GET")
    answer = await world.get(path, headers=headers)
    assert answer.status == 200 and "for followers" in answer.text
    assert "no-store" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]
    assert "Signature" in answer.headers["Vary"]
    # not even the same moment's unsigned request gets it, by any method or spelling
    for asked in (path, f"{path}/", f"{path}?x=1", f"{path}/activity"):
        for method in ("GET", "HEAD"):
            assert (await world.send(method, asked, headers={"Accept": ACTIVITY})).status == 404, (method, asked)
    tag = answer.headers["ETag"]
    assert (await world.get(path, headers={"Accept": ACTIVITY, "If-None-Match": tag})).status == 404


async def test_HDR_05_other_sites_read_the_api_without_credentials_and_pages_never(world: World) -> None:
    evil = {"Origin": "https://evil.test", "Cookie": "__Host-session=x"}
    asked = {**evil, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    shared = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/", "/nodeinfo", "/media/")
    for route in all_routes():
        path = path_with(route, kind="full", token="x")
        if "streaming" in path:
            continue
        for method, headers in ((route.method, evil), ("OPTIONS", asked)):
            answer = await world.send(method, path, headers=headers)
            found = answer.headers.get("Access-Control-Allow-Origin")
            assert "Access-Control-Allow-Credentials" not in answer.headers, path
            assert found in (None, "*"), path
            if route.kind == "page" or path.startswith(("/admin", "/settings", "/login", "/oauth/authorize")):
                assert found is None, path
            elif path.startswith(shared):
                assert found == "*", (method, path)


async def test_HDR_07_every_page_has_a_strict_policy(world: World) -> None:
    alice, owner = await newcomer(world), await signed_in(await newcomer(world, "owner"))
    post = await alice.publish("a page")
    seen = 0
    for route in all_routes():
        if route.kind != "page" or route.method != "GET":
            continue
        path = path_with(route, name=alice.name, id=str(post["id"] if "@" in route.path else alice.account_id))
        for browser in (owner, None):
            headers = {"Accept": HTML} | ({"Cookie": owner.cookie()} if browser else {})
            answer = await world.get(path, headers=headers)
            policy = {part.strip() for part in answer.headers["Content-Security-Policy"].split(";")}
            assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            if not answer.headers.get("Content-Type", "").startswith(HTML):
                continue
            seen += 1
            assert {"base-uri 'none'", "form-action 'self'"} <= policy, path
            assert not re.search(r"unsafe|\bdata:|\*", " ".join(policy)), path
            # scripts are files of ours, and only on pages that have one
            loads = len(re.findall(r'<script src="/static/[0-9a-f]{12}/\w+\.js" defer></script>', answer.text))
            assert loads == answer.text.count("<script") and (loads == 0 or "script-src 'self'" in policy), path
            assert "script-src" not in " ".join(policy - {"script-src 'self'"}), path
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", answer.text), path
    assert seen > 30, seen


async def test_HDR_08_media_are_never_run(world: World) -> None:
    alice = await newcomer(world)
    medium = (await alice.upload(png())).json
    for url in (medium["url"], medium["preview_url"]):
        for method in ("GET", "HEAD"):
            answer = await world.send(method, path_of(url))
            assert answer.status == 200 and answer.headers["Content-Type"].startswith("image/")
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "sandbox" in policy.split("; ")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert answer.headers["Content-Disposition"].startswith(("inline", "attachment"))
    for path in ("/static/avatar.png", "/static/header.png", "/favicon.ico", "/robots.txt"):
        answer = await world.get(path)
        assert (
            answer.headers["X-Content-Type-Options"] == "nosniff"
            and "default-src 'none'" in (answer.headers["Content-Security-Policy"])
        ), path


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECTED"])
async def test_HDR_10_errors_tell_nothing(world: World, method: str) -> None:
    for path in (
        "/api/v1/nothing",
        "/api/v1/statuses/1",
        "/nothing",
        "/@nobody",
        "/oauth/token",
        "/inbox",
        "/%00",
        "/",
    ):
        for accept in ("*/*", HTML, "application/json", "x" * 1000):
            answer = await world.send(method, path, headers={"Accept": accept})
            assert answer.status < 500, (path, accept)
            assert not _LEAKS.search(answer.text), (path, answer.text[:300])
            assert "Server" not in answer.headers or not re.search(r"\d", answer.headers["Server"]), answer.headers
            assert "X-Powered-By" not in answer.headers
            if path.startswith("/api/") and method not in ("HEAD", "OPTIONS"):
                assert answer.status >= 400 and isinstance(answer.json["error"], str), path
            if method == "HEAD":
                assert answer.body == b""


async def test_HDR_12_discovery_is_open_short_and_names_nobody(world: World) -> None:
    alice = await newcomer(world)
    names = {row[0] for row in world.query("SELECT username FROM accounts WHERE domain = '' AND actor_type = 'Person'")}
    assert alice.name in names
    for path in (
        f"/.well-known/webfinger?resource=acct:{alice.name}@sut.test",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.0",
        "/nodeinfo/2.1",
        "/.well-known/host-meta",
        "/.well-known/host-meta.json",
        "/.well-known/oauth-authorization-server",
    ):
        answer = await world.get(path)
        assert answer.status == 200 and answer.headers["Access-Control-Allow-Origin"] == "*", path
        age = re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])
        assert age is not None and int(age[1]) <= 3 * 24 * 3600, path
        assert "example.org" not in answer.text, path
        if "webfinger" not in path:
            words = set(re.findall(r"[A-Za-z0-9_]+", answer.text))
            assert not names & words, path
    assert (await world.get("/.well-known/webfinger?resource=acct:*@sut.test")).status in (400, 404)
