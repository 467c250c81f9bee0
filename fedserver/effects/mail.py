"""Mails that follow from events: a job in the same transaction. Nothing where the node sends no mail.

The job's payload names people and never holds a secret: links are made when the mail is written (``jobs/mail.py``).
"""

from __future__ import annotations

from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.tokens import hash_token
from fedserver.services import events, roles


def address_given(tools: Tools, unit: Unit, event: events.AddressGiven) -> None:
    """One mail for each address: to whoever claims it, or to whoever has it."""
    if event.taken_by is not None:
        send(unit, "taken", event.taken_by)
    else:
        send(unit, "confirm", event.user_id, once=f"mail.confirm:{event.user_id}")


def reset_asked(tools: Tools, unit: Unit, event: events.ResetAsked) -> None:
    """The same row whether or not somebody has the address, so that the time does not tell."""
    send(unit, "reset", None, to=event.address, once=f"mail.reset:{hash_token(event.address).hex()}")


def user_decided(tools: Tools, unit: Unit, event: events.UserDecided) -> None:
    if event.address is not None:
        kind = "approved" if event.approved else "rejected"
        send(unit, kind, None, to=event.address, locale=event.locale, about=event.username)


def account_changed(tools: Tools, unit: Unit, event: events.AccountChanged) -> None:
    send(unit, event.what, event.user_id, to=event.address, about=event.about)


def signed_up(tools: Tools, unit: Unit, event: events.SignedUp) -> None:
    """Moderators hear of whoever waits for them."""
    if event.pending and unit.site.mail:
        for holder in roles.staff(unit, "manage_users"):
            send(unit, "pending", holder.user_id, about=event.account.username)


def reported(tools: Tools, unit: Unit, event: events.Reported) -> None:
    """Whoever looks after reports hears of one; of many at once, once. Never whom it is about."""
    if not event.again and unit.site.mail:
        for holder in roles.staff(unit, "manage_reports"):
            if holder.account_id == event.target.id:
                continue
            once = f"mail.reported:{holder.user_id}"
            send(unit, "reported", holder.user_id, about=event.target.acct, once=once)


def registration_dropped(tools: Tools, unit: Unit, event: events.RegistrationDropped) -> None:
    """Whoever can open it again hears that newcomers wait from now on."""
    if unit.site.mail:
        for holder in roles.staff(unit, "manage_settings"):
            send(unit, f"registration-{event.why}", holder.user_id, once=f"mail.registration:{holder.user_id}")


def send(
    unit: Unit,
    kind: str,
    user_id: int | None,
    *,
    to: str | None = None,
    locale: str | None = None,
    about: str = "",
    once: str | None = None,
) -> None:
    """Queue a mail of ``render.mails``; nothing where the node sends none."""
    if not unit.site.mail:
        return
    payload = {"kind": kind, "user_id": user_id, "to": to, "locale": locale, "about": about, "at": unit.now}
    # the mark names the mail: it is the same at every try, so that whoever gets it twice can see that
    enqueue(unit, "mail.send", {**payload, "mark": f"{unit.new_id()}.{kind}"}, once=once)
