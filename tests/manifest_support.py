"""Files with C2PA manifests, made by the tests themselves: signed, changed, wrapped as the parent of a good one."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import c2pa
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from fedserver.domain.provenance.claims import GENERATED, IPTC
from fedserver.services.certificate import Certificate, make

SAFE: dict[str, Any] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "core": {"allowed_network_hosts": []},
    "builder": {"thumbnail": {"enabled": False}},
}
JPEG = "image/jpeg"


def certificate(name: str = "generator.test") -> Certificate:
    return make(name, int(time.time() * 1000))


def picture(*, gps: bool = False) -> bytes:
    """A small JPEG; with ``gps`` its EXIF says where it was taken."""
    out, more = io.BytesIO(), {}
    image = Image.radial_gradient("L").resize((160, 120)).convert("RGB")
    if gps:
        exif = image.getexif()
        exif[0x8825] = {1: "N", 2: (IFDRational(52), IFDRational(31), IFDRational(12)), 3: "E", 4: (13, 24, 18)}
        more["exif"] = exif.tobytes()
    image.save(out, "JPEG", quality=90, **more)
    return out.getvalue()


def sign(
    data: bytes,
    signer: Certificate,
    *,
    source_type: str = GENERATED,
    parent: bytes | None = None,
    tool: str = "Dreamer",
    mime: str = JPEG,
) -> bytes:
    """The file with a manifest; with ``parent`` as an edit of it."""
    action = {"action": "c2pa.created", "digitalSourceType": f"{IPTC}{source_type}"}
    manifest: dict[str, Any] = {"claim_generator_info": [{"name": tool, "version": "1.0"}], "assertions": []}
    if parent is None:
        manifest["assertions"] = [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}]
    with c2pa.Context(c2pa.Settings.from_dict(SAFE)) as context:
        builder = c2pa.Builder(manifest, context)
        if parent is not None:
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            builder.add_ingredient({"relationship": "parentOf"}, mime, io.BytesIO(parent))
        out = io.BytesIO()
        algorithm = c2pa.C2paSigningAlg[signer.algorithm.upper()]
        with c2pa.Signer.from_callback(signer.sign, algorithm, signer.chain) as made:
            builder.sign(made, mime, io.BytesIO(data), out)
        return out.getvalue()


def changed(data: bytes) -> bytes:
    """One bit of the picture's own data is another one; the file is as readable as before."""
    at = data.rindex(b"\xff\xda") + 40
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def store_of(data: bytes, mime: str = JPEG) -> Any:
    """What the library reads in a file."""
    with (
        c2pa.Context(c2pa.Settings.from_dict(SAFE)) as context,
        c2pa.Reader(mime, io.BytesIO(data), context=context) as reader,
    ):
        return json.loads(reader.json())
