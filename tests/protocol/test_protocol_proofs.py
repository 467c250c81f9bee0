from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import encoding
from keys.algorithms import Algorithm
from keys.pair import PrivateKey, PublicKey
from protocol.errors import Malformed, Reason, Refusal
from protocol.proofs import MAX_SKEW_MS, Proof, ProofVerified, add_proof, check_proof, read_proof

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "proofs.json").read_text())
KEY = PrivateKey.from_bytes(
    Algorithm.ED25519, encoding.multicodec_decode(encoding.multibase_decode(VECTORS["seed"]))[1]
)
METHOD = "https://server.example/users/alice#ed25519-key"
CREATED = "2026-11-22T10:18:32Z"
NOW = 1_795_342_712_000
AS = "https://www.w3.org/ns/activitystreams"
DI = "https://w3id.org/security/data-integrity/v1"
DOCUMENT: dict[str, Any] = {
    "@context": [AS, DI],
    "id": "https://server.example/1",
    "type": "Note",
    "content": "Grüße",
    "attachment": [{"type": "Image", "width": 640, "focalPoint": [0.5, -0.25]}],
}


def signed(**options: Any) -> dict[str, Any]:
    return add_proof(DOCUMENT, KEY, METHOD, CREATED, **options)


def reason(document: dict[str, Any], key: PublicKey = KEY.public, now: int = NOW) -> Reason:
    found = check_proof(document, key, now)
    assert isinstance(found, Refusal), found
    return found.reason


def with_proof(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    proof = {**document["proof"], **changes}
    return {**document, "proof": {name: value for name, value in proof.items() if value is not None}}


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_vectors_verify(vector: dict[str, Any]) -> None:
    key = PublicKey.from_multikey(vector.get("key", VECTORS["key"]))
    document = vector["signed"]
    found = check_proof(document, key, NOW)
    assert isinstance(found, ProofVerified), found
    assert found.verification_method == document["proof"]["verificationMethod"]
    assert found.document == {name: value for name, value in document.items() if name != "proof"}


@pytest.mark.parametrize("vector", VECTORS["vectors"][:2], ids=lambda vector: vector["name"])
def test_vectors_are_made(vector: dict[str, Any]) -> None:
    document = {name: value for name, value in vector["signed"].items() if name != "proof"}
    proof = vector["signed"]["proof"]
    made = add_proof(document, KEY, proof["verificationMethod"], proof["created"], with_context=vector["with_context"])
    assert made == vector["signed"]


@pytest.mark.parametrize("with_context", [True, False])
def test_round_trip(with_context: bool) -> None:
    document = signed(with_context=with_context)
    assert "proof" not in DOCUMENT
    found = check_proof(document, KEY.public, NOW)
    assert isinstance(found, ProofVerified)
    assert found.document == DOCUMENT
    assert found.created == NOW
    proof = read_proof(document)
    assert isinstance(proof, Proof)
    assert (proof.verification_method, proof.created) == (METHOD, NOW)


LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner))
NAMES = st.text(max_size=6).filter(lambda name: name not in ("proof", "signature", "@context"))


@given(st.dictionaries(NAMES, JSON, max_size=4), NAMES, JSON)
def test_any_document_is_signed_and_no_member_can_be_added(document: dict[str, Any], name: str, value: Any) -> None:
    made = add_proof(document, KEY, METHOD, CREATED)
    assert isinstance(check_proof(made, KEY.public, NOW), ProofVerified)
    if json.dumps(document.get(name, ...), default=str) != json.dumps(value):
        assert reason({**made, name: value}) is Reason.BAD_SIGNATURE


