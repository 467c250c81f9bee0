"""How was this made: who says what of a post's media and text, what was checked, in words for newcomers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from fedserver.db.queries.media import Medium
from fedserver.db.queries.provenance import Claimed
from fedserver.domain.provenance.labels import WORDS, Label
from fedserver.domain.site import Site
from fedserver.kit.i18n import Lazy, lazy
from fedserver.render.mastodon import provenance as render
from fedserver.render.mastodon.media import addresses
from fedserver.render.mastodon.provenance import Found

Words = Lazy | str


class Named(NamedTuple):
    """A label for people: ``name`` is what a badge says, ``means`` one sentence."""

    name: Words
    means: Words


LABELS: Mapping[str, Named] = {
    "ai-generated": Named(lazy("AI-generated"), lazy("A trained AI model is said to have made this.")),
    "partly-ai": Named(lazy("Partly AI"), lazy("People and a trained AI model are said to have made this together.")),
    "may-contain-ai": Named(
        lazy("May contain AI"),
        lazy(
            "This was put together from parts that AI may have made, or a statement about AI no longer fits the file."
        ),
    ),
    "captured": Named(lazy("Captured"), lazy("A camera or another device recorded this, a signed statement says.")),
    "human-declared": Named(
        lazy("Said to be made without AI"),
        lazy("Somebody says that no AI was used. That is their word: no file can prove it."),
    ),
    "unknown": Named(
        lazy("Not stated"),
        lazy("Nobody said how this was made, and the file does not tell. That proves nothing, one way or the other."),
    ),
    "disputed": Named(lazy("Disputed"), lazy("What is said of this does not fit together. Read both sides below.")),
}
# where a moderator here or a signature that this server trusts says so
_VOUCHED: Mapping[str, Words] = {
    "ai-generated": lazy("A trained AI model made this."),
    "partly-ai": lazy("People and a trained AI model made this together."),
}
TEXTS: Mapping[str, Words] = {
    "generated": lazy("The author says that a trained AI model wrote this text."),
    "assisted": lazy("The author says that this text was written with the help of AI."),
    "not_ai": lazy("The author says that no AI was used for this text."),
}
_SAYS: Mapping[Label, Words] = {
    Label.GENERATED: lazy("made by a trained AI model"),
    Label.PARTLY: lazy("made partly by a trained AI model"),
    Label.MAYBE: lazy("put together from several parts, perhaps some by AI"),
    Label.CAPTURED: lazy("recorded by a camera or another device"),
    Label.DECLARED: lazy("made without AI"),
}
_CHECKED: Mapping[str, Mapping[str, Words]] = {
    "integrity": {
        "intact": lazy("The file is exactly the one that this was said of."),
        "broken": lazy("The file is not the one that this was said of: something was changed afterwards."),
    },
    "signature": {
        "valid": lazy("The signature is genuine."),
        "invalid": lazy("The signature is not genuine."),
    },
    "trust": {
        "trusted": lazy("Who signed is on a list that this server trusts."),
        "untrusted": lazy("Who signed is on no list that this server trusts: anybody can sign under any name."),
        "expired": lazy("The certificate of who signed has run out since. That alone says nothing against the file."),
        "revoked": lazy("The certificate of who signed was withdrawn."),
    },
}
# what came of another server's words: see services/remote_checks.py
_COMPARED: Mapping[str, Mapping[str, Words]] = {
    "digest": {
        "match": lazy("The file that this server fetched is the one that they described."),
        "mismatch": lazy("The file that this server fetched is not the one that they described."),
    },
    "proof": {
        "valid": lazy("Their words came signed, and nobody changed them on the way."),
        "broken": lazy("Their words do not fit their signature: somebody changed them."),
    },
}
_SERVED: Mapping[str, Words] = {
    "original": lazy("The file is served as it was uploaded, so anybody can check its statements."),
    "stripped": lazy("Private details were taken out of the file before it was published; what stood in it was checked"
                     " here, on the uploaded file."),
    "signed": lazy("Private details were taken out of the file, and this server signed what it published."),
    "remote": lazy("The file comes from another server; what is said below was checked here where it could be."),
}  # fmt: skip
_RECIPE: Sequence[tuple[str, Words]] = (
    ("prompt", lazy("Prompt")),
    ("negative_prompt", lazy("Not wanted")),
    ("models", lazy("Model")),
    ("loras", lazy("LoRA")),
    ("sampler", lazy("Sampler")),
    ("steps", lazy("Steps")),
    ("cfg", lazy("CFG scale")),
    ("seed", lazy("Seed")),
)


class StepView(NamedTuple):
    """One signed statement of a chain: whose, with what tool; ``broken``: it did not fit its file."""

    by: str
    tool: str
    says: Words
    depth: int
    broken: bool


class ClaimView(NamedTuple):
    """One claim. Times in ms; ``said`` may be '' where only a tool is named."""

    who: Words
    said: Words
    tool: str
    models: tuple[str, ...]
    checks: tuple[Words, ...]
    note: str
    chain: tuple[StepView, ...]
    created_at: int
    revoked_at: int | None


class MadeView(NamedTuple):
    """A medium with all that is said of its making."""

    id: int
    kind: str
    url: str | None
    preview: str | None
    description: str
    label: str
    name: Words
    means: Words
    claims: tuple[ClaimView, ...]
    past: tuple[ClaimView, ...]
    recipe: tuple[tuple[Words, str], ...]
    # whether others see the recipe as well
    published: bool
    workflow: str | None
    license: str
    served: Words
    unreadable: bool
    digest: str | None


def named(label: str) -> Named:
    """The words of a label."""
    return LABELS.get(label, LABELS["unknown"])


def made_views(site: Site, rows: Sequence[Medium], found: Found, viewer_id: int | None) -> list[MadeView]:
    """What is known of some media, for a viewer: its author sees a recipe that nobody else does."""
    return [_made(site, row, found, own=viewer_id is not None and row.account_id == viewer_id) for row in rows]


def _made(site: Site, row: Medium, found: Found, *, own: bool) -> MadeView:
    made = found.made.get(row.id)
    label = made.label if made is not None else "unknown"
    claims = [_claim(each) for each in found.claims.get(row.id, ())]
    url, preview = addresses(site, row)
    told = render.recipe(site, row, made, own=own) if made is not None else None
    serving = made.serving if made is not None else "stripped"
    return MadeView(
        id=row.id,
        kind=row.kind,
        url=url,
        preview=preview,
        description=row.description or "",
        label=label,
        name=named(label).name,
        means=_means(label, found.claims.get(row.id, ())),
        claims=tuple(each for each in claims if each.revoked_at is None),
        past=tuple(each for each in claims if each.revoked_at is not None),
        recipe=tuple((name, _text(told[key])) for key, name in _RECIPE if told.get(key)) if told else (),
        published=made is not None and bool(made.publish_prompt),
        workflow=told["workflow_url"] if told else None,
        license=made.license if made is not None else "",
        served=_SERVED.get(serving if row.local else "remote", "") if claims else "",
        unreadable=made is not None and made.reading == "unreadable",
        digest=render.digest(row, found.claims.get(row.id, ())),
    )


def _means(label: str, claims: Sequence[Claimed]) -> Words:
    """One sentence: what is no more than somebody's word is told as such."""
    for row in claims:
        signed = (row.basis, row.integrity, row.signature, row.trust) == ("c2pa", "intact", "valid", "trusted")
        says = row.revoked_at is None and WORDS.get(row.source_type) == label
        # what a part of it is, or went into it, is said of that part
        signed = signed and row.claim.evidence.get("relation", "active") in ("active", "parentOf")
        if says and (signed or row.basis == "moderator"):
            return _VOUCHED.get(label, named(label).means)
    return named(label).means


