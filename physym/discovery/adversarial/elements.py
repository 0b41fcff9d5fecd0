"""Single group elements: where their training starts, what they do in words, and which exact transformations they lie near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from physym._typing import Bool, Float
from physym.data import Samples
from physym.discovery.adversarial.base import Parameters
from physym.discovery.adversarial.draws import stream
from physym.discovery.adversarial.snapped import finite_step
from physym.discovery.discrete.transformations import Transformation, on_vectors
from physym.errors import InvalidData

STRETCH = 0.1  # root mean square of the logarithms of the stretches at the start
MOVED = 0.1  # root mean square of g − 1, relative to 1, below which an element counts as the identity
APART = 0.05  # the same of g − g', below which two elements count as one
NEAR = 0.2  # the same of g and an exact element; where lengths in other coordinates are kept, the orthogonal one is none
OUTSIDE = 1e-6  # of a start that lies outside the searched matrices


@dataclass(frozen=True)
class Once:
    """z = 1: every row is moved by the same element.

    Example:
        >>> Once().coefficients(Once().noise((1, 2, 1), torch.Generator()), {}).flatten().tolist()
        [1.0, 1.0]
    """

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "..."]:
        """Ones."""
        return torch.ones(shape, dtype=torch.float64)

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """Nothing is learned."""
        return {}

    def coefficients(self, noise: Float[Tensor, "S B k"], parameters: Parameters) -> Float[Tensor, "S B k"]:
        """The ones themselves."""
        return noise

    def describe(self, parameters: Parameters) -> str:
        """The law in words."""
        return "one element g for all rows"


def random_elements(matrices: Float[np.ndarray, "s m m"], seeds: tuple[int, ...]) -> Float[Tensor, "S 1 s"]:
    """A random element for each seed: turned by up to π, in every plane otherwise, and stretched a little.

    All of them lie in the part of the group that holds the identity, from which training does not reach a reflection.

    Arguments:
        matrices: what is searched, shape ``(s, m, m)``; their span must hold the unit matrix, the products and the transposes of its
            matrices, as that of block-diagonal or complex matrices does.
        seeds: one element each.

    Returns:
        Coefficients of the elements in these matrices.

    Raises:
        InvalidData: the span holds no such elements.

    Example:
        >>> start = random_elements(np.eye(4).reshape(4, 2, 2), (0, 1))[:, 0].reshape(2, 2, 2)
        >>> bool((torch.linalg.det(start) > 0).all())
        True
    """
    from scipy.linalg import expm

    flat, onto = matrices.reshape(len(matrices), -1), span_projector(matrices)
    found = []
    for seed in seeds:
        generator = stream(seed, "start")
        random = np.tensordot(torch.randn(len(matrices), generator=generator, dtype=torch.float64).numpy(), onto @ matrices, 1)
        turn, stretch = (random - random.T) / 2, (random + random.T) / 2
        fastest, size = float(np.abs(np.linalg.eigvals(turn)).max()), float(np.linalg.norm(stretch)) / np.sqrt(len(stretch))
        angle = np.pi * float(torch.rand(1, generator=generator))
        element = expm(turn * (angle / fastest if fastest else 0.0) + stretch * (STRETCH / size if size else 0.0)) @ onto
        found.append(element.reshape(-1) @ np.linalg.pinv(flat))
        if np.abs(found[-1] @ flat - element.reshape(-1)).max() > OUTSIDE:
            raise InvalidData(
                "an element g = Σ a_k B_k of a group is searched, and the span of the matrices B_k holds no group: give one with the unit "
                "matrix, all products and all transposes, such as BlockDiagonal or Complex, or basis=None for every matrix."
            )
    return torch.from_numpy(np.stack(found))[:, None]


def span_projector(matrices: Float[np.ndarray, "s m m"]) -> Float[np.ndarray, "m m"]:
    """The projection on the directions that some matrix moves: all, unless the data span less and the search leaves out the rest.

    Arguments:
        matrices: what is searched, shape ``(s, m, m)``.

    Returns:
        Shape ``(m, m)``, symmetric.

    Example:
        >>> span_projector(np.array([[[0.0, 0.0], [2.0, 0.0]]])).tolist()
        [[1.0, 0.0], [0.0, 0.0]]
    """
    _, values, right = np.linalg.svd(matrices.reshape(-1, matrices.shape[-1]), full_matrices=False)
    seen = right[values > OUTSIDE * values[0]]
    return np.asarray(seen.T @ seen)


def moving(elements: Float[np.ndarray, "S n n"]) -> Bool[np.ndarray, "S"]:
    """Which elements are not near the identity.

    Example:
        >>> moving(np.stack([np.eye(2), -np.eye(2)])).tolist()
        [False, True]
    """
    return np.asarray(_apart(elements, np.eye(elements.shape[-1])) > MOVED)


@dataclass(frozen=True, eq=False)
class Turn:
    """What elements do to one block of coordinates.

    Arguments:
        block: names or numbers of the coordinates.
        angle: mean over the elements (degrees, counter-clockwise from the first coordinate to the second); of a block of more than two,
            the largest angle of the nearest orthogonal matrix.
        scatter: standard deviation over the elements (degrees); NaN for one.
        stretch: largest relative change of a length.

    Example:
        >>> Turn(("x", "y"), 90.0, 0.3, 0.01)
        (x, y) by 90.0° ± 0.3°
    """

    block: tuple[str, ...]
    angle: float
    scatter: float
    stretch: float

    def __repr__(self) -> str:
        digits = 1 if not self.scatter < 0.095 else 2
        scatter = f" ± {self.scatter:.{digits}f}°" if np.isfinite(self.scatter) else ""
        stretched = f", stretched by up to {100 * self.stretch:.2g} %" if self.stretch > 0.02 else ""
        return f"({', '.join(self.block)}) by {self.angle:.{digits}f}°{scatter}{stretched}"


def turns(elements: Float[np.ndarray, "S n n"], samples: Samples) -> tuple[Turn, ...]:
    """By how much elements turn each block of coordinates; an element and its inverse count as the same.

    Arguments:
        elements: one for each run.
        samples: names and blocks of the coordinates.

    Returns:
        One ``Turn`` per block, with the scatter over the runs.

    Example:
        >>> from physym.algebra import Rep
        >>> quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
        >>> turns(np.stack([quarter, quarter.T]), Samples(np.ones((2, 2)), rep_x=Rep("V", n=2)))
        ((1, 2) by 90.00° ± 0.00°,)
    """
    names = samples.coordinates or tuple(str(number + 1) for number in range(samples.n))
    blocks = samples.blocks or (tuple(range(samples.n)),)
    each = np.array([[_angle(g[np.ix_(block, block)]) for block in blocks] for g in elements])
    each = each * np.where(each[:, :1] < 0, -1.0, 1.0)
    unit = np.exp(1j * each)
    mean = np.angle(unit.mean(0))
    spread = np.sqrt((np.angle(unit / np.exp(1j * mean)) ** 2).sum(0) / (len(each) - 1)) if len(each) > 1 else np.full(len(mean), np.nan)
    stretch = [max(float(np.abs(np.linalg.svd(g[np.ix_(b, b)])[1] - 1).max()) for g in elements) for b in blocks]
    rows = zip(blocks, np.degrees(mean), np.degrees(spread), stretch, strict=True)
    return tuple(Turn(tuple(names[i] for i in block), float(angle), float(error), size) for block, angle, error, size in rows)


def transformations(elements: Float[np.ndarray, "S n n"], seeds: tuple[int, ...], samples: Samples) -> tuple[Transformation, ...]:
    """The distinct ones among elements, made exact where one of finite order is near.

    Arguments:
        elements: shape ``(S, n, n)``.
        seeds: of the runs that found them.
        samples: say how a matrix moves a whole row.

    Returns:
        Transformations named by their order and seeds.

    Example:
        >>> from physym.algebra import Rep
        >>> rows = Samples(np.ones((2, 2)), rep_x=Rep("V", n=2))
        >>> transformations(np.array([[[0.01, -1.0], [1.0, 0.0]]]), (7,), rows)
        (Transformation element of order 4 (seed 7): 2 × 2,)
    """
    groups: list[tuple[list[int], int, np.ndarray]] = []
    for seed, element in zip(seeds, elements, strict=True):
        exact = finite_step(element)
        near = exact is not None and bool(_apart(element[None], exact.matrix)[0] < NEAR)
        matrix, order = (exact.matrix, exact.order) if exact is not None and near else (element, 0)
        same = next((group for group in groups if _apart(group[2][None], matrix)[0] < APART), None)
        if same is None:
            groups.append(([seed], order, matrix))
        else:
            same[0].append(seed)
    return tuple(on_vectors(samples, _name(of, order), matrix) for of, order, matrix in groups)


def _name(seeds: list[int], order: int) -> str:
    found = f"{'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"
    return f"element of order {order} ({found})" if order else f"element as found ({found})"


def _apart(elements: Float[np.ndarray, "S n n"], other: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "S"]:
    return np.asarray(np.linalg.norm(elements - other, axis=(1, 2)) / np.sqrt(len(other)))


def _angle(block: Float[np.ndarray, "b b"]) -> float:
    """Angle (rad) of the orthogonal matrix nearest to a block, with a sign where the block is a plane and keeps its sense."""
    if len(block) == 2 and np.linalg.det(block) > 0:
        return float(np.arctan2(block[1, 0] - block[0, 1], block[0, 0] + block[1, 1]))
    left, _, right = np.linalg.svd(block)
    return float(np.abs(np.angle(np.linalg.eigvals(left @ right))).max())
