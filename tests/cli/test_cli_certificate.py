"""``provenance certificate``: made, shown, brought, removed."""

from __future__ import annotations

from cli_home import Home

from fedserver.services import certificate

WORDS = ("provenance", "certificate")


def test_a_certificate_comes_and_goes(home: Home) -> None:
    home.run(*WORDS).failed(1, "There is no certificate")
    made = home.run(*WORDS, "create").done()
    assert "media" in made and "until" in made
    shown = home.run(*WORDS, "show").done()
    assert shown.count("BEGIN CERTIFICATE") == 2 and "PRIVATE" not in shown
    assert home.rows("SELECT count(*) FROM audit_log WHERE action = 'certificate.change'") == [(1,)]
    home.run(*WORDS, "remove").done()
    home.run(*WORDS).failed(1, "There is no certificate")


def test_import_wants_a_chain_and_its_key(home: Home) -> None:
    home.run(*WORDS, "import").failed(2, "--chain")
    home.run(*WORDS, "create", "--key", "x").failed(2, "belong to import")
    chain, key = home.folder / "chain.pem", home.folder / "key.pem"
    chain.write_text(certificate.make("elsewhere.test", 1_795_341_456_000).chain)
    key.write_text("nothing")
    home.run(*WORDS, "import", "--chain", str(chain), "--key", str(key)).failed(1, "cannot be read")
    home.run(*WORDS, "import", "--chain", "missing.pem", "--key", str(key)).failed(1, "missing.pem")
