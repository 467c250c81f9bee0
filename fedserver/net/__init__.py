"""Every request this node sends leaves through here.

Reading order: `settings` and `errors` (what goes in, what comes out wrong), `addresses` (which address is
public), `guard` (which URL may be asked), `resolver` (where a name leads), `tls` (one shared context),
`body` (bounded reading), `answer` and `posting` (POSTs, over connections of their own), `client` (the one HTTP client),
`fetch` (documents, WebFinger, files); `smtp` (mail) stands by itself.

The guard works twice, on purpose. A URL is judged before anything is sent, which gives a clear refusal; and the
socket factory of both kinds of connections judges the real address each time a socket is made. Only the second one
cannot be talked around by a name that answers differently the second time it is asked.
"""
