"""Functions whose symmetry stands in a textbook: data on which a method of discovery can be checked, broken by degrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physym import _rng
from physym._typing import Float, Shaped
from physym.algebra import LieAlgebra, Rep, direct_sum, heisenberg, iso, se, sl, so, su
from physym.data.samples import Samples
from physym.errors import InvalidData, UnknownDataset

RowFunction = Callable[[np.ndarray], np.ndarray]  # vectors (N, K, n) to values (N,)
STEP = 1e-4  # of the derivative along a generator; third derivatives then count with 1e-8
ROWS = 20_000  # of the reference: the relative defect is right to about 1 %
SPREAD = (0.7, 1.3)


@dataclass(frozen=True, eq=False)
class TextbookFunction:
    """A function ``y = f(x) + noise`` of K vectors that one known Lie algebra leaves unchanged.

    The distribution of x is Gaussian and not symmetric: its coordinates have different spreads. Only ``f(gx) = f(x)`` holds.

    Arguments:
        name: name of the case.
        algebra: all linear maps (affine ones where its matrices have size n + 1) that leave f unchanged, shape ``(k, m, m)``.
        value: f, from vectors ``(N, K, n)`` to ``(N,)``.
        copies: number of vectors K.
        n: number of coordinates of a vector.
        degree: degree of the polynomial f, at which it can be fitted exactly.
        isotropic: x has the same spread in every direction. Needed where f is no polynomial, as the best polynomial to a symmetric f is
            symmetric for certain only if the distribution of x is, too.
        holomorphic: coordinates are ``(Re, Im)`` of n/2 complex ones, and ``algebra`` holds all *complex-linear* maps.

    Example:
        >>> case = textbook("so(3)")
        >>> rows = case.make(100, seed=0)
        >>> rows.x.shape, rows.y.shape, case.algebra.dimension
        ((100, 3), (100,), 3)
    """

    name: str
    algebra: LieAlgebra
    value: RowFunction = field(kw_only=True)
    copies: int = field(default=1, kw_only=True)
    n: int = field(kw_only=True)
    degree: int = field(default=2, kw_only=True)
    isotropic: bool = field(default=False, kw_only=True)
    holomorphic: bool = field(default=False, kw_only=True)

    @property
    def is_affine(self) -> bool:
        """Whether the generators act on ``(x, 1)``."""
        return self.algebra.n == self.n + 1

    def make(self, rows: int, *, seed: int | np.random.Generator, noise: float = 0.0, breaking: float = 0.0) -> Samples:
        """Rows of x with y, in units of the standard deviation of f.

        Arguments:
            rows: how many.
            seed: seed or generator.
            noise: standard deviation of the Gaussian noise on y, relative to that of f.
            breaking: relative defect of the symmetry: the root-mean-square change along the worst generator of ``algebra``, relative
                to that along a random matrix (an affine or a complex one where ``algebra`` is). A polynomial of degree 2 is added
                that no generator preserves. (A quadratic form with it still keeps some so(n − 1) in a tilted metric, as all do.)

        Returns:
            Samples of K vectors.

        Raises:
            InvalidData: no rows, a negative noise or breaking, or a breaking so large that no admixture reaches it.

        Example:
            >>> textbook("se(3)").make(10, seed=0, noise=0.1).rep_x
            Rep('3V', n=3)
        """
        if rows < 1 or not (0 <= noise < np.inf and 0 <= breaking < np.inf):
            raise InvalidData(
                f"make(rows={rows}, noise={noise}, breaking={breaking}): expected at least one row, and nothing negative or infinite."
            )
        draw, smear = _rng.generator(seed).spawn(2)
        vectors = self._vectors(rows, draw)
        y = self.value(vectors) + self._admixture(breaking) * uneven(vectors)
        y = y / self._reference.std + noise * smear.normal(size=rows)
        return Samples(
            vectors.reshape(rows, -1),
            rep_x=Rep(f"{self.copies}V", n=self.n),
            y=y,
            source=f"textbook function {self.name}, noise {noise:g}, breaking {breaking:g}",
        )

    def _vectors(self, rows: int, rng: np.random.Generator) -> Float[np.ndarray, "N K n"]:
        return rng.normal(size=(rows, self.copies, self.n)) * (1.0 if self.isotropic else np.linspace(*SPREAD, self.n))

    def _admixture(self, breaking: float) -> float:
        """The factor t of ``uneven`` with ``t · worst = breaking · √(E|Af|² + 2t E[Af · Au] + t² E|Au|²)``."""
        ref = self._reference
        leading = ref.worst**2 - breaking**2 * ref.uneven
        if leading <= 0:
            raise InvalidData(f"breaking={breaking} is out of reach of {self.name}; give at most {0.9 * ref.worst / ref.uneven**0.5:.1g}.")
        half = breaking**2 * ref.cross
        return float((half + np.sqrt(half**2 + leading * breaking**2 * ref.even)) / leading)

    @cached_property
    def _reference(self) -> _Reference:
        """Sizes of f and ``uneven`` and of their changes, over reference rows."""
        vectors = self._vectors(ROWS, np.random.default_rng(0))
        size = self.algebra.n
        everything = np.eye(size * size).reshape(-1, size, size)[: self.n * size]
        if self.holomorphic:
            units = np.eye(size**2 // 4).reshape(-1, size // 2, size // 2)
            everything = np.concatenate([np.kron(np.eye(2), units), np.kron([[0.0, -1.0], [1.0, 0.0]], units)]) / np.sqrt(2)
        claimed = np.linalg.qr(self.algebra.basis.reshape(self.algebra.dimension, -1).T)[0].T.reshape(-1, size, size)
        even = np.stack([change_along(self.value, vectors, a) for a in everything])
        odd = np.stack([change_along(uneven, vectors, a) for a in everything])
        broken = np.stack([change_along(uneven, vectors, a) for a in claimed])
        return _Reference(
            std=float(self.value(vectors).std()),
            even=float((even**2).mean()),
            uneven=float((odd**2).mean()),
            cross=float((even * odd).mean()),
            worst=float(np.linalg.svd(broken, compute_uv=False)[0] / np.sqrt(ROWS)),
        )


@dataclass(frozen=True)
class _Reference:
    """Mean squares of changes along a random matrix: of f, of ``uneven``, their product; and the worst change that breaks the algebra."""

    std: float
    even: float
    uneven: float
    cross: float
    worst: float


def change_along(value: RowFunction, vectors: Float[np.ndarray, "N K n"], generator: Float[np.ndarray, "m m"]) -> Float[np.ndarray, "N"]:
    """Derivative of a function of K vectors along a linear or affine generator that moves all of them.

    Arguments:
        value: from vectors ``(N, K, n)`` to ``(N,)``.
        vectors: where, shape ``(N, K, n)``.
        generator: shape ``(n, n)``, or ``(n + 1, n + 1)`` on ``(x, 1)``.

    Returns:
        Shape ``(N,)``, by central differences.

    Example:
        >>> rotation = np.array([[0.0, -1.0], [1.0, 0.0]])
        >>> change_along(lambda v: v[:, 0, 0], np.array([[[1.0, 2.0]]]), rotation).round(6).tolist()
        [-2.0]
    """
    n = vectors.shape[2]
    velocity = vectors @ generator[:n, :n].T + (generator[:n, n] if len(generator) > n else 0.0)
    return np.asarray((value(vectors + STEP * velocity) - value(vectors - STEP * velocity)) / (2 * STEP))


def uneven(vectors: Float[np.ndarray, "N K n"]) -> Float[np.ndarray, "N"]:
    """A polynomial of degree 2 of the first vector that no linear or affine map of a classical algebra preserves.

    Example:
        >>> uneven(np.ones((2, 1, 2))).round(3).tolist()
        [3.5, 3.5]
    """
    first = vectors[:, 0]
    weights = np.arange(1, first.shape[1] + 1) / first.shape[1]
    return np.asarray(first @ weights + first**2 @ weights[::-1] + np.roll(first, 1, axis=1)[:, 0] * first[:, 0] / 2)


def textbook(name: str) -> TextbookFunction:
    """The textbook function of this name.

    Arguments:
        name: one of ``TEXTBOOK``, for instance ``"so(1,3)"``.

    Returns:
        The case.

    Raises:
        UnknownDataset: there is none of that name; the sentence lists them.

    Example:
        >>> textbook("sl(3,R)").algebra.dimension
        8
    """
    if name not in TEXTBOOK:
        raise UnknownDataset(f"no textbook function {name!r}; there are {', '.join(TEXTBOOK)}.")
    return TEXTBOOK[name]


def _square(vectors: np.ndarray, signs: np.ndarray | float = 1.0) -> np.ndarray:
    """Sum of the squared norms of the vectors in a diagonal metric."""
    return np.asarray((signs * vectors**2).sum((1, 2)))


def _interval(signs: np.ndarray) -> RowFunction:
    return lambda vectors: _square(vectors, signs)


def _so2_so3(vectors: np.ndarray) -> np.ndarray:
    # two invariants of different degree: the sum of two squares alone would be a form of so(5)
    return np.asarray(_square(vectors[..., :2]) + _square(vectors[..., 2:]) ** 2 / 4)


def _determinant(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.det(vectors))


def _holomorphic(vectors: np.ndarray) -> np.ndarray:
    """``ε(φ₁, φ₂)`` of two complex doublets, each stored as (Re, Im)."""
    phi = vectors[..., :2] + 1j * vectors[..., 2:]
    return np.asarray(phi[:, 0, 0] * phi[:, 1, 1] - phi[:, 0, 1] * phi[:, 1, 0])


def superpotential_of(vectors: Float[np.ndarray, "N 2 4"]) -> Shaped[np.ndarray, "N"]:
    """The holomorphic function ``w + w²/4`` with ``w = ε(φ₁, φ₂)`` of two complex doublets: a superpotential of SU(2).

    Arguments:
        vectors: the doublets, each stored as (Re, Im), shape ``(N, 2, 4)``.

    Returns:
        Complex values, shape ``(N,)``.

    Example:
        >>> superpotential_of(np.array([[[2.0, 0, 0, 0], [0, 0, 0, 1]]]))  # w = 2i
        array([-1.+2.j])
    """
    w = _holomorphic(vectors)
    return np.asarray(w + w**2 / 4)


def _with_kahler(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(_holomorphic(vectors).real + _square(vectors[:, 0:1]) / 2 + _square(vectors[:, 1:]))


def _distances(vectors: np.ndarray) -> np.ndarray:
    pairs = vectors[:, :, None] - vectors[:, None]
    return np.asarray((pairs**2).sum((1, 2, 3)) / 2)


def _event_interval(vectors: np.ndarray) -> np.ndarray:
    return _square(vectors[:, :1] - vectors[:, 1:], np.array([1.0, -1.0, -1.0, -1.0]))


def _sheared_triangle(vectors: np.ndarray) -> np.ndarray:
    # shears x → x + a·y keep areas and heights; translations keep both
    sides = vectors[:, 1:] - vectors[:, :1]
    return np.asarray(np.linalg.det(sides) + sides[:, 0, 1] ** 2 / 2)


def _two_five_vectors(vectors: np.ndarray) -> np.ndarray:
    """The O(5)-invariant function of M. Finzi et al., ICML 2021 (arXiv 2104.09459), section 7.1."""
    first, second = np.linalg.norm(vectors, axis=2).T
    return np.asarray(np.sin(first) - second**3 / 2 + (vectors[:, 0] * vectors[:, 1]).sum(1) / (first * second))


TEXTBOOK: dict[str, TextbookFunction] = {
    case.name: case
    for case in (
        *(TextbookFunction(f"so({n})", so(n), value=_square, n=n) for n in (2, 3, 4, 5)),
        TextbookFunction("so(5) of two vectors", so(5), value=_two_five_vectors, copies=2, n=5, isotropic=True),
        TextbookFunction("so(1,3)", so(1, 3), value=_interval(np.array([1.0, -1, -1, -1])), n=4),
        TextbookFunction("so(2,1)", so(2, 1), value=_interval(np.array([1.0, 1, -1])), n=3),
        TextbookFunction("so(2) + so(3)", direct_sum(so(2), so(3)), value=_so2_so3, n=5, degree=4),
        TextbookFunction("sl(2,R)", sl(2), value=_determinant, copies=2, n=2),
        TextbookFunction("sl(3,R)", sl(3), value=_determinant, copies=3, n=3, degree=3),
        TextbookFunction("sl(2,C)", sl(2, field="C"), value=lambda v: _holomorphic(v).real, copies=2, n=4, holomorphic=True),
        TextbookFunction(
            "superpotential", sl(2, field="C"), value=lambda v: superpotential_of(v).real, copies=2, n=4, degree=4, holomorphic=True
        ),
        TextbookFunction("su(2)", su(2), value=_with_kahler, copies=2, n=4, holomorphic=True),
        TextbookFunction("heisenberg(3)", heisenberg(3), value=_sheared_triangle, copies=3, n=2),
        TextbookFunction("se(3)", se(3), value=_distances, copies=3, n=3),
        TextbookFunction("iso(1,3)", iso(1, 3), value=_event_interval, copies=2, n=4),
    )
}
