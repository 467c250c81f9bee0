"""What other servers send.

Reading order: ``inbound`` (an activity on its way through a handler), ``table`` (type -> handler), ``receive`` (from a
request to a unit of work), ``process`` (the job for what had to wait), then the nouns: ``creates``, ``updates``,
``deletes``, ``votes``, ``quotes``, ``likes``, ``announces``, ``follows``, ``blocks``, ``flags``, ``moves``,
``collections``, ``undos``.
"""
