"""What ``doctor`` looks at. A check takes the settings and yields findings; none of them changes anything."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from fedserver.cli import node
from fedserver.cli.console import CommandFailed
from fedserver.config import Config
from fedserver.db.database import open_for_command
from fedserver.db.errors import CannotOpen, Missing, WrongVersion
from fedserver.db.queries import accounts, meta
from fedserver.db.queries import domain_lists as list_rows
from fedserver.db.queries import policy as policy_rows
from fedserver.db.queries import takedowns as takedown_rows
from fedserver.db.queries import users as user_rows
from fedserver.domain.settings import site_of
from fedserver.domain.site import Site
from fedserver.kit.clock import now_ms
from fedserver.kit.errors import Failure
from fedserver.kit.ids import time_of
from fedserver.media.provenance import trust
from fedserver.services.keyring import KeyRing, open_master_key
from keys.algorithms import Algorithm
from keys.master import MasterKeyError
from keys.sealing import SealError, sealed_with
from protocol.hosts import split_port

LOW_BYTES = 2 * 10**9
FULL_BYTES = 200 * 10**6
SKEW_MS = 120_000
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Finding(NamedTuple):
    """``level``: ok, note, warning, error. ``mend`` says what to do, where there is something to do."""

    level: str
    text: str
    mend: str = ""


Check = Callable[[Config], Iterator[Finding]]


def settings_file(config: Config) -> Iterator[Finding]:
    """The file may hold the passwords of the database and of the mail server."""
    if config.file is None:
        yield Finding("ok", "the settings come from the environment")
        return
    mode = stat.S_IMODE(config.file.stat().st_mode)
    secret = "@" in config.database.url or config.mail.url is not None
    if mode & 0o022:
        yield Finding("error", f"{config.file} can be changed by other users", f"chmod 600 {config.file}")
    elif mode & 0o077 and secret:
        yield Finding("warning", f"{config.file} holds a password that others can read", f"chmod 600 {config.file}")
    else:
        yield Finding("ok", f"settings: {config.file}")


def user(config: Config) -> Iterator[Finding]:
    """Whoever takes over a process that runs as root has the machine."""
    if os.geteuid() == 0:
        yield Finding("warning", "this runs as root", "make a user for the node; docs/admin.md has a systemd unit")
    else:
        yield Finding("ok", "runs as an ordinary user")


def names(config: Config) -> Iterator[Finding]:
    """What stands in ids and handles."""
    server = config.server
    scheme, web = server.base_url.split("://", 1)
    here = split_port(web)[0] in _LOCAL_NAMES
    if scheme == "http" and not here:
        yield Finding(
            "warning", f"base_url {server.base_url} is http: most servers federate with https only", "put a proxy first"
        )
    if here and split_port(server.domain)[0] not in _LOCAL_NAMES:
        yield Finding(
            "error", f"base_url {server.base_url} is this machine, but handles end in @{server.domain}", "set base_url"
        )
    elif web != server.domain:
        yield Finding(
            "note",
            f"handles end in @{server.domain}, pages are at {server.base_url}",
            f"https://{server.domain}/.well-known/webfinger must lead to {server.base_url}; `fedserver init` shows how",
        )
    else:
        yield Finding("ok", f"handles end in @{server.domain}, pages are at {server.base_url}")


def folders(config: Config) -> Iterator[Finding]:
    """The data directory and the media folder: there, ours, writable, with room."""
    for folder in dict.fromkeys((config.server.data_dir, config.media.dir)):
        if not folder.is_dir():
            yield Finding("error", f"{folder} is not there", "run `fedserver init`, or mend [server] data_dir")
            continue
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            yield Finding("error", f"{folder} cannot be written: {error.strerror}", f"chown it to {_me()}")
            continue
        free = shutil.disk_usage(folder).free
        room = f"{folder} has {free / 10**9:.1f} GB free"
        if free < LOW_BYTES:
            level = "error" if free < FULL_BYTES else "warning"
            yield Finding(level, room, "make room: a full disk stops every write")
        else:
            yield Finding("ok", room)


def _me() -> str:
    return f"user {os.geteuid()}"


def master_key(config: Config) -> Iterator[Finding]:
    """It is there, it is private, and it is the one that sealed the database."""
    try:
        key = open_master_key(config)
    except MasterKeyError as error:
        yield Finding("error", str(error), "put the master key back; without it nothing can be signed")
        return
    yield Finding("ok", "the master key can be read")
    try:
        with open_for_command(config.database.url, site_of(config)) as session:
            sealed = session.run(lambda unit: unit.all(accounts.all_sealed_keys()))
    except (CannotOpen, Failure):
        return
    try:
        wrong = [row.uri for row in sealed if sealed_with(row.sealed or b"") != key.key_id]
        if sealed and not wrong:
            of_one = [row for row in sealed if row.account_id == sealed[-1].account_id]
            KeyRing(key).signing_key(of_one, Algorithm.ED25519, now_ms())
    except (SealError, Failure) as error:
        yield Finding("error", f"a signing key does not open: {error}", "restore the database or the master key")
        return
    if wrong:
        text = f"{len(wrong)} of {len(sealed)} signing keys were sealed with another master key, such as {wrong[0]}"
        yield Finding("error", text, "put the old master key back, or go on with `fedserver keys reseal`")


def database(config: Config) -> Iterator[Finding]:
    """There, of our version, of this node, with an owner; and the clock has not gone back."""
    try:
        with open_for_command(config.database.url, site_of(config)) as session:
            session.run(node.check_identity)
            owners = session.run(lambda unit: unit.one(user_rows.count_role("owner")) or 0)
            marks = session.run(lambda unit: unit.all(meta.id_marks()))
            packs = session.run(lambda unit: unit.all(policy_rows.subscriptions()))
            lists = session.run(lambda unit: unit.all(list_rows.lists()))
            late = session.run(lambda unit: unit.all(takedown_rows.late(unit.now, unit.now, 1000)))
    except Missing as error:
        yield Finding("error", str(error), "run `fedserver init`, or mend [database] url")
    except WrongVersion as error:
        yield Finding("error", str(error), "stop the node, back it up, run `fedserver migrate`")
    except (CannotOpen, CommandFailed, Failure) as error:
        yield Finding("error", str(error))
    else:
        yield Finding("ok", "the database can be written")
        if not owners:
            yield Finding("warning", "nobody is the owner", "fedserver user create NAME --email E --role owner")
        yield from _clock(max((time_of(mark) for _, mark in marks), default=0))
        for pack in packs:
            if pack.state in ("failed", "retracted"):
                text = f"the policy at {pack.uri} is {pack.state}" + (f": {pack.problem}" if pack.problem else "")
                yield Finding("warning", text, f"look at it, or fedserver policy unsubscribe {pack.uri}")
        for each in lists:
            if each.state == "failed":
                text = f"the list of domains at {each.uri} is not followed: {each.problem}"
                yield Finding("warning", text, f"look at it, or fedserver domain unsubscribe {each.uri}")
        if late:
            text = f"{len(late)} demands to take something down wait for more than 48 hours"
            yield Finding("warning", text, "decide about them: /admin/takedowns")


def _clock(latest: int) -> Iterator[Finding]:
    behind = latest - now_ms()
    if behind > SKEW_MS:
        yield Finding(
            "error",
            f"the clock is {behind // 1000} s behind what the database has seen",
            "set the clock (timedatectl set-ntp true): other servers refuse signatures that are an hour off",
        )
    else:
        yield Finding("ok", "the clock has not gone back")


def proxy(config: Config) -> Iterator[Finding]:
    """Behind a proxy that is not trusted, all visitors have one address, and share one rate limit."""
    server = config.server
    behind = urlsplit(server.base_url).scheme == "https"
    if behind and not server.trusted_proxies:
        yield Finding(
            "warning",
            "trusted_proxies is empty, but https needs a proxy in front: all visitors look like the proxy",
            '[server] trusted_proxies = ["127.0.0.1", "::1"]',
        )
    else:
        yield Finding("ok", "trusted_proxies fits base_url")


def mail(config: Config) -> Iterator[Finding]:
    """The mail server answers, if there is to be one."""
    if config.mail.url is None:
        yield Finding("note", "no mail: reset links come from `fedserver user reset-password`")
        return
    parts = urlsplit(config.mail.url)
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=5):
            pass
    except OSError as error:
        yield Finding("error", f"the mail server {parts.hostname}:{port} does not answer: {error}", "mend [mail] url")
    else:
        yield Finding("ok", f"the mail server {parts.hostname}:{port} answers")


def media(config: Config) -> Iterator[Finding]:
    """Pictures and videos can be decoded."""
    try:
        import av
    except ImportError as error:
        yield Finding("error", f"video is not supported: {error}", "pip install av")
        return
    lacking = [name for name in ("h264", "vp9", "av1") if name not in av.codecs_available]
    if lacking:
        yield Finding("warning", f"videos in {', '.join(lacking)} cannot be read", "install another build of av")
    else:
        yield Finding("ok", "pictures and videos can be decoded")


def trust_lists(config: Config) -> Iterator[Finding]:
    """Whose signatures under manifests are trusted. A node without the lists reads manifests, and trusts nobody."""
    for path in (config.provenance.signers, config.provenance.time_stampers):
        try:
            count = len(trust.certificates(path.read_bytes()))
        except FileNotFoundError:
            yield Finding(
                "note",
                f"no list of certificates at {path}: nobody's signatures under media are trusted",
                "`fedserver provenance trust refresh` fetches the official list",
            )
        except (OSError, trust.BadList) as error:
            yield Finding("warning", f"{path}: {error}", "`fedserver provenance trust refresh` writes it anew")
        else:
            yield Finding("ok", f"certificates that are trusted under media, in {path}: {count}")


def ca_file(config: Config) -> Iterator[Finding]:
    """Certificates of one's own are where the settings say."""
    path: Path | None = config.network.ca_file
    if path is not None and not path.is_file():
        yield Finding("error", f"[network] ca_file {path} is not there", "mend it, or take it out")


def owner_name(config: Config, site: Site) -> str | None:
    """Some account of this node, to ask about."""
    try:
        with open_for_command(config.database.url, site) as session:
            found = session.run(lambda unit: unit.all(user_rows.listing(n=1)))
    except (CannotOpen, Failure):
        return None
    return found[0].username if found else None
