"""ADM and VIS on decisions of moderation: the ledger, appeals, the public log, messages to authors elsewhere."""

from __future__ import annotations

import json
import re

from attack_people import Browser, User, act_on, decided, newcomer, signed_in, token
from attack_world import BASE, World

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import ledger as rows
from fedserver.db.unit import Unit
from fedserver.domain.moderation import pseudonyms
from fedserver.domain.moderation.domains import Terms
from fedserver.domain.roles import bits
from fedserver.jobs import ledger as jobs
from fedserver.services import actions, domains, ledger, roles
from fedserver.services.actions import Order
from fedserver.services.ledger import Act

STAFF = "admin:read admin:write read write"
LEDGER = "/api/v1/admin/decisions"


async def test_ADM_01_the_ledger_asks_for_scope_and_role(world: World) -> None:
    user, mod = await newcomer(world), await newcomer(world, "moderator")
    decision = await decided(world, user, by=mod)
    ways = (("GET", LEDGER), ("GET", f"{LEDGER}/{decision}"), ("POST", f"{LEDGER}/{decision}/undo"))
    tokens = [
        await token(world, user.user_id, STAFF),
        await token(world, world.pend.user_id, STAFF),
        await token(world, None, STAFF),
        await token(world, mod.user_id, "read write admin:read:accounts admin:write:accounts"),
    ]
    for method, path in ways:
        assert (await world.send(method, path)).status == 401, path
        for text in tokens:
            answer = await world.send(method, path, token=text)
            assert answer.status in (403, 422) and "because" not in answer.text, (path, answer.text)
    reading = await token(world, mod.user_id, "admin:read:reports")
    assert (await world.send("POST", ways[2][1], token=reading)).status == 403
    assert (await world.get(ways[1][1], token=reading)).status == 200
    assert world.count("decisions", "id = ? AND undone_at IS NULL", decision) == 1


async def test_ADM_03_nobody_takes_back_what_is_about_themselves_or_the_owners(world: World) -> None:
    owner, mod = await newcomer(world, "owner"), await newcomer(world, "moderator")
    user = await newcomer(world)
    own, override = await decided(world, mod), await decided(world, user, by=owner, source="override")
    text = await token(world, mod.user_id, STAFF)
    browser = await signed_in(mod)
    for decision in (own, override):
        answer = await world.send("POST", f"{LEDGER}/{decision}/undo", token=text, json={"because": "mine"})
        assert answer.status == 403
        await browser.go(f"/admin/ledger/{decision}")
        assert (await browser.submit(f"/admin/ledger/{decision}/undo", {"because": "x"})).status == 403
    # nor one's own appeal, whoever decided
    await mod.post(f"/api/v1/decisions/{own}/appeal", json={"text": "please"})
    appeal = world.query("SELECT id FROM appeals WHERE decision_id = ?", own)[0][0]
    await browser.go(f"/admin/ledger/{own}")
    for action in ("grant", "refuse"):
        assert (await browser.submit(f"/admin/appeals/{appeal}", {"action": action})).status == 403
    # a version of the policy is an admin's to undo
    assert (await browser.submit("/admin/ledger/versions/1/undo", {})).status == 403
    assert world.count("decisions", "id IN (?, ?) AND undone_at IS NULL", own, override) == 2
    assert world.count("appeals", "id = ? AND decided_at IS NULL", appeal) == 1


