"""The command line. Reading order: ``table`` (every command with its options and its function), ``main`` (arguments
in, exit code out), ``console`` (what is said where), ``node`` (settings, keys and database of a command), then a file
per noun: ``init`` with ``proxy``, ``serve``, ``migrate``, ``doctor`` with ``checks`` and ``reach``, ``backup`` with
``archive``, ``users``, ``tokens``, ``signing_keys``, ``domains``.
"""
