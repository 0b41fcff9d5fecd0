"""Equivariance ``F(gx) = g'F(x)`` of a fitted map: the equation ``C R(A) − A'C = 0`` on the support of the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np

from physym._typing import Float, Int
from physym.algebra import action, evaluate, exponents
from physym.discovery.equation import SymmetryEquation
from physym.discovery.spectral.equations.vector_fit import VectorFit, fit_vector
from physym.discovery.spectral.statistics.span import Span, carried_span, seen_combinations
from physym.errors import DiscoveryFailed

ROWS_PER_COEFFICIENT = 4


@dataclass(frozen=True, eq=False)
class VectorRows:
    """Inputs and vector targets, with a probe of the inputs.

    Arguments:
        x: inputs, shape ``(N, d)``.
        y: targets, shape ``(N, q)``.
        probe: what knows of x with noise of its own, such as the previous state, shape ``(N, d)``; x itself where x carries no noise.
        blocks: block of each row, shape ``(N,)``.
        clusters: number of independent clusters among the rows.
        shared: y is the next value of x, so both lie in one span.

    Example:
        >>> import numpy as np
        >>> x = np.ones((5, 2))
        >>> VectorRows(x, x, x, np.arange(5), 5).shared
        False
    """

    x: Float[np.ndarray, "N d"]
    y: Float[np.ndarray, "N q"]
    probe: Float[np.ndarray, "N d"]
    blocks: Int[np.ndarray, "N"]
    clusters: int
    shared: bool = False


@dataclass(frozen=True, eq=False)
class Equivariance:
    """The equation with what its data determine.

    Arguments:
        equation: H with its errors, on the searched matrices that move the data; H a is the defect in units of each target's rms.
        span: orthonormal columns of the span of x, in the coordinates of x, shape ``(d, r)``.
        unseen: how many independent searched matrices vanish on the span.
        degree: degree of the map that was fitted.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(400, 2))
        >>> gl2 = np.eye(4).reshape(4, 2, 2)
        >>> rows = VectorRows(x, x * (x**2).sum(1, keepdims=True), x, np.arange(400) % 64, 400)
        >>> found = equivariance_equation(rows, gl2, gl2, gl2, degree=3)
        >>> np.abs(found.equation.algebra(1).basis.round(6)).tolist()
        [[[0.0, 0.707107], [0.707107, 0.0]]]
    """

    equation: SymmetryEquation
    span: Float[np.ndarray, "d r"]
    unseen: int
    degree: int


def equivariance_equation(
    rows: VectorRows,
    searched: Float[np.ndarray, "s n n"],
    on_x: Float[np.ndarray, "s d d"],
    on_y: Float[np.ndarray, "s q q"],
    *,
    degree: int,
) -> Equivariance:
    """``C R(A) − A'C = 0`` for the polynomial map ``F = Cψ`` of degree ≤ ``degree`` fitted to y.

    Everything happens in the spans of x and y: A must map them to themselves, and what it does off them is left open.

    Arguments:
        rows: N rows with d inputs and q targets.
        searched: orthonormal basis of the searched matrices, shape ``(s, n, n)``.
        on_x: what they do to x, shape ``(s, d, d)``.
        on_y: what they do to y, shape ``(s, q, q)``; zeros for invariant targets.
        degree: highest degree of F; it is lowered where the rows or clusters are too few for its coefficients.

    Returns:
        The equation, and what the data leave open.

    Raises:
        DiscoveryFailed: too few rows for a linear map, or y does not depend on x.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(400, 2))
        >>> gl2 = np.eye(4).reshape(4, 2, 2)
        >>> found = equivariance_equation(VectorRows(x, 3 * x, x, np.arange(400) % 64, 400), gl2, gl2, gl2, degree=1)
        >>> bool(np.linalg.norm(found.equation.matrix) < 1e-9)  # every matrix commutes with F
        True
    """
    inner = _Side.of(rows.x, rows.probe, rows.blocks, on_x)
    degree = _affordable(rows, inner.span, degree)
    psi, powers = inner.monomials(rows.x, degree)
    probe = psi if rows.probe is rows.x else inner.monomials(rows.probe, degree)[0]
    outer = replace(inner, acts=_scaled(on_y, inner.scale)) if rows.shared else _Side.of(rows.y, probe, rows.blocks, on_y)
    if not outer.span.columns.shape[1]:
        raise DiscoveryFailed("y is not seen to depend on x, so every map would leave it unchanged. Use more rows, or other targets.")
    fit = fit_vector(psi, rows.y / outer.scale @ outer.span.columns, probe, rows.blocks)
    matrix, influence = _commutator(fit, inner, outer, powers)
    parts = [(matrix, influence), inner.leaving(), outer.leaving()]
    s = len(searched)
    joined = SymmetryEquation(
        np.concatenate([value.reshape(s, -1) for value, _ in parts], axis=1).T,
        np.concatenate([moved.reshape(len(moved), s, -1) for _, moved in parts], axis=2).transpose(0, 2, 1),
        searched,
        rounding=1e-8,
    )
    seen = np.concatenate([side.moved.reshape(s, -1) for side in (inner, outer)], axis=1)
    kept = seen_combinations(seen)
    equation = replace(joined, matrix=joined.matrix @ kept.T, influence=joined.influence @ kept.T, searched=np.tensordot(kept, searched, 1))
    return Equivariance(equation, np.linalg.qr(inner.scale[:, None] * inner.span.columns)[0], s - len(kept), degree)


def _affordable(rows: VectorRows, span: Span, degree: int) -> int:
    """The highest degree whose coefficients the rows and clusters can determine."""
    r = span.columns.shape[1]
    if not r:
        raise DiscoveryFailed("x does not stand out of its noise: what the previous state says of it is nothing. Use more or cleaner rows.")
    for lower in range(degree, 0, -1):
        count = comb(r + lower, lower)
        if ROWS_PER_COEFFICIENT * count <= len(rows.x) and count <= rows.clusters:
            return lower
    raise DiscoveryFailed(
        f"{len(rows.x)} rows in {rows.clusters} clusters; a linear map of {r} coordinates needs at least {ROWS_PER_COEFFICIENT * (r + 1)} "
        f"rows in {r + 1} clusters. Use more of them."
    )


@dataclass(frozen=True, eq=False)
class _Side:
    """Inputs or targets in units of each coordinate's root mean square, their span, and what the searched matrices do to them."""

    scale: Float[np.ndarray, "d"]
    span: Span
    acts: Float[np.ndarray, "s d d"]

    @classmethod
    def of(
        cls,
        values: Float[np.ndarray, "N d"],
        probe: Float[np.ndarray, "N p"],
        blocks: Int[np.ndarray, "N"],
        acts: Float[np.ndarray, "s d d"],
    ) -> _Side:
        scale = np.sqrt((values**2).mean(0))
        scale = np.where(scale > 0, scale, 1.0)
        return cls(scale, carried_span(values / scale, probe, blocks), _scaled(acts, scale))

    def monomials(self, values: Float[np.ndarray, "N d"], degree: int) -> tuple[Float[np.ndarray, "N P"], Int[np.ndarray, "P r"]]:
        """Of degree 0 … ``degree`` of the components along the span, and their exponents."""
        columns = self.span.columns
        powers = exponents(columns.shape[1], range(degree + 1))
        return np.ascontiguousarray(evaluate(values / self.scale @ columns, powers)), powers

    @property
    def moved(self) -> Float[np.ndarray, "s d r"]:
        """Where the searched matrices send the span."""
        return np.asarray(self.acts @ self.span.columns)

    @property
    def inside(self) -> Float[np.ndarray, "s r r"]:
        """The searched matrices on the span."""
        return np.asarray(self.span.columns.T @ self.moved)

    @property
    def inside_influence(self) -> Float[np.ndarray, "B s r r"]:
        """How each block moves ``inside`` by turning the span."""
        turned = self.span.influence[:, None]
        return np.asarray(turned.transpose(0, 1, 3, 2) @ self.moved + (self.span.columns.T @ self.acts) @ turned)

    def leaving(self) -> tuple[Float[np.ndarray, "s c p"], Float[np.ndarray, "B s c p"]]:
        """How far the searched matrices take the data off their span, in root mean square, and its errors."""
        off, turned, root = self.span.off, self.span.influence[:, None], self.span.root
        value = off.T @ self.moved @ root
        influence = (off.T @ self.acts @ turned - (off.T @ turned) @ self.inside) @ root
        return value, influence


