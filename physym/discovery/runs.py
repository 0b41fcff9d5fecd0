"""What the single runs of a trained method gave, seed by seed: the record behind a mean with its error."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from physym._typing import Bool, Float
from physym.algebra import LieAlgebra, principal_cosines


@dataclass(frozen=True, eq=False)
class Runs:
    """Training runs from several seeds on the same data.

    Arguments:
        seeds: of the runs.
        generators: what each run ended with, on the coordinates of the data, shape ``(S, k, n, n)``; unit Frobenius norm, or the step
            itself where a discrete group is meant.
        kept: runs that count; the others were told apart by their held-out statistic or their span, shape ``(S,)``.
        statistic: held-out two-sample statistic, in standard deviations under "nothing tells moved rows from real ones", shape ``(S,)``.
        norms: length of each generator relative to that at its start, shape ``(S, k)``.
        losses: mean losses of generator and critic between checks, shape ``(C, 2, S)``.
        paths: generators at each check, shape ``(C, S, k, n, n)``.
        law: the coefficients in words, with what was learned.
        steps: number of steps done.
        total: number of steps asked for.
        seconds: wall-clock time of all runs together.

    Example:
        >>> turn = np.array([[0.0, -1.0], [1.0, 0.0]]) / 2**0.5
        >>> runs = Runs((0, 1), np.stack([turn, -turn])[:, None], kept=np.ones(2, dtype=bool))
        >>> runs.cosines(LieAlgebra(turn[None])).round(6).tolist()
        [[1.0], [1.0]]
    """

    seeds: tuple[int, ...]
    generators: Float[np.ndarray, "S k n n"]
    kept: Bool[np.ndarray, "S"]
    statistic: Float[np.ndarray, "S"] = field(default_factory=lambda: np.zeros(0), kw_only=True)
    norms: Float[np.ndarray, "S k"] = field(default_factory=lambda: np.zeros((0, 0)), kw_only=True)
    losses: Float[np.ndarray, "C 2 S"] = field(default_factory=lambda: np.zeros((0, 2, 0)), kw_only=True)
    paths: Float[np.ndarray, "C S k n n"] = field(default_factory=lambda: np.zeros((0, 0, 0, 1, 1)), kw_only=True)
    law: str = field(default="", kw_only=True)
    steps: int = field(default=0, kw_only=True)
    total: int = field(default=0, kw_only=True)
    seconds: float = field(default=0.0, kw_only=True)

    def cosines(self, truth: LieAlgebra, *, support: Float[np.ndarray, "N r"] | None = None) -> Float[np.ndarray, "S m"]:
        """Principal cosines of each run's span to a known algebra, largest first.

        Arguments:
            truth: generators ``(l, n, n)``.
            support: rows of data; generators are then compared as maps of their span only.

        Returns:
            Shape ``(S, min(k, l))``; cosines that a smaller span lacks are 0.
        """
        width = min(self.generators.shape[1], truth.dimension)
        found = np.zeros((len(self.seeds), width))
        for row, basis in zip(found, self.generators, strict=True):
            cosines = principal_cosines(LieAlgebra(basis), truth, support=support)
            row[: len(cosines)] = cosines[:width]
        return found

    @property
    def interrupted(self) -> bool:
        """Whether the runs ended early, by Ctrl-C."""
        return self.steps < self.total

    @property
    def sentence(self) -> str:
        """How many runs of how many steps, and how many count."""
        several = f"{len(self.seeds)} run{'' if len(self.seeds) == 1 else 's'}"
        count = several if self.kept.all() else f"{int(self.kept.sum())} of {several} count"
        early = (
            f", interrupted after {self.steps:,} of {self.total:,} steps"
            if self.interrupted
            else f", {self.steps:,} step{'' if self.steps == 1 else 's'} each"
        )
        return f"{count}{early}, {self.law}" if self.law else f"{count}{early}"

    def __repr__(self) -> str:
        return f"Runs: {self.sentence}"


def trustworthy(
    spans: Float[np.ndarray, "S k n n"], statistic: Float[np.ndarray, "S"], *, apart: float = 3.0, floor: float = 0.1
) -> Bool[np.ndarray, "S"]:
    """Which runs lie near the others: a run that ended in another optimum is far from the span that most agree on.

    Arguments:
        spans: orthonormal generators of each run, shape ``(S, k, n, n)``.
        statistic: held-out statistic of each run, smaller is better; it decides between two camps of equal size.
        apart: distances beyond so many medians are too far.
        floor: distances (rad, root mean square over the generators) below this are never too far.

    Returns:
        Shape ``(S,)``.

    Example:
        >>> turn, stretch = np.array([[0.0, -1.0], [1.0, 0.0]]) / 2**0.5, np.diag([1.0, -1.0]) / 2**0.5
        >>> trustworthy(np.stack([turn, turn, stretch, -turn])[:, None], np.zeros(4)).tolist()
        [True, True, False, True]
    """
    count, k = spans.shape[:2]
    flat = spans.reshape(count, k, -1)
    overlap = np.einsum("aki,bli->abkl", flat, flat)
    distance = np.sqrt(np.maximum(k - (overlap**2).sum((2, 3)), 0.0) / max(k, 1))
    typical = np.median(distance, axis=1)
    centre = int(np.lexsort((statistic, typical.round(3)))[0])
    return np.asarray(distance[centre] <= max(floor, apart * float(typical[centre])))


def unit_generators(generators: Float[np.ndarray, "*batch n n"]) -> Float[np.ndarray, "*batch n n"]:
    """Generators of unit Frobenius norm; a zero matrix stays zero.

    Arguments:
        generators: shape ``(..., n, n)``.

    Returns:
        The same shape.

    Example:
        >>> unit_generators(np.stack([2 * np.eye(4), np.zeros((4, 4))])).diagonal(axis1=1, axis2=2)[:, 0].tolist()
        [0.5, 0.0]
    """
    length = np.linalg.norm(generators, axis=(-2, -1), keepdims=True)
    return np.asarray(generators / np.where(length > 0, length, 1.0))
