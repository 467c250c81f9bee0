"""Who may do what: named permissions (the bits of Mastodon 4.5's Role entity), the four presets, and composed roles.

A person has one role: a preset, or one that an admin composed. What it opens is said by its permissions alone;
its position says whom its holder may act on, and which roles they may give: those that stand below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

# name -> bit (Mastodon documentation, entities/Role)
PERMISSIONS: Final[Mapping[str, int]] = {
    "administrator": 0x1,
    "devops": 0x2,
    "view_audit_log": 0x4,
    "view_dashboard": 0x8,
    "manage_reports": 0x10,
    "manage_federation": 0x20,
    "manage_settings": 0x40,
    "manage_blocks": 0x80,
    "manage_taxonomies": 0x100,
    "manage_appeals": 0x200,
    "manage_users": 0x400,
    "manage_invites": 0x800,
    "manage_rules": 0x1000,
    "manage_announcements": 0x2000,
    "manage_custom_emojis": 0x4000,
    "manage_webhooks": 0x8000,
    "invite_users": 0x10000,
    "manage_roles": 0x20000,
    "manage_user_access": 0x40000,
    "delete_user_data": 0x80000,
}
ALL: Final = sum(PERMISSIONS.values())
ADMINISTRATOR: Final = PERMISSIONS["administrator"]
TOP: Final = 1000
EVERYONE: Final = -1


def bits(names: Iterable[str]) -> int:
    """The sum of named permissions. ``KeyError`` for an unknown name."""
    return sum({PERMISSIONS[name] for name in names})


def names(permissions: int) -> list[str]:
    """The names of what a number holds, in the order of the table."""
    return [name for name, bit in PERMISSIONS.items() if permissions & bit]


_MODERATOR: Final = bits(
    (
        "view_audit_log",
        "view_dashboard",
        "manage_reports",
        "manage_federation",
        "manage_blocks",
        "manage_taxonomies",
        "manage_appeals",
        "manage_users",
        "manage_invites",
        "manage_custom_emojis",
        "invite_users",
        "manage_user_access",
    )
)


class Role(NamedTuple):
    """A role as it counts. ``preset``: its name among the presets, '' for a composed one."""

    id: int
    name: str
    permissions: int
    position: int
    color: str = ""
    highlighted: bool = False
    preset: str = ""

    def can(self, permission: str) -> bool:
        """Whether it holds a permission: named, or all of them as an administrator."""
        return can(self.permissions, permission)


# profiles do not show these: who runs a community is named where the community says so
PRESETS: Final[Mapping[str, Role]] = {
    "user": Role(-99, "", 0, EVERYONE, preset="user"),
    "moderator": Role(2, "Moderator", _MODERATOR, 10, preset="moderator"),
    "admin": Role(3, "Admin", ALL - ADMINISTRATOR, 100, preset="admin"),
    "owner": Role(4, "Owner", ADMINISTRATOR, TOP, preset="owner"),
}
BY_ID: Final[Mapping[int, str]] = {role.id: name for name, role in PRESETS.items()}
# the least that a route asks for where it names a rank only
OF_RANK: Final[Mapping[str, str]] = {
    "moderator": "manage_reports",
    "admin": "manage_settings",
    "owner": "administrator",
}
# whoever holds one of these moderates: they belong to the team, and hear of what happens
TEAM: Final = bits(("administrator", "manage_reports", "manage_users"))


def can(permissions: int, permission: str) -> bool:
    """Whether a sum of bits holds a permission."""
    return bool(permissions & (PERMISSIONS[permission] | ADMINISTRATOR))


def within(permissions: int, own: int) -> bool:
    """Whether somebody may hand these on: nobody gives what they do not have."""
    return bool(own & ADMINISTRATOR) or not permissions & ~own


def rank_of(permissions: int) -> str:
    """The preset that stands beside a composed role in ``users.role``: moderator for the team, user for others."""
    return "moderator" if permissions & TEAM else "user"
