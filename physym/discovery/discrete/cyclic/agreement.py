"""The raw rotation: the angle at which the data agree best with themselves, before it is snapped to 2π/k."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.discovery.discrete.cyclic.charges import ChargeFunctions, PlaneRows
from physym.discovery.discrete.cyclic.cylinder import rotation_in_plane, tilted
from physym.discovery.discrete.cyclic.plane import refined_plane, tilt_free, vanishing

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
        The rotation and the standard errors of its entries, both of shape ``(n, n)``.

    Example:
        >>> from physym.discovery.discrete.cyclic.charges import charge_functions
        >>> x = np.random.default_rng(0).normal(size=(2000, 1, 2))
        >>> rows = PlaneRows(x, np.cos(4 * np.arctan2(x[:, 0, 1], x[:, 0, 0]))[:, None])
        >>> functions = charge_functions(rows, np.eye(2), highest=8, conditional=True)
        >>> raw, errors = raw_rotation(rows, np.eye(2), functions, order=4, tilts=False, conditional=True)
        >>> bool(np.allclose(raw, [[0, -1], [1, 0]], atol=5 * errors.max()))
        True
    """
    if tilts:
        axes = refined_plane(rows, axes, highest=min(functions.highest, max(6, order)), order=order, conditional=conditional)
    free = functions.evidence(rows, axes)
    sharp = functions.with_waves(rows, axes, order)
    breaking = sharp.evidence(rows, axes)
    slope = sharp.tilts(rows, axes, breaking.mean) if tilts else np.zeros((len(free.mean), 0))
    _, tilt = tilt_free(breaking, slope, vanishing(functions.charges, order))
    power, noise = np.empty(functions.highest), np.empty(functions.highest)
    for m in range(1, functions.highest + 1):
        one = (breaking if m % order else free).scaled((functions.charges == m).astype(float))
        trace, square = float(np.trace(one.covariance)), float((one.covariance**2).sum())
        power[m - 1] = (one.mean**2).sum() - trace
        noise[m - 1] = 2 * square + 4 * float(one.mean @ one.covariance @ one.mean)
    angle, error = _peak(power, noise, order)
    return _with_errors(axes, angle, error, tilt.covariance)


def _peak(power: Float[np.ndarray, "M"], noise: Float[np.ndarray, "M"], order: int) -> tuple[float, float]:
    """The local maximum of ``Σ_m power_m cos mθ`` near 2π/k by Newton's method, and its standard error."""
    m = np.arange(1, len(power) + 1)
    angle = 2 * np.pi / order
    curvature = float((m**2 * power * np.cos(m * angle)).sum())
    for _ in range(NEWTON_STEPS if curvature > 0 else 0):
        bend = float((m**2 * power * np.cos(m * angle)).sum())
        angle -= float((m * power * np.sin(m * angle)).sum()) / max(bend, 0.1 * curvature)
    if curvature <= 0:
        return angle, float("inf")
    return angle, float(np.sqrt((m**2 * np.sin(m * angle) ** 2 * noise).sum()) / curvature)


def _with_errors(
    axes: Float[np.ndarray, "n n"], angle: float, error: float, covariance: Float[np.ndarray, "m m"]
) -> tuple[Float[np.ndarray, "n n"], Float[np.ndarray, "n n"]]:
    matrix, step, off = rotation_in_plane(axes, angle), 1e-5, len(axes) - 2
    turn = (rotation_in_plane(axes, angle + step) - matrix) / step
    variance = np.multiply(error, turn, out=np.zeros_like(turn), where=turn != 0) ** 2  # an unknown angle has an infinite error
    if len(covariance):
        slopes = [(rotation_in_plane(tilted(axes, (step * unit).reshape(2, off)), angle) - matrix) / step for unit in np.eye(2 * off)]
        flat = np.stack(slopes).reshape(2 * off, -1)
        variance = variance + np.einsum("ap,ab,bp->p", flat, covariance, flat).reshape(matrix.shape)
    return matrix, np.sqrt(variance)
