"""Who may knock at the inbox: the attack cases SIG of the reference."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from federation_support import ACTIVITY, Actor, Node, ed25519, node
from federation_support import rsa as key_of

from fedserver.kit.clock import SYSTEM
from fedserver.services import moderation
from keys.pair import PrivateKey
from protocol.http.dates import format_date

HOUR = 3600 * 1000


async def _follow(n: Node) -> tuple[Actor, dict[str, Any]]:
    bob = await n.local()
    alice = n.peer.actor()
    return alice, alice.activity("Follow", bob.uri)


def _nothing_changed(n: Node) -> bool:
    return not any(n.count(table) for table in ("follows", "received", "inbound", "jobs"))


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
@pytest.mark.parametrize("path", ["/inbox", "/users/bob/inbox", "/actor/inbox"])
async def test_a_signed_follow_is_taken_once(tmp_path: Path, scheme: str, path: str) -> None:
    """SIG-15: sent three times."""
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        for _ in range(3):
            assert await n.deliver(alice, activity, path, scheme=scheme) == 202
        assert await n.jobs() == ["inbox.process"]
        assert n.count("follows", "state = 'accepted'") == 1
        assert n.count("inbound") == 0
        assert n.count("notifications") == 1


def _without(name: str) -> Callable[[dict[str, str]], None]:
    def change(headers: dict[str, str]) -> None:
        headers.pop(name)

    return change


def _set(name: str, value: str) -> Callable[[dict[str, str]], None]:
    def change(headers: dict[str, str]) -> None:
        headers[name] = value

    return change


def _parameter(old: str, new: str) -> Callable[[dict[str, str]], None]:
    def change(headers: dict[str, str]) -> None:
        assert old in headers["Signature"], headers["Signature"]
        headers["Signature"] = headers["Signature"].replace(old, new)

    return change


def _covered(*gone: str) -> Callable[[dict[str, str]], None]:
    def change(headers: dict[str, str]) -> None:
        for name in gone:
            for form in (f"{name} ", f" {name}"):
                headers["Signature"] = headers["Signature"].replace(form, " " if form[0] == " " else "", 1)
            assert name not in headers["Signature"].partition('headers="')[2].partition('"')[0]

    return change


FORGERIES: dict[str, Callable[[dict[str, str]], None]] = {
    "SIG-01 no signature": _without("Signature"),
    "SIG-02 no digest": _without("Digest"),
    "SIG-03 another digest": _set("Digest", "SHA-256=" + base64.b64encode(hashlib.sha256(b"x").digest()).decode()),
    "SIG-04 digest not covered": _covered("digest"),
    "SIG-06 md5": _set("Digest", "MD5=" + base64.b64encode(b"0" * 16).decode()),
    "SIG-07 target not covered": _covered("(request-target)"),
    "SIG-08 host not covered": _covered("host"),
    "SIG-10 date not covered": _covered("date"),
    "SIG-13 garbage date": _set("Date", "garbage"),
    "SIG-13 empty date": _set("Date", ""),
    "SIG-13 far date": _set("Date", "Fri, 01 Jan 9999 00:00:00 GMT"),
    "SIG-22 none": _parameter("rsa-sha256", "none"),
    "SIG-22 hmac": _parameter("rsa-sha256", "hmac-sha256"),
    "SIG-22 sha1": _parameter("rsa-sha256", "rsa-sha1"),
    "SIG-23 ed25519 for an rsa key": _parameter("rsa-sha256", "ed25519"),
    "SIG-27 a parameter twice": _parameter('keyId="', 'keyId="https://x.test/#k",keyId="'),
    "SIG-27 quotes": _parameter('keyId="', "keyId="),
    "SIG-27 long": _set("Signature", "keyId=" + "x" * 7000),
    "another host": _set("Host", "elsewhere.test"),
    "garbage": _set("Signature", "\u00ff\u00fe"),
    "cut signature": _parameter('signature="', 'signature="AAAA'),
}


@pytest.mark.parametrize("case", FORGERIES)
async def test_forgeries_are_refused(tmp_path: Path, case: str) -> None:
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        status = await n.deliver(alice, activity, change=FORGERIES[case])
        assert status in (400, 401), case
        assert _nothing_changed(n)


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_a_changed_body_or_path_is_refused(tmp_path: Path, scheme: str) -> None:
    """SIG-03, SIG-07."""
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        body = json.dumps(activity).encode()
        changed = json.dumps({**activity, "to": "x"}).encode()
        assert (await n.send(alice, body, scheme=scheme, after=changed)).status == 401
        kept: dict[str, str] = {}
        await n.send(alice, b"{}", scheme=scheme, change=kept.update)
        signed: dict[str, str] = {}
        await n.send(alice, body, scheme=scheme, change=signed.update, after=b"{")
        assert (await n.raw("POST", "/users/bob/inbox", signed, body)).status == 401
        assert _nothing_changed(n)


@pytest.mark.parametrize("age", [13 * HOUR, 31 * 24 * HOUR, -2 * HOUR])
@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_old_and_future_requests_are_refused(tmp_path: Path, age: int, scheme: str) -> None:
    """SIG-11."""
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        assert await n.deliver(alice, activity, scheme=scheme, now=SYSTEM.now_ms() - age) == 401
        assert _nothing_changed(n)


async def test_a_lower_case_digest_and_hs2019_pass(tmp_path: Path) -> None:
    """SIG-06, SIG-23."""
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        assert await n.deliver(alice, activity, change=_parameter("rsa-sha256", "hs2019")) == 202
        assert n.count("jobs") == 1


async def test_two_signatures_are_refused(tmp_path: Path) -> None:
    """SIG-26."""
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        headers: dict[str, str] = {}
        body = json.dumps(activity).encode()
        await n.send(alice, body, change=headers.update, after=b"{")
        twice = [*headers.items(), ("Signature", headers["Signature"])]
        assert (await n.raw("POST", "/inbox", twice, body)).status == 401
        assert _nothing_changed(n)


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update({"Signature-Input": h["Signature-Input"].replace('"content-digest"', "")}),
        lambda h: h.update({"Signature-Input": h["Signature-Input"].replace('"@method" ', "")}),
        lambda h: h.update({"Signature-Input": h["Signature-Input"].replace('"@target-uri" ', "")}),
        lambda h: h.update({"Signature-Input": h["Signature-Input"].replace("sig1=", "other=")}),
        lambda h: h.update({"Signature-Input": h["Signature-Input"] + ";tag"}),
        lambda h: h.update({"Signature-Input": h["Signature-Input"].replace("created=", "created=-")}),
        lambda h: h.pop("Content-Digest"),
        lambda h: h.pop("Signature-Input"),
    ],
)
async def test_weak_message_signatures_are_refused(tmp_path: Path, change: Callable[[dict[str, str]], Any]) -> None:
    """SIG-33, SIG-13."""
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        assert await n.deliver(alice, activity, scheme="rfc9421", change=change) in (400, 401)
        assert _nothing_changed(n)


async def test_the_key_must_be_the_actors(tmp_path: Path) -> None:
    """SIG-17: nothing is fetched for it."""
    async with node(tmp_path) as n:
        bob = await n.local()
        n.peer.actor("victim.test", "vera")
        evil = n.peer.actor("evil.test", "mallory")
        other = n.peer.actor("evil.test", "accomplice")
        forged = evil.activity("Follow", bob.uri, actor="http://victim.test/users/vera")
        assert await n.deliver(evil, forged) == 401
        assert n.peer.seen == []
        assert await n.deliver(evil, evil.activity("Follow", bob.uri, actor=other.uri)) == 401
        local = evil.activity("Follow", bob.uri, actor=bob.uri)
        assert await n.deliver(evil, local) == 401, "ORG-24"
        own = Actor(bob.uri, key_of("local/bob"), f"{bob.uri}#main-key")
        assert await n.deliver(own, {**local, "id": f"{bob.uri}#x"}) == 401
        assert _nothing_changed(n)


async def test_a_key_document_cannot_claim_another_owner(tmp_path: Path) -> None:
    """SIG-18, SIG-19."""
    async with node(tmp_path) as n:
        bob = await n.local()
        victim = n.peer.actor("victim.test", "vera")
        stray = key_of("stray")
        for key_id, owner in (
            ("http://evil.test/key", victim.uri),
            ("http://victim.test/upload.json", victim.uri),
        ):
            n.peer.pages[key_id] = {"id": key_id, "owner": owner, "publicKeyPem": stray.public.to_pem()}
            sender = Actor(victim.uri, stray, key_id)
            assert await n.deliver(sender, victim.activity("Follow", bob.uri)) == 401
        n.peer.pages["http://evil.test/users/eve"] = {
            **victim.document(),
            "publicKey": {
                "id": "http://evil.test/users/eve",
                "owner": victim.uri,
                "publicKeyPem": stray.public.to_pem(),
            },
        }
        sender = Actor("http://evil.test/users/eve", stray, "http://evil.test/users/eve")
        assert await n.deliver(sender, sender.activity("Follow", bob.uri)) == 401
        assert _nothing_changed(n)


async def test_a_key_in_a_document_of_its_own(tmp_path: Path) -> None:
    """GoToSocial's form: the key id leads to a stub of the actor, whose own document lists the key."""
    async with node(tmp_path) as n:
        bob = await n.local()
        alice = n.peer.actor()
        alice.key_id = f"{alice.uri}/main-key"
        n.peer.pages[alice.uri] = alice.document()
        stub = {k: alice.document()[k] for k in ("@context", "id", "type", "preferredUsername", "publicKey")}
        n.peer.pages[alice.key_id] = stub
        assert await n.deliver(alice, alice.activity("Follow", bob.uri)) == 202
        await n.jobs()
        assert n.count("follows") == 1


