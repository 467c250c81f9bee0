"""Names of the ActivityStreams vocabulary and the context documents that our own documents carry.

A context is written, never loaded. The first entry is always the ActivityStreams URL as a string: that is what
plain-JSON servers look for, and FEP-8b32 wants a proof's context to be the beginning of its document's.
"""

from __future__ import annotations

from typing import Any, Final

AS: Final = "https://www.w3.org/ns/activitystreams"
SECURITY: Final = "https://w3id.org/security/v1"
DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v1"
MULTIKEY: Final = "https://w3id.org/security/multikey/v1"

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
PUBLIC_SPELLINGS: Final = frozenset({PUBLIC, "as:Public", "Public"})

ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON: Final = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

ACTOR_TYPES: Final = frozenset({"Person", "Service", "Group", "Organization", "Application"})
BOT_TYPES: Final = frozenset({"Service", "Application"})
OBJECT_TYPES: Final = frozenset({"Note", "Article", "Page", "Question", "Image", "Video", "Audio", "Event", "Document"})
MEDIA_TYPES: Final = frozenset({"Document", "Image", "Video", "Audio"})
COLLECTION_TYPES: Final = frozenset({"Collection", "OrderedCollection"})
PAGE_TYPES: Final = frozenset({"CollectionPage", "OrderedCollectionPage"})

MISSKEY_QUOTE_REL: Final = "https://misskey-hub.net/ns#_misskey_quote"

# Keys that say what may be done with something, and which app wrote it. Readers keep them as they came, writers copy
# them. FEP-5e53 (xRobotsTag, SPC). On a medium `generator` is the tool that made it (provenance.py).
MEDIA_EXTRA_KEYS: Final = ("aiUsage", "xRobotsTag", "SPC")
EXTRA_KEYS: Final = ("generator", *MEDIA_EXTRA_KEYS)

_TOOT: Final[dict[str, Any]] = {
    "toot": "http://joinmastodon.org/ns#",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "memorial": "toot:memorial",
    "suspended": "toot:suspended",
    "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
    "blurhash": "toot:blurhash",
    "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
    "votersCount": "toot:votersCount",
    "Emoji": "toot:Emoji",
}

# Mastodon's IRI for schema.org is http and ends in "#"; that spelling is the one that others compare with.
_SCHEMA: Final[dict[str, Any]] = {
    "schema": "http://schema.org#",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
}

_AS_EXTENSIONS: Final[dict[str, Any]] = {
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "sensitive": "as:sensitive",
    "Hashtag": "as:Hashtag",
}

_QUOTES: Final[dict[str, Any]] = {
    "misskey": "https://misskey-hub.net/ns#",
    "fedibird": "http://fedibird.com/ns#",
    "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
    "quoteUri": "fedibird:quoteUri",
    "quoteUrl": "as:quoteUrl",
    "_misskey_quote": "misskey:_misskey_quote",
    "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
}

_POLICY: Final[dict[str, Any]] = {
    "gts": "https://gotosocial.org/ns#",
    "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
    "canLike": {"@id": "gts:canLike", "@type": "@id"},
    "canReply": {"@id": "gts:canReply", "@type": "@id"},
    "canAnnounce": {"@id": "gts:canAnnounce", "@type": "@id"},
    "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
    "canFeature": {"@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id"},
    "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
    "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
    "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
}

_MADE: Final[dict[str, Any]] = {
    "fedserver": "urn:fedserver:ns:",
    "genAI": "fedserver:genAI",
    "digitalSourceType": {"@id": "schema:digitalSourceType", "@type": "@id"},
    "provenance": {"@id": "fedserver:provenance", "@container": "@list"},
    "prompt": "fedserver:prompt",
    "recipe": "fedserver:recipe",
    "aiUsage": "fedserver:aiUsage",
    "xRobotsTag": "https://w3id.org/fep/5e53#xRobotsTag",
    "SPC": "https://w3id.org/fep/5e53#SPC",
    "license": {"@id": "schema:license", "@type": "@id"},
    "Label": "https://w3id.org/fep/4c96#Label",
    "LabelDefinition": "https://w3id.org/fep/4c96#LabelDefinition",
    # data-integrity/v1 protects this term: beside a proof, any other definition makes the document invalid JSON-LD
    "digestMultibase": {
        "@id": "https://w3id.org/security#digestMultibase",
        "@type": "https://w3id.org/security#multibase",
    },
    "size": "https://joinpeertube.org/ns#size",
}

