"""The settings of spectral discovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from physym.algebra import LieAlgebra
from physym.discovery.spectral.noise import NoiseModel
from physym.errors import InvalidData

if TYPE_CHECKING:
    from physym.discovery.spectral.equations.families import Family
    from physym.discovery.spectral.spaces import SearchSpace

FEWEST_CLUSTERS = 8


@dataclass(frozen=True)
class Settings:
    """What spectral discovery tests and how sure it wants to be.

    Arguments:
        degree: highest degree of the polynomials at the support and conditional levels.
        equivariance_degree: highest degree of the map F that is fitted to vector targets such as the next state. Maps that are odd
            under x → −x, as most flows are, first differ from linear ones at degree 3.
        measure_degree: highest degree of the moments at the measure level. Second moments S alone are preserved by every
            ``S^{1/2} so(n) S^{-1/2}``, so 3 is the lowest degree that tells.
        test_functions: what the measure level tests instead of those moments: ``Polynomials()``, ``Harmonics()``, ``Fourier()``, or
            several of them, the first being the lowest bands. Their bands are tested one by one as well as all together.
        alpha: significance of the tests; certificates hold at 1 − alpha.
        blocks: number of block copies of the statistics, from which all errors follow.
        noise_model: how coordinates are smeared: ``"relative"`` (detectors) or ``"isotropic"``.
        noise: standard deviation of that noise when it is known, in the units of x where it is isotropic; None: estimated from the data.
        basis: matrices to search, as a LieAlgebra or a search space such as ``Affine()``, ``Complex()`` or ``Whitened()``; None: all of
            gl(n), or block-diagonal where the samples say so. Matrices of size n + 1 with last row zero act on ``(x, 1)``, as affine maps.

    Raises:
        InvalidData: a setting lies outside its range.

    Example:
        >>> from dataclasses import replace
        >>> replace(Settings(), alpha=0.05).alpha
        0.05
    """

    degree: int = 2
    equivariance_degree: int = 3
    measure_degree: int = 3
    alpha: float = 0.01
    blocks: int = 64
    noise_model: NoiseModel = "relative"
    noise: float | None = None
    basis: LieAlgebra | SearchSpace | None = None
    test_functions: Family | tuple[Family, ...] = ()

    def __post_init__(self) -> None:
        lowest = min(self.degree, self.equivariance_degree, self.measure_degree)
        if lowest < 1:
            raise InvalidData(f"degree is {lowest}; polynomials of degree 1 or more are needed.")
        if not 0 < self.alpha < 0.5:
            raise InvalidData(f"alpha is {self.alpha}; a significance lies between 0 and 0.5, for instance 0.01.")
        if self.blocks < FEWEST_CLUSTERS:
            raise InvalidData(f"blocks is {self.blocks}; at least {FEWEST_CLUSTERS} are needed for an error estimate.")
        if self.noise is not None and self.noise < 0:
            raise InvalidData(f"noise is {self.noise}; a standard deviation is not negative.")

    @property
    def families(self) -> tuple[Family, ...]:
        """The families of test functions; empty for moments of degree ``measure_degree``."""
        return self.test_functions if isinstance(self.test_functions, tuple) else (self.test_functions,)
