"""The rules on addresses and URLs (attack cases SSRF-05 to -18, -25, -28, -32). No network."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from net_peers import settings

from fedserver.net.addresses import is_allowed
from fedserver.net.errors import FetchRefused
from fedserver.net.guard import AddressRefused, Guard, split_target

PRIVATE_TEXT = """
0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255 :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:7f00:1 64:ff9b::7f00:1
64:ff9b::a00:1 64:ff9b:1::7f00:1 64:ff9b:1::808:808 100::1 2001::1 2001:0:7f00:1::1 2001:10::1 2001:db8::1
2002:7f00:1:: 2002:808:808::1 3fff::1 5f00::1 fc00::1 fdff::1 fe80::1 fe80::1%lo fec0::1 ff02::1 ff0e::1
nonsense 1.2.3 1.2.3.4.5
"""
PUBLIC_TEXT = """
1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.0 172.15.0.1 172.32.0.1 192.167.255.255 223.255.255.255 ::ffff:8.8.8.8
64:ff9b::808:808 2001:200::1 2606:4700::1111 2a00:1450::1
"""


@pytest.mark.parametrize("address", PRIVATE_TEXT.split())
def test_special_addresses_are_refused(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", PUBLIC_TEXT.split())
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address)


def test_an_exemption_covers_its_network_and_the_mapped_form_only() -> None:
    networks = (ipaddress.ip_network("127.0.1.0/24"),)
    assert is_allowed("127.0.1.9", networks)
    assert is_allowed("::ffff:127.0.1.9", networks)
    assert not is_allowed("127.0.0.1", networks)
    assert not is_allowed("64:ff9b::7f00:109", networks)
    assert not is_allowed("::127.0.1.9", networks)
    assert is_allowed("fd00::1", (ipaddress.ip_network("fd00::/8"),))


@given(st.ip_addresses(v=6))
def test_nothing_outside_global_unicast_is_allowed(address: ipaddress.IPv6Address) -> None:
    if is_allowed(address):
        inside = address in ipaddress.ip_network("2000::/3")
        assert inside or address.ipv4_mapped or address in ipaddress.ip_network("64:ff9b::/96")


@given(st.ip_addresses(v=4))
def test_never_wider_than_the_standard_library_on_ipv4(address: ipaddress.IPv4Address) -> None:
    if is_allowed(address):
        assert address.is_global and not address.is_multicast


def refusal(url: str, **changes: object) -> str:
    with pytest.raises(FetchRefused) as caught:
        Guard(settings(**changes)).check(url)
    return caught.value.reason


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://0.0.0.0/users/x", "address"),
        ("https://[::1]/u", "address"),
        ("https://[::ffff:127.0.0.1]/u", "address"),
        ("https://[::127.0.0.1]/u", "address"),
        ("https://[fe80::1%25lo]/u", "address"),
        ("https://[fe80::1%lo]/u", "address"),
        ("https://①②⑦.⓪.⓪.①/a.png", "address"),
        ("https://127。0。0。1/", "address"),
        ("https://１２７.0.0.1/", "address"),
        ("https://2130706433/", "host"),
        ("https://0x7f.1/", "host"),
        ("https://0x7f000001/", "host"),
        ("https://127.1/", "host"),
        ("https://0177.0.0.1/", "host"),
        ("https://a.0x1/", "host"),
        ("https://a%2eb/", "host"),
        ("https:///x", "host"),
        ("https://-a.test/", None),
        ("http://good.test/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://good.test/", "scheme"),
        ("ftp://good.test/", "scheme"),
        ("data:image/png;base64,AAAA", "scheme"),
        ("unix:/run/x", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("/relative", "scheme"),
        ("", "scheme"),
        ("https://peer@127.0.0.1:1/", "userinfo"),
        ("https://a:b@good.test/", "userinfo"),
        ("https://127.0.0.1#@peer/", "address"),
        ("https://peer\\@evil.test/", "url"),
        ("https://good.test/\r\nX: 1", "url"),
        ("https://good.test/ HTTP/1.1", "url"),
        ("https://good.test/\x00", "url"),
        ("https://good.test/\ud800", "url"),
        ("https://good.test/" + "a" * 3000, "url"),
        ("https://good.test:22/", "port"),
        ("https://good.test:25/", "port"),
        ("https://good.test:6379/", "port"),
        ("https://good.test:0/", "port"),
        ("https://good.test:99999/", "url"),
        ("https://home.test/users/a", "own_host"),
        ("https://HOME.test.:443/", "own_host"),
        ("https://www.home.test/", "own_host"),
        ("https://ｈome.test/", "own_host"),
        ("https://home。test/", "own_host"),
        ("https://home.test:8443/", "own_host"),
    ],
)
def test_urls_that_are_never_asked(url: str, reason: str | None) -> None:
    if reason is None:
        with pytest.raises(FetchRefused):
            Guard(settings()).check(url)
    else:
        assert refusal(url) == reason


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://good.test/users/a#main-key", "https://good.test/users/a"),
        ("https://good.test/%0d%0aX:1", "https://good.test/%0D%0AX:1"),
        ("https://good.test:443/a?b=c", "https://good.test/a?b=c"),
        ("https://müller.test/", "https://xn--mller-kva.test/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
    ],
)
def test_urls_as_they_are_sent(url: str, sent: str) -> None:
    assert str(Guard(settings()).check(url)) == sent


def test_settings_open_exactly_what_they_name() -> None:
    assert Guard(settings(allow_http=True)).check("http://good.test/").port == 80
    assert Guard(settings(allow_ports=frozenset({8443}))).check("https://good.test:8443/").port == 8443
    mapped = settings(hosts={"Good.test.": "127.0.1.1:9443"})
    assert Guard(mapped).check("https://good.test/").port == 443
    assert Guard(mapped).check("https://good.test:9443/").port == 9443
    assert refusal("https://good.test:22/", hosts={"good.test": "127.0.1.1:9443"}) == "port"
    assert refusal("https://good.test/", hosts={"good.test": "127.0.0.1:9443"}) == "address"
    assert refusal("https://other.test:9443/", hosts={"good.test": "127.0.1.1:9443"}) == "port"


def test_an_own_host_with_a_port_leaves_its_neighbours_alone() -> None:
    changes = {"own_hosts": frozenset({"127.0.1.1:8001"}), "allow_ports": frozenset({8001, 8002})}
    assert refusal("https://127.0.1.1:8001/", **changes) == "own_host"
    assert refusal("https://127.0.1.1/", **changes) == "own_host"
    assert refusal("https://[::ffff:127.0.1.1]:8001/", **changes) == "own_host"
    assert Guard(settings(**changes)).check("https://127.0.1.1:8002/").port == 8002


def test_the_socket_factory_judges_address_and_port() -> None:
    guard = Guard(settings())
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.1.1", 443))
    guard.make_socket(good).close()
    for sockaddr in (("127.0.0.1", 443), ("127.0.1.1", 22), ("10.0.0.1", 80)):
        with pytest.raises(AddressRefused):
            guard.make_socket((*good[:4], sockaddr))
    with pytest.raises(AddressRefused):
        guard.make_socket((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::ffff:127.0.0.1", 443, 0, 0)))


@pytest.mark.parametrize("text", ["good.test", "1.2.3.4:x", "1.2.3.4:70000", "", "1.2.3.4:"])
def test_a_wrong_hosts_table_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        split_target(text)


def test_hosts_table_forms() -> None:
    assert split_target("127.0.1.1") == ("127.0.1.1", None)
    assert split_target("127.0.1.1:80") == ("127.0.1.1", 80)
    assert split_target("[::1]:80") == ("::1", 80)
    assert split_target("::1") == ("::1", None)
