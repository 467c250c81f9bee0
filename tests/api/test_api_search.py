"""Search through its door: who finds what, by which operators, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client_support import client_node, png

from fedserver.db.queries import search
from fedserver.domain.text.operators import understand


async def texts(person: Any, query: str, **more: str) -> list[str]:
    answer = await person.get("/api/v2/search?" + "&".join(f"{k}={v}" for k, v in {"q": query, **more}.items()))
    assert answer.status == 200, answer.text
    return [each["content"].removeprefix("<p>").removesuffix("</p>") for each in answer.json["statuses"]]


@pytest.mark.parametrize("first", [1, search.FIRST])
async def test_posts_by_words_and_operators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    monkeypatch.setattr(search, "FIRST", first)
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice", indexable=1), await api.person("bob")
        medium = (await alice.upload(png(), description="a lighthouse")).json
        await alice.publish("green apple", language="en")
        await alice.publish("red apple", media_ids=[medium["id"]], language="fr")
        await alice.publish("private apple", visibility="private")
        await bob.publish("secret apple")
        assert await texts(bob, "apple") == ["secret apple", "red apple", "green apple"]
        assert await texts(alice, "apple") == ["private apple", "red apple", "green apple"]
        assert await texts(bob, "appl") == ["secret apple", "red apple", "green apple"]
        assert await texts(bob, "apple+has:media") == ["red apple"]
        assert await texts(bob, "lighthouse") == ["red apple"]
        assert await texts(bob, "apple+-has:media") == ["secret apple", "green apple"]
        assert await texts(bob, "apple+-red") == ["secret apple", "green apple"]
        assert await texts(bob, "apple+from:alice") == ["red apple", "green apple"]
        assert await texts(bob, "from:me") == ["secret apple"]
        assert await texts(bob, "apple+-from:@alice") == ["secret apple"]
        assert await texts(bob, "apple+language:fr") == ["red apple"]
        assert await texts(bob, "apple+in:library") == ["secret apple"]
        assert await texts(bob, "apple+in:public") == ["red apple", "green apple"]
        assert await texts(bob, "%22apple+green%22") == []
        assert await texts(bob, "%22green+apple%22") == ["green apple"]
        assert await texts(bob, "apple+before:2001-01-01") == []
        assert await texts(bob, "apple+after:2001-01-01") == ["secret apple", "red apple", "green apple"]
        for nonsense in ("has:nonsense", "is:purple", "from:nobody", "in:space", "before:yesterday", "language:-"):
            assert await texts(bob, f"apple+{nonsense}") == []
        assert await texts(bob, "apple", account_id=str(alice.account_id)) == ["red apple", "green apple"]
        assert await texts(bob, "apple", type="statuses", offset="1", limit="1") == ["red apple"]
        post = (await alice.get(f"/api/v1/accounts/{alice.account_id}/statuses?limit=1")).json[0]
        # the link is written, so that nothing in the text says that this is a quote
        quoted = await alice.publish(f"quince {post['url']}", quoted_status_id=post["id"])
        await alice.publish(f"quince pie {post['url']}")
        assert "quote-inline" not in quoted["content"]
        rows = (await alice.get("/api/v2/search?q=quince+is:quote")).json["statuses"]
        assert [each["id"] for each in rows] == [quoted["id"]]
        assert len((await alice.get("/api/v2/search?q=quince+-is:quote")).json["statuses"]) == 1
        rows = (await bob.get("/api/v2/search?q=apple&type=statuses")).json["statuses"]
        assert await texts(bob, "apple", max_id=rows[0]["id"]) == ["red apple", "green apple"]
        assert await texts(bob, "apple", min_id=rows[1]["id"]) == ["secret apple"]


async def test_consent_and_relations_are_asked_when_it_is_searched(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        post = await alice.publish("a rare pineapple")
        assert await texts(bob, "pineapple") == []
        assert (
            await alice.send("PATCH", "/api/v1/accounts/update_credentials", json={"indexable": True})
        ).status == 200
        assert await texts(bob, "pineapple") == ["a rare pineapple"]
        await bob.post(f"/api/v1/accounts/{alice.account_id}/mute")
        assert await texts(bob, "pineapple") == []
        await bob.post(f"/api/v1/accounts/{alice.account_id}/unmute")
        await alice.send("PATCH", "/api/v1/accounts/update_credentials", json={"indexable": False})
        assert await texts(bob, "pineapple") == []
        await bob.post(f"/api/v1/statuses/{post['id']}/bookmark")
        assert await texts(bob, "pineapple") == ["a rare pineapple"]
        await alice.send("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "a rare mango"})
        assert (await texts(bob, "pineapple"), await texts(bob, "mango")) == ([], ["a rare mango"])
        await alice.send("DELETE", f"/api/v1/statuses/{post['id']}")
        assert await texts(bob, "mango") == []


async def test_remote_posts_are_kept_by_consent_mention_or_reaction(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        bob = await api.person("bob")
        silent, open_ = await api.remote("silent"), await api.remote("open", indexable=True)
        first = await api.receive(silent, 1, "<p>walnut</p>")
        await api.receive(open_, 2, "<p>walnut too</p>")
        assert await texts(bob, "walnut") == ["walnut too"]
        await bob.post(f"/api/v1/statuses/{first}/favourite")
        assert sorted(await texts(bob, "walnut")) == ["walnut", "walnut too"]


async def test_visitors_find_no_posts_and_may_not_page_or_resolve(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice", indexable=1)
        await alice.publish("open words #tag")
        answer = await api.node.get("/api/v2/search?q=words")
        assert answer.json["statuses"] == []
        assert (await api.node.get("/api/v2/search?q=tag&type=hashtags")).json["hashtags"][0]["name"] == "tag"
        assert (await api.node.get("/api/v2/search?q=words&resolve=true")).status == 401
        assert (await api.node.get("/api/v2/search?q=words&type=accounts&offset=1")).status == 401
        assert (await api.node.get("/api/v2/search?q=words&type=nonsense")).status == 422
        assert (await api.node.get("/api/v2/search")).status == 422
        narrow = await api.person("narrow", scopes="write")
        assert (await narrow.get("/api/v2/search?q=words")).status == 403
        for text in (
            "%22",
            "'",
            "%25",
            "_",
            "*",
            "%5C",
            "NEAR(a",
            "a%22OR%22b",
            "--",
            "%3B--",
            "\ue000".encode().hex(),
            "-",
            "-%22-%22",
        ):
            assert (await alice.get(f"/api/v2/search?q={text}")).status in (200, 422), text


async def test_accounts_by_name_and_tags_with_history(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        far = await api.remote("mullerin")
        await alice.send("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Doctor Quill"})

        async def found(query: str) -> list[str]:
            answer = await bob.get(f"/api/v1/accounts/search?q={query}")
            return [each["acct"] for each in answer.json]

        assert await found("quill") == ["alice"]
        assert await found("muller") == [far.acct]
        assert await found("al") == ["alice"]
        assert await found("quill&following=true") == []
        await bob.follow(alice)
        assert await found("quill&following=true") == ["alice"]
        await alice.post(f"/api/v1/accounts/{bob.account_id}/block")
        assert await found("quill") == []
        await alice.publish("x #History")
        tag = (await bob.get("/api/v1/tags/history")).json
        assert tag["history"][0]["uses"] == "1" and tag["history"][0]["accounts"] == "1"
        assert len(tag["history"]) == 7 and tag["following"] is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("has:media cat", [("cat",)]),
        ('"two words"', [("two", "words")]),
        ("unknown:thing", [("unknown",), ("thing",)]),
        ("-not yes", [("not",), ("yes",)]),
        ("https:", [("https",)]),
    ],
)
def test_what_is_an_operator_and_what_is_text(text: str, words: list[tuple[str, ...]]) -> None:
    assert [each.words for each in understand(text).needles] == words


def test_times() -> None:
    day = 86_400_000
    found = understand("during:1970-01-03")
    assert (found.since, found.until) == (2 * day, 3 * day)
    assert understand("after:1970-01-03").since == 3 * day
    assert understand("-after:1970-01-03").until == 3 * day
    assert understand("before:1970-01-03").until == 2 * day
    assert understand("during:1970-02").since == 31 * day
    assert understand("during:1970-13").empty


def test_long_and_strange_searches_are_quick() -> None:
    import time

    for text in ("a:" * 50_000, '"' * 100_000, "-" * 100_000, "from:" * 20_000, "\ue000" * 50_000, "漢" * 50_000):
        begin = time.thread_time()
        understand(text)
        assert time.thread_time() - begin < 0.5
