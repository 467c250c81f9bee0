"""Where a command speaks: the result alone on standard output, everything else on standard error."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable

from fedserver.kit.errors import Invalid


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


def ask(question: str, default: str = "", check: Callable[[str], str | None] = lambda answer: None) -> str:
    """Ask on the terminal until there is an answer; an empty one stands for the default.

    ``check`` says what is wrong with an answer, or None; then the question comes again.
    """
    while True:
        print(f"{question} [{default}]: " if default else f"{question}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise CommandFailed("The input ended before everything was answered.")
        answer = line.strip() or default
        problem = check(answer) if answer else None
        if problem is not None:
            say(problem)
        elif answer:
            return answer


def ask_password() -> str:
    """Ask twice, without showing what is typed, until it is a password that can be."""
    from fedserver.kit.passwords import check_password  # makes a hash when it is imported: not for every command

    while True:
        first = getpass.getpass("Password: ", sys.stderr)
        try:
            check_password(first)
        except Invalid as error:
            say(str(error.message))
            continue
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
