"""WebFinger, NodeInfo and host-meta."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import hostmeta, nodeinfo, webfinger
from protocol.errors import Malformed
from protocol.nodeinfo import NodeInfo, Usage
from protocol.webfinger import Acct, ActorUrl, Jrd

SELF = {"rel": "self", "type": "application/activity+json", "href": "https://a.example/u/1"}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["rel", "type", "href", "template", "links", "subject", "aliases", "software", "usage", "x"]
            ),
            inner | st.sampled_from(["self", webfinger.SUBSCRIBE, "users"]),
        )
    ),
)


@pytest.mark.parametrize(
    ("text", "username", "host"),
    [
        ("acct:alice@A.Example", "alice", "a.example"),
        ("ACCT:Alice@a.example", "Alice", "a.example"),
        ("alice@a.example", "alice", "a.example"),
        ("@alice@a.example", "alice", "a.example"),
        ("acct:alice@bücher.example:8443", "alice", "xn--bcher-kva.example:8443"),
        ("acct:a.b-c_d@a.example.", "a.b-c_d", "a.example"),
        ("acct:アリス@a.example", "アリス", "a.example"),
        ("acct:a.example@a.example", "a.example", "a.example"),
    ],
)
def test_handles(text: str, username: str, host: str) -> None:
    assert webfinger.parse_resource(text) == Acct(username, host)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://A.Example/users/x", ActorUrl("https://a.example/users/x", "a.example", "/users/x")),
        ("https://a.example", ActorUrl("https://a.example/", "a.example", "/")),
        ("HTTPS://a.example:443/@x?y", ActorUrl("https://a.example/@x?y", "a.example", "/@x")),
        ("http://a.example:8080/", ActorUrl("http://a.example:8080/", "a.example:8080", "/")),
    ],
)
def test_urls(text: str, expected: ActorUrl) -> None:
    assert webfinger.parse_resource(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "acct:", "alice", "acct:alice", "@alice", "alice@", "acct:@a.example", "a b@a.example", "a/b@a.example",
     "a@b@a.example", "a@127.1", "mailto:a@a.example/x", "https://", "https://u@a.example/", "javascript:alert(1)",
     "acct:" + "a" * 3000 + "@a.example", "acct:" + "a" * 300 + "@a.example", "acct:a\0@a.example", "a@a.example/x"],
)  # fmt: skip
def test_what_is_no_resource(text: str) -> None:
    with pytest.raises(Malformed):
        webfinger.parse_resource(text)


@given(st.text(max_size=60))
def test_any_text_gives_a_resource_or_malformed(text: str) -> None:
    try:
        found = webfinger.parse_resource(text)
    except Malformed:
        return
    assert isinstance(found, Acct | ActorUrl)
    if isinstance(found, Acct):
        assert webfinger.parse_resource(f"acct:{found}") == found


def test_the_url_that_asks() -> None:
    assert (
        webfinger.query_url("a.example:8443", "acct:alice@a.example:8443")
        == "https://a.example:8443/.well-known/webfinger?resource=acct:alice@a.example:8443"
    )
    assert webfinger.query_url("a.example", "https://a.example/?a=b&c").endswith(
        "=https:%2F%2Fa.example%2F%3Fa%3Db%26c"
    )


def test_our_answer_is_read_back() -> None:
    jrd = webfinger.write_jrd(
        Acct("alice", "a.example"),
        actor_url="https://a.example/users/alice",
        profile_url="https://a.example/@alice",
        subscribe_template="https://a.example/authorize_interaction?uri={uri}",
        avatar=("https://media.example/a.png", "image/png"),
    )
    assert jrd["subject"] == "acct:alice@a.example"
    assert webfinger.read_jrd(jrd) == Jrd(
        "acct:alice@a.example",
        "https://a.example/users/alice",
        "https://a.example/authorize_interaction?uri={uri}",
        ("https://a.example/@alice", "https://a.example/users/alice"),
    )
    assert webfinger.read_jrd(jrd).handle == Acct("alice", "a.example")
    assert [link["rel"] for link in webfinger.filter_links(jrd, ["self"])["links"]] == ["self"]
    assert webfinger.filter_links(jrd, ["unknown"])["links"] == []
    assert webfinger.filter_links(jrd, []) == jrd
    assert len(jrd["links"]) == 4


def test_the_answer_for_the_server_itself() -> None:
    jrd = webfinger.write_jrd(
        Acct("a.example", "a.example"),
        actor_url="https://a.example/actor",
        profile_url="https://a.example/actor",
        subscribe_template=None,
    )
    assert jrd["aliases"] == ["https://a.example/actor"]
    assert webfinger.read_jrd(jrd).subscribe_template is None


@pytest.mark.parametrize(
    ("media_type", "counts"),
    [
        ("application/activity+json", True),
        ("Application/Activity+JSON; charset=utf-8", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ('application/ld+json; profile="https://example.org/x https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams-evil"', False),
        ("text/html", False),
        (None, False),
        (5, False),
    ],
)
def test_types_of_the_self_link(media_type: object, counts: bool) -> None:
    document = {"links": [{**SELF, "type": media_type}]}
    assert webfinger.read_jrd(document).self_href == (SELF["href"] if counts else None)


@pytest.mark.parametrize(
    "links",
    [None, {}, "x", [None], ["x"], [[]], [{}], [{"rel": "self"}], [{**SELF, "href": 5}], [{**SELF, "rel": 5}],
     [{**SELF, "href": "javascript:alert(1)"}], [{**SELF, "href": "/u/1"}], [{**SELF, "href": "https://" + "x" * 3000}],
     [{"rel": webfinger.SUBSCRIBE, "template": "https://a.example/"}],
     [{"rel": webfinger.SUBSCRIBE, "template": "javascript:{uri}"}], [{}] * 64 + [SELF]],
)  # fmt: skip
def test_links_that_are_passed_over(links: Any) -> None:
    found = webfinger.read_jrd({"subject": 5, "aliases": [5, "urn:x"], "links": links})
    assert found == Jrd(None, None, None, ())
    assert found.handle is None


@given(st.dictionaries(st.sampled_from(["subject", "links", "aliases"]), ANY_JSON))
def test_any_jrd_is_read(document: dict[str, Any]) -> None:
    assert isinstance(webfinger.read_jrd(document), Jrd)


# --- NodeInfo ----------------------------------------------------------------------------------------------

USAGE = Usage(users=3, active_month=2, active_halfyear=3, posts=40, comments=7)


@pytest.mark.parametrize("version", nodeinfo.VERSIONS)
def test_nodeinfo_is_read_back(version: str) -> None:
    document = nodeinfo.write_nodeinfo(
        version,
        software="fedserver",
        software_version="0.1.0",
        usage=USAGE,
        open_registrations=True,
        repository="https://code.example/fedserver",
        homepage=None,
        metadata={"nodeName": "A"},
    )
    assert nodeinfo.read_nodeinfo(document) == NodeInfo(
        "fedserver", "0.1.0", True, 3, ("activitypub",), {"nodeName": "A"}
    )
    # The schema of 2.0 allows no other member of software.
    assert set(document["software"]) == ({"name", "version", "repository"} if version == "2.1" else {"name", "version"})
    assert document["usage"]["users"] == {"total": 3, "activeMonth": 2, "activeHalfyear": 3}
    assert f"/schema/{version}#" in nodeinfo.content_type(version)


@pytest.mark.parametrize(("version", "software"), [("1.0", "fedserver"), ("2.2", "fedserver"), ("2.0", "Fed Server")])
def test_nodeinfo_that_the_schema_does_not_allow(version: str, software: str) -> None:
    with pytest.raises(Malformed):
        nodeinfo.write_nodeinfo(version, software=software, software_version="1", usage=USAGE, open_registrations=False)


def test_nodeinfo_links() -> None:
    links = nodeinfo.write_links("https://a.example")
    assert nodeinfo.read_links(links) == "https://a.example/nodeinfo/2.1"
    assert nodeinfo.read_links({"links": links["links"][::-1]}) == "https://a.example/nodeinfo/2.1"
    assert nodeinfo.read_links({"links": links["links"][1:]}) == "https://a.example/nodeinfo/2.0"


@pytest.mark.parametrize(
    "links",
    [None, {}, [None], [{}], [{"rel": "http://nodeinfo.diaspora.software/ns/schema/1.0", "href": "https://a.example/"}],
     [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": "file:///etc/passwd"}],
     [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": 5}]],
)  # fmt: skip
def test_nodeinfo_links_that_do_not_count(links: Any) -> None:
    assert nodeinfo.read_links({"links": links}) is None


@given(st.dictionaries(st.sampled_from(["software", "usage", "links", "protocols", "metadata"]), ANY_JSON))
def test_any_nodeinfo_is_read(document: dict[str, Any]) -> None:
    assert isinstance(nodeinfo.read_nodeinfo(document), NodeInfo)
    nodeinfo.read_links(document)


def test_wrong_types_become_none() -> None:
    found = nodeinfo.read_nodeinfo(
        {"software": {"name": 5, "version": "x" * 300}, "usage": {"users": {"total": True}}, "openRegistrations": "yes"}
    )
    assert found == NodeInfo(None, None, None, None)
    assert nodeinfo.read_nodeinfo({"usage": {"users": {"total": -1}}}).users is None


# --- host-meta ---------------------------------------------------------------------------------------------

TEMPLATE = "https://a.example/.well-known/webfinger?resource={uri}"


def test_host_meta_is_read_back_and_is_xml() -> None:
    data = hostmeta.write_xrd("https://a.example")
    assert hostmeta.read_xrd(data) == TEMPLATE
    (link,) = ElementTree.fromstring(data)
    assert link.attrib == {"rel": "lrdd", "template": TEMPLATE}
    assert hostmeta.write_jrd("https://a.example") == {"links": [{"rel": "lrdd", "template": TEMPLATE}]}


def test_host_meta_of_others() -> None:
    for text in (
        f"<XRD><Link type='application/xrd+xml' template='{TEMPLATE}' rel='lrdd' /></XRD>",
        f'<XRD><Link rel="x" template="https://b.example/{{uri}}"/>\n'
        f'<Link\n  rel="lrdd"\n  template="{TEMPLATE}"></Link></XRD>',
        f'<!-- hello --><XRD><Link rel="lrdd" template="{TEMPLATE}&amp;a=b"/></XRD>',
    ):
        found = hostmeta.read_xrd(text.encode())
        assert found is not None
        assert found.startswith(TEMPLATE)
        assert "&amp;" not in found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<XRD/>",
        '<XRD><Link rel="lrdd"/></XRD>',
        '<XRD><Link rel="lrdd" template="https://a.example/"/></XRD>',
        '<XRD><Link rel="lrdd" template="file:///{uri}"/></XRD>',
        '<XRD><Link rel="self" template="https://a.example/{uri}"/></XRD>',
        f'<!DOCTYPE x [<!ENTITY e "{TEMPLATE}">]><XRD><Link rel="lrdd" template="&e;"/></XRD>',
        f'<!DOCTYPE x><XRD><Link rel="lrdd" template="{TEMPLATE}"/></XRD>',
        "x" * 70_000 + f'<Link rel="lrdd" template="{TEMPLATE}"/>',
    ],
)
def test_host_meta_that_does_not_count(text: str) -> None:
    assert hostmeta.read_xrd(text.encode()) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    assert hostmeta.read_xrd(b"<Link " + data) is None
