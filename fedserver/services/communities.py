"""The community's own page and rules: created once, edited by its admins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import orjson

from fedserver.db.queries import communities as rows
from fedserver.db.queries import terms
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.services.reports import COMMUNITY, log_action

REGISTRATION = ("closed", "invite", "approval", "open")
INVITES_BY = ("user", "moderator", "admin")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
MAX_RULES = 50
MAX_RULE = 1000
_LENGTHS = {
    "title": 100,
    "short_description": 500,
    "description": 20_000,
    "terms": 50_000,
    "privacy": 50_000,
    "contact_email": 320,
    "registration_message": 2000,
}


@dataclass(frozen=True, slots=True)
class CommunityChange:
    """What to change; None leaves a value as it is."""

    title: str | None = None
    short_description: str | None = None
    description: str | None = None
    terms: str | None = None
    # the day (``2026-11-22``, UTC) from which new terms hold; '' and None: today
    terms_from: str | None = None
    privacy: str | None = None
    contact_email: str | None = None
    contact_account_id: int | None = None
    registration: str | None = None
    registration_message: str | None = None
    invites_by: str | None = None
    languages: Sequence[str] | None = None
    # whether the public log names servers, and the moderators who decided
    log_servers: bool | None = None
    log_moderators: bool | None = None


def create(unit: Unit, *, title: str, registration: str, contact_email: str = "") -> None:
    """Make the node's own community; nothing when it is there already."""
    if unit.one(rows.by_id(COMMUNITY)) is not None:
        return
    _check_registration(registration)
    unit.run(
        rows.add(
            {
                "id": COMMUNITY,
                "slug": "main",
                "title": title,
                "registration": registration,
                "contact_email": contact_email,
                "created_at": unit.now,
                "updated_at": unit.now,
            }
        )
    )


def update(unit: Unit, change: CommunityChange, actor: Account | None) -> None:
    """Change the community. ``Invalid``: an empty title, a text that is too long, an unknown way to register."""
    values: dict[str, object] = {}
    for name, longest in _LENGTHS.items():
        text = getattr(change, name)
        if text is None:
            continue
        if len(text) > longest:
            raise Invalid(lazy("%(name)s is too long (maximum is %(count)d characters)", name=name, count=longest))
        values[name] = text.strip()
    if values.get("title") == "":
        raise Invalid(lazy("The community needs a name"))
    if change.registration is not None:
        _check_registration(change.registration)
        values["registration"] = change.registration
    if change.invites_by:
        if change.invites_by not in INVITES_BY:
            raise Invalid(lazy("Invitations are made by user, moderator or admin"))
        values["invites_by"] = change.invites_by
    if change.contact_account_id is not None:
        values["contact_account_id"] = change.contact_account_id
    if change.languages is not None:
        values["languages"] = orjson.dumps(list(change.languages)).decode()
    for name in ("log_servers", "log_moderators"):
        wanted = getattr(change, name)
        if wanted is not None:
            values[name] = int(wanted)
    if values:
        _keep_terms(unit, values.get("terms"), change.terms_from or "")
        unit.run(rows.change(COMMUNITY, {**values, "updated_at": unit.now}))
        log_action(unit, actor, "community.update", "community", ", ".join(sorted(values)))


def _keep_terms(unit: Unit, text: object, wanted: str) -> None:
    """New terms hold from today or a later day; the former ones stay readable under their day."""
    community, today = unit.one(rows.by_id(COMMUNITY)), to_iso(unit.now)[:10]
    if not isinstance(text, str) or community is None or (text == community.terms and not wanted):
        return
    if wanted and (not _DAY.fullmatch(wanted) or wanted < today or not _exists(wanted)):
        raise Invalid(lazy("New terms hold from today or from a later day"))
    unit.run(terms.put(unit.new_id(), terms.Terms(text, wanted or today), unit.now, COMMUNITY))


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def set_rules(
    unit: Unit,
    texts: Sequence[tuple[str, str]],
    actor: Account | None,
    translations: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType({}),
) -> None:
    """Replace the rules by ``(text, hint)`` in order. A rule whose text stays keeps its id: reports name it.

    ``translations``: by the text of a rule, language -> {text, hint}.
    """
    wanted = [(text.strip(), hint.strip()) for text, hint in texts if text.strip()]
    if len(wanted) > MAX_RULES or any(len(text) > MAX_RULE or len(hint) > MAX_RULE for text, hint in wanted):
        raise Invalid(lazy("There are too many rules, or one is too long"))
    known = {rule.text: rule for rule in unit.all(rows.rules_of(COMMUNITY))}
    for position, (text, hint) in enumerate(wanted):
        rule, told = known.pop(text, None), orjson.dumps(translations.get(text, {})).decode()
        if rule is not None:
            unit.run(rows.change_rule(rule.id, {"position": position, "hint": hint, "translations": told}))
            continue
        unit.run(
            rows.add_rule(
                {
                    "id": unit.new_id(),
                    "community_id": COMMUNITY,
                    "position": position,
                    "text": text,
                    "hint": hint,
                    "translations": told,
                    "created_at": unit.now,
                }
            )
        )
    for rule in known.values():
        unit.run(rows.drop_rule(rule.id, COMMUNITY))
    log_action(unit, actor, "community.rules", "community", str(len(wanted)))


def _check_registration(mode: str) -> None:
    if mode not in REGISTRATION:
        raise Invalid(lazy("Registration is closed, invite, approval or open"))
