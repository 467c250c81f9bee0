"""How media were made, on its way between nodes of ours: what was said arrives and was checked there."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from manifest_support import certificate, changed, picture, sign
from node_support import Person, RunningNode, cluster
from tampering import three
from test_two_nodes import arrived, png

from fedserver.cli.main import main
from fedserver.db.queries import accounts
from fedserver.services import certificate as certificates
from fedserver.services import moderation, provenance


async def upload(person: Person, data: bytes | None = None, kind: str = "image/png", **said: str) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", data or png(), filename="made", content_type=kind)
    for name, value in said.items():
        form.add_field(f"provenance[{name}]", value)
    return await person.post("/api/v2/media", data=form)


def check_of(status: Any) -> Any:
    """The receiver's own answer about a medium, once it is there."""
    claims = status["media_attachments"][0]["provenance"]["claims"]
    return next((c for c in claims if "check" in c["evidence"] and c["revoked_at"] is None), None)


async def checked(person: Person, status_id: str) -> tuple[Any, Any]:
    """The attachment's provenance and the standing check, once the bytes were compared."""
    path = f"/api/v1/statuses/{status_id}"
    status = await person.until(path, lambda row: row if "digest" in _evidence(row) else None)
    return status["media_attachments"][0]["provenance"], check_of(status)


def _evidence(status: Any) -> Any:
    found = check_of(status)
    return found["evidence"]["check"] if found is not None else {}


async def test_a_declared_picture_arrives_with_its_claim_and_a_checked_digest(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        medium = await upload(alice, declared="generated", tool="ComfyUI", tool_version="0.3", model="sdxl")
        assert medium["provenance"]["label"] == "ai-generated"
        note = await alice.post("/api/v1/statuses", json={"status": "a dream", "media_ids": [medium["id"]]})
        seen = await arrived(ben, note["uri"])
        found, check = await checked(ben, seen["id"])
        assert (found["label"], found["tool"], found["tool_version"]) == ("ai-generated", "ComfyUI", "0.3")
        assert found["models"] == ["sdxl"]
        said = next(c for c in found["claims"] if c["basis"] == "declared")
        assert said["by"] == "http://alpha.test/users/alice"
        assert check["evidence"]["check"]["digest"] == "match"
        assert check["evidence"]["check"]["proof"] == "valid"
        assert check["state"] == {"integrity": "intact", "signature": "valid", "trust": "none"}
        assert check["by"] == "alpha.test"
        # the previews of both nodes say it to readers outside
        for node, entity in ((alpha, note), (beta, seen)):
            address = entity["media_attachments"][0]["preview_url"]
            async with node.http.get(node.url + address.split(".test", 1)[1]) as answer:
                assert b"digitalsourcetype/trainedAlgorithmicMedia" in await answer.read()


async def boosted(alpha: RunningNode, beta: RunningNode, gamma: RunningNode, **said: Any) -> tuple[Any, Any]:
    """alice posts a picture, ben boosts it, carol gets it from alpha through the meddler: the post, and carol's id."""
    alice, ben, carol = alpha.alice, beta.ben, gamma.carol
    await carol.follow(ben)
    await ben.follow(alice)
    medium = await upload(alice, **said)
    note = await alice.post("/api/v1/statuses", json={"status": "a dream", "media_ids": [medium["id"]]})
    seen = await arrived(ben, note["uri"])
    await ben.post(f"/api/v1/statuses/{seen['id']}/reblog")
    home = await carol.until(
        "/api/v1/timelines/home",
        lambda rows: next((r["reblog"] for r in rows if r["reblog"] and r["reblog"]["uri"] == note["uri"]), None),
    )
    return note, home["id"]


async def test_a_boost_brings_claim_and_picture_from_the_author(tmp_path: Path) -> None:
    async with three(tmp_path) as (alpha, beta, gamma, meddler):
        _, seen = await boosted(alpha, beta, gamma, declared="assisted", tool="Krita")
        found, check = await checked(gamma.carol, seen)
        assert (found["label"], found["tool"]) == ("partly-ai", "Krita")
        assert check["evidence"]["check"]["digest"] == "match"
        assert check["evidence"]["check"]["proof"] == "valid"
        assert any(path.startswith("/media/") for path in meddler.asked)


async def test_one_changed_byte_of_the_picture_is_seen(tmp_path: Path) -> None:
    def flip(path: str, body: bytes) -> bytes:
        if not path.startswith("/media/"):
            return body
        return body[:-40] + bytes([body[-40] ^ 1]) + body[-39:]

    async with three(tmp_path) as (alpha, beta, gamma, meddler):
        meddler.change = flip
        _, seen = await boosted(alpha, beta, gamma, declared="generated")
        found, check = await checked(gamma.carol, seen)
        assert check["evidence"]["check"]["digest"] == "mismatch"
        assert check["state"]["integrity"] == "broken"
        assert found["label"] == "disputed"
        # the fingerprint is that of the bytes that readers get here
        told = check["evidence"]["check"]
        assert found["digest"] == told["found"] != told["said"]
        page = f"{gamma.url}/@alice@alpha.test/{seen}/provenance"
        async with gamma.http.get(page) as answer:
            text = await answer.text()
        assert f"<code>{told['found']}</code>" in text and f"<code>{told['said']}</code>" not in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # the label, the claim, who makes it, the digest that it is bound to
        (b"/labels/ai-generated", b"/labels/human-declare"),
        (b"trainedAlgorithmicMedia", b"trainedAlgorithmicMedio"),
        (b'"basis":"declared"', b'"basis":"moderator"'),
        (b'"digestMultibase":"zQm', b'"digestMultibase":"zQn'),
    ],
)
async def test_a_changed_word_of_the_post_is_seen(tmp_path: Path, old: bytes, new: bytes) -> None:
    async with three(tmp_path) as (alpha, beta, gamma, meddler):
        meddler.change = lambda path, body: body.replace(old, new) if "/statuses/" in path else body
        _, seen = await boosted(alpha, beta, gamma, declared="generated")
        status = await gamma.carol.until(f"/api/v1/statuses/{seen}", lambda row: row if check_of(row) else None)
        check = check_of(status)
        assert check["evidence"]["check"]["proof"] == "broken"
        assert (check["state"]["integrity"], check["state"]["signature"]) == ("broken", "invalid")
        assert status["media_attachments"][0]["provenance"]["label"] == "disputed"


