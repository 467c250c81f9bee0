"""OAuth 2.0 (RFC 6749, 7009, 7636, 9700): applications, codes, tokens. Secrets are handed out once and kept as digests.

What a client did wrong is answered with a value (``Refused``), not an exception: raising would roll back, and the
second use of a code must revoke what the first one issued.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson

from fedserver.bus.messages import Closed
from fedserver.db.queries import oauth as rows
from fedserver.db.queries import users as user_rows
from fedserver.db.queries.oauth import App, Code
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import one_line
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import hash_token, new_token, same

OOB = "urn:ietf:wg:oauth:2.0:oob"
CODE_MS = 10 * 60 * 1000
DAY_MS = 24 * 3600 * 1000
MAX_URIS = 20
MAX_URI = 2000
MAX_NAME = 255
MAX_PERSONAL = 100
MAX_DAYS = 3650
# schemes that run code, or read files, in whatever opens the address
FORBIDDEN = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "about", "mailto", "ftp", "view-source", "ws", "wss"}
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class NewApp(NamedTuple):
    """A registered application with the secret that only its registration shows."""

    app: App
    secret: str


class Issued(NamedTuple):
    """A token; ``created_at`` in ms."""

    token: str
    scopes: str
    created_at: int


class Refused(NamedTuple):
    """An error of RFC 6749, 5.2."""

    error: str
    description: str


def redirect_uris(app: App) -> list[str]:
    """The registered addresses."""
    found: list[str] = orjson.loads(app.redirect_uris)
    return found


def register(
    unit: Unit, *, name: str, uris: Sequence[str], scopes: Sequence[str], website: str | None = None
) -> NewApp:
    """Register an application. ``Invalid`` in Mastodon's form for a bad name, address or website."""
    name = one_line(name)
    if not name:
        raise Invalid(lazy("Validation failed: Name can't be blank"))
    if len(name) > MAX_NAME:
        raise Invalid(lazy("Validation failed: Name is too long (maximum is %(count)d characters)", count=MAX_NAME))
    if not uris:
        raise Invalid(lazy("Validation failed: Redirect URI can't be blank"))
    if len(uris) > MAX_URIS or any(problem(uri) for uri in uris):
        raise Invalid(lazy("Validation failed: Redirect URI must be an absolute URI"))
    if website and (not _authority(website) or not website.startswith(("http://", "https://"))):
        raise Invalid(lazy("Validation failed: Website must be a valid URL"))
    secret = new_token()
    listed = orjson.dumps(list(dict.fromkeys(uris))).decode()
    app = App(
        id=unit.new_id(),
        client_id=new_token(),
        secret_hash=hash_token(secret),
        name=name,
        website=website or None,
        redirect_uris=listed,
        scopes=" ".join(scopes),
        created_at=unit.now,
    )
    unit.run(rows.make_app(app))
    return NewApp(app, secret)


def problem(uri: str) -> bool:
    """Whether an address cannot be registered as a redirect address."""
    if uri == OOB:
        return False
    scheme, separator, rest = uri.partition(":")
    if not separator or not rest or not _SCHEME.fullmatch(scheme) or scheme.lower() in FORBIDDEN:
        return True
    if len(uri) > MAX_URI or "#" in uri or "\\" in uri or any(not 32 < ord(c) < 127 for c in uri):
        return True
    authority = _authority(uri)
    if authority is None:
        return True
    return scheme.lower() in ("http", "https") and (not authority or "@" in authority)


def _authority(uri: str) -> str | None:
    """The authority of an address ('' when it has none); None when it cannot be read."""
    try:
        return urlsplit(uri).netloc
    except ValueError:
        return None


def secret_is_right(app: App, secret: str) -> bool:
    """Whether a client knows the secret of its application."""
    return same(hash_token(secret), app.secret_hash)


def challenge_is_valid(challenge: str) -> bool:
    """Whether it can be the S256 challenge of anything."""
    return _CHALLENGE.fullmatch(challenge) is not None


def grant_code(
    unit: Unit, app: App, user_id: int, *, redirect_uri: str, scopes: Sequence[str], challenge: str | None
) -> str:
    """A code that the application exchanges within ``CODE_MS``."""
    code = new_token()
    unit.run(
        rows.make_code(
            Code(
                code_hash=hash_token(code),
                app_id=app.id,
                user_id=user_id,
                redirect_uri=redirect_uri,
                scopes=" ".join(scopes),
                challenge=challenge,
                created_at=unit.now,
                expires_at=unit.now + CODE_MS,
                used_at=None,
            )
        )
    )
    return code


