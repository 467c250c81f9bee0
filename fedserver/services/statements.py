"""What authors on other servers are told of decisions about their posts: one message a day at most.

Only where a person or a vote held, removed or limited a post; never of spam, of servers that are blocked here, or of
abuse of minors. What happens within a day is gathered (``want``) and told as one (``make``); an answer to the message
is the appeal (``answered``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from fedserver.db.queries import accounts, communities, moderation
from fedserver.db.queries import decisions as read
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import statements as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.statements import Said, Telling
from fedserver.db.unit import Unit
from fedserver.domain.moderation.categories import MINORS
from fedserver.domain.text import compose
from fedserver.domain.text.clean import to_text
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import Conflict, Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import use_locale
from fedserver.render import reasons
from fedserver.services import appeals
from fedserver.services.moderation_events import StatementMade
from fedserver.services.texts import tag_page

TELL: Final = "reasons.tell"
DAY_MS: Final = 24 * 3600 * 1000
BY_PEOPLE: Final = frozenset({"moderator", "vote", "override"})
LESS: Final = frozenset(
    {("status", verb) for verb in ("hold", "remove", "reject", "unlist", "strip-media")} | {("media", "strip-media")}
)
BLOCKED: Final = frozenset({"suspend", "reject"})
# of which nobody elsewhere is told: categories of reports, and norms or rules of these names
SILENT: Final = frozenset({"spam", "no-spam", MINORS})


def concerned(unit: Unit, decision: Decision) -> Account | None:
    """The author on another server who is to be told of a decision; None where nobody is."""
    if decision.account_id is None or decision.source not in BY_PEOPLE or not decision.public:
        return None
    if (decision.target, decision.verb) not in LESS or {decision.norm, decision.rule_id} & SILENT:
        return None
    account = unit.one(accounts.by_id(decision.account_id))
    if account is None or account.local or not account.active:
        return None
    if decision.report_id is not None and unit.get(moderation.report(decision.report_id)).category in SILENT:
        return None
    policy = unit.one(moderation.policy_for(account.domain))
    return account if policy is None or policy.severity not in BLOCKED else None


def want(unit: Unit, decision: Decision, account: Account, what: str) -> None:
    """Have something told: ``decided``, ``undone`` or ``refused`` (the appeal)."""
    known = {each.what: each for each in unit.all(rows.of_decision(decision.id))}
    told = known.get("decided")
    if what != "decided" and told is None:
        return
    if what == "undone" and told is not None and told.statement_id is None:
        # nobody has heard of it yet, and nobody need
        unit.run(rows.drop(told.id))
        return
    values = {"id": unit.new_id(), "account_id": account.id, "decision_id": decision.id, "what": what}
    unit.made(rows.want({**values, "created_at": unit.now}))
    _ask(unit, account.id)


def _ask(unit: Unit, account_id: int) -> None:
    newest = unit.one(rows.newest(account_id))
    run_at = None if newest is None else max(unit.now, newest + DAY_MS)
    enqueue(unit, TELL, {"account_id": account_id}, run_at=run_at, once=f"{TELL}:{account_id}")


def make(unit: Unit, account_id: int) -> Said | None:
    """Tell all that waits; None where nothing does, or where the author was told something today already."""
    account = unit.one(accounts.by_id(account_id))
    waiting = unit.all(rows.waiting(account_id))
    if not waiting:
        return None
    if account is None or not account.active:
        for each in waiting:
            unit.run(rows.drop(each.id))
        return None
    newest = unit.one(rows.newest(account_id))
    if newest is not None and newest + DAY_MS > unit.now:
        _ask(unit, account_id)
        return None
    language = _language(unit)
    with use_locale(language):
        found = [_told(unit, each) for each in waiting]
        text = _text(unit, account, [words for words, _read in found])
    said = Said(
        id=unit.new_id(),
        account_id=account_id,
        content=_html(unit, account, text),
        language=language,
        reasons=orjson.dumps([read_by_machines for _words, read_by_machines in found]).decode(),
        created_at=unit.now,
    )
    unit.run(rows.add(said._asdict()))
    for each in waiting:
        unit.run(rows.told(each.id, said.id))
    unit.record(StatementMade(said, account))
    if unit.all(rows.waiting(account_id)):
        enqueue(unit, TELL, {"account_id": account_id}, run_at=unit.now + DAY_MS, once=f"{TELL}:{account_id}")
    return said


def is_for(unit: Unit, account: Account, statement_id: int) -> bool:
    """Whether there is such a message, and it went to this account."""
    said = unit.one(rows.by_id(statement_id))
    return said is not None and said.account_id == account.id


def answered(unit: Unit, sender: Account, statement_id: int, html: str) -> bool:
    """An answer to a message: the appeal against whatever the message told. False where it is none."""
    if not is_for(unit, sender, statement_id):
        return False
    text = _without_mention(to_text(html))[: appeals.MAX_TEXT]
    filed = False
    for each in unit.all(rows.of_statement(statement_id)):
        if each.what == "decided":
            try:
                appeals.file(unit, sender, each.decision_id, text)
                filed = True
            except (Conflict, Invalid, NotFound):
                # appealed before, too late, or taken back meanwhile
                continue
    return filed


def _told(unit: Unit, telling: Telling) -> tuple[str, dict[str, object]]:
    """One decision in words, and as the machine-readable statement."""
    one = unit.get(ledger_rows.by_id(telling.decision_id))
    why = reasons.reason_of(unit.site, one, unit.one(read.version_of(one)))
    refused = telling.what == "refused"
    return _words(unit, one, why, telling.what), {
        "type": "StatementOfReasons",
        **reasons.statement(one, why),
        "appealRefused": True if refused else None,
    }


def _words(unit: Unit, one: Decision, why: reasons.Reason, what: str) -> str:
    if what == "undone":
        return "\n".join((one.target_uri, reasons.taken_back(one)))
    if what == "refused":
        appeal = unit.one(ledger_rows.appeal_of(one.id))
        answer = appeal.answer if appeal is not None else ""
        return "\n".join((one.target_uri, _("Your appeal was refused."), answer)).strip()
    lines = [one.target_uri, f"{why.done} ({why.by})."]
    if why.reason:
        lines.append(_("Why: %(reason)s") % {"reason": why.reason})
    if why.rule and why.rule != why.reason:
        lines.append(_("Rule: %(rule)s") % {"rule": why.rule})
    if why.version is not None:
        lines.append(_("Policy: version %(number)s, %(link)s") % {"number": why.version, "link": why.policy})
    if one.appeal_until is not None:
        lines.append(
            _("To appeal, answer this message until %(day)s. Somebody other than who decided looks at it.")
            % {"day": to_iso(one.appeal_until)[:10]}
        )
    return "\n".join(lines)


def _text(unit: Unit, account: Account, parts: Sequence[str]) -> str:
    community = unit.one(communities.by_id())
    title = community.title if community is not None else unit.site.domain
    head = _("%(community)s (%(domain)s) decided about what you posted. This holds there, and on no other server.") % {
        "community": title,
        "domain": unit.site.domain,
    }
    return "\n\n".join((f"@{account.username}@{account.domain} {head}", *parts))


def _html(unit: Unit, account: Account, text: str) -> str:
    """Nobody but the author is mentioned, whatever a moderator wrote."""
    mentioned = compose.Mentioned(account.url or account.uri, account.username, account.domain)
    return compose.to_html(
        text, {(account.username.lower(), account.domain): mentioned}, lambda tag: tag_page(unit, tag)
    )


def _without_mention(text: str) -> str:
    """An answer without the names that apps put before it."""
    words = text.strip().split(" ")
    while words and words[0].startswith("@"):
        words.pop(0)
    return " ".join(words).strip()


def _language(unit: Unit) -> str:
    community = unit.one(communities.by_id())
    found = orjson.loads(community.languages) if community is not None else []
    return str(found[0]) if found else "en"
