"""Demands to take something down, open to people without an account.

What is said to be intimate imagery, or of minors, is hidden as soon as the filer's e-mail address is confirmed, until
somebody has looked; everything else waits for a moderator. 48 hours after that point the demand is escalated, and again
every day: nothing is ever decided by silence. What was granted is a decision of the ledger like any other: its author
is told and may answer (the appeal is the counter-notice), and copies are refused while it stands.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import orjson

from fedserver.db.queries import accounts, media, meta, statuses
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import takedowns as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.db.queries.takedowns import Takedown, Target
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.moderation.categories import MINORS
from fedserver.domain.signup import canonical
from fedserver.domain.text.characters import plain
from fedserver.kit.errors import Conflict, Failure, Forbidden, Invalid, NotFound, TooMany
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import hash_token, new_token, random_bytes, same
from fedserver.services import ledger, reports
from fedserver.services import takedown_bounds as bounds
from fedserver.services.ledger import Act
from fedserver.services.moderation_events import TakedownDecided, TakedownFiled, TakedownLate
from fedserver.services.reports import COMMUNITY, log_action

INTIMATE: Final = "intimate"
# category -> that of the report by which moderators hear of it
CATEGORIES: Final = {
    INTIMATE: "real-person",
    MINORS: MINORS,
    "copyright": "copied-work",
    "impersonation": "real-person",
    "other": "legal",
}
HIDDEN_AT_ONCE: Final = frozenset({INTIMATE, MINORS})
RULE: Final = "take-down"
MAX_TARGETS: Final = 10
MAX_STATEMENT: Final = 5000
HOUR_MS: Final = 3600 * 1000
DAY_MS: Final = 24 * HOUR_MS
CLOCK_MS: Final = 48 * HOUR_MS
PER_DAY: Final = 5
BAD_ADDRESS_MS: Final = 365 * DAY_MS
FORGET_MS: Final = 30 * DAY_MS
UNCONFIRMED_MS: Final = 7 * DAY_MS
_SECRET: Final = "filer_secret"  # noqa: S105 - the name of a row
_EMAIL: Final = re.compile(r"[^@\s<>\"(),;:\\]{1,64}@[^@\s<>\"(),;:\\]{1,250}\.[^@\s<>\"(),;:\\.]{2,63}")
_OWN_POST: Final = re.compile(r"/(?:@[^/]+|users/[^/]+/statuses)/(\d{1,19})(?:/.*)?")
_OWN_MEDIUM: Final = re.compile(r"/media/(\d{1,19})/([A-Za-z0-9_-]{1,64})(?:/.*)?")


class Demand(NamedTuple):
    """What somebody files. ``uris``: one address each; ``address``: the filer's network, as limits count it."""

    category: str
    uris: Sequence[str]
    statement: str
    email: str
    address: str
    standing: str = ""
    name: str = ""
    locale: str = "en"
    # the filer's account here, None without one
    viewer_id: int | None = None


def file(unit: Unit, demand: Demand) -> str:
    """File it; the secret of the filer's link. Raises ``Invalid``, ``Forbidden`` (bad faith before), ``TooMany``."""
    demand = _checked(demand)
    email_hash, address_hash = keyed(unit, "email", canonical(demand.email)), keyed(unit, "address", demand.address)
    if unit.get(rows.is_bad(email_hash, address_hash, unit.now)):
        raise Forbidden(lazy("Demands from this address are not taken. Write to the people who run this server."))
    if unit.get(rows.recent(email_hash, unit.now - DAY_MS)) >= PER_DAY:
        raise TooMany(retry_after=DAY_MS / 1000)
    named = [_named(unit, uri, demand.viewer_id) for uri in demand.uris]
    token, takedown_id = new_token(), unit.new_id()
    unit.run(
        rows.add(
            {
                "id": takedown_id,
                "community_id": COMMUNITY,
                "category": demand.category,
                "statement": demand.statement,
                "standing": demand.standing,
                "name": demand.name,
                "email": demand.email,
                "locale": demand.locale,
                "email_hash": email_hash,
                "domain_hash": keyed(unit, "domain", demand.email.rpartition("@")[2].lower()),
                "address_hash": address_hash,
                "token_hash": hash_token(token),
                # without mail nobody can confirm anything: moderators see that it is not confirmed
                "state": "unconfirmed" if unit.site.mail else "open",
                "due_at": None if unit.site.mail else unit.now + CLOCK_MS,
                "created_at": unit.now,
            }
        )
    )
    for each in named:
        unit.run(rows.add_target({"id": unit.new_id(), "takedown_id": takedown_id, **each}))
    log_action(unit, None, "takedown.file", f"takedown:{takedown_id}", demand.category)
    if unit.site.mail:
        unit.record(TakedownFiled(takedown_id))
    else:
        _open(unit, takedown_id)
    return token


