"""C2PA in files that the tests make: signed, changed, encoded anew, laundered, expired; and nothing is fetched."""

from __future__ import annotations

import asyncio
import io
import socket
import time
from pathlib import Path

import c2pa
import pytest
from manifest_support import JPEG, SAFE, certificate, changed, picture, sign
from media_files import film, gradient, saved
from PIL import Image

from fedserver.domain.provenance.claims import GENERATED, Basis, Claim, Integrity, Signature, State, Trust
from fedserver.domain.provenance.labels import Label, label
from fedserver.media.findings import Findings, Reading
from fedserver.media.pipeline import Pipeline
from fedserver.media.provenance import manifests
from fedserver.media.provenance.manifests import TrustLists
from fedserver.media.provenance.parts import Broken
from fedserver.media.settings import MediaSettings
from fedserver.services.certificate import DAYS, Certificate, make

DAY_MS = 24 * 60 * 60 * 1000
CAMERA, EDITOR = certificate("camera.test"), certificate("editor.test")
INTACT = State(Integrity.INTACT, Signature.VALID, Trust.UNTRUSTED)


def root(signer: Certificate) -> str:
    return "-----BEGIN" + signer.chain.rpartition("-----BEGIN")[2]


def inspect(data: bytes, folder: Path, *, signers: str = "", clocks: str = "") -> Findings:
    source = folder / "file"
    source.write_bytes(data)
    lists = {"claim_signers": signers, "time_stampers": clocks}
    for name, pem in lists.items():
        (folder / name).write_text(pem)
    settings = MediaSettings(**{name: folder / name for name, pem in lists.items() if pem})  # type: ignore[arg-type]
    return asyncio.run(Pipeline(settings).inspect(source))


def claims(found: Findings) -> list[Claim]:
    return [claim for claim in found.claims if claim.basis is Basis.C2PA]


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (picture(), JPEG),
        (saved(gradient(), "PNG"), "image/png"),
        (saved(gradient(), "WEBP"), "image/webp"),
        (saved(gradient(), "AVIF"), "image/avif"),
        (saved(gradient(), "GIF"), "image/gif"),
        (film("mp4"), "video/mp4"),
        (film("mp3"), "audio/mpeg"),
    ],
    ids=["jpeg", "png", "webp", "avif", "gif", "mp4", "mp3"],
)
def test_signed_files_of_every_kind(data: bytes, mime: str, tmp_path: Path) -> None:
    found = inspect(sign(data, CAMERA, mime=mime), tmp_path)
    (claim,) = claims(found)
    assert (claim.state, claim.source_type) == (INTACT, GENERATED)
    assert (claim.tool, claim.version, claim.by) == ("Dreamer", "1.0", "camera.test")
    assert (found.reading, found.has_c2pa) == (Reading.READ, True)
    assert label(found.claims) is Label.GENERATED
    assert inspect(data, tmp_path).has_c2pa is False


def test_trust_is_the_list_of_signers_and_not_that_of_clocks(tmp_path: Path) -> None:
    data = sign(picture(), CAMERA)
    trusted = inspect(data, tmp_path, signers=root(CAMERA))
    assert claims(trusted)[0].state == INTACT._replace(trust=Trust.TRUSTED)
    for lists in ({"clocks": root(CAMERA)}, {"signers": root(EDITOR), "clocks": root(CAMERA)}, {"signers": "rubbish"}):
        assert claims(inspect(data, tmp_path, **lists))[0].state == INTACT


@pytest.mark.parametrize(
    ("source_type", "expected"),
    [("digitalCapture", Label.UNKNOWN), ("digitalCreation", Label.UNKNOWN), (GENERATED, Label.MAYBE)],
)
def test_a_changed_byte_is_seen(source_type: str, expected: Label, tmp_path: Path) -> None:
    data = changed(sign(picture(), CAMERA, source_type=source_type))
    found = inspect(data, tmp_path, signers=root(CAMERA))
    assert claims(found)[0].state[:2] == (Integrity.BROKEN, Signature.VALID)
    assert "assertion.dataHash.mismatch" in claims(found)[0].evidence["codes"]
    assert label(found.claims) is expected


def test_a_changed_claim_is_seen(tmp_path: Path) -> None:
    data = sign(picture(), CAMERA, tool="Dreamer")
    forged = data.replace(b"Dreamer", b"Painter")
    assert forged != data
    found = inspect(forged, tmp_path, signers=root(CAMERA))
    assert found.reading is Reading.UNREADABLE or claims(found)[0].state.integrity is Integrity.BROKEN
    assert label(found.claims) in (Label.MAYBE, Label.UNKNOWN)


