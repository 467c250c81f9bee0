"""Rows as Mastodon entities (API of Mastodon 4.5): every key that clients require, nulls included, ids as texts.

Reading order: ``basics`` (dates, addresses), ``media``, ``accounts``, ``statuses`` (the part of a post that changes
only with its version), ``page`` (one page for one viewer, joined from kept bytes), ``pieces`` (whole posts that look
the same to everybody), ``renderer`` (what is kept, and how it is filled), ``notifications``, ``small`` (entities of a
few keys), ``instance``.
"""
