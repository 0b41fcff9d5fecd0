"""Levi decomposition of a noisy matrix Lie algebra: nilpotent ideal, simple ideals and centre of the reductive quotient."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from physym._typing import Float, Int
from physym.algebra.lie_algebra import bracket
from physym.algebra.structure.parts import Levi
from physym.algebra.structure.spectra import Cut, commutant, cut

NO_SEMISIMPLE = (1, 2, 4, 5, 7)  # dimensions that no semisimple real Lie algebra has


def levi_decomposition(basis: Float[np.ndarray, "k n n"], draws: Float[np.ndarray, "r k n n"]) -> Levi:
    """Nilpotent ideal, simple ideals and centre, each rank decided by a gap above the errors.

    The trace form ``tr(xy)`` of the balanced basis has eigenvalues −1 (compact), +1 (split) and 0 (the nilpotent ideal,
    which contains ``[g, radical]``), so its zeros stand apart even where the Killing form is ill-conditioned.

    Arguments:
        basis: orthonormal generators in the balanced frame, shape ``(k, n, n)``.
        draws: draws of their errors, shape ``(r, k, n, n)``.

    Returns:
        The decomposition in adapted generators.

    References:
        N. Bourbaki, Lie Groups and Lie Algebras, chapter I §5 (nilpotent ideal, Cartan's criterion).

    Example:
        >>> import numpy as np
        >>> gl2 = np.eye(4).reshape(4, 2, 2)
        >>> found = levi_decomposition(gl2, np.zeros((1, 4, 2, 2)))
        >>> len(found.simple[0]), len(found.centre), len(found.nil)
        (3, 1, 0)
    """
    vectors, nil_cut = _nilpotent_ideal(basis, draws)
    basis, draws = _combine(vectors, basis), np.einsum("ab,rbij->raij", vectors, draws)
    m = len(basis) - nil_cut.zeros
    cuts = [nil_cut]
    f = constants(basis)
    error = _structure_error(basis, draws)
    noise = float(np.sqrt(np.mean(np.sum(draws[:, :m] ** 2, axis=(2, 3))))) if m else 0.0
    order = np.eye(len(basis))
    simple: list[range] = []
    kinds: list[bool] = []
    if m:
        rows, centre_cut = _centre(f[:m, :m, :m], _structure_error(basis[:m], draws[:, :m]))
        cuts.append(centre_cut)
        s = m - centre_cut.zeros
        order[:m, :m] = rows
        if s:
            inner = np.einsum("ai,bj,ck,ijk->abc", rows[:s], rows[:s], rows[:s], f[:m, :m, :m])
            ideals, ideal_cut = _simple_ideals(inner, error)
            cuts.append(ideal_cut)
            order[:s, :m] = np.concatenate([v for v, _ in ideals]) @ rows[:s]
            stops = np.cumsum([0] + [len(v) for v, _ in ideals]).tolist()
            simple = [range(a, b) for a, b in pairwise(stops)]
            kinds = [kind for _, kind in ideals]
    s = simple[-1].stop if simple else 0
    basis = _combine(order, basis)
    nil, centre = range(m, len(basis)), range(s, m)
    f = _clean(constants(basis), simple, centre, nil)
    return Levi(basis, f, tuple(simple), centre, nil, tuple(kinds), error, noise, tuple(cuts))


def constants(basis: Float[np.ndarray, "k n n"]) -> Float[np.ndarray, "k k k"]:
    """Structure constants of an orthonormal basis, shape ``(k, k, k)``: ``f[i, j, k] = ⟨[L_i, L_j], L_k⟩``.

    Example:
        >>> import numpy as np
        >>> constants(np.eye(4).reshape(4, 2, 2)).shape
        (4, 4, 4)
    """
    k = len(basis)
    flat = basis.reshape(k, -1)
    return np.asarray((bracket(basis[:, None], basis[None]).reshape(k, k, -1) @ flat.T).reshape(k, k, k))


def _combine(rows: Float[np.ndarray, "m k"], basis: Float[np.ndarray, "k n n"]) -> Float[np.ndarray, "m n n"]:
    return np.tensordot(rows, basis, axes=1)


def _nilpotent_ideal(basis: Float[np.ndarray, "k n n"], draws: Float[np.ndarray, "r k n n"]) -> tuple[Float[np.ndarray, "k k"], Cut]:
    """Eigenvectors of the trace form as rows, the zeros last."""
    form = np.einsum("aij,bji->ab", basis, basis)
    values, vectors = np.linalg.eigh((form + form.T) / 2)
    order = np.argsort(-np.abs(values), kind="stable")
    rows = vectors.T[order]
    spread = np.einsum("aij,rbji->rab", _combine(rows, basis), np.einsum("ab,rbij->raij", rows, draws))
    spread = spread + np.swapaxes(spread, 1, 2)
    k = len(basis)
    errors = [float(np.sqrt(np.mean(spread**2)))]
    errors += [float(np.linalg.norm(spread[:, k - z :, k - z :], ord=2, axis=(1, 2)).mean()) for z in range(1, k + 1)]
    return rows, cut(values, np.array(errors), "trace form on the generators (zeros span the nilpotent ideal)", typical=True)


def _structure_error(basis: Float[np.ndarray, "k n n"], draws: Float[np.ndarray, "r k n n"]) -> float:
    """Rms size of the error of ``ad_x`` for a unit generator x."""
    k = len(basis)
    moved = bracket(basis[None, :, None], draws[:, None]) + bracket(draws[:, :, None], basis[None, None])
    return float(np.sqrt(np.mean(np.sum((moved.reshape(-1, k, basis[0].size) @ basis.reshape(k, -1).T) ** 2, axis=-1)) * k))


def _centre(f: Float[np.ndarray, "m m m"], error: float) -> tuple[Float[np.ndarray, "m m"], Cut]:
    """Orthonormal rows, the directions with the smallest ``ad`` last."""
    _, sizes, rows = np.linalg.svd(np.moveaxis(f, 0, 2).reshape(-1, len(f)), full_matrices=True)
    return rows, cut(sizes, error, "adjoint action on the reductive quotient (zeros span its centre)", top=0.5, forbidden=NO_SEMISIMPLE)


def _simple_ideals(f: Float[np.ndarray, "s s s"], error: float) -> tuple[list[tuple[Float[np.ndarray, "d s"], bool]], Cut]:
    """Simple ideals of a semisimple algebra as orthonormal rows, each with whether its commutant is complex."""
    s = len(f)
    null, decision = commutant(np.swapaxes(f, 1, 2), error)
    symmetric = (null + np.swapaxes(null, 1, 2)).reshape(len(null), -1) / 2
    left, sizes, _ = np.linalg.svd(symmetric, full_matrices=False)
    count = max(int(np.sum(sizes > 0.5)), 1)
    family = (left.T[:count] @ symmetric).reshape(count, s, s)
    labels, vectors = _cluster(family, count)
    while count > 1 and np.bincount(labels).min() < 3:  # no ideal that small is simple: the commutant was cut too late
        count -= 1
        labels, vectors = _cluster(family, count)
    ideals = []
    for label in range(count):
        rows = vectors[:, labels == label].T
        share = np.linalg.norm(np.einsum("ai,cij,bj->cab", rows, null - np.swapaxes(null, 1, 2), rows))
        ideals.append((rows, bool(share > 0.7)))
    return sorted(ideals, key=lambda pair: -len(pair[0])), decision


def _cluster(family: Float[np.ndarray, "c s s"], count: int) -> tuple[Int[np.ndarray, "s"], Float[np.ndarray, "s s"]]:
    """Labels and eigenvectors that split commuting symmetric matrices into ``count`` joint eigenspaces."""
    s = family.shape[1]
    best = (-1.0, np.zeros(s, dtype=np.int64), np.eye(s))
    rng = np.random.default_rng(0)
    for _ in range(1 if count == 1 else 12):
        values, vectors = np.linalg.eigh(np.tensordot(rng.standard_normal(len(family)), family, axes=1))
        jumps = np.diff(values)
        edges = np.sort(np.argsort(-jumps)[: count - 1])
        labels = np.searchsorted(edges, np.arange(s), side="left")
        inside = np.delete(jumps, edges).max(initial=1e-12)
        score = float(jumps[edges].min(initial=np.inf) / inside)
        if score > best[0]:
            best = (score, labels, vectors)
    return best[1], best[2]


def _clean(f: Float[np.ndarray, "k k k"], simple: list[range], centre: range, nil: range) -> Float[np.ndarray, "k k k"]:
    """Set to zero what the decomposition forbids, so that later ranks see no error there."""
    k, m = len(f), nil.start
    mask = np.zeros((k, k, k), dtype=bool)
    mask[:, :, m:] = True
    for part in simple:
        index = np.ix_(list(part), list(part), list(part))
        mask[index] = True
    return np.where(mask, f, 0.0)
