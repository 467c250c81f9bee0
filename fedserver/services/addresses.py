"""E-mail addresses: named by their users, confirmed by whoever reads the mail. Without mail they are taken as given.

An address that is not confirmed stands apart (``unconfirmed_email``): nobody signs in with it, it is nobody's, and two
users may name the same one. Which of them gets it is decided by the mail.
"""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import users as rows
from fedserver.db.queries.users import User
from fedserver.db.unit import Unit
from fedserver.kit.errors import Forbidden, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import hash_token
from fedserver.services import signup, users
from fedserver.services.events import AccessRevoked, AccountChanged, AddressGiven, SignedUp

CONFIRM_MS = 2 * 24 * 3600 * 1000


class Confirmed(NamedTuple):
    """``state`` of the user from now on: active, pending or disabled."""

    user_id: int
    state: str


def give(unit: Unit, user_id: int, text: str, mail_hosts: tuple[str, ...] = ()) -> None:
    """Name another address. It counts once it is confirmed, or at once where the node sends no mail.

    The answer never tells whether somebody has it already: its owner is told by mail. ``Invalid``: no address, or one
    that newcomers cannot use (``mail_hosts``: which hosts take its mail, as far as that is known).
    """
    address = users.clean_email(text)
    if address is None:
        raise Invalid(lazy("Validation failed: E-mail can't be blank"))
    user = unit.get(rows.by_id(user_id))
    if address != user.email:
        signup.check_mailbox(unit, signup.Applicant(email=address, mail_hosts=mail_hosts))
    owner = unit.one(rows.by_login(address, ""))
    if owner is not None and owner.id == user_id:
        unit.run(rows.change(user_id, {"unconfirmed_email": None}))
        return
    if not unit.site.mail:
        if owner is not None:
            raise Invalid(lazy("This e-mail address cannot be used"))
        unit.run(rows.change(user_id, {"email": address}))
        return
    unit.run(rows.drop_links_of(user_id, "confirm"))
    unit.run(rows.change(user_id, {"unconfirmed_email": address}))
    unit.record(AddressGiven(user.id, address, owner.id if owner is not None else None))


def remind(unit: Unit, user_id: int) -> None:
    """Send the mail once more; nothing when no address waits."""
    address = unit.get(rows.by_id(user_id)).unconfirmed_email
    if address is not None:
        give(unit, user_id, address)


def withdraw(unit: Unit, user_id: int) -> None:
    """Keep the present address. ``Forbidden`` for somebody who has none yet."""
    if unit.get(rows.by_id(user_id)).state == "unconfirmed":
        raise Forbidden()
    unit.run(rows.drop_links_of(user_id, "confirm"))
    unit.run(rows.change(user_id, {"unconfirmed_email": None}))


def make_link(unit: Unit, user: User) -> str | None:
    """The secret part of the link that goes into the mail; earlier ones are void. None when nothing waits any more."""
    if user.unconfirmed_email is None:
        return None
    return users.make_link(unit, user.id, "confirm", CONFIRM_MS, user.unconfirmed_email)


def check_link(unit: Unit, token: str, viewer_id: int | None) -> User:
    """Whose link it is. ``NotFound`` for one that is not valid any more, or that is another user's than the viewer."""
    link = unit.one(rows.link(hash_token(token)))
    user = None if link is None or link.purpose != "confirm" else unit.one(rows.by_id(link.user_id))
    if link is None or user is None or link.expires_at <= unit.now or link.email != user.unconfirmed_email:
        raise NotFound(lazy("This link is not valid any more"))
    if viewer_id is not None and viewer_id != user.id:
        raise NotFound(lazy("This link belongs to another account"))
    return user


def confirm(unit: Unit, token: str, viewer_id: int | None = None) -> Confirmed:
    """Take the address of a link, once. ``NotFound`` as ``check_link``, and when somebody else confirmed it first."""
    user = check_link(unit, token, viewer_id)
    owner = unit.one(rows.by_login(user.unconfirmed_email or "", ""))
    if owner is not None and owner.id != user.id:
        raise NotFound(lazy("This link is not valid any more"))
    state = user.state if user.state != "unconfirmed" else "pending" if user.unapproved else "active"
    values = {"email": user.unconfirmed_email, "unconfirmed_email": None, "confirmed_at": unit.now, "state": state}
    unit.run(rows.change(user.id, values))
    unit.run(rows.drop_links(user.id))
    account = unit.get(account_rows.by_id(user.account_id))
    if user.state == "unconfirmed":
        unit.run(account_rows.changed(account.id))
        # what is kept of tokens and sessions says "unconfirmed": read it anew
        unit.record(AccessRevoked(account.id))
        unit.record(SignedUp(account, state == "pending"))
    elif user.email is not None:
        unit.record(AccountChanged(user.id, "address-changed", user.email))
    return Confirmed(user.id, state)
