"""A matrix Lie algebra as a value: a basis of generators, with error bars and, after snapping, exact entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from physym._typing import Float
from physym.errors import InvalidData, ShapeError

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True, eq=False)
class LieAlgebra:
    """The span of ``k`` real ``n × n`` generators acting on columns, ``g = exp(Σ c_a L_a)``.

    A complex representation is stored as real pairs (see ``catalogue``), so one class serves su(n) and so(p,q) alike.
    The span need not close under the bracket: ``closure_residual`` measures that and ``refine`` repairs it.

    Arguments:
        basis: generators, shape ``(k, n, n)``; ``k = 0`` is the trivial algebra.
        covariance: covariance of ``basis.ravel()``, shape ``(k·n·n, k·n·n)``, or None where no error is known.
        freedom: degrees of freedom behind an estimated covariance (independent blocks − 1); infinite for a known one.
        coordinates: names of the n coordinates, for instance ``("E", "px", "py", "pz")``; may be empty.
        source: where the algebra comes from, in words.
        exact: the same generators with exact entries (sympy), set by ``snap``; empty where none are known.

    Raises:
        ShapeError: ``basis`` is not ``(k, n, n)``, or the other fields do not fit it.
        InvalidData: an entry is NaN or infinite.

    Example:
        >>> import numpy as np
        >>> so2 = LieAlgebra(np.array([[[0.0, -1.0], [1.0, 0.0]]]))
        >>> so2.dimension, so2.n
        (1, 2)
    """

    basis: Float[np.ndarray, "k n n"]
    covariance: Float[np.ndarray, "p p"] | None = field(default=None, kw_only=True)
    freedom: float = field(default=float("inf"), kw_only=True)
    coordinates: tuple[str, ...] = field(default=(), kw_only=True)
    source: str = field(default="", kw_only=True)
    exact: tuple[sympy.ImmutableMatrix, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        basis = np.asarray(self.basis, dtype=np.float64)
        if basis.ndim != 3 or basis.shape[1] != basis.shape[2]:
            raise ShapeError(f"basis has shape {basis.shape}; expected (k, n, n): one square matrix per generator.")
        if not np.isfinite(basis).all():
            raise InvalidData("basis holds NaN or infinite entries; a generator must be finite.")
        size = basis.size
        if self.covariance is not None and np.shape(self.covariance) != (size, size):
            raise ShapeError(f"covariance has shape {np.shape(self.covariance)}; expected {(size, size)} for basis.ravel().")
        if self.coordinates and len(self.coordinates) != basis.shape[1]:
            raise ShapeError(f"{len(self.coordinates)} coordinate names for generators that act on {basis.shape[1]} coordinates.")
        if self.exact and len(self.exact) != len(basis):
            raise ShapeError(f"{len(self.exact)} exact generators for a basis of {len(basis)}.")
        object.__setattr__(self, "basis", basis)

    @property
    def dimension(self) -> int:
        """Number of generators k."""
        return len(self.basis)

    @property
    def n(self) -> int:
        """Size of the matrices, the dimension of the space acted on."""
        return int(self.basis.shape[1])

    @cached_property
    def errors(self) -> Float[np.ndarray, "k n n"]:
        """Standard error of every entry of ``basis``; zeros where no covariance is known."""
        if self.covariance is None:
            return np.zeros_like(self.basis)
        variances = np.clip(np.diag(self.covariance), 0, None)
        return np.asarray(np.sqrt(variances).reshape(self.basis.shape))

    @cached_property
    def structure_constants(self) -> Float[np.ndarray, "k k k"]:
        """``f[i, j, k]`` of ``[L_i, L_j] = Σ_k f_ij^k L_k``, by least squares when the span does not close exactly."""
        flat = self.basis.reshape(self.dimension, self.n**2)
        brackets = bracket(self.basis[:, None], self.basis[None, :]).reshape(-1, flat.shape[1])
        return (brackets @ np.linalg.pinv(flat)).reshape((self.dimension,) * 3)

    @cached_property
    def killing_form(self) -> Float[np.ndarray, "k k"]:
        """``K_ij = tr(ad_i ad_j) = Σ_kl f_ik^l f_jl^k``; its signature tells compact from non-compact directions."""
        f = self.structure_constants
        return np.asarray(np.einsum("ikl,jlk->ij", f, f))

    def __repr__(self) -> str:
        worst = f", entries ± {self.errors.max():.1e}" if self.covariance is not None and self.dimension else ""
        kind = ", exact" if self.exact else ""
        where = f"\n  source: {self.source}" if self.source else ""
        return f"LieAlgebra: {self.dimension} generators of size {self.n}×{self.n}{kind}{worst}{where}"


def bracket(a: Float[np.ndarray, "*#batch n n"], b: Float[np.ndarray, "*#batch n n"]) -> Float[np.ndarray, "... n n"]:
    """The commutator ``[a, b] = ab − ba``.

    Arguments:
        a: matrices, shape ``(..., n, n)``.
        b: matrices, shape ``(..., n, n)``, broadcast against ``a``.

    Returns:
        Matrices of the broadcast shape.

    Example:
        >>> import numpy as np
        >>> e, f = np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])
        >>> bracket(e, f).tolist()
        [[1.0, 0.0], [0.0, -1.0]]
    """
    return np.asarray(a @ b - b @ a)
