"""Mastodon.py as it is: in a thread, because it blocks. Its warnings are errors here, as all warnings are."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import mastodon
import pytest
from clients_city import city, code_for
from clients_files import picture
from mastodon.return_types import Account, Marker, MediaAttachment, Relationship, Status, StatusEdit
from node_support import Person, RunningNode

pytestmark = pytest.mark.clients
SCOPES = ["read", "write", "follow", "push"]
WAIT_S = 20.0


class Counted:
    """The library, with the names of what was called."""

    def __init__(self, api: mastodon.Mastodon) -> None:
        self.api = api
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.api, name)
        if callable(found):
            self.called.add(name)
        return found


class Asked:
    """What the thread asks of the loop: another person's doings."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()

    def __call__(self, work: Coroutine[Any, Any, Any]) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self.loop)
        return future.result(WAIT_S)


def until(ask: Callable[[], Any]) -> Any:
    """Ask until there is something."""
    end = time.monotonic() + WAIT_S
    while not (found := ask()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


def sign_in(node: RunningNode, asked: Asked, name: str, folder: Path) -> mastodon.Mastodon:
    """An application, a code that a browser brings, a token; all as the library does it."""
    secrets = mastodon.Mastodon.create_app(
        "fedserver tests", scopes=SCOPES, api_base_url=node.url, website="https://tests.example"
    )
    api = mastodon.Mastodon(*secrets, api_base_url=node.url, version_check_mode="created")
    url = api.auth_request_url(scopes=SCOPES, allow_http=True)
    code = asked(code_for(node.url, url, name))
    api.log_in(code=code, scopes=SCOPES, allow_http=True, to_file=folder / "token.secret")
    return mastodon.Mastodon(access_token=folder / "token.secret", version_check_mode="created")


async def test_mastodonpy_decodes_everything(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice", "zoe"), beta=("ben",)) as (alpha, beta):
        asked = Asked()

        def work() -> set[str]:
            api = Counted(sign_in(alpha, asked, "alice", tmp_path))
            _node(api)
            _profile(api)
            note = _posts(api)
            _reactions(api, note)
            _pages(api)
            _people(api, asked, alpha, beta.ben)
            _notifications(api, asked, alpha.zoe, note)
            _endings(api, note)
            return api.called

        called = await asyncio.to_thread(work)
        assert len(called) >= 60, sorted(called)


def _node(api: Counted) -> None:
    instance = api.instance_v2()
    assert instance.version.startswith("4.5.0") and instance.domain == "alpha.test"
    assert instance.configuration.statuses.max_characters == 5000
    assert api.instance_v1().uri == "alpha.test"
    assert api.instance().api_versions.mastodon >= 1
    assert api.instance_peers() == []
    assert api.instance_rules() == []
    assert api.instance_nodeinfo().software.name == "fedserver"
    assert api.retrieve_mastodon_version() == "4.5.0"
    assert api.verify_minimum_version("4.0.0")
    assert abs(api.get_approx_server_time().timestamp() - time.time()) < 30
    assert api.custom_emojis() == [] and api.announcements() == []
    assert api.lists() == [] and api.filters_v2() == [] and api.scheduled_statuses() == []
    assert api.app_verify_credentials().name == "fedserver tests"
    assert api.oauth_authorization_server_info().code_challenge_methods_supported == ["S256"]


def _profile(api: Counted) -> None:
    me = api.account_update_credentials(
        display_name="Alice A.",
        note="I paint with numbers",
        avatar=picture("olive"),
        avatar_mime_type="image/png",
        header=picture("navy", (1500, 500), "JPEG"),
        header_mime_type="image/jpeg",
        fields=[("Model", "cppn"), ("Pronouns", "she")],
        bot=False,
        discoverable=True,
        locked=False,
    )
    assert isinstance(me, Account) and me.display_name == "Alice A."
    assert [(field.name, field.value) for field in me.fields] == [("Model", "cppn"), ("Pronouns", "she")]
    assert "/media/" in me.avatar and "/media/" in me.header
    assert api.me().id == api.account_verify_credentials().id == api.account_lookup("alice").id == me.id
    assert api.account(me).acct == "alice" and api.accounts([me])[0].id == me.id
    preferences = api.preferences()
    assert preferences["posting:default:visibility"] == "public"
    assert "/media/" not in api.account_delete_header().header


def _posts(api: Counted) -> Status:
    medium = api.media_post(picture("teal"), "image/png", description="a teal rectangle", focus=(0.5, -0.5))
    medium = until(lambda: found if (found := api.media(medium)).url else None)
    assert isinstance(medium, MediaAttachment) and medium.description == "a teal rectangle"
    assert (medium.meta.original.width, medium.meta.focus.x, medium.meta.focus.y) == (320, 0.5, -0.5)
    assert medium.blurhash and api.decode_blurhash(medium)
    assert api.media_update(medium, description="a green one", focus=(0, 0)).description == "a green one"
    options: dict[str, Any] = {"media_ids": [medium], "sensitive": True, "spoiler_text": "colours", "language": "en"}
    note = api.status_post("Fresh #paint", **options, visibility="public", idempotency_key="once")
    again = api.status_post("Fresh #paint", **options, visibility="public", idempotency_key="once")
    assert isinstance(note, Status) and again.id == note.id
    assert (note.media_attachments[0].description, note.spoiler_text) == ("a green one", "colours")
    # its ``media_attributes`` end in a TypeError of its own (2.3.3); the web clients' replay sends them
    changed = api.status_update(note, "Fresher #paint", media_ids=[medium])
    assert changed.edited_at and changed.media_attachments[0].id == medium.id
    history = api.status_history(note)
    assert [isinstance(each, StatusEdit) for each in history] == [True, True]
    assert history[0].media_attachments[0].description == "a green one"
    assert api.status_source(note).text == "Fresher #paint"
    reply = api.status_reply(api.status(note), "and so on")
    assert reply.in_reply_to_id == note.id
    assert [each.id for each in api.status_context(note).descendants] == [reply.id]
    assert [each.id for each in api.status_context(reply).ancestors] == [note.id]
    assert {each.id for each in api.statuses([note, reply])} == {note.id, reply.id}
    return note


def _reactions(api: Counted, note: Status) -> None:
    assert api.status_favourite(note).favourited and api.favourites()[0].id == note.id
    assert api.status_bookmark(note).bookmarked and api.bookmarks()[0].id == note.id
    assert api.status_reblog(note).reblog.id == note.id
    assert api.status_pin(note).pinned
    me = api.me()
    assert [each.id for each in api.account_statuses(me, pinned=True)] == [note.id]
    assert [each.id for each in api.account_statuses(me, only_media=True)] == [note.id]
    assert api.status_favourited_by(note)[0].id == api.status_reblogged_by(note)[0].id == me.id
    assert not api.status_unfavourite(note).favourited
    assert not api.status_unbookmark(note).bookmarked
    assert not api.status_unreblog(note).reblogged
    assert not api.status_unpin(note).pinned


def _pages(api: Counted) -> None:
    made = [api.toot(f"page {n} #pages").id for n in range(7)]
    first = api.timeline_home(limit=3)
    second = api.fetch_next(first)
    assert [each.id for each in first + second] == made[::-1][:6]
    back = api.fetch_previous(second)
    assert [each.id for each in back] == [each.id for each in first]
    assert [each.id for each in api.fetch_remaining(api.timeline_hashtag("pages", limit=2))] == made[::-1]
    assert [each.id for each in api.timeline_local(limit=2)] == made[::-1][:2]
    assert [each.id for each in api.timeline_public(min_id=made[0], limit=2)] == made[2:0:-1]
    assert [each.id for each in api.timeline_home(since_id=made[4])] == made[:4:-1]
    marked = api.markers_set(["home", "notifications"], [made[3], "1"])
    assert isinstance(marked["home"], Marker) and marked["home"].last_read_id == made[3]
    assert api.markers_get(["home"])["home"].last_read_id == made[3]
    assert api.tag("pages").name == "pages" and api.tag_follow("pages").following
    assert [each.name for each in api.followed_tags()] == ["pages"]
    assert not api.tag_unfollow("pages").following
    assert "pages" in [each.name for each in api.search_v2("pages", result_type="hashtags").hashtags]


def _people(api: Counted, asked: Asked, alpha: RunningNode, ben: Person) -> None:
    account = api.search_v2(ben.handle, result_type="accounts").accounts[0]
    assert api.account_search(ben.handle, resolve=True)[0].id == account.id
    api.account_follow(account, reblogs=False, notify=True)
    relation = until(lambda: found if (found := api.account_relationships(account)[0]).following else None)
    assert isinstance(relation, Relationship) and relation.notifying and not relation.showing_reblogs
    asked(ben.follow(alpha.alice))
    me = api.me()
    assert api.account_following(me)[0].acct == api.account_followers(me)[0].acct == "ben@beta.test"
    post = asked(ben.post("/api/v1/statuses", json={"status": "from far"}))
    seen = until(lambda: next((each for each in api.timeline_home() if each.uri == post["uri"]), None))
    assert api.search(post["uri"]).statuses[0].id == seen.id
    api.status_favourite(seen)
    api.status_reblog(seen)
    kinds = {"favourite", "reblog", "follow"}
    asked(ben.until("/api/v1/notifications", lambda rows: kinds <= {row["type"] for row in rows}))
    assert api.account_mute(account, notifications=True, duration=3600).muting
    assert api.mutes()[0].id == account.id
    assert not api.account_unmute(account).muting
    assert api.account_remove_from_followers(account).followed_by is False
    assert not api.account_unfollow(account).following
    assert api.account_block(account).blocking and api.blocks()[0].id == account.id
    assert not api.account_unblock(account).blocking
    api.domain_block("evil.test")
    assert api.domain_blocks() == ["evil.test"]
    api.domain_unblock("evil.test")
    report = api.report(account, [seen], comment="look", forward=False, category="spam")
    assert report.target_account.id == account.id and not report.action_taken


def _notifications(api: Counted, asked: Asked, zoe: Person, note: Status) -> None:
    api.account_update_credentials(locked=True)
    found = asked(zoe.find("alice"))
    asked(zoe.post(f"/api/v1/accounts/{found['id']}/follow"))
    asker = api.follow_requests()[0]
    assert api.notifications(types=["follow_request"])[0].account.id == asker.id
    assert api.follow_request_authorize(asker).followed_by
    api.account_update_credentials(locked=False)
    asked(zoe.post(f"/api/v1/statuses/{note.id}/favourite"))
    asked(zoe.post("/api/v1/statuses", json={"status": "@alice hello", "in_reply_to_id": note.id}))
    until(lambda: api.notifications(types=["mention"]))
    rows = api.notifications(exclude_types=["follow"])
    assert {"mention", "favourite"} <= {row.type for row in rows}
    assert api.notifications_unread_count().count == len(rows)
    one = rows[0]
    assert api.notifications(id=one.id).id == one.id
    api.notifications_dismiss(one)
    assert one.id not in [row.id for row in api.notifications()]
    api.notifications_clear()
    assert api.notifications() == []


def _endings(api: Counted, note: Status) -> None:
    deleted = api.status_delete(note)
    assert deleted.text == "Fresher #paint"
    with pytest.raises(mastodon.MastodonNotFoundError):
        api.status(note)
    with pytest.raises(mastodon.MastodonAPIError):
        api.status_post("")
    api.revoke_access_token(allow_http=True)
    api.api.access_token = "revoked-or-never-given"
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        api.me()


async def test_a_code_that_is_used_twice_ends_the_token(tmp_path: Path) -> None:
    """RFC 6749, 4.1.2: whoever comes second may be the thief, or the first one was."""
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        asked = Asked()

        def work() -> None:
            secrets = mastodon.Mastodon.create_app("twice", scopes=SCOPES, api_base_url=alpha.url)
            api = mastodon.Mastodon(*secrets, api_base_url=alpha.url)
            code = asked(code_for(alpha.url, api.auth_request_url(scopes=SCOPES, allow_http=True), "alice"))
            token = api.log_in(code=code, scopes=SCOPES, allow_http=True)
            assert api.me().acct == "alice"
            with pytest.raises(mastodon.MastodonIllegalArgumentError, match="invalid_grant"):
                api.log_in(code=code, scopes=SCOPES, allow_http=True)
            with pytest.raises(mastodon.MastodonUnauthorizedError):
                mastodon.Mastodon(access_token=token, api_base_url=alpha.url).me()

        await asyncio.to_thread(work)


class Heard(mastodon.StreamListener):
    """Keeps what came."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.beat = threading.Event()

    def handle_heartbeat(self) -> None:
        self.beat.set()

    def on_any_event(self, name: str, data: Any = None, for_stream: Any = None) -> None:
        self.events.append((name, data))

    def on_unknown_event(self, name: str, unknown_event: Any = None) -> None:
        raise AssertionError(f"an unknown event: {name}")

    def first(self, name: str, wanted: Callable[[Any], bool] = lambda data: True) -> Any:
        return until(lambda: next((data for got, data in self.events if got == name and wanted(data)), None))


async def test_mastodonpy_hears_the_user_stream(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice", "zoe")) as (alpha,):
        asked = Asked()
        found = await alpha.zoe.find("alice")
        await alpha.zoe.post(f"/api/v1/accounts/{found['id']}/follow")

        def events(heard: Heard) -> None:
            note = asked(alpha.alice.post("/api/v1/statuses", json={"status": "to the stream"}))
            assert heard.first("update", lambda status: status.id == note["id"]).account.acct == "alice"
            asked(alpha.alice.call("PUT", f"/api/v1/statuses/{note['id']}", json={"status": "to the stream again"}))
            assert "again" in heard.first("status.update").content
            asked(alpha.alice.post("/api/v1/statuses", json={"status": "@zoe hello"}))
            assert heard.first("notification").type == "mention"
            asked(alpha.alice.call("DELETE", f"/api/v1/statuses/{note['id']}"))
            assert heard.first("delete") == note["id"]

        def work() -> None:
            api = sign_in(alpha, asked, "zoe", tmp_path)
            assert api.stream_healthy() is True
            heard = Heard()
            handle = api.stream_user(heard, run_async=True)
            try:
                assert heard.beat.wait(WAIT_S)
                events(heard)
            finally:
                closing = threading.Thread(target=handle.close)
                closing.start()
                # the library waits for whatever comes next before it lets go
                asked(alpha.alice.post("/api/v1/statuses", json={"status": "the last one"}))
                closing.join(WAIT_S)
            handle.join(WAIT_S)
            assert not handle.is_alive()

        await asyncio.to_thread(work)
