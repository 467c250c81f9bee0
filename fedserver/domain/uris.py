"""The addresses of local things, each made in one place. They are ids on other servers: never change them."""

from __future__ import annotations

from fedserver.domain.site import Site

# The instance actor signs fetches and reports; its name can never be registered.
INSTANCE_USERNAME = "instance.actor"


def actor(site: Site, username: str) -> str:
    """ActivityPub id of a local actor."""
    return f"{site.base_url}/actor" if username == INSTANCE_USERNAME else f"{site.base_url}/users/{username}"


def instance_name(site: Site) -> str:
    """The username that the instance actor shows: the host, without a port, which no username can hold."""
    return site.domain.partition(":")[0]


def profile(site: Site, username: str) -> str:
    """The page of a local account."""
    return f"{site.base_url}/@{username}"


def status(site: Site, username: str, status_id: int) -> str:
    """ActivityPub id of a local post."""
    return f"{site.base_url}/users/{username}/statuses/{status_id}"


def status_page(site: Site, username: str, status_id: int) -> str:
    """The page of a local post."""
    return f"{site.base_url}/@{username}/{status_id}"


def shared_inbox(site: Site) -> str:
    """The inbox for everybody here."""
    return f"{site.base_url}/inbox"


def tag_page(site: Site, name: str) -> str:
    """The page of a hashtag."""
    return f"{site.base_url}/tags/{name}"


def tagged_page(site: Site, username: str, name: str) -> str:
    """What an account posted with a hashtag."""
    return f"{site.base_url}/@{username}/tagged/{name}"


def media(site: Site, media_id: int, token: str, kind: str = "full") -> str:
    """Public address of a medium (local or proxied); ``kind`` is ``full`` or ``small``."""
    return f"{site.base_url}/media/{media_id}/{token}/{kind}"


def emoji(site: Site, shortcode: str) -> str:
    """Id of one of this node's own emoji."""
    return f"{site.base_url}/emojis/{shortcode}"


def label(site: Site, name: str) -> str:
    """Id of what a label of this node means (FEP-4c96)."""
    return f"{site.base_url}/labels/{name}"


def applied_labels(site: Site, after: int | None = None) -> str:
    """The labels that this community puts on posts; those after a change."""
    return f"{site.base_url}/labels/applied" + (f"?after={after}" if after is not None else "")


def applied_label(site: Site, decision_id: int) -> str:
    """Id of a label that this community put on a post."""
    return f"{site.base_url}/labels/applied/{decision_id}"


def policy(site: Site, version: int) -> str:
    """Id of a version of the community's policy document; never changes what it says."""
    return f"{site.base_url}/policy/{version}"


def statement(site: Site, statement_id: int) -> str:
    """Id of a message that tells an author of another server what was decided here."""
    return f"{site.base_url}/statements/{statement_id}"


def like(actor_uri: str, favourite_id: int) -> str:
    """Id of a Like activity."""
    return f"{actor_uri}#likes/{favourite_id}"


def vote(actor_uri: str, vote_id: int) -> str:
    """Id of a vote in a poll."""
    return f"{actor_uri}#votes/{vote_id}"


def quote_request(actor_uri: str, quote_id: int) -> str:
    """Id of a QuoteRequest."""
    return f"{actor_uri}#quote_requests/{quote_id}"


def stamp(actor_uri: str, quote_id: int) -> str:
    """Id of a QuoteAuthorization, the word of the quoted author. It can be fetched."""
    return f"{actor_uri}/quote_authorizations/{quote_id}"


def follow(actor_uri: str, follow_id: int) -> str:
    """Id of a Follow activity."""
    return f"{actor_uri}#follows/{follow_id}"


def block(actor_uri: str, block_id: int) -> str:
    """Id of a Block activity."""
    return f"{actor_uri}#blocks/{block_id}"


def activity(actor_uri: str, kind: str, number: int) -> str:
    """Id of any other activity; ``number`` makes it unique."""
    return f"{actor_uri}#{kind}/{number}"
