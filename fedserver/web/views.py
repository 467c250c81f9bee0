"""Rows -> small values that templates show. Everything that is HTML comes out of ``domain.text.clean`` once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson
from markupsafe import Markup

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import media as media_rows
from fedserver.db.queries import polls as poll_rows
from fedserver.db.queries import provenance as made_rows
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.media import Medium
from fedserver.db.queries.provenance import Based
from fedserver.db.queries.shown import Shown
from fedserver.db.queries.statuses import Status
from fedserver.domain.site import Site
from fedserver.domain.text.clean import clean, to_text
from fedserver.edge.parts import Parts
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon.media import addresses
from fedserver.web import emoji
from fedserver.web.making import Words, named
from fedserver.web.polls import PollView, view

_TITLE = 80
_SUMMARY = 200


class AuthorView(NamedTuple):
    """Who wrote something. ``page`` leads to a page of ours, or to the author's own server."""

    id: int
    name: str
    # the name with its custom emoji
    shown: Markup
    handle: str
    page: str
    avatar: str | None
    local: bool
    bot: bool
    # moderators say that its media are sensitive
    sensitized: bool = False

    @property
    def initial(self) -> str:
        """What stands where a picture would be."""
        return next((c.upper() for c in self.name if c.isalnum()), "?")


class MediaView(NamedTuple):
    """A picture, a film or a sound. ``url`` is None while it is processed."""

    kind: str
    url: str | None
    preview: str | None
    width: int | None
    height: int | None
    description: str
    # how it was made: a label's word and what a badge says; where more of it stands
    label: str = "unknown"
    made: Words = ""
    more: str = ""
    # whether lists show the badge
    badged: bool = False

    @property
    def shape(self) -> str:
        """A class name: wide, tall or even."""
        if not self.width or not self.height:
            return "even"
        ratio = self.width / self.height
        return "wide" if ratio > 1.25 else "tall" if ratio < 0.8 else "even"


class PostView(NamedTuple):
    """A post. Times in ms."""

    id: int
    uri: str
    page: str
    author: AuthorView
    content: Markup
    text: str
    spoiler: str
    # the spoiler with its custom emoji
    warning: Markup
    sensitive: bool
    media: tuple[MediaView, ...]
    poll: PollView | None
    language: str | None
    created_at: int
    edited_at: int | None
    replies: int
    boosts: int
    favourites: int
    visibility: int
    booster: AuthorView | None
    local: bool
    # what the veil over its media says, where the reader wants one
    veil: Words = ""

    @property
    def title(self) -> str:
        """One line for tabs, feeds and previews."""
        line = " ".join((self.spoiler or self.text).split())
        return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"

    @property
    def summary(self) -> str:
        """What a link preview shows: the warning alone where there is one."""
        line = " ".join((self.spoiler or self.text).split())
        return line if len(line) <= _SUMMARY else line[: _SUMMARY - 1].rstrip() + "…"

    @property
    def picture(self) -> MediaView | None:
        """The first thing of it that can be looked at."""
        return next((item for item in self.media if item.preview and item.kind in ("image", "gifv", "video")), None)


class ProfileView(NamedTuple):
    """A whole profile."""

    author: AuthorView
    note: Markup
    note_text: str
    header: str | None
    fields: tuple[tuple[Markup, Markup], ...]
    posts: int
    followers: int | None
    following: int | None
    joined_at: int
    indexable: bool
    uri: str
    moved_to: AuthorView | None


async def authors(parts: Parts, accounts: Iterable[Account]) -> dict[int, AuthorView]:
    """Views of accounts by id, with their pictures."""
    rows = list(accounts)
    wanted = [row.avatar_id for row in rows if row.avatar_id is not None]
    pictures = {row.id: row for row in await parts.db.all(media_rows.by_ids(wanted))} if wanted else {}
    return {row.id: author(parts.site, row, pictures.get(row.avatar_id or 0)) for row in rows}


