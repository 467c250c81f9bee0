"""Why something was decided, in words: for apps, letters, pages and messages to other servers alike.

Texts are in the locale of the context; those of the policy are in its reader's language where its authors wrote one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from fedserver.db.queries import decisions
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Appeal, Decision
from fedserver.db.queries.policy import Version
from fedserver.db.queries.statements import Said
from fedserver.domain import uris
from fedserver.domain.moderation import words
from fedserver.domain.policy.document import Document as Policy
from fedserver.domain.policy.document import in_language
from fedserver.domain.policy.read import from_plain
from fedserver.domain.site import Site
from fedserver.domain.text.clean import clean
from fedserver.kit.clock import to_iso
from fedserver.kit.i18n import current_locale
from fedserver.kit.i18n import gettext as _
from protocol.activitystreams import values, write
from protocol.activitystreams.values import Document

if TYPE_CHECKING:
    from fedserver.render.mastodon.renderer import Reader

# what ends sessions and tokens of an account for good
ENDS_ACCESS = frozenset({"disable", "suspend"})
STATES = {"granted": "approved", "refused": "rejected", "": "pending"}


class Reason(NamedTuple):
    """``rule``: what the community asks for, in its words ('' where the decision names no rule); ``policy``: where the
    version stands that was in force."""

    done: str
    by: str
    reason: str
    rule: str
    version: int | None
    policy: str | None


@lru_cache(maxsize=8)
def _document(digest: str, text: str) -> Policy:
    return from_plain(orjson.loads(text))


async def versions_of(db: Reader, found: Iterable[Decision]) -> dict[int, Version]:
    """The version of the policy for each decision, by the decision's id. A document may be long: each is read once."""
    by_number: dict[int, Version] = {}
    # what was found for a moment holds for every earlier one since it came into force
    at: list[tuple[int, Version]] = []
    made: dict[int, Version] = {}
    for one in found:
        if one.policy_version is not None:
            version = by_number.get(one.policy_version)
        else:
            version = next((v for t, v in at if (v.enacted_at or 0) <= one.created_at <= t), None)
        if version is None:
            version = next(iter(await db.all(decisions.version_of(one))), None)
            if version is None:
                continue
            by_number[version.version] = version
            if one.policy_version is None:
                at.append((one.created_at, version))
        made[one.id] = version
    return made


def reason_of(site: Site, one: Decision, version: Version | None) -> Reason:
    """``version``: as ``db.queries.decisions.version_of`` finds it."""
    rule = rule_text(one, version)
    number = version.version if version is not None else None
    return Reason(
        done=words.done(one.target, one.verb),
        by=words.source(one.source),
        reason=one.reason or rule,
        rule=rule,
        version=number,
        policy=uris.policy(site, number) if number is not None else None,
    )


def rule_text(one: Decision, version: Version | None) -> str:
    """The norm that a decision names, else what its rule says of itself, in the reader's language."""
    if version is None or not (one.norm or one.rule_id):
        return ""
    document = _document(version.hash, version.document)
    wanted = (current_locale(), document.language)
    rule = next((each for each in document.rules if each.id == one.rule_id), None)
    norm_id = one.norm or (rule.norm if rule is not None else "")
    norm = next((each for each in document.norms if each.id == norm_id), None)
    if norm is not None:
        return in_language(norm.text, *wanted)
    return in_language(rule.because, *wanted) if rule is not None else ""


def text_of(site: Site, group: Sequence[Decision], why: Reason, now: int, appeal: Appeal | None = None) -> str:
    """What whoever was hit reads, in plain text. ``group``: what is told as one, oldest first."""
    one = group[0]
    standing = [each for each in group if each.standing]
    lines = []
    if not standing:
        lines += [taken_back(group[-1]), "", _("It had been: %(done)s.") % {"done": why.done}]
    else:
        lines.append(f"{why.done} ({why.by}).")
        if len(group) > 1:
            lines.append(_("%(count)s times.") % {"count": len(group)})
        if len(standing) < len(group):
            lines.append(_("Of these, %(count)s were taken back.") % {"count": len(group) - len(standing)})
    if why.reason:
        lines += ["", _("Why: %(reason)s") % {"reason": why.reason}]
    if why.rule and why.rule != why.reason:
        lines.append(_("Rule: %(rule)s") % {"rule": why.rule})
    if why.version is not None:
        lines.append(_("Policy: version %(number)s, %(link)s") % {"number": why.version, "link": why.policy})
    lines += _about_appeals(site, standing, one, now, appeal)
    return "\n".join(lines).strip()


