"""The community's policy document: signed, put in force, every version kept; and those of others it subscribes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import orjson

from fedserver.db.queries import accounts, communities
from fedserver.db.queries import policy as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.policy import Subscription, Version
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.policy.canonical import canonical_bytes, hash_of
from fedserver.domain.policy.changes import Change, changes, following, fork
from fedserver.domain.policy.document import MODES, Document, in_language
from fedserver.domain.policy.write import to_toml
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Conflict, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.net.guard import is_literal
from fedserver.render import policy as render
from fedserver.services import feeds
from fedserver.services.communities import CommunityChange, set_rules, update
from fedserver.services.keyring import KeyRing
from fedserver.services.reports import COMMUNITY, log_action
from fedserver.services.versions import document_of as document_of
from keys.algorithms import Algorithm
from protocol.activitystreams.policies import PolicyObject
from protocol.activitystreams.urls import http_url, origin_of

FETCH: Final = "policy.fetch"
MAX_SUBSCRIPTIONS: Final = 50
MAX_EXCLUDES: Final = 200
MAX_NOTE: Final = 1000


def in_force(unit: Unit) -> Document | None:
    """The document in force, None where the community has none."""
    found = unit.one(rows.current())
    return None if found is None else document_of(found)


def next_version(unit: Unit, given: Document) -> tuple[Document, tuple[Change, ...]]:
    """What a document would be as the next version, and what it would change.

    ``given`` is the version in force with changes, or a document that says it follows it; one of another community
    becomes a fork, which names it as its parent only at the beginning. ``Conflict``: it was written from another
    version than the one in force. ``Invalid``: it changes nothing.
    """
    former = in_force(unit)
    if former is None:
        if given.name != unit.site.domain:
            given = fork(given, unit.site.domain)
        return following(given, None) if given.parent is None else given, ()
    if given.name == former.name:
        written_from = (former.version, former.parent), (former.version + 1, hash_of(former))
        signed = unit.one(rows.by_hash(hash_of(given)))
        # a draft that was signed beside the version in force looks like a change of it, and knows nothing of it
        overtaken = signed is not None and signed.enacted_at is None and signed.version <= former.version
        if overtaken or (given.version, given.parent) not in written_from:
            raise Conflict(
                lazy(
                    "This was written from another version than %(version)d, which holds: take that one"
                    " (`fedserver policy show`), change it and publish it.",
                    version=former.version,
                )
            )
    else:
        given = fork(given, former.name)
    found = changes(former, given)
    if not found:
        raise Invalid(lazy("This changes nothing about version %(version)d.", version=former.version))
    return following(given, former), found


def sign(unit: Unit, keyring: KeyRing, given: Document, actor: Account | None, note: str = "") -> Version:
    """Make and keep the next version, signed and not in force. The same document twice is one row."""
    document, _ = next_version(unit, given)
    known = unit.one(rows.by_hash(hash_of(document)))
    if known is not None:
        return known
    community = unit.get(accounts.by_uri(uris.actor(unit.site, uris.INSTANCE_USERNAME)))
    key = keyring.signing_key(unit.all(accounts.keys_of(community.id)), Algorithm.ED25519, unit.now)
    values = {
        "id": unit.new_id(),
        "community_id": COMMUNITY,
        "version": document.version,
        "hash": hash_of(document),
        "parent": document.parent,
        "document": canonical_bytes(document).decode(),
        "source": to_toml(document),
        "signed": orjson.dumps(render.signed(unit.site, document, key.key, key.uri, unit.now)).decode(),
        "note": note.strip()[:MAX_NOTE],
        "actor_id": actor.id if actor else None,
        "created_at": unit.now,
    }
    unit.made(rows.add(values))
    log_action(unit, actor, "policy.sign", f"policy:{document.version}", str(values["hash"]))
    return unit.get(rows.by_hash(str(values["hash"])))


def publish(unit: Unit, keyring: KeyRing, given: Document, actor: Account | None, note: str = "") -> Version:
    """Put a document in force: from now on its feeds, norms, about and terms are those of the community."""
    version = sign(unit, keyring, given, actor, note)
    if version.enacted_at is not None:
        raise Invalid(lazy("This changes nothing about version %(version)d.", version=version.version))
    document = document_of(version)
    first = unit.one(rows.current()) is None
    unit.run(rows.change(version.id, {"enacted_at": unit.now}))
    _show(unit, document, actor)
    unit.kept.clear()
    feeds.follow_document(unit, document, first=first)
    log_action(unit, actor, "policy.publish", f"policy:{version.version}", version.hash)
    return unit.get(rows.by_hash(version.hash))


def _show(unit: Unit, document: Document, actor: Account | None) -> None:
    """What apps and pages ask for by other names: rules, description, terms."""
    community = unit.get(communities.by_id(COMMUNITY))
    languages = [*orjson.loads(community.languages), document.language]
    about, terms = in_language(document.about, *languages), in_language(document.terms, *languages)
    if about or terms:
        # what the document does not speak of stays as it was written elsewhere
        update(unit, CommunityChange(description=_flowing(about) or None, terms=_flowing(terms) or None), actor)
    if document.norms:
        norms = [(in_language(one.text, *languages), in_language(one.hint, *languages)) for one in document.norms]
        set_rules(unit, norms, actor, _translations(document, languages))


def _translations(document: Document, languages: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
    """The norms in the languages that they are written in, by the text that is shown by default."""
    return {
        in_language(norm.text, *languages).strip(): {
            language: {"text": text, "hint": norm.hint.get(language, "")} for language, text in norm.text.items()
        }
        for norm in document.norms
    }


def _flowing(text: str) -> str:
    """Paragraphs on one line each: in a document lines are broken to be read as a file, on a page they would stay."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n")).strip()


