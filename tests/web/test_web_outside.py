"""What leaves the pages: feeds that readers accept, and the way to other servers."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from door_support import Node, node

from fedserver.db.statement import insert
from fedserver.db.tables import statuses
from fedserver.db.unit import Unit
from fedserver.web.routes import ROUTES


async def _post(n: Node, account_id: int, **values: object) -> None:
    def work(unit: Unit) -> None:
        status_id = unit.new_id()
        row = {"id": status_id, "uri": f"{unit.site.base_url}/users/ann/statuses/{status_id}", "account_id": account_id}
        unit.run(insert(statuses, {**row, "local": 1, "thread_id": status_id, "created_at": unit.now, **values}))

    await n.parts.db.run(work)


async def test_a_feed_stays_well_formed_whatever_is_in_it(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as n:
        _, account = await n.user("ann", display_name="A\x0bnn \ufffe")
        await _post(n, account, content="<p>a\x1b ]]&gt; &amp; \ufffe \U0001f600</p>")
        await _post(n, account, content="<p>b</p>", spoiler="sp\x08oil\uffff <b>")
        feed = ElementTree.fromstring((await n.get("/@ann.rss")).body)
        titles = [item.findtext("title") for item in feed.iter("item")]
        assert titles == ["spoil <b>", "a ]]> & \U0001f600"] or titles == ["spoil <b>", "a ]]> &  \U0001f600"]


async def test_an_account_of_another_server_is_linked_never_redirected_to(tmp_path: Path) -> None:
    """HTML-21: the address is that server's word."""
    async with node(tmp_path, ROUTES) as n:
        await n.account("zoe", domain="far.example", url="https://far.example/@zoe", display_name="<b>Zoe</b>")
        await n.account("odd", domain="far.example", url="javascript:alert(1)", uri="https://far.example/odd")
        answer = await n.get("/@zoe@far.example", headers={"Accept": "text/html"})
        assert (answer.status, answer.headers.get("Location")) == (200, None)
        assert 'href="https://far.example/@zoe" rel="nofollow noopener noreferrer"' in answer.text
        assert "&lt;b&gt;Zoe" in answer.text and "far.example" in answer.text
        assert "noindex" in answer.headers["X-Robots-Tag"]
        odd = await n.get("/@odd@far.example", headers={"Accept": "text/html"})
        assert odd.status == 200 and "javascript:" not in odd.text and 'href="https://far.example/odd"' in odd.text
        assert (await n.get("/@nobody@far.example", headers={"Accept": "text/html"})).status == 404


@pytest.mark.parametrize("path", ["/@pend", "/@pend.rss"])
async def test_who_waits_for_approval_has_no_page_yet(tmp_path: Path, path: str) -> None:
    """ENUM-06."""
    async with node(tmp_path, ROUTES) as n:
        await n.user("pend", state="pending")
        await n.user("ann")
        assert (await n.get(path, headers={"Accept": "text/html"})).status == 404
        assert (await n.get(path.replace("pend", "ann"), headers={"Accept": "text/html"})).status == 200


async def test_a_node_offers_its_own_source(tmp_path: Path) -> None:
    import io
    import zipfile

    async with node(tmp_path, ROUTES) as n, n.http.get(f"{n.base}/source.zip") as response:
        assert response.status == 200
        names = zipfile.ZipFile(io.BytesIO(await response.read())).namelist()
    assert {"fedserver/web/source.py", "protocol/jcs.py", "keys/pair.py"} <= set(names)
    assert not [name for name in names if ".." in name or name.startswith("/") or "__pycache__" in name]
