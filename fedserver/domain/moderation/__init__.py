"""Moderation without I/O. Reading order: ``slots`` (how decisions about one thing go together), ``words``,
``pseudonyms``."""
