"""`MSR`: permutation symmetries read off weights whose sharing is meta-learned over tasks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from physym._settings import whole
from physym._typing import Bool, Float, Int
from physym.data import Samples
from physym.discovery.discrete.base import DiscreteDiscovery, DiscreteLevelName, DiscreteStatus
from physym.discovery.discrete.candidates import LARGEST_GROUP, Candidates
from physym.discovery.discrete.evidence import halves
from physym.discovery.discrete.outcomes import STATEMENTS, identity_only
from physym.discovery.discrete.transformations import Transformation
from physym.discovery.network.meta import MetaTraining, Reparametrisation, Tasks, meta_learned
from physym.discovery.network.permuted import all_permutations, changes, cycles
from physym.discovery.network.targets import Target, target_of
from physym.discovery.references import ZHOU_2021, Explanation
from physym.errors import DiscoveryFailed, InvalidData
from physym.progress import Progress

DEFAULT_TRAINING = MetaTraining()
DEFAULT_REFEREE = Candidates()
MOST_JUDGED = 3  # vector targets in front of the referee, who has the fewer test functions the more targets there are


@dataclass(frozen=True)
class MSR:
    """Meta-learn ``vec(W) = U v`` over tasks and keep the permutations P with ``P W Pᵀ = W`` for the weights that the tasks use.

    Where y moves by copies of the vector, each copy is a task, ``y = W x``; where it is invariant, each column is one,
    ``y = (1, x)ᵀ W (1, x)``. Few targets make few tasks, so random functions of the targets are added: ``cos(ω y + φ)``, the same for all
    coordinates of a vector, which commutes with permutations (and with nothing else, so only permutations are sought). They
    are no new data; they let the weights see more of ``p(y | x)`` than its mean. A symmetry that linear or quadratic weights cannot tell
    from a larger one is proposed too large, and left to the referee.

    All permutations of up to 8 coordinates are tried on half of the clusters. Those that pass, with every product, are judged by the
    held-out test of ``Candidates`` on the other half; of many vector targets three random mixtures stand for all.

    Arguments:
        tasks: number of tasks, the targets themselves included.
        training: how U is learned.
        tolerance: largest change of the weights under a permutation that is proposed; 1 is that of unrelated weights.
        referee: the test of the elements; its own ``elements`` are not looked at.

    Raises:
        InvalidData: a setting lies outside its range.

    References:
        A. Zhou, T. Knowles, C. Finn, ICLR 2021 (arXiv 2007.02933), the reparametrisation ``vec(W) = U v``.

    Example:
        >>> from physym import Rep
        >>> from physym.discovery import discover_discrete
        >>> x, vector = np.random.default_rng(0).normal(size=(1000, 4)), Rep("V", n=4)
        >>> y = x + 0.5 * np.roll(x, 1, axis=1) + 0.1 * np.random.default_rng(1).normal(size=(1000, 4))
        >>> found = discover_discrete(Samples(x, rep_x=vector, y=y, rep_y=vector), MSR(), level="conditional")
        >>> found.name, [test.name for test in found.tests]
        ('C4', ['identity', '(1 2 3 4)', '(1 3)(2 4)', '(1 4 3 2)'])
    """

    tasks: int = 24
    training: MetaTraining = DEFAULT_TRAINING
    tolerance: float = 0.2
    referee: Candidates = DEFAULT_REFEREE

    explanation: ClassVar[Explanation] = Explanation(
        "Weights whose sharing was meta-learned over tasks proposed permutations; a test on held-out rows judged each of them.",
        (ZHOU_2021,),
    )

    def __post_init__(self) -> None:
        if not whole(self.tasks):
            raise InvalidData(f"tasks is {self.tasks!r}; a whole number is needed, at least 1.")
        if not 0 < self.tolerance < 1:
            raise InvalidData(f"tolerance is {self.tolerance}; a number between 0 and 1 is needed, for instance 0.2.")

    def run(self, samples: Samples, *, level: DiscreteLevelName, alpha: float, seed: int, progress: Progress) -> DiscreteDiscovery:
        """Meta-learn on one half of the clusters, test the permutations on the other half."""
        samples.refuse_images()
        if level != "conditional":
            raise DiscoveryFailed("MSR learns y from x and says nothing on the distribution of x; ask for level='conditional'.")
        orders, target = all_permutations(samples.x.shape[1]), target_of(samples)
        if target.moving and target.values.shape[1] % samples.x.shape[1]:
            raise DiscoveryFailed(f"y has {target.values.shape[1]} columns; MSR takes invariant targets or whole copies of x.")
        proposing, clusters = halves(samples, seed)
        if samples.mask is not None:
            proposing = proposing & samples.mask.all(1)
        if proposing.sum() < 2 * self.training.batch:
            raise DiscoveryFailed(
                f"{int(proposing.sum())} rows propose; two batches of {self.training.batch} are needed: give more rows, "
                "or smaller batches with MSR(training=MetaTraining(batch=…))."
            )
        tasks = tasks_of(samples, target, proposing, count=self.tasks, seed=seed)
        learned = meta_learned(tasks, self.training, seed=seed)
        progress("meta-learning", 1, 2)
        change = changes(learned.weights, orders)
        kept = orders[change <= self.tolerance]
        note = _words(learned, tasks, change, self.tolerance)
        draft = DiscreteDiscovery(
            *identity_only(samples.x.shape[1]),
            level=level,
            statement=STATEMENTS[level],
            rows=len(samples),
            clusters=clusters,
            alpha=alpha,
            notes=(note,),
        )
        if not len(kept):
            return replace(draft, status=DiscreteStatus.TRIVIAL, reason="no permutation leaves the learned weights unchanged")
        if len(kept) >= LARGEST_GROUP:
            reason = f"{len(kept)} permutations leave the learned weights unchanged; at most {LARGEST_GROUP - 1} can be tested one by one"
            return replace(draft, status=DiscreteStatus.NOT_APPLICABLE, reason=reason)
        found = self._judged(samples, target, kept, alpha, seed, progress)
        progress("meta-learning", 2, 2)
        return replace(found, notes=(note, *found.notes))

    def _judged(
        self, samples: Samples, target: Target, kept: Int[np.ndarray, "g d"], alpha: float, seed: int, progress: Progress
    ) -> DiscreteDiscovery:
        """The verdict of the referee, who draws the same halves."""
        judged, copies = samples, 0
        if target.moving:
            d = samples.x.shape[1]
            copies = min(target.values.shape[1] // d, MOST_JUDGED)
            judged = replace(samples, y=_mixed(target.values.reshape(len(samples), -1, d), copies, seed), rep_y=samples.rep_x * copies)
        elements = []
        for order in kept:
            matrix = np.eye(len(order))[order]
            elements.append(Transformation(cycles(order), matrix, target=np.kron(np.eye(copies), matrix) if copies else None))
        return replace(self.referee, elements=tuple(elements)).run(judged, level="conditional", alpha=alpha, seed=seed, progress=progress)


def tasks_of(samples: Samples, target: Target, rows: Bool[np.ndarray, "N"], *, count: int, seed: int) -> Tasks:
    """The targets as tasks, with random functions of them until there are ``count``.

    Arguments:
        samples: N rows.
        target: their targets.
        rows: which rows the tasks are made of, shape ``(N,)``.
        count: number of tasks wanted; more given targets than that all stay.
        seed: of the functions.

    Returns:
        The tasks, with x and y in units of their common spread.

    Example:
        >>> from physym.algebra import Rep
        >>> x = np.random.default_rng(0).normal(size=(100, 3))
        >>> rows = Samples(x, rep_x=Rep("V", n=3), y=x.sum(1))
        >>> tasks_of(rows, target_of(rows), np.ones(100, dtype=bool), count=5, seed=0).y.shape
        (5, 100, 1)
    """
    x, values = samples.x[rows], target.values[rows]
    given = values.reshape(len(x), -1, x.shape[1] if target.moving else 1).transpose(1, 0, 2)
    given = _standard(given)
    rng = np.random.default_rng([seed, 1])
    made = 0 if target.logit else max(count - len(given), 0)
    base = given[np.arange(made) % len(given)]
    frequency, phase = rng.normal(size=(made, 1, 1)), rng.uniform(0, 2 * np.pi, (made, 1, 1))
    return Tasks(_standard(x[None])[0], np.concatenate([given, _standard(np.cos(frequency * base + phase))]), moving=target.moving)


def _standard(values: Float[np.ndarray, "T N q"]) -> Float[np.ndarray, "T N q"]:
    """Each task in units of its spread about its mean, the same for all its columns."""
    centred = values - values.mean((1, 2), keepdims=True)
    spread = centred.std((1, 2), keepdims=True)
    return np.asarray(centred / np.where(spread > 0, spread, 1.0))


def _mixed(vectors: Float[np.ndarray, "N T d"], copies: int, seed: int) -> Float[np.ndarray, "N q"]:
    """The vectors themselves where they are few, else random mixtures, which break a symmetry whenever one of them does."""
    if vectors.shape[1] == copies:
        return np.asarray(vectors.reshape(len(vectors), -1))
    mixing = np.random.default_rng([seed, 2]).normal(size=(copies, vectors.shape[1])) / vectors.shape[1] ** 0.5
    return np.asarray((mixing @ vectors).reshape(len(vectors), -1))


def _words(learned: Reparametrisation, tasks: Tasks, change: Float[np.ndarray, "g"], tolerance: float) -> str:
    """How the proposal came about."""
    kept = change[change <= tolerance]
    largest = f", which change the weights by up to {kept.max():.2g}" if len(kept) else ""
    others = change[change > tolerance]
    smallest = f", any other by at least {others.min():.2g}" if len(others) else ""
    many = "permutation" if len(kept) == 1 else "permutations"
    many_tasks = "1 task" if len(tasks.y) == 1 else f"{len(tasks.y)} tasks"
    fit = f"{many_tasks}, {100 * learned.error:.2g} % of the variance left"
    return f"proposed by MSR ({fit}): {len(kept)} {many}{largest}{smallest}"
