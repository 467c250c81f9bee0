"""Which bytes others get: as they came, cleaned, or cleaned and signed; and what is never signed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from manifest_support import certificate, changed, picture, sign, store_of

from fedserver.media.pipeline import Pipeline, Processed, digest_of
from fedserver.media.resign import MediaSigner
from fedserver.media.settings import MediaSettings
from protocol.media import digest_multibase

OURS = certificate("node.test")
MAKER = certificate()


async def publish(folder: Path, data: bytes, signer: MediaSigner | None = None) -> tuple[Processed, bytes]:
    source = folder / "upload"
    source.write_bytes(data)

    async def ours() -> MediaSigner | None:
        return signer

    made = await Pipeline(MediaSettings()).process(source, folder, signer=ours)
    return made, made.published.read_bytes()


async def test_a_signed_file_with_nothing_private_is_served_as_it_came(tmp_path: Path) -> None:
    data = sign(picture(), MAKER)
    made, served = await publish(tmp_path, data, OURS)
    assert (made.serving, made.uploaded_digest) == ("original", None)
    assert served == data
    assert made.digest_multibase == digest_of(tmp_path / "upload")


async def test_a_file_without_a_manifest_is_stripped(tmp_path: Path) -> None:
    data = picture(gps=True)
    made, served = await publish(tmp_path, data, OURS)
    assert (made.serving, b"Exif" in served) == ("stripped", False)
    assert made.uploaded_digest == digest_of(tmp_path / "upload") != made.digest_multibase


async def test_a_place_in_a_signed_file_makes_a_derivative(tmp_path: Path) -> None:
    made, served = await publish(tmp_path, sign(picture(gps=True), MAKER))
    assert made.findings.private == ("gps",)
    assert made.serving == "stripped"
    assert b"Exif" not in served and b"c2pa" not in served


async def test_a_derivative_is_signed_with_the_upload_as_its_parent(tmp_path: Path) -> None:
    made, served = await publish(tmp_path, sign(picture(gps=True), MAKER), OURS)
    assert made.serving == "signed"
    assert b"Exif" not in served
    store = store_of(served)
    top = store["manifests"][store["active_manifest"]]
    assert top["claim_generator_info"][0]["name"] == "fedserver"
    assert [each["relationship"] for each in top["ingredients"]] == ["parentOf"]
    parent = store["manifests"][top["ingredients"][0]["active_manifest"]]
    assert parent["claim_generator_info"][0]["name"] == "Dreamer"
    assert {each["code"] for each in store["validation_results"]["activeManifest"]["failure"]} == {
        "signingCredential.untrusted"
    }
    assert made.digest_multibase == digest_of(made.published)


def _tampered() -> bytes:
    return changed(sign(picture(gps=True), MAKER))


def _hidden_below() -> bytes:
    """A good signature over a picture whose parent was changed after it was signed: laundering."""
    return sign(picture(gps=True), MAKER, parent=changed(sign(picture(), MAKER)))


@pytest.mark.parametrize("spoil", [_tampered, _hidden_below])
async def test_what_fails_integrity_anywhere_is_never_signed_again(tmp_path: Path, spoil: Callable[[], bytes]) -> None:
    made, served = await publish(tmp_path, spoil(), OURS)
    assert made.serving == "stripped"
    assert b"c2pa" not in served


async def test_a_key_that_cannot_be_used_leaves_the_file_cleaned(tmp_path: Path) -> None:
    class Broken:
        algorithm = "ES256"
        chain = OURS.chain

        def sign(self, data: bytes) -> bytes:
            raise RuntimeError("the key is gone")

    made, served = await publish(tmp_path, sign(picture(gps=True), MAKER), Broken())
    assert made.serving == "stripped"
    assert b"c2pa" not in served
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["upload", made.published.name, made.preview.name if made.preview else ""]
    )


async def test_another_key_than_the_certificates_is_no_signature(tmp_path: Path) -> None:
    class Foreign:
        algorithm = "ES256"
        chain = OURS.chain

        def sign(self, data: bytes) -> bytes:
            return MAKER.sign(data)

    made, _ = await publish(tmp_path, sign(picture(gps=True), MAKER), Foreign())
    assert made.serving == "stripped"
    assert made.digest_multibase.startswith(digest_multibase(b"\0" * 32)[:3])
