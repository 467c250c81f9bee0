"""``emoji list|add|import|remove``: the custom emoji of this node."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

from fedserver.app import media_settings
from fedserver.cli import node
from fedserver.cli.console import CommandFailed, result, say
from fedserver.config import Config
from fedserver.db.queries import emojis as rows
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid, NotFound
from fedserver.media.errors import MediaError
from fedserver.media.pipeline import Pipeline, Processed
from fedserver.media.store import FolderStore
from fedserver.services import emojis
from fedserver.services.reports import log_action

_ENDINGS = frozenset({".png", ".gif", ".webp", ".jpg", ".jpeg", ".avif"})


def show(arguments: Namespace) -> None:
    """One line an emoji: its shortcode, its category."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: unit.all(rows.of_domain()))
    for each in found:
        result(f"{each.emoji.shortcode}\t{each.emoji.category or '-'}")


def add(arguments: Namespace) -> None:
    """One emoji from one file."""
    _keep(arguments, {arguments.shortcode: arguments.file})


def add_folder(arguments: Namespace) -> None:
    """Every picture of a folder, named like its file."""
    if not arguments.folder.is_dir():
        raise CommandFailed(f"{arguments.folder} is not a folder.")
    files = sorted(path for path in arguments.folder.iterdir() if path.suffix.lower() in _ENDINGS)
    if not files:
        raise CommandFailed(f"There are no pictures in {arguments.folder}.")
    _keep(arguments, {path.stem: path for path in files})


def remove(arguments: Namespace) -> None:
    """Nobody can use it any more."""
    with node.writing(node.settings(arguments.config)) as (session, _):
        try:
            session.run(partial(_drop, shortcode=arguments.shortcode))
        except NotFound as error:
            raise CommandFailed(f"There is no emoji named {arguments.shortcode}.") from error
    say(f":{arguments.shortcode}: is gone.")


def _keep(arguments: Namespace, files: dict[str, Path]) -> None:
    """Each file by itself: one that cannot be used is told, and the others come in."""
    config, refused = node.settings(arguments.config), 0
    with node.writing(config) as (session, _):
        for shortcode, path in files.items():
            try:
                emojis.check_shortcode(shortcode)
                picture = picture_from(config, path)
            except (Invalid, CommandFailed) as error:
                say(f"{path.name}: {error.message if isinstance(error, Invalid) else error}")
                refused += 1
                continue
            session.run(partial(_keep_one, shortcode=shortcode, picture=picture, category=arguments.category))
            result(shortcode)
    if refused:
        raise CommandFailed(f"{refused} of {len(files)} could not be used.")


def _keep_one(unit: Unit, shortcode: str, picture: dict[str, Any], category: str | None) -> None:
    emojis.keep_own(unit, shortcode, picture, category)
    log_action(unit, None, "emoji.add", f":{shortcode}:")


def _drop(unit: Unit, shortcode: str) -> None:
    emojis.drop_own(unit, shortcode)
    log_action(unit, None, "emoji.remove", f":{shortcode}:")


def picture_from(config: Config, path: Path) -> dict[str, Any]:
    """Clean a picture and put it into the store; the columns of its row."""
    if not path.is_file():
        raise CommandFailed("This is not a file.")
    if path.stat().st_size > emojis.MAX_BYTES:
        raise CommandFailed(f"It is larger than {emojis.MAX_BYTES // 1024} KiB.")
    temporary = config.server.data_dir / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="emoji-", dir=temporary) as folder:
        source = Path(folder) / "source"
        shutil.copyfile(path, source)
        try:
            return asyncio.run(_cleaned(config, source))
        except MediaError as error:
            raise CommandFailed(f"It cannot be used ({error.reason}).") from error


async def _cleaned(config: Config, source: Path) -> dict[str, Any]:
    made = await Pipeline(media_settings(config)).process(source, source.parent)
    if not made.mime.startswith("image/"):
        raise CommandFailed("This is not a picture.")
    return await _stored(FolderStore(config.media.dir, None), made)


async def _stored(store: FolderStore, made: Processed) -> dict[str, Any]:
    store.temp.mkdir(parents=True, mode=0o700, exist_ok=True)
    preview = await store.put(made.preview, "webp") if made.preview is not None else None
    return emojis.picture_of(made, await store.put(made.published, made.extension), preview)
