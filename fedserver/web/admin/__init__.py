"""Pages for moderators and admins. Reading order: ``reports``, ``people``, ``servers``, ``community``.

Each act is a form that calls one service; the services write the audit log.
"""
