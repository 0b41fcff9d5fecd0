"""How much breaking the data rule out: certificates for the symmetry equation ``H a = 0``."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.discovery.equation import SymmetryEquation


def certified_defect(equation: SymmetryEquation, span: Float[np.ndarray, "r s"], *, alpha: float, draws: int = 400) -> float:
    """δ*: the relative defect ``sup ‖Ha‖/s`` over the claimed span that the data rule out exceeding at 1 − α.

    The bound holds for any span, so also for one chosen by the same data: with ``Ĥ = H + noise``, ``‖HV‖ ≤ ‖ĤV‖ + ‖noise‖``.
    The norm of the noise is bounded by Gaussian concentration, ``√tr C + z √w`` with C the covariance of vec H and w its largest
    directional variance, or, where that is not already below 1 %, by the quantile of a multiplier bootstrap over the blocks. The scale s is
    the root-mean-square defect of a random direction of the whole searched space, with the noise removed and its lower
    limit taken; without a positive lower limit nothing is certified, because then H may vanish altogether.

    Arguments:
        equation: H with shape ``(m, s)`` and the influence of each block.
        span: orthonormal rows that span the claimed generators, shape ``(r, s)``.
        alpha: 1 − confidence, half of which guards the scale.
        draws: number of bootstrap draws.

    Returns:
        δ*, or NaN where nothing can be certified.

    References:
        C. Borell, Invent. Math. 30 (1975) 207, for the concentration of the supremum of a Gaussian process.

    Example:
        >>> import numpy as np
        >>> equation = SymmetryEquation(np.diag([1.0, 0.0]), np.full((8, 2, 2), 1e-4), np.eye(4).reshape(4, 2, 2)[:2])
        >>> certified_defect(equation, np.array([[0.0, 1.0]]), alpha=0.05) < 0.01
        True
    """
    from scipy.special import ndtri

    z = float(ndtri(1 - alpha / 2))
    blocks = equation.influence.reshape(len(equation.influence), -1)
    gram = blocks @ blocks.T
    trace, largest = float(np.trace(gram)), float(np.linalg.eigvalsh(gram)[-1])
    total = float((equation.matrix**2).sum())
    spread = float(np.linalg.norm(blocks @ equation.matrix.ravel()))
    lower = (total - trace - 2 * z * spread) / equation.matrix.shape[1]
    if lower <= equation.floor**2 or not len(span):
        return float("nan")
    claimed = float(np.linalg.norm(equation.matrix @ span.T, 2))
    noise = np.sqrt(trace) + z * np.sqrt(largest)
    if noise > 0.01 * np.sqrt(lower):
        noise = min(noise, _noise_norm(equation, alpha / 2, draws))
    return float((claimed + noise + equation.floor) / np.sqrt(lower))


def _noise_norm(equation: SymmetryEquation, alpha: float, draws: int) -> float:
    """The 1 − alpha quantile of ``‖Σ_b ξ_b dH_b‖`` with ξ standard normal; the multipliers are always the same."""
    multipliers = np.random.default_rng(0).standard_normal((draws, len(equation.influence)))
    noise = np.tensordot(multipliers, equation.influence, 1)
    norms = np.sqrt(np.linalg.eigvalsh(noise.transpose(0, 2, 1) @ noise)[:, -1])
    return float(np.quantile(norms, 1 - alpha, method="higher"))
