"""What the rows of a dynamical system cover: the span of the states, and where their mean lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym._typing import Int
from physym.data import Samples
from physym.discovery.base import Level
from physym.discovery.spectral.equations.equivariance import seen_combinations
from physym.discovery.spectral.frame import Search
from physym.discovery.spectral.statistics.features import block_sums
from physym.discovery.spectral.statistics.span import carried_span

CLEARLY = 4.0  # standard errors


def seen_on_span(samples: Samples, search: Search, blocks: Int[np.ndarray, "N"]) -> tuple[Search, str]:
    """The search without the matrices that vanish on the span of the rows, which are symmetries of nothing.

    Arguments:
        samples: rows.
        search: the matrices to search; in a frame of their own they are left as they are.
        blocks: block of each row, shape ``(N,)``.

    Returns:
        The search, and a sentence where something was left out; empty otherwise.

    Example:
        >>> from physym.algebra import Rep
        >>> q = np.random.default_rng(0).normal(size=(90, 1))
        >>> rows = Samples(np.hstack([q, -q]), rep_x=Rep("V", n=2))
        >>> len(seen_on_span(rows, Search(np.eye(4).reshape(4, 2, 2)), np.arange(90) % 9)[0].matrices)
        2
    """
    if search.frame is not None:
        return search, ""
    scale = np.sqrt((samples.x**2).mean(0))
    scale = np.where(scale > 0, scale, 1.0)
    span = carried_span(samples.x / scale, samples.x / scale, blocks).columns
    kept = seen_combinations((samples.rep_x.drho(search.matrices) * scale @ span).reshape(len(search.matrices), -1))
    unseen = len(search.matrices) - len(kept)
    if not unseen:
        return search, ""
    d, r = span.shape
    note = f"the data span {r} of {d} dimensions; the {unseen} searched directions that vanish there were left out"
    return replace(search, matrices=np.tensordot(kept, search.matrices, 1)), note


def with_cover(level: Level, samples: Samples, blocks: Int[np.ndarray, "N"], note: str) -> Level:
    """A measure level of states with the reason why it finds less than the law of motion allows.

    The law of motion may be symmetric while the runs are not spread evenly over the orbits of the group.

    Arguments:
        level: the measure level.
        samples: rows with next states.
        blocks: block of each row, shape ``(N,)``.
        note: what is to be said beside it.

    Returns:
        The level with its note.

    Example:
        >>> from physym.algebra import Rep
        >>> x = np.random.default_rng(0).normal(size=(90, 1)) + 3
        >>> rows = Samples(x, rep_x=Rep("V", n=1), y=x, coordinates=("q",))
        >>> "mean of q is 3." in with_cover(Level("measure", "", None), rows, np.arange(90) % 9, "").note
        True
    """
    if samples.y is None or samples.y.ndim != 2:
        return level
    mean = samples.x.mean(0)
    sums = block_sums(samples.x - mean, blocks, int(blocks.max()) + 1) / len(samples)
    error = np.sqrt((sums**2).sum(0))
    worst = int(np.argmax(np.abs(mean) / np.maximum(error, np.finfo(float).tiny)))
    if abs(mean[worst]) <= CLEARLY * error[worst]:
        return replace(level, note=note)
    name = samples.coordinates[worst] if len(samples.coordinates) == len(mean) else f"x{worst}"
    cover = (
        f"the mean of {name} is {mean[worst]:.2g} ± {error[worst]:.1g}, and a symmetry of the density must leave the mean in place: "
        "the runs do not cover the orbits of the group evenly (their angles, for a rotation), whatever the law of motion"
    )
    return replace(level, note="; ".join(filter(None, (note, cover))))
