"""Filters of one's own (Mastodon 4.0 and later): words and single posts, with contexts, an action and an end.

Every change gives the account's filters a new number (``filter_versions``) and is told to open streams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from fedserver.db.queries import filters, labelers, preferences
from fedserver.db.queries.filters import Keyword
from fedserver.db.unit import Unit
from fedserver.domain.filtering import ACTIONS, CONTEXTS, HIDE, WARN, bits_of
from fedserver.domain.provenance.reading import CHOICES, Wishes, wishes_of
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import lazy
from fedserver.services import access
from fedserver.services.events import FiltersChanged
from fedserver.services.preferences import change_kept

TITLE_LENGTH = 256
KEYWORD_LENGTH = 512
# Mastodon has no limits here; these keep the cost of one's own pages bounded
MAX_FILTERS = 200
MAX_KEYWORDS = 1000
MAX_STATUSES = 1000
_LONGEST_S = 100 * 366 * 24 * 3600


class WordChange(NamedTuple):
    """A keyword that is added (no ``id``), changed or removed; None leaves what there is."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = False


@dataclass(frozen=True, slots=True)
class FilterChange:
    """What a filter is to be; None leaves what there is. ``expires_in_s`` counts only when ``sets_expiry``."""

    title: str | None = None
    contexts: Sequence[str] | None = None
    action: str | None = None
    sets_expiry: bool = False
    expires_in_s: int | None = None
    words: Sequence[WordChange] = ()
    # what the title is called in errors: the old API calls it the phrase
    title_name: str = "Title"


def create(unit: Unit, account_id: int, change: FilterChange) -> int:
    """A new filter; its id."""
    _check(change, title=change.title or "", contexts=change.contexts or ())
    if any(word.id is not None for word in change.words):
        raise NotFound
    if (unit.one(filters.count(account_id)) or 0) >= MAX_FILTERS:
        raise Invalid(lazy("Validation failed: You have reached the maximum number of filters"))
    filter_id = unit.new_id()
    values = {
        "id": filter_id,
        "account_id": account_id,
        "title": change.title,
        "contexts": bits_of(change.contexts or ()),
        "action": ACTIONS.index(change.action) if change.action else WARN,
        "created_at": unit.now,
        "expires_at": _expiry(unit, change),
    }
    unit.run(filters.add(values))
    _apply_words(unit, account_id, filter_id, change.words)
    touched(unit, account_id)
    return filter_id


def update(unit: Unit, account_id: int, filter_id: int, change: FilterChange) -> None:
    """Change one's own filter."""
    known = unit.get(filters.one(account_id, filter_id))
    _check(change)
    values = _values(unit, change)
    if values:
        unit.run(filters.change(known.id, values))
    _apply_words(unit, account_id, known.id, change.words)
    touched(unit, account_id)


def remove(unit: Unit, account_id: int, filter_id: int) -> None:
    """Remove one's own filter with all that is in it."""
    unit.run(filters.drop(unit.get(filters.one(account_id, filter_id)).id))
    touched(unit, account_id)


def add_keyword(unit: Unit, account_id: int, filter_id: int, word: WordChange) -> int:
    """Add a keyword to one's own filter; its id."""
    unit.get(filters.one(account_id, filter_id))
    _check_room(len(unit.all(filters.keywords(account_id))) + 1)
    made = _add_word(unit, filter_id, word, _("Keyword"))
    touched(unit, account_id)
    return made


def change_keyword(unit: Unit, account_id: int, keyword_id: int, word: WordChange) -> None:
    """Change a keyword of one's own."""
    known = unit.get(filters.keyword(account_id, keyword_id))
    _change_word(unit, known, word, _("Keyword"))
    touched(unit, account_id)


def remove_keyword(unit: Unit, account_id: int, keyword_id: int) -> None:
    """Remove a keyword of one's own; its filter stays."""
    unit.run(filters.drop_keyword(unit.get(filters.keyword(account_id, keyword_id)).id))
    touched(unit, account_id)


def add_status(unit: Unit, account_id: int, filter_id: int, status_id: int) -> int:
    """Add a post that the account may see to one's own filter; the id of the row."""
    unit.get(filters.one(account_id, filter_id))
    status = access.visible_status(unit, account_id, status_id)
    if len(unit.all(filters.statuses(account_id))) >= MAX_STATUSES:
        raise Invalid(lazy("Validation failed: You have reached the maximum number of filtered posts"))
    row_id = unit.new_id()
    if not unit.made(filters.add_status({"id": row_id, "filter_id": filter_id, "status_id": status.id})):
        raise Invalid(lazy("Validation failed: Status has already been taken"))
    touched(unit, account_id)
    return row_id


def remove_status(unit: Unit, account_id: int, row_id: int) -> None:
    """Take a post out of one's own filter, by the id of the row."""
    unit.run(filters.drop_status(unit.get(filters.status(account_id, row_id)).id))
    touched(unit, account_id)


def update_first(unit: Unit, account_id: int, keyword_id: int, change: FilterChange) -> None:
    """The old API's filter, which is one keyword: what belongs to the filter changes only where it has no other."""
    known = unit.get(filters.keyword(account_id, keyword_id))
    parent = unit.get(filters.one(account_id, known.filter_id))
    _check(change)
    for word in change.words:
        _change_word(unit, known, word, _("Phrase"))
    values = _values(unit, change)
    values.pop("title", None)
    if values.get("action") == WARN and parent.action != HIDE:
        # "not irreversible" is said of everything that is not hidden
        del values["action"]
    if any(getattr(parent, name) != value for name, value in values.items()):
        if sum(each.filter_id == parent.id for each in unit.all(filters.keywords(account_id))) > 1:
            raise Invalid(
                lazy(
                    "These parameters cannot be changed from this application because they apply to more than one"
                    " filter keyword. Use a more recent application or the web interface."
                )
            )
        unit.run(filters.change(parent.id, values))
    touched(unit, account_id)


