"""The nearest subalgebra to a measured span: Gauss–Newton steps on the Grassmannian of k-dimensional matrix spaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.algebra.lie_algebra import bracket
from physym.errors import DiscoveryFailed

ITERATIONS = 100
CONVERGED = 1e-14  # closure defect of unit generators at which only round-off is left
ACCEPTED = 1e-10  # degenerate nilpotent cases stop short of round-off in about 1 of 200 runs
DAMPING_FLOOR = 1e-10  # of the mean curvature: keeps the directions along the subalgebras solvable
LAST_FLOOR = 1e-14  # the same once only the closure itself is left to solve: nilpotent algebras are singular points, reached slowly
PROJECTOR_FLOOR = 1e-8  # the same where the projection onto those directions is wanted
NEAREST = 1e-3  # stop sliding along the subalgebras when a step is this small against the distance to the measured span
PULLED_ITERATIONS = 8
SHRINKAGE = 0.01  # of the mean variance, added to a covariance before it is inverted: one from few replicas has spurious small values


@dataclass(frozen=True, eq=False)
class Linearisation:
    """The closure condition ``[B_i, B_j] ∈ span B`` to first order about a span.

    A displacement of the span is ``B_i → B_i + X_i`` with ``X_i`` in the complement; the defect is then
    ``c_ij + ρ_i X_j − ρ_j X_i − f_ij^k X_k``, where ρ is the adjoint action on the complement (the coboundary of X
    in the cohomology of the algebra with values in gl(n)/algebra).

    Arguments:
        rows: the flattened generators B, shape ``(k, N)``.
        complement: orthonormal columns that span the complement, shape ``(N, v)``.
        defect: root of the summed squares of ``c_ij``, i < j.
        normal: the Gauss–Newton matrix ``DᵀD``, shape ``(k·v, k·v)``.
        gradient: ``Dᵀc``, shape ``(k·v,)``.
    """

    rows: Float[np.ndarray, "k N"]
    complement: Float[np.ndarray, "N v"]
    defect: float
    normal: Float[np.ndarray, "p p"]
    gradient: Float[np.ndarray, "p"]


def linearise(rows: Float[np.ndarray, "k N"], n: int, *, within: Float[np.ndarray, "s N"] | None = None) -> Linearisation:
    """Expand the closure condition about the span of ``rows``, in ``O(k²v³)`` rather than ``O(k⁴v³)`` operations.

    Arguments:
        rows: flattened n × n generators, shape ``(k, N)`` with ``N = n²``, linearly independent.
        n: size of the matrices.
        within: orthonormal rows of an algebra that holds the span, shape ``(s, N)``, in which it may move; None: all of gl(n).

    Returns:
        The defect and its normal equations.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> linearise(so(3).basis.reshape(3, 9), 3).defect < 1e-14
        True
    """
    k, size = rows.shape
    if within is None:
        complement = np.linalg.qr(rows.T, mode="complete")[0][:, k:]
    else:
        complement = within.T @ np.linalg.qr(within @ rows.T, mode="complete")[0][:, k:]
    v = complement.shape[1]
    basis = rows.reshape(k, n, n)
    brackets = bracket(basis[:, None], basis[None]).reshape(k * k, size)
    f = (brackets @ np.linalg.pinv(rows)).reshape(k, k, k)
    c = (brackets @ complement).reshape(k, k, v)
    moved = bracket(basis[:, None], np.ascontiguousarray(complement.T).reshape(1, v, n, n)).reshape(k, v, size)
    rho = np.swapaxes(moved @ complement, 1, 2)  # rho[i] @ X_j in complement coordinates
    by_row = rho.transpose(1, 0, 2).reshape(v, k * v)
    exchange = (by_row.T @ by_row).reshape(k, v, k, v)  # [b, :, a, :] = ρ_bᵀ ρ_a
    cross = np.tensordot(f, rho, axes=(0, 0)).transpose(0, 3, 1, 2)  # [a, :, b, :] = Σ_i f_ia^b ρ_iᵀ
    normal = -exchange.transpose(2, 1, 0, 3) - cross - cross.transpose(2, 3, 0, 1)
    diagonal = np.einsum("aiaj->ij", exchange)
    pairs = f.reshape(k * k, k)
    np.einsum("aiaj->aij", normal)[...] += diagonal  # einsum gives a view, so these two lines write into normal
    np.einsum("aibi->abi", normal)[...] += 0.5 * (pairs.T @ pairs)[:, :, None]
    gradient = np.einsum("iba,ijb->ja", rho, c) - 0.5 * pairs.T @ c.reshape(k * k, v)
    return Linearisation(rows, complement, float(np.sqrt(0.5 * (c**2).sum())), normal.reshape(k * v, k * v), gradient.ravel())


def nearest_subalgebra(
    rows: Float[np.ndarray, "k N"],
    n: int,
    covariance: Float[np.ndarray, "q q"] | None = None,
    *,
    within: Float[np.ndarray, "s N"] | None = None,
) -> Linearisation:
    """Move a span to the nearest one that closes under the bracket.

    Damped Gauss–Newton (Levenberg–Marquardt) whose damping is the squared defect itself, so that it converges quadratically
    although subalgebras form whole families; the pull towards the measured span makes the limit the nearest member.

    Arguments:
        rows: flattened generators, shape ``(k, N)``, linearly independent.
        n: size of the matrices, ``N = n²``.
        covariance: covariance of ``rows.ravel()`` up to a factor, shape ``(k·N, k·N)``; None where the errors are alike
            and independent.
        within: orthonormal rows of an algebra that holds the span, shape ``(s, N)``, which the closed span does not leave; None: gl(n).

    Returns:
        The linearisation about the closed span; its ``rows`` are the given ones projected onto that span.

    Raises:
        DiscoveryFailed: the span does not approach a subalgebra.

    References:
        Convergence where the solutions are not isolated: Yamashita and Fukushima, Computing Suppl. 15 (2001) 239.

    Example:
        >>> from physym.algebra.catalogue import change_of_basis, so
        >>> noisy = change_of_basis(so(3), seed=0, error=0.01)
        >>> nearest_subalgebra(noisy.basis.reshape(3, 9), 3).defect < 1e-12
        True
    """
    size = float(np.linalg.norm(rows, axis=1).mean())
    start = rows / size
    at = linearise(start, n, within=within)
    pulled, caution = True, 1.0
    for iteration in range(ITERATIONS):
        if at.defect <= CONVERGED and not (pulled and iteration):
            break
        metric = tangent_metric(at.complement, len(rows), covariance)
        pull = start @ at.complement
        step = _step(at, metric, pull if pulled else 0 * pull, caution)
        moved = at.rows + step @ at.complement.T
        following = linearise(start @ _projector(moved), n, within=within)
        if not pulled:
            # along the subalgebras the system is singular but for the floor, and amplifies round-off: a step for the worse is taken back
            if following.defect <= 2 * at.defect:
                at, caution = following, max(1.0, caution / 2)
            else:
                caution *= 10
            continue
        caution = 10 * caution if following.defect > 2 * at.defect + CONVERGED else max(1.0, caution / 10)
        small = np.linalg.norm(step) <= NEAREST * np.linalg.norm(pull)
        pulled = not (small or (iteration >= PULLED_ITERATIONS and following.defect < 1e-3))
        caution = caution if pulled else 1.0
        at = following
    if at.defect > ACCEPTED:
        raise DiscoveryFailed(
            f"the span of {len(rows)} generators does not approach a Lie algebra: after {ITERATIONS} steps its brackets still leave it by "
            f"{at.defect:.1e} of their size. Search for another number of generators, or give more data."
        )
    return linearise(size * at.rows, n, within=within)


def tangent_metric(complement: Float[np.ndarray, "N v"], k: int, covariance: Float[np.ndarray, "q q"] | None) -> Float[np.ndarray, "p p"]:
    """Weight of displacements into the complement: the inverse of their covariance, of unit mean.

    Arguments:
        complement: orthonormal columns, shape ``(N, v)``.
        k: number of generators.
        covariance: covariance of the flattened generators, shape ``(k·N, k·N)``, or None for equal, independent errors.

    Returns:
        Positive definite matrix, shape ``(k·v, k·v)``.

    Example:
        >>> import numpy as np
        >>> tangent_metric(np.eye(4)[:, 2:], 1, None).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    v = complement.shape[1]
    if covariance is None or not v:
        return np.eye(k * v)
    restricted = _both_sides(covariance, complement, k)
    if not np.trace(restricted) > 0:  # no error leads out of the span
        return np.eye(k * v)
    restricted += SHRINKAGE * np.trace(restricted) / len(restricted) * np.eye(k * v)
    inverse = np.linalg.inv(restricted)
    return np.asarray(inverse * (len(inverse) / np.trace(inverse)))


