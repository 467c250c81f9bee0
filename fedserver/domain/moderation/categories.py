"""What a report can be about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# what is never forwarded, and never stands in the public log
MINORS: Final = "minors"
# category -> the one of Mastodon's four as which clients see it that know no others
CATEGORIES: Final[Mapping[str, str]] = {
    "spam": "spam",
    "legal": "legal",
    "violation": "violation",
    "other": "other",
    "real-person": "legal",
    "undisclosed-ai": "violation",
    "copied-work": "legal",
    MINORS: "legal",
}
