from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from keys.master import MasterKeyError, create_file, load_credential, load_file, parse_text

SECRET = bytes(range(200, 232))


def write(path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(SECRET).decode(),
        base64.b64encode(SECRET).decode() + "\n",
        base64.urlsafe_b64encode(SECRET).decode(),
        base64.urlsafe_b64encode(SECRET).decode().rstrip("="),
        SECRET.hex(),
        SECRET.hex().upper(),
    ],
)
def test_forms_that_are_read(text: str) -> None:
    assert parse_text(text, "here").secret == SECRET


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "changeme",
        base64.b64encode(SECRET[:31]).decode(),
        base64.b64encode(SECRET + b"x").decode(),
        SECRET.hex()[:-1],
        SECRET.hex() + "00",
        "é" * 43,
        "=" * 44,
    ],
)
def test_forms_that_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(MasterKeyError, match=r"^the variable X ") as caught:
        parse_text(text, "the variable X")
    assert not text.strip() or text.strip() not in str(caught.value)


def test_a_new_file_is_private_and_can_be_read_back(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    previous = os.umask(0)
    try:
        master = create_file(path)
    finally:
        os.umask(previous)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_file(path) == master
    assert create_file(tmp_path / "another.key") != master


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "master.key", "precious")
    with pytest.raises(MasterKeyError, match="exists"):
        create_file(path)
    assert path.read_text() == "precious"
    link = tmp_path / "link.key"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(MasterKeyError, match="exists"):
        create_file(link)


def test_a_directory_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="cannot be created"):
        create_file(tmp_path / "missing" / "master.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666, 0o601, 0o700])
def test_loose_modes_are_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "master.key", SECRET.hex(), mode)
    with pytest.raises(MasterKeyError, match="chmod 600"):
        load_file(path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_close_modes_are_taken(tmp_path: Path, mode: int) -> None:
    assert load_file(write(tmp_path / "master.key", SECRET.hex(), mode)).secret == SECRET


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "master.key", SECRET.hex())
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    else:
        # Only root can give a file away; anyone else becomes the other user.
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(MasterKeyError, match="another user"):
        load_file(path)


def test_what_is_no_key_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path, message in (
        (tmp_path / "missing", "cannot be read"),
        (tmp_path, "not a regular file"),
        (pipe, "not a regular file"),
        (write(tmp_path / "binary", SECRET), "not text"),
        (write(tmp_path / "large", "0" * 5000), "too large"),
        (write(tmp_path / "empty", ""), "empty"),
    ):
        with pytest.raises(MasterKeyError, match=message):
            load_file(path)


def test_credentials(tmp_path: Path) -> None:
    # systemd leaves credentials readable for the group; the directory is what is closed.
    write(tmp_path / "master", SECRET.hex(), 0o440)
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert load_credential("master", environment).secret == SECRET
    with pytest.raises(MasterKeyError, match="cannot be read"):
        load_credential("other", environment)
    with pytest.raises(MasterKeyError, match="not set"):
        load_credential("master", {})
    for name in ("", "../master", "/etc/passwd", ".master", ".."):
        with pytest.raises(MasterKeyError, match="plain file name"):
            load_credential(name, environment)
