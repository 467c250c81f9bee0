"""The command line. Reading order: ``table`` (every command with its options and its function), ``main`` (arguments
in, exit code out), ``console`` (what is said where), ``node`` (settings, keys and database of a command), then a file
per noun: ``init``, ``serve``, ``migrate``, ``doctor`` with ``checks``, ``backup`` with ``archive``, ``users``,
``tokens``, ``signing_keys``, ``domains``.
"""
