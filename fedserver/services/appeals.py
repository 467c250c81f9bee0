"""Appeals: once against a decision, by whom it hits, decided by somebody other than who decided first."""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import accounts, users
from fedserver.db.queries import decisions as read
from fedserver.db.queries import ledger as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Appeal, Decision
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import plain
from fedserver.kit.errors import Conflict, Forbidden, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import hash_token
from fedserver.services import ledger, roles
from fedserver.services.moderation_events import AppealDecided, AppealFiled
from fedserver.services.reports import log_action
from fedserver.services.users import make_link

MAX_TEXT: Final = 2000
# what a link is for that works without signing in: for those who were stopped from it
APPEAL: Final = "appeal"
LINK_MS: Final = 20 * 24 * 3600 * 1000


def file(unit: Unit, account: Account, decision_id: int, text: str) -> Appeal:
    """Ask for a decision to be looked at again. ``NotFound``: it is no decision about this account (or there is none).

    ``Conflict``: it was appealed before, or no longer holds. ``Invalid``: no text, or too late.
    """
    decision = unit.one(rows.by_id(decision_id))
    if decision is None or decision.account_id != account.id:
        raise NotFound
    text = plain(text).strip()
    if not text or len(text) > MAX_TEXT:
        raise Invalid(lazy("An appeal has between 1 and %(count)d characters", count=MAX_TEXT))
    if not decision.standing:
        raise Conflict(lazy("This decision no longer holds"))
    if decision.appeal_until is None or decision.appeal_until <= unit.now:
        raise Invalid(lazy("This decision cannot be appealed any more"))
    values = {
        "id": unit.new_id(),
        "decision_id": decision.id,
        "account_id": account.id,
        "text": text,
        "created_at": unit.now,
    }
    if not unit.made(rows.add_appeal(values)):
        raise Conflict(lazy("This decision was appealed already"))
    appeal = unit.get(rows.appeal_of(decision.id))
    log_action(unit, account, "appeal.file", decision.target_uri)
    unit.record(AppealFiled(appeal, decision, account))
    return appeal


def link(unit: Unit, user_id: int) -> str:
    """The path of a page where somebody who cannot sign in reads what was decided about them, and appeals."""
    return f"/appeal/{make_link(unit, user_id, APPEAL, LINK_MS)}"


def behind(unit: Unit, token: str) -> Account:
    """Whose link it is. ``NotFound`` when it is not valid (any more)."""
    found = unit.one(users.link(hash_token(token)))
    if found is None or found.purpose != APPEAL or found.expires_at <= unit.now:
        raise NotFound(lazy("This link is not valid any more"))
    return unit.get(accounts.by_id(unit.get(users.by_id(found.user_id)).account_id))


def grant(unit: Unit, appeal_id: int, moderator: Account, answer: str = "", *, others: bool = False) -> Decision:
    """Take the decision back. ``others``: what the author was told of as one with it, too."""
    appeal, decision = _open(unit, appeal_id)
    note = _check_decider(unit, decision, moderator)
    _close(unit, appeal, moderator, "granted", answer)
    log_action(unit, moderator, "appeal.grant", decision.target_uri, _detail(answer, note))
    found = unit.all(read.told_with(decision)) if others else [decision]
    for each in found:
        if each.standing:
            ledger.undo(unit, each.id, moderator, plain(answer).strip())
    decision = unit.get(rows.by_id(decision.id))
    unit.record(AppealDecided(unit.get(rows.appeal(appeal_id)), decision))
    return decision


def refuse(unit: Unit, appeal_id: int, moderator: Account, answer: str = "") -> Decision:
    """Leave the decision as it is, for good."""
    appeal, decision = _open(unit, appeal_id)
    note = _check_decider(unit, decision, moderator)
    _close(unit, appeal, moderator, "refused", answer)
    log_action(unit, moderator, "appeal.refuse", decision.target_uri, _detail(answer, note))
    unit.record(AppealDecided(unit.get(rows.appeal(appeal_id)), decision))
    return decision


def may_decide(unit: Unit, decision: Decision, moderator: Account) -> bool:
    """Whether this moderator may answer an appeal against the decision."""
    try:
        _check_decider(unit, decision, moderator)
    except Forbidden:
        return False
    return True


def _open(unit: Unit, appeal_id: int) -> tuple[Appeal, Decision]:
    appeal = unit.one(rows.appeal(appeal_id))
    if appeal is None:
        raise NotFound
    if appeal.decided_at is not None:
        raise Conflict(lazy("This appeal was decided already"))
    return appeal, unit.get(rows.by_id(appeal.decision_id))


def _close(unit: Unit, appeal: Appeal, moderator: Account, outcome: str, answer: str) -> None:
    answer = plain(answer).strip()
    if len(answer) > MAX_TEXT:
        raise Invalid(lazy("An answer has at most %(count)d characters", count=MAX_TEXT))
    values = {"decided_at": unit.now, "decided_by": moderator.id, "outcome": outcome, "answer": answer}
    unit.run(rows.change_appeal(appeal.id, values))


def _check_decider(unit: Unit, decision: Decision, moderator: Account) -> str:
    """What the log says of it besides. ``Forbidden``: it is the moderator's own decision, or about themselves."""
    if moderator.id == decision.account_id:
        raise Forbidden(lazy("Nobody decides about themselves"))
    if moderator.id != decision.actor_id:
        return ""
    others = {each.account_id for each in roles.staff(unit, "manage_appeals")}
    if others - {moderator.id, decision.account_id}:
        raise Forbidden(lazy("Somebody other than who decided looks at an appeal"))
    return "decided by the same person: there is nobody else"


def _detail(answer: str, note: str) -> str:
    return f"{plain(answer).strip()} ({note})".strip() if note else plain(answer).strip()