def author(site: Site, row: Account, picture: Medium | None) -> AuthorView:
    """The view of an account."""
    page = f"/@{row.username}" if row.local else web_address(row.url) or web_address(row.uri) or "#"
    return AuthorView(
        id=row.id,
        name=row.display_name or row.username,
        shown=emoji.in_text(site, row.display_name or row.username, row.emojis),
        handle=f"@{row.username}@{row.domain or site.domain}",
        page=page,
        avatar=_small(site, picture),
        local=row.local,
        bot=bool(row.bot),
        sensitized=row.sensitized_at is not None,
    )


async def posts(parts: Parts, shown: Sequence[Shown], viewer_id: int | None = None) -> list[PostView]:
    """The entries of a timeline page in their order; a boost shows the boosted post."""
    pairs = [(entry.r_id or entry.id, entry.account_id if entry.r_id else None) for entry in shown]
    return await _load(parts, pairs)


async def posts_by_id(parts: Parts, ids: Sequence[int]) -> list[PostView]:
    """Posts in the order of ``ids``. The caller has checked that they may be seen."""
    return await _load(parts, [(status_id, None) for status_id in ids])


class SourceView(NamedTuple):
    """What a post is based on: a post of here with its author's handle, or only an address."""

    page: str
    text: str


async def sources(parts: Parts, based: Sequence[Based], viewer_id: int | None) -> list[SourceView]:
    """What a post is based on; posts that the viewer may not see are addresses like any other."""
    known = [each.based_on_id for each in based if each.based_on_id is not None]
    seen = await parts.db.all(status_rows.visible_ids(known, viewer_id)) if known else []
    here = {post.id: post for post in await posts_by_id(parts, seen)}
    found = []
    for each in based:
        post = here.get(each.based_on_id or 0)
        if post is not None:
            found.append(
                SourceView(post.page, f"{post.author.handle}: {post.title}" if post.title else post.author.handle)
            )
        elif (link := web_address(each.based_on_uri)) is not None:
            found.append(SourceView(link, link))
    return found


async def profile(parts: Parts, row: Account) -> ProfileView:
    """The view of a local account's page; ``NotFound`` for a damaged one."""
    numbers = (row.statuses_count, row.followers_count, row.following_count, row.created_at)
    if not all(isinstance(each, int) for each in numbers):
        raise NotFound
    try:
        fields = tuple(_fields(parts.site, row))
    except ValueError as error:
        raise NotFound from error
    wanted = [media_id for media_id in (row.avatar_id, row.header_id) if media_id is not None]
    pictures = {m.id: m for m in await parts.db.all(media_rows.by_ids(wanted))} if wanted else {}
    header = pictures.get(row.header_id or 0)
    moved = None
    if row.moved_to_id is not None:
        moved = await parts.db.one(account_rows.by_id(row.moved_to_id))
    return ProfileView(
        author=author(parts.site, row, pictures.get(row.avatar_id or 0)),
        note=emoji.in_markup(parts.site, html(row.note), row.emojis),
        note_text=to_text(row.note),
        header=addresses(parts.site, header)[0] if header is not None else None,
        fields=fields,
        posts=row.statuses_count,
        followers=None if row.hide_collections else row.followers_count,
        following=None if row.hide_collections else row.following_count,
        joined_at=row.created_at,
        indexable=bool(row.indexable),
        uri=row.uri,
        moved_to=author(parts.site, moved, None) if moved is not None else None,
    )


def html(markup: str) -> Markup:
    """Stored markup for a page."""
    return Markup(clean(markup))  # noqa: S704 - clean() lets only an allow-list through


def web_address(text: str | None) -> str | None:
    """An address that a page may link to, else None."""
    return text if text is not None and text.startswith(("https://", "http://")) else None


