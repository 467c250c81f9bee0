"""The verbs, each once. A service is a synchronous function over a ``Unit``: it checks, writes rows, records an event,
and never commits, sends, notifies or streams. Both doors (client API and inbox) call the same function.

Reading order: ``events`` (what can happen), ``access`` (who may touch what), ``statuses``, ``follows``, then the rest.
"""
