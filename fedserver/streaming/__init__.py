"""Open streams: what happens is told to those who listen, by WebSocket or server-sent events.

Reading order: ``topics`` (names of streams and what they need), ``stream`` (one open connection), ``hub`` (who listens
to what), ``deliver`` (from a message to what each listener may see), ``announcements`` (the same for those of the
community), ``websocket`` and ``sse`` (the two transports), ``routes``. A listener never hears what it could not read
by asking: each message is judged anew for its viewers.
"""