def test_encoded_anew_nothing_is_left(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(sign(picture(), CAMERA))).save(out, "JPEG")
    found = inspect(out.getvalue(), tmp_path)
    assert (found.claims, found.reading, label(found.claims)) == ((), Reading.NONE, Label.UNKNOWN)


def test_an_expired_certificate_is_no_tampering(tmp_path: Path) -> None:
    # the library signs with no expired certificate: this one has three seconds left
    old = make("old.test", int(time.time() * 1000) - DAYS * DAY_MS + 60 * 60 * 1000 + 3000)
    data = sign(picture(), old, source_type="digitalCapture")
    time.sleep(4)
    found = inspect(data, tmp_path, signers=root(old))
    assert claims(found)[0].state == State(Integrity.INTACT, Signature.VALID, Trust.EXPIRED)
    assert label(found.claims) is Label.CAPTURED


def test_a_tampered_parent_under_a_trusted_signature_stays_tampered(tmp_path: Path) -> None:
    forged = changed(sign(picture(), CAMERA, source_type="digitalCapture"))
    laundered = sign(forged, EDITOR, parent=forged)
    found = inspect(laundered, tmp_path, signers=root(EDITOR) + root(CAMERA))
    active, parent = claims(found)
    assert active.state == INTACT._replace(trust=Trust.TRUSTED)
    assert (parent.evidence["relation"], parent.state.integrity) == ("parentOf", Integrity.BROKEN)
    assert [step["integrity"] for step in active.evidence["chain"]] == ["intact", "broken"]
    assert label(found.claims) is Label.UNKNOWN


def test_a_sound_parent_is_read_and_is_as_trusted_as_the_way_to_it(tmp_path: Path) -> None:
    original = sign(picture(), CAMERA, source_type="digitalCapture")
    edited = sign(original, EDITOR, parent=original)
    for signers, expected in (
        (root(CAMERA), [Trust.UNTRUSTED, Trust.UNTRUSTED]),
        (root(EDITOR), [Trust.TRUSTED, Trust.UNTRUSTED]),
        (root(CAMERA) + root(EDITOR), [Trust.TRUSTED, Trust.TRUSTED]),
    ):
        found = inspect(edited, tmp_path, signers=signers)
        assert [claim.state.trust for claim in claims(found)] == expected
        assert label(found.claims) is Label.CAPTURED


def test_generated_long_ago_and_signed_again_and_again(tmp_path: Path) -> None:
    data = sign(picture(), CAMERA)
    for _ in range(6):
        data = sign(data, EDITOR, parent=data)
    found = inspect(data, tmp_path)
    assert [step["depth"] for step in claims(found)[0].evidence["chain"]] == list(range(7))
    assert label(found.claims) is Label.GENERATED


@pytest.mark.parametrize("cut", [200, 900, 2000])
def test_a_manifest_that_is_cut_off_is_unreadable_and_the_upload_stays(cut: int, tmp_path: Path) -> None:
    data = sign(picture(), CAMERA)
    at = data.index(b"jumb") + cut
    source = tmp_path / "upload"
    source.write_bytes(data[:at] + b"\0" * 400 + data[at + 400 :])
    made = asyncio.run(Pipeline(MediaSettings()).process(source, tmp_path))
    assert made.width == 160 and made.findings.has_c2pa
    found = made.findings
    assert found.reading is Reading.UNREADABLE or claims(found)[0].state.integrity is Integrity.BROKEN


def test_nothing_is_ever_fetched(tmp_path: Path) -> None:
    """Neither in the sealed child nor, where a system has no seal, by the library's own settings."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        data = elsewhere(f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa")
        found = inspect(data, tmp_path)
        assert found.claims[0].evidence == {"manifest": "remote", "host": "127.0.0.1"}
        with pytest.raises(Broken, match="remote manifest"):
            manifests.read(io.BytesIO(data), JPEG, TrustLists())
        with pytest.raises(TimeoutError):
            server.accept()


def elsewhere(url: str) -> bytes:
    """A picture whose manifest is on another server, as XMP says."""
    with c2pa.Context(c2pa.Settings.from_dict(SAFE)) as context:
        manifest = {"claim_generator_info": [{"name": "t", "version": "1"}], "assertions": []}
        builder = c2pa.Builder(manifest, context)
        builder.set_no_embed()
        builder.set_remote_url(url)
        out = io.BytesIO()
        algorithm = c2pa.C2paSigningAlg[CAMERA.algorithm.upper()]
        with c2pa.Signer.from_callback(CAMERA.sign, algorithm, CAMERA.chain) as made:
            builder.sign(made, JPEG, io.BytesIO(picture()), out)
        return out.getvalue()
