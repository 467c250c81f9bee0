"""The database floor. Reading order: ``metadata`` (column shapes), ``tables/`` (a file per noun), ``statement``
(how a query is written once and run anywhere), ``unit`` (the unit of work), ``sqlite`` (one writer thread with group
commit, readers beside it), ``postgres`` (the same promises on PostgreSQL), ``database`` (opening the right one),
``migrate`` (schema versions), ``queries/`` (a file per noun; functions give statements, never rows).
"""
