"""Rows as what others read. Reading order: ``activitystreams`` (for peers), ``mastodon`` (for client programs)."""
