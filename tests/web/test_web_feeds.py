"""A feed as a page, and why a post has its place, in words; what is hidden stays so, whenever the order was made."""

from __future__ import annotations

import html
from functools import partial
from pathlib import Path
from typing import Any

import node_support
from access_support import Browser
from node_support import RunningNode

from fedserver.domain.policy.canonical import plain
from fedserver.domain.policy.read import from_plain
from fedserver.jobs import feeds as job
from fedserver.services import policy, starters

SCORE = "2*likes_people + halflife(age_h, 18) - (1 if has_media else 3)"


async def furnish(node: RunningNode, **feed: Any) -> None:
    values = plain(starters.starter("open-gallery"))
    about = {"en": "What <i>people</i> like"}
    best = {"title": {"en": "Best <b>of</b> all"}, "about": about, "score": SCORE, "where": "not is_reply", **feed}
    values["feed"] |= {"best": best, "mine": {"title": {"en": "Mine"}, "score": "tags_followed"}}
    given = from_plain(values)
    await node.node.db.run(partial(policy.publish, keyring=node.node.parts.keyring, given=given, actor=None))


async def post(person: Any, text: str, **more: Any) -> str:
    return str((await person.post("/api/v1/statuses", json={"status": text, **more}))["id"])


async def test_a_feed_and_why_in_words(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben", "cleo")) as (alpha,):
        await furnish(alpha)
        first, liked, gone = [await post(alpha.ann, text) for text in ("plain words", "liked words", "gone words")]
        await alpha.ben.post(f"/api/v1/statuses/{liked}/favourite")
        await job.compute(alpha.node.parts, {})
        await alpha.ann.call("DELETE", f"/api/v1/statuses/{gone}")
        visitor = Browser(alpha)
        raw = (await visitor.go("/feeds/best")).text
        page = html.unescape(raw)
        assert "Best &lt;b&gt;of&lt;/b&gt; all" in raw and "<i>people</i>" not in raw
        assert SCORE in page and "not is_reply" in page and "people who favourited it" in page
        assert "1 at age 0, 0.5 at age half" in page and "@feed_best@" in page and 'href="/policy/1#feed-best"' in page
        assert page.index("liked words") < page.index("plain words") and "gone words" not in page
        assert f'href="/@ann/{liked}/why?feed=best"' in page
        told = html.unescape((await visitor.go(f"/@ann/{liked}/why?feed=best")).text)
        assert "Place 1 of 3" in told and "2*likes_people" in told and "+ 2.00" in told and "− 3.00" in told
        assert "people who favourited it" in told and 'href="/policy/1#feed-best"' in told
        assert told == html.unescape((await visitor.go(f"/@ann/{liked}/why")).text), "the default feed"
        assert (await visitor.go(f"/@ann@{alpha.config.server.domain}/{first}/why?feed=best")).status == 200
        assert "feeds/best" in (await visitor.go("/policy")).text
        # nobody's but each reader's: the formula alone
        mine = html.unescape((await visitor.go("/feeds/mine")).text)
        assert "tags_followed" in mine and "different for each reader" in mine and "words" not in mine.split("empty")[1]
        for path in ("/feeds/nothing", f"/@ben/{liked}/why", f"/@ann/{liked}/why?feed=mine", f"/@ann/{gone}/why"):
            assert (await visitor.go(path)).status == 404, path


async def test_what_may_not_be_seen_is_not_explained(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        await furnish(alpha, max_per_author={"posts": 1, "in_top": 2})
        shown = [await post(alpha.ann, f"words {number}") for number in range(25)]
        others = [await post(alpha.ben, f"by ben {number}") for number in range(25)]
        hidden = await post(alpha.ann, "for followers", visibility="private")
        await job.compute(alpha.node.parts, {})
        ben = await Browser(alpha).signed_in("ben")
        assert (await ben.go(f"/@ann/{hidden}/why?feed=best")).status == 404
        first = (await ben.go("/feeds/best")).text
        assert "max_id=" in first and "At most 1 by one author among any 2 in a row" in first
        older = first.split("?max_id=")[1].split('"')[0]
        second = (await ben.go(f"/feeds/best?max_id={older}")).text
        places = [int(part.split("<")[0]) for part in (first + second).split('class="place"><span>')[1:]]
        assert places == list(range(1, 41))
        await alpha.ann.post(f"/api/v1/accounts/{alpha.ben.account_id}/block")
        page = (await ben.go("/feeds/best")).text
        assert not any(f"/{each}/why" in page for each in shown) and any(f"/{each}/why" in page for each in others)
