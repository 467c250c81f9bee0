"""What moderation can do, each verb with its inverse. Reading order: ``verb``, ``statuses``, ``table``."""
