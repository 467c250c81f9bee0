"""The two signature algorithms this node speaks."""

from __future__ import annotations

from enum import Enum


class Algorithm(Enum):
    """A signature algorithm, by its RFC 9421 section 6.2 name.

    An RSA key signs with RSASSA-PKCS1-v1_5 and SHA-256 whatever its size: our own keys have 2048 bits, those of
    peers between 2048 and 8192. There is no negotiation: the algorithm follows from the key, never from a header.
    """

    RSA_2048 = "rsa-v1_5-sha256"
    ED25519 = "ed25519"
