"""Both databases for the tests of this folder."""

from __future__ import annotations

from db_fixtures import place, postgres_place, postgres_server, sqlite_place, sqlite_template

__all__ = ["place", "postgres_place", "postgres_server", "sqlite_place", "sqlite_template"]