def test_every_member_is_covered() -> None:
    document = signed()
    for name in DOCUMENT:
        assert reason({key: value for key, value in document.items() if key != name}) is Reason.BAD_SIGNATURE
        assert reason({**document, name: "x"}) is Reason.BAD_SIGNATURE
    changed = copy.deepcopy(document)
    changed["attachment"][0]["width"] = 641
    assert reason(changed) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "change",
    [
        {"created": "2026-11-22T10:18:31Z"},
        {"created": None},
        {"verificationMethod": METHOD + "-2"},
        {"expires": "2036-01-01T00:00:00Z"},
        {"domain": "other"},
        {"@context": [AS]},
    ],
)
def test_the_proof_itself_is_covered(change: dict[str, Any]) -> None:
    assert reason(with_proof(signed(), **change)) is Reason.BAD_SIGNATURE


def test_a_changed_signature() -> None:
    document = signed()
    value = encoding.multibase_decode(document["proof"]["proofValue"])
    for index in range(64):
        changed = bytearray(value)
        changed[index] ^= 1
        text = encoding.multibase_encode(bytes(changed))
        assert reason(with_proof(document, proofValue=text)) is Reason.BAD_SIGNATURE


def test_another_key() -> None:
    assert reason(signed(), PrivateKey.generate(Algorithm.ED25519).public) is Reason.BAD_SIGNATURE
    rsa_key = PrivateKey.generate(Algorithm.RSA_2048)
    assert reason(signed(), rsa_key.public) is Reason.ALGORITHM
    with pytest.raises(ValueError, match="Ed25519"):
        add_proof(DOCUMENT, rsa_key, METHOD, CREATED)


def test_a_linked_data_signature_is_taken_out() -> None:
    document = {**signed(), "signature": {"type": "RsaSignature2017", "signatureValue": "AAAA"}}
    found = check_proof(document, KEY.public, NOW)
    assert isinstance(found, ProofVerified)
    assert "signature" not in found.document


# --- Context -----------------------------------------------------------------------------------------------


def test_a_context_added_after_signing_is_not_covered() -> None:
    document = signed(with_context=True)
    longer = {**document, "@context": [*document["@context"], {"sensitive": "as:sensitive"}]}
    found = check_proof(longer, KEY.public, NOW)
    assert isinstance(found, ProofVerified)
    assert found.document["@context"] == [AS, DI]


@pytest.mark.parametrize("context", [[DI, AS], [AS], [], AS, None, [{"a": "b"}, AS, DI], {"0": AS}])
def test_the_context_of_the_proof_must_begin_that_of_the_document(context: Any) -> None:
    assert reason({**signed(with_context=True), "@context": context}) is Reason.PROOF_CONTEXT


def test_a_document_without_context_and_a_proof_with_one() -> None:
    document = signed(with_context=True)
    del document["@context"]
    assert reason(document) is Reason.PROOF_CONTEXT
    assert reason(with_proof(signed(with_context=True), **{"@context": []})) is Reason.PROOF_CONTEXT


def test_a_string_as_context() -> None:
    document = add_proof({**DOCUMENT, "@context": AS}, KEY, METHOD, CREATED, with_context=True)
    assert isinstance(check_proof(document, KEY.public, NOW), ProofVerified)
    assert isinstance(check_proof({**document, "@context": [AS, DI]}, KEY.public, NOW), ProofVerified)
    assert reason({**document, "@context": DI}) is Reason.PROOF_CONTEXT


# --- Time --------------------------------------------------------------------------------------------------


def test_a_proof_may_be_old_but_not_of_the_future() -> None:
    assert isinstance(check_proof(signed(), KEY.public, NOW + 10**12), ProofVerified)
    assert isinstance(check_proof(signed(), KEY.public, NOW - MAX_SKEW_MS), ProofVerified)
    assert reason(signed(), now=NOW - MAX_SKEW_MS - 1) is Reason.FUTURE


def test_its_own_expiry() -> None:
    document = with_proof(signed(), expires=CREATED)
    assert reason(document, now=NOW) is Reason.BAD_SIGNATURE
    assert reason(document, now=NOW + 1) is Reason.EXPIRED