def behind(unit: Unit, token: str) -> Takedown:
    """The demand of a link; ``NotFound`` for any other text."""
    return unit.get(rows.by_token(hash_token(token)))


def may_confirm(found: Takedown, token: str) -> bool:
    """Whether the link is the one of the mail, which shows that the address is the filer's."""
    return found.state == "unconfirmed" and found.mail_hash is not None and same(found.mail_hash, hash_token(token))


def mail_token(unit: Unit, takedown_id: int) -> str:
    """The secret of the link in a mail, made when the mail is written; the one before it is void."""
    token = new_token()
    unit.run(rows.change(takedown_id, {"mail_hash": hash_token(token)}))
    return token


def confirm(unit: Unit, token: str) -> None:
    """The filer's address is theirs: the clock starts, and what must not wait is hidden."""
    found = behind(unit, token)
    if not may_confirm(found, token):
        raise Conflict(lazy("There is nothing to confirm any more"))
    values = {"state": "open", "confirmed_at": unit.now, "due_at": unit.now + CLOCK_MS}
    unit.run(rows.change(found.id, values))
    _open(unit, found.id)


def withdraw(unit: Unit, token: str) -> None:
    """The filer takes it back: what it hid is shown again."""
    found = behind(unit, token)
    if found.state not in ("unconfirmed", "open"):
        raise Conflict(lazy("This was decided already"))
    _show_again(unit, found, None, "the demand was withdrawn")
    unit.run(rows.change(found.id, {"state": "withdrawn", "decided_at": unit.now, "due_at": None}))
    log_action(unit, None, "takedown.withdraw", f"takedown:{found.id}")


def grant(unit: Unit, takedown_id: int, moderator: Account | None, answer: str = "", *, ban: bool = True) -> None:
    """Take down what it names; copies are refused from now on where ``ban``. ``Conflict`` where it was decided."""
    found = _undecided(unit, takedown_id)
    for target in unit.all(rows.targets([takedown_id])):
        made = _take_down(unit, found, target, moderator, ban=ban)
        for provisional in orjson.loads(target.hidden_by):
            # what was hidden stays hidden, by another decision: nobody is told that it came back
            values = {"undone_at": unit.now, "undone_because": "replaced by the decision"}
            unit.run(ledger_rows.change(provisional, values))
        unit.run(rows.change_target(target.id, {"decided_by": orjson.dumps(made).decode(), "hidden_by": "[]"}))
    _decided(unit, found, moderator, "granted", answer)


def refuse(
    unit: Unit, takedown_id: int, moderator: Account | None, answer: str = "", *, bad_faith: bool = False
) -> None:
    """Leave it, or show it again. ``bad_faith``: nothing more is taken from this filer."""
    found = _undecided(unit, takedown_id)
    _show_again(unit, found, moderator, "the demand was refused")
    if bad_faith:
        for kind, digest, until in (
            ("email", found.email_hash, None),
            ("address", found.address_hash, unit.now + BAD_ADDRESS_MS),
        ):
            values = {"id": unit.new_id(), "kind": kind, "hash": digest, "takedown_id": found.id}
            unit.made(rows.add_bad({**values, "created_at": unit.now, "expires_at": until}))
        log_action(unit, moderator, "takedown.bad_faith", f"takedown:{found.id}")
    _decided(unit, found, moderator, "refused", answer, bad_faith=bad_faith)


def tick(unit: Unit) -> int:
    """Escalate what nobody has decided in time, once a day; how many that were. Forget what is no longer needed."""
    late = unit.all(rows.late(unit.now, unit.now - DAY_MS, 50))
    for each in late:
        unit.run(rows.change(each.id, {"escalations": each.escalations + 1, "escalated_at": unit.now}))
        log_action(unit, None, "takedown.late", f"takedown:{each.id}", str(each.escalations + 1))
        unit.record(TakedownLate(each.id))
        _report(unit, each, "nobody has decided this for 48 hours")
    unit.run(rows.forget_filers(unit.now - FORGET_MS))
    unit.run(rows.drop_unconfirmed(unit.now - UNCONFIRMED_MS))
    return len(late)


def lifted(unit: Unit, decision_id: int) -> None:
    """A post that was taken down is to be seen again (an appeal was granted): what was decided with it goes, too."""
    for each in unit.all(rows.group(decision_id)):
        if each.standing and each.rule_id == RULE:
            ledger.undo(unit, each.id, None, "with the decision about the post")


