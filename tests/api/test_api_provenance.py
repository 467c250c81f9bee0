"""How media were made, through the doors: declared, detected, presumed, moderated, withdrawn; and who sees what."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from client_support import Person, client_node, png
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fedserver.db.queries import audit

PARAMETERS = (
    "a lighthouse in a storm\nNegative prompt: people\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 12345678901234567890, Model: dreamshaper_8, Version: v1.9.0"
)


def generated(prompt: str = PARAMETERS) -> bytes:
    """A picture as AUTOMATIC1111 writes it."""
    info, out = PngInfo(), io.BytesIO()
    info.add_text("parameters", prompt)
    Image.effect_noise((64, 64), 90).save(out, "PNG", pnginfo=info)
    return out.getvalue()


async def media(person: Person, data: bytes | None = None, **fields: str) -> dict[str, Any]:
    answer = await person.upload(png() if data is None else data, **fields)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


async def found(person: Person, query: str) -> list[str]:
    answer = await person.get(f"/api/v2/search?type=statuses&q={query}")
    assert answer.status == 200, answer.text
    return [each["id"] for each in answer.json["statuses"]]


async def test_declared_on_upload_shown_on_the_post_and_found(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice", indexable=1), await api.person("bob")
        fields = {
            "provenance[declared]": "generated",
            "provenance[tool]": "ComfyUI",
            "provenance[tool_version]": "0.3",
            "provenance[model]": "Flux.1 dev",
            "provenance[license]": "CC-BY-4.0",
        }
        made = await media(alice, **fields)
        told = made["provenance"]
        assert told["label"] == "ai-generated" and told["source_type"] == "trainedAlgorithmicMedia"
        assert (told["tool"], told["tool_version"], told["models"]) == ("ComfyUI", "0.3", ["Flux.1 dev"])
        assert told["license"] == "CC-BY-4.0" and told["recipe"] is None and told["digest"].startswith("z")
        (claim,) = told["claims"]
        assert claim["basis"] == "declared" and claim["by"].endswith("/users/alice") and claim["revoked_at"] is None
        assert claim["state"] == {"integrity": "unchecked", "signature": "none", "trust": "none"}
        with_ai = await alice.publish("harbour", media_ids=[made["id"]])
        plain = await alice.publish("harbour", media_ids=[(await media(alice))["id"]])
        without = await alice.publish("harbour")
        nothing = {"text": None, "based_on": [], "remixes_count": 0, "no_remix": False, "training": None}
        assert with_ai["provenance"] == {"label": "ai-generated", **nothing}
        assert plain["provenance"] == {"label": "unknown", **nothing}
        assert without["provenance"] == {"label": None, **nothing}
        seen = (await bob.get(f"/api/v1/statuses/{with_ai['id']}")).json
        assert seen["media_attachments"][0]["provenance"] == told
        assert await found(bob, "harbour+has:ai") == [with_ai["id"]]
        assert await found(bob, "harbour+-has:ai") == [without["id"], plain["id"]]
        for query in ("model:flux", 'model:"flux.1+dev"', "tool:comfyui", "provenance:ai", "provenance:ai-generated"):
            assert await found(bob, query) == [with_ai["id"]], query
        for query in ("model:comfyui", "tool:flux", "model:dev+tool:xx", "provenance:disputed", "provenance:nonsense"):
            assert await found(bob, query) == [], query
        assert await found(bob, "provenance:unlabelled") == [plain["id"]]
        assert await found(bob, "harbour+-model:flux") == [without["id"], plain["id"]]


async def test_detected_values_are_the_owners_first(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice", indexable=1), await api.person("bob")
        made = await media(alice, generated())
        told = made["provenance"]
        assert told["label"] == "ai-generated" and told["reading"] == "read", told
        assert told["models"] == ["dreamshaper_8"]
        assert told["recipe"]["prompt"] == "a lighthouse in a storm"
        assert told["recipe"]["seed"] == "12345678901234567890"
        assert told["recipe"]["publish_prompt"] is False
        # nobody else sees an upload or its claims before it is posted
        assert (await bob.get(f"/api/v1/media/{made['id']}/claims")).status == 404
        assert (await alice.get(f"/api/v1/media/{made['id']}/claims")).json == told["claims"]
        post = await alice.publish("storm", media_ids=[made["id"]])
        assert post["media_attachments"][0]["provenance"]["recipe"]["prompt"] == "a lighthouse in a storm"
        for answer in (
            await bob.get(f"/api/v1/statuses/{post['id']}"),
            await api.node.get(f"/api/v1/statuses/{post['id']}"),
        ):
            assert "lighthouse" not in answer.text
            assert answer.json["media_attachments"][0]["provenance"]["recipe"] is None
        assert "lighthouse" not in (await bob.get("/api/v1/timelines/public")).text
        assert (await bob.get(f"/api/v1/media/{made['id']}/claims")).json == told["claims"]
        # published afterwards, and taken back
        path = f"/api/v1/media/{made['id']}"
        await alice.send("PUT", path, data={"provenance[publish_prompt]": "true"})
        assert "lighthouse" in (await bob.get(f"/api/v1/statuses/{post['id']}")).text
        await alice.send("PUT", path, data={"provenance[publish_prompt]": "false"})
        assert "lighthouse" not in (await bob.get(f"/api/v1/statuses/{post['id']}")).text
        assert await found(bob, "model:dreamshaper") == [post["id"]]


async def _declared(person: Person, declared: str, text: str = "harbour") -> str:
    """A post with one picture of which its author says this ('' for nothing); its id."""
    made = await media(person, **({"provenance[declared]": declared} if declared else {}))
    post = await person.publish(text, media_ids=[made["id"]])
    return str(post["id"])


async def _ids(person: Person, path: str) -> list[str]:
    answer = await person.get(path)
    assert answer.status == 200, answer.text
    body = answer.json
    if isinstance(body, dict):
        body = body["statuses"] if "statuses" in body else body["descendants"]
    return [each["id"] for each in body]


def _entries(status: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["filter"]["filter_action"], each["keyword_matches"]) for each in status["filtered"]]


async def test_a_readers_wish_bites_in_every_list_and_never_on_ones_own(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice", indexable=1), await api.person("bob", indexable=1)
        await bob.follow(alice)
        made = (await bob.post("/api/v1/lists", json={"title": "x"})).json["id"]
        await bob.post(f"/api/v1/lists/{made}/accounts", json={"account_ids": [str(alice.account_id)]})
        ai, plain = await _declared(alice, "generated", "harbour #sea"), await _declared(alice, "", "harbour #sea")
        words = (await alice.publish("harbour #sea", in_reply_to_id=plain))["id"]
        answer = await _declared(alice, "assisted", "harbour #sea")
        own = await _declared(bob, "generated", "harbour #sea")
        everywhere = {
            "/api/v1/timelines/home": {ai, plain, words, answer, own},
            f"/api/v1/timelines/list/{made}": {ai, plain, words, answer},
            "/api/v1/timelines/public": {ai, plain, words, answer, own},
            "/api/v1/timelines/tag/sea": {ai, plain, words, answer, own},
            f"/api/v1/accounts/{alice.account_id}/statuses": {ai, plain, words, answer},
            "/api/v2/search?q=harbour&type=statuses": {ai, plain, words, answer, own},
        }
        for path, all_of_it in everywhere.items():
            assert set(await _ids(bob, path)) == all_of_it, path
        told = (await bob.get("/api/v1/preferences")).json
        assert (told["reading:provenance:ai"], told["reading:provenance:unlabelled"]) == ("label", "show")
        # hide: left out of lists; whoever asks for the post itself gets it with a warning
        changed = await bob.send("PATCH", "/api/v1/preferences", json={"provenance": {"ai": "hide"}})
        assert changed.json["reading:provenance:ai"] == "hide"
        for path, all_of_it in everywhere.items():
            assert set(await _ids(bob, path)) == all_of_it - {ai, answer}, path
        alone = (await bob.get(f"/api/v1/statuses/{ai}")).json
        assert _entries(alone) == [("warn", ["provenance:ai"])]
        assert _entries((await bob.get(f"/api/v1/statuses/{own}")).json) == []
        # others see what they saw before
        assert set(await _ids(alice, "/api/v1/timelines/public")) == {ai, plain, words, answer, own}
        # blur: there, and said so
        await bob.send(
            "PATCH", "/api/v1/preferences", data={"provenance[ai]": "blur", "provenance[unlabelled]": "hide"}
        )
        home = {each["id"]: _entries(each) for each in (await bob.get("/api/v1/timelines/home")).json}
        assert home == {ai: [("blur", ["provenance:ai"])], answer: [("blur", ["provenance:ai"])], words: [], own: []}
        # back to the defaults: nothing is different any more
        data = {"provenance[ai]": "label", "provenance[unlabelled]": "show"}
        await bob.send("PATCH", "/api/v1/preferences", data=data)
        for path, all_of_it in everywhere.items():
            assert set(await _ids(bob, path)) == all_of_it, path
        assert (await bob.send("PATCH", "/api/v1/preferences", data={"provenance[ai]": "burn"})).status == 422
        # threads are lists too; a notification is not left out with its post
        picture = await media(alice, **{"provenance[declared]": "generated"})
        reply = (await alice.publish("@bob see", in_reply_to_id=words, media_ids=[picture["id"]]))["id"]
        context = f"/api/v1/statuses/{words}/context"
        assert await _ids(bob, context) == [reply]
        await bob.send("PATCH", "/api/v1/preferences", data={"provenance[ai]": "hide"})
        assert await _ids(bob, context) == [] and await _ids(alice, context) == [reply]
        (told,) = (await bob.get("/api/v1/notifications?types[]=mention")).json
        assert told["status"]["id"] == reply and _entries(told["status"]) == [("warn", ["provenance:ai"])]


async def test_filters_of_any_client_reach_it_by_a_keyword(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        ai, plain = await _declared(alice, "generated"), await _declared(alice, "")
        given = {"title": "AI", "context": ["home"], "filter_action": "hide"}
        words = [{"keyword": "provenance:ai", "whole_word": True}]
        assert (await bob.post("/api/v2/filters", json={**given, "keywords_attributes": words})).status == 200
        assert (
            await bob.post("/api/v1/filters", json={"phrase": "provenance:unlabelled", "context": ["home"]})
        ).status == 200
        seen = {each["id"]: _entries(each) for each in (await bob.get("/api/v1/timelines/public")).json}
        # as with all filters, acting on "hide" is the client's
        assert seen == {ai: [("hide", ["provenance:ai"])], plain: [("warn", ["provenance:unlabelled"])]}
        # removing filters does not switch off a wish, and the other way round
        await bob.send("PATCH", "/api/v1/preferences", data={"provenance[unlabelled]": "hide"})
        for each in (await bob.get("/api/v2/filters")).json:
            await bob.send("DELETE", f"/api/v2/filters/{each['id']}")
        assert await _ids(bob, "/api/v1/timelines/public") == [ai]


async def test_bots_name_who_answers_for_them(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        robot, alice = await api.person("robot"), await api.person("alice")
        path = "/api/v1/accounts/update_credentials"
        made = (await robot.send("PATCH", path, data={"bot": "true", "operator": "@alice"})).json
        assert made["bot"] is True and made["operator"].endswith("/users/alice")
        seen = (await alice.get(f"/api/v1/accounts/{robot.account_id}")).json
        assert seen["operator"] == made["operator"]
        assert "operator" not in (await robot.get(f"/api/v1/accounts/{alice.account_id}")).json
        for wrong in ("nobody_here", "robot", "https://there.test/users/x", "instance.actor", "a b"):
            assert (await robot.send("PATCH", path, data={"operator": wrong})).status == 422, wrong
        assert (await robot.send("PATCH", path, data={"operator": ""})).json["operator"] is None


def _label(status: dict[str, Any]) -> str:
    return str(status["media_attachments"][0]["provenance"]["label"])


def _active(medium: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(c["basis"], c["source_type"]) for c in medium["provenance"]["claims"] if c["revoked_at"] is None]


async def test_a_changed_declaration_is_a_new_claim_and_the_old_one_stays_in_the_history(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await media(alice, **{"provenance[declared]": "generated"})
        post = await alice.publish("x", media_ids=[made["id"]])
        path = f"/api/v1/statuses/{post['id']}"
        attributes = [{"id": made["id"], "provenance": {"declared": "assisted", "model": ["A", "B", "A"]}}]
        given = {"status": "x", "media_ids": [made["id"]], "media_attributes": attributes}
        assert _label((await alice.send("PUT", path, json=given)).json) == "partly-ai"
        (medium,) = (await bob.get(path)).json["media_attachments"]
        assert _active(medium) == [("declared", "compositeWithTrainedAlgorithmicMedia")]
        assert medium["provenance"]["models"] == ["A", "B"]
        history = (await bob.get(f"/api/v1/media/{made['id']}/claims")).json
        assert [bool(each["revoked_at"]) for each in history] == [True, False]
        # the same once more changes nothing
        await alice.send("PUT", path, json=given)
        assert (await bob.get(f"/api/v1/media/{made['id']}/claims")).json == history
        # taken back altogether
        fields = {"provenance[declared]": "", "provenance[model]": ""}
        assert (await alice.send("PUT", f"/api/v1/media/{made['id']}", data=fields)).json["provenance"][
            "label"
        ] == "unknown"
        assert [
            bool(c["revoked_at"]) for c in (await bob.get(path)).json["media_attachments"][0]["provenance"]["claims"]
        ] == [True, True]
        # nobody else speaks for the author, and nonsense is refused
        assert (await bob.send("PUT", f"/api/v1/media/{made['id']}", data=fields)).status == 404
        for wrong in (
            {"declared": "maybe"},
            {"tool": "x" * 201},
            {"model": [str(n) for n in range(21)]},
            {"publish_prompt": "perhaps"},
        ):
            answer = await alice.send("PUT", f"/api/v1/media/{made['id']}", json={"provenance": wrong})
            assert answer.status == 422, (wrong, answer.text)


async def test_what_was_said_before_the_post_was_made_is_no_history(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await media(alice, **{"provenance[declared]": "generated", "provenance[tool]": "Secret tool"})
        path = f"/api/v1/media/{made['id']}"
        for declared in ("not_ai", "assisted"):
            fields = {"provenance[declared]": declared, "provenance[tool]": "Krita"}
            assert (await alice.send("PUT", path, data=fields)).status == 200
        post = await alice.publish("x", media_ids=[made["id"]])
        for answer in (await bob.get(f"{path}/claims"), await bob.get(f"/api/v1/statuses/{post['id']}")):
            assert "Secret" not in answer.text and "notAI" not in answer.text
        (claim,) = (await bob.get(f"{path}/claims")).json
        assert (claim["source_type"], claim["tool"]) == ("compositeWithTrainedAlgorithmicMedia", "Krita")
        # from here on it is
        await alice.send("PUT", path, data={"provenance[declared]": "generated"})
        assert [bool(each["revoked_at"]) for each in (await bob.get(f"{path}/claims")).json] == [True, False]


async def test_a_declaration_against_the_evidence_is_disputed(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice", indexable=1), await api.person("bob")
        made = await media(alice, generated(), **{"provenance[declared]": "not_ai"})
        assert made["provenance"]["label"] == "disputed"
        post = await alice.publish("storm", media_ids=[made["id"]])
        assert await found(bob, "provenance:disputed") == [post["id"]]
        # whoever hides AI media is not fooled by a false declaration
        assert await found(bob, "has:ai") == [post["id"]]
        await bob.send("PATCH", "/api/v1/preferences", data={"provenance[ai]": "hide"})
        assert await _ids(bob, "/api/v1/timelines/public") == []


async def test_hashtags_and_defaults_speak_for_programs_that_say_nothing(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        silent = await media(alice)
        post = await alice.publish("look #AIgenerated #sea", media_ids=[silent["id"]])
        assert _label(post) == "ai-generated"
        (claim,) = post["media_attachments"][0]["provenance"]["claims"]
        assert claim["basis"] == "declared" and claim["evidence"] == {"hashtag": "aigenerated"}
        # a program that spoke is believed, if only to have said nothing
        for said, label in (("not_ai", "human-declared"), ("", "unknown")):
            spoken = await media(alice, **{"provenance[declared]": said})
            assert _label(await alice.publish("look #AIart", media_ids=[spoken["id"]])) == label
        assert _label(await alice.publish("look #art", media_ids=[(await media(alice))["id"]])) == "unknown"
        # edited in, and out again
        path = f"/api/v1/statuses/{post['id']}"
        assert (
            _label((await alice.send("PUT", path, json={"status": "look", "media_ids": [silent["id"]]})).json)
            == "unknown"
        )
        # the account's default
        credentials = "/api/v1/accounts/update_credentials"
        changed = await bob.send("PATCH", credentials, data={"source[provenance]": "assisted"})
        assert changed.json["source"]["provenance"] == "assisted"
        assert (await bob.get("/api/v1/preferences")).json["posting:default:provenance"] == "assisted"
        assert _label(await bob.publish("x", media_ids=[(await media(bob))["id"]])) == "partly-ai"
        assert _label(await bob.publish("x #aiart", media_ids=[(await media(bob))["id"]])) == "ai-generated"
        spoken = await media(bob, **{"provenance[declared]": "not_ai"})
        assert _label(await bob.publish("x", media_ids=[spoken["id"]])) == "human-declared"
        assert (await bob.send("PATCH", credentials, data={"source[provenance]": "art"})).status == 422


async def test_moderators_add_a_claim_and_nobody_overwrites(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        judge = await api.person("judge", role="moderator", scopes="read write admin:write")
        weak = await api.person("weak", role="moderator", scopes="read write")
        made = await media(alice, **{"provenance[declared]": "not_ai"})
        post = await alice.publish("x", media_ids=[made["id"]])
        path = f"/api/v1/admin/media/{made['id']}/claims"
        for person in (alice, bob, weak):
            assert (await person.post(path, json={"declared": "generated"})).status == 403, person.name
        assert (await judge.post(path, json={"declared": "sure"})).status == 422
        assert (await judge.post("/api/v1/admin/media/1/claims", json={"declared": "generated"})).status == 404
        told = (await judge.post(path, json={"declared": "generated", "note": "six fingers"})).json
        assert [(each["basis"], each["revoked_at"] is None) for each in told] == [
            ("declared", True),
            ("moderator", True),
        ]
        # the node speaks, not a person; the audit log knows who it was
        assert told[1]["by"] == api.node.parts.site.domain and told[1]["evidence"] == {"note": "six fingers"}
        assert "judge" not in (await bob.get(f"/api/v1/statuses/{post['id']}")).text
        assert _label((await bob.get(f"/api/v1/statuses/{post['id']}")).json) == "ai-generated"
        entries = await api.node.parts.db.all(audit.about(f"media:{made['id']}"))
        assert [(entry.username, entry.action) for entry in entries] == [("judge", "media.claim")]
        # the author's words stand, and the author cannot take the moderator's back
        fields = {"provenance[declared]": ""}
        assert (await alice.send("PUT", f"/api/v1/media/{made['id']}", data=fields)).json["provenance"][
            "label"
        ] == "ai-generated"
        assert (await alice.send("DELETE", f"{path}/{told[1]['id']}")).status == 403
        assert (await judge.send("DELETE", f"{path}/{told[0]['id']}")).status == 404
        assert (await judge.send("DELETE", f"{path}/{told[1]['id']}")).status == 200
        assert _label((await bob.get(f"/api/v1/statuses/{post['id']}")).json) == "unknown"
        assert (await judge.send("DELETE", f"{path}/{told[1]['id']}")).status == 404
