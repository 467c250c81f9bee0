"""Signing in, as applications and browsers do it, and all the ways in which it must not work."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from door_support import PASSWORD, Answer, Browser, Node, node

from fedserver.db.queries import oauth as oauth_rows
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.routing import Route
from fedserver.kit.clock import ManualClock
from fedserver.kit.tokens import hash_token
from fedserver.oauth.routes import ROUTES
from fedserver.services import moderation, oauth, users

BACK = "https://client.example/callback?x=%3A%2F%2F"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def who(call: Call) -> Any:
    return responses.json({"name": call.me.username})


ALL = (*ROUTES, Route("GET", "/api/v1/who", who, scope="read:accounts"))


async def make_app(n: Node, **values: Any) -> dict[str, Any]:
    body = {"client_name": "Tester", "redirect_uris": BACK, "scopes": "read write"} | values
    answer = await n.post("/api/v1/apps", json=body)
    assert answer.status == 200, answer.text
    return answer.json  # type: ignore[no-any-return]


def ask(app: dict[str, Any], **values: str) -> dict[str, str]:
    return {
        "client_id": app["client_id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "read",
    } | values


async def get_code(b: Browser, app: dict[str, Any], **values: str) -> str:
    asked = ask(app, **values)
    page = await b.go(f"/oauth/authorize?{urlencode(asked)}")
    assert page.status == 200, page.text
    answer = await b.submit("/oauth/authorize", asked | {"answer": "allow"})
    assert answer.status == 303, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(app: dict[str, Any], code: str, **values: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": BACK,
    } | values


async def test_the_whole_way_for_each_kind_of_client(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        app = await make_app(n)
        assert app["redirect_uris"] == [BACK] and app["scopes"] == ["read", "write"]
        b = Browser(n)
        # a visitor is sent to sign in, and comes back
        start = await b.go(f"/oauth/authorize/?{urlencode(ask(app, state='s&t'))}")
        assert start.status == 303
        form = await b.go(start.headers["Location"])
        assert form.status == 200 and "Cross-Origin-Opener-Policy" not in form.headers
        target = re.search(r'name="next" value="([^"]*)"', form.text)
        assert target
        back = target[1].replace("&amp;", "&")
        signed_in = await b.submit("/login", {"login": "ann", "password": PASSWORD, "next": back})
        assert signed_in.status == 303 and signed_in.headers["Location"] == back
        consent = await b.go(back)
        assert consent.status == 200 and "Tester" in consent.text
        csp = consent.headers["Content-Security-Policy"]
        assert "form-action 'self' https://client.example;" in csp and "frame-ancestors 'none'" in csp
        assert consent.headers["X-Frame-Options"] == "DENY"
        allowed = await b.submit("/oauth/authorize", ask(app, state="s&t") | {"answer": "allow"})
        location = allowed.headers["Location"]
        assert location.startswith(BACK + "&code=")
        assert parse_qs(urlsplit(location).query)["state"] == ["s&t"]
        code = parse_qs(urlsplit(location).query)["code"][0]
        token = await n.post("/oauth/token", data=exchange(app, code))
        assert token.status == 200 and token.headers["Access-Control-Allow-Origin"] == "*"
        assert set(token.json) == {"access_token", "token_type", "scope", "created_at"}
        assert (await n.get("/api/v1/who", token=token.json["access_token"])).json == {"name": "ann"}
        verified = await n.get("/api/v1/apps/verify_credentials", token=token.json["access_token"])
        assert verified.json["name"] == "Tester" and "client_secret" not in verified.json
        # as JSON, and with Basic authentication
        code = await get_code(b, app)
        assert (await n.post("/oauth/token", json=exchange(app, code))).status == 200
        code = await get_code(b, app)
        fields = exchange(app, code)
        secret = base64.b64encode(f"{fields.pop('client_id')}:{fields.pop('client_secret')}".encode()).decode()
        assert (await n.post("/oauth/token", data=fields, headers={"Authorization": f"Basic {secret}"})).status == 200
        denied = await b.submit("/oauth/authorize", ask(app) | {"answer": "deny"}, csrf=csrf_of(consent))
        assert denied.headers["Location"] == BACK + "&error=access_denied"


def csrf_of(page: Answer) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', page.text)
    assert found
    return found[1]


async def test_out_of_band_codes_and_custom_schemes(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        app = await make_app(n, redirect_uris=f"{oauth.OOB}\ntusky://oauth")
        b = Browser(n)
        await b.sign_in("ann")
        await b.go(f"/oauth/authorize?{urlencode(ask(app, redirect_uri=oauth.OOB))}")
        shown = await b.submit("/oauth/authorize", ask(app, redirect_uri=oauth.OOB) | {"answer": "allow"})
        assert shown.headers["Location"].startswith("/oauth/authorize/native?code=")
        page = await b.go(shown.headers["Location"])
        code = parse_qs(urlsplit(shown.headers["Location"]).query)["code"][0]
        assert code in page.text
        assert (await n.post("/oauth/token", data=exchange(app, code, redirect_uri=oauth.OOB))).status == 200
        consent = await b.go(f"/oauth/authorize?{urlencode(ask(app, redirect_uri='tusky://oauth'))}")
        assert "form-action 'self' tusky:;" in consent.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "uri",
    [
        "https://client.example/callback",
        "https://client.example/callback/more?x=%3A%2F%2F",
        BACK + "&y=1",
        BACK + "#f",
        "https://client.example:443/callback?x=%3A%2F%2F",
        "https://me@client.example/callback?x=%3A%2F%2F",
        "https://client.example/Callback?x=%3A%2F%2F",
        "https://client.example./callback?x=%3A%2F%2F",
        "https://client.example/a/../callback?x=%3A%2F%2F",
        "https://client.example/callback?x=://",
        "https://evil.example/",
        oauth.OOB,
        "",
    ],
)
async def test_only_the_registered_address_is_returned_to(tmp_path: Path, uri: str) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        app = await make_app(n)
        b = Browser(n)
        await b.sign_in("ann")
        page = await b.go(f"/oauth/authorize?{urlencode(ask(app, redirect_uri=uri))}")
        assert page.status == 400 and "Location" not in page.headers
        await b.go(f"/oauth/authorize?{urlencode(ask(app))}")
        sent = await b.submit("/oauth/authorize", ask(app, redirect_uri=uri) | {"answer": "allow"})
        assert sent.status == 400 and "Location" not in sent.headers


@pytest.mark.parametrize(
    "values",
    [
        {"client_id": "unknown"},
        {"response_type": "token"},
        {"scope": "read admin:write"},
        {"scope": "READ"},
        {"scope": "nonsense"},
        {"code_challenge": ""},
        {"code_challenge": CHALLENGE},
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": "short", "code_challenge_method": "S256"},
        {"code_challenge_method": "S256"},
        {"state": "s" * 3000},
    ],
)
async def test_faulty_requests_end_on_an_error_page(tmp_path: Path, values: dict[str, str]) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        b = Browser(n)
        await b.sign_in("ann")
        page = await b.go(f"/oauth/authorize?{urlencode(ask(await make_app(n), **values))}")
        assert page.status == 400 and "Location" not in page.headers


async def test_a_second_redirect_uri_is_refused(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        b = Browser(n)
        await b.sign_in("ann")
        query = urlencode(ask(await make_app(n)))
        page = await b.go(f"/oauth/authorize?{query}&redirect_uri={quote('https://evil.example/', safe='')}")
        assert page.status == 400
        page = await b.go(f"/oauth/authorize?redirect_uri=x&{query}")
        assert page.status == 400


@pytest.mark.parametrize(
    "uris",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "https://ok.example/\njavascript:alert(1)",
        "https:///nohost",
        "https://u:p@evil.example/",
        "https://ok.example/#fragment",
        "https://ok.example/\\evil",
        "/relative",
        "nocolon",
        "https://x.example/" + "a" * 10_000,
        "\n".join(f"https://a{i}.example/" for i in range(500)),
        "",
    ],
)
async def test_dangerous_redirect_addresses_cannot_be_registered(tmp_path: Path, uris: str) -> None:
    async with node(tmp_path, ALL) as n:
        body = {"client_name": "x", "redirect_uris": uris}
        assert (await n.post("/api/v1/apps", data=body)).status == 422
        assert (
            await n.post("/api/v1/apps", json={"client_name": "x", "redirect_uris": uris.split("\n")})
        ).status == 422


async def test_registration_checks_name_scopes_and_website(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        for values in ({"client_name": ""}, {"scopes": "everything"}, {"website": "javascript:x"}):
            body = {"client_name": "x", "redirect_uris": BACK} | values
            assert (await n.post("/api/v1/apps", data=body)).status == 422, values
        assert (await make_app(n, scopes=None))["scopes"] == ["read"]
        assert (await make_app(n, redirect_uris=[BACK, oauth.OOB]))["redirect_uris"] == [BACK, oauth.OOB]


async def test_consent_needs_a_session_and_its_own_form(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        await n.user("eve")
        app = await make_app(n)
        visitor = Browser(n)
        await visitor.go("/login")
        assert (await visitor.submit("/oauth/authorize", ask(app) | {"answer": "allow"})).status == 401
        ann, eve = Browser(n), Browser(n)
        await ann.sign_in("ann")
        await eve.sign_in("eve")
        eves = csrf_of(await eve.go(f"/oauth/authorize?{urlencode(ask(app))}"))
        await ann.go(f"/oauth/authorize?{urlencode(ask(app))}")
        for csrf in ("", "x", eves):
            assert (await ann.submit("/oauth/authorize", ask(app) | {"answer": "allow"}, csrf=csrf)).status == 403
        for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            await ann.go(f"/oauth/authorize?{urlencode(ask(app))}")
            sent = await ann.submit("/oauth/authorize", ask(app) | {"answer": "allow"}, headers=header)
            assert sent.status == 403, header
        # sign-in forms are tied to the browser as well
        planted = Browser(n)
        await planted.go("/login")
        assert (await planted.submit("/login", {"login": "eve", "password": PASSWORD}, csrf=eves)).status == 403
        assert "session" not in planted.jar


async def test_a_code_works_once_and_its_second_use_revokes(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        app = await make_app(n)
        b = Browser(n)
        await b.sign_in("ann")
        code = await get_code(b, app)
        token = (await n.post("/oauth/token", data=exchange(app, code))).json["access_token"]
        assert (await n.get("/api/v1/who", token=token)).status == 200
        again = await n.post("/oauth/token", data=exchange(app, code))
        assert (again.status, again.json["error"]) == (400, "invalid_grant")
        assert (await n.get("/api/v1/who", token=token)).json == {"error": "The access token was revoked"}


async def test_an_applications_own_token_ends_at_once_although_it_was_just_used(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        app = await make_app(n)
        proof = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
        asked = await n.post("/oauth/token", data=proof | {"grant_type": "client_credentials"})
        token = asked.json["access_token"]
        assert (await n.get("/api/v1/apps/verify_credentials", token=token)).status == 200
        assert (await n.post("/oauth/revoke", data=proof | {"token": token})).status == 200
        assert (await n.get("/api/v1/apps/verify_credentials", token=token)).status == 401


async def test_codes_of_others_of_elsewhere_and_of_yesterday(tmp_path: Path) -> None:
    clock = ManualClock()
    async with node(tmp_path, ALL) as n:
        user, _ = await n.user("ann")
        app, other = await make_app(n), await make_app(n)
        b = Browser(n)
        await b.sign_in("ann")
        code = await get_code(b, app)
        stolen = exchange(app, code) | {"client_id": other["client_id"], "client_secret": other["client_secret"]}
        assert (await n.post("/oauth/token", data=stolen)).json["error"] == "invalid_grant"
        wrong = await n.post("/oauth/token", data=exchange(app, code, redirect_uri="https://client.example/callback"))
        assert wrong.json["error"] == "invalid_grant"
        bad_secret = await n.post("/oauth/token", data=exchange(app, await get_code(b, app), client_secret="x"))
        assert (bad_secret.status, bad_secret.json["error"]) == (401, "invalid_client")
        old = "an old code"
        found = await n.parts.db.one(oauth_rows.app_by_client(app["client_id"]))
        assert found is not None
        row = oauth_rows.Code(hash_token(old), found.id, user, BACK, "read", None, 1, 2, None)
        await n.parts.db.run(lambda unit: unit.run(oauth_rows.make_code(row)))
        assert (await n.post("/oauth/token", data=exchange(app, old))).json["error"] == "invalid_grant"
        del clock


@pytest.mark.parametrize(
    ("challenge", "verifier", "right"),
    [
        (CHALLENGE, VERIFIER, True),
        (CHALLENGE, None, False),
        (CHALLENGE, "", False),
        (CHALLENGE, "w" * 50, False),
        (CHALLENGE, CHALLENGE, False),
        (None, VERIFIER, False),
        (None, None, True),
    ],
)
async def test_pkce(tmp_path: Path, challenge: str | None, verifier: str | None, right: bool) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        app = await make_app(n)
        b = Browser(n)
        await b.sign_in("ann")
        values = {"code_challenge": challenge, "code_challenge_method": "S256"} if challenge else {}
        code = await get_code(b, app, **values)
        sent = exchange(app, code) | ({"code_verifier": verifier} if verifier is not None else {})
        answer = await n.post("/oauth/token", data=sent)
        assert (answer.status == 200) is right
        if not right:
            assert answer.json["error"] == "invalid_grant"


async def test_client_credentials_give_an_app_token_within_its_scopes(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        app = await make_app(n, scopes="read")
        base = {
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "grant_type": "client_credentials",
        }
        token = (await n.post("/oauth/token", data=base)).json["access_token"]
        assert (await n.get("/api/v1/who", token=token)).status == 422
        assert (await n.get("/api/v1/apps/verify_credentials", token=token)).status == 200
        for scope in ("write", "read admin:read", "Read"):
            assert (await n.post("/oauth/token", data=base | {"scope": scope})).json["error"] == "invalid_scope"
        password = base | {"grant_type": "password", "username": "ann", "password": PASSWORD}
        assert (await n.post("/oauth/token", data=password)).json["error"] == "unsupported_grant_type"


async def test_revocation_is_the_clients_own_and_bites_at_once(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        user, _ = await n.user("ann")
        app, other = await make_app(n), await make_app(n)
        row = await n.parts.db.one(oauth_rows.app_by_client(app["client_id"]))
        assert row is not None
        token = await n.token(user, app_id=row.id)
        assert (await n.get("/api/v1/who", token=token)).status == 200

        def body(client: dict[str, Any], secret: str | None = None) -> dict[str, str]:
            return {
                "client_id": client["client_id"],
                "client_secret": secret or client["client_secret"],
                "token": token,
            }

        assert (await n.post("/oauth/revoke", data=body(other))).status == 403
        assert (await n.post("/oauth/revoke", data=body(app, "wrong"))).status == 403
        assert (await n.get("/api/v1/who", token=token)).status == 200
        done = await n.post("/oauth/revoke", data=body(app))
        assert (done.status, done.json) == (200, {})
        assert (await n.get("/api/v1/who", token=token)).status == 401
        assert (await n.post("/oauth/revoke", data=body(app) | {"token": "unknown"})).status == 200


async def test_new_passwords_and_suspensions_end_everything_at_once(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        user, account = await n.user("ann")
        b = Browser(n)
        await b.sign_in("ann")
        token = await n.token(user)
        app = await make_app(n)
        assert (await b.go(f"/oauth/authorize?{urlencode(ask(app))}")).status == 200
        assert (await n.get("/api/v1/who", token=token)).status == 200
        code = await get_code(b, app)
        link = await n.parts.db.run(lambda unit: users.issue_reset(unit, user, None))
        other = Browser(n)
        assert (await other.go(f"/reset/{link}")).status == 200
        short = await other.submit(f"/reset/{link}", {"password": "short", "again": "short"})
        assert short.status == 422
        differ = await other.submit(f"/reset/{link}", {"password": "long enough 1", "again": "long enough 2"})
        assert differ.status == 422
        long = await other.submit(f"/reset/{link}", {"password": "x" * 1_000, "again": "x" * 1_000})
        assert long.status == 422
        done = await other.submit(f"/reset/{link}", {"password": "a new sentence", "again": "a new sentence"})
        assert done.status == 303 and done.headers["Location"] == "/login"
        assert (await n.get("/api/v1/who", token=token)).status == 401
        assert (await b.go(f"/oauth/authorize?{urlencode(ask(app))}")).status == 303
        assert (await n.post("/oauth/token", data=exchange(app, code))).json["error"] == "invalid_grant"
        assert (await other.go(f"/reset/{link}")).status == 404
        assert (await b.sign_in("ann")).status == 422
        assert (await b.sign_in("ann", "a new sentence")).status == 303
        token = await n.token(user)
        await n.parts.db.run(lambda unit: moderation.suspend(unit, account, None))
        assert (await n.get("/api/v1/who", token=token)).status in (401, 403)
        assert (await b.go(f"/oauth/authorize?{urlencode(ask(app))}")).status == 303


async def test_sign_in_tells_nothing_and_is_limited(tmp_path: Path) -> None:
    limits = {"throttle_login": "8/5m"}
    async with node(tmp_path, ALL, config={"limits": limits, "server": {"trusted_proxies": ["127.0.0.1"]}}) as n:
        await n.user("ann")
        await n.user("pat", state="pending")
        b = Browser(n)
        wrong = await b.sign_in("ann", "not the password")
        unknown = await b.sign_in("nobody", "not the password")
        huge = await b.sign_in("ann", "x" * 900_000)
        assert {wrong.status, unknown.status, huge.status} == {422}
        assert wrong.text.replace("ann", "nobody") == unknown.text.replace("ann", "nobody")
        assert "waits" in (await b.sign_in("pat")).text and "session" not in b.jar
        assert (await b.sign_in("@Ann")).status == 303 and "session" in b.jar
        assert (await Browser(n).sign_in("ann@mail.example")).status == 303

        # one account from many addresses, then one address for many accounts
        async def attempt(address: str, name: str) -> int:
            visitor = Browser(n)
            await visitor.go("/login")
            fields = {"login": name, "password": "guess guess"}
            return (await visitor.submit("/login", fields, headers={"X-Forwarded-For": address})).status

        tries = [await attempt(f"203.0.113.{i}", "pat2") for i in range(9)]
        assert tries == [422] * 8 + [429]
        tries = [await attempt("198.51.100.1", f"name{i}") for i in range(9)]
        assert tries == [422] * 8 + [429]


async def test_cookies_are_strict_and_sessions_new_at_each_sign_in(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        b = Browser(n)
        answer = await b.sign_in("ann")
        cookie = next(c for c in answer.headers.getall("Set-Cookie") if c.startswith("session="))  # type: ignore[attr-defined]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
        first = b.jar["session"]
        await b.go("/login?force=1")
        await b.submit("/login", {"login": "ann", "password": PASSWORD})
        assert b.jar["session"] != first
        # the first one has ended
        b.jar["session"] = first
        assert (await b.go("/oauth/authorize")).status == 303
    secure = tmp_path / "https"
    secure.mkdir()
    async with node(secure, ALL, config={"server": {"base_url": "https://social.example"}}) as n:
        await n.user("ann")
        b = Browser(n)
        answer = await b.sign_in("ann")
        cookie = next(c for c in answer.headers.getall("Set-Cookie") if "session=" in c)  # type: ignore[attr-defined]
        assert cookie.startswith("__Host-session=") and "Secure" in cookie and "Domain" not in cookie
        # a cookie without the prefix, as another host under the same domain could plant it, is not looked at
        planted = Browser(n)
        planted.jar["session"] = b.jar["__Host-session"]
        assert (await planted.go("/oauth/authorize")).status == 303


async def test_force_login_asks_again_and_sign_out_ends_the_session(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        app = await make_app(n)
        b = Browser(n)
        await b.sign_in("ann")
        forced = await b.go(f"/oauth/authorize?{urlencode(ask(app, force_login='true'))}")
        assert forced.status == 303 and forced.headers["Location"].startswith("/login?force=1&next=%2Foauth")
        form = await b.go(forced.headers["Location"])
        assert form.status == 200 and 'name="password"' in form.text
        old = dict(b.jar)
        out = await b.submit("/logout", {})
        assert out.status == 303 and "session" not in b.jar
        b.jar = old
        assert (await b.go(f"/oauth/authorize?{urlencode(ask(app))}")).status == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/.//evil.example",
        "/\tx",
        "javascript:x",
        "/a/../b",
    ],
)
async def test_sign_in_never_leads_off_this_host(tmp_path: Path, target: str) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        b = Browser(n)
        await b.go("/login")
        answer = await b.submit("/login", {"login": "ann", "password": PASSWORD, "next": target})
        assert answer.headers["Location"] == "/"


async def test_server_metadata_and_userinfo(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        answer = await n.get("/.well-known/oauth-authorization-server")
        assert answer.json["code_challenge_methods_supported"] == ["S256"]
        assert answer.json["token_endpoint"] == f"{n.base}/oauth/token"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        user, _ = await n.user("ann")
        info = await n.get("/oauth/userinfo", token=await n.token(user, "profile"))
        assert info.json["sub"] == f"{n.base}/users/ann" and info.json["preferred_username"] == "ann"
        assert (await n.get("/oauth/userinfo", token=await n.token(user, "write"))).status == 403
        flight = await n.send("OPTIONS", "/oauth/token", headers={"Origin": "https://c.example"})
        assert flight.headers["Access-Control-Allow-Origin"] == "*"
        page = await n.send("OPTIONS", "/oauth/authorize", headers={"Origin": "https://c.example"})
        assert "Access-Control-Allow-Origin" not in page.headers
