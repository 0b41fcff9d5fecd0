"""Discovery of symmetries from `Samples`."""

from physym.discovery.base import AbstractMethod, Discovery, Level, LevelName, Status
from physym.discovery.equation import DimensionTest
from physym.discovery.lorentz import discover_lorentz
from physym.discovery.run import discover
from physym.discovery.spectral import Affine, BlockDiagonal, Complex, SearchSpace, Spectral, Whitened

__all__ = [
    "AbstractMethod",
    "Affine",
    "BlockDiagonal",
    "Complex",
    "DimensionTest",
    "Discovery",
    "Level",
    "LevelName",
    "SearchSpace",
    "Spectral",
    "Status",
    "Whitened",
    "discover",
    "discover_lorentz",
]
