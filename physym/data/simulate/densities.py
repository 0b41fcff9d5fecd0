"""Clouds whose distribution a known compact group preserves, broken by degrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from physym import _rng
from physym._typing import Float
from physym.algebra import LieAlgebra, Rep, direct_sum, so, su
from physym.data.samples import Samples
from physym.errors import InvalidData, UnknownDataset

RandomElements = Callable[[int, np.random.Generator], np.ndarray]  # group elements (N, n, n), uniform on the group


@dataclass(frozen=True, eq=False)
class TextbookDensity:
    """A cloud of K vectors per row, each row turned by an element drawn uniformly from a compact group.

    Before it is turned the cloud is as uneven as can be, so nothing but the group is preserved.

    Arguments:
        name: name of the case.
        algebra: all linear maps that preserve the distribution, shape ``(k, n, n)``.
        elements: draws group elements, shape ``(N, n, n)``.
        copies: number of vectors K.
        degree: lowest degree of the moments that nothing larger preserves.

    Example:
        >>> case = textbook_density("so(3)")
        >>> case.make(100, seed=0).x.shape, case.algebra.dimension
        ((100, 3), 3)
    """

    name: str
    algebra: LieAlgebra
    elements: RandomElements = field(kw_only=True)
    copies: int = field(default=1, kw_only=True)
    degree: int = field(default=2, kw_only=True)

    @property
    def n(self) -> int:
        """Number of coordinates of a vector."""
        return self.algebra.n

    def make(self, rows: int, *, seed: int | np.random.Generator, noise: float = 0.0, breaking: float = 0.0) -> Samples:
        """Rows of the cloud.

        Arguments:
            rows: how many.
            seed: seed or generator.
            noise: standard deviation of isotropic Gaussian noise on every coordinate, relative to its root mean square; it preserves
                the symmetry.
            breaking: fraction of the rows that are not turned.

        Returns:
            Samples of K vectors without y.

        Raises:
            InvalidData: no rows, a negative noise, or a fraction outside 0 … 1.

        Example:
            >>> textbook_density("su(2)").make(10, seed=0, breaking=0.1).rep_x
            Rep('3V', n=4)
        """
        if rows < 1 or not 0 <= noise < np.inf or not 0 <= breaking <= 1:
            raise InvalidData(f"make(rows={rows}, noise={noise}, breaking={breaking}): expected a row, noise ≥ 0, breaking from 0 to 1.")
        draw, turn, smear = _rng.generator(seed).spawn(3)
        vectors = uneven_cloud(rows, self.copies, self.n, draw)
        moved = np.einsum("rij,rkj->rki", self.elements(rows, turn), vectors)
        vectors = np.where((turn.uniform(size=rows) < breaking)[:, None, None], vectors, moved)
        vectors = vectors + noise * np.sqrt((vectors**2).mean()) * smear.normal(size=vectors.shape)
        source = f"textbook density {self.name}, noise {noise:g}, breaking {breaking:g}"
        return Samples(vectors.reshape(rows, -1), rep_x=Rep(f"{self.copies}V", n=self.n), source=source)


def uneven_cloud(rows: int, copies: int, n: int, rng: np.random.Generator) -> Float[np.ndarray, "N K n"]:
    """Vectors about K different points away from the origin, with a different spread and skewness along every axis.

    Example:
        >>> uneven_cloud(5, 2, 3, np.random.default_rng(0)).shape
        (5, 2, 3)
    """
    k, i = np.meshgrid(np.arange(copies), np.arange(n), indexing="ij")
    centre = np.cos(1.0 + 2.3 * k + 1.7 * i + 0.9 * k * i)
    skewed = rng.exponential(size=(rows, copies, n)) - 1
    return np.asarray(centre + skewed * np.linspace(0.3, 0.6, n))


def textbook_density(name: str) -> TextbookDensity:
    """The textbook density of this name.

    Arguments:
        name: one of ``DENSITIES``, for instance ``"so(4)"``.

    Returns:
        The case.

    Raises:
        UnknownDataset: there is none of that name; the sentence lists them.

    Example:
        >>> textbook_density("so(2) + so(3)").algebra.dimension
        4
    """
    if name not in DENSITIES:
        raise UnknownDataset(f"no textbook density {name!r}; there are {', '.join(DENSITIES)}.")
    return DENSITIES[name]


def random_rotations(n: int) -> RandomElements:
    """Elements of SO(n), uniform on the group.

    Arguments:
        n: dimension, at least 2.

    Returns:
        A function of the number of elements and a generator.

    References:
        F. Mezzadri, Notices Am. Math. Soc. 54 (2007) 592: QR of a Gaussian matrix with the signs of R taken out.

    Example:
        >>> turns = random_rotations(3)(4, np.random.default_rng(0))
        >>> np.linalg.det(turns).round(6).tolist()
        [1.0, 1.0, 1.0, 1.0]
    """

    def draw(count: int, rng: np.random.Generator) -> np.ndarray:
        q, r = np.linalg.qr(rng.normal(size=(count, n, n)))
        q = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None]
        q[:, :, 0] *= np.linalg.det(q)[:, None]
        return np.asarray(q)

    return draw


def random_special_unitaries(count: int, rng: np.random.Generator) -> Float[np.ndarray, "N m m"]:
    """Elements of SU(2) as real matrices on ``(Re φ, Im φ)``, uniform on the group.

    Arguments:
        count: how many.
        rng: generator.

    Returns:
        Shape ``(count, 4, 4)``.

    Example:
        >>> g = random_special_unitaries(1, np.random.default_rng(0))[0]
        >>> bool(np.allclose(g @ g.T, np.eye(4)))
        True
    """
    quaternion = rng.normal(size=(count, 4))
    a0, a1, a2, a3 = (quaternion / np.linalg.norm(quaternion, axis=1, keepdims=True)).T
    element = np.array([[a0 + 1j * a3, a2 + 1j * a1], [-a2 + 1j * a1, a0 - 1j * a3]]).transpose(2, 0, 1)
    return np.asarray(np.block([[element.real, -element.imag], [element.imag, element.real]]))


def _blocks(*draws: RandomElements) -> RandomElements:
    def draw(count: int, rng: np.random.Generator) -> np.ndarray:
        parts = [part(count, rng) for part in draws]
        size = sum(part.shape[1] for part in parts)
        whole, start = np.zeros((count, size, size)), 0
        for part in parts:
            stop = start + part.shape[1]
            whole[:, start:stop, start:stop] = part
            start = stop
        return whole

    return draw


DENSITIES: dict[str, TextbookDensity] = {
    case.name: case
    for case in (
        *(TextbookDensity(f"so({n})", so(n), elements=random_rotations(n)) for n in (2, 3, 4, 5)),
        # one vector's second moments are preserved by so(5) in a suitable metric; its fourth moments are not
        TextbookDensity("so(2) + so(3)", direct_sum(so(2), so(3)), elements=_blocks(random_rotations(2), random_rotations(3)), degree=4),
        # the moments of three doublets distinguish SU(2) from the second SU(2) that mixes φ with its conjugate
        TextbookDensity("su(2)", su(2), elements=random_special_unitaries, copies=3),
    )
}