def _claim(row: Claimed) -> ClaimView:
    said, evidence = row.claim, row.claim.evidence
    told = evidence.get("check")
    checks = [words[getattr(row, name)] for name, words in _CHECKED.items() if getattr(row, name) in words]
    if isinstance(told, dict):
        checks = [words[told[name]] for name, words in _COMPARED.items() if told.get(name) in words]
    if not checks:
        checks = [_unchecked(row)]
    chain = evidence.get("chain")
    return ClaimView(
        who=_who(row),
        said=_says(row.source_type),
        tool=f"{row.tool} {row.tool_version}".strip(),
        models=said.models,
        checks=tuple(checks),
        note=_text(evidence.get("note") or ""),
        chain=tuple(_step(each) for each in chain if isinstance(each, dict)) if isinstance(chain, list) else (),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def _who(row: Claimed) -> Words:
    by = row.claim.by
    if row.basis == "c2pa":
        return lazy("A signed statement in the file (C2PA), by %(by)s", by=by) if by else _SIGNED
    if row.basis == "declared":
        evidence = row.claim.evidence
        if "hashtag" in evidence:
            return lazy("The author, with the hashtag #%(tag)s", tag=_text(evidence["hashtag"]))
        return _DEFAULT if "default" in evidence else _AUTHOR
    if row.basis == "moderator":
        return lazy("The moderators of %(host)s", host=by)
    if row.basis == "remote-server":
        return lazy("The server %(host)s", host=by)
    return _NOTE if row.basis == "xmp" else _TOOL


_SIGNED = lazy("A signed statement in the file (C2PA)")
_AUTHOR = lazy("The author")
_DEFAULT = lazy("The author, of everything that they post")
_NOTE = lazy("A note in the file (XMP)")
_TOOL = lazy("What a program left in the file")


def _unchecked(row: Claimed) -> Words:
    if row.basis in ("xmp", "tool-metadata"):
        return lazy("It is not signed: anybody can write or remove such a note.")
    if row.basis == "c2pa":
        return lazy("It could not be checked.")
    return lazy("This is their word; a file cannot prove it.")


def _says(source_type: str) -> Words:
    label = WORDS.get(source_type)
    return _SAYS.get(label, source_type) if label is not None else source_type


def _step(step: Mapping[str, Any]) -> StepView:
    types = step.get("source_types")
    typed = next((each for each in types if isinstance(each, str)), "") if isinstance(types, list) else ""
    depth = step.get("depth")
    return StepView(
        by=_text(step.get("by") or ""),
        tool=_text(step.get("tool") or ""),
        says=_says(typed) if typed else "",
        depth=min(depth, 6) if isinstance(depth, int) else 0,
        broken=step.get("integrity") == "broken",
    )


def _text(value: object) -> str:
    """Something of a file as text; lists of names side by side."""
    if isinstance(value, list | tuple):
        return ", ".join(_text(each) for each in value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()
