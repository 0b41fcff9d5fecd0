"""Finite symmetry groups of data: candidates, cyclic orders, and groups under linear mixing."""
