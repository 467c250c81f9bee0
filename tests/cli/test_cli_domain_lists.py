"""Lists of domains by the command line: brought, shown, confirmed, exported, taken back."""

from __future__ import annotations

from pathlib import Path

from cli_home import Home

CSV = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"


def _policies(home: Home) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in home.rows("SELECT domain, severity FROM domain_policies ORDER BY domain")]


def test_a_file_from_import_to_export(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(CSV + 'a.example,suspend,False,False,"spam, mostly",True\nb.example,silence,True,False,,False\n')
    # at first it is only shown
    assert home.run("domain", "import", str(file)).done() == "bad.csv"
    assert _policies(home) == []
    listed = home.run("domain", "subscriptions").done().split("\t")
    assert listed[:6] == ["bad.csv", "advise", "0", "file", "2", "2"]
    home.run("domain", "import", str(file), "--mode", "enforce", "--exclude", "c.example").done()
    assert _policies(home) == []
    home.run("domain", "confirm", "bad.csv", "--dry-run").done()
    assert _policies(home) == []
    home.run("domain", "confirm", "bad.csv").done()
    assert _policies(home) == [("a.example", "suspend"), ("b.example", "limit")]
    exported = home.run("domain", "export").done()
    assert exported.splitlines()[1:] == [
        'a.example,suspend,false,false,"spam, mostly",true',
        "b.example,silence,true,false,,false",
    ]
    assert home.run("domain", "export", "--format", "plain").done() == "a.example"
    # what is gone from the file goes here; what others decided stays
    home.run("domain", "block", "own.example", "--comment", "ours").done()
    again = ("domain", "import", "-", "--name", "bad.csv", "--mode", "enforce", "--at-once")
    home.run(*again, input="a.example\nc.example\n").done()
    assert _policies(home) == [("a.example", "suspend"), ("c.example", "suspend"), ("own.example", "suspend")]
    home.run("domain", "unsubscribe", "bad.csv").done()
    assert _policies(home) == [("own.example", "suspend")]
    home.run("domain", "unsubscribe", "bad.csv").failed(1, "no list")


def test_what_a_list_may_not_be(home: Home, tmp_path: Path) -> None:
    home.run("domain", "import", str(tmp_path / "none.csv")).failed(1, "none.csv")
    page = tmp_path / "page.csv"
    page.write_text("<!doctype html><title>404</title>")
    home.run("domain", "import", str(page)).failed(1, "web page")
    home.run("domain", "import", "-", input="a.example\n").done()
    home.run("domain", "import", "-", "--name", "https://x.example/l", input="a.example\n").failed(2, "no address")
    home.run("domain", "subscribe", "file:///etc/passwd").failed(2, "https")
    home.run("domain", "confirm", "nothing").failed(1, "no list")


def test_a_block_says_what_it_meets(home: Home) -> None:
    home.run("domain", "block", "bad.example", "--dry-run").done()
    assert _policies(home) == []
    flags = ("--no-media", "--no-reports", "--no-trends", "--obfuscate", "--comment", "why", "--note", "who")
    assert home.run("domain", "block", "bad.example", "--severity", "none", *flags).done() == "bad.example\tnone"
    columns = "reject_media, reject_reports, no_trends, obfuscate, public_comment, private_comment"
    assert home.rows(f"SELECT {columns} FROM domain_policies") == [(1, 1, 1, 1, "why", "who")]
