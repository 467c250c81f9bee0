"""What has to happen after a commit: jobs, and deliveries to other servers. Both are rows first.

Reading order: ``wake`` (a hint that rows are there), ``enqueue`` (a job in the caller's transaction), ``outbox`` (an
activity and its deliveries, likewise), ``retry`` (pure: what an answer means, when to try again), ``lanes`` (claim
deliveries, give up), ``reports`` (what became of them), ``delivery`` (the worker that signs and posts), ``worker`` (the
worker that runs jobs), ``schedule`` (jobs that come back), ``takeover`` (after a kill).

A worker owns nothing: it holds a lease with a token, and what it reports counts only while the token is still the
one in the row. A process that was paused or killed loses its leases, never a row.
"""