async def _load(parts: Parts, pairs: Sequence[tuple[int, int | None]]) -> list[PostView]:
    ids = list(dict.fromkeys(status_id for status_id, _ in pairs))
    if not ids:
        return []
    rows = {row.id: row for row in await parts.db.all(status_rows.by_ids(ids))}
    people = {row.account_id for row in rows.values()} | {booster for _, booster in pairs if booster is not None}
    names = await authors(parts, await parts.db.all(account_rows.by_ids(sorted(people))))
    media: dict[int, list[Medium]] = {}
    for item in await parts.db.all(media_rows.of_statuses(ids)):
        media.setdefault(item.status_id or 0, []).append(item)
    files = [item.id for items in media.values() for item in items]
    labels = {row.media_id: row.label for row in await parts.db.all(made_rows.made(files))} if files else {}
    asked = [row.id for row in rows.values() if row.object_type == "Question"]
    found_polls = await parts.db.all(poll_rows.by_ids(asked)) if asked else []
    now = parts.clock.now_ms()
    polls = {each.status_id: view(parts.site, each, rows[each.status_id].emojis, now) for each in found_polls}
    found = []
    for status_id, booster in pairs:
        row = rows.get(status_id)
        if row is None or row.account_id not in names or not _is_sound(row):
            continue
        shown_booster = names.get(booster) if booster is not None else None
        made = _post(parts.site, row, names[row.account_id], media.get(status_id, []), shown_booster, labels)
        found.append(made._replace(poll=polls.get(status_id)))
    return found


def _is_sound(row: Status) -> bool:
    """Whether its numbers are numbers; one damaged post must not take a page with it."""
    counts = (row.replies_count, row.reblogs_count, row.favourites_count)
    return all(isinstance(each, int) for each in (*counts, row.created_at, row.edited_at or 0, row.visibility))


def _post(
    site: Site,
    row: Status,
    by: AuthorView,
    media: Sequence[Medium],
    booster: AuthorView | None,
    labels: Mapping[int, str],
) -> PostView:
    page = f"{by.page}/{row.id}" if row.local else web_address(row.url) or web_address(row.uri) or "#"
    return PostView(
        id=row.id,
        uri=row.uri,
        page=page,
        author=by,
        content=emoji.in_markup(site, html(row.content), row.emojis),
        text=to_text(row.content),
        spoiler=row.spoiler,
        warning=emoji.in_text(site, row.spoiler, row.emojis),
        sensitive=bool(row.sensitive or row.spoiler or by.sensitized),
        media=tuple(_medium(site, item, by, labels.get(item.id, "unknown")) for item in media),
        poll=None,
        language=row.language,
        created_at=row.created_at,
        edited_at=row.edited_at,
        replies=row.replies_count,
        boosts=row.reblogs_count,
        favourites=row.favourites_count,
        visibility=row.visibility,
        booster=booster,
        local=bool(row.local),
    )


def _medium(site: Site, row: Medium, by: AuthorView, label: str) -> MediaView:
    url, preview = addresses(site, row)
    width, height = (row.preview_width, row.preview_height) if row.preview_width else (row.width, row.height)
    more = f"{by.page if by.local else f'/{by.handle}'}/{row.status_id}/provenance#m{row.id}"
    return MediaView(
        row.kind,
        web_address(url),
        web_address(preview),
        width,
        height,
        row.description or "",
        label,
        named(label).name,
        more,
        label != "unknown",
    )


def _small(site: Site, row: Medium | None) -> str | None:
    if row is None:
        return None
    url, preview = addresses(site, row)
    return web_address(preview) or web_address(url)


def _fields(site: Site, row: Account) -> Iterable[tuple[Markup, Markup]]:
    for item in orjson.loads(row.fields or "[]")[:20]:
        if isinstance(item, dict):
            name, value = str(item.get("name", "")), html(str(item.get("value", "")))
            yield emoji.in_text(site, name, row.emojis), emoji.in_markup(site, value, row.emojis)
