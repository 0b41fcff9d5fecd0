"""Several networks, one algebra: the span nearest to those of all seeds, with the error that their scatter shows."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra import LieAlgebra, canonical_basis


def agreed(spans: Float[np.ndarray, "S k n n"], *, coordinates: tuple[str, ...] = (), source: str = "") -> LieAlgebra:
    """The span nearest to those of several networks in mean squared sine, in its canonical basis.

    The covariance is that of a single network: each span is turned within itself towards the common one, and what is left off it is
    scatter. All networks saw the same data, so an error that they share does not shrink with their number; it is not promised away by
    dividing by it. One network shows no scatter.

    Arguments:
        spans: orthonormal generators of S networks, shape ``(S, k, n, n)``.
        coordinates: names of the n coordinates.
        source: where the algebra comes from.

    Returns:
        Generators of unit Frobenius norm, with covariance and S − 1 degrees of freedom where S > 1.

    References:
        A. Edelman, T. Arias, S. Smith, SIAM J. Matrix Anal. Appl. 20 (1998) 303, for the projection distance of spans.

    Example:
        >>> turn = np.array([[0.0, -1.0], [1.0, 0.0]]) / 2**0.5
        >>> found = agreed(np.stack([turn, -turn])[:, None])
        >>> found.dimension, found.freedom, float(found.errors.max()) < 1e-9
        (1, 1, True)
    """
    networks, k, n, _ = spans.shape
    flat = spans.reshape(networks, k, n * n)
    common = np.linalg.svd(flat.reshape(networks * k, n * n))[2][:k]
    if networks < 2:
        return canonical_basis(LieAlgebra(common.reshape(k, n, n), coordinates=coordinates, source=source))
    left, _, right = np.linalg.svd(common @ flat.transpose(0, 2, 1))
    shift = left @ right @ flat - common
    shift = (shift - (shift @ common.T) @ common).reshape(networks, -1)
    covariance = shift.T @ shift / (networks - 1)
    named = LieAlgebra(common.reshape(k, n, n), covariance=covariance, freedom=networks - 1, coordinates=coordinates, source=source)
    return canonical_basis(named)


def disagreement(spans: Float[np.ndarray, "S k n n"]) -> float:
    """The largest principal angle (rad) between the span of one network and the common one; 0 for a single network.

    Arguments:
        spans: orthonormal generators of S networks, shape ``(S, k, n, n)``.

    Returns:
        Angle from 0 to π/2.

    Example:
        >>> disagreement(np.eye(4).reshape(4, 1, 2, 2)[:1])
        0.0
    """
    common = agreed(spans)
    return max((largest_angle(LieAlgebra(span), common) for span in spans), default=0.0) if len(spans) > 1 else 0.0


def largest_angle(proposed: LieAlgebra, truth: LieAlgebra) -> float:
    """The largest angle (rad) between a proposed generator, in any mixture, and the span of other ones.

    Arguments:
        proposed: generators ``(k, n, n)``.
        truth: generators ``(l, n, n)``, of any number.

    Returns:
        Angle from 0 to π/2, which it always is where more generators are proposed than there are.

    Example:
        >>> from physym.algebra import so
        >>> largest_angle(LieAlgebra(so(3).basis[:1]), so(3)) < 1e-6, round(largest_angle(so(3), LieAlgebra(so(3).basis[:1])), 4)
        (True, 1.5708)
    """
    if not proposed.dimension:
        return 0.0
    first, second = (np.linalg.qr(one.basis.reshape(one.dimension, one.n**2).T)[0].T for one in (proposed, truth))
    outside = first - (first @ second.T) @ second
    return float(np.arcsin(min(float(np.linalg.norm(outside, ord=2)), 1.0)))
