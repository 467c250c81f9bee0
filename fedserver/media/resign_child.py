"""The process that signs a cleaned file, with the upload as its parent. It reads a stranger's file, so it gives up all
it can before it does, and it never sees the key. Started by `resign`.
"""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from typing import Any, Final

from fedserver.media import sandbox
from fedserver.media.child import write_all

_SETTINGS: Final[dict[str, Any]] = {
    # a file must never make this process ask a server
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "core": {"allowed_network_hosts": []},
    "builder": {"thumbnail": {"enabled": False}},
}

_TRAINING: Final = ("ai_training", "ai_generative_training")


def main() -> None:
    """Job in, a question for one signature out, the signature in, `{"done": "yes"}` out."""
    import c2pa

    job: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    upload, cleaned, target = job["files"]
    with c2pa.Context(c2pa.Settings.from_dict(_SETTINGS)) as context:
        sandbox.limit(job["memory"], job["cpu_seconds"], job["file_bytes"])
        sandbox.seal()
        algorithm = c2pa.C2paSigningAlg[job["algorithm"].upper()]
        with c2pa.Signer.from_callback(_ask, algorithm, job["chain"]) as signer:
            builder = c2pa.Builder(_manifest(*job["software"], no_training=job["no_training"]), context)
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            builder.add_ingredient({"relationship": "parentOf"}, job["mime"], io.BytesIO(_all(upload)))
            signed = io.BytesIO()
            builder.sign(signer, job["mime"], io.BytesIO(_all(cleaned)), signed)
    with os.fdopen(target, "wb", buffering=0) as file:
        write_all(file, signed.getvalue())
    _say({"done": "yes"})
    os._exit(0)  # no clean-up code of libraries runs over what a file may have broken


def _all(number: int) -> bytes:
    with os.fdopen(number, "rb") as file:
        return file.read()


def _manifest(name: str, version: str, *, no_training: bool) -> dict[str, Any]:
    """What is claimed: that metadata was taken out of the parent, by this program. Nothing about who made it. And what
    its author wishes (CAWG training and data mining 1.1)."""
    action = {"action": "c2pa.edited.metadata"}
    assertions: list[dict[str, Any]] = [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}]
    if no_training:
        entries = {f"cawg.{use}": {"use": "notAllowed"} for use in _TRAINING}
        assertions.append({"label": "cawg.training-mining", "data": {"entries": entries}})
    return {"claim_generator_info": [{"name": name, "version": version}], "assertions": assertions}


def _ask(data: bytes) -> bytes:
    _say({"sign": base64.b64encode(data).decode()})
    return base64.b64decode(sys.stdin.buffer.readline())


def _say(word: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()
