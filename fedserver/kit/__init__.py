"""Small tools that every floor may use and that know nobody else in fedserver.

Reading order: ``clock`` (what time it is), ``ids`` (time-sortable ids), ``errors`` (the one error tree),
``paging`` (max_id, since_id, min_id, limit), ``i18n`` (text for people), ``tokens`` and ``passwords``
(secrets), ``lru`` (bounded caches, single flight), ``metrics`` with ``metric_table`` (what is counted),
``logs`` (how a process tells what it does; ``log_filters`` decides what a line may hold).
"""
