"""draft-cavage-12 against the signing-string builder, header parser and signer of httpsig."""

from __future__ import annotations

import warnings

import pytest
from http_signing import BODY, KEY_ID, NOW, actor_get, inbox_post, set_headers
from hypothesis import given
from hypothesis import strategies as st

from keys.encoding import pem_encode
from keys.pair import PrivateKey
from protocol.errors import Malformed
from protocol.http import cavage
from protocol.http.claim import Claim, Verified, read_claim
from protocol.http.request import Request
from protocol.http.sign import sign_cavage

with warnings.catch_warnings():
    # httpsig is of 2018 and asks pkg_resources for its version.
    warnings.simplefilter("ignore")
    import httpsig.utils
    from httpsig import HeaderSigner

VALUE = st.from_regex(r"[!-~]([ -~]{0,20}[!-~])?", fullmatch=True)


@given(st.permutations(["(request-target)", "host", "date", "digest", "content-type", "x-extra"]), VALUE)
def test_the_signing_string_is_that_of_httpsig(names: list[str], value: str) -> None:
    request = set_headers(inbox_post(url="https://us.example/inbox?x=1"), x_extra=value)
    mine = cavage.signing_string(request, cavage.Parameters(KEY_ID, None, tuple(names), b"x"))
    theirs = httpsig.utils.generate_message(
        names, dict(request.headers), host="us.example", method="POST", path="/inbox?x=1"
    )
    assert mine == theirs


def test_httpsig_reads_what_we_write(rsa_key: PrivateKey) -> None:
    for request in (inbox_post(), actor_get()):
        header = dict(sign_cavage(request, rsa_key, KEY_ID, NOW))["Signature"]
        scheme, theirs = httpsig.utils.parse_authorization_header("Signature " + header)
        mine = cavage.parse_header(header)
        assert scheme == "Signature"
        assert (theirs["keyid"], theirs["algorithm"]) == (mine.key_id, mine.algorithm) == (KEY_ID, "rsa-sha256")
        assert tuple(theirs["headers"].split(" ")) == mine.headers


def test_we_verify_what_httpsig_signs(rsa_key: PrivateKey) -> None:
    names = ["(request-target)", "host", "date", "digest", "content-type"]
    request = inbox_post()
    secret = pem_encode("PRIVATE KEY", rsa_key.to_bytes())
    signer = HeaderSigner(KEY_ID, secret, algorithm="rsa-sha256", headers=names, sign_header="signature")
    headers = signer.sign(dict(request.headers), host="us.example", method="POST", path="/inbox")
    found = read_claim(Request("POST", request.url, tuple(headers.items()), BODY), NOW)
    assert isinstance(found, Claim), found
    assert isinstance(found.verify(rsa_key.public), Verified)


def test_we_sign_in_the_order_of_mastodon(rsa_key: PrivateKey) -> None:
    posted = dict(sign_cavage(inbox_post(), rsa_key, KEY_ID, NOW))
    assert list(posted) == ["Host", "Date", "Digest", "Signature"]
    assert 'headers="host date digest content-type (request-target)"' in posted["Signature"]
    fetched = dict(sign_cavage(actor_get(), rsa_key, KEY_ID, NOW))
    assert list(fetched) == ["Host", "Date", "Signature"]
    assert 'headers="host date (request-target)"' in fetched["Signature"]
    assert posted["Date"] == "Sun, 22 Nov 2026 10:18:32 GMT"


PARAMETERS = st.builds(
    cavage.Parameters,
    st.from_regex(r"[!#-\[\]-~]{1,80}", fullmatch=True),
    st.sampled_from([None, "rsa-sha256", "hs2019"]),
    st.lists(st.sampled_from(["(request-target)", "host", "date", "digest"]), min_size=1, unique=True).map(tuple),
    st.binary(min_size=1, max_size=80),
    st.none() | st.integers(0, 10**11),
    st.none() | st.integers(0, 10**11),
)


@given(PARAMETERS)
def test_what_is_written_is_read_back(parameters: cavage.Parameters) -> None:
    assert cavage.parse_header(cavage.write_header(parameters)) == parameters


def test_spaces_between_parameters_and_unknown_ones_are_forgiven() -> None:
    text = ' keyId="a" , headers="host date",\tsignature="AAAA", opaque="x", created="17"'
    found = cavage.parse_header(text)
    assert (found.key_id, found.headers, found.created) == ("a", ("host", "date"), 17)


@given(st.text(max_size=100))
def test_a_line_break_at_the_end_is_malformed_after_any_text(text: str) -> None:
    with pytest.raises(Malformed):
        cavage.parse_header(text + "\n")
