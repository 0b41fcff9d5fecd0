"""The support level: matrices that map the variety carrying the data to itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from physym._typing import Float
from physym.algebra import action
from physym.discovery.equation import SymmetryEquation
from physym.discovery.spectral.noise import NoiseModel
from physym.discovery.spectral.statistics.features import square_root
from physym.discovery.spectral.statistics.gram import GramStatistics
from physym.errors import DiscoveryFailed

ROUND_OFF = 1e-15  # of a Gram matrix: squares of relative errors below 3e-8 cannot be seen in it
EXACT = 1e-13  # a mean square that float32 rounding brings: below it noise biases nothing
SMALLEST_GAP = 2.0  # a polynomial vanishes when it needs at least this factor less noise than the next one


@dataclass(frozen=True, eq=False)
class VanishingPolynomials:
    """The polynomials that vanish on the data up to noise.

    Arguments:
        coefficients: of the monomials of the statistics, orthonormal columns, shape ``(P, m)``; m = 0 when none vanishes.
        influence: motion of the coefficients due to each block, shape ``(B + 1, P, m)``, orthogonal to them; the last entry is the
            correction of the bias in the noise, whose own error (of the next order) is taken to be as large as itself.
        noise: for every candidate, the noise per coordinate that would explain it, ascending, shape ``(P − 1,)``.
        gap: ratio of the noise levels across the cut.

    Example:
        >>> import numpy as np
        >>> VanishingPolynomials(np.zeros((6, 0)), np.zeros((8, 6, 0)), np.array([0.3, 0.4]), gap=1.3).count
        0
    """

    coefficients: Float[np.ndarray, "P m"]
    influence: Float[np.ndarray, "B P m"]
    noise: Float[np.ndarray, "c"]
    gap: float = field(kw_only=True)

    @property
    def count(self) -> int:
        """How many independent polynomials vanish."""
        return int(self.coefficients.shape[1])

    @property
    def level(self) -> float:
        """Noise per coordinate at which the vanishing polynomials vanish; NaN when there is none."""
        return float(np.sqrt((self.noise[: self.count] ** 2).mean())) if self.count else float("nan")


def vanishing_polynomials(
    statistics: GramStatistics, *, model: NoiseModel = "relative", noise: float | None = None
) -> VanishingPolynomials:
    """Find the polynomials whose values on the data are explained by noise of the coordinates.

    For a polynomial ``cᵀψ`` the mean square is ``cᵀGc``, and noise of standard deviation σ per coordinate contributes
    ``σ² cᵀWc`` with ``W = Σ_μ D_μ G D_μᵀ`` and ``D_μ`` the action of ``x_μ ∂_μ`` (relative noise) or ``∂_μ`` (isotropic noise), so the
    generalised eigenvalues of (G, W) are squared noise levels. The smallest ones belong to polynomials that vanish.

    Arguments:
        statistics: Gram statistics with P monomials.
        model: ``"relative"`` (each coordinate has a relative error) or ``"isotropic"`` (all have the same error, in units of scale).
        noise: standard deviation per coordinate when it is known; None: the largest gap decides.

    Returns:
        The polynomials with their noise level and errors.

    Raises:
        DiscoveryFailed: the vectors do not span the space.

    References:
        G. Taubin, IEEE TPAMI 13 (1991) 1115, eq. 5.2, for the gradient-weighted fit of an implicit surface.

    Example:
        >>> import numpy as np
        >>> from physym.discovery.spectral.statistics.gram import gram_statistics
        >>> p = np.random.default_rng(0).normal(size=(200, 1, 3))
        >>> massless = np.concatenate([np.linalg.norm(p, axis=2, keepdims=True), p], axis=2)
        >>> vanishing_polynomials(gram_statistics(massless, scale=1.0)).count
        1
    """
    powers = statistics.powers
    n = powers.shape[1] - 1
    gram = statistics.mean
    _require_full_span(gram, statistics)
    moves = _noise_actions(powers, n, model)
    pencil = _Pencil(gram, (moves @ gram @ moves.transpose(0, 2, 1)).sum(0), moves)
    values, vectors = pencil.eigenpairs()
    levels = np.sqrt(np.maximum(values, ROUND_OFF))
    count, gap = _count(levels, noise)
    if not count:
        return VanishingPolynomials(vectors[:, :0], np.zeros((len(statistics.gram) + 1, len(powers), 0)), levels, gap=gap)
    coefficients = np.linalg.qr(vectors[:, :count])[0]
    if (coefficients * (gram @ coefficients)).sum(0).max() <= EXACT:
        coefficients = _polished(coefficients, gram)
        levels[:count] = np.minimum(levels[:count], np.sqrt(EXACT))
    square = float((levels[:count] ** 2).mean())
    biased = coefficients
    if model == "relative":
        coefficients = _unbiased(statistics, pencil, coefficients, square)
    influence = _influence(statistics, pencil, coefficients, square)
    influence = np.concatenate([influence, _correction(biased, coefficients)[None]])
    return VanishingPolynomials(coefficients, influence, levels, gap=gap)


@dataclass(frozen=True, eq=False)
class _Pencil:
    """The matrices G and W whose ratio is a squared noise level, with the actions ``D_μ`` that make up W."""

    gram: Float[np.ndarray, "P P"]
    weights: Float[np.ndarray, "P P"]
    moves: Float[np.ndarray, "n P P"]

    def eigenpairs(self) -> tuple[Float[np.ndarray, "c"], Float[np.ndarray, "P c"]]:
        """Generalised eigenpairs of (G, W), ascending; the constant monomial, which noise does not move, is eliminated first."""
        gram, weights = self.gram, self.weights
        elimination = gram[:-1, -1] / gram[-1, -1]
        reduced = gram[:-1, :-1] - np.outer(elimination, gram[-1, :-1])
        size = np.sqrt(np.maximum(np.diag(weights)[:-1], np.finfo(float).tiny))
        factor = np.linalg.cholesky(weights[:-1, :-1] / np.outer(size, size) + 1e-13 * np.eye(len(size)))
        inverse = np.linalg.inv(factor) / size
        values, vectors = np.linalg.eigh(inverse @ reduced @ inverse.T)
        head = inverse.T @ vectors
        return values, np.vstack([head, -elimination @ head])

    def at(self, square: float) -> Float[np.ndarray, "P P"]:
        """``G − σ²W``."""
        return self.gram - square * self.weights


def _require_full_span(gram: Float[np.ndarray, "P P"], statistics: GramStatistics) -> None:
    """Vectors in a proper subspace make every matrix on its complement a symmetry of nothing."""
    powers = statistics.powers
    n = powers.shape[1] - 1
    index = {tuple(row): p for p, row in enumerate(powers.tolist())}
    rest = [0] * n + [statistics.degree - 1]  # the linear monomials are x_i scale^(d − 1)
    positions = [index[tuple(int(k + (i == j)) for j, k in enumerate(rest))] for i in range(n)]
    traced = gram[np.ix_(positions, positions)]
    scale = np.sqrt(np.maximum(np.diag(traced), np.finfo(float).tiny))
    rank = int((np.linalg.eigvalsh(traced / np.outer(scale, scale)) > 1e-12).sum()) if traced.trace() > 0 else 0
    rank = min(rank, int((np.diag(traced) > 1e-24 * traced.trace()).sum()))
    if rank < n:
        raise DiscoveryFailed(
            f"the {statistics.vectors} vectors span only {rank} of {n} dimensions, so a generator is defined only up to maps that act "
            "off their span. Give data with more varied directions, or coordinates on the span."
        )


def _noise_actions(powers: np.ndarray, n: int, model: NoiseModel) -> Float[np.ndarray, "n P P"]:
    """``D_μ``: derivative along one unit of noise of coordinate μ, as a matrix on monomials."""
    generators = np.zeros((n, n + 1, n + 1))
    for mu in range(n):
        generators[mu, mu, mu if model == "relative" else n] = 1.0
    return action(generators, powers)


def _count(levels: Float[np.ndarray, "c"], noise: float | None) -> tuple[int, float]:
    """Number of vanishing polynomials and the ratio of noise levels across the cut."""
    ratios = levels[1:] / levels[:-1]
    if noise is not None:
        count = int((levels <= SMALLEST_GAP * max(noise, np.sqrt(ROUND_OFF))).sum())
        return count, float(ratios[count - 1]) if 0 < count <= len(ratios) else 1.0
    cut = int(np.argmax(ratios))
    return (cut + 1, float(ratios[cut])) if ratios[cut] >= SMALLEST_GAP else (0, float(ratios[cut]))


def _complement(columns: Float[np.ndarray, "P m"]) -> Float[np.ndarray, "P c"]:
    """Orthonormal columns that span what the given ones leave out."""
    return np.linalg.svd(columns)[0][:, columns.shape[1] :]


def _polished(coefficients: Float[np.ndarray, "P m"], gram: Float[np.ndarray, "P P"]) -> Float[np.ndarray, "P m"]:
    """One Newton step to the null space of G, for exact data: W vanishes on squares of polynomials that do, and blurs the pencil."""
    complement = _complement(coefficients)
    step = np.linalg.solve(complement.T @ gram @ complement, complement.T @ gram @ coefficients)
    return np.asarray(np.linalg.qr(coefficients - complement @ step)[0])


def _unbiased(
    statistics: GramStatistics, pencil: _Pencil, coefficients: Float[np.ndarray, "P m"], square: float
) -> Float[np.ndarray, "P m"]:
    """Remove the bias of order σ²: the expectation of ``ψψᵀν`` under relative noise is ``σ² C ν`` with
    ``C = W + ½ G Σ_μ (D_μ² − D_μ)ᵀ − 2d E[ψχᵀ]``, whose last two terms the symmetric pencil leaves out.

    They come from the curvature of the polynomial and from the noise in the factor 1/|x|ᵈ of each row.
    """
    curvature = (pencil.moves @ pencil.moves - pencil.moves).sum(0) / 2
    extra = (
        pencil.gram @ (curvature.T @ coefficients) - 2 * statistics.degree * (statistics.drift / statistics.drift_vectors) @ coefficients
    )
    complement = _complement(coefficients)
    step = np.linalg.solve(complement.T @ pencil.at(square) @ complement, complement.T @ (square * extra))
    return np.linalg.qr(coefficients + complement @ step)[0]


def _correction(before: Float[np.ndarray, "P m"], after: Float[np.ndarray, "P m"]) -> Float[np.ndarray, "P m"]:
    """How far the span was moved, as a displacement of the basis ``after`` orthogonal to it."""
    left, _, right = np.linalg.svd(before.T @ after)
    shift = after - before @ (left @ right)
    return np.asarray(shift - after @ (after.T @ shift))


def _influence(
    statistics: GramStatistics, pencil: _Pencil, coefficients: Float[np.ndarray, "P m"], square: float
) -> Float[np.ndarray, "B P m"]:
    """Motion of the null space of ``G − σ²W`` due to each block of data."""
    counts = statistics.counts[statistics.counts > 0]
    blocks = statistics.gram[statistics.counts > 0] / statistics.vectors
    share = counts / counts.sum()
    pencils = blocks - square * sum(move @ blocks @ move.T for move in pencil.moves)
    push = pencils @ coefficients
    push -= share[:, None, None] * push.sum(0)
    complement = _complement(coefficients)
    # one Newton step to the solution without the block (jackknife): its own weight in the pencil matters when blocks are few
    left_out = complement.T @ (pencil.at(square) - pencils) @ complement
    moved = -np.linalg.solve(left_out, complement.T @ push)
    return np.asarray(np.sqrt(len(blocks) / max(len(blocks) - 1, 1)) * (complement @ moved))


def support_equation(
    statistics: GramStatistics, polynomials: VanishingPolynomials, searched: Float[np.ndarray, "s n n"]
) -> SymmetryEquation:
    """``H a = 0`` with column k the part of ``(B_k x)·∇ν`` that does not vanish on the data, for every vanishing ν.

    Values are measured in the norm ``E[(·)²]`` of the data, so H a is a root-mean-square defect.

    Arguments:
        statistics: Gram statistics with P monomials.
        polynomials: the vanishing polynomials ν.
        searched: orthonormal basis of the searched matrices, shape ``(s, n, n)``, or ``(s, n + 1, n + 1)`` for affine maps in units of
            the scale of the statistics.

    Returns:
        The equation with ``m = P · count`` rows.

    References:
        mathematics of the support level: ``(1 − P_N) R(A)ᵀ N = 0``.

    Example:
        >>> import numpy as np
        >>> from physym.discovery.spectral.statistics.gram import gram_statistics
        >>> circle = np.array([[[np.cos(t), np.sin(t)]] for t in np.linspace(0, 6, 50)])
        >>> statistics = gram_statistics(circle, scale=1.0)
        >>> found = vanishing_polynomials(statistics, model="isotropic")
        >>> equation = support_equation(statistics, found, np.eye(4).reshape(4, 2, 2))
        >>> rotation = equation.algebra(1).basis[0]
        >>> bool(np.allclose(rotation, -rotation.T))
        True
    """
    s, m, _ = searched.shape
    homogeneous = np.pad(searched, ((0, 0), *[(0, statistics.powers.shape[1] - m)] * 2))
    transposed = action(homogeneous, statistics.powers).transpose(0, 2, 1)
    nu = polynomials.coefficients
    root = square_root(statistics.mean)
    moved = transposed @ nu
    along = nu.T @ moved  # the part of the moved polynomials that vanishes as well
    matrix = root @ (moved - nu @ along)
    drift = polynomials.influence
    influence = root @ (_off(transposed @ drift[:, None], nu) - drift[:, None] @ along)
    rows = nu.shape[0] * nu.shape[1]
    return SymmetryEquation(
        matrix.transpose(1, 2, 0).reshape(rows, s),
        influence.transpose(0, 2, 3, 1).reshape(len(influence), rows, s),
        searched,
        rounding=1e-11,
    )


def _off(values: Float[np.ndarray, "*batch P m"], nu: Float[np.ndarray, "P m"]) -> Float[np.ndarray, "*batch P m"]:
    return np.asarray(values - nu @ (nu.T @ values))
