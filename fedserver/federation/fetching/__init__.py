"""Asking other servers. Everything is signed by the instance actor, bounded by a ``Budget`` and judged by
``protocol.authority`` before it is believed.

Reading order: ``errors``, ``fetcher`` (one document, double knock), ``actors`` (accounts and handles), ``objects``
(posts and their parents), ``collections`` (bounded pages), ``outbox`` (first follow), ``replies`` (threads).
"""
