"""The simple real Lie algebras: their names from dimension, compact dimension and natural representation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

NATURAL_TYPES = ("real", "complex", "quaternionic")


@dataclass(frozen=True)
class RealForm:
    """One name of a simple real Lie algebra.

    Arguments:
        name: such as ``so(1,3)``.
        dimension: real dimension.
        compact: dimension of a maximal compact subalgebra, the number of negative directions of the Killing form.
        rank: dimension of a Cartan subalgebra (over the reals).
        complex: whether it is a complex algebra seen as real.
        module: real dimension of the natural representation.
        kind: type of that representation: ``real``, ``complex`` or ``quaternionic``.
    """

    name: str
    dimension: int
    compact: int
    rank: int
    complex: bool
    module: int
    kind: str


def _orthogonal(size: int) -> list[RealForm]:
    """so(p,q) with p ≤ q and p + q = size, so*(size) and so(size/2, C)."""
    forms = []
    total, rank = size * (size - 1) // 2, size // 2
    for p in range(size // 2 + 1) if size == 3 or size >= 5 else ():
        q = size - p
        name = f"so({size})" if p == 0 else f"so({p},{q})"
        forms.append(RealForm(name, total, p * (p - 1) // 2 + q * (q - 1) // 2, rank, False, size, "real"))
    if size == 4:
        forms.append(RealForm("so(1,3)", 6, 3, 2, True, 4, "real"))
    if size % 2 == 0 and size >= 6:
        forms.append(RealForm(f"so*({size})", total, (size // 2) ** 2, rank, False, 2 * size, "quaternionic"))
    return forms


def _unitary(n: int) -> list[RealForm]:
    """sl(n,R), su(p,q) with p ≤ q and p + q = n, and su*(n)."""
    total = n * n - 1
    forms = [RealForm(f"sl({n},R)", total, n * (n - 1) // 2, n - 1, False, n, "real")]
    for p in range(n // 2 + 1):
        q = n - p
        kind = "quaternionic" if (p, q) == (0, 2) else "complex"
        forms.append(RealForm(f"su({n})" if p == 0 else f"su({p},{q})", total, p * p + q * q - 1, n - 1, False, 2 * n, kind))
    if n % 2 == 0 and n >= 4:
        forms.append(RealForm(f"su*({n})", total, n * (n + 1) // 2, n - 1, False, 2 * n, "quaternionic"))
    return forms


def _symplectic(n: int) -> list[RealForm]:
    """sp(2n,R), and sp(p,q) with p ≤ q and p + q = n."""
    total = n * (2 * n + 1)
    forms = [RealForm(f"sp({2 * n},R)", total, n * n, n, False, 2 * n, "real")]
    for p in range(n // 2 + 1):
        q = n - p
        compact = p * (2 * p + 1) + q * (2 * q + 1)
        forms.append(RealForm(f"sp({n})" if p == 0 else f"sp({p},{q})", total, compact, n, False, 4 * n, "quaternionic"))
    return forms


def _complex(n: int) -> list[RealForm]:
    """sl(n,C), so(n,C) and sp(2n,C) seen as real algebras."""
    forms = [RealForm(f"sl({n},C)", 2 * (n * n - 1), n * n - 1, 2 * (n - 1), True, 2 * n, "complex")]
    if n == 3 or n >= 5:
        forms.append(RealForm(f"so({n},C)", n * (n - 1), n * (n - 1) // 2, 2 * (n // 2), True, 2 * n, "complex"))
    if n % 2 == 0:
        forms.append(RealForm(f"sp({n},C)", n * (n + 1), n * (n + 1) // 2, n, True, 2 * n, "complex"))
    return forms


@lru_cache
def real_forms(dimension: int) -> tuple[RealForm, ...]:
    """All classical simple real Lie algebras of one dimension (and the two real forms of G₂), the preferred names first.

    Isomorphic names such as so(3) and su(2) are listed side by side, with the same dimension and compact dimension.

    Arguments:
        dimension: real dimension, at least 3.

    Returns:
        The forms, orthogonal ones first.

    References:
        S. Helgason, Differential Geometry, Lie Groups, and Symmetric Spaces (1978), chapter X, tables I–IV.

    Example:
        >>> [form.name for form in real_forms(3)]
        ['so(3)', 'so(1,2)', 'sl(2,R)', 'su(2)', 'su(1,1)', 'sp(2,R)', 'sp(1)']
    """
    top = 2 + int((2 * dimension) ** 0.5) + 1
    families = (_orthogonal, _unitary, _symplectic, _complex)
    forms = [form for family in families for n in range(2 if family is not _symplectic else 1, top) for form in family(n)]
    forms += [RealForm("g2", 14, 14, 2, False, 7, "real"), RealForm("g2(2)", 14, 6, 2, False, 7, "real")]
    return tuple(form for form in forms if form.dimension == dimension)


def name_simple(
    dimension: int, compact: int, *, complex_type: bool = False, modules: tuple[tuple[int, str], ...] = ()
) -> tuple[RealForm | None, tuple[str, ...]]:
    """The name of a simple algebra that fits the representation it was given in, and its other names.

    Arguments:
        dimension: real dimension.
        compact: number of negative directions of the Killing form.
        complex_type: whether it is a complex algebra seen as real.
        modules: real dimension and type of every non-trivial irreducible representation it was seen in.

    Returns:
        The preferred form (None if no classical form fits) and the names of the isomorphic ones.
        From dimension 21 on, so(2n+1)- and sp(2n)-type forms can share both numbers; then only the representation decides.

    Example:
        >>> name_simple(3, 3, modules=((4, "quaternionic"),))[0].name
        'su(2)'
        >>> name_simple(6, 3, complex_type=True)[1]
        ('sl(2,C)', 'sp(2,C)', 'so(3,C)')
    """
    fits = [form for form in real_forms(dimension) if form.compact == compact and form.complex == complex_type]
    if not fits:
        return None, ()
    first = fits[0]
    if first.name != "so(1,3)":
        seen = [form for form in fits if (form.module, form.kind) in modules]
        default = [form for form in fits if form.name == "sl(2,R)"] or [first]
        first = (seen or default)[0]
    names = [form.name for form in fits if form is not first]
    return first, tuple(dict.fromkeys(names))
