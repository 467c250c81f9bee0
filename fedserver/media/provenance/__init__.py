"""What a file says about how it was made: readers that run in the media child, pure over bytes.

Reading order: `parts` (what containers hold, and the bounds), a file per container (`png`, `jpeg`, `riff`, `gif`,
`bmff`, `matroska`, `id3`), `exif` and `xmp` (what lies in them, with the fields that tell about a person),
`generators` (one file a generator: the blocks that it leaves), `stealth` (blocks in the lowest bits of pixels,
through `seen`), `manifests` and `assertions` (C2PA, the one reader with a native library), `pdq` (what a picture
looks like), and `read`, the door that runs them all. `answer` is the child's answer on its way through JSON; `trust`,
outside the child, is the lists of certificates. What is near to what is asked in `domain/provenance/similar.py`.

Every reader is bounded: it walks forward, counts what it takes, and raises `Broken` where a file asks for more.
"""
