"""Every row of the attack page is a test function, or stands in the table of what is not built yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rows import GROUPS, NOT_YET

from fedserver.api.routes import ROUTES as API
from fedserver.federation.routes import ROUTES as FEDERATION
from fedserver.oauth.routes import ROUTES as OAUTH
from fedserver.web.routes import ROUTES as WEB

ROOT = Path(__file__).resolve().parents[2]

# a function may be named by several rows of one group: test_HTML_01_02_...
_TEST = re.compile(r"^(?:async )?def test_([A-Z]+)((?:_[0-9]{2})+)_", re.MULTILINE)


def _tested() -> set[str]:
    files = Path(__file__).parent.glob("test_attacks_*.py")
    found = (match for file in files for match in _TEST.findall(file.read_text(encoding="utf-8")))
    return {f"{group}-{number}" for group, numbers in found for number in numbers.split("_")[1:]}


@pytest.mark.parametrize("group", GROUPS)
def test_every_row_has_its_test(group: str) -> None:
    missing = [row for row in GROUPS[group] if row not in _tested() and row not in NOT_YET]
    assert not missing


def test_no_row_is_in_both_places_or_unknown() -> None:
    known = {row for rows in GROUPS.values() for row in rows}
    assert len(known) == 213
    assert not _tested() - known
    assert not set(NOT_YET) - known
    assert not _tested() & set(NOT_YET)


def test_what_is_not_tested_yet_is_not_there_yet() -> None:
    """The day that somebody builds what one of these rows attacks, the row needs its test."""
    signs = {"HTML-15": "translate", "HTML-20": "archive", "AUTH-26": "(oidc|openid|sso|saml)"}
    paths = [route.path for table in (API, OAUTH, WEB, FEDERATION) for route in table]
    assert len(paths) > 250
    for row, sign in signs.items():
        assert not [path for path in paths if re.search(rf"/{sign}", path)], row
    naming = {
        path.relative_to(ROOT / "fedserver").as_posix()
        for path in (ROOT / "fedserver").rglob("*.py")
        if ".well-known/nodeinfo" in path.read_text(encoding="utf-8")
    }
    # the route, its document, and the settings for a proxy: nobody fetches
    assert naming == {"federation/routes.py", "federation/documents/discovery.py", "cli/proxy.py"}, "SSRF-23"
    assert set(NOT_YET) == {*signs, "SSRF-23"}