def touched(unit: Unit, account_id: int) -> None:
    """What somebody is shown of posts changed, by filters or by what they chose of labels: a new number for it."""
    left = (
        unit.one(filters.count(account_id))
        or wishes(unit, account_id).filter
        or unit.one(labelers.reading(account_id)) is not None
    )
    unit.run(filters.touch(account_id, unit.new_id() if left else 0))
    unit.record(FiltersChanged(account_id))


def wishes(unit: Unit, account_id: int) -> Wishes:
    """What a reader wants of AI media and of unlabelled ones."""
    row = unit.one(preferences.of_account(account_id))
    return wishes_of(orjson.loads(row.preferences)) if row is not None else Wishes()


def wish(unit: Unit, account_id: int, *, ai: str | None = None, unlabelled: str | None = None) -> None:
    """Change what a reader wants of them; None leaves what there is. Open streams hear of it like of a filter."""
    given = {name: text for name, text in (("media_ai", ai), ("media_unlabelled", unlabelled)) if text is not None}
    if not set(given.values()) <= set(CHOICES):
        raise Invalid(lazy("Validation failed: Provenance is not one of show, label, blur, hide"))
    if given:
        change_kept(unit, account_id, given)
        touched(unit, account_id)


def _check(change: FilterChange, *, title: str | None = None, contexts: Sequence[str] | None = None) -> None:
    """``Invalid`` with everything that is wrong, in Mastodon's words. A change may leave out what a new one may not."""
    title = change.title if title is None else title
    contexts = change.contexts if contexts is None else contexts
    wrong: list[str] = []
    if title is not None and not title.strip():
        wrong.append(_("%(name)s can't be blank") % {"name": change.title_name})
    if title is not None and len(title) > TITLE_LENGTH:
        wrong.append(_too_long(change.title_name, TITLE_LENGTH))
    if contexts is not None and not contexts:
        wrong.append(_("Context can't be blank"))
    if contexts is not None and (not contexts or not set(contexts) <= set(CONTEXTS)):
        wrong.append(_("Context None or invalid context supplied"))
    if change.action is not None and change.action not in ACTIONS:
        wrong.append(_("Action is not included in the list"))
    _refuse(wrong)


def _values(unit: Unit, change: FilterChange) -> dict[str, int | str | None]:
    values: dict[str, int | str | None] = {}
    if change.title is not None:
        values["title"] = change.title
    if change.contexts is not None:
        values["contexts"] = bits_of(change.contexts)
    if change.action is not None:
        values["action"] = ACTIONS.index(change.action)
    if change.sets_expiry:
        values["expires_at"] = _expiry(unit, change)
    return values


def _expiry(unit: Unit, change: FilterChange) -> int | None:
    if change.expires_in_s is None:
        return None
    return unit.now + min(change.expires_in_s, _LONGEST_S) * 1000


def _apply_words(unit: Unit, account_id: int, filter_id: int, words: Sequence[WordChange]) -> None:
    named = {word.id for word in words if word.id is not None}
    if not words:
        return
    present = unit.all(filters.keywords(account_id))
    known = {row.id: row for row in present if row.filter_id == filter_id}
    _check_room(len(present) + sum(word.id is None for word in words))
    if not named <= set(known):
        raise NotFound
    for word in words:
        if word.id is None:
            if not word.destroy:
                _add_word(unit, filter_id, word, _("Keywords keyword"))
        elif word.destroy:
            unit.run(filters.drop_keyword(word.id))
        else:
            _change_word(unit, known[word.id], word, _("Keywords keyword"))


def _check_room(keywords: int) -> None:
    if keywords > MAX_KEYWORDS:
        raise Invalid(lazy("Validation failed: You have reached the maximum number of filter keywords"))


def _add_word(unit: Unit, filter_id: int, word: WordChange, name: str) -> int:
    keyword = _checked(word.keyword or "", name)
    keyword_id = unit.new_id()
    values = {"id": keyword_id, "filter_id": filter_id, "keyword": keyword}
    unit.run(filters.add_keyword({**values, "whole_word": int(word.whole_word is not False)}))
    return keyword_id


def _change_word(unit: Unit, known: Keyword, word: WordChange, name: str) -> None:
    values: dict[str, object] = {}
    if word.keyword is not None:
        values["keyword"] = _checked(word.keyword, name)
    if word.whole_word is not None:
        values["whole_word"] = int(word.whole_word)
    if values:
        unit.run(filters.change_keyword(known.id, values))


def _checked(keyword: str, name: str) -> str:
    wrong: list[str] = []
    if not keyword.strip():
        wrong.append(_("%(name)s can't be blank") % {"name": name})
    if len(keyword) > KEYWORD_LENGTH:
        wrong.append(_too_long(name, KEYWORD_LENGTH))
    _refuse(wrong)
    return keyword.strip()


def _too_long(name: str, limit: int) -> str:
    return _("%(name)s is too long (maximum is %(limit)d characters)") % {"name": name, "limit": limit}


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        raise Invalid(lazy("Validation failed: %(reasons)s", reasons=", ".join(wrong)))
