"""The permission matrix (ADM-02, AUTH-14): every route of ``all_routes()`` x everybody who may ask.

What is allowed is written down once, in the routes; here each cell is asked over HTTP and compared with that. A new
route is in the matrix without anybody thinking of it.
"""

from __future__ import annotations

import re

from attack_people import SCOPES, Browser, User, newcomer, signed_in, token
from attack_world import Reply, World

from fedserver.app import all_routes
from fedserver.db.unit import Unit
from fedserver.domain.roles import PERMISSIONS, PRESETS
from fedserver.edge.routing import Route
from fedserver.edge.scopes import SCOPES as ALL
from fedserver.edge.scopes import holds
from fedserver.services import roles

RANKS = ("user", "moderator", "admin", "owner")
_FIELDS = {
    "id": "1",
    "name": "nobody_here",
    "token": "x",
    "kind": "full",
    "code": "x",
    "digest": "x",
    "file": "x.css",
    "key": "follow-1",
    "date": "2026-01-01",
}


def path_of(route: Route) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: _FIELDS.get(match[1], "1"), route.path)


def wrong_scopes(route: Route) -> str:
    """Everything but what opens the route."""
    return " ".join(scope for scope in ALL if not any(holds([scope], wanted) for wanted in route.scopes))


def allowed(answer: Reply) -> bool:
    """Past the door: whatever the handler then said."""
    return answer.status not in (401, 403, 405) and not answer.headers.get("Location", "").startswith("/login")


async def test_AUTH_14_every_api_route_for_every_kind_of_token(world: World) -> None:
    user = await newcomer(world)
    kinds = {
        "expired": await token(world, user.user_id, SCOPES, expires_at=1),
        "revoked": await token(world, user.user_id, SCOPES, revoked_at=1),
        "invented": "invented",
    }
    app, cells = await token(world, None, f"{SCOPES} admin:read admin:write"), 0
    staff = {rank: await newcomer(world, rank) for rank in RANKS}
    for route in all_routes():
        if route.kind != "api":
            continue
        path, stream = path_of(route), route.path.startswith("/api/v1/streaming")
        name = f"{route.method} {path}"
        nobody = await world.send(route.method, path)
        if route.auth in ("user", "app"):
            assert nobody.status == 401, name
        if route.auth == "none":
            continue
        for kind, text in kinds.items():
            assert (await world.send(route.method, path, token=text)).status == 401, (name, kind)
            cells += 1
        if route.scopes:
            poor = await token(world, user.user_id, wrong_scopes(route))
            assert (await world.send(route.method, path, token=poor)).status == 403, name
        if route.auth == "user":
            assert (await world.send(route.method, path, token=app)).status in (403, 422), name
        # a few methods are there for whoever was not let in yet
        for person, statuses in ((world.pend, (200, 403) if route.pending else (403,)), (world.susp, (401, 403))):
            answer = await world.send(route.method, path, token=person.token)
            assert answer.status in statuses, (name, person.name)
        if stream or route.auth == "app":
            continue
        for scope in route.scopes:
            exact = await token(world, user.user_id, scope)
            answer = await world.send(route.method, path, token=exact)
            if route.needs is not None:
                # the scope alone is not enough: the person must be somebody
                assert answer.status == 403, (name, scope, answer.text)
                least = next(rank for rank in RANKS if PRESETS[rank].can(route.needs))
                exact = await token(world, staff[least].user_id, scope)
                answer = await world.send(route.method, path, token=exact)
            # the handler's own word: the application that made the user, and nobody else
            owned = route.pending and "only available to the application" in answer.text
            assert owned or answer.status not in (401, 403, 405), (name, scope, answer.text)
            cells += 1
    assert cells > 250, cells


async def test_ADM_02_every_page_for_every_rank(world: World) -> None:
    people: dict[str, User] = {rank: await newcomer(world, rank) for rank in RANKS}
    browsers: dict[str, Browser] = {rank: await signed_in(user) for rank, user in people.items()}
    cells = 0
    for route in all_routes():
        # the second step of a sign-in sends everybody back who did not take the first
        if route.kind != "page" or route.path in ("/logout", "/login/second"):
            continue
        path = path_of(route)
        name = f"{route.method} {path}"
        for rank, browser in browsers.items():
            answer = await _ask(world, route, path, browser)
            if route.method == "GET":
                may = route.needs is None or PRESETS[rank].can(route.needs)
                assert allowed(answer) == may, (name, rank, answer.status)
            else:
                # without the form's hidden text nobody gets further, of whatever rank
                assert answer.status in (403, 422), (name, rank, answer.status)
            cells += 1
        visitor = await _ask(world, route, path, Browser(world))
        if route.auth in ("user", "app"):
            assert not allowed(visitor), (name, visitor.status)
        # a token is no session, whatever it may do
        for text in (people["owner"].token, await token(world, people["owner"].user_id, "admin:read admin:write read")):
            headers = {"Authorization": f"Bearer {text}", "Accept": "text/html"}
            answer = await world.send(route.method, path, headers=headers)
            assert route.auth != "user" or not allowed(answer), name
    assert cells > 120, cells
    for user in people.values():
        assert world.count("users", "id = ? AND state = 'active'", user.user_id) == 1


async def test_ADM_02_a_composed_role_opens_what_it_holds_and_nothing_else(world: World) -> None:
    """One role for each permission: every page and method that asks for any is open to it alone."""
    asking = [route for route in all_routes() if route.needs is not None and route.method == "GET"]
    assert len({route.needs for route in asking}) > 5
    cells = 0
    for permission, bit in PERMISSIONS.items():
        if permission == "administrator":
            continue
        person = await newcomer(world)

        def give(unit: Unit, user_id: int = person.user_id, bit: int = bit, name: str = permission) -> None:
            roles.give(
                unit, user_id, str(roles.save(unit, None, name=name, permissions=bit, position=5, actor=None)), None
            )

        await world.node.db.run(give)
        browser, text = await signed_in(person), await token(world, person.user_id, "admin:read admin:write")
        for route in asking:
            path = path_of(route)
            if route.kind == "page":
                answer = await _ask(world, route, path, browser)
            else:
                answer = await world.send(route.method, path, token=text)
            assert allowed(answer) == (route.needs == permission), (permission, path, answer.status)
            cells += 1
    assert cells > 300, cells


async def _ask(world: World, route: Route, path: str, browser: Browser) -> Reply:
    headers = {"Accept": "text/html", "Cookie": browser.cookie()}
    if route.method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    return await world.send(route.method, path, headers=headers, data="" if route.method == "POST" else None)
