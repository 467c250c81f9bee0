"""What follows from an event, in the same unit of work. Reading order: ``table`` (event -> effects, all on one page),
``tools``, then ``home`` (timelines), ``notify``, ``federate`` (deliveries), ``mail``,
``stream`` (messages for open streams).

An effect writes rows or leaves a note for after the commit; it sends nothing itself.
"""
