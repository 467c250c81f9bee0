"""The one error tree. Every expected failure of the server is one of these; anything else is a defect.

    Failure                 code                 over HTTP (edge/errors.py is the only place that maps it)
    +-- Malformed           malformed            400  cannot be read at all
    +-- Unauthorized        unauthorized         401  nobody is signed in, or the token or signature is not valid
    +-- Forbidden           forbidden            403  signed in, but not allowed to
    +-- NotFound            not_found            404  missing, or not visible to this viewer (the same answer)
    +-- Conflict            conflict             409  against the present state
    +-- Gone                gone                 410  was here and is deleted
    +-- TooLarge            too_large            413  over a size limit
    +-- UnsupportedMedia    unsupported_media    415  a type that the server does not take
    +-- Invalid             invalid              422  can be read, but a value is not acceptable
    +-- TooMany             too_many             429  over a rate limit; retry_after says when
    +-- Unavailable         unavailable          503  not now; retry_after says when
    +-- StorageFull         storage_full         507  a quota or the disk is full

The *message* is for people: pass ``lazy("...")`` (or plain ``_("...")`` text) and it is put into the reader's
language when it is asked for. *description* adds details for the client's developer (the client API's
``error_description``). The *cause* is private: it is logged and never sent.
"""

from __future__ import annotations

from typing import ClassVar

from fedserver.kit.i18n import Lazy, lazy


class Failure(Exception):
    """An expected failure: a code, a public message, an optional public description, a private cause.

    ``cause`` is an exception or a sentence; an exception also becomes ``__cause__``.
    """

    code: ClassVar[str] = "failure"
    default: ClassVar[Lazy] = lazy("Something went wrong")

    def __init__(
        self,
        message: str | Lazy | None = None,
        *,
        description: str | Lazy | None = None,
        cause: BaseException | str | None = None,
    ) -> None:
        super().__init__(message, description)
        self._message = self.default if message is None else message
        self._description = description
        self.cause = cause
        if isinstance(cause, BaseException):
            self.__cause__ = cause

    @property
    def message(self) -> str:
        """The public message in the current locale."""
        return str(self._message)

    @property
    def description(self) -> str | None:
        """The public details in the current locale, if there are any."""
        return None if self._description is None else str(self._description)

    def __str__(self) -> str:
        private = "" if self.cause is None else f" ({self.cause!r})"
        return f"{self.code}: {self.message}{private}"


class Malformed(Failure):
    """The request cannot be read."""

    code = "malformed"
    default = lazy("The request could not be read")


class Unauthorized(Failure):
    """Nobody is authenticated."""

    code = "unauthorized"
    default = lazy("This action needs a valid sign-in")


class Forbidden(Failure):
    """Authenticated, but not allowed."""

    code = "forbidden"
    default = lazy("This action is not allowed")


class NotFound(Failure):
    """Missing, or not visible to this viewer: the two must not be told apart."""

    code = "not_found"
    default = lazy("Record not found")


class Conflict(Failure):
    """Against the present state."""

    code = "conflict"
    default = lazy("This does not fit the present state")


class Gone(Failure):
    """Was here and is deleted."""

    code = "gone"
    default = lazy("This has been deleted")


class TooLarge(Failure):
    """Over a size limit."""

    code = "too_large"
    default = lazy("This is too large")


class UnsupportedMedia(Failure):
    """A type that the server does not take."""

    code = "unsupported_media"
    default = lazy("This type of content is not accepted")


class Invalid(Failure):
    """Readable, but a value is not acceptable."""

    code = "invalid"
    default = lazy("A value is not valid")


class _Later(Failure):
    """A failure that knows after how many seconds another try makes sense."""

    def __init__(
        self,
        message: str | Lazy | None = None,
        *,
        retry_after: float,
        description: str | Lazy | None = None,
        cause: BaseException | str | None = None,
    ) -> None:
        super().__init__(message, description=description, cause=cause)
        self.retry_after = retry_after


class TooMany(_Later):
    """Over a rate limit. ``retry_after``: seconds."""

    code = "too_many"
    default = lazy("Too many requests")


class Unavailable(_Later):
    """Cannot be done now. ``retry_after``: seconds."""

    code = "unavailable"
    default = lazy("The server cannot do this at the moment")


class StorageFull(Failure):
    """A quota or the disk is full."""

    code = "storage_full"
    default = lazy("There is no room left to store this")
