"""Multiplication tables of finite groups: orders, classes, normal subgroups and direct factors, all exact integers.

A table ``t`` of order g holds at ``t[a, b]`` the index of the product ``ab``; the identity is found, not assumed to be first.
"""

from __future__ import annotations

import numpy as np

from physym._typing import Bool, Int
from physym.errors import NotAGroup

MOST_NORMAL_SUBGROUPS = 400


def check_table(table: Int[np.ndarray, "g g"]) -> None:
    """Check that a table is that of a group: a Latin square with an identity, associative.

    Arguments:
        table: indices of the products, shape ``(g, g)``.

    Raises:
        NotAGroup: the table is empty, no Latin square, has no identity or is not associative.

    References:
        R. H. Bruck, A Survey of Binary Systems (1958), for Light's test: associativity with the generators is associativity.

    Example:
        >>> check_table(np.array([[0, 1], [1, 0]]))
    """
    order = len(table)
    everything = np.arange(order)
    if order == 0:
        raise NotAGroup("the multiplication table is empty; a group has at least the identity.")
    if (np.sort(table, 0) != everything[:, None]).any() or (np.sort(table, 1) != everything).any():
        raise NotAGroup(f"the multiplication table of {order} elements is no Latin square: two products coincide or an element is missing.")
    if not (table == everything).all(1).any():
        raise NotAGroup(f"none of the {order} elements is the identity.")
    for a in generating_set(table):
        if (table[table[:, a]] != table[:, table[a]]).any():
            raise NotAGroup(f"the multiplication table of {order} elements is not associative.")


def identity(table: Int[np.ndarray, "g g"]) -> int:
    """Index of the identity.

    Example:
        >>> identity(np.array([[1, 0], [0, 1]]))
        1
    """
    return int(np.argmax((table == np.arange(len(table))).all(1)))


def inverses(table: Int[np.ndarray, "g g"]) -> Int[np.ndarray, "g"]:
    """Index of the inverse of each element, shape ``(g,)``, from the table, shape ``(g, g)``.

    Example:
        >>> inverses(np.add.outer(np.arange(3), np.arange(3)) % 3).tolist()
        [0, 2, 1]
    """
    return np.asarray(np.argmax(table == identity(table), axis=1))


def element_orders(table: Int[np.ndarray, "g g"]) -> Int[np.ndarray, "g"]:
    """Order of each element, shape ``(g,)``, from the table, shape ``(g, g)``.

    Example:
        >>> element_orders(np.add.outer(np.arange(4), np.arange(4)) % 4).tolist()
        [1, 4, 2, 4]
    """
    start, everything = identity(table), np.arange(len(table))
    orders, power = np.zeros(len(table), dtype=np.int64), everything.copy()
    for k in range(1, len(table) + 1):
        orders[(power == start) & (orders == 0)] = k
        power = table[power, everything]
    return orders


def conjugacy_classes(table: Int[np.ndarray, "g g"]) -> tuple[Int[np.ndarray, "_"], ...]:
    """The conjugacy classes as sorted indices, smallest class first, from the table, shape ``(g, g)``.

    Example:
        >>> [c.tolist() for c in conjugacy_classes(np.array([[0, 1], [1, 0]]))]
        [[0], [1]]
    """
    everything, inverse = np.arange(len(table)), inverses(table)
    conjugates = table[table, inverse[:, None]]  # [b, a] = b a b⁻¹
    label = conjugates.min(0)
    found = [everything[label == value] for value in np.unique(label)]
    return tuple(sorted(found, key=lambda members: (len(members), int(members[0]))))


def centre(table: Int[np.ndarray, "g g"]) -> Int[np.ndarray, "c"]:
    """Indices of the elements that commute with all others, shape ``(c,)``, from the table, shape ``(g, g)``.

    Example:
        >>> centre(np.array([[0, 1], [1, 0]])).tolist()
        [0, 1]
    """
    return np.flatnonzero((table == table.T).all(1))


def subgroup(table: Int[np.ndarray, "g g"], members: Int[np.ndarray, "m"]) -> Int[np.ndarray, "s"]:
    """The subgroup that some elements generate, as sorted indices, shape ``(s,)``.

    Arguments:
        table: shape ``(g, g)``.
        members: indices of the generators, shape ``(m,)``.

    Returns:
        Indices, shape ``(s,)``.

    Example:
        >>> subgroup(np.add.outer(np.arange(6), np.arange(6)) % 6, np.array([2])).tolist()
        [0, 2, 4]
    """
    inside = np.zeros(len(table), dtype=bool)
    frontier = np.array([identity(table)])
    while len(frontier):
        inside[frontier] = True
        reached = np.unique(table[np.ix_(frontier, members)]) if len(members) else frontier
        frontier = reached[~inside[reached]]
    return np.flatnonzero(inside)


