"""Moderation without I/O. Reading order: ``slots`` (how decisions about one thing go together), ``words``,
``pseudonyms``; of rules ``facts`` (what is known of a post), ``conditions`` (rules made ready to be asked), ``trust``.
"""
