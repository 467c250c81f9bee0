"""The door to other servers: what they read here (documents), what they send (inbox), what is asked of them (fetching).

Reading order: ``routes`` (every address), ``context`` (what the door keeps in memory), ``fetching`` (asking others),
``keys`` (whose key is that), ``signed`` (from a request to a verified sender), ``forwarded``
(what somebody else passes on), ``documents`` (what others read here),
``inbox`` (what others send), ``resolve`` (a name or address that somebody typed), ``jobs`` (what runs later).
"""