_CLAIMS: Final[dict[str, Any]] = {
    "fedserver": "urn:fedserver:ns:",
    "schema": "http://schema.org#",
    "isBasedOn": {"@id": "schema:isBasedOn", "@type": "@id"},
    "noRemix": "fedserver:noRemix",
    "ProvenanceClaim": "fedserver:ProvenanceClaim",
    "basis": "fedserver:basis",
    "validation": "fedserver:validation",
    "integrity": "fedserver:integrity",
    "signature": "fedserver:signature",
    "trust": "fedserver:trust",
    "scope": "fedserver:scope",
    "signer": "fedserver:signer",
    "manifest": "fedserver:manifest",
    "revoked": "fedserver:revoked",
    "version": "schema:softwareVersion",
    "models": {"@id": "fedserver:models", "@container": "@list"},
    "negativePrompt": "fedserver:negativePrompt",
    "seed": "fedserver:seed",
    "steps": "fedserver:steps",
    "sampler": "fedserver:sampler",
    "cfg": "fedserver:cfg",
    "loras": {"@id": "fedserver:loras", "@container": "@list"},
    "workflow": "fedserver:workflow",
}

_REASONS: Final[dict[str, Any]] = {
    "fedserver": "urn:fedserver:ns:",
    "statementOfReasons": {"@id": "fedserver:statementOfReasons", "@container": "@list"},
    "StatementOfReasons": "fedserver:StatementOfReasons",
    "decision": "fedserver:decision",
    "action": "fedserver:action",
    "decidedBy": "fedserver:decidedBy",
    "reason": "fedserver:reason",
    "rule": "fedserver:rule",
    "ruleId": "fedserver:ruleId",
    "policy": {"@id": "fedserver:policy", "@type": "@id"},
    "policyVersion": "fedserver:policyVersion",
    "appealUntil": "fedserver:appealUntil",
    "undone": "fedserver:undone",
    "appealRefused": "fedserver:appealRefused",
}

ACTOR_CONTEXT: Final[list[Any]] = [
    AS,
    SECURITY,
    DATA_INTEGRITY,
    MULTIKEY,
    {
        **_AS_EXTENSIONS,
        **_TOOT,
        **_SCHEMA,
        # the contexts above know this word inside a proof only; without it JSON-LD readers find no key for proofs
        "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set"},
        "webfinger": {"@id": "https://purl.archive.org/socialweb/webfinger#webfinger"},
        "aiUsage": "urn:fedserver:ns:aiUsage",
        "xRobotsTag": "https://w3id.org/fep/5e53#xRobotsTag",
    },
]
"""For actors, and for an Update of one."""

OBJECT_CONTEXT: Final[list[Any]] = [
    AS,
    DATA_INTEGRITY,
    {**_AS_EXTENSIONS, **_TOOT, **_SCHEMA, **_QUOTES, **_POLICY, **_MADE},
]
"""For Notes and their kin, and for activities that carry one."""

MADE_CONTEXT: Final[list[Any]] = [*OBJECT_CONTEXT, _CLAIMS]
"""For those that say how they were made. It comes after the rest, and costs the others nothing."""

REASONS_CONTEXT: Final[list[Any]] = [*OBJECT_CONTEXT, _REASONS]
"""For messages that tell an author of another server what was decided about a post, and why (FEDERATION.md)."""

PROVENANCE_CONTEXT: Final[dict[str, Any]] = {**_SCHEMA, **_MADE, **_CLAIMS}
"""The words of docs/fep-provenance.md, served as a document of its own; our posts carry them within their context."""

ACTIVITY_CONTEXT: Final = AS
"""For activities that carry ids only: the bare URL, as Mastodon sends it."""

QUOTE_CONTEXT: Final[list[Any]] = [AS, {**_QUOTES, **_POLICY}]
"""For QuoteRequest, its answers and the stamps (FEP-044f)."""
