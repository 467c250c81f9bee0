"""Every section and key: its type, its default, what it means.

One line per key, made by ``setting``. The loader, the example file and the documentation test all read this
table, so nothing else has to be changed when a key is added.
"""

# ``setting`` returns a dataclass field, which is not shared between instances: RUF009 cannot know.
# ruff: noqa: RUF009

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fedserver.config import values
from fedserver.config.setting import REQUIRED, Setting, setting
from fedserver.config.values import HostPort, IPNetwork, Rate

_LISTS = "https://raw.githubusercontent.com/c2pa-org/conformance-public/main/trust-list"
_FEEDS = values.choice("public", "authenticated", "disabled")


@dataclass(frozen=True, slots=True)
class Server:
    """Who this node is and where it listens."""

    domain: str = setting(
        values.domain,
        REQUIRED,
        "The host part of handles: @name@domain. May carry a port. It cannot change after the first start.",
        shown="example.org",
    )
    base_url: str = setting(
        values.base_url,
        None,
        "Scheme, host and port of ids and pages, when they differ from https://<domain> (split handles).",
        derive=lambda server: f"https://{server['domain']}",
        shown="https://social.example.org",
    )
    listen: HostPort = setting(values.listen, "127.0.0.1:8787", 'Where to listen: "host:port".')
    data_dir: Path = setting(values.path, "data", "Database, media and keys, unless they are placed elsewhere.")
    trusted_proxies: tuple[IPNetwork, ...] = setting(
        values.networks,
        [],
        'Networks whose X-Forwarded-* headers count, such as ["127.0.0.1", "::1"] for a proxy on this machine.',
        toml=True,
    )


@dataclass(frozen=True, slots=True)
class Database:
    """Where the truth is kept."""

    url: str = setting(
        values.database_url,
        None,
        "sqlite:///path or postgresql://user:password@host/name.",
        derive=lambda server: f"sqlite:///{server['data_dir'] / 'fedserver.db'}",
        shown="sqlite:///data/fedserver.db",
        secret=True,
    )

    @property
    def sqlite(self) -> bool:
        """Whether this is the one-process kind."""
        return self.url.startswith("sqlite:")


