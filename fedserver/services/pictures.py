"""Avatars and headers: the former picture goes with its files once nothing names it."""

from __future__ import annotations

from fedserver.db.queries import accounts, media
from fedserver.db.unit import Unit
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import accounts as account_service
from fedserver.services.accounts import ProfileChange


def update_profile(unit: Unit, account_id: int, change: ProfileChange) -> None:
    """``accounts.update_profile``, and pictures that are no longer shown are removed."""
    before = unit.get(accounts.by_id(account_id))
    account_service.update_profile(unit, account_id, change)
    after = unit.get(accounts.by_id(account_id))
    for old_id in {before.avatar_id, before.header_id} - {after.avatar_id, after.header_id, None}:
        old = unit.one(media.by_id(old_id)) if old_id is not None else None
        if old is None or old.role == "attachment":
            continue
        unit.run(media.remove(old.id))
        files = [key for key in (old.original_key, old.file_key, old.preview_key) if key]
        if files:
            enqueue(unit, "media.remove_files", {"keys": files})
