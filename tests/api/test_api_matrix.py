"""AUTH-14: every row of the table with no token, a wrong one, a wrong scope, an app's token, and the right scope.

The cases come from the table itself, so a new row is tested without anybody thinking of it.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from client_support import ALL_SCOPES, ROUTES, client_node

from fedserver.api.routes import ROUTES as API
from fedserver.edge.routing import Route
from fedserver.edge.scopes import SCOPES, holds
from fedserver.streaming.routes import ROUTES as STREAMING

TABLE = (*API, *STREAMING)
CSV_T0_OF_OTHERS = re.compile(r"/\.well-known/|/nodeinfo/|/oauth/|/api/v1/apps")
_VALUES = {
    "id": "1",
    "quoting_id": "1",
    "claim_id": "1",
    "name": "tag",
    "token": "x",
    "kind": "full",
    "key": "favourite-1-1",
    "date": "2026-01-01",
}
REFUSED = (401, 403)
# whether visitors may ask is a setting: test_api_discovery
SETTINGS_SAY = ("/api/v1/instance/domain_blocks",)


def path_of(route: Route) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: _VALUES[match[1]], route.path)


def wrong_scopes(route: Route) -> str:
    """Every single scope that does not open the route."""
    return " ".join(
        scope
        for scope in SCOPES
        if not any(holds([scope], wanted) for wanted in route.scopes) and scope not in ("admin:read", "admin:write")
    )


async def test_the_table_against_every_kind_of_token(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, judge = await api.person("alice"), await api.person("judge", role="owner")
        seen: Counter[str] = Counter()
        node = api.node
        for route in TABLE:
            path, method = path_of(route), route.method
            name = f"{method} {path}"
            nobody = await node.send(method, path)
            if route.auth in ("user", "app"):
                assert (nobody.status, nobody.json["error"]) == (401, "The access token is invalid"), name
                seen["closed"] += 1
            elif "streaming" not in path and route.path not in SETTINGS_SAY:
                assert nobody.status not in REFUSED, (name, nobody.text)
            if route.auth == "none":
                continue
            invented = await node.send(method, path, token="invented")
            assert invented.status == 401, name
            if not route.scopes:
                continue
            poor = await node.token(alice.user_id, wrong_scopes(route))
            answer = await node.send(method, path, token=poor)
            assert answer.status == 403, (name, answer.text)
            assert answer.json["error"] == "This action is outside the authorized scopes"
            if route.auth == "user":
                app = await node.token(None, "read write follow push admin:read admin:write")
                assert (await node.send(method, path, token=app)).status == 422, name
            if path.startswith("/api/v1/streaming/") or route.auth == "app":
                # streams do not end by themselves; an application needs a registration (test_api_joining)
                continue
            for scope in route.scopes:
                if route.needs is not None:
                    lowly = await node.token(alice.user_id, scope)
                    assert (await node.send(method, path, token=lowly)).status == 403, name
                exact = await node.token(judge.user_id if route.needs is not None else alice.user_id, scope)
                answer = await node.send(method, path, token=exact)
                # the handler's own word: the application that made the user, and no other
                owned = route.pending and "only available to the application" in answer.text
                assert owned or answer.status not in (*REFUSED, 405, 500), (name, scope, answer.text)
            seen["scoped"] += 1
        assert seen["closed"] > 60 and seen["scoped"] > 60, seen


async def test_every_error_is_json_and_every_list_too(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice", role="owner", scopes=f"{ALL_SCOPES} admin:read admin:write")
        for route in API:
            if route.kind != "api":
                continue
            answer = await alice.send(route.method, path_of(route))
            assert answer.status < 500, (route.path, answer.text)
            assert answer.headers["Content-Type"].startswith("application/json"), route.path
            assert answer.json is not None or answer.body == b"null", route.path
            assert answer.headers["Access-Control-Allow-Origin"] == "*", route.path
            if answer.status >= 400:
                assert isinstance(answer.json["error"], str)


async def test_bad_numbers_never_break(tmp_path: Path) -> None:
    """ENUM-01, ENUM-04."""
    async with client_node(tmp_path) as api:
        alice = await api.person("alice", role="owner", scopes=f"{ALL_SCOPES} admin:read admin:write")
        await alice.publish("one")
        values = ("0", "-1", "1000000000", "abc", "1e3", "' OR 1=1", "9" * 30, "%F0%9F%92%A9", "%00", "")
        for route in API:
            if route.method != "GET" or route.kind != "api":
                continue
            for name in ("limit", "max_id", "min_id", "since_id"):
                for value in values:
                    answer = await alice.get(f"{path_of(route)}?{name}={value.replace(' ', '+')}")
                    assert answer.status in (200, 206, 400, 404, 422), (route.path, name, value, answer.text)


def test_all_of_t0_is_there() -> None:
    """The methods that every client needs to log in, read and post (reference: mastodon_api.csv, T0)."""
    present = {(route.method, re.sub(r"\{\w+\}", ":id", route.path)) for route in ROUTES}
    wanted = T0.split("\n")
    missing = [line for line in wanted if tuple(line.split(" ")) not in present and not CSV_T0_OF_OTHERS.search(line)]
    assert len(wanted) == 48 and missing == []


T0 = """\
GET /.well-known/host-meta
GET /.well-known/nodeinfo
GET /.well-known/oauth-authorization-server
GET /.well-known/webfinger
GET /api/v1/accounts/:id
POST /api/v1/accounts/:id/follow
GET /api/v1/accounts/:id/statuses
POST /api/v1/accounts/:id/unfollow
GET /api/v1/accounts/lookup
GET /api/v1/accounts/relationships
GET /api/v1/accounts/verify_credentials
GET /api/v1/announcements
POST /api/v1/apps
GET /api/v1/custom_emojis
GET /api/v1/follow_requests
GET /api/v1/followed_tags
GET /api/v1/instance
GET /api/v1/lists
GET /api/v1/markers
POST /api/v1/markers
POST /api/v1/media
GET /api/v1/media/:id
PUT /api/v1/media/:id
GET /api/v1/notifications
GET /api/v1/notifications/:id
GET /api/v1/preferences
POST /api/v1/statuses
DELETE /api/v1/statuses/:id
GET /api/v1/statuses/:id
PUT /api/v1/statuses/:id
POST /api/v1/statuses/:id/bookmark
GET /api/v1/statuses/:id/context
POST /api/v1/statuses/:id/favourite
POST /api/v1/statuses/:id/reblog
GET /api/v1/statuses/:id/source
POST /api/v1/statuses/:id/unbookmark
POST /api/v1/statuses/:id/unfavourite
POST /api/v1/statuses/:id/unreblog
GET /api/v1/streaming
GET /api/v1/timelines/home
GET /api/v2/filters
GET /api/v2/instance
POST /api/v2/media
GET /api/v2/search
GET /nodeinfo/:id
GET /oauth/authorize
POST /oauth/revoke
POST /oauth/token"""