def taken_back(one: Decision) -> str:
    """That a decision no longer holds, why, and what is left to do: tokens that ended do not come back."""
    if one.expired:
        text = _("The time of this decision is over: it no longer holds.")
    else:
        text = f"{_('This was taken back: it no longer holds.')} {one.undone_because}".strip()
    if one.target == "account" and one.verb in ENDS_ACCESS:
        text = f"{text} {_('Sign in anew, in the browser and in each app.')}"
    return text


def _about_appeals(
    site: Site, standing: Sequence[Decision], one: Decision, now: int, appeal: Appeal | None
) -> list[str]:
    if appeal is not None and appeal.outcome:
        told = _("Your appeal was granted.") if appeal.outcome == "granted" else _("Your appeal was refused.")
        return ["", f"{told} {appeal.answer}".strip()]
    if appeal is not None:
        return ["", _("Your appeal waits for somebody to look at it.")]
    open_ones = [each for each in standing if each.appeal_until is not None and each.appeal_until > now]
    if not open_ones:
        return []
    until = to_iso(open_ones[0].appeal_until or 0)[:10]
    link = f"{site.base_url}/settings/decisions/{one.id}"
    return ["", _("You may appeal until %(day)s: %(link)s") % {"day": until, "link": link}]


def action_of(group: Sequence[Decision]) -> str:
    """The word of AccountWarning (Mastodon 4.3) for what was done; ``none`` for what no longer holds."""
    standing = next((each for each in group if each.standing), None)
    return "none" if standing is None else words.ACTIONS.get((standing.target, standing.verb), "none")


def warning(
    site: Site, group: Sequence[Decision], version: Version | None, now: int, appeal: Appeal | None
) -> dict[str, Any]:
    """AccountWarning (Mastodon 4.3) without its account: what is told as one, as it stands now.

    ``group`` is not empty, oldest first. ``version``: see ``reason_of``.
    """
    one = next((each for each in group if each.standing), group[0])
    posts = dict.fromkeys(str(each.target_id) for each in group if each.target == "status" and each.standing)
    why = reason_of(site, one, version)
    return {
        "id": str(group[0].id),
        "action": action_of(group),
        "text": text_of(site, group, why, now, appeal),
        "status_ids": list(posts),
        "appeal": appeal_entity(appeal),
        "created_at": to_iso(group[0].created_at),
    }


def appeal_entity(row: Appeal | None) -> dict[str, str] | None:
    """Appeal (Mastodon 4.3)."""
    return None if row is None else {"text": row.text, "state": STATES.get(row.outcome, "pending")}


def statement(one: Decision, why: Reason) -> dict[str, Any]:
    """One decision as other servers read it (FEDERATION.md); nothing that moderators alone read."""
    return {
        "decision": str(one.id),
        "action": f"{one.target}.{one.verb}",
        "object": one.target_uri,
        "decidedBy": one.source,
        "reason": why.reason,
        "rule": why.rule or None,
        "ruleId": one.rule_id or one.norm or None,
        "policy": why.policy,
        "policyVersion": why.version,
        "published": to_iso(one.created_at),
        "appealUntil": to_iso(one.appeal_until) if one.appeal_until is not None else None,
        "undone": to_iso(one.undone_at) if one.undone_at is not None else None,
    }


def note(site: Site, said: Said, account: Account) -> Document:
    """The message to an author on another server, without ``@context``: a Note to that author alone, which every server
    shows as a direct message."""
    reasons = orjson.loads(said.reasons)
    uri = uris.statement(site, said.id)
    value = values.Object(
        id=uri,
        type="Note",
        attributed_to=uris.actor(site, uris.INSTANCE_USERNAME),
        url=uri,
        content_html=clean(said.content),
        language=said.language,
        published=said.created_at,
        to=(account.uri,),
        mentions=(values.Mention(account.uri, f"@{account.username}@{account.domain}"),),
        extra={"statementOfReasons": [_present(each) for each in reasons]},
    )
    return write.write_object(value)


def create(site: Site, said: Said, account: Account, actor: str) -> Document:
    """The Create of the message."""
    noun = note(site, said, account)
    return write.create(id=f"{noun['id']}/activity", actor=actor, object=noun, published=said.created_at)


def _present(pairs: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in pairs.items() if value is not None}
