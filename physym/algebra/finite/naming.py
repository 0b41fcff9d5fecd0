"""Names of finite groups: each name is given only where an isomorphism has been exhibited, never from a likeness of numbers."""

from __future__ import annotations

from math import factorial, prod

import numpy as np

from physym._typing import Int
from physym.algebra.finite import tables

LARGEST_NAMED = 200
UP_TO = 6  # symmetric and alternating groups are recognised up to S₆


def abstract_names(table: Int[np.ndarray, "g g"]) -> tuple[str, ...]:
    """Names of the abstract group, the usual one first; empty where none is known.

    Abelian groups follow from their element orders (which determine them); dihedral, dicyclic, symmetric and alternating groups from
    elements that satisfy the relations of a presentation and generate everything; products from normal subgroups that meet in the identity.
    By the theorem of Krull and Schmidt the indecomposable factors are unique, so the name does not depend on the choices made.

    Arguments:
        table: multiplication table, shape ``(g, g)``.

    Returns:
        For instance ``("S3", "D3")`` or ``("S3 × Z2", "D6")``.

    References:
        H. S. M. Coxeter, W. O. J. Moser, Generators and Relations for Discrete Groups (1957), §§ 1.5, 1.6, 6.2, 6.3.

    Example:
        >>> abstract_names(np.add.outer(np.arange(6), np.arange(6)) % 6)
        ('C6', 'Z3 × Z2', 'Z6')
    """
    if (table == table.T).all():
        return _abelian_names(table)
    if len(table) > LARGEST_NAMED:
        return tuple(_permutation_names(table))
    factors = tables.direct_factors(table)
    whole = _indecomposable_names(table)
    if factors is None:
        return whole
    simple, abelian = _indecomposables(table)
    names = [_indecomposable_names(factor) for factor in simple]
    if not all(names):
        return whole
    parts = sorted((name[0] for name in names), key=lambda text: (-len(text), text))
    product = " × ".join([*parts, *(_cyclic(k) for k in _invariant_factors(abelian))])
    return tuple(dict.fromkeys([product, *whole]))


def point_group(det: Int[np.ndarray, "g"], inversion: bool, table: Int[np.ndarray, "g g"]) -> str:
    """Schoenflies name of a finite group of 3 × 3 matrices.

    Every finite subgroup of O(3) is a rotation group R, or R × {±1}, or R together with −(R' \\ R) for a rotation group R' that holds R
    as half of it.

    Arguments:
        det: determinant of each element, +1 or −1, shape ``(g,)``.
        inversion: whether −1 is an element.
        table: multiplication table, shape ``(g, g)``.

    Returns:
        For instance ``"T_d"`` or ``"C_3v"``.

    References:
        H. Weyl, Symmetry (1952), appendix B: the finite groups of proper and improper rotations.

    Example:
        >>> point_group(np.array([1, -1]), False, np.array([[0, 1], [1, 0]]))
        'C_s'
    """
    proper = np.flatnonzero(det > 0)
    orders = tables.element_orders(table)
    kind, k = _rotation_group(orders[proper])
    if len(proper) == len(det):
        return kind if kind in "TOI" else f"{kind}{k}"
    if inversion:
        return _with_inversion(kind, k)
    if kind == "T":
        return "T_d"
    # without −1 in the group, −s has the order of s for every improper s, so R' has the orders of the whole group
    whole, _ = _rotation_group(orders)
    if whole == "C":
        return "C_s" if k == 1 else f"C_{k}h" if k % 2 else f"S_{2 * k} (rotation-reflection)"
    if kind == "C":
        return "C_s" if k == 1 else f"C_{k}v"
    return f"D_{k}h" if k % 2 else f"D_{k}d"


def plane_group(det: Int[np.ndarray, "g"]) -> str:
    """Name of a finite group of 2 × 2 matrices: C_k of rotations, D_k with reflections; ``det`` has shape ``(g,)``.

    References:
        Leonardo's theorem: H. Weyl, Symmetry (1952), p. 99.

    Example:
        >>> plane_group(np.array([1, 1, -1, -1]))
        'D2'
    """
    return f"C{len(det)}" if (det > 0).all() else f"D{len(det) // 2}"


def _rotation_group(orders: Int[np.ndarray, "r"]) -> tuple[str, int]:
    """Letter and fold of a finite group of rotations of space from the orders of its elements."""
    size, largest = len(orders), int(orders.max())
    if largest == size:
        return "C", size
    if 2 * largest == size:
        return "D", largest
    return {12: "T", 24: "O", 60: "I"}[size], largest


def _with_inversion(kind: str, k: int) -> str:
    if kind in "TOI":
        return f"{kind}_h"
    if kind == "C":
        return "C_i" if k == 1 else f"S_{2 * k} (rotation-reflection)" if k % 2 else f"C_{k}h"
    return f"D_{k}d" if k % 2 else f"D_{k}h"


def _cyclic(order: int) -> str:
    return "Z2" if order == 2 else f"C{order}"


