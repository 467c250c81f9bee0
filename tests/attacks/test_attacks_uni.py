"""UNI: names, domains and texts that look like others."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any
from urllib.parse import quote

from attack_peers import Host, newcomer
from attack_steps import account_of, search
from attack_world import PASSWORD, Reply, World

WORLD = {"more_hosts": {"xn--e1afmkfd.test": "127.0.1.40"}}
PUNYCODE = "xn--e1afmkfd.test"


async def _webfinger(world: World, resource: str) -> Reply:
    return await world.get(f"/.well-known/webfinger?resource={quote(resource, safe='')}")


async def _lookup(world: World, acct: str) -> Reply:
    return await world.get(f"/api/v1/accounts/lookup?acct={quote(acct, safe='')}", token=world.alice.token)


async def _app_token(world: World) -> str:
    app = await world.send(
        "POST",
        "/api/v1/apps",
        json={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"},
    )
    given = {"grant_type": "client_credentials", "scope": "read write"}
    given |= {name: app.json[name] for name in ("client_id", "client_secret")}
    return str((await world.send("POST", "/oauth/token", json=given)).json["access_token"])


async def _sign_up(world: World, **fields: Any) -> Reply:
    given = {
        "username": "newcomer",
        "email": "newcomer@example.org",
        "password": "a long enough password",
        "agreement": True,
        "locale": "en",
        **fields,
    }
    return await world.send("POST", "/api/v1/accounts", token=await _app_token(world), json=given)


async def test_UNI_01_letters_of_another_script(world: World) -> None:
    for name in ("аlice", "alіce", "ａlice", "a\u200dlice", "alice\u0301", "𝐚lice", "alıce"):
        assert (await _webfinger(world, f"acct:{name}@sut.test")).status in (400, 404), name
        assert (await _lookup(world, f"{name}@sut.test")).status == 404, name
        found = await search(world, f"@{name}@sut.test")
        assert str(world.alice.account_id) not in [row["id"] for row in found["accounts"]], name
        assert (await world.get(f"/users/{quote(name)}", headers={"Accept": "application/activity+json"})).status == 404
        assert (await _sign_up(world, username=name, email=f"x{len(name)}@example.org")).status == 422, name
    # a name that ASCII itself makes alike
    assert (await _sign_up(world, username="a1ice", email="l@example.org")).status in (200, 422)


async def test_UNI_02_names_that_cannot_be_taken(world: World) -> None:
    users = world.count("users")
    for name in (
        "ADMIN",
        "ａdmin",
        "adm\u0131n",
        "a\u0301dmin",
        "alice.",
        "-a",
        "..",
        "api",
        "oauth",
        "inbox",
        "well-known",
        "well_known",
        "admin",
        "_admin_",
        "alice",
        "Alice",
        "ALICE",
        "a b",
        "a\nb",
        "a\0b",
        "x" * 31,
        "___",
        "root",
        "instance.actor",
        "@alice",
        "alice@sut.test",
    ):
        answer = await _sign_up(world, username=name, email="other@example.org")
        assert answer.status in (400, 422), (name, answer.status, answer.text)
    assert world.count("users") == users


async def test_UNI_04_wildcards(world: World) -> None:
    for name in ("a_ice", "al%", "%", "_____", "alic_", "*", "a?ice", "alice\\"):
        assert (await _lookup(world, name)).status in (400, 404), name
        assert (await _webfinger(world, f"acct:{name}@sut.test")).status in (400, 404), name
        assert (await world.get(f"/@{quote(name)}")).status == 404, name
        page = await world.get("/login", headers={"Accept": "text/html"})
        cookies = page.headers.getall("Set-Cookie")  # type: ignore[attr-defined]
        cookie = "; ".join(line.partition(";")[0] for line in cookies)
        csrf = re.search(r'name="csrf" value="([^"]*)"', page.text)
        assert csrf is not None
        answer = await world.send(
            "POST",
            "/login",
            headers={"Cookie": cookie},
            data={"login": name, "password": PASSWORD, "csrf": csrf[1]},
        )
        assert answer.status == 422 and "is not right" in answer.text, (name, answer.status)
        for resolved in ("true", "false"):
            path = f"/api/v2/search?q={quote('@' + name)}&resolve={resolved}&type=accounts"
            found = await world.get(path, token=world.alice.token)
            # a search by words may find who bears the whole word, never who fits a pattern
            whole = name == "alice\\"
            assert whole or str(world.alice.account_id) not in [row["id"] for row in found.json["accounts"]], name


async def test_UNI_05_spellings_of_our_own_domain(world: World) -> None:
    same = ("sUt.test", "SUT.TEST", "sut.test.", "ｓut.test")
    other = (
        "sut.test/",
        "s/ut.test",
        "sut.test@x",
        "sut.test#",
        "sut.test:443x",
        "sut..test",
        "sut.test%2f",
        " sut.test x",
    )
    for domain in (*same, "sut.test:443"):
        for row in (await search(world, f"@alice@{domain}"))["accounts"]:
            assert row["id"] == str(world.alice.account_id), domain
        assert (await _webfinger(world, f"acct:alice@{domain}")).status in (200, 400, 404), domain
    for domain in other:
        assert (await search(world, f"@alice@{domain}"))["accounts"] == [], domain
        assert (await _webfinger(world, f"acct:alice@{domain}")).status in (400, 404), domain
    # an actor elsewhere who claims a spelling of it
    for domain in (*same, "sut.test:443", *other):
        actor = newcomer(world.evil, preferredUsername="alice", webfinger=f"alice@{domain}")
        for row in (await search(world, actor.uri))["accounts"]:
            assert row["acct"] == "alice@evil.test", (domain, row["acct"])
        assert account_of(world, actor.uri, "domain") in (None, "evil.test")
    assert world.count("accounts", "domain LIKE 'sut%' OR domain LIKE '%/%'") == 0


async def test_UNI_07_one_host_in_two_spellings(world: World) -> None:
    host: Host = world.hosts[PUNYCODE]
    actor = host.actor("ivan")
    for text in (
        actor.uri,
        actor.uri.replace(PUNYCODE, "пример.test"),
        actor.uri.replace(PUNYCODE, "ПРИМЕР.TEST"),
        f"@ivan@{PUNYCODE}",
        "@ivan@пример.test",
        "@ivan@Пример.test.",
    ):
        found = (await search(world, text))["accounts"]
        assert len(found) == 1, text
    assert world.count("accounts", "username = 'ivan'") == 1
    assert account_of(world, actor.uri, "domain") == PUNYCODE
    unicode_ids = host.actor("olga")
    document = json.loads(json.dumps(unicode_ids.document()).replace(PUNYCODE, "пример.test"))
    host.pages[unicode_ids.uri] = {**document, "publicKey": unicode_ids.document()["publicKey"]}
    for text in (unicode_ids.uri, unicode_ids.uri.replace(PUNYCODE, "пример.test")):
        await search(world, text)
    assert (
        world.count(
            "accounts", "username = 'olga' AND local = 0" if _has_local(world) else "username = 'olga' AND domain != ''"
        )
        <= 1
    )


def _has_local(world: World) -> bool:
    return any(row[1] == "local" for row in world.query("PRAGMA table_info(accounts)"))


async def test_UNI_09_names_that_reach_beyond_themselves(world: World) -> None:
    tower = "Z" + "\u0300" * 5000
    names = [
        "\u202eevil",
        "\u2066open",
        "a\u200d\u200d\u200db",
        tower,
        "Bob ✅ ☑️",
        "two\nlines",
        "\u2028x",
        "\ufeff\u200b",
        "\x07bell",
    ]
    for number, name in enumerate(names):
        actor = newcomer(world.good, name=name, summary=f"<p>{name}</p>")
        row = (await search(world, actor.uri))["accounts"][0]
        shown = row["display_name"]
        assert not re.search(r"[\u202a-\u202e\u2028\u2029\n\r\x00-\x1f]", shown), (number, shown)
        opened = sum(shown.count(char) for char in "\u2066\u2067\u2068")
        assert shown.count("\u2069") == opened, (number, shown)
        assert max((len(run) for run in _runs_of_marks(shown)), default=0) <= 8
        assert len(row["note"]) < 20_000
    odd = f"\u202eecila Z{chr(0x300) * 40}\nx"
    await world.alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": odd})
    page = await world.get("/@alice", headers={"Accept": "text/html"})
    assert page.status == 200 and "<bdi>" in page.text
    assert "\u202e" not in page.text and "\u0300" * 9 not in page.text
    me = await world.alice.get("/api/v1/accounts/verify_credentials")
    assert "\n" not in me["display_name"] and "\u202e" not in me["display_name"]
    await world.alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": ""})


def _runs_of_marks(text: str) -> list[str]:
    marks = "".join("m" if unicodedata.combining(char) else " " for char in text)
    return marks.split()


async def test_UNI_10_links_that_show_another_host(world: World) -> None:
    long = "https://good.test" + "%20" * 40 + "@evil.test/"
    texts = ["https://good.test@evil.test/", long, "https://good.test:443@evil.test/", "https://good.test\\@evil.test/"]
    given = [{"name": "site", "value": text} for text in texts]
    me = await world.alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"fields_attributes": given})
    for field in me["fields"]:
        _shows_its_host(field["value"])
        assert field["verified_at"] is None
    values = [f'<a href="https://evil.test/">{text}</a>' for text in texts]
    values += [f'<a href="{text}">https://good.test/</a>' for text in texts]
    values += ['<a href="https://evil.test/"><span class="invisible">https://evil.test/</span>https://good.test/</a>']
    attachment = [{"type": "PropertyValue", "name": "site", "value": value} for value in values]
    actor = newcomer(world.good, attachment=attachment)
    row = (await search(world, actor.uri))["accounts"][0]
    assert row["fields"]
    for field in row["fields"]:
        assert field["verified_at"] is None
        for href in re.findall(r'href="([^"]*)"', field["value"]):
            assert "@" not in href.partition("://")[2].partition("/")[0], href


def _shows_its_host(markup: str) -> None:
    for href, shown in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', markup):
        host = href.partition("://")[2].partition("/")[0]
        assert "@" not in host
        assert host in re.sub(r"<[^>]*>", "", shown), (href, shown)


async def test_UNI_13_addresses_that_are_none(world: World) -> None:
    users = world.count("users")
    bad = [
        "a%b@x",
        '"a,b"@x',
        "a@x,b@y",
        "a@x.test, b@y.test",
        "a@x.test\r\nBcc: b@y.test",
        "a@x.test\nb",
        "a" * 400 + "@x.test",
        "a@" + "x" * 400,
        "a@пример.test",
        "ａ@x.test",
        "a",
        "@",
        "a@",
        "@x.test",
        "a@@x.test",
        "a b@x.test",
        "a@x test",
        "<a@x.test>",
        "a@x.test;b@y.test",
        "a@[127.0.0.1]",
        ".a@x.test",
        "a..b@x.test",
        "a@-x.test",
        "\u212a@x.test",
        "a@x..test",
    ]
    for number, email in enumerate(bad):
        answer = await _sign_up(world, username=f"mail{number}", email=email)
        assert answer.status == 422, (email, answer.status, answer.text)
    assert world.count("users") == users
    assert (await _sign_up(world, username="goodmail", email="first.last+tag@mail.example.org")).status == 200
