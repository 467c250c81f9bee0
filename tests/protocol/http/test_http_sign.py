from __future__ import annotations

from dataclasses import replace

import pytest
from http_signing import BODY, KEY_ID, NOW, actor_get, inbox_post, set_headers
from hypothesis import given
from hypothesis import strategies as st

from keys.pair import PrivateKey
from protocol.errors import Malformed
from protocol.http.accept import Wanted
from protocol.http.claim import Claim, Scheme, Verified, read_claim
from protocol.http.request import Request
from protocol.http.sign import sign_9421, sign_cavage, with_headers

PATHS = st.from_regex(r"(/[a-zA-Z0-9._~%!$&'()*+,;=:@-]{0,8}){1,3}(\?[a-zA-Z0-9=&%/?-]{0,12})?", fullmatch=True)


@given(PATHS, st.binary(max_size=50), st.sampled_from(["GET", "POST", "DELETE"]), st.sampled_from(list(Scheme)))
def test_what_is_signed_verifies(
    rsa_key: PrivateKey, ed25519_key: PrivateKey, path: str, body: bytes, method: str, scheme: Scheme
) -> None:
    request = Request(method, "https://Peer.Example:8443" + path, (("Accept", "x"), ("Content-Type", "y")), body)
    sign = sign_cavage if scheme is Scheme.CAVAGE else sign_9421
    for key in (rsa_key, ed25519_key):
        sent = with_headers(request, sign(request, key, KEY_ID, NOW))
        assert sent.value("host") == "peer.example:8443"
        found = read_claim(sent, NOW)
        assert isinstance(found, Claim), found
        assert found.scheme is scheme
        assert isinstance(found.verify(key.public), Verified)
        elsewhere = replace(sent, url=sent.url + "x")
        other = read_claim(elsewhere, NOW)
        assert isinstance(other, Claim)
        if scheme is Scheme.RFC9421 or "?" not in path:
            assert not isinstance(other.verify(key.public), Verified)


def test_headers_of_an_earlier_attempt_are_replaced(rsa_key: PrivateKey) -> None:
    first = with_headers(inbox_post(), sign_cavage(inbox_post(), rsa_key, KEY_ID, NOW))
    later = NOW + 3_600_000 * 20
    second = with_headers(first, sign_cavage(first, rsa_key, KEY_ID, later))
    assert len(second.values("signature")) == len(second.values("date")) == len(second.values("host")) == 1
    assert isinstance(read_claim(second, later), Claim)


@pytest.mark.parametrize("body", [BODY, b""])
def test_a_post_has_a_digest_even_without_bytes(rsa_key: PrivateKey, body: bytes) -> None:
    assert "Digest" in dict(sign_cavage(inbox_post(body), rsa_key, KEY_ID, NOW))
    assert "Content-Digest" in dict(sign_9421(inbox_post(body), rsa_key, KEY_ID, NOW))
    assert "Content-Digest" not in dict(sign_9421(actor_get(), rsa_key, KEY_ID, NOW))


def test_9421_covers_what_is_needed_first_and_then_what_is_wanted(key: PrivateKey) -> None:
    wanted = Wanted(
        "theirs",
        ("@authority", "@method", "date", "x-missing"),
        expires=True,
        algorithm=key.algorithm.value,
        nonce="abc",
        tag="app",
    )
    headers = dict(sign_9421(inbox_post(), key, KEY_ID, NOW, wanted))
    seconds = NOW // 1000
    assert headers["Signature-Input"] == (
        'theirs=("@method" "@target-uri" "content-digest" "@authority" "date");'
        f'created={seconds};keyid="{KEY_ID}";expires={seconds + 3600};alg="{key.algorithm.value}";'
        'nonce="abc";tag="app"'
    )
    assert headers["Signature"].startswith("theirs=:")


def test_an_algorithm_that_is_not_the_keys_is_not_claimed(rsa_key: PrivateKey) -> None:
    wanted = Wanted("Not A Label", ("@method",), algorithm="ecdsa-p256-sha256")
    headers = dict(sign_9421(actor_get(), rsa_key, KEY_ID, NOW, wanted))
    assert headers["Signature-Input"] == f'sig1=("@method" "@target-uri");created={NOW // 1000};keyid="{KEY_ID}"'


@pytest.mark.parametrize("sign", [sign_cavage, sign_9421])
@pytest.mark.parametrize(
    "url", ["inbox", "https://", "ftp://a.example/", "https://a.example/ä", "https://a.example/\r\nX: 1"]
)
def test_a_url_that_cannot_be_signed(rsa_key: PrivateKey, sign: object, url: str) -> None:
    assert callable(sign)
    with pytest.raises(Malformed):
        sign(replace(inbox_post(), url=url), rsa_key, KEY_ID, NOW)


def test_a_header_that_cannot_be_signed(rsa_key: PrivateKey) -> None:
    with pytest.raises(Malformed):
        sign_cavage(set_headers(inbox_post(), content_type="a\nb"), rsa_key, KEY_ID, NOW)
