"""How a group element moves rows of data: vectors, tensors, several steps or constituents at once, pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from physym._typing import Float, Int
from physym.algebra import Rep
from physym.data import Samples
from physym.discovery.adversarial.base import Action
from physym.discovery.adversarial.exponential import matrix_exponential
from physym.discovery.spectral.frame import Search
from physym.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Term:
    """Columns of a row that one small matrix moves, and the same columns of other copies or blocks.

    Arguments:
        columns: which columns, shape ``(c, q, d)``: c copies, in each q blocks of d coordinates.
        matrices: what each searched matrix does to a block, shape ``(s, q, d, d)``.
        affine: the matrices have size d + 1 and act on ``(x, 1)``.

    Example:
        >>> Term(torch.tensor([[[0, 1]]]), torch.eye(2)[None, None]).affine
        False
    """

    columns: Int[Tensor, "c q d"]
    matrices: Float[Tensor, "s q m m"]
    affine: bool = False

    def moved(self, elements: Float[Tensor, "S B s"], rows: Float[Tensor, "S B D"], *, direct: bool = False) -> Float[Tensor, "S B p"]:
        """The moved columns, in the order of ``columns.flatten()``; ``direct``: by ``Σ a_k B_k`` itself and not by its exponential."""
        s, q, m, _ = self.matrices.shape
        algebra = (elements @ self.matrices.reshape(s, -1)).reshape(*elements.shape[:2], q, m, m)
        g = algebra if direct else matrix_exponential(algebra)
        copies, _, d = self.columns.shape
        vectors = rows[..., self.columns.reshape(-1)].reshape(*rows.shape[:2], copies, q, d).transpose(2, 3)
        found = vectors @ g[..., :d, :d].transpose(-1, -2)
        if self.affine:
            found = found + g[..., None, :d, d]
        return found.transpose(2, 3).reshape(*rows.shape[:2], -1)


@dataclass(frozen=True, eq=False)
class VectorAction:
    """A matrix group on rows that are sums of representations.

    Arguments:
        terms: the columns that move; the others are left as they are.
        size: number of searched matrices.
        direct: coefficients are those of the group element itself, ``g = Σ a_k B_k``, and not of its logarithm.

    Example:
        >>> turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)[None, None]
        >>> action = VectorAction((Term(torch.tensor([[[0, 1]]]), turn),), 1)
        >>> row = torch.tensor([[[1.0, 0.0, 5.0]]], dtype=torch.float64)
        >>> action.move(torch.full((1, 1, 1), torch.pi / 2, dtype=torch.float64), row).round(decimals=6).tolist()
        [[[0.0, 1.0, 5.0]]]
    """

    terms: tuple[Term, ...]
    size: int
    direct: bool = False

    def move(self, elements: Float[Tensor, "S B s"], rows: Float[Tensor, "S B d"]) -> Float[Tensor, "S B d"]:
        """Rows moved by ``exp(Σ_k a_k B_k)``."""
        place, rest = self._places(rows.shape[-1])
        parts = [term.moved(elements, rows, direct=self.direct) for term in self.terms]
        if len(rest):
            parts.append(rows[..., rest])
        moved = torch.cat(parts, -1) if len(parts) > 1 else parts[0]
        return moved if place is None else moved[..., place]

    def _places(self, width: int) -> tuple[Tensor | None, Tensor]:
        """Where each column of a row stands after the moved parts are put side by side (None: in its own place), and what never moves."""
        moving = [term.columns.reshape(-1) for term in self.terms]
        device = moving[0].device if moving else torch.device("cpu")
        still = torch.ones(width, dtype=torch.bool, device=device)
        for columns in moving:
            still[columns] = False
        rest = still.nonzero()[:, 0]
        place = torch.cat([*moving, rest]).argsort()
        return (None if bool((place == torch.arange(width, device=device)).all()) else place), rest

    def to(self, device: str) -> VectorAction:
        """The action on another device."""
        terms = tuple(Term(term.columns.to(device), term.matrices.to(device), term.affine) for term in self.terms)
        return VectorAction(terms, self.size, self.direct)


@dataclass(frozen=True, eq=False)
class PictureAction:
    """Affine maps of the plane on pictures: the moved picture at u is the old one at ``g⁻¹ u``, interpolated between pixels.

    Arguments:
        matrices: searched matrices on (u, v, 1), shape ``(s, 3, 3)``.
        grid: height and width.

    References:
        M. Jaderberg et al., NeurIPS 2015 (arXiv 1506.02025), section 3.3, for bilinear sampling with gradients.

    Example:
        >>> turn = torch.zeros(1, 3, 3, dtype=torch.float64)
        >>> turn[0, 0, 1], turn[0, 1, 0] = -1.0, 1.0  # counter-clockwise, v upwards
        >>> picture = torch.tensor([[[0.0, 1.0, 0.0, 0.0]]])  # a single bright pixel, top right of 2 × 2
        >>> quarter = torch.full((1, 1, 1), torch.pi / 2, dtype=torch.float64)
        >>> PictureAction(turn, (2, 2)).move(quarter, picture).round(decimals=4).abs().tolist()
        [[[1.0, 0.0, 0.0, 0.0]]]
    """

    matrices: Float[Tensor, "s 3 3"]
    grid: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of searched matrices."""
        return len(self.matrices)

    def move(self, elements: Float[Tensor, "S B s"], rows: Float[Tensor, "S B d"]) -> Float[Tensor, "S B d"]:
        """Pictures moved by ``exp(Σ_k a_k B_k)``."""
        seeds, batch, _ = elements.shape
        back = matrix_exponential(-(elements @ self.matrices.reshape(self.size, -1)).reshape(seeds * batch, 3, 3))
        # torch counts rows downwards, so v changes its sign
        signs = torch.tensor([1.0, -1.0], dtype=back.dtype, device=back.device)
        height, width = self.grid
        theta = torch.cat([back[:, :2, :2] * signs[:, None] * signs, (back[:, :2, 2] * signs)[..., None]], -1).to(rows.dtype)
        places = torch.nn.functional.affine_grid(theta, [seeds * batch, 1, height, width], align_corners=True)
        pictures = rows.reshape(seeds * batch, 1, height, width)
        return torch.nn.functional.grid_sample(pictures, places, align_corners=True).reshape(rows.shape)

    def to(self, device: str) -> PictureAction:
        """The action on another device."""
        return PictureAction(self.matrices.to(device), self.grid)


