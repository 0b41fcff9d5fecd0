"""Algebras and metrics as files for other programs: LaTeX, sympy, Mathematica, Sage, GAP, JSON."""

from physym.algebra.export.load import load_algebra
from physym.algebra.export.naming import generator_names
from physym.algebra.export.write import export, render

__all__ = ["export", "generator_names", "load_algebra", "render"]
