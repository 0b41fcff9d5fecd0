"""Rows compared with their images: the means that vanish when a transformation is a symmetry, at either level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float, Int
from physym.discovery.discrete.evidence import Evidence, gather
from physym.discovery.discrete.functions import RowFunctions, fitted, odds, origin_probability, row_functions
from physym.discovery.discrete.transformations import Transformation

HIGHEST_ORDER = 60
MOST_POWERS = 12  # of a transformation, over which the regression is averaged
MOST_MEANS = 360
MOST_REGRESSORS = 240
MOST_WEIGHED = 4000  # rows behind the odds
ROWS_PER_REGRESSOR = 8
UNEVEN = 0.05  # p-value below which the distribution of x counts as changed, so rows are reweighted
RANDOM_ELEMENTS = 12


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows and targets side by side.

    Arguments:
        x: shape ``(N, d)``.
        goal: shape ``(N, t)``.
        cluster: shape ``(N,)``, or None.

    Example:
        >>> Rows(np.ones((2, 3)), np.zeros((2, 0)), None).moved(Transformation("parity", -np.eye(3)), slice(0, 1))[0].tolist()
        [[-1.0, -1.0, -1.0]]
    """

    x: Float[np.ndarray, "N d"]
    goal: Float[np.ndarray, "N t"]
    cluster: Int[np.ndarray, "N"] | None

    def moved(self, element: Transformation, part: slice) -> tuple[Float[np.ndarray, "c d"], Float[np.ndarray, "c t"]]:
        """Rows and targets after the transformation, shapes ``(c, d)`` and ``(c, t)``."""
        x, goal = self.x[part], self.goal[part]
        if element.exchanges and element.target is not None:
            return goal @ element.matrix.T, x @ element.target.T
        return x @ element.matrix.T, goal if element.target is None else goal @ element.target.T

    def kept_by(self, element: Transformation) -> bool:
        """Whether every row and target is its own image, but for rounding: then the rows cannot speak against the element."""
        x, goal = self.moved(element, slice(None))
        pairs = ((x, self.x), (goal, self.goal))
        return all(bool(np.abs(a - b).max(initial=0.0) <= 1e-12 * np.abs(b).max(initial=0.0)) for a, b in pairs)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Test functions learned on the proposing half, ready to judge transformations on other rows.

    At the measure level the functions are those of (x, y) together. At the conditional level they are functions of x times the residual
    of y after a regression that is averaged over the powers of the transformation; and where the distribution of x itself is changed,
    rows and images are weighted so that their distributions of x agree (odds of a logistic regression). An error of the regression alone
    or of the weights alone then does no harm.

    Arguments:
        first: the proposing rows.
        functions: of (x, y) at the measure level, of x at the conditional level.
        regressors: functions of x for the regression and the weights: more of them, so that little is left over.
        conditional: the level.
        coefficients: of the regression, shape ``(F + 1, t)``; empty at the measure level.
        unit: spread of the residuals, shape ``(t,)``.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> rows = Rows(rng.normal(size=(600, 2)), np.zeros((600, 0)), None)
        >>> comparison = compare(rows, conditional=False, degree=2, waves=4, seed=0)
        >>> comparison.evidence(Transformation("parity", -np.eye(2)), rows)[0].p_value > 0.01
        True
    """

    first: Rows
    functions: RowFunctions
    regressors: RowFunctions
    conditional: bool
    coefficients: Float[np.ndarray, "F1 t"]
    unit: Float[np.ndarray, "t"]

    @property
    def bands(self) -> Int[np.ndarray, "P"]:
        """Band of each mean, shape ``(P,)``: the degree of the function of x, 9 for a wave."""
        bands = self.functions.bands
        return np.repeat(np.concatenate([bands, [0]]), len(self.unit)) if self.conditional else bands

    def evidence(self, element: Transformation, rows: Rows, *, weigh: bool = True) -> tuple[Evidence, float]:
        """Means of functions of the rows less those of their images, and the overlap of the two (1 where no weights were needed).

        Arguments:
            element: the transformation.
            rows: the rows that judge.
            weigh: whether rows may be reweighted (conditional level).

        Returns:
            The evidence, shape ``(P,)``, and the mean of ``4 c (1 − c)`` with c the probability that a row is no image; the evidence is
            divided by it, so that a defect counts the same whatever the weights.
        """
        if not self.conditional:
            return gather(lambda part: self._joint(element, rows, part), len(rows.x), rows.cluster), 1.0
        weights = self._weights(element) if weigh else None
        found = gather(lambda part: self._residual(element, rows, part, weights), len(rows.x), rows.cluster)
        if weights is None:
            return found, 1.0
        chance = self._chance(element, element_order(element), rows.x, weights)
        overlap = float((4 * chance * (1 - chance)).mean())
        return found.scaled(np.full(len(found.mean), 1 / max(overlap, 1e-9))), overlap

    def _joint(self, element: Transformation, rows: Rows, part: slice) -> Float[np.ndarray, "c P"]:
        here = np.concatenate([rows.x[part], rows.goal[part]], axis=1)
        return np.asarray(self.functions(here) - self.functions(np.concatenate(rows.moved(element, part), axis=1)))

    def _residual(
        self, element: Transformation, rows: Rows, part: slice, weights: Float[np.ndarray, "F1"] | None
    ) -> Float[np.ndarray, "c P"]:
        here, there = (rows.x[part], rows.goal[part]), rows.moved(element, part)
        order, sides = element_order(element), []
        for index, (x, goal) in enumerate((here, there)):
            chance = 0.5 if weights is None else self._chance(element, order, x, weights)
            share = np.broadcast_to(1 - chance if index == 0 else chance, len(x))
            residual = (goal - self._predicted(element, order, x)) / self.unit * share[:, None]
            sides.append((_with_constant(self.functions(x))[:, :, None] * residual[:, None, :]).reshape(len(x), -1))
        return np.asarray(sides[0] - sides[1])

    def _chance(
        self, element: Transformation, order: int, x: Float[np.ndarray, "c d"], weights: Float[np.ndarray, "F1"]
    ) -> Float[np.ndarray, "c"]:
        """Probability that a row is no image; for an element of order two the log-odds are odd under it, exactly."""
        design = _with_constant(self.regressors(x))
        if order == 2 and not element.exchanges:
            design = (design - _with_constant(self.regressors(x @ element.matrix.T))) / 2
        return odds(design, weights)

    def _predicted(self, element: Transformation, order: int, x: Float[np.ndarray, "c d"]) -> Float[np.ndarray, "c t"]:
        """The regression, averaged over the powers of the transformation where those act on x alone."""
        if element.exchanges or not 1 < order <= MOST_POWERS:
            return np.asarray(_with_constant(self.regressors(x)) @ self.coefficients)
        total, back = np.zeros((len(x), len(self.unit))), np.eye(len(self.unit))
        for _ in range(order):
            total += _with_constant(self.regressors(x)) @ self.coefficients @ back.T
            x = x @ element.matrix.T
            if element.target is not None:
                back = back @ np.linalg.inv(element.target)
        return total / order

    def _weights(self, element: Transformation) -> Float[np.ndarray, "F1"] | None:
        """Log-odds of row against image in x, where the proposing half sees a difference at all."""
        x, moved = self.first.x, self.first.moved(element, slice(None))[0]
        here, there = self.regressors(x), self.regressors(moved)
        drift = gather(lambda part: here[part] - there[part], len(x), self.first.cluster)
        if drift.banded_p_value(self.regressors.bands) > UNEVEN:
            return None
        step = -(-len(x) // MOST_WEIGHED)
        return origin_probability(here[::step], there[::step])

    def random_elements(self, element: Transformation, seed: int) -> list[Transformation]:
        """Random orthogonal maps of the whitened rows, of the same kind as the transformation: the scale of its defect."""
        rng = np.random.default_rng(seed)
        found = []
        for _ in range(RANDOM_ELEMENTS):
            matrix = _random_map(self.first.x, rng)
            target = element.target
            if target is not None:
                target = matrix if target.shape == matrix.shape else _random_map(self.first.goal, rng)
            found.append(Transformation("random", matrix, target=target, exchanges=element.exchanges))
        return found

    def scale(self, element: Transformation, rows: Rows, *, alpha: float, seed: int) -> float:
        """Lower limit at 1 − alpha of the root-mean-square defect of random elements; 0 where none is resolved."""
        limits = [self.evidence(one, rows, weigh=False)[0].lower_square(alpha) for one in self.random_elements(element, seed)]
        return float(np.sqrt(max(float(np.mean(limits)), 0.0)))


def compare(rows: Rows, *, conditional: bool, degree: int, waves: int, seed: int) -> Comparison:
    """Learn the functions and the regression from the proposing rows.

    Arguments:
        rows: N rows with t targets.
        conditional: the level.
        degree: highest degree of the polynomials.
        waves: number of random waves.
        seed: of the waves.

    Returns:
        The comparison.

    Example:
        >>> rows = Rows(np.random.default_rng(0).normal(size=(99, 2)), np.ones((99, 1)), None)
        >>> len(compare(rows, conditional=True, degree=1, waves=1, seed=0).bands)
        5
    """
    count = rows.goal.shape[1]
    if not conditional:
        both = np.concatenate([rows.x, rows.goal], axis=1)
        functions = row_functions(both, degree=degree, waves=waves, seed=seed, most=min(MOST_MEANS, max(len(both) // 4, 10)))
        return Comparison(rows, functions, functions, False, np.zeros((0, count)), np.ones(count))
    most = min(MOST_MEANS // max(count, 1), max(len(rows.x) // 4, 10))
    functions = row_functions(rows.x, degree=degree, waves=min(waves, most // 4), seed=seed, most=most)
    room = min(MOST_REGRESSORS, max(len(rows.x) // ROWS_PER_REGRESSOR, 10))
    regressors = row_functions(rows.x, degree=degree, waves=min(waves, room // 8), seed=seed + 1, most=room)
    values = regressors(rows.x)
    coefficients = fitted(values, rows.goal)
    residual = rows.goal - _with_constant(values) @ coefficients
    unit = np.maximum(residual.std(0), 1e-6 * np.maximum(rows.goal.std(0), 1e-300))
    return Comparison(rows, functions, regressors, True, coefficients, unit)


def element_order(element: Transformation) -> int:
    """The smallest power of the pair (x, y) that is the identity; 0 where none up to 60 is.

    Example:
        >>> element_order(Transformation("quarter turn", np.array([[0.0, -1.0], [1.0, 0.0]])))
        4
    """
    power = start = element.pair
    for k in range(1, HIGHEST_ORDER + 1):
        if np.allclose(power, np.eye(len(start)), atol=1e-6):
            return k
        power = power @ start
    return 0


def _with_constant(values: Float[np.ndarray, "c F"]) -> Float[np.ndarray, "c F1"]:
    return np.concatenate([values, np.ones((len(values), 1))], axis=1)


def _random_map(rows: Float[np.ndarray, "N d"], rng: np.random.Generator) -> Float[np.ndarray, "d d"]:
    """``S^{1/2} O S^{-1/2}`` with O uniform on O(d) and S the second moments of the rows."""
    root = row_functions(rows, degree=1, waves=0, seed=0).root
    turn, upper = np.linalg.qr(rng.standard_normal(root.shape))
    turn = turn * np.sign(np.diag(upper))
    return np.asarray((root @ turn @ np.linalg.inv(root)).T)
