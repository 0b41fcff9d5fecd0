"""What the rows of a dynamical system cover: the span of the states, and where their mean lies."""

from __future__ import annotations

import numpy as np

from physym._typing import Float, Int
from physym.data import Samples
from physym.discovery.spectral.statistics.features import block_sums
from physym.discovery.spectral.statistics.span import carried_span, seen_combinations

CLEARLY = 4.0  # standard errors


def seen_on_span(
    samples: Samples, matrices: Float[np.ndarray, "s n n"], blocks: Int[np.ndarray, "N"]
) -> tuple[Float[np.ndarray, "c n n"], str]:
    """The searched matrices without those that vanish on the span of the rows, which are symmetries of nothing.

    Arguments:
        samples: rows.
        matrices: orthonormal, shape ``(s, n, n)``.
        blocks: block of each row, shape ``(N,)``.

    Returns:
        The matrices, shape ``(c, n, n)``, and a sentence where something was left out; empty otherwise.

    Example:
        >>> from physym.algebra import Rep
        >>> q = np.random.default_rng(0).normal(size=(90, 1))
        >>> rows = Samples(np.hstack([q, -q]), rep_x=Rep("V", n=2))
        >>> len(seen_on_span(rows, np.eye(4).reshape(4, 2, 2), np.arange(90) % 9)[0])
        2
    """
    scale = np.sqrt((samples.x**2).mean(0))
    scale = np.where(scale > 0, scale, 1.0)
    span = carried_span(samples.x / scale, samples.x / scale, blocks).columns
    kept = seen_combinations((samples.rep_x.drho(matrices) * scale @ span).reshape(len(matrices), -1))
    unseen = len(matrices) - len(kept)
    if not unseen:
        return matrices, ""
    d, r = span.shape
    note = f"the data span {r} of {d} dimensions; the {unseen} searched directions that vanish there were left out"
    return np.tensordot(kept, matrices, 1), note


def uneven_cover(samples: Samples, blocks: Int[np.ndarray, "N"]) -> str:
    """Why the density of runs may have less symmetry than their law of motion.

    The law may be symmetric while the runs are not spread evenly over the orbits of the group; a mean that is not zero shows it.

    Arguments:
        samples: rows with next states.
        blocks: block of each row, shape ``(N,)``.

    Returns:
        A sentence; empty where the rows are no runs, or their means are zero within their errors.

    Example:
        >>> from physym.algebra import Rep
        >>> x = np.random.default_rng(0).normal(size=(90, 1)) + 3
        >>> rows = Samples(x, rep_x=Rep("V", n=1), y=x, coordinates=("q",))
        >>> "mean of q is 3" in uneven_cover(rows, np.arange(90) % 9)
        True
    """
    if samples.y is None or samples.y.ndim != 2:
        return ""
    mean = samples.x.mean(0)
    sums = block_sums(samples.x - mean, blocks, int(blocks.max()) + 1) / len(samples)
    error = np.sqrt((sums**2).sum(0))
    worst = int(np.argmax(np.abs(mean) / np.maximum(error, np.finfo(float).tiny)))
    if abs(mean[worst]) <= CLEARLY * error[worst]:
        return ""
    name = samples.coordinates[worst] if len(samples.coordinates) == len(mean) else f"x{worst}"
    return (
        f"the mean of {name} is {mean[worst]:.2g} ± {error[worst]:.1g}, and a symmetry of the density must leave the mean in place: "
        "the runs do not cover the orbits of the group evenly (their angles, for a rotation), whatever the law of motion"
    )
