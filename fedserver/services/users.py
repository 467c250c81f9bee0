"""People who sign in here: joining, passwords, roles, states.

Hashing a password takes 40 ms and belongs outside the unit of work: services take the finished hash.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import users as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.invites import Invite
from fedserver.db.unit import Unit
from fedserver.kit.errors import Conflict, Forbidden, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import hash_token, new_token
from fedserver.services import accounts, feeds, invites, registration, sessions, signup
from fedserver.services.events import AccessRevoked, AccountChanged, AddressGiven, ResetAsked, SignedUp, UserDecided
from fedserver.services.keyring import KeyRing, NewKeys
from fedserver.services.reports import COMMUNITY, log_action
from fedserver.services.signup import Applicant

ROLES = ("user", "moderator", "admin", "owner")
RESET_MS = 24 * 3600 * 1000
# of a link that goes by mail: whoever asked for it is there
MAIL_RESET_MS = 3600 * 1000
MAX_REASON = 2000
# RFC 5321 without its quoted forms, address literals and per cent routes, which mail servers read differently; a domain
# in other scripts is given in its ASCII form
_ATOM = r"[a-z0-9!#$&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@.{{1,253}}\Z){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


class NewUser(NamedTuple):
    """``state`` is active or pending."""

    user_id: int
    account_id: int
    state: str


def clean_email(text: str) -> str | None:
    """An address as it is stored; None for an empty text. ``Invalid`` for what is none."""
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not _EMAIL.fullmatch(text.lower()):
        raise Invalid(lazy("Validation failed: E-mail is invalid"))
    return text.lower()


def create(
    unit: Unit,
    keyring: KeyRing,
    *,
    username: str,
    keys: NewKeys,
    email: str | None,
    password_hash: str | None,
    role: str = "user",
    state: str = "active",
    reason: str = "",
    locale: str = "en",
    invite_id: int | None = None,
    app_id: int | None = None,
    unapproved: bool = False,
    unconfirmed_email: str | None = None,
    sign_up_ip: str = "",
) -> NewUser:
    """A user with a new account. ``Invalid``: the name is not allowed or taken; ``Conflict``: the address is."""
    if role not in ROLES:
        raise Invalid(lazy("Unknown role"))
    account_id = accounts.create_local(unit, keyring, username=username, keys=keys)
    user_id = unit.new_id()
    values = {
        "id": user_id,
        "account_id": account_id,
        "community_id": COMMUNITY,
        "email": email,
        "password_hash": password_hash,
        "role": role,
        "state": state,
        "reason": reason,
        "locale": locale,
        "invite_id": invite_id,
        "sign_up_ip": sign_up_ip,
        "app_id": app_id,
        "unapproved": int(unapproved or state == "pending"),
        "unconfirmed_email": unconfirmed_email,
        "created_at": unit.now,
        "confirmed_at": None if state == "unconfirmed" else unit.now,
        "valid_after": 0,
    }
    if not unit.made(rows.add(values)):
        raise Conflict(lazy("This e-mail address is in use"))
    feeds.welcome(unit, account_id)
    return NewUser(user_id, account_id, state)


def sign_up(
    unit: Unit,
    keyring: KeyRing,
    *,
    username: str,
    keys: NewKeys,
    email: str,
    password_hash: str,
    reason: str = "",
    invite: str = "",
    locale: str = "en",
    app_id: int | None = None,
    ip: str = "",
    mail_hosts: tuple[str, ...] = (),
) -> NewUser:
    """Join, as far as the community allows it: ``Forbidden`` when it is closed or asks for an invitation; ``Refused``
    and ``Barred`` of ``services/signup.py`` for what is blocked.

    Where the node sends mail, the address has to be confirmed first. One that somebody uses already gets another mail,
    and without mail is silently not stored: the answer must not tell who is a member.
    """
    address = clean_email(email)
    taken, unapproved = _way_in(unit, invite, reason)
    unapproved = signup.judge(unit, Applicant(ip, address, username, mail_hosts)) or unapproved
    if unit.site.mail and address is None:
        raise Invalid(lazy("Validation failed: E-mail can't be blank"))
    owner = unit.one(rows.by_login(address, "")) if address is not None else None
    state = "unconfirmed" if unit.site.mail else "pending" if unapproved else "active"
    made = create(
        unit,
        keyring,
        username=username,
        keys=keys,
        email=None if unit.site.mail or owner is not None else address,
        unconfirmed_email=address if unit.site.mail else None,
        password_hash=password_hash,
        state=state,
        unapproved=unapproved,
        reason=reason.strip(),
        locale=locale,
        invite_id=taken.id if taken else None,
        app_id=app_id,
        sign_up_ip=ip[:64],
    )
    if address is not None and state == "unconfirmed":
        # moderators hear of it once the address is confirmed
        unit.record(AddressGiven(made.user_id, address, owner.id if owner is not None else None))
    else:
        unit.record(SignedUp(unit.get(account_rows.by_id(made.account_id)), state == "pending"))
    return made


def _way_in(unit: Unit, invite: str, reason: str) -> tuple[Invite | None, bool]:
    """The invitation that was used up, and whether somebody has to look first."""
    written = unit.get(community_rows.by_id(COMMUNITY)).registration
    mode = registration.mode(unit)
    if len(reason) > MAX_REASON:
        raise Invalid(lazy("The text is too long (maximum is %(count)d characters)", count=MAX_REASON))
    if mode == "closed":
        raise Forbidden(lazy("This community does not take new members at the moment"))
    taken = invites.take(unit, invite) if invite else None
    if mode == "invite" and taken is None:
        raise Forbidden(lazy("Joining needs an invitation"))
    # whom a surge has made wait was not asked why
    if written == "approval" and taken is None and not reason.strip():
        raise Invalid(lazy("Please tell why you want to join"))
    return taken, mode == "approval" and taken is None


def approve(unit: Unit, user_id: int, moderator: Account | None) -> None:
    """Let somebody in who asked. ``NotFound`` when nobody waits under this id."""
    account = _waiting(unit, user_id)
    user = unit.get(rows.by_id(user_id))
    unit.run(rows.change(user_id, {"state": "active", "unapproved": 0}))
    unit.run(account_rows.changed(account.id))
    unit.record(AccessRevoked(account.id))
    unit.record(UserDecided(account.username, user.email, user.locale, True))
    log_action(unit, moderator, "user.approve", account.uri, account.acct)


def reject(unit: Unit, user_id: int, moderator: Account | None) -> None:
    """Turn a request down; the account goes, its name stays taken."""
    account = _waiting(unit, user_id)
    user = unit.get(rows.by_id(user_id))
    unit.record(UserDecided(account.username, user.email, user.locale, False))
    sessions.end_all(unit, user_id)
    unit.run(rows.remove(user_id))
    accounts.delete(unit, account.id)
    log_action(unit, moderator, "user.reject", account.uri, account.acct)


def set_password(unit: Unit, user_id: int, password_hash: str) -> None:
    """A new password: everything issued before is void; the caller starts a new session if one is to go on."""
    unit.get(rows.by_id(user_id))
    unit.run(rows.change(user_id, {"password_hash": password_hash}))
    sessions.end_all(unit, user_id)
    unit.record(AccountChanged(user_id, "password-changed"))


def improve_hash(unit: Unit, user_id: int, old: str, new: str) -> None:
    """Store the same password under today's parameters; nothing when it was changed meanwhile."""
    if unit.get(rows.by_id(user_id)).password_hash == old:
        unit.run(rows.change(user_id, {"password_hash": new}))


