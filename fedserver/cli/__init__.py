"""The command line. Reading order: ``command`` (the shape), ``table`` (every one of them), ``main`` (arguments
in, exit code out), ``console`` (what is said where), ``node`` (settings, keys and database of a command), then a file
per noun: ``init`` with ``proxy``, ``serve``, ``migrate``, ``doctor`` with ``checks`` and ``reach``, ``backup`` with
``archive``, ``users``, ``tokens``, ``signing_keys``, ``domains``.
"""
