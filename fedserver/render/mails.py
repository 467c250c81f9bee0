"""What mails say: one small function a kind, one table. Plain text in the reader's language, nothing to track."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from fedserver.kit.clock import to_datetime
from fedserver.kit.i18n import gettext as _


class About(NamedTuple):
    """What a mail may name. ``link`` holds the one secret there is; ``what`` is a word of the event; ``at`` in ms."""

    community: str
    base_url: str
    username: str
    link: str
    what: str
    at: int


class Words(NamedTuple):
    """Subject and text, without greeting and ending."""

    subject: str
    text: str


def _confirm(about: About) -> Words:
    return Words(
        _("Confirm your e-mail address for %(community)s"),
        _(
            "Somebody, probably you, gave this address for the account @%(username)s on %(community)s.\n\n"
            "Open this link to confirm it:\n\n%(link)s\n\n"
            "It works for two days. If it was not you, do nothing: the address is not used."
        ),
    )


def _taken(about: About) -> Words:
    return Words(
        _("Your e-mail address was given again on %(community)s"),
        _(
            "Somebody tried to use this address for another account on %(community)s. It belongs to your account "
            "@%(username)s already, so nothing has changed.\n\n"
            "If it was you and you forgot your password, set a new one here:\n\n%(base_url)s/reset"
        ),
    )


def _reset(about: About) -> Words:
    return Words(
        _("Set a new password for %(community)s"),
        _(
            "Somebody, probably you, asked for a new password for @%(username)s on %(community)s.\n\n"
            "Open this link to set one:\n\n%(link)s\n\n"
            "It works once, for one hour. A new password signs out all sessions and applications.\n"
            "If it was not you, do nothing: your password stays as it is."
        ),
    )


def _address_changed(about: About) -> Words:
    return Words(
        _("Your e-mail address on %(community)s was changed"),
        _(
            "The account @%(username)s on %(community)s has another e-mail address since %(at)s (UTC). "
            "From now on, nothing about it is sent here.\n\n"
            "If this was not you, write to the people who run %(community)s at once: %(base_url)s/about#contact"
        ),
    )


def _password_changed(about: About) -> Words:
    return Words(
        _("Your password on %(community)s was changed"),
        _(
            "The account @%(username)s on %(community)s has a new password since %(at)s (UTC). All sessions and "
            "applications of before are signed out.\n\n"
            "If this was not you, set a new password now: %(base_url)s/reset"
        ),
    )


def _factor_changed(about: About) -> Words:
    changes = {
        "totp-on": _("One-time codes were set up: signing in asks for one."),
        "totp-off": _("One-time codes were removed: signing in does not ask for them any more."),
        "passkey-on": _("A passkey was added."),
        "passkey-off": _("A passkey was removed."),
        "recovery": _("New recovery codes were made. The old ones are void."),
        "cleared": _("A moderator removed the one-time codes, passkeys and recovery codes."),
    }
    return Words(
        _("Two-factor sign-in on %(community)s was changed"),
        _("For the account @%(username)s on %(community)s, at %(at)s (UTC):")
        + "\n\n"
        + changes[about.what].replace("%", "%%")
        + "\n\n"
        + _("If this was not you, set a new password now and look at your settings: %(base_url)s/settings/two-factor"),
    )


def _factor_locked(about: About) -> Words:
    return Words(
        _("Somebody knows your password for %(community)s"),
        _(
            "Somebody signed in to @%(username)s on %(community)s with the right password and then gave wrong one-time "
            "codes, ten times. They were not let in, and codes are not taken for an hour.\n\n"
            "If this was not you, set a new password now: %(base_url)s/reset"
        ),
    )


def _signed_in(about: About) -> Words:
    return Words(
        _("A new sign-in to %(community)s"),
        _(
            "Somebody signed in to @%(username)s on %(community)s at %(at)s (UTC) from a place and a browser that were "
            "not seen before:\n\n%(what)s\n\n"
            "If this was you, there is nothing to do. If not, set a new password now: %(base_url)s/reset"
        ),
    )


def _approved(about: About) -> Words:
    return Words(
        _("Welcome to %(community)s"),
        _("Your request to join %(community)s was approved. Sign in as %(what)s:\n\n%(base_url)s/login"),
    )


def _rejected(about: About) -> Words:
    return Words(
        _("Your request to join %(community)s"),
        _("The people who run %(community)s looked at your request to join as %(what)s and did not approve it."),
    )


def _pending(about: About) -> Words:
    return Words(
        _("Somebody asks to join %(community)s"),
        _("@%(what)s asks to join %(community)s. Approve or reject the request:\n\n%(base_url)s/admin/registrations"),
    )


def _decided(about: About) -> Words:
    return Words(
        _("About your account on %(community)s"),
        _(
            "Something was decided on %(community)s about @%(username)s:\n\n%(what)s\n\n"
            "All decisions about you, and how to appeal:\n\n%(link)s"
        ),
    )


def _undone(about: About) -> Words:
    return Words(
        _("A decision about you on %(community)s was taken back"),
        _("About @%(username)s on %(community)s:\n\n%(what)s\n\nAll decisions about you:\n\n%(link)s"),
    )


def _appeal_refused(about: About) -> Words:
    return Words(
        _("Your appeal on %(community)s was refused"),
        _("About @%(username)s on %(community)s:\n\n%(what)s\n\nAll decisions about you:\n\n%(link)s"),
    )


def _appeal(about: About) -> Words:
    return Words(
        _("An appeal on %(community)s"),
        _("@%(what)s asks for a decision to be looked at again:\n\n%(base_url)s/admin/appeals"),
    )


def _reported(about: About) -> Words:
    return Words(
        _("A report on %(community)s"),
        _("Somebody reported @%(what)s. Reports that wait:\n\n%(base_url)s/admin"),
    )


def _idle(about: About) -> Words:
    return Words(
        _("Newcomers to %(community)s wait for approval now"),
        _(
            "No moderator of %(community)s was here for days, so that joining needs an approval from now on. Whoever "
            "can change the settings can open it again:\n\n%(base_url)s/admin/community"
        ),
    )


def _surge(about: About) -> Words:
    return Words(
        _("Newcomers to %(community)s wait for approval now"),
        _(
            "More people joined %(community)s within an hour than is usual, so that joining needs an approval from now "
            "on. Who waits: %(base_url)s/admin/registrations\n\nIf all is well, open it again: "
            "%(base_url)s/admin/community"
        ),
    )


def _takedown_confirm(about: About) -> Words:
    return Words(
        _("Confirm your demand to take something down on %(community)s"),
        _(
            "Somebody, probably you, demanded that something be taken down on %(community)s and gave this address.\n\n"
            "Open this link to confirm it, and to follow what becomes of it:\n\n%(link)s\n\n"
            "It works for seven days. If it was not you, do nothing: nothing follows from it."
        ),
    )


def _takedown_decided(about: About) -> Words:
    return Words(
        _("Your demand to take something down on %(community)s was decided"),
        _("The people who run %(community)s have looked at your demand. Read what they decided:\n\n%(link)s"),
    )


def _takedown_late(about: About) -> Words:
    return Words(
        _("A demand to take something down waits on %(community)s"),
        _(
            "Nobody has decided about a demand to take something down for 48 hours. It is not decided by waiting: you "
            "will hear of it every day until somebody has looked.\n\n%(link)s"
        ),
    )


KINDS: Mapping[str, Callable[[About], Words]] = {
    "confirm": _confirm,
    "taken": _taken,
    "reset": _reset,
    "address-changed": _address_changed,
    "password-changed": _password_changed,
    "factor-changed": _factor_changed,
    "factor-locked": _factor_locked,
    "signed-in": _signed_in,
    "approved": _approved,
    "rejected": _rejected,
    "pending": _pending,
    "takedown-confirm": _takedown_confirm,
    "takedown-decided": _takedown_decided,
    "takedown-late": _takedown_late,
    "reported": _reported,
    "registration-idle": _idle,
    "registration-surge": _surge,
    "decided": _decided,
    "undone": _undone,
    "appeal-refused": _appeal_refused,
    "appeal": _appeal,
}


def words_of(kind: str, about: About) -> Words:
    """A mail's subject and whole text in the current locale. ``KeyError`` for a kind that is not known."""
    words = KINDS[kind](about)
    fields = about._asdict() | {"at": to_datetime(about.at).strftime("%Y-%m-%d %H:%M")}
    ending = _("This mail was written by %(community)s, %(base_url)s, by itself. Nobody reads answers to it.")
    return Words(words.subject % fields, f"{words.text % fields}\n\n-- \n{ending % fields}\n")
