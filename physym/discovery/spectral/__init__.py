"""Spectral discovery: every level of symmetry is one linear equation ``H a = 0`` on sufficient statistics."""

from physym.discovery.spectral.method import Spectral
from physym.discovery.spectral.spaces import Affine, BlockDiagonal, Complex, SearchSpace, Whitened

__all__ = ["Affine", "BlockDiagonal", "Complex", "SearchSpace", "Spectral", "Whitened"]
