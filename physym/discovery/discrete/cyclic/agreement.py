"""The raw rotation: the angle at which the data agree best with themselves, before it is snapped to 2π/k."""

from __future__ import annotations

import numpy as np

from physym._typing import Float, Int
from physym.discovery.discrete.cyclic.charges import ChargeFunctions, PlaneRows
from physym.discovery.discrete.cyclic.cylinder import rotation_errors, rotation_in_plane
from physym.discovery.discrete.cyclic.plane import refined_plane
from physym.discovery.discrete.evidence import Evidence

NEWTON_STEPS = 30


def raw_rotation(
    rows: PlaneRows, axes: Float[np.ndarray, "n n"], functions: ChargeFunctions, *, order: int, tilts: bool, conditional: bool
) -> tuple[Float[np.ndarray, "n n"], Float[np.ndarray, "n n"]]:
    """The rotation by the angle of best agreement in the estimated plane; nothing in it is snapped.

    The agreement of the data with their own rotation by θ is ``C(θ) = Σ_m |c_m|² cos mθ`` over all charges m, those of the noise
    included (their expected share is taken off). The raw angle is its local maximum nearest to the order that was found. Charges that are
    no multiple of the order are taken after a regression on those that are, so that these do not leak into them by chance.

    Arguments:
        rows: all N rows.
        axes: the plane, shape ``(n, n)``.
        functions: the charged functions.
        order: k, which only says near which maximum to look.
        tilts: whether the plane is free; it is then refined on all rows.
        conditional: the level.

    Returns:
        The rotation and the root-mean-square errors of its entries, both of shape ``(n, n)``.

    Example:
        >>> from physym.discovery.discrete.cyclic.charges import charge_functions
        >>> x = np.random.default_rng(0).normal(size=(2000, 1, 2))
        >>> rows = PlaneRows(x, np.cos(4 * np.arctan2(x[:, 0, 1], x[:, 0, 0]))[:, None])
        >>> functions = charge_functions(rows, np.eye(2), highest=8, conditional=True)
        >>> raw, errors = raw_rotation(rows, np.eye(2), functions, order=4, tilts=False, conditional=True)
        >>> bool(np.allclose(raw, [[0, -1], [1, 0]], atol=5 * errors.max()))
        True
    """
    tilt = np.zeros((0, 0))
    if tilts:
        axes, last = refined_plane(rows, axes, highest=min(functions.highest, max(6, order)), order=order, conditional=conditional)
        tilt = last.covariance
    evidence = _joined(
        functions.evidence(rows, axes), functions.with_waves(rows, axes, order).evidence(rows, axes), functions.charges, order
    )
    angle, error = _peak(evidence, functions.charges, order)
    return rotation_in_plane(axes, angle), rotation_errors(axes, angle, tilt, angle_error=error)


def _joined(multiples: Evidence, others: Evidence, charges: Int[np.ndarray, "P"], order: int) -> Evidence:
    """Multiples of the order from one regression and all other charges from another, taken as independent."""
    multiple = charges % order == 0
    covariance = np.where(multiple[:, None], multiples.covariance, others.covariance)
    covariance[multiple[:, None] != multiple] = 0.0
    return Evidence(np.where(multiple, multiples.mean, others.mean), covariance, multiples.clusters)


def _peak(evidence: Evidence, charges: Int[np.ndarray, "P"], order: int) -> tuple[float, float]:
    """The local maximum of ``Σ_m power_m cos mθ`` near 2π/k by Newton's method, and its standard error.

    The slope at the peak is ``Σ_p w_p c_p²`` with ``w = m sin mθ``, of variance ``4 cᵀW C W c + 2 tr(WCWC)``. The squares of the means that
    were measured hold their noise as well, which adds ``4 tr(WCWC)`` on average and is taken off, down to the ``2 tr(WCWC)`` of no signal.
    """
    m = charges
    angle, power = 2 * np.pi / order, evidence.mean**2 - np.diag(evidence.covariance)
    curvature = float((m**2 * power * np.cos(m * angle)).sum())
    if curvature <= 0:
        return angle, float("inf")
    for _ in range(NEWTON_STEPS):
        bend = float((m**2 * power * np.cos(m * angle)).sum())
        angle -= float((m * power * np.sin(m * angle)).sum()) / max(bend, 0.1 * curvature)
    weight = m * np.sin(m * angle)
    pull, noise = weight * evidence.mean, weight[:, None] * evidence.covariance
    least = 2 * float((noise * noise.T).sum())
    return angle, float(np.sqrt(max(4 * float(pull @ evidence.covariance @ pull) - least, least))) / curvature
