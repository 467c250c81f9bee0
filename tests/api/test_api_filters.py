"""Filters, v2 and v1: their entities, what they say of statuses everywhere, and whose they are."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from client_support import Person, client_node, png

from fedserver.db.queries import filters as rows

V1, V2 = "/api/v1/filters", "/api/v2/filters"
ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


async def make(person: Person, *keywords: str, **more: Any) -> dict[str, Any]:
    """A filter of whole words."""
    body = {
        "title": "mine",
        "context": ["home", "public"],
        "keywords_attributes": [{"keyword": word} for word in keywords],
    }
    answer = await person.post(V2, json={**body, **more})
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


async def test_a_filter_and_its_parts(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        # as the documentation's sample sends it
        form = (
            "title=test&context[]=public&expires_in=3600&keywords_attributes[][keyword]=foo"
            "&keywords_attributes[][whole_word]=false&keywords_attributes[][keyword]=bar"
            "&keywords_attributes[][whole_word]=true"
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        made = (await alice.post(V2, data=form, headers=headers)).json
        assert set(made) == {"id", "title", "context", "expires_at", "filter_action", "keywords", "statuses"}
        assert (made["title"], made["context"], made["filter_action"], made["statuses"]) == (
            "test",
            ["public"],
            "warn",
            [],
        )
        assert [(each["keyword"], each["whole_word"]) for each in made["keywords"]] == [("foo", False), ("bar", True)]
        assert all(set(each) == {"id", "keyword", "whole_word"} for each in made["keywords"])
        path = f"{V2}/{made['id']}"
        assert (await alice.get(path)).json == made and (await alice.get(V2)).json == [made]
        first, second = (each["id"] for each in made["keywords"])
        change = {
            "keywords_attributes": [{"id": first, "_destroy": True}, {"id": second, "keyword": "baz"}],
            "filter_action": "blur",
            "expires_in": "",
        }
        changed = (await alice.send("PUT", path, json=change)).json
        assert changed["keywords"] == [{"id": second, "keyword": "baz", "whole_word": True}]
        assert (changed["filter_action"], changed["expires_at"], changed["title"]) == ("blur", None, "test")
        added = (await alice.post(f"{path}/keywords", json={"keyword": "qux", "whole_word": "false"})).json
        assert (added["keyword"], added["whole_word"]) == ("qux", False)
        one = f"{V2}/keywords/{added['id']}"
        assert (await alice.get(one)).json == added
        assert (await alice.send("PUT", one, json={"keyword": "quux"})).json == {**added, "keyword": "quux"}
        assert [each["keyword"] for each in (await alice.get(f"{path}/keywords")).json] == ["baz", "quux"]
        assert (await alice.send("DELETE", one)).json == {}
        status = await alice.publish("named")
        named = (await alice.post(f"{path}/statuses", json={"status_id": status["id"]})).json
        assert set(named) == {"id", "status_id"} and named["status_id"] == status["id"]
        one = f"{V2}/statuses/{named['id']}"
        assert (await alice.get(one)).json == named
        assert (await alice.get(f"{path}/statuses")).json == [named]
        assert (await alice.send("DELETE", one)).json == {} and (await alice.get(f"{path}/statuses")).json == []
        assert (await alice.send("DELETE", path)).json == {} and (await alice.get(V2)).json == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "Title can't be blank, Context can't be blank, Context None or invalid context supplied"),
        ({"title": "x", "context": ["nowhere"]}, "Context None or invalid context supplied"),
        ({"title": " ", "context": ["home"]}, "Title can't be blank"),
        ({"title": "x" * 257, "context": ["home"]}, "Title is too long (maximum is 256 characters)"),
        ({"title": "x", "context": ["home"], "filter_action": "eat"}, "Action is not included in the list"),
        (
            {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": ""}]},
            "Keywords keyword can't be blank",
        ),
    ],
)
async def test_what_is_wrong_is_said_in_mastodons_words(tmp_path: Path, body: dict[str, Any], error: str) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        answer = await alice.post(V2, json=body)
        assert (answer.status, answer.json) == (422, {"error": f"Validation failed: {error}"})
        assert (await alice.get(V2)).json == []


async def test_wrong_types_and_unknown_parts(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        made = await make(alice, "word")
        path = f"{V2}/{made['id']}"
        for body in (
            {"title": {"a": 1}},
            {"context": [["home"]]},
            {"expires_in": "soon"},
            {"keywords_attributes": "x"},
            {"keywords_attributes": [{"keyword": "x", "whole_word": "maybe"}]},
            {"title": ""},
            {"context": []},
        ):
            assert (await alice.send("PUT", path, json=body)).status == 422, body
        for body in ({"keywords_attributes": [{"id": "1", "keyword": "x"}]},):
            assert (await alice.send("PUT", path, json=body)).status == 404
        new = {"title": "x", "context": ["home"], "keywords_attributes": [{"id": made["keywords"][0]["id"]}]}
        assert (await alice.post(V2, json=new)).status == 404
        assert (await alice.get(V2)).json == [made]
        word = await alice.post(f"{path}/keywords", json={"keyword": ""})
        assert (word.status, word.json) == (422, {"error": "Validation failed: Keyword can't be blank"})
        assert (await alice.post(f"{path}/keywords", json={"keyword": "x" * 513})).status == 422
        for body in ({}, {"status_id": "1"}):
            assert (await alice.post(f"{path}/statuses", json=body)).status == 404
        status = await alice.publish("one")
        assert (await alice.post(f"{path}/statuses", json={"status_id": status["id"]})).status == 200
        again = await alice.post(f"{path}/statuses", json={"status_id": status["id"]})
        assert (again.status, again.json) == (422, {"error": "Validation failed: Status has already been taken"})


async def test_somebody_elses_filters_do_not_exist(tmp_path: Path) -> None:
    """VIS-17."""
    async with client_node(tmp_path) as api:
        alice, eve = await api.person("alice"), await api.person("eve")
        status = await alice.publish("one")
        made = await make(alice, "word")
        named = (await alice.post(f"{V2}/{made['id']}/statuses", json={"status_id": status["id"]})).json
        word = made["keywords"][0]["id"]
        before = (await alice.get(V2)).json
        ways = [
            *[(method, f"{V2}/{made['id']}") for method in ("GET", "PUT", "DELETE")],
            *[(method, f"{V2}/{made['id']}/{part}") for method in ("GET", "POST") for part in ("keywords", "statuses")],
            *[(method, f"{V2}/keywords/{word}") for method in ("GET", "PUT", "DELETE")],
            *[(method, f"{V2}/statuses/{named['id']}") for method in ("GET", "DELETE")],
            *[(method, f"{V1}/{word}") for method in ("GET", "PUT", "DELETE")],
        ]
        body = {"title": "x", "keyword": "x", "phrase": "x", "context": ["home"], "status_id": status["id"]}
        for method, path in ways:
            answer = await eve.send(method, path, json=body if method != "GET" else None)
            assert (answer.status, answer.json) == (404, {"error": "Record not found"}), (method, path)
            poor = await api.node.token(alice.user_id, "read:statuses write:statuses")
            assert (await api.node.send(method, path, token=poor)).status == 403, (method, path)
        assert (await alice.get(V2)).json == before and (await eve.get(V2)).json == []
        # a post that somebody may not see can be in no filter of theirs
        secret = await alice.publish("secret", visibility="private")
        own = await make(eve, "x")
        answer = await eve.post(f"{V2}/{own['id']}/statuses", json={"status_id": secret["id"]})
        assert answer.status == 404


async def test_the_old_methods_are_one_keyword_each(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        for body, error in (
            ({"context": ["home"]}, "Phrase can't be blank"),
            ({"phrase": "x"}, "Context can't be blank, Context None or invalid context supplied"),
        ):
            given = {"context": [], **body}
            answer = await alice.post(V1, json=given)
            assert (answer.status, answer.json["error"]) == (422, f"Validation failed: {error}")
        body = {"phrase": "spoon", "context": ["home", "thread"], "irreversible": True, "whole_word": False}
        made = (await alice.post(V1, json={**body, "expires_in": 60})).json
        assert set(made) == {"id", "phrase", "context", "whole_word", "expires_at", "irreversible"}
        assert {name: made[name] for name in body} == body and made["expires_at"] is not None
        path = f"{V1}/{made['id']}"
        assert (await alice.get(path)).json == made and (await alice.get(V1)).json == [made]
        new = (await alice.get(V2)).json[0]
        assert (new["title"], new["filter_action"], new["keywords"][0]["id"]) == ("spoon", "hide", made["id"])
        change = {"phrase": "fork", "context": ["home"], "irreversible": False, "expires_in": ""}
        changed = (await alice.send("PUT", path, json=change)).json
        assert (changed["phrase"], changed["context"], changed["irreversible"]) == ("fork", ["home"], False)
        assert changed["expires_at"] is None
        await alice.post(f"{V2}/{new['id']}/keywords", json={"keyword": "knife"})
        assert [each["phrase"] for each in (await alice.get(V1)).json] == ["fork", "knife"]
        assert (await alice.send("PUT", path, json={**change, "phrase": "ladle"})).json["phrase"] == "ladle"
        several = await alice.send("PUT", path, json={**change, "context": ["public"]})
        assert several.status == 422 and several.json["error"].startswith("These parameters cannot be changed from")
        assert (await alice.send("DELETE", path)).json == {}
        assert [each["phrase"] for each in (await alice.get(V1)).json] == ["knife"]


async def test_matches_are_reported_wherever_the_post_is_shown(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        await bob.follow(alice)
        made = await make(bob, "Spoon", filter_action="hide")
        status = await alice.publish("@bob a SPOON and #tea")
        reply = await alice.publish("spoons are not it", in_reply_to_id=status["id"])
        await eve.post(f"/api/v1/statuses/{status['id']}/reblog")
        await bob.follow(eve)
        head = {name: made[name] for name in ("id", "title", "context", "expires_at", "filter_action")}
        expected = [{"filter": head, "keyword_matches": ["SPOON"], "status_matches": None}]

        async def seen(path: str, pick: Any = lambda found: found) -> dict[str, Any]:
            answer = await bob.get(path)
            assert answer.status == 200, answer.text
            found = pick(answer.json)
            return {each["id"]: each["filtered"] for each in (found if isinstance(found, list) else [found])}

        number = status["id"]
        paths: list[tuple[str, Any]] = [
            ("/api/v1/timelines/home", lambda found: found),
            ("/api/v1/timelines/public", lambda found: found),
            ("/api/v1/timelines/tag/tea", lambda found: found),
            (f"/api/v1/accounts/{alice.account_id}/statuses", lambda found: found),
            (f"/api/v1/statuses/{number}", lambda found: found),
            (f"/api/v1/statuses?id[]={number}", lambda found: found),
            (f"/api/v1/statuses/{reply['id']}/context", lambda found: found["ancestors"]),
            ("/api/v1/notifications", lambda found: [each["status"] for each in found if each["type"] == "mention"]),
            (f"/api/v2/search?q={status['uri']}", lambda found: found["statuses"]),
        ]
        for path, pick in paths:
            assert (await seen(path, pick))[number] == expected, path
        # "hide" leaves nothing out: acting on it is the client's part
        home = (await bob.get("/api/v1/timelines/home")).json
        boost = next(each for each in home if each["reblog"] is not None)
        assert boost["filtered"] == expected and boost["reblog"]["filtered"] == expected
        assert next(each for each in home if each["id"] == reply["id"])["filtered"] == []
        # nobody else's business
        for other in (alice, eve):
            assert (await other.get(f"/api/v1/statuses/{number}")).json["filtered"] == []
        assert "filtered" not in (await api.node.get(f"/api/v1/statuses/{number}")).json


async def test_where_words_are_looked_for(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        far = await api.remote("carol")
        await make(bob, "needle")
        medium = (await alice.upload(png(), description="a Needle")).json
        poll = {"options": ["hay", "needle"], "expires_in": 3600}
        found = {
            "warning": (await alice.publish("x", spoiler_text="needle"))["id"],
            "picture": (await alice.publish("x", media_ids=[medium["id"]]))["id"],
            "poll": (await alice.publish("x", poll=poll))["id"],
            "markup": str(await api.receive(far, 1, "<p>nee<b>dle</b> here</p>")),
        }
        absent = {
            "attribute": str(await api.receive(far, 2, '<p><a href="https://needle.test/needle">x</a></p>')),
            "none": (await alice.publish("needles"))["id"],
        }
        shown = {each["id"]: each["filtered"] for each in (await bob.get("/api/v1/timelines/public")).json}
        assert {name: bool(shown[number]) for name, number in found.items()} == dict.fromkeys(found, True)
        assert {name: bool(shown[number]) for name, number in absent.items()} == dict.fromkeys(absent, False)


async def test_a_warm_page_is_never_stale(tmp_path: Path) -> None:
    """Every change of the filters or of the post is seen by the next page; so is the end of a filter."""
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        status = await alice.publish("one word")
        path = f"/api/v1/statuses/{status['id']}"

        async def filtered() -> list[tuple[list[str] | None, list[str] | None]]:
            found = (await bob.get(path)).json["filtered"]
            return [(each["keyword_matches"], each["status_matches"]) for each in found]

        assert await filtered() == []
        made = await make(bob, "word")
        assert await filtered() == [(["word"], None)] and await filtered() == [(["word"], None)]
        named = (await bob.post(f"{V2}/{made['id']}/statuses", json={"status_id": status["id"]})).json
        assert await filtered() == [(["word"], [status["id"]])]
        await bob.send("DELETE", f"{V2}/keywords/{made['keywords'][0]['id']}")
        assert await filtered() == [(None, [status["id"]])]
        await bob.send("DELETE", f"{V2}/statuses/{named['id']}")
        assert await filtered() == []
        await bob.post(f"{V2}/{made['id']}/keywords", json={"keyword": "other"})
        assert await filtered() == []
        await alice.send("PUT", path, json={"status": "another, other text"})
        assert await filtered() == [(["other"], None)]
        await bob.send("PUT", f"{V2}/{made['id']}", json={"expires_in": 1})
        assert await filtered() == [(["other"], None)]
        await asyncio.sleep(1.1)
        assert await filtered() == []
        assert [each["id"] for each in (await bob.get(V2)).json] == [made["id"]]
        await bob.send("DELETE", f"{V2}/{made['id']}")
        assert await filtered() == []
        assert await api.node.parts.db.one(rows.version(bob.account_id)) == 0


async def test_filters_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        monkeypatch.setattr("fedserver.services.filters.MAX_FILTERS", 2)
        monkeypatch.setattr("fedserver.services.filters.MAX_KEYWORDS", 3)
        first = await make(alice, "a", "b")
        body = {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "c"}, {"keyword": "d"}]}
        assert (await alice.post(V2, json=body)).status == 422
        await make(alice, "c")
        assert (await alice.post(V2, json={"title": "x", "context": ["home"]})).status == 422
        assert (await alice.post(f"{V2}/{first['id']}/keywords", json={"keyword": "d"})).status == 422
        assert len((await alice.get(V2)).json) == 2
