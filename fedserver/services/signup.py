"""Sign-up defence: who may not join, who waits for approval, and the lists that say so.

What is refused is told in one text for each kind of block, which does not say which line of which list was met.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from fedserver.db.queries import signup as rows
from fedserver.db.queries import users as user_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.signup import IpBlock
from fedserver.db.unit import Unit
from fedserver.domain import signup
from fedserver.domain.text.characters import one_line, plain
from fedserver.kit.errors import Forbidden, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services.reports import log_action
from protocol.errors import Malformed
from protocol.hosts import normalise_host

DAY_MS: Final = 24 * 3600 * 1000
MAX_COMMENT: Final = 500
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Applicant(NamedTuple):
    """Who asks: from which address, with which mailbox, and which hosts take its mail (as far as that is known)."""

    ip: str = ""
    email: str | None = None
    username: str = ""
    mail_hosts: tuple[str, ...] = ()


class Refused(Invalid):
    """A newcomer met a block of this kind."""

    kind = ""
    block_id = 0


class Barred(Forbidden):
    """A newcomer comes from a network that is blocked."""

    kind = "ip"
    block_id = 0


def judge(unit: Unit, applicant: Applicant) -> bool:
    """Whether somebody has to be approved whatever the community says of others. ``Refused``, ``Barred``."""
    waits = _network(unit, applicant.ip)
    waits |= _mailbox(unit, applicant)
    return _name(unit, applicant.username) or waits


def check_mailbox(unit: Unit, applicant: Applicant) -> None:
    """A member names another address: ``Refused`` for one that a newcomer could not use."""
    _mailbox(unit, applicant)


def count(unit: Unit, failure: Refused | Barred) -> None:
    """Note that a block was met (in a unit of its own: that of the refusal leaves nothing behind)."""
    if failure.block_id:
        unit.run(rows.hit(unit.new_id(), failure.kind, failure.block_id, unit.now - unit.now % DAY_MS))


def _network(unit: Unit, ip: str) -> bool:
    found = [
        each for each in unit.all(rows.ips_in_force(unit.now)) if signup.contains(signup.network(each.network), ip)
    ]
    worst = max(found, key=lambda each: signup.SEVERITIES.index(each.severity), default=None)
    if worst is None:
        return False
    if worst.severity != "sign_up_requires_approval":
        failure = Barred(lazy("This community does not take new members at the moment"))
        failure.block_id = worst.id
        raise failure
    return True


def _mailbox(unit: Unit, applicant: Applicant) -> bool:
    if applicant.email is None:
        return False
    known = unit.one(rows.canonical(signup.canonical_digest(applicant.email)))
    if known is not None:
        raise _refused("canonical_email", known.id, "Validation failed: E-mail address cannot be used")
    hosts = (applicant.email.rpartition("@")[2], *applicant.mail_hosts)
    domains = list(dict.fromkeys(part for host in hosts for part in signup.suffixes(host)))
    found = unit.all(rows.email_domains(domains))
    for block in found:
        if not block.allow_with_approval:
            raise _refused("email_domain", block.id, "Validation failed: E-mail address cannot be used")
    return bool(found)


def _name(unit: Unit, username: str) -> bool:
    wanted = signup.folded(username)
    waits = False
    for block in unit.all(rows.usernames()):
        if block.folded == wanted or (not block.exact and block.folded in wanted):
            if not block.allow_with_approval:
                raise _refused("username", block.id, "Username is reserved")
            waits = True
    return waits


def _refused(kind: str, block_id: int, words: str) -> Refused:
    failure = Refused(lazy(words))
    failure.kind, failure.block_id = kind, block_id
    return failure


def block_ip(
    unit: Unit,
    text: str,
    severity: str,
    moderator: Account | None,
    *,
    comment: str = "",
    lasts_ms: int | None = None,
    own: str = "",
) -> int:
    """Block a network; the block's id. ``own``: the address of who asks, which must not be shut out."""
    network, severity = _checked(text, severity, own)
    if unit.one(rows.ip_of_network(network)) is not None:
        raise Invalid(lazy("Validation failed: Ip has already been taken"))
    made = unit.new_id()
    values = {
        "id": made,
        "network": network,
        "severity": severity,
        "comment": _comment(comment),
        "created_at": unit.now,
        "updated_at": unit.now,
        "expires_at": unit.now + lasts_ms if lasts_ms is not None else None,
    }
    unit.run(rows.add("ip", values))
    log_action(unit, moderator, "ip_block.add", network, severity)
    return made


