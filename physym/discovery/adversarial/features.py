"""What the critic sees of a row: plain coordinates, the residual of a regressor, or momenta in units in which they vanish or not."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from physym._typing import Float
from physym.discovery.adversarial.base import FeatureMap, Features, Rows
from physym.discovery.adversarial.regressor import Regressor, fit_regressor
from physym.errors import InvalidData

SAME = 1e-20  # of the mean square of pictures: their variance, below which all are the same


@dataclass(frozen=True)
class Coordinates:
    """The coordinates themselves, and the targets: what the paper uses.

    Arguments:
        scaled: each in units of its own root mean square; False: as they are.

    Example:
        >>> Coordinates()
        Coordinates(scaled=True)
    """

    scaled: bool = True

    def fit(self, rows: Rows, *, seed: int) -> FeatureMap:
        """Divide by the root mean square."""
        scale = torch.cat([_rms(rows.moving), _rms(rows.target)]) if self.scaled else torch.ones((), device=rows.moving.device)

        def features(moved: Float[Tensor, "*batch D"], target: Float[Tensor, "*batch t"]) -> Float[Tensor, "*batch F"]:
            return torch.cat([moved, target], -1) / scale

        return features


@dataclass(frozen=True)
class Residuals:
    """Coordinates of x and the residual ``(y − r(x)) / (width · rms)`` of a regressor r fitted to the real pairs.

    Where y follows from x, the critic needs no training to see whether a moved pair still fits together. Far residuals are compressed by
    the inverse hyperbolic sine, so that they keep a gradient.

    Arguments:
        width: unit of the residual in root-mean-square residuals of the regressor.
        regressor: how r is fitted.

    Example:
        >>> Residuals(width=3.0).regressor.steps
        2000
    """

    width: float = 3.0
    regressor: Regressor = field(default_factory=Regressor)

    def __post_init__(self) -> None:
        if not self.width > 0:
            raise InvalidData(f"Residuals(width={self.width}); expected a positive number of root-mean-square residuals.")

    def fit(self, rows: Rows, *, seed: int) -> FeatureMap:
        """Fit the regressor to the rows that are not held out."""
        inputs, together = rows.inputs, rows.moving.shape[1] > rows.inputs
        if not together and not rows.target.shape[1]:
            has = "these rows hold labels of classes" if rows.classes > 1 else "these rows hold none"
            raise InvalidData(
                f"Residuals need real targets or next states y, and {has}; give y as real numbers of more than two values, or "
                "choose Coordinates() or Quadratics()."
            )
        y = rows.moving[:, inputs:] if together else rows.target
        scale = _rms(rows.moving[:, :inputs])
        fitted = fit_regressor(rows.moving[rows.kept, :inputs], y[rows.kept], self.regressor, seed=seed)
        unit = self.width * fitted.rms

        def features(moved: Float[Tensor, "*batch D"], target: Float[Tensor, "*batch t"]) -> Float[Tensor, "*batch F"]:
            x, seen = moved[..., :inputs], (moved[..., inputs:] if together else target)
            return torch.cat([x / scale, torch.asinh((seen - fitted(x)) / unit)], -1)

        return features


@dataclass(frozen=True)
class Quadratics:
    """Monomials of degree 1 and 2, whitened: a combination that vanishes on the data, such as ``E² − p²``, stands out at once.

    Arguments:
        projective: monomials of each vector divided by its length, and the logarithm of the length; False: of the whole row.
        floor: combinations whose variance is this small relative to the largest are not amplified further.

    Example:
        >>> Quadratics().projective
        True
    """

    projective: bool = True
    floor: float = 1e-4

    def __post_init__(self) -> None:
        if not 0 < self.floor < 1:
            raise InvalidData(f"Quadratics(floor={self.floor}); expected a number between 0 and 1.")

    def fit(self, rows: Rows, *, seed: int) -> FeatureMap:
        """Measure the second moments of the monomials."""
        copies = rows.copies if self.projective and rows.copies else 0
        scale = rows.moving.square().mean().sqrt()
        still = _rms(rows.target)

        def raw(moved: Tensor, target: Tensor) -> Tensor:
            vectors = moved[..., : rows.inputs].reshape(*moved.shape[:-1], copies, -1) if copies else moved[..., None, :] / scale
            return torch.cat([_monomials(vectors, bool(copies)).flatten(-2), target / still], -1)

        seen = raw(rows.moving[rows.kept], rows.target[rows.kept])
        mean = seen.mean(0)
        values, vectors = torch.linalg.eigh((seen - mean).T @ (seen - mean) / len(seen))
        whitening = vectors / (values.clamp_min(0) + self.floor * values[-1]).sqrt()

        def features(moved: Float[Tensor, "*batch D"], target: Float[Tensor, "*batch t"]) -> Float[Tensor, "*batch F"]:
            return torch.asinh((raw(moved, target) - mean) @ whitening)

        return features


@dataclass(frozen=True)
class Pixels:
    """Principal components of the blurred picture, in units in which all are of the size of one.

    A moved picture is interpolated once more than a real one, which a critic sees at once in the finest details. Blurring both hides it.

    Arguments:
        blur: width of the Gaussian in pixels; 0: the pixels as they are, in units of their root mean square.
        floor: components whose variance is this small relative to the largest are left out.

    Example:
        >>> Pixels().blur
        1.5
    """

    blur: float = 1.5
    floor: float = 1e-3

    def __post_init__(self) -> None:
        if not 0 <= self.blur < float("inf") or not 0 < self.floor < 1:
            raise InvalidData(f"{self!r}: expected a width of at least 0 pixels and a floor between 0 and 1.")

    def fit(self, rows: Rows, *, seed: int) -> FeatureMap:
        """Measure the principal components."""
        if not rows.grid:
            raise InvalidData("Pixels sees pictures, and these rows are none; choose Coordinates() or Quadratics().")
        apart = rows.moving[rows.kept] - rows.moving[rows.kept].mean(0)
        if not apart.square().mean() > SAME * rows.moving.square().mean():
            raise InvalidData("all pictures are the same, so that a critic has nothing to compare; give pictures that differ.")
        if not self.blur:
            size = rows.moving.square().mean().sqrt().clamp_min(1e-12)
            return lambda moved, target: torch.cat([moved / size, target], -1)
        blurred = _blur(rows.grid, self.blur).to(rows.moving.device)
        seen = rows.moving[rows.kept] @ blurred
        mean = seen.mean(0)
        values, vectors = torch.linalg.eigh((seen - mean).T @ (seen - mean) / len(seen))
        large = values > self.floor * values[-1]
        whitening = blurred @ (vectors[:, large] / (values[large] + self.floor * values[-1]).sqrt())
        shift = mean @ (vectors[:, large] / (values[large] + self.floor * values[-1]).sqrt())
        return lambda moved, target: torch.cat([moved @ whitening - shift, target], -1)


def informative_features(rows: Rows) -> Features:
    """What tells most about these rows, where the user does not choose.

    Example:
        >>> import numpy as np
        >>> from physym import Rep, Samples
        >>> from physym.discovery.adversarial.rows import rows_of
        >>> from physym.discovery.spectral.search import search_of
        >>> samples = Samples(np.random.default_rng(0).normal(size=(100, 4)), rep_x=Rep("V", n=4))
        >>> informative_features(rows_of(samples, search_of(samples, None), seed=0))
        Quadratics(projective=True, floor=0.0001)
    """
    if rows.grid:
        return Pixels()
    if rows.moving.shape[1] > rows.inputs:
        return Quadratics(projective=False, floor=0.02)
    if rows.target.shape[1]:
        return Residuals()
    return Quadratics()


def _monomials(vectors: Float[Tensor, "*batch n"], projective: bool) -> Float[Tensor, "*batch F"]:
    """Degree 1 and 2, of the direction where ``projective``, and then the logarithm of the length."""
    n = vectors.shape[-1]
    first, second = torch.triu_indices(n, n, device=vectors.device)
    if not projective:
        return torch.cat([vectors, vectors[..., first] * vectors[..., second]], -1)
    length = vectors.norm(dim=-1, keepdim=True).clamp_min(1e-300)
    direction = vectors / length
    return torch.cat([direction, direction[..., first] * direction[..., second], length.log()], -1)


def _rms(columns: Float[Tensor, "N c"]) -> Float[Tensor, "c"]:
    size = columns.square().mean(0).sqrt()
    return torch.where(size > 0, size, torch.ones_like(size))


def _blur(grid: tuple[int, ...], width: float) -> Float[Tensor, "p p"]:
    """Gaussian smoothing of pictures as a matrix on rows of pixels."""
    sides = []
    for side in grid:
        place = torch.arange(side, dtype=torch.float64)
        kernel = torch.exp(-((place[:, None] - place) ** 2) / (2 * width**2))
        sides.append(kernel / kernel.sum(1, keepdim=True))
    return torch.kron(sides[0], sides[1]).T.contiguous()
