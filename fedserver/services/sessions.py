"""Web sessions and what ends access: one place that says what becomes void, and tells the rest of the process."""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries import oauth as oauth_rows
from fedserver.db.queries import sessions as session_rows
from fedserver.db.unit import Unit
from fedserver.kit.tokens import hash_token, new_token

# a session that nobody used for this long has ended
IDLE_MS = 60 * 24 * 3600 * 1000
# how exact "last used" is
TOUCH_MS = 3600 * 1000


class AccessEnded(NamedTuple):
    """Told to the process after the commit: open streams of these tokens close, caches forget them.

    With ``token_id`` None all tokens and sessions of the user are void (but those made in the same unit).
    """

    user_id: int | None
    token_id: int | None = None


class NewSession(NamedTuple):
    """``token`` goes into the cookie and nowhere else."""

    token: str
    csrf: str


def start(unit: Unit, user_id: int, *, ip: str, user_agent: str) -> NewSession:
    """Make a session. Its token is new at every sign-in, so a planted one is worth nothing."""
    made = NewSession(new_token(), new_token(24))
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
    return made


def touch(unit: Unit, session_id: int) -> None:
    """Note that a session is in use."""
    unit.run(session_rows.touch(session_id, unit.now))


def end(unit: Unit, session_id: int, user_id: int) -> bool:
    """End one session of a user; whether there was one."""
    ended = unit.run(session_rows.delete(session_id, user_id)) > 0
    if ended:
        unit.after(AccessEnded(user_id))
    return ended


def end_all(unit: Unit, user_id: int) -> None:
    """End every session, token and pending code of a user."""
    unit.run(session_rows.delete_of_user(user_id))
    unit.run(oauth_rows.revoke_of_user(user_id, unit.now))
    unit.run(oauth_rows.delete_codes(user_id))
    unit.after(AccessEnded(user_id))


def clean(unit: Unit) -> int:
    """Forget sessions that have ended by time; how many."""
    return unit.run(session_rows.delete_old(unit.now - IDLE_MS))
