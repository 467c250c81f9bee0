"""Reads files again and again: ``python provenance_reader.py bare|ours ROUNDS FILE...``.

*bare* is the library for manifests and nothing else; *ours* is every reader of the media child over the same bytes, in
one process and without its start. Prints a JSON object: seconds for each file and round, and the peak of memory in KiB.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def main() -> None:
    """Read, tell."""
    kind, rounds, *names = sys.argv[1:]
    once = _bare() if kind == "bare" else _ours()
    took: dict[str, list[float]] = {}
    for name in names:
        data = Path(name).read_bytes()
        once(data)
        times = []
        for _ in range(int(rounds)):
            began = time.perf_counter()
            once(data)
            times.append(time.perf_counter() - began)
        took[name] = times
    print(json.dumps({"took": took, "kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


def _bare() -> Callable[[bytes], None]:
    import c2pa

    safe = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}, "core": {"allowed_network_hosts": []}}

    def once(data: bytes) -> None:
        mime = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
        try:
            with c2pa.Context(c2pa.Settings.from_dict(safe)) as context:
                c2pa.Reader(mime, io.BytesIO(data), context=context).json()
        except c2pa.C2paError:
            pass

    return once


def _ours() -> Callable[[bytes], None]:
    from fedserver.media.probe import sniff
    from fedserver.media.provenance.manifests import TrustLists
    from fedserver.media.provenance.read import prepare, read
    from fedserver.media.provenance.seen import Seen

    def once(data: bytes) -> None:
        form = sniff(data)
        if form is not None:
            read(form, data, io.BytesIO(data), prepare(data), TrustLists(), Seen())

    return once


if __name__ == "__main__":
    main()
