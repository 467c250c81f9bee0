"""The pages over a real server: who sees what, what a form may do, what never leaves."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web as aioweb
from door_support import PASSWORD, Browser, Node, node

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.statement import insert
from fedserver.db.tables import media_attachments, reports, statuses
from fedserver.db.unit import Unit
from fedserver.domain.roles import PRESETS
from fedserver.edge.routing import Router
from fedserver.net.client import Client
from fedserver.net.settings import NetSettings
from fedserver.oauth.routes import ROUTES as OAUTH
from fedserver.services import communities, invites
from fedserver.services.keyring import KeyRing
from fedserver.web.routes import ROUTES as WEB
from keys.sealing import MasterKey

ALL = (*OAUTH, *WEB)
ROOT = Path(__file__).resolve().parents[2] / "fedserver" / "web"
KEYRING = KeyRing(MasterKey(b"k" * 32))


async def post(n: Node, account_id: int, username: str, **values: Any) -> int:
    def work(unit: Unit) -> int:
        status_id = unit.new_id()
        row = {
            "id": status_id,
            "uri": f"{unit.site.base_url}/users/{username}/statuses/{status_id}",
            "account_id": account_id,
            "local": 1,
            "content": "<p>hello</p>",
            "thread_id": status_id,
            "created_at": unit.now,
        }
        unit.run(insert(statuses, row | values))
        return status_id

    return await n.parts.db.run(work)


async def picture(n: Node, account_id: int, status_id: int, **values: Any) -> int:
    def work(unit: Unit) -> int:
        media_id = unit.new_id()
        row = {
            "id": media_id,
            "account_id": account_id,
            "status_id": status_id,
            "kind": "image",
            "state": "ready",
            "token": "tok",
            "width": 400,
            "height": 300,
            "created_at": unit.now,
            "description": 'a "quoted" <picture>',
        }
        unit.run(insert(media_attachments, row | values))
        return media_id

    return await n.parts.db.run(work)


def test_no_template_has_inline_scripts_or_styles() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        # the one script is a file of ours
        text = text.replace("""<script src="{{ static('passkeys.js') }}" defer></script>""", "")
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b|autoescape false", text), (
            path
        )


def test_every_form_that_posts_carries_the_hidden_field() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL):
            assert "hidden(csrf)" in form or 'name="csrf"' in form, (path, form[:80])


async def test_the_public_pages_answer_with_strict_headers(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        _, account = await n.user("ann")
        status = await post(n, account, "ann")
        for path in ("/", "/about", "/@ann", f"/@ann/{status}", "/tags/glass", "/join", "/login", "/@ann?show=media"):
            answer = await n.get(path, headers={"Accept": "text/html"})
            assert answer.status == 200, path
            csp = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in csp and "unsafe" not in csp and "form-action 'self'" in csp
            assert 'lang="en"' in answer.text and 'class="skip"' in answer.text
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert (await n.send("HEAD", path)).body == b""
        feed = await n.get("/@ann.rss")
        assert feed.headers["Content-Type"].startswith("application/rss+xml") and f"/@ann/{status}" in feed.text
        css = re.search(r'href="(/static/[^"]+site\.css)"', (await n.get("/")).text)
        assert css
        style = await n.get(css[1])
        assert style.status == 200 and "immutable" in style.headers["Cache-Control"]
        for path in ("/static/x/..%2f..%2fapp.py", "/static/x/app.py", "/static/x/%2e%2e", "/@nobody", "/@ann/99"):
            assert (await n.get(path, headers={"Accept": "text/html"})).status == 404, path
        assert "Disallow: /admin" in (await n.get("/robots.txt")).text


async def test_only_what_a_visitor_may_see_is_shown(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        _, account = await n.user("ann")
        _, other = await n.user("bob")
        secret = await post(n, account, "ann", visibility=2, content="<p>for followers</p>")
        direct = await post(n, account, "ann", visibility=3, content="<p>direct words</p>")
        root = await post(n, account, "ann", content="<p>the root</p>")
        await post(n, account, "ann", visibility=2, content="<p>hidden answer</p>", in_reply_to_id=root, thread_id=root)
        await post(n, other, "bob", content="<p>open answer</p>", in_reply_to_id=root, thread_id=root)
        for status in (secret, direct):
            assert (await n.get(f"/@ann/{status}")).status == 404
        thread = (await n.get(f"/@ann/{root}")).text
        assert "open answer" in thread and "hidden answer" not in thread
        # somebody else's post under this name does not exist
        assert (await n.get(f"/@bob/{root}")).status == 404
        for path in ("/@ann", "/@ann?show=replies", "/@ann.rss", "/"):
            text = (await n.get(path)).text
            assert "for followers" not in text and "direct words" not in text, path
        b = Browser(n)
        await b.sign_in("ann")
        assert (await b.go(f"/@ann/{secret}")).status == 200
        stranger = Browser(n)
        await stranger.sign_in("bob")
        assert (await stranger.go(f"/@ann/{secret}")).status == 404
        _, gone = await n.user("gone", suspended_at=5)
        await post(n, gone, "gone")
        assert (await n.get("/@gone")).status == 404
        assert (await n.get("/@gone.rss")).status == 404


async def test_foreign_text_never_becomes_markup(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    async with node(tmp_path, ALL) as n:
        _, account = await n.user(
            "ann", display_name=evil, note=f"<p>{evil}</p>", fields='[{"name":"<b>x","value":"<script>1</script>"}]'
        )
        status = await post(n, account, "ann", content=f"<p>{evil}</p>", spoiler=evil)
        await picture(n, account, status, description=evil)
        for path in ("/", "/@ann", f"/@ann/{status}", "/@ann.rss", "/@ann?show=media"):
            text = (await n.get(path)).text
            assert "<script" not in text and "onerror=alert" not in text.replace("onerror=alert(1)&gt;", ""), path


async def test_sensitive_media_are_veiled_and_not_in_previews(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        _, account = await n.user("ann")
        status = await post(n, account, "ann", sensitive=1)
        await picture(n, account, status)
        text = (await n.get(f"/@ann/{status}")).text
        assert '<details class="veil">' in text and "og:image" not in text
        open_status = await post(n, account, "ann")
        await picture(n, account, open_status)
        text = (await n.get(f"/@ann/{open_status}")).text
        assert "og:image" in text and 'alt="a &#34;quoted&#34; &lt;picture&gt;"' in text
        assert 'class="veiled"' in (await n.get("/")).text


async def test_robots_are_let_in_by_the_author_alone(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        _, shy = await n.user("shy")
        _, open_ = await n.user("open", indexable=1)
        for name, account, hidden in (("shy", shy, True), ("open", open_, False)):
            status = await post(n, account, name)
            for path in (f"/@{name}", f"/@{name}/{status}"):
                answer = await n.get(path)
                assert ("noindex" in answer.headers.get("X-Robots-Tag", "")) is hidden
                assert ('name="robots" content="noindex' in answer.text) is hidden
                assert 'type="application/activity+json"' in answer.text


def _paths() -> list[tuple[str, str, str | None]]:
    found = []
    for route in WEB:
        if route.kind == "page" and route.auth == "user":
            found.append((route.method, re.sub(r"\{[a-z]+\}", "1", route.path), route.needs))
    return found


async def test_who_may_open_and_send_what(tmp_path: Path) -> None:
    """Every page that needs somebody: visitors never, each role as the table says, no form without its field."""
    async with node(tmp_path, ALL) as n:
        browsers = {}
        for role in ("user", "moderator", "admin"):
            await n.user(role, role=role)
            browsers[role] = Browser(n)
            await browsers[role].sign_in(role)
        assert len(_paths()) > 25
        for method, path, needed in _paths():
            visitor = Browser(n)
            await visitor.go("/login")
            if method == "GET":
                assert (await visitor.go(path)).status == 303, path
            else:
                assert (await visitor.submit(path, {})).status in (401, 403), path
            for role, browser in browsers.items():
                allowed = needed is None or PRESETS[role].can(needed)
                if method == "GET":
                    answer = await browser.go(path)
                    assert answer.status in ((200, 303, 404) if allowed else (403,)), (path, role)
                else:
                    browser.page = await browser.go("/settings/profile")
                    assert (await browser.submit(path, {}, csrf="wrong")).status == 403, (path, role)
                    if not allowed:
                        assert (await browser.submit(path, {})).status == 403, (path, role)


async def set_mode(n: Node, mode: str) -> None:
    change = communities.CommunityChange(registration=mode)
    await n.parts.db.run(lambda unit: communities.update(unit, change, None))
    n.parts.extra.pop("community_kept", None)


async def test_joining_follows_the_communitys_mode(tmp_path: Path) -> None:
    async with node(tmp_path, ALL, keyring=KEYRING, config={"limits": {"throttle_sign_up": "off"}}) as n:
        form = {"username": "nora", "password": PASSWORD, "email": "nora@mail.example", "agree": "1"}

        async def join(**values: str) -> Any:
            b = Browser(n)
            # the page of a closed community has no form: take the hidden field from another one
            await b.go("/login")
            return b, await b.submit("/join", form | values)

        for values in ({"username": "Nora"}, {"username": "admin"}, {"password": "short"}, {"agree": ""}):
            _, answer = await join(**values)
            assert answer.status == 422, values
            assert "nora@mail.example" in answer.text
        b, answer = await join()
        assert answer.status == 303 and answer.headers["Location"] == "/@nora" and "session" in b.jar
        _, answer = await join()
        assert answer.status == 422
        # a taken address is not told: the account is made without it
        _, answer = await join(username="eve")
        assert answer.status == 303
        eve = await n.parts.db.one(user_rows.by_login("eve", account_rows.handle_key("eve", "")))
        assert eve is not None and eve.email is None
        await set_mode(n, "closed")
        _, answer = await join(username="closed1")
        assert answer.status == 422 and "does not take" in answer.text
        assert "Ask here" not in answer.text
        await set_mode(n, "invite")
        _, answer = await join(username="invited1")
        assert answer.status == 422
        made = await n.parts.db.run(lambda unit: invites.create(unit, None, max_uses=1))
        b = Browser(n)
        assert "You were invited" in (await b.go(f"/invite/{made.code}")).text
        assert (await b.submit("/join", form | {"username": "invited1", "invite": made.code})).status == 303
        b = Browser(n)
        await b.go("/login")
        assert (await b.submit("/join", form | {"username": "invited2", "invite": made.code})).status == 422
        assert "was used up" in (await b.go(f"/invite/{made.code}")).text
        await set_mode(n, "approval")
        _, answer = await join(username="asks")
        assert answer.status == 422 and "Please tell why" in answer.text
        b, answer = await join(username="asks", reason="I paint")
        assert answer.status == 303 and "session" not in b.jar
        assert (await b.sign_in("asks")).status == 422
        await n.user("mod", role="moderator")
        mod = Browser(n)
        await mod.sign_in("mod")
        waiting = await mod.go("/admin/registrations")
        assert "I paint" in waiting.text
        action = re.search(r'action="(/admin/registrations/\d+)"', waiting.text)
        assert action
        assert (await mod.submit(action[1], {"action": "approve"})).status == 303
        assert (await mod.submit(action[1], {"action": "approve"}, csrf=field(waiting.text))).status == 404
        assert (await b.sign_in("asks")).status == 303


def field(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', text)
    assert found
    return found[1]


async def test_settings_change_ones_own_things_only(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        ann, account = await n.user("ann")
        bob, _ = await n.user("bob")
        b = Browser(n)
        await b.sign_in("ann")
        await b.go("/settings/profile")
        csrf = field(b.page.text if b.page else "")
        answer = await b.submit("/settings/profile", {"display_name": "Ann <3", "note": "hello", "locked": "1"})
        assert answer.status == 303
        row = await n.parts.db.one(account_rows.by_id(account))
        assert row is not None and row.display_name == "Ann <3" and row.locked == 1
        assert "Saved." in (await b.go("/settings/profile")).text
        assert "Saved." not in (await b.go("/settings/profile")).text
        assert (await b.submit("/settings/profile", {"display_name": "x" * 5000})).status == 422
        token = await n.token(bob)
        own = await n.token(ann)
        grant = await n.web.dispatcher.auth.grant(token)
        assert (await b.submit(f"/settings/tokens/{grant.id}/revoke", {}, csrf=csrf)).status == 404
        await n.web.dispatcher.auth.grant(token)
        mine = await n.web.dispatcher.auth.grant(own)
        assert (await b.submit(f"/settings/tokens/{mine.id}/revoke", {}, csrf=csrf)).status == 303
        assert (await n.get("/oauth/userinfo", token=own)).status == 401
        # a wrong present password changes nothing; the right one signs the others out
        other = Browser(n)
        await other.sign_in("ann")
        await b.go("/settings/password")
        new = {"password": "a new sentence", "again": "a new sentence"}
        assert (await b.submit("/settings/password", new | {"current": "wrong wrong"})).status == 422
        assert (await b.submit("/settings/password", new | {"current": PASSWORD})).status == 303
        assert (await b.go("/settings/password")).status == 200
        assert (await other.go("/settings/password")).status == 303


async def test_moderators_act_below_their_rank_and_every_act_is_logged(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        _, ann = await n.user("ann")
        _, admin = await n.user("boss", role="admin")
        _, mod_account = await n.user("mod", role="moderator")
        status = await post(n, ann, "ann")
        mod = Browser(n)
        await mod.sign_in("mod")
        ann_browser = Browser(n)
        await ann_browser.sign_in("ann")
        csrf = field((await mod.go(f"/admin/people/{ann}")).text)

        async def act(account: int, **fields: str) -> int:
            return (await mod.submit(f"/admin/people/{account}", fields, csrf=csrf)).status

        assert await act(ann, action="suspend") == 303
        assert (await n.get(f"/@ann/{status}")).status == 404
        assert (await ann_browser.go("/settings/profile")).status == 303
        assert await act(ann, action="unsuspend") == 303
        assert await act(ann, action="nonsense") == 422
        assert await act(ann, action="role", role="moderator") == 403
        for target in (admin, mod_account):
            for action in ("suspend", "disable", "reset"):
                assert await act(target, action=action) == 403
        assert await act(999, action="suspend") == 404
        reset = await mod.submit(f"/admin/people/{ann}", {"action": "reset"}, csrf=csrf)
        link = re.search(r'value="[^"]*(/reset/[^"]+)"', reset.text)
        assert link and (await n.get(link[1])).status == 200
        assert (await mod.go("/admin/community")).status == 403
        log = (await mod.go("/admin/log")).text
        assert "account.suspend" in log and "account.suspend.undo" in log and "@mod" in log
        boss = Browser(n)
        await boss.sign_in("boss")
        csrf = field((await boss.go(f"/admin/people/{ann}")).text)
        assert (await boss.submit(f"/admin/people/{ann}", {"action": "role", "role": "owner"}, csrf=csrf)).status == 403
        made = await boss.submit(f"/admin/people/{ann}", {"action": "role", "role": "moderator"}, csrf=csrf)
        assert made.status == 303


async def test_reports_domains_invites_and_the_communitys_texts(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        _, ann = await n.user("ann")
        _, bob = await n.user("bob")
        await n.user("boss", role="owner")

        def file(unit: Unit) -> int:
            report_id = unit.new_id()
            row = {
                "id": report_id,
                "community_id": 1,
                "account_id": ann,
                "target_id": bob,
                "comment": "<b>please look</b>",
                "created_at": unit.now,
                "updated_at": unit.now,
            }
            unit.run(insert(reports, row))
            return report_id

        report = await n.parts.db.run(file)
        b = Browser(n)
        await b.sign_in("boss")
        assert "please look" in (await b.go("/admin")).text
        page = (await b.go(f"/admin/reports/{report}")).text
        assert "&lt;b&gt;please look" in page
        csrf = field(page)
        assert (await b.submit(f"/admin/reports/{report}/note", {"note": "spoke to them"}, csrf=csrf)).status == 303
        assert (await b.submit(f"/admin/reports/{report}/note", {"note": ""}, csrf=csrf)).status == 422
        assert (await b.submit("/admin/reports/77/note", {"note": "x"}, csrf=csrf)).status == 404
        assert (await b.submit(f"/admin/reports/{report}/resolve", {}, csrf=csrf)).status == 303
        assert "spoke to them" in (await b.go(f"/admin/reports/{report}")).text
        assert "no open reports" in (await b.go("/admin")).text
        blocked = {"domain": "Evil.Example", "severity": "suspend", "public_comment": "spam"}
        assert (await b.submit("/admin/domains", blocked, csrf=csrf)).status == 303
        assert "evil.example" in (await b.go("/admin/domains")).text
        assert (await b.submit("/admin/domains", blocked | {"domain": "not a domain"}, csrf=csrf)).status == 422
        assert (await b.submit("/admin/domains/remove", {"domain": "evil.example"}, csrf=csrf)).status == 303
        assert "evil.example" not in (await b.go("/admin/domains")).text
        assert (await b.submit("/admin/invites", {"max_uses": "2", "days": "1"}, csrf=csrf)).status == 303
        code = re.search(r"/invite/([A-Za-z0-9_-]+)", (await b.go("/admin/invites")).text)
        assert code and "You were invited" not in (await n.get("/invite/wrong")).text
        texts = {"title": "Glass <House>", "registration": "approval", "rules": "Be kind | really\nSay how it was made"}
        assert (await b.submit("/admin/community", texts, csrf=csrf)).status == 303
        assert "Glass &lt;House&gt;" in (await n.get("/about")).text
        rules = await n.parts.db.all(community_rows.rules_of())
        assert [(rule.text, rule.hint) for rule in rules] == [("Be kind", "really"), ("Say how it was made", "")]
        # a rule whose words stay keeps its id: reports name it
        again = texts | {"rules": "New first\nBe kind | really"}
        assert (await b.submit("/admin/community", again, csrf=csrf)).status == 303
        kept = await n.parts.db.all(community_rows.rules_of())
        assert kept[1].id == rules[0].id and kept[0].text == "New first"
        assert (await b.submit("/admin/community", texts | {"title": " "}, csrf=csrf)).status == 422
        assert (await b.submit("/admin/community", texts | {"registration": "x"}, csrf=csrf)).status == 422
        assert (await b.go("/admin/delivery")).status == 200


async def test_from_our_profile_to_a_visitors_own_server(tmp_path: Path) -> None:
    async def finger(request: aioweb.Request) -> aioweb.Response:
        name = request.query["resource"].partition(":")[2].partition("@")[0]
        template = {
            "good": "http://home.example/authorize_interaction?uri={uri}",
            "evil": "javascript:alert({uri})",
            "none": "http://home.example/no-place",
        }[name]
        body = {"links": [{"rel": "http://ostatus.org/schema/1.0/subscribe", "template": template}]}
        return aioweb.json_response(body, content_type="application/jrd+json")

    app = aioweb.Application()
    app.router.add_get("/.well-known/webfinger", finger)
    runner = aioweb.AppRunner(app)
    await runner.setup()
    site = aioweb.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    settings = NetSettings(
        user_agent="test",
        allow_http=True,
        allow_addresses=(ipaddress.ip_network("127.0.0.0/8"),),
        hosts={"home.example": f"127.0.0.1:{port}", "closed.example": "127.0.0.1:9"},
    )
    try:
        async with (
            Client(settings) as net,
            node(tmp_path, ALL, net=net, config={"network": {"allow_http": True}}) as n,
        ):
            await n.user("ann")
            b = Browser(n)
            page = await b.go("/@ann")
            csrf, uri = field(page.text), f"{n.base}/users/ann"
            good = await b.submit("/remote", {"handle": "@good@home.example", "uri": uri}, csrf=csrf)
            assert good.status == 200 and "Location" not in good.headers
            link = re.search(r'href="(http://home\.example/authorize_interaction\?uri=[^"]+)"', good.text)
            assert link and "127.0.0.1" in link[1]
            for handle in ("@evil@home.example", "@none@home.example", "nonsense", "@x@closed.example"):
                answer = await b.submit("/remote", {"handle": handle, "uri": uri}, csrf=csrf)
                assert answer.status == 422 and "javascript:" not in answer.text, handle
            foreign = {"handle": "@good@home.example", "uri": "https://elsewhere.example/x"}
            assert (await b.submit("/remote", foreign, csrf=csrf)).status == 422
    finally:
        await runner.cleanup()


async def test_interacting_with_what_another_server_sent_us(tmp_path: Path) -> None:
    async with node(tmp_path, ALL) as n:
        await n.user("ann")
        remote = await n.account("zoe", domain="far.example", display_name="Zoe")
        b = Browser(n)
        await b.sign_in("ann")
        uri = "https://far.example/users/zoe"
        page = await b.go(f"/authorize_interaction?uri={uri}")
        assert page.status == 200 and "Zoe" in page.text
        sent = await b.submit("/authorize_interaction", {"id": str(remote), "uri": uri, "action": "follow"})
        assert sent.status == 303
        assert "Take the request back" in (await b.go(f"/authorize_interaction?uri={uri}")).text
        csrf = field(b.page.text if b.page else "")
        assert (await b.go("/authorize_interaction?uri=https://far.example/none")).status == 404
        for fields in ({"id": "5", "action": "follow"}, {"id": "5", "action": "boost"}):
            assert (await b.submit("/authorize_interaction", fields, csrf=csrf)).status == 404
        assert (await b.submit("/authorize_interaction", {"id": str(remote), "action": "x"}, csrf=csrf)).status == 422


@pytest.mark.parametrize("path", ["/ADMIN", "/admin/..;/", "/admin%2freports", "//admin", "/admin/%2e%2e/admin"])
async def test_no_spelling_opens_the_moderators_pages(tmp_path: Path, path: str) -> None:
    async with node(tmp_path, ALL) as n:
        assert (await n.get(path)).status in (303, 404)


def test_the_table_has_no_route_twice() -> None:
    Router(ALL)
