"""Notes of moderators, and texts of warnings that are used again."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select

from fedserver.db.statement import Query, Statement, columns, insert, nothing
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, moderator_notes, warning_presets


class Note(NamedTuple):
    """A note with the name of who wrote it (None: gone, or the command line); ``target``: account or report."""

    id: int
    target: str
    target_id: int
    author_id: int | None
    text: str
    created_at: int
    username: str | None


class Preset(NamedTuple):
    """A row of ``warning_presets``."""

    id: int
    community_id: int
    title: str
    text: str
    created_at: int
    updated_at: int


_n, _p = moderator_notes.c, warning_presets.c
_notes = (
    select(_n.id, _n.target, _n.target_id, _n.author_id, _n.text, _n.created_at, accounts.c.username)
    .select_from(moderator_notes.outerjoin(accounts, accounts.c.id == _n.author_id))
    .order_by(_n.id)
)
_ABOUT = Statement(
    _notes.where(_n.target == bindparam("target"), _n.target_id == bindparam("target_id")).limit(500), Note._make
)
_NOTE = Statement(_notes.where(_n.id == bindparam("id")), Note._make)
_DROP_NOTE = Statement(delete(moderator_notes).where(_n.id == bindparam("id")), nothing)
_PRESETS = Statement(select(*columns(warning_presets, Preset)).order_by(_p.title, _p.id), Preset._make)
_PRESET = Statement(select(*columns(warning_presets, Preset)).where(_p.id == bindparam("id")), Preset._make)
_DROP_PRESET = Statement(delete(warning_presets).where(_p.id == bindparam("id")), nothing)


def notes_about(target: str, target_id: int) -> Query[Note]:
    """What moderators wrote about an account or a report, oldest first."""
    return _ABOUT(target=target, target_id=target_id)


def note(note_id: int) -> Query[Note]:
    return _NOTE(id=note_id)


def add_note(values: dict[str, Any]) -> Query[None]:
    return insert(moderator_notes, values)


def drop_note(note_id: int) -> Query[None]:
    return _DROP_NOTE(id=note_id)


def presets() -> Query[Preset]:
    """By title."""
    return _PRESETS()


def preset(preset_id: int) -> Query[Preset]:
    return _PRESET(id=preset_id)


def add_preset(values: dict[str, Any]) -> Query[None]:
    return insert(warning_presets, values)


def change_preset(preset_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(warning_presets, "id", preset_id, values)


def drop_preset(preset_id: int) -> Query[None]:
    return _DROP_PRESET(id=preset_id)
