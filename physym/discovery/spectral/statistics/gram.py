"""Additive sufficient statistics of the support level: block copies of the Gram matrix of scaled monomials."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import comb

import numpy as np

from physym._typing import Bool, Float, Int
from physym.algebra import exponents
from physym.errors import ShapeError

ROWS_AT_ONCE = 16384  # the monomials of one chunk stay in a core's cache
CHUNKS_PER_DRIFT = 16  # the drift only corrects a correction, so a part of the rows is plenty


@dataclass(frozen=True, eq=False)
class GramStatistics:
    """Sums of ``ψψᵀ`` over rows, kept in blocks so that errors follow from the spread between blocks.

    ψ are all monomials of total degree ``degree`` in the n + 1 homogeneous coordinates ``(x, scale)/|x|``, which are the
    monomials of degree ≤ ``degree`` in x, each row divided by ``|x|**degree``: hard and soft vectors weigh the same.
    Two statistics with equal ``degree`` and ``scale`` are merged by ``+``, in any order.

    Arguments:
        gram: sums per block, shape ``(B, P, P)``.
        drift: sum of ``ψχᵀ`` over every sixteenth chunk of rows, shape ``(P, P)``: how the factor 1/|x| moves with the noise, with
            ``χ_b = Σ_μ k_bμ (x_μ/|x|)² ψ_b`` and k the exponents.
        drift_vectors: number of vectors in ``drift``.
        counts: clusters per block, shape ``(B,)``.
        vectors: number of vectors summed.
        degree: total degree of the monomials.
        scale: unit in which a constant term counts, in the units of x.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(100, 2, 4))
        >>> whole = gram_statistics(x, scale=1.0)
        >>> parts = gram_statistics(x[:64], scale=1.0) + gram_statistics(x[64:], scale=1.0)
        >>> bool(np.allclose(whole.gram, parts.gram)), whole.vectors
        (True, 200)
    """

    gram: Float[np.ndarray, "B P P"]
    counts: Int[np.ndarray, "B"]
    drift: Float[np.ndarray, "P P"] = field(kw_only=True)
    drift_vectors: int = field(kw_only=True)
    vectors: int = field(kw_only=True)
    degree: int = field(kw_only=True)
    scale: float = field(kw_only=True)

    @cached_property
    def powers(self) -> Int[np.ndarray, "P n1"]:
        """Exponents of the monomials in the homogeneous coordinates, the scale last."""
        size = 1
        while exponents_count(size + 1, self.degree) <= self.gram.shape[1]:
            size += 1
        return exponents(size, (self.degree,))

    @cached_property
    def mean(self) -> Float[np.ndarray, "P P"]:
        """``E[ψψᵀ]`` over all vectors."""
        return np.asarray(self.gram.sum(0) / max(self.vectors, 1))

    @property
    def clusters(self) -> int:
        """Number of independent clusters."""
        return int(self.counts.sum())

    def __add__(self, other: GramStatistics) -> GramStatistics:
        if (self.degree, self.scale, self.gram.shape) != (other.degree, other.scale, other.gram.shape):
            raise ShapeError(
                "statistics of different degree, scale or number of blocks cannot be merged; collect both with the same settings."
            )
        return GramStatistics(
            self.gram + other.gram,
            self.counts + other.counts,
            drift=self.drift + other.drift,
            drift_vectors=self.drift_vectors + other.drift_vectors,
            vectors=self.vectors + other.vectors,
            degree=self.degree,
            scale=self.scale,
        )


def exponents_count(n: int, degree: int) -> int:
    """Number of monomials of total degree ``degree`` in ``n`` variables, ``C(n + degree − 1, degree)``.

    Example:
        >>> exponents_count(5, 2)
        15
    """
    return comb(n + degree - 1, degree)


def gram_statistics(
    vectors: Float[np.ndarray, "N K n"],
    *,
    scale: float,
    mask: Bool[np.ndarray, "N K"] | None = None,
    degree: int = 2,
    blocks: int = 64,
) -> GramStatistics:
    """Collect the statistics of N clusters of K vectors in one pass.

    Cluster i goes to block i mod ``blocks``. Vectors that are zero or masked out do not count.

    Arguments:
        vectors: shape ``(N, K, n)``, in the units of ``scale``.
        scale: unit of a constant term, for instance the median norm of the vectors.
        mask: which vectors are real, shape ``(N, K)``; None: all that are not zero.
        degree: total degree of the monomials.
        blocks: number of block copies.

    Returns:
        Statistics that can be merged with those of other rows.

    Example:
        >>> import numpy as np
        >>> gram_statistics(np.ones((10, 1, 4)), scale=1.0).gram.shape
        (64, 15, 15)
    """
    n = vectors.shape[2]
    if mask is not None and not mask.all():
        vectors = np.where(mask[..., None], vectors, 0.0)
    size = exponents_count(n + 1, degree)
    gram, drift = np.zeros((blocks, size, size)), np.zeros((size, size))
    powers = exponents(n + 1, (degree,))[:, :n].astype(np.float64)
    step = blocks * max(1, ROWS_AT_ONCE // (blocks * vectors.shape[1]))
    used = drift_used = 0
    part, unit, psi = np.empty_like(gram), np.empty(0), np.empty(0)
    for chunk, start in enumerate(range(0, len(vectors), step)):
        x = _by_block(vectors[start : start + step], blocks)
        if unit.shape[1:] != x.shape[1:]:  # chunks of one size share their memory: fresh pages cost more than the arithmetic
            unit, psi = np.empty((n + 1, *x.shape[1:])), np.empty((size, *x.shape[1:]))
        real = _homogeneous(x, scale, unit)
        monomials_of_degree(unit, degree, out=psi)
        rows = psi.transpose(1, 0, 2)
        gram += np.matmul(rows, rows.transpose(0, 2, 1), out=part)
        used += real
        if chunk % CHUNKS_PER_DRIFT == 0:
            drift_used += real
            flat = psi.reshape(size, -1)
            drift += flat @ (flat * (powers @ unit[:n].reshape(n, -1) ** 2)).T
    counts = np.bincount(np.arange(len(vectors)) % blocks, minlength=blocks)
    return GramStatistics(gram, counts, drift=drift, drift_vectors=drift_used, vectors=used, degree=degree, scale=scale)


def _by_block(chunk: Float[np.ndarray, "N K n"], blocks: int) -> Float[np.ndarray, "n B M"]:
    """Coordinates first, then blocks: row i of the chunk lies in block i mod ``blocks``; missing rows are zero."""
    count, copies, n = chunk.shape
    depth = -(-count // blocks)
    if count < depth * blocks:
        chunk = np.concatenate([chunk, np.zeros((depth * blocks - count, copies, n))])
    return np.ascontiguousarray(chunk.reshape(depth, blocks, copies, n).transpose(3, 1, 0, 2)).reshape(n, blocks, depth * copies)


def _homogeneous(x: Float[np.ndarray, "n B M"], scale: float, out: Float[np.ndarray, "n1 B M"]) -> int:
    """Write ``(x, scale)/|x|`` to ``out``; zero vectors stay zero and so carry no weight. Returns how many are not zero."""
    inverse = np.einsum("ibm,ibm->bm", x, x)
    np.sqrt(inverse, out=inverse)
    real = int(np.count_nonzero(inverse))
    np.divide(1.0, inverse, out=inverse, where=True if real == inverse.size else inverse > 0)
    np.multiply(x, inverse, out=out[:-1])
    np.multiply(inverse, scale, out=out[-1])
    return real


def monomials_of_degree(
    x: Float[np.ndarray, "n B M"], degree: int, *, out: Float[np.ndarray, "P B M"] | None = None
) -> Float[np.ndarray, "P B M"]:
    """All monomials of one total degree, in the order of ``algebra.exponents``.

    Arguments:
        x: coordinates, shape ``(n, B, M)``.
        degree: total degree, at least 1.
        out: where to write them, shape ``(P, B, M)``; None: a new array.

    Returns:
        Shape ``(P, B, M)`` with ``P = C(n + degree − 1, degree)``.

    Example:
        >>> import numpy as np
        >>> monomials_of_degree(np.array([2.0, 3.0]).reshape(2, 1, 1), 2).ravel().tolist()
        [4.0, 6.0, 9.0]
    """
    n = len(x)
    current = x
    for d in range(2, degree + 1):
        grown = out if d == degree and out is not None else np.empty((exponents_count(n, d), *x.shape[1:]))
        position = 0
        for i in range(n):
            # the monomials of degree d − 1 whose smallest index is ≥ i stand at the end of the list
            tail = current[len(current) - exponents_count(n - i, d - 1) :]
            np.multiply(x[i], tail, out=grown[position : position + len(tail)])
            position += len(tail)
        current = grown
    if degree == 1 and out is not None:
        out[:] = x
        return out
    return current
