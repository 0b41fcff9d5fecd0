"""Discovery of symmetries from `Samples`."""

from importlib import import_module
from typing import TYPE_CHECKING

from physym.discovery.base import AbstractMethod, Discovery, Level, LevelName
from physym.discovery.discrete.base import ChargeTest, DiscreteDiscovery, DiscreteMethod, DiscreteStatus, ElementTest
from physym.discovery.discrete.candidates import Candidates
from physym.discovery.discrete.cyclic.method import CyclicOrder
from physym.discovery.discrete.mixing.method import LinearMixing
from physym.discovery.discrete.run import discover_discrete
from physym.discovery.discrete.transformations import (
    Transformation,
    exchange_bodies,
    exchange_vectors,
    on_vectors,
    parity,
    sign_flip,
    standard_transformations,
    time_reversal,
)
from physym.discovery.equation import DimensionTest
from physym.discovery.lorentz import discover_lorentz
from physym.discovery.references import Explanation, Reference, explanation_of
from physym.discovery.run import discover
from physym.discovery.runs import Runs
from physym.discovery.spectral import Affine, BlockDiagonal, Complex, SearchSpace, Spectral, Whitened
from physym.discovery.status import Status
from physym.discovery.streaming.recipe import Reading
from physym.discovery.streaming.run import discover_files

if TYPE_CHECKING:
    from physym.discovery.adversarial import Augerino, LieGAN, SymmetryGAN
    from physym.discovery.network import MSR, EmbeddingSymmetry, LConv, LieGG, Polarization, polarization

__all__ = [
    "MSR",
    "AbstractMethod",
    "Affine",
    "Augerino",
    "BlockDiagonal",
    "Candidates",
    "ChargeTest",
    "Complex",
    "CyclicOrder",
    "DimensionTest",
    "Discovery",
    "DiscreteDiscovery",
    "DiscreteMethod",
    "DiscreteStatus",
    "ElementTest",
    "EmbeddingSymmetry",
    "Explanation",
    "LConv",
    "Level",
    "LevelName",
    "LieGAN",
    "LieGG",
    "LinearMixing",
    "Polarization",
    "Reading",
    "Reference",
    "Runs",
    "SearchSpace",
    "Spectral",
    "Status",
    "SymmetryGAN",
    "Transformation",
    "Whitened",
    "discover",
    "discover_discrete",
    "discover_files",
    "discover_lorentz",
    "exchange_bodies",
    "exchange_vectors",
    "explanation_of",
    "on_vectors",
    "parity",
    "polarization",
    "sign_flip",
    "standard_transformations",
    "time_reversal",
]

_WITH_TORCH = {  # torch takes longer to import than most discoveries
    "physym.discovery.adversarial": ("Augerino", "LieGAN", "SymmetryGAN"),
    "physym.discovery.network": ("EmbeddingSymmetry", "LConv", "LieGG", "MSR", "Polarization", "polarization"),
}
_HOME = {name: home for home, names in _WITH_TORCH.items() for name in names}

if not TYPE_CHECKING:  # a type checker must see the names above and nothing else

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module 'physym.discovery' has no attribute {name!r}; it has: {', '.join(__all__)}")
        return getattr(import_module(_HOME[name]), name)
