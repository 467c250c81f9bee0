"""Defaults of one's own posts."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from fedserver.db.queries import accounts, preferences
from fedserver.db.unit import Unit
from fedserver.domain.interactions import POLICIES
from fedserver.domain.languages import known_language
from fedserver.domain.provenance.declarations import SOURCE_TYPES
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy


def change(
    unit: Unit,
    account_id: int,
    *,
    visibility: int | None = None,
    sensitive: bool | None = None,
    language: str | None = None,
    quote_policy: str | None = None,
    media_made: str | None = None,
) -> None:
    """Change what is not None; a language that nobody knows, as '', means none."""
    values: dict[str, object] = {}
    if visibility is not None:
        values["default_visibility"] = visibility
    if sensitive is not None:
        values["default_sensitive"] = int(sensitive)
    if language is not None:
        values["default_language"] = known_language(language)
    if quote_policy is not None:
        if quote_policy not in POLICIES:
            raise Invalid(lazy("Validation failed: Quote policy is not included in the list"))
        row = unit.get(preferences.of_account(account_id))
        values["preferences"] = orjson.dumps({**orjson.loads(row.preferences), "quote_policy": quote_policy}).decode()
    if media_made is not None and media_made not in ("", *SOURCE_TYPES):
        raise Invalid(lazy("Validation failed: Provenance is not included in the list"))
    if values:
        unit.get(accounts.by_id(account_id))
        unit.run(preferences.change(account_id, values))
    if media_made is not None:
        change_kept(unit, account_id, {"media_made": media_made})


def change_kept(unit: Unit, account_id: int, wanted: Mapping[str, object]) -> None:
    """Change preferences that only clients read."""
    row = unit.get(preferences.of_account(account_id))
    kept = {**orjson.loads(row.preferences), **wanted}
    unit.run(preferences.change(account_id, {"preferences": orjson.dumps(kept).decode()}))
