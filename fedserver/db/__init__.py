"""The database floor. Reading order: ``metadata`` (column shapes), ``tables/`` (a file per noun), ``statement``
(how a query is written once and run anywhere), ``unit`` (the unit of work), ``ids`` (ids that survive a restart),
``sqlite_writer`` (one thread, group commit) and ``sqlite`` (with its readers), ``postgres`` (the same promises on
PostgreSQL, with ``postgres_reader``), ``errors`` and ``database`` (opening the right one), ``migrate`` with
``migrations/`` (schema versions),
``queries/`` (a file per noun; functions give statements, never rows).
"""
