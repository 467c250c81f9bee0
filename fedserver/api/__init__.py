"""The client API: Mastodon 4.5's methods over the services.

Reading order: ``routes`` (the one table), ``common`` (what every handler does), then a file per noun: ``accounts``,
``profile``, ``follows``, ``blocks``, ``statuses``, ``reactions``, ``threads``, ``timelines``, ``notifications``
(with ``notification_groups`` and ``notification_requests``), ``push``, ``announcements``,
``markers``, ``media`` (uploads), ``files`` (what they became, and files of peers),
``defaults`` (pictures of those who have none), ``joining``, ``search`` (with ``resolve``),
``tags``, ``instance`` (with ``about``, its texts), ``trends``, ``discovery`` (suggestions, directory), ``featured``,
``profile_entity``, ``reports``; for moderation apps ``admin_accounts``, ``admin_reports``, ``admin_blocks``,
``admin_measures`` (over ``admin_common``), ``admin_domains``; ``since`` tells how old each method is.
"""
