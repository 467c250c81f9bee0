"""File and environment in, ``Config`` out. Everything that is not understood is an error that names itself.

The environment wins over the file: ``FEDSERVER_SERVER__DOMAIN`` is ``[server] domain``. Numbers, booleans,
lists and tables are written as TOML values there; texts as they are.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fedserver.config.model import SECTIONS, Config, settings_of
from fedserver.config.setting import REQUIRED, Setting
from fedserver.config.values import ConfigError

PREFIX = "FEDSERVER_"
CREDENTIAL = "fedserver.master_key"


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The settings of ``path`` (None: the environment alone, paths relative to the working directory).

    Raises ``ConfigError``: no such file, no TOML, unknown section, key or ``FEDSERVER_*`` variable (with the
    nearest known name), a missing key, a value of the wrong type or out of range.
    """
    tables = {} if path is None else _read(path)
    base = Path.cwd() if path is None else path.absolute().parent
    return build(tables, environ, base, file=path)


def build(tables: Mapping[str, Any], environ: Mapping[str, str], base: Path, *, file: Path | None = None) -> Config:
    """As ``load``, from tables already read; relative paths start at ``base``."""
    origin = str(file) if file is not None else "the settings"
    _check_sections(tables, origin)
    overrides = _overrides(environ)
    sections: dict[str, Any] = {}
    server: dict[str, Any] = {}
    for name, kind in SECTIONS.items():
        found = _section(name, kind, tables.get(name, {}), overrides.get(name, {}), base, origin, server)
        if name == "server":
            server = found
        sections[name] = kind(**found)
    config = Config(**sections, file=file)
    _check_together(config, origin)
    return _with_credential(config, tables, overrides, environ)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; `fedserver init` makes one") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML ({error})") from error


def _check_sections(tables: Mapping[str, Any], origin: str) -> None:
    for name, table in tables.items():
        if name not in SECTIONS:
            known = [f"[{section}]" for section in SECTIONS]
            raise ConfigError(f"{origin}: unknown section [{name}]{_nearest(f'[{name}]', known)}")
        if not isinstance(table, dict):
            raise ConfigError(f"{origin}: [{name}] must be a section, not a value")


def _overrides(environ: Mapping[str, str]) -> dict[str, dict[str, tuple[str, str]]]:
    """section -> key -> (variable, raw text), for every ``FEDSERVER_*`` variable."""
    known = {
        f"{PREFIX}{section}__{key}".upper(): (section, key)
        for section, kind in SECTIONS.items()
        for key in settings_of(kind)
    }
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for variable in sorted(environ):
        if not variable.upper().startswith(PREFIX):
            continue
        if variable not in known:
            raise ConfigError(f"environment: unknown variable {variable}{_nearest(variable, known)}")
        section, key = known[variable]
        found.setdefault(section, {})[key] = (variable, environ[variable])
    return found


def _section(
    name: str,
    kind: type,
    table: Mapping[str, Any],
    overrides: Mapping[str, tuple[str, str]],
    base: Path,
    origin: str,
    server: Mapping[str, Any],
) -> dict[str, Any]:
    """Field name -> value, for one section."""
    settings = settings_of(kind)
    for key in table:
        if key not in settings:
            raise ConfigError(f"{origin}: [{name}] unknown key {key}{_nearest(key, settings)}")
    found: dict[str, Any] = {}
    for key, (field, about) in settings.items():
        place = f"{origin}: [{name}] {key}"
        value: object
        if key in overrides:
            variable, raw = overrides[key]
            place = f"environment: {variable}"
            value = _toml_value(raw, place) if about.toml else raw
        elif key in table:
            if about.env_only:
                variable = f"{PREFIX}{name}__{key}".upper()
                raise ConfigError(f"{place} does not belong in a file: set {variable}")
            value = table[key]
        else:
            found[field] = _default(about, server or found, base, place)
            continue
        found[field] = _parsed(about, value, base, place)
    return found


def _default(about: Setting, server: Mapping[str, Any], base: Path, place: str) -> object:
    if about.default is REQUIRED:
        raise ConfigError(f"{place} is missing")
    if about.derive is not None:
        return about.derive(server)
    return None if about.default is None else _parsed(about, about.default, base, place)


def _parsed(about: Setting, value: object, base: Path, place: str) -> object:
    try:
        return about.parse(value, base)
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from error


def _toml_value(raw: str, place: str) -> object:
    try:
        tables = tomllib.loads(f"value = {raw}")
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place}: is not a TOML value ({error})") from error
    if tables.keys() != {"value"}:
        raise ConfigError(f"{place}: is not one TOML value")
    return tables["value"]


def _check_together(config: Config, origin: str) -> None:
    """What no single key can tell."""
    if (config.mail.url is None) != (config.mail.sender is None):
        raise ConfigError(f"{origin}: [mail] needs both url and from, or neither")
    if config.limits.min_poll_seconds > config.limits.max_poll_seconds:
        raise ConfigError(f"{origin}: [limits] min_poll_seconds is more than max_poll_seconds")


def _with_credential(
    config: Config,
    tables: Mapping[str, Any],
    overrides: Mapping[str, Mapping[str, object]],
    environ: Mapping[str, str],
) -> Config:
    """Take the master key from the systemd credential, unless a file was named."""
    named = "master_key_file" in tables.get("keys", {}) or "master_key_file" in overrides.get("keys", {})
    directory = environ.get("CREDENTIALS_DIRECTORY", "")
    if named or not directory or not (Path(directory) / CREDENTIAL).is_file():
        return config
    return replace(config, keys=replace(config.keys, master_key_file=Path(directory) / CREDENTIAL))


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