async def test_ADM_03_undoing_takes_what_deciding_takes(world: World) -> None:
    owner, admin, mod = [await newcomer(world, role) for role in ("owner", "admin", "moderator")]
    user, clerk = await newcomer(world), await newcomer(world)

    def work(unit: Unit) -> list[int]:
        chief, boss, peer = (unit.get(account_rows.by_id(each.account_id)) for each in (owner, admin, mod))
        role = roles.save(unit, None, name=clerk.name, permissions=bits(["manage_reports"]), position=5, actor=None)
        roles.give(unit, clerk.user_id, str(role), None)
        made = [
            domains.decide(unit, "undone.test", Terms("suspend"), boss),
            actions.take(unit, mod.account_id, Order("limit"), chief),
            actions.take(unit, user.account_id, Order("limit"), boss),
            actions.take(unit, user.account_id, Order("force-sensitive"), peer),
        ]
        return [each.id for each in made if each is not None]

    domain, of_mod, above, fellow = await world.node.db.run(work)
    post, of_team = await decided(world, user, by=mod), await decided(world, mod, by=None)

    async def refused(who: User, decision: int) -> None:
        text = await token(world, who.user_id, STAFF)
        answer = await world.send("POST", f"{LEDGER}/{decision}/undo", token=text, json={"because": "x"})
        assert answer.status == 403, (who.name, decision, answer.text)
        browser = await signed_in(who)
        await browser.go(f"/admin/ledger/{decision}")
        assert (await browser.submit(f"/admin/ledger/{decision}/undo", {"because": "x"})).status == 403
        assert world.count("decisions", "id = ? AND undone_at IS NULL", decision) == 1

    # reports alone: no servers, no accounts, nothing of the team, nothing of those above
    for decision in (domain, of_mod, above, fellow, of_team, post):
        await refused(clerk, decision)
    # a moderator: not what stands about themselves, nor what an admin decided about somebody else, at any door
    for decision in (of_mod, above, of_team):
        await refused(mod, decision)
    answer = await act_on(await signed_in(mod), user, "unlimit")
    assert answer.status in (403, 422), answer.status
    path = f"/api/v1/admin/accounts/{user.account_id}/unsilence"
    assert (await world.send("POST", path, token=await token(world, mod.user_id, STAFF))).status == 403
    assert world.count("decisions", "id = ? AND undone_at IS NULL", above) == 1
    # whoever could have decided it can
    for who, decision in ((mod, fellow), (mod, post), (mod, domain), (admin, above), (owner, of_mod), (admin, of_team)):
        text = await token(world, who.user_id, STAFF)
        answer = await world.send("POST", f"{LEDGER}/{decision}/undo", token=text, json={"because": "x"})
        assert answer.status == 200, (who.name, decision, answer.text)


async def test_ADM_03_a_version_takes_nothing_back_that_its_asker_may_not(world: World) -> None:
    owner, admin, user = await newcomer(world, "owner"), await newcomer(world, "admin"), await newcomer(world)
    own = await decided(world, admin, source="rule", rule_id="r", policy_version=770)
    override = await decided(world, user, by=owner, source="override", policy_version=770)
    others = [await decided(world, user, source="rule", rule_id="r", policy_version=770) for _ in range(2)]
    # what stays is the newest: the rest is reached all the same
    newest = await decided(world, admin, source="rule", rule_id="r", policy_version=770)
    payload = {"version": 770, "actor_id": admin.account_id, "because": "back"}
    chunk, jobs.CHUNK = jobs.CHUNK, 1
    try:
        await jobs.undo_version(world.node.parts, {**payload, "actor_id": 77})
        assert world.count("decisions", "policy_version = 770 AND undone_at IS NULL") == 5
        await jobs.undo_version(world.node.parts, payload)
    finally:
        jobs.CHUNK = chunk
    left = {row[0] for row in world.query("SELECT id FROM decisions WHERE policy_version = 770 AND undone_at IS NULL")}
    assert left == {own, override, newest} and not left & set(others)
    said = world.query("SELECT actor_id, details FROM audit_log WHERE action = 'policy.undo.left' ORDER BY id DESC")
    assert said[0][0] == admin.account_id and "3 stand" in said[0][1]
    # a vote that was adopted takes all
    await jobs.undo_version(world.node.parts, {"version": 770, "because": "voted"})
    assert world.count("decisions", "policy_version = 770 AND undone_at IS NULL") == 0


