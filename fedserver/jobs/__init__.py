"""Jobs: what the worker does for a row of ``jobs``. Reading order: ``table`` (name -> handler, and the periods),
``upkeep`` (what is swept), ``accounts``, ``media``, ``mail``, ``cards`` (of links), ``search``, ``trends``. The jobs of
federation stand in ``federation/jobs.py``.

A handler is ``async def (parts, payload)``. It may run twice (a lease can expire), so doing it again changes nothing.
"""