@dataclass(frozen=True, slots=True)
class Keys:
    """The key that seals all other private keys at rest."""

    master_key_file: Path = setting(
        values.path,
        None,
        "The file of the master key. A systemd credential named fedserver.master_key is found by itself.",
        derive=lambda server: server["data_dir"] / "master.key",
        shown="data/master.key",
    )
    master_key: str | None = setting(
        values.text,
        None,
        "The master key itself; only from the environment, never in a file.",
        env_only=True,
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class Network:
    """Where outgoing requests may go. The defaults suit the public internet."""

    allow_http: bool = setting(
        values.boolean, False, "Permit outgoing http as well as https; WebFinger still tries https first.", toml=True
    )
    allow_addresses: tuple[IPNetwork, ...] = setting(
        values.networks, [], "Networks exempt from the guard against requests to private addresses.", toml=True
    )
    allow_ports: tuple[int, ...] = setting(values.ports, [], "Ports permitted beside 80 and 443.", toml=True)
    hosts: Mapping[str, HostPort] = setting(
        values.hosts,
        {},
        'Where to connect for a name: { "a.example" = "10.0.0.7:8443" }. Host header, TLS name and signatures stay; '
        "the address is still checked, the port is not.",
        toml=True,
    )
    ca_file: Path | None = setting(
        values.path, None, "Certificates (PEM) trusted beside the system's.", shown="my-ca.pem"
    )


@dataclass(frozen=True, slots=True)
class Federation:
    """With whom this node talks."""

    authorized_fetch: bool = setting(
        values.boolean, False, "Ask for a signature on every fetch of an ActivityPub object.", toml=True
    )
    mode: str = setting(
        values.choice("open", "allowlist"), "open", '"open": all but blocked domains; "allowlist": listed ones only.'
    )
    synchronise_followers: bool = setting(
        values.boolean,
        True,
        "Compare lists of followers with other servers (FEP-8fcf). Off where another system shares this host.",
        toml=True,
    )
    remote_post_days: int = setting(
        values.number(0, 36500),
        30,
        "How long public posts of other servers stay that nobody here has touched; 0 keeps them for ever.",
        toml=True,
    )
    surge_mentions: int = setting(
        values.number(0, 10**6), 60, "Posts by strangers in ten minutes that are an emergency; 0: never.", toml=True
    )


@dataclass(frozen=True, slots=True)
class Registration:
    """How newcomers join, and when an open way in falls to approval by itself."""

    mode: str = setting(
        values.choice("closed", "invite", "approval", "open"),
        "approval",
        '"closed", "invite", "approval" or "open": the initial value only, the community changes it later.',
    )
    surge_per_hour: int = setting(
        values.number(0, 1_000_000),
        60,
        "New accounts within an hour from which on newcomers wait for approval; 0 for no limit.",
        toml=True,
    )
    idle_days: int = setting(
        values.number(0, 3650),
        7,
        "Days without anybody of the team here after which newcomers wait for approval; 0 for no limit.",
        toml=True,
    )
    mail_hosts: bool = setting(
        values.boolean,
        True,
        "Ask the name server which hosts take a newcomer's mail, where mail providers are blocked.",
        toml=True,
    )


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read what is not asked for by name: "public", "authenticated" (people of this node) or "disabled"."""

    local_timeline: str = setting(_FEEDS, "public", "The latest posts of this node.")
    remote_timeline: str = setting(_FEEDS, "public", "The latest posts that arrived from other nodes.")
    local_tags: str = setting(_FEEDS, "public", "Posts of this node with a hashtag.")
    remote_tags: str = setting(_FEEDS, "public", "Posts of other nodes with a hashtag.")
    links: str = setting(_FEEDS, "public", "Posts with a link that is popular now.")
    trends: bool = setting(values.boolean, True, "Tell what is popular now.", toml=True)
    peers: bool = setting(values.boolean, True, "Tell which nodes are known here.", toml=True)
    activity: bool = setting(values.boolean, True, "Tell how much goes on here, by week.", toml=True)
    domain_blocks: str = setting(
        values.choice("disabled", "users", "all"),
        "users",
        'Who sees the list of blocked nodes: "users", "all" or nobody.',
    )
    domain_block_reasons: bool = setting(values.boolean, True, "Tell the public comment of each.", toml=True)


@dataclass(frozen=True, slots=True)
class Media:
    """Uploads and copies of remote media. Sizes are bytes, or texts such as "40 MB" or "1 GiB"."""

    dir: Path = setting(
        values.path,
        None,
        "Where blobs are kept.",
        derive=lambda server: server["data_dir"] / "media",
        shown="data/media",
    )
    max_image_bytes: int = setting(values.size, "40 MB", "Largest image upload.")
    max_image_pixels: int = setting(
        values.number(1), 50_000_000, "Width times height times frames of an image, at most.", toml=True
    )
    max_video_bytes: int = setting(values.size, "100 MB", "Largest video or audio upload.")
    quota_per_account: int = setting(values.size, "10 GB", "What one account may keep; 0 for no limit.")
    remote_cache_days: int = setting(
        values.number(0, 36500),
        30,
        "How long copies of remote media stay that nobody looks at; 0 keeps them while there is room.",
        toml=True,
    )
    remote_cache_bytes: int = setting(values.size, "10 GB", "How much room copies of remote media may take.")
    known_bad_files: str = setting(
        values.choice("hash", "keep"), "hash", 'What is kept of known-bad uploads: "hash", or "keep" for the file too.'
    )


@dataclass(frozen=True, slots=True)
class Mail:
    """Outgoing mail: confirming addresses, resetting passwords, telling people what changed. Without it, invitations,
    approval and reset links issued by an admin do."""

    url: str | None = setting(
        values.mail_url,
        None,
        "smtp://user:password@host:port (STARTTLS; a must with a password) or smtps://... Absent: no mail is sent.",
        shown="smtps://user:password@mail.example.org",
        secret=True,
    )
    sender: str | None = setting(
        values.mail_address,
        None,
        "The sender's address; noreply@ and the host of the domain without it.",
        key="from",
        shown="Example <noreply@example.org>",
    )


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who says how media were made."""

    hashtags: tuple[str, ...] = setting(
        values.tags,
        [
            "AIgenerated",
            "AIgeneratedArt",
            "AIgeneratedImage",
            "AIart",
            "AIartwork",
            "AIartCommunity",
            "AIimage",
            "MadeWithAI",
            "CreatedWithAI",
            "Midjourney",
            "StableDiffusion",
            "SDXL",
            "ComfyUI",
            "DALLE",
            "DALLE3",
        ],
        "Hashtags that declare a post's media as AI-generated, where the author's program says nothing else.",
        toml=True,
    )
    signers: Path = setting(
        values.path,
        None,
        "Certificates (PEM) whose C2PA manifests are trusted. Without the file nobody's are.",
        derive=lambda server: server["data_dir"] / "trust" / "c2pa-signers.pem",
        shown="data/trust/c2pa-signers.pem",
    )
    time_stampers: Path = setting(
        values.path,
        None,
        "Certificates (PEM) whose time stamps in C2PA manifests are trusted.",
        derive=lambda server: server["data_dir"] / "trust" / "c2pa-time-stampers.pem",
        shown="data/trust/c2pa-time-stampers.pem",
    )
    signers_url: str = setting(values.text, f"{_LISTS}/C2PA-TRUST-LIST.pem", "Where the first list comes from.")
    time_stampers_url: str = setting(values.text, f"{_LISTS}/C2PA-TSA-TRUST-LIST.pem", "And the second.")
    training: str = setting(
        values.choice("refuse", "allow"),
        "refuse",
        "Whether models may be trained with posts whose author says nothing.",
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes, announced to clients, and rates: "300/5m" is 300 in five minutes (s, m, h, d), "off" is no limit."""

    max_characters: int = setting(values.number(1, 1_000_000), 5000, "Characters in a post.", toml=True)
    max_media_attachments: int = setting(values.number(0, 100), 10, "Attachments of a post.", toml=True)
    max_description_characters: int = setting(
        values.number(0, 100_000), 10_000, "Characters in the description of an attachment.", toml=True
    )
    max_poll_options: int = setting(values.number(2, 100), 10, "Options of a poll.", toml=True)
    max_poll_option_characters: int = setting(values.number(1, 1000), 100, "Characters in an option.", toml=True)
    min_poll_seconds: int = setting(values.number(1), 300, "Shortest poll.", toml=True)
    max_poll_seconds: int = setting(values.number(1), 2_629_746, "Longest poll (a month).", toml=True)
    max_display_name_characters: int = setting(values.number(1, 1000), 60, "Characters in a name.", toml=True)
    max_bio_characters: int = setting(values.number(0, 100_000), 2000, "Characters in a profile's text.", toml=True)
    max_profile_fields: int = setting(values.number(0, 50), 8, "Fields of a profile.", toml=True)
    max_profile_field_characters: int = setting(
        values.number(1, 10_000), 500, "Characters in the name or the value of a field.", toml=True
    )
    max_pinned_statuses: int = setting(values.number(0, 100), 10, "Pinned posts of an account.", toml=True)
    max_body_bytes: int = setting(values.size, "1 MiB", "Largest body of a request that is no upload, inbox included.")
    throttle_unauthenticated_api: Rate = setting(values.rate, "300/5m", "API requests of an address, signed out.")
    throttle_authenticated_api: Rate = setting(values.rate, "1500/5m", "API requests of an account.")
    throttle_authenticated_paging: Rate = setting(values.rate, "300/15m", "Pages of long lists, of an account.")
    throttle_unauthenticated_paging: Rate = setting(values.rate, "300/15m", "Pages of long lists, of an address.")
    throttle_media_upload: Rate = setting(values.rate, "30/30m", "Uploads of an account.")
    throttle_statuses: Rate = setting(values.rate, "300/3h", "Posts of an account.")
    throttle_deletes: Rate = setting(values.rate, "30/30m", "Deletions and un-boosts of an account.")
    throttle_follows: Rate = setting(values.rate, "400/1d", "Follow requests of an account.")
    throttle_reports: Rate = setting(values.rate, "100/1d", "Reports of an account.")
    throttle_search_resolve: Rate = setting(values.rate, "60/5m", "Searches that ask other servers, of an account.")
    throttle_own_feeds: Rate = setting(values.rate, "60/5m", "Feeds of one's own that an account writes or looks at.")
    throttle_sign_up: Rate = setting(values.rate, "5/30m", "New accounts from an address.")
    throttle_takedown: Rate = setting(values.rate, "5/1h", "Demands to take something down, from an address.")
    throttle_login: Rate = setting(values.rate, "25/5m", "Sign-ins from an address, and sign-ins to an account.")
    throttle_password_reset: Rate = setting(values.rate, "5/30m", "Reset mails for an address or an account.")
    throttle_email_confirmation: Rate = setting(values.rate, "5/30m", "Confirmation mails for an account.")
    throttle_app_registration: Rate = setting(values.rate, "30/10m", "OAuth applications from an address.")
    throttle_inbox: Rate = setting(values.rate, "3000/5m", "Refused activities from an address, before it must wait.")
    streams_per_account: int = setting(values.number(0, 1000), 20, "Open streams of an account.", toml=True)
    streams_per_address: int = setting(values.number(0, 10_000), 100, "Open streams of an address.", toml=True)


@dataclass(frozen=True, slots=True)
class Log:
    """What the process tells on standard error."""

    level: str = setting(values.choice("debug", "info", "warning", "error"), "info", "The least that is told.")
    format: str = setting(values.choice("text", "json"), "text", '"text" for people, "json" for collectors.')


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, checked. ``file`` is where they came from, None when from the environment alone."""

    server: Server
    database: Database
    keys: Keys
    network: Network
    federation: Federation
    registration: Registration
    access: Access
    media: Media
    mail: Mail
    provenance: Provenance
    limits: Limits
    log: Log
    file: Path | None = None


SECTIONS: dict[str, type] = {
    "server": Server,
    "database": Database,
    "keys": Keys,
    "network": Network,
    "federation": Federation,
    "registration": Registration,
    "access": Access,
    "media": Media,
    "mail": Mail,
    "provenance": Provenance,
    "limits": Limits,
    "log": Log,
}


def settings_of(section: type) -> dict[str, tuple[str, Setting]]:
    """Key in the file -> (field name, setting), in the order of the class."""
    found: dict[str, tuple[str, Setting]] = {}
    for item in dataclasses.fields(section):
        about: Setting = item.metadata["setting"]
        found[about.key or item.name] = (item.name, about)
    return found
