"""Lists of domains as communities exchange them: Mastodon's CSV, JSON, plain text. Read leniently, written exactly.

Mastodon's file has the header ``#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate``; a first
column without header is a plain list. JSON is a list of names, or of objects with the same words as the columns, as
``GET /api/v1/instance/domain_blocks`` gives them, alone or below ``domain_blocks``, ``blocks`` or ``domains``. Names
with stars are obfuscated, and cannot be taken over. Pure.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from fedserver.domain.moderation.domains import ALLOW, LIMIT, NONE, SUSPEND
from fedserver.domain.text.characters import plain
from protocol.errors import Malformed
from protocol.hosts import normalise_host

FORMATS: Final = ("csv", "json", "plain")
COLUMNS: Final = ("domain", "severity", "reject_media", "reject_reports", "public_comment", "obfuscate")
MAX_BYTES: Final = 5 * 1024 * 1024
MAX_ENTRIES: Final = 50_000
MAX_COMMENT: Final = 500
_MAX_PROBLEMS: Final = 20
# the words of Mastodon, Pleroma, GoToSocial and of lists by hand
_SEVERITIES: Final[Mapping[str, str]] = {
    "suspend": SUSPEND,
    "block": SUSPEND,
    "reject": SUSPEND,
    "silence": LIMIT,
    "limit": LIMIT,
    "noop": NONE,
    "none": NONE,
    "": SUSPEND,
}
_WORDS: Final[Mapping[str, str]] = {SUSPEND: "suspend", LIMIT: "silence", NONE: "noop", ALLOW: "noop"}
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
_TRUE: Final = frozenset({"true", "1", "yes", "t"})


class Listed(NamedTuple):
    """What a list says of a domain."""

    domain: str
    severity: str
    reject_media: bool = False
    reject_reports: bool = False
    public_comment: str = ""
    obfuscate: bool = False


class Read(NamedTuple):
    """Entries in the order of the list, each domain once (the first holds), and what could not be read, in words."""

    entries: tuple[Listed, ...]
    problems: tuple[str, ...]


class ListError(ValueError):
    """This is no list at all; the message says why."""


def read(data: bytes) -> Read:
    """A list in whatever format it is. Raises ``ListError``: too large, not text, broken, nothing in it."""
    if len(data) > MAX_BYTES:
        raise ListError(f"The list is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListError("The list is not text") from error
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml")):
        raise ListError("This is a web page, not a list")
    rows = _json(text) if start.startswith(("[", "{")) else _lines(text)
    entries: dict[str, Listed] = {}
    problems: list[str] = []
    for number, row in enumerate(rows, 1):
        if number > MAX_ENTRIES:
            raise ListError(f"The list has more than {MAX_ENTRIES} entries")
        try:
            entry = _entry(row)
        except ValueError as error:
            problems.append(f"{number}: {error}")
            continue
        entries.setdefault(entry.domain, entry)
    if not entries:
        raise ListError("The list has no domain in it")
    shown = problems[:_MAX_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"... and {len(problems) - len(shown)} more")
    return Read(tuple(entries.values()), tuple(shown))


def write(entries: Iterable[Listed], form: str) -> str:
    """A list in a format of ``FORMATS``. Plain text has the names alone, of what is suspended alone: whoever reads it
    takes it for that."""
    if form == "plain":
        return "".join(f"{each.domain}\n" for each in entries if each.severity == SUSPEND)
    rows = [_row(each) for each in entries]
    if form == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"#{name}" for name in COLUMNS])
    for row in rows:
        row["public_comment"] = _harmless(row["public_comment"])
        writer.writerow([str(row[name]).lower() if isinstance(row[name], bool) else row[name] for name in COLUMNS])
    return out.getvalue()


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; ``_comment`` reads it as it was."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _comment(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULAS) else text


def _row(entry: Listed) -> dict[str, Any]:
    return entry._asdict() | {"severity": _WORDS[entry.severity]}


def _json(text: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ListError("The JSON is broken") from error
    if isinstance(found, dict):
        names = ("domain_blocks", "blocks", "domains", "entries")
        found = next((found[name] for name in names if isinstance(found.get(name), list)), None)
    if not isinstance(found, list):
        raise ListError("The JSON has no list of domains")
    return [each if isinstance(each, dict) else {"domain": each} for each in found]


def _lines(text: str) -> list[Mapping[str, Any]]:
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    if not lines:
        return []
    first = lines[0].strip().lower()
    columns = [name.strip().lstrip("#").strip() for name in first.split(",")]
    if columns[0] != "domain":
        # plain: a name a line, whatever follows it is somebody's note
        return [{"domain": line.replace(",", " ").split()[0]} for line in lines if not line.lstrip().startswith("#")]
    try:
        rows = list(csv.reader(lines[1:], strict=False))
    except csv.Error as error:
        raise ListError("The CSV is broken") from error
    return [dict(zip(columns, row, strict=False)) for row in rows if row and not row[0].startswith("#")]


def _entry(row: Mapping[str, Any]) -> Listed:
    name = row.get("domain")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("no domain")
    name = name.strip().removeprefix("*.").removeprefix("@")
    if "*" in name:
        raise ValueError(f"{name[:100]} is obfuscated")
    try:
        domain = normalise_host(name)
    except Malformed as error:
        raise ValueError(f"{name[:100]} is no domain") from error
    if "." not in domain:
        # one label would meet a whole top-level domain
        raise ValueError(f"{name[:100]} is no domain of a server")
    word = str(row.get("severity") or "").strip().lower()
    if word not in _SEVERITIES:
        raise ValueError(f"{domain} has an unknown severity")
    comment = row.get("public_comment", row.get("comment"))
    return Listed(
        domain,
        _SEVERITIES[word],
        _true(row.get("reject_media")),
        _true(row.get("reject_reports")),
        _comment(plain(comment if isinstance(comment, str) else "").strip())[:MAX_COMMENT],
        _true(row.get("obfuscate")),
    )


def _true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() in _TRUE)
