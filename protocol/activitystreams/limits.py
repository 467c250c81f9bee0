"""The caps of everything that is federated. What is beyond a cap is cut off, and the rest is still read.

A document is at most 1 MiB (protocol.json); these bound what one document can make of the database and the pages.
"""

from __future__ import annotations

from typing import Final

URL: Final = 2048
"""Characters of an id or URL. Longer ones do not count as URLs."""
TEXT: Final = 100_000
"""Characters of `content`, `source` and a biography, markup included."""
SUMMARY: Final = 10_000
NAME: Final = 1_000
"""Characters of names, titles, poll options, field names."""
DESCRIPTION: Final = 10_000
"""Characters of an alt text, and of a field's value."""
USERNAME: Final = 255
TYPE: Final = 64
PEM: Final = 8_192
MULTIBASE: Final = 512
BLURHASH: Final = 128
ADDRESSEES: Final = 1_000
"""Entries of each of to, cc and audience; Public is found among the rest only within this range."""
TAGS: Final = 100
"""Entries of `tag` that are looked at, of all kinds together."""
MENTIONS: Final = 50
ATTACHMENTS: Final = 16
FIELDS: Final = 16
POLL_OPTIONS: Final = 50
LANGUAGES: Final = 20
ALIASES: Final = 16
KEYS: Final = 8
DOMAINS: Final = 100
ITEMS: Final = 1_000
"""Items of one collection or page."""
OBJECTS: Final = 100
"""Entries of an activity's `object` (a Flag names several)."""
CLAIMS: Final = 32
"""Provenance claims of one medium or post."""
BASED_ON: Final = 16
MODELS: Final = 32
MODEL: Final = 200
"""Characters of the name of a model; TOOL of a tool or a signer."""
TOOL: Final = 200
PROMPT: Final = 20_000
WORKFLOW: Final = 131_072
DIGEST: Final = 256
EXTRA_BYTES: Final = 16_384
"""JSON size of one entry that is kept as it came."""
COUNT: Final = 2**53 - 1
"""The largest count that every JSON reader agrees on."""
