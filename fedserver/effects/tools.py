"""What effects need besides the unit."""

from __future__ import annotations

from dataclasses import dataclass

from fedserver.services.keyring import KeyRing


@dataclass(frozen=True, slots=True)
class Tools:
    """``keyring`` opens the keys that sign object integrity proofs."""

    keyring: KeyRing