async def test_ADM_09_what_becomes_of_decisions_is_written_down_too(world: World) -> None:
    mod, other, user = await newcomer(world, "moderator"), await newcomer(world, "moderator"), await newcomer(world)
    decisions = [await decided(world, user, by=mod) for _ in range(3)]
    for decision in decisions[:2]:
        assert (await user.post(f"/api/v1/decisions/{decision}/appeal", json={"text": "no"})).status == 200
    browser = await signed_in(other)
    for decision, action in zip(decisions, ("grant", "refuse"), strict=False):
        await browser.go("/admin/appeals")
        appeal = world.query("SELECT id FROM appeals WHERE decision_id = ?", decision)[0][0]
        assert (await browser.submit(f"/admin/appeals/{appeal}", {"action": action})).status == 303
    await browser.go(f"/admin/ledger/{decisions[2]}")
    assert (await browser.submit(f"/admin/ledger/{decisions[2]}/undo", {"because": "x"})).status == 303
    found = world.query("SELECT actor_id, action FROM audit_log ORDER BY id DESC LIMIT 10")
    acts = {(actor, action) for actor, action in found}
    for action in ("appeal.grant", "appeal.refuse", "status.hold.undo"):
        assert (other.account_id, action) in acts, (action, acts)
    assert {(user.account_id, "appeal.file"), (mod.account_id, "status.hold")} <= acts
    # nothing of the ledger goes away through any door
    before = world.count("decisions")
    for method in ("PUT", "PATCH", "DELETE"):
        for path in (f"{LEDGER}/{decisions[0]}", f"/admin/ledger/{decisions[0]}", f"/api/v1/decisions/{decisions[0]}"):
            assert (await world.send(method, path, token=await token(world, other.user_id, STAFF))).status in (404, 405)
    assert world.count("decisions") == before


async def test_ADM_09_what_is_taken_back_by_hand_leaves_no_appeal_behind(world: World) -> None:
    mod, other, user = await newcomer(world, "moderator"), await newcomer(world, "moderator"), await newcomer(world)
    shown, plain, over, kept = [await decided(world, user, by=mod) for _ in range(4)]
    for decision in (shown, plain, over, kept):
        answer = await user.post(f"/api/v1/decisions/{decision}/appeal", json={"text": f"plea {decision}"})
        assert answer.status == 200
    browser = await signed_in(other)
    text = await token(world, other.user_id, STAFF)
    assert f"plea {shown}" in (await browser.go("/admin/appeals")).text
    await browser.go(f"/admin/ledger/{shown}")
    assert (await browser.submit(f"/admin/ledger/{shown}/undo", {"because": "a mistake"})).status == 303
    assert (await world.send("POST", f"{LEDGER}/{plain}/undo", token=text)).status == 200
    await world.node.db.run(lambda unit: ledger.undo(unit, over, None, rows.EXPIRED).id)
    page = (await browser.go("/admin/appeals")).text
    # what ends by itself was never looked at: it waits for its answer
    assert [f"plea {each}" in page for each in (shown, plain, over, kept)] == [False, False, True, True]
    assert (await browser.go("/admin/appeals?all=1")).status == 200
    told = [(await user.get(f"/api/v1/decisions/{each}")).json["appeal"] for each in (shown, plain)]
    assert [each["state"] for each in told] == ["approved", "approved"]
    assert told[0]["answer"] == "a mistake" and told[1]["answer"]
    appeal = world.query("SELECT id, decided_by, answer FROM appeals WHERE decision_id = ?", shown)[0]
    assert appeal[1] == other.account_id
    # nor can it be answered once more
    for action in ("grant", "refuse"):
        assert (await browser.submit(f"/admin/appeals/{appeal[0]}", {"action": action})).status in (409, 422)
        await browser.go("/admin/appeals")
    assert world.query("SELECT outcome, answer FROM appeals WHERE id = ?", appeal[0])[0] == ("granted", "a mistake")


async def test_VIS_17_an_appeal_is_filed_by_nobody_else(world: World) -> None:
    user, mallory = await newcomer(world), await newcomer(world)
    decision = await decided(world, user)
    missing = await mallory.post("/api/v1/decisions/77/appeal", json={"text": "x"})
    there = await mallory.post(f"/api/v1/decisions/{decision}/appeal", json={"text": "x"})
    assert there.status == missing.status == 404 and there.body == missing.body
    assert (await mallory.get(f"/api/v1/decisions/{decision}")).status == 404
    assert (await mallory.get("/api/v1/decisions")).json == []
    for text in (None, "", " ", "x" * 2001, "\u202e"):
        answer = await user.post(f"/api/v1/decisions/{decision}/appeal", json={"text": text})
        assert answer.status in (200, 422), text
        if answer.status == 200:
            break
    told = (await user.get(f"/api/v1/decisions/{decision}")).json
    assert told["reason"] == "because" and "note" not in told and "inputs" not in told and "actor_id" not in told


