from __future__ import annotations

import pytest

from fedserver.kit import errors
from fedserver.kit.errors import Failure
from fedserver.kit.i18n import lazy


def _tree(kind: type[Failure]) -> list[type[Failure]]:
    return [below for child in kind.__subclasses__() for below in (child, *_tree(child))]


def test_every_leaf_has_its_own_code_and_message_and_stands_in_the_drawing() -> None:
    # doors have refinements of their own, which share the code of their parent
    leaves = [k for k in _tree(Failure) if not k.__name__.startswith("_") and k.__module__ == errors.__name__]
    assert len(leaves) == 12
    assert len({kind.code for kind in leaves}) == 12
    assert len({str(kind.default) for kind in leaves}) == 12
    for kind in leaves:
        assert f"+-- {kind.__name__} " in (errors.__doc__ or "")
        assert f" {kind.code} " in (errors.__doc__ or "")


def test_the_cause_stays_private() -> None:
    cause = OSError("disk 7 of /secret")
    failure = errors.NotFound(cause=cause)
    assert failure.message == "Record not found"
    assert failure.description is None
    assert failure.__cause__ is cause
    assert "disk 7" in str(failure)  # str() is for the log.


def test_a_message_has_its_fields_filled_in() -> None:
    failure = errors.Invalid(lazy("%(name)s is wrong", name="100%"), description="see the docs")
    assert (failure.message, failure.description) == ("100% is wrong", "see the docs")


@pytest.mark.parametrize("kind", [errors.TooMany, errors.Unavailable])
def test_later_needs_a_time(kind: type[errors.TooMany]) -> None:
    assert kind(retry_after=3.5).retry_after == 3.5
    with pytest.raises(TypeError):
        kind()  # type: ignore[call-arg]
