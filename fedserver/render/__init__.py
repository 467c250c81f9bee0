"""Rows as what others read: ``activitystreams`` for peers, ``mastodon`` for client programs."""