async def test_VIS_20_the_public_log_shows_no_name_and_no_word(world: World) -> None:
    user, mod = await newcomer(world), await newcomer(world, "moderator")
    shown = await decided(world, user, by=mod, reason="zebra said a word", note="a note")
    hidden = await decided(world, user, by=mod, public=False)
    for place in ("/moderation-log", "/moderation-log.json", "/moderation-log.atom"):
        text = (await world.get(place)).text
        for number in (shown, hidden):
            assert str(number) not in text, (place, "the id of a decision leads to what it is about")
        words = ("zebra", "a note", "decided about", f"@{user.name}", f"@{mod.name}", f"/users/{user.name}")
        for secret in (*words, str(user.account_id), str(mod.account_id)):
            assert secret not in text, (place, secret)
    entries = json.loads((await world.get("/moderation-log.json")).text)["entries"]
    key = bytes.fromhex(world.query("SELECT value FROM meta WHERE key = 'public_log_key'")[0][0])
    by_id = {each["id"]: each for each in entries}
    assert pseudonyms.line(key, shown) in by_id and pseudonyms.line(key, hidden) not in by_id
    name = by_id[pseudonyms.line(key, shown)]["target"]["name"]
    assert re.fullmatch("[a-z2-9]{10}", name)
    # no hash of what an outsider could guess
    import hashlib

    guesses = (user.name, f"@{user.name}", f"{BASE}/users/{user.name}", str(user.account_id))
    for guess in (*guesses, f"account:{user.account_id}"):
        for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5):
            assert name not in digest(guess.encode()).hexdigest()
    assert world.query("SELECT value FROM meta WHERE key = 'public_log_key'")[0][0] not in str(entries)


async def test_VIS_20_no_line_of_the_public_log_leads_to_another_or_to_a_post(world: World) -> None:
    user, mod = await newcomer(world), await newcomer(world, "moderator")
    labels = [await decided(world, user, "label", label="zebra crossing") for _ in range(2)]
    held = [await decided(world, user, "hold", by=mod) for _ in range(2)]
    await world.node.db.run(lambda unit: actions.take(unit, user.account_id, Order("limit"), None))
    limited = world.query("SELECT id FROM decisions WHERE account_id = ? AND verb = 'limit'", user.account_id)[0][0]
    key = bytes.fromhex(world.query("SELECT value FROM meta WHERE key = 'public_log_key'")[0][0])
    answer = await world.get("/moderation-log.json")
    by_id = {each["id"]: each for each in json.loads(answer.text)["entries"]}
    lines = {each: by_id[pseudonyms.line(key, each)] for each in (*labels, *held, limited)}
    names = {each: line["target"]["name"] for each, line in lines.items()}
    # labels say whose posts they are on: no other line has their name, and posts that were held share none
    assert names[labels[0]] == names[labels[1]]
    assert len(set(names.values())) == 4, names
    # neither when to the moment, nor in which order
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", line["at"]) for line in lines.values())
    order = [(each["at"], each["id"]) for each in by_id.values()]
    assert order == sorted(sorted(order, key=lambda pair: pair[1]), key=lambda pair: pair[0], reverse=True)
    posts = [str(row[0]) for row in world.query("SELECT target_id FROM decisions WHERE verb IN ('hold', 'label')")]
    for path in ("/moderation-log", "/moderation-log.json", "/moderation-log.atom"):
        text = (await world.get(path)).text
        assert not [each for each in (*posts, *map(str, lines)) if each in text], path
        assert not re.search(r"\d\d:\d\d:\d\d(?!\.000Z)|T(?!00:00:00)\d\d:\d\d", text.split("<entry>", 1)[-1]), path
    # nobody asks for a place by the id of a decision: what is below it would tell which line it is
    for wrong in (str(labels[0]), pseudonyms.line(key, labels[0]), "0" * 32, "x", "a" * 33):
        for path in ("/moderation-log", "/moderation-log.json", "/moderation-log.atom"):
            assert (await world.get(f"{path}?before={wrong}")).status == 404, (path, wrong[:40])
    everything = await world.get(f"/moderation-log.json?max_id={min(labels)}&since_id={min(labels)}")
    assert everything.text == answer.text
    older = await world.get(f"/moderation-log.json?before={pseudonyms.place(key, min(labels))}")
    assert older.status == 200 and not {each["id"] for each in lines.values()} & {
        each["id"] for each in json.loads(older.text)["entries"]
    }


