"""Fuzzing what reads a stranger's bytes.

Reading order: targets (what is called, and what must hold), drive (the engine).
"""
