"""A finite group of matrices as a value, its closure from generators and its refinement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physym._typing import Float, Int
from physym.algebra.finite import naming, tables
from physym.errors import InvalidData, NotAGroup, ShapeError


@dataclass(frozen=True, eq=False)
class GroupIdentification:
    """The name of a finite group, with the invariants that any reader can check.

    Arguments:
        name: the usual name: the point group for 1 × 1 to 3 × 3 matrices, else the abstract group, else ``"order g, not named"``.
        abstract: names of the abstract group, the usual one first; empty where none is known.
        point_group: Schoenflies name (3 × 3), C_k or D_k (2 × 2); empty for other sizes.
        order: number of elements.
        order_counts: how many elements there are of each order.
        class_sizes: sizes of the conjugacy classes.
        centre: order of the centre.
        derived: order of the commutator subgroup.

    Example:
        >>> from physym.algebra.finite.catalogue import tetrahedral
        >>> identify_group(tetrahedral(reflections=True))
        GroupIdentification: T_d (also S4), order 24
          elements by order {1: 1, 2: 9, 3: 8, 4: 6}, classes of 1, 3, 6, 6, 8, centre 1, commutators 12
    """

    name: str
    abstract: tuple[str, ...]
    point_group: str = ""
    order: int = field(default=1, kw_only=True)
    order_counts: dict[int, int] = field(default_factory=dict, kw_only=True)
    class_sizes: tuple[int, ...] = field(default=(), kw_only=True)
    centre: int = field(default=1, kw_only=True)
    derived: int = field(default=1, kw_only=True)

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names of the same group, abstract or as a point group."""
        names = dict.fromkeys([self.point_group, *self.abstract])
        return tuple(name for name in names if name and name != self.name)

    def __repr__(self) -> str:
        also = f" (also {', '.join(self.aliases)})" if self.aliases else ""
        classes = ", ".join(str(size) for size in self.class_sizes)
        return (
            f"GroupIdentification: {self.name}{also}, order {self.order}\n"
            f"  elements by order {self.order_counts}, classes of {classes}, centre {self.centre}, commutators {self.derived}"
        )


