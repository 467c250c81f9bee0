"""Interaction policies, in GoToSocial's old and new spelling."""

from __future__ import annotations

from typing import Any

from protocol.activitystreams.read.fields import addressees
from protocol.activitystreams.values import InteractionPolicy, Permission


def read_policy(value: object) -> InteractionPolicy | None:
    """Read `interactionPolicy`. None where it says nothing."""
    if not isinstance(value, dict):
        return None
    policy = InteractionPolicy(
        can_like=_permission(value.get("canLike")),
        can_reply=_permission(value.get("canReply")),
        can_announce=_permission(value.get("canAnnounce")),
        can_quote=_permission(value.get("canQuote")),
        can_feature=_permission(value.get("canFeature")),
    )
    return policy if policy != InteractionPolicy() else None


def _permission(value: Any) -> Permission | None:
    """`always` and `approvalRequired` are the names before GoToSocial 0.20."""
    if not isinstance(value, dict):
        return None
    automatic = value["automaticApproval"] if "automaticApproval" in value else value.get("always")
    manual = value["manualApproval"] if "manualApproval" in value else value.get("approvalRequired")
    return Permission(addressees(automatic), addressees(manual))
