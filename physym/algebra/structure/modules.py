"""Irreducible pieces of a set of matrices in the balanced frame, where invariant complements are orthogonal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.algebra.structure.spectra import commutant, cut

KINDS = {1: "real", 2: "complex", 4: "quaternionic"}


@dataclass(frozen=True, eq=False)
class Module:
    """An irreducible subspace.

    Arguments:
        rows: orthonormal basis of the subspace, shape ``(d, n)``.
        kind: ``real``, ``complex`` or ``quaternionic``: the division algebra that commutes with the action.
        label: index of the isomorphism class among the pieces found together.
    """

    rows: Float[np.ndarray, "d n"]
    kind: str
    label: int

    @property
    def dimension(self) -> int:
        """Real dimension d."""
        return len(self.rows)


def split_module(matrices: Float[np.ndarray, "a n n"], error: float) -> tuple[Module, ...]:
    """Irreducible subspaces of a reductive set of matrices, the largest first.

    A generic symmetric matrix that commutes with all of them has the irreducible subspaces as eigenspaces.

    Arguments:
        matrices: the generators in a balanced frame, shape ``(a, n, n)``.
        error: Frobenius norm of the error of a generator.

    Returns:
        The pieces; equivalent ones share a label.

    Example:
        >>> import numpy as np
        >>> rotation = np.zeros((1, 3, 3))
        >>> rotation[0, :2, :2] = [[0, -1], [1, 0]]
        >>> [(m.dimension, m.kind) for m in split_module(rotation, 0.0)]
        [(2, 'complex'), (1, 'real')]
    """
    n = matrices.shape[1]
    if not len(matrices):
        return tuple(Module(row[None], "real", 0) for row in np.eye(n))
    trivial, moving = _fixed(matrices, error)
    pieces: list[Module] = []
    labels = 0
    if len(moving):
        inner = moving @ matrices @ moving.T
        null, _ = commutant(inner, error)
        spaces = _eigenspaces(null, error)
        spaces.sort(key=lambda rows: (-len(rows), int(np.argmax(np.abs(rows @ moving).max(axis=0).round(3)))))
        for rows in spaces:
            twin = next((m for m in pieces if m.dimension == len(rows) and _linked(null, rows, m.rows @ moving.T)), None)
            kind = twin.kind if twin else _kind(rows @ inner @ rows.T, error)
            pieces.append(Module(rows @ moving, kind, twin.label if twin else labels))
            labels += twin is None
    pieces += [Module(row[None], "real", labels) for row in trivial]
    return tuple(pieces)


def _fixed(matrices: Float[np.ndarray, "a n n"], error: float) -> tuple[Float[np.ndarray, "f n"], Float[np.ndarray, "m n"]]:
    """Rows that span the vectors sent to zero, and their complement."""
    form = np.einsum("aji,ajk->ik", matrices, matrices) + np.einsum("aij,akj->ik", matrices, matrices)
    values, vectors = np.linalg.eigh(form)
    sizes = np.sqrt(np.clip(values, 0, None))
    zeros = cut(sizes, error, "Casimir", top=0.5).zeros
    return vectors.T[:zeros], vectors.T[zeros:]


def _eigenspaces(null: Float[np.ndarray, "c n n"], error: float) -> list[Float[np.ndarray, "d n"]]:
    """Eigenspaces of a generic member of the family; several members are tried and the widest gap wins."""
    n = null.shape[1]
    symmetric = (null + np.swapaxes(null, 1, 2)) / 2
    _, sizes, rows = np.linalg.svd(symmetric.reshape(len(symmetric), -1), full_matrices=False)
    family = rows[sizes > 0.5].reshape(-1, n, n)
    rng = np.random.default_rng(1)
    best, score = [np.eye(n)], -1.0
    for _ in range(12 if len(family) > 1 else 0):
        weights = rng.standard_normal(len(family))
        member = np.tensordot(weights / np.linalg.norm(weights), family, axes=1)
        values = np.linalg.eigvalsh(member)
        jumps = np.diff(values)
        decision = cut(jumps, max(error, 1e-7), "eigenvalues", top=0.1)
        if decision.gap > score:
            edges = np.sort(np.argsort(jumps)[decision.zeros :]) + 1
            best, score = _invariant(np.tensordot(np.einsum("cij,ij->c", null, member), null, axes=1), edges.tolist()), decision.gap
    return best


def _invariant(commuting: Float[np.ndarray, "n n"], edges: list[int]) -> list[Float[np.ndarray, "d n"]]:
    """Orthonormal rows of the eigenspaces of a commuting matrix: invariant even where the balancing stopped short."""
    values, vectors = np.linalg.eig(commuting)
    groups = np.split(vectors[:, np.argsort(values.real)], edges, axis=1)
    spans = [np.linalg.svd(np.concatenate([g.real, g.imag], axis=1), full_matrices=False)[0][:, : g.shape[1]] for g in groups]
    return [np.asarray(span.T) for span in spans]


def _linked(null: Float[np.ndarray, "c n n"], a: Float[np.ndarray, "d n"], b: Float[np.ndarray, "d n"]) -> bool:
    """Whether some commuting matrix maps one subspace onto the other."""
    return bool(np.linalg.norm(a @ null @ b.T) > 0.4)


def _kind(matrices: Float[np.ndarray, "a d d"], error: float) -> str:
    if matrices.shape[1] == 1 or np.linalg.norm(matrices) <= error:
        return "real"
    return KINDS.get(len(commutant(matrices, error)[0]), "real")
