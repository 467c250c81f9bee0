"""Bad input at every method of the client API that takes some: never a 5xx, and Mastodon's words.

The cases are made from the table of routes, so a new row is tried without anybody thinking of it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from client_support import Api, Person, client_node

from fedserver.api.routes import ROUTES
from fedserver.edge.routing import Route
from fedserver.edge.scopes import SCOPES, holds

INVALID, OUTSIDE, MISSING = (
    "The access token is invalid",
    "This action is outside the authorized scopes",
    "Record not found",
)
API = tuple(route for route in ROUTES if route.kind == "api" and route.path.startswith("/api/"))
WRITES = tuple(route for route in API if route.method != "GET" and route.auth == "user")
# what bodies may hold, whatever was asked for
_KEYS = (
    "status", "media_ids", "poll", "in_reply_to_id", "quoted_status_id", "visibility", "scheduled_at", "language",
    "id", "ids", "account_ids", "account_id", "status_id", "status_ids", "title", "context", "keywords_attributes",
    "expires_in", "phrase", "keyword", "choices", "name", "domain", "comment", "category", "subscription", "data",
    "home", "notifications", "fields_attributes", "display_name", "locked", "source", "duration", "description",
    "focus", "for_not_following", "quote_approval_policy", "replies_policy", "exclusive", "email", "username",
    "attribution_domains", "forward", "rule_ids", "reblogs", "notify", "languages", "whole_word",
)  # fmt: skip
_WRONG: tuple[Any, ...] = (
    None,
    17,
    -1,
    10**30,
    1.5,
    True,
    "",
    "\x00",
    "x" * 3000,
    [],
    [[]],
    [None],
    {},
    {"x": {"y": []}},
)
_RAW = (b"", b"{", b"[]", b"null", b'"text"', b"17", b"\xff\xfe", b'{"a":' * 200, b'{"status": "\\ud800"}')
_QUERY = (
    "id[]=&id[]=x&id[]=1",
    "id[a]=1&id[]=2",
    "limit[]=1&max_id[]=2",
    "q[]=x&q[y]=z",
    "q=%00",
    "%ff=%ff&[]=&[=&a[b=",
)
_FIELD = re.compile(r"\{(\w+)\}")


def path_of(route: Route, value: str) -> str:
    return _FIELD.sub(value, route.path)


async def _tried(person: Person, route: Route, path: str, **options: Any) -> None:
    answer = await person.send(route.method, path, **options)
    tried = (route.method, path, str(options)[:200], answer.status, answer.text[:300])
    assert answer.status < 500, tried
    assert answer.headers["Content-Type"].startswith("application/json"), tried
    if answer.status >= 400:
        assert isinstance(answer.json["error"], str) and answer.json["error"], tried
        assert answer.status in (400, 401, 403, 404, 410, 413, 415, 422), tried


async def test_no_body_breaks_a_method(tmp_path: Path) -> None:
    """Each kind of wrong value in every field at once, bodies that are none, queries that are none."""
    async with client_node(tmp_path, config=_OPEN) as api:
        alice = await api.person("alice")
        for route in WRITES:
            path = path_of(route, "1")
            for value in _WRONG:
                await _tried(alice, route, path, json=dict.fromkeys(_KEYS, value))
            for raw in _RAW:
                await _tried(alice, route, path, data=raw, headers={"Content-Type": "application/json"})
            for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "application/xml"):
                await _tried(alice, route, path, data=b"--x\r\nnonsense", headers={"Content-Type": kind})
            form = "&".join(f"{key}[]={key}&{key}[0][x]=1" for key in _KEYS)
            await _tried(alice, route, path, data=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
        for route in API:
            if route.method == "GET":
                for query in _QUERY:
                    await _tried(alice, route, f"{path_of(route, '1')}?{query}")


_OPEN = {"limits": dict.fromkeys(("throttle_statuses", "throttle_reports", "throttle_follows", "throttle_deletes",
                                  "throttle_media_upload", "throttle_sign_up", "throttle_unauthenticated_api",
                                  "throttle_authenticated_api", "throttle_own_feeds"), "off")}  # fmt: skip


async def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    """Numbers that name nothing, texts that are no number, and ids far out of range: one answer."""
    async with client_node(tmp_path, config=_OPEN) as api:
        alice, seen = await api.person("alice"), 0
        judge = await api.person("judge", role="owner", scopes="read write admin:read admin:write")
        for route in API:
            if "{id}" not in route.path or route.auth == "none":
                continue
            person = judge if route.needs is not None or "admin" in str(route.scope) else alice
            for value in ("1", "0", "-1", "abc", "9" * 18, "9" * 40, "1.5", "%00", "%F0%9F%92%A9"):
                path = path_of(route, value)
                answer = await person.send(route.method, path, json={} if route.method != "GET" else None)
                tried = (route.method, path, answer.status, answer.text[:200])
                assert answer.status < 500, tried
                if answer.status == 404:
                    assert answer.json["error"] in (MISSING, "The requested resource was not found"), tried
                    seen += 1
                else:
                    # a field is asked for first, or there is nothing to undo
                    assert answer.status in (200, 400, 422), tried
        assert seen > 400, seen


async def test_expired_and_poor_tokens_are_told_so(tmp_path: Path) -> None:
    async with client_node(tmp_path, config=_OPEN) as api:
        alice = await api.person("alice")
        ended = {
            "expired": await api.node.token(alice.user_id, expires_at=1),
            "revoked": await api.node.token(alice.user_id, revoked_at=1),
            "invented": "invented",
        }
        for route in API:
            if route.auth == "none":
                continue
            path = path_of(route, "1")
            for kind, token in ended.items():
                answer = await api.node.send(route.method, path, token=token)
                assert answer.status == 401, (kind, route.method, path)
                assert answer.json["error"] in (INVALID, "The access token expired", "The access token was revoked")
            if route.scopes:
                rest = " ".join(each for each in SCOPES if not any(holds([each], wanted) for wanted in route.scopes))
                answer = await api.node.send(route.method, path, token=await api.node.token(alice.user_id, rest))
                assert (answer.status, answer.json["error"]) == (403, OUTSIDE), (route.method, path)


async def _belongings(api: Api, person: Person) -> dict[str, str]:
    """Something of everything that only its owner may touch; by the ``owner`` of the routes."""
    send = person.post
    words = {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "spoon"}]}
    made = (await send("/api/v2/filters", json=words)).json
    note = await person.publish("mine", visibility="private")
    named = (await send(f"/api/v2/filters/{made['id']}/statuses", json={"status_id": note["id"]})).json
    later = {"status": "later", "scheduled_at": "2099-01-01T00:00:00.000Z"}
    other = await api.person("zoe")
    # mentions by strangers would be kept back
    await person.follow(other)
    await other.publish("@bob psst", visibility="direct")
    await other.publish("@bob hello")
    return {
        "filter": made["id"],
        "keyword": made["keywords"][0]["id"],
        "filtered status": named["id"],
        "list": (await send("/api/v1/lists", json={"title": "x"})).json["id"],
        "conversation": (await person.get("/api/v1/conversations")).json[0]["id"],
        "author": note["id"],
        "scheduled": (await send("/api/v1/statuses", json=later)).json["id"],
        "recipient": (await person.get("/api/v1/notifications")).json[0]["id"],
        "account": (await send("/api/v1/featured_tags", json={"name": "tea"})).json["id"],
    }


async def test_what_is_somebody_elses_is_not_found(tmp_path: Path) -> None:
    """Foreign ids: the same answer as for ids of nothing, and nothing changes."""
    async with client_node(tmp_path, config=_OPEN) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        owned = await _belongings(api, bob)
        tried = 0
        for route in API:
            kind = "scheduled" if "scheduled" in route.path else route.owner
            if kind not in owned or "{" not in route.path or "requests" in route.path:
                continue
            path = path_of(route, owned[kind])
            body = {"title": "y", "context": ["home"], "keyword": "y", "phrase": "y", "account_ids": ["1"]}
            more = {
                "status_id": "1",
                "status": "y",
                "quote_approval_policy": "nobody",
                "scheduled_at": "2099-02-01T00:00:00.000Z",
            }
            answer = await alice.send(route.method, path, json={**body, **more} if route.method != "GET" else None)
            # what is not there is dismissed already
            nothing = answer.status == 200 and answer.json == {}
            assert nothing or (answer.status, answer.text) == (404, f'{{"error":"{MISSING}"}}'), (
                route.method,
                path,
                answer.status,
                answer.text[:300],
            )
            tried += 1
        assert tried > 25, tried
        left = await _kept(bob, owned)
        assert left == dict.fromkeys(left, 200)


async def _kept(person: Person, owned: dict[str, str]) -> dict[str, int]:
    paths = {
        "filter": "/api/v2/filters/{}",
        "keyword": "/api/v2/filters/keywords/{}",
        "filtered status": "/api/v2/filters/statuses/{}",
        "list": "/api/v1/lists/{}",
        "author": "/api/v1/statuses/{}",
        "scheduled": "/api/v1/scheduled_statuses/{}",
        "recipient": "/api/v1/notifications/{}",
    }
    found = {kind: (await person.get(path.format(owned[kind]))).status for kind, path in paths.items()}
    assert [each["id"] for each in (await person.get("/api/v1/featured_tags")).json] == [owned["account"]]
    assert [each["id"] for each in (await person.get("/api/v1/conversations")).json] == [owned["conversation"]]
    return found


async def test_missing_fields_are_named_as_mastodon_names_them(tmp_path: Path) -> None:
    async with client_node(tmp_path, config=_OPEN) as api:
        alice = await api.person("alice")
        for method, path, body, words in (
            ("POST", "/api/v1/statuses", {}, "Validation failed: Text can't be blank"),
            ("POST", "/api/v1/lists", {}, "Validation failed: Title can't be blank"),
            ("POST", "/api/v2/filters", {"context": ["home"]}, "Validation failed: Title can't be blank"),
            ("POST", "/api/v1/reports", {}, None),
            ("POST", "/api/v1/push/subscription", {}, "param is missing or the value is empty: subscription"),
            ("POST", "/api/v1/featured_tags", {}, None),
            ("POST", "/api/v1/domain_blocks", {}, None),
            ("POST", "/api/v2/media", {}, None),
        ):
            answer = await alice.send(method, path, json=body)
            assert answer.status in (400, 404, 422), (path, answer.status, answer.text)
            assert words is None or answer.json["error"].startswith(words), (path, answer.text)


async def test_limits_that_are_no_numbers_are_no_failure(tmp_path: Path) -> None:
    """Mastodon reads them as far as their digits go: nothing at all is an empty page."""
    async with client_node(tmp_path, config=_OPEN) as api:
        alice = await api.person("alice", role="owner", scopes="read write follow push admin:read admin:write")
        await alice.publish("something #tea")
        asked = "limit=abc&offset=x&max_id=y&since_id=z&q=tea&uri=x&url=x&id[]=1&acct=alice&domain=x.test"
        for route in API:
            if route.method == "GET" and not route.path.startswith("/api/v1/streaming"):
                answer = await alice.get(f"{path_of(route, '1')}?{asked}")
                assert answer.status in (200, 404), (route.path, answer.status, answer.text)
        for path in ("timelines/home", "timelines/public", "accounts/search", "followed_tags", "trends/tags"):
            assert (await alice.get(f"/api/v1/{path}?limit=abc&q=alice")).json == [], path
            assert "Link" not in (await alice.get(f"/api/v1/{path}?limit=0&q=alice")).headers
        assert len((await alice.get("/api/v1/timelines/home?limit=-1")).json) == 1


async def test_a_language_that_nobody_knows_is_none(tmp_path: Path) -> None:
    async with client_node(tmp_path, config=_OPEN) as api:
        alice = await api.person("alice")
        for sent, kept in (("de", "de"), ("pt-BR", "pt"), ("zh-TW", "zh-TW"), ("klingon", None), ("<b>", None)):
            assert (await alice.publish("hi", language=sent))["language"] == kept, sent
        await alice.send("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"language": "fr"}})
        post = await alice.publish("hi", language="xx")
        assert post["language"] == "fr", "as Mastodon: the default steps in"
        changed = await alice.send("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "ho", "language": "qq"})
        assert changed.json["language"] == "fr"
