"""Levi decomposition of a noisy matrix Lie algebra: nilpotent ideal, simple ideals and centre of the reductive quotient."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from physym._typing import Float
from physym.algebra.balance import Balanced
from physym.algebra.lie_algebra import bracket

NO_SEMISIMPLE = (1, 2, 4, 5, 7)  # dimensions that no semisimple real Lie algebra has


@dataclass(frozen=True, eq=False)
class Cut:
    """Where a spectrum was cut into zeros and the rest.

    Arguments:
        zeros: number of values taken as zero.
        gap: smallest value kept over the largest zero (or over its error, where that is larger).
        sentence: the decision in words.
    """

    zeros: int
    gap: float
    sentence: str

    @property
    def clear(self) -> bool:
        """Whether the gap is at least a factor three."""
        return self.gap >= 3.0


@dataclass(frozen=True, eq=False)
class Levi:
    """An algebra in adapted, orthonormal generators: simple ideals, then centre of the quotient, then the nilpotent ideal.

    Arguments:
        basis: adapted generators in the balanced frame, shape ``(k, n, n)``.
        structure: structure constants of that basis, with the blocks that must vanish set to zero, shape ``(k, k, k)``.
        simple: index ranges of the simple ideals modulo the nilpotent ideal.
        centre: index range of the centre of the reductive quotient.
        nil: index range of the ideal that acts by nilpotent matrices.
        complex_simple: for each simple ideal, whether it is a complex algebra seen as real.
        error: rms error of a structure constant's row, the scale below which nothing is resolved.
        noise: rms error of one adapted generator (unit norm) of the reductive part.
        cuts: the decisions that were made, in order.
    """

    basis: Float[np.ndarray, "k n n"]
    structure: Float[np.ndarray, "k k k"]
    simple: tuple[range, ...]
    centre: range
    nil: range
    complex_simple: tuple[bool, ...]
    error: float
    noise: float
    cuts: tuple[Cut, ...]


def cut(
    values: Float[np.ndarray, "m"],
    errors: Float[np.ndarray, "m_plus_1"] | float,
    name: str,
    *,
    top: float = 1.0,
    forbidden: tuple[int, ...] = (),
    typical: bool = False,
) -> Cut:
    """Split sizes into zeros and the rest at the widest relative gap above the errors.

    Arguments:
        values: sizes, shape ``(m,)``, any order.
        errors: what z zeros may reach by their errors, for z = 0…m, shape ``(m + 1,)``, or one number.
        name: what the values are, for the sentence.
        top: the size expected of a value that is not zero, used when all are zero.
        forbidden: numbers of non-zero values that cannot occur.
        typical: weigh down cuts whose smallest kept value falls short of ``top``, where the true ones all equal it.

    Returns:
        The cut.

    Example:
        >>> import numpy as np
        >>> cut(np.array([1.0, 0.9, 0.01]), 0.02, "eigenvalues").zeros
        1
    """
    ordered = np.sort(np.abs(values))
    m = len(ordered)
    floor = np.broadcast_to(np.asarray(errors, dtype=np.float64), (m + 1,))
    low = np.maximum(np.concatenate([[0.0], ordered]), np.maximum(floor, 1e-12))
    high = np.concatenate([ordered, [max(top, ordered[-1] if m else top)]])
    ratio = high / low
    for kept in forbidden:
        if kept <= m:
            ratio[m - kept] = 0.0
    zeros = int(np.argmax(ratio * np.minimum(high / top, 1.0) ** 2 if typical else ratio))
    sentence = f"{name}: {m - zeros} of {m} differ from zero, gap {ratio[zeros]:.3g}"
    return Cut(zeros, float(ratio[zeros]), sentence)


def levi_decomposition(balanced: Balanced) -> Levi:
    """Nilpotent ideal, simple ideals and centre, each rank decided by a gap above the errors.

    The trace form ``tr(xy)`` of the balanced basis has eigenvalues −1 (compact), +1 (split) and 0 (the nilpotent ideal,
    which contains ``[g, radical]``), so its zeros stand apart even where the Killing form is ill-conditioned.

    Arguments:
        balanced: basis and error draws from ``balance``.

    Returns:
        The decomposition in adapted generators.

    References:
        N. Bourbaki, Lie Groups and Lie Algebras, chapter I §5 (nilpotent ideal, Cartan's criterion).

    Example:
        >>> import numpy as np
        >>> from physym.algebra.balance import balance, error_draws
        >>> gl2 = np.eye(4).reshape(4, 2, 2)
        >>> found = levi_decomposition(balance(gl2, error_draws(gl2, None, 0.0)))
        >>> len(found.simple[0]), len(found.centre), len(found.nil)
        (3, 1, 0)
    """
    basis, draws = balanced.basis, balanced.draws
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
    return (bracket(basis[:, None], basis[None]).reshape(k, k, -1) @ flat.T).reshape(k, k, k)


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
    projections = (left.T[:count] @ symmetric).reshape(count, s, s)
    labels, vectors = _cluster(projections)
    ideals = []
    for label in range(count):
        rows = vectors[:, labels == label].T
        share = np.linalg.norm(np.einsum("ai,cij,bj->cab", rows, null - np.swapaxes(null, 1, 2), rows))
        ideals.append((rows, bool(share > 0.7)))
    return sorted(ideals, key=lambda pair: -len(pair[0])), decision


def commutant(matrices: Float[np.ndarray, "a s s"], error: float) -> tuple[Float[np.ndarray, "c s s"], Cut]:
    """Matrices that commute with all the given ones.

    Arguments:
        matrices: shape ``(a, s, s)``.
        error: size that the commutator of a unit commuting matrix may reach by the errors.

    Returns:
        An orthonormal basis, shape ``(c, s, s)``, c ≥ 1, and the cut of the spectrum that fixed c.

    Example:
        >>> import numpy as np
        >>> len(commutant(np.array([[[0.0, -1.0], [1.0, 0.0]]]), 0.0)[0])
        2
    """
    s = matrices.shape[1]
    eye = np.eye(s)
    left = np.einsum("aji,ajk->ik", matrices, matrices)
    right = np.einsum("aij,akj->ik", matrices, matrices)
    cross = np.einsum("aki,alj->iklj", matrices, matrices)  # entry [i,j],[k,l] of Aᵀ φ Aᵀ seen as a map of φ[k,l]
    normal = np.einsum("ik,jl->ijkl", left, eye) + np.einsum("ik,jl->ijkl", eye, right)
    mixed = np.einsum("iklj->ijkl", cross)
    normal = (normal - mixed - mixed.transpose(2, 3, 0, 1)).reshape(s * s, s * s)
    values, vectors = np.linalg.eigh(normal)
    sizes = np.sqrt(np.clip(values, 0, None))
    decision = cut(sizes[1:], error, "commutant")
    count = decision.zeros + 1
    sentence = f"commutant: dimension {count}, gap {decision.gap:.3g}"
    return vectors.T[:count].reshape(count, s, s), Cut(count, decision.gap, sentence)


def _cluster(projections: Float[np.ndarray, "c s s"]) -> tuple[np.ndarray, Float[np.ndarray, "s s"]]:
    """Labels and eigenvectors that split commuting symmetric matrices into as many eigenspaces as there are matrices."""
    count, s = projections.shape[:2]
    best: tuple[float, np.ndarray, np.ndarray] = (-1.0, np.zeros(s, dtype=np.int64), np.eye(s))
    rng = np.random.default_rng(0)
    for _ in range(1 if count == 1 else 12):
        values, vectors = np.linalg.eigh(np.tensordot(rng.standard_normal(count), projections, axes=1))
        jumps = np.diff(values)
        cuts = np.sort(np.argsort(-jumps)[: count - 1])
        labels = np.searchsorted(cuts, np.arange(s), side="left")
        inside = np.delete(jumps, cuts).max(initial=1e-12)
        score = float(jumps[cuts].min(initial=np.inf) / inside)
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
