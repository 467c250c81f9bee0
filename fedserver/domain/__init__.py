"""Pure rules: what a name is, how text becomes markup and how markup becomes safe.

Reading order: uris and site (how this node names things), settings (the same from the configuration), text/ (names,
compose, clean, fields); then the policy language, ranking, moderation and provenance. Nothing here reads a database, a
file, a socket or a clock.
"""