async def test_VIS_23_an_answer_is_an_appeal_of_its_addressee_alone(world: World) -> None:
    alice = await newcomer(world)
    author, stranger = world.evil.actor("said1"), world.evil.actor("said2")
    for each in (author, stranger):
        assert (await world.deliver(each, each.activity("Follow", alice.uri))).status == 202
    await world.settled()
    note = author.note("held1", cc=[alice.uri])
    assert (await world.deliver(author, author.create(note))).status == 202
    await world.until(lambda: world.count("statuses", "uri = ?", note["id"]))
    (post_id, account_id) = world.query("SELECT id, account_id FROM statuses WHERE uri = ?", note["id"])[0]

    def work(unit: object) -> int:
        act = Act("hold", "status", post_id, note["id"], account_id, reason="because", report_id=None)
        return ledger.decide(unit, act, None).id  # type: ignore[arg-type]

    decision = await world.node.db.run(work)
    await world.until(lambda: world.count("statements", "account_id = ?", account_id))
    number = world.query("SELECT id FROM statements WHERE account_id = ?", account_id)[0][0]
    message = f"{BASE}/statements/{number}"
    # the message is there for nobody but its addressee's server
    path = f"/statements/{number}"
    for headers in ({}, {"Accept": "application/activity+json"}, {"Signature": 'keyId="x",signature="y"'}):
        assert (await world.get(path, headers=headers)).status == 404
    good = world.good.actor("said3")
    assert (await world.get(path, headers=world.signed(good, b"", path, method="GET"))).status == 404
    assert (await world.get(path, headers=world.signed(author, b"", path, method="GET"))).status == 200

    def answer(who: object, number: int, to: str, **more: object) -> dict[str, object]:
        return who.note(f"answer{number}", inReplyTo=to, content="<p>please</p>", to=[f"{BASE}/actor"], **more)  # type: ignore[attr-defined, no-any-return]

    # somebody else of the same server, a message that is not there, one in somebody else's name
    await world.deliver(stranger, stranger.create(answer(stranger, 1, message)))
    for wrong in (f"{BASE}/statements/1", f"{BASE}/statements/{number}x", f"{BASE}/statements/-{number}"):
        await world.deliver(author, author.create(answer(author, 2, wrong)))
    forged = stranger.create(answer(author, 3, message))
    await world.deliver(stranger, forged)
    await world.settled()
    assert world.count("appeals", "decision_id = ?", decision) == 0
    mine = author.create(answer(author, 4, message))
    for _ in range(2):
        await world.deliver(author, mine)
    again = author.create(answer(author, 5, message))
    await world.deliver(author, again)
    await world.until(lambda: world.count("appeals", "decision_id = ?", decision))
    await world.settled()
    assert world.count("appeals", "decision_id = ? AND text = 'please'", decision) == 1
    assert world.count("statuses", "uri LIKE ?", f"{author.uri}%answer4") == 0
    assert (await world.node.db.one(rows.by_id(decision))).standing


async def test_ADM_05_appeals_and_undoing_need_their_form(world: World) -> None:
    user, mod = await newcomer(world), await newcomer(world, "moderator")
    decision = await decided(world, user)
    browser, staff = await signed_in(user), await signed_in(mod)
    await browser.go("/settings/decisions")
    await staff.go(f"/admin/ledger/{decision}")
    for each, path in (
        (browser, f"/settings/decisions/{decision}/appeal"),
        (staff, f"/admin/ledger/{decision}/undo"),
        (Browser(world), f"/appeal/x/{decision}"),
    ):
        for given in ("", "x"):
            assert (await each.submit(path, {"text": "x", "because": "x"}, csrf=given)).status == 403, path
    assert world.count("appeals", "decision_id = ?", decision) == 0
    assert world.count("decisions", "id = ? AND undone_at IS NULL", decision) == 1
