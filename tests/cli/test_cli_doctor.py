"""``doctor`` finds each mistake, says how to mend it, and changes nothing."""

from __future__ import annotations

import os
import socket

import pytest
from cli_home import Home
from manifest_support import certificate


def _levels(home: Home, code: int) -> dict[str, str]:
    """Text of each finding -> its level."""
    done = home.run("doctor")
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err
    lines = [line for line in done.out.splitlines() if not line.startswith("  ")]
    return {line[9:]: line[:9].strip() for line in lines}


def _level(found: dict[str, str], part: str) -> str:
    levels = [level for text, level in found.items() if part in text]
    assert len(levels) == 1, (part, found)
    return levels[0]


def test_a_good_node_has_no_errors(home: Home) -> None:
    home.set("base_url", '"https://localhost:1"')
    found = _levels(home, 0)
    assert "error" not in found.values()
    assert _level(found, "the database can be written") == "ok"
    assert _level(found, "master key") == "ok"
    assert _level(found, "no node runs") == "note"
    assert _level(found, "videos can be decoded") == "ok"
    if os.geteuid() == 0:
        assert _level(found, "runs as root") == "warning"


def test_files_that_others_can_change_or_read(home: Home) -> None:
    home.config.chmod(0o666)
    (home.folder / "data" / "master.key").chmod(0o644)
    found = _levels(home, 1)
    assert _level(found, "can be changed by other users") == "error"
    assert _level(found, "is open to others") == "error"
    home.config.chmod(0o644)
    assert _level(_levels(home, 1), "settings: ") == "ok"


def test_a_password_in_a_readable_file(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = home.config.read_text()
        home.config.write_text(
            text.replace("[mail]\n", f'[mail]\nurl = "smtp://me:secret@127.0.0.1:{port}"\nfrom = "a@example.org"\n')
        )
        home.config.chmod(0o644)
        found = _levels(home, 0)
    assert _level(found, "holds a password") == "warning"
    assert _level(found, "the mail server 127.0.0.1") == "ok"
    assert _level(_levels(home, 1), "does not answer") == "error"
    assert "secret" not in "".join(found)


@pytest.mark.parametrize(
    ("domain", "base_url", "text", "level"),
    [
        ("example.org", "http://localhost:8787", "is this machine", "error"),
        ("example.org", "http://example.org", "is http", "warning"),
        ("example.org", "https://social.example.org", "pages are at https://social", "note"),
    ],
)
def test_names_that_do_not_fit(empty: Home, domain: str, base_url: str, text: str, level: str) -> None:
    empty.run("init", "--domain", domain, "--base-url", base_url).done()
    assert _level(_levels(empty, int(level == "error")), text) == level


def test_a_proxy_that_is_not_trusted(home: Home) -> None:
    assert _level(_levels(home, 0), "trusted_proxies is empty") == "warning"
    home.set("trusted_proxies", '["127.0.0.1"]')
    assert _level(_levels(home, 0), "trusted_proxies fits") == "ok"


def test_a_database_that_is_missing_or_of_another_version(home: Home) -> None:
    home.execute("UPDATE alembic_version SET version_num = '0000'")
    assert _level(_levels(home, 1), "has schema 0000") == "error"
    home.database.unlink()
    before = sorted(os.listdir(home.folder / "data"))
    assert _level(_levels(home, 1), "no database") == "error"
    assert sorted(os.listdir(home.folder / "data")) == before


def test_a_clock_that_went_back(home: Home) -> None:
    future = (4_000_000_000_000) << 16
    home.execute(f"UPDATE meta SET value = '{future}' WHERE key LIKE 'id_mark:%'")
    assert _level(_levels(home, 1), "the clock is") == "error"


def test_a_lost_data_directory(home: Home) -> None:
    (home.folder / "data").rename(home.folder / "gone")
    found = _levels(home, 1)
    assert [level for text, level in found.items() if "is not there" in text] == ["error", "error"]
    assert not (home.folder / "data").exists()


def test_lists_of_trusted_signers(home: Home) -> None:
    signers = home.folder / "data" / "trust" / "c2pa-signers.pem"
    done = home.run("doctor")
    assert done.code == 0 and "fedserver provenance trust refresh" in done.out
    found = _levels(home, 0)
    assert _level(found, f"no list of certificates at {signers}") == "note"
    assert _level(found, "c2pa-time-stampers.pem") == "note"
    signers.parent.mkdir()
    signers.write_text("<html>not found</html>")
    assert _level(_levels(home, 0), "no certificate in it") == "warning"
    chain = certificate("maker.test").chain
    signers.write_text(chain)
    assert _level(_levels(home, 0), f"in {signers}: {chain.count('BEGIN CERTIFICATE')}") == "ok"


def test_a_port_that_somebody_else_has(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.listen()
        home.set("listen", f'"127.0.0.1:{server.getsockname()[1]}"')
        assert _level(_levels(home, 1), "cannot be used") == "error"


def test_another_node_s_database(home: Home) -> None:
    home.set("domain", '"other.example"')
    assert _level(_levels(home, 1), "belongs to 'localhost:1'") == "error"
