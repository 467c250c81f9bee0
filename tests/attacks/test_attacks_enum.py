"""ENUM: pages of lists, search, what can be counted or guessed. Rates are in test_attacks_auth_limits."""

from __future__ import annotations

import itertools
import re
from urllib.parse import quote

from attack_people import act_on, client, code_for, exchange, newcomer, png, signed_in
from attack_world import World

from fedserver.app import all_routes

NUMBERS = (
    "0",
    "-1",
    "1000000000",
    "abc",
    "1e3",
    "' OR 1=1",
    "9" * 30,
    "0x10",
    "ⅷ",
    "550e8400-e29b-41d4-a716-446655440000",
)
NUMBERS += ("💩", "%", "1;--", "NaN", " 5 ", "5\n", "")
ODD = (
    "%",
    "_",
    "\\",
    "'",
    '"',
    ";--",
    "' OR '1'='1",
    "a%' --",
    "%%%%",
    "$1",
    ":id",
    "{0}",
    "%s",
    "\U0001f4a9",
    "\u202e",
    "*",
)


async def test_ENUM_01_odd_numbers_are_moved_into_bounds_or_refused(world: World) -> None:
    alice = await newcomer(world)
    for number in range(45):
        await alice.publish(f"post {number}")
    admin = await signed_in(await newcomer(world, "owner"))
    headers = {"Cookie": admin.cookie(), "Accept": "text/html"}
    for route in all_routes():
        if route.method != "GET" or "streaming" in route.path or route.path == "/metrics":
            continue
        path = route.path.replace("{name}", alice.name).replace("{id}", str(alice.account_id))
        path = re.sub(r"\{\w+\}", "x", path)
        for name in ("limit", "max_id", "min_id"):
            # pages that moderators see are few and slow: the first values say enough
            for value in NUMBERS if route.kind != "page" else NUMBERS[:4]:
                asked = f"{path}?{name}={quote(value, safe='')}&page=true"
                page = route.kind == "page"
                answer = await (world.get(asked, headers=headers) if page else alice.get(asked))
                assert answer.status < 500, (asked, answer.text[:200])
    for value in ("0", "-1", "1000000000", "9" * 30):
        answer = await alice.get(f"/api/v1/accounts/{alice.account_id}/statuses?limit={value}")
        assert answer.status == 422 or len(answer.json) <= 40, value
    outbox = await world.get(
        f"/users/{alice.name}/outbox?page=true&limit=1000000", headers={"Accept": "application/json"}
    )
    assert len(outbox.json["orderedItems"]) <= 40


async def test_ENUM_02_a_walk_ends_without_gap_or_repetition(world: World) -> None:
    reader, alice, muted = await newcomer(world), await newcomer(world), await newcomer(world)
    await reader.follow(alice)
    kept = []
    for number in range(30):
        kept.append((await alice.publish(f"kept {number}"))["id"])
        await muted.publish(f"hidden {number}")
        await muted.publish(f"hidden too {number}")
    await reader.post(f"/api/v1/accounts/{muted.account_id}/mute")
    # pages of hidden posts must not end the walk: 70 hidden ones in a row
    for number in range(70):
        await muted.publish(f"wall {number}")
    kept.append((await alice.publish("the newest"))["id"])
    seen: list[str] = []
    path = f"/api/v1/timelines/public?local=true&limit=5&max_id={int(kept[-1]) + 1}"
    for _ in range(200):
        answer = await reader.get(path)
        rows = [row["id"] for row in answer.json]
        seen += [row for row in rows if row in set(kept)]
        found = re.search(r'<https://sut\.test([^>]*)>; rel="next"', answer.headers.get("Link", ""))
        if found is None or not rows:
            break
        path = found[1]
        # the world goes on meanwhile
        made = await alice.publish("in between")
        await alice.send("DELETE", f"/api/v1/statuses/{made['id']}")
    else:
        raise AssertionError("the walk did not end")
    assert seen == kept[::-1]


