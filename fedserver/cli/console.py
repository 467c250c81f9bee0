"""Where a command speaks: the result alone on standard output, everything else on standard error."""

from __future__ import annotations

import getpass
import sys


class UsageError(Exception):
    """The command was called wrongly. ``args[0]`` names the flag or the argument."""


class CommandFailed(Exception):
    """The command could not do its work. ``args[0]`` is a sentence for the operator."""


def say(text: str = "") -> None:
    """Tell a person something."""
    print(text, file=sys.stderr, flush=True)


def result(text: str) -> None:
    """Give the result: what a script reads."""
    print(text, flush=True)


def interactive() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, default: str = "") -> str:
    """Ask on the terminal until there is an answer; an empty one stands for the default."""
    while True:
        print(f"{question} [{default}]: " if default else f"{question}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise CommandFailed("The input ended before everything was answered.")
        answer = line.strip() or default
        if answer:
            return answer


def ask_password() -> str:
    """Ask twice, without showing what is typed."""
    while True:
        first = getpass.getpass("Password: ", sys.stderr)
        if first == getpass.getpass("The same again: ", sys.stderr):
            return first
        say("The two are not equal.")


def password(from_stdin: bool) -> str:
    """The first line of standard input, or what is typed on the terminal. ``UsageError`` where there is neither."""
    if from_stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise UsageError("--password-stdin: standard input holds no password")
        return line
    if interactive():
        return ask_password()
    raise UsageError("--password-stdin is needed where there is no terminal to ask for a password")
