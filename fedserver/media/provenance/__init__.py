"""What a file says about how it was made: readers that run in the media child, pure over bytes.

Reading order: `parts` (what containers hold), a file per container (`png`, `jpeg`, `riff`, `gif`, `bmff`, `matroska`,
`id3`), `exif` and `xmp` (what lies in them), `generators` (one file a generator: the blocks that it leaves), `stealth`
(blocks in the lowest bits of pixels), `manifests` (C2PA, the one reader with a native library), `private` (fields that
tell about a person), `pdq` (what a picture looks like), and `read`, the door that runs them all. Beside them `answer`
(the child's answer on its way through JSON), and outside the child `trust` (lists of certificates) and `similar`
(near-duplicates).

Every reader is bounded: it walks forward, counts what it takes, and raises `Broken` where a file asks for more.
"""
