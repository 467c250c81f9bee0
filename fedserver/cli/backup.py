"""``backup`` and ``restore``."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from fedserver import __version__
from fedserver.cli import archive, node
from fedserver.cli.archive import CONFIG, MASTER_KEY, MEDIA, Manifest
from fedserver.cli.console import CommandFailed, result, say
from fedserver.config import Config
from fedserver.db import backup, migrate
from fedserver.db.errors import Missing, WrongVersion
from fedserver.kit.clock import now_ms, to_iso
from fedserver.services.keyring import is_credential, open_master_key


def run(arguments: Namespace) -> None:
    """Write a backup while the node runs (or not); prints its folder."""
    os.umask(0o077)
    config = node.settings(arguments.config)
    folder: Path = arguments.dest
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandFailed(f"{folder} is there already and is not an empty folder.")
    with node.reading(config):
        pass  # missing, of another version, another node's: say so before anything is written
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    media = folder / MEDIA
    media.mkdir(mode=0o700)
    archive.copy_blobs(config.media.dir, media)
    try:
        rows = backup.snapshot(config.database.url, folder)
    except (backup.Damaged, backup.ToolFailed) as error:
        raise CommandFailed(str(error)) from error
    archive.copy_blobs(config.media.dir, media)
    if config.file is not None:
        archive.copy_private(config.file, folder / CONFIG)
    if arguments.with_key:
        _copy_key(config, folder)
    missing = _missing(config, rows.path, media)
    files = archive.facts(folder)
    server = config.server
    manifest = Manifest(
        __version__, server.domain, server.base_url, rows.schema, rows.path.name, to_iso(now_ms()), files, missing
    )
    archive.write_manifest(folder, manifest)
    if missing:
        say(f"Note: {len(missing)} media files that rows name were not there; the manifest lists them.")
    if not arguments.with_key:
        say("The master key is not in it: keep a copy of it elsewhere, a restored node cannot sign without it.")
    result(str(folder))


def _copy_key(config: Config, folder: Path) -> None:
    if config.keys.master_key is not None or is_credential(config.keys.master_key_file):
        raise CommandFailed("--with-key: the master key comes from the environment or a credential, not from a file.")
    open_master_key(config)
    archive.copy_private(config.keys.master_key_file, folder / MASTER_KEY)


def _missing(config: Config, rows: Path, media: Path) -> tuple[str, ...]:
    """Blobs that rows name and the backup has not, at most a thousand of them."""
    url = f"sqlite:///{rows.absolute()}" if config.database.sqlite else config.database.url
    there = {path.name for path in archive.blobs(media)}
    return tuple(sorted({name for name in backup.blob_names(url) if name not in there}))[:1000]


def restore(arguments: Namespace) -> None:
    """Put a backup into an empty data directory."""
    os.umask(0o077)
    source: Path = arguments.src
    manifest = archive.read_manifest(source)
    if manifest.schema > migrate.head():
        raise WrongVersion(
            f"The backup has schema {manifest.schema}, this program knows {migrate.head()}: install the newer version.",
            manifest.schema,
        )
    archive.verify(source, manifest)
    config = _settings(arguments, source, manifest)
    _check_target(config, source, manifest)
    for folder in (config.server.data_dir, config.media.dir):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in manifest.files:
        if name.startswith(f"{MEDIA}/"):
            target = config.media.dir / name.removeprefix(f"{MEDIA}/")
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            archive.copy_private(source / name, target)
    if MASTER_KEY in manifest.files and not config.keys.master_key_file.exists():
        archive.copy_private(source / MASTER_KEY, config.keys.master_key_file)
    try:
        backup.restore(source / manifest.rows, config.database.url)
    except (backup.Damaged, backup.ToolFailed) as error:
        raise CommandFailed(str(error)) from error
    _report(config, manifest)


def _settings(arguments: Namespace, source: Path, manifest: Manifest) -> Config:
    """The settings that are there; those of the backup where there are none."""
    path: Path = arguments.config or node.DEFAULT_CONFIG
    if not path.exists() and CONFIG in manifest.files:
        path.parent.mkdir(parents=True, exist_ok=True)
        archive.copy_private(source / CONFIG, path)
        say(f"Took the settings of the backup: {path}.")
    return node.settings(arguments.config)


def _check_target(config: Config, source: Path, manifest: Manifest) -> None:
    server = config.server
    if (server.domain, server.base_url) != (manifest.domain, manifest.base_url):
        raise CommandFailed(
            f"The backup belongs to {manifest.domain} ({manifest.base_url}), the settings say {server.domain} "
            f"({server.base_url}). Nothing was restored."
        )
    if not (source / manifest.rows).is_file():
        raise Missing("The backup holds no rows.")
    backup.check_kind(manifest.rows, config.database.url)
    allowed = {config.keys.master_key_file.absolute(), (config.file or Path(CONFIG)).absolute()}
    folders = {config.media.dir.absolute(), *config.media.dir.absolute().parents}
    for folder in (server.data_dir, config.media.dir):
        for path in folder.absolute().iterdir() if folder.is_dir() else ():
            if path not in allowed and path not in folders:
                raise CommandFailed(f"{folder} is not empty: there is {path.name}. Nothing was restored.")
    if not backup.is_empty(config.database.url):
        raise CommandFailed("There is a database already. Nothing was restored.")


def _report(config: Config, manifest: Manifest) -> None:
    say(f"Restored {manifest.domain} as of {manifest.created_at}.")
    if not config.keys.master_key_file.exists() and config.keys.master_key is None:
        say(f"The master key is missing: put it at {config.keys.master_key_file}, mode 600.")
    if manifest.schema != migrate.head():
        say("The schema is older than this program: run `fedserver migrate` before the start.")
    say("What was done after the backup is gone here but known elsewhere; docs/admin.md says what to expect.")
    result(str(config.server.data_dir))
