"""Cards of links: which link gets one, when its page is asked, who else shows it, what is popular of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from client_support import Api, client_node
from sqlalchemy import text

from fedserver.db.queries import cards
from fedserver.db.statement import Query, Statement
from fedserver.domain.text.links import first_link
from fedserver.domain.text.page_head import decode, read_head
from fedserver.jobs import cards as card_job
from fedserver.jobs import trends as trend_job
from fedserver.services import cards as service
from protocol.activitystreams.values import Hashtag, Link, Mention

_JOBS: Statement[Any] = Statement(
    text("SELECT payload, run_at - created_at FROM jobs WHERE name = 'card.fetch'"), tuple
)
URL = "https://news.example/story"


def _jobs() -> Query[Any]:
    return _JOBS()


async def ready(api: Api, url: str, title: str = "A story") -> int:
    """The page was asked and said this."""

    def work(unit: Any) -> int:
        card = unit.get(cards.by_url(url))
        service.learned(unit, card.id, {"title": title, "state": "ready"})
        return int(card.id)

    return await api.run(work)


async def test_which_link_and_when(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, far = await api.person("alice"), await api.remote("far")
        await alice.publish(f"@far@there.test #tag {URL} https://second.example/")
        ((payload, wait),) = await api.node.parts.db.all(_jobs())
        assert wait == 0 and "card_id" in payload
        person = '<a href="https://there.test/@x">@x</a> <a href="https://there.test/tags/y">#y</a> '
        markup = f'<p>{person}<a href="https://chosen.example/not">x</a></p>'
        more = {
            "mentions": (Mention("https://there.test/@x", "@x"),),
            "hashtags": (Hashtag("y", "https://there.test/tags/y"),),
        }
        post = await api.receive(far, 1, markup, links=(Link("https://chosen.example/yes"),), **more)
        other = await api.receive(far, 2, markup, **more)
        for status_id, url in ((post, "https://chosen.example/yes"), (other, "https://chosen.example/not")):
            await ready(api, url)
            assert (await alice.get(f"/api/v1/statuses/{status_id}")).json["card"]["url"] == url
        waits = [wait for _, wait in await api.node.parts.db.all(_jobs())]
        assert len(waits) == 3 and all(wait == 0 or 30_000 <= wait < 60_000 for wait in waits)
        # a link that is edited out takes its card along
        mine = await alice.publish(f"look {URL}")
        await ready(api, URL)
        assert (await alice.get(f"/api/v1/statuses/{mine['id']}")).json["card"]["title"] == "A story"
        changed = await alice.send("PUT", f"/api/v1/statuses/{mine['id']}", json={"status": "nothing to see"})
        assert changed.json["card"] is None


async def test_no_card_for_private_places_and_shut_out_servers(tmp_path: Path) -> None:
    from fedserver.services import moderation

    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        await api.run(lambda unit: moderation.block_domain(unit, "bad.example", None, severity="suspend") and None)
        base = api.node.base
        for url in (f"{base}/@alice", "http://localhost/x", "http://printer/x", "http://[::1]/x", "http://10.1.2.3/x"):
            await alice.publish(f"look {url}")
        await alice.publish("look https://www.bad.example/x")
        assert await api.node.parts.db.all(_jobs()) == []


async def test_popular_links_and_their_timeline(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        people = [await api.person(f"p{number}") for number in range(3)]
        posts = [(await person.publish(f"read {URL}"))["id"] for person in people]
        path = f"/api/v1/timelines/link?url={URL}"
        assert (await api.node.get(path)).status == 404, "not popular yet"
        await ready(api, URL)
        await trend_job.compute(api.node.parts, {})
        (link,) = (await api.node.get("/api/v1/trends/links")).json
        assert link["url"] == URL and link["title"] == "A story" and link["html"] == ""
        assert link["history"][0]["accounts"] == "3" and len(link["history"]) == 7
        assert [each["id"] for each in (await api.node.get(path)).json] == posts[::-1]
        assert [each["id"] for each in (await api.node.get(f"{path}&limit=1&max_id={posts[2]}")).json] == [posts[1]]
        assert (await api.node.get("/api/v1/timelines/link")).status == 422
        assert (await api.node.get("/api/v1/timelines/link?url=https://other.example/")).status == 404


async def test_cards_that_no_post_shows_are_forgotten(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        post = await alice.publish(f"read {URL}")
        await alice.send("DELETE", f"/api/v1/statuses/{post['id']}")
        await api.run(lambda unit: unit.run(cards.change(unit.get(cards.by_url(URL)).id, {"created_at": 1})))
        await card_job.sweep(api.node.parts, {})
        assert await api.node.parts.db.one(cards.by_url(URL)) is None


def test_heads_of_pages() -> None:
    page = '<html lang="pt-BR"><TITLE>a &amp;\n b</TITLE><meta name=description content=short>'
    page += '<meta property="og:image" content="../i.png">'
    found = read_head(page, "https://x.example/a/b/")
    assert (found.title, found.description, found.language) == ("a & b", "short", "pt")
    assert found.image == "https://x.example/a/i.png"
    assert (
        read_head('<meta property="og:title" content="a > b"><title>c</title>', "https://x.example/").title == "a > b"
    )
    assert read_head('<meta property="og:image" content="javascript:x">', "https://x.example/").image is None
    assert read_head("<meta name='fediverse:creator' content='@a@B.example'>", "https://x.example/").creator == (
        "a",
        "b.example",
    )
    assert decode("é".encode("latin-1"), "text/html; charset=ISO-8859-1") == "é"
    assert decode("é".encode(), "text/html; charset=rot13") == "é"
    assert decode(b'<meta charset="windows-1252">\x80', "text/html").endswith("€")


def test_links_of_posts() -> None:
    assert first_link('<a href="https://x.example/?a=1&amp;b=2" rel="x">t</a>') == "https://x.example/?a=1&b=2"
    assert first_link('<a class="u-url mention" href="https://x.example/@y">@y</a>') is None
    assert first_link('<a href="https://x.example/@y">@y</a>', {"https://x.example/@y"}) is None
    assert first_link("<p>no link</p>") is None