async def test_ENUM_04_signs_of_other_languages_are_text(world: World) -> None:
    one, other = await newcomer(world, prefix="en_m"), await newcomer(world, prefix="enxm")
    assert one.name.replace("_", "x")[:4] == other.name[:4]
    await one.publish("#per_cent here")
    counts = world.effects(("statuses", "accounts", "users"))
    found = (await one.get("/api/v2/search?q=en_m&type=accounts")).json["accounts"]
    assert [each["username"] for each in found] == [one.name]
    admin = await signed_in(await newcomer(world, "owner"))
    for text in ODD:
        asked = quote(text, safe="")
        for path in ("/api/v2/search?q=", "/api/v1/accounts/search?q=", "/api/v1/accounts/lookup?acct="):
            answer = await one.get(path + asked)
            assert answer.status in (200, 404, 422), (path, text)
            body = answer.json
            people = body.get("accounts", []) if isinstance(body, dict) else body
            assert people == [] or text == "_", (path, text, people)
        for path in (f"/api/v1/timelines/tag/{asked}", f"/tags/{asked}"):
            assert (await one.get(path)).status in (200, 404), (path, text)
        page = await admin.go(f"/admin/people?q={asked}")
        assert page.status == 200 and page.text.count("/admin/people/") >= 1, text
        await admin.go("/admin/domains")
        refused = await admin.submit("/admin/domains", {"domain": f"a{text}b", "severity": "suspend"})
        assert refused.status == 422 or text == "\U0001f4a9", text
        assert (await one.post("/api/v1/domain_blocks", json={"domain": f"a{text}b"})).status < 500
    counts["accounts"] += 1
    counts["users"] += 1
    assert world.effects(("statuses", "accounts", "users")) == counts


async def test_ENUM_06_who_is_not_there_is_not_there_in_one_way(world: World) -> None:
    """Those who wait, those who are shut out, and nobody: the same for every way of asking."""
    pend = await newcomer(world, state="pending")
    gone = await newcomer(world)
    admin = await signed_in(await newcomer(world, "admin"))
    assert (await act_on(admin, gone, "suspend")).status == 303
    reader = await newcomer(world)
    ways = (
        ("/api/v1/accounts/lookup?acct=", "application/json"),
        ("/.well-known/webfinger?resource=acct:{}@sut.test", "application/json"),
        ("/.well-known/webfinger?resource=https://sut.test/@", "application/json"),
        ("/users/{}/outbox", "application/activity+json"),
        ("/users/{}/followers", "application/activity+json"),
        ("/@", "text/html"),
        ("/@{}.rss", "text/html"),
    )
    for way, accept in ways:
        answers = []
        for name in (pend.name, gone.name, "never_there"):
            path = way.format(name) if "{}" in way else way + name
            answer = await world.get(path, headers={"Accept": accept})
            answers.append((answer.status, answer.text.replace(name, "NAME")))
        assert answers[0][0] in (404, 410), (way, answers[0])
        plain = [(status, re.sub(r'value="[^"]*"', "", text)) for status, text in answers]
        assert plain[0] == plain[1] == plain[2], way
    for name in (pend.name, gone.name):
        for path in (
            f"/api/v2/search?q={name}",
            f"/api/v2/search?q=@{name}@sut.test",
            f"/api/v1/accounts/search?q={name}",
        ):
            body = (await reader.get(path)).json
            assert (body["accounts"] if isinstance(body, dict) else body) == [], path
    # nobody but the node's moderators reads the document of somebody who was never let in
    assert (await world.get(f"/users/{pend.name}", headers={"Accept": "application/activity+json"})).status == 404


async def test_ENUM_07_secrets_are_long_and_random(world: World) -> None:
    """At least 128 bits: 22 characters of base64url, each time others."""
    user, app = await newcomer(world), await client(world)
    owner = await signed_in(await newcomer(world, "owner"))
    found: dict[str, list[str]] = {
        "code": [],
        "token": [],
        "client": [],
        "secret": [],
        "invite": [],
        "reset": [],
        "media": [],
    }
    for _ in range(3):
        code = await code_for(user, app)
        found["code"].append(code)
        found["token"].append((await exchange(world, app, code)).json["access_token"])
        made = await client(world)
        found["client"].append(made["client_id"])
        found["secret"].append(made["client_secret"])
        medium = (await user.upload(png())).json
        found["media"].append(medium["url"].split("/")[-2])
        page = await act_on(owner, user, "reset")
        found["reset"].append(re.search(r"/reset/([A-Za-z0-9_-]+)", page.text)[1])  # type: ignore[index]
    await owner.go("/admin/invites")
    await owner.submit("/admin/invites", {"max_uses": "1", "days": "1"})
    found["invite"] = [row[0] for row in world.query("SELECT code FROM invites")]
    for kind, texts in found.items():
        assert len(set(texts)) == len(texts) > 0, kind
        for text in texts:
            assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", text), (kind, text)
        if len(texts) > 1:
            # nothing in common, as counters and clocks would have
            assert all(a[:6] != b[:6] for a, b in itertools.pairwise(texts)), (kind, texts)
    for column, table in (("token_hash", "oauth_tokens"), ("code_hash", "oauth_codes"), ("token_hash", "sessions")):
        assert all(len(row[0]) == 32 for row in world.query(f"SELECT {column} FROM {table}")), table
