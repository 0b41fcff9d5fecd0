"""Decompose the space that an algebra acts on into irreducible representations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.structure.balance import balance
from physym.algebra.structure.levi import levi_decomposition
from physym.algebra.structure.modules import Module, split_module
from physym.algebra.structure.naming import name_factors
from physym.algebra.structure.parts import Levi
from physym.algebra.structure.prepare import prepared
from physym.algebra.structure.radical import analyse_radical

SPINS = 8  # spins up to 7/2 are named


@dataclass(frozen=True, eq=False)
class Irreducible:
    """One isomorphism class of irreducible representations.

    Arguments:
        label: such as ``(½,½)`` for the vector of so(1,3), ``V`` for the vector of so(p,q), ``1`` for a trivial one.
        dimension: real dimension of one copy.
        multiplicity: number of copies.
        kind: ``real``, ``complex`` or ``quaternionic``: the division algebra that commutes with the action.
        subspaces: bases of the copies in the given coordinates, shape ``(multiplicity, dimension, n)``.
    """

    label: str
    dimension: int
    multiplicity: int
    kind: str
    subspaces: Float[np.ndarray, "m d n"]


@dataclass(frozen=True, eq=False)
class Decomposition:
    """The space acted on as a sum of irreducible representations.

    Arguments:
        pieces: the isomorphism classes, the largest first.
        name: such as ``2·V ⊕ 1``.
        direct: whether the space is the direct sum of the pieces; otherwise (se(3), heisenberg) they are composition factors
            of the reductive part, which the nilpotent ideal links.
    """

    pieces: tuple[Irreducible, ...]
    name: str
    direct: bool

    @property
    def sentence(self) -> str:
        """The decomposition in words."""
        n = sum(p.dimension * p.multiplicity for p in self.pieces)
        parts = ", ".join(f"{p.multiplicity} × {p.label} of dimension {p.dimension} ({p.kind} type)" for p in self.pieces)
        how = "is the direct sum of" if self.direct else "has the composition factors (linked by the nilpotent ideal)"
        return f"R^{n} {how} {self.name}: {parts}."

    def __repr__(self) -> str:
        return f"Decomposition: {self.sentence}"


def irreducible_decomposition(algebra: LieAlgebra, *, error: float | None = None) -> Decomposition:
    """Irreducible representations of an algebra on the space R^n that its matrices act on.

    Arguments:
        algebra: generators of shape ``(k, n, n)``, measured or exact.
        error: relative error per generator; by default as in `identify`.

    Returns:
        Classes with dimension, multiplicity, type and subspaces.

    References:
        W. Fulton and J. Harris, Representation Theory (1991), lectures 3 and 26 (real, complex, quaternionic).

    Example:
        >>> from physym.algebra.catalogue import so
        >>> irreducible_decomposition(so(1, 3)).name
        '(½,½)'
    """
    basis, draws, _ = prepared(algebra, error)
    n = algebra.n
    if not len(basis):
        eye = np.eye(n)
        return Decomposition((Irreducible("1", 1, n, "real", eye[:, None]),), _count(n, "1"), True)
    balanced = balance(basis, draws)
    levi = levi_decomposition(balanced.basis, balanced.draws)
    reductive = levi.basis[: levi.nil.start]
    pieces = split_module(reductive, max(levi.noise * np.sqrt(max(len(reductive), 1)), 1e-7))
    classes = []
    for label in sorted({piece.label for piece in pieces}):
        copies = [piece for piece in pieces if piece.label == label]
        rows = np.array([piece.rows for piece in copies]) @ np.linalg.inv(balanced.frame).T
        first = copies[0]
        classes.append(Irreducible(_label(levi, first), first.dimension, len(copies), first.kind, rows))
    name = " ⊕ ".join(_count(c.multiplicity, c.label) for c in classes)
    return Decomposition(tuple(classes), name, not len(levi.nil))


def _count(multiplicity: int, label: str) -> str:
    return label if multiplicity == 1 else f"{multiplicity}·{label}"


def _label(levi: Levi, piece: Module) -> str:
    """Spins for so(3), sl(2) and so(1,3); V for vectors, F for other natural representations; else the dimension."""
    factors = name_factors(levi, analyse_radical(levi).acting)
    parts = []
    for part, complex_type in zip(levi.simple, levi.complex_simple, strict=True):
        matrices = piece.rows @ levi.basis[part.start : part.stop] @ piece.rows.T
        if np.linalg.norm(matrices) < 0.1:
            continue
        structure = levi.structure[part.start : part.stop, part.start : part.stop, part.start : part.stop]
        casimir = _casimir(matrices, structure)
        parts.append(_factor_label(len(part), complex_type, casimir, piece, [f.name for f in factors if f.dimension == len(part)]))
    if not parts:
        charged = len(levi.centre) and np.linalg.norm(piece.rows @ levi.basis[levi.centre.start : levi.centre.stop] @ piece.rows.T) > 0.1
        return "1" if not charged else ("χ" if piece.dimension == 1 else "χ₂")
    return parts[0] if len(parts) == 1 else "⊗".join(parts)


def _casimir(matrices: Float[np.ndarray, "a d d"], structure: Float[np.ndarray, "a a a"]) -> float:
    """Mean eigenvalue of the Killing-form Casimir operator: 1 on the adjoint representation."""
    killing = np.einsum("ikl,jlk->ij", structure, structure)
    return float(np.einsum("ab,aij,bji->", np.linalg.inv(killing), matrices, matrices)) / len(matrices[0])


def _factor_label(dimension: int, complex_type: bool, casimir: float, piece: Module, names: list[str]) -> str:
    if dimension == 3:
        spin = min(range(SPINS), key=lambda twice: abs(twice * (twice + 2) / 8 - casimir))
        return "V" if spin == 2 and piece.dimension == 3 else f"({_half(spin)})"
    if dimension == 6 and complex_type:
        return _lorentz_label(casimir, piece.dimension)
    for name in names:
        if name.startswith("so(") and "C" not in name and sum(map(int, name[3:-1].split(","))) == piece.dimension:
            return "V"
        if not name.startswith("so("):
            return "F" if abs(casimir) < 0.95 else "ad" if abs(casimir - 1) < 0.1 else str(piece.dimension)
    return "ad" if piece.dimension == dimension else str(piece.dimension)


def _lorentz_label(casimir: float, dimension: int) -> str:
    """The spins (j₁, j₂) with ``[j₁(j₁+1) + j₂(j₂+1)]/2`` equal to the Casimir eigenvalue and the right real dimension."""
    best, miss = str(dimension), 0.2
    for a in range(SPINS):
        for b in range(a + 1):
            size = (a + 1) * (b + 1) * (1 if a == b else 2)
            deviation = abs((a * (a + 2) + b * (b + 2)) / 8 - casimir)
            if size == dimension and deviation < miss:
                name = f"({_half(a)},{_half(b)})"
                best, miss = name if a == b else f"{name}⊕({_half(b)},{_half(a)})", deviation
    return best


def _half(twice: int) -> str:
    return str(twice // 2) if twice % 2 == 0 else ("½" if twice == 1 else f"{twice}/2")