def change_ip(
    unit: Unit,
    block_id: int,
    moderator: Account | None,
    *,
    text: str | None = None,
    severity: str | None = None,
    comment: str | None = None,
    lasts_ms: int | None = None,
    own: str = "",
) -> IpBlock:
    """Change a block of a network; None leaves a value as it is."""
    known: IpBlock = unit.get(rows.one("ip", block_id))
    network, severity = _checked(text or known.network, severity or known.severity, own)
    other = unit.one(rows.ip_of_network(network))
    if other is not None and other.id != block_id:
        raise Invalid(lazy("Validation failed: Ip has already been taken"))
    values: dict[str, Any] = {"network": network, "severity": severity, "updated_at": unit.now}
    if comment is not None:
        values["comment"] = _comment(comment)
    if lasts_ms is not None:
        values["expires_at"] = unit.now + lasts_ms
    unit.run(rows.change_ip(block_id, values))
    log_action(unit, moderator, "ip_block.change", network, severity)
    return unit.get(rows.one("ip", block_id))  # type: ignore[no-any-return]


def block_email_domain(unit: Unit, text: str, moderator: Account | None, *, with_approval: bool = False) -> int:
    """Block a mail provider, by its domain or by that of the hosts that take its mail; the block's id."""
    if not text.strip():
        raise Invalid(lazy("Validation failed: Domain can't be blank"))
    try:
        domain = normalise_host(text.strip().lstrip("@"))
    except Malformed as error:
        raise Invalid(
            lazy("Validation failed: Domain is invalid, Domain is not a valid domain name"), cause=error
        ) from error
    made = unit.new_id()
    values = {
        "id": made,
        "domain": domain,
        "allow_with_approval": int(with_approval),
        "created_at": unit.now,
    }
    if not unit.made(rows.add("email_domain", values)):
        raise Invalid(lazy("Validation failed: Domain has already been taken"))
    log_action(unit, moderator, "email_domain_block.add", domain)
    return made


def block_mailbox(
    unit: Unit, moderator: Account | None, *, email: str = "", digest: str = "", account_id: int | None = None
) -> int:
    """Keep a mailbox from coming back, whatever stands in it that its provider ignores; the block's id."""
    digest = signup.canonical_digest(email) if email.strip() else digest.strip().lower()
    if not _DIGEST.fullmatch(digest):
        raise Invalid(lazy("Validation failed: Canonical email hash can't be blank"))
    made = unit.new_id()
    values = {"id": made, "digest": digest, "account_id": account_id, "created_at": unit.now}
    if not unit.made(rows.add("canonical_email", values)):
        raise Invalid(lazy("Validation failed: Canonical email hash has already been taken"))
    log_action(unit, moderator, "canonical_email_block.add", f"mailbox:{digest[:12]}")
    return made


def block_mailbox_of(unit: Unit, account_id: int, moderator: Account | None) -> None:
    """Keep the mailbox of a member from coming back; nothing where it is blocked already, or there is none."""
    user = unit.one(user_rows.by_account(account_id))
    if user is not None and user.email and unit.one(rows.canonical(signup.canonical_digest(user.email))) is None:
        block_mailbox(unit, moderator, email=user.email, account_id=account_id)


def block_username(
    unit: Unit, text: str, moderator: Account | None, *, exact: bool = False, with_approval: bool = False
) -> int:
    """Block names that look like this one, or that hold it anywhere; the block's id."""
    username = one_line(plain(text)).strip()[:100]
    folded = signup.folded(username)
    if len(folded) < 2:
        raise Invalid(lazy("Validation failed: Username is too short"))
    made = unit.new_id()
    values = {
        "id": made,
        "username": username,
        "folded": folded,
        "exact": int(exact),
        "allow_with_approval": int(with_approval),
        "created_at": unit.now,
    }
    if not unit.made(rows.add("username", values)):
        raise Invalid(lazy("Validation failed: Username has already been taken"))
    log_action(unit, moderator, "username_block.add", username)
    return made


def unblock(unit: Unit, kind: str, block_id: int, moderator: Account | None) -> None:
    """Take a block back. ``NotFound`` where there is none."""
    block = unit.get(rows.one(kind, block_id))
    unit.run(rows.drop(kind, block_id))
    name = {"ip": "network", "email_domain": "domain", "canonical_email": "digest", "username": "username"}[kind]
    log_action(unit, moderator, f"{kind}_block.remove", str(getattr(block, name))[:60])


def _checked(text: str, severity: str, own: str) -> tuple[str, str]:
    if not severity:
        raise Invalid(lazy("Validation failed: Severity can't be blank"))
    if severity not in signup.SEVERITIES:
        raise Invalid(lazy("Validation failed: Severity is not included in the list"))
    try:
        network = signup.network(text)
    except ValueError as error:
        raise Invalid(lazy("Validation failed: Ip is invalid"), cause=error) from error
    if network.prefixlen < (8 if network.version == 4 else 16):
        raise Invalid(lazy("Validation failed: Ip is too large a network"))
    if severity == "no_access" and own and signup.contains(network, own):
        raise Invalid(lazy("Your own address lies in this network"))
    return str(network), severity


def _comment(text: str) -> str:
    return plain(text).strip()[:MAX_COMMENT]


def in_force(found: Iterable[IpBlock], severity: str) -> list[signup.IPNetwork]:
    """The networks of blocks of one severity."""
    return [signup.network(each.network) for each in found if each.severity == severity]
