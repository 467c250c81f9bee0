"""ORG: whose word counts for follows, moves, reports and pins."""

from __future__ import annotations

from attack_peers import PUBLIC, newcomer
from attack_steps import accept, account_of, arrived, followed, follower, request_follow, search, status_of
from attack_world import BASE, World

ALICE = f"{BASE}/users/alice"
BOB = f"{BASE}/users/bob"


def _state(world: World, account_id: int, target_id: int) -> str | None:
    found = world.query("SELECT state FROM follows WHERE account_id = ? AND target_id = ?", account_id, target_id)
    return str(found[0][0]) if found else None


async def test_ORG_22_accept_of_no_follow(world: World) -> None:
    evil = newcomer(world.evil)
    await search(world, evil.uri)
    target, real = await request_follow(world, world.bob, newcomer(world.good))
    for inner in (
        f"{ALICE}#follows/1",
        {"id": f"{ALICE}#follows/1", "type": "Follow", "actor": ALICE, "object": evil.uri},
        {"type": "Follow", "actor": ALICE, "object": evil.uri},
        real,
        {"id": real, "type": "Follow", "actor": BOB, "object": evil.uri},
        {"type": "Follow", "actor": BOB, "object": evil.uri},
    ):
        for kind in ("Accept", "Reject"):
            async with world.nothing_happens(outbound=3):
                assert (await world.deliver(evil, evil.activity(kind, inner))).status in (202, 400, 401, 403)
    assert _state(world, world.bob.account_id, target) == "requested"
    twice = newcomer(world.good)
    mine, follow = await request_follow(world, world.alice, twice)
    activity = accept(world.alice, twice, follow)
    assert (await world.deliver(twice, activity)).status == 202
    await world.settled()
    async with world.nothing_happens():
        assert (await world.deliver(twice, {**activity, "id": activity["id"] + "-again"})).status == 202
    assert _state(world, world.alice.account_id, mine) == "accepted"


async def test_ORG_24_follow_in_the_name_of_a_local_user(world: World) -> None:
    evil = newcomer(world.evil)
    for actor in (ALICE, f"{BASE}/actor", f"{BASE}/users/nobody", BASE):
        for target in (BOB, evil.uri):
            async with world.nothing_happens(outbound=3):
                answer = await world.deliver(evil, {**evil.activity("Follow", target), "actor": actor})
                assert answer.status in (400, 401, 403), actor


async def test_ORG_25_forged_accept_of_a_locked_account(world: World) -> None:
    evil = newcomer(world.evil)
    lock = f"{BASE}/users/lock"
    follow = evil.activity("Follow", lock)
    assert (await world.deliver(evil, follow)).status == 202
    await world.settled()
    follower_id = account_of(world, evil.uri)
    assert _state(world, follower_id, world.lock.account_id) == "requested"
    for inner in (follow, follow["id"], {**follow, "object": evil.uri}):
        for actor in (evil.uri, lock):
            forged = {**evil.activity("Accept", inner), "actor": actor}
            async with world.nothing_happens(outbound=3):
                assert (await world.deliver(evil, forged)).status in (202, 400, 401, 403)
    async with world.nothing_happens():
        assert (await world.deliver(evil, {**follow, "id": follow["id"] + "-again"})).status == 202
    assert _state(world, follower_id, world.lock.account_id) == "requested"
    made = await world.lock.post("/api/v1/statuses", json={"status": "for followers", "visibility": "private"})
    path = made["uri"].removeprefix(BASE)
    assert (await world.get(path, headers=world.signed(evil, b"", path, method="GET"))).status == 404


async def test_ORG_26_a_follow_that_nobody_accepted(world: World) -> None:
    author = await followed(world, world.good, by=world.bob, manuallyApprovesFollowers=True)
    target, _ = await request_follow(world, world.alice, author)
    await world.settled()
    note = await arrived(world, author, "for-followers", to=[f"{author.uri}/followers"], cc=[], content="<p>hush</p>")
    row = status_of(world, note["id"], "id")
    assert _state(world, world.alice.account_id, target) == "requested"
    assert (await world.get(f"/api/v1/statuses/{row}", token=world.bob.token)).status == 200
    for path in (f"/api/v1/statuses/{row}", f"/api/v1/statuses/{row}/context", f"/api/v1/statuses/{row}/favourited_by"):
        assert (await world.get(path, token=world.alice.token)).status == 404, path
        assert (await world.get(path)).status in (401, 404), path
    for path in ("/api/v1/timelines/home", f"/api/v1/accounts/{target}/statuses", "/api/v1/notifications"):
        assert b"hush" not in (await world.get(path, token=world.alice.token)).body, path
    relation = await world.alice.get(f"/api/v1/accounts/relationships?id[]={target}")
    assert relation[0]["requested"] and not relation[0]["following"]
    assert (await search(world, note["id"]))["statuses"] == []


