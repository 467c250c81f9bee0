"""The policy language, and the documents in which communities write it. Pure.

Reading order: ``values`` (kinds, limits, the tree), ``signals`` and ``operations`` (the two tables that say what can be
asked), ``tokens`` and ``parse`` (text to tree), ``numbers`` and ``closures`` (one post), ``arrays`` (many posts),
``formula`` (what the others use), ``errors``; then ``document`` (what a community writes down), ``read`` and ``write``
(TOML), ``canonical`` (the one form that is hashed and signed), ``changes`` (what differs between two).
"""
