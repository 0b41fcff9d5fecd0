"""Find the symmetries of physics data: exact Lie algebras with error bars.

Every public name is exported here once and loaded when it is first used, so ``import physym`` imports nothing heavy.

Example:
    >>> import physym
    >>> physym.identify(physym.algebra.so(1, 3)).name
    'so(1,3)'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from physym import algebra, artefacts, data, discovery, errors, progress
    from physym._version import __version__
    from physym.algebra import (
        Identification,
        InvariantMetric,
        LieAlgebra,
        MatrixGroup,
        Rep,
        identify_group,
        invariant_metric,
        span_distance,
    )
    from physym.algebra.export import export
    from physym.algebra.invariants import invariants
    from physym.algebra.snap import snap
    from physym.algebra.structure.identify import identify
    from physym.data import (
        Images,
        Jets,
        Molecules,
        Samples,
        Trajectories,
        load,
        load_images,
        load_jets,
        load_molecules,
        load_trajectories,
    )
    from physym.discovery import (
        MSR,
        Affine,
        Augerino,
        BlockDiagonal,
        Candidates,
        Complex,
        CyclicOrder,
        Discovery,
        DiscreteDiscovery,
        EmbeddingSymmetry,
        LConv,
        Level,
        LieGAN,
        LieGG,
        LinearMixing,
        Reading,
        Spectral,
        Status,
        SymmetryGAN,
        Transformation,
        Whitened,
        discover,
        discover_discrete,
        discover_files,
        discover_lorentz,
    )
    from physym.errors import PhysymError, PhysymWarning

__all__ = [
    "MSR",
    "Affine",
    "Augerino",
    "BlockDiagonal",
    "Candidates",
    "Complex",
    "CyclicOrder",
    "Discovery",
    "DiscreteDiscovery",
    "EmbeddingSymmetry",
    "Identification",
    "Images",
    "InvariantMetric",
    "Jets",
    "LConv",
    "Level",
    "LieAlgebra",
    "LieGAN",
    "LieGG",
    "LinearMixing",
    "MatrixGroup",
    "Molecules",
    "PhysymError",
    "PhysymWarning",
    "Reading",
    "Rep",
    "Samples",
    "Spectral",
    "Status",
    "SymmetryGAN",
    "Trajectories",
    "Transformation",
    "Whitened",
    "__version__",
    "algebra",
    "artefacts",
    "data",
    "discover",
    "discover_discrete",
    "discover_files",
    "discover_lorentz",
    "discovery",
    "errors",
    "export",
    "identify",
    "identify_group",
    "invariant_metric",
    "invariants",
    "load",
    "load_images",
    "load_jets",
    "load_molecules",
    "load_trajectories",
    "progress",
    "snap",
    "span_distance",
]

_HOMES = {
    "physym": ("algebra", "artefacts", "data", "discovery", "errors", "progress"),
    "physym._version": ("__version__",),
    "physym.algebra": (
        "Identification",
        "InvariantMetric",
        "LieAlgebra",
        "MatrixGroup",
        "Rep",
        "export",
        "identify",
        "identify_group",
        "invariant_metric",
        "invariants",
        "snap",
        "span_distance",
    ),
    "physym.data": (
        "Images",
        "Jets",
        "Molecules",
        "Samples",
        "Trajectories",
        "load",
        "load_images",
        "load_jets",
        "load_molecules",
        "load_trajectories",
    ),
    "physym.discovery": (
        "Affine",
        "Augerino",
        "BlockDiagonal",
        "Candidates",
        "Complex",
        "CyclicOrder",
        "Discovery",
        "DiscreteDiscovery",
        "EmbeddingSymmetry",
        "LConv",
        "Level",
        "LieGAN",
        "LieGG",
        "LinearMixing",
        "MSR",
        "Reading",
        "Spectral",
        "Status",
        "SymmetryGAN",
        "Transformation",
        "Whitened",
        "discover",
        "discover_discrete",
        "discover_files",
        "discover_lorentz",
    ),
    "physym.errors": ("PhysymError", "PhysymWarning"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # a type checker must see the names above and nothing else

    def __getattr__(name: str) -> object:
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module 'physym' has no attribute {name!r}; it has: {', '.join(__all__)}")
        value = import_module(f"physym.{name}") if home == "physym" else getattr(import_module(home), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