def propagate(at: Linearisation, covariance: Float[np.ndarray, "q q"]) -> Float[np.ndarray, "q q"]:
    """Covariance of generators that were moved to the nearest subalgebra, to first order.

    Errors along the span stay; of those that tilt it only the part along the family of subalgebras is left.

    Arguments:
        at: the expansion about the closed span, k generators of size N.
        covariance: covariance of the flattened generators before, shape ``(k·N, k·N)``.

    Returns:
        Covariance after, shape ``(k·N, k·N)``.

    Example:
        >>> import numpy as np
        >>> from physym.algebra.catalogue import so
        >>> after = propagate(linearise(so(3).basis.reshape(3, 9), 3), np.eye(27))
        >>> round(float(np.trace(after)), 3)  # 9 of 27 along the span, 5 deformations of the metric
        14.0
    """
    k = len(at.rows)
    metric = tangent_metric(at.complement, k, covariance)
    inside = np.kron(np.eye(k), _projector(at.rows))
    if not len(metric):
        return covariance
    damping = PROJECTOR_FLOOR * np.trace(at.normal) / len(at.normal)
    along = np.linalg.solve(at.normal + damping * metric, damping * metric) if damping else np.eye(len(metric))
    lift = np.kron(np.eye(k), at.complement)
    total = inside + lift @ along @ lift.T
    return np.asarray(total @ covariance @ total.T)


