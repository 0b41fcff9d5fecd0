"""Newton's method for the logit of two labels where each step is a pass over rows that do not fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.discovery.spectral.equations.regression import RIDGE
from physym.discovery.spectral.equations.sums import BlockFit, RegressionSums, jackknife, least_squares
from physym.discovery.spectral.statistics.logit import LogitStatistics
from physym.errors import DiscoveryFailed

Passes = Callable[[Float[np.ndarray, "P"]], LogitStatistics]
"""From the coefficients of the monomials, the constant last, shape ``(P,)``, to the sums over all rows."""

MOST_PASSES = 30
SMALL = 1e-6  # root-mean-square change of the logit; Newton's next step would be about its square

SEPARATED = (
    "a polynomial of the tested degree separates the labels exactly, so the logit is infinite and its symmetry undefined. "
    "Lower the degree with Spectral(degree=…), use more data, or check that y is not computed from x."
)


def logit_fit(
    sums: RegressionSums, passes: Passes, *, pilot: Passes | None = None, within: Float[np.ndarray, "p q"] | None = None
) -> BlockFit:
    """The polynomial logit of largest likelihood.

    The sums of least squares give the first step from a constant logit, so that the first pass is already at the linear discriminant.
    The influence of a block is one step of Newton's method from the fit to that without the block.

    Arguments:
        sums: sums of the regression of the labels as 0 and 1.
        passes: sums over all rows at given coefficients, in the same blocks.
        pilot: the same over a part of the rows, which gives all of them a start nearer to the end; None: there is none.
        within: columns of coefficients to whose span the polynomial is confined, shape ``(p, q)``; None: no limit.

    Returns:
        The fit with the number of passes it took.

    Raises:
        DiscoveryFailed: the labels can be separated exactly, or nearly so.

    References:
        D. Pregibon, Ann. Statist. 9 (1981) 705, for the step that leaves rows out of a logistic regression.

    Example:
        >>> from physym.discovery.spectral.equations.sums import regression_sums
        >>> from physym.discovery.spectral.statistics.logit import LogitPass
        >>> from physym.discovery.spectral.statistics.rows import row_statistics
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(4000, 1))
        >>> y = (rng.uniform(size=4000) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(int)
        >>> sums = regression_sums(row_statistics(x, scale=np.ones(1), labels=y), degree=1)
        >>> fit = logit_fit(sums, lambda c: LogitPass(c, (0, 1), np.ones(1), 1).sums(x, y))
        >>> bool(abs((fit.coefficients @ fit.standard)[0] - 2) < 0.2)
        True
    """
    start = least_squares(sums, within=within)
    newton = _Newton(start.standard, sums.gram.sum(0), float(sums.counts.sum()))
    share = float(sums.cross[:, -1].sum()) / newton.rows
    constant = np.append(np.log(share / (1 - share)), np.zeros(len(start.standard) - 1))
    loss = -newton.rows * (share * np.log(share) + (1 - share) * np.log(1 - share))
    step = np.append(0.0, start.coefficients[1:] / (share * (1 - share)))
    if pilot is not None:
        # one class only, or too few rows for so many coefficients: not every part can lead
        with suppress(DiscoveryFailed):
            step = newton.settled(pilot, constant, step, np.inf).coefficients - constant
    return newton.settled(passes, constant, step, loss)


@dataclass(frozen=True, eq=False)
class _Newton:
    """Newton's method on the terms of a fit, in the norm of all rows."""

    standard: Float[np.ndarray, "q1 P"]
    gram: Float[np.ndarray, "P P"]
    rows: float

    def settled(self, passes: Passes, coefficients: Float[np.ndarray, "q1"], step: Float[np.ndarray, "q1"], loss: float) -> BlockFit:
        """From coefficients of a known loss and a first step; a step that makes the loss larger is halved."""
        penalty = RIDGE * self.rows * np.eye(len(step))
        norm = self.standard @ self.gram @ self.standard.T / self.rows
        for done in range(1, MOST_PASSES + 1):
            found = passes((coefficients + step) @ self.standard)
            if not found.wrong:
                raise DiscoveryFailed(SEPARATED)
            if not found.loss <= loss + 1e-9 * abs(loss):
                step = step / 2
                continue
            coefficients, loss = coefficients + step, found.loss
            gram, score = self.standard @ found.gram @ self.standard.T, found.score @ self.standard.T
            total = gram.sum(0) + penalty
            step = np.linalg.solve(total, score.sum(0) - penalty @ coefficients)
            if step @ norm @ step < SMALL**2:
                left_out = coefficients + step - np.linalg.solve(total - gram, (score - gram @ step)[..., None])[..., 0]
                inverse = np.linalg.inv(total)
                return BlockFit(self.standard, coefficients + step, jackknife(left_out), inverse @ gram.sum(0) @ inverse, done)
        raise DiscoveryFailed(
            f"the logit did not settle in {MOST_PASSES} passes over the rows: the labels are all but separated. "
            "Lower the degree with Spectral(degree=…), or use more data."
        )
