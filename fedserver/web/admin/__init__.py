"""Pages for moderators and admins: ``reports``, ``people``, ``servers`` (domains and delivery), ``community``.

Each act is a form that calls one service; the services write the audit log.
"""