def subscribe(
    unit: Unit, address: str, mode: str, priority: int, excludes: Sequence[str], actor: Account | None
) -> Subscription:
    """Take another community's document into account, or change how. It is fetched by a job.

    ``excludes``: ids of its rules and norms that are not taken over.
    """
    uri = http_url(address)
    if uri is None or origin_of(uri).host in (unit.site.domain, unit.site.host):
        raise Invalid(lazy("This is not the address of another community's policy"))
    host = urlsplit(uri).hostname or ""
    if is_literal(host) or "." not in host or host.endswith(".localhost"):
        raise Invalid(lazy("A policy has its address on a server with a public name, and %(host)s is none", host=host))
    if mode not in MODES:
        raise Invalid(lazy("A policy is subscribed to as advise, shadow or enforce"))
    if not -1000 <= priority <= 1000 or len(excludes) > MAX_EXCLUDES or any(len(one) > 40 for one in excludes):
        raise Invalid(
            lazy("The priority is a number from -1000 to 1000, and names of rules have at most 40 characters")
        )
    values = {"mode": mode, "priority": priority, "excludes": orjson.dumps(sorted(set(excludes))).decode()}
    known = unit.one(rows.subscription_to(uri))
    if known is not None:
        unit.run(rows.change_subscription(known.id, values))
    else:
        if len(unit.all(rows.subscriptions())) >= MAX_SUBSCRIPTIONS:
            raise Invalid(lazy("There are %(n)d subscriptions already", n=MAX_SUBSCRIPTIONS))
        ids = {"id": unit.new_id(), "community_id": COMMUNITY, "uri": uri, "created_at": unit.now}
        unit.made(rows.subscribe({**ids, **values}))
    found = unit.get(rows.subscription_to(uri))
    ask(unit, found.id)
    log_action(unit, actor, "policy.subscribe", uri, f"{mode} {priority}")
    return found


def unsubscribe(unit: Unit, address: str, actor: Account | None) -> None:
    """Take it into account no longer."""
    found = unit.one(rows.subscription_to(http_url(address) or address))
    if found is None:
        raise NotFound
    unit.run(rows.unsubscribe(found.id))
    log_action(unit, actor, "policy.unsubscribe", found.uri, found.name)


def ask(unit: Unit, subscription_id: int) -> None:
    """Have a subscribed document fetched."""
    enqueue(unit, FETCH, {"subscription_id": subscription_id}, once=f"{FETCH}:{subscription_id}")


def fetched(unit: Unit, subscription_id: int, found: PolicyObject) -> None:
    """Keep what was fetched and verified. ``Conflict``: another signer than before, or an older version."""
    row = unit.get(rows.subscription(subscription_id))
    if row.actor_uri is not None and row.actor_uri != found.attributed_to:
        raise Conflict(lazy("The policy at this address is now another community's"))
    if found.version < row.version or (found.version == row.version and row.hash and found.digest != row.hash):
        raise Conflict(lazy("The policy at this address went back to an older version"))
    values = {
        "actor_uri": found.attributed_to,
        "name": found.name,
        "version": found.version,
        "hash": found.digest,
        "document": orjson.dumps(found.policy).decode(),
        "state": "fetched",
        "problem": "",
        "fetched_at": unit.now,
    }
    unit.run(rows.change_subscription(row.id, values))
    if found.digest != row.hash:
        log_action(unit, None, "policy.pack", row.uri, f"{row.mode} version {found.version} {found.digest}")


def not_fetched(unit: Unit, subscription_id: int, problem: str, *, again: bool = False) -> None:
    """Say why nothing new could be had; ``again``: it is asked once more soon. What was fetched before stays."""
    values = {"problem": problem[:200]} if again else {"state": "failed", "problem": problem[:200]}
    unit.run(rows.change_subscription(subscription_id, values))


def retracted(unit: Unit, subscription_id: int) -> None:
    """Its community took the document back: nothing of it holds any longer.

    Its version is remembered, so that an older one cannot take its place; a newer one is taken in as ever.
    """
    row = unit.get(rows.subscription(subscription_id))
    values = {"state": "retracted", "document": None, "hash": "", "problem": ""}
    unit.run(rows.change_subscription(row.id, values))
    if row.document is not None:
        log_action(unit, None, "policy.pack", row.uri, f"{row.mode} retracted")
