from __future__ import annotations

import pytest

from keys.algorithms import Algorithm
from keys.pair import PrivateKey


@pytest.fixture(scope="session")
def rsa_key() -> PrivateKey:
    return PrivateKey.generate(Algorithm.RSA_2048)


@pytest.fixture(scope="session")
def ed25519_key() -> PrivateKey:
    return PrivateKey.generate(Algorithm.ED25519)


@pytest.fixture(params=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest, rsa_key: PrivateKey, ed25519_key: PrivateKey) -> PrivateKey:
    return rsa_key if request.param == "rsa" else ed25519_key