def keyed(unit: Unit, kind: str, text: str) -> str:
    """A hash that nobody without the database can compare with a guess."""
    secret = unit.one(meta.get(_SECRET))
    if secret is None:
        unit.run(meta.put(_SECRET, random_bytes(32).hex()))
        secret = unit.get(meta.get(_SECRET))
    return hmac.new(bytes.fromhex(secret), f"{kind}:{text}".encode(), "sha256").hexdigest()


def _checked(demand: Demand) -> Demand:
    email, statement = demand.email.strip(), plain(demand.statement).strip()
    given = list(dict.fromkeys(each.strip() for each in demand.uris if each.strip()))
    if demand.category not in CATEGORIES:
        raise Invalid(lazy("Choose what it is about"))
    if not given or len(given) > MAX_TARGETS:
        raise Invalid(lazy("Name one to %(count)d addresses", count=MAX_TARGETS))
    if not _EMAIL.fullmatch(email):
        raise Invalid(lazy("This is not an e-mail address"))
    if not statement or len(statement) > MAX_STATEMENT:
        raise Invalid(lazy("Say what is wrong, in at most %(count)d letters", count=MAX_STATEMENT))
    standing, name = plain(demand.standing).strip()[:200], plain(demand.name).strip()[:200]
    return demand._replace(uris=given, email=email, statement=statement, standing=standing, name=name)


def _named(unit: Unit, uri: str, viewer_id: int | None) -> dict[str, object]:
    """What an address means here. One of this node that means nothing is taken all the same: whether a post that not
    everybody may see exists is told to nobody. ``Invalid`` for what is not here."""
    if len(uri) > 2000 or not uri.startswith(("https://", "http://")):
        raise Invalid(lazy("This is not the address of something on this server: %(uri)s", uri=uri[:200]))
    values: dict[str, object] = {"uri": uri}
    status, medium = _status(unit, uri, viewer_id), None
    if status is None and (match := _OWN_MEDIUM.fullmatch(_path(unit, uri))):
        medium = unit.one(media.by_id(int(match[1])))
        if medium is not None and not same(medium.token, match[2]):
            medium = None
        if medium is not None and medium.status_id is not None:
            # of a post for few, whose file somebody passed on, the file alone
            status = unit.one(statuses.by_id(medium.status_id))
            status = status if status is not None and bounds.may_name(unit, status, viewer_id) else None
    if status is not None:
        return {**values, "status_id": status.id, "account_id": status.account_id}
    if medium is not None:
        return {**values, "media_id": medium.id, "account_id": medium.account_id}
    if not _path(unit, uri):
        raise Invalid(lazy("This is not the address of something on this server: %(uri)s", uri=uri[:200]))
    return values


def _status(unit: Unit, uri: str, viewer_id: int | None) -> Status | None:
    path = _path(unit, uri)
    match = _OWN_POST.fullmatch(path)
    found = unit.one(statuses.by_id(int(match[1]))) if match else unit.one(statuses.by_uri(uri))
    if found is not None and found.reblog_of_id is not None:
        found = unit.one(statuses.by_id(found.reblog_of_id))
    return found if found is not None and bounds.may_name(unit, found, viewer_id) else None


def _path(unit: Unit, uri: str) -> str:
    """The path of an address of this node, '' of any other."""
    base = unit.site.base_url
    return uri[len(base) :].partition("?")[0].partition("#")[0] if uri.startswith(f"{base}/") else ""


def _open(unit: Unit, takedown_id: int) -> None:
    found = unit.get(rows.by_id(takedown_id))
    if found.category not in HIDDEN_AT_ONCE or found.confirmed_at is None:
        _report(unit, found, "")
        return
    named = [each for each in unit.all(rows.targets([takedown_id])) if each.account_id is not None]
    hidden = {each.id for each in bounds.within(unit, found, named)}
    waiting = len(named) - len(hidden)
    _report(unit, found, f"{waiting} of it could not be hidden on receipt, too much was today" if waiting else "")
    for target in unit.all(rows.targets([takedown_id])):
        if target.id in hidden:
            made = _hide(unit, found, target, None, ("hold", "strip-media"), "system")
            values = {"hidden_by": orjson.dumps(made).decode(), "hidden_at": unit.now}
            unit.run(rows.change_target(target.id, values))
    if hidden or not waiting:
        unit.run(rows.change(takedown_id, {"hidden_at": unit.now}))


def _hide(
    unit: Unit, found: Takedown, target: Target, actor: Account | None, verbs: Sequence[str], source: str
) -> list[int]:
    """Decide these verbs about a target, as one; the ids of the decisions."""
    made: list[int] = []
    for verb in verbs:
        act = _act(unit, found, target, verb, source, made[0] if made else None)
        if act is not None:
            made.append(ledger.decide(unit, act, actor).id)
    return made


