"""What happened, told to whoever has a stream open. A message holds ids only: who may see what is judged when it is
delivered, with the rows of that moment. Reading order: ``messages`` (what is said), ``local`` (in one process),
``wire`` (as texts, for the other processes of a node on PostgreSQL).
"""
