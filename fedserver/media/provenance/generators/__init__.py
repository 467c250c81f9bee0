"""The blocks that generators leave in files. Reading order: `block` (what a reader answers), `automatic1111` and the
other generators, `table` (the order in which they are asked).
"""
