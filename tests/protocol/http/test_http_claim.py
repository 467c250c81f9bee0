"""Every rule of what a signature must cover, with the request that breaks only that rule."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from http_signing import BODY, KEY_ID, NOW, actor_get, inbox_post, set_headers, sign_with_9421, sign_with_cavage
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import Algorithm
from keys.pair import PrivateKey, PublicKey
from protocol.errors import Malformed, Reason, Refusal
from protocol.http.claim import MAX_AGE_MS, MAX_SKEW_MS, Claim, Scheme, Verified, read_claim
from protocol.http.dates import format_date
from protocol.http.digest import content_digest, digest
from protocol.http.request import Request

RECORDED = json.loads((Path(__file__).parents[2] / "fixtures" / "protocol" / "signed_requests.json").read_text())
Sign = Callable[..., Request]


def claim(request: Request, now: int = NOW) -> Claim:
    found = read_claim(request, now)
    assert isinstance(found, Claim), found
    return found


def refused(request: Request, now: int = NOW) -> Reason:
    found = read_claim(request, now)
    assert isinstance(found, Refusal), found
    return found.reason


def verified(request: Request, key: PrivateKey | PublicKey, now: int = NOW) -> Verified | Refusal:
    return claim(request, now).verify(key.public if isinstance(key, PrivateKey) else key)


# --- What is taken -----------------------------------------------------------------------------------------


def test_cavage(rsa_key: PrivateKey) -> None:
    found = verified(sign_with_cavage(inbox_post(), rsa_key), rsa_key)
    assert isinstance(found, Verified)
    assert (found.key_id, found.scheme, found.created) == (KEY_ID, Scheme.CAVAGE, NOW)
    assert found.covers(BODY)
    assert not found.covers(BODY + b" ")


def test_9421(key: PrivateKey) -> None:
    found = verified(sign_with_9421(inbox_post(), key), key)
    assert isinstance(found, Verified)
    assert (found.key_id, found.scheme, found.created) == (KEY_ID, Scheme.RFC9421, NOW)
    assert found.covers(BODY)


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "RSA-SHA256", "hs2019", None])
def test_names_of_the_algorithm_of_an_rsa_key(rsa_key: PrivateKey, algorithm: str | None) -> None:
    request = sign_with_cavage(inbox_post(), rsa_key, algorithm=algorithm)
    assert isinstance(verified(request, rsa_key), Verified)


@pytest.mark.parametrize("algorithm", ["ed25519", "hs2019", None])
def test_names_of_the_algorithm_of_an_ed25519_key(ed25519_key: PrivateKey, algorithm: str | None) -> None:
    request = sign_with_cavage(inbox_post(), ed25519_key, algorithm=algorithm)
    assert isinstance(verified(request, ed25519_key), Verified)


def test_created_in_place_of_date(rsa_key: PrivateKey) -> None:
    covered = ("(request-target)", "host", "(created)", "digest")
    request = sign_with_cavage(inbox_post(), rsa_key, covered, algorithm="hs2019", created=NOW // 1000 - 5)
    found = verified(request, rsa_key)
    assert isinstance(found, Verified)
    assert found.created == NOW - 5000


def test_get_needs_no_digest(rsa_key: PrivateKey) -> None:
    covered = ("(request-target)", "host", "date", "accept")
    assert isinstance(verified(sign_with_cavage(actor_get(), rsa_key, covered), rsa_key), Verified)
    assert isinstance(verified(sign_with_9421(actor_get(), rsa_key, ("@method", "@target-uri")), rsa_key), Verified)


@pytest.mark.parametrize(
    "components",
    [
        ("@method", "@target-uri", "content-digest"),
        ("@method", "@authority", "@path", "@query", "content-digest"),
        ("@method", "@authority", "@request-target", "content-digest"),
        ("@method", "host", "@path", "@query", "content-digest", "date", "content-type"),
    ],
)
def test_ways_to_cover_the_target(rsa_key: PrivateKey, components: tuple[str, ...]) -> None:
    request = sign_with_9421(inbox_post(url="https://us.example/inbox?x=1"), rsa_key, components)
    assert isinstance(verified(request, rsa_key), Verified)


def test_a_path_is_the_whole_target_where_there_is_no_query(rsa_key: PrivateKey) -> None:
    components = ("@method", "@authority", "@path", "content-digest")
    assert isinstance(verified(sign_with_9421(inbox_post(), rsa_key, components), rsa_key), Verified)
    with_query = inbox_post(url="https://us.example/inbox?x=1")
    assert refused(sign_with_9421(with_query, rsa_key, components)) is Reason.UNSIGNED_TARGET


@pytest.mark.parametrize("with_query", [True, False])
def test_the_query_string_signed_or_not(rsa_key: PrivateKey, with_query: bool) -> None:
    """Quirk 1 of federation: some senders sign the path only."""
    request = actor_get("https://us.example/users/a/outbox?page=true")
    signed = sign_with_cavage(request, rsa_key, ("(request-target)", "host", "date"), with_query=with_query)
    assert isinstance(verified(signed, rsa_key), Verified)
    elsewhere = replace(signed, url="https://us.example/users/b/outbox?page=true")
    assert verified(elsewhere, rsa_key) == Refusal(Reason.BAD_SIGNATURE)


def test_host_with_port_and_in_capitals(rsa_key: PrivateKey) -> None:
    request = replace(inbox_post(), url="https://us.example:8443/inbox")
    assert claim(sign_with_cavage(set_headers(request, host="us.example:8443"), rsa_key))
    assert claim(sign_with_cavage(set_headers(inbox_post(), host="US.example:443"), rsa_key))


# --- Rule 7, one by one ------------------------------------------------------------------------------------


def test_no_signature() -> None:
    assert refused(inbox_post()) is Reason.MISSING


@pytest.mark.parametrize(
    ("covered", "reason"),
    [
        (("host", "date", "digest"), Reason.UNSIGNED_TARGET),
        (("(request-target)", "date", "digest"), Reason.UNSIGNED_HOST),
        (("(request-target)", "host", "digest"), Reason.UNSIGNED_DATE),
        (("(request-target)", "host", "date"), Reason.UNSIGNED_DIGEST),
        (("(request-target)", "host", "date", "content-digest"), Reason.UNSIGNED_DIGEST),
        (("date", "digest"), Reason.UNSIGNED_TARGET),
    ],
)
def test_cavage_must_cover(rsa_key: PrivateKey, covered: tuple[str, ...], reason: Reason) -> None:
    assert refused(sign_with_cavage(inbox_post(), rsa_key, covered)) is reason


@pytest.mark.parametrize(
    ("components", "reason"),
    [
        (("@target-uri", "content-digest"), Reason.UNSIGNED_TARGET),
        (("@method", "@authority", "content-digest"), Reason.UNSIGNED_TARGET),
        (("@method", "@authority", "@query", "content-digest"), Reason.UNSIGNED_TARGET),
        (("@method", "@path", "content-digest"), Reason.UNSIGNED_HOST),
        (("@method", "@request-target", "content-digest"), Reason.UNSIGNED_HOST),
        (("@method", "@target-uri"), Reason.UNSIGNED_DIGEST),
        (("@method", "@target-uri", "digest"), Reason.UNSIGNED_DIGEST),
        ((), Reason.UNSIGNED_TARGET),
    ],
)
def test_9421_must_cover(rsa_key: PrivateKey, components: tuple[str, ...], reason: Reason) -> None:
    assert refused(sign_with_9421(inbox_post(), rsa_key, components)) is reason


def test_9421_must_have_a_time(rsa_key: PrivateKey) -> None:
    assert refused(sign_with_9421(inbox_post(), rsa_key, created=False)) is Reason.UNSIGNED_DATE
    components = ("@method", "@target-uri", "content-digest", "date")
    assert claim(sign_with_9421(inbox_post(), rsa_key, components, created=False)).created == NOW


def test_a_created_that_is_not_covered_is_no_time(rsa_key: PrivateKey) -> None:
    covered = ("(request-target)", "host", "digest")
    request = sign_with_cavage(inbox_post(), rsa_key, covered, algorithm="hs2019", created=NOW // 1000)
    assert refused(request) is Reason.UNSIGNED_DATE


def test_several_signatures(rsa_key: PrivateKey) -> None:
    for signed in (sign_with_cavage(inbox_post(), rsa_key), sign_with_9421(inbox_post(), rsa_key)):
        value = signed.values("signature")[0]
        assert refused(replace(signed, headers=(*signed.headers, ("signature", value)))) is Reason.SEVERAL
        assert refused(replace(signed, headers=(("SIGNATURE", "x"), *signed.headers))) is Reason.SEVERAL
    signed = sign_with_9421(inbox_post(), rsa_key)
    inputs, value = signed.values("signature-input")[0], signed.values("signature")[0]
    doubled = set_headers(
        signed,
        signature_input=f"{inputs}, sig2{inputs[4:]}",
        signature=f"{value}, sig2{value[4:]}",
    )
    assert refused(doubled) is Reason.SEVERAL
    assert refused(replace(signed, headers=(*signed.headers, ("Signature-Input", inputs)))) is Reason.SEVERAL


@pytest.mark.parametrize("sign", [sign_with_cavage, sign_with_9421])
@pytest.mark.parametrize("host", [None, "other.example", "us.example:8443", "us.example.", "", "us.example, other"])
def test_the_host_must_be_ours(rsa_key: PrivateKey, sign: Sign, host: str | None) -> None:
    """A request that was signed for another server does not count here."""
    request = sign(inbox_post(), rsa_key)
    assert refused(set_headers(request, host=host)) is Reason.HOST_MISMATCH
    twice = replace(request, headers=(*request.headers, ("Host", "us.example")))
    assert refused(twice) is Reason.MALFORMED


@pytest.mark.parametrize("sign", [sign_with_cavage, sign_with_9421])
def test_the_digest_must_be_of_this_body(rsa_key: PrivateKey, sign: Sign) -> None:
    request = sign(inbox_post(), rsa_key)
    assert refused(replace(request, body=BODY + b" ")) is Reason.DIGEST_MISMATCH
    assert refused(replace(request, body=b"")) is Reason.DIGEST_MISMATCH
    without = set_headers(request, digest=None, content_digest=None)
    assert refused(without) is Reason.DIGEST_MISSING


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("MD5=" + base64.b64encode(b"x" * 16).decode(), Reason.DIGEST_ALGORITHM),
        ("SHA-1=" + base64.b64encode(b"x" * 20).decode(), Reason.DIGEST_ALGORITHM),
        ("SHA-256=" + base64.urlsafe_b64encode(b"\xff" * 32).decode(), Reason.DIGEST_MALFORMED),
        ("SHA-256=", Reason.DIGEST_MISMATCH),
        ("garbage", Reason.DIGEST_MALFORMED),
        ("", Reason.DIGEST_MALFORMED),
        (digest(BODY) + "," + digest(BODY), Reason.DIGEST_MALFORMED),
        (digest(BODY) + ",SHA-512=AAAA", Reason.DIGEST_MISMATCH),
    ],
)
def test_bad_digests(rsa_key: PrivateKey, value: str, reason: Reason) -> None:
    assert refused(sign_with_cavage(set_headers(inbox_post(), digest=value), rsa_key)) is reason


def test_a_digest_in_lower_case_and_beside_an_old_one(rsa_key: PrivateKey) -> None:
    for value in (digest(BODY).replace("SHA", "sha"), "MD5=AAAA," + digest(BODY)):
        assert claim(sign_with_cavage(set_headers(inbox_post(), digest=value), rsa_key))


def test_a_body_on_get_needs_its_digest(rsa_key: PrivateKey) -> None:
    request = replace(actor_get(), body=b"smuggled")
    assert refused(sign_with_cavage(request, rsa_key, ("(request-target)", "host", "date"))) is Reason.DIGEST_MISSING


# --- Time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [sign_with_cavage, sign_with_9421])
def test_the_window(rsa_key: PrivateKey, sign: Sign) -> None:
    request = sign(inbox_post(), rsa_key)
    assert claim(request, NOW + MAX_AGE_MS)
    assert refused(request, NOW + MAX_AGE_MS + 1) is Reason.EXPIRED
    assert claim(request, NOW - MAX_SKEW_MS)
    assert refused(request, NOW - MAX_SKEW_MS - 1) is Reason.FUTURE


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        (format_date(NOW - 13 * 3_600_000), Reason.EXPIRED),
        (format_date(NOW - 31 * 86_400_000), Reason.EXPIRED),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Reason.FUTURE),
        ("garbage", Reason.MALFORMED),
        ("", Reason.MALFORMED),
        ("Sun, 31 Feb 2026 10:00:00 GMT", Reason.MALFORMED),
        ("Sun, 22 Nov 2026 25:00:00 GMT", Reason.MALFORMED),
        ("Sun, 22 Nov 2026 10:18:32 PST", Reason.MALFORMED),
        ("1795342712", Reason.MALFORMED),
    ],
)
def test_dates(rsa_key: PrivateKey, date: str, reason: Reason) -> None:
    assert refused(sign_with_cavage(inbox_post(date=date), rsa_key)) is reason


def test_two_dates(rsa_key: PrivateKey) -> None:
    request = inbox_post()
    request = replace(request, headers=(*request.headers, ("date", format_date(NOW))))
    assert refused(sign_with_cavage(request, rsa_key)) is Reason.MALFORMED


def test_a_fresh_created_does_not_excuse_an_old_date(rsa_key: PrivateKey) -> None:
    covered = ("(request-target)", "host", "date", "(created)", "digest")
    request = inbox_post(date=format_date(NOW - 13 * 3_600_000))
    signed = sign_with_cavage(request, rsa_key, covered, algorithm="hs2019", created=NOW // 1000)
    assert refused(signed) is Reason.EXPIRED


@pytest.mark.parametrize("seconds", [NOW // 1000 - 13 * 3600, 0])
def test_an_old_created(rsa_key: PrivateKey, seconds: int) -> None:
    covered = ("(request-target)", "host", "(created)", "digest")
    request = sign_with_cavage(inbox_post(), rsa_key, covered, algorithm="hs2019", created=seconds)
    assert refused(request) is Reason.EXPIRED
    assert refused(sign_with_9421(inbox_post(), rsa_key, created=seconds)) is Reason.EXPIRED


def test_its_own_expiry(rsa_key: PrivateKey) -> None:
    for offset, expected in ((60, None), (-3600, None), (-3601, Reason.EXPIRED)):
        seconds = NOW // 1000 + offset
        covered = ("(request-target)", "host", "date", "digest", "(expires)")
        for request in (
            sign_with_cavage(inbox_post(), rsa_key, covered, algorithm="hs2019", expires=seconds),
            sign_with_9421(inbox_post(), rsa_key, expires=seconds),
        ):
            found = read_claim(request, NOW)
            assert (found.reason if isinstance(found, Refusal) else None) is expected


# --- Algorithms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["none", "", "hmac-sha256", "rsa-sha1", "rsa-sha512", "ecdsa-sha256", "x" * 50])
def test_names_that_are_refused(rsa_key: PrivateKey, algorithm: str) -> None:
    assert refused(sign_with_cavage(inbox_post(), rsa_key, algorithm=algorithm)) is Reason.ALGORITHM


@pytest.mark.parametrize("algorithm", ["none", "", "hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256", "rsa-sha256"])
def test_names_that_9421_refuses(rsa_key: PrivateKey, algorithm: str) -> None:
    assert refused(sign_with_9421(inbox_post(), rsa_key, alg=algorithm)) is Reason.ALGORITHM


def test_the_algorithm_is_the_keys(rsa_key: PrivateKey, ed25519_key: PrivateKey) -> None:
    for request, key in (
        (sign_with_cavage(inbox_post(), ed25519_key, algorithm="rsa-sha256"), ed25519_key),
        (sign_with_cavage(inbox_post(), rsa_key, algorithm="ed25519"), rsa_key),
        (sign_with_9421(inbox_post(), ed25519_key, alg="rsa-v1_5-sha256"), ed25519_key),
        (sign_with_9421(inbox_post(), rsa_key, alg="ed25519"), rsa_key),
    ):
        found = verified(request, key)
        assert isinstance(found, Refusal)
        assert found.reason is Reason.ALGORITHM
    for algorithm, key in (("rsa-v1_5-sha256", rsa_key), ("ed25519", ed25519_key)):
        assert isinstance(verified(sign_with_9421(inbox_post(), key, alg=algorithm), key), Verified)


@pytest.mark.parametrize("sign", [sign_with_cavage, sign_with_9421])
def test_another_key(rsa_key: PrivateKey, ed25519_key: PrivateKey, sign: Sign) -> None:
    request = sign(inbox_post(), rsa_key)
    stranger = PrivateKey.generate(Algorithm.RSA_2048)
    assert verified(request, stranger) == Refusal(Reason.BAD_SIGNATURE)
    found = verified(request, ed25519_key)
    assert isinstance(found, Refusal)


# --- Any change of what is signed --------------------------------------------------------------------------

CHANGES: dict[str, Callable[[Request], Request]] = {
    "method": lambda request: replace(request, method="PUT"),
    "path": lambda request: replace(request, url=request.url.replace("/inbox", "/inboX")),
    "query": lambda request: replace(request, url=request.url.replace("x=1", "x=2")),
    "date": lambda request: set_headers(request, date=format_date(NOW + 1000)),
    "type": lambda request: set_headers(request, content_type="application/activity+jsoN"),
    "body": lambda request: set_headers(
        replace(request, body=b"{}"), digest=digest(b"{}"), content_digest=content_digest(b"{}")
    ),
    "a second value": lambda request: replace(request, headers=(*request.headers, ("Content-Type", "text/html"))),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_changes_that_keep_the_form(rsa_key: PrivateKey, change: str) -> None:
    request = inbox_post(url="https://us.example/inbox?x=1")
    covered = ("(request-target)", "host", "date", "digest", "content-type")
    components = ("@method", "@target-uri", "content-digest", "date", "content-type")
    for signed in (sign_with_cavage(request, rsa_key, covered), sign_with_9421(request, rsa_key, components)):
        assert isinstance(verified(signed, rsa_key), Verified)
        assert verified(CHANGES[change](signed), rsa_key) == Refusal(Reason.BAD_SIGNATURE)


@given(st.data())
def test_a_changed_byte_anywhere_never_verifies(rsa_key: PrivateKey, data: st.DataObject) -> None:
    """In any covered header or in the signature headers themselves, key id included."""
    sign = data.draw(st.sampled_from([sign_with_cavage, sign_with_9421]))
    signed = sign(inbox_post(), rsa_key)
    original = claim(signed)
    mutable = [index for index, (name, _) in enumerate(signed.headers) if name.lower() in MUTABLE[sign]]
    index = data.draw(st.sampled_from(mutable))
    name, value = signed.headers[index]
    position = data.draw(st.integers(0, len(value) - 1))
    changed = value[:position] + chr(ord(value[position]) ^ 1) + value[position + 1 :]
    headers = (*signed.headers[:index], (name, changed), *signed.headers[index + 1 :])
    found = read_claim(replace(signed, headers=headers), NOW)
    if isinstance(found, Refusal):
        return
    outcome = found.verify(rsa_key.public)
    if isinstance(outcome, Verified):
        # What the signature does not cover, by design of the scheme: the key id, the hint and unknown parameters
        # of draft-cavage, and the label of RFC 9421. Nothing that was claimed of the request may differ.
        assert (found.bases, found.signature, found.body_sha256) == (
            original.bases,
            original.signature,
            original.body_sha256,
        )
        assert found.scheme is Scheme.CAVAGE or found.key_id == original.key_id


MUTABLE: dict[Any, set[str]] = {
    sign_with_cavage: {"host", "date", "digest", "signature"},
    sign_with_9421: {"content-digest", "signature", "signature-input"},
}


# --- Malformed input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        'keyId="a"',
        'keyId="",headers="(request-target) host date digest",signature="AAAA"',
        'keyId="a",keyId="b",headers="(request-target) host date digest",signature="AAAA"',
        'keyId="a",headers="date",headers="(request-target) host date digest",signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest,signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest",signature="AAAA',
        'keyId="a",headers="(request-target) host date digest",signature=AAAA',
        'keyId="a",headers="(request-target) host date digest",signature="AAAA",',
        'keyId="a",headers="(request-target) host date digest",signature=""',
        'keyId="a",headers="(request-target) host date digest",signature="*"',
        'keyId="a",headers="(request-target) host date digest",signature="AAA"',
        'keyId="a",headers="(request-target) host date digest date",signature="AAAA"',
        'keyId="a",headers="(request-target)  host date digest",signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest x-missing",signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest (created)",signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest (created)",created=1795342712,'
        'algorithm="rsa-sha256",signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest (status)",signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest",created=-5,signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest",created="soon",signature="AAAA"',
        'keyId="a",headers="(request-target) host date digest",created=99999999999999,signature="AAAA"',
        'keyId="a\x01",headers="(request-target) host date digest",signature="AAAA"',
        'keyId="ä",headers="(request-target) host date digest",signature="AAAA"',
        'keyId="' + "a" * 9000 + '",headers="(request-target) host date digest",signature="AAAA"',
        ",".join(f'a{number}="x"' for number in range(60)),
    ],
)
def test_malformed_cavage(header: str) -> None:
    assert refused(set_headers(inbox_post(), signature=header)) is Reason.MALFORMED


GOOD_INPUT = 'sig1=("@method" "@target-uri" "content-digest");created=1795342712;keyid="k"'


@pytest.mark.parametrize(
    ("signature_input", "signature"),
    [
        ("", "sig1=:AAAA:"),
        (GOOD_INPUT, ""),
        (GOOD_INPUT, "sig2=:AAAA:"),
        (GOOD_INPUT, "sig1=AAAA"),
        (GOOD_INPUT, 'sig1="AAAA"'),
        (GOOD_INPUT, "sig1=::"),
        (GOOD_INPUT, "sig1=:AAA:"),
        (GOOD_INPUT, "sig1=:****:"),
        (GOOD_INPUT, "sig1=(:AAAA:)"),
        (GOOD_INPUT, 'keyId="a",headers="(request-target) host date digest",signature="AAAA"'),
        ("sig1=1", "sig1=:AAAA:"),
        (GOOD_INPUT.replace('keyid="k"', ""), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"k"', "k"), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"k"', '""'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"k"', "1"), "sig1=:AAAA:"),
        (GOOD_INPUT.replace("1795342712", "-1"), "sig1=:AAAA:"),
        (GOOD_INPUT.replace("1795342712", '"1795342712"'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace("1795342712", "1795342712.5"), "sig1=:AAAA:"),
        (GOOD_INPUT.replace("created=1795342712", "created"), "sig1=:AAAA:"),
        (GOOD_INPUT + ";created=1795342712", "sig1=:AAAA:"),
        (GOOD_INPUT + ";tag=(x)", "sig1=:AAAA:"),
        (GOOD_INPUT + ";tag=1", "sig1=:AAAA:"),
        (GOOD_INPUT + ";", "sig1=:AAAA:"),
        (GOOD_INPUT + ",", "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method"', '"@method" "@method"'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method"', "@method"), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method"', '"@method";req'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method"', '"@method" "@status"'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method"', '"@method" "@query-param";name="a"'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method"', '"@method" "@signature-params"'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method"', '"@method" "Date"'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method"', '"@method" "x-missing"'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace('"@method" ', '"@method"'), "sig1=:AAAA:"),
        (GOOD_INPUT.replace(")", ""), "sig1=:AAAA:"),
        (GOOD_INPUT + ';x="' + "a" * 9000 + '"', "sig1=:AAAA:"),
    ],
)
def test_malformed_9421(signature_input: str, signature: str) -> None:
    request = set_headers(inbox_post(), signature_input=signature_input, signature=signature)
    assert refused(request) is Reason.MALFORMED


def test_a_header_with_a_line_break_or_beyond_ascii(rsa_key: PrivateKey) -> None:
    covered = ("(request-target)", "host", "date", "digest", "x-note")
    signed = sign_with_cavage(set_headers(inbox_post(), x_note="a"), rsa_key, covered)
    assert refused(set_headers(signed, x_note="a\nhost: b")) is Reason.MALFORMED
    components = ("@method", "@target-uri", "content-digest", "x-note")
    signed = sign_with_9421(set_headers(inbox_post(), x_note="a"), rsa_key, components)
    assert refused(set_headers(signed, x_note="ä")) is Reason.MALFORMED
    assert refused(set_headers(signed, x_note="a\r")) is Reason.MALFORMED


@pytest.mark.parametrize("url", ["/inbox", "ftp://us.example/inbox", "https://us.example/a b", "https://x@us.example/"])
def test_a_url_that_is_none(rsa_key: PrivateKey, url: str) -> None:
    signed = sign_with_cavage(inbox_post(), rsa_key)
    assert refused(replace(signed, url=url)) is Reason.MALFORMED


@given(st.text(max_size=200), st.none() | st.text(max_size=200))
def test_any_headers_give_a_claim_or_a_refusal(signature: str, signature_input: str | None) -> None:
    request = set_headers(inbox_post(), signature=signature, signature_input=signature_input)
    assert isinstance(read_claim(request, NOW), Refusal | Claim)


# --- What only verification makes --------------------------------------------------------------------------


def test_verified_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError):
        Verified(object(), KEY_ID, Scheme.CAVAGE, NOW, b"x" * 32)
    with pytest.raises(TypeError):
        Verified(None, KEY_ID, Scheme.CAVAGE, NOW, b"x" * 32)


def test_a_record_revives(rsa_key: PrivateKey) -> None:
    found = verified(sign_with_cavage(inbox_post(), rsa_key), rsa_key)
    assert isinstance(found, Verified)
    assert Verified.from_record(json.loads(json.dumps(found.to_record()))) == found


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"key_id": None},
        {"scheme": "none"},
        {"scheme": None},
        {"created": "now"},
        {"created": True},
        {"body_sha256": "ab"},
        {"body_sha256": "z" * 64},
        {"body_sha256": None},
    ],
)
def test_a_damaged_record_does_not(rsa_key: PrivateKey, change: dict[str, object]) -> None:
    found = verified(sign_with_cavage(inbox_post(), rsa_key), rsa_key)
    assert isinstance(found, Verified)
    with pytest.raises(Malformed):
        Verified.from_record({**found.to_record(), **change})
    with pytest.raises(Malformed):
        Verified.from_record({})


# --- Requests of real servers ------------------------------------------------------------------------------


@pytest.mark.parametrize("recorded", RECORDED["requests"], ids=lambda recorded: recorded["sample"])
def test_recorded_requests(recorded: dict[str, Any]) -> None:
    """The signatures verify with the keys that those servers published; the bodies were not recorded."""
    request = Request(recorded["method"], recorded["url"], tuple((name, value) for name, value in recorded["headers"]))
    key = PublicKey.from_pem(RECORDED["keys"][recorded["key_id"]])
    if recorded["method"] == "POST":
        assert refused(request) is Reason.DIGEST_MISMATCH
        other_body = set_headers(replace(request, body=b"{}"), digest=digest(b"{}"))
        found = claim(other_body)
        assert found.verify(key) == Refusal(Reason.BAD_SIGNATURE)
        base = found.bases[0].decode().replace(digest(b"{}"), request.values("digest")[0]).encode()
        assert key.verify(base, found.signature)
    else:
        found = claim(request)
        assert isinstance(found.verify(key), Verified)
    assert found.key_id == recorded["key_id"]
    assert found.covered == tuple(recorded["covered"])
    assert found.algorithm == recorded["algorithm"]
    assert found.scheme is Scheme.CAVAGE
