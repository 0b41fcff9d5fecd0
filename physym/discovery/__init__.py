"""Discovery of symmetries from `Samples`."""

from physym.discovery.base import AbstractMethod, Discovery, Level, LevelName, Status
from physym.discovery.equation import DimensionTest
from physym.discovery.lorentz import discover_lorentz
from physym.discovery.run import discover
from physym.discovery.spectral import Affine, BlockDiagonal, Complex, SearchSpace, Spectral, Whitened
from physym.discovery.streaming.recipe import Reading
from physym.discovery.streaming.run import discover_files

__all__ = [
    "AbstractMethod",
    "Affine",
    "BlockDiagonal",
    "Complex",
    "DimensionTest",
    "Discovery",
    "Level",
    "LevelName",
    "Reading",
    "SearchSpace",
    "Spectral",
    "Status",
    "Whitened",
    "discover",
    "discover_files",
    "discover_lorentz",
]
