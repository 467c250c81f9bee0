"""Arguments in, exit code out: 0 done, 1 failed, 2 usage, 3 no database, 4 wrong schema version, 5 locked."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from fedserver import __version__
from fedserver.cli.command import Command
from fedserver.cli.console import CommandFailed, UsageError, say
from fedserver.cli.table import COMMANDS
from fedserver.config import ConfigError
from fedserver.db.errors import CannotOpen, Locked, Missing, StorageTrouble, WrongVersion
from fedserver.kit.errors import Failure
from keys.master import MasterKeyError
from keys.sealing import SealError

DONE, FAILED, USAGE, NO_DATABASE, WRONG_SCHEMA, LOCKED = range(6)
INTERRUPTED = 130

# the first row that fits decides
EXITS: tuple[tuple[type[BaseException], int, str], ...] = (
    (UsageError, USAGE, ""),
    (ConfigError, USAGE, ""),
    (Missing, NO_DATABASE, ""),
    (
        WrongVersion,
        WRONG_SCHEMA,
        " `fedserver migrate` mends an older one; a newer one needs the newer program.",
    ),
    (Locked, LOCKED, ""),
    (CannotOpen, FAILED, ""),
    (CommandFailed, FAILED, ""),
    (MasterKeyError, FAILED, ""),
    (SealError, FAILED, " The master key is not the one that sealed this database."),
    (Failure, FAILED, ""),
    (OSError, FAILED, ""),
    (StorageTrouble, FAILED, " The database cannot be used: is it read-only, or its disk full or failing?"),
)


def parser() -> argparse.ArgumentParser:
    """The parser of the whole table."""
    top = argparse.ArgumentParser(prog="fedserver", description="A federated social server for AI-generated media.")
    top.add_argument("--config", metavar="FILE", type=Path, help="the settings; ./config.toml by default")
    top.add_argument("--version", action="version", version=f"fedserver {__version__}")
    levels: dict[tuple[str, ...], Callable[..., argparse.ArgumentParser]] = {}
    levels[()] = top.add_subparsers(metavar="COMMAND", required=True).add_parser
    for command in COMMANDS:
        for length in range(1, len(command.words)):
            _begin(levels, command.words[:length])
        add = levels[command.words[:-1]]
        _fill(add(command.words[-1], help=command.help, description=command.help, allow_abbrev=False), command)
    return top


def _begin(levels: dict[tuple[str, ...], Callable[..., argparse.ArgumentParser]], words: tuple[str, ...]) -> None:
    """Makes the parser of what several commands begin with, once."""
    if words not in levels:
        below = (other.words[len(words)] for other in COMMANDS if other.words[: len(words)] == words)
        parser = levels[words[:-1]](words[-1], help=", ".join(dict.fromkeys(below)), allow_abbrev=False)
        levels[words] = parser.add_subparsers(metavar="VERB", required=True).add_parser


def _fill(parser: argparse.ArgumentParser, command: Command) -> None:
    for option in command.options:
        if option.name.startswith("--"):
            parser.add_argument(option.name, help=option.help, **option.told)
        else:
            parser.add_argument(option.name.lower(), metavar=option.name, help=option.help, **option.told)
    parser.set_defaults(run=command.run)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    given = parser().parse_args(arguments)
    try:
        given.run(given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read the result has gone; nothing more can be said there, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except tuple(kind for kind, _, _ in EXITS) as error:
        code, advice = next((code, advice) for kind, code, advice in EXITS if isinstance(error, kind))
        say(f"fedserver: {_sentence(error)}{advice}")
        return code
    return DONE


def _sentence(error: BaseException) -> str:
    if isinstance(error, Failure):
        cause = "" if error.cause is None else f" ({error.cause})"
        return f"{error.message}{cause}"
    text = str(error) or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."
