"""How feeds are put in order. Pure; every file here imports NumPy, so it is imported by whoever ranks, when it ranks.

Reading order: `bridging` (what people like who usually like different things), `order` (from scores to places: the
filter, authors' shares, likeness), `feed` (a feed of a policy document over gathered signals, and the reasons for each
place).
"""
