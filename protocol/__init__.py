"""The protocols of the fediverse without I/O: bytes and `now` in, values out.

Nothing here opens a socket or file, reads a clock, or makes randomness, so every rule can be tested by calling it.
Reading order: errors, json, jcs, hosts; then http/ (signed requests), proofs (signed documents), media (digests);
then activitystreams/ (what the documents say), authority and targeting (who may say it, to whom); and the documents
of discovery: webfinger, nodeinfo, hostmeta.
"""
