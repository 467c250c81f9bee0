"""Where the master key comes from: a file, an environment value, or a systemd credential.

The text form is base64 of 32 bytes (standard or URL alphabet, padding optional) or 64 hexadecimal digits, so that
`openssl rand -base64 32` makes one. Every error says which source is meant and what to do, and never the text.
This is the only file of `keys` that touches the file system.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from nacl.utils import random

from keys.sealing import MASTER_BYTES, MasterKey

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
_MAX_FILE = 1024
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43}=?")


class MasterKeyError(Exception):
    """There is no usable master key. The message is for the administrator."""


def parse_text(text: str, source: str) -> MasterKey:
    """Read the text form. `source` names it in errors, as in `the variable FEDSERVER_MASTER_KEY`."""
    text = text.strip()
    if not text:
        raise MasterKeyError(f"{source} is empty")
    if _HEX.fullmatch(text):
        return MasterKey(bytes.fromhex(text))
    if not _BASE64.fullmatch(text):
        raise MasterKeyError(
            f"{source} does not hold a master key: expected {MASTER_BYTES} bytes in base64, or 64 hexadecimal digits"
        )
    body = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return MasterKey(base64.urlsafe_b64decode(body + "="))
    except binascii.Error:
        raise MasterKeyError(f"{source} is not base64") from None


def load_file(path: Path) -> MasterKey:
    """Read a key file that belongs to this user (or root) and is closed to group and others.

    Owner and mode are those of the opened file, so there is no moment between the check and the reading.
    """
    source = f"the master key file {path}"
    with _opened(path, source) as file:
        status = os.fstat(file.fileno())
        if status.st_uid not in (os.geteuid(), 0):
            raise MasterKeyError(f"{source} belongs to another user")
        if stat.S_IMODE(status.st_mode) & 0o177:
            raise MasterKeyError(f"{source} is open to others: run chmod 600 on it")
        return _read(file.read(_MAX_FILE + 1), source)


def load_credential(name: str, environment: Mapping[str, str]) -> MasterKey:
    """Read a systemd credential (`LoadCredential=name:path`).

    systemd keeps these root-owned in a directory that only the service can enter, hence no check of owner and mode.
    """
    directory = environment.get(CREDENTIALS_DIRECTORY)
    if not directory:
        raise MasterKeyError(f"{CREDENTIALS_DIRECTORY} is not set: this process was not started with credentials")
    if not name or "/" in name or name.startswith("."):
        raise MasterKeyError("the name of the credential is not a plain file name")
    source = f"the credential {name}"
    with _opened(Path(directory) / name, source) as file:
        return _read(file.read(_MAX_FILE + 1), source)


def create_file(path: Path) -> MasterKey:
    """Make a new key and write it to `path`, mode 0600, durable on return. Refuses to replace an existing file."""
    secret = random(MASTER_BYTES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise MasterKeyError(f"{path} exists already and is not replaced") from None
    except OSError as error:
        raise MasterKeyError(f"{path} cannot be created: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        # The mode of open() passes through the umask, which could only narrow it, but to something unreadable.
        os.fchmod(file.fileno(), 0o600)
        file.write(base64.urlsafe_b64encode(secret) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return MasterKey(secret)


def _opened(path: Path, source: str) -> BinaryIO:
    """Open a regular file; a pipe or device would block or never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise MasterKeyError(f"{source} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise MasterKeyError(f"{source} is not a regular file")
    return os.fdopen(descriptor, "rb")


def _read(data: bytes, source: str) -> MasterKey:
    if len(data) > _MAX_FILE:
        raise MasterKeyError(f"{source} is too large for a master key")
    try:
        return parse_text(data.decode("ascii"), source)
    except UnicodeDecodeError:
        raise MasterKeyError(f"{source} is not text") from None
