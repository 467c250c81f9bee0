"""Blobs in a folder, and files of peers (MED-12, -14, -19, -22)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from media_files import SECRET, gradient, saved

from fedserver.media.errors import MediaRefused
from fedserver.media.pipeline import Pipeline
from fedserver.media.remote import fetch_remote
from fedserver.media.settings import MediaSettings
from fedserver.media.store import BlobStore, FolderStore, check_name, new_name


def store(folder: Path, base_url: str | None = "https://media.test/files/") -> FolderStore:
    made = FolderStore(folder / "media", base_url)
    made.prepare()
    return made


def test_a_blob_goes_in_and_comes_out(tmp_path: Path) -> None:
    async def main() -> None:
        blobs: BlobStore = store(tmp_path)
        source = tmp_path / "new"
        source.write_bytes(bytes(range(256)) * 3000)
        name = await blobs.put(source, "png")
        assert not source.exists()
        assert blobs.url(name) == f"https://media.test/files/{name}"
        assert await blobs.size(name) == 768_000
        assert b"".join([part async for part in blobs.stream(name)]) == bytes(range(256)) * 3000
        assert b"".join([part async for part in blobs.stream(name, 255, 258)]) == b"\xff\0\x01"
        assert b"".join([part async for part in blobs.stream(name, 5, 5)]) == b""
        path = blobs.local_path(name)
        assert path is not None and path.stat().st_mode & 0o777 == 0o600
        assert await blobs.delete(name) is True
        assert await blobs.delete(name) is False
        assert await blobs.size(name) is None
        with pytest.raises(FileNotFoundError):
            [part async for part in blobs.stream(name)]

    asyncio.run(main())


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../../../app/x.py", "a\0.png", "CON", "x.png/../../y", "a" * 10_000, "/etc/passwd"]
    + ["a" * 26 + end for end in (".svg", ".html", ".png\n", ".PNG", "", ".png/", ".json")]
    + ["../" + "a" * 23 + ".png", "A" * 26 + ".png", "ａ" * 26 + ".png"],
)
def test_only_names_that_were_given_out_are_names(name: str, tmp_path: Path) -> None:
    blobs = store(tmp_path)

    async def main() -> None:
        for attempt in (blobs.url, blobs.local_path):
            with pytest.raises(ValueError, match="not the name"):
                attempt(name)
        for later in (blobs.size, blobs.delete):
            with pytest.raises(ValueError, match="not the name"):
                await later(name)
        with pytest.raises(ValueError, match="not the name"):
            [part async for part in blobs.stream(name)]

    asyncio.run(main())


def test_names_are_unguessable_and_of_known_types() -> None:
    names = {new_name("jpg") for _ in range(2000)}
    assert len(names) == 2000
    assert all(check_name(name) == name for name in names)
    assert all(len({name[at] for name in names}) == 32 for at in range(26))  # 5 bits at each of 26 places
    for extension in ("svg", "html", "py", "", "jpg/x", "../x"):
        with pytest.raises(ValueError, match="not the name"):
            new_name(extension)


def test_a_start_clears_what_was_unfinished(tmp_path: Path) -> None:
    first = store(tmp_path)
    (first.temp / "half").write_bytes(b"x")
    assert list(store(tmp_path).temp.iterdir()) == []


def test_a_private_store_has_no_addresses(tmp_path: Path) -> None:
    assert store(tmp_path, None).url(new_name("bin")) is None


def test_a_put_that_fails_leaves_no_blob(tmp_path: Path) -> None:
    blobs = store(tmp_path)
    with pytest.raises(FileNotFoundError):
        asyncio.run(blobs.put(tmp_path / "missing", "png"))
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


def test_files_of_peers(tmp_path: Path) -> None:
    files = {"picture": saved(gradient(), "PNG"), "page": b"<html>", "bomb": saved(gradient(), "PNG")[:200]}
    limits: list[int] = []

    async def download(url: str, target: Path, *, max_bytes: int) -> None:
        limits.append(max_bytes)
        target.write_bytes(files[url])

    async def main() -> None:
        pipeline = Pipeline(MediaSettings(max_image_bytes=1_000_000, max_video_bytes=2_000_000))
        for url in ("page", "bomb"):
            with pytest.raises(MediaRefused):
                await fetch_remote(download, pipeline, url, tmp_path)
            assert list(tmp_path.iterdir()) == []
        found = await fetch_remote(download, pipeline, "picture", tmp_path)
        assert found.published.read_bytes() == files["picture"]
        assert found.preview is not None and SECRET not in found.preview.read_bytes()
        assert len(list(tmp_path.iterdir())) == 2
        assert set(limits) == {2_000_000}

    asyncio.run(main())
