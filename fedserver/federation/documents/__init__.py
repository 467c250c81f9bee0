"""What other servers read here.

Reading order: ``discovery`` (WebFinger, NodeInfo, host-meta), ``access`` (who asks, and may they), ``load`` (rows to
documents), ``actors``, ``notes``, ``collections``.
"""
