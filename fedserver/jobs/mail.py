"""Writing and sending a mail. The links in it are made here: what is queued holds no secret.

A mail that the server does not take is tried again like every job (ten times within some four hours), then kept among
the jobs that were given up, where an admin may try it again; one whose recipient the server refuses is kept at once.
A mail that has lost its sense meanwhile (the address is confirmed, the user is gone) is dropped.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import decisions, ledger
from fedserver.db.queries import takedowns as takedown_rows
from fedserver.db.queries import users as rows
from fedserver.db.queries.users import User
from fedserver.db.unit import Unit
from fedserver.domain.letters import Letter, message_of
from fedserver.edge.parts import Parts
from fedserver.jobqueue.worker import GiveUp
from fedserver.kit.i18n import use_locale
from fedserver.net.smtp import MailRefused
from fedserver.render import reasons
from fedserver.render.mails import About, words_of
from fedserver.services import addresses, appeals, takedowns, users

DAY_MS = 24 * 3600 * 1000
# a link or a warning that comes later than this does more harm than good
KEPT_MS = 7 * DAY_MS


_ABOUT_DECISIONS = frozenset({"decided", "undone", "appeal-refused"})


class _Recipient(NamedTuple):
    address: str
    username: str
    locale: str
    # path of the one-time link, '' for none
    link: str = ""
    # in place of what the payload says
    what: str | None = None


async def send(parts: Parts, payload: dict[str, Any]) -> None:
    """Send one mail of ``effects.mail``."""
    if parts.mailer is None or parts.clock.now_ms() - int(payload["at"]) > KEPT_MS:
        return
    recipient = await parts.db.run(partial(_recipient, payload=payload))
    if recipient is None:
        return
    community = await parts.db.one(community_rows.by_id())
    site = parts.site
    about = About(
        community=community.title if community is not None else site.domain,
        base_url=site.base_url,
        username=recipient.username,
        link=f"{site.base_url}{recipient.link}",
        what=str(payload["about"]) if recipient.what is None else recipient.what,
        at=int(payload["at"]),
    )
    with use_locale(recipient.locale):
        words = words_of(str(payload["kind"]), about)
    letter = Letter(recipient.address, words.subject, words.text, str(payload["mark"]))
    sender = parts.config.mail.sender or f"noreply@{site.domain.partition(':')[0]}"
    try:
        await parts.mailer.send(message_of(letter, sender, site.domain, parts.clock.now_ms()))
    except (MailRefused, ValueError) as refused:
        # never the address: what is kept of a job is shown to admins
        raise GiveUp(str(refused)) from refused


def _recipient(unit: Unit, payload: dict[str, Any]) -> _Recipient | None:
    """Whom the mail goes to, and the link in it; None when there is nothing to send any more."""
    kind, user_id = payload["kind"], payload["user_id"]
    if kind == "reset":
        user = unit.one(rows.by_login(str(payload["to"]), ""))
        if user is None or user.email is None or user.state not in ("active", "pending"):
            return None
        return _named(unit, user, user.email, f"/reset/{users.make_link(unit, user.id, 'reset', users.MAIL_RESET_MS)}")
    if kind in ("takedown-confirm", "takedown-decided"):
        return _filer(unit, str(kind), int(payload["about"]))
    if user_id is None:
        return _Recipient(str(payload["to"]), str(payload["about"]), str(payload["locale"] or "en"))
    user = unit.one(rows.by_id(int(user_id)))
    if user is None:
        return None
    if kind == "confirm":
        token = addresses.make_link(unit, user)
        return None if token is None else _named(unit, user, user.unconfirmed_email or "", f"/confirm/{token}")
    if kind == "takedown-late" and user.email is not None:
        return _named(unit, user, user.email, f"/admin/takedowns/{payload['about']}")
    if kind in _ABOUT_DECISIONS and user.email is not None:
        return _about_decision(unit, user, user.email, int(payload["about"]))
    address = payload["to"] or user.email
    return None if address is None else _named(unit, user, str(address))


def _filer(unit: Unit, kind: str, takedown_id: int) -> _Recipient | None:
    """Whoever demands that something be taken down; None once their address is confirmed, or forgotten."""
    found = unit.one(takedown_rows.by_id(takedown_id))
    if found is None or not found.email or (kind == "takedown-confirm" and found.state != "unconfirmed"):
        return None
    return _Recipient(found.email, "", found.locale, f"/takedown/{takedowns.mail_token(unit, takedown_id)}")


def _about_decision(unit: Unit, user: User, address: str, decision_id: int) -> _Recipient | None:
    """What was decided, in the reader's words as it stands now; who cannot sign in gets a link that works without."""
    decision = unit.one(ledger.by_id(decision_id))
    if decision is None:
        return None
    group = unit.all(decisions.told_with(decision)) or [decision]
    appeal = next(iter(unit.all(decisions.appeals_of([each.id for each in group]))), None)
    with use_locale(user.locale):
        why = reasons.reason_of(unit.site, decision, unit.one(decisions.version_of(decision)))
        what = reasons.text_of(unit.site, group, why, unit.now, appeal)
    shut_out = user.state != "active" or not unit.get(account_rows.by_id(user.account_id)).active
    link = appeals.link(unit, user.id) if shut_out else "/settings/decisions"
    return _named(unit, user, address, link)._replace(what=what)


def _named(unit: Unit, user: User, address: str, link: str = "") -> _Recipient:
    return _Recipient(address, unit.get(account_rows.by_id(user.account_id)).username, user.locale, link)
