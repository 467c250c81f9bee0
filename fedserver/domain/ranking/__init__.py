"""How feeds are put in order. Pure.

Reading order: `values` (what comes in and goes out), `rows` and `gathering` (from what was read to signals), `inputs`
(what is kept of it), `compare` (two orders); then, with NumPy, so imported by whoever ranks when it ranks: `bridging`
(what people like who usually like different things), `order` (from scores to places: authors' shares, likeness), `feed`
(a feed of a policy document over gathered signals).
"""