async def test_an_edit_brings_other_words_and_the_former_ones_stay_as_history(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        medium = await upload(alice, declared="generated")
        note = await alice.post("/api/v1/statuses", json={"status": "a dream", "media_ids": [medium["id"]]})
        seen = await arrived(ben, note["uri"])
        await checked(ben, seen["id"])
        attributes = [{"id": medium["id"], "provenance": {"declared": "assisted"}}]
        changed = {"status": "a dream", "media_ids": [medium["id"]], "media_attributes": attributes}
        await alice.call("PUT", f"/api/v1/statuses/{note['id']}", json=changed)
        status = await ben.until(
            f"/api/v1/statuses/{seen['id']}",
            lambda row: row if row["media_attachments"][0]["provenance"]["label"] == "partly-ai" else None,
        )
        assert status["edited_at"]
        claims = status["media_attachments"][0]["provenance"]["claims"]
        declared = {c["source_type"]: c["revoked_at"] is not None for c in claims if c["basis"] == "declared"}
        assert declared == {"trainedAlgorithmicMedia": True, "compositeWithTrainedAlgorithmicMedia": False}
        assert len(await ben.get(f"/api/v1/statuses/{seen['id']}/history")) == 2


async def test_a_server_whose_media_are_not_wanted_is_not_asked_for_them(tmp_path: Path) -> None:
    async with three(tmp_path) as (alpha, beta, gamma, meddler):
        await gamma.node.db.run(
            lambda unit: moderation.block_domain(unit, "alpha.test", None, severity="limit", reject_media=True)
        )
        await boosted(alpha, beta, gamma, declared="generated")
        await asyncio.sleep(1)
        assert not any(path.startswith("/media/") for path in meddler.asked)


def command(node: RunningNode, *words: str) -> tuple[int, Any]:
    """A command of a node that runs: exit code, and its JSON."""
    told = io.StringIO()
    config = node.config.server.data_dir / "config.toml"
    with redirect_stdout(told):
        code = main(["--config", str(config), *words])
    return code, json.loads(told.getvalue())


def write_config(node: RunningNode) -> None:
    """The settings of a node as a file, for commands."""
    config = node.config
    hosts = "\n".join(f'"{name}" = "{target}"' for name, target in config.network.hosts.items())
    (config.server.data_dir / "config.toml").write_text(
        f"""
[server]
domain = "{config.server.domain}"
base_url = "{config.server.base_url}"
listen = "{config.server.listen}"
data_dir = "{config.server.data_dir}"
[database]
url = "{config.database.url}"
[keys]
master_key_file = "{config.keys.master_key_file}"
[media]
dir = "{config.media.dir}"
[network]
allow_http = true
allow_addresses = ["127.0.0.0/8"]
[network.hosts]
{hosts}
"""
    )


async def test_verify_tells_every_step_and_finds_what_was_changed(tmp_path: Path) -> None:
    async with three(tmp_path) as (alpha, _, gamma, meddler):
        medium = await upload(alpha.alice, declared="generated", tool="ComfyUI")
        note = await alpha.alice.post("/api/v1/statuses", json={"status": "a dream", "media_ids": [medium["id"]]})
        for node in (alpha, gamma):
            write_config(node)
        code, report = await asyncio.to_thread(command, gamma, "provenance", "verify", note["uri"], "--json")
        assert (code, report["verdict"], report["labels"]) == (0, "verified", ["ai-generated"])
        outcomes = {step["name"]: step["outcome"] for step in report["steps"]}
        assert outcomes["proof"] == outcomes["medium 1: digest"] == outcomes["author"] == "passed"
        code, report = await asyncio.to_thread(command, alpha, "provenance", "verify", note["uri"], "--json")
        assert (code, report["verdict"]) == (0, "verified")
        meddler.change = lambda path, body: body.replace(b"trainedAlgo", b"trainedAlgu")
        code, report = await asyncio.to_thread(command, gamma, "provenance", "verify", note["uri"], "--json")
        assert (code, report["verdict"]) == (1, "broken")
        assert {s["name"] for s in report["steps"] if s["outcome"] == "failed"} == {"proof"}
        meddler.change = lambda path, body: body + b"x" if path.startswith("/media/") else body
        code, report = await asyncio.to_thread(command, gamma, "provenance", "verify", note["uri"], "--json")
        assert {s["name"] for s in report["steps"] if s["outcome"] == "failed"} == {"medium 1: digest"}
        assert report["labels"] == ["disputed"]
        code, report = await asyncio.to_thread(command, gamma, "provenance", "verify", f"{note['uri']}9", "--json")
        assert (code, report["verdict"], report["steps"][0]["name"]) == (1, "unreachable", "post")


def _c2pa(found: Any) -> Any:
    return next((c for c in found["claims"] if c["basis"] == "c2pa" and c["revoked_at"] is None), None)


async def test_a_manifest_is_read_again_where_it_arrives(tmp_path: Path) -> None:
    async with three(tmp_path) as (alpha, beta, gamma, _):
        data = sign(picture(), certificate())
        note, seen = await boosted(alpha, beta, gamma, data=data, kind="image/jpeg")
        own = note["media_attachments"][0]["provenance"]
        assert (own["serving"], own["label"]) == ("original", "ai-generated")
        found, check = await checked(gamma.carol, seen)
        claim = _c2pa(found)
        assert claim["state"] == {"integrity": "intact", "signature": "valid", "trust": "untrusted"}
        assert claim["by"] == "generator.test"
        assert check["evidence"]["check"] | {"said": "", "found": ""} == {
            "proof": "valid",
            "digest": "match",
            "manifest": "found",
            "said": "",
            "found": "",
        }
        # the other server's words about the file are kept beside what was found here
        told = next(
            c for c in found["claims"] if c["basis"] == "remote-server" and c["evidence"].get("basis") == "c2pa"
        )
        assert told["evidence"]["validation"]["scope"] == "anyone"
        code, report = await asyncio.to_thread(_verified, gamma, note["uri"])
        assert (code, report["verdict"]) == (0, "verified")
        assert [s["outcome"] for s in report["steps"] if s["name"] == "medium 1: manifest"] == ["passed"]


async def test_a_changed_byte_breaks_the_manifest_too(tmp_path: Path) -> None:
    async with three(tmp_path) as (alpha, beta, gamma, meddler):
        meddler.change = lambda path, body: changed(body) if path.startswith("/media/") else body
        data = sign(picture(), certificate())
        note, seen = await boosted(alpha, beta, gamma, data=data, kind="image/jpeg")
        found, check = await checked(gamma.carol, seen)
        assert found["label"] == "disputed"
        assert _c2pa(found)["state"]["integrity"] == "broken"
        assert (check["evidence"]["check"]["digest"], check["evidence"]["check"]["manifest"]) == ("mismatch", "broken")
        code, report = await asyncio.to_thread(_verified, gamma, note["uri"])
        failed = {s["name"] for s in report["steps"] if s["outcome"] == "failed"}
        assert (code, failed) == (1, {"medium 1: digest", "medium 1: manifest"})


async def test_an_author_who_publishes_a_broken_manifest_breaks_no_word(tmp_path: Path) -> None:
    async with three(tmp_path) as (alpha, _, gamma, _):
        data = changed(sign(picture(), certificate()))
        medium = await upload(alpha.alice, data, "image/jpeg")
        assert medium["provenance"]["serving"] == "original"
        note = await alpha.alice.post("/api/v1/statuses", json={"status": "found", "media_ids": [medium["id"]]})
        code, report = await asyncio.to_thread(_verified, gamma, note["uri"])
        (step,) = [s for s in report["steps"] if s["name"] == "medium 1: manifest"]
        assert "broken" in step["text"] and "as the post says" in step["text"]
        assert (code, step["outcome"], report["verdict"]) == (0, "passed", "verified")


async def test_what_only_the_origin_could_check_says_so(tmp_path: Path) -> None:
    async with three(tmp_path) as (alpha, beta, gamma, _):
        data = sign(picture(gps=True), certificate())
        note, seen = await boosted(alpha, beta, gamma, data=data, kind="image/jpeg")
        assert note["media_attachments"][0]["provenance"]["serving"] == "stripped"
        found, check = await checked(gamma.carol, seen)
        assert found["label"] == "ai-generated"
        assert _c2pa(found) is None
        told = next(c for c in found["claims"] if c["evidence"].get("basis") == "c2pa")
        assert told["evidence"]["validation"] == {
            "integrity": "intact",
            "signature": "valid",
            "trust": "untrusted",
            "scope": "origin",
            "signer": "generator.test",
        }
        assert told["evidence"]["digest"] != check["evidence"]["check"]["said"]
        code, report = await asyncio.to_thread(_verified, gamma, note["uri"])
        assert (code, report["verdict"]) == (0, "unproven")


def _verified(node: RunningNode, url: str) -> tuple[int, Any]:
    write_config(node)
    return command(node, "provenance", "verify", url, "--json")


async def test_a_moderators_claim_travels_as_one_of_its_server(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        medium = await upload(alice, declared="generated")
        note = await alice.post("/api/v1/statuses", json={"status": "a dream", "media_ids": [medium["id"]]})
        seen = await arrived(ben, note["uri"])
        await checked(ben, seen["id"])
        await alpha.node.db.run(
            lambda unit: provenance.moderate(
                unit, unit.get(accounts.by_id(alice.account_id)), int(medium["id"]), "assisted", note="seen"
            )
        )
        status = await ben.until(
            f"/api/v1/statuses/{seen['id']}",
            lambda row: row if any(c["evidence"].get("basis") == "moderator" for c in _claims(row)) else None,
        )
        claim = next(c for c in _claims(status) if c["evidence"].get("basis") == "moderator")
        assert (claim["basis"], claim["by"]) == ("remote-server", "alpha.test")
        assert claim["source_type"] == "compositeWithTrainedAlgorithmicMedia"
        # the author's own word still stands beside it
        assert any(c["basis"] == "declared" and c["revoked_at"] is None for c in _claims(status))


def _claims(status: Any) -> list[Any]:
    return list(status["media_attachments"][0]["provenance"]["claims"])


async def test_a_quote_brings_the_words_of_the_quoted_author(tmp_path: Path) -> None:
    async with three(tmp_path) as (alpha, beta, gamma, _):
        alice, ben, carol = alpha.alice, beta.ben, gamma.carol
        await carol.follow(ben)
        await ben.follow(alice)
        medium = await upload(alice, declared="generated", tool="ComfyUI")
        note = await alice.post(
            "/api/v1/statuses",
            json={"status": "a dream", "media_ids": [medium["id"]], "quote_approval_policy": "public"},
        )
        seen = await arrived(ben, note["uri"])
        await ben.post("/api/v1/statuses", json={"status": "see this", "quoted_status_id": seen["id"]})
        quoted = await carol.until(
            "/api/v1/timelines/home",
            lambda rows: next(
                (r["quote"]["quoted_status"] for r in rows if (r["quote"] or {}).get("quoted_status")), None
            ),
        )
        found, check = await checked(carol, quoted["id"])
        assert (found["label"], found["tool"]) == ("ai-generated", "ComfyUI")
        assert check["evidence"]["check"]["proof"] == "valid"


async def test_a_node_with_a_certificate_signs_what_it_had_to_change(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        ours = certificate("alpha.test")
        await alpha.node.db.run(lambda unit: certificates.store(unit, alpha.node.keyring, ours))
        await ben.follow(alice)
        medium = await upload(alice, sign(picture(gps=True), certificate()), "image/jpeg")
        assert medium["provenance"]["serving"] == "signed"
        note = await alice.post("/api/v1/statuses", json={"status": "a dream", "media_ids": [medium["id"]]})
        seen = await arrived(ben, note["uri"])
        found, check = await checked(ben, seen["id"])
        assert (found["label"], check["evidence"]["check"]["digest"]) == ("ai-generated", "match")
        chain = [c for c in found["claims"] if c["basis"] == "c2pa"]
        assert [(c["by"], c["evidence"]["relation"]) for c in chain] == [
            ("alpha.test", "active"),
            ("generator.test", "parentOf"),
        ]
        assert {c["state"]["integrity"] for c in chain} == {"intact"}
        # one whose manifest is broken is never signed, whatever else is in it
        broken = await upload(alice, changed(sign(picture(gps=True), certificate())), "image/jpeg")
        assert broken["provenance"]["serving"] == "stripped"
