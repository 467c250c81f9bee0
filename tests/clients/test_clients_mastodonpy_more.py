"""Mastodon.py as it is, over what came after the first slice: what it decodes, it decodes without a warning."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mastodon
import pytest
from clients_city import city
from clients_world import PEOPLE, World
from test_clients_mastodonpy import Asked, Counted, sign_in, until

pytestmark = pytest.mark.clients


async def test_mastodonpy_over_the_rest_of_the_api(tmp_path: Path) -> None:
    async with city(tmp_path, **PEOPLE) as (alpha, beta):
        world, asked = World(alpha, beta), Asked()
        await world.furnish()

        def work() -> set[str]:
            api = Counted(sign_in(alpha, asked, "alice", tmp_path))
            for part in (_about, _found, _posts, _personal, _people, _told, _pushed, _wrong):
                part(api, world)
            return api.called

        called = await asyncio.to_thread(work)
        assert len(called) >= 60, (len(called), sorted(called))


def _about(api: Counted, world: World) -> None:
    assert len(api.instance_activity()) == 12 and api.instance_health()
    assert api.instance_domain_blocks()[0].domain == "bad.example"
    assert "About us" in api.instance_extended_description().content
    assert "Be kind" in api.instance_terms_of_service().content
    assert any(each.code == "fr" for each in api.instance_languages())
    assert api.instance_rules()[0].text == "Be kind" and "beta.test" in api.instance_peers()
    assert api.custom_emojis()[0].shortcode == "robot"
    found = api.announcements()[0]
    assert found.reactions[0].name == "robot"
    api.announcement_reaction_create(found, "👍")
    assert any(each.name == "👍" and each.me for each in api.announcements()[0].reactions)
    api.announcement_reaction_delete(found, "👍")
    api.announcement_dismiss(found)
    assert api.announcements()[0].read is True


def _found(api: Counted, world: World) -> None:
    assert {each.name for each in api.trending_tags()} == {"popular", "salmon"} == {each.name for each in api.trends()}
    assert api.trending_links()[0].url == world["link"] and api.trending_links()[0].history
    assert str(world["note"]) in [str(each.id) for each in api.trending_statuses()]
    assert len(api.timeline_link(world["link"])) == 3
    assert api.status_card(world["linked"]).url == world["link"]
    suggested = api.suggestions_v2()[0]
    assert suggested.account.id in [each.id for each in api.suggestions_v1()]
    api.suggestion_delete(suggested.account)
    assert suggested.account.id not in [each.account.id for each in api.suggestions()]
    assert api.directory(order="new", local=True)
    assert [each.id for each in api.search_v1("salmon").statuses]


def _posts(api: Counted, world: World) -> None:
    asked = api.make_poll(["tea", "coffee"], 3600, multiple=False)
    assert api.status_post("which?", poll=asked).poll.options[0].title == "tea"
    poll = api.poll(world["poll"])
    assert poll.voted and poll.own_votes == [0]
    with pytest.raises(mastodon.MastodonAPIError):
        api.poll_vote(poll, [7])
    quotes = api.status_quotes(world["note"])
    assert [str(each.id) for each in quotes] == [world["quoting"]]
    assert api.status_quote_revoke(world["note"], world["quoting"]).quote.state == "revoked"
    changed = api.status_update_quote_approval_policy(world["note"], "nobody")
    assert changed.quote_approval.automatic == []
    quoting = api.status_post("look again", quoted_status_id=world["far"])
    assert quoting.quote is not None
    assert api.status_mute(world["note"]).muted and not api.status_unmute(world["note"]).muted
    at = datetime.now(UTC) + timedelta(days=2)
    later = api.status_post("in two days", scheduled_at=at)
    assert api.scheduled_status(later).id == later.id
    moved = api.scheduled_status_update(later, at + timedelta(days=1))
    assert moved.scheduled_at > at and len(api.scheduled_statuses()) == 2
    api.scheduled_status_delete(later)
    assert len(api.scheduled_statuses()) == 1


def _personal(api: Counted, world: World) -> None:
    made = api.list_create("friends", replies_policy="none", exclusive=True)
    assert api.list(made).exclusive and api.list_update(made, "close friends").title == "close friends"
    api.list_accounts_add(made, world["ben"])
    assert [str(each.id) for each in api.list_accounts(made)] == [world["ben"]]
    assert made.id in [each.id for each in api.account_lists(world["ben"])]
    api.list_accounts_delete(made, world["ben"])
    api.list_delete(made)
    assert [each.title for each in api.lists()] == ["x"] and api.timeline_list(world["list"])
    words: Any = [{"keyword": "spoon", "whole_word": True}]
    found = api.create_filter_v2("forks", ["home", "public"], "warn", keywords_attributes=words)
    api.add_filter_keyword_v2(found.id, "fork")
    keywords = api.filter_keywords_v2(found.id)
    assert {each.keyword for each in keywords} == {"spoon", "fork"}
    api.delete_filter_keyword_v2(keywords[0].id)
    named = api.add_filter_status_v2(found.id, world["far"])
    assert api.filter_statuses_v2(found.id)[0].id == api.filter_status_v2(named.id).id
    api.delete_filter_status_v2(named.id)
    assert api.update_filter_v2(found.id, title="knives").title == "knives" == api.filter_v2(found.id).title
    api.delete_filter_v2(found.id)
    assert [each.title for each in api.filters_v2()] == ["x"]
    old = api.filter_create("ladle", ["home"])
    assert api.filter(old).phrase == "ladle" and len(api.filters()) == 2
    api.filter_update(old, phrase="ladles")
    api.filter_delete(old)
    talk = api.conversations()[0]
    assert talk.last_status is not None
    api.conversations_read(talk)
    assert api.conversations()[0].unread is False


def _people(api: Counted, world: World) -> None:
    assert api.account_note_set(world["zoe"], "neighbour").note == "neighbour"
    assert [each.acct for each in api.endorsements()] == ["yan"]
    yan = api.account_lookup("yan")
    assert not api.account_unendorse(yan).endorsed and api.account_endorse(yan).endorsed
    assert not api.account_unpin(yan).endorsed and api.account_pin(yan).endorsed
    assert api.account_featured_tags(api.me())[0].name == "salmon" == api.featured_tags()[0].name
    assert "trout" in [each.name for each in api.featured_tag_suggestions()]
    made = api.featured_tag_create("trout")
    api.featured_tag_delete(made)
    assert api.tag_feature("trout").featuring and not api.tag_unfeature("trout").featuring
    asker = api.follow_requests()[0]
    api.follow_request_reject(asker)
    assert api.follow_requests() == []


def _told(api: Counted, world: World) -> None:
    grouped = api.grouped_notifications()
    group = next(each for each in grouped.notification_groups if each.group_key == world["group"])
    assert group.notifications_count == 2
    assert len(api.grouped_notification_accounts(group.group_key)) == 2
    assert api.grouped_notification(group.group_key).notification_groups[0].type == "favourite"
    assert api.unread_grouped_notifications_count() >= len(grouped.notification_groups)
    api.dismiss_grouped_notification(group.group_key)
    keys = [each.group_key for each in api.grouped_notifications().notification_groups]
    assert group.group_key not in keys
    assert api.notifications_policy().for_not_following == "filter"
    request = api.notification_requests()[0]
    assert api.notification_request(request).account.acct == "xia"
    api.accept_notification_request(request)
    until(lambda: api.notifications_merged())
    assert api.notification_requests() == []
    assert api.update_notifications_policy(for_not_following="accept").for_not_following == "accept"
    api.markers_set(["notifications"], [str(api.notifications()[0].id)])


def _pushed(api: Counted, world: World) -> None:
    _, public = api.push_subscription_generate_keys()
    made = api.push_subscription_set("https://push.example/there", public, mention_events=True, policy="followed")
    assert made.alerts.mention and api.push_subscription().endpoint == "https://push.example/there"
    api.push_subscription_update(follow_events=True)
    api.push_subscription_delete()
    with pytest.raises(mastodon.MastodonNotFoundError):
        api.push_subscription()


def _wrong(api: Counted, world: World) -> None:
    """The library's own errors, by the server's own words."""
    with pytest.raises(mastodon.MastodonAPIError, match="Someone else's post cannot be pinned"):
        api.status_pin(world["far"])
    with pytest.raises(mastodon.MastodonNotFoundError, match="Record not found"):
        api.list("1")
