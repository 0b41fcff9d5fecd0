"""Finite groups of matrices: their multiplication tables, their names and their catalogue."""
