"""What an order was made from, as bytes that are kept with it: whoever has them recomputes it."""

from __future__ import annotations

import zlib
from typing import Final

import orjson

from fedserver.domain.ranking.values import Gathered

MAX_BYTES: Final = 64 * 1024 * 1024


def pack(gathered: Gathered, name: str) -> bytes:
    """The inputs of an order of the feed ``name``, once they are complete: nothing of who likes what is in them."""
    assert gathered.likes is None
    values = gathered._asdict()
    del values["likes"]
    return zlib.compress(orjson.dumps({"feed": name, **values}), 6)


def unpack(inputs: bytes) -> tuple[str, Gathered]:
    """The id of the feed, and what its order was made from."""
    values = orjson.loads(zlib.decompressobj().decompress(inputs, MAX_BYTES))
    name = str(values.pop("feed"))
    return name, Gathered(**values)
