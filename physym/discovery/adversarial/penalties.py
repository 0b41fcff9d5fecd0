"""Terms of the generator's loss that keep it from the identity, keep channels apart, or keep entries few."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from physym._typing import Float
from physym.discovery.adversarial.base import Move
from physym.errors import InvalidData

TINY = 1e-12


@dataclass(frozen=True)
class CosineSimilarity:
    """``λ |mean cos(gx, x)|``: moved rows should not look like the real ones.

    Over an integer grid this term has minima that have nothing to do with the data; with generators of fixed length it is not needed.

    Arguments:
        weight: λ.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), eq. 8.

    Example:
        >>> row = torch.tensor([[[1.0, 0.0]]])
        >>> CosineSimilarity(2.0)(Move(torch.zeros(1, 1, 2, 2), row, row)).tolist()
        [2.0]
    """

    weight: float = 1.0

    def __call__(self, move: Move) -> Float[Tensor, "S"]:
        """The term for each seed."""
        length: Tensor = move.after.norm(dim=-1) * move.before.norm(dim=-1)
        cosine: Tensor = (move.after * move.before).sum(-1) / length.clamp_min(TINY)
        return self.weight * cosine.mean(1).abs()


@dataclass(frozen=True)
class GeneratorNorm:
    """``−μ ‖L‖_p``, summed over the channels: generators should not vanish.

    Arguments:
        weight: μ.
        power: p.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), section 4 (regularisation).

    Example:
        >>> rows = torch.ones(1, 1, 2)
        >>> GeneratorNorm(1.0)(Move(torch.eye(2)[None, None], rows, rows)).round(decimals=3).tolist()
        [-1.4140000343322754]
    """

    weight: float = 0.1
    power: float = 2.0

    def __call__(self, move: Move) -> Float[Tensor, "S"]:
        """The term for each seed."""
        length: Tensor = torch.linalg.vector_norm(move.generators.flatten(2), ord=self.power, dim=-1)
        return -self.weight * length.sum(1)


@dataclass(frozen=True)
class LogSpectrum:
    """``λ |mean cos|`` of the logarithms of the power spectra of the pictures before and after: for images.

    A translation leaves a power spectrum as it is and a rotation turns it, so that this term steers away from translations.

    Arguments:
        weight: λ.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), appendix on RotMNIST.

    Example:
        >>> picture = torch.rand(1, 2, 16, generator=torch.Generator().manual_seed(0))
        >>> LogSpectrum(1.0)(Move(torch.zeros(1, 1, 3, 3), picture, picture, (4, 4))).round(decimals=4).tolist()
        [1.0]
    """

    weight: float = 0.1

    def __call__(self, move: Move) -> Float[Tensor, "S"]:
        """The term for each seed."""
        if not move.grid:
            raise InvalidData("LogSpectrum compares spectra of pictures, and these rows are none; use CosineSimilarity.")
        one, two = (self._spectrum(rows, move.grid) for rows in (move.before, move.after))
        return self.weight * torch.cosine_similarity(one, two, dim=-1).mean(1).abs()

    @staticmethod
    def _spectrum(rows: Tensor, grid: tuple[int, ...]) -> Tensor:
        power = torch.fft.rfft2(rows.reshape(*rows.shape[:2], *grid)).abs().square()
        found = torch.log(power + 1e-6).flatten(2)
        return found - found.mean(-1, keepdim=True)


@dataclass(frozen=True)
class ChannelCosine:
    """``η Σ_{i<j} |cos(L_i, L_j)|``: channels should differ.

    Arguments:
        weight: η.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), section 4.

    Example:
        >>> rows = torch.ones(1, 1, 2)
        >>> ChannelCosine(0.5)(Move(torch.eye(2).repeat(1, 2, 1, 1), rows, rows)).round(decimals=4).tolist()
        [0.5]
    """

    weight: float = 0.1

    def __call__(self, move: Move) -> Float[Tensor, "S"]:
        """The term for each seed."""
        flat = torch.nn.functional.normalize(move.generators.flatten(2), dim=-1, eps=TINY)
        return self.weight * (flat @ flat.transpose(1, 2)).triu(1).abs().sum((1, 2))


@dataclass(frozen=True)
class ChannelKilling:
    """``η Σ_{i<j} |B(L_i, L_j)|`` with the Killing form ``B(X, Y) = 2n tr XY − 2 tr X tr Y`` of gl(n), in units of ``2n ‖X‖ ‖Y‖``.

    Arguments:
        weight: η.

    Example:
        >>> rows = torch.ones(1, 1, 2)
        >>> turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]]).repeat(1, 2, 1, 1)
        >>> ChannelKilling(1.0)(Move(turn, rows, rows)).round(decimals=4).tolist()
        [1.0]
    """

    weight: float = 0.1

    def __call__(self, move: Move) -> Float[Tensor, "S"]:
        """The term for each seed."""
        unit = move.generators / move.generators.flatten(2).norm(dim=-1).clamp_min(TINY)[..., None, None]
        trace = torch.diagonal(unit, dim1=-2, dim2=-1).sum(-1)
        form: Tensor = torch.einsum("saij,sbji->sab", unit, unit) - trace[:, :, None] * trace[:, None] / unit.shape[-1]
        return self.weight * form.triu(1).abs().sum((1, 2))


@dataclass(frozen=True)
class Sparsity:
    """``κ Σ |L_ij|``: few entries, as in a textbook basis.

    Arguments:
        weight: κ.

    Example:
        >>> rows = torch.ones(1, 1, 2)
        >>> Sparsity(0.5)(Move(torch.eye(2)[None, None], rows, rows)).tolist()
        [1.0]
    """

    weight: float = 0.01

    def __call__(self, move: Move) -> Float[Tensor, "S"]:
        """The term for each seed."""
        return self.weight * move.generators.abs().sum((1, 2, 3))
