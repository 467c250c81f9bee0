"""Rate limits: every one in the settings is applied, Mastodon's defaults, and what answers tell of them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from door_support import Node, node

from fedserver.app import all_routes
from fedserver.config.load import build
from fedserver.config.model import Limits
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.routing import Route
from fedserver.kit.errors import NotFound

ROOT = Path(__file__).resolve().parents[2]
NAMES = [field.name.removeprefix("throttle_") for field in dataclasses.fields(Limits) if "throttle_" in field.name]
# config/initializers/rack_attack.rb of Mastodon 4.5, as documented
MASTODON = {
    "unauthenticated_api": (300, 300),
    "authenticated_api": (1500, 300),
    "authenticated_paging": (300, 900),
    "unauthenticated_paging": (300, 900),
    "media_upload": (30, 1800),
    "deletes": (30, 1800),
    "sign_up": (5, 1800),
    "password_reset": (5, 1800),
    "email_confirmation": (5, 1800),
    "login": (25, 300),
    "statuses": (300, 10_800),
    "follows": (400, 86_400),
}


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_of_the_settings_is_applied(name: str) -> None:
    used = {route.rate for route in all_routes()}
    sources = "\n".join(path.read_text() for path in (ROOT / "fedserver").rglob("*.py") if "config" not in path.parts)
    ending = name.removeprefix("un").removeprefix("authenticated")
    general = name.endswith(("_api", "_paging")) and f'{{known}}{ending}"' in sources
    assert name in used or general or re.search(rf'\.(?:hit|check)\("{name}"', sources)


def test_every_rate_of_a_route_has_its_setting() -> None:
    assert {route.rate for route in all_routes() if route.rate is not None} <= set(NAMES)


@pytest.mark.parametrize("name", sorted(MASTODON))
def test_the_defaults_are_mastodons(name: str, tmp_path: Path) -> None:
    limits = build({"server": {"domain": "a.test"}}, {}, tmp_path).limits
    assert tuple(getattr(limits, f"throttle_{name}")) == MASTODON[name]


async def answer(call: Call) -> object:
    return responses.json([])


async def lost(call: Call) -> object:
    raise NotFound()


ROUTES = (
    Route("GET", "/api/v1/list", answer, auth="optional"),  # type: ignore[arg-type]
    Route("GET", "/api/v1/lost", lost, auth="optional"),  # type: ignore[arg-type]
    Route("POST", "/api/v1/post", answer, auth="optional", rate="statuses"),  # type: ignore[arg-type]
    Route("POST", "/api/v1/report", answer, auth="optional", rate="reports"),  # type: ignore[arg-type]
)


def told(found: object) -> tuple[str, str]:
    headers = found.headers  # type: ignore[attr-defined]
    return headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]


async def test_answers_tell_of_the_limit_that_is_nearest(tmp_path: Path) -> None:
    limits = {
        "throttle_unauthenticated_api": "10/5m",
        "throttle_unauthenticated_paging": "3/15m",
        "throttle_statuses": "2/3h",
        "throttle_reports": "100/1d",
    }
    async with node(tmp_path, ROUTES, config={"limits": limits}) as n:
        assert told(await n.get("/api/v1/list")) == ("10", "9")
        # refusals count and tell, too
        missing = await n.get("/api/v1/lost")
        assert missing.status == 404 and told(missing) == ("10", "8")
        assert told(await n.post("/api/v1/post", data={})) == ("2", "1")
        assert told(await n.post("/api/v1/report", data={})) == ("10", "6")
        assert told(await n.get("/api/v1/list?max_id=5")) == ("3", "2")
        for query in ("min_id=1", "limit=2&since_id=1"):
            assert (await n.get(f"/api/v1/list?{query}")).status == 200
        over = await n.get("/api/v1/list?max_id=5")
        assert over.status == 429 and told(over) == ("3", "0") and int(over.headers["Retry-After"]) > 0
        # what only looks like it is no page
        assert (await n.get("/api/v1/list?xmax_id=1")).status == 200
        assert (await n.get("/api/v1/list")).status == 200


async def test_an_account_has_one_budget_whatever_its_tokens(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES, config={"limits": {"throttle_authenticated_api": "4/5m"}}) as n:
        user_id, _ = await n.user("ann")
        tokens = [await n.token(user_id), await n.token(user_id)]
        statuses = [await _status(n, tokens[number % 2]) for number in range(6)]
        assert statuses == [200, 200, 200, 200, 429, 429]


async def _status(n: Node, token: str) -> int:
    found = await n.get("/api/v1/list", token=token)
    return int(found.status)