@pytest.mark.parametrize(
    ("created", "milliseconds"),
    [
        ("2026-11-22T10:18:32Z", NOW),
        ("2026-11-22T10:18:32.999999999Z", NOW),
        ("2026-11-22T12:18:32+02:00", NOW),
        ("2026-11-22T04:48:32-05:30", NOW),
    ],
)
def test_forms_of_time(created: str, milliseconds: int) -> None:
    proof = read_proof(with_proof(signed(), created=created))
    assert isinstance(proof, Proof)
    assert proof.created == milliseconds


# --- Form --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type": "RsaSignature2017"}, Reason.PROOF_KIND),
        ({"type": None}, Reason.PROOF_KIND),
        ({"cryptosuite": "eddsa-rdfc-2022"}, Reason.PROOF_KIND),
        ({"proofPurpose": "authentication"}, Reason.PROOF_KIND),
        ({"proofPurpose": None}, Reason.PROOF_KIND),
        ({"previousProof": "urn:x"}, Reason.PROOF_KIND),
        ({"verificationMethod": None}, Reason.MALFORMED),
        ({"verificationMethod": ""}, Reason.MALFORMED),
        ({"verificationMethod": {"id": METHOD}}, Reason.MALFORMED),
        ({"verificationMethod": "x" * 3000}, Reason.MALFORMED),
        ({"proofValue": None}, Reason.MALFORMED),
        ({"proofValue": 1}, Reason.MALFORMED),
        ({"proofValue": "z"}, Reason.MALFORMED),
        ({"proofValue": "z0"}, Reason.MALFORMED),
        ({"proofValue": "z2"}, Reason.MALFORMED),
        ({"proofValue": "u" + "A" * 86}, Reason.MALFORMED),
        ({"proofValue": "z" + "2" * 9000}, Reason.MALFORMED),
        ({"created": 5}, Reason.MALFORMED),
        ({"created": "yesterday"}, Reason.MALFORMED),
        ({"created": "2026-11-22"}, Reason.MALFORMED),
        ({"created": "2026-11-22T10:18:32"}, Reason.MALFORMED),
        ({"created": "2026-13-22T10:18:32Z"}, Reason.MALFORMED),
        ({"created": "2026-11-22T10:18:32+99:00"}, Reason.MALFORMED),
        ({"expires": "never"}, Reason.MALFORMED),
        ({"nonce": 2**60}, Reason.MALFORMED),
    ],
)
def test_proofs_that_do_not_count(change: dict[str, Any], expected: Reason) -> None:
    assert reason(with_proof(signed(), **change)) is expected


@pytest.mark.parametrize("proof", ["x", 1, True, [], [[]], ["x"], {}])
def test_what_is_no_proof(proof: Any) -> None:
    assert reason({**DOCUMENT, "proof": proof}) is Reason.PROOF_KIND


def test_lists_of_proofs() -> None:
    document = signed()
    other = {"type": "DataIntegrityProof", "cryptosuite": "ecdsa-jcs-2019"}
    for proofs in ([document["proof"]], [other, document["proof"]]):
        assert isinstance(check_proof({**document, "proof": proofs}, KEY.public, NOW), ProofVerified)
    assert reason({**document, "proof": [document["proof"]] * 2}) is Reason.SEVERAL
    assert reason({**document, "proof": [other] * 9}) is Reason.SEVERAL
    assert reason(DOCUMENT) is Reason.MISSING


def test_a_document_that_has_no_canonical_form() -> None:
    assert reason({**signed(), "size": 2**60}) is Reason.MALFORMED
    with pytest.raises(Malformed):
        add_proof({"size": 2**60}, KEY, METHOD, CREATED)
    with pytest.raises(Malformed, match="already"):
        add_proof(signed(), KEY, METHOD, CREATED)


def test_proof_verified_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError):
        ProofVerified(None, METHOD, NOW, DOCUMENT)
