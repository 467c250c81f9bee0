"""Full text on both databases: the one place that knows how each of them is asked.

``put_status`` and ``put_account`` keep the words in the unit that changes the thing. A search never costs more than
``WINDOW`` rows: the newest matches are looked at, whatever the viewer may see of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Text, and_, bindparam, exists, or_, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.readable import visible_to
from fedserver.db.queries.relations import not_hidden_from
from fedserver.db.queries.statuses import PUBLIC
from fedserver.db.statement import Dialect, Query, Statement, columns, nothing, one_of, scalar
from fedserver.db.tables import (
    accounts,
    bookmarks,
    favourites,
    follows,
    media_attachments,
    mentions,
    quotes,
    status_cards,
    statuses,
)
from fedserver.domain.text import words
from fedserver.domain.text.words import Needle

# how many matches are looked at: first a few, which is enough for most questions, then these
FIRST, WINDOW = 200, 5000
ACCOUNT_WINDOW = 500


class _found(ColumnElement[bool]):  # noqa: N801
    """``column IN (the newest rows whose words match)``; parameters ``match``, ``below``, ``above``."""

    inherit_cache = False

    def __init__(self, column: Any, table: str, key: str, index: str, window: int) -> None:
        self.column, self.table, self.key, self.index = column, table, key, index
        self.window: Any = bindparam("window", window, type_=BigInteger())
        self.match: Any = bindparam("match", type_=Text())
        self.below: Any = bindparam("below", type_=BigInteger())
        self.above: Any = bindparam("above", type_=BigInteger())


@compiles(_found, "sqlite")
def _found_sqlite(element: _found, compiler: Any, **kw: Any) -> str:
    asked = (element.match, element.below, element.above, element.window)
    match, below, above, window = (compiler.process(each) for each in asked)
    return (
        f"{compiler.process(element.column, **kw)} IN (SELECT rowid FROM {element.index}"  # noqa: S608 - own names
        f" WHERE {element.index} MATCH {match} AND rowid < {below} AND rowid > {above}"
        f" ORDER BY rowid DESC LIMIT {window})"
    )


@compiles(_found, "postgresql")
def _found_postgresql(element: _found, compiler: Any, **kw: Any) -> str:
    asked = (element.match, element.below, element.above, element.window)
    match, below, above, window = (compiler.process(each) for each in asked)
    # materialised without an order: else the planner may walk the newest rows and test the words of each
    return (
        f"{compiler.process(element.column, **kw)} IN (WITH found AS MATERIALIZED"  # noqa: S608 - own names
        f" (SELECT {element.key} AS id FROM {element.table}"
        f" WHERE CAST(words AS tsvector) @@ CAST({match} AS tsquery))"
        f" SELECT id FROM found WHERE id < {below} AND id > {above} ORDER BY id DESC LIMIT {window})"
    )


class Facets(NamedTuple):
    """What a search narrows by besides words. Three-valued: 1 wanted, -1 unwanted, 0 either. Times in ms.

    ``library``: what is the viewer's own, names them, or they reacted to. ``public``: public posts of those who agree
    to be searched (FEP-5feb).
    """

    media: int = 0
    poll: int = 0
    embed: int = 0
    link: int = 0
    reply: int = 0
    sensitive: int = 0
    quote: int = 0
    ai: int = 0
    languages: tuple[str, ...] = ()
    not_languages: tuple[str, ...] = ()
    authors: tuple[int, ...] = ()
    not_authors: tuple[int, ...] = ()
    since: int = 0
    until: int = 1 << 62
    library: bool = True
    public: bool = True


_s = statuses.alias("s")
_a = accounts.alias("a")
_mine = statuses.alias("mine")
_viewer: Any = bindparam("viewer_id")


def _number(name: str) -> Any:
    return bindparam(name, type_=BigInteger())


def _if(name: str, condition: Any) -> Any:
    asked = _number(name)
    return or_(asked == 0, and_(asked == 1, condition), and_(asked == -1, ~condition))


def _own(table: Any) -> Any:
    return exists().where(table.c.account_id == _viewer, table.c.status_id == _s.c.id)


_library = or_(
    _s.c.account_id == _viewer,
    _own(mentions),
    _own(favourites),
    _own(bookmarks),
    exists().where(_mine.c.account_id == _viewer, _mine.c.reblog_of_id == _s.c.id),
)
_public = and_(_s.c.visibility == PUBLIC, _a.c.indexable == 1, _a.c.limited_at.is_(None))
_STATUSES = Statement(
    select(_s.c.id)
    .select_from(_s.join(_a, _a.c.id == _s.c.account_id))
    .where(
        _found(_s.c.id, "status_search", "status_id", "status_words", WINDOW),
        or_(and_(_number("library") == 1, _library), and_(_number("public") == 1, _public)),
        visible_to(_s, _viewer),
        not_hidden_from(_viewer, _s.c.account_id, _number("now")),
        _if("media", exists().where(media_attachments.c.status_id == _s.c.id)),
        _if("poll", _s.c.object_type == "Question"),
        _if("embed", exists().where(status_cards.c.status_id == _s.c.id)),
        _if("reply", _s.c.in_reply_to_uri.is_not(None)),
        _if("sensitive", _s.c.sensitive == 1),
        _if("quote", exists().where(quotes.c.status_id == _s.c.id)),
        or_(_number("any_language") == 1, one_of(_s.c.language, "languages")),
        or_(_s.c.language.is_(None), ~one_of(_s.c.language, "not_languages")),
        ~one_of(_s.c.account_id, "not_authors"),
        _s.c.created_at >= _number("since"),
        _s.c.created_at < _number("until"),
    )
    .order_by(_s.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("skip")),
    scalar,
)
_followed = exists().where(
    follows.c.account_id == _viewer, follows.c.target_id == accounts.c.id, follows.c.state == "accepted"
)
_ACCOUNTS = Statement(
    select(*columns(accounts, Account))
    .where(
        _found(accounts.c.id, "account_search", "account_id", "account_words", ACCOUNT_WINDOW),
        accounts.c.suspended_at.is_(None),
        accounts.c.deleted_at.is_(None),
        accounts.c.actor_type != "Application",
        or_(_number("only_followed") == 0, _followed),
    )
    .order_by(_followed.desc(), accounts.c.followers_count.desc(), accounts.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("skip")),
    Account._make,
)


def _put(table: str, key: str) -> Statement[None]:
    return Statement(
        text(
            f"INSERT INTO {table} ({key}, words) VALUES (:id, :words)"  # noqa: S608 - own names
            f" ON CONFLICT ({key}) DO UPDATE SET words = excluded.words WHERE {table}.words <> excluded.words"
        ),
        nothing,
    )


_PUT_STATUS = _put("status_search", "status_id")
_PUT_ACCOUNT = _put("account_search", "account_id")
_HAS_STATUS = Statement(text("SELECT 1 FROM status_search WHERE status_id = :id"), scalar)


def _written(found: Sequence[str], dialect: Dialect) -> str:
    line = " ".join(found)
    return line if dialect == "sqlite" else words.as_vector(line)


def _asked(dialect: Dialect, needles: Iterable[Needle], any_of: Sequence[str] = ()) -> str:
    return words.fts5(needles, any_of) if dialect == "sqlite" else words.tsquery(needles, any_of)


def put_status(dialect: Dialect, status_id: int, found: Sequence[str]) -> Query[None]:
    """The words of a post, from now on."""
    return _PUT_STATUS(id=status_id, words=_written(found, dialect))


def has_status(status_id: int) -> Query[int]:
    """A row if the words of a post are kept."""
    return _HAS_STATUS(id=status_id)


def put_account(dialect: Dialect, account_id: int, found: Sequence[str]) -> Query[None]:
    """The words of an account, from now on."""
    return _PUT_ACCOUNT(id=account_id, words=_written(found, dialect))


def find_statuses(
    dialect: Dialect,
    viewer_id: int,
    needles: Sequence[Needle],
    facets: Facets,
    *,
    now: int,
    limit: int,
    skip: int = 0,
    below: int | None = None,
    above: int | None = None,
    window: int = WINDOW,
) -> Query[int]:
    """Ids of posts that the viewer may see and find, newest first, among the newest ``window`` whose words match."""
    marked = ((words.LINK, facets.link), (words.AI, facets.ai))
    marks = [words.Needle((mark,), wanted=asked > 0) for mark, asked in marked if asked]
    authors = [words.author_mark(each) for each in facets.authors]
    wanted = any(each.wanted for each in (*needles, *marks)) or authors
    everything = [] if wanted else [words.Needle((words.EVERYTHING,))]
    return _STATUSES(
        match=_asked(dialect, [*everything, *marks, *needles], authors),
        below=below if below is not None else (1 << 63) - 1,
        above=above if above is not None else -1,
        viewer_id=viewer_id,
        now=now,
        limit=limit,
        skip=skip,
        window=window,
        library=int(facets.library),
        public=int(facets.public),
        media=facets.media,
        poll=facets.poll,
        embed=facets.embed,
        reply=facets.reply,
        sensitive=facets.sensitive,
        quote=facets.quote,
        any_language=int(not facets.languages),
        languages=facets.languages,
        not_languages=facets.not_languages,
        not_authors=facets.not_authors,
        since=facets.since,
        until=facets.until,
    )


def find_accounts(
    dialect: Dialect, viewer_id: int | None, needles: Sequence[Needle], *, limit: int, skip: int, only_followed: bool
) -> Query[Account]:
    """Accounts by words of their names: those the viewer follows first, then by followers."""
    return _ACCOUNTS(
        match=_asked(dialect, needles),
        below=(1 << 63) - 1,
        above=-1,
        viewer_id=viewer_id,
        limit=limit,
        skip=skip,
        only_followed=int(only_followed),
    )
