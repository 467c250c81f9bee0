"""Lists of hashes of media that may not be shown: CSV, JSON, or one hash a line. Pure.

A row has a hash of 64 hexadecimal digits, its kind (``sha256`` or ``pdq``), and may have a category, a distance (how
many of the 256 bits of PDQ may differ) and a note. The columns of a CSV file are named in its first line, by these
words; what a row leaves out is as whoever brings the file says. Of a PDQ hash one orientation is enough: a file is
compared turned and mirrored in all eight ways.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from fedserver.domain.moderation.categories import MINORS
from fedserver.domain.text.characters import plain

SHA256: Final = "sha256"
PDQ: Final = "pdq"
KINDS: Final = (SHA256, PDQ)
CATEGORIES: Final = (MINORS, "intimate", "extremism", "copyright", "other")
# PDQ's authors' word for the same picture
NEAR: Final = 31
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_ENTRIES: Final = 500_000
_MAX_PROBLEMS: Final = 20
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_HASH_WORDS: Final = ("hash", "value", "sha256", "pdq", "indicator")


class Hashed(NamedTuple):
    """One hash. ``distance``: bits that may differ, 0 for SHA-256."""

    kind: str
    value: str
    category: str
    distance: int
    note: str = ""


class Read(NamedTuple):
    """Hashes, each once, and what could not be read, in words."""

    entries: tuple[Hashed, ...]
    problems: tuple[str, ...]


class HashListError(ValueError):
    """This is no list of hashes; the message says why."""


def read(data: bytes, *, kind: str = SHA256, category: str = "other", distance: int = NEAR) -> Read:
    """A list in whatever format it is. Raises ``HashListError``."""
    if len(data) > MAX_BYTES:
        raise HashListError(f"The list is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HashListError("The list is not text") from error
    rows = _json(text) if text.lstrip()[:1] in ("[", "{") else _lines(text)
    if len(rows) > MAX_ENTRIES:
        raise HashListError(f"The list has more than {MAX_ENTRIES} entries")
    entries: dict[tuple[str, str], Hashed] = {}
    problems: list[str] = []
    for number, row in enumerate(rows, 1):
        try:
            entry = _entry(row, kind, category, distance)
        except ValueError as error:
            problems.append(f"{number}: {error}")
            continue
        entries.setdefault((entry.kind, entry.value), entry)
    if not entries:
        raise HashListError("The list has no hash in it" + (f" ({problems[0]})" if problems else ""))
    shown = problems[:_MAX_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"... and {len(problems) - len(shown)} more")
    return Read(tuple(entries.values()), tuple(shown))


def _json(text: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HashListError("The JSON is broken") from error
    if isinstance(found, dict):
        found = next(
            (found[name] for name in ("hashes", "entries", "items") if isinstance(found.get(name), list)), None
        )
    if not isinstance(found, list):
        raise HashListError("The JSON has no list of hashes")
    return [each if isinstance(each, dict) else {"hash": each} for each in found]


def _lines(text: str) -> list[Mapping[str, Any]]:
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    if not lines:
        return []
    columns = [name.strip().strip("#\"' ").lower() for name in lines[0].split(",")]
    if not set(columns) & set(_HASH_WORDS):
        return [{"hash": line.replace(",", " ").split()[0]} for line in lines if not line.lstrip().startswith("#")]
    try:
        rows = list(csv.reader(lines[1:]))
    except csv.Error as error:
        raise HashListError("The CSV is broken") from error
    return [dict(zip(columns, row, strict=False)) for row in rows if row]


def _entry(row: Mapping[str, Any], kind: str, category: str, distance: int) -> Hashed:
    word = next((name for name in _HASH_WORDS if isinstance(row.get(name), str) and row[name].strip()), None)
    if word is None:
        raise ValueError("no hash")
    # a list may name the kind before the hash, or the quality behind it
    named, _, rest = row[word].strip().lower().rpartition(":")
    value = rest.partition(" ")[0]
    if not _HEX.fullmatch(value):
        raise ValueError(f"{value[:80]} is no hash of 64 hexadecimal digits")
    given = named or str(row.get("kind") or row.get("type") or (word if word in KINDS else kind)).strip().lower()
    given = given.replace("-", "")
    if given not in KINDS:
        raise ValueError(f"{given[:40]} is no kind of hash that is known here")
    asked = str(row.get("category") or category).strip().lower()
    most = str(row.get("distance", "")).strip()
    bits = int(most) if most.isascii() and most.isdigit() and len(most) < 4 else distance
    return Hashed(
        given,
        value,
        asked if asked in CATEGORIES else "other",
        max(0, min(bits, NEAR)) if given == PDQ else 0,
        plain(str(row.get("note") or "")).strip()[:500],
    )