async def test_ORG_27_undo_of_others(world: World) -> None:
    victim, evil = await follower(world, world.victim), newcomer(world.evil)
    await search(world, evil.uri)
    post = await world.alice.post("/api/v1/statuses", json={"status": "liked"})
    like = victim.activity("Like", post["uri"])
    boost = victim.activity("Announce", post["uri"], to=[PUBLIC])
    block = victim.activity("Block", BOB)
    for activity in (like, boost, block):
        assert (await world.deliver(victim, activity)).status == 202
    await world.settled()
    follow = world.query("SELECT uri FROM follows WHERE account_id = ?", account_of(world, victim.uri))[0][0]
    follow_activity = {"id": follow, "type": "Follow", "actor": victim.uri, "object": ALICE}
    tables = ("follows", "favourites", "statuses", "blocks", "notifications")
    for activity in (follow_activity, like, boost, block):
        for obj in (activity, activity["id"], {**activity, "actor": evil.uri}, {**activity, "id": f"{evil.uri}#x"}):
            async with world.nothing_happens(outbound=3, tables=tables):
                assert (await world.deliver(evil, evil.activity("Undo", obj))).status in (202, 400, 401, 403)
    shown = await world.alice.get(f"/api/v1/statuses/{post['id']}")
    assert (shown["favourites_count"], shown["reblogs_count"]) == (1, 1)
    # what those Undos named is not remembered as undone: the owner's own words still count
    assert (await world.deliver(victim, victim.activity("Undo", like))).status == 202
    await world.settled()
    assert (await world.alice.get(f"/api/v1/statuses/{post['id']}"))["favourites_count"] == 0


async def test_ORG_29_move_without_consent(world: World) -> None:
    source, target = await followed(world, world.evil), newcomer(world.victim)
    follows = world.count("follows")
    for other in (target.uri, BOB, f"{target.uri}#x", source.uri, "https://victim.test/users/none"):
        world.evil.pages[source.uri] = {**source.document(), "movedTo": other}
        assert (await world.deliver(source, source.activity("Move", source.uri, target=other))).status in (
            202,
            400,
            401,
        )
        await world.settled()
        assert world.count("follows") == follows
        assert account_of(world, source.uri, "moved_to_id") is None
    # somebody else's account cannot be moved either
    thief = newcomer(world.evil, alsoKnownAs=[source.uri])
    async with world.nothing_happens(outbound=6):
        assert (await world.deliver(thief, thief.activity("Move", source.uri, target=thief.uri))).status in (
            202,
            401,
            403,
        )


async def test_ORG_31_a_report_of_everything(world: World) -> None:
    evil = newcomer(world.evil)
    secret = await world.bob.post("/api/v1/statuses", json={"status": "hush-hush", "visibility": "direct"})
    private = await world.bob.post("/api/v1/statuses", json={"status": "hush-friends", "visibility": "private"})
    public = await world.bob.post("/api/v1/statuses", json={"status": "in the open"})
    objects = [BOB, secret["uri"], private["uri"], public["uri"]]
    objects += [f"https://good.test/notes/{n}" for n in range(10_000)]
    before = world.count("reports")
    flag = evil.activity("Flag", objects, content='<script>alert(1)</script>"><img src=x onerror=alert(1)>')
    assert (await world.deliver(evil, flag)).status in (202, 400)
    await world.settled()
    assert world.count("reports") == before + 1
    report = world.query("SELECT id, comment, account_id FROM reports ORDER BY id DESC LIMIT 1")[0]
    attached = {row[0] for row in world.query("SELECT status_id FROM report_statuses WHERE report_id = ?", report[0])}
    assert attached == {int(public["id"])}, "a post that the reporter cannot see must not be attached"
    assert report[2] == account_of(world, evil.uri)
    assert world.outbound() < 10_000
    for actor in (ALICE, BOB):
        async with world.nothing_happens(outbound=3):
            forged = {**evil.activity("Flag", [BOB], content="x"), "actor": actor}
            assert (await world.deliver(evil, forged)).status in (400, 401, 403)


async def test_ORG_33_pins_of_others(world: World) -> None:
    victim, evil = await followed(world, world.victim), await followed(world, world.evil)
    note, own = await arrived(world, victim, "theirs"), await arrived(world, evil, "own")
    post = await world.alice.post("/api/v1/statuses", json={"status": "unpinned"})
    for kind in ("Add", "Remove"):
        for obj, target in (
            (note["id"], f"{victim.uri}/featured"),
            (note["id"], f"{evil.uri}/featured"),
            (own["id"], f"{victim.uri}/featured"),
            (post["uri"], f"{evil.uri}/featured"),
            (post["uri"], f"{ALICE}/collections/featured"),
            (own["id"], f"{evil.uri}/other"),
            (own["id"], None),
        ):
            async with world.nothing_happens(outbound=3):
                activity = evil.activity(kind, obj, target=target)
                assert (await world.deliver(evil, activity)).status in (202, 400, 401, 403)
    assert world.count("statuses", "pinned_at IS NOT NULL") == 0
    pinned = evil.activity("Add", own["id"], target=f"{evil.uri}/featured")
    assert (await world.deliver(evil, pinned)).status == 202
    await world.settled()
    assert world.count("statuses", "pinned_at IS NOT NULL") == 1
