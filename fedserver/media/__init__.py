"""Files that people upload, and files fetched from peers: checked, cleaned, previewed, stored.

Reading order: `settings`, `errors`, `probe` (what a file is, by content), `serving` (which bytes others get),
`pipeline` (the door: one file in, published bytes and a preview out), `worker` (starts a limited child process for
each file), `child` and `sandbox` (inside it), `stills` and `moving` (the two ways to read), `strip` and `avif`
(cleaning without re-encoding), `resign` and `resign_child` (signing what was cleaned), `packets` (what is written
into them), `blurhash`, `provenance` with `findings` (what a file says about how it was made); then `store` (where
blobs live) and `remote` (files of peers).

Only the child decodes. The server's process never imports an image or video library, reads only the first
bytes of a file, and believes nothing but a small JSON answer with known fields.
"""