def _act(
    unit: Unit, found: Takedown, target: Target, verb: str, source: str, group_id: int | None = None
) -> Act | None:
    """What is to be decided about a target; None where it is gone, or the verb is not for it."""
    status = unit.one(statuses.by_id(target.status_id)) if target.status_id is not None else None
    if status is not None:
        kind, target_id, uri = "status", status.id, status.uri
    elif target.media_id is not None and verb == "strip-media" and unit.one(media.by_id(target.media_id)) is not None:
        kind, target_id, uri = "media", target.media_id, target.uri
    else:
        return None
    return Act(
        verb,
        kind,
        target_id,
        uri,
        target.account_id,
        source=source,
        reason=_reason(found),
        note=f"takedown:{found.id}",
        norm=MINORS if found.category == MINORS else "law",
        rule_id=RULE,
        report_id=target.report_id,
        group_id=group_id,
        public=found.category != MINORS,
    )


def _reason(found: Takedown) -> str:
    return {
        INTIMATE: "Somebody says that it shows them, or somebody else, intimately and without consent.",
        MINORS: "Somebody says that it shows the abuse of a minor.",
        "copyright": "Somebody says that it is a copy of their work.",
        "impersonation": "Somebody says that it depicts or imitates a real person against their will.",
    }.get(found.category, "Somebody demands that it be taken down.")


def _take_down(unit: Unit, found: Takedown, target: Target, moderator: Account | None, *, ban: bool) -> list[int]:
    made = _hide(unit, found, target, moderator, ("remove", "strip-media"), "moderator")
    if target.status_id is not None:
        attached = unit.all(media.all_of_statuses([target.status_id]))
    else:
        attached = unit.all(media.by_ids([target.media_id or 0]))
    for medium in attached if ban and made else ():
        act = Act(
            "ban",
            "media",
            medium.id,
            medium.remote_url or f"media:{medium.id}",
            None,
            reason=_reason(found),
            note=f"takedown:{found.id}",
            rule_id=RULE,
            group_id=made[0],
            public=found.category != MINORS,
            before={"category": {"impersonation": "other"}.get(found.category, found.category)},
        )
        made.append(ledger.decide(unit, act, moderator).id)
    return made


def _show_again(unit: Unit, found: Takedown, moderator: Account | None, because: str) -> None:
    for target in unit.all(rows.targets([found.id])):
        for decision_id in orjson.loads(target.hidden_by):
            if unit.get(ledger_rows.by_id(decision_id)).standing:
                ledger.undo(unit, decision_id, moderator, because)
        unit.run(rows.change_target(target.id, {"hidden_by": "[]"}))


def _undecided(unit: Unit, takedown_id: int) -> Takedown:
    found = unit.get(rows.by_id(takedown_id))
    if found.state == "unconfirmed":
        raise NotFound
    if found.state != "open":
        raise Conflict(lazy("This was decided already"))
    return found


def _decided(
    unit: Unit, found: Takedown, moderator: Account | None, state: str, answer: str, *, bad_faith: bool = False
) -> None:
    values = {
        "state": state,
        "decided_at": unit.now,
        "decided_by": moderator.id if moderator else None,
        "answer": plain(answer).strip()[:MAX_STATEMENT],
        "bad_faith": int(bad_faith),
        "due_at": None,
    }
    unit.run(rows.change(found.id, values))
    log_action(unit, moderator, f"takedown.{state}", f"takedown:{found.id}", found.category)
    for report_id in {each.report_id for each in unit.all(rows.targets([found.id])) if each.report_id is not None}:
        reports.resolve(unit, report_id, moderator)
    unit.record(TakedownDecided(found.id))


def _report(unit: Unit, found: Takedown, more: str) -> None:
    """Reports by the node itself: moderators hear of it wherever they read reports. The queue has it in any case."""
    instance = unit.one(accounts.by_uri(uris.actor(unit.site, uris.INSTANCE_USERNAME)))
    targets = unit.all(rows.targets([found.id]))
    for account_id in dict.fromkeys(each.account_id for each in targets if each.account_id is not None):
        owner = unit.one(accounts.by_id(account_id))
        if instance is None or owner is None:
            continue
        link = f"{unit.site.base_url}/admin/takedowns/{found.id}"
        comment = f"A demand to take something down ({found.category}){': ' + more if more else ''}. {link}"
        try:
            report_id = reports.file(unit, instance, owner, comment=comment, category=CATEGORIES[found.category])
        except Failure:
            continue
        for each in targets:
            if each.account_id == account_id and each.report_id is None:
                unit.run(rows.change_target(each.id, {"report_id": report_id}))
