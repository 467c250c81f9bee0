"""The settings: read once at the start, checked, then frozen.

Reading order: ``values`` (one parser per kind of value), ``setting`` (what a key is), ``model`` (every section and
key, with its default and its meaning), ``load`` (file and environment -> ``Config``), ``example`` (``Config`` ->
config.example.toml).
"""

from __future__ import annotations

from fedserver.config.example import example
from fedserver.config.load import load
from fedserver.config.model import (
    Config,
    Database,
    Federation,
    Keys,
    Limits,
    Log,
    Mail,
    Media,
    Network,
    Provenance,
    Registration,
    Server,
)
from fedserver.config.values import ConfigError, HostPort, IPNetwork, Rate

__all__ = [
    "Config",
    "ConfigError",
    "Database",
    "Federation",
    "HostPort",
    "IPNetwork",
    "Keys",
    "Limits",
    "Log",
    "Mail",
    "Media",
    "Network",
    "Provenance",
    "Rate",
    "Registration",
    "Server",
    "example",
    "load",
]
