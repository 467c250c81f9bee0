"""A reader's own feeds: written, forked, refused, put in order for one reader alone, paged through like any list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from node_support import RunningNode
from test_api_feeds import LIST, community, document, post

from fedserver.db.queries import own_feeds as rows
from fedserver.db.queries import seen as seen_rows
from fedserver.edge import ordering, seen
from fedserver.services import own_feeds as service

OWN = "/api/v1/own_feeds"
NEWEST_FIRST = 'title = "Mine"\nscore = "posted_s"\n'


async def made(node: RunningNode, who: str, text: str = NEWEST_FIRST) -> str:
    return str((await getattr(node, who).post(OWN, json={"document": text}))["id"])


async def shown(node: RunningNode, who: str, feed_id: str, query: str = "") -> list[dict[str, Any]]:
    return list(await getattr(node, who).get(f"{LIST}/{feed_id}{query}"))


def texts(page: list[dict[str, Any]]) -> list[str]:
    return [each["reblog"]["content"].removeprefix("<p>").removesuffix("</p>") for each in page]


async def again(node: RunningNode, who: str, feed_id: str) -> None:
    """As if the last order were old."""
    account_id = getattr(node, who).account_id
    order = await node.node.db.one(rows.latest(int(account_id), int(feed_id)))
    assert order is not None
    await node.node.db.run(lambda unit: unit.run(rows.change_order(order.id, {"checked_at": 1})))
    ordering.changed(node.node.parts, int(account_id), int(feed_id))


async def test_a_feed_of_ones_own_is_a_list_for_its_reader_alone(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo") as node:
        await node.ben.post(f"/api/v1/accounts/{node.alice.account_id}/follow")
        await post(node, "alice", "for all")
        await post(node, "alice", "for followers", visibility="private")
        await post(node, "cleo", "a stranger's")
        feed_id = await made(node, "ben")
        lists = await node.ben.get("/api/v1/lists")
        assert [each["title"] for each in lists] == ["Best", "Mine"]
        assert await node.ben.get(f"/api/v1/lists/{feed_id}/accounts") == []
        page = await shown(node, "ben", feed_id)
        assert texts(page) == ["for followers", "for all"], "what stands at home, and what only followers see"
        assert all(each["account"]["group"] and each["account"]["acct"] == "your_feeds" for each in page)
        ids = [int(each["id"]) for each in page]
        assert ids == sorted(ids, reverse=True)
        assert page[0]["created_at"] > page[1]["created_at"]
        # every verb is about the post
        liked = await node.ben.post(f"/api/v1/statuses/{page[1]['id']}/favourite")
        assert liked["id"] == page[1]["reblog"]["id"]
        # somebody else: not the list, not the feed, not a place of it
        for method, path in (
            ("GET", f"{LIST}/{feed_id}"),
            ("GET", f"/api/v1/lists/{feed_id}"),
            ("DELETE", f"/api/v1/lists/{feed_id}"),
            ("GET", f"{OWN}/{feed_id}"),
            ("PUT", f"{OWN}/{feed_id}"),
            ("DELETE", f"{OWN}/{feed_id}"),
            ("GET", f"/api/v1/statuses/{page[1]['id']}"),
            ("POST", f"/api/v1/statuses/{page[1]['id']}/favourite"),
            ("GET", f"/api/v1/statuses/{page[1]['id']}/why"),
        ):
            assert (await node.cleo.raw(method, path, json={"document": NEWEST_FIRST}))[0] == 404, path
        status, body, _ = await node.cleo.raw("POST", f"{OWN}/preview", json={"document": NEWEST_FIRST, "id": feed_id})
        assert status == 404, body
        # rename and members: said elsewhere
        assert (await node.ben.raw("PUT", f"/api/v1/lists/{feed_id}", json={"title": "x"}))[0] == 422
        await node.ben.call("DELETE", f"/api/v1/lists/{feed_id}")
        assert await node.ben.get(OWN) == []
        assert (await node.ben.raw("GET", f"{LIST}/{feed_id}"))[0] == 404


async def test_personal_signals(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo", "dora") as node:
        # ben and cleo both follow dora; ben follows alice
        for who, whom in (("ben", "dora"), ("cleo", "dora"), ("ben", "alice")):
            account = getattr(node, whom).account_id
            await getattr(node, who).post(f"/api/v1/accounts/{account}/follow")
        await node.ben.post("/api/v1/tags/cats/follow")
        for who, text in (("alice", "by alice"), ("cleo", "by cleo"), ("dora", "about #cats")):
            await post(node, who, text)

        async def value(formula: str) -> dict[str, float]:
            answer = await node.ben.post(
                f"{OWN}/preview", json={"document": f'title = "x"\nfrom = ["local"]\nscore = "{formula}"\n'}
            )
            found = {}
            for each in answer["places"]:
                status = await node.ben.get(f"/api/v1/statuses/{each['status_id']}")
                found[status["account"]["acct"]] = each["score"]
            return found

        assert await value("tags_followed") == {"alice": 0.0, "cleo": 0.0, "dora": 1.0}
        assert await value("1 if author.followed else 0") == {"alice": 1.0, "cleo": 0.0, "dora": 1.0}
        assert await value("follows_in_common") == {"alice": 0.0, "cleo": 1.0, "dora": 0.0}
        # who hides whom they follow is not found out so
        await node.cleo.call("PATCH", "/api/v1/accounts/update_credentials", json={"hide_collections": True})
        assert (await value("follows_in_common"))["cleo"] == 0.0


async def test_lists_as_a_source(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo") as node:
        for whom in ("alice", "cleo"):
            await node.ben.post(f"/api/v1/accounts/{getattr(node, whom).account_id}/follow")
        mine = await node.ben.post("/api/v1/lists", json={"title": "Painters"})
        await node.ben.post(f"/api/v1/lists/{mine['id']}/accounts", json={"account_ids": [str(node.cleo.account_id)]})
        theirs = await node.alice.post("/api/v1/lists", json={"title": "Hidden"})
        await post(node, "alice", "by alice")
        await post(node, "cleo", "by cleo")
        text = 'title = "x"\nfrom = ["list"]\nlists = ["%s"]\nscore = "1"\n'
        feed_id = await made(node, "ben", text % "painters")
        kept = await node.ben.get(f"{OWN}/{feed_id}")
        assert kept["feed"]["lists"] == [mine["id"]] and kept["feed"]["from"] == ["list"]
        assert texts(await shown(node, "ben", feed_id)) == ["by cleo"]
        for name in ("Hidden", theirs["id"], "nothing"):
            status, body, _ = await node.ben.raw("POST", OWN, json={"document": text % name})
            assert status == 422 and body["where"] == "lists", name
        # a community's feed knows nobody's lists
        with pytest.raises(Exception, match="some of: home, local"):
            document(score="1", **{"from": ["list"]})


async def test_a_hostile_or_wrong_formula_is_refused_with_its_place(tmp_path: Path) -> None:
    async with community(tmp_path, "alice") as node:
        for score, column, said in (
            ("2*like + 1", 3, "did you mean `likes_people`"),
            ("__import__('os')", None, ""),
            ("9**9**9**9**9", None, ""),
            ("(" * 300 + "1" + ")" * 300, None, ""),
            ("[x for x in tags]", None, ""),
            ("1 " + "+ 1 " * 400, None, ""),
            ("age_h.__class__", None, ""),
            ("x" * 5000, None, "too long"),
        ):
            given = {"title": "x", "score": score}
            for path in (OWN, f"{OWN}/check", f"{OWN}/preview"):
                status, body, _ = await node.alice.raw("POST", path, json=given)
                if score.startswith("9**"):
                    assert status in (200, 422), body
                    continue
                assert status == 422 and body["where"] == "score", (score, body)
                assert column is None or body["column"] == column, body
                assert said in body["error"]
        assert len(await node.alice.get(OWN)) <= 1
        for text, where in (
            ('score = "1"', "title"),
            ('title = "x"\nscore = "1"\nmax_age = "365d"', "max_age"),
            ('title = "x"\nscore = "1"\nlength = 1000', "length"),
            ('title = "x"\nscore = "1"\nboosts_per_hour = 5', "boosts_per_hour"),
            ('title = "x"\nscore = "1"\n[sets]\na = 3', "sets.a"),
            ("= not toml", "TOML"),
            ('title = "x"\nscore = "1"\n#' + "x" * 20_000, ""),
        ):
            status, body, _ = await node.alice.raw("POST", f"{OWN}/check", json={"document": text})
            assert status == 422 and body["where"] == where, body
        checked = await node.alice.post(
            f"{OWN}/check", json={"title": "x", "score": "age_h", "tags": "a, #B c"} | {"from": ["tags"]}
        )
        assert checked["feed"]["tags"] == ["a", "b", "c"] and 'score = "age_h"' in checked["document"]


async def test_scopes_and_the_most_that_one_may_have(tmp_path: Path) -> None:
    async with community(tmp_path, "alice") as node:
        for number in range(service.MOST):
            await made(node, "alice", f'title = "Feed {number}"\nscore = "1"\n')
        status, body, _ = await node.alice.raw("POST", OWN, json={"document": NEWEST_FIRST})
        assert status == 422 and "10 feeds of your own" in body["error"]
        assert (await node.alice.raw("POST", OWN, json={"fork": "best"}))[0] == 422
        assert (await node.alice.raw("POST", OWN, json={"fork": "nothing"}))[0] == 404


async def test_forks_of_the_community_and_of_presets(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        await post(node, "ben", "hello")
        fork = await node.alice.post(OWN, json={"fork": "best"})
        assert fork["forked_from"] == "best" and 'score = "likes_people"' in fork["document"]
        assert texts(await shown(node, "alice", fork["id"])) == ["hello"]
        other = await node.alice.post(OWN, json={"fork": "hacker-news@presets"})
        changed = await node.alice.call(
            "PUT",
            f"{OWN}/{other['id']}",
            json={"document": 'title = "Other"\nfrom = ["local"]\nscore = "0 - posted_s"\n'},
        )
        assert changed["title"] == "Other" and changed["forked_from"] == "hacker-news@presets"
        assert (await node.alice.raw("PUT", f"{OWN}/{other['id']}", json={"document": "title = 1"}))[0] == 422


async def test_an_order_is_frozen_while_it_is_paged_and_made_anew_when_it_is_old(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        for number in range(5):
            await post(node, "ben", f"post {number}")
        feed_id = await made(node, "alice", 'title = "x"\nfrom = ["local"]\nscore = "posted_s"\n')
        first = await shown(node, "alice", feed_id, "?limit=2")
        assert texts(first) == ["post 4", "post 3"]
        await post(node, "ben", "new")
        assert texts(await shown(node, "alice", feed_id, "?limit=2")) == ["post 4", "post 3"], "not old yet"
        await again(node, "alice", feed_id)
        assert texts(await shown(node, "alice", feed_id, "?limit=2")) == ["new", "post 4"]
        # who is in the middle goes on in the order that they began
        rest = await shown(node, "alice", feed_id, f"?limit=40&max_id={first[-1]['id']}")
        assert texts(rest) == ["post 2", "post 1", "post 0"]
        newer = await shown(node, "alice", feed_id, f"?since_id={first[0]['id']}")
        assert texts(newer)[0] == "new" and len(newer) == 6
        top = await shown(node, "alice", feed_id, "?limit=1")
        assert await shown(node, "alice", feed_id, f"?min_id={top[0]['id']}") == []
        # the id of the post in a place, as some apps page
        inner = (await shown(node, "alice", feed_id))[1]["reblog"]["id"]
        assert texts(await shown(node, "alice", feed_id, f"?max_id={inner}"))[0] == "post 3"
        # a changed formula is seen at once
        await node.alice.call(
            "PUT", f"{OWN}/{feed_id}", json={"document": 'title = "x"\nfrom = ["local"]\nscore = "0 - posted_s"\n'}
        )
        assert texts(await shown(node, "alice", feed_id))[0] == "post 0"


async def test_what_may_no_longer_be_seen_is_gone_from_ones_own_order(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo") as node:
        await node.alice.post(f"/api/v1/accounts/{node.ben.account_id}/follow")
        await node.alice.post(f"/api/v1/accounts/{node.cleo.account_id}/follow")
        await post(node, "ben", "for followers", visibility="private")
        gone = await post(node, "ben", "to be deleted")
        await post(node, "cleo", "to be muted")
        await post(node, "cleo", "a dull word")
        feed_id = await made(node, "alice")
        assert len(await shown(node, "alice", feed_id)) == 4
        await node.ben.call("DELETE", f"/api/v1/statuses/{gone['id']}")
        keyword = {"title": "x", "context": ["home"], "filter_action": "hide"}
        await node.alice.post("/api/v2/filters", json={**keyword, "keywords_attributes": [{"keyword": "dull"}]})
        page = await shown(node, "alice", feed_id)
        assert texts(page) == ["a dull word", "to be muted", "for followers"]
        assert [bool(each["reblog"]["filtered"]) for each in page] == [True, False, False], "for apps to hide"
        await node.alice.post(f"/api/v1/accounts/{node.cleo.account_id}/mute")
        assert texts(await shown(node, "alice", feed_id)) == ["for followers"]
        await node.ben.post(f"/api/v1/accounts/{node.alice.account_id}/remove_from_followers")
        assert texts(await shown(node, "alice", feed_id)) == []


async def test_strangers_who_do_not_want_to_be_found_are_in_nobodys_feed(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo") as node:
        await node.alice.post(f"/api/v1/accounts/{node.ben.account_id}/follow")
        for who in ("ben", "cleo"):
            await getattr(node, who).call(
                "PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False, "note": "#nobot"}
            )
            await post(node, who, f"by {who}")
        feed_id = await made(node, "alice", 'title = "x"\nfrom = ["home", "local", "federated"]\nscore = "posted_s"\n')
        assert texts(await shown(node, "alice", feed_id)) == ["by ben"], "whom one follows stands at home anyway"


async def test_seen_is_kept_only_where_it_is_turned_on(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        parts = node.node.parts
        for number in range(3):
            await post(node, "ben", f"post {number}")
        text = 'title = "x"\nfrom = ["local"]\nwhere = "not seen"\nscore = "posted_s"\n'
        feed_id = await made(node, "alice", text)

        async def count() -> int:
            await seen.settled(parts)
            return await node.node.db.one(seen_rows.count(int(node.alice.account_id))) or 0

        assert len(await shown(node, "alice", feed_id)) == 3
        assert await count() == 0
        assert (await node.alice.get("/api/v1/preferences"))["reading:remember_seen"] is False
        told = await node.alice.call("PATCH", "/api/v1/preferences", json={"remember_seen": True})
        assert told["reading:remember_seen"] is True
        assert len(await shown(node, "alice", feed_id, "?limit=2")) == 2
        assert await count() == 2
        await again(node, "alice", feed_id)
        assert texts(await shown(node, "alice", feed_id)) == ["post 0"]
        # at home too, and nobody else's
        await node.ben.get("/api/v1/timelines/home")
        other = await post(node, "alice", "one's own")
        await node.alice.get("/api/v1/timelines/home")
        await seen.settled(parts)
        assert await count() == 4 and other
        assert await node.node.db.one(seen_rows.count(int(node.ben.account_id))) == 0
        await node.alice.call("PATCH", "/api/v1/preferences", json={"remember_seen": False})
        assert await count() == 0
        await shown(node, "alice", feed_id)
        assert await count() == 0


async def test_why_a_post_has_its_place_in_ones_own_feed(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        await node.alice.post(f"/api/v1/accounts/{node.ben.account_id}/follow")
        hidden = await post(node, "ben", "for followers", visibility="private")
        text = 'title = "x"\nscore = "(3 if author.followed else 0) + likes_people"\n'
        feed_id = await made(node, "alice", text)
        (place,) = await shown(node, "alice", feed_id)
        told = await node.alice.get(f"/api/v1/statuses/{place['id']}/why")
        assert told == await node.alice.get(f"/api/v1/statuses/{hidden['id']}/why?feed={feed_id}")
        assert told["feed"] == {"id": feed_id, "title": "x"} and told["policy"] is None and told["score"] == 3.0
        assert told["signals"] == {"author.followed": True, "likes_people": 0.0}
        assert (await node.ben.raw("GET", f"/api/v1/statuses/{hidden['id']}/why?feed={feed_id}"))[0] == 404


async def test_a_preview_shows_what_moves_enters_and_leaves(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        made_ = [await post(node, "ben", f"post {number}") for number in range(3)]
        text = 'title = "x"\nfrom = ["local"]\nscore = "posted_s"\n%s'
        feed_id = await made(node, "alice", text % 'where = "text_length < 6"')
        assert await shown(node, "alice", feed_id) == []
        answer = await node.alice.post(f"{OWN}/preview", json={"document": text % "", "id": feed_id})
        assert (answer["moved"], answer["entered"], answer["left"]) == (0, 3, 0)
        assert [each["status_id"] for each in answer["places"]] == [each["id"] for each in reversed(made_)]
        await node.alice.call("PUT", f"{OWN}/{feed_id}", json={"document": text % ""})
        other = 'title = "x"\nfrom = ["local"]\nscore = "0 - posted_s"\nwhere = "likes_people == 0"\n'
        await node.alice.post(f"/api/v1/statuses/{made_[1]['id']}/favourite")
        answer = await node.alice.post(f"{OWN}/preview", json={"document": other, "id": feed_id})
        assert [(each["place"], each["before"]) for each in answer["places"]] == [(1, 3), (2, 1)]
        assert [(each["status_id"], each["before"]) for each in answer["gone"]] == [(made_[1]["id"], 2)]
        assert answer["places"][0]["url"].startswith("http")
