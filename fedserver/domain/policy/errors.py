"""What is wrong with a formula or a document, where, and what would be right."""

from __future__ import annotations

from difflib import get_close_matches

from fedserver.kit.i18n import Lazy, lazy


class FormulaError(Exception):
    """A text that is not a formula of this language.

    ``column`` counts characters of ``text`` from 1. ``str(error)`` is one line; ``pointed`` shows the place.
    """

    def __init__(self, message: Lazy, text: str = "", column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.column = column

    def __str__(self) -> str:
        return str(lazy("%(what)s (column %(column)d)", what=self.message, column=self.column))

    def pointed(self) -> str:
        """The line of the text, a caret below the column, and the message below that."""
        before = self.text[: self.column - 1]
        start = before.rfind("\n") + 1
        line = self.text[start:].split("\n", 1)[0]
        return f"{line}\n{' ' * (len(before) - start)}^ {self.message}"


class DocumentError(Exception):
    """A document that cannot be read. ``where`` is the way to the value, such as ``feed.best.score``."""

    def __init__(self, where: str, message: Lazy | str, detail: str = "") -> None:
        super().__init__(where, message)
        self.where = where
        self.message = message
        self.detail = detail

    @property
    def column(self) -> int | None:
        """Where in a formula, from 1; None where no formula is wrong."""
        return self.__cause__.column if isinstance(self.__cause__, FormulaError) else None

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" + (f"\n{self.detail}" if self.detail else "")


def nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that was probably meant: one that begins like it, else one that is written nearly so.

    The order of ``known`` decides between equals. A name of a longer way is found by its last part too.
    """
    folded = name.lower()
    for candidate in known:
        if len(folded) > 2 and (candidate.startswith(folded) or candidate.rpartition(".")[2] == folded):
            return candidate
    short = folded.rpartition(".")[2]
    for candidate in known:
        if len(short) > 2 and candidate.rpartition(".")[2] == short:
            return candidate
    close = get_close_matches(folded, known, 1, 0.6) or get_close_matches(short, known, 1, 0.6)
    return close[0] if close else None
