"""LieGG: the matrices along which a trained network does not change. A statement on the network, not on the data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import nn

from physym._typing import Float
from physym.algebra import LieAlgebra
from physym.discovery.network.gradients import Response, response
from physym.discovery.spectral.statistics.features import block_sums
from physym.errors import DiscoveryFailed, ShapeError

BLOCKS = 64
SMALLEST_GAP = 3.0  # between neighbouring singular values, for the number of generators to be read off


@dataclass(frozen=True, eq=False)
class Polarization:
    """The polarization matrix of a network in a searched basis: ``aᵀMa`` is the mean square change of the network along ``Σ a_k B_k``.

    Arguments:
        matrix: mean over the rows, shape ``(s, s)``.
        blocks: mean over the rows of each block, shape ``(B, s, s)``.
        searched: orthonormal basis of the searched matrices, shape ``(s, n, n)``.
        rows: number of rows.

    Example:
        >>> found = Polarization(np.diag([0.0, 1.0]), np.tile(np.diag([0.0, 1.0]), (8, 1, 1)), np.eye(4).reshape(4, 2, 2)[1:3], 100)
        >>> found.dimension, found.defect(1)[0]
        (1, 0.0)
    """

    matrix: Float[np.ndarray, "s s"]
    blocks: Float[np.ndarray, "B s s"]
    searched: Float[np.ndarray, "s n n"]
    rows: int

    @cached_property
    def _eigen(self) -> tuple[Float[np.ndarray, "s"], Float[np.ndarray, "s s"]]:
        values, vectors = np.linalg.eigh(self.matrix)
        return np.maximum(values, 0.0), vectors.T

    @property
    def spectrum(self) -> Float[np.ndarray, "s"]:
        """Root-mean-square change of the network along each principal matrix, smallest first, shape ``(s,)``."""
        return np.asarray(np.sqrt(self._eigen[0]))

    @property
    def dimension(self) -> int:
        """Number of matrices below the largest gap of the spectrum; 0 where no gap reaches a factor 3.

        This is the choice of the LieGG paper. It is no test: it knows neither the error of the network nor that of the sample.
        """
        floor = 1e-8 * max(float(self.spectrum[-1]), np.finfo(float).tiny)
        ratios = np.maximum(self.spectrum[1:], floor) / np.maximum(self.spectrum[:-1], floor)
        return int(ratios.argmax()) + 1 if len(ratios) and ratios.max() >= SMALLEST_GAP else 0

    def algebra(self, dimension: int | None = None) -> LieAlgebra:
        """The matrices of smallest change; as many as the gap says where ``dimension`` is None."""
        count = self.dimension if dimension is None else dimension
        return LieAlgebra(np.tensordot(self._eigen[1][:count], self.searched, 1), source="polarization of a network")

    def defect(self, dimension: int | None = None) -> tuple[float, float]:
        """δ of the span of smallest change, with its sampling error.

        Arguments:
            dimension: size of the span; None: that of the gap.

        Returns:
            The largest root-mean-square change along a unit matrix of the span, relative to that along a random searched matrix, and
            its standard error over the rows; the network counts as given.
        """
        count = self.dimension if dimension is None else dimension
        if not count:
            return 0.0, 0.0
        scale = max(float(np.trace(self.matrix)) / len(self.matrix), np.finfo(float).tiny)
        worst = self._eigen[1][count - 1]
        square = float(worst @ self.matrix @ worst) / scale
        moved = np.einsum("i,bij,j->b", worst, self.blocks, worst) - square * np.trace(self.blocks, axis1=1, axis2=2) / len(self.matrix)
        error = float(np.std(moved, ddof=1) / np.sqrt(len(moved))) / scale
        delta = float(np.sqrt(max(square, 0.0)))
        return delta, error / (2 * delta) if delta > 1e-12 else 0.0

    @property
    def sentence(self) -> str:
        """What holds of the network, and of nothing else."""
        if not self.dimension:
            return f"the trained network itself shows no clear gap in its polarization spectrum ({self.rows:,} rows)"
        delta, error = self.defect()
        noun = "generator" if self.dimension == 1 else "generators"
        return (
            f"the trained network itself is invariant under {self.dimension} {noun} to δ = {100 * delta:.2g} ± {100 * error:.1g} % "
            f"({self.rows:,} rows; the sampling error of x only)"
        )

    def __repr__(self) -> str:
        return f"Polarization: {self.sentence}"


def polarization(
    network: nn.Module,
    x: Float[np.ndarray, "N d"],
    searched: Float[np.ndarray, "s n n"],
    *,
    searched_y: Float[np.ndarray, "s q q"] | None = None,
    device: str = "cpu",
) -> Polarization:
    """Find the matrices along which a trained network does not change.

    ``E[(∇f ⊗ x)(∇f ⊗ x)ᵀ]`` in the searched basis; for several outputs the rows ``J(x) A x − A' f(x)`` of equivariance.

    Arguments:
        network: maps rows ``(N, d)`` to ``(N,)`` or ``(N, q)``, each row by itself.
        x: rows of K vectors each, shape ``(N, d)``, with ``d = K·n``; they need not be held out.
        searched: orthonormal basis of the matrices on one vector, shape ``(s, n, n)``.
        searched_y: what each of them does to the outputs, shape ``(s, q, q)``; None: nothing.
        device: where the network is evaluated.

    Returns:
        The polarization matrix, its spectrum, gap and smallest directions.

    Raises:
        ShapeError: the shapes do not fit each other.
        DiscoveryFailed: the network does not depend on x.

    References:
        A. Moskalev, A. Sepliarskaia, I. Sosnovik, A. Smeulders, NeurIPS 2022 (arXiv 2210.04345), section 3.

    Example:
        >>> import torch
        >>> class Norm(nn.Module):
        ...     def forward(self, x):
        ...         return torch.sin((x**2).sum(1))
        >>> found = polarization(Norm(), np.random.default_rng(0).normal(size=(300, 3)), np.eye(9).reshape(9, 3, 3))
        >>> found.dimension, found.defect()[0] < 1e-6
        (3, True)
    """
    if x.shape[1] % searched.shape[1]:
        raise ShapeError(f"rows of {x.shape[1]} coordinates are no whole number of vectors of dimension {searched.shape[1]}.")
    found = response(network, x, device=device)
    if searched_y is not None and searched_y.shape != (len(searched), *2 * found.values.shape[1:]):
        raise ShapeError(f"searched_y has shape {searched_y.shape}; expected {(len(searched), *2 * found.values.shape[1:])}.")
    return polarization_of(found, x, searched, searched_y=searched_y)


def polarization_of(
    found: Response,
    x: Float[np.ndarray, "N d"],
    searched: Float[np.ndarray, "s n n"],
    *,
    searched_y: Float[np.ndarray, "s q q"] | None = None,
) -> Polarization:
    """The polarization matrix from values and gradients.

    Arguments:
        found: values and gradients on the rows.
        x: rows, shape ``(N, d)``.
        searched: orthonormal basis of the matrices on one vector, shape ``(s, n, n)``.
        searched_y: what each of them does to the outputs, shape ``(s, q, q)``; None: nothing.

    Returns:
        The polarization matrix.

    Raises:
        DiscoveryFailed: the function does not depend on x.

    Example:
        >>> flat = Response(np.ones((9, 1)), np.ones((9, 1, 2)))
        >>> polarization_of(flat, np.ones((9, 2)), np.eye(4).reshape(4, 2, 2)).matrix.shape
        (4, 4)
    """
    if not found.jacobian.any():
        raise DiscoveryFailed("the network does not depend on x, so every matrix leaves it unchanged; train it, or check its inputs.")
    change = found.along(x, searched, searched_y)
    number = np.arange(len(x)) % min(BLOCKS, len(x))
    squares = np.einsum("nqs,nqt->nst", change, change, optimize=True)
    counts = np.bincount(number)
    return Polarization(squares.mean(0), block_sums(squares, number, len(counts)) / counts[:, None, None], searched, len(x))
