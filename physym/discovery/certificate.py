"""How much breaking the data rule out: certificates for the symmetry equation ``H a = 0``."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from physym._typing import Float

SCALE_SHARE = 0.1  # of alpha guards the scale, the rest the defect
PLAIN_BELOW = 1e-4  # a bound this small needs no sharpening
HIGH_RANK = 5.0  # noise spread over more directions than this is better subtracted than carried along
RANDOM_STARTS = 6  # the other starts may be saddle points
MOST_ASCENTS = 200
DRAWS = 400


@runtime_checkable
class Estimate(Protocol):
    """What a certificate needs to know of a symmetry equation.

    Example:
        >>> from physym.discovery.equation import SymmetryEquation
        >>> estimate: Estimate = SymmetryEquation(np.eye(2), np.zeros((8, 2, 2)), np.eye(4).reshape(4, 2, 2)[:2])
    """

    @property
    def matrix(self) -> Float[np.ndarray, "m s"]:
        """The estimate of H, shape ``(m, s)``."""
        ...

    @property
    def influence(self) -> Float[np.ndarray, "B m s"]:
        """Deviations of H due to each block, shape ``(B, m, s)``."""
        ...

    @property
    def design(self) -> Float[np.ndarray, "B q q"] | None:
        """Relative change of the norm of defects due to each block, shape ``(B, q, q)``."""
        ...

    @property
    def floor(self) -> float:
        """Defects below this are round-off."""
        ...


def certified_defect(equation: Estimate, span: Float[np.ndarray, "r s"], *, alpha: float, chosen: bool = True) -> float:
    """δ*: the relative defect ``sup ‖Ha‖/s`` over the claimed span that the data rule out exceeding at 1 − α.

    The scale s is the root-mean-square defect of a random direction of the whole searched space, with the noise removed and its
    lower limit taken; without a positive lower limit nothing is certified, because then H may vanish altogether.

    A span that was named beforehand, or found on other data, has the bound ``σ_max(ĤV) + t √w`` with
    ``w = max_{a ∈ V, u} Var(uᵀĤa)``: at the truly worst pair (u*, a*), which is not random, ``u*ᵀĤa* ≤ σ_max(ĤV)`` errs by one
    Student variable, so one quantile covers the whole span. Where the noise fills many directions, the square of the
    defect is estimated without its bias instead: ``D² ≤ λ_max(Vᵀ(ĤᵀĤ − K)V) + t √(2wκ + 4D²w)`` with K the noise part of ĤᵀĤ and κ its
    largest eigenvalue on V; the choice depends on the covariance only. A span chosen by the same data has the bound
    ``σ_max(ĤV) + ‖noise‖`` over the whole searched space, which holds for every span. The norm in which defects are measured is an
    average over the sample as well; its relative error, at the worst column of ĤV, adds in quadrature.

    Arguments:
        equation: H with shape ``(m, s)`` and the influence of each block.
        span: orthonormal rows that span the claimed generators, shape ``(r, s)``.
        alpha: 1 − confidence.
        chosen: whether the span was chosen by the same data.

    Returns:
        δ*, or NaN where nothing can be certified.

    References:
        C. Borell, Invent. Math. 30 (1975) 207, for the concentration of the supremum of a Gaussian process.

    Example:
        >>> from physym.discovery.equation import SymmetryEquation
        >>> equation = SymmetryEquation(np.diag([1.0, 0.0]), np.full((8, 2, 2), 1e-4), np.eye(4).reshape(4, 2, 2)[:2])
        >>> certified_defect(equation, np.array([[0.0, 1.0]]), alpha=0.05) < 0.01
        True
    """
    scale = _lowest_scale(equation, SCALE_SHARE * alpha)
    if scale <= equation.floor or not len(span):
        return float("nan")
    rest = (1 - SCALE_SHARE) * alpha
    claimed = float(np.linalg.norm(equation.matrix @ span.T, 2))
    bound = claimed + _concentrated(equation, rest)
    if bound > PLAIN_BELOW * scale:
        error = _norm_error(equation, span, rest)
        bound = (
            _enlarged(claimed, min(bound - claimed, _noise_norm(equation, rest)), error) if chosen else _named(equation, span, rest, error)
        )
    return float((bound + equation.floor) / scale)


def _student(alpha: float, blocks: int) -> float:
    """The 1 − alpha quantile of a mean over blocks in units of its estimated error."""
    from scipy.special import stdtrit

    return float(-stdtrit(max(blocks - 1, 1), alpha))


def _lowest_scale(equation: Estimate, alpha: float) -> float:
    """Lower limit of the root-mean-square defect over the searched space; 0 where it is not positive."""
    blocks = equation.influence.reshape(len(equation.influence), -1)
    gram = blocks @ blocks.T  # B × B: the same non-zero spectrum as Cov(vec H)
    along = float(np.linalg.norm(blocks @ equation.matrix.ravel()))
    t = _student(alpha, len(blocks))
    total = float((equation.matrix**2).sum()) - float(gram.trace())
    lowest = total - t * np.sqrt(4 * along**2 + 2 * float(np.vdot(gram, gram)))
    if equation.design is not None and lowest > 0:
        inside = np.linalg.qr(equation.matrix)[1]
        moved = float(np.linalg.norm(np.einsum("qs,bqp,ps->b", inside, equation.design, inside)))
        lowest *= np.exp(-t * moved / float((equation.matrix**2).sum()))  # the error of a mean of squares, taken of its logarithm
    return float(np.sqrt(max(lowest, 0.0) / equation.matrix.shape[1]))


def _norm_error(equation: Estimate, span: Float[np.ndarray, "r s"], alpha: float) -> float:
    """Relative error at 1 − alpha of the square of the norm in which defects are measured."""
    if equation.design is None:
        return 0.0
    left, sizes, _ = np.linalg.svd(np.linalg.qr(equation.matrix)[1] @ span.T, full_matrices=False)
    columns = left[:, sizes > equation.floor]
    if not columns.shape[1]:
        return 0.0  # nothing but round-off is measured, and no error of a norm matters to it
    seen = columns.T @ equation.design @ columns
    starts = np.linalg.eigh(np.einsum("bqp,bqr->pr", seen, seen))[1].T
    return _student(alpha, len(seen)) * float(np.sqrt(largest_variance(seen, starts)))


def _enlarged(value: float, width: float, error: float) -> float:
    """The solution D of ``D = value + √(width² + (error·D/2)²)``, or ``(value + width) exp(error/2)`` where that is smaller."""
    largest = (value + width) * np.exp(error / 2)
    leading = 1 - error**2 / 4
    if leading <= 0:
        return float(largest)
    return float(min(largest, (value + np.sqrt(max(value**2 - leading * (value**2 - width**2), 0.0))) / leading))


def _concentrated(equation: Estimate, alpha: float) -> float:
    """Bound on the operator norm of the noise by Gaussian concentration, ``√tr C + t √λ_max(C)``; coarse and cheap."""
    blocks = equation.influence.reshape(len(equation.influence), -1)
    gram = blocks @ blocks.T
    return float(np.sqrt(gram.trace()) + _student(alpha, len(blocks)) * np.sqrt(max(float(np.linalg.eigvalsh(gram)[-1]), 0.0)))


def _noise_norm(equation: Estimate, alpha: float) -> float:
    """The 1 − alpha quantile of ``‖Σ_b ξ_b dH_b‖`` with ξ standard normal; the multipliers are always the same."""
    blocks = len(equation.influence)
    multipliers = np.random.default_rng(0).standard_normal((DRAWS, blocks))
    noise = np.tensordot(multipliers, equation.influence, 1)
    norms = np.sqrt(np.linalg.eigvalsh(noise.transpose(0, 2, 1) @ noise)[:, -1])
    # the covariance behind the draws is itself estimated from the blocks
    return float(np.quantile(norms, 1 - alpha, method="higher")) * _student(alpha, blocks) / _student(alpha, 10**6)


def _named(equation: Estimate, span: Float[np.ndarray, "r s"], alpha: float, error: float) -> float:
    """Bound on ``σ_max(HV)`` for a span that the data did not choose."""
    value, noise = equation.matrix @ span.T, equation.influence @ span.T
    t = _student(alpha, len(noise))
    bias = np.einsum("bmr,bms->rs", noise, noise)
    largest = float(np.linalg.eigvalsh(bias)[-1])
    variance = t**2 * largest_variance(noise, np.concatenate([np.linalg.svd(value)[2], np.linalg.eigh(bias)[1].T]))
    if t**2 * largest <= HIGH_RANK * variance:
        return _enlarged(float(np.linalg.norm(value, 2)), float(np.sqrt(variance)), error)
    # X = D² solves (X − M)² = 2wκ + 4Xw + (error·X)²
    leading = 1 - error**2
    if leading <= 0:
        return _enlarged(float(np.linalg.norm(value, 2)), float(np.sqrt(variance)), error)
    middle = float(np.linalg.eigvalsh(value.T @ value - bias)[-1])
    half = middle + 2 * variance
    square = (half + np.sqrt(max(half**2 - leading * (middle**2 - 2 * variance * largest), 0.0))) / leading
    return float(np.sqrt(max(square, 0.0)))


def largest_variance(noise: Float[np.ndarray, "B m r"], starts: Float[np.ndarray, "k r"]) -> float:
    """``max Σ_b (uᵀ N_b a)²`` over unit u and a: the largest variance of one entry of the noise in any pair of bases.

    It is found by ascending from several starts, in u and a by turns, each turn one power step.

    Arguments:
        noise: influence of each block, shape ``(B, m, r)``.
        starts: where to begin, unit rows, shape ``(k, r)``.

    Returns:
        The largest value reached.

    Example:
        >>> import numpy as np
        >>> noise = np.zeros((2, 3, 2))
        >>> noise[0, 0, 0], noise[1, 2, 1] = 1.0, 2.0
        >>> largest_variance(noise, np.eye(2))
        4.0
    """
    random = np.random.default_rng(0).normal(size=(RANDOM_STARTS, noise.shape[2]))
    a = np.concatenate([starts, random / np.linalg.norm(random, axis=1, keepdims=True)])
    moved = (noise @ a.T).transpose(2, 0, 1)
    # leading right singular vectors; LAPACK's divide and conquer fails on some of these although they are finite
    u = np.einsum("kbm,kb->km", moved, np.linalg.eigh(moved @ moved.transpose(0, 2, 1))[1][..., -1])
    u = u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), np.finfo(float).tiny)
    turned = np.ascontiguousarray(noise.transpose(0, 2, 1))
    reached = 0.0
    for _ in range(MOST_ASCENTS):
        u = _ascended(noise, a, u)
        a = _ascended(turned, u, a)
        best = float((((noise @ a.T) * u.T).sum(1) ** 2).sum(0).max(initial=0.0))
        if best <= reached * (1 + 1e-10):
            break
        reached = best
    return max(best, reached)


def _ascended(noise: Float[np.ndarray, "B m r"], a: Float[np.ndarray, "k r"], u: Float[np.ndarray, "k m"]) -> Float[np.ndarray, "k m"]:
    """One power step of u with ``Σ_b (N_b a)(N_b a)ᵀ``."""
    moved = noise @ a.T
    u = (moved * (moved * u.T).sum(1)[:, None]).sum(0).T
    return np.asarray(u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), np.finfo(float).tiny))
