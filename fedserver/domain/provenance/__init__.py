"""Who says how a medium was made, and what a reader is told about it. Pure.

Reading order: `claims` (what one party says, and what was checked of it), `recipes` (the model, the prompt and the
seed that a generator left behind), `labels` (the one function from all claims to the label; its table is
docs/provenance.md), `declarations` and `reading` (what people say of their own media, and how they want to see those
of others), `similar` (near-duplicates among many hashes).
"""
