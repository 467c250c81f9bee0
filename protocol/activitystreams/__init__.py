"""ActivityStreams 2.0 as the fediverse writes it: plain JSON in, frozen values out, and back.

Reading order: vocabulary (names, contexts), limits (the caps), urls (what is a URL), provenance (how something was
made), values (what everybody else works with), addressing (who may see it), then read/ (tolerant readers, one noun a
file) and write/ (the same nouns, predictable shapes).

No JSON-LD processing happens here, on purpose: a remote `@context` is never loaded, so it can never change what
a signed document means. Readers take the short names, the `as:` prefix and the full IRI of a type for the same.
"""
