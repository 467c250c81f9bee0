"""VIS: private things, asked for by every way there is."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

import pytest
from attack_peers import ACTIVITY, PUBLIC, Actor
from attack_people import User, act_on, change, decided, newcomer, png, signed_in, timed
from attack_world import BASE, Reply, World

from fedserver.api.routes import ROUTES

PEER = {"Accept": ACTIVITY}
SECRET = "quiet-words"


async def follower_of(world: World, user: User, name: str, host: str = "good") -> Actor:
    """Somebody elsewhere who follows a user here."""
    made: Actor = world.hosts[f"{host}.test"].actor(name)
    assert (await world.deliver(made, made.activity("Follow", user.uri))).status == 202
    await world.settled()
    return made


async def as_peer(world: World, path: str, signer: Actor | None = None) -> Reply:
    path = path.removeprefix(BASE)
    headers = PEER if signer is None else world.signed(signer, b"", path, method="GET")
    return await world.get(path, headers=headers)


async def test_VIS_01_the_outbox_holds_open_posts_only(world: World) -> None:
    alice, stranger = await newcomer(world), world.evil.actor("vis01")
    open_ones = [
        (await alice.publish(f"open {n}", visibility=v))["uri"] for n in range(8) for v in ("public", "unlisted")
    ]
    for number in range(8):
        await alice.publish(SECRET, visibility="private" if number % 2 else "direct")
    friend = await follower_of(world, alice, "vis01friend")
    for signer in (None, stranger, friend):
        for start in ("?page=true", "?page=true&min_id=0", "?page=true&max_id=9223372036854775807"):
            seen: list[str] = []
            path: str | None = f"/users/{alice.name}/outbox{start}"
            for _ in range(5):
                answer = await as_peer(world, path or "", signer)
                assert answer.status == 200 and SECRET not in answer.text
                seen += [item["object"]["id"] for item in answer.json["orderedItems"]]
                path = answer.json.get("next")
                if not answer.json["orderedItems"] or path is None or "min_id" in start:
                    break
            assert set(seen) == set(open_ones), start
        whole = await as_peer(world, f"/users/{alice.name}/outbox", signer)
        assert whole.json["totalItems"] == len(open_ones)


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_VIS_02_a_private_note_is_for_whom_it_is_for(world: World, visibility: str) -> None:
    alice = await newcomer(world)
    friend = await follower_of(world, alice, f"friend{visibility}")
    # on the friend's own server: being neighbours gives no right
    neighbour, stranger = world.good.actor(f"neighbour{visibility}"), world.evil.actor(f"stranger{visibility}")
    named = world.good.actor(f"named{visibility}")
    await alice.get(f"/api/v2/search?q=@{named.uri.rpartition('/')[2]}@good.test&resolve=true&type=accounts")
    text = f"{SECRET} @{named.uri.rpartition('/')[2]}@good.test"
    post = await alice.publish(text, visibility=visibility)
    missing = (await as_peer(world, f"{alice.uri}/statuses/1")).text
    for path in (post["uri"], f"{post['uri']}/activity"):
        for signer in (None, neighbour, stranger):
            answer = await as_peer(world, path, signer)
            assert answer.status == 404 and answer.text == missing, (path, signer)
        assert (await as_peer(world, path, named)).status == 200, path
        assert (await as_peer(world, path, friend)).status == (200 if visibility == "private" else 404), path
    # somebody else's signature on a request in the friend's name
    path = post["uri"].removeprefix(BASE)
    forged = Actor(friend.uri, stranger.key, friend.key_id)
    assert (await world.get(path, headers=world.signed(forged, b"", path, method="GET"))).status == 404


async def test_VIS_03_collections_of_private_posts(world: World) -> None:
    alice, bob = await newcomer(world), await newcomer(world)
    await bob.follow(alice)
    parent = await alice.publish("for followers", visibility="private")
    public = await alice.publish("for all")
    child = await bob.publish(f"@{alice.name} {SECRET}", visibility="private", in_reply_to_id=public["id"])
    hidden = await bob.publish(f"@{alice.name} {SECRET}", visibility="direct", in_reply_to_id=public["id"])
    await bob.post(f"/api/v1/statuses/{parent['id']}/favourite")
    await alice.post(f"/api/v1/statuses/{parent['id']}/pin")
    stranger = world.evil.actor("vis03")
    for signer in (None, stranger):
        for part in ("", "/replies", "/replies?page=true", "/likes", "/shares", "/activity"):
            assert (await as_peer(world, parent["uri"] + part, signer)).status == 404, part
        for part in (
            "/replies",
            "/replies?page=true",
            "/replies?page=true&only_other_accounts=true",
            "/likes",
            "/shares",
        ):
            answer = await as_peer(world, public["uri"] + part, signer)
            assert answer.status == 200, part
            for private in (child, hidden):
                assert private["id"] not in answer.text, part
        for part in ("collections/featured", "collections/tags", "outbox?page=true"):
            answer = await as_peer(world, f"{alice.uri}/{part}", signer)
            assert answer.status == 200 and parent["id"] not in answer.text, part


def _ways(post: dict[str, Any]) -> tuple[tuple[str, str, Any], ...]:
    number = post["id"]
    return (
        ("GET", f"/api/v1/statuses/{number}", None),
        ("GET", f"/api/v1/statuses/{number}/context", None),
        ("GET", f"/api/v1/statuses/{number}/favourited_by", None),
        ("GET", f"/api/v1/statuses/{number}/reblogged_by", None),
        ("GET", f"/api/v1/statuses/{number}/history", None),
        ("GET", f"/api/v1/statuses/{number}/source", None),
        ("POST", f"/api/v1/statuses/{number}/bookmark", None),
        ("POST", f"/api/v1/statuses/{number}/favourite", None),
        ("POST", f"/api/v1/statuses/{number}/reblog", None),
        ("POST", f"/api/v1/statuses/{number}/pin", None),
        ("PUT", f"/api/v1/statuses/{number}", {"status": "x"}),
        ("DELETE", f"/api/v1/statuses/{number}", None),
        ("POST", "/api/v1/statuses", {"status": "x", "in_reply_to_id": number}),
    )


async def test_VIS_06_nobody_reads_it_by_its_id(world: World) -> None:
    alice, stranger, blocked, former = [await newcomer(world) for _ in range(4)]
    await former.follow(alice)
    await blocked.follow(alice)
    post = await alice.publish(SECRET, visibility="private")
    assert (await former.get(f"/api/v1/statuses/{post['id']}")).status == 200
    await former.post(f"/api/v1/accounts/{alice.account_id}/unfollow")
    await alice.post(f"/api/v1/accounts/{blocked.account_id}/block")
    public = await alice.publish("open")
    for user in (stranger, blocked, former):
        assert (await user.get(f"/api/v1/statuses/{post['id']}")).status == 404
        assert (await user.get(f"/api/v1/statuses?id[]={post['id']}")).json == []
        listed = await user.get(f"/api/v1/accounts/{alice.account_id}/statuses")
        assert listed.status in (200, 404) and SECRET not in listed.text
        assert SECRET not in (await user.get("/api/v1/timelines/home")).text
    assert (await world.get(f"/api/v1/statuses/{post['id']}")).status == 404
    assert (await blocked.get(f"/api/v1/statuses/{public['id']}")).status == 404


async def test_VIS_07_forbidden_and_missing_are_the_same_answer(world: World) -> None:
    alice, stranger = await newcomer(world), await newcomer(world)
    private = await alice.publish(SECRET, visibility="private")
    never = {"id": str(int(private["id"]) - 1)}
    effects = world.effects()
    for (method, path, body), (_, other, twin) in zip(_ways(private), _ways(never), strict=True):
        there, absent = await stranger.send(method, path, json=body), await stranger.send(method, other, json=twin)
        assert there.status == absent.status == 404, path
        assert there.body == absent.body, path
        dropped = {"Date", "X-Request-Id", "X-RateLimit-Remaining"}
        assert there.headers.keys() - dropped == absent.headers.keys() - dropped
    for number in (private["id"], never["id"]):
        given = {"account_id": str(alice.account_id), "status_ids": [number]}
        assert (await stranger.post("/api/v1/reports", json=given)).status == 404
    assert world.effects() == effects
    times: dict[str, list[float]] = {"there": [], "absent": []}
    for _ in range(60):
        times["there"].append(await timed(lambda: stranger.get(f"/api/v1/statuses/{private['id']}")))
        times["absent"].append(await timed(lambda: stranger.get(f"/api/v1/statuses/{never['id']}")))
    assert abs(median(times["there"]) - median(times["absent"])) < 0.005


async def test_VIS_08_a_thread_shows_what_one_may_read(world: World) -> None:
    alice, bob, stranger = await newcomer(world), await newcomer(world), await newcomer(world)
    await bob.follow(alice)
    root = await alice.publish(f"{SECRET} root", visibility="private")
    inside = await bob.publish("a public answer", in_reply_to_id=root["id"])
    below = await alice.publish(f"{SECRET} below", visibility="private", in_reply_to_id=inside["id"])
    last = await alice.publish("public again", in_reply_to_id=below["id"])
    found = (await stranger.get(f"/api/v1/statuses/{inside['id']}/context")).json
    assert found["ancestors"] == [] and {each["id"] for each in found["descendants"]} <= {last["id"]}
    for user in (stranger, None):
        for post in (inside, last):
            path = f"/api/v1/statuses/{post['id']}/context"
            answer = await (user.get(path) if user else world.get(path))
            shown = {each["id"] for part in ("ancestors", "descendants") for each in answer.json[part]}
            assert SECRET not in answer.text and shown <= {inside["id"], last["id"]}, path
    mine = (await bob.get(f"/api/v1/statuses/{inside['id']}/context")).json
    assert [each["id"] for each in mine["ancestors"]] == [root["id"]]


async def test_VIS_10_search_finds_nothing_private(world: World) -> None:
    alice, stranger = await newcomer(world), await newcomer(world)
    posts = [await alice.publish(f"{SECRET} zebrafish #okapi{v}", visibility=v) for v in ("private", "direct")]
    page = f"{BASE}/@{alice.name}/{posts[0]['id']}"
    for query in ("zebrafish", SECRET, "%23okapiprivate", posts[0]["uri"], posts[0]["url"], posts[1]["uri"], page):
        for user in (stranger, None):
            for path in (f"/api/v2/search?q={query}", f"/api/v1/search?q={query}"):
                answer = await (user.get(path) if user else world.get(path))
                assert answer.json["statuses"] == [] and SECRET not in answer.text, path
    assert (await stranger.get("/api/v1/timelines/tag/okapiprivate")).json == []


async def test_VIS_11_timelines_list_what_is_for_all(world: World) -> None:
    alice, stranger, friend = [await newcomer(world) for _ in range(3)]
    await friend.follow(alice)
    made = {
        v: (await alice.publish(f"#vis11 {v}", visibility=v))["id"] for v in ("public", "unlisted", "private", "direct")
    }
    for path in ("public", "public?local=true", "tag/vis11", "home"):
        for user in (stranger, friend, None):
            if path == "home" and user is None:
                continue
            asked = f"/api/v1/timelines/{path}{'&' if '?' in path else '?'}limit=40"
            answer = await (user.get(asked) if user else world.get(asked))
            seen = {each["id"] for each in answer.json} & set(made.values())
            if path != "home":
                assert seen == {made["public"]}, (path, user)
            else:
                expected = {made["public"], made["unlisted"], made["private"]} if user is friend else set()
                assert seen == expected
    # a list shows a not-followed member nothing, because it cannot have one
    number = (await stranger.post("/api/v1/lists", json={"title": "x"})).json["id"]
    member = {"account_ids": [str(alice.account_id)]}
    assert (await stranger.post(f"/api/v1/lists/{number}/accounts", json=member)).status == 404
    assert (await stranger.get(f"/api/v1/timelines/list/{number}")).json == []
    number = (await friend.post("/api/v1/lists", json={"title": "x"})).json["id"]
    assert (await friend.post(f"/api/v1/lists/{number}/accounts", json=member)).status == 200
    listed = {each["id"] for each in (await friend.get(f"/api/v1/timelines/list/{number}")).json}
    assert listed == {made["public"], made["unlisted"], made["private"]}
    await friend.post(f"/api/v1/accounts/{alice.account_id}/unfollow")
    assert (await friend.get(f"/api/v1/timelines/list/{number}")).json == []
    assert (await world.get(f"/api/v1/timelines/list/{number}")).status == 401
    page = await world.get("/tags/vis11", headers={"Accept": "text/html"})
    assert all(made[v] not in page.text for v in ("unlisted", "private", "direct"))


async def test_VIS_14_private_posts_cannot_be_passed_on(world: World) -> None:
    alice, friend = await newcomer(world), await newcomer(world)
    await friend.follow(alice)
    effects = world.count("statuses", "reblog_of_id IS NOT NULL")
    for visibility in ("private", "direct"):
        post = await alice.publish(f"@{friend.name} {SECRET}", visibility=visibility)
        assert (await friend.get(f"/api/v1/statuses/{post['id']}")).status == 200
        assert (await friend.post(f"/api/v1/statuses/{post['id']}/reblog")).status in (403, 404, 422), visibility
        for name in ("quoted_status_id", "quote_id"):
            answer = await friend.post("/api/v1/statuses", json={"status": "look", name: post["id"]})
            assert answer.status == 422 or "quote" not in answer.json or answer.json["quote"] is None
    assert world.count("statuses", "reblog_of_id IS NOT NULL") == effects


async def test_VIS_16_a_report_never_shows_what_it_names(world: World) -> None:
    alice, stranger = await newcomer(world), await newcomer(world)
    before = world.count("reports")
    for visibility in ("private", "direct"):
        post = await alice.publish(SECRET, visibility=visibility)
        given = {"account_id": str(alice.account_id), "status_ids": [post["id"]], "comment": "x"}
        answer = await stranger.post("/api/v1/reports", json=given)
        assert answer.status == 404 and SECRET not in answer.text
    assert world.count("reports") == before
    # from elsewhere: filed, but without what its sender could not see
    flagger = world.evil.actor("flagger")
    assert (await world.deliver(flagger, flagger.activity("Flag", [alice.uri, post["uri"]], content="x"))).status == 202
    await world.settled()
    assert world.count("reports") <= before + 1
    assert world.count("report_statuses", "status_id = ?", int(post["id"])) == 0


async def test_VIS_20_pages_feeds_and_previews(world: World) -> None:
    alice = await newcomer(world)
    private = [await alice.publish(f"{SECRET} {v}", visibility=v) for v in ("private", "direct")]
    quiet = await alice.publish("unlisted words", visibility="unlisted")
    for accept in ("text/html", "*/*", "application/json+oembed"):
        for post in private:
            for path in (f"/@{alice.name}/{post['id']}", f"/@{alice.name}@sut.test/{post['id']}"):
                answer = await world.get(path, headers={"Accept": accept})
                assert answer.status == 404 and SECRET not in answer.text and "og:" not in answer.text, path
        for path in (f"/@{alice.name}", f"/@{alice.name}.rss", f"/@{alice.name}?show=replies", "/", "/about"):
            assert SECRET not in (await world.get(path, headers={"Accept": accept})).text, path
    for path in ("/sitemap.xml", "/oembed", f"/api/oembed?url={BASE}/@{alice.name}/{private[0]['id']}"):
        assert (await world.get(path)).status == 404, path
    feed = await world.get(f"/@{alice.name}.rss")
    assert quiet["id"] not in feed.text
    page = await world.get(f"/@{alice.name}", headers={"Accept": "text/html"})
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert (
        "noindex"
        in (await world.get(f"/@{alice.name}/{quiet['id']}", headers={"Accept": "text/html"})).headers["X-Robots-Tag"]
    )


async def test_VIS_21_a_post_for_followers_goes_to_their_servers_alone(world: World) -> None:
    alice = await newcomer(world)
    friend = await follower_of(world, alice, "vis21")
    shut = await follower_of(world, alice, "vis21shut", "victim")
    known = world.evil.actor("vis21known")
    await alice.get("/api/v2/search?q=@vis21known@evil.test&resolve=true&type=accounts")
    assert (await alice.post("/api/v1/domain_blocks", json={"domain": "victim.test"})).status == 200
    await world.settled()
    before = {name: host.asked(method="POST") for name, host in world.hosts.items()}
    await alice.publish(f"{SECRET} for followers", visibility="private")
    await world.settled()
    sent = {name: host.asked(method="POST") - before[name] for name, host in world.hosts.items()}
    assert sent == {**dict.fromkeys(sent, 0), "good.test": 1}, (sent, friend, shut, known)


async def test_VIS_22_a_direct_post_goes_to_whom_it_names(world: World) -> None:
    alice = await newcomer(world)
    await follower_of(world, alice, "vis22follower", "victim")
    world.good.actor("vis22named")
    await alice.get("/api/v2/search?q=@vis22named@good.test&resolve=true&type=accounts")
    before = {name: host.asked(method="POST") for name, host in world.hosts.items()}
    bodies = len(world.good.bodies)
    more = {"bto": ["https://evil.test/users/x"], "bcc": ["https://evil.test/users/y"]}
    await alice.publish(f"@vis22named@good.test {SECRET}", visibility="direct", **more)
    await world.settled()
    sent = {name: host.asked(method="POST") - before[name] for name, host in world.hosts.items()}
    assert sent == {**dict.fromkeys(sent, 0), "good.test": 1}, sent
    for body in world.good.bodies[bodies:]:
        text = body.decode(errors="replace")
        assert "bto" not in text and "bcc" not in text and "evil.test" not in text
        document = json.loads(text)
        assert PUBLIC not in str(document["to"]) + str(document.get("cc", ""))


async def test_VIS_23_one_followers_post_is_not_everybodys(world: World) -> None:
    follower, other = await newcomer(world), await newcomer(world)
    author = world.good.actor("vis23")
    found = (await follower.get("/api/v2/search?q=@vis23@good.test&resolve=true&type=accounts")).json["accounts"][0]
    await follower.post(f"/api/v1/accounts/{found['id']}/follow")
    await world.settled()
    follow = next(each for each in map(json.loads, filter(None, world.good.bodies[::-1])) if each["type"] == "Follow")
    assert (await world.deliver(author, author.activity("Accept", follow["id"]))).status == 202
    note = author.note("vis23", to=[f"{author.uri}/followers"], cc=[], content=f"<p>{SECRET} vis23 #vis23tag</p>")
    assert (await world.deliver(author, author.create(note))).status == 202
    await world.settled()
    number = world.query("SELECT id FROM statuses WHERE uri = ?", note["id"])[0][0]
    assert (await follower.get(f"/api/v1/statuses/{number}")).status == 200
    for path in (
        f"/api/v1/statuses/{number}",
        f"/api/v1/statuses/{number}/context",
        f"/api/v1/statuses?id[]={number}",
        f"/api/v1/accounts/{found['id']}/statuses",
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/vis23tag",
        f"/api/v2/search?q={note['id']}&resolve=true",
        "/api/v1/notifications",
    ):
        answer = await other.get(path)
        assert SECRET not in answer.text and f'"id":"{number}"' not in answer.text, path
    browser = await signed_in(other)
    assert (await browser.go(f"/authorize_interaction?uri={note['id']}")).status == 404


async def test_VIS_26_the_blocked_get_nothing_not_even_from_a_cache(world: World) -> None:
    alice = await newcomer(world)
    friend, foe = await follower_of(world, alice, "vis26friend"), await follower_of(world, alice, "vis26foe", "evil")
    post = await alice.publish(SECRET, visibility="private")
    assert (await as_peer(world, post["uri"], friend)).status == 200
    assert (await as_peer(world, post["uri"], foe)).status == 200
    found = world.query("SELECT id FROM accounts WHERE uri = ?", foe.uri)[0][0]
    assert (await alice.post(f"/api/v1/accounts/{found}/block")).status == 200
    for _ in range(2):
        assert (await as_peer(world, post["uri"], friend)).status == 200
        assert (await as_peer(world, post["uri"], foe)).status == 404
        assert (await as_peer(world, f"{post['uri']}/activity", foe)).status == 404
    follows = world.count("follows", "account_id = ? AND target_id = ?", found, alice.account_id)
    assert follows == 0
    assert (await world.deliver(foe, foe.activity("Follow", alice.uri))).status in (202, 403)
    await world.settled()
    assert world.count("follows", "account_id = ? AND target_id = ?", found, alice.account_id) == 0


async def test_VIS_27_a_suspended_author_is_neither_taken_in_nor_shown(world: World) -> None:
    reader, mod = await newcomer(world), await signed_in(await newcomer(world, "moderator"))
    author, passer = world.evil.actor("vis27"), world.good.actor("vis27passer")
    for actor in (author, passer):
        name, host = actor.uri.rpartition("/")[2], actor.host
        found = (await reader.get(f"/api/v2/search?q=@{name}@{host}&resolve=true&type=accounts")).json["accounts"][0]
        await reader.post(f"/api/v1/accounts/{found['id']}/follow")
        change(world, "UPDATE follows SET state = 'accepted' WHERE account_id = ?", reader.account_id)
    note = author.note("known", content=f"<p>{SECRET} vis27</p>")
    world.evil.pages[note["id"]] = {"@context": "https://www.w3.org/ns/activitystreams", **note}
    assert (await world.deliver(author, author.create(note))).status == 202
    await world.settled()
    assert SECRET in (await reader.get("/api/v1/timelines/home")).text
    number = world.query("SELECT id FROM accounts WHERE uri = ?", author.uri)[0][0]
    target = User(world, "vis27", 0, number, "")
    assert (await act_on(mod, target, "suspend")).status == 303
    rows = world.count("statuses")
    other = author.note("new", content=f"<p>{SECRET} new</p>")
    update = author.activity("Update", other, id=f"{author.uri}/u", to=[PUBLIC])
    assert (await world.deliver(author, update)).status in (202, 401, 403)
    assert (await world.deliver(author, author.create(other))).status in (202, 401, 403)
    boost = passer.activity("Announce", note["id"], to=[PUBLIC])
    assert (await world.deliver(passer, boost)).status == 202
    await world.settled()
    assert world.count("statuses", "uri LIKE ?", f"{author.uri}%") == 1
    assert world.count("statuses") - rows <= 1
    for path in ("timelines/home", "timelines/public", f"accounts/{number}/statuses"):
        assert SECRET not in (await reader.get(f"/api/v1/{path}")).text, path
    found = (await reader.get(f"/api/v2/search?q={note['id']}&resolve=true")).json
    assert found["statuses"] == []


PERSONAL = ("filters", "filter_keywords", "filter_statuses", "lists", "list_accounts", "conversations", "thread_mutes")


async def _set_up(user: User, friend: User) -> dict[str, str]:
    """What somebody has for their own reading, by the word for it in the route table."""
    words = {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "x"}]}
    made = (await user.post("/api/v2/filters", json=words)).json
    post = await user.publish(f"@{friend.name} direct", visibility="direct")
    named = (await user.post(f"/api/v2/filters/{made['id']}/statuses", json={"status_id": post["id"]})).json
    return {
        "filter": made["id"],
        "keyword": made["keywords"][0]["id"],
        "filtered status": named["id"],
        "list": (await user.post("/api/v1/lists", json={"title": "x"})).json["id"],
        # a featured tag
        "account": (await user.post("/api/v1/featured_tags", json={"name": "x"})).json["id"],
        "conversation": (await user.get("/api/v1/conversations")).json[0]["id"],
    }


async def test_VIS_17_other_peoples_things_are_not_there(world: World) -> None:
    """Every route that names an object of somebody's, as another user: 404, and the object is as it was."""
    alice, mallory, fan = await newcomer(world), await newcomer(world), await newcomer(world)
    post = await alice.publish("mine")
    medium = (await alice.upload(png())).json
    await fan.post(f"/api/v1/statuses/{post['id']}/favourite")
    await alice.send("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    await fan.post(f"/api/v1/accounts/{alice.account_id}/follow")
    note = (await alice.get("/api/v1/notifications")).json[0]
    browser, stranger = await signed_in(alice), await signed_in(mallory)
    session = world.query("SELECT id FROM sessions WHERE user_id = ?", alice.user_id)[0][0]
    own = {"author": post["id"], "uploader": medium["id"], "recipient": note["id"], **await _set_up(alice, fan)}
    own["feed"] = (await alice.post("/api/v1/own_feeds", json={"title": "mine", "score": "-age_h"})).json["id"]
    labeler = {"url": "https://good.test/labels/applied"}
    own["the viewer's own"] = (await alice.post("/api/v1/labelers", json=labeler)).json["id"]
    own["whom it hits"] = str(await decided(world, alice, "mark-sensitive"))
    tables = ("statuses", "media_attachments", "notifications", "follows", "sessions", "oauth_tokens")
    kept = ("statuses", "media_attachments", *PERSONAL)
    before, seen = {t: world.query(f"SELECT * FROM {t} ORDER BY 1, 2") for t in kept}, 0
    counts = world.effects(tables)
    taken = {"status": "taken over", "description": "x", "title": "x", "keyword": "x", "phrase": "x"}
    taken |= {"status_id": post["id"], "account_ids": [str(mallory.account_id)], "quote_approval_policy": "public"}
    for route in ROUTES:
        if not route.owner:
            continue
        seen += 1
        path = route.path.replace("{id}", str(own[route.owner]))
        answer = await mallory.send(
            route.method,
            path,
            json=taken if route.method != "GET" else None,
        )
        # a post that everybody sees is there, and is not hers to pin: Mastodon says so
        # (and a pin that is not there can be taken away without effect)
        wanted = {"pin": 422, "unpin": 200}.get(path.rpartition("/")[2], 404)
        assert answer.status == wanted, (route.method, path, answer.status)
    assert seen >= 8
    hidden = await alice.publish("for one alone", visibility="direct")
    for verb in ("pin", "unpin"):
        answer = await mallory.post(f"/api/v1/statuses/{hidden['id']}/{verb}")
        assert answer.status == 404 and "alone" not in answer.text, (verb, answer.status)
    assert (await alice.send("DELETE", f"/api/v1/statuses/{hidden['id']}")).status == 200
    for verb in ("authorize", "reject"):
        answer = await mallory.post(f"/api/v1/follow_requests/{fan.account_id}/{verb}")
        assert answer.status in (200, 404)
    await stranger.go("/settings/access")
    token = world.query("SELECT id FROM oauth_tokens WHERE user_id = ?", alice.user_id)[0][0]
    assert (await stranger.submit(f"/settings/sessions/{session}/end", {})).status == 404
    await stranger.go("/settings/access")
    assert (await stranger.submit(f"/settings/tokens/{token}/revoke", {})).status == 404
    assert world.effects(tables) == counts
    assert {t: world.query(f"SELECT * FROM {t} ORDER BY 1, 2") for t in before} == before
    assert (await browser.go("/settings/profile")).status == 200
    attached = await mallory.post("/api/v1/statuses", json={"status": "x", "media_ids": [medium["id"]]})
    assert attached.status == 422
