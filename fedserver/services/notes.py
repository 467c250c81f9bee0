"""What moderators write down for each other about accounts and reports, and words of warnings that are used again."""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import accounts
from fedserver.db.queries import people as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import one_line, plain
from fedserver.kit.errors import Forbidden, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services.reports import COMMUNITY, judged, log_action

MAX_NOTE: Final = 2000
MAX_PRESETS: Final = 100


def add(unit: Unit, target: str, target_id: int, text: str, author: Account | None) -> int:
    """A note about an ``account`` or a ``report``; its id. ``NotFound`` where there is no such thing."""
    if target == "account":
        unit.get(accounts.by_id(target_id))
    else:
        judged(unit, target_id, author)
    note_id = unit.new_id()
    values = {
        "id": note_id,
        "target": target,
        "target_id": target_id,
        "author_id": author.id if author else None,
        "text": _text(text),
        "created_at": unit.now,
    }
    unit.run(rows.add_note(values))
    log_action(unit, author, f"{target}.note", f"{target}:{target_id}")
    return note_id


def remove(unit: Unit, note_id: int, moderator: Account | None, *, others: bool = False) -> None:
    """Delete one's own note; ``others``: anybody's. ``Forbidden`` for another's."""
    note = unit.get(rows.note(note_id))
    if moderator is not None and note.author_id != moderator.id and not others:
        raise Forbidden(lazy("This action is not allowed"))
    unit.run(rows.drop_note(note_id))
    log_action(unit, moderator, f"{note.target}.note.remove", f"{note.target}:{note.target_id}")


def save_preset(unit: Unit, preset_id: int | None, *, title: str, text: str, moderator: Account | None) -> int:
    """Keep the words of a warning; its id."""
    values = {"title": one_line(plain(title)).strip()[:100], "text": _text(text), "updated_at": unit.now}
    if preset_id is None:
        if len(unit.all(rows.presets())) >= MAX_PRESETS:
            raise Invalid(lazy("There are too many of them"))
        made = unit.new_id()
        unit.run(rows.add_preset({"id": made, "community_id": COMMUNITY, "created_at": unit.now, **values}))
    else:
        made = unit.get(rows.preset(preset_id)).id
        unit.run(rows.change_preset(made, values))
    log_action(unit, moderator, "warning_preset.save", f"warning_preset:{made}", str(values["title"]))
    return made


def remove_preset(unit: Unit, preset_id: int, moderator: Account | None) -> None:
    """Forget the words of a warning; what was said with them stays."""
    preset = unit.get(rows.preset(preset_id))
    unit.run(rows.drop_preset(preset_id))
    log_action(unit, moderator, "warning_preset.remove", f"warning_preset:{preset_id}", preset.title)


def _text(text: str) -> str:
    text = plain(text).strip()
    if not text or len(text) > MAX_NOTE:
        raise Invalid(lazy("A note has 1 to %(count)d characters", count=MAX_NOTE))
    return text
