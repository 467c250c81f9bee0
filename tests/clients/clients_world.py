"""A world in which no list that a client may ask for is empty: two nodes, five people, one of everything."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from clients_files import picture
from node_support import RunningNode

from fedserver.db.queries import media
from fedserver.edge import scopes
from fedserver.jobs import trends
from fedserver.services import announcements, communities, emojis, moderation, oauth

PEOPLE: dict[str, tuple[str, ...]] = {"alpha": ("alice", "zoe", "yan", "xia"), "beta": ("ben", "bea")}


async def _upload(person: Any, colour: str, **fields: str) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", picture(colour), filename="a.png", content_type="image/png")
    for name, value in fields.items():
        form.add_field(name, value)
    return await person.post("/api/v2/media", data=form)


class World(dict[str, str]):
    """Ids of what was made, by name."""

    def __init__(self, alpha: RunningNode, beta: RunningNode) -> None:
        super().__init__()
        self.alpha, self.beta = alpha, beta

    async def furnish(self) -> None:
        for step in (self._node, self._posts, self._relations, self._own, self._notified, self._popular):
            await step()

    async def _node(self) -> None:
        """What the admins wrote."""
        alpha, zoe = self.alpha, self.alpha.zoe
        medium = await _upload(zoe, "gold")
        change = communities.CommunityChange(description="About us", privacy="We keep little", terms="Be kind")

        def work(unit: Any) -> None:
            communities.update(unit, change, None)
            communities.set_rules(unit, [("Be kind", "to everybody")], None)
            moderation.block_domain(unit, "bad.example", None, severity="suspend", public_comment="spam")
            kept = unit.get(media.by_id(int(medium["id"])))._asdict()
            drop = ("id", "account_id", "status_id", "role", "state", "local", "token", "created_at")
            emojis.keep_own(unit, "robot", {name: value for name, value in kept.items() if name not in drop}, "cats")

        await alpha.node.db.run(work)
        now = alpha.node.parts.clock.now_ms()
        text = "Dear @alice, #tea at five :robot:"
        made = await alpha.node.db.run(
            lambda unit: announcements.announce(unit, text, None, starts_at=now, ends_at=now + 86_400_000)
        )
        self["announcement"] = str(made)
        await alpha.alice.until("/api/v1/announcements", bool)
        await zoe.call("PUT", f"/api/v1/announcements/{made}/reactions/robot")

    async def _posts(self) -> None:
        alice, zoe, yan = self.alpha.alice, self.alpha.zoe, self.alpha.yan
        medium = await _upload(alice, "salmon", description="a salmon rectangle")
        self["medium"] = (await _upload(alice, "tan"))["id"]
        text = {"status": "@zoe look :robot: #salmon", "language": "en", "spoiler_text": "fish"}
        note = await alice.post("/api/v1/statuses", json={**text, "media_ids": [medium["id"]]})
        self["note"] = note["id"]
        await alice.call("PUT", f"/api/v1/statuses/{note['id']}", json={"status": "@zoe look again :robot: #salmon"})
        reply = await zoe.post("/api/v1/statuses", json={"status": "@alice lovely", "in_reply_to_id": note["id"]})
        answer = {"status": "thank you #trout", "in_reply_to_id": reply["id"]}
        self["reply"], self["answer"] = reply["id"], (await alice.post("/api/v1/statuses", json=answer))["id"]
        for person in (alice, zoe, yan):
            await person.post(f"/api/v1/statuses/{note['id']}/favourite")
            await person.post(f"/api/v1/statuses/{reply['id']}/reblog")
        await alice.post(f"/api/v1/statuses/{note['id']}/bookmark")
        await alice.post(f"/api/v1/statuses/{note['id']}/pin")
        asked = {"status": "tea?", "poll": {"options": ["yes :robot:", "no"], "expires_in": 3600, "multiple": True}}
        poll = (await zoe.post("/api/v1/statuses", json=asked))["poll"]["id"]
        self["poll"] = (await alice.post(f"/api/v1/polls/{poll}/votes", json={"choices": [0]}))["id"]
        quote = await zoe.post("/api/v1/statuses", json={"status": "this", "quoted_status_id": note["id"]})
        self["quoting"] = quote["id"]

    async def _relations(self) -> None:
        alpha, beta, alice = self.alpha, self.beta, self.alpha.alice
        self["zoe"], self["alice"] = str(alpha.zoe.account_id), str(alice.account_id)
        self["ben"] = (await alice.follow(beta.ben))["id"]
        # whom ben follows is suggested to alice, and ben is who she knows among zoe's followers
        await beta.ben.follow(alpha.zoe)
        await beta.ben.follow(alice)
        await alpha.yan.follow(alice)
        await alice.follow(alpha.yan)
        await alice.post(f"/api/v1/accounts/{alpha.yan.account_id}/endorse")
        await alice.post("/api/v1/tags/salmon/follow")
        self["featured"] = (await alice.post("/api/v1/featured_tags", json={"name": "salmon"}))["id"]
        await alice.post("/api/v1/domain_blocks", json={"domain": "gamma.test"})
        bea = (await alice.find(beta.bea.handle))["id"]
        await alice.post(f"/api/v1/accounts/{bea}/mute", json={"duration": 600})
        await alice.post(f"/api/v1/accounts/{bea}/block")
        far = await beta.ben.post("/api/v1/statuses", json={"status": "@alice@alpha.test from afar #salmon"})
        seen = await alice.until(
            "/api/v1/timelines/home", lambda rows: next((row for row in rows if row["uri"] == far["uri"]), None)
        )
        self["far"] = seen["id"]
        _, _, headers = await alice.raw("GET", f"/api/v1/statuses/{seen['id']}/context")
        self["refresh"] = headers["Mastodon-Async-Refresh"].partition('id="')[2].partition('"')[0]

    async def _own(self) -> None:
        """Lists, filters, a conversation, a post for later, a subscription."""
        alice, ben = self.alpha.alice, self.beta.ben
        form = aiohttp.FormData()
        form.add_field("display_name", "Alice")
        form.add_field("note", "I paint")
        form.add_field("fields_attributes[0][name]", "Model")
        form.add_field("fields_attributes[0][value]", "cppn")
        form.add_field("avatar", picture("navy"), filename="a.png", content_type="image/png")
        await alice.call("PATCH", "/api/v1/accounts/update_credentials", data=form)
        chosen = self["list"] = (await alice.post("/api/v1/lists", json={"title": "x"}))["id"]
        await alice.post(f"/api/v1/lists/{chosen}/accounts", json={"account_ids": [self["ben"]]})
        words = {"title": "x", "context": ["home"], "expires_in": 3600, "keywords_attributes": [{"keyword": "afar"}]}
        made = await alice.post("/api/v2/filters", json=words)
        self["filter"], self["keyword"] = made["id"], made["keywords"][0]["id"]
        named = await alice.post(f"/api/v2/filters/{made['id']}/statuses", json={"status_id": self["far"]})
        self["filtered"] = named["id"]
        await ben.post("/api/v1/statuses", json={"status": "@alice@alpha.test psst", "visibility": "direct"})
        await alice.until("/api/v1/conversations", lambda rows: rows and rows[0]["last_status"])
        later = {"status": "later", "scheduled_at": "2099-01-01T00:00:00.000Z"}
        self["scheduled"] = (await alice.post("/api/v1/statuses", json=later))["id"]
        keys = {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        }
        wanted = {"endpoint": "https://push.example/abc", "keys": keys}
        data = {"alerts": {"poll": True}}
        await alice.post("/api/v1/push/subscription", json={"subscription": wanted, "data": data})
        await alice.post("/api/v1/markers", json={"home": {"last_read_id": self["note"]}})
        granted = scopes.parse("profile")
        assert granted is not None
        grant = await self.alpha.node.db.run(
            lambda unit: oauth.grant_personal(unit, alice.user_id, name="profile", scopes=granted)
        )
        self["profile_token"] = grant.token

    async def _notified(self) -> None:
        """Groups, a request, somebody who asks to follow."""
        alice, xia, zoe = self.alpha.alice, self.alpha.xia, self.alpha.zoe
        kinds = {"mention", "favourite", "follow", "quote"}
        rows = await alice.until(
            "/api/v1/notifications", lambda rows: rows if kinds <= {row["type"] for row in rows} else None
        )
        self["notification"] = rows[0]["id"]
        self["group"] = next(row["group_key"] for row in rows if row["type"] == "favourite")
        await alice.call("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
        await xia.post("/api/v1/statuses", json={"status": "@alice who are you?"})
        asked = await alice.until("/api/v1/notifications/requests", lambda rows: rows)
        self["request"] = asked[0]["id"]
        await alice.call("PATCH", "/api/v1/accounts/update_credentials", data={"locked": "true"})
        await zoe.post(f"/api/v1/accounts/{self['alice']}/follow")
        await alice.until("/api/v1/follow_requests", bool)

    async def _popular(self) -> None:
        """A tag, a post and a link that several write of; the link is a page of the other node."""
        # by its name: pages at private addresses have no cards
        url = self["link"] = "http://beta.test/about"
        for person in (self.alpha.zoe, self.alpha.yan, self.alpha.xia):
            made = await person.post("/api/v1/statuses", json={"status": f"read {url} #popular"})
            self["linked"] = made["id"]
        await self.alpha.alice.until(f"/api/v1/statuses/{self['linked']}", lambda row: row["card"])
        await trends.compute(self.alpha.node.parts, {})
        await asyncio.sleep(0)
