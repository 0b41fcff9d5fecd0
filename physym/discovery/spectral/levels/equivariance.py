"""The conditional level of vector targets: from inputs and next states to the matrices with ``F(gx) = g'F(x)``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physym._typing import Float, Int
from physym.data import Samples
from physym.discovery.base import Level
from physym.discovery.spectral.equations.equivariance import Equivariance, VectorRows, equivariance_equation
from physym.discovery.spectral.equations.weighting import in_units_of_noise
from physym.discovery.spectral.levels.common import concluded, declined, independent_blocks
from physym.discovery.spectral.search import search_of
from physym.discovery.spectral.settings import FEWEST_CLUSTERS, Settings
from physym.errors import DiscoveryFailed

EQUIVARIANT = "F(gx) = g'F(x) for the mean y = F(x)"
NEXT_STATE = "F(gx) = g'F(x) for the mean next state F(x)"
CHAINED = 0.5  # share of rows whose previous state must be there


def equivariance_level(samples: Samples, method: Settings) -> Level:
    """Test whether the mean of a vector target moves along with its input.

    Where the rows are runs of a dynamical system (the target of one row is the input of the next), the previous state serves as
    instrument, so that noise of the states does not bias the map. Elsewhere the statement is about ``E[y | x]`` with x as given.

    Arguments:
        samples: rows with vector targets y; ``rep_y`` says how they move, None stands for invariant ones.
        method: the settings.

    Returns:
        The level, declined with a reason where no map can be fitted. Where the data span a proper subspace, generators vanish off it.

    Example:
        >>> from physym import Rep, Spectral
        >>> x = np.random.default_rng(0).normal(size=(600, 3))
        >>> vector = Rep("V", n=3)
        >>> rows = Samples(x, rep_x=vector, y=x * (x**2).sum(1, keepdims=True), rep_y=vector)
        >>> equivariance_level(rows, Spectral()).identification.name
        'so(3)'
    """
    target = np.asarray(samples.y, dtype=np.float64)
    q = target.shape[1]
    if samples.rep_y is not None and (samples.rep_y.dim != q or samples.rep_y.n != samples.rep_x.n):
        return declined("conditional", f"y has {q} columns; {samples.rep_y!r} of n = {samples.rep_x.n} was expected to have as many")
    if samples.mask is not None and not samples.mask.all():
        return declined("conditional", "some vectors are padding; a map of vectors needs rows with all vectors real")
    search = search_of(samples, method.basis)
    if search.frame is not None:
        return declined("conditional", "vector targets are tested for linear maps only; name matrices of the size of the vectors")
    rows = _rows(samples, target, method.blocks)
    if rows.clusters < FEWEST_CLUSTERS:
        return declined("conditional", f"{rows.clusters} independent rows or runs; at least {FEWEST_CLUSTERS} are needed")
    on_x = samples.rep_x.drho(search.matrices)
    on_y = np.zeros((len(on_x), q, q)) if samples.rep_y is None else samples.rep_y.drho(search.matrices)
    try:
        found = equivariance_equation(rows, search.matrices, on_x, on_y, degree=method.equivariance_degree)
    except DiscoveryFailed as error:
        return declined("conditional", str(error))
    level = Level(
        "conditional",
        NEXT_STATE if rows.shared else EQUIVARIANT,
        None,
        alpha=method.alpha,
        degree=found.degree,
        rows=len(rows.x),
        clusters=rows.clusters,
    )
    level = concluded(level, in_units_of_noise(found.equation), samples, natural=found.equation)
    return replace(level, searched=found.equation.searched, note=_note(found, rows, method))


def _rows(samples: Samples, target: Float[np.ndarray, "N q"], blocks: int) -> VectorRows:
    """The rows with their probes; of a run only those with a previous state."""
    block, clusters = independent_blocks(samples, blocks)
    previous = _previous_rows(samples, target)
    chained = previous >= 0
    if chained.mean() < CHAINED:
        return VectorRows(samples.x, target, samples.x, block, clusters)
    # a run may lose its only row, so that blocks are numbered anew
    block = np.unique(block[chained], return_inverse=True)[1]
    if samples.cluster is not None:
        clusters = len(np.unique(samples.cluster[chained]))
    return VectorRows(samples.x[chained], target[chained], samples.x[previous[chained]], block, clusters, shared=True)


def _previous_rows(samples: Samples, target: Float[np.ndarray, "N q"]) -> Int[np.ndarray, "N"]:
    """The row whose next state is the state of this row, told by equal numbers in the row before; −1 where there is none."""
    found = np.full(len(target), -1, dtype=np.int64)
    if samples.rep_y != samples.rep_x:
        return found
    follows = (target[:-1] == samples.x[1:]).all(1)
    if samples.cluster is not None:
        follows &= samples.cluster[:-1] == samples.cluster[1:]
    found[1:][follows] = np.flatnonzero(follows)
    return found


def _note(found: Equivariance, rows: VectorRows, method: Settings) -> str:
    """What the data leave open; empty where nothing."""
    notes = []
    d, r = found.span.shape
    if r < d and not found.unseen:
        notes.append(f"the data span {r} of {d} dimensions; a generator is tested as a map of that span to itself, which determines it")
    elif found.unseen:
        notes.append(
            f"the data span {r} of {d} dimensions, so a generator is determined only modulo the maps that vanish there (the annihilator "
            f"of the support, {found.unseen} of the searched directions); the representative that vanishes off the span is given"
        )
    if found.degree < method.equivariance_degree:
        few = f"{rows.clusters:,} clusters are too few for the coefficients of degree {found.degree + 1}"
        notes.append(f"degree {found.degree} instead of {method.equivariance_degree}, because {len(rows.x):,} rows in {few}")
    return "; ".join(notes)
