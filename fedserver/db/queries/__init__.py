"""Statements, a file per noun. A function gives a ``Query`` (statement, parameters, row shape), never rows, so that
it is written once and run in a unit (``unit.all(q)``) or by a door (``await db.all(q)``). Reading order: ``accounts``,
then ``statuses`` (who may see what), ``shown`` (a row of a page of them) and ``timelines``.
"""
