"""What each seed of a trained method gave, as text: one source for the card, for LaTeX and for the figure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.algebra import LieAlgebra
from physym.discovery import Discovery, Runs

ROUNDED = 1e-8  # rad
UNCHANGED = 1e-6  # relative: a generator whose length was held fixed
STATISTIC = (
    "held-out statistic: how well a critic tells moved rows from real ones it never saw, in standard deviations, 0 ± 1 where it cannot; "
    "a symmetry of the support or of the labels that moves the distribution is told all the same"
)


@dataclass(frozen=True)
class RunRow:
    """One run of a trained method.

    Arguments:
        seed: of the run.
        counts: whether it entered the result.
        statistic: held-out two-sample statistic, in standard deviations; NaN where the method has none.
        angle: largest angle to the generators of the result, in rad; NaN where there are none.
        length: of the shortest generator, relative to that at its start; NaN where all are held fixed, or where they are steps.
        turns: angles by which the steps of a discrete group turn, in rad; empty for generators of a continuous one.

    Example:
        >>> RunRow(3, True, 0.4, 0.012).cells
        ('3', 'yes', '+0.4', '0.012')
    """

    seed: int
    counts: bool
    statistic: float = math.nan
    angle: float = math.nan
    length: float = math.nan
    turns: tuple[float, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The numbers that are known, as text, in the order of ``run_columns``."""
        cells = [str(self.seed), "yes" if self.counts else "no"]
        cells += [] if math.isnan(self.statistic) else [f"{self.statistic:+.1f}".replace("-", "−")]
        cells += [] if math.isnan(self.angle) else [_angle(self.angle)]
        cells += [] if math.isnan(self.length) else [f"{self.length:.2g}"]
        return (*cells, *([", ".join(f"{turn:.4f}" for turn in self.turns)] if self.turns else []))


def run_rows(discovery: Discovery) -> tuple[RunRow, ...]:
    """Every run of a trained method; none for a method that is not trained.

    Arguments:
        discovery: the outcome of a run.

    Returns:
        One row per seed.

    Example:
        >>> from physym.discovery import Level
        >>> run_rows(Discovery(support=Level("support", "", None, reason="no data")))
        ()
    """
    runs = discovery.runs
    if runs is None:
        return ()
    count, steps = len(runs.seeds), discovery.level.discrete
    unknown = np.full(count, np.nan)
    statistic = runs.statistic if len(runs.statistic) else unknown
    angles, lengths = angles_to(runs.generators, discovery.algebra), unknown if steps else _lengths(runs)
    turns = map(tuple, (_turns(runs) if steps else np.zeros((count, 0))).tolist())
    columns = (runs.seeds, runs.kept.tolist(), statistic.tolist(), angles.tolist(), lengths.tolist(), turns)
    return tuple(map(RunRow, *columns))


def run_columns(rows: tuple[RunRow, ...]) -> tuple[str, ...]:
    """Names of the columns of ``RunRow.cells``.

    Example:
        >>> run_columns((RunRow(3, True, 0.4, 0.012),))
        ('seed', 'counts', 'held-out statistic', 'off the result (rad)')
    """
    first = rows[0]
    known = [("held-out statistic", first.statistic), ("off the result (rad)", first.angle), ("shortest/start", first.length)]
    return ("seed", "counts", *(name for name, value in known if not math.isnan(value)), *(("turns by (rad)",) if first.turns else ()))


def run_sentence(discovery: Discovery) -> str:
    """How many runs there were, how many count, how far these lie apart, and how long they took.

    Arguments:
        discovery: the outcome of a run of a trained method.

    Returns:
        The sentence; empty where nothing was trained.

    Example:
        >>> from physym.discovery import Level
        >>> turn = np.array([[0.0, -1.0], [1.0, 0.0]]) / 2**0.5
        >>> runs = Runs((0,), turn[None, None], np.ones(1, dtype=bool), steps=500, total=500, seconds=2.0)
        >>> run_sentence(Discovery(support=Level("support", "", LieAlgebra(turn[None])), runs=runs))
        '1 run of 500 steps, in 2 s'
    """
    runs = discovery.runs
    if runs is None:
        return ""
    kept = [row.angle for row in run_rows(discovery) if row.counts and not math.isnan(row.angle)]
    apart = f"; those that count lie within {_angle(max(kept))} rad of the result" if len(kept) > 1 else ""
    seconds = f", in {runs.seconds:.3g} s" if runs.seconds else ""
    many = f"1 run of {runs.steps:,} steps" if len(runs.seeds) == 1 and not runs.interrupted and runs.kept.all() else ""
    law = f", {runs.law}" if runs.law else ""
    return (f"{many}{law}" if many else runs.sentence) + seconds + apart


def angles_to(generators: Float[np.ndarray, "*batch k n n"], algebra: LieAlgebra | None) -> Float[np.ndarray, "*batch"]:
    """The largest angle (rad) between the span of some generators and an algebra.

    Arguments:
        generators: shape ``(…, k, n, n)``.
        algebra: what they are compared with; None, or one of another size: nothing.

    Returns:
        Angles from 0 to π/2, shape ``(…)``; NaN where there is nothing to compare with.

    Example:
        >>> from physym.algebra import so
        >>> angles_to(so(3).basis[None, :1], so(3)).round(6).tolist()
        [0.0]
    """
    *batch, k, n, _ = generators.shape
    if algebra is None or not algebra.dimension or algebra.n != n or not k:
        return np.full(batch, np.nan)
    found = np.linalg.qr(np.swapaxes(generators.reshape(*batch, k, n * n), -1, -2))[0]
    known = np.linalg.qr(algebra.basis.reshape(algebra.dimension, n * n).T)[0]
    outside = found - known @ (known.T @ found)
    return np.asarray(np.arcsin(np.minimum(np.linalg.norm(outside, ord=2, axis=(-2, -1)), 1.0)))


def _angle(angle: float) -> str:
    """An angle with two digits; what rounding alone makes is none."""
    return f"{angle:.2g}" if angle > ROUNDED else "0"


def _lengths(runs: Runs) -> Float[np.ndarray, "S"]:
    """The shortest generator of each run relative to its start; NaN where lengths are held fixed or unknown."""
    if not runs.norms.size or np.abs(runs.norms - 1).max() < UNCHANGED:
        return np.full(len(runs.seeds), np.nan)
    return np.asarray(runs.norms.min(1))


def _turns(runs: Runs) -> Float[np.ndarray, "S k"]:
    """By how much each step turns."""
    return np.asarray(np.abs(np.linalg.eigvals(runs.generators).imag).max(-1))
