"""Every page."""

from __future__ import annotations

from typing import Final

from fedserver.edge.routing import Auth, Handler, Route, Wants
from fedserver.web import (
    access,
    email,
    factors,
    feeds,
    files,
    interact,
    invites,
    join,
    labels,
    people,
    policy,
    proposals,
    public,
    routes_feeds,
    routes_ledger,
    routes_people,
    routes_servers,
    settings,
    source,
    texts,
    training,
    wishes,
)
from fedserver.web.admin import announcements, community, emojis, servers


def _page(path: str, handler: Handler, doc: str, wants: Wants = "any") -> Route:
    return Route("GET", path, handler, auth="optional", kind="page", wants=wants, doc=doc)


def _form(path: str, handler: Handler, doc: str, auth: Auth = "user") -> Route:
    return Route("POST", path, handler, auth=auth, kind="page", doc=doc)


def _mine(path: str, handler: Handler, doc: str) -> Route:
    return Route("GET", path, handler, kind="page", owner="the viewer's own", doc=doc)


def _file(path: str, handler: Handler, doc: str) -> Route:
    return Route("GET", path, handler, auth="none", kind="plain", doc=doc)


def _admin(path: str, handler: Handler, doc: str, permission: str, *, method: str = "GET") -> Route:
    return Route(method, path, handler, kind="page", permission=permission, doc=doc)


