"""Schema versions. ``env.py`` is what Alembic runs; ``versions/`` has one file per version, oldest first."""
