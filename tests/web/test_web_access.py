"""Sessions, applications, access tokens, invitations; and the five lines of docs/tokens.md."""

from __future__ import annotations

import asyncio
import html
import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import node_support
from access_support import Browser
from node_support import RunningNode
from PIL import Image

from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import oauth as oauth_rows
from fedserver.db.queries import users as user_rows

ROOT = Path(__file__).resolve().parents[2]
ME = "/api/v1/accounts/verify_credentials"


async def asks(node: RunningNode, token: str, path: str = ME, method: str = "GET") -> int:
    headers = {"Authorization": f"Bearer {token}", "Host": node.config.server.domain}
    async with node.http.request(method, node.url + path, headers=headers) as answer:
        return answer.status


async def make_token(browser: Browser, **fields: str) -> str:
    await browser.go("/settings/tokens")
    page = await browser.submit("/settings/tokens", {"name": "script", "scopes[]": "write:statuses", **fields})
    assert page.status == 200, page.text
    found = re.search(r'class="copy" readonly value="([A-Za-z0-9_-]{43})"', page.text)
    assert found
    return found[1]


async def test_a_personal_token_does_what_it_says_until_it_ends(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        ann, ben = await Browser(alpha).signed_in("ann"), await Browser(alpha).signed_in("ben")
        token = await make_token(ann, name="a\u202eb <i>", days="30")
        page = await ann.go("/settings/tokens")
        assert token not in page.text and "ab &lt;i&gt;" in page.text and "never used" in page.text
        assert await asks(alpha, token) == 403 and await asks(alpha, token, "/api/v1/timelines/home") == 403
        headers = {"Authorization": f"Bearer {token}", "Host": "alpha.test"}
        async with alpha.http.post(alpha.url + "/api/v1/statuses", headers=headers, json={"status": "hello"}) as answer:
            posted = await answer.json()
            assert answer.status == 200 and posted["account"]["acct"] == "ann" and posted["application"] is None
        for wrong in (
            {"name": " "},
            {"scopes[]": ""},
            {"scopes[]": "sudo"},
            {"scopes[]": "write:statuses nonsense"},
        ):
            await ann.go("/settings/tokens")
            fields = {"name": "x", "scopes[]": "read", "days": "", **wrong}
            assert (await ann.submit("/settings/tokens", fields)).status == 422, wrong
        await ann.go("/settings/tokens")
        assert (await ann.submit("/settings/tokens", {"name": "x", "scopes[]": "read"}, csrf="x")).status == 403
        items = await alpha.node.db.all(oauth_rows.tokens_of_user(alpha.ann.user_id))
        mine = next(item for item in items if item.name == "ab <i>")
        assert mine.expires_at is not None and mine.expires_at - mine.created_at == 30 * 86_400_000
        await ben.go("/settings/tokens")
        assert (await ben.submit(f"/settings/tokens/{mine.id}/revoke", {})).status == 404
        await ann.go("/settings/tokens")
        assert (await ann.submit(f"/settings/tokens/{mine.id}/revoke", {})).status == 303
        assert await asks(alpha, token, "/api/v1/statuses", "POST") == 401
        # an expired one
        late = await make_token(ann, **{"scopes[]": "read", "days": "1"})
        assert await asks(alpha, late) == 200
        with closing(sqlite3.connect(tmp_path / "alpha" / "fedserver.db")) as database, database:
            database.execute("UPDATE oauth_tokens SET expires_at = 1 WHERE name = 'script'")
        await asyncio.sleep(2.5)
        assert await asks(alpha, late) == 401


async def test_the_five_lines_of_the_page_post_a_picture(tmp_path: Path) -> None:
    script = re.search(r"```sh\n(.*?)```", (ROOT / "docs" / "tokens.md").read_text(), re.DOTALL)
    assert script and len(script[1].strip().splitlines()) == 5
    async with node_support.cluster(tmp_path, alpha=("ann",)) as (alpha,):
        browser = await Browser(alpha).signed_in("ann")
        await browser.go("/settings/tokens")
        page = await browser.submit("/settings/tokens", {"name": "script", "scopes[]": "write:statuses write:media"})
        token = re.search(r'class="copy" readonly value="([^"]+)"', page.text)
        assert token
        out = io.BytesIO()
        Image.new("RGB", (64, 48), "teal").save(out, "PNG")
        (tmp_path / "picture.png").write_bytes(out.getvalue())
        lines = script[1].replace("https://social.example.org", alpha.url).replace("the-text-of-your-token", token[1])
        shown = re.search(r'<pre class="script"[^>]*><code>(.*?)</code>', page.text, re.DOTALL)
        here = script[1].replace("https://social.example.org", alpha.config.server.base_url)
        assert shown and html.unescape(shown[1]) == here.replace("the-text-of-your-token", token[1])
        # the one thing that differs here: the node's name leads nowhere
        lines = lines.replace("curl -sf", 'curl -sf -H "Host: alpha.test"')
        run = await asyncio.create_subprocess_exec("sh", "-eu", "-c", lines, cwd=tmp_path, stdout=-1, stderr=-1)
        told, trouble = await run.communicate()
        assert run.returncode == 0, (told, trouble)
        posts = await alpha.ann.get(f"/api/v1/accounts/{alpha.ann.account_id}/statuses")
        assert posts[0]["media_attachments"][0]["description"] == "A lighthouse at dusk"
        assert "Made tonight" in posts[0]["content"]


async def test_sessions_and_applications_end_when_their_owner_says_so(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        here, there = Browser(alpha), Browser(alpha)
        await here.go("/login")
        agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        fields = {"login": "ann", "password": node_support.PASSWORD}
        await here.submit("/login", fields, **{"User-Agent": agent})
        await there.signed_in("ann")
        ben = await Browser(alpha).signed_in("ben")
        page = await here.go("/settings/access")
        assert "Firefox, Linux" in page.text and "End all others" in page.text
        ids = re.findall(r"/settings/sessions/(\d+)/end", page.text)
        assert len(ids) == 1
        await ben.go("/settings/access")
        assert (await ben.submit(f"/settings/sessions/{ids[0]}/end", {})).status == 404
        await here.go("/settings/access")
        assert (await here.submit("/settings/sessions/end-others", {})).status == 303
        assert (await there.go("/settings/access")).status == 303 and (await here.go("/settings/access")).status == 200
        # applications: all of what one has, at once
        given = {"client_name": "\u202ePhan\npy", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read"}
        async with alpha.http.post(alpha.url + "/api/v1/apps", json=given, headers={"Host": "alpha.test"}) as answer:
            app = await answer.json()
        assert app["name"] == "Phan py"
        asked = {
            "client_id": app["client_id"],
            "redirect_uri": given["redirect_uris"],
            "response_type": "code",
            "scope": "read",
        }
        tokens = []
        for _ in range(2):
            await here.go("/oauth/authorize?" + "&".join(f"{key}={value}" for key, value in asked.items()))
            shown = await here.submit("/oauth/authorize", {**asked, "answer": "allow"})
            code = shown.location.partition("code=")[2]
            fields = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": given["redirect_uris"],
                "client_id": app["client_id"],
                "client_secret": app["client_secret"],
            }
            async with alpha.http.post(
                alpha.url + "/oauth/token", json=fields, headers={"Host": "alpha.test"}
            ) as answer:
                tokens.append((await answer.json())["access_token"])
        assert [await asks(alpha, token) for token in tokens] == [200, 200]
        page = await here.go("/settings/access")
        assert page.text.count("Phan py") == 1 and "signed in 2 times" in page.text
        await ben.go("/settings/access")
        assert (await ben.submit(f"/settings/apps/{app['id']}/revoke", {})).status == 404
        await here.go("/settings/access")
        assert (await here.submit(f"/settings/apps/{app['id']}/revoke", {})).status == 303
        assert [await asks(alpha, token) for token in tokens] == [401, 401]
        assert await asks(alpha, alpha.ann.token) == 200


async def test_members_invite_where_the_community_lets_them(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann", "ben")) as (alpha,):
        await alpha.node.db.run(lambda unit: unit.run(community_rows.change(1, {"registration": "invite"})))
        ann, ben = await Browser(alpha).signed_in("ann"), await Browser(alpha).signed_in("ben")
        page = await ann.go("/settings/invites")
        assert "cannot invite" in page.text
        assert (await ann.submit("/settings/invites", {"max_uses": "1", "days": "1"})).status == 403
        olga = await Browser(alpha).signed_in("olga")
        await olga.go("/admin/community")
        saved = await olga.submit(
            "/admin/community", {"title": "Alpha", "registration": "invite", "invites_by": "user"}
        )
        assert saved.status == 303, saved.text
        await ann.go("/settings/invites")
        for wrong in (
            {"max_uses": "0", "days": "1"},
            {"max_uses": "5000", "days": "1"},
            {"max_uses": "1", "days": "9999"},
        ):
            answer = await ann.submit("/settings/invites", wrong)
            assert answer.status in (303, 400, 422)
            await ann.go("/settings/invites")
        page = await ann.go("/settings/invites")
        for invite_id in re.findall(r"/settings/invites/(\d+)/withdraw", page.text):
            await ann.submit(f"/settings/invites/{invite_id}/withdraw", {}, csrf=page.csrf)
        await ann.go("/settings/invites")
        assert (await ann.submit("/settings/invites", {"max_uses": "1", "days": "1"})).status == 303
        page = await ann.go("/settings/invites")
        code = re.search(r"/invite/([A-Za-z0-9_-]+)", page.text)
        number = re.search(r"/settings/invites/(\d+)/withdraw", page.text)
        assert code and number
        await ben.go("/settings/invites")
        assert (await ben.submit(f"/settings/invites/{number[1]}/withdraw", {})).status == 404
        # as an application reads it
        headers = {"Accept": "application/json", "Host": "alpha.test"}
        async with alpha.http.get(f"{alpha.url}/invite/{code[1]}", headers=headers) as answer:
            assert (await answer.json())["invite_code"] == code[1]
        async with alpha.http.get(f"{alpha.url}/invite/nonsense", headers=headers) as answer:
            assert answer.status == 404
        # signing up through an application with it, once
        given = {"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
        async with alpha.http.post(alpha.url + "/api/v1/apps", json=given, headers={"Host": "alpha.test"}) as answer:
            app = await answer.json()
        ask = {"client_id": app["client_id"], "client_secret": app["client_secret"], "scope": "read write"}
        ask["grant_type"] = "client_credentials"
        async with alpha.http.post(alpha.url + "/oauth/token", json=ask, headers={"Host": "alpha.test"}) as answer:
            own = (await answer.json())["access_token"]
        statuses = []
        for name, invite in (("nina", ""), ("nina", code[1]), ("nora", code[1])):
            fields = {"username": name, "email": f"{name}@example.org", "password": "a long one", "agreement": True}
            async with alpha.http.post(
                alpha.url + "/api/v1/accounts",
                json={**fields, "invite_code": invite},
                headers={"Host": "alpha.test", "Authorization": f"Bearer {own}"},
            ) as answer:
                statuses.append(answer.status)
        assert statuses == [403, 200, 422]
        listed = await alpha.node.db.all(user_rows.listing())
        assert {user.username for user in listed} == {"olga", "ann", "ben", "nina"}
