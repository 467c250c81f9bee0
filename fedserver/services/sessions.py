"""Web sessions, and what ends all access of a user: one place that says what becomes void."""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries import factors as factor_rows
from fedserver.db.queries import oauth as oauth_rows
from fedserver.db.queries import sessions as session_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.kit.tokens import hash_token, new_token
from fedserver.services.events import AccessRevoked, AccountChanged

# a session that nobody used for this long has ended
IDLE_MS = 60 * 24 * 3600 * 1000
# how exact "last used" is
TOUCH_MS = 3600 * 1000


class NewSession(NamedTuple):
    """``token`` goes into the cookie and nowhere else."""

    token: str
    csrf: str


def start(unit: Unit, user_id: int, *, ip: str, user_agent: str) -> NewSession:
    """Make a session. Its token is new at every sign-in, so a planted one is worth nothing."""
    made = NewSession(new_token(), new_token(24))
    known = unit.all(session_rows.of_user(user_id))
    if known and not any(each.ip == ip[:64] or each.user_agent == user_agent[:300] for each in known):
        unit.record(AccountChanged(user_id, "signed-in", about=f"{ip} {user_agent}"[:400]))
    unit.run(
        session_rows.make(
            {
                "id": unit.new_id(),
                "token_hash": hash_token(made.token),
                "user_id": user_id,
                "csrf": made.csrf,
                "ip": ip[:64],
                "user_agent": user_agent[:300],
                "created_at": unit.now,
                "last_used_at": unit.now,
            }
        )
    )
    unit.run(oauth_rows.touch_user(user_id, unit.now))
    return made


def touch(unit: Unit, session_id: int) -> None:
    """Note that a session is in use."""
    unit.run(session_rows.touch(session_id, unit.now))


def end(unit: Unit, session_id: int, user_id: int) -> bool:
    """End one session of a user; whether there was one."""
    ended = unit.run(session_rows.delete(session_id, user_id)) > 0
    if ended:
        unit.record(AccessRevoked(unit.get(user_rows.by_id(user_id)).account_id))
    return ended


def end_others(unit: Unit, user_id: int, session_id: int) -> None:
    """End every session of a user but one; applications keep their access."""
    if unit.run(session_rows.delete_others(user_id, session_id)):
        unit.record(AccessRevoked(unit.get(user_rows.by_id(user_id)).account_id))


def end_all(unit: Unit, user_id: int) -> None:
    """End every session, token, pending code and link of a user: after a new password, a suspension, a disabling."""
    user = unit.get(user_rows.by_id(user_id))
    unit.run(session_rows.delete_of_user(user_id))
    unit.run(oauth_rows.revoke_of_user(user_id, unit.now))
    unit.run(oauth_rows.delete_codes(user_id))
    unit.run(user_rows.drop_links(user_id))
    unit.run(factor_rows.drop_challenges(user_id))
    unit.run(user_rows.change(user_id, {"valid_after": unit.now}))
    unit.record(AccessRevoked(user.account_id))


def end_all_of_account(unit: Unit, account_id: int) -> None:
    """As ``end_all``, for an account; nothing for accounts without a user."""
    user = unit.one(user_rows.by_account(account_id))
    if user is not None:
        end_all(unit, user.id)
