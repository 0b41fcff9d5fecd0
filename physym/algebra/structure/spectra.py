"""Spectra with errors: where to cut zeros from the rest, what commutes, and row echelon form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float


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


def echelon(rows: Float[np.ndarray, "f P"]) -> Float[np.ndarray, "f P"]:
    """Reduced row echelon form with large pivots, scaled to 1; rows in the order of their pivots.

    Arguments:
        rows: linearly independent rows, shape ``(f, P)``.

    Returns:
        Shape ``(f, P)``.

    Example:
        >>> import numpy as np
        >>> echelon(np.array([[2.0, 2.0, 0.0], [0.0, 1.0, 1.0]])).tolist()
        [[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]]
    """
    work, pivots = rows.copy(), list[int]()
    for i in range(len(work)):
        sizes = np.abs(work[i:]).round(6)
        r, c = divmod(int(np.argmax(sizes >= 0.3 * sizes.max())), sizes.shape[1])
        work[[i, i + r]] = work[[i + r, i]]
        work[i] /= work[i, c]
        others = np.arange(len(work)) != i
        work[others] -= np.outer(work[others, c], work[i])
        pivots.append(int(c))
    return np.asarray(work[np.argsort(pivots)])
