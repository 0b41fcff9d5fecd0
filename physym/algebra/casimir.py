"""Quadratic Casimir operators: symmetric tensors on an algebra that its adjoint action leaves unchanged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.algebra.lie_algebra import LieAlgebra, bracket
from physym.algebra.structure.levi import constants
from physym.algebra.structure.prepare import prepared
from physym.algebra.structure.spectra import cut, echelon


@dataclass(frozen=True, eq=False)
class Casimir:
    """One quadratic Casimir operator ``Σ_ab Q^ab L_a L_b``.

    Arguments:
        tensor: Q on the given generators, shape ``(k, k)``, symmetric, its largest entry 1 in size.
        matrix: the operator in the representation, shape ``(n, n)``; it commutes with every generator.
    """

    tensor: Float[np.ndarray, "k k"]
    matrix: Float[np.ndarray, "n n"]

    @property
    def eigenvalues(self) -> tuple[complex, ...]:
        """Eigenvalues of the matrix; one per irreducible subspace, repeated."""
        return tuple(complex(x) for x in np.linalg.eigvals(self.matrix))

    def __repr__(self) -> str:
        scalar = np.allclose(self.matrix, self.matrix[0, 0] * np.eye(len(self.matrix)), atol=1e-9)
        value = f"{self.matrix[0, 0]:.6g} · 1" if scalar else "not a multiple of 1"
        return f"Casimir: quadratic in {len(self.tensor)} generators, in this representation {value}"


def killing_casimir(algebra: LieAlgebra) -> Casimir | None:
    """The Casimir operator of the inverse Killing form.

    Arguments:
        algebra: generators of shape ``(k, n, n)``.

    Returns:
        The operator, or None where the Killing form is degenerate, as it is for every algebra that is not semisimple.

    References:
        Cartan's criterion: J. E. Humphreys, Introduction to Lie Algebras (1972), §5.1 and §6.2.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> killing_casimir(so(3)).matrix.round(9).diagonal().tolist()
        [1.0, 1.0, 1.0]
    """
    killing = algebra.killing_form
    values = np.abs(np.linalg.eigvalsh((killing + killing.T) / 2))
    if not len(values) or values.min() <= 1e-6 * values.max():
        return None
    tensor = np.linalg.inv(killing)
    return Casimir(tensor, _operator(tensor, algebra))


def casimirs(algebra: LieAlgebra) -> tuple[Casimir, ...]:
    """All quadratic Casimir operators of an algebra: the invariant symmetric tensors in its second symmetric power.

    Arguments:
        algebra: generators of shape ``(k, n, n)``, measured or exact.

    Returns:
        A basis in row echelon form: in the canonical basis of so(1,3) these are ``J² − K²`` and ``J·K``.

    Example:
        >>> from physym.algebra.canonical import canonical_basis
        >>> from physym.algebra.catalogue import iso, so
        >>> [len(casimirs(a)) for a in (so(3), so(1, 3), iso(1, 3))]
        [1, 2, 1]
    """
    basis, draws, _ = prepared(algebra)
    k = len(basis)
    if not k:
        return ()
    rows, columns = np.triu_indices(k)
    forms = np.zeros((len(rows), k, k))
    forms[np.arange(len(rows)), rows, columns] = forms[np.arange(len(rows)), columns, rows] = 1.0
    forms /= np.linalg.norm(forms, axis=(1, 2), keepdims=True)
    ad = np.swapaxes(constants(basis), 1, 2)  # ad[c] as a matrix on coordinates
    system = ad[:, None] @ forms[None]
    system = system + np.swapaxes(system, 2, 3)
    gram = np.einsum("cpij,cqij->pq", system, system, optimize=True)
    values, vectors = np.linalg.eigh(gram)
    sizes = np.sqrt(np.clip(values, 0, None))
    decision = cut(sizes, max(2 * _error(basis, draws), 1e-7), "invariant tensors", top=0.5)
    if not decision.zeros:
        return ()
    mixing = np.linalg.lstsq(algebra.basis.reshape(algebra.dimension, -1).T, basis.reshape(k, -1).T, rcond=None)[0]
    tensors = mixing @ np.einsum("pq,pij->qij", vectors[:, : decision.zeros], forms) @ mixing.T
    reduced = echelon(tensors.reshape(len(tensors), -1)).reshape(tensors.shape)
    return tuple(Casimir(tensor, _operator(tensor, algebra)) for tensor in reduced)


def _operator(tensor: Float[np.ndarray, "k k"], algebra: LieAlgebra) -> Float[np.ndarray, "n n"]:
    return np.asarray(np.einsum("ab,aij,bjl->il", tensor, algebra.basis, algebra.basis, optimize=True))


def _error(basis: Float[np.ndarray, "k n n"], draws: Float[np.ndarray, "r k n n"]) -> float:
    """Rms size of the errors of ``ad`` over a unit tensor."""
    k = len(basis)
    moved = bracket(basis[None, :, None], draws[:, None]) + bracket(draws[:, :, None], basis[None, None])
    inside = moved.reshape(-1, basis[0].size) @ basis.reshape(k, -1).T
    return float(np.sqrt((inside**2).sum() / len(draws) / k))
