"""What every door needs: from a request on a socket to a ``Call``, and from a value or a ``Failure`` to a response.

Reading order: ``routing`` (one row a route, and how a path finds it), ``call`` (what a handler gets), ``params``
and ``bodies`` (what was sent), ``scopes`` and ``auth`` (who sent it), ``address``, ``barred`` and ``limits`` (from
where, how often), ``newcomer`` (around sign-ups), ``responses``, ``pages`` and ``errors`` (what goes back),
``headers`` (what every answer carries),
``dispatch`` (the way through all of it), ``connection`` and ``server`` (the socket side).
``domain_lists`` takes a list a chunk at a time.
``parts`` is what the composition root hands to every door; ``ranker`` and ``ranker_child`` are the process that puts
feeds in order, ``ordering`` the lists that are put in order for their readers.
"""
