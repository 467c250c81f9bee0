"""Signed HTTP requests, both ways, in both schemes that the fediverse uses.

Reading order: request (the value everything works on), dates, digest (body hashes), structured (RFC 8941 syntax);
the two schemes: cavage (draft-cavage-http-signatures-12) and messages (RFC 9421); then claim (a request in, a
verified sender out) and sign (the way back); accept (Accept-Signature) and doubleknock (which scheme for which host).
"""