def issue_reset(unit: Unit, user_id: int, moderator: Account | None) -> str:
    """The secret part of a link that sets a new password, for ``RESET_MS``; earlier ones are void."""
    user = unit.get(rows.by_id(user_id))
    account = unit.get(account_rows.by_id(user.account_id))
    log_action(unit, moderator, "user.reset", account.uri, account.acct)
    return make_link(unit, user_id, "reset", RESET_MS)


def make_link(unit: Unit, user_id: int, purpose: str, lasts: int, email: str | None = None) -> str:
    """The secret part of a one-time link for ``lasts`` ms; earlier ones of the same purpose are void."""
    unit.run(rows.drop_links_of(user_id, purpose))
    token = new_token()
    unit.run(rows.add_link(rows.Link(hash_token(token), user_id, purpose, email, unit.now, unit.now + lasts)))
    return token


def ask_reset(unit: Unit, address: str) -> None:
    """Send a reset link to whoever has the address. Nothing is looked up here: the answer must not tell, nor its time.

    ``Invalid`` for a text that is no address.
    """
    wanted = clean_email(address)
    if wanted is None:
        raise Invalid(lazy("Validation failed: E-mail can't be blank"))
    unit.record(ResetAsked(wanted))


def use_reset(unit: Unit, token: str, password_hash: str) -> int:
    """Set the password through a link, once; the user's id. ``NotFound`` when the link is not valid."""
    link = unit.one(rows.link(hash_token(token)))
    if link is None or link.purpose != "reset" or link.expires_at <= unit.now:
        raise NotFound(lazy("This link is not valid any more"))
    set_password(unit, link.user_id, password_hash)
    return link.user_id


def set_locale(unit: Unit, user_id: int, locale: str) -> None:
    """The language of the pages."""
    unit.run(rows.change(user_id, {"locale": locale}))


def _waiting(unit: Unit, user_id: int) -> Account:
    user = unit.get(rows.by_id(user_id))
    if user.state != "pending":
        raise NotFound()
    return unit.get(account_rows.by_id(user.account_id))
