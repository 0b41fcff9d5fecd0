"""A uniform law of the coefficients whose extent is learned: the distribution over augmentations of Augerino."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from physym._typing import Float
from physym.discovery.adversarial.base import Parameters
from physym.errors import InvalidData


@dataclass(frozen=True)
class LearnableUniform:
    """``z_c`` uniform between ``−w_c`` and ``w_c`` with one learned width ``w_c = softplus(θ_c)`` per channel.

    Arguments:
        width: where each width starts.

    Raises:
        InvalidData: the width is not a positive number.

    References:
        G. Benton, M. Finzi, P. Izmailov, A. Wilson, NeurIPS 2020 (arXiv 2010.11882), section 3.2.

    Example:
        >>> law = LearnableUniform(0.5)
        >>> law.describe(law.parameters(1, 2))
        'z uniform in [−w, w] with learned w = 0.5, 0.5'
    """

    width: float = 0.3

    def __post_init__(self) -> None:
        if not 0 < self.width < float("inf"):
            raise InvalidData(f"LearnableUniform(width={self.width}); expected a positive number.")

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "..."]:
        """Uniform numbers between −1 and 1."""
        return 2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """θ, such that the softplus of it is the width."""
        return {"theta": torch.full((seeds, channels), _inverse_softplus(self.width), dtype=torch.float64)}

    def coefficients(self, noise: Float[Tensor, "S B k"], parameters: Parameters) -> Float[Tensor, "S B k"]:
        """``w_c · noise``."""
        return self.widths(parameters)[:, None] * noise

    def widths(self, parameters: Parameters) -> Float[Tensor, "S k"]:
        """The learned widths."""
        return softplus(parameters["theta"])

    def limit(self, parameters: Parameters, longest: float) -> None:
        """No width above ``longest``, in place."""
        parameters["theta"].clamp_(max=_inverse_softplus(longest))

    def describe(self, parameters: Parameters) -> str:
        """The law in words, with the mean over the seeds."""
        mean = self.widths(parameters).detach().mean(0)
        return f"z uniform in [−w, w] with learned w = {', '.join(f'{float(width):.3g}' for width in mean)}"


def _inverse_softplus(width: float) -> float:
    return width + math.log(-math.expm1(-width))