@dataclass(frozen=True, eq=False)
class MatrixGroup:
    """A finite group of real ``n × n`` matrices that act on columns.

    Arguments:
        elements: the matrices, shape ``(g, n, n)``, each element once; the identity is put first.
        errors: standard error of each entry, shape ``(g, n, n)``, or None where the matrices are exact.
        tolerance: two matrices are one element when their distance is below this times √n; at most half the smallest distance.
        source: where the group comes from, in words.

    Raises:
        ShapeError: ``elements`` is not ``(g, n, n)``, or ``errors`` has another shape.
        InvalidData: NaN or infinite entries.
        NotAGroup: the products do not stay in the set to within the tolerance, or two elements coincide.

    Example:
        >>> group = MatrixGroup(np.array([[[1.0]], [[-1.0]]]))
        >>> group.order, group.name, group.table.tolist()
        (2, 'Z2', [[0, 1], [1, 0]])
    """

    elements: Float[np.ndarray, "g n n"]
    errors: Float[np.ndarray, "g n n"] | None = field(default=None, kw_only=True)
    tolerance: float = field(default=1e-6, kw_only=True)
    source: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        elements = np.asarray(self.elements, dtype=np.float64)
        if elements.ndim != 3 or elements.shape[1] != elements.shape[2] or 0 in elements.shape:
            raise ShapeError(f"elements have shape {elements.shape}; expected (g, n, n): one square matrix per element, at least one.")
        if not np.isfinite(elements).all():
            raise InvalidData("elements hold NaN or infinite entries; a group element must be finite.")
        if self.errors is not None and np.shape(self.errors) != elements.shape:
            raise ShapeError(f"errors have shape {np.shape(self.errors)}; expected {elements.shape}, one for each entry.")
        first = int(np.argmin(((elements - np.eye(elements.shape[1])) ** 2).sum((1, 2))))
        order = [first, *(i for i in range(len(elements)) if i != first)]
        object.__setattr__(self, "elements", elements[order])
        object.__setattr__(self, "errors", None if self.errors is None else np.asarray(self.errors, dtype=np.float64)[order])
        tables.check_table(self.table)

    @property
    def order(self) -> int:
        """Number of elements g."""
        return len(self.elements)

    @property
    def n(self) -> int:
        """Dimension of the space that the matrices act on."""
        return int(self.elements.shape[1])

    @cached_property
    def table(self) -> Int[np.ndarray, "g g"]:
        """Multiplication table, shape ``(g, g)``: ``elements[table[a, b]]`` is ``elements[a] @ elements[b]``.

        Raises:
            NotAGroup: a product is none of the elements.
        """
        table = np.empty((self.order, self.order), dtype=np.int64)
        for a, element in enumerate(self.elements):
            nearest, distance = _nearest(element @ self.elements, self.elements)
            worst = float(distance.max())
            if worst > self.tolerance * np.sqrt(self.n):
                raise NotAGroup(
                    f"element {a} times element {int(np.argmax(distance))} is {worst:.2g} away from all {self.order} elements; "
                    f"the tolerance is {self.tolerance:.2g} · √{self.n}. Add the products with generated_group, or raise the tolerance."
                )
            table[a] = nearest
        return table

    @cached_property
    def element_orders(self) -> Int[np.ndarray, "g"]:
        """Order of each element, shape ``(g,)``."""
        return tables.element_orders(self.table)

    @cached_property
    def inverse_indices(self) -> Int[np.ndarray, "g"]:
        """Index of the inverse of each element, shape ``(g,)``."""
        return tables.inverses(self.table)

    @cached_property
    def generator_indices(self) -> tuple[int, ...]:
        """Indices of a small set of elements that generates the group."""
        return tables.generating_set(self.table)

    @property
    def generators(self) -> Float[np.ndarray, "r n n"]:
        """A small set of elements that generates the group, shape ``(r, n, n)``."""
        return self.elements[list(self.generator_indices)]

    def subgroup(self, members: Sequence[int]) -> tuple[int, ...]:
        """Indices of the subgroup that some elements generate, in rising order: the identity, which is element 0, comes first."""
        return tuple(int(a) for a in tables.subgroup(self.table, np.array(members, dtype=np.int64)))

    @cached_property
    def identification(self) -> GroupIdentification:
        """Name of the group and its invariants."""
        counts = np.unique(self.element_orders, return_counts=True)
        sizes = tuple(len(members) for members in tables.conjugacy_classes(self.table))
        abstract = naming.abstract_names(self.table)
        point = self._point_group()
        return GroupIdentification(
            point or (abstract[0] if abstract else f"order {self.order}, not named"),
            abstract,
            point,
            order=self.order,
            order_counts={int(k): int(count) for k, count in zip(*counts, strict=True)},
            class_sizes=sizes,
            centre=len(tables.centre(self.table)),
            derived=len(tables.commutator_subgroup(self.table)),
        )

    def _point_group(self) -> str:
        if self.n not in (2, 3):
            return ""
        det = np.where(np.linalg.det(self.elements) > 0, 1, -1)
        if self.n == 2:
            return naming.plane_group(det)
        inversion = bool((np.abs(self.elements + np.eye(3)).max((1, 2)) < 0.1).any())
        return naming.point_group(det, inversion, self.table)

    @property
    def name(self) -> str:
        """The usual name, for instance ``"D4"``, ``"T_d"`` or ``"S3 × Z2"``."""
        return self.identification.name

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names of the same group."""
        return self.identification.aliases

    @property
    def closure_defect(self) -> float:
        """Largest Frobenius distance between a product and the element that the table names, over √n."""
        products = np.einsum("aij,bjk->abik", self.elements, self.elements) - self.elements[self.table]
        return float(np.sqrt((products**2).sum((2, 3)).max() / self.n))

    def __repr__(self) -> str:
        also = f" (also {', '.join(self.aliases)})" if self.aliases else ""
        error = "" if self.errors is None else f", entries ± {float(self.errors.max()):.2g} at most"
        return f"MatrixGroup: {self.name}{also}, {self.order} matrices {self.n} × {self.n}{error}"


def identify_group(group: MatrixGroup) -> GroupIdentification:
    """Name a finite group, as an abstract group and, for 2 × 2 and 3 × 3 matrices, as a point group.

    A name is given only where an isomorphism was exhibited (see ``finite.naming``); otherwise the invariants alone are reported.
    Groups up to order 200 are tried, abelian and symmetric ones beyond.

    Arguments:
        group: g matrices, shape ``(g, n, n)``.

    Returns:
        The names and the invariants.

    Example:
        >>> from physym.algebra.finite.catalogue import permutations
        >>> identify_group(permutations(4)).name
        'S4'
    """
    return group.identification


def generated_group(generators: Float[np.ndarray, "r n n"], *, limit: int = 1000, tolerance: float = 1e-6, source: str = "") -> MatrixGroup:
    """All products of some matrices, where they are finitely many.

    Arguments:
        generators: shape ``(r, n, n)``; none gives the trivial group.
        limit: the largest order that is tried.
        tolerance: two products are one element when their distance is below this times √n; several times the error where
            the matrices are estimated.
        source: where the generators come from, in words.

    Returns:
        The group that they generate, identity first.

    Raises:
        NotAGroup: the products do not close below the limit, or a generator is singular.
        ShapeError: ``generators`` is not ``(r, n, n)``.

    Example:
        >>> generated_group(np.array([[[0.0, -1.0], [1.0, 0.0]]])).name
        'C4'
        >>> generated_group(np.array([[[2.0]]]), limit=50)
        Traceback (most recent call last):
            ...
        physym.errors.NotAGroup: the products of 1 matrices passed 50 elements ...
    """
    given = np.asarray(generators, dtype=np.float64)
    if given.ndim != 3 or given.shape[1] != given.shape[2]:
        raise ShapeError(f"generators have shape {given.shape}; expected (r, n, n): one square matrix each.")
    if not np.isfinite(given).all():
        raise InvalidData("generators hold NaN or infinite entries; a group element must be finite.")
    size = np.abs(np.linalg.det(given))
    if (size < 1e-9 * np.maximum(np.sqrt((given**2).sum((1, 2)) / given.shape[1]), 1e-30) ** given.shape[1]).any():
        raise NotAGroup(f"generator {int(np.argmin(size))} is singular (determinant {size.min():.2g}); a group element has an inverse.")
    cut = tolerance * np.sqrt(given.shape[1])
    elements = np.eye(given.shape[1])[None]
    frontier = elements
    while len(frontier) and len(given):
        products = np.einsum("aij,bjk->abik", frontier, given).reshape(-1, *given.shape[1:])
        fresh: list[Float[np.ndarray, "n n"]] = []
        for product in products[_nearest(products, elements)[1] > cut]:
            if all(np.linalg.norm(product - other) > cut for other in fresh):
                fresh.append(product)
            if len(elements) + len(fresh) > limit:
                raise NotAGroup(
                    f"the products of {len(given)} matrices passed {limit} elements without closing to within {tolerance:.2g} · √n. "
                    "They generate an infinite group, or they are less exact than the tolerance: refine them or raise it."
                )
        frontier = np.array(fresh).reshape(-1, *given.shape[1:])
        elements = np.concatenate([elements, frontier])
    return MatrixGroup(elements, tolerance=tolerance, source=source)


def karcher_refined(group: MatrixGroup, steps: int = 4, *, orthogonal: bool = False) -> MatrixGroup:
    """The nearby matrices that multiply exactly as the table says: ``g_a ← mean_b g_ab g_b⁻¹``, which converges quadratically.

    Averaging over the group also shrinks independent errors of the elements; ``errors`` are kept as they were, so they are upper limits.

    Arguments:
        group: g approximate elements, shape ``(g, n, n)``.
        steps: how many averages are taken.
        orthogonal: project every average onto O(n) by its polar factor.

    Returns:
        A group with the same table.

    Raises:
        NotAGroup: the averages wandered off so far that the table changed.

    References:
        K. Grove, H. Karcher, E. A. Ruh, Math. Ann. 211 (1974) 7: group actions and curvature, for the convergence.

    Example:
        >>> from physym.algebra.finite.catalogue import cyclic
        >>> rough = cyclic(5).elements + 1e-3 * np.random.default_rng(0).normal(size=(5, 2, 2))
        >>> karcher_refined(MatrixGroup(rough, tolerance=0.1)).closure_defect < 1e-12
        True
    """
    elements, table = group.elements, group.table
    for _ in range(steps):
        inverse = np.linalg.inv(elements)
        elements = np.einsum("abij,bjk->aik", elements[table], inverse) / group.order
        if orthogonal:
            left, _, right = np.linalg.svd(elements)
            elements = left @ right
    refined = MatrixGroup(elements, errors=group.errors, tolerance=group.tolerance, source=group.source)
    if (refined.table != table).any():
        raise NotAGroup(f"the averages of {group.order} elements do not keep their multiplication table; the elements are too inexact.")
    return refined


def _nearest(
    matrices: Float[np.ndarray, "m n n"], elements: Float[np.ndarray, "g n n"]
) -> tuple[Int[np.ndarray, "m"], Float[np.ndarray, "m"]]:
    """Index of the nearest element to each matrix and its Frobenius distance."""
    size = elements.shape[1] ** 2
    flat, known = matrices.reshape(-1, size), elements.reshape(-1, size)
    nearest = np.argmax(flat @ known.T - (known**2).sum(1) / 2, axis=1)
    return nearest, np.sqrt(((flat - known[nearest]) ** 2).sum(1))
