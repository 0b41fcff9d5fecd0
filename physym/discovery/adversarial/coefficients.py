"""The law of the coefficients z in ``g = exp(Σ z_c L_c)``: fixed or learned."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import torch
from torch import Tensor

from physym._settings import whole
from physym._typing import Float
from physym.discovery.adversarial.base import Parameters
from physym.errors import InvalidData


@dataclass(frozen=True)
class Normal:
    """``z ~ N(0, spread²)``.

    Arguments:
        spread: standard deviation.

    Example:
        >>> Normal(2.0).describe({})
        'z ~ N(0, 2²)'
    """

    spread: float = 1.0

    def __post_init__(self) -> None:
        _require_positive(self, "spread", self.spread)

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "..."]:
        """Standard normal numbers."""
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """Nothing is learned."""
        return {}

    def coefficients(self, noise: Float[Tensor, "S B k"], parameters: Parameters) -> Float[Tensor, "S B k"]:
        """``spread · noise``."""
        return self.spread * noise

    def describe(self, parameters: Parameters) -> str:
        """The law in words."""
        return f"z ~ N(0, {self.spread:g}²)"


@dataclass(frozen=True)
class Uniform:
    """z uniform between −reach and reach.

    Arguments:
        reach: largest value.

    Example:
        >>> Uniform(1.0).coefficients(torch.tensor([[[0.25]]]), {}).item()
        0.25
    """

    reach: float = 1.0

    def __post_init__(self) -> None:
        _require_positive(self, "reach", self.reach)

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "..."]:
        """Uniform numbers between −1 and 1."""
        return 2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """Nothing is learned."""
        return {}

    def coefficients(self, noise: Float[Tensor, "S B k"], parameters: Parameters) -> Float[Tensor, "S B k"]:
        """``reach · noise``."""
        return self.reach * noise

    def describe(self, parameters: Parameters) -> str:
        """The law in words."""
        return f"z uniform in [−{self.reach:g}, {self.reach:g}]"


@dataclass(frozen=True)
class IntegerGrid:
    """z one of the integers ``−reach … reach``, both ends included: steps of a discrete group.

    The public code of the paper draws from ``−10 … 9``, which is not symmetric.

    Arguments:
        reach: largest integer.

    Example:
        >>> IntegerGrid(2).noise((4000,), torch.Generator().manual_seed(0)).unique().tolist()
        [-2.0, -1.0, 0.0, 1.0, 2.0]
    """

    reach: int = 10

    def __post_init__(self) -> None:
        if not whole(self.reach):
            raise InvalidData(f"IntegerGrid(reach={self.reach}); expected a whole number, at least 1.")

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "..."]:
        """Integers, as float64."""
        return torch.randint(-self.reach, self.reach + 1, shape, generator=generator).double()

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """Nothing is learned."""
        return {}

    def coefficients(self, noise: Float[Tensor, "S B k"], parameters: Parameters) -> Float[Tensor, "S B k"]:
        """The integers themselves."""
        return noise

    def describe(self, parameters: Parameters) -> str:
        """The law in words."""
        return f"z an integer from −{self.reach} to {self.reach}"


@dataclass(frozen=True)
class LearnableNormal:
    """``z_c ~ N(0, spread_c²)`` with one learned standard deviation per channel.

    Arguments:
        spread: where it starts.

    Example:
        >>> law = LearnableNormal(0.5)
        >>> law.describe(law.parameters(1, 2))
        'z ~ N(0, s²) with learned s = .5, .5'
    """

    spread: float = 1.0

    def __post_init__(self) -> None:
        _require_positive(self, "spread", self.spread)

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "..."]:
        """Standard normal numbers."""
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """The logarithm of the standard deviations."""
        return {"log_spread": torch.full((seeds, channels), self.spread, dtype=torch.float64).log()}

    def coefficients(self, noise: Float[Tensor, "S B k"], parameters: Parameters) -> Float[Tensor, "S B k"]:
        """``spread_c · noise``."""
        return parameters["log_spread"].exp()[:, None] * noise

    def describe(self, parameters: Parameters) -> str:
        """The law in words, with the mean over the seeds."""
        return f"z ~ N(0, s²) with learned s = {_listed(parameters['log_spread'].detach().exp().mean(0))}"


@dataclass(frozen=True)
class GaussianMixture:
    """z from equally likely normal peaks with learned centres and one learned width per channel.

    Peaks at multiples of one number say that the symmetry is discrete.

    Arguments:
        peaks: how many.
        reach: the centres start evenly between −reach and reach.
        width: where the standard deviation of each peak starts.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), section 4 (distribution of coefficients).

    Example:
        >>> law = GaussianMixture(peaks=3, reach=1.0, width=0.1)
        >>> law.describe(law.parameters(1, 1))
        'z in 3 peaks at −1, 0, 1 of width .1'
    """

    peaks: int = 5
    reach: float = 1.0
    width: float = 0.1

    def __post_init__(self) -> None:
        if not whole(self.peaks):
            raise InvalidData(f"GaussianMixture(peaks={self.peaks!r}); expected a whole number, at least 1.")
        for name in ("reach", "width"):
            _require_positive(self, name, getattr(self, name))

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "..."]:
        """A number whose integer part chooses the peak and whose fraction is the place in it, through the normal quantile."""
        return self.peaks * torch.rand(shape, generator=generator, dtype=torch.float64)

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """Centres ``(S, k, peaks)`` and the logarithm of the width ``(S, k)``."""
        centres = torch.linspace(-self.reach, self.reach, self.peaks, dtype=torch.float64)
        return {
            "centres": centres.repeat(seeds, channels, 1),
            "log_width": torch.full((seeds, channels), self.width, dtype=torch.float64).log(),
        }

    def coefficients(self, noise: Float[Tensor, "S B k"], parameters: Parameters) -> Float[Tensor, "S B k"]:
        """``centre + width · normal``."""
        peak = noise.floor().clamp(max=self.peaks - 1)
        place: Tensor = torch.special.ndtri((noise - peak).clamp(1e-12, 1 - 1e-12))
        centre = parameters["centres"].gather(2, peak.long().transpose(1, 2)).transpose(1, 2)
        return centre + parameters["log_width"].exp()[:, None] * place

    def describe(self, parameters: Parameters) -> str:
        """The law in words, with the peaks as the mean over the seeds."""
        centres = parameters["centres"].detach().sort(-1).values.mean((0, 1))
        width = parameters["log_width"].detach().exp().mean()
        return f"z in {self.peaks} peak{'' if self.peaks == 1 else 's'} at {_listed(centres)} of width {_short(float(width))}"


def _require_positive(law: object, name: str, value: float) -> None:
    if not isinstance(value, Real) or not 0 < value < float("inf"):
        raise InvalidData(f"{type(law).__name__}({name}={value!r}); expected a positive number.")


def _short(value: float) -> str:
    return f"{value:.3g}".replace("0.", ".", 1).replace("-", "−") if abs(value) < 1 and value else f"{value:.3g}".replace("-", "−")


def _listed(values: Tensor) -> str:
    return ", ".join(_short(float(value)) for value in values)
