"""Textbook matrix Lie algebras, each a few lines of generators, and ways to combine and disguise them.

Generators keep their textbook scale, entries 0 and ±1 (su(n), u(n): twice the anti-Hermitian ``i λ/2``), so a basis can
be compared with a book entry by entry. Complex algebras act on real pairs: ``A + iB`` becomes ``[[A, −B], [B, A]]`` on ``(Re, Im)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from physym import _rng
from physym._typing import Float, Int, Shaped
from physym.algebra.lie_algebra import LieAlgebra
from physym.errors import ShapeError


def so(p: int, q: int = 0) -> LieAlgebra:
    """Rotations and boosts that preserve a form of signature (p, q): the first p coordinates carry the plus sign.

    Arguments:
        p: number of coordinates with sign +.
        q: number of coordinates with sign −; ``so(1, 3)`` is the Lorentz algebra on ``(E, px, py, pz)``.

    Returns:
        n(n − 1)/2 generators, n = p + q, with entries 0 and ±1: a boost mixes coordinates of unlike, a rotation of like sign.

    Example:
        >>> so(1, 3)
        LieAlgebra: 6 generators of size 4×4
          source: so(1,3)
    """
    n = _positive(p + q, "p + q")
    signs = np.array([1.0] * p + [-1.0] * q)
    basis = [_unit(n, j, i) - signs[i] * signs[j] * _unit(n, i, j) for i, j in combinations(range(n), 2)]
    names = ("E", "px", "py", "pz") if (p, q) == (1, 3) else ()
    return _algebra(basis, n, f"so({p},{q})" if q else f"so({p})", names)


def gl(n: int) -> LieAlgebra:
    """All real n × n matrices.

    Arguments:
        n: size of the matrices.

    Returns:
        The n² matrix units.

    Example:
        >>> gl(2).dimension
        4
    """
    _positive(n, "n")
    return _algebra([_unit(n, i, j) for i in range(n) for j in range(n)], n, f"gl({n},R)")


def sl(n: int, *, field: str = "R") -> LieAlgebra:
    """Traceless n × n matrices.

    Arguments:
        n: size of the matrices.
        field: "R", or "C" for sl(n,C) as a real algebra of 2n × 2n real pairs.

    Returns:
        n² − 1 generators over R, twice as many over C.

    Raises:
        ShapeError: ``field`` is neither "R" nor "C".

    Example:
        >>> sl(2, field="C").basis.shape
        (6, 4, 4)
    """
    _positive(n, "n")
    if field not in ("R", "C"):
        raise ShapeError(f"field={field!r}; expected 'R' or 'C'.")
    basis = [_unit(n, i, j) for i in range(n) for j in range(n) if i != j]
    basis += [_unit(n, i, i) - _unit(n, i + 1, i + 1) for i in range(n - 1)]
    if field == "R":
        return _algebra(basis, n, f"sl({n},R)")
    return _algebra([_real_pair(factor * element) for factor in (1, 1j) for element in basis], 2 * n, f"sl({n},C)")


def sp(n: int) -> LieAlgebra:
    """Linear canonical transformations sp(2n,R) of ``(q_1 … q_n, p_1 … p_n)``: ``LᵀΩ + ΩL = 0``.

    Arguments:
        n: degrees of freedom; the matrices have size 2n.

    Returns:
        n(2n + 1) generators with entries 0 and ±1.

    Example:
        >>> sp(2).basis.shape
        (10, 4, 4)
    """
    _positive(n, "n")
    size = 2 * n
    basis = [_unit(size, i, j) - _unit(size, n + j, n + i) for i in range(n) for j in range(n)]
    for i in range(n):
        for j in range(i, n):
            upper = _unit(size, i, n + j) + (_unit(size, j, n + i) if i != j else 0)
            basis += [upper, upper.T]
    return _algebra(basis, size, f"sp({size},R)")


def unitary(n: int) -> LieAlgebra:
    """Anti-Hermitian n × n matrices u(n), as real pairs.

    Arguments:
        n: complex size; the real matrices have size 2n.

    Returns:
        n² generators with entries 0 and ±1.

    Example:
        >>> unitary(1).basis[0].tolist()
        [[0.0, -1.0], [1.0, 0.0]]
    """
    _positive(n, "n")
    diagonal = [1j * _unit(n, i, i) for i in range(n)]
    return _algebra([_real_pair(element) for element in _off_diagonal_unitary(n) + diagonal], 2 * n, f"u({n})")


def su(n: int) -> LieAlgebra:
    """Traceless anti-Hermitian n × n matrices, as real pairs.

    Arguments:
        n: complex size, at least 2; the real matrices have size 2n.

    Returns:
        n² − 1 generators with entries 0 and ±1.

    Example:
        >>> su(2).basis.shape
        (3, 4, 4)
    """
    _positive(n - 1, "n − 1")
    diagonal = [1j * (_unit(n, i, i) - _unit(n, i + 1, i + 1)) for i in range(n - 1)]
    return _algebra([_real_pair(element) for element in _off_diagonal_unitary(n) + diagonal], 2 * n, f"su({n})")


def iso(p: int, q: int = 0) -> LieAlgebra:
    """so(p,q) and translations in homogeneous coordinates ``(x, 1)``; ``iso(1, 3)`` is the Poincaré algebra.

    Arguments:
        p: number of coordinates with sign +.
        q: number of coordinates with sign −.

    Returns:
        n(n + 1)/2 generators of size n + 1, n = p + q: rotations and boosts, then translations.

    Example:
        >>> iso(1, 3).dimension
        10
    """
    rotations = so(p, q)
    n = rotations.n
    basis = [np.pad(element, (0, 1)) for element in rotations.basis] + [_unit(n + 1, i, n) for i in range(n)]
    names = ("t", "x", "y", "z", "1") if (p, q) == (1, 3) else ()
    return _algebra(basis, n + 1, f"iso({p},{q})" if q else f"iso({p})", names)


def se(n: int) -> LieAlgebra:
    """Rotations and translations of Euclidean space in homogeneous coordinates ``(x, 1)``.

    Arguments:
        n: dimension of the space; the matrices have size n + 1.

    Returns:
        n(n + 1)/2 generators: rotations, then translations.

    Example:
        >>> se(3).basis.shape
        (6, 4, 4)
    """
    return LieAlgebra(iso(n).basis, source=f"se({n})")


def heisenberg(dimension: int) -> LieAlgebra:
    """The Heisenberg algebra of the given dimension, ``[P_i, Q_j] = δ_ij Z``, as strictly upper triangular matrices.

    Arguments:
        dimension: 2m + 1, odd and at least 3; the matrices have size m + 2.

    Returns:
        Generators P_1 … P_m, Q_1 … Q_m, Z.

    Raises:
        ShapeError: ``dimension`` is even or below 3.

    Example:
        >>> heisenberg(3).basis.shape
        (3, 3, 3)
    """
    if dimension < 3 or dimension % 2 == 0:
        raise ShapeError(f"a Heisenberg algebra of dimension {dimension} does not exist; expected an odd number from 3 on.")
    n = dimension // 2 + 2
    basis = [_unit(n, 0, i) for i in range(1, n - 1)] + [_unit(n, i, n - 1) for i in range(1, n - 1)]
    return _algebra([*basis, _unit(n, 0, n - 1)], n, f"heisenberg({dimension})")


def dilation(n: int) -> LieAlgebra:
    """The one generator that stretches all n coordinates alike.

    Arguments:
        n: number of coordinates.

    Returns:
        The identity matrix as a generator.

    Example:
        >>> dilation(2).basis.tolist()
        [[[1.0, 0.0], [0.0, 1.0]]]
    """
    return _algebra([np.eye(_positive(n, "n"))], n, f"dilation({n})")


def direct_sum(*algebras: LieAlgebra) -> LieAlgebra:
    """Algebras that act on separate coordinates, one block each.

    Arguments:
        algebras: the summands; the first acts on the first coordinates.

    Returns:
        The generators of all of them, padded with zeros, with their errors; those of different summands count as independent.

    Example:
        >>> direct_sum(so(3), so(2)).basis.shape
        (4, 5, 5)
    """
    n = sum(algebra.n for algebra in algebras)
    basis: list[Float[np.ndarray, "n n"]] = []
    start = 0
    for algebra in algebras:
        width = (start, n - start - algebra.n)
        basis += [np.pad(element, width) for element in algebra.basis]
        start += algebra.n
    padded = _algebra(basis, n, " ⊕ ".join(algebra.source or "?" for algebra in algebras))
    places = np.concatenate([block.ravel() for block in _places(algebras, n)]) if algebras else np.zeros(0, dtype=np.int64)
    return _with_errors(padded, algebras, places)


def extend(algebra: LieAlgebra, other: LieAlgebra) -> LieAlgebra:
    """Generators of both algebras on the same coordinates, as in so(1,3) ⊕ R: Lorentz transformations and dilations.

    Arguments:
        algebra: generators of shape ``(k, n, n)``.
        other: further generators of shape ``(l, n, n)``.

    Returns:
        k + l generators, with their errors; whether they close under the bracket is for ``closure_residual`` to say.

    Raises:
        ShapeError: the two act on spaces of different dimension.

    Example:
        >>> extend(so(1, 3), dilation(4)).dimension
        7
    """
    if algebra.n != other.n:
        raise ShapeError(f"generators of size {algebra.n} and {other.n} cannot act on the same space; use direct_sum for separate blocks.")
    basis = np.concatenate([algebra.basis, other.basis])
    source = " + ".join(part.source or "?" for part in (algebra, other))
    return _with_errors(LieAlgebra(basis, coordinates=algebra.coordinates, source=source), (algebra, other), np.arange(basis.size))


def _places(algebras: tuple[LieAlgebra, ...], n: int) -> list[Int[np.ndarray, "k m"]]:
    """Where the entries of each summand lie in the flattened generators of the direct sum."""
    places, generator, start = [], 0, 0
    for algebra in algebras:
        rows = start + np.arange(algebra.n)
        inside = (rows[:, None] * n + rows).ravel()
        places.append((generator + np.arange(algebra.dimension))[:, None] * n * n + inside)
        generator, start = generator + algebra.dimension, start + algebra.n
    return places


def _with_errors(whole: LieAlgebra, parts: tuple[LieAlgebra, ...], places: Int[np.ndarray, "p"]) -> LieAlgebra:
    """Give a composed algebra the covariances of its parts, independent of each other; exact parts contribute none."""
    if all(part.covariance is None for part in parts):
        return whole
    covariance, start = np.zeros((whole.basis.size, whole.basis.size)), 0
    for part in parts:
        inside = places[start : start + part.basis.size]
        if part.covariance is not None:
            covariance[np.ix_(inside, inside)] = part.covariance
        start += part.basis.size
    return replace(whole, covariance=covariance, freedom=min(part.freedom for part in parts))


def change_of_basis(algebra: LieAlgebra, *, seed: int | np.random.Generator, conjugate: bool = False, error: float = 0.0) -> LieAlgebra:
    """The same algebra as a discovery might return it: generators mixed at random, coordinates changed, errors added.

    Arguments:
        algebra: k generators of shape ``(k, n, n)``.
        seed: seed or generator of the random choices.
        conjugate: also change the coordinates by a random well-conditioned matrix (condition number at most 4).
        error: Gaussian error of every generator, as a fraction of its Frobenius norm and the same for all its entries.

    Returns:
        The disguised algebra; with an error its covariance is set to match. Mixing has a condition number of at most 4.

    Example:
        >>> change_of_basis(so(3), seed=0, error=0.01).errors.shape
        (3, 3, 3)
    """
    rng = _rng.generator(seed)
    n, k = algebra.n, algebra.dimension
    mixing = _well_conditioned(k, rng)
    frame = _well_conditioned(n, rng) if conjugate else np.eye(n)
    transform = np.einsum("ab,im,jo->aijbmo", mixing, frame, np.linalg.inv(frame).T).reshape(k * n * n, k * n * n)
    basis = (transform @ algebra.basis.ravel()).reshape(k, n, n)
    covariance = None if algebra.covariance is None else transform @ algebra.covariance @ transform.T
    if error:
        sizes = error * np.linalg.norm(basis, axis=(1, 2)) / n
        basis = basis + sizes[:, None, None] * rng.normal(size=basis.shape)
        covariance = np.diag(np.repeat(sizes**2, n * n)) + (0 if covariance is None else covariance)
    names = () if conjugate else algebra.coordinates
    source = f"{algebra.source or 'an algebra'} in a random basis"
    return LieAlgebra(basis, covariance=covariance, freedom=algebra.freedom, coordinates=names, source=source)


def _algebra(basis: Sequence[Float[np.ndarray, "n n"]], n: int, source: str, coordinates: tuple[str, ...] = ()) -> LieAlgebra:
    return LieAlgebra(np.array(basis, dtype=np.float64).reshape(-1, n, n), coordinates=coordinates, source=source)


def _unit(n: int, i: int, j: int) -> Float[np.ndarray, "n n"]:
    unit = np.zeros((n, n))
    unit[i, j] = 1.0
    return unit


def _real_pair(element: Shaped[np.ndarray, "..."]) -> Float[np.ndarray, "m m"]:
    return np.block([[element.real, -element.imag], [element.imag, element.real]])


def _off_diagonal_unitary(n: int) -> list[Shaped[np.ndarray, "..."]]:
    pairs = list(combinations(range(n), 2))
    real = [_unit(n, i, j) - _unit(n, j, i) for i, j in pairs]
    return real + [1j * (_unit(n, i, j) + _unit(n, j, i)) for i, j in pairs]


def _well_conditioned(n: int, rng: np.random.Generator) -> Float[np.ndarray, "n n"]:
    left, right = (np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
    return np.asarray(left * np.exp(rng.uniform(-np.log(2), np.log(2), n)) @ right)


def _positive(n: int, name: str) -> int:
    if n < 1:
        raise ShapeError(f"{name} = {n}; expected at least 1.")
    return n
