"""`discover_discrete`: one verb for every search of a finite group."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from physym.data import Samples
from physym.discovery.discrete.base import DiscreteDiscovery, DiscreteLevelName, DiscreteMethod
from physym.discovery.discrete.candidates import Candidates
from physym.errors import DiscoveryFailed
from physym.progress import Progress, silent

LEVELS: tuple[DiscreteLevelName, ...] = ("conditional", "measure")
DEFAULT_METHOD = Candidates()


def discover_discrete(
    samples: Samples,
    method: DiscreteMethod = DEFAULT_METHOD,
    *,
    level: DiscreteLevelName = "measure",
    alpha: float = 0.01,
    seed: int = 0,
    progress: Progress = silent,
) -> DiscreteDiscovery:
    """Find a finite symmetry group of data, with a held-out p-value and a certified bound for every element.

    Arguments:
        samples: rows and the representation that acts on them.
        method: ``Candidates`` (parity, permutations, sign flips, time reversal …), ``CyclicOrder`` (rotations by 2π/k of a plane) or
            ``LinearMixing`` (an unknown group acting in unknown coordinates).
        level: ``"measure"`` for p(gx | y) = p(x | y), ``"conditional"`` for p(y | gx) = p(y | x) or F(gx) = g'F(x).
        alpha: significance of every test; the bounds hold at 1 − alpha.
        seed: reproduces the run, the split of the rows among it.
        progress: called after each step.

    Returns:
        The group, its name and multiplication table, and the verdict on every element.

    Raises:
        DiscoveryFailed: there are no rows, the level is unknown, alpha is no probability, or the level needs targets that are missing.
        ShapeError: the rows are images; of these only matrices on the pixels that you name can be tested, with ``Candidates(…)``.

    Example:
        >>> import numpy as np
        >>> from physym.algebra import Rep
        >>> x = np.random.default_rng(0).exponential(size=(2000, 2)) * [1, 1]
        >>> found = discover_discrete(Samples(x, rep_x=Rep("2V", n=1)))
        >>> found.name, [test.name for test in found.tests]
        ('D1', ['identity', 'exchange of vectors 1 and 2'])
    """
    if level not in LEVELS:
        raise DiscoveryFailed(f"there is no level {level!r} for a finite group; choose one of {', '.join(LEVELS)}.")
    if not 0 < alpha < 1:
        raise DiscoveryFailed(f"alpha={alpha}; expected a probability between 0 and 1, for instance 0.01.")
    if not len(samples):
        raise DiscoveryFailed(f"{samples.source} holds no rows; nothing can be discovered from it.")
    if level == "conditional" and samples.y is None:
        raise DiscoveryFailed("the conditional level asks for p(y | x), but the samples have no y; give y, or ask for the measure level.")
    start = perf_counter()
    found = method.run(samples, level=level, alpha=alpha, seed=seed, progress=progress)
    return replace(found, method=method, seed=seed, seconds=perf_counter() - start)
