"""The plane of rotation, from low-degree moments and then from the charges themselves."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra import action, evaluate, exponents, so
from physym.discovery.discrete.cyclic.charges import PlaneRows, charge_functions
from physym.discovery.discrete.cyclic.cylinder import tilted
from physym.discovery.discrete.evidence import ROUNDING, Evidence

STEPS = 4
LARGEST_TILT, SMALLEST_TILT = 0.3, 3e-5  # rad, of one step
NEGLIGIBLE = 0.1  # of its own standard error: a smaller step is the last
BLOCKS = 32


def first_plane(rows: PlaneRows, *, conditional: bool, alpha: float) -> Float[np.ndarray, "n n"] | None:
    """The plane whose rotations the low-degree moments do not see, from ``H a = 0`` over so(n).

    Polynomials of degree below k cannot tell a rotation by 2π/k from a rotation by any angle, so for k ≥ 3 the plane is a null
    direction at degree 2, and degree 3 is asked only where degree 2 leaves it open.

    Arguments:
        rows: N rows.
        conditional: whether the function x → targets is looked at, or the density of x.
        alpha: significance of "a second direction is null as well", which leaves the plane open.

    Returns:
        Orthonormal rows, the first two of which span the plane, shape ``(n, n)``; None where it is left open.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(2000, 3))
        >>> axes = first_plane(PlaneRows(x[:, None], x[:, 2:] + x[:, 2:] ** 2), conditional=True, alpha=0.01)
        >>> bool(abs(axes[2, 2]) > 0.999)
        True
    """
    n = rows.x.shape[2]
    if n == 2:
        return np.eye(2)
    basis = so(n).basis / np.sqrt(2)
    for degree in (2, 3):
        matrix, errors, floor = _blocked_equation(rows, basis, degree, conditional)
        right = np.linalg.svd(matrix)[2]
        noise = errors @ right[-2]
        if Evidence(matrix @ right[-2], noise.T @ noise + np.diag(floor**2), BLOCKS).p_value < alpha:  # the second one breaks
            return _axes_of(np.tensordot(right[-1], basis, 1))
    return None


def refined_plane(
    rows: PlaneRows, axes: Float[np.ndarray, "n n"], *, highest: int, order: int, conditional: bool
) -> tuple[Float[np.ndarray, "n n"], Evidence]:
    """Tilt the plane until the charges that must vanish are smallest in units of their noise: Gauss–Newton, generalised least squares.

    Arguments:
        rows: N rows.
        axes: the first guess, shape ``(n, n)``.
        highest: highest charge used.
        order: charges that are no multiple of it must vanish; 0: charge 1 alone, to which a tilt leaks first.
        conditional: the level.

    Returns:
        Orthonormal rows, shape ``(n, n)``, and the last tilts (rad) with their covariance, shape ``(m,)``: the covariance of the very
        moments that decided the plane. More charges would give a smaller one, but of another estimate.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(2000, 3))
        >>> rows = PlaneRows(x[:, None], x[:, 2:])
        >>> axes, tilt = refined_plane(rows, tilted(np.eye(3), np.array([[0.1], [0.2]])), highest=2, order=0, conditional=True)
        >>> bool(abs(axes[2, 2]) > 0.9999), tilt.covariance.shape
        (True, (2, 2))
    """
    off, tilt = len(axes) - 2, Evidence(np.zeros(0), np.zeros((0, 0)), len(rows))
    for _ in range(STEPS if off else 0):
        functions = charge_functions(rows, axes, highest=highest, conditional=conditional)
        if order:
            functions = functions.with_waves(rows, axes, order)
        evidence = functions.evidence(rows, axes)
        slope = functions.tilts(rows, axes, evidence.mean, fitted_here=True)
        tilt = evidence.mapped(-_tilt_solver(evidence, slope, vanishing(functions.charges, order)))
        axes = tilted(axes, np.clip(tilt.mean, -LARGEST_TILT, LARGEST_TILT).reshape(2, off))
        if (np.abs(tilt.mean) < np.maximum(SMALLEST_TILT, NEGLIGIBLE * np.sqrt(np.diag(tilt.covariance)))).all():
            break
    return axes, tilt


def vanishing(charges: np.ndarray, order: int) -> np.ndarray:
    """Which entries must vanish: charges that are no multiple of ``order``, or charge 1 for order 0; both of shape ``(P,)``.

    Example:
        >>> vanishing(np.arange(1, 7), 3).tolist()
        [True, True, False, True, True, False]
    """
    return np.asarray(charges == 1 if order == 0 else charges % order != 0)


def tilt_free(evidence: Evidence, slope: Float[np.ndarray, "P m"], which: np.ndarray) -> tuple[Evidence, Evidence]:
    """Moments with the part that a tilt of the plane could explain taken out, and the tilt itself.

    The projection makes the moments orthogonal to the error of the plane, whatever rows the plane was estimated from (Neyman).

    Arguments:
        evidence: charged moments, shape ``(P,)``.
        slope: their derivative with respect to the tilts, shape ``(P, m)``.
        which: the moments that decide the tilt, shape ``(P,)``.

    Returns:
        The projected moments, shape ``(P,)``, and the tilts with their covariance, shape ``(m,)``.

    Example:
        >>> one = Evidence(np.array([0.3, 0.3]), np.eye(2), 100)
        >>> free, tilt = tilt_free(one, np.ones((2, 1)), np.array([True, False]))
        >>> free.mean.tolist(), (-tilt.mean).tolist()
        ([0.0, 0.0], [0.3])
    """
    inverse = _tilt_solver(evidence, slope, which)
    return evidence.mapped(np.eye(len(slope)) - slope @ inverse), evidence.mapped(-inverse)


def _tilt_solver(evidence: Evidence, slope: Float[np.ndarray, "P m"], which: np.ndarray) -> Float[np.ndarray, "m P"]:
    """The left inverse of the slope that leaves the least noise in the tilt (generalised least squares), shape ``(m, P)``.

    The covariance is drawn towards its diagonal by the number of moments per cluster, so that it can be inverted.
    """
    inverse = np.zeros((slope.shape[1], len(slope)))
    if not inverse.size:
        return inverse
    covariance = evidence.covariance[np.ix_(which, which)]
    noise = np.sqrt(np.diag(covariance))
    noise = np.maximum(noise, ROUNDING + 1e-9 * noise.max(initial=0.0))
    correlation = covariance / np.outer(noise, noise) + (1e-9 + len(noise) / evidence.clusters) * np.eye(len(noise))
    half = np.linalg.cholesky(correlation)
    weighted = np.linalg.solve(half, np.concatenate([slope[which] / noise[:, None], np.diag(1 / noise)], axis=1))
    inverse[:, which] = np.linalg.pinv(weighted[:, : slope.shape[1]], rcond=1e-8) @ weighted[:, slope.shape[1] :]
    return inverse


def _blocked_equation(
    rows: PlaneRows, basis: Float[np.ndarray, "s n n"], degree: int, conditional: bool
) -> tuple[Float[np.ndarray, "m s"], Float[np.ndarray, "B m s"], Float[np.ndarray, "m"]]:
    """H with shape ``(m, s)``, the deviations of it due to each of 32 blocks of rows, and round-off, all in units of the noise."""
    x = rows.x[:, 0] / np.sqrt((rows.x[:, 0] ** 2).mean())
    powers = exponents(x.shape[1], range(1, degree + 1))
    moved = action(basis, powers)
    values = evaluate(x, powers)
    number = np.arange(len(x)) if rows.cluster is None else np.unique(rows.cluster, return_inverse=True)[1]
    block = number % BLOCKS
    if conditional and not rows.vectors:
        centred = values - values.mean(0)
        gram = centred.T @ centred / len(x)
        inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
        coefficients = inverse @ centred.T @ (rows.targets - rows.targets.mean(0)) / len(x)
        residual = rows.targets - rows.targets.mean(0) - centred @ coefficients
        influence = np.stack([inverse @ centred[block == b].T @ residual[block == b] / len(x) for b in range(BLOCKS)])
        spread = np.sqrt(np.diag(gram))[:, None, None]
        matrix = (np.einsum("spq,pt->qts", moved, coefficients) * spread).reshape(-1, len(basis))
        size = float(np.abs(coefficients * spread[:, 0]).max())
        errors = (np.einsum("spq,bpt->bqts", moved, influence) * spread).reshape(BLOCKS, -1, len(basis))
    else:
        mean = values.mean(0)
        parts = np.stack([(values[block == b] - mean).sum(0) / len(x) for b in range(BLOCKS)])
        matrix, errors = np.einsum("spq,q->ps", moved, mean), np.einsum("spq,bq->bps", moved, parts)
        size = float(np.abs(mean).max())
    noise = np.sqrt((errors**2).sum((0, 2)))
    noise = np.maximum(noise, ROUNDING * max(float(noise.max()), size, np.finfo(float).tiny))
    return matrix / noise[:, None], errors / noise[:, None], ROUNDING * size / noise


def _axes_of(generator: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """Orthonormal rows, the first two of which span the plane that an antisymmetric matrix turns most.

    The two singular values of a plane are equal, so within it the singular vectors, and the sense in which they turn, are round-off. Both
    are chosen here: the first axis lies along the projection of coordinate i, the second has a positive coordinate j, where (i, j) is the
    first pair of coordinates onto which the plane projects with at least half the largest area.
    """
    axes = np.linalg.svd(generator)[0].T
    first, second = np.triu_indices(len(axes), 1)
    area = np.abs(axes[0, first] * axes[1, second] - axes[0, second] * axes[1, first])
    pair = int(np.argmax(area >= area.max() / 2))
    i, j = first[pair], second[pair]
    u = axes[:2, i] @ axes[:2]
    v = axes[0, i] * axes[1] - axes[1, i] * axes[0]
    return np.concatenate([[u / np.linalg.norm(u), v * np.sign(v[j]) / np.linalg.norm(v)], axes[2:]])