def _step(at: Linearisation, metric: Float[np.ndarray, "p p"], pull: Float[np.ndarray, "k v"], caution: float) -> Float[np.ndarray, "k v"]:
    """The damped step ``(DᵀD + λ²W)⁻¹ (λ²W·pull − Dᵀc)``."""
    if not pull.size:
        return pull
    floor = (DAMPING_FLOOR if pull.any() else LAST_FLOOR) * float(np.trace(at.normal)) / len(at.normal)
    damping = max(caution * at.defect**2, floor if pull.any() else caution * floor, np.finfo(float).tiny)
    step = np.linalg.solve(at.normal + damping * metric, damping * (metric @ pull.ravel()) - at.gradient)
    return np.asarray(step.reshape(pull.shape))


def _projector(rows: Float[np.ndarray, "k N"]) -> Float[np.ndarray, "N N"]:
    span = np.linalg.qr(rows.T)[0]
    return np.asarray(span @ span.T)


def _both_sides(covariance: Float[np.ndarray, "q q"], columns: Float[np.ndarray, "N v"], k: int) -> Float[np.ndarray, "p p"]:
    """``(1 ⊗ Vᵀ) C (1 ⊗ V)``."""
    size, v = columns.shape
    half = (covariance.reshape(-1, k, size) @ columns).reshape(k, size, k * v)
    return np.asarray((columns.T @ half).reshape(k * v, k * v))