ROUTES: Final[tuple[Route, ...]] = (
    _page("/", public.front, "the front page"),
    _page("/about", public.about, "what this community is"),
    _page("/terms", texts.terms, "the terms that hold today"),
    _page("/terms/{date}", texts.terms_of, "the terms of a day"),
    _page("/privacy", texts.privacy, "about privacy"),
    _page("/policy", policy.show, "the policy in force", "page"),
    _page("/policy/{id}", policy.version, "a version of it", "page"),
    _file("/policy.toml", policy.toml, "the policy in force as TOML"),
    _file("/policy.json", policy.json, "its canonical form, which is hashed"),
    _file("/policy/{id}.toml", policy.toml, "a version as TOML"),
    _file("/policy/{id}.json", policy.json, "its canonical form"),
    _page("/proposals", proposals.listing, "proposed changes of the policy"),
    _page("/proposals/{id}", proposals.show, "one of them, with its vote"),
    _mine("/proposals/new", proposals.new, "the policy in force, to be changed"),
    _form("/proposals", proposals.create, "proposes a change of the policy"),
    _form("/proposals/{id}/vote", proposals.vote, "casts a ballot"),
    _form("/proposals/{id}/approve", proposals.approve, "agrees to it as one of the team"),
    _form("/proposals/{id}/withdraw", proposals.withdraw, "takes one's own back"),
    _page("/tags/{name}", public.tag, "posts with a hashtag", "page"),
    _page("/feeds", feeds.index, "the feeds of this community"),
    _page("/feeds/{name}", feeds.show, "a feed: its formula and its posts", "page"),
    _page("/@{name}", people.profile, "a profile", "page"),
    _page("/@{name}.rss", people.feed, "an account's feed"),
    _page("/@{name}/{id}", people.post, "a post", "page"),
    _page("/@{name}/{id}/provenance", people.provenance, "how a post's media were made"),
    _page("/@{name}/{id}/why", feeds.why, "why a post has its place in a feed"),
    _page("/join", join.show, "joining"),
    _page("/invite/{code}", join.show, "joining with an invitation"),
    Route("POST", "/join", join.join, auth="optional", kind="page", rate="sign_up", doc="makes an account"),
    Route("GET", "/authorize_interaction", interact.show, kind="page", doc="something from another server"),
    _form("/authorize_interaction", interact.act, "follow, favourite or boost it"),
    _form("/remote", interact.remote, "the way to a visitor's own server", "optional"),
    _mine("/settings", settings.home, "settings"),
    _mine("/settings/profile", settings.show_profile, "profile"),
    _form("/settings/profile", settings.save_profile, "stores the profile"),
    _mine("/settings/provenance", wishes.show, "what one wants of AI media, and says of one's own"),
    _form("/settings/provenance", wishes.save, "stores it"),
    _mine("/settings/training", training.show, "whether models may be trained with one's posts"),
    _form("/settings/training", training.save, "stores it"),
    _mine("/settings/labels", labels.show, "what labels do to what one sees"),
    _form("/settings/labels", labels.save, "stores it"),
    _form("/settings/labels/labelers", labels.add, "reads another community's labels"),
    _form("/settings/labels/labelers/{id}/remove", labels.remove, "reads them no longer"),
    *routes_feeds.ROUTES,
    _mine("/settings/password", settings.show_password, "password"),
    _form("/settings/password", settings.save_password, "stores the password"),
    Route("GET", "/settings/email", email.show, kind="page", owner="the viewer's own", pending=True, doc="e-mail"),
    Route("POST", "/settings/email", email.save, kind="page", pending=True, doc="names another address"),
    Route("POST", "/settings/email/remind", email.remind, kind="page", pending=True, doc="sends the mail again"),
    Route("GET", "/confirm/{token}", email.show_link, auth="optional", kind="page", pending=True, doc="a mail's link"),
    Route("POST", "/confirm/{token}", email.confirm, auth="optional", kind="page", pending=True, doc="confirms it"),
    _mine("/settings/two-factor", factors.show, "two-factor sign-in"),
    _form("/settings/two-factor/codes/begin", factors.begin_codes, "makes a secret"),
    _mine("/settings/two-factor/codes", factors.show_codes, "the secret as a QR code"),
    _form("/settings/two-factor/codes", factors.confirm_codes, "takes the first code"),
    _form("/settings/two-factor/codes/drop", factors.drop_codes, "removes one-time codes"),
    _form("/settings/two-factor/recovery", factors.renew, "new recovery codes"),
    _form("/settings/two-factor/passkey/begin", factors.begin_key, "begins a passkey"),
    _mine("/settings/two-factor/passkey", factors.show_key, "where the browser makes it"),
    _form("/settings/two-factor/passkey", factors.add_key, "keeps it"),
    _form("/settings/two-factor/passkeys/{id}/drop", factors.drop_key, "removes it"),
    _mine("/settings/access", access.show, "sessions and applications"),
    _form("/settings/sessions/{id}/end", access.end_session, "ends a session"),
    _form("/settings/sessions/end-others", access.end_others, "ends all other sessions"),
    _form("/settings/apps/{id}/revoke", access.revoke_app, "revokes an application"),
    _mine("/settings/tokens", access.show_tokens, "personal access tokens"),
    _form("/settings/tokens", access.make_token, "makes one"),
    _form("/settings/tokens/{id}/revoke", access.revoke_token, "revokes one"),
    _mine("/settings/invites", invites.show, "one's invitations"),
    _form("/settings/invites", invites.make, "makes one"),
    _form("/settings/invites/{id}/withdraw", invites.withdraw, "withdraws one"),
    _admin("/admin/delivery", servers.delivery, "delivery health", "devops"),
    _admin("/admin/delivery/jobs/{id}", servers.again, "tries a job again", "devops", method="POST"),
    _admin("/admin/delivery/letters/{id}", servers.deliver_again, "sends again", "devops", method="POST"),
    _admin("/admin/invites", community.show_invites, "invitations", "manage_invites"),
    _admin("/admin/invites", community.invite, "makes one", "manage_invites", method="POST"),
    _admin("/admin/invites/{id}/withdraw", community.withdraw, "withdraws one", "manage_invites", method="POST"),
    _admin("/admin/emojis", emojis.listing, "custom emoji", "manage_custom_emojis"),
    Route(
        "POST",
        "/admin/emojis",
        emojis.add,
        kind="page",
        permission="manage_custom_emojis",
        body=emojis.BODY,
        doc="adds one",
    ),
    _admin("/admin/emojis/{name}/offer", emojis.offer, "whether apps offer it", "manage_custom_emojis", method="POST"),
    _admin("/admin/emojis/{name}/remove", emojis.remove, "removes one", "manage_custom_emojis", method="POST"),
    _admin("/admin/announcements", announcements.listing, "announcements", "manage_announcements"),
    _admin("/admin/announcements", announcements.create, "makes one", "manage_announcements", method="POST"),
    _admin("/admin/announcements/{id}", announcements.one, "an announcement", "manage_announcements"),
    _admin("/admin/announcements/{id}", announcements.save, "changes it", "manage_announcements", method="POST"),
    _admin(
        "/admin/announcements/{id}/remove", announcements.remove, "removes it", "manage_announcements", method="POST"
    ),
    _admin("/admin/community", community.show, "texts and rules", "manage_settings"),
    _admin("/admin/community", community.save, "stores them", "manage_settings", method="POST"),
    _admin("/admin/crawlers", training.crawling, "which crawlers are turned away", "manage_settings", method="POST"),
    _file("/static/{digest}/{file}", files.static, "styles and icons"),
    _file("/favicon.ico", files.favicon, "the icon's old address"),
    _file("/.well-known/tdmrep.json", files.mining, "whether text and data may be mined (TDMRep)"),
    _file("/robots.txt", files.robots, "what robots may fetch"),
    _file("/source.zip", source.source, "the source of this very node"),
    *routes_ledger.ROUTES,
    *routes_people.ROUTES,
    *routes_servers.ROUTES,
)
