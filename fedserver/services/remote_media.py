"""Media of other servers' posts as rows, with what was said of their making. Their bytes are fetched later."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from fedserver.db.queries import media, moderation
from fedserver.db.queries import provenance as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.media import Medium
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain.provenance.claims import GENERATED, PARTLY
from fedserver.domain.text import names
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import provenance
from protocol.activitystreams.provenance import UNSAID, Made, Said
from protocol.activitystreams.values import Label, Media, Object

CHECK = "provenance.check"
"""The job that fetches what somebody spoke of: ``{media_id, proof, again}``."""

# what readers see of another server's words
_SHOWN = ("remote", "license", "recipe")
# what servers that write FEP-4c96 labels call what we call AI-generated and partly AI, without marks, in small letters
_LABELS = {
    "aigenerated": GENERATED,
    "aigeneratedcontent": GENERATED,
    "generatedbyai": GENERATED,
    "generativeai": GENERATED,
    "genai": GENERATED,
    "partlyai": PARTLY,
    "aiassisted": PARTLY,
    "aimodified": PARTLY,
}


def add(
    unit: Unit, account_id: int, status_id: int | None, position: int, found: Media, role: str = "attachment"
) -> int:
    """A row for a remote medium; its bytes are fetched when somebody looks."""
    media_id = unit.new_id()
    # the type of the bytes says more than the type of the object: a silent film is an Image to some servers
    by_bytes = {"image": "image", "video": "video", "audio": "audio"}.get(found.media_type.partition("/")[0])
    by_object = {"Image": "image", "Video": "video", "Audio": "audio"}.get(found.type)
    kind = by_bytes or by_object or ("image" if role != "attachment" else "unknown")
    x, y = found.focal or (0.0, 0.0)
    unit.run(
        media.add(
            {
                "id": media_id,
                "account_id": account_id,
                "status_id": status_id,
                "role": role,
                "position": position,
                "kind": kind,
                "state": "ready",
                "mime": found.media_type,
                "remote_url": found.url,
                "token": secrets.token_urlsafe(16),
                "size": found.size,
                "digest": found.digest_multibase or None,
                "width": found.width,
                "height": found.height,
                "duration_ms": found.duration,
                "blurhash": found.blurhash or None,
                "focus_x": round(x * 1000),
                "focus_y": round(y * 1000),
                "description": found.description or None,
                "local": 0,
                "created_at": unit.now,
            }
        )
    )
    return media_id


def attach(unit: Unit, author: Account, status_id: int, obj: Object, found: Sequence[Media], proof: str) -> None:
    """Rows for the attachments of a post, in their order. ``proof``: what became of the proof on the document that
    said all this: valid | broken | '' where there is none, or its key is not known."""
    for position, medium in enumerate(found):
        media_id = add(unit, author.id, status_id, position, medium)
        _hear(unit, author, obj, media_id, medium, proof)


def edit(unit: Unit, author: Account, status: Status, obj: Object, before: Sequence[Medium], proof: str) -> bool:
    """Bring the attachments of a post up to date; whether that changed what readers see.

    A medium at the same address stays the same row, so that what was said of it before is kept.
    """
    if rejects_media(unit, author):
        return False
    left = list(before)
    changed = False
    for position, medium in enumerate(obj.attachments):
        row = next((each for each in left if each.remote_url == medium.url), None)
        if row is None:
            _hear(unit, author, obj, add(unit, author.id, status.id, position, medium), medium, proof)
            changed = True
        else:
            left.remove(row)
            changed |= _refresh(unit, row, medium, position)
            changed |= _hear_again(unit, author, obj, row.id, medium, proof)
    for row in left:
        forget(unit, row.id, (row.file_key, row.preview_key))
    return changed or bool(left)


def _refresh(unit: Unit, row: Medium, found: Media, position: int) -> bool:
    """What is said of a medium that stays. Another digest means other bytes: those that are here are let go."""
    values = {"description": found.description or None, "position": position}
    other = bool(found.digest_multibase) and found.digest_multibase != row.digest
    if other:
        values |= {"digest": found.digest_multibase, "size": found.size, "file_key": None, "preview_key": None}
        values |= {"cached_at": None, "blurhash": found.blurhash or None}
        files = [key for key in (row.file_key, row.preview_key) if key]
        if files:
            enqueue(unit, "media.remove_files", {"keys": files})
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    unit.run(media.change(row.id, values))
    return other or row.description != values["description"] or row.position != position


def _hear(unit: Unit, author: Account, obj: Object, media_id: int, found: Media, proof: str) -> None:
    """Keep what is said of the making of a medium, and have it checked. Costs nothing where nothing is said."""
    said = said_of(obj, found, unit.site.ai_hashtags)
    if said != UNSAID:
        provenance.store_remote(unit, media_id, said, host=author.domain)
        enqueue(unit, CHECK, {"media_id": media_id, "proof": proof}, once=f"{CHECK}:{media_id}")


def _hear_again(unit: Unit, author: Account, obj: Object, media_id: int, found: Media, proof: str) -> bool:
    """The same for a medium that is known; whether it is news. Words that are gone are revoked."""
    before = unit.one(rows.made([media_id]))
    if before is None or before.remote is None:
        _hear(unit, author, obj, media_id, found, proof)
        return unit.one(rows.made([media_id])) != before
    provenance.store_remote(unit, media_id, said_of(obj, found, unit.site.ai_hashtags), host=author.domain)
    after = unit.one(rows.made([media_id]))
    enqueue(unit, CHECK, {"media_id": media_id, "proof": proof}, once=f"{CHECK}:{media_id}")
    return after is None or any(getattr(before, name) != getattr(after, name) for name in _SHOWN)


def said_of(obj: Object, medium: Media, ai_hashtags: frozenset[str]) -> Made:
    """What a post says of one of its media: the medium's own words; else those of the whole post, from which PieFed's
    `genAI`, labels (FEP-4c96) and hashtags are all that some servers know."""
    made = medium.made
    if made.claims or made.source_type or made.gen_ai:
        return made
    kind = obj.made.source_type or next((kind for each in obj.labels if (kind := _kind(each))), "")
    tagged = any(names.normalise_hashtag(tag.name) in ai_hashtags for tag in obj.hashtags)
    return made._replace(gen_ai=obj.made.gen_ai or tagged, source_type=kind, license=made.license or obj.made.license)


def text_of(obj: Object, ai_hashtags: frozenset[str]) -> Made:
    """What a post says of itself; where there is nothing but text, a mark on the whole of it is about that text."""
    whole = said_of(obj, Media("Document", ""), ai_hashtags) if not obj.attachments and not obj.made.claims else UNSAID
    kind = whole.source_type or (GENERATED if whole.gen_ai else "")
    return obj.made._replace(claims=(Said("declared", kind),)) if kind else obj.made


def _kind(label: Label) -> str:
    """The source type that a label means, by the end of its address or by its name; '' for any other label."""
    spellings = (label.href.rstrip("/").rpartition("/")[2], label.name)
    plain = ("".join(letter for letter in each.casefold() if letter.isalnum()) for each in spellings)
    return next((_LABELS[each] for each in plain if each in _LABELS), "")


def forget(unit: Unit, media_id: int, keys: tuple[str | None, ...]) -> None:
    """Remove a row, and its files after the commit."""
    unit.run(media.remove(media_id))
    files = [key for key in keys if key]
    if files:
        enqueue(unit, "media.remove_files", {"keys": files})


def rejects_media(unit: Unit, author: Account) -> bool:
    """Whether the policy towards the author's server leaves media out."""
    policy = unit.one(moderation.policy_for(author.domain))
    return policy is not None and bool(policy.reject_media)
