"""From samples to a problem: which matrices are searched on which rows, on which device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from physym.algebra import LieAlgebra, Rep
from physym.data import Samples
from physym.discovery.adversarial.actions import VectorAction, action_of, connected_blocks
from physym.discovery.adversarial.problem import Problem
from physym.discovery.adversarial.rows import rows_of
from physym.discovery.device import require_device
from physym.discovery.spectral import Complex, SearchSpace
from physym.discovery.spectral.frame import Search
from physym.discovery.spectral.search import orthonormal, require_independent, search_of
from physym.errors import InvalidData, ShapeError

VANISHES = 1e-10  # relative second moment below which a direction does not occur in the data


def problem_of(samples: Samples, basis: LieAlgebra | SearchSpace | None, *, seed: int, device: str) -> Problem:
    """Make samples ready for the game.

    Arguments:
        samples: rows of vectors, tensors, complex vectors or pictures.
        basis: matrices to search; None: all (affine maps of the plane for pictures, complex-linear ones for complex vectors).
        seed: chooses the held-out rows.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.

    Returns:
        The problem.

    Raises:
        DiscoveryFailed: too few rows, or ``"cuda"`` is asked for and there is none.
        InvalidData: the basis does not fit the samples.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 4))
        >>> problem_of(Samples(x, rep_x=Rep("C", n=2)), None, seed=0, device="cpu").action.size  # gl(2, C)
        8
    """
    samples, basis = _as_real_pairs(samples, basis)
    search = _plane(basis) if samples.grid else determined(search_of(samples, basis), samples)
    if not len(search.matrices):
        reason = "x is zero throughout" if not samples.x.any() else f"{basis!r} holds no matrix for these rows"
        raise InvalidData(f"{samples.source}: {reason}, so there is nothing to search; give rows that vary, or another basis.")
    used = _device(device)
    action = action_of(samples, search).to(used)
    if isinstance(action, VectorAction) and not action.terms:
        raise ShapeError(f"{samples.source}: rows of {samples.rep_x!r} hold scalars only, which no matrix moves; give rows with vectors.")
    return Problem(samples, search, rows_of(samples, search, seed=seed).to(used), action, used)


def determined(search: Search, samples: Samples) -> Search:
    """The searched matrices modulo those that vanish on the data: where the coordinates of a block span less than the block.

    A matrix that vanishes on all rows moves nothing, so a generator may carry any amount of it; the representatives that vanish off
    the span are searched instead. Frames are left as they are.

    Arguments:
        search: the matrices.
        samples: the rows.

    Returns:
        The same search where the data span each block, else one with fewer matrices.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 2))
        >>> doubled = Samples(np.concatenate([x, -x], axis=1), rep_x=Rep("V", n=4))
        >>> len(determined(search_of(doubled, None), doubled).matrices)
        8
    """
    if search.frame is not None or samples.rep_x.copies_of_vector is None:
        return search
    vectors = samples.vectors.reshape(-1, samples.n)
    onto = np.zeros((samples.n, samples.n))
    for block in connected_blocks(search.matrices):
        values, directions = np.linalg.eigh(vectors[:, block].T @ vectors[:, block])
        seen = directions[:, values > VANISHES * values[-1]]
        onto[np.ix_(block, block)] = seen @ seen.T
    if np.allclose(onto, np.eye(samples.n)):
        return search
    flat = (search.matrices @ onto).reshape(len(search.matrices), -1)
    _, values, right = np.linalg.svd(flat, full_matrices=False)
    kept = right[values > VANISHES * values[0]]
    return Search(kept.reshape(len(kept), samples.n, samples.n))


def _as_real_pairs(samples: Samples, basis: LieAlgebra | SearchSpace | None) -> tuple[Samples, LieAlgebra | SearchSpace | None]:
    """Complex vectors as real ones of twice the size, on which complex-linear maps act."""
    if not samples.rep_x.is_complex:
        return samples, basis
    count = samples.rep_x.dim // (2 * samples.rep_x.n)
    if samples.rep_x != Rep(f"{count}C", n=samples.rep_x.n) or samples.moves_y:
        raise InvalidData(f"{samples.rep_x!r}; of complex representations only copies of C, with invariant y, can be searched.")
    real = replace(samples, rep_x=Rep(f"{count}V", n=2 * samples.rep_x.n), rep_y=None, coordinates=(), blocks=(), mask=None)
    return real, basis if basis is not None else Complex()


def _plane(basis: LieAlgebra | SearchSpace | None) -> Search:
    """Affine maps of the plane, or those that the user names."""
    if basis is None:
        units = np.zeros((6, 3, 3))
        units[np.arange(6), [0, 0, 1, 1, 0, 1], [0, 1, 0, 1, 2, 2]] = 1.0
        return Search(units)
    if not isinstance(basis, LieAlgebra) or basis.n != 3 or basis.basis[:, 2].any():
        raise InvalidData(
            "pictures are moved by affine maps of the plane: give a LieAlgebra of 3 × 3 matrices with last row zero, or None."
        )
    require_independent(basis)
    return Search(orthonormal(basis.basis))


def _device(device: str) -> str:
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return require_device(device)
