"""Pages for moderators and admins. Reading order: ``words`` (options of forms), ``reports``, ``people``, ``roles``,
``signups`` (blocks, words of warnings), ``servers``, ``community``.

Each act is a form that calls one service; the services write the audit log.
"""