@pytest.mark.parametrize("kind", ["rsa1024", "ec", "private", "text", "empty", "huge"])
async def test_bad_keys_are_refused_quickly(tmp_path: Path, kind: str) -> None:
    """SIG-24."""
    pems: dict[str, Callable[[], str]] = {
        "ec": lambda: _pem(ec.generate_private_key(ec.SECP256R1()).public_key()),
        "rsa1024": lambda: _pem(rsa.generate_private_key(65537, 1024).public_key()),
        "private": lambda: (
            "-----BEGIN PRIVATE KEY-----\n"
            + base64.b64encode(key_of("stray").to_bytes()).decode()
            + "\n-----END PRIVATE KEY-----\n"
        ),
        "text": lambda: "hello",
        "empty": lambda: "",
        "huge": lambda: "-----BEGIN PUBLIC KEY-----\n" + "A" * 1_000_000,
    }
    pem = pems[kind]()
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        document = alice.document()
        document["publicKey"]["publicKeyPem"] = pem
        n.peer.pages[alice.uri] = document
        began = time.monotonic()
        assert await n.deliver(alice, activity) == 401
        assert time.monotonic() - began < 2
        assert _nothing_changed(n)


def _pem(key: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(key.public_bytes(serialization.Encoding.PEM, form).decode())


async def test_an_ed25519_key_signs_too(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        alice = n.peer.actor()
        key: PrivateKey = ed25519("alice")
        key_id = f"{alice.uri}#ed25519-key"
        method = {
            "id": key_id,
            "type": "Multikey",
            "controller": alice.uri,
            "publicKeyMultibase": key.public.to_multikey(),
        }
        n.peer.pages[alice.uri] = alice.document(assertionMethod=[method])
        modern = Actor(alice.uri, key, key_id)
        assert await n.deliver(modern, alice.activity("Follow", bob.uri), scheme="rfc9421") == 202
        await n.jobs()
        assert n.count("follows") == 1


async def test_a_slow_key_server_holds_nobody_up(tmp_path: Path) -> None:
    """SIG-29: the client gives up long before the peer does; others are served meanwhile."""

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with node(tmp_path, total=1.0) as n:
        bob = await n.local()
        alice, evil = n.peer.actor(), n.peer.actor("evil.test", "mallory")
        n.peer.pages[evil.uri] = slow
        began = time.monotonic()
        late = asyncio.create_task(n.deliver(evil, evil.activity("Follow", bob.uri)))
        assert await n.deliver(alice, alice.activity("Follow", bob.uri)) == 202
        assert time.monotonic() - began < 1
        assert await late == 503
        assert time.monotonic() - began < 5
        # what failed is remembered
        assert await n.deliver(evil, evil.activity("Follow", bob.uri)) == 503
        assert n.peer.asked(evil.uri) == 1


async def test_a_rotated_key_is_fetched_once(tmp_path: Path) -> None:
    """SIG-31."""
    async with node(tmp_path) as n:
        bob = await n.local()
        alice = n.peer.actor()
        await n.follow(bob, alice)
        assert await n.deliver(alice, alice.activity("Like", f"{n.base}/users/bob/statuses/1")) == 202
        before = n.peer.asked(alice.uri)
        alice.key = key_of("rotated")
        n.peer.pages[alice.uri] = alice.document()
        assert await n.deliver(alice, alice.activity("Like", f"{n.base}/users/bob/statuses/1")) == 202
        assert n.peer.asked(alice.uri) == before + 1
        forged = Actor(alice.uri, key_of("stray"), alice.key_id)
        for _ in range(5):
            assert await n.deliver(forged, alice.activity("Like", bob.uri)) == 401
        assert n.peer.asked(alice.uri) == before + 1


async def test_a_key_that_was_replaced_counts_no_more(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        alice = n.peer.actor()
        await n.follow(bob, alice)
        old = Actor(alice.uri, alice.key, alice.key_id)
        alice.key = key_of("replaced")
        n.peer.pages[alice.uri] = alice.document()
        assert await n.deliver(old, alice.activity("Update", alice.document())) == 202
        assert await n.deliver(old, alice.activity("Like", bob.uri)) == 401
        assert await n.deliver(alice, alice.activity("Like", bob.uri)) == 202


async def test_a_delete_of_a_stranger_costs_nothing(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        ghost = Actor("http://peer.test/users/ghost", key_of("ghost"), "http://peer.test/users/ghost#main-key")
        assert await n.deliver(ghost, ghost.activity("Delete", ghost.uri)) == 202
        assert n.peer.seen == []
        assert _nothing_changed(n)


@pytest.mark.parametrize(("answer", "removed"), [(410, True), (404, False), (500, False)])
async def test_a_delete_whose_key_is_gone(tmp_path: Path, answer: int, removed: bool) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        alice = n.peer.actor()
        row = await n.follow(bob, alice)
        n.query("DELETE FROM account_keys WHERE sealed IS NULL")
        n.peer.pages[alice.uri] = answer
        status = await n.deliver(alice, alice.activity("Delete", alice.uri))
        assert status == (202 if removed else 503 if answer == 500 else 401)
        found = await n.account(row.uri)
        assert found is not None
        assert (found.deleted_at is not None) is removed
        assert n.count("follows") == (0 if removed else 1)


async def test_refused_servers_are_not_even_asked(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        await n.run(lambda unit: moderation.block_domain(unit, "peer.test", None))
        n.federation.policy.forget()
        n.query("DELETE FROM jobs")
        assert await n.deliver(alice, activity) == 403
        assert n.peer.seen == []
        assert _nothing_changed(n)


async def test_an_allowlist_shuts_out_whom_it_does_not_name(tmp_path: Path) -> None:
    async with node(tmp_path, allowlist=True) as n:
        alice, activity = await _follow(n)
        assert await n.deliver(alice, activity) == 403
        await n.run(lambda unit: moderation.block_domain(unit, "peer.test", None, severity="allow"))
        n.federation.policy.forget()
        assert await n.deliver(alice, activity) == 202


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": ACTIVITY, "Content-Encoding": "gzip"}, 415),
        (b"[" * 200_000, {"Content-Type": ACTIVITY}, 400),
        (b" " * (1 << 20), {"Content-Type": ACTIVITY}, 400),
        (b" " * ((1 << 20) + 1), {"Content-Type": ACTIVITY}, 413),
        (b"", {"Content-Type": ACTIVITY}, 400),
        (b"null", {"Content-Type": ACTIVITY}, 400),
        (b"[]", {"Content-Type": ACTIVITY}, 400),
        (b'"x"', {"Content-Type": ACTIVITY}, 400),
        (b'{"a":' + b"9" * 5000 + b"}", {"Content-Type": ACTIVITY}, 400),
        (b'{"a":NaN}', {"Content-Type": ACTIVITY}, 400),
        (b'{"a":1e999}', {"Content-Type": ACTIVITY}, 400),
        (b'{"actor":"http://a.test/","actor":"http://b.test/"}', {"Content-Type": ACTIVITY}, 400),
        (b'{"content":"\\ud800"}', {"Content-Type": ACTIVITY}, 400),
        ("\ufeff{}".encode(), {"Content-Type": ACTIVITY}, 400),
        ("{}".encode("utf-16"), {"Content-Type": ACTIVITY}, 400),
        (b"\xff\xfe", {"Content-Type": ACTIVITY}, 400),
    ],
)
async def test_malformed_bodies(tmp_path: Path, body: bytes, headers: dict[str, str], status: int) -> None:
    """JSON-01 to JSON-13."""
    async with node(tmp_path) as n:
        assert (await n.raw("POST", "/inbox", headers, body)).status == status
        assert _nothing_changed(n)


async def test_the_date_header_is_what_was_signed(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        other = format_date(SYSTEM.now_ms() - 60_000)
        assert await n.deliver(alice, activity, change=_set("Date", other)) == 401
        assert _nothing_changed(n)


async def test_refusals_are_counted_against_the_address(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        limits = n.parts.extra["limits"]
        for _ in range(3000):
            limits.hit("inbox", "127.0.0.1")
        assert (await n.raw("POST", "/inbox", {"Content-Type": ACTIVITY}, b"{}")).status == 429


async def test_nobodys_inbox(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        alice, activity = await _follow(n)
        assert await n.deliver(alice, activity, "/users/nobody/inbox") == 404