def _abelian_names(table: Int[np.ndarray, "g g"]) -> tuple[str, ...]:
    factors = _invariant_factors(_prime_powers(tables.element_orders(table)))
    primary = " × ".join(f"Z{q}" for q in sorted(_prime_powers(tables.element_orders(table)), reverse=True))
    if not factors:
        return ("C1",)
    names = [" × ".join(_cyclic(k) for k in factors), primary, " × ".join(f"Z{k}" for k in factors)]
    if factors == [2, 2]:
        names += ["D2", "Klein four-group"]
    return tuple(dict.fromkeys([*names, *(["C2"] if factors == [2] else [])]))


def _prime_powers(orders: Int[np.ndarray, "g"]) -> list[int]:
    """Orders of the primary cyclic factors of an abelian group: #{a : a^{pʲ} = 1} = p^{Σ min(j, e_i)} over the factors p^{e_i}."""
    found, rest = list[int](), len(orders)
    for p in range(2, len(orders) + 1):
        if rest % p:
            continue
        counts, q = [0], 1
        while rest % p == 0:
            rest //= p
        while True:
            q *= p
            killed = int((q % orders == 0).sum())
            rank = round(np.log(killed) / np.log(p))
            if rank == counts[-1]:
                break
            counts.append(rank)
        at_least = np.diff([*counts, counts[-1]])  # how many factors have exponent ≥ j
        for j in range(1, len(counts)):
            found += [p**j] * int(at_least[j - 1] - at_least[j])
    return found


def _invariant_factors(powers: list[int]) -> list[int]:
    """d₁, d₂, … with each dividing the one before, from prime powers."""
    by_prime: dict[int, list[int]] = {}
    for q in sorted(powers, reverse=True):
        by_prime.setdefault(next(p for p in range(2, q + 1) if q % p == 0), []).append(q)
    depth = max((len(chain) for chain in by_prime.values()), default=0)
    return [prod(chain[i] for chain in by_prime.values() if i < len(chain)) for i in range(depth)]


def _indecomposables(table: Int[np.ndarray, "g g"]) -> tuple[list[Int[np.ndarray, "_ _"]], list[int]]:
    """Tables of the non-abelian indecomposable direct factors, and the prime powers of the abelian ones."""
    if (table == table.T).all():
        return [], _prime_powers(tables.element_orders(table))
    factors = tables.direct_factors(table)
    if factors is None:
        return [table], []
    parts = [_indecomposables(tables.restricted(table, members)) for members in factors]
    return [one for tables_, _ in parts for one in tables_], [q for _, powers in parts for q in powers]


def _indecomposable_names(table: Int[np.ndarray, "g g"]) -> tuple[str, ...]:
    names = [*_permutation_names(table), *_two_generator_names(table)]
    return tuple(dict.fromkeys(names))


def _two_generator_names(table: Int[np.ndarray, "g g"]) -> list[str]:
    """Dihedral ⟨r, s | r^k, s², (sr)²⟩ and dicyclic ⟨r, s | r^{2n}, s² = rⁿ, srs⁻¹ = r⁻¹⟩ groups."""
    order, orders, inverse = len(table), tables.element_orders(table), tables.inverses(table)
    if order % 2:
        return []
    for r in np.flatnonzero(orders == order // 2)[:64]:
        outside = np.setdiff1d(np.arange(order), tables.subgroup(table, np.array([r])))
        inverting = outside[table[table[outside, r], inverse[outside]] == inverse[r]]
        if len(inverting) and orders[inverting[0]] == 2:
            return [f"D{order // 2}"]
        if len(inverting) and orders[inverting[0]] == 4:  # then s² is the only involution of ⟨r⟩, which is rⁿ
            return ["Q8", "Dic2"] if order == 8 else [f"Dic{order // 4}"]
    return []


def _permutation_names(table: Int[np.ndarray, "g g"]) -> list[str]:
    """Symmetric groups by Coxeter's relations of neighbouring transpositions, alternating ones by Carmichael's of 3-cycles."""
    order = len(table)
    for n in range(3, UP_TO + 1):
        if order == factorial(n) and _presented(table, 2, 3, n - 1):
            return [f"S{n}"]
        if n > 3 and order == factorial(n) // 2 and _presented(table, 3, 2, n - 2):
            return [f"A{n}"]
    return []


def _presented(table: Int[np.ndarray, "g g"], order: int, neighbours: int, count: int) -> bool:
    """Whether the group is generated by ``count`` elements of one order whose products have order ``neighbours``, or 2 if not adjacent."""
    orders = tables.element_orders(table)
    candidates = np.flatnonzero(orders == order)
    first = [int(members[0]) for members in tables.conjugacy_classes(table) if orders[members[0]] == order]

    def extended(chosen: list[int]) -> bool:
        if len(chosen) == count:
            return len(tables.subgroup(table, np.array(chosen))) == len(table)
        wanted = np.full(len(chosen), 2)
        wanted[-1] = neighbours
        fits = (orders[table[chosen][:, candidates]] == wanted[:, None]).all(0)
        return any(extended([*chosen, int(a)]) for a in candidates[fits])

    return any(extended([a]) for a in first)
