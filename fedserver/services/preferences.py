"""Defaults of one's own posts."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from fedserver.db.queries import accounts, preferences
from fedserver.db.unit import Unit
from fedserver.domain.interactions import POLICIES
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy

_LANGUAGE_LENGTH = 16


def change(
    unit: Unit,
    account_id: int,
    *,
    visibility: int | None = None,
    sensitive: bool | None = None,
    language: str | None = None,
    quote_policy: str | None = None,
) -> None:
    """Change what is not None; '' as the language means none."""
    values: dict[str, object] = {}
    if visibility is not None:
        values["default_visibility"] = visibility
    if sensitive is not None:
        values["default_sensitive"] = int(sensitive)
    if language is not None:
        if len(language) > _LANGUAGE_LENGTH or not (language + "a").replace("-", "").isalnum():
            raise Invalid(lazy("Validation failed: Language is not valid"))
        values["default_language"] = language or None
    if quote_policy is not None:
        if quote_policy not in POLICIES:
            raise Invalid(lazy("Validation failed: Quote policy is not included in the list"))
        row = unit.get(preferences.of_account(account_id))
        values["preferences"] = orjson.dumps({**orjson.loads(row.preferences), "quote_policy": quote_policy}).decode()
    if values:
        unit.get(accounts.by_id(account_id))
        unit.run(preferences.change(account_id, values))


def change_kept(unit: Unit, account_id: int, wanted: Mapping[str, object]) -> None:
    """Change preferences that only clients read."""
    row = unit.get(preferences.of_account(account_id))
    kept = {**orjson.loads(row.preferences), **wanted}
    unit.run(preferences.change(account_id, {"preferences": orjson.dumps(kept).decode()}))