def _scaled(acts: Float[np.ndarray, "s d d"], scale: Float[np.ndarray, "d"]) -> Float[np.ndarray, "s d d"]:
    return np.asarray(acts * (scale / scale[:, None]))


def _commutator(
    fit: VectorFit, inner: _Side, outer: _Side, powers: Int[np.ndarray, "P r"]
) -> tuple[Float[np.ndarray, "s q k"], Float[np.ndarray, "B s q k"]]:
    """``(C R(A) − A'C) G^{1/2}`` with its errors: those of C, of the spans and of the rows themselves."""
    r = powers.shape[1]
    elementary = (action(np.eye(r * r).reshape(-1, r, r), powers) @ fit.root).reshape(r, r, len(powers), -1)
    moves = np.einsum("sij,ijpk->spk", inner.inside, elementary)
    known = fit.coefficients @ fit.root
    value = fit.coefficients @ moves - outer.inside @ known
    influence = np.einsum("bqp,spk->bsqk", fit.influence, moves, optimize=True)
    influence -= np.einsum("sqt,btp,pk->bsqk", outer.inside, fit.influence, fit.root, optimize=True)
    if inner.span.off.shape[1]:
        influence += np.einsum("bsij,ijqk->bsqk", inner.inside_influence, fit.coefficients @ elementary, optimize=True)
    if outer.span.off.shape[1]:
        influence -= outer.inside_influence @ known
    return value, influence + value @ fit.sampling[:, None] / 2
