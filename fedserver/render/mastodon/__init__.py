"""Rows as Mastodon entities (API of Mastodon 4.5): every key that clients require, nulls included, ids as texts.

Reading order: ``basics`` (dates, addresses), ``media``, ``accounts``, ``statuses`` (the part of a post that changes
only with its version), ``renderer`` (pages out of kept bytes and the viewer's flags), ``notifications``, ``small``
(entities of a few keys), ``instance``.
"""
