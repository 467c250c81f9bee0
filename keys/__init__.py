"""Key pairs, their encodings, sealing at rest, rotation. Knows nobody else in this repository.

Reading order: algorithms, encoding, pair (these three are pure: no file, clock or network);
sealing (private bytes at rest), master (where the sealing key comes from), rotation (which key does what when).
"""