def action_of(samples: Samples, search: Search) -> Action:
    """How the searched matrices move the rows ``(x, y)`` of samples, in the coordinates of the search.

    Arguments:
        samples: rows; ``rep_y`` says how y moves, None: y stays.
        search: the matrices.

    Returns:
        The action on rows of x, followed by the columns of y where y is a vector that moves.

    Raises:
        ShapeError: affine maps are searched and a column is no vector of translations, or y does not fit its representation.

    Example:
        >>> rows = Samples(np.ones((5, 4)), rep_x=Rep("V", n=4), blocks=((0, 1), (2, 3)))
        >>> from physym.discovery.spectral.search import search_of
        >>> action_of(rows, search_of(rows, None)).terms[0].columns.shape
        torch.Size([1, 2, 2])
    """
    if samples.grid:
        return PictureAction(torch.from_numpy(np.ascontiguousarray(search.matrices)), samples.grid)
    affine = search.is_affine(samples.n)
    reps = [samples.rep_x] + ([samples.rep_y] if samples.moves_y and samples.rep_y is not None else [])
    found: dict[str, list[np.ndarray]] = {}
    start = 0
    for rep in reps:
        for text in rep.text.split(" + "):
            count, factor = _count_and_factor(text)
            size = Rep(factor, n=rep.n).dim
            if factor != "S":
                found.setdefault(factor, []).append(np.arange(start, start + count * size).reshape(count, size))
            start += count * size
    terms: list[Term] = []
    for factor, places in found.items():
        terms += _terms(factor, np.concatenate(places), search, samples, affine)
    return VectorAction(tuple(terms), len(search.matrices))


def _count_and_factor(text: str) -> tuple[int, str]:
    match = re.match(r"(\d*)(.*)", text)
    return (int(match.group(1) or 1), match.group(2)) if match else (1, text)


def _terms(factor: str, columns: np.ndarray, search: Search, samples: Samples, affine: bool) -> list[Term]:
    """One term, or one per size of the blocks where the search is block-diagonal."""
    if affine and factor != "V":
        raise ShapeError(f"an affine map moves vectors V only, and the rows hold {factor}; search linear maps, or leave these columns out.")
    if factor != "V":
        matrices = Rep(factor, n=samples.n).drho(search.matrices)
        return [Term(torch.from_numpy(columns[:, None]), torch.from_numpy(np.ascontiguousarray(matrices[:, None])))]
    terms = []
    for group in _groups(search.matrices, columns.shape[1] if not affine else 0):
        blocks = np.array(group)
        matrices = np.stack([search.matrices[:, b][:, :, b] for b in blocks], axis=1)
        terms.append(Term(torch.from_numpy(columns[:, blocks]), torch.from_numpy(matrices)))
    return terms or [Term(torch.from_numpy(columns[:, None]), torch.from_numpy(np.ascontiguousarray(search.matrices[:, None])), affine)]


def _groups(matrices: np.ndarray, n: int) -> list[list[list[int]]]:
    """Blocks of coordinates that no searched matrix mixes with others, those of one size together; empty for a single block."""
    blocks = connected_blocks(matrices) if n else []
    if len(blocks) < 2:
        return []
    return [[block for block in blocks if len(block) == size] for size in sorted({len(block) for block in blocks})]


def connected_blocks(matrices: Float[np.ndarray, "s m m"]) -> list[list[int]]:
    """Coordinates that some matrix mixes, block by block.

    Arguments:
        matrices: shape ``(s, m, m)``.

    Returns:
        Indices of the coordinates of each block.

    Example:
        >>> connected_blocks(np.array([[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]))
        [[0, 1], [2]]
    """
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components(np.abs(matrices).sum(0) > 0, directed=False)
    return [np.flatnonzero(label == number).tolist() for number in range(count)]
