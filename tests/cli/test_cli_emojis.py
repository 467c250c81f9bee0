"""``emoji list|add|import|remove``: pictures come in clean, what cannot be used is told."""

from __future__ import annotations

from pathlib import Path

from cli_home import Home
from PIL import Image


def picture(path: Path, colour: str, side: int = 64) -> Path:
    Image.new("RGB", (side, side), colour).save(path)
    return path


def test_from_a_folder_to_nothing(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture(folder / "blob.png", "red")
    picture(folder / "wave_2.gif", "green")
    picture(folder / "no good.png", "blue")
    (folder / "text.png").write_text("not a picture")
    (folder / "notes.txt").write_text("not looked at")
    told = home.run("emoji", "import", str(folder), "--category", "ours")
    assert (told.code, told.out.split()) == (1, ["blob", "wave_2"])
    assert "2 of 4 could not be used" in told.err
    assert "no good.png: A shortcode has" in told.err
    assert "text.png: It cannot be used (type)" in told.err
    assert home.run("emoji", "list").done().splitlines() == ["blob\tours", "wave_2\tours"]

    before = home.rows("SELECT media_id FROM custom_emojis WHERE shortcode = 'blob'")
    home.run("emoji", "add", "blob", str(picture(tmp_path / "other.webp", "black"))).done()
    after = home.rows("SELECT media_id, category FROM custom_emojis WHERE shortcode = 'blob'")
    assert after[0][1] == "ours"
    assert after[0][:1] != before[0]
    rows = home.rows("SELECT role, state, mime, local FROM media_attachments ORDER BY id")
    assert [(role, state, local) for role, state, _, local in rows] == [("emoji", "ready", 1)] * 3

    home.run("emoji", "remove", "blob").done()
    assert home.run("emoji", "list").done().splitlines() == ["wave_2\tours"]


def test_what_is_refused(home: Home, tmp_path: Path) -> None:
    small = str(picture(tmp_path / "a.png", "red"))
    home.run("emoji", "add", "x", small).failed(1, "2 to 64 letters")
    home.run("emoji", "add", "bad-name", small).failed(1, "2 to 64 letters")
    home.run("emoji", "add", "gone", str(tmp_path / "gone.png")).failed(1, "not a file")
    big = tmp_path / "big.png"
    big.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(300_000))
    home.run("emoji", "add", "big", str(big)).failed(1, "larger than 256 KiB")
    home.run("emoji", "import", str(tmp_path / "nowhere")).failed(1, "not a folder")
    home.run("emoji", "remove", "blob").failed(1, "no emoji named blob")
    assert home.rows("SELECT count(*) FROM custom_emojis") == [(0,)]
    assert home.rows("SELECT count(*) FROM media_attachments") == [(0,)]
