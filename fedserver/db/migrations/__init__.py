"""Schema versions. Reading order: ``env`` (what Alembic runs), then ``versions/``, a file per version."""
