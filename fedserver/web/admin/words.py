"""What moderators read for categories, verbs, permissions and tiers, as the options of forms."""

from __future__ import annotations

from fedserver.kit.i18n import gettext as _


def categories() -> list[tuple[str, str]]:
    """What a report is about."""
    return [
        ("spam", _("spam")),
        ("violation", _("breaks a rule")),
        ("undisclosed-ai", _("undisclosed AI")),
        ("real-person", _("depicts a real person")),
        ("copied-work", _("copied work")),
        ("legal", _("against the law")),
        ("minors", _("abuse of minors")),
        ("other", _("something else")),
    ]


def account_verbs() -> list[tuple[str, str]]:
    """What can be done to an account, the mildest first."""
    return [
        ("warn", _("warn")),
        ("force-sensitive", _("mark all its media as sensitive")),
        ("limit", _("limit: show it to followers only")),
        ("disable", _("stop from signing in")),
        ("suspend", _("suspend")),
    ]


def standing() -> dict[str, str]:
    """What holds for an account."""
    return {
        "force-sensitive": _("media are sensitive"),
        "limit": _("limited"),
        "disable": _("cannot sign in"),
        "suspend": _("suspended"),
    }


def post_verbs() -> list[tuple[str, str]]:
    """What can be done to posts."""
    return [
        ("mark-sensitive", _("mark as sensitive")),
        ("unlist", _("keep out of public timelines")),
        ("warn", _("put a warning before them")),
        ("blur", _("blur their media")),
        ("hold", _("hold until somebody decides")),
        ("remove", _("remove")),
    ]


def tiers() -> list[tuple[str, str]]:
    """How well somebody is known here."""
    return [
        ("", _("as age and posts say")),
        ("0", _("0, new")),
        ("1", _("1, known")),
        ("2", _("2, at home")),
        ("3", _("3, like the team")),
    ]


def permissions() -> dict[str, tuple[str, str]]:
    """Name -> what it is called, what it opens."""
    return {
        "administrator": (_("Administrator"), _("everything")),
        "devops": (_("Workings"), _("queues, deliveries, jobs that failed")),
        "view_audit_log": (_("Log"), _("who did what")),
        "view_dashboard": (_("Figures"), _("how much goes on")),
        "manage_reports": (_("Reports"), _("look after reports, decide about posts")),
        "manage_federation": (_("Other servers"), _("block, limit and allow them")),
        "manage_settings": (_("Settings"), _("texts of the community, how newcomers join")),
        "manage_blocks": (_("Blocks of sign-ups"), _("networks, mail providers, mailboxes, names")),
        "manage_taxonomies": (_("Trends"), _("look at what is popular")),
        "manage_appeals": (_("Appeals"), _("grant and refuse them")),
        "manage_users": (_("People"), _("see their details, decide about accounts, let newcomers in")),
        "manage_invites": (_("Invitations"), _("see and withdraw them")),
        "manage_rules": (_("Rules"), _("change rules and take back what they did")),
        "manage_announcements": (_("Announcements"), _("write them")),
        "manage_custom_emojis": (_("Custom emoji"), _("add and remove them")),
        "manage_webhooks": (_("Webhooks"), _("tell other programs what happens")),
        "invite_users": (_("Invite"), _("invite people")),
        "manage_roles": (_("Roles"), _("compose and give roles below their own")),
        "manage_user_access": (_("Access of people"), _("reset passwords, remove second factors")),
        "delete_user_data": (_("Delete data"), _("delete what suspended accounts left, for good")),
    }
