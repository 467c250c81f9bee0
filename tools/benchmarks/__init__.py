"""What ``make bench`` measures, and how.

Reading order: ``measure`` (CPU of a process tree, the yardstick, blocks), ``figures`` (a figure beside its limit and
its goal), ``world`` (a prepared node: people, peers, posts), ``wire`` (the load), ``activities`` (what peers send),
``bare`` (the limits: what the same work costs without a node), ``sink`` (peers that receive); then the scenarios:
``inbox``, ``posts``, ``reading``, ``sending``, ``idle``. ``sampler`` and ``profile`` are ``make profile``.
"""
