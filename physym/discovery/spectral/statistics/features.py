"""Rows of data: their blocks, their monomials, and one matrix acting on each of their vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float, Int
from physym.algebra import action, evaluate, exponents


def block_sums(values: Float[np.ndarray, "N ..."], blocks: Int[np.ndarray, "N"], count: int) -> Float[np.ndarray, "B ..."]:
    """Sum of the rows of each block.

    Arguments:
        values: rows, shape ``(N, ...)``.
        blocks: block of each row, shape ``(N,)``.
        count: number of blocks B.

    Returns:
        Shape ``(B, ...)``.

    Example:
        >>> import numpy as np
        >>> block_sums(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 0]), 2).tolist()
        [4.0, 2.0]
    """
    order = np.argsort(blocks, kind="stable")
    starts = np.searchsorted(blocks[order], np.arange(count))
    sums = np.add.reduceat(np.concatenate([values[order], np.zeros((1, *values.shape[1:]))]), np.append(starts, len(values)), axis=0)[:-1]
    sums[np.bincount(blocks, minlength=count)[:count] == 0] = 0.0
    return sums


def copies_of(generators: Float[np.ndarray, "s n n"], copies: int) -> Float[np.ndarray, "s d d"]:
    """The same generators acting on each of K vectors: block-diagonal matrices.

    Arguments:
        generators: shape ``(s, n, n)``.
        copies: number of vectors K.

    Returns:
        Shape ``(s, K·n, K·n)``.

    Example:
        >>> import numpy as np
        >>> copies_of(np.ones((1, 2, 2)), 3).shape
        (1, 6, 6)
    """
    size = generators.shape[1] * copies
    return np.asarray(np.einsum("ab,sij->saibj", np.eye(copies), generators).reshape(len(generators), size, size))


def square_root(gram: Float[np.ndarray, "P P"]) -> Float[np.ndarray, "P P"]:
    """A matrix ``G^{1/2}`` with ``‖G^{1/2} c‖² = cᵀGc``, the mean square of the polynomial with coefficients c.

    Arguments:
        gram: mean of ``ψψᵀ``, shape ``(P, P)``, positive up to round-off.

    Returns:
        Shape ``(P, P)``.

    Example:
        >>> import numpy as np
        >>> root = square_root(np.array([[2.0, 1.0], [1.0, 2.0]]))
        >>> (root.T @ root).round(9).tolist()
        [[2.0, 1.0], [1.0, 2.0]]
    """
    values, vectors = np.linalg.eigh(gram)
    return np.asarray(np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)


@dataclass(frozen=True, eq=False)
class Features:
    """Monomials of degree 1 … ``degree`` of x in units of each coordinate's own scale, and what matrices do to them.

    Matrices of one vector act on every vector of a row alike. Those of size n + 1 act on ``(x, 1)``, so on x by
    ``x → Ax + b``; where a linear term is moved a constant appears, the last monomial of the moved ones.

    Arguments:
        psi: values, shape ``(N, P)``.
        powers: exponents, shape ``(P, d)``.
        scale: root mean square of each coordinate of x, shape ``(d,)``; 1 where it vanishes.
        copies: number of vectors in a row; None: as many as the size of the matrices says, which then act linearly.

    Example:
        >>> import numpy as np
        >>> Features.of(np.ones((5, 2)), degree=2).psi.shape
        (5, 5)
    """

    psi: Float[np.ndarray, "N P"]
    powers: Int[np.ndarray, "P d"]
    scale: Float[np.ndarray, "d"]
    copies: int | None = None

    @classmethod
    def of(cls, x: Float[np.ndarray, "N d"], *, degree: int, copies: int | None = None) -> Features:
        """The features of rows x, shape ``(N, d)``, of so many vectors each."""
        scale = np.sqrt((x**2).mean(0))
        scale = np.where(scale > 0, scale, 1.0)
        powers = exponents(x.shape[1], range(1, degree + 1))
        return cls(np.ascontiguousarray(evaluate(x / scale, powers)), powers, scale, copies)

    def action(self, generators: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "s P Q"]:
        """``R(A)`` on the features: Q = P, or P + 1 with the constant last for affine matrices."""
        copies = len(self.scale) // generators.shape[1] if self.copies is None else self.copies
        if self.is_affine(generators):
            return self._affine_action(generators, copies)
        # in units of each coordinate's own scale S the generators become S⁻¹ A S
        return action(copies_of(generators, copies) * (self.scale / self.scale[:, None]), self.powers)

    def is_affine(self, generators: Float[np.ndarray, "s n n"]) -> bool:
        """Whether the matrices have one row more than a vector has coordinates."""
        return self.copies is not None and generators.shape[1] == len(self.scale) // self.copies + 1

    def _affine_action(self, generators: Float[np.ndarray, "s m m"], copies: int) -> Float[np.ndarray, "s P Q"]:
        d, top = len(self.scale), int(self.powers.sum(1).max(initial=1))
        whole = np.zeros((len(generators), d + 1, d + 1))
        whole[:, :d, :d] = copies_of(generators[:, :-1, :-1], copies) * (self.scale / self.scale[:, None])
        whole[:, :d, d] = np.tile(generators[:, :-1, -1], copies) / self.scale
        # monomials of one total degree in (x, 1) are closed under the action
        powers = np.concatenate([self.powers, np.zeros((1, d), dtype=np.int64)])
        return action(whole, np.column_stack([powers, top - powers.sum(1)]))[:, :-1]

    def reached(self, generators: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "N Q"]:
        """Values of the monomials that ``action`` leads to: the features and, for affine matrices, the constant."""
        return np.column_stack([self.psi, np.ones(len(self.psi))]) if self.is_affine(generators) else self.psi

    def change(self, generators: Float[np.ndarray, "s n n"]) -> Float[np.ndarray, "s Q P"]:
        """``G^{1/2} R(A)ᵀ``: coefficients to the change of the polynomial along A, in the root-mean-square norm of the data."""
        values = self.reached(generators)
        return np.asarray(square_root(values.T @ values / len(values)) @ self.action(generators).transpose(0, 2, 1))
