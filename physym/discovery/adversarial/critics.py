"""Critics: networks that tell moved rows from real ones, one for each seed, side by side in grouped layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from physym._settings import are_widths, whole
from physym._typing import Float, Int
from physym.discovery.adversarial.base import Rows
from physym.errors import InvalidData, ShapeError

SLOPE = 0.2  # of the leaky rectifier below zero


@dataclass(frozen=True)
class Dense:
    """Fully connected layers with leaky rectifiers; the class of a row enters through a learned embedding.

    Arguments:
        hidden: widths of the hidden layers.
        embedding: number of coordinates of the embedding of a class.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), appendix on experiment details: hidden 512 and 512, embedding 32.

    Example:
        >>> network = Dense((8,)).build(3, 2, [torch.Generator().manual_seed(s) for s in (0, 1)])
        >>> network(torch.zeros(2, 5, 3), torch.zeros(2, 5, dtype=torch.long)).shape
        torch.Size([2, 5])
    """

    hidden: tuple[int, ...] = (64, 64)
    embedding: int = 2

    def __post_init__(self) -> None:
        _require(self, self.hidden, self.embedding)

    def build(self, features: int, classes: int, generators: Sequence[torch.Generator]) -> nn.Module:
        """The grouped network."""
        return DenseCritic(features, classes, self, generators)


@dataclass(frozen=True)
class PermutationInvariant:
    """The same layers on each vector of a row, summed, then a second network: the order of the vectors does not matter.

    Arguments:
        copies: number of vectors; the leading features of a row are theirs, in equal parts.
        hidden: widths of the layers before the sum and after it.
        embedding: number of coordinates of the embedding of a class.

    References:
        M. Zaheer et al., "Deep sets", NeurIPS 2017 (arXiv 1703.06114), theorem 2.

    Example:
        >>> network = PermutationInvariant(copies=2).build(8, 1, [torch.Generator().manual_seed(0)])
        >>> x, label = torch.randn(1, 3, 8, generator=torch.Generator().manual_seed(1)), torch.zeros(1, 3, dtype=torch.long)
        >>> bool(torch.allclose(network(x, label), network(x.roll(4, -1), label), atol=1e-6))
        True
    """

    copies: int
    hidden: tuple[int, ...] = (64, 64)
    embedding: int = 2

    def __post_init__(self) -> None:
        _require(self, self.hidden, self.embedding)
        if not whole(self.copies):
            raise InvalidData(f"PermutationInvariant(copies={self.copies}); expected the number of vectors in a row, at least 1.")

    def require(self, rows: Rows) -> None:
        """Refuse rows with another number of vectors, or with numbers beside their vectors."""
        if rows.copies and self.copies != rows.copies:
            raise ShapeError(f"PermutationInvariant(copies={self.copies}), but a row holds {rows.copies}: give copies={rows.copies}.")
        if rows.target.shape[1] or rows.moving.shape[1] > rows.inputs:
            raise ShapeError(
                "PermutationInvariant reads vectors and labels, and these rows carry real targets or next states y: use Dense()."
            )

    def build(self, features: int, classes: int, generators: Sequence[torch.Generator]) -> nn.Module:
        """The grouped network."""
        if features % self.copies:
            raise ShapeError(f"PermutationInvariant: {features} features cannot be shared out among {self.copies} vectors.")
        return SetCritic(features, classes, self, generators)


@dataclass(frozen=True)
class Convolutional:
    """Convolutions of width 3 with stride 2 on pictures, then one linear layer.

    Arguments:
        grid: height and width of the pictures.
        channels: of the convolutions.
        embedding: number of coordinates of the embedding of a class.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), appendix on RotMNIST.

    Example:
        >>> network = Convolutional((8, 8)).build(64, 10, [torch.Generator().manual_seed(0)])
        >>> network(torch.zeros(1, 3, 64), torch.zeros(1, 3, dtype=torch.long)).shape
        torch.Size([1, 3])
    """

    grid: tuple[int, int]
    channels: tuple[int, ...] = (16, 32)
    embedding: int = 8

    def __post_init__(self) -> None:
        _require(self, self.channels, self.embedding)
        if not are_widths(self.grid) or len(self.grid) != 2:
            raise InvalidData(f"Convolutional(grid={self.grid!r}); expected height and width of the pictures in pixels.")

    def require(self, rows: Rows) -> None:
        """Refuse rows that are no pictures, or pictures of another size."""
        if tuple(rows.grid) != tuple(self.grid):
            what = f"pictures of {rows.grid[0]} × {rows.grid[1]} pixels" if rows.grid else "no pictures: use Dense()"
            raise ShapeError(f"Convolutional(grid={self.grid}), but these rows are {what}.")

    def build(self, features: int, classes: int, generators: Sequence[torch.Generator]) -> nn.Module:
        """The grouped network."""
        if features != self.grid[0] * self.grid[1]:
            raise ShapeError(f"Convolutional(grid={self.grid}) was given {features} features; expected one per pixel: use Pixels(blur=0).")
        return PictureCritic(classes, self, generators)


class GroupedLinear(nn.Module):
    """A linear layer for each seed.

    Arguments:
        inputs, outputs: number of features before and after.
        generators: of the weights, one per seed; uniform within ``±1/√inputs``, as torch draws them.

    Example:
        >>> GroupedLinear(3, 2, [torch.Generator().manual_seed(0)])(torch.zeros(1, 5, 3)).shape
        torch.Size([1, 5, 2])
    """

    def __init__(self, inputs: int, outputs: int, generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([_uniform((inputs, outputs), inputs, generator) for generator in generators]))
        self.bias = nn.Parameter(torch.stack([_uniform((1, outputs), inputs, generator) for generator in generators]))

    def forward(self, h: Float[Tensor, "S B i"]) -> Float[Tensor, "S B o"]:
        """``h W + b``."""
        return torch.baddbmm(self.bias, h, self.weight)


class Layers(nn.Module):
    """Grouped linear layers with leaky rectifiers between them.

    Arguments:
        widths: number of features, layer by layer.
        generators: of the weights, one per seed.

    Example:
        >>> len(Layers((3, 4, 1), [torch.Generator().manual_seed(0)]).layers)
        2
    """

    def __init__(self, widths: tuple[int, ...], generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        self.layers = nn.ModuleList([GroupedLinear(a, b, generators) for a, b in pairwise(widths)])

    def forward(self, h: Float[Tensor, "S B i"]) -> Float[Tensor, "S B o"]:
        """The outputs of the last layer."""
        for i, layer in enumerate(self.layers):
            h = layer(h if not i else nn.functional.leaky_relu_(h, SLOPE))
        return h


class Labelled(nn.Module):
    """What all critics share: the embedding of the class.

    Arguments:
        classes: number of classes; 1 for none.
        width: number of coordinates of the embedding.
        generators: of the weights, one per seed.

    Example:
        >>> Labelled(1, 4, [torch.Generator().manual_seed(0)]).width
        0
    """

    def __init__(self, classes: int, width: int, generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        self.width = width if classes > 1 else 0
        table = torch.stack([torch.randn(classes, self.width, generator=generator) for generator in generators])
        self.table = nn.Parameter(table) if self.width else None

    def embedded(self, label: Int[Tensor, "S B"]) -> Float[Tensor, "S B e"]:
        """The embedding of the class of each row; no column where there are no classes."""
        if self.table is None:
            return torch.zeros(*label.shape, 0, device=label.device)
        return self.table.gather(1, label[..., None].expand(-1, -1, self.width))


class DenseCritic(Labelled):
    """The network of ``Dense``.

    Example:
        >>> DenseCritic(3, 1, Dense((8,)), [torch.Generator().manual_seed(0)]).layers.layers[0].weight.shape
        torch.Size([1, 3, 8])
    """

    def __init__(self, features: int, classes: int, config: Dense, generators: Sequence[torch.Generator]) -> None:
        super().__init__(classes, config.embedding, generators)
        self.layers = Layers((features + self.width, *config.hidden, 1), generators)

    def forward(self, features: Float[Tensor, "S B F"], label: Int[Tensor, "S B"]) -> Float[Tensor, "S B"]:
        """Logits that a row is real."""
        h = torch.cat([features, self.embedded(label)], -1) if self.width else features
        logits: Tensor = self.layers(h)
        return logits[..., 0]


class SetCritic(Labelled):
    """The network of ``PermutationInvariant``.

    Example:
        >>> SetCritic(8, 1, PermutationInvariant(2), [torch.Generator().manual_seed(0)]).copies
        2
    """

    def __init__(self, features: int, classes: int, config: PermutationInvariant, generators: Sequence[torch.Generator]) -> None:
        super().__init__(classes, config.embedding, generators)
        self.copies = config.copies
        self.each = Layers((features // config.copies, *config.hidden), generators)
        self.summed = Layers((config.hidden[-1] + self.width, *config.hidden, 1), generators)

    def forward(self, features: Float[Tensor, "S B F"], label: Int[Tensor, "S B"]) -> Float[Tensor, "S B"]:
        """Logits that a row is real."""
        seeds, batch, width = features.shape
        vectors = self.each(features.reshape(seeds, batch * self.copies, width // self.copies))
        total = nn.functional.leaky_relu(vectors, SLOPE).reshape(seeds, batch, self.copies, -1).sum(2)
        logits: Tensor = self.summed(torch.cat([total, self.embedded(label)], -1))
        return logits[..., 0]


class PictureCritic(Labelled):
    """The network of ``Convolutional``.

    Example:
        >>> PictureCritic(1, Convolutional((8, 8)), [torch.Generator().manual_seed(0)]).last.weight.shape
        torch.Size([1, 128, 1])
    """

    def __init__(self, classes: int, config: Convolutional, generators: Sequence[torch.Generator]) -> None:
        super().__init__(classes, config.embedding, generators)
        self.grid, self.seeds = config.grid, len(generators)
        kernels, biases, (height, width) = [], [], config.grid
        for before, after in pairwise((1, *config.channels)):
            drawn = [_uniform((after, before, 3, 3), 9 * before, generator) for generator in generators]
            kernels.append(nn.Parameter(torch.stack(drawn)))
            biases.append(nn.Parameter(torch.zeros(self.seeds, after)))
            height, width = -(-height // 2), -(-width // 2)
        self.kernels, self.biases = nn.ParameterList(kernels), nn.ParameterList(biases)
        self.last = GroupedLinear(config.channels[-1] * height * width + self.width, 1, generators)

    def forward(self, features: Float[Tensor, "S B F"], label: Int[Tensor, "S B"]) -> Float[Tensor, "S B"]:
        """Logits that a picture is real."""
        seeds, batch, _ = features.shape
        h = features.transpose(0, 1).reshape(batch, seeds, *self.grid)
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            h = nn.functional.conv2d(h, kernel.flatten(0, 1), bias.flatten(), stride=2, padding=1, groups=seeds)
            h = nn.functional.leaky_relu(h, SLOPE)
        flat = h.reshape(batch, seeds, -1).transpose(0, 1)
        logits: Tensor = self.last(torch.cat([flat, self.embedded(label)], -1))
        return logits[..., 0]


def _uniform(shape: tuple[int, ...], inputs: int, generator: torch.Generator) -> Tensor:
    drawn: Tensor = 2 * torch.rand(shape, generator=generator) - 1
    return drawn / math.sqrt(inputs)


def _require(config: object, layers: tuple[int, ...], embedding: int) -> None:
    if not are_widths(layers) or not whole(embedding):
        raise InvalidData(
            f"{config!r}: expected at least one layer, each of at least one unit, and an embedding of at least one coordinate, "
            "as whole numbers."
        )