def generating_set(table: Int[np.ndarray, "g g"]) -> tuple[int, ...]:
    """A small set of elements that generates the group: greedily the element that enlarges the subgroup most, ties to the first.

    Elements of high order go first, so a cyclic group has one generator and a dihedral group two. The table has shape ``(g, g)``.

    Example:
        >>> generating_set(np.add.outer(np.arange(6), np.arange(6)) % 6)
        (1,)
    """
    spanned, chosen = np.array([identity(table)]), list[int]()
    while len(spanned) < len(table):
        outside = np.setdiff1d(np.arange(len(table)), spanned)
        reached = [len(subgroup(table, np.array([*chosen, a]))) for a in outside]
        chosen.append(int(outside[int(np.argmax(reached))]))
        spanned = subgroup(table, np.array(chosen))
        if len(table) % len(spanned):  # Lagrange: only a table that is no group can get here, and it must not loop for ever
            return tuple(range(len(table)))
    return tuple(chosen)


def restricted(table: Int[np.ndarray, "g g"], members: Int[np.ndarray, "s"]) -> Int[np.ndarray, "s s"]:
    """The table of a subgroup, shape ``(s, s)``, in the order of ``members``.

    Example:
        >>> restricted(np.add.outer(np.arange(4), np.arange(4)) % 4, np.array([0, 2])).tolist()
        [[0, 1], [1, 0]]
    """
    position = np.full(len(table), -1)
    position[members] = np.arange(len(members))
    return np.asarray(position[table[np.ix_(members, members)]])


def commutator_subgroup(table: Int[np.ndarray, "g g"]) -> Int[np.ndarray, "s"]:
    """The subgroup generated by all ``aba⁻¹b⁻¹``, shape ``(s,)``, from the table, shape ``(g, g)``.

    Example:
        >>> commutator_subgroup(np.array([[0, 1], [1, 0]])).tolist()
        [0]
    """
    inverse = inverses(table)
    return subgroup(table, np.unique(table[table, table[np.ix_(inverse, inverse)]]))


def normal_subgroups(table: Int[np.ndarray, "g g"]) -> tuple[Bool[np.ndarray, "g"], ...] | None:
    """All normal subgroups as masks of shape ``(g,)``, smallest first; None where there are more than 400 of them.

    Each is the product of the normal closures of its conjugacy classes. The table has shape ``(g, g)``.

    Example:
        >>> [int(mask.sum()) for mask in normal_subgroups(np.add.outer(np.arange(6), np.arange(6)) % 6)]
        [1, 2, 3, 6]
    """
    order = len(table)
    closures = {_mask(subgroup(table, members), order).tobytes() for members in conjugacy_classes(table)}
    found, frontier = set(closures), set(closures)
    while frontier:
        fresh = set[bytes]()
        for one in frontier:
            for other in closures:
                product = table[np.ix_(_members(one), _members(other))]
                fresh.add(_mask(np.unique(product), order).tobytes())
        frontier = fresh - found
        found |= frontier
        if len(found) > MOST_NORMAL_SUBGROUPS:
            return None
    masks = [np.frombuffer(mask, dtype=bool) for mask in found]
    return tuple(sorted(masks, key=lambda mask: (int(mask.sum()), np.flatnonzero(mask).tolist())))


def direct_factors(table: Int[np.ndarray, "g g"]) -> tuple[Int[np.ndarray, "_"], Int[np.ndarray, "_"]] | None:
    """Two normal subgroups that meet in the identity and whose product is everything; None where there is no such pair.

    Arguments:
        table: shape ``(g, g)``.

    Returns:
        Indices of the two factors, the smaller one first, or None for an indecomposable group or too many normal subgroups.

    Example:
        >>> [f.tolist() for f in direct_factors(np.add.outer(np.arange(6), np.arange(6)) % 6)]
        [[0, 3], [0, 2, 4]]
    """
    normal = normal_subgroups(table) or ()
    for one in normal:
        size = int(one.sum())
        if size == 1 or size**2 > len(table):
            continue
        for other in normal:
            if size * int(other.sum()) == len(table) and int((one & other).sum()) == 1:
                return np.flatnonzero(one), np.flatnonzero(other)
    return None


def _mask(members: Int[np.ndarray, "s"], order: int) -> Bool[np.ndarray, "g"]:
    mask = np.zeros(order, dtype=bool)
    mask[members] = True
    return mask


def _members(mask: bytes) -> Int[np.ndarray, "s"]:
    return np.flatnonzero(np.frombuffer(mask, dtype=bool))