def exchange(unit: Unit, app: App, *, code: str, redirect_uri: str, verifier: str | None) -> Issued | Refused:
    """A token for a code. A code that comes a second time was stolen, now or before: its tokens are revoked."""
    refused = Refused(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in "
        "the authorization request, or was issued to another client.",
    )
    found = unit.one(rows.code(hash_token(code)))
    if found is None or found.app_id != app.id:
        return refused
    if found.used_at is not None or not unit.run(rows.use_code(found.code_hash, unit.now)):
        unit.run(rows.revoke_of_code(found.code_hash, unit.now))
        _close(unit, found.user_id, None)
        return refused
    if found.expires_at <= unit.now or not same(found.redirect_uri, redirect_uri):
        return refused
    if not verifier_fits(found.challenge, verifier):
        return refused
    user = unit.one(user_rows.by_id(found.user_id))
    if user is None or user.state != "active" or found.created_at < user.valid_after:
        return refused
    return _issue(unit, app, found.user_id, found.scopes, code_hash=found.code_hash)


def verifier_fits(challenge: str | None, verifier: str | None) -> bool:
    """PKCE with S256 alone (RFC 7636, 4.6). A verifier without a challenge is a downgrade (RFC 9700, 4.8.2)."""
    if challenge is None:
        return not verifier
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return same(digest, challenge)


def grant_app(unit: Unit, app: App, scopes: Sequence[str]) -> Issued:
    """A token of the application itself, without a user."""
    return _issue(unit, app, None, " ".join(scopes))


def grant_user(unit: Unit, app: App, user_id: int, scopes: Sequence[str]) -> Issued:
    """A token for a user who has just signed up through the application."""
    return _issue(unit, app, user_id, " ".join(scopes))


def grant_personal(unit: Unit, user_id: int, *, name: str, scopes: Sequence[str], days: int | None = None) -> Issued:
    """A token that a user (or the command line) makes without an application; it ends after ``days`` (None: never).

    ``Invalid``: no name, no scope, too many tokens, a time that is none.
    """
    name = one_line(name)[:MAX_NAME]
    if not name:
        raise Invalid(lazy("Please give the token a name"))
    if not scopes:
        raise Invalid(lazy("Please choose what the token may do"))
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise Invalid(lazy("A token lasts 1 to %(count)d days", count=MAX_DAYS))
    if sum(1 for each in unit.all(rows.tokens_of_user(user_id)) if each.app_id is None) >= MAX_PERSONAL:
        raise Invalid(lazy("There are too many access tokens. Revoke one that is not needed."))
    expires_at = None if days is None else unit.now + days * DAY_MS
    return _issue(unit, None, user_id, " ".join(scopes), name=name, expires_at=expires_at)


def revoke_app(unit: Unit, user_id: int, app_id: int) -> bool:
    """Take back everything that an application has of a user; whether it had something."""
    unit.run(rows.delete_codes_of_app(user_id, app_id))
    ended = unit.run(rows.revoke_of_app(user_id, app_id, unit.now)) > 0
    if ended:
        _close(unit, user_id, None)
    return ended


def revoke(unit: Unit, app: App, token: str) -> bool:
    """Revoke a token of this application (RFC 7009). False: it belongs to another one. An unknown one is True."""
    owner = unit.one(rows.token_owner(hash_token(token)))
    if owner is None:
        return True
    if owner.app_id != app.id:
        return False
    _revoke(unit, owner)
    return True


def revoke_own(unit: Unit, user_id: int, token_id: int) -> None:
    """Revoke a token on its user's wish. ``NotFound`` when it is not theirs."""
    owner = unit.one(rows.token_owner_by_id(token_id))
    if owner is None or owner.user_id != user_id:
        raise NotFound()
    _revoke(unit, owner)


def _issue(
    unit: Unit,
    app: App | None,
    user_id: int | None,
    scopes: str,
    *,
    code_hash: bytes | None = None,
    name: str | None = None,
    expires_at: int | None = None,
) -> Issued:
    token = new_token()
    unit.run(
        rows.make_token(
            {
                "id": unit.new_id(),
                "token_hash": hash_token(token),
                "app_id": app.id if app else None,
                "user_id": user_id,
                "code_hash": code_hash,
                "name": name,
                "scopes": scopes,
                "created_at": unit.now,
                "expires_at": expires_at,
            }
        )
    )
    return Issued(token, scopes, unit.now)


def _revoke(unit: Unit, owner: rows.TokenOwner) -> None:
    unit.run(rows.revoke_token(owner.id, unit.now))
    if owner.user_id is not None:
        _close(unit, owner.user_id, owner.id)
    else:
        unit.after(Closed(None, owner.id))


def _close(unit: Unit, user_id: int, token_id: int | None) -> None:
    user = unit.one(user_rows.by_id(user_id))
    if user is not None:
        unit.after(Closed(user.account_id, token_id))
