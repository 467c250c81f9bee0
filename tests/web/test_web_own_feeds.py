"""Pages of home and feeds: tabs beside home, feeds of one's own, a preview before anything is kept, the community's."""

from __future__ import annotations

import html
from pathlib import Path

import node_support
from access_support import Browser
from node_support import RunningNode
from test_web_feeds import furnish, post

from fedserver.edge import seen
from fedserver.jobs import feeds as job

HERE = "/settings/feeds"
FIELDS = {"title": "Mine too", "from[]": "local", "score": "posted_s", "max_age": "7d"}


async def browser(node: RunningNode, name: str) -> Browser:
    return await Browser(node).signed_in(name)


async def test_home_stands_beside_the_feeds_that_one_has(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben", "cleo")) as (alpha,):
        await furnish(alpha)
        liked = await post(alpha.cleo, "liked words")
        await post(alpha.cleo, "plain words")
        await alpha.ann.post(f"/api/v1/statuses/{liked}/favourite")
        await job.compute(alpha.node.parts, {})
        ben = await browser(alpha, "ben")
        assert (await Browser(alpha).go("/home")).status == 303
        page = (await ben.go("/home")).text
        assert "Nothing yet" in page and "Best &lt;b&gt;of" in page
        (feed,) = await alpha.ben.get("/api/v1/lists")
        page = (await ben.go(f"/home?feed={feed['id']}")).text
        assert page.index("liked words") < page.index("plain words") and f"/@cleo/{liked}/why?feed=best" in page
        assert (await (await browser(alpha, "cleo")).go(f"/home?feed={feed['id']}")).status == 404
        front = (await ben.go("/")).text
        assert f'href="/home?feed={feed["id"]}"' in front and 'href="/policy"' in front
        visitor = Browser(alpha)
        assert 'href="/feeds/best"' in (await visitor.go("/")).text
        about = (await visitor.go("/about")).text
        assert 'href="/policy"' in about and 'href="/feeds/best"' in about
        index = (await visitor.go("/feeds")).text
        assert 'href="/feeds/best"' in index and "the default" in index and "<form" not in index


async def test_a_feed_is_written_looked_at_kept_changed_and_removed(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        await furnish(alpha)
        for number in range(3):
            await post(alpha.ann, f"words {number}")
        ben = await browser(alpha, "ben")
        await ben.go(f"{HERE}/new")
        shown = await ben.submit(f"{HERE}/new", {**FIELDS, "do": "preview"})
        assert shown.status == 200 and "3 entered" in shown.text and "words 2" in shown.text
        assert await alpha.ben.get("/api/v1/own_feeds") == [], "a preview keeps nothing"
        kept = await ben.submit(f"{HERE}/new", {**FIELDS, "do": "keep"})
        assert kept.status == 303
        feed_id = kept.location.partition("feed=")[2]
        page = (await ben.go(kept.location)).text
        assert page.index("words 2") < page.index("words 0") and "Mine too" in page
        change = {**FIELDS, "score": "0 - posted_s", "where": "text_length < 100"}
        await ben.go(f"{HERE}/{feed_id}")
        shown = await ben.submit(f"{HERE}/{feed_id}", {**change, "do": "preview"})
        assert "2 moved, 0 entered, 0 left" in shown.text and "↑ 2" in shown.text
        await ben.submit(f"{HERE}/{feed_id}", {**change, "do": "keep"})
        page = (await ben.go(f"/home?feed={feed_id}")).text
        assert page.index("words 0") < page.index("words 2")
        # as text
        await ben.go(f"{HERE}/{feed_id}")
        text = 'title = "By text"\nfrom = ["local"]\nscore = "likes_people"\n'
        assert (await ben.submit(f"{HERE}/{feed_id}", {"document": text, "do": "keep"})).status == 303
        assert "By text" in (await ben.go(HERE)).text
        # somebody else's
        ann = await browser(alpha, "ann")
        await ann.go(HERE)
        assert (await ann.go(f"{HERE}/{feed_id}")).status == 404
        await ann.go(HERE)
        assert (await ann.submit(f"{HERE}/{feed_id}", {**FIELDS, "do": "keep"})).status == 404
        await ann.go(HERE)
        assert (await ann.submit(f"{HERE}/{feed_id}/remove", {})).status == 404
        # and without the form's own field
        assert (await ben.submit(f"{HERE}/{feed_id}/remove", {}, csrf="x")).status in (400, 403, 422)
        await ben.go(HERE)
        await ben.submit(f"{HERE}/{feed_id}/remove", {})
        assert await alpha.ben.get("/api/v1/own_feeds") == []


async def test_what_is_wrong_is_said_with_its_place(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        await furnish(alpha)
        ben = await browser(alpha, "ben")
        for score, said in (
            ("2*like + 1", "did you mean `likes_people`"),
            ("__import__('os').system('x')", "text cannot stand"),
            ("(" * 400 + "1" + ")" * 400, "column"),
            ("<script>alert(1)</script>", "&lt;script&gt;"),
        ):
            await ben.go(f"{HERE}/new")
            answer = await ben.submit(f"{HERE}/new", {**FIELDS, "score": score, "do": "keep"})
            assert answer.status == 422 and said in html.unescape(answer.text) + answer.text, score
            assert "<script>alert" not in answer.text
        pointed = html.unescape((await ben.submit(f"{HERE}/new", {**FIELDS, "score": "2*like"})).text)
        assert "2*like\n  ^ unknown signal" in pointed
        assert await alpha.ben.get("/api/v1/own_feeds") == []


async def test_feeds_are_added_and_forked(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        await furnish(alpha)
        ben = await browser(alpha, "ben")
        page = (await ben.go(HERE)).text
        assert "hacker-news%40presets" in page and 'value="newest"' in page
        assert (await ben.submit(f"{HERE}/subscribe", {"name": "newest"})).status == 303
        await ben.go(HERE)
        assert (await ben.submit(f"{HERE}/subscribe", {"name": "nothing"})).status == 404
        await ben.go(HERE)
        assert (await ben.submit(f"{HERE}/subscribe", {"name": "best@elsewhere.test"})).status == 404
        assert (await alpha.ben.get("/api/v1/lists"))[0]["title"] == "Best <b>of</b> all"
        form = html.unescape((await ben.go(f"{HERE}/new?fork=best")).text)
        assert "2*likes_people + halflife(age_h, 18)" in form and "not is_reply" in form
        assert (await ben.go(f"{HERE}/new?fork=nothing")).status == 404


async def test_seen_is_turned_on_and_off_on_a_page(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        await furnish(alpha)
        await post(alpha.ben, "words")
        ben = await browser(alpha, "ben")
        assert "It is off" in (await ben.go(HERE)).text
        await ben.submit(f"{HERE}/seen", {"remember_seen": "1"})
        await ben.go("/home")
        await seen.settled(alpha.node.parts)
        assert "1 post is kept" in (await ben.go(HERE)).text
        await ben.submit(f"{HERE}/seen", {"remember_seen": "0"})
        assert "It is off" in (await ben.go(HERE)).text


async def test_a_feed_of_the_community_is_looked_at_before_it_is_proposed(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        await furnish(alpha)
        liked = await post(alpha.ben, "liked words")
        await post(alpha.ben, "plain words")
        await alpha.ann.post(f"/api/v1/statuses/{liked}/favourite")
        ben = await browser(alpha, "ben")
        assert (await ben.go("/admin/feeds")).status == 403
        assert (await ben.go("/admin/feeds/best")).status == 403
        ann = await browser(alpha, "ann")
        assert 'href="/admin/feeds/best"' in (await ann.go("/admin/feeds")).text
        assert (await ann.go("/admin/feeds/nothing")).status == 404
        page = html.unescape((await ann.go("/admin/feeds/best")).text)
        assert "2*likes_people" in page
        text = 'title = "Best"\nscore = "posted_s"\nwhere = "not is_reply"\n'
        shown = await ann.submit("/admin/feeds/best", {"document": text, "do": "preview"})
        assert shown.status == 200 and "2 moved, 0 entered, 0 left" in shown.text
        assert shown.text.index("Today") < shown.text.index("liked words")
        assert (await alpha.ann.get("/api/v1/feeds"))[0]["score"] != "posted_s", "a preview changes nothing"
        wrong = await ann.submit("/admin/feeds/best", {"document": text.replace("posted_s", "post_s"), "do": "propose"})
        assert wrong.status == 422 and "posted_s" in wrong.text
        done = await ann.submit("/admin/feeds/best", {"document": text, "note": "Newer first", "do": "propose"})
        assert done.status == 303 and done.location.startswith("/proposals/")
        best = next(each for each in await alpha.ann.get("/api/v1/feeds") if each["id"] == "best")
        assert best["score"] == "posted_s", "an owner's own agreement is all that this needs"
